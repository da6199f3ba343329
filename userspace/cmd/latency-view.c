// SPDX-License-Identifier: GPL-2.0
/* Histograms of latencies: percentiles and a bar a bucket. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "latency.h"

/* "  from - below   count " beside a bar. */
#define BAR_COLUMN	30

bool histogram_next(const struct kpager_latency *latency, size_t *index,
		    struct histogram *histogram)
{
	size_t count = kpager_latency_count(latency);
	size_t i = *index;

	if (i >= count)
		return false;
	*histogram = (struct histogram){
		.what = kpager_latency_get(latency, i)->what,
		.first = kpager_latency_get(latency, i),
	};
	for (; i < count; i++) {
		const struct kpager_bucket *b = kpager_latency_get(latency, i);

		if (strcmp(b->what, histogram->what))
			break;
		histogram->n++;
		histogram->count += b->count;
		if (b->count > histogram->most)
			histogram->most = b->count;
	}
	*index = i;
	return true;
}

bool histogram_of(const struct sample *sample, const char *segment,
		  const char *what, struct kpager_latency **latency,
		  struct histogram *histogram)
{
	const struct sample_file *file;
	size_t index = 0;
	char path[128];

	snprintf(path, sizeof(path), "segment/%s/latency", segment);
	file = sample_file(sample, path);
	if (!file || kpager_latency_parse(file->text, file->length, latency,
					  NULL))
		return false;
	while (histogram_next(*latency, &index, histogram))
		if (!strcmp(histogram->what, what))
			return true;
	*histogram = (struct histogram){ .what = what };
	return true;
}

uint64_t histogram_percentile(const struct histogram *histogram,
			      unsigned int permille)
{
	double wanted = (double)histogram->count * permille / 1000;
	double seen = 0;
	size_t i;

	for (i = 0; i < histogram->n; i++) {
		seen += (double)histogram->first[i].count;
		if (seen >= wanted)
			return histogram->first[i].below;
	}
	return histogram->n ? histogram->first[histogram->n - 1].below : 0;
}

double histogram_total(const struct histogram *histogram)
{
	double total = 0;
	size_t i;

	for (i = 0; i < histogram->n; i++) {
		const struct kpager_bucket *b = &histogram->first[i];

		total += ((double)b->from + (double)b->below) / 2 *
			 (double)b->count;
	}
	return total;
}

void format_time(char text[NUMBER_SIZE], uint64_t ns)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if ((double)ns >= units[i].ns) {
			snprintf(text, NUMBER_SIZE, "%.3g%s",
				 (double)ns / units[i].ns, units[i].unit);
			return;
		}
	snprintf(text, NUMBER_SIZE, "%" PRIu64 "ns", ns);
}

/* A line, unless it is to be left out. */
struct pen {
	struct canvas *canvas;
	int row;
	size_t skip;
	size_t lines;
};

/* Return: the row to draw on, or -1. */
static int next_row(struct pen *pen)
{
	pen->lines++;
	if (pen->lines <= pen->skip || !pen->canvas)
		return -1;
	return pen->row < pen->canvas->rows - 1 ? pen->row++ : -1;
}

static void draw_histogram(struct pen *pen, const struct histogram *h)
{
	char p50[NUMBER_SIZE], p99[NUMBER_SIZE], p999[NUMBER_SIZE];
	int row = next_row(pen);
	size_t i;

	format_time(p50, histogram_percentile(h, 500));
	format_time(p99, histogram_percentile(h, 990));
	format_time(p999, histogram_percentile(h, 999));
	if (row >= 0)
		canvas_put(pen->canvas, row, 0, STYLE_STRONG,
			   "%s: %" PRIu64 ", p50 %s, p99 %s, p99.9 %s", h->what,
			   h->count, p50, p99, p999);
	for (i = 0; i < h->n; i++) {
		const struct kpager_bucket *b = &h->first[i];
		char from[NUMBER_SIZE], below[NUMBER_SIZE];
		int width, k;

		row = next_row(pen);
		if (row < 0)
			continue;
		format_time(from, b->from);
		format_time(below, b->below);
		canvas_put(pen->canvas, row, 0, STYLE_PLAIN,
			   "%8s - %-8s %9" PRIu64, from, below, b->count);
		width = pen->canvas->columns - BAR_COLUMN - 1;
		width = (int)((double)width * (double)b->count /
			      (double)h->most);
		/* What happened at all is seen. */
		for (k = 0; k < (width ? width : 1); k++)
			canvas_put(pen->canvas, row, BAR_COLUMN + k, STYLE_USED,
				   "#");
	}
}

static size_t draw(struct pen *pen, const struct kpager_latency *latency)
{
	struct histogram histogram;
	size_t index = 0;

	while (histogram_next(latency, &index, &histogram))
		draw_histogram(pen, &histogram);
	return pen->lines;
}

size_t latency_draw(struct canvas *canvas, int row, size_t skip,
		    const struct kpager_latency *latency)
{
	struct pen pen = { .canvas = canvas, .row = row, .skip = skip };

	return draw(&pen, latency);
}

size_t latency_lines(const struct kpager_latency *latency)
{
	struct pen pen = { 0 };

	return draw(&pen, latency);
}
