// SPDX-License-Identifier: GPL-2.0
/*
 * dirty.c - announced writes, the dirty limit, the cleaner, and the limit of
 * resident pages
 */
#include "common.h"
#include "kselftest_harness.h"
#include "nullb.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define NAME		"dirty"
#define SIZE		(32ul << 20)
#define PAGES		(SIZE / PAGE)
#define LIMIT		256
#define SMALL_PAGES	(NULLB_SIZE / PAGE)
/* Pages that are dirty while others are evicted. */
#define HELD		96ul

static int attr_set(const char *attr, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/" NAME "/%s", attr);
	return write_text(path, value);
}

/* Dirty the first @pages pages in a child that then exits with 0. */
static pid_t writer_start(uint64_t *map, uint64_t pages, uint64_t generation)
{
	pid_t pid = fork();
	uint64_t i;

	if (pid)
		return pid;
	for (i = 0; i < pages; i++)
		map[i * WORDS] = pattern(i * WORDS, generation);
	_exit(0);
}

/* The exact number of pages that the limit is about. */
static long long counted(void)
{
	return file_value("/proc/kpager/segment/" NAME "/stat",
			  "dirty_counted");
}

static bool has_ended(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

static uint64_t wrong_pages(const uint64_t *map, uint64_t pages,
			    uint64_t generation)
{
	uint64_t i, wrong = 0;

	for (i = 0; i < pages; i++)
		wrong += map[i * WORDS] != pattern(i * WORDS, generation);
	return wrong;
}

FIXTURE(dirty) {
	int fd;
	uint64_t *map;
};

static uint64_t *map_all(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

FIXTURE_SETUP(dirty)
{
	ASSERT_EQ(0, segment_create(NAME, SIZE, STORE_BLOCK));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(dirty)
{
	if (self->map)
		munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F_TIMEOUT(dirty, first_writes_are_announced, 120)
{
	const uint64_t pages = 512;
	long long before;
	uint64_t i, sum = 0;

	ASSERT_EQ(0, attr_set("announce_writes", "1"));
	self->map = map_all(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->map);
	for (i = 0; i < pages; i++)
		sum += ((volatile uint64_t *)self->map)[i * WORDS];
	before = stat_value("faults_announced");
	pattern_fill(self->map, 0, pages * WORDS, 1 + (sum & 0));
	EXPECT_EQ(before + (long long)pages, stat_value("faults_announced"));
	EXPECT_EQ((long long)pages, segment_value(NAME, COLUMN_DIRTY));
	/* Once only, until they are clean again. */
	pattern_fill(self->map, 0, pages * WORDS, 2);
	EXPECT_EQ(before + (long long)pages, stat_value("faults_announced"));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value(NAME, COLUMN_DIRTY));
	before = stat_value("pages_written");
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(before, stat_value("pages_written"));
	before = stat_value("faults_announced");
	pattern_fill(self->map, 0, pages * WORDS, 3);
	EXPECT_EQ(before + (long long)pages, stat_value("faults_announced"));
	EXPECT_EQ(0, pattern_errors(self->map, 0, pages * WORDS, 3));
}

TEST_F_TIMEOUT(dirty, the_limit_is_kept_and_nothing_is_lost, 240)
{
	long long most = 0, now, throttled = stat_value("writes_throttled");
	int status = -1;
	pid_t pid;

	EXPECT_EQ(EINVAL, attr_set("dirty_max", "256"));
	ASSERT_EQ(0, attr_set("announce_writes", "1"));
	ASSERT_EQ(0, attr_set("dirty_max", "256"));
	self->map = map_all(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->map);
	EXPECT_EQ(EBUSY, attr_set("announce_writes", "0"));
	pid = writer_start(self->map, PAGES, 4);
	while (!has_ended(pid, &status)) {
		now = counted();
		most = now > most ? now : most;
	}
	TH_LOG("at most %lld pages dirty", most);
	EXPECT_EQ(0, status);
	/* One writer is between its look at the limit and its page. */
	EXPECT_LT(LIMIT / 2, most);
	EXPECT_GE(LIMIT + 1, most);
	EXPECT_LT(throttled, stat_value("writes_throttled"));
	EXPECT_EQ(0, wrong_pages(self->map, PAGES, 4));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value(NAME, COLUMN_DIRTY));
	/* write() is held as well. */
	throttled = stat_value("writes_throttled");
	ASSERT_EQ((ssize_t)(4 * LIMIT * PAGE),
		  pwrite(self->fd, self->map, 4 * LIMIT * PAGE,
			 SIZE - 4 * LIMIT * PAGE));
	EXPECT_LT(throttled, stat_value("writes_throttled"));
	EXPECT_GE(LIMIT + 1, segment_value(NAME, COLUMN_DIRTY));
}

TEST_F_TIMEOUT(dirty, the_cleaner_works_ahead, 240)
{
	long long swept = stat_value("pages_swept");
	long long written = stat_value("pages_written");
	int status = -1;
	pid_t pid;

	self->map = map_all(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->map);
	pid = writer_start(self->map, PAGES, 5);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_LT(swept, stat_value("pages_swept"));
	/*
	 * Each page was made dirty once.  The core marks a page after it has
	 * made the entry, and may do so after the page was swept.
	 */
	EXPECT_LE(written + (long long)PAGES, stat_value("pages_written"));
	EXPECT_GE(written + (long long)(PAGES + PAGES / 100),
		  stat_value("pages_written"));
	EXPECT_EQ(0, wrong_pages(self->map, PAGES, 5));
	EXPECT_EQ(ERANGE, attr_set("clean_min", "101"));
	ASSERT_EQ(0, attr_set("clean_min", "0"));
	swept = stat_value("pages_swept");
	pid = writer_start(self->map, PAGES, 6);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(swept, stat_value("pages_swept"));
	EXPECT_EQ(0, wrong_pages(self->map, PAGES, 6));
}

TEST_F_TIMEOUT(dirty, resident_max_is_kept, 240)
{
	long long most = 0, now;
	int status = -1;
	pid_t pid;

	ASSERT_EQ(0, attr_set("resident_max", "256"));
	self->map = map_all(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->map);
	pid = writer_start(self->map, PAGES, 7);
	while (!has_ended(pid, &status)) {
		now = segment_value(NAME, COLUMN_RESIDENT);
		most = now > most ? now : most;
	}
	EXPECT_EQ(0, status);
	/* Two CPUs may both find room for the last page. */
	EXPECT_GE(LIMIT + 1, most);
	EXPECT_EQ(0, wrong_pages(self->map, PAGES, 7));
	EXPECT_GE(LIMIT + 1, segment_value(NAME, COLUMN_RESIDENT));
}

/* Is one of the first @pages, which are resident, on its way to the store? */
static bool is_in_flight(uint64_t pages)
{
	FILE *f = fopen("/proc/kpager/segment/" NAME "/map", "r");
	unsigned long long page;
	bool found = false;
	unsigned int io;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		found |= sscanf(line, "%llu %*u %*u %*u %u", &page, &io) == 2 &&
			page < pages && io;
	if (f)
		fclose(f);
	return found;
}

/* As wrong_pages(), of what the store itself has. */
static uint64_t wrong_on_store(uint64_t pages, uint64_t generation)
{
	int f = open(STORE_BLOCK, O_RDONLY | O_DIRECT);
	uint64_t *buf, wrong = pages;

	buf = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pread(f, buf, pages * PAGE, 0) == (ssize_t)(pages * PAGE))
		wrong = wrong_pages(buf, pages, generation);
	munmap(buf, pages * PAGE);
	close(f);
	return wrong;
}

/* msync answers for writes that somebody else has begun, too. */
TEST_F_TIMEOUT(dirty, sync_waits_for_writes_of_others, 240)
{
	unsigned int round, tries, seen = 0;
	int status = -1;
	uint64_t i;
	pid_t pid;

	ASSERT_EQ(0, attr_set("resident_max", "128"));
	/* Nobody else shall keep it waiting: no cleaner, no page being read. */
	ASSERT_EQ(0, attr_set("clean_min", "0"));
	ASSERT_EQ(0, attr_set("prefetch", "off"));
	self->map = map_all(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->map);
	for (round = 20; round < 23; round++) {
		for (i = 0; i < HELD; i++)
			self->map[i * WORDS] = pattern(i * WORDS, round);
		/* All that it may have, these being the oldest. */
		for (i = HELD; i < 160; i++)
			(void)((volatile uint64_t *)self->map)[i * WORDS];
		/* Somebody needs frames, and has pages written for it. */
		ASSERT_EQ(0, attr_set("inject", "delay_ms=2000"));
		pid = writer_start(self->map + PAGES / 2 * WORDS, LIMIT, round);
		for (tries = 0; tries < 300 && !is_in_flight(HELD); tries++)
			poll(NULL, 0, 10);
		seen += tries < 300;
		/* That one is late; what msync writes itself is not. */
		poll(NULL, 0, 100);
		ASSERT_EQ(0, attr_set("inject", "off"));
		EXPECT_EQ(0, msync(self->map, HELD * PAGE, MS_SYNC));
		EXPECT_EQ(0, wrong_on_store(HELD, round));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_LT(0, seen);
}

/* At the limit writers wait for a store that fails, and readers do not. */
TEST(writers_wait_for_a_failing_store)
{
	uint64_t *map, sum = 0, i;
	int fd, status = -1, try;
	pid_t pid;

	ASSERT_EQ(0, nullb_make());
	ASSERT_EQ(0, segment_create(NAME, NULLB_SIZE, NULLB_STORE));
	ASSERT_EQ(0, attr_set("announce_writes", "1"));
	ASSERT_EQ(0, attr_set("dirty_max", "64"));
	fd = segment_open(NAME);
	map = map_all(fd, NULLB_SIZE);
	ASSERT_NE(MAP_FAILED, map);
	/* None has to be read later; others' pages may fill the pool before. */
	for (try = 0; try < 64 &&
	     segment_value(NAME, COLUMN_RESIDENT) < (long long)SMALL_PAGES;
	     try++)
		for (i = 0; i < SMALL_PAGES; i++)
			sum += ((volatile uint64_t *)map)[i * WORDS];
	EXPECT_EQ(0, sum);
	ASSERT_LE(SMALL_PAGES, segment_value(NAME, COLUMN_RESIDENT));
	ASSERT_EQ(0, store_fails(true));
	pid = writer_start(map, SMALL_PAGES, 8);
	poll(NULL, 0, 2000);
	EXPECT_FALSE(has_ended(pid, &status));
	EXPECT_GE(66, segment_value(NAME, COLUMN_DIRTY));
	/* A killed writer does not stay. */
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	pid = writer_start(map, SMALL_PAGES, 8);
	poll(NULL, 0, 500);
	for (i = SMALL_PAGES / 2; i < SMALL_PAGES; i++)
		sum += ((volatile uint64_t *)map)[i * WORDS];
	EXPECT_EQ(0, sum);
	EXPECT_FALSE(has_ended(pid, &status));
	ASSERT_EQ(0, store_fails(false));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, wrong_pages(map, SMALL_PAGES, 8));
	munmap(map, NULLB_SIZE);
	close(fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	EXPECT_EQ(0, nullb_remove());
}

TEST_HARNESS_MAIN
