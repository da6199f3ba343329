// SPDX-License-Identifier: GPL-2.0
/*
 * dirty.c - announced writes and the dirty limit
 *
 * A segment that announces writes maps its pages read-only; the first write
 * to a clean page is a fault (page_mkwrite) that marks the page dirty and
 * counts it.  So the number of dirty pages is known, and writers can be made
 * to wait at a limit until the cleaner has written some.  Readers never wait.
 *
 * A page counts (FRAME_COUNTED) from the moment it becomes dirty until a
 * write of it succeeded that nobody made out of date meanwhile.  What
 * get_user_pages() makes dirty after its write fault was announced is not
 * counted a second time: the limit may be exceeded by pages under direct I/O.
 */
#include "pager/pager.h"
#include "pager/trace.h"

#include <linux/psi.h>
#include <linux/sched/signal.h>

/* A waiting writer has the cleaner try again so often, if the store fails. */
#define DIRTY_RETRY	HZ

static void dirty_count(struct segment *seg, u32 frame)
{
	atomic_t *flags = &frame_desc(frame)->flags;

	if (!(atomic_fetch_or(FRAME_COUNTED, flags) & FRAME_COUNTED))
		atomic_long_inc(&seg->dirty);
}

/**
 * dirty_forget - a counted page leaves, or is on the store
 * @seg: the segment
 * @frame: its frame
 *
 * Context: any, hard interrupts included.
 */
void dirty_forget(struct segment *seg, u32 frame)
{
	atomic_t *flags = &frame_desc(frame)->flags;

	if (!(atomic_read(flags) & FRAME_COUNTED) ||
	    !(atomic_fetch_andnot(FRAME_COUNTED, flags) & FRAME_COUNTED))
		return;
	atomic_long_dec(&seg->dirty);
	if (wq_has_sleeper(&seg->dirty_wait))
		wake_up_all(&seg->dirty_wait);
}

/**
 * dirty_written - a write of a page succeeded
 * @seg: the segment
 * @frame: its frame, still marked as being written
 *
 * Context: any, hard interrupts included.
 */
void dirty_written(struct segment *seg, u32 frame)
{
	if (!frame_test(frame, FRAME_COUNTED))
		return;
	dirty_forget(seg, frame);
	/* Dirty again meanwhile, by somebody who found it counted? */
	if (PageDirty(pool_page(frame)))
		dirty_count(seg, frame);
}

/**
 * frame_set_dirty - a page is newer than the store
 * @seg: the segment
 * @frame: its frame, with a reference or its page locked
 *
 * Context: any process context.
 */
void frame_set_dirty(struct segment *seg, u32 frame)
{
	folio_set_dirty(kp_folio(pool_page(frame)));
	if (!READ_ONCE(seg->tune.announce_writes))
		return;
	smp_mb__after_atomic();	/* see dirty_written() */
	dirty_count(seg, frame);
}

static bool dirty_above(struct segment *seg, unsigned int share)
{
	unsigned long max = READ_ONCE(seg->tune.dirty_max);

	return max && atomic_long_read(&seg->dirty) >= max / share;
}

/**
 * dirty_over - must writers wait
 * @seg: the segment
 *
 * Context: any.
 */
bool dirty_over(struct segment *seg)
{
	return dirty_above(seg, 1);
}

/**
 * dirty_over_half - should the cleaner work
 * @seg: the segment
 *
 * Context: any.
 */
bool dirty_over_half(struct segment *seg)
{
	return dirty_above(seg, 2);
}

/**
 * dirty_throttle - wait until a segment is below its dirty limit
 * @seg: the segment
 * @patience: at most so long, in jiffies; MAX_SCHEDULE_TIMEOUT for as long
 *	as it takes
 *
 * Context: may sleep, killably; no page lock held.
 * Return: 0, or -EINTR if the task is being killed.
 */
int dirty_throttle(struct segment *seg, unsigned long patience)
{
	unsigned long pflags;
	long left = 0;

	if (!dirty_over(seg))
		return 0;
	segment_count(seg, writes_throttled);
	psi_memstall_enter(&pflags);
	while (dirty_over(seg) && patience && left >= 0) {
		unsigned long slice = min_t(unsigned long, patience,
					    DIRTY_RETRY);

		segment_clean_start(seg);
		left = wait_event_killable_timeout(seg->dirty_wait,
						   !dirty_over(seg), slice);
		if (patience != MAX_SCHEDULE_TIMEOUT)
			patience -= slice;
	}
	psi_memstall_leave(&pflags);
	return left < 0 ? -EINTR : 0;
}

/*
 * No room for another dirty page.  Only the fault handler can wait without
 * the fault lock: take the entry away, so that it is asked.
 */
static vm_fault_t dirty_refuse(struct vm_fault *vmf, struct segment *seg)
{
	segment_clean_start(seg);
	unmap_mapping_range(seg->inode->i_mapping,
			    (loff_t)vmf->pgoff << PAGE_SHIFT, PAGE_SIZE, 0);
	return VM_FAULT_NOPAGE;
}

/**
 * dirty_mkwrite - the first write to a clean page, announced by the core
 * @vmf: the fault; its page has a reference
 *
 * Context: fault lock held; may sleep.
 * Return: VM_FAULT_LOCKED to go on, VM_FAULT_NOPAGE to fault again.
 */
vm_fault_t dirty_mkwrite(struct vm_fault *vmf)
{
	struct segment *seg = vmf->vma->vm_private_data;
	u64 key = frame_key(seg, vmf->pgoff);
	struct page *page = vmf->page;
	u32 frame;

	if (dirty_over(seg))
		return dirty_refuse(vmf, seg);
	lock_page(page);
	frame = index_find(key);
	if (!frame || pool_page(frame) != page ||
	    vmf->pgoff >= segment_pages(seg)) {
		unlock_page(page);
		return VM_FAULT_NOPAGE;
	}
	segment_count(seg, faults_announced);
	trace_kpager_announce(seg, vmf->pgoff, 1, 0);
	frame_set_dirty(seg, frame);
	if (dirty_over_half(seg))
		segment_clean_start(seg);
	return VM_FAULT_LOCKED;
}
