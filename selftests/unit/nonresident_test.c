// SPDX-License-Identifier: GPL-2.0
/*
 * nonresident_test.c - what a table of evicted pages remembers, and how well
 */
#include <string.h>

#include "../../module/policy/nonresident.h"
#include "tap.h"

#define PAGES	10000u

static u64 memory[PAGES];
static uint64_t random_state;

static void table_begin(struct nonresident *table, u32 pages)
{
	memset(memory, 0, sizeof(memory));
	nonresident_init(table, memory, pages);
}

static u32 table_take(const struct nonresident *table, u64 key, u32 clock)
{
	bool kept;

	return nonresident_take(table, key, clock, &kept);
}

static void test_take(void)
{
	struct nonresident table;
	u32 i, right = 0, again = 0;

	table_begin(&table, PAGES);
	for (i = 0; i < 100; i++)
		nonresident_add(&table, 7000 + i, i + 1, false);
	for (i = 0; i < 100; i++)
		right += table_take(&table, 7000 + i, 150) == 149 - i;
	for (i = 0; i < 100; i++)
		again += table_take(&table, 7000 + i, 150) !=
			NONRESIDENT_NONE;
	tap_ok(right == 100, "%u of 100 pages come back with their distance",
	       right);
	tap_ok(!again, "once");
}

/* What the policy wants to know again of a page that left. */
static void test_kept(void)
{
	struct nonresident table;
	u32 i, right = 0;
	bool kept;

	table_begin(&table, PAGES);
	for (i = 0; i < 100; i++)
		nonresident_add(&table, 7000 + i, i + 1, i % 3 == 0);
	for (i = 0; i < 100; i++) {
		u32 d = nonresident_take(&table, 7000 + i, 150, &kept);

		right += d == 149 - i && kept == (i % 3 == 0);
	}
	tap_ok(right == 100, "%u of 100 come back with the policy's bit", right);
}

/* A loop over a share of what fits, or more than that. */
static double loop_share(u32 pages, u64 salt)
{
	struct nonresident table;
	u32 i, clock = 0, round, found = 0;

	table_begin(&table, PAGES);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < pages; i++) {
			u32 d = table_take(&table, i + salt, clock);

			found += round && d != NONRESIDENT_NONE &&
				d >= pages - 1 && d <= pages;
			nonresident_add(&table, i + salt, ++clock, false);
		}
	}
	return (double)found / pages / 3;
}

static void test_capacity(void)
{
	u64 salt = tap_next(&random_state);
	double half = loop_share(PAGES / 2, salt);
	double all = loop_share(PAGES, salt), more = loop_share(PAGES * 4, salt);

	tap_ok(half > 0.9, "half of what fits is remembered: %.3f", half);
	tap_ok(all > 0.3, "some of what just fits: %.3f", all);
	tap_ok(more < 0.05, "nothing of four times that: %.3f", more);
}

/* Pages that never left are taken for others hardly ever. */
static void test_strangers(void)
{
	struct nonresident table;
	u32 i, clock = 0, wrong = 0;

	table_begin(&table, PAGES);
	for (i = 0; i < 2 * PAGES; i++)
		nonresident_add(&table, tap_next(&random_state), ++clock, false);
	for (i = 0; i < PAGES; i++)
		wrong += table_take(&table, tap_next(&random_state), clock) !=
			NONRESIDENT_NONE;
	tap_ok(wrong < PAGES * 8 / 1000, "%u of %u strangers", wrong, PAGES);
}

/* A page of another segment whose clock is far from ours says nothing. */
static void test_foreign_clock(void)
{
	struct nonresident table;
	u32 d;

	table_begin(&table, PAGES);
	nonresident_add(&table, 5, 500000, false);
	d = table_take(&table, 5, 300);
	tap_ok(d == NONRESIDENT_NONE, "a clock ahead of ours: %d", (int)d);
	nonresident_add(&table, 5, 300, false);
	d = table_take(&table, 5, 300 + PAGES * 5 / 2);
	tap_ok(d == NONRESIDENT_NONE, "one far behind: %d", (int)d);
}

static void test_clock(void)
{
	struct nonresident table;
	u32 d;

	table_begin(&table, PAGES);
	nonresident_add(&table, 5, NONRESIDENT_CLOCK_MASK - 1, false);
	d = table_take(&table, 5, NONRESIDENT_CLOCK_MASK + 9);
	tap_ok(d == 10, "the clock goes round: %u", d);
	nonresident_add(&table, 5, ~0u - 3, false);
	d = table_take(&table, 5, 6);
	tap_ok(d == 10, "all of it: %u", d);
	/* A table for so many pages counts in larger units. */
	nonresident_init(&table, memory, 1u << 24);
	tap_ok(16ull << 24 >> table.shift <= NONRESIDENT_CLOCK_MASK,
	       "a large table counts by %u", 1u << table.shift);
	tap_ok(nonresident_bytes(1u << 24) <= (4ull << 24) + 64,
	       "four bytes a page");
	table.buckets = PAGES / NONRESIDENT_WAYS;
	memset(memory, 0, sizeof(memory));
	nonresident_add(&table, 5, 1u << 20, false);
	d = table_take(&table, 5, (1u << 20) + 5000);
	tap_ok(d >= 5000 - (1u << table.shift) && d <= 5000 + (1u << table.shift),
	       "roughly: %u for 5000", d);
}

int main(void)
{
	tap_begin();
	random_state = tap_seed;
	test_take();
	test_kept();
	test_capacity();
	test_strangers();
	test_foreign_clock();
	test_clock();
	return tap_end();
}
