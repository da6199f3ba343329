// SPDX-License-Identifier: GPL-2.0
/*
 * anon.c - segments without a name: by descriptor, gone with the last one
 */
#include <grp.h>
#include <sys/syscall.h>

#include "area.h"
#include "kselftest_harness.h"
#include "pass.h"

#define SIZE		(1ul << 20)
#define PAGES		(SIZE / PAGE)
#define MAX_MB		"/sys/class/kpager/control/anon_max_mb"
#define USER		12345
/* As in the module. */
#define SEGMENTS_MAX	64

static void anon_init(struct kpager_create_anon *arg, uint64_t size)
{
	memset(arg, 0, sizeof(*arg));
	arg->struct_size = sizeof(*arg);
	arg->size = size;
	arg->backing_fd = -1;
}

/* A descriptor, or a negative errno. */
static int anon_call(struct kpager_create_anon *arg, int flags)
{
	int control = open(CONTROL, flags), fd;

	if (control < 0)
		return -errno;
	fd = ioctl(control, KPAGER_CREATE_ANON, arg);
	if (fd < 0)
		fd = -errno;
	close(control);
	return fd;
}

static int anon_create(uint64_t size)
{
	struct kpager_create_anon arg;

	anon_init(&arg, size);
	return anon_call(&arg, O_RDWR);
}

/* What the statistics call the segment behind a descriptor. */
static bool anon_name(int fd, char *name, size_t size)
{
	static const char prefix[] = "anon_inode:kpager/";
	char path[64], link[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < (ssize_t)sizeof(prefix))
		return false;
	link[n] = 0;
	if (strncmp(link, prefix, sizeof(prefix) - 1))
		return false;
	n -= sizeof(prefix) - 1;
	if (n >= (ssize_t)size)
		return false;
	memcpy(name, link + sizeof(prefix) - 1, n + 1);
	return true;
}

/* Compressible: one word a page, the rest the same. */
static void words_fill(uint64_t *map, uint64_t pages, uint64_t generation)
{
	uint64_t i;

	for (i = 0; i < pages; i++)
		map[i * WORDS] = pattern(i, generation);
}

static uint64_t words_errors(const uint64_t *map, uint64_t pages,
			     uint64_t generation)
{
	uint64_t i, bad = 0;

	for (i = 0; i < pages; i++)
		bad += map[i * WORDS] != pattern(i, generation) ||
			map[i * WORDS + 1];
	return bad;
}

FIXTURE(anon) {
	long long segments;
	int fd;
	char name[64];
	uint64_t *map;
};

FIXTURE_SETUP(anon)
{
	self->segments = stat_value("segments");
	self->fd = anon_create(SIZE);
	ASSERT_GE(self->fd, 0);
	ASSERT_TRUE(anon_name(self->fd, self->name, sizeof(self->name)));
	self->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(anon)
{
	if (self->map)
		munmap(self->map, SIZE);
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_EQ(self->segments, stat_value("segments"));
	EXPECT_EQ(-1, segment_value(self->name, COLUMN_RESIDENT));
}

TEST_F(anon, works_as_a_node_does)
{
	char text[64] = "";
	uint64_t i;

	for (i = 0; i < PAGES * WORDS; i++)
		ASSERT_EQ(0, self->map[i]);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ((off_t)SIZE, lseek(self->fd, 0, SEEK_END));
	words_fill(self->map, PAGES, 1);
	ASSERT_EQ(6, pwrite(self->fd, "hello", 6, SIZE - 10));
	ASSERT_EQ(6, pread(self->fd, text, 6, SIZE - 10));
	EXPECT_STREQ("hello", text);
	EXPECT_STREQ("hello", (char *)self->map + SIZE - 10);
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, msync(self->map, SIZE, MS_SYNC));
	EXPECT_EQ(0, posix_fadvise(self->fd, 0, SIZE, POSIX_FADV_WILLNEED));
	EXPECT_EQ(0, words_errors(self->map, PAGES - 1, 1));
	EXPECT_EQ(-1, pwrite(self->fd, "x", 1, SIZE));
	EXPECT_EQ(ENOSPC, errno);
}

/* In the statistics, for root; nowhere else. */
TEST_F(anon, has_no_name)
{
	char path[256];
	struct stat st;

	EXPECT_GE(segment_value(self->name, COLUMN_RESIDENT), 0);
	EXPECT_EQ(1, segment_value(self->name, 6));
	snprintf(path, sizeof(path), "/proc/kpager/segment/%s", self->name);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0500u, st.st_mode & 0777);
	strcat(path, "/stat");
	EXPECT_EQ((long long)SIZE, file_value(path, "size"));
	EXPECT_EQ(1, file_value(path, "mappings"));
	snprintf(path, sizeof(path), "/dev/kpager/%s", self->name);
	EXPECT_EQ(-1, access(path, F_OK));
	snprintf(path, sizeof(path), "/sys/class/kpager/%s", self->name);
	EXPECT_EQ(-1, access(path, F_OK));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	EXPECT_EQ(-1, open(path, O_RDWR));
}

/* A node that somebody makes with its number does not lead to it. */
TEST_F(anon, is_not_reached_by_number)
{
	unsigned int id = atoi(self->name + strlen("anon:"));
	struct stat st;

	ASSERT_EQ(0, stat(CONTROL, &st));
	unlink("/tmp/node");
	ASSERT_EQ(0, mknod("/tmp/node", S_IFCHR | 0600,
			   st.st_rdev + id));
	EXPECT_EQ(-1, open("/tmp/node", O_RDWR));
	EXPECT_EQ(ENXIO, errno);
	unlink("/tmp/node");
}

TEST_F(anon, is_not_for_who_names_it)
{
	struct kpager_resize resize = {
		.struct_size = sizeof(resize), .size = 2 * SIZE,
	};

	EXPECT_EQ(ENOENT, segment_destroy(self->name, 0));
	EXPECT_EQ(ENOENT, segment_destroy(self->name, KPAGER_DESTROY_DISCARD));
	strcpy(resize.name, self->name);
	EXPECT_EQ(ENOENT, control_call(KPAGER_RESIZE, &resize));
	EXPECT_EQ(EEXIST, segment_create(self->name, SIZE, STORE_BLOCK));
	EXPECT_EQ(EEXIST, segment_create("anon:x", SIZE, STORE_BLOCK));
	EXPECT_EQ(0, segment_create("anon", SIZE, STORE_BLOCK));
	EXPECT_EQ(0, segment_destroy("anon", 0));
}

/* A mapping is enough, and so is a part of one. */
TEST_F(anon, ends_with_the_last_mapping)
{
	words_fill(self->map, PAGES, 1);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, words_errors(self->map, PAGES, 1));
	munmap(self->map + WORDS, SIZE - PAGE);
	EXPECT_EQ(self->segments + 1, stat_value("segments"));
	EXPECT_EQ(1, segment_value(self->name, 6));
	munmap(self->map, PAGE);
	self->map = NULL;
	EXPECT_EQ(self->segments, stat_value("segments"));
}

/* Frames and compressed pages are all given back. */
TEST_F(anon, leaves_nothing)
{
	long long used = stat_value("frames_used");
	long long stored = stat_value("store_pages");
	int fd = anon_create(AREA_SIZE);
	uint64_t *map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, map);
	words_fill(map, AREA_PAGES, 1);
	EXPECT_GT(stat_value("store_pages"), stored);
	EXPECT_EQ(0, words_errors(map, AREA_PAGES, 1));
	munmap(map, AREA_SIZE);
	close(fd);
	EXPECT_EQ(stored, stat_value("store_pages"));
	/* Slabs of the store may keep a few frames for a while. */
	EXPECT_LE(stat_value("frames_used"), used + 64);
}

TEST_F(anon, fork_shares)
{
	pid_t child;

	words_fill(self->map, PAGES, 1);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		if (words_errors(self->map, PAGES, 1))
			_exit(1);
		words_fill(self->map, PAGES, 2);
		_exit(pwrite(self->fd, "x", 1, PAGE - 1) != 1);
	}
	EXPECT_EQ(0, child_status(child));
	EXPECT_EQ(0, words_errors(self->map, PAGES, 2));
	EXPECT_EQ('x', ((char *)self->map)[PAGE - 1]);
}

/* Whoever receives the descriptor has the segment, without any right. */
TEST_F(anon, is_passed_on)
{
	int sock[2];
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	words_fill(self->map, PAGES, 1);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		uint64_t *map;
		int fd;

		munmap(self->map, SIZE);
		close(self->fd);
		if (setresuid(USER, USER, USER))
			_exit(1);
		fd = fd_receive(sock[1]);
		map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
		if (map == MAP_FAILED || words_errors(map, PAGES, 1))
			_exit(2);
		words_fill(map, PAGES, 2);
		/* Until the sender has let go of all it had. */
		if (read(sock[1], &fd, 1) != 1 || words_errors(map, PAGES, 2))
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, fd_send(sock[0], self->fd));
	munmap(self->map, SIZE);
	self->map = NULL;
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(1, write(sock[0], "x", 1));
	EXPECT_EQ(0, child_status(child));
	close(sock[0]);
	close(sock[1]);
}

/* On its way in a socket that nobody reads, it ends with that. */
TEST_F(anon, ends_in_a_socket)
{
	int sock[2], i;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, fd_send(sock[0], self->fd));
	munmap(self->map, SIZE);
	self->map = NULL;
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(self->segments + 1, stat_value("segments"));
	close(sock[0]);
	close(sock[1]);
	for (i = 0; i < 100 && stat_value("segments") > self->segments; i++)
		usleep(10000);
}

TEST_F(anon, keeps_the_module)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "kpager", O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
}

/* A file or device is a store like any other, but what is dirty is dropped. */
TEST_F(anon, on_a_file)
{
	int store = open(STORE_FILE, O_RDWR), fd;
	struct kpager_create_anon arg;
	uint64_t before[WORDS], after[WORDS];
	uint64_t *map;

	ASSERT_GE(store, 0);
	ASSERT_EQ((ssize_t)PAGE, pread(store, before, PAGE, 0));
	anon_init(&arg, AREA_SIZE);
	arg.backing_fd = store;
	strcpy(arg.policy, "sieve");
	fd = anon_call(&arg, O_RDWR);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(-EBUSY, anon_call(&arg, O_RDWR));
	map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, AREA_WORDS, 5);
	EXPECT_EQ(0, pattern_errors(map, 0, AREA_WORDS, 5));
	/* What was synced is there; what was not, need not be. */
	EXPECT_EQ(0, fsync(fd));
	ASSERT_EQ((ssize_t)PAGE, pread(store, after, PAGE, 0));
	EXPECT_EQ(0, pattern_errors(after, 0, WORDS, 5));
	pattern_fill(map, 0, WORDS, 6);
	munmap(map, AREA_SIZE);
	close(fd);
	ASSERT_EQ((ssize_t)PAGE, pread(store, after, PAGE, 0));
	EXPECT_EQ(0, pattern_errors(after, 0, WORDS, 5));
	ASSERT_EQ((ssize_t)PAGE, pwrite(store, before, PAGE, 0));
	close(store);
}

TEST_F(anon, has_a_resident_maximum)
{
	struct kpager_create_anon arg;
	char name[64];
	uint64_t *map;
	int fd;

	anon_init(&arg, SIZE);
	arg.resident_max = 16;
	fd = anon_call(&arg, O_RDWR);
	ASSERT_GE(fd, 0);
	ASSERT_TRUE(anon_name(fd, name, sizeof(name)));
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	words_fill(map, PAGES, 1);
	EXPECT_EQ(0, words_errors(map, PAGES, 1));
	EXPECT_LE(segment_value(name, COLUMN_RESIDENT), 16);
	munmap(map, SIZE);
	close(fd);
}

/* ---- limits ---- */

/* A child without root's rights; its exit status tells what went wrong. */
static int as_user(int (*test)(void))
{
	struct stat st;
	pid_t child;
	int status;

	if (stat(CONTROL, &st) || chmod(CONTROL, 0666))
		return -1;
	child = fork();
	if (!child) {
		if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
		    setresuid(USER, USER, USER))
			_exit(100);
		_exit(test());
	}
	status = child_status(child);
	chmod(CONTROL, st.st_mode & 0777);
	return status;
}

static int user_bytes(void)
{
	int a, b;

	a = anon_create(3ul << 20);
	if (a < 0)
		return 1;
	if (anon_create((1ul << 20) + PAGE) != -EDQUOT)
		return 2;
	if (anon_create(1ul << 40) != -EDQUOT)
		return 3;
	b = anon_create(1ul << 20);
	if (b < 0)
		return 4;
	if (anon_create(PAGE) != -EDQUOT)
		return 5;
	close(a);
	a = anon_create(3ul << 20);
	if (a < 0)
		return 6;
	close(a);
	close(b);
	return 0;
}

static int user_segments(void)
{
	int fds[SEGMENTS_MAX], i;

	for (i = 0; i < SEGMENTS_MAX; i++) {
		fds[i] = anon_create(PAGE);
		if (fds[i] < 0)
			return 1;
	}
	if (anon_create(PAGE) != -EMFILE)
		return 2;
	close(fds[7]);
	fds[7] = anon_create(PAGE);
	if (fds[7] < 0)
		return 3;
	return 0;
}

/* How many segments of a page, with the policy that keeps most, fit in. */
static long policies_fit;

static int policy_segment(void)
{
	struct kpager_create_anon arg;

	anon_init(&arg, PAGE);
	strcpy(arg.policy, "clock-pro");
	return anon_call(&arg, O_RDWR);
}

static int user_policies(void)
{
	int fd = -1;
	long i;

	for (i = 0; i < policies_fit; i++) {
		fd = policy_segment();
		if (fd < 0)
			return 1;
	}
	if (policy_segment() != -EDQUOT)
		return 2;
	close(fd);
	if (policy_segment() < 0)
		return 3;
	if (policy_segment() != -EDQUOT)
		return 4;
	return 0;
}

static int user_none(void)
{
	return anon_create(PAGE) == -EDQUOT ? 0 : 1;
}

static int user_store(void)
{
	struct kpager_create_anon arg;
	int fd = open("/tmp/anon.store", O_RDWR);

	if (fd < 0)
		return 1;
	anon_init(&arg, PAGE);
	arg.backing_fd = fd;
	return anon_call(&arg, O_RDWR) == -EPERM ? 0 : 2;
}

static int user_reads_statistics(void)
{
	char name[64], path[128];
	int fd = anon_create(PAGE);

	if (fd < 0 || !anon_name(fd, name, sizeof(name)))
		return 1;
	snprintf(path, sizeof(path), "/proc/kpager/segment/%s/stat", name);
	if (access(path, R_OK) != -1 || errno != EACCES)
		return 2;
	return 0;
}

TEST_F(anon, limits)
{
	long long was = 0;
	char text[32];
	FILE *f = fopen(MAX_MB, "r");
	long long policies;
	int store, fd;

	ASSERT_NE(NULL, f);
	ASSERT_EQ(1, fscanf(f, "%lld", &was));
	fclose(f);
	EXPECT_EQ(stat_value("limit_frames") * (long long)PAGE * 4 >> 20, was);
	EXPECT_EQ(EINVAL, write_text(MAX_MB, "some"));
	EXPECT_EQ(ERANGE, write_text(MAX_MB, "18446744073709551615"));
	ASSERT_EQ(0, write_text(MAX_MB, "4"));
	EXPECT_EQ(0, as_user(user_bytes));
	EXPECT_EQ(0, as_user(user_segments));
	EXPECT_EQ(0, as_user(user_reads_statistics));
	/* The smallest segment is charged for what is kept about it. */
	policies = stat_value("policy_bytes");
	fd = policy_segment();
	ASSERT_GE(fd, 0);
	policies = stat_value("policy_bytes") - policies;
	close(fd);
	ASSERT_LT((1 << 20) / SEGMENTS_MAX, policies);
	policies_fit = (1 << 20) / policies;
	ASSERT_EQ(0, write_text(MAX_MB, "1"));
	EXPECT_EQ(0, as_user(user_policies));
	ASSERT_EQ(0, write_text(MAX_MB, "0"));
	EXPECT_EQ(0, as_user(user_none));
	/* Who may raise limits is not bound by them. */
	close(self->fd);
	munmap(self->map, SIZE);
	self->map = NULL;
	self->fd = anon_create(64ul << 20);
	EXPECT_GE(self->fd, 0);
	store = open("/tmp/anon.store", O_RDWR | O_CREAT, 0666);
	ASSERT_GE(store, 0);
	fchmod(store, 0666);
	close(store);
	snprintf(text, sizeof(text), "%lld", was);
	ASSERT_EQ(0, write_text(MAX_MB, text));
	EXPECT_EQ(0, as_user(user_store));
	unlink("/tmp/anon.store");
}

/* ---- wrong calls ---- */

TEST_F(anon, bad_structures)
{
	struct kpager_create_anon good, arg;
	unsigned int i;
	int control;

	anon_init(&good, PAGE);
	arg = good;
	arg.struct_size = 0;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg = good;
	arg.struct_size++;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg = good;
	arg.flags = 1;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg = good;
	arg.reserved32 = 1;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	for (i = 0; i < 3; i++) {
		arg = good;
		arg.reserved[i] = 1ull << 63;
		EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	}
	arg = good;
	arg.resident_max = 1ull << 32;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg = good;
	strcpy(arg.policy, "no-such-policy");
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	memset(arg.policy, 'x', sizeof(arg.policy));
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg = good;
	EXPECT_EQ(-EACCES, anon_call(&arg, O_RDONLY));
	control = open(CONTROL, O_RDWR);
	EXPECT_EQ(-1, ioctl(control, KPAGER_CREATE_ANON, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(control, _IOW(KPAGER_IOC_MAGIC, 5, int), &arg));
	EXPECT_EQ(EINVAL, errno);
	close(control);
	/* Not of a segment. */
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_CREATE_ANON, &arg));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(anon, bad_sizes_and_stores)
{
	static const uint64_t sizes[] = {
		0, 1, PAGE - 1, PAGE + 1, 1ull << 63, ~0ull, ~0ull << 12,
	};
	struct kpager_create_anon arg;
	int store = open(STORE_BLOCK, O_RDONLY);
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		EXPECT_EQ(-EINVAL, anon_create(sizes[i])) {
			TH_LOG("size %llu", (unsigned long long)sizes[i]);
		}
	anon_init(&arg, PAGE);
	arg.backing_fd = -2;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	arg.backing_fd = 1000;
	EXPECT_EQ(-EBADF, anon_call(&arg, O_RDWR));
	arg.backing_fd = store;
	EXPECT_EQ(-EACCES, anon_call(&arg, O_RDWR));
	/* One of ours is neither a file nor a block device. */
	arg.backing_fd = self->fd;
	EXPECT_EQ(-EINVAL, anon_call(&arg, O_RDWR));
	close(store);
	store = open(STORE_BLOCK, O_RDWR);
	arg.backing_fd = store;
	arg.size = 1ull << 45;
	EXPECT_EQ(-ENOSPC, anon_call(&arg, O_RDWR));
	close(store);
}

TEST_HARNESS_MAIN
