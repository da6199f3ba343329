// SPDX-License-Identifier: GPL-2.0
/*
 * gclock.c - generalised CLOCK
 *
 * A. J. Smith, "Sequentiality and Prefetching in Database Systems", ACM
 * Transactions on Database Systems 3(3), 1978.
 *
 * A ring of frames with a count each.  A look that finds the frame referenced
 * adds one; one that does not takes one away; a frame that has none left is
 * the victim.
 */
#include "policy.h"

enum { GCLOCK_BITS };

static const struct policy_param gclock_params[] = {
	[GCLOCK_BITS] = {
		"bits", "width of the count, in bits", 2, 1, 4,
	},
	{ NULL, NULL, 0, 0, 0 },
};

static size_t gclock_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct policy_list);
}

static void gclock_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	policy_node(p, frame)->bits = 0;
	policy_list_add_tail(p, p->state, frame);
}

static void gclock_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
}

static u32 gclock_next_victim(struct policy *p)
{
	struct policy_list *ring = p->state;
	u32 most = (1u << p->param[GCLOCK_BITS]) - 1;
	/* As in CLOCK: bounded, should others keep setting the bits. */
	u64 left = (u64)(most + 2) * ring->nr;

	while (left--) {
		u32 *count = &policy_node(p, ring->head)->bits;
		bool used = policy_ref(p, ring->head);

		if (!used && !*count)
			break;
		*count = used ? min_t(u32, *count + 1, most) : *count - 1;
		policy_list_turn(p, ring);
	}
	return policy_list_pop(p, ring);
}

const struct policy_ops policy_gclock = {
	.name = "gclock",
	.title = "generalised CLOCK; Smith 1978",
	.params = gclock_params,
	.state_bytes = gclock_state_bytes,
	.insert = gclock_insert,
	.remove = gclock_remove,
	.next_victim = gclock_next_victim,
};
