/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packed.h - how a page is kept in memory; pure code
 *
 * A page that repeats one word is kept as that word.  Others are compressed;
 * what compression leaves is put into an object of the smallest size class
 * that has room for it.  What does not become small enough is kept raw, in a
 * frame of its own.
 *
 * The index holds a value or the address of an object for each page.  A value
 * has 63 bits: bit 0 tells a frame's number from a word, which then must fit
 * in 62 bits; a word that does not fit is put into an object.
 */
#ifndef KPAGER_PACKED_H
#define KPAGER_PACKED_H

#include "../platform.h"

#define PACKED_NR_CLASSES	16u

/* What packed_class() returns for a page that is to be kept raw. */
#define PACKED_RAW		PACKED_NR_CLASSES

/**
 * struct packed_object - a page, in an object of a size class
 * @bytes: bytes of @data in use
 * @class: size class of the object
 * @same: @data is the 64-bit word that the page repeats
 * @data: compressed contents, or the word
 */
struct packed_object {
	u16 bytes;
	u8 class;
	bool same;
	u8 data[];
};

extern const u16 packed_class_sizes[PACKED_NR_CLASSES];

bool packed_page_is_same(const void *page, u64 *word);
unsigned int packed_class(u32 bytes);

/* A word that needs no object. */
static inline bool packed_word_fits(u64 word)
{
	return !(word >> 62);
}

static inline unsigned long packed_value_word(u64 word)
{
	return word << 1;
}

static inline unsigned long packed_value_frame(u32 frame)
{
	return (unsigned long)frame << 1 | 1;
}

static inline bool packed_value_is_frame(unsigned long value)
{
	return value & 1;
}

static inline u32 packed_value_to_frame(unsigned long value)
{
	return value >> 1;
}

static inline u64 packed_value_to_word(unsigned long value)
{
	return value >> 1;
}

#endif /* KPAGER_PACKED_H */
