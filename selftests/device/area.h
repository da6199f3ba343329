/* SPDX-License-Identifier: GPL-2.0 */
/*
 * area.h - a segment larger than the pool, mapped, whose pages are evicted
 * all the time: another process touches one after the other in a loop.
 */
#ifndef KPAGER_DEVICE_AREA_H
#define KPAGER_DEVICE_AREA_H

#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common.h"

/* 5,120 pages for the 3,072 frames of a pool of 12 MiB. */
#define AREA_SIZE	(20ul << 20)
#define AREA_PAGES	(AREA_SIZE / PAGE)
#define AREA_WORDS	(AREA_SIZE / sizeof(uint64_t))

struct area {
	const char *name;
	int fd;
	uint64_t *map;
	pid_t churn;
	long long evictions;
};

/* Touch every page once, so that what was resident before is evicted. */
static inline void area_touch_all(const uint64_t *map)
{
	const volatile uint64_t *p = map;
	uint64_t i;

	for (i = 0; i < AREA_WORDS; i += WORDS)
		(void)p[i];
}

static inline uint64_t *area_map(int fd, int prot, int flags)
{
	return mmap(NULL, AREA_SIZE, prot, flags, fd, 0);
}

static inline void area_churn(const char *name)
{
	int fd = segment_open(name);
	uint64_t *map = area_map(fd, PROT_READ, MAP_SHARED);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (map != MAP_FAILED)
		area_touch_all(map);
	_exit(1);
}

/* Wait until pages are being evicted; false if they are not. */
static inline bool area_evicts(struct area *a)
{
	int i;

	for (i = 0; i < 3000; i++) {
		if (stat_value("evictions") > a->evictions)
			return true;
		usleep(10000);
	}
	return false;
}

/* Create, open and map; the contents are pattern generation 1.  0 or errno. */
static inline int area_begin(struct area *a, const char *name,
			     const char *store)
{
	int err;

	/* What a test that failed may have left behind. */
	segment_destroy(name, KPAGER_DESTROY_DISCARD);
	err = segment_create(name, AREA_SIZE, store);
	if (err)
		return err;
	a->name = name;
	a->fd = segment_open(name);
	if (a->fd < 0)
		return errno;
	a->map = area_map(a->fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	if (a->map == MAP_FAILED)
		return errno;
	pattern_fill(a->map, 0, AREA_WORDS, 1);
	/* Writing what is dirty now takes its time; not ours. */
	if (fsync(a->fd))
		return errno;
	a->evictions = stat_value("evictions");
	a->churn = fork();
	if (a->churn < 0)
		return errno;
	if (!a->churn)
		area_churn(name);
	return area_evicts(a) ? 0 : ETIME;
}

/*
 * Wait until the other process has gone round: everything was evicted since.
 * False if it does not get anywhere.
 */
static inline bool area_evicted(struct area *a)
{
	long long from = stat_value("evictions");
	int i;

	for (i = 0; i < 3000 && !kill(a->churn, 0); i++) {
		if (stat_value("evictions") - from > (long long)AREA_PAGES)
			return true;
		usleep(10000);
	}
	return false;
}

/* 0 or an errno. */
static inline int area_end(struct area *a)
{
	kill(a->churn, SIGKILL);
	waitpid(a->churn, NULL, 0);
	munmap(a->map, AREA_SIZE);
	close(a->fd);
	return segment_destroy(a->name, 0);
}

static inline int child_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Which signal reading or writing a byte brings, or 0. */
static sigjmp_buf access_jump;

static inline void access_signal(int sig)
{
	siglongjmp(access_jump, sig);
}

static inline int access_try(volatile void *at, bool write)
{
	struct sigaction act = { .sa_handler = access_signal }, bus, segv;
	volatile unsigned char *byte = at;
	int sig;

	sigaction(SIGBUS, &act, &bus);
	sigaction(SIGSEGV, &act, &segv);
	sig = sigsetjmp(access_jump, 1);
	if (!sig) {
		unsigned char is = *byte;

		if (write)
			*byte = is;
	}
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return sig;
}

#endif /* KPAGER_DEVICE_AREA_H */
