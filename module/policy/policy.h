/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - which frame to give up next
 *
 * A policy is written against events, not against hits: the hardware hides
 * hits.  It is told that a frame became resident (insert) or leaves (remove)
 * and is asked for victims (next_victim); it may look at a frame's sampled
 * reference bit, and only through policy_ref(), which applies the fresh
 * window below and counts the looks.
 *
 * This is pure code: it includes platform.h and nothing of the kernel, and is
 * compiled unchanged into the module, the host tests and replay.
 *
 * Locking: the caller serialises all calls on one policy.  No call sleeps by
 * itself; the environment's functions may.
 *
 * What keeps a policy short
 * -------------------------
 * policy.c keeps the books that all policies share, so that a policy file
 * contains its algorithm and nothing else:
 *
 * Fresh window.  A page that was just faulted in always looks referenced,
 * because the retried instruction sets the bit.  A policy that believes it
 * degenerates to FIFO.  So for the first K insertions after its own a frame
 * counts as unreferenced, and its bit is cleared when the window ends, with
 * K = max(1, min(C / 100, probation / 2)), C the capacity and probation the
 * length of the queue that new pages are tried in (C if there is none).
 * Where every hit is delivered exactly (@exact) there is no window: there the
 * first touch is not reported as a hit.
 *
 * Proposals.  next_victim() takes a frame out of the policy's lists.  Until
 * policy_remove() it is neither here nor there: a member that is proposed.
 * One that turns out to be busy is simply not removed, and is put back later,
 * where a referenced page would go, so that the policy goes on with others.
 *
 * Lists.  struct policy_list is a ring of frames linked through their nodes;
 * a frame is in one of them, or proposed.
 *
 * Ghosts.  ghost.h remembers pages after their eviction, within bounds.
 *
 * Refaults.  The pager has a table of the pages that left last (nonresident.h)
 * for reasons of its own.  A policy that has POLICY_REFAULTS needs no ghosts:
 * when a page comes that left while the policy was in charge, it finds out how
 * many frames were given up since (@away), and one bit that it left with it
 * (@kept).  Where nobody else has such a table, policy.c keeps one.
 */
#ifndef KPAGER_POLICY_H
#define KPAGER_POLICY_H

#include "../platform.h"
#include "nonresident.h"

/* Frame number 0 never names a frame. */
#define POLICY_NONE		0u
/* Most parameters of a policy. */
#define POLICY_PARAMS		4
/* Proposals that are remembered; more of them push the oldest back. */
#define POLICY_PROPOSALS	128
/* Frames that policy_env.clean() takes until they are written. */
#define POLICY_WANTED		32
/* policy.away of a page that is not remembered. */
#define POLICY_AWAY_LONG	U32_MAX
/* Pages that are remembered for each frame, where policy.c does it. */
#define POLICY_REMEMBERED	3u

/**
 * struct policy_node - what a policy knows of one frame (16 bytes)
 * @prev: neighbour in the policy's list, a frame number; a proposed frame:
 *	its slot in policy.proposed
 * @next: neighbour in the policy's list, a frame number; a proposed frame:
 *	POLICY_PROPOSED
 * @stamp: the policy's clock (insertions so far) when the frame came
 * @bits: the policy's own
 */
struct policy_node {
	u32 prev;
	u32 next;
	u32 stamp;
	u32 bits;
};

#define POLICY_PROPOSED		U32_MAX

struct policy;

/* What policy_env.dirt() says of a frame. */
enum policy_dirt {
	POLICY_CLEAN,		/* as on the store */
	POLICY_DIRTY,		/* newer than the store */
	POLICY_WRITING,		/* its write is under way */
};

/**
 * struct policy_env - what a policy needs from whoever runs it
 * @node: the node of a frame; constant time, never NULL for a live frame.
 *	Not called if policy_setup.nodes is given, nor by what is compiled with
 *	a POLICY_NODE() that knows
 * @test_and_clear_ref: was the frame referenced since the last call
 * @page: key of the page in a frame, below 2^48; the same page has the same
 *	key when it comes back
 * @dirt: does giving it up cost a write
 * @clean: please write this frame, a member, and leave it where it is: the
 *	write begins when victims have been chosen, and of POLICY_WANTED frames
 *	at a time.  False: not now.  NULL if nobody can
 * @next_use: replay only, or NULL: number of the request that will ask for
 *	the frame's page next, U64_MAX if none does
 */
struct policy_env {
	struct policy_node *(*node)(struct policy *p, u32 frame);
	bool (*test_and_clear_ref)(struct policy *p, u32 frame);
	u64 (*page)(struct policy *p, u32 frame);
	enum policy_dirt (*dirt)(struct policy *p, u32 frame);
	bool (*clean)(struct policy *p, u32 frame);
	u64 (*next_use)(struct policy *p, u32 frame);
};

/* Why a frame became resident, or left. */
enum policy_why {
	POLICY_DEMAND,		/* in: a fault or a read asked for the page */
	POLICY_PREFETCH,	/* in: it was read along with another page */
	POLICY_WRITE,		/* in: a write replaced the whole page */
	POLICY_SWITCH,		/* in: another policy held it before */
	POLICY_EVICT,		/* out: given up as a victim */
	POLICY_DROP,		/* out: the page itself is gone, or unreadable */
};

/**
 * struct policy_param - a number that tunes a policy
 * @name: as in attributes and on the command line
 * @help: what it does, with its unit
 * @def: default
 * @min: smallest value
 * @max: largest value
 */
struct policy_param {
	const char *name;
	const char *help;
	u32 def;
	u32 min;
	u32 max;
};

/* policy_ops.flags */
#define POLICY_NEEDS_HITS	BIT(0)	/* only where hits are delivered */
#define POLICY_REPLAY_ONLY	BIT(1)	/* never on a device */
#define POLICY_REFAULTS		BIT(2)	/* needs policy.away and policy.kept */

/**
 * struct policy_ops - one replacement policy
 * @name: as in attributes and on the command line
 * @alias: another name of the same, or NULL
 * @title: what it is, for people
 * @flags: POLICY_NEEDS_HITS, POLICY_REPLAY_ONLY, POLICY_REFAULTS
 * @params: up to POLICY_PARAMS of them, ended by one without a name; or NULL
 * @state_bytes: optional; size of the policy's own state, ghosts included,
 *	for at most so many frames.  It is at policy.state, zeroed
 * @init: optional; @state is zeroed, parameters and capacity are set
 * @resize: optional; the capacity or a parameter changed
 * @probation: optional; length of the queue that new pages are tried in
 * @miss: optional; only where hits are delivered: this page is absent and
 *	will be inserted next; called before its victim is asked for
 * @insert: a frame became resident; put it into a list
 * @remove: take the frame out of its list
 * @evicted: optional; the frame, in no list any more, leaves as a victim:
 *	make a ghost of its page, or set policy.kept
 * @next_victim: take the next frame to be given up out of its list and
 *	return it; POLICY_NONE if the lists are empty, or none can be given
 *	up before a write under way ends
 * @next_expired: optional; the same for frames that should go although
 *	there is room for them; policy.expire says that there are some
 * @putback: optional; a proposed frame was busy and stays: put it into a list
 *	again, where a referenced one would go.  Default: as @insert
 * @hit: optional; only where hits are delivered: the page was used
 * @tick_every: optional; faults between two calls of @tick, at least 1
 * @tick: see @tick_every
 * @ghosts: optional; pages remembered after their eviction
 *
 * next_victim() and next_expired() are called only while there are frames in
 * the lists as far as policy.c knows; they must stand empty lists all the
 * same.
 */
struct policy_ops {
	const char *name;
	const char *alias;
	const char *title;
	u32 flags;
	const struct policy_param *params;
	size_t (*state_bytes)(u32 frames);
	void (*init)(struct policy *p);
	void (*resize)(struct policy *p);
	u32 (*probation)(const struct policy *p);
	void (*miss)(struct policy *p, u64 page);
	void (*insert)(struct policy *p, u32 frame, enum policy_why why);
	void (*remove)(struct policy *p, u32 frame);
	void (*evicted)(struct policy *p, u32 frame);
	u32 (*next_victim)(struct policy *p);
	u32 (*next_expired)(struct policy *p);
	void (*putback)(struct policy *p, u32 frame);
	void (*hit)(struct policy *p, u32 frame);
	u32 (*tick_every)(const struct policy *p);
	void (*tick)(struct policy *p);
	u32 (*ghosts)(const struct policy *p);
};

/**
 * struct policy - one instance, for one segment
 * @ops: the algorithm
 * @env: who runs it
 * @owner: for the environment's use
 * @nodes: the nodes by frame number, or NULL: see policy_env.node
 * @state: the policy's own
 * @frames: the most frames it will ever hold
 * @capacity: C, the frames it may hold now; 1 to @frames
 * @exact: hits are delivered or their bits are exact: no fresh window
 * @expire: policy_expired() has something; set by the policy
 * @draining: its frames go to another policy; bits are not looked at
 * @nr: frames it holds
 * @clock: insertions so far; the time base of everything
 * @looks: reference bits looked at
 * @given_up: frames given up as victims so far
 * @away: of the page that is being inserted: frames given up since it left;
 *	POLICY_AWAY_LONG if that is not known.  With POLICY_REFAULTS
 * @kept: a bit of the policy's: when a frame leaves as a victim ops.evicted()
 *	may set it, when that page is inserted again it is so
 * @table: the pages that left last, if nobody else remembers them
 * @random: state of policy_random()
 * @param: values of the parameters
 * @tick_left: insertions until the next tick; 0 if there are no ticks
 * @fresh: K, the length of the fresh window
 * @window: the last frames inserted, a ring of @window_size (a power of two)
 * @window_size: entries of @window
 * @window_tail: the oldest insertion whose window has not ended
 * @proposed_at: proposals so far
 * @proposed: the last of them, by number; POLICY_NONE once they are gone
 */
struct policy {
	const struct policy_ops *ops;
	const struct policy_env *env;
	void *owner;
	struct policy_node *nodes;
	void *state;
	u32 frames;
	u32 capacity;
	bool exact;
	bool expire;
	bool draining;
	u32 nr;
	u32 clock;
	u64 looks;
	u32 given_up;
	u32 away;
	bool kept;
	struct nonresident table;
	u64 random;
	u32 param[POLICY_PARAMS];
	u32 tick_left;
	u32 fresh;
	u32 *window;
	u32 window_size;
	u32 window_tail;
	u32 proposed_at;
	u32 proposed[POLICY_PROPOSALS];
};

/**
 * struct policy_setup - what an instance is made of
 * @ops: the algorithm, from policy_find()
 * @env: who runs it; must outlive the instance
 * @owner: for the environment's use
 * @nodes: nodes by frame number, from 0 to the largest, or NULL: see
 *	policy_env.node
 * @memory: policy_bytes() bytes, zeroed, aligned to 8; the caller frees them
 *	after the instance
 * @frames: the most frames it will ever hold, as given to policy_bytes()
 * @capacity: frames it may hold at first; 1 to @frames
 * @exact: reference bits are exact (a first touch sets none), or hits are
 *	delivered: no fresh window
 * @remembered: @env's owner remembers pages that left, and calls
 *	policy_refault() and policy_kept()
 * @seed: for policies that draw lots
 */
struct policy_setup {
	const struct policy_ops *ops;
	const struct policy_env *env;
	void *owner;
	struct policy_node *nodes;
	void *memory;
	u32 frames;
	u32 capacity;
	bool exact;
	bool remembered;
	u64 seed;
};

extern const struct policy_ops policy_fifo;
extern const struct policy_ops policy_clock;
extern const struct policy_ops policy_qd_clock;
extern const struct policy_ops policy_gclock;
extern const struct policy_ops policy_nru;
extern const struct policy_ops policy_aging;
extern const struct policy_ops policy_nfu;
extern const struct policy_ops policy_two_lists;
extern const struct policy_ops policy_mglru;
extern const struct policy_ops policy_working_set;
extern const struct policy_ops policy_wsclock;
extern const struct policy_ops policy_2q;
extern const struct policy_ops policy_car;
extern const struct policy_ops policy_clock_pro;
extern const struct policy_ops policy_s3_fifo;
extern const struct policy_ops policy_sieve;
extern const struct policy_ops policy_mru;
extern const struct policy_ops policy_random_any;
extern const struct policy_ops policy_lru;

/* For whoever runs a policy. */
const struct policy_ops *policy_find(const char *name);
const struct policy_ops *policy_nth(unsigned int i);
size_t policy_bytes(const struct policy_ops *ops, u32 frames, bool remembered);
void policy_init(struct policy *p, const struct policy_setup *setup);
void policy_resize(struct policy *p, u32 capacity);
int policy_param_get(const struct policy *p, const char *name, u32 *value);
int policy_param_set(struct policy *p, const char *name, u32 value);
void policy_refault(struct policy *p, u32 away, bool kept);
void policy_insert(struct policy *p, u32 frame, enum policy_why why);
void policy_remove(struct policy *p, u32 frame, enum policy_why why);
unsigned int policy_victims(struct policy *p, u32 *out, unsigned int n);
u32 policy_evict(struct policy *p);
unsigned int policy_expired(struct policy *p, u32 *out, unsigned int n);
void policy_miss(struct policy *p, u64 page);
bool policy_hit(struct policy *p, u32 frame);
void policy_move(struct policy *from, struct policy *to);
u32 policy_ghosts(const struct policy *p);

/* What shall be remembered of the frame that left last, given up as a victim. */
static inline bool policy_kept(const struct policy *p)
{
	return p->kept;
}

/* For policies. */
bool policy_ref(struct policy *p, u32 frame);
u32 policy_random(struct policy *p, u32 n);

static inline struct policy_node *policy_node(struct policy *p, u32 frame)
{
	if (p->nodes)
		return &p->nodes[frame];
#ifdef POLICY_NODE
	return POLICY_NODE(frame);
#else
	return p->env->node(p, frame);
#endif
}

static inline u64 policy_page(struct policy *p, u32 frame)
{
	return p->env->page(p, frame);
}

/* A share of the capacity, at least 1; ages have 31 bits. */
static inline u32 policy_share(const struct policy *p, u32 part, u32 whole)
{
	u64 share = div_u64((u64)p->capacity * part, whole);

	return min_t(u64, max_t(u64, share, 1), U32_MAX / 2);
}

/**
 * struct policy_list - a ring of frames
 * @head: the frame that is looked at first, or POLICY_NONE
 * @nr: frames in it
 *
 * The tail is the one before the head, so turning the ring (the head becomes
 * the tail) only moves @head, as the hand of a clock does.
 */
struct policy_list {
	u32 head;
	u32 nr;
};

void policy_list_add_tail(struct policy *p, struct policy_list *list,
			  u32 frame);
void policy_list_del(struct policy *p, struct policy_list *list, u32 frame);

static inline void policy_list_add_head(struct policy *p,
					struct policy_list *list, u32 frame)
{
	policy_list_add_tail(p, list, frame);
	list->head = frame;
}

/* The frame behind one; behind the tail comes the head. */
static inline u32 policy_list_next(struct policy *p, u32 frame)
{
	return policy_node(p, frame)->next;
}

static inline u32 policy_list_tail(struct policy *p,
				   const struct policy_list *list)
{
	return list->head == POLICY_NONE ? POLICY_NONE :
		policy_node(p, list->head)->prev;
}

/* The head becomes the tail. */
static inline void policy_list_turn(struct policy *p,
				    struct policy_list *list)
{
	list->head = policy_list_next(p, list->head);
}

/* Take the head out, or POLICY_NONE. */
static inline u32 policy_list_pop(struct policy *p, struct policy_list *list)
{
	u32 frame = list->head;

	if (frame != POLICY_NONE)
		policy_list_del(p, list, frame);
	return frame;
}

#endif /* KPAGER_POLICY_H */
