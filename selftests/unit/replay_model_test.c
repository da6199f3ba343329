// SPDX-License-Identifier: GPL-2.0
/*
 * replay_model_test.c - the simulator's policies against naive models
 *
 * The models are the textbook's sentences, written for a handful of frames
 * and looking at all of them for each victim; where a policy is exact, both
 * must miss equally often.  Then what must hold for every policy.
 */

#include "../../userspace/replay/sim.h"
#include "tap.h"

#define MAX_FRAMES	64

static uint64_t seed;

/* A page in a frame of the model. */
struct model_frame {
	uint32_t page;
	uint64_t loaded;
	uint64_t used;
	uint64_t uses;
	uint64_t moved;		/* when it came to its number of uses */
	bool ref;
};

struct model {
	struct model_frame frame[MAX_FRAMES];
	uint32_t n;
	const struct trace *trace;
	size_t now;
	uint64_t tickets;
};

/* Which of two leaves first: true if @a does. */
typedef bool model_before(const struct model *m, const struct model_frame *a,
			  const struct model_frame *b);

static bool fifo_before(const struct model *m, const struct model_frame *a,
			const struct model_frame *b)
{
	(void)m;
	return a->loaded < b->loaded;
}

static bool lru_before(const struct model *m, const struct model_frame *a,
		       const struct model_frame *b)
{
	(void)m;
	return a->used < b->used;
}

static bool lfu_before(const struct model *m, const struct model_frame *a,
		       const struct model_frame *b)
{
	(void)m;
	return a->uses != b->uses ? a->uses < b->uses : a->moved < b->moved;
}

static size_t next_use(const struct model *m, uint32_t page)
{
	size_t i;

	for (i = m->now + 1; i < m->trace->n_requests; i++)
		if (TRACE_PAGE(m->trace->requests[i]) == page)
			break;
	return i;
}

static bool opt_before(const struct model *m, const struct model_frame *a,
		       const struct model_frame *b)
{
	return next_use(m, a->page) > next_use(m, b->page);
}

/* Second chance: the oldest, but who was used goes to the end of the queue. */
static uint32_t clock_victim(struct model *m)
{
	for (;;) {
		uint32_t oldest = 0, i;

		for (i = 1; i < m->n; i++)
			if (m->frame[i].loaded < m->frame[oldest].loaded)
				oldest = i;
		if (!m->frame[oldest].ref)
			return oldest;
		m->frame[oldest].ref = false;
		m->frame[oldest].loaded = ++m->tickets;
	}
}

static uint32_t model_victim(struct model *m, model_before *before)
{
	uint32_t victim = 0, i;

	if (!before)
		return clock_victim(m);
	for (i = 1; i < m->n; i++)
		if (before(m, &m->frame[i], &m->frame[victim]))
			victim = i;
	return victim;
}

/* Return: misses. */
static uint64_t model_run(const struct trace *trace, uint32_t frames,
			  model_before *before)
{
	struct model m = { .trace = trace };
	uint64_t misses = 0;

	for (m.now = 0; m.now < trace->n_requests; m.now++) {
		uint32_t page = TRACE_PAGE(trace->requests[m.now]), i;
		struct model_frame *f;

		for (i = 0; i < m.n && m.frame[i].page != page; i++)
			;
		f = &m.frame[i];
		if (i == m.n) {
			misses++;
			if (m.n < frames)
				m.n++;
			else
				f = &m.frame[model_victim(&m, before)];
			memset(f, 0, sizeof(*f));
			f->page = page;
			f->loaded = ++m.tickets;
		} else {
			f->ref = true;
		}
		f->used = ++m.tickets;
		f->moved = m.tickets;
		f->uses++;
	}
	return misses;
}

static bool absent(const char *policy)
{
	if (sim_policy(policy))
		return false;
	tap_ok(false, "there is a policy %s", policy);
	return true;
}

static uint64_t misses_of(const struct policy_ops *ops, uint32_t frames,
			  const struct trace *trace, bool ideal)
{
	struct sim_config config = {
		.ops = ops, .frames = frames, .ideal = ideal, .seed = 1,
	};
	struct sim_result result;

	return sim_run(trace, &config, &result) ? UINT64_MAX : result.misses;
}

static void random_trace(struct trace *trace, enum trace_kind kind,
			 uint32_t pages, size_t requests)
{
	struct trace_shape shape = {
		.kind = kind, .pages = pages, .requests = requests,
		.skew = .8, .writes = 300, .seed = tap_next(&seed),
	};

	if (trace_generate(trace, &shape)) {
		printf("Bail out! no memory\n");
		exit(1);
	}
}

/* The models see every use, so do the policies. */
static const struct {
	const char *name;
	model_before *before;
} models[] = {
	{ "fifo", fifo_before }, { "clock", NULL }, { "lru", lru_before },
	{ "lfu", lfu_before }, { "opt", opt_before },
};

static void test_models(void)
{
	static const uint32_t sizes[] = { 1, 2, 3, 7, 31, 64 };
	size_t i, j;
	int round;

	for (i = 0; i < ARRAY_SIZE(models); i++) {
		const struct policy_ops *ops = sim_policy(models[i].name);
		unsigned int bad = 0;

		if (absent(models[i].name))
			continue;
		for (round = 0; round < 3; round++) {
			struct trace trace;

			random_trace(&trace, TRACE_ZIPF_SCAN, 120, 1500);
			for (j = 0; j < ARRAY_SIZE(sizes); j++)
				bad += misses_of(ops, sizes[j], &trace, true) !=
				       model_run(&trace, sizes[j],
						 models[i].before);
			trace_free(&trace);
		}
		tap_ok(!bad, "%s misses as its textbook says",
		       models[i].name);
	}
}

static void trace_of(struct trace *trace, const uint32_t *pages, size_t n)
{
	struct trace_builder builder;
	size_t i;

	trace_begin(&builder, trace);
	for (i = 0; i < n; i++)
		trace_add(&builder, pages[i], false);
	trace_end(&builder);
}

/* L. A. Belady, R. A. Nelson and G. S. Shedler, 1969. */
static void test_anomaly(void)
{
	static const uint32_t pages[] = { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 };
	static const char *const stack[] = { "lru", "opt" };
	const struct policy_ops *fifo = sim_policy("fifo");
	struct trace trace;
	size_t i;

	trace_of(&trace, pages, ARRAY_SIZE(pages));
	if (!absent("fifo"))
		tap_ok(misses_of(fifo, 3, &trace, true) == 9 &&
		       misses_of(fifo, 4, &trace, true) == 10 &&
		       misses_of(fifo, 3, &trace, false) == 9 &&
		       misses_of(fifo, 4, &trace, false) == 10,
		       "fifo: Belady's anomaly, 9 misses with 3 frames, 10 with 4");
	trace_free(&trace);
	for (i = 0; i < ARRAY_SIZE(stack); i++) {
		const struct policy_ops *ops = sim_policy(stack[i]);
		unsigned int bad = 0;
		int round;

		for (round = 0; round < 20; round++) {
			uint64_t before = UINT64_MAX;
			uint32_t frames;

			random_trace(&trace, round % 2 ? TRACE_ZIPF : TRACE_PHASES,
				     30, 1000);
			for (frames = 1; frames <= 31; frames++) {
				uint64_t now = misses_of(ops, frames, &trace,
							 true);

				bad += now > before;
				before = now;
			}
			trace_free(&trace);
		}
		tap_ok(!bad, "%s: no anomaly, it is a stack algorithm",
		       stack[i]);
	}
}

/* ---- what holds for every policy ---- */

/* What a policy may not do on a trace, in either mode. */
static unsigned int count_faults(const struct policy_ops *ops,
				 const struct trace *trace, uint32_t frames,
				 bool ideal, uint64_t least)
{
	struct sim_config config = {
		.ops = ops, .frames = frames, .ideal = ideal, .seed = 1,
	};
	struct sim_result once, again;
	unsigned int bad = 0;

	if (sim_run(trace, &config, &once) || sim_run(trace, &config, &again))
		return 1;
	bad += once.misses != again.misses || once.looks != again.looks ||
	       once.writes != again.writes;
	bad += once.misses < least || once.misses > trace->n_requests;
	bad += once.misses < trace->n_pages;
	return bad;
}

static void test_every_policy(const struct policy_ops *ops)
{
	static const uint32_t sizes[] = { 1, 2, 3, 10, 50, 333 };
	unsigned int bad = 0;
	enum trace_kind kind;
	size_t i;

	for (kind = TRACE_ZIPF; kind <= TRACE_PHASES; kind++) {
		struct trace trace;

		random_trace(&trace, kind, 400, 4000);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			uint64_t least = misses_of(sim_policy("opt"), sizes[i],
						   &trace, true);

			bad += count_faults(ops, &trace, sizes[i], true, least);
			bad += count_faults(ops, &trace, sizes[i], false, least);
		}
		trace_free(&trace);
	}
	tap_ok(!bad, "%s: never better than the optimum, twice the same",
	       ops->name);
}

/* Room for all: each page is missed once, as long as none expires. */
static void test_room_for_all(const struct policy_ops *ops)
{
	struct trace trace;

	if (ops->next_expired)
		return;
	random_trace(&trace, TRACE_ZIPF, 200, 5000);
	tap_ok(misses_of(ops, 200, &trace, true) == trace.n_pages &&
	       misses_of(ops, 1000, &trace, false) == trace.n_pages,
	       "%s: with room for all each page is missed once", ops->name);
	trace_free(&trace);
}

/* Every request writes: what leaves was dirty. */
static void test_writes(const struct policy_ops *ops)
{
	struct sim_config config = { .ops = ops, .frames = 50, .seed = 1 };
	struct trace_shape shape = {
		.kind = TRACE_ZIPF, .pages = 300, .requests = 5000, .skew = .7,
		.writes = 1000, .seed = 3,
	};
	struct sim_result result;
	struct trace trace;

	trace_generate(&trace, &shape);
	tap_ok(!sim_run(&trace, &config, &result) &&
	       result.writes + config.frames >= result.misses &&
	       result.writes <= trace.n_requests,
	       "%s: all dirty: %llu misses, %llu writes", ops->name,
	       (unsigned long long)result.misses,
	       (unsigned long long)result.writes);
	trace_free(&trace);
}

/*
 * A bit that the TLB hides is never set again while the page is resident, if
 * the TLB reaches further than the pool: then all that believe in bits are
 * FIFO.
 */
static void test_tlb(void)
{
	static const char *const names[] = { "clock", "sieve", "car" };
	const struct policy_ops *fifo = sim_policy("fifo");
	struct sim_config config = { .frames = 400, .tlb = 1536 };
	struct trace_shape shape = {
		.kind = TRACE_ZIPF, .pages = 10000, .requests = 50000,
		.skew = .9, .seed = 4,
	};
	struct sim_result result;
	struct trace trace;
	uint64_t expected, without;
	size_t i;

	if (absent("fifo"))
		return;
	trace_generate(&trace, &shape);
	expected = misses_of(fifo, 400, &trace, false);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (absent(names[i]))
			continue;
		config.ops = sim_policy(names[i]);
		without = misses_of(config.ops, 400, &trace, false);
		tap_ok(!sim_run(&trace, &config, &result) &&
		       result.misses == expected && without < expected,
		       "%s under a large TLB is fifo; without it misses less",
		       names[i]);
	}
	trace_free(&trace);
}

int main(void)
{
	const struct policy_ops *ops;
	unsigned int i;

	tap_begin();
	seed = tap_seed;
	test_models();
	test_anomaly();
	for (i = 0; (ops = sim_policy_nth(i)); i++) {
		test_every_policy(ops);
		test_room_for_all(ops);
		test_writes(ops);
	}
	test_tlb();
	return tap_end();
}
