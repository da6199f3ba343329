/* SPDX-License-Identifier: GPL-2.0 */
/*
 * refault.h - pages that come back: how much memory a segment is short of
 *
 * One table for all segments (nonresident.h) remembers the pages that were
 * evicted last, three for each frame of the pool.  A page that is remembered
 * when it comes back was away for so many evictions of its segment: that is
 * its distance.  A miss of such a page is a refault.
 *
 * The working set of a segment is what it has in frames, and the pages that
 * are away and will come back.  How many these are follows from Little's law
 * (1961): pages that come back for each page that leaves, times how long they
 * were away, that is the sum of distances by the number of evictions.  Pages
 * of which the table knows no more are not in it.
 *
 * The thrashing index is the share of misses that are refaults, times the
 * share of the time in which a task waited for misses: the part of a task's
 * time, in percent, that more memory would have saved.  Several tasks waiting
 * at a time count as one.
 *
 * Both follow time: what happened a second ago counts a third.
 */
#ifndef KPAGER_REFAULT_H
#define KPAGER_REFAULT_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct segment;

/**
 * struct segment_refault - what is known of a segment's refaults
 * @lock: serialises what follows time; innermost
 * @salt: makes its pages others than those of other segments
 * @clock: its evictions; changes under the segment's policy_lock
 * @away: sum of the distances of pages that came back; changes under the
 *	segment's policy_lock
 * @folded: up to when the rest is, in jiffies; under @lock, as are the others
 * @seen_clock: @clock then
 * @seen_away: @away then
 * @seen_misses: what the segment had counted then
 * @seen_refaults: the same
 * @seen_stall: the same
 * @evictions: the latest evictions, older ones fading away
 * @distances: the distances of pages that came back, the same
 * @missed: the latest misses, the same
 * @returned: of these, of pages that were remembered
 * @latest: when it last missed one, as far as was looked, in jiffies
 * @thrash: thrashing index, 256 times
 */
struct segment_refault {
	spinlock_t lock;
	u64 salt;
	u32 clock;
	u64 away;
	unsigned long folded;
	u32 seen_clock;
	u64 seen_away;
	u64 seen_misses;
	u64 seen_refaults;
	u64 seen_stall;
	u64 evictions;
	u64 distances;
	u64 missed;
	u64 returned;
	unsigned long latest;
	u32 thrash;
};

/**
 * struct refault_state - how a segment is off
 * @working_set: pages it would need, as far as the table knows
 * @need: the same if pages that it missed and that are not remembered were away
 *	for as long as the others; if none is remembered, all its pages
 * @misses: it missed pages within the last second
 * @thrash: thrashing index, 0 to 100
 */
struct refault_state {
	u64 working_set;
	u64 need;
	bool misses;
	u32 thrash;
};

/**
 * struct segment_load - what load control does to a segment; see reclaim/load.c
 * @level: 0: nothing; 1: it replaces pages of its own, and gives to others
 *	first; more: its misses wait, too
 * @delay: how long each of them waits, in jiffies
 * @since: when its @level changed, in jiffies
 * @floor: pages that it is left with
 * @begin: when it was held, in jiffies
 * @slice: after how long it is let go to see, in jiffies; 0: it was never held
 * @probed: pages that were taken from it, to see whether it uses them
 * @refaults: its refaults then
 */
struct segment_load {
	unsigned int level;
	unsigned long delay;
	unsigned long floor;
	unsigned long since;
	unsigned long begin;
	unsigned long slice;
	unsigned int probed;
	u64 refaults;
};

int refault_init(u32 frames);
void refault_exit(void);
size_t refault_bytes(void);
void segment_refault_init(struct segment *seg);
void refault_evicted(struct segment *seg, u64 pgoff, bool kept);
void refault_inserted(struct segment *seg, u64 pgoff, bool missed);
void refault_tick(struct segment *seg);
void segment_refault_state(struct segment *seg, struct refault_state *state);
u64 segment_refaults(struct segment *seg);

#endif /* KPAGER_REFAULT_H */
