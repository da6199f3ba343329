// SPDX-License-Identifier: GPL-2.0
/*
 * aging.c - LRU approximated by shifting reference bits
 *
 * Known since the 1960s; described by A. S. Tanenbaum, "Operating Systems:
 * Design and Implementation", 1987.
 *
 * Every tick a frame's reference bit is shifted into its count from above.
 * The smallest count goes first.
 */
#include "rank.h"

/* A first touch is no hit: a new page counts half of one that was used. */
#define AGING_NEW	0x40

enum { AGING_TICK };

static const struct policy_param aging_params[] = {
	[AGING_TICK] = {
		"tick", "faults between two shifts, in 1/1000 of the capacity",
		125, 1, 10000,
	},
	{ NULL, NULL, 0, 0, 0 },
};

static size_t aging_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct ranks);
}

static u32 aging_tick_every(const struct policy *p)
{
	return policy_share(p, p->param[AGING_TICK], 1000);
}

static void aging_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	rank_add(p, p->state, frame, AGING_NEW);
}

static void aging_remove(struct policy *p, u32 frame)
{
	rank_del(p, p->state, frame);
}

static u32 aging_next_victim(struct policy *p)
{
	return rank_pop_lowest(p, p->state);
}

static void aging_putback(struct policy *p, u32 frame)
{
	rank_add(p, p->state, frame, RANKS - 1);
}

static u32 aging_shift(struct policy *p, u32 count, bool used)
{
	(void)p;
	return count >> 1 | (used ? RANKS / 2 : 0);
}

static void aging_tick(struct policy *p)
{
	rank_renew(p, p->state, aging_shift);
}

const struct policy_ops policy_aging = {
	.name = "aging",
	.title = "shifted reference bits, 8 a frame; Tanenbaum 1987",
	.params = aging_params,
	.state_bytes = aging_state_bytes,
	.insert = aging_insert,
	.remove = aging_remove,
	.next_victim = aging_next_victim,
	.putback = aging_putback,
	.tick_every = aging_tick_every,
	.tick = aging_tick,
};
