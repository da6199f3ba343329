/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sim.h - a simulated segment that runs a policy over a trace
 *
 * The policy is the file that is compiled into the module, or one of
 * policies/; frames are those of module/policy/simulate.c, which the module
 * uses for its estimates; only requests and a TLB are simulated here.
 */
#ifndef KPAGER_SIM_H
#define KPAGER_SIM_H

#include "../../module/policy/simulate.h"
#include "trace.h"

/* The most frames that can be simulated. */
#define SIM_FRAMES_MAX	(1u << 30)

/**
 * struct sim_config - what is simulated
 * @ops: the policy
 * @frames: frames, 1 to SIM_FRAMES_MAX
 * @ideal: the reference bit is set by each hit and clear after a fault.
 *	Otherwise it is set by each access that the TLB does not hide, so also
 *	by the one that faulted, as by hardware.  Policies that need hits get
 *	each of them in any case
 * @tlb: entries of the TLB that may hide an access from the reference bit; 0
 *	for none.  Not with @ideal
 * @seed: for policies that draw lots
 * @set_params: optional; called before the first request, to set parameters
 * @data: for @set_params
 */
struct sim_config {
	const struct policy_ops *ops;
	uint32_t frames;
	bool ideal;
	uint32_t tlb;
	uint64_t seed;
	void (*set_params)(struct policy *policy, void *data);
	void *data;
};

/**
 * struct sim_result - what came of it
 * @requests: requests
 * @misses: requests for pages that were not resident
 * @looks: reference bits that the policy looked at
 * @writes: pages written: when evicted, or early if the policy asked; pages
 *	that are dirty at the end are not among them
 */
struct sim_result {
	uint64_t requests;
	uint64_t misses;
	uint64_t looks;
	uint64_t writes;
};

/*
 * sim_policy - find a policy, of the module or of replay
 *
 * Return: the policy, or NULL if there is none of that name.
 */
const struct policy_ops *sim_policy(const char *name);

/* sim_policy_nth - the @i-th policy, those of the module first; NULL at end */
const struct policy_ops *sim_policy_nth(unsigned int i);

/*
 * sim_run - run a policy over a trace
 *
 * Return: 0, -ENOMEM, or -EIO if the policy gave no victim, which is its fault.
 */
int sim_run(const struct trace *trace, const struct sim_config *config,
	    struct sim_result *result);

#endif /* KPAGER_SIM_H */
