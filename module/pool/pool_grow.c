// SPDX-License-Identifier: GPL-2.0
/*
 * The pool's arenas: taking them, finding them by address, giving them back;
 * beginning and end of the pool.
 */
#define pr_fmt(fmt) "kpager: pool: " fmt

#include "internal.h"

/* Magazines of all CPUs together hold at most one in MAG_SHARE frames. */
#define MAG_SHARE	8

#define POOL_MAX_SLOTS	BIT(32 - POOL_MAX_ORDER)
#define POOL_MAX_LIMIT	((u32)((POOL_MAX_SLOTS - 1) << 6))
#define POOL_MIN_SLOTS	64

/* Serialises changes of pool_arenas. */
DEFINE_MUTEX(grow_lock);
/* Who is in pool_grow(). */
static const void *grow_task;

struct pool_arena **pool_arenas;
unsigned long pool_span_start;
unsigned long pool_span_size;

/* ---- the address hash ------------------------------------------------- */

static u32 *hash_head(const void *addr)
{
	u64 key = (u64)(unsigned long)addr >> (PAGE_SHIFT + POOL_MAX_ORDER);

	return &pool.hash[key * 0x9e3779b97f4a7c15ull >> pool.hash_shift];
}

static void hash_add(struct pool_arena *a)
{
	u32 *head = hash_head(a->addr);

	a->sibling = *head;
	/* Who finds the slot finds the arena and @sibling. */
	smp_store_release(head, a->slot);
}

static void hash_del(struct pool_arena *a)
{
	u32 *link = hash_head(a->addr);

	while (*link != a->slot)
		link = &pool_arenas[*link]->sibling;
	WRITE_ONCE(*link, a->sibling);
}

/**
 * pool_frame_lookup() - the frame an address lies in
 * @addr: any address
 *
 * Context: any; the answer lasts as long as the frame is allocated, or until
 * rcu_read_unlock().
 * Return: the frame's number, or POOL_NO_FRAME if it is not the pool's.
 */
u32 pool_frame_lookup(const void *addr)
{
	struct pool_arena *a;
	size_t off;
	u32 slot, frame = POOL_NO_FRAME;

	rcu_read_lock();
	for (slot = READ_ONCE(*hash_head(addr)); slot;
	     slot = READ_ONCE(a->sibling)) {
		a = READ_ONCE(pool_arenas[slot]);
		if (!a)
			break;
		off = ((unsigned long)addr - (unsigned long)a->addr) >>
			PAGE_SHIFT;
		if (off < a->nr) {
			frame = slot << POOL_MAX_ORDER | off;
			break;
		}
	}
	rcu_read_unlock();
	return frame;
}

/* ---- growing and shrinking -------------------------------------------- */

static u32 slot_find(void)
{
	u32 slot;

	for (slot = 1; slot < pool.nr_slots; slot++)
		if (!pool_arenas[slot])
			return slot;
	return 0;
}

static u64 arena_meta(const struct pool_arena *a)
{
	return sizeof(*a) + a->nr * (sizeof(*a->frames) + (u64)pool.desc_size);
}

/*
 * Widen the span.  Start and size are two words, so a reader may see one of
 * them old; but it asks about an arena it was given something from, and that
 * the span has had since before.
 */
static void span_add(const struct pool_arena *a)
{
	unsigned long start = (unsigned long)a->addr;
	unsigned long end = start + ((unsigned long)a->nr << PAGE_SHIFT);

	if (pool_span_size) {
		start = min(start, pool_span_start);
		end = max(end, pool_span_start + pool_span_size);
	}
	WRITE_ONCE(pool_span_size, end - start);
	/* Size before start: pairs with pool_span_has(). */
	smp_store_release(&pool_span_start, start);
}

static void pool_arena_add(struct pool_arena *a, u32 slot)
{
	unsigned long irq;

	a->slot = slot;
	a->home = pool.home < POOL_ARENA_FRAMES;
	pool.home += a->home ? a->nr : 0;
	span_add(a);
	/* Readers reach the arena's fields through this pointer. */
	smp_store_release(&pool_arenas[slot], a);
	hash_add(a);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	buddy_arena_add(&pool.buddy, a);
	pool_note_owing();
	WRITE_ONCE(pool.total, pool.total + a->nr);
	pool.meta_bytes += arena_meta(a);
	pool.grow_order = a->order;
	pool.arenas++;
	pool.grown++;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}

/* The largest arena the kernel gives, of at least @order and at most @room. */
static struct pool_arena *arena_create_best(unsigned int order, u32 room)
{
	struct pool_arena *a = NULL;
	int o = min_t(int, POOL_MAX_ORDER, __fls(room));

	/* Where the kernel failed last time, do not start from the top. */
	o = min_t(int, o, max(pool.grow_order + 1, order));
	for (; o >= (int)order && !a; o--)
		a = arena_create(o, pool.desc_size);
	return a;
}

/**
 * pool_grow() - take one more arena
 * @order: it shall have a block of at least this order
 * @flags: as for pool_frame_alloc()
 *
 * Context: process context, sleeps.
 * Return: 0 if it is worth trying again, -ENOSPC at the limit, -ENOMEM when
 * the kernel has nothing to give, -EAGAIN when this task is growing already.
 */
int pool_grow(unsigned int order, unsigned int flags)
{
	u32 need = (1u << order) + pool_floor(flags), slot, room;
	struct pool_arena *a;
	unsigned long irq;
	int ret = 0;
	bool grown;

	/*
	 * The kernel, asked for an arena, may run shrinkers, and what these
	 * free may need a frame first: not by growing, then.
	 */
	if (READ_ONCE(grow_task) == current)
		return -EAGAIN;
	mutex_lock(&grow_lock);
	WRITE_ONCE(grow_task, current);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	grown = pool.buddy.free >= need && buddy_has(&pool.buddy, order);
	room = pool.limit - pool.total;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	/* Somebody may have grown it while we waited. */
	if (grown)
		goto unlock;
	slot = slot_find();
	ret = -ENOSPC;
	if (room < 1u << order || !slot)
		goto unlock;
	ret = -ENOMEM;
	a = arena_create_best(order, room);
	if (!a)
		goto unlock;
	pool_arena_add(a, slot);
	ret = 0;
unlock:
	WRITE_ONCE(grow_task, NULL);
	mutex_unlock(&grow_lock);
	return ret;
}

/*
 * Take @a out of use if it is empty, held by nobody and not needed for @keep
 * frames.  Readers who found one of its frames before may still look at it,
 * so the slot stays for a grace period; a walk over the slots passes it by.
 */
static bool pool_arena_detach(struct pool_arena *a, u32 keep)
{
	unsigned long irq;
	bool ok;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	ok = a->free + a->lost == a->nr && pool.total >= keep + a->free &&
		!arena_is_held(a);
	if (ok) {
		WRITE_ONCE(a->dead, true);
		buddy_arena_del(&pool.buddy, a);
		WRITE_ONCE(pool.total, pool.total - a->free);
		pool.meta_bytes -= arena_meta(a);
		pool.arenas--;
		pool.shrunk++;
		pool_note_owing();
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (!ok)
		return false;
	pool.home -= a->home ? a->nr : 0;
	hash_del(a);
	return true;
}

/**
 * pool_trim() - give empty arenas back to the kernel
 * @keep_frames: stop before the pool is smaller than this, or than its min
 *
 * Empties the magazines first.  Does nothing while the pool is growing.
 *
 * Context: a task that may sleep, also from a shrinker; does not allocate.
 * Return: number of frames given back; the memory follows an RCU grace period
 * later.
 */
u32 pool_trim(u32 keep_frames)
{
	u32 slot, gone = 0, keep;
	bool any = false;
	struct pool_arena *a;

	if (!mutex_trylock(&grow_lock))
		return 0;
	/* The minimum is for what can be handed out, without folios. */
	keep = max(keep_frames, pool.min + pool.whole);
	pool_drain();
	for (slot = pool.nr_slots - 1; slot; slot--) {
		a = pool_arenas[slot];
		if (!a || !pool_arena_detach(a, keep))
			continue;
		gone += a->nr - a->lost;
		any = true;
	}
	if (any)
		arena_grace_period();
	for (slot = pool.nr_slots - 1; any && slot; slot--) {
		a = pool_arenas[slot];
		if (!a || !a->dead)
			continue;
		WRITE_ONCE(pool_arenas[slot], NULL);
		/* A walk may have read the slot just before. */
		arena_destroy_rcu(a);
	}
	mutex_unlock(&grow_lock);
	return gone;
}

static bool room_take(u32 nr)
{
	unsigned long irq;
	bool ok;

	/* While the pool grows it has looked at the limit, but not added yet. */
	mutex_lock(&grow_lock);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	ok = nr <= pool.limit && pool.total <= pool.limit - nr;
	if (ok) {
		WRITE_ONCE(pool.total, pool.total + nr);
		pool.whole += nr;
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	mutex_unlock(&grow_lock);
	return ok;
}

/**
 * pool_room_take() - count memory that is no arena against the limit
 * @nr: frames, which count as used
 *
 * Context: process context, sleeps: empty arenas are given back to make room.
 * Return: true, or false if the limit does not allow it.
 */
bool pool_room_take(u32 nr)
{
	bool ok = room_take(nr);

	if (!ok && pool_trim(0))
		ok = room_take(nr);
	return ok;
}

/**
 * pool_room_give() - undo pool_room_take()
 * @nr: frames
 *
 * Context: any but NMI.
 */
void pool_room_give(u32 nr)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	WRITE_ONCE(pool.total, pool.total - nr);
	pool.whole -= nr;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}

/**
 * pool_trim_excess() - give back all empty arenas but one
 *
 * The one is there so that a user at the edge of an arena does not take and
 * return it for ever.
 *
 * Context: a task that may sleep.
 */
void pool_trim_excess(void)
{
	unsigned long irq;
	u32 keep;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	pool.trim_pending = false;
	keep = pool.total - pool.buddy.free + POOL_ARENA_FRAMES;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	pool_trim(keep);
}

/* ---- beginning and end ------------------------------------------------ */

static int pool_config_check(const struct pool_config *cfg)
{
	if (!cfg->limit_frames || cfg->limit_frames > POOL_MAX_LIMIT ||
	    cfg->min_frames > cfg->limit_frames ||
	    cfg->reserve_frames >= cfg->limit_frames)
		return -EINVAL;
	if (cfg->desc_size && (!is_power_of_2(cfg->desc_size) ||
			       cfg->desc_size > PAGE_SIZE))
		return -EINVAL;
	return 0;
}

/* Small pools and many CPUs: keep the frames where they can be found. */
static void pool_size_magazines(void)
{
	u32 share = pool.limit / (MAG_SHARE * num_possible_cpus());
	u32 blocks = share >> (MAG_ORDER + 1);

	pool.mag_max = clamp_t(u32, share, 2, MAG_FRAMES) & ~1u;
	pool.mag_blocks_max = min_t(u32, blocks, MAG_BLOCKS) & ~1u;
	/* Pairs of all orders together are four times the largest block. */
	pool.pair_max = share >= 8 ? min_t(u32, __fls(share) - 2, 9) : 0;
}

static int pool_tables_alloc(void)
{
	u32 nr_hash;

	pool.nr_slots = max_t(u32, pool.limit >> 6, POOL_MIN_SLOTS) + 1;
	nr_hash = roundup_pow_of_two(pool.nr_slots);
	pool.hash_shift = 64 - ilog2(nr_hash);
	pool.cpu = alloc_percpu(struct pool_cpu);
	if (!pool.cpu)
		return -ENOMEM;
	pool.hash = kvcalloc(nr_hash, sizeof(*pool.hash), GFP_KERNEL);
	if (!pool.hash)
		goto free_cpu;
	pool_arenas = kvcalloc(pool.nr_slots, sizeof(*pool_arenas), GFP_KERNEL);
	if (!pool_arenas)
		goto free_hash;
	pool.meta_bytes = num_possible_cpus() * sizeof(struct pool_cpu) +
			  nr_hash * sizeof(*pool.hash) +
			  pool.nr_slots * sizeof(*pool_arenas);
	return 0;

free_hash:
	kvfree(pool.hash);
free_cpu:
	free_percpu(pool.cpu);
	return -ENOMEM;
}

static void pool_tables_free(void)
{
	kvfree(pool_arenas);
	pool_arenas = NULL;
	kvfree(pool.hash);
	free_percpu(pool.cpu);
}

/* Unhook every arena and give it back, used frames and all. */
static void pool_arenas_free(void)
{
	struct pool_arena *a;
	unsigned long irq;
	u32 slot;

	/* Before a frame goes back, let those who look at one finish. */
	synchronize_rcu();
	for (slot = 1; slot < pool.nr_slots; slot++) {
		a = pool_arenas[slot];
		if (!a)
			continue;
		raw_spin_lock_irqsave(&pool.buddy.lock, irq);
		buddy_arena_del(&pool.buddy, a);
		raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
		pool_arenas[slot] = NULL;
		arena_destroy(a);
	}
}

/**
 * pool_init() - bring the pool up
 * @cfg: sizes
 *
 * Context: process context, sleeps.  Not to be called twice without
 * pool_exit() in between.
 * Return: 0, -EINVAL for a nonsensical @cfg, -ENOMEM when the tables or the
 * min could not be had.
 */
int pool_init(const struct pool_config *cfg)
{
	int ret = pool_config_check(cfg);

	if (ret)
		return ret;
	memset(&pool, 0, sizeof(pool));
	pool_span_size = 0;
	buddy_init(&pool.buddy);
	pool.limit = cfg->limit_frames;
	pool.min = cfg->min_frames;
	pool.reserve = cfg->reserve_frames;
	pool.desc_size = cfg->desc_size;
	pool.grow_order = POOL_MAX_ORDER;
	pool_size_magazines();
	ret = pool_tables_alloc();
	if (ret)
		return ret;
	while (pool.total < pool.min) {
		struct pool_arena *a = NULL;
		u32 slot = slot_find();

		if (slot)
			a = arena_create_best(0, pool.limit - pool.total);
		if (!a)
			goto free_arenas;
		pool_arena_add(a, slot);
	}
	return 0;

free_arenas:
	pool_arenas_free();
	pool_tables_free();
	return -ENOMEM;
}

/**
 * pool_exit() - give everything back to the kernel
 *
 * All users have freed what they had; what they have not is reported, and
 * given back all the same.  A page that somebody outside still pins is freed
 * by its last put_page().
 *
 * Context: process context, sleeps.
 */
void pool_exit(void)
{
	u32 used;

	/* Draining may ask for a trim; nothing asks after the barrier. */
	pool_drain();
	arena_barrier();
	used = pool.total - pool.buddy.free;
	if (used)
		pr_err("%u frames were never freed\n", used);
	pool_arenas_free();
	pool_tables_free();
}
