/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pool: every frame kpager owns.
 *
 * For Kbuild, all of module/pool that goes into kpager.ko:
 *
 *   pool/arena.o pool/buddy.o pool/pool.o pool/pool_grow.o pool/pool_info.o
 *   pool/slab.o pool/slab_cache.o pool/slab_debug.o pool/extent.o pool/export.o
 *   abi/proc_pool.o
 *
 * A frame is named by a u32: the arena's slot in the upper 22 bits, the
 * frame's offset in its arena in the lower 10.  Slot 0 is never used, so that
 * frame 0 means "none".  A frame number stays valid until the frame is freed;
 * after that its arena may go away, but only after an RCU grace period, so a
 * lockless reader that found a number under rcu_read_lock() may still use
 * pool_page() and pool_desc() on it until rcu_read_unlock().
 *
 * struct page: the pool writes none of its fields, and reads the reference
 * count only before it gives an arena back.  A frame carries
 * the one reference that alloc_pages() gave it, from pool_init() or growth to
 * put_page() at the end; whoever takes a frame may take further references,
 * set flags (PG_dirty, PG_referenced, PG_locked, ...) and mapping, and must
 * have undone all of that before pool_frame_free().
 */
#ifndef _KPAGER_POOL_H
#define _KPAGER_POOL_H

#include "../platform.h"

/* Frames of the largest arena, as a power of two: 4 MiB. */
#define POOL_MAX_ORDER		10
#define POOL_NR_ORDERS		(POOL_MAX_ORDER + 1)
#define POOL_ARENA_FRAMES	((u32)BIT(POOL_MAX_ORDER))
#define POOL_OFFSET_MASK	(POOL_ARENA_FRAMES - 1)

/* No frame: what a failed allocation returns. */
#define POOL_NO_FRAME		0u

/* Allocation flags. */
#define POOL_ZERO		BIT(0)	/* contents are zeroed */
#define POOL_NOWAIT		BIT(1)	/* never sleep, hence never grow */
#define POOL_RESERVE		BIT(2)	/* may use the reclaimer's reserve */

/**
 * enum pool_fail - why a request was refused
 * @POOL_FAIL_BAD: order over the largest, or unknown flags
 * @POOL_FAIL_RESERVE: only the reclaimer's reserve is left
 * @POOL_FAIL_LIMIT: the pool is at its limit and nothing is free
 * @POOL_FAIL_FRAGMENTED: enough is free, but not in one piece
 * @POOL_FAIL_NOWAIT: growing would help, and the caller may not sleep
 * @POOL_FAIL_KERNEL: growing was tried and the kernel had nothing to give
 * @POOL_FAIL_NR: number of reasons
 */
enum pool_fail {
	POOL_FAIL_BAD,
	POOL_FAIL_RESERVE,
	POOL_FAIL_LIMIT,
	POOL_FAIL_FRAGMENTED,
	POOL_FAIL_NOWAIT,
	POOL_FAIL_KERNEL,
	POOL_FAIL_NR
};

/**
 * struct pool_config - what pool_init() needs to know
 * @limit_frames: most frames the pool may ever hold, at least 1
 * @min_frames: taken at once and kept; at most @limit_frames
 * @reserve_frames: frames only POOL_RESERVE requests may have; less than
 *	@limit_frames
 * @desc_size: bytes of owner descriptor for each frame, a power of two;
 *	0 for none
 */
struct pool_config {
	u32 limit_frames;
	u32 min_frames;
	u32 reserve_frames;
	u32 desc_size;
};

/**
 * struct pool_stats - a snapshot, all counts in frames unless said otherwise
 * @limit: see struct pool_config
 * @min: see struct pool_config
 * @reserve: see struct pool_config
 * @total: taken from the kernel now
 * @whole: of these, in folios that stay whole
 * @used: handed out now
 * @free: not handed out, wherever they are
 * @cached: part of @free that lies in per-CPU magazines
 * @peak: highest @used seen; off by at most one magazine for each CPU
 * @lost: given up by pool_frame_lose() since pool_init()
 * @arenas: number of arenas
 * @grown: arenas taken since pool_init()
 * @shrunk: arenas given back since pool_init()
 * @meta_bytes: bytes of tables, descriptors and magazines
 * @bad_frees: calls that tried to free what they must not
 * @fails: refused requests by enum pool_fail
 */
struct pool_stats {
	u32 limit;
	u32 min;
	u32 reserve;
	u32 total;
	u32 whole;
	u32 used;
	u32 free;
	u32 cached;
	u32 peak;
	u32 lost;
	u32 arenas;
	u64 grown;
	u64 shrunk;
	u64 meta_bytes;
	u64 bad_frees;
	u64 fails[POOL_FAIL_NR];
};

/**
 * struct pool_arena_info - a consistent snapshot of one arena
 * @slot: its number, the upper bits of its frames' numbers
 * @node: NUMA node
 * @frames: size
 * @free: free frames in the buddy (magazines count as used here)
 * @lost: frames given up
 * @blocks: free blocks of each order
 * @largest: frames of the largest free block, 0 if none
 */
struct pool_arena_info {
	u32 slot;
	int node;
	u32 frames;
	u32 free;
	u32 lost;
	u32 blocks[POOL_NR_ORDERS];
	u32 largest;
};

struct page;
struct pool_frame;

/**
 * struct pool_arena - a run of frames taken from the kernel in one piece
 * @base: first struct page; NULL outside the kernel
 * @desc: owner descriptors
 * @desc_shift: log2 of the size of one descriptor
 * @order: log2 of @nr
 * @nr: number of frames
 * @slot: index in pool_arenas
 * @frames: frame table, one struct pool_frame a frame
 * @addr: address of the first byte
 * @node: NUMA node
 * @sibling: slot of the next arena in the same chain of the address hash, or 0
 * @rcu: for freeing it
 * @dead: out of use, about to go back to the kernel
 * @home: slabs come from here first, everybody else last
 * @link: in the pool's list of arenas with the same largest free block, if
 *	there is one
 * @avail: bit o set: a free block of order o exists
 * @free: free frames
 * @lost: frames that are no longer ours
 * @slabs: frames of the slab allocator, which keep the arena
 * @head: offset of the first free block of each order
 * @blocks: number of free blocks of each order
 *
 * The first four fields and @home never change while the arena is in
 * pool_arenas; the fields from @link on are protected by the pool's lock.
 */
struct pool_arena {
	struct page *base;
	void *desc;
	u8 desc_shift;
	u8 order;
	u16 nr;
	u32 slot;
	struct pool_frame *frames;
	void *addr;
	int node;
	u32 sibling;
	bool dead;
	bool home;
	struct rcu_head rcu;

	struct hlist_node link;
	u16 avail;
	u16 free;
	u16 lost;
	u16 slabs;
	u16 head[POOL_NR_ORDERS];
	u16 blocks[POOL_NR_ORDERS];
};

extern struct pool_arena **pool_arenas;

/**
 * pool_arena_of() - the arena a frame number points into
 * @frame: a frame that is allocated, or was when rcu_read_lock() was taken
 *
 * Context: any; two loads, no check.
 * Return: the arena, never NULL for a frame as above.
 */
static inline struct pool_arena *pool_arena_of(u32 frame)
{
	return READ_ONCE(pool_arenas[frame >> POOL_MAX_ORDER]);
}

/**
 * pool_desc() - the owner's descriptor of a frame
 * @frame: as for pool_arena_of()
 *
 * Zeroed when the arena is created, never touched by the pool afterwards.
 *
 * Context: any.
 * Return: address of desc_size bytes.
 */
static inline void *pool_desc(u32 frame)
{
	const struct pool_arena *a = pool_arena_of(frame);

	return a->desc + ((size_t)(frame & POOL_OFFSET_MASK) << a->desc_shift);
}

/**
 * pool_addr() - the address of a frame's first byte
 * @frame: as for pool_arena_of()
 *
 * Context: any.
 * Return: an address in the kernel's direct map.
 */
static inline void *pool_addr(u32 frame)
{
	const struct pool_arena *a = pool_arena_of(frame);

	return a->addr + ((size_t)(frame & POOL_OFFSET_MASK) << PAGE_SHIFT);
}

#ifdef __KERNEL__
/**
 * pool_page() - the struct page of a frame
 * @frame: as for pool_arena_of()
 *
 * Context: any.
 * Return: the page.
 */
static inline struct page *pool_page(u32 frame)
{
	return pool_arena_of(frame)->base + (frame & POOL_OFFSET_MASK);
}

u32 pool_frame_of(struct page *page);

struct folio *pool_folio_alloc(unsigned int order, unsigned int flags);
void pool_folio_free(struct folio *folio);
#endif

int pool_init(const struct pool_config *cfg);
void pool_exit(void);

u32 pool_frame_alloc(unsigned int flags);
void pool_frame_free(u32 frame);
unsigned int pool_frame_alloc_bulk(u32 *frames, unsigned int nr,
				   unsigned int flags);
void pool_frame_free_bulk(const u32 *frames, unsigned int nr);
void pool_frame_lose(u32 frame);
u32 pool_alloc(unsigned int order, unsigned int flags);
void pool_free(u32 frame, unsigned int order);
void pool_split(u32 frame, unsigned int order);
void pool_join(u32 frame, unsigned int order);

unsigned int pool_run_take(u32 first, u32 nr, u32 *frames);
u32 pool_run_free(u32 first, u32 nr);

u32 pool_free_frames(void);
u32 pool_available_frames(void);
u32 pool_frame_next(u32 frame);
u32 pool_trim(u32 keep_frames);
void pool_drain(void);
void pool_stats_get(struct pool_stats *stats);

typedef int (*pool_arena_fn)(const struct pool_arena_info *info, void *arg);
u32 pool_slots(void);
bool pool_arena_look(u32 slot, struct pool_arena_info *info);
int pool_buddyinfo(pool_arena_fn fn, void *arg);
unsigned int pool_buddymap(u32 slot, char *map);
int pool_check(void);

#endif /* _KPAGER_POOL_H */
