// SPDX-License-Identifier: GPL-2.0
/*
 * Tables without libsmartcols, for the static build: Debian has no static
 * libsmartcols.  The output is the same to the byte as libsmartcols' in the C
 * locale to a pipe; tests/test-command.c holds the two together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

struct column {
	int width;
	bool right;
};

/**
 * struct table - the table
 * @columns: its columns
 * @n_columns: how many
 * @cells: the cells, line by line; the headings are the first line
 * @n_cells: how many
 * @headings: print the first line
 * @raw: one space between columns, nothing aligned
 */
struct table {
	struct column *columns;
	size_t n_columns;
	char **cells;
	size_t n_cells;
	bool headings;
	bool raw;
};

struct table *table_new(bool headings, bool raw)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		out_of_memory();
	table->headings = headings;
	table->raw = raw;
	return table;
}

static void *grow(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count, size);
	if (!array)
		out_of_memory();
	return array;
}

/*
 * Return: a copy without anything that a terminal would not print as it is,
 * and if it is @raw, without what would end a column.
 */
static char *printable(const char *text, bool raw)
{
	/* No byte needs more than "\x00". */
	char *copy = grow(NULL, strlen(text) + 1, 4);
	char *to = copy;

	for (; *text; text++) {
		bool escape = text[0] == '\\' && (raw || text[1] == 'x');

		if (escape || *text < ' ' || *text > '~' ||
		    (raw && *text == ' '))
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
		else
			*to++ = *text;
	}
	*to = '\0';
	return copy;
}

static void widen(struct column *column, const char *cell)
{
	int width = (int)strlen(cell);

	if (width > column->width)
		column->width = width;
}

static void add_cell(struct table *table, char *cell)
{
	table->cells = grow(table->cells, table->n_cells + 1,
			    sizeof(*table->cells));
	table->cells[table->n_cells++] = cell;
}

void table_column(struct table *table, const char *name, bool right)
{
	struct column *column;

	table->columns = grow(table->columns, table->n_columns + 1,
			      sizeof(*table->columns));
	column = &table->columns[table->n_columns++];
	column->width = 0;
	column->right = right;
	/* Printed or not, as libsmartcols does. */
	widen(column, name);
	add_cell(table, printable(name, table->raw));
}

void table_cell(struct table *table, const char *text)
{
	char *cell = printable(text, table->raw);

	widen(&table->columns[table->n_cells % table->n_columns], cell);
	add_cell(table, cell);
}

static void print_cell(const struct table *table, size_t index)
{
	size_t number = index % table->n_columns;
	const struct column *column = &table->columns[number];
	bool last = number == table->n_columns - 1;

	if (table->raw)
		fputs(table->cells[index], stdout);
	else if (column->right)
		printf("%*s", column->width, table->cells[index]);
	else
		printf("%-*s", last ? 0 : column->width, table->cells[index]);
	putchar(last ? '\n' : ' ');
}

void table_print(struct table *table)
{
	size_t first = table->headings ? 0 : table->n_columns;
	size_t i;

	/* Headings alone are no table. */
	for (i = first; table->n_cells > table->n_columns && i < table->n_cells; i++)
		print_cell(table, i);
	for (i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table->columns);
	free(table);
}
