// SPDX-License-Identifier: GPL-2.0
/*
 * Variable partitions: first, next, best and worst fit (Knuth, TAOCP 1, 2.5),
 * each in logarithmic time.
 *
 * Every extent, free or not, is a node of a treap by address (Seidel and
 * Aragon 1996) that knows the longest free extent below each node: first and
 * next fit descend to the leftmost one that is long enough.  Free extents are
 * also in a treap by length, for best and worst fit.  Neighbours are linked,
 * which makes coalescing a matter of two comparisons; no two free extents ever
 * touch.
 */
#include "extent.h"

/* The trees. */
enum { BY_ADDR, BY_LEN };

/**
 * struct extent - a part of a space
 * @start: first unit
 * @len: units
 * @asked: units that were asked for
 * @owner: who has it; NULL: it is free
 * @max: longest free extent in the subtree of the address tree
 * @prev: left neighbour
 * @next: right neighbour
 * @up: parents in the trees
 * @kid: children in the trees
 * @prio: heap order of the treaps
 */
struct extent {
	u64 start;
	u64 len;
	u64 asked;
	void *owner;
	u64 max;
	struct extent *prev;
	struct extent *next;
	struct extent *up[2];
	struct extent *kid[2][2];
	u32 prio;
};

/* ---- treaps ----------------------------------------------------------- */

static bool before(int tree, const struct extent *a, const struct extent *b)
{
	if (tree == BY_LEN && a->len != b->len)
		return a->len < b->len;
	return a->start < b->start;
}

static u64 subtree_max(const struct extent *e)
{
	return e ? e->max : 0;
}

static void max_update(struct extent *e)
{
	u64 kids = max(subtree_max(e->kid[BY_ADDR][0]),
		       subtree_max(e->kid[BY_ADDR][1]));

	e->max = max(e->owner ? 0 : e->len, kids);
}

static void max_update_up(struct extent *e)
{
	for (; e; e = e->up[BY_ADDR])
		max_update(e);
}

/* Which child of its parent @e is. */
static int side_of(int tree, const struct extent *e)
{
	return e->up[tree]->kid[tree][1] == e;
}

static void tree_replace(struct extent_space *s, int tree, struct extent *old,
			 struct extent *e)
{
	struct extent *up = old->up[tree];

	if (!up)
		s->root[tree] = e;
	else
		up->kid[tree][side_of(tree, old)] = e;
	if (e)
		e->up[tree] = up;
}

/* Make @e the parent of its parent. */
static void tree_rotate(struct extent_space *s, int tree, struct extent *e)
{
	struct extent *p = e->up[tree];
	int side = side_of(tree, e);
	struct extent *inner = e->kid[tree][!side];

	tree_replace(s, tree, p, e);
	p->kid[tree][side] = inner;
	if (inner)
		inner->up[tree] = p;
	e->kid[tree][!side] = p;
	p->up[tree] = e;
	if (tree == BY_ADDR) {
		max_update(p);
		max_update(e);
	}
}

static void tree_insert(struct extent_space *s, int tree, struct extent *e)
{
	struct extent **link = &s->root[tree], *up = NULL;

	while (*link) {
		up = *link;
		link = &up->kid[tree][before(tree, up, e)];
	}
	*link = e;
	e->up[tree] = up;
	e->kid[tree][0] = NULL;
	e->kid[tree][1] = NULL;
	if (tree == BY_ADDR)
		max_update_up(e);
	while (e->up[tree] && e->up[tree]->prio < e->prio)
		tree_rotate(s, tree, e);
}

static void tree_erase(struct extent_space *s, int tree, struct extent *e)
{
	struct extent *l, *r, *up;

	while ((l = e->kid[tree][0]) && (r = e->kid[tree][1]))
		tree_rotate(s, tree, l->prio > r->prio ? l : r);
	up = e->up[tree];
	tree_replace(s, tree, e, l ? l : e->kid[tree][1]);
	if (tree == BY_ADDR)
		max_update_up(up);
}

/* ---- extents ---------------------------------------------------------- */

static struct extent *extent_new(struct extent_space *s, u64 start, u64 len,
				 gfp_t gfp)
{
	struct extent *e = kzalloc(sizeof(*e), gfp);

	if (!e)
		return NULL;
	/* xorshift64 (Marsaglia 2003) */
	s->rnd ^= s->rnd << 13;
	s->rnd ^= s->rnd >> 7;
	s->rnd ^= s->rnd << 17;
	e->prio = s->rnd >> 32;
	e->start = start;
	e->len = len;
	return e;
}

static void extent_set_free(struct extent_space *s, struct extent *e)
{
	e->owner = NULL;
	max_update_up(e);
	tree_insert(s, BY_LEN, e);
	s->nr_free++;
}

static void extent_unset_free(struct extent_space *s, struct extent *e)
{
	tree_erase(s, BY_LEN, e);
	s->nr_free--;
}

/* Append the free extent after the free extent @e to it. */
static void extent_swallow_next(struct extent_space *s, struct extent *e)
{
	struct extent *n = e->next;

	extent_unset_free(s, n);
	tree_erase(s, BY_ADDR, n);
	extent_unset_free(s, e);
	e->len += n->len;
	extent_set_free(s, e);
	e->next = n->next;
	if (e->next)
		e->next->prev = e;
	kfree(n);
}

static void extent_coalesce(struct extent_space *s, struct extent *e)
{
	if (e->next && !e->next->owner)
		extent_swallow_next(s, e);
	if (e->prev && !e->prev->owner)
		extent_swallow_next(s, e->prev);
}

/* The extent that contains @pos. */
static struct extent *extent_at(const struct extent_space *s, u64 pos)
{
	struct extent *e = s->root[BY_ADDR];

	while (e && (pos < e->start || pos - e->start >= e->len))
		e = e->kid[BY_ADDR][pos > e->start];
	return e;
}

static bool fits(const struct extent *e, u64 len)
{
	return !e->owner && e->len >= len;
}

/* Lowest fit in the subtree of @e. */
static struct extent *fit_first(struct extent *e, u64 len)
{
	if (subtree_max(e) < len)
		return NULL;
	while (subtree_max(e->kid[BY_ADDR][0]) >= len || !fits(e, len))
		e = e->kid[BY_ADDR][subtree_max(e->kid[BY_ADDR][0]) < len];
	return e;
}

/* Lowest fit that is @e or lies after it. */
static struct extent *fit_after(struct extent *e, u64 len)
{
	while (e) {
		if (fits(e, len))
			return e;
		if (subtree_max(e->kid[BY_ADDR][1]) >= len)
			return fit_first(e->kid[BY_ADDR][1], len);
		while (e->up[BY_ADDR] && side_of(BY_ADDR, e))
			e = e->up[BY_ADDR];
		e = e->up[BY_ADDR];
	}
	return NULL;
}

static struct extent *fit_next(const struct extent_space *s, u64 len)
{
	struct extent *e = fit_after(extent_at(s, s->cursor), len);

	return e ? e : fit_first(s->root[BY_ADDR], len);
}

static struct extent *fit_best(const struct extent_space *s, u64 len)
{
	struct extent *e = s->root[BY_LEN], *best = NULL;

	while (e) {
		if (e->len >= len)
			best = e;
		e = e->kid[BY_LEN][e->len < len];
	}
	return best;
}

static struct extent *fit_worst(const struct extent_space *s, u64 len)
{
	struct extent *e = s->root[BY_LEN];

	while (e && e->kid[BY_LEN][1])
		e = e->kid[BY_LEN][1];
	return e && e->len >= len ? e : NULL;
}

static struct extent *extent_find_fit(const struct extent_space *s, u64 len)
{
	switch (s->fit) {
	case EXTENT_NEXT:
		return fit_next(s, len);
	case EXTENT_BEST:
		return fit_best(s, len);
	case EXTENT_WORST:
		return fit_worst(s, len);
	default:
		return fit_first(s->root[BY_ADDR], len);
	}
}

/**
 * extent_alloc() - allocate an extent
 * @s: the space
 * @len: units; rounded up to a multiple of the space's unit
 * @owner: whose it is, passed to the move callback; not NULL
 * @gfp: how a node may be allocated
 * @start: where to put the first unit's number
 *
 * Context: as @gfp says; calls for one space are serialised by the caller.
 * Return: 0; -EINVAL for a length of 0, beyond the space, or beyond the unit
 * of a space of fixed partitions, or no owner; -ENOSPC when no free extent is
 * long enough (compaction may help); -ENOMEM.
 */
int extent_alloc(struct extent_space *s, u64 len, void *owner, gfp_t gfp,
		 u64 *start)
{
	struct extent *e, *rest = NULL;
	u64 asked = len, odd;

	if (!len || len > s->size || !owner || (s->fixed && len > s->unit))
		return -EINVAL;
	odd = len & (s->unit - 1);
	if (odd)
		len += s->unit - odd;
	e = extent_find_fit(s, len);
	if (!e)
		return -ENOSPC;
	if (e->len > len) {
		rest = extent_new(s, e->start + len, e->len - len, gfp);
		if (!rest)
			return -ENOMEM;
	}
	extent_unset_free(s, e);
	e->len = len;
	e->asked = asked;
	e->owner = owner;
	max_update_up(e);
	if (rest) {
		rest->prev = e;
		rest->next = e->next;
		if (rest->next)
			rest->next->prev = rest;
		e->next = rest;
		tree_insert(s, BY_ADDR, rest);
		extent_set_free(s, rest);
	}
	s->nr_used++;
	s->used += len;
	s->waste += len - asked;
	s->cursor = e->start + len;
	*start = e->start;
	return 0;
}

/**
 * extent_free() - free an extent
 * @s: the space
 * @start: its first unit
 *
 * Allocates nothing, so it cannot fail for want of memory.
 *
 * Context: any; calls for one space are serialised by the caller.
 * Return: 0, or -ENOENT if no allocated extent starts there.
 */
int extent_free(struct extent_space *s, u64 start)
{
	struct extent *e = extent_at(s, start);

	if (!e || e->start != start || !e->owner)
		return -ENOENT;
	s->nr_used--;
	s->used -= e->len;
	s->waste -= e->len - e->asked;
	extent_set_free(s, e);
	extent_coalesce(s, e);
	return 0;
}

/**
 * extent_owner() - who has a unit
 * @s: the space
 * @pos: the unit
 * @start: if not NULL: where to put the start of the extent it is in
 * @len: if not NULL: where to put that extent's length
 *
 * Context: any; calls for one space are serialised by the caller.
 * Return: the owner, or NULL if @pos is free or beyond the space (@start and
 * @len are then set only if it is free).
 */
void *extent_owner(const struct extent_space *s, u64 pos, u64 *start, u64 *len)
{
	const struct extent *e = extent_at(s, pos);

	if (!e)
		return NULL;
	if (start)
		*start = e->start;
	if (len)
		*len = e->len;
	return e->owner;
}

/**
 * extent_largest() - the longest free extent
 * @s: the space
 *
 * Context: any; calls for one space are serialised by the caller.
 * Return: its length, 0 if nothing is free.
 */
u64 extent_largest(const struct extent_space *s)
{
	return subtree_max(s->root[BY_ADDR]);
}

/*
 * Exchange the free extent @f with the allocated one after it.  The nodes keep
 * their places in the tree and exchange what they stand for.
 */
static void extent_slide(struct extent_space *s, struct extent *f)
{
	struct extent *e = f->next;
	u64 gap = f->len;

	extent_unset_free(s, f);
	f->len = e->len;
	f->asked = e->asked;
	f->owner = e->owner;
	e->start = f->start + f->len;
	e->len = gap;
	max_update_up(f);
	extent_set_free(s, e);
}

/**
 * extent_compact() - move allocated extents down to where nothing is free
 * @s: the space
 * @move: moves the contents of one extent; the destination is below the
 *	source, and they overlap if the gap is shorter than the extent.  0, or
 *	an error when this extent must stay where it is
 * @arg: passed to @move
 *
 * Context: that of @move; calls for one space are serialised by the caller.
 * Return: number of extents moved.
 */
int extent_compact(struct extent_space *s, extent_move_fn move, void *arg)
{
	struct extent *f = s->first, *e;
	int moved = 0;

	while (f && f->next) {
		e = f->next;
		if (f->owner || !e->owner ||
		    move(e->owner, e->start, f->start, e->len, arg)) {
			f = e;
			continue;
		}
		extent_slide(s, f);
		moved++;
		/* @f is allocated now and @e the gap after it. */
		if (e->next && !e->next->owner)
			extent_swallow_next(s, e);
		f = e;
	}
	s->cursor = 0;
	return moved;
}

/**
 * extent_walk() - look at each extent, in order
 * @s: the space
 * @fn: called for each, free ones with owner NULL; a non-zero return ends the
 *	walk
 * @arg: passed to @fn
 *
 * Context: that of @fn; calls for one space are serialised by the caller.
 * Return: 0, or what @fn returned.
 */
int extent_walk(const struct extent_space *s, extent_fn fn, void *arg)
{
	const struct extent *e;
	int ret = 0;

	for (e = s->first; e && !ret; e = e->next)
		ret = fn(e->start, e->len, e->owner, arg);
	return ret;
}

/**
 * extent_fit_name() - a strategy's name
 * @fit: the strategy
 *
 * Context: any.
 * Return: "first", "next", "best", "worst", or "?".
 */
const char *extent_fit_name(enum extent_fit fit)
{
	static const char * const names[EXTENT_NR_FITS] = {
		[EXTENT_FIRST] = "first",
		[EXTENT_NEXT] = "next",
		[EXTENT_BEST] = "best",
		[EXTENT_WORST] = "worst",
	};

	return fit < EXTENT_NR_FITS ? names[fit] : "?";
}

/* A node of a tree: order, heap, links, longest free extent. */
static bool node_ok(int tree, const struct extent *e)
{
	const struct extent *l = e->kid[tree][0], *r = e->kid[tree][1];

	if (l && (l->up[tree] != e || l->prio > e->prio || !before(tree, l, e)))
		return false;
	if (r && (r->up[tree] != e || r->prio > e->prio || !before(tree, e, r)))
		return false;
	if (tree == BY_LEN)
		return !e->owner;
	return e->max == max(e->owner ? 0 : e->len,
			     max(subtree_max(l), subtree_max(r)));
}

/**
 * extent_check() - is the space consistent?
 * @s: the space
 *
 * For tests: linear in the number of extents.
 *
 * Context: any; calls for one space are serialised by the caller.
 * Return: 0 or -EUCLEAN.
 */
int extent_check(const struct extent_space *s)
{
	const struct extent *e, *prev = NULL;
	u32 nr_used = 0, nr_free = 0;
	u64 pos = 0, used = 0, waste = 0;

	for (e = s->first; e; prev = e, e = e->next) {
		if (e->start != pos || !e->len || e->prev != prev ||
		    e->len & (s->unit - 1) || extent_at(s, pos) != e)
			return -EUCLEAN;
		if (!e->owner && prev && !prev->owner)
			return -EUCLEAN;
		if (!node_ok(BY_ADDR, e) || (!e->owner && !node_ok(BY_LEN, e)))
			return -EUCLEAN;
		pos += e->len;
		nr_free += !e->owner;
		if (!e->owner)
			continue;
		nr_used++;
		used += e->len;
		waste += e->len - e->asked;
	}
	if (pos != s->size || nr_used != s->nr_used || nr_free != s->nr_free ||
	    used != s->used || waste != s->waste)
		return -EUCLEAN;
	return 0;
}

/**
 * extent_space_init() - an empty space
 * @s: what to initialise
 * @size: its size, a multiple of @unit
 * @unit: granularity, a power of two
 * @fixed: partitions of exactly @unit, none longer
 * @fit: strategy
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL for nonsense, -ENOMEM.
 */
int extent_space_init(struct extent_space *s, u64 size, u64 unit, bool fixed,
		      enum extent_fit fit)
{
	if (!size || !unit || unit & (unit - 1) || size & (unit - 1) ||
	    fit >= EXTENT_NR_FITS)
		return -EINVAL;
	memset(s, 0, sizeof(*s));
	s->size = size;
	s->unit = unit;
	s->fixed = fixed;
	s->fit = fit;
	s->rnd = 0x9e3779b97f4a7c15ull;
	s->first = extent_new(s, 0, size, GFP_KERNEL);
	if (!s->first)
		return -ENOMEM;
	tree_insert(s, BY_ADDR, s->first);
	extent_set_free(s, s->first);
	return 0;
}

/**
 * extent_space_exit() - end a space, whatever is allocated in it
 * @s: the space
 *
 * Context: any.
 */
void extent_space_exit(struct extent_space *s)
{
	struct extent *e = s->first, *next;

	for (; e; e = next) {
		next = e->next;
		kfree(e);
	}
	memset(s, 0, sizeof(*s));
}
