// SPDX-License-Identifier: GPL-2.0
/* kpager map: what is resident of a segment, and where. */
#include "map.h"

#include <stdio.h>
#include <stdlib.h>

#include "kpager.h"
#include "output.h"

/* Characters of a line; a line begins at a round offset. */
#define WIDTH	64

/* Lines of a map, at most: cells share a character where there are more. */
#define LINES	32

/**
 * struct share - pages that a character stands for
 * @first: the first of them
 * @pages: how many
 * @resident: of these, in a frame
 * @dirty: of these, dirty
 * @volatile_pages: of all, volatile
 * @age: sum of the ages of the resident ones
 */
struct share {
	uint64_t first;
	uint64_t pages;
	uint64_t resident;
	uint64_t dirty;
	uint64_t volatile_pages;
	uint64_t age;
};

static void add_cell(struct share *s, const struct kpager_cell *cell)
{
	if (!s->pages)
		s->first = cell->page;
	s->pages += cell->pages;
	s->resident += cell->resident;
	s->dirty += cell->dirty;
	s->volatile_pages += cell->volatile_pages;
	s->age += cell->age * cell->resident;
}

/* What is volatile need not be written: then it does not matter what is dirty. */
static char letter(const struct share *s)
{
	if (!s->resident)
		return s->volatile_pages ? ',' : '.';
	if (s->volatile_pages)
		return 2 * s->volatile_pages > s->pages ? 'V' : 'v';
	if (s->dirty)
		return 2 * s->dirty > s->pages ? 'D' : 'd';
	if (s->resident == s->pages)
		return '#';
	return 2 * s->resident > s->pages ? '=' : '-';
}

/*
 * Print a character on a background of a palette of 256: blue, orange if it is
 * dirty, green if it is volatile; the darker the later its pages came, compared
 * with the number of pages that are resident.
 */
static void print_coloured(char c, const struct share *s, uint64_t resident)
{
	static const unsigned char colours[3][3] = {
		{ 25, 75, 153 }, { 166, 215, 223 }, { 28, 72, 151 },
	};
	unsigned int hue = c == 'd' || c == 'D' ? 1 : c == 'v' || c == 'V' ? 2 : 0;
	double age = s->resident ? (double)s->age / (double)s->resident : 0;
	unsigned int shade = age < .5 * (double)resident ? 0 :
			     age < 2. * (double)resident ? 1 : 2;

	printf("\033[48;5;%dm\033[%dm%c",
	       s->resident ? colours[hue][shade] : 255,
	       s->resident && !shade ? 97 : 30, c);
}

static void print_line(const struct share *shares, size_t count,
		       uint64_t resident, bool ansi)
{
	char offset[NUMBER_SIZE];
	size_t i;

	format_size(offset, shares->first * 4096);
	printf("%8s ", offset);
	for (i = 0; i < count; i++) {
		char c = letter(&shares[i]);

		if (ansi)
			print_coloured(c, &shares[i], resident);
		else
			putchar(c);
	}
	puts(ansi ? "\033[m" : "");
}

static void print_text(const struct kpager_map *map, bool ansi)
{
	size_t count = kpager_map_count(map), together = 1, n, i;
	struct share shares[WIDTH * LINES] = { 0 };
	struct share total = { 0 };
	char size[NUMBER_SIZE];

	while (count > together * WIDTH * LINES)
		together *= 2;
	for (i = 0; i < count; i++) {
		add_cell(&shares[i / together], kpager_map_get(map, i));
		add_cell(&total, kpager_map_get(map, i));
	}
	n = (count + together - 1) / together;
	for (i = 0; i < n; i += WIDTH)
		print_line(shares + i, n - i < WIDTH ? n - i : WIDTH,
			   total.resident, ansi);
	format_size(size, count ? together * kpager_map_get(map, 0)->pages * 4096 : 0);
	printf("\nA character is %s. Resident: none . up to half - more = all #; dirty: some d,\n"
	       "more than half D; volatile: some v, more than half V, none of them resident ,\n",
	       size);
	if (ansi)
		puts("The darker, the later they came; dirty is orange, volatile green.");
	printf("Of %llu pages %llu are resident, %llu dirty, %llu volatile. Since a resident one\n"
	       "came, %llu others did, on average.\n",
	       (unsigned long long)total.pages,
	       (unsigned long long)total.resident,
	       (unsigned long long)total.dirty,
	       (unsigned long long)total.volatile_pages,
	       (unsigned long long)(total.resident ? total.age / total.resident : 0));
}

static void print_json(const struct kpager_map *map)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_map_count(map); i++) {
		const struct kpager_cell *cell = kpager_map_get(map, i);
		struct json_object *object = json_object_new_object();

		json_add(object, "page", json_number(cell->page));
		json_add(object, "pages", json_number(cell->pages));
		json_add(object, "resident", json_number(cell->resident));
		json_add(object, "dirty", json_number(cell->dirty));
		json_add(object, "io", json_number(cell->io));
		json_add(object, "age", json_number(cell->age));
		json_add(object, "volatile_pages",
			 json_number(cell->volatile_pages));
		json_append(array, object);
	}
	json_print("map", array);
}

enum {
	OPTION_ANSI = OPTION_FIRST,
	OPTION_SVG,
	OPTION_PNG,
};

/**
 * struct map_options - what the options say
 * @name: of the segment
 * @path: of a picture, or NULL
 * @ansi: colours even if standard output is no terminal
 * @json: print JSON
 */
struct map_options {
	const char *name;
	const char *path;
	bool ansi;
	bool json;
};

static int show(const struct map_options *o)
{
	const char *problem = NULL;
	struct kpager_error error;
	struct kpager_map *map;

	if (kpager_map_read(o->name, &map, &error))
		return report(&error);
	if (o->path)
		problem = map_write(o->path, o->name, map);
	else if (o->json)
		print_json(map);
	else
		print_text(map, o->ansi || output_colour());
	kpager_map_free(map);
	if (!problem)
		return EXIT_DONE;
	fprintf(stderr, "kpager: draw on %s: %s\n", o->path, problem);
	return EXIT_FAILED;
}

int command_map(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ansi", no_argument, NULL, OPTION_ANSI },
		{ "svg", required_argument, NULL, OPTION_SVG },
		{ "png", required_argument, NULL, OPTION_PNG },
		COMMON_OPTIONS
	};
	struct map_options o = { 0 };
	const char *problem;
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_ANSI)
			o.ansi = true;
		else if (option == OPTION_SVG || option == OPTION_PNG)
			o.path = optarg;
		else if (option == OPTION_JSON)
			o.json = true;
		else
			return EXIT_USAGE;
	}
	if (take_operand(argc, argv, true, &o.name))
		return EXIT_USAGE;
	problem = o.path ? map_problem(o.path) : NULL;
	if (problem)
		return usage_error("%s", problem);
	return show(&o);
}
