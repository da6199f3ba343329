// SPDX-License-Identifier: GPL-2.0
/*
 * judge.c - is what was acknowledged on the store?
 *
 * Judged twice at each point: with all that the device was given, and as if it
 * had lost everything since its last flush.  What a real device may keep of
 * that lies in between, page by page.
 */
#include "powercut.h"

void judge_init(struct cut_judge *judge, uint64_t seed, uint32_t steps)
{
	struct cut_plan plan;
	struct cut_step step;
	unsigned int i;

	memset(judge, 0, sizeof(*judge));
	judge->seed = seed;
	for (i = 0; i < CUT_THREADS; i++) {
		plan_init(&judge->plan[i], i, seed);
		plan_init(&plan, i, seed);
		while (plan.step < steps)
			plan_next(&plan, &step);
		memcpy(judge->last + plan.first, plan.version,
		       sizeof(plan.version));
	}
}

static void complain(struct cut_judge *judge, unsigned int page,
		     const char *what, uint32_t is, uint32_t want)
{
	if (!*judge->complaint)
		snprintf(judge->complaint, sizeof(judge->complaint),
			 "point %u, page %u: %s: version %u, acknowledged %u",
			 judge->points, page, what, is, want);
}

/* A thread got through a step; false if that cannot be. */
bool judge_acknowledged(struct cut_judge *judge, unsigned int thread,
			uint32_t until)
{
	struct cut_plan *plan;
	struct cut_step step;
	unsigned int i;

	if (thread >= CUT_THREADS || judge->plan[thread].step >= until)
		return false;
	plan = &judge->plan[thread];
	while (plan->step < until) {
		plan_next(plan, &step);
		if (!step_acknowledges(&step))
			continue;
		for (i = step.page; i < step.page + step.pages; i++)
			judge->acknowledged[i] = plan->version[i - plan->first];
	}
	return step_acknowledges(&step);
}

/* The version that would have this word here: the inverse of pattern(). */
static uint64_t word_version(uint64_t at, uint64_t word)
{
	uint64_t x = word ^ word >> 29 ^ word >> 58;

	return x - (at + 1) * 0x9e3779b97f4a7c15ull;
}

/* The device was given a page. */
void judge_write(struct cut_judge *judge, unsigned int page,
		 const uint64_t *words)
{
	struct cut_page *is = &judge->now[page];
	unsigned int i;
	uint64_t v;

	is->low = UINT32_MAX;
	is->high = 0;
	for (i = 0; i < WORDS; i++) {
		v = word_version(page * WORDS + i, words[i]);
		if (v > judge->last[page]) {
			judge->garbage++;
			complain(judge, page, "words of no version", 0,
				 judge->acknowledged[page]);
			return;
		}
		if (v < is->low)
			is->low = v;
		if (v > is->high)
			is->high = v;
	}
	is->mixed = is->low != is->high;
	judge->mixes += is->mixed;
	/* A copy takes no time in which a page is written twice. */
	if (is->high - is->low > 1) {
		judge->garbage++;
		complain(judge, page, "of versions far apart", is->low,
			 judge->acknowledged[page]);
	}
}

/* The device flushed all that it was given. */
void judge_flush(struct cut_judge *judge)
{
	memcpy(judge->flushed, judge->now, sizeof(judge->now));
}

/* These pages went past the device's cache. */
void judge_through(struct cut_judge *judge, uint64_t page, uint64_t pages)
{
	for (; pages && page < CUT_PAGES; page++, pages--)
		judge->flushed[page] = judge->now[page];
}

/* The power may go now. */
void judge_point(struct cut_judge *judge)
{
	unsigned int i;

	judge->points++;
	for (i = 0; i < CUT_PAGES; i++) {
		uint32_t want = judge->acknowledged[i];

		if (judge->now[i].low < want) {
			judge->lost++;
			complain(judge, i, "lost", judge->now[i].low, want);
		} else if (judge->flushed[i].low < want) {
			judge->lost++;
			complain(judge, i, "lost unless flushed",
				 judge->flushed[i].low, want);
		}
	}
}
