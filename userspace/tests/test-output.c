// SPDX-License-Identifier: GPL-2.0
/* Sizes for people. */
#include "common.h"

#include "output.h"

static void check(uint64_t bytes, const char *text)
{
	char got[NUMBER_SIZE];

	format_size(got, bytes);
	assert_string_equal(got, text);
}

static void sizes_for_people(void **state)
{
	(void)state;
	check(0, "0");
	check(1023, "1023");
	check(1024, "1K");
	check(1536, "1.5K");
	check(4096, "4K");
	check((64 << 20) - 1, "63.9M");
	check(64 << 20, "64M");
	check(3ull << 29, "1.5G");
	check(5ull << 40, "5T");
	check(UINT64_MAX, "15.9E");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_for_people),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
