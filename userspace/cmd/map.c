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
 * @pages: how many
 * @resident: of these, in a frame
 * @dirty: of these, dirty
 */
struct share {
	uint64_t pages;
	uint64_t resident;
	uint64_t dirty;
};

static char letter(const struct share *s)
{
	if (!s->resident)
		return '.';
	if (s->dirty)
		return 2 * s->dirty > s->pages ? 'D' : 'd';
	if (s->resident == s->pages)
		return '#';
	return 2 * s->resident > s->pages ? '=' : '-';
}

/* Background colours of a palette of 256: blue, the darker the more; orange. */
static int colour(char c)
{
	switch (c) {
	case '-':
		return 153;
	case '=':
		return 75;
	case '#':
		return 25;
	case 'd':
		return 215;
	case 'D':
		return 166;
	default:
		return 255;
	}
}

static void print_line(const struct share *shares, size_t count, uint64_t page,
		       bool ansi)
{
	char offset[NUMBER_SIZE];
	size_t i;

	format_size(offset, page * 4096);
	printf("%8s ", offset);
	for (i = 0; i < count; i++) {
		char c = letter(&shares[i]);

		if (ansi)
			printf("\033[48;5;%dm\033[30m%c", colour(c), c);
		else
			putchar(c);
	}
	puts(ansi ? "\033[m" : "");
}

static void print_text(const struct kpager_map *map, bool ansi)
{
	size_t count = kpager_map_count(map), together = 1, i;
	struct share shares[WIDTH] = { 0 };
	struct share total = { 0 };
	char size[NUMBER_SIZE];
	uint64_t first = 0;
	size_t n = 0;

	while (count > together * WIDTH * LINES)
		together *= 2;
	for (i = 0; i < count; i++) {
		const struct kpager_cell *cell = kpager_map_get(map, i);
		struct share *s = &shares[i / together % WIDTH];

		if (i % (together * WIDTH) == 0) {
			if (i)
				print_line(shares, n, first, ansi);
			for (n = 0; n < WIDTH; n++)
				shares[n] = (struct share){ 0 };
			first = cell->page;
		}
		n = i / together % WIDTH + 1;
		s->pages += cell->pages;
		s->resident += cell->resident;
		s->dirty += cell->dirty;
		total.pages += cell->pages;
		total.resident += cell->resident;
		total.dirty += cell->dirty;
	}
	if (count)
		print_line(shares, n, first, ansi);
	format_size(size, count ? together * kpager_map_get(map, 0)->pages * 4096 : 0);
	printf("\nA character is %s. Resident: none . up to half - more = all #; dirty: some d,\n"
	       "more than half D. Of %llu pages %llu are resident, %llu dirty.\n",
	       size, (unsigned long long)total.pages,
	       (unsigned long long)total.resident,
	       (unsigned long long)total.dirty);
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
