// SPDX-License-Identifier: GPL-2.0
/* The readers of /proc/kpager, on good and bad files. */
#include "common.h"

#include "libkpager.h"

#define SEGMENTS	"proc/segments"
#define STAT		"proc/stat"
#define LINE(backing)	"s 4096 1 0 clock 600 0 0 0 0 0 0 0 " backing "\n"

static void refuse(int ret, const struct kpager_error *error, int err,
		   const char *part)
{
	assert_int_equal(ret, -err);
	assert_int_equal(error->err, err);
	if (!strstr(error->text, part))
		fail_msg("'%s' does not mention '%s'", error->text, part);
}

static void refuse_segments(const char *text, int err, const char *part)
{
	struct kpager_segments *segments;
	struct kpager_error error;

	put_text(SEGMENTS, text);
	refuse(kpager_segments_read(&segments, &error), &error, err, part);
	assert_int_equal(kpager_segments_read(&segments, NULL), -err);
}

static void refuse_stat(const char *text, int err, const char *part)
{
	struct kpager_error error;
	struct kpager_stat *stat;

	put_text(STAT, text);
	refuse(kpager_stat_read(&stat, &error), &error, err, part);
}

static void a_segment_is_read(void **state)
{
	const struct kpager_segment *s;
	struct kpager_segments *segments;
	struct kpager_error error;

	(void)state;
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_int_equal(kpager_segments_count(segments), 1);
	s = kpager_segments_find(segments, "alpha", NULL);
	assert_ptr_equal(s, kpager_segments_get(segments, 0));
	assert_string_equal(s->name, "alpha");
	assert_int_equal(s->size, 67108864);
	assert_int_equal(s->resident, 4096);
	assert_int_equal(s->dirty, 12);
	assert_string_equal(s->policy, "clock");
	assert_int_equal(s->mode, 0600);
	assert_int_equal(s->opens, 1);
	assert_int_equal(s->faults_minor, 2);
	assert_int_equal(s->faults_major, 3);
	assert_int_equal(s->evictions, 4);
	assert_int_equal(s->pages_read, 5);
	assert_int_equal(s->pages_written, 6);
	assert_int_equal(s->io_errors, 0);
	assert_string_equal(s->backing, "/a b\\c");
	assert_null(kpager_segments_find(segments, "alph", &error));
	assert_int_equal(error.cause, KPAGER_CAUSE_SEGMENT);
	kpager_segments_free(segments);
	kpager_segments_free(NULL);
}

static void fields_describe_the_structure(void **state)
{
	const struct kpager_segment s = {
		.name = "n", .size = 1, .mode = 0644, .io_errors = 9,
		.backing = "/b",
	};
	const struct kpager_field *fields;
	size_t count;

	(void)state;
	fields = kpager_segment_fields(&count);
	assert_string_equal(fields[0].name, "name");
	assert_string_equal(kpager_segment_text(&s, &fields[0]), "n");
	assert_int_equal(kpager_segment_number(&s, &fields[1]), 1);
	assert_int_equal(kpager_segment_number(&s, &fields[5]), 0644);
	assert_int_equal(kpager_segment_number(&s, &fields[count - 2]), 9);
	assert_string_equal(kpager_segment_text(&s, &fields[count - 1]), "/b");
}

static void columns_are_found_by_name(void **state)
{
	struct kpager_segments *segments;

	(void)state;
	put_text(SEGMENTS, "version 1\n"
		 "backing new io_errors pages_written pages_read evictions "
		 "faults_major faults_minor opens mode policy dirty resident "
		 "size name newer\n"
		 "/x -7.5 1 2 3 4 5 6 7 640 p 8 9 4096 n what?\n");
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_string_equal(kpager_segments_get(segments, 0)->name, "n");
	assert_string_equal(kpager_segments_get(segments, 0)->backing, "/x");
	assert_int_equal(kpager_segments_get(segments, 0)->resident, 9);
	assert_int_equal(kpager_segments_get(segments, 0)->mode, 0640);
	kpager_segments_free(segments);
}

static void a_backslash_in_a_name_is_no_escape(void **state)
{
	struct kpager_segments *segments;

	(void)state;
	put_text(SEGMENTS, "version 1\n" COLUMNS_LINE "a\\b\\040" LINE("/x"));
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_string_equal(kpager_segments_get(segments, 0)->name,
			    "a\\b\\040s");
	kpager_segments_free(segments);
}

static void no_segment_is_an_empty_list(void **state)
{
	struct kpager_segments *segments;

	(void)state;
	put_text(SEGMENTS, "version 1\n" COLUMNS_LINE);
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_int_equal(kpager_segments_count(segments), 0);
	assert_null(kpager_segments_find(segments, "x", NULL));
	kpager_segments_free(segments);
}

static void many_segments_are_read(void **state)
{
	struct kpager_segments *segments;
	FILE *file = fopen(SEGMENTS, "w");
	char name[16];
	int i;

	(void)state;
	assert_non_null(file);
	fputs("version 1\n" COLUMNS_LINE, file);
	for (i = 0; i < 10000; i++)
		fprintf(file, "s%d %s", i, LINE("/x") + 2);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_int_equal(kpager_segments_count(segments), 10000);
	for (i = 0; i < 10000; i += 1111) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_string_equal(kpager_segments_get(segments, i)->name,
				    name);
	}
	kpager_segments_free(segments);
}

static void a_very_long_line_is_read(void **state)
{
	const size_t length = 1 << 20;
	char *path = malloc(length + 1);
	struct kpager_segments *segments;
	FILE *file = fopen(SEGMENTS, "w");

	(void)state;
	assert_non_null(path);
	assert_non_null(file);
	memset(path, 'x', length);
	path[length] = '\0';
	fprintf(file, "version 1\n" COLUMNS_LINE LINE("%s"), path);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(kpager_segments_read(&segments, NULL), 0);
	assert_string_equal(kpager_segments_get(segments, 0)->backing, path);
	kpager_segments_free(segments);
	free(path);
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	refuse_segments("version 2\n" COLUMNS_LINE, EPROTONOSUPPORT,
			"version 2 is not known, only version 1");
	refuse_stat("version 0\nx 1\n", EPROTONOSUPPORT, "version 0");
	refuse_stat("", EPROTO, "empty");
	refuse_stat("limit_frames 1\n", EPROTO, "version line");
	refuse_stat("version\n", EPROTO, "version line");
	refuse_stat("version 1.0\n", EPROTO, "version line");
	refuse_stat("version 99999999999999999999\n", EPROTO, "version line");
}

static void malformed_segments_are_refused(void **state)
{
	(void)state;
	refuse_segments("version 1\n", EPROTO, "column names");
	refuse_segments("version 1\nname size backing\n", EPROTO,
			"line 2: column resident is missing");
	refuse_segments("version 1\n" COLUMNS_LINE "s 4096 1\n", EPROTO,
			"line 3: 3 columns instead of 14");
	refuse_segments("version 1\n" COLUMNS_LINE LINE("/x y"), EPROTO,
			"15 columns");
	refuse_segments("version 1\n" COLUMNS_LINE "\n", EPROTO, "1 columns");
	refuse_segments("version 1\n" COLUMNS_LINE LINE("/x") "s 40", EPROTO,
			"line 4: the line is cut off");
	refuse_segments("version 1\n" COLUMNS_LINE
			"s -1 1 0 clock 600 0 0 0 0 0 0 0 /x\n", EPROTO,
			"size '-1'");
	refuse_segments("version 1\n" COLUMNS_LINE
			"s 1 1 0 clock 680 0 0 0 0 0 0 0 /x\n", EPROTO,
			"mode '680'");
	refuse_segments("version 1\n" COLUMNS_LINE
			"s 1 18446744073709551616 0 c 6 0 0 0 0 0 0 0 /x\n",
			EPROTO, "resident '18446744073709551616'");
	refuse_segments("version 1\n" COLUMNS_LINE LINE("/x\\9"), EPROTO,
			"backing");
}

static void stat_is_read(void **state)
{
	struct kpager_stat *stat;
	uint64_t value;

	(void)state;
	assert_int_equal(kpager_stat_read(&stat, NULL), 0);
	assert_int_equal(kpager_stat_count(stat), 2);
	assert_string_equal(kpager_stat_get(stat, 0)->key, "limit_frames");
	assert_int_equal(kpager_stat_get(stat, 0)->value, 16384);
	assert_int_equal(kpager_stat_value(stat, "evictions", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(kpager_stat_value(stat, "evict", &value), -ENOENT);
	kpager_stat_free(stat);
	kpager_stat_free(NULL);
}

static void malformed_stat_is_refused(void **state)
{
	static const char nul[] = "version 1\na\0b 1\n";
	struct kpager_error error;
	struct kpager_stat *stat;

	(void)state;
	refuse_stat("version 1\nfaults\n", EPROTO, "line 2");
	refuse_stat("version 1\na 1\nb \n", EPROTO, "line 3");
	refuse_stat("version 1\n 1\n", EPROTO, "line 2");
	refuse_stat("version 1\na 1 2\n", EPROTO, "line 2");
	refuse_stat("version 1\na -1\n", EPROTO, "line 2");
	refuse_stat("version 1\na 18446744073709551616\n", EPROTO, "line 2");
	refuse_stat("version 1\na 1\nb 2", EPROTO, "cut off");
	put_file(STAT, nul, sizeof(nul) - 1);
	refuse(kpager_stat_read(&stat, &error), &error, EPROTO, "NUL");
}

/* Every prefix of a good file and every byte damaged: no crash, no leak. */
static void damaged_files_do_no_harm(void **state)
{
	static const char good[] = "version 1\n" COLUMNS_LINE
		LINE("/a\\040b") LINE("/c");
	static const char bytes[] = { '\0', '\n', ' ', '\\', '9', '\377' };
	struct kpager_segments *segments;
	char text[sizeof(good)];
	size_t i, b;

	(void)state;
	for (i = 0; i < sizeof(good); i++) {
		put_file(SEGMENTS, good, i);
		if (!kpager_segments_read(&segments, NULL))
			kpager_segments_free(segments);
		for (b = 0; b < sizeof(bytes) && good[i]; b++) {
			memcpy(text, good, sizeof(good));
			text[i] = bytes[b];
			put_file(SEGMENTS, text, sizeof(good) - 1);
			if (!kpager_segments_read(&segments, NULL))
				kpager_segments_free(segments);
		}
	}
}

static void absence_means_that_the_module_is_not_loaded(void **state)
{
	struct kpager_segments *segments;
	struct kpager_error error;

	(void)state;
	assert_int_equal(unlink(SEGMENTS), 0);
	refuse(kpager_segments_read(&segments, &error), &error, ENOENT,
	       "the kpager module that is loaded does not have this file");
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(unlink("proc/stat"), 0);
	refuse(kpager_segments_read(&segments, &error), &error, ENOENT,
	       "kpager module is not loaded (load it: modprobe kpager, or insmod kpager.ko)");
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(mkdir(SEGMENTS, 0755), 0);
	refuse(kpager_segments_read(&segments, &error), &error, EISDIR,
	       "segments");
}

static void files_of_a_segment(void **state)
{
	struct kpager_error error;
	struct kpager_stat *stat;
	uint64_t value;

	(void)state;
	assert_int_equal(mkdir("proc/segment", 0755), 0);
	assert_int_equal(mkdir("proc/segment/alpha", 0755), 0);
	refuse(kpager_segment_stat_read("alpha", &stat, &error), &error, ENOENT,
	       "no such segment, or the module that is loaded does not have");
	assert_int_equal(error.cause, KPAGER_CAUSE_SEGMENT);
	refuse(kpager_segment_stat_read("../x", &stat, &error), &error, EINVAL,
	       "name check on '../x'");
	put_text("proc/segment/alpha/stat", "version 1\nrefaults 42\n");
	assert_int_equal(kpager_segment_stat_read("alpha", &stat, &error), 0);
	assert_int_equal(kpager_stat_value(stat, "refaults", &value), 0);
	assert_int_equal(value, 42);
	kpager_stat_free(stat);
}

static void texts_are_parsed_like_files(void **state)
{
	static const char text[] = "version 1\nrefaults 42\nrest";
	struct kpager_error error;
	struct kpager_stat *stat;
	size_t length;
	char *raw;

	(void)state;
	assert_int_equal(kpager_stat_parse(text, strlen(text) - 4, &stat,
					   &error), 0);
	assert_int_equal(kpager_stat_count(stat), 1);
	kpager_stat_free(stat);
	refuse(kpager_stat_parse(text, strlen(text), &stat, &error), &error,
	       EPROTO, "line 3: the line is cut off");
	refuse(kpager_stat_parse("version 2\n", 10, &stat, &error), &error,
	       EPROTONOSUPPORT, "version 2 is not known, only version 1");
	assert_int_equal(kpager_proc_read("segments", &raw, &length, &error), 0);
	assert_int_equal(strlen(raw), length);
	free(raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed(a_segment_is_read),
		cmocka_unit_test(fields_describe_the_structure),
		sandboxed(columns_are_found_by_name),
		sandboxed(a_backslash_in_a_name_is_no_escape),
		sandboxed(no_segment_is_an_empty_list),
		sandboxed(many_segments_are_read),
		sandboxed(a_very_long_line_is_read),
		sandboxed(other_versions_are_refused),
		sandboxed(malformed_segments_are_refused),
		sandboxed(stat_is_read),
		sandboxed(malformed_stat_is_refused),
		sandboxed(damaged_files_do_no_harm),
		sandboxed(files_of_a_segment),
		sandboxed(texts_are_parsed_like_files),
		sandboxed(absence_means_that_the_module_is_not_loaded),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
