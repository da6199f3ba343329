// SPDX-License-Identifier: GPL-2.0
/*
 * opener.c - who has a segment open
 *
 * Every open file description of every segment is in one list, so that it can
 * be found out what keeps frames when there are none.  That is asked for by
 * tasks that wait for a frame, perhaps in the middle of pinning: nothing here
 * waits for a lock that is held over waiting for frames.
 */
#include "pager/pager.h"

/* Both in the order of opening; the list is under the lock. */
DEFINE_MUTEX(openers_lock);
LIST_HEAD(openers);

/**
 * opener_add - a segment was opened
 * @opener: by whom
 * @file: the file of it
 *
 * Context: may sleep; takes openers_lock.
 */
void opener_add(struct opener *opener, struct file *file)
{
	opener->file = file;
	mutex_lock(&openers_lock);
	list_add_tail(&opener->all, &openers);
	mutex_unlock(&openers_lock);
}

/**
 * opener_del - an open file description goes away
 * @opener: it
 *
 * Context: may sleep; takes openers_lock.
 */
void opener_del(struct opener *opener)
{
	mutex_lock(&openers_lock);
	list_del(&opener->all);
	mutex_unlock(&openers_lock);
}

/**
 * opener_frames - frames that would come free with an open file description
 * @opener: it
 *
 * Pages of a named segment are data: they stay, but what keeps them from being
 * evicted goes.  An anonymous segment goes whole, with the frames that its
 * store takes.  What others have pinned, too, counts for each of them.
 *
 * Context: openers_lock held.
 * Return: their number.
 */
u64 opener_frames(const struct opener *opener)
{
	lockdep_assert_held(&openers_lock);
	if (segment_is_anon(opener->seg))
		return atomic_long_read(&opener->seg->resident) +
			store_held(opener->seg->store);
	return atomic_long_read(&opener->pinned);
}

/**
 * opener_give_up - let go what an open file description keeps
 * @opener: of a task that is being killed
 *
 * Context: openers_lock held; may sleep.
 * Return: frames that are free now, or that nothing keeps any more; those of
 * an anonymous segment's store come free when the task is gone.
 */
u64 opener_give_up(struct opener *opener)
{
	u64 unpinned = opener_unpin_doomed(opener);

	lockdep_assert_held(&openers_lock);
	if (!segment_is_anon(opener->seg))
		return unpinned;
	/*
	 * Somebody may have the descriptor after all, on its way in a message
	 * for one, or the task may still be copying: an error, then, not what
	 * the store has.
	 */
	WRITE_ONCE(opener->seg->dropped, true);
	smp_mb();	/* frame_insert() looks after the page is in the index */
	return segment_drop_easy(opener->seg);
}
