// SPDX-License-Identifier: GPL-2.0
/*
 * fifo.c - first in, first out
 *
 * L. A. Belady, "A Study of Replacement Algorithms for a Virtual-Storage
 * Computer", 1966; its anomaly (more memory, more faults): Belady, Nelson and
 * Shedler, 1969.
 *
 * A queue by load time.  Reference bits are never looked at.
 */
#include "policy.h"

static size_t fifo_state_bytes(u32 frames)
{
	(void)frames;
	return sizeof(struct policy_list);
}

static void fifo_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	policy_list_add_tail(p, p->state, frame);
}

static void fifo_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, p->state, frame);
}

static u32 fifo_next_victim(struct policy *p)
{
	return policy_list_pop(p, p->state);
}

const struct policy_ops policy_fifo = {
	.name = "fifo",
	.title = "first in, first out; Belady 1966",
	.state_bytes = fifo_state_bytes,
	.insert = fifo_insert,
	.remove = fifo_remove,
	.next_victim = fifo_next_victim,
};
