/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - which frame to give up next
 *
 * A policy is written against events, not against hits: the hardware hides
 * hits.  The pager tells it that a frame became resident (policy_insert) or
 * left (policy_remove) and asks for victims (policy_victims); the policy may
 * look at a frame's sampled reference bit, and only through policy_ref(),
 * which applies the fresh window below.
 *
 * This is pure code: it includes platform.h and nothing of the kernel, and is
 * compiled unchanged into the module, the host tests and replay.
 *
 * Locking: the caller serialises all calls on one policy.  No call sleeps by
 * itself; the environment's test_and_clear_ref() may.
 *
 * Fresh window: a page that was just faulted in always looks referenced,
 * because the retried instruction sets the bit.  A policy that believes it
 * degenerates to FIFO.  So for the first K faults after its insertion a frame
 * counts as unreferenced, and its bit is cleared when the window ends, with
 * K = max(1, C / 100) and C the frames the policy holds.
 */
#ifndef KPAGER_POLICY_H
#define KPAGER_POLICY_H

#include "../platform.h"

/* Frame number 0 never names a frame. */
#define POLICY_NONE	0u

/**
 * struct policy_node - what a policy knows of one frame (16 bytes)
 * @prev: neighbour in the policy's list, a frame number
 * @next: neighbour in the policy's list, a frame number
 * @stamp: the policy's clock (insertions so far) when the frame came
 * @bits: the policy's own
 */
struct policy_node {
	u32 prev;
	u32 next;
	u32 stamp;
	u32 bits;
};

struct policy;

/**
 * struct policy_env - what a policy needs from whoever runs it
 * @node: the node of a frame; constant time, never NULL for a live frame
 * @test_and_clear_ref: was the frame referenced since the last call
 */
struct policy_env {
	struct policy_node *(*node)(struct policy *p, u32 frame);
	bool (*test_and_clear_ref)(struct policy *p, u32 frame);
};

/* Why a frame became resident, or left. */
enum policy_why {
	POLICY_DEMAND,		/* in: a fault or a read asked for the page */
	POLICY_PREFETCH,	/* in: it was read along with another page */
	POLICY_WRITE,		/* in: a write replaced the whole page */
	POLICY_EVICT,		/* out: given up as a victim */
	POLICY_DROP,		/* out: the page itself is gone, or unreadable */
};

/**
 * struct policy_ops - one replacement policy
 * @name: as in attributes and on the command line
 * @insert: a frame became resident
 * @remove: a frame leaves; it may be one that was just proposed
 * @next_victim: propose one frame, or POLICY_NONE if there is none to give.
 *	It stays a member until @remove; a proposal that turns out to be busy
 *	is simply not removed, so the policy must move on by itself.
 */
struct policy_ops {
	const char *name;
	void (*insert)(struct policy *p, u32 frame, enum policy_why why);
	void (*remove)(struct policy *p, u32 frame, enum policy_why why);
	u32 (*next_victim)(struct policy *p);
};

/**
 * struct policy - one instance, for one segment
 * @ops: the algorithm
 * @env: who runs it
 * @owner: for the environment's use
 * @nr: frames it holds
 * @clock: insertions so far; the time base of the fresh window
 * @looks: reference bits looked at
 * @hand: CLOCK's hand, a frame number
 * @window: the last frames inserted, a ring of @window_size (a power of two)
 * @window_size: entries of @window
 * @window_tail: the oldest insertion whose window has not ended
 */
struct policy {
	const struct policy_ops *ops;
	const struct policy_env *env;
	void *owner;
	u32 nr;
	u32 clock;
	u64 looks;
	u32 hand;
	u32 *window;
	u32 window_size;
	u32 window_tail;
};

extern const struct policy_ops policy_clock;

const struct policy_ops *policy_find(const char *name);
u32 policy_window_entries(u32 frames);
void policy_init(struct policy *p, const struct policy_ops *ops,
		 const struct policy_env *env, void *owner,
		 u32 *window, u32 window_entries);
void policy_insert(struct policy *p, u32 frame, enum policy_why why);
void policy_remove(struct policy *p, u32 frame, enum policy_why why);
unsigned int policy_victims(struct policy *p, u32 *out, unsigned int n);
bool policy_ref(struct policy *p, u32 frame);

#endif /* KPAGER_POLICY_H */
