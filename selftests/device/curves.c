// SPDX-License-Identifier: GPL-2.0
/*
 * curves.c - what the module says that other policies, and other amounts of
 * memory, would miss is what a replay of the same load says
 *
 * Deterministic segments run three traces; there the module sees each
 * reference.  Then a segment that is mapped, where it sees bits: its misses
 * are compared with what it is said to miss, and the numbers printed.
 *
 * Needs ./kpager-static, which the runner of the tests puts beside this.
 */
#include <math.h>
#include <pthread.h>

#include "kselftest_harness.h"
#include "nullb.h"

#define NAME		"curves"
#define REPLAY		"./kpager-static replay --raw --noheadings "
#define TRACE		"/tmp/curves.trace"
#define ATTRS		"/sys/class/kpager/" NAME "/"
#define PROC		"/proc/kpager/segment/" NAME "/"

#define PAGES		8000u
#define FRAMES		1000u
#define REQUESTS	60000u
#define BAR		0.03
/* Five policies with five amounts of memory, if one of them is its own. */
#define CELLS		25

static uint64_t seed;

/* splitmix64 (Steele, Lea and Flood, 2014) */
static uint64_t next_random(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Skewed: page p in proportion to about 1 / (p + 1), the pages scattered. */
static unsigned int draw(void)
{
	double u = (double)(next_random() >> 11) / (double)(1ull << 53);
	unsigned int rank = (unsigned int)exp(u * log(PAGES)) - 1;

	/* 4001 is prime, and no divisor of the number of pages. */
	return rank * 4001u % PAGES;
}

static unsigned int page_at(int kind, unsigned int i)
{
	switch (kind) {
	case 0:
		return draw();
	case 1:
		/* A scan goes by now and then. */
		return i % 500 < 400 ? draw() : (i / 500 * 100 + i % 500) % PAGES;
	default:
		return i % (FRAMES + FRAMES / 2);
	}
}

static const char *const kinds[] = { "zipf", "zipf and scans", "loop" };

static int make_trace(int kind)
{
	FILE *f = fopen(TRACE, "w");
	unsigned int i;

	if (!f)
		return errno;
	seed = 1;
	/* Each page first, so that replay numbers them as they are. */
	for (i = 0; i < PAGES; i++)
		fprintf(f, "%u\n", i);
	for (i = 0; i < REQUESTS; i++)
		fprintf(f, "%u\n", page_at(kind, i));
	return fclose(f) ? errno : 0;
}

/* A store that is fast and keeps nothing: only reads matter here. */
static int null_make(void)
{
	int err;

	/* What a test left behind that failed. */
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	nullb_remove();
	mkdir(NULLB, 0700);
	err = write_text(NULLB "/size", "200");
	return err ? err : write_text(NULLB "/power", "1");
}

static int create(bool deterministic)
{
	struct kpager_create arg;
	int fd = open(NULLB_STORE, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, NAME, PAGES * PAGE, fd);
	arg.flags = deterministic ? KPAGER_CREATE_DETERMINISTIC : 0;
	arg.resident_max = FRAMES;
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

/* A line of curves. */
struct estimate {
	char policy[32];
	unsigned int frames;
	unsigned int simulated;
	unsigned long references;
	unsigned long misses;
	double ratio;
};

/* Return: how many there are, or -1. */
static int estimates(struct estimate *e)
{
	FILE *f = fopen(PROC "curves", "r");
	char line[256];
	int n = -2;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (n >= CELLS)
			break;
		if (n >= 0 && sscanf(line, "%31s %u %u %lu %lu %lf",
				     e[n].policy, &e[n].frames,
				     &e[n].simulated, &e[n].references,
				     &e[n].misses, &e[n].ratio) != 6)
			break;
		n++;
	}
	if (!feof(f))
		n = -1;
	fclose(f);
	return n;
}

/* Run the command; return the misses in its first line, or -1. */
static long misses_of(const char *arguments)
{
	char line[512];
	long frames, requests, misses = -1;
	FILE *f;

	snprintf(line, sizeof(line), REPLAY "%s " TRACE, arguments);
	f = popen(line, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%63s %ld %ld %ld", line, &frames, &requests,
		   &misses) != 4)
		misses = -1;
	while (fgets(line, sizeof(line), f))
		;
	return pclose(f) ? -1 : misses;
}

static double replayed(const struct estimate *e)
{
	char arguments[128];
	long misses;

	snprintf(arguments, sizeof(arguments),
		 "--ideal-bit --policy %.31s --frames %u", e->policy, e->frames);
	misses = misses_of(arguments);
	return misses < 0 ? NAN : (double)misses / (PAGES + REQUESTS);
}

static long long counted(const char *key)
{
	return file_value(PROC "stat", key);
}

static int begin(bool deterministic)
{
	int err = null_make();

	return err ? err : create(deterministic);
}

/* The sample is off again when its segment goes. */
static int end(void)
{
	int err = segment_destroy(NAME, 0);

	nullb_remove();
	unlink(TRACE);
	if (!err && stat_value("whatif_bytes"))
		err = ENOTEMPTY;
	return err;
}

static bool has_command(void)
{
	return !access("./kpager-static", X_OK);
}

/* The mean absolute error over all policies and amounts. */
static double error_of(const struct estimate *e, int n, double *worst)
{
	double sum = 0, error;
	int i;

	*worst = 0;
	for (i = 0; i < n; i++) {
		error = fabs(replayed(&e[i]) - e[i].ratio);
		sum += error;
		if (!(error <= *worst))
			*worst = error;
	}
	return sum / n;
}

FIXTURE(touched) {
};

FIXTURE_VARIANT(touched) {
	const char *every;
	int cells;
	double bar;
};

/* Four decimals are printed. */
FIXTURE_VARIANT_ADD(touched, all) { .every = "1", .cells = 5, .bar = .0001 };
FIXTURE_VARIANT_ADD(touched, some) { .every = "20", .cells = CELLS, .bar = BAR };

FIXTURE_SETUP(touched)
{
	ASSERT_EQ(0, begin(true));
}

FIXTURE_TEARDOWN(touched)
{
	EXPECT_EQ(0, end());
}

TEST_F_TIMEOUT(touched, curves_are_those_of_a_replay, 900)
{
	struct estimate e[CELLS];
	double error, worst;
	int kind;

	if (!has_command())
		SKIP(return, "there is no ./kpager-static");
	for (kind = 0; kind < 3; kind++) {
		ASSERT_EQ(0, make_trace(kind));
		ASSERT_EQ(0, write_text(ATTRS "whatif", variant->every));
		ASSERT_LT(0, misses_of("--device " NAME));
		ASSERT_EQ(CELLS, estimates(e));
		EXPECT_EQ(PAGES + REQUESTS, e[0].references);
		EXPECT_LT(0, stat_value("whatif_bytes"));
		error = error_of(e, variant->cells, &worst);
		TH_LOG("%s, a page of %s: mean absolute error %.4f, the worst %.4f",
		       kinds[kind], variant->every, error, worst);
		EXPECT_LE(error, variant->bar);
	}
	EXPECT_EQ(0, counted("whatif_lost"));
	EXPECT_LT(0, counted("whatif_sampled"));
}

FIXTURE(mapped) {
};

FIXTURE_SETUP(mapped)
{
	ASSERT_EQ(0, begin(false));
}

FIXTURE_TEARDOWN(mapped)
{
	EXPECT_EQ(0, end());
}

/*
 * Hits are seen as bits: what is estimated for what the segment has is beside
 * what it missed.
 */
TEST_F_TIMEOUT(mapped, misses_are_those_that_there_are, 300)
{
	struct estimate e[CELLS];
	long long missed;
	int found = 0, i;

	if (!has_command())
		SKIP(return, "there is no ./kpager-static");
	ASSERT_EQ(0, make_trace(0));
	ASSERT_EQ(0, write_text(ATTRS "prefetch", "off"));
	ASSERT_EQ(0, write_text(ATTRS "whatif", "20"));
	missed = counted("misses");
	ASSERT_LT(0, misses_of("--device " NAME));
	missed = counted("misses") - missed;
	ASSERT_EQ(CELLS, estimates(e));
	for (i = 0; i < CELLS; i++) {
		if (strcmp(e[i].policy, "qd-clock") || e[i].frames != FRAMES)
			continue;
		found++;
		TH_LOG("qd-clock missed %lld of %u; estimated %lu of %lu seen, %lld lost",
		       missed, PAGES + REQUESTS, e[i].misses, e[i].references,
		       counted("whatif_lost"));
		EXPECT_LT(fabs((double)e[i].misses - (double)missed), .1 * missed);
	}
	EXPECT_EQ(1, found);
}

static bool stop;

static void *use_pages(void *arg)
{
	volatile uint64_t *map = arg;
	uint64_t x = 1, sum = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		x = x * 6364136223846793005ull + 1;
		sum += map[(x >> 33) % PAGES * WORDS];
	}
	return (void *)(uintptr_t)(sum & 1);
}

/* It is switched on and off, and read, while faults go on. */
TEST_F_TIMEOUT(mapped, curves_come_and_go_while_pages_are_used, 120)
{
	static const char *const every[] = { "1", "0", "7", "100", "10000" };
	struct estimate e[CELLS];
	pthread_t thread;
	unsigned int i;
	void *map;
	int fd;

	fd = segment_open(NAME);
	ASSERT_GE(fd, 0);
	map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, use_pages, map));
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(0, write_text(ATTRS "whatif", every[i % 5]));
		usleep(20000);
		EXPECT_EQ(strcmp(every[i % 5], "0") ? CELLS : 0, estimates(e));
		if (i == 50)
			EXPECT_EQ(0, write_text(ATTRS "policy", "sieve"));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	munmap(map, PAGES * PAGE);
	close(fd);
	EXPECT_EQ(0, write_text(ATTRS "whatif", "0"));
	EXPECT_EQ(0, stat_value("whatif_bytes"));
}

TEST_F(mapped, bad_values)
{
	struct estimate e[CELLS];

	EXPECT_EQ(0, estimates(e));
	EXPECT_EQ(0, stat_value("whatif_bytes"));
	EXPECT_EQ(ERANGE, write_text(ATTRS "whatif", "10001"));
	EXPECT_EQ(EINVAL, write_text(ATTRS "whatif", "-1"));
	EXPECT_EQ(EINVAL, write_text(ATTRS "whatif", "x"));
	EXPECT_EQ(EINVAL, write_text(ATTRS "whatif", "\n"));
	EXPECT_EQ(ERANGE, write_text(ATTRS "whatif", "99999999999999999999999"));
	EXPECT_EQ(0, estimates(e));
	EXPECT_EQ(0, write_text(ATTRS "whatif", "10000"));
	EXPECT_EQ(CELLS, estimates(e));
	EXPECT_EQ(1, e[0].simulated);
	EXPECT_EQ(0, e[0].misses);
}

/* Simulations of everything that would take more than they may. */
TEST(too_large_a_sample_is_refused)
{
	struct kpager_create arg;
	int fd;

	ASSERT_EQ(0, null_make());
	fd = open(NULLB_STORE, O_RDWR);
	ASSERT_GE(fd, 0);
	create_init(&arg, NAME, 200ul << 20, fd);
	ASSERT_EQ(0, control_call(KPAGER_CREATE, &arg));
	close(fd);
	/* Sizes up to the whole segment. */
	ASSERT_EQ(0, write_text(ATTRS "resident_max", "25600"));
	EXPECT_EQ(ENOSPC, write_text(ATTRS "whatif", "1"));
	EXPECT_EQ(0, stat_value("whatif_bytes"));
	EXPECT_EQ(0, write_text(ATTRS "whatif", "100"));
	EXPECT_LT(0, stat_value("whatif_bytes"));
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	nullb_remove();
}

TEST_HARNESS_MAIN
