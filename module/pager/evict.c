// SPDX-License-Identifier: GPL-2.0
/*
 * evict.c - frames are taken away from pages
 *
 * The policy proposes; a page that is locked, being written or held by
 * somebody is passed over.  Clean pages are free at once.  Dirty ones are
 * written together and then freed if nobody touched them meanwhile.
 */
#include "pager/pager.h"

enum evict_result {
	EVICT_BUSY,
	EVICT_FREED,
	EVICT_CLAIMED,	/* dirty, to be written by the caller */
};

struct evict_victim {
	u32 frame;
	u64 key;
};

/*
 * Judge one victim.  It is unmapped first, so that its dirty bits are in
 * PG_dirty and no new one can come but from holders of a reference.
 */
static enum evict_result evict_one(struct segment *seg, u32 frame, u64 key,
				   bool may_write)
{
	struct page *page = pool_page(frame);
	enum evict_result result = EVICT_BUSY;

	lockdep_assert_held(&seg->harvest);
	if (!trylock_page(page))
		return EVICT_BUSY;
	if (frame_desc(frame)->key != key ||
	    !frame_test(frame, FRAME_UPTODATE) ||
	    frame_test(frame, FRAME_WRITEBACK))
		goto out_unlock;
	if (kp_page_mapped(page))
		unmap_mapping_range(seg->inode->i_mapping,
				    (loff_t)key_page(key) << PAGE_SHIFT,
				    PAGE_SIZE, 0);
	if (!PageDirty(page)) {
		if (frame_release(seg, frame, POLICY_EVICT))
			return EVICT_FREED;
	} else if (may_write && clean_begin(frame)) {
		result = EVICT_CLAIMED;
	}
out_unlock:
	unlock_page(page);
	return result;
}

static unsigned int evict_propose(struct segment *seg,
				  struct evict_victim *victims,
				  unsigned int want)
{
	u32 frames[EVICT_BATCH];
	unsigned int i, n;
	u64 looks;

	mutex_lock(&seg->policy_lock);
	looks = seg->policy.looks;
	n = policy_victims(&seg->policy, frames, want);
	for (i = 0; i < n; i++) {
		victims[i].frame = frames[i];
		victims[i].key = frame_desc(frames[i])->key;
	}
	looks = seg->policy.looks - looks;
	mutex_unlock(&seg->policy_lock);
	segment_count_add(seg, ref_looks, looks);
	return n;
}

/* Write claimed frames, then free those that nobody touched meanwhile. */
static unsigned int evict_write(struct segment *seg,
				const struct evict_victim *claimed,
				unsigned int nr, enum store_context context)
{
	struct pager_batch batch;
	u32 frames[EVICT_BATCH];
	unsigned int i, freed = 0;

	for (i = 0; i < nr; i++)
		frames[i] = claimed[i].frame;
	io_batch_init(&batch);
	io_write_batch(seg, frames, nr, &batch, context);
	io_batch_wait(&batch);

	down_read(&seg->harvest);
	for (i = 0; i < nr; i++)
		if (evict_one(seg, claimed[i].frame, claimed[i].key, false) ==
		    EVICT_FREED)
			freed++;
	up_read(&seg->harvest);
	segment_count_add(seg, evictions_dirty, freed);
	return freed;
}

/**
 * segment_evict - free frames of a segment
 * @seg: the segment
 * @want: how many, at most EVICT_BATCH are tried
 * @context: unless STORE_LOCKED, dirty pages are written, and waited for
 *
 * Context: may sleep; no page lock held.
 * Return: the number of frames that were freed.
 */
unsigned int segment_evict(struct segment *seg, unsigned int want,
			   enum store_context context)
{
	struct evict_victim victims[EVICT_BATCH];
	struct evict_victim claimed[EVICT_BATCH];
	unsigned int i, n, nr_claimed = 0, freed = 0;

	n = evict_propose(seg, victims, min_t(unsigned int, want, EVICT_BATCH));
	down_read(&seg->harvest);
	for (i = 0; i < n; i++) {
		switch (evict_one(seg, victims[i].frame, victims[i].key,
				  context != STORE_LOCKED)) {
		case EVICT_FREED:
			freed++;
			break;
		case EVICT_CLAIMED:
			claimed[nr_claimed++] = victims[i];
			break;
		case EVICT_BUSY:
			break;
		}
	}
	up_read(&seg->harvest);
	if (nr_claimed)
		freed += evict_write(seg, claimed, nr_claimed, context);
	segment_count_add(seg, evictions, freed);
	return freed;
}

/**
 * segment_drop_all - give up every frame of a segment, whatever it holds
 * @seg: a segment that nobody has open and nobody evicts from
 *
 * Context: may sleep; waits for writes in flight.
 */
void segment_drop_all(struct segment *seg)
{
	struct frame_scan scan;
	struct page *page;
	u32 frame;

	frame_scan_init(&scan, seg, 0, seg->nr_pages - 1);
	while ((frame = frame_scan_next(&scan))) {
		page = pool_page(frame);
		clean_wait(seg, frame);
		lock_page(page);
		frame_put(frame);
		if (!frame_release(seg, frame, POLICY_DROP))
			frame_abandon(seg, frame);
		cond_resched();
	}
}
