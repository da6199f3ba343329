/* SPDX-License-Identifier: GPL-2.0 */
/*
 * window.h - hands out ranges of one large mapping
 *
 * The caller holds a lock around every function.  Nothing here calls malloc().
 */
#ifndef KPAGER_WINDOW_H
#define KPAGER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#define WINDOW_PAGE	4096ul

/* What a range is. */
enum window_state {
	WINDOW_FRESH,		/* free, was never used: zeros */
	WINDOW_FREE,		/* free, of unknown contents */
	WINDOW_USED,		/* in use: one range for each that was taken */
	WINDOW_LOST,		/* something else is mapped there */
};

/**
 * struct extent - a range of the window; all of them are in order, without gap
 * @start: offset in bytes
 * @length: bytes
 * @state: what it is
 * @mapping: if it is in use: as a mapping, not as a piece of an allocator
 */
struct extent {
	size_t start;
	size_t length;
	enum window_state state;
	bool mapping;
};

/**
 * struct window - the mapping
 * @base: where it is
 * @size: bytes
 * @list: its extents
 * @count: how many
 * @room: how many the list has room for
 * @used: bytes that are in use
 */
struct window {
	char *base;
	size_t size;
	struct extent *list;
	size_t count;
	size_t room;
	size_t used;
};

/* window_init - all of it is fresh; false if there is no memory for the list */
bool window_init(struct window *window, void *base, size_t size);

/* window_exit - free the list; the mapping remains the caller's */
void window_exit(struct window *window);

/* window_has - does the address lie in it? */
static inline bool window_has(const struct window *window, const void *address)
{
	return (size_t)address - (size_t)window->base < window->size;
}

/**
 * window_take - take a range
 * @length: bytes, a multiple of WINDOW_PAGE, not 0
 * @align: a power of two, at least WINDOW_PAGE
 * @zero: prefer one that was never used
 * @mapping: what window_mapping() says of it
 * @dirty: set to whether its contents are unknown
 *
 * Return: the range, or NULL if there is none.
 */
void *window_take(struct window *window, size_t length, size_t align,
		  bool zero, bool mapping, bool *dirty);

/* window_mapping - does @address lie in a range in use that is a mapping? */
bool window_mapping(const struct window *window, const void *address);

/*
 * window_length - bytes of the range in use that begins at @address
 *
 * Return: 0 if none does.
 */
size_t window_length(const struct window *window, const void *address);

/* window_in_use - is every byte of it in use? */
bool window_in_use(const struct window *window, const void *address,
		   size_t length);

/*
 * window_grow - make a range in use longer, where it is
 * @dirty: set to whether the contents of what is added are unknown
 *
 * Return: false if what lies behind it is not free.
 */
bool window_grow(struct window *window, void *address, size_t length,
		 bool *dirty);

/*
 * window_give - give a range back, or make it @state otherwise
 * @address: a multiple of WINDOW_PAGE
 * @length: likewise; it may be a part of a range, or span several
 * @state: WINDOW_FREE or WINDOW_LOST
 *
 * Return: false if there is no memory for the list: then nothing changed.
 */
bool window_give(struct window *window, void *address, size_t length,
		 enum window_state state);

#endif /* KPAGER_WINDOW_H */
