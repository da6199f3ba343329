// SPDX-License-Identifier: GPL-2.0
/*
 * contig.c - the memory of contiguous segments
 *
 * Folios are asked from the kernel, within the pool's limit; where that leaves
 * no room, reclaim has arenas go back.  A run of less than 2 MiB is a block of
 * the pool's.
 *
 * Every attempt is recorded, whatever came of it.
 */
#include "pager/contig.h"
#include "pager/trace.h"
#include "pool/slab.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* How often room is made for one piece: others may take it meanwhile. */
#define CONTIG_TRIES	4
/* Tries, a millisecond apart, before a frame goes that somebody holds. */
#define CONTIG_FREE_TRIES	20

static uint fail_contig;
module_param(fail_contig, uint, 0644);
MODULE_PARM_DESC(fail_contig, "for tests: the step of making the next contiguous segment that fails, from 1 (default 0: none)");

static const struct contig_reclaim *contig_reclaim;
/* Protects the record; a leaf. */
static DEFINE_SPINLOCK(contig_lock);
static struct contig_attempt contig_last[CONTIG_ATTEMPTS];
static u64 contig_attempts;
static u64 contig_failures;
static atomic_long_t contig_frames;

/**
 * contig_set_reclaim - reclaim offers to make room
 * @reclaim: what it offers; static
 *
 * Context: at bring-up, before the first segment exists.
 */
void contig_set_reclaim(const struct contig_reclaim *reclaim)
{
	contig_reclaim = reclaim;
}

/* For tests: does this step fail? */
static bool contig_fails(void)
{
	bool fails;

	if (likely(!READ_ONCE(fail_contig)))
		return false;
	spin_lock(&contig_lock);
	fails = fail_contig && !--fail_contig;
	spin_unlock(&contig_lock);
	return fails;
}

/**
 * contig_size_check - can a contiguous segment have this size
 * @bytes: the size, as segment_size_check() allows it
 *
 * Context: any.
 * Return: 0; -EINVAL if it is more than a piece and not a whole number of them;
 * -ENOSPC if the pool is too small.
 */
int contig_size_check(u64 bytes)
{
	if (bytes > PMD_SIZE && bytes % PMD_SIZE)
		return -EINVAL;
	return bytes >> PAGE_SHIFT > replace_most_fixed() ? -ENOSPC : 0;
}

static struct folio *contig_take_folio(struct contig_attempt *attempt)
{
	struct folio *folio = NULL;
	unsigned int tries = 0;

	if (contig_fails())
		return NULL;
	do {
		folio = pool_folio_alloc(CONTIG_ORDER, POOL_ZERO);
	} while (!folio && ++tries < CONTIG_TRIES &&
		 contig_reclaim->room(1u << CONTIG_ORDER, attempt) &&
		 !fatal_signal_pending(current));
	return folio;
}

static int contig_take_folios(struct contig *c, u32 nr,
			      struct contig_attempt *attempt)
{
	struct folio *folio;

	while (c->nr < nr) {
		if (fatal_signal_pending(current))
			return -EINTR;
		folio = contig_take_folio(attempt);
		if (!folio)
			return -ENOMEM;
		/*
		 * Where it lies in the file: from 6.12 on the core maps a folio
		 * whole only if it ends within it.  What was left there by the
		 * last user of the memory may be anything.
		 */
		folio->index = (pgoff_t)c->nr << CONTIG_ORDER;
		c->piece[c->nr++] = folio_page(folio, 0);
		cond_resched();
	}
	return 0;
}

/* A run of single frames: a block of the buddy, or one that is made. */
static u32 contig_take_run(unsigned int order, struct contig_attempt *attempt)
{
	unsigned int tries = 0;
	u32 frame;

	if (contig_fails())
		return 0;
	frame = pool_alloc(order, 0);
	if (frame) {
		pool_split(frame, order);
		return frame;
	}
	do {
		frame = contig_reclaim->run(order, attempt);
	} while (!frame && ++tries < CONTIG_TRIES &&
		 !fatal_signal_pending(current));
	return frame;
}

/* Have a block of frames free, which anybody may take. */
static bool contig_make_free(unsigned int order)
{
	struct contig_attempt unrecorded = { .order = order };
	u32 frame = contig_reclaim->run(order, &unrecorded);

	if (!frame)
		return false;
	pool_join(frame, order);
	pool_free(frame, order);
	return true;
}

/**
 * contig_object_alloc - allocate an object, for which there is to be room
 * @cache: the cache
 * @flags: as for slab_alloc()
 *
 * Where the pool is full, or free in pieces smaller than a slab, pages make
 * room for one.
 *
 * Context: may sleep, for as long as pages are written to make room; killably.
 * Return: the object, or NULL.
 */
void *contig_object_alloc(struct slab_cache *cache, unsigned int flags)
{
	unsigned int tries = 0;
	struct slab_info info;
	void *object;

	slab_info_get(cache, &info);
	do {
		object = slab_alloc(cache, flags);
	} while (!object && ++tries < CONTIG_TRIES &&
		 !fatal_signal_pending(current) &&
		 contig_make_free(info.order));
	return object;
}

/* What is behind the segment's end goes back at once. */
static int contig_take_block(struct contig *c, u32 pages,
			     struct contig_attempt *attempt)
{
	u32 i;

	c->first = contig_take_run(c->order, attempt);
	if (!c->first)
		return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
	for (i = 0; i < pages; i++)
		clear_page(pool_addr(c->first + i));
	for (i = pages; i < 1u << c->order; i++)
		pool_frame_free(c->first + i);
	c->piece[c->nr++] = pool_page(c->first);
	return 0;
}

/*
 * Frames that a segment never gives up are promised to it, as if they were its
 * resident minimum, which keeps back an eighth of the pool.
 */
static int contig_promise(struct segment *seg)
{
	u64 pages = segment_pages(seg);
	int err;

	if (contig_fails())
		return -ENOSPC;
	err = segment_set_resident_max(seg, pages);
	return err ?: segment_set_resident_min(seg, pages);
}

static struct contig *contig_table(u64 pages)
{
	u32 nr = DIV_ROUND_UP_ULL(pages, BIT(CONTIG_ORDER));
	struct contig *c;

	if (contig_fails())
		return NULL;
	c = kvzalloc(struct_size(c, piece, nr), GFP_KERNEL);
	if (!c)
		return NULL;
	c->order = min_t(unsigned int, order_base_2(pages), CONTIG_ORDER);
	return c;
}

static int contig_take(struct segment *seg, struct contig_attempt *attempt)
{
	u64 pages = segment_pages(seg);
	struct contig *c;
	int err;

	err = contig_promise(seg);
	if (err)
		return err;
	c = contig_table(pages);
	if (!c)
		return -ENOMEM;
	attempt->order = c->order;
	if (pages < BIT(CONTIG_ORDER))
		err = contig_take_block(c, pages, attempt);
	else
		err = contig_take_folios(c, pages >> CONTIG_ORDER, attempt);
	attempt->pieces = c->nr;
	atomic_long_add(pages, &contig_frames);
	seg->contig = c;
	if (err)
		contig_end(seg);
	return err;
}

static void contig_record(struct contig_attempt *attempt)
{
	spin_lock(&contig_lock);
	attempt->number = ++contig_attempts;
	contig_failures += !!attempt->err;
	contig_last[attempt->number % CONTIG_ATTEMPTS] = *attempt;
	spin_unlock(&contig_lock);
}

/**
 * contig_begin - find the memory of a segment that is being created
 * @seg: the segment; nobody can reach it yet, and its size is one that
 *	contig_size_check() allows
 *
 * All of it is zeroed.
 *
 * Context: may sleep, for as long as pages are written to make room; killably.
 * Return: 0, -ENOSPC (too much of the pool is promised already), -ENOMEM, or
 * -EINTR.
 */
int contig_begin(struct segment *seg)
{
	struct contig_attempt attempt = { .pages = segment_pages(seg) };
	u64 start = ktime_get_ns();

	attempt.err = contig_take(seg, &attempt);
	attempt.ns = ktime_get_ns() - start;
	attempt.time = ktime_get_real_ns();
	strscpy(attempt.name, seg->name, sizeof(attempt.name));
	contig_record(&attempt);
	trace_kpager_contig(seg, attempt.pages, attempt.pieces, attempt.freed,
			    attempt.moved, attempt.err);
	return attempt.err;
}

/* Nothing of what users did to a page may be on it when it goes. */
static void contig_clear_flags(struct page *page)
{
	folio_clear_dirty(page_folio(page));
	folio_clear_referenced(page_folio(page));
}

/*
 * A lookup may hold any frame for a moment; one that somebody outside still
 * holds leaves the pool.
 */
static void contig_free_frame(u32 frame, unsigned int *tries)
{
	struct page *page = pool_page(frame);

	while (page_ref_count(page) != 1) {
		if (++*tries > CONTIG_FREE_TRIES) {
			contig_clear_flags(page);
			pool_frame_lose(frame);
			return;
		}
		usleep_range(1000, 2000);
	}
	/* Now, because who held it may have made it dirty. */
	contig_clear_flags(page);
	pool_frame_free(frame);
}

/**
 * contig_end - give up the memory of a segment
 * @seg: the segment; nobody can reach it any more
 *
 * Memory that somebody still holds goes to the kernel with the last reference.
 *
 * Context: may sleep.
 */
void contig_end(struct segment *seg)
{
	struct contig *c = seg->contig;
	u64 pages = segment_pages(seg);
	unsigned int tries = 0;
	u32 i;

	if (!c)
		return;
	if (c->first)
		for (i = 0; i < pages; i++)
			contig_free_frame(c->first + i, &tries);
	for (i = 0; !c->first && i < c->nr; i++) {
		contig_clear_flags(c->piece[i]);
		pool_folio_free(page_folio(c->piece[i]));
	}
	atomic_long_sub(pages, &contig_frames);
	seg->contig = NULL;
	kvfree(c);
}

/**
 * contig_runs - how many runs of memory a segment consists of
 * @contig: its memory
 *
 * Context: any.
 * Return: pieces that do not follow the one before, physically.
 */
u32 contig_runs(const struct contig *contig)
{
	u32 i, runs = 1;

	for (i = 1; i < contig->nr; i++)
		runs += page_to_pfn(contig->piece[i]) !=
			page_to_pfn(contig->piece[i - 1]) + BIT(contig->order);
	return runs;
}

/**
 * contig_stats_get - what there is of contiguous segments
 * @stats: receives it
 *
 * Context: any process context.
 */
void contig_stats_get(struct contig_stats *stats)
{
	spin_lock(&contig_lock);
	stats->frames = atomic_long_read(&contig_frames);
	stats->attempts = contig_attempts;
	stats->failures = contig_failures;
	spin_unlock(&contig_lock);
}

/**
 * contig_attempts_copy - the last attempts, oldest first
 * @attempts: receives them, at most CONTIG_ATTEMPTS
 *
 * Context: any process context.
 * Return: how many.
 */
unsigned int contig_attempts_copy(struct contig_attempt *attempts)
{
	unsigned int n, i;

	spin_lock(&contig_lock);
	n = min_t(u64, contig_attempts, CONTIG_ATTEMPTS);
	for (i = 0; i < n; i++)
		attempts[i] = contig_last[(contig_attempts - n + 1 + i) %
					  CONTIG_ATTEMPTS];
	spin_unlock(&contig_lock);
	return n;
}
