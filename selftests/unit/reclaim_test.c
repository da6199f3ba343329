// SPDX-License-Identifier: GPL-2.0
/*
 * reclaim_test.c - the reclaimer's pure code: who goes first, at which level,
 * how long tasks waited, and who has the frames it needs
 */
#include "../../module/reclaim/admit.h"
#include "../../module/reclaim/badness.h"
#include "../../module/reclaim/levels.h"
#include "../../module/reclaim/stall.h"
#include "tap.h"

#define ALL	BADNESS_ADJ_MIN

/**
 * struct badness_case - a task, and what is to be thought of it
 * @what: of the case
 * @frames: that it keeps, of two segments
 * @segment_adj: importance of these
 * @adj: its own
 * @flags: what else it is
 * @threshold: from which importance on tasks may be chosen
 * @verdict: expected
 * @score: expected
 */
static const struct badness_case {
	const char *what;
	u64 frames[2];
	int segment_adj[2];
	s32 adj;
	u32 flags;
	int threshold;
	enum badness_verdict verdict;
	u64 score;
} badness_cases[] = {
	{ "keeps nothing", { 0, 0 }, { 0, 0 }, 0, 0, ALL,
	  BADNESS_nothing, 0 },
	{ "keeps nothing, adj 1000", { 0, 0 }, { 1000, 0 }, 1000, 0, ALL,
	  BADNESS_nothing, 0 },
	{ "100 frames", { 100, 0 }, { 0, 0 }, 0, 0, ALL,
	  BADNESS_candidate, 100000 },
	{ "of two segments", { 100, 50 }, { 0, 0 }, 0, 0, ALL,
	  BADNESS_candidate, 150000 },
	{ "a segment that counts double", { 100, 50 }, { 0, 1000 }, 0, 0, ALL,
	  BADNESS_candidate, 200000 },
	{ "a segment that counts half", { 100, 0 }, { -500, 0 }, 0, 0, ALL,
	  BADNESS_candidate, 50000 },
	{ "a task that counts double", { 100, 0 }, { 0, 0 }, 1000, 0, ALL,
	  BADNESS_candidate, 200000 },
	{ "a task that counts half", { 100, 0 }, { 0, 0 }, -500, 0, ALL,
	  BADNESS_candidate, 50000 },
	{ "both", { 100, 0 }, { 1000, 0 }, 1000, 0, ALL,
	  BADNESS_candidate, 400000 },
	{ "hardly at all", { 1, 0 }, { -999, 0 }, -999, 0, ALL,
	  BADNESS_candidate, 1 },
	{ "task -1000", { 100, 0 }, { 1000, 0 }, -1000, 0, ALL,
	  BADNESS_task_never, 0 },
	{ "segment -1000", { 100, 0 }, { -1000, 0 }, 1000, 0, ALL,
	  BADNESS_segment_never, 0 },
	{ "also a segment -1000", { 100, 1 }, { 0, -1000 }, 0, 0, ALL,
	  BADNESS_segment_never, 100000 },
	{ "nothing of a segment -1000", { 100, 0 }, { 0, -1000 }, 0, 0, ALL,
	  BADNESS_candidate, 100000 },
	{ "init", { 100, 0 }, { 0, 0 }, 0, BADNESS_INIT, ALL,
	  BADNESS_init, 100000 },
	{ "kernel thread", { 100, 0 }, { 0, 0 }, 0, BADNESS_KTHREAD, ALL,
	  BADNESS_kthread, 100000 },
	{ "too important", { 100, 0 }, { 0, 0 }, 299, 0, 300,
	  BADNESS_important, 129900 },
	{ "not important enough", { 100, 0 }, { 0, 0 }, 300, 0, 300,
	  BADNESS_candidate, 130000 },
	{ "its segment makes it so", { 100, 0 }, { 300, 0 }, 0, 0, 300,
	  BADNESS_candidate, 130000 },
	{ "the mean of segments", { 100, 300 }, { 1000, 0 }, 0, 0, 251,
	  BADNESS_important, 500000 },
	{ "importance ends at 1000", { 100, 0 }, { 1000, 0 }, 1000, 0, 1000,
	  BADNESS_candidate, 400000 },
};

static struct badness task_of(const struct badness_case *c)
{
	struct badness task = { .adj = c->adj, .flags = c->flags };

	badness_hold(&task, c->frames[0], c->segment_adj[0]);
	badness_hold(&task, c->frames[1], c->segment_adj[1]);
	return task;
}

static void test_badness(void)
{
	enum badness_verdict verdict;
	struct badness task;
	unsigned int i;
	u64 score;

	for (i = 0; i < ARRAY_SIZE(badness_cases); i++) {
		const struct badness_case *c = &badness_cases[i];

		task = task_of(c);
		verdict = badness_judge(&task, c->threshold);
		score = badness_score(&task);
		tap_ok(verdict == c->verdict && score == c->score,
		       "%s: %s, score %llu", c->what,
		       badness_verdict_names[verdict],
		       (unsigned long long)score);
	}
}

/* Every case against every other: an order, and candidates come first. */
static void test_badness_order(void)
{
	unsigned int i, j, bad = 0;

	for (i = 0; i < ARRAY_SIZE(badness_cases); i++) {
		for (j = 0; j < ARRAY_SIZE(badness_cases); j++) {
			struct badness a = task_of(&badness_cases[i]);
			struct badness b = task_of(&badness_cases[j]);
			int order = badness_compare(&a, &b, ALL);
			bool a_may = !badness_judge(&a, ALL);
			bool b_may = !badness_judge(&b, ALL);

			bad += order != -badness_compare(&b, &a, ALL);
			bad += a_may && !b_may && order >= 0;
			bad += a_may && b_may && order < 0 &&
				badness_score(&a) < badness_score(&b);
		}
	}
	tap_ok(!bad, "an order of all pairs, candidates first");
}

static void test_badness_ties(void)
{
	struct badness much = { .adj = -500 }, bad = { .adj = 0 };

	badness_hold(&much, 200, 0);
	badness_hold(&bad, 100, 0);
	tap_ok(badness_compare(&much, &bad, ALL) < 0,
	       "equal scores: the one that gives more goes");
	tap_ok(!badness_compare(&bad, &bad, ALL), "nothing tells equals apart");
	tap_ok(badness_compare(&much, &bad, 0) > 0,
	       "but at a level the important one stays");
}

/* What is no list, and one that is. */
static void test_levels_text(void)
{
	static const struct {
		const char *text;
		int minfree;
		int adj;
	} cases[] = {
		{ "", 0, 0 }, { "\n", 0, 0 }, { "5", 0, 0 }, { "5\n", 0, 0 },
		{ "1,2,3", 0, 0 }, { "1,2,3\n", 0, 0 }, { "0", 0, 0 },
		{ "1,2,3,4,5,6", 0, 0 }, { "-5", -EINVAL, 0 },
		{ "-1000,0,1000", -EINVAL, 0 }, { "-5,-3", -EINVAL, 0 },
		{ "100,1001", 0, -EINVAL }, { "-1001", -EINVAL, -EINVAL },
		{ "5000", -EINVAL, -EINVAL }, { "2,1", -EINVAL, -EINVAL },
		{ "1,1", -EINVAL, -EINVAL }, { "1,", -EINVAL, -EINVAL },
		{ ",1", -EINVAL, -EINVAL }, { "1,,2", -EINVAL, -EINVAL },
		{ "1 2", -EINVAL, -EINVAL }, { "1, 2", -EINVAL, -EINVAL },
		{ "1x", -EINVAL, -EINVAL }, { "x", -EINVAL, -EINVAL },
		{ "-", -EINVAL, -EINVAL }, { "1,-", -EINVAL, -EINVAL },
		{ "1\n\n", -EINVAL, -EINVAL }, { "1\n2", -EINVAL, -EINVAL },
		{ "99999999999999999999999", -EINVAL, -EINVAL },
		{ "1,2,3,4,5,6,7", -EINVAL, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct levels a = { 0 }, b = { 0 };
		int minfree = levels_set_minfree(&a, cases[i].text, 4096);
		int adj = levels_set_adj(&b, cases[i].text);

		tap_ok(minfree == cases[i].minfree && adj == cases[i].adj,
		       "list %u as thresholds: %d, as importance: %d", i,
		       minfree, adj);
	}
}

static void test_levels(void)
{
	struct levels levels = { 0 };
	int adj = 7;

	levels_set_minfree(&levels, "10,20,30", 1000);
	tap_ok(!levels_at(&levels, 0, &adj) && !levels_most(&levels),
	       "thresholds alone do nothing");
	tap_ok(levels_set_adj(&levels, "0,500") == -EINVAL &&
	       !levels.nr_adj, "lists of different length are refused");
	levels_set_adj(&levels, "0,500,900");
	tap_ok(levels_most(&levels) == 30, "the largest threshold");
	tap_ok(!levels_at(&levels, 30, &adj), "30 free: nobody");
	tap_ok(levels_at(&levels, 29, &adj) && adj == 900, "29: from 900");
	tap_ok(levels_at(&levels, 20, &adj) && adj == 900, "20: from 900");
	tap_ok(levels_at(&levels, 19, &adj) && adj == 500, "19: from 500");
	tap_ok(levels_at(&levels, 0, &adj) && adj == 0, "0: from 0");
	tap_ok(levels_set_minfree(&levels, "20,10,5", 1000) == -EINVAL &&
	       levels.minfree[2] == 30, "what is refused changes nothing");
	tap_ok(levels_set_minfree(&levels, "10,20", 1000) == -EINVAL,
	       "nor may one become shorter");
	tap_ok(!levels_set_minfree(&levels, "", 1000) &&
	       !levels_at(&levels, 0, &adj), "but empty: then none is in force");
}

static void test_stall(void)
{
	static struct stall stall;
	u64 some, full, now = 1000000000;

	stall_sum(&stall, now, 60000000, &some, &full);
	tap_ok(!some && !full, "nobody waited");
	stall_add(&stall, now, now + 250000, false);
	stall_add(&stall, now + 250000, now + 300000, true);
	now += 300000;
	stall_sum(&stall, now, 1000000, &some, &full);
	tap_ok(some == 300000 && full == 50000, "300 ms of the last second, 50 in full");
	now += 850000;
	stall_sum(&stall, now, 1000000, &some, &full);
	tap_ok(some == 100000 && full == 50000,
	       "two of its slots are over: %llu us are left",
	       (unsigned long long)some);
	stall_sum(&stall, now, 10000000, &some, &full);
	tap_ok(some == 300000, "of the last ten seconds all");
	now += 70000000;
	stall_sum(&stall, now, 60000000, &some, &full);
	tap_ok(!some && !full, "after a minute it is forgotten");
	stall_add(&stall, now, now + 1000, true);
	stall_sum(&stall, now, 60000000, &some, &full);
	tap_ok(some == 1000 && full == 1000, "and its place is used again");
	stall_add(&stall, now + 1000, now + 1000 + 600000000ull, true);
	now += 600001000ull;
	stall_sum(&stall, now, 60000000, &some, &full);
	tap_ok(some > 59000000 && some <= 60000000 && some == full,
	       "a wait of ten minutes fills one: %llu us",
	       (unsigned long long)some);
	stall_sum(&stall, now, 1000000, &some, &full);
	tap_ok(some > 800000 && some <= 1000000, "and its last second");
}

/* Random waits against a sum over all of them. */
static void test_stall_random(void)
{
	static u64 from[4096], to[4096];
	static struct stall stall;
	u64 seed = tap_seed, now = 5000000000ull, some, full;
	u64 begin, expected = 0;
	unsigned int i, n = 4096;

	memset(&stall, 0, sizeof(stall));
	for (i = 0; i < n; i++) {
		from[i] = now + tap_below(&seed, 20000);
		to[i] = from[i] + tap_below(&seed, 50000);
		now = to[i];
		stall_add(&stall, from[i], to[i], false);
	}
	begin = (now / STALL_SLOT_US - 99) * STALL_SLOT_US;
	for (i = 0; i < n; i++)
		if (to[i] > begin)
			expected += to[i] - max(from[i], begin);
	stall_sum(&stall, now, 10000000, &some, &full);
	tap_ok(some == expected && !full,
	       "random waits: %llu us of the last ten seconds, %llu expected",
	       (unsigned long long)some, (unsigned long long)expected);
}

#define TURN(n, when)	\
	{ .need = (n), .floor = 200, .weight = 1000, .turn = ADMIT_##when }
#define NEED(n)		TURN(n, USUAL)

/* Of a pool of 4000 frames: who has what it needs, in a digit each. */
static const struct {
	const char *what;
	struct admit list[4];
	const char *admitted, *greedy;
	u64 left;
} admit_cases[] = {
	{ "all fit", { NEED(1000), NEED(3000) },
	  "11", "00", 0 },
	{ "one more than that", { NEED(1000), NEED(3001) },
	  "10", "01", 3000 },
	{ "one alone fits", { NEED(4000) }, "1", "0", 0 },
	{ "one alone does not", { NEED(4001) }, "0", "1", 4000 },
	{ "half beside four times as much",
	  { NEED(2000), NEED(16000) }, "10", "01", 2000 },
	{ "the same the other way round",
	  { NEED(16000), NEED(2000) }, "01", "10", 2000 },
	{ "nobody fits", { NEED(5000), NEED(6000),
			   NEED(7000), NEED(8000) },
	  "0000", "1111", 4000 },
	{ "what others are left with is theirs",
	  { NEED(3900), NEED(5000) }, "00", "11", 4000 },
	{ "small ones first", { NEED(3000), NEED(900),
				NEED(800), NEED(2500) },
	  "0110", "1001", 2300 },
	{ "two greedy ones: the smaller one",
	  { NEED(3000), NEED(2900) }, "01", "11", 1100 },
	{ "unless it is the turn of the other",
	  { TURN(3000, FIRST), NEED(2900) },
	  "10", "11", 1000 },
	{ "who waits goes on waiting",
	  { NEED(3000), TURN(2900, LAST) },
	  "10", "11", 1000 },
	{ "a turn is not one before who keeps to its share",
	  { TURN(3700, FIRST), NEED(500) },
	  "01", "10", 3500 },
	{ "who keeps to its share does not wait for a turn",
	  { NEED(3700), TURN(500, LAST) },
	  "01", "10", 3500 },
	{ "importance comes first",
	  { { .need = 3700, .floor = 200, .weight = 100 }, NEED(500) }, "10", "10", 300 },
	{ "nothing needed", { NEED(0), NEED(5000) },
	  "10", "01", 4000 },
};

static void test_admit(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(admit_cases); i++) {
		char admitted[5] = "", greedy[5] = "";
		struct admit list[4];
		unsigned int nr = strlen(admit_cases[i].admitted);
		u64 left;

		memcpy(list, admit_cases[i].list, sizeof(list));
		left = admit_all(list, nr, 4000);
		for (j = 0; j < nr; j++) {
			admitted[j] = '0' + list[j].admitted;
			greedy[j] = '0' + list[j].greedy;
		}
		tap_ok(!strcmp(admitted, admit_cases[i].admitted) &&
		       !strcmp(greedy, admit_cases[i].greedy) &&
		       left == admit_cases[i].left,
		       "%s: admitted %s, greedy %s, left %llu",
		       admit_cases[i].what, admitted, greedy,
		       (unsigned long long)left);
	}
}

/* Whoever they are: nobody has more than there is, and none is forgotten. */
static void test_admit_random(void)
{
	struct admit list[ADMIT_MAX];
	unsigned long rounds = tap_scaled(2000), bad = 0;
	u64 seed = tap_seed, frames, left, sum, kept, smallest;
	unsigned int i, nr;

	while (rounds--) {
		nr = tap_below(&seed, ADMIT_MAX + 1);
		frames = tap_below(&seed, 10000);
		sum = 0;
		smallest = U64_MAX;
		for (i = 0; i < nr; i++) {
			list[i] = (struct admit){
				.need = tap_below(&seed, frames / 2 + 100),
				.weight = 1000,
				.turn = tap_below(&seed, 3),
			};
			smallest = min(smallest, list[i].need);
		}
		left = admit_all(list, nr, frames);
		kept = frames;
		for (i = 0; i < nr; i++) {
			sum += list[i].admitted ? list[i].need : 0;
			kept = min(kept, list[i].admitted ? frames :
				   list[i].need);
			bad += !list[i].greedy && !list[i].admitted;
		}
		bad += sum + left != frames;
		/* There was room for none of those that have to wait. */
		bad += kept < frames && kept <= left;
		bad += nr && smallest <= frames / nr && !sum && smallest;
	}
	tap_ok(!bad, "any needs: %lu mistakes", bad);
}

int main(void)
{
	tap_begin();
	test_badness();
	test_badness_order();
	test_badness_ties();
	test_levels_text();
	test_levels();
	test_stall();
	test_stall_random();
	test_admit();
	test_admit_random();
	return tap_end();
}
