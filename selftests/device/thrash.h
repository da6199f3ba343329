/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thrash.h - two segments: a good one that fits into a pool of 16 MiB, and a bad
 * one of four times the pool, whose readers take from each other what they need
 * next.
 */
#ifndef KPAGER_DEVICE_THRASH_H
#define KPAGER_DEVICE_THRASH_H

#include <poll.h>
#include <time.h>

#include "area.h"

#define MB		(1ul << 20)
#define SET		(64 * MB)
#define SET_PAGES	(SET / PAGE)

#define GOOD		"good"
#define BAD		"bad"
/* Half of the pool for the one, four times the pool for the other. */
#define GOOD_PAGES	2048ul
#define BAD_PAGES	SET_PAGES

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static inline int attr_of(const char *segment, const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	return write_text(path, text);
}

static inline long long own(const char *segment, const char *key)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/kpager/segment/%s/stat", segment);
	return file_value(path, key);
}

static inline uint64_t random_next(uint64_t *state)
{
	/* xorshift (Marsaglia 2003) */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline uint64_t *map_all(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* Read pages here and there, and count them; for ever. */
static inline pid_t reader_start(const char *name, unsigned long pages,
			  volatile unsigned long *done)
{
	uint64_t seed = 362436069362436069ull;
	const volatile uint64_t *map, *page;
	pid_t pid = fork();
	unsigned int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	map = map_all(segment_open(name), pages * PAGE);
	while (map != MAP_FAILED) {
		page = map + random_next(&seed) % pages * WORDS;
		for (i = 0; i < WORDS; i++)
			(void)page[i];
		(*done)++;
	}
	_exit(1);
}

/* Both segments, and memory to count in; 0 or an errno. */
static inline int pair_create(volatile unsigned long **done)
{
	int err = segment_create(GOOD, GOOD_PAGES * PAGE, STORE_BLOCK);

	if (!err)
		err = segment_create(BAD, SET, STORE_BLOCK2);
	*done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return *done == MAP_FAILED ? ENOMEM : err;
}

static inline int pair_destroy(void)
{
	int err = segment_destroy(GOOD, 0);

	return segment_destroy(BAD, 0) ?: err;
}

static inline void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif /* KPAGER_DEVICE_THRASH_H */
