// SPDX-License-Identifier: GPL-2.0
/*
 * segment.c - segments: creation, opening, closing, destruction
 *
 * Life of a segment: segment_create() makes it, closed to everybody (dying);
 * segment_publish() lets it be opened.  segment_retire() closes it again and
 * writes its dirty pages, segment_destroy() frees it.  The device node comes
 * and goes between those pairs, which is the business of abi/.
 *
 * An anonymous segment has no node.  It is open once from the beginning, and
 * segment_retire_anon() closes it with its only open file description.
 *
 * Each segment has an inode of its own in a private pseudo file system: the
 * mappings of all its openers hang on that inode's i_mapping, whatever node
 * they came through.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "pager/contig.h"
#include "pager/pager.h"
#include "pool/slab.h"

#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

/* Dirty bits are harvested this many pages at a time: a bitmap of 32 KiB. */
#define HARVEST_PAGES		(256u * 1024)
#define SEGMENT_FS_MAGIC	0x6b706772
#define RETRY_DELAY_MAX		(30 * HZ)

const char *const segment_counter_names[SEGMENT_NR_COUNTERS] = {
#define X(name) #name,
	SEGMENT_COUNTERS(X)
#undef X
};

/*
 * The list is ordered by number, and changed under both locks.  segments_lock
 * may be held over opening and closing; segments_spin is for reclaim, which
 * only walks.
 */
DEFINE_MUTEX(segments_lock);
LIST_HEAD(segments);
static DEFINE_SPINLOCK(segments_spin);
static DEFINE_IDA(segment_ids);
static struct vfsmount *segment_mount;
static struct slab_cache *segment_cache;
/* What destroyed segments counted; under segments_lock. */
static struct segment_counts segments_retired;

static int segment_fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, SEGMENT_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: our own mount must not keep the module loaded. */
static struct file_system_type segment_fs = {
	.name = "kpager",
	.init_fs_context = segment_fs_init,
	.kill_sb = kill_anon_super,
};

/**
 * segments_init - bring the layer up
 * @frames: the most frames there will ever be
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int segments_init(u32 frames)
{
	struct slab_config config = {
		.name = "segment", .size = sizeof(struct segment),
	};
	int err;

	replace_init(frames);
	tune_init(frames);
	memset(&segments_retired, 0, sizeof(segments_retired));
	err = refault_init(frames);
	if (err)
		return err;
	segment_cache = slab_cache_create(&config);
	if (IS_ERR(segment_cache)) {
		err = PTR_ERR(segment_cache);
		goto err_refault;
	}
	err = anon_init(frames);
	if (err)
		goto err_cache;
	err = pin_init();
	if (err)
		goto err_anon;
	segment_mount = kern_mount(&segment_fs);
	if (!IS_ERR(segment_mount))
		return 0;
	err = PTR_ERR(segment_mount);
	pin_exit();
err_anon:
	anon_exit();
err_cache:
	slab_cache_destroy(segment_cache);
err_refault:
	refault_exit();
	return err;
}

/**
 * segments_exit - tear the layer down; no segment is left
 *
 * Context: may sleep.
 */
void segments_exit(void)
{
	kern_unmount(segment_mount);
	pin_exit();
	anon_exit();
	slab_cache_destroy(segment_cache);
	refault_exit();
	ida_destroy(&segment_ids);
}

/**
 * segment_name_check - is this a name for a segment
 * @name: NUL-terminated
 *
 * Context: any.
 * Return: 0, -EINVAL (empty, "." or "..", or has '/', white space, control or
 * non-ASCII characters), -ENAMETOOLONG, or -EEXIST for the reserved name and
 * those of anonymous segments.
 */
int segment_name_check(const char *name)
{
	const char *c;

	if (strlen(name) >= KPAGER_NAME_SIZE)
		return -ENAMETOOLONG;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	for (c = name; *c; c++)
		if (!isascii(*c) || !isgraph(*c) || *c == '/')
			return -EINVAL;
	return strcmp(name, "control") && !strstarts(name, ANON_PREFIX) ?
		0 : -EEXIST;
}

static struct segment *segment_find(const char *name)
{
	struct segment *seg;

	lockdep_assert_held(&segments_lock);
	list_for_each_entry(seg, &segments, list)
		if (!strcmp(seg->name, name))
			return seg;
	return NULL;
}

static bool store_in_use(const void *id)
{
	struct segment *seg;

	lockdep_assert_held(&segments_lock);
	list_for_each_entry(seg, &segments, list)
		if (seg->store->id == id)
			return true;
	return false;
}

static void segment_free(struct segment *seg)
{
	contig_end(seg);
	if (seg->store)
		store_close(seg->store);
	iput(seg->inode);
	if (seg->id)
		ida_free(&segment_ids, seg->id);
	free_percpu(seg->counts);
	free_percpu(seg->latency);
	segment_forget_exit(seg);
	segment_policy_exit(seg);
	segment_tune_exit(&seg->tune);
	kvfree(seg->bitmap);
	kvfree(seg->sync_frames);
	if (seg->user)
		anon_uncharge(seg->user, seg->charged);
	slab_free(segment_cache, seg);
}

static int segment_alloc_parts(struct segment *seg,
			       const struct segment_params *params)
{
	gfp_t gfp = segment_gfp(seg);
	int err, id;

	seg->bitmap_pages = HARVEST_PAGES;
	seg->bitmap = kvcalloc(BITS_TO_LONGS(seg->bitmap_pages), sizeof(long),
			       gfp);
	seg->sync_frames = kvcalloc(SYNC_FRAMES, sizeof(u32), gfp);
	seg->counts = alloc_percpu_gfp(struct segment_counts, gfp);
	seg->latency = alloc_percpu_gfp(struct segment_latency, gfp);
	if (!seg->bitmap || !seg->sync_frames || !seg->counts || !seg->latency)
		return -ENOMEM;
	err = segment_policy_init(seg, params->policy);
	if (err)
		return err;
	id = ida_alloc_range(&segment_ids, 1, SEGMENT_ID_MAX, GFP_KERNEL);
	if (id < 0)
		return id == -ENOSPC ? -EMFILE : id;
	seg->id = id;
	if (!params->name)
		snprintf(seg->name, sizeof(seg->name), ANON_PREFIX "%u", id);
	seg->inode = alloc_anon_inode(segment_mount->mnt_sb);
	if (IS_ERR(seg->inode)) {
		err = PTR_ERR(seg->inode);
		seg->inode = NULL;
		return err;
	}
	i_size_write(seg->inode, params->bytes);
	return 0;
}

/*
 * What an anonymous segment costs its user: its size; or what its policy
 * keeps, which is as much as the pool needs, should that be more.
 */
static u64 segment_cost(const struct segment_params *params)
{
	return max_t(u64, params->bytes,
		     policy_bytes(params->policy, replace_limit(),
				  !params->deterministic));
}

/* An anonymous segment is charged before anything is taken for it. */
static struct segment *segment_alloc_charged(const struct segment_params *params)
{
	struct anon_user *user = NULL;
	struct segment *seg;
	u64 bytes = 0;

	if (!params->name) {
		bytes = segment_cost(params);
		user = anon_charge(bytes, params->limited);
	}
	if (IS_ERR(user))
		return ERR_CAST(user);
	seg = contig_object_alloc(segment_cache, POOL_ZERO);
	if (seg) {
		seg->user = user;
		seg->charged = bytes;
		return seg;
	}
	if (user)
		anon_uncharge(user, bytes);
	return ERR_PTR(-ENOMEM);
}

static struct segment *segment_alloc(const struct segment_params *params)
{
	struct segment *seg = segment_alloc_charged(params);
	int err;

	if (IS_ERR(seg))
		return seg;
	if (params->name)
		strscpy(seg->name, params->name, sizeof(seg->name));
	seg->nr_pages = params->bytes >> PAGE_SHIFT;
	seg->mode = params->mode;
	seg->dying = true;
	refcount_set(&seg->refs, 1);
	init_completion(&seg->released);
	mutex_init(&seg->policy_lock);
	mutex_init(&seg->sync_lock);
	segment_forget_init(seg);
	mutex_init(&seg->openers_lock);
	INIT_LIST_HEAD(&seg->openers);
	init_rwsem(&seg->harvest);
	init_waitqueue_head(&seg->wb_wait);
	segment_tune_init(&seg->tune);
	seg->deterministic = params->deterministic;
	seg->tune.resident_max = params->resident_max;
	if (seg->deterministic) {
		seg->tune.fault_around = 1;
		seg->tune.prefetch = 0;
	}
	segment_clean_init(seg);
	segment_errors_init(&seg->errors);
	segment_expire_init(seg);
	segment_refault_init(seg);
	segment_curves_init(seg);
	err = segment_alloc_parts(seg, params);
	if (err) {
		segment_free(seg);
		return ERR_PTR(err);
	}
	return seg;
}

/* Does it have its frames for itself, as many as its maximum says? */
static bool segment_is_fixed(const struct segment *seg)
{
	return seg->deterministic || seg->contig;
}

/* Frames that such segments keep from all others. */
static u64 segments_fixed(void)
{
	struct segment *seg;
	u64 sum = 0;

	lockdep_assert_held(&segments_lock);
	list_for_each_entry(seg, &segments, list)
		if (segment_is_fixed(seg))
			sum += READ_ONCE(seg->tune.resident_max);
	return sum;
}

/* Into the list, where its number belongs. */
static void segment_enlist(struct segment *seg)
{
	struct list_head *behind = &segments;
	struct segment *s;

	lockdep_assert_held(&segments_lock);
	spin_lock(&segments_spin);
	list_for_each_entry(s, &segments, list) {
		if (s->id > seg->id) {
			behind = &s->list;
			break;
		}
	}
	list_add_tail(&seg->list, behind);
	spin_unlock(&segments_spin);
}

static int segment_link(struct segment *seg)
{
	int err = 0;

	mutex_lock(&segments_lock);
	if (segment_find(seg->name)) {
		err = -EEXIST;
	} else if (segment_is_fixed(seg) &&
		   segments_fixed() + seg->tune.resident_max >
		   replace_most_fixed()) {
		err = -ENOSPC;
	} else if (store_in_use(seg->store->id)) {
		err = -EBUSY;
	} else {
		segment_enlist(seg);
	}
	mutex_unlock(&segments_lock);
	return err;
}

/**
 * segment_size_check - can a segment have this size
 * @bytes: the size
 *
 * Context: any.
 * Return: 0 or -EINVAL (0, not whole pages, or more than can be addressed).
 */
int segment_size_check(u64 bytes)
{
	if (!bytes || bytes % PAGE_SIZE || bytes > MAX_LFS_FILESIZE ||
	    bytes >> PAGE_SHIFT > BIT_ULL(KEY_PAGE_BITS))
		return -EINVAL;
	return 0;
}

/* A second segment on one store: EBUSY before the store is claimed again. */
static int segment_precheck(const struct segment_params *params)
{
	int err = params->name ? segment_name_check(params->name) : 0;

	if (err)
		return err;
	err = segment_size_check(params->bytes);
	if (err)
		return err;
	if (params->deterministic &&
	    (!params->resident_max || params->resident_max > replace_most_fixed()))
		return -EINVAL;
	if (params->contiguous) {
		err = contig_size_check(params->bytes);
		if (err)
			return err;
	}
	mutex_lock(&segments_lock);
	err = params->name && segment_find(params->name) ? -EEXIST : 0;
	/* Before all of its memory was looked for. */
	if (!err && params->contiguous &&
	    segments_fixed() + (params->bytes >> PAGE_SHIFT) >
	    replace_most_fixed())
		err = -ENOSPC;
	if (!err && params->backing &&
	    store_in_use(store_file_id(params->backing)))
		err = -EBUSY;
	mutex_unlock(&segments_lock);
	return err;
}

static struct store *segment_open_store(const struct segment_params *params)
{
	if (params->backing)
		return store_open_file(params->backing);
	return params->contiguous ? store_open_none() : store_open_memory();
}

/**
 * segment_create - make a segment
 * @params: what of
 *
 * It cannot be opened before segment_publish().
 *
 * Context: may sleep.
 * Return: the segment or, as an error pointer: -EINVAL (name, size 0 or not
 * in whole pages, kind of store), -ENAMETOOLONG, -EEXIST, -EBUSY (store in
 * use), -ENOSPC (store too short, or too much contiguous memory), -EMFILE (too
 * many segments), -EDQUOT (too much for this user), -ENOMEM, -EINTR, or what
 * opening the store said.
 */
struct segment *segment_create(const struct segment_params *params)
{
	struct segment *seg;
	int err;

	err = segment_precheck(params);
	if (err)
		return ERR_PTR(err);
	seg = segment_alloc(params);
	if (IS_ERR(seg))
		return seg;
	seg->store = segment_open_store(params);
	if (IS_ERR(seg->store)) {
		err = PTR_ERR(seg->store);
		seg->store = NULL;
		goto err_free;
	}
	err = -ENOSPC;
	if (seg->store->bytes < params->bytes)
		goto err_free;
	err = params->contiguous ? contig_begin(seg) : 0;
	if (err)
		goto err_free;
	err = segment_link(seg);
	if (err)
		goto err_free;
	return seg;

err_free:
	segment_free(seg);
	return ERR_PTR(err);
}

/**
 * segment_publish - let a segment be opened
 * @seg: from segment_create()
 *
 * Context: may sleep.
 */
void segment_publish(struct segment *seg)
{
	mutex_lock(&segments_lock);
	seg->dying = false;
	/* The descriptor that is being made. */
	seg->opens = segment_is_anon(seg);
	mutex_unlock(&segments_lock);
}

/* Unwritten pages keep the module loaded.  Under segments_lock. */
static void segment_pin_module(struct segment *seg)
{
	lockdep_assert_held(&segments_lock);
	if (!seg->pinned_module) {
		__module_get(THIS_MODULE);
		seg->pinned_module = true;
		seg->retry_delay = HZ;
		pr_warn("%s: pages could not be written; the module stays loaded and tries again\n",
			seg->name);
	}
	seg->retry_at = jiffies + seg->retry_delay;
	seg->retry_delay = min_t(unsigned long, 2 * seg->retry_delay,
				 RETRY_DELAY_MAX);
}

static void segment_unpin_module(struct segment *seg)
{
	lockdep_assert_held(&segments_lock);
	if (seg->pinned_module) {
		seg->pinned_module = false;
		module_put(THIS_MODULE);
	}
}

static int segment_sync_all(struct segment *seg)
{
	return segment_sync(seg, 0, segment_pages(seg) - 1);
}

/* Nobody has it open any more: bring its pages where they last. */
static int segment_sync_end(struct segment *seg)
{
	return seg->store->passing ? 0 : segment_sync_all(seg);
}

/**
 * segment_retire - prepare a segment's end: close it and write its pages
 * @name: which
 * @discard: go on even if pages cannot be written; they are lost
 *
 * Context: may sleep; waits for the store.
 * Return: the segment, for segment_destroy(); or, as an error pointer,
 * -ENOENT, -EBUSY (open or mapped), or the store's error: then it is as
 * before.
 */
struct segment *segment_retire(const char *name, bool discard)
{
	struct segment *seg;
	int err = 0;

	mutex_lock(&segments_lock);
	seg = segment_find(name);
	if (!seg || segment_is_anon(seg))
		err = -ENOENT;
	else if (seg->opens || seg->dying)
		err = -EBUSY;
	else
		seg->dying = true;
	mutex_unlock(&segments_lock);
	if (err)
		return ERR_PTR(err);
	err = segment_sync_end(seg);
	mutex_lock(&segments_lock);
	if (err && !discard)
		seg->dying = false;
	else
		segment_unpin_module(seg);
	mutex_unlock(&segments_lock);
	return err && !discard ? ERR_PTR(err) : seg;
}

/**
 * segment_retire_anon - prepare the end of an anonymous segment
 * @seg: the segment; the only file description of it goes away
 *
 * Context: may sleep.
 */
void segment_retire_anon(struct segment *seg)
{
	mutex_lock(&segments_lock);
	seg->opens = 0;
	seg->dying = true;
	mutex_unlock(&segments_lock);
}

static void counts_add(struct segment_counts *sum,
		       const struct segment_counts *more)
{
	unsigned int i;

	for (i = 0; i < SEGMENT_NR_COUNTERS; i++)
		sum->v[i] += more->v[i];
}

/**
 * segment_destroy - free a segment
 * @seg: from segment_retire(), after segment_retire_anon(), or never published
 *
 * Pages that are still dirty are lost.
 *
 * Context: may sleep; waits for I/O in flight.
 */
void segment_destroy(struct segment *seg)
{
	struct segment_counts counts;

	mutex_lock(&segments_lock);
	spin_lock(&segments_spin);
	list_del_init(&seg->list);
	spin_unlock(&segments_spin);
	segment_counts_sum(seg, &counts);
	counts_add(&segments_retired, &counts);
	mutex_unlock(&segments_lock);

	segment_put(seg);
	wait_for_completion(&seg->released);
	segment_clean_stop(seg);
	segment_drop_all(seg);
	segment_curves_exit(seg);
	/* A completion may still be about to wake seg->wb_wait. */
	synchronize_rcu();
	segment_free(seg);
}

/**
 * segment_get - look a segment up by name
 * @name: its name
 *
 * Context: may sleep; takes segments_lock.
 * Return: the segment with a reference, for segment_put(); NULL if there is
 * none, it is being created or destroyed, or it is anonymous.
 */
struct segment *segment_get(const char *name)
{
	struct segment *seg;

	mutex_lock(&segments_lock);
	seg = segment_find(name);
	if (seg && (seg->dying || segment_is_anon(seg) ||
		    !refcount_inc_not_zero(&seg->refs)))
		seg = NULL;
	mutex_unlock(&segments_lock);
	return seg;
}

/**
 * segment_put - drop a reference
 * @seg: the segment; it is not freed here, see segment_destroy()
 *
 * Context: any.
 */
void segment_put(struct segment *seg)
{
	if (refcount_dec_and_test(&seg->refs))
		complete(&seg->released);
}

/**
 * segment_next_get - walk over the segments
 * @seg: where the walk is, or NULL to begin; its reference is dropped
 *
 * Segments that come or go meanwhile may be missed; all others are visited,
 * once each.
 *
 * Context: any process context; takes a spinlock.
 * Return: the next segment with a reference, or NULL at the end.
 */
struct segment *segment_next_get(struct segment *seg)
{
	struct segment *next = NULL, *s;

	spin_lock(&segments_spin);
	/* One that left the list has its number still, but no neighbours. */
	s = seg && !list_empty(&seg->list) ? seg : NULL;
	s = list_prepare_entry(s, &segments, list);
	list_for_each_entry_continue(s, &segments, list) {
		if ((!seg || s->id > seg->id) &&
		    refcount_inc_not_zero(&s->refs)) {
			next = s;
			break;
		}
	}
	spin_unlock(&segments_spin);
	if (seg)
		segment_put(seg);
	return next;
}

/**
 * segment_get_id - look a segment up by number
 * @id: its number
 *
 * Context: any process context; takes a spinlock.
 * Return: the segment with a reference, for segment_put(), or NULL.
 */
struct segment *segment_get_id(u32 id)
{
	struct segment *seg, *found = NULL;

	spin_lock(&segments_spin);
	list_for_each_entry(seg, &segments, list) {
		if (seg->id == id && refcount_inc_not_zero(&seg->refs)) {
			found = seg;
			break;
		}
	}
	spin_unlock(&segments_spin);
	return found;
}

/**
 * segments_clean - how many of the pages that may be taken are clean
 *
 * Hardware marks a page dirty and tells nobody, so this is what the latest
 * victims of eviction were like.
 *
 * Context: any process context; takes a spinlock.
 * Return: an estimate.
 */
u64 segments_clean(void)
{
	struct segment *seg;
	u64 sum = 0;

	spin_lock(&segments_spin);
	list_for_each_entry(seg, &segments, list)
		sum += (u64)segment_spare(seg) *
			(256 - READ_ONCE(seg->unclean)) / 256;
	spin_unlock(&segments_spin);
	return sum;
}

/**
 * segments_forgettable - how many volatile pages may be there to discard
 *
 * Context: any process context; takes a spinlock.
 * Return: an estimate.
 */
u64 segments_forgettable(void)
{
	struct segment *seg;
	u64 sum = 0;

	spin_lock(&segments_spin);
	list_for_each_entry(seg, &segments, list)
		sum += min(atomic_long_read(&seg->forget.pages),
			   atomic_long_read(&seg->resident));
	spin_unlock(&segments_spin);
	return sum;
}

/**
 * segments_spare - pages that reclaim may take, of all segments
 *
 * Context: any process context; takes a spinlock.
 * Return: their number.
 */
u64 segments_spare(void)
{
	struct segment *seg;
	u64 sum = 0;

	spin_lock(&segments_spin);
	list_for_each_entry(seg, &segments, list)
		sum += segment_spare(seg);
	spin_unlock(&segments_spin);
	return sum;
}

/**
 * segments_resident - pages in frames, of all segments
 *
 * Context: any process context; takes a spinlock.
 * Return: their number.
 */
u64 segments_resident(void)
{
	struct segment *seg;
	u64 sum = 0;

	spin_lock(&segments_spin);
	list_for_each_entry(seg, &segments, list)
		sum += atomic_long_read(&seg->resident);
	spin_unlock(&segments_spin);
	return sum;
}

/**
 * segment_open - somebody opens a segment
 * @id: its number
 *
 * Context: may sleep.
 * Return: the segment, for segment_close(); NULL if there is none, it is
 * being created or destroyed, or it is anonymous.
 */
struct segment *segment_open(u32 id)
{
	struct segment *seg, *found = NULL;

	mutex_lock(&segments_lock);
	list_for_each_entry(seg, &segments, list)
		if (seg->id == id && !seg->dying && !segment_is_anon(seg))
			found = seg;
	if (found) {
		WRITE_ONCE(found->opens, found->opens + 1);
		found->openings++;
	}
	mutex_unlock(&segments_lock);
	return found;
}

/**
 * segment_close - an open file description of a segment goes away
 * @seg: from segment_open()
 *
 * The last one writes the dirty pages and waits.  What cannot be written
 * keeps the module loaded until it is.
 *
 * Context: may sleep; waits for the store.
 */
void segment_close(struct segment *seg)
{
	int err = 0;

	mutex_lock(&segments_lock);
	/* Still open while it is written, so that nobody destroys it. */
	while (seg->opens == 1) {
		unsigned int openings = seg->openings;

		mutex_unlock(&segments_lock);
		err = segment_sync_end(seg);
		mutex_lock(&segments_lock);
		/* Somebody who came and went meanwhile left it to us. */
		if (openings == seg->openings) {
			if (err)
				segment_pin_module(seg);
			else
				segment_unpin_module(seg);
			break;
		}
	}
	WRITE_ONCE(seg->opens, seg->opens - 1);
	mutex_unlock(&segments_lock);
	if (err)
		frame_reclaim_wake();
}

/* A segment whose unwritten pages are due, with a reference. */
static struct segment *segment_due(bool *pending)
{
	struct segment *seg, *due = NULL;

	mutex_lock(&segments_lock);
	list_for_each_entry(seg, &segments, list) {
		*pending |= seg->pinned_module;
		if (!due && seg->pinned_module && !seg->dying &&
		    time_after_eq(jiffies, seg->retry_at) &&
		    refcount_inc_not_zero(&seg->refs))
			due = seg;
	}
	mutex_unlock(&segments_lock);
	return due;
}

/**
 * segments_retry_writes - try again what the last close could not write
 *
 * Context: may sleep; waits for the store.
 * Return: true if there is still something unwritten.
 */
bool segments_retry_writes(void)
{
	bool pending = false;
	struct segment *seg;

	while ((seg = segment_due(&pending))) {
		int err = segment_sync_all(seg);

		mutex_lock(&segments_lock);
		if (!err)
			segment_unpin_module(seg);
		else if (seg->pinned_module)	/* not discarded meanwhile */
			segment_pin_module(seg);
		mutex_unlock(&segments_lock);
		segment_put(seg);
		pending = false;
	}
	return pending;
}

/**
 * segment_counts_sum - a segment's counters, over all CPUs
 * @seg: the segment
 * @sum: receives them
 *
 * Context: any.
 */
void segment_counts_sum(struct segment *seg, struct segment_counts *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		counts_add(sum, per_cpu_ptr(seg->counts, cpu));
}

/**
 * segments_counts_sum - the counters of all segments since the module's load
 * @sum: receives them
 *
 * Context: segments_lock held.
 */
void segments_counts_sum(struct segment_counts *sum)
{
	struct segment_counts one;
	struct segment *seg;

	lockdep_assert_held(&segments_lock);
	*sum = segments_retired;
	list_for_each_entry(seg, &segments, list) {
		segment_counts_sum(seg, &one);
		counts_add(sum, &one);
	}
}
