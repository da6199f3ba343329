// SPDX-License-Identifier: GPL-2.0
/*
 * pressure.c - the system is short of memory: the pool gives back what it has
 * above its minimum before anybody is killed, and takes it again afterwards.
 * run-all loads the module anew for it: later its own objects lie in every
 * arena of so small a pool, and these do not move.
 */
#include "area.h"
#include "kselftest_harness.h"

#define NAME		"pressed"
/* What the taker takes between two looks at the pool. */
#define STEP		(1ul << 20)
/* How often the pool is filled anew if the module's objects lie badly. */
#define FILLS		8

/* The size of an arena. */
static long long arena_frames(int arena)
{
	FILE *f = fopen("/proc/kpager/buddyinfo", "r");
	long long frames, found = 0;
	char line[512];
	int slot;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%d %*d %lld", &slot, &frames) == 2 &&
		    slot == arena)
			found = frames;
	if (f)
		fclose(f);
	return found;
}

/*
 * What the pool cannot go below: its minimum, or all arenas in which the module
 * has objects of its own, which cannot be moved.
 */
static long long floor_of(long long min)
{
	char word[16], map[2048];
	FILE *f = fopen("/proc/kpager/buddymap", "r");
	long long frames = 0;

	while (f && fscanf(f, "%15s %2047s", word, map) == 2)
		if (atoi(word) && strchr(map, 'S'))
			frames += arena_frames(atoi(word));
	if (f)
		fclose(f);
	return frames > min ? frames : min;
}

FIXTURE(pressure) {
	int fd;
	uint64_t *map;
	long long limit, min, kills;
};

/* A segment larger than the pool, whose pages fill the pool and are clean. */
FIXTURE_SETUP(pressure)
{
	int i;

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
	/* Objects that are not used any more go, and pages fill the pool anew. */
	for (i = 0; i < FILLS && floor_of(self->min) >= self->limit; i++) {
		write_text("/proc/sys/vm/drop_caches", "2");
		area_touch_all(self->map);
	}
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

TEST_F_TIMEOUT(pressure, clean_pages_go_before_anybody, 300)
{
	/* Slabs may go meanwhile and lower the floor: that is no failure. */
	long long goal = floor_of(self->min);

	EXPECT_EQ(0, take_in_child(goal));
	EXPECT_EQ(self->kills, file_value("/proc/vmstat", "oom_kill"));
	EXPECT_LT(stat_value("frames_total"), self->limit);
	EXPECT_GE(goal, stat_value("frames_total"));
	/* All there is to be had again is had, and nothing was lost. */
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 5));
	EXPECT_EQ(self->limit, stat_value("frames_total"));
}

/* Dirty pages, and a store that works: they are written, and go. */
TEST_F_TIMEOUT(pressure, dirty_pages_are_written_before_anybody, 300)
{
	long long goal;

	pattern_fill(self->map, 0, AREA_WORDS, 6);
	goal = floor_of(self->min);
	if (goal >= self->limit)
		SKIP(return, "objects of the module lie in every arena");
	EXPECT_EQ(0, take_in_child(goal));
	EXPECT_EQ(self->kills, file_value("/proc/vmstat", "oom_kill"));
	EXPECT_GE(goal, stat_value("frames_total"));
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 6));
	EXPECT_EQ(self->limit, stat_value("frames_total"));
	TH_LOG("%lld of %lld frames at least, %lld promised", goal,
	       self->limit, self->min);
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
