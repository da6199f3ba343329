// SPDX-License-Identifier: GPL-2.0
/*
 * reload.c - "fill" and "check" a segment on either side of a reload of the
 * module; "press" writes to all pages, of which a part fits, what is in them
 * already; "hold" keeps the segment open,
 * "pin" closes it but holds pages of it in a pipe until it is terminated, and
 * then checks them.  run-all does the rest.
 */
#include <signal.h>
#include <sys/uio.h>

#include "common.h"

#define SIZE	(32ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))

static int fail(const char *what)
{
	perror(what);
	return 1;
}

#define PINNED	8u

static int pin(uint64_t *map, int fd)
{
	static uint64_t held[PINNED * WORDS];
	struct iovec iov = { map, PINNED * PAGE };
	int pipe_fd[2], sig;
	uint64_t bad;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pattern_fill(map, 0, PINNED * WORDS, 10);
	if (pipe(pipe_fd) || vmsplice(pipe_fd[1], &iov, 1, 0) != sizeof(held))
		return fail("vmsplice");
	munmap(map, SIZE);
	close(fd);
	puts("holding");
	fflush(stdout);
	sigwait(&set, &sig);
	if (read(pipe_fd[0], held, sizeof(held)) != sizeof(held))
		return fail("read");
	bad = pattern_errors(held, 0, PINNED * WORDS, 10);
	if (bad)
		fprintf(stderr, "%llu words of held pages changed\n",
			(unsigned long long)bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	uint64_t *map, at, bad = 0;
	int err, fd;

	if (argc != 2) {
		fprintf(stderr, "usage: reload fill|check|press|hold|pin\n");
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
	if (!strcmp(argv[1], "pin"))
		return pin(map, fd);
	if (!strcmp(argv[1], "fill")) {
		/* No fsync: the last close has to write it. */
		pattern_fill(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "check")) {
		bad = pattern_errors(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "press")) {
		for (at = 0; at < TOTAL; at += WORDS) {
			bad += map[at] != pattern(at, 9);
			map[at] = pattern(at, 9);
		}
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
