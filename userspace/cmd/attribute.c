// SPDX-License-Identifier: GPL-2.0
/* Attributes of a segment. KPAGER_CLASS, for tests, is where they are. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"
#include "kpager.h"

void attribute_directory(char path[PATH_MAX], const char *segment)
{
	const char *directory = secure_getenv("KPAGER_CLASS");

	snprintf(path, PATH_MAX, "%s/%s",
		 directory ? directory : "/sys/class/kpager", segment);
}

void attribute_pages(char value[ATTRIBUTE_SIZE])
{
	size_t length = strlen(value);
	uint64_t bytes;

	if (length && isalpha((unsigned char)value[length - 1]) &&
	    !kpager_parse_size(value, &bytes))
		snprintf(value, ATTRIBUTE_SIZE, "%" PRIu64,
			 bytes / SEGMENT_PAGE + !!(bytes % SEGMENT_PAGE));
}

static int attribute_open(const char *segment, const char *name, int flags)
{
	char directory[PATH_MAX], path[PATH_MAX];
	int fd;

	attribute_directory(directory, segment);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int attribute_read(const char *segment, const char *name,
		   char value[ATTRIBUTE_SIZE])
{
	int fd = attribute_open(segment, name, O_RDONLY);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = read(fd, value, ATTRIBUTE_SIZE - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return (int)length;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int attribute_write(const char *segment, const char *name, const char *value)
{
	int fd = attribute_open(segment, name, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	/* One write: the kernel takes a value as a whole. */
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
