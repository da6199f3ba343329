// SPDX-License-Identifier: GPL-2.0
/*
 * nonresident.c - see nonresident.h
 */
#include "nonresident.h"

#define NONRESIDENT_PAIRS	(NONRESIDENT_WAYS / 2)
/* In a word, above the clock: the policy's bit, and that it is in use. */
#define NONRESIDENT_KEPT	((u32)BIT(NONRESIDENT_CLOCK_BITS))
#define NONRESIDENT_USED	((u32)BIT(NONRESIDENT_CLOCK_BITS + 1))
/* What tells pages apart, and NONRESIDENT_USED. */
#define NONRESIDENT_MARK	(~(NONRESIDENT_KEPT | NONRESIDENT_CLOCK_MASK))
/*
 * A page that left longer ago than so often the table's size is hardly ever
 * still remembered (one in a hundred, if hashes are even).  What seems so old
 * is a stranger's, with the clock of another segment.
 */
#define NONRESIDENT_OLDEST	2u

static u32 nonresident_buckets(u32 pages)
{
	return pages / NONRESIDENT_WAYS + 1;
}

/**
 * nonresident_bytes - memory that a table needs
 * @pages: how many pages it shall remember
 *
 * Context: any.
 * Return: bytes.
 */
size_t nonresident_bytes(u32 pages)
{
	return (size_t)nonresident_buckets(pages) * NONRESIDENT_WAYS *
		sizeof(u32);
}

/**
 * nonresident_init - make a table
 * @table: the table
 * @memory: nonresident_bytes() bytes, all zero
 * @pages: how many pages it shall remember
 *
 * Context: any.
 */
void nonresident_init(struct nonresident *table, u64 *memory, u32 pages)
{
	table->pair = memory;
	table->buckets = nonresident_buckets(pages);
	table->shift = 0;
	/* Sixteen times round the table before the clock is. */
	while ((u64)pages * 16 >> table->shift > NONRESIDENT_CLOCK_MASK)
		table->shift++;
}

/*
 * Where a page is kept, and what tells it from others there.  Multiplication
 * by the golden ratio (Knuth, volume 3) mixes upwards: the place comes from
 * the upper half, the mark from the top of the lower one.
 */
static u64 *nonresident_bucket(const struct nonresident *table, u64 key,
			       u32 *mark)
{
	u64 hash = key * 0x9e3779b97f4a7c15ull;
	u32 at = (hash >> 32) * table->buckets >> 32;

	/* A word that is 0 is empty. */
	*mark = ((u32)hash | NONRESIDENT_USED) & NONRESIDENT_MARK;
	return table->pair + (size_t)at * NONRESIDENT_PAIRS;
}

static u32 nonresident_time(const struct nonresident *table, u32 clock)
{
	return clock >> table->shift & NONRESIDENT_CLOCK_MASK;
}

/* The most evictions, in units of the table's clock, that are believed. */
static u32 nonresident_oldest(const struct nonresident *table)
{
	return (u64)table->buckets * NONRESIDENT_WAYS * NONRESIDENT_OLDEST >>
		table->shift;
}

/**
 * nonresident_add - remember a page
 * @table: the table
 * @key: the page, well mixed with what makes its segment another one
 * @clock: the evictions of its segment, this one included
 * @kept: what nonresident_take() shall say of it
 *
 * Context: any.
 */
void nonresident_add(const struct nonresident *table, u64 key, u32 clock,
		     bool kept)
{
	u64 *pair, old, next;
	u32 mark, i;

	pair = nonresident_bucket(table, key, &mark);
	next = mark | nonresident_time(table, clock) |
		(kept ? NONRESIDENT_KEPT : 0);
	for (i = 0; i < NONRESIDENT_PAIRS; i++) {
		old = READ_ONCE(pair[i]);
		WRITE_ONCE(pair[i], old << 32 | next);
		next = old >> 32;
	}
}

/**
 * nonresident_take - is a page remembered; it is forgotten then
 * @table: the table
 * @key: the page, as given to nonresident_add()
 * @clock: the evictions of its segment
 * @kept: receives what was given to nonresident_add(), if it is remembered
 *
 * Context: any.
 * Return: the evictions of its segment since it left, or NONRESIDENT_NONE, also
 * if they are more than a table of this size can remember.
 */
u32 nonresident_take(const struct nonresident *table, u64 key, u32 clock,
		     bool *kept)
{
	u32 mark, i, shift, distance, word;
	u64 *pair, both;

	pair = nonresident_bucket(table, key, &mark);
	for (i = 0; i < NONRESIDENT_PAIRS; i++) {
		both = READ_ONCE(pair[i]);
		if (((u32)both & NONRESIDENT_MARK) == mark)
			shift = 0;
		else if (((u32)(both >> 32) & NONRESIDENT_MARK) == mark)
			shift = 32;
		else
			continue;
		WRITE_ONCE(pair[i], both & ~((u64)U32_MAX << shift));
		word = both >> shift;
		*kept = word & NONRESIDENT_KEPT;
		distance = (nonresident_time(table, clock) - word) &
			NONRESIDENT_CLOCK_MASK;
		if (distance > nonresident_oldest(table))
			return NONRESIDENT_NONE;
		return distance << table->shift;
	}
	return NONRESIDENT_NONE;
}
