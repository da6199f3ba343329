// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas: where the pool and the kernel's page allocator meet.
 *
 * An arena is one alloc_pages() block, split into single refcounted pages so
 * that each frame can be mapped, pinned and freed on its own.  It is counted
 * in NR_KERNEL_MISC_RECLAIMABLE: /proc/meminfo's KReclaimable, and thereby
 * MemAvailable, tell users that the memory comes back when it is needed.
 */
#include <linux/mm.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include "internal.h"

/* How long memory must have been idle before it goes back by itself. */
#define TRIM_DELAY	HZ

static atomic_t arenas_dying = ATOMIC_INIT(0);
static void arena_trim_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(trim_work, arena_trim_work);

static void arena_account(const struct pool_arena *a, long nr)
{
	mod_node_page_state(page_pgdat(a->base), NR_KERNEL_MISC_RECLAIMABLE,
			    nr);
}

static gfp_t arena_gfp(unsigned int order)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	/* Never the OOM killer on our behalf; no compaction for the large. */
	if (order > PAGE_ALLOC_COSTLY_ORDER)
		return gfp | __GFP_NORETRY;
	return gfp | __GFP_RETRY_MAYFAIL;
}

/**
 * arena_create() - take an arena from the kernel
 * @order: log2 of its size in frames
 * @desc_size: bytes of descriptor for each frame, a power of two or 0
 *
 * Context: process context, sleeps.
 * Return: an arena with one free block and nobody looking at it, or NULL.
 */
struct pool_arena *arena_create(unsigned int order, u32 desc_size)
{
	struct pool_arena *a;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return NULL;
	a->order = order;
	a->nr = 1u << order;
	a->base = alloc_pages(arena_gfp(order), order);
	if (!a->base)
		goto free_arena;
	a->frames = kvcalloc(a->nr, sizeof(*a->frames), GFP_KERNEL);
	if (!a->frames)
		goto free_pages;
	if (desc_size) {
		a->desc = kvcalloc(a->nr, desc_size, GFP_KERNEL);
		if (!a->desc)
			goto free_frames;
		a->desc_shift = ilog2(desc_size);
	}
	split_page(a->base, order);
	a->addr = page_address(a->base);
	a->node = page_to_nid(a->base);
	arena_account(a, a->nr);
	buddy_arena_prepare(a);
	return a;

free_frames:
	kvfree(a->frames);
free_pages:
	__free_pages(a->base, order);
free_arena:
	kfree(a);
	return NULL;
}

/**
 * arena_destroy() - give an arena back to the kernel
 * @a: an arena nobody can find any more
 *
 * Frame by frame: what somebody still pins is freed by its last put_page().
 *
 * Context: any but hard IRQ and NMI.
 */
void arena_destroy(struct pool_arena *a)
{
	u32 off;

	arena_account(a, -(long)(a->nr - a->lost));
	for (off = 0; off < a->nr; off++)
		if (FRAME_KIND(a->frames[off].state) != FRAME_LOST)
			put_page(a->base + off);
	kvfree(a->desc);
	kvfree(a->frames);
	kfree(a);
}

static void arena_rcu(struct rcu_head *rcu)
{
	struct pool_arena *a = container_of(rcu, struct pool_arena, rcu);

	arena_destroy(a);
	atomic_dec(&arenas_dying);
}

/**
 * arena_destroy_rcu() - arena_destroy(), after a grace period
 * @a: an arena that only readers under rcu_read_lock() can still see
 *
 * Context: any.
 */
void arena_destroy_rcu(struct pool_arena *a)
{
	atomic_inc(&arenas_dying);
	call_rcu(&a->rcu, arena_rcu);
}

/**
 * arena_grace_period() - wait for all who read under rcu_read_lock() now
 *
 * Context: process context, sleeps.
 */
void arena_grace_period(void)
{
	synchronize_rcu();
}

/**
 * arena_is_held() - does anybody hold a reference on a free frame
 * @a: an arena whose frames are all free or lost
 *
 * Who waited for a page that was given up holds one for a moment, and will
 * look at the frame's descriptor.
 *
 * Context: any.
 * Return: true if so.
 */
bool arena_is_held(const struct pool_arena *a)
{
	u32 off;

	for (off = 0; off < a->nr; off++)
		if (FRAME_KIND(a->frames[off].state) != FRAME_LOST &&
		    page_ref_count(a->base + off) != 1)
			return true;
	return false;
}

/**
 * arena_barrier() - wait until nothing of arena.c is under way
 *
 * Context: process context, sleeps.
 */
void arena_barrier(void)
{
	cancel_delayed_work_sync(&trim_work);
	rcu_barrier();
	WARN_ON_ONCE(atomic_read(&arenas_dying));
}

/**
 * arena_page_put() - drop the pool's reference on one frame for good
 * @a: its arena
 * @off: its offset in the arena
 *
 * Context: any but hard IRQ and NMI.
 */
void arena_page_put(struct pool_arena *a, u32 off)
{
	arena_account(a, -1);
	put_page(a->base + off);
}

static void arena_trim_work(struct work_struct *work)
{
	pool_trim_excess();
}

/**
 * arena_trim_kick() - have pool_trim_excess() called soon
 *
 * Context: any.
 */
void arena_trim_kick(void)
{
	schedule_delayed_work(&trim_work, TRIM_DELAY);
}

/**
 * pool_folio_alloc() - contiguous memory that stays whole
 * @order: log2 of its size in frames, 1 to POOL_MAX_ORDER
 * @flags: POOL_ZERO
 *
 * For mappings by huge pages: split frames cannot be joined again.  The folio
 * counts against the pool's limit and as used, has no frame number and no
 * descriptor, and is not counted as reclaimable.
 *
 * Context: process context, sleeps.
 * Return: the folio with one reference, or NULL: order or flags are wrong,
 * the limit allows no more, or the kernel has no such block.
 */
struct folio *pool_folio_alloc(unsigned int order, unsigned int flags)
{
	struct folio *folio;
	gfp_t gfp;

	if (!order || order > POOL_MAX_ORDER || flags & ~(unsigned int)POOL_ZERO)
		return NULL;
	if (!pool_room_take(1u << order))
		return NULL;
	/* Somebody asked for just this; the OOM killer is no answer. */
	gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	if (flags & POOL_ZERO)
		gfp |= __GFP_ZERO;
	folio = folio_alloc(gfp, order);
	if (!folio)
		pool_room_give(1u << order);
	return folio;
}

/**
 * pool_folio_free() - give up a folio
 * @folio: what pool_folio_alloc() returned
 *
 * Drops the one reference it came with; who else holds it frees it later.
 *
 * Context: any but hard IRQ and NMI.
 */
void pool_folio_free(struct folio *folio)
{
	u32 nr = 1u << folio_order(folio);

	folio_put(folio);
	pool_room_give(nr);
}

/**
 * pool_frame_of() - the frame number of a page
 * @page: any page
 *
 * Context: any; slower than the other direction: a hash lookup.
 * Return: the number, or POOL_NO_FRAME if the page is not the pool's.
 */
u32 pool_frame_of(struct page *page)
{
	return pool_frame_lookup(page_address(page));
}
