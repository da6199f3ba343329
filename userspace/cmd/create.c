// SPDX-License-Identifier: GPL-2.0
/* kpager create */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"

/* Signals on which a file that is not complete must not be left behind. */
static const int fatal_signals[] = { SIGHUP, SIGINT, SIGTERM };

#define N_SIGNALS	(sizeof(fatal_signals) / sizeof(fatal_signals[0]))

static volatile sig_atomic_t caught;

static void catch(int signal)
{
	caught = signal;
}

static void catch_signals(void)
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

/* End as if the signal had not been caught, so that a shell sees it. */
static void die_of_signal(void)
{
	signal(caught, SIG_DFL);
	raise(caught);
}

/**
 * struct meter - the progress shown while a store is filled
 * @path: what is filled
 * @visible: standard error is a terminal
 * @shown: when a figure was shown last, in ms; 0 if none was
 */
struct meter {
	const char *path;
	bool visible;
	uint64_t shown;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static int show_progress(uint64_t done, uint64_t total, void *arg)
{
	struct meter *meter = arg;
	char size[NUMBER_SIZE];
	uint64_t now;

	if (caught)
		return -1;
	now = now_ms();
	if (!meter->visible || now - meter->shown < 100)
		return 0;
	meter->shown = now;
	format_size(size, total);
	fprintf(stderr, "\rkpager: filling %.40s: %3d %% of %s", meter->path,
		total ? (int)(100.0 * done / total) : 100, size);
	return 0;
}

/* The figure gives way to what comes next. */
static void erase_progress(const struct meter *meter)
{
	if (meter->shown)
		fprintf(stderr, "\r%*s\r", 79, "");
}

static int print_segment(const char *name)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, name, &error);
	if (segment)
		json_print("segment", json_segment(segment));
	kpager_segments_free(segments);
	return segment ? EXIT_DONE : report(&error);
}

static int create(const struct kpager_spec *spec)
{
	struct kpager_spec watched = *spec;
	struct meter meter = {
		.path = spec->backing,
		.visible = isatty(STDERR_FILENO),
	};
	struct kpager_error error;
	int ret;

	watched.progress = show_progress;
	watched.progress_arg = &meter;
	catch_signals();
	ret = kpager_segment_create(&watched, &error);
	erase_progress(&meter);
	if (ret == -ECANCELED)
		die_of_signal();
	return ret ? report(&error) : EXIT_DONE;
}

static int parse_size(const char *text, struct kpager_spec *spec)
{
	switch (kpager_parse_size(text, &spec->size)) {
	case 0:
		return 0;
	case -ERANGE:
		return usage_error("--size '%s' is too large", text);
	default:
		return usage_error("--size '%s' is not a size like 4096, 64M or 1GiB",
				   text);
	}
}

static int parse_mode(const char *text, struct kpager_spec *spec)
{
	if (!kpager_parse_mode(text, &spec->mode))
		return 0;
	return usage_error("--mode '%s' is not an octal number from 1 to 0777",
			   text);
}

enum {
	OPTION_SPARSE = OPTION_FIRST,
	OPTION_MEMORY,
	OPTION_DETERMINISTIC,
};

/**
 * struct create_options - what the options say
 * @spec: the segment
 * @has_size: --size was given
 * @memory: --memory was given
 * @json: --json was given
 */
struct create_options {
	struct kpager_spec spec;
	bool has_size;
	bool memory;
	bool json;
};

static int parse_frames(const char *text, struct kpager_spec *spec)
{
	unsigned long frames;
	char *end;

	errno = 0;
	frames = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !frames ||
	    frames > UINT32_MAX)
		return usage_error("--deterministic '%s' is not a number of frames from 1",
				   text);
	spec->deterministic = (uint32_t)frames;
	return 0;
}

static int take_option(int option, struct create_options *o)
{
	switch (option) {
	case 's':
		o->has_size = true;
		return parse_size(optarg, &o->spec);
	case 'b':
		o->spec.backing = optarg;
		return 0;
	case 'p':
		o->spec.policy = optarg;
		return 0;
	case 'm':
		return parse_mode(optarg, &o->spec);
	case OPTION_MEMORY:
		o->memory = true;
		return 0;
	case OPTION_DETERMINISTIC:
		return parse_frames(optarg, &o->spec);
	case OPTION_SPARSE:
		o->spec.flags = KPAGER_CREATE_SPARSE;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int command_create(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "backing", required_argument, NULL, 'b' },
		{ "policy", required_argument, NULL, 'p' },
		{ "mode", required_argument, NULL, 'm' },
		{ "sparse", no_argument, NULL, OPTION_SPARSE },
		{ "memory", no_argument, NULL, OPTION_MEMORY },
		{ "deterministic", required_argument, NULL, OPTION_DETERMINISTIC },
		COMMON_OPTIONS
	};
	struct create_options o = { .spec.flags = KPAGER_CREATE_FILL };
	int option, ret;

	while ((option = next_option(argc, argv, "s:b:p:m:", options)) != -1)
		if (take_option(option, &o))
			return EXIT_USAGE;
	if (take_operand(argc, argv, true, &o.spec.name))
		return EXIT_USAGE;
	if (!o.has_size)
		return usage_error("--size is missing");
	if (o.memory && (o.spec.backing ||
			 o.spec.flags == KPAGER_CREATE_SPARSE))
		return usage_error("--memory goes neither with --backing nor with --sparse");
	if (!o.memory && !o.spec.backing)
		return usage_error("--backing is missing (or --memory, which keeps nothing)");
	if (o.memory)
		o.spec.flags = KPAGER_CREATE_VOLATILE;

	ret = create(&o.spec);
	if (!ret && o.json)
		ret = print_segment(o.spec.name);
	return ret;
}
