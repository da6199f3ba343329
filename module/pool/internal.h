/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of pool/ share among themselves.
 *
 * Lock order, outermost first:
 *
 *   grow_lock         mutex; arenas come and go, pool_arenas changes.
 *                     pool_trim(), which a shrinker may call from within an
 *                     allocation made by pool_grow(), only tries it.
 *   slab_lock         mutex in slab.c; the list of caches.
 *   slab_cpu.busy     as pool_cpu.busy, for a slab cache's magazines
 *   cache depot       raw spinlock, one a cache; full and empty magazines
 *   cache lock        raw spinlock, one a cache; its slabs
 *   pool_cpu.busy     one a CPU; its magazines.  Taken with an atomic
 *                     exchange and never waited for on the fast path: who
 *                     finds it taken (an interrupt that hit the owner, or a
 *                     drain from another CPU) uses the buddy directly.
 *                     Preemption is off while it is held.  Only a task may
 *                     wait for it, and only while it drains.
 *   buddy.lock        raw spinlock, interrupts off; free lists, arena fields
 *                     from @link on, the counters in struct pool
 *
 * Interrupts are off only under the raw spinlocks, so an interrupt can meet
 * a held busy word of its own CPU, never a held spinlock of its own CPU: a
 * frame or an object may be freed in any context but NMI.
 *
 * frames[].state has one writer at a time: under buddy.lock while the frame
 * is in a free block, else whoever owns the block (the caller between
 * allocation and free, the magazine it lies in).  The buddy reads the state
 * of neighbours it does not own, and only compares it with FREE: hence
 * READ_ONCE() and WRITE_ONCE().
 */
#ifndef _KPAGER_POOL_INTERNAL_H
#define _KPAGER_POOL_INTERNAL_H

#include "pool.h"

/* Upper half of pool_frame.state; the lower half is the block's order. */
enum frame_kind {
	FRAME_TAIL	= 0x00,	/* not the first frame of its block */
	FRAME_FREE	= 0x10,	/* in the buddy's free lists */
	FRAME_USED	= 0x20,	/* handed out */
	FRAME_CACHED	= 0x30,	/* in a magazine */
	FRAME_SLAB	= 0x40,	/* handed out to the slab allocator */
	FRAME_LOST	= 0x50,	/* no longer ours */
};

#define FRAME_KIND(state)	((state) & 0xf0)
#define FRAME_ORDER(state)	((state) & 0x0f)

/* End of a free list. */
#define FRAME_NONE		U16_MAX

/**
 * struct pool_frame - the frame table's entry
 * @state: enum frame_kind | order
 * @spare: unused
 * @spare2: unused
 * @next: offset of the next free block of this order, if FRAME_FREE
 * @prev: offset of the previous one
 */
struct pool_frame {
	u8 state;
	u8 spare;
	u16 spare2;
	u16 next;
	u16 prev;
};

/**
 * struct buddy - the arenas by the size of their largest free block
 * @lock: protects all of this and the arenas' fields from @link on
 * @mask: bit o set: bucket[o] is not empty
 * @free: frames in free blocks
 * @empty: arenas that are one free block
 * @bucket: arenas whose largest free block has this order
 * @full: arenas without a free block
 */
struct buddy {
	raw_spinlock_t lock;
	u32 mask;
	u32 free;
	u32 empty;
	struct list_head bucket[POOL_NR_ORDERS];
	struct list_head full;
};

/* buddy.c; buddy.lock is held by the caller of all but the first two. */
void buddy_init(struct buddy *b);
void buddy_arena_prepare(struct pool_arena *a);
void buddy_arena_add(struct buddy *b, struct pool_arena *a);
void buddy_arena_del(struct buddy *b, struct pool_arena *a);
u32 buddy_take(struct buddy *b, unsigned int order);
unsigned int buddy_take_bulk(struct buddy *b, u32 *frames, unsigned int nr,
			     u8 state);
void buddy_give(struct buddy *b, struct pool_arena *a, u32 off,
		unsigned int order);
unsigned int buddy_map(const struct pool_arena *a, char *map);
int buddy_check(const struct buddy *b, const struct pool_arena *a);

/* arena.c in the kernel, selftests/unit/pool_host.c elsewhere. */
struct pool_arena *arena_create(unsigned int order, u32 desc_size);
void arena_destroy(struct pool_arena *a);
void arena_destroy_rcu(struct pool_arena *a);
void arena_barrier(void);
void arena_page_put(struct pool_arena *a, u32 off);
void arena_trim_kick(void);

/* pool.c */
void pool_trim_excess(void);
u32 pool_frame_lookup(const void *addr);
void pool_slab_mark(u32 frame, unsigned int order, bool slab);

/* From the lowest to beyond the highest byte the pool ever had. */
extern unsigned long pool_span_start;
extern unsigned long pool_span_size;

/* Could this be the address of something in the pool? */
static __always_inline bool pool_span_has(const void *addr)
{
	return (unsigned long)addr - smp_load_acquire(&pool_span_start) <
	       READ_ONCE(pool_span_size);
}

/* The frame table's entry of a frame whose arena is known to stay. */
static inline struct pool_frame *frame_entry(u32 frame)
{
	return &pool_arena_of(frame)->frames[frame & POOL_OFFSET_MASK];
}

#endif /* _KPAGER_POOL_INTERNAL_H */
