/* SPDX-License-Identifier: GPL-2.0 */
/* A range of a segment, as people write it. */
#ifndef KPAGER_RANGE_H
#define KPAGER_RANGE_H

#include <stdint.h>

/**
 * struct range - bytes of a segment
 * @name: of the segment
 * @fd: its descriptor
 * @offset: the first byte
 * @bytes: how many
 */
struct range {
	const char *name;
	int fd;
	uint64_t offset;
	uint64_t bytes;
};

/*
 * range_take - the operands NAME and RANGE, after the options
 *
 * The segment is opened. What is wrong is reported.
 *
 * Return: an exit code.
 */
int range_take(struct range *range, int argc, char **argv);

/* range_json - name, offset_bytes and size */
struct json_object *range_json(const struct range *range);

#endif /* KPAGER_RANGE_H */
