// SPDX-License-Identifier: GPL-2.0
/* Numbers, sizes, modes, escapes, names. */
#include "common.h"

#include "internal.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} cases[] = {
		{ "0", 0 }, { "1", 1 }, { "4096", 4096 }, { "4k", 4096 },
		{ "64M", 64ull << 20 }, { "64m", 64ull << 20 },
		{ "1G", 1ull << 30 }, { "1GiB", 1ull << 30 },
		{ "3TiB", 3ull << 40 }, { "007", 7 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", 16777215ull << 40 },
	};
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		assert_int_equal(kpager_parse_size(cases[i].text, &size), 0);
		assert_int_equal(size, cases[i].size);
	}
}

static void wrong_sizes_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "M", "-1", "+1", " 1", "1 ", "1.5G", "0x10", "1MB", "1B",
		"1Mi", "1MiBs", "1KK", "1P", "4096\n", "1e3",
	};
	static const char *const large[] = {
		"18446744073709551616", "16777216T", "18014398509481984K",
		"99999999999999999999999999999999",
	};
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < N(wrong); i++)
		assert_int_equal(kpager_parse_size(wrong[i], &size), -EINVAL);
	for (i = 0; i < N(large); i++)
		assert_int_equal(kpager_parse_size(large[i], &size), -ERANGE);
}

static void modes(void **state)
{
	unsigned int mode;

	(void)state;
	assert_int_equal(kpager_parse_mode("0640", &mode), 0);
	assert_int_equal(mode, 0640);
	assert_int_equal(kpager_parse_mode("1", &mode), 0);
	assert_int_equal(mode, 1);
	assert_int_equal(kpager_parse_mode("777", &mode), 0);
	assert_int_equal(kpager_parse_mode("0", &mode), -ERANGE);
	assert_int_equal(kpager_parse_mode("1000", &mode), -ERANGE);
	assert_int_equal(kpager_parse_mode("", &mode), -EINVAL);
	assert_int_equal(kpager_parse_mode("680", &mode), -EINVAL);
	assert_int_equal(kpager_parse_mode("u=rw", &mode), -EINVAL);
}

static void check_unescape(const char *from, const char *to)
{
	char text[64];

	strcpy(text, from);
	if (!to) {
		assert_int_equal(kpager_unescape(text), -EINVAL);
		return;
	}
	assert_int_equal(kpager_unescape(text), 0);
	assert_string_equal(text, to);
}

static void escapes(void **state)
{
	(void)state;
	check_unescape("", "");
	check_unescape("/plain", "/plain");
	check_unescape("\\040", " ");
	check_unescape("a\\011b\\012c\\134d", "a\tb\nc\\d");
	check_unescape("\\134040", "\\040");
	check_unescape("\\377", "\377");
	check_unescape("\\", NULL);
	check_unescape("a\\04", NULL);
	check_unescape("\\048", NULL);
	check_unescape("\\000", NULL);
	check_unescape("\\400", NULL);
	check_unescape("\\x41", NULL);
}

static void names(void **state)
{
	char name[66];
	struct kpager_error error;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[63] = '\0';
	assert_int_equal(kpager_name_check(name, &error), 0);
	name[63] = 'n';
	name[64] = '\0';
	assert_int_equal(kpager_name_check(name, &error), -ENAMETOOLONG);
	assert_int_equal(error.err, ENAMETOOLONG);
	assert_int_equal(kpager_name_check("", NULL), -EINVAL);
	assert_int_equal(kpager_name_check(".", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("..", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("a/b", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("a b", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("a\177", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("\xc3\xa4", NULL), -EINVAL);
	assert_int_equal(kpager_name_check("a\nb", &error), -EINVAL);
	assert_null(strchr(error.text, '\n'));
	assert_int_equal(kpager_name_check("...", NULL), 0);
}

static void long_strings_are_shown_by_their_ends(void **state)
{
	char shown[KPAGER_SHOWN_SIZE];
	char path[5000];

	(void)state;
	memset(path, 'x', sizeof(path));
	memcpy(path, "/begin", 6);
	strcpy(path + sizeof(path) - 5, "/end");
	kpager_shown(shown, path);
	assert_true(strlen(shown) < KPAGER_SHOWN_SIZE);
	assert_memory_equal(shown, "/begin", 6);
	assert_non_null(strstr(shown, "..."));
	assert_string_equal(shown + strlen(shown) - 4, "/end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(wrong_sizes_are_refused),
		cmocka_unit_test(modes),
		cmocka_unit_test(escapes),
		cmocka_unit_test(names),
		cmocka_unit_test(long_strings_are_shown_by_their_ends),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
