// SPDX-License-Identifier: GPL-2.0
/*
 * working-set.c - pages that were not used for a while leave
 *
 * P. J. Denning, "The Working Set Model for Program Behavior", Communications
 * of the ACM 11(5), 1968.
 *
 * Time is the segment's own: faults.  Frames stand in the order of the last
 * use that is known; @bits is its time.  One that is older than tau is looked
 * at: it was used since, as far as one can know just now, or it leaves, even
 * if there is room for it.
 */
#include "policy.h"

/* How often the old are looked for: so many times in tau. */
#define WS_TICKS	16

enum { WS_TAU };

static const struct policy_param ws_params[] = {
	[WS_TAU] = {
		"tau", "faults without use after which a page leaves, in 1/1000 of the capacity",
		1000, 1, 1000000,
	},
	{ NULL, NULL, 0, 0, 0 },
};

/* In @bits instead of a time. */
struct ws_state {
	struct policy_list used;	/* the head was used longest ago */
	struct policy_list expired;
};

#define WS_EXPIRED	BIT(31)

static size_t ws_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct ws_state);
}

static u32 ws_tau(const struct policy *p)
{
	return policy_share(p, p->param[WS_TAU], 1000);
}

static u32 ws_tick_every(const struct policy *p)
{
	return ws_tau(p) / WS_TICKS;
}

/* Time has 31 bits; differences are taken in these. */
static u32 ws_age(struct policy *p, u32 frame)
{
	return (p->clock - policy_node(p, frame)->bits) & ~(u32)WS_EXPIRED;
}

static void ws_use(struct policy *p, u32 frame)
{
	struct ws_state *s = p->state;

	policy_node(p, frame)->bits = p->clock & ~(u32)WS_EXPIRED;
	policy_list_add_tail(p, &s->used, frame);
}

static void ws_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	ws_use(p, frame);
}

static void ws_remove(struct policy *p, u32 frame)
{
	struct ws_state *s = p->state;

	policy_list_del(p, policy_node(p, frame)->bits & WS_EXPIRED ?
			&s->expired : &s->used, frame);
}

static void ws_tick(struct policy *p)
{
	struct ws_state *s = p->state;
	u32 left = s->used.nr, tau = ws_tau(p);

	while (left-- && ws_age(p, s->used.head) > tau) {
		u32 frame = policy_list_pop(p, &s->used);

		if (policy_ref(p, frame)) {
			ws_use(p, frame);
		} else {
			policy_node(p, frame)->bits |= WS_EXPIRED;
			policy_list_add_tail(p, &s->expired, frame);
			p->expire = true;
		}
	}
}

static u32 ws_next_expired(struct policy *p)
{
	struct ws_state *s = p->state;

	return policy_list_pop(p, &s->expired);
}

/* There is no room: expired ones first, then whoever was used longest ago. */
static u32 ws_next_victim(struct policy *p)
{
	struct ws_state *s = p->state;
	u32 left = 2 * s->used.nr, frame;

	if (s->expired.nr)
		return ws_next_expired(p);
	do {
		frame = policy_list_pop(p, &s->used);
		if (frame == POLICY_NONE || !left || !policy_ref(p, frame))
			break;
		ws_use(p, frame);
	} while (left--);
	return frame;
}

const struct policy_ops policy_working_set = {
	.name = "working-set",
	.title = "pages unused for tau leave; Denning 1968",
	.params = ws_params,
	.state_bytes = ws_state_bytes,
	.insert = ws_insert,
	.remove = ws_remove,
	.next_victim = ws_next_victim,
	.next_expired = ws_next_expired,
	.tick_every = ws_tick_every,
	.tick = ws_tick,
};
