// SPDX-License-Identifier: GPL-2.0
/*
 * torture.c - everything at once, at random, against an oracle
 *
 * Several processes of several threads do whatever can be done to a segment
 * that is several times larger than the pool, and every reader knows what it
 * may find.  A page consists of slots of one sector; a slot says where it
 * belongs and which generation it is, under a checksum.  A slot has one
 * writer: on most pages each thread owns one slot, so that all of them write
 * to the same pages; some runs of pages belong to one thread as a whole, so
 * that there can be writes of whole pages.
 *
 * The oracle is in shared anonymous memory, so it outlives a killed process:
 * a writer announces a generation before it touches the slot and completes it
 * afterwards.  A reader that looks at "completed" before, and at "announced"
 * after it has read, must find a generation in between; and if both are the
 * same, nobody was writing, and the slot must be whole.
 *
 * Environment: TORTURE_SECONDS (default 20, for each store), TORTURE_SEED;
 * TORTURE_WITHOUT, names of operations to leave out, to find a culprit, or
 * "readonly": the process that only reads has a writable mapping after all.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"

#define NAME		"torture"
#define SIZE		(48ul << 20)
#define PAGES		(SIZE / PAGE)
#define SECTOR		512ul
#define PER_PAGE	(PAGE / SECTOR)
#define SLOTS		(SIZE / SECTOR)
#define PROCESSES	3u
#define THREADS		2u
#define WRITERS		(PROCESSES * THREADS)
/* One more process only reads; the runner creates, verifies and destroys. */
#define READER		WRITERS
#define RUNNER		(WRITERS + 1)
#define ACTORS		(WRITERS + 2)
#define NOBODY		0xffff
/* Of BLOCK pages, the last WHOLE belong to one writer as a whole. */
#define BLOCK		32u
#define WHOLE		8u
/* Most slots of one operation, and most pages of one change of mappings. */
#define SPAN		64u
#define CHUNK		64u
#define PRIVATE_PAGES	16u
#define STALL_SECONDS	60
#define MAX_REPORTS	40
#define COLUMN_IO_ERRORS 12

struct slot {
	uint64_t sum;
	uint64_t run;
	uint32_t page;
	uint16_t index;
	uint16_t owner;
	uint32_t generation;
	uint32_t how;
	uint64_t payload[60];
};

_Static_assert(sizeof(struct slot) == SECTOR, "a slot is a sector");

struct worker;

#define OPERATIONS(X)		\
	X(touch, 10, true)	\
	X(verify, 20, true)	\
	X(write, 30, false)	\
	X(fork, 2, false)	\
	X(mremap, 4, false)	\
	X(munmap, 4, false)	\
	X(dontneed, 4, true)	\
	X(msync_sync, 2, false)	\
	X(msync_async, 2, false) \
	X(fsync, 1, false)	\
	X(pread, 12, true)	\
	X(pread_to_map, 8, false) \
	X(pwrite, 12, false)	\
	X(pwrite_from_map, 8, false) \
	X(private, 8, false)	\
	X(vm_readv, 6, true)	\
	X(vmsplice, 6, true)	\
	X(mprotect, 4, false)

enum op {
#define X(name, weight, reader) OP_##name,
	OPERATIONS(X)
#undef X
	NR_OPS, OP_init = NR_OPS, OP_final
};

static const char *const op_names[] = {
#define X(name, weight, reader) #name,
	OPERATIONS(X)
#undef X
	"init", "final",
};

struct actor {
	pid_t pid;		/* its process, for process_vm_readv */
	pid_t tid;
	pid_t child;		/* that it waits for */
	char *map;
	uint64_t progress;
	uint32_t op;
	bool active;
};

/* What all processes share; never on the segment. */
struct shared {
	uint64_t run;		/* tells this run's slots from older ones */
	uint64_t deadline;
	const char *store;
	unsigned int tap;
	unsigned int tap_failures;
	unsigned int violations;
	unsigned int ready;
	bool go;
	uint64_t ops[NR_OPS];
	uint64_t checked;
	uint64_t store_checks;
	uint64_t unsure;	/* slots that were being written all the time */
	uint64_t killed;
	uint64_t incomplete;	/* reads and writes that were short */
	struct actor actors[ACTORS];
	uint32_t announced[SLOTS];
	uint32_t completed[SLOTS];
};

static struct shared *sh;

/**
 * struct worker - a thread
 * @map: its mapping of the whole segment.  All its mappings are in a range of
 *	its own and made with MAP_FIXED, so nobody else's end up in its holes
 * @spare: where mappings are moved to
 * @cow: its private mapping, of pages from @cow_first; a bit in @cow_mask
 *	says that the page was written to, then @cow_copy has what it contains
 * @floor: generations that were complete before a read
 */
struct worker {
	unsigned int id;
	uint64_t random;
	int fd;
	int store;
	int pipe[2];
	pthread_t thread;
	char *map;
	char *spare;
	char *cow;
	uint64_t cow_first;
	uint32_t cow_mask;
	bool cow_mapped;
	uint32_t floor[SPAN];
	char buf[(SPAN + 2) * SECTOR] __attribute__((aligned(PAGE)));
	char cow_copy[PRIVATE_PAGES * PAGE] __attribute__((aligned(PAGE)));
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t rnd(struct worker *w, uint64_t below)
{
	w->random += 0x9e3779b97f4a7c15ull;
	return mix(w->random) % below;
}

#define count(what, n)	__atomic_fetch_add(&sh->what, n, __ATOMIC_RELAXED)

/* Threads and killable children print too, so one write and no stdio. */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 1)
		len = sizeof(line) - 1;
	if (write(STDOUT_FILENO, line, len) != len)
		_exit(4);
}

static bool violation(void)
{
	return count(violations, 1) < MAX_REPORTS;
}

static void failed(struct worker *w, const char *what, uint64_t slot, long rc)
{
	int err = errno;

	if (violation())
		say("# VIOLATION worker %u, %s at page %lu: %s returned %ld (%s)\n",
		    w->id, op_names[sh->actors[w->id].op], slot / PER_PAGE,
		    what, rc, rc < 0 ? strerror(err) : "short");
}

/* Slots: whose they are, what they should contain. */

static unsigned int slot_owner(uint64_t slot)
{
	uint64_t page = slot / PER_PAGE;

	if (page % BLOCK >= BLOCK - WHOLE)
		return page / BLOCK % WRITERS;
	return slot % PER_PAGE < WRITERS ? slot % PER_PAGE : NOBODY;
}

static uint64_t slot_sum(const struct slot *s)
{
	const uint64_t *word = (const uint64_t *)s;
	uint64_t sum = 1, i;

	for (i = 1; i < SECTOR / sizeof(*word); i++)
		sum = (sum ^ word[i]) * 0x9e3779b97f4a7c15ull + (sum >> 29);
	return sum;
}

static void slot_make(struct slot *s, uint64_t slot, uint32_t generation,
		      uint32_t how)
{
	s->run = sh->run;
	s->page = slot / PER_PAGE;
	s->index = slot % PER_PAGE;
	s->owner = slot_owner(slot);
	s->generation = generation;
	s->how = how;
	pattern_fill(s->payload, slot * 60, 60, generation);
	s->sum = slot_sum(s);
}

static bool slot_whole(const struct slot *s, uint64_t slot)
{
	return s->run == sh->run && s->page == slot / PER_PAGE &&
		s->index == slot % PER_PAGE && s->owner == slot_owner(slot) &&
		s->sum == slot_sum(s);
}

static uint32_t announced(uint64_t slot)
{
	return __atomic_load_n(&sh->announced[slot], __ATOMIC_SEQ_CST);
}

static uint32_t completed(uint64_t slot)
{
	return __atomic_load_n(&sh->completed[slot], __ATOMIC_SEQ_CST);
}

static void floor_sample(struct worker *w, uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		w->floor[i] = completed(first + i);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void report(struct worker *w, const char *via, uint64_t slot,
		   uint32_t low, uint32_t high, const struct slot *s)
{
	unsigned int i, bad = 0, first = 0, last = 0;

	if (!violation())
		return;
	for (i = 0; i < 60; i++) {
		if (s->payload[i] == pattern(slot * 60 + i, s->generation))
			continue;
		first = bad++ ? first : i;
		last = i;
	}
	say("# VIOLATION worker %u, %s, %s: page %lu slot %lu offset %#lx: expected generation %u to %u of owner %u; found page %u slot %u generation %u of owner %u, written by %s%s, checksum %s, %u bad payload words (%u to %u)\n",
	    w->id, op_names[sh->actors[w->id].op], via, slot / PER_PAGE,
	    slot % PER_PAGE, slot * SECTOR, low, high, slot_owner(slot),
	    s->page, s->index, s->generation, s->owner,
	    s->how <= OP_final ? op_names[s->how] : "nothing known",
	    s->run == sh->run ? "" : " in another run",
	    s->sum == slot_sum(s) ? "good" : "bad", bad, first, last);
}

/*
 * Judge a copy of a slot that was made after @low was complete.  False if it
 * was being written meanwhile, so that nothing can be said.
 */
static bool slot_check(struct worker *w, const char *via, uint64_t slot,
		       uint32_t low, const void *data)
{
	struct slot copy;
	uint32_t high;

	memcpy(&copy, data, sizeof(copy));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	high = announced(slot);
	if (!slot_whole(&copy, slot)) {
		if (low != high)
			return false;
		report(w, via, slot, low, high, &copy);
	} else if (copy.generation < low || copy.generation > high) {
		report(w, via, slot, low, high, &copy);
	}
	return true;
}

/* Check what was read after floor_sample(). */
static void buffer_check(struct worker *w, const char *via, uint64_t first,
			 unsigned int n, const char *data)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!slot_check(w, via, first + i, w->floor[i],
				data + i * SECTOR))
			count(unsure, 1);
	count(checked, n);
}

/* Check slots in a mapping: these can be looked at again. */
static void map_check(struct worker *w, const char *via, uint64_t first,
		      unsigned int n, const char *at)
{
	unsigned int i, try;

	for (i = 0; i < n; i++) {
		for (try = 0; try < 50; try++) {
			uint32_t low = completed(first + i);

			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			if (slot_check(w, via, first + i, low, at + i * SECTOR))
				break;
			sched_yield();
		}
		if (try == 50)
			count(unsure, 1);
	}
	count(checked, n);
}

static void slots_announce(uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__atomic_fetch_add(&sh->announced[first + i], 1,
				   __ATOMIC_SEQ_CST);
}

/* The announced generation of slots, ready to be copied to them. */
static void slots_make(struct worker *w, uint64_t first, unsigned int n,
		       void *buf)
{
	struct slot *s = buf;
	unsigned int i;

	for (i = 0; i < n; i++)
		slot_make(s + i, first + i, announced(first + i),
			  sh->actors[w->id].op);
}

static void slots_complete(uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__atomic_store_n(&sh->completed[first + i],
				 announced(first + i), __ATOMIC_SEQ_CST);
}

/* Choices. */

/* Some pages are everybody's favourites, so that threads meet on them. */
static uint64_t pick_page(struct worker *w)
{
	return rnd(w, 4) ? rnd(w, PAGES) : rnd(w, 2 * BLOCK);
}

/* Pages for a change of mappings; the number of them goes to @n. */
static uint64_t pick_chunk(struct worker *w, unsigned int *n)
{
	uint64_t page = pick_page(w);

	*n = 1 + rnd(w, rnd(w, 4) ? 8 : CHUNK);
	return page + *n > PAGES ? PAGES - *n : page;
}

static uint64_t pick_any(struct worker *w, unsigned int n)
{
	uint64_t slot = pick_page(w) * PER_PAGE + rnd(w, PER_PAGE);

	return slot + n > SLOTS ? SLOTS - n : slot;
}

/* A slot of one's own on or after a page. */
static uint64_t own_slot(struct worker *w, uint64_t page)
{
	while (page % BLOCK >= BLOCK - WHOLE)
		page = (page + 1) % PAGES;
	return page * PER_PAGE + w->id;
}

/* @n slots of one's own: more than one are in a run of whole pages. */
static uint64_t pick_own(struct worker *w, unsigned int n)
{
	uint64_t block, room = WHOLE * PER_PAGE - n;

	if (n == 1 && rnd(w, 4))
		return own_slot(w, pick_page(w));
	block = rnd(w, PAGES / BLOCK / WRITERS) * WRITERS + w->id;
	block = (block * BLOCK + BLOCK - WHOLE) * PER_PAGE;
	/* Whole pages if that is possible, most of the time. */
	if (n % PER_PAGE == 0 && rnd(w, 4))
		return block + rnd(w, room / PER_PAGE + 1) * PER_PAGE;
	return block + rnd(w, room + 1);
}

static unsigned int pick_length(struct worker *w)
{
	switch (rnd(w, 4)) {
	case 0:
		return 1 + rnd(w, SPAN);
	case 1:
		return PER_PAGE * (1 + rnd(w, WHOLE));
	default:
		return 1;
	}
}

static char *at(char *map, uint64_t slot)
{
	return map + slot * SECTOR;
}

/* Read or write all of a range of the segment, in a few calls if need be. */
static bool transfer(struct worker *w, bool out, char *buf, size_t len,
		     uint64_t offset)
{
	size_t done = 0;
	ssize_t rc;

	while (done < len) {
		if (out)
			rc = pwrite(w->fd, buf + done, len - done,
				    offset + done);
		else
			rc = pread(w->fd, buf + done, len - done,
				   offset + done);
		if (rc <= 0) {
			failed(w, out ? "pwrite" : "pread", offset / SECTOR,
			       rc);
			return false;
		}
		done += rc;
		if (done < len)
			count(incomplete, 1);
	}
	return true;
}

static void remap(struct worker *w, uint64_t page, unsigned int n, int flags)
{
	char *want = w->map + page * PAGE;

	if (mmap(want, n * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED | flags, w->fd, page * PAGE) == want)
		return;
	failed(w, "mmap", page * PER_PAGE, -1);
	_exit(2);
}

/* Operations; each is done by a thread, on its own mappings. */

static void write_map(struct worker *w, uint64_t slot, unsigned int n,
		      char *to)
{
	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	memcpy(to, w->buf, n * SECTOR);
	slots_complete(slot, n);
}

/* In two pieces, at an odd place if @split is not 0. */
static void write_call(struct worker *w, uint64_t slot, unsigned int n,
		       size_t split)
{
	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	if (split)
		transfer(w, true, w->buf, split, slot * SECTOR);
	transfer(w, true, w->buf + split, n * SECTOR - split,
		 slot * SECTOR + split);
	slots_complete(slot, n);
}

static void do_touch(struct worker *w)
{
	static const int advice[] = {
		MADV_POPULATE_WRITE, MADV_WILLNEED, MADV_POPULATE_READ,
	};
	unsigned int n, i;
	uint64_t page = pick_chunk(w, &n);
	/* The last one is not for who may only read. */
	uint64_t choice = rnd(w, 12) + (w->id == READER);
	volatile char *p = w->map + page * PAGE;

	if (choice < 3 && madvise((char *)p, n * PAGE, advice[choice]))
		failed(w, "madvise to populate", page * PER_PAGE, -1);
	for (i = 0; i < n; i++)
		p[i * PAGE + rnd(w, PAGE)];
}

static void do_verify(struct worker *w)
{
	uint64_t slot = pick_page(w) * PER_PAGE;

	map_check(w, "mapping", slot, PER_PAGE, at(w->map, slot));
}

static void do_write(struct worker *w)
{
	unsigned int n = pick_length(w), rounds = 1 + rnd(w, 8);

	while (rounds--) {
		uint64_t slot = pick_own(w, n);

		write_map(w, slot, n, at(w->map, slot));
	}
}

static void child_work(struct worker *w, const uint64_t *slots, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint64_t page = slots[i] / PER_PAGE * PER_PAGE;

		map_check(w, "mapping of the child", page, PER_PAGE,
			  at(w->map, page));
		if (rnd(w, 3))
			write_map(w, slots[i], 1, at(w->map, slots[i]));
		else
			write_call(w, slots[i], 1, 1 + rnd(w, SECTOR - 1));
	}
	_exit(0);
}

/* The child writes in the name of its parent, and may be killed at that. */
static void do_fork(struct worker *w)
{
	bool kill_it = !rnd(w, 3);
	uint64_t slots[16];
	unsigned int i, delay = rnd(w, 5000);
	int status = 0;
	pid_t pid;

	for (i = 0; i < 16; i++)
		slots[i] = pick_own(w, 1);
	pid = fork();
	if (pid < 0)
		return failed(w, "fork", slots[0], -1);
	if (!pid)
		child_work(w, slots, 16);
	sh->actors[w->id].child = pid;
	if (kill_it) {
		usleep(delay);
		kill(pid, SIGKILL);
		count(killed, 1);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    (status && !(kill_it && WTERMSIG(status) == SIGKILL)))
		failed(w, "the child", slots[0], status);
	sh->actors[w->id].child = 0;
	for (i = 0; i < 16; i++) {
		if (announced(slots[i]) != completed(slots[i]))
			write_map(w, slots[i], 1, at(w->map, slots[i]));
		map_check(w, "mapping after the child", slots[i], 1,
			  at(w->map, slots[i]));
	}
}

/*
 * What belongs to several VMAs, left behind by earlier operations, is not
 * moved by any kernel; a mapping that was just made is moved.
 */
static bool move_to_spare(struct worker *w, uint64_t page, unsigned int n)
{
	unsigned int try;

	for (try = 0; try < 2; try++) {
		if (try)
			remap(w, page, n, 0);
		if (mremap(w->map + page * PAGE, n * PAGE, n * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, w->spare) == w->spare)
			return true;
		if (errno != EFAULT)
			break;
	}
	failed(w, "mremap", page * PER_PAGE, -1);
	return false;
}

/* Move part of the mapping, use it there, and move it back. */
static void do_mremap(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	char *from = w->map + page * PAGE;
	size_t len = n * PAGE;

	if (!move_to_spare(w, page, n))
		return;
	if (slot >= page * PER_PAGE && slot < (page + n) * PER_PAGE)
		write_map(w, slot, 1, at(w->spare, slot - page * PER_PAGE));
	map_check(w, "moved mapping", page * PER_PAGE, PER_PAGE, w->spare);
	if (mremap(w->spare, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, from) !=
	    from)
		failed(w, "mremap back", page * PER_PAGE, -1);
	map_check(w, "mapping moved back", page * PER_PAGE, PER_PAGE, from);
}

static void do_munmap(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);

	/* Sometimes all of it, which also makes it one VMA again. */
	if (!rnd(w, 16)) {
		page = 0;
		n = PAGES;
	}
	write_map(w, slot, 1, at(w->map, slot));
	if (munmap(w->map + page * PAGE, n * PAGE))
		failed(w, "munmap", page * PER_PAGE, -1);
	if (rnd(w, 2))
		write_call(w, slot, 1, 0);
	remap(w, page, n, n > CHUNK || rnd(w, 4) ? 0 : MAP_POPULATE);
	map_check(w, "new mapping", page * PER_PAGE, PER_PAGE,
		  w->map + page * PAGE);
}

static void do_dontneed(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);

	if (w->id != READER)
		write_map(w, slot, 1, at(w->map, slot));
	if (madvise(w->map + page * PAGE, n * PAGE, MADV_DONTNEED))
		failed(w, "madvise", page * PER_PAGE, -1);
	map_check(w, "mapping after DONTNEED", page * PER_PAGE, PER_PAGE,
		  w->map + page * PAGE);
}

/* Was it only late, and does another sync help? */
static void store_late(struct worker *w, uint64_t slot)
{
	struct slot *here = (struct slot *)at(w->map, slot);
	struct slot *there = (struct slot *)(w->buf + slot % PER_PAGE * SECTOR);
	uint64_t page = slot / PER_PAGE;
	uint32_t now_there = 0, later = 0, synced = 0;

	if (pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		now_there = there->generation;
	usleep(20000);
	if (pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		later = there->generation;
	if (!fsync(w->fd) &&
	    pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		synced = there->generation;
	say("#   page %lu slot %lu: the mapping has generation %u written by %s; the store has %u when read again, %u after 20 ms, %u after another fsync\n",
	    page, slot % PER_PAGE, here->generation,
	    here->how <= OP_final ? op_names[here->how] : "?",
	    now_there, later, synced);
}

/* Nobody but us writes our slot, so after a sync the store has just that. */
static void store_check(struct worker *w, uint64_t slot)
{
	uint64_t page = slot / PER_PAGE;
	ssize_t rc = pread(w->store, w->buf, PAGE, page * PAGE);
	struct slot *copy;

	if (rc != (ssize_t)PAGE)
		return failed(w, "read of the store", slot, rc);
	count(store_checks, 1);
	copy = (struct slot *)(w->buf + slot % PER_PAGE * SECTOR);
	slot_check(w, "store after sync", slot, completed(slot), copy);
	if (copy->generation != completed(slot))
		store_late(w, slot);
}

static void do_msync(struct worker *w, int flags)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	bool inside = slot >= page * PER_PAGE && slot < (page + n) * PER_PAGE;

	if (rnd(w, 2))
		write_map(w, slot, 1, at(w->map, slot));
	else
		write_call(w, slot, 1, 0);
	if (msync(w->map + page * PAGE, n * PAGE, flags))
		failed(w, "msync", slot, -1);
	else if (flags == MS_SYNC && inside)
		store_check(w, slot);
}

static void do_msync_sync(struct worker *w)
{
	do_msync(w, MS_SYNC);
}

static void do_msync_async(struct worker *w)
{
	do_msync(w, MS_ASYNC);
}

static void do_fsync(struct worker *w)
{
	unsigned int i;

	if (rnd(w, 2) ? fsync(w->fd) : fdatasync(w->fd))
		return failed(w, "fsync", 0, -1);
	for (i = 0; i < 4; i++)
		store_check(w, pick_own(w, 1));
}

/* Also from odd offsets; whole slots are checked. */
static void do_pread(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n);
	size_t lead = slot && rnd(w, 2) ? rnd(w, SECTOR) : 0;

	floor_sample(w, slot, n);
	if (transfer(w, false, w->buf, lead + n * SECTOR,
		     slot * SECTOR - lead))
		buffer_check(w, "pread", slot, n, w->buf + lead);
}

/* Other slots arrive in ours, so ours are written to until that is undone. */
static void do_pread_to_map(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t to = pick_own(w, n), from = pick_any(w, n);

	slots_announce(to, n);
	floor_sample(w, from, n);
	if (transfer(w, false, at(w->map, to), n * SECTOR, from * SECTOR))
		buffer_check(w, "pread to mapping", from, n, at(w->map, to));
	slots_make(w, to, n, w->buf);
	memcpy(at(w->map, to), w->buf, n * SECTOR);
	slots_complete(to, n);
}

static void do_pwrite(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_own(w, n);

	write_call(w, slot, n, rnd(w, 2) ? rnd(w, n * SECTOR) : 0);
	map_check(w, "mapping after pwrite", slot, n, at(w->map, slot));
}

/* What is meant for one place is prepared in another one, or on the spot. */
static void do_pwrite_from_map(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t to = pick_own(w, n), from = pick_own(w, n);

	if ((from < to + n && to < from + n) || !rnd(w, 8))
		from = to;
	slots_announce(to, n);
	if (from != to)
		slots_announce(from, n);
	slots_make(w, to, n, w->buf);
	memcpy(at(w->map, from), w->buf, n * SECTOR);
	transfer(w, true, at(w->map, from), n * SECTOR, to * SECTOR);
	slots_complete(to, n);
	map_check(w, "mapping after pwrite", to, n, at(w->map, to));
	if (from == to)
		return;
	slots_make(w, from, n, w->buf);
	memcpy(at(w->map, from), w->buf, n * SECTOR);
	slots_complete(from, n);
}

static void cow_check(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < PRIVATE_PAGES; i++) {
		uint64_t page = w->cow_first + i;
		char *p = w->cow + i * PAGE;

		if (!(w->cow_mask & 1u << i))
			map_check(w, "private mapping", page * PER_PAGE,
				  PER_PAGE, p);
		else if (memcmp(p, w->cow_copy + i * PAGE, PAGE) && violation())
			say("# VIOLATION worker %u: private copy of page %lu changed\n",
			    w->id, page);
	}
}

/* The mapping stays for many operations, while its pages are evicted. */
static void do_private(struct worker *w)
{
	unsigned int i = rnd(w, PRIVATE_PAGES);

	if (w->cow_mapped)
		cow_check(w);
	if (!w->cow_mapped || !rnd(w, 16)) {
		w->cow_first = pick_page(w) % (PAGES - PRIVATE_PAGES);
		w->cow_mask = 0;
		if (mmap(w->cow, PRIVATE_PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED, w->fd,
			 w->cow_first * PAGE) != w->cow)
			return failed(w, "private mmap", 0, -1);
		w->cow_mapped = true;
	} else if (!rnd(w, 16)) {
		w->cow_mask = 0;
		if (madvise(w->cow, PRIVATE_PAGES * PAGE, MADV_DONTNEED))
			failed(w, "private madvise", 0, -1);
		cow_check(w);
	}
	/* If this were not private, some other thread would find it. */
	memset(w->cow + i * PAGE + rnd(w, PER_PAGE) * SECTOR, rnd(w, 256),
	       SECTOR);
	w->cow_mask |= 1u << i;
	memcpy(w->cow_copy + i * PAGE, w->cow + i * PAGE, PAGE);
}

/* The other process may just have a hole or PROT_NONE there. */
static void do_vm_readv(struct worker *w)
{
	struct actor *other = &sh->actors[rnd(w, WRITERS)];
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n);
	struct iovec local = { w->buf, n * SECTOR };
	struct iovec remote = { at(other->map, slot), n * SECTOR };
	ssize_t rc;

	floor_sample(w, slot, n);
	rc = process_vm_readv(other->pid, &local, 1, &remote, 1, 0);
	if (rc > 0)
		buffer_check(w, "process_vm_readv", slot, rc / SECTOR, w->buf);
	else if (errno != EFAULT && errno != ESRCH)
		failed(w, "process_vm_readv", slot, rc);
}

/*
 * The pipe refers to the pages, not to what they contained: what is written
 * in between must come out of it.
 */
static void do_vmsplice(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n), own = own_slot(w, slot / PER_PAGE);
	struct iovec iov = { at(w->map, slot), n * SECTOR };
	ssize_t rc, done, got;

	rc = vmsplice(w->pipe[1], &iov, 1, 0);
	if (rc <= 0)
		return failed(w, "vmsplice", slot, rc);
	if (w->id != READER && rnd(w, 2))
		write_map(w, own, 1, at(w->map, own));
	floor_sample(w, slot, n);
	for (done = 0; done < rc; done += got) {
		got = read(w->pipe[0], w->buf + done, rc - done);
		if (got <= 0)
			return failed(w, "read of the pipe", slot, got);
	}
	buffer_check(w, "vmsplice", slot, rc / SECTOR, w->buf);
}

static void do_mprotect(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	char *p = w->map + page * PAGE;
	bool none = !rnd(w, 3);

	if (mprotect(p, n * PAGE, none ? PROT_NONE : PROT_READ))
		return failed(w, "mprotect", slot, -1);
	write_call(w, slot, 1, 0);
	if (!none)
		map_check(w, "mapping to read", page * PER_PAGE, PER_PAGE, p);
	if (mprotect(p, n * PAGE, PROT_READ | PROT_WRITE))
		failed(w, "mprotect", slot, -1);
	map_check(w, "mapping after mprotect", page * PER_PAGE, PER_PAGE, p);
	write_map(w, slot, 1, at(w->map, slot));
}

static const struct {
	void (*run)(struct worker *w);
	unsigned int weight;
	bool reader;
} operations[] = {
#define X(name, weight, reader) { do_##name, weight, reader },
	OPERATIONS(X)
#undef X
};

/* Names are compared with their separators: pread is not pread_to_map. */
static bool without(const char *name)
{
	const char *list = getenv("TORTURE_WITHOUT"), *found = list;
	size_t len = strlen(name);

	while (found && (found = strstr(found, name))) {
		if ((found == list || found[-1] == ',') &&
		    (!found[len] || found[len] == ','))
			return true;
		found += len;
	}
	return false;
}

static enum op pick_op(struct worker *w)
{
	unsigned int total = 0, op;
	uint64_t choice;

	for (op = 0; op < NR_OPS; op++)
		total += operations[op].weight;
	do {
		choice = rnd(w, total);
		for (op = 0; choice >= operations[op].weight; op++)
			choice -= operations[op].weight;
	} while ((w->id == READER && !operations[op].reader) ||
		 without(op_names[op]));
	return op;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct actor *self = &sh->actors[w->id];

	self->tid = syscall(SYS_gettid);
	self->active = true;
	count(ready, 1);
	while (!__atomic_load_n(&sh->go, __ATOMIC_ACQUIRE))
		usleep(1000);
	while (now() < sh->deadline && sh->violations < MAX_REPORTS) {
		self->op = pick_op(w);
		operations[self->op].run(w);
		count(ops[self->op], 1);
		__atomic_fetch_add(&self->progress, 1, __ATOMIC_RELAXED);
	}
	self->active = false;
	return NULL;
}

/* Processes. */

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	violation();
	say("# VIOLATION thread %ld: signal %d at address %p\n",
	    syscall(SYS_gettid), sig, info->si_addr);
	_exit(3);
}

static void die(const char *what)
{
	say("# %s: %s\n", what, strerror(errno));
	_exit(2);
}

static struct worker *worker_new(unsigned int id, uint64_t seed)
{
	bool readonly = id == READER && !without("readonly");
	int flags = (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	struct worker *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *range = mmap(NULL, SIZE + (CHUNK + PRIVATE_PAGES) * PAGE,
			   PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (w == MAP_FAILED || range == MAP_FAILED)
		die("memory");
	w->id = id;
	w->random = mix(seed + id);
	w->map = range;
	w->spare = range + SIZE;
	w->cow = w->spare + CHUNK * PAGE;
	w->fd = open("/dev/kpager/" NAME, flags);
	w->store = open(sh->store, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (w->fd < 0 || w->store < 0 || pipe(w->pipe))
		die("open");
	if (!readonly)
		remap(w, 0, PAGES, 0);
	else if (mmap(w->map, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, w->fd,
		      0) != w->map)
		die("mmap to read");
	sh->actors[id].pid = getpid();
	sh->actors[id].map = w->map;
	return w;
}

static pid_t process_start(unsigned int first, unsigned int n, uint64_t seed)
{
	struct sigaction action = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO,
	};
	struct worker *w[THREADS];
	pid_t pid = fork();
	unsigned int i;

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	for (i = 0; i < n; i++)
		w[i] = worker_new(first + i, seed);
	for (i = 0; i < n; i++)
		if (pthread_create(&w[i]->thread, NULL, work, w[i]))
			die("pthread_create");
	for (i = 0; i < n; i++)
		pthread_join(w[i]->thread, NULL);
	_exit(0);
}

static void progress(void)
{
	__atomic_fetch_add(&sh->actors[RUNNER].progress, 1, __ATOMIC_RELAXED);
}

static void tap(bool ok, const char *what)
{
	say("%sok %u %s: %s\n", ok ? "" : "not ", ++sh->tap, sh->store, what);
	sh->tap_failures += !ok;
}

/* Let everybody loose and wait for them; true if all of them are well. */
static bool torture(unsigned int seconds, uint64_t seed)
{
	pid_t pids[PROCESSES + 1];
	int status, bad = 0;
	unsigned int i;

	for (i = 0; i < PROCESSES; i++)
		pids[i] = process_start(i * THREADS, THREADS, seed);
	pids[PROCESSES] = process_start(READER, 1, seed);
	for (i = 0; sh->ready < WRITERS + 1 && i < 10000; i++)
		usleep(1000);
	sh->deadline = now() + seconds * 1000000000ull;
	__atomic_store_n(&sh->go, true, __ATOMIC_RELEASE);
	for (i = 0; i <= PROCESSES; i++) {
		while (!waitpid(pids[i], &status, WNOHANG)) {
			progress();
			usleep(50000);
		}
		if (!status)
			continue;
		say("# process %u ended with status %#x\n", i, status);
		bad++;
	}
	return !bad && !sh->violations;
}

static void print_counts(void)
{
	char line[480];
	unsigned int i, at = 0;

	for (i = 0; i < NR_OPS; i++)
		at += snprintf(line + at, sizeof(line) - at, " %s %lu",
			       op_names[i], sh->ops[i]);
	say("# operations:%s\n", line);
	say("# slots checked %lu, of these unsure %lu; stores checked %lu, children killed %lu, transfers in pieces %lu, violations %u\n",
	    sh->checked, sh->unsure, sh->store_checks, sh->killed,
	    sh->incomplete, sh->violations);
	say("# evictions %lld, of these dirty %lld; pages read %lld, written %lld; frames_peak %lld of %lld\n",
	    stat_value("evictions"), stat_value("evictions_dirty"),
	    stat_value("pages_read"), stat_value("pages_written"),
	    stat_value("frames_peak"), stat_value("limit_frames"));
}

/*
 * Verification at the end: nobody writes, so every slot is what was announced
 * last.  From a descriptor, or the mapping if that is -1.
 */
static void verify(struct worker *w, int fd, const char *via,
		   const char *what)
{
	unsigned int before = sh->violations;
	uint64_t slot;

	sh->actors[RUNNER].op = OP_final;
	for (slot = 0; slot < SLOTS; slot += SPAN) {
		char *from = fd < 0 ? at(w->map, slot) : w->buf;
		ssize_t rc;

		floor_sample(w, slot, SPAN);
		rc = fd < 0 ? 0 : pread(fd, w->buf, SPAN * SECTOR,
					slot * SECTOR);
		if (fd >= 0 && rc != (ssize_t)(SPAN * SECTOR))
			failed(w, via, slot, rc);
		else
			buffer_check(w, via, slot, SPAN, from);
		progress();
	}
	tap(sh->violations == before, what);
}

static void fill(struct worker *w)
{
	uint64_t slot;

	sh->actors[RUNNER].op = OP_init;
	for (slot = 0; slot < SLOTS; slot += SPAN) {
		write_map(w, slot, SPAN, at(w->map, slot));
		progress();
	}
}

static void worker_close(struct worker *w)
{
	munmap(w->map, SIZE);
	close(w->fd);
}

static bool limits_kept(long long errors)
{
	return stat_value("io_errors") == errors &&
		!segment_value(NAME, COLUMN_IO_ERRORS) &&
		stat_value("frames_peak") <= stat_value("limit_frames");
}

/* A writer that died half-way leaves a slot that nothing can be said about. */
static bool nothing_half_done(void)
{
	uint64_t slot, half = 0;

	for (slot = 0; slot < SLOTS; slot++)
		half += announced(slot) != completed(slot);
	if (half)
		say("# %lu slots were left half written\n", half);
	return !half;
}

#define LINES	6

static void run(unsigned int seconds, uint64_t seed)
{
	long long errors;
	struct worker *w;
	bool ok;

	errno = segment_create(NAME, SIZE, sh->store);
	if (errno)
		die("create");
	errors = stat_value("io_errors");
	w = worker_new(RUNNER, seed);
	fill(w);
	ok = torture(seconds, seed);
	print_counts();
	tap(nothing_half_done() && ok, "everything at once");
	worker_close(w);
	w = worker_new(RUNNER, seed);
	verify(w, -1, "fresh mapping", "fresh mapping at the end");
	verify(w, w->fd, "pread", "read at the end");
	if (fsync(w->fd))
		failed(w, "fsync", 0, -1);
	verify(w, w->store, "store", "store after fsync");
	tap(limits_kept(errors), "no I/O errors, and the limit was kept");
	worker_close(w);
	errno = segment_destroy(NAME, 0);
	if (errno)
		die("destroy");
	errno = segment_create(NAME, SIZE, sh->store);
	if (errno)
		die("create again");
	w = worker_new(RUNNER, seed);
	verify(w, -1, "mapping of a new segment", "destroyed and created again");
	worker_close(w);
	errno = segment_destroy(NAME, 0);
	if (errno)
		die("destroy");
}

/* Watching. */

static void print_stack(pid_t tid)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stack", tid);
	f = tid ? fopen(path, "r") : NULL;
	while (f && fgets(line, sizeof(line), f))
		say("#   %d: %s", tid, line);
	if (f)
		fclose(f);
}

static void print_stalled(unsigned int i)
{
	struct actor *a = &sh->actors[i];

	say("# worker %u made no progress for %u s, in %s\n", i, STALL_SECONDS,
	    op_names[a->op]);
	print_stack(a->tid);
	print_stack(a->child);
}

/* False if one of them stands still. */
static bool watch(pid_t runner, int *status)
{
	uint64_t seen[ACTORS] = { 0 }, since[ACTORS];
	unsigned int i;

	for (i = 0; i < ACTORS; i++)
		since[i] = now();
	while (!waitpid(runner, status, WNOHANG)) {
		for (i = 0; i < ACTORS; i++) {
			struct actor *a = &sh->actors[i];

			if (a->progress != seen[i] || !a->active)
				since[i] = now();
			seen[i] = a->progress;
			if (now() - since[i] < STALL_SECONDS * 1000000000ull)
				continue;
			print_stalled(i);
			return false;
		}
		usleep(100000);
	}
	return true;
}

static void run_store(const char *store, unsigned int seconds, uint64_t seed)
{
	unsigned int tap_end = sh->tap + LINES;
	int status = 0;
	pid_t pid;

	memset(sh->actors, 0, sizeof(sh->actors));
	memset(sh->announced, 0, sizeof(sh->announced));
	memset(sh->completed, 0, sizeof(sh->completed));
	memset(sh->ops, 0, sizeof(sh->ops));
	sh->checked = sh->unsure = sh->store_checks = sh->killed = 0;
	sh->incomplete = sh->violations = sh->ready = 0;
	sh->go = false;
	sh->store = store;
	if (getrandom(&sh->run, sizeof(sh->run), 0) != sizeof(sh->run))
		die("getrandom");
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		sh->actors[RUNNER].tid = getpid();
		sh->actors[RUNNER].active = true;
		run(seconds, seed);
		_exit(0);
	}
	if (pid < 0 || !watch(pid, &status)) {
		kill(-pid, SIGKILL);
		say("Bail out! %s: no progress\n", store);
		exit(1);
	}
	if (status)
		say("# the runner ended with status %#x\n", status);
	while (sh->tap < tap_end)
		tap(false, "not reached");
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

int main(void)
{
	uint64_t seconds = setting("TORTURE_SECONDS", 20), seed;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED ||
	    getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		die("start");
	seed = setting("TORTURE_SEED", seed >> 32);
	say("TAP version 13\n1..%u\n# TORTURE_SEED=%lu TORTURE_SECONDS=%lu\n",
	    2 * LINES, seed, seconds);
	run_store(STORE_BLOCK, seconds, mix(seed));
	run_store(STORE_FILE, seconds, mix(seed + 1));
	return sh->tap_failures != 0;
}
