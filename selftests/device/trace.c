// SPDX-License-Identifier: GPL-2.0
/*
 * trace.c - the tracepoints tell what happened, once each
 */
#include <sys/mount.h>

#include "common.h"
#include "kselftest_harness.h"

#define TRACING		"/sys/kernel/tracing"
#define NAME		"traced"
/* Larger than the pool of 12 MiB, so that pages are evicted. */
#define PAGES		6000
#define SIZE		(PAGES * PAGE)

FIXTURE(trace) {
	int fd;
	char *map;
};

FIXTURE_SETUP(trace)
{
	int empty;

	mount("none", TRACING, "tracefs", 0, NULL);
	ASSERT_EQ(0, segment_create(NAME, SIZE, STORE_BLOCK));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, write_text(TRACING "/buffer_size_kb", "8192"));
	/* Opening it so empties it. */
	empty = open(TRACING "/trace", O_WRONLY | O_TRUNC);
	ASSERT_GE(empty, 0);
	close(empty);
	ASSERT_EQ(0, write_text(TRACING "/events/kpager/enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	EXPECT_EQ(0, write_text(TRACING "/events/kpager/enable", "0"));
	munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

/*
 * Lines of an event of our segment in which @part stands, or -1 if a line of
 * it is not as documented.  @pages: receives the sum of their pages.
 */
static long long events(const char *event, const char *part,
			unsigned long long *pages)
{
	unsigned long long page, n, sum = 0;
	char line[512], name[64], what[64];
	long long found = 0, bad = 0;
	unsigned int id;
	FILE *f = fopen(TRACING "/trace", "r");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		char *at = strstr(line, event);

		if (!at || at[strlen(event)] != ':')
			continue;
		at += strlen(event) + 2;
		if (sscanf(at, "segment=%u name=%63s page=%llu %63[a-z]=%llu result=",
			   &id, name, &page, what, &n) != 5 ||
		    !id || strcmp(name, NAME) || page >= PAGES ||
		    strcmp(what, strcmp(event, "kpager_fault") ? "pages" : "write"))
			bad++;
		if (!strstr(at, part))
			continue;
		found++;
		sum += n;
	}
	fclose(f);
	if (pages)
		*pages = sum;
	return bad ? -1 : found;
}

static long long segment_stat(const char *key)
{
	return file_value("/proc/kpager/segment/" NAME "/stat", key);
}

TEST_F_TIMEOUT(trace, one_fault, 60)
{
	*(volatile char *)(self->map + 1234 * PAGE) = 1;
	EXPECT_EQ(1, events("kpager_fault", "page=1234 write=1 result=major",
			    NULL));
	EXPECT_EQ(1, events("kpager_fault", "page=1234 write=1 result=again",
			    NULL));
	EXPECT_EQ(2, events("kpager_fault", "result=", NULL));
	EXPECT_EQ(1, events("kpager_read", "page=1234 pages=1 result=0", NULL));
	EXPECT_EQ(0, events("kpager_prefetch", "", NULL));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(1, events("kpager_clean", "page=1234 pages=1 result=0", NULL));
}

TEST_F_TIMEOUT(trace, as_many_as_counted, 120)
{
	unsigned long long pages;
	unsigned int i;

	/* A few pages of a large block, then all of it: neighbours come along. */
	for (i = 0; i < PAGES; i++)
		self->map[i * PAGE] = i;
	munmap(self->map, SIZE);
	self->map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	for (i = PAGES - 64; i < PAGES; i++)
		(void)((volatile char *)self->map)[i * PAGE];
	/* Reclaim goes on in the background for a moment. */
	usleep(500000);
	ASSERT_EQ(0, write_text(TRACING "/events/kpager/enable", "0"));
	EXPECT_EQ(segment_stat("faults_major"),
		  events("kpager_fault", "result=major", NULL));
	EXPECT_EQ(segment_stat("faults_minor"),
		  events("kpager_fault", "result=minor", NULL));
	EXPECT_LT(0, events("kpager_map", "", NULL));
	EXPECT_LT(0, events("kpager_reclaim", "", NULL));
	EXPECT_LT(0, events("kpager_prefetch", "", &pages));
	EXPECT_EQ(segment_stat("prefetched"), (long long)pages);
	EXPECT_LT(0, events("kpager_read", "result=0", &pages));
	EXPECT_EQ(segment_stat("pages_read"), (long long)pages);
	EXPECT_LT(0, events("kpager_clean", "result=0", &pages));
	EXPECT_EQ(segment_stat("pages_written"), (long long)pages);
	EXPECT_EQ(segment_stat("evictions"), events("kpager_evict", "", NULL));
	EXPECT_EQ(segment_stat("evictions_dirty"),
		  events("kpager_evict", "result=1", NULL));
}

TEST_HARNESS_MAIN
