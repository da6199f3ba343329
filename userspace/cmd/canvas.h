/* SPDX-License-Identifier: GPL-2.0 */
/* A screen in memory: characters with styles, for a terminal or for a pipe. */
#ifndef KPAGER_CANVAS_H
#define KPAGER_CANVAS_H

#include <stdint.h>

/* What a character is, which decides how it looks where there are colours. */
enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_HEADING,		/* reverse */
	STYLE_SELECTED,		/* reverse */
	STYLE_GOOD,
	STYLE_NOTE,
	STYLE_BAD,
	STYLE_FREE,		/* of memory */
	STYLE_USED,
	STYLE_SLAB,
	STYLES,
};

/**
 * struct canvas - a screen
 * @rows: lines
 * @columns: characters in each
 * @text: the characters, line by line; printable ASCII
 * @styles: the style of each
 */
struct canvas {
	int rows;
	int columns;
	char *text;
	uint8_t *styles;
};

/* canvas_new - a blank screen; canvas_free - free it */
struct canvas *canvas_new(int rows, int columns);
void canvas_free(struct canvas *canvas);

/*
 * canvas_put - print at a place
 *
 * What does not fit on the line, or is on none, is cut off; what is not
 * printable ASCII becomes '?'.
 *
 * Return: the column behind the text, had it fit.
 */
int canvas_put(struct canvas *canvas, int row, int column, enum style style,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* canvas_style - give a whole line another style */
void canvas_style(struct canvas *canvas, int row, enum style style);

/* canvas_print - print it on standard output without styles; no blank end */
void canvas_print(const struct canvas *canvas);

#endif /* KPAGER_CANVAS_H */
