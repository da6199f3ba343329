// SPDX-License-Identifier: GPL-2.0
/* Slab caches: layout, beginning and end, and looking at them. */
#define pr_fmt(fmt) "kpager: slab: " fmt

#include "slab_internal.h"

/* A slab that wastes at most one in SLAB_WASTE bytes is good enough. */
#define SLAB_WASTE		32
#define SLAB_COLOUR		64
/* Objects the depot keeps until the cache is shrunk. */
#define SLAB_DEPOT_OBJECTS	16384

static LIST_HEAD(slab_caches);
/* Protects slab_caches. */
static DEFINE_MUTEX(slab_lock);
static unsigned int slab_debug_default;

/* ---- budgets ---------------------------------------------------------- */

/**
 * slab_budget_init() - a budget of which nothing is used
 * @budget: the budget
 * @max: most frames its users may hold together
 *
 * Context: any.
 */
void slab_budget_init(struct slab_budget *budget, u32 max)
{
	raw_spin_lock_init(&budget->lock);
	budget->used = 0;
	budget->max = max;
}

/**
 * slab_budget_take() - count frames
 * @budget: the budget
 * @frames: how many
 *
 * Context: any but NMI.
 * Return: false, with nothing counted, if that would be more than its maximum.
 */
bool slab_budget_take(struct slab_budget *budget, u32 frames)
{
	unsigned long irq;
	bool ok;

	raw_spin_lock_irqsave(&budget->lock, irq);
	ok = budget->used + frames <= budget->max;
	if (ok)
		WRITE_ONCE(budget->used, budget->used + frames);
	raw_spin_unlock_irqrestore(&budget->lock, irq);
	return ok;
}

/**
 * slab_budget_give() - undo slab_budget_take()
 * @budget: the budget
 * @frames: how many
 *
 * Context: any but NMI.
 */
void slab_budget_give(struct slab_budget *budget, u32 frames)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&budget->lock, irq);
	WRITE_ONCE(budget->used, budget->used - frames);
	raw_spin_unlock_irqrestore(&budget->lock, irq);
}

/* ---- caches ----------------------------------------------------------- */

static u32 slab_header(const struct slab_cache *c, u32 per_slab)
{
	u32 map = BITS_TO_LONGS(per_slab) * sizeof(unsigned long);

	return ALIGN((u32)sizeof(struct slab_block) + map + c->left, c->align);
}

/* Objects in a slab of @order: as many as fit beside their bitmap. */
static u32 slab_fit(const struct slab_cache *c, u32 order)
{
	u32 bytes = PAGE_SIZE << order;
	u32 n = (bytes - sizeof(struct slab_block)) / c->stride;

	/* An object ends @left bytes before its stride does. */
	while (n && slab_header(c, n) + n * c->stride > bytes + c->left)
		n--;
	return n;
}

/* The smallest slab that wastes little, else the one that wastes least. */
static bool slab_choose_order(struct slab_cache *c)
{
	u32 order, n, bytes, waste, best = U32_MAX;

	for (order = 0; order <= SLAB_MAX_ORDER; order++) {
		n = slab_fit(c, order);
		if (!n)
			continue;
		bytes = PAGE_SIZE << order;
		/* In units that can be compared between orders. */
		waste = (bytes - n * c->stride) << (SLAB_MAX_ORDER - order);
		if (waste >= best)
			continue;
		best = waste;
		c->order = order;
		c->per_slab = n;
		if (waste <= (PAGE_SIZE << SLAB_MAX_ORDER) / SLAB_WASTE)
			break;
	}
	return best != U32_MAX;
}

static int slab_layout(struct slab_cache *c)
{
	u32 used;

	c->stride = ALIGN(c->size, c->align);
	if (c->debug)
		c->stride = slab_debug_layout(c);
	c->recip = (u32)((BIT_ULL(32) + c->stride - 1) / c->stride);
	if (!slab_choose_order(c))
		return -E2BIG;
	c->mask = ~((PAGE_SIZE << c->order) - 1);
	c->header = slab_header(c, c->per_slab);
	used = c->header - c->left + c->per_slab * c->stride;
	c->colour_step = max_t(u32, c->align, SLAB_COLOUR);
	c->colours = ((PAGE_SIZE << c->order) - used) / c->colour_step + 1;
	return 0;
}

/* Sizes that make a magazine a power of two of bytes. */
static u32 slab_mag_size(const struct slab_cache *c)
{
	if (c->debug || c->lean)
		return 0;
	if (c->stride <= 128)
		return 62;
	if (c->stride <= 512)
		return 30;
	return c->stride <= 2048 ? 14 : 6;
}

static int slab_config_check(const struct slab_config *cfg)
{
	if (!cfg->name || !cfg->name[0] || !cfg->size ||
	    cfg->size > SLAB_MAX_SIZE || cfg->align > SLAB_MAX_ALIGN ||
	    (cfg->align && !is_power_of_2(cfg->align)) ||
	    cfg->debug & ~(unsigned int)SLABF_ALL)
		return -EINVAL;
	return 0;
}

static void slab_cache_init(struct slab_cache *c, const struct slab_config *cfg)
{
	strscpy(c->name, cfg->name, sizeof(c->name));
	c->size = cfg->size;
	c->align = max_t(u32, cfg->align, sizeof(void *));
	c->debug = cfg->debug | READ_ONCE(slab_debug_default);
	c->lean = cfg->lean;
	c->budget = cfg->budget;
	c->ctor = cfg->ctor;
	c->arg = cfg->arg;
	raw_spin_lock_init(&c->depot_lock);
	raw_spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->partial);
	INIT_LIST_HEAD(&c->out);
	INIT_LIST_HEAD(&c->whole);
}

static void slab_cache_free(struct slab_cache *c)
{
	slab_debug_exit(c);
	free_percpu(c->cpu);
	kfree(c);
}

/**
 * slab_cache_create() - make a cache
 * @cfg: what it shall be
 *
 * Takes no memory from the pool before the first allocation.
 *
 * Context: process context, sleeps; pool_init() has been called.
 * Return: the cache, or ERR_PTR: -EINVAL for a size of 0 or over
 * SLAB_MAX_SIZE, an alignment that is no power of two, no name, or unknown
 * debug modes; -E2BIG if no slab has room for one object; -ENOMEM.
 */
struct slab_cache *slab_cache_create(const struct slab_config *cfg)
{
	int ret = slab_config_check(cfg);
	struct slab_cache *c;
	unsigned int cpu;

	if (ret)
		return ERR_PTR(ret);
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	slab_cache_init(c, cfg);
	ret = slab_layout(c);
	if (ret)
		goto free_cache;
	ret = -ENOMEM;
	c->cpu = alloc_percpu(struct slab_cpu);
	if (!c->cpu || slab_debug_init(c))
		goto free_cache;
	c->mag_size = slab_mag_size(c);
	if (c->mag_size)
		c->full_max = SLAB_DEPOT_OBJECTS / c->mag_size;
	for_each_possible_cpu(cpu) {
		per_cpu_ptr(c->cpu, cpu)->loaded = &slab_no_mag;
		per_cpu_ptr(c->cpu, cpu)->prev = &slab_no_mag;
	}
	mutex_lock(&slab_lock);
	list_add_tail(&c->link, &slab_caches);
	mutex_unlock(&slab_lock);
	return c;

free_cache:
	slab_cache_free(c);
	return ERR_PTR(ret);
}

/**
 * slab_cache_destroy() - end a cache
 * @c: the cache, not used by anybody any more
 *
 * Context: process context, sleeps.
 * Return: 0, or -EBUSY if objects of it are still handed out: that is
 * reported (under SLABF_TRACK with who allocated each) and the cache stays
 * as it is.
 */
int slab_cache_destroy(struct slab_cache *c)
{
	u64 live;

	mutex_lock(&slab_lock);
	slab_shrink(c);
	live = (u64)c->nr_slabs * c->per_slab - c->nr_here;
	if (!live)
		list_del(&c->link);
	mutex_unlock(&slab_lock);
	if (live) {
		pr_err("%s: destroyed with %llu live objects: refused; caller %pS\n",
		       c->name, (unsigned long long)live, (void *)_RET_IP_);
		slab_debug_leaks(c);
		return -EBUSY;
	}
	slab_cache_free(c);
	return 0;
}

/**
 * slab_debug_set() - debug modes of the caches created from now on
 * @flags: SLABF_*
 *
 * Context: any.
 */
void slab_debug_set(unsigned int flags)
{
	WRITE_ONCE(slab_debug_default, flags & (unsigned int)SLABF_ALL);
}

/**
 * slab_debug_get() - what slab_debug_set() set
 *
 * Context: any.
 * Return: SLABF_*
 */
unsigned int slab_debug_get(void)
{
	return READ_ONCE(slab_debug_default);
}

/**
 * slab_shrink_all() - slab_shrink() for every cache
 *
 * Context: process context; does nothing while caches are made or destroyed,
 * so that it may be called from a shrinker.
 * Return: number of frames freed.
 */
u32 slab_shrink_all(void)
{
	struct slab_cache *c;
	u32 nr = 0;

	if (!mutex_trylock(&slab_lock))
		return 0;
	list_for_each_entry(c, &slab_caches, link)
		nr += slab_shrink(c);
	mutex_unlock(&slab_lock);
	return nr;
}

/* ---- looking ---------------------------------------------------------- */

/* What the CPUs have; their magazines may be freed, so only with their lock. */
static void slab_info_cpus(struct slab_cache *c, struct slab_info *info)
{
	struct slab_cpu *s;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		s = per_cpu_ptr(c->cpu, cpu);
		if (!cpu_lock(s))
			continue;
		info->cached += s->loaded->nr + s->prev->nr;
		info->allocs += s->allocs;
		cpu_unlock(s);
		preempt_enable();
	}
	info->cached += (u64)READ_ONCE(c->nr_full) * c->mag_size;
}

/**
 * slab_info_get() - a cache's counters
 * @c: the cache
 * @info: where to put them
 *
 * Context: any but NMI.
 */
void slab_info_get(struct slab_cache *c, struct slab_info *info)
{
	unsigned long irq;
	u64 out;

	memset(info, 0, sizeof(*info));
	memcpy(info->name, c->name, sizeof(info->name));
	info->size = c->size;
	info->stride = c->stride;
	info->order = c->order;
	info->per_slab = c->per_slab;
	info->colours = c->colours;
	info->debug = c->debug;
	info->mag_size = c->mag_size;
	slab_info_cpus(c, info);
	raw_spin_lock_irqsave(&c->lock, irq);
	info->slabs = c->nr_slabs;
	info->slabs_empty = c->nr_whole;
	info->total = (u64)c->nr_slabs * c->per_slab;
	info->quarantined = c->nr_rest;
	info->misses = c->misses;
	info->fails = c->fails;
	info->bad = c->bad;
	out = info->total - c->nr_here - c->nr_rest;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	if (!c->mag_size)
		info->allocs = info->misses;
	info->cached = min(info->cached, out);
	info->active = out - info->cached;
}

/**
 * slab_walk() - look at each cache
 * @fn: called for each; a non-zero return ends the walk
 * @arg: passed on to @fn
 *
 * Context: process context; @fn may sleep but not make or end caches.
 * Return: 0, or what @fn returned.
 */
int slab_walk(slab_info_fn fn, void *arg)
{
	struct slab_cache *c;
	struct slab_info info;
	int ret = 0;

	mutex_lock(&slab_lock);
	list_for_each_entry(c, &slab_caches, link) {
		slab_info_get(c, &info);
		ret = fn(&info, arg);
		if (ret)
			break;
	}
	mutex_unlock(&slab_lock);
	return ret;
}

static int slab_check_list(const struct slab_cache *c,
			   const struct list_head *list, u32 lo, u32 hi,
			   u32 *slabs, u64 *here)
{
	struct slab_block *b;
	u32 i, n;

	list_for_each_entry(b, list, link) {
		for (i = 0, n = 0; i < c->per_slab; i++)
			n += test_bit(i, b->map);
		if (b->cache != c || n != b->free || n < lo || n > hi)
			return -EUCLEAN;
		(*slabs)++;
		*here += n;
	}
	return 0;
}

/**
 * slab_check() - are a cache's slabs consistent?
 * @c: the cache
 *
 * Context: any but NMI; for tests.
 * Return: 0 or -EUCLEAN.
 */
int slab_check(struct slab_cache *c)
{
	unsigned long irq;
	u32 slabs = 0;
	u64 here = 0;
	int ret;

	raw_spin_lock_irqsave(&c->lock, irq);
	ret = slab_check_list(c, &c->whole, c->per_slab, c->per_slab, &slabs,
			      &here);
	if (!ret && slabs != c->nr_whole)
		ret = -EUCLEAN;
	if (!ret)
		ret = slab_check_list(c, &c->partial, 1, c->per_slab - 1,
				      &slabs, &here);
	if (!ret)
		ret = slab_check_list(c, &c->out, 0, 0, &slabs, &here);
	if (!ret && (slabs != c->nr_slabs || here != c->nr_here))
		ret = -EUCLEAN;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	return ret;
}
