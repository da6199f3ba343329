// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads on the pool and the slabs at once, more threads than CPUs, so
 * that magazines are found busy.  Blocks and objects change hands through
 * mailboxes; each carries a stamp that only its holder may know.  Meant for
 * the thread sanitizer, and useful without.
 */
#include "pool_host.h"
#include "tap.h"
#include "../../module/pool/slab.h"

#define CPUS		3
#define THREADS		6
#define MAILBOXES	64
#define HELD		40

struct parcel {
	u32 frame;
	u32 order;
	u8 *obj;
	u8 stamp;
};

static struct parcel *mailbox[MAILBOXES];
static struct slab_cache *cache[3];
static const u32 cache_size[3] = { 32, 700, 4000 };
static unsigned long steps, failures;

static void parcel_fail(const char *what)
{
	if (!__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED))
		printf("# %s\n", what);
}

static void stamp_set(struct parcel *p, u64 *rnd, u8 *at, size_t len)
{
	p->stamp = tap_next(rnd);
	memset(at, p->stamp, len);
}

static bool parcel_fill(struct parcel *p, u64 *rnd)
{
	unsigned int k = tap_below(rnd, 3);
	unsigned int flags = tap_below(rnd, 2) ? POOL_NOWAIT : 0;

	memset(p, 0, sizeof(*p));
	if (tap_below(rnd, 2)) {
		p->obj = slab_alloc(cache[k], flags);
		if (!p->obj)
			return false;
		p->order = k;
		stamp_set(p, rnd, p->obj, cache_size[k]);
		return true;
	}
	p->order = tap_below(rnd, 4) ? 0 : tap_below(rnd, 2) ? 4 :
		   tap_below(rnd, 8);
	p->frame = pool_alloc(p->order, flags);
	if (!p->frame)
		return false;
	stamp_set(p, rnd, pool_addr(p->frame), 64);
	return true;
}

static void parcel_empty(struct parcel *p, u64 *rnd)
{
	if (p->obj) {
		if (memchr_inv(p->obj, p->stamp, cache_size[p->order]))
			parcel_fail("object has two owners");
		if (tap_below(rnd, 2))
			slab_free(cache[p->order], p->obj);
		else
			slab_free_addr(p->obj);
		return;
	}
	if (memchr_inv(pool_addr(p->frame), p->stamp, 64))
		parcel_fail("block has two owners");
	pool_free(p->frame, p->order);
}

static void *worker(void *arg)
{
	u64 rnd = tap_seed + (uintptr_t)arg;
	struct parcel *held[HELD] = { NULL }, *p;
	unsigned long i;
	unsigned int k;

	host_cpu = (uintptr_t)arg % CPUS;
	for (i = 0; i < steps; i++) {
		k = tap_below(&rnd, HELD);
		if (!held[k]) {
			p = malloc(sizeof(*p));
			if (parcel_fill(p, &rnd))
				held[k] = p;
			else
				free(p);
		} else if (tap_below(&rnd, 2)) {
			parcel_empty(held[k], &rnd);
			free(held[k]);
			held[k] = NULL;
		} else {
			held[k] = xchg(&mailbox[tap_below(&rnd, MAILBOXES)],
				       held[k]);
		}
		if (tap_below(&rnd, 100) == 0)
			host_cpu = tap_below(&rnd, CPUS);
	}
	for (k = 0; k < HELD; k++)
		if (held[k]) {
			parcel_empty(held[k], &rnd);
			free(held[k]);
		}
	return NULL;
}

static bool stop;

static int count_frames(const struct pool_arena_info *info, void *arg)
{
	*(u32 *)arg += info->frames;
	return 0;
}

static int count_objects(const struct slab_info *info, void *arg)
{
	*(u64 *)arg += info->total;
	return 0;
}

/* What the reclaimer, the shrinker and readers of /proc do meanwhile. */
static void *keeper(void *arg)
{
	static char map[POOL_ARENA_FRAMES + 1];
	struct pool_stats s;
	u64 rnd = tap_seed, objects;
	u32 frames;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		host_cpu = tap_below(&rnd, CPUS);
		objects = 0;
		frames = 0;
		switch (tap_below(&rnd, 6)) {
		case 0:
			pool_trim(0);
			break;
		case 1:
			pool_trim_excess();
			break;
		case 2:
			slab_shrink_all();
			break;
		case 3:
			slab_walk(count_objects, &objects);
			break;
		case 4:
			pool_buddyinfo(count_frames, &frames);
			pool_buddymap(1, map);
			break;
		default:
			pool_stats_get(&s);
			if (s.free > s.total || s.total > s.limit)
				parcel_fail("statistics do not add up");
			pool_free_frames();
			if (pool_check() || slab_check(cache[1]))
				parcel_fail("tables inconsistent");
			break;
		}
		sched_yield();
	}
	return NULL;
}

static void test_threads(u32 limit, unsigned int debug)
{
	struct pool_config cfg = {
		.limit_frames = limit, .reserve_frames = 4, .desc_size = 32
	};
	pthread_t t[THREADS], k;
	struct pool_stats s;
	uintptr_t i;
	bool ok;

	host_cpus = CPUS;
	stop = false;
	failures = 0;
	ok = !pool_init(&cfg);
	for (i = 0; i < 3; i++) {
		struct slab_config sc = {
			.name = "threads", .size = cache_size[i], .debug = debug
		};

		cache[i] = slab_cache_create(&sc);
	}
	pthread_create(&k, NULL, keeper, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, worker, (void *)i);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(k, NULL);
	for (i = 0; i < MAILBOXES; i++) {
		u64 rnd = i;

		if (!mailbox[i])
			continue;
		parcel_empty(mailbox[i], &rnd);
		free(mailbox[i]);
		mailbox[i] = NULL;
	}
	for (i = 0; i < 3; i++)
		ok = !slab_cache_destroy(cache[i]) && ok;
	pool_drain();
	pool_stats_get(&s);
	ok = ok && !s.used && !s.bad_frees && !failures && !pool_check();
	pool_exit();
	ok = ok && !host_frames_out && !host_allocs;
	tap_ok(ok, "%u threads, %u CPUs, limit %u, debug %#x, %lu steps each",
	       THREADS, CPUS, limit, debug, steps);
}

int main(void)
{
	tap_begin();
	steps = tap_scaled(100000);
	test_threads(8192, 0);
	test_threads(300, 0);
	test_threads(2048, SLABF_ALL);
	return tap_end();
}
