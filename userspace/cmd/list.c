// SPDX-License-Identifier: GPL-2.0
/* kpager list */
#include "kpager.h"
#include "listing.h"

static const void *get(const void *segments, size_t index)
{
	return kpager_segments_get(segments, index);
}

static const struct listing_kind kind = {
	.key = "segments",
	.columns = "name,size,resident,dirty,policy,mode,opens,backing",
	.fields = kpager_segment_fields,
	.get = get,
};

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
	listing_print(listing, &kind, segments, kpager_segments_count(segments));
	kpager_segments_free(segments);
	return EXIT_DONE;
}

int command_list(int argc, char **argv)
{
	return listing_run(&kind, list, argc, argv);
}
