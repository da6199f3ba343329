// SPDX-License-Identifier: GPL-2.0
/*
 * replay.c - policies on the device miss what they miss in the model
 *
 * Deterministic segments run three traces under each policy, and so does
 * kpager replay on the host's side of the code: the misses must be equal.
 * Then a segment as it is used, mapped and with the hardware's bits: there the
 * first touch of a page must not count as a hit.
 *
 * Needs ./kpager-static, which the runner of the tests puts beside this.
 */
#include "kselftest_harness.h"
#include "nullb.h"

#define NAME		"replay"
#define COMMAND		"./kpager-static replay --raw --noheadings "
#define TRACE		"/tmp/replay.trace"

#define PAGES		600u
#define FRAMES		100u
#define REQUESTS	5000u

/* Rule 1 of the fresh window: the first bit believed, it is over 0.69. */
#define ZIPF_PAGES	40580u
#define ZIPF_FRAMES	406u
#define ZIPF_REQUESTS	60000u
#define ZIPF_BAR	0.65

static uint64_t seed;

/* splitmix64 (Steele, Lea and Flood, 2014) */
static double next_random(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (double)((z ^ z >> 31) >> 11) / (double)(1ull << 53);
}

/*
 * A page, number p drawn in proportion to (p + 1)^-0.9: the integral of the
 * density is x^0.1, so its inverse is the tenth power.
 */
static unsigned int draw(unsigned int pages)
{
	double top = 1, x, y = next_random();
	int i;

	/* The tenth root of the number of pages, by bisection. */
	for (x = 1; x > 1e-9; x /= 2) {
		double power = 1;

		for (i = 0; i < 10; i++)
			power *= top + x;
		if (power <= pages + 1)
			top += x;
	}
	y = 1 + y * (top - 1);
	for (x = 1, i = 0; i < 10; i++)
		x *= y;
	return x < pages ? (unsigned int)x - 1 : pages - 1;
}

static const char *const kinds[] = { "zipf", "loop", "phases" };

static unsigned int page_at(int kind, unsigned int i)
{
	switch (kind) {
	case 0:
		/* A scan goes by now and then. */
		return i % 500 < 400 ? draw(PAGES) : i % PAGES;
	case 1:
		return i % (FRAMES + FRAMES / 4);
	default:
		return (draw(PAGES / 2) + i / 500 * 50) % PAGES;
	}
}

static int make_trace(int kind)
{
	FILE *f = fopen(TRACE, "w");
	unsigned int i;

	if (!f)
		return errno;
	seed = 1;
	for (i = 0; i < REQUESTS; i++)
		fprintf(f, "%u\n", page_at(kind, i));
	return fclose(f) ? errno : 0;
}

static int make_zipf(void)
{
	FILE *f = fopen(TRACE, "w");
	unsigned int i;

	if (!f)
		return errno;
	seed = 1;
	for (i = 0; i < ZIPF_REQUESTS; i++)
		fprintf(f, "%u\n", draw(ZIPF_PAGES));
	return fclose(f) ? errno : 0;
}

/* Run the command; return the misses that it prints, or -1. */
static long misses_of(const char *arguments)
{
	char line[512];
	long frames, requests, misses = -1;
	FILE *f;

	snprintf(line, sizeof(line), COMMAND "%s " TRACE, arguments);
	f = popen(line, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%63s %ld %ld %ld", line, &frames, &requests,
		   &misses) != 4)
		misses = -1;
	return pclose(f) ? -1 : misses;
}

/* A store that is fast and keeps nothing: only reads matter here. */
static int null_make(void)
{
	int err;

	/* What a test left behind that failed. */
	nullb_remove();
	mkdir(NULLB, 0700);
	err = write_text(NULLB "/size", "200");
	return err ? err : write_text(NULLB "/power", "1");
}

static int create(const char *policy, unsigned int pages, bool deterministic,
		  unsigned int frames)
{
	struct kpager_create arg;
	int fd = open(NULLB_STORE, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, NAME, pages * PAGE, fd);
	arg.flags = deterministic ? KPAGER_CREATE_DETERMINISTIC : 0;
	arg.resident_max = frames;
	snprintf(arg.policy, sizeof(arg.policy), "%s", policy);
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

FIXTURE(policy) {
	bool ready;
};

FIXTURE_VARIANT(policy) {
	const char *name;
};

FIXTURE_VARIANT_ADD(policy, fifo) { .name = "fifo" };
FIXTURE_VARIANT_ADD(policy, second_chance) { .name = "second-chance" };
FIXTURE_VARIANT_ADD(policy, clock) { .name = "clock" };
FIXTURE_VARIANT_ADD(policy, gclock) { .name = "gclock" };
FIXTURE_VARIANT_ADD(policy, nru) { .name = "nru" };
FIXTURE_VARIANT_ADD(policy, aging) { .name = "aging" };
FIXTURE_VARIANT_ADD(policy, nfu) { .name = "nfu" };
FIXTURE_VARIANT_ADD(policy, two_lists) { .name = "two-lists" };
FIXTURE_VARIANT_ADD(policy, mglru) { .name = "mglru" };
FIXTURE_VARIANT_ADD(policy, working_set) { .name = "working-set" };
FIXTURE_VARIANT_ADD(policy, wsclock) { .name = "wsclock" };
FIXTURE_VARIANT_ADD(policy, two_q) { .name = "2q" };
FIXTURE_VARIANT_ADD(policy, car) { .name = "car" };
FIXTURE_VARIANT_ADD(policy, clock_pro) { .name = "clock-pro" };
FIXTURE_VARIANT_ADD(policy, s3_fifo) { .name = "s3-fifo" };
FIXTURE_VARIANT_ADD(policy, sieve) { .name = "sieve" };
FIXTURE_VARIANT_ADD(policy, mru) { .name = "mru" };
FIXTURE_VARIANT_ADD(policy, random) { .name = "random" };
FIXTURE_VARIANT_ADD(policy, lru) { .name = "lru" };

FIXTURE_SETUP(policy)
{
	self->ready = !access("./kpager-static", X_OK);
	if (!self->ready)
		return;
	ASSERT_EQ(0, null_make());
	ASSERT_EQ(0, create(variant->name, PAGES, true, FRAMES));
}

FIXTURE_TEARDOWN(policy)
{
	if (!self->ready)
		return;
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	nullb_remove();
	unlink(TRACE);
}

TEST_F_TIMEOUT(policy, misses_as_its_model, 300)
{
	char model[128];
	int kind;

	if (!self->ready)
		SKIP(return, "there is no ./kpager-static");
	snprintf(model, sizeof(model), "--ideal-bit --policy %s --frames %u",
		 variant->name, FRAMES);
	for (kind = 0; kind < 3; kind++) {
		long expected, got;

		ASSERT_EQ(0, make_trace(kind));
		expected = misses_of(model);
		got = misses_of("--device " NAME);
		ASSERT_GT(expected, (long)FRAMES);
		EXPECT_EQ(expected, got) {
			TH_LOG("%s on %s: the model misses %ld, the segment %ld",
			       variant->name, kinds[kind], expected, got);
		}
	}
}

FIXTURE(sampled) {
	bool ready;
};

FIXTURE_VARIANT(sampled) {
	const char *name;
};

FIXTURE_VARIANT_ADD(sampled, sieve) { .name = "sieve" };
FIXTURE_VARIANT_ADD(sampled, s3_fifo) { .name = "s3-fifo" };
FIXTURE_VARIANT_ADD(sampled, car) { .name = "car" };

FIXTURE_SETUP(sampled)
{
	self->ready = !access("./kpager-static", X_OK);
	if (!self->ready)
		return;
	ASSERT_EQ(0, null_make());
	ASSERT_EQ(0, create(variant->name, ZIPF_PAGES, false, ZIPF_FRAMES));
}

FIXTURE_TEARDOWN(sampled)
{
	if (!self->ready)
		return;
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	nullb_remove();
	unlink(TRACE);
}

TEST_F_TIMEOUT(sampled, the_first_touch_is_no_hit, 300)
{
	double ratio;

	if (!self->ready)
		SKIP(return, "there is no ./kpager-static");
	ASSERT_EQ(0, make_zipf());
	ratio = (double)misses_of("--device " NAME) / ZIPF_REQUESTS;
	TH_LOG("%s misses %.4f of a Zipf load", variant->name, ratio);
	EXPECT_GT(ratio, .3);
	EXPECT_LT(ratio, ZIPF_BAR);
}

TEST_HARNESS_MAIN
