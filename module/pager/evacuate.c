// SPDX-License-Identifier: GPL-2.0
/*
 * evacuate.c - frames that lie together are taken away, to give them back
 *
 * An arena goes back to the kernel whole, so its frames have to be free at the
 * same time: they are taken by where they lie, not by what a policy thinks of
 * them.  All of this may run where the kernel reclaims memory, in any task
 * that asked for some: it starts no I/O, allocates nothing, and only tries
 * the locks that may be held over an allocation.
 */
#include "pager/pager.h"

#include <linux/sort.h>

/* Could a page be taken away without writing it?  It is not locked. */
static bool evacuate_judge(u32 frame)
{
	struct page *page = pool_page(frame);
	int users = atomic_read(&page->_mapcount) + 1;

	return frame_test(frame, FRAME_UPTODATE) &&
		!frame_test(frame, FRAME_WRITEBACK | FRAME_PINS) && !PageDirty(page) &&
		page_ref_count(page) <= users + 1;
}

/**
 * frames_easy - how many pages in a run of frames look easy to take away
 * @first: first frame, of an arena
 * @nr: how many of its frames
 *
 * That is a guess: what is written to through a mapping does not show yet.
 *
 * Context: any; reads a descriptor a frame.
 * Return: number of frames that hold a page which is clean and not in use.
 */
unsigned int frames_easy(u32 first, unsigned int nr)
{
	unsigned int easy = 0;
	u32 frame;

	rcu_read_lock();
	for (frame = pool_frame_next(first); frame && frame - first < nr;
	     frame = pool_frame_next(frame + 1))
		if (READ_ONCE(frame_desc(frame)->key))
			easy += evacuate_judge(frame);
	rcu_read_unlock();
	return easy;
}

/*
 * Collect pages of one segment from frames on; who comes first says which.
 * Return how many; @frame is where to go on.
 */
static unsigned int evacuate_collect(u32 *frame, u32 end,
				     struct evict_victim *victims)
{
	unsigned int n = 0;
	u64 key;

	rcu_read_lock();
	while (n < EVICT_BATCH) {
		u32 at = pool_frame_next(*frame);

		*frame = at && at < end ? at : end;
		if (*frame == end)
			break;
		key = READ_ONCE(frame_desc(at)->key);
		if (key && n && key_segment(key) != key_segment(victims->key))
			break;
		if (key)
			victims[n++] = (struct evict_victim){ at, key };
		(*frame)++;
	}
	rcu_read_unlock();
	return n;
}

static int evacuate_compare(const void *a, const void *b)
{
	const struct evict_victim *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/**
 * frames_evict - take away the pages in a run of frames
 * @first: first frame, of an arena
 * @nr: how many of its frames
 *
 * Ends at the first few pages of which not all can be had: then the arena will
 * not become empty.  Segments keep their minimum.
 *
 * Context: may sleep; no page lock held.  Also from a shrinker.
 * Return: the number of frames that were freed.
 */
unsigned int frames_evict(u32 first, unsigned int nr)
{
	struct evict_victim victims[EVICT_BATCH];
	unsigned int n, got, freed = 0;
	u32 end = first + nr;
	struct segment *seg;

	while ((n = evacuate_collect(&first, end, victims))) {
		seg = segment_get_id(key_segment(victims->key));
		if (!seg)
			break;
		/* Neighbours are unmapped together. */
		sort(victims, n, sizeof(*victims), evacuate_compare, NULL);
		got = segment_evict_these(seg, victims, n);
		segment_put(seg);
		freed += got;
		if (got < n)
			break;
		cond_resched();
	}
	return freed;
}
