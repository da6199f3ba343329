// SPDX-License-Identifier: GPL-2.0
/* The slab allocator against a naive model: a list of live objects. */
#include "pool_host.h"
#include "tap.h"
#include "../../module/pool/slab.h"

#define MAX_LIVE	4000
#define NR_CACHES	5

struct live {
	u8 *obj;
	struct slab_cache *cache;
	u32 size;
	u8 stamp;
};

static struct live live[MAX_LIVE];
static unsigned int nr_live;
static u64 rnd;

static bool pool_up(u32 limit)
{
	struct pool_config cfg = { .limit_frames = limit };

	return !pool_init(&cfg);
}

static bool pool_down(void)
{
	struct pool_stats s;
	bool ok = !pool_check();

	pool_stats_get(&s);
	ok = ok && !s.used;
	pool_exit();
	return ok && !host_frames_out && !host_allocs;
}

static struct slab_cache *cache_new(const char *name, u32 size, u32 align,
				    unsigned int debug)
{
	struct slab_config cfg = {
		.name = name, .size = size, .align = align, .debug = debug
	};

	return slab_cache_create(&cfg);
}

static void test_config(void)
{
	static const struct slab_config bad[] = {
		{ .name = "x", .size = 0 },
		{ .name = "x", .size = SLAB_MAX_SIZE + 1 },
		{ .name = "x", .size = 8, .align = 24 },
		{ .name = "x", .size = 8, .align = 8192 },
		{ .name = NULL, .size = 8 },
		{ .name = "", .size = 8 },
		{ .name = "x", .size = 8, .debug = 1 << 20 },
	};
	unsigned int i, n = 0;

	pool_up(1024);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		n += PTR_ERR(slab_cache_create(&bad[i])) == -EINVAL;
	tap_ok(n == ARRAY_SIZE(bad), "nonsensical caches are refused");
	slab_debug_set(~0u);
	tap_ok(slab_debug_get() == SLABF_ALL, "default debug modes");
	slab_debug_set(0);
	tap_ok(pool_down(), "nothing is left");
}

/* Objects of one cache: aligned, apart from each other, inside the slab. */
static u32 layout_bad(u32 size, u32 align, unsigned int debug, u64 *waste)
{
	static u8 *objs[300];
	struct slab_cache *c = cache_new("layout", size, align, debug);
	struct slab_info info;
	u32 i, bad = 0;

	if (IS_ERR(c))
		return 1;
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = slab_alloc(c, 0);
		if (!objs[i] || (align && (unsigned long)objs[i] % align) ||
		    slab_cache_of(objs[i]) != c ||
		    slab_cache_of(objs[i] + size - 1) != c)
			bad++;
		else
			memset(objs[i], i, size);
	}
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		bad += !!memchr_inv(objs[i], (u8)i, size);
	slab_info_get(c, &info);
	bad += info.active != ARRAY_SIZE(objs) || slab_check(c);
	*waste = (PAGE_SIZE << info.order) - (u64)info.per_slab * info.stride;
	*waste = *waste * 100 / (PAGE_SIZE << info.order);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		slab_free(c, objs[i]);
	return bad + (info.bad || slab_cache_destroy(c));
}

static void test_layout(void)
{
	static const u32 aligns[] = { 0, 16, 64, 256, 4096 };
	u32 size, a, bad = 0, tried = 0;
	u64 waste, worst = 0;

	pool_up(1 << 15);
	for (size = 1; size <= SLAB_MAX_SIZE; size += 1 + size / 7) {
		for (a = 0; a < ARRAY_SIZE(aligns); a++, tried += 2) {
			bad += layout_bad(size, aligns[a], SLABF_ALL, &waste);
			bad += layout_bad(size, aligns[a], 0, &waste);
			if (!a)
				worst = max(worst, waste);
		}
	}
	tap_ok(!bad, "layout of %u caches", tried);
	tap_ok(worst <= 12, "at most %llu %% of a slab is wasted",
	       (unsigned long long)worst);
	tap_ok(pool_down(), "nothing is left");
}

static bool live_add(struct slab_cache *c, u32 size, void *obj, bool zero)
{
	struct live *l = &live[nr_live++];

	if (zero && memchr_inv(obj, 0, size))
		return false;
	l->obj = obj;
	l->cache = c;
	l->size = size;
	l->stamp = tap_next(&rnd);
	memset(obj, l->stamp, size);
	return true;
}

static bool live_del(unsigned int i, struct live *l)
{
	*l = live[i];
	live[i] = live[--nr_live];
	return !memchr_inv(l->obj, l->stamp, l->size);
}

static bool live_step(struct slab_cache **caches, const u32 *sizes)
{
	unsigned int k = tap_below(&rnd, NR_CACHES), what = tap_below(&rnd, 100);
	void *objs[40];
	unsigned int i, n, flags;
	struct live l;
	bool ok = true;

	host_cpu = tap_below(&rnd, host_cpus);
	if (what < 45) {
		flags = tap_below(&rnd, 3) ? 0 : POOL_ZERO;
		objs[0] = nr_live < MAX_LIVE ? slab_alloc(caches[k], flags) : NULL;
		return !objs[0] || live_add(caches[k], sizes[k], objs[0], flags);
	}
	if (what < 90 && nr_live) {
		ok = live_del(tap_below(&rnd, nr_live), &l);
		if (what & 1)
			slab_free(l.cache, l.obj);
		else
			slab_free_addr(l.obj);
		return ok;
	}
	if (what < 94 && nr_live + 40 < MAX_LIVE) {
		n = slab_alloc_bulk(caches[k], objs, 40, 0);
		for (i = 0; i < n; i++)
			live_add(caches[k], sizes[k], objs[i], false);
	} else if (what < 98) {
		for (n = 0; n < 40 && nr_live && ok; n++) {
			ok = live_del(tap_below(&rnd, nr_live), &l);
			objs[0] = l.obj;
			slab_free_bulk(l.cache, objs, 1);
		}
	} else if (what < 99) {
		slab_shrink(caches[k]);
	} else {
		slab_shrink_all();
	}
	return ok;
}

static void test_random(u32 limit, unsigned int cpus, unsigned int debug,
			unsigned long steps)
{
	static const u32 sizes[NR_CACHES] = { 1, 24, 100, 1024, 5000 };
	struct slab_cache *caches[NR_CACHES];
	struct slab_info info;
	bool ok = pool_up(limit);
	unsigned long s;
	unsigned int i;
	u64 active;
	struct live l;

	host_cpus = cpus;
	rnd = tap_seed + limit + cpus;
	nr_live = 0;
	for (i = 0; i < NR_CACHES; i++)
		caches[i] = cache_new("random", sizes[i], i << 3 & 16, debug);
	for (s = 0; s < steps && ok; s++) {
		ok = live_step(caches, sizes);
		if (s % 16)
			continue;
		for (i = 0, active = 0; i < NR_CACHES && ok; i++) {
			ok = !slab_check(caches[i]);
			slab_info_get(caches[i], &info);
			active += info.active;
			ok = ok && !info.bad;
		}
		ok = ok && active == nr_live;
	}
	while (nr_live && ok) {
		ok = live_del(nr_live - 1, &l);
		slab_free(l.cache, l.obj);
	}
	for (i = 0; i < NR_CACHES; i++)
		ok = !slab_cache_destroy(caches[i]) && ok;
	ok = pool_down() && ok;
	tap_ok(ok, "random: limit %u, %u CPUs, debug %#x, %lu steps", limit,
	       cpus, debug, steps);
	host_cpus = 1;
	host_cpu = 0;
}

static u32 ctor_calls, ctor_fail_at;

static int ctor(void *obj, void *arg)
{
	if (++ctor_calls == ctor_fail_at)
		return -EIO;
	memset(obj, 0x11, *(u32 *)arg);
	return 0;
}

static void test_ctor(unsigned int debug)
{
	u32 size = 200;
	struct slab_config cfg = {
		.name = "ctor", .size = size, .ctor = ctor, .arg = &size,
		.debug = debug,
	};
	struct slab_cache *c;
	struct slab_info info;
	void *a, *objs[50];
	bool ok = pool_up(64);
	u32 i;

	ctor_calls = 0;
	ctor_fail_at = 3;
	c = slab_cache_create(&cfg);
	/* It fails once, and the retry after the drain succeeds. */
	a = slab_alloc(c, POOL_ZERO);
	ok = ok && a && !memchr_inv(a, 0x11, size);
	slab_free(c, a);
	i = slab_alloc_bulk(c, objs, 50, 0);
	ok = ok && i == 50;
	while (i--) {
		ok = ok && !memchr_inv(objs[i], 0x11, size);
		slab_free(c, objs[i]);
	}
	slab_info_get(c, &info);
	ok = ok && !info.bad && ctor_calls == 2 + 1 + info.total;
	ok = !slab_cache_destroy(c) && ok;
	tap_ok(ok, "constructed once an object, kept so; debug %#x", debug);

	ctor_calls = 0;
	ctor_fail_at = 1;
	c = slab_cache_create(&cfg);
	for (i = 0; i < 2; i++) {
		ctor_calls = 0;
		ctor_fail_at = 1;
		a = slab_alloc(c, 0);
		ctor_fail_at = 0;
		if (a)
			slab_free(c, a);
	}
	ok = !slab_cache_destroy(c);
	tap_ok(pool_down() && ok, "a constructor that fails refuses the slab");
	ctor_fail_at = 0;
}

static long reports(void)
{
	long n = host_reports;

	host_reports = 0;
	return n;
}

static void test_bad_free(void)
{
	struct slab_cache *a, *b;
	struct slab_info info;
	u8 *x, *y, local[64];
	bool ok;

	pool_up(256);
	a = cache_new("a", 64, 0, 0);
	b = cache_new("b", 64, 0, 0);
	x = slab_alloc(a, 0);
	y = slab_alloc(b, 0);
	host_quiet = true;
	reports();
	slab_free(a, NULL);
	slab_free_addr(NULL);
	tap_ok(!reports(), "freeing NULL is nothing");
	slab_free(b, x);
	tap_ok(reports() == 1, "wrong cache: refused");
	slab_free(a, x + 1);
	slab_free(a, local);
	slab_free_addr(local);
	slab_free(a, pool_addr(pool_frame_lookup(x)));
	slab_info_get(a, &info);
	tap_ok(info.bad == 3 && reports() >= 2, "no object: refused");
	pool_free(pool_frame_lookup(x), info.order);
	slab_info_get(a, &info);
	tap_ok(reports() == 1, "a slab's block cannot be freed from under it");
	slab_free(a, x);
	slab_free(a, x);
	slab_shrink(a);
	slab_info_get(a, &info);
	ok = info.bad == 4 && !slab_check(a) && !info.active;
	tap_ok(ok, "a double free is refused when the object comes home");
	reports();
	tap_ok(slab_cache_destroy(b) == -EBUSY && reports() == 1,
	       "a cache with live objects is not destroyed");
	slab_free(b, y);
	ok = !slab_cache_destroy(a) && !slab_cache_destroy(b);
	host_quiet = false;
	tap_ok(pool_down() && ok, "nothing is left");
}

static void test_debug(void)
{
	struct slab_cache *c, *q;
	struct slab_info info;
	u8 *x, *y, *z;
	unsigned int i;
	bool ok;

	pool_up(256);
	host_quiet = true;
	c = cache_new("debug", 60, 0, SLABF_REDZONE | SLABF_POISON | SLABF_TRACK);
	reports();
	x = slab_alloc(c, 0);
	y = slab_alloc(c, 0);
	z = slab_alloc(c, 0);
	x[60] = 1;
	slab_free(c, x);
	y[-1] = 1;
	slab_free(c, y);
	slab_info_get(c, &info);
	tap_ok(info.bad == 2 && reports() == 2, "damaged red zones are seen at free");
	z[3] = 9;
	slab_free(c, z);
	z[3] = 9;
	for (i = 0; i < info.per_slab; i++)
		slab_alloc(c, 0);
	slab_info_get(c, &info);
	tap_ok(info.bad == 3, "a write after free is seen at the next allocation");
	reports();
	slab_free(c, z);
	slab_free(c, z);
	slab_info_get(c, &info);
	tap_ok(info.bad == 4 && reports() == 2, "a double free is refused at once");
	x[-3] = 7;
	slab_free(c, x);
	x[-3] = 7;
	slab_info_get(c, &info);
	ok = info.bad == 5;
	while (info.active < info.per_slab) {
		slab_alloc(c, 0);
		slab_info_get(c, &info);
	}
	tap_ok(ok && info.bad == 6, "a damaged zone of a free object is seen");
	reports();
	tap_ok(slab_cache_destroy(c) == -EBUSY && reports() > 1,
	       "leaks are reported with who allocated them");
	for (i = 0; i < 4096; i++)
		if (slab_cache_of(x) == c)
			break;
	/* Free what is left, address by address. */
	for (y = pool_addr(pool_frame_lookup(x)), i = 0;
	     i < PAGE_SIZE << info.order; i++)
		slab_free(c, y + i);
	ok = !slab_cache_destroy(c);
	tap_ok(ok, "and freed at last");

	q = cache_new("rest", 32, 0, SLABF_QUARANTINE | SLABF_POISON);
	x = slab_alloc(q, 0);
	slab_free(q, x);
	y = slab_alloc(q, 0);
	slab_info_get(q, &info);
	tap_ok(x != y && info.quarantined == 1 && info.active == 1,
	       "a freed object rests");
	reports();
	x[2] = 1;
	slab_free(q, y);
	for (i = 0; i < 200; i++)
		slab_free(q, slab_alloc(q, 0));
	slab_info_get(q, &info);
	tap_ok(info.bad == 1 && info.quarantined == 64,
	       "a write at rest is seen");
	ok = !slab_cache_destroy(q);
	host_quiet = false;
	tap_ok(pool_down() && ok, "nothing is left");
}

/* The last object may lie in another CPU's magazine. */
static void test_reach(void)
{
	struct slab_cache *c;
	struct slab_info info;
	void *objs[64];
	unsigned int n = 0, m;

	host_cpus = 4;
	pool_up(2);
	c = cache_new("reach", 1000, 0, 0);
	host_cpu = 2;
	while (n < 64 && (objs[n] = slab_alloc(c, 0)))
		n++;
	slab_info_get(c, &info);
	m = n;
	tap_ok(n && n == info.total && info.fails == 1, "all %u objects", n);
	while (n)
		slab_free(c, objs[--n]);
	host_cpu = 1;
	while (n < 64 && (objs[n] = slab_alloc(c, POOL_NOWAIT)))
		n++;
	tap_ok(n == m, "magazines of other CPUs are reachable");
	while (n)
		slab_free(c, objs[--n]);
	slab_cache_destroy(c);
	tap_ok(pool_down(), "nothing is left");
	host_cpus = 1;
	host_cpu = 0;
}

/* Many objects: the depot overflows into the slabs and comes back. */
static void test_depot(void)
{
	static void *objs[40000];
	struct slab_cache *c;
	struct slab_info info;
	unsigned int n, round;
	bool ok;

	pool_up(2048);
	c = cache_new("depot", 32, 0, 0);
	for (round = 0, ok = true; round < 3; round++) {
		n = slab_alloc_bulk(c, objs, ARRAY_SIZE(objs), 0);
		ok = ok && n == ARRAY_SIZE(objs);
		while (n)
			slab_free(c, objs[--n]);
		slab_info_get(c, &info);
		ok = ok && !info.active && info.cached <= 16384 + 4 * 62 &&
		     !slab_check(c);
	}
	tap_ok(ok, "the depot is bounded, hit ratio %.3f",
	       1 - (double)info.misses / info.allocs);
	tap_ok(slab_shrink(c) && !slab_shrink_all(), "shrinking gives it back");
	slab_info_get(c, &info);
	tap_ok(!info.slabs && !info.cached, "to the last slab");
	slab_cache_destroy(c);
	tap_ok(pool_down(), "nothing is left");
}

/* Lean caches on a budget: frames are counted, and go back at once. */
static void test_budget(void)
{
	struct slab_budget budget;
	struct slab_config cfg = {
		.name = "lean", .size = 1000, .lean = true, .budget = &budget,
	};
	struct slab_cache *a, *b;
	void *objs[64], *more;
	struct pool_stats s;
	unsigned int n = 0;
	bool ok;

	pool_up(64);
	slab_budget_init(&budget, 4);
	a = slab_cache_create(&cfg);
	cfg.size = 2000;
	b = slab_cache_create(&cfg);
	while (n < 64 && (objs[n] = slab_alloc(a, 0)))
		n++;
	tap_ok(n == 16 && budget.used == 4, "four frames, sixteen objects");
	tap_ok(!slab_alloc(b, 0) && !slab_budget_take(&budget, 1) &&
	       budget.used == 4, "the budget is shared, and refuses");
	while (n > 12)
		slab_free(a, objs[--n]);
	pool_stats_get(&s);
	ok = budget.used == 3 && s.used == 3;
	more = slab_alloc(b, 0);
	tap_ok(ok && more && budget.used == 4,
	       "a frame is given up with its last object");
	slab_free(b, more);
	while (n)
		slab_free(a, objs[--n]);
	tap_ok(!budget.used, "nothing is kept");
	ok = slab_budget_take(&budget, 4) && !slab_alloc(a, 0);
	slab_budget_give(&budget, 4);
	more = slab_alloc(a, 0);
	slab_free(a, more);
	tap_ok(ok && more && !slab_check(a), "others may use the budget");
	tap_ok(!slab_cache_destroy(a) && !slab_cache_destroy(b) && pool_down(),
	       "nothing is left");
}

static void test_alloc_failure(unsigned int debug)
{
	struct slab_cache *c;
	unsigned int n, i, got;
	void *objs[300];
	bool ok = true;

	pool_up(64);
	for (n = 1; n < 200; n++) {
		host_fail_at = n;
		c = cache_new("fail", 100, 0, debug);
		if (IS_ERR(c)) {
			ok &= PTR_ERR(c) == -ENOMEM;
		} else {
			got = slab_alloc_bulk(c, objs, 300, 0);
			for (i = 0; i < got; i++)
				slab_free(c, objs[i]);
			ok &= !slab_check(c) && !slab_cache_destroy(c);
		}
		pool_trim(0);
		if (host_fail_at > 0)
			break;
	}
	host_fail_at = 0;
	tap_ok(pool_down() && ok && n > 3 && n < 200,
	       "failure of each of %u internal allocations, debug %#x", n - 1,
	       debug);
}

static int count_caches(const struct slab_info *info, void *arg)
{
	return ++*(unsigned int *)arg == 2 && info->size == 2 ? 1 : 0;
}

static void test_walk(void)
{
	struct slab_cache *a, *b;
	unsigned int n = 0;

	pool_up(64);
	a = cache_new("one", 1, 0, 0);
	b = cache_new("a name that is far longer than it may be", 2, 0, 0);
	tap_ok(slab_walk(count_caches, &n) == 1 && n == 2, "each cache is seen");
	slab_cache_destroy(a);
	slab_cache_destroy(b);
	tap_ok(pool_down(), "nothing is left");
}

int main(void)
{
	tap_begin();
	test_config();
	test_layout();
	test_ctor(0);
	test_ctor(SLABF_ALL);
	test_bad_free();
	test_debug();
	test_reach();
	test_depot();
	test_budget();
	test_walk();
	test_alloc_failure(0);
	test_alloc_failure(SLABF_ALL);
	test_random(4096, 1, 0, tap_scaled(300000));
	test_random(256, 4, 0, tap_scaled(300000));
	test_random(64, 2, 0, tap_scaled(200000));
	test_random(1024, 2, SLABF_ALL, tap_scaled(200000));
	test_random(1024, 2, SLABF_POISON, tap_scaled(100000));
	return tap_end();
}
