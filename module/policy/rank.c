// SPDX-License-Identifier: GPL-2.0
/*
 * rank.c - frames in the order of a small count
 */
#include "rank.h"

/* Frames of one count among which a clean one is looked for. */
#define RANK_CLEAN_LOOKS	8

/**
 * rank_add - give a frame a count
 * @p: the policy
 * @ranks: its ranks
 * @frame: in no list
 * @count: below RANKS
 *
 * Context: calls on @p are serialised.
 */
void rank_add(struct policy *p, struct ranks *ranks, u32 frame, u32 count)
{
	policy_node(p, frame)->bits = count;
	policy_list_add_tail(p, &ranks->list[count], frame);
	ranks->used[count / 64] |= BIT_ULL(count % 64);
}

/**
 * rank_del - take a frame out
 * @p: the policy
 * @ranks: its ranks
 * @frame: from rank_add()
 *
 * Context: calls on @p are serialised.
 */
void rank_del(struct policy *p, struct ranks *ranks, u32 frame)
{
	u32 count = policy_node(p, frame)->bits;

	policy_list_del(p, &ranks->list[count], frame);
	if (!ranks->list[count].nr)
		ranks->used[count / 64] &= ~BIT_ULL(count % 64);
}

/*
 * Among equals a clean frame goes first: it costs no write.  Only a few are
 * looked at.
 */
static u32 rank_cleanest(struct policy *p, const struct policy_list *list)
{
	u32 left = min_t(u32, list->nr, RANK_CLEAN_LOOKS);
	u32 frame = list->head;

	for (; left--; frame = policy_list_next(p, frame))
		if (p->env->dirt(p, frame) == POLICY_CLEAN)
			return frame;
	return list->head;
}

/**
 * rank_pop_lowest - take out a frame with the smallest count
 * @p: the policy
 * @ranks: its ranks
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: the one that has had it longest, or a clean one that has had it
 * nearly as long; POLICY_NONE if there is none.
 */
u32 rank_pop_lowest(struct policy *p, struct ranks *ranks)
{
	u32 i, frame = POLICY_NONE;

	for (i = 0; i < RANKS / 64; i++) {
		if (!ranks->used[i])
			continue;
		frame = rank_cleanest(p, &ranks->list[i * 64 +
						      __ffs(ranks->used[i])]);
		rank_del(p, ranks, frame);
		break;
	}
	return frame;
}

/**
 * rank_renew - look at every frame and give it a new count
 * @p: the policy
 * @ranks: its ranks
 * @renew: new count, below RANKS, from the old one and the reference bit
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 */
void rank_renew(struct policy *p, struct ranks *ranks,
		u32 (*renew)(struct policy *p, u32 count, bool used))
{
	struct policy_list all = { 0 };
	u32 frame;

	/* In the order in which they would go now, which stays among equals. */
	for (;;) {
		u32 i = 0;

		while (i < RANKS / 64 && !ranks->used[i])
			i++;
		if (i == RANKS / 64)
			break;
		frame = ranks->list[i * 64 + __ffs(ranks->used[i])].head;
		rank_del(p, ranks, frame);
		policy_list_add_tail(p, &all, frame);
	}
	while ((frame = policy_list_pop(p, &all)))
		rank_add(p, ranks, frame,
			 renew(p, policy_node(p, frame)->bits,
			       policy_ref(p, frame)));
}
