// SPDX-License-Identifier: GPL-2.0
/*
 * ghost.c - pages that are remembered after their eviction
 *
 * The set is a ring of pages in the order of their addition.  One that is
 * taken out of the middle leaves a hole, so that no links are needed; an
 * eighth more places than pages keeps the cost of closing the holes, when the
 * ring has come around, to a few steps an addition.
 */
#include "ghost.h"

#define GHOST_HOLE	U64_MAX

static u32 map_buckets(u32 slots)
{
	return roundup_pow_of_two(slots / 5 + 1);
}

/**
 * ghost_map_bytes - memory of a map
 * @slots: the largest slot
 *
 * Context: any.
 * Return: bytes, a multiple of 8.
 */
size_t ghost_map_bytes(u32 slots)
{
	size_t n = (size_t)slots + 1;

	return n * sizeof(u64) +
		ALIGN((n + map_buckets(slots)) * sizeof(u32), sizeof(u64));
}

/**
 * ghost_map_init - prepare an empty map
 * @map: the map
 * @memory: ghost_map_bytes() of zeroes, aligned to 8
 * @slots: the largest slot; slots are counted from 1
 *
 * Context: any.
 */
void ghost_map_init(struct ghost_map *map, void *memory, u32 slots)
{
	size_t n = (size_t)slots + 1;

	map->key = memory;
	map->chain = (u32 *)(map->key + n);
	map->bucket = map->chain + n;
	map->mask = map_buckets(slots) - 1;
	map->slots = slots;
}

/**
 * ghost_map_add - put a page into a slot
 * @map: the map; does not have @page
 * @slot: a free one, 1 to the largest
 * @page: the page
 *
 * Context: calls on @map are serialised.
 */
void ghost_map_add(struct ghost_map *map, u32 slot, u64 page)
{
	u32 *bucket = ghost_map_bucket(map, page);

	map->key[slot] = page;
	map->chain[slot] = *bucket;
	*bucket = slot;
}

/**
 * ghost_map_del - empty a slot
 * @map: the map
 * @slot: in use
 *
 * Context: calls on @map are serialised.
 */
void ghost_map_del(struct ghost_map *map, u32 slot)
{
	u32 *link = ghost_map_bucket(map, map->key[slot]);

	while (*link != slot)
		link = &map->chain[*link];
	*link = map->chain[slot];
}

static u32 ghosts_places(u32 limit)
{
	return limit + limit / 8 + 1;
}

/**
 * ghosts_bytes - memory of a set
 * @limit: the most pages it will ever remember
 *
 * Context: any.
 * Return: bytes, a multiple of 8.
 */
size_t ghosts_bytes(u32 limit)
{
	return ghost_map_bytes(ghosts_places(limit));
}

/**
 * ghosts_init - prepare an empty set
 * @g: the set
 * @memory: ghosts_bytes() of zeroes, aligned to 8
 * @limit: the most pages it will ever remember
 *
 * Context: any.
 */
void ghosts_init(struct ghosts *g, void *memory, u32 limit)
{
	memset(g, 0, sizeof(*g));
	ghost_map_init(&g->map, memory, ghosts_places(limit));
	g->first = 1;
	g->next = 1;
	g->limit = limit;
}

static u32 ghosts_after(const struct ghosts *g, u32 place)
{
	return place == g->map.slots ? 1 : place + 1;
}

static void ghosts_skip_holes(struct ghosts *g)
{
	while (g->used && g->map.key[g->first] == GHOST_HOLE) {
		g->first = ghosts_after(g, g->first);
		g->used--;
	}
}

/* Move the pages together: a ring that is all used has holes. */
static void ghosts_close_holes(struct ghosts *g)
{
	u64 *key = g->map.key;
	u32 from = g->first, to = g->first, left = g->used;

	memset(g->map.bucket, 0, (g->map.mask + 1) * sizeof(u32));
	for (; left--; from = ghosts_after(g, from)) {
		if (key[from] == GHOST_HOLE)
			continue;
		ghost_map_add(&g->map, to, key[from]);
		to = ghosts_after(g, to);
	}
	g->next = to;
	g->used = g->nr;
}

/**
 * ghosts_drop_oldest - forget the page that was added first
 * @g: the set
 *
 * Context: calls on @g are serialised.
 * Return: false if the set is empty.
 */
bool ghosts_drop_oldest(struct ghosts *g)
{
	ghosts_skip_holes(g);
	if (!g->used)
		return false;
	ghost_map_del(&g->map, g->first);
	g->first = ghosts_after(g, g->first);
	g->used--;
	g->nr--;
	return true;
}

/**
 * ghosts_add - remember a page
 * @g: the set; does not have @page
 * @page: the page, below 2^48
 * @limit: remember at most so many, the latest; more than the set was made
 *	for means as many as that
 *
 * Context: calls on @g are serialised.
 */
void ghosts_add(struct ghosts *g, u64 page, u32 limit)
{
	limit = min_t(u32, limit, g->limit);
	while (g->nr && g->nr >= limit)
		ghosts_drop_oldest(g);
	if (!limit)
		return;
	ghosts_skip_holes(g);
	if (g->used == g->map.slots)
		ghosts_close_holes(g);
	ghost_map_add(&g->map, g->next, page);
	g->next = ghosts_after(g, g->next);
	g->used++;
	g->nr++;
}

/**
 * ghosts_has - is a page remembered
 * @g: the set
 * @page: the page
 *
 * Context: calls on @g are serialised.
 * Return: true if it is.
 */
bool ghosts_has(const struct ghosts *g, u64 page)
{
	return ghost_map_find(&g->map, page);
}

/**
 * ghosts_take - forget a page
 * @g: the set
 * @page: the page
 *
 * Context: calls on @g are serialised.
 * Return: true if it was remembered.
 */
bool ghosts_take(struct ghosts *g, u64 page)
{
	u32 place = ghost_map_find(&g->map, page);

	if (!place)
		return false;
	ghost_map_del(&g->map, place);
	g->map.key[place] = GHOST_HOLE;
	g->nr--;
	return true;
}
