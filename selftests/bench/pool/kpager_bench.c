// SPDX-License-Identifier: GPL-2.0
/*
 * kpager's buddy and slab beside what the kernel offers.
 *
 * Reading /proc/kpager_bench runs everything and prints lines "WHO CASE
 * FIGURE", tab-separated.  WHO is kpager or a peer; the figure is the number
 * of TSC ticks for one allocation and its free: instructions under -icount.
 * Of several rounds the least counts.  A case that a peer cannot do (out of
 * memory, module absent) has no line.
 *
 * With threads=N (N > 1) the figure is, per mille, how many times as many pairs
 * N threads, one a CPU, do as one does, and WHO may be "loop", which does
 * nothing.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/genalloc.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include "pool/kpager_pool.h"

#ifdef BENCH_DRM
#include <drm/drm_buddy.h>
#endif

static uint threads = 1;
module_param(threads, uint, 0644);
MODULE_PARM_DESC(threads, "1: ticks a pair; more: what so many threads gain over one");

#define PAIRS		1000
#define ROUNDS		5
#define RUN_MAX		10000
/* An odd number, for a median. */
#define RACES		25
#define RACE_MS		25
/* Frames that one run may take. */
#define RUN_FRAMES	(10000u << 4)

/**
 * struct contender - an allocator
 * @name: as printed
 * @begin: get ready for blocks of @order, or objects of @size; may be NULL
 * @end: undo @begin; may be NULL
 * @alloc: allocate one
 * @free: free one
 */
struct contender {
	const char *name;
	int (*begin)(unsigned int order, unsigned int size);
	void (*end)(void);
	void *(*alloc)(void);
	void (*free)(void *what);
};

static unsigned int cur_order;

/* ---- blocks ----------------------------------------------------------- */

static int order_begin(unsigned int order, unsigned int size)
{
	cur_order = order;
	return 0;
}

static void *kpager_alloc(void)
{
	return (void *)(unsigned long)kpager_block_alloc(cur_order, 0);
}

static void kpager_free(void *what)
{
	kpager_block_free((unsigned long)what, cur_order);
}

static void *pages_alloc(void)
{
	return alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
			   cur_order);
}

static void pages_free(void *what)
{
	__free_pages(what, cur_order);
}

static struct gen_pool *gen_pool;

static int gen_begin(unsigned int order, unsigned int size)
{
	cur_order = order;
	gen_pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!gen_pool)
		return -ENOMEM;
	/* It manages addresses and touches nothing. */
	return gen_pool_add(gen_pool, BIT(40), (size_t)RUN_FRAMES << PAGE_SHIFT,
			    NUMA_NO_NODE);
}

static void gen_end(void)
{
	gen_pool_destroy(gen_pool);
}

static void *gen_alloc(void)
{
	return (void *)gen_pool_alloc(gen_pool, PAGE_SIZE << cur_order);
}

static void gen_free(void *what)
{
	gen_pool_free(gen_pool, (unsigned long)what, PAGE_SIZE << cur_order);
}

#ifdef BENCH_DRM
static struct drm_buddy drm;

static int drm_begin(unsigned int order, unsigned int size)
{
	cur_order = order;
	return drm_buddy_init(&drm, (u64)RUN_FRAMES << PAGE_SHIFT, PAGE_SIZE);
}

static void drm_end(void)
{
	drm_buddy_fini(&drm);
}

static void *drm_alloc(void)
{
	u64 size = PAGE_SIZE << cur_order;
	LIST_HEAD(blocks);

	if (drm_buddy_alloc_blocks(&drm, 0, (u64)RUN_FRAMES << PAGE_SHIFT, size,
				   size, &blocks, 0))
		return NULL;
	return list_first_entry(&blocks, struct drm_buddy_block, link);
}

static void drm_free(void *what)
{
	struct drm_buddy_block *block = what;
	LIST_HEAD(blocks);

	/* Its list was drm_alloc()'s and is gone. */
	list_add(&block->link, &blocks);
	drm_buddy_free_list(&drm, &blocks);
}
#endif

static const struct contender block_contenders[] = {
	{ "kpager", order_begin, NULL, kpager_alloc, kpager_free },
	{ "alloc_pages", order_begin, NULL, pages_alloc, pages_free },
#ifdef BENCH_DRM
	{ "drm_buddy", drm_begin, drm_end, drm_alloc, drm_free },
#endif
	{ "gen_pool", gen_begin, gen_end, gen_alloc, gen_free },
};

/* ---- objects ---------------------------------------------------------- */

static struct slab_cache *our_cache;
static struct kmem_cache *their_cache;

static int our_begin(unsigned int order, unsigned int size)
{
	struct slab_config cfg = { .name = "bench", .size = size };

	our_cache = kpager_slab_create(&cfg);
	return PTR_ERR_OR_ZERO(our_cache);
}

static void our_end(void)
{
	WARN_ON(kpager_slab_destroy(our_cache));
}

static void *our_alloc(void)
{
	return kpager_slab_alloc(our_cache, 0);
}

static void our_free(void *what)
{
	kpager_slab_free(our_cache, what);
}

static int their_begin(unsigned int order, unsigned int size)
{
	/* Not merged with the system's caches: no other user's objects. */
	their_cache = kmem_cache_create("kpager_bench", size, 0, SLAB_NO_USER_FLAGS,
					NULL);
	return their_cache ? 0 : -ENOMEM;
}

static void their_end(void)
{
	kmem_cache_destroy(their_cache);
}

static void *their_alloc(void)
{
	return kmem_cache_alloc(their_cache, GFP_KERNEL);
}

static void their_free(void *what)
{
	kmem_cache_free(their_cache, what);
}

static const struct contender object_contenders[] = {
	{ "kpager", our_begin, our_end, our_alloc, our_free },
	{ "kmem_cache", their_begin, their_end, their_alloc, their_free },
};

/* ---- one at a time ---------------------------------------------------- */

/* Ticks for PAIRS times alloc and free; 0 if it cannot be done. */
static u64 time_pairs(const struct contender *c)
{
	u64 start = get_cycles();
	unsigned int i;
	void *what;

	for (i = 0; i < PAIRS; i++) {
		what = c->alloc();
		if (!what)
			return 0;
		c->free(what);
	}
	return get_cycles() - start;
}

/* Ticks for @nr allocations and then @nr frees; 0 if it cannot be done. */
static u64 time_run(const struct contender *c, void **held, unsigned int nr)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < nr; i++) {
		held[i] = c->alloc();
		if (!held[i])
			break;
	}
	nr -= i;
	while (i--)
		c->free(held[i]);
	return nr ? 0 : get_cycles() - start;
}

/* What the loops and indirect calls themselves cost. */
static void *null_alloc(void)
{
	return &cur_order;
}

static void null_free(void *what)
{
}

static const struct contender nobody = {
	"loop", NULL, NULL, null_alloc, null_free
};

static void measure(struct seq_file *m, const struct contender *c,
		    const char *what, unsigned int arg, void **held,
		    unsigned int nr)
{
	u64 pairs = U64_MAX, run = U64_MAX, t;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		cond_resched();
		t = time_pairs(c);
		pairs = t ? min(pairs, t) : pairs;
	}
	for (i = 0; i < ROUNDS; i++) {
		cond_resched();
		t = time_run(c, held, nr);
		run = t ? min(run, t) : run;
	}
	if (pairs != U64_MAX)
		seq_printf(m, "%s\t%s-%u-pair\t%llu\n", c->name, what, arg,
			   div_u64(pairs, PAIRS));
	if (run != U64_MAX)
		seq_printf(m, "%s\t%s-%u-run%u\t%llu\n", c->name, what, arg, nr,
			   div_u64(run, nr));
}

/* ---- several at once -------------------------------------------------- */

static const struct contender *racer;
static atomic_t race_on;
static atomic64_t race_pairs;
static struct completion race_done;

static int race_thread(void *unused)
{
	u64 n = 0;
	void *what;

	while (!atomic_read(&race_on))
		cond_resched();
	while (atomic_read(&race_on) == 1) {
		what = racer->alloc();
		if (what)
			racer->free(what);
		n++;
		if (!(n & 1023))
			cond_resched();
	}
	atomic64_add(n, &race_pairs);
	complete(&race_done);
	return 0;
}

/* Pairs of @nr threads together. */
static u64 race(const struct contender *c, unsigned int nr)
{
	unsigned int i, started = 0;
	struct task_struct *t;

	racer = c;
	atomic64_set(&race_pairs, 0);
	atomic_set(&race_on, 0);
	init_completion(&race_done);
	for (i = 0; i < nr; i++) {
		t = kthread_create(race_thread, NULL, "kpager_bench/%u", i);
		if (IS_ERR(t))
			break;
		kthread_bind(t, i);
		wake_up_process(t);
		started++;
	}
	msleep(20);
	atomic_set(&race_on, 1);
	msleep(RACE_MS);
	atomic_set(&race_on, 2);
	for (i = 0; i < started; i++)
		wait_for_completion(&race_done);
	return atomic64_read(&race_pairs);
}

static int cmp_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Wall-clock time is noisy, and how much a second CPU adds depends on who else
 * uses the host; so an empty loop is measured in turn with the contender, in
 * short rounds, and of each the median gain counts.
 */
static void measure_race(struct seq_file *m, const struct contender *c,
			 const char *what, unsigned int arg)
{
	const struct contender *who[2] = { &nobody, c };
	u64 gain[2][RACES], one;
	unsigned int i, k;

	for (i = 0; i < RACES; i++) {
		for (k = 0; k < 2; k++) {
			one = race(who[k], 1);
			gain[k][i] = div64_u64(race(who[k], threads) * 1000,
					       max(one, 1ull));
		}
	}
	for (k = 0; k < 2; k++) {
		sort(gain[k], RACES, sizeof(u64), cmp_u64, NULL);
		seq_printf(m, "%s\t%s-%u-cpus%u\t%llu\n", who[k]->name, what,
			   arg, threads, gain[k][RACES / 2]);
	}
}

/* ---- all of it -------------------------------------------------------- */

static void bench(struct seq_file *m, const struct contender *c,
		  const char *what, unsigned int order, unsigned int size,
		  void **held)
{
	unsigned int nr = min_t(unsigned int, RUN_MAX, RUN_FRAMES >> order);
	unsigned int arg = size ? size : order;

	if (c->begin && c->begin(order, size))
		return;
	if (threads > 1 && c->alloc != kpager_alloc && c->alloc != our_alloc)
		;	/* only our own gain is of interest */
	else if (threads > 1)
		measure_race(m, c, what, arg);
	else
		measure(m, c, what, arg, held, nr);
	if (c->end)
		c->end();
}

static int bench_show(struct seq_file *m, void *unused)
{
	static const unsigned int orders[] = { 0, 4, 9 };
	static const unsigned int sizes[] = { 32, 128, 1024 };
	struct pool_stats s;
	unsigned int i, k;
	void **held;

	held = vmalloc(array_size(RUN_MAX, sizeof(*held)));
	if (!held)
		return -ENOMEM;
	if (threads == 1)
		measure(m, &nobody, "loop", 0, held, RUN_MAX);
	for (i = 0; i < ARRAY_SIZE(orders); i++)
		for (k = 0; k < ARRAY_SIZE(block_contenders); k++)
			bench(m, &block_contenders[k], "order", orders[i], 0,
			      held);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (k = 0; k < ARRAY_SIZE(object_contenders); k++)
			bench(m, &object_contenders[k], "slab", 0, sizes[i],
			      held);
	vfree(held);
	kpager_pool_stats(&s);
	seq_printf(m, "kpager\tmetadata\t%llu\npool\tmetadata\t%llu\n",
		   s.meta_bytes, (u64)s.total << PAGE_SHIFT);
	return 0;
}

static int __init bench_init(void)
{
	/* seq_file may call show twice if its buffer is too small. */
	if (!proc_create_single("kpager_bench", 0400, NULL, bench_show))
		return -ENOMEM;
	return 0;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("kpager_bench", NULL);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmark: kpager's allocators beside the kernel's");
