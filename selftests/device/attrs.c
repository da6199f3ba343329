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
	EXPECT_STREQ("64", attr_get("fault_around"));
	EXPECT_STREQ("adaptive", attr_get("prefetch"));
	EXPECT_STREQ("0", attr_get("resident_min"));
	EXPECT_STREQ("0", attr_get("resident_max"));
	EXPECT_STREQ("0", attr_get("dirty_max"));
	EXPECT_STREQ("0", attr_get("announce_writes"));
	EXPECT_STREQ("0", attr_get("adj"));
	EXPECT_STREQ("qd-clock", attr_get("policy"));
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
		{ "adj", "1001", EINVAL, "1000" },
		{ "adj", "-1001", EINVAL, "1000" },
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

/* A value of /proc/kpager/segment/NAME/stat, or -1. */
static long long segment_stat(const char *key)
{
	return file_value("/proc/kpager/segment/" NAME "/stat", key);
}

/* Each line is a key, a space and a number; but policy is a name. */
TEST_F(attrs, segment_stat_is_well_formed)
{
	FILE *f = fopen("/proc/kpager/segment/" NAME "/stat", "r");
	char line[128], key[64], value[64], rest;
	unsigned int lines = 0;

	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		ASSERT_EQ(2, sscanf(line, "%63[a-z_] %63[a-z0-9-]%*1[\n]%c", key,
				    value, &rest));
		if (!lines++) {
			EXPECT_STREQ("version", key);
		}
		if (strcmp(key, "policy")) {
			EXPECT_EQ(strlen(value), strspn(value, "0123456789"));
		} else {
			EXPECT_STREQ(attr_get("policy"), value);
		}
	}
	fclose(f);
	EXPECT_LT(20, lines);
}

TEST_F(attrs, segment_stat_counts)
{
	char page[PAGE];
	void *map;

	EXPECT_EQ((long long)SIZE, segment_stat("size"));
	EXPECT_EQ(0, segment_stat("resident"));
	EXPECT_EQ(1, segment_stat("opens"));
	EXPECT_EQ(0, segment_stat("mappings"));
	memset(page, 1, sizeof(page));
	ASSERT_EQ((ssize_t)PAGE, pwrite(self->fd, page, PAGE, 7 * PAGE));
	EXPECT_EQ(1, segment_stat("resident"));
	EXPECT_EQ(1, segment_stat("dirty"));
	EXPECT_EQ(1, segment_stat("lookups"));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_stat("dirty"));
	EXPECT_EQ(1, segment_stat("pages_written"));
	EXPECT_EQ(1, segment_stat("fsyncs"));
	EXPECT_EQ(0, segment_stat("errors"));
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(1, segment_stat("mappings"));
	munmap(map + PAGE, PAGE);
	EXPECT_EQ(2, segment_stat("mappings"));
	munmap(map, SIZE);
	EXPECT_EQ(0, segment_stat("mappings"));
}

/* Minor faults that a walk over 64 resident pages takes. */
static long long walk_faults(int fd)
{
	long long before = stat_value("faults_minor");
	volatile char *map;
	unsigned int i;
	void *room;

	/* Blocks of pages are aligned: so is the mapping. */
	room = mmap(NULL, 128 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	map = mmap((void *)(((uintptr_t)room + 64 * PAGE - 1) & -(64 * PAGE)),
		   64 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	for (i = 0; i < 64; i++)
		(void)map[i * PAGE];
	before = stat_value("faults_minor") - before;
	munmap(room, 128 * PAGE);
	return before;
}

/* Times in a histogram of the segment, or -1 if a line is not as it should. */
static long long latency_count(const char *what)
{
	FILE *f = fopen("/proc/kpager/segment/" NAME "/latency", "r");
	unsigned long long from, below, count, end = 0;
	char line[128], name[64], rest;
	long long sum = 0;

	if (!f || !fgets(line, sizeof(line), f) || strcmp(line, "version 1\n") ||
	    !fgets(line, sizeof(line), f) ||
	    strcmp(line, "what from below count\n"))
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63[a-z_] %llu %llu %llu%c", name, &from,
			   &below, &count, &rest) != 5 || rest != '\n')
			return -1;
		if (strcmp(name, what))
			continue;
		/* In order, not empty, and no wider than a quarter. */
		if (from < end || below <= from || !count ||
		    (below - from > 1 && below - from > from / 4))
			return -1;
		end = below;
		sum += count;
	}
	fclose(f);
	return sum;
}

static int control_set(const char *attr, const char *value)
{
	char path[128];

	attr_path(path, sizeof(path), "control", attr);
	return write_text(path, value);
}

TEST_F(attrs, latency_counts_what_is_counted)
{
	volatile char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				  MAP_SHARED, self->fd, 0);
	long long minor, evictions;
	unsigned int i;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, control_set("latency", "1"));
	ASSERT_EQ(0, attr_set("fault_around", "1"));
	for (i = 0; i < 200; i++)
		map[i * 3 % PAGES * PAGE] = 1;
	EXPECT_LT(0, segment_stat("faults_major"));
	EXPECT_EQ(segment_stat("faults_major"), latency_count("major"));
	/* Some pages were on their way already. */
	EXPECT_GE(segment_stat("faults_major"), latency_count("major_allocate"));
	EXPECT_LT(0, latency_count("major_allocate"));
	EXPECT_EQ(segment_stat("faults_major"), latency_count("major_wait"));
	EXPECT_EQ(segment_stat("faults_major"), latency_count("major_map"));
	EXPECT_LT(0, segment_stat("faults_minor"));
	EXPECT_EQ(segment_stat("faults_minor"), latency_count("minor"));
	EXPECT_EQ(segment_stat("faults_minor"), latency_count("minor_map"));
	EXPECT_EQ(segment_stat("lookups"), latency_count("lookup"));
	EXPECT_EQ(0, latency_count("write"));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_LT(0, latency_count("write"));
	EXPECT_GE(segment_stat("pages_written"), latency_count("write"));
	evictions = segment_stat("evictions");
	EXPECT_GE(evictions, latency_count("evict"));

	/* One in 64: the counters are those of the CPUs. */
	ASSERT_EQ(0, control_set("latency", "64"));
	minor = latency_count("minor");
	for (i = 0; i < 10; i++) {
		munmap((void *)map, SIZE);
		map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		walk_faults(self->fd);
	}
	EXPECT_LE(minor + 5, latency_count("minor"));
	EXPECT_GE(minor + 15, latency_count("minor"));

	ASSERT_EQ(0, control_set("latency", "0"));
	minor = latency_count("minor");
	evictions = latency_count("major");
	for (i = 0; i < 10; i++)
		walk_faults(self->fd);
	(void)map[(PAGES - 1) * PAGE];
	EXPECT_EQ(minor, latency_count("minor"));
	EXPECT_EQ(evictions, latency_count("major"));
	munmap((void *)map, SIZE);
	EXPECT_EQ(ERANGE, control_set("latency", "131072"));
	EXPECT_EQ(EINVAL, control_set("latency", "3"));
	EXPECT_EQ(EINVAL, control_set("latency", "often"));
	EXPECT_STREQ("0", attr_get_of("control", "latency"));
	ASSERT_EQ(0, control_set("latency", "64"));
	EXPECT_STREQ("64", attr_get_of("control", "latency"));
}

TEST_F(attrs, fault_around_is_used)
{
	static char buf[64 * PAGE];

	ASSERT_EQ((ssize_t)sizeof(buf), pread(self->fd, buf, sizeof(buf), 0));
	/* A walk begins with 16 pages, then the window doubles. */
	EXPECT_EQ(3, walk_faults(self->fd));
	ASSERT_EQ(0, attr_set("fault_around", "16"));
	EXPECT_EQ(4, walk_faults(self->fd));
	ASSERT_EQ(0, attr_set("fault_around", "1"));
	EXPECT_EQ(64, walk_faults(self->fd));
	ASSERT_EQ(0, attr_set("fault_around", "64"));
	EXPECT_EQ(3, walk_faults(self->fd));
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
		segment_stat("resident");
		file_value("/proc/kpager/segment/" NAME "/errors", "number");
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
	int fd, proc;

	attr_path(path, sizeof(path), NAME, "adj");
	fd = open(path, O_RDWR);
	ASSERT_GE(fd, 0);
	proc = open("/proc/kpager/segment/" NAME "/stat", O_RDONLY);
	ASSERT_GE(proc, 0);
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
	EXPECT_EQ(-1, pread(proc, &c, 1, 0));
	close(proc);
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

TEST_HARNESS_MAIN
