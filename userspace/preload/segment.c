// SPDX-License-Identifier: GPL-2.0
/*
 * segment.c - the segment of a process whose large memory is paged
 *
 * One process, one segment: so what is in memory of it is bounded by the
 * segment's resident_max.  It is mapped once, as a whole, and handed out in
 * ranges (window.c).  The mapping is not inherited by children, because a
 * child would share it, which private memory must not be.  In a child its
 * place is kept free, so that whoever touches it gets a message.
 *
 * Locking: @lock protects the window.  An allocator may ask for a mapping with
 * its own locks held, so nothing that allocates memory is called with @lock
 * held, and fork() does not take it: that would be the other way round.  A
 * child begins anew instead, with a lock that is free and no window.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kpager.h"
#include "report.h"
#include "segment.h"
#include "window.h"

/* Ancestors whose segments a child remembers the place of. */
#define ANCESTORS	8

/**
 * struct place - where a segment is mapped, or was in an ancestor
 * @base: its first byte
 * @size: bytes
 */
struct place {
	char *base;
	size_t size;
};

/* Programs use the low numbers of descriptors, and close them. */
#define DESCRIPTOR_LEAST	200

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct window window;
/* What window says without the lock: it is set once in a process. */
static struct place mine;
static struct place gone[ANCESTORS];
static unsigned int n_gone;
/* A segment was asked for, and there is none: do not ask again. */
static bool failed;
/* Ranges from here on are for the segment; SIZE_MAX until it is known. */
static size_t threshold;
static struct report *report;
static struct sigaction before;
/* The segment's descriptor, and what it is called below /proc/self/fd. */
static int segment_fd = -1;
static char segment_name[64];
/* There were ranges that the module may forget. */
static bool forgotten;

static bool lies_in(const struct place *place, const void *address)
{
	/* The size is set last: with it, the base is there. */
	size_t size = __atomic_load_n(&place->size, __ATOMIC_ACQUIRE);

	return (size_t)((const char *)address - place->base) < size;
}

static void *map(void *where, size_t size, int protection, int flags, int fd)
{
	long ret = syscall(SYS_mmap, where, size, protection, flags, fd, 0l);

	return ret == -1 ? MAP_FAILED : (void *)ret;
}

/* ---- what kpager run says ---- */

static size_t number(const char *name, size_t otherwise)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (!text || !*text)
		return otherwise;
	value = strtoull(text, &end, 10);
	return *end ? otherwise : (size_t)value;
}

/* The report is for people: without it everything else works. */
static void open_report(void)
{
	static struct report nowhere;
	const char *path = getenv(RUN_REPORT);
	void *shared;
	int fd;

	report = &nowhere;
	fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	shared = map(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd);
	close(fd);
	if (shared == MAP_FAILED)
		return;
	if (((struct report *)shared)->version == REPORT_VERSION)
		report = shared;
}

static void count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void count_peak(void)
{
	uint64_t peak = __atomic_load_n(&report->peak, __ATOMIC_RELAXED);

	while (window.used > peak &&
	       !__atomic_compare_exchange_n(&report->peak, &peak, window.used,
					    false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

/*
 * The descriptor that we inherited, if it is still that of the segment, and no
 * other process has taken it. Return: -1 otherwise.
 */
static int inherited(void)
{
	const char *text = getenv(RUN_SEGMENT);
	unsigned long long device, inode;
	struct stat status;
	uint32_t no = 0;
	int fd;

	if (!text ||
	    sscanf(text, "%d:%llu:%llu", &fd, &device, &inode) != 3 ||
	    fstat(fd, &status) || status.st_dev != device ||
	    status.st_ino != inode)
		return -1;
	if (!__atomic_compare_exchange_n(&report->claimed, &no, 1, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return -1;
	return fd;
}

static int create(size_t size)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg),
		.size = size,
		.resident_max = number(RUN_PAGES, 0),
		.backing_fd = -1,
	};
	const char *policy = getenv(RUN_POLICY);
	int control, fd;

	if (policy && strlen(policy) < sizeof(arg.policy))
		strcpy(arg.policy, policy);
	control = open("/dev/kpager/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -1;
	fd = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	return fd;
}

/* ---- what is not in use ---- */

static void name_of(int fd, char name[64])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, name, 63);
	name[length < 0 ? 0 : length] = '\0';
}

/* Only to say what is volatile: without it everything else works. */
static void keep_descriptor(int fd)
{
	segment_fd = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_LEAST);
	name_of(segment_fd, segment_name);
}

/* The program may have closed it, and something else may have its number. */
static bool have_descriptor(void)
{
	char name[64];

	name_of(segment_fd, name);
	return *name && !strcmp(name, segment_name);
}

/*
 * Nobody uses the range any more: the module need not write it to the store,
 * and takes its frames first. With the lock held.
 */
static void forget(const void *address, size_t length)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg),
		.offset = (uint64_t)((const char *)address - mine.base),
		.bytes = length,
	};

	/* If it fails the range is only dearer. */
	if (have_descriptor() && !ioctl(segment_fd, KPAGER_VOLATILE, &arg))
		forgotten = true;
}

/*
 * Somebody uses a range again, so its pages have to stay. With the lock held.
 * @zero: set to whether all of it is zeros.
 *
 * Return: false if they may go all the same: then it must not be used.
 */
static bool want(const void *address, size_t length, bool *zero)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg),
		.offset = (uint64_t)((const char *)address - mine.base),
		.bytes = length,
	};

	*zero = false;
	if (!forgotten)
		return true;
	if (!have_descriptor() || ioctl(segment_fd, KPAGER_NONVOLATILE, &arg))
		return false;
	*zero = arg.purged == length / WINDOW_PAGE;
	return true;
}

/* ---- children ---- */

static void complain(const void *address)
{
	char text[160];
	int length;

	length = snprintf(text, sizeof(text),
			  "kpager: run: process %d touches %p, memory that its parent has in a segment: children do not get it\n",
			  (int)getpid(), address);
	if (write(STDERR_FILENO, text, (size_t)length) < 0)
		return;
}

/* Not ours: as if we had never been here. Ours: the same, but with a word. */
static void stray(int signal, siginfo_t *info, void *context)
{
	struct sigaction fatal = { .sa_handler = SIG_DFL };

	(void)context;
	if (segment_gone(info->si_addr)) {
		count(&report->strays);
		complain(info->si_addr);
		sigaction(signal, &fatal, NULL);
	} else {
		sigaction(signal, &before, NULL);
	}
	/* The access is made again, and ends otherwise. */
}

/*
 * Nobody else may be mapped where the parent's memory was. What other threads
 * were about to do in the parent is of no concern: all of it is forgotten.
 */
static void fork_child(void)
{
	static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
	struct sigaction action = {
		.sa_sigaction = stray, .sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	lock = unlocked;
	if (!mine.size)
		return;
	map(mine.base, mine.size, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1);
	if (n_gone < ANCESTORS)
		gone[n_gone++] = mine;
	mine = (struct place){ 0 };
	memset(&window, 0, sizeof(window));
	if (have_descriptor())
		close(segment_fd);
	segment_fd = -1;
	forgotten = false;
	if (n_gone == 1)
		sigaction(SIGSEGV, &action, &before);
}

/* ---- the segment ---- */

/*
 * With the lock held. Children of a fork() meanwhile may inherit the mapping,
 * but not the right to use it. Return: an errno, or 0.
 */
static int use(int fd, size_t size)
{
	void *base = map(NULL, size, PROT_NONE, MAP_SHARED, fd);

	if (base == MAP_FAILED)
		return errno;
	if (syscall(SYS_madvise, base, size, MADV_DONTFORK) ||
	    syscall(SYS_mprotect, base, size, PROT_READ | PROT_WRITE) ||
	    !window_init(&window, base, size)) {
		int err = errno;

		syscall(SYS_munmap, base, size);
		return err ? err : ENOMEM;
	}
	mine.base = base;
	__atomic_store_n(&mine.size, size, __ATOMIC_RELEASE);
	count(&report->processes);
	return 0;
}

/* With the lock held: is there a segment? */
static bool ready(void)
{
	size_t size = number(RUN_SIZE, 0);
	int err, fd;

	if (mine.size)
		return true;
	if (failed)
		return false;
	fd = inherited();
	if (fd < 0 && !number(RUN_ALONE, 1))
		fd = create(size);
	else if (fd < 0)
		errno = EBUSY;
	if (fd >= 0) {
		/* The mapping holds the segment. */
		err = use(fd, size);
		if (!err)
			keep_descriptor(fd);
		close(fd);
	} else {
		err = errno;
	}
	if (!err)
		return true;
	failed = true;
	__atomic_store_n(&report->error, (uint64_t)err, __ATOMIC_RELAXED);
	return false;
}

__attribute__((constructor))
static void begin(void)
{
	int err = errno;

	open_report();
	/* Without it a child would take its parent's ranges for its own. */
	failed = pthread_atfork(NULL, NULL, fork_child);
	__atomic_store_n(&threshold, number(RUN_THRESHOLD, SIZE_MAX),
			 __ATOMIC_RELEASE);
	errno = err;
}

bool segment_wants(size_t length)
{
	size_t least = __atomic_load_n(&threshold, __ATOMIC_ACQUIRE);

	/* 0: what runs before begin(), which others' constructors may. */
	return least && length >= least;
}

bool segment_mine(const void *address)
{
	return lies_in(&mine, address);
}

bool segment_allocated(const void *address)
{
	bool mapping;

	if (!segment_mine(address))
		return false;
	pthread_mutex_lock(&lock);
	mapping = window_mapping(&window, address);
	pthread_mutex_unlock(&lock);
	return !mapping;
}

bool segment_gone(const void *address)
{
	unsigned int i;

	for (i = 0; i < n_gone; i++)
		if (lies_in(&gone[i], address))
			return true;
	return false;
}

static size_t whole_pages(size_t length)
{
	return (length + WINDOW_PAGE - 1) & -WINDOW_PAGE;
}

void *segment_take(size_t length, size_t align, bool zero, bool mapping)
{
	size_t pages = whole_pages(length);
	bool dirty = false, zeros = false;
	void *range = NULL;
	int err = errno;

	/* More than there can be, or so much that it wrapped. */
	if (pages < length)
		return NULL;
	pthread_mutex_lock(&lock);
	if (ready())
		range = window_take(&window, pages, align < WINDOW_PAGE ?
				    WINDOW_PAGE : align, zero, mapping,
				    &dirty);
	if (range && dirty && !want(range, pages, &zeros)) {
		window_give(&window, range, pages, WINDOW_LOST);
		range = NULL;
	}
	if (range) {
		count(&report->allocations);
		count_peak();
	} else {
		count(&report->refused);
	}
	pthread_mutex_unlock(&lock);
	if (range && zero && dirty && !zeros)
		memset(range, 0, pages);
	errno = err;
	return range;
}

void segment_give(void *address, size_t length)
{
	int err = errno;

	pthread_mutex_lock(&lock);
	/* Without memory for the list it is lost, as a leak would be. */
	if (window_give(&window, address, whole_pages(length), WINDOW_FREE))
		forget(address, whole_pages(length));
	pthread_mutex_unlock(&lock);
	errno = err;
}

size_t segment_length(const void *address)
{
	size_t length;

	pthread_mutex_lock(&lock);
	length = window_length(&window, address);
	pthread_mutex_unlock(&lock);
	return length;
}

bool segment_in_use(const void *address, size_t length)
{
	bool yes;

	pthread_mutex_lock(&lock);
	yes = window_in_use(&window, address, length);
	pthread_mutex_unlock(&lock);
	return yes;
}

bool segment_grow(void *address, size_t length, bool zero)
{
	size_t pages = whole_pages(length), old;
	bool dirty = false, zeros = false, grown;
	int err = errno;

	pthread_mutex_lock(&lock);
	old = window_length(&window, address);
	grown = old && pages > old &&
		window_grow(&window, address, pages, &dirty);
	if (grown && dirty && !want((char *)address + old, pages - old, &zeros)) {
		window_give(&window, (char *)address + old, pages - old,
			    WINDOW_LOST);
		grown = false;
	}
	if (grown)
		count_peak();
	pthread_mutex_unlock(&lock);
	if (grown && zero && dirty && !zeros)
		memset((char *)address + old, 0, pages - old);
	errno = err;
	return grown || (old && pages <= old);
}

void segment_lose(void *address, size_t length)
{
	pthread_mutex_lock(&lock);
	window_give(&window, address, whole_pages(length), WINDOW_LOST);
	pthread_mutex_unlock(&lock);
}
