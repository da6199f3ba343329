// SPDX-License-Identifier: GPL-2.0
/* A screen in memory. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"
#include "output.h"

struct canvas *canvas_new(int rows, int columns)
{
	size_t cells = (size_t)rows * (size_t)columns;
	struct canvas *canvas = calloc(1, sizeof(*canvas));

	if (!canvas)
		out_of_memory();
	canvas->rows = rows;
	canvas->columns = columns;
	canvas->text = malloc(cells + 1);
	canvas->styles = calloc(cells + 1, 1);
	if (!canvas->text || !canvas->styles)
		out_of_memory();
	memset(canvas->text, ' ', cells);
	return canvas;
}

void canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	free(canvas->text);
	free(canvas->styles);
	free(canvas);
}

int canvas_put(struct canvas *canvas, int row, int column, enum style style,
	       const char *format, ...)
{
	char text[1024];
	va_list args;
	const char *p;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (p = text; *p; p++, column++) {
		size_t cell = (size_t)row * (size_t)canvas->columns +
			      (size_t)column;

		if (row < 0 || row >= canvas->rows || column < 0 ||
		    column >= canvas->columns)
			continue;
		canvas->text[cell] = *p < ' ' || *p > '~' ? '?' : *p;
		canvas->styles[cell] = style;
	}
	return column;
}

void canvas_style(struct canvas *canvas, int row, enum style style)
{
	if (row >= 0 && row < canvas->rows)
		memset(canvas->styles + (size_t)row * (size_t)canvas->columns,
		       style, (size_t)canvas->columns);
}

void canvas_print(const struct canvas *canvas)
{
	int last = canvas->rows;
	int row;

	for (row = 0; row < last; row++) {
		const char *line = canvas->text +
				   (size_t)row * (size_t)canvas->columns;
		int length = canvas->columns;

		while (length && line[length - 1] == ' ')
			length--;
		printf("%.*s\n", length, line);
	}
}
