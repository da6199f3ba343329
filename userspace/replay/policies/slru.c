// SPDX-License-Identifier: GPL-2.0
/*
 * slru.c - segmented LRU
 *
 * R. Karedla, J. S. Love and B. G. Wherry, "Caching strategies to improve disk
 * system performance", 1994, with four segments of equal size instead of two.
 *
 * A hit moves its frame to the next segment's tail; a segment that is over its
 * share gives its head to the one below.  The victim is the head of the lowest
 * segment.  While there is room a new page goes into the lowest segment that
 * is below its share, afterwards into the lowest.
 */
#include "exact.h"

#define SLRU_SEGMENTS	8

enum { PARAM_SEGMENTS };

static const struct policy_param slru_params[] = {
	{ "segments", "segments of equal size", 4, 2, SLRU_SEGMENTS },
	{ }
};

/**
 * struct slru - state
 * @segment: the segments, the lowest first; a node's bits are its segment
 * @share: frames that a segment may hold
 */
struct slru {
	struct policy_list segment[SLRU_SEGMENTS];
	u32 share;
};

static size_t slru_state_bytes(u32 frames)
{
	(void)frames;
	return ALIGN(sizeof(struct slru), sizeof(u64));
}

static void slru_add(struct policy *p, u32 frame, u32 number)
{
	struct slru *slru = p->state;

	policy_list_add_tail(p, &slru->segment[number], frame);
	policy_node(p, frame)->bits = number;
}

/* What is over a share goes down, to the lowest segment at last. */
static void slru_cool(struct policy *p, u32 number)
{
	struct slru *slru = p->state;

	for (; number && slru->segment[number].nr > slru->share; number--)
		slru_add(p, policy_list_pop(p, &slru->segment[number]),
			 number - 1);
}

static void slru_resize(struct policy *p)
{
	struct slru *slru = p->state;
	u32 i;

	slru->share = policy_share(p, 1, p->param[PARAM_SEGMENTS]);
	for (i = SLRU_SEGMENTS; --i;)
		while (slru->segment[i].nr > (i < p->param[PARAM_SEGMENTS] ?
					      slru->share : 0))
			slru_add(p, policy_list_pop(p, &slru->segment[i]),
				 i - 1);
}

static void slru_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct slru *slru = p->state;
	u32 i;

	(void)why;
	for (i = 0; i < p->param[PARAM_SEGMENTS]; i++)
		if (slru->segment[i].nr < slru->share)
			break;
	slru_add(p, frame, i < p->param[PARAM_SEGMENTS] ? i : 0);
}

static void slru_remove(struct policy *p, u32 frame)
{
	struct slru *slru = p->state;

	policy_list_del(p, &slru->segment[policy_node(p, frame)->bits], frame);
}

static void slru_hit(struct policy *p, u32 frame)
{
	u32 number = policy_node(p, frame)->bits;

	slru_remove(p, frame);
	if (number + 1 < p->param[PARAM_SEGMENTS])
		number++;
	slru_add(p, frame, number);
	slru_cool(p, number);
}

static u32 slru_next_victim(struct policy *p)
{
	struct slru *slru = p->state;
	u32 i;

	for (i = 0; i < SLRU_SEGMENTS; i++)
		if (slru->segment[i].nr)
			return policy_list_pop(p, &slru->segment[i]);
	return POLICY_NONE;
}

const struct policy_ops policy_slru = {
	.name = "slru",
	.title = "segmented LRU, Karedla and others 1994",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.params = slru_params,
	.state_bytes = slru_state_bytes,
	.resize = slru_resize,
	.insert = slru_insert,
	.remove = slru_remove,
	.next_victim = slru_next_victim,
	.hit = slru_hit,
};
