/* SPDX-License-Identifier: GPL-2.0 */
/*
 * victim.h - which tasks keep frames from being freed
 */
#ifndef KPAGER_VICTIM_H
#define KPAGER_VICTIM_H

#include "reclaim/decision.h"

/**
 * struct victim - a task that keeps frames
 * @pid: of its thread group, with a reference
 * @is: what is recorded of it
 * @term: it is asked to end before it is ended, as the segment says in which
 *	it keeps most
 * @grace: how long it has for that, in ms
 */
struct victim {
	struct pid *pid;
	struct decision_candidate is;
	bool term;
	unsigned int grace;
};

unsigned int victims_collect(int threshold);
struct victim *victims_get(unsigned int i);
unsigned int victims_left_out(void);
u64 victim_give_up(struct victim *victim);
void victims_release(void);

#endif /* KPAGER_VICTIM_H */
