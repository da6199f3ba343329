// SPDX-License-Identifier: GPL-2.0
/*
 * adversary.c - a program without privileges does its worst to a mapping of
 * its own, beside one that goes about its business on another segment
 *
 * The business must go on, its contents must be right, no frame may be lost,
 * and the log must stay readable.  The adversary's segment has a resident
 * maximum, as whoever lets strangers use a segment should give it: pages that
 * a pipe or a device holds count against that.
 */
#include <grp.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

#include "area.h"
#include "kselftest_harness.h"

#define SIZE		(16ul << 20)
#define PAGES		(SIZE / PAGE)
/* Of the 3,072 frames of a pool of 12 MiB. */
#define EVIL_MAX	"1024"
#define EVIL_BYTES	(16ul << 20)
#define NULLB		"/sys/kernel/config/nullb/nullb0"
/* Seconds of an attack, and how long the business may pause at most. */
#define SECONDS		6
#define PAUSE		3
#define STRANGER	1000
/* A rate-limited line comes ten times in five seconds; there are two. */
#define LINES_MAX	40

/* What the business tells; shared memory. */
struct business {
	uint64_t steps;
	uint64_t wrong;
	uint64_t slowest_ms;
};

FIXTURE(adversary) {
	struct business *b;
	pid_t good;
	int evil;
	int log;
	long long lost;
	long long used;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Each page has a generation; it is checked and given the next one. */
static void business_run(struct business *b)
{
	static unsigned char generation[PAGES];
	int fd = segment_open("good");
	uint64_t *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     fd, 0);
	unsigned int seed = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (map == MAP_FAILED)
		_exit(1);
	for (;;) {
		uint64_t page = rand_r(&seed) % PAGES, begun = now_ms();
		uint64_t *at = map + page * WORDS, first = page * WORDS;

		if (generation[page])
			b->wrong += pattern_errors(at, first, WORDS,
						   generation[page]);
		generation[page] = generation[page] % 200 + 1;
		pattern_fill(at, first, WORDS, generation[page]);
		if (!(b->steps++ % 1024) && fsync(fd))
			b->wrong++;
		if (now_ms() - begun > b->slowest_ms)
			b->slowest_ms = now_ms() - begun;
	}
}

/* The store of the adversary can be made to fail. */
static int store_fails(bool fails)
{
	unsigned int at;
	char text[64];
	int err = 0;

	for (at = 0; at < EVIL_BYTES / 512 && !err; at += 512) {
		snprintf(text, sizeof(text), "%c%u-%u", fails ? '+' : '-', at,
			 at + 511);
		err = write_text(NULLB "/badblocks", text);
	}
	return err;
}

FIXTURE_SETUP(adversary)
{
	self->used = stat_value("frames_used");
	self->lost = stat_value("frames_lost");
	mkdir(NULLB, 0700);
	ASSERT_EQ(0, write_text(NULLB "/memory_backed", "1"));
	ASSERT_EQ(0, write_text(NULLB "/size", "16"));
	ASSERT_EQ(0, write_text(NULLB "/power", "1"));
	ASSERT_EQ(0, segment_create("good", SIZE, STORE_BLOCK));
	ASSERT_EQ(0, segment_create("evil", EVIL_BYTES, "/dev/nullb0"));
	ASSERT_EQ(0, write_text("/sys/class/kpager/evil/resident_max",
				EVIL_MAX));
	self->evil = segment_open("evil");
	ASSERT_GE(self->evil, 0);
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	ASSERT_GE(self->log, 0);
	lseek(self->log, 0, SEEK_END);
	self->b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->b);
	self->good = fork();
	ASSERT_GE(self->good, 0);
	if (!self->good)
		business_run(self->b);
	while (self->b->steps < 100)
		usleep(10000);
}

static unsigned int log_lines(int fd)
{
	unsigned int n = 0;
	char line[8192];
	ssize_t len;

	while ((len = read(fd, line, sizeof(line) - 1)) > 0) {
		line[len] = 0;
		n += strstr(line, "kpager") != NULL;
	}
	return n;
}

FIXTURE_TEARDOWN(adversary)
{
	int status;

	/* It is still there, and was never wrong. */
	EXPECT_EQ(0, waitpid(self->good, &status, WNOHANG));
	EXPECT_EQ(0, self->b->wrong);
	kill(self->good, SIGKILL);
	waitpid(self->good, NULL, 0);
	close(self->evil);
	EXPECT_EQ(0, store_fails(false));
	EXPECT_EQ(0, segment_destroy_soon("evil"));
	EXPECT_EQ(0, segment_destroy("good", 0));
	EXPECT_EQ(0, rmdir(NULLB));
	EXPECT_EQ(self->lost, stat_value("frames_lost"));
	/* What the module needs itself may have grown a little. */
	EXPECT_GE(self->used + 256, stat_value("frames_used"));
	EXPECT_GE(LINES_MAX, log_lines(self->log));
	close(self->log);
}

/* What the adversary has: a descriptor and a mapping. */
struct target {
	int fd;
	char *map;
};

typedef void (*attack_fn)(const struct target *t);

/* A stranger, without any right but the open descriptor. */
static void stranger(attack_fn attack, int fd)
{
	struct rlimit files = { 1024, 1024 };
	struct target t = { .fd = fd };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	setrlimit(RLIMIT_NOFILE, &files);
	if (setgroups(0, NULL) ||
	    setresgid(STRANGER, STRANGER, STRANGER) ||
	    setresuid(STRANGER, STRANGER, STRANGER))
		_exit(1);
	t.map = mmap(NULL, EVIL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     0);
	if (t.map == MAP_FAILED)
		_exit(1);
	for (;;)
		attack(&t);
}

/*
 * Let the adversary rage; the business must get on all the time.
 * Return the pages that the adversary had in the end.
 */
static long long rage(struct __test_metadata *_metadata, struct business *b,
		      int fd, attack_fn attack)
{
	uint64_t steps, all = b->steps;
	long long resident;
	int i, status;
	pid_t pid;

	b->slowest_ms = 0;
	pid = fork();
	EXPECT_LE(0, pid);
	if (!pid)
		stranger(attack, fd);
	for (i = 0; i < SECONDS; i += PAUSE) {
		steps = b->steps;
		sleep(PAUSE);
		EXPECT_LT(steps, b->steps);
	}
	/* It was at it all the time. */
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	resident = segment_value("evil", COLUMN_RESIDENT);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	TH_LOG("%llu steps beside it, the slowest took %llu ms; it had %lld pages",
	       (unsigned long long)(b->steps - all),
	       (unsigned long long)b->slowest_ms, resident);
	return resident;
}

static void attack_dirty(const struct target *t)
{
	static char c;
	size_t at;

	c++;
	for (at = 0; at < EVIL_BYTES; at += PAGE)
		t->map[at] = c;
}

TEST_F_TIMEOUT(adversary, dirties_everything, 120)
{
	rage(_metadata, self->b, self->evil, attack_dirty);
}

static void attack_advice(const struct target *t)
{
	static const int advice[] = {
		MADV_WILLNEED, MADV_POPULATE_WRITE, MADV_DONTNEED,
		MADV_POPULATE_READ, MADV_COLD, MADV_PAGEOUT, MADV_FREE,
		MADV_REMOVE, MADV_DODUMP, MADV_HUGEPAGE, MADV_MERGEABLE,
		MADV_SEQUENTIAL, MADV_RANDOM, MADV_NORMAL, MADV_DONTFORK,
		MADV_DOFORK, MADV_WIPEONFORK, 25 /* COLLAPSE */, 4711,
	};
	unsigned int i;

	for (i = 0; i < sizeof(advice) / sizeof(*advice); i++)
		madvise(t->map, EVIL_BYTES, advice[i]);
	for (i = 0; i < 8; i++)
		posix_fadvise(t->fd, 0, 0, i);
	mlock(t->map, EVIL_BYTES);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	munlockall();
}

TEST_F_TIMEOUT(adversary, advises_and_locks, 120)
{
	rage(_metadata, self->b, self->evil, attack_advice);
}

/* Pipes full of pages, none of which is ever read. */
static void attack_pins(const struct target *t)
{
	static size_t at;
	struct iovec iov;
	int fds[2];

	if (pipe2(fds, O_NONBLOCK)) {
		/* No more of them: just keep what there is. */
		usleep(100000);
		return;
	}
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	do {
		iov = (struct iovec){ t->map + at % EVIL_BYTES, PAGE };
		at += PAGE;
	} while (vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK) > 0);
}

TEST_F_TIMEOUT(adversary, holds_frames_in_pipes, 240)
{
	/* It holds as much as it may, and not more. */
	EXPECT_EQ(1024, rage(_metadata, self->b, self->evil, attack_pins));
}

/* As many VMAs as there may be, of each kind. */
static void attack_vmas(const struct target *t)
{
	size_t at;

	for (at = 0; at < EVIL_BYTES; at += 2 * PAGE) {
		mprotect(t->map + at, PAGE, PROT_READ);
		(void)*(volatile char *)(t->map + at);
	}
	for (at = 0; at < EVIL_BYTES; at += 4 * PAGE)
		mremap(t->map + at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       t->map + at + PAGE);
	mmap(t->map, EVIL_BYTES, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_FIXED, t->fd, 0);
	for (at = 0; at < EVIL_BYTES; at += 8 * PAGE)
		t->map[at] = 1;
	fsync(t->fd);
	mmap(t->map, EVIL_BYTES, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, t->fd, 0);
}

TEST_F_TIMEOUT(adversary, makes_many_vmas, 120)
{
	rage(_metadata, self->b, self->evil, attack_vmas);
}

/* Children that die in the middle of whatever they do. */
static void attack_fork(const struct target *t)
{
	pid_t pids[4];
	int i;

	for (i = 0; i < 4; i++) {
		pids[i] = fork();
		if (!pids[i])
			for (;;)
				attack_dirty(t);
	}
	usleep(20000);
	for (i = 0; i < 4; i++) {
		if (pids[i] < 0)
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

TEST_F_TIMEOUT(adversary, is_killed_all_the_time, 120)
{
	rage(_metadata, self->b, self->evil, attack_fork);
}

/* Calls that make no sense. */
static void attack_calls(const struct target *t)
{
	char buf[PAGE] = { 0 }, *volatile nowhere = (char *)1;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		ioctl(t->fd, _IOW(KPAGER_IOC_MAGIC, i, int), t->map);
		ioctl(t->fd, i, t->map);
		ioctl(t->fd, KPAGER_DESTROY, buf);
	}
	pread(t->fd, t->map, EVIL_BYTES, 0);
	pwrite(t->fd, t->map + PAGE / 2, EVIL_BYTES - PAGE, 0);
	pread(t->fd, nowhere, PAGE, 0);
	pwrite(t->fd, nowhere, PAGE, 0);
	pwrite(t->fd, buf, PAGE, EVIL_BYTES);
	pwrite(t->fd, buf, PAGE, -1);
	lseek(t->fd, -1, SEEK_END);
	mmap(NULL, 2 * EVIL_BYTES, PROT_READ, MAP_SHARED, t->fd, 0);
	mmap(NULL, PAGE, PROT_READ, MAP_SHARED, t->fd, 1ull << 60);
	ftruncate(t->fd, 0);
	fallocate(t->fd, 3, 0, PAGE);
	msync(t->map, EVIL_BYTES, MS_SYNC | MS_INVALIDATE);
}

TEST_F_TIMEOUT(adversary, calls_nonsense, 120)
{
	rage(_metadata, self->b, self->evil, attack_calls);
}

/* Reads that fail, as fast as it can: one line in the log says it. */
static void attack_errors(const struct target *t)
{
	size_t at;
	char byte;

	for (at = 0; at < EVIL_BYTES; at += PAGE) {
		pread(t->fd, &byte, 1, at);
		access_try(t->map + at, false);
	}
}

TEST_F_TIMEOUT(adversary, reads_what_cannot_be_read, 120)
{
	ASSERT_EQ(0, store_fails(true));
	rage(_metadata, self->b, self->evil, attack_errors);
}

/* Dirty pages that nobody can write: they fill what it may have, no more. */
static void attack_unwritable(const struct target *t)
{
	size_t at;

	for (at = 0; at < EVIL_BYTES; at += PAGE)
		access_try(t->map + at, true);
	fsync(t->fd);
}

TEST_F_TIMEOUT(adversary, dirties_what_cannot_be_written, 240)
{
	char *map = mmap(NULL, EVIL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->evil, 0);
	size_t at;

	ASSERT_NE(MAP_FAILED, map);
	for (at = 0; at < 512 * PAGE; at += PAGE)
		map[at] = 1;
	ASSERT_EQ(0, store_fails(true));
	/* They are kept, whatever happens. */
	EXPECT_LE(512, rage(_metadata, self->b, self->evil,
			    attack_unwritable));
	munmap(map, EVIL_BYTES);
}

TEST_HARNESS_MAIN
