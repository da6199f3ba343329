// SPDX-License-Identifier: GPL-2.0
/*
 * access.c - which slots an operation takes, and the ways to reach them
 */
#include "torture.h"

/* Some pages are everybody's favourites, so that threads meet on them. */
uint64_t pick_page(struct worker *w)
{
	return rnd(w, 4) ? rnd(w, PAGES) : rnd(w, 2 * BLOCK);
}

/* Pages for a change of mappings; the number of them goes to @n. */
uint64_t pick_chunk(struct worker *w, unsigned int *n)
{
	uint64_t page = pick_page(w);

	*n = 1 + rnd(w, rnd(w, 4) ? 8 : CHUNK);
	return page + *n > PAGES ? PAGES - *n : page;
}

uint64_t pick_any(struct worker *w, unsigned int n)
{
	uint64_t slot = pick_page(w) * PER_PAGE + rnd(w, PER_PAGE);

	return slot + n > SLOTS ? SLOTS - n : slot;
}

/* A slot of one's own on or after a page. */
uint64_t own_slot(struct worker *w, uint64_t page)
{
	while (page % BLOCK >= BLOCK - WHOLE)
		page = (page + 1) % PAGES;
	return page * PER_PAGE + w->id;
}

/* @n slots of one's own: more than one are in a run of whole pages. */
uint64_t pick_own(struct worker *w, unsigned int n)
{
	uint64_t block, room = WHOLE * PER_PAGE - n;

	if (n == 1 && rnd(w, 4))
		return own_slot(w, pick_page(w));
	block = rnd(w, PAGES / BLOCK / WRITERS) * WRITERS + w->id;
	block = (block * BLOCK + BLOCK - WHOLE) * PER_PAGE;
	/* Whole pages if that is possible, most of the time. */
	if (n % PER_PAGE == 0 && rnd(w, 4))
		return block + rnd(w, room / PER_PAGE + 1) * PER_PAGE;
	return block + rnd(w, room + 1);
}

unsigned int pick_length(struct worker *w)
{
	switch (rnd(w, 4)) {
	case 0:
		return 1 + rnd(w, SPAN);
	case 1:
		return PER_PAGE * (1 + rnd(w, WHOLE));
	default:
		return 1;
	}
}

char *at(char *map, uint64_t slot)
{
	return map + slot * SECTOR;
}

/* Read or write all of a range of the segment, in a few calls if need be. */
bool transfer(struct worker *w, bool out, char *buf, size_t len,
	      uint64_t offset)
{
	size_t done = 0;
	ssize_t rc;

	while (done < len) {
		if (out)
			rc = pwrite(w->fd, buf + done, len - done,
				    offset + done);
		else
			rc = pread(w->fd, buf + done, len - done,
				   offset + done);
		if (rc < 0 && excused())
			continue;
		if (rc <= 0) {
			failed(w, out ? "pwrite" : "pread", offset / SECTOR,
			       rc);
			return false;
		}
		done += rc;
		if (done < len)
			count(incomplete, 1);
	}
	return true;
}

void remap(struct worker *w, uint64_t page, unsigned int n, int flags)
{
	char *want = w->map + page * PAGE;

	if (mmap(want, n * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED | flags, w->fd, page * PAGE) == want)
		return;
	failed(w, "mmap", page * PER_PAGE, -1);
	_exit(2);
}
void write_map(struct worker *w, uint64_t slot, unsigned int n, char *to)
{
	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	memcpy(to, w->buf, n * SECTOR);
	slots_complete(slot, n);
}

/* In two pieces, at an odd place if @split is not 0. */
void write_call(struct worker *w, uint64_t slot, unsigned int n, size_t split)
{
	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	if (split)
		transfer(w, true, w->buf, split, slot * SECTOR);
	transfer(w, true, w->buf + split, n * SECTOR - split,
		 slot * SECTOR + split);
	slots_complete(slot, n);
}