/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.h - what the device tests share: segments on a store that run-all
 * prepared, and a pattern that is a function of offset and generation.
 */
#ifndef KPAGER_DEVICE_COMMON_H
#define KPAGER_DEVICE_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kpager.h"

#define CONTROL		"/dev/kpager/control"
#define PAGE		4096ul
#define WORDS		(PAGE / sizeof(uint64_t))

/* Stores that run-all prepared: a raw block device and a file on ext4. */
#define STORE_BLOCK	"/dev/vda"
#define STORE_BLOCK2	"/dev/vdc"
#define STORE_FILE	"/mnt/store"

static inline void create_init(struct kpager_create *arg, const char *name,
			       uint64_t size, int backing)
{
	memset(arg, 0, sizeof(*arg));
	arg->struct_size = sizeof(*arg);
	arg->size = size;
	arg->backing_fd = backing;
	snprintf(arg->name, sizeof(arg->name), "%s", name);
}

/* Return 0 or an errno. */
static inline int control_call(unsigned long cmd, void *arg)
{
	int fd = open(CONTROL, O_RDWR), err;

	if (fd < 0)
		return errno;
	err = ioctl(fd, cmd, arg) ? errno : 0;
	close(fd);
	return err;
}

static inline int segment_create(const char *name, uint64_t size,
				 const char *store)
{
	struct kpager_create arg;
	int fd = open(store, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, name, size, fd);
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

static inline int segment_destroy(const char *name, unsigned int flags)
{
	struct kpager_destroy arg = {
		.struct_size = sizeof(arg), .flags = flags,
	};

	snprintf(arg.name, sizeof(arg.name), "%s", name);
	return control_call(KPAGER_DESTROY, &arg);
}

/* The same; who was killed may not be gone yet, and has it open. */
static inline int segment_destroy_soon(const char *name)
{
	int err, i;

	for (i = 0; i < 1000; i++) {
		err = segment_destroy(name, 0);
		if (err != EBUSY)
			break;
		usleep(10000);
	}
	return err;
}

static inline int segment_open(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/dev/kpager/%s", name);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Bring pages in, one after the other.  Return false at one that is not to be had. */
static inline bool pages_read(int fd, uint64_t first, uint64_t pages)
{
	uint64_t i;
	char byte;

	for (i = first; i < first + pages; i++)
		if (pread(fd, &byte, 1, i * PAGE) != 1)
			return false;
	return true;
}

/* The number behind a key in a file of "key value" lines, or -1. */
static inline long long file_value(const char *path, const char *key)
{
	FILE *f = fopen(path, "r");
	char name[64], value[64];
	long long found = -1;

	while (f && fscanf(f, "%63s %63s", name, value) == 2)
		if (!strcmp(name, key))
			found = atoll(value);
	if (f)
		fclose(f);
	return found;
}

/* A value of /proc/kpager/stat, or -1. */
static inline long long stat_value(const char *key)
{
	return file_value("/proc/kpager/stat", key);
}

/* A column of /proc/kpager/segments for a segment, or -1. */
static inline long long segment_value(const char *name, int column)
{
	FILE *f = fopen("/proc/kpager/segments", "r");
	char line[8192], *word, *save;
	long long found = -1;
	int i;

	while (f && fgets(line, sizeof(line), f)) {
		word = strtok_r(line, " ", &save);
		if (!word || strcmp(word, name))
			continue;
		for (i = 0; i < column && word; i++)
			word = strtok_r(NULL, " ", &save);
		if (word)
			found = atoll(word);
	}
	if (f)
		fclose(f);
	return found;
}

#define COLUMN_RESIDENT	2
#define COLUMN_DIRTY	3

static inline uint64_t pattern(uint64_t word, uint64_t generation)
{
	uint64_t x = (word + 1) * 0x9e3779b97f4a7c15ull + generation;

	return x ^ x >> 29;
}

static inline void pattern_fill(uint64_t *p, uint64_t first, uint64_t words,
				uint64_t generation)
{
	uint64_t i;

	for (i = 0; i < words; i++)
		p[i] = pattern(first + i, generation);
}

/* The number of words that are not as they should be. */
static inline uint64_t pattern_errors(const uint64_t *p, uint64_t first,
				      uint64_t words, uint64_t generation)
{
	uint64_t i, bad = 0;

	for (i = 0; i < words; i++)
		bad += p[i] != pattern(first + i, generation);
	return bad;
}

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

#endif /* KPAGER_DEVICE_COMMON_H */
