// SPDX-License-Identifier: GPL-2.0
/*
 * nfu.c - not frequently used, LFU by sampling
 *
 * A. S. Tanenbaum, "Operating Systems: Design and Implementation", 1987.
 *
 * Every tick a frame that was referenced counts one more; every so many ticks
 * all counts are halved, so that old fame fades.  The smallest count goes
 * first.
 */
#include "rank.h"

enum { NFU_TICK, NFU_HALVE };

static const struct policy_param nfu_params[] = {
	[NFU_TICK] = {
		"tick", "faults between two counts, in 1/1000 of the capacity",
		1000, 1, 10000,
	},
	[NFU_HALVE] = {
		"halve", "ticks after which counts are halved", 255, 2, 65535,
	},
	{ NULL, NULL, 0, 0, 0 },
};

struct nfu_state {
	struct ranks ranks;
	u32 ticks;
};

static size_t nfu_state_bytes(u32 frames)
{
	(void)frames;
	return ALIGN(sizeof(struct nfu_state), sizeof(u64));
}

static u32 nfu_tick_every(const struct policy *p)
{
	return policy_share(p, p->param[NFU_TICK], 1000);
}

static void nfu_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct nfu_state *s = p->state;

	(void)why;
	rank_add(p, &s->ranks, frame, 0);
}

static void nfu_remove(struct policy *p, u32 frame)
{
	struct nfu_state *s = p->state;

	rank_del(p, &s->ranks, frame);
}

/*
 * The bit of the candidate is looked at as well: a count is as old as the
 * last tick.
 */
static u32 nfu_next_victim(struct policy *p)
{
	struct nfu_state *s = p->state;
	u32 left = 2 * p->nr, frame = POLICY_NONE;

	while (left--) {
		frame = rank_pop_lowest(p, &s->ranks);
		if (frame == POLICY_NONE || !policy_ref(p, frame))
			break;
		if (left)
			rank_add(p, &s->ranks, frame,
				 min_t(u32, policy_node(p, frame)->bits + 1,
				       RANKS - 1));
	}
	return frame;
}

static void nfu_putback(struct policy *p, u32 frame)
{
	struct nfu_state *s = p->state;

	rank_add(p, &s->ranks, frame,
		 min_t(u32, policy_node(p, frame)->bits + 1, RANKS - 1));
}

static u32 nfu_renew(struct policy *p, u32 count, bool used)
{
	struct nfu_state *s = p->state;

	if (s->ticks % p->param[NFU_HALVE] == 0)
		count /= 2;
	return min_t(u32, count + used, RANKS - 1);
}

static void nfu_tick(struct policy *p)
{
	struct nfu_state *s = p->state;

	s->ticks++;
	rank_renew(p, &s->ranks, nfu_renew);
}

const struct policy_ops policy_nfu = {
	.name = "nfu",
	.title = "not frequently used (LFU by sampling); Tanenbaum 1987",
	.params = nfu_params,
	.state_bytes = nfu_state_bytes,
	.insert = nfu_insert,
	.remove = nfu_remove,
	.next_victim = nfu_next_victim,
	.putback = nfu_putback,
	.tick_every = nfu_tick_every,
	.tick = nfu_tick,
};
