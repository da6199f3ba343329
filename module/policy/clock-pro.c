// SPDX-License-Identifier: GPL-2.0
/*
 * clock-pro.c - CLOCK-Pro
 *
 * S. Jiang, F. Chen and X. Zhang, "CLOCK-Pro: An Effective Improvement of the
 * CLOCK Replacement", USENIX Annual Technical Conference 2005.
 *
 * Pages are hot or cold; a cold one is in its test period at first, and is
 * remembered as a ghost if it leaves before that ends.  Used again within it,
 * resident or not, it becomes hot.  The test period ends when the hot hand
 * passes: then the time between two uses was longer than that of the hot page
 * there.  @target, the number of cold pages wanted, grows with each use in a
 * test period and shrinks with each that ends without one.
 *
 * The paper has one ring and three hands on it.  Pages only ever enter a ring
 * at its head, and each hand takes its own kind of page and passes the others,
 * so the ring is kept as three queues, hot, cold and ghosts, and a page's
 * place in the ring as a number that grows.  A hand is the head of its queue.
 * What a hand passes is what has a smaller number.  So no hand has to walk
 * over the pages of the others.
 */
#include "ghost.h"
#include "policy.h"

/* In @bits; the rest is the place in the ring. */
#define CP_HOT		BIT(31)
#define CP_TEST		BIT(30)
#define CP_PLACE	((u32)CP_TEST - 1)

/* Slot 0 of the ghosts is the two ends of their queue. */
struct cp_ghost {
	u32 newer;
	u32 older;
	u32 place;
};

struct cp_state {
	struct policy_list hot;
	struct policy_list cold;
	u32 target;
	u32 place;		/* the next number */
	u32 passed;		/* where the hot hand is */
	u32 nr_ghosts;
	u32 slots_used;		/* slots ever used; others are free as well */
	u32 free;		/* slots that were used before, linked by newer */
	struct ghost_map map;
	struct cp_ghost *ghost;
};

static size_t cp_state_bytes(u32 frames)
{
	return sizeof(struct cp_state) + ghost_map_bytes(frames) +
		ALIGN(((size_t)frames + 1) * sizeof(struct cp_ghost),
		      sizeof(u64));
}

static void cp_init(struct policy *p)
{
	struct cp_state *s = p->state;
	void *memory = s + 1;

	ghost_map_init(&s->map, memory, p->frames);
	s->ghost = memory + ghost_map_bytes(p->frames);
	s->target = max_t(u32, p->capacity / 100, 1);
}

static void cp_resize(struct policy *p)
{
	struct cp_state *s = p->state;

	s->target = min_t(u32, s->target, p->capacity);
}

/* Is place a before place b?  They are near each other, modulo 2^30. */
static bool cp_before(u32 a, u32 b)
{
	return (s32)((a - b) << 2) < 0;
}

static void cp_wider(struct policy *p)
{
	struct cp_state *s = p->state;

	s->target = min_t(u32, s->target + 1, p->capacity);
}

static void cp_narrower(struct cp_state *s)
{
	s->target = max_t(u32, s->target - 1, 1);
}

static void cp_ghost_add(struct cp_state *s, u64 page, u32 place)
{
	u32 slot = s->free;

	if (slot)
		s->free = s->ghost[slot].newer;
	else
		slot = ++s->slots_used;
	ghost_map_add(&s->map, slot, page);
	s->ghost[slot].place = place;
	s->ghost[slot].newer = 0;
	s->ghost[slot].older = s->ghost[0].older;
	s->ghost[s->ghost[0].older].newer = slot;
	s->ghost[0].older = slot;
	s->nr_ghosts++;
}

static void cp_ghost_del(struct cp_state *s, u32 slot)
{
	struct cp_ghost *g = &s->ghost[slot];

	ghost_map_del(&s->map, slot);
	s->ghost[g->older].newer = g->newer;
	s->ghost[g->newer].older = g->older;
	g->newer = s->free;
	s->free = slot;
	s->nr_ghosts--;
}

/* The oldest ghost, or 0: behind the end comes the beginning. */
static u32 cp_ghost_oldest(const struct cp_state *s)
{
	return s->ghost[0].newer;
}

static void cp_add(struct policy *p, u32 frame, u32 bits)
{
	struct cp_state *s = p->state;

	policy_node(p, frame)->bits = bits | (s->place++ & CP_PLACE);
	policy_list_add_tail(p, bits & CP_HOT ? &s->hot : &s->cold, frame);
}

static u32 cp_place(struct policy *p, u32 frame)
{
	return policy_node(p, frame)->bits & CP_PLACE;
}

/* A cold page's test period, unless the hot hand has passed it. */
static bool cp_in_test(struct policy *p, u32 frame)
{
	struct cp_state *s = p->state;

	return policy_node(p, frame)->bits & CP_TEST &&
		!cp_before(cp_place(p, frame), s->passed);
}

/*
 * The hot hand goes on until a hot page has become cold.  Test periods that
 * it passes end.
 */
static void cp_hand_hot(struct policy *p)
{
	struct cp_state *s = p->state;
	u32 left = 2 * s->hot.nr, ghost;

	while (s->hot.nr) {
		u32 frame = policy_list_pop(p, &s->hot);
		bool used = left && left-- && policy_ref(p, frame);

		s->passed = cp_place(p, frame);
		while ((ghost = cp_ghost_oldest(s)) &&
		       cp_before(s->ghost[ghost].place, s->passed)) {
			cp_ghost_del(s, ghost);
			cp_narrower(s);
		}
		cp_add(p, frame, used ? CP_HOT : 0);
		if (!used)
			break;
	}
}

static void cp_limit_hot(struct policy *p)
{
	struct cp_state *s = p->state;

	while (s->hot.nr && s->hot.nr > p->capacity - s->target)
		cp_hand_hot(p);
}

static void cp_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct cp_state *s = p->state;
	u32 ghost = ghost_map_find(&s->map, policy_page(p, frame));

	(void)why;
	if (ghost) {
		cp_ghost_del(s, ghost);
		cp_wider(p);
		cp_add(p, frame, CP_HOT);
		cp_limit_hot(p);
	} else {
		/* While memory fills up the first pages are taken for hot. */
		cp_add(p, frame, p->nr <= p->capacity - s->target ?
		       CP_HOT : CP_TEST);
	}
}

static void cp_remove(struct policy *p, u32 frame)
{
	struct cp_state *s = p->state;

	policy_list_del(p, policy_node(p, frame)->bits & CP_HOT ? &s->hot :
			&s->cold, frame);
}

/* In its test period it stays in its place as a ghost. */
static void cp_evicted(struct policy *p, u32 frame)
{
	struct cp_state *s = p->state;
	u32 bits = policy_node(p, frame)->bits;

	if (bits & CP_HOT || !(bits & CP_TEST))
		return;
	if (!cp_in_test(p, frame)) {
		cp_narrower(s);
		return;
	}
	while (s->nr_ghosts && s->nr_ghosts >= p->capacity) {
		cp_ghost_del(s, cp_ghost_oldest(s));
		cp_narrower(s);
	}
	cp_ghost_add(s, policy_page(p, frame), cp_place(p, frame));
}

/* A cold page was used. */
static void cp_promote(struct policy *p, u32 frame)
{
	if (cp_in_test(p, frame)) {
		cp_wider(p);
		cp_add(p, frame, CP_HOT);
		cp_limit_hot(p);
	} else {
		cp_add(p, frame, CP_TEST);
	}
}

static u32 cp_next_victim(struct policy *p)
{
	struct cp_state *s = p->state;
	u32 left = 2 * p->nr, frame;

	for (;;) {
		if (!s->cold.nr)
			cp_hand_hot(p);
		frame = policy_list_pop(p, &s->cold);
		if (frame == POLICY_NONE || !left-- || !policy_ref(p, frame))
			return frame;
		cp_promote(p, frame);
	}
}

static u32 cp_ghosts(const struct policy *p)
{
	const struct cp_state *s = p->state;

	return s->nr_ghosts;
}

const struct policy_ops policy_clock_pro = {
	.name = "clock-pro",
	.title = "CLOCK-Pro; Jiang, Chen and Zhang 2005",
	.state_bytes = cp_state_bytes,
	.init = cp_init,
	.resize = cp_resize,
	.insert = cp_insert,
	.remove = cp_remove,
	.evicted = cp_evicted,
	.next_victim = cp_next_victim,
	.putback = cp_promote,
	.ghosts = cp_ghosts,
};
