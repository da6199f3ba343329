// SPDX-License-Identifier: GPL-2.0
/*
 * decision.c - see decision.h
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "reclaim/decision.h"

#include "pager/trace.h"

#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

const char *const decision_trigger_names[] = {
#define X(name) #name,
	DECISION_TRIGGERS(X)
#undef X
};

const char *const decision_outcome_names[] = {
#define X(name) #name,
	DECISION_OUTCOMES(X)
#undef X
};

/* A ring: number n is at n % DECISIONS.  Both under the lock. */
static struct decision *decisions;
static u64 decisions_nr;
static DEFINE_SPINLOCK(decisions_lock);

/**
 * decisions_init - take the memory of the record
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int decisions_init(void)
{
	decisions_nr = 0;
	decisions = kvcalloc(DECISIONS, sizeof(*decisions), GFP_KERNEL);
	return decisions ? 0 : -ENOMEM;
}

/**
 * decisions_exit - free it; nobody reads or decides any more
 *
 * Context: may sleep.
 */
void decisions_exit(void)
{
	kvfree(decisions);
}

static void decision_log(const struct decision *d)
{
	pr_warn_ratelimited("decision %llu: no frame for %s[%d] on %s after %llu ms: %s, %u candidates, victim %d, signal %d; see /proc/kpager/oom\n",
			    d->number, d->comm, d->pid,
			    *d->segment ? d->segment : "-", d->waited,
			    decision_outcome_names[d->outcome],
			    d->nr + d->left_out, d->victim, d->signal);
}

/**
 * decision_record - remember a decision, and say so
 * @decision: it; receives its number
 *
 * Context: process context; takes a spinlock.
 */
void decision_record(struct decision *decision)
{
	spin_lock(&decisions_lock);
	decision->number = ++decisions_nr;
	decisions[decision->number % DECISIONS] = *decision;
	spin_unlock(&decisions_lock);
	trace_kpager_oom(decision->number, decision->pid, decision->segment,
			 decision->page, decision->victim, decision->signal,
			 decision_outcome_names[decision->outcome]);
	decision_log(decision);
}

/**
 * decisions_count - how many decisions there were since load
 *
 * Context: any process context; takes a spinlock.
 * Return: the number of the last one.
 */
u64 decisions_count(void)
{
	u64 nr;

	spin_lock(&decisions_lock);
	nr = decisions_nr;
	spin_unlock(&decisions_lock);
	return nr;
}

/**
 * decision_get - look a decision up
 * @number: which
 * @decision: receives it
 *
 * Context: any process context; takes a spinlock.
 * Return: true if it is remembered.
 */
bool decision_get(u64 number, struct decision *decision)
{
	bool found;

	spin_lock(&decisions_lock);
	*decision = decisions[number % DECISIONS];
	found = number && decision->number == number;
	spin_unlock(&decisions_lock);
	return found;
}
