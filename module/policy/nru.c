// SPDX-License-Identifier: GPL-2.0
/*
 * nru.c - not recently used
 *
 * The four classes are those of A. S. Tanenbaum, "Operating Systems: Design
 * and Implementation", 1987; the algorithm was known from VMS before.
 *
 * Frames are classed by (referenced, dirty): 00 goes first, then 01, 10, 11.
 * Every tick all reference bits are cleared.  A frame is classed when the
 * search for a victim first comes to it after a tick, so that a victim costs
 * few looks; one of class 00 needs no search beyond itself.
 */
#include "policy.h"

#define NRU_CLASSES	4
/* In @bits: the class of a frame, NRU_CLASSES if it has none yet. */

enum { NRU_TICK };

static const struct policy_param nru_params[] = {
	[NRU_TICK] = {
		"tick", "faults between two clearings of the bits, in 1/1000 of the capacity",
		125, 1, 10000,
	},
	{ NULL, NULL, 0, 0, 0 },
};

/* The list behind the classes is that of frames not classed yet. */
struct nru_state {
	struct policy_list list[NRU_CLASSES + 1];
};

static size_t nru_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct nru_state);
}

static u32 nru_tick_every(const struct policy *p)
{
	return policy_share(p, p->param[NRU_TICK], 1000);
}

static void nru_add(struct policy *p, u32 frame, u32 class)
{
	struct nru_state *s = p->state;

	policy_node(p, frame)->bits = class;
	policy_list_add_tail(p, &s->list[class], frame);
}

static void nru_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	nru_add(p, frame, NRU_CLASSES);
}

static void nru_remove(struct policy *p, u32 frame)
{
	struct nru_state *s = p->state;

	policy_list_del(p, &s->list[policy_node(p, frame)->bits], frame);
}

static u32 nru_class(struct policy *p, u32 frame)
{
	u32 class = policy_ref(p, frame) ? 2 : 0;

	return class + (p->env->dirt(p, frame) != POLICY_CLEAN);
}

static u32 nru_next_victim(struct policy *p)
{
	struct nru_state *s = p->state;
	u32 frame, class;

	if (s->list[0].nr)
		return policy_list_pop(p, &s->list[0]);
	while ((frame = policy_list_pop(p, &s->list[NRU_CLASSES]))) {
		class = nru_class(p, frame);
		if (!class)
			return frame;
		nru_add(p, frame, class);
	}
	for (class = 1; class < NRU_CLASSES; class++)
		if (s->list[class].nr)
			return policy_list_pop(p, &s->list[class]);
	return POLICY_NONE;
}

static void nru_tick(struct policy *p)
{
	struct nru_state *s = p->state;
	struct policy_list *all = &s->list[NRU_CLASSES];
	u32 class, frame, left;

	for (class = 0; class < NRU_CLASSES; class++)
		while ((frame = policy_list_pop(p, &s->list[class])))
			nru_add(p, frame, NRU_CLASSES);
	for (left = all->nr, frame = all->head; left--;
	     frame = policy_list_next(p, frame))
		policy_ref(p, frame);
}

const struct policy_ops policy_nru = {
	.name = "nru",
	.title = "not recently used, classes by reference and dirt; Tanenbaum 1987",
	.params = nru_params,
	.state_bytes = nru_state_bytes,
	.insert = nru_insert,
	.remove = nru_remove,
	.next_victim = nru_next_victim,
	.tick_every = nru_tick_every,
	.tick = nru_tick,
};
