// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - mmap() and its relatives, for a program under "kpager run"
 *
 * Private anonymous mappings that are large, readable and writable, and may be
 * anywhere, come from the segment.  Everything else is the kernel's.  Of a
 * range of the segment, munmap(), mremap() and those kinds of madvise() that
 * change contents are done here; the kernel does the others (mprotect(),
 * mincore(), ...) as with any mapping.
 */
/* With it, mmap() would be another name of mmap64() in this file. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "segment.h"
#include "window.h"

/* What a mapping has to be, and what it must not. */
#define FLAGS_WANTED	(MAP_PRIVATE | MAP_ANONYMOUS)
#define FLAGS_OTHER	(MAP_SHARED | MAP_FIXED | MAP_FIXED_NOREPLACE | \
			 MAP_32BIT | MAP_GROWSDOWN | MAP_HUGETLB | \
			 MAP_LOCKED | MAP_STACK)
#define READ_WRITE	(PROT_READ | PROT_WRITE)

static bool aligned(const void *address)
{
	return !((uintptr_t)address & (WINDOW_PAGE - 1));
}

static void *map(void *address, size_t length, int protection, int flags,
		 int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, address, length, protection, flags,
			       fd, offset);
}

/*
 * Something else is mapped where a range of the segment is. The same kind of
 * memory again: zeros, where it is. Otherwise that part of the segment is lost.
 */
static void *map_over(void *address, size_t length, int protection, int flags,
		      int fd, off_t offset)
{
	void *mapping;

	if ((flags & FLAGS_WANTED) == FLAGS_WANTED && protection == READ_WRITE &&
	    segment_in_use(address, length) &&
	    !syscall(SYS_mprotect, address, length, READ_WRITE)) {
		memset(address, 0, length);
		return address;
	}
	mapping = map(address, length, protection, flags, fd, offset);
	if (mapping == address)
		segment_lose(address, length);
	return mapping;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd,
	   off_t offset)
{
	void *range;

	if (flags & MAP_FIXED && segment_mine(address) && aligned(address) &&
	    length)
		return map_over(address, length, protection, flags, fd, offset);
	if (segment_wants(length) && protection == READ_WRITE &&
	    (flags & FLAGS_WANTED) == FLAGS_WANTED && !(flags & FLAGS_OTHER)) {
		range = segment_take(length, WINDOW_PAGE, true, true);
		if (range)
			return range;
	}
	return map(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd,
	     off64_t offset) __attribute__((alias("mmap")));

/*
 * It is made writable again for whoever gets it next. What is read behind the
 * end of a mapping is no fault, as the kernel's would be.
 */
static void unmap(void *address, size_t length)
{
	syscall(SYS_mprotect, address, length, READ_WRITE);
	segment_give(address, length);
}

int munmap(void *address, size_t length)
{
	if (!segment_mine(address))
		return (int)syscall(SYS_munmap, address, length);
	if (!aligned(address) || !length) {
		errno = EINVAL;
		return -1;
	}
	unmap(address, length);
	return 0;
}

/* To another place, in the segment if it is large, among other memory if not. */
static void *move(void *old, size_t old_length, size_t length)
{
	void *new = MAP_FAILED;

	if (segment_wants(length))
		new = segment_take(length, WINDOW_PAGE, true, true);
	if (!new || new == MAP_FAILED)
		new = map(NULL, length, READ_WRITE, FLAGS_WANTED, -1, 0);
	if (new == MAP_FAILED)
		return MAP_FAILED;
	memcpy(new, old, old_length < length ? old_length : length);
	unmap(old, old_length);
	return new;
}

void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
	size_t page = WINDOW_PAGE - 1;
	void *fixed = NULL;
	va_list args;

	if (flags & MREMAP_FIXED) {
		va_start(args, flags);
		fixed = va_arg(args, void *);
		va_end(args);
	}
	if (!segment_mine(old))
		return (void *)syscall(SYS_mremap, old, old_length, length,
				       flags, fixed);
	old_length = (old_length + page) & ~page;
	length = (length + page) & ~page;
	if (!aligned(old) || !length || !old_length ||
	    flags & ~MREMAP_MAYMOVE || !segment_in_use(old, old_length)) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	if (length <= old_length) {
		if (length < old_length)
			unmap((char *)old + length, old_length - length);
		return old;
	}
	if (segment_length(old) == old_length &&
	    segment_grow(old, length, true))
		return old;
	if (!(flags & MREMAP_MAYMOVE)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return move(old, old_length, length);
}

int madvise(void *address, size_t length, int advice)
{
	if (!segment_mine(address) || !aligned(address))
		return (int)syscall(SYS_madvise, address, length, advice);
	length = (length + WINDOW_PAGE - 1) & -WINDOW_PAGE;
	switch (advice) {
	case MADV_DONTNEED:
		/* Zeros, which a private mapping has afterwards. */
		if (!segment_in_use(address, length)) {
			errno = ENOMEM;
			return -1;
		}
		memset(address, 0, length);
		return 0;
	case MADV_FREE:
		/* It may keep its contents: nothing has to be done. */
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_DONTFORK:
		return 0;
	case MADV_DOFORK:
	case MADV_WIPEONFORK:
		/* A child gets none of it. */
		errno = EINVAL;
		return -1;
	default:
		return (int)syscall(SYS_madvise, address, length, advice);
	}
}
