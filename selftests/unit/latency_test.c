// SPDX-License-Identifier: GPL-2.0
/*
 * latency_test.c - the buckets of the histograms: they cover every time, in
 * order, without gaps, and none is wider than a quarter of what is in it
 */
#include "../../module/pager/latency.h"
#include "tap.h"

static void test_order(void)
{
	u32 i, bad = 0, wide = 0;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		u64 start = latency_bucket_start(i);
		u64 next = latency_bucket_start(i + 1);

		bad += next <= start || latency_bucket(start) != i;
		bad += latency_bucket(next - 1) != i;
		wide += next - start > 1 && (next - start) * LATENCY_SUB > start;
	}
	tap_ok(!bad, "first and last time of each bucket are counted in it");
	tap_ok(!wide, "no bucket is wider than a quarter of its times");
	tap_ok(latency_bucket_start(0) == 0, "the first begins at 0");
}

static void test_ends(void)
{
	u64 end = latency_bucket_start(LATENCY_BUCKETS);

	tap_ok(end == 1ull << (LATENCY_TOP + 1), "the last ends at a power of two");
	tap_ok(latency_bucket(end) == LATENCY_BUCKETS - 1 &&
	       latency_bucket(~0ull) == LATENCY_BUCKETS - 1,
	       "what is longer is counted in the last");
}

static void test_random(void)
{
	u64 seed = tap_seed;
	u32 i, bad = 0;

	for (i = 0; i < 1000000; i++) {
		u64 ns = tap_below(&seed, 1ull << (1 + tap_below(&seed, LATENCY_TOP)));
		u32 bucket = latency_bucket(ns);

		bad += ns < latency_bucket_start(bucket) ||
			ns >= latency_bucket_start(bucket + 1);
	}
	tap_ok(!bad, "a million times are in their buckets");
}

int main(void)
{
	tap_begin();
	test_order();
	test_ends();
	test_random();
	return tap_end();
}
