// SPDX-License-Identifier: GPL-2.0
/*
 * proc_map.c - /proc/kpager/segment/NAME/map; see Documentation/abi.md
 *
 * Cells of equally many pages, of which there are at most MAP_CELLS, so that
 * what a reader gets is bounded whatever the size of the segment.  The frames
 * of the segment are looked at once; no page is waited for.
 */
#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"

#include <linux/math64.h>
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
 * @age: sum of the ages of those in frames
 */
struct map_cell {
	u32 resident;
	u32 dirty;
	u32 io;
	u64 age;
};

/* @clock: pages that have come into the segment so far */
static void map_count(struct map_cell *cell, u32 frame, u32 clock)
{
	bool writing = frame_test(frame, FRAME_WRITEBACK);
	s32 age;

	/* Changes under the policy_lock, which is too much for a look. */
	age = clock - data_race(frame_desc(frame)->node.stamp) - 1;
	cell->resident++;
	/* Less than 0: it came after the walk began. */
	cell->age += max(age, 0);
	if (PageDirty(pool_page(frame)) || writing)
		cell->dirty++;
	if (writing || !frame_test(frame, FRAME_UPTODATE))
		cell->io++;
}

/* All of a contiguous segment is there, and nothing is anywhere else. */
static void map_fill(struct map_cell *cells, u64 nr, u64 pages,
		     unsigned int shift)
{
	u64 i;

	for (i = 0; i < nr; i++)
		cells[i].resident = min(1ULL << shift, pages - (i << shift));
}

static void map_collect(struct segment *seg, struct map_cell *cells, u64 pages,
			unsigned int shift)
{
	struct frame_scan scan;
	u32 clock, frame;
	u64 page;

	/* A number that has changed anyhow when it is printed. */
	clock = data_race(seg->policy.clock);
	frame_scan_init(&scan, seg, 0, pages - 1);
	while ((frame = frame_scan_next(&scan))) {
		page = key_page(READ_ONCE(frame_desc(frame)->key));
		/* It may have been evicted meanwhile, and not be ours. */
		if (page < pages)
			map_count(&cells[page >> shift], frame, clock);
		frame_put(frame);
		cond_resched();
	}
}

static void map_print(struct seq_file *m, struct segment *seg,
		      const struct map_cell *cell, u64 first, u64 pages)
{
	seq_printf(m, "%llu %llu %u %u %u %llu %llu\n", first, pages,
		   cell->resident, cell->dirty, cell->io,
		   cell->resident ? div_u64(cell->age, cell->resident) : 0,
		   segment_volatile_pages(seg, first, first + pages - 1));
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
	if (seg->contig)
		map_fill(cells, nr, pages, shift);
	else
		map_collect(seg, cells, pages, shift);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "page pages resident dirty io age volatile_pages\n");
	for (i = 0; i < nr; i++)
		map_print(m, seg, &cells[i], i << shift,
			  min(1ULL << shift, pages - (i << shift)));
	kvfree(cells);
	return 0;
}
