// SPDX-License-Identifier: GPL-2.0
/*
 * policy_all_test.c - every policy: corner cases, properties, random events
 *
 * A simulated memory stands in for the pager: frames with exact or sampled
 * reference bits, dirty pages whose writes take a while, pages that are busy.
 */

#include "../../module/policy/policy.h"
#include "tap.h"

#define MAX_FRAMES	2048
#define MAX_PAGES	8192
/* What the simulated environment does. */
#define SIM_BUSY	BIT(0)	/* some victims are busy */
#define SIM_DIRTY	BIT(1)	/* accesses make pages dirty */
#define SIM_SLOW	BIT(2)	/* writes end later */

static uint64_t seed;

static struct sim {
	struct policy policy;
	void *memory;
	struct policy_node nodes[MAX_FRAMES + 1];
	bool ref[MAX_FRAMES + 1];
	enum policy_dirt dirt[MAX_FRAMES + 1];
	u32 page_of[MAX_FRAMES + 1];	/* 0: free; pages count from 1 */
	u32 frame_of[MAX_PAGES + 1];
	u32 frames, used, flags;
	u64 misses, writes, cleaned, bad;
	bool exact;
} sim;

static struct policy_node *sim_node(struct policy *p, u32 frame)
{
	(void)p;
	/* Policies must not ask about frames that hold nothing. */
	sim.bad += !frame || frame > sim.frames;
	return &sim.nodes[frame];
}

static bool sim_ref(struct policy *p, u32 frame)
{
	bool was = sim.ref[frame];

	(void)p;
	sim.bad += !sim.page_of[frame];
	sim.ref[frame] = false;
	return was;
}

static u64 sim_page(struct policy *p, u32 frame)
{
	(void)p;
	sim.bad += !sim.page_of[frame];
	return sim.page_of[frame];
}

static enum policy_dirt sim_dirt(struct policy *p, u32 frame)
{
	(void)p;
	sim.bad += !sim.page_of[frame];
	return sim.dirt[frame];
}

static bool sim_clean(struct policy *p, u32 frame)
{
	(void)p;
	sim.bad += sim.dirt[frame] != POLICY_DIRTY;
	if (sim.flags & SIM_SLOW && tap_below(&seed, 4) == 0)
		return false;
	sim.writes++;
	sim.cleaned++;
	sim.dirt[frame] = sim.flags & SIM_SLOW ? POLICY_WRITING : POLICY_CLEAN;
	return true;
}

static const struct policy_env sim_env = {
	.node = sim_node,
	.test_and_clear_ref = sim_ref,
	.page = sim_page,
	.dirt = sim_dirt,
	.clean = sim_clean,
};

static void setup_policy(struct policy *p, const struct policy_ops *ops,
			 void **memory)
{
	struct policy_setup setup = {
		.ops = ops, .env = &sim_env, .frames = sim.frames,
		.capacity = sim.frames, .exact = sim.exact, .seed = 1,
	};

	/* Of its very size, so that the sanitizer sees a step beyond it. */
	*memory = calloc(1, policy_bytes(ops, sim.frames, false));
	setup.memory = *memory;
	policy_init(p, &setup);
}

static void sim_init(const struct policy_ops *ops, u32 frames, bool exact,
		     u32 flags)
{
	free(sim.memory);
	memset(&sim, 0, sizeof(sim));
	sim.frames = frames;
	sim.exact = exact;
	sim.flags = flags;
	setup_policy(&sim.policy, ops, &sim.memory);
}

static void sim_free(u32 frame, enum policy_why why)
{
	policy_remove(&sim.policy, frame, why);
	sim.writes += sim.dirt[frame] != POLICY_CLEAN;
	sim.frame_of[sim.page_of[frame]] = 0;
	sim.page_of[frame] = 0;
	sim.used--;
}

/* Give victims up; busy ones stay.  Return how many went. */
static u32 sim_evict(u32 n)
{
	u32 out[POLICY_PROPOSALS], got, i, j, gone = 0;

	got = policy_victims(&sim.policy, out, n);
	sim.bad += got > n || got > sim.policy.nr;
	for (i = 0; i < got; i++) {
		for (j = 0; j < i; j++)
			sim.bad += out[j] == out[i];
		sim.bad += !out[i] || out[i] > sim.frames ||
			!sim.page_of[out[i]];
	}
	for (i = 0; i < got && !sim.bad; i++) {
		if (sim.flags & SIM_BUSY && tap_below(&seed, 3) == 0)
			continue;
		if (sim.dirt[out[i]] == POLICY_WRITING)
			continue;
		sim_free(out[i], POLICY_EVICT);
		gone++;
	}
	return gone;
}

static void sim_writes_end(void)
{
	u32 i;

	for (i = 1; i <= sim.frames; i++)
		if (sim.dirt[i] == POLICY_WRITING)
			sim.dirt[i] = POLICY_CLEAN;
}

static void sim_insert(u32 page, enum policy_why why)
{
	u32 frame = 1;

	while (sim.page_of[frame])
		frame++;
	sim.page_of[frame] = page;
	sim.frame_of[page] = frame;
	sim.used++;
	sim.dirt[frame] = why == POLICY_WRITE ? POLICY_DIRTY : POLICY_CLEAN;
	sim.ref[frame] = !sim.exact;
	policy_insert(&sim.policy, frame, why);
}

/* One access; false if no frame could be had. */
static bool sim_access(u32 page)
{
	u32 frame = sim.frame_of[page], tries = 0, out;

	if (frame) {
		if (!sim.exact || !policy_hit(&sim.policy, frame))
			sim.ref[frame] = true;
	} else {
		sim.misses++;
		if (sim.exact)
			policy_miss(&sim.policy, page);
		while (sim.used == sim.frames && !sim_evict(1) && tries++ < 64)
			sim_writes_end();
		if (sim.used == sim.frames)
			return false;
		sim_insert(page, POLICY_DEMAND);
		frame = sim.frame_of[page];
		while (policy_expired(&sim.policy, &out, 1))
			sim_free(out, POLICY_EVICT);
		if (sim.page_of[frame] != page)
			return true;
	}
	if (sim.flags & SIM_DIRTY && page % 2)
		sim.dirt[frame] = POLICY_DIRTY;
	return true;
}

/*
 * Each member stands in exactly one list: taken out one by one as if for
 * another policy, they all come, once.
 */
static bool sim_is_whole(const struct policy_ops *other)
{
	static bool seen[MAX_FRAMES + 1];
	u32 frame, bad = 0, out[POLICY_PROPOSALS], got;
	struct policy next;
	void *memory;

	setup_policy(&next, other, &memory);
	policy_move(&sim.policy, &next);
	bad += sim.policy.nr || next.nr != sim.used;
	memset(seen, 0, sizeof(seen));
	sim.policy = next;
	free(sim.memory);
	sim.memory = memory;
	/* And the other one gives all of them up; writes take no time now. */
	sim_writes_end();
	sim.flags = 0;
	while ((got = policy_victims(&sim.policy, out, 7))) {
		while (got--) {
			bad += seen[out[got]];
			seen[out[got]] = true;
			sim_free(out[got], POLICY_EVICT);
		}
	}
	for (frame = 1; frame <= sim.frames; frame++)
		bad += sim.page_of[frame] != 0;
	return !bad && !sim.used;
}

/* Which policies can run without hits being delivered, or with. */
static bool runs(const struct policy_ops *ops, bool exact)
{
	if (ops->flags & POLICY_REPLAY_ONLY)
		return false;
	return exact || !(ops->flags & POLICY_NEEDS_HITS);
}

static void test_corners(const struct policy_ops *ops, bool exact)
{
	static const u32 sizes[] = { 1, 2, 3, 8, 300 };
	u32 i, c, page, round, n, out[8], bad = 0;

	for (c = 0; c < ARRAY_SIZE(sizes); c++) {
		u32 frames = sizes[c];

		/* Everything referenced: somebody else than the new page goes. */
		sim_init(ops, frames, exact, 0);
		bad += policy_victims(&sim.policy, out, 8) != 0;
		for (page = 1; page <= 4 * frames + 4; page++) {
			for (i = 1; i <= frames; i++)
				sim.ref[i] = true;
			bad += !sim_access(page) || !sim.frame_of[page];
		}
		bad += sim.bad != 0;
		/* All busy: proposed, kept, proposed again. */
		for (round = 0; round < 2 * frames + 2; round++) {
			n = policy_victims(&sim.policy, out, 1);
			bad += n != 1 || !sim.page_of[out[0]];
		}
		bad += sim.policy.nr != sim.used || sim.bad;
		/* All dirty. */
		for (i = 1; i <= frames; i++)
			if (sim.page_of[i])
				sim.dirt[i] = POLICY_DIRTY;
		bad += !sim_access(MAX_PAGES) || sim.bad;
		bad += !sim_is_whole(ops);
	}
	tap_ok(!bad, "%s: corner cases%s: %u wrong", ops->name,
	       exact ? ", hits delivered" : "", bad);
}

/*
 * What always holds: a set that fits never misses twice, and a miss is
 * followed by a hit.  Looks stay in proportion to the faults.
 */
static void test_properties(const struct policy_ops *ops, bool exact)
{
	u32 i, bad = 0, round;
	u64 misses;

	sim_init(ops, 200, exact, 0);
	for (round = 0; round < 5; round++)
		for (i = 1; i <= 200; i++)
			sim_access(i);
	bad += sim.misses != 200;
	sim_init(ops, 100, exact, 0);
	for (i = 0; i < 20000; i++) {
		u32 a = 1 + tap_below(&seed, 1000), b = 1 + tap_below(&seed, 1000);

		bad += !sim_access(min(a, b));
		misses = sim.misses;
		sim_access(min(a, b));
		bad += sim.misses != misses;
	}
	bad += sim.bad != 0;
	tap_ok(!bad && sim.policy.looks <= 14 * sim.misses,
	       "%s: properties%s: %u wrong, %.1f looks a fault", ops->name,
	       exact ? ", hits delivered" : "", bad,
	       (double)sim.policy.looks / sim.misses);
}

static void test_params(const struct policy_ops *ops)
{
	const struct policy_param *param = ops->params;
	u32 i, value, bad = 0, nr;

	for (nr = 0; param && param[nr].name; nr++)
		;
	sim_init(ops, 64, runs(ops, false) ? false : true, 0);
	bad += policy_param_set(&sim.policy, "none", 1) != -EINVAL;
	bad += policy_param_get(&sim.policy, "none", &value) != -EINVAL;
	for (i = 0; i < nr; i++) {
		const char *name = param[i].name;
		u32 values[] = { param[i].min, param[i].max, param[i].def }, j, k;

		bad += param[i].min > param[i].def || param[i].def > param[i].max;
		bad += policy_param_get(&sim.policy, name, &value) ||
			value != param[i].def;
		bad += param[i].min &&
			policy_param_set(&sim.policy, name, param[i].min - 1) != -ERANGE;
		bad += policy_param_set(&sim.policy, name, param[i].max + 1) !=
			-ERANGE;
		for (j = 0; j < 3; j++) {
			bad += policy_param_set(&sim.policy, name, values[j]) != 0;
			for (k = 0; k < 500; k++)
				sim_access(1 + tap_below(&seed, 200));
		}
	}
	bad += nr > POLICY_PARAMS || sim.bad;
	tap_ok(!bad && sim_is_whole(ops), "%s: %u parameters: %u wrong",
	       ops->name, nr, bad);
}

/* Random events; at the end, nobody was lost or doubled. */
static void fuzz_one(const struct policy_ops *ops, bool exact,
		     const struct policy_ops *other, u32 events)
{
	static const u32 sizes[] = { 1, 2, 5, 40, 250, 700 };
	u32 frames = sizes[tap_below(&seed, ARRAY_SIZE(sizes))], i, page;

	sim_init(ops, frames, exact, tap_below(&seed, 8));
	for (i = 0; i < events && !sim.bad; i++) {
		page = 1 + tap_below(&seed, min_t(u32, 3 * frames, MAX_PAGES));
		switch (tap_below(&seed, 16)) {
		case 0:
			sim_evict(1 + tap_below(&seed, 32));
			break;
		case 1:
			if (sim.frame_of[page])
				sim_free(sim.frame_of[page], POLICY_DROP);
			break;
		case 2:
			if (!sim.frame_of[page] && sim.used < frames)
				sim_insert(page, POLICY_PREFETCH);
			break;
		case 3:
			if (!sim.frame_of[page] && sim.used < frames)
				sim_insert(page, POLICY_WRITE);
			break;
		case 4:
			policy_resize(&sim.policy, tap_below(&seed, 2 * frames));
			break;
		case 5:
			sim_writes_end();
			break;
		default:
			sim_access(page);
		}
		sim.bad += sim.policy.nr != sim.used;
		sim.bad += policy_ghosts(&sim.policy) > 2 * frames;
	}
	if (sim.bad || !sim_is_whole(other))
		sim.bad++;
}

static void test_fuzz(const struct policy_ops *ops)
{
	u32 round, bad = 0, rounds = tap_scaled(24), exact;

	for (exact = 0; exact < 2; exact++) {
		if (!runs(ops, exact))
			continue;
		for (round = 0; round < rounds && !bad; round++) {
			const struct policy_ops *other;
			u32 nr = 0;

			while (policy_nth(nr))
				nr++;
			do
				other = policy_nth(tap_below(&seed, nr));
			while (!runs(other, exact));
			fuzz_one(ops, exact, other, 1500);
			bad += sim.bad;
		}
	}
	tap_ok(!bad, "%s: random events: %u wrong", ops->name, bad);
}

/* Belady's anomaly: FIFO faults more with more memory, the others do not. */
static void test_anomaly(void)
{
	static const u32 pages[] = { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 };
	u64 misses[2];
	u32 i, c;

	for (c = 0; c < 2; c++) {
		sim_init(policy_find("fifo"), 3 + c, true, 0);
		for (i = 0; i < ARRAY_SIZE(pages); i++)
			sim_access(pages[i]);
		misses[c] = sim.misses;
	}
	tap_ok(misses[0] == 9 && misses[1] == 10,
	       "fifo shows Belady's anomaly: %llu and %llu faults",
	       (unsigned long long)misses[0], (unsigned long long)misses[1]);
}

static double loop_ratio(const char *name)
{
	u32 i, round, n = 0;

	sim_init(policy_find(name), 1000, true, 0);
	for (round = 0; round < 50; round++)
		for (i = 1; i <= 2000; i++, n++)
			sim_access(i);
	return (double)sim.misses / n;
}

static void test_loop(void)
{
	static const char *const all_miss[] = {
		"fifo", "clock", "gclock", "aging", "two-lists", "car", "sieve",
		"s3-fifo", "2q",
	};
	static const char *const resist[] = { "clock-pro", "qd-clock" };
	double ratio;
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(resist); i++) {
		ratio = loop_ratio(resist[i]);
		tap_ok(ratio <= 0.56, "a loop over twice the memory: %s %.3f",
		       resist[i], ratio);
	}
	for (i = 0; i < ARRAY_SIZE(all_miss); i++)
		bad += loop_ratio(all_miss[i]) < 1;
	tap_ok(!bad, "and %zu others miss always", ARRAY_SIZE(all_miss));
}

/* The first touch is not believed: with it these miss what FIFO misses. */
static void test_fresh_window(void)
{
	static const char *const names[] = { "sieve", "s3-fifo", "car", "clock",
					      "qd-clock" };
	double fifo = 0, ratio;
	u32 i, n, bad = 0;

	for (n = 0; n <= ARRAY_SIZE(names); n++) {
		uint64_t s = 42;

		sim_init(policy_find(n ? names[n - 1] : "fifo"), 400, false, 0);
		for (i = 0; i < 100000; i++) {
			/* Skewed: a product of two is mostly small. */
			u64 page = tap_below(&s, MAX_PAGES);

			page = page * tap_below(&s, MAX_PAGES) / MAX_PAGES;
			sim_access(1 + page * page / MAX_PAGES);
		}
		ratio = (double)sim.misses / i;
		if (!n)
			fifo = ratio;
		else if (ratio > fifo - 0.02)
			bad++;
		printf("# %s %.4f\n", n ? names[n - 1] : "fifo", ratio);
	}
	tap_ok(!bad, "sampled bits beat FIFO");
}

/* WSClock writes old dirty pages while clean ones go. */
static void test_wsclock(void)
{
	u32 i;

	sim_init(policy_find("wsclock"), 64, false, SIM_DIRTY);
	for (i = 0; i < 5000; i++)
		sim_access(1 + i % 500);
	/* Half of the pages are written to; each leaves clean. */
	tap_ok(sim.cleaned >= 2400 && sim.writes == sim.cleaned && !sim.bad,
	       "wsclock has %llu of %llu pages written before they leave",
	       (unsigned long long)sim.cleaned, (unsigned long long)sim.writes);
}

/* Pages unused for tau leave although there is room. */
static void test_working_set(void)
{
	u32 i, hot;

	sim_init(policy_find("working-set"), 1000, false, 0);
	policy_param_set(&sim.policy, "tau", 100);
	for (i = 0; i < 3000; i++) {
		sim_access(100 + i);
		sim_access(1 + i % 10);
	}
	for (hot = 0, i = 1; i <= 10; i++)
		hot += sim.frame_of[i] != 0;
	tap_ok(sim.used < 150 && hot == 10,
	       "working set: %u of 1000 frames in use, %u of 10 hot pages",
	       sim.used, hot);
}

static void test_names(void)
{
	static const char *const names[] = {
		"fifo", "second-chance", "clock", "gclock", "nru", "aging",
		"nfu", "two-lists", "mglru", "working-set", "wsclock", "2q",
		"car", "clock-pro", "s3-fifo", "sieve", "mru", "random",
		"qd-clock",
	};
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		bad += !policy_find(names[i]);
	bad += policy_find("second-chance") != policy_find("clock");
	bad += policy_find("") != policy_find("qd-clock");
	tap_ok(!bad, "all names are known: %u are not", bad);
}

int main(void)
{
	const struct policy_ops *ops;
	u32 i, exact;

	tap_begin();
	seed = tap_seed;
	test_names();
	for (i = 0; (ops = policy_nth(i)); i++) {
		for (exact = 0; exact < 2; exact++) {
			if (!runs(ops, exact))
				continue;
			test_corners(ops, exact);
			test_properties(ops, exact);
		}
		if (runs(ops, true)) {
			test_params(ops);
			test_fuzz(ops);
		}
	}
	test_anomaly();
	test_loop();
	test_fresh_window();
	test_wsclock();
	test_working_set();
	free(sim.memory);
	return tap_end();
}
