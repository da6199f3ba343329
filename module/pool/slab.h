/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slab allocator: caches of equal objects over blocks of the pool.
 *
 * For Kbuild: see pool.h.
 */
#ifndef _KPAGER_SLAB_H
#define _KPAGER_SLAB_H

#include "pool.h"

/* Largest object and largest alignment, in bytes. */
#define SLAB_MAX_SIZE	8192u
#define SLAB_MAX_ALIGN	4096u
/* Longest name, the terminating NUL included. */
#define SLAB_NAME_SIZE	32

/* Debug modes.  A cache with any of them has no magazines. */
#define SLABF_REDZONE		BIT(0)	/* bytes around each object are checked */
#define SLABF_POISON		BIT(1)	/* free objects are filled and checked */
#define SLABF_TRACK		BIT(2)	/* who allocated, who freed; double frees */
#define SLABF_QUARANTINE	BIT(3)	/* freed objects rest before reuse */
#define SLABF_ALL		(SLABF_REDZONE | SLABF_POISON | SLABF_TRACK | \
				 SLABF_QUARANTINE)

struct slab_cache;

/**
 * struct slab_budget - frames that several users may hold together
 * @lock: protects @used
 * @used: frames they hold
 * @max: most frames they may hold
 */
struct slab_budget {
	raw_spinlock_t lock;
	u32 used;
	u32 max;
};

/**
 * struct slab_config - what slab_cache_create() needs to know
 * @name: for slabinfo and reports; copied
 * @size: bytes of an object, 1 to SLAB_MAX_SIZE
 * @align: power of two, at most SLAB_MAX_ALIGN; 0: 8
 * @debug: SLABF_* in addition to those of slab_debug_set()
 * @lean: keep neither magazines nor empty slabs: a frame without objects in
 *	use goes back to the pool at once, and each call takes a lock
 * @budget: where the frames of its slabs are counted; may be NULL
 * @ctor: called once for each object when its slab is made; an object is in
 *	the state the constructor left, or the last user restored, whenever it
 *	is allocated.  0 or a negative error, which refuses the slab.  May be
 *	NULL.  Context: that of slab_alloc()
 * @arg: passed to @ctor
 */
struct slab_config {
	const char *name;
	u32 size;
	u32 align;
	unsigned int debug;
	bool lean;
	struct slab_budget *budget;
	int (*ctor)(void *obj, void *arg);
	void *arg;
};

/**
 * struct slab_info - a snapshot of one cache
 * @name: its name
 * @size: bytes of an object, as asked for
 * @stride: bytes from one object to the next
 * @order: log2 of the frames of a slab
 * @per_slab: objects in a slab
 * @colours: different offsets of the first object
 * @debug: SLABF_* in force
 * @slabs: slabs
 * @slabs_empty: slabs without an object in use
 * @total: objects in all slabs
 * @active: objects handed out
 * @cached: free objects in magazines and depot
 * @quarantined: freed objects at rest
 * @mag_size: capacity of a magazine, 0 in debug modes
 * @allocs: successful allocations
 * @misses: of these, not answered from the loaded magazine
 * @fails: allocations refused
 * @bad: wrong frees and damaged objects
 */
struct slab_info {
	char name[SLAB_NAME_SIZE];
	u32 size;
	u32 stride;
	u32 order;
	u32 per_slab;
	u32 colours;
	unsigned int debug;
	u32 slabs;
	u32 slabs_empty;
	u64 total;
	u64 active;
	u64 cached;
	u64 quarantined;
	u32 mag_size;
	u64 allocs;
	u64 misses;
	u64 fails;
	u64 bad;
};

void slab_budget_init(struct slab_budget *budget, u32 max);
bool slab_budget_take(struct slab_budget *budget, u32 frames);
void slab_budget_give(struct slab_budget *budget, u32 frames);
struct slab_cache *slab_cache_create(const struct slab_config *cfg);
int slab_cache_destroy(struct slab_cache *c);
void *slab_alloc(struct slab_cache *c, unsigned int flags);
void slab_free(struct slab_cache *c, void *obj);
void slab_free_addr(void *obj);
unsigned int slab_alloc_bulk(struct slab_cache *c, void **objs,
			     unsigned int nr, unsigned int flags);
void slab_free_bulk(struct slab_cache *c, void **objs, unsigned int nr);
struct slab_cache *slab_cache_of(const void *obj);
u32 slab_shrink(struct slab_cache *c);
u32 slab_shrink_all(void);
void slab_debug_set(unsigned int flags);
unsigned int slab_debug_get(void);
int slab_check(struct slab_cache *c);

void slab_info_get(struct slab_cache *c, struct slab_info *info);
typedef int (*slab_info_fn)(const struct slab_info *info, void *arg);
int slab_walk(slab_info_fn fn, void *arg);

#endif /* _KPAGER_SLAB_H */
