// SPDX-License-Identifier: GPL-2.0
/* kpager stat */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kpager.h"
#include "output.h"
#include "rates.h"

/* A table of names and values; @right: the values are numbers. */
static struct table *value_table(bool right)
{
	struct table *table = table_new(false, false);

	table_column(table, "NAME", false);
	table_column(table, "VALUE", right);
	return table;
}

static void print_counters(const struct kpager_stat *stat)
{
	struct table *table = value_table(true);
	char number[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < kpager_stat_count(stat); i++) {
		const struct kpager_counter *counter = kpager_stat_get(stat, i);

		snprintf(number, sizeof(number), "%" PRIu64, counter->value);
		table_cell(table, counter->key);
		table_cell(table, number);
	}
	table_print(table);
}

static void print_counters_json(const struct kpager_stat *stat)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < kpager_stat_count(stat); i++) {
		const struct kpager_counter *counter = kpager_stat_get(stat, i);

		json_add(object, counter->key, json_number(counter->value));
	}
	json_print("stat", object);
}

static int stat_module(bool json)
{
	struct kpager_error error;
	struct kpager_stat *stat;

	if (kpager_stat_read(&stat, &error))
		return report(&error);
	if (json)
		print_counters_json(stat);
	else
		print_counters(stat);
	kpager_stat_free(stat);
	return EXIT_DONE;
}

/* Is the counter a column of the segments, and printed as such? */
static bool is_column(const char *key)
{
	const struct kpager_field *fields;
	size_t count, i;

	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(fields[i].name, key))
			return true;
	return false;
}

/*
 * What the module says about the segment beyond its columns. A module that
 * has no such file is no reason to fail.
 */
static int more_about(const struct kpager_segment *segment,
		      struct kpager_stat **more)
{
	struct kpager_error error;
	int ret;

	*more = NULL;
	ret = kpager_segment_stat_read(segment->name, more, &error);
	return ret && ret != -ENOENT ? report(&error) : EXIT_DONE;
}

static int print_segment_json(const struct kpager_segment *segment)
{
	struct json_object *object;
	struct kpager_stat *more;
	int ret = more_about(segment, &more);
	size_t i;

	if (ret)
		return ret;
	object = json_segment(segment);

	for (i = 0; more && i < kpager_stat_count(more); i++) {
		const struct kpager_counter *counter = kpager_stat_get(more, i);

		if (!is_column(counter->key))
			json_add(object, counter->key,
				 json_number(counter->value));
	}
	kpager_stat_free(more);
	json_print("stat", object);
	return EXIT_DONE;
}

static int print_values(const struct kpager_segment *segment, bool bytes)
{
	struct kpager_stat *more;
	int ret = more_about(segment, &more);
	const struct kpager_field *fields;
	char number[NUMBER_SIZE];
	struct table *table;
	size_t count, i;

	if (ret)
		return ret;
	table = value_table(false);
	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++) {
		table_cell(table, fields[i].name);
		table_cell(table,
			   format_field(number, segment, &fields[i], bytes));
	}
	for (i = 0; more && i < kpager_stat_count(more); i++) {
		const struct kpager_counter *counter = kpager_stat_get(more, i);

		if (is_column(counter->key))
			continue;
		format_number(number, counter->value);
		table_cell(table, counter->key);
		table_cell(table, number);
	}
	kpager_stat_free(more);
	table_print(table);
	return EXIT_DONE;
}

static int stat_segment(const char *name, bool json, bool bytes)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;
	int ret;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, name, &error);
	if (!segment)
		ret = report(&error);
	else if (json)
		ret = print_segment_json(segment);
	else
		ret = print_values(segment, bytes);
	kpager_segments_free(segments);
	return ret;
}

static int take_option(int option, void *arg)
{
	struct rates_options *o = arg;

	switch (option) {
	case 'i':
		return pace_interval(&o->pace, optarg);
	case 'c':
		return pace_count(&o->pace, optarg);
	case 'o':
		o->columns = optarg;
		return 0;
	case 'n':
		o->headings = false;
		return 0;
	case 'b':
		o->bytes = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int command_stat(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "bytes", no_argument, NULL, 'b' },
		COMMON_OPTIONS
	};
	struct rates_options o = { .headings = true };

	if (take_options(argc, argv, options, take_option, &o, &o.json))
		return EXIT_USAGE;
	if (take_operand(argc, argv, false, &o.name))
		return EXIT_USAGE;
	if (o.pace.given)
		return rates_print(&o);
	if (o.columns || !o.headings)
		return usage_error("--output and --noheadings go with --interval or --count only");
	return o.name ? stat_segment(o.name, o.json, o.bytes) :
			stat_module(o.json);
}
