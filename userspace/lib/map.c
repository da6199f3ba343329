// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/segment/NAME/map: a table. */
#include <errno.h>

#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_map {
	struct proc_list lines;
};

#define FIELD(member) \
	{ #member, KPAGER_UNIT_COUNT, offsetof(struct kpager_cell, member) }

static const struct kpager_field fields[] = {
	FIELD(page), FIELD(pages), FIELD(resident), FIELD(dirty), FIELD(io),
	FIELD(age), FIELD(volatile_pages),
};

static const struct proc_table map_table = {
	.name = "map",
	.fields = fields,
	.n_fields = sizeof(fields) / sizeof(fields[0]),
	.size = sizeof(struct kpager_cell),
};

int kpager_map_read(const char *name, struct kpager_map **map,
		    struct kpager_error *error)
{
	char file[SEGMENT_FILE_SIZE];
	struct proc_list *list;
	int ret = kpager_segment_file(file, name, map_table.name, error);

	if (!ret)
		ret = kpager_list_read(file, &map_table, &list, error);
	if (!ret)
		*map = (struct kpager_map *)list;
	return ret;
}

int kpager_map_parse(const char *text, size_t length, struct kpager_map **map,
		     struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse(map_table.name, &map_table, text,
				    length, &list, error);

	if (!ret)
		*map = (struct kpager_map *)list;
	return ret;
}

size_t kpager_map_count(const struct kpager_map *map)
{
	return map->lines.count;
}

const struct kpager_cell *kpager_map_get(const struct kpager_map *map,
					 size_t index)
{
	return (const struct kpager_cell *)map->lines.elements + index;
}

void kpager_map_free(struct kpager_map *map)
{
	kpager_list_free((struct proc_list *)map);
}
