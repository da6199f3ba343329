/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move.h - pages move to other frames, so that frames that lie together come
 * free
 *
 * A page moves like one that is evicted: it is locked, unmapped, and its frame
 * is frozen.  Then its contents and all that is known of it go to another
 * frame, which takes its place in the index.  Who looks for it meanwhile waits
 * for the frozen frame, or finds the new one; who holds it keeps it where it
 * is.
 */
#ifndef KPAGER_MOVE_H
#define KPAGER_MOVE_H

#include "pager/pager.h"

/* move.c */
unsigned int segment_move(struct segment *seg,
			  const struct evict_victim *victims, const u32 *to,
			  unsigned int nr, u32 *vacated);

/* evacuate.c */
unsigned int frames_movable(u32 first, unsigned int nr);
unsigned int frames_move(u32 first, unsigned int nr);
u32 frames_compact(unsigned int order, u64 *moved);

/* Of frame.c, evict.c and index.c, for move.c. */
void frame_clear(u32 frame);
bool evict_trylock(const struct evict_victim *victim);
void evict_unmap(struct segment *seg, const struct evict_victim *run,
		 unsigned int nr);
void index_move(u32 from, u32 to);

#endif /* KPAGER_MOVE_H */
