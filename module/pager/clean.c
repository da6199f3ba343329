// SPDX-License-Identifier: GPL-2.0
/*
 * clean.c - dirty pages go to the store
 *
 * A page is dirty if PG_dirty is set on it or on an entry that maps it.
 * Syncing first collects the entries' bits into PG_dirty (harvest), then
 * writes what is dirty, then flushes the store.
 *
 * The cleaner does the same in the background, a sweep at a time and without
 * the flush, when hardly any victim of eviction is clean, or when a segment
 * that announces writes is over half of its dirty limit.  Each segment has a
 * work item of its own, so that a store that stalls holds up nobody else.
 */
#include "pager/pager.h"

#include <linux/bitmap.h>
#include <linux/sched.h>

/* Frames that the cleaner writes at a time: the scratch of fsync is enough. */
#define SWEEP_FRAMES	min_t(unsigned int, SYNC_FRAMES, 1024)

/* Frames looked at in one RCU section. */
#define COUNT_FRAMES	1024

static struct workqueue_struct *clean_queue;
/* How long fsync tries to find frames that a store in memory needs. */
#define CLEAN_PATIENCE		(10 * HZ)

/**
 * clean_begin - claim a dirty page for writing
 * @frame: resident, its page locked, no write in flight
 *
 * On true the caller must pass the frame to io_write_batch(); it may unlock
 * the page.
 *
 * Context: the page lock is held.
 * Return: false if the page was clean.
 */
bool clean_begin(u32 frame)
{
	if (!folio_test_clear_dirty(kp_folio(pool_page(frame))))
		return false;
	/* Unseen in between only by who does not hold the page lock. */
	atomic_or(FRAME_WRITEBACK, &frame_desc(frame)->flags);
	return true;
}

static bool clean_is_over(const struct segment *seg, u32 frame)
{
	return !frame_test(frame, FRAME_WRITEBACK) || !frame_is_of(seg, frame);
}

/**
 * clean_wait - wait for the write of a page to end
 * @seg: the segment
 * @frame: with a reference
 *
 * Context: may sleep; not with the page locked.
 */
void clean_wait(struct segment *seg, u32 frame)
{
	wait_event(seg->wb_wait, clean_is_over(seg, frame));
}

/* Move dirty bits from entries to PG_dirty, leaving the entries in place. */
static void harvest_in_place(struct segment *seg, u64 first, u64 nr)
{
	pgoff_t start = 0, end = 0;
	unsigned long bit;
	u32 frame;

	down_write(&seg->harvest);
	/* First, so that no entry gets dirty again without a fault. */
	if (READ_ONCE(seg->tune.announce_writes))
		wp_shared_mapping_range(seg->inode->i_mapping, first, nr);
	clean_record_shared_mapping_range(seg->inode->i_mapping, first, nr,
					  first, seg->bitmap, &start, &end);
	/* The bitmap is the only record of these bits now. */
	for (bit = start; bit < end; bit++) {
		if (!__test_and_clear_bit(bit, seg->bitmap))
			continue;
		frame = frame_find_get(seg, first + bit);
		/* A mapped page is resident: evicting needs seg->harvest. */
		if (WARN_ON_ONCE(!frame))
			continue;
		folio_set_dirty(kp_folio(pool_page(frame)));
		frame_put(frame);
	}
	up_write(&seg->harvest);
}

/* Move dirty bits from entries to PG_dirty by unmapping what is dirty. */
static void harvest_by_unmapping(struct segment *seg, u64 first, u64 nr)
{
	struct address_space *mapping = seg->inode->i_mapping;
	struct frame_scan scan;
	u32 frame;

	frame_scan_init(&scan, seg, first, first + nr - 1);
	while ((frame = frame_scan_next(&scan))) {
		u64 pgoff = key_page(READ_ONCE(frame_desc(frame)->key));
		struct page *page = pool_page(frame);

		if (kp_page_mapped(page) && rmap_dirty(mapping, pgoff, page))
			unmap_mapping_range(mapping,
					    (loff_t)pgoff << PAGE_SHIFT,
					    PAGE_SIZE, 0);
		frame_put(frame);
		cond_resched();
	}
}

/*
 * The core's harvest looks at VMAs that are shared and may be written, and at
 * the first other one it does not skip it but ends: walk_page_mapping() takes
 * a test_walk() that says no for the end of the walk.  So with a private or
 * read-only mapping of the segment around ("blind") it cannot be relied on.
 * Blind mappings are counted before they can be seen; one that came and went
 * during the harvest shows in blind_made.
 */
static void harvest_part(struct segment *seg, u64 first, u64 nr)
{
	int made = atomic_read(&seg->blind_made);

	if (!atomic_read(&seg->blind)) {
		harvest_in_place(seg, first, nr);
		if (!atomic_read(&seg->blind) &&
		    made == atomic_read(&seg->blind_made))
			return;
	}
	harvest_by_unmapping(seg, first, nr);
}

static void harvest(struct segment *seg, u64 first, u64 last)
{
	struct address_space *mapping = seg->inode->i_mapping;
	u64 n;

	lockdep_assert_held(&seg->sync_lock);
	if (!mapping_mapped(mapping))
		return;
	/* A segment in memory may be so large that looking takes hours. */
	while ((first = rmap_next(mapping, first)) <= last) {
		n = min(last - first + 1, seg->bitmap_pages);
		harvest_part(seg, first, n);
		first += n;
		cond_resched();
	}
}

/*
 * Claim a frame that is locked and not being written, if it is dirty.  If
 * writes are announced, no entry may let one through unseen afterwards: those
 * that harvesting left writable are taken away, which is rare.
 */
static bool clean_claim_locked(struct segment *seg, u32 frame)
{
	struct address_space *mapping = seg->inode->i_mapping;
	struct page *page = pool_page(frame);
	u64 pgoff = key_page(frame_desc(frame)->key);

	if (!frame_is_of(seg, frame))
		return false;
	if (READ_ONCE(seg->tune.announce_writes) && PageDirty(page) &&
	    kp_page_mapped(page) &&
	    (rmap_writable(mapping, pgoff, page) ||
	     rmap_dirty(mapping, pgoff, page)))
		unmap_mapping_range(mapping, (loff_t)pgoff << PAGE_SHIFT,
				    PAGE_SIZE, 0);
	return clean_begin(frame);
}

/*
 * Claim a frame if it is dirty, after any write of it that is in flight.  A
 * look without the page lock would not do: a page that is being claimed, or
 * whose write just failed, can look neither dirty nor written.
 */
static bool clean_claim(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);
	bool claimed;

	for (;;) {
		clean_wait(seg, frame);
		lock_page(page);
		if (clean_is_over(seg, frame))
			break;
		unlock_page(page);
	}
	claimed = clean_claim_locked(seg, frame);
	unlock_page(page);
	return claimed;
}

/*
 * A store that takes frames of the pool needs some before it frees any: fsync
 * frees none.  If there are none, the write says so.
 */
static void clean_make_room(struct segment *seg, unsigned int nr)
{
	unsigned long since = jiffies;

	while (pool_available_frames() < nr &&
	       !time_after(jiffies, since + CLEAN_PATIENCE))
		if (frame_reclaim_direct(seg, STORE_FREE, since))
			break;
}

/* Frames are claimed while room is made: few, if the store takes some. */
static unsigned int clean_batch(const struct segment *seg)
{
	return seg->store->takes_frames ? EVICT_BATCH : SYNC_FRAMES;
}

static int clean_write(struct segment *seg, unsigned int nr)
{
	struct pager_batch batch;

	if (seg->store->takes_frames)
		clean_make_room(seg, nr);
	io_batch_init(&batch);
	io_write_batch(seg, seg->sync_frames, nr, &batch, STORE_FREE);
	return io_batch_wait(&batch);
}

/*
 * Write the dirty pages of a range.  All of it is tried, whatever fails; the
 * first error is returned.
 */
static int clean_range(struct segment *seg, u64 first, u64 last)
{
	unsigned int max = clean_batch(seg);
	struct frame_scan scan;
	unsigned int nr = 0;
	int err = 0, e;
	u32 frame;

	frame_scan_init(&scan, seg, first, last);
	do {
		frame = frame_scan_next(&scan);
		if (frame) {
			if (clean_claim(seg, frame))
				seg->sync_frames[nr++] = frame;
			frame_put(frame);
			cond_resched();
		}
		if (nr == max || (!frame && nr)) {
			e = clean_write(seg, nr);
			err = err ?: e;
			nr = 0;
		}
	} while (frame);
	return err;
}

/*
 * The store did not flush, and what it was given since it last did may be
 * lost.  Which pages these are nobody wrote down: all that are resident are
 * taken for dirty, so that they are written again.  A page that was evicted
 * since cannot be; every opener hears of the failure.
 */
static void segment_redirty(struct segment *seg)
{
	struct frame_scan scan;
	u32 frame;

	frame_scan_init(&scan, seg, 0, segment_pages(seg) - 1);
	while ((frame = frame_scan_next(&scan))) {
		struct page *page = pool_page(frame);

		lock_page(page);
		if (frame_is_of(seg, frame) &&
		    frame_test(frame, FRAME_UPTODATE))
			frame_set_dirty(seg, frame);
		unlock_page(page);
		frame_put(frame);
		cond_resched();
	}
}

/* As clean_range(); what only lacked memory is tried again for a while. */
static int clean_range_patiently(struct segment *seg, u64 first, u64 last)
{
	unsigned long since = jiffies;
	int err;

	do {
		err = clean_range(seg, first, last);
	} while (err == -ENOMEM &&
		 !time_after(jiffies, since + CLEAN_PATIENCE) &&
		 !frame_reclaim_direct(seg, STORE_FREE, since));
	return err;
}

/**
 * segment_clean - write the pages of a range that are known to be dirty
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive, inside the segment
 *
 * Dirty bits of entries stay where they are, and the store is not flushed: it
 * is segment_sync() that makes anything durable.  What fails stays dirty and
 * resident, and is in the mapping's error record.
 *
 * Context: may sleep; no page lock and no fault lock held.
 */
void segment_clean(struct segment *seg, u64 first, u64 last)
{
	mutex_lock(&seg->sync_lock);
	clean_range(seg, first, last);
	mutex_unlock(&seg->sync_lock);
}

/**
 * segment_sync - put the dirty pages of a range on the store, durably
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive, inside the segment
 *
 * Pages whose write failed before are tried again.  What fails stays dirty
 * and resident.  When the flush fails, all resident pages of the
 * segment become dirty, and are written again next time.
 *
 * Context: may sleep; no page lock and no fault lock held.
 * Return: 0 when all of it is on the store and the store was flushed, the
 * error of the store, or -EIO if pages of an anonymous segment were dropped.
 */
int segment_sync(struct segment *seg, u64 first, u64 last)
{
	int err;

	/* Dirty pages may be among those that were dropped. */
	if (READ_ONCE(seg->dropped))
		return -EIO;
	/* Pages that were purged are zeros, which the store has not got. */
	err = segment_forget_settle(seg, first, last);
	if (err)
		return err;
	mutex_lock(&seg->sync_lock);
	harvest(seg, first, last);
	err = clean_range_patiently(seg, first, last);
	if (!err) {
		err = store_flush(seg->store);
		/* The store says so once; every opener has to hear of it. */
		if (err) {
			mapping_set_error(seg->inode->i_mapping, err);
			segment_error_record(seg, KPAGER_OP_FLUSH, 0, 0, err);
			segment_redirty(seg);
		}
	}
	mutex_unlock(&seg->sync_lock);
	return err;
}

/**
 * segment_dirty - count pages that are known to be newer than the store
 * @seg: the segment
 *
 * Pages that are being written count: they are not on the store yet.
 *
 * Context: may sleep.
 * Return: a number of pages, exact only while nobody uses it.
 */
u64 segment_dirty(struct segment *seg)
{
	long left = atomic_long_read(&seg->resident);
	struct frame_scan scan;
	u64 dirty = 0;
	u32 frame;

	/* Of a large segment little may be resident: no further than needed. */
	frame_scan_init(&scan, seg, 0, segment_pages(seg) - 1);
	while (left-- > 0 && (frame = frame_scan_next(&scan))) {
		if (PageDirty(pool_page(frame)) ||
		    frame_test(frame, FRAME_WRITEBACK))
			dirty++;
		frame_put(frame);
		cond_resched();
	}
	return dirty;
}

/* Count some frames by number.  Return false at the end. */
static bool dirty_count_some(u32 *pos, u32 *dirty)
{
	unsigned int left = COUNT_FRAMES;
	u32 frame = 0;
	u64 key;

	rcu_read_lock();
	while (left-- && (frame = pool_frame_next(*pos))) {
		*pos = frame + 1;
		key = READ_ONCE(frame_desc(frame)->key);
		if (key && (PageDirty(pool_page(frame)) ||
			    frame_test(frame, FRAME_WRITEBACK)))
			dirty[key_segment(key)]++;
	}
	rcu_read_unlock();
	return frame;
}

/**
 * segments_dirty - count the dirty pages of all segments
 * @dirty: SEGMENT_ID_MAX + 1 numbers, all zero, by the ids of segments
 *
 * As segment_dirty() of each would, but every frame of the pool is looked at
 * once, and no reference is taken: a page that leaves meanwhile may count.
 *
 * Context: may sleep.
 */
void segments_dirty(u32 *dirty)
{
	u32 pos = 0;

	while (dirty_count_some(&pos, dirty))
		cond_resched();
}

/* Claim a frame for the cleaner, if that takes no waiting. */
static bool sweep_claim(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);
	bool claimed;

	if (!PageDirty(page) || frame_test(frame, FRAME_WRITEBACK) ||
	    !trylock_page(page))
		return false;
	claimed = !frame_test(frame, FRAME_WRITEBACK) &&
		frame_test(frame, FRAME_UPTODATE) &&
		clean_claim_locked(seg, frame);
	unlock_page(page);
	return claimed;
}

/* Claim up to @want dirty frames, from where the last sweep stopped. */
static unsigned int sweep_collect(struct segment *seg, unsigned int want)
{
	unsigned int nr = 0, ends = 0;
	u32 frame;

	while (nr < want && ends < 2) {
		frame = frame_scan_next(&seg->sweep);
		if (!frame) {
			frame_scan_init(&seg->sweep, seg, 0,
					segment_pages(seg) - 1);
			ends++;
			continue;
		}
		if (sweep_claim(seg, frame))
			seg->sync_frames[nr++] = frame;
		frame_put(frame);
		cond_resched();
	}
	return nr;
}

/* Write some dirty pages.  Return how many, or 0 if it does not work. */
static unsigned int sweep(struct segment *seg)
{
	u64 quarter = atomic_long_read(&seg->resident) / 4 + 1;
	unsigned int nr, max = min(clean_batch(seg), SWEEP_FRAMES);
	int err = 0;

	/* Enough to see whether the store works again. */
	if (segment_write_failed(seg))
		max = min(max, EVICT_BATCH);
	mutex_lock(&seg->sync_lock);
	harvest(seg, 0, segment_pages(seg) - 1);
	nr = sweep_collect(seg, min_t(u64, quarter, max));
	if (nr)
		err = clean_write(seg, nr);
	mutex_unlock(&seg->sync_lock);
	segment_count_add(seg, pages_swept, nr);
	return err ? 0 : nr;
}

static void clean_work(struct work_struct *work)
{
	struct segment *seg = container_of(work, struct segment, clean_work);

	/* The store just said no: whoever needs this asks again. */
	if (segment_writes_rest(seg))
		return;
	while (sweep(seg) && dirty_over_half(seg))
		cond_resched();
}

/**
 * segment_clean_init - prepare the cleaner of a new segment
 * @seg: the segment
 *
 * Context: any.
 */
void segment_clean_init(struct segment *seg)
{
	INIT_WORK(&seg->clean_work, clean_work);
	init_waitqueue_head(&seg->dirty_wait);
	/* The first sweep finds the end and begins anew. */
	frame_scan_init(&seg->sweep, seg, 1, 0);
}

/**
 * segment_clean_start - have the cleaner write some dirty pages
 * @seg: the segment; it does not go away meanwhile
 *
 * Context: any; does not sleep.
 */
void segment_clean_start(struct segment *seg)
{
	queue_work(clean_queue, &seg->clean_work);
}

/**
 * segment_clean_queue - have the cleaner's workers do something else
 * @work: what, of a segment that does not go away meanwhile
 *
 * Context: any; does not sleep.
 */
void segment_clean_queue(struct work_struct *work)
{
	queue_work(clean_queue, work);
}

/**
 * segment_clean_stop - wait for the cleaner to end
 * @seg: a segment that nobody uses any more
 *
 * Context: may sleep; waits for the store.
 */
void segment_clean_stop(struct segment *seg)
{
	cancel_work_sync(&seg->clean_work);
	cancel_work_sync(&seg->expire_work);
}

/**
 * clean_init - bring the cleaner up
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int clean_init(void)
{
	clean_queue = alloc_workqueue("kpager_clean",
				      WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return clean_queue ? 0 : -ENOMEM;
}

/**
 * clean_exit - tear the cleaner down; no segment is left
 *
 * Context: may sleep.
 */
void clean_exit(void)
{
	destroy_workqueue(clean_queue);
}
