// SPDX-License-Identifier: GPL-2.0
/*
 * A program whose large memory is in a segment and that does not know it:
 * preload.sh runs it with the library preloaded.  What is in memory must be
 * what any program expects.
 *
 * usage: preload-user all|allocator|touch-in-child
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB	(1ul << 20)
#define PAGE	4096ul

/* Not to be known at compile time. */
static volatile size_t too_large = SIZE_MAX;

#define must(condition) \
	do { \
		if (!(condition)) \
			errx(1, "line %d: %s", __LINE__, #condition); \
	} while (0)

/* Is it in a shared mapping, as a segment's is? */
static bool in_segment(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512], flags[8];
	bool shared = false;

	must(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, flags) == 3 &&
		    (unsigned long)address >= start &&
		    (unsigned long)address < end)
			shared = flags[3] == 's';
	fclose(maps);
	return shared;
}

static void fill(void *memory, size_t length, uint64_t with)
{
	uint64_t *word = memory;
	size_t i;

	for (i = 0; i < length / sizeof(*word); i++)
		word[i] = with + i;
}

static bool holds(const void *memory, size_t length, uint64_t with)
{
	const uint64_t *word = memory;
	size_t i;

	for (i = 0; i < length / sizeof(*word); i++)
		if (word[i] != with + i)
			return false;
	return true;
}

static bool zero(const void *memory, size_t length)
{
	const char *byte = memory;

	return !*byte && !memcmp(byte, byte + 1, length - 1);
}

static void *resize(void *old, size_t length)
{
	void *new = realloc(old, length);

	must(new);
	return new;
}

static void allocations(void)
{
	char *small, *large, *moved;
	void *aligned;
	int i;

	small = malloc(100);
	must(small && !in_segment(small));
	large = malloc(MIB);
	must(large && in_segment(large) && malloc_usable_size(large) >= MIB);
	fill(large, MIB, 1);
	/* Small to large, large to larger, and back. */
	memset(small, 7, 100);
	small = resize(small, 2 * MIB);
	must(in_segment(small) && small[0] == 7 && small[99] == 7);
	large = resize(large, 3 * MIB);
	must(holds(large, MIB, 1));
	moved = malloc(MIB);
	must(moved && moved != large);
	large = resize(large, 100000);
	must(!in_segment(large) && holds(large, 100000, 1));
	free(large);
	free(moved);
	free(small);
	/* What was used is zeros for who asks for them. */
	for (i = 0; i < 20; i++) {
		large = malloc(5 * MIB);
		must(large);
		fill(large, 5 * MIB, 3);
		free(large);
		large = calloc(5, MIB);
		must(large && in_segment(large) && zero(large, 5 * MIB));
		fill(large, 5 * MIB, 4);
		free(large);
	}
	must(!posix_memalign(&aligned, 1 << 16, MIB));
	must(!((uintptr_t)aligned & 0xffff) && in_segment(aligned));
	free(aligned);
	must(posix_memalign(&aligned, 3, MIB) == EINVAL);
	errno = 0;
	large = reallocarray(NULL, too_large / 2, 4);
	must(!large && errno == ENOMEM);
	large = malloc(too_large - 4096);
	must(!large);
	large = calloc(too_large / 2, 4);
	must(!large);
	free(NULL);
}

static void *get(size_t length)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void mappings(void)
{
	char *map = get(4 * MIB), *other;

	must(map != MAP_FAILED && in_segment(map) && zero(map, 4 * MIB));
	fill(map, 4 * MIB, 5);
	/* A hole in the middle; what is there again is zeros. */
	must(!munmap(map + MIB, MIB));
	must(holds(map, MIB, 5) &&
	     holds(map + 2 * MIB, 2 * MIB, 5 + 2 * MIB / 8));
	other = get(MIB);
	must(other != MAP_FAILED && zero(other, MIB));
	fill(other, MIB, 6);
	must(!munmap(other, MIB));
	must(!madvise(map, MIB, MADV_DONTNEED) && zero(map, MIB));
	must(madvise(map + MIB, MIB, MADV_DONTNEED) && errno == ENOMEM);
	fill(map, MIB, 7);
	must(!madvise(map, MIB, MADV_FREE));
	/* Larger, where it is or elsewhere, and smaller. */
	map = mremap(map, MIB, 3 * MIB, MREMAP_MAYMOVE);
	must(map != MAP_FAILED && zero(map + MIB, 2 * MIB));
	fill(map, 3 * MIB, 8);
	map = mremap(map, 3 * MIB, 6 * MIB, MREMAP_MAYMOVE);
	must(map != MAP_FAILED && holds(map, 3 * MIB, 8));
	must(zero(map + 3 * MIB, 3 * MIB));
	must(mremap(map, 6 * MIB, MIB, 0) == map && holds(map, MIB, 8));
	/* Rights are the kernel's, and gone with the mapping. */
	must(!mprotect(map, MIB, PROT_READ) && holds(map, MIB, 8));
	must(!munmap(map, MIB));
	other = get(MIB);
	must(other != MAP_FAILED);
	fill(other, MIB, 9);
	/* Over it: the same kind, which is zeros, and another. */
	must(mmap(other, MIB, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == other);
	must(zero(other, MIB));
	must(mmap(other, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS |
		  MAP_FIXED, -1, 0) == other);
	must(!munmap(other, MIB));
	must(munmap(map + 1, MIB) && errno == EINVAL);
	/* What has to be elsewhere is. */
	other = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(other != MAP_FAILED && !munmap(other, MIB));
	other = mmap(NULL, MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(other != MAP_FAILED && !in_segment(other) && !munmap(other, MIB));
}

/* More than there is: ordinary memory, which works as well. */
static void too_much(void)
{
	char *map = get(200 * MIB), *memory = malloc(200 * MIB);

	must(map != MAP_FAILED && !in_segment(map) && zero(map, MIB));
	must(memory && !in_segment(memory));
	fill(memory, MIB, 1);
	memory = resize(memory, MIB);
	must(holds(memory, MIB, 1));
	free(memory);
	must(!munmap(map, 200 * MIB));
}

static void *work(void *arg)
{
	uint64_t x = (uintptr_t)arg * 7919;
	char *held[8] = { 0 };
	size_t length[8] = { 0 };
	int i, at;

	for (i = 0; i < 400; i++) {
		at = i % 8;
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		if (held[at] && !holds(held[at], length[at], (uintptr_t)arg))
			return "a range has changed";
		free(held[at]);
		length[at] = (x >> 33) % (MIB / 2) & -8ul;
		held[at] = malloc(length[at] + 8);
		if (!held[at])
			return "no memory";
		fill(held[at], length[at], (uintptr_t)arg);
	}
	for (at = 0; at < 8; at++)
		free(held[at]);
	/* Many, so that they get in each other's way. */
	for (i = 0; i < 200000; i++) {
		volatile uintptr_t *one = malloc(MIB), *other = malloc(MIB);

		if (!one || !other)
			return "no memory";
		*one = (uintptr_t)arg;
		*other = (uintptr_t)arg + 10;
		if (*one != (uintptr_t)arg || *other != (uintptr_t)arg + 10)
			return "a range belongs to two";
		free((void *)one);
		free((void *)other);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t thread[4];
	uintptr_t i;
	void *wrong;

	for (i = 0; i < 4; i++)
		must(!pthread_create(&thread[i], NULL, work, (void *)(i + 1)));
	for (i = 0; i < 4; i++) {
		must(!pthread_join(thread[i], &wrong));
		if (wrong)
			errx(1, "thread %d: %s", (int)i, (char *)wrong);
	}
}

/* A child that does not look at its parent's memory is like any other. */
static void children(void)
{
	char *mine = malloc(MIB);
	int status;
	pid_t child;

	must(mine);
	fill(mine, MIB, 10);
	child = fork();
	if (!child) {
		char *own = malloc(2 * MIB);

		free(mine);
		if (!own)
			_exit(1);
		fill(own, 2 * MIB, 11);
		_exit(!holds(own, 2 * MIB, 11));
	}
	must(waitpid(child, &status, 0) == child && !status);
	must(holds(mine, MIB, 10));
	must(!system("exit 0"));
	free(mine);
}

/*
 * An allocator of the program's own (preload-arena.c) has its mappings in the
 * segment, and its pieces in them are none of the library's business.
 */
static void allocator(void)
{
	enum { PIECES = 400 };
	char *piece[PIECES], *large, *volatile again;
	size_t length = 3000;
	int i, in = 0;

	for (i = 0; i < PIECES; i++) {
		piece[i] = malloc(length);
		must(piece[i] && malloc_usable_size(piece[i]) >= length);
		fill(piece[i], length, (uint64_t)i);
		in += in_segment(piece[i]);
	}
	must(in == PIECES);
	/* Some lie where a mapping begins: it remains. */
	for (i = 0; i < PIECES; i += 2)
		free(piece[i]);
	large = calloc(8, MIB);
	must(large && in_segment(large));
	fill(large, 8 * MIB, 1000);
	for (i = 1; i < PIECES; i += 2)
		must(holds(piece[i], length, (uint64_t)i));
	/* To another piece, to the segment, and back. */
	for (i = 1; i < PIECES; i += 2) {
		piece[i] = resize(piece[i], 2 * length);
		must(holds(piece[i], length, (uint64_t)i));
	}
	piece[1] = resize(piece[1], MIB);
	must(holds(piece[1], length, 1));
	piece[1] = resize(piece[1], length);
	must(holds(piece[1], length, 1) && in_segment(piece[1]));
	/* What was given back is used again. */
	piece[0] = malloc(2 * length);
	again = piece[0];
	free(piece[0]);
	piece[0] = malloc(2 * length);
	must(piece[0] == again);
	must(holds(large, 8 * MIB, 1000));
	free(large);
}

int main(int argc, char **argv)
{
	volatile char *memory;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "touch-in-child")) {
		int status;

		memory = malloc(MIB);
		must(memory && in_segment((void *)memory));
		*memory = 1;
		/* Without the library's knowledge: it ends, too. */
		if (!syscall(SYS_fork))
			_exit(*memory);
		must(wait(&status) > 0 && WIFSIGNALED(status));
		if (!fork())
			_exit(*memory);
		must(wait(&status) > 0);
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ?
			0 : 1;
	}
	if (!strcmp(argv[1], "allocator")) {
		allocator();
		return 0;
	}
	allocations();
	mappings();
	too_much();
	threads();
	children();
	puts("all as expected");
	return 0;
}
