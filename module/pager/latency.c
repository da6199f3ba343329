// SPDX-License-Identifier: GPL-2.0
/*
 * latency.c - counting how long things took
 *
 * Reading the clock costs a tenth of a minor fault, so only every so many
 * lookups is timed, on each CPU for itself.  What waits for a store is always
 * timed.  local_clock() is not the same on all CPUs: a task that was moved may
 * seem to have been quicker than it was, or to have gone back in time.
 */
#include "pager/pager.h"

#include <linux/log2.h>
#include <linux/sched/clock.h>

const char *const latency_names[LATENCY_NR] = {
#define X(name) #name,
	LATENCIES(X)
#undef X
};

/* Lookups between two that are timed, minus 1; LATENCY_OFF: nothing is. */
unsigned long latency_mask __read_mostly = LATENCY_EVERY - 1;

/**
 * latency_set_every - choose what is timed
 * @every: 0 for nothing; or one in so many lookups of pages that are resident,
 *	a power of two up to LATENCY_EVERY_MAX, and all that waits
 *
 * Context: any.
 * Return: 0, -ERANGE, or -EINVAL for what is no power of two.
 */
int latency_set_every(unsigned long every)
{
	if (every > LATENCY_EVERY_MAX)
		return -ERANGE;
	if (every && !is_power_of_2(every))
		return -EINVAL;
	/* Without any, the mask is LATENCY_OFF. */
	WRITE_ONCE(latency_mask, every - 1);
	return 0;
}

/**
 * latency_since - time something that ended now
 * @seg: the segment it was for
 * @what: what it was
 * @start: from latency_now(); 0: it is not timed
 *
 * Context: any, hard interrupts included.
 * Return: the time now, or 0 if @start is 0.
 */
u64 latency_since(struct segment *seg, enum latency what, u64 start)
{
	u64 now;

	if (!start)
		return 0;
	now = local_clock();
	latency_between(seg, what, start, now);
	return now;
}

/**
 * latency_between - time something of which beginning and end are known
 * @seg: the segment it was for
 * @what: what it was
 * @start: from latency_now(); 0: it is not timed
 * @end: from latency_now() or latency_since(), not 0
 *
 * Context: any, hard interrupts included.
 */
void latency_between(struct segment *seg, enum latency what, u64 start,
		     u64 end)
{
	if (start)
		latency_count(seg, what, end > start ? end - start : 0);
}

/**
 * latency_count - count a time
 * @seg: the segment it was for
 * @what: what took it
 * @ns: nanoseconds
 *
 * Context: any, hard interrupts included.
 */
void latency_count(struct segment *seg, enum latency what, u64 ns)
{
	this_cpu_inc(seg->latency->v[what][latency_bucket(ns)]);
}

/**
 * latency_sum - a histogram, over all CPUs
 * @seg: the segment
 * @what: which
 * @buckets: receives LATENCY_BUCKETS counts
 *
 * Context: any.
 */
void latency_sum(struct segment *seg, enum latency what, u64 *buckets)
{
	unsigned int i;
	int cpu;

	memset(buckets, 0, LATENCY_BUCKETS * sizeof(*buckets));
	for_each_possible_cpu(cpu)
		for (i = 0; i < LATENCY_BUCKETS; i++)
			buckets[i] += per_cpu_ptr(seg->latency, cpu)->v[what][i];
}
