/* SPDX-License-Identifier: GPL-2.0 */
/* What slab.c and slab_debug.c share. */
#ifndef _KPAGER_SLAB_INTERNAL_H
#define _KPAGER_SLAB_INTERNAL_H

#include "internal.h"
#include "slab.h"

/**
 * struct slab_mag - a magazine: a stack of free, constructed objects
 * @next: in a depot list
 * @nr: objects in it
 * @size: its capacity; 0 for the one that stands for "none"
 * @obj: the objects
 */
struct slab_mag {
	struct slab_mag *next;
	u32 nr;
	u32 size;
	void *obj[];
};

/**
 * struct slab_cpu - one CPU's magazines of one cache
 * @busy: as in struct pool_cpu
 * @loaded: where the next object comes from and goes to
 * @prev: the one loaded before: full or empty, unless it was just exchanged
 * @allocs: allocations answered from @loaded
 */
struct slab_cpu {
	u32 busy;
	struct slab_mag *loaded;
	struct slab_mag *prev;
	u64 allocs;
} ____cacheline_aligned;

/**
 * struct slab_block - the header at the start of a slab
 * @cache: whose slab it is
 * @base: first object
 * @link: in one of the cache's lists
 * @frame: the pool's number of the first frame
 * @free: bits set in @map
 * @map: bit i set: object i is here, neither handed out nor in a magazine
 *
 * A slab is a pool block and aligned to its size: masking an object's address
 * finds the header.
 */
struct slab_block {
	struct slab_cache *cache;
	void *base;
	struct list_head link;
	u32 frame;
	u32 free;
	unsigned long map[];
};

/* Freed objects that rest under SLABF_QUARANTINE. */
#define SLAB_QUARANTINE		64

/**
 * struct slab_cache - a cache of equal objects
 * @mask: address mask from an object to its slab
 * @stride: bytes from one object to the next
 * @recip: 2^32 / @stride, rounded up
 * @per_slab: objects in a slab
 * @cpu: magazines
 * @mag_size: capacity of a magazine, 0: none
 * @debug: SLABF_*
 * @size: of an object as asked for
 * @left: bytes in front of an object that belong to it (red zone)
 * @align: of an object
 * @order: of a slab
 * @header: bytes from the start of a slab to the first object, colour 0
 * @colours: number of colours
 * @colour_step: bytes
 * @lean: see struct slab_config
 * @budget: see struct slab_config
 * @ctor: constructor
 * @arg: its argument
 * @name: name
 * @link: in slab_caches
 * @depot_lock: protects the next five
 * @full: magazines full of objects
 * @empty: magazines without any
 * @nr_full: length of @full
 * @nr_empty: length of @empty
 * @full_max: limit of @nr_full
 * @lock: protects everything below
 * @partial: slabs with some objects here and some out; most recent first
 * @out: slabs with all objects out
 * @whole: slabs with all objects here
 * @nr_slabs: slabs
 * @nr_whole: length of @whole
 * @nr_here: free objects in slabs
 * @colour: next colour
 * @misses: allocations that @loaded could not answer
 * @fails: refused allocations
 * @bad: see struct slab_info
 * @rest: ring of quarantined objects, or NULL
 * @rest_pos: next place in @rest
 * @nr_rest: objects in @rest
 */
struct slab_cache {
	unsigned long mask;
	u32 stride;
	u32 recip;
	u32 per_slab;
	u32 mag_size;
	struct slab_cpu __percpu *cpu;
	unsigned int debug;
	u32 size;
	u32 left;
	u32 align;
	u32 order;
	u32 header;
	u32 colours;
	u32 colour_step;
	bool lean;
	struct slab_budget *budget;
	int (*ctor)(void *obj, void *arg);
	void *arg;
	char name[SLAB_NAME_SIZE];
	struct list_head link;

	raw_spinlock_t depot_lock ____cacheline_aligned;
	struct slab_mag *full;
	struct slab_mag *empty;
	u32 nr_full;
	u32 nr_empty;
	u32 full_max;

	raw_spinlock_t lock ____cacheline_aligned;
	struct list_head partial;
	struct list_head out;
	struct list_head whole;
	u32 nr_slabs;
	u32 nr_whole;
	u64 nr_here;
	u32 colour;
	u64 misses;
	u64 fails;
	u64 bad;
	void **rest;
	u32 rest_pos;
	u32 nr_rest;
};

/* Index of an object in its slab; @per_slab or more if it is none. */
static __always_inline u32 slab_index(const struct slab_cache *c,
				      const struct slab_block *b,
				      const void *obj)
{
	u32 off = (unsigned long)obj - (unsigned long)b->base;
	u32 i = (u64)off * c->recip >> 32;

	return i * c->stride == off ? i : U32_MAX;
}

static __always_inline bool cpu_trylock(struct slab_cpu *s)
{
	return !xchg(&s->busy, 1);
}

static __always_inline void cpu_unlock(struct slab_cpu *s)
{
	/* Pairs with the exchange in cpu_trylock(). */
	smp_store_release(&s->busy, 0);
}

/*
 * For drains and readers, with preemption off if it succeeds; why only a task
 * may wait is said at mag_lock() in pool.c.
 */
static inline bool cpu_lock(struct slab_cpu *s)
{
	preempt_disable();
	while (!cpu_trylock(s)) {
		if (!in_task()) {
			preempt_enable();
			return false;
		}
		cpu_relax();
	}
	return true;
}

/* Largest slab; blocks of this order have magazines in the pool. */
#define SLAB_MAX_ORDER		4

/* slab.c */
extern struct slab_mag slab_no_mag;

void slab_bad(struct slab_cache *c, const char *what, const void *obj,
	      unsigned long caller);
void *slab_take_one(struct slab_cache *c);
void slab_give(struct slab_cache *c, void **objs, u32 nr, unsigned long caller);

/* slab_debug.c */
u32 slab_debug_layout(struct slab_cache *c);
int slab_debug_init(struct slab_cache *c);
void slab_debug_exit(struct slab_cache *c);
void slab_debug_object_init(struct slab_cache *c, void *obj);
void slab_debug_alloc(struct slab_cache *c, void *obj, unsigned long caller);
bool slab_debug_free(struct slab_cache *c, void **obj, unsigned long caller);
void slab_debug_release(struct slab_cache *c);
void slab_debug_leaks(struct slab_cache *c);

#endif /* _KPAGER_SLAB_INTERNAL_H */
