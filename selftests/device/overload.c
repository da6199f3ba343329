// SPDX-License-Identifier: GPL-2.0
/*
 * overload.c - more is asked of the pool than it can hold, or stores do not
 * take what they are given: everybody gets on, and nothing is lost.
 *
 * run-all loads the module with a pool of 16 MiB for it.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "thrash.h"
#include "kselftest_harness.h"

#define NAME		"loaded"
#define STALL_MS	10000

/* A file without holes.  0 or an errno. */
static int file_make(const char *path, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), err = 0;
	static char zero[MB];
	size_t i;

	if (fd < 0)
		return errno;
	for (i = 0; i < size / MB && !err; i++)
		if (write(fd, zero, MB) != (ssize_t)MB)
			err = errno;
	if (!err && fsync(fd))
		err = errno;
	close(fd);
	return err;
}

/* ---- many times the pool ---------------------------------------------- */

#define PROCESSES	8

static void set_names(int n, char *segment, char *file)
{
	sprintf(segment, "set%d", n);
	sprintf(file, "/mnt/set%d", n);
}

/* Write all of it, then look at it from back to front and here and there. */
static int set_use(int n)
{
	uint64_t seed = 88172645463325252ull + n, bad = 0, at, *map;
	char segment[32], file[32];
	int fd, i;

	set_names(n, segment, file);
	fd = segment_open(segment);
	map = map_all(fd, SET);
	if (fd < 0 || map == MAP_FAILED)
		return 2;
	pattern_fill(map, 0, SET / sizeof(*map), n);
	for (at = SET_PAGES; at-- > 0;)
		bad += pattern_errors(map + at * WORDS, at * WORDS, WORDS, n);
	for (i = 0; i < 2048; i++) {
		at = random_next(&seed) % SET_PAGES;
		bad += pattern_errors(map + at * WORDS, at * WORDS, WORDS, n);
	}
	if (fsync(fd))
		return 3;
	munmap(map, SET);
	close(fd);
	return bad ? 1 : 0;
}

FIXTURE(processes) {
	int made;
};

FIXTURE_SETUP(processes)
{
	char segment[32], file[32];
	int i;

	for (i = 0; i < PROCESSES; i++) {
		set_names(i, segment, file);
		ASSERT_EQ(0, file_make(file, SET));
		ASSERT_EQ(0, segment_create(segment, SET, file));
	}
}

FIXTURE_TEARDOWN(processes)
{
	char segment[32], file[32];
	int i;

	for (i = 0; i < PROCESSES; i++) {
		set_names(i, segment, file);
		EXPECT_EQ(0, segment_destroy(segment, 0));
		unlink(file);
	}
}

TEST_F_TIMEOUT(processes, everybody_finishes, 900)
{
	pid_t pid[PROCESSES];
	double begin = now();
	int i;

	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		ASSERT_GE(pid[i], 0);
		if (!pid[i])
			_exit(set_use(i));
	}
	for (i = 0; i < PROCESSES; i++) {
		EXPECT_EQ(0, child_status(pid[i]));
		TH_LOG("process %d after %.1f s", i, now() - begin);
	}
	TH_LOG("pool of %lld frames, held %lld times",
	       stat_value("limit_frames"), stat_value("load_holds"));
}

/* ---- stores that do not take what they are given ---------------------- */

#define STORE_SIZE	(48 * MB)
#define STORE_WORDS	(STORE_SIZE / sizeof(uint64_t))
#define SPARSE		"/mnt/sparse"
#define FILLER		"/mnt/filler"

FIXTURE(stuck) {
	int fd;
	uint64_t *map;
};

static int stuck_begin(FIXTURE_DATA(stuck) *self, const char *store)
{
	int err = segment_create(NAME, STORE_SIZE, store);

	if (err)
		return err;
	self->fd = segment_open(NAME);
	self->map = map_all(self->fd, STORE_SIZE);
	return self->map == MAP_FAILED ? errno : 0;
}

static int stuck_end(FIXTURE_DATA(stuck) *self)
{
	munmap(self->map, STORE_SIZE);
	close(self->fd);
	return segment_destroy(NAME, 0);
}

FIXTURE_SETUP(stuck)
{
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
}

FIXTURE_TEARDOWN(stuck)
{
	unlink(FILLER);
	unlink(SPARSE);
}

/* Dirty three times the pool. */
static pid_t writer_start(uint64_t *map, uint64_t generation)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	pattern_fill(map, 0, STORE_WORDS, generation);
	_exit(0);
}

/* Exits with what msync() says. */
static pid_t syncer_start(uint64_t *map)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	_exit(msync(map, STORE_SIZE, MS_SYNC) ? errno : 0);
}

static bool has_ended(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

/* Everything is there, on the store too. */
static uint64_t all_errors(FIXTURE_DATA(stuck) *self, uint64_t generation)
{
	uint64_t bad = pattern_errors(self->map, 0, STORE_WORDS, generation);

	/* What failed in the background meanwhile is reported once. */
	if (fsync(self->fd) && fsync(self->fd))
		bad++;
	bad += segment_value(NAME, COLUMN_DIRTY) != 0;
	return bad + pattern_errors(self->map, 0, STORE_WORDS, generation);
}

TEST_F_TIMEOUT(stuck, store_stalls, 1200)
{
	double begin;
	int status;
	pid_t pid;

	ASSERT_EQ(0, stuck_begin(self, STORE_BLOCK));
	pattern_fill(self->map, 0, STORE_WORDS, 1);
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, attr_of(NAME, "inject", "delay_ms=10000"));
	begin = now();
	pid = writer_start(self->map, 2);
	poll(NULL, 0, STALL_MS - 1000);
	EXPECT_FALSE(has_ended(pid, &status));
	poll(NULL, 0, 1000);
	ASSERT_EQ(0, attr_of(NAME, "inject", "off"));
	EXPECT_EQ(0, child_status(pid));
	TH_LOG("the writer ended after %.1f s", now() - begin);
	EXPECT_EQ(0, all_errors(self, 2));
	EXPECT_EQ(0, stuck_end(self));
}

/* What a store that fails is asked for in five seconds: it is spared. */
#define FAILING_MAX	500

TEST_F_TIMEOUT(stuck, store_fails, 1200)
{
	pid_t writer, syncer;
	long long failed;
	int status;
	double begin;

	ASSERT_EQ(0, stuck_begin(self, STORE_BLOCK));
	pattern_fill(self->map, 0, STORE_WORDS, 3);
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, attr_of(NAME, "inject", "write_error=1/1"));
	begin = now();
	failed = stat_value("store_injected");
	writer = writer_start(self->map, 4);
	poll(NULL, 0, STALL_MS / 2);
	EXPECT_FALSE(has_ended(writer, &status));
	EXPECT_LT(failed, stat_value("store_injected"));
	syncer = syncer_start(self->map);
	EXPECT_EQ(EIO, child_status(syncer));
	failed = stat_value("store_injected");
	poll(NULL, 0, STALL_MS / 2);
	EXPECT_FALSE(has_ended(writer, &status));
	failed = stat_value("store_injected") - failed;
	EXPECT_LT(0, failed);
	EXPECT_GT(FAILING_MAX, failed);
	ASSERT_EQ(0, attr_of(NAME, "inject", "off"));
	EXPECT_EQ(0, child_status(writer));
	begin = now() - begin;
	EXPECT_EQ(0, all_errors(self, 4));
	EXPECT_EQ(0, stuck_end(self));
	TH_LOG("the writer ended after %.1f s, %lld requests failed, %lld in 5 s",
	       begin, stat_value("store_injected"), failed);
}

/* All but @leave bytes of the file system. */
static int file_system_fill(unsigned long leave)
{
	int fd = open(FILLER, O_RDWR | O_CREAT | O_TRUNC, 0600), err;
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs))
		return errno;
	err = posix_fallocate(fd, 0, fs.f_bfree * fs.f_frsize - leave);
	close(fd);
	return err;
}

/* Room for the store, at once: to free all may take longer than anybody waits. */
static int file_system_relieve(void)
{
	struct stat st;

	if (stat(FILLER, &st))
		return errno;
	return truncate(FILLER, st.st_size - 2 * STORE_SIZE) ? errno : 0;
}

TEST_F_TIMEOUT(stuck, store_is_full, 1200)
{
	int fd = open(SPARSE, O_RDWR | O_CREAT | O_TRUNC, 0600), status;
	pid_t writer, syncer;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, STORE_SIZE));
	ASSERT_EQ(0, fsync(fd));
	close(fd);
	ASSERT_EQ(0, stuck_begin(self, SPARSE));
	ASSERT_EQ(0, file_system_fill(2 * MB));
	sync();
	writer = writer_start(self->map, 5);
	poll(NULL, 0, STALL_MS / 2);
	EXPECT_FALSE(has_ended(writer, &status));
	syncer = syncer_start(self->map);
	EXPECT_EQ(ENOSPC, child_status(syncer));
	EXPECT_FALSE(has_ended(writer, &status));
	ASSERT_EQ(0, file_system_relieve());
	sync();
	EXPECT_EQ(0, child_status(writer));
	EXPECT_EQ(0, all_errors(self, 5));
	EXPECT_EQ(0, stuck_end(self));
}

TEST_HARNESS_MAIN
