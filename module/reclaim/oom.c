// SPDX-License-Identifier: GPL-2.0
/*
 * oom.c - the last rungs: who fails, who ends, and what is told of it
 *
 * A fault that has waited as long as it may is decided: it fails, or somebody
 * ends whose death gives frames.  Pages of named segments are data and are
 * never dropped, so a death frees what a task pins, and anonymous segments
 * that only it has; a task that has neither is no candidate.
 *
 * One decision is made at a time.  A victim that is asked to end first has its
 * grace time, in which nobody else is chosen.  What a victim keeps is let go
 * when it is killed, not when it is gone: exiting may take long, and need
 * frames.
 */
#include "reclaim/oom.h"

#include "pager/pager.h"
#include "reclaim/pressure.h"
#include "reclaim/victim.h"

#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

/* After a decision at a level that found nobody there is none for so long. */
#define OOM_LEVEL_PAUSE		(10 * HZ)

static DEFINE_MUTEX(oom_lock);
static bool oom_is_dry;
/* The decision that is being made.  All of these under oom_lock. */
static struct decision oom_now;
static struct victim *oom_victim;
/* Who was asked to end, until when, in jiffies; @oom_asked has a reference. */
static struct pid *oom_asked;
static unsigned long oom_asked_until;
/* When a level may be decided again. */
static unsigned long oom_level_next;

/* To find who keeps frames takes a look at all tasks: not more often. */
#define OOM_SEEN_LASTS		(HZ / 10)

/* The answer to who asks in between: the worst, how many, from when. */
static struct decision_candidate oom_seen[DECISION_CANDIDATES];
static unsigned int oom_nr_seen;
static unsigned long oom_seen_at;

/* Faults that failed lately, by task; see oom_failed(). */
#define OOM_FAILURES	64u
/* The kernel takes no longer to start a fault over. */
#define OOM_FAILURE_LASTS	HZ

/**
 * struct oom_failure - a fault that is to fail
 * @task: number of the thread, 0 for none
 * @segment: number of the segment
 * @page: the page
 * @at: when it was decided, in jiffies
 */
struct oom_failure {
	pid_t task;
	u32 segment;
	u64 page;
	unsigned long at;
};

static struct oom_failure oom_failures[OOM_FAILURES];
static DEFINE_SPINLOCK(oom_failures_lock);

static void oom_fail(const struct rung_call *call)
{
	struct oom_failure *failure = &oom_failures[current->pid % OOM_FAILURES];

	if (!call->seg)
		return;
	spin_lock(&oom_failures_lock);
	*failure = (struct oom_failure){
		.task = current->pid,
		.segment = call->seg->id,
		.page = call->page,
		.at = jiffies,
	};
	spin_unlock(&oom_failures_lock);
}

/**
 * oom_failed - was it just decided that this fault fails
 * @call: who needs a frame
 *
 * A fault that failed with its lock dropped is started over by the kernel to
 * be told so, and does not wait a second time.
 *
 * Context: process context; takes a spinlock.
 * Return: true once.
 */
bool oom_failed(const struct rung_call *call)
{
	struct oom_failure *failure = &oom_failures[current->pid % OOM_FAILURES];
	bool failed;

	if (!call->seg || !READ_ONCE(failure->task))
		return false;
	spin_lock(&oom_failures_lock);
	failed = failure->task == current->pid &&
		failure->segment == call->seg->id &&
		failure->page == call->page &&
		time_before(jiffies, failure->at + OOM_FAILURE_LASTS);
	if (failed)
		failure->task = 0;
	spin_unlock(&oom_failures_lock);
	return failed;
}

/**
 * oom_init - take the memory for decisions
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int oom_init(void)
{
	oom_asked = NULL;
	oom_is_dry = false;
	memset(oom_failures, 0, sizeof(oom_failures));
	oom_level_next = jiffies;
	oom_seen_at = jiffies - OOM_SEEN_LASTS;
	return decisions_init();
}

/**
 * oom_exit - free it
 *
 * Context: may sleep.
 */
void oom_exit(void)
{
	put_pid(oom_asked);
	decisions_exit();
}

/**
 * oom_dry_run - are decisions recorded without ending anybody
 *
 * Context: any.
 * Return: true if so.
 */
bool oom_dry_run(void)
{
	return READ_ONCE(oom_is_dry);
}

/**
 * oom_set_dry_run - have decisions recorded without ending anybody, or not
 * @on: which
 *
 * Context: any.
 */
void oom_set_dry_run(bool on)
{
	WRITE_ONCE(oom_is_dry, on);
}

/* Has who was asked to end still time?  If it is gone, it is forgotten. */
static bool oom_grace(void)
{
	bool alive;

	lockdep_assert_held(&oom_lock);
	if (!oom_asked)
		return false;
	rcu_read_lock();
	alive = pid_task(oom_asked, PIDTYPE_TGID);
	rcu_read_unlock();
	if (alive)
		return time_before(jiffies, oom_asked_until);
	put_pid(oom_asked);
	oom_asked = NULL;
	return false;
}

static void oom_describe(const struct rung_call *call, int threshold)
{
	struct decision *d = &oom_now;
	struct segment *seg = call->seg;
	struct segment_error error;

	memset(d, 0, sizeof(*d));
	d->time = ktime_get_real_ns();
	d->trigger = call->thread ? DECISION_level : DECISION_fault;
	d->pid = current->tgid;
	get_task_comm(d->comm, current);
	d->page = call->page;
	d->context = call->context;
	d->waited = jiffies_to_msecs(jiffies - call->since);
	d->threshold = threshold;
	d->free = pool_available_frames();
	d->resident = segments_resident();
	d->spare = segments_spare();
	if (!seg)
		return;
	strscpy(d->segment, seg->name, sizeof(d->segment));
	segment_error_find(seg, SEGMENT_ERROR_LAST, &error);
	d->store_error = error.err;
}

/* Find who keeps frames, and who of them would go. */
static void oom_choose(int threshold)
{
	struct decision *d = &oom_now;
	unsigned int i, n = victims_collect(threshold);

	lockdep_assert_held(&oom_lock);
	oom_victim = NULL;
	d->nr = min(n, DECISION_CANDIDATES);
	d->left_out = n - d->nr + victims_left_out();
	for (i = 0; i < d->nr; i++)
		d->candidates[i] = victims_get(i)->is;
	if (n && victims_get(0)->is.verdict == BADNESS_candidate) {
		oom_victim = victims_get(0);
		d->victim = oom_victim->is.pid;
	}
}

/* Is it the first time that the victim is told? */
static bool oom_ask_first(void)
{
	if (!oom_victim->term || oom_asked == oom_victim->pid)
		return false;
	put_pid(oom_asked);
	oom_asked = get_pid(oom_victim->pid);
	oom_asked_until = jiffies + msecs_to_jiffies(oom_victim->grace);
	return true;
}

/**
 * oom_kill - end the task that was chosen, or ask it to end
 * @call: who needs frames
 *
 * Context: under oom_lock, as a rung.
 * Return: frames that came free, or can be taken now.
 */
unsigned int oom_kill(struct rung_call *call)
{
	struct decision *d = &oom_now;

	lockdep_assert_held(&oom_lock);
	if (oom_ask_first()) {
		d->outcome = OUTCOME_term;
		d->signal = SIGTERM;
		kill_pid(oom_victim->pid, SIGTERM, 1);
		call->err = -EAGAIN;
		return 0;
	}
	d->outcome = OUTCOME_kill;
	d->signal = SIGKILL;
	kill_pid(oom_victim->pid, SIGKILL, 1);
	d->gained = victim_give_up(oom_victim);
	reclaim_frames_came();
	return d->gained;
}

/**
 * oom_end_fault - let a fault fail, if that is better than a death
 * @call: who needs frames; call->err is set if it fails
 *
 * Context: under oom_lock, as a rung.
 * Return: true if it fails.
 */
bool oom_end_fault(struct rung_call *call)
{
	struct decision *d = &oom_now;

	lockdep_assert_held(&oom_lock);
	if (!oom_victim)
		d->outcome = call->thread ? OUTCOME_none : OUTCOME_sigbus;
	else if (oom_dry_run())
		d->outcome = OUTCOME_dry_run;
	else if (!call->thread && oom_victim->pid == task_tgid(current))
		d->outcome = OUTCOME_own;
	else
		return false;
	/* What it keeps is let go by itself now, or by its end. */
	if (d->outcome == OUTCOME_own)
		reclaim_frames_came();
	call->err = -ENOMEM;
	return true;
}

/* Make a decision and record it.  Who needs frames reads call->err. */
static void oom_run(struct rung_call *call, int threshold)
{
	lockdep_assert_held(&oom_lock);
	oom_describe(call, threshold);
	oom_choose(threshold);
	rungs_climb(call, RUNG_LAST, RUNG_kill);
	memcpy(oom_now.rungs, call->counts, sizeof(oom_now.rungs));
	victims_release();
	oom_victim = NULL;
	decision_record(&oom_now);
}

/**
 * oom_decide - a task has waited for a frame as long as it may
 * @call: what for, and what was tried
 *
 * Context: may sleep; no page lock held.
 * Return: 0 if it is worth asking the pool again; -EAGAIN if it is worth
 * waiting; -ENOMEM if the fault is to fail; -EINTR if the task is being
 * killed.
 */
int oom_decide(struct rung_call *call)
{
	int err = 0;

	if (mutex_lock_killable(&oom_lock))
		return -EINTR;
	/* Somebody may have decided, and gained something, meanwhile. */
	if (!pool_available_frames() && reclaim_expired(call->since)) {
		if (oom_grace()) {
			err = -EAGAIN;
		} else {
			oom_run(call, BADNESS_ADJ_MIN);
			err = call->err;
			call->err = 0;
			if (err == -ENOMEM)
				oom_fail(call);
		}
	}
	mutex_unlock(&oom_lock);
	return err;
}

/**
 * oom_level - the thread could not free as many frames as there should be
 *
 * Context: the reclaim thread; may sleep.
 * Return: when to look again although nobody asks, in jiffies from now.
 */
unsigned long oom_level(void)
{
	struct rung_call call = {
		.page = NO_PAGE, .context = STORE_FREE, .thread = true,
		.since = jiffies,
	};
	unsigned long wait = pressure_level(&call.adj);

	if (wait)
		return wait;
	mutex_lock(&oom_lock);
	if (oom_grace()) {
		wait = oom_asked_until - jiffies;
	} else if (time_before(jiffies, oom_level_next)) {
		wait = oom_level_next - jiffies;
	} else {
		oom_run(&call, call.adj);
		pressure_decided();
		wait = call.err == -EAGAIN ? oom_asked_until - jiffies : 1;
		if (call.err == -ENOMEM) {
			oom_level_next = jiffies + OOM_LEVEL_PAUSE;
			wait = MAX_SCHEDULE_TIMEOUT;
		}
	}
	mutex_unlock(&oom_lock);
	return max_t(long, wait, 1);
}

static void oom_look(void)
{
	unsigned int i, n = victims_collect(BADNESS_ADJ_MIN);

	lockdep_assert_held(&oom_lock);
	memset(oom_seen, 0, sizeof(oom_seen));
	for (i = 0; i < min(n, DECISION_CANDIDATES); i++)
		oom_seen[i] = victims_get(i)->is;
	oom_nr_seen = n + victims_left_out();
	victims_release();
	oom_seen_at = jiffies;
}

/**
 * oom_candidates - the tasks that keep frames now, or did a moment ago
 * @candidates: receives them, worst first
 * @nr: room for so many, at most DECISION_CANDIDATES
 *
 * Context: may sleep.
 * Return: how many there are, also those that there was no room for; or 0 if
 * the task is being killed.
 */
unsigned int oom_candidates(struct decision_candidate *candidates,
			    unsigned int nr)
{
	unsigned int n;

	if (mutex_lock_killable(&oom_lock))
		return 0;
	if (time_after_eq(jiffies, oom_seen_at + OOM_SEEN_LASTS))
		oom_look();
	n = oom_nr_seen;
	memcpy(candidates, oom_seen,
	       min3(n, nr, DECISION_CANDIDATES) * sizeof(*candidates));
	mutex_unlock(&oom_lock);
	return n;
}
