// SPDX-License-Identifier: GPL-2.0
/*
 * evacuate.c - frames that lie together are taken away, to give them back
 *
 * An arena goes back to the kernel whole, so its frames have to be free at the
 * same time: they are taken by where they lie, not by what a policy thinks of
 * them.  Pages that cannot go, because they are dirty, can be moved to frames
 * that are free elsewhere.  All of this may run where the kernel reclaims
 * memory, in any task that asked for some: it starts no I/O, allocates nothing,
 * and only tries the locks that may be held over an allocation.
 */
#include "pager/move.h"
#include "pager/pager.h"

#include <linux/sort.h>

/* How often a few pages are tried that somebody has just locked. */
#define MOVE_TRIES	4
/* Runs that are tried one after the other. */
#define COMPACT_TRIES	4

/* Could a page be moved?  It is not locked. */
static bool evacuate_may_move(u32 frame)
{
	struct page *page = pool_page(frame);
	int users = atomic_read(&page->_mapcount) + 1;

	return frame_test(frame, FRAME_UPTODATE) &&
		!frame_test(frame, FRAME_WRITEBACK) &&
		page_ref_count(page) <= users + 1;
}

/* Could it be taken away without writing it? */
static bool evacuate_may_go(u32 frame)
{
	return evacuate_may_move(frame) && !frame_pinned(frame) &&
		!PageDirty(pool_page(frame));
}

static unsigned int evacuate_count(u32 first, unsigned int nr,
				   bool (*judge)(u32 frame))
{
	unsigned int n = 0;
	u32 frame;

	rcu_read_lock();
	for (frame = pool_frame_next(first); frame && frame - first < nr;
	     frame = pool_frame_next(frame + 1))
		if (READ_ONCE(frame_desc(frame)->key))
			n += judge(frame);
	rcu_read_unlock();
	return n;
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
	return evacuate_count(first, nr, evacuate_may_go);
}

/**
 * frames_movable - how many pages in a run of frames could be moved
 * @first: first frame, of an arena
 * @nr: how many of its frames
 *
 * Context: any; reads a descriptor a frame.
 * Return: number of frames that hold a page which is not in use.
 */
unsigned int frames_movable(u32 first, unsigned int nr)
{
	return evacuate_count(first, nr, evacuate_may_move);
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

/**
 * struct evacuation - a run of frames is emptied into others
 * @first: first frame; the run is aligned to its size
 * @nr: how many, a power of two
 * @moved: pages that were put into other frames
 * @nr_kept: frames of the run that are ours
 * @kept: these: what was free of it, so that nobody else takes it, and what
 *	became free since
 */
struct evacuation {
	u32 first;
	u32 nr;
	u64 moved;
	unsigned int nr_kept;
	u32 kept[POOL_ARENA_FRAMES];
};

/* Only one task at a time evacuates. */
static struct evacuation evacuation;

/* A free frame that lies elsewhere, or 0. */
static u32 evacuate_frame(struct evacuation *e)
{
	u32 frame;

	for (;;) {
		frame = pool_frame_alloc(POOL_NOWAIT);
		if (frame < e->first || frame >= e->first + e->nr)
			return frame;
		/* Somebody gave it back meanwhile. */
		e->kept[e->nr_kept++] = frame;
	}
}

/* Move some pages of one segment.  Return false if not all of them went. */
static bool evacuate_some(struct evacuation *e,
			  const struct evict_victim *victims, unsigned int nr)
{
	unsigned int n = 0, moved = 0;
	struct segment *seg;
	u32 to[EVICT_BATCH];

	while (n < nr) {
		to[n] = evacuate_frame(e);
		if (!to[n])
			break;
		n++;
	}
	seg = segment_get_id(key_segment(victims->key));
	if (seg) {
		moved = segment_move(seg, victims, to, n,
				     e->kept + e->nr_kept);
		segment_put(seg);
	}
	pool_frame_free_bulk(to + moved, n - moved);
	e->nr_kept += moved;
	e->moved += moved;
	return moved == nr;
}

/* Move all pages that are in the run.  What was just locked is tried again. */
static void evacuate_pages(struct evacuation *e)
{
	struct evict_victim victims[EVICT_BATCH];
	u32 at = e->first, begin;
	unsigned int n, tries = 0;

	for (;;) {
		begin = at;
		n = evacuate_collect(&at, e->first + e->nr, victims);
		if (!n)
			return;
		/* Neighbours are unmapped together. */
		sort(victims, n, sizeof(*victims), evacuate_compare, NULL);
		if (evacuate_some(e, victims, n))
			tries = 0;
		else if (++tries < MOVE_TRIES)
			at = begin;
		else
			return;
		cond_resched();
	}
}

static void evacuate_take_free(struct evacuation *e)
{
	pool_drain();
	e->nr_kept += pool_run_take(e->first, e->nr, e->kept + e->nr_kept);
}

/* Empty a run.  True if all of its frames are kept then. */
static bool evacuate(struct evacuation *e, u32 first, u32 nr)
{
	e->first = first;
	e->nr = nr;
	e->nr_kept = 0;
	evacuate_take_free(e);
	evacuate_pages(e);
	/* Pages may have been evicted from it meanwhile. */
	if (e->nr_kept < nr)
		evacuate_take_free(e);
	return e->nr_kept == nr;
}

/**
 * frames_move - put the pages in a run of frames into frames elsewhere
 * @first: first frame, of an arena
 * @nr: how many of its frames, a power of two
 *
 * Ends at the first few pages of which not all can be moved: then the arena
 * will not become empty.
 *
 * Context: may sleep; no page lock held; one task at a time moves or compacts.
 * Also from a shrinker.
 * Return: how many pages were moved.
 */
unsigned int frames_move(u32 first, unsigned int nr)
{
	struct evacuation *e = &evacuation;

	e->moved = 0;
	evacuate(e, first, nr);
	pool_frame_free_bulk(e->kept, e->nr_kept);
	return e->moved;
}

/* Free frames of a run, if the others could come free; else 0. */
static unsigned int compact_judge(u32 first, unsigned int nr)
{
	unsigned int free = pool_run_free(first, nr);

	return free && free + frames_movable(first, nr) == nr ? free : 0;
}

static bool compact_tried(const u32 *tried, unsigned int nr, u32 first)
{
	while (nr--)
		if (tried[nr] == first)
			return true;
	return false;
}

/* The run with the fewest pages to move that was not tried yet, or 0. */
static u32 compact_choose(unsigned int nr, const u32 *tried,
			  unsigned int nr_tried)
{
	struct pool_arena_info info;
	u32 slot, off, first, best = 0;
	unsigned int most = 0, free;

	for (slot = 1; slot < pool_slots(); slot++) {
		if (!pool_arena_look(slot, &info))
			continue;
		for (off = 0; off + nr <= info.frames; off += nr) {
			first = slot << POOL_MAX_ORDER | off;
			free = compact_judge(first, nr);
			if (free <= most ||
			    compact_tried(tried, nr_tried, first))
				continue;
			most = free;
			best = first;
		}
		cond_resched();
	}
	return best;
}

/**
 * frames_compact - make a run of free frames by moving pages out of it
 * @order: log2 of its size
 * @moved: grows by the pages that were moved
 *
 * As many frames as the run has, and the pool's reserve, should be free.
 *
 * Context: may sleep; no page lock held; one task at a time moves or compacts.
 * Return: the first frame of the run, which is aligned to its size; all of it
 * is allocated, as single frames.  Or 0.
 */
u32 frames_compact(unsigned int order, u64 *moved)
{
	struct evacuation *e = &evacuation;
	u32 tried[COMPACT_TRIES], first;
	unsigned int n;
	bool done = false;

	for (n = 0; n < COMPACT_TRIES && !done; n++) {
		first = compact_choose(1u << order, tried, n);
		if (!first)
			return 0;
		tried[n] = first;
		e->moved = 0;
		done = evacuate(e, first, 1u << order);
		*moved += e->moved;
		if (!done)
			pool_frame_free_bulk(e->kept, e->nr_kept);
	}
	return done ? first : 0;
}
