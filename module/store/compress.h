/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compress.h - a compressor for pages, if the kernel has one
 */
#ifndef KPAGER_COMPRESS_H
#define KPAGER_COMPRESS_H

#include <linux/mm.h>
#include <linux/mutex.h>
/* Includes nothing of what it needs. */
#include <linux/lzo.h>

/**
 * struct compress_scratch - what compressing a page needs
 * @lock: one user at a time
 * @page: copy of the page: a mapped page may change at any moment
 * @out: the result
 * @work: the compressor's own
 */
struct compress_scratch {
	struct mutex lock;
	u8 page[PAGE_SIZE];
	u8 out[lzo1x_worst_compress(PAGE_SIZE)];
	u8 work[LZO1X_1_MEM_COMPRESS];
};

int compress_init(void);
void compress_exit(void);
struct compress_scratch *compress_page(const void *page, u32 *bytes);
void compress_release(struct compress_scratch *scratch);
int compress_undo(const void *data, u32 bytes, void *page);

#endif /* KPAGER_COMPRESS_H */
