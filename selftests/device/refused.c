// SPDX-License-Identifier: GPL-2.0
/*
 * refused.c - what the kernel refuses to do to a mapping, with its errno, and
 * what it accepts without effect; the table is in Documentation/abi.md
 */
#include <linux/userfaultfd.h>
#include <sys/syscall.h>

#include "area.h"
#include "kselftest_harness.h"

FIXTURE(refused) {
	struct area a;
	uint64_t *map;
};

FIXTURE_SETUP(refused)
{
	ASSERT_EQ(0, area_begin(&self->a, "refused", STORE_BLOCK));
	self->map = self->a.map;
}

/* Whatever was tried: the contents are what they were. */
FIXTURE_TEARDOWN(refused)
{
	EXPECT_EQ(0, pattern_errors(self->map, 0, AREA_WORDS, 1));
	EXPECT_EQ(0, area_end(&self->a));
}

TEST_F_TIMEOUT(refused, copy_file_range, 120)
{
	int file = open("/mnt/copy", O_RDWR | O_CREAT, 0600);
	loff_t in = 0, out = 0;

	ASSERT_GE(file, 0);
	EXPECT_EQ(-1, copy_file_range(self->a.fd, &in, file, &out, PAGE, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, copy_file_range(file, &out, self->a.fd, &in, PAGE, 0));
	EXPECT_EQ(EINVAL, errno);
	close(file);
	unlink("/mnt/copy");
}

TEST_F_TIMEOUT(refused, mremap_grow, 120)
{
	uint64_t *part = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->a.fd, 0);

	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(MAP_FAILED, mremap(part, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	munmap(part, PAGE);
}

TEST_F_TIMEOUT(refused, madvise_free_dodump_remove, 120)
{
	EXPECT_EQ(-1, madvise(self->map, 64 * PAGE, MADV_FREE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, madvise(self->map, 64 * PAGE, MADV_DODUMP));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, madvise(self->map, 64 * PAGE, MADV_REMOVE));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F_TIMEOUT(refused, userfaultfd, 120)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)self->map, 64 * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &reg));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
}

TEST_F_TIMEOUT(refused, truncate_and_allocate, 120)
{
	EXPECT_EQ(-1, ftruncate(self->a.fd, PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, fallocate(self->a.fd, 0, 0, PAGE));
	EXPECT_EQ(ENODEV, errno);
}

/* Accepted, and the pages are evicted all the same. */
TEST_F_TIMEOUT(refused, mlock_has_no_effect, 240)
{
	ASSERT_EQ(0, mlock(self->map, 64 * PAGE));
	EXPECT_TRUE(area_evicted(&self->a));
	ASSERT_EQ(0, munlock(self->map, 64 * PAGE));
	ASSERT_EQ(0, mlock2(self->map, 64 * PAGE, MLOCK_ONFAULT));
	EXPECT_TRUE(area_evicted(&self->a));
	ASSERT_EQ(0, munlock(self->map, 64 * PAGE));
	/* More than there are frames. */
	ASSERT_EQ(0, mlock(self->map, AREA_SIZE));
	EXPECT_TRUE(area_evicted(&self->a));
	ASSERT_EQ(0, munlockall());
}

TEST_F_TIMEOUT(refused, cold_and_pageout_have_no_effect, 240)
{
	ASSERT_EQ(0, madvise(self->map, 256 * PAGE, MADV_COLD));
	ASSERT_EQ(0, madvise(self->map, 256 * PAGE, MADV_PAGEOUT));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 256 * WORDS, 1));
}

TEST_HARNESS_MAIN
