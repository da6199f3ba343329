// SPDX-License-Identifier: GPL-2.0
/*
 * stall.c - see stall.h
 */
#include "stall.h"

/* Make a slot the latest: what lies between is time without a stall. */
static struct stall_slot *stall_slot(struct stall *stall, u64 number)
{
	u64 n;

	if (number > stall->last) {
		n = min_t(u64, number - stall->last, STALL_SLOTS);
		for (; n; n--)
			stall->slots[(u32)((number - n + 1) % STALL_SLOTS)] =
				(struct stall_slot){ 0, 0 };
		stall->last = number;
	}
	return &stall->slots[(u32)(number % STALL_SLOTS)];
}

/**
 * stall_add - tasks waited
 * @stall: the last minute
 * @from: since when, in us of a clock that never goes back
 * @to: until when; later than any @from before
 * @full: nobody got a frame meanwhile
 *
 * Context: any; the caller serialises.
 */
void stall_add(struct stall *stall, u64 from, u64 to, bool full)
{
	struct stall_slot *slot;
	u64 end;

	/* No more than is remembered. */
	if (to > STALL_SLOT_US * STALL_SLOTS)
		from = max_t(u64, from, to - STALL_SLOT_US * STALL_SLOTS);
	for (; from < to; from = end) {
		end = min_t(u64, to, (div_u64(from, STALL_SLOT_US) + 1) *
			    STALL_SLOT_US);
		/* One that the ring has gone over already. */
		if (div_u64(from, STALL_SLOT_US) + STALL_SLOTS <= stall->last)
			continue;
		slot = stall_slot(stall, div_u64(from, STALL_SLOT_US));
		slot->some += end - from;
		if (full)
			slot->full += end - from;
	}
}

/**
 * stall_sum - how long tasks waited lately
 * @stall: the last minute
 * @now: the clock of stall_add()
 * @window: how far back, in us: whole slots, at most STALL_SLOTS of them
 * @some: receives the time in us in which some waited
 * @full: receives the time in us in which nobody got a frame
 *
 * The slot that is not over counts as one.
 *
 * Context: any; the caller serialises.
 */
void stall_sum(const struct stall *stall, u64 now, u64 window, u64 *some,
	       u64 *full)
{
	u64 slots = min_t(u64, div_u64(window, STALL_SLOT_US), STALL_SLOTS);
	u64 at = div_u64(now, STALL_SLOT_US);
	u64 n;

	*some = 0;
	*full = 0;
	for (n = 0; n < slots && n <= at; n++) {
		u64 number = at - n;

		if (number > stall->last ||
		    number + STALL_SLOTS <= stall->last)
			continue;
		*some += stall->slots[(u32)(number % STALL_SLOTS)].some;
		*full += stall->slots[(u32)(number % STALL_SLOTS)].full;
	}
}
