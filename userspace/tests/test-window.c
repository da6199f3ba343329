// SPDX-License-Identifier: GPL-2.0
/*
 * What "kpager run" hands out of a segment, beside a model that knows the state
 * of each page.
 *
 * Environment: KPAGER_TEST_SEED, the seed of the random operations.
 */
#include "common.h"

#include "../preload/window.h"

#define PAGES	512
#define SIZE	(PAGES * WINDOW_PAGE)
#define ROUNDS	200000

/* The state that each page should have. */
static enum window_state model[PAGES];
/* Of those that are in use: is it as a mapping? */
static bool mappings[PAGES];

static struct window window;
/* The window's addresses are never followed. */
static char *const base = (char *)(1ul << 40);
static uint64_t seed;

static unsigned int draw(unsigned int below)
{
	/* Marsaglia's xorshift. */
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned int)((seed >> 16) % below);
}

/* The list has no gap, nothing to be joined, and says what the model says. */
static void check(void)
{
	size_t i, page = 0, used = 0;
	const char *inside;

	for (i = 0; i < window.count; i++) {
		const struct extent *extent = &window.list[i];

		assert_int_equal(extent->start, page * WINDOW_PAGE);
		assert_true(extent->length && !(extent->length % WINDOW_PAGE));
		if (i && extent->state == extent[-1].state)
			assert_int_equal(extent->state, WINDOW_USED);
		if (extent->state == WINDOW_USED)
			used += extent->length;
		for (; page * WINDOW_PAGE < extent->start + extent->length;
		     page++) {
			assert_int_equal(model[page], extent->state);
			inside = base + page * WINDOW_PAGE + draw(WINDOW_PAGE);
			assert_int_equal(window_mapping(&window, inside),
					 model[page] == WINDOW_USED &&
					 mappings[page]);
		}
	}
	assert_int_equal(page, PAGES);
	assert_int_equal(window.used, used);
}

static void take(void)
{
	size_t length = 1 + draw(draw(8) ? 12 : 120), i, page;
	size_t align = WINDOW_PAGE << (draw(4) ? 0 : draw(5));
	bool zero = draw(2), mapping = draw(2), dirty = false;
	char *range = window_take(&window, length * WINDOW_PAGE, align, zero,
				  mapping, &dirty);

	if (!range) {
		/* There really is none, in one state and aligned. */
		for (page = 0; page + length <= PAGES; page++) {
			enum window_state state = model[page];

			if ((size_t)(base + page * WINDOW_PAGE) % align ||
			    (state != WINDOW_FREE && state != WINDOW_FRESH))
				continue;
			for (i = 0; i < length; i++)
				if (model[page + i] != state)
					break;
			assert_true(i < length);
		}
		return;
	}
	assert_int_equal((size_t)range % align, 0);
	page = (size_t)(range - base) / WINDOW_PAGE;
	for (i = 0; i < length; i++) {
		assert_int_equal(model[page + i],
				 dirty ? WINDOW_FREE : WINDOW_FRESH);
		model[page + i] = WINDOW_USED;
		mappings[page + i] = mapping;
	}
	assert_int_equal(window_length(&window, range), length * WINDOW_PAGE);
	assert_true(window_in_use(&window, range, length * WINDOW_PAGE));
}

static void give(void)
{
	size_t page = draw(PAGES), i;
	size_t length = 1 + draw(draw(4) ? 8 : 64);
	enum window_state state = draw(64) ? WINDOW_FREE : WINDOW_LOST;

	if (page + length > PAGES)
		length = PAGES - page;
	/* A page is lost only once in a while, or nothing would be left. */
	if (state == WINDOW_LOST)
		length = 1;
	assert_true(window_give(&window, base + page * WINDOW_PAGE,
				length * WINDOW_PAGE, state));
	for (i = page; i < page + length; i++)
		if (model[i] == WINDOW_USED || state == WINDOW_LOST)
			model[i] = state;
}

static void grow(void)
{
	size_t page = draw(PAGES), more = 1 + draw(8), length, i;
	bool dirty = false;

	length = window_length(&window, base + page * WINDOW_PAGE) /
		WINDOW_PAGE;
	if (!length) {
		/* The middle of a range, or none. */
		assert_true(model[page] != WINDOW_USED ||
			    (page && model[page - 1] == WINDOW_USED));
		return;
	}
	if (!window_grow(&window, base + page * WINDOW_PAGE,
			 (length + more) * WINDOW_PAGE, &dirty))
		return;
	for (i = page + length; i < page + length + more; i++) {
		assert_int_equal(model[i],
				 dirty ? WINDOW_FREE : WINDOW_FRESH);
		model[i] = WINDOW_USED;
		mappings[i] = mappings[page];
	}
}

static void agrees_with_a_model(void **state)
{
	const char *text = getenv("KPAGER_TEST_SEED");
	unsigned int i;

	(void)state;
	seed = text ? strtoull(text, NULL, 0) : 20261121;
	print_message("# seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < ROUNDS; i++) {
		/* Begin anew when most of it is lost. */
		if (i % 20000 == 0) {
			window_exit(&window);
			memset(model, 0, sizeof(model));
			assert_true(window_init(&window, base, SIZE));
		}
		switch (draw(5)) {
		case 0:
		case 1:
			take();
			break;
		case 2:
			grow();
			break;
		default:
			give();
		}
		if (i % 16 == 0)
			check();
	}
	window_exit(&window);
}

static void has_its_bounds(void **state)
{
	bool dirty;

	(void)state;
	assert_true(window_init(&window, base, SIZE));
	assert_true(window_has(&window, base));
	assert_true(window_has(&window, base + SIZE - 1));
	assert_false(window_has(&window, base + SIZE));
	assert_false(window_has(&window, base - 1));
	assert_false(window_has(&window, NULL));
	assert_null(window_take(&window, SIZE + WINDOW_PAGE, WINDOW_PAGE, true,
				false, &dirty));
	assert_ptr_equal(window_take(&window, SIZE, WINDOW_PAGE, true, false,
				     &dirty), base);
	assert_false(dirty);
	assert_null(window_take(&window, WINDOW_PAGE, WINDOW_PAGE, false,
				false, &dirty));
	assert_false(window_in_use(&window, base + WINDOW_PAGE, SIZE));
	assert_true(window_give(&window, base, SIZE, WINDOW_FREE));
	assert_int_equal(window.count, 1);
	assert_int_equal(window.used, 0);
	assert_ptr_equal(window_take(&window, WINDOW_PAGE, WINDOW_PAGE, true,
				     false, &dirty), base);
	assert_true(dirty);
	window_exit(&window);
}

/* The list grows: a thousand extents have room at first. */
static void many_ranges(void **state)
{
	const size_t pages = 10000;
	bool dirty;
	size_t i;

	(void)state;
	assert_true(window_init(&window, base, pages * WINDOW_PAGE));
	for (i = 0; i < pages; i++)
		assert_ptr_equal(window_take(&window, WINDOW_PAGE, WINDOW_PAGE,
					     true, false, &dirty),
				 base + i * WINDOW_PAGE);
	for (i = 0; i < pages; i += 2)
		assert_true(window_give(&window, base + i * WINDOW_PAGE,
					WINDOW_PAGE, WINDOW_FREE));
	assert_int_equal(window.count, pages);
	for (i = 1; i < pages; i += 2)
		assert_true(window_give(&window, base + i * WINDOW_PAGE,
					WINDOW_PAGE, WINDOW_FREE));
	assert_int_equal(window.count, 1);
	window_exit(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_its_bounds),
		cmocka_unit_test(agrees_with_a_model),
		cmocka_unit_test(many_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
