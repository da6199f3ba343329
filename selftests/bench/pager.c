// SPDX-License-Identifier: GPL-2.0
/*
 * pager.c - what an access to a mapping costs, kpager's and Linux's own
 *
 * usage: pager kpager|mmap|mmap+MADV_RANDOM STORE CGROUP [CASE...]
 *
 * Maps the store, through a segment or by itself, and prints for each case
 * lines "WHO CASE FIGURE UNIT", tab-separated.  The time-stamp counter counts
 * instructions in a VM that runs with -icount; what the access loop costs by
 * itself is measured too and taken off.  The mean of three rounds is printed;
 * rounds before them warm up.
 *
 * The lists of accesses are made before the program enters the memory cgroup
 * CGROUP ("-": none), so that they do not count against its limit.  The cases
 * of resident pages are run before it enters: how little memory there is does
 * not matter to them, but Linux's own writes back as soon as a tenth of a
 * cgroup is dirty, and that would be measured along.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <x86intrin.h>

#include "kpager.h"
#include "pattern.h"

#define ROUNDS		3
/* What the resident cases touch: half of the memory that there is. */
#define RESIDENT_PAGES	2048u

/**
 * struct bench_case - one thing to measure
 * @name: as printed
 * @pattern: what is accessed
 * @accesses: a round's
 * @warm: rounds that are not counted
 * @resident: the pages are resident and clean, and mapped anew in each round
 */
struct bench_case {
	const char *name;
	struct pattern pattern;
	size_t accesses;
	unsigned int warm;
	bool resident;
};

static const struct bench_case cases[] = {
	{ "random-read", { PATTERN_UNIFORM, 0, 88172645463325252ull },
	  6000, 1, false },
	{ "zipf-read", { PATTERN_ZIPF, 0, 362436069362436069ull },
	  12000, 2, false },
	{ "zipf-write", { PATTERN_ZIPF, 20, 521288629521288629ull },
	  12000, 2, false },
	{ "sequential-read", { PATTERN_SEQUENTIAL, 0, 1 },
	  PATTERN_PAGES, 1, false },
	{ "sequential-write", { PATTERN_SEQUENTIAL, 100, 1 },
	  PATTERN_PAGES, 1, false },
	{ "resident-read", { PATTERN_SEQUENTIAL, 0, 1 },
	  RESIDENT_PAGES, 1, true },
	{ "resident-write", { PATTERN_SEQUENTIAL, 100, 1 },
	  RESIDENT_PAGES, 1, true },
};

#define CASES	(sizeof(cases) / sizeof(*cases))

/**
 * struct peer - who serves the mapping
 * @name: as printed
 * @kpager: it is a segment of kpager
 * @random: with MADV_RANDOM
 * @fd: what is mapped
 * @map: the mapping
 * @charged: the cgroup's memory.stat
 */
static struct {
	const char *name;
	bool kpager;
	bool random;
	int fd;
	volatile uint64_t *map;
	char charged[256];
} peer;

static volatile uint64_t sink;

static void print(const char *what, const char *part, double figure,
		  const char *unit)
{
	printf("%s\t%s%s\t%.*f\t%s\n", peer.name, what, part,
	       figure < 100 ? 2 : 0, figure, unit);
	fflush(stdout);
}

/* The value of a line "KEY VALUE" in a file of such lines. */
static unsigned long long value(const char *path, const char *key)
{
	unsigned long long v = 0;
	size_t n = strlen(key);
	FILE *f = fopen(path, "r");
	bool found = false;
	char line[256];

	if (!f)
		err(1, "%s", path);
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, key, n) &&
			sscanf(line + n, " %llu", &v) == 1;
	fclose(f);
	if (!found)
		errx(1, "%s: has no line '%s'", path, key);
	return v;
}

static unsigned long long pages_written(void)
{
	if (peer.kpager)
		return value("/proc/kpager/stat", "pages_written");
	return value("/proc/vmstat", "nr_written");
}

/* A segment's line in /proc/kpager/segments begins with name and size. */
static unsigned long long resident_pages(void)
{
	const char *list = "/proc/kpager/segments";
	unsigned long long pages = 0;
	char line[4096];
	FILE *f;

	if (!peer.kpager)
		return value(peer.charged, "file ") / PATTERN_PAGE_SIZE;
	f = fopen(list, "r");
	if (!f)
		err(1, "%s", list);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "bench %*u %llu", &pages);
	fclose(f);
	if (!pages)
		errx(1, "%s: no resident pages", list);
	return pages;
}

/*
 * What the books about the pages in memory take, beside struct page and page
 * tables, which both have.  Linux's own: the slab objects charged to the
 * cgroup, that is the tree of the page cache and the buffer heads.
 */
static void print_metadata(const char *name)
{
	unsigned long long pages = resident_pages();
	const char *stat = "/proc/kpager/stat";

	print(name, "-pages", pages, "resident-pages");
	if (peer.kpager) {
		print(name, "-metadata",
		      (double)(value(stat, "metadata_bytes") +
			       value(stat, "policy_bytes")) / pages,
		      "bytes/resident-page");
		return;
	}
	print(name, "-metadata", (double)value(peer.charged, "slab ") / pages,
	      "bytes/resident-page");
}

static long major_faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		err(1, "getrusage");
	return usage.ru_majflt;
}

static void map_new(void)
{
	if (peer.map)
		munmap((void *)peer.map, PATTERN_BYTES);
	peer.map = mmap(NULL, PATTERN_BYTES, PROT_READ | PROT_WRITE,
			MAP_SHARED, peer.fd, 0);
	if (peer.map == MAP_FAILED)
		err(1, "mmap");
	if (peer.random &&
	    madvise((void *)peer.map, PATTERN_BYTES, MADV_RANDOM))
		err(1, "madvise");
}

/* Fault the pages in, clean them, and forget the page tables. */
static void make_resident(const struct bench_case *c, uint16_t *list)
{
	uint64_t sum = 0;
	long before;
	size_t i;
	int try;

	for (try = 0; try < 16; try++) {
		before = major_faults();
		for (i = 0; i < c->accesses; i++)
			sum += peer.map[(list[i] & PATTERN_PAGE) *
					PATTERN_PAGE_SIZE / sizeof(*peer.map)];
		if (major_faults() == before)
			break;
	}
	sink += sum;
	if (try == 16)
		errx(1, "%s: %u pages do not stay resident", c->name,
		     RESIDENT_PAGES);
	if (fsync(peer.fd))
		err(1, "fsync");
	map_new();
}

/* Instructions of the list itself, by accesses to one word. */
static uint64_t loop_cost(const uint16_t *list, size_t n)
{
	volatile uint64_t word = 0;
	uint64_t best = UINT64_MAX, start, cost;
	int i;

	for (i = 0; i < 3; i++) {
		start = __rdtsc();
		sink += pattern_run(list, n, &word, 0);
		cost = __rdtsc() - start;
		if (cost < best)
			best = cost;
	}
	return best;
}

/*
 * What runs between these is profiled (profile.c).  They are called only for
 * their addresses.
 */
#define MARK	__attribute__((noinline, used, section("marks")))

static MARK void mark_begin(void)
{
	__asm__ volatile("" : : : "memory");
}

static MARK void mark_end(void)
{
	__asm__ volatile("" : : : "memory");
}

static void measure(const struct bench_case *c, uint16_t *lists)
{
	unsigned long long written;
	uint64_t start, cost, sum = 0;
	unsigned int round;
	uint16_t *list;
	long major;

	if (fsync(peer.fd))
		err(1, "fsync");
	written = pages_written();
	for (round = 0; round < c->warm + ROUNDS; round++) {
		list = lists + round * c->accesses;
		if (c->resident)
			make_resident(c, list);
		major = major_faults();
		if (round >= c->warm)
			mark_begin();
		start = __rdtsc();
		sink += pattern_run(list, c->accesses, peer.map, ~0ull);
		cost = __rdtsc() - start;
		if (round >= c->warm)
			mark_end();
		if (round >= c->warm)
			sum += cost - loop_cost(list, c->accesses);
		if (c->resident && major_faults() != major)
			errx(1, "%s: pages were not resident", c->name);
	}
	print(c->name, "", (double)sum / ROUNDS / c->accesses,
	      "instructions/access");
	print(c->name, "-accesses", (double)c->accesses * ROUNDS, "accesses");
	if (c->pattern.kind == PATTERN_UNIFORM)
		print_metadata(c->name);
	if (fsync(peer.fd))
		err(1, "fsync");
	if (c->pattern.writes)
		print(c->name, "-back", (double)(pages_written() - written) * 100 /
		      c->pattern.writes / c->accesses / round,
		      c->pattern.writes == 100 ? "page-writes/dirtied-page" :
		      "page-writes/write-access");
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	while (*names)
		if (!strcmp(*names++, name))
			return true;
	return false;
}

static void measure_all(bool resident, uint16_t *list[CASES], char **names)
{
	size_t c;

	for (c = 0; c < CASES; c++)
		if (cases[c].resident == resident &&
		    wanted(cases[c].name, names))
			measure(&cases[c], list[c]);
}

/* Pages that are in the page cache stay charged to who brought them in. */
static void drop_cache(void)
{
	int err_no;

	map_new();
	err_no = posix_fadvise(peer.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err_no)
		errx(1, "posix_fadvise: %s", strerror(err_no));
}

static void open_segment(const char *store)
{
	struct kpager_create arg = {
		.struct_size = sizeof(arg), .size = PATTERN_BYTES,
		.name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR);

	if (control < 0)
		err(1, "/dev/kpager/control");
	arg.backing_fd = open(store, O_RDWR);
	if (arg.backing_fd < 0)
		err(1, "%s", store);
	if (ioctl(control, KPAGER_CREATE, &arg))
		err(1, "create");
	close(arg.backing_fd);
	close(control);
	peer.fd = open("/dev/kpager/bench", O_RDWR);
}

static void close_segment(void)
{
	struct kpager_destroy arg = {
		.struct_size = sizeof(arg), .name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR);

	if (ioctl(control, KPAGER_DESTROY, &arg))
		err(1, "destroy");
	close(control);
}

static void enter_cgroup(const char *dir)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	uint16_t *list[CASES];
	size_t c, n;

	if (argc < 4) {
		fprintf(stderr, "usage: pager WHO STORE CGROUP [CASE...]\n");
		return 2;
	}
	for (c = 0; c < CASES; c++) {
		n = cases[c].accesses * (cases[c].warm + ROUNDS);
		list[c] = malloc(n * sizeof(*list[c]));
		if (!list[c])
			err(1, "list of accesses");
		pattern_fill(&cases[c].pattern, list[c], n);
	}
	peer.name = argv[1];
	peer.kpager = !strcmp(argv[1], "kpager");
	peer.random = !strcmp(argv[1], "mmap+MADV_RANDOM");
	snprintf(peer.charged, sizeof(peer.charged), "%s/memory.stat", argv[3]);
	if (peer.kpager)
		open_segment(argv[2]);
	else
		peer.fd = open(argv[2], O_RDWR);
	if (peer.fd < 0)
		err(1, "%s", argv[2]);
	map_new();
	measure_all(true, list, argv + 4);
	if (strcmp(argv[3], "-"))
		enter_cgroup(argv[3]);
	/* What is in memory now is charged to nobody: forget it. */
	if (!peer.kpager)
		drop_cache();
	measure_all(false, list, argv + 4);
	munmap((void *)peer.map, PATTERN_BYTES);
	close(peer.fd);
	if (peer.kpager)
		close_segment();
	return 0;
}
