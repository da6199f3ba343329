// SPDX-License-Identifier: GPL-2.0
/*
 * attrs.c - the tunables in /sys/class/kpager: what they take, what they
 * refuse, and that they do something
 */
#include "common.h"
#include "kselftest_harness.h"

#include <sys/wait.h>

#define NAME		"attrs"
#define SIZE		(4ul << 20)
#define PAGES		(SIZE / PAGE)

static void attr_path(char *path, size_t size, const char *segment,
		      const char *attr)
{
	snprintf(path, size, "/sys/class/kpager/%s/%s", segment, attr);
}

/* Return 0 or an errno. */
static int attr_set(const char *attr, const char *value)
{
	char path[128];

	attr_path(path, sizeof(path), NAME, attr);
	return write_text(path, value);
}

static const char *attr_get_of(const char *segment, const char *attr)
{
	static char value[256];
	char path[128];
	ssize_t n;
	int fd;

	attr_path(path, sizeof(path), segment, attr);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return "(absent)";
	n = read(fd, value, sizeof(value) - 1);
	close(fd);
	if (n <= 0 || value[n - 1] != '\n')
		return "(no line)";
	value[n - 1] = '\0';
	return value;
}

static const char *attr_get(const char *attr)
{
	return attr_get_of(NAME, attr);
}

FIXTURE(attrs) {
	int fd;
};

FIXTURE_SETUP(attrs)
{
	ASSERT_EQ(0, segment_create(NAME, SIZE, STORE_BLOCK));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(attrs)
{
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	EXPECT_STREQ("(absent)", attr_get("size"));
}

TEST_F(attrs, defaults)
{
	EXPECT_STREQ("4194304", attr_get("size"));
	EXPECT_STREQ("16", attr_get("fault_around"));
	EXPECT_STREQ("adaptive", attr_get("prefetch"));
	EXPECT_STREQ("0", attr_get("resident_min"));
	EXPECT_STREQ("0", attr_get("resident_max"));
	EXPECT_STREQ("0", attr_get("dirty_max"));
	EXPECT_STREQ("0", attr_get("announce_writes"));
	EXPECT_STREQ("0", attr_get("adj"));
	EXPECT_STREQ("clock", attr_get("policy"));
}

TEST_F(attrs, control_has_its_own)
{
	char limit[32];

	snprintf(limit, sizeof(limit), "%lld", stat_value("limit_frames"));
	EXPECT_STREQ(limit, attr_get_of("control", "limit"));
	snprintf(limit, sizeof(limit), "%lld", stat_value("min_frames"));
	EXPECT_STREQ(limit, attr_get_of("control", "min"));
	EXPECT_STREQ("(absent)", attr_get_of("control", "size"));
	EXPECT_STREQ("(absent)", attr_get("limit"));
}

/* What is written is read back; what is refused changes nothing. */
TEST_F(attrs, values)
{
	static const struct {
		const char *attr, *value;
		int err;
		const char *then;
	} writes[] = {
		{ "fault_around", "1", 0, "1" },
		{ "fault_around", "64\n", 0, "64" },
		{ "fault_around", "0", ERANGE, "64" },
		{ "fault_around", "128", ERANGE, "64" },
		{ "fault_around", "3", EINVAL, "64" },
		{ "fault_around", "-1", EINVAL, "64" },
		{ "fault_around", "", 0, "64" },
		{ "fault_around", "99999999999999999999", ERANGE, "64" },
		{ "fault_around", "8 pages", EINVAL, "64" },
		{ "prefetch", "off", 0, "off" },
		{ "prefetch", "1\n", 0, "1" },
		{ "prefetch", "63", 0, "63" },
		{ "prefetch", "64", ERANGE, "63" },
		{ "prefetch", "0", ERANGE, "63" },
		{ "prefetch", "of", EINVAL, "63" },
		{ "prefetch", "adaptive\n", 0, "adaptive" },
		{ "prefetch", "99999999999999999999", ERANGE, "adaptive" },
		{ "resident_max", "100", 0, "100" },
		{ "resident_min", "101", EINVAL, "0" },
		{ "resident_min", "100", 0, "100" },
		{ "resident_max", "99", EINVAL, "100" },
		{ "resident_max", "0", 0, "0" },
		{ "resident_min", "200", 0, "200" },
		{ "resident_max", "x", EINVAL, "0" },
		{ "adj", "-1000", 0, "-1000" },
		{ "adj", "1000", 0, "1000" },
		{ "adj", "1001", ERANGE, "1000" },
		{ "adj", "-1001", ERANGE, "1000" },
		{ "adj", "high", EINVAL, "1000" },
		{ "dirty_max", "10", EINVAL, "0" },
		{ "dirty_max", "0", 0, "0" },
		{ "announce_writes", "2", ERANGE, "0" },
		{ "announce_writes", "yes", EINVAL, "0" },
		{ "announce_writes", "1", 0, "1" },
		{ "dirty_max", "10", 0, "10" },
		{ "announce_writes", "0", EINVAL, "1" },
		{ "dirty_max", "0", 0, "0" },
		{ "announce_writes", "0", 0, "0" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		EXPECT_EQ(writes[i].err, attr_set(writes[i].attr, writes[i].value)) {
			TH_LOG("%s <- '%s'", writes[i].attr, writes[i].value);
		}
		EXPECT_STREQ(writes[i].then, attr_get(writes[i].attr)) {
			TH_LOG("%s <- '%s'", writes[i].attr, writes[i].value);
		}
	}
}

TEST_F(attrs, modes)
{
	struct stat st;

	ASSERT_EQ(0, stat("/sys/class/kpager/" NAME "/adj", &st));
	EXPECT_EQ(0644, st.st_mode & 07777);
	ASSERT_EQ(0, stat("/sys/class/kpager/" NAME "/size", &st));
	EXPECT_EQ(0444, st.st_mode & 07777);
}

/* Each kind of mapping counts, and its copies in children, until it is gone. */
TEST_F(attrs, announce_writes_is_fixed_while_mapped)
{
	static const struct {
		int prot, flags;
	} kinds[] = {
		{ PROT_READ | PROT_WRITE, MAP_SHARED },
		{ PROT_READ, MAP_SHARED },
		{ PROT_READ, MAP_PRIVATE },
	};
	unsigned int i;
	int status;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char *map = mmap(NULL, 8 * PAGE, kinds[i].prot, kinds[i].flags,
				 self->fd, 0);

		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(EBUSY, attr_set("announce_writes", "1"));
		EXPECT_EQ(0, attr_set("announce_writes", "0"));
		/* A hole in the middle makes two of it. */
		munmap(map + 2 * PAGE, PAGE);
		munmap(map, 2 * PAGE);
		EXPECT_EQ(EBUSY, attr_set("announce_writes", "1"));
		if (!fork()) {
			munmap(map, 8 * PAGE);
			_exit(attr_set("announce_writes", "1"));
		}
		ASSERT_LT(0, wait(&status));
		EXPECT_EQ(EBUSY, WEXITSTATUS(status));
		munmap(map, 8 * PAGE);
		EXPECT_EQ(0, attr_set("announce_writes", "1"));
		EXPECT_EQ(0, attr_set("announce_writes", "0"));
	}
}

/* Minor faults that a walk over 64 resident pages takes. */
static long long walk_faults(int fd)
{
	volatile char *map = mmap(NULL, 64 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	long long before = stat_value("faults_minor");
	unsigned int i;

	for (i = 0; i < 64; i++)
		(void)map[i * PAGE];
	before = stat_value("faults_minor") - before;
	munmap((void *)map, 64 * PAGE);
	return before;
}

TEST_F(attrs, fault_around_is_used)
{
	static char buf[64 * PAGE];

	ASSERT_EQ((ssize_t)sizeof(buf), pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(4, walk_faults(self->fd));
	ASSERT_EQ(0, attr_set("fault_around", "1"));
	EXPECT_EQ(64, walk_faults(self->fd));
	ASSERT_EQ(0, attr_set("fault_around", "64"));
	/* Wherever the kernel placed it, the block is that of the address. */
	EXPECT_GE(2, walk_faults(self->fd));
}

/* Pages that come in with one that is touched. */
static long long brought_in(int fd, unsigned int page)
{
	volatile char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	long long before = segment_value(NAME, COLUMN_RESIDENT);

	(void)map[page * PAGE];
	munmap((void *)map, SIZE);
	return segment_value(NAME, COLUMN_RESIDENT) - before;
}

TEST_F(attrs, prefetch_is_used)
{
	static char buf[8 * PAGE];
	unsigned int i;

	ASSERT_EQ(0, attr_set("prefetch", "5"));
	EXPECT_EQ(6, brought_in(self->fd, 100));
	EXPECT_EQ(1, brought_in(self->fd, PAGES - 1));
	ASSERT_EQ(0, attr_set("prefetch", "off"));
	for (i = 200; i < 232; i++)
		EXPECT_EQ(1, brought_in(self->fd, i));
	/* A read still asks for all of its own pages, and for no other. */
	ASSERT_EQ((ssize_t)sizeof(buf),
		  pread(self->fd, buf, sizeof(buf), 400 * PAGE));
	EXPECT_EQ(6 + 1 + 32 + 8, segment_value(NAME, COLUMN_RESIDENT));
}

/* Read and write attributes of a segment that comes and goes. */
static void hammer(void)
{
	static const char *const names[] = {
		"adj", "fault_around", "resident_max", "size", "policy",
	};
	unsigned int i = 0;

	for (;; i++) {
		attr_get(names[i % 5]);
		attr_set("adj", i % 2 ? "1" : "-1");
		attr_set("fault_around", i % 2 ? "4" : "16");
		attr_set("announce_writes", i % 2 ? "0" : "1");
	}
}

TEST_F_TIMEOUT(attrs, destroyed_while_in_use, 120)
{
	pid_t pids[3];
	unsigned int i;
	char path[128];
	char c;
	int fd;

	attr_path(path, sizeof(path), NAME, "adj");
	fd = open(path, O_RDWR);
	ASSERT_GE(fd, 0);
	close(self->fd);
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i])
			hammer();
	}
	for (i = 0; i < 40; i++) {
		EXPECT_EQ(0, segment_destroy(NAME, 0));
		EXPECT_EQ(0, segment_create(NAME, SIZE, STORE_BLOCK));
	}
	for (i = 0; i < 3; i++) {
		kill(pids[i], SIGKILL);
		EXPECT_EQ(pids[i], waitpid(pids[i], NULL, 0));
	}
	/* The file belongs to the first of them. */
	EXPECT_EQ(-1, pread(fd, &c, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, pwrite(fd, "5", 1, 0));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

TEST_HARNESS_MAIN
