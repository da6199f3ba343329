// SPDX-License-Identifier: GPL-2.0
/*
 * proc_map.c - /proc/kpager/segment/NAME/map; see Documentation/abi.md
 *
 * Cells of equally many pages, of which there are at most MAP_CELLS, so that
 * what a reader gets is bounded whatever the size of the segment.  The frames
 * of the segment are looked at once; no page is waited for.
 */
#include "abi/abi.h"

#include "pager/pager.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

/* Most lines of a map; a power of two. */
#define MAP_CELLS	4096

/**
 * struct map_cell - some neighbouring pages
 * @resident: how many of them are in a frame
 * @dirty: of these, known to be newer than the store
 * @io: of these, on their way from or to the store
 */
struct map_cell {
	u32 resident;
	u32 dirty;
	u32 io;
};

static void map_count(struct map_cell *cell, u32 frame)
{
	bool writing = frame_test(frame, FRAME_WRITEBACK);

	cell->resident++;
	if (PageDirty(pool_page(frame)) || writing)
		cell->dirty++;
	if (writing || !frame_test(frame, FRAME_UPTODATE))
		cell->io++;
}

static void map_collect(struct segment *seg, struct map_cell *cells, u64 pages,
			unsigned int shift)
{
	struct frame_scan scan;
	u32 frame;
	u64 page;

	frame_scan_init(&scan, seg, 0, pages - 1);
	while ((frame = frame_scan_next(&scan))) {
		page = key_page(READ_ONCE(frame_desc(frame)->key));
		/* It may have been evicted meanwhile, and not be ours. */
		if (page < pages)
			map_count(&cells[page >> shift], frame);
		frame_put(frame);
		cond_resched();
	}
}

/**
 * proc_map_show - show what is resident of a segment, and where
 * @m: its private is the segment
 * @unused: of no use
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_map_show(struct seq_file *m, void *unused)
{
	struct segment *seg = m->private;
	u64 pages = segment_pages(seg);
	unsigned int shift = 0;
	struct map_cell *cells;
	u64 nr, i;

	while ((pages - 1) >> shift >= MAP_CELLS)
		shift++;
	nr = ((pages - 1) >> shift) + 1;
	cells = kvcalloc(nr, sizeof(*cells), GFP_KERNEL);
	if (!cells)
		return -ENOMEM;
	map_collect(seg, cells, pages, shift);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "page pages resident dirty io\n");
	for (i = 0; i < nr; i++)
		seq_printf(m, "%llu %llu %u %u %u\n", i << shift,
			   min(1ULL << shift, pages - (i << shift)),
			   cells[i].resident, cells[i].dirty, cells[i].io);
	kvfree(cells);
	return 0;
}
