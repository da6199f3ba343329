// SPDX-License-Identifier: GPL-2.0
/* window.c - hands out ranges of one large mapping, first fit */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "window.h"

/* Extents that the list has room for at first. */
#define ROOM	1024

/* mmap() itself may be somebody's: this is the kernel's. */
static void *pages(size_t bytes)
{
	long ret = syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0l);

	return ret == -1 ? NULL : (void *)ret;
}

/* Room for @more extents beside those there are. */
static bool reserve(struct window *window, size_t more)
{
	size_t room = window->room;
	struct extent *list;

	if (window->count + more <= room)
		return true;
	list = pages(2 * room * sizeof(*list));
	if (!list)
		return false;
	memcpy(list, window->list, window->count * sizeof(*list));
	syscall(SYS_munmap, window->list, room * sizeof(*list));
	window->list = list;
	window->room = 2 * room;
	return true;
}

bool window_init(struct window *window, void *base, size_t size)
{
	struct extent *list = pages(ROOM * sizeof(*list));

	if (!list)
		return false;
	*list = (struct extent){ .length = size, .state = WINDOW_FRESH };
	*window = (struct window){
		.base = base, .size = size, .list = list, .count = 1,
		.room = ROOM,
	};
	return true;
}

void window_exit(struct window *window)
{
	if (window->list)
		syscall(SYS_munmap, window->list,
			window->room * sizeof(*window->list));
	memset(window, 0, sizeof(*window));
}

/* The extent that @offset lies in, by bisection. */
static size_t find(const struct window *window, size_t offset)
{
	size_t low = 0, high = window->count - 1;

	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if (window->list[middle].start <= offset)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Make extent @i end at @offset, and one with the same state begin there. */
static void split(struct window *window, size_t i, size_t offset)
{
	struct extent *extent = &window->list[i];

	memmove(extent + 1, extent,
		(window->count - i) * sizeof(*extent));
	window->count++;
	extent[0].length = offset - extent[0].start;
	extent[1].start = offset;
	extent[1].length -= extent[0].length;
}

static bool joins(const struct extent *a, const struct extent *b)
{
	return a->state == b->state && a->state != WINDOW_USED;
}

/* Join neighbours of one state from @first to @last. */
static void join(struct window *window, size_t first, size_t last)
{
	struct extent *list = window->list;
	size_t to, from;

	first = first ? first - 1 : 0;
	last = last + 1 < window->count ? last + 1 : window->count - 1;
	for (to = first, from = first + 1; from <= last; from++) {
		if (joins(&list[to], &list[from]))
			list[to].length += list[from].length;
		else
			list[++to] = list[from];
	}
	memmove(&list[to + 1], &list[last + 1],
		(window->count - last - 1) * sizeof(*list));
	window->count -= last - to;
}

/* Where in a free extent an aligned range of @length begins; or SIZE_MAX. */
static size_t fit(const struct window *window, const struct extent *extent,
		  size_t length, size_t align)
{
	size_t address = (size_t)window->base + extent->start;
	size_t skip = -address & (align - 1);

	if (extent->state != WINDOW_FRESH && extent->state != WINDOW_FREE)
		return (size_t)-1;
	if (skip > extent->length || extent->length - skip < length)
		return (size_t)-1;
	return extent->start + skip;
}

static size_t search(const struct window *window, size_t length, size_t align,
		     enum window_state wanted, size_t *start)
{
	size_t i;

	for (i = 0; i < window->count; i++) {
		if (window->list[i].state != wanted)
			continue;
		*start = fit(window, &window->list[i], length, align);
		if (*start != (size_t)-1)
			return i;
	}
	return (size_t)-1;
}

void *window_take(struct window *window, size_t length, size_t align,
		  bool zero, bool mapping, bool *dirty)
{
	enum window_state first = zero ? WINDOW_FRESH : WINDOW_FREE;
	enum window_state second = zero ? WINDOW_FREE : WINDOW_FRESH;
	size_t start, i;

	if (!reserve(window, 2))
		return NULL;
	i = search(window, length, align, first, &start);
	if (i == (size_t)-1)
		i = search(window, length, align, second, &start);
	if (i == (size_t)-1)
		return NULL;
	*dirty = window->list[i].state == WINDOW_FREE;
	if (start > window->list[i].start)
		split(window, i++, start);
	if (window->list[i].length > length)
		split(window, i, start + length);
	window->list[i].state = WINDOW_USED;
	window->list[i].mapping = mapping;
	window->used += length;
	return window->base + start;
}

bool window_mapping(const struct window *window, const void *address)
{
	size_t offset = (size_t)((const char *)address - window->base);
	const struct extent *extent = &window->list[find(window, offset)];

	return extent->state == WINDOW_USED && extent->mapping;
}

size_t window_length(const struct window *window, const void *address)
{
	size_t offset = (size_t)((const char *)address - window->base);
	const struct extent *extent = &window->list[find(window, offset)];

	return extent->state == WINDOW_USED && extent->start == offset ?
		extent->length : 0;
}

bool window_in_use(const struct window *window, const void *address,
		   size_t length)
{
	size_t offset = (size_t)((const char *)address - window->base);
	size_t i;

	if (offset >= window->size || window->size - offset < length)
		return false;
	for (i = find(window, offset);
	     i < window->count && window->list[i].start < offset + length; i++)
		if (window->list[i].state != WINDOW_USED)
			return false;
	return true;
}

bool window_grow(struct window *window, void *address, size_t length,
		 bool *dirty)
{
	size_t offset = (size_t)((char *)address - window->base);
	size_t i = find(window, offset);
	struct extent *extent = &window->list[i];
	size_t more = length - extent->length;

	if (extent->state != WINDOW_USED || extent->start != offset ||
	    length <= extent->length || i + 1 == window->count ||
	    extent[1].length < more ||
	    (extent[1].state != WINDOW_FREE && extent[1].state != WINDOW_FRESH))
		return false;
	*dirty = extent[1].state == WINDOW_FREE;
	extent->length += more;
	extent[1].start += more;
	extent[1].length -= more;
	window->used += more;
	if (!extent[1].length) {
		memmove(&extent[1], &extent[2],
			(window->count - i - 2) * sizeof(*extent));
		window->count--;
	}
	return true;
}

bool window_give(struct window *window, void *address, size_t length,
		 enum window_state state)
{
	size_t offset = (size_t)((char *)address - window->base);
	size_t end = offset + length;
	size_t first, i;

	if (!reserve(window, 2))
		return false;
	first = find(window, offset);
	if (window->list[first].start < offset)
		split(window, first++, offset);
	for (i = first; i < window->count && window->list[i].start < end; i++) {
		struct extent *extent = &window->list[i];

		if (extent->start + extent->length > end) {
			split(window, i, end);
			extent = &window->list[i];
		}
		if (extent->state == WINDOW_USED)
			window->used -= extent->length;
		/* What was never used is as good as ever. */
		if (extent->state == WINDOW_USED || state == WINDOW_LOST)
			extent->state = state;
	}
	join(window, first, i - 1);
	return true;
}
