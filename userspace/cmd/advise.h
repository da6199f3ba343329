/* SPDX-License-Identifier: GPL-2.0 */
/* What 'kpager advise' finds out, and how it says it. */
#ifndef KPAGER_ADVISE_H
#define KPAGER_ADVISE_H

#include <stdbool.h>

#include "libkpager.h"

/**
 * struct advise_choice - a policy with an amount of memory
 * @policy: the policy
 * @frames: the amount
 * @ratio: its estimated miss ratio
 */
struct advise_choice {
	const char *policy;
	uint64_t frames;
	double ratio;
};

/**
 * struct advice - what a segment would want
 * @name: its name
 * @curves: the estimates
 * @references: that they are about
 * @sampled: about how many of these were in the sample
 * @simulated: frames of the simulation of what it has
 * @now: what it has
 * @same: the best policy with the same memory; @now if none is clearly better
 * @best: the least memory that misses hardly more than any amount that was
 *	simulated, with its best policy
 * @more: still more memory might help, too
 */
struct advice {
	const char *name;
	const struct kpager_curves *curves;
	uint64_t references;
	uint64_t sampled;
	uint64_t simulated;
	struct advise_choice now;
	struct advise_choice same;
	struct advise_choice best;
	bool more;
};

/* A difference of miss ratios that is not worth a change, or not certain. */
#define ADVISE_LITTLE	0.01

/* Fewer sampled references, or simulated frames, say little. */
#define ADVISE_SAMPLED	1000
#define ADVISE_FRAMES	16

/* estimate_ratio - a miss ratio */
static inline double estimate_ratio(const struct kpager_estimate *e)
{
	return e->references ? (double)e->misses / (double)e->references : 0;
}

/* advise_reliable - is the sample large enough */
bool advise_reliable(const struct advice *advice);

/* advise_print - print as text or as JSON */
void advise_print(const struct advice *advice, bool json);

#endif /* KPAGER_ADVISE_H */
