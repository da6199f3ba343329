// SPDX-License-Identifier: GPL-2.0
/*
 * lfu.c - least frequently used, exactly
 *
 * K. Shah, A. Mitra and D. Matani, "An O(1) algorithm for implementing the LFU
 * cache eviction scheme", 2010: a list of classes by number of uses, each a
 * list of frames.  A hit moves its frame to the tail of the next class; the
 * victim is the head of the lowest, so among equals the one that has been in
 * the class longest.  Uses before an eviction are forgotten.
 */
#include "exact.h"

/**
 * struct lfu_class - frames that were used equally often
 * @frames: they
 * @uses: how often
 * @up: the next higher class, or 0; of a free class the next free one
 * @down: the next lower class, or 0
 */
struct lfu_class {
	struct policy_list frames;
	u32 uses;
	u32 up;
	u32 down;
};

/**
 * struct lfu - state
 * @lowest: the lowest class, or 0
 * @free: a free class, or 0
 * @fresh: classes from this on were never used
 * @class: the classes; number 0 is none.  A node's bits are its class
 */
struct lfu {
	u32 lowest;
	u32 free;
	u32 fresh;
	struct lfu_class class[];
};

/* While a frame moves up its old class and its new one both exist. */
static size_t lfu_state_bytes(u32 frames)
{
	return ALIGN(sizeof(struct lfu) + sizeof(struct lfu_class) *
		     ((size_t)frames + 2), sizeof(u64));
}

static void lfu_init(struct policy *p)
{
	struct lfu *lfu = p->state;

	lfu->fresh = 1;
}

/* A new class, above @down. */
static u32 lfu_class_new(struct lfu *lfu, u32 uses, u32 down)
{
	u32 number = lfu->free ? lfu->free : lfu->fresh++;
	struct lfu_class *class = &lfu->class[number];
	u32 up = down ? lfu->class[down].up : lfu->lowest;

	if (number == lfu->free)
		lfu->free = class->up;
	class->frames.head = POLICY_NONE;
	class->frames.nr = 0;
	class->uses = uses;
	class->up = up;
	class->down = down;
	if (up)
		lfu->class[up].down = number;
	if (down)
		lfu->class[down].up = number;
	else
		lfu->lowest = number;
	return number;
}

static void lfu_class_put(struct lfu *lfu, u32 number)
{
	struct lfu_class *class = &lfu->class[number];

	if (class->frames.nr)
		return;
	if (class->up)
		lfu->class[class->up].down = class->down;
	if (class->down)
		lfu->class[class->down].up = class->up;
	else
		lfu->lowest = class->up;
	class->up = lfu->free;
	lfu->free = number;
}

static void lfu_add(struct policy *p, u32 frame, u32 number)
{
	struct lfu *lfu = p->state;

	policy_list_add_tail(p, &lfu->class[number].frames, frame);
	policy_node(p, frame)->bits = number;
}

static void lfu_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct lfu *lfu = p->state;
	u32 number = lfu->lowest;

	(void)why;
	if (!number || lfu->class[number].uses != 1)
		number = lfu_class_new(lfu, 1, 0);
	lfu_add(p, frame, number);
}

static void lfu_remove(struct policy *p, u32 frame)
{
	struct lfu *lfu = p->state;
	u32 number = policy_node(p, frame)->bits;

	policy_list_del(p, &lfu->class[number].frames, frame);
	lfu_class_put(lfu, number);
}

static void lfu_hit(struct policy *p, u32 frame)
{
	struct lfu *lfu = p->state;
	u32 old = policy_node(p, frame)->bits;
	u32 uses = lfu->class[old].uses + 1, number = lfu->class[old].up;

	if (!number || lfu->class[number].uses != uses)
		number = lfu_class_new(lfu, uses, old);
	policy_list_del(p, &lfu->class[old].frames, frame);
	lfu_add(p, frame, number);
	lfu_class_put(lfu, old);
}

static u32 lfu_next_victim(struct policy *p)
{
	struct lfu *lfu = p->state;
	u32 number = lfu->lowest, frame;

	if (!number)
		return POLICY_NONE;
	frame = policy_list_pop(p, &lfu->class[number].frames);
	lfu_class_put(lfu, number);
	return frame;
}

const struct policy_ops policy_lfu = {
	.name = "lfu",
	.title = "LFU, exact",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.state_bytes = lfu_state_bytes,
	.init = lfu_init,
	.insert = lfu_insert,
	.remove = lfu_remove,
	.next_victim = lfu_next_victim,
	.hit = lfu_hit,
};
