// SPDX-License-Identifier: GPL-2.0
/*
 * frame.c - pages of segments come into frames and leave them
 *
 * Arrays on the stack are filled before they are read; some kernels are built
 * to zero them first, and are told not to (__uninitialized).
 */
#include "pager/move.h"
#include "pager/pager.h"
#include "pager/trace.h"

#include <linux/delay.h>
#include <linux/psi.h>
#include <linux/sched/signal.h>

/* A smaller window is not worth a mark. */
#define FRAME_MARK_MIN	4
/* A task gives up on a segment that is full of pages nobody can take. */
#define FRAME_PATIENCE	(10 * HZ)
#define FRAME_PAUSE	(HZ / 50 + 1)
/* Of fewer pages a segment gives up none of its own accord. */
#define FRAME_LOCAL_FEW	(2ul * EVICT_BATCH)

static struct frame_reclaim frame_reclaim;

/**
 * frame_set_reclaim - who is asked for frames when there are none
 * @reclaim: its functions; copied
 *
 * Context: at bring-up, before the first segment exists.
 */
void frame_set_reclaim(const struct frame_reclaim *reclaim)
{
	frame_reclaim = *reclaim;
}

/**
 * frame_reclaim_low - from how many free frames on is reclaim woken
 * @frames: when fewer are free
 *
 * Context: any.
 */
void frame_reclaim_low(u32 frames)
{
	WRITE_ONCE(frame_reclaim.low, frames);
}

/**
 * frame_reclaim_wake - have reclaim's thread look around
 *
 * Context: any process context; does not sleep.
 */
void frame_reclaim_wake(void)
{
	frame_reclaim.wake();
}

/**
 * frame_reclaim_direct - have frames freed
 * @seg: who needs them
 * @context: what the caller may do
 * @since: since when it has been trying, in jiffies
 *
 * Context: may sleep; no page lock held.
 * Return: 0 if it is worth trying again; -EINTR, -ENOMEM as for frame_get().
 */
int frame_reclaim_direct(struct segment *seg, enum store_context context,
			 unsigned long since)
{
	return frame_reclaim.direct(seg, FRAME_NO_PAGE, context, since);
}

/**
 * frame_hold - take a reference on a frame as long as it holds a page
 * @frame: the frame
 * @key: the page's
 *
 * A count of 0 means that somebody tries to take the frame away, which is
 * decided without sleeping: the key then says how.
 *
 * Context: under rcu_read_lock().
 * Return: true with a reference, or false if it holds something else.
 */
bool frame_hold(u32 frame, u64 key)
{
	struct page *page = pool_page(frame);

	while (READ_ONCE(frame_desc(frame)->key) == key) {
		if (!get_page_unless_zero(page)) {
			cpu_relax();
			continue;
		}
		if (READ_ONCE(frame_desc(frame)->key) == key)
			return true;
		put_page(page);
	}
	return false;
}

static __always_inline u32 frame_find_hold(u32 (*find)(u64 key), u64 key)
{
	u32 frame;

	rcu_read_lock();
	/* A frame that lost the page may have given it to another one. */
	while ((frame = find(key)) && !frame_hold(frame, key))
		cpu_relax();
	rcu_read_unlock();
	return frame;
}

/**
 * frame_lookup_get - find a page that is in a frame, quickly
 * @seg: the segment
 * @pgoff: the page
 *
 * The page need not be readable yet: see FRAME_UPTODATE.
 *
 * Context: any process context; takes no lock.
 * Return: the frame with a reference on its page, or 0; 0 is only a hint.
 */
u32 frame_lookup_get(struct segment *seg, u64 pgoff)
{
	return frame_find_hold(index_lookup, frame_key(seg, pgoff));
}

/**
 * frame_find_get - find a page that is in a frame, for certain
 * @seg: the segment
 * @pgoff: the page
 *
 * For who would lose something by missing a page: a dirty bit, a write.
 *
 * Context: any process context; takes a bucket lock.
 * Return: the frame with a reference on its page, or 0 if it is in none.
 */
u32 frame_find_get(struct segment *seg, u64 pgoff)
{
	return frame_find_hold(index_find, frame_key(seg, pgoff));
}

/**
 * frame_put - drop the reference of frame_get() or frame_lookup_get()
 * @frame: the frame
 *
 * Context: any.
 */
void frame_put(u32 frame)
{
	put_page(pool_page(frame));
}

/* How many more pages a segment may have in frames. */
static unsigned long frame_room(struct segment *seg)
{
	unsigned long max = READ_ONCE(seg->tune.resident_max);
	unsigned long resident = atomic_long_read(&seg->resident);

	if (!max)
		return ULONG_MAX;
	return max > resident ? max - resident : 0;
}

/*
 * A segment holds as much as it may: it gives up pages of its own.  If none
 * can be had, because all are dirty or held, they are cleaned and waited for.
 */
static int frame_make_room(struct segment *seg, enum store_context context,
			   unsigned long since)
{
	unsigned long max = READ_ONCE(seg->tune.resident_max);
	unsigned long want = seg->deterministic ? 1 :
		clamp_t(unsigned long, max / 64, 1, EVICT_BATCH);

	if (segment_discard(seg, want) || segment_evict(seg, want, context))
		return 0;
	if (time_after(jiffies, since + FRAME_PATIENCE))
		return -ENOMEM;
	segment_clean_start(seg);
	if (schedule_timeout_killable(FRAME_PAUSE) &&
	    fatal_signal_pending(current))
		return -EINTR;
	return 0;
}

/*
 * Frames are short, and a segment that replaces locally needs one: it gives up
 * pages of its own, unless it has hardly any.
 */
static bool frame_replace_own(struct segment *seg, enum store_context context)
{
	unsigned long resident = atomic_long_read(&seg->resident);
	/* What load control leaves to one that it holds is its own. */
	unsigned long few = READ_ONCE(seg->tune.local) ? 0 :
		READ_ONCE(seg->load.floor);

	if (!segment_is_local(seg) || resident < max(few, FRAME_LOCAL_FEW) ||
	    pool_available_frames() > READ_ONCE(frame_reclaim.low))
		return false;
	return segment_evict_spare(seg, clamp_t(unsigned long, resident / 16,
						1, EVICT_BATCH), context, NULL);
}

static int frame_alloc(struct segment *seg, u64 pgoff,
		       enum store_context context, u32 *frame)
{
	unsigned long since = jiffies;
	bool own = false;
	int err;

	*frame = 0;
	while (!*frame) {
		if (unlikely(!frame_room(seg))) {
			err = frame_make_room(seg, context, since);
		} else {
			own |= frame_replace_own(seg, context);
			*frame = pool_frame_alloc(0);
			err = *frame ? 0 : frame_reclaim.direct(seg, pgoff,
								context, since);
		}
		if (err)
			return err;
	}
	if (pool_available_frames() < READ_ONCE(frame_reclaim.low) && !own)
		frame_reclaim.wake();
	return 0;
}

/**
 * frame_clear - make a frame ready for something else, or for the pool
 * @frame: its page is locked and in no index
 *
 * A waiter that went for its former contents may still hold a reference for a
 * moment, which does no harm: it looks at the key.
 *
 * Context: any; the page lock is given up.
 */
void frame_clear(u32 frame)
{
	struct page *page = pool_page(frame);
	struct folio *folio = kp_folio(page);

	atomic_set(&frame_desc(frame)->flags, 0);
	folio_clear_dirty(folio);
	folio_clear_referenced(folio);
	unlock_page(page);
}

static void frame_free(u32 frame)
{
	frame_clear(frame);
	pool_frame_free(frame);
}

/* A prefetched page leaves: was it ever looked at? */
static void frame_judge_ahead(struct segment *seg, u32 frame)
{
	if (!frame_test(frame, FRAME_AHEAD))
		return;
	/* Unmapping left this behind if an entry of it was young. */
	if (folio_test_referenced(kp_folio(pool_page(frame))))
		segment_count(seg, prefetch_used);
	else
		segment_count(seg, prefetch_wasted);
}

/* A page leaves: was it used through a mapping since the last look? */
static void frame_judge_use(struct segment *seg, u32 frame, u64 key)
{
	if (folio_test_referenced(kp_folio(pool_page(frame))) &&
	    !frame_test(frame, FRAME_SEEN))
		segment_found(seg, key_page(key));
}

/* @key: what the frame held; it is in no index any more. */
static __always_inline void frame_unlink(struct segment *seg, u32 frame,
					 u64 key, enum policy_why why)
{
	mutex_lock(&seg->policy_lock);
	if (unlikely(frame_pinned(frame))) {
		pin_uncount(seg);
	} else {
		seg->leaving = key;
		policy_remove(&seg->policy, frame, why);
	}
	if (why == POLICY_EVICT && !seg->deterministic)
		refault_evicted(seg, key_page(key),
				policy_kept(&seg->policy));
	mutex_unlock(&seg->policy_lock);
	dirty_forget(seg, frame);
	atomic_long_dec(&seg->resident);
}

/**
 * frame_forget - take a frame away from a page that never became readable
 * @seg: the segment
 * @frame: not UPTODATE, its page locked; unlocked here
 *
 * It was never mapped or copied; who holds a reference waits for it, and will
 * look at the key.
 *
 * Context: may sleep.
 */
void frame_forget(struct segment *seg, u32 frame)
{
	u64 key = frame_desc(frame)->key;

	index_remove(frame);
	frame_unlink(seg, frame, key, POLICY_DROP);
	frame_free(frame);
}

/**
 * frame_release - take a frame away from its page
 * @seg: the segment
 * @frame: resident, its page locked and not mapped
 * @why: POLICY_EVICT leaves a page alone that turns out to be dirty
 *
 * Context: may sleep; the page lock is held and is given up on success.
 * Return: true if the frame is free now; false if somebody holds a reference
 * or pinned it, or the page is dirty.
 */
bool frame_release(struct segment *seg, u32 frame, enum policy_why why)
{
	struct page *page = pool_page(frame);
	u64 key = frame_desc(frame)->key;
	bool gone;

	/*
	 * Only holders of a reference make a page dirty: unmapping in other
	 * tasks keeps one until its TLB flush, get_user_pages() until it is
	 * done.  So the dirty bit is final once the count is frozen, and so are
	 * the pins, which are counted with a reference in hand.  frame_hold()
	 * spins meanwhile.
	 */
	preempt_disable();
	gone = page_ref_freeze(page, 1);
	if (gone) {
		gone = !frame_pinned(frame) &&
			(why != POLICY_EVICT || !PageDirty(page));
		if (gone)
			index_remove(frame);
		page_ref_unfreeze(page, 1);
	}
	preempt_enable();
	if (!gone)
		return false;
	frame_judge_ahead(seg, frame);
	frame_judge_use(seg, frame, key);
	frame_unlink(seg, frame, key, why);
	frame_free(frame);
	return true;
}

/**
 * frame_abandon - drop a page whose frame somebody still holds
 * @seg: the segment
 * @frame: resident, its page locked; unlocked here
 *
 * The frame leaves the pool; the page goes back to the kernel with the last
 * reference.  Nobody else ever sees it in between.
 *
 * Context: may sleep.
 */
void frame_abandon(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);
	struct folio *folio = kp_folio(page);
	u64 key = frame_desc(frame)->key;

	index_remove(frame);
	frame_unlink(seg, frame, key, POLICY_DROP);
	atomic_set(&frame_desc(frame)->flags, 0);
	folio_clear_dirty(folio);
	folio_clear_referenced(folio);
	unlock_page(page);
	pool_frame_lose(frame);
}

static int frame_wait_unlocked(struct folio *folio)
{
	unsigned long pflags;
	int err;

	if (!folio_test_locked(folio))
		return 0;
	psi_memstall_enter(&pflags);
	err = folio_wait_locked_killable(folio);
	psi_memstall_leave(&pflags);
	return err;
}

/*
 * Wait until a frame that was found can be read.  -EAGAIN: it was given up
 * meanwhile, look again.
 */
static int frame_wait(struct segment *seg, u32 frame, u64 key)
{
	struct page *page = pool_page(frame);
	int err;

	if (!frame_test(frame, FRAME_UPTODATE)) {
		err = frame_wait_unlocked(kp_folio(page));
		if (err)
			return -EINTR;
	}
	/* Readable and held: if it has this key, it keeps it. */
	if (frame_test(frame, FRAME_UPTODATE)) {
		/* The key was there before the page became readable. */
		smp_rmb();
		return READ_ONCE(frame_desc(frame)->key) == key ? 0 : -EAGAIN;
	}
	lock_page(page);
	err = -EAGAIN;
	if (frame_desc(frame)->key == key &&
	    !frame_test(frame, FRAME_UPTODATE)) {
		if (!frame_test(frame, FRAME_JOINT))
			err = -EIO;
		frame_forget(seg, frame);
	} else {
		unlock_page(page);
	}
	return err;
}

/*
 * Put a frame into the index, its page locked and with a reference.  -EAGAIN:
 * the page is in another frame; -ENXIO: the segment ends before it; -EIO: the
 * segment lost pages.  Nothing was done then.
 */
static int frame_insert(struct segment *seg, u64 pgoff, u32 frame,
			enum policy_why why)
{
	struct page *page = pool_page(frame);

	/* Somebody astray may have it locked for a moment. */
	lock_page(page);
	if (index_insert(frame_key(seg, pgoff), frame)) {
		unlock_page(page);
		return -EAGAIN;
	}
	/*
	 * The segment may have become smaller while a frame was waited for.
	 * Whoever makes it so writes the size, then walks over the frames.
	 */
	smp_mb();
	if (pgoff >= segment_pages(seg)) {
		index_remove(frame);
		unlock_page(page);
		return -ENXIO;
	}
	/* The same way, its pages may have been dropped: no store has them. */
	if (unlikely(READ_ONCE(seg->dropped))) {
		index_remove(frame);
		unlock_page(page);
		return -EIO;
	}
	get_page(page);
	atomic_long_inc(&seg->resident);
	mutex_lock(&seg->policy_lock);
	if (!seg->deterministic)
		refault_inserted(seg, pgoff, why != POLICY_PREFETCH);
	policy_insert(&seg->policy, frame, why);
	mutex_unlock(&seg->policy_lock);
	return 0;
}

static int frame_add(struct segment *seg, u64 pgoff, enum policy_why why,
		     enum store_context context, u32 *ret)
{
	int err = frame_alloc(seg, pgoff, context, ret);

	if (err)
		return err;
	err = frame_insert(seg, pgoff, *ret, why);
	if (err)
		pool_frame_free(*ret);
	return err;
}

static void frame_plan(struct segment *seg, const struct frame_ahead *ahead,
		       u64 pgoff, struct prefetch_plan *plan)
{
	unsigned int window = READ_ONCE(seg->tune.prefetch);

	plan->nr = 0;
	if (!ahead || seg->deterministic)
		return;
	if (ahead->reader && window == PREFETCH_ADAPTIVE) {
		prefetch_miss(ahead->reader, pgoff, plan);
	} else if (ahead->reader &&
		   READ_ONCE(ahead->reader->hint) != PREFETCH_RANDOM) {
		plan->nr = window;
		plan->first = pgoff + 1;
		plan->stride = 1;
	}
	if (plan->nr < ahead->known) {
		plan->nr = min_t(u32, ahead->known, PREFETCH_MAX);
		plan->first = pgoff + 1;
		plan->stride = 1;
	}
}

/* Frames for pages that nobody waits for: what is free and allowed. */
static unsigned int frame_alloc_ahead(struct segment *seg, u32 *frames,
				      unsigned int nr, unsigned int flags)
{
	u32 free;

	/* Who replaces locally does not bring others into need. */
	if (unlikely(segment_is_local(seg))) {
		free = pool_available_frames();
		nr = min(nr, free - min(free, frame_reclaim.low));
	}
	return pool_frame_alloc_bulk(frames, min_t(unsigned long, nr,
						   frame_room(seg)), flags);
}

/*
 * Put absent ones of @nr pages, from @page on, into @frames: @got free frames,
 * of which those that are not needed are given back.  Return how many were.
 */
static unsigned int frame_insert_ahead(struct segment *seg, u64 page,
				       s64 stride, unsigned int nr,
				       u32 *frames, unsigned int got)
{
	unsigned int i, n = 0;
	u64 first = page;

	for (i = 0; i < nr && n < got; i++, page += stride) {
		if (page >= segment_pages(seg))
			break;
		if (frame_insert(seg, page, frames[n], POLICY_PREFETCH))
			continue;
		atomic_or(FRAME_JOINT | FRAME_AHEAD,
			  &frame_desc(frames[n])->flags);
		/* Nobody here waits for it: the lock keeps it. */
		frame_put(frames[n++]);
	}
	if (n < got)
		pool_frame_free_bulk(frames + n, got - n);
	segment_count_add(seg, prefetched, n);
	/* None of them may even be inside the segment. */
	if (n)
		trace_kpager_prefetch(seg, first, n, stride);
	return n;
}

/* The next window is begun when the middle of this one is used. */
static void frame_mark(const u32 *frames, unsigned int nr)
{
	if (nr >= FRAME_MARK_MIN)
		atomic_or(FRAME_MARK, &frame_desc(frames[nr / 2])->flags);
}

/*
 * Put the pages of a plan that are absent into frames, behind frames[0].
 * Only frames that are free are taken: a task that holds locked pages whose
 * read has not begun must not wait for reclaim.
 */
static unsigned int frame_add_ahead(struct segment *seg, u64 pgoff,
				    const struct prefetch_plan *plan,
				    u32 *frames)
{
	unsigned int n;

	n = frame_alloc_ahead(seg, frames + 1, plan->nr, POOL_NOWAIT);
	n = frame_insert_ahead(seg, plan->first, plan->stride, plan->nr,
			       frames + 1, n);
	if (n)
		atomic_or(FRAME_JOINT, &frame_desc(frames[0])->flags);
	frame_mark(frames + 1, n);
	return n + 1;
}

/* Fill frames that were put into the index, and unlock them in the end. */
static void frame_fill(struct segment *seg, u32 *frames, unsigned int nr,
		       enum store_context context)
{
	if (unlikely(segment_forgets(seg)))
		nr = forget_fill(seg, frames, nr);
	if (nr)
		io_read(seg, frames, nr, context);
}

/**
 * frame_read_ahead - start to read absent pages that nobody waits for
 * @seg: the segment
 * @first: first page
 * @nr: how many, 1 to PREFETCH_MAX
 *
 * Only frames that are free are taken, or that the pool may still grow by, and
 * only as far as the segment's resident maximum goes.
 *
 * Context: may sleep; the caller holds no lock.
 * Return: false if there were less than @nr of these.
 */
bool frame_read_ahead(struct segment *seg, u64 first, unsigned int nr)
{
	unsigned int got, n;
	u32 frames[PREFETCH_MAX] __uninitialized;

	got = frame_alloc_ahead(seg, frames, nr, 0);
	n = frame_insert_ahead(seg, first, 1, nr, frames, got);
	frame_fill(seg, frames, n, STORE_FREE);
	if (pool_available_frames() < READ_ONCE(frame_reclaim.low))
		frame_reclaim.wake();
	return got == nr;
}

/**
 * frame_take_mark - does the use of a page begin the next window
 * @frame: its frame
 *
 * Context: any.
 * Return: true once, if it was marked.
 */
bool frame_take_mark(u32 frame)
{
	atomic_t *flags = &frame_desc(frame)->flags;

	return unlikely(atomic_read(flags) & FRAME_MARK) &&
		atomic_fetch_andnot(FRAME_MARK, flags) & FRAME_MARK;
}

/**
 * frame_continue_ahead - start to read a stream's next window
 * @seg: the segment
 * @reader: who came to a mark
 * @context: what the caller may do
 *
 * Only frames that are free are taken.
 *
 * Context: may sleep, but waits neither for frames nor for I/O.
 */
void frame_continue_ahead(struct segment *seg, struct prefetch *reader,
			  enum store_context context)
{
	u32 frames[PREFETCH_MAX] __uninitialized;
	struct prefetch_plan plan;
	unsigned int got, n;

	if (READ_ONCE(seg->tune.prefetch) != PREFETCH_ADAPTIVE)
		return;
	prefetch_continue(reader, &plan);
	if (!plan.nr)
		return;
	got = frame_alloc_ahead(seg, frames, plan.nr, POOL_NOWAIT);
	if (got < plan.nr)
		prefetch_shorten(reader, &plan, got);
	n = frame_insert_ahead(seg, plan.first, plan.stride, plan.nr, frames,
			       got);
	frame_mark(frames, n);
	frame_fill(seg, frames, n, context);
	if (pool_available_frames() < READ_ONCE(frame_reclaim.low))
		frame_reclaim.wake();
}

/*
 * The page is there, or cannot be had: how long did somebody wait for it.
 * Return when that was, if a fault asked.
 */
static u64 frame_waited(struct segment *seg, u64 start,
			struct frame_ahead *ahead)
{
	u64 now = latency_since(seg, LATENCY_major_wait, start);

	if (ahead)
		ahead->until = now;
	return now;
}

/* A page was brought in: how long was a task held up. */
static void frame_count_stall(struct segment *seg, u64 start, u64 end)
{
	if (!end)
		end = latency_now();
	if (start && end > start)
		segment_count_add(seg, stall_ns, end - start);
}

static void frame_count_miss(struct segment *seg)
{
	segment_count(seg, misses);
	refault_tick(seg);
}

/* Some policies want pages to leave although there is room for them. */
static void frame_expire(struct segment *seg, enum store_context context)
{
	if (likely(!READ_ONCE(seg->policy.expire)))
		return;
	if (seg->deterministic)
		segment_evict_expired(seg, context);
	else
		segment_expire_start(seg);
}

/* Bring an absent page in from the store. */
static int frame_bring_in(struct segment *seg, u64 pgoff,
			  enum store_context context,
			  struct frame_ahead *ahead, u32 *ret)
{
	u32 frames[PREFETCH_MAX + 1] __uninitialized;
	struct prefetch_plan plan;
	u64 start = ahead ? ahead->since : 0, begin = start;
	unsigned int nr = 1;
	int err;

	if (unlikely(READ_ONCE(seg->load.delay)) && context == STORE_FREE) {
		err = frame_reclaim.throttle(seg);
		if (err)
			return err;
		begin = 0;
	}
	if (!begin)
		begin = latency_now();
	frame_plan(seg, ahead, pgoff, &plan);
	if (unlikely(seg->deterministic))
		segment_policy_miss(seg, pgoff);
	err = frame_add(seg, pgoff, POLICY_DEMAND, context, ret);
	if (err)
		return err;
	frame_count_miss(seg);
	start = latency_since(seg, LATENCY_major_allocate, start);
	frames[0] = *ret;
	if (plan.nr)
		nr = frame_add_ahead(seg, pgoff, &plan, frames);
	frame_fill(seg, frames, nr, context);
	err = frame_wait(seg, *ret, frame_key(seg, pgoff));
	frame_count_stall(seg, begin, frame_waited(seg, start, ahead));
	if (err)
		frame_put(*ret);
	frame_expire(seg, context);
	return err;
}

/**
 * frame_get - have a page of a segment in a frame
 * @seg: the segment
 * @pgoff: the page, inside the segment
 * @context: what the caller may do
 * @ahead: what may be read along with it, or NULL
 * @ret: receives the frame, with a reference: it will not be evicted until
 *	frame_put()
 *
 * Context: may sleep, killably.
 * Return: 0; -EIO if the page could not be read; -EINTR if the task is being
 * killed; -ENOMEM if no frame could be had; -ENXIO if the segment became
 * smaller meanwhile.
 */
int frame_get(struct segment *seg, u64 pgoff, enum store_context context,
	      struct frame_ahead *ahead, u32 *ret)
{
	int err = 0;

	for (;;) {
		/* A hint was not good enough the first time. */
		if (err)
			*ret = frame_find_get(seg, pgoff);
		else
			*ret = ahead && ahead->absent ? 0 :
				frame_lookup_get(seg, pgoff);
		if (*ret) {
			err = frame_wait(seg, *ret, frame_key(seg, pgoff));
			frame_waited(seg, ahead ? ahead->since : 0, ahead);
			if (err)
				frame_put(*ret);
		} else {
			err = frame_bring_in(seg, pgoff, context, ahead, ret);
		}
		if (likely(err != -EAGAIN))
			return err;
		/* What failed together is tried again alone. */
		if (ahead)
			ahead->until = 0;
		ahead = NULL;
	}
}

/**
 * frame_used - a page was asked for, or found referenced
 * @seg: the segment
 * @frame: its frame
 *
 * Context: any.
 */
void frame_used(struct segment *seg, u32 frame)
{
	atomic_t *flags = &frame_desc(frame)->flags;

	if (!(atomic_read(flags) & FRAME_AHEAD))
		return;
	if (atomic_fetch_andnot(FRAME_AHEAD, flags) & FRAME_AHEAD)
		segment_count(seg, prefetch_used);
}

/**
 * frame_get_overwrite - have a frame for a page that will be replaced whole
 * @seg: the segment
 * @pgoff: the page, inside the segment
 * @context: what the caller may do
 * @ret: receives the frame, with a reference
 *
 * FRAME_NEW: the page was absent and was not read.  It is locked, its
 * contents are undefined, and the caller must call frame_fill_done() or
 * frame_fill_abort(), and not touch user memory that may fault before.
 *
 * Context: may sleep, killably.
 * Return: FRAME_NEW, or 0 if the page is resident; errors as frame_get().
 */
int frame_get_overwrite(struct segment *seg, u64 pgoff,
			enum store_context context, u32 *ret)
{
	int err = frame_add(seg, pgoff, POLICY_WRITE, context, ret);

	if (err == -EAGAIN)
		return frame_get(seg, pgoff, context, NULL, ret);
	if (err)
		return err;
	frame_count_miss(seg);
	return FRAME_NEW;
}

/**
 * frame_fill_done - the page of a FRAME_NEW frame was written completely
 * @seg: the segment
 * @frame: the frame; its page is dirty and unlocked afterwards
 *
 * Context: process context.
 */
void frame_fill_done(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);

	frame_set_dirty(seg, frame);
	if (unlikely(segment_forgets(seg)))
		forget_written(seg, frame);
	atomic_or(FRAME_UPTODATE | FRAME_REF, &frame_desc(frame)->flags);
	unlock_page(page);
}

/**
 * frame_fill_abort - the page of a FRAME_NEW frame could not be written
 * @seg: the segment
 * @frame: the frame; the page is absent again and unreferenced afterwards
 *
 * Context: may sleep.
 */
void frame_fill_abort(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);

	frame_forget(seg, frame);
	put_page(page);
}
