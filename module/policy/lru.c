// SPDX-License-Identifier: GPL-2.0
/*
 * lru.c - least recently used, exactly
 *
 * P. J. Denning, "The Working Set Model for Program Behavior", 1968, compares
 * with it; R. L. Mattson and others, "Evaluation Techniques for Storage
 * Hierarchies", 1970, call it a stack algorithm.
 *
 * The frames stand in a list by their last use; a hit moves its frame to the
 * tail, the victim is the head.  Needs every hit.
 */
#include "policy.h"

static size_t lru_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct policy_list);
}

static void lru_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	policy_list_add_tail(p, p->state, frame);
}

static void lru_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
}

static void lru_hit(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
	policy_list_add_tail(p, p->state, frame);
}

static u32 lru_next_victim(struct policy *p)
{
	return policy_list_pop(p, p->state);
}

const struct policy_ops policy_lru = {
	.name = "lru",
	.title = "LRU, exact",
	.flags = POLICY_NEEDS_HITS,
	.state_bytes = lru_state_bytes,
	.insert = lru_insert,
	.remove = lru_remove,
	.next_victim = lru_next_victim,
	.hit = lru_hit,
};
