// SPDX-License-Identifier: GPL-2.0
/*
 * generate.c - seeded traces
 *
 * The same seed makes the same trace on every machine as far as pow() does;
 * tests compare against committed figures, so nothing here depends on the C
 * library's generator.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* splitmix64 (Steele, Lea and Flood, 2014) */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number below @n, from the upper bits. */
static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((next_random(state) >> 32) * n >> 32);
}

/**
 * struct zipf - draws ranks, rank i in proportion to 1 / (i + 1)^skew
 * @limit: by rank: a draw below it is this rank, one above its @other
 * @other: see @limit
 * @n: ranks
 *
 * A. J. Walker, "An efficient method for generating discrete random variables
 * with general distributions", 1977: two look-ups a draw.
 */
struct zipf {
	uint32_t *limit;
	uint32_t *other;
	uint32_t n;
};

static void zipf_free(struct zipf *zipf)
{
	free(zipf->limit);
	free(zipf->other);
	zipf->limit = NULL;
	zipf->other = NULL;
}

/* Pair each rank that has too little with one that has too much. */
static void zipf_pair(struct zipf *zipf, double *share, uint32_t *stack)
{
	uint32_t small = 0, large = zipf->n, i;

	for (i = 0; i < zipf->n; i++) {
		zipf->other[i] = i;
		if (share[i] < 1)
			stack[small++] = i;
		else
			stack[--large] = i;
	}
	while (small && large < zipf->n) {
		uint32_t a = stack[--small], b = stack[large];

		zipf->limit[a] = (uint32_t)(share[a] * UINT32_MAX);
		zipf->other[a] = b;
		share[b] -= 1 - share[a];
		if (share[b] < 1) {
			large++;
			stack[small++] = b;
		}
	}
	while (small)
		zipf->limit[stack[--small]] = UINT32_MAX;
	while (large < zipf->n)
		zipf->limit[stack[large++]] = UINT32_MAX;
}

static int zipf_init(struct zipf *zipf, uint32_t n, double skew)
{
	double *share = malloc(n * sizeof(*share)), sum = 0;
	uint32_t *stack = malloc(n * sizeof(*stack)), i;

	zipf->n = n;
	zipf->limit = malloc(n * sizeof(*zipf->limit));
	zipf->other = malloc(n * sizeof(*zipf->other));
	if (!share || !stack || !zipf->limit || !zipf->other) {
		free(share);
		free(stack);
		zipf_free(zipf);
		return -1;
	}
	for (i = 0; i < n; i++)
		sum += share[i] = pow(i + 1, -skew);
	for (i = 0; i < n; i++)
		share[i] *= n / sum;
	zipf_pair(zipf, share, stack);
	free(share);
	free(stack);
	return 0;
}

static uint32_t zipf_draw(const struct zipf *zipf, uint64_t *state)
{
	uint32_t i = below(state, zipf->n);

	return (uint32_t)next_random(state) <= zipf->limit[i] ?
		i : zipf->other[i];
}

/**
 * struct scan - a run of consecutive pages
 * @next: the next of them
 * @left: how many are left
 */
struct scan {
	uint32_t next;
	uint32_t left;
};

/* Scans are as long as a tenth of the pages: longer than small caches. */
static uint32_t draw_scan(struct scan *scan, uint32_t pages, uint64_t *state)
{
	if (!scan->left) {
		scan->left = pages / 10 + 1;
		scan->next = below(state, pages);
	}
	scan->left--;
	scan->next = (scan->next + 1) % pages;
	return scan->next;
}

static uint32_t draw(const struct trace_shape *shape, const struct zipf *zipf,
		     struct scan *scan, uint64_t *state, size_t i)
{
	switch (shape->kind) {
	case TRACE_ZIPF:
		return zipf_draw(zipf, state);
	case TRACE_ZIPF_SCAN:
		/* Runs of 64 requests of a scan, four times as many others. */
		return i / 64 % 5 == 4 ?
			draw_scan(scan, shape->pages, state) :
			zipf_draw(zipf, state);
	case TRACE_PHASES:
		/* Each phase has other favourites. */
		return (uint32_t)((zipf_draw(zipf, state) +
				   (uint64_t)(i * 10 / shape->requests) *
				   (shape->pages / 10 + 1)) % shape->pages);
	case TRACE_LOOP:
	case TRACE_SEQUENTIAL:
		break;
	}
	return (uint32_t)(i % shape->pages);
}

int trace_generate(struct trace *trace, const struct trace_shape *shape)
{
	size_t n = shape->kind == TRACE_SEQUENTIAL ? shape->pages :
		   shape->requests, i;
	uint64_t state = shape->seed, coin = ~shape->seed;
	struct zipf zipf = { 0 };
	struct scan scan = { 0 };
	struct trace_builder builder;
	int status = 0;

	if (trace_begin(&builder, trace))
		return -1;
	if (shape->kind != TRACE_LOOP && shape->kind != TRACE_SEQUENTIAL)
		status = zipf_init(&zipf, shape->pages, shape->skew);
	for (i = 0; i < n && !status; i++) {
		uint32_t page = draw(shape, &zipf, &scan, &state, i);
		bool write = shape->writes && below(&coin, 1000) < shape->writes;

		status = trace_add(&builder, page, write) ? -1 : 0;
	}
	trace_end(&builder);
	zipf_free(&zipf);
	if (status)
		trace_free(trace);
	return status;
}
