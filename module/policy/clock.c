// SPDX-License-Identifier: GPL-2.0
/*
 * clock.c - CLOCK, the same as second chance
 *
 * F. J. Corbato, "A Paging Experiment with the Multics System", 1968.
 *
 * The frames stand in a ring in the order of their insertion.  A hand moves
 * over them: a frame whose reference bit is set loses the bit and is passed
 * by, the first one without it is the victim.  New frames go in behind the
 * hand, so that they are looked at last.
 */
#include "policy.h"

static size_t clock_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct policy_list);
}

static void clock_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	policy_list_add_tail(p, p->state, frame);
}

static void clock_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
}

/*
 * Two turns suffice if nothing is referenced meanwhile: the first clears
 * every bit.  On a machine where others keep setting them the hand gives up
 * there and takes what it stands on, so that the search is bounded.
 */
static u32 clock_next_victim(struct policy *p)
{
	struct policy_list *ring = p->state;
	u32 left = 2 * ring->nr;

	while (left-- && policy_ref(p, ring->head))
		policy_list_turn(p, ring);
	return policy_list_pop(p, ring);
}

const struct policy_ops policy_clock = {
	.name = "clock",
	.alias = "second-chance",
	.title = "CLOCK (second chance), Corbato 1968",
	.state_bytes = clock_state_bytes,
	.insert = clock_insert,
	.remove = clock_remove,
	.next_victim = clock_next_victim,
};
