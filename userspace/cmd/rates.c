// SPDX-License-Identifier: GPL-2.0
/* kpager stat --interval */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "rates.h"
#include "sample.h"

/* On a terminal the headings come again after so many lines. */
#define HEADINGS_EVERY	20

enum kind {
	KIND_RATE,	/* a double of struct rates */
	KIND_FRAMES,	/* a uint64_t of struct counters, in pages */
	KIND_SHARE,	/* a double of struct rates, 0 to 1 or NAN */
};

/**
 * struct column - of a line
 * @name: its name, in JSON too
 * @kind: where @offset points to
 * @offset: in the structure
 * @module: it has no meaning for a segment
 * @shown: it is shown if no columns are chosen
 */
struct column {
	const char *name;
	enum kind kind;
	size_t offset;
	bool module;
	bool shown;
};

#define RATE(name, member, module, shown) \
	{ name, KIND_RATE, offsetof(struct rates, member), module, shown }
#define FRAMES(member, module, shown) \
	{ #member, KIND_FRAMES, offsetof(struct counters, member), module, shown }

static const struct column columns[] = {
	FRAMES(free, true, true),
	FRAMES(used, false, true),
	FRAMES(dirty, false, true),
	FRAMES(total, false, false),
	RATE("minor", minor, false, true),
	RATE("major", major, false, true),
	{ "hit", KIND_SHARE, offsetof(struct rates, hit), false, true },
	RATE("read", read, false, true),
	RATE("ahead", prefetched, true, true),
	RATE("write", written, false, true),
	RATE("evict", evictions, false, true),
	RATE("evict_dirty", evictions_dirty, true, false),
	RATE("fsyncs", fsyncs, true, false),
	RATE("sigbus", sigbus, true, false),
	RATE("errors", errors, false, true),
};

#define N_COLUMNS	(sizeof(columns) / sizeof(columns[0]))

/* Of a number; all columns that are shown by default fit into 80 characters. */
#define WIDTH	6

static int width(const struct column *column)
{
	int length = (int)strlen(column->name);

	return length > WIDTH ? length : WIDTH;
}

static const struct column *find_column(const char *name, bool module)
{
	size_t i;

	for (i = 0; i < N_COLUMNS; i++)
		if (!strcasecmp(columns[i].name, name) &&
		    (module || !columns[i].module))
			return &columns[i];
	return NULL;
}

static int unknown_column(const char *name, bool module)
{
	char known[256] = "";
	size_t i;

	for (i = 0; i < N_COLUMNS; i++)
		if (module || !columns[i].module)
			snprintf(known + strlen(known),
				 sizeof(known) - strlen(known), " %s",
				 columns[i].name);
	return usage_error("unknown column '%s', known are:%s", name, known);
}

/**
 * struct line - what a line consists of
 * @columns: the columns, @count of them
 */
struct line {
	const struct column **columns;
	size_t count;
};

static int choose(const struct rates_options *o, struct line *line)
{
	bool all = o->columns && !strcasecmp(o->columns, "all");
	char *copy = strdup(o->columns ? o->columns : "");
	bool module = !o->name;
	char *rest = copy;
	char *name;
	int ret = 0;
	size_t i;

	if (!copy)
		out_of_memory();
	line->columns = calloc(strlen(copy) + N_COLUMNS + 1,
			       sizeof(*line->columns));
	if (!line->columns)
		out_of_memory();
	for (i = 0; (all || !o->columns) && i < N_COLUMNS; i++)
		if ((all || columns[i].shown) && (module || !columns[i].module))
			line->columns[line->count++] = &columns[i];
	while (o->columns && !all && !ret && (name = strsep(&rest, ","))) {
		const struct column *column = find_column(name, module);

		if (column)
			line->columns[line->count++] = column;
		else
			ret = unknown_column(name, module);
	}
	free(copy);
	return ret;
}

static double number(const struct column *column, const struct counters *counters,
		     const struct rates *rates)
{
	if (column->kind == KIND_FRAMES)
		return (double)*(const uint64_t *)((const char *)counters +
						   column->offset);
	return *(const double *)((const char *)rates + column->offset);
}

static void format(char text[NUMBER_SIZE], const struct column *column,
		   double value, bool bytes)
{
	if (column->kind == KIND_FRAMES && bytes)
		format_number(text, (uint64_t)value * 4096);
	else if (column->kind == KIND_FRAMES)
		format_size(text, (uint64_t)value * 4096);
	else if (isnan(value))
		strcpy(text, "-");
	else if (column->kind == KIND_SHARE)
		snprintf(text, NUMBER_SIZE, "%.1f%%", 100 * value);
	else
		snprintf(text, NUMBER_SIZE, "%.0f", value);
}

static void print_headings(const struct line *line)
{
	char name[NUMBER_SIZE];
	size_t i, k;

	for (i = 0; i < line->count; i++) {
		const char *from = line->columns[i]->name;

		for (k = 0; from[k] && k < sizeof(name) - 1; k++)
			name[k] = (char)toupper((unsigned char)from[k]);
		name[k] = '\0';
		printf("%s%*s", i ? " " : "", width(line->columns[i]), name);
	}
	putchar('\n');
}

static void print_line(const struct rates_options *o, const struct line *line,
		       const struct counters *counters,
		       const struct rates *rates)
{
	char text[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < line->count; i++) {
		const struct column *column = line->columns[i];

		format(text, column, number(column, counters, rates), o->bytes);
		printf("%s%*s", i ? " " : "", width(column), text);
	}
	putchar('\n');
}

static struct json_object *json_rate(double value)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%.3f", value);
	return json_object_new_double_s(value, text);
}

struct json_object *json_rates(const char *name, const struct counters *before,
			       const struct counters *now, uint64_t ns)
{
	struct json_object *object = json_object_new_object();
	struct rates rates = rates_between(before, now, ns);
	size_t i;

	json_add(object, "segment", json_text(name ? name : ""));
	json_add(object, "seconds", json_rate(rates.seconds));
	for (i = 0; i < N_COLUMNS; i++) {
		const struct column *column = &columns[i];
		double value = number(column, now, &rates);

		if (name && column->module)
			continue;
		/* JSON has no NAN: what cannot be said is left out. */
		if (isnan(value))
			continue;
		json_add(object, column->name,
			 column->kind == KIND_FRAMES ?
				json_number((uint64_t)value) :
				json_rate(value));
	}
	return object;
}

/* Return: 0, or the exit code if the segment is not there. */
static int take(const struct rates_options *o, struct sample **sample)
{
	struct kpager_error error;

	if (sample_take(0, NULL, 0, sample, &error))
		return report(&error);
	if (!o->name ||
	    kpager_segments_find((*sample)->segments, o->name, &error))
		return 0;
	sample_free(*sample);
	return report(&error);
}

static void print_json(const struct rates_options *o,
		       const struct counters *before,
		       const struct counters *now, const struct sample *sample,
		       uint64_t ns)
{
	struct json_object *object = json_rates(o->name, before, now, ns);

	json_add(object, "time_ms", json_number(sample->realtime / 1000000));
	json_line("rates", object);
}

static int print_lines(struct rates_options *o, const struct line *line)
{
	bool again = isatty(STDOUT_FILENO);
	struct sample *before, *after;
	uint64_t n;
	int ret;

	ret = take(o, &before);
	if (ret)
		return ret;
	pace_start(&o->pace);
	for (n = 0; !o->pace.count || n < o->pace.count; n++) {
		struct counters old, new;
		struct rates rates;

		if (!pace_wait(&o->pace))
			break;
		ret = take(o, &after);
		if (ret)
			break;
		old = counters_of(before, o->name);
		new = counters_of(after, o->name);
		rates = rates_between(&old, &new, after->clock - before->clock);
		if (!o->json && o->headings &&
		    (again ? n % HEADINGS_EVERY == 0 : !n))
			print_headings(line);
		if (o->json)
			print_json(o, &old, &new, after,
				   after->clock - before->clock);
		else
			print_line(o, line, &new, &rates);
		sample_free(before);
		before = after;
		/* Somebody may be waiting for it; nobody: no use to go on. */
		if (fflush(stdout))
			break;
	}
	sample_free(before);
	return ret;
}

int rates_print(struct rates_options *options)
{
	struct line line = { 0 };
	int ret = choose(options, &line);

	if (!ret)
		ret = print_lines(options, &line);
	free(line.columns);
	return ret;
}
