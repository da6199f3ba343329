// SPDX-License-Identifier: GPL-2.0
/*
 * proc_pool.c - buddyinfo, buddymap and slabinfo under /proc/kpager; the
 * formats are in Documentation/abi.md
 */
#include "abi/abi.h"
#include "pool/pool.h"
#include "pool/slab.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#define PROC_VERSION	1

/*
 * The unusable-free-space index (Gorman and Whitcroft 2005): which part of the
 * free frames lies in blocks too small for a request of @order; per mille.
 */
static u32 unusable(const struct pool_arena_info *info, unsigned int order)
{
	u32 usable = 0;

	for (; order < POOL_NR_ORDERS; order++)
		usable += info->blocks[order] << order;
	return info->free ? (info->free - usable) * 1000 / info->free : 0;
}

static int buddyinfo_arena(const struct pool_arena_info *info, void *arg)
{
	struct seq_file *m = arg;
	unsigned int order;

	seq_printf(m, "%u %d %u %u", info->slot, info->node, info->frames,
		   info->free);
	for (order = 0; order < POOL_NR_ORDERS; order++)
		seq_printf(m, " %u", info->blocks[order]);
	seq_printf(m, " %u", info->largest);
	for (order = 1; order < POOL_NR_ORDERS; order++)
		seq_printf(m, " %u", unusable(info, order));
	seq_putc(m, '\n');
	return 0;
}

static int buddyinfo_show(struct seq_file *m, void *unused)
{
	unsigned int order;

	seq_printf(m, "version %u\narena node frames free", PROC_VERSION);
	for (order = 0; order < POOL_NR_ORDERS; order++)
		seq_printf(m, " order%u", order);
	seq_puts(m, " largest");
	for (order = 1; order < POOL_NR_ORDERS; order++)
		seq_printf(m, " unusable%u", order);
	seq_putc(m, '\n');
	return pool_buddyinfo(buddyinfo_arena, m);
}

static int buddymap_arena(const struct pool_arena_info *info, void *arg)
{
	struct seq_file *m = arg;
	char *map = m->private;

	pool_buddymap(info->slot, map);
	seq_printf(m, "%u %s\n", info->slot, map);
	return 0;
}

static int buddymap_show(struct seq_file *m, void *unused)
{
	int ret;

	/* Too long for the stack. */
	m->private = kmalloc(POOL_ARENA_FRAMES + 1, GFP_KERNEL);
	if (!m->private)
		return -ENOMEM;
	seq_printf(m, "version %u\narena blocks\n", PROC_VERSION);
	ret = pool_buddyinfo(buddymap_arena, m);
	kfree(m->private);
	m->private = NULL;
	return ret;
}

/* Share of the allocations that the loaded magazine answered, per mille. */
static u64 hit_ratio(const struct slab_info *info)
{
	if (!info->mag_size || !info->allocs)
		return 0;
	return div64_u64((info->allocs - min(info->misses, info->allocs)) * 1000,
			 info->allocs);
}

static int slabinfo_cache(const struct slab_info *info, void *arg)
{
	struct seq_file *m = arg;

	seq_escape(m, info->name, " \t\n\\");
	seq_printf(m, " %llu %llu %u %u %u %u %u", info->active, info->total,
		   info->size, info->per_slab, 1u << info->order, info->slabs,
		   info->slabs - info->slabs_empty);
	seq_printf(m, " %llu %u %llu %llu %llu %#x %llu %llu\n", info->cached,
		   info->mag_size, info->allocs, info->misses,
		   hit_ratio(info), info->debug, info->fails, info->bad);
	return 0;
}

static int slabinfo_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "version %u\n", PROC_VERSION);
	seq_puts(m, "name active_objs num_objs objsize objperslab pagesperslab num_slabs active_slabs");
	seq_puts(m, " cached mag_size allocs mag_misses mag_hit debug fails bad\n");
	return slab_walk(slabinfo_cache, m);
}

/**
 * proc_pool_init - make buddyinfo, buddymap and slabinfo
 * @dir: /proc/kpager; removing it removes them
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_pool_init(struct proc_dir_entry *dir)
{
	if (proc_create_single("buddyinfo", 0444, dir, buddyinfo_show) &&
	    proc_create_single("buddymap", 0444, dir, buddymap_show) &&
	    proc_create_single("slabinfo", 0444, dir, slabinfo_show))
		return 0;
	return -ENOMEM;
}
