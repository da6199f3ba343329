// SPDX-License-Identifier: GPL-2.0
/*
 * pager.c - the access patterns of the pager benchmark
 *
 * usage: pager kpager|mmap|mmap+MADV_RANDOM STORE
 *
 * Maps the store, through a segment or by itself, and prints for each case
 * the instructions an access costs: the time-stamp counter counts them in a
 * VM that runs with -icount.  The least of three rounds is printed; a round
 * before them warms up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "kpager.h"

#define SIZE	(64ul << 20)
#define PAGES	(SIZE / KPAGER_PAGE_SIZE)
#define ROUNDS	3

static volatile uint64_t *map;
static uint64_t sink;

static uint64_t random_next(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void touch(uint64_t page)
{
	sink += map[page * (KPAGER_PAGE_SIZE / sizeof(*map))];
}

/* Each returns the number of accesses it made. */
static unsigned long random_read(void)
{
	const unsigned long n = 4000;
	unsigned long i;

	for (i = 0; i < n; i++)
		touch(random_next() % PAGES);
	return n;
}

static unsigned long sequential_read(void)
{
	unsigned long i;

	for (i = 0; i < PAGES; i++)
		touch(i);
	return PAGES;
}

static const struct {
	const char *name;
	unsigned long (*run)(void);
} cases[] = {
	{ "random-read", random_read },
	{ "sequential-read", sequential_read },
};

static void measure(const char *who, unsigned int c)
{
	double best = 0, cost;
	uint64_t start;
	unsigned long n;
	int round;

	for (round = 0; round <= ROUNDS; round++) {
		start = __rdtsc();
		n = cases[c].run();
		cost = (double)(__rdtsc() - start) / n;
		if (round == 1 || (round && cost < best))
			best = cost;
	}
	printf("%s\t%s\t%.0f\n", who, cases[c].name, best);
	fflush(stdout);
}

static int fail(const char *what)
{
	fprintf(stderr, "pager: %s: %s\n", what, strerror(errno));
	return -1;
}

static int open_segment(const char *store)
{
	struct kpager_create arg = {
		.struct_size = sizeof(arg), .size = SIZE, .name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR);

	arg.backing_fd = open(store, O_RDWR);
	if (control < 0 || arg.backing_fd < 0)
		return fail(control < 0 ? "control" : store);
	if (ioctl(control, KPAGER_CREATE, &arg))
		return fail("create");
	close(arg.backing_fd);
	close(control);
	return open("/dev/kpager/bench", O_RDWR);
}

static int close_segment(int fd)
{
	struct kpager_destroy arg = {
		.struct_size = sizeof(arg), .name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR);

	munmap((void *)map, SIZE);
	close(fd);
	if (ioctl(control, KPAGER_DESTROY, &arg))
		return fail("destroy");
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int c;
	int fd, kpager;

	if (argc != 3) {
		fprintf(stderr, "usage: pager WHO STORE\n");
		return 2;
	}
	kpager = !strcmp(argv[1], "kpager");
	fd = kpager ? open_segment(argv[2]) : open(argv[2], O_RDWR);
	if (fd < 0)
		return -fail(argv[2]);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -fail("mmap");
	if (!strcmp(argv[1], "mmap+MADV_RANDOM"))
		madvise((void *)map, SIZE, MADV_RANDOM);
	for (c = 0; c < sizeof(cases) / sizeof(*cases); c++)
		measure(argv[1], c);
	return kpager && close_segment(fd) ? 1 : 0;
}
