// SPDX-License-Identifier: GPL-2.0
/*
 * ops-size.c - the segment grows and shrinks under everything else
 *
 * One worker at a time has the pages behind SIZE, so it knows what they hold:
 * what it wrote and synced last comes back when the segment grows again.
 */
#include "torture.h"

static int segment_resize(uint64_t size)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = size, .name = NAME,
	};

	return control_call(KPAGER_RESIZE, &arg);
}

static bool resize(struct worker *w, uint64_t pages)
{
	int err = segment_resize(SIZE + pages * PAGE);

	errno = err;
	if (err)
		failed(w, "resize", SLOTS, -1);
	return !err;
}

/* A byte of the tail, fetched by the kernel: no signal if it is not there. */
static bool reached(struct worker *w, const char *p)
{
	bool there = write(w->pipe[1], p, 1) == 1;
	char byte;

	return there && read(w->pipe[0], &byte, 1) == 1;
}

static void tail_complain(struct worker *w, unsigned int page, const char *what)
{
	if (violation())
		say("# VIOLATION worker %u, resize at page %lu: %s\n", w->id,
		    PAGES + page, what);
}

static void tail_check(struct worker *w, const char *tail, uint64_t generation,
		       unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = first; i < last; i++)
		if (pattern_errors((uint64_t *)(tail + i * PAGE), i * WORDS,
				   WORDS, generation))
			tail_complain(w, i, "not what was written");
}

static void tail_use(struct worker *w, char *tail)
{
	uint64_t generation = rnd(w, UINT32_MAX);
	unsigned int keep = rnd(w, TAIL + 1);
	bool synced;

	pattern_fill((uint64_t *)tail, 0, TAIL * WORDS, generation);
	tail_check(w, tail, generation, 0, TAIL);
	synced = rnd(w, 2) && !msync(tail, TAIL * PAGE, MS_SYNC);
	if (!resize(w, keep))
		return;
	if (keep < TAIL && reached(w, tail + keep * PAGE))
		tail_complain(w, keep, "there behind the end");
	if (keep < TAIL && pread(w->fd, w->buf, 1, SIZE + keep * PAGE))
		tail_complain(w, keep, "read behind the end");
	tail_check(w, tail, generation, 0, keep);
	if (!resize(w, TAIL))
		return;
	/* What was cut off and not synced may be any older state. */
	tail_check(w, tail, generation, 0, synced ? TAIL : keep);
}

void do_resize(struct worker *w)
{
	char *tail;

	if (__atomic_exchange_n(&sh->resizing, true, __ATOMIC_ACQUIRE))
		return;
	if (resize(w, TAIL)) {
		/* Elsewhere it might lie where another thread unmapped. */
		tail = mmap(w->tail, TAIL * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, w->fd, SIZE);
		if (tail == MAP_FAILED) {
			failed(w, "mmap of the tail", SLOTS, -1);
		} else {
			tail_use(w, tail);
			if (mmap(tail, TAIL * PAGE, PROT_NONE, MAP_PRIVATE |
				 MAP_ANONYMOUS | MAP_FIXED, -1, 0) != tail)
				die("room for the tail");
		}
		resize(w, 0);
	}
	__atomic_store_n(&sh->resizing, false, __ATOMIC_RELEASE);
}
