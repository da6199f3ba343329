// SPDX-License-Identifier: GPL-2.0
/*
 * position.c - does it matter where in a segment a page is
 *
 * usage: position FILE
 *
 * Makes FILE, sparse, of 64 MiB, 64 GiB and 1 TiB, with 64 MiB of data at its
 * start, middle and end, and prints what a random read of a page there costs
 * through a segment of that size: lines "kpager position-SIZE-PLACE FIGURE
 * UNIT".  Page tables are populated before.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "pattern.h"
#include "segment.h"

#define READS		6000
#define WRITE_AT_ONCE	(1ul << 20)

static volatile uint64_t sink;
static uint16_t list[2 * READS], all[PATTERN_PAGES];

static void fill(int fd, uint64_t offset)
{
	static char buffer[WRITE_AT_ONCE];
	uint64_t done;

	memset(buffer, 0x5a, sizeof(buffer));
	for (done = 0; done < PATTERN_BYTES; done += sizeof(buffer))
		if (pwrite(fd, buffer, sizeof(buffer), offset + done) !=
		    (ssize_t)sizeof(buffer))
			err(1, "write to the file");
}

/* A round warms up, which also populates the page tables. */
static double cost(int fd, uint64_t offset)
{
	volatile uint64_t *map = mmap(NULL, PATTERN_BYTES, PROT_READ,
				      MAP_SHARED, fd, offset);
	uint64_t start;
	double each;

	if (map == MAP_FAILED)
		err(1, "mmap");
	sink += pattern_run(all, PATTERN_PAGES, map, ~0ull);
	sink += pattern_run(list, READS, map, ~0ull);
	start = __rdtsc();
	sink += pattern_run(list + READS, READS, map, ~0ull);
	each = (double)(__rdtsc() - start) / READS;
	munmap((void *)map, PATTERN_BYTES);
	return each;
}

static void measure(const char *path, const char *name, uint64_t bytes)
{
	static const char *const place[] = { "start", "middle", "end" };
	uint64_t offset[3] = {
		0, (bytes / 2 - PATTERN_BYTES / 2) & -PATTERN_BYTES,
		bytes - PATTERN_BYTES,
	};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), i;

	if (fd < 0 || ftruncate(fd, bytes))
		err(1, "%s", path);
	for (i = 0; i < 3; i++)
		fill(fd, offset[i]);
	if (fsync(fd))
		err(1, "%s", path);
	close(fd);
	fd = bench_segment_open(path, bytes);
	for (i = 0; i < 3; i++) {
		printf("kpager\tposition-%s-%s\t%.0f\tinstructions/access\n",
		       name, place[i], cost(fd, offset[i]));
		fflush(stdout);
	}
	bench_segment_close(fd);
	unlink(path);
}

int main(int argc, char **argv)
{
	struct pattern uniform = { PATTERN_UNIFORM, 0, 88172645463325252ull };
	struct pattern once = { PATTERN_SEQUENTIAL, 0, 1 };

	if (argc != 2) {
		fprintf(stderr, "usage: position FILE\n");
		return 2;
	}
	pattern_fill(&uniform, list, 2 * READS);
	pattern_fill(&once, all, PATTERN_PAGES);
	measure(argv[1], "64M", 64ull << 20);
	measure(argv[1], "64G", 64ull << 30);
	measure(argv[1], "1T", 1ull << 40);
	return 0;
}
