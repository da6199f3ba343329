// SPDX-License-Identifier: GPL-2.0
/* kpager get */
#include <errno.h>
#include <stdlib.h>

#include "kpager.h"
#include "listing.h"
#include "tunables.h"

static const char default_columns[] = "key,value,access,takes";

#define FIELD(member) \
	{ #member, KPAGER_UNIT_TEXT, offsetof(struct tunable, member) }

static const struct kpager_field fields[] = {
	FIELD(key), FIELD(value), FIELD(access), FIELD(takes),
};

#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

/**
 * struct shown - attributes to be printed
 * @list: they
 * @count: how many
 */
struct shown {
	const struct tunable **list;
	size_t count;
};

/*
 * All that can be read: parameters that belong to another policy, and what is
 * only for root, are not there for who asks for all.
 */
static int choose_all(const struct tunables *tunables, struct shown *shown)
{
	size_t i;

	for (i = 0; i < tunables->count; i++) {
		const struct tunable *tunable = &tunables->list[i];

		if (!tunable->error)
			shown->list[shown->count++] = tunable;
		else if (tunable->error != EINVAL && tunable->error != EACCES)
			return tunable_unreadable(tunables, tunable);
	}
	return EXIT_DONE;
}

static int choose(const struct tunables *tunables, char **keys, int n,
		  struct shown *shown)
{
	int i;

	for (i = 0; i < n; i++) {
		shown->list[i] = tunables_find(tunables, keys[i]);
		if (!shown->list[i])
			return EXIT_USAGE;
	}
	for (i = 0; i < n; i++)
		if (shown->list[i]->error)
			return tunable_unreadable(tunables, shown->list[i]);
	shown->count = (size_t)n;
	return EXIT_DONE;
}

static void print(const struct listing *listing, const struct shown *shown)
{
	struct json_object *object;
	struct table *table;
	size_t i;

	if (listing->json) {
		object = json_object_new_object();
		for (i = 0; i < shown->count; i++)
			json_add(object, shown->list[i]->key,
				 tunable_json(shown->list[i]));
		json_print("attributes", object);
		return;
	}
	table = listing_table(listing);
	for (i = 0; i < shown->count; i++)
		listing_row(listing, table, shown->list[i]);
	table_print(table);
}

static int get(const struct listing *listing, char **words, int n)
{
	struct tunables tunables;
	struct shown shown = { 0 };
	int ret;

	ret = tunables_read(&tunables, words[0]);
	if (ret)
		return ret;
	shown.list = calloc(tunables.count + (size_t)n, sizeof(*shown.list));
	if (!shown.list)
		out_of_memory();
	ret = n > 1 ? choose(&tunables, words + 1, n - 1, &shown) :
		      choose_all(&tunables, &shown);
	if (!ret)
		print(listing, &shown);
	free(shown.list);
	tunables_free(&tunables);
	return ret;
}

int command_get(int argc, char **argv)
{
	struct listing listing;
	int ret;

	if (listing_take(&listing, argc, argv))
		return EXIT_USAGE;
	ret = listing_choose(&listing, default_columns, fields, N_FIELDS);
	if (!ret && optind == argc)
		ret = usage_error("NAME is missing");
	if (!ret)
		ret = get(&listing, argv + optind, argc - optind);
	free(listing.columns);
	return ret;
}
