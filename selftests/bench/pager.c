// SPDX-License-Identifier: GPL-2.0
/*
 * pager.c - what an access to a mapping costs, kpager's and Linux's own
 *
 * usage: pager kpager|kpager+whatif|mmap|mmap+MADV_RANDOM|userfaultfd STORE CGROUP [CASE...]
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
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <x86intrin.h>

#include "pattern.h"
#include "segment.h"
#include "uffd.h"

#define ROUNDS		3
/* What the resident cases touch: half of the memory that there is. */
#define RESIDENT_PAGES	2048u
/* Pages that the handler of userfaultfd keeps: 16 MiB. */
#define UFFD_FRAMES	4096u

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
 * @kpager: it is a segment of kpager; kpager+whatif: with a sample of 1 % of
 *	its pages simulated under other policies
 * @random: with MADV_RANDOM
 * @uffd: it is served by a thread of this program
 * @fd: what is mapped
 * @map: the mapping
 * @charged: the cgroup's memory.stat
 */
static struct {
	const char *name;
	bool kpager;
	bool random;
	bool uffd;
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

static unsigned long long pages_written(void)
{
	if (peer.kpager)
		return bench_value("/proc/kpager/stat", "pages_written");
	if (peer.uffd)
		return uffd_written();
	return bench_value("/proc/vmstat", "nr_written");
}

/* A segment's line in /proc/kpager/segments begins with name and size. */
static unsigned long long resident_pages(void)
{
	const char *list = "/proc/kpager/segments";
	unsigned long long pages = 0;
	char line[4096];
	FILE *f;

	if (!peer.kpager)
		return bench_value(peer.charged, "file ") / PATTERN_PAGE_SIZE;
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
		      (double)(bench_value(stat, "metadata_bytes") +
			       bench_value(stat, "policy_bytes")) / pages,
		      "bytes/resident-page");
		return;
	}
	print(name, "-metadata", (double)bench_value(peer.charged, "slab ") / pages,
	      "bytes/resident-page");
}

static long major_faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		err(1, "getrusage");
	return usage.ru_majflt;
}

static void sync_all(void)
{
	if (peer.uffd)
		uffd_sync();
	else if (fsync(peer.fd))
		err(1, "fsync");
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

/* Of what is clean nothing stays in memory. */
static void drop_cache(void)
{
	int err_no;

	map_new();
	err_no = posix_fadvise(peer.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err_no)
		errx(1, "posix_fadvise: %s", strerror(err_no));
}

/*
 * Fault the pages in, clean them, and forget the page tables.  Memory is empty
 * before, or a policy might insist on what was used in the round before.
 */
static void make_resident(const struct bench_case *c, uint16_t *list)
{
	uint64_t sum = 0;
	long before;
	size_t i;
	int try;

	sync_all();
	drop_cache();
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
	sync_all();
	map_new();
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

/*
 * Flushes of the TLB for each page that is evicted, in a further round, which
 * the tracepoint makes slower.  Flushes that a switch between tasks makes up
 * for later are among them; a switch that flushes nothing (0 pages) is not.
 */
static unsigned long long tlb_flushes(void)
{
	const char *stats = "/sys/kernel/tracing/per_cpu/cpu0/stats";

	return bench_value(stats, "entries:") + bench_value(stats, "overrun:");
}

static unsigned long long evictions(void)
{
	if (peer.kpager)
		return bench_value("/proc/kpager/stat", "evictions ");
	return bench_value(peer.charged, "pgsteal ");
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		err(1, "%s", path);
}

#define TRACE_TLB	"/sys/kernel/tracing/events/tlb/tlb_flush/"

static void measure_flushes(const struct bench_case *c, const uint16_t *list)
{
	unsigned long long flushes, pages;

	write_file(TRACE_TLB "filter", "pages != 0");
	pages = evictions();
	flushes = tlb_flushes();
	write_file(TRACE_TLB "enable", "1");
	sink += pattern_run(list, c->accesses, peer.map, ~0ull);
	write_file(TRACE_TLB "enable", "0");
	flushes = tlb_flushes() - flushes;
	pages = evictions() - pages;
	if (!pages)
		errx(1, "%s: nothing was evicted", c->name);
	printf("%s\t%s-flushes\t%.4f\tTLB-flushes/evicted-page\n", peer.name,
	       c->name, (double)flushes / pages);
	fflush(stdout);
}

static void measure(const struct bench_case *c, uint16_t *lists)
{
	unsigned long long written;
	uint64_t start, cost, sum = 0;
	unsigned int round;
	uint16_t *list;
	long major;

	/* What the case before used is not evicted in this one; a ring's is. */
	sync_all();
	if (!peer.uffd)
		drop_cache();
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
			sum += cost - pattern_cost(list, c->accesses);
		if (c->resident && major_faults() != major)
			errx(1, "%s: pages were not resident", c->name);
	}
	print(c->name, "", (double)sum / ROUNDS / c->accesses,
	      "instructions/access");
	print(c->name, "-accesses", (double)c->accesses * ROUNDS, "accesses");
	if (!c->resident && !peer.uffd) {
		measure_flushes(c, lists);
		round++;
	}
	if (c->pattern.kind == PATTERN_UNIFORM && !peer.uffd)
		print_metadata(c->name);
	sync_all();
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
	peer.kpager = !strncmp(argv[1], "kpager", strlen("kpager"));
	peer.random = !strcmp(argv[1], "mmap+MADV_RANDOM");
	snprintf(peer.charged, sizeof(peer.charged), "%s/memory.stat", argv[3]);
	peer.uffd = !strcmp(argv[1], "userfaultfd");
	if (peer.kpager)
		peer.fd = bench_segment_open(argv[2], PATTERN_BYTES);
	else
		peer.fd = open(argv[2], O_RDWR | (peer.uffd ? O_DIRECT : 0));
	if (peer.fd < 0)
		err(1, "%s", argv[2]);
	if (!strcmp(argv[1], "kpager+whatif"))
		write_file("/sys/class/kpager/bench/whatif", "100");
	if (peer.uffd) {
		peer.map = uffd_map(peer.fd, PATTERN_BYTES, UFFD_FRAMES);
		measure_all(false, list, argv + 4);
		return 0;
	}
	map_new();
	measure_all(true, list, argv + 4);
	bench_enter_cgroup(argv[3]);
	/* What is in the page cache stays charged to who brought it in. */
	if (!peer.kpager)
		drop_cache();
	measure_all(false, list, argv + 4);
	munmap((void *)peer.map, PATTERN_BYTES);
	if (peer.kpager)
		bench_segment_close(peer.fd);
	return 0;
}
