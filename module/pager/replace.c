// SPDX-License-Identifier: GPL-2.0
/*
 * replace.c - the replacement policy of a segment
 *
 * What policies see of frames, and the life of a segment's instance.
 */
#include "pager/pager.h"

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

static bool replace_ref(struct policy *p, u32 frame)
{
	struct segment *seg = p->owner;
	struct frame_desc *desc = frame_desc(frame);
	bool used = atomic_fetch_andnot(FRAME_REF, &desc->flags) & FRAME_REF;
	struct page *page = pool_page(frame);

	if (kp_page_mapped(page))
		used |= rmap_test_and_clear_young(seg->inode->i_mapping,
						  key_page(READ_ONCE(desc->key)),
						  page);
	if (used)
		frame_used(seg, frame);
	return used;
}

static u64 replace_page(struct policy *p, u32 frame)
{
	return key_page(READ_ONCE(frame_desc(frame)->key));
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

static const struct policy_env replace_env = {
	.node = replace_node,
	.test_and_clear_ref = replace_ref,
	.page = replace_page,
	.dirt = replace_dirt,
};

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
	struct policy_setup setup = {
		.ops = ops,
		.env = &replace_env,
		.owner = seg,
		.frames = replace_frames,
		.capacity = replace_frames,
		.seed = get_random_u64(),
	};

	setup.memory = kvzalloc(policy_bytes(ops, setup.frames), GFP_KERNEL);
	if (!setup.memory)
		return -ENOMEM;
	policy_init(&seg->policy, &setup);
	seg->policy_memory = setup.memory;
	return 0;
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
 * segment_policy_bytes - memory of a segment's policy
 * @seg: the segment
 *
 * Context: any.
 * Return: bytes of its fresh window, state and ghosts; what it knows of each
 * frame lies in the frame descriptors and is not in it.
 */
size_t segment_policy_bytes(struct segment *seg)
{
	return policy_bytes(seg->policy.ops, replace_frames);
}
