// SPDX-License-Identifier: GPL-2.0
/*
 * threads.c - random reads of four threads, in wall time
 *
 * usage: threads kpager|mmap|mmap+MADV_RANDOM STORE CGROUP
 *
 * Prints "WHO threads-random-read FIGURE reads/ms".  Wall time of a busy
 * machine means little by itself: compare rounds that follow each other.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"
#include "segment.h"

#define THREADS		4
#define LIST		32768u
#define STEP		8u
#define WARM_MS		1500
/* At least so long, and so many reads. */
#define MEASURE_MS	2500
#define MEASURE_READS	256u

static volatile uint64_t *map;
static atomic_bool stop;
static atomic_ulong reads;
static uint16_t *lists[THREADS];

static void *reader(void *list)
{
	uint64_t sum = 0;
	unsigned int at = 0;

	while (!stop) {
		sum += pattern_run((uint16_t *)list + at, STEP, map, ~0ull);
		at = (at + STEP) % LIST;
		reads += STEP;
	}
	return (void *)(uintptr_t)sum;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double measure(void)
{
	pthread_t thread[THREADS];
	unsigned long before, n;
	double start, ms;
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, reader, lists[i]))
			errx(1, "no thread");
	usleep(WARM_MS * 1000);
	before = reads;
	start = now_ms();
	do {
		usleep(MEASURE_MS * 1000);
		n = reads - before;
		ms = now_ms() - start;
	} while (n < MEASURE_READS);
	stop = true;
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return n / ms;
}

int main(int argc, char **argv)
{
	struct pattern pattern = { .kind = PATTERN_UNIFORM };
	int i, fd, kpager;

	if (argc != 4) {
		fprintf(stderr, "usage: threads WHO STORE CGROUP\n");
		return 2;
	}
	for (i = 0; i < THREADS; i++) {
		lists[i] = malloc(LIST * sizeof(*lists[i]));
		if (!lists[i])
			err(1, "list of accesses");
		pattern.seed = 88172645463325252ull + i * 1234567;
		pattern_fill(&pattern, lists[i], LIST);
	}
	bench_enter_cgroup(argv[3]);
	kpager = !strcmp(argv[1], "kpager");
	fd = kpager ? bench_segment_open(argv[2], PATTERN_BYTES) :
		open(argv[2], O_RDWR);
	if (fd < 0)
		err(1, "%s", argv[2]);
	map = mmap(NULL, PATTERN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	if (!strcmp(argv[1], "mmap+MADV_RANDOM") &&
	    madvise((void *)map, PATTERN_BYTES, MADV_RANDOM))
		err(1, "madvise");
	printf("%s\tthreads-random-read\t%.3f\treads/ms\n", argv[1],
	       measure());
	munmap((void *)map, PATTERN_BYTES);
	if (kpager)
		bench_segment_close(fd);
	return 0;
}
