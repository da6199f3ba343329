// SPDX-License-Identifier: GPL-2.0
/*
 * rw.c - read and write see the same frames as mappings do
 *
 * A frame is held by a reference, not by its lock, while user memory is
 * copied: the user's buffer may be a mapping of the same page.  Only a page
 * that is not readable yet is filled under its lock, and then without
 * faulting.
 */
#include "pager/pager.h"

#include <linux/uio.h>

/*
 * A task that moves user memory came from user mode and holds nothing; one
 * that splices may hold locks of the other file.
 */
static enum store_context rw_context(const struct iov_iter *iter)
{
	return user_backed_iter(iter) ? STORE_FREE : STORE_UNLOCKED;
}

/**
 * segment_read_iter - read from a segment
 * @opener: who reads
 * @iocb: position, advanced
 * @to: where to
 *
 * Context: may sleep, killably.
 * Return: bytes read, 0 at the end, or -EIO, -EFAULT, -EINTR, -ENOMEM.
 */
ssize_t segment_read_iter(struct opener *opener, struct kiocb *iocb,
			  struct iov_iter *to)
{
	struct frame_ahead ahead = { .reader = &opener->prefetch };
	struct segment *seg = opener->seg;
	ssize_t total = 0;
	int err = 0;

	while (iov_iter_count(to) &&
	       iocb->ki_pos < (loff_t)(segment_pages(seg) << PAGE_SHIFT)) {
		size_t off = offset_in_page(iocb->ki_pos);
		size_t len = min_t(size_t, PAGE_SIZE - off, iov_iter_count(to));
		size_t n;
		u32 frame;

		segment_count(seg, lookups);
		segment_reference(seg, iocb->ki_pos >> PAGE_SHIFT, false);
		/* The pages behind it, as far as this read goes. */
		ahead.known = (off + iov_iter_count(to) - 1) >> PAGE_SHIFT;
		err = frame_get(seg, iocb->ki_pos >> PAGE_SHIFT,
				rw_context(to), &ahead, &frame);
		if (err)
			break;
		frame_used(seg, frame);
		if (frame_take_mark(frame))
			frame_continue_ahead(seg, &opener->prefetch,
					     rw_context(to));
		/* copy_page_to_iter() would put the page itself into a pipe. */
		n = copy_to_iter(pool_addr(frame) + off, len, to);
		atomic_or(FRAME_REF, &frame_desc(frame)->flags);
		frame_put(frame);
		iocb->ki_pos += n;
		total += n;
		if (n < len) {
			err = -EFAULT;
			break;
		}
		cond_resched();
	}
	/* The end came nearer while the page was being read. */
	return total ?: err == -ENXIO ? 0 : err;
}

/* Write to a page that is readable; its contents outside are kept. */
static ssize_t write_part(struct segment *seg, u64 pgoff, size_t off,
			  size_t len, struct iov_iter *from)
{
	struct page *page;
	size_t n;
	u32 frame;
	int err;

	err = frame_get(seg, pgoff, rw_context(from), NULL, &frame);
	if (err)
		return err;
	page = pool_page(frame);
	n = copy_page_from_iter(page, off, len, from);
	/* After the copy: a write to the store before it may miss it. */
	if (n)
		frame_set_dirty(seg, frame);
	atomic_or(FRAME_REF, &frame_desc(frame)->flags);
	frame_put(frame);
	return n ?: -EFAULT;
}

/*
 * Replace a whole page without reading it first.  -EAGAIN: it became resident
 * meanwhile, or user memory was not there; do it the other way.
 */
static ssize_t write_whole(struct segment *seg, u64 pgoff,
			   struct iov_iter *from)
{
	size_t n;
	u32 frame;
	int err;

	/* Have user memory there, so that the copy need not fault. */
	if (fault_in_iov_iter_readable(from, PAGE_SIZE))
		return -EAGAIN;
	err = frame_get_overwrite(seg, pgoff, rw_context(from), &frame);
	if (err < 0)
		return err;
	if (err != FRAME_NEW) {
		frame_put(frame);
		return -EAGAIN;
	}
	n = kp_copy_page_from_iter_atomic(pool_page(frame), from);
	if (n < PAGE_SIZE) {
		iov_iter_revert(from, n);
		frame_fill_abort(seg, frame);
		return -EAGAIN;
	}
	frame_fill_done(seg, frame);
	frame_put(frame);
	return n;
}

static ssize_t write_page(struct segment *seg, loff_t pos,
			  struct iov_iter *from)
{
	size_t off = offset_in_page(pos);
	size_t len = min_t(size_t, PAGE_SIZE - off, iov_iter_count(from));
	u64 pgoff = pos >> PAGE_SHIFT;
	ssize_t n = -EAGAIN;
	u32 frame;

	segment_count(seg, lookups);
	segment_reference(seg, pgoff, true);
	if (len == PAGE_SIZE) {
		frame = frame_lookup_get(seg, pgoff);
		if (frame)
			frame_put(frame);
		else
			n = write_whole(seg, pgoff, from);
	}
	if (n == -EAGAIN)
		n = write_part(seg, pgoff, off, len, from);
	return n;
}

/**
 * segment_write_iter - write to a segment
 * @seg: the segment
 * @iocb: position, advanced
 * @from: where from
 *
 * Context: may sleep, killably; takes the segment's inode lock, so that
 * one write() is not mixed with another.
 * Return: bytes written, or -ENOSPC (at or beyond the end), -EIO, -EFAULT,
 * -EINTR, -ENOMEM.
 */
ssize_t segment_write_iter(struct segment *seg, struct kiocb *iocb,
			   struct iov_iter *from)
{
	ssize_t total = 0, n = 0;
	loff_t end;

	if (!iov_iter_count(from))
		return 0;
	if (down_write_killable(&seg->inode->i_rwsem))
		return -EINTR;
	end = segment_pages(seg) << PAGE_SHIFT;
	if (iocb->ki_pos >= end)
		n = -ENOSPC;
	else
		iov_iter_truncate(from, end - iocb->ki_pos);
	while (n >= 0 && iov_iter_count(from)) {
		n = dirty_throttle(seg, MAX_SCHEDULE_TIMEOUT);
		if (!n)
			n = write_page(seg, iocb->ki_pos, from);
		if (n < 0)
			break;
		iocb->ki_pos += n;
		total += n;
		cond_resched();
	}
	inode_unlock(seg->inode);
	return total ?: n;
}
