/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands have in common that list things in columns. */
#ifndef KPAGER_LISTING_H
#define KPAGER_LISTING_H

#include <stdbool.h>

#include "output.h"

/**
 * struct listing - what is listed, and how
 * @names: columns, separated by commas, or "all"; NULL for the default
 * @headings: print the names of the columns
 * @bytes: sizes in bytes
 * @raw: columns are not aligned, and nothing in them is a space
 * @json: JSON instead of a table
 * @columns: the fields that @names stands for
 * @n_columns: how many
 */
struct listing {
	const char *names;
	bool headings;
	bool bytes;
	bool raw;
	bool json;
	const struct kpager_field **columns;
	size_t n_columns;
};

/*
 * listing_take - take the options of a command that has no others
 *
 * Return: 0 or EXIT_USAGE. optind is the first operand.
 */
int listing_take(struct listing *listing, int argc, char **argv);

/* listing_options - the same for one that takes no operands either */
int listing_options(struct listing *listing, int argc, char **argv);

/*
 * listing_choose - find the columns
 * @defaults: their names if the user gave none
 * @fields: those that there are
 *
 * Return: 0, or EXIT_USAGE if there is no such column. In any case
 * @listing->columns is to be freed.
 */
int listing_choose(struct listing *listing, const char *defaults,
		   const struct kpager_field *fields, size_t n_fields);

/* listing_table - an empty table with the columns */
struct table *listing_table(const struct listing *listing);

/* listing_row - add @object, which has the fields, to the table */
void listing_row(const struct listing *listing, struct table *table,
		 const void *object);

/*
 * listing_rows - print @count objects, which @get gives of @list, as a table
 */
void listing_rows(const struct listing *listing, const void *list, size_t count,
		  const void *(*get)(const void *list, size_t index));

/**
 * struct listing_kind - what a command lists that does nothing else
 * @key: its name in JSON
 * @columns: columns by default
 * @fields: the fields that there are
 * @get: an object that has these fields, of a list
 */
struct listing_kind {
	const char *key;
	const char *columns;
	const struct kpager_field *(*fields)(size_t *count);
	const void *(*get)(const void *list, size_t index);
};

/* listing_print - print a list of @count objects, as a table or as JSON */
void listing_print(const struct listing *listing, const struct listing_kind *kind,
		   const void *list, size_t count);

/*
 * listing_run - such a command: the options, then @show, which returns an exit
 * code
 */
int listing_run(const struct listing_kind *kind,
		int (*show)(const struct listing *listing), int argc, char **argv);

#endif /* KPAGER_LISTING_H */
