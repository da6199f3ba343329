/* SPDX-License-Identifier: GPL-2.0 */
/*
 * torture.h - everything at once, at random, against an oracle
 *
 * Several processes of several threads do whatever can be done to a segment
 * that is several times larger than the pool, and every reader knows what it
 * may find.  A page consists of slots of one sector; a slot says where it
 * belongs and which generation it is, under a checksum.  A slot has one
 * writer: on most pages each thread owns one slot, so that all of them write
 * to the same pages; some runs of pages belong to one thread as a whole, so
 * that there can be writes of whole pages.
 *
 * The oracle is in shared anonymous memory, so it outlives a killed process:
 * a writer announces a generation before it touches the slot and completes it
 * afterwards.  A reader that looks at "completed" before, and at "announced"
 * after it has read, must find a generation in between; and if both are the
 * same, nobody was writing, and the slot must be whole.
 *
 * usage: torture [-t SECONDS] [-s SEED] [-w NAME,...] [SCENARIO...]
 *	-t	for all scenarios together, filling and verifying not counted
 *	-w	operations to leave out, to find a culprit, or "readonly": the
 *		process that only reads has a writable mapping after all
 */
#ifndef KPAGER_TORTURE_H
#define KPAGER_TORTURE_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "../common.h"

#define NAME		"torture"
#define SIZE		(48ul << 20)
#define PAGES		(SIZE / PAGE)
#define SECTOR		512ul
#define PER_PAGE	(PAGE / SECTOR)
#define SLOTS		(SIZE / SECTOR)
#define PROCESSES	3u
#define THREADS		2u
#define WRITERS		(PROCESSES * THREADS)
/* One more process only reads; the runner creates, verifies and destroys. */
#define READER		WRITERS
#define RUNNER		(WRITERS + 1)
#define ACTORS		(WRITERS + 2)
#define NOBODY		0xffff
/* Of BLOCK pages, the last WHOLE belong to one writer as a whole. */
#define BLOCK		32u
#define WHOLE		8u
/* Most slots of one operation, and most pages of one change of mappings. */
#define SPAN		64u
#define CHUNK		64u
#define PRIVATE_PAGES	16u
/* Pages behind SIZE that come and go as the segment changes its size. */
#define TAIL		64u
#define STALL_SECONDS	60
#define MAX_REPORTS	40
#define COLUMN_IO_ERRORS 12

struct slot {
	uint64_t sum;
	uint64_t run;
	uint32_t page;
	uint16_t index;
	uint16_t owner;
	uint32_t generation;
	uint32_t how;
	uint64_t payload[60];
};

_Static_assert(sizeof(struct slot) == SECTOR, "a slot is a sector");

struct worker;

#define OPERATIONS(X)		\
	X(touch, 10, true)	\
	X(verify, 20, true)	\
	X(write, 30, false)	\
	X(fork, 2, false)	\
	X(mremap, 4, false)	\
	X(munmap, 4, false)	\
	X(dontneed, 4, true)	\
	X(msync_sync, 2, false)	\
	X(msync_async, 2, false) \
	X(fsync, 1, false)	\
	X(pread, 12, true)	\
	X(pread_to_map, 8, false) \
	X(pwrite, 12, false)	\
	X(pwrite_from_map, 8, false) \
	X(private, 8, false)	\
	X(vm_readv, 6, true)	\
	X(vmsplice, 6, true)	\
	X(mprotect, 4, false)	\
	X(fadvise, 6, true)	\
	X(direct_out, 5, true)	\
	X(direct_in, 5, false)	\
	X(vm_writev, 5, false)	\
	X(resize, 2, false)

enum op {
#define X(name, weight, reader) OP_##name,
	OPERATIONS(X)
#undef X
	NR_OPS, OP_init = NR_OPS, OP_final
};

extern const char *const op_names[];

/**
 * struct scenario - a kind of store, and what goes wrong with it
 * @name: what it is called on the command line
 * @trouble: requests fail; who meets that tries again
 * @prepare: makes the store and returns its path, NULL if that failed
 * @begin: trouble begins, once the segment is filled
 * @cure: trouble ends; called in the middle of the run or at its end
 * @end: the store is not needed any more
 */
struct scenario {
	const char *name;
	bool trouble;
	const char *(*prepare)(void);
	bool (*begin)(void);
	bool (*cure)(void);
	void (*end)(void);
};

extern const struct scenario scenarios[];
extern const unsigned int nr_scenarios;

struct actor {
	pid_t pid;		/* its process, for process_vm_readv */
	pid_t tid;
	pid_t child;		/* that it waits for */
	char *map;
	uint64_t progress;
	uint32_t op;
	bool active;
};

/* What all processes share; never on the segment. */
struct shared {
	uint64_t run;		/* tells this run's slots from older ones */
	uint64_t deadline;
	const struct scenario *scenario;
	const char *without;
	const char *store;
	bool resizing;		/* a worker has the pages behind SIZE */
	unsigned int tap;
	unsigned int tap_failures;
	unsigned int violations;
	unsigned int ready;
	bool go;
	uint64_t ops[NR_OPS];
	uint64_t checked;
	uint64_t store_checks;
	uint64_t unsure;	/* slots that were being written all the time */
	uint64_t killed;
	uint64_t incomplete;	/* reads and writes that were short */
	uint64_t excused;	/* calls that failed because the store does */
	uint64_t told;		/* of these, fsync and msync */
	uint64_t signals;	/* SIGBUS that was waited out */
	struct actor actors[ACTORS];
	uint32_t announced[SLOTS];
	uint32_t completed[SLOTS];
};

extern struct shared *sh;

/**
 * struct worker - a thread
 * @map: its mapping of the whole segment.  All its mappings are in a range of
 *	its own and made with MAP_FIXED, so nobody else's end up in its holes
 * @spare: where mappings are moved to
 * @tail: where the one that resizes maps what is behind the end
 * @cow: its private mapping, of pages from @cow_first; a bit in @cow_mask
 *	says that the page was written to, then @cow_copy has what it contains
 * @floor: generations that were complete before a read
 */
struct worker {
	unsigned int id;
	uint64_t random;
	int fd;
	int store;
	int scratch;
	int pipe[2];
	pthread_t thread;
	char *map;
	char *spare;
	char *cow;
	char *tail;
	uint64_t cow_first;
	uint32_t cow_mask;
	bool cow_mapped;
	uint32_t floor[SPAN];
	char buf[(SPAN + 2) * SECTOR] __attribute__((aligned(PAGE)));
	char cow_copy[PRIVATE_PAGES * PAGE] __attribute__((aligned(PAGE)));
};

#define count(what, n)	__atomic_fetch_add(&sh->what, n, __ATOMIC_RELAXED)

/* oracle.c */
uint64_t now(void);
uint64_t mix(uint64_t x);
uint64_t rnd(struct worker *w, uint64_t below);
void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...);
bool violation(void);
void failed(struct worker *w, const char *what, uint64_t slot, long rc);
bool excused(void);
unsigned int slot_owner(uint64_t slot);
uint32_t announced(uint64_t slot);
uint32_t completed(uint64_t slot);
void floor_sample(struct worker *w, uint64_t first, unsigned int n);
bool slot_check(struct worker *w, const char *via, uint64_t slot, uint32_t low,
		const void *data);
void buffer_check(struct worker *w, const char *via, uint64_t first,
		  unsigned int n, const char *data);
void map_check(struct worker *w, const char *via, uint64_t first,
	       unsigned int n, const char *at);
void slots_announce(uint64_t first, unsigned int n);
void slots_make(struct worker *w, uint64_t first, unsigned int n, void *buf);
void slots_complete(uint64_t first, unsigned int n);

/* access.c */
uint64_t pick_page(struct worker *w);
uint64_t pick_chunk(struct worker *w, unsigned int *n);
uint64_t pick_any(struct worker *w, unsigned int n);
uint64_t own_slot(struct worker *w, uint64_t page);
uint64_t pick_own(struct worker *w, unsigned int n);
unsigned int pick_length(struct worker *w);
char *at(char *map, uint64_t slot);
bool transfer(struct worker *w, bool out, char *buf, size_t len,
	      uint64_t offset);
void remap(struct worker *w, uint64_t page, unsigned int n, int flags);
void write_map(struct worker *w, uint64_t slot, unsigned int n, char *to);
void write_call(struct worker *w, uint64_t slot, unsigned int n, size_t split);

/* process.c */
void die(const char *what);
struct worker *worker_new(unsigned int id, uint64_t seed);
void progress(void);
bool torture(unsigned int seconds, uint64_t seed);
bool without(const char *name);

/* The operations, in ops-map.c and ops-call.c. */
#define X(name, weight, reader) void do_##name(struct worker *w);
OPERATIONS(X)
#undef X

#endif /* KPAGER_TORTURE_H */
