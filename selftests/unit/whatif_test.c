// SPDX-License-Identifier: GPL-2.0
/*
 * whatif_test.c - estimates from a sample of the pages, beside a replay of all
 */
#include <math.h>

#include "../../module/policy/whatif.h"
#include "../../userspace/replay/sim.h"
#include "tap.h"

/* The load of the estimates: a page of EVERY is sampled. */
#define PAGES		100000u
#define REQUESTS	400000u
#define FRAMES		10000u
#define EVERY		100u
#define LOADS		3u
#define BAR		0.03

static const char *const policies[] = {
	"qd-clock", "clock", "2q", "car", "clock-pro", "s3-fifo", "sieve",
};

static uint64_t seed;

/* ---- a load, and what is estimated of it ---- */

struct estimated {
	struct whatif whatif;
	void *memory;
};

static void begin(struct estimated *e, const struct whatif_config *config)
{
	/* As many bytes as it said: the sanitizer looks after the rest. */
	e->memory = calloc(1, whatif_bytes(config));
	if (!e->memory)
		abort();
	whatif_init(&e->whatif, config, e->memory);
}

static void end(struct estimated *e)
{
	free(e->memory);
}

static void reference(struct estimated *e, u64 page, bool write)
{
	u64 ref = WHATIF_REF(page, write);

	if (whatif_samples(page, e->whatif.every))
		whatif_run(&e->whatif, &ref, 1);
	whatif_passed(&e->whatif, 1);
}

static void run_trace(struct estimated *e, const struct trace *trace,
		      const uint32_t *number)
{
	size_t i;

	for (i = 0; i < trace->n_requests; i++) {
		uint32_t r = trace->requests[i];

		reference(e, number[TRACE_PAGE(r)], r & TRACE_WRITE);
	}
}

/*
 * Which pages of a segment those of a trace are: in the order of the first
 * request, or shuffled, so that popular ones do not lie side by side.
 */
static uint32_t *numbers(const struct trace *trace, bool shuffled)
{
	uint32_t *number = malloc(trace->n_pages * sizeof(*number)), i;

	if (!number)
		abort();
	for (i = 0; i < trace->n_pages; i++)
		number[i] = i;
	for (i = trace->n_pages - 1; shuffled && i; i--) {
		uint32_t j = (uint32_t)tap_below(&seed, i + 1);

		swap(number[i], number[j]);
	}
	return number;
}

static double replayed(const struct trace *trace, const struct policy_ops *ops,
		       uint32_t frames)
{
	struct sim_config config = {
		.ops = ops, .frames = frames, .ideal = true, .seed = 1,
	};
	struct sim_result result;

	if (sim_run(trace, &config, &result))
		abort();
	return (double)result.misses / (double)result.requests;
}

/* ---- tests ---- */

/* A sample of everything is everything: the very same misses. */
static void test_everything(void)
{
	struct trace_shape shape = {
		.kind = TRACE_ZIPF_SCAN, .pages = 600, .requests = 20000,
		.skew = .9, .writes = 300, .seed = 1,
	};
	const struct policy_ops *ops;
	struct trace trace;
	uint32_t *number;
	unsigned int i, c;
	u64 wrong = 0;

	if (trace_generate(&trace, &shape))
		abort();
	number = numbers(&trace, true);
	for (i = 0; (ops = policy_nth(i)); i++) {
		struct whatif_config config = {
			.every = 1, .policies = { ops }, .n_policies = 1,
			.frames = { 1, 2, 10, 75, 300 }, .n_frames = 5,
		};
		struct whatif_estimate estimate;
		struct estimated e;

		begin(&e, &config);
		run_trace(&e, &trace, number);
		for (c = 0; c < config.n_frames; c++) {
			double ratio = replayed(&trace, ops, config.frames[c]);

			whatif_estimate(&e.whatif, c, &estimate);
			if (estimate.misses != (u64)llround(ratio * 20000) ||
			    estimate.references != 20000 ||
			    estimate.simulated != config.frames[c])
				wrong++;
		}
		end(&e);
	}
	free(number);
	trace_free(&trace);
	tap_ok(i > 15 && !wrong,
	       "of all pages, %u policies miss exactly as in replay", i);
}

static unsigned int sampled(u64 first, u64 stride, unsigned int n, u32 every)
{
	unsigned int i, got = 0;

	for (i = 0; i < n; i++)
		got += whatif_samples(first + i * stride, every);
	return got;
}

static void test_sample(void)
{
	u64 stride, bad = 0, least = U64_MAX, most = 0;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		u32 every = 1 + (u32)tap_below(&seed, WHATIF_EVERY_MAX);
		u64 first = tap_below(&seed, 1ull << 40) * every;

		bad += sampled(first, 1, every, every) != 1;
	}
	tap_ok(!bad, "each group has one page in the sample");
	tap_ok(sampled(12345, 1, 100, 1) == 100, "one of one is all");
	/* 10000 of each stride: 100 are expected, with a deviation of 10. */
	for (stride = 1; stride < 2000; stride++) {
		u64 n = sampled(tap_below(&seed, 1ull << 30), stride, 10000,
				EVERY);

		least = min(least, n);
		most = max(most, n);
	}
	printf("# of 10000 pages, stride 1 to 1999: %llu to %llu sampled\n",
	       (unsigned long long)least, (unsigned long long)most);
	tap_ok(least >= 50 && most <= 150, "no stride avoids the sample");
}

/* Return: the mean absolute error over all policies and sizes. */
static double error_of(const struct trace *trace, const uint32_t *number,
		       double *worst)
{
	struct whatif_config config = {
		.every = EVERY,
		.n_policies = ARRAY_SIZE(policies),
	};
	struct whatif_estimate estimate;
	struct estimated e;
	double sum = 0;
	unsigned int i;

	for (i = 0; i < config.n_policies; i++)
		config.policies[i] = policy_find(policies[i]);
	config.n_frames = whatif_sizes(config.frames, FRAMES, PAGES);
	begin(&e, &config);
	run_trace(&e, trace, number);
	*worst = 0;
	for (i = 0; i < e.whatif.n_cells; i++) {
		double ratio, error;

		whatif_estimate(&e.whatif, i, &estimate);
		ratio = replayed(trace, estimate.policy, estimate.frames);
		error = fabs(ratio - estimate.ratio / 1e4);
		sum += error;
		*worst = max(*worst, error);
		if (getenv("KPAGER_VERBOSE"))
			printf("# %s %u: %.4f, estimated %.4f\n",
			       estimate.policy->name, estimate.frames, ratio,
			       estimate.ratio / 1e4);
	}
	sum /= e.whatif.n_cells;
	end(&e);
	return sum;
}

/* Of a sample, an error is a matter of luck: the same load in every run. */
static void test_error(const char *what, enum trace_kind kind, uint32_t pages,
		       bool shuffled, uint64_t load)
{
	struct trace_shape shape = {
		.kind = kind, .pages = pages, .requests = REQUESTS,
		.skew = .9, .seed = load,
	};
	struct trace trace;
	double error, worst;
	uint32_t *number;

	if (trace_generate(&trace, &shape))
		abort();
	seed = load;
	number = numbers(&trace, shuffled);
	error = error_of(&trace, number, &worst);
	tap_ok(error <= BAR,
	       "%s (%llu), 1 %% sampled: mean absolute error %.4f, the worst %.4f",
	       what, (unsigned long long)load, error, worst);
	free(number);
	trace_free(&trace);
}

/* Half of the load is one page, which is in the sample or is not. */
static void test_popular(bool in)
{
	struct whatif_config config = {
		.every = EVERY, .policies = { policy_find("clock") },
		.n_policies = 1, .frames = { 5000 }, .n_frames = 1,
	};
	struct whatif_estimate estimate;
	struct estimated e;
	u64 popular = 0, i;

	while (whatif_samples(popular, EVERY) != in)
		popular++;
	begin(&e, &config);
	/* The other half is a loop that never hits. */
	for (i = 0; i < 200000; i++) {
		reference(&e, popular, false);
		reference(&e, 1000 + i % 10000, false);
	}
	whatif_estimate(&e.whatif, 0, &estimate);
	tap_ok(fabs(estimate.ratio / 1e4 - .5) < .01,
	       "a popular page that is%s in the sample: .%04u of .5000",
	       in ? "" : " not", estimate.ratio);
	end(&e);
}

/* What is over loses half of its weight with each window. */
static void test_fading(void)
{
	struct whatif_config config = {
		.every = 10, .window = 10000,
		.policies = { policy_find("clock") }, .n_policies = 1,
		.frames = { 1000 }, .n_frames = 1,
	};
	struct whatif_estimate before, after;
	struct estimated e;
	u64 i;

	begin(&e, &config);
	for (i = 0; i < 50000; i++)
		reference(&e, i % 5000, false);
	whatif_estimate(&e.whatif, 0, &before);
	for (i = 0; i < 50000; i++)
		reference(&e, i % 500, false);
	whatif_estimate(&e.whatif, 0, &after);
	tap_ok(before.ratio == 10000 && after.ratio < 500,
	       "a load that changed: .%04u, five windows later", after.ratio);
	tap_ok(after.references <= 20000, "the counts are those of two windows");
	/* Whole ages at once, as when nobody looked. */
	whatif_passed(&e.whatif, 1ull << 40);
	whatif_estimate(&e.whatif, 0, &after);
	tap_ok(after.ratio == 0, "ages later nothing is left");
	end(&e);
}

static void test_nothing(void)
{
	struct whatif_config config = {
		.every = 10, .window = 100,
		.policies = { policy_find("") }, .n_policies = 1,
		.frames = { 1 }, .n_frames = 1,
	};
	struct whatif_estimate estimate;
	struct estimated e;

	begin(&e, &config);
	whatif_estimate(&e.whatif, 0, &estimate);
	tap_ok(!estimate.references && !estimate.misses && !estimate.ratio &&
	       estimate.simulated == 1, "without a load nothing is known");
	end(&e);
}

static void test_sizes(void)
{
	u32 s[WHATIF_SIZES];
	unsigned int i, n, bad = 0;

	n = whatif_sizes(s, 1000, 1000000);
	tap_ok(n == 5 && s[0] == 500 && s[1] == 1000 && s[4] == 4000,
	       "sizes from half to four times");
	n = whatif_sizes(s, 1000, 1700);
	tap_ok(n == 4 && s[2] == 1500 && s[3] == 1700,
	       "as far as there are pages");
	n = whatif_sizes(s, 1u << 31, 10);
	tap_ok(s[n - 1] == 10, "a segment smaller than the memory");
	n = whatif_sizes(s, 1, 1);
	tap_ok(n == 1 && s[0] == 1, "a single page");
	for (i = 0; i < 10000; i++) {
		u64 frames = 1 + tap_below(&seed, 1ull << (1 + i % 40));
		u64 pages = 1 + tap_below(&seed, 1ull << (1 + i % 48));
		unsigned int k;

		n = whatif_sizes(s, frames, pages);
		bad += !n || n > WHATIF_SIZES || !s[0] || s[n - 1] > pages;
		for (k = 1; k < n; k++)
			bad += s[k] <= s[k - 1];
	}
	tap_ok(!bad, "sizes ascend, whatever there is");
}

int main(void)
{
	uint64_t load;

	tap_begin();
	seed = tap_seed;
	test_sample();
	test_sizes();
	test_nothing();
	test_everything();
	for (load = 1; load <= LOADS; load++) {
		test_error("Zipf", TRACE_ZIPF, PAGES, true, load);
		test_error("Zipf with scans", TRACE_ZIPF_SCAN, PAGES, true,
			   load);
	}
	test_error("a loop", TRACE_LOOP, 2 * FRAMES, false, 1);
	test_popular(true);
	test_popular(false);
	test_fading();
	return tap_end();
}
