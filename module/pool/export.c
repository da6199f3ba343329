// SPDX-License-Identifier: GPL-2.0
/*
 * What other modules may call.  The functions are those of pool.c, slab.c and
 * slab_cache.c under names that are ours alone: exported symbols share one
 * name space with all of the kernel.
 */
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

#include "kpager_pool.h"

static int slab_debug_param_set(const char *val, const struct kernel_param *kp)
{
	unsigned int flags;
	int err = kstrtouint(val, 0, &flags);

	if (err)
		return err;
	if (flags & ~(unsigned int)SLABF_ALL)
		return -EINVAL;
	slab_debug_set(flags);
	return 0;
}

static int slab_debug_param_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", slab_debug_get());
}

static const struct kernel_param_ops slab_debug_ops = {
	.set = slab_debug_param_set,
	.get = slab_debug_param_get,
};

module_param_cb(slab_debug, &slab_debug_ops, NULL, 0644);
MODULE_PARM_DESC(slab_debug, "debug modes of slab caches made from now on: 1 red zones, 2 poison, 4 call sites and double frees, 8 quarantine (default 0)");

/**
 * kpager_block_alloc() - allocate a block of contiguous frames
 * @order: log2 of their number, 0 to POOL_MAX_ORDER
 * @flags: POOL_ZERO, POOL_NOWAIT, POOL_RESERVE
 *
 * Context: process context, may sleep; with POOL_NOWAIT any but NMI.
 * Return: number of the first frame, or POOL_NO_FRAME: the pool is at its
 * limit, fragmented, or the kernel has no memory, or order or flags are
 * wrong; which of these is counted in struct pool_stats.
 */
u32 kpager_block_alloc(unsigned int order, unsigned int flags)
{
	return pool_alloc(order, flags);
}
EXPORT_SYMBOL_GPL(kpager_block_alloc);

/**
 * kpager_block_free() - free a block
 * @frame: what kpager_block_alloc() returned
 * @order: the order it was asked for
 *
 * What is not an allocated block of this order is refused and reported once.
 *
 * Context: any but NMI.
 */
void kpager_block_free(u32 frame, unsigned int order)
{
	pool_free(frame, order);
}
EXPORT_SYMBOL_GPL(kpager_block_free);

/**
 * kpager_frame_alloc_bulk() - allocate several single frames
 * @frames: where to put their numbers
 * @nr: how many
 * @flags: as for kpager_block_alloc()
 *
 * Context: as for kpager_block_alloc().
 * Return: how many were allocated, @nr or less.
 */
unsigned int kpager_frame_alloc_bulk(u32 *frames, unsigned int nr,
				     unsigned int flags)
{
	return pool_frame_alloc_bulk(frames, nr, flags);
}
EXPORT_SYMBOL_GPL(kpager_frame_alloc_bulk);

/**
 * kpager_frame_free_bulk() - free several single frames
 * @frames: their numbers
 * @nr: how many
 *
 * Context: any but NMI.
 */
void kpager_frame_free_bulk(const u32 *frames, unsigned int nr)
{
	pool_frame_free_bulk(frames, nr);
}
EXPORT_SYMBOL_GPL(kpager_frame_free_bulk);

/**
 * kpager_frame_page() - the struct page of an allocated frame
 * @frame: its number
 *
 * Context: any.
 * Return: the page; it carries one reference, which is the pool's.
 */
struct page *kpager_frame_page(u32 frame)
{
	return pool_page(frame);
}
EXPORT_SYMBOL_GPL(kpager_frame_page);

/**
 * kpager_frame_addr() - the address of an allocated frame
 * @frame: its number
 *
 * Context: any.
 * Return: address of its first byte in the direct map.
 */
void *kpager_frame_addr(u32 frame)
{
	return pool_addr(frame);
}
EXPORT_SYMBOL_GPL(kpager_frame_addr);

/**
 * kpager_frame_of() - the frame number of a page
 * @page: any page
 *
 * Context: any.
 * Return: the number, or POOL_NO_FRAME if the page is not in the pool.
 */
u32 kpager_frame_of(struct page *page)
{
	return pool_frame_of(page);
}
EXPORT_SYMBOL_GPL(kpager_frame_of);

/**
 * kpager_pool_stats() - the pool's counters
 * @stats: where to put them
 *
 * Context: any but NMI.
 */
void kpager_pool_stats(struct pool_stats *stats)
{
	pool_stats_get(stats);
}
EXPORT_SYMBOL_GPL(kpager_pool_stats);

/**
 * kpager_pool_check() - are the pool's tables consistent?
 *
 * Linear in the size of the pool: for tests.
 *
 * Context: process context, sleeps.
 * Return: 0 or a negative error, see buddy_check().
 */
int kpager_pool_check(void)
{
	return pool_check();
}
EXPORT_SYMBOL_GPL(kpager_pool_check);

/**
 * kpager_slab_create() - make a cache of objects
 * @cfg: name, size, alignment, constructor, debug modes
 *
 * Context: process context, sleeps.
 * Return: the cache, or ERR_PTR(): -EINVAL, -E2BIG, -ENOMEM, see
 * slab_cache_create().
 */
struct slab_cache *kpager_slab_create(const struct slab_config *cfg)
{
	return slab_cache_create(cfg);
}
EXPORT_SYMBOL_GPL(kpager_slab_create);

/**
 * kpager_slab_destroy() - end a cache
 * @c: the cache, not used by anybody any more
 *
 * Context: process context, sleeps.
 * Return: 0, or -EBUSY if objects are still handed out: refused and reported.
 */
int kpager_slab_destroy(struct slab_cache *c)
{
	return slab_cache_destroy(c);
}
EXPORT_SYMBOL_GPL(kpager_slab_destroy);

/**
 * kpager_slab_alloc() - allocate an object
 * @c: the cache
 * @flags: as for kpager_block_alloc(); POOL_ZERO not with a constructor
 *
 * Context: process context, may sleep; with POOL_NOWAIT any but NMI.
 * Return: the object, or NULL.
 */
void *kpager_slab_alloc(struct slab_cache *c, unsigned int flags)
{
	return slab_alloc(c, flags);
}
EXPORT_SYMBOL_GPL(kpager_slab_alloc);

/**
 * kpager_slab_free() - free an object
 * @c: the cache it was allocated from
 * @obj: the object, or NULL
 *
 * What is no object of @c is refused and reported.
 *
 * Context: any but NMI.
 */
void kpager_slab_free(struct slab_cache *c, void *obj)
{
	slab_free(c, obj);
}
EXPORT_SYMBOL_GPL(kpager_slab_free);

/**
 * kpager_slab_free_addr() - free an object of any cache
 * @obj: the object, or NULL
 *
 * Context: any but NMI.
 */
void kpager_slab_free_addr(void *obj)
{
	slab_free_addr(obj);
}
EXPORT_SYMBOL_GPL(kpager_slab_free_addr);

/**
 * kpager_slab_alloc_bulk() - allocate several objects
 * @c: the cache
 * @objs: where to put them
 * @nr: how many
 * @flags: as for kpager_slab_alloc()
 *
 * Context: as for kpager_slab_alloc().
 * Return: how many were allocated, @nr or less.
 */
unsigned int kpager_slab_alloc_bulk(struct slab_cache *c, void **objs,
				    unsigned int nr, unsigned int flags)
{
	return slab_alloc_bulk(c, objs, nr, flags);
}
EXPORT_SYMBOL_GPL(kpager_slab_alloc_bulk);

/**
 * kpager_slab_free_bulk() - free several objects
 * @c: the cache they were allocated from
 * @objs: the objects
 * @nr: how many
 *
 * Context: any but NMI.
 */
void kpager_slab_free_bulk(struct slab_cache *c, void **objs, unsigned int nr)
{
	slab_free_bulk(c, objs, nr);
}
EXPORT_SYMBOL_GPL(kpager_slab_free_bulk);

/**
 * kpager_slab_shrink() - give the pool what a cache does not need
 * @c: the cache
 *
 * Context: any but NMI.
 * Return: number of frames freed.
 */
u32 kpager_slab_shrink(struct slab_cache *c)
{
	return slab_shrink(c);
}
EXPORT_SYMBOL_GPL(kpager_slab_shrink);

/**
 * kpager_slab_info() - a cache's counters
 * @c: the cache
 * @info: where to put them
 *
 * Context: any but NMI.
 */
void kpager_slab_info(struct slab_cache *c, struct slab_info *info)
{
	slab_info_get(c, info);
}
EXPORT_SYMBOL_GPL(kpager_slab_info);

/**
 * kpager_slab_check() - are a cache's slabs consistent?
 * @c: the cache
 *
 * Context: any but NMI; for tests.
 * Return: 0 or -EUCLEAN.
 */
int kpager_slab_check(struct slab_cache *c)
{
	return slab_check(c);
}
EXPORT_SYMBOL_GPL(kpager_slab_check);
