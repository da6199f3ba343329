/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kpager's allocators for other modules.
 *
 * Build such a module with kpager's module/ directory as include path and
 * with kpager's Module.symvers in KBUILD_EXTRA_SYMBOLS; module/examples/ shows
 * how.  While it is loaded kpager cannot be unloaded.  It must free all it
 * allocated before it goes.
 *
 * The types and flags are those of pool.h and slab.h; everything else in these
 * headers is kpager's own business.
 */
#ifndef _KPAGER_POOL_API_H
#define _KPAGER_POOL_API_H

#include "pool.h"
#include "slab.h"

/* Blocks of 2^order frames. */
u32 kpager_block_alloc(unsigned int order, unsigned int flags);
void kpager_block_free(u32 frame, unsigned int order);
unsigned int kpager_frame_alloc_bulk(u32 *frames, unsigned int nr,
				     unsigned int flags);
void kpager_frame_free_bulk(const u32 *frames, unsigned int nr);
struct page *kpager_frame_page(u32 frame);
void *kpager_frame_addr(u32 frame);
u32 kpager_frame_of(struct page *page);
void kpager_pool_stats(struct pool_stats *stats);
int kpager_pool_check(void);

/* Caches of objects. */
struct slab_cache *kpager_slab_create(const struct slab_config *cfg);
int kpager_slab_destroy(struct slab_cache *c);
void *kpager_slab_alloc(struct slab_cache *c, unsigned int flags);
void kpager_slab_free(struct slab_cache *c, void *obj);
void kpager_slab_free_addr(void *obj);
unsigned int kpager_slab_alloc_bulk(struct slab_cache *c, void **objs,
				    unsigned int nr, unsigned int flags);
void kpager_slab_free_bulk(struct slab_cache *c, void **objs, unsigned int nr);
u32 kpager_slab_shrink(struct slab_cache *c);
void kpager_slab_info(struct slab_cache *c, struct slab_info *info);
int kpager_slab_check(struct slab_cache *c);

#endif /* _KPAGER_POOL_API_H */
