/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stall.h - how much of the last minute tasks waited for frames
 *
 * Pure.  As Linux' PSI does, but of this pool only: "some" is time in which
 * at least one task waited, "full" time in which a task waited and nobody got
 * a frame.
 */
#ifndef KPAGER_STALL_H
#define KPAGER_STALL_H

#include "../platform.h"

/* The time is cut into so long pieces; so many of them are remembered. */
#define STALL_SLOT_US		100000ull
#define STALL_SLOTS		600u

/**
 * struct stall_slot - a tenth of a second
 * @some: of it, in us
 * @full: of it, in us
 */
struct stall_slot {
	u32 some;
	u32 full;
};

/**
 * struct stall - the last minute
 * @last: number of the latest slot that was written, counted from the epoch
 * @slots: a ring; all those up to @last are valid
 */
struct stall {
	u64 last;
	struct stall_slot slots[STALL_SLOTS];
};

void stall_add(struct stall *stall, u64 from, u64 to, bool full);
void stall_sum(const struct stall *stall, u64 now, u64 window, u64 *some,
	       u64 *full);

#endif /* KPAGER_STALL_H */
