// SPDX-License-Identifier: GPL-2.0
/*
 * load.c - load control: who needs more than there is does not take from those
 * that keep to their share
 *
 * When the working sets of all segments do not fit into the pool together,
 * each takes from the others what these need next, and none gets anywhere.
 * The cure is old (Denning, "Thrashing: its causes and prevention", 1968): run
 * fewer at a time.  As many as fit are admitted, those first that need least
 * (admit.c), and the others are held.  If nobody would fit, nobody is held: it
 * would help nobody.
 *
 * Somebody has to be harmed before anything is done, but who is held does not
 * depend on who looks worse: one whose pages were taken by a scan thrashes, and
 * the scan does not.  What counts is what each needs.
 *
 * A segment that is held keeps what those that are admitted leave.  It replaces
 * pages of its own, and when frames are short it gives first, down to that.  If
 * the others are still harmed, its misses wait, a little longer each time.
 *
 * Nobody can tell from outside whether pages that are never missed are used.  So
 * after a while a few are taken from those that are admitted, and if they do not
 * come back, the held ones are let go.  If they do, it goes on for twice as
 * long, unless it is the turn of another one that needs more than its share.
 */
#include "reclaim/reclaim.h"

#include "pager/pager.h"
#include "pager/trace.h"
#include "reclaim/admit.h"

#include <linux/psi.h>
#include <linux/sched/signal.h>

/* How often things are looked at. */
#define LOAD_PERIOD	(HZ / 4 ?: 1)
/* After a change its effect has to show before the next one. */
#define LOAD_STEP	HZ
/* With this thrashing index one is harmed: it loses so many percent of its time. */
#define LOAD_HARM	5u
/* Of a segment that is held others take all but one in so many frames. */
#define LOAD_FLOOR	16u
/* From the second level on its misses wait: 1/128 s, 1/64 s ... 1/8 s. */
#define LOAD_LEVELS	6u
#define LOAD_DELAY(level)	(((HZ << (level)) / 512) ?: 1)
/* Held so long at first, and at most. */
#define LOAD_SLICE	(8 * HZ)
#define LOAD_SLICE_MAX	(32 * HZ)
/* Of pages that were taken to see, one in so many comes back if they are used. */
#define LOAD_USED	16u

/* No more segments than this are held, and as many more considered. */
#define LOAD_HELD_MAX	(ADMIT_MAX / 2)

/**
 * struct load_view - what the segments are like now
 * @list: those that miss pages or are held, with a reference
 * @need: what each needs, and what is decided of it
 * @harm: which of them lose time
 * @quiet: which of them miss no pages
 * @nr: how many
 * @nr_held: of these, held
 * @others: pages of those that are not in the list, contiguous ones included
 * @frames: what these leave
 * @left: what those that are admitted leave
 * @harmed: one that is not held loses time
 * @turn: one that is not held needs more than its share
 * @probe: it is to be seen whether those that are not held use what they have
 */
struct load_view {
	struct segment *list[ADMIT_MAX];
	struct admit need[ADMIT_MAX];
	bool harm[ADMIT_MAX];
	bool quiet[ADMIT_MAX];
	unsigned int nr;
	unsigned int nr_held;
	u64 others;
	u64 frames;
	u64 left;
	bool harmed;
	bool turn;
	bool probe;
};

/**
 * enum load_probe - are the pages of those that are not held used
 * @LOAD_UNKNOWN: not known yet
 * @LOAD_IN_USE: of somebody
 * @LOAD_IDLE: of nobody
 */
enum load_probe {
	LOAD_UNKNOWN,
	LOAD_IN_USE,
	LOAD_IDLE,
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
/* When one was last held, in jiffies. */
static unsigned long load_latest;
/* When pages were taken to see, in jiffies; 0: they were not. */
static unsigned long load_probed;

/* What a segment that is held is left with at least. */
static unsigned long load_floor(const struct segment *seg)
{
	return max_t(unsigned long, load_limit / LOAD_FLOOR,
		     READ_ONCE(seg->tune.resident_min));
}

/* It loses time, and not because of what it was limited to. */
static bool load_harmed(const struct segment *seg,
			const struct refault_state *state)
{
	unsigned long max = READ_ONCE(seg->tune.resident_max);

	return state->thrash >= LOAD_HARM &&
		(!max || atomic_long_read(&seg->resident) + EVICT_BATCH < max);
}

/* Only who misses pages takes frames from others. */
static bool load_may_hold(const struct load_view *view,
			  const struct segment *seg,
			  const struct refault_state *state)
{
	return state->misses && !seg->deterministic &&
		READ_ONCE(seg->tune.adj) != SEGMENT_ADJ_MIN &&
		view->nr - view->nr_held < ADMIT_MAX - LOAD_HELD_MAX;
}

/* Who was held last is next to have what it needs. */
static enum admit_turn load_turn(const struct segment_load *load)
{
	if (load->level)
		return ADMIT_LAST;
	if (load->slice && time_after_eq(load->since, load_latest) &&
	    time_before(jiffies, load->since + LOAD_SLICE_MAX))
		return ADMIT_FIRST;
	return ADMIT_USUAL;
}

static void load_look_at(struct load_view *view, struct segment *seg)
{
	unsigned long max = READ_ONCE(seg->tune.resident_max);
	struct refault_state state;
	struct admit *need;

	/* Its frames are nobody else's, and it takes no more of them. */
	if (seg->contig) {
		view->others += segment_pages(seg);
		return;
	}
	segment_refault_state(seg, &state);
	if (!seg->load.level && !load_may_hold(view, seg, &state)) {
		view->others += state.working_set;
		view->harmed |= load_harmed(seg, &state);
		return;
	}
	need = &view->need[view->nr];
	need->need = max ? min_t(u64, state.need, max) : state.need;
	need->floor = load_floor(seg);
	need->weight = SEGMENT_ADJ_MAX + READ_ONCE(seg->tune.adj);
	need->turn = load_turn(&seg->load);
	view->harm[view->nr] = load_harmed(seg, &state);
	view->quiet[view->nr] = !state.misses;
	view->nr_held += !!seg->load.level;
	refcount_inc(&seg->refs);
	view->list[view->nr++] = seg;
}

/* See who needs what, and decide who may have it. */
static void load_look(struct load_view *view)
{
	struct segment *seg = NULL;
	unsigned int i;

	view->nr = 0;
	view->nr_held = 0;
	view->others = 0;
	view->harmed = false;
	view->turn = false;
	view->probe = false;
	while ((seg = segment_next_get(seg)))
		load_look_at(view, seg);
	view->frames = load_limit - load_limit / LOAD_FLOOR;
	view->frames -= min(view->frames, view->others);
	view->left = admit_all(view->need, view->nr, view->frames);
	for (i = 0; i < view->nr; i++) {
		if (view->list[i]->load.level || !view->need[i].admitted)
			continue;
		view->harmed |= view->harm[i];
		view->turn |= view->need[i].greedy;
	}
}

static void load_set(struct segment *seg, unsigned int level)
{
	struct segment_load *load = &seg->load;

	load->since = jiffies;
	WRITE_ONCE(load->delay, level > 1 ? LOAD_DELAY(level) : 0);
	WRITE_ONCE(load->level, level);
	trace_kpager_load(seg, 0, atomic_long_read(&seg->resident), level);
}

static void load_longer(struct segment_load *load)
{
	load->begin = jiffies;
	load->slice = min_t(unsigned long, 2 * load->slice, LOAD_SLICE_MAX);
}

static void load_hold(struct segment *seg)
{
	struct segment_load *load = &seg->load;

	/* It was let go, and could not be. */
	if (!load->slice || time_after(jiffies, load->since + 4 * LOAD_STEP))
		load->slice = LOAD_SLICE / 2;
	load_longer(load);
	load_latest = jiffies + 1;
	atomic_long_inc(&load_count);
	/* Before others can see that it is held, and take what is above it. */
	WRITE_ONCE(load->floor, load_floor(seg));
	load_set(seg, 1);
}

static void load_release(struct segment *seg)
{
	load_set(seg, 0);
	wake_up_all(&load_wait);
}

/*
 * Take a few pages from each segment that is not held.  Dirty ones are written,
 * which may take as long as their store likes, so no other segment is kept from
 * going away meanwhile.
 */
static void load_probe_begin(void)
{
	struct segment *seg = NULL;

	while ((seg = segment_next_get(seg))) {
		seg->load.probed = 0;
		if (seg->load.level)
			continue;
		seg->load.refaults = segment_refaults(seg);
		seg->load.probed = segment_evict_spare(seg, EVICT_BATCH,
						       STORE_FREE, NULL);
	}
	load_probed = jiffies ?: 1;
}

/* Did they come back? */
static enum load_probe load_probe_end(void)
{
	struct segment *seg = NULL;
	bool used = false;
	u64 back;

	while ((seg = segment_next_get(seg))) {
		back = segment_refaults(seg) - seg->load.refaults;
		if (!seg->load.level && back)
			used |= seg->load.probed <= back * LOAD_USED;
		seg->load.probed = 0;
	}
	load_probed = 0;
	return used ? LOAD_IN_USE : LOAD_IDLE;
}

/*
 * Are the pages of those that are not held used?  That takes a while to see, and
 * of one that nobody asked about in time nothing can be said any more.
 */
static enum load_probe load_probe(struct load_view *view)
{
	unsigned long age = jiffies - load_probed;

	if (load_probed && age >= LOAD_STEP && age < 4 * LOAD_STEP)
		return load_probe_end();
	view->probe = !load_probed || age >= LOAD_STEP;
	return LOAD_UNKNOWN;
}

/* A segment that was held for as long as it was to be: and now? */
static void load_slice_over(struct load_view *view, unsigned int i,
			    enum load_probe *probe)
{
	struct segment *seg = view->list[i];

	/* It was of no use, or it could have the place of somebody else. */
	if (view->harmed ||
	    (view->turn && view->need[i].need <= view->frames)) {
		load_release(seg);
		return;
	}
	/* All that are asked about now have the same answer. */
	if (*probe == LOAD_UNKNOWN)
		*probe = load_probe(view);
	if (*probe == LOAD_IDLE)
		load_release(seg);
	else if (*probe == LOAD_IN_USE)
		load_longer(&seg->load);
}

/* There is no reason any more to hold a segment. */
static bool load_may_release(const struct load_view *view, unsigned int i)
{
	unsigned long held = jiffies - view->list[i]->load.begin;

	return !READ_ONCE(load_on) || view->quiet[i] ||
		(view->need[i].admitted && held >= 2 * LOAD_STEP);
}

/* A segment that is held already: go on, harder or softer, or let it go. */
static void load_adjust(struct load_view *view, unsigned int i,
			enum load_probe *probe)
{
	struct segment *seg = view->list[i];
	struct segment_load *load = &seg->load;
	unsigned long since = jiffies - load->since;

	if (load_may_release(view, i))
		load_release(seg);
	else if (jiffies - load->begin >= load->slice)
		load_slice_over(view, i, probe);
	else if (view->harmed && since >= LOAD_STEP && load->level < LOAD_LEVELS)
		load_set(seg, load->level + 1);
	else if (!view->harmed && since >= 4 * LOAD_STEP && load->level > 1)
		load_set(seg, load->level - 1);
}

/* Those that are held have in equal parts what the others leave to them. */
static void load_share(struct load_view *view)
{
	u64 left = div_u64(view->left - view->left / 8, max(view->nr_held, 1u));
	unsigned int i;

	for (i = 0; i < view->nr; i++)
		if (view->list[i]->load.level)
			WRITE_ONCE(view->list[i]->load.floor,
				   max_t(u64, left, load_floor(view->list[i])));
}

/**
 * load_update - decide who is held
 *
 * Context: reclaim's thread; may sleep.
 * Return: true if somebody is held, so that this has to be called again.
 */
bool load_update(void)
{
	enum load_probe probe = LOAD_UNKNOWN;
	struct load_view *view = &load_view;
	bool on = READ_ONCE(load_on);
	unsigned int i;

	if (on ? time_before(jiffies, load_next) : !load_held)
		return load_held;
	load_next = jiffies + LOAD_PERIOD;
	load_look(view);
	for (i = 0; i < view->nr; i++) {
		struct segment *seg = view->list[i];

		if (seg->load.level) {
			load_adjust(view, i, &probe);
			view->nr_held -= !seg->load.level;
		} else if (on && !view->need[i].admitted && view->harmed &&
			   view->nr_held < LOAD_HELD_MAX) {
			load_hold(seg);
			view->nr_held++;
		}
	}
	load_share(view);
	for (i = 0; i < view->nr; i++)
		segment_put(view->list[i]);
	if (!view->nr_held)
		load_probed = 0;
	else if (view->probe)
		load_probe_begin();
	WRITE_ONCE(load_held, view->nr_held);
	return view->nr_held;
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
		floor = READ_ONCE(seg->load.floor);
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
	load_probed = 0;
	load_latest = jiffies;
	load_next = jiffies;
	atomic_long_set(&load_count, 0);
}
