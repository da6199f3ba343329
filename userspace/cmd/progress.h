/* SPDX-License-Identifier: GPL-2.0 */
/* A line on a terminal that says how far a long command is. */
#ifndef KPAGER_PROGRESS_H
#define KPAGER_PROGRESS_H

/*
 * progress_show - overwrite the line, at most ten times a second
 *
 * On standard error, and only if that is a terminal.
 */
void progress_show(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* progress_erase - the line, if there is one, gives way to what comes next */
void progress_erase(void);

#endif /* KPAGER_PROGRESS_H */
