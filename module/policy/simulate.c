// SPDX-License-Identifier: GPL-2.0
/*
 * simulate.c - see simulate.h
 */
#include "simulate.h"

static struct simulation *simulate_of(struct policy *p)
{
	return container_of(p, struct simulation, policy);
}

static bool simulate_ref(struct policy *p, u32 frame)
{
	u8 *flags = &simulate_of(p)->flags[frame];
	bool was = *flags & SIMULATE_REF;

	*flags &= ~SIMULATE_REF;
	return was;
}

static u64 simulate_page(struct policy *p, u32 frame)
{
	return simulate_of(p)->page[frame];
}

static enum policy_dirt simulate_dirt(struct policy *p, u32 frame)
{
	return simulate_of(p)->flags[frame] & SIMULATE_DIRTY ? POLICY_DIRTY :
							       POLICY_CLEAN;
}

/* It is written when victims have been chosen, as the pager does it. */
static bool simulate_clean(struct policy *p, u32 frame)
{
	struct simulation *sim = simulate_of(p);
	u32 i;

	for (i = 0; i < sim->n_wanted; i++)
		if (sim->wanted[i].frame == frame)
			return true;
	if (i == POLICY_WANTED)
		return false;
	sim->wanted[i].frame = frame;
	sim->wanted[i].page = sim->page[frame];
	sim->n_wanted++;
	return true;
}

/* Frames that hold another page by now are passed over. */
static void simulate_write_wanted(struct simulation *sim)
{
	while (sim->n_wanted) {
		u32 frame = sim->wanted[--sim->n_wanted].frame;

		if (sim->page[frame] == sim->wanted[sim->n_wanted].page &&
		    sim->flags[frame] & SIMULATE_DIRTY) {
			sim->flags[frame] &= ~SIMULATE_DIRTY;
			sim->writes++;
		}
	}
}

static const struct policy_env simulate_env = {
	.test_and_clear_ref = simulate_ref,
	.page = simulate_page,
	.dirt = simulate_dirt,
	.clean = simulate_clean,
};

static size_t nodes_bytes(u32 frames)
{
	return ((size_t)frames + 1) * sizeof(struct policy_node);
}

static size_t free_bytes(u32 frames)
{
	return ALIGN(((size_t)frames + 1) * sizeof(u32), sizeof(u64));
}

static size_t flags_bytes(u32 frames)
{
	return ALIGN((size_t)frames + 1, sizeof(u64));
}

/**
 * simulate_bytes - memory of a simulation, beside the structure and its pages
 * @ops: the policy
 * @frames: how many
 *
 * Context: any.
 * Return: bytes, a multiple of 8.
 */
size_t simulate_bytes(const struct policy_ops *ops, u32 frames)
{
	return nodes_bytes(frames) + free_bytes(frames) + flags_bytes(frames) +
		ALIGN(policy_bytes(ops, frames, false), sizeof(u64));
}

/**
 * simulate_init - prepare frames without pages
 * @sim: the simulation; no earlier contents are looked at.  It must stay
 *	where it is
 * @setup: what of; not kept
 *
 * Context: any.
 */
void simulate_init(struct simulation *sim, const struct simulate_setup *setup)
{
	u32 frames = setup->frames;
	struct policy_setup policy = {
		.ops = setup->ops,
		.env = &sim->env,
		.frames = frames,
		.capacity = frames,
		.exact = setup->exact,
		.seed = setup->seed,
	};

	memset(sim, 0, sizeof(*sim));
	sim->env = simulate_env;
	sim->gone = setup->gone;
	sim->page = setup->page;
	sim->frames = frames;
	sim->nodes = setup->memory;
	sim->free = setup->memory + nodes_bytes(frames);
	sim->flags = (u8 *)sim->free + free_bytes(frames);
	policy.nodes = sim->nodes;
	policy.memory = sim->flags + flags_bytes(frames);
	policy_init(&sim->policy, &policy);
}

/* A frame is the policy's no more. */
static void simulate_left(struct simulation *sim, u32 frame)
{
	sim->gone(sim, frame);
	if (sim->flags[frame] & SIMULATE_DIRTY)
		sim->writes++;
	sim->flags[frame] = 0;
}

/**
 * simulate_take - a page is absent: have a frame for it
 * @sim: the simulation
 * @page: the page
 *
 * Context: calls on @sim are serialised.
 * Return: a frame without a page, for simulate_insert(), or POLICY_NONE if the
 * policy gave no victim, which is its fault.
 */
u32 simulate_take(struct simulation *sim, u64 page)
{
	struct policy *p = &sim->policy;
	u32 frame;

	sim->misses++;
	if (p->exact && p->ops->miss)
		policy_miss(p, page);
	if (sim->n_free)
		return sim->free[--sim->n_free];
	if (sim->used < sim->frames)
		return ++sim->used;
	frame = policy_evict(p);
	if (sim->n_wanted) {
		simulate_write_wanted(sim);
		/* It may have waited for these. */
		if (frame == POLICY_NONE)
			frame = policy_evict(p);
	}
	if (frame != POLICY_NONE)
		simulate_left(sim, frame);
	return frame;
}

/**
 * simulate_insert - put a page into a frame
 * @sim: the simulation
 * @frame: from simulate_take()
 * @page: the page
 *
 * The caller finds the page's frame already: the page may leave at once.
 *
 * Context: calls on @sim are serialised.
 */
void simulate_insert(struct simulation *sim, u32 frame, u64 page)
{
	struct policy *p = &sim->policy;

	sim->page[frame] = page;
	sim->nodes[frame].bits = 0;
	/* The access that faulted is made again once the page is there. */
	if (!p->exact)
		sim->flags[frame] = SIMULATE_REF;
	policy_insert(p, frame, POLICY_DEMAND);
	while (unlikely(p->expire) && policy_expired(p, &frame, 1)) {
		policy_remove(p, frame, POLICY_EVICT);
		simulate_left(sim, frame);
		sim->free[sim->n_free++] = frame;
	}
}
