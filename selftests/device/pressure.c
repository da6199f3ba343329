// SPDX-License-Identifier: GPL-2.0
/*
 * pressure.c - the system is short of memory: the pool gives back what it has
 * above its minimum before anybody is killed, and takes it again afterwards.
 */
#include "area.h"
#include "kselftest_harness.h"

#define NAME		"pressed"
/* What the taker takes between two looks at the pool. */
#define STEP		(1ul << 20)
/* Segments that are made while the pool is full, which it needs objects for. */
#define OTHERS		32
/* Words that are written, and others read, before each of them. */
#define PART		(AREA_WORDS / OTHERS)

FIXTURE(pressure) {
	int fd;
	uint64_t *map;
	long long limit, min, kills;
};

/* A segment larger than the pool, whose pages fill the pool and are clean. */
FIXTURE_SETUP(pressure)
{
	self->limit = stat_value("limit_frames");
	self->min = stat_value("min_frames");
	ASSERT_LT(self->min, self->limit);
	self->kills = file_value("/proc/vmstat", "oom_kill");
	ASSERT_LE(0, self->kills);
	ASSERT_EQ(0, segment_create(NAME, AREA_SIZE, STORE_BLOCK));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	self->map = area_map(self->fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, self->map);
	pattern_fill(self->map, 0, AREA_WORDS, 5);
	ASSERT_EQ(0, fsync(self->fd));
	area_touch_all(self->map);
	ASSERT_EQ(self->limit, stat_value("frames_total"));
}

FIXTURE_TEARDOWN(pressure)
{
	munmap(self->map, AREA_SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

/*
 * Take memory until the pool has no more than @frames.  0 then, 1 if there is
 * no more to take; whoever takes too much is killed before anybody else.
 */
static int take_all(long long frames)
{
	char *p;

	if (write_text("/proc/self/oom_score_adj", "1000"))
		return 2;
	while (stat_value("frames_total") > frames) {
		p = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			return 1;
		memset(p, 1, STEP);
	}
	return 0;
}

static int take_in_child(long long frames)
{
	pid_t pid = fork();

	if (!pid)
		_exit(take_all(frames));
	return child_status(pid);
}

/* The pool comes down to its minimum, and nobody is killed. */
static void take_to_min(struct __test_metadata *_metadata,
			FIXTURE_DATA(pressure) *self)
{
	EXPECT_EQ(0, take_in_child(self->min));
	EXPECT_EQ(self->kills, file_value("/proc/vmstat", "oom_kill"));
	EXPECT_EQ(self->min, stat_value("frames_total"));
}

TEST_F_TIMEOUT(pressure, clean_pages_go_before_anybody, 300)
{
	take_to_min(_metadata, self);
	/* All there is to be had again is had, and nothing was lost. */
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 5));
	EXPECT_EQ(self->limit, stat_value("frames_total"));
}

/* Dirty pages, and a store that works: they are written, and go. */
TEST_F_TIMEOUT(pressure, dirty_pages_are_written_before_anybody, 300)
{
	pattern_fill(self->map, 0, AREA_WORDS, 6);
	take_to_min(_metadata, self);
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 6));
	EXPECT_EQ(self->limit, stat_value("frames_total"));
}

/*
 * Objects of the module do not move, and those made while pages come and go
 * everywhere could lie in any arena.
 */
TEST_F_TIMEOUT(pressure, objects_keep_no_arena, 300)
{
	struct kpager_create other;
	uint64_t from;
	char name[32];
	int i;

	for (i = 0; i < OTHERS; i++) {
		from = i * PART;
		pattern_fill(self->map + from, from, PART, 5);
		snprintf(name, sizeof(name), NAME "%d", i);
		create_init(&other, name, AREA_SIZE, -1);
		other.flags = KPAGER_CREATE_MEMORY;
		ASSERT_EQ(0, control_call(KPAGER_CREATE, &other));
		from = (i + OTHERS / 2) % OTHERS * PART;
		EXPECT_EQ(0, pattern_errors(self->map + from, from, PART, 5));
	}
	take_to_min(_metadata, self);
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 5));
	for (i = 0; i < OTHERS; i++) {
		snprintf(name, sizeof(name), NAME "%d", i);
		EXPECT_EQ(0, segment_destroy(name, 0));
	}
}

/* What was promised to a segment stays with it, also from the kernel. */
TEST_F_TIMEOUT(pressure, minimum_of_a_segment_stays, 300)
{
	long long kept = (self->min + self->limit) / 2;
	char text[32];

	snprintf(text, sizeof(text), "%lld", kept);
	ASSERT_EQ(0, write_text("/sys/class/kpager/" NAME "/resident_min",
				text));
	area_touch_all(self->map);
	/* The taker finds no end to it, and is killed. */
	EXPECT_EQ(128 + SIGKILL, take_in_child(self->min));
	EXPECT_LE(kept, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 5));
}

TEST_HARNESS_MAIN
