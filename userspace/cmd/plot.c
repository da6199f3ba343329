// SPDX-License-Identifier: GPL-2.0
/*
 * plot.c - miss-ratio curves, drawn by cairo
 *
 * Each policy has a colour, a dash and a marker, so that the drawing can be
 * read in black and white as well.  The area below the optimum, which no
 * policy can enter, is grey.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing.h"
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

#define N_MARKERS	6

const char *plot_problem(const char *path)
{
	return drawing_problem(path);
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
		drawing_text(plot->cr, LEFT - 8, y + 4, ALIGN_RIGHT, text);
	}
	cairo_save(plot->cr);
	cairo_translate(plot->cr, 22, TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(plot->cr, -M_PI / 2);
	drawing_text(plot->cr, 0, 0, ALIGN_CENTRE, "miss ratio");
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
		drawing_text(plot->cr, x, y + 18, ALIGN_CENTRE, frames);
		drawing_text(plot->cr, x, y + 33, ALIGN_CENTRE, share);
	}
	drawing_text(plot->cr, LEFT + PLOT_WIDTH / 2.0, y + 54, ALIGN_CENTRE,
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

	drawing_style(plot->cr, number, 1.6);
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
		drawing_style(plot->cr, i, 1.6);
		cairo_move_to(plot->cr, x, y);
		cairo_line_to(plot->cr, x + 44, y);
		cairo_stroke(plot->cr);
		draw_marker(plot, i, x + 22, y);
		cairo_set_source_rgb(plot->cr, 0, 0, 0);
		drawing_text(plot->cr, x + 54, y + 4, ALIGN_LEFT, c->names[i]);
	}
	cairo_set_dash(plot->cr, NULL, 0, 0);
	cairo_set_source_rgb(plot->cr, .45, .45, .45);
	cairo_set_line_width(plot->cr, 2.5);
	cairo_move_to(plot->cr, x, y);
	cairo_line_to(plot->cr, x + 44, y);
	cairo_stroke(plot->cr);
	cairo_set_source_rgb(plot->cr, 0, 0, 0);
	drawing_text(plot->cr, x + 54, y + 4, ALIGN_LEFT, "opt (floor)");
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

	cairo_set_font_size(cr, 16);
	drawing_text(plot->cr, LEFT, 32, ALIGN_LEFT, plot->curves->title);
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
	struct plot plot = { .curves = curves };
	struct drawing drawing;

	drawing_begin(&drawing, path, WIDTH, HEIGHT);
	plot.cr = drawing.cr;
	find_range(&plot);
	draw(&plot);
	return drawing_end(&drawing);
}
