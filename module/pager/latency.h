/* SPDX-License-Identifier: GPL-2.0 */
/*
 * latency.h - how long things took: log-linear histograms
 *
 * Each power of two of nanoseconds is divided into LATENCY_SUB buckets of the
 * same width, so that a bucket is at most a quarter of its value wide; below
 * LATENCY_SUB a bucket is one nanosecond.  Everything above the last bucket is
 * counted in it.  (As HdrHistogram by G. Tene, 2012, does with more buckets.)
 *
 * The buckets are pure code, the counting is in latency.c.
 */
#ifndef KPAGER_LATENCY_H
#define KPAGER_LATENCY_H

#include "../platform.h"

#define LATENCY_SUB_BITS	2
#define LATENCY_SUB		4u	/* 2^LATENCY_SUB_BITS */
/* The last bucket begins at 1.75 * 2^35 ns: a minute. */
#define LATENCY_TOP		35
#define LATENCY_BUCKETS		((LATENCY_TOP - LATENCY_SUB_BITS + 2) * LATENCY_SUB)

/**
 * latency_bucket - which bucket a time is counted in
 * @ns: the time, in nanoseconds
 *
 * Context: any.
 * Return: 0 to LATENCY_BUCKETS - 1.
 */
static inline u32 latency_bucket(u64 ns)
{
	u32 shift;

	if (ns < LATENCY_SUB)
		return ns;
	shift = fls64(ns) - 1 - LATENCY_SUB_BITS;
	if (shift > LATENCY_TOP - LATENCY_SUB_BITS)
		return LATENCY_BUCKETS - 1;
	/* The bits behind the highest one number the bucket within it. */
	return shift * LATENCY_SUB + (u32)(ns >> shift);
}

/**
 * latency_bucket_start - the shortest time that is counted in a bucket
 * @bucket: 0 to LATENCY_BUCKETS; the last stands for where the last one ends
 *
 * Context: any.
 * Return: nanoseconds.
 */
static inline u64 latency_bucket_start(u32 bucket)
{
	u32 shift = bucket / LATENCY_SUB;

	if (!shift)
		return bucket;
	return (u64)(LATENCY_SUB + bucket % LATENCY_SUB) << (shift - 1);
}

#endif /* KPAGER_LATENCY_H */
