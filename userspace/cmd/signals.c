// SPDX-License-Identifier: GPL-2.0
/* Signals that end a command which has something to clean up first. */
#include <signal.h>
#include <stdlib.h>

#include "signals.h"

static const int fatal_signals[] = { SIGHUP, SIGINT, SIGTERM };

#define N_SIGNALS	(sizeof(fatal_signals) / sizeof(fatal_signals[0]))

static volatile sig_atomic_t caught;

static void catch(int signal)
{
	caught = signal;
}

void signals_catch(void)
{
	/* No SA_RESTART: a long system call has to end. */
	struct sigaction action = { .sa_handler = catch };
	struct sigaction old;
	size_t i;

	for (i = 0; i < N_SIGNALS; i++)
		if (!sigaction(fatal_signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(fatal_signals[i], &action, NULL);
}

int signals_caught(void)
{
	return caught;
}

void signals_die(void)
{
	signal(caught, SIG_DFL);
	raise(caught);
	abort();
}
