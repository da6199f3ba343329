// SPDX-License-Identifier: GPL-2.0
/*
 * compact.c - the system wants memory, and the free frames of the pool lie
 * scattered between pages that cannot go: these are moved, and arenas go back.
 *
 * Loads the module anew for each test: later its own objects lie in every
 * arena of so small a pool, and these do not move.
 */
#include "area.h"
#include "contig.h"
#include "kselftest_harness.h"

#define NAME		"scattered"
#define OTHER		"between"
#define RUN		"run"
#define REST		"rest"
#define STAT		"/proc/kpager/segment/" NAME "/stat"
/* Of each so many pages fill most of the 3,072 frames. */
#define PAGES		1200ul
#define SIZE		(PAGES * PAGE)
#define ARENA		1024
#define CHURN_PAGES	3000ul
/* How often contiguous memory is made while pages are in use. */
#define ROUNDS		30
/* So many pieces of it are there at a time, each where pages were. */
#define RUNS		3
#define WORDS_ALL	(SIZE / sizeof(uint64_t))

static int memory_segment(const char *name, const char *store)
{
	struct kpager_create arg;
	int fd = store ? open(store, O_RDWR) : -1, err;

	create_init(&arg, name, SIZE, fd);
	if (!store)
		arg.flags = KPAGER_CREATE_MEMORY;
	err = control_call(KPAGER_CREATE, &arg);
	if (store)
		close(fd);
	return err;
}

static uint64_t *segment_map(int fd)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* In this order no page follows its neighbour; prime to PAGES. */
#define FAR		7919ul

/* Pages of the two in turn, each @step pages from the last, all dirty. */
static void fill_in_turn(uint64_t *map, uint64_t *other, uint64_t step)
{
	uint64_t n, i;

	for (n = 0; n < PAGES; n++) {
		i = n * step % PAGES * WORDS;
		pattern_fill(map + i, i, WORDS, 1);
		other[i] = ~i;
	}
}

static int other_begin(uint64_t **map)
{
	int fd;

	if (memory_segment(OTHER, NULL))
		return -1;
	fd = segment_open(OTHER);
	*map = segment_map(fd);
	return fd;
}

static int other_end(int fd, uint64_t *map)
{
	munmap(map, SIZE);
	close(fd);
	return segment_destroy(OTHER, 0);
}

/*
 * Put the pages of the segment, none of which may be evicted, into every other
 * one of most frames of the pool, and take what would remain in one piece.
 */
static int scatter(uint64_t *map)
{
	uint64_t *other;
	int fd, err;

	err = write_text("/sys/class/kpager/" NAME "/resident_min", "1200");
	if (!err)
		err = contig_create(REST, 511 * PAGE);
	if (err)
		return err;
	fd = other_begin(&other);
	if (fd < 0 || other == MAP_FAILED)
		return errno;
	fill_in_turn(map, other, 1);
	return other_end(fd, other);
}

/* Pages that were moved in the last attempt to find contiguous memory. */
static long long attempt_moved(void)
{
	FILE *f = fopen("/proc/kpager/contig", "r");
	long long moved = -1;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %lld", &moved);
	if (f)
		fclose(f);
	return moved;
}

/* A segment larger than what the other leaves of the pool; all zeros. */
static int churn_begin(int *fd, uint64_t **map)
{
	int zeros = open(STORE_BLOCK2, O_WRONLY), err, i;
	static const char page[1 << 20];

	for (i = 0; i < 16; i++)
		if (write(zeros, page, sizeof(page)) != sizeof(page))
			return EIO;
	close(zeros);
	err = segment_create(OTHER, CHURN_PAGES * PAGE, STORE_BLOCK2);
	if (err)
		return err;
	*fd = segment_open(OTHER);
	*map = mmap(NULL, CHURN_PAGES * PAGE, PROT_READ, MAP_SHARED, *fd, 0);
	return *map == MAP_FAILED ? errno : 0;
}

static void press(unsigned int times)
{
	while (times--)
		write_text("/proc/sys/vm/drop_caches", "2");
}

FIXTURE(compact) {
	int fd;
	uint64_t *map;
};

FIXTURE_VARIANT(compact) {
	const char *store;
};

FIXTURE_VARIANT_ADD(compact, memory) {
};

FIXTURE_VARIANT_ADD(compact, device) {
	.store = STORE_BLOCK,
};

FIXTURE_SETUP(compact)
{
	ASSERT_EQ(0, system("rmmod kpager && insmod /kpager.ko limit_mb=12"));
	ASSERT_EQ(0, memory_segment(NAME, variant->store));
	/* Nothing is written ahead of need. */
	ASSERT_EQ(0, write_text("/sys/class/kpager/" NAME "/clean_min", "0"));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
	self->map = segment_map(self->fd);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(compact)
{
	munmap(self->map, SIZE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F_TIMEOUT(compact, dirty_pages_make_room, 120)
{
	struct kpager_pin pin = {
		.struct_size = sizeof(pin), .bytes = 300 * PAGE,
	};
	uint64_t *other;
	int fd = other_begin(&other);

	ASSERT_NE(MAP_FAILED, other);
	fill_in_turn(self->map, other, FAR);
	ASSERT_EQ(0, ioctl(self->fd, KPAGER_PIN, &pin));
	ASSERT_LE(2 * (long long)PAGES, stat_value("frames_total"));
	ASSERT_EQ(0, other_end(fd, other));
	press(20);
	TH_LOG("%lld frames for %lu pages, %lld were moved",
	       stat_value("frames_total"), PAGES, file_value(STAT, "moved"));
	EXPECT_LE(stat_value("frames_total"), 2 * ARENA);
	EXPECT_GT(file_value(STAT, "moved"), 0);
	/* All of it is there, in frames, pinned and dirty. */
	EXPECT_EQ((long long)PAGES, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ(300, file_value(STAT, "pinned"));
	EXPECT_EQ(0, pattern_errors(self->map, 0, WORDS_ALL, 1));
	ASSERT_EQ(0, ioctl(self->fd, KPAGER_UNPIN, &pin));
	EXPECT_EQ(0, file_value(STAT, "pinned"));
	/* What was moved is written, too, before it goes. */
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, madvise(self->map, SIZE, MADV_DONTNEED));
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED));
	EXPECT_GT((long long)PAGES / 2, segment_value(NAME, COLUMN_RESIDENT));
	EXPECT_EQ(0, pattern_errors(self->map, 0, WORDS_ALL, 1));
	pattern_fill(self->map, 0, WORDS_ALL, 2);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, pattern_errors(self->map, 0, WORDS_ALL, 2));
}

/* A frame that somebody holds stays where it is, and keeps its arena. */
TEST_F_TIMEOUT(compact, held_frames_do_not_move, 120)
{
	uint64_t *other, page[WORDS], held, now;
	int fd = other_begin(&other), fds[2];
	struct iovec iov = { self->map + 7 * WORDS, PAGE };

	ASSERT_NE(MAP_FAILED, other);
	fill_in_turn(self->map, other, 1);
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ((ssize_t)PAGE, vmsplice(fds[1], &iov, 1, 0));
	ASSERT_TRUE(frames_of(iov.iov_base, &held, 1));
	ASSERT_EQ(0, other_end(fd, other));
	press(20);
	EXPECT_GT(file_value(STAT, "moved"), 0);
	/* The pipe and the mapping still are the same page, where it was. */
	(void)((volatile uint64_t *)self->map)[7 * WORDS];
	ASSERT_TRUE(frames_of(iov.iov_base, &now, 1));
	EXPECT_EQ(held, now);
	self->map[7 * WORDS] = 4711;
	ASSERT_EQ((ssize_t)PAGE, read(fds[0], page, PAGE));
	EXPECT_EQ(4711, page[0]);
	EXPECT_EQ(0, pattern_errors(page + 1, 7 * WORDS + 1, WORDS - 1, 1));
	close(fds[0]);
	close(fds[1]);
}

/*
 * A run of frames for a contiguous segment, or an arena that makes room for
 * one, where free frames are scattered and nothing can be evicted.
 */
TEST_F_TIMEOUT(compact, contiguous_memory_is_made, 120)
{
	const uint64_t sizes[] = { 1 << 20, 400 * PAGE, 2 << 20 };
	long long moved = 0, before;
	size_t i;

	ASSERT_EQ(0, scatter(self->map));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		before = moved;
		ASSERT_EQ(0, contig_create(RUN, sizes[i]));
		moved = file_value(STAT, "moved");
		TH_LOG("%llu KiB, %lld pages were moved",
		       (unsigned long long)sizes[i] >> 10, moved - before);
		EXPECT_EQ((long long)PAGES,
			  segment_value(NAME, COLUMN_RESIDENT));
		EXPECT_EQ(0, pattern_errors(self->map, 0, WORDS_ALL, 1));
		EXPECT_EQ(moved - before, attempt_moved());
		ASSERT_EQ(0, segment_destroy(RUN, 0));
		if (!i)
			EXPECT_GT(moved, 0);
	}
	EXPECT_EQ(0, segment_destroy(REST, 0));
}

/**
 * struct orders - what the parent tells its children
 * @stop: they shall end
 */
struct orders {
	volatile int stop;
};

/* Writers count in their own words, and find each step they made. */
static void count_in(uint64_t *map, unsigned int who,
		     const struct orders *orders)
{
	uint64_t n, i;

	for (n = 1; n < 2 || !orders->stop; n++) {
		for (i = 0; i < PAGES; i++) {
			volatile uint64_t *word = map + i * WORDS + who;

			if (*word != (n - 1) * PAGES + i && n > 1)
				_exit(1);
			*word = n * PAGES + i;
		}
	}
	_exit(0);
}

static void sync_all(int fd, const struct orders *orders)
{
	/* Pages do not move meanwhile, so there are pauses. */
	while (!orders->stop) {
		if (fsync(fd))
			_exit(1);
		usleep(300000);
	}
	_exit(0);
}

/* Others' pages come and go all the time, so that free frames are scattered. */
static void churn(const uint64_t *map, const struct orders *orders)
{
	unsigned int seed = 1;
	uint64_t page;

	while (!orders->stop) {
		page = rand_r(&seed) % CHURN_PAGES;
		if (map[page * WORDS])
			_exit(1);
	}
	_exit(0);
}

TEST_F_TIMEOUT(compact, while_it_is_written, 300)
{
	uint64_t i, bad = 0, first, *other;
	bool there[RUNS] = {};
	unsigned int made = 0;
	struct orders *orders;
	char run[] = RUN "0";
	pid_t pids[4];
	int fd, j;

	orders = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, orders);
	/* Compressed pages would lie in every arena, and do not move. */
	ASSERT_EQ(0, scatter(self->map));
	ASSERT_EQ(0, churn_begin(&fd, &other));
	for (i = 0; i < PAGES; i++) {
		memset(self->map + i * WORDS, 0, PAGE);
		bad += other[i * WORDS];
	}
	for (j = 0; j < 2; j++) {
		pids[j] = fork();
		if (!pids[j])
			count_in(self->map, j, orders);
	}
	pids[2] = fork();
	if (!pids[2])
		churn(other, orders);
	pids[3] = fork();
	if (!pids[3] && variant->store)
		sync_all(self->fd, orders);
	if (!pids[3])
		_exit(0);
	for (j = 0; j < ROUNDS; j++) {
		run[sizeof(run) - 2] = '0' + j % RUNS;
		if (there[j % RUNS])
			ASSERT_EQ(0, segment_destroy(run, 0));
		there[j % RUNS] = !contig_create(run, j & 1 ? 256 << 10 :
						 1 << 20);
		made += there[j % RUNS];
		press(1);
	}
	orders->stop = 1;
	for (j = 0; j < 4; j++)
		EXPECT_EQ(0, child_status(pids[j]));
	TH_LOG("%u of %u were made, %lld pages were moved", made, ROUNDS,
	       file_value(STAT, "moved"));
	EXPECT_GT(made, 0);
	EXPECT_GT(file_value(STAT, "moved"), 0);
	munmap(other, CHURN_PAGES * PAGE);
	close(fd);
	EXPECT_EQ(0, segment_destroy(OTHER, 0));
	EXPECT_EQ(0, segment_destroy(REST, 0));
	for (j = 0; j < RUNS; j++) {
		run[sizeof(run) - 2] = '0' + j;
		if (there[j])
			EXPECT_EQ(0, segment_destroy(run, 0));
	}
	/* Both went through the pages in order, to the end. */
	for (j = 0; j < 2; j++) {
		first = self->map[j] / PAGES;
		for (i = 0; i < PAGES; i++)
			bad += self->map[i * WORDS + j] % PAGES != i ||
				self->map[i * WORDS + j] / PAGES != first;
	}
	EXPECT_EQ(0, bad);
	/* What fsync says is on the store is there. */
	ASSERT_EQ(0, fsync(self->fd));
	if (variant->store) {
		uint64_t *stored = aligned_alloc(PAGE, SIZE);
		int store = open(variant->store, O_RDONLY | O_DIRECT);

		ASSERT_EQ((ssize_t)SIZE, read(store, stored, SIZE));
		EXPECT_EQ(0, memcmp(stored, self->map, SIZE));
		close(store);
		free(stored);
	}
}

TEST_HARNESS_MAIN
