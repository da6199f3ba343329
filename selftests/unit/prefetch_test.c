// SPDX-License-Identifier: GPL-2.0
/*
 * prefetch_test.c - what is read along with a miss, for streams and others
 *
 * A reader of a memory without limit: a page that was read, by itself or
 * along with another, is not missed again.
 */
#include "../../module/pager/prefetch.h"
#include "tap.h"

#define PAGES	100000

static bool resident[PAGES];
static struct prefetch state;
static u32 misses, ahead;

static void reader_begin(void)
{
	memset(resident, 0, sizeof(resident));
	memset(&state, 0, sizeof(state));
	misses = 0;
	ahead = 0;
}

static void reader_touch(u64 page)
{
	struct prefetch_plan plan;
	u32 i;

	if (resident[page])
		return;
	misses++;
	resident[page] = true;
	prefetch_miss(&state, page, &plan);
	for (i = 0; i < plan.nr; i++) {
		page += plan.stride;
		if (page >= PAGES)
			break;
		ahead += !resident[page];
		resident[page] = true;
	}
}

static void test_stream(u64 first, s64 step, u32 n)
{
	u64 page = first;
	u32 i;

	reader_begin();
	for (i = 0; i < n; i++, page += step)
		reader_touch(page);
	tap_ok(misses < n / 32, "step %lld: %u misses in %u pages",
	       (long long)step, misses, n);
	tap_ok(misses + ahead <= n + PREFETCH_MAX,
	       "step %lld: at most one window too many was read",
	       (long long)step);
}

static void test_random(u32 n)
{
	u64 seed = tap_seed;
	u32 i;

	reader_begin();
	for (i = 0; i < n; i++)
		reader_touch(tap_below(&seed, PAGES));
	/* Two equal distances in a row happen once in PAGES. */
	tap_ok(ahead <= 4 * PREFETCH_FIRST, "random: %u pages read along with %u misses",
	       ahead, misses);
}

static void test_stream_ends(void)
{
	struct prefetch_plan plan;
	u32 i;

	reader_begin();
	for (i = 0; i < 1000; i++)
		reader_touch(i);
	prefetch_miss(&state, 50000, &plan);
	tap_ok(plan.nr == 0, "a jump ends the stream");
	prefetch_miss(&state, 7, &plan);
	tap_ok(plan.nr == 0, "and so does the next");
	prefetch_miss(&state, 7, &plan);
	prefetch_miss(&state, 7, &plan);
	prefetch_miss(&state, 7, &plan);
	tap_ok(plan.nr == 0, "the same page again is no stream");
}

static void test_hints(void)
{
	struct prefetch_plan plan;
	u32 i;

	reader_begin();
	state.hint = PREFETCH_SEQUENTIAL;
	prefetch_miss(&state, 50, &plan);
	tap_ok(plan.nr == PREFETCH_TOLD && plan.stride == 1,
	       "told to be sequential: believed at once");
	prefetch_miss(&state, 51 + PREFETCH_TOLD, &plan);
	tap_ok(plan.nr == 2 * PREFETCH_TOLD, "and the window grows");
	prefetch_miss(&state, 7, &plan);
	tap_ok(plan.nr == PREFETCH_TOLD && plan.stride == 1,
	       "a jump begins again");
	reader_begin();
	state.hint = PREFETCH_RANDOM;
	for (i = 0; i < 100; i++)
		reader_touch(i);
	tap_ok(misses == 100 && !ahead, "told to be random: nothing is read along");
	state.hint = PREFETCH_DETECT;
	for (; i < 200; i++)
		reader_touch(i);
	tap_ok(misses < 120, "told to be normal: the stream is found");
}

int main(void)
{
	tap_begin();
	test_stream(0, 1, 20000);
	test_stream(PAGES - 1, -1, 20000);
	test_stream(3, 7, 10000);
	test_stream(PAGES - 5, -3, 10000);
	test_random(20000);
	test_stream_ends();
	test_hints();
	return tap_end();
}
