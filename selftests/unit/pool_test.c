// SPDX-License-Identifier: GPL-2.0
/*
 * The pool against a naive model: an array that says for each frame which
 * block it belongs to.  Every frame that is handed out is stamped, so that a
 * frame in two blocks is seen even if the tables agree with each other.
 */
#include "pool_host.h"
#include "tap.h"

#define MAX_BLOCKS	8192

struct block {
	u32 frame;
	u32 stamp;
	u8 order;
};

/* The model: blocks handed out, and who owns each frame. */
static struct model {
	struct block blocks[MAX_BLOCKS];
	u32 owner[(128 + 1) << POOL_MAX_ORDER];
	unsigned int nr;
	u32 used;
	u32 lost;
	u32 stamp;
	u64 rnd;
	u64 bad;
	const char *error;
} m;

static void model_reset(u64 seed)
{
	memset(&m, 0, sizeof(m));
	m.rnd = seed;
}

static bool model_fail(const char *what)
{
	if (!m.error)
		m.error = what;
	return false;
}

static u32 *stamp_of(u32 frame)
{
	return (u32 *)pool_addr(frame);
}

static bool model_add(u32 frame, unsigned int order, unsigned int flags)
{
	struct block *b = &m.blocks[m.nr++];
	u32 i;

	b->frame = frame;
	b->order = order;
	b->stamp = ++m.stamp;
	if (frame & ((1u << order) - 1))
		return model_fail("block not aligned");
	for (i = 0; i < 1u << order; i++) {
		if (m.owner[frame + i])
			return model_fail("frame handed out twice");
		m.owner[frame + i] = b->stamp;
		if (flags & POOL_ZERO &&
		    memchr_inv(pool_addr(frame + i), 0, PAGE_SIZE))
			return model_fail("frame not zeroed");
		*stamp_of(frame + i) = b->stamp;
		if (pool_desc(frame + i) != pool_desc(frame) + i * 32)
			return model_fail("descriptors not in a row");
	}
	m.used += 1u << order;
	return true;
}

static struct block model_del(unsigned int n)
{
	struct block b = m.blocks[n];
	u32 i;

	for (i = 0; i < 1u << b.order; i++) {
		if (m.owner[b.frame + i] != b.stamp)
			model_fail("model broken");
		if (*stamp_of(b.frame + i) != b.stamp)
			model_fail("contents changed by another owner");
		m.owner[b.frame + i] = 0;
	}
	m.blocks[n] = m.blocks[--m.nr];
	m.used -= 1u << b.order;
	return b;
}

/* Each frame of each arena, handed out, free or lost, comes once. */
static u32 walk_frames(void)
{
	u32 frame, nr = 0, last = 0;

	for (frame = pool_frame_next(0); frame;
	     frame = pool_frame_next(frame + 1)) {
		if (frame <= last)
			return 0;
		last = frame;
		nr++;
	}
	return nr;
}

static bool model_check(bool deep)
{
	struct pool_stats s;
	u32 rest;
	int ret;

	pool_stats_get(&s);
	if (s.used != m.used)
		return model_fail("used is wrong");
	if (s.total != s.used + s.free || s.total > s.limit)
		return model_fail("total is wrong");
	if (s.total != host_frames_out)
		return model_fail("total is not what the host gave");
	if (s.free != pool_free_frames() || s.peak < s.used)
		return model_fail("free or peak is wrong");
	rest = s.free - s.cached + s.limit - s.total;
	if (pool_available_frames() !=
	    s.cached + (rest > s.reserve ? rest - s.reserve : 0))
		return model_fail("available is wrong");
	if (deep) {
		u32 walked = walk_frames();

		/* Lost frames come as long as their arena is there. */
		if (walked < s.total || walked > s.total + s.lost)
			return model_fail("the walk over the frames is wrong");
	}
	if (s.lost != m.lost || s.bad_frees != m.bad)
		return model_fail("lost or bad_frees is wrong");
	ret = deep ? pool_check() : 0;
	if (ret) {
		printf("# pool_check: %d\n", ret);
		return model_fail("pool_check");
	}
	return true;
}

static void op_alloc(void)
{
	static const unsigned int flags[] = {
		0, POOL_ZERO, POOL_NOWAIT, POOL_RESERVE,
		POOL_RESERVE | POOL_ZERO, POOL_NOWAIT | POOL_RESERVE,
	};
	unsigned int f = flags[tap_below(&m.rnd, ARRAY_SIZE(flags))];
	unsigned int order = tap_below(&m.rnd, 3) ? 0 :
			     tap_below(&m.rnd, 2) ? 4 :
			     tap_below(&m.rnd, POOL_NR_ORDERS);
	u32 frame;

	if (m.nr == MAX_BLOCKS)
		return;
	frame = order ? pool_alloc(order, f) : pool_frame_alloc(f);
	if (frame)
		model_add(frame, order, f);
}

static void op_alloc_bulk(void)
{
	u32 frames[200];
	unsigned int want = 1 + tap_below(&m.rnd, ARRAY_SIZE(frames)), got, i;
	unsigned int f = tap_below(&m.rnd, 4) ? 0 : POOL_ZERO;

	if (m.nr + want > MAX_BLOCKS)
		return;
	got = pool_frame_alloc_bulk(frames, want, f);
	if (got > want)
		model_fail("bulk gave too many");
	for (i = 0; i < got; i++)
		model_add(frames[i], 0, f);
}

static void op_free(void)
{
	struct block b;

	if (!m.nr)
		return;
	b = model_del(tap_below(&m.rnd, m.nr));
	if (b.order)
		pool_free(b.frame, b.order);
	else
		pool_frame_free(b.frame);
}

static void op_free_bulk(void)
{
	unsigned int want = tap_below(&m.rnd, 100), n, k = 0;
	u32 frames[100];

	while (m.nr && k < want) {
		n = tap_below(&m.rnd, m.nr);
		if (m.blocks[n].order)
			break;
		frames[k++] = model_del(n).frame;
	}
	pool_frame_free_bulk(frames, k);
}

static void op_lose(void)
{
	unsigned int n;

	if (!m.nr)
		return;
	n = tap_below(&m.rnd, m.nr);
	if (m.blocks[n].order)
		return;
	pool_frame_lose(model_del(n).frame);
	m.lost++;
}

/* Numbers that must be refused: free ones, middles, wrong orders, nonsense. */
static void op_bad(void)
{
	u32 frame = tap_below(&m.rnd, ARRAY_SIZE(m.owner));
	unsigned int order = tap_below(&m.rnd, 13), i;

	for (i = 0; i < m.nr; i++)
		if (m.blocks[i].frame == frame && m.blocks[i].order == order)
			return;
	m.bad++;
	if (order)
		pool_free(frame, order);
	else if (tap_below(&m.rnd, 2))
		pool_frame_free(frame);
	else
		pool_frame_lose(frame);
}

static void model_step(bool bad)
{
	unsigned int what = tap_below(&m.rnd, 1000);

	host_cpu = tap_below(&m.rnd, host_cpus);
	if (what < 440)
		op_alloc();
	else if (what < 880)
		op_free();
	else if (what < 920)
		op_alloc_bulk();
	else if (what < 960)
		op_free_bulk();
	else if (what < 962)
		op_lose();
	else if (what < 970)
		pool_trim(tap_below(&m.rnd, 2) ? 0 : m.used);
	else if (what < 972)
		pool_trim_excess();
	else if (what < 980)
		pool_drain();
	else if (bad)
		op_bad();
}

/* Free all in random order: then each arena must be one block again. */
static int one_block(const struct pool_arena_info *info, void *arg)
{
	(void)arg;
	if (info->lost)
		return 0;
	return info->free == info->frames && info->largest == info->frames &&
	       info->blocks[ilog2(info->frames)] == 1 ? 0 : -1;
}

static bool model_end(void)
{
	while (m.nr)
		op_free();
	pool_drain();
	if (!model_check(true))
		return false;
	if (pool_buddyinfo(one_block, NULL))
		return model_fail("arena not whole after everything was freed");
	return true;
}

static bool random_run(u64 seed, const struct pool_config *cfg,
		       unsigned long steps, unsigned int deep_every)
{
	unsigned long i;
	bool ok = true;

	model_reset(seed);
	if (pool_init(cfg))
		return model_fail("pool_init");
	for (i = 0; i < steps && ok; i++) {
		model_step(true);
		ok = !m.error && model_check(i % deep_every == 0);
	}
	ok = ok && model_end();
	if (m.error)
		printf("# step %lu: %s\n", i, m.error);
	pool_exit();
	if (host_frames_out || host_allocs) {
		printf("# %u frames, %ld allocations leaked\n", host_frames_out,
		       host_allocs);
		ok = false;
	}
	return ok;
}

static void test_random(void)
{
	static const struct {
		struct pool_config cfg;
		unsigned int cpus, order_max;
		u32 frames_max;
		unsigned long steps;
		unsigned int deep_every;
	} runs[] = {
		{ { 1, 0, 0, 32 }, 1, 10, U32_MAX, 20000, 1 },
		{ { 17, 3, 2, 32 }, 2, 10, U32_MAX, 100000, 1 },
		{ { 100, 100, 9, 32 }, 3, 10, U32_MAX, 500000, 1 },
		{ { 128, 16, 0, 32 }, 1, 3, U32_MAX, 500000, 1 },
		{ { 2048, 100, 64, 32 }, 2, 10, U32_MAX, 500000, 16 },
		{ { 2048, 0, 64, 32 }, 4, 10, 1500, 500000, 16 },
		{ { 8192, 1024, 16, 32 }, 8, 10, U32_MAX, 1000000, 512 },
		{ { 8192, 1024, 16, 32 }, 2, 7, 6000, 500000, 512 },
	};
	unsigned int i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		host_cpus = runs[i].cpus;
		host_order_max = runs[i].order_max;
		host_frames_max = runs[i].frames_max;
		host_quiet = true;
		ok = random_run(tap_seed + i, &runs[i].cfg,
				tap_scaled(runs[i].steps), runs[i].deep_every);
		host_quiet = false;
		tap_ok(ok, "random: limit %u, min %u, reserve %u, %u CPUs, %lu steps",
		       runs[i].cfg.limit_frames, runs[i].cfg.min_frames,
		       runs[i].cfg.reserve_frames, runs[i].cpus,
		       tap_scaled(runs[i].steps));
	}
	host_order_max = POOL_MAX_ORDER;
	host_frames_max = U32_MAX;
	host_cpu = 0;
	host_cpus = 1;
}

/* All frames out one by one, freed in random order, 16 times over. */
static void test_fragmentation(void)
{
	struct pool_config cfg = { .limit_frames = 8192, .desc_size = 32 };
	static u32 f[8192];
	u64 rnd = tap_seed;
	unsigned int round, i, k;
	bool ok = !pool_init(&cfg);

	for (round = 0; ok && round < 16; round++) {
		for (i = 0; ok && i < 8192; i++)
			ok = (f[i] = pool_frame_alloc(0));
		ok = ok && !pool_frame_alloc(0);
		for (i = 0; i < 8192; i++) {
			k = i + tap_below(&rnd, 8192 - i);
			swap(f[i], f[k]);
		}
		for (i = 0; i < 8192; i++)
			pool_frame_free(f[i]);
		pool_drain();
		ok = ok && !pool_check() && !pool_buddyinfo(one_block, NULL);
		/* Now the largest blocks must be there. */
		for (i = 0; ok && i < 8; i++)
			ok = (f[i] = pool_alloc(POOL_MAX_ORDER, 0));
		for (i = 0; i < 8; i++)
			pool_free(f[i], POOL_MAX_ORDER);
	}
	tap_ok(ok, "fragmentation: one block an arena after freeing all at random");
	tap_ok(pool_trim(0) == 8192 && !host_frames_out, "empty arenas go back");
	pool_exit();
}

/* What is handed out last must be reachable from any CPU. */
static void test_exhaustion(void)
{
	struct pool_config cfg = { .limit_frames = 1024, .reserve_frames = 8 };
	struct pool_stats s;
	u32 f[1024], n = 0, i;
	bool ok;

	host_cpus = 4;
	pool_init(&cfg);
	while (n < 1024 && (f[n] = pool_frame_alloc(0)))
		n++;
	pool_stats_get(&s);
	tap_ok(n == 1016 && s.free == 8 && s.fails[POOL_FAIL_RESERVE] == 1,
	       "all but the reserve can be had");
	while (n < 1024 && (f[n] = pool_frame_alloc(POOL_RESERVE)))
		n++;
	tap_ok(n == 1024 && !pool_frame_alloc(POOL_RESERVE),
	       "the reserve is for POOL_RESERVE");
	/* The reserve first; then 12 for CPU 3's magazine.  CPU 0 needs them. */
	host_cpu = 3;
	while (n > 1004)
		pool_frame_free(f[--n]);
	pool_stats_get(&s);
	ok = s.cached == 12;
	for (i = 0; i < 12; i++)
		pool_frame_free(pool_frame_alloc(0));
	while (n < 1016 && (f[n] = pool_frame_alloc(0)))
		n++;
	tap_ok(ok && n == 1016 && !pool_frame_alloc(0),
	       "what was taken from the reserve is paid back first");
	while (n > 1004)
		pool_frame_free(f[--n]);
	host_cpu = 0;
	pool_stats_get(&s);
	ok = s.cached == 12;
	while (n < 1024 && (f[n] = pool_frame_alloc(POOL_RESERVE)))
		n++;
	tap_ok(ok && n == 1024, "another CPU's magazine is reachable");
	pool_stats_get(&s);
	tap_ok(s.fails[POOL_FAIL_LIMIT] == 1, "failure at the limit is counted");
	while (n)
		pool_frame_free(f[--n]);
	pool_exit();
	host_cpus = 1;
}

static void test_reasons(void)
{
	struct pool_config cfg = { .limit_frames = 2048 };
	struct pool_stats s;
	u32 f[1024], i;
	bool ok;

	pool_init(&cfg);
	ok = !pool_frame_alloc(POOL_NOWAIT);
	pool_stats_get(&s);
	tap_ok(ok && s.fails[POOL_FAIL_NOWAIT] == 1, "reason: may not wait");
	host_frames_max = 0;
	ok = !pool_frame_alloc(0);
	pool_stats_get(&s);
	tap_ok(ok && s.fails[POOL_FAIL_KERNEL] == 1, "reason: kernel has none");
	host_frames_max = 1024;
	for (i = 0; i < 1024; i++)
		f[i] = pool_frame_alloc(0);
	for (i = 0; i < 1024; i++)
		if (f[i] & 1)
			pool_frame_free(f[i]);
	ok = !pool_alloc(1, POOL_NOWAIT);
	host_frames_max = U32_MAX;
	cfg.limit_frames = 1024;
	tap_ok(ok, "no pair where only odd frames are free");
	for (i = 0; i < 1024; i++)
		if (!(f[i] & 1))
			pool_frame_free(f[i]);
	pool_exit();

	pool_init(&cfg);
	for (i = 0; i < 1024; i++)
		f[i] = pool_frame_alloc(0);
	for (i = 0; i < 1024; i++)
		if (f[i] & 1)
			pool_frame_free(f[i]);
	ok = !pool_alloc(1, 0);
	pool_stats_get(&s);
	tap_ok(ok && s.fails[POOL_FAIL_FRAGMENTED] == 1, "reason: fragmented");
	host_quiet = true;
	ok = !pool_alloc(11, 0) && !pool_frame_alloc(1 << 20) &&
	     !pool_alloc(4, 1 << 20) && !pool_frame_alloc_bulk(f + 1, 1, 1 << 9);
	host_quiet = false;
	pool_stats_get(&s);
	tap_ok(ok && s.fails[POOL_FAIL_BAD] == 4, "reason: bad request");
	for (i = 0; i < 1024; i++)
		if (!(f[i] & 1))
			pool_frame_free(f[i]);
	pool_exit();
}

static void test_bad_input(void)
{
	static const struct pool_config bad[] = {
		{ .limit_frames = 0 },
		{ .limit_frames = U32_MAX },
		{ .limit_frames = 10, .min_frames = 11 },
		{ .limit_frames = 10, .reserve_frames = 10 },
		{ .limit_frames = 10, .desc_size = 24 },
		{ .limit_frames = 10, .desc_size = 8192 },
	};
	struct pool_config cfg = { .limit_frames = 512, .desc_size = 32 };
	unsigned int i, n = 0;
	u32 f;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		n += pool_init(&bad[i]) == -EINVAL;
	tap_ok(n == ARRAY_SIZE(bad), "nonsensical sizes are refused");
	pool_init(&cfg);
	host_quiet = true;
	host_reports = 0;
	f = pool_frame_alloc(0);
	pool_frame_free(f);
	pool_frame_free(f);
	pool_frame_free(0);
	pool_frame_free(U32_MAX);
	pool_free(f, 3);
	pool_frame_lose(f);
	f = pool_alloc(3, 0);
	pool_free(f, 2);
	pool_free(f + 1, 3);
	pool_frame_free(f);
	pool_slab_mark(f, 3, true);
	pool_free(f, 3);
	pool_slab_mark(f, 3, false);
	tap_ok(host_reports == 9 && !pool_check(),
	       "wrong frees are refused and reported (%ld of 9)", host_reports);
	pool_free(f, 3);
	f = pool_frame_alloc(0);
	host_reports = 0;
	pool_exit();
	tap_ok(host_reports == 1 && !host_frames_out,
	       "a leak is reported, and the frames go back");
	host_quiet = false;
}

/*
 * In a pool whose frames come and go all the time, with no more than @slack free,
 * slabs of @order stay in one arena, and all others go back when they are empty.
 */
static void test_slabs_together(u32 slack, unsigned int order)
{
	struct pool_config cfg = {
		.limit_frames = 8 * POOL_ARENA_FRAMES, .reserve_frames = 64,
		.desc_size = 32
	};
	static u32 frames[8 * POOL_ARENA_FRAMES], slabs[64];
	u32 full = cfg.limit_frames - slack - cfg.reserve_frames, swap;
	u32 arenas = 0, nr = ARRAY_SIZE(slabs) >> order, one = 1u << order;
	unsigned int i, j, at;
	u64 random = tap_seed;

	pool_init(&cfg);
	for (i = 0; i < full; i++)
		frames[i] = pool_frame_alloc(0);
	for (i = 0; i < nr; i++) {
		/* Others come than went, but for as many as the slab needs. */
		for (j = 0; j < 256; j++) {
			at = j + tap_below(&random, full - j);
			swap = frames[at];
			frames[at] = frames[j];
			frames[j] = swap;
			pool_frame_free(frames[j]);
		}
		for (j = 0; j < one; j++)
			frames[j] = frames[--full];
		for (j = one; j < 256; j++)
			frames[j] = pool_frame_alloc(0);
		slabs[i] = pool_slab_alloc(order, POOL_NOWAIT);
		pool_slab_mark(slabs[i], order, true);
		arenas |= 1u << (slabs[i] >> POOL_MAX_ORDER);
	}
	tap_ok(!pool_check() && arenas == 1u << 1,
	       "%u slabs of %u frames, %u frames free: in %d of 8 arenas", nr,
	       one, slack, __builtin_popcount(arenas));
	for (i = 0; i < full; i++)
		pool_frame_free(frames[i]);
	pool_trim(0);
	tap_ok(pool.total == POOL_ARENA_FRAMES, "and the others go: %u frames",
	       pool.total);
	for (i = 0; i < nr; i++) {
		pool_slab_mark(slabs[i], order, false);
		pool_free(slabs[i], order);
	}
	pool_exit();
}

/* Make the Nth internal allocation of a whole life fail, for each N. */
static void test_alloc_failure(void)
{
	struct pool_config cfg = {
		.limit_frames = 4096, .min_frames = 1024, .desc_size = 32
	};
	unsigned int n, failed = 0;
	bool ok = true;
	u32 a, b;
	int ret;

	for (n = 1; n < 100; n++) {
		host_fail_at = n;
		ret = pool_init(&cfg);
		if (!ret) {
			a = pool_alloc(10, 0);
			b = pool_alloc(10, 0);
			ok &= a || b || host_fail_at <= 0;
			ok &= !pool_check();
			if (a)
				pool_free(a, 10);
			if (b)
				pool_free(b, 10);
			pool_exit();
		} else {
			ok &= ret == -ENOMEM;
			failed++;
		}
		ok &= !host_frames_out && !host_allocs;
		if (host_fail_at > 0)
			break;
	}
	host_fail_at = 0;
	tap_ok(ok && n > 8 && n < 100 && failed,
	       "failure of each of %u internal allocations", n - 1);
}

static void test_lookup(void)
{
	struct pool_config cfg = { .limit_frames = 8192, .desc_size = 16 };
	static u32 f[8192];
	char map[POOL_ARENA_FRAMES + 1];
	bool ok = true, desc = true;
	unsigned int i, n;
	int x;

	host_order_max = 6;
	pool_init(&cfg);
	for (i = 0; i < 8192; i++) {
		f[i] = pool_frame_alloc(0);
		ok &= pool_frame_lookup(pool_addr(f[i])) == f[i];
		ok &= pool_frame_lookup(pool_addr(f[i]) + 4095) == f[i];
		memset(pool_desc(f[i]), i, 16);
	}
	for (i = 0; i < 8192; i++)
		desc &= !memchr_inv(pool_desc(f[i]), (u8)i, 16);
	ok &= !pool_frame_lookup(&x) && !pool_frame_lookup(NULL);
	tap_ok(ok, "address to frame and back");
	tap_ok(desc, "descriptors belong to one frame each");
	pool_frame_free_bulk(f, 64);
	pool_frame_lose(f[64]);
	for (i = 1, n = 0; i < 200; i++) {
		pool_buddymap(i, map);
		n += strlen(map);
	}
	tap_ok(n <= 8192 && n > 8000, "the map has a letter a block");
	for (i = 65; i < 8192; i++)
		pool_frame_free(f[i]);
	pool_exit();
	host_order_max = POOL_MAX_ORDER;
}

/* Memory that is no arena counts against the limit, and pushes empty arenas out. */
static void test_room(void)
{
	struct pool_config cfg = { .limit_frames = 2048 };
	struct pool_stats s;
	bool ok;
	u32 a, b;

	pool_init(&cfg);
	a = pool_alloc(10, 0);
	b = pool_alloc(10, 0);
	ok = a && b && !pool_room_take(1) && !pool_room_take(4096);
	pool_free(b, 10);
	ok = ok && pool_room_take(512) && !pool_room_take(600);
	pool_stats_get(&s);
	ok = ok && s.used == 1536 && s.total == 1536 && !pool_check();
	ok = ok && !pool_alloc(10, 0);
	pool_room_give(512);
	pool_free(a, 10);
	tap_ok(ok, "whole folios count against the limit");
	pool_exit();
}

static void test_split(void)
{
	struct pool_config cfg = { .limit_frames = 1024, .desc_size = 32 };
	struct pool_stats before, s;
	u32 a, i;
	bool ok;

	pool_init(&cfg);
	a = pool_alloc(5, 0);
	pool_stats_get(&before);
	pool_split(a, 5);
	ok = a && !pool_check();
	/* It is no block any more, nor ever was one of another order. */
	pool_split(a, 5);
	pool_free(a, 5);
	pool_stats_get(&s);
	ok = ok && s.bad_frees == before.bad_frees + 2;
	for (i = 20; i < 32; i++)
		pool_frame_free(a + i);
	pool_drain();
	pool_stats_get(&s);
	ok = ok && s.used == 20 && !pool_check();
	for (i = 0; i < 20; i++)
		pool_frame_free(a + i);
	pool_drain();
	pool_stats_get(&s);
	ok = ok && !s.used && !pool_check() && pool_alloc(10, 0);
	tap_ok(ok, "a block is split, freed in parts, and whole again");
	pool_exit();
}

static void test_join(void)
{
	struct pool_config cfg = { .limit_frames = 1024, .desc_size = 32 };
	struct pool_stats before, s;
	u32 a, b, frames[8];
	bool ok;

	pool_init(&cfg);
	a = pool_alloc(3, 0);
	b = pool_alloc(3, 0);
	pool_stats_get(&before);
	/* A block is no run of single frames, nor is one with a hole. */
	pool_join(a, 3);
	pool_split(a, 3);
	pool_join(a + 1, 1);
	pool_join(a, 4);
	pool_frame_free(a + 5);
	pool_drain();
	pool_join(a, 3);
	pool_stats_get(&s);
	ok = a && b && s.bad_frees == before.bad_frees + 4 && !pool_check();
	ok = ok && pool_run_take(a, 8, frames) == 1 && !pool_check();
	pool_join(a, 3);
	pool_stats_get(&s);
	ok = ok && s.used == 16 && s.bad_frees == 4 && !pool_check();
	pool_free(a, 3);
	pool_free(b, 3);
	pool_drain();
	pool_stats_get(&s);
	ok = ok && !s.used && !pool_check() && pool_alloc(10, 0);
	tap_ok(ok, "single frames become a block, and are freed as one");
	pool_exit();
}

/* What is free of a run is taken, wherever it lies, and nothing else. */
static void test_runs(void)
{
	struct pool_config cfg = { .limit_frames = 2048, .desc_size = 32 };
	u32 frames[512], block, a, i, n, seen = 0;
	struct pool_stats s;
	bool ok;

	pool_init(&cfg);
	block = pool_alloc(9, 0);
	ok = block && !pool_run_take(block, 512, frames) &&
	     !pool_run_free(block, 512);
	/* A free block larger than the run is left alone. */
	a = block ^ 512;
	ok = ok && !pool_run_take(a, 256, frames) && !pool_run_free(a, 256) &&
	     pool_run_free(a, 512) == 512;
	pool_split(block, 9);
	for (i = 0; i < 512; i++)
		if (i % 3)
			pool_frame_free(block + i);
	pool_drain();
	ok = ok && pool_run_free(block, 512) == 341 && !pool_check();
	n = pool_run_take(block, 512, frames);
	for (i = 0; i < n; i++)
		seen += frames[i] >= block && frames[i] < block + 512 &&
			(frames[i] - block) % 3;
	pool_stats_get(&s);
	ok = ok && n == 341 && seen == n && s.used == 512 && !pool_check();
	/* All of it is ours again, and goes back whole. */
	for (i = 0; i < 512; i++)
		pool_frame_free(block + i);
	pool_drain();
	pool_stats_get(&s);
	ok = ok && !s.used && !pool_check() && pool_run_free(block & ~1023u, 1024) == 1024;
	ok = ok && pool_run_take(block & ~1023u, 256, frames) == 0;
	/* There is no such arena. */
	ok = ok && !pool_run_take(block + (1u << POOL_MAX_ORDER), 256, frames);
	tap_ok(ok, "the free frames of a run are taken, one by one");
	pool_exit();
}

static void test_metadata(void)
{
	struct pool_config cfg = {
		.limit_frames = 16384, .min_frames = 16384, .desc_size = 32
	};
	struct pool_stats s;

	host_cpus = 2;
	pool_init(&cfg);
	pool_stats_get(&s);
	tap_ok(s.meta_bytes * 100 <= (u64)s.total << PAGE_SHIFT,
	       "metadata: %llu bytes for %u frames, %.2f %%",
	       (unsigned long long)s.meta_bytes, s.total,
	       100.0 * s.meta_bytes / ((u64)s.total << PAGE_SHIFT));
	pool_exit();
	host_cpus = 1;
}

int main(void)
{
	tap_begin();
	test_bad_input();
	test_reasons();
	test_exhaustion();
	test_lookup();
	test_metadata();
	test_room();
	test_split();
	test_join();
	test_runs();
	test_fragmentation();
	test_slabs_together(256, 0);
	test_slabs_together(0, 0);
	test_slabs_together(0, 2);
	test_slabs_together(0, 4);
	test_alloc_failure();
	test_random();
	return tap_end();
}
