// SPDX-License-Identifier: GPL-2.0
/* kpager list */
#include <stdlib.h>

#include "kpager.h"
#include "listing.h"

static const char default_columns[] =
	"name,size,resident,dirty,policy,mode,opens,backing";

static void print_json(const struct kpager_segments *segments)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_segments_count(segments); i++)
		json_append(array,
			    json_segment(kpager_segments_get(segments, i)));
	json_print("segments", array);
}

static void print_table(const struct listing *listing,
			const struct kpager_segments *segments)
{
	struct table *table = listing_table(listing);
	size_t i;

	for (i = 0; i < kpager_segments_count(segments); i++)
		listing_row(listing, table, kpager_segments_get(segments, i));
	table_print(table);
}

int print_segment(const char *name)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, name, &error);
	if (segment)
		json_print("segment", json_segment(segment));
	kpager_segments_free(segments);
	return segment ? EXIT_DONE : report(&error);
}

static int list(const struct listing *listing)
{
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	if (listing->json)
		print_json(segments);
	else
		print_table(listing, segments);
	kpager_segments_free(segments);
	return EXIT_DONE;
}

int command_list(int argc, char **argv)
{
	const struct kpager_field *fields;
	struct listing listing;
	size_t count;
	int ret;

	if (listing_options(&listing, argc, argv))
		return EXIT_USAGE;
	fields = kpager_segment_fields(&count);
	ret = listing_choose(&listing, default_columns, fields, count);
	if (!ret)
		ret = list(&listing);
	free(listing.columns);
	return ret;
}
