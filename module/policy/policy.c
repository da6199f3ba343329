// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - the table of policies and the services all of them share
 */
#include "policy.h"

/*
 * A line here registers a policy.  The first is the default: it misses no more
 * than Linux on any of the loads of "make bench BENCH=policy".
 */
static const struct policy_ops *const policies[] = {
	&policy_qd_clock,
	&policy_clock,
	&policy_fifo,
	&policy_gclock,
	&policy_nru,
	&policy_aging,
	&policy_nfu,
	&policy_two_lists,
	&policy_mglru,
	&policy_working_set,
	&policy_wsclock,
	&policy_2q,
	&policy_car,
	&policy_clock_pro,
	&policy_s3_fifo,
	&policy_sieve,
	&policy_mru,
	&policy_random_any,
	&policy_lru,
};

/**
 * policy_nth - walk over the policies
 * @i: 0 for the default, then on
 *
 * Context: any.
 * Return: the policy, or NULL behind the last.
 */
const struct policy_ops *policy_nth(unsigned int i)
{
	return i < ARRAY_SIZE(policies) ? policies[i] : NULL;
}

/**
 * policy_find - look a policy up by name
 * @name: its name or alias; "" or NULL for the default
 *
 * Context: any.
 * Return: the policy, or NULL if there is none of that name.
 */
const struct policy_ops *policy_find(const char *name)
{
	size_t i;

	if (!name || !*name)
		return policies[0];
	for (i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policies[i]->name, name) ||
		    (policies[i]->alias && !strcmp(policies[i]->alias, name)))
			return policies[i];
	return NULL;
}

static u32 window_entries(u32 frames)
{
	return roundup_pow_of_two(frames / 100 + 2);
}

static size_t window_bytes(u32 frames)
{
	return ALIGN(window_entries(frames) * sizeof(u32), sizeof(u64));
}

static size_t state_bytes(const struct policy_ops *ops, u32 frames)
{
	return ops->state_bytes ? ALIGN(ops->state_bytes(frames), sizeof(u64)) :
		0;
}

static u32 table_pages(u32 frames)
{
	return min_t(u64, (u64)frames * POLICY_REMEMBERED, U32_MAX / 2);
}

/**
 * policy_bytes - memory of an instance, beside struct policy and the nodes
 * @ops: the algorithm
 * @frames: the most frames it will ever hold
 * @remembered: as in struct policy_setup
 *
 * Context: any.
 * Return: bytes, for policy_setup.memory.
 */
size_t policy_bytes(const struct policy_ops *ops, u32 frames, bool remembered)
{
	size_t bytes = window_bytes(frames) + state_bytes(ops, frames);

	if (ops->flags & POLICY_REFAULTS && !remembered)
		bytes += nonresident_bytes(table_pages(frames));
	return bytes;
}

static void policy_set_window(struct policy *p)
{
	u32 c = p->capacity;
	u32 probation = p->ops->probation ? p->ops->probation(p) : c;

	p->fresh = p->exact ? 0 :
		max_t(u32, min_t(u32, c / 100, probation / 2), 1);
}

static void policy_set_tick(struct policy *p)
{
	u32 every = p->ops->tick_every ? max_t(u32, p->ops->tick_every(p), 1) :
		0;

	/* A tick that is already nearer stays where it is. */
	if (!p->tick_left || p->tick_left > every)
		p->tick_left = every;
}

static void policy_resized(struct policy *p)
{
	if (p->ops->resize)
		p->ops->resize(p);
	policy_set_window(p);
	policy_set_tick(p);
}

/**
 * policy_init - prepare an empty instance
 * @p: the instance; no earlier contents are looked at
 * @setup: what of; not kept
 *
 * Context: any.
 */
void policy_init(struct policy *p, const struct policy_setup *setup)
{
	const struct policy_param *param = setup->ops->params;
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->ops = setup->ops;
	p->env = setup->env;
	p->owner = setup->owner;
	p->nodes = setup->nodes;
	p->window = setup->memory;
	p->state = setup->memory + window_bytes(setup->frames);
	p->window_size = window_entries(setup->frames);
	p->frames = setup->frames;
	p->capacity = clamp_t(u32, setup->capacity, 1, setup->frames);
	p->exact = setup->exact;
	p->away = POLICY_AWAY_LONG;
	p->random = setup->seed;
	/* As large as @capacity asks for, whatever there is room for. */
	if (p->ops->flags & POLICY_REFAULTS && !setup->remembered)
		nonresident_init(&p->table,
				 p->state + state_bytes(p->ops, setup->frames),
				 table_pages(p->capacity));
	for (i = 0; param && param[i].name; i++)
		p->param[i] = param[i].def;
	if (p->ops->init)
		p->ops->init(p);
	policy_resized(p);
}

/**
 * policy_resize - the number of frames it may hold has changed
 * @p: the policy
 * @capacity: the new number; it may hold more for a while
 *
 * Context: calls on @p are serialised.
 */
void policy_resize(struct policy *p, u32 capacity)
{
	capacity = clamp_t(u32, capacity, 1, p->frames);
	if (capacity == p->capacity)
		return;
	p->capacity = capacity;
	policy_resized(p);
}

static int policy_param_index(const struct policy *p, const char *name)
{
	const struct policy_param *param = p->ops->params;
	int i;

	for (i = 0; param && param[i].name; i++)
		if (!strcmp(param[i].name, name))
			return i;
	return -EINVAL;
}

/**
 * policy_param_get - read a parameter
 * @p: the policy
 * @name: which
 * @value: receives it
 *
 * Context: calls on @p are serialised.
 * Return: 0, or -EINVAL if the policy has no such parameter.
 */
int policy_param_get(const struct policy *p, const char *name, u32 *value)
{
	int i = policy_param_index(p, name);

	if (i < 0)
		return i;
	*value = p->param[i];
	return 0;
}

/**
 * policy_param_set - change a parameter
 * @p: the policy
 * @name: which
 * @value: its new value, within the parameter's range
 *
 * Context: calls on @p are serialised.
 * Return: 0, -EINVAL if the policy has no such parameter, or -ERANGE.
 */
int policy_param_set(struct policy *p, const char *name, u32 value)
{
	int i = policy_param_index(p, name);

	if (i < 0)
		return i;
	if (value < p->ops->params[i].min || value > p->ops->params[i].max)
		return -ERANGE;
	p->param[i] = value;
	policy_resized(p);
	return 0;
}

/*
 * End the window of frames inserted K or more insertions ago.  A ring entry
 * whose frame left, or was inserted again since, has another stamp.
 */
static void policy_window_advance(struct policy *p)
{
	while (p->clock - p->window_tail > p->fresh) {
		u32 frame = p->window[p->window_tail & (p->window_size - 1)];

		if (frame != POLICY_NONE &&
		    policy_node(p, frame)->stamp == p->window_tail)
			p->env->test_and_clear_ref(p, frame);
		p->window_tail++;
	}
}

/* With a table of its own: was the page of a frame here lately? */
static void policy_remember(struct policy *p, u32 frame)
{
	p->away = nonresident_take(&p->table, policy_page(p, frame),
				   p->given_up, &p->kept);
}

/**
 * policy_refault - the page that is inserted next left lately
 * @p: the policy, set up as @remembered
 * @away: frames of the segment that were given up since then
 * @kept: what policy_kept() was then
 *
 * Context: calls on @p are serialised.
 */
void policy_refault(struct policy *p, u32 away, bool kept)
{
	/* Before this policy was in charge the bit had another meaning. */
	if (away >= p->given_up)
		return;
	p->away = away;
	p->kept = kept;
}

/**
 * policy_insert - a frame became resident
 * @p: the policy
 * @frame: the frame; not a member yet
 * @why: POLICY_DEMAND, POLICY_PREFETCH, POLICY_WRITE or POLICY_SWITCH
 *
 * Context: calls on @p are serialised; may sleep as far as the environment's
 * functions do.
 */
void policy_insert(struct policy *p, u32 frame, enum policy_why why)
{
	policy_node(p, frame)->stamp = p->clock;
	if (p->exact) {
		p->clock++;
		p->window_tail++;
	} else {
		p->window[p->clock & (p->window_size - 1)] = frame;
		p->clock++;
		policy_window_advance(p);
	}
	if (p->table.pair)
		policy_remember(p, frame);
	p->nr++;
	p->ops->insert(p, frame, why);
	p->away = POLICY_AWAY_LONG;
	if (p->tick_left && !--p->tick_left) {
		p->ops->tick(p);
		policy_set_tick(p);
	}
}

/* A frame is in no list any more. */
static void policy_left(struct policy *p, u32 frame, u32 stamp,
			enum policy_why why)
{
	u32 *slot = &p->window[stamp & (p->window_size - 1)];

	if (!p->exact && *slot == frame)
		*slot = POLICY_NONE;
	if (why == POLICY_EVICT) {
		p->given_up++;
		p->kept = false;
		if (p->ops->evicted)
			p->ops->evicted(p, frame);
		if (p->table.pair)
			nonresident_add(&p->table, policy_page(p, frame),
					p->given_up, p->kept);
	}
	p->nr--;
}

/**
 * policy_remove - a frame leaves
 * @p: the policy
 * @frame: a member
 * @why: POLICY_EVICT or POLICY_DROP
 *
 * Context: calls on @p are serialised.
 */
void policy_remove(struct policy *p, u32 frame, enum policy_why why)
{
	struct policy_node *n = policy_node(p, frame);

	if (n->next == POLICY_PROPOSED) {
		p->proposed[n->prev] = POLICY_NONE;
		/* Not every policy links a frame that comes back. */
		n->next = POLICY_NONE;
	} else {
		p->ops->remove(p, frame);
	}
	policy_left(p, frame, n->stamp, why);
}

/* A proposed frame was busy: it stays. */
static void policy_putback(struct policy *p, u32 slot)
{
	u32 frame = p->proposed[slot];

	if (frame == POLICY_NONE)
		return;
	p->proposed[slot] = POLICY_NONE;
	if (p->ops->putback)
		p->ops->putback(p, frame);
	else
		p->ops->insert(p, frame, POLICY_SWITCH);
}

/* Put back what was proposed before number @until; true if there was any. */
static bool policy_putback_all(struct policy *p, u32 until)
{
	u32 at = p->proposed_at - POLICY_PROPOSALS;
	bool any = false;

	for (; at != until; at++) {
		u32 slot = at % POLICY_PROPOSALS;

		any |= p->proposed[slot] != POLICY_NONE;
		policy_putback(p, slot);
	}
	return any;
}

static void policy_propose(struct policy *p, u32 frame)
{
	struct policy_node *n = policy_node(p, frame);
	u32 slot = p->proposed_at++ % POLICY_PROPOSALS;

	policy_putback(p, slot);
	p->proposed[slot] = frame;
	n->prev = slot;
	n->next = POLICY_PROPOSED;
}

/**
 * policy_victims - propose frames to give up
 * @p: the policy
 * @out: where they go, in the order in which they should be given up
 * @n: how many are wanted, at most POLICY_PROPOSALS are given
 *
 * The frames stay members until policy_remove().  The same frame is proposed
 * only once in a call, and again only when there is no other, or a while
 * later.
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: how many were written to @out, at most the number of members.
 */
unsigned int policy_victims(struct policy *p, u32 *out, unsigned int n)
{
	u32 start = p->proposed_at;
	unsigned int got = 0;

	n = min_t(unsigned int, n, min_t(u32, p->nr, POLICY_PROPOSALS));
	while (got < n) {
		u32 frame = p->ops->next_victim(p);

		if (frame != POLICY_NONE) {
			policy_propose(p, frame);
			out[got++] = frame;
		} else if (!policy_putback_all(p, start)) {
			break;
		}
	}
	return got;
}

/**
 * policy_evict - give up a frame that nobody can hold
 * @p: the policy; nothing is proposed
 *
 * As policy_victims() and then policy_remove(), in one step.
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: the frame, no member any more; or POLICY_NONE.
 */
u32 policy_evict(struct policy *p)
{
	u32 frame = p->nr ? p->ops->next_victim(p) : POLICY_NONE;

	if (frame != POLICY_NONE)
		policy_left(p, frame, policy_node(p, frame)->stamp,
			    POLICY_EVICT);
	return frame;
}

/**
 * policy_expired - frames that should go although there is room for them
 * @p: the policy
 * @out: where they go
 * @n: how many are wanted, at most POLICY_PROPOSALS are given
 *
 * To be asked after an insertion.  As with policy_victims(), they stay
 * members until policy_remove().
 *
 * Context: calls on @p are serialised.
 * Return: how many were written to @out; most policies have none.
 */
unsigned int policy_expired(struct policy *p, u32 *out, unsigned int n)
{
	unsigned int got = 0;

	if (!p->ops->next_expired)
		return 0;
	n = min_t(unsigned int, n, POLICY_PROPOSALS);
	while (got < n) {
		u32 frame = p->ops->next_expired(p);

		if (frame == POLICY_NONE) {
			p->expire = false;
			break;
		}
		policy_propose(p, frame);
		out[got++] = frame;
	}
	return got;
}

/**
 * policy_miss - a page was asked for that is absent
 * @p: the policy, of an environment that delivers hits
 * @page: its key; it will be inserted next
 *
 * To be called before a victim is asked for.
 *
 * Context: calls on @p are serialised.
 */
void policy_miss(struct policy *p, u64 page)
{
	if (p->ops->miss)
		p->ops->miss(p, page);
}

/**
 * policy_hit - a resident page was used
 * @p: the policy, of an environment that delivers hits
 * @frame: its frame
 *
 * Context: calls on @p are serialised.
 * Return: true if the policy took note of it; if false the caller sets the
 * frame's reference bit instead.
 */
bool policy_hit(struct policy *p, u32 frame)
{
	if (!p->ops->hit || policy_node(p, frame)->next == POLICY_PROPOSED)
		return false;
	p->ops->hit(p, frame);
	return true;
}

/**
 * policy_move - hand all frames over to another policy
 * @from: who holds them; empty afterwards
 * @to: who receives them; same environment and nodes, no member yet
 *
 * They are inserted in the order in which @from would have given them up.
 * Reference bits are neither looked at nor cleared.
 *
 * Context: calls on both are serialised; takes time in proportion to the
 * number of frames.
 */
void policy_move(struct policy *from, struct policy *to)
{
	u32 frame;

	policy_putback_all(from, from->proposed_at);
	from->draining = true;
	while ((frame = from->ops->next_victim(from)) != POLICY_NONE) {
		from->nr--;
		policy_node(to, frame)->bits = 0;
		policy_node(to, frame)->stamp = to->clock++;
		to->window_tail++;
		to->nr++;
		to->ops->insert(to, frame, POLICY_SWITCH);
	}
	WARN_ON_ONCE(from->nr);
	from->draining = false;
}

/**
 * policy_ghosts - pages remembered after their eviction
 * @p: the policy
 *
 * Context: calls on @p are serialised.
 * Return: their number.
 */
u32 policy_ghosts(const struct policy *p)
{
	return p->ops->ghosts ? p->ops->ghosts(p) : 0;
}

/**
 * policy_ref - was a frame referenced since it was last looked at
 * @p: the policy
 * @frame: a member
 *
 * Inside the fresh window the answer is no, and the bit is left for the
 * window's end to clear.
 *
 * Context: calls on @p are serialised; may sleep as policy_insert().
 * Return: true if it was; its bit is clear now.
 */
bool policy_ref(struct policy *p, u32 frame)
{
	if (p->draining ||
	    (s32)(policy_node(p, frame)->stamp - p->window_tail) >= 0)
		return false;
	p->looks++;
	return p->env->test_and_clear_ref(p, frame);
}

/**
 * policy_random - draw a lot
 * @p: the policy
 * @n: how many there are, not 0
 *
 * Context: calls on @p are serialised.
 * Return: a number below @n; the same sequence for the same seed.
 */
u32 policy_random(struct policy *p, u32 n)
{
	/* splitmix64 (Steele, Lea and Flood, 2014) */
	u64 z = (p->random += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return ((z ^ z >> 31) >> 32) * n >> 32;
}

/**
 * policy_list_add_tail - put a frame at the end of a list
 * @p: the policy
 * @list: the list
 * @frame: in no list
 *
 * Context: calls on @p are serialised.
 */
void policy_list_add_tail(struct policy *p, struct policy_list *list,
			  u32 frame)
{
	struct policy_node *n = policy_node(p, frame);
	struct policy_node *head, *tail;

	if (!list->nr++) {
		n->prev = frame;
		n->next = frame;
		list->head = frame;
		return;
	}
	head = policy_node(p, list->head);
	tail = policy_node(p, head->prev);
	n->prev = head->prev;
	n->next = list->head;
	tail->next = frame;
	head->prev = frame;
}

/**
 * policy_list_del - take a frame out of a list
 * @p: the policy
 * @list: the list
 * @frame: in it
 *
 * Context: calls on @p are serialised.
 */
void policy_list_del(struct policy *p, struct policy_list *list, u32 frame)
{
	struct policy_node *n = policy_node(p, frame);

	if (!--list->nr) {
		list->head = POLICY_NONE;
		return;
	}
	policy_node(p, n->prev)->next = n->next;
	policy_node(p, n->next)->prev = n->prev;
	if (list->head == frame)
		list->head = n->next;
}
