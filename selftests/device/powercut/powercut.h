/* SPDX-License-Identifier: GPL-2.0 */
/*
 * powercut.h - a writer whose every step is known beforehand, and what of it
 * must be on the store when the power goes
 *
 * Each thread has pages of its own and writes them over and over, each time as
 * another version; what a page should hold follows from its number and its
 * version.  The steps of a thread follow from the seed alone.  So "thread 1 got
 * through step 300" says which version of each of its pages was acknowledged,
 * whoever says it: a mark in a log of the device, or a line that reached the
 * host before the VM was killed.
 */
#ifndef KPAGER_POWERCUT_H
#define KPAGER_POWERCUT_H

#include <stdbool.h>

#include "../common.h"

#define CUT_THREADS	2u
#define CUT_OWN		256u
#define CUT_PAGES	(CUT_THREADS * CUT_OWN)
#define CUT_SIZE	(CUT_PAGES * PAGE)
#define CUT_SEGMENT	"powercut"
/* Fewer than it has pages: the others are evicted all the time. */
#define CUT_RESIDENT	128u

enum cut_op {
	CUT_STORE,	/* a page, through the mapping */
	CUT_PWRITE,	/* one page or several, by one call */
	CUT_DSYNC,	/* a page, by a call that is synchronous */
	CUT_READ,	/* a page must be what was written last */
	CUT_FSYNC,	/* all pages */
	CUT_FDATASYNC,
	CUT_MSYNC,	/* some pages */
};

/**
 * struct cut_step - what a thread does next
 * @op: what
 * @page: the first page concerned
 * @pages: how many
 */
struct cut_step {
	enum cut_op op;
	unsigned int page, pages;
};

/**
 * struct cut_plan - where a thread is in its list of steps
 * @random: state of the generator
 * @first: the first of its pages
 * @step: steps made so far
 * @version: of each of its pages, as of now
 */
struct cut_plan {
	uint64_t random;
	unsigned int first;
	uint32_t step;
	uint32_t version[CUT_OWN];
};

/* plan.c */
void plan_init(struct cut_plan *plan, unsigned int thread, uint64_t seed);
void plan_next(struct cut_plan *plan, struct cut_step *step);
bool step_acknowledges(const struct cut_step *step);
void page_fill(uint64_t *words, unsigned int page, uint32_t version);

/* writer.c */
typedef bool (*cut_acknowledge)(unsigned int thread, uint32_t step);
const char *write_all(const char *store, uint64_t seed, uint32_t steps,
		      cut_acknowledge acknowledge);
int segment_make(const char *store, uint64_t resident_max);

/**
 * struct cut_page - what is known of a page's contents on the store
 * @low: oldest version in it
 * @high: newest
 * @mixed: it has words of several versions
 */
struct cut_page {
	uint32_t low, high;
	bool mixed;
};

/**
 * struct cut_judge - what must be on the store, and what is
 * @seed: of the writer
 * @plan: of each thread, as far as it was acknowledged
 * @now: contents of the store, if nothing is lost
 * @flushed: contents if everything since the last flush is lost
 * @acknowledged: version that must be there
 * @last: the newest version that was ever written
 * @points: moments that were judged
 * @lost: pages that were older than acknowledged, with and without what the
 *	device had not flushed
 * @garbage: pages with words of no version
 * @mixes: pages that a write-back caught while the writer was in them
 * @complaint: the first thing that was wrong
 */
struct cut_judge {
	uint64_t seed;
	struct cut_plan plan[CUT_THREADS];
	struct cut_page now[CUT_PAGES], flushed[CUT_PAGES];
	uint32_t acknowledged[CUT_PAGES], last[CUT_PAGES];
	unsigned int points, lost, garbage, mixes;
	char complaint[256];
};

/* judge.c */
void judge_init(struct cut_judge *judge, uint64_t seed, uint32_t steps);
bool judge_acknowledged(struct cut_judge *judge, unsigned int thread,
			uint32_t step);
void judge_write(struct cut_judge *judge, unsigned int page,
		 const uint64_t *words);
void judge_flush(struct cut_judge *judge);
void judge_through(struct cut_judge *judge, uint64_t page, uint64_t pages);
void judge_point(struct cut_judge *judge);

/* log.c */
enum { LOG_FLUSH = 1, LOG_FUA = 2, LOG_DISCARD = 4, LOG_MARK = 8 };

/**
 * struct log_entry - a request that reached the device, in order
 * @flags: LOG_...
 * @page: first page it writes
 * @pages: how many
 * @data: what it writes
 * @mark: text of a mark
 */
struct log_entry {
	unsigned int flags;
	uint64_t page, pages;
	const uint64_t *data;
	char mark[64];
};

typedef void (*log_visit)(void *context, const struct log_entry *entry);
const char *log_read(const char *device, log_visit visit, void *context);

#endif /* KPAGER_POWERCUT_H */
