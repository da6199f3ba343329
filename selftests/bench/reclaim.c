// SPDX-License-Identifier: GPL-2.0
/*
 * reclaim.c - what it costs to take a page back, kpager's and Linux's own
 *
 * usage: reclaim cost kpager|mmap+MADV_RANDOM STORE CGROUP
 *        reclaim latency kpager|mmap|mmap+MADV_RANDOM STORE CGROUP
 *
 * cost: pages of the store are read, or written, here and there.  First while
 * there is memory for them; then in steady state, when for each page that
 * comes in another one has to go.  What a page that comes in costs more then,
 * whoever spends it (the program, reclaim's threads, write-back), is the cost
 * of taking one back.  The time-stamp counter counts instructions in a VM that
 * runs with -icount, one a nanosecond; the store copies nothing.  While the
 * program waits, as a writer does that the kernel slows down, a process spins
 * that runs only when nobody else does, and its time is taken off.
 * Prints "WHO reclaim-clean|reclaim-dirty FIGURE instructions/reclaimed-page".
 *
 * latency: a thread, or, as a crowd, four of them, read and write here and there
 * in steady state; prints the time that 999 of 1000 accesses keep below.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "pattern.h"
#include "segment.h"

/*
 * Accesses of a round.  In steady state a quarter of the pages is in memory;
 * the pages whose cost is taken without reclaim come when it is almost so.
 */
#define ROUND		6000u
#define ROUNDS		3
#define WARM		3
#define FILL		2600u
#define FREE		900u

static struct {
	const char *name;
	bool kpager;
	bool random;
	int fd;
	volatile uint64_t *map;
	char charged[256];
} peer;

static volatile uint64_t sink;

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

/* What is in memory is written, and forgotten. */
static void forget_all(void)
{
	int err_no;

	if (fsync(peer.fd))
		err(1, "fsync");
	map_new();
	err_no = posix_fadvise(peer.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err_no)
		errx(1, "posix_fadvise: %s", strerror(err_no));
}

static unsigned long long pages_in(void)
{
	if (peer.kpager)
		return bench_value("/proc/kpager/stat", "pages_read");
	/* In KiB, and counted when a request begins. */
	return bench_value("/proc/vmstat", "pgpgin ") / 4;
}

static unsigned long long pages_out(void)
{
	if (peer.kpager)
		return bench_value("/proc/kpager/stat", "evictions ");
	return bench_value(peer.charged, "pgsteal ");
}

/* Instructions of the list itself, by accesses to one word. */
static uint64_t loop_cost(const uint16_t *list, size_t n)
{
	volatile uint64_t word = 0;
	uint64_t start;

	sink += pattern_run(list, n, &word, 0);
	start = __rdtsc();
	sink += pattern_run(list, n, &word, 0);
	return __rdtsc() - start;
}

/* Takes the CPU's time when nobody wants it. */
static clockid_t idler_start(void)
{
	struct sched_param param = { .sched_priority = 0 };
	clockid_t clock;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (sched_setscheduler(0, SCHED_IDLE, &param))
			err(1, "SCHED_IDLE");
		for (;;)
			__asm__ volatile("" : : : "memory");
	}
	if (clock_getcpuclockid(pid, &clock))
		errx(1, "clock of process %d", pid);
	return clock;
}

static clockid_t idler;
static uint64_t idle_all;

static uint64_t idle_ns(void)
{
	struct timespec t;

	if (clock_gettime(idler, &t))
		err(1, "clock");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Instructions of a list of accesses.  What came and went meanwhile. */
static double run(const uint16_t *list, size_t n, unsigned long long *in,
		  unsigned long long *out)
{
	unsigned long long in_before = pages_in(), out_before = pages_out();
	uint64_t cost, idle = idle_ns(), start = __rdtsc();

	sink += pattern_run(list, n, peer.map, ~0ull);
	cost = __rdtsc() - start;
	idle = idle_ns() - idle;
	idle_all += idle;
	cost -= idle < cost ? idle : cost;
	*in = pages_in() - in_before;
	*out = pages_out() - out_before;
	return (double)cost - loop_cost(list, n);
}

/* What a page that comes in costs while nothing has to go. */
static double measure_free(unsigned int writes)
{
	static uint16_t list[PATTERN_PAGES];
	uint64_t random = 88172645463325252ull;
	unsigned long long in, out;
	unsigned int i, j;
	uint16_t swap;
	double cost;

	for (i = 0; i < PATTERN_PAGES; i++)
		list[i] = i | (writes ? PATTERN_WRITE : 0);
	/* Every page once, in any order (Durstenfeld 1964). */
	for (i = PATTERN_PAGES - 1; i; i--) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		j = random % (i + 1);
		swap = list[i];
		list[i] = list[j];
		list[j] = swap;
	}
	forget_all();
	run(list, FILL, &in, &out);
	cost = run(list + FILL, FREE, &in, &out);
	if (out || in < FREE || in > FREE + FREE / 50)
		errx(1, "%s: %llu pages came and %llu went, not %u and none",
		     peer.name, in, out, FREE);
	return cost / FREE;
}

static void measure_steady(const char *name, unsigned int writes, double free)
{
	struct pattern pattern = { PATTERN_UNIFORM, writes,
				   362436069362436069ull };
	unsigned long long in, out, all_in = 0, all_out = 0;
	static uint16_t list[(WARM + ROUNDS) * ROUND];
	double cost = 0, one;
	int i;

	idle_all = 0;

	pattern_fill(&pattern, list, (WARM + ROUNDS) * ROUND);
	for (i = 0; i < WARM + ROUNDS; i++) {
		one = run(list + i * ROUND, ROUND, &in, &out);
		if (i < WARM)
			continue;
		cost += one;
		all_in += in;
		all_out += out;
	}
	if (all_out < all_in / 2)
		errx(1, "%s: %llu pages came and only %llu went", name, all_in,
		     all_out);
	printf("# %s: %s: waited %.0f ns for each page\n", peer.name, name,
	       (double)idle_all / all_in);
	printf("%s\t%s-free\t%.0f\tinstructions/page-in\n", peer.name, name,
	       free);
	printf("%s\t%s-steady\t%.0f\tinstructions/page-in\n", peer.name, name,
	       cost / all_in);
	printf("%s\t%s\t%.0f\tinstructions/reclaimed-page\n", peer.name, name,
	       (cost - free * all_in) / all_out);
	fflush(stdout);
}

static void cost(const char *cgroup)
{
	char unlimited[256] = "-";
	double clean, dirty;

	/* What it costs to belong to a cgroup is no part of reclaim. */
	if (!peer.kpager)
		snprintf(unlimited, sizeof(unlimited), "%s-free", cgroup);
	bench_enter_cgroup(unlimited);
	/* The first time brings the pool to its size. */
	measure_free(100);
	clean = measure_free(0);
	dirty = measure_free(100);
	forget_all();
	bench_enter_cgroup(cgroup);
	measure_steady("reclaim-clean", 0, clean);
	forget_all();
	measure_steady("reclaim-dirty", 100, dirty);
	forget_all();
}

/* ---- how long an access takes at worst -------------------------------- */

#define THREADS		4u
#define WARM_US		1000000
#define MEASURE_US	3000000
#define LIST		32768u
/* Times are counted in buckets of 1/16 of their value. */
#define BUCKETS		1024u

static atomic_bool stop, measuring;
static uint16_t *lists[THREADS];
static unsigned long counts[THREADS][BUCKETS];

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift = ns < 16 ? 0 : 59 - __builtin_clzll(ns);

	return shift * 16 + (ns >> shift);
}

static double bucket_end(unsigned int bucket)
{
	unsigned int shift = bucket < 32 ? 0 : bucket / 16 - 1;

	return (double)((bucket - shift * 16 + 1ull) << shift);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void *accessor(void *arg)
{
	size_t n = (uint16_t **)arg - lists, at = 0;
	uint64_t sum = 0, start;

	while (!stop) {
		start = now_ns();
		sum += pattern_run(lists[n] + at, 1, peer.map, ~0ull);
		if (measuring)
			counts[n][bucket_of(now_ns() - start)]++;
		at = (at + 1) % LIST;
	}
	return (void *)(uintptr_t)sum;
}

static double percentile(double share)
{
	unsigned long all = 0, sum = 0;
	unsigned int i, n;

	for (i = 0; i < BUCKETS; i++)
		for (n = 0; n < THREADS; n++)
			all += counts[n][i];
	for (i = 0; i < BUCKETS; i++) {
		for (n = 0; n < THREADS; n++)
			sum += counts[n][i];
		if (sum >= all * share)
			break;
	}
	printf("# %s: %lu accesses\n", peer.name, all);
	return bucket_end(i) / 1000;
}

/*
 * Of as many threads as there are CPUs, or more, the longest times are those of
 * others' turns, which are the scheduler's: so it is one thread, or a crowd.
 */
static void latency(const char *cgroup, bool crowd)
{
	const char *clock = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "-wall" : "";
	unsigned int i, n = crowd ? THREADS : 1;
	pthread_t thread[THREADS];

	for (i = 0; i < n; i++) {
		struct pattern pattern = { PATTERN_UNIFORM, 20,
					   88172645463325252ull + i * 1234567 };

		lists[i] = malloc(LIST * sizeof(*lists[i]));
		if (!lists[i])
			err(1, "list of accesses");
		pattern_fill(&pattern, lists[i], LIST);
	}
	forget_all();
	bench_enter_cgroup(cgroup);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, accessor, &lists[i]))
			errx(1, "no thread");
	usleep(WARM_US);
	measuring = true;
	usleep(MEASURE_US);
	stop = true;
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	printf("%s\tfault-p99.9%s\t%.1f\tus/access\n", peer.name,
	       crowd ? "-crowd" : clock, percentile(0.999));
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: reclaim cost|latency|crowd WHO STORE CGROUP\n");
		return 2;
	}
	peer.name = argv[2];
	peer.kpager = !strcmp(argv[2], "kpager");
	peer.random = !strcmp(argv[2], "mmap+MADV_RANDOM");
	snprintf(peer.charged, sizeof(peer.charged), "%s/memory.stat", argv[4]);
	/* Before there is anything that it would hold, too. */
	if (!strcmp(argv[1], "cost"))
		idler = idler_start();
	peer.fd = peer.kpager ? bench_segment_open(argv[3], PATTERN_BYTES) :
		open(argv[3], O_RDWR);
	if (peer.fd < 0)
		err(1, "%s", argv[3]);
	map_new();
	if (!strcmp(argv[1], "cost"))
		cost(argv[4]);
	else
		latency(argv[4], !strcmp(argv[1], "crowd"));
	munmap((void *)peer.map, PATTERN_BYTES);
	if (peer.kpager)
		bench_segment_close(peer.fd);
	return 0;
}
