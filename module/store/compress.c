// SPDX-License-Identifier: GPL-2.0
/*
 * compress.c - the kernel's LZO, if it has one
 *
 * LZO is part of the kernel's image wherever hibernation is configured, as in
 * Debian's kernels; elsewhere it is a module, or absent.  So it is asked for
 * when we are loaded, and our module needs no symbol of another one: without
 * LZO, pages are kept as they are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "store/compress.h"

#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/smp.h>

/* Pages that can be compressed at the same time. */
#define SCRATCHES	8u

/* As declared in lzo.h. */
static typeof(lzorle1x_1_compress) *compress_lzo;
static typeof(lzo1x_decompress_safe) *decompress_lzo;
static struct compress_scratch *scratches[SCRATCHES];
static unsigned int nr_scratches;

static void lzo_put(void)
{
	if (compress_lzo)
		symbol_put(lzorle1x_1_compress);
	if (decompress_lzo)
		symbol_put(lzo1x_decompress_safe);
	compress_lzo = NULL;
	decompress_lzo = NULL;
}

static bool lzo_get(void)
{
	compress_lzo = try_then_request_module(symbol_get(lzorle1x_1_compress),
					       "lzo_compress");
	decompress_lzo = try_then_request_module(symbol_get(lzo1x_decompress_safe),
						 "lzo_decompress");
	if (compress_lzo && decompress_lzo)
		return true;
	lzo_put();
	return false;
}

/**
 * compress_init - find the compressor
 *
 * That there is none is no error.
 *
 * Context: may sleep; may load a module of the kernel.
 * Return: 0 or -ENOMEM.
 */
int compress_init(void)
{
	struct compress_scratch *scratch;
	unsigned int i, nr = min(num_possible_cpus(), SCRATCHES);

	nr_scratches = 0;
	if (!lzo_get()) {
		pr_info("this kernel has no LZO: memory stores do not compress\n");
		return 0;
	}
	for (i = 0; i < nr; i++) {
		scratch = kvmalloc(sizeof(*scratch), GFP_KERNEL);
		if (!scratch) {
			compress_exit();
			return -ENOMEM;
		}
		mutex_init(&scratch->lock);
		scratches[nr_scratches++] = scratch;
	}
	return 0;
}

/**
 * compress_exit - give everything back
 *
 * Context: may sleep; nobody compresses any more.
 */
void compress_exit(void)
{
	while (nr_scratches)
		kvfree(scratches[--nr_scratches]);
	lzo_put();
}

/**
 * compress_page - compress a page
 * @page: its contents; may change meanwhile
 * @bytes: receives the length of scratch->out; PAGE_SIZE or more if the page
 *	cannot be made smaller, then scratch->page is as good
 *
 * Context: may sleep.
 * Return: where the result is, for compress_release(), with copy and result
 * of the same moment; NULL if there is no compressor.
 */
struct compress_scratch *compress_page(const void *page, u32 *bytes)
{
	struct compress_scratch *scratch;
	size_t len = 0;

	*bytes = PAGE_SIZE;
	if (!nr_scratches)
		return NULL;
	scratch = scratches[raw_smp_processor_id() % nr_scratches];
	mutex_lock(&scratch->lock);
	memcpy(scratch->page, page, PAGE_SIZE);
	if (compress_lzo(scratch->page, PAGE_SIZE, scratch->out, &len,
			 scratch->work) == LZO_E_OK)
		*bytes = len;
	return scratch;
}

/**
 * compress_release - done with a result
 * @scratch: from compress_page(), or NULL
 *
 * Context: the task that called compress_page().
 */
void compress_release(struct compress_scratch *scratch)
{
	if (scratch)
		mutex_unlock(&scratch->lock);
}

/**
 * compress_undo - decompress a page
 * @data: what compress_page() made of it
 * @bytes: its length
 * @page: receives the page
 *
 * Context: any.
 * Return: 0, or -EIO if @data is damaged.
 */
int compress_undo(const void *data, u32 bytes, void *page)
{
	size_t len = PAGE_SIZE;

	if (decompress_lzo(data, bytes, page, &len) != LZO_E_OK ||
	    len != PAGE_SIZE)
		return -EIO;
	return 0;
}
