// SPDX-License-Identifier: GPL-2.0
/*
 * 2q.c - 2Q
 *
 * T. Johnson and D. Shasha, "2Q: A Low Overhead High Performance Buffer
 * Management Replacement Algorithm", VLDB 1994.
 *
 * New pages go through a FIFO, A1in; when they leave it they are remembered as
 * ghosts in A1out.  A page that comes back while it is remembered goes to the
 * main list, Am.  Am is an LRU list in the paper, here a clock.
 */
#include "ghost.h"
#include "policy.h"

enum { TWO_Q_KIN, TWO_Q_KOUT };

static const struct policy_param two_q_params[] = {
	[TWO_Q_KIN] = {
		"kin", "share of A1in, in percent of the capacity", 25, 1, 99,
	},
	[TWO_Q_KOUT] = {
		"kout", "ghosts in A1out, in percent of the capacity", 50, 1, 100,
	},
	{ NULL, NULL, 0, 0, 0 },
};

/* In @bits. */
#define TWO_Q_MAIN	BIT(0)

struct two_q_state {
	struct policy_list in;
	struct policy_list main;
	struct ghosts out;
};

static size_t two_q_state_bytes(u32 frames)
{
	return sizeof(struct two_q_state) + ghosts_bytes(frames);
}

static void two_q_init(struct policy *p)
{
	struct two_q_state *s = p->state;

	ghosts_init(&s->out, s + 1, p->frames);
}

static u32 two_q_probation(const struct policy *p)
{
	return policy_share(p, p->param[TWO_Q_KIN], 100);
}

static void two_q_add(struct policy *p, u32 frame, u32 bits)
{
	struct two_q_state *s = p->state;

	policy_node(p, frame)->bits = bits;
	policy_list_add_tail(p, bits ? &s->main : &s->in, frame);
}

static void two_q_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct two_q_state *s = p->state;

	(void)why;
	two_q_add(p, frame, ghosts_take(&s->out, policy_page(p, frame)) ?
		  TWO_Q_MAIN : 0);
}

static void two_q_remove(struct policy *p, u32 frame)
{
	struct two_q_state *s = p->state;

	policy_list_del(p, policy_node(p, frame)->bits ? &s->main : &s->in,
			frame);
}

static void two_q_evicted(struct policy *p, u32 frame)
{
	struct two_q_state *s = p->state;

	if (!policy_node(p, frame)->bits)
		ghosts_add(&s->out, policy_page(p, frame),
			   policy_share(p, p->param[TWO_Q_KOUT], 100));
}

static u32 two_q_next_victim(struct policy *p)
{
	struct two_q_state *s = p->state;
	u32 left = 2 * s->main.nr;

	if (s->in.nr > two_q_probation(p) || !s->main.nr)
		return policy_list_pop(p, &s->in);
	while (left-- && policy_ref(p, s->main.head))
		policy_list_turn(p, &s->main);
	return policy_list_pop(p, &s->main);
}

/* In the list it was in, at the end that is looked at last. */
static void two_q_putback(struct policy *p, u32 frame)
{
	two_q_add(p, frame, policy_node(p, frame)->bits);
}

static u32 two_q_ghosts(const struct policy *p)
{
	const struct two_q_state *s = p->state;

	return s->out.nr;
}

const struct policy_ops policy_2q = {
	.name = "2q",
	.title = "2Q, its main list as a clock; Johnson and Shasha 1994",
	.params = two_q_params,
	.state_bytes = two_q_state_bytes,
	.init = two_q_init,
	.probation = two_q_probation,
	.insert = two_q_insert,
	.remove = two_q_remove,
	.evicted = two_q_evicted,
	.next_victim = two_q_next_victim,
	.putback = two_q_putback,
	.ghosts = two_q_ghosts,
};
