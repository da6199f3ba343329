// SPDX-License-Identifier: GPL-2.0
/*
 * The pool's front: per-CPU magazines before the buddy, growth and trimming
 * behind it.
 *
 * A magazine is a stack of free frames that one CPU has to itself.  It is
 * refilled and flushed half at a time, so that a run of allocations or of
 * frees meets the shared lock once in mag_batch calls, and a CPU that
 * alternates between the two hardly ever (Bonwick and Adams 2001; the kernel's
 * per-CPU page lists work likewise).
 *
 * What protects a magazine is a word that is set with an atomic exchange, not
 * disabled interrupts: cheaper than saving, clearing and restoring the
 * interrupt flag, and another CPU can take it to drain the magazine when
 * everything else is used up.  The lock order stands in internal.h.
 */
#define pr_fmt(fmt) "kpager: pool: " fmt

#include "internal.h"

#define POOL_FLAGS	(POOL_ZERO | POOL_NOWAIT | POOL_RESERVE)

struct pool pool;

/* ---- counting and complaining ----------------------------------------- */

/**
 * pool_cached() - frames in all magazines
 *
 * Context: any; not synchronised with the magazines' users.
 * Return: frames.
 */
u32 pool_cached(void)
{
	const struct pool_cpu *c;
	unsigned int cpu;
	u32 n = 0;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(pool.cpu, cpu);
		n += READ_ONCE(c->nr) + READ_ONCE(c->nr_paired) +
		     (READ_ONCE(c->nr_blocks) << MAG_ORDER);
	}
	return n;
}

/**
 * pool_note_peak() - frames have left the buddy: is this the most ever?
 *
 * Context: any; the buddy's lock is held.
 */
void pool_note_peak(void)
{
	u32 out = pool.total - pool.buddy.free;

	lockdep_assert_held(&pool.buddy.lock);
	if (out <= pool.peak)
		return;
	out -= min(out, pool_cached());
	pool.peak = max(pool.peak, out);
}

static void pool_fail(enum pool_fail why)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	pool.fails[why]++;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}

/* A caller's mistake: refused, counted, and reported once. */
static noinline void pool_bad_free(const char *what, u32 frame,
				   unsigned int order, unsigned long caller)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	pool.bad_frees++;
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	pr_err_once("%s of frame %#x, order %u, refused; caller %pS\n", what,
		    frame, order, (void *)caller);
}

/**
 * pool_note_owing() - the buddy's free frames changed: is the reserve whole?
 *
 * What was taken from the reserve is paid back by the next frees: else
 * ordinary requests would find these frames in the magazines, and the reserve
 * would be gone after its first use.
 *
 * Context: any; the buddy's lock is held.
 */
void pool_note_owing(void)
{
	bool owing = pool.buddy.free < pool.reserve;

	lockdep_assert_held(&pool.buddy.lock);
	if (owing != pool.owing)
		WRITE_ONCE(pool.owing, owing);
}

/* ---- magazines -------------------------------------------------------- */

static __always_inline bool mag_trylock(struct pool_cpu *c)
{
	return !xchg(&c->busy, 1);
}

static __always_inline void mag_unlock(struct pool_cpu *c)
{
	/* Pairs with the exchange in mag_trylock(). */
	smp_store_release(&c->busy, 0);
}

/*
 * For drains.  The holder has preemption off and never waits, so a task may
 * spin; an interrupt may have hit the holder itself, so it must not.
 */
static bool mag_lock(struct pool_cpu *c)
{
	while (!mag_trylock(c)) {
		if (!in_task())
			return false;
		cpu_relax();
	}
	return true;
}

/* Called with the lock held, after frees: is there an arena to give back? */
static bool pool_wants_trim(void)
{
	if (pool.trim_pending || pool.buddy.empty < 2 ||
	    pool.total < pool.min + POOL_ARENA_FRAMES)
		return false;
	pool.trim_pending = true;
	return true;
}

static void pool_give_bulk(const u32 *frames, unsigned int nr,
			   unsigned int order)
{
	unsigned long irq;
	bool trim;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	buddy_give_bulk(&pool.buddy, order, frames, nr);
	pool_note_owing();
	trim = pool_wants_trim();
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (trim)
		arena_trim_kick();
}

static noinline void mag_refill(struct pool_cpu *c, unsigned int flags)
{
	struct buddy *b = &pool.buddy;
	u32 floor = pool_floor(flags);
	unsigned int nr = pool.mag_max / 2;
	unsigned long irq;

	/* The reserve is for this request, not for the magazine. */
	if (flags & POOL_RESERVE && READ_ONCE(b->free) <= pool.reserve)
		nr = 1;
	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free > floor) {
		nr = min(nr, b->free - floor);
		nr = buddy_take_bulk(b, 0, c->frame, nr, FRAME_CACHED);
		WRITE_ONCE(c->nr, nr);
		pool_note_owing();
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
}

/* Give back the half that was not used for longest. */
static noinline void mag_flush(struct pool_cpu *c)
{
	unsigned int half = pool.mag_max / 2;

	pool_give_bulk(c->frame, half, 0);
	memmove(c->frame, c->frame + half, (c->nr - half) * sizeof(c->frame[0]));
	WRITE_ONCE(c->nr, c->nr - half);
}

static noinline void mag_flush_blocks(struct pool_cpu *c)
{
	unsigned int half = pool.mag_blocks_max / 2;

	pool_give_bulk(c->block, half, MAG_ORDER);
	memmove(c->block, c->block + half,
		(c->nr_blocks - half) * sizeof(c->block[0]));
	WRITE_ONCE(c->nr_blocks, c->nr_blocks - half);
}

static noinline void mag_refill_blocks(struct pool_cpu *c)
{
	unsigned int nr = pool.mag_blocks_max / 2;
	struct buddy *b = &pool.buddy;
	unsigned long irq;

	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free > pool.reserve) {
		nr = min(nr, (b->free - pool.reserve) >> MAG_ORDER);
		nr = buddy_take_bulk(b, MAG_ORDER, c->block, nr, FRAME_CACHED);
		WRITE_ONCE(c->nr_blocks, nr);
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
}

/* Called with the magazine locked. */
static void mag_empty(struct pool_cpu *c)
{
	unsigned int order;
	u32 *pair;

	pool_give_bulk(c->frame, c->nr, 0);
	WRITE_ONCE(c->nr, 0);
	pool_give_bulk(c->block, c->nr_blocks, MAG_ORDER);
	WRITE_ONCE(c->nr_blocks, 0);
	for (order = 1; order <= pool.pair_max; order++) {
		pair = c->pair[order];
		pool_give_bulk(pair, !!pair[0] + !!pair[1], order);
		pair[0] = POOL_NO_FRAME;
		pair[1] = POOL_NO_FRAME;
	}
	WRITE_ONCE(c->nr_paired, 0);
}

/**
 * pool_drain() - empty all magazines into the buddy
 *
 * Context: any but NMI; from a task it reaches every magazine.
 */
void pool_drain(void)
{
	struct pool_cpu *c;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(pool.cpu, cpu);
		if (!READ_ONCE(c->nr) && !READ_ONCE(c->nr_blocks) &&
		    !READ_ONCE(c->nr_paired))
			continue;
		preempt_disable();
		if (mag_lock(c)) {
			mag_empty(c);
			mag_unlock(c);
		}
		preempt_enable();
	}
}

/* ---- allocating ------------------------------------------------------- */

/* One block from the buddy, under its lock. */
static __always_inline u32 block_alloc(unsigned int order,
				       unsigned int flags)
{
	struct buddy *b = &pool.buddy;
	u32 frame = POOL_NO_FRAME;
	unsigned long irq;

	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free >= (1u << order) + pool_floor(flags)) {
		frame = buddy_take(b, order);
		pool_note_owing();
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
	return frame;
}

static enum pool_fail block_fail_reason(unsigned int order, unsigned int flags,
					int grow)
{
	u32 nr = 1u << order, free = READ_ONCE(pool.buddy.free);

	if (grow == -ENOMEM)
		return POOL_FAIL_KERNEL;
	if (grow == -EAGAIN && pool.limit - READ_ONCE(pool.total) >= nr)
		return POOL_FAIL_NOWAIT;
	if (free >= nr + pool_floor(flags))
		return POOL_FAIL_FRAGMENTED;
	if (free >= nr)
		return POOL_FAIL_RESERVE;
	return POOL_FAIL_LIMIT;
}

/* Everything a magazine could not answer. */
static noinline u32 block_alloc_slow(unsigned int order, unsigned int flags)
{
	u32 frame;
	int ret;

	if (unlikely(order > POOL_MAX_ORDER ||
		     flags & ~(unsigned int)POOL_FLAGS)) {
		pr_err_once("bad request: order %u, flags %#x\n", order, flags);
		pool_fail(POOL_FAIL_BAD);
		return POOL_NO_FRAME;
	}
	frame = block_alloc(order, flags);
	if (likely(frame))
		return frame;
	/* The last frames may lie in somebody's magazine. */
	pool_drain();
	for (;;) {
		frame = block_alloc(order, flags);
		if (frame)
			return frame;
		ret = -EAGAIN;
		if (!(flags & POOL_NOWAIT))
			ret = pool_grow(order, flags);
		if (ret)
			break;
	}
	pool_fail(block_fail_reason(order, flags, ret));
	return POOL_NO_FRAME;
}

static void block_zero(u32 frame, unsigned int order)
{
	u8 *p = pool_addr(frame), *end = p + (PAGE_SIZE << order);

	for (; p < end; p += PAGE_SIZE)
		clear_page(p);
}

/**
 * pool_frame_alloc() - allocate one frame
 * @flags: POOL_ZERO, POOL_NOWAIT, POOL_RESERVE
 *
 * Context: process context, may sleep; with POOL_NOWAIT any but NMI.
 * Return: the frame's number, or POOL_NO_FRAME; the reason is counted in
 * struct pool_stats.
 */
u32 pool_frame_alloc(unsigned int flags)
{
	u32 frame = POOL_NO_FRAME;
	struct pool_cpu *c;

	if (unlikely(flags & ~(unsigned int)POOL_FLAGS))
		return block_alloc_slow(0, flags);
	preempt_disable();
	c = this_cpu_ptr(pool.cpu);
	if (likely(mag_trylock(c))) {
		if (unlikely(!c->nr))
			mag_refill(c, flags);
		if (likely(c->nr)) {
			WRITE_ONCE(c->nr, c->nr - 1);
			frame = c->frame[c->nr];
			WRITE_ONCE(frame_entry(frame)->state, FRAME_USED);
		}
		mag_unlock(c);
	}
	preempt_enable();
	if (unlikely(!frame))
		frame = block_alloc_slow(0, flags);
	if (unlikely(flags & POOL_ZERO) && frame)
		clear_page(pool_addr(frame));
	return frame;
}

/**
 * pool_frame_free() - free one frame
 * @frame: what pool_frame_alloc() returned
 *
 * The caller has undone what it did to the struct page and dropped all
 * references but the one the frame came with.  A number that is not an
 * allocated frame is refused and reported once.
 *
 * Context: any but NMI.
 */
void pool_frame_free(u32 frame)
{
	struct pool_frame *f;
	struct pool_cpu *c;

	preempt_disable();
	f = frame_entry_checked(frame);
	if (unlikely(!f || READ_ONCE(f->state) != FRAME_USED)) {
		preempt_enable();
		pool_bad_free("free", frame, 0, _RET_IP_);
		return;
	}
	WRITE_ONCE(f->state, FRAME_CACHED);
	c = this_cpu_ptr(pool.cpu);
	if (likely(!READ_ONCE(pool.owing) && mag_trylock(c))) {
		if (unlikely(c->nr >= pool.mag_max))
			mag_flush(c);
		c->frame[c->nr] = frame;
		WRITE_ONCE(c->nr, c->nr + 1);
		mag_unlock(c);
	} else {
		pool_give_bulk(&frame, 1, 0);
	}
	preempt_enable();
}

/* As many as one magazine and the buddy hold. */
static unsigned int frame_take_bulk(u32 *frames, unsigned int nr,
				    unsigned int flags)
{
	struct buddy *b = &pool.buddy;
	u32 floor = pool_floor(flags);
	unsigned int got = 0;
	struct pool_cpu *c;
	unsigned long irq;

	preempt_disable();
	c = this_cpu_ptr(pool.cpu);
	if (mag_trylock(c)) {
		got = min_t(unsigned int, nr, c->nr);
		WRITE_ONCE(c->nr, c->nr - got);
		memcpy(frames, c->frame + c->nr, got * sizeof(*frames));
		mag_unlock(c);
	}
	preempt_enable();
	for (nr -= got; got; got--, frames++)
		WRITE_ONCE(frame_entry(*frames)->state, FRAME_USED);
	if (!nr)
		return 0;
	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free > floor) {
		got = buddy_take_bulk(b, 0, frames, min(nr, b->free - floor),
				      FRAME_USED);
		pool_note_owing();
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
	return nr - got;
}

/**
 * pool_frame_alloc_bulk() - allocate several frames
 * @frames: where to put their numbers
 * @nr: how many
 * @flags: as for pool_frame_alloc()
 *
 * Context: as for pool_frame_alloc().
 * Return: how many were allocated: @nr, or less when no more are to be had,
 * which is then counted as one failure.
 */
unsigned int pool_frame_alloc_bulk(u32 *frames, unsigned int nr,
				   unsigned int flags)
{
	unsigned int got, i;

	if (flags & ~(unsigned int)POOL_FLAGS)
		return block_alloc_slow(0, flags);
	got = nr - frame_take_bulk(frames, nr, flags);
	while (got < nr) {
		frames[got] = block_alloc_slow(0, flags);
		if (!frames[got])
			break;
		got++;
		got += nr - got - frame_take_bulk(frames + got, nr - got,
						  flags);
	}
	if (flags & POOL_ZERO)
		for (i = 0; i < got; i++)
			clear_page(pool_addr(frames[i]));
	return got;
}

/**
 * pool_frame_free_bulk() - free several frames
 * @frames: their numbers, in any order
 * @nr: how many
 *
 * Context: any but NMI.
 */
void pool_frame_free_bulk(const u32 *frames, unsigned int nr)
{
	while (nr--)
		pool_frame_free(*frames++);
}

/*
 * Two blocks at a time: a run meets the lock every other time, and the two are
 * often buddies that need not be split from each other, nor merged again when
 * they go back together.
 */
static noinline u32 mag_refill_pair(struct pool_cpu *c, unsigned int order)
{
	struct buddy *b = &pool.buddy;
	u32 two[2] = { POOL_NO_FRAME, POOL_NO_FRAME };
	unsigned long irq;

	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free >= pool.reserve + (2u << order)) {
		buddy_take_bulk(b, order, two, 2, FRAME_CACHED);
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
	c->pair[order][0] = two[1];
	if (two[1])
		WRITE_ONCE(c->nr_paired, c->nr_paired + (1u << order));
	return two[0];
}

/* A block of this order out of the CPU's stock. */
static u32 mag_block_take(struct pool_cpu *c, unsigned int order)
{
	u32 frame;
	bool full;

	if (order == MAG_ORDER) {
		if (unlikely(!c->nr_blocks))
			mag_refill_blocks(c);
		if (!c->nr_blocks)
			return POOL_NO_FRAME;
		WRITE_ONCE(c->nr_blocks, c->nr_blocks - 1);
		return c->block[c->nr_blocks];
	}
	full = c->pair[order][1] != POOL_NO_FRAME;
	frame = c->pair[order][full];
	if (unlikely(!frame))
		return mag_refill_pair(c, order);
	c->pair[order][full] = POOL_NO_FRAME;
	WRITE_ONCE(c->nr_paired, c->nr_paired - (1u << order));
	return frame;
}

static u32 mag_block_alloc(unsigned int order)
{
	u32 frame = POOL_NO_FRAME;
	struct pool_cpu *c;

	preempt_disable();
	c = this_cpu_ptr(pool.cpu);
	if (likely(mag_trylock(c))) {
		frame = mag_block_take(c, order);
		mag_unlock(c);
	}
	if (frame)
		WRITE_ONCE(frame_entry(frame)->state, FRAME_USED | order);
	preempt_enable();
	return frame;
}

/* Put a block into the CPU's stock, making room if there is none. */
static void mag_block_put(struct pool_cpu *c, u32 frame, unsigned int order)
{
	u32 *pair = c->pair[order];

	if (order == MAG_ORDER) {
		if (unlikely(c->nr_blocks >= pool.mag_blocks_max))
			mag_flush_blocks(c);
		c->block[c->nr_blocks] = frame;
		WRITE_ONCE(c->nr_blocks, c->nr_blocks + 1);
		return;
	}
	if (pair[1]) {
		pool_give_bulk(pair, 2, order);
		pair[0] = POOL_NO_FRAME;
		pair[1] = POOL_NO_FRAME;
		WRITE_ONCE(c->nr_paired, c->nr_paired - (2u << order));
	}
	pair[!!pair[0]] = frame;
	WRITE_ONCE(c->nr_paired, c->nr_paired + (1u << order));
}

static bool mag_block_free(u32 frame, unsigned int order)
{
	struct pool_cpu *c = this_cpu_ptr(pool.cpu);

	if (unlikely(!mag_trylock(c)))
		return false;
	mag_block_put(c, frame, order);
	mag_unlock(c);
	return true;
}

/* Do CPUs keep blocks of this order? */
static bool mag_has_order(unsigned int order)
{
	return order == MAG_ORDER ? pool.mag_blocks_max :
				    order <= pool.pair_max;
}

/**
 * pool_alloc() - allocate a block of contiguous frames
 * @order: log2 of their number, at most POOL_MAX_ORDER
 * @flags: as for pool_frame_alloc()
 *
 * The block is aligned to its size, physically and by frame number.  Its
 * frames are single pages, each with its own reference.
 *
 * Context: as for pool_frame_alloc().
 * Return: number of the first frame, or POOL_NO_FRAME.
 */
u32 pool_alloc(unsigned int order, unsigned int flags)
{
	u32 frame = POOL_NO_FRAME;

	if (!order)
		return pool_frame_alloc(flags);
	if (mag_has_order(order) && !(flags & ~(unsigned int)POOL_FLAGS))
		frame = mag_block_alloc(order);
	if (!frame)
		frame = block_alloc_slow(order, flags);
	if (unlikely(flags & POOL_ZERO) && frame)
		block_zero(frame, order);
	return frame;
}

/**
 * pool_free() - free a block
 * @frame: what pool_alloc() returned
 * @order: the order it was asked for
 *
 * A number that is not the first frame of an allocated block of this order is
 * refused and reported once.
 *
 * Context: any but NMI.
 */
void pool_free(u32 frame, unsigned int order)
{
	struct pool_frame *f;
	bool ok;

	if (!order) {
		pool_frame_free(frame);
		return;
	}
	preempt_disable();
	f = frame_entry_checked(frame);
	ok = f && order <= POOL_MAX_ORDER &&
	     READ_ONCE(f->state) == (FRAME_USED | order);
	if (likely(ok)) {
		WRITE_ONCE(f->state, FRAME_CACHED | order);
		if (READ_ONCE(pool.owing) || !mag_has_order(order) ||
		    !mag_block_free(frame, order))
			pool_give_bulk(&frame, 1, order);
	}
	preempt_enable();
	if (unlikely(!ok))
		pool_bad_free("free", frame, order, _RET_IP_);
}

/**
 * pool_run_take() - allocate what is free of a run of frames
 * @first: its first frame; the run is aligned to its size
 * @nr: how many, a power of two, in one arena
 * @frames: where to put the numbers; each is freed by itself
 *
 * Takes from the reserve, too, and leaves alone what lies in magazines or in a
 * free block that is larger than the run.
 *
 * Context: any but NMI.
 * Return: how many were free.
 */
unsigned int pool_run_take(u32 first, u32 nr, u32 *frames)
{
	struct buddy *b = &pool.buddy;
	unsigned int got = 0;
	struct pool_arena *a;
	unsigned long irq;

	rcu_read_lock();
	raw_spin_lock_irqsave(&b->lock, irq);
	a = READ_ONCE(pool_arenas[first >> POOL_MAX_ORDER]);
	if (a && !a->dead && (first & POOL_OFFSET_MASK) + nr <= a->nr) {
		got = buddy_take_run(b, a, first & POOL_OFFSET_MASK, nr,
				     frames);
		pool_note_owing();
		pool_note_peak();
	}
	raw_spin_unlock_irqrestore(&b->lock, irq);
	rcu_read_unlock();
	return got;
}

/**
 * pool_split() - make single frames of a block
 * @frame: what pool_alloc() returned
 * @order: the order it was asked for
 *
 * From now on each of them is freed by itself, with pool_frame_free().
 *
 * Context: any but NMI.
 */
void pool_split(u32 frame, unsigned int order)
{
	struct pool_frame *f;
	unsigned long irq;
	u32 i = 1u << order;
	bool ok;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	f = frame_entry_checked(frame);
	ok = f && order <= POOL_MAX_ORDER &&
	     READ_ONCE(f->state) == (FRAME_USED | order);
	/* The first one last: until then it stands for all of them. */
	while (ok && i--)
		WRITE_ONCE(f[i].state, FRAME_USED);
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (!ok)
		pool_bad_free("split", frame, order, _RET_IP_);
}

/**
 * pool_join() - make a block of single frames, the reverse of pool_split()
 * @frame: the first of 1 << @order frames that lie together, aligned to their
 *	number; the caller has allocated all of them
 * @order: log2 of their number
 *
 * From now on they are freed together, with pool_free().
 *
 * Context: any but NMI.
 */
void pool_join(u32 frame, unsigned int order)
{
	u32 i, nr = 1u << order;
	struct pool_frame *f;
	unsigned long irq;
	bool ok;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	f = frame_entry_checked(frame);
	ok = f && order <= POOL_MAX_ORDER && !(frame & (nr - 1)) &&
	     frame_entry_checked(frame + nr - 1);
	for (i = 0; ok && i < nr; i++)
		ok = READ_ONCE(f[i].state) == FRAME_USED;
	/* The first one last: before, it does not stand for all of them. */
	for (i = nr; ok && i--;)
		WRITE_ONCE(f[i].state, i ? FRAME_TAIL : FRAME_USED | order);
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (!ok)
		pool_bad_free("join", frame, order, _RET_IP_);
}

/**
 * pool_frame_lose() - give up a frame that somebody still holds
 * @frame: an allocated single frame
 *
 * The pool drops its reference and never uses the frame again; the kernel
 * gets it with the last put_page().
 *
 * Context: any but hard IRQ and NMI.
 */
void pool_frame_lose(u32 frame)
{
	struct pool_frame *f;
	struct pool_arena *a = NULL;
	unsigned long irq;
	bool ok;

	rcu_read_lock();
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	f = frame_entry_checked(frame);
	ok = f && READ_ONCE(f->state) == FRAME_USED;
	if (ok) {
		a = pool_arena_of(frame);
		WRITE_ONCE(f->state, FRAME_LOST);
		a->lost++;
		pool.lost++;
		WRITE_ONCE(pool.total, pool.total - 1);
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	/* That may have been the arena's last frame: hence the RCU lock. */
	if (ok)
		arena_page_put(a, frame & POOL_OFFSET_MASK);
	rcu_read_unlock();
	if (!ok)
		pool_bad_free("loss", frame, 0, _RET_IP_);
}

/* Arenas that are looked at for a slab; slots are taken from the first on. */
#define SLAB_ARENAS	32u

/* A block in the slabs' home, else in an arena that holds slabs already. */
static u32 slab_take(struct buddy *b, unsigned int order)
{
	u32 frame = buddy_take_home(b, order);
	struct pool_arena *a;
	u32 slot;

	for (slot = 1; slot < min(pool.nr_slots, SLAB_ARENAS + 1) && !frame;
	     slot++) {
		a = READ_ONCE(pool_arenas[slot]);
		if (a && a->slabs)
			frame = buddy_take_from(b, a, order);
	}
	return frame;
}

/* Give a block that has just been taken for one where slabs are. */
static u32 slab_exchange(u32 frame, unsigned int order)
{
	const struct pool_arena *a = pool_arena_of(frame);
	u32 better = POOL_NO_FRAME;
	unsigned long irq;
	bool trim = false;

	rcu_read_lock();
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	if (!a->home && !a->slabs)
		better = slab_take(&pool.buddy, order);
	else if (!a->home)
		better = buddy_take_home(&pool.buddy, order);
	if (better) {
		buddy_give_bulk(&pool.buddy, order, &frame, 1);
		trim = pool_wants_trim();
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	rcu_read_unlock();
	if (trim)
		arena_trim_kick();
	return better ?: frame;
}

/**
 * pool_slab_alloc() - allocate a block for slabs
 * @order: log2 of its size
 * @flags: as for pool_alloc(), but not POOL_ZERO
 *
 * Objects of the module cannot be moved, so an arena with one of them does
 * not go back to the kernel: they are kept together.  The block is one that
 * anybody might have had, from a magazine too, and is then exchanged.
 *
 * Context: as for pool_alloc().
 * Return: number of the first frame, or POOL_NO_FRAME.
 */
u32 pool_slab_alloc(unsigned int order, unsigned int flags)
{
	u32 frame = pool_alloc(order, flags);

	return frame ? slab_exchange(frame, order) : POOL_NO_FRAME;
}

/**
 * pool_slab_mark() - mark a block as the slab allocator's, or undo that
 * @frame: first frame of an allocated block
 * @order: its order
 * @slab: true: pool_free() will refuse it; false: allowed again
 *
 * Context: any but NMI; takes the buddy's lock.
 */
void pool_slab_mark(u32 frame, unsigned int order, bool slab)
{
	struct pool_arena *a = pool_arena_of(frame);
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	WRITE_ONCE(frame_entry(frame)->state,
		   (slab ? FRAME_SLAB : FRAME_USED) | order);
	a->slabs += slab ? 1u << order : -(1u << order);
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
}
