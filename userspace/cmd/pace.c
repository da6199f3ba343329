// SPDX-License-Identifier: GPL-2.0
/* Looking again and again. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "kpager.h"
#include "pace.h"

#define SECOND	1000000000ull

/* Bounds of an interval, in seconds. */
#define INTERVAL_MIN	0.01
#define INTERVAL_MAX	86400.0

static volatile sig_atomic_t ended;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

int pace_interval(struct pace *pace, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	/* Not a number fails both comparisons. */
	if (end == text || *end ||
	    !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
		return usage_error("--interval '%s' is not a number of seconds from %g to %g",
				   text, INTERVAL_MIN, INTERVAL_MAX);
	pace->interval = (uint64_t)llround(seconds * (double)SECOND);
	pace->given = true;
	return 0;
}

int pace_count(struct pace *pace, const char *text)
{
	char *end;
	long count;

	errno = 0;
	count = strtol(text, &end, 10);
	if (errno || end == text || *end || count < 1)
		return usage_error("--count '%s' is not a positive number",
				   text);
	pace->count = (uint64_t)count;
	pace->given = true;
	return 0;
}

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

void pace_start(struct pace *pace)
{
	/* No SA_RESTART: the wait has to end. */
	struct sigaction action = { .sa_handler = end };

	if (!pace->interval)
		pace->interval = SECOND;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static bool wait_until(uint64_t when)
{
	const struct timespec until = {
		.tv_sec = (time_t)(when / SECOND),
		.tv_nsec = (long)(when % SECOND),
	};

	while (!ended && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
					 NULL) == EINTR)
		;
	return !ended;
}

bool pace_wait(struct pace *pace)
{
	/* Multiples of the interval: no drift, and neighbours look together. */
	return wait_until((now() / pace->interval + 1) * pace->interval);
}

bool pace_sleep(struct pace *pace)
{
	return wait_until(now() + pace->interval);
}
