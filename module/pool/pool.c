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

/* Capacity of a magazine for frames, and for blocks of order MAG_ORDER. */
#define MAG_FRAMES	64
#define MAG_BLOCKS	8
#define MAG_ORDER	4

/* Magazines of all CPUs together hold at most one in MAG_SHARE frames. */
#define MAG_SHARE	8

#define POOL_MAX_SLOTS	BIT(32 - POOL_MAX_ORDER)
#define POOL_MAX_LIMIT	((u32)((POOL_MAX_SLOTS - 1) << 6))
#define POOL_MIN_SLOTS	64

/**
 * struct pool_cpu - one CPU's magazines
 * @busy: 1 while somebody works on them
 * @nr: number of @frame in use
 * @nr_blocks: number of @block in use
 * @block: free blocks of MAG_ORDER
 * @frame: free frames
 */
struct pool_cpu {
	u32 busy;
	u16 nr;
	u16 nr_blocks;
	u32 block[MAG_BLOCKS];
	u32 frame[MAG_FRAMES];
} ____cacheline_aligned;

/**
 * struct pool - the one pool there is
 * @cpu: magazines
 * @mag_max: capacity of a magazine in use, even
 * @mag_blocks_max: same for blocks, even; 0: blocks are not cached
 * @hash_shift: 64 - log2 of the size of @hash
 * @nr_slots: size of pool_arenas
 * @hash: first slot of each chain; the key is the address / 4 MiB
 * @limit: see struct pool_config
 * @min: see struct pool_config
 * @reserve: see struct pool_config
 * @desc_size: see struct pool_config
 * @meta_bytes: size of everything that is allocated beside the frames
 * @buddy: free blocks.  Its lock protects everything below
 * @total: frames taken from the kernel
 * @arenas: arenas
 * @lost: frames given up
 * @peak: most frames in use
 * @grow_order: order of arena that the kernel gave last
 * @trim_pending: arena_trim_kick() was called
 * @grown: arenas taken
 * @shrunk: arenas given back
 * @bad_frees: wrong calls
 * @fails: refused requests
 */
static struct pool {
	struct pool_cpu __percpu *cpu;
	u16 mag_max;
	u16 mag_blocks_max;
	u8 hash_shift;
	u32 nr_slots;
	u32 *hash;
	u32 limit;
	u32 min;
	u32 reserve;
	u32 desc_size;
	u64 meta_bytes;

	struct buddy buddy ____cacheline_aligned;
	u32 total;
	u32 arenas;
	u32 lost;
	u32 peak;
	unsigned int grow_order;
	bool trim_pending;
	u64 grown;
	u64 shrunk;
	u64 bad_frees;
	u64 fails[POOL_FAIL_NR];
} pool;

/* Serialises changes of pool_arenas. */
static DEFINE_MUTEX(grow_lock);

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

/* ---- counting and complaining ----------------------------------------- */

/* How many frames a request must leave in the buddy. */
static u32 pool_floor(unsigned int flags)
{
	return flags & POOL_RESERVE ? 0 : pool.reserve;
}

static u32 pool_cached(void)
{
	const struct pool_cpu *c;
	unsigned int cpu;
	u32 n = 0;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(pool.cpu, cpu);
		n += READ_ONCE(c->nr) + (READ_ONCE(c->nr_blocks) << MAG_ORDER);
	}
	return n;
}

/* Called when frames have left the buddy. */
static void pool_note_peak(void)
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

/*
 * The frame table's entry if there is such a frame, else NULL.  The caller
 * holds off RCU: a bad number may point into an arena that is going away.
 */
static __always_inline struct pool_frame *frame_entry_checked(u32 frame)
{
	u32 slot = frame >> POOL_MAX_ORDER, off = frame & POOL_OFFSET_MASK;
	struct pool_arena *a;

	if (unlikely(slot >= pool.nr_slots))
		return NULL;
	a = READ_ONCE(pool_arenas[slot]);
	if (unlikely(!a || off >= a->nr))
		return NULL;
	return &a->frames[off];
}

/* ---- magazines -------------------------------------------------------- */

static __always_inline bool mag_trylock(struct pool_cpu *c)
{
	return !xchg(&c->busy, 1);
}

static __always_inline void mag_unlock(struct pool_cpu *c)
{
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

static void buddy_give_frame(u32 frame, unsigned int order)
{
	buddy_give(&pool.buddy, pool_arena_of(frame), frame & POOL_OFFSET_MASK,
		   order);
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
	unsigned int i;
	bool trim;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	for (i = 0; i < nr; i++)
		buddy_give_frame(frames[i], order);
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
		nr = buddy_take_bulk(b, c->frame, nr, FRAME_CACHED);
		WRITE_ONCE(c->nr, nr);
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
	struct buddy *b = &pool.buddy;
	u32 floor = pool.reserve + (1u << MAG_ORDER);
	unsigned int n = 0;
	unsigned long irq;
	u32 frame;

	raw_spin_lock_irqsave(&b->lock, irq);
	while (n < pool.mag_blocks_max / 2 && b->free >= floor) {
		frame = buddy_take(b, MAG_ORDER);
		if (!frame)
			break;
		WRITE_ONCE(frame_entry(frame)->state, FRAME_CACHED | MAG_ORDER);
		c->block[n++] = frame;
	}
	WRITE_ONCE(c->nr_blocks, n);
	pool_note_peak();
	raw_spin_unlock_irqrestore(&b->lock, irq);
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
		if (!READ_ONCE(c->nr) && !READ_ONCE(c->nr_blocks))
			continue;
		preempt_disable();
		if (mag_lock(c)) {
			pool_give_bulk(c->frame, c->nr, 0);
			WRITE_ONCE(c->nr, 0);
			pool_give_bulk(c->block, c->nr_blocks, MAG_ORDER);
			WRITE_ONCE(c->nr_blocks, 0);
			mag_unlock(c);
		}
		preempt_enable();
	}
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
	smp_store_release(&pool_span_start, start);
}

static void pool_arena_add(struct pool_arena *a, u32 slot)
{
	unsigned long irq;

	a->slot = slot;
	span_add(a);
	smp_store_release(&pool_arenas[slot], a);
	hash_add(a);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	buddy_arena_add(&pool.buddy, a);
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

/*
 * Take one more arena, with a block of at least @order.
 * Return: 0 if it is worth trying again, -ENOSPC at the limit, -ENOMEM when
 * the kernel has nothing to give.
 */
static int pool_grow(unsigned int order, unsigned int flags)
{
	u32 need = (1u << order) + pool_floor(flags), slot, room;
	struct pool_arena *a;
	int ret = 0;

	mutex_lock(&grow_lock);
	/* Somebody may have grown it while we waited. */
	if (READ_ONCE(pool.buddy.free) >= need &&
	    READ_ONCE(pool.buddy.mask) >> order)
		goto unlock;
	room = pool.limit - READ_ONCE(pool.total);
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
	mutex_unlock(&grow_lock);
	return ret;
}

/* Make @a unfindable if it is empty and not needed for @keep frames. */
static bool pool_arena_detach(struct pool_arena *a, u32 keep)
{
	unsigned long irq;
	bool ok;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	ok = a->free + a->lost == a->nr && pool.total >= keep + a->free;
	if (ok) {
		buddy_arena_del(&pool.buddy, a);
		WRITE_ONCE(pool.total, pool.total - a->free);
		pool.meta_bytes -= arena_meta(a);
		pool.arenas--;
		pool.shrunk++;
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (ok) {
		hash_del(a);
		WRITE_ONCE(pool_arenas[a->slot], NULL);
	}
	return ok;
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
	u32 slot, gone = 0, keep = max(keep_frames, pool.min);
	struct pool_arena *a;

	if (!mutex_trylock(&grow_lock))
		return 0;
	pool_drain();
	for (slot = pool.nr_slots - 1; slot; slot--) {
		a = pool_arenas[slot];
		if (!a || !pool_arena_detach(a, keep))
			continue;
		gone += a->nr - a->lost;
		arena_destroy_rcu(a);
	}
	mutex_unlock(&grow_lock);
	return gone;
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

/* ---- allocating ------------------------------------------------------- */

/* One block from the buddy, under its lock. */
static u32 block_alloc(unsigned int order, unsigned int flags)
{
	struct buddy *b = &pool.buddy;
	u32 frame = POOL_NO_FRAME;
	unsigned long irq;

	raw_spin_lock_irqsave(&b->lock, irq);
	if (b->free >= (1u << order) + pool_floor(flags)) {
		frame = buddy_take(b, order);
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

	if (order > POOL_MAX_ORDER || flags & ~(unsigned int)POOL_FLAGS) {
		pr_err_once("bad request: order %u, flags %#x\n", order, flags);
		pool_fail(POOL_FAIL_BAD);
		return POOL_NO_FRAME;
	}
	frame = block_alloc(order, flags);
	if (frame)
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
	if (likely(mag_trylock(c))) {
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
		got = buddy_take_bulk(b, frames, min(nr, b->free - floor),
				      FRAME_USED);
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

static u32 mag_block_alloc(void)
{
	u32 frame = POOL_NO_FRAME;
	struct pool_cpu *c;

	preempt_disable();
	c = this_cpu_ptr(pool.cpu);
	if (likely(mag_trylock(c))) {
		if (unlikely(!c->nr_blocks))
			mag_refill_blocks(c);
		if (likely(c->nr_blocks)) {
			WRITE_ONCE(c->nr_blocks, c->nr_blocks - 1);
			frame = c->block[c->nr_blocks];
			WRITE_ONCE(frame_entry(frame)->state,
				   FRAME_USED | MAG_ORDER);
		}
		mag_unlock(c);
	}
	preempt_enable();
	return frame;
}

static bool mag_block_free(u32 frame)
{
	struct pool_cpu *c;

	c = this_cpu_ptr(pool.cpu);
	if (unlikely(!mag_trylock(c)))
		return false;
	if (unlikely(c->nr_blocks >= pool.mag_blocks_max))
		mag_flush_blocks(c);
	c->block[c->nr_blocks] = frame;
	WRITE_ONCE(c->nr_blocks, c->nr_blocks + 1);
	mag_unlock(c);
	return true;
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
	if (order == MAG_ORDER && pool.mag_blocks_max &&
	    !(flags & ~(unsigned int)POOL_FLAGS))
		frame = mag_block_alloc();
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
		if (order != MAG_ORDER || !pool.mag_blocks_max ||
		    !mag_block_free(frame))
			pool_give_bulk(&frame, 1, order);
	}
	preempt_enable();
	if (unlikely(!ok))
		pool_bad_free("free", frame, order, _RET_IP_);
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
	struct pool_arena *a;
	unsigned long irq;
	bool ok;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	f = frame_entry_checked(frame);
	ok = f && READ_ONCE(f->state) == FRAME_USED;
	if (ok) {
		a = pool_arena_of(frame);
		/* The arena cannot go before its last used frame does. */
		arena_page_put(a, frame & POOL_OFFSET_MASK);
		WRITE_ONCE(f->state, FRAME_LOST);
		a->lost++;
		pool.lost++;
		WRITE_ONCE(pool.total, pool.total - 1);
	}
	raw_spin_unlock_irqrestore(&pool.buddy.lock, irq);
	if (!ok)
		pool_bad_free("loss", frame, 0, _RET_IP_);
}

/**
 * pool_slab_mark() - mark a block as the slab allocator's, or undo that
 * @frame: first frame of an allocated block
 * @order: its order
 * @slab: true: pool_free() will refuse it; false: allowed again
 *
 * Context: any.
 */
void pool_slab_mark(u32 frame, unsigned int order, bool slab)
{
	WRITE_ONCE(frame_entry(frame)->state,
		   (slab ? FRAME_SLAB : FRAME_USED) | order);
}

/* ---- looking ---------------------------------------------------------- */

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
 * pool_available_frames() - frames that are free or may still be taken
 *
 * Context: any; as pool_free_frames().
 * Return: free frames and what is missing to the limit.
 */
u32 pool_available_frames(void)
{
	u32 total = READ_ONCE(pool.total);

	return pool_free_frames() + (pool.limit > total ? pool.limit - total : 0);
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

		if (a && off < a->nr)
			return slot << POOL_MAX_ORDER | off;
	}
	return POOL_NO_FRAME;
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
	unsigned int n = 0;
	unsigned long irq;

	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
	map[0] = '\0';
	if (slot < pool.nr_slots && pool_arenas[slot])
		n = buddy_map(pool_arenas[slot], map);
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
	u32 slot, nfree = 0, total = 0;
	struct pool_arena *a;
	unsigned long irq;
	int ret = 0;

	mutex_lock(&grow_lock);
	raw_spin_lock_irqsave(&pool.buddy.lock, irq);
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
