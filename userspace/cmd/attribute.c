// SPDX-License-Identifier: GPL-2.0
/* Attributes of a segment. KPAGER_CLASS, for tests, is where they are. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"

static int attribute_open(const char *segment, const char *name, int flags)
{
	const char *directory = secure_getenv("KPAGER_CLASS");
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s",
		 directory ? directory : "/sys/class/kpager", segment, name);
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
