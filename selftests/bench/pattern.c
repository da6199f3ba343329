// SPDX-License-Identifier: GPL-2.0
/*
 * pattern.c - lists of accesses, made before they are measured
 */
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "pattern.h"

#define ZIPF_EXPONENT	0.99

/* Of five runs of this length one belongs to a scan. */
#define SCAN_RUN	64u
/* A scan is longer than what recency keeps between two uses. */
#define SCAN_PAGES	(PATTERN_PAGES / 10)

#define PHASES		4u

/* Xorshift (Marsaglia, 2003): the same list in every run. */
static uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Page of each rank: the popular ones are scattered over the range. */
static void zipf_shuffle(uint16_t *page)
{
	uint64_t x = 1234567890123456789ull;
	unsigned int i, j;
	uint16_t swap;

	for (i = 0; i < PATTERN_PAGES; i++)
		page[i] = i;
	for (i = PATTERN_PAGES - 1; i > 0; i--) {
		j = random_next(&x) % (i + 1);
		swap = page[i];
		page[i] = page[j];
		page[j] = swap;
	}
}

/* The inverse of the distribution function, by bisection in a table of it. */
static void zipf_fill(uint64_t *x, uint16_t *list, size_t n)
{
	double *below = malloc(PATTERN_PAGES * sizeof(*below));
	uint16_t *page = malloc(PATTERN_PAGES * sizeof(*page));
	unsigned int lo, hi, middle, i;
	double sum = 0, u;
	size_t k;

	if (!below || !page)
		err(1, "Zipf table");
	zipf_shuffle(page);
	for (i = 0; i < PATTERN_PAGES; i++) {
		sum += pow(i + 1, -ZIPF_EXPONENT);
		below[i] = sum;
	}
	for (k = 0; k < n; k++) {
		u = (random_next(x) >> 11) * 0x1p-53 * sum;
		for (lo = 0, hi = PATTERN_PAGES - 1; lo < hi;) {
			middle = (lo + hi) / 2;
			if (below[middle] > u)
				hi = middle;
			else
				lo = middle + 1;
		}
		list[k] = page[lo];
	}
	free(page);
	free(below);
}

/* Scans of pages that follow each other go on between the others' requests. */
static void scans_fill(uint64_t *x, uint16_t *list, size_t n)
{
	unsigned int page = 0, left = 0;
	size_t i;

	zipf_fill(x, list, n);
	for (i = 0; i < n; i++) {
		if (i / SCAN_RUN % 5 != 4)
			continue;
		if (!left) {
			left = SCAN_PAGES;
			page = (random_next(x) >> 20) % PATTERN_PAGES;
		}
		left--;
		list[i] = page++ % PATTERN_PAGES;
	}
}

/* The same popularity, of pages further on. */
static void phases_fill(uint64_t *x, uint16_t *list, size_t n)
{
	size_t i;

	zipf_fill(x, list, n);
	for (i = 0; i < n; i++)
		list[i] = (list[i] + i * PHASES / n * (PATTERN_PAGES / PHASES)) %
			PATTERN_PAGES;
}

/**
 * pattern_fill() - make a list of accesses
 * @pattern: what it is to be
 * @list: where it goes
 * @n: number of accesses
 */
void pattern_fill(const struct pattern *pattern, uint16_t *list, size_t n)
{
	uint64_t x = pattern->seed;
	size_t i;

	switch (pattern->kind) {
	case PATTERN_SEQUENTIAL:
		for (i = 0; i < n; i++)
			list[i] = i % PATTERN_PAGES;
		break;
	case PATTERN_UNIFORM:
		for (i = 0; i < n; i++)
			list[i] = (random_next(&x) >> 20) % PATTERN_PAGES;
		break;
	case PATTERN_ZIPF:
		zipf_fill(&x, list, n);
		break;
	case PATTERN_ZIPF_SCANS:
		scans_fill(&x, list, n);
		break;
	case PATTERN_PHASES:
		phases_fill(&x, list, n);
		break;
	case PATTERN_LOOP:
		for (i = 0; i < n; i++)
			list[i] = i % (PATTERN_PAGES / 2);
		break;
	}
	for (i = 0; i < n; i++)
		if ((random_next(&x) >> 20) % 100 < pattern->writes)
			list[i] |= PATTERN_WRITE;
}

/**
 * pattern_run() - make the accesses of a list: one word of each page
 * @list: the list
 * @n: number of accesses
 * @base: what is accessed
 * @mask: ~0; with 0 all accesses go to the first word of @base, which tells
 *	what the loop itself costs
 *
 * Return: the sum of what was read.
 */
__attribute__((noinline))
uint64_t pattern_run(const uint16_t *list, size_t n,
		     volatile uint64_t *base, uint64_t mask)
{
	const uint64_t words = PATTERN_PAGE_SIZE / sizeof(*base);
	volatile uint64_t *word;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		word = base + ((list[i] & PATTERN_PAGE) * words & mask);
		if (list[i] & PATTERN_WRITE)
			*word = i;
		else
			sum += *word;
	}
	return sum;
}

/**
 * pattern_cost() - what pattern_run() costs by itself
 * @list: the list
 * @n: number of accesses, all of them made to one word
 *
 * Return: cycles of the time-stamp counter, which counts instructions in a VM
 * that runs with -icount.
 */
uint64_t pattern_cost(const uint16_t *list, size_t n)
{
	volatile uint64_t word = 0;
	uint64_t best = UINT64_MAX, start, cost;
	int i;

	for (i = 0; i < 3; i++) {
		start = __rdtsc();
		pattern_run(list, n, &word, 0);
		cost = __rdtsc() - start;
		if (cost < best)
			best = cost;
	}
	return best;
}
