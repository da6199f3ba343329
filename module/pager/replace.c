// SPDX-License-Identifier: GPL-2.0
/*
 * replace.c - the replacement policy of a segment
 *
 * What policies see of frames, and the life of a segment's instance.
 */
#include "pager/pager.h"
#include "pager/node.h"
#include "pager/trace.h"

#include <linux/random.h>
#include <linux/slab.h>

static u32 replace_frames;

/**
 * replace_init - bring the layer up
 * @frames: the most frames there will ever be
 *
 * Context: any.
 */
void replace_init(u32 frames)
{
	replace_frames = frames;
}

static struct policy_node *replace_node(struct policy *p, u32 frame)
{
	return &frame_desc(frame)->node;
}

/* Most ask without calling that. */
static_assert(offsetof(struct frame_desc, node) == POLICY_NODE_OFFSET);

/*
 * A bit that was cleared stays clear as long as a TLB holds the entry, and no
 * flush is exported but that of unmapping.  What evicts often flushes enough,
 * unless all of a small segment's entries fit in a TLB: there the entries are
 * taken away, and the next use is a fault.
 */
static bool replace_by_unmapping(const struct policy *p)
{
	struct segment *seg = p->owner;
	enum sampling sampling = READ_ONCE(seg->tune.sampling);

	return sampling == SAMPLING_UNMAP ||
		(sampling == SAMPLING_AUTO && p->capacity < SAMPLING_REACH);
}

static bool replace_young(struct policy *p, u64 pgoff, struct page *page)
{
	struct segment *seg = p->owner;
	struct address_space *mapping = seg->inode->i_mapping;

	if (!rmap_test_and_clear_young(mapping, pgoff, page))
		return false;
	/* What is dirty in an entry goes to PG_dirty with it. */
	if (replace_by_unmapping(p))
		unmap_mapping_range(mapping, (loff_t)pgoff << PAGE_SHIFT,
				    PAGE_SIZE, 0);
	return true;
}

static bool replace_ref(struct policy *p, u32 frame)
{
	struct segment *seg = p->owner;
	struct frame_desc *desc = frame_desc(frame);
	int flags = atomic_fetch_andnot(FRAME_REF | FRAME_SEEN, &desc->flags);
	u64 pgoff = key_page(READ_ONCE(desc->key));
	struct page *page = pool_page(frame);
	bool young = false;

	if (kp_page_mapped(page))
		young = replace_young(p, pgoff, page);
	/* What read and write leave was seen when they asked for the page. */
	if (young && !(flags & FRAME_SEEN))
		segment_found(seg, pgoff);
	if (!(flags & FRAME_REF) && !young)
		return false;
	frame_used(seg, frame);
	trace_kpager_reference(seg, pgoff, 1, young);
	return true;
}

/* A frame that leaves has lost its key already. */
static u64 replace_page(struct policy *p, u32 frame)
{
	struct segment *seg = p->owner;
	u64 key = READ_ONCE(frame_desc(frame)->key);

	return key_page(key ?: seg->leaving);
}

static enum policy_dirt replace_dirt(struct policy *p, u32 frame)
{
	struct segment *seg = p->owner;
	struct page *page = pool_page(frame);

	if (frame_test(frame, FRAME_WRITEBACK))
		return POLICY_WRITING;
	if (PageDirty(page) ||
	    (kp_page_mapped(page) &&
	     rmap_dirty(seg->inode->i_mapping, replace_page(p, frame), page)))
		return POLICY_DIRTY;
	return POLICY_CLEAN;
}

/* Remember a frame until somebody evicts who may write. */
static bool replace_clean(struct policy *p, u32 frame)
{
	struct segment *seg = p->owner;
	struct evict_victim *wanted = seg->wanted;
	unsigned int i;

	lockdep_assert_held(&seg->policy_lock);
	for (i = 0; i < seg->nr_wanted; i++)
		if (wanted[i].frame == frame)
			return true;
	if (i == ARRAY_SIZE(seg->wanted))
		return false;
	wanted[i].frame = frame;
	wanted[i].key = frame_desc(frame)->key;
	WRITE_ONCE(seg->nr_wanted, i + 1);
	return true;
}

static const struct policy_env replace_env = {
	.node = replace_node,
	.test_and_clear_ref = replace_ref,
	.page = replace_page,
	.dirt = replace_dirt,
	.clean = replace_clean,
};

/**
 * replace_most_fixed - the most frames a deterministic segment may be given
 *
 * They are lost to everybody else, so a quarter of the pool is kept back.
 *
 * Context: any.
 * Return: a number of frames.
 */
u32 replace_most_fixed(void)
{
	return replace_frames - replace_frames / 4;
}

/**
 * replace_limit - the most frames there will ever be
 *
 * Context: any.
 * Return: a number of frames.
 */
u32 replace_limit(void)
{
	return replace_frames;
}

/**
 * segment_policy_find - a policy for a segment, by name
 * @name: its name; "" for the default
 * @deterministic: the segment is deterministic: hits are delivered
 *
 * Exact LRU needs every hit; without them "lru" means the two lists that
 * stand in for it.
 *
 * Context: any.
 * Return: the policy, or NULL if there is none of that name for a segment of
 * that kind.
 */
const struct policy_ops *segment_policy_find(const char *name,
					     bool deterministic)
{
	const struct policy_ops *ops;

	if (!deterministic && !strcmp(name, "lru"))
		name = "two-lists";
	ops = policy_find(name);
	if (!ops || ops->flags & POLICY_REPLAY_ONLY ||
	    (ops->flags & POLICY_NEEDS_HITS && !deterministic))
		return NULL;
	return ops;
}

static int replace_instance(struct segment *seg, struct policy *p,
			    const struct policy_ops *ops)
{
	struct policy_setup setup = {
		.ops = ops,
		.env = &replace_env,
		.owner = seg,
		.frames = replace_frames,
		.capacity = replace_frames,
		.exact = seg->deterministic,
		.remembered = !seg->deterministic,
		.seed = 1,
	};

	if (seg->deterministic)
		setup.capacity = seg->tune.resident_max;
	else
		setup.seed = get_random_u64();
	setup.memory = kvzalloc(policy_bytes(ops, setup.frames,
					     setup.remembered),
				segment_gfp(seg));
	if (!setup.memory)
		return -ENOMEM;
	policy_init(p, &setup);
	return 0;
}

/**
 * segment_policy_init - give a new segment its policy
 * @seg: the segment, without frames
 * @ops: the algorithm
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int segment_policy_init(struct segment *seg, const struct policy_ops *ops)
{
	int err = replace_instance(seg, &seg->policy, ops);

	/* The window is the beginning of what was allocated. */
	if (!err)
		seg->policy_memory = seg->policy.window;
	return err;
}

/**
 * segment_policy_exit - free the policy of a segment that goes away
 * @seg: the segment, without frames
 *
 * Context: may sleep.
 */
void segment_policy_exit(struct segment *seg)
{
	kvfree(seg->policy_memory);
}

/**
 * segment_set_policy - change a segment's replacement policy
 * @seg: the segment; it may be in use
 * @name: name of the new one
 *
 * No page leaves.  The new policy receives them in the order in which the old
 * one would have given them up, and its parameters have their defaults.
 *
 * Context: may sleep.  Faults of the segment that bring a page in wait while
 * the frames are handed over.
 * Return: 0, -EINVAL if there is no such policy for this segment, -ENOMEM.
 */
int segment_set_policy(struct segment *seg, const char *name)
{
	const struct policy_ops *ops;
	struct policy *next;
	void *memory;
	int err;

	ops = *name ? segment_policy_find(name, seg->deterministic) : NULL;
	if (!ops)
		return -EINVAL;
	next = kzalloc(sizeof(*next), GFP_KERNEL);
	if (!next)
		return -ENOMEM;
	err = replace_instance(seg, next, ops);
	if (err)
		goto out;
	memory = next->window;
	mutex_lock(&seg->policy_lock);
	policy_resize(next, seg->policy.capacity);
	policy_move(&seg->policy, next);
	next->looks = seg->policy.looks;
	seg->policy = *next;
	WRITE_ONCE(seg->nr_wanted, 0);
	swap(seg->policy_memory, memory);
	mutex_unlock(&seg->policy_lock);
	kvfree(memory);
out:
	kfree(next);
	return err;
}

/**
 * segment_policy_param_get - read a parameter of a segment's policy
 * @seg: the segment
 * @name: which
 * @value: receives it
 *
 * Context: may sleep.
 * Return: 0, or -EINVAL if its policy has no such parameter.
 */
int segment_policy_param_get(struct segment *seg, const char *name,
			     u32 *value)
{
	int err;

	mutex_lock(&seg->policy_lock);
	err = policy_param_get(&seg->policy, name, value);
	mutex_unlock(&seg->policy_lock);
	return err;
}

/**
 * segment_policy_param_set - change a parameter of a segment's policy
 * @seg: the segment
 * @name: which
 * @value: its new value
 *
 * Context: may sleep.
 * Return: 0, -EINVAL if its policy has no such parameter, -ERANGE.
 */
int segment_policy_param_set(struct segment *seg, const char *name, u32 value)
{
	int err;

	mutex_lock(&seg->policy_lock);
	err = policy_param_set(&seg->policy, name, value);
	mutex_unlock(&seg->policy_lock);
	return err;
}

/**
 * segment_policy_miss - a page of a deterministic segment is absent
 * @seg: the segment
 * @pgoff: the page; it will be brought in next
 *
 * Context: may sleep.
 */
void segment_policy_miss(struct segment *seg, u64 pgoff)
{
	mutex_lock(&seg->policy_lock);
	policy_miss(&seg->policy, pgoff);
	mutex_unlock(&seg->policy_lock);
}

static void touch_end(struct segment *seg, u32 frame, bool write)
{
	if (write)
		frame_set_dirty(seg, frame);
	frame_put(frame);
}

/**
 * segment_touch - use a page once, exactly
 * @seg: the segment
 * @pgoff: the page
 * @write: it is dirty afterwards
 *
 * A resident page has one hit.  An absent one is brought in and has none.
 *
 * Context: may sleep, killably; no lock held.
 * Return: 0 if it was resident, 1 if it was absent; -ENXIO behind the end;
 * errors as frame_get().
 */
int segment_touch(struct segment *seg, u64 pgoff, bool write)
{
	u32 frame;
	int err;

	if (pgoff >= segment_pages(seg))
		return -ENXIO;
	segment_count(seg, lookups);
	segment_reference(seg, pgoff, write);
	frame = frame_find_get(seg, pgoff);
	if (!frame || !frame_test(frame, FRAME_UPTODATE)) {
		if (frame)
			frame_put(frame);
		err = frame_get(seg, pgoff, STORE_FREE, NULL, &frame);
		if (!err)
			touch_end(seg, frame, write);
		return err ?: 1;
	}
	frame_used(seg, frame);
	mutex_lock(&seg->policy_lock);
	/* A member as long as it has its key; that goes before it leaves. */
	if (frame_desc(frame)->key == frame_key(seg, pgoff) &&
	    !(seg->deterministic && policy_hit(&seg->policy, frame)))
		atomic_or(FRAME_REF, &frame_desc(frame)->flags);
	mutex_unlock(&seg->policy_lock);
	touch_end(seg, frame, write);
	return 0;
}

/**
 * segment_policy_bytes - memory of a segment's policy
 * @seg: the segment
 *
 * Context: any.
 * Return: bytes of its fresh window, state and ghosts; what it knows of each
 * frame lies in the frame descriptors and is not in it.
 */
size_t segment_policy_bytes(struct segment *seg)
{
	return policy_bytes(READ_ONCE(seg->policy.ops), replace_frames,
			    !seg->deterministic);
}
