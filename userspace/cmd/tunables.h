/* SPDX-License-Identifier: GPL-2.0 */
/* All attributes of a segment, or of the module, for get and set. */
#ifndef KPAGER_TUNABLES_H
#define KPAGER_TUNABLES_H

#include <stdbool.h>

#include "libkpager.h"

/**
 * struct tunable - an attribute
 * @key: its name
 * @value: its value; "" if it cannot be read
 * @access: "r" or "rw"
 * @takes: what it takes, for people; "" if this command does not know it
 * @file: where it is, below the segment's directory
 * @error: why it cannot be read, a positive errno, or 0
 */
struct tunable {
	const char *key;
	const char *value;
	const char *access;
	const char *takes;
	char *file;
	int error;
};

/**
 * struct tunables - the attributes of a segment
 * @segment: its name, or "control" for those of the module
 * @list: the attributes, those of the policy behind the others
 * @count: how many there are
 */
struct tunables {
	const char *segment;
	struct tunable *list;
	size_t count;
};

/*
 * tunables_read - read all attributes; what fails is reported
 * @segment: name of a segment, or "control"; kept
 *
 * What is there is what the module that is loaded has, whether this command
 * knows it or not.
 *
 * Return: an exit code; if it is not EXIT_DONE there is nothing to free.
 */
int tunables_read(struct tunables *tunables, const char *segment);

/*
 * tunables_find - the attribute of a name
 *
 * Return: it, or NULL after a usage error that names those that there are.
 */
struct tunable *tunables_find(const struct tunables *tunables, const char *key);

/* tunable_reread - read its value again, which may have changed */
void tunable_reread(const struct tunables *tunables, struct tunable *tunable);

/*
 * tunable_change - write an attribute; what fails is reported, and what the
 * attribute takes
 *
 * Return: an exit code.
 */
int tunable_change(const struct tunables *tunables,
		   const struct tunable *tunable, const char *value);

/* tunable_unreadable - report why it cannot be read; returns an exit code */
int tunable_unreadable(const struct tunables *tunables,
		       const struct tunable *tunable);

/* tunable_json - its value as JSON: a number where it is one */
struct json_object *tunable_json(const struct tunable *tunable);

/* tunables_free - free the list */
void tunables_free(struct tunables *tunables);

#endif /* KPAGER_TUNABLES_H */
