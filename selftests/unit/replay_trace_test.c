// SPDX-License-Identifier: GPL-2.0
/*
 * replay_trace_test.c - traces: texts, recordings, generated ones
 */

#include "../../userspace/replay/recording.h"
#include "../../userspace/replay/trace.h"
#include "tap.h"

#include <string.h>

static FILE *file_of(const void *bytes, size_t length)
{
	FILE *file = tmpfile();

	if (!file || fwrite(bytes, 1, length, file) != length) {
		printf("Bail out! no temporary file\n");
		exit(1);
	}
	rewind(file);
	return file;
}

/* Read a text; returns as trace_read(). */
static int read_bytes(struct trace *trace, const void *bytes, size_t length,
		      struct trace_error *error)
{
	FILE *file = file_of(bytes, length);
	int status = trace_read(trace, file, error);

	fclose(file);
	return status;
}

static int read_text(struct trace *trace, const char *text,
		     struct trace_error *error)
{
	return read_bytes(trace, text, strlen(text), error);
}

/* The requests of a text, as "page" or "page!" for writes. */
static void expect_requests(const char *what, const char *text,
			    const char *expected, bool truncated)
{
	struct trace_error error;
	struct trace trace;
	char got[256] = "";
	size_t i;

	if (read_text(&trace, text, &error)) {
		tap_ok(false, "%s: %zu: %s", what, error.line, error.text);
		return;
	}
	for (i = 0; i < trace.n_requests; i++) {
		uint32_t request = trace.requests[i];

		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s%llu%s", i ? " " : "", (unsigned long long)
			 trace.page[TRACE_PAGE(request)],
			 request & TRACE_WRITE ? "!" : "");
	}
	tap_ok(!strcmp(got, expected) && trace.truncated == truncated,
	       "%s: %s%s", what, got, trace.truncated ? ", truncated" : "");
	trace_free(&trace);
}

static void expect_error(const char *text, size_t line, const char *reason)
{
	struct trace_error error;
	struct trace trace;
	int status = read_text(&trace, text, &error);

	tap_ok(status && error.line == line && strstr(error.text, reason) &&
	       !trace.requests && !trace.page, "refused, line %zu: %s", line,
	       status ? error.text : "nothing");
	if (!status)
		trace_free(&trace);
}

static void test_texts(void)
{
	static const char long_comment[] =
		"# a comment may be longer than any line with a request can be,"
		" because nobody reads it\n7\n";
	struct trace_error error;
	struct trace trace;

	expect_requests("numbers", "3\n1\n3\n", "3 1 3", false);
	expect_requests("reads and writes", "R 3\nW 3\nW\t0x1F\n4\n",
			"3 3! 31! 4", false);
	expect_requests("empty lines and comments", "\n# 9\n 5 \n\n", "5",
			false);
	expect_requests("lines that end as in DOS", "1\r\nW 2\r\n", "1 2!",
			false);
	expect_requests("a long comment", long_comment, "7", false);
	expect_requests("the largest number", "18446744073709551615\n",
			"18446744073709551615", false);
	expect_requests("half a line", "12\n34\n5", "12 34", true);
	expect_requests("half a comment", "12\n# 5", "12", false);
	expect_error("1\nx\n", 2, "no page number");
	expect_error("1\n2\n-3\n", 3, "no page number");
	expect_error("+1\n", 1, "no page number");
	expect_error("1.5\n", 1, "something follows");
	expect_error("1 2\n", 1, "something follows");
	expect_error("R\n", 1, "followed by a space");
	expect_error("RW 1\n", 1, "followed by a space");
	expect_error("R \n", 1, "no page number");
	expect_error("r 1\n", 1, "no page number");
	expect_error("0x\n", 1, "hexadecimal");
	expect_error("18446744073709551616\n", 1, "64 bits");
	expect_error("1\n000000000000000000000000000000000000000000000000000"
		     "000000000000000000000000000000000000001\n", 2, "too long");
	expect_error("", 0, "no request");
	expect_error("# nothing\n", 0, "no request");
	expect_error("12", 0, "before its first request");
	tap_ok(read_bytes(&trace, "1\n2\0003\n", 6, &error) && error.line == 2,
	       "a byte of 0 is refused: %s", error.text);
}

/* Many pages: the tables grow, and dense numbers stay what they were. */
static void test_numbering(void)
{
	struct trace_builder builder;
	struct trace trace;
	uint64_t seed = tap_seed, copy = seed;
	uint32_t i, bad = 0, n = 100000;

	if (trace_begin(&builder, &trace)) {
		tap_ok(false, "no memory");
		return;
	}
	for (i = 0; i < n; i++)
		bad += trace_add(&builder, tap_next(&seed), false) != NULL;
	for (i = 0; i < n; i++)
		bad += trace_add(&builder, trace.page[i], true) != NULL;
	trace_end(&builder);
	for (i = 0; i < n; i++)
		bad += trace.page[i] != tap_next(&copy) ||
		       TRACE_PAGE(trace.requests[i]) != i ||
		       trace.requests[n + i] != (i << 1 | TRACE_WRITE);
	tap_ok(!bad && trace.n_pages == n,
	       "pages are numbered in the order of their first request");
	trace_free(&trace);
}

static size_t make_recording(unsigned char *bytes, size_t size, bool finish)
{
	FILE *file = tmpfile();
	struct recording r;
	size_t length;

	if (!file)
		return 0;
	recording_create(&r, file, UINT64_C(1) << 40);
	recording_put(&r, RECORDING_READ, 7);
	recording_put(&r, RECORDING_PREFETCH, 8);
	recording_put_lost(&r, 0);
	recording_put_lost(&r, 1000);
	recording_put(&r, RECORDING_WRITE, (UINT64_C(1) << 40) - 1);
	recording_put(&r, RECORDING_REFERENCED, 7);
	recording_put(&r, RECORDING_FIRST_WRITE, 0);
	if (finish)
		recording_finish(&r);
	rewind(file);
	length = fread(bytes, 1, size, file);
	fclose(file);
	return length;
}

static void test_recordings(void)
{
	unsigned char bytes[256];
	size_t whole = make_recording(bytes, sizeof(bytes), true), length;
	unsigned int bad = 0, used = 0;
	struct trace_error error;
	struct trace trace;

	tap_ok(!read_bytes(&trace, bytes, whole, &error) &&
	       trace.n_requests == 4 && trace.n_pages == 3 &&
	       trace.page[0] == 7 &&
	       trace.page[1] == (UINT64_C(1) << 40) - 1 &&
	       trace.requests[1] == (1 << 1 | TRACE_WRITE) &&
	       trace.requests[2] == 0 &&
	       trace.requests[3] == (2 << 1 | TRACE_WRITE) &&
	       trace.lost == 1000 && !trace.truncated,
	       "a recording is read as it was written");
	trace_free(&trace);
	for (length = 0; length < whole; length++) {
		int status = read_bytes(&trace, bytes, length, &error);

		if (!status) {
			used++;
			bad += !trace.truncated;
			trace_free(&trace);
		}
	}
	tap_ok(!bad && used, "cut off anywhere, it is used up to there");
	bytes[whole] = 1;
	tap_ok(read_bytes(&trace, bytes, whole + 1, &error),
	       "something behind its end: %s", error.text);
	bytes[whole - 1] ^= 8;
	tap_ok(read_bytes(&trace, bytes, whole, &error),
	       "another number of records: %s", error.text);
	bytes[8] = 2;
	tap_ok(read_bytes(&trace, bytes, whole, &error),
	       "another version: %s", error.text);
	make_recording(bytes, sizeof(bytes), true);
	memset(bytes + RECORDING_HEADER, 0xff, 12);
	tap_ok(read_bytes(&trace, bytes, whole, &error),
	       "a number without an end: %s", error.text);
}

/* Bytes flipped at random: an error or a trace, nothing worse. */
static void test_damage(unsigned long rounds)
{
	unsigned char good[256], bytes[256];
	size_t length = make_recording(good, sizeof(good), true);
	uint64_t seed = tap_seed;
	struct trace_error error;
	struct trace trace;

	while (rounds--) {
		int flips = 1 + (int)tap_below(&seed, 4);

		memcpy(bytes, good, length);
		while (flips--)
			bytes[tap_below(&seed, length)] ^= 1 << tap_below(&seed, 8);
		if (!read_bytes(&trace, bytes, length, &error))
			trace_free(&trace);
	}
	tap_ok(true, "damaged recordings do no harm");
}

static void test_generated(void)
{
	static const char *const names[] = {
		"zipf", "zipf and scans", "loop", "sequential", "phases",
	};
	enum trace_kind kind;

	for (kind = TRACE_ZIPF; kind <= TRACE_PHASES; kind++) {
		struct trace_shape shape = {
			.kind = kind, .pages = 1000, .requests = 20000,
			.skew = .9, .writes = 250, .seed = 5,
		};
		struct trace one, two, three;
		size_t i, writes = 0;

		trace_generate(&one, &shape);
		trace_generate(&two, &shape);
		shape.seed++;
		trace_generate(&three, &shape);
		for (i = 0; i < one.n_requests; i++)
			writes += one.requests[i] & TRACE_WRITE;
		tap_ok(one.n_requests == two.n_requests &&
		       !memcmp(one.requests, two.requests,
			       one.n_requests * sizeof(*one.requests)) &&
		       memcmp(one.requests, three.requests,
			      one.n_requests * sizeof(*one.requests)) &&
		       one.n_pages <= 1000 && one.n_pages > 900 &&
		       writes > one.n_requests / 5 &&
		       writes < one.n_requests * 3 / 10,
		       "%s: the seed decides; %u pages, %zu of %zu write",
		       names[kind], one.n_pages, writes, one.n_requests);
		trace_free(&one);
		trace_free(&two);
		trace_free(&three);
	}
}

static void test_next_uses(void)
{
	static const uint32_t expected[] = {
		2, 3, 5, UINT32_MAX, UINT32_MAX, UINT32_MAX,
	};
	uint32_t next[6];
	struct trace_error error;
	struct trace trace;

	if (read_text(&trace, "5\n6\n5\n6\n7\n5\n", &error)) {
		tap_ok(false, "next uses: %s", error.text);
		return;
	}
	tap_ok(!trace_next_uses(&trace, next) &&
	       !memcmp(next, expected, sizeof(next)),
	       "the next use of each page is found");
	trace_free(&trace);
}

int main(void)
{
	tap_begin();
	test_texts();
	test_numbering();
	test_recordings();
	test_damage(tap_scaled(2000));
	test_generated();
	test_next_uses();
	return tap_end();
}
