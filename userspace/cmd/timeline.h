/* SPDX-License-Identifier: GPL-2.0 */
/* Pictures of what happened over time. */
#ifndef KPAGER_TIMELINE_H
#define KPAGER_TIMELINE_H

#include <stddef.h>

/* Most lines in a panel, and panels in a picture. */
#define PANEL_SERIES	6
#define TIMELINE_PANELS	8

/**
 * struct panel - a diagram, mostly over time
 * @title: what it shows
 * @unit: of the values, on their axis
 * @axis: what the other axis shows
 * @count: number of points
 * @x: where they are on it, ascending; it begins with 0
 * @n: number of lines
 * @names: their names
 * @values: theirs, one for each point; NAN where there is none
 * @top: least value of the upper end of the axis
 * @cap: most value of it; 0 for no limit
 */
struct panel {
	const char *title;
	const char *unit;
	const char *axis;
	size_t count;
	double *x;
	size_t n;
	const char *names[PANEL_SERIES];
	double *values[PANEL_SERIES];
	double top;
	double cap;
};

/**
 * struct timeline - diagrams, below each other
 * @title: of all of it
 * @count: number of times
 * @times: the times, in seconds since the first
 * @n_panels: number of diagrams
 * @panels: the diagrams
 */
struct timeline {
	const char *title;
	size_t count;
	double *times;
	size_t n_panels;
	struct panel panels[TIMELINE_PANELS];
};

/* timeline_problem - why no picture can have that name, or NULL */
const char *timeline_problem(const char *path);

/* timeline_write - draw it; returns NULL, or what went wrong */
const char *timeline_write(const char *path, const struct timeline *timeline);

#endif /* KPAGER_TIMELINE_H */
