// SPDX-License-Identifier: GPL-2.0
/*
 * refault.c - what the module knows of segments that are short of memory:
 * working set and thrashing index; local and global replacement, and a fixed
 * allocation.  The sizes are for a pool of 12 MiB, 3072 frames.
 */
#include <time.h>

#include "area.h"
#include "kselftest_harness.h"

#define NAME		"short"
#define ROOM		1024ul
#define LOOP		1536ul

static int attr_text(const char *segment, const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	return write_text(path, text);
}

static int attr_set(const char *segment, const char *attr, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	return attr_text(segment, attr, text);
}

static long long own(const char *segment, const char *key)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/kpager/segment/%s/stat", segment);
	return file_value(path, key);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Rounds over the pages that are used at least, however slow the machine is. */
#define ROUNDS		8

/* Use @pages pages, in a loop or in any order, for @seconds and some rounds. */
static void use(const volatile uint64_t *map, unsigned long pages, bool loop,
		double seconds)
{
	double end = now() + seconds;
	uint64_t random = 88172645463325252ull;
	unsigned long i, used = 0;

	while (now() < end || used < ROUNDS * pages) {
		for (i = 0; i < 256; i++, used++) {
			static unsigned long at;

			/* xorshift (Marsaglia 2003) */
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			at = loop ? (at + 1) % pages : random % pages;
			(void)map[at * WORDS];
		}
	}
}

FIXTURE(refault) {
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(refault)
{
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_create(NAME, AREA_SIZE, STORE_BLOCK));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	self->map = area_map(self->fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, attr_text(NAME, "prefetch", "off"));
}

FIXTURE_TEARDOWN(refault)
{
	munmap(self->map, AREA_SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

FIXTURE_VARIANT(refault) {
	bool loop;
};

FIXTURE_VARIANT_ADD(refault, loop) { .loop = true };
FIXTURE_VARIANT_ADD(refault, random) { .loop = false };

/* A third of what is used is always missing; then all of it fits. */
TEST_F_TIMEOUT(refault, working_set_and_thrashing_index, 900)
{
	long long set, thrash;

	EXPECT_EQ(0, own(NAME, "refaults"));
	EXPECT_EQ(0, own(NAME, "thrash"));
	ASSERT_EQ(0, attr_set(NAME, "resident_max", ROOM));
	use(self->map, LOOP, variant->loop, 6);
	set = own(NAME, "working_set");
	thrash = own(NAME, "thrash");
	TH_LOG("working set %lld of %lu pages, thrashing index %lld", set,
	       LOOP, thrash);
	EXPECT_LT((long long)(LOOP - LOOP / 8), set);
	EXPECT_GT((long long)(LOOP + LOOP / 8), set);
	EXPECT_LT(20, thrash);
	EXPECT_GE(100, thrash);
	EXPECT_LT((long long)LOOP, own(NAME, "refaults"));
	EXPECT_LT(0, own(NAME, "stall_ns"));
	use(self->map, ROOM / 2, variant->loop, 6);
	EXPECT_EQ(0, own(NAME, "thrash"));
	EXPECT_EQ(segment_value(NAME, COLUMN_RESIDENT),
		  own(NAME, "working_set"));
}

/* Pages that are used once are missed, but nothing comes back. */
TEST_F_TIMEOUT(refault, a_scan_does_not_thrash, 120)
{
	if (!variant->loop)
		return;
	area_touch_all(self->map);
	EXPECT_EQ(0, own(NAME, "thrash"));
	EXPECT_GT((long long)AREA_PAGES / 50, own(NAME, "refaults"));
}

/* With a maximum that is the minimum a segment has so many, come what may. */
TEST_F_TIMEOUT(refault, fixed_allocation, 900)
{
	struct area a = { .fd = -1 };
	long long before;

	ASSERT_EQ(0, attr_set(NAME, "resident_max", ROOM));
	ASSERT_EQ(0, attr_set(NAME, "resident_min", ROOM));
	use(self->map, LOOP, variant->loop, 2);
	before = segment_value(NAME, COLUMN_RESIDENT);
	/* A batch of its own may just have gone. */
	ASSERT_LE((long long)ROOM - 32, before);
	ASSERT_EQ(0, area_begin(&a, "greedy", STORE_BLOCK2));
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_EQ(before, segment_value(NAME, COLUMN_RESIDENT));
	/* It goes on replacing its own. */
	use(self->map, LOOP, variant->loop, 2);
	EXPECT_LE((long long)ROOM - 32, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_GE((long long)ROOM + 1, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ(0, area_end(&a));
}

/* What somebody who walks over more than the pool leaves to others. */
TEST_F_TIMEOUT(refault, local_replacement_takes_from_nobody, 900)
{
	struct area a = { .fd = -1 };
	long long before, after;

	EXPECT_EQ(EINVAL, attr_text(NAME, "replacement", "loca"));
	EXPECT_EQ(EINVAL, attr_text(NAME, "replacement", "1"));
	/* It holds a part of the pool, the other one all the rest. */
	use(self->map, ROOM, true, 1);
	ASSERT_EQ(0, area_begin(&a, "greedy", STORE_BLOCK2));
	kill(a.churn, SIGKILL);
	waitpid(a.churn, NULL, 0);
	use(self->map, ROOM, true, 1);
	ASSERT_EQ(0, attr_text(NAME, "replacement", "local"));
	before = segment_value("greedy", COLUMN_RESIDENT);
	use(self->map, AREA_PAGES, variant->loop, 3);
	after = segment_value("greedy", COLUMN_RESIDENT);
	TH_LOG("the other one had %lld pages, and has %lld", before, after);
	EXPECT_LT(0, own(NAME, "evictions"));
	EXPECT_LE(before - before / 20, after);
	EXPECT_LE((long long)ROOM / 2, segment_value(NAME, COLUMN_RESIDENT));
	ASSERT_EQ(0, attr_text(NAME, "replacement", "global"));
	use(self->map, AREA_PAGES, variant->loop, 3);
	EXPECT_GT(before / 2, segment_value("greedy", COLUMN_RESIDENT));
	munmap(a.map, AREA_SIZE);
	close(a.fd);
	EXPECT_EQ(0, segment_destroy("greedy", 0));
}

TEST_HARNESS_MAIN
