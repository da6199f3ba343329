/* SPDX-License-Identifier: GPL-2.0 */
/*
 * errors.h - the last requests of a segment that its store refused
 */
#ifndef KPAGER_ERRORS_H
#define KPAGER_ERRORS_H

#include <linux/spinlock.h>
#include <linux/types.h>

/* Errors that are remembered of a segment. */
#define SEGMENT_ERRORS		16u
/* Instead of an offset: whichever came last. */
#define SEGMENT_ERROR_LAST	(~0ull)

struct segment;

/**
 * struct segment_error - a request that failed
 * @number: counts from 1 since the segment was created; 0: there is none
 * @time: when it failed, CLOCK_REALTIME in ns
 * @offset: first byte it concerned
 * @bytes: how many; 0 for a flush, which concerns no page in particular
 * @op: KPAGER_OP_READ, KPAGER_OP_WRITE or KPAGER_OP_FLUSH
 * @err: the errno, positive
 */
struct segment_error {
	u64 number;
	u64 time;
	u64 offset;
	u64 bytes;
	u32 op;
	int err;
};

/**
 * struct segment_errors - the errors of a segment
 * @lock: protects the others; taken in completions, so interrupts are off
 * @count: how many there were
 * @rest: after the last write that failed, writes that nobody asked for rest
 *	for so long, in jiffies; 0: the last one worked
 * @rest_until: up to when they do, in jiffies; who moves it on, by cmpxchg(), is
 *	the one to try.  This and @rest are read and written without the lock
 * @last: the last of them; number n is at n % SEGMENT_ERRORS
 */
struct segment_errors {
	spinlock_t lock;
	u64 count;
	unsigned long rest;
	unsigned long rest_until;
	struct segment_error last[SEGMENT_ERRORS];
};

void segment_errors_init(struct segment_errors *errors);
void segment_error_record(struct segment *seg, u32 op, u64 offset, u64 bytes,
			  int err);
u64 segment_error_find(struct segment *seg, u64 offset,
		       struct segment_error *error);
void segment_write_ended(struct segment *seg, int err);
bool segment_writes_rest(struct segment *seg);
bool segment_write_failed(const struct segment *seg);
bool segments_writes_fail(void);
unsigned int segment_errors_copy(struct segment *seg,
				 struct segment_error *errors);

#endif /* KPAGER_ERRORS_H */
