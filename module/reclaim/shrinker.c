// SPDX-License-Identifier: GPL-2.0
/*
 * shrinker.c - memory goes back when the system is short of it
 *
 * The kernel takes whole arenas only.  Those of which all pages are clean and
 * unused are emptied, one after the other, until the pool has its minimum;
 * where pages are dirty, they are moved to frames that are free in other
 * arenas, and the cleaners are started, so that the kernel finds more next
 * time.  Before the kernel kills somebody, everything that can be had is given.
 */
#include "reclaim/reclaim.h"

#include "pager/contig.h"
#include "pager/move.h"
#include "pager/pager.h"
#include "pager/trace.h"
#include "pool/slab.h"

#include <linux/delay.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/shrinker.h>

/* Of so many arenas the one with the fewest pages is taken first. */
#define SHRINK_CHOICE	4
/* Most arenas that a shrinker looks at: it keeps somebody waiting. */
#define SHRINK_LOOKS	64
/*
 * Cleaners are looked at so often before a kill, and given up after so many
 * looks in a row that found nothing written.
 */
#define SHRINK_PAUSE_MS	50
#define SHRINK_TRIES	40
/* However much they write, nobody waits longer than for so many looks. */
#define SHRINK_TRIES_ALL	400
/* Where there is nothing to clean, a page that somebody uses is waited for. */
#define SHRINK_TRIES_USED	4

static struct shrinker *shrinker;
/* One task shrinks at a time.  Whoever has it allocates nothing. */
static DEFINE_MUTEX(shrink_lock);
/* Where the round over the arenas goes on; under shrink_lock. */
static u32 shrink_cursor;
/*
 * What shrinkers gave since the last OOM, some of which readers under RCU may
 * still hold up; under shrink_lock.
 */
static u32 shrink_late;
/* Pages that were moved since the module was loaded; under shrink_lock. */
static u64 shrink_moved;

/* How many frames a pool holds above its minimum, of those in arenas. */
static u32 shrink_above(const struct pool_stats *pool)
{
	u32 total = pool->total - pool->whole;

	return total > pool->min ? total - pool->min : 0;
}

static u32 shrink_excess(void)
{
	struct pool_stats pool;

	pool_stats_get(&pool);
	return shrink_above(&pool);
}

/**
 * struct shrink_round - a round over the arenas
 * @slots: slots that were not visited yet
 * @looks: arenas that may still be looked at
 * @excess: frames above the pool's minimum
 * @move: pages are moved, not evicted
 */
struct shrink_round {
	u32 slots;
	u32 looks;
	u32 excess;
	bool move;
};

/**
 * struct shrink_patience - how long cleaners were waited for
 * @tries: looks
 * @idle: of these, the last ones that found nothing written
 * @written: pages written at the last one
 */
struct shrink_patience {
	unsigned int tries;
	unsigned int idle;
	u64 written;
};

/* Could the pages of an arena go where others are free? */
static bool shrink_may_move(const struct pool_arena_info *info,
			    unsigned int used)
{
	struct pool_stats pool;

	pool_stats_get(&pool);
	return pool.free >= info->free + used + pool.reserve &&
		pool_run_free(info->slot << POOL_MAX_ORDER, info->frames) +
		frames_movable(info->slot << POOL_MAX_ORDER,
			       info->frames) == info->frames;
}

/* Can an arena be emptied, and is it not needed for the minimum? */
static bool shrink_judge(struct shrink_round *round, u32 slot,
			 struct pool_arena_info *info)
{
	unsigned int used;

	if (!pool_arena_look(slot, info))
		return false;
	round->looks--;
	used = info->frames - info->free - info->lost;
	if (!used || info->frames - info->lost > round->excess)
		return false;
	if (round->move)
		return shrink_may_move(info, used);
	return frames_easy(slot << POOL_MAX_ORDER, info->frames) == used;
}

/* The emptiest of the next few arenas that can be emptied. */
static bool shrink_choose(struct shrink_round *round,
			  struct pool_arena_info *best)
{
	struct pool_arena_info info;
	unsigned int choice = 0;

	for (; round->slots && round->looks && choice < SHRINK_CHOICE;
	     round->slots--) {
		shrink_cursor = (shrink_cursor + 1) % pool_slots();
		if (!shrink_judge(round, shrink_cursor, &info))
			continue;
		if (!choice++ ||
		    info.free + info.lost > best->free + best->lost)
			*best = info;
	}
	return choice;
}

/**
 * shrink_clean - have dirty pages written, so that there is more to give later
 *
 * Context: may sleep; waits for no store.
 * Return: true if there are segments to take from.
 */
bool shrink_clean(void)
{
	struct segment *seg = NULL;
	bool any = false;

	while ((seg = segment_next_get(seg))) {
		/* A store in memory would need more of it. */
		if (seg->store->takes_frames || !segment_spare(seg))
			continue;
		segment_clean_start(seg);
		any = true;
	}
	return any;
}

/*
 * Empty arenas, by eviction or by moving their pages, until @want frames are
 * given back, in a round of at most @looks arenas.  Return how many went.
 */
static u32 shrink_arenas(u32 want, u32 looks, bool move)
{
	struct shrink_round round = {
		.slots = pool_slots(), .looks = looks, .move = move,
	};
	struct pool_arena_info arena;
	u32 gone = 0, first;

	lockdep_assert_held(&shrink_lock);
	/* Nobody has to wait until all is moved for a task that is killed. */
	while (gone < want && !(move && fatal_signal_pending(current))) {
		round.excess = shrink_excess();
		if (!round.excess || !shrink_choose(&round, &arena))
			break;
		first = arena.slot << POOL_MAX_ORDER;
		if (move)
			shrink_moved += frames_move(first, arena.frames);
		else
			frames_evict(first, arena.frames);
		gone += pool_trim(0);
	}
	return gone;
}

/*
 * Give back @want frames, or what can be had in two rounds of at most @looks
 * arenas: pages are evicted where that is enough, else moved if that is wanted.
 * Return how many went.
 */
static u32 shrink(u32 want, u32 looks, bool move)
{
	u32 gone;

	lockdep_assert_held(&shrink_lock);
	segments_discard(want);
	/* A slab that nobody uses would keep its arena. */
	slab_shrink_all();
	gone = pool_trim(0);
	if (gone < want)
		gone += shrink_arenas(want - gone, looks, false);
	if (gone < want && move)
		gone += shrink_arenas(want - gone, looks, true);
	return gone;
}

static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	struct pool_stats pool;
	u64 can;

	pool_stats_get(&pool);
	if (!shrink_above(&pool))
		return 0;
	can = pool.free + segments_forgettable() + segments_clean();
	return min_t(u64, can, shrink_above(&pool));
}

static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	u32 gone, want = min_t(unsigned long, sc->nr_to_scan, U32_MAX);

	if (!mutex_trylock(&shrink_lock))
		return SHRINK_STOP;
	gone = shrink(want, SHRINK_LOOKS, true);
	shrink_late += gone;
	mutex_unlock(&shrink_lock);
	trace_kpager_shrink(false, want, gone);
	if (gone < want)
		shrink_clean();
	return gone ?: SHRINK_STOP;
}

/* What cleaners wrote until now. */
static u64 shrink_written(void)
{
	struct segment_counts counts;
	struct segment *seg = NULL;
	u64 sum = 0;

	while ((seg = segment_next_get(seg))) {
		segment_counts_sum(seg, &counts);
		sum += counts.v[COUNT_pages_written];
	}
	return sum;
}

/*
 * Cleaners work, and are waited for, as long as they get anywhere.  False if
 * there is no point in it: there are none, or the store does not take it.
 */
static bool shrink_wait(struct shrink_patience *patience)
{
	u64 written;

	if (!shrink_clean())
		return false;
	msleep(SHRINK_PAUSE_MS);
	written = shrink_written();
	patience->tries++;
	if (written != patience->written)
		patience->idle = 0;
	else
		patience->idle++;
	patience->written = written;
	return patience->idle < SHRINK_TRIES &&
		patience->tries < SHRINK_TRIES_ALL;
}

/*
 * The kernel is about to kill somebody.  Pages that are being written are
 * waited for: a life is worth two seconds, and more if that is of use.
 */
static int shrink_oom(struct notifier_block *nb, unsigned long unused,
		      void *freed)
{
	struct shrink_patience patience = { .written = shrink_written() };
	u32 gone = 0, n;

	mutex_lock(&shrink_lock);
	swap(gone, shrink_late);
	for (;;) {
		/* A round passes by arenas that the next one finds. */
		/* What is moved once need not be moved on each look. */
		n = shrink(U32_MAX, U32_MAX, !patience.tries);
		gone += n;
		if (n)
			continue;
		if (gone || !shrink_excess() || !shrink_wait(&patience))
			break;
	}
	mutex_unlock(&shrink_lock);
	/* It is free only when the last reader has gone. */
	if (gone)
		rcu_barrier();
	*(unsigned long *)freed += gone;
	trace_kpager_shrink(true, U32_MAX, gone);
	return NOTIFY_OK;
}

/*
 * Have so many frames free, beside the reserve, as if they were needed for
 * pages.  False if they cannot be had.
 */
static bool shrink_free_some(u32 want, struct shrink_patience *patience)
{
	struct rung_call call = {
		.page = NO_PAGE, .context = STORE_FREE, .thread = true,
	};
	unsigned int climbs = 0;
	struct pool_stats pool;

	for (;;) {
		pool_stats_get(&pool);
		if (pool.free >= want + pool.reserve)
			return true;
		/* Others may take them as fast as they come. */
		if (fatal_signal_pending(current) || climbs++ > want)
			return false;
		if (rungs_climb(&call, 0, RUNG_LAST - 1))
			reclaim_frames_came();
		else if (!shrink_wait(patience))
			return false;
		cond_resched();
	}
}

/* Arenas that are not to be had now may be in a moment.  False: not likely. */
static bool shrink_pause(struct shrink_patience *patience, unsigned int *used)
{
	if (!shrink_free_some(POOL_ARENA_FRAMES, patience))
		return false;
	if (shrink_wait(patience))
		return true;
	if (++*used > SHRINK_TRIES_USED)
		return false;
	msleep(SHRINK_PAUSE_MS);
	return true;
}

/*
 * Somebody wants contiguous memory, for which the pool holds too much: what it
 * has goes back, written before or moved together if need be.
 */
static u32 shrink_room(u32 want, struct contig_attempt *attempt)
{
	struct shrink_patience patience = { .written = shrink_written() };
	unsigned int used = 0;
	u32 gone = 0, n;

	/* A pool that is never smaller than it is has no room. */
	if (!shrink_excess())
		return 0;
	do {
		if (mutex_lock_killable(&shrink_lock))
			break;
		attempt->moved -= shrink_moved;
		n = shrink(want - gone, U32_MAX, true);
		attempt->moved += shrink_moved;
		mutex_unlock(&shrink_lock);
		gone += n;
	} while (gone < want && !fatal_signal_pending(current) &&
		 (n || shrink_pause(&patience, &used)));
	/* It is free only when the last reader has gone. */
	if (gone)
		rcu_barrier();
	attempt->freed += gone;
	return gone;
}

/* The same, for a run of the pool's own frames. */
static u32 shrink_run(unsigned int order, struct contig_attempt *attempt)
{
	struct shrink_patience patience = { .written = shrink_written() };
	u32 frame;

	if (!shrink_free_some(1u << order, &patience) ||
	    mutex_lock_killable(&shrink_lock))
		return 0;
	slab_shrink_all();
	frame = frames_compact(order, &attempt->moved);
	mutex_unlock(&shrink_lock);
	return frame;
}

static const struct contig_reclaim shrink_contig = {
	.room = shrink_room,
	.run = shrink_run,
};

static struct notifier_block shrink_oom_block = {
	.notifier_call = shrink_oom,
};

/**
 * shrinker_init - let the kernel ask for memory
 *
 * Context: may sleep; the layers below are up.
 * Return: 0 or a negative errno.
 */
int shrinker_init(void)
{
	int err;

	shrink_cursor = 0;
	shrink_late = 0;
	contig_set_reclaim(&shrink_contig);
	shrinker = kp_shrinker_register("kpager", shrink_count, shrink_scan,
					POOL_ARENA_FRAMES);
	if (IS_ERR(shrinker))
		return PTR_ERR(shrinker);
	err = register_oom_notifier(&shrink_oom_block);
	if (err)
		kp_shrinker_unregister(shrinker);
	return err;
}

/**
 * shrinker_exit - the kernel does not ask any more; waits for who is asking
 *
 * Context: may sleep.
 */
void shrinker_exit(void)
{
	unregister_oom_notifier(&shrink_oom_block);
	kp_shrinker_unregister(shrinker);
}
