// SPDX-License-Identifier: GPL-2.0
/*
 * w_tinylfu.c - a small LRU window before a large segmented LRU with admission
 *
 * G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient Cache
 * Admission Policy", 2017.
 *
 * A new page goes into the window (1 % of the frames).  Its oldest page is
 * compared with the next victim of the main part, a segmented LRU of 20 %
 * probation and 80 % protection: the one that was used less often, as a
 * sketch of counters remembers, leaves.  A use is counted when a page comes,
 * when it leaves the window, and at each hit in the main part; hits in the
 * window are bursts and do not count.  The counters are halved now and then, so
 * that the past is forgotten.
 */
#include "exact.h"

enum { PARAM_WINDOW, PARAM_SAMPLE };

static const struct policy_param wtlfu_params[] = {
	{ "window", "share of the window, in percent of the frames",
	  1, 1, 99 },
	{ "sample", "uses between two halvings of the counters, in frames",
	  32, 1, 1000 },
	{ }
};

/* A node's bits: which list. */
enum { WTLFU_WINDOW, WTLFU_PROBATION, WTLFU_PROTECTED, WTLFU_LISTS };

#define WTLFU_ROWS	4
/* Counters a frame; more of them collide less. */
#define WTLFU_COUNTERS	16

/**
 * struct wtlfu - state
 * @list: the three lists, the oldest first
 * @share: how many frames each may have
 * @uses: counted uses since the counters were halved
 * @mask: number of counters - 1
 * @counter: the counters
 */
struct wtlfu {
	struct policy_list list[WTLFU_LISTS];
	u32 share[WTLFU_LISTS];
	u64 uses;
	u32 mask;
	u8 counter[];
};

static u32 wtlfu_counters(u32 frames)
{
	return roundup_pow_of_two((size_t)frames * WTLFU_COUNTERS);
}

static size_t wtlfu_state_bytes(u32 frames)
{
	return ALIGN(sizeof(struct wtlfu) + wtlfu_counters(frames),
		     sizeof(u64));
}

static void wtlfu_init(struct policy *p)
{
	struct wtlfu *w = p->state;

	w->mask = wtlfu_counters(p->frames) - 1;
}

static void wtlfu_resize(struct policy *p)
{
	struct wtlfu *w = p->state;
	u32 main;

	w->share[WTLFU_WINDOW] = policy_share(p, p->param[PARAM_WINDOW], 100);
	main = p->capacity - w->share[WTLFU_WINDOW];
	w->share[WTLFU_PROBATION] = max_t(u32, main / 5, min_t(u32, main, 1));
	w->share[WTLFU_PROTECTED] = main - w->share[WTLFU_PROBATION];
}

/* ---- the sketch: Cormode and Muthukrishnan's count-min, 2005 ---- */

static u64 wtlfu_hash(u64 page)
{
	page = (page ^ page >> 31) * 0xbf58476d1ce4e5b9ull;
	return (page ^ page >> 29) * 0x94d049bb133111ebull;
}

static u8 *wtlfu_counter(struct wtlfu *w, u64 hash, u32 row)
{
	u32 a = hash, b = (hash >> 32) | 1;

	return &w->counter[(a + row * b) & w->mask];
}

static u32 wtlfu_uses(struct wtlfu *w, u64 page)
{
	u64 hash = wtlfu_hash(page);
	u32 least = U8_MAX, row;

	for (row = 0; row < WTLFU_ROWS; row++)
		least = min_t(u32, least, *wtlfu_counter(w, hash, row));
	return least;
}

static void wtlfu_count(struct policy *p, u64 page)
{
	struct wtlfu *w = p->state;
	u64 hash = wtlfu_hash(page);
	u32 row, i;

	for (row = 0; row < WTLFU_ROWS; row++) {
		u8 *counter = wtlfu_counter(w, hash, row);

		if (*counter < U8_MAX)
			++*counter;
	}
	if (++w->uses < (u64)p->capacity * p->param[PARAM_SAMPLE])
		return;
	w->uses = 0;
	for (i = 0; i <= w->mask; i++)
		w->counter[i] /= 2;
}

/* ---- the lists ---- */

static void wtlfu_add(struct policy *p, u32 frame, u32 list)
{
	struct wtlfu *w = p->state;

	policy_list_add_tail(p, &w->list[list], frame);
	policy_node(p, frame)->bits = list;
}

static void wtlfu_remove(struct policy *p, u32 frame)
{
	struct wtlfu *w = p->state;

	policy_list_del(p, &w->list[policy_node(p, frame)->bits], frame);
}

static void wtlfu_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	wtlfu_add(p, frame, WTLFU_WINDOW);
	wtlfu_count(p, policy_page(p, frame));
}

static void wtlfu_hit(struct policy *p, u32 frame)
{
	struct wtlfu *w = p->state;
	u32 list = policy_node(p, frame)->bits;

	if (list != WTLFU_WINDOW)
		wtlfu_count(p, policy_page(p, frame));
	wtlfu_remove(p, frame);
	if (list == WTLFU_PROBATION)
		list = WTLFU_PROTECTED;
	wtlfu_add(p, frame, list);
	if (w->list[WTLFU_PROTECTED].nr > w->share[WTLFU_PROTECTED])
		wtlfu_add(p, policy_list_pop(p, &w->list[WTLFU_PROTECTED]),
			  WTLFU_PROBATION);
}

/* Fill the main part as long as it has room, probation first. */
static bool wtlfu_admit_free(struct policy *p)
{
	struct wtlfu *w = p->state;
	u32 list = WTLFU_PROBATION;

	if (w->list[WTLFU_PROBATION].nr + w->list[WTLFU_PROTECTED].nr >=
	    w->share[WTLFU_PROBATION] + w->share[WTLFU_PROTECTED] ||
	    w->list[WTLFU_WINDOW].nr <= w->share[WTLFU_WINDOW])
		return false;
	if (w->list[list].nr >= w->share[list])
		list = WTLFU_PROTECTED;
	wtlfu_add(p, policy_list_pop(p, &w->list[WTLFU_WINDOW]), list);
	return true;
}

static u32 wtlfu_next_victim(struct policy *p)
{
	struct wtlfu *w = p->state;
	u32 candidate, victim;
	bool admit;

	while (wtlfu_admit_free(p))
		;
	candidate = policy_list_pop(p, &w->list[WTLFU_WINDOW]);
	victim = policy_list_pop(p, &w->list[WTLFU_PROBATION]);
	if (victim == POLICY_NONE)
		victim = policy_list_pop(p, &w->list[WTLFU_PROTECTED]);
	if (candidate == POLICY_NONE || victim == POLICY_NONE)
		return candidate == POLICY_NONE ? victim : candidate;
	admit = wtlfu_uses(w, policy_page(p, candidate)) >
		wtlfu_uses(w, policy_page(p, victim));
	wtlfu_count(p, policy_page(p, candidate));
	if (admit) {
		wtlfu_add(p, candidate, WTLFU_PROBATION);
		return victim;
	}
	/* Back to where it was: it is still the oldest. */
	policy_list_add_head(p, &w->list[policy_node(p, victim)->bits],
			     victim);
	return candidate;
}

const struct policy_ops policy_w_tinylfu = {
	.name = "w-tinylfu",
	.title = "W-TinyLFU, Einziger and others 2017",
	.flags = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY,
	.params = wtlfu_params,
	.state_bytes = wtlfu_state_bytes,
	.init = wtlfu_init,
	.resize = wtlfu_resize,
	.insert = wtlfu_insert,
	.remove = wtlfu_remove,
	.next_victim = wtlfu_next_victim,
	.hit = wtlfu_hit,
};
