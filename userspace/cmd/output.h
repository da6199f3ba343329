/* SPDX-License-Identifier: GPL-2.0 */
/* Output: JSON, tables and sizes for people. */
#ifndef KPAGER_OUTPUT_H
#define KPAGER_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "libkpager.h"

/* The version of the JSON that the command prints, see kpager(1). */
#define KPAGER_JSON_VERSION	1

/* Room for any number as text, in whatever unit. */
#define NUMBER_SIZE	32

/* out_of_memory - say so and end the program */
void out_of_memory(void) __attribute__((noreturn));

/*
 * output_colour - may standard output have colours?
 *
 * Only on a terminal that is not dumb, and not against NO_COLOR.
 */
bool output_colour(void);

/* json_text - a JSON string; bytes that are not UTF-8 become U+FFFD */
struct json_object *json_text(const char *text);

/* json_number - a JSON number */
struct json_object *json_number(uint64_t number);

/* json_add - add a member to an object; the program ends if memory does */
void json_add(struct json_object *object, const char *key,
	      struct json_object *value);

/* json_append - add an element to an array; likewise */
void json_append(struct json_object *array, struct json_object *value);

/* json_segment - all fields of a segment as a JSON object */
struct json_object *json_segment(const struct kpager_segment *segment);

/* json_fields - all @fields of a structure as a JSON object */
struct json_object *json_fields(const void *object,
				const struct kpager_field *fields,
				size_t n_fields);

/* json_line - as json_print(), on one line */
void json_line(const char *key, struct json_object *value);

/* json_print - print {"version": 1, @key: @value} and free @value */
void json_print(const char *key, struct json_object *value);

/* format_number - a number in decimal */
void format_number(char text[NUMBER_SIZE], uint64_t number);

/* format_size - bytes for people: 512, 4K, 1.5G */
void format_size(char text[NUMBER_SIZE], uint64_t bytes);

/*
 * format_field - a field for people
 * @object: the structure of which it is one
 * @bytes: sizes in bytes
 *
 * Return: the text, in @number or in the structure.
 */
const char *format_field(char number[NUMBER_SIZE], const void *object,
			 const struct kpager_field *field, bool bytes);

/* A table on standard output. */
struct table;

/*
 * table_new - an empty table
 * @headings: print the names of the columns
 * @raw: one space between columns; what may be mistaken is written \xHH
 */
struct table *table_new(bool headings, bool raw);

/* table_column - add a column; all columns come before the first cell */
void table_column(struct table *table, const char *name, bool right);

/* table_cell - fill the next cell, from left to right, from top to bottom */
void table_cell(struct table *table, const char *text);

/* table_print - print the table, if it has a line, and free it */
void table_print(struct table *table);

#endif /* KPAGER_OUTPUT_H */
