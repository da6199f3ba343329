// SPDX-License-Identifier: GPL-2.0
/*
 * qd-clock.c - CLOCK behind a trial of adaptive length
 *
 * J. Yang, Z. Qiu, Y. Zhang, Y. Yue and K. V. Rashmi, "FIFO can be Better than
 * LRU: the Power of Lazy Promotion and Quick Demotion", HotOS 2023, for the
 * short FIFO before a CLOCK; the length is adapted with the idea of N. Megiddo
 * and D. S. Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST
 * 2003.  The combination, and what tells it apart from both, is this file's.
 *
 * New pages are on trial: they go through a FIFO.  One that was used there
 * is kept, in a CLOCK that gives a page up when it was found unused twice; the
 * others leave, however well the kept ones are doing.  So a loop or a scan
 * goes through the trial and leaves the rest alone.  A page that is back soon,
 * before 3/4 as many others left as there are frames, is kept at once if a kept
 * one is found that is not used.
 *
 * How long the trial is, is learnt from pages that are back very soon, before
 * half as many left: one that left the trial says that a longer one would have
 * held it, one that was kept says the same of the CLOCK.  Where recency is all
 * there is, as when the favourites change, the trial becomes as long as
 * memory; where nothing comes back in that time, as in a loop, it becomes
 * short.  ARC counts pages that are back later, too, and so stays with a FIFO
 * as long as memory in a loop, which misses always.
 *
 * No ghosts are kept here, see Refaults in policy.h.
 */
#include "policy.h"

/*
 * In @bits: the page is on trial; it was read ahead, so that its first use says
 * nothing; a kept one was used when it was looked at last; it goes next.
 */
#define QD_TRIAL	BIT(0)
#define QD_AHEAD	BIT(1)
#define QD_USED		BIT(2)
#define QD_NEXT		BIT(3)

/* Lengths of the trial, in 1/1024 of the capacity. */
#define QD_LEAST	32u
#define QD_MOST		1024u
/* A page that is back very soon makes it so much longer, or shorter. */
#define QD_STEP		4u
/* One that leaves the trial makes it shorter by this. */
#define QD_DRIFT	1u
/* Looks for a place among the kept pages. */
#define QD_LOOKS	2u

struct qd_state {
	struct policy_list trial;	/* the head is the oldest */
	struct policy_list kept;
	u32 length;			/* of the trial, in 1/1024 */
	u32 ahead;			/* pages on trial that were read ahead */
};

static size_t qd_state_bytes(u32 frames)
{
	(void)frames;
	return ALIGN(sizeof(struct qd_state), sizeof(u64));
}

static void qd_init(struct policy *p)
{
	struct qd_state *s = p->state;

	s->length = QD_LEAST;
}

static void qd_longer(struct qd_state *s, u32 by)
{
	s->length = min_t(u32, s->length + by, QD_MOST);
}

static void qd_shorter(struct qd_state *s, u32 by)
{
	s->length = max_t(u32, s->length - by, QD_LEAST);
}

/* Pages on trial, at least 1. */
static u32 qd_trial(const struct policy *p)
{
	const struct qd_state *s = p->state;

	/* No division, and no bounds that it cannot reach. */
	return (u32)((u64)p->capacity * s->length / QD_MOST) ?: 1;
}

static void qd_add(struct policy *p, u32 frame, u32 bits)
{
	struct qd_state *s = p->state;

	policy_node(p, frame)->bits = bits;
	policy_list_add_tail(p, bits & QD_TRIAL ? &s->trial : &s->kept, frame);
}

static void qd_remove(struct policy *p, u32 frame)
{
	struct qd_state *s = p->state;
	u32 bits = policy_node(p, frame)->bits;

	s->ahead -= !!(bits & QD_AHEAD);
	policy_list_del(p, bits & QD_TRIAL ? &s->trial : &s->kept, frame);
}

/* A kept page has another turn if it was used in this one or the last. */
static bool qd_spare(struct policy *p, u32 frame)
{
	u32 *bits = &policy_node(p, frame)->bits;
	bool again = *bits & QD_USED;

	*bits = policy_ref(p, frame) ? QD_USED : 0;
	return again || *bits;
}

/*
 * Is a kept page without use near the hand?  If all are used, as in a loop that
 * is not much larger than memory, a page that is back is no better than they.
 */
static bool qd_room(struct policy *p)
{
	struct qd_state *s = p->state;
	u32 left = min_t(u32, s->kept.nr, QD_LOOKS);

	while (left--) {
		u32 *bits = &policy_node(p, s->kept.head)->bits;

		if (*bits & QD_NEXT || !qd_spare(p, s->kept.head)) {
			*bits = QD_NEXT;
			return true;
		}
		policy_list_turn(p, &s->kept);
	}
	return false;
}

/* A page is back that left lately: what does that say of the trial? */
static void qd_learn(struct policy *p)
{
	struct qd_state *s = p->state;
	u32 soon = p->capacity / 2;

	if (p->kept) {
		if (p->away < soon)
			qd_shorter(s, QD_STEP);
	/* It came a trial earlier than it left. */
	} else if ((u64)p->away + qd_trial(p) < soon) {
		qd_longer(s, QD_STEP);
	}
}

/* Until the first page has to leave those that came last are on trial. */
static void qd_fill(struct policy *p)
{
	struct qd_state *s = p->state;
	u32 frame = s->trial.head;

	if (s->trial.nr >= qd_trial(p)) {
		qd_remove(p, frame);
		qd_add(p, frame, 0);
	}
}

static void qd_insert(struct policy *p, u32 frame, enum policy_why why)
{
	struct qd_state *s = p->state;
	u32 bits = QD_TRIAL;

	if (!p->given_up) {
		qd_fill(p);
	} else if (why == POLICY_PREFETCH) {
		bits |= QD_AHEAD;
		s->ahead++;
	} else if (p->away < p->capacity - p->capacity / 4 && qd_room(p)) {
		qd_learn(p);
		bits = 0;
	}
	qd_add(p, frame, bits);
}

static void qd_evicted(struct policy *p, u32 frame)
{
	p->kept = !(policy_node(p, frame)->bits & QD_TRIAL);
	if (!p->kept)
		qd_shorter(p->state, QD_DRIFT);
}

/*
 * How many pages there shall be that are kept.  A page that was read ahead
 * waits for its first use: the trial is longer by such pages, up to C/8.
 */
static u32 qd_most_kept(const struct policy *p)
{
	const struct qd_state *s = p->state;
	u32 room = p->capacity - qd_trial(p);

	if (likely(!s->ahead))
		return room;
	return room - min_t(u32, room, min_t(u32, s->ahead, p->capacity / 8));
}

/*
 * The oldest page on trial that was not used, unless there are more kept pages
 * than there shall be.  These are counted, not those on trial, of which a batch
 * of victims takes many before others come.
 */
static u32 qd_next_trial(struct policy *p)
{
	struct qd_state *s = p->state;
	u32 most = qd_most_kept(p), frame;

	while (s->trial.nr && s->kept.nr <= most) {
		frame = policy_list_pop(p, &s->trial);
		/* What was read ahead may be used once. */
		if (policy_node(p, frame)->bits & QD_AHEAD) {
			s->ahead--;
			return frame;
		}
		if (!policy_ref(p, frame))
			return frame;
		qd_add(p, frame, 0);
	}
	return POLICY_NONE;
}

static u32 qd_next_kept(struct policy *p)
{
	struct qd_state *s = p->state;
	u32 left = 3 * s->kept.nr;

	/* Bounded, as in CLOCK.  One that qd_room() found is not looked at. */
	while (left-- && !(policy_node(p, s->kept.head)->bits & QD_NEXT) &&
	       qd_spare(p, s->kept.head))
		policy_list_turn(p, &s->kept);
	return policy_list_pop(p, &s->kept);
}

static u32 qd_next_victim(struct policy *p)
{
	return qd_next_trial(p) ?: qd_next_kept(p);
}

static void qd_putback(struct policy *p, u32 frame)
{
	qd_add(p, frame, 0);
}

const struct policy_ops policy_qd_clock = {
	.name = "qd-clock",
	.title = "CLOCK behind a trial; after Yang, Qiu, Zhang, Yue and Rashmi 2023",
	.flags = POLICY_REFAULTS,
	.state_bytes = qd_state_bytes,
	.init = qd_init,
	.insert = qd_insert,
	.remove = qd_remove,
	.evicted = qd_evicted,
	.next_victim = qd_next_victim,
	.putback = qd_putback,
};
