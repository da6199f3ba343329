/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tune.h - what may be changed of a segment while it works
 *
 * The rule for every value: it is written with WRITE_ONCE() under tune.lock,
 * by the setters below and nobody else, and read with READ_ONCE() by anybody,
 * without a lock.  A reader may see the old value once more after a setter
 * returned; two values read one after the other need not belong together.
 * Who needs that takes the lock.
 */
#ifndef KPAGER_TUNE_H
#define KPAGER_TUNE_H

#include <linux/spinlock.h>
#include <linux/types.h>

/* Most pages that are mapped with a fault, the one that faulted included. */
#define FAULT_AROUND_MAX	64u
#define FAULT_AROUND_DEFAULT	64u

/* Share of clean victims below which the cleaner works ahead, in percent. */
#define CLEAN_MIN_DEFAULT	10u

/* Unless told otherwise, of what a segment may have resident. */
#define PIN_MAX_SHARE		4u
#define PIN_MAX_AUTO		ULONG_MAX
/* How long a task that is asked to end has, in ms. */
#define OOM_GRACE_DEFAULT	1000u
#define OOM_GRACE_MAX		60000u

/*
 * Entries that a second-level TLB of today has, or fewer: 1536 (Intel since
 * 2015) to 3072.  A segment with fewer pages in frames may be in it whole.
 */
#define SAMPLING_REACH		1536u

/* How it is found out whether a mapped page was used. */
enum sampling {
	SAMPLING_AUTO,		/* by unmapping below SAMPLING_REACH */
	SAMPLING_BITS,		/* accessed bits are cleared */
	SAMPLING_UNMAP,		/* and their entries taken away */
	SAMPLING_NR
};

#define SEGMENT_ADJ_MIN		(-1000)
#define SEGMENT_ADJ_MAX		1000

struct segment;

/**
 * struct segment_tune - the tunables of a segment
 * @lock: serialises setters, and mappings that begin and end; innermost,
 *	nothing sleeps under it
 * @mappings: mappings that exist, forked and split ones included
 * @fault_around: most pages mapped with a fault, an aligned block of them; a
 *	power of two, 1 to FAULT_AROUND_MAX
 * @prefetch: pages read along with a miss: 0 none, 1 to PREFETCH_MAX always
 *	so many, PREFETCH_ADAPTIVE as the reader's pattern suggests
 * @resident_min: pages that reclaim leaves to it; see tune_init()
 * @resident_max: pages it may have in frames, 0 for any number; never below
 *	@resident_min otherwise
 * @dirty_max: dirty pages at which writers wait, 0 for any number; only with
 *	@announce_writes
 * @clean_min: when less of the victims than this, in percent, were clean, the
 *	cleaner writes dirty pages ahead of need; 0 for never
 * @pin_max: pages that openers may pin; PIN_MAX_AUTO for a share of
 *	@resident_max, or of the pool
 * @adj: importance, SEGMENT_ADJ_MIN (never taken from) to SEGMENT_ADJ_MAX
 * @oom_grace_ms: how long a task that keeps frames of it has after it was asked
 *	to end, in ms
 * @oom_term: such a task is asked to end before it is ended
 * @local: it replaces pages of its own before it takes those of others
 * @sampling: how it is found out whether a mapped page was used
 * @announce_writes: the first write to a page is a fault of its own; stays as
 *	it is while @mappings is not 0
 */
struct segment_tune {
	spinlock_t lock;
	unsigned int mappings;
	unsigned int fault_around;
	unsigned int prefetch;
	unsigned long resident_min;
	unsigned long resident_max;
	unsigned long dirty_max;
	unsigned int clean_min;
	unsigned long pin_max;
	int adj;
	unsigned int oom_grace_ms;
	bool oom_term;
	bool local;
	enum sampling sampling;
	bool announce_writes;
};

void tune_init(u32 frames);
void segment_tune_init(struct segment_tune *tune);
void segment_tune_exit(struct segment_tune *tune);
bool segment_mapping_begin(struct segment *seg);
void segment_mapping_end(struct segment *seg);
int segment_set_fault_around(struct segment *seg, unsigned long pages);
int segment_set_prefetch(struct segment *seg, unsigned long window);
int segment_set_resident_min(struct segment *seg, unsigned long pages);
int segment_set_resident_max(struct segment *seg, unsigned long pages);
int segment_set_dirty_max(struct segment *seg, unsigned long pages);
int segment_set_clean_min(struct segment *seg, unsigned long percent);
int segment_set_announce_writes(struct segment *seg, unsigned long on);
void segment_set_replacement(struct segment *seg, bool local);
int segment_set_sampling(struct segment *seg, enum sampling sampling);
int segment_set_adj(struct segment *seg, long adj);
int segment_set_pin_max(struct segment *seg, unsigned long pages);
unsigned long segment_pin_max(const struct segment *seg);
void segment_set_oom_term(struct segment *seg, bool term);
int segment_set_oom_grace_ms(struct segment *seg, unsigned long ms);

#endif /* KPAGER_TUNE_H */
