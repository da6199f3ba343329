// SPDX-License-Identifier: GPL-2.0
/* kpager advise: how the advice is said */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "advise.h"
#include "output.h"

bool advise_reliable(const struct advice *advice)
{
	return advice->sampled >= ADVISE_SAMPLED &&
	       advice->simulated >= ADVISE_FRAMES;
}

static double fewer(const struct advice *advice,
		    const struct advise_choice *choice)
{
	return advice->now.ratio > 0 ?
	       1 - choice->ratio / advice->now.ratio : 0;
}

/* ".1234", as in replay. */
static void format_ratio(char text[NUMBER_SIZE], double ratio)
{
	snprintf(text, NUMBER_SIZE, "%.4f", ratio);
	if (*text == '0')
		memmove(text, text + 1, strlen(text));
}

static void print_choice(const char *what, const struct advice *advice,
			 const struct advise_choice *choice, const char *more)
{
	double gain = 100 * fewer(advice, choice);
	char ratio[NUMBER_SIZE], size[NUMBER_SIZE];

	format_ratio(ratio, choice->ratio);
	format_size(size, choice->frames * 4096);
	printf("%-8s%s with %" PRIu64 " frames (%s)", what, choice->policy,
	       choice->frames, size);
	if (choice == &advice->now)
		printf(" misses %s%s\n", ratio, more);
	else
		printf(" would miss %s, %.0f %% %s%s\n", ratio,
		       gain < 0 ? -gain : gain, gain < 0 ? "more" : "fewer",
		       more);
}

static bool same(const struct advise_choice *a, const struct advise_choice *b)
{
	return a->frames == b->frames && !strcmp(a->policy, b->policy);
}

/* A line a policy, a column an amount of memory. */
static void print_curves(const struct kpager_curves *curves)
{
	const struct kpager_estimate *first = kpager_curves_get(curves, 0), *e;
	struct table *table = table_new(true, false);
	size_t count = kpager_curves_count(curves), i;
	char text[NUMBER_SIZE];

	table_column(table, "FRAMES", false);
	for (i = 0; i < count; i++) {
		e = kpager_curves_get(curves, i);
		if (strcmp(e->policy, first->policy))
			break;
		format_number(text, e->frames);
		table_column(table, text, true);
	}
	for (i = 0; i < count; i++) {
		e = kpager_curves_get(curves, i);
		if (!i || strcmp(e->policy, first->policy))
			table_cell(table, e->policy);
		first = e;
		format_ratio(text, estimate_ratio(e));
		table_cell(table, text);
	}
	table_print(table);
}

static void print_text(const struct advice *a)
{
	printf("%s: %" PRIu64 " references, about %" PRIu64 " of them sampled\n\n",
	       a->name, a->references, a->sampled);
	print_choice("now", a, &a->now, "");
	if (same(&a->same, &a->now))
		printf("%-8sno policy is clearly better with this memory\n",
		       "policy");
	else
		print_choice("policy", a, &a->same, "");
	if (same(&a->best, &a->now) || same(&a->best, &a->same))
		printf("%-8sno other amount is worth a change%s\n", "memory",
		       a->more ? ", but more than was tried may be" : "");
	else
		print_choice("memory", a, &a->best,
			     a->more ? "; more may help further" : "");
	putchar('\n');
	print_curves(a->curves);
}

static struct json_object *json_ratio(double ratio)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%.4f", ratio);
	return json_object_new_double_s(ratio, text);
}

static struct json_object *json_choice(const struct advice *advice,
				       const struct advise_choice *choice)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "policy", json_text(choice->policy));
	json_add(object, "frames", json_number(choice->frames));
	json_add(object, "miss_ratio", json_ratio(choice->ratio));
	json_add(object, "fewer_misses", json_ratio(fewer(advice, choice)));
	return object;
}

static struct json_object *json_curves(const struct kpager_curves *curves)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_curves_count(curves); i++) {
		const struct kpager_estimate *e = kpager_curves_get(curves, i);
		struct json_object *object = json_object_new_object();

		json_add(object, "policy", json_text(e->policy));
		json_add(object, "frames", json_number(e->frames));
		json_add(object, "simulated", json_number(e->simulated));
		json_add(object, "references", json_number(e->references));
		json_add(object, "misses", json_number(e->misses));
		json_add(object, "miss_ratio",
			 json_ratio(estimate_ratio(e)));
		json_append(array, object);
	}
	return array;
}

static void print_json(const struct advice *a)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "segment", json_text(a->name));
	json_add(object, "references", json_number(a->references));
	json_add(object, "sampled", json_number(a->sampled));
	json_add(object, "reliable", json_object_new_boolean(advise_reliable(a)));
	json_add(object, "now", json_choice(a, &a->now));
	json_add(object, "same_memory", json_choice(a, &a->same));
	json_add(object, "best", json_choice(a, &a->best));
	json_add(object, "curves", json_curves(a->curves));
	json_print("advice", object);
}

void advise_print(const struct advice *advice, bool json)
{
	if (json)
		print_json(advice);
	else
		print_text(advice);
}
