// SPDX-License-Identifier: GPL-2.0
/* kpager list */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kpager.h"
#include "output.h"

static const char default_columns[] =
	"name,size,resident,dirty,policy,mode,opens,backing";

/**
 * struct columns - what is listed
 * @list: the fields, to be freed
 * @count: how many
 */
struct columns {
	const struct kpager_field **list;
	size_t count;
};

static const struct kpager_field *find_field(const char *name)
{
	const struct kpager_field *fields;
	size_t count, i;

	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++)
		if (!strcasecmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static void all_columns(struct columns *columns)
{
	const struct kpager_field *fields;
	size_t i;

	fields = kpager_segment_fields(&columns->count);
	columns->list = calloc(columns->count, sizeof(*columns->list));
	if (!columns->list)
		out_of_memory();
	for (i = 0; i < columns->count; i++)
		columns->list[i] = &fields[i];
}

static int unknown_column(const char *name)
{
	char known[512] = "";
	const struct kpager_field *fields;
	size_t count, i;

	fields = kpager_segment_fields(&count);
	for (i = 0; i < count; i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known),
			 " %s", fields[i].name);
	return usage_error("unknown column '%s', known are:%s", name, known);
}

/* Return: 0 or EXIT_USAGE. */
static int choose_columns(const char *names, struct columns *columns)
{
	char *copy = strdup(names);
	char *rest = copy;
	char *name;
	int ret = 0;

	/* No more columns than characters. */
	columns->list = calloc(strlen(names) + 1, sizeof(*columns->list));
	if (!copy || !columns->list)
		out_of_memory();
	while (!ret && (name = strsep(&rest, ","))) {
		const struct kpager_field *field = find_field(name);

		if (field)
			columns->list[columns->count++] = field;
		else
			ret = unknown_column(name);
	}
	free(copy);
	return ret;
}

static void print_json(const struct kpager_segments *segments)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_segments_count(segments); i++) {
		struct json_object *segment =
			json_segment(kpager_segments_get(segments, i));

		if (!array || json_object_array_add(array, segment))
			out_of_memory();
	}
	json_print("segments", array);
}

static void add_heading(struct table *table, const struct kpager_field *field)
{
	char name[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < sizeof(name) - 1 && field->name[i]; i++)
		name[i] = (char)toupper((unsigned char)field->name[i]);
	name[i] = '\0';
	table_column(table, name, field->unit != KPAGER_UNIT_TEXT);
}

static void print_table(const struct kpager_segments *segments,
			const struct columns *columns, bool headings, bool raw)
{
	struct table *table = table_new(headings);
	char number[NUMBER_SIZE];
	size_t i, c;

	for (c = 0; c < columns->count; c++)
		add_heading(table, columns->list[c]);
	for (i = 0; i < kpager_segments_count(segments); i++)
		for (c = 0; c < columns->count; c++)
			table_cell(table,
				   format_field(number,
						kpager_segments_get(segments, i),
						columns->list[c], raw));
	table_print(table);
}

/**
 * struct list_options - what the options say
 * @columns: names of columns, or "all"
 * @headings: print them
 * @raw: sizes in bytes
 * @json: JSON instead of a table
 */
struct list_options {
	const char *columns;
	bool headings;
	bool raw;
	bool json;
};

static int take_option(int option, struct list_options *o)
{
	switch (option) {
	case 'o':
		o->columns = optarg;
		return 0;
	case 'n':
		o->headings = false;
		return 0;
	case 'b':
		o->raw = true;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static int list(const struct list_options *o, const struct columns *columns)
{
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	if (o->json)
		print_json(segments);
	else
		print_table(segments, columns, o->headings, o->raw);
	kpager_segments_free(segments);
	return EXIT_DONE;
}

int command_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "bytes", no_argument, NULL, 'b' },
		COMMON_OPTIONS
	};
	struct list_options o = {
		.columns = default_columns,
		.headings = true,
	};
	struct columns columns = { 0 };
	int option, ret = 0;

	while ((option = next_option(argc, argv, "o:nb", options)) != -1)
		if (take_option(option, &o))
			return EXIT_USAGE;
	if (optind < argc)
		return usage_error("unexpected argument '%s'", argv[optind]);
	if (!strcasecmp(o.columns, "all"))
		all_columns(&columns);
	else
		ret = choose_columns(o.columns, &columns);
	if (!ret)
		ret = list(&o, &columns);
	free(columns.list);
	return ret;
}
