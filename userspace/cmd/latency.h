/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of latencies, for kpager latency and kpager top. */
#ifndef KPAGER_LATENCY_H
#define KPAGER_LATENCY_H

#include <stdbool.h>

#include "canvas.h"
#include "libkpager.h"
#include "output.h"
#include "sample.h"

/**
 * struct histogram - the buckets of one kind
 * @what: of which
 * @first: the first bucket
 * @n: how many
 * @count: events in all of them
 * @most: events in the largest of them
 */
struct histogram {
	const char *what;
	const struct kpager_bucket *first;
	size_t n;
	uint64_t count;
	uint64_t most;
};

/*
 * histogram_next - the next kind
 * @index: the first bucket that was not looked at; begins with 0
 *
 * Return: false if there is none.
 */
bool histogram_next(const struct kpager_latency *latency, size_t *index,
		    struct histogram *histogram);

/*
 * histogram_of - a kind that a sample has of a segment
 * @sample: the sample
 * @segment: the segment's name
 * @what: which kind
 * @latency: set to what holds the buckets, to be freed with
 *	kpager_latency_free()
 * @histogram: set to them; none if nothing of the kind happened
 *
 * Return: false if the sample has nothing of the segment; then there is nothing
 * to be freed.
 */
bool histogram_of(const struct sample *sample, const char *segment,
		  const char *what, struct kpager_latency **latency,
		  struct histogram *histogram);

/*
 * histogram_percentile - the time below which so many thousandths of the events
 * lie, in ns: the end of a bucket, hence never too good
 */
uint64_t histogram_percentile(const struct histogram *histogram,
			      unsigned int permille);

/* histogram_total - the time of all events, a bucket's being its middle, in ns */
double histogram_total(const struct histogram *histogram);

/* format_time - ns for people: 950ns, 1.2us, 3.4ms, 5s */
void format_time(char text[NUMBER_SIZE], uint64_t ns);

/*
 * latency_draw - draw the histograms from line @row on
 * @skip: leave out so many lines first
 *
 * Return: lines that there are in all.
 */
size_t latency_draw(struct canvas *canvas, int row, size_t skip,
		    const struct kpager_latency *latency);

/* latency_lines - how many lines latency_draw() would need */
size_t latency_lines(const struct kpager_latency *latency);

#endif /* KPAGER_LATENCY_H */
