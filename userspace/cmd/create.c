// SPDX-License-Identifier: GPL-2.0
/* kpager create */
#include <errno.h>
#include <stdlib.h>

#include "kpager.h"
#include "output.h"
#include "progress.h"
#include "signals.h"

static int show_progress(uint64_t done, uint64_t total, void *arg)
{
	const struct kpager_spec *spec = arg;
	char size[NUMBER_SIZE];

	/* A file that is not complete must not be left behind. */
	if (signals_caught())
		return -1;
	format_size(size, total);
	progress_show("filling %.40s: %3d %% of %s", spec->backing,
		      total ? (int)(100.0 * done / total) : 100, size);
	return 0;
}

static int create(const struct kpager_spec *spec)
{
	struct kpager_spec watched = *spec;
	struct kpager_error error;
	int ret;

	watched.progress = show_progress;
	watched.progress_arg = &watched;
	signals_catch();
	ret = kpager_segment_create(&watched, &error);
	progress_erase();
	if (ret == -ECANCELED)
		signals_die();
	return ret ? report(&error) : EXIT_DONE;
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
	OPTION_CONTIGUOUS,
};

/**
 * struct create_options - what the options say
 * @spec: the segment
 * @has_size: --size was given
 * @memory: --memory was given
 * @contiguous: --contiguous was given
 * @json: --json was given
 */
struct create_options {
	struct kpager_spec spec;
	bool has_size;
	bool memory;
	bool contiguous;
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

static int take_option(int option, void *arg)
{
	struct create_options *o = arg;

	switch (option) {
	case 's':
		o->has_size = true;
		return take_size("--size", optarg, &o->spec.size);
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
	case OPTION_CONTIGUOUS:
		o->contiguous = true;
		return 0;
	case OPTION_DETERMINISTIC:
		return parse_frames(optarg, &o->spec);
	case OPTION_SPARSE:
		o->spec.flags = KPAGER_CREATE_SPARSE;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static int check_options(const struct create_options *o)
{
	bool file = o->spec.backing || o->spec.flags == KPAGER_CREATE_SPARSE;

	if (o->memory && file)
		return usage_error("--memory goes neither with --backing nor with --sparse");
	if (o->contiguous && (file || o->memory || o->spec.policy ||
			      o->spec.deterministic))
		return usage_error("--contiguous goes with none of --backing, --sparse, --memory, --policy and --deterministic");
	if (!o->memory && !o->contiguous && !o->spec.backing)
		return usage_error("--backing is missing (or --memory, which keeps nothing)");
	return 0;
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
		{ "contiguous", no_argument, NULL, OPTION_CONTIGUOUS },
		{ "deterministic", required_argument, NULL, OPTION_DETERMINISTIC },
		COMMON_OPTIONS
	};
	struct create_options o = { .spec.flags = KPAGER_CREATE_FILL };
	int ret;

	if (take_options(argc, argv, options, take_option, &o, &o.json))
		return EXIT_USAGE;
	if (take_operand(argc, argv, true, &o.spec.name))
		return EXIT_USAGE;
	if (!o.has_size)
		return usage_error("--size is missing");
	if (check_options(&o))
		return EXIT_USAGE;
	if (o.memory)
		o.spec.flags = KPAGER_CREATE_VOLATILE;
	if (o.contiguous)
		o.spec.flags = KPAGER_CREATE_PHYSICAL;

	ret = create(&o.spec);
	if (!ret && o.json)
		ret = print_segment(o.spec.name);
	return ret;
}
