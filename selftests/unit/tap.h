/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP output and seeded random numbers for the unit tests.
 *
 * A test program calls tap_begin(), then tap_ok() for each case, and returns
 * tap_end().  KPAGER_SEED chooses the seed of every random test; without it
 * the clock does.  The seed is printed, so that a failure can be repeated.
 * KPAGER_SCALE multiplies the number of random operations, in percent.
 */
#ifndef _KPAGER_TAP_H
#define _KPAGER_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned int tap_count, tap_failed;
static uint64_t tap_seed;

static inline uint64_t tap_next(uint64_t *s)
{
	/* splitmix64 (Steele, Lea and Flood 2014) */
	uint64_t z = (*s += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* A number below @n. */
static inline uint64_t tap_below(uint64_t *s, uint64_t n)
{
	return tap_next(s) % n;
}

static inline unsigned long tap_scaled(unsigned long n)
{
	const char *e = getenv("KPAGER_SCALE");
	unsigned long v = e ? n * strtoul(e, NULL, 0) / 100 : n;

	return v ? v : 1;
}

static inline void tap_begin(void)
{
	const char *e = getenv("KPAGER_SEED");
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	tap_seed = e ? strtoull(e, NULL, 0) :
		       (uint64_t)ts.tv_sec * 1000000007u ^ (uint64_t)ts.tv_nsec;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# seed %llu\n", (unsigned long long)tap_seed);
}

__attribute__((format(printf, 2, 3)))
static inline void tap_ok(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", ok ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!ok) {
		tap_failed++;
		printf("# failed; repeat with KPAGER_SEED=%llu\n",
		       (unsigned long long)tap_seed);
	}
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif /* _KPAGER_TAP_H */
