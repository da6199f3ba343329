// SPDX-License-Identifier: GPL-2.0
/*
 * errors.c - stores that fail: no page is lost, and fsync tells the truth
 *
 * The failing store is a null_blk with memory behind it, whose bad blocks
 * are switched on and off.
 */
#include <time.h>

#include "common.h"
#include "kselftest_harness.h"
#include "nullb.h"

#define STORE		NULLB_STORE
#define SIZE		NULLB_SIZE
#define TOTAL		(SIZE / sizeof(uint64_t))

FIXTURE(errors) {
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(errors)
{
	ASSERT_EQ(0, nullb_make());
	ASSERT_EQ(0, segment_create("errors", SIZE, STORE));
	self->fd = segment_open("errors");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(errors)
{
	EXPECT_EQ(-1, segment_value("errors", COLUMN_RESIDENT));
	EXPECT_EQ(0, nullb_remove());
}

static void unmap_close(uint64_t *map, int fd)
{
	munmap(map, SIZE);
	close(fd);
}

TEST_F_TIMEOUT(errors, fsync_fails_and_tries_again, 120)
{
	uint64_t *page = aligned_alloc(PAGE, PAGE);
	int store, late = segment_open("errors");

	pattern_fill(self->map, 0, 256 * WORDS, 1);
	ASSERT_EQ(0, store_fails(true));
	ASSERT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(EIO, errno);
	EXPECT_LE(256, segment_value("errors", COLUMN_DIRTY));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 256 * WORDS, 1));
	/* It fails as long as the store does. */
	EXPECT_EQ(-1, msync(self->map, SIZE, MS_SYNC));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, store_fails(false));
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value("errors", COLUMN_DIRTY));
	/* The other opener hears of the failure, once. */
	EXPECT_EQ(-1, fsync(late));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, fsync(late));
	close(late);
	store = open(STORE, O_RDONLY | O_DIRECT);
	ASSERT_EQ((ssize_t)PAGE, pread(store, page, PAGE, 200 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 200 * WORDS, WORDS, 1));
	close(store);
	free(page);
	unmap_close(self->map, self->fd);
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

/* A bad page in the middle of a stream fails alone. */
TEST_F_TIMEOUT(errors, one_bad_page_fails_alone, 120)
{
	uint64_t page[WORDS], i, bad = 0, failed = 0;
	int fd;

	pattern_fill(self->map, 0, TOTAL, 5);
	unmap_close(self->map, self->fd);
	ASSERT_EQ(0, segment_destroy("errors", 0));
	ASSERT_EQ(0, segment_create("errors", SIZE, STORE));
	ASSERT_EQ(0, write_text(NULLB "/badblocks", "+800-807"));
	fd = segment_open("errors");
	ASSERT_GE(fd, 0);
	for (i = 0; i < SIZE / PAGE; i++) {
		if (pread(fd, page, PAGE, i * PAGE) == (ssize_t)PAGE) {
			bad += pattern_errors(page, i * WORDS, WORDS, 5);
			continue;
		}
		EXPECT_EQ(EIO, errno);
		EXPECT_EQ(100, i);
		failed++;
	}
	EXPECT_EQ(1, failed);
	EXPECT_EQ(0, bad);
	EXPECT_LT(0, stat_value("prefetched"));
	ASSERT_EQ(0, write_text(NULLB "/badblocks", "-800-807"));
	EXPECT_EQ((ssize_t)PAGE, pread(fd, page, PAGE, 100 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 100 * WORDS, WORDS, 5));
	close(fd);
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

/* Return 0 or an errno. */
static int why(int fd, struct kpager_why *arg, unsigned int flags,
	       uint64_t offset)
{
	memset(arg, 0, sizeof(*arg));
	arg->struct_size = sizeof(*arg);
	arg->flags = flags;
	arg->offset = offset;
	return ioctl(fd, KPAGER_WHY, arg) ? errno : 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The reason of a failed read, by ioctl and in /proc. */
TEST_F_TIMEOUT(errors, why_a_read_failed, 120)
{
	unsigned long long number, seconds, ns, offset, bytes;
	uint64_t page[WORDS], began;
	struct kpager_why arg;
	char operation[16];
	int err, lines;
	FILE *f;

	ASSERT_EQ(0, why(self->fd, &arg, 0, 0));
	EXPECT_EQ(0, arg.number);
	EXPECT_EQ(0, arg.count);
	EXPECT_EQ(0, arg.error);
	began = now();
	ASSERT_EQ(0, write_text(NULLB "/badblocks", "+800-807"));
	ASSERT_EQ(-1, pread(self->fd, page, PAGE, 100 * PAGE));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, why(self->fd, &arg, 0, 0));
	EXPECT_EQ(1, arg.number);
	EXPECT_EQ(1, arg.count);
	EXPECT_EQ(EIO, arg.error);
	EXPECT_EQ(KPAGER_OP_READ, arg.operation);
	EXPECT_EQ(100 * PAGE, arg.offset);
	EXPECT_EQ(PAGE, arg.length);
	EXPECT_LE(began, arg.time);
	EXPECT_GE(now(), arg.time);
	/* The last byte of that page, and the first of the next. */
	ASSERT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, 101 * PAGE - 1));
	EXPECT_EQ(EIO, arg.error);
	ASSERT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, 101 * PAGE));
	EXPECT_EQ(0, arg.error);
	EXPECT_EQ(0, arg.number);
	EXPECT_EQ(1, arg.count);

	f = fopen("/proc/kpager/segment/errors/errors", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(0, fscanf(f, "version 1\nnumber time operation offset bytes errno\n"));
	for (lines = 0; fscanf(f, "%llu %llu.%9llu %15s %llu %llu %d\n", &number,
			       &seconds, &ns, operation, &offset, &bytes,
			       &err) == 7; lines++) {
		EXPECT_EQ(1, number);
		EXPECT_LE(began, seconds * 1000000000 + ns);
		EXPECT_STREQ("read", operation);
		EXPECT_EQ(100 * PAGE, offset);
		EXPECT_EQ(PAGE, bytes);
		EXPECT_EQ(EIO, err);
	}
	EXPECT_EQ(1, lines);
	EXPECT_TRUE(feof(f));
	fclose(f);
	ASSERT_EQ(0, write_text(NULLB "/badblocks", "-800-807"));
	unmap_close(self->map, self->fd);
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

/* Only the last ones are kept, but all are counted. */
TEST_F_TIMEOUT(errors, why_keeps_the_last, 120)
{
	struct kpager_why arg;
	uint64_t page[WORDS];
	unsigned int i;

	ASSERT_EQ(0, store_fails(true));
	/* Each read is of its own page only. */
	ASSERT_EQ(0, write_text("/sys/class/kpager/errors/prefetch", "off"));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(-1, pread(self->fd, page, PAGE, (i * 7 + 1) * PAGE));
	ASSERT_EQ(0, why(self->fd, &arg, 0, 0));
	EXPECT_EQ(20, arg.count);
	EXPECT_EQ(20, arg.number);
	EXPECT_EQ((19 * 7 + 1) * PAGE, arg.offset);
	ASSERT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, (4 * 7 + 1) * PAGE));
	EXPECT_EQ(5, arg.number);
	ASSERT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, (3 * 7 + 1) * PAGE));
	EXPECT_EQ(0, arg.number);
	EXPECT_EQ(20, arg.count);
	/* A write that fails says so. */
	ASSERT_EQ((ssize_t)PAGE, pwrite(self->fd, page, PAGE, 200 * PAGE));
	EXPECT_EQ(-1, fsync(self->fd));
	ASSERT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, 200 * PAGE));
	EXPECT_EQ(KPAGER_OP_WRITE, arg.operation);
	EXPECT_EQ(EIO, arg.error);
	ASSERT_EQ(0, store_fails(false));
	unmap_close(self->map, self->fd);
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

TEST_F_TIMEOUT(errors, why_refuses, 120)
{
	struct kpager_why arg;
	unsigned int i;

	EXPECT_EQ(EINVAL, why(self->fd, &arg, 2, 0));
	EXPECT_EQ(EINVAL, why(self->fd, &arg, KPAGER_WHY_OFFSET, SIZE));
	EXPECT_EQ(EINVAL, why(self->fd, &arg, KPAGER_WHY_OFFSET, ~0ull));
	EXPECT_EQ(0, why(self->fd, &arg, KPAGER_WHY_OFFSET, SIZE - 1));
	arg.flags = 0;
	arg.struct_size++;
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_WHY, &arg));
	EXPECT_EQ(EINVAL, errno);
	arg.struct_size--;
	for (i = 0; i < 2; i++) {
		arg.reserved[i] = 1;
		EXPECT_EQ(-1, ioctl(self->fd, KPAGER_WHY, &arg));
		EXPECT_EQ(EINVAL, errno);
		arg.reserved[i] = 0;
	}
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_WHY, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOWR(KPAGER_IOC_MAGIC, 32, int), &arg));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO(KPAGER_IOC_MAGIC, 200), 0));
	EXPECT_EQ(ENOTTY, errno);
	/* Calls of the control node are none of a segment's, and vice versa. */
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_DESTROY, &arg));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(ENOTTY, control_call(KPAGER_WHY, &arg));
	unmap_close(self->map, self->fd);
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

TEST_F_TIMEOUT(errors, destroy_keeps_what_cannot_be_written, 120)
{
	uint64_t *map;
	int fd;

	pattern_fill(self->map, 0, TOTAL, 2);
	ASSERT_EQ(0, store_fails(true));
	unmap_close(self->map, self->fd);
	EXPECT_EQ(EIO, segment_destroy("errors", 0));
	EXPECT_LT(0, segment_value("errors", COLUMN_DIRTY));
	/* It is still there, whole, and can be written later. */
	fd = segment_open("errors");
	ASSERT_GE(fd, 0);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, pattern_errors(map, 0, TOTAL, 2));
	unmap_close(map, fd);
	ASSERT_EQ(0, store_fails(false));
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

TEST_F_TIMEOUT(errors, destroy_discards_when_told, 120)
{
	pattern_fill(self->map, 0, TOTAL, 3);
	ASSERT_EQ(0, store_fails(true));
	unmap_close(self->map, self->fd);
	EXPECT_EQ(EIO, segment_destroy("errors", 0));
	EXPECT_EQ(0, segment_destroy("errors", KPAGER_DESTROY_DISCARD));
	EXPECT_EQ(-1, segment_value("errors", COLUMN_DIRTY));
}

TEST_F_TIMEOUT(errors, background_writes_when_the_store_recovers, 120)
{
	int i;

	pattern_fill(self->map, 0, TOTAL, 4);
	ASSERT_EQ(0, store_fails(true));
	unmap_close(self->map, self->fd);
	EXPECT_LT(0, segment_value("errors", COLUMN_DIRTY));
	ASSERT_EQ(0, store_fails(false));
	for (i = 0; i < 200; i++) {
		if (!segment_value("errors", COLUMN_DIRTY))
			break;
		usleep(100000);
	}
	EXPECT_EQ(0, segment_value("errors", COLUMN_DIRTY));
	EXPECT_EQ(0, segment_destroy("errors", 0));
}

TEST_HARNESS_MAIN
