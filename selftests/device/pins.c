// SPDX-License-Identifier: GPL-2.0
/*
 * pins.c - frames that somebody outside holds for long: they are never given
 * to another page, and leave the pool if their segment goes
 */
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "area.h"
#include "kselftest_harness.h"

#define NR	16ul

FIXTURE(pins) {
	struct area a;
	long long lost;
	int fd;
	uint64_t *map;
	int pipe[2];
	uint64_t buf[NR * WORDS];
};

/* A second segment, whose frames are held while those of the first turn over. */
FIXTURE_SETUP(pins)
{
	ASSERT_EQ(0, area_begin(&self->a, "churned", STORE_BLOCK));
	self->lost = stat_value("frames_lost");
	ASSERT_EQ(0, segment_create("held", NR * PAGE, STORE_BLOCK2));
	self->fd = segment_open("held");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	pattern_fill(self->map, 0, NR * WORDS, 2);
	ASSERT_EQ(0, pipe(self->pipe));
}

FIXTURE_TEARDOWN(pins)
{
	close(self->pipe[0]);
	close(self->pipe[1]);
	EXPECT_EQ(-1, segment_value("held", COLUMN_RESIDENT));
	EXPECT_EQ(0, area_end(&self->a));
}

static ssize_t hold(int pipe_fd, uint64_t *map)
{
	struct iovec iov = { map, NR * PAGE };

	return vmsplice(pipe_fd, &iov, 1, 0);
}

TEST_F_TIMEOUT(pins, held_frames_stay_resident_and_current, 240)
{
	ASSERT_EQ((ssize_t)(NR * PAGE), hold(self->pipe[1], self->map));
	ASSERT_TRUE(area_evicted(&self->a));
	/* They count as resident as long as they are held. */
	EXPECT_EQ((long long)NR, segment_value("held", COLUMN_RESIDENT));
	pattern_fill(self->map, 0, NR * WORDS, 3);
	ASSERT_TRUE(area_evicted(&self->a));
	ASSERT_EQ((ssize_t)(NR * PAGE),
		  read(self->pipe[0], self->buf, NR * PAGE));
	EXPECT_EQ(0, pattern_errors(self->buf, 0, NR * WORDS, 3));
	munmap(self->map, NR * PAGE);
	close(self->fd);
	ASSERT_EQ(0, segment_destroy("held", 0));
	EXPECT_EQ(self->lost, stat_value("frames_lost"));
}

TEST_F_TIMEOUT(pins, destroyed_while_held, 240)
{
	uint64_t *stored = aligned_alloc(PAGE, NR * PAGE);
	int store;

	ASSERT_EQ((ssize_t)(NR * PAGE), hold(self->pipe[1], self->map));
	munmap(self->map, NR * PAGE);
	close(self->fd);
	ASSERT_EQ(0, segment_destroy("held", 0));
	EXPECT_EQ(self->lost + (long long)NR, stat_value("frames_lost"));
	/* The pool goes round; the holder has what it had. */
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(self->a.map, 0, AREA_WORDS, 1));
	ASSERT_EQ((ssize_t)(NR * PAGE),
		  read(self->pipe[0], self->buf, NR * PAGE));
	EXPECT_EQ(0, pattern_errors(self->buf, 0, NR * WORDS, 2));
	store = open(STORE_BLOCK2, O_RDONLY | O_DIRECT);
	ASSERT_EQ((ssize_t)(NR * PAGE), read(store, stored, NR * PAGE));
	EXPECT_EQ(0, pattern_errors(stored, 0, NR * WORDS, 2));
	close(store);
	free(stored);
}

TEST_F_TIMEOUT(pins, destroyed_with_discard_while_held, 240)
{
	ASSERT_EQ((ssize_t)(NR * PAGE), hold(self->pipe[1], self->map));
	munmap(self->map, NR * PAGE);
	close(self->fd);
	ASSERT_EQ(0, segment_destroy("held", KPAGER_DESTROY_DISCARD));
	EXPECT_EQ(self->lost + (long long)NR, stat_value("frames_lost"));
	ASSERT_TRUE(area_evicted(&self->a));
	ASSERT_EQ((ssize_t)(NR * PAGE),
		  read(self->pipe[0], self->buf, NR * PAGE));
	EXPECT_EQ(0, pattern_errors(self->buf, 0, NR * WORDS, 2));
	EXPECT_EQ(0, pattern_errors(self->a.map, 0, AREA_WORDS, 1));
}

static int ring_new(struct io_uring_params *p)
{
	memset(p, 0, sizeof(*p));
	return syscall(SYS_io_uring_setup, 4, p);
}

/*
 * Registered buffers are pinned for as long as the ring lives.  Linux 6.1
 * refuses them for any mapping of a file that is not in memory by nature;
 * later kernels grant them where no write fault has to be seen.
 */
TEST_F_TIMEOUT(pins, io_uring_registered_buffers, 240)
{
	struct iovec iov = { self->map, NR * PAGE };
	struct io_uring_params p;
	int ring = ring_new(&p);
	int rc;

	if (ring < 0) {
		munmap(self->map, NR * PAGE);
		close(self->fd);
		segment_destroy("held", 0);
		SKIP(return, "no io_uring here");
	}
	rc = syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov,
		     1);
	if (rc < 0) {
		EXPECT_TRUE(errno == EOPNOTSUPP || errno == EFAULT) {
			TH_LOG("errno %d", errno);
		}
		TH_LOG("refused by this kernel: %s", strerror(errno));
	} else {
		TH_LOG("granted by this kernel");
		ASSERT_TRUE(area_evicted(&self->a));
		EXPECT_EQ((long long)NR,
			  segment_value("held", COLUMN_RESIDENT));
	}
	munmap(self->map, NR * PAGE);
	close(self->fd);
	ASSERT_EQ(0, segment_destroy("held", 0));
	EXPECT_EQ(self->lost + (rc < 0 ? 0 : (long long)NR),
		  stat_value("frames_lost"));
	close(ring);
}

TEST_HARNESS_MAIN
