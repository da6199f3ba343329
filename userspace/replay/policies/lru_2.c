// SPDX-License-Identifier: GPL-2.0
/*
 * lru_2.c - LRU-K with K = 2
 *
 * E. J. O'Neil, P. E. O'Neil and G. Weikum, "The LRU-K page replacement
 * algorithm for database disk buffering", 1993, with a correlated reference
 * period of 0 and as many pages remembered after their eviction as there are
 * frames.
 *
 * The victim is the page whose last use but one is longest ago.  Pages that
 * were used only once, as far as is remembered, come first, in LRU order.
 */
#include "exact.h"

/**
 * struct lru2_history - the last use of pages that left, a ring
 * @map: place of each, from 1
 * @last: when it was used last, by place
 * @next: the place that is used next
 * @used: a bit for each place: it is in the map
 */
struct lru2_history {
	struct ghost_map map;
	u64 *last;
	u32 next;
	bool *used;
};

/**
 * struct lru2 - state
 * @now: requests so far
 * @seen: when the page that is missed was used last, 0 if that is forgotten
 * @last: when the page in each frame was used last
 * @once: pages that were used once, in LRU order
 * @twice: the others, by their last use but one
 * @history: of pages that left
 * A node's bits are its place in @twice, or 0: it is in @once.
 */
struct lru2 {
	u64 now;
	u64 seen;
	u64 *last;
	struct policy_list once;
	struct exact_heap twice;
	struct lru2_history history;
};

static size_t lru2_state_bytes(u32 frames)
{
	size_t n = (size_t)frames + 1;

	return sizeof(struct lru2) + 2 * n * sizeof(u64) +
		exact_heap_bytes(frames) + ghost_map_bytes(frames) +
		ALIGN(n * sizeof(bool), sizeof(u64));
}

static void lru2_init(struct policy *p)
{
	struct lru2 *lru2 = p->state;
	struct lru2_history *history = &lru2->history;
	u64 *memory = (u64 *)(lru2 + 1);
	size_t n = (size_t)p->frames + 1;

	lru2->last = memory;
	history->last = memory + n;
	exact_heap_init(&lru2->twice, memory + 2 * n, p->frames);
	memory += 2 * n + exact_heap_bytes(p->frames) / sizeof(u64);
	ghost_map_init(&history->map, memory, p->frames);
	memory += ghost_map_bytes(p->frames) / sizeof(u64);
	history->used = (bool *)memory;
	history->next = 1;
}

static void lru2_miss(struct policy *p, u64 page)
{
	struct lru2 *lru2 = p->state;
	struct lru2_history *history = &lru2->history;
	u32 place = ghost_map_find(&history->map, page);

	lru2->now++;
	lru2->seen = place ? history->last[place] : 0;
	if (place) {
		ghost_map_del(&history->map, place);
		history->used[place] = false;
	}
}

static void lru2_evicted(struct policy *p, u32 frame)
{
	struct lru2 *lru2 = p->state;
	struct lru2_history *history = &lru2->history;
	u32 place = history->next;

	history->next = place >= p->capacity ? 1 : place + 1;
	if (history->used[place])
		ghost_map_del(&history->map, place);
	ghost_map_add(&history->map, place, policy_page(p, frame));
	history->used[place] = true;
	history->last[place] = lru2->last[frame];
}

static void lru2_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct lru2 *lru2 = p->state;

	(void)why;
	if (lru2->seen) {
		exact_heap_add(p, &lru2->twice, frame, lru2->seen);
	} else {
		policy_node(p, frame)->bits = 0;
		policy_list_add_tail(p, &lru2->once, frame);
	}
	lru2->last[frame] = lru2->now;
	lru2->seen = 0;
}

static void lru2_remove(struct policy *p, u32 frame)
{
	struct lru2 *lru2 = p->state;

	if (policy_node(p, frame)->bits)
		exact_heap_del(p, &lru2->twice, frame);
	else
		policy_list_del(p, &lru2->once, frame);
}

static void lru2_hit(struct policy *p, u32 frame)
{
	struct lru2 *lru2 = p->state;

	lru2->now++;
	if (policy_node(p, frame)->bits) {
		exact_heap_set(p, &lru2->twice, frame, lru2->last[frame]);
	} else {
		policy_list_del(p, &lru2->once, frame);
		exact_heap_add(p, &lru2->twice, frame, lru2->last[frame]);
	}
	lru2->last[frame] = lru2->now;
}

static u32 lru2_next_victim(struct policy *p)
{
	struct lru2 *lru2 = p->state;
	u32 frame = policy_list_pop(p, &lru2->once);

	if (frame == POLICY_NONE && lru2->twice.nr) {
		frame = lru2->twice.frame[1];
		exact_heap_del(p, &lru2->twice, frame);
	}
	return frame;
}

static u32 lru2_ghosts(const struct policy *p)
{
	const struct lru2 *lru2 = p->state;
	u32 i, nr = 0;

	for (i = 1; i <= p->frames; i++)
		nr += lru2->history.used[i];
	return nr;
}

const struct policy_ops policy_lru_2 = {
	.name = "lru-2",
	.title = "LRU-2, O'Neil and others 1993",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.state_bytes = lru2_state_bytes,
	.init = lru2_init,
	.miss = lru2_miss,
	.insert = lru2_insert,
	.remove = lru2_remove,
	.evicted = lru2_evicted,
	.next_victim = lru2_next_victim,
	.hit = lru2_hit,
	.ghosts = lru2_ghosts,
};
