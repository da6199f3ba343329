/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of kpager doctor share. */
#ifndef KPAGER_DOCTOR_H
#define KPAGER_DOCTOR_H

#include <stddef.h>

#include "libkpager.h"

enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,		/* worth knowing */
	VERDICT_WRONG,		/* needs mending */
	VERDICT_UNKNOWN,	/* could not be looked at */
};

/* Room for what was found and for what mends it. */
#define FOUND_SIZE	320

/**
 * struct finding - the result of a check
 * @check: what was looked at
 * @verdict: what it is like
 * @found: what was found
 * @mend: the command that mends it; "" if nothing needs to be
 */
struct finding {
	const char *check;
	enum verdict verdict;
	char found[FOUND_SIZE];
	char mend[FOUND_SIZE];
};

/* struct findings - all of them, in order */
struct findings {
	struct finding *list;
	size_t count;
};

/*
 * finding_add - add a finding with what was found
 *
 * Return: the finding, valid until the next is added.
 */
struct finding *finding_add(struct findings *findings, const char *check,
			    enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* finding_mend - say what mends it */
void finding_mend(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * doctor_read - the beginning of a small file of the system
 * @text: set to it, without the newline at its end; "" if there is none
 *
 * Return: 0 or a negative errno.
 */
int doctor_read(const char *path, char *text, size_t size);

/* doctor_path - @path below the root that is examined, in @real */
const char *doctor_path(char *real, size_t size, const char *path);

/* doctor_stores - examine the stores of the segments */
void doctor_stores(struct findings *findings,
		   const struct kpager_segments *segments);

#endif /* KPAGER_DOCTOR_H */
