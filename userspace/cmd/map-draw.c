// SPDX-License-Identifier: GPL-2.0
/*
 * A map of a segment as a picture: a square a cell, the darker the more of it is
 * resident, with a stroke across it, the longer the more is dirty.
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
#define RIGHT		150
#define BOTTOM		24
/* Lines that the legend needs. */
#define LINES_LEAST	12

/* From white over blue to nearly black: in grey, it is as dark. */
static void set_shade(cairo_t *cr, double share)
{
	if (share <= 0)
		cairo_set_source_rgb(cr, 1, 1, 1);
	else
		cairo_set_source_rgb(cr, .85 - .80 * share, .91 - .66 * share,
				     .97 - .47 * share);
}

static void draw_square(cairo_t *cr, double x, double y, double resident,
			double dirty)
{
	cairo_rectangle(cr, x, y, SQUARE, SQUARE);
	set_shade(cr, resident);
	cairo_fill_preserve(cr);
	cairo_set_source_rgb(cr, .75, .75, .75);
	cairo_set_line_width(cr, .5);
	cairo_stroke(cr);
	if (dirty <= 0)
		return;
	/* Orange, with a white border that makes it seen on the darkest. */
	cairo_move_to(cr, x + 1, y + SQUARE - 1);
	cairo_line_to(cr, x + 1 + (SQUARE - 2) * fmax(dirty, .3),
		      y + SQUARE - 1 - (SQUARE - 2) * fmax(dirty, .3));
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_set_line_width(cr, 4);
	cairo_stroke_preserve(cr);
	cairo_set_source_rgb(cr, .84, .37, 0);
	cairo_set_line_width(cr, 2);
	cairo_stroke(cr);
}

static void draw_legend(cairo_t *cr, double x)
{
	static const struct {
		double resident;
		double dirty;
		const char *text;
	} entries[] = {
		{ 0, 0, "not in memory" }, { .01, 0, "a little" },
		{ .5, 0, "half" }, { 1, 0, "all of it" },
		{ 1, .01, "a little dirty" }, { 1, 1, "all dirty" },
	};
	double y = TOP;
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++, y += 20) {
		draw_square(cr, x, y, entries[i].resident, entries[i].dirty);
		cairo_set_source_rgb(cr, 0, 0, 0);
		drawing_text(cr, x + 20, y + 10, ALIGN_LEFT, entries[i].text);
	}
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
	for (i = 0; i < count; i++) {
		const struct kpager_cell *cell = kpager_map_get(map, i);
		double y = TOP + (double)(i / COLUMNS) * SQUARE;
		double pages = cell->pages ? (double)cell->pages : 1;

		if (i % (COLUMNS * 4) == 0) {
			format_size(size, cell->page * 4096);
			cairo_set_source_rgb(drawing.cr, 0, 0, 0);
			drawing_text(drawing.cr, LEFT - 8, y + 10, ALIGN_RIGHT,
				     size);
		}
		draw_square(drawing.cr, LEFT + (double)(i % COLUMNS) * SQUARE, y,
			    (double)cell->resident / pages,
			    (double)cell->dirty / pages);
	}
	draw_legend(drawing.cr, LEFT + COLUMNS * SQUARE + 16);
	return drawing_end(&drawing);
}
