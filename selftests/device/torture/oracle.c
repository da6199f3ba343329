// SPDX-License-Identifier: GPL-2.0
/*
 * oracle.c - what a slot must contain, and complaints if it does not
 */
#include <sched.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

struct shared *sh;

const char *const op_names[] = {
#define X(name, weight, reader) #name,
	OPERATIONS(X)
#undef X
	"init", "final",
};

uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

uint64_t rnd(struct worker *w, uint64_t below)
{
	w->random += 0x9e3779b97f4a7c15ull;
	return mix(w->random) % below;
}

/* Threads and killable children print too, so one write and no stdio. */
void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 1)
		len = sizeof(line) - 1;
	if (write(STDOUT_FILENO, line, len) != len)
		_exit(4);
}

bool violation(void)
{
	return count(violations, 1) < MAX_REPORTS;
}

void failed(struct worker *w, const char *what, uint64_t slot, long rc)
{
	int err = errno;

	if (violation())
		say("# VIOLATION worker %u, %s at page %lu: %s returned %ld (%s)\n",
		    w->id, op_names[sh->actors[w->id].op], slot / PER_PAGE,
		    what, rc, rc < 0 ? strerror(err) : "short");
}

/* Did a call fail because the store does?  Then it is tried again, later. */
bool excused(void)
{
	if (!sh->scenario->trouble ||
	    (errno != EIO && errno != ENOSPC && errno != EFAULT &&
	     errno != ENOMEM))
		return false;
	count(excused, 1);
	usleep(20000);
	return true;
}

/* Slots: whose they are, what they should contain. */

unsigned int slot_owner(uint64_t slot)
{
	uint64_t page = slot / PER_PAGE;

	if (page % BLOCK >= BLOCK - WHOLE)
		return page / BLOCK % WRITERS;
	return slot % PER_PAGE < WRITERS ? slot % PER_PAGE : NOBODY;
}

static uint64_t slot_sum(const struct slot *s)
{
	const uint64_t *word = (const uint64_t *)s;
	uint64_t sum = 1, i;

	for (i = 1; i < SECTOR / sizeof(*word); i++)
		sum = (sum ^ word[i]) * 0x9e3779b97f4a7c15ull + (sum >> 29);
	return sum;
}

static void slot_make(struct slot *s, uint64_t slot, uint32_t generation,
		      uint32_t how)
{
	s->run = sh->run;
	s->page = slot / PER_PAGE;
	s->index = slot % PER_PAGE;
	s->owner = slot_owner(slot);
	s->generation = generation;
	s->how = how;
	pattern_fill(s->payload, slot * 60, 60, generation);
	s->sum = slot_sum(s);
}

static bool slot_whole(const struct slot *s, uint64_t slot)
{
	return s->run == sh->run && s->page == slot / PER_PAGE &&
		s->index == slot % PER_PAGE && s->owner == slot_owner(slot) &&
		s->sum == slot_sum(s);
}

uint32_t announced(uint64_t slot)
{
	return __atomic_load_n(&sh->announced[slot], __ATOMIC_SEQ_CST);
}

uint32_t completed(uint64_t slot)
{
	return __atomic_load_n(&sh->completed[slot], __ATOMIC_SEQ_CST);
}

void floor_sample(struct worker *w, uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		w->floor[i] = completed(first + i);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void report(struct worker *w, const char *via, uint64_t slot,
		   uint32_t low, uint32_t high, const struct slot *s)
{
	unsigned int i, bad = 0, first = 0, last = 0;

	if (!violation())
		return;
	for (i = 0; i < 60; i++) {
		if (s->payload[i] == pattern(slot * 60 + i, s->generation))
			continue;
		first = bad++ ? first : i;
		last = i;
	}
	say("# VIOLATION worker %u, %s, %s: page %lu slot %lu offset %#lx: expected generation %u to %u of owner %u; found page %u slot %u generation %u of owner %u, written by %s%s, checksum %s, %u bad payload words (%u to %u)\n",
	    w->id, op_names[sh->actors[w->id].op], via, slot / PER_PAGE,
	    slot % PER_PAGE, slot * SECTOR, low, high, slot_owner(slot),
	    s->page, s->index, s->generation, s->owner,
	    s->how <= OP_final ? op_names[s->how] : "nothing known",
	    s->run == sh->run ? "" : " in another run",
	    s->sum == slot_sum(s) ? "good" : "bad", bad, first, last);
}

/*
 * Judge a copy of a slot that was made after @low was complete.  False if it
 * was being written meanwhile, so that nothing can be said.
 */
bool slot_check(struct worker *w, const char *via, uint64_t slot, uint32_t low,
		const void *data)
{
	struct slot copy;
	uint32_t high;

	memcpy(&copy, data, sizeof(copy));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	high = announced(slot);
	if (!slot_whole(&copy, slot)) {
		if (low != high)
			return false;
		report(w, via, slot, low, high, &copy);
	} else if (copy.generation < low || copy.generation > high) {
		report(w, via, slot, low, high, &copy);
	}
	return true;
}

/* Check what was read after floor_sample(). */
void buffer_check(struct worker *w, const char *via, uint64_t first,
		  unsigned int n, const char *data)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!slot_check(w, via, first + i, w->floor[i],
				data + i * SECTOR))
			count(unsure, 1);
	count(checked, n);
}

/* Check slots in a mapping: these can be looked at again. */
void map_check(struct worker *w, const char *via, uint64_t first,
	       unsigned int n, const char *at)
{
	unsigned int i, try;

	for (i = 0; i < n; i++) {
		for (try = 0; try < 50; try++) {
			uint32_t low = completed(first + i);

			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			if (slot_check(w, via, first + i, low, at + i * SECTOR))
				break;
			sched_yield();
		}
		if (try == 50)
			count(unsure, 1);
	}
	count(checked, n);
}

void slots_announce(uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__atomic_fetch_add(&sh->announced[first + i], 1,
				   __ATOMIC_SEQ_CST);
}

/* The announced generation of slots, ready to be copied to them. */
void slots_make(struct worker *w, uint64_t first, unsigned int n, void *buf)
{
	struct slot *s = buf;
	unsigned int i;

	for (i = 0; i < n; i++)
		slot_make(s + i, first + i, announced(first + i),
			  sh->actors[w->id].op);
}

void slots_complete(uint64_t first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__atomic_store_n(&sh->completed[first + i],
				 announced(first + i), __ATOMIC_SEQ_CST);
}