// SPDX-License-Identifier: GPL-2.0
/*
 * scan.c - walks over the resident pages of a range
 */
#include "pager/pager.h"

#include <linux/sched.h>

/* A range this small is looked up page by page, not by walking the pool. */
#define SCAN_BY_PAGE	512
/* Frames looked at in one RCU section. */
#define SCAN_FRAMES	1024

/**
 * frame_scan_init - visit the frames that hold pages of a range
 * @scan: the cursor
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 *
 * Context: any.
 */
void frame_scan_init(struct frame_scan *scan, struct segment *seg, u64 first,
		     u64 last)
{
	scan->seg = seg;
	scan->first = first;
	scan->last = last;
	scan->by_page = last - first < SCAN_BY_PAGE;
	scan->pos = scan->by_page ? first : 0;
}

/*
 * Look at some frames by number.  An arena that is not there is skipped
 * whole.  Return false at the end.
 */
static bool frame_scan_some(struct frame_scan *scan, u32 *frame)
{
	u64 first = frame_key(scan->seg, scan->first);
	u64 last = frame_key(scan->seg, scan->last);
	unsigned int left = SCAN_FRAMES;
	u32 at = 0;
	u64 key;

	rcu_read_lock();
	while (!*frame && left-- && (at = pool_frame_next(scan->pos))) {
		scan->pos = at + 1;
		key = READ_ONCE(frame_desc(at)->key);
		if (key >= first && key <= last && frame_hold(at, key))
			*frame = at;
	}
	rcu_read_unlock();
	return at;
}

static u32 frame_scan_by_frame(struct frame_scan *scan)
{
	u32 frame = 0;

	while (frame_scan_some(scan, &frame) && !frame)
		cond_resched();
	return frame;
}

/**
 * frame_scan_next - the next frame of a scan
 * @scan: the cursor
 *
 * Each page of the range that is resident during the whole scan is visited
 * once; others may or may not be.  One that is moved meanwhile may be missed:
 * who must not miss any holds the segment's sync_lock or inode lock.
 *
 * Context: process context; the caller should reschedule between calls.
 * Return: a frame with a reference on its page, or 0 at the end.
 */
u32 frame_scan_next(struct frame_scan *scan)
{
	u32 frame;

	if (!scan->by_page)
		return frame_scan_by_frame(scan);
	while (scan->pos <= scan->last) {
		frame = frame_find_get(scan->seg, scan->pos++);
		if (frame)
			return frame;
	}
	return 0;
}
