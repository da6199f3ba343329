/* SPDX-License-Identifier: GPL-2.0 */
/* What all pictures have in common: files, colours, text. */
#ifndef KPAGER_DRAWING_H
#define KPAGER_DRAWING_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct drawing - a picture in the making
 * @path: its file
 * @png: it is a PNG, not an SVG
 * @cr: cairo's context
 * @surface: cairo's surface
 */
struct drawing {
	const char *path;
	bool png;
	cairo_t *cr;
	cairo_surface_t *surface;
};

/* drawing_problem - why no picture can have that name, or NULL */
const char *drawing_problem(const char *path);

/* drawing_begin - begin a white picture of so many points */
void drawing_begin(struct drawing *drawing, const char *path, double width,
		   double height);

/* drawing_end - write it; returns NULL, or what went wrong */
const char *drawing_end(struct drawing *drawing);

/*
 * drawing_style - the pen for the line of a number
 *
 * Each has a colour and a dash of its own, so that the picture can be read in
 * black and white as well.
 */
void drawing_style(cairo_t *cr, size_t number, double width);

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

/* drawing_text - print text on the base line @y, aligned to @x */
void drawing_text(cairo_t *cr, double x, double y, enum align align,
		  const char *text);

#endif /* KPAGER_DRAWING_H */
