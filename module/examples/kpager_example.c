// SPDX-License-Identifier: GPL-2.0
/*
 * A module that uses both of kpager's allocators: it keeps notes, each an
 * object of a slab cache, whose text lies in a frame of the pool.  Read them
 * in the kernel log while it is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>

#include "pool/kpager_pool.h"

/**
 * struct note - one note
 * @list: in notes
 * @frame: frame of the pool that holds the text
 */
struct note {
	struct list_head list;
	u32 frame;
};

static LIST_HEAD(notes);
static struct slab_cache *note_cache;

static int note_add(const char *text)
{
	struct note *n = kpager_slab_alloc(note_cache, 0);

	if (!n)
		return -ENOMEM;
	n->frame = kpager_block_alloc(0, POOL_ZERO);
	if (n->frame == POOL_NO_FRAME) {
		kpager_slab_free(note_cache, n);
		return -ENOMEM;
	}
	strscpy(kpager_frame_addr(n->frame), text, PAGE_SIZE);
	list_add_tail(&n->list, &notes);
	return 0;
}

static void notes_free(void)
{
	struct note *n, *next;

	list_for_each_entry_safe(n, next, &notes, list) {
		kpager_block_free(n->frame, 0);
		kpager_slab_free(note_cache, n);
	}
}

static int __init example_init(void)
{
	struct slab_config cfg = {
		.name = "example_notes", .size = sizeof(struct note),
		.align = __alignof__(struct note),
	};
	struct note *n;
	int err;

	note_cache = kpager_slab_create(&cfg);
	if (IS_ERR(note_cache))
		return PTR_ERR(note_cache);
	err = note_add("a note in a frame of the pool");
	if (!err)
		err = note_add("another one");
	if (err)
		goto free_notes;
	list_for_each_entry(n, &notes, list)
		pr_info("frame %#x: %s\n", n->frame,
			(char *)kpager_frame_addr(n->frame));
	return 0;

free_notes:
	notes_free();
	kpager_slab_destroy(note_cache);
	return err;
}

static void __exit example_exit(void)
{
	notes_free();
	/* Nothing is handed out any more, so this cannot be refused. */
	WARN_ON(kpager_slab_destroy(note_cache));
}

module_init(example_init);
module_exit(example_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Example: a user of kpager's buddy and slab allocators");
