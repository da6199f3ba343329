// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - the table of policies and the services all of them share
 */
#include "policy.h"

/* The first is the default. */
static const struct policy_ops *const policies[] = {
	&policy_clock,
};

/**
 * policy_find - look a policy up by name
 * @name: the name; "" or NULL for the default
 *
 * Context: any.
 * Return: the policy, or NULL if there is none of that name.
 */
const struct policy_ops *policy_find(const char *name)
{
	size_t i;

	if (!name || !*name)
		return policies[0];
	for (i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policies[i]->name, name))
			return policies[i];
	return NULL;
}

/**
 * policy_window_entries - how large a window ring to give to policy_init()
 * @frames: the most frames the policy will ever hold
 *
 * Context: any.
 * Return: a number of u32 entries, a power of two, at least 2.
 */
u32 policy_window_entries(u32 frames)
{
	u32 need = frames / 100 + 2, size = 2;

	while (size < need)
		size *= 2;
	return size;
}

/**
 * policy_init - prepare an empty instance
 * @p: the instance; no earlier contents are looked at
 * @ops: the algorithm, from policy_find()
 * @env: who runs it; must outlive @p
 * @owner: for the environment's use
 * @window: memory for the fresh window, zeroed; the caller frees it after @p
 * @window_entries: its size, from policy_window_entries()
 *
 * Context: any.
 */
void policy_init(struct policy *p, const struct policy_ops *ops,
		 const struct policy_env *env, void *owner,
		 u32 *window, u32 window_entries)
{
	memset(p, 0, sizeof(*p));
	p->ops = ops;
	p->env = env;
	p->owner = owner;
	p->window = window;
	p->window_size = window_entries;
}

static u32 policy_window_length(const struct policy *p)
{
	u32 k = p->nr / 100;

	return min_t(u32, max_t(u32, k, 1), p->window_size - 1);
}

/*
 * End the window of frames inserted K or more insertions ago.  A ring entry
 * whose frame left, or was inserted again since, has another stamp.
 */
static void policy_window_advance(struct policy *p)
{
	u32 k = policy_window_length(p);

	while (p->clock - p->window_tail > k) {
		u32 frame = p->window[p->window_tail & (p->window_size - 1)];

		if (frame != POLICY_NONE &&
		    p->env->node(p, frame)->stamp == p->window_tail)
			p->env->test_and_clear_ref(p, frame);
		p->window_tail++;
	}
}

/**
 * policy_insert - a frame became resident
 * @p: the policy
 * @frame: the frame; not a member yet
 * @why: POLICY_DEMAND, POLICY_PREFETCH or POLICY_WRITE
 *
 * Context: calls on @p are serialised; may sleep as far as the environment's
 * test_and_clear_ref() does.
 */
void policy_insert(struct policy *p, u32 frame, enum policy_why why)
{
	p->env->node(p, frame)->stamp = p->clock;
	p->window[p->clock & (p->window_size - 1)] = frame;
	p->clock++;
	p->nr++;
	p->ops->insert(p, frame, why);
	policy_window_advance(p);
}

/**
 * policy_remove - a frame leaves
 * @p: the policy
 * @frame: a member
 * @why: POLICY_EVICT or POLICY_DROP
 *
 * Context: calls on @p are serialised.
 */
void policy_remove(struct policy *p, u32 frame, enum policy_why why)
{
	struct policy_node *n = p->env->node(p, frame);
	u32 *slot = &p->window[n->stamp & (p->window_size - 1)];

	if (*slot == frame)
		*slot = POLICY_NONE;
	p->ops->remove(p, frame, why);
	p->nr--;
}

/**
 * policy_victims - propose frames to give up
 * @p: the policy
 * @out: where they go, in the order in which they should be given up
 * @n: how many are wanted
 *
 * The frames stay members until policy_remove().  The same frame is proposed
 * only once in a call.
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: how many were written to @out, at most the number of members.
 */
unsigned int policy_victims(struct policy *p, u32 *out, unsigned int n)
{
	unsigned int got = 0, i;

	n = min_t(unsigned int, n, p->nr);
	while (got < n) {
		u32 frame = p->ops->next_victim(p);

		for (i = 0; i < got; i++)
			if (out[i] == frame)
				return got;
		if (frame == POLICY_NONE)
			break;
		out[got++] = frame;
	}
	return got;
}

/**
 * policy_ref - was a frame referenced since it was last looked at
 * @p: the policy
 * @frame: a member
 *
 * Inside the fresh window the answer is no, and the bit is left for the
 * window's end to clear.
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: true if it was; its bit is clear now.
 */
bool policy_ref(struct policy *p, u32 frame)
{
	if ((s32)(p->env->node(p, frame)->stamp - p->window_tail) >= 0)
		return false;
	p->looks++;
	return p->env->test_and_clear_ref(p, frame);
}
