/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ghost.h - pages that are remembered after their eviction
 *
 * struct ghost_map finds small numbers (slots) by page.  struct ghosts is a
 * bounded set of pages on top of it, in the order in which they were added:
 * the oldest is forgotten when it is full.  At most 16 bytes a page.  Both
 * live in memory given to them; nothing is allocated.
 *
 * Locking: as struct policy, whose part they are.
 */
#ifndef KPAGER_GHOST_H
#define KPAGER_GHOST_H

#include "../platform.h"

/**
 * struct ghost_map - slots by page
 * @key: the page of each slot; 0 is no slot
 * @chain: next slot of the same bucket
 * @bucket: first slot of each
 * @mask: buckets - 1
 * @slots: the largest slot
 */
struct ghost_map {
	u64 *key;
	u32 *chain;
	u32 *bucket;
	u32 mask;
	u32 slots;
};

size_t ghost_map_bytes(u32 slots);
void ghost_map_init(struct ghost_map *map, void *memory, u32 slots);
void ghost_map_add(struct ghost_map *map, u32 slot, u64 page);
void ghost_map_del(struct ghost_map *map, u32 slot);

static inline u32 *ghost_map_bucket(const struct ghost_map *map, u64 page)
{
	/* Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4) */
	return &map->bucket[(page * 0x9e3779b97f4a7c15ull >> 32) & map->mask];
}

/**
 * ghost_map_find - which slot is a page in
 * @map: the map
 * @page: the page
 *
 * Context: calls on @map are serialised.
 * Return: the slot, or 0 if it is in none.
 */
static inline u32 ghost_map_find(const struct ghost_map *map, u64 page)
{
	u32 slot = *ghost_map_bucket(map, page);

	while (slot && map->key[slot] != page)
		slot = map->chain[slot];
	return slot;
}

/**
 * struct ghosts - a bounded set of pages, oldest first out
 * @map: where each is; slots are places in a ring
 * @first: place of the oldest
 * @next: place of the next addition
 * @used: places from @first to @next, holes included
 * @nr: pages remembered
 * @limit: the most there will ever be
 */
struct ghosts {
	struct ghost_map map;
	u32 first;
	u32 next;
	u32 used;
	u32 nr;
	u32 limit;
};

size_t ghosts_bytes(u32 limit);
void ghosts_init(struct ghosts *g, void *memory, u32 limit);
void ghosts_add(struct ghosts *g, u64 page, u32 limit);
bool ghosts_take(struct ghosts *g, u64 page);
bool ghosts_has(const struct ghosts *g, u64 page);
bool ghosts_drop_oldest(struct ghosts *g);

#endif /* KPAGER_GHOST_H */
