// SPDX-License-Identifier: GPL-2.0
/*
 * A map of a segment as a picture: a square a cell, as full as it is resident,
 * the darker the later its pages came, with a stroke across it if some are
 * dirty, and a ring if some are volatile.
 */
#include "map.h"

#include <math.h>
#include <stdio.h>

#include "drawing.h"
#include "output.h"

#define COLUMNS		64
#define SQUARE		12.0
#define LEFT		84
#define TOP		64
#define RIGHT		220
#define BOTTOM		24
/* Lines that the legend needs. */
#define LINES_LEAST	15

/**
 * struct square - what is drawn for a cell
 * @resident: share of its pages that is in frames
 * @dirty: share that is dirty
 * @forgettable: share that is volatile
 * @age: how many pages came since, by the number of those that are resident
 */
struct square {
	double resident;
	double dirty;
	double forgettable;
	double age;
};

/* From nearly black over blue to grey: without colours, it is as dark. */
static void set_shade(cairo_t *cr, double age)
{
	double share = 1 / (1 + age);

	cairo_set_source_rgb(cr, .85 - .80 * share, .91 - .66 * share,
			     .97 - .47 * share);
}

/* A line of the colour, with a white border that makes it seen on the darkest. */
static void stroke_twice(cairo_t *cr, double r, double g, double b)
{
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_set_line_width(cr, 3.6);
	cairo_stroke_preserve(cr);
	cairo_set_source_rgb(cr, r, g, b);
	cairo_set_line_width(cr, 1.8);
	cairo_stroke(cr);
}

static void draw_square(cairo_t *cr, double x, double y,
			const struct square *square)
{
	double length = SQUARE - 2, height = SQUARE * square->resident;

	if (square->resident > 0) {
		height = fmax(height, 2);
		cairo_rectangle(cr, x, y + SQUARE - height, SQUARE, height);
		set_shade(cr, square->age);
		cairo_fill(cr);
	}
	cairo_rectangle(cr, x, y, SQUARE, SQUARE);
	cairo_set_source_rgb(cr, .75, .75, .75);
	cairo_set_line_width(cr, .5);
	cairo_stroke(cr);
	if (square->dirty > 0) {
		length *= fmax(square->dirty, .4);
		cairo_move_to(cr, x + 1, y + SQUARE - 1);
		cairo_line_to(cr, x + 1 + length, y + SQUARE - 1 - length);
		stroke_twice(cr, .84, .37, 0);
	}
	if (square->forgettable > 0) {
		cairo_arc(cr, x + SQUARE / 2, y + SQUARE / 2, SQUARE / 4, 0,
			  2 * M_PI);
		stroke_twice(cr, 0, .50, .36);
	}
}

static void draw_legend(cairo_t *cr, double x)
{
	static const struct {
		struct square square;
		const char *text;
	} entries[] = {
		{ { 0, 0, 0, 0 }, "not in memory" },
		{ { .5, 0, 0, 0 }, "half of it is in memory" },
		{ { 1, 0, 0, 0 }, "all; it came last" },
		{ { 1, 0, 0, 1 }, "as many pages came since as" },
		{ { 0, 0, 0, 0 }, NULL },
		{ { 1, 0, 0, 4 }, "four times as many" },
		{ { 1, .01, 0, 1 }, "some dirty" },
		{ { 1, 1, 0, 1 }, "all dirty" },
		{ { 1, 0, 1, 1 }, "volatile" },
	};
	double y = TOP;
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++, y += 20) {
		cairo_set_source_rgb(cr, 0, 0, 0);
		if (!entries[i].text) {
			/* The end of the line before. */
			drawing_text(cr, x + 20, y + 4, ALIGN_LEFT,
				     "the segment has in memory");
			continue;
		}
		drawing_text(cr, x + 20, y + 10, ALIGN_LEFT, entries[i].text);
		draw_square(cr, x, y, &entries[i].square);
	}
}

static struct square square_of(const struct kpager_cell *cell, uint64_t resident)
{
	double pages = cell->pages ? (double)cell->pages : 1;

	return (struct square){
		.resident = (double)cell->resident / pages,
		.dirty = (double)cell->dirty / pages,
		.forgettable = (double)cell->volatile_pages / pages,
		.age = resident ? (double)cell->age / (double)resident : 0,
	};
}

const char *map_problem(const char *path)
{
	return drawing_problem(path);
}

const char *map_write(const char *path, const char *segment,
		      const struct kpager_map *map)
{
	size_t count = kpager_map_count(map), i;
	size_t lines = (count + COLUMNS - 1) / COLUMNS;
	size_t room = lines < LINES_LEAST ? LINES_LEAST : lines;
	char text[160], size[NUMBER_SIZE];
	struct drawing drawing;
	uint64_t resident = 0;

	drawing_begin(&drawing, path, LEFT + COLUMNS * SQUARE + RIGHT,
		      TOP + (double)room * SQUARE + BOTTOM);
	cairo_set_font_size(drawing.cr, 16);
	snprintf(text, sizeof(text), "What is in memory of segment %s", segment);
	drawing_text(drawing.cr, LEFT, 26, ALIGN_LEFT, text);
	cairo_set_font_size(drawing.cr, 11);
	format_size(size, count ? kpager_map_get(map, 0)->pages * 4096 : 0);
	snprintf(text, sizeof(text), "a square is %s; the offset of each line's first is on its left",
		 size);
	drawing_text(drawing.cr, LEFT, 46, ALIGN_LEFT, text);
	for (i = 0; i < count; i++)
		resident += kpager_map_get(map, i)->resident;
	for (i = 0; i < count; i++) {
		const struct kpager_cell *cell = kpager_map_get(map, i);
		double y = TOP + (double)(i / COLUMNS) * SQUARE;
		struct square square = square_of(cell, resident);

		if (i % (COLUMNS * 4) == 0) {
			format_size(size, cell->page * 4096);
			cairo_set_source_rgb(drawing.cr, 0, 0, 0);
			drawing_text(drawing.cr, LEFT - 8, y + 10, ALIGN_RIGHT,
				     size);
		}
		draw_square(drawing.cr, LEFT + (double)(i % COLUMNS) * SQUARE, y,
			    &square);
	}
	draw_legend(drawing.cr, LEFT + COLUMNS * SQUARE + 16);
	return drawing_end(&drawing);
}
