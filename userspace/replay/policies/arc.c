// SPDX-License-Identifier: GPL-2.0
/*
 * arc.c - adaptive replacement cache
 *
 * N. Megiddo and D. S. Modha, "ARC: A Self-Tuning, Low Overhead Replacement
 * Cache", 2003.
 *
 * T1 holds pages that were used once, T2 those used again, both in LRU order;
 * B1 and B2 remember what left them.  A miss that is remembered in B1 says
 * that T1 should have been larger and raises its target, one in B2 lowers it.
 */
#include "exact.h"

/* A node's bits: which list. */
enum { ARC_T1, ARC_T2 };

/**
 * struct arc - state
 * @t: T1 and T2
 * @b: B1 and B2
 * @target: how many pages T1 should have
 * @from: the page that is missed was remembered in this one of @b, or -1
 * @forget: the next victim, of T1, is not to be remembered
 */
struct arc {
	struct policy_list t[2];
	struct ghosts b[2];
	double target;
	int from;
	bool forget;
};

static size_t arc_state_bytes(u32 frames)
{
	return sizeof(struct arc) + ghosts_bytes(frames) +
		ghosts_bytes(2 * frames);
}

static void arc_init(struct policy *p)
{
	struct arc *arc = p->state;
	char *memory = (char *)(arc + 1);

	ghosts_init(&arc->b[ARC_T1], memory, p->frames);
	ghosts_init(&arc->b[ARC_T2], memory + ghosts_bytes(p->frames),
		    2 * p->frames);
	arc->from = -1;
}

/* A new page: keep |T1| + |B1| <= C and all four together <= 2 C. */
static void arc_make_room(struct policy *p)
{
	struct arc *arc = p->state;
	u32 l1 = arc->t[ARC_T1].nr + arc->b[ARC_T1].nr;

	if (l1 >= p->capacity) {
		if (!ghosts_drop_oldest(&arc->b[ARC_T1]))
			arc->forget = true;
	} else if (l1 + arc->t[ARC_T2].nr + arc->b[ARC_T2].nr >=
		   2 * p->capacity) {
		ghosts_drop_oldest(&arc->b[ARC_T2]);
	}
}

static void arc_miss(struct policy *p, u64 page)
{
	struct arc *arc = p->state;
	double b1 = arc->b[ARC_T1].nr, b2 = arc->b[ARC_T2].nr;

	arc->from = -1;
	arc->forget = false;
	if (ghosts_take(&arc->b[ARC_T1], page)) {
		arc->from = ARC_T1;
		arc->target = min(arc->target + max(b2 / b1, 1.0),
				  (double)p->capacity);
	} else if (ghosts_take(&arc->b[ARC_T2], page)) {
		arc->from = ARC_T2;
		arc->target = max(arc->target - max(b1 / b2, 1.0), 0.0);
	} else {
		arc_make_room(p);
	}
}

static void arc_add(struct policy *p, u32 frame, u32 list)
{
	struct arc *arc = p->state;

	policy_list_add_tail(p, &arc->t[list], frame);
	policy_node(p, frame)->bits = list;
}

static void arc_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct arc *arc = p->state;

	(void)why;
	arc_add(p, frame, arc->from < 0 ? ARC_T1 : ARC_T2);
	arc->from = -1;
}

static void arc_remove(struct policy *p, u32 frame)
{
	struct arc *arc = p->state;

	policy_list_del(p, &arc->t[policy_node(p, frame)->bits], frame);
}

static void arc_hit(struct policy *p, u32 frame)
{
	arc_remove(p, frame);
	arc_add(p, frame, ARC_T2);
}

static u32 arc_next_victim(struct policy *p)
{
	struct arc *arc = p->state;
	u32 t1 = arc->t[ARC_T1].nr;
	bool first = t1 && (arc->forget || t1 > arc->target ||
			    (t1 == arc->target && arc->from == ARC_T2));

	if (!arc->t[ARC_T2].nr)
		first = true;
	return policy_list_pop(p, &arc->t[first ? ARC_T1 : ARC_T2]);
}

static void arc_evicted(struct policy *p, u32 frame)
{
	struct arc *arc = p->state;
	u32 list = policy_node(p, frame)->bits;

	if (!arc->forget)
		ghosts_add(&arc->b[list], policy_page(p, frame),
			   arc->b[list].limit);
	arc->forget = false;
}

static u32 arc_ghosts(const struct policy *p)
{
	const struct arc *arc = p->state;

	return arc->b[ARC_T1].nr + arc->b[ARC_T2].nr;
}

const struct policy_ops policy_arc = {
	.name = "arc",
	.title = "ARC, Megiddo and Modha 2003",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.state_bytes = arc_state_bytes,
	.init = arc_init,
	.miss = arc_miss,
	.insert = arc_insert,
	.remove = arc_remove,
	.evicted = arc_evicted,
	.next_victim = arc_next_victim,
	.hit = arc_hit,
	.ghosts = arc_ghosts,
};
