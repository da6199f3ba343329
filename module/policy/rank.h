/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rank.h - frames in the order of a small count
 *
 * For policies that keep a count of 8 bits per frame and give up the smallest:
 * a list for each count, and a bitmap of those that are not empty.  The count
 * is policy_node.bits.
 */
#ifndef KPAGER_RANK_H
#define KPAGER_RANK_H

#include "policy.h"

#define RANKS		256

/**
 * struct ranks - all frames by count
 * @list: those of each count, longest there first
 * @used: which lists are not empty
 */
struct ranks {
	struct policy_list list[RANKS];
	u64 used[RANKS / 64];
};

void rank_add(struct policy *p, struct ranks *ranks, u32 frame, u32 count);
void rank_del(struct policy *p, struct ranks *ranks, u32 frame);
u32 rank_pop_lowest(struct policy *p, struct ranks *ranks);
void rank_renew(struct policy *p, struct ranks *ranks,
		u32 (*renew)(struct policy *p, u32 count, bool used));

#endif /* KPAGER_RANK_H */
