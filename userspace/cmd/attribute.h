/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a segment: files of /sys/class/kpager/NAME. */
#ifndef KPAGER_ATTRIBUTE_H
#define KPAGER_ATTRIBUTE_H

#include <limits.h>

/* Room for a value. */
#define ATTRIBUTE_SIZE	128

/* attribute_directory - where the attributes of a segment, or of "control", are */
void attribute_directory(char path[PATH_MAX], const char *segment);

/*
 * attribute_pages - make a size like 64M the number of pages the kernel takes
 *
 * A number without a unit is one already; a part of a page counts as one.
 */
void attribute_pages(char value[ATTRIBUTE_SIZE]);

/* attribute_read - read a value without its newline; 0 or a negative errno */
int attribute_read(const char *segment, const char *name,
		   char value[ATTRIBUTE_SIZE]);

/* attribute_write - write a value; 0 or a negative errno */
int attribute_write(const char *segment, const char *name, const char *value);

#endif /* KPAGER_ATTRIBUTE_H */
