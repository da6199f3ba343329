/* SPDX-License-Identifier: GPL-2.0 */
/*
 * store.h - where a segment's pages live when they are not resident
 *
 * A store is a range of bytes that is read and written in whole pages,
 * asynchronously: store_submit() starts a request, its done() is called
 * exactly once, from any context, hard interrupts included.
 *
 * What kinds there are nobody outside this folder knows: each brings a table
 * of operations and says in struct store what is special about it.
 *
 * A page is the subject of one request at a time: the pager reads it only
 * while it is absent, and writes it only while no write of it is in flight.
 */
#ifndef KPAGER_STORE_H
#define KPAGER_STORE_H

#include <linux/atomic.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/kcsan-checks.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "store/inject.h"

struct seq_file;
struct store;
struct store_io;

/**
 * enum store_context - what the task that starts a request may do
 * @STORE_LOCKED: it holds the fault lock and waits for nobody's I/O
 * @STORE_UNLOCKED: it may wait, but came from inside the kernel and may hold
 *	locks or a transaction of a file system
 * @STORE_FREE: it came from user mode, or is a thread of ours, and holds
 *	nothing
 *
 * In this order: who may do more may also do what those above may.
 */
enum store_context {
	STORE_LOCKED,
	STORE_UNLOCKED,
	STORE_FREE,
};

/**
 * struct store_ops - what a kind of store can do
 * @submit: start a request, in a task whose context is at least
 *	store.submitter, or in a worker.  done() may be called before it
 *	returns.  Context: may sleep; must not enter reclaim that writes
 * @discard: forget the pages from @first on, which are in no frame and have no
 *	request in flight; they read as zeros then.  NULL: they stay what they
 *	are.  Context: may sleep
 * @forget: forget one page, which has no request in flight and gets none
 *	meanwhile; it reads as zeros then.  NULL: it cannot.  Context: may
 *	sleep, but for no memory
 * @next: the first page from @first to @last that it holds something of, or
 *	@last + 1; goes with @forget.  Context: any process context
 * @flush: make what was written durable.  Return 0 or a negative errno.
 *	Context: may sleep
 * @bytes: how much it can hold now, if that may grow.  Context: any
 * @held: frames of the pool that it takes, about, and gives back when it is
 *	closed; NULL: none.  Context: any
 * @show: print what the store is, a path or a word.  Context: may sleep
 * @close: free it.  Context: may sleep; no request is in flight
 */
struct store_ops {
	void (*submit)(struct store_io *io);
	void (*discard)(struct store *store, u64 first);
	void (*forget)(struct store *store, u64 page);
	u64 (*next)(struct store *store, u64 first, u64 last);
	int (*flush)(struct store *store);
	u64 (*bytes)(struct store *store);
	u64 (*held)(struct store *store);
	void (*show)(struct store *store, struct seq_file *m);
	void (*close)(struct store *store);
};

/**
 * struct store_inject - what shall go wrong with a store
 * @active: there is a rule
 * @rules: when
 * @count: occasions so far, or still to come
 */
struct store_inject {
	bool active;
	struct inject_rule rules[INJECT_NR_RULES];
	atomic_t count[INJECT_NR_RULES];
};

/**
 * struct store - an open store; the first member of its kind's structure
 * @ops: its kind's operations
 * @id: what identifies it, whatever path led to it; never dereferenced
 * @bytes: its size when it was opened
 * @submitter: the least context in which a task may submit by itself; others
 *	leave it to a worker
 * @worker_writes: a worker starts every write.  Who writes to a file keeps its
 *	file system from being frozen, and that comes before every lock: before
 *	that of a pipe, which a task that splices to us holds, and so before
 *	any lock of ours
 * @max_pages: pages of the largest request
 * @passing: its contents end with it, so that there is no use in writing
 *	pages when the last opener goes
 * @takes_frames: writing to it may take frames of the pool
 * @inject: private to inject.c
 */
struct store {
	const struct store_ops *ops;
	const void *id;
	u64 bytes;
	enum store_context submitter;
	bool worker_writes;
	unsigned int max_pages;
	bool passing;
	bool takes_frames;
	struct store_inject inject;
};

/**
 * struct store_io - a request, embedded in its owner's structure
 * @store: where
 * @pos: byte offset, a multiple of the page size
 * @bvec: the pages, one whole page an element; must live until done()
 * @nr: number of pages, at most store.max_pages
 * @write: direction
 * @done: called once, with 0 or a negative errno; may be in hard-IRQ context
 * @iocb: private to files
 * @refs: private to files; submission and completion hold one each
 * @result: private to files
 * @inject_done: private to inject.c: @done as it was
 * @inject_nr: private to inject.c: @nr as it was
 * @work: private
 */
struct store_io {
	struct store *store;
	loff_t pos;
	struct bio_vec *bvec;
	unsigned int nr;
	bool write;
	void (*done)(struct store_io *io, int err);
	struct kiocb iocb;
	atomic_t refs;
	long result;
	void (*inject_done)(struct store_io *io, int err);
	unsigned int inject_nr;
	struct work_struct work;
};

/**
 * store_noio_save - this task's allocations do not wait for stores
 *
 * Only a task itself writes its flags, but the scheduler looks at those of others
 * at any time, without a lock: at bits that are not this one.  So KCSAN has
 * nothing to report here.
 *
 * Context: any task.
 * Return: what store_noio_restore() wants.
 */
static inline unsigned int store_noio_save(void)
{
	unsigned int flags;

	kcsan_disable_current();
	flags = memalloc_noio_save();
	kcsan_enable_current();
	return flags;
}

/**
 * store_noio_restore - as it was before store_noio_save()
 * @flags: what that returned
 *
 * Context: the same task.
 */
static inline void store_noio_restore(unsigned int flags)
{
	kcsan_disable_current();
	memalloc_noio_restore(flags);
	kcsan_enable_current();
}

/**
 * store_may_submit - may a task start requests of a store by itself
 * @store: the store
 * @context: what the task may do
 *
 * Context: any.
 * Return: true if so; else a worker starts them.
 */
static inline bool store_may_submit(const struct store *store,
				    enum store_context context)
{
	return context >= store->submitter;
}

int store_init(u32 memory_frames);
void store_exit(void);
void store_submit(struct store_io *io, enum store_context context);
int store_flush(struct store *store);
void store_discard(struct store *store, u64 first);
bool store_forget(struct store *store, u64 page);
u64 store_next(struct store *store, u64 first, u64 last);
u64 store_bytes(struct store *store);
u64 store_held(struct store *store);
void store_show(struct store *store, struct seq_file *m);
void store_close(struct store *store);

/* inject.c: faults for tests */
DECLARE_STATIC_KEY_FALSE(store_inject_key);
int store_inject_set(struct store *store, const char *text);
int store_inject_show(struct store *store, char *buf, size_t size);
u64 store_injected(void);
bool store_inject_io(struct store_io *io);
void store_inject_delay(struct store *store);
int store_inject_flush(struct store *store);

/* file.c: a regular file or a block device */
struct store *store_open_file(struct file *like);
const void *store_file_id(const struct file *like);

/* none.c: for pages that never leave their frames */
struct store *store_open_none(void);

/* memory.c: compressed memory */

/**
 * struct store_memory_stats - what is in memory stores, all together
 * @pages: pages
 * @same: of these, kept as a word
 * @raw: of these, kept uncompressed
 * @bytes: length of what is kept, same-filled pages not counted
 * @full: writes that were refused because the store was full
 * @frames: frames that hold it
 * @max_frames: most frames that may
 */
struct store_memory_stats {
	u64 pages;
	u64 same;
	u64 raw;
	u64 bytes;
	u64 full;
	u32 frames;
	u32 max_frames;
};

int memory_init(u32 max_frames);
void memory_exit(void);
struct store *store_open_memory(void);
void store_memory_stats(struct store_memory_stats *stats);

#endif /* KPAGER_STORE_H */
