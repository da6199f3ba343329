// SPDX-License-Identifier: GPL-2.0
/*
 * mapping.c - what may be done to a mapping, while its pages come and go
 */
#include <pthread.h>

#include "area.h"
#include "kselftest_harness.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ACTORS		8u

FIXTURE(mapping) {
	struct area a;
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(mapping)
{
	ASSERT_EQ(0, area_begin(&self->a, "mapping", STORE_BLOCK));
	self->fd = self->a.fd;
	self->map = self->a.map;
}

FIXTURE_TEARDOWN(mapping)
{
	EXPECT_EQ(0, area_end(&self->a));
}

/* A mapping of its own of some pages. */
static uint64_t *map_pages(int fd, uint64_t first, uint64_t nr, int flags)
{
	return mmap(NULL, nr * PAGE, RW, flags, fd, first * PAGE);
}

/* Each actor owns a word of every page. */
static void actor_write(uint64_t *map, unsigned int actor, uint64_t generation)
{
	uint64_t i;

	for (i = actor; i < AREA_WORDS; i += WORDS)
		map[i] = pattern(i, generation);
}

static uint64_t actor_errors(const uint64_t *map, unsigned int actor,
			     uint64_t generation)
{
	uint64_t i, bad = 0;

	for (i = actor; i < AREA_WORDS; i += WORDS)
		bad += map[i] != pattern(i, generation);
	return bad;
}

struct actor {
	pthread_t thread;
	uint64_t *map;
	unsigned int id;
	uint64_t bad;
};

static void *actor_run(void *arg)
{
	struct actor *a = arg;
	uint64_t generation;

	for (generation = 2; generation < 4; generation++) {
		actor_write(a->map, a->id, generation);
		a->bad += actor_errors(a->map, a->id, generation);
	}
	return NULL;
}

TEST_F_TIMEOUT(mapping, many_threads_write_to_the_same_pages, 300)
{
	struct actor actors[ACTORS];
	unsigned int i;

	for (i = 0; i < ACTORS; i++) {
		actors[i] = (struct actor){ .map = self->map, .id = i };
		ASSERT_EQ(0, pthread_create(&actors[i].thread, NULL, actor_run,
					    &actors[i]));
	}
	for (i = 0; i < ACTORS; i++) {
		pthread_join(actors[i].thread, NULL);
		EXPECT_EQ(0, actors[i].bad);
		EXPECT_EQ(0, actor_errors(self->map, i, 3));
	}
	EXPECT_EQ(0, actor_errors(self->map, ACTORS, 1));
}

TEST_F_TIMEOUT(mapping, many_processes_write_to_the_same_pages, 300)
{
	pid_t pids[ACTORS];
	unsigned int i;

	for (i = 0; i < ACTORS; i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i]) {
			int fd = segment_open("mapping");
			struct actor a = {
				.map = area_map(fd, RW, MAP_SHARED), .id = i,
			};

			munmap(self->map, AREA_SIZE);
			if (a.map == MAP_FAILED)
				_exit(2);
			actor_run(&a);
			_exit(a.bad != 0);
		}
	}
	for (i = 0; i < ACTORS; i++) {
		EXPECT_EQ(0, child_status(pids[i]));
		EXPECT_EQ(0, actor_errors(self->map, i, 3));
	}
	EXPECT_EQ(0, actor_errors(self->map, ACTORS, 1));
}

TEST_F_TIMEOUT(mapping, fork_shares_and_private_copies_part, 240)
{
	uint64_t *copy = map_pages(self->fd, 0, 64, MAP_PRIVATE);
	int go[2], status;
	char byte = 0;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, copy);
	ASSERT_EQ(0, pipe(go));
	pattern_fill(copy, 0, 32 * WORDS, 2);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		/* The parent's copies as they were at the fork. */
		if (read(go[0], &byte, 1) != 1 || !area_evicted(&self->a))
			_exit(2);
		if (pattern_errors(copy, 0, 32 * WORDS, 2))
			_exit(3);
		if (pattern_errors(copy + 32 * WORDS, 32 * WORDS, 32 * WORDS,
				   1))
			_exit(4);
		/* What is shared shows what the parent wrote since. */
		if (pattern_errors(self->map + 100 * WORDS, 100 * WORDS,
				   8 * WORDS, 4))
			_exit(5);
		pattern_fill(copy, 0, 64 * WORDS, 5);
		pattern_fill(self->map + 200 * WORDS, 200 * WORDS, 8 * WORDS,
			     5);
		_exit(pattern_errors(copy, 0, 64 * WORDS, 5) ? 6 : 0);
	}
	pattern_fill(copy, 0, 8 * WORDS, 3);
	pattern_fill(self->map + 100 * WORDS, 100 * WORDS, 8 * WORDS, 4);
	ASSERT_EQ(1, write(go[1], &byte, 1));
	status = child_status(pid);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, pattern_errors(copy, 0, 8 * WORDS, 3));
	EXPECT_EQ(0, pattern_errors(copy + 8 * WORDS, 8 * WORDS, 24 * WORDS,
				    2));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 64 * WORDS, 1));
	EXPECT_EQ(0, pattern_errors(self->map + 200 * WORDS, 200 * WORDS,
				    8 * WORDS, 5));
	munmap(copy, 64 * PAGE);
}

TEST_F_TIMEOUT(mapping, private_copies_survive_eviction, 240)
{
	uint64_t *copy = map_pages(self->fd, 0, 256, MAP_PRIVATE);

	ASSERT_NE(MAP_FAILED, copy);
	pattern_fill(copy, 0, 128 * WORDS, 2);
	/* Later changes of the originals do not reach the copies, nor back. */
	pattern_fill(self->map, 0, 256 * WORDS, 3);
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(copy, 0, 128 * WORDS, 2));
	EXPECT_EQ(0, pattern_errors(copy + 128 * WORDS, 128 * WORDS,
				    128 * WORDS, 3));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 256 * WORDS, 3));
	/* Copies are dropped on demand; the segment shows through again. */
	ASSERT_EQ(0, madvise(copy, 64 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, pattern_errors(copy, 0, 64 * WORDS, 3));
	EXPECT_EQ(0, pattern_errors(copy + 64 * WORDS, 64 * WORDS, 64 * WORDS,
				    2));
	munmap(copy, 256 * PAGE);
}

TEST_F_TIMEOUT(mapping, mremap_moves_and_shrinks, 240)
{
	uint64_t *from = map_pages(self->fd, 64, 64, MAP_SHARED), *to;
	char *room = mmap(NULL, 64 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, from);
	ASSERT_NE(MAP_FAILED, room);
	pattern_fill(from, 64 * WORDS, 64 * WORDS, 2);
	to = mremap(from, 64 * PAGE, 64 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    room);
	ASSERT_EQ(room, (char *)to);
	EXPECT_EQ(SIGSEGV, access_try(from, false));
	EXPECT_EQ(0, pattern_errors(to, 64 * WORDS, 64 * WORDS, 2));
	/* Dirty bits moved along, and eviction finds the new place. */
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(to, 64 * WORDS, 64 * WORDS, 2));
	pattern_fill(to, 64 * WORDS, 64 * WORDS, 3);
	ASSERT_EQ(to, mremap(to, 64 * PAGE, 16 * PAGE, 0));
	EXPECT_EQ(SIGSEGV, access_try(to + 16 * WORDS, false));
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(self->map + 64 * WORDS, 64 * WORDS,
				    64 * WORDS, 3));
	munmap(to, 16 * PAGE);
}

TEST_F_TIMEOUT(mapping, mremap_does_not_grow_or_copy, 120)
{
	uint64_t *part = map_pages(self->fd, 0, 16, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(MAP_FAILED, mremap(part, 16 * PAGE, 32 * PAGE,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	/* A length of 0 would map the same pages a second time. */
	EXPECT_EQ(MAP_FAILED, mremap(part, 0, 16 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(MAP_FAILED, mremap(part, 16 * PAGE, 16 * PAGE,
				     MREMAP_MAYMOVE | MREMAP_DONTUNMAP));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, pattern_errors(part, 0, 16 * WORDS, 1));
	munmap(part, 16 * PAGE);
}

TEST_F_TIMEOUT(mapping, parts_are_unmapped, 240)
{
	uint64_t *part = map_pages(self->fd, 100, 64, MAP_SHARED);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, part);
	pattern_fill(part, 100 * WORDS, 64 * WORDS, 2);
	/* Every second page, so that many VMAs are left. */
	for (i = 0; i < 64; i += 2)
		ASSERT_EQ(0, munmap(part + i * WORDS, PAGE));
	EXPECT_EQ(SIGSEGV, access_try(part, false));
	ASSERT_TRUE(area_evicted(&self->a));
	for (i = 1; i < 64; i += 2)
		EXPECT_EQ(0, pattern_errors(part + i * WORDS,
					    (100 + i) * WORDS, WORDS, 2));
	EXPECT_EQ(0, pattern_errors(self->map + 100 * WORDS, 100 * WORDS,
				    64 * WORDS, 2));
	munmap(part, 64 * PAGE);
}

TEST_F_TIMEOUT(mapping, protection_changes, 240)
{
	uint64_t *part = map_pages(self->fd, 200, 64, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, part);
	pattern_fill(part, 200 * WORDS, 64 * WORDS, 2);
	/* Dirty entries become read-only; what was written must not be lost. */
	ASSERT_EQ(0, mprotect(part, 32 * PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, access_try(part, true));
	EXPECT_EQ(0, access_try(part, false));
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, access_try(part, false));
	EXPECT_EQ(SIGSEGV, access_try(part, true));
	EXPECT_EQ(0, pattern_errors(part, 200 * WORDS, 64 * WORDS, 2));
	ASSERT_EQ(0, mprotect(part, 32 * PAGE, RW));
	pattern_fill(part, 200 * WORDS, 32 * WORDS, 3);
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(part, 200 * WORDS, 32 * WORDS, 3));
	EXPECT_EQ(0, pattern_errors(part + 32 * WORDS, 232 * WORDS, 32 * WORDS,
				    2));
	munmap(part, 64 * PAGE);
}

TEST_F_TIMEOUT(mapping, nothing_is_reached_through_prot_none, 240)
{
	uint64_t *part = map_pages(self->fd, 300, 64, MAP_SHARED);
	uint64_t *none = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_SHARED, self->fd,
			      300 * PAGE);

	ASSERT_NE(MAP_FAILED, part);
	ASSERT_NE(MAP_FAILED, none);
	EXPECT_EQ(SIGSEGV, access_try(none, false));
	pattern_fill(part, 300 * WORDS, 64 * WORDS, 2);
	ASSERT_EQ(0, mprotect(part, 64 * PAGE, PROT_NONE));
	EXPECT_EQ(SIGSEGV, access_try(part, false));
	EXPECT_EQ(SIGSEGV, access_try(part, true));
	/* Present entries without rights are evicted and written, too. */
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(self->map + 300 * WORDS, 300 * WORDS,
				    64 * WORDS, 2));
	EXPECT_EQ(SIGSEGV, access_try(part, false));
	ASSERT_EQ(0, mprotect(part, 64 * PAGE, RW));
	EXPECT_EQ(0, pattern_errors(part, 300 * WORDS, 64 * WORDS, 2));
	munmap(part, 64 * PAGE);
	munmap(none, 16 * PAGE);
}

TEST_F_TIMEOUT(mapping, who_may_only_read_does_not_write, 120)
{
	int fd = open("/dev/kpager/mapping", O_RDONLY | O_CLOEXEC);
	uint64_t *map;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(MAP_FAILED, map_pages(fd, 0, 16, MAP_SHARED));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, 16 * PAGE, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(EBADF, errno);
	munmap(map, 16 * PAGE);
	/* A private copy is nobody else's business. */
	map = map_pages(fd, 0, 16, MAP_PRIVATE);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, 16 * WORDS, 2);
	EXPECT_EQ(0, pattern_errors(self->map, 0, 16 * WORDS, 1));
	munmap(map, 16 * PAGE);
	close(fd);
}

TEST_F_TIMEOUT(mapping, dontneed_loses_nothing, 240)
{
	unsigned int round;

	for (round = 2; round < 6; round++) {
		pattern_fill(self->map, 0, 512 * WORDS, round);
		ASSERT_EQ(0, madvise(self->map, 512 * PAGE, MADV_DONTNEED));
		EXPECT_EQ(0, pattern_errors(self->map, 0, 512 * WORDS, round));
	}
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 512 * WORDS, 5));
}

TEST_F_TIMEOUT(mapping, populate, 240)
{
	uint64_t *part = map_pages(self->fd, 1000, 256, MAP_SHARED), *ro, *pop;

	ASSERT_NE(MAP_FAILED, part);
	ASSERT_EQ(0, madvise(part, 256 * PAGE, MADV_POPULATE_READ));
	EXPECT_EQ(0, pattern_errors(part, 1000 * WORDS, 256 * WORDS, 1));
	ASSERT_EQ(0, madvise(part, 256 * PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(0, pattern_errors(part, 1000 * WORDS, 256 * WORDS, 1));
	pattern_fill(part, 1000 * WORDS, 256 * WORDS, 2);
	munmap(part, 256 * PAGE);
	/* More than the pool has. */
	ASSERT_EQ(0, madvise(self->map, AREA_SIZE, MADV_POPULATE_READ));
	ASSERT_EQ(0, madvise(self->map, AREA_SIZE, MADV_POPULATE_WRITE));
	EXPECT_EQ(0, pattern_errors(self->map + 1000 * WORDS, 1000 * WORDS,
				    256 * WORDS, 2));
	EXPECT_EQ(0, pattern_errors(self->map, 0, 1000 * WORDS, 1));
	ro = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, ro);
	EXPECT_EQ(0, madvise(ro, 16 * PAGE, MADV_POPULATE_READ));
	EXPECT_EQ(-1, madvise(ro, 16 * PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(EINVAL, errno);
	munmap(ro, 16 * PAGE);
	pop = mmap(NULL, 16 * PAGE, RW, MAP_SHARED | MAP_POPULATE, self->fd,
		   0);
	ASSERT_NE(MAP_FAILED, pop);
	EXPECT_EQ(0, pattern_errors(pop, 0, 16 * WORDS, 1));
	munmap(pop, 16 * PAGE);
}

TEST_HARNESS_MAIN
