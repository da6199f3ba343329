// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics in the text format of Prometheus, version 0.0.4: for each a HELP and
 * a TYPE line, then its values. Names end in the unit, counters in _total.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "output.h"

/**
 * struct metric - a metric
 * @name: its name, without "kpager_" or "kpager_segment_"
 * @key: the counter of the module, or the column of a segment
 * @counter: it counts; otherwise it is a value that goes up and down
 * @bytes: what the module counts in pages
 * @help: what it is
 */
struct metric {
	const char *name;
	const char *key;
	bool counter;
	bool bytes;
	const char *help;
};

static const struct metric module_metrics[] = {
	{ "pool_limit_bytes", "limit_frames", false, true, "Most memory that the pool may hold." },
	{ "pool_min_bytes", "min_frames", false, true, "Memory that the pool keeps even when it is not needed." },
	{ "pool_size_bytes", "frames_total", false, true, "Memory that the pool has from the kernel." },
	{ "pool_used_bytes", "frames_used", false, true, "Memory of the pool in use." },
	{ "pool_free_bytes", "frames_free", false, true, "Memory of the pool that is free." },
	{ "pool_lost_bytes", "frames_lost", false, true, "Memory given up because somebody still held it." },
	{ "segments", "segments", false, false, "Segments that exist." },
	{ "faults_minor_total", "faults_minor", true, false, "Faults answered by a resident page." },
	{ "faults_major_total", "faults_major", true, false, "Faults that waited for a page to be read." },
	{ "faults_sigbus_total", "faults_sigbus", true, false, "Faults that ended in SIGBUS." },
	{ "lookups_total", "lookups", true, false, "Pages asked for by read, write and faults." },
	{ "evicted_pages_total", "evictions", true, false, "Pages that lost their frame." },
	{ "evicted_dirty_pages_total", "evictions_dirty", true, false, "Pages written before they lost their frame." },
	{ "prefetched_pages_total", "prefetched", true, false, "Pages read along with one that was asked for." },
	{ "prefetch_used_pages_total", "prefetch_used", true, false, "Prefetched pages that were used." },
	{ "prefetch_wasted_pages_total", "prefetch_wasted", true, false, "Prefetched pages evicted unused." },
	{ "read_pages_total", "pages_read", true, false, "Pages read from stores." },
	{ "written_pages_total", "pages_written", true, false, "Pages written to stores." },
	{ "io_errors_total", "io_errors", true, false, "Store requests that failed." },
	{ "fsyncs_total", "fsyncs", true, false, "Calls of fsync, fdatasync and msync." },
};

static const struct metric segment_metrics[] = {
	{ "size_bytes", "size", false, false, "Size of the segment." },
	{ "resident_bytes", "resident", false, true, "What of the segment is in memory." },
	{ "dirty_bytes", "dirty", false, true, "What of that is known to be newer than the store." },
	{ "opens", "opens", false, false, "Open file descriptions of the segment, mappings included." },
	{ "faults_minor_total", "faults_minor", true, false, "Faults answered by a resident page." },
	{ "faults_major_total", "faults_major", true, false, "Faults that waited for a page to be read." },
	{ "evicted_pages_total", "evictions", true, false, "Pages that lost their frame." },
	{ "read_pages_total", "pages_read", true, false, "Pages read from the store." },
	{ "written_pages_total", "pages_written", true, false, "Pages written to the store." },
	{ "io_errors_total", "io_errors", true, false, "Store requests that failed." },
};

static void print_head(FILE *file, const char *prefix,
		       const struct metric *metric)
{
	fprintf(file, "# HELP %s%s %s\n# TYPE %s%s %s\n", prefix, metric->name,
		metric->help, prefix, metric->name,
		metric->counter ? "counter" : "gauge");
}

/* A label's value: backslash, quote and newline are escaped. */
static void print_label(FILE *file, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", file);
		else if (*value == '\\' || *value == '"')
			fprintf(file, "\\%c", *value);
		else
			fputc(*value, file);
	}
}

static const struct kpager_field *find_field(const char *name)
{
	const struct kpager_field *fields;
	size_t count, i;

	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static void print_segments(FILE *file, const struct metric *metric,
			   const struct kpager_segments *segments)
{
	static const char prefix[] = "kpager_segment_";
	const struct kpager_field *field = find_field(metric->key);
	size_t i;

	if (!field || !kpager_segments_count(segments))
		return;
	print_head(file, prefix, metric);
	for (i = 0; i < kpager_segments_count(segments); i++) {
		const struct kpager_segment *segment =
			kpager_segments_get(segments, i);
		uint64_t value = kpager_segment_number(segment, field);

		fprintf(file, "%s%s{segment=\"", prefix, metric->name);
		print_label(file, segment->name);
		fprintf(file, "\"} %" PRIu64 "\n",
			metric->bytes ? value * 4096 : value);
	}
}

char *metrics_text(const struct sample *sample, size_t *length)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, length);
	size_t i;

	if (!file)
		out_of_memory();
	for (i = 0; i < sizeof(module_metrics) / sizeof(module_metrics[0]); i++) {
		const struct metric *metric = &module_metrics[i];
		uint64_t value;

		/* An older module does not have all of them. */
		if (kpager_stat_value(sample->stat, metric->key, &value))
			continue;
		print_head(file, "kpager_", metric);
		fprintf(file, "kpager_%s %" PRIu64 "\n", metric->name,
			metric->bytes ? value * 4096 : value);
	}
	for (i = 0; i < sizeof(segment_metrics) / sizeof(segment_metrics[0]); i++)
		print_segments(file, &segment_metrics[i], sample->segments);
	if (fclose(file))
		out_of_memory();
	return text;
}
