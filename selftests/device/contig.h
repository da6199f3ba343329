/* SPDX-License-Identifier: GPL-2.0 */
/*
 * contig.h - contiguous segments, and where pages lie
 */
#ifndef KPAGER_DEVICE_CONTIG_H
#define KPAGER_DEVICE_CONTIG_H

#include "common.h"

static inline int contig_create(const char *name, uint64_t size)
{
	struct kpager_create arg;

	create_init(&arg, name, size, -1);
	arg.flags = KPAGER_CREATE_CONTIGUOUS;
	return control_call(KPAGER_CREATE, &arg);
}

/* The numbers of the page frames of a mapping; it has been touched. */
static inline bool frames_of(const void *map, uint64_t *frames, size_t n)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	off_t at = (off_t)((uintptr_t)map / PAGE * sizeof(*frames));
	ssize_t got = pread(fd, frames, n * sizeof(*frames), at);
	size_t i;

	close(fd);
	if (got != (ssize_t)(n * sizeof(*frames)))
		return false;
	for (i = 0; i < n; i++) {
		/* In memory, and its number is told. */
		if (!(frames[i] >> 63))
			return false;
		frames[i] &= (1ull << 55) - 1;
		if (!frames[i])
			return false;
	}
	return true;
}

#endif /* KPAGER_DEVICE_CONTIG_H */
