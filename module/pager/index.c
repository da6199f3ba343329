// SPDX-License-Identifier: GPL-2.0
/*
 * index.c - from a page of a segment to the frame that holds it
 *
 * A hash table over all segments, so that its size follows the pool and not
 * the segments.  Chains run through the frame descriptors.  The table is cut
 * into groups of 16 buckets: a key's upper bits choose the group, its lowest
 * four the bucket, so that neighbouring pages are neighbours in memory.
 *
 * Lookups run under RCU without a lock.  A frame that is taken out and put
 * into another chain under a reader's feet leads the reader astray; it may
 * miss what is there, never find what is not.  A miss is therefore only a
 * hint; index_find() and index_insert() look under the bucket lock.
 */
#include "pager/move.h"

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#define INDEX_GROUP_BITS	4
#define INDEX_GROUP		BIT(INDEX_GROUP_BITS)
#define INDEX_LOCKS		256
/* Longer walks mean that the reader went astray. */
#define INDEX_WALK_MAX		64

static u32 *index_buckets;
static size_t index_size;
static unsigned int index_group_order;
static spinlock_t index_locks[INDEX_LOCKS];

/**
 * index_init - make the table
 * @frames: the most frames that will ever be in it
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int index_init(u32 frames)
{
	u32 buckets = roundup_pow_of_two(max_t(u32, frames, 2 * INDEX_GROUP));
	unsigned int i;

	index_size = array_size(buckets, sizeof(*index_buckets));
	index_buckets = vzalloc(index_size);
	if (!index_buckets)
		return -ENOMEM;
	index_group_order = ilog2(buckets) - INDEX_GROUP_BITS;
	for (i = 0; i < INDEX_LOCKS; i++)
		spin_lock_init(&index_locks[i]);
	return 0;
}

/**
 * index_exit - free the table; it is empty
 *
 * Context: may sleep.
 */
void index_exit(void)
{
	vfree(index_buckets);
}

/**
 * index_bytes - memory of the table and its locks
 *
 * Context: any, between index_init() and index_exit().
 * Return: bytes; what lies in frame descriptors is not in it.
 */
size_t index_bytes(void)
{
	return index_size + sizeof(index_locks);
}

static u32 index_bucket(u64 key)
{
	return hash_64(key >> INDEX_GROUP_BITS, index_group_order) <<
		INDEX_GROUP_BITS | (key & (INDEX_GROUP - 1));
}

static spinlock_t *index_lock(u32 bucket)
{
	return &index_locks[(bucket >> INDEX_GROUP_BITS) % INDEX_LOCKS];
}

static u32 index_walk(u32 bucket, u64 key, unsigned int max)
{
	u32 frame = READ_ONCE(index_buckets[bucket]);

	while (frame && max--) {
		struct frame_desc *desc = frame_desc(frame);

		if (READ_ONCE(desc->key) == key)
			return frame;
		frame = READ_ONCE(desc->hash_next);
	}
	return 0;
}

/**
 * index_lookup - which frame holds a page
 * @key: from frame_key()
 *
 * The answer is a hint: before use, lock the page or take a reference, then
 * compare the key again.
 *
 * Context: under rcu_read_lock().
 * Return: the frame, or 0 if none was found.
 */
u32 index_lookup(u64 key)
{
	return index_walk(index_bucket(key), key, INDEX_WALK_MAX);
}

/**
 * index_find - which frame holds a page, for certain
 * @key: from frame_key()
 *
 * Context: process context; takes a bucket lock.
 * Return: the frame, or 0 if there is none.
 */
u32 index_find(u64 key)
{
	u32 bucket = index_bucket(key), frame;
	spinlock_t *lock = index_lock(bucket);

	spin_lock(lock);
	frame = index_walk(bucket, key, UINT_MAX);
	spin_unlock(lock);
	return frame;
}

/**
 * index_insert - make a frame findable
 * @key: what it will hold
 * @frame: the frame, its page locked, its key 0
 *
 * Context: process context; takes a bucket lock.
 * Return: 0, or the frame that holds @key already; then nothing was changed.
 */
u32 index_insert(u64 key, u32 frame)
{
	u32 bucket = index_bucket(key), there;
	struct frame_desc *desc = frame_desc(frame);
	spinlock_t *lock = index_lock(bucket);

	spin_lock(lock);
	there = index_walk(bucket, key, UINT_MAX);
	if (!there) {
		WRITE_ONCE(desc->key, key);
		WRITE_ONCE(desc->hash_next, index_buckets[bucket]);
		/* Who finds the frame finds its key and successor too. */
		smp_store_release(&index_buckets[bucket], frame);
	}
	spin_unlock(lock);
	return there;
}

/**
 * index_remove - make a frame unfindable and clear its key
 * @frame: in the index, its page locked
 *
 * Context: process context; takes a bucket lock.
 */
void index_remove(u32 frame)
{
	struct frame_desc *desc = frame_desc(frame);
	u32 bucket = index_bucket(desc->key);
	spinlock_t *lock = index_lock(bucket);
	u32 *link = &index_buckets[bucket];

	spin_lock(lock);
	while (*link && *link != frame)
		link = &frame_desc(*link)->hash_next;
	if (!WARN_ON_ONCE(!*link))
		WRITE_ONCE(*link, desc->hash_next);
	WRITE_ONCE(desc->key, 0);
	spin_unlock(lock);
}

/**
 * index_move - a page is in another frame now
 * @from: in the index, its page locked
 * @to: the frame that takes its place, its page locked, its key 0
 *
 * Who looks @from up finds it or @to; a look at the key says if it was late.
 *
 * Context: process context; takes a bucket lock.
 */
void index_move(u32 from, u32 to)
{
	struct frame_desc *old = frame_desc(from), *new = frame_desc(to);
	u32 bucket = index_bucket(old->key);
	spinlock_t *lock = index_lock(bucket);
	u32 *link = &index_buckets[bucket];

	spin_lock(lock);
	while (*link && *link != from)
		link = &frame_desc(*link)->hash_next;
	if (!WARN_ON_ONCE(!*link)) {
		WRITE_ONCE(new->hash_next, old->hash_next);
		/* Who finds it by number finds what it holds. */
		smp_store_release(&new->key, old->key);
		/* Who finds the frame finds its key and successor too. */
		smp_store_release(link, to);
	}
	WRITE_ONCE(old->key, 0);
	spin_unlock(lock);
}
