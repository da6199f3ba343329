// SPDX-License-Identifier: GPL-2.0
/* sim.c - see sim.h */
#include <stdlib.h>

#include "policies/exact.h"
#include "sim.h"

/* Of each frame. */
#define FRAME_REF	1u	/* the page table's reference bit */
#define FRAME_DIRTY	2u

#define PAGE_ABSENT	0u
#define NEVER		UINT32_MAX

/**
 * struct sim - a simulated segment
 * @policy: the policy
 * @nodes: its nodes, by frame
 * @memory: its memory
 * @flags: FRAME_*, by frame
 * @page: page in each frame
 * @frame: frame of each page, PAGE_ABSENT if it is in none
 * @next: when each request's page is requested again, for OPT only
 * @last: the last request for the page in each frame, for OPT only
 * @loaded: TLB loads when the page in each frame was last loaded, for a TLB
 * @loads: TLB loads so far
 * @tlb: entries of the TLB
 * @frames: how many frames there are
 * @used: frames that hold or held a page
 * @n_free: frames that the policy gave back early
 * @free: they
 * @result: what came of it so far
 *
 * The TLB replaces its entries first in, first out, and drops one when its
 * page is unmapped.  Only a load sets the reference bit, so an access goes
 * unseen as long as the entry is there: that many loads.
 */
struct sim {
	struct policy policy;
	struct policy_node *nodes;
	void *memory;
	u8 *flags;
	u32 *page;
	u32 *frame;
	u32 *next;
	u32 *last;
	u64 *loaded;
	u64 loads;
	u32 tlb;
	u32 frames;
	u32 used;
	u32 n_free;
	u32 *free;
	struct sim_result result;
};

static const struct policy_ops *const exact_policies[] = {
#define X(name) &policy_##name,
	EXACT_POLICIES(X)
#undef X
};

const struct policy_ops *sim_policy_nth(unsigned int i)
{
	unsigned int n = 0;

	while (policy_nth(n))
		n++;
	if (i < n)
		return policy_nth(i);
	return i - n < ARRAY_SIZE(exact_policies) ? exact_policies[i - n] :
		NULL;
}

const struct policy_ops *sim_policy(const char *name)
{
	const struct policy_ops *ops;
	unsigned int i;

	for (i = 0; (ops = sim_policy_nth(i)); i++)
		if (!strcmp(ops->name, name) ||
		    (ops->alias && !strcmp(ops->alias, name)))
			return ops;
	return NULL;
}

/* ---- the policy's environment ---- */

static bool sim_test_and_clear_ref(struct policy *p, u32 frame)
{
	struct sim *sim = p->owner;
	bool was = sim->flags[frame] & FRAME_REF;

	sim->flags[frame] &= ~FRAME_REF;
	return was;
}

static u64 sim_page(struct policy *p, u32 frame)
{
	struct sim *sim = p->owner;

	return sim->page[frame];
}

static enum policy_dirt sim_dirt(struct policy *p, u32 frame)
{
	struct sim *sim = p->owner;

	return sim->flags[frame] & FRAME_DIRTY ? POLICY_DIRTY : POLICY_CLEAN;
}

/* A write takes no time here. */
static bool sim_clean(struct policy *p, u32 frame)
{
	struct sim *sim = p->owner;

	if (sim->flags[frame] & FRAME_DIRTY) {
		sim->flags[frame] &= ~FRAME_DIRTY;
		sim->result.writes++;
	}
	return true;
}

static u64 sim_next_use(struct policy *p, u32 frame)
{
	struct sim *sim = p->owner;
	u32 next = sim->next[sim->last[frame]];

	return next == NEVER ? U64_MAX : next;
}

static const struct policy_env sim_env = {
	.test_and_clear_ref = sim_test_and_clear_ref,
	.page = sim_page,
	.dirt = sim_dirt,
	.clean = sim_clean,
	.next_use = sim_next_use,
};

/* ---- requests ---- */

static void sim_evict(struct sim *sim, u32 frame)
{
	policy_remove(&sim->policy, frame, POLICY_EVICT);
	sim->frame[sim->page[frame]] = PAGE_ABSENT;
	if (sim->flags[frame] & FRAME_DIRTY)
		sim->result.writes++;
	sim->flags[frame] = 0;
}

/* Return: a frame without a page, or POLICY_NONE. */
static u32 sim_take_frame(struct sim *sim)
{
	u32 frame;

	if (sim->n_free)
		return sim->free[--sim->n_free];
	if (sim->used < sim->frames)
		return ++sim->used;
	if (policy_victims(&sim->policy, &frame, 1) != 1)
		return POLICY_NONE;
	sim_evict(sim, frame);
	return frame;
}

static void sim_drop_expired(struct sim *sim)
{
	u32 frame;

	while (policy_expired(&sim->policy, &frame, 1)) {
		sim_evict(sim, frame);
		sim->free[sim->n_free++] = frame;
	}
}

/* What sim_requests() is specialised for. */
enum sim_mode {
	SIM_BITS,		/* each access sets the bit */
	SIM_TLB,		/* unless the TLB hides it */
	SIM_IDEAL,		/* each hit sets the bit */
	SIM_HITS,		/* each hit is an event */
	SIM_FUTURE,		/* and the policy knows the future */
};

static __always_inline void sim_hit(struct sim *sim, u32 frame,
				    enum sim_mode mode)
{
	if (mode == SIM_HITS || mode == SIM_FUTURE) {
		if (!policy_hit(&sim->policy, frame))
			sim->flags[frame] |= FRAME_REF;
		return;
	}
	if (mode == SIM_TLB) {
		if (sim->loads - sim->loaded[frame] < sim->tlb)
			return;
		sim->loaded[frame] = sim->loads++;
	}
	sim->flags[frame] |= FRAME_REF;
}

static noinline bool sim_miss(struct sim *sim, u32 page, u32 number)
{
	struct policy *p = &sim->policy;
	u32 frame;

	sim->result.misses++;
	if (p->exact)
		policy_miss(p, page);
	frame = sim_take_frame(sim);
	if (frame == POLICY_NONE)
		return false;
	sim->page[frame] = page;
	sim->frame[page] = frame;
	sim->nodes[frame].bits = 0;
	if (sim->last)
		sim->last[frame] = number;
	/* The access that faulted is made again once the page is there. */
	if (sim->loaded)
		sim->loaded[frame] = sim->loads++;
	if (!p->exact)
		sim->flags[frame] = FRAME_REF;
	policy_insert(p, frame, POLICY_DEMAND);
	sim_drop_expired(sim);
	return true;
}

static __always_inline bool sim_requests(struct sim *sim,
					 const struct trace *trace,
					 enum sim_mode mode)
{
	const u32 *requests = trace->requests;
	size_t n = trace->n_requests, i;

	for (i = 0; i < n; i++) {
		u32 page = TRACE_PAGE(requests[i]);
		u32 frame = sim->frame[page];

		if (frame != PAGE_ABSENT) {
			if (mode == SIM_FUTURE)
				sim->last[frame] = (u32)i;
			sim_hit(sim, frame, mode);
		} else if (!sim_miss(sim, page, (u32)i)) {
			return false;
		}
		/* A page that expires at once is never dirty: it is written. */
		if (requests[i] & TRACE_WRITE)
			sim->flags[sim->frame[page]] |= FRAME_DIRTY;
	}
	return true;
}

static bool sim_requests_in_mode(struct sim *sim, const struct trace *trace,
				 enum sim_mode mode)
{
	switch (mode) {
	case SIM_BITS:
		return sim_requests(sim, trace, SIM_BITS);
	case SIM_TLB:
		return sim_requests(sim, trace, SIM_TLB);
	case SIM_IDEAL:
		return sim_requests(sim, trace, SIM_IDEAL);
	case SIM_HITS:
		return sim_requests(sim, trace, SIM_HITS);
	case SIM_FUTURE:
		return sim_requests(sim, trace, SIM_FUTURE);
	}
	return false;
}

static enum sim_mode sim_choose_mode(const struct sim_config *config)
{
	if (config->ops == &policy_opt)
		return SIM_FUTURE;
	if (config->ops->flags & POLICY_NEEDS_HITS)
		return SIM_HITS;
	if (config->ideal)
		return config->ops->hit ? SIM_HITS : SIM_IDEAL;
	return config->tlb ? SIM_TLB : SIM_BITS;
}

/* ---- from beginning to end ---- */

static void sim_free(struct sim *sim)
{
	free(sim->nodes);
	free(sim->memory);
	free(sim->flags);
	free(sim->page);
	free(sim->frame);
	free(sim->next);
	free(sim->last);
	free(sim->loaded);
	free(sim->free);
}

static int sim_alloc(struct sim *sim, const struct trace *trace,
		     const struct sim_config *config, enum sim_mode mode)
{
	size_t n = (size_t)sim->frames + 1;

	sim->nodes = calloc(n, sizeof(*sim->nodes));
	sim->memory = calloc(1, policy_bytes(config->ops, sim->frames));
	sim->flags = calloc(n, sizeof(*sim->flags));
	sim->page = calloc(n, sizeof(*sim->page));
	sim->free = calloc(n, sizeof(*sim->free));
	sim->frame = calloc(trace->n_pages, sizeof(*sim->frame));
	if (!sim->nodes || !sim->memory || !sim->flags || !sim->page ||
	    !sim->free || !sim->frame)
		return -ENOMEM;
	if (mode == SIM_TLB) {
		sim->loaded = calloc(n, sizeof(*sim->loaded));
		if (!sim->loaded)
			return -ENOMEM;
	}
	if (mode == SIM_FUTURE) {
		sim->next = calloc(trace->n_requests, sizeof(*sim->next));
		sim->last = calloc(n, sizeof(*sim->last));
		if (!sim->next || !sim->last ||
		    trace_next_uses(trace, sim->next))
			return -ENOMEM;
	}
	return 0;
}

static void sim_start(struct sim *sim, const struct sim_config *config,
		      enum sim_mode mode)
{
	struct policy_setup setup = {
		.ops = config->ops,
		.env = &sim_env,
		.owner = sim,
		.nodes = sim->nodes,
		.memory = sim->memory,
		.frames = sim->frames,
		.capacity = sim->frames,
		.exact = mode != SIM_BITS && mode != SIM_TLB,
		.seed = config->seed,
	};

	policy_init(&sim->policy, &setup);
	if (config->set_params)
		config->set_params(&sim->policy, config->data);
}

int sim_run(const struct trace *trace, const struct sim_config *config,
	    struct sim_result *result)
{
	enum sim_mode mode = sim_choose_mode(config);
	struct sim sim = {
		.frames = config->frames,
		.tlb = config->tlb,
	};
	int status;

	status = sim_alloc(&sim, trace, config, mode);
	if (!status) {
		sim_start(&sim, config, mode);
		if (!sim_requests_in_mode(&sim, trace, mode))
			status = -EIO;
		sim.result.requests = trace->n_requests;
		sim.result.looks = sim.policy.looks;
		*result = sim.result;
	}
	sim_free(&sim);
	return status;
}
