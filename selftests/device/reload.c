// SPDX-License-Identifier: GPL-2.0
/*
 * reload.c - "fill" and "check" a segment on either side of a reload of the
 * module; "sample" checks a few pages, "hold" keeps the segment open.
 * run-all does the rest.
 */
#include "common.h"

#define SIZE	(32ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	uint64_t *map, at, bad = 0;
	int err, fd;

	if (argc != 2) {
		fprintf(stderr, "usage: reload fill|check|sample|hold\n");
		return 2;
	}
	err = segment_create("reload", SIZE, STORE_FILE);
	if (err) {
		errno = err;
		return fail("create");
	}
	fd = segment_open("reload");
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || map == MAP_FAILED)
		return fail("map");
	if (!strcmp(argv[1], "fill")) {
		/* No fsync: the last close has to write it. */
		pattern_fill(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "check")) {
		bad = pattern_errors(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "sample")) {
		for (at = 0; at < TOTAL; at += 100 * WORDS)
			bad += pattern_errors(map + at, at, WORDS, 9);
	} else {
		puts("holding");
		fflush(stdout);
		pause();
	}
	munmap(map, SIZE);
	close(fd);
	if (bad)
		fprintf(stderr, "%llu words are wrong\n",
			(unsigned long long)bad);
	return bad != 0;
}
