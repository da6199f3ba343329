/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libkpager share and its users do not see: none of this
 * is exported from the shared library (see libkpager.map).
 */
#ifndef KPAGER_INTERNAL_H
#define KPAGER_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "libkpager.h"

/* Most bytes of a name or path that an error text shows, NUL included. */
#define KPAGER_SHOWN_SIZE	112

/*
 * kpager_fail - fill @error (unless it is NULL)
 *
 * Return: -@err, so that a caller can return it on.
 */
int kpager_fail(struct kpager_error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a cause. */
int kpager_fail_cause(struct kpager_error *error, enum kpager_cause cause,
		      int err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same with the text "@what on @object: strerror(@err)". */
int kpager_fail_errno(struct kpager_error *error, int err, const char *what,
		      const char *object);

/*
 * kpager_fail_access - the same for the nodes and files of the module
 *
 * Their absence means that the module is not loaded, and EACCES or EPERM
 * that the caller has no right to use it.
 */
int kpager_fail_access(struct kpager_error *error, int err, const char *what,
		       const char *object);

/*
 * kpager_fail_proc - the same for the file @name below /proc/kpager
 *
 * If only that file is absent, it is that of a segment that is not there, or
 * the module is older than this library.
 */
int kpager_fail_proc(struct kpager_error *error, int err, const char *name,
		     const char *path);

/*
 * kpager_shown - make a string fit for a message
 *
 * Control characters become '?', and the middle of a long string "...".
 *
 * Return: @shown.
 */
const char *kpager_shown(char shown[KPAGER_SHOWN_SIZE], const char *string);

/*
 * kpager_path - the path of a node or file of the module
 * @path: PATH_MAX bytes
 * @variable: environment variable that overrides @directory
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int kpager_path(char *path, const char *variable, const char *directory,
		const char *file, struct kpager_error *error);

/*
 * kpager_control_open - open the control node for reading and writing
 *
 * Return: a descriptor, or a negative errno.
 */
int kpager_control_open(struct kpager_error *error);

/*
 * kpager_parse_digits - read an unsigned number
 * @base: 8 or 10
 * @end: set to the first character that is no digit
 *
 * Return: 0, -EINVAL (no digit at all), -ERANGE (does not fit).
 */
int kpager_parse_digits(const char *text, unsigned int base, uint64_t *value,
			const char **end);

/* The same where nothing may follow the digits. */
int kpager_parse_number(const char *text, unsigned int base, uint64_t *value);

/*
 * kpager_unescape - undo the octal escapes of /proc/kpager/segments, in place
 *
 * Return: 0, or -EINVAL if a backslash is not followed by three octal digits
 * that stand for a byte other than NUL.
 */
int kpager_unescape(char *text);

/**
 * struct kpager_store - the file or device that will back a segment
 * @fd: open for reading and writing
 * @path: as given, or "descriptor N"; valid as long as the spec
 * @created: this call made the file
 * @own: @fd is to be closed
 * @label: room for @path if no path was given
 */
struct kpager_store {
	int fd;
	const char *path;
	bool created;
	bool own;
	char label[32];
};

/*
 * kpager_store_open - open the store, creating and filling it as the spec says
 *
 * Return: 0 or a negative errno; then nothing is open and nothing was created.
 */
int kpager_store_open(const struct kpager_spec *spec,
		      struct kpager_store *store, struct kpager_error *error);

/* kpager_store_close - close the store; remove it if it is ours and @failed */
void kpager_store_close(struct kpager_store *store, bool failed);

#endif /* KPAGER_INTERNAL_H */
