// SPDX-License-Identifier: GPL-2.0
/*
 * proc.c - /proc/kpager; the formats are in Documentation/abi.md
 */
#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"
#include "reclaim/decision.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

static struct proc_dir_entry *proc_dir;

/**
 * proc_value - print a line of a key and a number
 * @m: where
 * @key: the key
 * @value: the number
 *
 * Context: any.
 */
void proc_value(struct seq_file *m, const char *key, u64 value)
{
	/* Much cheaper than a format, and there are many. */
	seq_puts(m, key);
	seq_put_decimal_ull(m, " ", value);
	seq_putc(m, '\n');
}

static int stat_show(struct seq_file *m, void *unused)
{
	struct store_memory_stats memory;
	struct contig_stats contig;
	struct segment_counts counts;
	struct watermarks marks;
	struct pool_stats pool;
	unsigned int i, nr = 0;
	struct segment *seg;
	u64 policies = 0, whatif = 0;

	pool_stats_get(&pool);
	store_memory_stats(&memory);
	contig_stats_get(&contig);
	reclaim_marks(&marks);
	mutex_lock(&segments_lock);
	list_for_each_entry(seg, &segments, list) {
		policies += segment_policy_bytes(seg);
		whatif += segment_curves_bytes(seg);
		nr++;
	}
	segments_counts_sum(&counts);
	mutex_unlock(&segments_lock);

	proc_value(m, "version", PROC_VERSION);
	proc_value(m, "limit_frames", pool.limit);
	proc_value(m, "min_frames", pool.min);
	proc_value(m, "frames_total", pool.total);
	proc_value(m, "frames_used", pool.used);
	proc_value(m, "frames_free", pool.free);
	proc_value(m, "frames_peak", pool.peak);
	proc_value(m, "frames_lost", pool.lost);
	proc_value(m, "arenas", pool.arenas);
	proc_value(m, "segments", nr);
	proc_value(m, "metadata_bytes", pool.meta_bytes + index_bytes() +
		   refault_bytes());
	proc_value(m, "policy_bytes", policies);
	for (i = 0; i < SEGMENT_NR_COUNTERS; i++)
		proc_value(m, segment_counter_names[i], counts.v[i]);
	proc_value(m, "store_pages", memory.pages);
	proc_value(m, "store_same", memory.same);
	proc_value(m, "store_raw", memory.raw);
	proc_value(m, "store_bytes", memory.bytes);
	proc_value(m, "store_frames", memory.frames);
	proc_value(m, "store_max", memory.max_frames);
	proc_value(m, "store_full", memory.full);
	proc_value(m, "store_injected", store_injected());
	proc_value(m, "watermark_min", pool.reserve);
	proc_value(m, "watermark_low", pool.reserve + marks.low);
	proc_value(m, "watermark_high", pool.reserve + marks.high);
	proc_value(m, "load_holds", load_holds());
	proc_value(m, "whatif_bytes", whatif);
	proc_value(m, "oom_decisions", decisions_count());
	proc_value(m, "contig_frames", contig.frames);
	proc_value(m, "contig_attempts", contig.attempts);
	proc_value(m, "contig_failures", contig.failures);
	return 0;
}

static void segment_show(struct seq_file *m, struct segment *seg, u32 dirty)
{
	static const enum segment_counter shown[] = {
		COUNT_faults_minor, COUNT_faults_major, COUNT_evictions,
		COUNT_pages_read, COUNT_pages_written, COUNT_io_errors,
	};
	struct segment_counts counts;
	unsigned int i;

	segment_counts_sum(seg, &counts);
	seq_puts(m, seg->name);
	seq_put_decimal_ull(m, " ", segment_pages(seg) << PAGE_SHIFT);
	seq_put_decimal_ull(m, " ", segment_resident(seg));
	seq_put_decimal_ull(m, " ", dirty);
	seq_printf(m, " %s %04o", segment_policy_name(seg), seg->mode);
	seq_put_decimal_ull(m, " ", READ_ONCE(seg->opens));
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		seq_put_decimal_ull(m, " ", counts.v[shown[i]]);
	seq_putc(m, ' ');
	store_show(seg->store, m);
	seq_putc(m, '\n');
}

static int segments_show(struct seq_file *m, void *unused)
{
	struct segment *seg = NULL;
	u32 *dirty;

	dirty = kcalloc(SEGMENT_ID_MAX + 1, sizeof(*dirty), GFP_KERNEL);
	if (!dirty)
		return -ENOMEM;
	/* This takes a while: not under the lock. */
	segments_dirty(dirty);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "name size resident dirty policy mode opens faults_minor faults_major evictions pages_read pages_written io_errors backing\n");
	while ((seg = segment_next_get(seg)))
		segment_show(m, seg, dirty[seg->id]);
	kfree(dirty);
	return 0;
}

/* A guess that is too small only costs time: all is then written again. */
#define SEGMENTS_LINE	192

static int segments_open(struct inode *inode, struct file *file)
{
	size_t size = PAGE_SIZE;
	struct segment *seg;

	mutex_lock(&segments_lock);
	list_for_each_entry(seg, &segments, list)
		size += SEGMENTS_LINE;
	mutex_unlock(&segments_lock);
	return single_open_size(file, segments_show, NULL, size);
}

static const struct proc_ops segments_ops = {
	.proc_open = segments_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

/**
 * proc_init - make /proc/kpager and its files
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_init(void)
{
	proc_dir = proc_mkdir("kpager", NULL);
	if (!proc_dir)
		return -ENOMEM;
	if (proc_create_single("stat", 0444, proc_dir, stat_show) &&
	    proc_create("segments", 0444, proc_dir, &segments_ops) &&
	    !proc_pool_init(proc_dir) && !proc_segment_init(proc_dir) &&
	    !proc_oom_init(proc_dir) && !proc_contig_init(proc_dir))
		return 0;
	proc_exit();
	return -ENOMEM;
}

/**
 * proc_exit - remove /proc/kpager; waits for its readers
 *
 * Context: may sleep.
 */
void proc_exit(void)
{
	proc_remove(proc_dir);
}
