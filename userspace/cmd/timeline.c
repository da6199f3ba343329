// SPDX-License-Identifier: GPL-2.0
/* kpager plot: what a recording says, made into diagrams over time. */
#include "timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advise.h"
#include "kpager.h"
#include "latency.h"
#include "output.h"
#include "pace.h"
#include "sample.h"

#define MIB	(1024.0 * 1024)
#define PAGE	4096

/* A drawing of less says nothing about time. */
#define SAMPLES_LEAST	3

/* Return: the values of a new line of the panel, all NAN. */
static double *add_series(struct panel *panel, const char *name)
{
	double *values = calloc(panel->count, sizeof(*values));
	size_t i;

	if (!values)
		out_of_memory();
	for (i = 0; i < panel->count; i++)
		values[i] = NAN;
	panel->names[panel->n] = name;
	panel->values[panel->n++] = values;
	return values;
}

static struct panel *add_panel(struct timeline *t, const char *title,
			       const char *unit)
{
	struct panel *panel = &t->panels[t->n_panels++];

	*panel = (struct panel){
		.title = title, .unit = unit,
		.axis = "time, seconds", .count = t->count, .x = t->times,
	};
	return panel;
}

/**
 * struct rate_line - a line of rates
 * @name: its name
 * @offset: of a double in struct rates
 */
struct rate_line {
	const char *name;
	size_t offset;
};

static void add_rates(struct timeline *t, struct panel *panel,
		      const struct recording *recording, const char *name,
		      const struct rate_line *lines, size_t n, double scale)
{
	size_t i, k;

	for (k = 0; k < n; k++) {
		double *values = add_series(panel, lines[k].name);

		for (i = 1; i < t->count; i++) {
			const struct sample *a = recording->samples[i - 1];
			const struct sample *b = recording->samples[i];
			struct counters before = counters_of(a, name);
			struct counters now = counters_of(b, name);
			struct rates rates = rates_between(&before, &now,
							   b->clock - a->clock);

			if (before.exists && now.exists)
				values[i] = scale *
					*(const double *)((const char *)&rates +
							  lines[k].offset);
		}
	}
}

static void add_faults(struct timeline *t, const struct recording *recording,
		       const char *name)
{
	static const struct rate_line major = {
		"major", offsetof(struct rates, major)
	};
	static const struct rate_line minor = {
		"minor", offsetof(struct rates, minor)
	};
	static const struct rate_line hit = {
		"hits", offsetof(struct rates, hit)
	};
	static const struct rate_line pages[] = {
		{ "read", offsetof(struct rates, read) },
		{ "written", offsetof(struct rates, written) },
		{ "evicted", offsetof(struct rates, evictions) },
	};
	struct panel *panel;

	panel = add_panel(t, "Faults that waited for a page to be read",
			  "faults/s");
	add_rates(t, panel, recording, name, &major, 1, 1);
	panel = add_panel(t, "Faults that a resident page answered",
			  "faults/s");
	add_rates(t, panel, recording, name, &minor, 1, 1);
	panel = add_panel(t, "Share of the faults that a resident page answered",
			  "%");
	panel->top = 100;
	panel->cap = 100;
	add_rates(t, panel, recording, name, &hit, 1, 100);
	panel = add_panel(t, "Pages read, written back and evicted", "pages/s");
	add_rates(t, panel, recording, name, pages,
		  sizeof(pages) / sizeof(pages[0]), 1);
}

static void add_residency(struct timeline *t, const struct recording *recording,
			  const char *name)
{
	struct panel *panel = add_panel(t, name ? "What is resident of the segment" :
						  "Memory of the pool", "MiB");
	double *used = add_series(panel, name ? "resident" : "used");
	double *dirty = add_series(panel, "dirty");
	double *limit = name ? NULL : add_series(panel, "limit");
	size_t i;

	for (i = 0; i < t->count; i++) {
		struct counters c = counters_of(recording->samples[i], name);

		if (!c.exists)
			continue;
		used[i] = (double)c.used * PAGE / MIB;
		dirty[i] = (double)c.dirty * PAGE / MIB;
		if (limit)
			limit[i] = (double)c.limit * PAGE / MIB;
	}
}

/* Of all arenas together, weighted by what is free in each. */
static double unusable(const struct sample *sample, unsigned int order)
{
	const struct sample_file *info = sample_file(sample, "buddyinfo");
	const struct sample_file *map = sample_file(sample, "buddymap");
	struct kpager_buddy *buddy;
	double lost = 0, free = 0;
	size_t i;

	if (!info || !map ||
	    kpager_buddy_parse(info->text, info->length, map->text, map->length,
			       &buddy, NULL))
		return NAN;
	for (i = 0; i < kpager_buddy_count(buddy); i++) {
		const struct kpager_arena *arena = kpager_buddy_get(buddy, i);

		free += (double)arena->free;
		lost += (double)arena->free * (double)arena->unusable[order] /
			1000;
	}
	kpager_buddy_free(buddy);
	return free > 0 ? 100 * lost / free : NAN;
}

static void add_fragmentation(struct timeline *t,
			      const struct recording *recording)
{
	struct panel *panel;
	double *small, *large;
	size_t i;

	if (!sample_file(recording->samples[0], "buddyinfo"))
		return;
	panel = add_panel(t, "Fragmentation: free memory in blocks too small for",
			  "% of free");
	panel->top = 100;
	panel->cap = 100;
	small = add_series(panel, "64 KiB");
	large = add_series(panel, "4 MiB");
	for (i = 0; i < t->count; i++) {
		small[i] = unusable(recording->samples[i], 4);
		large[i] = unusable(recording->samples[i], 10);
	}
}

/* What happened between two samples, in buckets of its own. */
static struct kpager_bucket *subtract(const struct histogram *before,
				      struct histogram *now)
{
	struct kpager_bucket *buckets = calloc(now->n + 1, sizeof(*buckets));
	size_t i, k = 0;

	if (!buckets)
		out_of_memory();
	now->count = 0;
	for (i = 0; i < now->n; i++) {
		uint64_t count = 0;

		buckets[i] = now->first[i];
		while (k < before->n && before->first[k].from < buckets[i].from)
			k++;
		if (k < before->n && before->first[k].from == buckets[i].from)
			count = before->first[k].count;
		/* More than now: the segment was made again. */
		if (count <= buckets[i].count)
			buckets[i].count -= count;
		now->count += buckets[i].count;
	}
	now->first = buckets;
	return buckets;
}

/* Percentiles of major faults between two samples, in us, if there were some. */
static void percentiles(const struct sample *a, const struct sample *b,
			const char *name, double *half, double *most)
{
	struct kpager_latency *before, *now;
	struct histogram first, last;
	struct kpager_bucket *buckets;

	if (!histogram_of(a, name, "major", &before, &first))
		return;
	if (histogram_of(b, name, "major", &now, &last)) {
		buckets = subtract(&first, &last);
		if (last.count) {
			*half = (double)histogram_percentile(&last, 500) / 1000;
			*most = (double)histogram_percentile(&last, 990) / 1000;
		}
		free(buckets);
		kpager_latency_free(now);
	}
	kpager_latency_free(before);
}

static void add_latency(struct timeline *t, const struct recording *recording,
			const char *name)
{
	struct panel *panel;
	double *half, *most;
	bool any = false;
	size_t i;

	if (!name)
		return;
	panel = add_panel(t, "Latency of major faults", "us");
	half = add_series(panel, "half below");
	most = add_series(panel, "99% below");
	for (i = 1; i < t->count; i++) {
		percentiles(recording->samples[i - 1], recording->samples[i],
			    name, &half[i], &most[i]);
		any |= !isnan(half[i]);
	}
	if (any)
		return;
	t->n_panels--;
	free(half);
	free(most);
}

/* The estimates of the last sample that has some, or NULL. */
static struct kpager_curves *last_curves(const struct recording *recording,
					 const char *name)
{
	const struct sample_file *file;
	struct kpager_curves *curves;
	size_t i = recording->count;
	char path[128];

	snprintf(path, sizeof(path), "segment/%s/curves", name);
	while (i--) {
		file = sample_file(recording->samples[i], path);
		if (!file || kpager_curves_parse(file->text, file->length,
						 &curves, NULL))
			continue;
		if (kpager_curves_count(curves))
			return curves;
		kpager_curves_free(curves);
	}
	return NULL;
}

static size_t curve_length(const struct kpager_curves *curves, size_t first)
{
	const char *policy = kpager_curves_get(curves, first)->policy;
	size_t i = first;

	while (i < kpager_curves_count(curves) &&
	       !strcmp(kpager_curves_get(curves, i)->policy, policy))
		i++;
	return i - first;
}

static void add_curve(struct panel *panel, const struct kpager_curves *curves,
		      size_t first, size_t n)
{
	double *values = add_series(panel,
				    kpager_curves_get(curves, first)->policy);
	size_t i;

	for (i = 0; i < n && i < panel->count; i++)
		values[i] = 100 * estimate_ratio(kpager_curves_get(curves,
								   first + i));
}

/* Return: what the names of the panel's lines belong to, or NULL. */
static struct kpager_curves *add_curves(struct timeline *t,
					const struct recording *recording,
					const char *name)
{
	struct kpager_curves *curves = name ? last_curves(recording, name) : NULL;
	struct panel *panel;
	size_t first, n, i;

	if (!curves)
		return NULL;
	panel = add_panel(t, "Misses with other policies and amounts of memory, as estimated at the end",
			  "% of uses");
	panel->axis = "memory, MiB";
	panel->count = curve_length(curves, 0);
	panel->x = calloc(panel->count, sizeof(*panel->x));
	if (!panel->x)
		out_of_memory();
	for (i = 0; i < panel->count; i++)
		panel->x[i] = (double)kpager_curves_get(curves, i)->frames *
			      PAGE / MIB;
	for (first = 0; first < kpager_curves_count(curves) &&
	     panel->n < PANEL_SERIES; first += n) {
		n = curve_length(curves, first);
		add_curve(panel, curves, first, n);
	}
	return curves;
}

static void timeline_free(struct timeline *t)
{
	size_t i, k;

	for (i = 0; i < t->n_panels; i++)
		for (k = 0; k < t->panels[i].n; k++)
			free(t->panels[i].values[k]);
	for (i = 0; i < t->n_panels; i++)
		if (t->panels[i].x != t->times)
			free(t->panels[i].x);
	free(t->times);
}

/**
 * struct plot_options - what the options say
 * @name: of a segment; NULL for the module
 * @output: the picture's file
 * @seconds: how long to look, instead of reading a recording; 0: do not
 * @json: say in JSON what was drawn
 */
struct plot_options {
	const char *name;
	const char *output;
	unsigned long seconds;
	bool json;
};

static int draw(const struct plot_options *o, const struct recording *recording,
		const char *source)
{
	struct timeline t = { .count = recording->count };
	struct kpager_curves *curves;
	struct json_object *object;
	const char *problem;
	char title[256];
	size_t i;

	if (t.count < SAMPLES_LEAST) {
		fprintf(stderr, "kpager: plot on %s: %zu samples are too few to draw, %d are needed\n",
			source, t.count, SAMPLES_LEAST);
		return EXIT_FAILED;
	}
	t.times = calloc(t.count, sizeof(*t.times));
	if (!t.times)
		out_of_memory();
	for (i = 0; i < t.count; i++)
		t.times[i] = (double)(recording->samples[i]->clock -
				      recording->samples[0]->clock) / 1e9;
	snprintf(title, sizeof(title), "kpager, %s%.64s: %zu samples, %.100s",
		 o->name ? "segment " : "all segments", o->name ? o->name : "",
		 t.count, source);
	t.title = title;
	add_faults(&t, recording, o->name);
	add_residency(&t, recording, o->name);
	add_latency(&t, recording, o->name);
	add_fragmentation(&t, recording);
	curves = add_curves(&t, recording, o->name);
	problem = timeline_write(o->output, &t);
	if (problem)
		fprintf(stderr, "kpager: draw on %s: %s\n", o->output, problem);
	timeline_free(&t);
	kpager_curves_free(curves);
	if (problem || !o->json)
		return problem ? EXIT_FAILED : EXIT_DONE;
	object = json_object_new_object();
	json_add(object, "file", json_text(o->output));
	json_add(object, "samples", json_number(t.count));
	json_add(object, "panels", json_number(t.n_panels));
	json_print("plot", object);
	return EXIT_DONE;
}

static bool has_segment(const struct recording *recording, const char *name)
{
	size_t i;

	for (i = 0; i < recording->count; i++)
		if (sample_segment(recording->samples[i], name))
			return true;
	return false;
}

/* Look at the module for a while. */
static int record(const struct plot_options *o, struct recording *recording)
{
	unsigned long looks = o->seconds * 4, i;
	bool progress = isatty(STDERR_FILENO);
	struct pace pace = { 0 };
	struct kpager_error error;

	/* At most some hundred points fit on the picture. */
	pace.interval = 250000000ull;
	if (looks > 800) {
		pace.interval = o->seconds * 1000000000ull / 800;
		looks = 800;
	}
	recording->samples = calloc(looks + 1, sizeof(*recording->samples));
	if (!recording->samples)
		out_of_memory();
	pace_start(&pace);
	for (i = 0; i <= looks; i++) {
		if (i && !pace_wait(&pace))
			break;
		if (sample_take(SAMPLE_BUDDY | SAMPLE_LATENCY | SAMPLE_CURVES,
				&o->name, o->name ? 1 : 0,
				&recording->samples[recording->count], &error))
			return report(&error);
		recording->count++;
		if (progress)
			fprintf(stderr, "\rkpager: plot: %lu %% ", 100 * i / looks);
	}
	if (progress)
		fputc('\n', stderr);
	return EXIT_DONE;
}

static int plot(const struct plot_options *o, const char *source)
{
	struct recording recording = { 0 };
	struct kpager_error error;
	int ret = EXIT_DONE;

	if (o->seconds)
		ret = record(o, &recording);
	else if (recording_read(source, &recording, &error))
		return report(&error);
	if (recording.cut)
		fprintf(stderr, "kpager: %s ends within a sample, which is left out\n",
			source);
	if (!ret && o->name && !has_segment(&recording, o->name)) {
		fprintf(stderr, "kpager: look-up on %s: no such segment\n",
			o->name);
		ret = EXIT_ABSENT;
	}
	if (!ret)
		ret = draw(o, &recording, source);
	recording_free(&recording);
	return ret;
}

enum {
	OPTION_LIVE = OPTION_FIRST,
};

static int take_option(int option, void *arg)
{
	struct plot_options *o = arg;
	char *end;

	switch (option) {
	case 'o':
		o->output = optarg;
		return 0;
	case 's':
		o->name = optarg;
		return 0;
	case OPTION_LIVE:
		o->seconds = strtoul(optarg, &end, 10);
		if (*end || end == optarg || !o->seconds || o->seconds > 86400)
			return usage_error("--live '%s' is not a number of seconds from 1 to 86400",
					   optarg);
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int command_plot(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "segment", required_argument, NULL, 's' },
		{ "live", required_argument, NULL, OPTION_LIVE },
		COMMON_OPTIONS
	};
	struct plot_options o = { 0 };
	const char *source = NULL;
	const char *problem;

	if (take_options(argc, argv, options, take_option, &o, &o.json))
		return EXIT_USAGE;
	if (take_operand(argc, argv, false, &source))
		return EXIT_USAGE;
	if (!source == !o.seconds)
		return usage_error("give either a recording or --live SECONDS");
	if (!o.output)
		return usage_error("--output is missing");
	problem = timeline_problem(o.output);
	if (problem)
		return usage_error("%s", problem);
	return plot(&o, source ? source : "live");
}
