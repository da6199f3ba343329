// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reader of /proc/kpager/buddyinfo and /proc/kpager/buddymap: two tables, which
 * become one list.
 */
#include <errno.h>
#include <stdlib.h>

#include "proc.h"

/**
 * struct kpager_buddy - the arenas
 * @arenas: of struct kpager_arena
 * @maps: of struct map; the arenas' maps are in its text
 */
struct kpager_buddy {
	struct proc_list *arenas;
	struct proc_list *maps;
};

/* A line of buddymap. */
struct map {
	uint64_t arena;
	const char *blocks;
};

#define ARENA_FIELD(name, member, unit) \
	{ name, KPAGER_UNIT_##unit, offsetof(struct kpager_arena, member) }
#define ORDER_FIELD(n)		ARENA_FIELD("order" #n, blocks[n], COUNT)
#define UNUSABLE_FIELD(n)	ARENA_FIELD("unusable" #n, unusable[n], PERMILLE)

static const struct kpager_field arena_fields[] = {
	ARENA_FIELD("arena", arena, COUNT),
	ARENA_FIELD("node", node, SIGNED),
	ARENA_FIELD("frames", frames, PAGES),
	ARENA_FIELD("free", free, PAGES),
	ORDER_FIELD(0), ORDER_FIELD(1), ORDER_FIELD(2), ORDER_FIELD(3),
	ORDER_FIELD(4), ORDER_FIELD(5), ORDER_FIELD(6), ORDER_FIELD(7),
	ORDER_FIELD(8), ORDER_FIELD(9), ORDER_FIELD(10),
	ARENA_FIELD("largest", largest, PAGES),
	UNUSABLE_FIELD(1), UNUSABLE_FIELD(2), UNUSABLE_FIELD(3),
	UNUSABLE_FIELD(4), UNUSABLE_FIELD(5), UNUSABLE_FIELD(6),
	UNUSABLE_FIELD(7), UNUSABLE_FIELD(8), UNUSABLE_FIELD(9),
	UNUSABLE_FIELD(10),
};

#define N_ARENA_FIELDS	(sizeof(arena_fields) / sizeof(arena_fields[0]))

_Static_assert(N_ARENA_FIELDS <= KPAGER_TABLE_FIELDS, "too many fields");

static const struct proc_table arenas_table = {
	.name = "buddyinfo",
	.fields = arena_fields,
	.n_fields = N_ARENA_FIELDS,
	.size = sizeof(struct kpager_arena),
};

static const struct kpager_field map_fields[] = {
	{ "arena", KPAGER_UNIT_COUNT, offsetof(struct map, arena) },
	{ "blocks", KPAGER_UNIT_TEXT, offsetof(struct map, blocks) },
};

/* Letters that we do not know are none of our business, other bytes are. */
static int check_blocks(const struct kpager_field *field, char *cell)
{
	(void)field;
	for (; *cell; cell++)
		if (*cell < '!' || *cell > '~')
			return -EINVAL;
	return 0;
}

static const struct proc_table maps_table = {
	.name = "buddymap",
	.fields = map_fields,
	.n_fields = sizeof(map_fields) / sizeof(map_fields[0]),
	.size = sizeof(struct map),
	.text = check_blocks,
};

/*
 * Both files go through the arenas alike: the map that is looked for is most
 * likely at *@next, and the one after it is the next.
 */
static const char *find_map(const struct proc_list *maps, uint64_t arena,
			    size_t *next)
{
	const struct map *list = maps->elements;
	size_t i;

	for (i = 0; i < maps->count; i++) {
		const struct map *map = &list[(*next + i) % maps->count];

		if (map->arena != arena)
			continue;
		*next = (size_t)(map - list) + 1;
		return map->blocks;
	}
	return "";
}

static void join(const struct kpager_buddy *buddy)
{
	struct kpager_arena *arenas = buddy->arenas->elements;
	size_t next = 0;
	size_t i;

	for (i = 0; i < buddy->arenas->count; i++)
		arenas[i].map = find_map(buddy->maps, arenas[i].arena, &next);
}

/* Hand over @result, or free it if reading it ended with an error. */
static int finish(struct kpager_buddy *result, int ret,
		  struct kpager_buddy **buddy)
{
	if (ret) {
		kpager_buddy_free(result);
		return ret;
	}
	join(result);
	*buddy = result;
	return 0;
}

int kpager_buddy_read(struct kpager_buddy **buddy, struct kpager_error *error)
{
	struct kpager_buddy *result = calloc(1, sizeof(*result));
	int ret;

	if (!result)
		return kpager_fail_errno(error, ENOMEM, "read",
					 arenas_table.name);
	ret = kpager_list_read(arenas_table.name, &arenas_table,
			       &result->arenas, error);
	if (!ret)
		ret = kpager_list_read(maps_table.name, &maps_table,
				       &result->maps, error);
	return finish(result, ret, buddy);
}

int kpager_buddy_parse(const char *info, size_t info_length, const char *map,
		       size_t map_length, struct kpager_buddy **buddy,
		       struct kpager_error *error)
{
	struct kpager_buddy *result = calloc(1, sizeof(*result));
	int ret;

	if (!result)
		return kpager_fail_errno(error, ENOMEM, "read",
					 arenas_table.name);
	ret = kpager_list_parse(arenas_table.name, &arenas_table, info,
				info_length, &result->arenas, error);
	if (!ret)
		ret = kpager_list_parse(maps_table.name, &maps_table, map,
					map_length, &result->maps, error);
	return finish(result, ret, buddy);
}

size_t kpager_buddy_count(const struct kpager_buddy *buddy)
{
	return buddy->arenas->count;
}

const struct kpager_arena *kpager_buddy_get(const struct kpager_buddy *buddy,
					    size_t index)
{
	return (const struct kpager_arena *)buddy->arenas->elements + index;
}

void kpager_buddy_free(struct kpager_buddy *buddy)
{
	if (!buddy)
		return;
	kpager_list_free(buddy->arenas);
	kpager_list_free(buddy->maps);
	free(buddy);
}

const struct kpager_field *kpager_arena_fields(size_t *count)
{
	*count = N_ARENA_FIELDS;
	return arena_fields;
}
