/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The extent allocator: variable partitions of a range of anything.
 */
#ifndef _KPAGER_EXTENT_H
#define _KPAGER_EXTENT_H

#include "../platform.h"

/**
 * enum extent_fit - which free extent a request gets
 * @EXTENT_FIRST: the lowest that is large enough
 * @EXTENT_NEXT: the lowest at or after the end of the last allocation
 * @EXTENT_BEST: the smallest that is large enough, the lowest of these
 * @EXTENT_WORST: the largest
 * @EXTENT_NR_FITS: number of strategies
 */
enum extent_fit {
	EXTENT_FIRST,
	EXTENT_NEXT,
	EXTENT_BEST,
	EXTENT_WORST,
	EXTENT_NR_FITS
};

struct extent;

/**
 * struct extent_space - a range that is divided into extents
 * @size: units in it, a multiple of @unit
 * @unit: lengths are rounded up to multiples of this
 * @fixed: no extent is longer than @unit: fixed partitions
 * @fit: strategy; may be changed at any time
 * @used: units in extents that are allocated
 * @waste: part of @used that nobody asked for
 * @nr_used: allocated extents
 * @nr_free: free extents
 * @cursor: end of the last allocation
 * @rnd: state of the tree's random numbers
 * @first: extent at 0
 * @root: trees of the extents: all by address, the free by length
 *
 * The caller serialises all calls for one space.
 */
struct extent_space {
	u64 size;
	u64 unit;
	bool fixed;
	enum extent_fit fit;
	u64 used;
	u64 waste;
	u32 nr_used;
	u32 nr_free;
	u64 cursor;
	u64 rnd;
	struct extent *first;
	struct extent *root[2];
};

typedef int (*extent_move_fn)(void *owner, u64 from, u64 to, u64 len,
			      void *arg);
typedef int (*extent_fn)(u64 start, u64 len, void *owner, void *arg);

int extent_space_init(struct extent_space *s, u64 size, u64 unit, bool fixed,
		      enum extent_fit fit);
void extent_space_exit(struct extent_space *s);
int extent_alloc(struct extent_space *s, u64 len, void *owner, gfp_t gfp,
		 u64 *start);
int extent_free(struct extent_space *s, u64 start);
void *extent_owner(const struct extent_space *s, u64 pos, u64 *start,
		   u64 *len);
u64 extent_largest(const struct extent_space *s);
int extent_compact(struct extent_space *s, extent_move_fn move, void *arg);
int extent_walk(const struct extent_space *s, extent_fn fn, void *arg);
int extent_check(const struct extent_space *s);
const char *extent_fit_name(enum extent_fit fit);

#endif /* _KPAGER_EXTENT_H */
