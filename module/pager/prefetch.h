/* SPDX-License-Identifier: GPL-2.0 */
/*
 * prefetch.h - what a reader will want next
 *
 * One state for each opener.  It sees misses only: a stream of pages at a
 * constant distance (1: forward, -1: backward, n: strided) is believed after
 * its third page.  Then a window of pages is read along with each miss; as
 * the stream uses a window up, its next miss is the page behind it, and the
 * next window is twice as large.  A miss anywhere else ends the stream.  So a
 * random access reads its own page and no other.
 *
 * The page in the middle of a window is marked: when it is used, the next
 * window is begun (prefetch_continue), so that a stream need not miss at all.
 *
 * Pure code.  Threads that share an opener race for its state; what they
 * lose is a window, so it is not locked, and KCSAN is not asked.
 */
#ifndef KPAGER_PREFETCH_H
#define KPAGER_PREFETCH_H

#include "../platform.h"

#define PREFETCH_FIRST	4u
#define PREFETCH_MAX	63u
/* Not a window, but the word that it is chosen here. */
#define PREFETCH_ADAPTIVE	(PREFETCH_MAX + 1)
/* The first window of a reader that said it reads forward. */
#define PREFETCH_TOLD	16u

/**
 * enum prefetch_hint - what a reader says of itself
 * @PREFETCH_DETECT: nothing; see above
 * @PREFETCH_SEQUENTIAL: it reads forward: believed from the first miss on
 * @PREFETCH_RANDOM: it does not: nothing is read along
 */
enum prefetch_hint {
	PREFETCH_DETECT,
	PREFETCH_SEQUENTIAL,
	PREFETCH_RANDOM,
};

/**
 * struct prefetch - what is known of a reader
 * @last: page of its last miss
 * @stride: distance between its last two misses, in pages
 * @streak: how often that distance came again
 * @window: pages read along with its last miss
 * @next: where a stream that used the window up misses next
 * @hint: what it says of itself
 */
struct prefetch {
	u64 last;
	s64 stride;
	u32 streak;
	u32 window;
	u64 next;
	enum prefetch_hint hint;
};

/**
 * struct prefetch_plan - pages to read along with a miss, or ahead of it
 * @first: the first of them
 * @stride: their distance, in pages
 * @nr: how many, at most PREFETCH_MAX
 */
struct prefetch_plan {
	u64 first;
	s64 stride;
	u32 nr;
};

void prefetch_miss(struct prefetch *p, u64 page, struct prefetch_plan *plan);
void prefetch_continue(struct prefetch *p, struct prefetch_plan *plan);
void prefetch_shorten(struct prefetch *p, const struct prefetch_plan *plan,
		      u32 nr);

#endif /* KPAGER_PREFETCH_H */
