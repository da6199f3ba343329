// SPDX-License-Identifier: GPL-2.0
/*
 * prefetch.c - see prefetch.h
 */
#include "prefetch.h"

/**
 * prefetch_miss - a reader missed a page
 * @p: what is known of it; all zero in the beginning
 * @page: the page
 * @plan: receives what to read along; the pages may lie outside the segment
 *
 * Context: any.
 */
void __no_kcsan prefetch_miss(struct prefetch *p, u64 page,
			      struct prefetch_plan *plan)
{
	s64 delta = page - p->last;

	if (p->hint == PREFETCH_RANDOM) {
		p->window = 0;
	} else if (p->window && page == p->next) {
		p->window = min_t(u32, 2 * p->window, PREFETCH_MAX);
	} else if (p->hint == PREFETCH_SEQUENTIAL) {
		p->stride = 1;
		p->window = PREFETCH_TOLD;
	} else if (delta && delta == p->stride) {
		p->streak++;
		p->window = p->streak >= 2 ? PREFETCH_FIRST : 0;
	} else {
		p->stride = delta;
		p->streak = 1;
		p->window = 0;
	}
	p->last = page;
	p->next = page + p->stride * (p->window + 1);
	plan->first = page + p->stride;
	plan->stride = p->stride;
	plan->nr = p->window;
}

/**
 * prefetch_continue - a reader came to the mark of its window
 * @p: what is known of it
 * @plan: receives what to read ahead; nothing if its stream ended meanwhile
 *
 * Context: any.
 */
void __no_kcsan prefetch_continue(struct prefetch *p,
				  struct prefetch_plan *plan)
{
	plan->nr = 0;
	if (!p->window)
		return;
	p->window = min_t(u32, 2 * p->window, PREFETCH_MAX);
	plan->first = p->next;
	plan->stride = p->stride;
	plan->nr = p->window;
	p->next += p->stride * p->window;
	p->last = p->next - p->stride;
}

/**
 * prefetch_shorten - less was read ahead than planned
 * @p: what is known of the reader
 * @plan: from prefetch_continue()
 * @nr: how many pages of it were
 *
 * The stream is taken up at the first page that is missing.
 *
 * Context: any.
 */
void __no_kcsan prefetch_shorten(struct prefetch *p,
				 const struct prefetch_plan *plan, u32 nr)
{
	p->next = plan->first + plan->stride * nr;
	p->last = p->next - plan->stride;
}
