// SPDX-License-Identifier: GPL-2.0
/* kpager slab */
#include "kpager.h"
#include "listing.h"

static const void *get(const void *slabs, size_t index)
{
	return kpager_slabs_get(slabs, index);
}

static const struct listing_kind kind = {
	.key = "slabs",
	.columns = "name,objsize,active_objs,num_objs,active_slabs,num_slabs,cached,mag_hit,fails,bad",
	.fields = kpager_slab_fields,
	.get = get,
};

static int show(const struct listing *listing)
{
	struct kpager_error error;
	struct kpager_slabs *slabs;

	if (kpager_slabs_read(&slabs, &error))
		return report(&error);
	listing_print(listing, &kind, slabs, kpager_slabs_count(slabs));
	kpager_slabs_free(slabs);
	return EXIT_DONE;
}

int command_slab(int argc, char **argv)
{
	return listing_run(&kind, show, argc, argv);
}
