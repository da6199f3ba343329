// SPDX-License-Identifier: GPL-2.0
/*
 * rungs.c - what is done for a free frame, gentlest first
 *
 * A rung is tried when those before it gained nothing.  Up to "tell" they are
 * climbed again and again while a task waits; the last ones only when it has
 * waited as long as it may: see RUNG_LAST and oom.c.
 *
 *	slabs    give up slabs without an object.  Once a second as long as
 *		 other rungs gain, because the next allocation makes them anew.
 *		 Ghosts hold no frames: a policy's are part of its own memory
 *	discard  volatile pages, the oldest first: their owner can make them again
 *	held     pages of segments that load control holds because they thrash:
 *		 these give first, so that the others get on.  Whom it holds,
 *		 and whose misses it throttles, load.c decides by itself, long
 *		 before nothing can be had
 *	clean    take pages that are clean from all segments, in proportion to
 *		 what they hold above their minima
 *	write    write those of the same victims that were dirty, and take them;
 *		 who may not write by itself, or finds none, has the cleaners
 *		 and the background thread do it
 *	own      a page of the segment that needs a frame, although it has no
 *		 more than its minimum
 *	above    what segments hold above their resident maximum, which may have
 *		 been lowered below what they hold
 *	tell     whoever polls the control node
 *	refuse   new segments, for as long as no frame is free
 *	sigbus   the fault ends, if nobody's death would help, or it is the
 *		 task's own that would help most
 *	kill     the task whose death frees most, by badness.c
 */
#include "reclaim/reclaim.h"

#include "pager/trace.h"
#include "pool/slab.h"
#include "reclaim/oom.h"
#include "reclaim/pressure.h"

#include <linux/percpu.h>

/* A rung that had no reason to be tried. */
#define RUNG_NOT_TRIED	(-1)

/* Listeners are told when nobody got a frame for so long. */
#define RUNG_TELL_MS	500

const char *const rung_names[RUNG_NR] = {
#define X(name) #name,
	RUNGS(X)
#undef X
};

static DEFINE_PER_CPU(struct rung_count, rung_counts[RUNG_NR]);
/* When empty slabs are next looked for although other rungs gain. */
static unsigned long rung_slabs_next;

static int rung_slabs(struct rung_call *call)
{
	if (!call->waits && time_before(jiffies, READ_ONCE(rung_slabs_next)))
		return RUNG_NOT_TRIED;
	WRITE_ONCE(rung_slabs_next, jiffies + HZ);
	return slab_shrink_all();
}

static int rung_discard(struct rung_call *call)
{
	return segments_discard(EVICT_BATCH);
}

static int rung_held(struct rung_call *call)
{
	return load_take(call->context);
}

/* One segment's share of a batch: as it holds of what may be taken. */
static unsigned int rung_share(struct segment *seg, u64 spare)
{
	u64 share = div64_u64((u64)EVICT_BATCH * segment_spare(seg),
			      max_t(u64, spare, 1));

	/* Pages may have come since all were counted. */
	return clamp_t(u64, share, 1, EVICT_BATCH);
}

/*
 * Take a batch from the segments in turn.  What is dirty among the victims is
 * written in the same go, and is what the next rung says.
 */
static int rung_clean(struct rung_call *call)
{
	u64 spare = segments_spare();
	struct segment *seg = NULL;
	unsigned int freed = 0;

	call->written = 0;
	while ((seg = segment_next_get(seg)))
		if (segment_spare(seg))
			freed += segment_evict_spare(seg, rung_share(seg, spare),
						     call->context,
						     &call->written);
	return freed - call->written;
}

static int rung_write(struct rung_call *call)
{
	if (call->written)
		return call->written;
	if (!call->thread && shrink_clean())
		reclaim_kick();
	return 0;
}

/* Nobody has anything to spare: a page of one's own goes instead. */
static int rung_own(struct rung_call *call)
{
	if (!call->seg || call->seg->deterministic)
		return RUNG_NOT_TRIED;
	return segment_evict(call->seg, 1, call->context);
}

static unsigned long rung_excess(struct segment *seg)
{
	unsigned long max = READ_ONCE(seg->tune.resident_max);
	unsigned long resident = atomic_long_read(&seg->resident);

	return max && resident > max ? resident - max : 0;
}

static int rung_above(struct rung_call *call)
{
	struct segment *seg = NULL;
	unsigned int freed = 0;
	unsigned long excess;

	while ((seg = segment_next_get(seg))) {
		excess = rung_excess(seg);
		if (excess && READ_ONCE(seg->tune.adj) > SEGMENT_ADJ_MIN)
			freed += segment_evict(seg, min_t(unsigned long, excess,
							  EVICT_BATCH),
					       call->context);
	}
	return freed;
}

static int rung_tell(struct rung_call *call)
{
	u64 left = reclaim_left_ms(call->since);

	/* A task that only waits for a write is no news. */
	if (call->thread || left > RECLAIM_PATIENCE_MS - RUNG_TELL_MS ||
	    !pressure_tell(left))
		return RUNG_NOT_TRIED;
	return 0;
}

static int rung_refuse(struct rung_call *call)
{
	if (call->thread)
		return RUNG_NOT_TRIED;
	reclaim_refuse();
	return 0;
}

static int rung_sigbus(struct rung_call *call)
{
	return oom_end_fault(call) ? 0 : RUNG_NOT_TRIED;
}

static int rung_kill(struct rung_call *call)
{
	return call->err ? RUNG_NOT_TRIED : oom_kill(call);
}

static int (*const rungs[RUNG_NR])(struct rung_call *call) = {
#define X(name) rung_##name,
	RUNGS(X)
#undef X
};

/**
 * rungs_climb - have frames freed
 * @call: who needs them; what each rung did is added
 * @from: first rung
 * @to: last rung, inclusive
 *
 * Context: may sleep; no page lock held.  From RUNG_LAST on under oom_lock.
 * Return: what the first rung gained that gained anything, or 0.
 */
unsigned int rungs_climb(struct rung_call *call, enum rung from, enum rung to)
{
	unsigned int sum = 0;
	enum rung i;
	int gained;

	for (i = from; i <= to && !call->err; i++) {
		/* Clean and dirty victims went in one pass: both count. */
		if (sum && !(i == RUNG_write && call->written))
			break;
		gained = rungs[i](call);
		if (gained == RUNG_NOT_TRIED)
			continue;
		sum += gained;
		call->counts[i].tried++;
		call->counts[i].gained += gained;
		this_cpu_inc(rung_counts[i].tried);
		this_cpu_add(rung_counts[i].gained, gained);
		trace_kpager_rung(call->seg, rung_names[i], gained);
	}
	return sum;
}

/**
 * rungs_total - what the rungs did since the module was loaded
 * @totals: receives it
 *
 * Context: any.
 */
void rungs_total(struct rung_count totals[RUNG_NR])
{
	struct rung_count *count;
	unsigned int i;
	int cpu;

	memset(totals, 0, RUNG_NR * sizeof(*totals));
	for_each_possible_cpu(cpu) {
		for (i = 0; i < RUNG_NR; i++) {
			count = per_cpu_ptr(&rung_counts[i], cpu);
			totals[i].tried += READ_ONCE(count->tried);
			totals[i].gained += READ_ONCE(count->gained);
		}
	}
}
