// SPDX-License-Identifier: GPL-2.0
/*
 * sharing.c - several processes and several kinds of mappings of one segment
 */
#include <sys/uio.h>
#include <sys/wait.h>

#include "common.h"
#include "kselftest_harness.h"

#define SIZE	(40ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))

FIXTURE(sharing) {
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(sharing)
{
	ASSERT_EQ(0, segment_create("sharing", SIZE, STORE_BLOCK));
	self->fd = segment_open("sharing");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(sharing)
{
	munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("sharing", 0));
}

/* Touch every page once, so that what was resident before is evicted. */
static void evict_all(uint64_t *map)
{
	volatile uint64_t *p = map;
	uint64_t i, sum = 0;

	for (i = 0; i < TOTAL; i += WORDS)
		sum += p[i];
	(void)sum;
}

static int child_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F_TIMEOUT(sharing, another_process_reads_it, 240)
{
	pid_t pid;

	pattern_fill(self->map, 0, TOTAL, 1);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		/* Its own opening and mapping, nothing inherited. */
		int fd = segment_open("sharing");
		uint64_t *map;

		munmap(self->map, SIZE);
		map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
		if (fd < 0 || map == MAP_FAILED)
			_exit(2);
		_exit(pattern_errors(map, 0, TOTAL, 1) != 0);
	}
	EXPECT_EQ(0, child_status(pid));
}

TEST_F_TIMEOUT(sharing, forked_child_and_parent_see_each_other, 240)
{
	pid_t pid;

	pattern_fill(self->map, 0, TOTAL, 2);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (pattern_errors(self->map, 0, TOTAL, 2))
			_exit(1);
		pattern_fill(self->map, 0, TOTAL / 2, 3);
		_exit(0);
	}
	ASSERT_EQ(0, child_status(pid));
	EXPECT_EQ(0, pattern_errors(self->map, 0, TOTAL / 2, 3));
	EXPECT_EQ(0, pattern_errors(self->map + TOTAL / 2, TOTAL / 2,
				    TOTAL / 2, 2));
}

TEST_F_TIMEOUT(sharing, private_copies_survive_and_stay_private, 240)
{
	uint64_t *copy, words = 64 * WORDS;

	pattern_fill(self->map, 0, words, 4);
	copy = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		    self->fd, 0);
	ASSERT_NE(MAP_FAILED, copy);
	EXPECT_EQ(0, pattern_errors(copy, 0, words, 4));
	pattern_fill(copy, 0, words / 2, 5);
	evict_all(self->map);
	/* The copies are kept, the originals unharmed, the rest shared. */
	EXPECT_EQ(0, pattern_errors(copy, 0, words / 2, 5));
	EXPECT_EQ(0, pattern_errors(self->map, 0, words, 4));
	EXPECT_EQ(0, pattern_errors(copy + words / 2, words / 2, words / 2,
				    4));
	munmap(copy, 64 * PAGE);
}

/*
 * A mapping that is private, or shared and read-only, beside the one that
 * writes: fsync must find what was written all the same.
 */
static void fsync_beside(struct __test_metadata *_metadata, int fd, int flags,
			 int other_fd)
{
	uint64_t *page = aligned_alloc(PAGE, PAGE), *other, *map, round;
	int store = open(STORE_BLOCK, O_RDONLY | O_DIRECT);

	ASSERT_GE(store, 0);
	other = mmap(NULL, 64 * PAGE, PROT_READ, flags, other_fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	map = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   8 * PAGE);
	ASSERT_NE(MAP_FAILED, map);
	/* The dirty bit of an entry that was mapped clean. */
	(void)*(volatile uint64_t *)map;
	(void)*(volatile uint64_t *)(other + 8 * WORDS);
	for (round = 1; round < 6; round++) {
		ASSERT_EQ(0, fsync(fd));
		pattern_fill(map, 0, WORDS, round);
		ASSERT_EQ(0, fsync(fd));
		ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, 8 * PAGE));
		EXPECT_EQ(0, pattern_errors(page, 0, WORDS, round));
	}
	munmap(map, 16 * PAGE);
	munmap(other, 64 * PAGE);
	close(store);
	free(page);
}

TEST_F_TIMEOUT(sharing, fsync_beside_a_private_mapping, 120)
{
	fsync_beside(_metadata, self->fd, MAP_PRIVATE, self->fd);
}

TEST_F_TIMEOUT(sharing, fsync_beside_a_read_only_mapping, 120)
{
	int fd = open("/dev/kpager/sharing", O_RDONLY | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	fsync_beside(_metadata, self->fd, MAP_SHARED, fd);
	close(fd);
}

TEST_F_TIMEOUT(sharing, partial_unmap_and_protect, 120)
{
	uint64_t *part;

	part = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    self->fd, 100 * PAGE);
	ASSERT_NE(MAP_FAILED, part);
	pattern_fill(part, 100 * WORDS, 16 * WORDS, 6);
	ASSERT_EQ(0, munmap(part + 4 * WORDS, 4 * PAGE));
	ASSERT_EQ(0, mprotect(part, 4 * PAGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(part, 4 * PAGE, PROT_READ));
	evict_all(self->map);
	EXPECT_EQ(0, pattern_errors(part, 100 * WORDS, 4 * WORDS, 6));
	EXPECT_EQ(0, pattern_errors(part + 8 * WORDS, 108 * WORDS, 8 * WORDS,
				    6));
	EXPECT_EQ(0, pattern_errors(self->map + 100 * WORDS, 100 * WORDS,
				    16 * WORDS, 6));
	munmap(part, 4 * PAGE);
	munmap(part + 8 * WORDS, 8 * PAGE);
}

TEST_F_TIMEOUT(sharing, pages_held_by_a_pipe_are_not_reused, 240)
{
	uint64_t held[WORDS];
	struct iovec iov = { .iov_base = self->map, .iov_len = PAGE };
	int pipe_fd[2];

	pattern_fill(self->map, 0, WORDS, 7);
	ASSERT_EQ(0, pipe(pipe_fd));
	ASSERT_EQ((ssize_t)PAGE, vmsplice(pipe_fd[1], &iov, 1, 0));
	evict_all(self->map);
	ASSERT_EQ((ssize_t)PAGE, read(pipe_fd[0], held, PAGE));
	EXPECT_EQ(0, pattern_errors(held, 0, WORDS, 7));
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

TEST_F_TIMEOUT(sharing, page_held_at_destroy_leaves_the_pool, 120)
{
	struct iovec iov = { .iov_len = PAGE };
	long long lost = stat_value("frames_lost");
	uint64_t held[WORDS], *map;
	int pipe_fd[2], fd;

	ASSERT_EQ(0, segment_create("held", 16 * PAGE, STORE_BLOCK2));
	fd = segment_open("held");
	map = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, WORDS, 8);
	iov.iov_base = map;
	ASSERT_EQ(0, pipe(pipe_fd));
	ASSERT_EQ((ssize_t)PAGE, vmsplice(pipe_fd[1], &iov, 1, 0));
	munmap(map, 16 * PAGE);
	close(fd);
	ASSERT_EQ(0, segment_destroy("held", 0));
	EXPECT_EQ(lost + 1, stat_value("frames_lost"));
	/* Whatever the pool does now, the holder keeps what it held. */
	pattern_fill(self->map, 0, TOTAL, 9);
	ASSERT_EQ((ssize_t)PAGE, read(pipe_fd[0], held, PAGE));
	EXPECT_EQ(0, pattern_errors(held, 0, WORDS, 8));
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

TEST_HARNESS_MAIN
