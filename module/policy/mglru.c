// SPDX-License-Identifier: GPL-2.0
/*
 * mglru.c - multi-generation LRU
 *
 * Y. Zhao, "Multi-Gen LRU Framework", merged into Linux 6.1, 2022;
 * Documentation/mm/multigen_lru.rst there.
 *
 * Frames stand in a few generations by age.  When only two are left, a walk
 * over all frames makes a new youngest one and moves those into it that were
 * referenced.  Victims come from the oldest; one of them that turns out to be
 * referenced is moved to the youngest.
 */
#include "policy.h"

#define MGLRU_MAX	8
/* A walk is due when so few generations are left. */
#define MGLRU_MIN	2

/* Generations are counted up; number N is list N % MGLRU_MAX. */
struct mglru_state {
	struct policy_list list[MGLRU_MAX];
	u32 oldest;
	u32 youngest;
	u32 walked;		/* the policy's clock at the last walk */
};

static size_t mglru_state_bytes(u32 frames)
{
	(void)frames;
	return ALIGN(sizeof(struct mglru_state), sizeof(u64));
}

static void mglru_init(struct policy *p)
{
	struct mglru_state *s = p->state;

	s->youngest = MGLRU_MIN - 1;
}

static struct policy_list *mglru_list(struct mglru_state *s, u32 generation)
{
	return &s->list[generation % MGLRU_MAX];
}

static void mglru_add(struct policy *p, u32 frame, u32 generation)
{
	policy_node(p, frame)->bits = generation % MGLRU_MAX;
	policy_list_add_tail(p, mglru_list(p->state, generation), frame);
}

static void mglru_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct mglru_state *s = p->state;

	(void)why;
	mglru_add(p, frame, s->youngest);
}

static void mglru_remove(struct policy *p, u32 frame)
{
	struct mglru_state *s = p->state;

	policy_list_del(p, &s->list[policy_node(p, frame)->bits], frame);
}

/* The walk: whoever was referenced becomes young. */
static void mglru_walk(struct policy *p)
{
	struct mglru_state *s = p->state;
	u32 generation, frame, next, left;

	s->youngest++;
	s->walked = p->clock;
	for (generation = s->oldest; generation != s->youngest; generation++) {
		struct policy_list *list = mglru_list(s, generation);

		for (left = list->nr, frame = list->head; left--; frame = next) {
			next = policy_list_next(p, frame);
			if (!policy_ref(p, frame))
				continue;
			policy_list_del(p, list, frame);
			mglru_add(p, frame, s->youngest);
		}
	}
}

/* The oldest generation that is not empty, after a walk if one is due. */
static struct policy_list *mglru_oldest(struct policy *p)
{
	struct mglru_state *s = p->state;

	while (s->oldest != s->youngest && !mglru_list(s, s->oldest)->nr)
		s->oldest++;
	if (s->youngest - s->oldest < MGLRU_MIN && !p->draining &&
	    p->clock != s->walked) {
		mglru_walk(p);
		while (s->oldest != s->youngest &&
		       !mglru_list(s, s->oldest)->nr)
			s->oldest++;
	}
	return mglru_list(s, s->oldest);
}

static u32 mglru_next_victim(struct policy *p)
{
	struct mglru_state *s = p->state;
	u32 left = 2 * p->nr, frame;

	do {
		frame = policy_list_pop(p, mglru_oldest(p));
		if (frame == POLICY_NONE || !left || !policy_ref(p, frame))
			break;
		mglru_add(p, frame, s->youngest);
	} while (left--);
	return frame;
}

const struct policy_ops policy_mglru = {
	.name = "mglru",
	.title = "multi-generation LRU, as in Linux 6.1; Zhao 2022",
	.state_bytes = mglru_state_bytes,
	.init = mglru_init,
	.insert = mglru_insert,
	.remove = mglru_remove,
	.next_victim = mglru_next_victim,
};
