/* SPDX-License-Identifier: GPL-2.0 */
/* kpager bench: what is measured, and the process that measures it. */
#ifndef KPAGER_BENCH_H
#define KPAGER_BENCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../selftests/bench/pattern.h"

/* Who serves the mapping. */
enum bench_who {
	BENCH_KPAGER,
	BENCH_MMAP,
	BENCH_MMAP_RANDOM,	/* with MADV_RANDOM */
	BENCH_PEERS
};

/**
 * struct bench_figure - what was measured
 * @there: it was
 * @accesses: how many
 * @ns: how long they took; writes until they were on the store
 * @major: major faults of them
 */
struct bench_figure {
	bool there;
	uint64_t accesses;
	uint64_t ns;
	uint64_t major;
};

/**
 * struct bench_run - a measurement
 * @pattern: what is accessed
 * @who: through what
 * @path: the segment's node, or the file
 * @cgroup: a memory cgroup whose limit the process is to have, or ""
 * @ns: how long it is to take, a quarter more to warm up
 */
struct bench_run {
	struct pattern pattern;
	enum bench_who who;
	const char *path;
	const char *cgroup;
	uint64_t ns;
};

/*
 * bench_measure - measure, in a process of its own
 *
 * What fails is reported.
 *
 * Return: an exit code; EXIT_FAILED, too, if a signal asked to end.
 */
int bench_measure(const struct bench_run *run, struct bench_figure *figure);

/*
 * bench_cgroup_make - a memory cgroup
 * @path: set to its directory, or "" if there can be none
 * @bytes: its limit
 *
 * Return: why there can be none, or NULL.
 */
const char *bench_cgroup_make(char path[PATH_MAX], uint64_t bytes);

/* bench_cgroup_remove - remove it; nobody is in it any more */
void bench_cgroup_remove(const char *path);

#endif /* KPAGER_BENCH_H */
