/* SPDX-License-Identifier: GPL-2.0 */
/*
 * simulate.h - frames that hold pages, run by a policy
 *
 * What a policy sees of a segment, without the segment: which page is in which
 * frame, reference bits and dirty bits.  Who uses it keeps the way from a page
 * to its frame: replay (userspace/replay/sim.c) an array, whatif.c a map.
 *
 * This is pure code, see policy.h.  Nothing is allocated here.
 */
#ifndef KPAGER_SIMULATE_H
#define KPAGER_SIMULATE_H

#include "policy.h"

/* Of each frame. */
#define SIMULATE_REF	1u	/* the reference bit */
#define SIMULATE_DIRTY	2u

/**
 * struct simulation - frames and their policy
 * @policy: the policy
 * @env: what it sees; simulate_init() fills it, next_use may be added
 * @gone: called when a frame's page leaves it; the page is still in @page
 * @nodes: the policy's, by frame
 * @page: the page in each frame; the caller's memory
 * @free: frames that the policy gave back early
 * @flags: SIMULATE_*, by frame
 * @frames: how many there are; numbers are 1 to @frames
 * @used: frames that hold or held a page
 * @n_free: entries of @free
 * @wanted: frames that the policy wants to have written, with their pages
 * @n_wanted: how many
 * @misses: pages brought in
 * @writes: pages written: when they left, or early if the policy asked
 */
struct simulation {
	struct policy policy;
	struct policy_env env;
	void (*gone)(struct simulation *sim, u32 frame);
	struct policy_node *nodes;
	u64 *page;
	u32 *free;
	u8 *flags;
	u32 frames;
	u32 used;
	u32 n_free;
	struct {
		u64 page;
		u32 frame;
	} wanted[POLICY_WANTED];
	u32 n_wanted;
	u64 misses;
	u64 writes;
};

/**
 * struct simulate_setup - what a simulation is made of
 * @ops: the policy
 * @frames: frames, at least 1
 * @exact: hits are delivered, or their bits are exact, see policy_setup
 * @seed: for policies that draw lots
 * @page: frames + 1 entries
 * @memory: simulate_bytes() of zeroes, aligned to 8
 * @gone: see struct simulation
 */
struct simulate_setup {
	const struct policy_ops *ops;
	u32 frames;
	bool exact;
	u64 seed;
	u64 *page;
	void *memory;
	void (*gone)(struct simulation *sim, u32 frame);
};

size_t simulate_bytes(const struct policy_ops *ops, u32 frames);
void simulate_init(struct simulation *sim, const struct simulate_setup *setup);
u32 simulate_take(struct simulation *sim, u64 page);
void simulate_insert(struct simulation *sim, u32 frame, u64 page);

/* A hit of the page in a frame, delivered to policies that take hits. */
static inline void simulate_hit(struct simulation *sim, u32 frame)
{
	if (!sim->policy.ops->hit || !policy_hit(&sim->policy, frame))
		sim->flags[frame] |= SIMULATE_REF;
}

#endif /* KPAGER_SIMULATE_H */
