/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz.h - calls that make no sense, or nearly some
 */
#ifndef KPAGER_FUZZ_H
#define KPAGER_FUZZ_H

#include <stdbool.h>
#include <stddef.h>

#include "../common.h"

/* Longest argument of an ioctl. */
#define ARG_MAX_SIZE	1024u
/* Descriptors that every worker has. */
#define FDS		14u
/* Segments that are fuzzed: on a block device, in a file, in memory. */
#define SEGMENTS	3u
#define SEGMENT_PAGES	256ul
#define SEGMENT_SIZE	(SEGMENT_PAGES * PAGE)
/* One that calls may make, and destroy. */
#define OTHER		"fuzz-other"
/* Nobody has an error number above this one. */
#define ERRNO_LAST	133

extern const char *const segment_names[SEGMENTS];

/**
 * struct fuzzer - a worker
 * @random: state of the generator
 * @fds: what calls are made on: nodes, files, pipes, nothing at all
 * @control: of these, the control node
 * @low: two pages below 4 GiB; another thread takes the second away and gives
 *	it back, and writes to the first
 * @segment_map: a mapping of a segment, of which other calls may have taken
 *	parts away
 * @calls: calls made
 * @good: of these, calls that returned no error
 * @succeeded: a bit for each ioctl that did, on any node
 * @complaint: the first result that cannot be
 */
struct fuzzer {
	uint64_t random;
	int fds[FDS], control;
	unsigned char *low;
	unsigned char *segment_map;
	unsigned long calls, good;
	uint64_t succeeded;
	char complaint[200];
};

/* fuzz.c */
uint32_t fuzz_random(struct fuzzer *f, uint32_t below);
uint64_t fuzz_number(struct fuzzer *f);
int fuzz_fd(struct fuzzer *f);
void fuzz_complain(struct fuzzer *f, const char *what, long result);

/* ioctls.c */
void fuzz_ioctl(struct fuzzer *f);
unsigned int ioctl_count(void);
const char *ioctl_name(unsigned int i);

/* calls.c */
void fuzz_call(struct fuzzer *f);
void fuzz_files(struct fuzzer *f);

#endif /* KPAGER_FUZZ_H */
