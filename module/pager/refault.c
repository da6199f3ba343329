// SPDX-License-Identifier: GPL-2.0
/*
 * refault.c - see refault.h
 */
#include "pager/pager.h"
#include "policy/nonresident.h"

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>

/* Pages remembered for each frame that there may be. */
#define REFAULT_REMEMBERED	3u
/* What counts is brought up to date so often, by a quarter each time. */
#define REFAULT_PERIOD		(HZ / 4 ?: 1)
/* After so many periods without a miss nothing is left. */
#define REFAULT_FORGOTTEN	32ul
/* Fewer evictions than this say nothing of a working set. */
#define REFAULT_FEW		8u

static struct nonresident refault_table;

/**
 * refault_init - bring the layer up
 * @frames: the most frames there will ever be
 *
 * Context: may sleep; before the first segment exists.
 * Return: 0 or -ENOMEM.
 */
int refault_init(u32 frames)
{
	u32 pages = min_t(u64, (u64)frames * REFAULT_REMEMBERED, U32_MAX / 2);
	u64 *memory = kvzalloc(nonresident_bytes(pages), GFP_KERNEL);

	if (!memory)
		return -ENOMEM;
	nonresident_init(&refault_table, memory, pages);
	return 0;
}

/**
 * refault_exit - tear the layer down; no segment is left
 *
 * Context: may sleep.
 */
void refault_exit(void)
{
	kvfree(refault_table.pair);
}

/**
 * refault_bytes - memory of the table
 *
 * Context: any.
 * Return: bytes.
 */
size_t refault_bytes(void)
{
	return (size_t)refault_table.buckets * NONRESIDENT_WAYS * sizeof(u32);
}

/**
 * segment_refault_init - nothing is known of a segment's refaults
 * @seg: a new segment, all zero
 *
 * Context: any.
 */
void segment_refault_init(struct segment *seg)
{
	spin_lock_init(&seg->refault.lock);
	seg->refault.salt = get_random_u64();
	/*
	 * Anywhere: a page of another segment, also of one that is gone, that
	 * looks like one of this segment then mostly seems too old.
	 */
	seg->refault.clock = get_random_u32();
	seg->refault.seen_clock = seg->refault.clock;
	seg->refault.folded = jiffies;
}

/**
 * refault_evicted - a page was evicted: remember it
 * @seg: its segment
 * @pgoff: the page
 * @kept: what its policy wants to know again when it comes back
 *
 * Context: the segment's policy_lock is held.
 */
void refault_evicted(struct segment *seg, u64 pgoff, bool kept)
{
	u32 clock = seg->refault.clock + 1;

	lockdep_assert_held(&seg->policy_lock);
	WRITE_ONCE(seg->refault.clock, clock);
	nonresident_add(&refault_table, pgoff + seg->refault.salt, clock,
			kept);
}

/* What was counted on all CPUs. */
static u64 refault_count(struct segment *seg, enum segment_counter what)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(seg->counts, cpu)->v[what]);
	return sum;
}

static u64 refault_growth(u64 now, u64 *seen)
{
	u64 growth = now - *seen;

	*seen = now;
	return growth;
}

/* The index of the time since the last period ended, times 256. */
static u32 refault_latest(struct segment *seg, unsigned long elapsed)
{
	struct segment_refault *r = &seg->refault;
	u64 misses, refaults, stall, time = jiffies_to_nsecs(elapsed);

	lockdep_assert_held(&r->lock);
	misses = refault_growth(refault_count(seg, COUNT_misses),
				&r->seen_misses);
	refaults = refault_growth(refault_count(seg, COUNT_refaults),
				  &r->seen_refaults);
	stall = refault_growth(refault_count(seg, COUNT_stall_ns),
			       &r->seen_stall);
	r->missed += misses;
	r->returned += min(refaults, misses);
	if (!misses)
		return 0;
	r->latest = jiffies;
	return div64_u64(div64_u64(min(stall, time) * 100 * 256, time) *
			 min(refaults, misses), misses);
}

static void refault_fade(struct segment_refault *r)
{
	r->thrash = r->thrash * 3 / 4;
	r->missed = r->missed * 3 / 4;
	r->returned = r->returned * 3 / 4;
	r->evictions = r->evictions * 3 / 4;
	r->distances = r->distances * 3 / 4;
}

/*
 * Bring a segment's figures up to date.  A miss does so if a period is over:
 * so after several, all that was counted was counted in the first one.
 */
static void refault_fold(struct segment *seg)
{
	struct segment_refault *r = &seg->refault;
	unsigned long elapsed = jiffies - r->folded;
	unsigned long periods = elapsed / REFAULT_PERIOD;
	u32 clock;

	lockdep_assert_held(&r->lock);
	if (!periods)
		return;
	WRITE_ONCE(r->folded, jiffies);
	refault_fade(r);
	r->thrash += refault_latest(seg, periods > 1 ? REFAULT_PERIOD :
						       elapsed) / 4;
	clock = READ_ONCE(r->clock);
	r->evictions += clock - r->seen_clock;
	r->seen_clock = clock;
	r->distances += refault_growth(READ_ONCE(r->away), &r->seen_away);
	for (periods = min(periods, REFAULT_FORGOTTEN); periods > 1; periods--)
		refault_fade(r);
}

/*
 * How many pages are away that would come back, by Little's law, if those that
 * are not remembered were away for as long as the others.  They were longer; so
 * this is the least.  Of pages none of which is remembered nothing is known.
 */
static u64 refault_need(const struct segment_refault *r, u64 away)
{
	if (r->missed <= r->returned)
		return away;
	if (!r->returned)
		return r->missed < REFAULT_FEW ? away : U64_MAX / 2;
	return div64_u64(away * r->missed, r->returned);
}

/**
 * refault_inserted - a page came into a frame: was it here lately
 * @seg: the segment
 * @pgoff: the page
 * @missed: somebody missed it; else it is read ahead
 *
 * To be called before the policy gets the frame: it is told.
 *
 * Context: the segment's policy_lock is held.
 */
void refault_inserted(struct segment *seg, u64 pgoff, bool missed)
{
	struct segment_refault *r = &seg->refault;
	u32 distance;
	bool kept;

	lockdep_assert_held(&seg->policy_lock);
	distance = nonresident_take(&refault_table, pgoff + r->salt, r->clock,
				    &kept);
	if (distance == NONRESIDENT_NONE)
		return;
	policy_refault(&seg->policy, distance, kept);
	WRITE_ONCE(r->away, r->away + distance);
	if (missed)
		segment_count(seg, refaults);
}

/**
 * refault_tick - a segment missed a page: bring its figures up to date
 * @seg: the segment
 *
 * Context: any process context; may take a spinlock.
 */
void refault_tick(struct segment *seg)
{
	struct segment_refault *r = &seg->refault;

	if (likely(jiffies - READ_ONCE(r->folded) < REFAULT_PERIOD) ||
	    !spin_trylock(&r->lock))
		return;
	refault_fold(seg);
	spin_unlock(&r->lock);
}

/**
 * segment_refault_state - how a segment is off
 * @seg: the segment
 * @state: receives it
 *
 * Context: any process context; takes a spinlock.
 */
void segment_refault_state(struct segment *seg, struct refault_state *state)
{
	struct segment_refault *r = &seg->refault;
	u64 pages = atomic_long_read(&seg->resident), away = 0, need;

	spin_lock(&r->lock);
	refault_fold(seg);
	state->thrash = r->thrash / 256;
	state->misses = r->missed && time_before(jiffies, r->latest + HZ);
	if (r->evictions >= REFAULT_FEW)
		away = div64_u64(r->distances, r->evictions);
	need = refault_need(r, away);
	spin_unlock(&r->lock);
	state->working_set = min(pages + away, segment_pages(seg));
	state->need = min(pages + need, segment_pages(seg));
}

/**
 * segment_refaults - misses of pages that were evicted lately
 * @seg: the segment
 *
 * Context: any.
 * Return: how many there were.
 */
u64 segment_refaults(struct segment *seg)
{
	return refault_count(seg, COUNT_refaults);
}
