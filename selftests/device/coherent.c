// SPDX-License-Identifier: GPL-2.0
/*
 * coherent.c - read and write show the bytes that mappings show, whatever
 * buffer they use, while pages come and go
 */
#include <sys/uio.h>

#include "area.h"
#include "kselftest_harness.h"

/* The part of the segment that is changed, and that has a double. */
#define PART	(256 * PAGE)
#define LONGEST	(3 * PAGE)

FIXTURE(coherent) {
	struct area a;
	int fd;
	char *map;
	char *twin;
	char *buf;
	unsigned int seed;
};

FIXTURE_VARIANT(coherent) {
	const char *store;
};

FIXTURE_VARIANT_ADD(coherent, block) {
	.store = STORE_BLOCK,
};

FIXTURE_VARIANT_ADD(coherent, file) {
	.store = STORE_FILE,
};

FIXTURE_SETUP(coherent)
{
	ASSERT_EQ(0, area_begin(&self->a, "coherent", variant->store));
	self->fd = self->a.fd;
	self->map = (char *)self->a.map;
	self->twin = malloc(PART);
	self->buf = malloc(LONGEST);
	memcpy(self->twin, self->map, PART);
	self->seed = 1;
}

FIXTURE_TEARDOWN(coherent)
{
	free(self->twin);
	free(self->buf);
	EXPECT_EQ(0, area_end(&self->a));
}

static size_t below(unsigned int *seed, size_t limit)
{
	return rand_r(seed) % limit;
}

/* Any byte offset and length, most of them short or at a page's border. */
static size_t pick(unsigned int *seed, size_t *len)
{
	size_t at;

	*len = 1 + below(seed, below(seed, 2) ? 16 : LONGEST);
	at = below(seed, PART - LONGEST);
	if (below(seed, 2))
		at = (at | (PAGE - 1)) - below(seed, 8);
	return at > PART - *len ? PART - *len : at;
}

static bool same(const char *a, const char *b, size_t len)
{
	return !memcmp(a, b, len);
}

TEST_F_TIMEOUT(coherent, every_byte, 300)
{
	unsigned int round, i, *seed = &self->seed;
	size_t at, len;

	for (round = 0; round < 3000; round++) {
		struct iovec iov[2];

		at = pick(seed, &len);
		iov[0] = (struct iovec){ self->buf, len / 2 };
		iov[1] = (struct iovec){ self->buf + len / 2, len - len / 2 };
		for (i = 0; i < len; i++)
			self->buf[i] = rand_r(seed);
		switch (below(seed, 6)) {
		case 0:
			memcpy(self->map + at, self->buf, len);
			memcpy(self->twin + at, self->buf, len);
			break;
		case 1:
			ASSERT_EQ((ssize_t)len,
				  pwrite(self->fd, self->buf, len, at));
			memcpy(self->twin + at, self->buf, len);
			break;
		case 2:
			ASSERT_EQ((ssize_t)len, pwritev(self->fd, iov, 2, at));
			memcpy(self->twin + at, self->buf, len);
			break;
		case 3:
			ASSERT_TRUE(same(self->map + at, self->twin + at, len));
			break;
		case 4:
			ASSERT_EQ((ssize_t)len,
				  pread(self->fd, self->buf, len, at));
			ASSERT_TRUE(same(self->buf, self->twin + at, len));
			break;
		case 5:
			ASSERT_EQ((ssize_t)len, preadv(self->fd, iov, 2, at));
			ASSERT_TRUE(same(self->buf, self->twin + at, len));
			break;
		}
	}
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_TRUE(same(self->map, self->twin, PART));
}

/* Buffers in other pages of the segment: a read or write is a copy. */
TEST_F_TIMEOUT(coherent, buffers_in_the_segment, 300)
{
	unsigned int round, *seed = &self->seed;
	size_t from, to, len;

	for (round = 0; round < 1500; round++) {
		from = pick(seed, &len);
		to = below(seed, PART - len);
		if (from < to + len && to < from + len)
			continue;
		ASSERT_EQ((ssize_t)len, below(seed, 2) ?
			  pread(self->fd, self->map + to, len, from) :
			  pwrite(self->fd, self->map + from, len, to));
		memcpy(self->twin + to, self->twin + from, len);
		ASSERT_TRUE(same(self->map + to, self->twin + to, len));
	}
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_TRUE(same(self->map, self->twin, PART));
}

/*
 * How much of a copy to memory that overlaps what is copied is certain.  Upwards, as
 * far as they differ.  Downwards it is a move, but for less than a word: on 6.12 and
 * 7.2, on a CPU without fast string copies, the result differed there.  The kernel
 * promises nothing of its copy; we suppose that it aligns what it writes to.
 */
static size_t certain(size_t from, size_t to, size_t len)
{
	if (to < from && from - to < sizeof(long))
		return 0;
	return to > from && to < from + len ? to - from : len;
}

/*
 * Buffers that overlap the range itself.  What is copied over before it was
 * copied is nobody's promise; the bytes before that are, those outside of the
 * range, and that it ends.
 */
TEST_F_TIMEOUT(coherent, buffers_in_the_same_pages, 300)
{
	unsigned int round, *seed = &self->seed;
	size_t from, to, len, apart, sure;

	for (round = 0; round < 1500; round++) {
		from = pick(seed, &len);
		apart = below(seed, below(seed, 2) ? 64 : len);
		to = below(seed, 2) ? from + apart : from - apart;
		if (to > PART - LONGEST)
			to = from;
		/* Not resident, now and then: it is read in on the way. */
		if (!below(seed, 4))
			posix_fadvise(self->fd, 0, PART, POSIX_FADV_DONTNEED);
		ASSERT_EQ((ssize_t)len, below(seed, 2) ?
			  pread(self->fd, self->map + to, len, from) :
			  pwrite(self->fd, self->map + from, len, to));
		sure = certain(from, to, len);
		memmove(self->twin + to, self->twin + from, sure);
		ASSERT_TRUE(same(self->map + to, self->twin + to, sure));
		memcpy(self->twin + to, self->map + to, len);
		ASSERT_TRUE(same(self->map, self->twin, to));
		ASSERT_TRUE(same(self->map + to + len, self->twin + to + len,
				 PART - to - len));
	}
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_TRUE(same(self->map, self->twin, PART));
}

TEST_HARNESS_MAIN
