// SPDX-License-Identifier: GPL-2.0
/*
 * volatile.c - ranges that may be forgotten
 *
 * Somebody declared that the contents of a range can be made again: when
 * frames are short, its pages are discarded before anything is evicted, dirty
 * or not, and without a write; the range that was declared first goes first.
 * A purged page reads as zeros, whatever its store has.  The state belongs to
 * the segment, as the contents do.  After ashmem of Android, and the volatile
 * ranges that were proposed for Linux (J. Stultz, 2012).
 *
 * What is known of a page are three bits:
 *
 *	MARKED	it is volatile
 *	LOST	it was purged since; told, and cleared, by segment_nonvolatile()
 *	ZERO	it is absent, and its store has something else than it should:
 *		zeros.  Cleared when it comes into a frame, which is dirty then.
 *		A store in memory forgets the page instead
 *
 * They lie in chunks, which are made when a page is declared volatile, so that
 * purging needs no memory, and stay as long as the segment.  Bits are changed
 * atomically, MARKED and LOST under segment.forget.lock, ZERO with the page
 * locked and in the index, so that nobody else brings it in meanwhile.
 */
#include "pager/pager.h"

#include <linux/bitmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/xarray.h>

#define CHUNK_PAGES	8192u
/* Ranges that a segment may have, and with what is left of those it had. */
#define RANGES_MAX	4096u
#define PARTS_MAX	(2 * RANGES_MAX)
/* In how many ranges frames are looked for in vain, each time. */
#define LOOKS_MAX	64u
/* Pages that were spared the first time are tried again so often. */
#define RESCAN_DELAY	(HZ / 10)

enum chunk_bit {
	CHUNK_MARKED,
	CHUNK_LOST,
	CHUNK_ZERO,
	CHUNK_NR_BITS
};

/**
 * struct volatile_chunk - the bits of some pages
 * @bits: see above
 */
struct volatile_chunk {
	unsigned long bits[CHUNK_NR_BITS][BITS_TO_LONGS(CHUNK_PAGES)];
};

/**
 * struct volatile_range - pages that were declared volatile together
 * @list: in the list of the segment, or of those that are being made
 * @age: when, by forget_clock
 * @scan: how far its frames were purged
 * @scanned: to the end
 * @stored: how far the store was asked to forget it
 * @forgotten: to the end
 */
struct volatile_range {
	struct list_head list;
	u64 age;
	struct frame_scan scan;
	bool scanned;
	u64 stored;
	bool forgotten;
};

/* Counts ranges as they are declared, of all segments. */
static atomic64_t forget_clock;
/* Volatile pages of all segments. */
static atomic_long_t forget_pages;

/**
 * segment_forget_init - a new segment has no volatile pages
 * @seg: the segment
 *
 * Context: any.
 */
void segment_forget_init(struct segment *seg)
{
	struct segment_forget *forget = &seg->forget;

	mutex_init(&forget->lock);
	INIT_LIST_HEAD(&forget->ranges);
	forget->oldest = U64_MAX;
	forget->first = U64_MAX;
	xa_init(&forget->chunks);
	forget->rescan_at = jiffies;
}

/* ---- bits ------------------------------------------------------------- */

static struct volatile_chunk *chunk_of(struct segment *seg, u64 pgoff)
{
	return xa_load(&seg->forget.chunks, pgoff / CHUNK_PAGES);
}

static bool page_test(struct segment *seg, u64 pgoff, enum chunk_bit bit)
{
	struct volatile_chunk *chunk = chunk_of(seg, pgoff);

	return chunk && test_bit(pgoff % CHUNK_PAGES, chunk->bits[bit]);
}

/*
 * The first page from @pgoff to @last whose bit is @set, or @last + 1.
 * Without a chunk it is not set.
 */
static u64 page_next(struct segment *seg, u64 pgoff, u64 last,
		     enum chunk_bit bit, bool set)
{
	while (pgoff <= last) {
		unsigned long i = pgoff / CHUNK_PAGES;
		unsigned int at = pgoff % CHUNK_PAGES;
		struct volatile_chunk *chunk = chunk_of(seg, pgoff);

		if (!chunk && !set)
			return pgoff;
		if (!chunk) {
			/* Far to the next one, maybe. */
			chunk = xa_find(&seg->forget.chunks, &i,
					last / CHUNK_PAGES, XA_PRESENT);
			at = 0;
		}
		if (!chunk)
			break;
		at = set ? find_next_bit(chunk->bits[bit], CHUNK_PAGES, at) :
			find_next_zero_bit(chunk->bits[bit], CHUNK_PAGES, at);
		pgoff = (u64)i * CHUNK_PAGES + at;
		if (at < CHUNK_PAGES)
			return min(pgoff, last + 1);
		cond_resched();
	}
	return last + 1;
}

/* Set or clear a bit of a range that has all its chunks where it matters. */
static u64 pages_change(struct segment *seg, u64 first, u64 last,
			enum chunk_bit bit, bool set)
{
	u64 page, changed = 0;

	for (page = page_next(seg, first, last, bit, !set); page <= last;
	     page = page_next(seg, page + 1, last, bit, !set)) {
		unsigned long *bits = chunk_of(seg, page)->bits[bit];

		if (set)
			changed += !test_and_set_bit(page % CHUNK_PAGES, bits);
		else
			changed += test_and_clear_bit(page % CHUNK_PAGES, bits);
	}
	return changed;
}

static int chunks_make(struct segment *seg, u64 first, u64 last)
{
	struct xarray *chunks = &seg->forget.chunks;
	struct volatile_chunk *chunk;
	unsigned long i;
	int err;

	for (i = first / CHUNK_PAGES; i <= last / CHUNK_PAGES; i++) {
		if (xa_load(chunks, i))
			continue;
		chunk = kzalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);
		if (!chunk)
			return -ENOMEM;
		err = xa_err(xa_store(chunks, i, chunk, GFP_KERNEL_ACCOUNT));
		if (err) {
			kfree(chunk);
			return err;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* ---- ranges ----------------------------------------------------------- */

static void range_set(struct segment *seg, struct volatile_range *range,
		      u64 first, u64 last)
{
	frame_scan_init(&range->scan, seg, first, last);
	range->scanned = false;
	range->stored = first;
	range->forgotten = false;
}

static struct volatile_range *range_new(struct segment *seg, u64 first,
					u64 last, u64 age)
{
	struct volatile_range *range;

	range = kmalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return NULL;
	range->age = age;
	range_set(seg, range, first, last);
	return range;
}

static void ranges_free(struct list_head *ranges)
{
	struct volatile_range *range, *next;

	list_for_each_entry_safe(range, next, ranges, list)
		kfree(range);
}

/* The oldest range that may have something, in its store as well if @store. */
static struct volatile_range *range_first(struct segment *seg, bool store)
{
	struct volatile_range *range;

	list_for_each_entry(range, &seg->forget.ranges, list)
		if (!range->scanned || (store && !range->forgotten))
			return range;
	return NULL;
}

/* What segments_discard() sees of a segment. */
static void forget_update(struct segment *seg)
{
	struct segment_forget *forget = &seg->forget;
	struct volatile_range *range = range_first(seg, true);

	lockdep_assert_held(&forget->lock);
	WRITE_ONCE(forget->oldest, range ? range->age : U64_MAX);
	range = list_first_entry_or_null(&forget->ranges,
					 struct volatile_range, list);
	WRITE_ONCE(forget->first, range ? range->age : U64_MAX);
}

static void forget_count(struct segment *seg, long pages)
{
	atomic_long_add(pages, &seg->forget.pages);
	atomic_long_add(pages, &forget_pages);
}

/**
 * segment_volatile_pages - how many pages of a range are volatile
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 *
 * Context: may sleep, no lock needed: a range that is being declared may
 * count in part.
 * Return: the number.
 */
u64 segment_volatile_pages(struct segment *seg, u64 first, u64 last)
{
	u64 page, end, nr = 0;

	if (!atomic_long_read(&seg->forget.pages))
		return 0;
	for (page = page_next(seg, first, last, CHUNK_MARKED, true);
	     page <= last;
	     page = page_next(seg, end, last, CHUNK_MARKED, true)) {
		end = page_next(seg, page, last, CHUNK_MARKED, false);
		nr += end - page;
	}
	return nr;
}

/* ---- declaring -------------------------------------------------------- */

/* New ranges for what is not volatile yet; that keeps its age otherwise. */
static int ranges_make(struct segment *seg, u64 first, u64 last,
		       struct list_head *made, unsigned int *nr)
{
	u64 age = atomic64_inc_return(&forget_clock);
	struct volatile_range *range;
	u64 start, end;

	*nr = 0;
	for (start = page_next(seg, first, last, CHUNK_MARKED, false);
	     start <= last;
	     start = page_next(seg, end, last, CHUNK_MARKED, false)) {
		end = page_next(seg, start, last, CHUNK_MARKED, true);
		if (seg->forget.nr + ++*nr > RANGES_MAX)
			return -ENOMEM;
		range = range_new(seg, start, end - 1, age);
		if (!range)
			return -ENOMEM;
		list_add_tail(&range->list, made);
	}
	return 0;
}

static int forget_mark(struct segment *seg, u64 first, u64 last)
{
	struct segment_forget *forget = &seg->forget;
	unsigned int nr;
	LIST_HEAD(made);
	int err;

	lockdep_assert_held(&forget->lock);
	/* Who makes the segment smaller comes here afterwards. */
	if (last >= segment_pages(seg))
		return -ENXIO;
	err = chunks_make(seg, first, last);
	if (!err)
		err = ranges_make(seg, first, last, &made, &nr);
	if (err) {
		ranges_free(&made);
		return err;
	}
	forget->nr += nr;
	list_splice_tail(&made, &forget->ranges);
	forget_count(seg, pages_change(seg, first, last, CHUNK_MARKED, true));
	forget_update(seg);
	return 0;
}

/**
 * segment_volatile - declare that pages may be forgotten
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 *
 * Context: may sleep, killably; no lock held.
 * Return: 0; -ENXIO (behind the end), -EBUSY (the segment is deterministic),
 * -ENOMEM (also: too many ranges), -EINTR; then nothing happened.
 */
int segment_volatile(struct segment *seg, u64 first, u64 last)
{
	int err;

	if (seg->deterministic)
		return -EBUSY;
	if (last >= segment_pages(seg))
		return -ENXIO;
	err = mutex_lock_killable(&seg->forget.lock);
	if (err)
		return err;
	err = forget_mark(seg, first, last);
	mutex_unlock(&seg->forget.lock);
	return err;
}

static void range_del(struct segment *seg, struct volatile_range *range)
{
	seg->forget.nr--;
	list_del(&range->list);
	kfree(range);
}

/*
 * Take pages out of a range; what is left begins to be scanned anew.  -ENOMEM,
 * and nothing happened, if it would fall in two and there are enough.
 */
static int range_cut(struct segment *seg, struct volatile_range *range,
		     u64 first, u64 last, struct volatile_range **spare)
{
	u64 start = range->scan.first, end = range->scan.last;

	if (end < first || start > last)
		return 0;
	if (start >= first && end <= last) {
		range_del(seg, range);
	} else if (start < first && end > last) {
		if (seg->forget.nr >= PARTS_MAX)
			return -ENOMEM;
		range_set(seg, *spare, last + 1, end);
		(*spare)->age = range->age;
		list_add(&(*spare)->list, &range->list);
		*spare = NULL;
		seg->forget.nr++;
		range_set(seg, range, start, first - 1);
	} else if (start < first) {
		range_set(seg, range, start, first - 1);
	} else {
		range_set(seg, range, last + 1, end);
	}
	return 0;
}

static int forget_unmark(struct segment *seg, u64 first, u64 last,
			 struct volatile_range **spare)
{
	struct volatile_range *range, *next;
	int err;

	list_for_each_entry_safe(range, next, &seg->forget.ranges, list) {
		err = range_cut(seg, range, first, last, spare);
		/* A range with both ends outside is the only one to be cut. */
		if (err)
			return err;
	}
	forget_count(seg, -(long)pages_change(seg, first, last, CHUNK_MARKED,
					      false));
	forget_update(seg);
	return 0;
}

/**
 * segment_nonvolatile - declare that pages are needed again
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 * @purged: receives how many of them were purged since they were declared
 *	volatile: they read as zeros, but for what was written to them since
 *
 * Pages that are not volatile stay so.
 *
 * Context: may sleep, killably; no lock held.
 * Return: 0; -ENXIO (behind the end), -ENOMEM (also: too many parts of
 * ranges), -EINTR; then nothing happened.
 */
int segment_nonvolatile(struct segment *seg, u64 first, u64 last, u64 *purged)
{
	struct volatile_range *spare;
	int err;

	if (last >= segment_pages(seg))
		return -ENXIO;
	spare = range_new(seg, 0, 0, 0);
	if (!spare)
		return -ENOMEM;
	err = mutex_lock_killable(&seg->forget.lock);
	if (!err) {
		err = forget_unmark(seg, first, last, &spare);
		if (!err)
			*purged = pages_change(seg, first, last, CHUNK_LOST,
					       false);
		mutex_unlock(&seg->forget.lock);
	}
	kfree(spare);
	return err;
}

/**
 * segment_forget_cut - the end of a segment comes nearer
 * @seg: the segment, its new size already visible
 * @pages: its new size
 *
 * What lies behind it is what its store has, should it grow again.
 *
 * Context: may sleep; the segment's inode lock is held.
 */
void segment_forget_cut(struct segment *seg, u64 pages)
{
	struct volatile_chunk *chunk;
	unsigned long i;
	u64 last = 0;

	mutex_lock(&seg->forget.lock);
	xa_for_each_start(&seg->forget.chunks, i, chunk, pages / CHUNK_PAGES)
		last = (u64)i * CHUNK_PAGES + CHUNK_PAGES - 1;
	if (last >= pages) {
		/* Nothing lies on both sides of what ends at the end. */
		forget_unmark(seg, pages, last, NULL);
		pages_change(seg, pages, last, CHUNK_LOST, false);
		atomic_long_sub(pages_change(seg, pages, last, CHUNK_ZERO,
					     false), &seg->forget.zero);
	}
	mutex_unlock(&seg->forget.lock);
}

/**
 * segment_forget_exit - a segment goes away, and nobody uses it
 * @seg: the segment, as segment_forget_init() left it or later
 *
 * Context: may sleep.
 */
void segment_forget_exit(struct segment *seg)
{
	struct volatile_chunk *chunk;
	unsigned long i;

	forget_count(seg, -atomic_long_read(&seg->forget.pages));
	ranges_free(&seg->forget.ranges);
	xa_for_each(&seg->forget.chunks, i, chunk)
		kfree(chunk);
	xa_destroy(&seg->forget.chunks);
}

/* ---- purging ---------------------------------------------------------- */

/**
 * forget_purge - discard a volatile page
 * @seg: the segment; its forget.lock is held
 * @frame: readable, not being written, locked, unmapped
 *
 * Context: may sleep; the page lock is held and is given up on success.
 * Return: true if the frame is free now; never if its page is not volatile.
 */
bool forget_purge(struct segment *seg, u32 frame)
{
	u64 pgoff = key_page(frame_desc(frame)->key);
	struct volatile_chunk *chunk = chunk_of(seg, pgoff);
	unsigned int at = pgoff % CHUNK_PAGES;
	bool lost, forgot;

	lockdep_assert_held(&seg->forget.lock);
	if (!chunk || !test_bit(at, chunk->bits[CHUNK_MARKED]))
		return false;
	/* Spare the store if it cannot succeed. */
	if (page_ref_count(pool_page(frame)) != 1)
		return false;
	lost = test_and_set_bit(at, chunk->bits[CHUNK_LOST]);
	/* Until the frame is unlocked nobody asks for the page. */
	forgot = store_forget(seg->store, pgoff);
	if (!forgot) {
		atomic_long_inc(&seg->forget.zero);
		set_bit(at, chunk->bits[CHUNK_ZERO]);
	}
	if (frame_release(seg, frame, POLICY_DROP)) {
		segment_count(seg, purged);
		return true;
	}
	/* Somebody took a reference just now: the page stays, as it is. */
	if (!lost)
		clear_bit(at, chunk->bits[CHUNK_LOST]);
	if (forgot) {
		frame_set_dirty(seg, frame);
	} else {
		clear_bit(at, chunk->bits[CHUNK_ZERO]);
		atomic_long_dec(&seg->forget.zero);
	}
	return false;
}

static int victim_compare(const void *a, const void *b)
{
	const struct evict_victim *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/*
 * Have the store give up what it has of an absent page.  While a frame stands
 * for the page in the index, nobody asks the store for it.
 */
static bool page_forget(struct segment *seg, u64 pgoff, u32 frame)
{
	struct volatile_chunk *chunk = chunk_of(seg, pgoff);
	struct page *page = pool_page(frame);
	bool absent;

	/* Somebody astray may have it locked for a moment. */
	lock_page(page);
	absent = !index_insert(frame_key(seg, pgoff), frame);
	if (absent) {
		set_bit(pgoff % CHUNK_PAGES, chunk->bits[CHUNK_LOST]);
		store_forget(seg->store, pgoff);
		segment_count(seg, purged);
		index_remove(frame);
	}
	unlock_page(page);
	return absent;
}

/* Have it give up some pages of a range.  Return how many. */
static unsigned int range_forget(struct segment *seg,
				 struct volatile_range *range,
				 unsigned int want)
{
	u64 page, last = range->scan.last;
	unsigned int n = 0;
	u32 frame;

	page = store_next(seg->store, range->stored, last);
	frame = page > last ? 0 :
		pool_frame_alloc(POOL_NOWAIT | POOL_RESERVE);
	for (; frame && n < want && page <= last;
	     page = store_next(seg->store, page + 1, last)) {
		n += page_forget(seg, page, frame);
		cond_resched();
	}
	if (frame)
		pool_frame_free(frame);
	else if (page <= last)
		WRITE_ONCE(seg->forget.again, true);
	range->stored = page;
	range->forgotten = page > last || !frame;
	return n;
}

/* Purge some pages of a range.  Return how many. */
static unsigned int range_purge(struct segment *seg,
				struct volatile_range *range, unsigned int want)
{
	u64 first = frame_key(seg, range->scan.first);
	u64 last = frame_key(seg, range->scan.last);
	struct evict_victim victims[EVICT_BATCH];
	unsigned int n = 0, freed;
	u32 frame;
	u64 key;

	want = min_t(unsigned int, want, EVICT_BATCH);
	while (n < want) {
		frame = frame_scan_next(&range->scan);
		if (!frame) {
			range->scanned = true;
			break;
		}
		/*
		 * If its read just failed, it may hold another page by now,
		 * which nobody said could be forgotten.
		 */
		key = READ_ONCE(frame_desc(frame)->key);
		if (key >= first && key <= last) {
			victims[n].frame = frame;
			victims[n++].key = key;
		}
		frame_put(frame);
	}
	/* Neighbours are unmapped together. */
	sort(victims, n, sizeof(*victims), victim_compare, NULL);
	freed = segment_evict_volatile(seg, victims, n);
	if (freed < n)
		WRITE_ONCE(seg->forget.again, true);
	return freed;
}

/* Pages were spared, or came back: begin anew, but not all the time. */
static bool forget_rescan(struct segment *seg)
{
	struct segment_forget *forget = &seg->forget;
	struct volatile_range *range;

	if (!READ_ONCE(forget->again) ||
	    time_before(jiffies, READ_ONCE(forget->rescan_at)))
		return false;
	WRITE_ONCE(forget->again, false);
	WRITE_ONCE(forget->rescan_at, jiffies + RESCAN_DELAY);
	list_for_each_entry(range, &forget->ranges, list)
		range_set(seg, range, range->scan.first, range->scan.last);
	return !list_empty(&forget->ranges);
}

/*
 * For the segment itself (@own), many ranges, but no more than frames help; for
 * the pool, of the oldest range, also what its store has.  Who waits for it may
 * be anybody: what one call did not look at is left to the next.  Return how
 * many pages went.
 */
static unsigned int forget_discard(struct segment *seg, unsigned int want,
				   bool own)
{
	unsigned int n, freed = 0, vain = 0;
	struct volatile_range *range;

	/* Who holds it may be asking for memory. */
	if (!atomic_long_read(&seg->forget.pages) ||
	    !mutex_trylock(&seg->forget.lock))
		return 0;
	while (freed < want && vain < LOOKS_MAX) {
		range = range_first(seg, !own);
		if (!range && forget_rescan(seg))
			range = range_first(seg, !own);
		if (!range)
			break;
		n = range->scanned ?
			range_forget(seg, range, want - freed) :
			range_purge(seg, range, want - freed);
		freed += n;
		vain += !n;
		if (!own && (freed || (range->scanned && range->forgotten)))
			break;
		cond_resched();
	}
	forget_update(seg);
	mutex_unlock(&seg->forget.lock);
	return freed;
}

/**
 * segment_discard - discard volatile pages of a segment, the oldest first
 * @seg: the segment
 * @want: how many frames are needed
 *
 * Pages that are pinned, held, locked or being written are spared.  Neither
 * I/O nor memory is needed.
 *
 * Context: may sleep; no page lock held.  Also from a shrinker.
 * Return: the number of pages that were discarded.
 */
unsigned int segment_discard(struct segment *seg, unsigned int want)
{
	return forget_discard(seg, want, true);
}

/* When its oldest range was declared that may have something, or U64_MAX. */
static u64 forget_age(struct segment *seg)
{
	struct segment_forget *forget = &seg->forget;
	u64 age;

	if (!atomic_long_read(&forget->pages))
		return U64_MAX;
	age = READ_ONCE(forget->oldest);
	if (age == U64_MAX && READ_ONCE(forget->again) &&
	    !time_before(jiffies, READ_ONCE(forget->rescan_at)))
		age = READ_ONCE(forget->first);
	return age;
}

/* The segment with the oldest volatile range, with a reference, or NULL. */
static struct segment *segments_oldest(u64 *age)
{
	struct segment *seg = NULL, *oldest = NULL;
	u32 id = 0;

	*age = U64_MAX;
	while ((seg = segment_next_get(seg))) {
		u64 a = forget_age(seg);

		if (a < *age) {
			*age = a;
			id = seg->id;
		}
	}
	if (id)
		oldest = segment_get_id(id);
	return oldest;
}

/**
 * segments_discard - discard volatile pages, the oldest of all segments first
 * @want: how many frames are needed; an absent page that a store in memory
 *	gives up counts as one
 *
 * Context: may sleep; no page lock held.  Also from a shrinker.
 * Return: the number of pages that were discarded.
 */
unsigned int segments_discard(unsigned int want)
{
	unsigned int n, freed = 0, vain = 0;
	struct segment *seg;
	u64 age, now;

	if (likely(!atomic_long_read(&forget_pages)))
		return 0;
	while (freed < want && vain < LOOKS_MAX) {
		seg = segments_oldest(&age);
		if (!seg)
			break;
		n = forget_discard(seg, want - freed, false);
		now = forget_age(seg);
		segment_put(seg);
		freed += n;
		vain += !n;
		/* Somebody else is at it, or it cannot be had. */
		if (!n && now == age)
			break;
	}
	return freed;
}

/* ---- coming back ------------------------------------------------------ */

/* The page of a locked frame in the index is zeros now, if it should be. */
static bool forget_take_zero(struct segment *seg, u64 pgoff)
{
	struct volatile_chunk *chunk = chunk_of(seg, pgoff);

	if (!chunk || !test_and_clear_bit(pgoff % CHUNK_PAGES,
					  chunk->bits[CHUNK_ZERO]))
		return false;
	atomic_long_dec(&seg->forget.zero);
	return true;
}

static void forget_came(struct segment *seg, u64 pgoff)
{
	if (!READ_ONCE(seg->forget.again) &&
	    page_test(seg, pgoff, CHUNK_MARKED))
		WRITE_ONCE(seg->forget.again, true);
}

/**
 * forget_fill - fill frames of purged pages with zeros
 * @seg: the segment
 * @frames: in the index, their pages locked; those that are filled are
 *	unlocked, the others remain here
 * @nr: how many
 *
 * Context: any process context.
 * Return: how many remain.
 */
unsigned int forget_fill(struct segment *seg, u32 *frames, unsigned int nr)
{
	unsigned int i, left = 0;

	for (i = 0; i < nr; i++) {
		u32 frame = frames[i];
		u64 pgoff = key_page(frame_desc(frame)->key);

		forget_came(seg, pgoff);
		if (!forget_take_zero(seg, pgoff)) {
			frames[left++] = frame;
			continue;
		}
		clear_page(pool_addr(frame));
		frame_set_dirty(seg, frame);
		/* What was written before can be read. */
		smp_mb__before_atomic();
		atomic_or(FRAME_UPTODATE, &frame_desc(frame)->flags);
		unlock_page(pool_page(frame));
	}
	return left;
}

/**
 * forget_written - an absent page was replaced as a whole
 * @seg: the segment
 * @frame: its frame, in the index and dirty, its page locked
 *
 * Context: any process context.
 */
void forget_written(struct segment *seg, u32 frame)
{
	u64 pgoff = key_page(frame_desc(frame)->key);

	forget_came(seg, pgoff);
	forget_take_zero(seg, pgoff);
}

/**
 * segment_forget_settle - bring purged pages in that are needed again
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 *
 * Dirty as they come, they are then written like others.  Those that are still
 * volatile stay where they are.
 *
 * Context: may sleep, killably; no lock held.
 * Return: 0 or a negative errno as frame_get().
 */
int segment_forget_settle(struct segment *seg, u64 first, u64 last)
{
	u64 page;
	u32 frame;
	int err;

	if (likely(!atomic_long_read(&seg->forget.zero)))
		return 0;
	for (page = page_next(seg, first, last, CHUNK_ZERO, true);
	     page <= last;
	     page = page_next(seg, page + 1, last, CHUNK_ZERO, true)) {
		if (page_test(seg, page, CHUNK_MARKED))
			continue;
		err = frame_get(seg, page, STORE_FREE, NULL, &frame);
		/* Cut off: there is nothing to write any more. */
		if (err == -ENXIO)
			return 0;
		if (err)
			return err;
		frame_put(frame);
		cond_resched();
	}
	return 0;
}
