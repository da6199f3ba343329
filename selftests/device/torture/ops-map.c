// SPDX-License-Identifier: GPL-2.0
/*
 * ops-map.c - what is done through mappings and to mappings; each operation
 * is done by a thread, on its own mappings
 */
#include <sys/wait.h>

#include "torture.h"

void do_touch(struct worker *w)
{
	static const int advice[] = {
		MADV_POPULATE_WRITE, MADV_WILLNEED, MADV_POPULATE_READ,
	};
	unsigned int n, i;
	uint64_t page = pick_chunk(w, &n);
	/* The last one is not for who may only read. */
	uint64_t choice = rnd(w, 12) + (w->id == READER);
	volatile char *p = w->map + page * PAGE;

	if (choice < 3 && madvise((char *)p, n * PAGE, advice[choice]) &&
	    !excused())
		failed(w, "madvise to populate", page * PER_PAGE, -1);
	for (i = 0; i < n; i++)
		p[i * PAGE + rnd(w, PAGE)];
}

void do_verify(struct worker *w)
{
	uint64_t slot = pick_page(w) * PER_PAGE;

	map_check(w, "mapping", slot, PER_PAGE, at(w->map, slot));
}

void do_write(struct worker *w)
{
	unsigned int n = pick_length(w), rounds = 1 + rnd(w, 8);

	while (rounds--) {
		uint64_t slot = pick_own(w, n);

		write_map(w, slot, n, at(w->map, slot));
	}
}

static void child_work(struct worker *w, const uint64_t *slots, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint64_t page = slots[i] / PER_PAGE * PER_PAGE;

		map_check(w, "mapping of the child", page, PER_PAGE,
			  at(w->map, page));
		if (rnd(w, 3))
			write_map(w, slots[i], 1, at(w->map, slots[i]));
		else
			write_call(w, slots[i], 1, 1 + rnd(w, SECTOR - 1));
	}
	_exit(0);
}

/* The child writes in the name of its parent, and may be killed at that. */
void do_fork(struct worker *w)
{
	bool kill_it = !rnd(w, 3);
	uint64_t slots[16];
	unsigned int i, delay = rnd(w, 5000);
	int status = 0;
	pid_t pid;

	for (i = 0; i < 16; i++)
		slots[i] = pick_own(w, 1);
	pid = fork();
	if (pid < 0)
		return failed(w, "fork", slots[0], -1);
	if (!pid)
		child_work(w, slots, 16);
	sh->actors[w->id].child = pid;
	if (kill_it) {
		usleep(delay);
		kill(pid, SIGKILL);
		count(killed, 1);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    (status && !(kill_it && WTERMSIG(status) == SIGKILL)))
		failed(w, "the child", slots[0], status);
	sh->actors[w->id].child = 0;
	for (i = 0; i < 16; i++) {
		if (announced(slots[i]) != completed(slots[i]))
			write_map(w, slots[i], 1, at(w->map, slots[i]));
		map_check(w, "mapping after the child", slots[i], 1,
			  at(w->map, slots[i]));
	}
}

/*
 * What belongs to several VMAs, left behind by earlier operations, is not
 * moved by any kernel; a mapping that was just made is moved.
 */
static bool move_to_spare(struct worker *w, uint64_t page, unsigned int n)
{
	unsigned int try;

	for (try = 0; try < 2; try++) {
		if (try)
			remap(w, page, n, 0);
		if (mremap(w->map + page * PAGE, n * PAGE, n * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, w->spare) == w->spare)
			return true;
		if (errno != EFAULT)
			break;
	}
	failed(w, "mremap", page * PER_PAGE, -1);
	return false;
}

/* Move part of the mapping, use it there, and move it back. */
void do_mremap(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	char *from = w->map + page * PAGE;
	size_t len = n * PAGE;

	if (!move_to_spare(w, page, n))
		return;
	if (slot >= page * PER_PAGE && slot < (page + n) * PER_PAGE)
		write_map(w, slot, 1, at(w->spare, slot - page * PER_PAGE));
	map_check(w, "moved mapping", page * PER_PAGE, PER_PAGE, w->spare);
	if (mremap(w->spare, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, from) !=
	    from)
		failed(w, "mremap back", page * PER_PAGE, -1);
	map_check(w, "mapping moved back", page * PER_PAGE, PER_PAGE, from);
}

void do_munmap(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);

	/* Sometimes all of it, which also makes it one VMA again. */
	if (!rnd(w, 16)) {
		page = 0;
		n = PAGES;
	}
	write_map(w, slot, 1, at(w->map, slot));
	if (munmap(w->map + page * PAGE, n * PAGE))
		failed(w, "munmap", page * PER_PAGE, -1);
	if (rnd(w, 2))
		write_call(w, slot, 1, 0);
	remap(w, page, n, n > CHUNK || rnd(w, 4) ? 0 : MAP_POPULATE);
	map_check(w, "new mapping", page * PER_PAGE, PER_PAGE,
		  w->map + page * PAGE);
}

void do_dontneed(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);

	if (w->id != READER)
		write_map(w, slot, 1, at(w->map, slot));
	if (madvise(w->map + page * PAGE, n * PAGE, MADV_DONTNEED))
		failed(w, "madvise", page * PER_PAGE, -1);
	map_check(w, "mapping after DONTNEED", page * PER_PAGE, PER_PAGE,
		  w->map + page * PAGE);
}
static void cow_check(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < PRIVATE_PAGES; i++) {
		uint64_t page = w->cow_first + i;
		char *p = w->cow + i * PAGE;

		if (!(w->cow_mask & 1u << i))
			map_check(w, "private mapping", page * PER_PAGE,
				  PER_PAGE, p);
		else if (memcmp(p, w->cow_copy + i * PAGE, PAGE) && violation())
			say("# VIOLATION worker %u: private copy of page %lu changed\n",
			    w->id, page);
	}
}

/* The mapping stays for many operations, while its pages are evicted. */
void do_private(struct worker *w)
{
	unsigned int i = rnd(w, PRIVATE_PAGES);

	if (w->cow_mapped)
		cow_check(w);
	if (!w->cow_mapped || !rnd(w, 16)) {
		w->cow_first = pick_page(w) % (PAGES - PRIVATE_PAGES);
		w->cow_mask = 0;
		if (mmap(w->cow, PRIVATE_PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED, w->fd,
			 w->cow_first * PAGE) != w->cow)
			return failed(w, "private mmap", 0, -1);
		w->cow_mapped = true;
	} else if (!rnd(w, 16)) {
		w->cow_mask = 0;
		if (madvise(w->cow, PRIVATE_PAGES * PAGE, MADV_DONTNEED))
			failed(w, "private madvise", 0, -1);
		cow_check(w);
	}
	/* If this were not private, some other thread would find it. */
	memset(w->cow + i * PAGE + rnd(w, PER_PAGE) * SECTOR, rnd(w, 256),
	       SECTOR);
	w->cow_mask |= 1u << i;
	memcpy(w->cow_copy + i * PAGE, w->cow + i * PAGE, PAGE);
}
void do_mprotect(struct worker *w)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	char *p = w->map + page * PAGE;
	bool none = !rnd(w, 3);

	if (mprotect(p, n * PAGE, none ? PROT_NONE : PROT_READ))
		return failed(w, "mprotect", slot, -1);
	write_call(w, slot, 1, 0);
	if (!none)
		map_check(w, "mapping to read", page * PER_PAGE, PER_PAGE, p);
	if (mprotect(p, n * PAGE, PROT_READ | PROT_WRITE))
		failed(w, "mprotect", slot, -1);
	map_check(w, "mapping after mprotect", page * PER_PAGE, PER_PAGE, p);
	write_map(w, slot, 1, at(w->map, slot));
}