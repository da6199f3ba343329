// SPDX-License-Identifier: GPL-2.0
/* The extent allocator against a naive model: an array of owners. */
#include "tap.h"
#include "../../module/pool/extent.h"

#define UNITS	512

static u32 owner[UNITS];	/* 0: free */
static u32 want_start[1 << 20];	/* where owner n begins */
static u32 want_len[1 << 20];
static u32 next_id;
static u64 rnd, cursor;

static void *id_ptr(u32 id)
{
	return (void *)(uintptr_t)id;
}

/* What each strategy must answer, by looking at every unit. */
static long naive_fit(enum extent_fit fit, u32 len)
{
	long best = -1, best_len = 0, first = -1;
	u32 i, j;

	for (i = 0; i < UNITS; i = j) {
		for (j = i; j < UNITS && !owner[j]; j++)
			;
		if (j == i) {
			j++;
			continue;
		}
		if (j - i < len)
			continue;
		if (first < 0)
			first = i;
		if (fit == EXTENT_FIRST)
			return i;
		/* A gap that contains the cursor counts as after it. */
		if (fit == EXTENT_NEXT && j > cursor)
			return i;
		if (fit == EXTENT_BEST && (best < 0 || j - i < best_len)) {
			best = i;
			best_len = j - i;
		}
		if (fit == EXTENT_WORST && j - i >= best_len) {
			best = i;
			best_len = j - i;
		}
	}
	return fit == EXTENT_NEXT ? first : best;
}

static bool step_alloc(struct extent_space *s)
{
	u32 asked = 1 + tap_below(&rnd, tap_below(&rnd, 10) ? 20 : 150), i, len;
	u64 start = 0;
	long want;
	int ret;

	len = ALIGN(asked, (u32)s->unit);
	want = naive_fit(s->fit, len);
	ret = extent_alloc(s, asked, id_ptr(next_id + 1), GFP_KERNEL, &start);
	if (want < 0)
		return ret == -ENOSPC;
	if (ret || start != (u64)want)
		return false;
	next_id++;
	want_start[next_id] = want;
	want_len[next_id] = len;
	for (i = 0; i < len; i++)
		owner[want + i] = next_id;
	cursor = want + len;
	return true;
}

static bool step_free(struct extent_space *s)
{
	u32 pos = tap_below(&rnd, UNITS), id = owner[pos], i;
	u64 start = 0, len = 0;

	if (extent_owner(s, pos, &start, &len) != id_ptr(id))
		return false;
	if (!id)
		return extent_free(s, pos) == -ENOENT;
	if (start != want_start[id] || len != want_len[id])
		return false;
	if (pos != start && extent_free(s, pos) != -ENOENT)
		return false;
	for (i = 0; i < want_len[id]; i++)
		owner[want_start[id] + i] = 0;
	return !extent_free(s, start);
}

static int move_cb(void *who, u64 from, u64 to, u64 len, void *arg)
{
	u32 id = (uintptr_t)who, i;
	bool *stuck = arg;

	if (stuck && tap_below(&rnd, 4) == 0)
		return -EBUSY;
	if (want_start[id] != from || want_len[id] != len || to >= from)
		abort();
	for (i = 0; i < len; i++) {
		if (owner[from + i] != id)
			abort();
		owner[from + i] = 0;
	}
	for (i = 0; i < len; i++) {
		if (owner[to + i])
			abort();
		owner[to + i] = id;
	}
	want_start[id] = to;
	return 0;
}

static int walk_cb(u64 start, u64 len, void *who, void *arg)
{
	u64 i;

	(void)arg;
	for (i = start; i < start + len; i++)
		if (owner[i] != (uintptr_t)who)
			return -1;
	return 0;
}

static u64 naive_largest(void)
{
	u64 run = 0, best = 0;
	u32 i;

	for (i = 0; i < UNITS; i++) {
		run = owner[i] ? 0 : run + 1;
		best = max(best, run);
	}
	return best;
}

static void test_random(enum extent_fit fit, u64 unit, unsigned long steps)
{
	struct extent_space s;
	unsigned long i;
	bool ok, stuck;

	rnd = tap_seed + fit * 16 + unit;
	cursor = 0;
	next_id = 0;
	memset(owner, 0, sizeof(owner));
	ok = !extent_space_init(&s, UNITS, unit, false, fit);
	for (i = 0; ok && i < steps; i++) {
		if (tap_below(&rnd, 1000) == 0) {
			extent_compact(&s, move_cb,
				       tap_below(&rnd, 2) ? &stuck : NULL);
			cursor = 0;
		} else {
			ok = tap_below(&rnd, 2) ? step_alloc(&s) : step_free(&s);
		}
		ok = ok && !extent_check(&s) &&
		     extent_largest(&s) == naive_largest();
		if (i % 64 == 0)
			ok = ok && !extent_walk(&s, walk_cb, NULL);
	}
	extent_compact(&s, move_cb, NULL);
	ok = ok && s.nr_free <= 1 && extent_largest(&s) == UNITS - s.used;
	for (i = 0; i < UNITS; i++)
		if (owner[i] && (!i || owner[i - 1] != owner[i]))
			ok = ok && !extent_free(&s, i);
	ok = ok && s.nr_free == 1 && !s.used && !s.waste && !extent_check(&s);
	extent_space_exit(&s);
	tap_ok(ok && !host_allocs, "%s fit, unit %llu: %lu random steps",
	       extent_fit_name(fit), (unsigned long long)unit, steps);
}

static void test_fixed(void)
{
	struct extent_space s;
	u64 start;
	u32 i;
	bool ok = !extent_space_init(&s, 64, 8, true, EXTENT_FIRST);

	for (i = 0; i < 8; i++)
		ok = ok && !extent_alloc(&s, 1 + i, &s, GFP_KERNEL, &start) &&
		     start == i * 8;
	ok = ok && extent_alloc(&s, 1, &s, GFP_KERNEL, &start) == -ENOSPC;
	ok = ok && s.waste == 7 * 8 / 2;
	tap_ok(ok, "fixed partitions, internal waste counted");
	tap_ok(extent_alloc(&s, 9, &s, GFP_KERNEL, &start) == -EINVAL,
	       "more than a partition is refused");
	extent_space_exit(&s);
}

static void test_bad(void)
{
	struct extent_space s;
	u64 start;
	bool ok;

	ok = extent_space_init(&s, 0, 1, false, 0) == -EINVAL &&
	     extent_space_init(&s, 10, 3, false, 0) == -EINVAL &&
	     extent_space_init(&s, 10, 4, false, 0) == -EINVAL &&
	     extent_space_init(&s, 8, 0, false, 0) == -EINVAL &&
	     extent_space_init(&s, 8, 4, false, EXTENT_NR_FITS) == -EINVAL;
	tap_ok(ok, "nonsensical spaces are refused");
	extent_space_init(&s, 16, 1, false, EXTENT_BEST);
	ok = extent_alloc(&s, 0, &s, 0, &start) == -EINVAL &&
	     extent_alloc(&s, 17, &s, 0, &start) == -EINVAL &&
	     extent_alloc(&s, 1, NULL, 0, &start) == -EINVAL &&
	     extent_free(&s, 0) == -ENOENT && extent_free(&s, 99) == -ENOENT &&
	     !extent_owner(&s, 99, NULL, NULL) &&
	     !strcmp(extent_fit_name(9), "?");
	tap_ok(ok && !extent_check(&s), "nonsensical requests are refused");
	extent_space_exit(&s);
}

static void test_alloc_failure(void)
{
	struct extent_space s;
	bool ok;
	u64 a;

	host_fail_at = 1;
	ok = extent_space_init(&s, 16, 1, false, EXTENT_BEST) == -ENOMEM;
	ok = ok && !extent_space_init(&s, 16, 1, false, EXTENT_BEST);
	host_fail_at = 1;
	ok = ok && extent_alloc(&s, 4, &s, GFP_KERNEL, &a) == -ENOMEM;
	host_fail_at = 0;
	ok = ok && !extent_check(&s) && !s.nr_used;
	tap_ok(ok, "failure of each internal allocation");
	extent_space_exit(&s);
}

int main(void)
{
	int fit;

	tap_begin();
	test_bad();
	test_fixed();
	test_alloc_failure();
	for (fit = 0; fit < EXTENT_NR_FITS; fit++) {
		test_random(fit, 1, tap_scaled(200000));
		test_random(fit, 4, tap_scaled(100000));
	}
	return tap_end();
}
