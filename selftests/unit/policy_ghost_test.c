// SPDX-License-Identifier: GPL-2.0
/*
 * policy_ghost_test.c - the bounded set of evicted pages against a plain list
 */

#include "../../module/policy/ghost.h"
#include "tap.h"

#define MAX_PAGES	3000

static uint64_t seed;

/* The model: pages in the order of their addition. */
static struct {
	u64 page[MAX_PAGES];
	u32 nr;
} model;

static bool model_take(u64 page)
{
	u32 i;

	for (i = 0; i < model.nr; i++) {
		if (model.page[i] != page)
			continue;
		memmove(model.page + i, model.page + i + 1,
			(--model.nr - i) * sizeof(*model.page));
		return true;
	}
	return false;
}

static void model_add(u64 page, u32 limit)
{
	while (model.nr && model.nr >= limit)
		model_take(model.page[0]);
	if (limit)
		model.page[model.nr++] = page;
}

static void test_ghosts(u32 limit, u32 operations)
{
	void *memory = calloc(1, ghosts_bytes(limit));
	u32 i, bad = 0, pages = limit + limit / 2 + 2;
	struct ghosts g;

	ghosts_init(&g, memory, limit);
	model.nr = 0;
	for (i = 0; i < operations; i++) {
		/* Far apart, so that the upper bits matter. */
		u64 page = tap_below(&seed, pages) << 35;
		u32 now = tap_below(&seed, 64) ? limit :
			tap_below(&seed, limit + 1);
		bool had = ghosts_has(&g, page);

		switch (tap_below(&seed, 8)) {
		case 0:
			bad += ghosts_drop_oldest(&g) != (model.nr > 0);
			if (model.nr)
				model_take(model.page[0]);
			break;
		case 1:
		case 2:
			bad += ghosts_take(&g, page) != had;
			bad += model_take(page) != had;
			break;
		default:
			if (had)
				break;
			ghosts_add(&g, page, now);
			model_add(page, now);
		}
		bad += g.nr != model.nr || g.nr > limit;
	}
	for (i = 0; i < model.nr; i++)
		bad += !ghosts_has(&g, model.page[i]);
	while (model.nr) {
		bad += !ghosts_take(&g, model.page[0]);
		model_take(model.page[0]);
	}
	tap_ok(!bad && !g.nr, "at most %u pages, oldest first out: %u differences",
	       limit, bad);
	free(memory);
}

static void test_bytes(void)
{
	tap_ok(ghosts_bytes(1000) <= 16 * 1000 && ghosts_bytes(1 << 20) <= 16 << 20 &&
	       ghosts_bytes(16384) <= 16 * 16384,
	       "at most 16 bytes a page: %zu for 1000", ghosts_bytes(1000));
}

int main(void)
{
	tap_begin();
	seed = tap_seed;
	test_ghosts(0, 1000);
	test_ghosts(1, 1000);
	test_ghosts(2, 1000);
	test_ghosts(7, 10000);
	test_ghosts(100, tap_scaled(100000));
	test_ghosts(1500, tap_scaled(200000));
	test_bytes();
	return tap_end();
}
