// SPDX-License-Identifier: GPL-2.0
/*
 * s3-fifo.c - S3-FIFO
 *
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO queues are all you
 * need for cache eviction", SOSP 2023.
 *
 * New pages go through a small FIFO.  One that was used there moves on to the
 * main FIFO, the others leave and are remembered; a page that comes back while
 * it is remembered goes to the main FIFO at once.  In the main FIFO a used
 * page goes around again.
 */
#include "ghost.h"
#include "policy.h"

/* Uses are counted up to this, in @bits. */
#define S3_COUNT	3
#define S3_MAIN		BIT(2)

enum { S3_SMALL, S3_GHOSTS, S3_THRESHOLD };

static const struct policy_param s3_params[] = {
	[S3_SMALL] = {
		"small", "share of the small queue, in percent of the capacity",
		10, 1, 99,
	},
	[S3_GHOSTS] = {
		"ghosts", "pages remembered, in percent of the capacity",
		90, 1, 100,
	},
	[S3_THRESHOLD] = {
		"threshold", "uses in the small queue that move a page on", 1, 1, S3_COUNT,
	},
	{ NULL, NULL, 0, 0, 0 },
};

struct s3_state {
	struct policy_list small;
	struct policy_list main;
	struct ghosts ghosts;
};

static size_t s3_state_bytes(u32 frames)
{
	return sizeof(struct s3_state) + ghosts_bytes(frames);
}

static void s3_init(struct policy *p)
{
	struct s3_state *s = p->state;

	ghosts_init(&s->ghosts, s + 1, p->frames);
}

static u32 s3_probation(const struct policy *p)
{
	return policy_share(p, p->param[S3_SMALL], 100);
}

static struct policy_list *s3_list(struct policy *p, u32 frame)
{
	struct s3_state *s = p->state;

	return policy_node(p, frame)->bits & S3_MAIN ? &s->main : &s->small;
}

static void s3_add(struct policy *p, u32 frame, u32 bits)
{
	policy_node(p, frame)->bits = bits;
	policy_list_add_tail(p, s3_list(p, frame), frame);
}

static void s3_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct s3_state *s = p->state;

	(void)why;
	s3_add(p, frame, ghosts_take(&s->ghosts, policy_page(p, frame)) ?
	       S3_MAIN : 0);
}

static void s3_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, s3_list(p, frame), frame);
}

static void s3_evicted(struct policy *p, u32 frame)
{
	struct s3_state *s = p->state;

	if (!(policy_node(p, frame)->bits & S3_MAIN))
		ghosts_add(&s->ghosts, policy_page(p, frame),
			   policy_share(p, p->param[S3_GHOSTS], 100));
}

/* Where hits are delivered each counts; otherwise each look that finds one. */
static void s3_hit(struct policy *p, u32 frame)
{
	struct policy_node *n = policy_node(p, frame);

	if ((n->bits & S3_COUNT) < S3_COUNT)
		n->bits++;
}

static u32 s3_count(struct policy *p, u32 frame)
{
	if (policy_ref(p, frame))
		s3_hit(p, frame);
	return policy_node(p, frame)->bits & S3_COUNT;
}

static u32 s3_next_small(struct policy *p)
{
	struct s3_state *s = p->state;
	u32 frame;

	while ((frame = policy_list_pop(p, &s->small))) {
		if (s3_count(p, frame) < p->param[S3_THRESHOLD])
			break;
		s3_add(p, frame, S3_MAIN);
	}
	return frame;
}

static u32 s3_next_main(struct policy *p)
{
	struct s3_state *s = p->state;
	u32 left = (S3_COUNT + 1) * s->main.nr;

	while (left-- && s3_count(p, s->main.head)) {
		policy_node(p, s->main.head)->bits--;
		policy_list_turn(p, &s->main);
	}
	return policy_list_pop(p, &s->main);
}

static u32 s3_next_victim(struct policy *p)
{
	struct s3_state *s = p->state;
	u32 frame = POLICY_NONE;

	if (s->small.nr >= s3_probation(p) || !s->main.nr)
		frame = s3_next_small(p);
	return frame ?: s3_next_main(p);
}

static void s3_putback(struct policy *p, u32 frame)
{
	s3_add(p, frame, S3_MAIN);
}

static u32 s3_ghosts(const struct policy *p)
{
	const struct s3_state *s = p->state;

	return s->ghosts.nr;
}

const struct policy_ops policy_s3_fifo = {
	.name = "s3-fifo",
	.title = "S3-FIFO; Yang, Zhang, Qiu, Yue and Rashmi 2023",
	.params = s3_params,
	.state_bytes = s3_state_bytes,
	.init = s3_init,
	.probation = s3_probation,
	.insert = s3_insert,
	.remove = s3_remove,
	.evicted = s3_evicted,
	.next_victim = s3_next_victim,
	.putback = s3_putback,
	.hit = s3_hit,
	.ghosts = s3_ghosts,
};
