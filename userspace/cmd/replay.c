// SPDX-License-Identifier: GPL-2.0
/* kpager replay */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "replay.h"

/* Most parameters that can be given. */
#define PARAMS_MAX	16
/* A share is kept in millionths of a percent. */
#define SHARE_ONE	UINT64_C(1000000)
#define SHARE_WHOLE	(100 * SHARE_ONE)
/* Where random policies begin: two runs give the same. */
#define SEED		1

enum {
	OPTION_IDEAL = OPTION_FIRST,
	OPTION_TLB,
	OPTION_PARAM,
	OPTION_PLOT,
	OPTION_DEVICE,
};

/**
 * struct size - how many frames
 * @frames: so many, or, if it is 0,
 * @share: so many millionths of a percent of the distinct pages
 */
struct size {
	uint32_t frames;
	uint64_t share;
};

/**
 * struct param - a parameter of a policy
 * @name: its name
 * @value: its value
 */
struct param {
	const char *name;
	uint32_t value;
};

/**
 * struct replay - what is asked for
 * @path: the trace; "-" is the standard input
 * @policies: the list of policies, or NULL for the default
 * @sizes: the sizes
 * @n_sizes: how many
 * @params: parameters
 * @n_params: how many
 * @plot: the drawing, or NULL
 * @device: the segment that runs the trace, or NULL
 * @device_policy: its policy, if no other is given
 * @ideal: see struct sim_config
 * @tlb: see struct sim_config
 * @noheadings: print no names of columns
 * @raw: one space between columns
 * @json: print JSON
 * @runs: each policy with each size, the sizes of a policy together
 * @n_runs: how many
 * @n_policies: how many policies
 */
struct replay {
	const char *path;
	char *policies;
	struct size *sizes;
	size_t n_sizes;
	struct param params[PARAMS_MAX];
	size_t n_params;
	const char *plot;
	const char *device;
	char device_policy[64];
	bool ideal;
	uint32_t tlb;
	bool noheadings;
	bool raw;
	bool json;
	struct replay_run *runs;
	size_t n_runs;
	size_t n_policies;
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

/* ---- arguments ---- */

/* Return: 0, or EXIT_USAGE if it is no number from @min to @max. */
static int parse_number(const char *text, const char *what, uint32_t min,
			uint32_t max, uint32_t *number)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end)
		return usage_error("'%s' is no number of %s", text, what);
	if (errno || value < min || value > max)
		return usage_error("%s %s: it must be from %u to %u", text,
				   what, min, max);
	*number = (uint32_t)value;
	return 0;
}

static int parse_frames(const char *text, struct size *size)
{
	size->share = 0;
	return parse_number(text, "frames", 1, SIM_FRAMES_MAX, &size->frames);
}

/* "5%", "0.25%": exact, so that halves are rounded as people do. */
static int parse_share(const char *text, struct size *size)
{
	uint64_t share = 0, unit = SHARE_ONE;
	const char *p = text;
	bool digits = false;

	for (; *p >= '0' && *p <= '9' && share < SHARE_WHOLE * 100; p++) {
		share = share * 10 + (uint64_t)(*p - '0') * SHARE_ONE;
		digits = true;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			share += (uint64_t)(*p - '0') * unit;
			digits = true;
		}
	}
	if (!digits || strcmp(p, "%"))
		return usage_error("'%s' is no fraction; it is given in percent, as 5%%",
				   text);
	if (!share || share > SHARE_WHOLE)
		return usage_error("fraction %s: it must be above 0%%, and 100%% at most",
				   text);
	size->frames = 0;
	size->share = share;
	return 0;
}

static int parse_sizes(struct replay *replay, char *list,
		       int (*parse)(const char *text, struct size *size))
{
	const char *text;

	while ((text = strsep(&list, ","))) {
		replay->sizes = reallocarray(replay->sizes, replay->n_sizes + 1,
					     sizeof(*replay->sizes));
		if (!replay->sizes)
			out_of_memory();
		if (parse(text, &replay->sizes[replay->n_sizes]))
			return EXIT_USAGE;
		replay->n_sizes++;
	}
	return 0;
}

static int parse_param(struct replay *replay, char *text)
{
	struct param *param = &replay->params[replay->n_params];
	char *value = strchr(text, '=');

	if (!value || value == text)
		return usage_error("'%s' is no parameter; it is given as NAME=VALUE",
				   text);
	if (replay->n_params == PARAMS_MAX)
		return usage_error("more than %d parameters", PARAMS_MAX);
	*value++ = '\0';
	param->name = text;
	replay->n_params++;
	return parse_number(value, param->name, 0, UINT32_MAX, &param->value);
}

static int take_option(int option, void *arg)
{
	struct replay *replay = arg;
	const char *problem;

	switch (option) {
	case 'p':
		replay->policies = optarg;
		return 0;
	case 'f':
		return parse_sizes(replay, optarg, parse_frames);
	case 'F':
		return parse_sizes(replay, optarg, parse_share);
	case OPTION_IDEAL:
		replay->ideal = true;
		return 0;
	case OPTION_TLB:
		return parse_number(optarg, "entries", 0, UINT32_MAX,
				    &replay->tlb);
	case OPTION_PARAM:
		return parse_param(replay, optarg);
	case OPTION_PLOT:
		replay->plot = optarg;
		problem = plot_problem(optarg);
		return problem ? usage_error("%s: %s", optarg, problem) : 0;
	case OPTION_DEVICE:
		replay->device = optarg;
		return 0;
	case 'n':
		replay->noheadings = true;
		return 0;
	case 'r':
		replay->raw = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static int parse_arguments(struct replay *replay, int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "frames", required_argument, NULL, 'f' },
		{ "fraction", required_argument, NULL, 'F' },
		{ "ideal-bit", no_argument, NULL, OPTION_IDEAL },
		{ "tlb", required_argument, NULL, OPTION_TLB },
		{ "param", required_argument, NULL, OPTION_PARAM },
		{ "plot", required_argument, NULL, OPTION_PLOT },
		{ "device", required_argument, NULL, OPTION_DEVICE },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "raw", no_argument, NULL, 'r' },
		COMMON_OPTIONS
	};

	if (take_options(argc, argv, options, take_option, replay, &replay->json))
		return EXIT_USAGE;
	if (optind == argc)
		return usage_error("TRACE is missing");
	if (take_operand(argc, argv, true, &replay->path))
		return EXIT_USAGE;
	if (replay->device &&
	    (replay->n_sizes || replay->ideal || replay->tlb ||
	     replay->n_params || replay->plot))
		return usage_error("--device takes no option but --policy: its frames, bits and parameters are what they are");
	if (replay->ideal && replay->tlb)
		return usage_error("--ideal-bit and --tlb exclude each other");
	return 0;
}

/* ---- policies ---- */

static int unknown_policy(const char *name)
{
	const struct policy_ops *ops;
	unsigned int i;

	fprintf(stderr, "kpager: replay: there is no policy '%s'; there are: all",
		name);
	for (i = 0; (ops = sim_policy_nth(i)); i++)
		fprintf(stderr, " %s%s%s", ops->name, ops->alias ? " " : "",
			ops->alias ? ops->alias : "");
	fprintf(stderr, "\n");
	return EXIT_USAGE;
}

static void add_policy(struct replay *replay, const char *name,
		       const struct policy_ops *ops)
{
	size_t n = replay->n_policies++;

	replay->runs = reallocarray(replay->runs, n + 1,
				    sizeof(*replay->runs));
	if (!replay->runs)
		out_of_memory();
	memset(&replay->runs[n], 0, sizeof(*replay->runs));
	replay->runs[n].policy = name;
	replay->runs[n].ops = ops;
}

/* On a device only those that a segment can have, whatever it is. */
static void add_all_policies(struct replay *replay)
{
	const u32 never = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY;
	const struct policy_ops *ops;
	unsigned int i;

	for (i = 0; (ops = sim_policy_nth(i)); i++)
		if (!replay->device || !(ops->flags & never))
			add_policy(replay, ops->name, ops);
}

/* For now @runs has one entry for each policy. */
static int choose_policies(struct replay *replay)
{
	char *list = replay->policies;
	const char *name;

	if (!list && replay->device) {
		int status = replay_device_policy(replay->device,
						  replay->device_policy,
						  sizeof(replay->device_policy));

		if (status)
			return status;
		list = replay->device_policy;
	}
	if (!list)
		add_all_policies(replay);
	while (list && (name = strsep(&list, ","))) {
		const struct policy_ops *ops = sim_policy(name);

		if (!strcmp(name, "all"))
			add_all_policies(replay);
		else if (ops)
			add_policy(replay, name, ops);
		else
			return unknown_policy(name);
	}
	return 0;
}

static const struct policy_param *find_param(const struct policy_ops *ops,
					     const char *name)
{
	const struct policy_param *param;

	for (param = ops->params; param && param->name; param++)
		if (!strcmp(param->name, name))
			return param;
	return NULL;
}

/* Each parameter must be one of a policy, and in range for all that have it. */
static int check_params(const struct replay *replay)
{
	size_t i, j;

	for (i = 0; i < replay->n_params; i++) {
		const struct param *param = &replay->params[i];
		bool found = false;

		for (j = 0; j < replay->n_policies; j++) {
			const struct policy_param *known =
				find_param(replay->runs[j].ops, param->name);

			if (!known)
				continue;
			found = true;
			if (param->value < known->min ||
			    param->value > known->max)
				return usage_error("%s=%u: with %s it must be from %u to %u",
						   param->name, param->value,
						   replay->runs[j].policy,
						   known->min, known->max);
		}
		if (!found)
			return usage_error("none of the policies has a parameter '%s'",
					   param->name);
	}
	return 0;
}

static void set_params(struct policy *policy, void *data)
{
	const struct replay *replay = data;
	size_t i;

	/* One that the policy does not have is another policy's. */
	for (i = 0; i < replay->n_params; i++)
		policy_param_set(policy, replay->params[i].name,
				 replay->params[i].value);
}

/* ---- the trace ---- */

static int read_trace(const struct replay *replay, struct trace *trace)
{
	bool standard_input = !strcmp(replay->path, "-");
	FILE *file = standard_input ? stdin : fopen(replay->path, "r");
	struct trace_error error;
	int status;

	if (!file) {
		fprintf(stderr, "kpager: %s: %s\n", replay->path,
			strerror(errno));
		return EXIT_FAILED;
	}
	status = trace_read(trace, file, &error);
	if (!standard_input)
		fclose(file);
	if (status && error.line)
		fprintf(stderr, "kpager: %s: line %zu: %s\n", replay->path,
			error.line, error.text);
	else if (status)
		fprintf(stderr, "kpager: %s: %s\n", replay->path, error.text);
	if (status)
		return EXIT_FAILED;
	if (trace->truncated)
		fprintf(stderr,
			"kpager: %s: ends in the middle; the %zu requests before that are used\n",
			replay->path, trace->n_requests);
	if (trace->lost)
		fprintf(stderr,
			"kpager: %s: %" PRIu64 " records were lost when it was recorded\n",
			replay->path, trace->lost);
	return 0;
}

/* ---- runs ---- */

static void default_sizes(struct replay *replay)
{
	static const unsigned int few[] = { 1, 10, 50, 0 };
	static const unsigned int many[] = {
		1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 0
	};
	const unsigned int *percent = replay->plot ? many : few;

	replay->sizes = allocate(sizeof(many) / sizeof(*many),
				 sizeof(*replay->sizes));
	for (; *percent; percent++)
		replay->sizes[replay->n_sizes++].share = *percent * SHARE_ONE;
}

/* Fractions become frames, rounded to the nearest; halves upwards. */
static int resolve_sizes(struct replay *replay, const struct trace *trace)
{
	bool given = replay->n_sizes;
	size_t i, n = 0;

	if (!given)
		default_sizes(replay);
	for (i = 0; i < replay->n_sizes; i++) {
		struct size size = replay->sizes[i];

		if (!size.frames) {
			unsigned __int128 pages = trace->n_pages;

			size.frames = (uint32_t)((pages * size.share +
						  SHARE_WHOLE / 2) /
						 SHARE_WHOLE);
			/* Of few pages, small defaults are the same. */
			if (!given && !size.frames)
				continue;
		}
		if (!size.frames)
			return usage_error("a fraction of the %u pages is less than half a frame",
					   trace->n_pages);
		replay->sizes[n++] = size;
	}
	replay->n_sizes = n;
	if (!n)
		return usage_error("the trace has %u pages: say how many --frames",
				   trace->n_pages);
	return 0;
}

static int by_frames(const void *a, const void *b)
{
	const struct size *x = a, *y = b;

	return x->frames < y->frames ? -1 : x->frames > y->frames;
}

/* A curve goes from left to right, once. */
static void sort_sizes(struct replay *replay)
{
	size_t i, n = 1;

	qsort(replay->sizes, replay->n_sizes, sizeof(*replay->sizes),
	      by_frames);
	for (i = 1; i < replay->n_sizes; i++)
		if (replay->sizes[i].frames != replay->sizes[n - 1].frames)
			replay->sizes[n++] = replay->sizes[i];
	replay->n_sizes = n;
}

/* One entry for each policy becomes one for each policy and size. */
static void expand_runs(struct replay *replay)
{
	struct replay_run *runs;
	size_t i, j;

	replay->n_runs = replay->n_policies * replay->n_sizes;
	runs = allocate(replay->n_runs, sizeof(*runs));
	for (i = 0; i < replay->n_policies; i++) {
		for (j = 0; j < replay->n_sizes; j++) {
			struct replay_run *run = &runs[i * replay->n_sizes + j];

			*run = replay->runs[i];
			run->frames = replay->sizes[j].frames;
		}
	}
	free(replay->runs);
	replay->runs = runs;
}

static int run_one(struct replay *replay, const struct trace *trace,
		   struct replay_run *run)
{
	struct sim_config config = {
		.ops = run->ops,
		.frames = run->frames,
		.ideal = replay->ideal,
		.tlb = replay->tlb,
		.seed = SEED,
		.set_params = set_params,
		.data = replay,
	};
	int status = sim_run(trace, &config, &run->result);

	if (status == -ENOMEM)
		out_of_memory();
	if (status) {
		fprintf(stderr,
			"kpager: replay: %s with %u frames: the policy gives up no frame; this is a bug in it\n",
			run->policy, run->frames);
		return EXIT_FAILED;
	}
	return 0;
}

static int run_all(struct replay *replay, const struct trace *trace)
{
	bool terminal = isatty(STDERR_FILENO);
	int status = 0;
	size_t i;

	for (i = 0; i < replay->n_runs && !status; i++) {
		struct replay_run *run = &replay->runs[i];

		if (terminal)
			fprintf(stderr, "\r\033[Kkpager: %zu of %zu: %s, %u frames",
				i + 1, replay->n_runs, run->policy,
				run->frames);
		status = run_one(replay, trace, run);
	}
	if (terminal)
		fprintf(stderr, "\r\033[K");
	return status;
}

/* ---- output ---- */

static double miss_ratio(const struct sim_result *result)
{
	return (double)result->misses / (double)result->requests;
}

static double looks_per_fault(const struct sim_result *result)
{
	return result->misses ? (double)result->looks / (double)result->misses :
		0;
}

static void print_table(const struct replay *replay)
{
	static const char *const names[] = {
		"POLICY", "FRAMES", "REQUESTS", "MISSES", "MISS_RATIO",
		"LOOKS/FAULT", "WRITES",
	};
	struct table *table = table_new(!replay->noheadings, replay->raw);
	char text[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		table_column(table, names[i], i);
	for (i = 0; i < replay->n_runs; i++) {
		const struct replay_run *run = &replay->runs[i];

		table_cell(table, run->policy);
		format_number(text, run->frames);
		table_cell(table, text);
		format_number(text, run->result.requests);
		table_cell(table, text);
		format_number(text, run->result.misses);
		table_cell(table, text);
		snprintf(text, sizeof(text), "%.4f", miss_ratio(&run->result));
		table_cell(table, text);
		snprintf(text, sizeof(text), "%.2f",
			 looks_per_fault(&run->result));
		table_cell(table, text);
		format_number(text, run->result.writes);
		table_cell(table, text);
	}
	table_print(table);
}

/* A ratio with as many digits as there are in it. */
static struct json_object *json_ratio(double ratio)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%.6f", ratio);
	return json_object_new_double_s(ratio, text);
}

static void print_json(const struct replay *replay)
{
	struct json_object *array = json_object_new_array();
	const char *text;
	size_t i;

	for (i = 0; i < replay->n_runs; i++) {
		const struct replay_run *run = &replay->runs[i];
		const struct sim_result *result = &run->result;
		struct json_object *object = json_object_new_object();

		json_add(object, "policy", json_text(run->policy));
		json_add(object, "frames", json_number(run->frames));
		json_add(object, "requests", json_number(result->requests));
		json_add(object, "misses", json_number(result->misses));
		json_add(object, "miss_ratio", json_ratio(miss_ratio(result)));
		json_add(object, "looks_per_fault",
			 json_ratio(looks_per_fault(result)));
		json_add(object, "writes", json_number(result->writes));
		json_append(array, object);
	}
	text = json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		out_of_memory();
	puts(text);
	json_object_put(array);
}

/* ---- the drawing ---- */

static int fill_floor(struct replay *replay, const struct trace *trace,
		      double *floor)
{
	size_t i;

	for (i = 0; i < replay->n_sizes; i++) {
		struct replay_run run = {
			.policy = "opt",
			.ops = sim_policy("opt"),
			.frames = replay->sizes[i].frames,
		};
		int status = run_one(replay, trace, &run);

		if (status)
			return status;
		floor[i] = miss_ratio(&run.result);
	}
	return 0;
}

static int draw_curves(struct replay *replay, const struct trace *trace)
{
	size_t n = replay->n_sizes, i;
	double *ratio = allocate(replay->n_runs, sizeof(*ratio));
	double *floor = allocate(n, sizeof(*floor));
	uint32_t *frames = allocate(n, sizeof(*frames));
	const char **names = allocate(replay->n_policies, sizeof(*names));
	struct replay_curves curves = {
		.pages = trace->n_pages, .frames = frames, .n_sizes = n,
		.names = names, .ratio = ratio, .floor = floor,
	};
	const char *problem = NULL;
	char title[160];
	int status;

	snprintf(title, sizeof(title), "%s: %zu requests for %u pages",
		 basename(replay->path), trace->n_requests, trace->n_pages);
	curves.title = title;
	for (i = 0; i < n; i++)
		frames[i] = replay->sizes[i].frames;
	for (i = 0; i < replay->n_runs; i++) {
		/* The optimum is drawn in any case. */
		if (!strcmp(replay->runs[i].ops->name, "opt"))
			continue;
		names[curves.n_policies] = replay->runs[i].policy;
		ratio[curves.n_policies * n + i % n] =
			miss_ratio(&replay->runs[i].result);
		curves.n_policies += i % n == n - 1;
	}
	status = fill_floor(replay, trace, floor);
	if (!status)
		problem = plot_write(replay->plot, &curves);
	if (problem) {
		fprintf(stderr, "kpager: %s: cannot be drawn: %s\n",
			replay->plot, problem);
		status = EXIT_FAILED;
	}
	free(ratio);
	free(floor);
	free(frames);
	free(names);
	return status;
}

static int replay_in_model(struct replay *replay, const struct trace *trace)
{
	int status = resolve_sizes(replay, trace);

	if (status)
		return status;
	if (replay->plot)
		sort_sizes(replay);
	expand_runs(replay);
	return run_all(replay, trace);
}

static int replay_trace(struct replay *replay, const struct trace *trace)
{
	int status;

	if (replay->device) {
		replay->n_runs = replay->n_policies;
		status = replay_on_device(replay->device, trace, replay->runs,
					  replay->n_runs);
	} else {
		status = replay_in_model(replay, trace);
	}
	if (status)
		return status;
	if (replay->json)
		print_json(replay);
	else
		print_table(replay);
	return replay->plot ? draw_curves(replay, trace) : EXIT_DONE;
}

int command_replay(int argc, char **argv)
{
	struct replay replay = { 0 };
	struct trace trace = { 0 };
	int status;

	status = parse_arguments(&replay, argc, argv);
	if (!status)
		status = choose_policies(&replay);
	if (!status)
		status = check_params(&replay);
	if (!status)
		status = read_trace(&replay, &trace);
	if (!status) {
		status = replay_trace(&replay, &trace);
		trace_free(&trace);
	}
	free(replay.sizes);
	free(replay.runs);
	return status;
}
