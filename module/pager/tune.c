// SPDX-License-Identifier: GPL-2.0
/*
 * tune.c - see tune.h
 */
#include "pager/pager.h"

#include <linux/log2.h>

/* Pages that are promised to segments, and how many may be. */
static atomic_long_t tune_promised;
static long tune_promise_max;
static unsigned long tune_frames;

/**
 * tune_init - bring the layer up
 * @frames: the most frames there will ever be
 *
 * An eighth of them is promised to nobody: segments without a minimum, stores
 * in memory and the module itself need frames, too.
 *
 * Context: before the first segment exists.
 */
void tune_init(u32 frames)
{
	atomic_long_set(&tune_promised, 0);
	tune_promise_max = frames - frames / 8;
	tune_frames = frames;
}

/* Promise @now pages instead of @before.  False if there are not so many. */
static bool tune_promise(unsigned long before, unsigned long now)
{
	long sum = atomic_long_read(&tune_promised), next;

	do {
		next = sum - before;
		if (now > before && now > tune_promise_max - next)
			return false;
		next += now;
	} while (!atomic_long_try_cmpxchg(&tune_promised, &sum, next));
	return true;
}

/**
 * segment_tune_exit - nothing is promised to a segment any more
 * @tune: of a segment that goes away
 *
 * Context: any.
 */
void segment_tune_exit(struct segment_tune *tune)
{
	tune_promise(tune->resident_min, 0);
}

/**
 * segment_tune_init - the values a segment begins with
 * @tune: of a new segment, all zero
 *
 * Context: any.
 */
void segment_tune_init(struct segment_tune *tune)
{
	spin_lock_init(&tune->lock);
	tune->fault_around = FAULT_AROUND_DEFAULT;
	tune->prefetch = PREFETCH_ADAPTIVE;
	tune->clean_min = CLEAN_MIN_DEFAULT;
	tune->pin_max = PIN_MAX_AUTO;
	tune->oom_term = true;
	tune->oom_grace_ms = OOM_GRACE_DEFAULT;
}

/**
 * segment_mapping_begin - a mapping of a segment comes into being
 * @seg: the segment
 *
 * Context: any process context; takes a spinlock.
 * Return: whether writes through it have to be announced.  That stays so
 * until segment_mapping_end().
 */
bool segment_mapping_begin(struct segment *seg)
{
	struct segment_tune *tune = &seg->tune;
	bool announce;

	spin_lock(&tune->lock);
	WRITE_ONCE(tune->mappings, tune->mappings + 1);
	announce = tune->announce_writes;
	spin_unlock(&tune->lock);
	return announce;
}

/**
 * segment_mapping_end - a mapping of a segment is gone
 * @seg: the segment
 *
 * Context: any process context; takes a spinlock.
 */
void segment_mapping_end(struct segment *seg)
{
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.mappings, seg->tune.mappings - 1);
	spin_unlock(&seg->tune.lock);
}

/**
 * segment_set_fault_around - how many pages are mapped with a fault
 * @seg: the segment
 * @pages: a power of two, 1 (only the page itself) to FAULT_AROUND_MAX
 *
 * Context: any process context; takes a spinlock.
 * Return: 0, -ERANGE, -EINVAL for what is no power of two, or -EBUSY if the
 * segment is deterministic.
 */
int segment_set_fault_around(struct segment *seg, unsigned long pages)
{
	if (seg->deterministic)
		return -EBUSY;
	if (!pages || pages > FAULT_AROUND_MAX)
		return -ERANGE;
	if (!is_power_of_2(pages))
		return -EINVAL;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.fault_around, pages);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_set_prefetch - what is read along with a miss
 * @seg: the segment
 * @window: 0 for nothing, 1 to PREFETCH_MAX for so many of the pages behind
 *	it, or PREFETCH_ADAPTIVE
 *
 * Context: any process context; takes a spinlock.
 * Return: 0, -ERANGE, or -EBUSY if the segment is deterministic.
 */
int segment_set_prefetch(struct segment *seg, unsigned long window)
{
	if (seg->deterministic)
		return -EBUSY;
	if (window > PREFETCH_MAX && window != PREFETCH_ADAPTIVE)
		return -ERANGE;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.prefetch, window);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_set_resident_min - how many pages reclaim leaves to a segment
 * @seg: the segment
 * @pages: how many
 *
 * Context: any process context; takes a spinlock.
 * Return: 0, -EINVAL if that is more than its maximum, or -ENOSPC if all
 * segments' minima together would be more than seven eighths of the pool.
 */
int segment_set_resident_min(struct segment *seg, unsigned long pages)
{
	struct segment_tune *tune = &seg->tune;
	int err = 0;

	spin_lock(&tune->lock);
	if (tune->resident_max && pages > tune->resident_max)
		err = -EINVAL;
	else if (!tune_promise(tune->resident_min, pages))
		err = -ENOSPC;
	else
		WRITE_ONCE(tune->resident_min, pages);
	spin_unlock(&tune->lock);
	return err;
}

/**
 * segment_set_resident_max - how many pages a segment may have in frames
 * @seg: the segment
 * @pages: how many, 0 for any number
 *
 * Context: any process context; takes a spinlock.
 * Return: 0, -EINVAL if that is less than its minimum, or -EBUSY if the
 * segment is deterministic.
 */
int segment_set_resident_max(struct segment *seg, unsigned long pages)
{
	struct segment_tune *tune = &seg->tune;
	int err = 0;

	spin_lock(&tune->lock);
	if (seg->deterministic)
		err = -EBUSY;
	else if (pages && pages < tune->resident_min)
		err = -EINVAL;
	else
		WRITE_ONCE(tune->resident_max, pages);
	spin_unlock(&tune->lock);
	return err;
}

/**
 * segment_set_dirty_max - at how many dirty pages writers wait
 * @seg: the segment
 * @pages: how many, 0 for any number
 *
 * Context: any process context; takes a spinlock.
 * Return: 0, or -EINVAL if it is not 0 and writes are not announced: nobody
 * would know of them in time.
 */
int segment_set_dirty_max(struct segment *seg, unsigned long pages)
{
	struct segment_tune *tune = &seg->tune;
	int err = 0;

	spin_lock(&tune->lock);
	if (pages && !tune->announce_writes)
		err = -EINVAL;
	else
		WRITE_ONCE(tune->dirty_max, pages);
	spin_unlock(&tune->lock);
	return err;
}

/**
 * segment_set_clean_min - share of clean victims below which the cleaner works
 * @seg: the segment
 * @percent: 0 (never) to 100
 *
 * Context: any process context; takes a spinlock.
 * Return: 0 or -ERANGE.
 */
int segment_set_clean_min(struct segment *seg, unsigned long percent)
{
	if (percent > 100)
		return -ERANGE;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.clean_min, percent);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_set_announce_writes - is the first write to a page a fault
 * @seg: the segment
 * @on: 0 or 1
 *
 * Context: any process context; takes a spinlock.
 * Return: 0; -ERANGE; -EBUSY if this would be a change and the segment is
 * mapped; -EINVAL if it has a dirty limit, which needs it.
 */
int segment_set_announce_writes(struct segment *seg, unsigned long on)
{
	struct segment_tune *tune = &seg->tune;
	int err = 0;

	if (on > 1)
		return -ERANGE;
	spin_lock(&tune->lock);
	if (tune->announce_writes != on) {
		if (tune->mappings)
			err = -EBUSY;
		else if (tune->dirty_max)
			err = -EINVAL;
		else
			WRITE_ONCE(tune->announce_writes, on);
	}
	spin_unlock(&tune->lock);
	return err;
}

/**
 * segment_set_sampling - how it is found out whether a mapped page was used
 * @seg: the segment
 * @sampling: see enum sampling
 *
 * Context: any process context; takes a spinlock.
 * Return: 0 or -EINVAL.
 */
int segment_set_sampling(struct segment *seg, enum sampling sampling)
{
	if (sampling >= SAMPLING_NR)
		return -EINVAL;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.sampling, sampling);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_set_adj - how readily a segment gives up what it has
 * @seg: the segment
 * @adj: SEGMENT_ADJ_MIN (never) to SEGMENT_ADJ_MAX (first)
 *
 * Context: any process context; takes a spinlock.
 * Return: 0 or -EINVAL.
 */
int segment_set_adj(struct segment *seg, long adj)
{
	if (adj < SEGMENT_ADJ_MIN || adj > SEGMENT_ADJ_MAX)
		return -EINVAL;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.adj, adj);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_set_pin_max - how many pages openers may pin
 * @seg: the segment
 * @pages: how many, all openers together, at most the frames of the pool; or
 *	PIN_MAX_AUTO
 *
 * Context: any process context; takes a spinlock.
 * Return: 0 or -ERANGE.
 */
int segment_set_pin_max(struct segment *seg, unsigned long pages)
{
	if (pages > tune_frames && pages != PIN_MAX_AUTO)
		return -ERANGE;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.pin_max, pages);
	spin_unlock(&seg->tune.lock);
	return 0;
}

/**
 * segment_pin_max - how many pages openers may pin now
 * @seg: the segment
 *
 * Context: any.
 * Return: pages.
 */
unsigned long segment_pin_max(const struct segment *seg)
{
	unsigned long pages = READ_ONCE(seg->tune.pin_max);

	if (pages != PIN_MAX_AUTO)
		return pages;
	/* More than the pool has is as good as no limit. */
	pages = READ_ONCE(seg->tune.resident_max);
	return min(pages ?: tune_frames, tune_frames) / PIN_MAX_SHARE;
}

/**
 * segment_set_replacement - whose pages make room for a segment's
 * @seg: the segment
 * @local: its own, as long as it has some above its minimum; else everybody's
 *
 * Context: any process context; takes a spinlock.
 */
void segment_set_replacement(struct segment *seg, bool local)
{
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.local, local);
	spin_unlock(&seg->tune.lock);
}

/**
 * segment_set_oom_term - how a task ends that keeps frames of a segment
 * @seg: the segment
 * @term: it is asked to end before it is ended
 *
 * Context: any process context; takes a spinlock.
 */
void segment_set_oom_term(struct segment *seg, bool term)
{
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.oom_term, term);
	spin_unlock(&seg->tune.lock);
}

/**
 * segment_set_oom_grace_ms - how long a task has that is asked to end
 * @seg: the segment
 * @ms: 0 to OOM_GRACE_MAX, in ms
 *
 * Context: any process context; takes a spinlock.
 * Return: 0 or -ERANGE.
 */
int segment_set_oom_grace_ms(struct segment *seg, unsigned long ms)
{
	if (ms > OOM_GRACE_MAX)
		return -ERANGE;
	spin_lock(&seg->tune.lock);
	WRITE_ONCE(seg->tune.oom_grace_ms, ms);
	spin_unlock(&seg->tune.lock);
	return 0;
}
