// SPDX-License-Identifier: GPL-2.0
/*
 * two-lists.c - an inactive and an active list, as in Linux
 *
 * M. Gorman, "Understanding the Linux Virtual Memory Manager", 2004, chapter
 * 10; the idea is that of O. Babaoglu and W. Joy, "Converting a Swap-Based
 * System to do Paging in an Architecture Lacking Page-Referenced Bits", 1981.
 *
 * New pages go to the inactive list.  The search looks at its oldest: one
 * that was referenced since it came is promoted to the active list; one that
 * was not is the victim.  While the active list is longer than half of all,
 * its oldest become inactive and lose their bit, whatever it said: to stay
 * they have to be referenced again there.  Linux promotes a page of a file at
 * the second reference that it finds; here the first touch, which the fresh
 * window hides, is the first.
 */
#include "policy.h"

/* In @bits. */
#define TWO_ACTIVE	BIT(0)

struct two_state {
	struct policy_list active;
	struct policy_list inactive;
};

static size_t two_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct two_state);
}

static struct policy_list *two_list(struct policy *p, u32 frame)
{
	struct two_state *s = p->state;

	return policy_node(p, frame)->bits & TWO_ACTIVE ? &s->active :
		&s->inactive;
}

static void two_add(struct policy *p, u32 frame, u32 bits)
{
	policy_node(p, frame)->bits = bits;
	policy_list_add_tail(p, two_list(p, frame), frame);
}

static void two_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	two_add(p, frame, 0);
}

static void two_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, two_list(p, frame), frame);
}

static void two_age(struct policy *p)
{
	struct two_state *s = p->state;

	while (s->active.nr > s->inactive.nr) {
		u32 frame = policy_list_pop(p, &s->active);

		policy_ref(p, frame);
		two_add(p, frame, 0);
	}
}

static u32 two_next_victim(struct policy *p)
{
	struct two_state *s = p->state;
	u32 left = 2 * p->nr, frame;

	do {
		two_age(p);
		frame = policy_list_pop(p, s->inactive.nr ? &s->inactive :
					&s->active);
		if (frame == POLICY_NONE || !left || !policy_ref(p, frame))
			break;
		two_add(p, frame, TWO_ACTIVE);
	} while (left--);
	return frame;
}

static void two_putback(struct policy *p, u32 frame)
{
	two_add(p, frame, TWO_ACTIVE);
}

const struct policy_ops policy_two_lists = {
	.name = "two-lists",
	.title = "inactive and active list, as in Linux; Gorman 2004",
	.state_bytes = two_state_bytes,
	.insert = two_insert,
	.remove = two_remove,
	.next_victim = two_next_victim,
	.putback = two_putback,
};
