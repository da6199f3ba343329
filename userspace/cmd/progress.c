// SPDX-License-Identifier: GPL-2.0
/* A line on a terminal that says how far a long command is. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

/* When a line was shown last, in ms; 0 if none is there. */
static uint64_t shown;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

void progress_show(const char *format, ...)
{
	uint64_t now = now_ms();
	va_list args;

	if (now - shown < 100 || !isatty(STDERR_FILENO))
		return;
	shown = now;
	fprintf(stderr, "\rkpager: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

void progress_erase(void)
{
	if (shown)
		fprintf(stderr, "\r%*s\r", 79, "");
	shown = 0;
}
