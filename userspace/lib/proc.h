/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of /proc/kpager that are tables; not exported, as internal.h. */
#ifndef KPAGER_PROC_H
#define KPAGER_PROC_H

#include "internal.h"

/* Most fields that a table may have. */
#define KPAGER_TABLE_FIELDS	32

/**
 * struct proc_list - what the lines of a file say
 * @text: the content of the file; strings of the elements point into it
 * @elements: an array of what a line says
 * @count: how many
 */
struct proc_list {
	char *text;
	void *elements;
	size_t count;
};

/**
 * struct proc_table - a file with a line of column names and lines of cells
 * @name: of the file
 * @fields: the columns that must be there, in any order and among others
 * @n_fields: how many, at most KPAGER_TABLE_FIELDS
 * @size: of the structure that a line becomes
 * @text: makes a cell of KPAGER_UNIT_TEXT what it stands for, in place, and
 *	returns 0 or -EINVAL; may be NULL
 */
struct proc_table {
	const char *name;
	const struct kpager_field *fields;
	size_t n_fields;
	size_t size;
	int (*text)(const struct kpager_field *field, char *cell);
};

/*
 * kpager_list_read - read a file
 * @name: of the file
 * @table: its columns; NULL for a file of keys and numbers, whose elements
 *	are struct kpager_counter
 * @list: set to its lines, to be freed with kpager_list_free()
 *
 * Return: 0 or a negative errno as kpager_segments_read().
 */
int kpager_list_read(const char *name, const struct proc_table *table,
		     struct proc_list **list, struct kpager_error *error);

/* The same with a text that was read before, which remains the caller's. */
int kpager_list_parse(const char *name, const struct proc_table *table,
		      const char *text, size_t length, struct proc_list **list,
		      struct kpager_error *error);

/* Room for "segment/NAME/FILE". */
#define SEGMENT_FILE_SIZE	128

/*
 * kpager_segment_file - the name of a file of a segment, below /proc/kpager
 * @file: SEGMENT_FILE_SIZE bytes
 *
 * Return: 0, -EINVAL or -ENAMETOOLONG if no segment can have that name.
 */
int kpager_segment_file(char *file, const char *segment, const char *what,
			struct kpager_error *error);

/*
 * kpager_lines_parse - take a file apart into lines
 * @name: of the file, below /proc/kpager
 * @text: its content; freed with the list, or on failure
 *
 * The elements are of type char *, a line each without that of the version.
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_lines_parse(const char *name, char *text, size_t length,
		       struct proc_list **list, struct kpager_error *error);

/* kpager_list_free - free a list, which may be NULL */
void kpager_list_free(struct proc_list *list);

#endif /* KPAGER_PROC_H */
