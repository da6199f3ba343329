// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - compressed memory as a store
 *
 * Pages live in objects of our own slab, by size class, or raw in frames; both
 * are frames of the pool, and all memory stores together may hold no more
 * than memory_budget of them.  How a page is kept is in packed.h.  The index
 * grows with the pages that were ever written, in the kernel's memory.
 *
 * Evicting a dirty page may need a frame before it frees one.  So frames for
 * this store are taken from the pool's reserve, which the next frees fill up
 * again; and a page that was written before goes into the place it has, or
 * gives it up first: what was there is older than what is in the frame, and
 * that frame is not given up before the write succeeded.  A write that finds
 * nothing fails, and the page stays dirty where it is: with ENOSPC if the
 * store is full, which is an error, or ENOMEM if the pool is, which passes.
 *
 * No lock protects a page here: there is one request at a time for it.
 */
#include "store/store.h"

#include "pool/slab.h"
#include "store/compress.h"
#include "store/packed.h"

#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/xarray.h>

/* Entries of the index freed between two chances to reschedule. */
#define FREE_BATCH	1024

/**
 * struct memory_store - a store in memory
 * @store: what everybody knows of it
 * @pages: for each page that was written a value or an object, see packed.h
 * @bytes: length of what is kept, as in struct memory_counts
 */
struct memory_store {
	struct store store;
	struct xarray pages;
	atomic_long_t bytes;
};

/**
 * struct memory_counts - what is in memory stores, all together
 * @pages: pages
 * @same: of these, kept as a word
 * @raw: of these, kept uncompressed
 * @bytes: what the others were compressed to, and the raw ones
 * @full: writes that were refused because the store was full
 */
struct memory_counts {
	atomic_long_t pages;
	atomic_long_t same;
	atomic_long_t raw;
	atomic_long_t bytes;
	atomic_long_t full;
};

static struct memory_counts memory_counts;
static struct slab_budget memory_budget;
static struct slab_cache *memory_caches[PACKED_NR_CLASSES];

static struct memory_store *memory_store(struct store *store)
{
	return container_of(store, struct memory_store, store);
}

/* ---- entries of the index --------------------------------------------- */

static void entry_count(struct memory_store *ms, const void *entry, int sign)
{
	const struct packed_object *object = entry;
	bool raw = false, same = true;
	long bytes = 0;

	if (xa_is_value(entry)) {
		raw = packed_value_is_frame(xa_to_value(entry));
		same = !raw;
		bytes = raw ? PAGE_SIZE : 0;
	} else if (!object->same) {
		same = false;
		bytes = object->bytes;
	}
	atomic_long_add(sign, &memory_counts.pages);
	atomic_long_add(sign * same, &memory_counts.same);
	atomic_long_add(sign * raw, &memory_counts.raw);
	atomic_long_add(sign * bytes, &memory_counts.bytes);
	atomic_long_add(sign * bytes, &ms->bytes);
}

static void entry_free(void *entry)
{
	struct packed_object *object = entry;
	unsigned long value;

	if (!xa_is_value(entry)) {
		slab_free(memory_caches[object->class], object);
		return;
	}
	value = xa_to_value(entry);
	if (packed_value_is_frame(value)) {
		pool_frame_free(packed_value_to_frame(value));
		slab_budget_give(&memory_budget, 1);
	}
}

static void *object_new(const void *data, u32 bytes, unsigned int class,
			bool same)
{
	struct packed_object *object;

	object = slab_alloc(memory_caches[class], POOL_NOWAIT | POOL_RESERVE);
	if (!object)
		return NULL;
	object->bytes = bytes;
	object->class = class;
	object->same = same;
	memcpy(object->data, data, bytes);
	return object;
}

static void *frame_new(const void *page)
{
	u32 frame;

	if (!slab_budget_take(&memory_budget, 1))
		return NULL;
	frame = pool_frame_alloc(POOL_NOWAIT | POOL_RESERVE);
	if (!frame) {
		slab_budget_give(&memory_budget, 1);
		return NULL;
	}
	memcpy(pool_addr(frame), page, PAGE_SIZE);
	return xa_mk_value(packed_value_frame(frame));
}

/**
 * struct packing - a page that is to be kept, and how
 * @page: its contents, which do not change
 * @data: what goes into an object
 * @bytes: length of @data
 * @class: size class, or PACKED_RAW
 * @same: @data is the word that the page repeats
 */
struct packing {
	const void *page;
	const void *data;
	u32 bytes;
	unsigned int class;
	bool same;
};

static void *entry_new(const struct packing *p)
{
	void *entry = NULL;

	if (p->class != PACKED_RAW)
		entry = object_new(p->data, p->bytes, p->class, p->same);
	/* The largest objects need two frames side by side. */
	if (!entry && p->page)
		entry = frame_new(p->page);
	return entry;
}

/* Put a page where it was before, if it fits there. */
static bool entry_reuse(struct memory_store *ms, void *entry,
			const struct packing *p)
{
	struct packed_object *object = entry;
	unsigned long value;

	if (!entry)
		return false;
	if (xa_is_value(entry)) {
		value = xa_to_value(entry);
		if (p->class != PACKED_RAW || !packed_value_is_frame(value))
			return false;
		memcpy(pool_addr(packed_value_to_frame(value)), p->page,
		       PAGE_SIZE);
		return true;
	}
	if (object->class != p->class)
		return false;
	entry_count(ms, object, -1);
	object->bytes = p->bytes;
	object->same = p->same;
	memcpy(object->data, p->data, p->bytes);
	entry_count(ms, object, 1);
	return true;
}

/* ---- pages ------------------------------------------------------------ */

static void memory_drop(struct memory_store *ms, unsigned long index)
{
	void *old = xa_erase(&ms->pages, index);

	if (old) {
		entry_count(ms, old, -1);
		entry_free(old);
	}
}

static int memory_set(struct memory_store *ms, unsigned long index, void *entry)
{
	void *old;

	old = xa_store(&ms->pages, index, entry, GFP_NOIO | __GFP_NOWARN);
	if (xa_is_err(old)) {
		entry_free(entry);
		return -ENOMEM;
	}
	entry_count(ms, entry, 1);
	if (old) {
		entry_count(ms, old, -1);
		entry_free(old);
	}
	return 0;
}

static int memory_put(struct memory_store *ms, unsigned long index,
		      const struct packing *p)
{
	void *old = xa_load(&ms->pages, index);
	void *entry;

	if (entry_reuse(ms, old, p))
		return 0;
	entry = entry_new(p);
	if (!entry && old) {
		/* Older than what is to be written, and in its way. */
		memory_drop(ms, index);
		entry = entry_new(p);
	}
	if (entry)
		return memory_set(ms, index, entry);
	if (READ_ONCE(memory_budget.used) < memory_budget.max)
		return -ENOMEM;
	atomic_long_inc(&memory_counts.full);
	return -ENOSPC;
}

static int memory_put_word(struct memory_store *ms, unsigned long index,
			   u64 word)
{
	struct packing p = {
		.data = &word, .bytes = sizeof(word), .same = true,
		.class = packed_class(sizeof(word)),
	};

	if (!packed_word_fits(word))
		return memory_put(ms, index, &p);
	return memory_set(ms, index, xa_mk_value(packed_value_word(word)));
}

static int memory_pack(struct memory_store *ms, unsigned long index,
		       const void *page)
{
	struct packing p = { .page = page };
	struct compress_scratch *scratch;
	int err;

	scratch = compress_page(page, &p.bytes);
	if (scratch) {
		p.page = scratch->page;
		p.data = scratch->out;
	}
	p.class = packed_class(p.bytes);
	err = memory_put(ms, index, &p);
	compress_release(scratch);
	return err;
}

/*
 * Have the pool take more from the kernel, if its limit allows.  Not while
 * the scratch memory is held: whoever frees memory for it may need that.
 */
static bool memory_grow(void)
{
	unsigned int noio = store_noio_save();
	u32 frame = pool_frame_alloc(POOL_RESERVE);

	store_noio_restore(noio);
	if (frame)
		pool_frame_free(frame);
	return frame;
}

static int memory_put_page(struct memory_store *ms, unsigned long index,
			   const void *page)
{
	u64 word;

	if (packed_page_is_same(page, &word))
		return memory_put_word(ms, index, word);
	return memory_pack(ms, index, page);
}

static int memory_write(struct memory_store *ms, unsigned long index,
			const void *page)
{
	int err = memory_put_page(ms, index, page);

	if (err == -ENOMEM && memory_grow())
		err = memory_put_page(ms, index, page);
	return err;
}

static int memory_read(struct memory_store *ms, unsigned long index, void *page)
{
	const void *entry = xa_load(&ms->pages, index);
	const struct packed_object *object = entry;
	unsigned long value;
	u64 word = 0;

	if (entry && !xa_is_value(entry)) {
		if (!object->same)
			return compress_undo(object->data, object->bytes, page);
		memcpy(&word, object->data, sizeof(word));
	} else if (entry) {
		value = xa_to_value(entry);
		if (packed_value_is_frame(value)) {
			memcpy(page, pool_addr(packed_value_to_frame(value)),
			       PAGE_SIZE);
			return 0;
		}
		word = packed_value_to_word(value);
	}
	memset64(page, word, PAGE_SIZE / sizeof(word));
	return 0;
}

/* ---- the store -------------------------------------------------------- */

static void memory_submit(struct store_io *io)
{
	struct memory_store *ms = memory_store(io->store);
	unsigned long index = io->pos >> PAGE_SHIFT;
	unsigned int i;
	int err = 0;

	/* Who writes many pages waits for nothing here. */
	cond_resched();
	for (i = 0; i < io->nr && !err; i++) {
		void *page = page_address(io->bvec[i].bv_page);

		err = io->write ? memory_write(ms, index + i, page) :
				  memory_read(ms, index + i, page);
	}
	io->done(io, err);
}

static void memory_discard(struct store *store, u64 first)
{
	struct memory_store *ms = memory_store(store);
	unsigned long index, nr = 0;
	void *entry;

	xa_for_each_start(&ms->pages, index, entry, first) {
		memory_drop(ms, index);
		if (!(++nr % FREE_BATCH))
			cond_resched();
	}
}

static void memory_forget(struct store *store, u64 page)
{
	memory_drop(memory_store(store), page);
}

static u64 memory_next(struct store *store, u64 first, u64 last)
{
	unsigned long index = first;

	if (first > last ||
	    !xa_find(&memory_store(store)->pages, &index, last, XA_PRESENT))
		return last + 1;
	return index;
}

static int memory_flush(struct store *store)
{
	return 0;
}

/* What the size classes waste is not in it. */
static u64 memory_held(struct store *store)
{
	return atomic_long_read(&memory_store(store)->bytes) >> PAGE_SHIFT;
}

static void memory_show(struct store *store, struct seq_file *m)
{
	seq_puts(m, "memory");
}

static void memory_close(struct store *store)
{
	struct memory_store *ms = memory_store(store);

	memory_discard(store, 0);
	xa_destroy(&ms->pages);
	kfree(ms);
}

static const struct store_ops memory_ops = {
	.submit = memory_submit,
	.discard = memory_discard,
	.forget = memory_forget,
	.next = memory_next,
	.flush = memory_flush,
	.held = memory_held,
	.show = memory_show,
	.close = memory_close,
};

/**
 * store_open_memory - make a store in compressed memory
 * It has no size, and takes memory only for what is written to it.  What was
 * never written reads as zeros.
 *
 * Context: may sleep.
 * Return: the store or -ENOMEM.
 */
struct store *store_open_memory(void)
{
	struct memory_store *ms = kzalloc(sizeof(*ms), GFP_KERNEL);

	if (!ms)
		return ERR_PTR(-ENOMEM);
	xa_init(&ms->pages);
	ms->store.ops = &memory_ops;
	ms->store.id = ms;
	ms->store.bytes = MAX_LFS_FILESIZE;
	ms->store.submitter = STORE_LOCKED;
	/* A page that finds no room shall not fail others. */
	ms->store.max_pages = 1;
	ms->store.passing = true;
	ms->store.takes_frames = true;
	return &ms->store;
}

/**
 * store_memory_stats - what is in all memory stores
 * @stats: receives it
 *
 * Context: any.
 */
void store_memory_stats(struct store_memory_stats *stats)
{
	stats->pages = atomic_long_read(&memory_counts.pages);
	stats->same = atomic_long_read(&memory_counts.same);
	stats->raw = atomic_long_read(&memory_counts.raw);
	stats->bytes = atomic_long_read(&memory_counts.bytes);
	stats->full = atomic_long_read(&memory_counts.full);
	stats->frames = READ_ONCE(memory_budget.used);
	stats->max_frames = memory_budget.max;
}

static void memory_caches_destroy(unsigned int nr)
{
	while (nr--)
		slab_cache_destroy(memory_caches[nr]);
}

/**
 * memory_init - bring memory stores up
 * @max_frames: most frames that they may hold together
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int memory_init(u32 max_frames)
{
	struct slab_config config = { .lean = true, .budget = &memory_budget };
	char name[SLAB_NAME_SIZE];
	unsigned int i;
	int err;

	memset(&memory_counts, 0, sizeof(memory_counts));
	slab_budget_init(&memory_budget, max_frames);
	config.name = name;
	for (i = 0; i < PACKED_NR_CLASSES; i++) {
		config.size = packed_class_sizes[i];
		snprintf(name, sizeof(name), "store_%u", config.size);
		memory_caches[i] = slab_cache_create(&config);
		if (IS_ERR(memory_caches[i])) {
			err = PTR_ERR(memory_caches[i]);
			goto err_caches;
		}
	}
	err = compress_init();
	if (err)
		goto err_caches;
	return 0;

err_caches:
	memory_caches_destroy(i);
	return err;
}

/**
 * memory_exit - tear memory stores down; every one is closed
 *
 * Context: may sleep.
 */
void memory_exit(void)
{
	compress_exit();
	memory_caches_destroy(PACKED_NR_CLASSES);
}
