// SPDX-License-Identifier: GPL-2.0
/*
 * segment.c - what the programs of the pager benchmark share: the segment
 * "bench", files of keys and values, the memory cgroup.  Errors end the
 * program.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kpager.h"
#include "segment.h"

/**
 * bench_segment_open() - make the segment and open it
 * @store: file or block device
 * @bytes: size of the segment
 *
 * Return: a descriptor, open for reading and writing.
 */
int bench_segment_open(const char *store, uint64_t bytes)
{
	struct kpager_create arg = {
		.struct_size = sizeof(arg), .size = bytes, .name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR), fd;

	if (control < 0)
		err(1, "/dev/kpager/control");
	arg.backing_fd = open(store, O_RDWR);
	if (arg.backing_fd < 0)
		err(1, "%s", store);
	if (ioctl(control, KPAGER_CREATE, &arg))
		err(1, "create a segment on %s", store);
	close(arg.backing_fd);
	close(control);
	fd = open("/dev/kpager/bench", O_RDWR);
	if (fd < 0)
		err(1, "/dev/kpager/bench");
	return fd;
}

/**
 * bench_segment_close() - close the segment and destroy it
 * @fd: from bench_segment_open(); nothing else holds it
 */
void bench_segment_close(int fd)
{
	struct kpager_destroy arg = {
		.struct_size = sizeof(arg), .name = "bench",
	};
	int control = open("/dev/kpager/control", O_RDWR);

	close(fd);
	if (ioctl(control, KPAGER_DESTROY, &arg))
		err(1, "destroy the segment");
	close(control);
}

/**
 * bench_value() - the value of a line "KEY VALUE"
 * @path: a file of such lines
 * @key: the key; a space behind it excludes keys that only begin so
 *
 * Return: the value.
 */
unsigned long long bench_value(const char *path, const char *key)
{
	unsigned long long v = 0;
	size_t n = strlen(key);
	FILE *f = fopen(path, "r");
	bool found = false;
	char line[256];

	if (!f)
		err(1, "%s", path);
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, key, n) &&
			sscanf(line + n, " %llu", &v) == 1;
	fclose(f);
	if (!found)
		errx(1, "%s: has no line '%s'", path, key);
	return v;
}

/**
 * bench_enter_cgroup() - from now on, memory counts against a limit
 * @dir: the memory cgroup; "-" for none
 */
void bench_enter_cgroup(const char *dir)
{
	char path[256];
	FILE *f;

	if (!strcmp(dir, "-"))
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f))
		err(1, "%s", path);
}
