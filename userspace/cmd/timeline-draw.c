// SPDX-License-Identifier: GPL-2.0
/* Diagrams, mostly over time, one below the other, drawn by cairo. */
#include <math.h>
#include <stdio.h>

#include "drawing.h"
#include "timeline.h"

#define WIDTH		960
#define LEFT		84
#define RIGHT		150
#define TOP		56
#define BOTTOM		52
#define PANEL		132
#define GAP		34
/* More of it below a panel whose axis has numbers. */
#define AXIS		36
#define PLOT_WIDTH	(WIDTH - LEFT - RIGHT)

/**
 * struct frame - where a panel is, and its axis
 * @cr: cairo's context
 * @panel: what it shows
 * @length: the right end of its axis, which begins with 0
 * @y: its upper end
 * @high: the value there; that of the lower is 0
 * @step: distance of the grid's lines
 */
struct frame {
	cairo_t *cr;
	const struct panel *panel;
	double length;
	double y;
	double high;
	double step;
};

/* A round number of which four or five make up @range. */
static double round_step(double range)
{
	double power = pow(10, floor(log10(range / 4)));
	double digit = range / 4 / power;

	return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static double x_of(const struct frame *f, double x)
{
	return LEFT + PLOT_WIDTH * (f->length > 0 ? x / f->length : .5);
}

static double y_of(const struct frame *f, double value)
{
	return f->y + PANEL * (1 - value / f->high);
}

/* 1500 as 1.5k; what is left of the number is round. */
static void format_tick(char text[32], double value)
{
	static const struct {
		double size;
		const char *unit;
	} units[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (value >= units[i].size) {
			snprintf(text, 32, "%.4g%s", value / units[i].size,
				 units[i].unit);
			return;
		}
	snprintf(text, 32, "%.4g", value);
}

static void line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
	cairo_move_to(cr, x0, y0);
	cairo_line_to(cr, x1, y1);
	cairo_stroke(cr);
}

static void thin(cairo_t *cr, double grey)
{
	cairo_set_source_rgb(cr, grey, grey, grey);
	cairo_set_line_width(cr, .8);
	cairo_set_dash(cr, NULL, 0, 0);
}

static void draw_values_axis(struct frame *f, const struct panel *panel)
{
	char text[32];
	double value;

	for (value = 0; value < f->high + f->step / 2; value += f->step) {
		thin(f->cr, .84);
		line(f->cr, LEFT, y_of(f, value), LEFT + PLOT_WIDTH,
		     y_of(f, value));
		thin(f->cr, 0);
		format_tick(text, value);
		drawing_text(f->cr, LEFT - 8, y_of(f, value) + 4, ALIGN_RIGHT,
			     text);
	}
	cairo_save(f->cr);
	cairo_translate(f->cr, 20, f->y + PANEL / 2.0);
	cairo_rotate(f->cr, -M_PI / 2);
	drawing_text(f->cr, 0, 0, ALIGN_CENTRE, panel->unit);
	cairo_restore(f->cr);
}

static void draw_axis(struct frame *f, bool labels)
{
	double step = round_step(f->length > 0 ? f->length / 2 : 1);
	double value;
	char text[32];

	for (value = 0; value <= f->length + step / 1000; value += step) {
		double x = x_of(f, value);

		thin(f->cr, .84);
		line(f->cr, x, f->y, x, f->y + PANEL);
		thin(f->cr, 0);
		if (!labels)
			continue;
		snprintf(text, sizeof(text), "%.4g", value);
		drawing_text(f->cr, x, f->y + PANEL + 18, ALIGN_CENTRE, text);
	}
	if (labels)
		drawing_text(f->cr, LEFT + PLOT_WIDTH / 2.0, f->y + PANEL + 36,
			     ALIGN_CENTRE, f->panel->axis);
}

/* A line from each point to the next; one without neighbours is a dot. */
static void draw_series(struct frame *f, const double *values, size_t number)
{
	bool drawing = false;
	size_t i;

	drawing_style(f->cr, number, number ? 1.6 : 2);
	for (i = 0; i < f->panel->count; i++) {
		double x = x_of(f, f->panel->x[i]);

		if (isnan(values[i])) {
			drawing = false;
			continue;
		}
		if (!drawing)
			cairo_move_to(f->cr, x - 1, y_of(f, values[i]));
		cairo_line_to(f->cr, x, y_of(f, values[i]));
		drawing = true;
	}
	cairo_stroke(f->cr);
	thin(f->cr, 0);
}

static void draw_legend(struct frame *f, const struct panel *panel)
{
	double x = LEFT + PLOT_WIDTH + 14, y = f->y + 10;
	size_t i;

	for (i = 0; i < panel->n; i++, y += 20) {
		drawing_style(f->cr, i, i ? 1.6 : 2);
		line(f->cr, x, y, x + 40, y);
		thin(f->cr, 0);
		drawing_text(f->cr, x + 48, y + 4, ALIGN_LEFT,
			     panel->names[i]);
	}
}

static void choose_axis(struct frame *f, const struct panel *panel)
{
	double high = panel->top;
	size_t i, k;

	for (i = 0; i < panel->n; i++)
		for (k = 0; k < panel->count; k++)
			high = fmax(high, panel->values[i][k]);
	if (panel->cap > 0 && high > panel->cap)
		high = panel->cap;
	f->step = round_step(high > 0 ? high : 1);
	f->high = ceil((high > 0 ? high : 1) / f->step - 1e-9) * f->step;
}

static void draw_panel(struct frame *f, const struct panel *panel, bool labels)
{
	size_t i;

	f->panel = panel;
	f->length = panel->x[panel->count - 1];
	choose_axis(f, panel);
	cairo_set_font_size(f->cr, 13);
	drawing_text(f->cr, LEFT, f->y - 8, ALIGN_LEFT, panel->title);
	cairo_set_font_size(f->cr, 11);
	draw_values_axis(f, panel);
	draw_axis(f, labels);
	thin(f->cr, 0);
	cairo_rectangle(f->cr, LEFT, f->y, PLOT_WIDTH, PANEL);
	cairo_stroke(f->cr);
	/* What is dashed lies on what is solid, and both are seen. */
	for (i = 0; i < panel->n; i++)
		draw_series(f, panel->values[i], i);
	draw_legend(f, panel);
}

/* Panels on the same axis share the numbers below the last of them. */
static bool ends_axis(const struct timeline *t, size_t i)
{
	return i + 1 == t->n_panels || t->panels[i].x != t->panels[i + 1].x;
}

const char *timeline_problem(const char *path)
{
	return drawing_problem(path);
}

const char *timeline_write(const char *path, const struct timeline *timeline)
{
	double height = TOP + BOTTOM + (double)timeline->n_panels * PANEL +
			(double)(timeline->n_panels - 1) * GAP;
	struct frame frame = { .y = TOP };
	struct drawing drawing;
	size_t i;

	for (i = 0; i + 1 < timeline->n_panels; i++)
		height += ends_axis(timeline, i) ? AXIS : 0;
	drawing_begin(&drawing, path, WIDTH, height);
	frame.cr = drawing.cr;
	cairo_set_font_size(frame.cr, 16);
	drawing_text(frame.cr, LEFT, 26, ALIGN_LEFT, timeline->title);
	for (i = 0; i < timeline->n_panels; i++) {
		bool labels = ends_axis(timeline, i);

		draw_panel(&frame, &timeline->panels[i], labels);
		frame.y += PANEL + GAP + (labels ? AXIS : 0);
	}
	return drawing_end(&drawing);
}
