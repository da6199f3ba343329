/* SPDX-License-Identifier: GPL-2.0 */
/* Signals that end a command which has something to clean up first. */
#ifndef KPAGER_SIGNALS_H
#define KPAGER_SIGNALS_H

#include <stdbool.h>

/*
 * signals_catch - from now on SIGHUP, SIGINT and SIGTERM are remembered only
 *
 * A system call that waits ends with EINTR. A signal that was ignored remains
 * so.
 */
void signals_catch(void);

/* signals_caught - did one come? Return: its number, or 0. */
int signals_caught(void);

/* signals_die - end as if it had not been caught, so that a shell sees it */
void signals_die(void) __attribute__((noreturn));

#endif /* KPAGER_SIGNALS_H */
