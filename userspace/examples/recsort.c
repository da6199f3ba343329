// SPDX-License-Identifier: GPL-2.0
/*
 * recsort PATH RECORD_SIZE [BYTES] - sort fixed-length records in place
 *
 * PATH is anything that can be mapped: a file, a block device, a kpager
 * segment.  Its first BYTES bytes (all of it unless told otherwise) are taken
 * as records of RECORD_SIZE bytes and sorted by the value of their bytes,
 * through a shared mapping, without a copy.  When recsort exits with 0 the
 * result is on stable storage.
 *
 * The data may be many times larger than the memory it gets, so the order of
 * accesses matters more than the number of comparisons.  Large ranges are
 * split by one byte with the American flag sort (McIlroy, Bostic, McIlroy:
 * "Engineering Radix Sort", 1993): one sequential pass counts, one moves each
 * record once to one of at most 256 places that all advance sequentially.
 * After one or two such splits a range fits into memory and is finished there
 * before the next one is begun.  Ranges that fit into the processor's caches
 * are sorted by multikey quicksort (Bentley, Sedgewick, 1997) over 8-byte
 * words.
 *
 * Exit status: 0 sorted, 1 failed (what PATH then holds is partly sorted, and
 * a record that was on the move may be there twice or not at all), 2 wrong
 * usage.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RECORD_MAX = 4096,
	/* Below this many bytes a range is in the caches: quicksort it. */
	CACHED_BYTES = 256 * 1024,
	/* Below this many records insertion is cheaper than any split. */
	FEW_RECORDS = 12,
	/* The flag sort recurses once a level: this bounds its stack. */
	FLAG_LEVELS = 64,
	FANOUT = 256,
};

static size_t record_size;

static const char *map_path;
static const uint8_t *map_base;
static size_t map_bytes;

static uint8_t *record(uint8_t *base, size_t index)
{
	return base + index * record_size;
}

static void record_swap(uint8_t *a, uint8_t *b)
{
	uint8_t held[RECORD_MAX];

	memcpy(held, a, record_size);
	memcpy(a, b, record_size);
	memcpy(b, held, record_size);
}

/* Up to eight bytes from @depth on, as a number that sorts as they do. */
static inline uint64_t record_word(const uint8_t *rec, size_t depth)
{
	uint64_t word = 0;

	if (depth + sizeof(word) <= record_size)
		memcpy(&word, rec + depth, sizeof(word));
	else
		memcpy(&word, rec + depth, record_size - depth);
	return be64toh(word);
}

static void insertion_sort(uint8_t *base, size_t count, size_t depth)
{
	uint8_t held[RECORD_MAX];
	size_t i, to;

	for (i = 1; i < count; i++) {
		const uint8_t *rec = record(base, i);

		for (to = i; to > 0; to--)
			if (memcmp(record(base, to - 1) + depth, rec + depth,
				   record_size - depth) <= 0)
				break;
		if (to == i)
			continue;
		memcpy(held, rec, record_size);
		memmove(record(base, to + 1), record(base, to),
			(i - to) * record_size);
		memcpy(record(base, to), held, record_size);
	}
}

static uint64_t median3(uint64_t a, uint64_t b, uint64_t c)
{
	if (a > b) {
		uint64_t t = a;

		a = b;
		b = t;
	}
	return c <= a ? a : c >= b ? b : c;
}

/*
 * Sort records that are equal in their first @depth bytes.  Recursion goes to
 * the two smaller parts only, so its depth is at most log2(count) plus one
 * level for each eight bytes.
 */
static void quicksort(uint8_t *base, size_t count, size_t depth)
{
	while (count > FEW_RECORDS && depth < record_size) {
		uint64_t pivot =
			median3(record_word(base, depth),
				record_word(record(base, count / 2), depth),
				record_word(record(base, count - 1), depth));
		size_t below = 0, next = 0, above = count, equal;

		while (next < above) {
			uint8_t *rec = record(base, next);
			uint64_t word = record_word(rec, depth);

			if (word == pivot) {
				next++;
			} else if (word < pivot) {
				if (below != next)
					record_swap(record(base, below), rec);
				below++;
				next++;
			} else {
				/* Leave behind what is in its place there. */
				while (--above > next &&
				       record_word(record(base, above),
						   depth) > pivot)
					;
				if (above != next)
					record_swap(rec, record(base, above));
			}
		}

		equal = above - below;
		count -= above;
		if (equal >= below && equal >= count) {
			quicksort(base, below, depth);
			quicksort(record(base, above), count, depth);
			base = record(base, below);
			count = equal;
			depth += sizeof(pivot);
		} else {
			quicksort(record(base, below), equal,
				  depth + sizeof(pivot));
			if (below >= count) {
				quicksort(record(base, above), count, depth);
				count = below;
			} else {
				quicksort(base, below, depth);
				base = record(base, above);
			}
		}
	}
	if (depth < record_size)
		insertion_sort(base, count, depth);
}

/*
 * Split @count records by their byte at @depth.  @end[b] becomes the index
 * after the last record with byte b.  False if all have the same byte: then
 * nothing was moved.
 */
static bool flag_split(uint8_t *base, size_t count, size_t depth, size_t *end)
{
	size_t next[FANOUT], sum = 0, i;
	uint8_t held[RECORD_MAX];
	unsigned int b;

	memset(end, 0, FANOUT * sizeof(*end));
	for (i = 0; i < count; i++)
		end[record(base, i)[depth]]++;
	if (end[base[depth]] == count)
		return false;
	for (b = 0; b < FANOUT; b++) {
		next[b] = sum;
		sum += end[b];
		end[b] = sum;
	}

	for (b = 0; b < FANOUT; b++) {
		for (; next[b] < end[b]; next[b]++) {
			uint8_t *hole = record(base, next[b]);
			uint8_t home = hole[depth];

			if (home == b)
				continue;
			/*
			 * Carry records to their homes until one comes by
			 * that belongs here: each is moved once.
			 */
			memcpy(held, hole, record_size);
			do {
				uint8_t *to = record(base, next[home]++);

				home = to[depth];
				memcpy(hole, to, record_size);
				memcpy(to, held, record_size);
				memcpy(held, hole, record_size);
			} while (home != b);
		}
	}
	return true;
}

/* Sort records that are equal in their first @depth bytes. */
static void flag_sort(uint8_t *base, size_t count, size_t depth, int level)
{
	size_t end[FANOUT], start = 0;
	unsigned int b;

	if (count * record_size <= CACHED_BYTES || level == FLAG_LEVELS) {
		quicksort(base, count, depth);
		return;
	}
	do {
		if (depth == record_size)
			return;
	} while (!flag_split(base, count, depth++, end));

	for (b = 0; b < FANOUT; b++) {
		if (end[b] - start > 1)
			flag_sort(record(base, start), end[b] - start, depth,
				  level + 1);
		start = end[b];
	}
}

/* A mapping reports a read error as SIGBUS: say which page it was. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	const uint8_t *at = info->si_addr;
	char line[512];
	int len;

	(void)sig;
	(void)context;
	if (at >= map_base && at < map_base + map_bytes)
		len = snprintf(line, sizeof(line),
			       "recsort: %s: offset %zu cannot be read\n",
			       map_path, (size_t)(at - map_base));
	else
		len = snprintf(line, sizeof(line), "recsort: bus error\n");
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, len) < 0)
		_exit(1);
	_exit(1);
}

static int fail(const char *what)
{
	fprintf(stderr, "recsort: %s: %s: %s\n", map_path, what,
		strerror(errno));
	return 1;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: recsort PATH RECORD_SIZE [BYTES]\n"
		"Sorts the records of RECORD_SIZE (1 to %d) bytes in PATH, in place.\n",
		RECORD_MAX);
	return 2;
}

static bool number(const char *text, size_t max, size_t *value)
{
	uintmax_t parsed;
	char *end;

	errno = 0;
	parsed = strtoumax(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || parsed > max)
		return false;
	*value = parsed;
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction bus = {
		.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO,
	};
	size_t bytes = 0;
	uint8_t *base;
	off_t size;
	int fd;

	if (argc < 3 || argc > 4 ||
	    !number(argv[2], RECORD_MAX, &record_size) || !record_size ||
	    (argc == 4 && !number(argv[3], SSIZE_MAX, &bytes)))
		return usage();
	map_path = argv[1];

	fd = open(map_path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail("cannot open");
	/* Unlike st_size this is right for devices too. */
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return fail("cannot tell its size");
	if (argc < 4)
		bytes = size;
	if (bytes > (size_t)size) {
		fprintf(stderr, "recsort: %s: holds %jd bytes, not %zu\n",
			map_path, (intmax_t)size, bytes);
		return 1;
	}
	if (bytes % record_size) {
		fprintf(stderr,
			"recsort: %s: %zu bytes are no whole number of records of %zu\n",
			map_path, bytes, record_size);
		return 1;
	}
	if (!bytes)
		return 0;

	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return fail("cannot map");
	map_base = base;
	map_bytes = bytes;
	sigemptyset(&bus.sa_mask);
	if (sigaction(SIGBUS, &bus, NULL))
		return fail("cannot catch SIGBUS");

	flag_sort(base, bytes / record_size, 0, 0);

	if (msync(base, bytes, MS_SYNC))
		return fail("msync");
	if (fsync(fd))
		return fail("fsync");
	if (munmap(base, bytes))
		return fail("munmap");
	if (close(fd))
		return fail("close");
	return 0;
}
