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

static void clock_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct policy_node *n = p->env->node(p, frame);
	struct policy_node *hand, *tail;

	(void)why;
	if (p->hand == POLICY_NONE) {
		n->prev = frame;
		n->next = frame;
		p->hand = frame;
		return;
	}
	hand = p->env->node(p, p->hand);
	tail = p->env->node(p, hand->prev);
	n->prev = hand->prev;
	n->next = p->hand;
	tail->next = frame;
	hand->prev = frame;
}

static void clock_remove(struct policy *p, u32 frame, enum policy_why why)
{
	struct policy_node *n = p->env->node(p, frame);

	(void)why;
	if (n->next == frame) {
		p->hand = POLICY_NONE;
		return;
	}
	p->env->node(p, n->prev)->next = n->next;
	p->env->node(p, n->next)->prev = n->prev;
	if (p->hand == frame)
		p->hand = n->next;
}

/*
 * Two turns suffice if nothing is referenced meanwhile: the first clears
 * every bit.  On a machine where others keep setting them the hand gives up
 * there and takes what it stands on, so that the search is bounded.
 */
static u32 clock_next_victim(struct policy *p)
{
	u32 left = 2 * p->nr, frame = p->hand;

	while (left--) {
		frame = p->hand;
		p->hand = p->env->node(p, frame)->next;
		if (!policy_ref(p, frame))
			break;
	}
	return frame;
}

const struct policy_ops policy_clock = {
	.name = "clock",
	.insert = clock_insert,
	.remove = clock_remove,
	.next_victim = clock_next_victim,
};
