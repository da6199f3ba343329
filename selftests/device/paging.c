// SPDX-License-Identifier: GPL-2.0
/*
 * paging.c - every byte that is written is read back, whatever became of its
 * frame meanwhile.  The pool is a quarter of the segment, so every pass over
 * the segment evicts all of it.
 */
#include <pthread.h>

#include "common.h"
#include "kselftest_harness.h"

#define SIZE	(48ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))

FIXTURE(paging) {
	int fd;
	uint64_t *map;
};

FIXTURE_VARIANT(paging) {
	const char *store;
};

FIXTURE_VARIANT_ADD(paging, block) { .store = STORE_BLOCK };
FIXTURE_VARIANT_ADD(paging, file) { .store = STORE_FILE };

FIXTURE_SETUP(paging)
{
	ASSERT_EQ(0, segment_create("paging", SIZE, variant->store));
	self->fd = segment_open("paging");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(paging)
{
	munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("paging", 0));
}

TEST_F_TIMEOUT(paging, every_byte_survives_eviction, 240)
{
	long long evictions = stat_value("evictions");
	long long io_errors = stat_value("io_errors");
	uint64_t generation;

	for (generation = 1; generation <= 2; generation++) {
		pattern_fill(self->map, 0, TOTAL, generation);
		EXPECT_EQ(0, pattern_errors(self->map, 0, TOTAL, generation));
	}
	/* It must really have been evicted, and the limit kept. */
	EXPECT_GT(stat_value("evictions") - evictions,
		  (long long)(3 * SIZE / PAGE));
	EXPECT_LE(stat_value("frames_peak"), stat_value("limit_frames"));
	EXPECT_LE(stat_value("frames_total"), stat_value("limit_frames"));
	EXPECT_EQ(io_errors, stat_value("io_errors"));
}

TEST_F_TIMEOUT(paging, store_has_it_after_fsync, 240)
{
	uint64_t *page = aligned_alloc(PAGE, PAGE), i, bad = 0;
	int store;

	ASSERT_NE(NULL, page);
	pattern_fill(self->map, 0, TOTAL, 3);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value("paging", COLUMN_DIRTY));
	store = open(variant->store, O_RDONLY | O_DIRECT);
	ASSERT_GE(store, 0);
	for (i = 0; i < SIZE / PAGE; i++) {
		ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, i * PAGE));
		bad += pattern_errors(page, i * WORDS, WORDS, 3);
	}
	EXPECT_EQ(0, bad);
	close(store);
	free(page);
}

TEST_F_TIMEOUT(paging, rewritten_after_msync_is_written_again, 120)
{
	uint64_t *page = aligned_alloc(PAGE, PAGE), round;
	int store = open(variant->store, O_RDONLY | O_DIRECT);

	ASSERT_GE(store, 0);
	/* The dirty bit was harvested; the next write must set it again. */
	for (round = 1; round < 20; round++) {
		pattern_fill(self->map + 5 * WORDS, 0, WORDS, round);
		ASSERT_EQ(0, msync(self->map + 5 * WORDS, PAGE, MS_SYNC));
		ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, 5 * PAGE));
		ASSERT_EQ(0, pattern_errors(page, 0, WORDS, round));
	}
	close(store);
	free(page);
}

TEST_F_TIMEOUT(paging, dirty_after_unmap_reaches_the_store, 120)
{
	uint64_t *page = aligned_alloc(PAGE, PAGE), *other;
	int store = open(variant->store, O_RDONLY | O_DIRECT);

	ASSERT_GE(store, 0);
	other = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		     self->fd, 8 * PAGE);
	ASSERT_NE(MAP_FAILED, other);
	pattern_fill(other + WORDS, 9 * WORDS, WORDS, 77);
	pattern_fill(other + 2 * WORDS, 10 * WORDS, WORDS, 77);
	ASSERT_EQ(0, madvise(other + 2 * WORDS, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, pattern_errors(other + 2 * WORDS, 10 * WORDS, WORDS, 77));
	munmap(other, 4 * PAGE);
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, 9 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 9 * WORDS, WORDS, 77));
	ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, 10 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 10 * WORDS, WORDS, 77));
	close(store);
	free(page);
}

TEST_F_TIMEOUT(paging, read_and_write_agree_with_mapping, 240)
{
	char *buf = malloc(3 * PAGE + 17), *bytes = (char *)self->map;
	unsigned int seed = 1, round;

	pattern_fill(self->map, 0, TOTAL, 4);
	for (round = 0; round < 2000; round++) {
		size_t len = 1 + rand_r(&seed) % (3 * PAGE + 16);
		off_t at = ((uint64_t)rand_r(&seed) << 12 ^ rand_r(&seed)) %
			(SIZE - len);

		memset(buf, round, len);
		ASSERT_EQ((ssize_t)len, pwrite(self->fd, buf, len, at));
		ASSERT_EQ(0, memcmp(bytes + at, buf, len));
		memset(bytes + at, ~round, len);
		ASSERT_EQ((ssize_t)len, pread(self->fd, buf, len, at));
		ASSERT_EQ(0, memcmp(bytes + at, buf, len));
	}
	free(buf);
}

TEST_F_TIMEOUT(paging, buffer_is_a_mapping_of_the_same_segment, 120)
{
	char *bytes = (char *)self->map;

	pattern_fill(self->map, 0, 64 * WORDS, 5);
	/* From one page to another, to itself, and over a page's edge. */
	ASSERT_EQ((ssize_t)PAGE, pwrite(self->fd, bytes, PAGE, 32 * PAGE));
	EXPECT_EQ(0, pattern_errors(self->map + 32 * WORDS, 0, WORDS, 5));
	ASSERT_EQ((ssize_t)PAGE,
		  pwrite(self->fd, bytes + 7 * PAGE, PAGE, 7 * PAGE));
	EXPECT_EQ(0, pattern_errors(self->map + 7 * WORDS, 7 * WORDS, WORDS,
				    5));
	ASSERT_EQ((ssize_t)PAGE,
		  pread(self->fd, bytes + 40 * PAGE, PAGE, 3 * PAGE));
	EXPECT_EQ(0, pattern_errors(self->map + 40 * WORDS, 3 * WORDS, WORDS,
				    5));
	/* Absent pages on both sides. */
	ASSERT_EQ((ssize_t)(4 * PAGE),
		  pwrite(self->fd, bytes + SIZE - 8 * PAGE, 4 * PAGE,
			 SIZE - 16 * PAGE));
	EXPECT_EQ(0, memcmp(bytes + SIZE - 8 * PAGE, bytes + SIZE - 16 * PAGE,
			    4 * PAGE));
}

/* Read one word of each page, from @first in steps of @step. */
static uint64_t stride_errors(uint64_t *map, uint64_t first, int64_t step,
			      uint64_t pages, uint64_t generation)
{
	uint64_t i, page = first, bad = 0;

	for (i = 0; i < pages; i++, page += step)
		bad += map[page * WORDS + 7] !=
			pattern(page * WORDS + 7, generation);
	return bad;
}

TEST_F_TIMEOUT(paging, streams_are_read_ahead, 240)
{
	static const int64_t steps[] = { 1, -1, 3 };
	const uint64_t pages = SIZE / PAGE;
	long long major, wasted;
	unsigned int i;

	pattern_fill(self->map, 0, TOTAL, 10);
	for (i = 0; i < 3; i++) {
		uint64_t n = steps[i] == 3 ? pages / 3 : pages;

		major = stat_value("faults_major");
		wasted = stat_value("prefetch_wasted");
		EXPECT_EQ(0, stride_errors(self->map,
					   steps[i] < 0 ? pages - 1 : 0,
					   steps[i], n, 10));
		EXPECT_LT(stat_value("faults_major") - major, (long long)n / 8);
		EXPECT_LT(stat_value("prefetch_wasted") - wasted,
			  (long long)n / 16);
	}
}

TEST_F_TIMEOUT(paging, random_accesses_are_not_read_ahead, 240)
{
	const uint64_t pages = SIZE / PAGE;
	long long ahead, read;
	unsigned int seed = 3;
	uint64_t i, bad = 0;

	pattern_fill(self->map, 0, TOTAL, 11);
	ahead = stat_value("prefetched");
	read = stat_value("pages_read");
	for (i = 0; i < 3000; i++)
		bad += stride_errors(self->map, rand_r(&seed) % pages, 0, 1, 11);
	EXPECT_EQ(0, bad);
	EXPECT_LE(stat_value("prefetched") - ahead, 16);
	EXPECT_LE(stat_value("pages_read") - read, 3016);
}

struct worker {
	uint64_t *map;
	unsigned int id;
	uint64_t bad;
};

#define WORKERS		4
#define ROUNDS		6000

/* Each worker owns every fourth word of a page; pages are chosen at random. */
static void *work(void *arg)
{
	struct worker *w = arg;
	uint32_t *last = calloc(SIZE / PAGE, sizeof(*last));
	unsigned int seed = w->id + 1, round;

	for (round = 1; round <= ROUNDS; round++) {
		uint64_t page = rand_r(&seed) % (SIZE / PAGE);
		uint64_t *word = w->map + page * WORDS +
			w->id + WORKERS * (page % 100);

		if (last[page] && *word != pattern(page, last[page] + w->id))
			w->bad++;
		*word = pattern(page, round + w->id);
		last[page] = round;
	}
	free(last);
	return NULL;
}

TEST_F_TIMEOUT(paging, threads_write_side_by_side, 240)
{
	struct worker workers[WORKERS];
	pthread_t threads[WORKERS];
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .map = self->map, .id = i };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work,
					    &workers[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, workers[i].bad);
	}
}

FIXTURE(pool) {
};

FIXTURE_SETUP(pool)
{
}

FIXTURE_TEARDOWN(pool)
{
}

TEST_F_TIMEOUT(pool, two_segments_share_it, 240)
{
	uint64_t *a, *b, i, size = 24ul << 20, words = size / 8;
	int fa, fb;

	ASSERT_EQ(0, segment_create("one", size, STORE_BLOCK));
	ASSERT_EQ(0, segment_create("two", size, STORE_FILE));
	fa = segment_open("one");
	fb = segment_open("two");
	a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fa, 0);
	b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fb, 0);
	ASSERT_NE(MAP_FAILED, a);
	ASSERT_NE(MAP_FAILED, b);
	for (i = 0; i < words; i += WORDS) {
		pattern_fill(a + i, i, WORDS, 6);
		pattern_fill(b + i, i, WORDS, 7);
	}
	EXPECT_EQ(0, pattern_errors(a, 0, words, 6));
	EXPECT_EQ(0, pattern_errors(b, 0, words, 7));
	EXPECT_LE(segment_value("one", COLUMN_RESIDENT) +
		  segment_value("two", COLUMN_RESIDENT),
		  stat_value("limit_frames"));
	munmap(a, size);
	munmap(b, size);
	close(fa);
	close(fb);
	EXPECT_EQ(0, segment_destroy("one", 0));
	EXPECT_EQ(0, segment_destroy("two", 0));
}

static uint64_t memory_total(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long long kb = 0;

	if (!f || fscanf(f, "MemTotal: %llu kB", &kb) != 1)
		kb = 0;
	if (f)
		fclose(f);
	return kb << 10;
}

TEST_F_TIMEOUT(pool, segment_larger_than_memory, 1200)
{
	uint64_t size = (memory_total() * 5 / 4) & ~(PAGE - 1), at, bad = 0;
	uint64_t *map;
	int fd;

	ASSERT_GT(size, 0);
	ASSERT_EQ(0, segment_create("large", size, STORE_BLOCK2));
	fd = segment_open("large");
	ASSERT_GE(fd, 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	/* The first and the last words of every page. */
	for (at = 0; at < size / 8; at += WORDS) {
		pattern_fill(map + at, at, 4, 8);
		pattern_fill(map + at + WORDS - 4, at + WORDS - 4, 4, 8);
	}
	for (at = 0; at < size / 8; at += WORDS) {
		bad += pattern_errors(map + at, at, 4, 8);
		bad += pattern_errors(map + at + WORDS - 4, at + WORDS - 4, 4,
				      8);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LE(stat_value("frames_peak"), stat_value("limit_frames"));
	munmap(map, size);
	close(fd);
	EXPECT_EQ(0, segment_destroy("large", 0));
}

TEST_HARNESS_MAIN
