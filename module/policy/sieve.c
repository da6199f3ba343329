// SPDX-License-Identifier: GPL-2.0
/*
 * sieve.c - SIEVE
 *
 * Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is Simpler
 * than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI
 * 2024.
 *
 * One queue by load time, and a hand that moves from its oldest end to the
 * newest and starts over.  A referenced frame loses its bit and stays in its
 * place; the first one without is the victim.
 */
#include "policy.h"

struct sieve_state {
	struct policy_list queue;	/* the head is the oldest */
	u32 hand;			/* POLICY_NONE: at the oldest */
};

static size_t sieve_state_bytes(u32 frames)
{
	(void)frames;
	return ALIGN(sizeof(struct sieve_state), sizeof(u64));
}

static void sieve_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct sieve_state *s = p->state;

	(void)why;
	policy_list_add_tail(p, &s->queue, frame);
}

/* Where the hand goes from a frame; from the newest back to the oldest. */
static u32 sieve_next(struct policy *p, u32 frame)
{
	struct sieve_state *s = p->state;
	u32 next = policy_list_next(p, frame);

	return next == s->queue.head ? POLICY_NONE : next;
}

static void sieve_remove(struct policy *p, u32 frame)
{
	struct sieve_state *s = p->state;

	if (s->hand == frame)
		s->hand = sieve_next(p, frame);
	policy_list_del(p, &s->queue, frame);
}

static u32 sieve_next_victim(struct policy *p)
{
	struct sieve_state *s = p->state;
	u32 left = 2 * s->queue.nr, frame;

	if (!s->queue.nr)
		return POLICY_NONE;
	/* Bounded, as in CLOCK. */
	while ((frame = s->hand ?: s->queue.head), left--) {
		if (!policy_ref(p, frame))
			break;
		s->hand = sieve_next(p, frame);
	}
	s->hand = frame;
	sieve_remove(p, frame);
	return frame;
}

const struct policy_ops policy_sieve = {
	.name = "sieve",
	.title = "SIEVE; Zhang, Yang, Yue, Vigfusson and Rashmi 2024",
	.state_bytes = sieve_state_bytes,
	.insert = sieve_insert,
	.remove = sieve_remove,
	.next_victim = sieve_next_victim,
};
