/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nullb.h - a store that fails on demand: a null_blk with memory behind it,
 * whose bad blocks are switched on and off
 */
#ifndef KPAGER_DEVICE_NULLB_H
#define KPAGER_DEVICE_NULLB_H

#include "common.h"

#include <stdbool.h>

#define NULLB		"/sys/kernel/config/nullb/nullb0"
#define NULLB_STORE	"/dev/nullb0"
#define NULLB_SIZE	(8ul << 20)
/* Longer ranges confuse the kernel's table: it is filled piece by piece. */
#define NULLB_RANGE	512

/* Return 0 or an errno. */
static inline int nullb_make(void)
{
	int err;

	mkdir(NULLB, 0700);
	err = write_text(NULLB "/memory_backed", "1");
	if (!err)
		err = write_text(NULLB "/size", "8");
	if (!err)
		err = write_text(NULLB "/power", "1");
	return err;
}

static inline int nullb_remove(void)
{
	return rmdir(NULLB) ? errno : 0;
}

static inline int store_fails(bool fails)
{
	unsigned int at;
	char text[64];
	int err = 0;

	for (at = 0; at < NULLB_SIZE / 512 && !err; at += NULLB_RANGE) {
		snprintf(text, sizeof(text), "%c%u-%u", fails ? '+' : '-', at,
			 at + NULLB_RANGE - 1);
		err = write_text(NULLB "/badblocks", text);
	}
	return err;
}

#endif /* KPAGER_DEVICE_NULLB_H */
