// SPDX-License-Identifier: GPL-2.0
/*
 * io.c - requests between frames and stores
 *
 * Requests come from our own slabs, and when these have none from mempools, so
 * that writing pages out makes progress when the system has no memory.
 * Completions run in any context.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "pager/pager.h"
#include "pager/trace.h"
#include "pool/slab.h"

#include <linux/mempool.h>
#include <linux/sort.h>

/* Pages of the largest request: 1 MiB. */
#define IO_PAGES	256
#define IO_SMALL_MIN	64
#define IO_LARGE_MIN	8

/**
 * struct pager_io - a request
 * @io: the store's part
 * @seg: whose pages
 * @batch: who waits for it, or NULL
 * @class: where it came from
 * @kept: it is one of the class's mempool
 * @start: when a write was submitted, see latency_now()
 * @frames: the frames, one a page; behind @bvec
 * @bvec: their pages
 */
struct pager_io {
	struct store_io io;
	struct segment *seg;
	struct pager_batch *batch;
	struct io_class *class;
	bool kept;
	u64 start;
	u32 *frames;
	struct bio_vec bvec[];
};

/**
 * struct io_class - requests of one size
 * @name: of the cache
 * @pages: most pages of a request
 * @min: requests kept for when there is no memory
 * @cache: our own slab cache
 * @pool: the reserve behind it
 * @up: @pool has its requests
 */
struct io_class {
	const char *name;
	unsigned int pages;
	int min;
	struct slab_cache *cache;
	mempool_t *pool;
	bool up;
};

static struct io_class io_classes[] = {
	{ .name = "io_small", .pages = 1, .min = IO_SMALL_MIN },
	{ .name = "io_large", .pages = IO_PAGES, .min = IO_LARGE_MIN },
};

/*
 * The requests that are kept are those made at first, for ever: others may lie
 * in any arena, and one that is kept there would keep the arena.
 */
static void *io_kept_alloc(gfp_t gfp, void *data)
{
	struct io_class *class = data;

	return class->up ? NULL : slab_alloc(class->cache, 0);
}

static void io_kept_free(void *request, void *data)
{
	struct io_class *class = data;

	slab_free(class->cache, request);
}

static void io_class_exit(struct io_class *class)
{
	mempool_destroy(class->pool);
	if (class->cache)
		slab_cache_destroy(class->cache);
	class->pool = NULL;
	class->cache = NULL;
}

static int io_class_init(struct io_class *class)
{
	struct slab_config config = {
		.name = class->name,
		.size = sizeof(struct pager_io) + class->pages *
			(sizeof(struct bio_vec) + sizeof(u32)),
	};

	class->cache = slab_cache_create(&config);
	if (IS_ERR(class->cache)) {
		int err = PTR_ERR(class->cache);

		class->cache = NULL;
		return err;
	}
	class->up = false;
	class->pool = mempool_create(class->min, io_kept_alloc, io_kept_free,
				     class);
	class->up = class->pool;
	if (class->up)
		return 0;
	io_class_exit(class);
	return -ENOMEM;
}

/**
 * io_init - make the request pools
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int io_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(io_classes); i++) {
		err = io_class_init(&io_classes[i]);
		if (err)
			goto err_exit;
	}
	return 0;

err_exit:
	while (i--)
		io_class_exit(&io_classes[i]);
	return err;
}

/**
 * io_exit - free the request pools; no request is in flight
 *
 * Context: may sleep.
 */
void io_exit(void)
{
	unsigned int i = ARRAY_SIZE(io_classes);

	while (i--)
		io_class_exit(&io_classes[i]);
}

/* Mempools do not fail when they may sleep; mostly they are not needed. */
static struct pager_io *io_alloc(struct segment *seg, unsigned int pages)
{
	struct io_class *class = &io_classes[pages > 1];
	struct pager_io *pio = slab_alloc(class->cache, POOL_NOWAIT);
	bool kept = !pio;

	if (unlikely(kept))
		pio = mempool_alloc(class->pool, GFP_NOIO);
	pio->class = class;
	pio->kept = kept;
	pio->seg = seg;
	pio->batch = NULL;
	pio->io.store = seg->store;
	pio->io.bvec = pio->bvec;
	pio->io.nr = 0;
	pio->frames = (u32 *)&pio->bvec[class->pages];
	return pio;
}

static void io_free(struct pager_io *pio)
{
	if (unlikely(pio->kept))
		mempool_free(pio, pio->class->pool);
	else
		slab_free(pio->class->cache, pio);
}

static void io_add(struct pager_io *pio, u32 frame)
{
	unsigned int i = pio->io.nr++;

	pio->frames[i] = frame;
	pio->bvec[i].bv_page = pool_page(frame);
	pio->bvec[i].bv_len = PAGE_SIZE;
	pio->bvec[i].bv_offset = 0;
}

static void io_failed(struct pager_io *pio, int err)
{
	struct store_io *io = &pio->io;

	segment_count(pio->seg, io_errors);
	segment_error_record(pio->seg,
			     io->write ? KPAGER_OP_WRITE : KPAGER_OP_READ,
			     io->pos, (u64)io->nr << PAGE_SHIFT, err);
}

static void io_read_done(struct store_io *io, int err)
{
	struct pager_io *pio = container_of(io, struct pager_io, io);
	struct segment *seg = pio->seg;
	unsigned int i;

	/* The segment and the pools stay until a grace period afterwards. */
	rcu_read_lock();
	trace_kpager_read(seg, io->pos >> PAGE_SHIFT, io->nr, err);
	if (err) {
		io_failed(pio, err);
		pr_err_ratelimited("%s: reading %u page(s) at offset %lld failed: error %d\n",
				   seg->name, io->nr, io->pos, err);
	} else {
		segment_count_add(seg, pages_read, io->nr);
	}
	for (i = 0; i < io->nr; i++) {
		if (!err)
			atomic_or(FRAME_UPTODATE,
				  &frame_desc(pio->frames[i])->flags);
		unlock_page(pio->bvec[i].bv_page);
	}
	io_free(pio);
	rcu_read_unlock();
}

/**
 * io_batch_init - begin a set of requests that is waited for together
 * @batch: usually on the stack
 *
 * Context: any.
 */
void io_batch_init(struct pager_batch *batch)
{
	atomic_set(&batch->pending, 1);
	batch->err = 0;
	init_completion(&batch->done);
}

static void io_batch_put(struct pager_batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		complete(&batch->done);
}

/**
 * io_batch_wait - wait until every request of a set is done
 * @batch: the set; must be waited for
 *
 * Context: may sleep, not killably: the requests point to @batch.
 * Return: 0 or the error of one request that failed.
 */
int io_batch_wait(struct pager_batch *batch)
{
	io_batch_put(batch);
	wait_for_completion_io(&batch->done);
	return READ_ONCE(batch->err);
}

static void io_write_done(struct store_io *io, int err)
{
	struct pager_io *pio = container_of(io, struct pager_io, io);
	struct segment *seg = pio->seg;
	unsigned int i;

	/* As in io_read_done(). */
	rcu_read_lock();
	trace_kpager_clean(seg, io->pos >> PAGE_SHIFT, io->nr, err);
	if (err == -ENOMEM) {
		/* It was not begun, and will be tried again: nothing to tell. */
		segment_count(seg, io_errors);
	} else if (err) {
		io_failed(pio, err);
		segment_write_ended(seg, err);
		mapping_set_error(seg->inode->i_mapping, err);
		pr_err_ratelimited("%s: writing %u page(s) at offset %lld failed, they are kept: error %d\n",
				   seg->name, io->nr, io->pos, err);
	} else {
		segment_count_add(seg, pages_written, io->nr);
		segment_write_ended(seg, 0);
		latency_since(seg, LATENCY_write, pio->start);
	}
	for (i = 0; i < io->nr; i++) {
		if (err)
			folio_set_dirty(kp_folio(pio->bvec[i].bv_page));
		else
			dirty_written(seg, pio->frames[i]);
		atomic_andnot(FRAME_WRITEBACK,
			      &frame_desc(pio->frames[i])->flags);
	}
	if (wq_has_sleeper(&seg->wb_wait))
		wake_up_all(&seg->wb_wait);
	if (err)
		WRITE_ONCE(pio->batch->err, err);
	io_batch_put(pio->batch);
	io_free(pio);
	rcu_read_unlock();
}

static int io_compare(const void *a, const void *b)
{
	u64 ka = frame_desc(*(const u32 *)a)->key;
	u64 kb = frame_desc(*(const u32 *)b)->key;

	return ka < kb ? -1 : ka > kb;
}

static unsigned int io_run_length(const u32 *frames, unsigned int nr,
				  unsigned int max)
{
	u64 key = frame_desc(frames[0])->key;
	unsigned int n = 1;

	while (n < nr && n < max && frame_desc(frames[n])->key == key + n)
		n++;
	return n;
}

/* Split frames into requests, one for each run of pages. */
static void io_submit_runs(struct segment *seg, u32 *frames, unsigned int nr,
			   bool write, struct pager_batch *batch,
			   enum store_context context)
{
	unsigned int max = min_t(unsigned int, IO_PAGES, seg->store->max_pages);

	if (nr > 1)
		sort(frames, nr, sizeof(*frames), io_compare, NULL);
	while (nr) {
		unsigned int i, n = io_run_length(frames, nr, max);
		struct pager_io *pio = io_alloc(seg, n);

		pio->io.write = write;
		pio->io.done = write ? io_write_done : io_read_done;
		pio->io.pos = key_page(frame_desc(*frames)->key) << PAGE_SHIFT;
		pio->batch = batch;
		for (i = 0; i < n; i++)
			io_add(pio, frames[i]);
		if (batch)
			atomic_inc(&batch->pending);
		pio->start = write ? latency_now() : 0;
		store_submit(&pio->io, context);
		frames += n;
		nr -= n;
	}
}

/**
 * io_read - fill frames from the store
 * @seg: the segment of all of them
 * @frames: in the index, their pages locked; the completion unlocks them.
 *	Sorted by page here
 * @nr: how many
 * @context: see store_submit()
 *
 * Context: may sleep for requests; does not wait for the I/O.
 */
void io_read(struct segment *seg, u32 *frames, unsigned int nr,
	     enum store_context context)
{
	io_submit_runs(seg, frames, nr, false, NULL, context);
}

/**
 * io_write_batch - write frames to the store
 * @seg: the segment of all of them
 * @frames: frames that clean_begin() marked; sorted by page here
 * @nr: how many
 * @batch: joined by all requests
 * @context: see store_submit()
 *
 * Pages that follow each other go out in one request.
 *
 * Context: may sleep for requests; does not wait for the I/O.
 */
void io_write_batch(struct segment *seg, u32 *frames, unsigned int nr,
		    struct pager_batch *batch, enum store_context context)
{
	io_submit_runs(seg, frames, nr, true, batch, context);
}
