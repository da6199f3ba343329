/* SPDX-License-Identifier: GPL-2.0 */
/*
 * contig.h - segments in physically contiguous memory
 *
 * Such a segment has all of its memory from its creation to its end: nothing
 * of it is ever evicted, moved or written anywhere, and no policy knows of it.
 * It comes in pieces.  Those of one larger than 2 MiB are folios of that size,
 * which are mapped whole; a smaller one is a single run of frames.
 *
 * struct segment.contig, which is set before a segment can be opened and stays
 * until nobody can reach it, says that a segment is one.
 */
#ifndef KPAGER_CONTIG_H
#define KPAGER_CONTIG_H

#include "pager/pager.h"

struct slab_cache;

/* Frames of a piece that is mapped whole, as a power of two. */
#define CONTIG_ORDER		(PMD_SHIFT - PAGE_SHIFT)
/* Attempts that are remembered. */
#define CONTIG_ATTEMPTS		16u

/**
 * struct contig - the memory of a contiguous segment
 * @order: log2 of the frames of a piece; the only one of a small segment is
 *	as long as that says, or shorter
 * @first: first frame of a small segment, in the pool's numbers; else 0
 * @nr: pieces
 * @piece: first page of each
 */
struct contig {
	unsigned int order;
	u32 first;
	u32 nr;
	struct page *piece[];
};

/**
 * struct contig_attempt - how it went to find the memory of a segment
 * @number: counted from 1, since the module was loaded
 * @time: when it ended, CLOCK_REALTIME in ns
 * @ns: how long it took
 * @pages: pages asked for
 * @order: log2 of the frames of a piece
 * @pieces: pieces that were found
 * @freed: frames that went back to the kernel for it
 * @moved: pages that were moved for it
 * @err: 0 or a negative errno
 * @name: of the segment
 */
struct contig_attempt {
	u64 number;
	u64 time;
	u64 ns;
	u64 pages;
	unsigned int order;
	u32 pieces;
	u64 freed;
	u64 moved;
	int err;
	char name[KPAGER_NAME_SIZE];
};

/**
 * struct contig_stats - contiguous segments, all together
 * @frames: frames that they have now
 * @attempts: how often memory was looked for
 * @failures: of these, in vain
 */
struct contig_stats {
	u64 frames;
	u64 attempts;
	u64 failures;
};

/**
 * struct contig_reclaim - what reclaim offers here, registered upwards
 * @room: give @want frames back to the kernel, so that the pool's limit leaves
 *	room for others.  Return how many went
 * @run: make a run of 1 << @order frames by moving pages out of it.  Return its
 *	first frame; all are allocated, as single ones.  0: it did not work
 *
 * Both may sleep, for long, killably, and add what they did to the attempt.
 */
struct contig_reclaim {
	u32 (*room)(u32 want, struct contig_attempt *attempt);
	u32 (*run)(unsigned int order, struct contig_attempt *attempt);
};

void contig_set_reclaim(const struct contig_reclaim *reclaim);
int contig_size_check(u64 bytes);
void *contig_object_alloc(struct slab_cache *cache, unsigned int flags);
int contig_begin(struct segment *seg);
void contig_end(struct segment *seg);
u32 contig_runs(const struct contig *contig);
void contig_stats_get(struct contig_stats *stats);
unsigned int contig_attempts_copy(struct contig_attempt *attempts);

/* contig_map.c */
int contig_mmap(struct segment *seg, struct vm_area_struct *vma);
ssize_t contig_read_iter(struct segment *seg, struct kiocb *iocb,
			 struct iov_iter *to);
ssize_t contig_write_iter(struct segment *seg, struct kiocb *iocb,
			  struct iov_iter *from);

/* The page of a contiguous segment with this number. */
static inline struct page *contig_page(const struct contig *contig, u64 pgoff)
{
	return contig->piece[pgoff >> contig->order] +
		(pgoff & (BIT(contig->order) - 1));
}

/* Are pieces of it mapped whole? */
static inline bool contig_is_huge(const struct contig *contig)
{
	return !contig->first;
}

/* Pages that are in frames. */
static inline u64 segment_resident(const struct segment *seg)
{
	return seg->contig ? segment_pages(seg) :
			     atomic_long_read(&seg->resident);
}

/* The name of its policy. */
static inline const char *segment_policy_name(const struct segment *seg)
{
	return seg->contig ? "none" : READ_ONCE(seg->policy.ops)->name;
}

#endif /* KPAGER_CONTIG_H */
