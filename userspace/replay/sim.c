// SPDX-License-Identifier: GPL-2.0
/* sim.c - see sim.h */
#include <stdlib.h>

#include "policies/exact.h"
#include "sim.h"

#define PAGE_ABSENT	0u
#define NEVER		UINT32_MAX

/**
 * struct sim - a simulated segment
 * @core: its frames and their policy
 * @page: page in each frame
 * @memory: what else @core needs
 * @frame: frame of each page, PAGE_ABSENT if it is in none
 * @next: when each request's page is requested again, for OPT only
 * @last: the last request for the page in each frame, for OPT only
 * @loaded: TLB loads when the page in each frame was last loaded, for a TLB
 * @loads: TLB loads so far
 * @tlb: entries of the TLB
 *
 * The TLB replaces its entries first in, first out, and drops one when its
 * page is unmapped.  Only a load sets the reference bit, so an access goes
 * unseen as long as the entry is there: that many loads.
 */
struct sim {
	struct simulation core;
	u64 *page;
	void *memory;
	u32 *frame;
	u32 *next;
	u32 *last;
	u64 *loaded;
	u64 loads;
	u32 tlb;
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

/* ---- requests ---- */

static struct sim *sim_of(struct simulation *core)
{
	return container_of(core, struct sim, core);
}

static u64 sim_next_use(struct policy *p, u32 frame)
{
	struct sim *sim = sim_of(container_of(p, struct simulation, policy));
	u32 next = sim->next[sim->last[frame]];

	return next == NEVER ? U64_MAX : next;
}

static void sim_gone(struct simulation *core, u32 frame)
{
	sim_of(core)->frame[core->page[frame]] = PAGE_ABSENT;
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
		simulate_hit(&sim->core, frame);
		return;
	}
	if (mode == SIM_TLB) {
		if (sim->loads - sim->loaded[frame] < sim->tlb)
			return;
		sim->loaded[frame] = sim->loads++;
	}
	sim->core.flags[frame] |= SIMULATE_REF;
}

static noinline bool sim_miss(struct sim *sim, u32 page, u32 number)
{
	u32 frame = simulate_take(&sim->core, page);

	if (frame == POLICY_NONE)
		return false;
	sim->frame[page] = frame;
	if (sim->last)
		sim->last[frame] = number;
	/* The access that faulted is made again once the page is there. */
	if (sim->loaded)
		sim->loaded[frame] = sim->loads++;
	simulate_insert(&sim->core, frame, page);
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
			sim->core.flags[sim->frame[page]] |= SIMULATE_DIRTY;
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
	free(sim->memory);
	free(sim->page);
	free(sim->frame);
	free(sim->next);
	free(sim->last);
	free(sim->loaded);
}

static int sim_alloc(struct sim *sim, const struct trace *trace,
		     const struct sim_config *config, enum sim_mode mode)
{
	size_t n = (size_t)config->frames + 1;

	sim->memory = calloc(1, simulate_bytes(config->ops, config->frames));
	sim->page = calloc(n, sizeof(*sim->page));
	sim->frame = calloc(trace->n_pages, sizeof(*sim->frame));
	if (!sim->memory || !sim->page || !sim->frame)
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
	struct simulate_setup setup = {
		.ops = config->ops,
		.frames = config->frames,
		.exact = mode != SIM_BITS && mode != SIM_TLB,
		.seed = config->seed,
		.page = sim->page,
		.memory = sim->memory,
		.gone = sim_gone,
	};

	simulate_init(&sim->core, &setup);
	sim->core.env.next_use = sim_next_use;
	if (config->set_params)
		config->set_params(&sim->core.policy, config->data);
}

int sim_run(const struct trace *trace, const struct sim_config *config,
	    struct sim_result *result)
{
	enum sim_mode mode = sim_choose_mode(config);
	struct sim sim = { .tlb = config->tlb };
	int status;

	status = sim_alloc(&sim, trace, config, mode);
	if (!status) {
		sim_start(&sim, config, mode);
		if (!sim_requests_in_mode(&sim, trace, mode))
			status = -EIO;
		*result = (struct sim_result){
			.requests = trace->n_requests,
			.misses = sim.core.misses,
			.looks = sim.core.policy.looks,
			.writes = sim.core.writes,
		};
	}
	sim_free(&sim);
	return status;
}
