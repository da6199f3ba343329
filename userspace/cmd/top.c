// SPDX-License-Identifier: GPL-2.0
/* kpager top: options, samples, and the screen as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kpager.h"
#include "output.h"
#include "rates.h"
#include "top.h"

/* The screen as text, if nobody says how large it is to be. */
#define TEXT_ROWS	24
#define TEXT_COLUMNS	80

int top_take(struct top *top, bool say)
{
	const char *names[TOP_VISIBLE];
	struct kpager_error error;
	struct sample *sample;
	size_t i;

	for (i = 0; i < top->n_visible; i++)
		names[i] = top->visible[i];
	if (sample_take(top->view == VIEW_BUDDY ? SAMPLE_BUDDY :
			top->view == VIEW_SLAB ? SAMPLE_SLAB :
			top->view == VIEW_OOM ? SAMPLE_OOM :
			top->view == VIEW_LATENCY ? SAMPLE_LATENCY : 0,
			names, top->n_visible, &sample, &error)) {
		if (say)
			return report(&error);
		snprintf(top->message, sizeof(top->message), "%.250s",
			 error.text);
		return EXIT_FAILED;
	}
	if (top->before != top->now)
		sample_free(top->before);
	top->before = top->now ? top->now : sample;
	top->now = sample;
	return 0;
}

void top_show(struct top *top, size_t position)
{
	if (position >= top->recording.count)
		position = top->recording.count - 1;
	top->position = position;
	top->now = top->recording.samples[position];
	top->before = top->recording.samples[position ? position - 1 : 0];
}

/* Environment as of a shell: LINES and COLUMNS say how large. */
static int from_environment(const char *name, int least, int otherwise)
{
	const char *text = getenv(name);
	int value = text ? atoi(text) : 0;

	if (value < least || value > 4096)
		return otherwise;
	return value;
}

static void print_screen(struct top *top)
{
	struct canvas *canvas;

	canvas = canvas_new(from_environment("LINES", TOP_ROWS, TEXT_ROWS),
			    from_environment("COLUMNS", TOP_COLUMNS,
					     TEXT_COLUMNS));
	top_render(top, canvas);
	canvas_print(canvas);
	canvas_free(canvas);
}

static void print_json(const struct top *top)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	struct counters now = counters_of_module(top->now);
	struct counters before = counters_of_module(top->before);
	uint64_t ns = top->now->clock - top->before->clock;
	size_t i;

	json_add(object, "pool", json_rates(NULL, &before, &now, ns));
	for (i = 0; i < kpager_segments_count(top->now->segments); i++) {
		const struct kpager_segment *segment =
			kpager_segments_get(top->now->segments, i);

		now = counters_of_segment(segment);
		before = counters_of(top->before, segment->name);
		if (!before.exists)
			before = now;
		json_append(array, json_rates(segment->name, &before, &now,
					      ns));
	}
	json_add(object, "segments", array);
	json_print("top", object);
}

/* Rates need two samples, and the second those of the segments it shows. */
static int take_two(struct top *top)
{
	struct canvas *canvas;
	int ret = top_take(top, true);

	if (ret)
		return ret;
	canvas = canvas_new(TEXT_ROWS, TEXT_COLUMNS);
	top_render(top, canvas);
	canvas_free(canvas);
	pace_start(&top->pace);
	pace_sleep(&top->pace);
	return top_take(top, true);
}

/* The screen as text. */
static int print_once(struct top *top, bool json)
{
	int ret = top->recording.count ? 0 : take_two(top);

	if (ret)
		return ret;
	if (json)
		print_json(top);
	else
		print_screen(top);
	return EXIT_DONE;
}

enum {
	OPTION_ONCE = OPTION_FIRST,
	OPTION_PLAY,
	OPTION_VIEW,
	OPTION_SORT,
};

/**
 * struct top_options - what the options say
 * @once: print the screen as text and end
 * @json: print the numbers instead
 * @play: a recording to show; NULL for the machine's present
 */
struct top_options {
	bool once;
	bool json;
	const char *play;
};

static const char *const view_names[VIEWS] = {
	"segments", "buddy", "slab", "latency", "oom",
};

static const char *const sort_names[SORTS] = {
	"name", "resident", "dirty", "hit", "minor", "major", "evict",
	"write", "stall", "thrash", "policy",
};

/* Return: the number of @text among @names, or -1 after a usage error. */
static int choose(const char *option, const char *text,
		  const char *const *names, int count)
{
	char known[256] = "";
	int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], text))
			return i;
		snprintf(known + strlen(known), sizeof(known) - strlen(known),
			 " %s", names[i]);
	}
	usage_error("%s '%s' is none of:%s", option, text, known);
	return -1;
}

static int take_option(int option, struct top *top, struct top_options *o)
{
	int number;

	switch (option) {
	case 'i':
		return pace_interval(&top->pace, optarg);
	case OPTION_ONCE:
		o->once = true;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	case OPTION_PLAY:
		o->play = optarg;
		return 0;
	case OPTION_VIEW:
		number = choose("--view", optarg, view_names, VIEWS);
		top->view = number < 0 ? VIEW_SEGMENTS : (enum view)number;
		return number < 0 ? EXIT_USAGE : 0;
	case OPTION_SORT:
		number = choose("--sort", optarg, sort_names, SORTS);
		top->sort = number < 0 ? SORT_NAME : (enum sort)number;
		return number < 0 ? EXIT_USAGE : 0;
	default:
		return EXIT_USAGE;
	}
}

static int open_recording(struct top *top, const char *path)
{
	struct kpager_error error;

	if (recording_read(path, &top->recording, &error))
		return report(&error);
	if (top->recording.cut)
		fprintf(stderr, "kpager: %s ends within a sample, which is left out\n",
			path);
	if (!top->recording.count) {
		fprintf(stderr, "kpager: read on %s: there is no sample in it\n",
			path);
		return EXIT_FAILED;
	}
	top_show(top, 0);
	return 0;
}

static int show(struct top *top, const struct top_options *o)
{
	int ret = 0;

	if (o->play)
		ret = open_recording(top, o->play);
	if (ret)
		return ret;
	if (o->once || o->json) {
		/* What is worth a look is the end of it. */
		if (top->recording.count)
			top_show(top, top->recording.count - 1);
		return print_once(top, o->json);
	}
	ret = top_screen(top);
	if (ret >= 0)
		return ret;
	if (top->recording.count)
		top_show(top, top->recording.count - 1);
	return print_once(top, false);
}

int command_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "once", no_argument, NULL, OPTION_ONCE },
		{ "play", required_argument, NULL, OPTION_PLAY },
		{ "view", required_argument, NULL, OPTION_VIEW },
		{ "sort", required_argument, NULL, OPTION_SORT },
		COMMON_OPTIONS
	};
	struct top_options o = { 0 };
	struct top *top;
	int option, ret;

	top = calloc(1, sizeof(*top));
	if (!top)
		out_of_memory();
	ret = 0;
	while (!ret && (option = next_option(argc, argv, "i:", options)) != -1)
		ret = take_option(option, top, &o);
	if (!ret && optind < argc)
		ret = usage_error("unexpected argument '%s'", argv[optind]);
	if (!ret) {
		ret = show(top, &o);
		if (!top->recording.count) {
			if (top->before != top->now)
				sample_free(top->before);
			sample_free(top->now);
		}
		recording_free(&top->recording);
	}
	free(top);
	return ret;
}
