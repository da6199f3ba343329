// SPDX-License-Identifier: GPL-2.0
/*
 * whatif.c - see whatif.h
 */
#include "whatif.h"

/* Counts have that many binary places: they are halved now and then. */
#define WHATIF_SHIFT	8

/**
 * whatif_sizes - which amounts of memory are worth knowing about
 * @sizes: receives WHATIF_SIZES of them or fewer, ascending
 * @frames: what there is now
 * @pages: pages of the load: more frames are of no use
 *
 * From half to four times of what there is.
 *
 * Context: any.
 * Return: how many.
 */
unsigned int whatif_sizes(u32 *sizes, u64 frames, u64 pages)
{
	static const u8 halves[WHATIF_SIZES] = { 1, 2, 3, 4, 8 };
	unsigned int i, n = 0;
	u32 size;

	pages = min_t(u64, pages, U32_MAX / 2);
	frames = min_t(u64, frames, pages);
	for (i = 0; i < WHATIF_SIZES; i++) {
		size = clamp_t(u64, frames * halves[i] / 2, 1, pages);
		if (!n || size > sizes[n - 1])
			sizes[n++] = size;
	}
	return n;
}

/* Frames of a simulation. */
static u32 whatif_frames(const struct whatif_config *config, unsigned int size)
{
	u32 every = config->every;

	return max_t(u32, (config->frames[size] + every / 2) / every, 1);
}

static size_t cell_bytes(const struct policy_ops *ops, u32 frames)
{
	return simulate_bytes(ops, frames) + ghost_map_bytes(frames);
}

/**
 * whatif_bytes - memory of the simulations, beside struct whatif
 * @config: what is tried
 *
 * Context: any.
 * Return: bytes, a multiple of 8.
 */
size_t whatif_bytes(const struct whatif_config *config)
{
	unsigned int p, s;
	size_t sum = 0;

	for (p = 0; p < config->n_policies; p++)
		for (s = 0; s < config->n_frames; s++)
			sum += cell_bytes(config->policies[p],
					  whatif_frames(config, s));
	return sum;
}

static void cell_gone(struct simulation *sim, u32 frame)
{
	struct whatif_cell *cell = container_of(sim, struct whatif_cell, sim);

	ghost_map_del(&cell->map, frame);
}

static void cell_init(struct whatif_cell *cell, const struct policy_ops *ops,
		      u32 frames, void *memory)
{
	struct simulate_setup setup = {
		.ops = ops,
		.frames = frames,
		/* What is not a reference is not seen here. */
		.exact = true,
		.seed = 1,
		.memory = memory + ghost_map_bytes(frames),
		.gone = cell_gone,
	};

	ghost_map_init(&cell->map, memory, frames);
	/* Slots of the map are frames, so it has their pages. */
	setup.page = cell->map.key;
	simulate_init(&cell->sim, &setup);
}

/**
 * whatif_init - prepare simulations without pages
 * @w: what is estimated; no earlier contents are looked at.  It must stay
 *	where it is
 * @config: what is tried; not kept
 * @memory: whatif_bytes() of zeroes, aligned to 8
 *
 * Context: any.
 */
void whatif_init(struct whatif *w, const struct whatif_config *config,
		 void *memory)
{
	unsigned int p, s;

	memset(w, 0, sizeof(*w));
	w->every = config->every;
	w->window = config->window;
	for (p = 0; p < config->n_policies; p++)
		for (s = 0; s < config->n_frames; s++) {
			struct whatif_cell *cell = &w->cell[w->n_cells++];
			u32 frames = whatif_frames(config, s);

			cell->frames = config->frames[s];
			cell_init(cell, config->policies[p], frames, memory);
			memory += cell_bytes(config->policies[p], frames);
		}
}

static void cell_miss(struct whatif_cell *cell, u64 page, bool write)
{
	struct simulation *sim = &cell->sim;
	u32 frame = simulate_take(sim, page);

	cell->misses += 1 << WHATIF_SHIFT;
	if (WARN_ON_ONCE(frame == POLICY_NONE))
		return;
	ghost_map_add(&cell->map, frame, page);
	simulate_insert(sim, frame, page);
	/* It may have left at once. */
	if (write && ghost_map_find(&cell->map, page))
		sim->flags[frame] |= SIMULATE_DIRTY;
}

static void cell_reference(struct whatif_cell *cell, u64 page, bool write)
{
	u32 frame = ghost_map_find(&cell->map, page);

	if (!frame) {
		cell_miss(cell, page, write);
		return;
	}
	simulate_hit(&cell->sim, frame);
	if (write)
		cell->sim.flags[frame] |= SIMULATE_DIRTY;
}

/**
 * whatif_run - the load made sampled references
 * @w: what is estimated
 * @refs: WHATIF_REF() of pages for which whatif_samples() is true
 * @n: how many
 *
 * Context: calls on @w are serialised; does not sleep.  Takes time in
 * proportion to @n and the number of simulations.
 */
void whatif_run(struct whatif *w, const u64 *refs, unsigned int n)
{
	struct whatif_cell *cell;
	unsigned int i;

	for (cell = w->cell; cell < w->cell + w->n_cells; cell++)
		for (i = 0; i < n; i++)
			cell_reference(cell, refs[i] >> 1,
				       refs[i] & WHATIF_WRITE);
}

static void whatif_halve(struct whatif *w)
{
	unsigned int i;

	w->references /= 2;
	for (i = 0; i < w->n_cells; i++)
		w->cell[i].misses /= 2;
}

/**
 * whatif_passed - the load made references, sampled or not
 * @w: what is estimated
 * @references: how many since the last call; those that are in the sample
 *	were given to whatif_run() before
 *
 * Context: calls on @w are serialised.
 */
void whatif_passed(struct whatif *w, u64 references)
{
	w->references += references << WHATIF_SHIFT;
	if (!w->window)
		return;
	/* After a long time nothing is left to be halved. */
	w->since = min_t(u64, w->since + references, 64 * w->window);
	for (; w->since >= w->window; w->since -= w->window)
		whatif_halve(w);
}

/**
 * whatif_estimate - what is known of a policy with an amount of memory
 * @w: what is estimated
 * @i: which cell, below w->n_cells
 * @estimate: receives it
 *
 * Context: calls on @w are serialised.
 */
void whatif_estimate(const struct whatif *w, unsigned int i,
		     struct whatif_estimate *estimate)
{
	const struct whatif_cell *cell = &w->cell[i];
	u64 misses = cell->misses * w->every >> WHATIF_SHIFT;

	estimate->policy = cell->sim.policy.ops;
	estimate->frames = cell->frames;
	estimate->simulated = cell->sim.frames;
	estimate->references = w->references >> WHATIF_SHIFT;
	/* Of a small sample, a few pages may make more than there were. */
	estimate->misses = min_t(u64, misses, estimate->references);
	estimate->ratio = 0;
	if (estimate->references)
		estimate->ratio = div64_u64(estimate->misses * 10000,
					    estimate->references);
}
