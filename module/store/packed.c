// SPDX-License-Identifier: GPL-2.0
/*
 * packed.c - how a page is kept in memory; pure code
 */
#include "packed.h"

#define PACKED_WORDS	(PAGE_SIZE / sizeof(u64))

/*
 * Sizes of objects, the header included.  All but the last are the largest of
 * which 252, 72, 42, ... 3, 2 fit into one frame beside the slab's header: a
 * slab is then a single frame, and those can be had when memory is short.  Of
 * the last three fit into two frames.  What is larger saves too little.
 */
const u16 packed_class_sizes[PACKED_NR_CLASSES] = {
	16, 56, 96, 144, 200, 248, 336, 400, 504, 576, 672, 808, 1008, 1344,
	2024, 2712,
};

/**
 * packed_page_is_same - does a page repeat one 64-bit word
 * @page: its contents, aligned to 8 bytes; may be changing, then the answer is
 *	right for words each of which was there at some moment
 * @word: receives the word
 *
 * Context: any.
 * Return: true if it does.
 */
bool packed_page_is_same(const void *page, u64 *word)
{
	const u64 *words = page;
	unsigned int i;

	*word = READ_ONCE(words[0]);
	/* Most pages that begin alike end differently. */
	if (READ_ONCE(words[PACKED_WORDS - 1]) != *word)
		return false;
	for (i = 1; i < PACKED_WORDS - 1; i++)
		if (READ_ONCE(words[i]) != *word)
			return false;
	return true;
}

/**
 * packed_class - the size class for compressed contents
 * @bytes: their length
 *
 * Context: any.
 * Return: the smallest class with room for them and the header, or PACKED_RAW.
 */
unsigned int packed_class(u32 bytes)
{
	u32 size = bytes + sizeof(struct packed_object);
	unsigned int low = 0, high = PACKED_NR_CLASSES;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (packed_class_sizes[mid] < size)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
