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
 * struct buddy_set - arenas by the size of their largest free block
 * @mask: bit o set: bucket[o] is not empty
 * @bucket: arenas whose largest free block has this order
 */
struct buddy_set {
	u32 mask;
	struct hlist_head bucket[POOL_NR_ORDERS];
};

/* Index into buddy.set: struct pool_arena.home */
#define SET_ROAM	0
#define SET_HOME	1

/**
 * struct buddy - the arenas
 * @lock: protects all of this and the arenas' fields from @link on
 * @free: frames in free blocks
 * @empty: arenas that are one free block
 * @set: SET_HOME: the arenas that slabs come from first and everybody else
 *	last; SET_ROAM: the others
 */
struct buddy {
	raw_spinlock_t lock;
	u32 free;
	u32 empty;
	struct buddy_set set[2];
};

/* Capacity of a magazine for frames, and for blocks of order MAG_ORDER. */
#define MAG_FRAMES	64
#define MAG_BLOCKS	16
#define MAG_ORDER	4

/**
 * struct pool_cpu - one CPU's magazines
 * @busy: 1 while somebody works on them
 * @nr: number of @frame in use
 * @nr_blocks: number of @block in use
 * @nr_paired: frames in @pair
 * @block: free blocks of MAG_ORDER
 * @pair: two free blocks of each other order; [1] only if there is a [0]
 * @frame: free frames
 */
struct pool_cpu {
	u32 busy;
	u16 nr;
	u16 nr_blocks;
	u32 nr_paired;
	u32 block[MAG_BLOCKS];
	u32 pair[POOL_NR_ORDERS][2];
	u32 frame[MAG_FRAMES];
} ____cacheline_aligned;

/**
 * struct pool - the one pool there is
 * @cpu: magazines
 * @mag_max: capacity of a magazine in use, even
 * @mag_blocks_max: same for blocks, even; 0: blocks are not cached
 * @pair_max: largest order of which a CPU keeps blocks, 0: none
 * @owing: the buddy holds less than @reserve: what is freed goes there, not
 *	into magazines; changes under the buddy's lock
 * @hash_shift: 64 - log2 of the size of @hash
 * @nr_slots: size of pool_arenas
 * @hash: first slot of each chain; the key is the address / 4 MiB
 * @limit: see struct pool_config
 * @min: see struct pool_config
 * @reserve: see struct pool_config
 * @desc_size: see struct pool_config
 * @meta_bytes: size of everything that is allocated beside the frames
 * @buddy: free blocks.  Its lock protects everything below
 * @total: frames taken from the kernel
 * @whole: of these, in folios that stay whole
 * @home: frames of arenas that slabs come from first; under grow_lock
 * @arenas: arenas
 * @lost: frames given up
 * @peak: most frames in use
 * @grow_order: order of arena that the kernel gave last
 * @trim_pending: arena_trim_kick() was called
 * @grown: arenas taken
 * @shrunk: arenas given back
 * @bad_frees: wrong calls
 * @fails: refused requests
 */
struct pool {
	struct pool_cpu __percpu *cpu;
	u16 mag_max;
	u16 mag_blocks_max;
	u8 pair_max;
	bool owing;
	u8 hash_shift;
	u32 nr_slots;
	u32 *hash;
	u32 limit;
	u32 min;
	u32 reserve;
	u32 desc_size;
	u64 meta_bytes;

	struct buddy buddy ____cacheline_aligned;
	u32 total;
	u32 whole;
	u32 home;
	u32 arenas;
	u32 lost;
	u32 peak;
	unsigned int grow_order;
	bool trim_pending;
	u64 grown;
	u64 shrunk;
	u64 bad_frees;
	u64 fails[POOL_FAIL_NR];
};

extern struct pool pool;
/* Serialises changes of pool_arenas. */
extern struct mutex grow_lock;

/* buddy.c; buddy.lock is held by the caller of all but the first two. */
void buddy_init(struct buddy *b);
void buddy_arena_prepare(struct pool_arena *a);
bool buddy_has(const struct buddy *b, unsigned int order);
void buddy_arena_add(struct buddy *b, struct pool_arena *a);
void buddy_arena_del(struct buddy *b, struct pool_arena *a);
u32 buddy_take(struct buddy *b, unsigned int order);
u32 buddy_take_home(struct buddy *b, unsigned int order);
u32 buddy_take_from(struct buddy *b, struct pool_arena *a, unsigned int order);
unsigned int buddy_take_run(struct buddy *b, struct pool_arena *a, u32 first,
			    u32 nr, u32 *frames);
unsigned int buddy_take_bulk(struct buddy *b, unsigned int order, u32 *frames,
			     unsigned int nr, enum frame_kind kind);
void buddy_give_bulk(struct buddy *b, unsigned int order, const u32 *frames,
		     unsigned int nr);
unsigned int buddy_map(const struct pool_arena *a, char *map);
int buddy_check(const struct buddy *b, const struct pool_arena *a);

/* arena.c in the kernel, selftests/unit/pool_host.c elsewhere. */
struct pool_arena *arena_create(unsigned int order, u32 desc_size);
void arena_destroy(struct pool_arena *a);
void arena_destroy_rcu(struct pool_arena *a);
void arena_grace_period(void);
bool arena_is_held(const struct pool_arena *a);
void arena_barrier(void);
void arena_page_put(struct pool_arena *a, u32 off);
void arena_trim_kick(void);

/* pool.c */
u32 pool_cached(void);
void pool_note_peak(void);
void pool_note_owing(void);
u32 pool_slab_alloc(unsigned int order, unsigned int flags);
void pool_slab_mark(u32 frame, unsigned int order, bool slab);

/* pool_grow.c */
bool pool_room_take(u32 nr);
void pool_room_give(u32 nr);
int pool_grow(unsigned int order, unsigned int flags);
void pool_trim_excess(void);
u32 pool_frame_lookup(const void *addr);

/* From the lowest to beyond the highest byte the pool ever had. */
extern unsigned long pool_span_start;
extern unsigned long pool_span_size;

/* Could this be the address of something in the pool? */
static __always_inline bool pool_span_has(const void *addr)
{
	/* Start before size: pairs with span_add(). */
	return (unsigned long)addr - smp_load_acquire(&pool_span_start) <
	       READ_ONCE(pool_span_size);
}

/* The frame table's entry of a frame whose arena is known to stay. */
static inline struct pool_frame *frame_entry(u32 frame)
{
	return &pool_arena_of(frame)->frames[frame & POOL_OFFSET_MASK];
}

/* How many frames a request must leave in the buddy. */
static inline u32 pool_floor(unsigned int flags)
{
	return flags & POOL_RESERVE ? 0 : pool.reserve;
}

/*
 * The frame table's entry if there is such a frame, else NULL.  The caller
 * holds off RCU: a bad number may point into an arena that is going away.
 */
static __always_inline struct pool_frame *frame_entry_checked(u32 frame)
{
	u32 slot = frame >> POOL_MAX_ORDER, off = frame & POOL_OFFSET_MASK;
	struct pool_arena *a;

	if (unlikely(slot >= pool.nr_slots))
		return NULL;
	a = READ_ONCE(pool_arenas[slot]);
	if (unlikely(!a || off >= a->nr))
		return NULL;
	return &a->frames[off];
}

#endif /* _KPAGER_POOL_INTERNAL_H */
