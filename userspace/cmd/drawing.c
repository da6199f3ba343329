// SPDX-License-Identifier: GPL-2.0
/* What all pictures have in common, through cairo. */
#include <cairo-svg.h>
#include <string.h>
#include <strings.h>

#include "drawing.h"

/* Okabe and Ito's colours, which the colour-blind can tell apart, and black. */
static const double colours[][3] = {
	{ 0, 0, 0 }, { 0, .45, .70 }, { .84, .37, 0 }, { 0, .62, .45 },
	{ .80, .47, .65 }, { .34, .71, .91 }, { .90, .62, 0 },
};

/* The number of its numbers, and they. */
static const double dashes[][5] = {
	{ 0 }, { 2, 9, 4 }, { 2, 2, 3 }, { 4, 10, 3, 2, 3 }, { 2, 16, 4 },
};

#define N_COLOURS	(sizeof(colours) / sizeof(colours[0]))
#define N_DASHES	(sizeof(dashes) / sizeof(dashes[0]))

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path), n = strlen(end);

	return length > n && !strcasecmp(path + length - n, end);
}

const char *drawing_problem(const char *path)
{
	if (ends_in(path, ".svg") || ends_in(path, ".png"))
		return NULL;
	return "the name of a drawing must end in .svg or .png";
}

void drawing_begin(struct drawing *drawing, const char *path, double width,
		   double height)
{
	bool png = ends_in(path, ".png");
	cairo_surface_t *surface = png ?
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width,
					   (int)height) :
		cairo_svg_surface_create(path, width, height);

	*drawing = (struct drawing){
		.path = path,
		.png = png,
		.surface = surface,
		.cr = cairo_create(surface),
	};
	cairo_set_source_rgb(drawing->cr, 1, 1, 1);
	cairo_paint(drawing->cr);
	cairo_set_source_rgb(drawing->cr, 0, 0, 0);
	cairo_select_font_face(drawing->cr, "sans-serif",
			       CAIRO_FONT_SLANT_NORMAL,
			       CAIRO_FONT_WEIGHT_NORMAL);
}

const char *drawing_end(struct drawing *drawing)
{
	cairo_status_t status = cairo_status(drawing->cr);

	cairo_destroy(drawing->cr);
	if (!status && drawing->png)
		status = cairo_surface_write_to_png(drawing->surface,
						    drawing->path);
	cairo_surface_finish(drawing->surface);
	if (!status)
		status = cairo_surface_status(drawing->surface);
	cairo_surface_destroy(drawing->surface);
	return status ? cairo_status_to_string(status) : NULL;
}

void drawing_style(cairo_t *cr, size_t number, double width)
{
	const double *colour = colours[number % N_COLOURS];
	const double *dash = dashes[number % N_DASHES];

	cairo_set_source_rgb(cr, colour[0], colour[1], colour[2]);
	cairo_set_line_width(cr, width);
	cairo_set_dash(cr, dash + 1, (int)dash[0], 0);
}

void drawing_text(cairo_t *cr, double x, double y, enum align align,
		  const char *text)
{
	cairo_text_extents_t e;

	cairo_text_extents(cr, text, &e);
	cairo_move_to(cr, x - e.x_advance * align / 2, y);
	cairo_show_text(cr, text);
	cairo_new_path(cr);
}
