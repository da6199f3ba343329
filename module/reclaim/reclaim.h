/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reclaim.h - frames are there when they are needed
 */
#ifndef KPAGER_RECLAIM_H
#define KPAGER_RECLAIM_H

#include "pager/pager.h"

#include <linux/types.h>

/**
 * struct watermarks - marks on the number of free frames
 *
 * @min: the pool's reserve: ordinary requests do not get these frames, and
 *	reclaim by themselves instead.  A store in memory takes them to free
 *	others, and requests in flight repay what they took
 * @low: free frames above @min below which the background thread begins
 * @high: free frames above @min up to which the background thread goes on
 */
struct watermarks {
	u32 min;
	u32 low;
	u32 high;
};

void watermarks_set(struct watermarks *marks, u32 limit_frames);

/*
 * The rungs, in the order in which they are tried; each is tried only if those
 * before it gained nothing.  One list makes the enum, the names in /proc and
 * the table in rungs.c; their meaning is there.
 */
#define RUNGS(X)	\
	X(slabs)	\
	X(discard)	\
	X(held)		\
	X(clean)	\
	X(write)	\
	X(own)		\
	X(above)	\
	X(tell)		\
	X(refuse)	\
	X(sigbus)	\
	X(kill)

enum rung {
#define X(name) RUNG_##name,
	RUNGS(X)
#undef X
	RUNG_NR
};

/* Up to here nobody has been waited for. */
#define RUNG_BATCH	RUNG_write
/* From this rung on only when a fault has waited as long as it may. */
#define RUNG_LAST	RUNG_refuse

extern const char *const rung_names[RUNG_NR];

/**
 * struct rung_count - what a rung did
 * @tried: how often it was tried
 * @gained: frames that came of it
 */
struct rung_count {
	u64 tried;
	u64 gained;
};

/* A call that no particular page is needed for. */
#define NO_PAGE		FRAME_NO_PAGE

/**
 * struct rung_call - somebody needs frames
 * @seg: who, or NULL: the background thread
 * @page: for which page, or NO_PAGE
 * @context: what the caller may do
 * @since: since when it has been trying, in jiffies
 * @waits: it got nothing the first time, and looks everywhere
 * @thread: it is the background thread
 * @adj: at a level, the thread may end tasks of this importance or more
 * @written: of what the last batch freed, what had to be written
 * @err: what the caller is to give up with
 * @counts: what the rungs did for it
 */
struct rung_call {
	struct segment *seg;
	u64 page;
	enum store_context context;
	unsigned long since;
	bool waits;
	bool thread;
	int adj;
	unsigned int written;
	int err;
	struct rung_count counts[RUNG_NR];
};

/* A shortage in which nobody gets a frame is decided after so long. */
#define RECLAIM_PATIENCE_MS	10000

/* rungs.c */
unsigned int rungs_climb(struct rung_call *call, enum rung from, enum rung to);
void rungs_total(struct rung_count totals[RUNG_NR]);

int reclaim_init(u32 limit_frames);
void reclaim_exit(void);
void reclaim_kick(void);
void reclaim_frames_came(void);
unsigned long reclaim_frames_last(void);
u64 reclaim_left_ms(unsigned long since);
bool reclaim_expired(unsigned long since);
bool reclaim_refuses(void);
void reclaim_refuse(void);

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
bool shrink_clean(void);

#endif /* KPAGER_RECLAIM_H */
