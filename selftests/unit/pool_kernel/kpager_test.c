// SPDX-License-Identifier: GPL-2.0
/*
 * The property test of the pool's exported interface, in the kernel.
 *
 * Each thread, one a CPU, keeps blocks and objects, each stamped with what
 * only its holder knows, allocates and frees at random, and looks at the stamp
 * before each free.  A timer on each CPU does the same from softirq context,
 * and so meets magazines that the thread it hit is working on.  Another thread
 * takes and gives back the system's memory meanwhile.  In the end everything
 * is freed and must be accounted for.
 *
 * Loading the module runs the tests; /proc/kpager_test holds the result in
 * TAP.  Unloading it while the threads run (background=1) stops them and frees
 * all they hold: then the last line of the log says how much was left.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "pool/kpager_pool.h"

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random operations; 0: a new one");

static uint steps = 200000;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "operations a thread");

static bool background;
module_param(background, bool, 0444);
MODULE_PARM_DESC(background, "return at once and run until unloaded");

#define HELD		300
#define NR_CACHES	4
/* What a timer holds, and how many it changes at a time. */
#define IRQ_HELD	64
#define IRQ_STEPS	16
/* The system is left this many free pages. */
#define PRESSURE_LEFT	2048
#define PRESSURE_PAGES	65536

/**
 * struct held - a block or an object
 * @frame: first frame, if it is a block
 * @obj: the object, if it is one
 * @kind: order of the block, or number of the cache
 * @stamp: what every byte that is looked at must be
 */
struct held {
	u32 frame;
	u8 *obj;
	u8 kind;
	u8 stamp;
};

/**
 * struct worker - a thread
 * @task: it
 * @rnd: its random numbers
 * @held: what it holds
 * @timer: fires on its CPU at each tick
 * @irq_rnd: random numbers of the timer
 * @irq_held: what the timer holds
 */
struct worker {
	struct task_struct *task;
	u64 rnd;
	struct held held[HELD];
	struct timer_list timer;
	u64 irq_rnd;
	struct held irq_held[IRQ_HELD];
};

static const u32 sizes[NR_CACHES] = { 24, 200, 1024, 5000 };
static const unsigned int debugs[NR_CACHES] = { 0, 0, SLABF_ALL, 0 };
static struct slab_cache *caches[NR_CACHES];
static struct worker *workers;
static unsigned int nr_workers;
static struct task_struct *presser;
static atomic_t failures = ATOMIC_INIT(0);
static atomic_t running = ATOMIC_INIT(0);
static atomic64_t interrupts = ATOMIC64_INIT(0);
static atomic64_t operations = ATOMIC64_INIT(0);
static u32 used_before;

static unsigned int tests, tests_failed;
static char report[4096];
static size_t report_len;

static u64 next_random(u64 *s)
{
	u64 z = (*s += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static u32 below(u64 *s, u32 n)
{
	return (u32)next_random(s) % n;
}

static void result(bool ok, const char *what)
{
	tests++;
	tests_failed += !ok;
	report_len += scnprintf(report + report_len,
				sizeof(report) - report_len, "%sok %u - %s\n",
				ok ? "" : "not ", tests, what);
}

static void fail(const char *what)
{
	if (!atomic_fetch_inc(&failures))
		pr_err("%s\n", what);
}

/* Look at a few bytes of each frame, not at all: the test must be quick. */
static void frames_stamp(u32 frame, unsigned int order, u8 stamp)
{
	u32 i;

	for (i = 0; i < 1u << order; i++)
		memset(kpager_frame_addr(frame + i), stamp, 32);
}

static bool frames_stamped(u32 frame, unsigned int order, u8 stamp)
{
	u32 i;

	for (i = 0; i < 1u << order; i++)
		if (memchr_inv(kpager_frame_addr(frame + i), stamp, 32))
			return false;
	return true;
}

static void hold_block(struct worker *w, struct held *h)
{
	unsigned int flags = below(&w->rnd, 2) ? POOL_NOWAIT : 0;
	struct page *page;

	h->kind = below(&w->rnd, 4) ? 0 : below(&w->rnd, POOL_NR_ORDERS);
	if (below(&w->rnd, 4) == 0)
		flags |= POOL_ZERO;
	h->frame = kpager_block_alloc(h->kind, flags);
	if (!h->frame)
		return;
	if (flags & POOL_ZERO && !frames_stamped(h->frame, h->kind, 0))
		fail("frame is not zeroed");
	page = kpager_frame_page(h->frame);
	if (page_count(page) != 1 || kpager_frame_of(page) != h->frame)
		fail("page and frame do not fit");
	frames_stamp(h->frame, h->kind, h->stamp);
}

static void hold_object(struct worker *w, struct held *h)
{
	h->kind = below(&w->rnd, NR_CACHES);
	h->obj = kpager_slab_alloc(caches[h->kind],
				   below(&w->rnd, 2) ? POOL_NOWAIT : POOL_ZERO);
	if (h->obj)
		memset(h->obj, h->stamp, sizes[h->kind]);
}

static void let_go(struct worker *w, struct held *h)
{
	if (h->frame) {
		if (!frames_stamped(h->frame, h->kind, h->stamp))
			fail("a frame has two owners");
		kpager_block_free(h->frame, h->kind);
	} else if (h->obj) {
		if (memchr_inv(h->obj, h->stamp, sizes[h->kind]))
			fail("an object has two owners");
		if (below(&w->rnd, 2))
			kpager_slab_free(caches[h->kind], h->obj);
		else
			kpager_slab_free_addr(h->obj);
	}
	memset(h, 0, sizeof(*h));
}

static void bulk(struct worker *w)
{
	u32 frames[64], nr;

	nr = kpager_frame_alloc_bulk(frames, 1 + below(&w->rnd, 64), 0);
	kpager_frame_free_bulk(frames, nr);
}

static void step(struct worker *w)
{
	struct held *h = &w->held[below(&w->rnd, HELD)];
	u32 what = below(&w->rnd, 1000);

	if (what < 5) {
		bulk(w);
	} else if (what < 6) {
		kpager_slab_shrink(caches[below(&w->rnd, NR_CACHES)]);
	} else if (h->frame || h->obj) {
		let_go(w, h);
	} else {
		h->stamp = next_random(&w->rnd);
		if (what & 1)
			hold_block(w, h);
		else
			hold_object(w, h);
	}
}

static int worker_thread(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	for (i = 0; (background || i < steps) && !kthread_should_stop(); i++) {
		step(w);
		if (!(i % 64))
			cond_resched();
	}
	atomic64_add(i, &operations);
	for (i = 0; i < HELD; i++)
		let_go(w, &w->held[i]);
	atomic_dec(&running);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

/* Softirq context, on top of whatever the CPU's thread is doing. */
static void worker_timer(struct timer_list *t)
{
	struct worker *w = container_of(t, struct worker, timer);
	struct held *h;
	unsigned int i;

	for (i = 0; i < IRQ_STEPS; i++) {
		h = &w->irq_held[(u32)next_random(&w->irq_rnd) % IRQ_HELD];
		if (h->frame) {
			if (!frames_stamped(h->frame, 0, h->stamp))
				fail("a frame of an interrupt has two owners");
			kpager_block_free(h->frame, 0);
			h->frame = POOL_NO_FRAME;
		} else if (h->obj) {
			if (memchr_inv(h->obj, h->stamp, sizes[0]))
				fail("an object of an interrupt has two owners");
			kpager_slab_free(caches[0], h->obj);
			h->obj = NULL;
		} else if (next_random(&w->irq_rnd) & 1) {
			h->stamp = next_random(&w->irq_rnd);
			h->frame = kpager_block_alloc(0, POOL_NOWAIT);
			if (h->frame)
				frames_stamp(h->frame, 0, h->stamp);
		} else {
			h->stamp = next_random(&w->irq_rnd);
			h->obj = kpager_slab_alloc(caches[0], POOL_NOWAIT);
			if (h->obj)
				memset(h->obj, h->stamp, sizes[0]);
		}
	}
	atomic64_inc(&interrupts);
	mod_timer(&w->timer, jiffies + 1);
}

static void worker_timer_end(struct worker *w)
{
	unsigned int i;

	timer_shutdown_sync(&w->timer);
	for (i = 0; i < IRQ_HELD; i++) {
		if (w->irq_held[i].frame)
			kpager_block_free(w->irq_held[i].frame, 0);
		kpager_slab_free(caches[0], w->irq_held[i].obj);
	}
}

/* Take nearly all of the system's memory and give it back, again and again. */
static int presser_thread(void *unused)
{
	struct page **pages;
	unsigned int i, nr;

	pages = vzalloc(array_size(PRESSURE_PAGES, sizeof(*pages)));
	while (pages && !kthread_should_stop()) {
		for (nr = 0; nr < PRESSURE_PAGES; nr++) {
			if (!(nr % 64) && si_mem_available() < PRESSURE_LEFT)
				break;
			pages[nr] = alloc_page(GFP_KERNEL | __GFP_NORETRY |
					       __GFP_NOWARN);
			if (!pages[nr])
				break;
		}
		msleep(20);
		for (i = 0; i < nr; i++)
			__free_page(pages[i]);
		msleep(20);
	}
	vfree(pages);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void threads_stop(void)
{
	unsigned int i;

	for (i = 0; i < nr_workers; i++) {
		if (!workers[i].task)
			continue;
		kthread_stop(workers[i].task);
		put_task_struct(workers[i].task);
		worker_timer_end(&workers[i]);
	}
	if (presser)
		kthread_stop(presser);
	presser = NULL;
	vfree(workers);
	workers = NULL;
}

static int threads_start(void)
{
	struct task_struct *t;
	unsigned int i;

	nr_workers = num_online_cpus();
	workers = vzalloc(array_size(nr_workers, sizeof(*workers)));
	if (!workers)
		return -ENOMEM;
	for (i = 0; i < nr_workers; i++) {
		workers[i].rnd = seed + i;
		workers[i].irq_rnd = seed - 1 - i;
		timer_setup(&workers[i].timer, worker_timer, TIMER_PINNED);
		t = kthread_create(worker_thread, &workers[i], "kpager_test/%u",
				   i);
		if (IS_ERR(t))
			goto stop;
		get_task_struct(t);
		kthread_bind(t, i);
		workers[i].task = t;
		atomic_inc(&running);
	}
	for (i = 0; i < nr_workers; i++) {
		workers[i].timer.expires = jiffies + 1;
		add_timer_on(&workers[i].timer, i);
		wake_up_process(workers[i].task);
	}
	t = kthread_run(presser_thread, NULL, "kpager_test/mem");
	presser = IS_ERR(t) ? NULL : t;
	return 0;

stop:
	threads_stop();
	return PTR_ERR(t);
}

static int caches_create(void)
{
	struct slab_config cfg = { .name = "kpager_test" };
	unsigned int i;

	for (i = 0; i < NR_CACHES; i++) {
		cfg.size = sizes[i];
		cfg.debug = debugs[i];
		caches[i] = kpager_slab_create(&cfg);
		if (IS_ERR(caches[i]))
			goto destroy;
	}
	return 0;

destroy:
	while (i--)
		kpager_slab_destroy(caches[i]);
	return -ENOMEM;
}

/* Everything must be free again and every table in order. */
static void check_end(void)
{
	struct pool_stats s;
	struct slab_info info;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < NR_CACHES; i++) {
		kpager_slab_info(caches[i], &info);
		ok &= !info.active && !info.bad && !kpager_slab_check(caches[i]);
		ok &= !kpager_slab_destroy(caches[i]);
	}
	result(ok, "caches are consistent and end empty");
	kpager_pool_stats(&s);
	result(s.used == used_before, "leak count is zero");
	result(!s.bad_frees, "no free was refused");
	result(!kpager_pool_check(), "the pool's tables are consistent");
	pr_info("%lld operations, %lld interrupts, %u frames leaked, %d failures\n",
		(long long)atomic64_read(&operations),
		(long long)atomic64_read(&interrupts),
		s.used - used_before, atomic_read(&failures));
}

/* What is wrong must be refused, and the pool stay as it was. */
static void check_bad_input(void)
{
	struct slab_config cfg = { .name = "bad" };
	struct slab_cache *a, *b;
	struct slab_info info;
	struct pool_stats s;
	u64 bad_frees;
	bool ok;
	u32 f;
	u8 *x;

	kpager_pool_stats(&s);
	bad_frees = s.bad_frees;
	ok = !kpager_block_alloc(POOL_MAX_ORDER + 1, 0) &&
	     !kpager_block_alloc(0, BIT(20));
	result(ok, "order over the largest, unknown flags");
	ok = PTR_ERR(kpager_slab_create(&cfg)) == -EINVAL;
	cfg.size = SLAB_MAX_SIZE + 1;
	ok &= PTR_ERR(kpager_slab_create(&cfg)) == -EINVAL;
	cfg.size = 64;
	cfg.align = 3;
	ok &= PTR_ERR(kpager_slab_create(&cfg)) == -EINVAL;
	result(ok, "size 0, size over the largest, crooked alignment");

	f = kpager_block_alloc(2, 0);
	kpager_block_free(f, 1);
	kpager_block_free(f + 1, 0);
	kpager_block_free(f, 2);
	kpager_block_free(f, 2);
	kpager_block_free(0, 0);
	kpager_block_free(~0u, 0);
	kpager_pool_stats(&s);
	result(s.bad_frees == bad_frees + 5 && !kpager_pool_check(),
	       "frees of what is not allocated");

	cfg.align = 0;
	cfg.debug = SLABF_TRACK;
	a = kpager_slab_create(&cfg);
	b = kpager_slab_create(&cfg);
	x = kpager_slab_alloc(a, 0);
	kpager_slab_free(b, x);
	kpager_slab_free(a, x + 1);
	kpager_slab_free(a, &cfg);
	kpager_slab_free_addr(&cfg);
	result(kpager_slab_destroy(a) == -EBUSY, "a cache with live objects");
	kpager_slab_free(a, x);
	kpager_slab_free(a, x);
	kpager_slab_info(a, &info);
	ok = info.bad == 3 && !info.active && !kpager_slab_check(a);
	ok &= !kpager_slab_destroy(a) & !kpager_slab_destroy(b);
	result(ok, "wrong cache, no object, freed twice");
}

static int report_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "TAP version 13\n# seed %lu\n%s1..%u\n", seed, report,
		   tests);
	return 0;
}

static int __init test_init(void)
{
	struct pool_stats s;
	char what[80];
	int err;

	if (!seed)
		seed = get_random_u32();
	pr_info("seed %lu\n", seed);
	kpager_pool_stats(&s);
	used_before = s.used;
	err = caches_create();
	if (err)
		return err;
	err = -ENOMEM;
	if (!proc_create_single("kpager_test", 0400, NULL, report_show))
		goto destroy_caches;
	err = threads_start();
	if (err)
		goto remove_proc;
	if (background)
		return 0;
	while (atomic_read(&running))
		msleep(20);
	threads_stop();
	snprintf(what, sizeof(what), "%u threads, %u random operations each",
		 nr_workers, steps);
	result(!atomic_read(&failures), what);
	check_end();
	check_bad_input();
	return 0;

remove_proc:
	remove_proc_entry("kpager_test", NULL);
destroy_caches:
	for (err = 0; err < NR_CACHES; err++)
		kpager_slab_destroy(caches[err]);
	return -ENOMEM;
}

static void __exit test_exit(void)
{
	remove_proc_entry("kpager_test", NULL);
	if (!background)
		return;
	threads_stop();
	check_end();
}

module_init(test_init);
module_exit(test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Property test of kpager's allocators");
