/* SPDX-License-Identifier: GPL-2.0 */
/*
 * whatif.h - miss ratios that a load would have under other policies and with
 * other amounts of memory, from a sample of its pages
 *
 * Spatially hashed sampling at a fixed rate: C. Waldspurger, N. Park,
 * A. Garthwaite and I. Ahmad, "Efficient MRC construction with SHARDS", FAST
 * 2015.  One page of @every is chosen by a hash of its number, and all
 * references to it count.  A policy that runs on the sampled references with
 * a frame for each @every has nearly the miss ratio of the whole: "Cache
 * modeling and optimization using miniature simulations", C. Waldspurger,
 * T. Saemundsson, I. Ahmad and N. Park, ATC 2017.
 *
 * One page is chosen out of each group of @every pages that follow each other,
 * so that a range has as many sampled pages as it should.
 *
 * A popular page in the sample, or none, changes the number of references that
 * are sampled, but hardly that of misses.  So misses are divided by the number
 * of references that should have been sampled, as SHARDS-adj does: that of all
 * references, divided by @every.
 *
 * What is counted fades: each time @window references of the load have been
 * made, all counts are halved.  So the last @window references have at least
 * half of the weight.
 *
 * This is pure code, see policy.h.  Nothing is allocated here.
 */
#ifndef KPAGER_WHATIF_H
#define KPAGER_WHATIF_H

#include "ghost.h"
#include "simulate.h"

/* The coarsest sample: a page of so many. */
#define WHATIF_EVERY_MAX	10000u
/* Most policies that are tried, and sizes of each. */
#define WHATIF_POLICIES		7
#define WHATIF_SIZES		5
#define WHATIF_CELLS		(WHATIF_POLICIES * WHATIF_SIZES)
/* The shortest window. */
#define WHATIF_WINDOW_MIN	(256u * 1024)

/* A sampled reference: its page, and whether it writes. */
#define WHATIF_WRITE		1u
#define WHATIF_REF(page, write)	((u64)(page) << 1 | ((write) ? 1 : 0))

/**
 * struct whatif_config - what is tried
 * @every: one page of so many is sampled, 1 to WHATIF_EVERY_MAX
 * @window: references of the load after which counts are halved; 0: never
 * @policies: which
 * @n_policies: how many, at most WHATIF_POLICIES
 * @frames: with how many frames
 * @n_frames: how many sizes, at most WHATIF_SIZES
 */
struct whatif_config {
	u32 every;
	u64 window;
	const struct policy_ops *policies[WHATIF_POLICIES];
	unsigned int n_policies;
	u32 frames[WHATIF_SIZES];
	unsigned int n_frames;
};

/**
 * struct whatif_cell - a policy with an amount of memory
 * @frames: the amount that it stands for
 * @sim: the simulation, with fewer frames
 * @map: which page is in which of them
 * @misses: sampled references that missed, fading, in 1/256
 */
struct whatif_cell {
	u32 frames;
	struct simulation sim;
	struct ghost_map map;
	u64 misses;
};

/**
 * struct whatif - what a load would do
 * @every: see struct whatif_config
 * @window: likewise
 * @references: of the load, fading, in 1/256
 * @since: references of the load since counts were halved
 * @n_cells: how many
 * @cell: policies with amounts of memory; those of a policy are together, in
 *	the order of struct whatif_config
 */
struct whatif {
	u32 every;
	u64 window;
	u64 references;
	u64 since;
	unsigned int n_cells;
	struct whatif_cell cell[WHATIF_CELLS];
};

/**
 * struct whatif_estimate - what is known of a policy with an amount of memory
 * @policy: the policy
 * @frames: the amount
 * @simulated: frames of the simulation
 * @references: of the load, fading
 * @misses: of these, how many would miss
 * @ratio: @misses by @references, in 1/10000
 */
struct whatif_estimate {
	const struct policy_ops *policy;
	u32 frames;
	u32 simulated;
	u64 references;
	u64 misses;
	u32 ratio;
};

unsigned int whatif_sizes(u32 *sizes, u64 frames, u64 pages);
size_t whatif_bytes(const struct whatif_config *config);
void whatif_init(struct whatif *w, const struct whatif_config *config,
		 void *memory);
void whatif_run(struct whatif *w, const u64 *refs, unsigned int n);
void whatif_passed(struct whatif *w, u64 references);
void whatif_estimate(const struct whatif *w, unsigned int i,
		     struct whatif_estimate *estimate);

/**
 * whatif_samples - is a page in the sample
 * @page: its number
 * @every: one of so many is, at least 1
 *
 * Context: any.
 * Return: true if it is; always the same for the same page.
 */
static inline bool whatif_samples(u64 page, u32 every)
{
	u32 place;
	u64 z = div_u64_rem(page, every, &place);

	/* A part of the finaliser of splitmix64 (Steele, Lea and Flood, 2014) */
	z = (z + 1) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 32) * 0x94d049bb133111ebull;
	return place == (u32)((z >> 32) * every >> 32);
}

#endif /* KPAGER_WHATIF_H */
