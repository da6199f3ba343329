/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nonresident.h - which pages left their frames lately, and how long ago
 *
 * A table of 32-bit words: 11 bits tell pages apart, 19 bits are the clock of
 * the page's segment, which counts its evictions, when the page left, one is
 * the replacement policy's, which may want to know what it thought of it.  Eight
 * words make a bucket, the newest first; for one that is added the oldest is
 * forgotten.  So four bytes a remembered page, whatever its number, and one
 * cache line a look.  The idea of a bounded table of hashes is that of van
 * Riel ("Measuring Resource Demand on Linux", 2006), that the distance on a
 * clock of evictions tells how much memory was missing that of Linux's
 * workingset detection (Weiner 2013).
 *
 * A page is taken for another one with a chance of at most 8 in 2048; less if
 * that one is of another segment and the clocks of segments begin anywhere,
 * because a distance that the table cannot have is not believed.
 *
 * Pure code.  Nothing is locked: tasks that race for a bucket lose a page or
 * remember one twice, which does no harm to an estimate.
 */
#ifndef KPAGER_NONRESIDENT_H
#define KPAGER_NONRESIDENT_H

#include "../platform.h"

#define NONRESIDENT_WAYS	8u
#define NONRESIDENT_CLOCK_BITS	19u
#define NONRESIDENT_CLOCK_MASK	((1u << NONRESIDENT_CLOCK_BITS) - 1)
/* What nonresident_take() says of a page that is not remembered. */
#define NONRESIDENT_NONE	(~0u)

/**
 * struct nonresident - the table
 * @pair: NONRESIDENT_WAYS words for each bucket, two by two, the newer one in
 *	the lower half
 * @buckets: how many, not 0
 * @shift: evictions are counted in units of 1 << @shift, so that the clock
 *	does not go round while a page is remembered
 */
struct nonresident {
	u64 *pair;
	u32 buckets;
	u32 shift;
};

size_t nonresident_bytes(u32 pages);
void nonresident_init(struct nonresident *table, u64 *memory, u32 pages);
void nonresident_add(const struct nonresident *table, u64 key, u32 clock,
		     bool kept);
u32 nonresident_take(const struct nonresident *table, u64 key, u32 clock,
		     bool *kept);

#endif /* KPAGER_NONRESIDENT_H */
