/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit.h - who may have the frames it needs, when there are not enough for all
 *
 * Pure: compiled into the module and into its test.
 */
#ifndef KPAGER_ADMIT_H
#define KPAGER_ADMIT_H

#include "../platform.h"

/* Of so many that are judged no more. */
#define ADMIT_MAX	64u

/**
 * enum admit_turn - which place one has among those that need more than their
 * share
 * @ADMIT_USUAL: who needs less comes first
 * @ADMIT_FIRST: it had to wait until now
 * @ADMIT_LAST: it is waiting, and the others are not
 */
enum admit_turn {
	ADMIT_USUAL,
	ADMIT_FIRST,
	ADMIT_LAST,
};

/**
 * struct admit - somebody who needs frames
 * @need: how many, below 2^48
 * @floor: so many are left to it if it is not admitted
 * @weight: who weighs less goes first, 0 to 2000; usually 1000
 * @turn: its place if it is greedy
 * @greedy: result: it needs more than its fair share
 * @admitted: result: it may have what it needs
 */
struct admit {
	u64 need;
	u64 floor;
	u32 weight;
	enum admit_turn turn;
	bool greedy;
	bool admitted;
};

u64 admit_all(struct admit *list, unsigned int nr, u64 frames);

#endif /* KPAGER_ADMIT_H */
