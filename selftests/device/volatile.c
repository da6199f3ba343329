// SPDX-License-Identifier: GPL-2.0
/*
 * volatile.c - KPAGER_VOLATILE: ranges that are forgotten before anything is
 * evicted, and KPAGER_NONVOLATILE, which tells what was lost
 */
#include "area.h"
#include "kselftest_harness.h"

#define NAME		"volatile"
#define STAT		"/proc/kpager/segment/" NAME "/stat"
#define ATTR		"/sys/class/kpager/" NAME "/"
#define PAGES		1024ul
#define SIZE		(PAGES * PAGE)
/* Most resident pages: room is then made a page at a time. */
#define RESIDENT	64ul
/* As in the module. */
#define RANGES_MAX	4096
#define PARTS_MAX	(2 * RANGES_MAX)

static void range_init(struct kpager_volatile *arg, uint64_t first,
		       uint64_t pages)
{
	memset(arg, 0, sizeof(*arg));
	arg->struct_size = sizeof(*arg);
	arg->offset = first * PAGE;
	arg->bytes = pages * PAGE;
}

/* 0 or an errno. */
static int mark(int fd, uint64_t first, uint64_t pages)
{
	struct kpager_volatile arg;

	range_init(&arg, first, pages);
	return ioctl(fd, KPAGER_VOLATILE, &arg) ? errno : 0;
}

/* The number of purged pages, or a negative errno. */
static long long unmark(int fd, uint64_t first, uint64_t pages)
{
	struct kpager_volatile arg;

	range_init(&arg, first, pages);
	if (ioctl(fd, KPAGER_NONVOLATILE, &arg))
		return -errno;
	return arg.purged;
}

static long long stat_of(const char *key)
{
	return file_value(STAT, key);
}

/* A page has a word of its own, and more words. */
static int page_write(int fd, uint64_t page, uint64_t generation)
{
	uint64_t words[WORDS];

	pattern_fill(words, page * WORDS, WORDS, generation);
	return pwrite(fd, words, PAGE, page * PAGE) == (ssize_t)PAGE ? 0 : -1;
}

static int pages_write(int fd, uint64_t first, uint64_t pages,
		       uint64_t generation)
{
	uint64_t i;

	for (i = first; i < first + pages; i++)
		if (page_write(fd, i, generation))
			return -1;
	return 0;
}

/* Words of a range that are neither this nor, with generation 0, zero. */
static uint64_t pages_errors(int fd, uint64_t first, uint64_t pages,
			     uint64_t generation)
{
	uint64_t words[WORDS], bad = 0, i, j;

	for (i = first; i < first + pages; i++) {
		if (pread(fd, words, PAGE, i * PAGE) != (ssize_t)PAGE)
			return ~0ull;
		if (generation)
			bad += pattern_errors(words, i * WORDS, WORDS,
					      generation);
		for (j = 0; j < WORDS && !generation; j++)
			bad += words[j] != 0;
	}
	return bad;
}

/* What the store itself has of a page. */
static uint64_t store_errors(const char *path, uint64_t page,
			     uint64_t generation)
{
	uint64_t *words = aligned_alloc(PAGE, PAGE), bad = ~0ull, j;
	int fd = open(path, O_RDONLY | O_DIRECT);

	if (pread(fd, words, PAGE, page * PAGE) == (ssize_t)PAGE) {
		bad = generation ? pattern_errors(words, page * WORDS, WORDS,
						  generation) : 0;
		for (j = 0; j < WORDS && !generation; j++)
			bad += words[j] != 0;
	}
	close(fd);
	free(words);
	return bad;
}

static int resize(uint64_t pages)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = pages * PAGE,
		.name = NAME,
	};

	return control_call(KPAGER_RESIZE, &arg);
}

static int segment_make(const char *store, uint64_t resident_max,
			unsigned int flags)
{
	struct kpager_create arg;
	int backing = store ? open(store, O_RDWR) : -1, err;

	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	create_init(&arg, NAME, SIZE, backing);
	arg.resident_max = resident_max;
	arg.flags = flags | (store ? 0 : KPAGER_CREATE_MEMORY);
	err = control_call(KPAGER_CREATE, &arg);
	close(backing);
	if (!err && !(flags & KPAGER_CREATE_DETERMINISTIC))
		err = write_text(ATTR "prefetch", "off");
	return err;
}

FIXTURE(on) {
	const char *store;
	int fd;
};

FIXTURE_VARIANT(on) {
	const char *store;
};

FIXTURE_VARIANT_ADD(on, device) {
	.store = STORE_BLOCK,
};

FIXTURE_VARIANT_ADD(on, file) {
	.store = STORE_FILE,
};

FIXTURE_VARIANT_ADD(on, memory) {
};

/* All of it is generation 1, on the store as well; nothing is resident. */
FIXTURE_SETUP(on)
{
	self->store = variant->store;
	ASSERT_EQ(0, segment_make(variant->store, RESIDENT, 0));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, pages_write(self->fd, 0, 256, 1));
	ASSERT_EQ(0, fsync(self->fd));
	pages_read(self->fd, 300, 2 * RESIDENT);
}

FIXTURE_TEARDOWN(on)
{
	unmark(self->fd, 0, PAGES);
	EXPECT_EQ(0, stat_of("volatile_pages"));
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F(on, nothing_happens_without_need)
{
	ASSERT_EQ(0, pages_write(self->fd, 0, 16, 2));
	ASSERT_EQ(0, mark(self->fd, 0, 16));
	EXPECT_EQ(16, stat_of("volatile_pages"));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 16, 2));
	ASSERT_EQ(0, pages_write(self->fd, 4, 4, 3));
	EXPECT_EQ(0, unmark(self->fd, 0, 16));
	EXPECT_EQ(0, stat_of("volatile_pages"));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 4, 2));
	EXPECT_EQ(0, pages_errors(self->fd, 4, 4, 3));
	EXPECT_EQ(0, pages_errors(self->fd, 8, 8, 2));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(0, stat_of("purged"));
	EXPECT_EQ(0, pages_errors(self->fd, 4, 4, 3));
}

/* Dirty pages are purged without being written, clean ones the same. */
TEST_F(on, purged_pages_are_zeros)
{
	long long written;

	ASSERT_EQ(0, pages_write(self->fd, 0, 8, 2));
	pages_read(self->fd, 8, 8);
	ASSERT_EQ(0, mark(self->fd, 0, 16));
	written = stat_of("pages_written");
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(written, stat_of("pages_written"));
	EXPECT_EQ(16, stat_of("purged"));
	EXPECT_EQ(16, stat_of("volatile_pages"));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 16, 0));
	EXPECT_EQ(16, unmark(self->fd, 0, 16));
	/* It is told once. */
	EXPECT_EQ(0, unmark(self->fd, 0, 16));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 16, 0));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(0, pages_errors(self->fd, 0, 16, 0));
	/* The neighbours are what they were. */
	EXPECT_EQ(0, pages_errors(self->fd, 16, 16, 1));
}

/* Zeros that nobody looked at are on the store after fsync. */
TEST_F(on, fsync_after_a_purge)
{
	ASSERT_EQ(0, pages_write(self->fd, 0, 16, 2));
	ASSERT_EQ(0, mark(self->fd, 0, 16));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(16, stat_of("purged"));
	if (self->store) {
		EXPECT_EQ(0, store_errors(self->store, 3, 1));
	}
	EXPECT_EQ(8, unmark(self->fd, 0, 8));
	ASSERT_EQ(0, fsync(self->fd));
	if (self->store) {
		EXPECT_EQ(0, store_errors(self->store, 3, 0));
		EXPECT_EQ(0, store_errors(self->store, 7, 0));
		EXPECT_EQ(0, store_errors(self->store, 8, 1));
	}
	EXPECT_EQ(8, unmark(self->fd, 8, 8));
	/* And after the last close. */
	close(self->fd);
	if (self->store) {
		EXPECT_EQ(0, store_errors(self->store, 15, 0));
	}
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	EXPECT_EQ(0, pages_errors(self->fd, 0, 16, 0));
}

TEST_F(on, what_is_written_to_purged_pages_stays)
{
	uint64_t words[WORDS], i;

	ASSERT_EQ(0, mark(self->fd, 0, 16));
	pages_read(self->fd, 0, 16);
	/* What came back is looked at again after a while. */
	usleep(200000);
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(16, stat_of("purged"));
	/* Until then it would be volatile, too. */
	EXPECT_EQ(16, unmark(self->fd, 0, 16));
	/* A whole page, and a part of one. */
	ASSERT_EQ(0, page_write(self->fd, 3, 4));
	ASSERT_EQ(8, pwrite(self->fd, "abcdefgh", 8, 4 * PAGE + 16));
	ASSERT_EQ(0, page_write(self->fd, 5, 4));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(0, pages_errors(self->fd, 3, 1, 4));
	EXPECT_EQ(0, pages_errors(self->fd, 5, 1, 4));
	EXPECT_EQ(0, pages_errors(self->fd, 6, 10, 0));
	ASSERT_EQ((ssize_t)PAGE, pread(self->fd, words, PAGE, 4 * PAGE));
	EXPECT_EQ(0, memcmp(words + 2, "abcdefgh", 8));
	for (i = 0; i < WORDS; i++)
		if (i != 2)
			ASSERT_EQ(0, words[i]);
	ASSERT_EQ(0, fsync(self->fd));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(0, pages_errors(self->fd, 5, 1, 4));
}

/* A range that was declared first goes first, wherever it lies. */
TEST_F(on, the_oldest_goes_first)
{
	/* What came last stays, so that it is known what is there. */
	ASSERT_EQ(0, write_text(ATTR "policy", "fifo"));
	ASSERT_EQ(0, pages_write(self->fd, 0, 24, 2));
	pages_read(self->fd, 300, RESIDENT - 24);
	ASSERT_EQ(0, mark(self->fd, 8, 8));
	ASSERT_EQ(0, mark(self->fd, 16, 8));
	ASSERT_EQ(0, mark(self->fd, 0, 8));
	/* To declare it again does not make it younger. */
	ASSERT_EQ(0, mark(self->fd, 8, 8));
	EXPECT_EQ(24, stat_of("volatile_pages"));
	pages_read(self->fd, 400, 12);
	EXPECT_EQ(12, stat_of("purged"));
	EXPECT_EQ(0, unmark(self->fd, 0, 8));
	EXPECT_EQ(4, unmark(self->fd, 16, 8));
	EXPECT_EQ(8, unmark(self->fd, 8, 8));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 8, 2));
	EXPECT_EQ(0, pages_errors(self->fd, 8, 8, 0));
}

TEST_F(on, a_part_is_needed_again)
{
	ASSERT_EQ(0, pages_write(self->fd, 0, 16, 2));
	ASSERT_EQ(0, mark(self->fd, 0, 16));
	EXPECT_EQ(0, unmark(self->fd, 4, 4));
	EXPECT_EQ(0, unmark(self->fd, 15, 10));
	EXPECT_EQ(11, stat_of("volatile_pages"));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(11, stat_of("purged"));
	EXPECT_EQ(11, unmark(self->fd, 0, 16));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 4, 0));
	EXPECT_EQ(0, pages_errors(self->fd, 4, 4, 2));
	EXPECT_EQ(0, pages_errors(self->fd, 8, 7, 0));
	EXPECT_EQ(0, pages_errors(self->fd, 15, 1, 2));
}

/* The state is the segment's: another opener sees it, and it stays. */
TEST_F(on, whoever_uses_it)
{
	int other = segment_open(NAME);

	ASSERT_EQ(0, pages_write(self->fd, 0, 8, 2));
	ASSERT_EQ(0, mark(other, 0, 8));
	close(other);
	EXPECT_EQ(8, stat_of("volatile_pages"));
	pages_read(self->fd, 300, 2 * RESIDENT);
	other = segment_open(NAME);
	EXPECT_EQ(8, unmark(other, 0, 8));
	EXPECT_EQ(0, unmark(self->fd, 0, 8));
	close(other);
}

TEST_F(on, pinned_pages_are_spared)
{
	struct kpager_pin pin = {
		.struct_size = sizeof(pin), .offset = 2 * PAGE,
		.bytes = 4 * PAGE,
	};

	ASSERT_EQ(0, pages_write(self->fd, 0, 8, 2));
	ASSERT_EQ(0, ioctl(self->fd, KPAGER_PIN, &pin));
	ASSERT_EQ(0, mark(self->fd, 0, 8));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(4, stat_of("purged"));
	EXPECT_EQ(0, pages_errors(self->fd, 2, 4, 2));
	/* Unpinned they are what they were: volatile. */
	ASSERT_EQ(0, ioctl(self->fd, KPAGER_UNPIN, &pin));
	usleep(200000);
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(8, unmark(self->fd, 0, 8));
}

/* Through mappings, which lose their entries and get new ones. */
TEST_F(on, mapped_pages)
{
	uint64_t *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     self->fd, 0);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mark(self->fd, 0, 16));
	pattern_fill(map, 0, 16 * WORDS, 7);
	usleep(200000);
	pages_read(self->fd, 300, 2 * RESIDENT);
	/* Some may have gone, and come back, while others were filled. */
	EXPECT_GE(stat_of("purged"), 16);
	for (i = 0; i < 16 * WORDS; i++)
		ASSERT_EQ(0, map[i]);
	/* They came back, and can go again. */
	pattern_fill(map, 0, 16 * WORDS, 8);
	usleep(200000);
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_GE(stat_of("purged"), 32);
	EXPECT_EQ(16, unmark(self->fd, 0, 16));
	pattern_fill(map, 0, 16 * WORDS, 9);
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(0, pattern_errors(map, 0, 16 * WORDS, 9));
	munmap(map, SIZE);
}

TEST_F(on, resized_away)
{
	ASSERT_EQ(0, pages_write(self->fd, 0, 16, 2));
	ASSERT_EQ(0, mark(self->fd, 0, 300));
	pages_read(self->fd, 400, 2 * RESIDENT);
	/* One or another page may still be there from the beginning. */
	EXPECT_GE(stat_of("purged"), 16);
	ASSERT_EQ(0, resize(8));
	EXPECT_EQ(8, stat_of("volatile_pages"));
	EXPECT_EQ(ENXIO, mark(self->fd, 0, 9));
	EXPECT_EQ(-ENXIO, unmark(self->fd, 8, 1));
	ASSERT_EQ(0, resize(PAGES));
	EXPECT_EQ(8, stat_of("volatile_pages"));
	/* As with any resize: what the store has, or nothing. */
	EXPECT_EQ(0, pages_errors(self->fd, 8, 100, self->store ? 1 : 0));
	EXPECT_EQ(8, unmark(self->fd, 0, 16));
}

/* What does not fit into memory any more is thrown out of the store, too. */
TEST_F_TIMEOUT(on, the_store_in_memory_forgets, 240)
{
	long long stored = stat_value("store_pages");
	struct area a;

	if (self->store)
		return;
	EXPECT_GE(stored, 256);
	pages_read(self->fd, 0, 32);
	ASSERT_EQ(0, mark(self->fd, 0, 32));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(32, stat_of("purged"));
	EXPECT_EQ(stored - 32, stat_value("store_pages"));
	EXPECT_EQ(32, unmark(self->fd, 0, 32));
	EXPECT_EQ(0, pages_errors(self->fd, 0, 32, 0));
	/* What is in no frame would not help the segment itself, */
	ASSERT_EQ(0, mark(self->fd, 64, 64));
	pages_read(self->fd, 300, 2 * RESIDENT);
	EXPECT_EQ(32, stat_of("purged"));
	/* but others. */
	ASSERT_EQ(0, area_begin(&a, "others", STORE_BLOCK2));
	ASSERT_TRUE(area_evicted(&a));
	EXPECT_EQ(0, area_end(&a));
	EXPECT_EQ(96, stat_of("purged"));
	EXPECT_EQ(stored - 96, stat_value("store_pages"));
	EXPECT_EQ(64, unmark(self->fd, 64, 64));
	EXPECT_EQ(0, pages_errors(self->fd, 64, 64, 0));
	EXPECT_EQ(0, pages_errors(self->fd, 128, 64, 1));
}

/*
 * Pages are marked, used and unmarked at random.  Whatever is not volatile is
 * what was written last, or was reported as purged and is zeros.
 */
#define MODEL_PAGES	200ul
#define MODEL_STEPS	6000

static uint64_t value[MODEL_PAGES];
static bool marked[MODEL_PAGES];

static bool model_read(int fd, uint64_t page, bool *zero)
{
	uint64_t words[WORDS], j;

	*zero = false;
	if (pread(fd, words, PAGE, page * PAGE) != (ssize_t)PAGE)
		return false;
	for (j = 1; j < WORDS; j++)
		if (words[j] != words[0])
			return false;
	*zero = !words[0] && value[page];
	return words[0] == value[page] || *zero;
}

static bool model_write(int fd, uint64_t page, uint64_t v)
{
	uint64_t words[WORDS], j;

	for (j = 0; j < WORDS; j++)
		words[j] = v;
	value[page] = v;
	return pwrite(fd, words, PAGE, page * PAGE) == (ssize_t)PAGE;
}

static bool model_unmark(int fd, uint64_t first, uint64_t pages)
{
	long long purged = unmark(fd, first, pages), found = 0;
	uint64_t i;
	bool zero;

	for (i = first; i < first + pages; i++) {
		if (!model_read(fd, i, &zero) || (zero && !marked[i]))
			return false;
		marked[i] = false;
		found += zero;
		if (zero)
			value[i] = 0;
	}
	return purged >= found;
}

static bool model_step(int fd, unsigned int step)
{
	uint64_t page = rand() % MODEL_PAGES, pages, i;
	bool zero = false;

	pages = 1 + rand() % 20;
	if (page + pages > MODEL_PAGES)
		pages = MODEL_PAGES - page;
	switch (rand() % 10) {
	case 0:
		for (i = page; i < page + pages; i++)
			marked[i] = true;
		return !mark(fd, page, pages);
	case 1:
		return model_unmark(fd, page, pages);
	case 2:
		return rand() % 8 || !fsync(fd);
	case 3 ... 5:
		return model_write(fd, page, step + 1);
	default:
		/* A volatile page that is zeros may be so for good. */
		return model_read(fd, page, &zero) && (!zero || marked[page]);
	}
}

TEST_F_TIMEOUT(on, at_random, 240)
{
	unsigned int step;
	uint64_t i;

	srand(4711);
	for (i = 0; i < MODEL_PAGES; i++)
		ASSERT_TRUE(model_write(self->fd, i, ~i));
	for (step = 0; step < MODEL_STEPS; step++)
		ASSERT_TRUE(model_step(self->fd, step)) {
			TH_LOG("step %u", step);
		}
	EXPECT_GT(stat_of("purged"), 100);
	ASSERT_TRUE(model_unmark(self->fd, 0, MODEL_PAGES));
	TH_LOG("%lld pages purged, %lld evicted", stat_of("purged"),
	       stat_of("evictions"));
}

/* ---- others need frames ---- */

FIXTURE(pool) {
	int fd;
};

FIXTURE_SETUP(pool)
{
	ASSERT_EQ(0, segment_make(STORE_BLOCK, 0, 0));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(pool)
{
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F_TIMEOUT(pool, all_of_it, 240)
{
	int fd = self->fd, i;
	struct area a;

	ASSERT_EQ(0, pages_write(fd, 0, 512, 1));
	ASSERT_EQ(0, mark(fd, 0, 256));
	ASSERT_EQ(0, area_begin(&a, "others", STORE_BLOCK2));
	ASSERT_TRUE(area_evicted(&a));
	EXPECT_EQ(256, stat_of("purged"));
	EXPECT_EQ(0, area_end(&a));
	EXPECT_EQ(256, unmark(fd, 0, 512));
	EXPECT_EQ(0, pages_errors(fd, 0, 256, 0));
	EXPECT_EQ(0, pages_errors(fd, 256, 256, 1));
	/* The system needs memory. */
	ASSERT_EQ(0, pages_write(fd, 0, 512, 2));
	ASSERT_EQ(0, mark(fd, 0, 256));
	for (i = 0; i < 20 && stat_of("purged") < 512; i++)
		ASSERT_EQ(0, write_text("/proc/sys/vm/drop_caches", "2"));
	EXPECT_EQ(512, stat_of("purged"));
	EXPECT_EQ(256, unmark(fd, 0, 512));
	EXPECT_EQ(0, pages_errors(fd, 256, 256, 2));
}

/* The age counts, not the segment. */
TEST_F_TIMEOUT(pool, oldest_of_all_segments, 240)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = SIZE, .backing_fd = -1,
	};
	int control = open(CONTROL, O_RDWR), fd = self->fd, anon;
	long long before = stat_value("purged"), total = 0, seg;
	uint64_t page;
	int others;

	anon = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	ASSERT_GE(anon, 0);
	ASSERT_EQ(0, pages_write(fd, 0, PAGES, 1));
	ASSERT_EQ(0, pages_write(anon, 0, PAGES, 1));
	ASSERT_EQ(0, mark(anon, 0, PAGES / 2));
	ASSERT_EQ(0, mark(fd, 0, PAGES));
	ASSERT_EQ(0, mark(anon, PAGES / 2, PAGES / 2));
	/* Until the second range is begun. */
	segment_destroy("others", KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_create("others", AREA_SIZE, STORE_BLOCK2));
	others = segment_open("others");
	for (page = 0; page < AREA_PAGES && total < 700; page++) {
		pages_read(others, page, 1);
		total = stat_value("purged") - before;
	}
	/* The thread goes on for a moment. */
	usleep(500000);
	total = stat_value("purged") - before;
	seg = stat_of("purged");
	TH_LOG("purged: %lld, of these the second oldest %lld", total, seg);
	EXPECT_GE(total, 700);
	EXPECT_LT(total, 3 * (long long)PAGES / 2);
	EXPECT_EQ(total - (long long)PAGES / 2, seg);
	close(others);
	EXPECT_EQ(0, segment_destroy("others", 0));
	close(anon);
}

/* ---- wrong calls ---- */

FIXTURE(bad) {
	int fd;
};

FIXTURE_SETUP(bad)
{
	ASSERT_EQ(0, segment_make(STORE_BLOCK, RESIDENT, 0));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(bad)
{
	EXPECT_EQ(0, stat_of("volatile_pages"));
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F(bad, calls)
{
	struct kpager_volatile good, arg;
	unsigned int i;
	int fd;

	range_init(&good, 0, 4);
#define REFUSED(err, change) do {					\
	arg = good;							\
	change;								\
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_VOLATILE, &arg));		\
	EXPECT_EQ(err, errno);						\
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_NONVOLATILE, &arg));	\
	EXPECT_EQ(err, errno);						\
} while (0)
	REFUSED(EINVAL, arg.struct_size++);
	REFUSED(EINVAL, arg.struct_size = 0);
	REFUSED(EINVAL, arg.flags = 1u << 31);
	REFUSED(EINVAL, arg.purged = 1);
	for (i = 0; i < 2; i++)
		REFUSED(EINVAL, arg.reserved[i] = 1);
	REFUSED(EINVAL, arg.bytes = 0);
	REFUSED(EINVAL, arg.bytes = PAGE - 1);
	REFUSED(EINVAL, arg.offset = PAGE / 2);
	REFUSED(EINVAL, arg.offset = ~0ull << 12; arg.bytes = 2 * PAGE);
	REFUSED(EINVAL, arg.offset = 2 * PAGE; arg.bytes = ~0ull << 12);
	REFUSED(ENXIO, arg.offset = 0; arg.bytes = ~0ull << 12);
	REFUSED(ENXIO, arg.offset = SIZE);
	REFUSED(ENXIO, arg.offset = SIZE - PAGE; arg.bytes = 2 * PAGE);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_VOLATILE, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_NONVOLATILE, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOW(KPAGER_IOC_MAGIC, 20, int), &good));
	EXPECT_EQ(EINVAL, errno);
	fd = open(CONTROL, O_RDWR);
	EXPECT_EQ(-1, ioctl(fd, KPAGER_VOLATILE, &good));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
	/* Who may not write may not have it forgotten. */
	fd = open("/dev/kpager/" NAME, O_RDONLY);
	EXPECT_EQ(EACCES, mark(fd, 0, 4));
	EXPECT_EQ(-EACCES, unmark(fd, 0, 4));
	close(fd);
}

/* The answer has no place to go to; then all of it is done. */
TEST_F(bad, read_only_answer)
{
	struct kpager_volatile *arg;

	arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	ASSERT_EQ(0, mark(self->fd, 0, 4));
	range_init(arg, 0, 4);
	mprotect(arg, PAGE, PROT_READ);
	EXPECT_EQ(-1, ioctl(self->fd, KPAGER_NONVOLATILE, arg));
	EXPECT_EQ(EFAULT, errno);
	munmap(arg, PAGE);
}

TEST_F(bad, too_many_ranges)
{
	unsigned int i, n = 0;

	ASSERT_EQ(0, resize(PAGES * 10));
	for (i = 0; i < RANGES_MAX; i++)
		n += !mark(self->fd, 2 * i, 1);
	EXPECT_EQ(RANGES_MAX, n);
	EXPECT_EQ(ENOMEM, mark(self->fd, 2 * RANGES_MAX, 1));
	/* Gaps would be ranges, too: all or nothing. */
	EXPECT_EQ(ENOMEM, mark(self->fd, 0, 10));
	EXPECT_EQ((long long)RANGES_MAX, stat_of("volatile_pages"));
	EXPECT_EQ(0, unmark(self->fd, 0, 4));
	EXPECT_EQ(0, mark(self->fd, 0, 4));
	EXPECT_EQ(0, unmark(self->fd, 0, PAGES * 10));
}

/* What is left of a range has to be found by everybody, too. */
TEST_F_TIMEOUT(bad, too_many_parts, 240)
{
	unsigned long pages = 20 * PAGES, i, n = 0;

	ASSERT_EQ(0, resize(pages));
	ASSERT_EQ(0, mark(self->fd, 0, pages));
	for (i = 0; i < PARTS_MAX - 1; i++)
		n += !unmark(self->fd, 2 * i + 1, 1);
	EXPECT_EQ(PARTS_MAX - 1, n);
	EXPECT_EQ(-ENOMEM, unmark(self->fd, pages - 2, 1));
	EXPECT_EQ(ENOMEM, mark(self->fd, 1, 1));
	EXPECT_EQ((long long)(pages - n), stat_of("volatile_pages"));
	/* Whatever leaves no more parts than before can be needed again. */
	EXPECT_EQ(0, unmark(self->fd, pages - 1, 1));
	EXPECT_EQ(0, unmark(self->fd, 1, 2));
	EXPECT_EQ(0, unmark(self->fd, pages - 3, 1));
	EXPECT_EQ(-ENOMEM, unmark(self->fd, pages - 5, 1));
	EXPECT_EQ(0, unmark(self->fd, 0, pages));
}

/* Of many ranges without frames some are looked at each time. */
TEST_F(bad, ranges_in_vain)
{
	unsigned int i, n = 0;

	ASSERT_EQ(0, resize(PAGES * 10));
	/* They are older than what is volatile, and go before that returns. */
	pages_read(self->fd, 9000, RESIDENT - 16);
	ASSERT_EQ(0, pages_write(self->fd, 8000, 16, 2));
	for (i = 0; i < 1000; i++)
		n += !mark(self->fd, 2 * i, 1);
	ASSERT_EQ(1000u, n);
	ASSERT_EQ(0, mark(self->fd, 8000, 16));
	pages_read(self->fd, 9100, RESIDENT);
	EXPECT_EQ(16, stat_of("purged"));
	EXPECT_EQ(16, unmark(self->fd, 0, PAGES * 10));
}

/* Of a segment larger than any memory nothing is walked through. */
TEST(a_huge_segment)
{
	struct kpager_create arg;
	uint64_t pages = 1ull << 44;
	int fd;

	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	create_init(&arg, NAME, pages * PAGE, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	ASSERT_EQ(0, control_call(KPAGER_CREATE, &arg));
	fd = segment_open(NAME);
	EXPECT_EQ(0, mark(fd, pages - 2, 2));
	EXPECT_EQ(0, mark(fd, 0, 2));
	EXPECT_EQ(4, stat_of("volatile_pages"));
	EXPECT_EQ(0, unmark(fd, 1, pages - 2));
	EXPECT_EQ(2, stat_of("volatile_pages"));
	EXPECT_EQ(0, resize(1000));
	EXPECT_EQ(1, stat_of("volatile_pages"));
	close(fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST(a_deterministic_segment_forgets_nothing)
{
	int fd;

	ASSERT_EQ(0, segment_make(STORE_BLOCK, RESIDENT,
				  KPAGER_CREATE_DETERMINISTIC));
	fd = segment_open(NAME);
	EXPECT_EQ(EBUSY, mark(fd, 0, 1));
	EXPECT_EQ(0, unmark(fd, 0, 1));
	close(fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_HARNESS_MAIN
