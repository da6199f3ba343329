// SPDX-License-Identifier: GPL-2.0
/*
 * reclaim.c - the background thread and direct reclaim
 *
 * The thread frees frames when few are free, until enough are.  A task that
 * finds none at all, because only the reserve is left, climbs the rungs by
 * itself (rungs.c).  If they gain nothing, it waits, and climbs again from
 * time to time; there is progress as long as a page is clean or a store works.
 * A shortage that lasts without any is decided by oom.c.
 */
#include "reclaim/reclaim.h"

#include "pager/pager.h"
#include "reclaim/oom.h"
#include "reclaim/pressure.h"

#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/psi.h>
#include <linux/sched/signal.h>

#define RECLAIM_PATIENCE	(RECLAIM_PATIENCE_MS / 1000 * HZ)
/* Instead, while the thread waits for a store to write. */
#define RECLAIM_PATIENCE_STORE	(60 * HZ)
/* Instead, while a store fails: it is tried again twice a second. */
#define RECLAIM_PATIENCE_FAILS	(2 * RECLAIM_PATIENCE)
/* Between two climbs of a task that finds nothing to take. */
#define RECLAIM_PAUSE		(HZ / 50 + 1)
/* How often unwritten pages of closed segments are looked at. */
#define RECLAIM_RETRY_TICK	HZ

static struct watermarks marks;
static struct task_struct *reclaim_task;
static DECLARE_WAIT_QUEUE_HEAD(reclaim_thread_wait);
static DECLARE_WAIT_QUEUE_HEAD(reclaim_frames_wait);
static bool reclaim_kicked;
/* When frames last came of a rung, in jiffies. */
static unsigned long reclaim_relief;
/* The thread is at work, and may be waiting for a store. */
static bool reclaim_busy;
/* New segments are refused; see reclaim_refuses(). */
static bool reclaim_refusing;

/**
 * reclaim_marks - the marks on the number of free frames
 * @copy: receives them
 *
 * Context: any.
 */
void reclaim_marks(struct watermarks *copy)
{
	*copy = marks;
}

/**
 * reclaim_kick - have the background thread look
 *
 * Context: any process context; does not sleep.
 */
void reclaim_kick(void)
{
	if (!READ_ONCE(reclaim_kicked)) {
		WRITE_ONCE(reclaim_kicked, true);
		wake_up(&reclaim_thread_wait);
	}
}

/**
 * reclaim_frames_came - frames came free, or are about to: a shortage is over
 *
 * Context: any process context; does not sleep.
 */
void reclaim_frames_came(void)
{
	unsigned long now = jiffies;

	/* A line that all CPUs read is not written for each batch. */
	if (READ_ONCE(reclaim_relief) != now)
		WRITE_ONCE(reclaim_relief, now);
}

/**
 * reclaim_frames_last - when that was last so
 *
 * Context: any.
 * Return: the time in jiffies.
 */
unsigned long reclaim_frames_last(void)
{
	return READ_ONCE(reclaim_relief);
}

/**
 * reclaim_refuse - frames are so short that no new segment may be made
 *
 * Context: any.
 */
void reclaim_refuse(void)
{
	WRITE_ONCE(reclaim_refusing, true);
}

/**
 * reclaim_refuses - are new segments refused
 *
 * Context: any process context.
 * Return: true from reclaim_refuse() until frames are free again.
 */
bool reclaim_refuses(void)
{
	if (READ_ONCE(reclaim_refusing) && pool_available_frames())
		WRITE_ONCE(reclaim_refusing, false);
	return READ_ONCE(reclaim_refusing);
}

/* How long nobody got a frame, as far as a task can tell. */
static unsigned long reclaim_drought(unsigned long since)
{
	unsigned long relief = READ_ONCE(reclaim_relief);

	return jiffies - (time_after(relief, since) ? relief : since);
}

/**
 * reclaim_left_ms - how long a shortage may still last
 * @since: since when a task has been trying, in jiffies
 *
 * Context: any.
 * Return: the time in ms, if nobody gets a frame.
 */
u64 reclaim_left_ms(unsigned long since)
{
	unsigned long drought = reclaim_drought(since);

	return jiffies_to_msecs(RECLAIM_PATIENCE -
				min_t(unsigned long, drought, RECLAIM_PATIENCE));
}

/**
 * reclaim_expired - has a shortage lasted as long as it may
 * @since: since when the task has been trying, in jiffies
 *
 * Context: any.
 * Return: true if nobody has got a frame for that long.
 */
bool reclaim_expired(unsigned long since)
{
	unsigned long patience = RECLAIM_PATIENCE;

	if (READ_ONCE(reclaim_busy))
		patience = RECLAIM_PATIENCE_STORE;
	else if (segments_writes_fail())
		patience = RECLAIM_PATIENCE_FAILS;
	return reclaim_drought(since) > patience;
}

/* Wait until there are frames, for a little while. */
static void reclaim_pause(void)
{
	unsigned long pflags;

	pressure_stall_begin();
	psi_memstall_enter(&pflags);
	wait_event_killable_timeout(reclaim_frames_wait,
				    pool_available_frames(), RECLAIM_PAUSE);
	psi_memstall_leave(&pflags);
	pressure_stall_end();
}

/*
 * A shortage has lasted as long as it may.  If the pool is below its limit, it
 * is the system that has no memory: nobody's death here would help that.
 */
static int reclaim_decide(struct rung_call *call)
{
	u32 frame;

	if (!pool_available_frames())
		return oom_decide(call);
	frame = pool_frame_alloc(0);
	if (!frame)
		return -ENOMEM;
	pool_frame_free(frame);
	return 0;
}

/* The rungs gained nothing.  Return 0 if it is worth asking the pool again. */
static noinline_for_stack int reclaim_wait(struct rung_call *call)
{
	int err;

	call->waits = true;
	for (;;) {
		if (rungs_climb(call, 0, RUNG_LAST - 1)) {
			reclaim_frames_came();
			return 0;
		}
		/* It would wait for itself; what it wants a page for can wait. */
		if (current == reclaim_task)
			return -ENOMEM;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (oom_failed(call))
			return -ENOMEM;
		if (reclaim_expired(call->since)) {
			err = reclaim_decide(call);
			if (err != -EAGAIN)
				return err;
		}
		reclaim_kick();
		reclaim_pause();
		if (pool_available_frames())
			return 0;
	}
}

/*
 * The pager has no frame: get some, or wait until somebody did.  Return 0 if
 * it is worth trying again.
 */
static int reclaim_direct(struct segment *seg, u64 page,
			  enum store_context context, unsigned long since)
{
	struct rung_call call = {
		.seg = seg,
		.page = page,
		.context = context,
		.since = since,
	};

	if (fatal_signal_pending(current))
		return -EINTR;
	if (!rungs_climb(&call, 0, RUNG_BATCH))
		return reclaim_wait(&call);
	reclaim_frames_came();
	return 0;
}

/*
 * Free frames up to the mark.  Return false if that is not possible, and some
 * level or other is reached.
 */
static bool reclaim_to_high(void)
{
	struct rung_call call = {
		.page = NO_PAGE, .context = STORE_FREE, .thread = true,
	};
	u32 high = max(marks.high, pressure_most() + marks.high - marks.low);

	WRITE_ONCE(reclaim_busy, true);
	while (pool_available_frames() < high && !kthread_should_stop()) {
		if (!rungs_climb(&call, 0, RUNG_LAST - 1))
			break;
		reclaim_frames_came();
		if (wq_has_sleeper(&reclaim_frames_wait))
			wake_up_all(&reclaim_frames_wait);
		load_update();
		cond_resched();
	}
	WRITE_ONCE(reclaim_busy, false);
	return pool_available_frames() >= high || kthread_should_stop();
}

static bool reclaim_wanted(void)
{
	return READ_ONCE(reclaim_kicked) || kthread_should_stop();
}

static int reclaim_thread(void *unused)
{
	unsigned long tick = MAX_SCHEDULE_TIMEOUT;
	bool pending = false;

	while (!kthread_should_stop()) {
		if (pending)
			tick = min_t(unsigned long, tick, RECLAIM_RETRY_TICK);
		wait_event_idle_timeout(reclaim_thread_wait, reclaim_wanted(),
					tick);
		WRITE_ONCE(reclaim_kicked, false);
		tick = reclaim_to_high() ? pressure_over() : oom_level();
		pending = segments_retry_writes();
		/* It may write pages, too. */
		WRITE_ONCE(reclaim_busy, true);
		pending |= load_update();
		WRITE_ONCE(reclaim_busy, false);
	}
	return 0;
}

/**
 * reclaim_init - start the thread and offer our services to the pager
 * @limit_frames: size of the pool
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int reclaim_init(u32 limit_frames)
{
	struct frame_reclaim hooks = {
		.direct = reclaim_direct,
		.throttle = load_throttle,
		.wake = reclaim_kick,
	};
	int err;

	watermarks_set(&marks, limit_frames);
	hooks.low = marks.low;
	load_init(limit_frames);
	reclaim_kicked = false;
	reclaim_refusing = false;
	reclaim_relief = jiffies;
	err = oom_init();
	if (err)
		return err;
	pressure_init(limit_frames);
	err = shrinker_init();
	if (err)
		goto err_oom;
	reclaim_task = kthread_run(reclaim_thread, NULL, "kpager_reclaim");
	if (IS_ERR(reclaim_task)) {
		err = PTR_ERR(reclaim_task);
		goto err_shrinker;
	}
	frame_set_reclaim(&hooks);
	return 0;

err_shrinker:
	shrinker_exit();
err_oom:
	oom_exit();
	return err;
}

/**
 * reclaim_exit - stop the thread; nobody asks for frames any more
 *
 * Context: may sleep.
 */
void reclaim_exit(void)
{
	kthread_stop(reclaim_task);
	shrinker_exit();
	oom_exit();
}
