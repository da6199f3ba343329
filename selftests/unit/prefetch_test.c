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

static bool resident[PAGES], marked[PAGES];
static struct prefetch state;
static u32 misses, ahead;

static void reader_begin(void)
{
	memset(resident, 0, sizeof(resident));
	memset(marked, 0, sizeof(marked));
	memset(&state, 0, sizeof(state));
	misses = 0;
	ahead = 0;
}

/* @frames: how many pages of the plan there is room for. */
static void reader_read(const struct prefetch_plan *plan, u32 frames)
{
	u64 page = plan->first;
	u32 i;

	for (i = 0; i < plan->nr && i < frames; i++, page += plan->stride) {
		if (page >= PAGES)
			break;
		ahead += !resident[page];
		resident[page] = true;
		if (i == plan->nr / 2)
			marked[page] = true;
	}
}

static u32 reader_frames = PREFETCH_MAX;

static void reader_touch(u64 page)
{
	struct prefetch_plan plan;

	if (!resident[page]) {
		misses++;
		resident[page] = true;
		prefetch_miss(&state, page, &plan);
		reader_read(&plan, reader_frames);
	} else if (marked[page]) {
		marked[page] = false;
		prefetch_continue(&state, &plan);
		if (plan.nr > reader_frames)
			prefetch_shorten(&state, &plan, reader_frames);
		reader_read(&plan, reader_frames);
	}
}

static void test_stream(u64 first, s64 step, u32 n)
{
	u64 page = first;
	u32 i;

	reader_begin();
	for (i = 0; i < n; i++, page += step)
		reader_touch(page);
	tap_ok(misses <= 4, "step %lld: %u misses in %u pages",
	       (long long)step, misses, n);
	tap_ok(misses + ahead <= n + 2 * PREFETCH_MAX,
	       "step %lld: at most two windows too many were read",
	       (long long)step);
}

/* Windows that get less frames than they want go on where they stopped. */
static void test_short_of_frames(void)
{
	u32 i;

	reader_begin();
	reader_frames = 10;
	for (i = 0; i < 20000; i++)
		reader_touch(i);
	reader_frames = PREFETCH_MAX;
	tap_ok(misses < 20000 / 10, "short of frames: %u misses", misses);
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
	test_short_of_frames();
	test_random(20000);
	test_stream_ends();
	test_hints();
	return tap_end();
}
