// SPDX-License-Identifier: GPL-2.0
/* The reader of buddyinfo and buddymap, on good and bad files. */
#include "common.h"

#include "libkpager.h"

#define INFO		"proc/buddyinfo"
#define MAP		"proc/buddymap"
#define NO_ARENAS	"version 1\n" ARENAS_LINE
#define NO_MAPS		"version 1\n" MAPS_LINE

/* A line of buddyinfo with the given beginning. */
#define ARENA(beginning) \
	beginning " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void refuse(const char *path, const char *text, int err,
		   const char *part)
{
	struct kpager_buddy *buddy;
	struct kpager_error error;

	put_text(path, text);
	assert_int_equal(kpager_buddy_read(&buddy, &error), -err);
	assert_int_equal(error.err, err);
	if (!strstr(error.text, part))
		fail_msg("'%s' does not mention '%s'", error.text, part);
	assert_int_equal(kpager_buddy_read(&buddy, NULL), -err);
}

static void arenas_are_read(void **state)
{
	const struct kpager_arena *a;
	struct kpager_buddy *buddy;
	int i;

	(void)state;
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_int_equal(kpager_buddy_count(buddy), 2);
	a = kpager_buddy_get(buddy, 0);
	assert_int_equal(a->arena, 1);
	assert_int_equal(a->node, 0);
	assert_int_equal(a->frames, 1024);
	assert_int_equal(a->blocks[10], 1);
	assert_int_equal(a->largest, 1024);
	assert_string_equal(a->map, "k");

	a = kpager_buddy_get(buddy, 1);
	assert_int_equal(a->arena, 12);
	assert_int_equal(a->node, 1);
	assert_int_equal(a->frames, 16);
	assert_int_equal(a->free, 7);
	for (i = 0; i < KPAGER_ORDERS; i++)
		assert_int_equal(a->blocks[i], i < 3);
	assert_int_equal(a->largest, 4);
	assert_int_equal(a->unusable[0], 0);
	assert_int_equal(a->unusable[1], 142);
	assert_int_equal(a->unusable[2], 428);
	for (i = 3; i < KPAGER_ORDERS; i++)
		assert_int_equal(a->unusable[i], 1000);
	assert_string_equal(a->map, "a-bcCSx");
	kpager_buddy_free(buddy);
	kpager_buddy_free(NULL);
}

static void fields_describe_the_structure(void **state)
{
	static struct kpager_arena a;
	const struct kpager_field *fields;
	size_t count;

	(void)state;
	fields = kpager_arena_fields(&count);
	assert_int_equal(count, 26);
	assert_string_equal(fields[0].name, "arena");
	assert_string_equal(fields[1].name, "node");
	assert_int_equal(fields[1].unit, KPAGER_UNIT_SIGNED);
	assert_string_equal(fields[14].name, "order10");
	assert_ptr_equal((char *)&a + fields[14].offset, &a.blocks[10]);
	assert_string_equal(fields[16].name, "unusable1");
	assert_int_equal(fields[16].unit, KPAGER_UNIT_PERMILLE);
	assert_ptr_equal((char *)&a + fields[16].offset, &a.unusable[1]);
	assert_string_equal(fields[25].name, "unusable10");
	assert_ptr_equal((char *)&a + fields[25].offset, &a.unusable[10]);
}

static void an_arena_may_have_no_node(void **state)
{
	struct kpager_buddy *buddy;

	(void)state;
	put_text(INFO, NO_ARENAS ARENA("1 -1 1024 0"));
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_int_equal(kpager_buddy_get(buddy, 0)->node, -1);
	kpager_buddy_free(buddy);
}

static void no_arena_is_an_empty_list(void **state)
{
	struct kpager_buddy *buddy;

	(void)state;
	put_text(INFO, NO_ARENAS);
	put_text(MAP, NO_MAPS);
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_int_equal(kpager_buddy_count(buddy), 0);
	kpager_buddy_free(buddy);
}

/* Arenas came and went between the files, the order is another, ... */
static void maps_are_found_by_arena(void **state)
{
	struct kpager_buddy *buddy;

	(void)state;
	put_text(INFO, NO_ARENAS ARENA("1 0 1024 0") ARENA("2 0 1024 0")
		 ARENA("3 0 512 0") ARENA("4 0 512 0"));
	put_text(MAP, "version 1\nnew blocks arena\n"
		 "x D 4\nx E 5\nx B 2\nx  1\n");
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_int_equal(kpager_buddy_count(buddy), 4);
	assert_string_equal(kpager_buddy_get(buddy, 0)->map, "");
	assert_string_equal(kpager_buddy_get(buddy, 1)->map, "B");
	assert_string_equal(kpager_buddy_get(buddy, 2)->map, "");
	assert_string_equal(kpager_buddy_get(buddy, 3)->map, "D");
	kpager_buddy_free(buddy);

	put_text(MAP, NO_MAPS);
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_string_equal(kpager_buddy_get(buddy, 0)->map, "");
	kpager_buddy_free(buddy);
}

static void many_arenas_are_read(void **state)
{
	struct kpager_buddy *buddy;
	FILE *info = fopen(INFO, "w");
	FILE *map = fopen(MAP, "w");
	int i;

	(void)state;
	assert_non_null(info);
	assert_non_null(map);
	fputs(NO_ARENAS, info);
	fputs(NO_MAPS, map);
	for (i = 1; i <= 20000; i++) {
		fprintf(info, ARENA("%d 0 1024 0"), i);
		fprintf(map, "%d %c\n", i, 'A' + i % 11);
	}
	assert_int_equal(fclose(info), 0);
	assert_int_equal(fclose(map), 0);
	assert_int_equal(kpager_buddy_read(&buddy, NULL), 0);
	assert_int_equal(kpager_buddy_count(buddy), 20000);
	for (i = 0; i < 20000; i++) {
		const struct kpager_arena *a = kpager_buddy_get(buddy, i);

		assert_int_equal(a->arena, i + 1);
		assert_int_equal(a->map[0], 'A' + (i + 1) % 11);
	}
	kpager_buddy_free(buddy);
}

static void malformed_buddyinfo_is_refused(void **state)
{
	(void)state;
	refuse(INFO, "", EPROTO, "empty");
	refuse(INFO, "version 2\n" ARENAS_LINE, EPROTONOSUPPORT,
	       "version 2 is not known");
	refuse(INFO, "version 1\n", EPROTO, "column names");
	refuse(INFO, "version 1\narena node frames free\n", EPROTO,
	       "line 2: column order0 is missing");
	refuse(INFO, NO_ARENAS "1 0 1024\n", EPROTO,
	       "line 3: 3 columns instead of 26");
	refuse(INFO, NO_ARENAS ARENA("x 0 1024 0"), EPROTO, "arena 'x'");
	refuse(INFO, NO_ARENAS ARENA("1 --1 1024 0"), EPROTO, "node '--1'");
	refuse(INFO, NO_ARENAS ARENA("1 - 1024 0"), EPROTO, "node '-'");
	refuse(INFO, NO_ARENAS ARENA("1 9223372036854775808 1024 0"), EPROTO,
	       "node '9223372036854775808'");
	refuse(INFO, NO_ARENAS ARENA("1 0 1024 -1"), EPROTO, "free '-1'");
	refuse(INFO, NO_ARENAS ARENA_WHOLE ARENA("1 0  0"), EPROTO,
	       "line 4: frames ''");
	refuse(INFO, NO_ARENAS "1 0 10", EPROTO, "cut off");
}

static void malformed_buddymap_is_refused(void **state)
{
	(void)state;
	refuse(MAP, "version 2\n" MAPS_LINE, EPROTONOSUPPORT, "buddymap");
	refuse(MAP, "version 1\n", EPROTO, "column names");
	refuse(MAP, "version 1\narena map\n", EPROTO,
	       "line 2: column blocks is missing");
	refuse(MAP, NO_MAPS "1\n", EPROTO, "line 3: 1 columns instead of 2");
	refuse(MAP, NO_MAPS "1 a b\n", EPROTO, "3 columns");
	refuse(MAP, NO_MAPS "-1 a\n", EPROTO, "arena '-1'");
	refuse(MAP, NO_MAPS "1 a\033[2J\n", EPROTO, "blocks 'a?[2J'");
	refuse(MAP, NO_MAPS "1 \xc3\xa4\n", EPROTO, "blocks");
	refuse(MAP, NO_MAPS "1 aaaa", EPROTO, "cut off");
}

static void harm(const char *path, const char *good, size_t size)
{
	static const char bytes[] = { '\0', '\n', ' ', '-', '9', '\377' };
	struct kpager_buddy *buddy;
	char text[1024];
	size_t i, b;

	assert_true(size <= sizeof(text));
	for (i = 0; i < size; i++) {
		put_file(path, good, i);
		if (!kpager_buddy_read(&buddy, NULL))
			kpager_buddy_free(buddy);
		for (b = 0; b < sizeof(bytes) && good[i]; b++) {
			memcpy(text, good, size);
			text[i] = bytes[b];
			put_file(path, text, size - 1);
			if (!kpager_buddy_read(&buddy, NULL))
				kpager_buddy_free(buddy);
		}
	}
	put_file(path, good, size - 1);
}

/* Every prefix of a good file and every byte damaged: no crash, no leak. */
static void damaged_files_do_no_harm(void **state)
{
	static const char info[] = NO_ARENAS ARENA_WHOLE ARENA_SMALL;
	static const char map[] = NO_MAPS MAP_WHOLE MAP_SMALL;

	(void)state;
	harm(INFO, info, sizeof(info));
	harm(MAP, map, sizeof(map));
}

static void absence_means_that_the_module_is_not_loaded(void **state)
{
	struct kpager_buddy *buddy;
	struct kpager_error error;

	(void)state;
	assert_int_equal(unlink(MAP), 0);
	assert_int_equal(kpager_buddy_read(&buddy, &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(unlink(INFO), 0);
	assert_int_equal(kpager_buddy_read(&buddy, &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed(arenas_are_read),
		cmocka_unit_test(fields_describe_the_structure),
		sandboxed(an_arena_may_have_no_node),
		sandboxed(no_arena_is_an_empty_list),
		sandboxed(maps_are_found_by_arena),
		sandboxed(many_arenas_are_read),
		sandboxed(malformed_buddyinfo_is_refused),
		sandboxed(malformed_buddymap_is_refused),
		sandboxed(damaged_files_do_no_harm),
		sandboxed(absence_means_that_the_module_is_not_loaded),
	};

	return cmocka_run_group_tests_name("buddy", tests, NULL, NULL);
}
