// SPDX-License-Identifier: GPL-2.0
/* Arenas from malloc, for the pool's unit tests: the host's arena.c. */
#include "pool_host.h"

u32 host_frames_max = U32_MAX;
unsigned int host_order_max = POOL_MAX_ORDER;
u32 host_frames_out;
unsigned long host_trims;

struct pool_arena *arena_create(unsigned int order, u32 desc_size)
{
	u32 nr = 1u << order;
	struct pool_arena *a;

	if (order > host_order_max || host_frames_out + nr > host_frames_max)
		return NULL;
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return NULL;
	a->addr = host_zalloc(PAGE_SIZE << order, PAGE_SIZE << order);
	if (!a->addr)
		goto free_arena;
	a->frames = kvcalloc(nr, sizeof(*a->frames), GFP_KERNEL);
	if (!a->frames)
		goto free_pages;
	if (desc_size) {
		a->desc = kvcalloc(nr, desc_size, GFP_KERNEL);
		if (!a->desc)
			goto free_frames;
		a->desc_shift = ilog2(desc_size);
	}
	a->order = order;
	a->nr = nr;
	host_frames_out += nr;
	buddy_arena_prepare(a);
	return a;

free_frames:
	kvfree(a->frames);
free_pages:
	host_free(a->addr);
free_arena:
	kfree(a);
	return NULL;
}

void arena_destroy(struct pool_arena *a)
{
	host_frames_out -= a->nr - a->lost;
	host_free(a->addr);
	kvfree(a->desc);
	kvfree(a->frames);
	kfree(a);
}

void arena_destroy_rcu(struct pool_arena *a)
{
	arena_destroy(a);
}

void arena_grace_period(void)
{
}

bool arena_is_held(const struct pool_arena *a)
{
	(void)a;
	return false;
}

void arena_barrier(void)
{
}

void arena_page_put(struct pool_arena *a, u32 off)
{
	(void)a;
	(void)off;
	host_frames_out--;
}

void arena_trim_kick(void)
{
	__atomic_fetch_add(&host_trims, 1, __ATOMIC_RELAXED);
}
