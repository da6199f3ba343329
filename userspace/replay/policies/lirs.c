// SPDX-License-Identifier: GPL-2.0
/*
 * lirs.c - low inter-reference recency set
 *
 * S. Jiang and X. Zhang, "LIRS: An Efficient Low Inter-reference Recency Set
 * Replacement Policy to Improve Buffer Cache Performance", 2002.
 *
 * Pages that come back soon are LIR and stay; the others are HIR and pass
 * through a small queue Q, whose head is the victim.  The stack S has the LIR
 * pages and every page used since the LIR page at its bottom, also some that
 * were evicted meanwhile: a HIR page that is used while it is in S comes back
 * sooner than that one, and changes places with it.
 *
 * HIR pages get 1 % of the frames.  S has at most twice as many pages as there
 * are frames; above that, pages are forgotten in the order of their eviction.
 */
#include "exact.h"

enum { PARAM_HIR };

static const struct policy_param lirs_params[] = {
	{ "hir", "share of the queue of HIR pages, in percent of the frames",
	  1, 1, 50 },
	{ }
};

/**
 * struct lirs_entry - a page in the stack
 * @below: the entry below it; of a free one the next free one
 * @above: the entry above it
 * @older: the one evicted before it, if it is not resident
 * @newer: the one evicted after it
 * @frame: its frame, POLICY_NONE if it is not resident
 * In each list number 0 stands for both ends.
 */
struct lirs_entry {
	u32 below;
	u32 above;
	u32 older;
	u32 newer;
	u32 frame;
};

/**
 * struct lirs - state
 * @map: entries by page
 * @entry: the entries; number 0 is none
 * @q: resident HIR pages, the next victim first
 * @free: a free entry, or 0
 * @in_stack: entries in the stack
 * @gone: those of them that are not resident
 * @lir: LIR pages
 * @lir_limit: how many there may be
 * @back: entry of the page that is missed, or 0
 * A node's bits are twice the number of its entry, plus 1 if it is LIR.
 */
struct lirs {
	struct ghost_map map;
	struct lirs_entry *entry;
	struct policy_list q;
	u32 free;
	u32 in_stack;
	u32 gone;
	u32 lir;
	u32 lir_limit;
	u32 back;
};

#define LIRS_LIR	1u

static u32 lirs_entries(u32 frames)
{
	return 2 * frames + 2;
}

static size_t lirs_state_bytes(u32 frames)
{
	u32 n = lirs_entries(frames);

	return sizeof(struct lirs) + ghost_map_bytes(n) +
		ALIGN((n + 1) * sizeof(struct lirs_entry), sizeof(u64));
}

static void lirs_init(struct policy *p)
{
	struct lirs *lirs = p->state;
	u32 n = lirs_entries(p->frames), i;

	ghost_map_init(&lirs->map, lirs + 1, n);
	lirs->entry = (void *)((char *)(lirs + 1) + ghost_map_bytes(n));
	for (i = 1; i < n; i++)
		lirs->entry[i].below = i + 1;
	lirs->free = 1;
}

static void lirs_resize(struct policy *p)
{
	struct lirs *lirs = p->state;

	/* With a single frame it is HIR. */
	lirs->lir_limit = p->capacity -
		policy_share(p, p->param[PARAM_HIR], 100);
}

static u32 lirs_entry_of(struct policy *p, u32 frame)
{
	return policy_node(p, frame)->bits / 2;
}

static bool lirs_is_lir(struct policy *p, u32 frame)
{
	return policy_node(p, frame)->bits & LIRS_LIR;
}

/* ---- the stack ---- */

static void lirs_unlink(struct lirs *lirs, u32 number)
{
	struct lirs_entry *e = &lirs->entry[number];

	lirs->entry[e->below].above = e->above;
	lirs->entry[e->above].below = e->below;
	lirs->in_stack--;
}

static void lirs_link_top(struct lirs *lirs, u32 number)
{
	struct lirs_entry *e = &lirs->entry[number];

	e->above = 0;
	e->below = lirs->entry[0].below;
	lirs->entry[e->below].above = number;
	lirs->entry[0].below = number;
	lirs->in_stack++;
}

/* Entry 0 is below the bottom as well, so the bottom is above it. */
static u32 lirs_bottom(const struct lirs *lirs)
{
	return lirs->entry[0].above;
}

static void lirs_gone_add(struct lirs *lirs, u32 number)
{
	struct lirs_entry *e = &lirs->entry[number];

	e->newer = 0;
	e->older = lirs->entry[0].older;
	lirs->entry[e->older].newer = number;
	lirs->entry[0].older = number;
	lirs->gone++;
}

static void lirs_gone_del(struct lirs *lirs, u32 number)
{
	struct lirs_entry *e = &lirs->entry[number];

	lirs->entry[e->older].newer = e->newer;
	lirs->entry[e->newer].older = e->older;
	lirs->gone--;
}

/* Take a page out of the stack. */
static void lirs_forget(struct policy *p, u32 number)
{
	struct lirs *lirs = p->state;
	struct lirs_entry *e = &lirs->entry[number];

	lirs_unlink(lirs, number);
	ghost_map_del(&lirs->map, number);
	if (e->frame == POLICY_NONE)
		lirs_gone_del(lirs, number);
	else
		policy_node(p, e->frame)->bits = 0;
	e->below = lirs->free;
	lirs->free = number;
}

/* Put a resident page, which is not in the stack, on top of it. */
static void lirs_push(struct policy *p, u32 frame, u32 lir)
{
	struct lirs *lirs = p->state;
	u32 number = lirs->free;

	lirs->free = lirs->entry[number].below;
	lirs->entry[number].frame = frame;
	ghost_map_add(&lirs->map, number, policy_page(p, frame));
	lirs_link_top(lirs, number);
	policy_node(p, frame)->bits = 2 * number | lir;
}

/* The bottom is a LIR page: what is below the lowest is forgotten. */
static void lirs_prune(struct policy *p)
{
	struct lirs *lirs = p->state;
	u32 bottom;

	while ((bottom = lirs_bottom(lirs))) {
		u32 frame = lirs->entry[bottom].frame;

		if (frame != POLICY_NONE && lirs_is_lir(p, frame))
			break;
		lirs_forget(p, bottom);
	}
}

static void lirs_limit_stack(struct policy *p)
{
	struct lirs *lirs = p->state;

	while (lirs->in_stack > 2 * p->capacity && lirs->gone)
		lirs_forget(p, lirs->entry[0].newer);
}

/* LIR pages that are too many become HIR, from the bottom. */
static void lirs_demote(struct policy *p, u32 limit)
{
	struct lirs *lirs = p->state;

	while (lirs->lir > limit) {
		u32 bottom = lirs_bottom(lirs);
		u32 frame = lirs->entry[bottom].frame;

		lirs_forget(p, bottom);
		policy_list_add_tail(p, &lirs->q, frame);
		lirs->lir--;
		lirs_prune(p);
	}
}

/* ---- events ---- */

static void lirs_miss(struct policy *p, u64 page)
{
	struct lirs *lirs = p->state;

	lirs->back = ghost_map_find(&lirs->map, page);
	if (!lirs->back)
		return;
	/* On top nothing prunes it before it is inserted. */
	lirs_gone_del(lirs, lirs->back);
	lirs_unlink(lirs, lirs->back);
	lirs_link_top(lirs, lirs->back);
}

static void lirs_insert_back(struct policy *p, u32 frame)
{
	struct lirs *lirs = p->state;

	lirs->entry[lirs->back].frame = frame;
	if (lirs->lir_limit) {
		policy_node(p, frame)->bits = 2 * lirs->back | LIRS_LIR;
		lirs->lir++;
		/* It is LIR before another is not: one must be in the stack. */
		lirs_demote(p, lirs->lir_limit);
	} else {
		policy_node(p, frame)->bits = 2 * lirs->back;
		policy_list_add_tail(p, &lirs->q, frame);
	}
	lirs->back = 0;
	lirs_prune(p);
}

static void lirs_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct lirs *lirs = p->state;

	(void)why;
	if (lirs->back) {
		lirs_insert_back(p, frame);
	} else if (lirs->lir < lirs->lir_limit) {
		lirs_push(p, frame, LIRS_LIR);
		lirs->lir++;
	} else {
		lirs_push(p, frame, 0);
		policy_list_add_tail(p, &lirs->q, frame);
		lirs_prune(p);
	}
	lirs_limit_stack(p);
}

static void lirs_remove(struct policy *p, u32 frame)
{
	struct lirs *lirs = p->state;

	if (lirs_is_lir(p, frame))
		lirs->lir--;
	else
		policy_list_del(p, &lirs->q, frame);
	if (lirs_entry_of(p, frame))
		lirs_forget(p, lirs_entry_of(p, frame));
	lirs_prune(p);
}

static void lirs_hit(struct policy *p, u32 frame)
{
	struct lirs *lirs = p->state;
	u32 number = lirs_entry_of(p, frame);

	if (number) {
		lirs_unlink(lirs, number);
		lirs_link_top(lirs, number);
	}
	if (lirs_is_lir(p, frame)) {
		lirs_prune(p);
		return;
	}
	policy_list_del(p, &lirs->q, frame);
	if (number && lirs->lir_limit) {
		policy_node(p, frame)->bits |= LIRS_LIR;
		lirs->lir++;
		lirs_demote(p, lirs->lir_limit);
	} else {
		policy_list_add_tail(p, &lirs->q, frame);
		if (!number)
			lirs_push(p, frame, 0);
	}
	lirs_prune(p);
	lirs_limit_stack(p);
}

static u32 lirs_next_victim(struct policy *p)
{
	struct lirs *lirs = p->state;

	if (!lirs->q.nr && lirs->lir)
		lirs_demote(p, lirs->lir - 1);
	return policy_list_pop(p, &lirs->q);
}

static void lirs_evicted(struct policy *p, u32 frame)
{
	struct lirs *lirs = p->state;
	u32 number = lirs_entry_of(p, frame);

	if (!number)
		return;
	lirs->entry[number].frame = POLICY_NONE;
	lirs_gone_add(lirs, number);
	policy_node(p, frame)->bits = 0;
	lirs_prune(p);
}

static void lirs_putback(struct policy *p, u32 frame)
{
	struct lirs *lirs = p->state;

	policy_list_add_tail(p, &lirs->q, frame);
}

static u32 lirs_ghosts(const struct policy *p)
{
	const struct lirs *lirs = p->state;

	return lirs->gone;
}

const struct policy_ops policy_lirs = {
	.name = "lirs",
	.title = "LIRS, Jiang and Zhang 2002",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.params = lirs_params,
	.state_bytes = lirs_state_bytes,
	.init = lirs_init,
	.resize = lirs_resize,
	.miss = lirs_miss,
	.insert = lirs_insert,
	.remove = lirs_remove,
	.evicted = lirs_evicted,
	.next_victim = lirs_next_victim,
	.putback = lirs_putback,
	.hit = lirs_hit,
	.ghosts = lirs_ghosts,
};
