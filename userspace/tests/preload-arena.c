// SPDX-License-Identifier: GPL-2.0
/*
 * An allocator such as programs bring along (jemalloc): it collects pieces in
 * large mappings, a piece where the mapping begins, and what it knows of them
 * lies elsewhere.  preload.sh preloads it behind the library of "kpager run".
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA		(1ul << 20)
#define ARENAS		256
#define PIECE_LEAST	64ul
#define ALIGN		16

/*
 * Pieces of one size; one that is larger than an arena has a mapping for
 * itself. @next: behind those that were ever used. @free: a list through them.
 */
static struct arena {
	char *base;
	size_t length;
	size_t piece;
	size_t next;
	void **free;
} arenas[ARENAS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t piece_of(size_t size)
{
	size_t piece = PIECE_LEAST;

	while (piece < size && piece < SIZE_MAX / 4)
		piece *= 2;
	return piece;
}

static struct arena *arena_of(const void *piece)
{
	struct arena *arena;

	for (arena = arenas; arena < arenas + ARENAS && arena->base; arena++)
		if ((size_t)((const char *)piece - arena->base) < arena->length)
			return arena;
	/* Not from here: as any allocator would. */
	abort();
}

static bool arena_new(struct arena *arena, size_t piece)
{
	size_t length = piece > ARENA ? piece : ARENA;
	void *base = mmap(NULL, length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return false;
	*arena = (struct arena){
		.base = base, .length = length, .piece = piece,
	};
	return true;
}

static void *take(size_t piece)
{
	struct arena *arena;
	void *taken;

	for (arena = arenas; arena < arenas + ARENAS; arena++) {
		if (!arena->base && !arena_new(arena, piece))
			return NULL;
		if (arena->piece != piece)
			continue;
		taken = arena->free;
		if (taken) {
			arena->free = *arena->free;
			return taken;
		}
		if (arena->next < arena->length) {
			arena->next += piece;
			return arena->base + arena->next - piece;
		}
	}
	return NULL;
}

void *malloc(size_t size)
{
	void *piece;

	pthread_mutex_lock(&lock);
	piece = take(piece_of(size));
	pthread_mutex_unlock(&lock);
	return piece;
}

void free(void *old)
{
	struct arena *arena;

	if (!old)
		return;
	pthread_mutex_lock(&lock);
	arena = arena_of(old);
	*(void **)old = arena->free;
	arena->free = old;
	pthread_mutex_unlock(&lock);
}

size_t malloc_usable_size(void *old)
{
	size_t size;

	if (!old)
		return 0;
	pthread_mutex_lock(&lock);
	size = arena_of(old)->piece;
	pthread_mutex_unlock(&lock);
	return size;
}

void *calloc(size_t count, size_t size)
{
	size_t bytes;
	void *piece;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	piece = malloc(bytes);
	return piece ? memset(piece, 0, bytes) : NULL;
}

void *realloc(void *old, size_t size)
{
	size_t length = malloc_usable_size(old);
	void *new = malloc(size);

	if (!old || !new)
		return new;
	memcpy(new, old, length < size ? length : size);
	free(old);
	return new;
}

void *memalign(size_t align, size_t size)
{
	return malloc(size > align || align <= ALIGN ? size : align);
}
