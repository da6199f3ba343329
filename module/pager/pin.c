// SPDX-License-Identifier: GPL-2.0
/*
 * pin.c - pages that are never evicted, because an opener said so
 *
 * Pins belong to an open file description and end with it.  Each has the
 * ranges that it pinned, as a list of ranges that neither overlap nor touch:
 * to pin a page twice is the same as once.  What several descriptions pinned
 * is counted in the frame (FRAME_PINS): the page stays until the last of them
 * lets go.
 *
 * A pinned frame is no member of the policy, so that no time is lost with it;
 * when the last pin goes, the policy receives it as if it had just come from
 * another policy.  Whoever takes frames away by other ways looks at the count:
 * for certain when the reference count is frozen, see frame_release().
 *
 * An anonymous segment can be made by anybody, and as many as are allowed, so
 * all of them together have no more pinned pages than one alone could have.
 *
 * Pages are only pinned inside the segment.  When it becomes smaller, the pins
 * behind its end are gone with the pages.
 */
#include "pager/pager.h"
#include "pool/slab.h"

#include <linux/sched.h>
#include <linux/sched/signal.h>

/**
 * struct pin_range - pages that an opener pinned
 * @list: in the opener's list, sorted
 * @first: first page
 * @last: last page, inclusive
 */
struct pin_range {
	struct list_head list;
	u64 first;
	u64 last;
};

static struct slab_cache *pin_cache;
/* Pinned pages of all anonymous segments. */
static atomic_long_t pins_anon;

/**
 * pin_init - bring the layer up
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int pin_init(void)
{
	struct slab_config config = {
		.name = "pin_range", .size = sizeof(struct pin_range),
	};

	pin_cache = slab_cache_create(&config);
	return PTR_ERR_OR_ZERO(pin_cache);
}

/**
 * pin_exit - tear the layer down; no opener is left
 *
 * Context: may sleep.
 */
void pin_exit(void)
{
	slab_cache_destroy(pin_cache);
}

/**
 * opener_begin - somebody opens a segment
 * @opener: a new one, all zero
 * @seg: the segment, which is open as long as the opener is there
 *
 * Context: may sleep.
 */
void opener_begin(struct opener *opener, struct segment *seg)
{
	opener->seg = seg;
	mutex_init(&opener->pin_lock);
	atomic_long_set(&opener->pinned, 0);
	INIT_LIST_HEAD(&opener->pins);
	mutex_lock(&seg->openers_lock);
	list_add(&opener->list, &seg->openers);
	mutex_unlock(&seg->openers_lock);
}

/* ---- frames ----------------------------------------------------------- */

/* Count a page as pinned.  False if that would be one too many. */
static bool pin_count(struct segment *seg)
{
	lockdep_assert_held(&seg->policy_lock);
	if (segment_pinned(seg) >= segment_pin_max(seg))
		return false;
	if (segment_is_anon(seg) && atomic_long_inc_return(&pins_anon) >
	    replace_limit() / PIN_MAX_SHARE) {
		atomic_long_dec(&pins_anon);
		return false;
	}
	atomic_long_inc(&seg->pinned);
	return true;
}

/**
 * pin_uncount - a page of a segment is not pinned any more
 * @seg: the segment; its policy_lock is held
 *
 * Context: any process context.
 */
void pin_uncount(struct segment *seg)
{
	lockdep_assert_held(&seg->policy_lock);
	atomic_long_dec(&seg->pinned);
	if (segment_is_anon(seg))
		atomic_long_dec(&pins_anon);
}

/* One more pin on a frame, held by a reference. */
static int frame_pin(struct segment *seg, u32 frame, u64 key)
{
	struct frame_desc *desc = frame_desc(frame);
	int pins, err = 0;

	mutex_lock(&seg->policy_lock);
	pins = atomic_read(&desc->flags) & FRAME_PINS;
	if (READ_ONCE(desc->key) != key) {
		/* Cut off just now, with its page. */
		err = -ENXIO;
	} else if (pins == FRAME_PINS || (!pins && !pin_count(seg))) {
		err = -ENOMEM;
	} else {
		atomic_add(FRAME_PIN_ONE, &desc->flags);
		if (!pins)
			policy_remove(&seg->policy, frame, POLICY_DROP);
	}
	mutex_unlock(&seg->policy_lock);
	return err;
}

static void frame_unpin(struct segment *seg, u32 frame)
{
	atomic_t *flags = &frame_desc(frame)->flags;

	mutex_lock(&seg->policy_lock);
	if (!WARN_ON_ONCE(!(atomic_read(flags) & FRAME_PINS)) &&
	    !(atomic_sub_return(FRAME_PIN_ONE, flags) & FRAME_PINS)) {
		pin_uncount(seg);
		policy_insert(&seg->policy, frame, POLICY_SWITCH);
	}
	mutex_unlock(&seg->policy_lock);
}

/* ---- pages ------------------------------------------------------------ */

/* Bring a page in and pin it; @left more of them follow. */
static int page_pin(struct opener *opener, u64 pgoff, u64 left)
{
	struct segment *seg = opener->seg;
	struct frame_ahead ahead = { .known = min_t(u64, left, U32_MAX) };
	u32 frame;
	int err;

	err = frame_get(seg, pgoff, STORE_FREE, &ahead, &frame);
	if (err)
		return err;
	frame_used(seg, frame);
	err = frame_pin(seg, frame, frame_key(seg, pgoff));
	if (!err)
		atomic_long_inc(&opener->pinned);
	/* From here on the count keeps it: put_page() is a full barrier. */
	frame_put(frame);
	return err;
}

static void page_unpin(struct opener *opener, u64 pgoff)
{
	struct segment *seg = opener->seg;
	u32 frame = frame_find_get(seg, pgoff);

	if (WARN_ON_ONCE(!frame))
		return;
	frame_unpin(seg, frame);
	atomic_long_dec(&opener->pinned);
	frame_put(frame);
}

/* ---- ranges ----------------------------------------------------------- */

/*
 * The first page from @pgoff on that an opener has not pinned.  @at, which
 * begins at pins_first(), is where the list is gone on with for a later page;
 * it does not change meanwhile.
 */
static u64 pins_skip(const struct opener *opener, struct pin_range **at,
		     u64 pgoff)
{
	struct pin_range *range = *at;

	lockdep_assert_held(&opener->pin_lock);
	list_for_each_entry_from(range, &opener->pins, list) {
		*at = range;
		if (pgoff < range->first)
			break;
		if (pgoff <= range->last)
			pgoff = range->last + 1;
	}
	return pgoff;
}

static struct pin_range *pins_first(const struct opener *opener)
{
	return list_first_entry(&opener->pins, struct pin_range, list);
}

/* Put a range into the list, together with those that it meets. */
static void pins_add(struct opener *opener, struct pin_range *new)
{
	struct list_head *before = &opener->pins;
	struct pin_range *range, *next;

	list_for_each_entry_safe(range, next, &opener->pins, list) {
		if (range->last + 1 < new->first) {
			before = &range->list;
			continue;
		}
		if (range->first > new->last + 1)
			break;
		new->first = min(new->first, range->first);
		new->last = max(new->last, range->last);
		list_del(&range->list);
		slab_free(pin_cache, range);
	}
	list_add(&new->list, before);
}

/* Take pages out of a range that has them all; @spare if it falls in two. */
static void range_cut(struct pin_range *range, u64 first, u64 last,
		      struct pin_range **spare)
{
	if (range->first == first && range->last == last) {
		list_del(&range->list);
		slab_free(pin_cache, range);
	} else if (range->first == first) {
		range->first = last + 1;
	} else if (range->last == last) {
		range->last = first - 1;
	} else {
		(*spare)->first = last + 1;
		(*spare)->last = range->last;
		range->last = first - 1;
		list_add(&(*spare)->list, &range->list);
		*spare = NULL;
	}
}

/* ---- calls ------------------------------------------------------------ */

/* Unpin what pins_pin() pinned of a range, up to @end. */
static void pins_undo(struct opener *opener, u64 first, u64 end)
{
	struct pin_range *at = pins_first(opener);
	u64 page;

	for (page = pins_skip(opener, &at, first); page < end;
	     page = pins_skip(opener, &at, page + 1)) {
		page_unpin(opener, page);
		cond_resched();
	}
}

static int pins_pin(struct opener *opener, u64 first, u64 last)
{
	struct pin_range *at = pins_first(opener);
	struct segment *seg = opener->seg;
	u64 page;
	int err;

	for (page = pins_skip(opener, &at, first); page <= last;
	     page = pins_skip(opener, &at, page + 1)) {
		err = -ENXIO;
		if (page < segment_pages(seg))
			err = page_pin(opener, page, last - page);
		if (!err && fatal_signal_pending(current)) {
			page_unpin(opener, page);
			err = -EINTR;
		}
		if (err) {
			pins_undo(opener, first, page);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/* Unpin what an opener pinned from page @from on. */
static void pins_cut(struct opener *opener, u64 from)
{
	struct pin_range *range, *next;
	u64 first, page;

	lockdep_assert_held(&opener->pin_lock);
	list_for_each_entry_safe(range, next, &opener->pins, list) {
		if (range->last < from)
			continue;
		first = max(from, range->first);
		for (page = first; page <= range->last; page++) {
			page_unpin(opener, page);
			cond_resched();
		}
		/* The rest of a range: it never falls in two. */
		range_cut(range, first, range->last, NULL);
	}
}

/**
 * segment_pin - bring pages in, and keep them
 * @opener: who wants them
 * @first: first page
 * @last: last page, inclusive
 *
 * All of them are pinned afterwards, or none that was not before.
 *
 * Context: may sleep, killably; waits for the store; no lock held.
 * Return: 0; -ENXIO (behind the end), -EBUSY (the segment is deterministic),
 * -ENOMEM (more than pin_max, or, of an anonymous one, than all of them may
 * have; or no frames), -EIO (a page could not be read),
 * -EINTR.
 */
int segment_pin(struct opener *opener, u64 first, u64 last)
{
	struct segment *seg = opener->seg;
	struct pin_range *range;
	int err;

	if (seg->deterministic)
		return -EBUSY;
	if (last >= segment_pages(seg))
		return -ENXIO;
	/* Do not throw everything out for what cannot be done. */
	if (last - first >= segment_pin_max(seg))
		return -ENOMEM;
	range = slab_alloc(pin_cache, POOL_RESERVE);
	if (!range)
		return -ENOMEM;
	range->first = first;
	range->last = last;
	err = mutex_lock_killable(&opener->pin_lock);
	if (!err) {
		err = pins_pin(opener, first, last);
		if (!err)
			pins_add(opener, range);
		else if (unlikely(READ_ONCE(opener->doomed)))
			pins_cut(opener, 0);
		mutex_unlock(&opener->pin_lock);
	}
	if (err)
		slab_free(pin_cache, range);
	return err;
}

static int pins_unpin(struct opener *opener, u64 first, u64 last,
		      struct pin_range **spare)
{
	struct pin_range *range;
	u64 page;

	list_for_each_entry(range, &opener->pins, list)
		if (range->first <= first && range->last >= last)
			break;
	if (list_entry_is_head(range, &opener->pins, list))
		return -EPERM;
	if (!*spare && range->first < first && range->last > last)
		return -ENOMEM;
	for (page = first; page <= last; page++) {
		page_unpin(opener, page);
		cond_resched();
	}
	range_cut(range, first, last, spare);
	return 0;
}

/**
 * segment_unpin - let pages go that were pinned
 * @opener: who pinned them
 * @first: first page
 * @last: last page, inclusive
 *
 * Context: may sleep, killably; no lock held.
 * Return: 0; -EPERM if this opener has not pinned them all: then nothing
 * happened; -ENOMEM, -EINTR.
 */
int segment_unpin(struct opener *opener, u64 first, u64 last)
{
	/* Where all frames are pinned this may fail; it is hardly ever needed. */
	struct pin_range *spare = slab_alloc(pin_cache, POOL_RESERVE);
	int err;

	err = mutex_lock_killable(&opener->pin_lock);
	if (!err) {
		err = pins_unpin(opener, first, last, &spare);
		mutex_unlock(&opener->pin_lock);
	}
	if (spare)
		slab_free(pin_cache, spare);
	return err;
}

/**
 * opener_unpin - end all pins of an opener
 * @opener: the opener; it may pin again
 *
 * Context: may sleep; waits for a call of it that is pinning.
 */
void opener_unpin(struct opener *opener)
{
	mutex_lock(&opener->pin_lock);
	pins_cut(opener, 0);
	mutex_unlock(&opener->pin_lock);
}

/**
 * opener_unpin_doomed - end the pins of an opener whose task is being killed
 * @opener: the opener
 *
 * A call that is pinning may be waiting for the caller; it will find out by
 * itself that it is killed, and end all pins then.
 *
 * Context: may sleep.
 * Return: pages that were unpinned now.
 */
u64 opener_unpin_doomed(struct opener *opener)
{
	u64 pinned;

	WRITE_ONCE(opener->doomed, true);
	if (!mutex_trylock(&opener->pin_lock))
		return 0;
	pinned = atomic_long_read(&opener->pinned);
	pins_cut(opener, 0);
	mutex_unlock(&opener->pin_lock);
	return pinned;
}

/**
 * opener_end - an opener goes away, with its pins
 * @opener: the opener; not freed here
 *
 * Context: may sleep.
 */
void opener_end(struct opener *opener)
{
	struct segment *seg = opener->seg;

	opener_unpin(opener);
	mutex_lock(&seg->openers_lock);
	list_del(&opener->list);
	mutex_unlock(&seg->openers_lock);
}

/**
 * opener_pinned - how many pages an opener has pinned
 * @opener: the opener
 *
 * Others may have pinned the same ones.
 *
 * Context: may sleep; waits for a call of it that is pinning.
 * Return: a number of pages.
 */
u64 opener_pinned(struct opener *opener)
{
	struct pin_range *range;
	u64 pages = 0;

	mutex_lock(&opener->pin_lock);
	list_for_each_entry(range, &opener->pins, list)
		pages += range->last - range->first + 1;
	mutex_unlock(&opener->pin_lock);
	return pages;
}

/**
 * segment_pins_cut - the end of a segment comes nearer
 * @seg: the segment, its new size already visible: nobody pins behind it
 * @pages: its new size
 *
 * Context: may sleep; the segment's inode lock is held.
 */
void segment_pins_cut(struct segment *seg, u64 pages)
{
	struct opener *opener;

	mutex_lock(&seg->openers_lock);
	list_for_each_entry(opener, &seg->openers, list) {
		mutex_lock(&opener->pin_lock);
		pins_cut(opener, pages);
		mutex_unlock(&opener->pin_lock);
	}
	mutex_unlock(&seg->openers_lock);
}
