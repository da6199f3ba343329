// SPDX-License-Identifier: GPL-2.0
/*
 * policies.c - the replacement policies of the device: the misses of each are
 * those of its model, and they change places while pages are in use
 */
#include <pthread.h>

#include "../common.h"
#include "kselftest_harness.h"
#include "model.h"

#define SIZE		(8ul << 20)
#define PAGES		(SIZE / PAGE)
#define FRAMES		200
#define REQUESTS	2500
#define ATTRS		"/sys/class/kpager/policies/"

static unsigned int trace[REQUESTS];

static unsigned int random_below(unsigned int n)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (x >> 32) % n;
}

/* Skewed: a product of three random numbers is mostly small. */
static unsigned int skewed(unsigned int n)
{
	return (uint64_t)random_below(n) * random_below(n) / n *
		random_below(n) / n;
}

static void trace_skewed(void)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		trace[i] = skewed(PAGES);
}

static void trace_loop(void)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		trace[i] = i % (2 * FRAMES);
}

static void trace_scans(void)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		trace[i] = i / 500 % 2 ? i % PAGES : skewed(600);
}

static int create(const char *policy, unsigned int flags, uint64_t max)
{
	struct kpager_create arg;
	int fd = open(STORE_BLOCK, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, "policies", SIZE, fd);
	snprintf(arg.policy, sizeof(arg.policy), "%s", policy);
	arg.flags = flags;
	arg.resident_max = max;
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

/* The misses of the kernel for the trace, or a negative errno. */
static long device_misses(const char *policy)
{
	struct kpager_touch touch = { .struct_size = sizeof(touch) };
	long misses = 0, before = stat_value("misses");
	int fd, i, absent;

	absent = create(policy, KPAGER_CREATE_DETERMINISTIC, FRAMES);
	if (absent)
		return -absent;
	fd = segment_open("policies");
	if (fd < 0)
		return -errno;
	for (i = 0; i < REQUESTS; i++) {
		touch.page = trace[i];
		absent = ioctl(fd, KPAGER_TOUCH, &touch);
		if (absent < 0)
			return -errno;
		misses += absent;
	}
	close(fd);
	if (segment_destroy("policies", 0))
		return -errno;
	/* What was answered is what was counted. */
	return stat_value("misses") - before == misses ? misses : -ERANGE;
}

static unsigned int differences(void)
{
	unsigned int i, bad = 0;
	const char *policy;

	for (i = 0; (policy = model_policy(i)); i++) {
		long want = model_misses(policy, FRAMES, trace, REQUESTS);
		long got = device_misses(policy);

		printf("# %s: %ld misses, the model has %ld\n", policy, got,
		       want);
		fflush(stdout);
		bad += got != want;
		segment_destroy("policies", KPAGER_DESTROY_DISCARD);
	}
	return bad;
}

FIXTURE(model) {
};

FIXTURE_SETUP(model)
{
}

FIXTURE_TEARDOWN(model)
{
}

TEST_F_TIMEOUT(model, misses_of_skewed_accesses, 200)
{
	trace_skewed();
	EXPECT_EQ(0, differences());
}

TEST_F_TIMEOUT(model, misses_of_a_loop, 200)
{
	trace_loop();
	EXPECT_EQ(0, differences());
}

TEST_F_TIMEOUT(model, misses_with_scans, 200)
{
	trace_scans();
	EXPECT_EQ(0, differences());
}

static bool stop;

static void *use_pages(void *arg)
{
	uint64_t *map = arg;
	unsigned long bad = 0, i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		for (i = 0; i < 64; i++) {
			unsigned int page = skewed(PAGES);

			/* Each page holds its number once it was written. */
			if (map[page * WORDS] && map[page * WORDS] != page + 1)
				bad++;
			map[page * WORDS] = page + 1;
		}
	return (void *)bad;
}

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return errno;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return 0;
}

FIXTURE(switching) {
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(switching)
{
	int zero = open(STORE_BLOCK, O_WRONLY), i;
	char *page = calloc(1, PAGE);

	for (i = 0; i < (int)PAGES; i++)
		ASSERT_EQ((ssize_t)PAGE, write(zero, page, PAGE));
	free(page);
	ASSERT_EQ(0, close(zero));
	ASSERT_EQ(0, create("", 0, 500));
	self->fd = segment_open("policies");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(switching)
{
	munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("policies", 0));
}

TEST_F_TIMEOUT(switching, policies_change_while_pages_are_used, 120)
{
	unsigned int i, round;
	pthread_t thread;
	const char *name;
	char text[64];
	void *bad;

	stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, use_pages, self->map));
	for (round = 0; round < 2; round++)
		for (i = 0; (name = model_policy(i)); i++) {
			EXPECT_EQ(0, write_text(ATTRS "policy", name));
			EXPECT_EQ(0, read_text(ATTRS "policy", text,
					       sizeof(text)));
			/* Without hits, two lists stand in for exact LRU. */
			EXPECT_STREQ(strcmp(name, "lru") ? name : "two-lists",
				     text);
			usleep(100000);
		}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, &bad);
	EXPECT_EQ(NULL, bad);
	EXPECT_GE(500, segment_value("policies", COLUMN_RESIDENT));
}

TEST_F(switching, no_page_leaves_with_a_switch)
{
	long long misses, resident, i;

	for (i = 0; i < 300; i++)
		self->map[i * WORDS] = i + 1;
	/* Some more were read ahead. */
	resident = segment_value("policies", COLUMN_RESIDENT);
	EXPECT_LE(300, resident);
	misses = stat_value("misses");
	EXPECT_EQ(0, write_text(ATTRS "policy", "car"));
	EXPECT_EQ(0, write_text(ATTRS "policy", "sieve"));
	EXPECT_EQ(resident, segment_value("policies", COLUMN_RESIDENT));
	for (i = 0; i < 300; i++)
		EXPECT_EQ((uint64_t)i + 1, self->map[i * WORDS]);
	EXPECT_EQ(misses, stat_value("misses"));
}

TEST_F(switching, bad_names_and_parameters)
{
	char text[64];

	EXPECT_EQ(EINVAL, write_text(ATTRS "policy", "no-such-policy"));
	EXPECT_EQ(EINVAL, write_text(ATTRS "policy", "\n"));
	EXPECT_EQ(0, write_text(ATTRS "policy", "second-chance"));
	EXPECT_EQ(0, read_text(ATTRS "policy", text, sizeof(text)));
	EXPECT_STREQ("clock", text);
	EXPECT_EQ(EINVAL, write_text(ATTRS "policy_params/kin", "25"));
	EXPECT_EQ(EINVAL, read_text(ATTRS "policy_params/kin", text,
				    sizeof(text)));
	EXPECT_EQ(0, write_text(ATTRS "policy", "2q"));
	EXPECT_EQ(0, read_text(ATTRS "policy_params/kin", text, sizeof(text)));
	EXPECT_STREQ("25", text);
	EXPECT_EQ(0, write_text(ATTRS "policy_params/kin", "40"));
	EXPECT_EQ(0, read_text(ATTRS "policy_params/kin", text, sizeof(text)));
	EXPECT_STREQ("40", text);
	EXPECT_EQ(ERANGE, write_text(ATTRS "policy_params/kin", "100"));
	EXPECT_EQ(EINVAL, write_text(ATTRS "policy_params/kin", "x"));
}

/* Pages that are not used any more leave although there is room. */
TEST_F_TIMEOUT(switching, working_set_shrinks, 60)
{
	unsigned long i, tries;

	EXPECT_EQ(0, write_text(ATTRS "policy", "working-set"));
	EXPECT_EQ(0, write_text(ATTRS "resident_max", "0"));
	EXPECT_EQ(0, write_text(ATTRS "policy_params/tau", "10"));
	for (i = 0; i < 2000; i++)
		self->map[skewed(PAGES) * WORDS] = 0;
	for (tries = 0; tries < 100; tries++) {
		if (segment_value("policies", COLUMN_RESIDENT) < 150)
			break;
		for (i = 0; i < 20; i++)
			self->map[random_below(PAGES) * WORDS] = 0;
		usleep(20000);
	}
	EXPECT_GT(150, segment_value("policies", COLUMN_RESIDENT));
}

TEST(deterministic_needs_a_size)
{
	EXPECT_EQ(EINVAL, create("", KPAGER_CREATE_DETERMINISTIC, 0));
	EXPECT_EQ(EINVAL, create("", KPAGER_CREATE_DETERMINISTIC, 1ul << 31));
	EXPECT_EQ(EINVAL, create("", 1u << 31, 100));
	EXPECT_EQ(EINVAL, create("", 0, 1ul << 40));
	EXPECT_EQ(EINVAL, create("no-such-policy", 0, 0));
}

TEST(touch_checks_its_argument)
{
	struct kpager_touch touch = { .struct_size = sizeof(touch) };
	int fd;

	ASSERT_EQ(0, create("lru", KPAGER_CREATE_DETERMINISTIC, 10));
	fd = segment_open("policies");
	ASSERT_GE(fd, 0);
	EXPECT_EQ(1, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(0, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EBUSY, write_text(ATTRS "resident_max", "20"));
	EXPECT_EQ(EBUSY, write_text(ATTRS "prefetch", "8"));
	touch.page = PAGES;
	EXPECT_EQ(-1, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(ENXIO, errno);
	touch.page = 0;
	touch.flags = KPAGER_TOUCH_WRITE << 1;
	EXPECT_EQ(-1, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EINVAL, errno);
	touch.flags = 0;
	touch.reserved[1] = 1;
	EXPECT_EQ(-1, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EINVAL, errno);
	touch.reserved[1] = 0;
	touch.struct_size--;
	EXPECT_EQ(-1, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(fd, KPAGER_TOUCH, NULL));
	EXPECT_EQ(EFAULT, errno);
	close(fd);
	EXPECT_EQ(0, segment_destroy("policies", 0));
}

/* The page is dirty, its contents are as they were. */
TEST(touch_that_writes)
{
	struct kpager_touch touch = {
		.struct_size = sizeof(touch), .flags = KPAGER_TOUCH_WRITE,
	};
	long long written;
	int fd, reader;
	char before[8], after[8];

	ASSERT_EQ(0, create("lru", KPAGER_CREATE_DETERMINISTIC, 10));
	fd = segment_open("policies");
	ASSERT_GE(fd, 0);
	ASSERT_EQ(8, pread(fd, before, 8, 0));
	reader = open("/dev/kpager/policies", O_RDONLY);
	ASSERT_GE(reader, 0);
	EXPECT_EQ(-1, ioctl(reader, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(0, segment_value("policies", COLUMN_DIRTY));
	EXPECT_EQ(0, ioctl(fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(1, segment_value("policies", COLUMN_DIRTY));
	written = stat_value("pages_written");
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(written + 1, stat_value("pages_written"));
	EXPECT_EQ(0, segment_value("policies", COLUMN_DIRTY));
	EXPECT_EQ(8, pread(fd, after, 8, 0));
	EXPECT_EQ(0, memcmp(before, after, 8));
	touch.flags = 0;
	EXPECT_EQ(0, ioctl(reader, KPAGER_TOUCH, &touch));
	close(reader);
	close(fd);
	EXPECT_EQ(0, segment_destroy("policies", 0));
}

TEST_HARNESS_MAIN
