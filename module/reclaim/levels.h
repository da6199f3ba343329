/* SPDX-License-Identifier: GPL-2.0 */
/*
 * levels.h - how few free frames which tasks are given up for
 *
 * Pure.  As Android's low-memory killer: thresholds of free frames, ascending,
 * and with each the least importance of the tasks that go when less is free.
 * The fewer frames, the lower that importance, the more tasks may go.
 */
#ifndef KPAGER_LEVELS_H
#define KPAGER_LEVELS_H

#include "../platform.h"

#define LEVELS_MAX	6

/**
 * struct levels - the two lists
 * @nr_minfree: entries of @minfree
 * @nr_adj: entries of @adj
 * @minfree: frames, strictly ascending
 * @adj: importance, strictly ascending
 *
 * They are in force when both are there: then they are equally long.
 */
struct levels {
	unsigned int nr_minfree;
	unsigned int nr_adj;
	u32 minfree[LEVELS_MAX];
	s32 adj[LEVELS_MAX];
};

int levels_set_minfree(struct levels *levels, const char *text, u32 limit);
int levels_set_adj(struct levels *levels, const char *text);
bool levels_at(const struct levels *levels, u32 free, int *adj);
u32 levels_most(const struct levels *levels);

#endif /* KPAGER_LEVELS_H */
