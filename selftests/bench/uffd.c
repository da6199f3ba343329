// SPDX-License-Identifier: GPL-2.0
/*
 * uffd.c - paging by a program: userfaultfd, a thread and a ring of pages
 *
 * A page that is missing is read from the store without the page cache and
 * copied into the mapping, write-protected unless the access writes; a write
 * to a protected page makes it dirty.  The oldest page of the ring makes room
 * for it: protected and written back if it is dirty, then dropped.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pattern.h"
#include "uffd.h"

static struct {
	int fd;
	int store;
	char *map;
	char *buffer;
	unsigned int frames;
	/* Pages in memory, oldest first from @oldest, and who is dirty. */
	uint32_t *ring;
	unsigned int oldest;
	unsigned int used;
	bool *dirty;
	unsigned long long written;
	pthread_mutex_t lock;
} pager = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void protect(uint32_t page, bool on)
{
	struct uffdio_writeprotect arg = {
		.range = {
			.start = (uintptr_t)pager.map + page * PATTERN_PAGE_SIZE,
			.len = PATTERN_PAGE_SIZE,
		},
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(pager.fd, UFFDIO_WRITEPROTECT, &arg))
		err(1, "UFFDIO_WRITEPROTECT");
}

static void write_back(uint32_t page)
{
	off_t offset = page * PATTERN_PAGE_SIZE;

	if (!pager.dirty[page])
		return;
	protect(page, true);
	pager.dirty[page] = false;
	if (pwrite(pager.store, pager.map + offset, PATTERN_PAGE_SIZE,
		   offset) != (ssize_t)PATTERN_PAGE_SIZE)
		err(1, "write to the store");
	pager.written++;
}

static void make_room(void)
{
	uint32_t page = pager.ring[pager.oldest];

	write_back(page);
	if (madvise(pager.map + page * PATTERN_PAGE_SIZE, PATTERN_PAGE_SIZE,
		    MADV_DONTNEED))
		err(1, "MADV_DONTNEED");
	pager.oldest = (pager.oldest + 1) % pager.frames;
	pager.used--;
}

static void bring_in(uint32_t page, bool write)
{
	off_t offset = page * PATTERN_PAGE_SIZE;
	struct uffdio_copy copy = {
		.dst = (uintptr_t)pager.map + offset,
		.src = (uintptr_t)pager.buffer,
		.len = PATTERN_PAGE_SIZE,
		.mode = write ? 0 : UFFDIO_COPY_MODE_WP,
	};

	if (pager.used == pager.frames)
		make_room();
	if (pread(pager.store, pager.buffer, PATTERN_PAGE_SIZE, offset) !=
	    (ssize_t)PATTERN_PAGE_SIZE)
		err(1, "read from the store");
	pager.dirty[page] = write;
	pager.ring[(pager.oldest + pager.used++) % pager.frames] = page;
	if (ioctl(pager.fd, UFFDIO_COPY, &copy))
		err(1, "UFFDIO_COPY");
}

static void *serve(void *unused)
{
	struct uffd_msg msg;
	uint64_t flags;
	uint32_t page;

	for (;;) {
		if (read(pager.fd, &msg, sizeof(msg)) != sizeof(msg))
			err(1, "userfaultfd");
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		page = (msg.arg.pagefault.address - (uintptr_t)pager.map) /
			PATTERN_PAGE_SIZE;
		flags = msg.arg.pagefault.flags;
		pthread_mutex_lock(&pager.lock);
		if (flags & UFFD_PAGEFAULT_FLAG_WP) {
			pager.dirty[page] = true;
			protect(page, false);
		} else {
			bring_in(page, flags & UFFD_PAGEFAULT_FLAG_WRITE);
		}
		pthread_mutex_unlock(&pager.lock);
	}
	return unused;
}

/**
 * uffd_map() - map a store through userfaultfd; once only
 * @store: descriptor, open with O_DIRECT for reading and writing
 * @bytes: size of the mapping, whole pages
 * @frames: most pages in memory
 *
 * Return: the mapping.
 */
volatile uint64_t *uffd_map(int store, size_t bytes, unsigned int frames)
{
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	pthread_t thread;

	pager.fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (pager.fd < 0 || ioctl(pager.fd, UFFDIO_API, &api))
		err(1, "userfaultfd");
	pager.store = store;
	pager.frames = frames;
	pager.ring = calloc(frames, sizeof(*pager.ring));
	pager.dirty = calloc(bytes / PATTERN_PAGE_SIZE, sizeof(*pager.dirty));
	pager.buffer = aligned_alloc(PATTERN_PAGE_SIZE, PATTERN_PAGE_SIZE);
	pager.map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!pager.ring || !pager.dirty || !pager.buffer ||
	    pager.map == MAP_FAILED)
		err(1, "memory");
	reg.range.start = (uintptr_t)pager.map;
	reg.range.len = bytes;
	if (ioctl(pager.fd, UFFDIO_REGISTER, &reg))
		err(1, "UFFDIO_REGISTER");
	if (pthread_create(&thread, NULL, serve, NULL))
		errx(1, "no thread");
	return (volatile uint64_t *)pager.map;
}

/**
 * uffd_sync() - write all dirty pages back
 */
void uffd_sync(void)
{
	unsigned int i;

	pthread_mutex_lock(&pager.lock);
	for (i = 0; i < pager.used; i++)
		write_back(pager.ring[(pager.oldest + i) % pager.frames]);
	pthread_mutex_unlock(&pager.lock);
}

/**
 * uffd_written() - pages written to the store so far
 *
 * Return: how many.
 */
unsigned long long uffd_written(void)
{
	return pager.written;
}
