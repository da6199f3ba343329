// SPDX-License-Identifier: GPL-2.0
/*
 * advice.c - posix_fadvise and madvise: what is read ahead, what is given up
 */
#include "common.h"
#include "kselftest_harness.h"

#define SIZE	(40ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))
#define PAGES	(SIZE / PAGE)
/* What one advice may fill of a pool. */
#define SHARE	(stat_value("limit_frames") / 4)

FIXTURE(advice) {
	int fd;
	long long read, prefetched;
};

/* The segment holds the pattern and nothing of it is resident. */
FIXTURE_SETUP(advice)
{
	uint64_t *map;

	ASSERT_EQ(0, segment_create("advice", SIZE, STORE_BLOCK));
	self->fd = segment_open("advice");
	ASSERT_GE(self->fd, 0);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		   0);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, TOTAL, 1);
	munmap(map, SIZE);
	close(self->fd);
	ASSERT_EQ(0, segment_destroy("advice", 0));
	ASSERT_EQ(0, segment_create("advice", SIZE, STORE_BLOCK));
	self->fd = segment_open("advice");
	ASSERT_GE(self->fd, 0);
	self->read = stat_value("pages_read");
	self->prefetched = stat_value("prefetched");
}

FIXTURE_TEARDOWN(advice)
{
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("advice", 0));
}

static long long resident(void)
{
	return segment_value("advice", COLUMN_RESIDENT);
}

/* Reads that nobody waits for end; true when they have all ended. */
static bool pages_were_read(long long before, long long nr)
{
	int i;

	for (i = 0; i < 500; i++) {
		if (stat_value("pages_read") - before == nr)
			return true;
		usleep(10000);
	}
	return false;
}

/* Read pages and compare them; the number of bad words. */
static uint64_t check_pages(int fd, uint64_t first, uint64_t nr)
{
	uint64_t page[WORDS], bad = 0, i;

	for (i = first; i < first + nr; i++) {
		if (pread(fd, page, PAGE, i * PAGE) != (ssize_t)PAGE)
			bad += WORDS;
		else
			bad += pattern_errors(page, i * WORDS, WORDS, 1);
	}
	return bad;
}

TEST_F_TIMEOUT(advice, willneed_reads_the_range_and_nothing_else, 120)
{
	long long major;

	/* From within page 100 to within page 299. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 100 * PAGE + 5, 199 * PAGE,
				   POSIX_FADV_WILLNEED));
	EXPECT_TRUE(pages_were_read(self->read, 200));
	EXPECT_EQ(200, resident());
	EXPECT_EQ(200, stat_value("prefetched") - self->prefetched);
	/* Again: it is there already. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 100 * PAGE, 200 * PAGE,
				   POSIX_FADV_WILLNEED));
	major = stat_value("prefetch_used");
	EXPECT_EQ(0, check_pages(self->fd, 100, 200));
	EXPECT_EQ(self->read + 200, stat_value("pages_read"));
	EXPECT_EQ(major + 200, stat_value("prefetch_used"));
}

TEST_F_TIMEOUT(advice, willneed_is_bounded, 120)
{
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_WILLNEED));
	EXPECT_TRUE(pages_were_read(self->read, SHARE));
	EXPECT_EQ(SHARE, resident());
	/* Ends outside the segment, overflows, and beyond the end. */
	EXPECT_EQ(0, posix_fadvise(self->fd, SIZE - PAGE, 10 * PAGE,
				   POSIX_FADV_WILLNEED));
	EXPECT_TRUE(pages_were_read(self->read, SHARE + 1));
	EXPECT_EQ(0, posix_fadvise(self->fd, SIZE - PAGE, INT64_MAX,
				   POSIX_FADV_WILLNEED));
	EXPECT_EQ(0, posix_fadvise(self->fd, INT64_MAX - 5, INT64_MAX,
				   POSIX_FADV_WILLNEED));
	EXPECT_EQ(0, posix_fadvise(self->fd, SIZE, PAGE,
				   POSIX_FADV_WILLNEED));
	EXPECT_EQ(SHARE + 1, resident());
	EXPECT_EQ(0, check_pages(self->fd, 0, SHARE));
}

/* Whatever is asked for, nothing of anybody is evicted for advice. */
TEST_F_TIMEOUT(advice, willneed_takes_free_frames_only, 240)
{
	uint64_t page = 0, i;

	while (stat_value("evictions") == 0 || page < PAGES)
		EXPECT_EQ(0, check_pages(self->fd, page++ % PAGES, 1));
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, posix_fadvise(self->fd, i * 512 * PAGE, 512 * PAGE,
					   POSIX_FADV_WILLNEED));
	EXPECT_LE(stat_value("frames_peak"), stat_value("limit_frames"));
	EXPECT_EQ(0, check_pages(self->fd, 0, PAGES));
}

TEST_F_TIMEOUT(advice, madvise_willneed_does_the_same, 120)
{
	uint64_t *map = mmap(NULL, 64 * PAGE, PROT_READ, MAP_SHARED, self->fd,
			     500 * PAGE);
	long long major = stat_value("faults_major");

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, madvise(map + 8 * WORDS, 32 * PAGE, MADV_WILLNEED));
	EXPECT_TRUE(pages_were_read(self->read, 32));
	EXPECT_EQ(0, pattern_errors(map + 8 * WORDS, 508 * WORDS, 32 * WORDS,
				    1));
	EXPECT_EQ(major, stat_value("faults_major"));
	munmap(map, 64 * PAGE);
}

TEST_F_TIMEOUT(advice, sequential_random_and_normal, 120)
{
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_RANDOM));
	EXPECT_EQ(0, check_pages(self->fd, 0, 100));
	EXPECT_EQ(self->prefetched, stat_value("prefetched"));
	/* Believed at the first page. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	EXPECT_EQ(0, check_pages(self->fd, 1000, 1));
	EXPECT_LE(8, stat_value("prefetched") - self->prefetched);
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_NORMAL));
	self->prefetched = stat_value("prefetched");
	EXPECT_EQ(0, check_pages(self->fd, 2000, 1));
	EXPECT_EQ(0, check_pages(self->fd, 2500, 1));
	EXPECT_EQ(self->prefetched, stat_value("prefetched"));
	EXPECT_EQ(0, check_pages(self->fd, 3000, 100));
	EXPECT_LT(self->prefetched, stat_value("prefetched"));
	/* Another opener is not concerned. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_RANDOM));
	int other = segment_open("advice");

	ASSERT_GE(other, 0);
	self->prefetched = stat_value("prefetched");
	EXPECT_EQ(0, check_pages(other, 4000, 100));
	EXPECT_LT(self->prefetched, stat_value("prefetched"));
	close(other);
}

TEST_F_TIMEOUT(advice, dontneed_writes_and_gives_up, 120)
{
	uint64_t page[WORDS], *stored = aligned_alloc(PAGE, PAGE);
	int store = open(STORE_BLOCK, O_RDONLY | O_DIRECT);

	ASSERT_GE(store, 0);
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_RANDOM));
	EXPECT_EQ(0, check_pages(self->fd, 0, 64));
	pattern_fill(page, 10 * WORDS, WORDS, 2);
	ASSERT_EQ((ssize_t)PAGE, pwrite(self->fd, page, PAGE, 10 * PAGE));
	EXPECT_EQ(64, resident());
	/* Page 0 and page 63 are named only in part. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 1, 64 * PAGE - 2,
				   POSIX_FADV_DONTNEED));
	EXPECT_EQ(2, resident());
	ASSERT_EQ((ssize_t)PAGE, pread(store, stored, PAGE, 10 * PAGE));
	EXPECT_EQ(0, pattern_errors(stored, 10 * WORDS, WORDS, 2));
	ASSERT_EQ((ssize_t)PAGE, pread(self->fd, page, PAGE, 10 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 10 * WORDS, WORDS, 2));
	EXPECT_EQ(0, check_pages(self->fd, 11, 50));
	close(store);
	free(stored);
}

TEST_F_TIMEOUT(advice, dontneed_leaves_mapped_pages, 120)
{
	uint64_t *map = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_RANDOM));
	EXPECT_EQ(0, check_pages(self->fd, 0, 64));
	pattern_fill(map, 0, 16 * WORDS, 3);
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 64 * PAGE,
				   POSIX_FADV_DONTNEED));
	EXPECT_EQ(16, resident());
	EXPECT_EQ(0, pattern_errors(map, 0, 16 * WORDS, 3));
	munmap(map, 16 * PAGE);
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED));
	EXPECT_EQ(0, resident());
	map = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, pattern_errors(map, 0, 16 * WORDS, 3));
	munmap(map, 16 * PAGE);
}

TEST_F(advice, noreuse_is_ignored_and_others_are_refused)
{
	EXPECT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_NOREUSE));
	EXPECT_EQ(EINVAL, posix_fadvise(self->fd, 0, 0, 77));
	EXPECT_EQ(EINVAL, posix_fadvise(self->fd, 0, -1, POSIX_FADV_WILLNEED));
	EXPECT_EQ(EINVAL, posix_fadvise(self->fd, -5, 1, POSIX_FADV_WILLNEED));
	EXPECT_EQ(0, resident());
}

TEST_HARNESS_MAIN
