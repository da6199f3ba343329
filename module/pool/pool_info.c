// SPDX-License-Identifier: GPL-2.0
/* Looking at the pool: counters, free blocks, consistency. */
#include "internal.h"

/**
 * pool_free_frames() - how many frames are free
 *
 * Magazines included, not synchronised with their users: right when nothing
 * moves, off by the moves under way otherwise.
 *
 * Context: any; a few instructions for each possible CPU.
 * Return: frames.
 */
u32 pool_free_frames(void)
{
	return READ_ONCE(pool.buddy.free) + pool_cached();
}

/**
 * pool_available_frames() - frames that an ordinary request may have
 *
 * Context: any; as pool_free_frames().
 * Return: free frames and what is missing to the limit, without the reserve.
 */
u32 pool_available_frames(void)
{
	u32 total = READ_ONCE(pool.total), cached = pool_cached();
	u32 rest = READ_ONCE(pool.buddy.free);

	rest += pool.limit > total ? pool.limit - total : 0;
	return cached + (rest > pool.reserve ? rest - pool.reserve : 0);
}

/**
 * pool_frame_next() - walk over the frame numbers of the arenas there are
 * @frame: where to begin
 *
 * Whether a frame is handed out is not looked at.
 *
 * Context: under rcu_read_lock().
 * Return: the first number not below @frame, or POOL_NO_FRAME at the end.
 */
u32 pool_frame_next(u32 frame)
{
	u32 slot = frame >> POOL_MAX_ORDER, off = frame & POOL_OFFSET_MASK;

	for (; slot < pool.nr_slots; slot++, off = 0) {
		const struct pool_arena *a = READ_ONCE(pool_arenas[slot]);

		if (a && !READ_ONCE(a->dead) && off < a->nr)
			return slot << POOL_MAX_ORDER | off;
	}
	return POOL_NO_FRAME;
}

/**
 * pool_run_free() - how many frames of a run are free
 * @first: its first frame; the run is aligned to its size
 * @nr: how many, a power of two, in one arena
 *
 * Magazines count as free here.  What it says may be over at once.
 *
 * Context: any but NMI.
 * Return: frames; of a free block that is larger than the run, none.
 */
u32 pool_run_free(u32 first, u32 nr)
{
	u32 off = first & POOL_OFFSET_MASK, end = off + nr, nfree = 0;
	const struct pool_arena *a;
	u8 state;

	rcu_read_lock();
	a = READ_ONCE(pool_arenas[first >> POOL_MAX_ORDER]);
	while (a && end <= a->nr && off < end) {
		state = READ_ONCE(a->frames[off].state);
		off += 1u << FRAME_ORDER(state);
		if (off <= end && (FRAME_KIND(state) == FRAME_FREE ||
				   FRAME_KIND(state) == FRAME_CACHED))
			nfree += 1u << FRAME_ORDER(state);
	}
	rcu_read_unlock();
	return nfree;
}

/**
 * pool_stats_get() - the pool's counters
 * @stats: where to put them
 *
 * @total, @free and @used always add up.
 *
 * Context: any but NMI.
 */
void pool_stats_get(struct pool_stats *stats)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	stats->limit = pool.limit;
	stats->min = pool.min;
	stats->reserve = pool.reserve;
	stats->total = pool.total;
	stats->whole = pool.whole;
	stats->cached = min(pool_cached(), pool.total - pool.buddy.free);
	stats->free = pool.buddy.free + stats->cached;
	stats->used = pool.total - stats->free;
	pool.peak = max(pool.peak, stats->used);
	stats->peak = pool.peak;
	stats->lost = pool.lost;
	stats->arenas = pool.arenas;
	stats->grown = pool.grown;
	stats->shrunk = pool.shrunk;
	stats->meta_bytes = pool.meta_bytes;
	stats->bad_frees = pool.bad_frees;
	memcpy(stats->fails, pool.fails, sizeof(stats->fails));
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}

static void arena_info(const struct pool_arena *a, struct pool_arena_info *info)
{
	unsigned long irq;
	unsigned int o;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	info->slot = a->slot;
	info->node = a->node;
	info->frames = a->nr;
	info->free = a->free;
	info->lost = a->lost;
	info->largest = a->avail ? 1u << __fls(a->avail) : 0;
	for (o = 0; o < POOL_NR_ORDERS; o++)
		info->blocks[o] = a->blocks[o];
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}

/**
 * pool_slots() - how many arenas there could be
 *
 * Context: any.
 * Return: arenas have numbers from 1 to below this.
 */
u32 pool_slots(void)
{
	return pool.nr_slots;
}

/**
 * pool_arena_look() - look at one arena
 * @slot: its number
 * @info: receives what there is to say
 *
 * Context: any but NMI.
 * Return: true, or false if there is no such arena.
 */
bool pool_arena_look(u32 slot, struct pool_arena_info *info)
{
	const struct pool_arena *a = NULL;

	rcu_read_lock();
	if (slot < pool.nr_slots)
		a = READ_ONCE(pool_arenas[slot]);
	if (a)
		arena_info(a, info);
	rcu_read_unlock();
	return a;
}

/**
 * pool_buddyinfo() - look at each arena
 * @fn: called for each; a non-zero return ends the walk
 * @arg: passed on to @fn
 *
 * Context: process context; @fn may sleep, but must not allocate from the
 * pool: growing waits until the walk is over.
 * Return: 0, or what @fn returned.
 */
int pool_buddyinfo(pool_arena_fn fn, void *arg)
{
	struct pool_arena_info info;
	int ret = 0;
	u32 slot;

	mutex_lock(&grow_lock);
	for (slot = 1; slot < pool.nr_slots && !ret; slot++) {
		if (!pool_arenas[slot])
			continue;
		arena_info(pool_arenas[slot], &info);
		ret = fn(&info, arg);
	}
	mutex_unlock(&grow_lock);
	return ret;
}

/**
 * pool_buddymap() - the blocks of one arena as letters
 * @slot: the arena's number
 * @map: room for POOL_ARENA_FRAMES + 1 characters; for the letters see
 *	buddy_map()
 *
 * Context: any but NMI.
 * Return: number of letters, 0 if there is no such arena.
 */
unsigned int pool_buddymap(u32 slot, char *map)
{
	const struct pool_arena *a = NULL;
	unsigned int n = 0;
	unsigned long irq;

	/* Interrupts are off: an arena does not go away meanwhile. */
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	map[0] = '\0';
	if (slot < pool.nr_slots)
		a = READ_ONCE(pool_arenas[slot]);
	if (a)
		n = buddy_map(a, map);
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	return n;
}

/**
 * pool_check() - are all tables consistent?
 *
 * For tests: linear in the size of the pool, with the lock held.
 *
 * Context: process context.
 * Return: 0 or the first violation, see buddy_check().
 */
int pool_check(void)
{
	u32 slot, nfree = 0, total;
	struct pool_arena *a;
	unsigned long irq;
	int ret = 0;

	mutex_lock(&grow_lock);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	total = pool.whole;
	for (slot = 1; slot < pool.nr_slots && !ret; slot++) {
		a = pool_arenas[slot];
		if (!a)
			continue;
		ret = buddy_check(&pool.buddy, a);
		nfree += a->free;
		total += a->nr - a->lost;
	}
	if (!ret && (nfree != pool.buddy.free || total != pool.total))
		ret = -EBADMSG;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	mutex_unlock(&grow_lock);
	return ret;
}
