/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share that look again and again. */
#ifndef KPAGER_PACE_H
#define KPAGER_PACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct pace - how often
 * @interval: ns between two looks
 * @count: how many; 0 for no end
 * @given: one of the two was given
 */
struct pace {
	uint64_t interval;
	uint64_t count;
	bool given;
};

/*
 * pace_interval, pace_count - take the argument of an option
 *
 * Return: 0 or EXIT_USAGE.
 */
int pace_interval(struct pace *pace, const char *text);
int pace_count(struct pace *pace, const char *text);

/* pace_start - from now on pace_wait() waits; the interval is 1 s if not given */
void pace_start(struct pace *pace);

/*
 * pace_wait - wait for the next look
 *
 * Looks are an interval apart however long they take; those that are missed
 * are skipped.
 *
 * Return: false if a signal asked to end.
 */
bool pace_wait(struct pace *pace);

/* pace_sleep - wait for a whole interval; as pace_wait() otherwise */
bool pace_sleep(struct pace *pace);

#endif /* KPAGER_PACE_H */
