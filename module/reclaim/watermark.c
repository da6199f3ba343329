// SPDX-License-Identifier: GPL-2.0
/*
 * watermark.c - how many free frames are few
 */
#include "reclaim/reclaim.h"

#include <linux/minmax.h>

/* So many frames are enough for all stores that write at the same time. */
#define WATERMARK_MIN_MAX	64

/**
 * watermarks_set - choose the marks for a pool
 * @marks: receives them
 * @limit_frames: size of the pool
 *
 * The background thread works in lots of high - low frames: large enough that
 * waking it costs little for each frame, small enough that little memory lies
 * idle.  The reserve is for stores in memory, which take a frame for what they
 * compress before they give one back.  In a pool of a few frames all of this
 * shrinks to almost nothing.
 *
 * Context: any.
 */
void watermarks_set(struct watermarks *marks, u32 limit_frames)
{
	marks->min = min_t(u32, limit_frames / 64, WATERMARK_MIN_MAX);
	marks->low = min_t(u32, limit_frames / 64, 256);
	marks->high = marks->low + max_t(u32, min_t(u32, limit_frames / 64,
						    1024), 1);
}
