// SPDX-License-Identifier: GPL-2.0
/*
 * model.c - the module's policies outside of the kernel, with exact hits
 */
#include "../../../module/policy/policy.h"
#include "model.h"

struct model {
	struct policy policy;
	struct policy_node *nodes;
	bool *ref;
	unsigned int *page_of;
};

static bool model_ref(struct policy *p, u32 frame)
{
	struct model *m = p->owner;
	bool was = m->ref[frame];

	m->ref[frame] = false;
	return was;
}

static u64 model_page(struct policy *p, u32 frame)
{
	struct model *m = p->owner;

	return m->page_of[frame];
}

static enum policy_dirt model_dirt(struct policy *p, u32 frame)
{
	(void)p;
	(void)frame;
	return POLICY_CLEAN;
}

static const struct policy_env model_env = {
	.test_and_clear_ref = model_ref,
	.page = model_page,
	.dirt = model_dirt,
};

/* The name of the policy number @i that can run on a device, or NULL. */
const char *model_policy(unsigned int i)
{
	const struct policy_ops *ops = policy_nth(i);

	return ops ? ops->name : NULL;
}

/* Misses of a trace of pages below 65536, or -1. */
long model_misses(const char *policy, unsigned int frames,
		  const unsigned int *trace, unsigned int n)
{
	static unsigned int frame_of[65536];
	unsigned int used = 0, i, *spare = calloc(frames, sizeof(*spare));
	struct model m = {
		.nodes = calloc(frames + 1, sizeof(*m.nodes)),
		.ref = calloc(frames + 1, sizeof(*m.ref)),
		.page_of = calloc(frames + 1, sizeof(*m.page_of)),
	};
	struct policy_setup setup = {
		.ops = policy_find(policy), .env = &model_env, .owner = &m,
		.nodes = m.nodes, .frames = frames, .capacity = frames,
		.exact = true, .seed = 1,
	};
	long misses = 0;
	u32 frame;

	if (!setup.ops || !spare || !m.nodes || !m.ref || !m.page_of)
		return -1;
	setup.memory = calloc(1, policy_bytes(setup.ops, frames, false));
	policy_init(&m.policy, &setup);
	memset(frame_of, 0, sizeof(frame_of));
	while (used < frames) {
		spare[used] = frames - used;
		used++;
	}
	for (i = 0; i < n; i++) {
		frame = frame_of[trace[i]];
		if (frame) {
			if (!policy_hit(&m.policy, frame))
				m.ref[frame] = true;
			continue;
		}
		misses++;
		policy_miss(&m.policy, trace[i]);
		if (!used) {
			if (policy_victims(&m.policy, &frame, 1) != 1)
				return -1;
			policy_remove(&m.policy, frame, POLICY_EVICT);
			frame_of[m.page_of[frame]] = 0;
			spare[used++] = frame;
		}
		frame = spare[--used];
		m.page_of[frame] = trace[i];
		frame_of[trace[i]] = frame;
		m.ref[frame] = false;
		policy_insert(&m.policy, frame, POLICY_DEMAND);
		while (policy_expired(&m.policy, &frame, 1)) {
			policy_remove(&m.policy, frame, POLICY_EVICT);
			frame_of[m.page_of[frame]] = 0;
			spare[used++] = frame;
		}
	}
	free(setup.memory);
	free(spare);
	free(m.nodes);
	free(m.ref);
	free(m.page_of);
	return misses;
}
