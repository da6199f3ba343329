// SPDX-License-Identifier: GPL-2.0
/*
 * load.c - load control: when segments thrash, some are held so that the
 * others get on
 *
 * When the working sets of all segments do not fit into the pool together,
 * each takes from the others what these need next, and none gets anywhere.
 * The cure is old (Denning, "Thrashing: its causes and prevention", 1968): run
 * fewer at a time.  So the segments that thrash worst are held, one after the
 * other, until the working sets of the rest fit.  If they never would, nobody
 * is held: it would help nobody.
 *
 * A segment that is held keeps what the others leave to it.  It replaces pages
 * of its own, and when frames are short it gives first, down to a floor.  If
 * the others are still harmed, its misses wait, a little longer each time.
 * After a while it is let go; if the others suffer again, it is held again,
 * for twice as long, but somebody else before it who thrashes as much.
 */
#include "reclaim/reclaim.h"

#include "pager/pager.h"
#include "pager/trace.h"

#include <linux/psi.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

/* How often things are looked at. */
#define LOAD_PERIOD	(HZ / 4 ?: 1)
/* After a change its effect has to show before the next one. */
#define LOAD_STEP	HZ
/* From this thrashing index on, a segment may be held; below half, it is not. */
#define LOAD_THRASH	20u
/* With this index a segment is harmed: it loses so many percent of its time. */
#define LOAD_HARM	5u
/* Of a segment that is held others take all but one in so many frames. */
#define LOAD_FLOOR	16u
/* From the second level on its misses wait: 1/128 s, 1/64 s ... 1/8 s. */
#define LOAD_LEVELS	6u
#define LOAD_DELAY(level)	(((HZ << (level)) / 512) ?: 1)
/* Held so long at first, and at most. */
#define LOAD_SLICE	(8 * HZ)
#define LOAD_SLICE_MAX	(32 * HZ)

/* No more segments than this are held, and as many more considered. */
#define LOAD_HELD_MAX	32u

/**
 * struct load_candidate - a segment that thrashes, or is held
 * @seg: the segment, with a reference
 * @state: how it is off
 * @score: how much is won by holding it
 * @admitted: its working set fits
 */
struct load_candidate {
	struct segment *seg;
	struct refault_state state;
	u64 score;
	bool admitted;
};

/**
 * struct load_view - what the segments are like now
 * @list: those that thrash or are held
 * @nr: how many
 * @nr_free: of these, not held
 * @need: working sets of the others
 * @harmed: one that is not held loses time
 */
struct load_view {
	struct load_candidate list[2 * LOAD_HELD_MAX];
	unsigned int nr;
	unsigned int nr_free;
	u64 need;
	bool harmed;
};

static DECLARE_WAIT_QUEUE_HEAD(load_wait);
static bool load_on;
static u32 load_limit;
static atomic_long_t load_count;
/* Segments that are held; written by reclaim's thread. */
static unsigned int load_held;
/* The thread's alone: when to look again, and what it saw. */
static unsigned long load_next;
static struct load_view load_view;

/* What a segment that is held is left with. */
static unsigned long load_floor(const struct segment *seg)
{
	return max_t(unsigned long, load_limit / LOAD_FLOOR,
		     READ_ONCE(seg->tune.resident_min));
}

/*
 * Who thrashes more, and needs more, harms more.  Who was held lately comes
 * after those who were not.
 */
static u64 load_score(const struct segment *seg,
		      const struct refault_state *state)
{
	u64 score = state->thrash * state->working_set *
		(SEGMENT_ADJ_MAX + READ_ONCE(seg->tune.adj));
	const struct segment_load *load = &seg->load;

	if (load->slice && time_before(jiffies, load->since + LOAD_SLICE_MAX))
		score /= 4;
	return score;
}

static bool load_may_hold(const struct load_view *view,
			  const struct segment *seg,
			  const struct refault_state *state)
{
	return state->thrash >= LOAD_THRASH && !seg->deterministic &&
		READ_ONCE(seg->tune.adj) != SEGMENT_ADJ_MIN &&
		view->nr_free < LOAD_HELD_MAX;
}

static void load_look_at(struct load_view *view, struct segment *seg)
{
	struct refault_state state;
	struct load_candidate *c;

	/* Who was missed in a walk that ended early may be too many now. */
	if (view->nr == ARRAY_SIZE(view->list))
		return;
	segment_refault_state(seg, &state);
	if (!seg->load.level && !load_may_hold(view, seg, &state)) {
		view->need += state.working_set;
		view->harmed |= state.thrash >= LOAD_HARM;
		return;
	}
	c = &view->list[view->nr++];
	view->nr_free += !seg->load.level;
	c->seg = seg;
	c->state = state;
	c->score = load_score(seg, &state);
	c->admitted = false;
	refcount_inc(&seg->refs);
}

static void load_look(struct load_view *view)
{
	struct segment *seg = NULL;

	view->nr = 0;
	view->nr_free = 0;
	view->need = 0;
	view->harmed = false;
	while ((seg = segment_next_get(seg)))
		load_look_at(view, seg);
}

static void load_set(struct load_candidate *c, unsigned int level)
{
	struct segment_load *load = &c->seg->load;

	load->since = jiffies;
	WRITE_ONCE(load->delay, level > 1 ? LOAD_DELAY(level) : 0);
	WRITE_ONCE(load->level, level);
	trace_kpager_load(c->seg, 0, c->state.working_set, level);
}

static void load_hold(struct load_candidate *c)
{
	struct segment_load *load = &c->seg->load;

	/* It was let go, and could not be. */
	if (load->slice && time_before(jiffies, load->since + 4 * LOAD_STEP))
		load->slice = min_t(unsigned long, 2 * load->slice,
				    LOAD_SLICE_MAX);
	else
		load->slice = LOAD_SLICE;
	load->begin = jiffies;
	atomic_long_inc(&load_count);
	load_set(c, 1);
}

static void load_release(struct load_candidate *c)
{
	load_set(c, 0);
	wake_up_all(&load_wait);
}

static int load_compare(const void *a, const void *b)
{
	u64 one = ((const struct load_candidate *)a)->score;
	u64 other = ((const struct load_candidate *)b)->score;

	return one < other ? -1 : one > other;
}

/*
 * Admit those that do the least harm, as far as there is room; the rest is to
 * be held, if that helps somebody.
 */
static void load_admit(struct load_view *view)
{
	u64 floors = 0, need;
	unsigned int i;

	sort(view->list, view->nr, sizeof(*view->list), load_compare, NULL);
	for (i = 0; i < view->nr; i++)
		floors += load_floor(view->list[i].seg);
	for (i = 0; i < view->nr; i++) {
		struct load_candidate *c = &view->list[i];

		if (c->seg->load.level)
			continue;
		need = view->need + c->state.working_set;
		floors -= load_floor(c->seg);
		c->admitted = need + floors <= load_limit;
		if (c->admitted) {
			view->need = need;
			view->harmed = true;
		} else {
			floors += load_floor(c->seg);
		}
	}
}

/* A segment that is held already: go on, harder or softer, or let it go. */
static void load_adjust(struct load_candidate *c, bool harmed)
{
	struct segment_load *load = &c->seg->load;
	unsigned long since = jiffies - load->since;

	if (!READ_ONCE(load_on) || c->state.thrash < LOAD_THRASH / 2 ||
	    jiffies - load->begin >= load->slice)
		load_release(c);
	else if (harmed && since >= LOAD_STEP && load->level < LOAD_LEVELS)
		load_set(c, load->level + 1);
	else if (!harmed && since >= 4 * LOAD_STEP && load->level > 1)
		load_set(c, load->level - 1);
}

/**
 * load_update - decide who is held
 *
 * Context: reclaim's thread; may sleep.
 * Return: true if somebody is held, so that this has to be called again.
 */
bool load_update(void)
{
	struct load_view *view = &load_view;
	bool on = READ_ONCE(load_on);
	unsigned int i, held = 0;

	if (on ? time_before(jiffies, load_next) : !load_held)
		return load_held;
	load_next = jiffies + LOAD_PERIOD;
	load_look(view);
	load_admit(view);
	for (i = 0; i < view->nr; i++) {
		struct load_candidate *c = &view->list[i];

		if (c->seg->load.level)
			load_adjust(c, view->harmed);
		else if (on && !c->admitted && view->harmed &&
			 view->nr - view->nr_free + held < LOAD_HELD_MAX)
			load_hold(c);
		held += !!c->seg->load.level;
		segment_put(c->seg);
	}
	WRITE_ONCE(load_held, held);
	return held;
}

/**
 * load_take - take frames from the segments that are held
 * @context: what the caller may do
 *
 * Context: may sleep; no page lock held.
 * Return: the frames freed.
 */
unsigned int load_take(enum store_context context)
{
	struct segment *seg = NULL;
	unsigned int freed = 0;
	unsigned long floor, resident;

	if (likely(!READ_ONCE(load_held)))
		return 0;
	while ((seg = segment_next_get(seg))) {
		if (!READ_ONCE(seg->load.level))
			continue;
		floor = load_floor(seg);
		resident = atomic_long_read(&seg->resident);
		if (resident > floor)
			freed += segment_evict_spare(seg,
				min_t(unsigned long, resident - floor,
				      EVICT_BATCH), context, NULL);
	}
	return freed;
}

/**
 * load_throttle - a miss of a segment that is held waits
 * @seg: the segment
 *
 * Context: may sleep, killably and for at most an eighth of a second; no lock
 * is held but perhaps that of the segment's inode.
 * Return: 0, or -EINTR if the task is being killed.
 */
int load_throttle(struct segment *seg)
{
	unsigned long pflags;
	u64 start = latency_now(), now;

	segment_count(seg, load_waits);
	psi_memstall_enter(&pflags);
	wait_event_killable_timeout(load_wait, !READ_ONCE(seg->load.delay),
				    READ_ONCE(seg->load.delay));
	psi_memstall_leave(&pflags);
	now = latency_now();
	/* It waited for memory, as others wait for a store. */
	if (start && now > start)
		segment_count_add(seg, stall_ns, now - start);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * load_control - is there any load control
 *
 * Context: any.
 * Return: whether segments may be held.
 */
bool load_control(void)
{
	return READ_ONCE(load_on);
}

/**
 * load_control_set - turn load control on or off
 * @on: off lets go who is held
 *
 * Context: any process context.
 */
void load_control_set(bool on)
{
	WRITE_ONCE(load_on, on);
	reclaim_kick();
}

/**
 * load_holds - how often a segment was held since the module was loaded
 *
 * Context: any.
 * Return: that.
 */
u64 load_holds(void)
{
	return atomic_long_read(&load_count);
}

/**
 * load_init - nobody is held
 * @limit_frames: size of the pool
 *
 * Context: at bring-up, before the thread is started.
 */
void load_init(u32 limit_frames)
{
	load_limit = limit_frames;
	load_on = true;
	load_held = 0;
	load_next = jiffies;
	atomic_long_set(&load_count, 0);
}
