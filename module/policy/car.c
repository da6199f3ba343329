// SPDX-License-Identifier: GPL-2.0
/*
 * car.c - CAR, ARC on clocks
 *
 * S. Bansal and D. S. Modha, "CAR: Clock with Adaptive Replacement", FAST
 * 2004.
 *
 * Two clocks: T1 for pages seen once lately, T2 for pages seen again.  Each
 * has ghosts, B1 and B2.  A page that comes back from B1 says that T1 should
 * have been longer, one from B2 that T2 should: @target, the length wanted of
 * T1, follows.
 */
#include "ghost.h"
#include "policy.h"

/* In @bits. */
#define CAR_T2		BIT(0)

struct car_state {
	struct policy_list t1;
	struct policy_list t2;
	struct ghosts b1;
	struct ghosts b2;
	u32 target;
};

static size_t car_state_bytes(u32 frames)
{
	return sizeof(struct car_state) + 2 * ghosts_bytes(frames);
}

static void car_init(struct policy *p)
{
	struct car_state *s = p->state;
	void *memory = s + 1;

	ghosts_init(&s->b1, memory, p->frames);
	ghosts_init(&s->b2, memory + ghosts_bytes(p->frames), p->frames);
}

static void car_resize(struct policy *p)
{
	struct car_state *s = p->state;

	s->target = min_t(u32, s->target, p->capacity);
}

static void car_add(struct policy *p, u32 frame, u32 bits)
{
	struct car_state *s = p->state;

	policy_node(p, frame)->bits = bits;
	policy_list_add_tail(p, bits ? &s->t2 : &s->t1, frame);
}

/* A page that is new here: keep |T1| + |B1| <= C and all four <= 2 C. */
static void car_trim(struct policy *p)
{
	struct car_state *s = p->state;
	u32 c = p->capacity;

	while (s->b1.nr && s->t1.nr + s->b1.nr >= c)
		ghosts_drop_oldest(&s->b1);
	while (s->b2.nr && p->nr + s->b1.nr + s->b2.nr > 2 * c)
		ghosts_drop_oldest(&s->b2);
}

static void car_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct car_state *s = p->state;
	u64 page = policy_page(p, frame);
	u32 b1 = max_t(u32, s->b1.nr, 1), b2 = max_t(u32, s->b2.nr, 1), step;

	(void)why;
	if (ghosts_take(&s->b1, page)) {
		step = max_t(u32, b2 / b1, 1);
		s->target = min_t(u32, s->target + step, p->capacity);
		car_add(p, frame, CAR_T2);
	} else if (ghosts_take(&s->b2, page)) {
		step = max_t(u32, b1 / b2, 1);
		s->target -= min_t(u32, s->target, step);
		car_add(p, frame, CAR_T2);
	} else {
		car_trim(p);
		car_add(p, frame, 0);
	}
}

static void car_remove(struct policy *p, u32 frame)
{
	struct car_state *s = p->state;

	policy_list_del(p, policy_node(p, frame)->bits ? &s->t2 : &s->t1,
			frame);
}

static void car_evicted(struct policy *p, u32 frame)
{
	struct car_state *s = p->state;

	ghosts_add(policy_node(p, frame)->bits ? &s->b2 : &s->b1,
		   policy_page(p, frame), p->capacity);
}

static u32 car_next_victim(struct policy *p)
{
	struct car_state *s = p->state;
	u32 left = 2 * p->nr;

	for (;;) {
		bool from_t1 = s->t1.nr &&
			(s->t1.nr >= max_t(u32, s->target, 1) || !s->t2.nr);
		struct policy_list *list = from_t1 ? &s->t1 : &s->t2;

		/* Bounded, as in CLOCK. */
		if (!list->nr || !left-- || !policy_ref(p, list->head))
			return policy_list_pop(p, list);
		if (from_t1)
			car_add(p, policy_list_pop(p, list), CAR_T2);
		else
			policy_list_turn(p, list);
	}
}

static void car_putback(struct policy *p, u32 frame)
{
	car_add(p, frame, CAR_T2);
}

static u32 car_ghosts(const struct policy *p)
{
	const struct car_state *s = p->state;

	return s->b1.nr + s->b2.nr;
}

const struct policy_ops policy_car = {
	.name = "car",
	.title = "clock with adaptive replacement; Bansal and Modha 2004",
	.state_bytes = car_state_bytes,
	.init = car_init,
	.resize = car_resize,
	.insert = car_insert,
	.remove = car_remove,
	.evicted = car_evicted,
	.next_victim = car_next_victim,
	.putback = car_putback,
	.ghosts = car_ghosts,
};
