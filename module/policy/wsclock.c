// SPDX-License-Identifier: GPL-2.0
/*
 * wsclock.c - WSClock
 *
 * R. W. Carr and J. L. Hennessy, "WSClock - A Simple and Effective Algorithm
 * for Virtual Memory Management", SOSP 1981.
 *
 * A ring, the time of last use in @bits, and a hand.  Time is the segment's
 * own: faults.  A referenced frame is stamped and passed; one older than tau
 * is the victim if it is clean; if it is dirty its write is begun and the hand
 * goes on.  If only frames with a write under way are old, the answer is to
 * wait for one of them.  If nothing is old at all, the frame at the hand is
 * the victim, or a clean one close by.
 */
#include "policy.h"

/* Frames among which a clean one is looked for when none is old. */
#define WSCLOCK_CLEAN_LOOKS	8

enum { WSCLOCK_TAU };

static const struct policy_param wsclock_params[] = {
	[WSCLOCK_TAU] = {
		"tau", "faults without use after which a page may go, in 1/1000 of the capacity",
		1000, 1, 1000000,
	},
	{ NULL, NULL, 0, 0, 0 },
};

/*
 * Who stays in the ring goes behind the hand with a new stamp, so the ring is
 * in the order of the stamps: when the hand stands on a young frame that was
 * not referenced, there is nothing old behind it.  Old frames whose write was
 * begun wait in a list of their own.
 */
struct wsclock_state {
	struct policy_list ring;
	struct policy_list writing;
	u32 waited;	/* the policy's clock when there was nothing to give */
	u32 unused;
};

/* In @bits; the rest is the time of last use. */
#define WSCLOCK_WRITING	BIT(31)
#define WSCLOCK_TIME	((u32)WSCLOCK_WRITING - 1)

static size_t wsclock_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct wsclock_state);
}

static struct policy_list *wsclock_list(struct policy *p, u32 frame)
{
	struct wsclock_state *s = p->state;

	return policy_node(p, frame)->bits & WSCLOCK_WRITING ? &s->writing :
		&s->ring;
}

static void wsclock_use(struct policy *p, u32 frame)
{
	policy_node(p, frame)->bits = p->clock & WSCLOCK_TIME;
	policy_list_add_tail(p, wsclock_list(p, frame), frame);
}

static void wsclock_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	wsclock_use(p, frame);
}

static void wsclock_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, wsclock_list(p, frame), frame);
}

static bool wsclock_old(struct policy *p, u32 frame)
{
	u32 tau = policy_share(p, p->param[WSCLOCK_TAU], 1000);

	/* The insertion before its own was at the time in @bits. */
	return ((p->clock - policy_node(p, frame)->bits) & WSCLOCK_TIME) + 1 >=
		tau;
}

/* An old frame: can it go at once?  If not, have it written. */
static bool wsclock_clean(struct policy *p, u32 frame)
{
	enum policy_dirt dirt = p->env->dirt(p, frame);

	/* Where a write takes no time it is done when it has begun. */
	if (dirt == POLICY_DIRTY && p->env->clean && p->env->clean(p, frame))
		dirt = p->env->dirt(p, frame);
	return dirt == POLICY_CLEAN;
}

/* One whose write is done, unless it was used or made dirty meanwhile. */
static u32 wsclock_written(struct policy *p)
{
	struct wsclock_state *s = p->state;
	u32 left = s->writing.nr;

	while (left--) {
		u32 frame = s->writing.head;

		if (policy_ref(p, frame)) {
			policy_list_del(p, &s->writing, frame);
			wsclock_use(p, frame);
			continue;
		}
		if (wsclock_clean(p, frame))
			return policy_list_pop(p, &s->writing);
		policy_list_turn(p, &s->writing);
	}
	return POLICY_NONE;
}

/* Nothing old is left in the ring: its head, or a clean one close behind. */
static u32 wsclock_young(struct policy *p)
{
	struct wsclock_state *s = p->state;
	u32 left = min_t(u32, s->ring.nr, WSCLOCK_CLEAN_LOOKS);
	u32 frame;

	for (frame = s->ring.head; left--; frame = policy_list_next(p, frame))
		if (p->env->dirt(p, frame) == POLICY_CLEAN) {
			policy_list_del(p, &s->ring, frame);
			return frame;
		}
	return policy_list_pop(p, &s->ring);
}

static u32 wsclock_next_victim(struct policy *p)
{
	struct wsclock_state *s = p->state;
	u32 left = 2 * s->ring.nr, frame;

	if (p->draining)
		return policy_list_pop(p, s->writing.nr ? &s->writing :
				       &s->ring);
	frame = s->writing.nr ? wsclock_written(p) : POLICY_NONE;
	if (frame != POLICY_NONE)
		return frame;
	while (s->ring.nr && left--) {
		frame = s->ring.head;
		if (policy_ref(p, frame)) {
			policy_list_del(p, &s->ring, frame);
			wsclock_use(p, frame);
			continue;
		}
		if (!wsclock_old(p, frame))
			break;
		policy_list_del(p, &s->ring, frame);
		if (wsclock_clean(p, frame))
			return frame;
		policy_node(p, frame)->bits |= WSCLOCK_WRITING;
		policy_list_add_tail(p, &s->writing, frame);
	}
	/*
	 * A turn with writes under way: wait for one.  If that was said before
	 * and no page came in since, the writes do not work.
	 */
	if (s->writing.nr && !p->env->clean)
		return policy_list_pop(p, &s->writing);
	if (s->writing.nr && (!s->ring.nr || s->waited != p->clock)) {
		s->waited = p->clock;
		return POLICY_NONE;
	}
	return wsclock_young(p);
}

/* Busy: as good as used now. */
static void wsclock_putback(struct policy *p, u32 frame)
{
	wsclock_use(p, frame);
}

const struct policy_ops policy_wsclock = {
	.name = "wsclock",
	.title = "WSClock; Carr and Hennessy 1981",
	.params = wsclock_params,
	.state_bytes = wsclock_state_bytes,
	.insert = wsclock_insert,
	.remove = wsclock_remove,
	.next_victim = wsclock_next_victim,
	.putback = wsclock_putback,
};
