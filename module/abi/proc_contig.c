// SPDX-License-Identifier: GPL-2.0
/*
 * proc_contig.c - /proc/kpager/contig; see Documentation/abi.md
 */
#include "abi/abi.h"

#include "pager/contig.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time64.h>

static void contig_show_attempt(struct seq_file *m,
				const struct contig_attempt *a)
{
	u32 ns;
	u64 s = div_u64_rem(a->time, NSEC_PER_SEC, &ns);

	seq_printf(m, "%llu %llu.%09u %s %llu %u %u %llu %llu %llu %d\n",
		   a->number, s, ns, a->name, a->pages, a->order, a->pieces,
		   a->freed, a->moved, div_u64(a->ns, NSEC_PER_USEC), -a->err);
}

static int contig_show(struct seq_file *m, void *unused)
{
	struct contig_attempt *attempts;
	unsigned int i, n;

	attempts = kcalloc(CONTIG_ATTEMPTS, sizeof(*attempts), GFP_KERNEL);
	if (!attempts)
		return -ENOMEM;
	n = contig_attempts_copy(attempts);
	proc_value(m, "version", PROC_VERSION);
	seq_puts(m, "number time name pages order pieces freed moved us errno\n");
	for (i = 0; i < n; i++)
		contig_show_attempt(m, &attempts[i]);
	kfree(attempts);
	return 0;
}

/**
 * proc_contig_init - make /proc/kpager/contig
 * @dir: /proc/kpager; removing it removes the file
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_contig_init(struct proc_dir_entry *dir)
{
	return proc_create_single("contig", 0444, dir, contig_show) ?
		0 : -ENOMEM;
}
