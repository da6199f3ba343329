// SPDX-License-Identifier: GPL-2.0
/*
 * pagetrace.c - which pages of a mapped file a program uses, one by one
 *
 * To be preloaded (LD_PRELOAD).  PAGETRACE_FILE names the file; its shared
 * mapping becomes inaccessible, and each access to a page that is not among
 * the latest WINDOW ones is a SIGSEGV, which is recorded and makes the page
 * accessible until WINDOW others were.  So the record has every use of a page
 * but those that follow each other closely.  PAGETRACE_OUT receives it: a list
 * as in ../pattern.h, at most PAGETRACE_MAX accesses long.
 *
 * The program must not give addresses of the mapping to the kernel (EFAULT),
 * must use it with one thread only, and map it once.
 */
/* With it, mmap() would be another name of mmap64() in this file. */
#undef _FILE_OFFSET_BITS
#define _GNU_SOURCE
#include <dlfcn.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>

#include "../pattern.h"

/* One instruction may need several pages at a time. */
#define WINDOW		16u
/* Of a page fault's error code. */
#define ERROR_WRITE	2

static struct {
	unsigned char *map;
	size_t pages;
	int prot;
	/* The pages that are accessible, the oldest at @oldest. */
	uint32_t window[WINDOW];
	unsigned int used, oldest;
	unsigned char state[PATTERN_PAGES];
	FILE *out;
	size_t left;
	struct sigaction before;
} traced;

static void protect(uint32_t page, int prot)
{
	traced.state[page] = (unsigned char)prot;
	if (mprotect(traced.map + page * PATTERN_PAGE_SIZE, PATTERN_PAGE_SIZE,
		     prot))
		_Exit(1);
}

static void record(uint32_t page, int write)
{
	uint16_t access = (uint16_t)(page | (write ? PATTERN_WRITE : 0));

	if (!traced.left)
		return;
	fwrite(&access, sizeof(access), 1, traced.out);
	/* Enough: the rest of the program runs undisturbed. */
	if (!--traced.left) {
		fflush(traced.out);
		mprotect(traced.map, traced.pages * PATTERN_PAGE_SIZE,
			 traced.prot);
	}
}

static void enter(uint32_t page)
{
	if (traced.used < WINDOW) {
		traced.window[traced.used++] = page;
		return;
	}
	protect(traced.window[traced.oldest], PROT_NONE);
	traced.window[traced.oldest] = page;
	traced.oldest = (traced.oldest + 1) % WINDOW;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	size_t offset = (size_t)((unsigned char *)info->si_addr - traced.map);
	int write = (uc->uc_mcontext.gregs[REG_ERR] & ERROR_WRITE) != 0;
	uint32_t page = (uint32_t)(offset / PATTERN_PAGE_SIZE);
	int prot = PROT_READ | (write ? PROT_WRITE : 0);

	if (!traced.map || page >= traced.pages || !traced.left ||
	    (traced.state[page] & prot) == prot) {
		/* Not ours: the access is made again, and then fails. */
		sigaction(number, &traced.before, NULL);
		return;
	}
	if (!traced.state[page])
		enter(page);
	protect(page, prot);
	record(page, write);
}

static int is_wanted(int fd)
{
	const char *name = getenv("PAGETRACE_FILE");
	struct stat wanted, st;

	return name && !stat(name, &wanted) && !fstat(fd, &st) &&
		st.st_ino == wanted.st_ino && st.st_dev == wanted.st_dev;
}

static void begin(void *map, size_t length, int prot)
{
	const char *out = getenv("PAGETRACE_OUT"), *max = getenv("PAGETRACE_MAX");
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO,
	};

	if (length > PATTERN_BYTES || !out || !max)
		errx(1, "pagetrace: %s", out && max ? "the file is too large" :
		     "PAGETRACE_OUT and PAGETRACE_MAX are needed");
	traced.pages = (length + PATTERN_PAGE_SIZE - 1) / PATTERN_PAGE_SIZE;
	traced.prot = prot;
	traced.left = strtoul(max, NULL, 10);
	traced.out = fopen(out, "w");
	if (!traced.out)
		err(1, "pagetrace: %s", out);
	traced.map = map;
	if (sigaction(SIGSEGV, &action, &traced.before) ||
	    mprotect(map, length, PROT_NONE))
		err(1, "pagetrace");
}

__attribute__((destructor))
static void end(void)
{
	if (traced.out)
		fclose(traced.out);
}

void *mmap64(void *addr, size_t length, int prot, int flags, int fd,
	     off64_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off64_t);
	void *map;

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "mmap64");
	map = real(addr, length, prot, flags, fd, offset);
	if (map != MAP_FAILED && flags & MAP_SHARED && !traced.map &&
	    is_wanted(fd))
		begin(map, length, prot);
	return map;
}

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return mmap64(addr, length, prot, flags, fd, offset);
}

/* What was traced stays: its addresses must not become another mapping's. */
int munmap(void *addr, size_t length)
{
	static int (*real)(void *, size_t);

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "munmap");
	return traced.map && addr == traced.map ? 0 : real(addr, length);
}
