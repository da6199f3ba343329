// SPDX-License-Identifier: GPL-2.0
/*
 * faults.c - every allocation that a call makes fails once
 *
 * Each operation is repeated with the 1st, 2nd, ... allocation (or copy from
 * or to user memory) of its task failing, by /proc/thread-self/fail-nth, until
 * one run gets through without using its failure up.  After each run: an
 * errno that the documents name, the state of before if it failed, and the
 * same call works.  Then the same with each function of the module failing once
 * that can.  What is lost, kmemleak finds at the end (run --leaks).
 *
 * Needs a kernel with fault injection; the tasks that write behind our back
 * are not hit, only what the caller does itself.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include "common.h"
#include "fail.h"

#define NAME		"faults"
#define PAGES		64ul
#define SIZE		(PAGES * PAGE)
#define TOTAL		(SIZE / sizeof(uint64_t))
#define DIRTY		8u
#define POINTS_MAX	20000
/* For a signal where others have an errno. */
#define ESIGBUS		1000

static const char store[] = STORE_BLOCK;
static int control, fd;
static uint64_t *map;
static uint64_t buffer[TOTAL] __attribute__((aligned(4096)));
static struct kpager_create create;
static struct kpager_destroy destroy;
static struct kpager_create_anon anon;
static long long anon_segments;
static sigjmp_buf on_bus;
static unsigned int tests, failed;
static char complaint[256];

static const char *wrong(const char *what, int err)
{
	snprintf(complaint, sizeof(complaint), "%s: %s", what,
		 err == ESIGBUS ? "SIGBUS" : strerror(err));
	return complaint;
}

/* ---- the segment that operations work on ---- */

static int store_write(uint64_t generation)
{
	int f = open(store, O_WRONLY | O_DIRECT), err = 0;

	if (f < 0)
		return errno;
	pattern_fill(buffer, 0, TOTAL, generation);
	if (pwrite(f, buffer, SIZE, 0) != (ssize_t)SIZE)
		err = errno;
	close(f);
	return err;
}

/* Wrong words of the first @pages pages on the store itself. */
static uint64_t store_errors(unsigned int pages, uint64_t generation)
{
	int f = open(store, O_RDONLY | O_DIRECT);
	uint64_t bad = TOTAL;

	if (f >= 0 && pread(f, buffer, SIZE, 0) == (ssize_t)SIZE)
		bad = pattern_errors(buffer, 0, pages * WORDS, generation);
	close(f);
	return bad;
}

static int seg_create(void)
{
	return segment_create(NAME, SIZE, store);
}

static const char *seg_destroy(void)
{
	int err = segment_destroy(NAME, 0);

	return err ? wrong("destroying it afterwards", err) : NULL;
}

/* With contents of generation 1, none of it resident. */
static int seg_open(void)
{
	int err = store_write(1) ?: seg_create();

	if (err)
		return err;
	fd = segment_open(NAME);
	return fd < 0 ? errno : 0;
}

static const char *seg_close(void)
{
	if (close(fd))
		return wrong("close", errno);
	return seg_destroy();
}

static int seg_map_as(int how)
{
	int err = seg_open();

	if (err)
		return err;
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, how, fd, 0);
	return map == MAP_FAILED ? errno : 0;
}

static int seg_map(void)
{
	return seg_map_as(MAP_SHARED);
}

static int seg_map_dirty(void)
{
	int err = seg_map();

	if (!err)
		pattern_fill(map, 0, DIRTY * WORDS, 2);
	return err;
}

static const char *seg_unmap(void)
{
	munmap(map, SIZE);
	return seg_close();
}

/* After a failed or a good write of generation 2: it can be done now. */
static const char *seg_sync_check(void)
{
	if (fsync(fd))
		return wrong("fsync afterwards", errno);
	if (store_errors(DIRTY, 2))
		return "fsync succeeded, but the store does not have it";
	return seg_unmap();
}

/* ---- operations ---- */

static int no_preparation(void)
{
	return 0;
}

static int open_control(void)
{
	fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static const char *after_open_control(int err)
{
	if (!err)
		close(fd);
	fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return wrong("opening it afterwards", errno);
	close(fd);
	return NULL;
}

static int prepare_create(void)
{
	int f = open(store, O_RDWR | O_CLOEXEC);

	create_init(&create, NAME, SIZE, f);
	return f < 0 ? errno : 0;
}

static int do_create(void)
{
	return ioctl(control, KPAGER_CREATE, &create) ? errno : 0;
}

static const char *after_create(int err)
{
	const char *text = NULL;

	close(create.backing_fd);
	if (err && segment_value(NAME, COLUMN_RESIDENT) != -1)
		return "it failed, and the segment is there";
	if (err)
		err = seg_create();
	if (err)
		return wrong("creating it afterwards", err);
	fd = segment_open(NAME);
	if (fd < 0)
		text = wrong("opening it afterwards", errno);
	close(fd);
	return text ?: seg_destroy();
}

static int prepare_anon(void)
{
	memset(&anon, 0, sizeof(anon));
	anon.struct_size = sizeof(anon);
	anon.size = SIZE;
	anon.backing_fd = -1;
	anon_segments = stat_value("segments");
	return 0;
}

static int do_anon(void)
{
	fd = ioctl(control, KPAGER_CREATE_ANON, &anon);
	return fd < 0 ? errno : 0;
}

static const char *after_anon(int err)
{
	if (err && stat_value("segments") != anon_segments)
		return "it failed, and there is a segment";
	if (err)
		err = do_anon();
	if (err)
		return wrong("creating it afterwards", err);
	if (write(fd, buffer, SIZE) != (ssize_t)SIZE)
		return wrong("writing to it afterwards", errno);
	close(fd);
	return stat_value("segments") == anon_segments ? NULL :
		"it left a segment behind";
}

static int prepare_destroy(void)
{
	int err = seg_map_dirty();

	memset(&destroy, 0, sizeof(destroy));
	destroy.struct_size = sizeof(destroy);
	strcpy(destroy.name, NAME);
	munmap(map, SIZE);
	close(fd);
	return err;
}

static int do_destroy(void)
{
	return ioctl(control, KPAGER_DESTROY, &destroy) ? errno : 0;
}

static const char *after_destroy(int err)
{
	const char *text = err ? seg_destroy() : NULL;

	if (!text && segment_value(NAME, COLUMN_RESIDENT) != -1)
		return "it is still there";
	if (!text && store_errors(DIRTY, 2))
		return "its dirty pages are not on the store";
	return text;
}

static int prepare_open(void)
{
	return seg_create();
}

static int do_open(void)
{
	fd = segment_open(NAME);
	return fd < 0 ? errno : 0;
}

static const char *after_open(int err)
{
	if (err)
		err = do_open();
	return err ? wrong("opening it afterwards", err) : seg_close();
}

static int do_mmap(void)
{
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? errno : 0;
}

static const char *after_mmap(int err)
{
	if (err)
		err = do_mmap();
	if (err)
		return wrong("mapping it afterwards", err);
	if (pattern_errors(map, 0, TOTAL, 1))
		return "the mapping does not show the store";
	return seg_unmap();
}

static int do_read_fault(void)
{
	volatile uint64_t *word = map + 5 * WORDS;

	if (sigsetjmp(on_bus, 1))
		return ESIGBUS;
	return *word == pattern(5 * WORDS, 1) ? 0 : EBADMSG;
}

static const char *after_read_fault(int err)
{
	(void)err;
	if (pattern_errors(map, 0, TOTAL, 1))
		return "it does not show the store";
	return seg_unmap();
}

static int do_write_fault(void)
{
	if (sigsetjmp(on_bus, 1))
		return ESIGBUS;
	((volatile uint64_t *)map)[5 * WORDS] = 77;
	return 0;
}

static const char *after_write_fault(int err)
{
	uint64_t want = err ? pattern(5 * WORDS, 1) : 77;

	if (map[5 * WORDS] != want)
		return "the word is neither old nor new";
	pattern_fill(map, 0, DIRTY * WORDS, 2);
	return seg_sync_check();
}

static int prepare_private(void)
{
	return seg_map_as(MAP_PRIVATE);
}

static const char *after_private(int err)
{
	uint64_t want = err ? pattern(5 * WORDS, 1) : 77;

	if (map[5 * WORDS] != want)
		return "the copy is neither old nor new";
	if (pread(fd, buffer, PAGE, 5 * PAGE) != (ssize_t)PAGE ||
	    pattern_errors(buffer, 5 * WORDS, WORDS, 1))
		return "the segment changed";
	return seg_unmap();
}

static int do_pread(void)
{
	ssize_t got = pread(fd, buffer, 4 * PAGE, 3 * PAGE);

	if (got < 0)
		return errno;
	return pattern_errors(buffer, 3 * WORDS, got / sizeof(uint64_t), 1) ?
		EBADMSG : 0;
}

static const char *after_pread(int err)
{
	(void)err;
	if (pread(fd, buffer, SIZE, 0) != (ssize_t)SIZE ||
	    pattern_errors(buffer, 0, TOTAL, 1))
		return "it cannot be read afterwards";
	return seg_close();
}

static int prepare_pwrite(void)
{
	int err = seg_open();

	pattern_fill(buffer, 0, TOTAL, 2);
	return err;
}

static int do_pwrite(void)
{
	/* A part of the first page: it has to be read before. */
	ssize_t put = pwrite(fd, (char *)buffer + 64, 3 * PAGE, 64);

	return put < 0 ? errno : 0;
}

/* Each word is old or new: nothing else can be seen, whatever failed. */
static const char *after_pwrite(int err)
{
	uint64_t i;

	(void)err;
	if (pread(fd, buffer, SIZE, 0) != (ssize_t)SIZE)
		return wrong("reading it afterwards", errno);
	for (i = 0; i < TOTAL; i++)
		if (buffer[i] != pattern(i, 1) &&
		    (i >= 4 * WORDS || buffer[i] != pattern(i, 2)))
			return "a word is neither old nor new";
	pattern_fill(buffer, 0, TOTAL, 2);
	if (pwrite(fd, buffer, SIZE, 0) != (ssize_t)SIZE)
		return wrong("writing it afterwards", errno);
	if (fsync(fd))
		return wrong("fsync afterwards", errno);
	if (store_errors(PAGES, 2))
		return "the store does not have what was written";
	return seg_close();
}

static int do_fsync(void)
{
	return fsync(fd) ? errno : 0;
}

static int do_msync(void)
{
	return msync(map, SIZE, MS_SYNC) ? errno : 0;
}

static const char *after_sync(int err)
{
	if (!err && store_errors(DIRTY, 2))
		return "it succeeded, but the store does not have it";
	if (pattern_errors(map, 0, DIRTY * WORDS, 2))
		return "the mapping lost it";
	return seg_sync_check();
}

static int prepare_close(void)
{
	int err = seg_map_dirty();

	munmap(map, SIZE);
	return err;
}

static int do_close(void)
{
	return close(fd) ? errno : 0;
}

static const char *after_close(int err)
{
	(void)err;
	fd = segment_open(NAME);
	if (fd < 0)
		return wrong("opening it afterwards", errno);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return wrong("mapping it afterwards", errno);
	if (pattern_errors(map, 0, DIRTY * WORDS, 2))
		return "what was written is lost";
	/* A failure that nobody has heard of yet is told to us. */
	fsync(fd);
	return seg_sync_check();
}

static pid_t child;

static int do_fork(void)
{
	child = fork();
	if (!child)
		_exit(0);
	return child < 0 ? errno : 0;
}

static const char *after_fork(int err)
{
	int status;

	if (!err)
		waitpid(child, &status, 0);
	if (pattern_errors(map, 0, DIRTY * WORDS, 2))
		return "the mapping lost it";
	return seg_sync_check();
}

/* Of the segment's statistics. */
static long long seg_value(const char *key)
{
	return file_value("/proc/kpager/segment/" NAME "/stat", key);
}

static int range_call(unsigned long cmd)
{
	struct kpager_pin arg = {
		.struct_size = sizeof(arg), .offset = 2 * PAGE,
		.bytes = 5 * PAGE,
	};

	return ioctl(fd, cmd, &arg) ? errno : 0;
}

static int forget_call(unsigned long cmd)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg), .offset = 2 * PAGE,
		.bytes = 5 * PAGE,
	};

	return ioctl(fd, cmd, &arg) ? errno : 0;
}

static int do_pin(void)
{
	return range_call(KPAGER_PIN);
}

static const char *after_pin(int err)
{
	if (err && seg_value("pinned"))
		return "it failed, and pages are pinned";
	if (err)
		err = do_pin();
	if (err)
		return wrong("pinning afterwards", err);
	if (seg_value("pinned") != 5)
		return "not all of it is pinned";
	err = range_call(KPAGER_UNPIN);
	return err ? wrong("unpinning afterwards", err) : seg_close();
}

/* A part in the middle: what is left needs memory. */
static int prepare_unpin(void)
{
	struct kpager_pin arg = {
		.struct_size = sizeof(arg), .bytes = 10 * PAGE,
	};
	int err = seg_open();

	if (!err && ioctl(fd, KPAGER_PIN, &arg))
		err = errno;
	return err;
}

static int do_unpin(void)
{
	return range_call(KPAGER_UNPIN);
}

static const char *after_unpin(int err)
{
	if (err && seg_value("pinned") != 10)
		return "it failed, and pages are unpinned";
	if (err)
		err = do_unpin();
	if (err)
		return wrong("unpinning afterwards", err);
	if (seg_value("pinned") != 5)
		return "something else is unpinned";
	return seg_close();
}

static int do_volatile(void)
{
	return forget_call(KPAGER_VOLATILE);
}

static const char *after_volatile(int err)
{
	if (err && seg_value("volatile_pages"))
		return "it failed, and pages are volatile";
	if (err)
		err = do_volatile();
	if (err)
		return wrong("declaring it afterwards", err);
	if (seg_value("volatile_pages") != 5)
		return "not all of it is volatile";
	return seg_close();
}

static int prepare_nonvolatile(void)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg), .bytes = 10 * PAGE,
	};
	int err = seg_open();

	if (!err && ioctl(fd, KPAGER_VOLATILE, &arg))
		err = errno;
	return err;
}

static int do_nonvolatile(void)
{
	return forget_call(KPAGER_NONVOLATILE);
}

static const char *after_nonvolatile(int err)
{
	/* When the answer has no place, it is done. */
	if (err && err != EFAULT && seg_value("volatile_pages") != 10)
		return "it failed, and pages are not volatile";
	if (err)
		err = do_nonvolatile();
	if (err)
		return wrong("taking it back afterwards", err);
	if (seg_value("volatile_pages") != 5)
		return "something else is not volatile";
	return seg_close();
}

static int resize_to(uint64_t size)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = size, .name = NAME,
	};

	return ioctl(control, KPAGER_RESIZE, &arg) ? errno : 0;
}

static int do_resize(void)
{
	return resize_to(SIZE / 2);
}

/* Behind the end there is nothing; what was written before it stays. */
static const char *after_resize(int err)
{
	off_t want = err ? SIZE : SIZE / 2;

	if (lseek(fd, 0, SEEK_END) != want)
		return "its size is not what the call said";
	err = do_resize();
	if (err)
		return wrong("making it smaller afterwards", err);
	if (pread(fd, buffer, PAGE, SIZE / 2))
		return "there is something behind the end";
	err = resize_to(SIZE);
	if (err)
		return wrong("making it larger afterwards", err);
	if (pattern_errors(map + TOTAL / 2, TOTAL / 2, TOTAL / 2, 1))
		return "it does not show the store where it grew";
	return seg_sync_check();
}

static int do_touch(void)
{
	struct kpager_touch arg = { .struct_size = sizeof(arg), .page = 7 };

	return ioctl(fd, KPAGER_TOUCH, &arg) < 0 ? errno : 0;
}

static const char *after_touch(int err)
{
	if (!err && !seg_value("resident"))
		return "the page is not there";
	err = do_touch();
	return err ? wrong("touching it afterwards", err) : after_pread(0);
}

static int do_why(void)
{
	struct kpager_why arg = { .struct_size = sizeof(arg) };

	return ioctl(fd, KPAGER_WHY, &arg) ? errno : 0;
}

static const char *after_why(int err)
{
	err = do_why();
	return err ? wrong("asking afterwards", err) : after_pread(0);
}

static int do_pressure(void)
{
	struct kpager_pressure arg = { .struct_size = sizeof(arg) };

	return ioctl(control, KPAGER_PRESSURE, &arg) ? errno : 0;
}

static const char *after_pressure(int err)
{
	err = do_pressure();
	return err ? wrong("asking afterwards", err) : NULL;
}

static int do_proc(void)
{
	static const char *const files[] = {
		"stat", "segments", "buddyinfo", "slabinfo",
	};
	char path[64];
	unsigned int i;
	int f, err = 0;

	for (i = 0; i < sizeof(files) / sizeof(*files) && !err; i++) {
		snprintf(path, sizeof(path), "/proc/kpager/%s", files[i]);
		f = open(path, O_RDONLY);
		if (f < 0)
			return errno;
		while (!err) {
			ssize_t n = read(f, buffer, sizeof(buffer));

			if (n < 0)
				err = errno;
			if (n <= 0)
				break;
		}
		close(f);
	}
	return err;
}

static const char *after_proc(int err)
{
	err = do_proc();
	return err ? wrong("reading it afterwards", err) : seg_close();
}

#define ERRORS(...)	((const int[]){ __VA_ARGS__, 0 })

struct op {
	const char *name;
	int (*prepare)(void);
	int (*run)(void);
	const char *(*after)(int err);
	const int *errors;
};

static const struct op ops[] = {
	{ "open of control", no_preparation, open_control, after_open_control,
	  ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_CREATE", prepare_create, do_create, after_create,
	  ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_CREATE_ANON", prepare_anon, do_anon, after_anon,
	  ERRORS(ENOMEM, ENFILE, EFAULT) },
	{ "KPAGER_DESTROY", prepare_destroy, do_destroy, after_destroy,
	  ERRORS(ENOMEM, EFAULT, EIO) },
	{ "open", prepare_open, do_open, after_open,
	  ERRORS(ENOMEM, EFAULT) },
	{ "mmap", seg_open, do_mmap, after_mmap, ERRORS(ENOMEM) },
	{ "read fault", seg_map, do_read_fault, after_read_fault,
	  ERRORS(ESIGBUS) },
	{ "write fault", seg_map, do_write_fault, after_write_fault,
	  ERRORS(ESIGBUS) },
	{ "private write fault", prepare_private, do_write_fault,
	  after_private, ERRORS(ESIGBUS) },
	{ "pread", seg_open, do_pread, after_pread,
	  ERRORS(ENOMEM, EFAULT, EIO) },
	{ "pwrite", prepare_pwrite, do_pwrite, after_pwrite,
	  ERRORS(ENOMEM, EFAULT, EIO) },
	{ "fsync", seg_map_dirty, do_fsync, after_sync, ERRORS(ENOMEM, EIO) },
	{ "msync", seg_map_dirty, do_msync, after_sync, ERRORS(ENOMEM, EIO) },
	{ "KPAGER_PIN", seg_open, do_pin, after_pin,
	  ERRORS(ENOMEM, EFAULT, EIO) },
	{ "KPAGER_UNPIN", prepare_unpin, do_unpin, after_unpin,
	  ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_VOLATILE", seg_open, do_volatile, after_volatile,
	  ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_NONVOLATILE", prepare_nonvolatile, do_nonvolatile,
	  after_nonvolatile, ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_RESIZE", seg_map_dirty, do_resize, after_resize,
	  ERRORS(ENOMEM, EFAULT) },
	{ "KPAGER_TOUCH", seg_open, do_touch, after_touch,
	  ERRORS(ENOMEM, EFAULT, EIO) },
	{ "KPAGER_WHY", seg_open, do_why, after_why, ERRORS(EFAULT) },
	{ "KPAGER_PRESSURE", no_preparation, do_pressure, after_pressure,
	  ERRORS(EFAULT) },
	{ "last close", prepare_close, do_close, after_close, ERRORS(0) },
	{ "fork", seg_map_dirty, do_fork, after_fork, ERRORS(ENOMEM, EAGAIN) },
	{ "/proc/kpager", seg_open, do_proc, after_proc,
	  ERRORS(ENOMEM, EFAULT) },
};

static int is_expected(const struct op *op, int err)
{
	const int *e;

	for (e = op->errors; *e; e++)
		if (*e == err)
			return 1;
	return !err;
}

/*
 * With the allocation @n failing, or for 0 with the function failing.  Return
 * what is wrong with one run, or NULL.
 */
static const char *run_once(const struct op *op, unsigned int n,
			    unsigned int *left, int *err)
{
	const char *text;

	*err = op->prepare();
	if (*err)
		return wrong("preparation", *err);
	n ? fail_nth(n) : function_arm();
	*err = op->run();
	*left = n ? fail_left() : function_left();
	text = op->after(*err);
	if (!text && !is_expected(op, *err))
		text = wrong("unexpected", *err);
	if (!text && *left && *err)
		text = wrong("failed without an injected failure", *err);
	return text;
}

/* The next operation shall find nothing of one that went wrong. */
static void clean_up(void)
{
	munmap(map, SIZE);
	close(fd);
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
}

static void run(const struct op *op)
{
	unsigned int n, left = 0, refused = 0, survived = 0;
	const char *text = NULL;
	int err = 0;

	for (n = 1; n < POINTS_MAX && !left && !text; n++) {
		text = run_once(op, n, &left, &err);
		if (!left && !text)
			*(err ? &refused : &survived) += 1;
	}
	/* Nothing that could fail: the injection is not at work. */
	if (!text && (!left || refused + survived == 0))
		text = left ? "no allocation was hit" : "it never ended";
	tests++;
	if (text) {
		failed++;
		clean_up();
		printf("not ok %u - %s on %s\n# failure %u: %s\n", tests,
		       op->name, store, n - 1, text);
		return;
	}
	printf("ok %u - %s on %s: %u failures, %u reported, %u survived\n",
	       tests, op->name, store, refused + survived, refused, survived);
}

/* Each operation, with a function failing once when it is called first. */
static void run_function(const char *function, bool is_pointer)
{
	unsigned int i, left, hit = 0, refused = 0, bad = 0;
	const char *text;
	int err;

	tests++;
	if (function_set(function, is_pointer)) {
		failed++;
		printf("not ok %u - %s cannot be made to fail\n", tests,
		       function);
		return;
	}
	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		text = run_once(&ops[i], 0, &left, &err);
		hit += !left;
		refused += !left && err;
		if (!text)
			continue;
		bad++;
		clean_up();
		printf("# %s: %s\n", ops[i].name, text);
	}
	function_unset();
	/* What nothing calls is not tested. */
	failed += bad || !hit;
	printf("%sok %u - %s fails: %u operations call it, %u report it\n",
	       bad || !hit ? "not " : "", tests, function, hit, refused);
}

static void run_functions(void)
{
	FILE *f = fopen("/sys/kernel/debug/error_injection/list", "r");
	char function[64], where[64], type[16], line[160];
	unsigned int found = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %63s %15s", function, where, type) != 3 ||
		    strcmp(where, "[kpager]"))
			continue;
		found++;
		run_function(function, !strcmp(type, "NULL"));
	}
	if (f)
		fclose(f);
	tests++;
	failed += !found;
	printf("%sok %u - functions of the module can be made to fail\n",
	       found ? "" : "not ", tests);
}

static void bus(int sig)
{
	(void)sig;
	siglongjmp(on_bus, 1);
}

int main(void)
{
	struct sigaction act = { .sa_handler = bus };
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (fail_setup() < 0) {
		puts("Bail out! this kernel has no fault injection");
		return 1;
	}
	sigaction(SIGBUS, &act, NULL);
	control = open(CONTROL, O_RDWR | O_CLOEXEC);
	/* Our own memory shall not fault in the middle of an operation. */
	if (control < 0 || mlockall(MCL_CURRENT)) {
		perror("faults: " CONTROL);
		return 1;
	}
	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		run(&ops[i]);
	run_functions();
	close(control);
	printf("1..%u\n", tests);
	return failed != 0;
}
