// SPDX-License-Identifier: GPL-2.0
/*
 * proc_segment.c - /proc/kpager/segment/NAME; see Documentation/abi.md
 *
 * The files are made before a segment can be opened and removed before it is
 * freed; removing them waits for whoever is reading.
 */
#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time64.h>

static struct proc_dir_entry *segments_dir;

static int segment_stat_show(struct seq_file *m, void *unused)
{
	struct segment *seg = m->private;
	struct refault_state refault;
	struct segment_counts counts;
	unsigned int i;

	segment_counts_sum(seg, &counts);
	proc_value(m, "version", PROC_VERSION);
	proc_value(m, "size", segment_pages(seg) << PAGE_SHIFT);
	proc_value(m, "resident", segment_resident(seg));
	proc_value(m, "dirty", segment_dirty(seg));
	proc_value(m, "opens", READ_ONCE(seg->opens));
	proc_value(m, "mappings", READ_ONCE(seg->tune.mappings));
	proc_value(m, "errors", READ_ONCE(seg->errors.count));
	seq_printf(m, "policy %s\n", segment_policy_name(seg));
	for (i = 0; i < SEGMENT_NR_COUNTERS; i++)
		proc_value(m, segment_counter_names[i], counts.v[i]);
	proc_value(m, "pinned", segment_pinned(seg));
	proc_value(m, "volatile_pages", atomic_long_read(&seg->forget.pages));
	proc_value(m, "dirty_counted", atomic_long_read(&seg->dirty));
	segment_refault_state(seg, &refault);
	proc_value(m, "working_set", refault.working_set);
	proc_value(m, "thrash", refault.thrash);
	proc_value(m, "load_level", READ_ONCE(seg->load.level));
	proc_value(m, "contig_pieces", seg->contig ? seg->contig->nr : 0);
	proc_value(m, "contig_runs", seg->contig ? contig_runs(seg->contig) : 0);
	return 0;
}

static int segment_latency_show(struct seq_file *m, void *unused)
{
	struct segment *seg = m->private;
	u64 buckets[LATENCY_BUCKETS];
	unsigned int what, i;

	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "what from below count\n");
	for (what = 0; what < LATENCY_NR; what++) {
		latency_sum(seg, what, buckets);
		for (i = 0; i < LATENCY_BUCKETS; i++)
			if (buckets[i])
				seq_printf(m, "%s %llu %llu %llu\n",
					   latency_names[what],
					   latency_bucket_start(i),
					   latency_bucket_start(i + 1),
					   buckets[i]);
	}
	return 0;
}

static int segment_curves_show(struct seq_file *m, void *unused)
{
	struct whatif_estimate *estimates;
	unsigned int i, n;

	estimates = kcalloc(WHATIF_CELLS, sizeof(*estimates), GFP_KERNEL);
	if (!estimates)
		return -ENOMEM;
	n = segment_curves_get(m->private, estimates);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "policy frames simulated references misses miss_ratio\n");
	for (i = 0; i < n; i++)
		seq_printf(m, "%s %u %u %llu %llu %u.%04u\n",
			   estimates[i].policy->name, estimates[i].frames,
			   estimates[i].simulated, estimates[i].references,
			   estimates[i].misses, estimates[i].ratio / 10000,
			   estimates[i].ratio % 10000);
	kfree(estimates);
	return 0;
}

static const char *const op_names[] = {
	[KPAGER_OP_READ] = "read",
	[KPAGER_OP_WRITE] = "write",
	[KPAGER_OP_FLUSH] = "flush",
};

static int segment_errors_show(struct seq_file *m, void *unused)
{
	struct segment_error errors[SEGMENT_ERRORS];
	unsigned int i, n;
	u32 ns;
	u64 s;

	n = segment_errors_copy(m->private, errors);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "number time operation offset bytes errno\n");
	for (i = 0; i < n; i++) {
		s = div_u64_rem(errors[i].time, NSEC_PER_SEC, &ns);
		seq_printf(m, "%llu %llu.%09u %s %llu %llu %d\n",
			   errors[i].number, s, ns, op_names[errors[i].op],
			   errors[i].offset, errors[i].bytes, errors[i].err);
	}
	return 0;
}

/* The files of a segment. */
static const struct segment_file {
	const char *name;
	umode_t mode;
	int (*show)(struct seq_file *m, void *unused);
} segment_files[] = {
	{ "stat", 0444, segment_stat_show },
	{ "latency", 0444, segment_latency_show },
	{ "curves", 0444, segment_curves_show },
	/* Which pages are there tells what somebody does with them. */
	{ "errors", 0400, segment_errors_show },
	{ "map", 0400, proc_map_show },
};

/**
 * proc_segment_add - make the files of a segment
 * @seg: from segment_create()
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_segment_add(struct segment *seg)
{
	/* What a user does in private only root may see. */
	umode_t mode = segment_is_anon(seg) ? 0500 : 0555;
	struct proc_dir_entry *dir = proc_mkdir_mode(seg->name, mode,
						     segments_dir);
	unsigned int i;

	if (!dir)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(segment_files); i++)
		if (!proc_create_single_data(segment_files[i].name,
					     segment_files[i].mode, dir,
					     segment_files[i].show, seg))
			goto err_remove;
	return 0;

err_remove:
	proc_remove(dir);
	return -ENOMEM;
}

/**
 * proc_segment_del - remove the files of a segment; waits for their readers
 * @seg: the segment, not yet destroyed
 *
 * Context: may sleep.
 */
void proc_segment_del(struct segment *seg)
{
	remove_proc_subtree(seg->name, segments_dir);
}

/**
 * proc_segment_init - make the folder of the segments' folders
 * @dir: /proc/kpager; it goes with that
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_segment_init(struct proc_dir_entry *dir)
{
	segments_dir = proc_mkdir("segment", dir);
	return segments_dir ? 0 : -ENOMEM;
}
