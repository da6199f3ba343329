// SPDX-License-Identifier: GPL-2.0
/*
 * The slab allocator (Bonwick 1994), with per-CPU magazines and a depot
 * (Bonwick and Adams 2001).
 *
 * An allocation pops from the CPU's loaded magazine, a free pushes to it; at
 * its end it is exchanged with the previous one, then with one from the depot,
 * so that the depot's lock is met once in mag_size calls at the most.  Below
 * the depot are the slabs: which of a slab's objects are in it is a bitmap in
 * the slab's header, so that nothing is ever written into a free object and
 * constructed objects stay constructed.
 *
 * In debug modes there are no magazines: each call goes to slab_debug.c.  The
 * lock order stands in internal.h.
 */
#define pr_fmt(fmt) "kpager: slab: " fmt

#include "slab_internal.h"

/* Empty slabs a cache keeps until it is shrunk. */
#define SLAB_KEEP_WHOLE		2

/* Stands for "no magazine": full and empty at once, never written. */
struct slab_mag slab_no_mag;

/**
 * slab_bad() - count and report a caller's mistake or a damaged object
 * @c: the cache
 * @what: what is wrong
 * @obj: the object
 * @caller: who noticed
 *
 * Context: any but NMI; no lock of the cache is held.
 */
noinline void slab_bad(struct slab_cache *c, const char *what, const void *obj,
		       unsigned long caller)
{
	unsigned long irq;
	bool first;

	raw_spin_lock_irqsave(&c->lock, irq);
	first = !c->bad++;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	/* Once a cache; debug modes are there to tell all. */
	if (first || c->debug)
		pr_err("%s: %s: object %p, caller %pS\n", c->name, what, obj,
		       (void *)caller);
}

/* ---- slabs ------------------------------------------------------------ */

static struct slab_block *block_of(const struct slab_cache *c, const void *obj)
{
	return (struct slab_block *)((unsigned long)obj & c->mask);
}

/* A slab's frames, within the budget. */
static u32 slab_frames_alloc(struct slab_cache *c, unsigned int flags)
{
	u32 frame;

	if (c->budget && !slab_budget_take(c->budget, 1u << c->order))
		return POOL_NO_FRAME;
	frame = pool_slab_alloc(c->order, flags & ~(unsigned int)POOL_ZERO);
	if (!frame && c->budget)
		slab_budget_give(c->budget, 1u << c->order);
	return frame;
}

static void slab_frames_free(struct slab_cache *c, u32 frame)
{
	pool_free(frame, c->order);
	if (c->budget)
		slab_budget_give(c->budget, 1u << c->order);
}

static void block_release(struct slab_cache *c, struct slab_block *b)
{
	u32 frame = b->frame;

	b->cache = NULL;
	pool_slab_mark(frame, c->order, false);
	slab_frames_free(c, frame);
}

static void blocks_release(struct slab_cache *c, struct list_head *blocks)
{
	struct slab_block *b, *next;

	list_for_each_entry_safe(b, next, blocks, link)
		block_release(c, b);
}

static int block_construct(struct slab_cache *c, struct slab_block *b)
{
	u32 i;
	int ret;

	for (i = 0; i < c->per_slab; i++) {
		void *obj = b->base + (size_t)i * c->stride;

		if (c->debug)
			slab_debug_object_init(c, obj);
		if (c->ctor) {
			ret = c->ctor(obj, c->arg);
			if (ret)
				return ret;
		}
		__set_bit(i, b->map);
	}
	b->free = c->per_slab;
	return 0;
}

/* One more slab.  Return: 0, -ENOMEM or what the constructor said. */
static int slab_grow(struct slab_cache *c, unsigned int flags)
{
	u32 frame = slab_frames_alloc(c, flags);
	struct slab_block *b;
	unsigned long irq;
	u32 colour;
	int ret;

	if (!frame)
		return -ENOMEM;
	raw_spin_lock_irqsave(&c->lock, irq);
	colour = c->colour;
	c->colour = colour + 1 < c->colours ? colour + 1 : 0;
	raw_spin_unlock_irqrestore(&c->lock, irq);

	b = pool_addr(frame);
	memset(b, 0, c->header - c->left);
	b->frame = frame;
	b->base = (void *)b + c->header + (size_t)colour * c->colour_step;
	ret = block_construct(c, b);
	if (ret) {
		slab_frames_free(c, frame);
		return ret;
	}
	WRITE_ONCE(b->cache, c);
	pool_slab_mark(frame, c->order, true);

	raw_spin_lock_irqsave(&c->lock, irq);
	list_add(&b->link, &c->whole);
	c->nr_slabs++;
	c->nr_whole++;
	c->nr_here += b->free;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	return 0;
}

/* Take up to @nr objects out of one slab. */
static u32 block_take(struct slab_cache *c, struct slab_block *b, void **objs,
		      u32 nr)
{
	u32 got = 0, w, base;
	unsigned long bits;

	if (b->free == c->per_slab)
		c->nr_whole--;
	for (w = 0; got < nr && got < b->free; w++) {
		base = w * BITS_PER_LONG;
		for (bits = b->map[w]; bits && got < nr; bits &= bits - 1)
			objs[got++] = b->base +
				(size_t)(base + __ffs(bits)) * c->stride;
		b->map[w] = bits;
	}
	b->free -= got;
	c->nr_here -= got;
	list_move(&b->link, b->free ? &c->partial : &c->out);
	return got;
}

/* Take up to @nr objects out of the slabs, from partly used ones first. */
static u32 slab_take(struct slab_cache *c, void **objs, u32 nr)
{
	struct slab_block *b;
	unsigned long irq;
	u32 got = 0;

	raw_spin_lock_irqsave(&c->lock, irq);
	while (got < nr) {
		if (!list_empty(&c->partial))
			b = list_first_entry(&c->partial, struct slab_block,
					     link);
		else if (!list_empty(&c->whole))
			b = list_first_entry(&c->whole, struct slab_block,
					     link);
		else
			break;
		got += block_take(c, b, objs + got, nr - got);
	}
	raw_spin_unlock_irqrestore(&c->lock, irq);
	return got;
}

/**
 * slab_take_one() - take one object out of the slabs
 * @c: the cache
 *
 * Context: any but NMI.
 * Return: the object, or NULL if all are out.
 */
void *slab_take_one(struct slab_cache *c)
{
	void *obj = NULL;

	slab_take(c, &obj, 1);
	return obj;
}

/* Put one object back; false: it is there already. */
static bool block_give(struct slab_cache *c, void *obj,
		       struct list_head *surplus)
{
	struct slab_block *b = block_of(c, obj);

	if (__test_and_set_bit(slab_index(c, b, obj), b->map))
		return false;
	c->nr_here++;
	if (++b->free == c->per_slab) {
		if (c->nr_whole < SLAB_KEEP_WHOLE && !c->lean) {
			list_move(&b->link, &c->whole);
			c->nr_whole++;
		} else {
			list_move(&b->link, surplus);
			c->nr_slabs--;
			c->nr_here -= c->per_slab;
		}
	} else if (b->free == 1) {
		list_move(&b->link, &c->partial);
	}
	return true;
}

/**
 * slab_give() - put objects back into their slabs
 * @c: the cache
 * @objs: objects of it
 * @nr: how many
 * @caller: whom to blame
 *
 * An object that is in its slab already has been freed twice: that is
 * noticed here even without debug modes, only later.
 *
 * Context: any but NMI.
 */
void slab_give(struct slab_cache *c, void **objs, u32 nr, unsigned long caller)
{
	LIST_HEAD(surplus);
	unsigned long irq;
	void *twice = NULL;
	u32 i;

	raw_spin_lock_irqsave(&c->lock, irq);
	for (i = 0; i < nr; i++)
		if (!block_give(c, objs[i], &surplus))
			twice = objs[i];
	raw_spin_unlock_irqrestore(&c->lock, irq);
	blocks_release(c, &surplus);
	if (unlikely(twice))
		slab_bad(c, "freed twice", twice, caller);
}

/* ---- depot and magazines ---------------------------------------------- */

static struct slab_mag *mag_new(struct slab_cache *c)
{
	struct slab_mag *m;

	/* Preemption is off here.  Without magazines it only goes slower. */
	m = kmalloc(sizeof(*m) + c->mag_size * sizeof(m->obj[0]),
		    GFP_NOWAIT | __GFP_NOWARN);
	if (m) {
		m->nr = 0;
		m->size = c->mag_size;
	}
	return m;
}

static struct slab_mag *depot_get(struct slab_mag **list, u32 *nr)
{
	struct slab_mag *m = *list;

	if (m) {
		WRITE_ONCE(*list, m->next);
		WRITE_ONCE(*nr, *nr - 1);
	}
	return m;
}

static void depot_put(struct slab_mag **list, u32 *nr, struct slab_mag *m)
{
	m->next = *list;
	WRITE_ONCE(*list, m);
	WRITE_ONCE(*nr, *nr + 1);
}

/* Give the depot an empty magazine and get a full one, if it has one. */
static bool depot_get_full(struct slab_cache *c, struct slab_cpu *s)
{
	struct slab_mag *m;
	unsigned long irq;

	if (!READ_ONCE(c->full))
		return false;
	raw_spin_lock_irqsave(&c->depot_lock, irq);
	m = depot_get(&c->full, &c->nr_full);
	if (m && s->prev->size)
		depot_put(&c->empty, &c->nr_empty, s->prev);
	raw_spin_unlock_irqrestore(&c->depot_lock, irq);
	if (!m)
		return false;
	s->prev = s->loaded;
	s->loaded = m;
	return true;
}

/* Give the depot a full magazine and get an empty one. */
static bool depot_get_empty(struct slab_cache *c, struct slab_cpu *s)
{
	struct slab_mag *m = NULL;
	unsigned long irq;
	bool room;

	raw_spin_lock_irqsave(&c->depot_lock, irq);
	room = c->nr_full < c->full_max || !s->prev->size;
	if (room)
		m = depot_get(&c->empty, &c->nr_empty);
	raw_spin_unlock_irqrestore(&c->depot_lock, irq);
	if (room && !m)
		m = mag_new(c);
	if (!m)
		return false;
	if (s->prev->size) {
		raw_spin_lock_irqsave(&c->depot_lock, irq);
		depot_put(&c->full, &c->nr_full, s->prev);
		raw_spin_unlock_irqrestore(&c->depot_lock, irq);
	}
	s->prev = s->loaded;
	s->loaded = m;
	return true;
}

/* The loaded magazine is empty: get one that is not. */
static bool mag_refill(struct slab_cache *c, struct slab_cpu *s)
{
	if (s->prev->nr) {
		swap(s->loaded, s->prev);
		return true;
	}
	if (depot_get_full(c, s))
		return true;
	if (!s->loaded->size && !depot_get_empty(c, s))
		return false;
	s->loaded->nr = slab_take(c, s->loaded->obj, s->loaded->size);
	return s->loaded->nr;
}

/* The loaded magazine is full: get one that is not. */
static bool mag_make_room(struct slab_cache *c, struct slab_cpu *s,
			  unsigned long caller)
{
	if (s->prev->nr < s->prev->size) {
		swap(s->loaded, s->prev);
		return true;
	}
	if (depot_get_empty(c, s))
		return true;
	if (!s->loaded->size)
		return false;
	slab_give(c, s->loaded->obj, s->loaded->nr, caller);
	s->loaded->nr = 0;
	return true;
}

static void mag_free(struct slab_cache *c, struct slab_mag *m)
{
	if (!m->size)
		return;
	slab_give(c, m->obj, m->nr, _RET_IP_);
	kfree(m);
}

/* Take the magazines of one CPU away. */
static void cpu_drain(struct slab_cache *c, struct slab_cpu *s)
{
	struct slab_mag *a, *b;

	if (!cpu_lock(s))
		return;
	a = s->loaded;
	b = s->prev;
	s->loaded = &slab_no_mag;
	s->prev = &slab_no_mag;
	cpu_unlock(s);
	preempt_enable();
	mag_free(c, a);
	mag_free(c, b);
}

/* Bring every free object into its slab. */
static void slab_drain(struct slab_cache *c)
{
	struct slab_mag *full, *empty, *m;
	unsigned long irq;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		cpu_drain(c, per_cpu_ptr(c->cpu, cpu));
	raw_spin_lock_irqsave(&c->depot_lock, irq);
	full = c->full;
	empty = c->empty;
	WRITE_ONCE(c->full, NULL);
	WRITE_ONCE(c->empty, NULL);
	WRITE_ONCE(c->nr_full, 0);
	c->nr_empty = 0;
	raw_spin_unlock_irqrestore(&c->depot_lock, irq);
	while ((m = full)) {
		full = m->next;
		mag_free(c, m);
	}
	while ((m = empty)) {
		empty = m->next;
		mag_free(c, m);
	}
	if (c->debug)
		slab_debug_release(c);
}

/* ---- allocating and freeing ------------------------------------------- */

static void *alloc_from_mag(struct slab_cache *c)
{
	struct slab_cpu *s;
	void *obj = NULL;

	preempt_disable();
	s = this_cpu_ptr(c->cpu);
	if (cpu_trylock(s)) {
		if (s->loaded->nr || mag_refill(c, s)) {
			obj = s->loaded->obj[--s->loaded->nr];
			s->allocs++;
		}
		cpu_unlock(s);
	}
	preempt_enable();
	return obj;
}

static noinline void *slab_alloc_slow(struct slab_cache *c, unsigned int flags,
				      unsigned long caller)
{
	bool drained = false;
	unsigned long irq;
	void *obj;

	for (;;) {
		obj = c->mag_size ? alloc_from_mag(c) : NULL;
		if (!obj)
			obj = slab_take_one(c);
		if (obj)
			break;
		if (!slab_grow(c, flags))
			continue;
		if (drained)
			break;
		/* The last objects may be in somebody's magazine, or at rest. */
		slab_drain(c);
		drained = true;
	}
	raw_spin_lock_irqsave(&c->lock, irq);
	if (obj)
		c->misses++;
	else
		c->fails++;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	if (obj && c->debug)
		slab_debug_alloc(c, obj, caller);
	return obj;
}

/**
 * slab_alloc() - allocate an object
 * @c: the cache
 * @flags: POOL_ZERO (not with a constructor), POOL_NOWAIT, POOL_RESERVE
 *
 * Context: process context, may sleep; with POOL_NOWAIT any but NMI.
 * Return: the object, or NULL when the pool has no room or the constructor
 * failed.
 */
void *slab_alloc(struct slab_cache *c, unsigned int flags)
{
	struct slab_cpu *s;
	struct slab_mag *m;
	void *obj = NULL;

	preempt_disable();
	s = this_cpu_ptr(c->cpu);
	if (likely(cpu_trylock(s))) {
		m = s->loaded;
		if (likely(m->nr)) {
			obj = m->obj[--m->nr];
			s->allocs++;
		}
		cpu_unlock(s);
	}
	preempt_enable();
	if (unlikely(!obj)) {
		obj = slab_alloc_slow(c, flags, _RET_IP_);
		if (!obj)
			return NULL;
	}
	if (unlikely(flags & POOL_ZERO) && !c->ctor)
		memset(obj, 0, c->size);
	return obj;
}

static noinline void slab_free_slow(struct slab_cache *c, void *obj,
				    unsigned long caller)
{
	struct slab_cpu *s;

	if (c->debug) {
		if (slab_debug_free(c, &obj, caller) && obj)
			slab_give(c, &obj, 1, caller);
		return;
	}
	if (!c->mag_size) {
		slab_give(c, &obj, 1, caller);
		return;
	}
	preempt_disable();
	s = this_cpu_ptr(c->cpu);
	if (cpu_trylock(s)) {
		if (s->loaded->nr < s->loaded->size ||
		    mag_make_room(c, s, caller)) {
			s->loaded->obj[s->loaded->nr++] = obj;
			obj = NULL;
		}
		cpu_unlock(s);
	}
	preempt_enable();
	if (obj)
		slab_give(c, &obj, 1, caller);
}

/* Why slab_free() did not like what it got. */
static noinline void slab_free_bad(struct slab_cache *c, void *obj,
				   unsigned long caller)
{
	struct slab_cache *other = slab_cache_of(obj);

	if (!obj)
		return;
	if (!other)
		slab_bad(c, "freed what is no object", obj, caller);
	else if (other != c)
		slab_bad(c, "freed to the wrong cache", obj, caller);
	else
		slab_bad(c, "freed an address within an object", obj, caller);
}

static __always_inline bool slab_owns(const struct slab_cache *c,
				      const void *obj)
{
	const struct slab_block *b = block_of(c, obj);

	/* Never look at memory that is not near the pool's. */
	return pool_span_has(obj) && READ_ONCE(b->cache) == c &&
	       slab_index(c, b, obj) < c->per_slab;
}

static __always_inline void slab_free_common(struct slab_cache *c, void *obj,
					     unsigned long caller)
{
	struct slab_cpu *s;
	struct slab_mag *m;

	if (unlikely(!slab_owns(c, obj))) {
		slab_free_bad(c, obj, caller);
		return;
	}
	preempt_disable();
	s = this_cpu_ptr(c->cpu);
	if (likely(cpu_trylock(s))) {
		m = s->loaded;
		if (likely(m->nr < m->size)) {
			m->obj[m->nr++] = obj;
			obj = NULL;
		}
		cpu_unlock(s);
	}
	preempt_enable();
	if (unlikely(obj))
		slab_free_slow(c, obj, caller);
}

/**
 * slab_free() - free an object
 * @c: the cache it was allocated from
 * @obj: the object, or NULL
 *
 * An address that is not an object of @c is refused and reported.  A double
 * free is refused at once under SLABF_TRACK, else when the second copy comes
 * back to the slab.
 *
 * Context: any but NMI.
 */
void slab_free(struct slab_cache *c, void *obj)
{
	slab_free_common(c, obj, _RET_IP_);
}

/**
 * slab_cache_of() - the cache an address belongs to
 * @obj: any address
 *
 * Context: any.
 * Return: the cache in one of whose slabs the address lies, or NULL.
 */
struct slab_cache *slab_cache_of(const void *obj)
{
	struct slab_cache *c = NULL;
	struct slab_block *b;
	unsigned int order;
	u32 frame;
	u8 state;

	rcu_read_lock();
	frame = pool_frame_lookup(obj);
	for (order = 0; frame && order <= SLAB_MAX_ORDER; order++) {
		frame &= ~((1u << order) - 1);
		state = READ_ONCE(frame_entry(frame)->state);
		if (FRAME_KIND(state) != FRAME_SLAB ||
		    FRAME_ORDER(state) < order)
			continue;
		b = pool_addr(frame);
		c = READ_ONCE(b->cache);
		break;
	}
	rcu_read_unlock();
	return c;
}

/**
 * slab_free_addr() - free an object whose cache one does not know
 * @obj: an object of any cache, or NULL
 *
 * Context: any but NMI.
 */
void slab_free_addr(void *obj)
{
	struct slab_cache *c;

	if (!obj)
		return;
	c = slab_cache_of(obj);
	if (likely(c))
		slab_free_common(c, obj, _RET_IP_);
	else
		pr_err_once("free of %p, which is no object; caller %pS\n",
			    obj, (void *)_RET_IP_);
}

/**
 * slab_alloc_bulk() - allocate several objects
 * @c: the cache
 * @objs: where to put them
 * @nr: how many
 * @flags: as for slab_alloc()
 *
 * Context: as for slab_alloc().
 * Return: how many were allocated.
 */
unsigned int slab_alloc_bulk(struct slab_cache *c, void **objs,
			     unsigned int nr, unsigned int flags)
{
	unsigned int got;

	for (got = 0; got < nr; got++) {
		objs[got] = slab_alloc(c, flags);
		if (!objs[got])
			break;
	}
	return got;
}

/**
 * slab_free_bulk() - free several objects
 * @c: the cache they were allocated from
 * @objs: the objects
 * @nr: how many
 *
 * Context: any but NMI.
 */
void slab_free_bulk(struct slab_cache *c, void **objs, unsigned int nr)
{
	while (nr--)
		slab_free_common(c, *objs++, _RET_IP_);
}

/* ---- shrinking -------------------------------------------------------- */

/**
 * slab_shrink() - give the pool what a cache does not need
 * @c: the cache
 *
 * Context: any but NMI; reaches all magazines from a task only.
 * Return: number of frames freed.
 */
u32 slab_shrink(struct slab_cache *c)
{
	LIST_HEAD(surplus);
	unsigned long irq;
	u32 before, nr;

	raw_spin_lock_irqsave(&c->lock, irq);
	before = c->nr_slabs;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	slab_drain(c);
	raw_spin_lock_irqsave(&c->lock, irq);
	list_splice_init(&c->whole, &surplus);
	c->nr_here -= (u64)c->nr_whole * c->per_slab;
	c->nr_slabs -= c->nr_whole;
	c->nr_whole = 0;
	nr = c->nr_slabs;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	blocks_release(c, &surplus);
	return before > nr ? (before - nr) << c->order : 0;
}
