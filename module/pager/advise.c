// SPDX-License-Identifier: GPL-2.0
/*
 * advise.c - what openers say they will want, and what not any more
 */
#include "pager/pager.h"

#include <linux/sched/signal.h>

/* Of the pool, what one advice may fill. */
#define WILLNEED_SHARE	4

/**
 * segment_willneed - start to read the absent pages of a range
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive, inside the segment
 *
 * Only free frames are taken, and no more than a quarter of the pool: advice
 * may be wrong, and nobody else's page is given up for it.  What does not fit
 * is read when it is asked for.  Nothing is waited for but the requests.
 *
 * Context: may sleep; the caller holds no lock.
 */
void segment_willneed(struct segment *seg, u64 first, u64 last)
{
	struct pool_stats pool;
	unsigned int n;
	u64 left;

	pool_stats_get(&pool);
	left = min_t(u64, last - first + 1, pool.limit / WILLNEED_SHARE);
	while (left && !fatal_signal_pending(current)) {
		n = min_t(u64, left, PREFETCH_MAX);
		if (!frame_read_ahead(seg, first, n))
			break;
		first += n;
		left -= n;
		cond_resched();
	}
}

/**
 * segment_dontneed - give up the pages of a range that nobody has mapped
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive, inside the segment
 *
 * Dirty pages are written first; what cannot be written is kept, and the
 * error is reported by the next fsync.  Pages that somebody has mapped or
 * uses stay: one opener's advice is not another one's.
 *
 * Context: may sleep; waits for writes; the caller holds no lock.
 */
void segment_dontneed(struct segment *seg, u64 first, u64 last)
{
	/* An error is in the mapping's record, where fsync finds it. */
	segment_clean(seg, first, last);
	segment_evict_unmapped(seg, first, last);
}
