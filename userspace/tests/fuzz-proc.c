// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzer of the readers of /proc/kpager: the first byte says which file the
 * rest is. Whatever it is, they neither crash nor read what is not theirs; what
 * they accept can be looked at.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libkpager.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What reads the fields may not read beyond them. */
static size_t seen;

static void look(const void *object, const struct kpager_field *fields,
		 size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char *member = (const char *)object + fields[i].offset;

		if (fields[i].unit == KPAGER_UNIT_TEXT)
			seen += strlen(*(const char *const *)member);
		else
			seen += *(const uint64_t *)member;
	}
}

static void fuzz_stat(const char *text, size_t length)
{
	struct kpager_stat *stat;
	uint64_t value;
	size_t i;

	if (kpager_stat_parse(text, length, &stat, NULL))
		return;
	for (i = 0; i < kpager_stat_count(stat); i++)
		if (kpager_stat_value(stat, kpager_stat_get(stat, i)->key,
				      &value))
			abort();
	kpager_stat_free(stat);
}

static void fuzz_segments(const char *text, size_t length)
{
	struct kpager_segments *segments;
	const struct kpager_field *fields;
	size_t count, i;

	if (kpager_segments_parse(text, length, &segments, NULL))
		return;
	fields = kpager_segment_fields(&count);
	for (i = 0; i < kpager_segments_count(segments); i++)
		look(kpager_segments_get(segments, i), fields, count);
	kpager_segments_free(segments);
}

static void fuzz_slabs(const char *text, size_t length)
{
	const struct kpager_field *fields;
	struct kpager_slabs *slabs;
	size_t count, i;

	if (kpager_slabs_parse(text, length, &slabs, NULL))
		return;
	fields = kpager_slab_fields(&count);
	for (i = 0; i < kpager_slabs_count(slabs); i++)
		look(kpager_slabs_get(slabs, i), fields, count);
	kpager_slabs_free(slabs);
}

static void fuzz_latency(const char *text, size_t length)
{
	struct kpager_latency *latency;
	size_t i;

	if (kpager_latency_parse(text, length, &latency, NULL))
		return;
	for (i = 0; i < kpager_latency_count(latency); i++)
		seen += strlen(kpager_latency_get(latency, i)->what);
	kpager_latency_free(latency);
}

static void fuzz_curves(const char *text, size_t length)
{
	struct kpager_curves *curves;
	size_t i;

	if (kpager_curves_parse(text, length, &curves, NULL))
		return;
	for (i = 0; i < kpager_curves_count(curves); i++)
		seen += strlen(kpager_curves_get(curves, i)->policy);
	kpager_curves_free(curves);
}

static void fuzz_map(const char *text, size_t length)
{
	struct kpager_map *map;
	size_t i;

	if (kpager_map_parse(text, length, &map, NULL))
		return;
	for (i = 0; i < kpager_map_count(map); i++)
		seen += kpager_map_get(map, i)->volatile_pages;
	kpager_map_free(map);
}

static void fuzz_oom(const char *text, size_t length)
{
	struct kpager_oom *oom;
	size_t i, j;

	if (kpager_oom_parse(text, length, &oom, NULL))
		return;
	for (i = 0; kpager_oom_rung(oom, i); i++)
		seen += strlen(kpager_oom_rung(oom, i)->name);
	for (i = 0; i < kpager_oom_count(oom); i++) {
		const struct kpager_decision *d = kpager_oom_get(oom, i);

		seen += strlen(d->time) + strlen(d->task) + strlen(d->page) +
			strlen(d->outcome);
		for (j = 0; j < d->n_rungs; j++)
			seen += strlen(d->rungs[j].name);
		for (j = 0; j < d->n_tasks; j++)
			seen += strlen(d->tasks[j].name) +
				strlen(d->tasks[j].verdict) +
				strlen(d->tasks[j].segment);
	}
	kpager_oom_free(oom);
}

/* Two files: the first 0xff is between them. */
static void fuzz_buddy(const char *text, size_t length)
{
	const char *middle = memchr(text, 0xff, length);
	size_t first = middle ? (size_t)(middle - text) : length;
	const struct kpager_field *fields;
	struct kpager_buddy *buddy;
	size_t count, i;

	if (kpager_buddy_parse(text, first, middle ? middle + 1 : "",
			       middle ? length - first - 1 : 0, &buddy, NULL))
		return;
	fields = kpager_arena_fields(&count);
	for (i = 0; i < kpager_buddy_count(buddy); i++) {
		look(kpager_buddy_get(buddy, i), fields, count);
		seen += strlen(kpager_buddy_get(buddy, i)->map);
	}
	kpager_buddy_free(buddy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const fuzz[])(const char *text, size_t length) = {
		fuzz_stat, fuzz_segments, fuzz_slabs, fuzz_buddy,
		fuzz_latency, fuzz_oom, fuzz_curves, fuzz_map,
	};
	const size_t kinds = sizeof(fuzz) / sizeof(fuzz[0]);
	char *text;

	if (!size)
		return 0;
	/* A copy of its own, which ends where the text does. */
	text = malloc(size - 1 + !(size - 1));
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	fuzz[*data % kinds](text, size - 1);
	free(text);
	return 0;
}
