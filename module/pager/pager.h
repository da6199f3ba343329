/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pager.h - segments, the frames that hold their pages, and who may do what
 *
 * States of a frame
 * -----------------
 * A frame belongs to the pool, or it holds one page of one segment.  What it
 * holds is its key (segment and page number), found through the index.
 *
 *	free      key 0, in the pool
 *	reading   in the index, page locked, !UPTODATE; unlocked by completion
 *	failed    in the index, !UPTODATE, unlocked: the read failed.  Whoever
 *		  locks it next takes it out of the index; if others were read
 *		  with it (JOINT) the page is tried again by itself
 *	resident  in the index, UPTODATE
 *	writing   resident and WRITEBACK: a write is in flight.  It may be
 *		  mapped, read, written to and made dirty again meanwhile;
 *		  it is neither evicted nor written a second time
 *
 * What struct page holds for us, and nothing else of it is used:
 *	PG_locked      the frame's lock
 *	PG_dirty       newer than the store.  The core sets it when it unmaps a
 *		       dirty entry, we set it for everything else
 *	PG_referenced  left behind by unmapping; cleared when a frame is freed
 *	_refcount      1 for the pool, plus one a mapping and one a user.  A
 *		       frame is given up only if freezing it at 1 succeeds
 *	_mapcount      is it mapped
 *
 * Locks, outermost first
 * ----------------------
 *	segments_lock (mutex)      names, opening, creation and destruction
 *	segment.openers_lock (mutex) who has the segment open; inside the
 *				   segment's inode lock when that is held
 *	opener.pin_lock (mutex)    the pins of one opener; held over reads
 *	openers_lock (mutex)       who has any segment open; taken by who waits
 *				   for a frame with most of these held: who has
 *				   it only tries pin_lock and page locks
 *	segment.forget.lock (mutex) volatile ranges; eviction only tries it
 *	segment.sync_lock (mutex)  one fsync or sweep of the cleaner at a time
 *	inode lock of the segment  one write() or change of size at a time
 *	mmap_lock or VMA lock      held by whoever calls the fault handler
 *	segment.harvest (rwsem)    write: dirty bits are moved from page-table
 *				   entries to PG_dirty.  read: a page is
 *				   unmapped and judged clean or dirty.  So
 *				   nobody judges a page whose bit is on its way
 *	page lock (PG_locked)      contents and identity of a frame.  Held over
 *				   a read, never over a write, never while user
 *				   memory is touched in a way that may fault
 *	segment.policy_lock (mutex)
 *	i_mmap_rwsem, page-table lock (core)
 *	index bucket lock (spin)   changes of a hash chain
 *	segment.tune.lock (spin)   changes of tunables, mappings that come and
 *				   go; nothing is taken under it
 *	segment.refault.lock (spin) figures of refaults; nothing is taken under it
 *	segment.errors.lock (spin) taken in completions, interrupts off
 *	segment.curves.mutex       what the segment would miss otherwise.  Taken
 *				   under any of the sleeping locks above;
 *				   memory is not asked for under it
 *	segment.curves.lock (spin) references on their way there; nothing is
 *				   taken under it
 *
 * A page that moves (move.h) is locked in its old frame, and then in the new
 * one, which nobody can find yet.  That needs sync_lock and the inode lock.
 *
 * Lookups take no lock: under RCU they find a frame number, then either try
 * the page lock or take a reference, then look at the key again.  Arenas do
 * not go away within an RCU grace period, nor while a reference to one of
 * their pages is held, so the page is a page of the pool.  A reference keeps
 * a readable page in its frame; one that is not readable yet may be given up
 * all the same, so the key is looked at again after every wait.
 *
 * No I/O is waited for with a page lock held except by waiting on that lock;
 * no I/O is submitted with the fault lock held except through the worker.
 */
#ifndef KPAGER_PAGER_H
#define KPAGER_PAGER_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched/clock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pager/errors.h"
#include "pager/latency.h"
#include "pager/prefetch.h"
#include "pager/refault.h"
#include "pager/tune.h"
#include "policy/whatif.h"
#include "pool/pool.h"
#include "store/store.h"
#include "uapi/kpager.h"

#define SEGMENT_ID_MAX		1023u
#define KEY_PAGE_BITS		48
/* Frames that fsync collects and sorts before it writes them. */
#define SYNC_FRAMES		2048u

/* Frame flags, in frame_desc.flags. */
#define FRAME_UPTODATE		BIT(0)
#define FRAME_WRITEBACK		BIT(1)
#define FRAME_REF		BIT(2)	/* referenced through read or write */
#define FRAME_JOINT		BIT(3)	/* was read in one request with others */
#define FRAME_AHEAD		BIT(4)	/* was prefetched, no use seen yet */
#define FRAME_COUNTED		BIT(5)	/* counts as dirty, see dirty.c */
#define FRAME_MARK		BIT(6)	/* its use starts the next window */
#define FRAME_SEEN		BIT(7)	/* a fault used it since the last look */
/* How many openers pinned it; changes under the policy_lock. */
#define FRAME_PIN_ONE		BIT(16)
#define FRAME_PINS		GENMASK(30, 16)

/**
 * struct frame_desc - the pager's side of a frame (32 bytes)
 * @key: segment id and page number, 0 if free; changes under the page lock
 * @hash_next: next frame of the index chain; changes under the bucket lock
 * @flags: FRAME_...; atomic, because completions change them in interrupts
 * @node: the policy's; under the segment's policy_lock
 */
struct frame_desc {
	u64 key;
	u32 hash_next;
	atomic_t flags;
	struct policy_node node;
};

/*
 * Per-CPU counters of a segment; the names are the keys in /proc.  One list
 * makes the enum and the name table.
 */
#define SEGMENT_COUNTERS(X)	\
	X(faults_minor)		\
	X(faults_major)		\
	X(faults_around)	\
	X(faults_sigbus)	\
	X(faults_announced)	\
	X(writes_throttled)	\
	X(lookups)		\
	X(misses)		\
	X(evictions)		\
	X(evictions_dirty)	\
	X(ref_looks)		\
	X(prefetched)		\
	X(prefetch_used)	\
	X(prefetch_wasted)	\
	X(pages_read)		\
	X(pages_written)	\
	X(pages_swept)		\
	X(io_errors)		\
	X(fsyncs)		\
	X(purged)		\
	X(refaults)		\
	X(stall_ns)		\
	X(load_waits)		\
	X(whatif_found)		\
	X(whatif_sampled)	\
	X(whatif_lost)		\
	X(moved)

enum segment_counter {
#define X(name) COUNT_##name,
	SEGMENT_COUNTERS(X)
#undef X
	SEGMENT_NR_COUNTERS
};

struct segment_counts {
	u64 v[SEGMENT_NR_COUNTERS];
};

struct segment;

/* Victims proposed at a time. */
#define EVICT_BATCH	32

/**
 * struct evict_victim - a frame that was chosen, and what it held then
 * @frame: the frame
 * @key: its key; nothing keeps it
 */
struct evict_victim {
	u32 frame;
	u64 key;
};

/**
 * struct frame_scan - a walk over the resident pages of a range
 * @seg: the segment
 * @first: first page
 * @last: last page, inclusive
 * @pos: next page or frame number to look at
 * @by_page: the range is smaller than the pool: look each page up
 */
struct frame_scan {
	struct segment *seg;
	u64 first;
	u64 last;
	u64 pos;
	bool by_page;
};

/*
 * What is timed, and the names in /proc.  The time of a fault is that of the
 * handler; a major one is timed from the lookup that found nothing, and once
 * more (map) when it is started over.
 */
#define LATENCIES(X)		\
	X(lookup)		\
	X(minor)		\
	X(minor_map)		\
	X(major)		\
	X(major_allocate)	\
	X(major_wait)		\
	X(major_map)		\
	X(evict)		\
	X(write)

enum latency {
#define X(name) LATENCY_##name,
	LATENCIES(X)
#undef X
	LATENCY_NR
};

#define LATENCY_EVERY		64u
#define LATENCY_EVERY_MAX	65536u
#define LATENCY_OFF		(~0ul)

/**
 * struct segment_latency - histograms of a segment, on one CPU
 * @v: counts, see latency_bucket()
 */
struct segment_latency {
	u64 v[LATENCY_NR][LATENCY_BUCKETS];
};

struct contig;
struct curves_run;

/**
 * struct segment_curves - what a segment would miss otherwise, see curves.c
 * @every: one page of so many is sampled, 0 for none; read with READ_ONCE()
 *	by anybody, changes with @run
 * @mutex: one task at a time simulates
 * @lock: references on their way to it; nothing is taken under it
 * @run: the simulations, NULL if nothing is sampled; changes under both locks
 * @work: simulates what waits
 */
struct segment_curves {
	u32 every;
	struct mutex mutex;
	spinlock_t lock;
	struct curves_run *run;
	struct work_struct work;
};

/**
 * struct segment_forget - what of a segment may be forgotten, see volatile.c
 * @lock: serialises all but what is said to be atomic
 * @ranges: volatile ranges, oldest first
 * @nr: how many
 * @chunks: what is known of single pages; grows only
 * @pages: volatile pages; atomic
 * @zero: absent pages that are zeros whatever the store has; atomic
 * @oldest: age of the first range that may have something, or U64_MAX
 * @first: age of the first range, or U64_MAX
 * @again: pages were spared, or came back; anybody may set it
 * @rescan_at: when the ranges may be gone through again, in jiffies
 */
struct segment_forget {
	struct mutex lock;
	struct list_head ranges;
	unsigned int nr;
	struct xarray chunks;
	atomic_long_t pages;
	atomic_long_t zero;
	u64 oldest;
	u64 first;
	bool again;
	unsigned long rescan_at;
};

/**
 * struct segment - a named range of pages
 * @list: in the list of segments; under segments_lock and segments_spin
 * @refs: holders besides the list; the last one completes @released
 * @released: destruction waits here
 * @name: its name
 * @id: small number, the minor of its node and part of its frames' keys
 * @nr_pages: size; read it with segment_pages(), changed by segment_resize()
 * @mode: permission bits of the node
 * @user: who it is charged to, if it is anonymous: it has no node, and ends
 *	with its descriptor; else NULL
 * @charged: how many bytes @user was charged
 * @opens: open file descriptions; under segments_lock
 * @openings: how often it was opened; under segments_lock
 * @dying: destruction has begun, no more opens; under segments_lock
 * @dropped: pages were dropped with a task that was killed: what is in no frame
 *	cannot be had any more
 * @pinned_module: unwritten pages hold a reference on the module; under
 *	segments_lock
 * @retry_at: when to try those again, in jiffies; under segments_lock
 * @retry_delay: back-off, in jiffies; under segments_lock
 * @inode: private inode; its i_mapping is what mappings hang on
 * @store: where pages live when not resident
 * @contig: its memory if that is contiguous, see contig.h; else NULL
 * @dev: the node
 * @policy_lock: serialises @policy
 * @policy: which frame to give up
 * @policy_memory: what it keeps beside the nodes
 * @leaving: key of the frame that leaves the policy; under @policy_lock
 * @wanted: frames that the policy wants to have written; under @policy_lock
 * @nr_wanted: how many
 * @expire_work: takes frames away that should go although there is room
 * @deterministic: nothing happens to it in the background, and hits are
 *	delivered by segment_touch(); fixed at creation
 * @harvest: see above
 * @blind: mappings that stop the core's harvest, see harvest_part()
 * @blind_made: how many of them were ever made
 * @bitmap: scratch of the harvest, @bitmap_pages bits
 * @bitmap_pages: pages harvested at a time
 * @sync_lock: one fsync or sweep at a time
 * @sync_frames: scratch of fsync, SYNC_FRAMES entries
 * @wb_wait: woken when a write ends
 * @forget: volatile ranges
 * @openers_lock: serialises @openers
 * @openers: who has it open, struct opener
 * @pinned: pages that openers pinned; changes under @policy_lock
 * @resident: pages in frames
 * @taking: pages that reclaim is taking now, see segment_evict_spare()
 * @dirty: pages that count as dirty, if writes are announced
 * @dirty_wait: writers over the dirty limit
 * @clean_work: writes dirty pages ahead of need
 * @sweep: where it goes on; under @sync_lock
 * @unclean: share of the latest victims that were not clean, of 256
 * @tune: tunables, see tune.h
 * @curves: what it would miss otherwise
 * @errors: what its store refused, see errors.h
 * @refault: what is known of pages that come back, see refault.h
 * @load: what load control does to it; changed by that alone
 * @counts: statistics
 * @latency: histograms
 */
struct segment {
	struct list_head list;
	refcount_t refs;
	struct completion released;
	char name[KPAGER_NAME_SIZE];
	u32 id;
	u64 nr_pages;
	umode_t mode;
	struct anon_user *user;
	u64 charged;
	unsigned int opens;
	unsigned int openings;
	bool dying;
	bool dropped;
	bool pinned_module;
	unsigned long retry_at;
	unsigned long retry_delay;
	struct inode *inode;
	struct store *store;
	struct contig *contig;
	struct device *dev;
	struct mutex policy_lock;
	struct policy policy;
	void *policy_memory;
	u64 leaving;
	struct evict_victim wanted[POLICY_WANTED];
	unsigned int nr_wanted;
	struct work_struct expire_work;
	bool deterministic;
	struct rw_semaphore harvest;
	atomic_t blind;
	atomic_t blind_made;
	unsigned long *bitmap;
	u64 bitmap_pages;
	struct mutex sync_lock;
	u32 *sync_frames;
	wait_queue_head_t wb_wait;
	struct segment_forget forget;
	struct mutex openers_lock;
	struct list_head openers;
	atomic_long_t pinned;
	atomic_long_t resident;
	atomic_long_t taking;
	atomic_long_t dirty;
	wait_queue_head_t dirty_wait;
	struct work_struct clean_work;
	struct frame_scan sweep;
	unsigned int unclean;
	struct segment_tune tune;
	struct segment_curves curves;
	struct segment_errors errors;
	struct segment_refault refault;
	struct segment_load load;
	struct segment_counts __percpu *counts;
	struct segment_latency __percpu *latency;
};

/* Does a segment replace pages of its own before it takes those of others? */
static inline bool segment_is_local(const struct segment *seg)
{
	return READ_ONCE(seg->tune.local) || READ_ONCE(seg->load.level);
}

/* Counting happens on the fault path: one instruction, no lock. */
#define segment_count(seg, name) \
	this_cpu_inc((seg)->counts->v[COUNT_##name])
#define segment_count_add(seg, name, n) \
	this_cpu_add((seg)->counts->v[COUNT_##name], n)

/* The size in pages.  It may change until the segment's inode is locked. */
static inline u64 segment_pages(const struct segment *seg)
{
	return READ_ONCE(seg->nr_pages);
}

/* latency.c: how long things take */
extern unsigned long latency_mask;
extern const char *const latency_names[LATENCY_NR];
int latency_set_every(unsigned long every);
u64 latency_since(struct segment *seg, enum latency what, u64 start);
void latency_between(struct segment *seg, enum latency what, u64 start,
		     u64 end);
void latency_count(struct segment *seg, enum latency what, u64 ns);
void latency_sum(struct segment *seg, enum latency what, u64 *buckets);

/* When something that is always timed begins, or 0 if nothing is timed. */
static inline u64 latency_now(void)
{
	return READ_ONCE(latency_mask) == LATENCY_OFF ? 0 : local_clock();
}

/* Count a lookup.  When it began, if it is one that is timed, or 0. */
static inline u64 latency_lookup(struct segment *seg)
{
	u64 n = this_cpu_inc_return(seg->counts->v[COUNT_lookups]);

	return unlikely(!(n & READ_ONCE(latency_mask))) ? local_clock() : 0;
}

static inline u64 frame_key(const struct segment *seg, u64 pgoff)
{
	return (u64)seg->id << KEY_PAGE_BITS | pgoff;
}

static inline u64 key_page(u64 key)
{
	return key & (BIT_ULL(KEY_PAGE_BITS) - 1);
}

static inline u32 key_segment(u64 key)
{
	return key >> KEY_PAGE_BITS;
}

/* Pages that openers pinned. */
static inline unsigned long segment_pinned(const struct segment *seg)
{
	return atomic_long_read(&seg->pinned);
}

/*
 * Pages that reclaim may take: what a segment holds above its minimum and is
 * not pinned.  Of a deterministic one, none.
 */
static inline unsigned long segment_spare(const struct segment *seg)
{
	unsigned long resident = atomic_long_read(&seg->resident);
	unsigned long min = max(READ_ONCE(seg->tune.resident_min),
				segment_pinned(seg));

	return !seg->deterministic && resident > min ? resident - min : 0;
}

static inline struct frame_desc *frame_desc(u32 frame)
{
	return pool_desc(frame);
}

/*
 * Does a frame hold a page of a segment?  A reference does not keep a frame
 * that was never readable from being given to another page.
 */
static inline bool frame_is_of(const struct segment *seg, u32 frame)
{
	return key_segment(READ_ONCE(frame_desc(frame)->key)) == seg->id;
}

static inline bool frame_test(u32 frame, int flag)
{
	return atomic_read(&frame_desc(frame)->flags) & flag;
}

/* Did an opener pin its page? */
static inline bool frame_pinned(u32 frame)
{
	return frame_test(frame, FRAME_PINS);
}

/* index.c: key -> frame */
int index_init(u32 frames);
void index_exit(void);
size_t index_bytes(void);
u32 index_lookup(u64 key);
u32 index_find(u64 key);
u32 index_insert(u64 key, u32 frame);
void index_remove(u32 frame);

/* rmap.c: what the page tables of all mappings say of a page */
bool rmap_test_and_clear_young(struct address_space *mapping, u64 pgoff,
			       struct page *page);
bool rmap_dirty(struct address_space *mapping, u64 pgoff, struct page *page);
u64 rmap_next(struct address_space *mapping, u64 first);
bool rmap_writable(struct address_space *mapping, u64 pgoff, struct page *page);

/* frame.c: a page of a segment, in a frame */

/**
 * struct frame_ahead - what may be read along with an absent page
 * @reader: who asks, or NULL
 * @known: pages behind it that will be asked for next, for certain
 * @absent: it was looked for in vain just now
 * @since: when the fault that asks began, from latency_now(): its parts are
 *	timed; 0: they are not
 * @until: receives when the page was there, or stays 0
 */
struct frame_ahead {
	struct prefetch *reader;
	u32 known;
	bool absent;
	u64 since;
	u64 until;
};

/* What frame_get_overwrite() returns besides 0 and errors. */
#define FRAME_NEW		1

/* A frame is needed, but not for a particular page. */
#define FRAME_NO_PAGE		U64_MAX

/**
 * struct frame_reclaim - what reclaim offers to the pager, registered upwards
 * @direct: called when the pool has no frame; the arguments tell who needs
 *	it, or NULL, for which page, or FRAME_NO_PAGE, what the caller may do,
 *	and since when it has been trying, in jiffies.  0: try again, or an
 *	error to give up with
 * @throttle: called for a miss of a segment whose load.delay is not 0, by a task
 *	that holds nothing but perhaps the lock of its inode: waits.  0, or
 *	-EINTR for a task that is being killed
 * @wake: called when fewer than @low frames are free; does not sleep
 * @low: see @wake
 */
struct frame_reclaim {
	int (*direct)(struct segment *seg, u64 page,
		      enum store_context context, unsigned long since);
	int (*throttle)(struct segment *seg);
	void (*wake)(void);
	u32 low;
};

void frame_set_reclaim(const struct frame_reclaim *reclaim);
void frame_reclaim_low(u32 frames);
void frame_reclaim_wake(void);
int frame_reclaim_direct(struct segment *seg, enum store_context context,
			 unsigned long since);
bool frame_hold(u32 frame, u64 key);
u32 frame_lookup_get(struct segment *seg, u64 pgoff);
u32 frame_find_get(struct segment *seg, u64 pgoff);
int frame_get(struct segment *seg, u64 pgoff, enum store_context context,
	      struct frame_ahead *ahead, u32 *frame);
bool frame_read_ahead(struct segment *seg, u64 first, unsigned int nr);
void frame_used(struct segment *seg, u32 frame);
bool frame_take_mark(u32 frame);
void frame_continue_ahead(struct segment *seg, struct prefetch *reader,
			  enum store_context context);
int frame_get_overwrite(struct segment *seg, u64 pgoff,
			enum store_context context, u32 *frame);
void frame_put(u32 frame);
void frame_fill_done(struct segment *seg, u32 frame);
void frame_fill_abort(struct segment *seg, u32 frame);
void frame_forget(struct segment *seg, u32 frame);
bool frame_release(struct segment *seg, u32 frame, enum policy_why why);
void frame_abandon(struct segment *seg, u32 frame);

/* scan.c: the resident pages of a range */
void frame_scan_init(struct frame_scan *scan, struct segment *seg, u64 first,
		     u64 last);
u32 frame_scan_next(struct frame_scan *scan);

/* io.c: requests */

/**
 * struct pager_batch - requests that are waited for together
 * @pending: requests in flight, plus one for the submitter
 * @err: first error
 * @done: completed when @pending is 0
 */
struct pager_batch {
	atomic_t pending;
	int err;
	struct completion done;
};

int io_init(void);
void io_exit(void);
void io_read(struct segment *seg, u32 *frames, unsigned int nr,
	     enum store_context context);
void io_batch_init(struct pager_batch *batch);
int io_batch_wait(struct pager_batch *batch);
void io_write_batch(struct segment *seg, u32 *frames, unsigned int nr,
		    struct pager_batch *batch, enum store_context context);

/* clean.c: dirty pages to the store */
bool clean_begin(u32 frame);
void clean_wait(struct segment *seg, u32 frame);
void segment_clean(struct segment *seg, u64 first, u64 last);
int segment_sync(struct segment *seg, u64 first, u64 last);
u64 segment_dirty(struct segment *seg);
void segments_dirty(u32 *dirty);
int clean_init(void);
void clean_exit(void);
void segment_clean_init(struct segment *seg);
void segment_clean_start(struct segment *seg);
void segment_clean_queue(struct work_struct *work);
void segment_clean_stop(struct segment *seg);

/* dirty.c: announced writes */
void frame_set_dirty(struct segment *seg, u32 frame);
void dirty_forget(struct segment *seg, u32 frame);
void dirty_written(struct segment *seg, u32 frame);
bool dirty_over(struct segment *seg);
bool dirty_over_half(struct segment *seg);
int dirty_throttle(struct segment *seg, unsigned long patience);
vm_fault_t dirty_mkwrite(struct vm_fault *vmf);

/* evict.c */
unsigned int segment_evict_these(struct segment *seg,
				 const struct evict_victim *victims,
				 unsigned int nr);
unsigned int segment_evict(struct segment *seg, unsigned int want,
			   enum store_context context);
unsigned int segment_evict_spare(struct segment *seg, unsigned int want,
				 enum store_context context,
				 unsigned int *written);
unsigned int segment_evict_volatile(struct segment *seg,
				    const struct evict_victim *victims,
				    unsigned int nr);
void segment_evict_unmapped(struct segment *seg, u64 first, u64 last);
void segment_drop_frame(struct segment *seg, u32 frame);
void segment_drop_all(struct segment *seg);
u64 segment_drop_easy(struct segment *seg);

/* evacuate.c */
unsigned int frames_easy(u32 first, unsigned int nr);
unsigned int frames_evict(u32 first, unsigned int nr);

/* volatile.c: what may be forgotten */
void segment_forget_init(struct segment *seg);
void segment_forget_exit(struct segment *seg);
int segment_volatile(struct segment *seg, u64 first, u64 last);
u64 segment_volatile_pages(struct segment *seg, u64 first, u64 last);
int segment_nonvolatile(struct segment *seg, u64 first, u64 last, u64 *purged);
void segment_forget_cut(struct segment *seg, u64 pages);
unsigned int segment_discard(struct segment *seg, unsigned int want);
unsigned int segments_discard(unsigned int want);
bool forget_purge(struct segment *seg, u32 frame);
unsigned int forget_fill(struct segment *seg, u32 *frames, unsigned int nr);
void forget_written(struct segment *seg, u32 frame);
int segment_forget_settle(struct segment *seg, u64 first, u64 last);

/* Must pages that come in be looked at? */
static inline bool segment_forgets(const struct segment *seg)
{
	return atomic_long_read(&seg->forget.pages) ||
		atomic_long_read(&seg->forget.zero);
}

/* advise.c */
void segment_willneed(struct segment *seg, u64 first, u64 last);
void segment_dontneed(struct segment *seg, u64 first, u64 last);

/* resize.c */
int segment_resize(struct segment *seg, u64 bytes);

/* around.c */
void fault_around(struct vm_fault *vmf, struct segment *seg);

/* fault.c */
bool segment_map_fits(struct segment *seg, struct vm_area_struct *vma);
int segment_mmap(struct segment *seg, struct vm_area_struct *vma);

/* opener.c: who has a segment open */

/**
 * struct opener - an open file description of a segment
 * @all: in @openers; under openers_lock
 * @file: its file; that has no reference for this
 * @seg: the segment
 * @writes: it was opened for writing
 * @list: in the segment's list; under its openers_lock
 * @pin_lock: serialises @pins
 * @pins: what it pinned, see pin.c
 * @pinned: pages that it has pinned; changed by who has @pin_lock
 * @doomed: who has it is being killed: pins end when a call that pins does
 * @prefetch: what it will want next
 * @around: the pages that were mapped with its last fault, and how many were
 *	to be; faults of several threads race for it, and lose a window
 */
struct opener {
	struct list_head all;
	struct file *file;
	struct segment *seg;
	bool writes;
	struct list_head list;
	struct mutex pin_lock;
	struct list_head pins;
	atomic_long_t pinned;
	bool doomed;
	struct prefetch prefetch;
	struct {
		u64 first;
		u64 end;
		unsigned int window;
	} around;
};

/* pin.c: pages that stay */
int pin_init(void);
void pin_exit(void);
void pin_uncount(struct segment *seg);
void opener_begin(struct opener *opener, struct segment *seg);
void opener_end(struct opener *opener);
int segment_pin(struct opener *opener, u64 first, u64 last);
int segment_unpin(struct opener *opener, u64 first, u64 last);
void opener_unpin(struct opener *opener);
u64 opener_pinned(struct opener *opener);
u64 opener_unpin_doomed(struct opener *opener);
void segment_pins_cut(struct segment *seg, u64 pages);

extern struct mutex openers_lock;
extern struct list_head openers;
void opener_add(struct opener *opener, struct file *file);
void opener_del(struct opener *opener);
u64 opener_frames(const struct opener *opener);
u64 opener_give_up(struct opener *opener);

void segment_evict_expired(struct segment *seg, enum store_context context);
void segment_expire_init(struct segment *seg);
void segment_expire_start(struct segment *seg);

/* replace.c: the policy of a segment */
void replace_init(u32 frames);
u32 replace_most_fixed(void);
const struct policy_ops *segment_policy_find(const char *name,
					     bool deterministic);
int segment_set_policy(struct segment *seg, const char *name);
int segment_policy_param_get(struct segment *seg, const char *name,
			     u32 *value);
int segment_policy_param_set(struct segment *seg, const char *name, u32 value);
void segment_policy_miss(struct segment *seg, u64 pgoff);
int segment_touch(struct segment *seg, u64 pgoff, bool write);
int segment_policy_init(struct segment *seg, const struct policy_ops *ops);
void segment_policy_exit(struct segment *seg);
size_t segment_policy_bytes(struct segment *seg);

u32 replace_limit(void);

/* curves.c: what would be missed otherwise */
void curves_note(struct segment *seg, u64 pgoff, bool write);
int segment_set_whatif(struct segment *seg, unsigned long every);
unsigned int segment_curves_get(struct segment *seg,
				struct whatif_estimate *estimates);
size_t segment_curves_bytes(struct segment *seg);
void segment_curves_init(struct segment *seg);
void segment_curves_exit(struct segment *seg);

/* A page was asked for, or found used: note it if it is in the sample. */
static inline void segment_reference(struct segment *seg, u64 pgoff,
				     bool write)
{
	u32 every = READ_ONCE(seg->curves.every);

	if (unlikely(every) && whatif_samples(pgoff, every))
		curves_note(seg, pgoff, write);
}

/* A look, or an eviction, found that a page was used through a mapping. */
static inline void segment_found(struct segment *seg, u64 pgoff)
{
	if (likely(!READ_ONCE(seg->curves.every)))
		return;
	segment_count(seg, whatif_found);
	segment_reference(seg, pgoff, false);
}

/* A fault uses a page: the bit that this leaves is no further use. */
static inline void frame_seen(struct segment *seg, u32 frame)
{
	if (unlikely(READ_ONCE(seg->curves.every)))
		atomic_or(FRAME_SEEN, &frame_desc(frame)->flags);
}

/* rw.c */
ssize_t segment_read_iter(struct opener *opener, struct kiocb *iocb,
			  struct iov_iter *to);
ssize_t segment_write_iter(struct segment *seg, struct kiocb *iocb,
			   struct iov_iter *from);

/* anon.c: who has which anonymous segments */

/* Names that begin so are not for others. */
#define ANON_PREFIX		"anon:"
/* Most anonymous segments of a user, and of all users. */
#define ANON_SEGMENTS_MAX	64u
#define ANON_SEGMENTS_ALL	(SEGMENT_ID_MAX / 2)

int anon_init(u32 frames);
void anon_exit(void);
struct anon_user *anon_charge(u64 bytes, bool limited);
void anon_uncharge(struct anon_user *user, u64 bytes);
unsigned long anon_max_mb(void);
int anon_set_max_mb(unsigned long mb);

/* Does it end with its descriptor, and have no name but for statistics? */
static inline bool segment_is_anon(const struct segment *seg)
{
	return seg->user;
}

/* Who makes one is charged for what is kept about it, as far as that goes. */
static inline gfp_t segment_gfp(const struct segment *seg)
{
	return segment_is_anon(seg) ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;
}

/* segment.c */
extern struct mutex segments_lock;
extern struct list_head segments;

/**
 * struct segment_params - what a segment is made of
 * @name: checked by segment_name_check(); NULL for an anonymous segment
 * @limited: an anonymous segment counts against its user's limits
 * @bytes: size
 * @mode: permission bits of its node
 * @policy: replacement policy, from segment_policy_find()
 * @deterministic: see struct segment
 * @resident_max: pages it may have in frames, 0 for any number
 * @backing: its store, open for reading and writing; not kept.  NULL for
 *	compressed memory
 * @contiguous: it has no store, and its memory is contiguous, see contig.h
 */
struct segment_params {
	const char *name;
	bool limited;
	u64 bytes;
	umode_t mode;
	const struct policy_ops *policy;
	bool deterministic;
	u64 resident_max;
	struct file *backing;
	bool contiguous;
};

int segments_init(u32 frames);
void segments_exit(void);
int segment_name_check(const char *name);
int segment_size_check(u64 bytes);
struct segment *segment_create(const struct segment_params *params);
void segment_publish(struct segment *seg);
struct segment *segment_retire(const char *name, bool discard);
void segment_retire_anon(struct segment *seg);
void segment_destroy(struct segment *seg);
struct segment *segment_next_get(struct segment *seg);
struct segment *segment_get(const char *name);
void segment_put(struct segment *seg);
struct segment *segment_open(u32 id);
void segment_close(struct segment *seg);
bool segments_retry_writes(void);
struct segment *segment_get_id(u32 id);
u64 segments_clean(void);
u64 segments_forgettable(void);
u64 segments_spare(void);
u64 segments_resident(void);
void segment_counts_sum(struct segment *seg, struct segment_counts *sum);
void segments_counts_sum(struct segment_counts *sum);
extern const char *const segment_counter_names[SEGMENT_NR_COUNTERS];

#endif /* KPAGER_PAGER_H */
