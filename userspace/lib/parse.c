// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbers, sizes, modes and escapes; no file and no module is touched here. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int kpager_parse_digits(const char *text, unsigned int base, uint64_t *value,
			const char **end)
{
	uint64_t result = 0;
	const char *p;

	for (p = text; *p >= '0' && *p < (char)('0' + base); p++) {
		if (__builtin_mul_overflow(result, (uint64_t)base, &result) ||
		    __builtin_add_overflow(result, (uint64_t)(*p - '0'),
					   &result))
			return -ERANGE;
	}
	if (p == text)
		return -EINVAL;
	*value = result;
	*end = p;
	return 0;
}

int kpager_parse_number(const char *text, unsigned int base, uint64_t *value)
{
	const char *end;
	int ret = kpager_parse_digits(text, base, value, &end);

	if (ret)
		return ret;
	return *end ? -EINVAL : 0;
}

/* Return: the power of two that @unit stands for, or -1. */
static int unit_shift(char unit)
{
	switch (unit) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return -1;
	}
}

int kpager_parse_size(const char *text, uint64_t *size)
{
	const char *end;
	uint64_t value;
	int shift = 0;
	int ret;

	ret = kpager_parse_digits(text, 10, &value, &end);
	if (ret)
		return ret;
	if (*end) {
		shift = unit_shift(*end++);
		/* "MB" is left out on purpose: elsewhere it means 10^6. */
		if (shift < 0 || (*end && strcmp(end, "iB")))
			return -EINVAL;
	}
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*size = value << shift;
	return 0;
}

int kpager_parse_mode(const char *text, unsigned int *mode)
{
	uint64_t value;
	int ret = kpager_parse_number(text, 8, &value);

	if (ret)
		return ret;
	if (value < 1 || value > 0777)
		return -ERANGE;
	*mode = value;
	return 0;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

int kpager_unescape(char *text)
{
	char *to = text;
	char *from;

	for (from = text; *from; to++) {
		int byte;

		if (*from != '\\') {
			*to = *from++;
			continue;
		}
		if (!is_octal(from[1]) || !is_octal(from[2]) ||
		    !is_octal(from[3]))
			return -EINVAL;
		byte = (from[1] - '0') << 6 | (from[2] - '0') << 3 |
		       (from[3] - '0');
		if (byte < 1 || byte > UCHAR_MAX)
			return -EINVAL;
		*to = (char)byte;
		from += 4;
	}
	*to = '\0';
	return 0;
}

int kpager_path(char *path, const char *variable, const char *directory,
		const char *file, struct kpager_error *error)
{
	const char *override = secure_getenv(variable);

	if (override && *override)
		directory = override;
	if (snprintf(path, PATH_MAX, "%s/%s", directory, file) >= PATH_MAX)
		return kpager_fail_errno(error, ENAMETOOLONG, "open",
					 directory);
	return 0;
}
