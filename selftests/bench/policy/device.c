// SPDX-License-Identifier: GPL-2.0
/*
 * device.c - misses and instructions of loads, kpager's policies and Linux's
 *
 * usage: device [-d] kpager|WHO STORE CGROUP LOAD...
 *        device print LOAD...
 *
 * Maps the store, through a segment or by itself, runs each load, a segment
 * under each policy (-d: under the default only), and prints lines
 * "WHO LOAD POLICY MISSES INSTRUCTIONS PAGES", tab-separated: the first two
 * figures by access, the last what is resident at the end; the policy is "-"
 * for Linux.  The default policy is printed first, as "kpager default POLICY".
 * Nothing is read ahead (MADV_RANDOM), so that an access misses or does not.
 * "print" prints loads for kpager replay.
 *
 * A LOAD is one of those below, or NAME.list, a file of recorded accesses
 * (pagetrace.c).  A miss of kpager is counted by the segment, one of Linux is
 * a major fault.  The time-stamp counter counts instructions in a VM that runs
 * with -icount, those of kernel threads included; what the access loop costs
 * by itself is taken off.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../../../module/policy/policy.h"
#include "../pattern.h"
#include "../segment.h"

#define POLICY_ATTR	"/sys/class/kpager/bench/policy"
#define SEGMENT_STAT	"/proc/kpager/segment/bench/stat"

/**
 * struct load - a list of accesses
 * @name: as printed
 * @pattern: how it is made, unless it is read
 * @accesses: how many
 * @warm: of these, the first ones that are not counted
 * @list: the accesses
 */
struct load {
	const char *name;
	struct pattern pattern;
	size_t accesses;
	size_t warm;
	uint16_t *list;
};

static struct load made[] = {
	{ "zipf", { PATTERN_ZIPF, 0, 362436069362436069ull },
	  80000, 20000, NULL },
	{ "zipf-scans", { PATTERN_ZIPF_SCANS, 0, 521288629521288629ull },
	  80000, 20000, NULL },
	{ "loop", { PATTERN_LOOP, 0, 1 }, 5 * PATTERN_PAGES / 2,
	  PATTERN_PAGES / 2, NULL },
	{ "sequential", { PATTERN_SEQUENTIAL, 0, 1 }, PATTERN_PAGES, 0, NULL },
	{ "phases", { PATTERN_PHASES, 0, 88172645463325252ull }, 160000, 0,
	  NULL },
};

/**
 * struct peer - who serves the mapping
 * @name: as printed
 * @kpager: it is a segment of kpager
 * @charged: the cgroup's memory.stat
 * @fd: what is mapped
 * @map: the mapping
 */
static struct {
	const char *name;
	bool kpager;
	char charged[256];
	int fd;
	volatile uint64_t *map;
} peer;

static volatile uint64_t sink;

static void load_read(struct load *load, const char *path)
{
	const char *slash = strrchr(path, '/');
	FILE *f = fopen(path, "r");
	struct stat st;

	if (!f || fstat(fileno(f), &st))
		err(1, "%s", path);
	load->name = strndup(slash ? slash + 1 : path,
			     strcspn(slash ? slash + 1 : path, "."));
	load->accesses = (size_t)st.st_size / sizeof(*load->list);
	load->list = malloc((size_t)st.st_size + 1);
	if (!load->list || !load->accesses ||
	    fread(load->list, sizeof(*load->list), load->accesses, f) !=
	    load->accesses)
		errx(1, "%s: cannot be read", path);
	fclose(f);
}

static struct load load_get(const char *name)
{
	struct load load = { 0 };
	size_t i;

	for (i = 0; i < sizeof(made) / sizeof(*made); i++) {
		if (strcmp(made[i].name, name))
			continue;
		load = made[i];
		load.list = malloc(load.accesses * sizeof(*load.list));
		if (!load.list)
			err(1, "%s", name);
		pattern_fill(&load.pattern, load.list, load.accesses);
		return load;
	}
	if (!strstr(name, ".list"))
		errx(2, "there is no load '%s'", name);
	load_read(&load, name);
	return load;
}

static void load_print(const struct load *load)
{
	size_t i;

	for (i = 0; i < load->accesses; i++)
		printf("%c %u\n", load->list[i] & PATTERN_WRITE ? 'W' : 'R',
		       (unsigned int)(load->list[i] & PATTERN_PAGE));
}

static void attr_write(const char *text)
{
	FILE *f = fopen(POLICY_ATTR, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		err(1, "%s: %s", POLICY_ATTR, text);
}

static void attr_read(char *text, int size)
{
	FILE *f = fopen(POLICY_ATTR, "r");

	if (!f || !fgets(text, size, f))
		err(1, "%s", POLICY_ATTR);
	fclose(f);
	text[strcspn(text, "\n")] = 0;
}

static unsigned long long misses(void)
{
	struct rusage usage;

	if (peer.kpager)
		return bench_value(SEGMENT_STAT, "misses ");
	if (getrusage(RUSAGE_SELF, &usage))
		err(1, "getrusage");
	return (unsigned long long)usage.ru_majflt;
}

static unsigned long long resident(void)
{
	if (peer.kpager)
		return bench_value(SEGMENT_STAT, "resident ");
	return bench_value(peer.charged, "file ") / PATTERN_PAGE_SIZE;
}

/* Nothing in memory, nothing remembered. */
static void start_over(const char *policy)
{
	int err_no;

	if (peer.map)
		munmap((void *)peer.map, PATTERN_BYTES);
	if (fsync(peer.fd))
		err(1, "fsync");
	err_no = posix_fadvise(peer.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err_no)
		errx(1, "posix_fadvise: %s", strerror(err_no));
	if (peer.kpager) {
		if (resident())
			errx(1, "pages stay in memory");
		/* Another one first: the same would keep its ghosts. */
		attr_write(strcmp(policy, "fifo") ? "fifo" : "clock");
		attr_write(policy);
	}
	peer.map = mmap(NULL, PATTERN_BYTES, PROT_READ | PROT_WRITE,
			MAP_SHARED, peer.fd, 0);
	if (peer.map == MAP_FAILED)
		err(1, "mmap");
	if (madvise((void *)peer.map, PATTERN_BYTES, MADV_RANDOM))
		err(1, "madvise");
}

static void measure(const struct load *load, const char *policy)
{
	const uint16_t *list = load->list + load->warm;
	size_t n = load->accesses - load->warm;
	unsigned long long missed;
	uint64_t start, cost;

	start_over(policy);
	sink += pattern_run(load->list, load->warm, peer.map, ~0ull);
	missed = misses();
	start = __rdtsc();
	sink += pattern_run(list, n, peer.map, ~0ull);
	cost = __rdtsc() - start;
	missed = misses() - missed;
	printf("%s\t%s\t%s\t%.4f\t%.0f\t%llu\n", peer.name, load->name, policy,
	       (double)missed / (double)n,
	       ((double)cost - (double)pattern_cost(list, n)) / (double)n,
	       resident());
	fflush(stdout);
}

/* Every policy that hardware can serve. */
static void measure_all(const struct load *load)
{
	const struct policy_ops *ops;
	unsigned int i;

	for (i = 0; (ops = policy_nth(i)); i++)
		if (!(ops->flags & (POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY)))
			measure(load, ops->name);
}

static void run_kpager(const char *store, const struct load *loads, int n,
		       bool only_default)
{
	char policy[64];
	int i;

	peer.fd = bench_segment_open(store, PATTERN_BYTES);
	attr_read(policy, sizeof(policy));
	printf("%s\tdefault\t%s\n", peer.name, policy);
	for (i = 0; i < n; i++) {
		if (only_default)
			measure(&loads[i], policy);
		else
			measure_all(&loads[i]);
	}
	munmap((void *)peer.map, PATTERN_BYTES);
	bench_segment_close(peer.fd);
}

static void run_linux(const char *store, const char *cgroup,
		      const struct load *loads, int n)
{
	int i;

	peer.fd = open(store, O_RDWR);
	if (peer.fd < 0)
		err(1, "%s", store);
	bench_enter_cgroup(cgroup);
	snprintf(peer.charged, sizeof(peer.charged), "%s/memory.stat", cgroup);
	for (i = 0; i < n; i++)
		measure(&loads[i], "-");
}

int main(int argc, char **argv)
{
	struct load loads[32];
	bool only_default = false, print;
	int n = 0, i;

	if (argc > 1 && !strcmp(argv[1], "-d")) {
		only_default = true;
		argv++;
		argc--;
	}
	print = argc > 1 && !strcmp(argv[1], "print");
	if (argc < (print ? 3 : 5)) {
		fprintf(stderr, "usage: device [-d] kpager|WHO STORE CGROUP LOAD...\n");
		return 2;
	}
	/* Made before the program enters the cgroup: they count for nobody. */
	for (i = print ? 2 : 4; i < argc && n < 32; i++)
		loads[n++] = load_get(argv[i]);
	if (print) {
		for (i = 0; i < n; i++)
			load_print(&loads[i]);
		return 0;
	}
	peer.name = argv[1];
	peer.kpager = !strcmp(argv[1], "kpager");
	if (peer.kpager)
		run_kpager(argv[2], loads, n, only_default);
	else
		run_linux(argv[2], argv[3], loads, n);
	return 0;
}
