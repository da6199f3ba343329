/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pattern.h - lists of accesses, made before they are measured
 *
 * An access is a page number and whether the page is written.  A list costs
 * two bytes an access to walk, whatever the distribution.
 */
#ifndef KPAGER_BENCH_PATTERN_H
#define KPAGER_BENCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_PAGE_SIZE	4096ul
#define PATTERN_PAGES		16384u
#define PATTERN_BYTES		(PATTERN_PAGES * PATTERN_PAGE_SIZE)
#define PATTERN_PAGE		(PATTERN_PAGES - 1)
#define PATTERN_WRITE		0x8000u

enum pattern_kind {
	PATTERN_SEQUENTIAL,
	PATTERN_UNIFORM,
	PATTERN_ZIPF,
	PATTERN_ZIPF_SCANS,	/* the same, a fifth of it in scans */
	PATTERN_PHASES,		/* Zipf, with other favourites in each quarter */
	PATTERN_LOOP,		/* half of the pages, round and round */
};

/**
 * struct pattern - what is accessed
 * @kind: distribution of the pages
 * @writes: per cent of the accesses that write
 * @seed: of the generator, not 0
 */
struct pattern {
	enum pattern_kind kind;
	unsigned int writes;
	uint64_t seed;
};

void pattern_fill(const struct pattern *pattern, uint16_t *list, size_t n);
uint64_t pattern_run(const uint16_t *list, size_t n,
		     volatile uint64_t *base, uint64_t mask);
uint64_t pattern_cost(const uint16_t *list, size_t n);

#endif /* KPAGER_BENCH_PATTERN_H */
