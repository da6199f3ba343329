// SPDX-License-Identifier: GPL-2.0
/* kpager volatile and kpager nonvolatile */
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "range.h"

/* What both take. Return: an exit code. */
static int parse(int argc, char **argv, struct range *range, bool *json)
{
	static const struct option options[] = { COMMON_OPTIONS };
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option != OPTION_JSON)
			return EXIT_USAGE;
		*json = true;
	}
	return range_take(range, argc, argv);
}

int command_volatile(int argc, char **argv)
{
	struct kpager_error error;
	struct range range;
	bool json = false;
	int ret;

	ret = parse(argc, argv, &range, &json);
	if (ret)
		return ret;
	if (kpager_volatile(range.fd, range.offset, range.bytes, &error))
		ret = report(&error);
	else if (json)
		json_print("volatile", range_json(&range));
	close(range.fd);
	return ret;
}

static void print(const struct range *range, uint64_t purged)
{
	struct table *table = table_new(true, false);
	char number[NUMBER_SIZE];

	table_column(table, "NAME", false);
	table_column(table, "OFFSET", true);
	table_column(table, "SIZE", true);
	table_column(table, "PURGED", true);
	table_cell(table, range->name);
	format_number(number, range->offset);
	table_cell(table, number);
	format_number(number, range->bytes);
	table_cell(table, number);
	format_number(number, purged);
	table_cell(table, number);
	table_print(table);
}

int command_nonvolatile(int argc, char **argv)
{
	struct json_object *object;
	struct kpager_error error;
	struct range range;
	bool json = false;
	uint64_t purged;
	int ret;

	ret = parse(argc, argv, &range, &json);
	if (ret)
		return ret;
	if (kpager_nonvolatile(range.fd, range.offset, range.bytes, &purged,
			       &error)) {
		ret = report(&error);
	} else if (json) {
		object = range_json(&range);
		json_add(object, "purged", json_number(purged));
		json_print("nonvolatile", object);
	} else {
		print(&range, purged);
	}
	close(range.fd);
	return ret;
}
