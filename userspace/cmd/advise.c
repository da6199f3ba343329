// SPDX-License-Identifier: GPL-2.0
/*
 * kpager advise: which policy and how much memory a segment would want, from
 * the miss ratios that the module estimates while it works
 */
#include "advise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute.h"
#include "kpager.h"
#include "output.h"

#define SAMPLE_MAX	10000

/*
 * The estimate for an amount of memory that need not be one of those that were
 * simulated: between two, on the line between them.  NULL if the policy was
 * not simulated, or the nearest estimate below.
 */
static const struct kpager_estimate *
estimate_at(const struct kpager_curves *curves, const char *policy,
	    uint64_t frames, double *ratio)
{
	const struct kpager_estimate *below = NULL;
	size_t i;

	for (i = 0; i < kpager_curves_count(curves); i++) {
		const struct kpager_estimate *e = kpager_curves_get(curves, i);
		double part;

		if (strcmp(e->policy, policy))
			continue;
		if (below && e->frames > frames) {
			part = (double)(frames - below->frames) /
			       (double)(e->frames - below->frames);
			*ratio += part * (estimate_ratio(e) - *ratio);
			return below;
		}
		below = e;
		*ratio = estimate_ratio(e);
		if (e->frames >= frames)
			break;
	}
	return below;
}

/* Is it worth to change from a miss ratio to another? */
static bool worth(double from, double to)
{
	return from - to >= ADVISE_LITTLE && to <= .95 * from;
}

static void advise_same(struct advice *a)
{
	struct advise_choice best = a->now;
	size_t i;

	for (i = 0; i < kpager_curves_count(a->curves); i++) {
		const char *policy = kpager_curves_get(a->curves, i)->policy;
		double ratio = 1;

		estimate_at(a->curves, policy, a->now.frames, &ratio);
		if (ratio < best.ratio) {
			best.policy = policy;
			best.ratio = ratio;
		}
	}
	a->same = worth(a->now.ratio, best.ratio) ? best : a->now;
}

/* The least miss ratio with so many frames, or with any number (0). */
static struct advise_choice least(const struct kpager_curves *curves,
				  uint64_t frames)
{
	struct advise_choice best = { .ratio = 2 };
	size_t i;

	for (i = 0; i < kpager_curves_count(curves); i++) {
		const struct kpager_estimate *e = kpager_curves_get(curves, i);

		if ((!frames || e->frames == frames) &&
		    estimate_ratio(e) < best.ratio) {
			best.policy = e->policy;
			best.frames = e->frames;
			best.ratio = estimate_ratio(e);
		}
	}
	return best;
}

static void advise_best(struct advice *a)
{
	double floor = least(a->curves, 0).ratio + ADVISE_LITTLE, before = 2;
	size_t i, last = kpager_curves_count(a->curves) - 1;
	uint64_t most = kpager_curves_get(a->curves, last)->frames;
	struct advise_choice c;

	/* The first policy's sizes are everybody's, and ascend. */
	a->best.frames = 0;
	for (i = 0; i <= last; i++) {
		c = least(a->curves, kpager_curves_get(a->curves, i)->frames);
		if (!a->best.frames && c.ratio <= floor)
			a->best = c;
		if (c.frames == most)
			break;
		before = c.ratio;
	}
	/* It still went down where the curves end. */
	a->more = before - c.ratio >= ADVISE_LITTLE;
	/* What there is already is as good. */
	if (a->same.ratio <= floor && a->same.frames <= a->best.frames)
		a->best = a->same;
}

/* What the segment has; -1 if that cannot be said, which was reported. */
static int advise_now(struct advice *a, const struct kpager_segment *segment)
{
	const struct kpager_estimate *e;
	char text[ATTRIBUTE_SIZE];

	a->now.policy = segment->policy;
	a->now.frames = segment->resident;
	if (!attribute_read(a->name, "resident_max", text) &&
	    strtoull(text, NULL, 10))
		a->now.frames = strtoull(text, NULL, 10);
	e = estimate_at(a->curves, a->now.policy, a->now.frames,
			&a->now.ratio);
	if (!e) {
		fprintf(stderr,
			"kpager: advise on %s: its policy %s came after the sample was begun; begin anew with 'kpager advise %s --sample N'\n",
			a->name, a->now.policy, a->name);
		return -1;
	}
	a->references = e->references;
	a->simulated = e->simulated;
	/* Rounded sizes: those of the largest are the best known. */
	e = kpager_curves_get(a->curves, kpager_curves_count(a->curves) - 1);
	if (e->frames)
		a->sampled = (uint64_t)((double)a->references *
					(double)e->simulated /
					(double)e->frames);
	return 0;
}

static void warn(const struct advice *a)
{
	if (a->sampled < ADVISE_SAMPLED)
		fprintf(stderr,
			"kpager: advise on %s: only about %llu references were sampled; with %d the advice is worth more\n",
			a->name, (unsigned long long)a->sampled,
			ADVISE_SAMPLED);
	if (a->simulated < ADVISE_FRAMES)
		fprintf(stderr,
			"kpager: advise on %s: only %llu frames stand for its memory; a finer sample says more\n",
			a->name, (unsigned long long)a->simulated);
}

static int advise(const char *name, const struct kpager_segment *segment,
		  bool json)
{
	struct advice advice = { .name = name };
	struct kpager_curves *curves;
	struct kpager_error error;
	int status = EXIT_FAILED;

	if (kpager_curves_read(name, &curves, &error))
		return report(&error);
	advice.curves = curves;
	if (!kpager_curves_count(curves)) {
		fprintf(stderr,
			"kpager: advise on %s: none of its pages are looked at; begin with 'kpager advise %s --sample 100' and come back after some use\n",
			name, name);
	} else if (!advise_now(&advice, segment)) {
		advise_same(&advice);
		advise_best(&advice);
		warn(&advice);
		advise_print(&advice, json);
		status = EXIT_DONE;
	}
	kpager_curves_free(curves);
	return status;
}

static int set_sample(const char *name, unsigned long every, bool json)
{
	char text[NUMBER_SIZE];
	int err;

	format_number(text, every);
	err = -attribute_write(name, "whatif", text);
	if (!err) {
		if (json)
			json_print("sample", json_number(every));
		return EXIT_DONE;
	}
	fprintf(stderr, "kpager: advise on %s: attribute whatif: %s%s\n", name,
		strerror(err),
		err == ENOSPC ? "; the simulations would be too large: sample one page of more" :
		err == ENOENT ? "; this module does not estimate" : "");
	return err == EACCES || err == EPERM ? EXIT_DENIED : EXIT_FAILED;
}

/**
 * struct advise_options - what the options say
 * @name: of the segment
 * @every: sample one page of so many
 * @sample: only do that
 * @json: print JSON
 */
struct advise_options {
	const char *name;
	unsigned long every;
	bool sample;
	bool json;
};

static int find(const struct advise_options *o)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;
	int status;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, o->name, &error);
	if (!segment)
		status = report(&error);
	else if (o->sample)
		status = set_sample(o->name, o->every, o->json);
	else
		status = advise(o->name, segment, o->json);
	kpager_segments_free(segments);
	return status;
}

static int take_sample(struct advise_options *o, const char *text)
{
	char *end;

	o->sample = true;
	o->every = 0;
	if (!strcmp(text, "off"))
		return 0;
	errno = 0;
	o->every = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && o->every &&
	    o->every <= SAMPLE_MAX)
		return 0;
	return usage_error("--sample %s: a number from 1 to %d, or 'off'",
			   text, SAMPLE_MAX);
}

int command_advise(int argc, char **argv)
{
	static const struct option options[] = {
		{ "sample", required_argument, NULL, 's' },
		COMMON_OPTIONS
	};
	struct advise_options o = { 0 };
	int option;

	while ((option = next_option(argc, argv, "s:", options)) != -1) {
		if (option == OPTION_JSON)
			o.json = true;
		else if (option != 's' || take_sample(&o, optarg))
			return EXIT_USAGE;
	}
	if (take_operand(argc, argv, true, &o.name))
		return EXIT_USAGE;
	return find(&o);
}
