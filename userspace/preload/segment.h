/* SPDX-License-Identifier: GPL-2.0 */
/*
 * segment.h - the segment of a process whose large memory is paged, and what
 * becomes of it in its children
 */
#ifndef KPAGER_PRELOAD_SEGMENT_H
#define KPAGER_PRELOAD_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

/* segment_wants - is a range of so many bytes large enough for the segment? */
bool segment_wants(size_t length);

/*
 * segment_mine - does the address lie in the segment of this process?
 *
 * Cheap: asked at every free().
 */
bool segment_mine(const void *address);

/*
 * segment_allocated - does it lie there, but not in a mapping?
 *
 * A mapping is its owner's, who may be an allocator: what lies in it may be one
 * of its pieces, even where the mapping begins.
 */
bool segment_allocated(const void *address);

/*
 * segment_gone - does it lie in memory that an ancestor had in its segment?
 *
 * This process has nothing there.
 */
bool segment_gone(const void *address);

/*
 * segment_take - a range of the segment, which is made if there is none yet
 * @length: bytes, rounded up to pages
 * @align: a power of two
 * @zero: it has to be zeros
 * @mapping: it is asked for as a mapping, see segment_allocated()
 *
 * Return: the range, or NULL: there is no segment, or no room in it.
 */
void *segment_take(size_t length, size_t align, bool zero, bool mapping);

/* segment_give - give a range back, which may be a part of one or span several */
void segment_give(void *address, size_t length);

/* segment_length - bytes of the range that begins at @address; 0: none does */
size_t segment_length(const void *address);

/* segment_in_use - is all of it in use? */
bool segment_in_use(const void *address, size_t length);

/* segment_grow - make a range longer where it is; what is added is zeros if @zero */
bool segment_grow(void *address, size_t length, bool zero);

/* segment_lose - something else is mapped over a range: do not use it again */
void segment_lose(void *address, size_t length);

#endif /* KPAGER_PRELOAD_SEGMENT_H */
