/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exact.h - the policies that only replay can offer
 *
 * They need every hit, or the future, and are yardsticks for the policies of
 * module/policy, whose interface they share.  Pure code like those.
 */
#ifndef KPAGER_EXACT_H
#define KPAGER_EXACT_H

#include "../../../module/policy/ghost.h"
#include "../../../module/policy/policy.h"

/* Every one of them: a line here registers one. */
#define EXACT_POLICIES(X)	\
	X(lfu)			\
	X(arc)			\
	X(lirs)			\
	X(slru)			\
	X(lru_2)		\
	X(w_tinylfu)		\
	X(opt)

#define X(name) extern const struct policy_ops policy_##name;
EXACT_POLICIES(X)
#undef X

/**
 * struct exact_heap - frames, the one with the smallest key first
 * @key: key of each place; place 1 is the first
 * @frame: frame of each place
 * @nr: frames in it
 *
 * The place of a frame is in the bits of its node.  4-ary, so that a sift
 * touches few cache lines.
 */
struct exact_heap {
	u64 *key;
	u32 *frame;
	u32 nr;
};

size_t exact_heap_bytes(u32 frames);
void exact_heap_init(struct exact_heap *heap, void *memory, u32 frames);
void exact_heap_add(struct policy *p, struct exact_heap *heap, u32 frame,
		    u64 key);
void exact_heap_del(struct policy *p, struct exact_heap *heap, u32 frame);
void exact_heap_set(struct policy *p, struct exact_heap *heap, u32 frame,
		    u64 key);

#endif /* KPAGER_EXACT_H */
