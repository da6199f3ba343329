// SPDX-License-Identifier: GPL-2.0
/*
 * mru.c - the newest goes first
 *
 * H.-T. Chou and D. J. DeWitt, "An Evaluation of Buffer Management Strategies
 * for Relational Database Systems", 1985: the best there is for a loop that is
 * larger than memory, and bad for nearly everything else.  A control.
 *
 * Newest is what was loaded last; reference bits are never looked at.
 */
#include "policy.h"

static size_t mru_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct policy_list);
}

static void mru_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	policy_list_add_head(p, p->state, frame);
}

static void mru_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
}

static u32 mru_next_victim(struct policy *p)
{
	return policy_list_pop(p, p->state);
}

/* Whoever was busy is asked last. */
static void mru_putback(struct policy *p, u32 frame)
{
	policy_list_add_tail(p, p->state, frame);
}

const struct policy_ops policy_mru = {
	.name = "mru",
	.title = "most recently loaded first; Chou and DeWitt 1985",
	.state_bytes = mru_state_bytes,
	.insert = mru_insert,
	.remove = mru_remove,
	.next_victim = mru_next_victim,
	.putback = mru_putback,
};
