// SPDX-License-Identifier: LGPL-2.1-or-later
/* Errors: one place that words them, so that all of them read alike. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static int fail(struct kpager_error *error, enum kpager_cause cause, int err,
		const char *format, va_list args)
{
	if (error) {
		error->err = err;
		error->cause = cause;
		vsnprintf(error->text, sizeof(error->text), format, args);
	}
	return -err;
}

int kpager_fail(struct kpager_error *error, int err, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = fail(error, KPAGER_CAUSE_OTHER, err, format, args);
	va_end(args);
	return ret;
}

int kpager_fail_cause(struct kpager_error *error, enum kpager_cause cause,
		      int err, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = fail(error, cause, err, format, args);
	va_end(args);
	return ret;
}

int kpager_fail_errno(struct kpager_error *error, int err, const char *what,
		      const char *object)
{
	char shown[KPAGER_SHOWN_SIZE], reason[128];

	return kpager_fail(error, err, "%s on %s: %s", what,
			   kpager_shown(shown, object),
			   strerror_r(err, reason, sizeof(reason)));
}

int kpager_fail_access(struct kpager_error *error, int err, const char *what,
		       const char *object)
{
	char shown[KPAGER_SHOWN_SIZE];

	kpager_shown(shown, object);
	switch (err) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return kpager_fail_cause(error, KPAGER_CAUSE_MODULE, err,
			"%s on %s: kpager module is not loaded (load it: modprobe kpager, or insmod kpager.ko)",
			what, shown);
	case EACCES:
	case EPERM:
		return kpager_fail_cause(error, KPAGER_CAUSE_PERMISSION, err,
			"%s on %s: not permitted (root's privileges are needed)",
			what, shown);
	default:
		return kpager_fail_errno(error, err, what, object);
	}
}

int kpager_fail_proc(struct kpager_error *error, int err, const char *name,
		     const char *path)
{
	static const char directory[] = "segment/";
	char shown[KPAGER_SHOWN_SIZE], root[PATH_MAX];

	/* What is missing if the rest is there is not the module. */
	if (err != ENOENT ||
	    kpager_path(root, "KPAGER_PROC", "/proc/kpager", "stat", NULL) ||
	    access(root, F_OK))
		return kpager_fail_access(error, err, "open", path);
	kpager_shown(shown, path);
	if (!strncmp(name, directory, strlen(directory)))
		return kpager_fail_cause(error, KPAGER_CAUSE_SEGMENT, err,
			"open on %s: no such segment, or the module that is loaded does not have this file",
			shown);
	return kpager_fail_cause(error, KPAGER_CAUSE_MODULE, err,
		"open on %s: the kpager module that is loaded does not have this file (load a newer one)",
		shown);
}

const char *kpager_shown(char shown[KPAGER_SHOWN_SIZE], const char *string)
{
	const size_t half = (KPAGER_SHOWN_SIZE - sizeof("...")) / 2;
	size_t length = strlen(string);
	char *p;

	if (length < KPAGER_SHOWN_SIZE)
		memcpy(shown, string, length + 1);
	else
		snprintf(shown, KPAGER_SHOWN_SIZE, "%.*s...%s", (int)half,
			 string, string + length - half);

	for (p = shown; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '\177')
			*p = '?';
	return shown;
}
