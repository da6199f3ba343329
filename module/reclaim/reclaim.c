// SPDX-License-Identifier: GPL-2.0
/*
 * reclaim.c - the background thread and direct reclaim
 *
 * The thread evicts from all segments, in proportion to what they hold, when
 * few frames are free, until enough are.  A task that finds none at all
 * reclaims by itself, or waits for the thread if it may not do I/O.
 */
#include "reclaim/reclaim.h"

#include "pager/pager.h"

#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

/* A task without a frame gives up after so long without progress. */
#define RECLAIM_PATIENCE	(10 * HZ)
/* Between two tries of a task that finds nothing to take. */
#define RECLAIM_PAUSE		(HZ / 50 + 1)
/* How often unwritten pages of closed segments are looked at. */
#define RECLAIM_RETRY_TICK	HZ

static struct watermarks marks;
static struct task_struct *reclaim_task;
static DECLARE_WAIT_QUEUE_HEAD(reclaim_thread_wait);
static DECLARE_WAIT_QUEUE_HEAD(reclaim_frames_wait);
static bool reclaim_kicked;

/* One segment's share of a batch: as it holds of what may be taken. */
static unsigned int reclaim_share(struct segment *seg, u64 spare)
{
	u64 share = div64_u64((u64)EVICT_BATCH * segment_spare(seg),
			      max_t(u64, spare, 1));

	/* Pages may have come since all were counted. */
	return clamp_t(u64, share, 1, EVICT_BATCH);
}

/*
 * Take a batch from the segments in turn, in proportion to what they hold
 * above their minima; those that load control holds give first.  Return the
 * frames freed.
 */
static unsigned int reclaim_batch(enum store_context context)
{
	unsigned int freed = segments_discard(EVICT_BATCH) ?: load_take(context);
	u64 spare = segments_spare();
	struct segment *seg = NULL;

	if (freed)
		return freed;
	while ((seg = segment_next_get(seg)))
		if (segment_spare(seg))
			freed += segment_evict_spare(seg,
						     reclaim_share(seg, spare),
						     context);
	return freed;
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

/*
 * The pager has no frame: evict some, or wait until the thread did.  Return 0
 * if it is worth trying again.
 */
static int reclaim_direct(struct segment *seg, enum store_context context,
			  unsigned long since)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	if (reclaim_batch(context))
		return 0;
	/* Nobody has anything to spare: a page of one's own goes instead. */
	if (seg && !seg->deterministic && segment_evict(seg, 1, context))
		return 0;
	if (time_after(jiffies, since + RECLAIM_PATIENCE))
		return -ENOMEM;
	reclaim_kick();
	wait_event_killable_timeout(reclaim_frames_wait, pool_available_frames(),
				    RECLAIM_PAUSE);
	return 0;
}

static void reclaim_to_high(void)
{
	while (pool_available_frames() < marks.high && !kthread_should_stop()) {
		if (!reclaim_batch(STORE_FREE))
			break;
		if (wq_has_sleeper(&reclaim_frames_wait))
			wake_up_all(&reclaim_frames_wait);
		load_update();
		cond_resched();
	}
}

static bool reclaim_wanted(void)
{
	return READ_ONCE(reclaim_kicked) || kthread_should_stop();
}

static int reclaim_thread(void *unused)
{
	bool pending = false;

	while (!kthread_should_stop()) {
		if (pending)
			wait_event_idle_timeout(reclaim_thread_wait,
						reclaim_wanted(),
						RECLAIM_RETRY_TICK);
		else
			wait_event_idle(reclaim_thread_wait, reclaim_wanted());
		WRITE_ONCE(reclaim_kicked, false);
		reclaim_to_high();
		pending = segments_retry_writes();
		pending |= load_update();
	}
	return 0;
}

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
	err = shrinker_init();
	if (err)
		return err;
	reclaim_task = kthread_run(reclaim_thread, NULL, "kpager_reclaim");
	if (IS_ERR(reclaim_task)) {
		shrinker_exit();
		return PTR_ERR(reclaim_task);
	}
	frame_set_reclaim(&hooks);
	return 0;
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
}
