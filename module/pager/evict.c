// SPDX-License-Identifier: GPL-2.0
/*
 * evict.c - frames are taken away from pages
 *
 * The policy proposes; a page that is locked, being written or held by
 * somebody is passed over.  Clean pages are free at once.  Dirty ones are
 * written together and then freed if nobody touched them meanwhile.
 *
 * Arrays on the stack are filled before they are read; some kernels are built
 * to zero them first, and are told not to (__uninitialized).
 */
#include "pager/move.h"
#include "pager/trace.h"

#include <linux/delay.h>

/* What happens to frames that can be had. */
enum evict_how {
	EVICT_CLEAN,	/* clean ones go, dirty ones may be claimed */
	EVICT_WRITTEN,	/* the same, of frames that were written for it */
	EVICT_VOLATILE,	/* they are purged */
};

enum evict_result {
	EVICT_BUSY,
	EVICT_FREED,
	EVICT_CLAIMED,	/* dirty, to be written by the caller */
};

/**
 * evict_trylock - lock a victim's page if it is still what was proposed
 * @victim: nothing holds its frame until then: even the arena may be gone
 *
 * Context: process context; takes a bucket lock.
 * Return: true with the page locked.
 */
bool evict_trylock(const struct evict_victim *victim)
{
	bool locked;
	u32 frame;

	/* It was leaving when it was proposed. */
	if (!victim->key)
		return false;
	rcu_read_lock();
	frame = index_lookup(victim->key) ?: index_find(victim->key);
	locked = frame == victim->frame && trylock_page(pool_page(frame));
	if (locked && frame_desc(victim->frame)->key != victim->key) {
		unlock_page(pool_page(victim->frame));
		locked = false;
	}
	rcu_read_unlock();
	return locked;
}

/* Lock a victim that can be judged.  One whose read failed is freed at once. */
static bool evict_lock(struct segment *seg, const struct evict_victim *victim,
		       unsigned int *freed)
{
	if (!evict_trylock(victim))
		return false;
	if (!frame_test(victim->frame, FRAME_UPTODATE)) {
		frame_forget(seg, victim->frame);
		(*freed)++;
		return false;
	}
	if (!frame_test(victim->frame, FRAME_WRITEBACK | FRAME_PINS))
		return true;
	unlock_page(pool_page(victim->frame));
	return false;
}

/**
 * evict_unmap - unmap victims whose pages follow each other
 * @seg: the segment
 * @run: the victims, their pages locked
 * @nr: how many; may be 0
 *
 * One call and one TLB flush a mapping for all of them.
 *
 * Context: may sleep; page locks held.
 */
void evict_unmap(struct segment *seg, const struct evict_victim *run,
		 unsigned int nr)
{
	bool mapped = false;
	unsigned int i;

	for (i = 0; i < nr; i++)
		mapped |= kp_page_mapped(pool_page(run[i].frame));
	if (mapped)
		unmap_mapping_range(seg->inode->i_mapping,
				    (loff_t)key_page(run->key) << PAGE_SHIFT,
				    (loff_t)nr << PAGE_SHIFT, 0);
}

/*
 * Judge a victim that is locked and was unmapped: its dirty bits are in
 * PG_dirty, and no new one can come but from holders of a reference.
 */
static enum evict_result evict_judge(struct segment *seg, u32 frame,
				     enum evict_how how, bool may_write)
{
	enum evict_result result = EVICT_BUSY;
	struct page *page = pool_page(frame);

	lockdep_assert_held(&seg->harvest);
	if (how == EVICT_VOLATILE) {
		if (forget_purge(seg, frame))
			return EVICT_FREED;
	} else if (!PageDirty(page)) {
		if (frame_release(seg, frame, POLICY_EVICT))
			return EVICT_FREED;
	} else if (may_write && clean_begin(frame)) {
		result = EVICT_CLAIMED;
	}
	unlock_page(page);
	return result;
}

/*
 * Take the frames of victims that are clean.  Dirty ones are claimed, if
 * there is room for them in @claimed.  @how is also what traces say of those
 * that go.  Return the frames freed.
 */
static unsigned int evict_pass(struct segment *seg,
			       const struct evict_victim *victims,
			       unsigned int nr, struct evict_victim *claimed,
			       unsigned int *nr_claimed, enum evict_how how)
{
	unsigned int i, j, end, freed = 0;

	lockdep_assert_held_read(&seg->harvest);
	for (i = 0; i < nr; i = max(end, i + 1)) {
		for (end = i; end < nr; end++)
			if (victims[end].key != victims[i].key + (end - i) ||
			    !evict_lock(seg, &victims[end], &freed))
				break;
		evict_unmap(seg, &victims[i], end - i);
		for (j = i; j < end; j++) {
			switch (evict_judge(seg, victims[j].frame, how,
					    claimed)) {
			case EVICT_FREED:
				freed++;
				trace_kpager_evict(seg, key_page(victims[j].key),
						   1, how);
				break;
			case EVICT_CLAIMED:
				claimed[(*nr_claimed)++] = victims[j];
				break;
			case EVICT_BUSY:
				break;
			}
		}
	}
	return freed;
}

static unsigned int evict_propose(struct segment *seg,
				  struct evict_victim *victims,
				  unsigned int want, bool expired)
{
	u32 frames[EVICT_BATCH] __uninitialized;
	unsigned int i, n;
	u64 looks;

	mutex_lock(&seg->policy_lock);
	/* Whoever has to give frames up holds as many as it may. */
	if (!expired && !seg->deterministic)
		policy_resize(&seg->policy, seg->policy.nr);
	looks = seg->policy.looks;
	n = expired ? policy_expired(&seg->policy, frames, want) :
		policy_victims(&seg->policy, frames, want);
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
	u32 frames[EVICT_BATCH] __uninitialized;
	unsigned int i, freed;

	for (i = 0; i < nr; i++)
		frames[i] = claimed[i].frame;
	io_batch_init(&batch);
	io_write_batch(seg, frames, nr, &batch, context);
	io_batch_wait(&batch);
	down_read(&seg->harvest);
	freed = evict_pass(seg, claimed, nr, NULL, NULL, EVICT_WRITTEN);
	up_read(&seg->harvest);
	segment_count_add(seg, evictions_dirty, freed);
	return freed;
}

/*
 * Keep in mind how many victims were clean when they were chosen.  If hardly
 * any is, the cleaner works ahead, so that the next ones are.
 */
static void evict_note_clean(struct segment *seg, unsigned int clean,
			     unsigned int nr)
{
	unsigned int min = READ_ONCE(seg->tune.clean_min);
	unsigned int unclean = READ_ONCE(seg->unclean);

	unclean = (7 * unclean + (nr - clean) * 256 / nr) / 8;
	WRITE_ONCE(seg->unclean, unclean);
	/* A store in memory would hold copies of pages that stay. */
	if (unclean * 100 > 256 * (100 - min) && !seg->store->takes_frames &&
	    !seg->deterministic)
		segment_clean_start(seg);
}

static bool evict_next_wanted(struct segment *seg, struct evict_victim *victim)
{
	bool any;

	mutex_lock(&seg->policy_lock);
	any = seg->nr_wanted;
	if (any) {
		WRITE_ONCE(seg->nr_wanted, seg->nr_wanted - 1);
		*victim = seg->wanted[seg->nr_wanted];
	}
	mutex_unlock(&seg->policy_lock);
	return any;
}

/*
 * Begin to write the frames that the policy wants to have clean.  They stay
 * where they are.  Return how many.
 */
static noinline_for_stack unsigned int
evict_write_wanted(struct segment *seg, struct pager_batch *batch,
		   unsigned int *freed, enum store_context context)
{
	struct evict_victim victim;
	u32 frames[POLICY_WANTED] __uninitialized;
	unsigned int nr = 0;

	down_read(&seg->harvest);
	while (nr < POLICY_WANTED && evict_next_wanted(seg, &victim)) {
		if (!evict_lock(seg, &victim, freed))
			continue;
		evict_unmap(seg, &victim, 1);
		if (clean_begin(victim.frame))
			frames[nr++] = victim.frame;
		unlock_page(pool_page(victim.frame));
	}
	up_read(&seg->harvest);
	if (nr)
		io_write_batch(seg, frames, nr, batch, context);
	return nr;
}

/*
 * May pages be written for their frames?  Not by who would have to wait for a
 * worker, which may need what the caller holds, and not as fast as a store can
 * say no.
 */
static bool evict_may_write(struct segment *seg, enum store_context context)
{
	return store_may_submit(seg->store, context) &&
		!segment_writes_rest(seg);
}

/*
 * Take proposed frames away.  Return how many were freed; @written grows by
 * those that had to be written before.
 */
static unsigned int evict_take(struct segment *seg,
			       const struct evict_victim *victims,
			       unsigned int n, enum store_context context,
			       unsigned int *written)
{
	struct evict_victim claimed[EVICT_BATCH] __uninitialized;
	unsigned int nr_claimed = 0, freed, clean;
	bool may_write = evict_may_write(seg, context);

	down_read(&seg->harvest);
	freed = evict_pass(seg, victims, n, may_write ? claimed : NULL,
			   &nr_claimed, EVICT_CLEAN);
	up_read(&seg->harvest);
	clean = freed;
	if (n)
		evict_note_clean(seg, min(freed, n), n);
	if (nr_claimed)
		freed += evict_write(seg, claimed, nr_claimed, context);
	*written += freed - clean;
	segment_count_add(seg, evictions, freed);
	return freed;
}

static unsigned int evict_some(struct segment *seg, unsigned int want,
			       enum store_context context,
			       unsigned int *written)
{
	struct evict_victim victims[EVICT_BATCH] __uninitialized;
	struct pager_batch batch;
	unsigned int n, freed = 0;
	u64 start = latency_now();
	bool write;

	want = min_t(unsigned int, want, EVICT_BATCH);
	n = evict_propose(seg, victims, want, false);
	/* What the policy wants clean is written while victims go. */
	write = READ_ONCE(seg->nr_wanted) && evict_may_write(seg, context);
	if (unlikely(write)) {
		io_batch_init(&batch);
		evict_write_wanted(seg, &batch, &freed, context);
	}
	freed += evict_take(seg, victims, n, context, written);
	if (unlikely(write)) {
		io_batch_wait(&batch);
		if (!n) {
			n = evict_propose(seg, victims, want, false);
			freed += evict_take(seg, victims, n, context, written);
		}
	}
	trace_kpager_reclaim(seg, 0, want, freed);
	if (freed)
		latency_since(seg, LATENCY_evict, start);
	return freed;
}

/**
 * segment_evict - free frames of a segment
 * @seg: the segment
 * @want: how many, at most EVICT_BATCH are tried
 * @context: what the caller may do; if it may write to this segment's store,
 *	dirty pages are written, and waited for
 *
 * Context: may sleep; no page lock held.
 * Return: the number of frames that were freed.
 */
unsigned int segment_evict(struct segment *seg, unsigned int want,
			   enum store_context context)
{
	unsigned int written = 0;

	return evict_some(seg, want, context, &written);
}

/**
 * segment_evict_expired - free frames that should go although there is room
 * @seg: the segment
 * @context: as for segment_evict()
 *
 * Context: may sleep; no page lock held.
 */
void segment_evict_expired(struct segment *seg, enum store_context context)
{
	struct evict_victim victims[EVICT_BATCH] __uninitialized;
	unsigned int n, written = 0;

	do {
		n = evict_propose(seg, victims, EVICT_BATCH, true);
		evict_take(seg, victims, n, context, &written);
		cond_resched();
	} while (n);
}

static void expire_work(struct work_struct *work)
{
	segment_evict_expired(container_of(work, struct segment, expire_work),
			      STORE_FREE);
}

/**
 * segment_expire_init - prepare a new segment for segment_expire_start()
 * @seg: the segment
 *
 * Context: any.
 */
void segment_expire_init(struct segment *seg)
{
	INIT_WORK(&seg->expire_work, expire_work);
}

/**
 * segment_expire_start - have a worker free frames that should go
 * @seg: the segment; it does not go away meanwhile
 *
 * Context: any; does not sleep.
 */
void segment_expire_start(struct segment *seg)
{
	segment_clean_queue(&seg->expire_work);
}

/*
 * How many of @want pages a segment has to spare.  They are announced: others
 * leave them alone until spare_end().
 */
static unsigned int spare_begin(struct segment *seg, unsigned int want)
{
	long others = atomic_long_add_return(want, &seg->taking) - want;
	long spare = (long)segment_spare(seg) - others;

	return clamp_t(long, spare, 0, want);
}

static void spare_end(struct segment *seg, unsigned int want)
{
	/* Who does not find us here any more finds the pages gone. */
	smp_mb__before_atomic();
	atomic_long_sub(want, &seg->taking);
}

/**
 * segment_evict_spare - free frames of a segment, but leave it its minimum
 * @seg: the segment
 * @want: how many, at most EVICT_BATCH are tried
 * @context: as for segment_evict()
 * @written: grows by those of them that had to be written before; or NULL
 *
 * Several tasks may take from one segment: each announces first what it will
 * take, and leaves to the others what they announced.
 *
 * Context: may sleep; no page lock held.
 * Return: the number of frames that were freed.
 */
unsigned int segment_evict_spare(struct segment *seg, unsigned int want,
				 enum store_context context,
				 unsigned int *written)
{
	unsigned int spare = spare_begin(seg, want), freed = 0, unused = 0;

	if (spare)
		freed = evict_some(seg, spare, context, written ?: &unused);
	spare_end(seg, want);
	return freed;
}

/**
 * segment_evict_these - free certain frames of a segment, if that is easy
 * @seg: the segment
 * @victims: the frames; pages that follow each other stand together
 * @nr: how many; nothing happens if the segment has not so many to spare
 *
 * Pages that are dirty, locked, being written or in use stay.
 *
 * Context: may sleep, but does not wait for what may be held over an
 * allocation: a shrinker may call it.  No page lock held.
 * Return: the number of frames that were freed.
 */
unsigned int segment_evict_these(struct segment *seg,
				 const struct evict_victim *victims,
				 unsigned int nr)
{
	unsigned int freed = 0;

	if (spare_begin(seg, nr) == nr && down_read_trylock(&seg->harvest)) {
		freed = evict_pass(seg, victims, nr, NULL, NULL,
				   EVICT_CLEAN);
		up_read(&seg->harvest);
	}
	spare_end(seg, nr);
	segment_count_add(seg, evictions, freed);
	return freed;
}

/**
 * segment_evict_volatile - purge certain frames of a segment, if that is easy
 * @seg: the segment; its forget.lock is held
 * @victims: frames of volatile pages; pages that follow each other stand
 *	together
 * @nr: how many
 *
 * Pages that are pinned, locked, being written or in use stay.
 *
 * Context: may sleep; a shrinker may call it.  No page lock held.
 * Return: the number of frames that were freed.
 */
unsigned int segment_evict_volatile(struct segment *seg,
				    const struct evict_victim *victims,
				    unsigned int nr)
{
	unsigned int freed;

	if (!nr || !down_read_trylock(&seg->harvest))
		return 0;
	freed = evict_pass(seg, victims, nr, NULL, NULL, EVICT_VOLATILE);
	up_read(&seg->harvest);
	return freed;
}

/* Take a frame, held by a reference that is dropped, if that is easy. */
static bool evict_unmapped(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);

	lockdep_assert_held(&seg->harvest);
	if (!trylock_page(page)) {
		put_page(page);
		return false;
	}
	if (!frame_is_of(seg, frame) || !frame_test(frame, FRAME_UPTODATE) ||
	    frame_test(frame, FRAME_WRITEBACK) || kp_page_mapped(page)) {
		unlock_page(page);
		put_page(page);
		return false;
	}
	/* The lock keeps the frame; one reference is the pool's. */
	put_page(page);
	return evict_judge(seg, frame, EVICT_CLEAN, false) == EVICT_FREED;
}

/**
 * segment_evict_unmapped - free the frames of a range that are easy to free
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive, inside the segment
 *
 * Pages that are mapped, dirty, being written or in use stay.
 *
 * Context: may sleep; no page lock held.
 */
void segment_evict_unmapped(struct segment *seg, u64 first, u64 last)
{
	struct frame_scan scan;
	u64 freed = 0;
	u32 frame;

	frame_scan_init(&scan, seg, first, last);
	while ((frame = frame_scan_next(&scan))) {
		down_read(&seg->harvest);
		freed += evict_unmapped(seg, frame);
		up_read(&seg->harvest);
		cond_resched();
	}
	segment_count_add(seg, evictions, freed);
}

/* Tries, a millisecond apart, before a frame is given away with its page. */
#define DROP_TRIES	20

/**
 * segment_drop_frame - give up a page of a segment, whatever it holds
 * @seg: the segment
 * @frame: with a reference, which is dropped
 *
 * Who is copying from the page is waited for a little; a frame that is still
 * held then leaves the pool, and its memory goes to the kernel with the last
 * reference.
 *
 * Context: may sleep; waits for a write in flight.
 */
void segment_drop_frame(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);
	unsigned int tries = 0;
	u64 key;

	for (;;) {
		clean_wait(seg, frame);
		/* A dirty bit on its way to the page must find it. */
		down_read(&seg->harvest);
		lock_page(page);
		if (!frame_is_of(seg, frame))
			break;
		key = frame_desc(frame)->key;
		if (kp_page_mapped(page))
			unmap_mapping_range(seg->inode->i_mapping,
					    (loff_t)key_page(key) << PAGE_SHIFT,
					    PAGE_SIZE, 0);
		/* A write may have begun before the page was locked. */
		if (!frame_test(frame, FRAME_WRITEBACK)) {
			put_page(page);
			if (frame_release(seg, frame, POLICY_DROP))
				goto out;
			if (++tries > DROP_TRIES) {
				frame_abandon(seg, frame);
				goto out;
			}
			get_page(page);
		}
		unlock_page(page);
		up_read(&seg->harvest);
		usleep_range(1000, 2000);
	}
	unlock_page(page);
	put_page(page);
out:
	up_read(&seg->harvest);
}

/* Drop a page, held by a reference that is dropped, if nobody is using it. */
static bool drop_easy(struct segment *seg, u32 frame)
{
	struct page *page = pool_page(frame);
	bool mine;

	lockdep_assert_held(&seg->harvest);
	if (!trylock_page(page)) {
		put_page(page);
		return false;
	}
	mine = frame_is_of(seg, frame) && !frame_test(frame, FRAME_WRITEBACK);
	if (mine && kp_page_mapped(page))
		unmap_mapping_range(seg->inode->i_mapping,
				    (loff_t)key_page(frame_desc(frame)->key) <<
				    PAGE_SHIFT, PAGE_SIZE, 0);
	put_page(page);
	if (mine && frame_release(seg, frame, POLICY_DROP))
		return true;
	unlock_page(page);
	return false;
}

/**
 * segment_drop_easy - give up what is in frames of a segment, dirty or not
 * @seg: an anonymous segment, of a task that is being killed
 *
 * Pages that are locked, being written or in use stay until the segment ends.
 *
 * Context: may sleep, but waits for no I/O.
 * Return: the number of frames that were freed.
 */
u64 segment_drop_easy(struct segment *seg)
{
	struct frame_scan scan;
	u64 freed = 0;
	u32 frame;

	frame_scan_init(&scan, seg, 0, BIT_ULL(KEY_PAGE_BITS) - 1);
	while ((frame = frame_scan_next(&scan))) {
		down_read(&seg->harvest);
		freed += drop_easy(seg, frame);
		up_read(&seg->harvest);
		cond_resched();
	}
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
	u32 frame;

	/* A page may have been read in while it was being cut off. */
	frame_scan_init(&scan, seg, 0, BIT_ULL(KEY_PAGE_BITS) - 1);
	while ((frame = frame_scan_next(&scan))) {
		segment_drop_frame(seg, frame);
		cond_resched();
	}
}
