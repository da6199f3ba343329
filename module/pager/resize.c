// SPDX-License-Identifier: GPL-2.0
/*
 * resize.c - a segment gets another size while it is in use
 *
 * As with ftruncate(), what lies behind a new end is gone at once: mappings
 * of it, private copies as well, get SIGBUS from then on.  A file or block
 * device is not touched; if the segment grows again, the pages are what it
 * holds.  Compressed memory is given up.
 */
#include "pager/pager.h"

#include <linux/sched.h>

/* Give up the frames of the pages from @first on, whatever they hold. */
static void resize_drop(struct segment *seg, u64 first)
{
	struct frame_scan scan;
	u32 frame;

	frame_scan_init(&scan, seg, first, BIT_ULL(KEY_PAGE_BITS) - 1);
	while ((frame = frame_scan_next(&scan))) {
		segment_drop_frame(seg, frame);
		cond_resched();
	}
}

static void resize_shrink(struct segment *seg, u64 pages)
{
	struct address_space *mapping = seg->inode->i_mapping;
	loff_t end = pages << PAGE_SHIFT;

	/*
	 * Nobody maps a page behind the end from here on, but who has one
	 * locked; dropping it waits for that, and unmaps it again.
	 */
	WRITE_ONCE(seg->nr_pages, pages);
	smp_mb();	/* Whoever inserted a page unseen below sees the size. */
	segment_pins_cut(seg, pages);
	segment_forget_cut(seg, pages);
	unmap_mapping_range(mapping, end, 0, 1);
	resize_drop(seg, pages);
	/* Private copies that were being made of pages locked until now. */
	unmap_mapping_range(mapping, end, 0, 1);
	store_discard(seg->store, pages);
}

/**
 * segment_resize - give a segment another size
 * @seg: the segment
 * @bytes: its new size
 *
 * Context: may sleep; waits for writes in flight.  Takes the inode lock.
 * Return: 0, -EINVAL (0 or not in whole pages), -ENOSPC (more than the store
 * holds), -EINTR (the task is being killed), or -EOPNOTSUPP (contiguous).
 */
int segment_resize(struct segment *seg, u64 bytes)
{
	u64 pages = bytes >> PAGE_SHIFT;
	int err;

	if (seg->contig)
		return -EOPNOTSUPP;
	err = segment_size_check(bytes);
	if (err)
		return err;
	if (down_write_killable(&seg->inode->i_rwsem))
		return -EINTR;
	if (pages > seg->nr_pages && store_bytes(seg->store) < bytes)
		err = -ENOSPC;
	if (!err && pages < seg->nr_pages)
		resize_shrink(seg, pages);
	if (!err) {
		i_size_write(seg->inode, bytes);
		WRITE_ONCE(seg->nr_pages, pages);
	}
	inode_unlock(seg->inode);
	return err;
}
