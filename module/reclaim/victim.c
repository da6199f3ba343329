// SPDX-License-Identifier: GPL-2.0
/*
 * victim.c - which tasks keep frames from being freed
 *
 * An open file description keeps the frames that are pinned through it, and
 * all those of an anonymous segment.  It goes with the last descriptor and the
 * last mapping of it; so a task's death frees what is kept by the descriptions
 * that nobody but that task has.  Who has one is found by looking: into the
 * descriptor tables of all tasks, and at the mappings of the segment, which
 * know whose they are.  A descriptor on its way through a socket is nobody's.
 *
 * Everything here is under oom_lock, in memory of its own: there is none to be
 * had when this is needed.
 */
#include "reclaim/victim.h"

#include "pager/pager.h"

#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sort.h>

#define VICTIM_HOLDS	128u
/* Who has a description, and who has it, too, is enough to know of each. */
#define VICTIMS		(2 * VICTIM_HOLDS)
#define VICTIM_MAPS	(2 * VICTIM_HOLDS)

/**
 * struct victim_hold - an open file description that keeps frames
 * @opener: it
 * @file: its file
 * @frames: how many
 * @holder: who has it, or NULL so far
 * @shared: several tasks have it: nobody's death frees anything
 * @nr_maps: entries of victim_maps that are of it
 */
struct victim_hold {
	struct opener *opener;
	struct file *file;
	u64 frames;
	struct victim *holder;
	bool shared;
	unsigned int nr_maps;
};

/**
 * struct victim_map - an address space with mappings of one of them
 * @mm: whose
 * @hold: of which
 */
struct victim_map {
	struct mm_struct *mm;
	struct victim_hold *hold;
};

static struct victim victims[VICTIMS];
static struct victim_hold victim_holds[VICTIM_HOLDS];
static struct victim_map victim_maps[VICTIM_MAPS];
static unsigned int nr_victims, nr_holds, nr_maps, nr_left_out;
/* Those of @victims, worst first. */
static struct victim *victim_order[VICTIMS];
static int victim_threshold;

/* Room for one that keeps so much: perhaps that of the one with least. */
static struct victim_hold *victim_hold_room(u64 frames)
{
	struct victim_hold *least = victim_holds;
	unsigned int i;

	if (nr_holds < VICTIM_HOLDS)
		return &victim_holds[nr_holds++];
	nr_left_out++;
	for (i = 1; i < nr_holds; i++)
		if (victim_holds[i].frames < least->frames)
			least = &victim_holds[i];
	return least->frames < frames ? least : NULL;
}

/* Those that keep something; if they are too many, those that keep most. */
static void victims_find_holds(void)
{
	struct victim_hold *hold;
	struct opener *opener;
	u64 frames;

	lockdep_assert_held(&openers_lock);
	list_for_each_entry(opener, &openers, all) {
		frames = opener_frames(opener);
		if (!frames)
			continue;
		hold = victim_hold_room(frames);
		if (hold)
			*hold = (struct victim_hold){
				.opener = opener,
				.file = opener->file,
				.frames = frames,
			};
		cond_resched();
	}
}

static void victim_map_add(struct victim_hold *hold, struct mm_struct *mm)
{
	unsigned int i;

	/* Those of one follow each other. */
	for (i = nr_maps - hold->nr_maps; i < nr_maps; i++)
		if (victim_maps[i].mm == mm)
			return;
	/* One of two may be on its way out; of three we do not ask. */
	if (hold->nr_maps == 2) {
		hold->shared = true;
		return;
	}
	victim_maps[nr_maps++] = (struct victim_map){ mm, hold };
	hold->nr_maps++;
}

/* Whose mappings there are: the segment's inode knows. */
static void victims_find_maps(struct victim_hold *hold)
{
	struct address_space *mapping = hold->file->f_mapping;
	struct vm_area_struct *vma;
	struct rb_node *node;

	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node && !hold->shared;
	     node = rb_next(node)) {
		vma = rb_entry(node, struct vm_area_struct, shared.rb);
		if (vma->vm_file == hold->file)
			victim_map_add(hold, vma->vm_mm);
	}
	i_mmap_unlock_read(mapping);
}

static struct victim *victim_find(struct task_struct *leader)
{
	struct pid *pid = task_tgid(leader);
	struct victim *victim;
	unsigned int i;

	for (i = 0; i < nr_victims; i++)
		if (victims[i].pid == pid)
			return &victims[i];
	if (nr_victims == VICTIMS) {
		nr_left_out++;
		return NULL;
	}
	victim = &victims[nr_victims++];
	memset(victim, 0, sizeof(*victim));
	victim->pid = get_pid(pid);
	victim->is.pid = leader->tgid;
	victim->is.task.adj = READ_ONCE(leader->signal->oom_score_adj);
	if (is_global_init(leader))
		victim->is.task.flags |= BADNESS_INIT;
	return victim;
}

static void victim_note(struct victim_hold *hold, struct task_struct *leader)
{
	struct victim *victim;

	if (hold->shared && hold->holder)
		return;
	victim = victim_find(leader);
	if (!victim || (hold->holder && hold->holder != victim))
		hold->shared = true;
	else
		hold->holder = victim;
}

static int victim_note_file(const void *leader, struct file *file,
			    unsigned int fd)
{
	unsigned int i;

	/* Few of all descriptors are of segments, which are all of a kind. */
	if (file->f_op != victim_holds[0].file->f_op)
		return 0;
	for (i = 0; i < nr_holds; i++)
		if (victim_holds[i].file == file)
			victim_note(&victim_holds[i],
				    (struct task_struct *)leader);
	return 0;
}

/* What a thread has; usually the same as all threads of its process. */
static void victim_look(struct task_struct *leader, struct task_struct *t,
			struct files_struct **files, struct mm_struct **mm)
{
	unsigned int i;

	task_lock(t);
	if (t->files && t->files != *files) {
		*files = t->files;
		iterate_fd(t->files, 0, victim_note_file, leader);
	}
	if (t->mm && t->mm != *mm) {
		*mm = t->mm;
		for (i = 0; i < nr_maps; i++)
			if (victim_maps[i].mm == t->mm)
				victim_note(victim_maps[i].hold, leader);
	}
	task_unlock(t);
}

static void victims_find_tasks(void)
{
	struct task_struct *leader, *t;
	struct files_struct *files;
	struct mm_struct *mm;

	rcu_read_lock();
	for_each_process(leader) {
		if (leader->flags & PF_KTHREAD)
			continue;
		files = NULL;
		mm = NULL;
		for_each_thread(leader, t)
			victim_look(leader, t, &files, &mm);
	}
	rcu_read_unlock();
}

/* A name may change meanwhile, and is cut off then. */
static void victim_name(struct victim *victim)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(victim->pid, PIDTYPE_TGID);
	if (task)
		get_task_comm(victim->is.comm, task);
	rcu_read_unlock();
}

/* What a description that is nobody else's makes of its task. */
static void victim_hold_count(struct victim_hold *hold)
{
	struct segment *seg = hold->opener->seg;
	int adj = READ_ONCE(seg->tune.adj);
	struct victim *victim = hold->holder;

	if (!victim || hold->shared)
		return;
	badness_hold(&victim->is.task, hold->frames, adj);
	if (hold->frames <= victim->is.segment_frames)
		return;
	victim->is.segment_frames = hold->frames;
	victim->is.segment_adj = adj;
	strscpy(victim->is.segment, seg->name, sizeof(victim->is.segment));
	victim->term = READ_ONCE(seg->tune.oom_term);
	victim->grace = READ_ONCE(seg->tune.oom_grace_ms);
}

static int victim_compare(const void *a, const void *b)
{
	const struct victim *x = *(struct victim *const *)a;
	const struct victim *y = *(struct victim *const *)b;

	return badness_compare(&x->is.task, &y->is.task, victim_threshold) ?:
		x->is.pid - y->is.pid;
}

/**
 * victims_collect - find the tasks that keep frames
 * @threshold: only those of this importance or more may be chosen
 *
 * Context: may sleep; under oom_lock, takes openers_lock, for
 * victims_release().
 * Return: how many.
 */
unsigned int victims_collect(int threshold)
{
	unsigned int i;

	mutex_lock(&openers_lock);
	nr_victims = 0;
	nr_holds = 0;
	nr_maps = 0;
	nr_left_out = 0;
	victim_threshold = threshold;
	victims_find_holds();
	if (!nr_holds)
		return 0;
	for (i = 0; i < nr_holds; i++)
		victims_find_maps(&victim_holds[i]);
	victims_find_tasks();
	for (i = 0; i < nr_holds; i++)
		victim_hold_count(&victim_holds[i]);
	for (i = 0; i < nr_victims; i++) {
		victim_name(&victims[i]);
		victims[i].is.score = badness_score(&victims[i].is.task);
		victims[i].is.verdict = badness_judge(&victims[i].is.task,
						      threshold);
		victim_order[i] = &victims[i];
	}
	sort(victim_order, nr_victims, sizeof(*victim_order), victim_compare,
	     NULL);
	return nr_victims;
}

/**
 * victims_get - one of the tasks
 * @i: which, worst first, below what victims_collect() returned
 *
 * Context: between victims_collect() and victims_release().
 * Return: it.
 */
struct victim *victims_get(unsigned int i)
{
	return victim_order[i];
}

/**
 * victims_left_out - how many there was no room for
 *
 * Context: as victims_get().
 * Return: their number, or more if one was met several times.
 */
unsigned int victims_left_out(void)
{
	return nr_left_out;
}

/**
 * victim_give_up - let go what a task keeps, which is being killed
 * @victim: the task
 *
 * Context: as victims_get(); may sleep.
 * Return: frames that nothing keeps any more, or that are free.
 */
u64 victim_give_up(struct victim *victim)
{
	u64 gained = 0;
	unsigned int i;

	for (i = 0; i < nr_holds; i++)
		if (victim_holds[i].holder == victim && !victim_holds[i].shared)
			gained += opener_give_up(victim_holds[i].opener);
	return gained;
}

/**
 * victims_release - end of what victims_collect() began
 *
 * Context: under oom_lock.
 */
void victims_release(void)
{
	unsigned int i;

	for (i = 0; i < nr_victims; i++)
		put_pid(victims[i].pid);
	nr_victims = 0;
	mutex_unlock(&openers_lock);
}
