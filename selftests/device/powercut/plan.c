// SPDX-License-Identifier: GPL-2.0
/*
 * plan.c - the steps of a writer, from nothing but a seed
 */
#include "powercut.h"

/* xorshift64*: Vigna, 2016 */
static uint32_t plan_random(struct cut_plan *plan, uint32_t below)
{
	plan->random ^= plan->random >> 12;
	plan->random ^= plan->random << 25;
	plan->random ^= plan->random >> 27;
	return (uint32_t)(plan->random * 0x2545f4914f6cdd1dull >> 32) % below;
}

void plan_init(struct cut_plan *plan, unsigned int thread, uint64_t seed)
{
	memset(plan, 0, sizeof(*plan));
	plan->random = (seed + 1) * 0x9e3779b97f4a7c15ull + thread + 1;
	plan->first = thread * CUT_OWN;
}

static enum cut_op plan_op(uint32_t percent)
{
	static const struct {
		enum cut_op op;
		unsigned int below;
	} share[] = {
		{ CUT_STORE, 50 }, { CUT_PWRITE, 75 }, { CUT_DSYNC, 78 },
		{ CUT_READ, 90 }, { CUT_FSYNC, 93 }, { CUT_FDATASYNC, 95 },
		{ CUT_MSYNC, 100 },
	};
	unsigned int i = 0;

	while (percent >= share[i].below)
		i++;
	return share[i].op;
}

/* The longest run of pages that an operation takes. */
static unsigned int plan_longest(enum cut_op op)
{
	switch (op) {
	case CUT_PWRITE:
		return 8;
	case CUT_MSYNC:
		return CUT_OWN / 2;
	default:
		return 1;
	}
}

/* The next step; versions are as after it. */
void plan_next(struct cut_plan *plan, struct cut_step *step)
{
	unsigned int i;

	step->op = plan_op(plan_random(plan, 100));
	step->pages = 1 + plan_random(plan, plan_longest(step->op));
	step->page = plan->first + plan_random(plan, CUT_OWN - step->pages + 1);
	if (step->op == CUT_FSYNC || step->op == CUT_FDATASYNC) {
		step->page = plan->first;
		step->pages = CUT_OWN;
	}
	plan->step++;
	if (step->op > CUT_DSYNC)
		return;
	for (i = 0; i < step->pages; i++)
		plan->version[step->page - plan->first + i]++;
}

/* Does it return only when its pages are on the store? */
bool step_acknowledges(const struct cut_step *step)
{
	return step->op == CUT_DSYNC || step->op > CUT_READ;
}

void page_fill(uint64_t *words, unsigned int page, uint32_t version)
{
	pattern_fill(words, page * WORDS, WORDS, version);
}
