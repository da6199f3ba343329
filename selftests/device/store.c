// SPDX-License-Identifier: GPL-2.0
/*
 * store.c - compressed memory as a store, and stores that are full
 *
 * The sizes are for a pool of 12 MiB, 3072 frames, of which memory stores may
 * hold half.
 */
#include "common.h"
#include "kselftest_harness.h"

#include <sys/statvfs.h>
#include <time.h>

#define MB		(1ul << 20)
#define PAGES(bytes)	((bytes) / PAGE)

static int memory_create(const char *name, uint64_t size)
{
	struct kpager_create arg;

	create_init(&arg, name, size, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	return control_call(KPAGER_CREATE, &arg);
}

/* A page that compresses to about an eighth, and differs from all others. */
static void page_compressible(uint64_t *page, uint64_t n, uint64_t generation)
{
	memset(page, 0x5a, PAGE);
	pattern_fill(page + n % 448, n * 64, 64, generation);
}

static int page_compressible_bad(const uint64_t *page, uint64_t n,
				 uint64_t generation)
{
	uint64_t want[WORDS];

	page_compressible(want, n, generation);
	return !!memcmp(page, want, PAGE);
}

/* What was used last has to stay, and pages before it to go. */
static int oldest_first(const char *segment)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/policy", segment);
	return write_text(path, "clock");
}

/*
 * A segment that reads to push the others out is one that thrashes: load
 * control would hold it and spare them, if that takes long enough to be seen.
 */
static int load_control(const char *on)
{
	return write_text("/sys/class/kpager/control/load_control", on);
}

FIXTURE(memory) {
	int fd;
	uint64_t *map;
	uint64_t size;
	long long frames;
};

FIXTURE_VARIANT(memory) {
	uint64_t size;
};

/* Larger than the pool: everything is evicted on the way. */
FIXTURE_VARIANT_ADD(memory, large) { .size = 32 * MB };

FIXTURE_SETUP(memory)
{
	self->size = variant->size;
	self->frames = stat_value("store_frames");
	ASSERT_LE(0, self->frames);
	ASSERT_EQ(0, memory_create("mem", self->size));
	ASSERT_EQ(0, oldest_first("mem"));
	ASSERT_EQ(0, load_control("0"));
	self->fd = segment_open("mem");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

/* Whatever was in it, its end gives everything back, dirty pages and all. */
FIXTURE_TEARDOWN(memory)
{
	EXPECT_EQ(0, load_control("1"));
	munmap(self->map, self->size);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("mem", 0));
	EXPECT_EQ(self->frames, stat_value("store_frames"));
}

TEST_F_TIMEOUT(memory, contents_survive_eviction, 300)
{
	uint64_t i, bad = 0, pages = PAGES(self->size);
	long long evicted = stat_value("evictions_dirty"), stored, bytes;
	int round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < pages; i++)
			page_compressible(self->map + i * WORDS, i, round);
		for (i = 0; i < pages; i++)
			bad += page_compressible_bad(self->map + i * WORDS, i,
						     round);
		EXPECT_EQ(0, bad);
	}
	EXPECT_LT(evicted + (long long)pages,
		  (long long)stat_value("evictions_dirty"));
	stored = stat_value("store_pages");
	bytes = stat_value("store_bytes");
	EXPECT_LE((long long)pages / 2, stored);
	EXPECT_LT(0, bytes);
	EXPECT_GT(stored * 1024, bytes);
	EXPECT_GE(stat_value("store_max"), stat_value("store_frames"));
	/* Read and write go the same way. */
	for (i = 0; i < pages; i += 37) {
		uint64_t page[WORDS];

		ASSERT_EQ((ssize_t)PAGE, pread(self->fd, page, PAGE, i * PAGE));
		bad += page_compressible_bad(page, i, 1);
	}
	EXPECT_EQ(0, bad);
}

TEST_F_TIMEOUT(memory, never_written_is_zero, 120)
{
	uint64_t i, bad = 0;

	for (i = 0; i < PAGES(self->size); i++)
		bad += self->map[i * WORDS + i % WORDS] != 0;
	EXPECT_EQ(0, bad);
	EXPECT_EQ(self->frames, stat_value("store_frames"));
}

TEST_F_TIMEOUT(memory, same_filled_pages_are_words, 120)
{
	long long same = stat_value("store_same");
	uint64_t i, j, word, bad = 0, pages = PAGES(self->size);

	for (i = 0; i < pages; i++) {
		word = i % 2 ? pattern(i, 7) | 1ull << 63 : i;
		for (j = 0; j < WORDS; j++)
			self->map[i * WORDS + j] = word;
	}
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(same + (long long)pages, stat_value("store_same"));
	/* Half of them need an object of 16 bytes. */
	EXPECT_GE(self->frames + (long long)pages / 2 * 16 / (long long)PAGE + 2,
		  stat_value("store_frames"));
	for (i = 0; i < pages; i++) {
		word = i % 2 ? pattern(i, 7) | 1ull << 63 : i;
		for (j = 0; j < WORDS; j++)
			bad += self->map[i * WORDS + j] != word;
	}
	EXPECT_EQ(0, bad);
}

TEST_F_TIMEOUT(memory, incompressible_pages_are_raw, 120)
{
	long long raw = stat_value("store_raw");
	uint64_t i, bad = 0, pages = 1024;

	for (i = 0; i < pages; i++)
		pattern_fill(self->map + i * WORDS, i * WORDS, WORDS, 1);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(raw + (long long)pages, stat_value("store_raw"));
	EXPECT_EQ(self->frames + (long long)pages, stat_value("store_frames"));
	/* Push them out. */
	for (i = pages; i < PAGES(self->size); i++)
		bad += self->map[i * WORDS] != 0;
	for (i = 0; i < pages; i++)
		bad += pattern_errors(self->map + i * WORDS, i * WORDS, WORDS,
				      1);
	EXPECT_EQ(0, bad);
	/* Written again smaller, a page gives its frame back. */
	for (i = 0; i < pages; i++)
		page_compressible(self->map + i * WORDS, i, 2);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(raw, stat_value("store_raw"));
	EXPECT_GT(self->frames + (long long)pages / 4,
		  stat_value("store_frames"));
}

/* More than the store takes, and less than store and pool take together. */
#define FULL_PAGES	2300ul

TEST_F_TIMEOUT(memory, full_store_loses_nothing, 300)
{
	uint64_t i, bad = 0, zero[WORDS] = { 0 };
	long long full = stat_value("store_full");

	for (i = 0; i < FULL_PAGES; i++)
		pattern_fill(self->map + i * WORDS, i * WORDS, WORDS, 3);
	EXPECT_EQ(-1, msync(self->map, self->size, MS_SYNC));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_LT(full, stat_value("store_full"));
	EXPECT_GE(stat_value("store_max"), stat_value("store_frames"));
	EXPECT_LT(0, segment_value("mem", COLUMN_DIRTY));
	for (i = 0; i < FULL_PAGES; i++)
		bad += pattern_errors(self->map + i * WORDS, i * WORDS, WORDS,
				      3);
	EXPECT_EQ(0, bad);
	/* Still full. */
	EXPECT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(ENOSPC, errno);
	/* Some of the data becomes compressible: the rest finds room. */
	for (i = 0; i < FULL_PAGES / 2; i++)
		ASSERT_EQ((ssize_t)PAGE,
			  pwrite(self->fd, zero, PAGE, i * PAGE));
	/* What failed in the background meanwhile is reported once. */
	if (fsync(self->fd))
		EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value("mem", COLUMN_DIRTY));
	for (i = 0; i < FULL_PAGES / 2; i++)
		bad += !!memcmp(self->map + i * WORDS, zero, PAGE);
	for (; i < FULL_PAGES; i++)
		bad += pattern_errors(self->map + i * WORDS, i * WORDS, WORDS,
				      3);
	EXPECT_EQ(0, bad);
}

/* More than fits anywhere: the writer is told, the written stays. */
TEST_F_TIMEOUT(memory, more_than_fits, 300)
{
	uint64_t page[WORDS], i, n, bad = 0;
	ssize_t ret = 0;

	for (n = 0; n < PAGES(self->size); n++) {
		pattern_fill(page, n * WORDS, WORDS, 4);
		ret = pwrite(self->fd, page, PAGE, n * PAGE);
		if (ret != (ssize_t)PAGE)
			break;
	}
	EXPECT_EQ(-1, ret);
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_LT(FULL_PAGES, n);
	/* Room for one page is needed to look at those in the store. */
	memset(page, 0, PAGE);
	for (i = 0; i < 64; i++)
		bad += pwrite(self->fd, page, PAGE, (n - 1 - i) * PAGE) !=
			(ssize_t)PAGE;
	for (i = 0; i < n - 64; i++) {
		if (pread(self->fd, page, PAGE, i * PAGE) != (ssize_t)PAGE)
			bad++;
		bad += pattern_errors(page, i * WORDS, WORDS, 4);
	}
	EXPECT_EQ(0, bad);
}

/* The segment of a plain load. */
TEST(default_segment)
{
	long long limit = stat_value("limit_frames");
	uint64_t page[WORDS], *map, i, bad = 0;
	int fd = segment_open("default");
	off_t size;

	ASSERT_GE(fd, 0);
	size = lseek(fd, 0, SEEK_END);
	EXPECT_EQ(4 * limit * (long long)PAGE, size);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (i = 0; i < PAGES((uint64_t)size); i += 3)
		page_compressible(map + i * WORDS, i, 5);
	munmap(map, size);
	/* Nobody has it open; what is in it stays. */
	close(fd);
	fd = segment_open("default");
	ASSERT_GE(fd, 0);
	for (i = 0; i < PAGES((uint64_t)size); i += 3) {
		ASSERT_EQ((ssize_t)PAGE, pread(fd, page, PAGE, i * PAGE));
		bad += page_compressible_bad(page, i, 5);
	}
	EXPECT_EQ(0, bad);
	memset(page, 0, PAGE);
	for (i = 0; i < PAGES((uint64_t)size); i += 3)
		ASSERT_EQ((ssize_t)PAGE, pwrite(fd, page, PAGE, i * PAGE));
	EXPECT_EQ(0, fsync(fd));
	close(fd);
}

TEST(memory_takes_no_descriptor)
{
	struct kpager_create arg;
	int fd = open("/dev/null", O_RDWR);

	create_init(&arg, "mem", MB, fd);
	arg.flags = KPAGER_CREATE_MEMORY;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.backing_fd = -2;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.backing_fd = -1;
	arg.flags = 0;
	EXPECT_EQ(EBADF, control_call(KPAGER_CREATE, &arg));
	arg.flags = KPAGER_CREATE_MEMORY << 1 | KPAGER_CREATE_MEMORY;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	arg.flags = KPAGER_CREATE_MEMORY;
	arg.size = MB + 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_CREATE, &arg));
	close(fd);
}

/* What is cut off gives its memory back, and is zero when it comes again. */
TEST(resize_in_memory)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = MB,
	};
	long long frames = stat_value("store_frames");
	uint64_t page[WORDS], i, bad = 0;
	int fd;

	ASSERT_EQ(0, memory_create("mem", 4 * MB));
	fd = segment_open("mem");
	ASSERT_GE(fd, 0);
	for (i = 0; i < PAGES(4 * MB); i++) {
		pattern_fill(page, i * WORDS, WORDS, 9);
		bad += pwrite(fd, page, PAGE, i * PAGE) != (ssize_t)PAGE;
	}
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(frames + (long long)PAGES(4 * MB), stat_value("store_frames"));
	snprintf(arg.name, sizeof(arg.name), "mem");
	ASSERT_EQ(0, control_call(KPAGER_RESIZE, &arg));
	EXPECT_EQ(frames + (long long)PAGES(MB), stat_value("store_frames"));
	arg.size = 8 * MB;
	ASSERT_EQ(0, control_call(KPAGER_RESIZE, &arg));
	for (i = 0; i < PAGES(8 * MB); i++) {
		bad += pread(fd, page, PAGE, i * PAGE) != (ssize_t)PAGE;
		if (i < PAGES(MB))
			bad += pattern_errors(page, i * WORDS, WORDS, 9);
		else
			bad += page[i % WORDS] != 0;
	}
	EXPECT_EQ(0, bad);
	close(fd);
	EXPECT_EQ(0, segment_destroy("mem", 0));
	EXPECT_EQ(frames, stat_value("store_frames"));
}

/* Names are taken, two stores in memory are not the same. */
TEST(two_in_memory)
{
	ASSERT_EQ(0, memory_create("one", 1ull << 40));
	EXPECT_EQ(EEXIST, memory_create("one", MB));
	EXPECT_EQ(0, memory_create("two", MB));
	EXPECT_EQ(0, segment_destroy("one", 0));
	EXPECT_EQ(0, segment_destroy("two", 0));
}

/* ---- faults on request ------------------------------------------------ */

#define INJECT_SIZE	(2 * MB)
#define INJECT_WORDS	(INJECT_SIZE / sizeof(uint64_t))

FIXTURE(inject) {
	int fd;
	uint64_t *map;
};

FIXTURE_VARIANT(inject) {
	const char *store;
};

FIXTURE_VARIANT_ADD(inject, memory) { .store = NULL };
FIXTURE_VARIANT_ADD(inject, block) { .store = STORE_BLOCK };
FIXTURE_VARIANT_ADD(inject, file) { .store = STORE_FILE };

static int inject(const char *text)
{
	return write_text("/sys/class/kpager/inj/inject", text);
}

static int inject_left(char *text, size_t size)
{
	int fd = open("/sys/class/kpager/inj/inject", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n < 0 ? errno : 0;
}

FIXTURE_SETUP(inject)
{
	ASSERT_EQ(0, variant->store ?
		  segment_create("inj", INJECT_SIZE, variant->store) :
		  memory_create("inj", INJECT_SIZE));
	ASSERT_EQ(0, oldest_first("inj"));
	ASSERT_EQ(0, load_control("0"));
	self->fd = segment_open("inj");
	ASSERT_GE(self->fd, 0);
	self->map = mmap(NULL, INJECT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	pattern_fill(self->map, 0, INJECT_WORDS, 8);
}

FIXTURE_TEARDOWN(inject)
{
	EXPECT_EQ(0, load_control("1"));
	EXPECT_EQ(0, inject("off"));
	munmap(self->map, INJECT_SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy("inj", 0));
}

/*
 * Have nearly every page of the segment leave its frame.  Each segment gives in
 * proportion to what it holds, so the last ones take long.
 */
static void push_out(void)
{
	uint64_t page[WORDS], i, n = PAGES(32 * MB);
	int fd = segment_open("default");

	for (i = 0; i < 8 * n && fd >= 0; i++) {
		if (i && !(i % n) && segment_value("inj", COLUMN_RESIDENT) < 32)
			break;
		if (pread(fd, page, PAGE, i % n * PAGE) != (ssize_t)PAGE)
			break;
	}
	close(fd);
}

TEST_F_TIMEOUT(inject, write_error, 120)
{
	char text[256];

	ASSERT_EQ(0, inject("write_error=1"));
	EXPECT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, inject_left(text, sizeof(text)));
	EXPECT_STREQ("off\n", text);
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value("inj", COLUMN_DIRTY));
}

TEST_F_TIMEOUT(inject, every_second_write, 120)
{
	char text[256];
	int tries = 0;

	ASSERT_EQ(0, inject("write_error=1/2"));
	/* One request, or many: each try halves what is left. */
	while (fsync(self->fd) && tries < 20)
		tries++;
	EXPECT_EQ(0, segment_value("inj", COLUMN_DIRTY));
	EXPECT_GT(20, tries);
	ASSERT_EQ(0, inject_left(text, sizeof(text)));
	EXPECT_STREQ("write_error=1/2\n", text);
}

TEST_F_TIMEOUT(inject, short_write, 120)
{
	ASSERT_EQ(0, inject("short=1"));
	EXPECT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, segment_value("inj", COLUMN_DIRTY));
	EXPECT_EQ(0, pattern_errors(self->map, 0, INJECT_WORDS, 8));
}

TEST_F_TIMEOUT(inject, flush_error_writes_again, 120)
{
	long long written, dirty;
	int late = segment_open("inj");

	ASSERT_EQ(0, fsync(self->fd));
	self->map[5] = 1;
	ASSERT_EQ(0, inject("flush_error=1"));
	EXPECT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(EIO, errno);
	/* All of it was written; nobody knows how much of it is there. */
	dirty = segment_value("inj", COLUMN_DIRTY);
	EXPECT_EQ((long long)PAGES(INJECT_SIZE), dirty);
	written = stat_value("pages_written");
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_LE(written + dirty, stat_value("pages_written"));
	EXPECT_EQ(0, segment_value("inj", COLUMN_DIRTY));
	/* The other opener hears of it once. */
	EXPECT_EQ(-1, fsync(late));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, fsync(late));
	close(late);
}

TEST_F_TIMEOUT(inject, read_error_and_short_read, 120)
{
	static const char *const texts[] = {
		"read_error=1", "short=1", "read_error=1 short=1 corrupt=1",
	};
	uint64_t page[WORDS];
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ASSERT_EQ(0, fsync(self->fd));
		push_out();
		ASSERT_GT(64, segment_value("inj", COLUMN_RESIDENT));
		ASSERT_EQ(0, inject(texts[i]));
		EXPECT_EQ(-1, pread(self->fd, page, PAGE, 77 * PAGE));
		EXPECT_EQ(EIO, errno);
		ASSERT_EQ(0, inject("off"));
		/* The store is right, and so is what comes next. */
		EXPECT_EQ(0, pattern_errors(self->map, 0, INJECT_WORDS, 8));
	}
}

TEST_F_TIMEOUT(inject, corruption_shows, 120)
{
	uint64_t page[WORDS];

	ASSERT_EQ(0, fsync(self->fd));
	push_out();
	ASSERT_EQ(0, inject("corrupt=1"));
	ASSERT_EQ((ssize_t)PAGE, pread(self->fd, page, PAGE, 99 * PAGE));
	EXPECT_EQ(1, pattern_errors(page, 99 * WORDS, WORDS, 8));
	/* Only that copy is damaged. */
	push_out();
	ASSERT_EQ((ssize_t)PAGE, pread(self->fd, page, PAGE, 99 * PAGE));
	EXPECT_EQ(0, pattern_errors(page, 99 * WORDS, WORDS, 8));
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

TEST_F_TIMEOUT(inject, delay, 120)
{
	uint64_t page[WORDS];
	long long start;

	ASSERT_EQ(0, fsync(self->fd));
	push_out();
	ASSERT_EQ(0, inject("delay_ms=700"));
	start = now_ms();
	ASSERT_EQ((ssize_t)PAGE, pread(self->fd, page, PAGE, 50 * PAGE));
	EXPECT_LE(start + 700, now_ms());
	EXPECT_EQ(0, pattern_errors(page, 50 * WORDS, WORDS, 8));
	/* Writes too; the requests wait side by side. */
	pattern_fill(self->map, 0, 4 * WORDS, 8);
	start = now_ms();
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_LE(start + 700, now_ms());
}

/* Want of memory is no error of the data: it is tried again by itself. */
TEST_F_TIMEOUT(inject, no_memory_passes, 120)
{
	long long injected = stat_value("store_injected");

	ASSERT_EQ(0, inject("nomem=3"));
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(injected + 3, stat_value("store_injected"));
	EXPECT_EQ(0, segment_value("inj", COLUMN_DIRTY));
	EXPECT_EQ(0, pattern_errors(self->map, 0, INJECT_WORDS, 8));
}

TEST_F(inject, nonsense_is_refused)
{
	static const char *const texts[] = {
		"read_error", "read_error=", "read_error=0", "read_error=x",
		"read_error=1x", "read_error=1/0", "read_error=2/3",
		"read_error=1 read_error=2", "foo=1", "delay_ms=1/2",
		"delay_ms=10001", "nomem=1000001", "off nomem=1",
	};
	char text[256];
	unsigned int i;

	ASSERT_EQ(0, inject("nomem=1/7  delay_ms=1\n"));
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		EXPECT_EQ(EINVAL, inject(texts[i]));
	ASSERT_EQ(0, inject_left(text, sizeof(text)));
	EXPECT_STREQ("nomem=1/7 delay_ms=1\n", text);
	/* The segment goes with rules in force. */
	ASSERT_EQ(0, inject("delay_ms=1"));
}

/* ---- a file system that runs out of space ----------------------------- */

#define SPARSE		"/mnt/sparse"
#define FILLER		"/mnt/filler"
#define SPARSE_SIZE	(8 * MB)

static int fill_file_system(unsigned long leave)
{
	int fd = open(FILLER, O_RDWR | O_CREAT | O_TRUNC, 0600), err;
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs))
		return errno;
	err = posix_fallocate(fd, 0, fs.f_bfree * fs.f_frsize - leave);
	close(fd);
	return err;
}

FIXTURE(sparse) {
	int unused;
};

FIXTURE_SETUP(sparse)
{
}

FIXTURE_TEARDOWN(sparse)
{
	unlink(FILLER);
	unlink(SPARSE);
}

TEST_F_TIMEOUT(sparse, file_system_runs_full, 300)
{
	uint64_t *map, words = SPARSE_SIZE / sizeof(uint64_t), bad = 0;
	uint64_t *copy = malloc(SPARSE_SIZE);
	int fd = open(SPARSE, O_RDWR | O_CREAT | O_TRUNC, 0600);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, SPARSE_SIZE));
	ASSERT_EQ(0, fsync(fd));
	ASSERT_EQ(0, segment_create("sparse", SPARSE_SIZE, SPARSE));
	ASSERT_EQ(0, fill_file_system(2 * MB));
	sync();
	close(fd);
	fd = segment_open("sparse");
	ASSERT_GE(fd, 0);
	map = mmap(NULL, SPARSE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, words, 6);
	EXPECT_EQ(-1, msync(map, SPARSE_SIZE, MS_SYNC));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_LT(0, segment_value("sparse", COLUMN_DIRTY));
	EXPECT_EQ(0, pattern_errors(map, 0, words, 6));
	munmap(map, SPARSE_SIZE);
	/* There is room again: it all goes out. */
	ASSERT_EQ(0, unlink(FILLER));
	sync();
	/* What failed in the background meanwhile is reported once. */
	if (fsync(fd))
		EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, segment_value("sparse", COLUMN_DIRTY));
	close(fd);
	EXPECT_EQ(0, segment_destroy("sparse", 0));
	fd = open(SPARSE, O_RDONLY);
	ASSERT_EQ((ssize_t)SPARSE_SIZE, read(fd, copy, SPARSE_SIZE));
	bad = pattern_errors(copy, 0, words, 6);
	EXPECT_EQ(0, bad);
	close(fd);
	free(copy);
}

TEST_HARNESS_MAIN
