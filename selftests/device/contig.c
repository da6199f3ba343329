// SPDX-License-Identifier: GPL-2.0
/*
 * contig.c - contiguous segments: where their memory lies, how it is mapped,
 * what cannot be done to them, and that making one fails as a whole.
 */
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "area.h"
#include "contig.h"
#include "kselftest_harness.h"

#define NAME		"contiguous"
#define OTHER		"beside"
#define CLASS		"/sys/class/kpager/" NAME "/"
#define STAT		"/proc/kpager/segment/" NAME "/stat"
#define FAIL		"/sys/module/kpager/parameters/fail_contig"
#define TRACING		"/sys/kernel/tracing/"
#define PIECE		(2ul << 20)
#define PIECE_PAGES	(PIECE / PAGE)
#define HUGE		(2 * PIECE)
#define WORDS_OF(bytes)	((bytes) / sizeof(uint64_t))

/* How many of them do not follow the one before. */
static size_t breaks(const uint64_t *frames, size_t n)
{
	size_t i, count = 0;

	for (i = 1; i < n; i++)
		count += frames[i] != frames[i - 1] + 1;
	return count;
}

/* A line of /proc/self/smaps for a mapping, in kB, or -1. */
static long smaps_kb(const void *map, const char *key)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool inside = false;
	char line[512], start[32];
	long kb = -1;

	snprintf(start, sizeof(start), "%lx-", (unsigned long)map);
	while (f && fgets(line, sizeof(line), f)) {
		if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
			inside = !strncmp(line, start, strlen(start));
		else if (inside && !strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %ld", &kb);
	}
	if (f)
		fclose(f);
	return kb;
}

static bool all_zero(const uint64_t *p, size_t bytes)
{
	size_t i;

	for (i = 0; i < WORDS_OF(bytes); i++)
		if (p[i])
			return false;
	return true;
}

/* The last line of the record of attempts. */
static bool last_attempt(char line[512])
{
	FILE *f = fopen("/proc/kpager/contig", "r");
	char next[512];
	int n = 0;

	while (f && fgets(next, sizeof(next), f) && ++n)
		strcpy(line, next);
	if (f)
		fclose(f);
	return n > 2;
}

/**
 * One segment of the given size, mapped, shared.
 */
FIXTURE(contig) {
	size_t size;
	int fd;
	uint64_t *map;
};

FIXTURE_VARIANT(contig) {
	size_t size;
	size_t pieces;
};

FIXTURE_VARIANT_ADD(contig, huge) {
	.size = HUGE, .pieces = 2,
};

FIXTURE_VARIANT_ADD(contig, page) {
	.size = PAGE, .pieces = 1,
};

FIXTURE_VARIANT_ADD(contig, odd) {
	.size = PIECE - 7 * PAGE, .pieces = 1,
};

FIXTURE_SETUP(contig)
{
	self->size = variant->size;
	segment_destroy(NAME, 0);
	ASSERT_EQ(0, contig_create(NAME, self->size));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(contig)
{
	munmap(self->map, self->size);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	EXPECT_EQ(0, stat_value("contig_frames"));
}

TEST_F(contig, lies_together)
{
	size_t n = self->size / PAGE, per = n / variant->pieces, i;
	uint64_t frames[HUGE / PAGE];

	EXPECT_TRUE(all_zero(self->map, self->size));
	ASSERT_TRUE(frames_of(self->map, frames, n));
	for (i = 0; i < n; i += per)
		EXPECT_EQ(0, breaks(frames + i, per));
	EXPECT_EQ((long long)variant->pieces, file_value(STAT, "contig_pieces"));
	EXPECT_EQ((long long)breaks(frames, n) + 1,
		  file_value(STAT, "contig_runs"));
	EXPECT_EQ((long long)n, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ((long long)n, stat_value("contig_frames"));
}

TEST_F(contig, is_mapped_whole)
{
	size_t n = self->size / PAGE, i;

	for (i = 0; i < n; i++)
		((volatile uint64_t *)self->map)[i * WORDS] = i;
	EXPECT_EQ((long)(self->size >> 10), smaps_kb(self->map, "Rss"));
	if (variant->size < PIECE) {
		/* Single pages; 64 are mapped with a fault. */
		EXPECT_EQ((long long)(n + 63) / 64,
			  file_value(STAT, "faults_minor"));
		return;
	}
	EXPECT_EQ(0, (uintptr_t)self->map % PIECE);
	EXPECT_EQ((long long)variant->pieces, file_value(STAT, "faults_minor"));
	EXPECT_EQ((long)(self->size >> 10), smaps_kb(self->map, "FilePmdMapped"));
}

TEST_F(contig, read_and_write)
{
	uint64_t *copy = malloc(self->size + PAGE);
	void *nothing = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	size_t n = WORDS_OF(self->size);

	pattern_fill(self->map, 0, n, 1);
	ASSERT_EQ((ssize_t)self->size,
		  pread(self->fd, copy, self->size + PAGE, 0));
	EXPECT_EQ(0, pattern_errors(copy, 0, n, 1));
	EXPECT_EQ(0, pread(self->fd, copy, PAGE, self->size));
	pattern_fill(copy, 0, n, 2);
	ASSERT_EQ((ssize_t)self->size,
		  pwrite(self->fd, copy, self->size + PAGE, 0));
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 2));
	EXPECT_EQ(-1, pwrite(self->fd, copy, PAGE, self->size));
	EXPECT_EQ(ENOSPC, errno);
	/* From and to memory that is not there. */
	EXPECT_EQ(-1, pwrite(self->fd, nothing, 100, 3));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pread(self->fd, nothing, 100, 3));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ((off_t)self->size, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, msync(self->map, self->size, MS_SYNC));
	EXPECT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED));
	EXPECT_EQ(EINVAL, posix_fadvise(self->fd, 0, 0, 99));
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 2));
	free(copy);
}

/* What the core may do to a mapping; the contents stay. */
TEST_F(contig, mappings)
{
	size_t n = WORDS_OF(self->size);
	uint64_t *other, *moved;
	pid_t pid;

	pattern_fill(self->map, 0, n, 1);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size + PAGE, PROT_READ,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(ENXIO, errno);
	/* Copies of one's own. */
	other = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		     self->fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_EQ(0, pattern_errors(other, 0, n, 1));
	other[n - 1] = 0;
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 1));
	EXPECT_EQ(1, pattern_errors(other, 0, n, 1));
	pid = fork();
	if (!pid) {
		bool same = pattern_errors(other, 0, n, 1) == 1;

		self->map[0] = 4711;
		_exit(!same);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(4711, self->map[0]);
	self->map[0] = pattern(0, 1);
	munmap(other, self->size);
	/* Hints that would split or drop what can be; nothing can. */
	madvise(self->map, self->size, MADV_COLD);
	madvise(self->map, self->size, MADV_PAGEOUT);
	madvise((char *)self->map + PAGE, PAGE, MADV_PAGEOUT);
	EXPECT_EQ(0, madvise(self->map, self->size, MADV_DONTNEED));
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 1));
	moved = mremap(self->map, self->size, self->size,
		       MREMAP_MAYMOVE | MREMAP_FIXED,
		       (char *)self->map - HUGE - PIECE);
	ASSERT_NE(MAP_FAILED, moved);
	self->map = moved;
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 1));
	/* A part of it is treated otherwise than the rest. */
	EXPECT_EQ(0, mprotect(self->map, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, access_try(self->map, true));
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 1));
	EXPECT_EQ(0, mprotect(self->map, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, access_try(self->map, true));
	pattern_fill(self->map, 0, n, 2);
	if (self->size == PAGE)
		return;
	/* Not aligned as the memory is. */
	other = mmap(NULL, self->size - PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, self->fd, PAGE);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_EQ(0, pattern_errors(other, WORDS, n - WORDS, 2));
	ASSERT_EQ(0, munmap(other + WORDS, PAGE));
	EXPECT_EQ(0, pattern_errors(other, WORDS, WORDS, 2));
	EXPECT_EQ(0, pattern_errors(self->map, 0, n, 2));
	munmap(other, self->size - PAGE);
}

/* Others read the very pages, and hold them longer than the segment lasts. */
TEST_F(contig, is_held_by_others)
{
	size_t n = WORDS_OF(self->size);
	struct iovec from = { self->map, PAGE };
	uint64_t page[WORDS];
	struct iovec to = { page, PAGE };
	int fds[2];

	pattern_fill(self->map, 0, n, 1);
	ASSERT_EQ((ssize_t)PAGE,
		  process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	EXPECT_EQ(0, pattern_errors(page, 0, WORDS, 1));
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ((ssize_t)PAGE, vmsplice(fds[1], &from, 1, 0));
	munmap(self->map, self->size);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	/* Another one does not get what is still held, and begins with zeros. */
	ASSERT_EQ(0, contig_create(NAME, self->size));
	self->fd = segment_open(NAME);
	self->map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	EXPECT_TRUE(all_zero(self->map, self->size));
	memset(self->map, 0xff, self->size);
	ASSERT_EQ((ssize_t)PAGE, read(fds[0], page, PAGE));
	EXPECT_EQ(0, pattern_errors(page, 0, WORDS, 1));
	close(fds[0]);
	close(fds[1]);
}

TEST_F(contig, what_is_not_for_it)
{
	struct kpager_pin pin = { .struct_size = sizeof(pin), .bytes = PAGE };
	struct kpager_volatile range = {
		.struct_size = sizeof(range), .bytes = PAGE,
	};
	struct kpager_touch touch = { .struct_size = sizeof(touch) };
	struct kpager_why why = { .struct_size = sizeof(why) };
	struct kpager_resize resize = {
		.struct_size = sizeof(resize), .size = PAGE, .name = NAME,
	};
	char text[64] = "";
	int fd;

	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_PIN, &pin));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_UNPIN, &pin));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_VOLATILE, &range));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_NONVOLATILE, &range));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_TOUCH, &touch));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO(KPAGER_IOC_MAGIC, 77), NULL));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(0, ioctl(self->fd, KPAGER_WHY, &why));
	EXPECT_EQ(EOPNOTSUPP, control_call(KPAGER_RESIZE, &resize));
	EXPECT_EQ(EOPNOTSUPP, write_text(CLASS "policy", "lru"));
	EXPECT_EQ(ENOENT, write_text(CLASS "resident_max", "1"));
	fd = open(CLASS "contiguous", O_RDONLY);
	EXPECT_EQ(2, read(fd, text, sizeof(text)));
	EXPECT_STREQ("1\n", text);
	close(fd);
	/* The mapping keeps it. */
	close(self->fd);
	EXPECT_EQ(EBUSY, segment_destroy(NAME, KPAGER_DESTROY_DISCARD));
	self->fd = segment_open(NAME);
}

/* Frames that had somebody's contents come zeroed. */
TEST(nothing_is_left_in_it)
{
	size_t sizes[] = { PIECE, 16 * PAGE, 3 * PAGE }, i, j;
	uint64_t *map;
	int fd;

	for (i = 0; i < 3 * sizeof(sizes) / sizeof(*sizes); i++) {
		size_t size = sizes[i / 3];

		ASSERT_EQ(0, contig_create(NAME, size));
		fd = segment_open(NAME);
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_TRUE(all_zero(map, size));
		for (j = 0; j < WORDS_OF(size); j++)
			map[j] = ~j;
		munmap(map, size);
		close(fd);
		ASSERT_EQ(0, segment_destroy(NAME, 0));
	}
}

TEST(what_is_refused)
{
	const uint64_t sizes[] = {
		0, 1, PAGE + 1, PIECE + PAGE, 3 * PIECE - PAGE, ~0ull,
		1ull << 63,
	};
	struct kpager_create arg;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		EXPECT_EQ(EINVAL, contig_create(NAME, sizes[i]));
	/* Three quarters of the pool are the most; this is all of it. */
	EXPECT_EQ(ENOSPC, contig_create(NAME,
					stat_value("limit_frames") * PAGE));
	EXPECT_EQ(ENOSPC, contig_create(NAME, 1ull << 50));
	for (i = 0; i < 6; i++) {
		create_init(&arg, NAME, PIECE, -1);
		arg.flags = KPAGER_CREATE_CONTIGUOUS;
		if (i == 0)
			arg.flags |= KPAGER_CREATE_MEMORY;
		if (i == 1)
			arg.flags |= KPAGER_CREATE_DETERMINISTIC;
		if (i == 2)
			arg.backing_fd = 0;
		if (i == 3)
			arg.resident_max = 1;
		if (i == 4)
			strcpy(arg.policy, "lru");
		if (i == 5)
			arg.reserved[0] = 1;
		EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	}
	EXPECT_EQ(EEXIST, contig_create("control", PIECE));
	EXPECT_EQ(0, stat_value("contig_frames"));
}

/* What others were promised counts, and so does what this one has. */
TEST(promises)
{
	long limit = stat_value("limit_frames");
	uint64_t pieces = limit * 3 / 4 / PIECE_PAGES;
	char half[32];

	ASSERT_EQ(0, segment_create(OTHER, 16 << 20, STORE_BLOCK));
	snprintf(half, sizeof(half), "%ld", limit / 2);
	ASSERT_EQ(0, write_text("/sys/class/kpager/" OTHER "/resident_min",
				half));
	EXPECT_EQ(ENOSPC, contig_create(NAME, pieces * PIECE));
	ASSERT_EQ(0, contig_create(NAME, PIECE));
	snprintf(half, sizeof(half), "%ld", limit / 8 * 7 - limit / 32);
	EXPECT_EQ(ENOSPC, write_text("/sys/class/kpager/" OTHER "/resident_min",
				     half));
	ASSERT_EQ(0, segment_destroy(NAME, 0));
	EXPECT_EQ(0, write_text("/sys/class/kpager/" OTHER "/resident_min",
				half));
	EXPECT_EQ(0, segment_destroy(OTHER, 0));
}

/* Each step fails in turn: nothing is left, and the next one works. */
TEST(failing_steps)
{
	const uint64_t sizes[] = { 3 * PIECE, 5 * PAGE };
	long long frames, failures, attempts;
	char text[16], line[512];
	int step, err = 0;
	size_t i;

	for (i = 0; i < 2; i++) {
		/* What is kept for the next one is taken now. */
		ASSERT_EQ(0, contig_create(NAME, sizes[i]));
		ASSERT_EQ(0, segment_destroy(NAME, 0));
		for (step = 1; step < 20; step++) {
			frames = stat_value("frames_used");
			failures = stat_value("contig_failures");
			attempts = stat_value("contig_attempts");
			snprintf(text, sizeof(text), "%d", step);
			ASSERT_EQ(0, write_text(FAIL, text));
			err = contig_create(NAME, sizes[i]);
			EXPECT_EQ(attempts + 1, stat_value("contig_attempts"));
			if (!err)
				break;
			EXPECT_EQ(step == 1 ? ENOSPC : ENOMEM, err);
			EXPECT_EQ(failures + 1, stat_value("contig_failures"));
			EXPECT_EQ(0, stat_value("contig_frames"));
			EXPECT_LE(stat_value("frames_used"), frames + 1);
			ASSERT_TRUE(last_attempt(line));
			EXPECT_NE(NULL, strstr(line, " " NAME " "));
			EXPECT_EQ(err, atoi(strrchr(line, ' ')));
			EXPECT_EQ(-1, access("/dev/kpager/" NAME, F_OK));
			EXPECT_EQ(-1, access("/proc/kpager/segment/" NAME, F_OK));
		}
		ASSERT_EQ(0, write_text(FAIL, "0"));
		EXPECT_EQ(0, err);
		TH_LOG("%d steps of %llu bytes", step - 1,
		       (unsigned long long)sizes[i]);
		/* A promise, a table, and each piece. */
		EXPECT_EQ(sizes[i] > PIECE ? 6 : 4, step);
		ASSERT_EQ(0, segment_destroy(NAME, 0));
	}
}

TEST(the_attempt_is_recorded)
{
	unsigned long long number, pages, freed, moved, us;
	unsigned int order, pieces, error;
	char line[512], name[64], when[64];
	bool told = false;
	FILE *f;

	mount("none", "/sys/kernel/tracing", "tracefs", 0, NULL);
	close(open(TRACING "trace", O_WRONLY | O_TRUNC));
	ASSERT_EQ(0, write_text(TRACING "events/kpager/kpager_contig/enable",
				"1"));
	ASSERT_EQ(0, contig_create(NAME, 2 * PIECE));
	ASSERT_EQ(0, write_text(TRACING "events/kpager/kpager_contig/enable",
				"0"));
	ASSERT_TRUE(last_attempt(line));
	ASSERT_EQ(10, sscanf(line, "%llu %63s %63s %llu %u %u %llu %llu %llu %u",
			     &number, when, name, &pages, &order, &pieces,
			     &freed, &moved, &us, &error));
	EXPECT_EQ(stat_value("contig_attempts"), (long long)number);
	EXPECT_STREQ(NAME, name);
	EXPECT_EQ(2 * PIECE_PAGES, pages);
	EXPECT_EQ(9, order);
	EXPECT_EQ(2, pieces);
	EXPECT_EQ(0, error);
	f = fopen(TRACING "trace", "r");
	while (f && fgets(line, sizeof(line), f))
		told |= strstr(line, "name=" NAME " pages=1024 pieces=2 ") &&
			strstr(line, "result=0");
	EXPECT_TRUE(told);
	if (f)
		fclose(f);
	ASSERT_EQ(0, segment_destroy(NAME, 0));
}

/* The pool is full of pages that have to be written before they can go. */
TEST(room_is_made)
{
	long limit = stat_value("limit_frames");
	size_t size = limit * PAGE, n = WORDS_OF(size);
	uint64_t *map;
	char line[512];
	int fd, i;

	ASSERT_EQ(0, segment_create(OTHER, size, STORE_BLOCK));
	fd = segment_open(OTHER);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	/* A system that is short of memory may take some back meanwhile. */
	i = 0;
	do {
		pattern_fill(map, 0, n, 1);
	} while (stat_value("frames_total") < limit && ++i < 10);
	EXPECT_EQ(limit, stat_value("frames_total"));
	EXPECT_EQ(0, contig_create(NAME, 2 * PIECE));
	ASSERT_TRUE(last_attempt(line));
	TH_LOG("%s", line);
	EXPECT_LE(stat_value("frames_total"), limit);
	EXPECT_EQ(2 * PIECE_PAGES, stat_value("contig_frames"));
	EXPECT_EQ(0, pattern_errors(map, 0, n, 1));
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	munmap(map, size);
	close(fd);
	EXPECT_EQ(0, segment_destroy(OTHER, 0));
}

TEST_HARNESS_MAIN
