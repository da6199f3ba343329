// SPDX-License-Identifier: GPL-2.0
/*
 * opt.c - the optimum
 *
 * L. A. Belady, "A study of replacement algorithms for a virtual-storage
 * computer", 1966: the victim is the page that is used again last.  Needs the
 * future, which the environment tells (next_use).  No demand-paging policy
 * misses less.
 */
#include "exact.h"

static size_t opt_state_bytes(u32 frames)
{
	return sizeof(struct exact_heap) + exact_heap_bytes(frames);
}

static void opt_init(struct policy *p)
{
	struct exact_heap *heap = p->state;

	exact_heap_init(heap, heap + 1, p->frames);
}

/* The heap has the smallest first, we want the latest. */
static u64 opt_key(struct policy *p, u32 frame)
{
	return ~p->env->next_use(p, frame);
}

static void opt_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	exact_heap_add(p, p->state, frame, opt_key(p, frame));
}

static void opt_remove(struct policy *p, u32 frame)
{
	exact_heap_del(p, p->state, frame);
}

static void opt_hit(struct policy *p, u32 frame)
{
	exact_heap_set(p, p->state, frame, opt_key(p, frame));
}

static u32 opt_next_victim(struct policy *p)
{
	struct exact_heap *heap = p->state;
	u32 frame;

	if (!heap->nr)
		return POLICY_NONE;
	frame = heap->frame[1];
	exact_heap_del(p, heap, frame);
	return frame;
}

const struct policy_ops policy_opt = {
	.name = "opt",
	.title = "the optimum, Belady 1966",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.state_bytes = opt_state_bytes,
	.init = opt_init,
	.insert = opt_insert,
	.remove = opt_remove,
	.next_victim = opt_next_victim,
	.hit = opt_hit,
};
