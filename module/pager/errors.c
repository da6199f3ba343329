// SPDX-License-Identifier: GPL-2.0
/*
 * errors.c - see errors.h
 */
#include "pager/pager.h"

#include <linux/jiffies.h>
#include <linux/timekeeping.h>

/* After a write failed, none is begun for so long: at first, and at most. */
#define ERRORS_REST		(HZ / 50 ?: 1)
#define ERRORS_REST_MAX		(HZ / 2)

/* When a write last failed, in jiffies, and whether one ever did. */
static unsigned long errors_write_failed;
static bool errors_write_any;

/**
 * segment_errors_init - no errors yet
 * @errors: of a new segment, all zero
 *
 * Context: any.
 */
void segment_errors_init(struct segment_errors *errors)
{
	spin_lock_init(&errors->lock);
}

/**
 * segment_error_record - remember a request that failed
 * @seg: the segment
 * @op: KPAGER_OP_READ, KPAGER_OP_WRITE or KPAGER_OP_FLUSH
 * @offset: first byte
 * @bytes: how many, 0 for a flush
 * @err: negative errno
 *
 * Context: any, hard interrupts included; takes a spinlock.
 */
void segment_error_record(struct segment *seg, u32 op, u64 offset, u64 bytes,
			  int err)
{
	struct segment_errors *errors = &seg->errors;
	u64 now = ktime_get_real_ns();
	struct segment_error *error;
	unsigned long flags;

	spin_lock_irqsave(&errors->lock, flags);
	WRITE_ONCE(errors->count, errors->count + 1);
	error = &errors->last[errors->count % SEGMENT_ERRORS];
	error->number = errors->count;
	error->time = now;
	error->offset = offset;
	error->bytes = bytes;
	error->op = op;
	error->err = -err;
	spin_unlock_irqrestore(&errors->lock, flags);
}

/**
 * segment_write_ended - a store took what it was given, or not
 * @seg: the segment
 * @err: 0 or a negative errno
 *
 * As long as writes fail, each rest is twice as long as the last one.
 *
 * Context: any, hard interrupts included.
 */
void segment_write_ended(struct segment *seg, int err)
{
	struct segment_errors *errors = &seg->errors;
	unsigned long rest = READ_ONCE(errors->rest);

	if (likely(!err)) {
		if (unlikely(rest))
			WRITE_ONCE(errors->rest, 0);
		return;
	}
	WRITE_ONCE(errors_write_failed, jiffies);
	WRITE_ONCE(errors_write_any, true);
	/* Many that were given together fail together: that counts once. */
	if (rest && time_before(jiffies, READ_ONCE(errors->rest_until)))
		return;
	rest = clamp_t(unsigned long, 2 * rest, ERRORS_REST, ERRORS_REST_MAX);
	WRITE_ONCE(errors->rest_until, jiffies + rest);
	WRITE_ONCE(errors->rest, rest);
}

static bool errors_rest_over(struct segment_errors *errors, unsigned long rest)
{
	unsigned long until = READ_ONCE(errors->rest_until);

	if (time_before(jiffies, until))
		return false;
	rest = min_t(unsigned long, 2 * rest, ERRORS_REST_MAX);
	if (cmpxchg(&errors->rest_until, until, jiffies + rest) != until)
		return false;
	WRITE_ONCE(errors->rest, rest);
	return true;
}

/**
 * segment_writes_rest - does it make sense to write pages to free frames
 * @seg: the segment
 *
 * After a rest one caller is told to try; the others rest on, until it is known
 * what came of that.  Who asks for pages to be written, as fsync does, has them
 * written anyway.
 *
 * Context: any.
 * Return: true for a little while after a write failed.
 */
bool segment_writes_rest(struct segment *seg)
{
	unsigned long rest = READ_ONCE(seg->errors.rest);

	return unlikely(rest) && !errors_rest_over(&seg->errors, rest);
}

/**
 * segment_write_failed - did the last write of a segment fail
 * @seg: the segment
 *
 * Context: any.
 * Return: true until one works again.
 */
bool segment_write_failed(const struct segment *seg)
{
	return unlikely(READ_ONCE(seg->errors.rest));
}

/**
 * segments_writes_fail - is there a store that does not take what it is given
 *
 * Context: any.
 * Return: true if a write failed less than a second ago.
 */
bool segments_writes_fail(void)
{
	return READ_ONCE(errors_write_any) &&
		time_before(jiffies, READ_ONCE(errors_write_failed) + HZ);
}

/**
 * segment_errors_copy - the errors that are remembered
 * @seg: the segment
 * @errors: receives them, room for SEGMENT_ERRORS, oldest first
 *
 * Context: any; takes a spinlock.
 * Return: how many.
 */
unsigned int segment_errors_copy(struct segment *seg,
				 struct segment_error *errors)
{
	struct segment_errors *from = &seg->errors;
	unsigned int n = 0;
	unsigned long flags;
	u64 number;

	spin_lock_irqsave(&from->lock, flags);
	number = from->count > SEGMENT_ERRORS ?
		from->count - SEGMENT_ERRORS + 1 : 1;
	for (; number <= from->count; number++)
		errors[n++] = from->last[number % SEGMENT_ERRORS];
	spin_unlock_irqrestore(&from->lock, flags);
	return n;
}

static bool error_concerns(const struct segment_error *error, u64 offset)
{
	return offset == SEGMENT_ERROR_LAST ||
		(offset >= error->offset &&
		 offset - error->offset < error->bytes);
}

/**
 * segment_error_find - the last error, of all or of one offset
 * @seg: the segment
 * @offset: in bytes, or SEGMENT_ERROR_LAST
 * @error: receives it; all zero if none is remembered
 *
 * Context: any; takes a spinlock.
 * Return: how many errors there were since the segment was created, of any
 * offset.
 */
u64 segment_error_find(struct segment *seg, u64 offset,
		       struct segment_error *error)
{
	struct segment_error errors[SEGMENT_ERRORS];
	unsigned int n = segment_errors_copy(seg, errors);
	u64 count = n ? errors[n - 1].number : 0;

	memset(error, 0, sizeof(*error));
	while (n--) {
		if (error_concerns(&errors[n], offset)) {
			*error = errors[n];
			break;
		}
	}
	return count;
}
