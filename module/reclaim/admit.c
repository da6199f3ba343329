// SPDX-License-Identifier: GPL-2.0
/*
 * admit.c - who may have the frames it needs, when there are not enough for all
 *
 * Everybody's fair share is the max-min fair one (Bertsekas and Gallager, "Data
 * Networks", 1987): who needs less has what it needs, and the others have equal
 * parts of the rest.  Then as many as possible are admitted whole, because half
 * of what it needs serves nobody (Denning, 1968): those that need least first,
 * so whoever keeps to its share before whoever does not.
 */
#include "admit.h"

/*
 * The share of those that need more than it.  Each round finds that more of
 * them do not, so it only grows.
 */
static u64 admit_share(const struct admit *list, unsigned int nr, u64 frames)
{
	u64 share = 0, next = div_u64(frames, max(nr, 1u)), rest;
	unsigned int i, more;

	while (next > share) {
		share = next;
		rest = frames;
		more = 0;
		for (i = 0; i < nr; i++) {
			if (list[i].need > share)
				more++;
			else
				rest -= list[i].need;
		}
		if (!more)
			return U64_MAX;
		next = div_u64(rest, more);
	}
	return share;
}

/*
 * The place of one in the order.  No greedy one comes before one that keeps to
 * its share and weighs the same.
 */
static u64 admit_place(const struct admit *one, u64 share)
{
	u64 place = one->need;

	if (one->greedy && one->turn == ADMIT_FIRST)
		place = share + 1;
	else if (one->greedy && one->turn == ADMIT_LAST)
		place += BIT_ULL(48);
	return place * one->weight;
}

/**
 * admit_all - decide who is admitted
 * @list: who needs frames; receives the results
 * @nr: how many, at most ADMIT_MAX
 * @frames: how many there are
 *
 * Context: any.
 * Return: the frames that those who are admitted leave.
 */
u64 admit_all(struct admit *list, unsigned int nr, u64 frames)
{
	u64 share, floors = 0, left = frames;
	bool judged[ADMIT_MAX] = {};
	unsigned int i, n, best;

	nr = min(nr, ADMIT_MAX);
	share = admit_share(list, nr, frames);
	for (i = 0; i < nr; i++) {
		list[i].greedy = list[i].need > share;
		list[i].admitted = false;
		floors += list[i].floor;
	}
	for (n = 0; n < nr; n++) {
		best = nr;
		for (i = 0; i < nr; i++)
			if (!judged[i] &&
			    (best == nr || admit_place(&list[i], share) <
					   admit_place(&list[best], share)))
				best = i;
		judged[best] = true;
		floors -= list[best].floor;
		if (list[best].need <= left && list[best].need + floors <= left) {
			list[best].admitted = true;
			left -= list[best].need;
		} else {
			floors += list[best].floor;
		}
	}
	return left;
}
