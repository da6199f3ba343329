// SPDX-License-Identifier: GPL-2.0
/* kpager pin */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "range.h"
#include "signals.h"

#define SECONDS_MAX	1e9

/* A signal ends it, which is how it is meant to end. */
static void hold(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (!signals_caught()) {
		if (!seconds)
			pause();
		else if (!nanosleep(&left, &left) || errno != EINTR)
			break;
	}
}

static int pin(const struct range *range, double seconds, bool json)
{
	struct kpager_error error;
	char size[NUMBER_SIZE];

	signals_catch();
	if (kpager_pin(range->fd, range->offset, range->bytes, &error)) {
		if (signals_caught())
			signals_die();
		return report(&error);
	}
	if (json) {
		json_print("pinned", range_json(range));
		/* Whoever waits for it sees it now. */
		fflush(stdout);
	} else if (isatty(STDERR_FILENO)) {
		format_size(size, range->bytes);
		fprintf(stderr, "kpager: pin: %s of %s are pinned until this ends\n",
			size, range->name);
	}
	hold(seconds);
	/* Closing ends the pins. */
	close(range->fd);
	return EXIT_DONE;
}

static int parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	/* Not a number fails both comparisons. */
	if (end == text || *end || !(*seconds > 0 && *seconds <= SECONDS_MAX))
		return usage_error("--seconds '%s' is not a positive number",
				   text);
	return 0;
}

int command_pin(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		COMMON_OPTIONS
	};
	struct range range;
	double seconds = 0;
	bool json = false;
	int option, ret;

	while ((option = next_option(argc, argv, "s:", options)) != -1) {
		if (option == 's' && !parse_seconds(optarg, &seconds))
			continue;
		if (option != OPTION_JSON)
			return EXIT_USAGE;
		json = true;
	}
	ret = range_take(&range, argc, argv);
	return ret ? ret : pin(&range, seconds, json);
}
