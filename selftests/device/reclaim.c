// SPDX-License-Identifier: GPL-2.0
/*
 * reclaim.c - what segments keep and what they give when frames are short
 */
#include <dirent.h>

#include "area.h"
#include "kselftest_harness.h"

#define KEEPER		"keeper"
#define KEPT		1024ul		/* a third of a pool of 12 MiB */
#define POOL_LIMIT	((unsigned long)stat_value("limit_frames"))

static int attr_set(const char *segment, const char *attr, unsigned long value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	snprintf(text, sizeof(text), "%lu", value);
	return write_text(path, text);
}

FIXTURE(reclaim) {
	int fd;
	uint64_t *map;
};

/* A segment of AREA_SIZE, larger than the pool, none of it resident. */
FIXTURE_SETUP(reclaim)
{
	ASSERT_EQ(0, segment_create(KEEPER, AREA_SIZE, STORE_BLOCK));
	self->fd = segment_open(KEEPER);
	ASSERT_GE(self->fd, 0);
	self->map = area_map(self->fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, attr_set(KEEPER, "prefetch", 1));
}

FIXTURE_TEARDOWN(reclaim)
{
	munmap(self->map, AREA_SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(KEEPER, 0));
}

static long long resident(void)
{
	return segment_value(KEEPER, COLUMN_RESIDENT);
}

/*
 * While three readers turn another segment over, what is above the minimum
 * goes, and not a page more, whoever takes it.
 */
TEST_F_TIMEOUT(reclaim, minimum_is_left, 240)
{
	unsigned int i;
	pid_t more[2];
	struct area a = { .fd = -1 };

	ASSERT_EQ(0, attr_set(KEEPER, "resident_min", KEPT));
	pattern_fill(self->map, 0, 2 * KEPT * WORDS, 3);
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_LT((long long)KEPT, resident());
	ASSERT_EQ(0, area_begin(&a, "greedy", STORE_BLOCK2));
	for (i = 0; i < 2; i++) {
		more[i] = fork();
		ASSERT_GE(more[i], 0);
		if (!more[i])
			area_churn("greedy");
	}
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_EQ((long long)KEPT, resident());
	/* Without the promise they go, too. */
	ASSERT_EQ(0, attr_set(KEEPER, "resident_min", 0));
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_GT((long long)KEPT, resident());
	for (i = 0; i < 2; i++) {
		kill(more[i], SIGKILL);
		waitpid(more[i], NULL, 0);
	}
	EXPECT_EQ(0, area_end(&a));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 2 * KEPT * WORDS, 3));
}

/* Who has the frames, for whoever reads why a test failed. */
static void frames_tell(void)
{
	static const char * const files[] = { "stat", "slabinfo", "segments" };
	char path[64], line[256];
	unsigned int i;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/proc/kpager/%s", files[i]);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			printf("# %s: %s", files[i], line);
		if (f)
			fclose(f);
	}
}

/* At the largest minimum there is, a walk over more than the pool goes on. */
TEST_F_TIMEOUT(reclaim, own_pages_are_replaced, 240)
{
	unsigned long most = POOL_LIMIT - POOL_LIMIT / 8;

	ASSERT_EQ(0, attr_set(KEEPER, "resident_min", most));
	pattern_fill(self->map, 0, AREA_WORDS, 4);
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 4));
	EXPECT_LE((long long)most, resident());
	if (resident() < (long long)most)
		frames_tell();
}

/* Minima are promised once; what is given back can be promised again. */
TEST_F(reclaim, minima_are_bounded)
{
	unsigned long most = POOL_LIMIT - POOL_LIMIT / 8;

	EXPECT_EQ(ENOSPC, attr_set(KEEPER, "resident_min", most + 1));
	EXPECT_EQ(ENOSPC, attr_set(KEEPER, "resident_min", ~0ul));
	EXPECT_EQ(ENOSPC, attr_set(KEEPER, "resident_min", ~0ul >> 1));
	EXPECT_EQ(0, attr_set(KEEPER, "resident_min", most));
	ASSERT_EQ(0, segment_create("other", AREA_SIZE, STORE_BLOCK2));
	EXPECT_EQ(ENOSPC, attr_set("other", "resident_min", 1));
	EXPECT_EQ(0, attr_set(KEEPER, "resident_min", most - 1));
	EXPECT_EQ(0, attr_set("other", "resident_min", 1));
	EXPECT_EQ(ENOSPC, attr_set(KEEPER, "resident_min", most));
	EXPECT_EQ(0, segment_destroy("other", 0));
	EXPECT_EQ(0, attr_set(KEEPER, "resident_min", most));
}

/* How often a kernel thread went to sleep, or -1. */
static long long switches_of(const char *name)
{
	char path[300], key[64], value[64], line[256];
	long long found = -1;
	struct dirent *d;
	bool is = false;
	DIR *proc = opendir("/proc");
	FILE *f;

	while (found < 0 && proc && (d = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/status", d->d_name);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "%63s %63s", key, value) != 2)
				continue;
			if (!strcmp(key, "Name:"))
				is = !strcmp(value, name);
			if (is && !strcmp(key, "voluntary_ctxt_switches:"))
				found = atoll(value);
		}
		if (f)
			fclose(f);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* The thread works when frames are short, and sleeps when nobody asks. */
TEST_F_TIMEOUT(reclaim, thread_is_idle, 240)
{
	long long begin = switches_of("kpager_reclaim"), busy;

	ASSERT_LE(0, begin);
	area_touch_all(self->map);
	busy = switches_of("kpager_reclaim");
	EXPECT_LT(begin, busy);
	sleep(1);
	busy = switches_of("kpager_reclaim");
	sleep(10);
	EXPECT_EQ(busy, switches_of("kpager_reclaim"));
}

TEST_HARNESS_MAIN
