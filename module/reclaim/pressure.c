// SPDX-License-Identifier: GPL-2.0
/*
 * pressure.c - how short frames are, for those who want to do something
 *
 * There are two kinds of shortage.  Soft: the background thread cannot keep as
 * many frames free as a level asks for.  Hard: a task waits, because there is
 * none at all.  Each begins with an event, which whoever polls the control
 * node is told of; it has until a deadline to do something by itself.  Nobody
 * is waited for who does not listen.
 */
#include "reclaim/pressure.h"

#include "pool/pool.h"
#include "reclaim/reclaim.h"
#include "reclaim/stall.h"

#include <linux/ktime.h>
#include <linux/math64.h>

DECLARE_WAIT_QUEUE_HEAD(pressure_wait);

/**
 * struct pressure - all of this; under the lock
 * @levels: what the attributes minfree and adj say
 * @limit: frames of the pool
 * @most: the largest threshold of @levels; read without the lock
 * @deadline_ms: how long listeners have at a level
 * @listeners: open control nodes that were polled
 * @events: shortages since load
 * @hard: a task waits for a frame
 * @told: when a task last waited for one, in jiffies
 * @told_event: when listeners were last told of that, in jiffies
 * @soft: a level is reached
 * @soft_adj: which
 * @hard_deadline: when a decision is made, in ns of the monotonic clock
 * @soft_deadline: likewise
 * @waiting: tasks that wait for a frame
 * @accounted: until when their time was added to @stall, in us
 * @relief: reclaim_frames_last() at that time
 * @stall: the last minute
 */
struct pressure {
	struct levels levels;
	u32 limit;
	u32 most;
	unsigned int deadline_ms;
	unsigned int listeners;
	u64 events;
	bool hard;
	unsigned long told;
	unsigned long told_event;
	bool soft;
	int soft_adj;
	u64 hard_deadline;
	u64 soft_deadline;
	unsigned int waiting;
	u64 accounted;
	unsigned long relief;
	struct stall stall;
};

static struct pressure pressure;
static DEFINE_SPINLOCK(pressure_lock);

/**
 * pressure_init - no shortage, no levels
 * @limit_frames: size of the pool
 *
 * Context: at bring-up.
 */
void pressure_init(u32 limit_frames)
{
	memset(&pressure, 0, sizeof(pressure));
	pressure.limit = limit_frames;
	pressure.deadline_ms = PRESSURE_DEADLINE_DEFAULT;
}

static void pressure_event(void)
{
	lockdep_assert_held(&pressure_lock);
	pressure.events++;
	wake_up_all(&pressure_wait);
}

/**
 * pressure_tell - a task waits for a frame
 * @left_ms: when that is decided, in ms from now
 *
 * Context: process context; takes a spinlock.
 * Return: true if listeners are told: once a shortage, and once a second if
 * frames come and go.
 */
bool pressure_tell(u64 left_ms)
{
	bool tell;

	spin_lock(&pressure_lock);
	tell = !pressure.hard ||
		(time_after(reclaim_frames_last(), pressure.told) &&
		 time_after(jiffies, pressure.told_event + HZ));
	pressure.told = jiffies;
	if (tell) {
		pressure.hard = true;
		pressure.told_event = jiffies;
		pressure_event();
	}
	pressure.hard_deadline = ktime_get_ns() + left_ms * NSEC_PER_MSEC;
	spin_unlock(&pressure_lock);
	return tell;
}

/**
 * pressure_over - there are as many free frames as there should be
 *
 * Context: process context; takes a spinlock.
 * Return: MAX_SCHEDULE_TIMEOUT: nobody needs to look again.
 */
unsigned long pressure_over(void)
{
	spin_lock(&pressure_lock);
	/* Since the thread looked, a task may have found none, and said so. */
	if (pool_available_frames())
		pressure.hard = false;
	pressure.soft = false;
	spin_unlock(&pressure_lock);
	return MAX_SCHEDULE_TIMEOUT;
}

/**
 * pressure_level - the thread cannot free more: is that a level?
 * @adj: receives the importance from which on tasks may be ended
 *
 * Context: process context; takes a spinlock.
 * Return: 0 if one of them is to be ended now; else when to ask again, in
 * jiffies from now.
 */
unsigned long pressure_level(int *adj)
{
	unsigned long wait = MAX_SCHEDULE_TIMEOUT;
	u64 now = ktime_get_ns();

	spin_lock(&pressure_lock);
	if (!levels_at(&pressure.levels, pool_available_frames(), adj)) {
		pressure.soft = false;
		goto out;
	}
	/* A level below is a shortage of its own. */
	if (!pressure.soft || *adj < pressure.soft_adj) {
		pressure.soft = true;
		pressure.soft_adj = *adj;
		pressure.soft_deadline = now;
		if (pressure.listeners)
			pressure.soft_deadline += (u64)pressure.deadline_ms *
				NSEC_PER_MSEC;
		pressure_event();
	}
	wait = now >= pressure.soft_deadline ? 0 :
		nsecs_to_jiffies(pressure.soft_deadline - now) + 1;
out:
	spin_unlock(&pressure_lock);
	return wait;
}

/**
 * pressure_decided - a level was decided; if it lasts, that is a new shortage
 *
 * Context: process context; takes a spinlock.
 */
void pressure_decided(void)
{
	spin_lock(&pressure_lock);
	pressure.soft = false;
	spin_unlock(&pressure_lock);
}

/**
 * pressure_most - so many free frames are enough for every level
 *
 * Context: any.
 * Return: their number, 0 if there are no levels.
 */
u32 pressure_most(void)
{
	return READ_ONCE(pressure.most);
}

/* Add the time since the last change, if somebody waited. */
static void pressure_account(void)
{
	u64 now = ktime_get_ns() / NSEC_PER_USEC;
	unsigned long relief = reclaim_frames_last();

	lockdep_assert_held(&pressure_lock);
	if (pressure.waiting && now > pressure.accounted)
		stall_add(&pressure.stall, pressure.accounted, now,
			  relief == pressure.relief);
	pressure.accounted = now;
	pressure.relief = relief;
}

/**
 * pressure_stall_begin - a task begins to wait for a frame
 *
 * Context: process context; takes a spinlock.
 */
void pressure_stall_begin(void)
{
	spin_lock(&pressure_lock);
	pressure_account();
	pressure.waiting++;
	spin_unlock(&pressure_lock);
}

/**
 * pressure_stall_end - it waits no longer
 *
 * Context: process context; takes a spinlock.
 */
void pressure_stall_end(void)
{
	spin_lock(&pressure_lock);
	pressure_account();
	pressure.waiting--;
	spin_unlock(&pressure_lock);
}

/**
 * pressure_get - what KPAGER_PRESSURE says but the candidates
 * @p: receives it; the other fields are left alone
 *
 * Context: process context; takes a spinlock.
 */
void pressure_get(struct kpager_pressure *p)
{
	static const u64 windows[] = { 1, 10, 60 };
	unsigned int i;
	u64 now;

	spin_lock(&pressure_lock);
	pressure_account();
	now = pressure.accounted;
	for (i = 0; i < ARRAY_SIZE(windows); i++)
		stall_sum(&pressure.stall, now, windows[i] * USEC_PER_SEC,
			  &p->some_us[i], &p->full_us[i]);
	p->free_frames = pool_available_frames();
	p->events = pressure.events;
	p->waiting = pressure.waiting;
	p->level = KPAGER_PRESSURE_NONE;
	p->deadline = 0;
	p->adj = 0;
	if (pressure.hard && !p->free_frames) {
		p->level = KPAGER_PRESSURE_HARD;
		p->deadline = pressure.hard_deadline;
		p->adj = BADNESS_ADJ_MIN;
	} else if (pressure.soft) {
		p->level = KPAGER_PRESSURE_SOFT;
		p->deadline = pressure.soft_deadline;
		p->adj = pressure.soft_adj;
	}
	spin_unlock(&pressure_lock);
}

/**
 * pressure_events - how many shortages there were
 * @now: receives whether there is one, may be NULL
 *
 * Context: process context; takes a spinlock.
 * Return: their number since load.
 */
u64 pressure_events(bool *now)
{
	u64 events;

	spin_lock(&pressure_lock);
	events = pressure.events;
	if (now)
		*now = pressure.soft ||
			(pressure.hard && !pool_available_frames());
	spin_unlock(&pressure_lock);
	return events;
}

/**
 * pressure_listen - somebody begins, or ends, to listen
 * @begin: which
 *
 * Context: process context; takes a spinlock.
 */
void pressure_listen(bool begin)
{
	spin_lock(&pressure_lock);
	pressure.listeners += begin ? 1 : -1;
	spin_unlock(&pressure_lock);
}

/* The thread has to look as soon as a level may be reached. */
static void pressure_levels_changed(void)
{
	u32 most = levels_most(&pressure.levels);
	struct watermarks marks;

	lockdep_assert_held(&pressure_lock);
	reclaim_marks(&marks);
	WRITE_ONCE(pressure.most, most);
	frame_reclaim_low(max(most, marks.low));
}

/**
 * pressure_set_minfree - the thresholds of the levels, in free frames
 * @text: a list, see levels_set_minfree(); at most half of the pool
 *
 * Context: process context; takes a spinlock.
 * Return: 0 or -EINVAL.
 */
int pressure_set_minfree(const char *text)
{
	int err;

	spin_lock(&pressure_lock);
	err = levels_set_minfree(&pressure.levels, text, pressure.limit / 2);
	pressure_levels_changed();
	spin_unlock(&pressure_lock);
	return err;
}

/**
 * pressure_set_adj - the importance that goes with each threshold
 * @text: a list, see levels_set_adj()
 *
 * Context: process context; takes a spinlock.
 * Return: 0 or -EINVAL.
 */
int pressure_set_adj(const char *text)
{
	int err;

	spin_lock(&pressure_lock);
	err = levels_set_adj(&pressure.levels, text);
	pressure_levels_changed();
	spin_unlock(&pressure_lock);
	return err;
}

/**
 * pressure_levels - what the levels are
 * @levels: receives them
 *
 * Context: process context; takes a spinlock.
 */
void pressure_levels(struct levels *levels)
{
	spin_lock(&pressure_lock);
	*levels = pressure.levels;
	spin_unlock(&pressure_lock);
}

/**
 * pressure_deadline_ms - how long listeners have at a level
 *
 * Context: any.
 * Return: the time in ms.
 */
unsigned int pressure_deadline_ms(void)
{
	return READ_ONCE(pressure.deadline_ms);
}

/**
 * pressure_set_deadline_ms - set how long listeners have at a level
 * @ms: 0 to PRESSURE_DEADLINE_MAX, in ms
 *
 * Context: process context; takes a spinlock.
 * Return: 0 or -ERANGE.
 */
int pressure_set_deadline_ms(unsigned long ms)
{
	if (ms > PRESSURE_DEADLINE_MAX)
		return -ERANGE;
	spin_lock(&pressure_lock);
	WRITE_ONCE(pressure.deadline_ms, ms);
	spin_unlock(&pressure_lock);
	return 0;
}
