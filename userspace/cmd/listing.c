// SPDX-License-Identifier: GPL-2.0
/* Options, columns and lines of the commands that list things. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kpager.h"
#include "listing.h"

static int take_option(int option, void *arg)
{
	struct listing *listing = arg;

	switch (option) {
	case 'o':
		listing->names = optarg;
		return 0;
	case 'n':
		listing->headings = false;
		return 0;
	case 'b':
		listing->bytes = true;
		return 0;
	case 'r':
		listing->raw = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int listing_take(struct listing *listing, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "bytes", no_argument, NULL, 'b' },
		{ "raw", no_argument, NULL, 'r' },
		COMMON_OPTIONS
	};

	*listing = (struct listing){ .headings = true };
	return take_options(argc, argv, options, take_option, listing,
			    &listing->json);
}

int listing_options(struct listing *listing, int argc, char **argv)
{
	if (listing_take(listing, argc, argv))
		return EXIT_USAGE;
	return take_nothing(argc, argv);
}

static const struct kpager_field *
find_field(const char *name, const struct kpager_field *fields, size_t n_fields)
{
	size_t i;

	for (i = 0; i < n_fields; i++)
		if (!strcasecmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static int unknown_column(const char *name, const struct kpager_field *fields,
			  size_t n_fields)
{
	char known[512] = "";
	size_t i;

	for (i = 0; i < n_fields; i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known),
			 " %s", fields[i].name);
	return usage_error("unknown column '%s', known are:%s", name, known);
}

static void add_column(struct listing *listing,
		       const struct kpager_field *field)
{
	listing->columns[listing->n_columns++] = field;
}

int listing_choose(struct listing *listing, const char *defaults,
		   const struct kpager_field *fields, size_t n_fields)
{
	const char *names = listing->names ? listing->names : defaults;
	char *copy = strdup(names);
	char *rest = copy;
	bool all = !strcasecmp(names, "all");
	char *name;
	size_t i;
	int ret = 0;

	/* No more columns than characters. */
	listing->columns = calloc(all ? n_fields : strlen(names) + 1,
				  sizeof(*listing->columns));
	if (!copy || !listing->columns)
		out_of_memory();
	for (i = 0; all && i < n_fields; i++)
		add_column(listing, &fields[i]);
	while (!all && !ret && (name = strsep(&rest, ","))) {
		const struct kpager_field *field = find_field(name, fields,
							      n_fields);

		if (field)
			add_column(listing, field);
		else
			ret = unknown_column(name, fields, n_fields);
	}
	free(copy);
	return ret;
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

struct table *listing_table(const struct listing *listing)
{
	struct table *table = table_new(listing->headings, listing->raw);
	size_t i;

	for (i = 0; i < listing->n_columns; i++)
		add_heading(table, listing->columns[i]);
	return table;
}

void listing_row(const struct listing *listing, struct table *table,
		 const void *object)
{
	char number[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < listing->n_columns; i++)
		table_cell(table, format_field(number, object,
					       listing->columns[i],
					       listing->bytes));
}

void listing_rows(const struct listing *listing, const void *list, size_t count,
		  const void *(*get)(const void *list, size_t index))
{
	struct table *table = listing_table(listing);
	size_t i;

	for (i = 0; i < count; i++)
		listing_row(listing, table, get(list, i));
	table_print(table);
}

void listing_print(const struct listing *listing, const struct listing_kind *kind,
		   const void *list, size_t count)
{
	const struct kpager_field *fields;
	struct json_object *array;
	size_t n_fields, i;

	if (!listing->json) {
		listing_rows(listing, list, count, kind->get);
		return;
	}
	array = json_object_new_array();
	fields = kind->fields(&n_fields);
	for (i = 0; i < count; i++)
		json_append(array, json_fields(kind->get(list, i), fields,
					       n_fields));
	json_print(kind->key, array);
}

int listing_run(const struct listing_kind *kind,
		int (*show)(const struct listing *listing), int argc, char **argv)
{
	const struct kpager_field *fields;
	struct listing listing;
	size_t count;
	int ret;

	if (listing_options(&listing, argc, argv))
		return EXIT_USAGE;
	fields = kind->fields(&count);
	ret = listing_choose(&listing, kind->columns, fields, count);
	if (!ret)
		ret = show(&listing);
	free(listing.columns);
	return ret;
}
