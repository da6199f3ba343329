// SPDX-License-Identifier: GPL-2.0
/*
 * pinning.c - KPAGER_PIN: pages that are never evicted, as long as an open
 * file description wants them
 */
#include <time.h>

#include "area.h"
#include "kselftest_harness.h"

#define NAME		"pinning"
#define STAT		"/proc/kpager/segment/" NAME "/stat"
#define ATTR		"/sys/class/kpager/" NAME "/"
#define PAGES		1024ul
#define SIZE		(PAGES * PAGE)
/* Most resident pages, and how many of these may be pinned by default. */
#define RESIDENT	64ul
#define PINS		(RESIDENT / 4)
/* How long a task looks for a frame, in seconds; a fault tries twice. */
#define PATIENCE	10

static void pin_init(struct kpager_pin *arg, uint64_t first, uint64_t pages)
{
	memset(arg, 0, sizeof(*arg));
	arg->struct_size = sizeof(*arg);
	arg->offset = first * PAGE;
	arg->bytes = pages * PAGE;
}

/* 0 or an errno. */
static int pin(int fd, uint64_t first, uint64_t pages)
{
	struct kpager_pin arg;

	pin_init(&arg, first, pages);
	return ioctl(fd, KPAGER_PIN, &arg) ? errno : 0;
}

static int unpin(int fd, uint64_t first, uint64_t pages)
{
	struct kpager_pin arg;

	pin_init(&arg, first, pages);
	return ioctl(fd, KPAGER_UNPIN, &arg) ? errno : 0;
}

static long long pinned(void)
{
	return file_value(STAT, "pinned");
}

/* How many pages of a range are absent; they are brought in. */
static long long absent(int fd, uint64_t first, uint64_t pages)
{
	long long misses = file_value(STAT, "misses");

	if (!pages_read(fd, first, pages))
		return -1;
	return file_value(STAT, "misses") - misses;
}

/* Use all the other pages, so that what can go is gone. */
static void churn(int fd, uint64_t from)
{
	pages_read(fd, from, PAGES - from);
}

static int resize(uint64_t pages)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = pages * PAGE,
		.name = NAME,
	};

	return control_call(KPAGER_RESIZE, &arg);
}

FIXTURE(pinning) {
	int fd;
	int other;
};

static int segment_make(const char *store, uint64_t resident_max,
			unsigned int flags)
{
	struct kpager_create arg;
	int backing = open(store, O_RDWR), err;

	create_init(&arg, NAME, SIZE, backing);
	arg.resident_max = resident_max;
	arg.flags = flags;
	err = control_call(KPAGER_CREATE, &arg);
	close(backing);
	return err;
}

FIXTURE_SETUP(pinning)
{
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_make(STORE_BLOCK, RESIDENT, 0));
	/* One page asked for is one page brought in. */
	ASSERT_EQ(0, write_text(ATTR "prefetch", "off"));
	self->fd = segment_open(NAME);
	self->other = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	ASSERT_GE(self->other, 0);
}

FIXTURE_TEARDOWN(pinning)
{
	close(self->fd);
	close(self->other);
	EXPECT_EQ(0, pinned());
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

/* Whatever the policy; the others still come and go. */
TEST_F_TIMEOUT(pinning, pinned_pages_stay, 900)
{
	static const char *const policies[] = {
		"clock", "fifo", "gclock", "nru", "aging", "nfu", "two-lists",
		"mglru", "working-set", "wsclock", "2q", "car", "clock-pro",
		"s3-fifo", "sieve", "mru", "random", "qd-clock",
	};
	unsigned int i;

	for (i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
		ASSERT_EQ(0, write_text(ATTR "policy", policies[i])) {
			TH_LOG("policy %s", policies[i]);
		}
		ASSERT_EQ(0, pin(self->fd, 0, PINS));
		EXPECT_EQ((long long)PINS, pinned());
		churn(self->fd, PINS);
		churn(self->fd, PINS);
		EXPECT_EQ(0, absent(self->fd, 0, PINS)) {
			TH_LOG("policy %s", policies[i]);
		}
		/* Another policy receives what is unpinned under it. */
		ASSERT_EQ(0, write_text(ATTR "policy", "fifo"));
		ASSERT_EQ(0, write_text(ATTR "policy", policies[i]));
		ASSERT_EQ(0, unpin(self->fd, 0, PINS));
		EXPECT_EQ(0, pinned());
		/* The latest pages of all stay with MRU, wherever they are. */
		ASSERT_EQ(0, write_text(ATTR "policy", "fifo"));
		churn(self->fd, PINS);
		EXPECT_EQ((long long)PINS, absent(self->fd, 0, PINS)) {
			TH_LOG("policy %s", policies[i]);
		}
		EXPECT_LE(segment_value(NAME, COLUMN_RESIDENT),
			  (long long)RESIDENT);
	}
}

TEST_F(pinning, pages_are_brought_in)
{
	EXPECT_EQ(0, segment_value(NAME, COLUMN_RESIDENT));
	ASSERT_EQ(0, pin(self->fd, 10, PINS));
	EXPECT_EQ((long long)PINS, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ(0, absent(self->fd, 10, PINS));
}

TEST_F(pinning, no_more_than_pin_max)
{
	EXPECT_EQ(ENOMEM, pin(self->fd, 0, PINS + 1));
	EXPECT_EQ(0, pinned());
	ASSERT_EQ(0, pin(self->fd, 0, PINS));
	/* All or nothing: the first two of these are pinned anyway. */
	EXPECT_EQ(ENOMEM, pin(self->fd, PINS - 2, 4));
	EXPECT_EQ(EPERM, unpin(self->fd, PINS, 1));
	EXPECT_EQ((long long)PINS, pinned());
	/* What counts are pages, not how often they are pinned. */
	EXPECT_EQ(0, pin(self->other, 0, PINS));
	EXPECT_EQ(ENOMEM, pin(self->other, 100, 1));
	EXPECT_EQ((long long)PINS, pinned());
	ASSERT_EQ(0, write_text(ATTR "pin_max", "18"));
	EXPECT_EQ(0, pin(self->fd, PINS - 2, 4));
	EXPECT_EQ((long long)PINS + 2, pinned());
	/* Less than is pinned: that stays, and no more can be. */
	ASSERT_EQ(0, write_text(ATTR "pin_max", "0"));
	EXPECT_EQ(0, absent(self->fd, 0, PINS + 2));
	EXPECT_EQ(ENOMEM, pin(self->fd, 200, 1));
	EXPECT_EQ(0, unpin(self->fd, 0, PINS + 2));
	EXPECT_EQ((long long)PINS, pinned());
}

static long number_of(const char *path)
{
	FILE *f = fopen(path, "r");
	long value = -1;

	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

TEST_F(pinning, the_attribute)
{
	long frames = stat_value("limit_frames");
	char text[32];

	EXPECT_EQ((long)PINS, number_of(ATTR "pin_max"));
	ASSERT_EQ(0, write_text(ATTR "resident_max", "128"));
	EXPECT_EQ(32, number_of(ATTR "pin_max"));
	ASSERT_EQ(0, write_text(ATTR "resident_max", "0"));
	EXPECT_EQ(frames / 4, number_of(ATTR "pin_max"));
	/* As good as none. */
	ASSERT_EQ(0, write_text(ATTR "resident_max", "4294967295"));
	EXPECT_EQ(frames / 4, number_of(ATTR "pin_max"));
	snprintf(text, sizeof(text), "%ld", frames);
	EXPECT_EQ(0, write_text(ATTR "pin_max", text));
	EXPECT_EQ(frames, number_of(ATTR "pin_max"));
	snprintf(text, sizeof(text), "%ld", frames + 1);
	EXPECT_EQ(ERANGE, write_text(ATTR "pin_max", text));
	EXPECT_EQ(ERANGE, write_text(ATTR "pin_max", "18446744073709551615"));
	EXPECT_EQ(EINVAL, write_text(ATTR "pin_max", "-1"));
	EXPECT_EQ(EINVAL, write_text(ATTR "pin_max", "many"));
	EXPECT_EQ(frames, number_of(ATTR "pin_max"));
	EXPECT_EQ(0, write_text(ATTR "pin_max", "auto"));
	EXPECT_EQ(frames / 4, number_of(ATTR "pin_max"));
}

/* Pins are the open file description's, whatever descriptor leads to it. */
TEST_F(pinning, belong_to_who_opened)
{
	int copy = dup(self->fd);

	ASSERT_EQ(0, pin(self->fd, 0, 8));
	EXPECT_EQ(EPERM, unpin(self->other, 0, 8));
	EXPECT_EQ(8, pinned());
	EXPECT_EQ(0, unpin(copy, 0, 4));
	EXPECT_EQ(4, pinned());
	if (!fork())
		_exit(unpin(self->fd, 4, 2));
	wait(NULL);
	EXPECT_EQ(2, pinned());
	close(self->fd);
	EXPECT_EQ(2, pinned());
	close(copy);
	EXPECT_EQ(0, pinned());
	self->fd = segment_open(NAME);
	EXPECT_EQ(EPERM, unpin(self->fd, 6, 2));
}

TEST_F(pinning, ranges_add_up_and_fall_apart)
{
	ASSERT_EQ(0, pin(self->fd, 4, 2));
	ASSERT_EQ(0, pin(self->fd, 8, 2));
	EXPECT_EQ(4, pinned());
	EXPECT_EQ(EPERM, unpin(self->fd, 4, 6));
	EXPECT_EQ(EPERM, unpin(self->fd, 3, 2));
	EXPECT_EQ(EPERM, unpin(self->fd, 9, 2));
	EXPECT_EQ(4, pinned());
	/* Overlap is nothing special; neither is to touch. */
	ASSERT_EQ(0, pin(self->fd, 5, 3));
	EXPECT_EQ(6, pinned());
	ASSERT_EQ(0, pin(self->fd, 4, 6));
	EXPECT_EQ(6, pinned());
	ASSERT_EQ(0, unpin(self->fd, 6, 2));
	EXPECT_EQ(4, pinned());
	EXPECT_EQ(EPERM, unpin(self->fd, 4, 6));
	EXPECT_EQ(EPERM, unpin(self->fd, 6, 1));
	churn(self->fd, 100);
	churn(self->fd, 100);
	EXPECT_EQ(0, absent(self->fd, 4, 2));
	EXPECT_EQ(0, absent(self->fd, 8, 2));
	EXPECT_EQ(2, absent(self->fd, 6, 2));
	EXPECT_EQ(0, unpin(self->fd, 4, 1));
	EXPECT_EQ(0, unpin(self->fd, 5, 1));
	EXPECT_EQ(0, unpin(self->fd, 8, 2));
	EXPECT_EQ(0, pinned());
}

TEST_F(pinning, stay_until_the_last_lets_go)
{
	ASSERT_EQ(0, pin(self->fd, 0, 8));
	ASSERT_EQ(0, pin(self->other, 4, 8));
	EXPECT_EQ(12, pinned());
	ASSERT_EQ(0, unpin(self->fd, 0, 8));
	EXPECT_EQ(8, pinned());
	churn(self->fd, 100);
	EXPECT_EQ(4, absent(self->fd, 0, 4));
	EXPECT_EQ(0, absent(self->fd, 4, 8));
	close(self->other);
	EXPECT_EQ(0, pinned());
	self->other = segment_open(NAME);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Nobody waits for ever for a frame that does not come. */
TEST_F_TIMEOUT(pinning, all_frames_pinned, 240)
{
	char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->fd, 0);
	double start;
	char byte;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, write_text(ATTR "pin_max", "64"));
	ASSERT_EQ(0, pin(self->fd, 0, RESIDENT));
	start = seconds();
	EXPECT_EQ(SIGBUS, access_try(map + 100 * PAGE, false));
	EXPECT_GE(seconds() - start, PATIENCE - 1);
	EXPECT_LE(seconds() - start, 3 * PATIENCE);
	start = seconds();
	EXPECT_EQ(-1, pread(self->fd, &byte, 1, 100 * PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_GE(seconds() - start, PATIENCE - 1);
	EXPECT_EQ(0, access_try(map, false));
	/* One frame is enough to go on. */
	ASSERT_EQ(0, unpin(self->fd, RESIDENT - 1, 1));
	EXPECT_EQ(0, access_try(map + 100 * PAGE, false));
	EXPECT_EQ(0, access_try(map + 101 * PAGE, false));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 102 * PAGE));
	EXPECT_EQ(0, absent(self->fd, 0, RESIDENT - 1));
	munmap(map, SIZE);
}

/* Who waits for a frame gets one when another descriptor unpins. */
TEST_F_TIMEOUT(pinning, a_fault_waits_for_unpin, 120)
{
	char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->other, 0);
	pid_t child;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, write_text(ATTR "pin_max", "64"));
	ASSERT_EQ(0, pin(self->fd, 0, RESIDENT));
	child = fork();
	if (!child)
		_exit(access_try(map + 100 * PAGE, false));
	sleep(2);
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	ASSERT_EQ(0, unpin(self->fd, 3, 1));
	EXPECT_EQ(0, child_status(child));
	munmap(map, SIZE);
}

TEST_F(pinning, end_with_what_is_cut_off)
{
	ASSERT_EQ(0, pin(self->fd, 8, 8));
	ASSERT_EQ(0, pin(self->other, 14, 1));
	ASSERT_EQ(0, resize(12));
	EXPECT_EQ(4, pinned());
	EXPECT_EQ(ENXIO, pin(self->fd, 10, 4));
	EXPECT_EQ(ENXIO, pin(self->fd, 12, 1));
	EXPECT_EQ(EPERM, unpin(self->fd, 8, 8));
	EXPECT_EQ(EPERM, unpin(self->other, 14, 1));
	ASSERT_EQ(0, resize(PAGES));
	EXPECT_EQ(EPERM, unpin(self->other, 14, 1));
	/* Somebody else's pins now. */
	ASSERT_EQ(0, pin(self->other, 14, 2));
	EXPECT_EQ(EPERM, unpin(self->fd, 8, 8));
	EXPECT_EQ(6, pinned());
	EXPECT_EQ(0, unpin(self->fd, 8, 4));
	EXPECT_EQ(2, pinned());
}

TEST_F(pinning, dirty_pages_are_written_and_stay)
{
	uint64_t word[2] = { 4711, 4712 }, got = 0;
	int store = open(STORE_BLOCK, O_RDONLY | O_DIRECT);
	void *buf = aligned_alloc(PAGE, PAGE);

	ASSERT_EQ(0, pin(self->fd, 5, 1));
	ASSERT_EQ(8, pwrite(self->fd, &word[0], 8, 5 * PAGE));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ((ssize_t)PAGE, pread(store, buf, PAGE, 5 * PAGE));
	EXPECT_EQ(0, memcmp(buf, &word[0], 8));
	churn(self->fd, 100);
	/* Not even on request. */
	EXPECT_EQ(0, posix_fadvise(self->other, 0, 0, POSIX_FADV_DONTNEED));
	EXPECT_EQ(0, absent(self->fd, 5, 1));
	ASSERT_EQ(8, pwrite(self->fd, &word[1], 8, 5 * PAGE));
	ASSERT_EQ(0, unpin(self->fd, 5, 1));
	churn(self->fd, 100);
	EXPECT_EQ(1, absent(self->fd, 5, 1));
	ASSERT_EQ(8, pread(self->fd, &got, 8, 5 * PAGE));
	EXPECT_EQ(word[1], got);
	free(buf);
	close(store);
}

TEST_F(pinning, a_page_that_cannot_be_read)
{
	EXPECT_EQ(1, absent(self->fd, 3, 1));
	ASSERT_EQ(0, write_text(ATTR "inject", "read_error=1000"));
	EXPECT_EQ(EIO, pin(self->fd, 3, 4));
	ASSERT_EQ(0, write_text(ATTR "inject", "off"));
	EXPECT_EQ(0, pinned());
	EXPECT_EQ(EPERM, unpin(self->fd, 3, 1));
	EXPECT_EQ(0, pin(self->fd, 3, 4));
}

/* What other segments need, and what the system needs. */
TEST_F_TIMEOUT(pinning, others_do_not_get_them, 240)
{
	struct area a;
	int i;

	ASSERT_EQ(0, write_text(ATTR "resident_max", "0"));
	churn(self->fd, 0);
	ASSERT_EQ(0, pin(self->fd, 0, PINS));
	/* None of its pages is protected otherwise. */
	ASSERT_EQ(0, area_begin(&a, "others", STORE_BLOCK2));
	ASSERT_TRUE(area_evicted(&a));
	ASSERT_TRUE(area_evicted(&a));
	EXPECT_LT(segment_value(NAME, COLUMN_RESIDENT), (long long)PAGES / 2);
	EXPECT_EQ(0, area_end(&a));
	EXPECT_EQ(0, absent(self->fd, 0, PINS));
	churn(self->fd, 0);
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, write_text("/proc/sys/vm/drop_caches", "2"));
	EXPECT_EQ(0, absent(self->fd, 0, PINS));
	EXPECT_EQ((long long)PINS, pinned());
}

static int small_create(unsigned int number, char *name, size_t size)
{
	struct kpager_create arg;

	snprintf(name, size, NAME "%u", number);
	create_init(&arg, name, PAGE, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	return control_call(KPAGER_CREATE, &arg);
}

/* Segments need slabs of many frames: where pages can go, there is room. */
TEST_F_TIMEOUT(pinning, a_full_pool_has_room_for_segments, 240)
{
	long long all = stat_value("limit_frames"), pins = 0;
	char text[32];
	unsigned int n;
	int err = 0;

	snprintf(text, sizeof(text), "%lld", all);
	ASSERT_EQ(0, resize(all));
	ASSERT_EQ(0, write_text(ATTR "resident_max", "0"));
	ASSERT_EQ(0, write_text(ATTR "pin_max", text));
	while (stat_value("frames_used") <
	       all - stat_value("watermark_min") - 8)
		ASSERT_EQ(0, pin(self->fd, pins++, 1));
	for (n = 0; n < 64 && !err; n++)
		err = small_create(n, text, sizeof(text));
	EXPECT_EQ(ENOMEM, err);
	ASSERT_EQ(0, unpin(self->fd, 0, pins));
	EXPECT_EQ(0, small_create(n - 1, text, sizeof(text)));
	while (n--) {
		snprintf(text, sizeof(text), NAME "%u", n);
		EXPECT_EQ(0, segment_destroy(text, 0));
	}
}

TEST_F(pinning, bad_calls)
{
	struct kpager_pin good, arg;
	unsigned int i;
	int fd;

	pin_init(&good, 0, 4);
#define REFUSED(err, change) do {					\
	arg = good;							\
	change;								\
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_PIN, &arg));		\
	EXPECT_EQ(err, errno);						\
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_UNPIN, &arg));		\
	EXPECT_EQ((err) == ENXIO ? EPERM : (err), errno);		\
} while (0)
	REFUSED(EINVAL, arg.struct_size--);
	REFUSED(EINVAL, arg.struct_size = 0);
	REFUSED(EINVAL, arg.flags = 1);
	for (i = 0; i < 2; i++)
		REFUSED(EINVAL, arg.reserved[i] = 1);
	REFUSED(EINVAL, arg.bytes = 0);
	REFUSED(EINVAL, arg.bytes = PAGE + 1);
	REFUSED(EINVAL, arg.offset = 1);
	REFUSED(EINVAL, arg.offset = ~0ull << 12; arg.bytes = 2 * PAGE);
	REFUSED(EINVAL, arg.offset = 2 * PAGE; arg.bytes = ~0ull << 12);
	REFUSED(ENXIO, arg.offset = ~0ull << 12; arg.bytes = PAGE);
	REFUSED(ENXIO, arg.offset = 0; arg.bytes = ~0ull << 12);
	REFUSED(ENXIO, arg.offset = SIZE);
	REFUSED(ENXIO, arg.offset = SIZE - PAGE; arg.bytes = 2 * PAGE);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_PIN, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_UNPIN, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOW(KPAGER_IOC_MAGIC, 17, int), &good));
	EXPECT_EQ(EINVAL, errno);
	/* Of a segment, not of control. */
	fd = open(CONTROL, O_RDWR);
	EXPECT_EQ(-1, ioctl(fd, KPAGER_PIN, &good));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
	EXPECT_EQ(EPERM, unpin(self->fd, 0, 1));
	EXPECT_EQ(0, pinned());
}

TEST(a_deterministic_segment_has_no_pins)
{
	int fd;

	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_make(STORE_BLOCK, RESIDENT,
				  KPAGER_CREATE_DETERMINISTIC));
	fd = segment_open(NAME);
	EXPECT_EQ(EBUSY, pin(fd, 0, 1));
	EXPECT_EQ(EPERM, unpin(fd, 0, 1));
	close(fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

static int anon_make(uint64_t resident_max)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = SIZE, .backing_fd = -1,
		.resident_max = resident_max,
	};
	int control = open(CONTROL, O_RDWR), fd;

	fd = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	return fd;
}

/* As many segments as anybody makes, and whatever maximum they ask for. */
TEST_F_TIMEOUT(pinning, anonymous_segments_share_a_quarter, 240)
{
	unsigned long most = stat_value("limit_frames") / 4;
	int a = anon_make(0xffffffff), b = anon_make(0), c;

	ASSERT_GE(a, 0);
	ASSERT_GE(b, 0);
	ASSERT_GT(PAGES, most);
	EXPECT_EQ(ENOMEM, pin(a, 0, most + 1));
	ASSERT_EQ(0, pin(a, 0, most - 10));
	/* Those of a segment with a name have nothing to do with it. */
	ASSERT_EQ(0, pin(self->fd, 0, PINS));
	/* All or nothing. */
	EXPECT_EQ(ENOMEM, pin(b, 0, 11));
	ASSERT_EQ(0, pin(b, 100, 10));
	EXPECT_EQ(ENOMEM, pin(b, 0, 1));
	EXPECT_EQ(ENOMEM, pin(a, most, 1));
	/* Once more is not more. */
	EXPECT_EQ(0, pin(a, 0, 10));
	ASSERT_EQ(0, unpin(a, 5, 3));
	EXPECT_EQ(ENOMEM, pin(b, 0, 4));
	EXPECT_EQ(0, pin(b, 0, 3));
	close(a);
	c = anon_make(0);
	ASSERT_GE(c, 0);
	EXPECT_EQ(ENOMEM, pin(c, 0, most - 12));
	EXPECT_EQ(0, pin(c, 0, most - 13));
	close(b);
	close(c);
	/* All of them came back. */
	c = anon_make(0);
	EXPECT_EQ(0, pin(c, 0, most));
	close(c);
}

/* The pins end before the segment does. */
TEST(an_anonymous_segment_has_pins)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = SIZE, .backing_fd = -1,
	};
	int control = open(CONTROL, O_RDWR), fd;
	long long segments = stat_value("segments");
	char *map;

	fd = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	ASSERT_GE(fd, 0);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	memset(map, 'x', SIZE);
	EXPECT_EQ(0, pin(fd, 0, 100));
	EXPECT_EQ(0, unpin(fd, 50, 1));
	EXPECT_EQ(0, pin(fd, 200, 100));
	close(fd);
	EXPECT_EQ('x', map[210 * PAGE]);
	munmap(map, SIZE);
	EXPECT_EQ(segments, stat_value("segments"));
}

TEST_HARNESS_MAIN
