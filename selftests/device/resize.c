// SPDX-License-Identifier: GPL-2.0
/*
 * resize.c - a segment changes its size while it is mapped and used
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>

#include "common.h"
#include "kselftest_harness.h"

/* Larger than the pool of 12 MiB. */
#define PAGES	8192ul
#define HALF	(PAGES / 2)

static sigjmp_buf on_bus;

static void bus_handler(int sig)
{
	siglongjmp(on_bus, sig);
}

/* Does reading this word raise SIGBUS? */
static bool bus_at(volatile uint64_t *word)
{
	if (sigsetjmp(on_bus, 1))
		return true;
	(void)*word;
	return false;
}

static int segment_resize(const char *name, uint64_t size)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = size,
	};

	snprintf(arg.name, sizeof(arg.name), "%s", name);
	return control_call(KPAGER_RESIZE, &arg);
}

FIXTURE(resize) {
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(resize)
{
	struct sigaction sa = { .sa_handler = bus_handler };

	ASSERT_EQ(0, segment_create("resize", PAGES * PAGE, STORE_BLOCK));
	self->fd = segment_open("resize");
	ASSERT_LE(0, self->fd);
	self->map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	sigaction(SIGBUS, &sa, NULL);
}

FIXTURE_TEARDOWN(resize)
{
	munmap(self->map, PAGES * PAGE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("resize", 0));
}

TEST_F(resize, refused)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = PAGE, .name = "resize",
	};

	EXPECT_EQ(EINVAL, segment_resize("resize", 0));
	EXPECT_EQ(EINVAL, segment_resize("resize", PAGE + 1));
	EXPECT_EQ(EINVAL, segment_resize("resize", UINT64_MAX - PAGE + 1));
	EXPECT_EQ(ENOSPC, segment_resize("resize", 1ull << 40));
	EXPECT_EQ(ENOENT, segment_resize("nobody", PAGE));
	arg.flags = 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_RESIZE, &arg));
	arg.flags = 0;
	arg.reserved[1] = 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_RESIZE, &arg));
	arg.reserved[1] = 0;
	arg.struct_size++;
	EXPECT_EQ(EINVAL, control_call(KPAGER_RESIZE, &arg));
	arg.struct_size--;
	memset(arg.name, 'x', sizeof(arg.name));
	EXPECT_EQ(ENAMETOOLONG, control_call(KPAGER_RESIZE, &arg));
	EXPECT_EQ(PAGES * PAGE, lseek(self->fd, 0, SEEK_END));
}

TEST_F_TIMEOUT(resize, shrink_and_grow, 240)
{
	uint64_t *private, word;

	pattern_fill(self->map, 0, PAGES * WORDS, 1);
	ASSERT_EQ(0, fsync(self->fd));
	private = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		       self->fd, 0);
	ASSERT_NE(MAP_FAILED, private);
	private[(HALF + 1) * WORDS] = 7;
	/* Newer than the store, and about to be cut off. */
	self->map[(PAGES - 1) * WORDS] = 8;

	ASSERT_EQ(0, segment_resize("resize", HALF * PAGE));
	EXPECT_EQ(HALF * PAGE, lseek(self->fd, 0, SEEK_END));
	EXPECT_FALSE(bus_at(&self->map[(HALF - 1) * WORDS]));
	EXPECT_TRUE(bus_at(&self->map[HALF * WORDS]));
	EXPECT_TRUE(bus_at(&self->map[(PAGES - 1) * WORDS]));
	EXPECT_TRUE(bus_at(&private[(HALF + 1) * WORDS]));
	EXPECT_EQ(0, pread(self->fd, &word, sizeof(word), HALF * PAGE));
	EXPECT_EQ(-1, pwrite(self->fd, &word, sizeof(word), HALF * PAGE));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_GE((long long)HALF, segment_value("resize", COLUMN_RESIDENT));

	ASSERT_EQ(0, segment_resize("resize", PAGES * PAGE));
	EXPECT_EQ(0, pattern_errors(self->map, 0, PAGES * WORDS, 1));
	munmap(private, PAGES * PAGE);
}

struct toucher {
	pthread_t thread;
	uint64_t *map;
	unsigned int seed;
	long wrong;
};

static volatile int stop;
static __thread sigjmp_buf toucher_bus;

static void toucher_handler(int sig)
{
	siglongjmp(toucher_bus, sig);
}

/* Pages hold their pattern or 0 where it was cut off before it was stored. */
static void *toucher_run(void *arg)
{
	struct toucher *t = arg;

	while (!stop) {
		uint64_t page = rand_r(&t->seed) % PAGES;
		uint64_t value;

		if (sigsetjmp(toucher_bus, 1))
			continue;
		if (rand_r(&t->seed) % 4) {
			value = *(volatile uint64_t *)&t->map[page * WORDS];
			if (value && value != pattern(page * WORDS, 1))
				t->wrong++;
		} else {
			t->map[page * WORDS] = pattern(page * WORDS, 1);
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(resize, while_touched, 240)
{
	struct sigaction sa = { .sa_handler = toucher_handler };
	long long lost = stat_value("frames_lost");
	struct toucher touchers[4];
	unsigned int i;

	memset(self->map, 0, PAGES * PAGE);
	sigaction(SIGBUS, &sa, NULL);
	stop = 0;
	for (i = 0; i < 4; i++) {
		touchers[i] = (struct toucher) { .map = self->map, .seed = i };
		pthread_create(&touchers[i].thread, NULL, toucher_run,
			       &touchers[i]);
	}
	for (i = 0; i < 60; i++) {
		uint64_t pages = i % 2 ? PAGES : 1 + i * 131 % HALF;

		EXPECT_EQ(0, segment_resize("resize", pages * PAGE));
		usleep(20000);
	}
	stop = 1;
	for (i = 0; i < 4; i++) {
		pthread_join(touchers[i].thread, NULL);
		EXPECT_EQ(0, touchers[i].wrong);
	}
	EXPECT_EQ(lost, stat_value("frames_lost"));
	EXPECT_EQ(PAGES * PAGE, lseek(self->fd, 0, SEEK_END));
}

/*
 * Of a segment in memory that is as large as can be, only what is mapped is
 * looked at.
 */
TEST(largest_is_synced)
{
	uint64_t size = 1ull << 60, *map;
	struct kpager_create arg;
	int fd;

	create_init(&arg, "largest", size, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	ASSERT_EQ(0, control_call(KPAGER_CREATE, &arg));
	fd = segment_open("largest");
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   size - PAGE);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, WORDS, 1);
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, segment_value("largest", COLUMN_DIRTY));
	EXPECT_EQ(0, pattern_errors(map, 0, WORDS, 1));
	munmap(map, PAGE);
	close(fd);
	EXPECT_EQ(0, segment_destroy("largest", 0));
}

TEST_HARNESS_MAIN
