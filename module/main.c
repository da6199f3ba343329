// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - parameters; bring-up and, in exact reverse, tear-down
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "abi/abi.h"
#include "pager/pager.h"
#include "reclaim/reclaim.h"

#include <linux/mm.h>
#include <linux/module.h>

#define MB_TO_FRAMES(mb)	((mb) << (20 - PAGE_SHIFT))
/* Size of a segment default in memory, in multiples of the pool. */
#define MEMORY_SIZE_FACTOR	4

static ulong limit_mb = 64;
module_param(limit_mb, ulong, 0444);
MODULE_PARM_DESC(limit_mb, "most memory the pool may hold, in MiB (default 64)");

static ulong min_mb = 4;
module_param(min_mb, ulong, 0444);
MODULE_PARM_DESC(min_mb, "memory taken at load and kept, in MiB (default 4, or the limit if that is less)");

static char *backing;
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, "file or block device for the segment named default (default: compressed memory)");

static ulong size_mb;
module_param(size_mb, ulong, 0444);
MODULE_PARM_DESC(size_mb, "size of the segment default, in MiB (default: that of its store; in memory four times limit_mb)");

static ulong store_mb;
module_param(store_mb, ulong, 0444);
MODULE_PARM_DESC(store_mb, "most of the pool's memory that compressed pages may hold, in MiB (default: half of limit_mb)");

static uint fail_step;
module_param(fail_step, uint, 0444);
MODULE_PARM_DESC(fail_step, "for tests: the step of bring-up that fails, from 1 (default 0: none)");

/* Refuse what the machine cannot give before anything is taken. */
static int params_check(void)
{
	long avail = si_mem_available();
	ulong fits = avail > 0 ? (ulong)avail >> (20 - PAGE_SHIFT) : 0;

	if (!limit_mb) {
		pr_err("limit_mb=0: the pool needs at least 1 MiB\n");
		return -EINVAL;
	}
	if (limit_mb > fits) {
		pr_err("limit_mb=%lu: only %lu MiB of memory are available, a limit of up to that fits\n",
		       limit_mb, fits);
		return -ENOMEM;
	}
	if (min_mb > limit_mb)
		min_mb = limit_mb;
	if (store_mb > limit_mb) {
		pr_err("store_mb=%lu: compressed pages are part of the %lu MiB of limit_mb\n",
		       store_mb, limit_mb);
		return -EINVAL;
	}
	if (size_mb > ULLONG_MAX >> 20) {
		pr_err("size_mb=%lu: too large\n", size_mb);
		return -EINVAL;
	}
	return 0;
}

static int pool_up(u32 frames)
{
	struct pool_config config = {
		.limit_frames = frames,
		.min_frames = MB_TO_FRAMES(min_mb),
		.desc_size = sizeof(struct frame_desc),
	};
	struct watermarks marks;

	watermarks_set(&marks, frames);
	config.reserve_frames = marks.min;
	return pool_init(&config);
}

static int store_up(u32 frames)
{
	return store_init(store_mb ? MB_TO_FRAMES(store_mb) : frames / 2);
}

static int io_up(u32 frames)
{
	return io_init();
}

static int cleaner_up(u32 frames)
{
	return clean_init();
}

static int control_up(u32 frames)
{
	return control_init();
}

static int proc_up(u32 frames)
{
	return proc_init();
}

/* Its end is control's: whatever segments there are go there. */
static int default_up(u32 frames)
{
	ulong mb = size_mb;

	if (!mb && !backing)
		mb = MEMORY_SIZE_FACTOR * limit_mb;
	return control_create_default(backing, (u64)mb << 20);
}

/* Brought up in this order, torn down in the reverse. */
static const struct step {
	const char *name;
	int (*up)(u32 frames);
	void (*down)(void);
} steps[] = {
	{ "pool", pool_up, pool_exit },
	{ "index", index_init, index_exit },
	{ "store", store_up, store_exit },
	{ "io", io_up, io_exit },
	{ "cleaner", cleaner_up, clean_exit },
	{ "segments", segments_init, segments_exit },
	{ "reclaim", reclaim_init, reclaim_exit },
	{ "proc", proc_up, proc_exit },
	{ "control", control_up, control_exit },
	{ "default", default_up, NULL },
};

static void steps_down(unsigned int n)
{
	while (n--)
		if (steps[n].down)
			steps[n].down();
}

static int __init kpager_init(void)
{
	unsigned int i;
	int err;

	BUILD_BUG_ON(sizeof(struct frame_desc) != 32);
	err = params_check();
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = i + 1 == fail_step ? -ENOMEM :
			steps[i].up(MB_TO_FRAMES(limit_mb));
		if (err) {
			pr_err("bringing up %s failed: error %d\n",
			       steps[i].name, err);
			steps_down(i);
			return err;
		}
	}
	pr_info("up to %lu MiB in frames, %lu MiB kept\n", limit_mb, min_mb);
	return 0;
}

static void __exit kpager_exit(void)
{
	steps_down(ARRAY_SIZE(steps));
}

module_init(kpager_init);
module_exit(kpager_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("pages user mappings in and out of a pool of its own");
