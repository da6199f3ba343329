/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reclaim.h - frames are there when they are needed
 */
#ifndef KPAGER_RECLAIM_H
#define KPAGER_RECLAIM_H

#include <linux/types.h>

#include "store/store.h"

struct segment;

/**
 * struct watermarks - marks on the number of free frames
 *
 * Below both lies the pool's reserve, the mark min: ordinary requests do not
 * get these frames, nor are they counted as free here; a store in memory takes
 * them to free others.  Only who finds nothing above it reclaims by itself.
 *
 * @low: below it the background thread begins
 * @high: up to it the background thread goes on
 */
struct watermarks {
	u32 low;
	u32 high;
};

void watermarks_set(struct watermarks *marks, u32 limit_frames);

int reclaim_init(u32 limit_frames);
void reclaim_exit(void);
void reclaim_kick(void);

void reclaim_marks(struct watermarks *marks);

/* load.c */
void load_init(u32 limit_frames);
bool load_update(void);
unsigned int load_take(enum store_context context);
int load_throttle(struct segment *seg);
bool load_control(void);
void load_control_set(bool on);
u64 load_holds(void);

/* shrinker.c */
int shrinker_init(void);
void shrinker_exit(void);

#endif /* KPAGER_RECLAIM_H */
