// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy allocator (Knowlton 1965; Knuth, TAOCP 1, 2.5).
 *
 * A block of order o is 2^o frames, aligned to its size within its arena.
 * Only the first frame of a block says what the block is: its state byte
 * holds kind and order, all other frames say FRAME_TAIL.  So a split writes
 * one byte more, a merge one less, and whether the neighbour can be merged
 * with is one comparison: state == (FRAME_FREE | o).
 *
 * Free blocks hang in lists by order, a set of lists for each arena, linked
 * by 16-bit offsets.  Arenas hang in buckets by their largest free block.
 * A request takes the arena with the smallest largest block that will do, and
 * in it the smallest block that will do: that fills broken arenas first and
 * lets whole ones stay whole, to be given back or used for large requests.
 *
 * Objects in slabs cannot be moved, so an arena with one of them does not go
 * back to the kernel.  That is why one arena is the slabs' home: other
 * requests look at it when no other arena has what they need, so that what is
 * free in a full pool is free there.
 */
#include "internal.h"

static __always_inline void block_push(struct pool_arena *a, u32 off, unsigned int order)
{
	struct pool_frame *f = &a->frames[off];
	u16 next = a->head[order];

	WRITE_ONCE(f->state, FRAME_FREE | order);
	f->next = next;
	f->prev = FRAME_NONE;
	if (next != FRAME_NONE)
		a->frames[next].prev = off;
	else
		a->avail |= 1u << order;
	a->head[order] = off;
	a->blocks[order]++;
}

/* The state of the block is left to the caller. */
static __always_inline void block_remove(struct pool_arena *a, u32 off,
					 unsigned int order)
{
	const struct pool_frame *f = &a->frames[off];
	u16 next = f->next, prev = f->prev;

	if (next != FRAME_NONE)
		a->frames[next].prev = prev;
	if (prev != FRAME_NONE) {
		a->frames[prev].next = next;
	} else {
		a->head[order] = next;
		if (next == FRAME_NONE)
			a->avail &= ~(1u << order);
	}
	a->blocks[order]--;
}

/* Give back the upper halves until @off is a block of order @want. */
static void block_split(struct pool_arena *a, u32 off, unsigned int order,
			unsigned int want)
{
	while (order > want) {
		order--;
		block_push(a, off + (1u << order), order);
	}
}

/* hlist, because list_head is checked at each step on many kernels. */
static void bucket_add(struct buddy *b, struct pool_arena *a,
		       unsigned int order)
{
	struct buddy_set *set = &b->set[a->home];

	hlist_add_head(&a->link, &set->bucket[order]);
	set->mask |= 1u << order;
}

static void bucket_del(struct buddy *b, struct pool_arena *a,
		       unsigned int order)
{
	struct buddy_set *set = &b->set[a->home];

	__hlist_del(&a->link);
	if (hlist_empty(&set->bucket[order]))
		set->mask &= ~(1u << order);
}

/* The arena's free blocks changed: @old is what @avail was before. */
static __always_inline void arena_rebucket(struct buddy *b,
					   struct pool_arena *a, u16 old)
{
	/* Same highest bit: neither has one above all bits of the other. */
	if ((old ^ a->avail) <= (old & a->avail))
		return;
	if (old)
		bucket_del(b, a, __fls(old));
	if (a->avail)
		bucket_add(b, a, __fls(a->avail));
}

/* The arena whose largest block is the smallest that will do, or NULL. */
static struct pool_arena *set_find(const struct buddy_set *set,
				   unsigned int order)
{
	u32 mask = set->mask >> order;

	if (!mask)
		return NULL;
	return hlist_entry(set->bucket[order + __ffs(mask)].first,
			   struct pool_arena, link);
}

/* The arena that a request which may have any shall have. */
static __always_inline struct pool_arena *
arena_find(const struct buddy *b, unsigned int order)
{
	return set_find(&b->set[SET_ROAM], order) ?:
	       set_find(&b->set[SET_HOME], order);
}

/**
 * buddy_init() - an empty buddy
 * @b: what to initialise
 *
 * Context: any.
 */
void buddy_init(struct buddy *b)
{
	unsigned int o;

	raw_spin_lock_init(&b->lock);
	memset(b->set, 0, sizeof(b->set));
	b->free = 0;
	b->empty = 0;
	for (o = 0; o < POOL_NR_ORDERS; o++) {
		INIT_HLIST_HEAD(&b->set[SET_ROAM].bucket[o]);
		INIT_HLIST_HEAD(&b->set[SET_HOME].bucket[o]);
	}
}

/**
 * buddy_has() - is there a free block of at least this size?
 * @b: the buddy
 * @order: log2 of the size
 *
 * Context: any; @b->lock is held.
 * Return: true if there is.
 */
bool buddy_has(const struct buddy *b, unsigned int order)
{
	lockdep_assert_held(&b->lock);
	return (b->set[SET_ROAM].mask | b->set[SET_HOME].mask) >> order;
}

/**
 * buddy_arena_prepare() - make a new arena one free block
 * @a: arena with @order, @nr and a zeroed @frames
 *
 * Context: any; nobody else sees the arena yet.
 */
void buddy_arena_prepare(struct pool_arena *a)
{
	unsigned int o;

	for (o = 0; o < POOL_NR_ORDERS; o++) {
		a->head[o] = FRAME_NONE;
		a->blocks[o] = 0;
	}
	a->avail = 0;
	a->lost = 0;
	a->slabs = 0;
	a->free = a->nr;
	block_push(a, 0, a->order);
}

/**
 * buddy_arena_add() - let a prepared arena serve requests
 * @b: the buddy
 * @a: the arena
 *
 * Context: any; @b->lock is held.
 */
void buddy_arena_add(struct buddy *b, struct pool_arena *a)
{
	lockdep_assert_held(&b->lock);
	bucket_add(b, a, a->order);
	WRITE_ONCE(b->free, b->free + a->nr);
	b->empty++;
}

/**
 * buddy_arena_del() - take an arena out, whatever is in it
 * @b: the buddy
 * @a: the arena
 *
 * Context: any; @b->lock is held.
 */
void buddy_arena_del(struct buddy *b, struct pool_arena *a)
{
	unsigned int o;

	lockdep_assert_held(&b->lock);
	WRITE_ONCE(b->free, b->free - a->free);
	if (!a->avail)
		return;
	o = __fls(a->avail);
	bucket_del(b, a, o);
	if (o == a->order)
		b->empty--;
}

/* As buddy_take(), from an arena that has such a block. */
static __always_inline u32 arena_take(struct buddy *b, struct pool_arena *a,
				      unsigned int order)
{
	unsigned int o;
	u16 old;
	u32 off;

	old = a->avail;
	o = order + __ffs(old >> order);
	off = a->head[o];
	block_remove(a, off, o);
	if (o == a->order)
		b->empty--;
	block_split(a, off, o, order);
	WRITE_ONCE(a->frames[off].state, FRAME_USED | order);
	a->free -= 1u << order;
	WRITE_ONCE(b->free, b->free - (1u << order));
	arena_rebucket(b, a, old);
	return a->slot << POOL_MAX_ORDER | off;
}

/**
 * buddy_take() - allocate one block
 * @b: the buddy
 * @order: log2 of its size, at most POOL_MAX_ORDER
 *
 * Constant time: at most POOL_MAX_ORDER splits, no search.
 *
 * Context: any; @b->lock is held.
 * Return: number of the block's first frame, marked FRAME_USED, or
 * POOL_NO_FRAME when no free block is large enough.
 */
u32 buddy_take(struct buddy *b, unsigned int order)
{
	struct pool_arena *a = arena_find(b, order);

	lockdep_assert_held(&b->lock);
	return a ? arena_take(b, a, order) : POOL_NO_FRAME;
}

/**
 * buddy_take_home() - allocate one block of an arena for slabs
 * @b: the buddy
 * @order: log2 of its size, at most POOL_MAX_ORDER
 *
 * Context: any; @b->lock is held.
 * Return: as buddy_take().
 */
u32 buddy_take_home(struct buddy *b, unsigned int order)
{
	struct pool_arena *a = set_find(&b->set[SET_HOME], order);

	lockdep_assert_held(&b->lock);
	return a ? arena_take(b, a, order) : POOL_NO_FRAME;
}

/**
 * buddy_take_from() - allocate one block of a certain arena
 * @b: the buddy
 * @a: an arena that was added to it
 * @order: log2 of its size, at most POOL_MAX_ORDER
 *
 * Context: any; @b->lock is held.
 * Return: as buddy_take().
 */
u32 buddy_take_from(struct buddy *b, struct pool_arena *a, unsigned int order)
{
	lockdep_assert_held(&b->lock);
	return a->avail >> order ? arena_take(b, a, order) : POOL_NO_FRAME;
}

/**
 * buddy_take_run() - allocate what is free of a run of frames
 * @b: the buddy
 * @a: an arena that was added to it
 * @first: offset of the first frame, a multiple of @nr
 * @nr: how many, a power of two
 * @frames: where to put the numbers of those that are free; each is a block of
 *	its own
 *
 * A free block that is larger than the run stays.
 *
 * Context: any; @b->lock is held.
 * Return: how many were free.
 */
unsigned int buddy_take_run(struct buddy *b, struct pool_arena *a, u32 first,
			    u32 nr, u32 *frames)
{
	u32 off, end = first + nr, i;
	unsigned int got = 0, order;
	u16 old = a->avail;
	u8 state;

	lockdep_assert_held(&b->lock);
	for (off = first; off < end; off += 1u << order) {
		state = READ_ONCE(a->frames[off].state);
		order = FRAME_ORDER(state);
		if (FRAME_KIND(state) != FRAME_FREE || 1u << order > nr)
			continue;
		block_remove(a, off, order);
		if (order == a->order)
			b->empty--;
		for (i = off; i < off + (1u << order); i++) {
			WRITE_ONCE(a->frames[i].state, FRAME_USED);
			frames[got++] = a->slot << POOL_MAX_ORDER | i;
		}
	}
	a->free -= got;
	WRITE_ONCE(b->free, b->free - got);
	arena_rebucket(b, a, old);
	return got;
}

/* As buddy_take_bulk(), from one arena that has something. */
static unsigned int arena_take_bulk(struct buddy *b, struct pool_arena *a,
				    unsigned int order, u32 *frames,
				    unsigned int nr, enum frame_kind kind)
{
	unsigned int got = 0, o, want;
	u16 old = a->avail;
	u32 off, end;

	while (got < nr && a->avail >> order) {
		o = order + __ffs(a->avail >> order);
		off = a->head[o];
		block_remove(a, off, o);
		if (o == a->order)
			b->empty--;
		want = min_t(unsigned int, o, order + __fls(nr - got));
		block_split(a, off, o, want);
		for (end = off + (1u << want); off < end; off += 1u << order) {
			WRITE_ONCE(a->frames[off].state, kind | order);
			frames[got++] = a->slot << POOL_MAX_ORDER | off;
		}
	}
	a->free -= got << order;
	WRITE_ONCE(b->free, b->free - (got << order));
	arena_rebucket(b, a, old);
	return got;
}

/**
 * buddy_take_bulk() - allocate many blocks of one order
 * @b: the buddy
 * @order: log2 of a block's size, at most POOL_MAX_ORDER
 * @frames: where to put the numbers of their first frames
 * @nr: how many
 * @kind: FRAME_USED or FRAME_CACHED, what to mark them
 *
 * Cuts large blocks into equal pieces rather than splitting for each.
 *
 * Context: any; @b->lock is held.
 * Return: how many were found.
 */
unsigned int buddy_take_bulk(struct buddy *b, unsigned int order, u32 *frames,
			     unsigned int nr, enum frame_kind kind)
{
	unsigned int got = 0;
	struct pool_arena *a;

	lockdep_assert_held(&b->lock);
	while (got < nr) {
		a = arena_find(b, order);
		if (!a)
			break;
		got += arena_take_bulk(b, a, order, frames + got, nr - got,
				       kind);
	}
	return got;
}

/**
 * buddy_give_bulk() - free many blocks of one order
 * @b: the buddy
 * @order: log2 of a block's size
 * @frames: numbers of their first frames
 * @nr: how many
 *
 * The caller has checked that these are allocated blocks of this order and
 * that it is the only one to free them.
 *
 * Context: any; @b->lock is held.
 */
void buddy_give_bulk(struct buddy *b, unsigned int order, const u32 *frames,
		     unsigned int nr)
{
	struct pool_arena *a;
	unsigned int o;
	u32 off, bit;
	u16 old;

	lockdep_assert_held(&b->lock);
	WRITE_ONCE(b->free, b->free + (nr << order));
	for (; nr; nr--, frames++) {
		a = pool_arena_of(*frames);
		off = *frames & POOL_OFFSET_MASK;
		old = a->avail;
		o = order;
		/* Two buddies in a row, as magazines often have them. */
		if (nr > 1 && (frames[0] ^ frames[1]) == 1u << order) {
			off &= ~(1u << order);
			WRITE_ONCE(a->frames[off | 1u << order].state,
				   FRAME_TAIL);
			o++;
			nr--;
			frames++;
		}
		a->free += 1u << o;
		for (; o < a->order; o++) {
			bit = 1u << o;
			if (READ_ONCE(a->frames[off ^ bit].state) !=
			    (FRAME_FREE | o))
				break;
			block_remove(a, off ^ bit, o);
			WRITE_ONCE(a->frames[off | bit].state, FRAME_TAIL);
			off &= ~bit;
		}
		block_push(a, off, o);
		if (o == a->order)
			b->empty++;
		arena_rebucket(b, a, old);
	}
}

/**
 * buddy_map() - the arena's blocks as letters
 * @a: the arena
 * @map: room for POOL_ARENA_FRAMES + 1 characters
 *
 * A letter a block, in address order: a…k a free block of order 0…10, A…K an
 * allocated one, 'S' a block of the slab allocator, '-' one in a magazine,
 * 'x' a lost frame.
 *
 * Context: any; the buddy's lock is held.
 * Return: number of letters; @map ends with a NUL.
 */
unsigned int buddy_map(const struct pool_arena *a, char *map)
{
	unsigned int n = 0, order;
	u32 off;
	u8 state;

	for (off = 0; off < a->nr; off += 1u << order) {
		state = READ_ONCE(a->frames[off].state);
		order = FRAME_ORDER(state);
		switch (FRAME_KIND(state)) {
		case FRAME_FREE:
			map[n++] = 'a' + order;
			break;
		case FRAME_SLAB:
			map[n++] = 'S';
			break;
		case FRAME_CACHED:
			map[n++] = '-';
			break;
		case FRAME_LOST:
			map[n++] = 'x';
			break;
		default:
			map[n++] = 'A' + order;
			break;
		}
	}
	map[n] = '\0';
	return n;
}

/* The free lists of one order: linked both ways, of free blocks only. */
static int arena_check_list(const struct pool_arena *a, unsigned int order)
{
	u32 off = a->head[order], prev = FRAME_NONE, n = 0;
	const struct pool_frame *f;

	for (; off != FRAME_NONE; prev = off, off = f->next, n++) {
		if (off >= a->nr || off & ((1u << order) - 1))
			return -ERANGE;
		f = &a->frames[off];
		if (READ_ONCE(f->state) != (FRAME_FREE | order) ||
		    f->prev != prev)
			return -EUCLEAN;
		if (n > a->nr)
			return -ELOOP;
	}
	if (n != a->blocks[order] || !n != !(a->avail & 1u << order))
		return -EBADSLT;
	return n << order;
}

/**
 * buddy_check() - are the arena's tables consistent?
 * @b: the buddy
 * @a: an arena of it
 *
 * Blocks tile the arena, free blocks are in their lists and nothing else is,
 * no two buddies are both free, counts are right.  For tests: linear in the
 * size of the arena.
 *
 * Context: any; @b->lock is held.
 * Return: 0, or a negative error for the first violation.
 */
int buddy_check(const struct buddy *b, const struct pool_arena *a)
{
	u32 off, nfree = 0, nlost = 0, i, listed = 0;
	unsigned int order;
	int ret;
	u8 s;

	lockdep_assert_held(&b->lock);
	for (off = 0; off < a->nr; off += 1u << order) {
		s = READ_ONCE(a->frames[off].state);
		order = FRAME_ORDER(s);
		if (FRAME_KIND(s) == FRAME_TAIL || order > a->order ||
		    off & ((1u << order) - 1))
			return -EBADF;
		for (i = 1; i < 1u << order; i++)
			if (READ_ONCE(a->frames[off + i].state) != FRAME_TAIL)
				return -EBADE;
		nlost += FRAME_KIND(s) == FRAME_LOST;
		if (FRAME_KIND(s) != FRAME_FREE)
			continue;
		nfree += 1u << order;
		if (order < a->order &&
		    READ_ONCE(a->frames[off ^ 1u << order].state) == s)
			return -ENOTUNIQ;
	}
	for (order = 0; order < POOL_NR_ORDERS; order++) {
		ret = arena_check_list(a, order);
		if (ret < 0)
			return ret;
		listed += ret;
	}
	if (nfree != a->free || listed != nfree || nlost != a->lost)
		return -EBADR;
	return 0;
}
