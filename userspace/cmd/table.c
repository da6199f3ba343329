// SPDX-License-Identifier: GPL-2.0
/* Tables, drawn by libsmartcols. */
#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

struct table {
	struct libscols_table *scols;
	struct libscols_line *line;	/* the line that is being filled */
	size_t columns;
	size_t next;			/* its next cell */
};

struct table *table_new(bool headings, bool raw)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		out_of_memory();
	table->scols = scols_new_table();
	if (!table->scols ||
	    scols_table_enable_noheadings(table->scols, !headings) ||
	    scols_table_enable_raw(table->scols, raw))
		out_of_memory();
	return table;
}

void table_column(struct table *table, const char *name, bool right)
{
	if (!scols_table_new_column(table->scols, name, 0,
				    right ? SCOLS_FL_RIGHT : 0))
		out_of_memory();
	table->columns++;
}

void table_cell(struct table *table, const char *text)
{
	if (!table->next)
		table->line = scols_table_new_line(table->scols, NULL);
	if (!table->line ||
	    scols_line_set_data(table->line, table->next, text))
		out_of_memory();
	table->next = (table->next + 1) % table->columns;
}

void table_print(struct table *table)
{
	/* What goes wrong with the output is found when it is closed. */
	if (scols_print_table(table->scols) == -ENOMEM)
		out_of_memory();
	scols_unref_table(table->scols);
	free(table);
}
