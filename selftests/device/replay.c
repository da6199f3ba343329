// SPDX-License-Identifier: GPL-2.0
/*
 * replay.c - policies on the device miss what they miss in the model
 *
 * Deterministic segments run three traces under each policy, and so does
 * kpager replay on the host's side of the code: the misses must be equal.
 * Then a segment as it is used, mapped and with the hardware's bits: there the
 * first touch of a page must not count as a hit, nor a TLB hide later ones.
 *
 * Needs ./kpager-static, which the runner of the tests puts beside this.
 */
#include "kselftest_harness.h"
#include "nullb.h"

#define NAME		"replay"
#define COMMAND		"./kpager-static replay --raw --noheadings "
#define TRACE		"/tmp/replay.trace"
#define SAMPLING	"/sys/class/kpager/" NAME "/sampling"

#define PAGES		600u
#define FRAMES		100u
#define REQUESTS	5000u

/* Rule 1 of the fresh window: the first bit believed, it is over 0.69. */
#define ZIPF_PAGES	40580u
#define ZIPF_FRAMES	406u
#define ZIPF_REQUESTS	60000u
#define ZIPF_BAR	0.65

/* So few that all their entries stay in any TLB. */
#define SMALL_PAGES	600u
#define SMALL_FRAMES	32u
/* What the small segment may miss more than the model, which has no TLB. */
#define SMALL_BAR	0.01

static uint64_t seed;

/* splitmix64 (Steele, Lea and Flood, 2014) */
static double next_random(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (double)((z ^ z >> 31) >> 11) / (double)(1ull << 53);
}

/* The tenth root of @n, by bisection. */
static double tenth_root(double n)
{
	double root = 1, x;
	int i;

	for (x = 1; x > 1e-9; x /= 2) {
		double power = 1;

		for (i = 0; i < 10; i++)
			power *= root + x;
		if (power <= n)
			root += x;
	}
	return root;
}

/*
 * A page, number p drawn in proportion to (p + 1)^-0.9: the integral of the
 * density is x^0.1, so its inverse is the tenth power.
 */
static unsigned int draw(unsigned int pages)
{
	double x = 1, y = next_random();
	static unsigned int root_of;
	static double root;
	int i;

	/* In emulation it takes far longer than all the rest. */
	if (root_of != pages)
		root = tenth_root(pages + 1);
	root_of = pages;
	y = 1 + y * (root - 1);
	for (i = 0; i < 10; i++)
		x *= y;
	return x < pages ? (unsigned int)x - 1 : pages - 1;
}

static const char *const kinds[] = { "zipf", "loop", "phases", "writes" };

#define KINDS		(sizeof(kinds) / sizeof(*kinds))

static unsigned int page_at(int kind, unsigned int i)
{
	switch (kind) {
	case 0:
		/* A scan goes by now and then. */
		return i % 500 < 400 ? draw(PAGES) : i % PAGES;
	case 1:
		return i % (FRAMES + FRAMES / 4);
	case 2:
		return (draw(PAGES / 2) + i / 500 * 50) % PAGES;
	default:
		return draw(PAGES);
	}
}

/* A third of the requests of "writes", and a run in which all of them do. */
static bool writes_at(int kind, unsigned int i)
{
	return kind == 3 && (next_random() < .33 || i / 300 % 5 == 4);
}

static int make_trace(int kind)
{
	FILE *f = fopen(TRACE, "w");
	unsigned int i;

	if (!f)
		return errno;
	seed = 1;
	for (i = 0; i < REQUESTS; i++)
		fprintf(f, "%c %u\n", writes_at(kind, i) ? 'W' : 'R',
			page_at(kind, i));
	return fclose(f) ? errno : 0;
}

static int make_zipf(unsigned int pages)
{
	FILE *f = fopen(TRACE, "w");
	unsigned int i;

	if (!f)
		return errno;
	seed = 1;
	for (i = 0; i < ZIPF_REQUESTS; i++)
		fprintf(f, "%u\n", draw(pages));
	return fclose(f) ? errno : 0;
}

struct figures {
	long misses;
	long writes;
};

/* Run the command; return what it prints, or -1. */
static struct figures run(const char *arguments)
{
	struct figures got = { -1, -1 };
	long frames, requests;
	char line[512];
	FILE *f;

	snprintf(line, sizeof(line), COMMAND "%s " TRACE, arguments);
	f = popen(line, "r");
	if (!f)
		return got;
	if (fscanf(f, "%63s %ld %ld %ld %*s %*s %ld", line, &frames, &requests,
		   &got.misses, &got.writes) != 5)
		got.misses = -1;
	if (pclose(f))
		got.misses = -1;
	return got;
}

/* The share of a Zipf load of so many pages that misses. */
static double zipf_ratio(const char *arguments)
{
	return (double)run(arguments).misses / ZIPF_REQUESTS;
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
FIXTURE_VARIANT_ADD(policy, qd_clock) { .name = "qd-clock" };
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

TEST_F_TIMEOUT(policy, misses_and_writes_as_its_model, 300)
{
	char model[128];
	int kind;

	if (!self->ready)
		SKIP(return, "there is no ./kpager-static");
	snprintf(model, sizeof(model), "--ideal-bit --policy %s --frames %u",
		 variant->name, FRAMES);
	for (kind = 0; kind < (int)KINDS; kind++) {
		struct figures expected, got;

		ASSERT_EQ(0, make_trace(kind));
		expected = run(model);
		got = run("--device " NAME);
		ASSERT_GT(expected.misses, (long)FRAMES);
		EXPECT_EQ(expected.misses, got.misses) {
			TH_LOG("%s on %s: the model misses %ld, the segment %ld",
			       variant->name, kinds[kind], expected.misses,
			       got.misses);
		}
		EXPECT_EQ(kind == 3, expected.writes > (long)FRAMES);
		EXPECT_EQ(expected.writes, got.writes) {
			TH_LOG("%s on %s: the model writes %ld, the segment %ld",
			       variant->name, kinds[kind], expected.writes,
			       got.writes);
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
	ASSERT_EQ(0, make_zipf(ZIPF_PAGES));
	ratio = zipf_ratio("--device " NAME);
	TH_LOG("%s misses %.4f of a Zipf load", variant->name, ratio);
	EXPECT_GT(ratio, .3);
	EXPECT_LT(ratio, ZIPF_BAR);
}

FIXTURE(small) {
	bool ready;
};

FIXTURE_VARIANT(small) {
	const char *name;
};

FIXTURE_VARIANT_ADD(small, clock) { .name = "clock" };
FIXTURE_VARIANT_ADD(small, qd_clock) { .name = "qd-clock" };
FIXTURE_VARIANT_ADD(small, sieve) { .name = "sieve" };
FIXTURE_VARIANT_ADD(small, car) { .name = "car" };
FIXTURE_VARIANT_ADD(small, clock_pro) { .name = "clock-pro" };

FIXTURE_SETUP(small)
{
	self->ready = !access("./kpager-static", X_OK);
	if (!self->ready)
		return;
	ASSERT_EQ(0, null_make());
	ASSERT_EQ(0, create(variant->name, SMALL_PAGES, false, SMALL_FRAMES));
}

FIXTURE_TEARDOWN(small)
{
	if (!self->ready)
		return;
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	nullb_remove();
	unlink(TRACE);
}

TEST_F_TIMEOUT(small, a_tlb_hides_nothing, 300)
{
	static const char *const ways[] = { "auto", "unmap", "bits" };
	double ideal, ratio[3];
	long long faults[3];
	char model[128];
	int i;

	if (!self->ready)
		SKIP(return, "there is no ./kpager-static");
	snprintf(model, sizeof(model), "--policy %s --frames %u",
		 variant->name, SMALL_FRAMES);
	ASSERT_EQ(0, make_zipf(SMALL_PAGES));
	ideal = zipf_ratio(model);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, write_text(SAMPLING, ways[i]));
		faults[i] = -stat_value("faults_minor");
		ratio[i] = zipf_ratio("--device " NAME);
		faults[i] += stat_value("faults_minor");
		TH_LOG("%s, %s: misses %.4f, the model %.4f; %lld minor faults",
		       variant->name, ways[i], ratio[i], ideal, faults[i]);
	}
	EXPECT_GT(ideal, .3);
	/* Of 32 frames auto makes what unmap does. */
	for (i = 0; i < 2; i++) {
		EXPECT_LT(ratio[i], ideal + SMALL_BAR);
		EXPECT_GT(ratio[i], ideal - SMALL_BAR);
		EXPECT_GT(faults[i], faults[2]);
	}
}

TEST_F(small, sampling_takes_three_words)
{
	if (!self->ready)
		SKIP(return, "there is no ./kpager-static");
	EXPECT_EQ(0, write_text(SAMPLING, "bits\n"));
	EXPECT_EQ(EINVAL, write_text(SAMPLING, "bit"));
	EXPECT_EQ(EINVAL, write_text(SAMPLING, "1"));
	EXPECT_EQ(EINVAL, write_text(SAMPLING, "\n"));
	EXPECT_EQ(0, write_text(SAMPLING, "auto"));
}

TEST_HARNESS_MAIN
