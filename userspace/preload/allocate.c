// SPDX-License-Identifier: GPL-2.0
/*
 * allocate.c - malloc() and its relatives, for a program under "kpager run"
 *
 * Large requests come from the segment, all others from the allocator that the
 * program would have: the C library's, or its own.  What lies in the segment
 * is known by its address.  But an allocator of the program's own may have its
 * mappings in the segment, too: what lies in a mapping is not from here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "segment.h"
#include "window.h"

/* The allocator behind this. */
static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *old, size_t size);
	void (*free)(void *old);
	void *(*memalign)(size_t align, size_t size);
	size_t (*usable)(void *old);
} real;

/*
 * Looking for it may allocate memory: from here, never to be given back.
 */
static char early[16384] __attribute__((aligned(16)));
static size_t early_used;

static void *early_take(size_t size)
{
	size_t start = __atomic_fetch_add(&early_used, (size + 31) & ~(size_t)15,
					  __ATOMIC_RELAXED);

	if (start > sizeof(early) - 16 || size > sizeof(early) - 16 - start)
		return NULL;
	/* Its size stands before it. */
	memcpy(early + start, &size, sizeof(size));
	return early + start + 16;
}

static bool is_early(const void *address)
{
	return (size_t)((const char *)address - early) < sizeof(early);
}

static size_t early_size(const void *address)
{
	size_t size;

	memcpy(&size, (const char *)address - 16, sizeof(size));
	return size;
}

/* Return: false while it is being looked for. */
static bool find_real(void)
{
	static __thread bool looking __attribute__((tls_model("initial-exec")));

	if (__atomic_load_n(&real.usable, __ATOMIC_ACQUIRE))
		return true;
	if (looking)
		return false;
	looking = true;
	real.malloc = dlsym(RTLD_NEXT, "malloc");
	real.calloc = dlsym(RTLD_NEXT, "calloc");
	real.realloc = dlsym(RTLD_NEXT, "realloc");
	real.free = dlsym(RTLD_NEXT, "free");
	real.memalign = dlsym(RTLD_NEXT, "memalign");
	/* The last one: that it is set says that all are. */
	__atomic_store_n(&real.usable, dlsym(RTLD_NEXT, "malloc_usable_size"),
			 __ATOMIC_RELEASE);
	looking = false;
	return true;
}

void *malloc(size_t size)
{
	void *range = NULL;

	if (segment_wants(size))
		range = segment_take(size, WINDOW_PAGE, false, false);
	if (range)
		return range;
	return find_real() ? real.malloc(size) : early_take(size);
}

void *calloc(size_t count, size_t size)
{
	void *range = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(count, size, &bytes) &&
	    segment_wants(bytes))
		range = segment_take(bytes, WINDOW_PAGE, true, false);
	if (range)
		return range;
	/* What is early is used once, and began as zeros. */
	return find_real() ? real.calloc(count, size) :
			     early_take(count * size);
}

void free(void *old)
{
	size_t length;

	if (segment_allocated(old)) {
		length = segment_length(old);
		if (length)
			segment_give(old, length);
		return;
	}
	/* An ancestor's: there is nothing to be given back here. */
	if (!old || is_early(old) || segment_gone(old))
		return;
	if (find_real())
		real.free(old);
}

size_t malloc_usable_size(void *old)
{
	if (segment_allocated(old))
		return segment_length(old);
	if (!old)
		return 0;
	if (is_early(old))
		return early_size(old);
	return find_real() ? real.usable(old) : 0;
}

void *realloc(void *old, size_t size)
{
	bool ours = segment_allocated(old);
	size_t length;
	void *new;

	if (!old)
		return malloc(size);
	if (!ours && !is_early(old) && !segment_gone(old) &&
	    !segment_wants(size))
		return find_real() ? real.realloc(old, size) : NULL;
	if (!size) {
		free(old);
		return NULL;
	}
	/* Of an ancestor's the length is not known; reading it says so. */
	length = segment_gone(old) ? size : malloc_usable_size(old);
	if (ours && segment_wants(size) && segment_grow(old, size, false)) {
		size = (size + WINDOW_PAGE - 1) & -WINDOW_PAGE;
		if (size < length)
			segment_give((char *)old + size, length - size);
		return old;
	}
	new = malloc(size);
	if (!new)
		return NULL;
	memcpy(new, old, length < size ? length : size);
	free(old);
	return new;
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

void *memalign(size_t align, size_t size)
{
	void *range = NULL;

	if (segment_wants(size) && align && !(align & (align - 1)))
		range = segment_take(size, align, false, false);
	if (range)
		return range;
	if (find_real())
		return real.memalign(align, size);
	return align <= 16 ? early_take(size) : NULL;
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int posix_memalign(void **result, size_t align, size_t size)
{
	int err = errno;
	void *new;

	if (!align || align % sizeof(void *) || align & (align - 1))
		return EINVAL;
	new = memalign(align, size);
	errno = err;
	if (!new)
		return ENOMEM;
	*result = new;
	return 0;
}

void *valloc(size_t size)
{
	return memalign(WINDOW_PAGE, size);
}

void *pvalloc(size_t size)
{
	return memalign(WINDOW_PAGE, (size + WINDOW_PAGE - 1) & -WINDOW_PAGE);
}
