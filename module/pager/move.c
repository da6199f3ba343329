// SPDX-License-Identifier: GPL-2.0
/*
 * move.c - see move.h
 */
#include "pager/move.h"
#include "pager/trace.h"

#include <linux/highmem.h>

/* Lock a page that can be moved. */
static bool move_lock(const struct evict_victim *victim)
{
	if (!evict_trylock(victim))
		return false;
	if (frame_test(victim->frame, FRAME_UPTODATE) &&
	    !frame_test(victim->frame, FRAME_WRITEBACK))
		return true;
	unlock_page(pool_page(victim->frame));
	return false;
}

/*
 * Contents, flags and the place in the index go over.  False if somebody holds
 * the page.
 */
static bool move_contents(struct segment *seg, u32 from, u32 to)
{
	struct page *old = pool_page(from), *new = pool_page(to);
	bool frozen;

	/* Flags do not change but under one of these. */
	lockdep_assert_held(&seg->policy_lock);
	/* Others spin until it is decided, as in frame_release(). */
	preempt_disable();
	frozen = page_ref_freeze(old, 1);
	if (frozen) {
		copy_page(pool_addr(to), pool_addr(from));
		if (PageDirty(old))
			folio_set_dirty(kp_folio(new));
		if (folio_test_referenced(kp_folio(old)))
			folio_set_referenced(kp_folio(new));
		atomic_set(&frame_desc(to)->flags,
			   atomic_read(&frame_desc(from)->flags));
		index_move(from, to);
		page_ref_unfreeze(old, 1);
	}
	preempt_enable();
	return frozen;
}

/*
 * Put a page, which is locked and not mapped, into another frame.  The lock is
 * given up, whatever comes of it.  The policy takes the page for one that
 * another policy held before.
 */
static bool move_page(struct segment *seg, u32 from, u32 to)
{
	u64 key = frame_desc(from)->key;
	bool moved;

	lockdep_assert_held(&seg->sync_lock);
	lockdep_assert_held(&seg->harvest);
	/* Somebody astray may have it locked for a moment. */
	lock_page(pool_page(to));
	/* Pins and the policy's place go over as one. */
	mutex_lock(&seg->policy_lock);
	moved = move_contents(seg, from, to);
	if (moved && !frame_pinned(to)) {
		seg->leaving = key;
		policy_remove(&seg->policy, from, POLICY_DROP);
		policy_insert(&seg->policy, to, POLICY_SWITCH);
	}
	mutex_unlock(&seg->policy_lock);
	if (moved)
		frame_clear(from);
	else
		unlock_page(pool_page(from));
	unlock_page(pool_page(to));
	return moved;
}

static unsigned int move_pass(struct segment *seg,
			      const struct evict_victim *victims,
			      const u32 *to, unsigned int nr, u32 *vacated)
{
	unsigned int i, j, end, moved = 0;

	for (i = 0; i < nr; i = max(end, i + 1)) {
		for (end = i; end < nr; end++)
			if (victims[end].key != victims[i].key + (end - i) ||
			    !move_lock(&victims[end]))
				break;
		evict_unmap(seg, &victims[i], end - i);
		for (j = i; j < end; j++) {
			if (!move_page(seg, victims[j].frame, to[moved]))
				continue;
			trace_kpager_move(seg, key_page(victims[j].key), 1, 0);
			vacated[moved++] = victims[j].frame;
		}
	}
	return moved;
}

/**
 * segment_move - put certain pages of a segment into other frames
 * @seg: the segment
 * @victims: the frames they are in; pages that follow each other stand together
 * @to: frames that were allocated for them; the first ones are used up
 * @nr: how many
 * @vacated: receives the frames that came free; they are the caller's now
 *
 * Pages that are locked, being written or in use stay, and if somebody writes
 * to the segment, resizes or syncs it, all of them.
 *
 * Context: may sleep, but waits for nothing that may be held over an
 * allocation: a shrinker may call it.  No page lock held.
 * Return: how many pages were moved.
 */
unsigned int segment_move(struct segment *seg,
			  const struct evict_victim *victims, const u32 *to,
			  unsigned int nr, u32 *vacated)
{
	unsigned int moved = 0;

	/* Who walks over frames by number must not miss one that moves. */
	if (seg->deterministic || !mutex_trylock(&seg->sync_lock))
		return 0;
	if (!inode_trylock(seg->inode))
		goto unlock;
	if (down_read_trylock(&seg->harvest)) {
		moved = move_pass(seg, victims, to, nr, vacated);
		up_read(&seg->harvest);
	}
	inode_unlock(seg->inode);
unlock:
	mutex_unlock(&seg->sync_lock);
	segment_count_add(seg, moved, moved);
	/* A walk over volatile pages may have missed some of them. */
	if (moved)
		WRITE_ONCE(seg->forget.again, true);
	return moved;
}
