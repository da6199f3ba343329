// SPDX-License-Identifier: GPL-2.0
/* kpager latency */
#include "latency.h"

#include <stdio.h>

#include "kpager.h"
#include "output.h"

/* Enough for anybody's reading, and for the bars. */
#define WIDTH	79

static void print_text(const struct kpager_latency *latency)
{
	size_t lines = latency_lines(latency);
	/* The last line of a canvas is not drawn on. */
	struct canvas *canvas = canvas_new((int)lines + 1, WIDTH);

	latency_draw(canvas, 0, 0, latency);
	canvas->rows--;
	canvas_print(canvas);
	canvas_free(canvas);
}

static struct json_object *json_histogram(const struct histogram *h)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	json_add(object, "what", json_text(h->what));
	json_add(object, "count", json_number(h->count));
	json_add(object, "p50_ns", json_number(histogram_percentile(h, 500)));
	json_add(object, "p90_ns", json_number(histogram_percentile(h, 900)));
	json_add(object, "p99_ns", json_number(histogram_percentile(h, 990)));
	json_add(object, "p999_ns", json_number(histogram_percentile(h, 999)));
	for (i = 0; i < h->n; i++) {
		const struct kpager_bucket *b = &h->first[i];
		struct json_object *bucket = json_object_new_object();

		json_add(bucket, "from_ns", json_number(b->from));
		json_add(bucket, "below_ns", json_number(b->below));
		json_add(bucket, "count", json_number(b->count));
		json_append(array, bucket);
	}
	json_add(object, "buckets", array);
	return object;
}

static void print_json(const struct kpager_latency *latency)
{
	struct json_object *array = json_object_new_array();
	struct histogram histogram;
	size_t index = 0;

	while (histogram_next(latency, &index, &histogram))
		json_append(array, json_histogram(&histogram));
	json_print("latency", array);
}

int command_latency(int argc, char **argv)
{
	struct kpager_latency *latency;
	struct kpager_error error;
	const char *name = NULL;
	bool json = false;

	if (take_json(argc, argv, &json))
		return EXIT_USAGE;
	if (take_operand(argc, argv, true, &name))
		return EXIT_USAGE;
	if (kpager_latency_read(name, &latency, &error))
		return report(&error);
	if (json)
		print_json(latency);
	else
		print_text(latency);
	kpager_latency_free(latency);
	return EXIT_DONE;
}
