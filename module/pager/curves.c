// SPDX-License-Identifier: GPL-2.0
/*
 * curves.c - what a segment would miss under other policies, with other
 * amounts of memory
 *
 * References to a sample of the pages go through a ring to simulations, see
 * policy/whatif.h.  What is seen of the segment's references:
 *
 *   - pages asked for by faults, read, write and touches: what "lookups"
 *     counts, when it counts it;
 *   - pages that a look of the policy, or their eviction, finds used through a
 *     mapping ("whatif_found").  The bit that a fault itself leaves is not
 *     counted again: FRAME_SEEN.
 *
 * So of several uses through a mapping between two looks one is seen, when it
 * is looked for.
 *
 * A reference that finds the ring full is lost, and counted.  A deterministic
 * segment loses none: who fills its ring simulates what is in it.
 */
#include "pager/pager.h"
#include "policy/whatif.h"

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* Sampled references that wait; a power of two. */
#define CURVES_RING		1024
/* So many are worth a worker. */
#define CURVES_WAKE		64
/* Most memory of a segment's simulations. */
#define CURVES_BYTES_MAX	(8u << 20)

/* What is tried beside the policy that the segment has. */
static const char *const curves_policies[] = {
	"qd-clock", "clock", "clock-pro", "s3-fifo", "sieve",
};

/**
 * struct curves_run - the simulations of a segment
 * @bytes: size of all this
 * @passed: references of the segment that were counted, see curves_passed()
 * @head: references ever put into the ring; under segment_curves.lock
 * @tail: references ever taken out of it; likewise
 * @ring: they, see WHATIF_REF(); likewise
 * @whatif: the simulations; under segment_curves.mutex
 * @memory: theirs
 */
struct curves_run {
	size_t bytes;
	u64 passed;
	u32 head;
	u32 tail;
	u64 ring[CURVES_RING];
	struct whatif whatif;
	u64 memory[];
};

/* References that the segment made so far, as far as they are seen. */
static u64 curves_passed(struct segment *seg, u32 every)
{
	struct segment_counts counts;

	segment_counts_sum(seg, &counts);
	return counts.v[COUNT_lookups] + counts.v[COUNT_whatif_found] -
		counts.v[COUNT_whatif_lost] * every;
}

static unsigned int curves_take(struct segment *seg, struct curves_run *run,
				u64 *refs)
{
	unsigned int n = 0;

	spin_lock(&seg->curves.lock);
	while (n < CURVES_WAKE && run->tail != run->head)
		refs[n++] = run->ring[run->tail++ % CURVES_RING];
	spin_unlock(&seg->curves.lock);
	return n;
}

/* Simulate what is in the ring, and some of what comes meanwhile. */
static void curves_drain(struct segment *seg, struct curves_run *run)
{
	unsigned int rounds = CURVES_RING / CURVES_WAKE, n;
	u64 refs[CURVES_WAKE], passed;

	lockdep_assert_held(&seg->curves.mutex);
	while (rounds-- && (n = curves_take(seg, run, refs))) {
		whatif_run(&run->whatif, refs, n);
		cond_resched();
	}
	passed = curves_passed(seg, run->whatif.every);
	/* It goes back if references were lost: wait until they are made up. */
	if ((s64)(passed - run->passed) > 0) {
		whatif_passed(&run->whatif, passed - run->passed);
		run->passed = passed;
	}
}

static void curves_work(struct work_struct *work)
{
	struct segment *seg = container_of(work, struct segment, curves.work);

	mutex_lock(&seg->curves.mutex);
	if (seg->curves.run)
		curves_drain(seg, seg->curves.run);
	mutex_unlock(&seg->curves.mutex);
}

/* Return how many wait then, or 0 if there is no room, or nothing to do. */
static unsigned int curves_put(struct segment_curves *curves, u64 ref,
			       bool *full)
{
	struct curves_run *run;
	unsigned int n = 0;

	spin_lock(&curves->lock);
	run = curves->run;
	*full = run && run->head - run->tail == CURVES_RING;
	if (run && !*full) {
		run->ring[run->head++ % CURVES_RING] = ref;
		n = run->head - run->tail;
	}
	spin_unlock(&curves->lock);
	return n;
}

/**
 * curves_note - a page of the sample was referenced
 * @seg: the segment
 * @pgoff: the page
 * @write: to write to it
 *
 * Context: process context; takes a spinlock.  Of a deterministic segment: may
 * sleep, takes segment.curves.mutex.
 */
void curves_note(struct segment *seg, u64 pgoff, bool write)
{
	struct segment_curves *curves = &seg->curves;
	u64 ref = WHATIF_REF(pgoff, write);
	unsigned int n;
	bool full;

	n = curves_put(curves, ref, &full);
	while (unlikely(full) && seg->deterministic) {
		curves_work(&curves->work);
		n = curves_put(curves, ref, &full);
	}
	if (n)
		segment_count(seg, whatif_sampled);
	else if (full)
		segment_count(seg, whatif_lost);
	if (n < CURVES_WAKE)
		return;
	if (seg->deterministic)
		curves_work(&curves->work);
	else
		segment_clean_queue(&curves->work);
}

static void curves_configure(struct segment *seg, u32 every,
			     struct whatif_config *config)
{
	const struct policy_ops *own = READ_ONCE(seg->policy.ops);
	u64 frames = READ_ONCE(seg->tune.resident_max) ?: replace_limit();
	unsigned int i;

	memset(config, 0, sizeof(*config));
	config->every = every;
	config->policies[config->n_policies++] = own;
	for (i = 0; i < ARRAY_SIZE(curves_policies); i++) {
		const struct policy_ops *ops = policy_find(curves_policies[i]);

		if (ops != own)
			config->policies[config->n_policies++] = ops;
	}
	config->n_frames = whatif_sizes(config->frames, frames,
					segment_pages(seg));
	config->window = max_t(u64, WHATIF_WINDOW_MIN,
			       4ull * config->frames[config->n_frames - 1]);
}

static struct curves_run *curves_run_new(struct segment *seg, u32 every)
{
	struct whatif_config *config = kmalloc(sizeof(*config), GFP_KERNEL);
	struct curves_run *run;
	size_t bytes;

	BUILD_BUG_ON(ARRAY_SIZE(curves_policies) >= WHATIF_POLICIES);
	if (!config)
		return ERR_PTR(-ENOMEM);
	curves_configure(seg, every, config);
	bytes = sizeof(*run) + whatif_bytes(config);
	if (bytes > CURVES_BYTES_MAX) {
		run = ERR_PTR(-ENOSPC);
		goto out;
	}
	run = kvzalloc(bytes, GFP_KERNEL);
	if (!run) {
		run = ERR_PTR(-ENOMEM);
		goto out;
	}
	run->bytes = bytes;
	whatif_init(&run->whatif, config, run->memory);
	run->passed = curves_passed(seg, every);
out:
	kfree(config);
	return run;
}

static void curves_replace(struct segment *seg, struct curves_run *run,
			   u32 every)
{
	struct segment_curves *curves = &seg->curves;

	mutex_lock(&curves->mutex);
	spin_lock(&curves->lock);
	swap(curves->run, run);
	WRITE_ONCE(curves->every, every);
	spin_unlock(&curves->lock);
	mutex_unlock(&curves->mutex);
	kvfree(run);
}

/**
 * segment_set_whatif - sample a segment's references, and begin anew
 * @seg: the segment
 * @every: one page of so many, up to WHATIF_EVERY_MAX; 0: none
 *
 * Context: may sleep.
 * Return: 0, -ERANGE, -ENOMEM, or -ENOSPC if the simulations would take more
 * than CURVES_BYTES_MAX: a coarser sample takes less.
 */
int segment_set_whatif(struct segment *seg, unsigned long every)
{
	struct curves_run *run = NULL;

	if (every > WHATIF_EVERY_MAX)
		return -ERANGE;
	if (every) {
		run = curves_run_new(seg, every);
		if (IS_ERR(run))
			return PTR_ERR(run);
	}
	curves_replace(seg, run, every);
	return 0;
}

/**
 * segment_curves_get - what is known by now
 * @seg: the segment
 * @estimates: receives at most WHATIF_CELLS of them
 *
 * Context: may sleep.
 * Return: how many; 0 if nothing is sampled.
 */
unsigned int segment_curves_get(struct segment *seg,
				struct whatif_estimate *estimates)
{
	struct curves_run *run;
	unsigned int i, n = 0;

	mutex_lock(&seg->curves.mutex);
	run = seg->curves.run;
	if (run) {
		curves_drain(seg, run);
		n = run->whatif.n_cells;
	}
	for (i = 0; i < n; i++)
		whatif_estimate(&run->whatif, i, &estimates[i]);
	mutex_unlock(&seg->curves.mutex);
	return n;
}

/**
 * segment_curves_bytes - memory of a segment's simulations
 * @seg: the segment
 *
 * Context: any process context; takes a spinlock.
 * Return: bytes.
 */
size_t segment_curves_bytes(struct segment *seg)
{
	size_t bytes;

	spin_lock(&seg->curves.lock);
	bytes = seg->curves.run ? seg->curves.run->bytes : 0;
	spin_unlock(&seg->curves.lock);
	return bytes;
}

/**
 * segment_curves_init - a new segment samples nothing
 * @seg: the segment
 *
 * Context: any.
 */
void segment_curves_init(struct segment *seg)
{
	spin_lock_init(&seg->curves.lock);
	mutex_init(&seg->curves.mutex);
	INIT_WORK(&seg->curves.work, curves_work);
}

/**
 * segment_curves_exit - free the simulations of a segment that goes away
 * @seg: the segment; nobody uses it or its attributes any more
 *
 * Context: may sleep.
 */
void segment_curves_exit(struct segment *seg)
{
	WRITE_ONCE(seg->curves.every, 0);
	cancel_work_sync(&seg->curves.work);
	kvfree(seg->curves.run);
	seg->curves.run = NULL;
}
