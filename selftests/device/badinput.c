// SPDX-License-Identifier: GPL-2.0
/*
 * badinput.c - wrong calls get the documented error and change nothing
 */
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"
#include "kselftest_harness.h"

#define SIZE	(1ul << 20)

FIXTURE(bad) {
	struct kpager_create create;
	int store;
	long long segments;
};

FIXTURE_SETUP(bad)
{
	self->segments = stat_value("segments");
	self->store = open(STORE_BLOCK, O_RDWR);
	ASSERT_GE(self->store, 0);
	create_init(&self->create, "bad", SIZE, self->store);
}

FIXTURE_TEARDOWN(bad)
{
	close(self->store);
	EXPECT_EQ(self->segments, stat_value("segments"));
}

TEST_F(bad, ioctls)
{
	static const unsigned long of_control[] = {
		KPAGER_CREATE, KPAGER_DESTROY, KPAGER_RESIZE, KPAGER_PRESSURE,
		KPAGER_CREATE_ANON,
	}, of_segment[] = {
		KPAGER_TOUCH, KPAGER_PIN, KPAGER_UNPIN, KPAGER_VOLATILE,
		KPAGER_NONVOLATILE, KPAGER_WHY,
	};
	int fd = open(CONTROL, O_RDWR), segment;
	unsigned int i;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(-1, ioctl(fd, _IO(KPAGER_IOC_MAGIC, 200), 0));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, _IO('x', 1), 0));
	EXPECT_EQ(ENOTTY, errno);
	/* The right number with the size of another structure. */
	EXPECT_EQ(-1, ioctl(fd, _IOW(KPAGER_IOC_MAGIC, 1, int), &self->create));
	EXPECT_EQ(EINVAL, errno);
	for (i = 0; i < sizeof(of_control) / sizeof(*of_control); i++) {
		EXPECT_EQ(-1, ioctl(fd, of_control[i], NULL));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, ioctl(fd, of_control[i], 1));
		EXPECT_EQ(EFAULT, errno);
	}
	ASSERT_EQ(0, control_call(KPAGER_CREATE, &self->create));
	segment = segment_open("bad");
	ASSERT_GE(segment, 0);
	for (i = 0; i < sizeof(of_segment) / sizeof(*of_segment); i++) {
		EXPECT_EQ(-1, ioctl(segment, of_segment[i], NULL));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, ioctl(fd, of_segment[i], NULL));
		EXPECT_EQ(ENOTTY, errno);
	}
	close(segment);
	EXPECT_EQ(0, segment_destroy("bad", 0));
	close(fd);
}

TEST_F(bad, structures)
{
	struct kpager_create arg;
	struct kpager_destroy destroy = { .struct_size = sizeof(destroy) };
	unsigned int i;

	arg = self->create;
	arg.struct_size--;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg = self->create;
	arg.flags = 1u << 31;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg = self->create;
	arg.mode = 01000;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	for (i = 0; i < 3; i++) {
		arg = self->create;
		arg.reserved[i] = 1;
		EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	}
	arg = self->create;
	strcpy(arg.policy, "no-such-policy");
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg = self->create;
	memset(arg.policy, 'x', sizeof(arg.policy));
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));

	strcpy(destroy.name, "bad");
	EXPECT_EQ(ENOENT, control_call(KPAGER_DESTROY, &destroy));
	destroy.flags = 2;
	EXPECT_EQ(EINVAL, control_call(KPAGER_DESTROY, &destroy));
	destroy.flags = 0;
	destroy.reserved[1] = 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_DESTROY, &destroy));
	destroy.reserved[1] = 0;
	memset(destroy.name, 'x', sizeof(destroy.name));
	EXPECT_EQ(ENAMETOOLONG, control_call(KPAGER_DESTROY, &destroy));
}

TEST_F(bad, names)
{
	static const char *const invalid[] = {
		"", ".", "..", "a/b", "/", "a b", "a\tb", "a\nb", "\001",
		"\177", "caf\303\251",
	};
	struct kpager_create arg = self->create;
	unsigned int i;

	for (i = 0; i < sizeof(invalid) / sizeof(*invalid); i++) {
		strcpy(arg.name, invalid[i]);
		EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg)) {
			TH_LOG("name \"%s\"", invalid[i]);
		}
	}
	memset(arg.name, 'n', sizeof(arg.name));
	EXPECT_EQ(ENAMETOOLONG, control_call(KPAGER_CREATE, &arg));
	arg = self->create;
	strcpy(arg.name, "control");
	EXPECT_EQ(EEXIST, control_call(KPAGER_CREATE, &arg));
	/* The longest name there can be. */
	memset(arg.name, 'n', sizeof(arg.name) - 1);
	arg.name[sizeof(arg.name) - 1] = 0;
	EXPECT_EQ(0, control_call(KPAGER_CREATE, &arg));
	EXPECT_EQ(0, segment_destroy(arg.name, 0));
}

TEST_F(bad, sizes)
{
	struct kpager_create arg = self->create;

	arg.size = 0;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.size = SIZE + 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.size = ~0ull;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.size = 1ull << 63;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.size = 1ull << 45;
	EXPECT_EQ(ENOSPC, control_call(KPAGER_CREATE, &arg));
}

TEST_F(bad, stores)
{
	struct kpager_create arg = self->create;
	int fd;

	arg.backing_fd = -1;
	EXPECT_EQ(EBADF, control_call(KPAGER_CREATE, &arg));
	arg.backing_fd = 9999;
	EXPECT_EQ(EBADF, control_call(KPAGER_CREATE, &arg));
	fd = open(STORE_BLOCK, O_RDONLY);
	arg.backing_fd = fd;
	EXPECT_EQ(EACCES, control_call(KPAGER_CREATE, &arg));
	close(fd);
	fd = open("/dev/null", O_RDWR);
	arg.backing_fd = fd;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	close(fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	arg.backing_fd = fd;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	close(fd);
	fd = open("/tmp/short", O_RDWR | O_CREAT, 0600);
	ASSERT_EQ(0, ftruncate(fd, SIZE - PAGE));
	arg.backing_fd = fd;
	EXPECT_EQ(ENOSPC, control_call(KPAGER_CREATE, &arg));
	close(fd);
	unlink("/tmp/short");
	/* A block device that is mounted belongs to somebody. */
	EXPECT_EQ(EBUSY, segment_create("bad", SIZE, "/dev/vdb"));
}

TEST_F(bad, taken)
{
	struct kpager_create arg = self->create;
	int fd;

	ASSERT_EQ(0, segment_create("bad", SIZE, STORE_FILE));
	EXPECT_EQ(EEXIST, control_call(KPAGER_CREATE, &arg));
	strcpy(arg.name, "other");
	/* The same file, by another name. */
	ASSERT_EQ(0, link(STORE_FILE, STORE_FILE "-link"));
	EXPECT_EQ(EBUSY, segment_create("other", SIZE, STORE_FILE "-link"));
	unlink(STORE_FILE "-link");
	/* A segment cannot be the store of another. */
	EXPECT_EQ(EINVAL, segment_create("other", SIZE, "/dev/kpager/bad"));
	fd = segment_open("bad");
	ASSERT_GE(fd, 0);
	EXPECT_EQ(EBUSY, segment_destroy("bad", 0));
	EXPECT_EQ(EBUSY, segment_destroy("bad", KPAGER_DESTROY_DISCARD));
	close(fd);
	EXPECT_EQ(0, segment_destroy("bad", 0));
	EXPECT_EQ(ENOENT, segment_destroy("bad", 0));

	/* The same block device, through another node. */
	struct stat st;

	ASSERT_EQ(0, stat(STORE_BLOCK, &st));
	ASSERT_EQ(0, mknod("/tmp/node", S_IFBLK | 0600, st.st_rdev));
	ASSERT_EQ(0, segment_create("bad", SIZE, STORE_BLOCK));
	EXPECT_EQ(EBUSY, segment_create("other", SIZE, "/tmp/node"));
	unlink("/tmp/node");
	EXPECT_EQ(0, segment_destroy("bad", 0));
}

TEST_F(bad, without_privilege)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];
	pid_t pid;
	int status;

	ASSERT_EQ(0, segment_create("bad", SIZE, STORE_FILE));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		int fd = open(CONTROL, O_RDWR);
		struct kpager_destroy destroy = {
			.struct_size = sizeof(destroy), .name = "bad",
		};

		memset(caps, 0, sizeof(caps));
		if (syscall(SYS_capset, &head, caps))
			_exit(2);
		strcpy(self->create.name, "other");
		if (!ioctl(fd, KPAGER_CREATE, &self->create) || errno != EPERM)
			_exit(3);
		if (!ioctl(fd, KPAGER_DESTROY, &destroy) || errno != EPERM)
			_exit(4);
		if (setresuid(1000, 1000, 1000) && errno != EPERM)
			_exit(5);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);

	/* Another user does not get past the node's permissions. */
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
			_exit(2);
		if (open(CONTROL, O_RDWR) >= 0 || errno != EACCES)
			_exit(3);
		if (open("/dev/kpager/bad", O_RDONLY) >= 0 || errno != EACCES)
			_exit(4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, segment_destroy("bad", 0));
}

static sigjmp_buf on_bus;

static void bus(int sig)
{
	(void)sig;
	siglongjmp(on_bus, 1);
}

TEST_F(bad, beyond_the_end)
{
	char buf[2 * PAGE] = { 0 };
	void *map;
	int fd;

	ASSERT_EQ(0, segment_create("bad", SIZE, STORE_FILE));
	fd = segment_open("bad");
	ASSERT_GE(fd, 0);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE + PAGE, PROT_READ, MAP_SHARED,
				   fd, 0));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				   SIZE));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				   1ull << 50));
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, SIZE - PAGE);
	ASSERT_NE(MAP_FAILED, map);
	/* The mapping cannot be made to reach beyond the end. */
	EXPECT_EQ(MAP_FAILED, mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	munmap(map, PAGE);

	EXPECT_EQ((off_t)SIZE, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(0, read(fd, buf, 1));
	EXPECT_EQ(-1, write(fd, buf, 1));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ((ssize_t)PAGE, pwrite(fd, buf, 2 * PAGE, SIZE - PAGE));
	EXPECT_EQ((ssize_t)PAGE, pread(fd, buf, 2 * PAGE, SIZE - PAGE));
	EXPECT_EQ(-1, lseek(fd, SIZE + 1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(fd, -1, SEEK_SET));
	close(fd);
	EXPECT_EQ(0, segment_destroy("bad", 0));
}

TEST_F(bad, user_memory_that_is_not_there)
{
	char *hole = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	ASSERT_NE(MAP_FAILED, hole);
	ASSERT_EQ(0, munmap(hole + PAGE, PAGE));
	memset(hole, 'h', PAGE);
	ASSERT_EQ(0, segment_create("bad", SIZE, STORE_FILE));
	fd = segment_open("bad");
	ASSERT_EQ((ssize_t)PAGE, pwrite(fd, hole, PAGE, 3 * PAGE));
	EXPECT_EQ(-1, pwrite(fd, hole + PAGE, PAGE, 3 * PAGE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pread(fd, hole + PAGE, PAGE, 3 * PAGE));
	EXPECT_EQ(EFAULT, errno);
	/* Half of the buffer is there: half is written, the rest is kept. */
	ASSERT_EQ((ssize_t)(PAGE / 2),
		  pwrite(fd, hole + PAGE / 2, PAGE, 9 * PAGE));
	memset(hole, 0, PAGE);
	ASSERT_EQ((ssize_t)PAGE, pread(fd, hole, PAGE, 3 * PAGE));
	EXPECT_EQ('h', hole[0]);
	EXPECT_EQ('h', hole[PAGE - 1]);
	close(fd);
	EXPECT_EQ(0, segment_destroy("bad", 0));
}

TEST_F(bad, unreadable_page_is_sigbus)
{
	struct sigaction act = { .sa_handler = bus };
	struct kpager_create arg;
	volatile char *map;
	volatile int caught = 0;
	char byte;
	int fd, store;

	/* A store that becomes shorter than the segment under our hands. */
	store = open("/mnt/shrinks", O_RDWR | O_CREAT, 0600);
	ASSERT_GE(store, 0);
	ASSERT_EQ(0, ftruncate(store, SIZE));
	create_init(&arg, "bad", SIZE, store);
	ASSERT_EQ(0, control_call(KPAGER_CREATE, &arg));
	fd = segment_open("bad");
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, ftruncate(store, SIZE / 2));
	sigaction(SIGBUS, &act, NULL);
	EXPECT_EQ(0, map[0]);
	if (!sigsetjmp(on_bus, 1))
		(void)map[SIZE - 1];
	else
		caught = 1;
	EXPECT_EQ(1, caught);
	EXPECT_EQ(-1, pread(fd, &byte, 1, SIZE - 1));
	EXPECT_EQ(EIO, errno);
	/* It is readable again when the store is. */
	ASSERT_EQ(0, ftruncate(store, SIZE));
	EXPECT_EQ(0, map[SIZE - 1]);
	munmap((void *)map, SIZE);
	close(fd);
	close(store);
	unlink("/mnt/shrinks");
	EXPECT_EQ(0, segment_destroy("bad", 0));
}

TEST_HARNESS_MAIN
