// SPDX-License-Identifier: GPL-2.0
/*
 * policy_test.c - the replacement policies against naive models
 *
 * A simulated memory of C frames and a set of pages with one reference bit
 * each stand in for the pager.  The model of CLOCK is second chance, written
 * as its textbook queue: the two must evict the same pages in the same order.
 */

#include "../../module/policy/policy.h"
#include "tap.h"

#define MAX_FRAMES	1024
#define MAX_PAGES	8192

static uint64_t seed;

/* The simulated pager. */
static struct sim {
	struct policy policy;
	struct policy_node nodes[MAX_FRAMES + 1];
	bool ref[MAX_FRAMES + 1];
	u32 page_of[MAX_FRAMES + 1];
	u32 frame_of[MAX_PAGES];
	u32 frames, used;
	u64 misses;
} sim;

static void *sim_memory;

static struct policy_node *sim_node(struct policy *p, u32 frame)
{
	(void)p;
	return &sim.nodes[frame];
}

static bool sim_ref(struct policy *p, u32 frame)
{
	bool was = sim.ref[frame];

	(void)p;
	sim.ref[frame] = false;
	return was;
}

static const struct policy_env sim_env = {
	.node = sim_node,
	.test_and_clear_ref = sim_ref,
};

static void sim_init(u32 frames)
{
	struct policy_setup setup = {
		.ops = policy_find("clock"), .env = &sim_env,
		.frames = frames, .capacity = frames,
	};

	memset(&sim, 0, sizeof(sim));
	sim.frames = frames;
	free(sim_memory);
	sim_memory = calloc(1, policy_bytes(setup.ops, frames, false));
	setup.memory = sim_memory;
	policy_init(&sim.policy, &setup);
}

/* One access; returns the page that was evicted for it, or MAX_PAGES. */
static u32 sim_access(u32 page)
{
	u32 frame = sim.frame_of[page], victim = MAX_PAGES;

	if (frame) {
		sim.ref[frame] = true;
		return victim;
	}
	sim.misses++;
	if (sim.used < sim.frames) {
		frame = ++sim.used;
	} else {
		if (policy_victims(&sim.policy, &frame, 1) != 1)
			return MAX_PAGES + 1;
		policy_remove(&sim.policy, frame, POLICY_EVICT);
		victim = sim.page_of[frame];
		sim.frame_of[victim] = 0;
	}
	sim.page_of[frame] = page;
	sim.frame_of[page] = frame;
	/* The retried instruction sets the bit: a first touch is no hit. */
	sim.ref[frame] = true;
	policy_insert(&sim.policy, frame, POLICY_DEMAND);
	return victim;
}

/*
 * Second chance: a queue by load time; the head is the victim unless its bit
 * is set, then it loses the bit and goes to the tail.  The fresh window: the
 * bit of a page is not believed for the first K loads after its own.
 */
static struct model {
	u32 queue[MAX_FRAMES + 1];
	u32 length, frames, loads;
	bool ref[MAX_PAGES], in[MAX_PAGES], fresh[MAX_PAGES];
	u32 load[MAX_PAGES];
} model;

static void model_end_windows(void)
{
	u32 i, k = model.frames / 100 ? model.frames / 100 : 1;

	for (i = 0; i < model.length; i++) {
		u32 page = model.queue[i];

		if (model.fresh[page] && model.loads - model.load[page] > k) {
			model.fresh[page] = false;
			model.ref[page] = false;
		}
	}
}

static u32 model_evict(void)
{
	u32 tries = 2 * model.length, head;

	for (;;) {
		head = model.queue[0];
		memmove(model.queue, model.queue + 1,
			(model.length - 1) * sizeof(*model.queue));
		if (!model.ref[head] || model.fresh[head] || !--tries)
			break;
		model.ref[head] = false;
		model.queue[model.length - 1] = head;
	}
	model.length--;
	model.in[head] = false;
	return head;
}

static u32 model_access(u32 page)
{
	u32 victim = MAX_PAGES;

	if (model.in[page]) {
		model.ref[page] = true;
		return victim;
	}
	if (model.length == model.frames)
		victim = model_evict();
	model.in[page] = true;
	model.ref[page] = true;
	model.fresh[page] = true;
	model.load[page] = model.loads++;
	model.queue[model.length++] = page;
	model_end_windows();
	return victim;
}

static void test_second_chance(u32 frames, u32 pages, u32 accesses)
{
	u32 i, bad = 0;

	sim_init(frames);
	memset(&model, 0, sizeof(model));
	model.frames = frames;
	for (i = 0; i < accesses; i++) {
		/* Skewed: the smaller of two is the likelier. */
		u32 a = tap_below(&seed, pages), b = tap_below(&seed, pages);
		u32 page = a < b ? a : b;

		bad += sim_access(page) != model_access(page);
	}
	tap_ok(!bad, "clock = second chance, %u frames, %u pages: %u differences",
	       frames, pages, bad);
}

/* A loop over more pages than frames misses always, with any stack policy. */
static void test_loop(void)
{
	u32 i, round;

	sim_init(100);
	for (round = 0; round < 10; round++)
		for (i = 0; i < 101; i++)
			sim_access(i);
	tap_ok(sim.misses == 1010, "a loop over one page too many misses always");
}

/* Hot pages stay although a scan goes by: the bit is looked at. */
static void test_hot_pages_stay(void)
{
	u32 i, misses;

	sim_init(200);
	for (i = 0; i < 50; i++)
		sim_access(i);
	for (i = 0; i < 5000; i++) {
		sim_access(100 + i % 4000);
		sim_access(i % 50);
	}
	misses = sim.misses;
	for (i = 0; i < 50; i++)
		sim_access(i);
	tap_ok(sim.misses == misses, "pages in constant use survive a scan");
}

/* A first touch is not a hit: pages touched once leave in their order. */
static void test_first_touch(void)
{
	u32 i, wrong = 0;

	sim_init(400);
	for (i = 0; i < 4000; i++) {
		u32 victim = sim_access(i);

		if (i >= 400)
			wrong += victim != i - 400;
	}
	tap_ok(!wrong, "pages touched once leave first in, first out");
	tap_ok(sim.policy.looks <= 2 * 3600ull,
	       "looks per fault stay small: %llu looks for 3600 evictions",
	       (unsigned long long)sim.policy.looks);
}

static void test_corners(void)
{
	u32 out[8], i;

	sim_init(8);
	tap_ok(policy_victims(&sim.policy, out, 8) == 0,
	       "an empty policy has no victim");
	sim_access(0);
	tap_ok(policy_victims(&sim.policy, out, 8) == 1 && out[0] == 1,
	       "one frame is proposed once");
	/* Busy: proposed, not removed, proposed again later. */
	tap_ok(policy_victims(&sim.policy, out, 8) == 1,
	       "a victim that was busy is proposed again");
	policy_remove(&sim.policy, 1, POLICY_DROP);
	tap_ok(policy_victims(&sim.policy, out, 1) == 0, "and gone when removed");

	sim_init(8);
	for (i = 0; i < 8; i++)
		sim_access(i);
	for (i = 1; i <= 8; i++)
		sim.ref[i] = true;
	tap_ok(policy_victims(&sim.policy, out, 8) == 8,
	       "all referenced: victims are found all the same");
	tap_ok(policy_find("") == policy_find("qd-clock") &&
	       !policy_find("no such policy"), "names");
}

/* Random insertions, removals and proposals against a set of members. */
static void test_membership(u32 operations)
{
	static bool member[MAX_FRAMES + 1];
	u32 out[32], i, j, n, nr = 0, bad = 0;

	sim_init(MAX_FRAMES);
	memset(member, 0, sizeof(member));
	for (i = 0; i < operations; i++) {
		u32 frame = 1 + tap_below(&seed, MAX_FRAMES);

		sim.ref[1 + tap_below(&seed, MAX_FRAMES)] = true;
		if (tap_below(&seed, 8) == 0) {
			n = policy_victims(&sim.policy, out, 1 + tap_below(&seed, 32));
			for (j = 0; j < n; j++)
				bad += !member[out[j]];
		} else if (member[frame]) {
			policy_remove(&sim.policy, frame, POLICY_DROP);
			member[frame] = false;
			nr--;
		} else {
			policy_insert(&sim.policy, frame, POLICY_DEMAND);
			member[frame] = true;
			nr++;
		}
		bad += sim.policy.nr != nr;
	}
	tap_ok(!bad, "only members are proposed: %u wrong", bad);
}

/* What a policy is told of pages that come back. */
static struct {
	struct policy_list list;
	u32 away[MAX_PAGES];
	u32 kept[MAX_PAGES];
} told;

static void told_insert(struct policy *p, u32 frame, enum policy_why why)
{
	(void)why;
	told.away[sim.page_of[frame]] = p->away;
	told.kept[sim.page_of[frame]] = p->away != POLICY_AWAY_LONG && p->kept;
	policy_list_add_tail(p, &told.list, frame);
}

static void told_remove(struct policy *p, u32 frame)
{
	policy_list_del(p, &told.list, frame);
}

static void told_evicted(struct policy *p, u32 frame)
{
	p->kept = sim.page_of[frame] % 3 == 0;
}

static u32 told_next_victim(struct policy *p)
{
	return policy_list_pop(p, &told.list);
}

static u64 told_page(struct policy *p, u32 frame)
{
	(void)p;
	return sim.page_of[frame];
}

static const struct policy_env told_env = {
	.node = sim_node,
	.test_and_clear_ref = sim_ref,
	.page = told_page,
};

static const struct policy_ops told_ops = {
	.name = "told",
	.flags = POLICY_REFAULTS,
	.insert = told_insert,
	.remove = told_remove,
	.evicted = told_evicted,
	.next_victim = told_next_victim,
};

static void told_init(u32 frames, bool remembered)
{
	struct policy_setup setup = {
		.ops = &told_ops, .env = &told_env, .frames = frames,
		.capacity = frames, .remembered = remembered,
	};

	memset(&sim, 0, sizeof(sim));
	memset(&told, 0, sizeof(told));
	sim.frames = frames;
	free(sim_memory);
	sim_memory = calloc(1, policy_bytes(&told_ops, frames, remembered));
	setup.memory = sim_memory;
	policy_init(&sim.policy, &setup);
}

static void test_refaults(void)
{
	u32 i, bad = 0;

	told_init(100, false);
	for (i = 0; i < 150; i++) {
		sim_access(i);
		bad += told.away[i] != POLICY_AWAY_LONG;
	}
	/* Page 0 left first, for page 100; 49 others did since. */
	for (i = 0; i < 50; i++) {
		sim_access(i);
		bad += told.away[i] != 50 || told.kept[i] != (i % 3 == 0);
	}
	tap_ok(!bad, "a page that is back tells how long it was away: %u wrong",
	       bad);

	/* Others remember: they may know pages that left before our time. */
	told_init(100, true);
	for (i = 0; i < 150; i++)
		sim_access(i);
	tap_ok(sim.policy.given_up == 50 && !policy_kept(&sim.policy) &&
	       policy_bytes(&told_ops, 100, true) <
	       policy_bytes(&told_ops, 100, false),
	       "page 49 left last, and nothing is remembered here");
	policy_refault(&sim.policy, 50, true);
	sim_access(200);
	policy_refault(&sim.policy, 50, true);
	sim_access(201);
	sim_access(202);
	tap_ok(told.away[200] == POLICY_AWAY_LONG && told.away[201] == 50 &&
	       told.kept[201] && told.away[202] == POLICY_AWAY_LONG,
	       "only what left in the policy's time is believed, once");
}

int main(void)
{
	tap_begin();
	seed = tap_seed;
	test_second_chance(1, 5, 1000);
	test_second_chance(2, 5, 1000);
	test_second_chance(7, 30, tap_scaled(10000));
	test_second_chance(128, 1000, tap_scaled(50000));
	test_second_chance(1000, 8000, tap_scaled(50000));
	test_loop();
	test_hot_pages_stay();
	test_first_touch();
	test_corners();
	test_refaults();
	test_membership(tap_scaled(200000));
	return tap_end();
}
