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

static ulong limit_mb = 64;
module_param(limit_mb, ulong, 0444);
MODULE_PARM_DESC(limit_mb, "most memory the pool may hold, in MiB (default 64)");

static ulong min_mb = 4;
module_param(min_mb, ulong, 0444);
MODULE_PARM_DESC(min_mb, "memory taken at load and kept, in MiB (default 4, or the limit if that is less)");

static char *backing;
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, "file or block device for a segment named default");

static ulong size_mb;
module_param(size_mb, ulong, 0444);
MODULE_PARM_DESC(size_mb, "size of the segment default, in MiB (default: that of its store)");

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
	if (size_mb > ULLONG_MAX >> 20) {
		pr_err("size_mb=%lu: too large\n", size_mb);
		return -EINVAL;
	}
	return 0;
}

static int __init kpager_init(void)
{
	struct pool_config config = { .desc_size = sizeof(struct frame_desc) };
	int err;

	BUILD_BUG_ON(sizeof(struct frame_desc) != 32);
	err = params_check();
	if (err)
		return err;
	config.limit_frames = MB_TO_FRAMES(limit_mb);
	config.min_frames = MB_TO_FRAMES(min_mb);
	err = pool_init(&config);
	if (err)
		return err;
	err = index_init(config.limit_frames);
	if (err)
		goto err_pool;
	err = store_init();
	if (err)
		goto err_index;
	err = io_init();
	if (err)
		goto err_store;
	err = segments_init(config.limit_frames);
	if (err)
		goto err_io;
	err = reclaim_init(config.limit_frames);
	if (err)
		goto err_segments;
	err = control_init();
	if (err)
		goto err_reclaim;
	err = proc_init();
	if (err)
		goto err_control;
	if (backing) {
		err = control_create_default(backing, size_mb);
		if (err)
			goto err_proc;
	}
	pr_info("up to %lu MiB in frames, %lu MiB kept\n", limit_mb, min_mb);
	return 0;

err_proc:
	proc_exit();
err_control:
	control_exit();
err_reclaim:
	reclaim_exit();
err_segments:
	segments_exit();
err_io:
	io_exit();
err_store:
	store_exit();
err_index:
	index_exit();
err_pool:
	pool_exit();
	return err;
}

static void __exit kpager_exit(void)
{
	proc_exit();
	control_exit();
	reclaim_exit();
	segments_exit();
	io_exit();
	store_exit();
	index_exit();
	pool_exit();
}

module_init(kpager_init);
module_exit(kpager_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("pages user mappings in and out of a pool of its own");
