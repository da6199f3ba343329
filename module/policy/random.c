// SPDX-License-Identifier: GPL-2.0
/*
 * random.c - any frame
 *
 * L. A. Belady, "A Study of Replacement Algorithms for a Virtual-Storage
 * Computer", 1966.  A control: what a policy does not beat is not worth its
 * looks.
 *
 * The frames stand in an array without order; @bits is a frame's place in it.
 */
#include "policy.h"

struct random_state {
	u32 nr;
	u32 frame[];
};

static size_t random_state_bytes(u32 frames)
{
	return ALIGN(sizeof(struct random_state) +
		     (size_t)frames * sizeof(u32), sizeof(u64));
}

static void random_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct random_state *s = p->state;
	struct policy_node *n = policy_node(p, frame);

	(void)why;
	n->bits = s->nr;
	n->next = POLICY_NONE;	/* not proposed */
	s->frame[s->nr++] = frame;
}

/* The last one moves into the gap. */
static void random_remove(struct policy *p, u32 frame)
{
	struct random_state *s = p->state;
	u32 at = policy_node(p, frame)->bits;
	u32 last = s->frame[--s->nr];

	s->frame[at] = last;
	policy_node(p, last)->bits = at;
}

static u32 random_next_victim(struct policy *p)
{
	struct random_state *s = p->state;
	u32 frame;

	if (!s->nr)
		return POLICY_NONE;
	frame = s->frame[policy_random(p, s->nr)];
	random_remove(p, frame);
	return frame;
}

const struct policy_ops policy_random_any = {
	.name = "random",
	.title = "any frame, by a seeded generator; Belady 1966",
	.state_bytes = random_state_bytes,
	.insert = random_insert,
	.remove = random_remove,
	.next_victim = random_next_victim,
};
