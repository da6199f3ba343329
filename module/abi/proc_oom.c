// SPDX-License-Identifier: GPL-2.0
/*
 * proc_oom.c - /proc/kpager/oom; see Documentation/abi.md
 *
 * A decision is copied before it is printed, so that each is whole, whatever
 * is decided meanwhile.
 */
#include "abi/abi.h"

#include "reclaim/decision.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static const char *const context_names[] = {
	[STORE_LOCKED] = "locked",
	[STORE_UNLOCKED] = "unlocked",
	[STORE_FREE] = "free",
};

/* The first decision from @pos on that is still remembered, or NULL. */
static void *oom_find(struct seq_file *m, loff_t *pos)
{
	u64 last = decisions_count(), n = *pos;

	if (last >= DECISIONS)
		n = max_t(u64, n, last - DECISIONS + 1);
	for (; n <= last; n++) {
		if (decision_get(n, m->private)) {
			*pos = n;
			return m->private;
		}
	}
	return NULL;
}

static void *oom_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? oom_find(m, pos) : SEQ_START_TOKEN;
}

static void *oom_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return oom_find(m, pos);
}

static void oom_stop(struct seq_file *m, void *v)
{
}

static void oom_show_rungs(struct seq_file *m, const char *key,
			   const struct rung_count *counts)
{
	unsigned int i;

	for (i = 0; i < RUNG_NR; i++)
		seq_printf(m, "%s %s %llu %llu\n", key, rung_names[i],
			   counts[i].tried, counts[i].gained);
}

static void oom_show_head(struct seq_file *m)
{
	struct rung_count totals[RUNG_NR];

	rungs_total(totals);
	proc_value(m, "version", PROC_VERSION);
	proc_value(m, "decisions", decisions_count());
	oom_show_rungs(m, "rung", totals);
}

/* A task's name may be anything; in the file it is one word. */
static void oom_show_name(struct seq_file *m, const char *name)
{
	if (*name)
		seq_escape(m, name, " \t\n\\");
	else
		seq_putc(m, '-');
	seq_putc(m, '\n');
}

static void oom_show_candidate(struct seq_file *m,
			       const struct decision_candidate *c)
{
	seq_printf(m, "candidate %d %d %llu %llu %u %llu %s %s %d %llu ",
		   c->pid, c->task.adj, c->task.frames, c->task.weighted,
		   c->task.flags, c->score, badness_verdict_names[c->verdict],
		   *c->segment ? c->segment : "-", c->segment_adj,
		   c->segment_frames);
	oom_show_name(m, c->comm);
}

static void oom_show_cause(struct seq_file *m, const struct decision *d)
{
	u32 ns;
	u64 s = div_u64_rem(d->time, NSEC_PER_SEC, &ns);

	proc_value(m, "decision", d->number);
	seq_printf(m, "time %llu.%09u\n", s, ns);
	seq_printf(m, "trigger %s\n", decision_trigger_names[d->trigger]);
	seq_printf(m, "task %d ", d->pid);
	oom_show_name(m, d->comm);
	seq_printf(m, "segment %s\n", *d->segment ? d->segment : "-");
	if (d->page == NO_PAGE)
		seq_puts(m, "page -\n");
	else
		proc_value(m, "page", d->page);
	seq_printf(m, "context %s\n", context_names[d->context]);
	proc_value(m, "waited_ms", d->waited);
	seq_printf(m, "threshold %d\n", d->threshold);
	proc_value(m, "free", d->free);
	proc_value(m, "resident", d->resident);
	proc_value(m, "spare", d->spare);
	proc_value(m, "store_error", d->store_error);
}

static int oom_show(struct seq_file *m, void *v)
{
	const struct decision *d = v;
	unsigned int i;

	if (v == SEQ_START_TOKEN) {
		oom_show_head(m);
		return 0;
	}
	oom_show_cause(m, d);
	oom_show_rungs(m, "tried", d->rungs);
	seq_printf(m, "candidates %u %u\n", d->nr, d->left_out);
	for (i = 0; i < d->nr; i++)
		oom_show_candidate(m, &d->candidates[i]);
	seq_printf(m, "outcome %s\n", decision_outcome_names[d->outcome]);
	proc_value(m, "victim", d->victim);
	proc_value(m, "signal", d->signal);
	proc_value(m, "gained", d->gained);
	return 0;
}

static const struct seq_operations oom_ops = {
	.start = oom_start,
	.next = oom_next,
	.stop = oom_stop,
	.show = oom_show,
};

/**
 * proc_oom_init - make the file
 * @dir: /proc/kpager; it goes with that
 *
 * It tells who has which segment open, so it is root's.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int proc_oom_init(struct proc_dir_entry *dir)
{
	return proc_create_seq_private("oom", 0400, dir, &oom_ops,
				       sizeof(struct decision), NULL) ?
		0 : -ENOMEM;
}
