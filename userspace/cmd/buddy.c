// SPDX-License-Identifier: GPL-2.0
/* kpager buddy */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kpager.h"
#include "listing.h"

static const char default_columns[] =
	"arena,node,size,free,largest,unusable4,unusable10";

/* Columns of the map's table: this wide, or as wide as the numbers are. */
static const char map_arena[] = "ARENA";
static const char map_blocks[] = "BLOCKS";

/* At most 79 characters a line. */
static const char legend[] =
	"In order of address. Free blocks of 4K: a, 8K: b, 16K: c, ... 4M: k; blocks in\n"
	"use of 4K: A, ... 4M: K; of the slab allocator: S; in a magazine: -; lost: x\n";

/*
 * The fields of an arena under the names of columns: what the files of /proc
 * count in frames is a size for people.
 *
 * Return: the fields, to be freed.
 */
static struct kpager_field *arena_columns(size_t *count)
{
	const struct kpager_field *fields = kpager_arena_fields(count);
	struct kpager_field *columns = calloc(*count, sizeof(*columns));
	size_t i;

	if (!columns)
		out_of_memory();
	for (i = 0; i < *count; i++) {
		columns[i] = fields[i];
		if (!strcmp(fields[i].name, "frames"))
			columns[i].name = "size";
	}
	return columns;
}

static struct json_object *json_orders(const uint64_t numbers[KPAGER_ORDERS])
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < KPAGER_ORDERS; i++)
		json_append(array, json_number(numbers[i]));
	return array;
}

static struct json_object *json_arena(const struct kpager_arena *arena)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "arena", json_number(arena->arena));
	json_add(object, "node", json_object_new_int64(arena->node));
	json_add(object, "frames", json_number(arena->frames));
	json_add(object, "free", json_number(arena->free));
	json_add(object, "blocks", json_orders(arena->blocks));
	json_add(object, "largest", json_number(arena->largest));
	json_add(object, "unusable", json_orders(arena->unusable));
	json_add(object, "map", json_text(arena->map));
	return object;
}

static void print_json(const struct kpager_buddy *buddy)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_buddy_count(buddy); i++)
		json_append(array, json_arena(kpager_buddy_get(buddy, i)));
	json_add(object, "arenas", array);
	json_print("buddy", object);
}

static const void *get(const void *buddy, size_t index)
{
	return kpager_buddy_get(buddy, index);
}

/* Return: columns of the terminal, 80 if standard output is none. */
static size_t output_width(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

/* Return: the number of frames a letter tells of, 1 if it does not say. */
static size_t letter_frames(char letter)
{
	if (letter >= 'a' && letter < 'a' + KPAGER_ORDERS)
		return (size_t)1 << (letter - 'a');
	if (letter >= 'A' && letter < 'A' + KPAGER_ORDERS)
		return (size_t)1 << (letter - 'A');
	return 1;
}

/* Return: of @count letters that which has most frames, or the first such. */
static char common_letter(const char *letters, size_t count)
{
	size_t frames[CHAR_MAX + 1] = { 0 };
	char common = letters[0];
	size_t i;

	for (i = 0; i < count; i++)
		frames[(int)letters[i]] += letter_frames(letters[i]);
	for (i = 0; i < count; i++)
		if (frames[(int)letters[i]] > frames[(int)common])
			common = letters[i];
	return common;
}

/*
 * Fit @map into @width characters, each of which stands for as many blocks as
 * any other, give or take one.
 *
 * Return: the map, to be freed.
 */
static char *compress(const char *map, size_t width)
{
	size_t length = strlen(map);
	size_t cells = length < width ? length : width;
	char *compressed = calloc(cells + 1, 1);
	size_t i;

	if (!compressed)
		out_of_memory();
	for (i = 0; i < cells; i++) {
		size_t first = i * length / cells;
		size_t end = (i + 1) * length / cells;

		compressed[i] = common_letter(map + first, end - first);
	}
	return compressed;
}

/* Return: how wide a map can be beside the numbers of the arenas. */
static size_t map_width(const struct kpager_buddy *buddy)
{
	size_t width = output_width();
	size_t label = strlen(map_arena);
	char number[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < kpager_buddy_count(buddy); i++) {
		format_number(number, kpager_buddy_get(buddy, i)->arena);
		if (strlen(number) > label)
			label = strlen(number);
	}
	/* A terminal so narrow has no room for the heading either. */
	if (width < label + 1 + strlen(map_blocks))
		return strlen(map_blocks);
	return width - label - 1;
}

static void print_map(const struct kpager_buddy *buddy)
{
	struct table *table = table_new(true, false);
	size_t width = map_width(buddy);
	char number[NUMBER_SIZE];
	size_t longest = 0;
	size_t i;

	table_column(table, map_arena, true);
	table_column(table, map_blocks, false);
	for (i = 0; i < kpager_buddy_count(buddy); i++) {
		const struct kpager_arena *arena = kpager_buddy_get(buddy, i);
		char *map = compress(arena->map, width);

		format_number(number, arena->arena);
		table_cell(table, number);
		table_cell(table, map);
		free(map);
		if (strlen(arena->map) > longest)
			longest = strlen(arena->map);
	}
	putchar('\n');
	table_print(table);
	printf("\n%s", legend);
	if (longest > width)
		printf("Up to %zu blocks share a letter, that of most of their memory.\n",
		       (longest + width - 1) / width);
}

static int show(const struct listing *listing)
{
	struct kpager_buddy *buddy;
	struct kpager_error error;

	if (kpager_buddy_read(&buddy, &error))
		return report(&error);
	if (listing->json)
		print_json(buddy);
	else
		listing_rows(listing, buddy, kpager_buddy_count(buddy), get);
	/* Who chose columns or wants no headings wants a table and no more. */
	if (!listing->json && !listing->names && listing->headings &&
	    !listing->raw &&
	    kpager_buddy_count(buddy))
		print_map(buddy);
	kpager_buddy_free(buddy);
	return EXIT_DONE;
}

int command_buddy(int argc, char **argv)
{
	struct kpager_field *columns;
	struct listing listing;
	size_t count;
	int ret;

	if (listing_options(&listing, argc, argv))
		return EXIT_USAGE;
	columns = arena_columns(&count);
	ret = listing_choose(&listing, default_columns, columns, count);
	if (!ret)
		ret = show(&listing);
	free(listing.columns);
	free(columns);
	return ret;
}
