// SPDX-License-Identifier: GPL-2.0
/*
 * plot.c - miss-ratio curves, drawn by cairo
 *
 * Each policy has a colour, a dash and a marker, so that the drawing can be
 * read in black and white as well.  The area below the optimum, which no
 * policy can enter, is grey.
 */
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "replay.h"

#define WIDTH		960
#define HEIGHT		600
#define LEFT		76
#define TOP		56
#define RIGHT		200
#define BOTTOM		68
#define PLOT_WIDTH	(WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT	(HEIGHT - TOP - BOTTOM)
#define MARKER		4.0

/**
 * struct plot - a drawing in the making
 * @cr: cairo's context
 * @curves: what is drawn
 * @log: the axis of frames is logarithmic
 * @low: miss ratio at the bottom
 * @high: miss ratio at the top
 */
struct plot {
	cairo_t *cr;
	const struct replay_curves *curves;
	bool log;
	double low;
	double high;
};

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
#define N_MARKERS	6

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path), n = strlen(end);

	return length > n && !strcasecmp(path + length - n, end);
}

const char *plot_problem(const char *path)
{
	if (ends_in(path, ".svg") || ends_in(path, ".png"))
		return NULL;
	return "the name of a drawing must end in .svg or .png";
}

static double x_of(const struct plot *plot, double frames)
{
	const struct replay_curves *c = plot->curves;
	double first = c->frames[0], last = c->frames[c->n_sizes - 1];

	if (first == last)
		return LEFT + PLOT_WIDTH / 2.0;
	if (plot->log)
		return LEFT + PLOT_WIDTH * log(frames / first) /
			      log(last / first);
	return LEFT + PLOT_WIDTH * (frames - first) / (last - first);
}

static double y_of(const struct plot *plot, double ratio)
{
	return TOP + PLOT_HEIGHT * (plot->high - ratio) /
		     (plot->high - plot->low);
}

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

static void draw_text(struct plot *plot, double x, double y, enum align align,
		      const char *text)
{
	cairo_text_extents_t e;

	cairo_text_extents(plot->cr, text, &e);
	cairo_move_to(plot->cr, x - e.x_advance * align / 2, y);
	cairo_show_text(plot->cr, text);
	cairo_new_path(plot->cr);
}

static void draw_grid_line(struct plot *plot, double x0, double y0, double x1,
			   double y1)
{
	cairo_set_source_rgb(plot->cr, .82, .82, .82);
	cairo_move_to(plot->cr, x0, y0);
	cairo_line_to(plot->cr, x1, y1);
	cairo_stroke(plot->cr);
	cairo_set_source_rgb(plot->cr, 0, 0, 0);
}

static void draw_ratio_axis(struct plot *plot)
{
	double step = plot->high - plot->low > .5 ? .1 : .05, ratio;
	char text[16];

	for (ratio = plot->low; ratio < plot->high + step / 2; ratio += step) {
		double y = y_of(plot, ratio);

		draw_grid_line(plot, LEFT, y, LEFT + PLOT_WIDTH, y);
		snprintf(text, sizeof(text), "%.2f", fabs(ratio));
		draw_text(plot, LEFT - 8, y + 4, ALIGN_RIGHT, text);
	}
	cairo_save(plot->cr);
	cairo_translate(plot->cr, 22, TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(plot->cr, -M_PI / 2);
	draw_text(plot, 0, 0, ALIGN_CENTRE, "miss ratio");
	cairo_restore(plot->cr);
}

/* A tick at each size, as far as its label does not run into the last one. */
static void draw_frames_axis(struct plot *plot)
{
	const struct replay_curves *c = plot->curves;
	double y = TOP + PLOT_HEIGHT, right = 0;
	size_t i;

	for (i = 0; i < c->n_sizes; i++) {
		double x = x_of(plot, c->frames[i]);
		char frames[16], share[16];
		cairo_text_extents_t e;

		draw_grid_line(plot, x, TOP, x, y);
		snprintf(frames, sizeof(frames), "%u", c->frames[i]);
		snprintf(share, sizeof(share), "%.3g%%",
			 100.0 * c->frames[i] / c->pages);
		cairo_text_extents(plot->cr, frames, &e);
		if (i && x - e.x_advance / 2 < right + 6)
			continue;
		right = x + e.x_advance / 2;
		draw_text(plot, x, y + 18, ALIGN_CENTRE, frames);
		draw_text(plot, x, y + 33, ALIGN_CENTRE, share);
	}
	draw_text(plot, LEFT + PLOT_WIDTH / 2.0, y + 54, ALIGN_CENTRE,
		  plot->log ? "frames, logarithmic, and their share of the pages" :
			      "frames, and their share of the pages");
}

static void trace_curve(struct plot *plot, const double *ratio)
{
	const struct replay_curves *c = plot->curves;
	size_t i;

	for (i = 0; i < c->n_sizes; i++)
		cairo_line_to(plot->cr, x_of(plot, c->frames[i]),
			      y_of(plot, ratio[i]));
}

static void draw_floor(struct plot *plot)
{
	const struct replay_curves *c = plot->curves;
	double bottom = TOP + PLOT_HEIGHT;

	cairo_move_to(plot->cr, x_of(plot, c->frames[0]), bottom);
	trace_curve(plot, c->floor);
	cairo_line_to(plot->cr, x_of(plot, c->frames[c->n_sizes - 1]), bottom);
	cairo_close_path(plot->cr);
	cairo_set_source_rgb(plot->cr, .88, .88, .88);
	cairo_fill(plot->cr);
	cairo_set_source_rgb(plot->cr, .45, .45, .45);
	cairo_set_line_width(plot->cr, 2.5);
	trace_curve(plot, c->floor);
	cairo_stroke(plot->cr);
}

static void choose_style(struct plot *plot, size_t number)
{
	const double *colour = colours[number % N_COLOURS];
	const double *dash = dashes[number % N_DASHES];

	cairo_set_source_rgb(plot->cr, colour[0], colour[1], colour[2]);
	cairo_set_line_width(plot->cr, 1.6);
	cairo_set_dash(plot->cr, dash + 1, (int)dash[0], 0);
}

static void polygon(cairo_t *cr, double x, double y, int corners, double turn)
{
	int i;

	for (i = 0; i < corners; i++)
		cairo_line_to(cr, x + 1.3 * MARKER * sin(turn + 2 * M_PI * i / corners),
			      y - 1.3 * MARKER * cos(turn + 2 * M_PI * i / corners));
	cairo_close_path(cr);
}

/* Hollow ones for every second policy. */
static void draw_marker(struct plot *plot, size_t number, double x, double y)
{
	cairo_t *cr = plot->cr;

	cairo_set_dash(cr, NULL, 0, 0);
	cairo_new_path(cr);
	switch (number % N_MARKERS) {
	case 0:
		cairo_arc(cr, x, y, MARKER, 0, 2 * M_PI);
		break;
	case 1:
		polygon(cr, x, y, 4, M_PI / 4);
		break;
	case 2:
		polygon(cr, x, y, 3, 0);
		break;
	case 3:
		polygon(cr, x, y, 4, 0);
		break;
	case 4:
		polygon(cr, x, y, 3, M_PI);
		break;
	default:
		polygon(cr, x, y, 5, 0);
		break;
	}
	if (number / N_MARKERS % 2 == 0) {
		cairo_fill(cr);
		return;
	}
	cairo_save(cr);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_fill_preserve(cr);
	cairo_restore(cr);
	cairo_set_line_width(cr, 1.2);
	cairo_stroke(cr);
}

static void draw_curve(struct plot *plot, size_t number)
{
	const struct replay_curves *c = plot->curves;
	const double *ratio = c->ratio + number * c->n_sizes;
	size_t i;

	choose_style(plot, number);
	trace_curve(plot, ratio);
	cairo_stroke(plot->cr);
	for (i = 0; i < c->n_sizes; i++)
		draw_marker(plot, number, x_of(plot, c->frames[i]),
			    y_of(plot, ratio[i]));
}

static void draw_legend(struct plot *plot)
{
	const struct replay_curves *c = plot->curves;
	double x = LEFT + PLOT_WIDTH + 16, y = TOP + 6, step;
	size_t i;

	step = fmin(20, (double)PLOT_HEIGHT / (c->n_policies + 1));
	for (i = 0; i < c->n_policies; i++, y += step) {
		choose_style(plot, i);
		cairo_move_to(plot->cr, x, y);
		cairo_line_to(plot->cr, x + 44, y);
		cairo_stroke(plot->cr);
		draw_marker(plot, i, x + 22, y);
		cairo_set_source_rgb(plot->cr, 0, 0, 0);
		draw_text(plot, x + 54, y + 4, ALIGN_LEFT, c->names[i]);
	}
	cairo_set_dash(plot->cr, NULL, 0, 0);
	cairo_set_source_rgb(plot->cr, .45, .45, .45);
	cairo_set_line_width(plot->cr, 2.5);
	cairo_move_to(plot->cr, x, y);
	cairo_line_to(plot->cr, x + 44, y);
	cairo_stroke(plot->cr);
	cairo_set_source_rgb(plot->cr, 0, 0, 0);
	draw_text(plot, x + 54, y + 4, ALIGN_LEFT, "opt (floor)");
}

static void find_range(struct plot *plot)
{
	const struct replay_curves *c = plot->curves;
	double low = 1, high = 0;
	size_t i;

	for (i = 0; i < c->n_sizes; i++)
		low = fmin(low, c->floor[i]);
	for (i = 0; i < c->n_sizes * c->n_policies; i++)
		high = fmax(high, c->ratio[i]);
	/* From a tenth to a tenth; from 0 where that is not far. */
	plot->low = low < .35 ? 0 : floor(low * 10 - .2) / 10;
	plot->high = fmax(ceil(high * 10) / 10, plot->low + .1);
	plot->log = c->frames[c->n_sizes - 1] / c->frames[0] >= 20;
}

static void draw(struct plot *plot)
{
	cairo_t *cr = plot->cr;
	size_t i;

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_source_rgb(cr, 0, 0, 0);
	cairo_set_font_size(cr, 16);
	draw_text(plot, LEFT, 32, ALIGN_LEFT, plot->curves->title);
	cairo_set_font_size(cr, 12);
	cairo_set_line_width(cr, .8);
	draw_floor(plot);
	cairo_set_line_width(cr, .8);
	draw_ratio_axis(plot);
	draw_frames_axis(plot);
	cairo_rectangle(cr, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT);
	cairo_stroke(cr);
	for (i = 0; i < plot->curves->n_policies; i++)
		draw_curve(plot, i);
	draw_legend(plot);
}

const char *plot_write(const char *path, const struct replay_curves *curves)
{
	bool png = ends_in(path, ".png");
	cairo_surface_t *surface = png ?
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT) :
		cairo_svg_surface_create(path, WIDTH, HEIGHT);
	struct plot plot = { .cr = cairo_create(surface), .curves = curves };
	cairo_status_t status;

	find_range(&plot);
	draw(&plot);
	status = cairo_status(plot.cr);
	cairo_destroy(plot.cr);
	if (!status && png)
		status = cairo_surface_write_to_png(surface, path);
	cairo_surface_finish(surface);
	if (!status)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status ? cairo_status_to_string(status) : NULL;
}
