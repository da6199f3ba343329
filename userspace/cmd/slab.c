// SPDX-License-Identifier: GPL-2.0
/* kpager slab */
#include <stdlib.h>

#include "kpager.h"
#include "listing.h"

static const char default_columns[] =
	"name,objsize,active_objs,num_objs,active_slabs,num_slabs,cached,mag_hit,fails,bad";

static void print_json(const struct kpager_slabs *slabs)
{
	struct json_object *array = json_object_new_array();
	const struct kpager_field *fields;
	size_t count, i;

	fields = kpager_slab_fields(&count);
	for (i = 0; i < kpager_slabs_count(slabs); i++)
		json_append(array, json_fields(kpager_slabs_get(slabs, i),
					       fields, count));
	json_print("slabs", array);
}

static void print_table(const struct listing *listing,
			const struct kpager_slabs *slabs)
{
	struct table *table = listing_table(listing);
	size_t i;

	for (i = 0; i < kpager_slabs_count(slabs); i++)
		listing_row(listing, table, kpager_slabs_get(slabs, i));
	table_print(table);
}

static int show(const struct listing *listing)
{
	struct kpager_error error;
	struct kpager_slabs *slabs;

	if (kpager_slabs_read(&slabs, &error))
		return report(&error);
	if (listing->json)
		print_json(slabs);
	else
		print_table(listing, slabs);
	kpager_slabs_free(slabs);
	return EXIT_DONE;
}

int command_slab(int argc, char **argv)
{
	const struct kpager_field *fields;
	struct listing listing;
	size_t count;
	int ret;

	if (listing_options(&listing, argc, argv))
		return EXIT_USAGE;
	fields = kpager_slab_fields(&count);
	ret = listing_choose(&listing, default_columns, fields, count);
	if (!ret)
		ret = show(&listing);
	free(listing.columns);
	return ret;
}
