// SPDX-License-Identifier: GPL-2.0
/* kpager stat */
#include <inttypes.h>
#include <stdio.h>

#include "kpager.h"
#include "output.h"

/* A table of names and values; @right: the values are numbers. */
static struct table *value_table(bool right)
{
	struct table *table = table_new(false);

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

static void print_segment(const struct kpager_segment *segment)
{
	struct table *table = value_table(false);
	const struct kpager_field *fields;
	char number[NUMBER_SIZE];
	size_t count, i;

	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++) {
		table_cell(table, fields[i].name);
		table_cell(table,
			   format_field(number, segment, &fields[i], false));
	}
	table_print(table);
}

static int stat_segment(const char *name, bool json)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, name, &error);
	if (segment && json)
		json_print("stat", json_segment(segment));
	else if (segment)
		print_segment(segment);
	kpager_segments_free(segments);
	return segment ? EXIT_DONE : report(&error);
}

int command_stat(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS };
	const char *name = NULL;
	bool json = false;
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option != OPTION_JSON)
			return EXIT_USAGE;
		json = true;
	}
	if (take_operand(argc, argv, false, &name))
		return EXIT_USAGE;
	return name ? stat_segment(name, json) : stat_module(json);
}
