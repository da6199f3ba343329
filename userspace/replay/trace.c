// SPDX-License-Identifier: GPL-2.0
/* trace.c - read traces, number their pages */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "trace.h"

/* The longest line that can be a request, its end included. */
#define LINE_SIZE	64

static int fail(struct trace_error *error, size_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct trace_error *error, size_t line, const char *format, ...)
{
	va_list args;

	error->line = line;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -1;
}

int trace_begin(struct trace_builder *builder, struct trace *trace)
{
	memset(trace, 0, sizeof(*trace));
	memset(builder, 0, sizeof(*builder));
	builder->trace = trace;
	builder->mask = (1 << 12) - 1;
	builder->table = calloc(builder->mask + 1, sizeof(*builder->table));
	return builder->table ? 0 : -1;
}

static uint32_t slot_of(uint64_t page, uint32_t mask)
{
	/* Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4) */
	return (uint32_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
}

/* Twice the room, for pages and for their hash table. */
static bool grow_table(struct trace_builder *builder)
{
	struct trace *trace = builder->trace;
	uint32_t mask = builder->mask * 2 + 1, i;
	uint32_t *table = calloc((size_t)mask + 1, sizeof(*table));

	if (!table)
		return false;
	for (i = 0; i < trace->n_pages; i++) {
		uint32_t slot = slot_of(trace->page[i], mask);

		while (table[slot])
			slot = (slot + 1) & mask;
		table[slot] = i + 1;
	}
	free(builder->table);
	builder->table = table;
	builder->mask = mask;
	return true;
}

static bool grow_pages(struct trace_builder *builder)
{
	uint32_t n = builder->pages_allocated ? 2 * builder->pages_allocated :
		     1024;
	uint64_t *page = reallocarray(builder->trace->page, n, sizeof(*page));

	if (!page)
		return false;
	builder->trace->page = page;
	builder->pages_allocated = n;
	return true;
}

static bool grow_requests(struct trace_builder *builder)
{
	size_t n = builder->allocated ? 2 * builder->allocated : 4096;
	uint32_t *requests = reallocarray(builder->trace->requests, n,
					  sizeof(*requests));

	if (!requests)
		return false;
	builder->trace->requests = requests;
	builder->allocated = n;
	return true;
}

const char *trace_add(struct trace_builder *builder, uint64_t page, bool write)
{
	static const char no_memory[] = "memory is short";
	struct trace *trace = builder->trace;
	uint32_t slot, number;

	slot = slot_of(page, builder->mask);
	while ((number = builder->table[slot]) &&
	       trace->page[number - 1] != page)
		slot = (slot + 1) & builder->mask;
	if (!number) {
		if (trace->n_pages == TRACE_PAGES_MAX)
			return "there are more pages than replay can number";
		if (trace->n_pages == builder->pages_allocated &&
		    !grow_pages(builder))
			return no_memory;
		trace->page[trace->n_pages] = page;
		number = ++trace->n_pages;
		builder->table[slot] = number;
		if (number > builder->mask / 2 && !grow_table(builder))
			return no_memory;
	}
	if (trace->n_requests == TRACE_REQUESTS_MAX)
		return "there are more requests than replay can number";
	if (trace->n_requests == builder->allocated && !grow_requests(builder))
		return no_memory;
	trace->requests[trace->n_requests++] =
		(number - 1) << 1 | (write ? TRACE_WRITE : 0);
	return NULL;
}

void trace_end(struct trace_builder *builder)
{
	free(builder->table);
	builder->table = NULL;
}

void trace_free(struct trace *trace)
{
	free(trace->requests);
	free(trace->page);
	memset(trace, 0, sizeof(*trace));
}

/* Return: NULL, or what is wrong with the line. */
static const char *parse_line(const char *line, uint64_t *page, bool *write)
{
	char *end;

	*write = false;
	if (*line == 'R' || *line == 'W') {
		*write = *line == 'W';
		if (line[1] != ' ' && line[1] != '\t')
			return "R or W must be followed by a space and a page number";
		line += strspn(line + 1, " \t") + 1;
	}
	/* strtoull() would take signs, and white space before them. */
	if (*line < '0' || *line > '9')
		return *line ? "this is no page number" :
			       "there is no page number";
	errno = 0;
	*page = strtoull(line, &end,
			 line[0] == '0' && (line[1] == 'x' || line[1] == 'X') ?
			 16 : 10);
	if (errno == ERANGE)
		return "the page number does not fit into 64 bits";
	if (*end == 'x' || *end == 'X')
		return "0x must be followed by hexadecimal digits";
	if (end[strspn(end, " \t")])
		return "something follows the page number";
	return NULL;
}

/* What a message may quote of a line. */
static const char *quoted(char *text, size_t size, const char *line)
{
	size_t i;

	for (i = 0; line[i] && i < size - 1; i++)
		text[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
	text[i] = '\0';
	return text;
}

/**
 * struct line - a line of a text
 * @text: without its end, NUL-terminated; only the beginning of a long one
 * @length: its length, as far as it is in @text
 * @whole: it is in @text from beginning to end
 * @ended: it had an end
 */
struct line {
	char text[LINE_SIZE];
	size_t length;
	bool whole;
	bool ended;
};

/* Return: false at the end of the file. */
static bool get_line(struct line *line, FILE *file)
{
	int c;

	line->length = 0;
	line->whole = true;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (line->length < LINE_SIZE - 1)
			line->text[line->length++] = (char)c;
		else
			line->whole = false;
		/* A comment may be of any length, anything else is wrong. */
		if (!line->whole && line->text[0] != '#')
			break;
	}
	line->text[line->length] = '\0';
	line->ended = c == '\n';
	return c != EOF || line->length;
}

/* Return: NULL, or what is wrong; adds a request if the line has one. */
static const char *read_line(struct trace_builder *builder, struct line *line)
{
	const char *text = line->text + strspn(line->text, " \t");
	uint64_t page;
	const char *why;
	bool write;

	if (line->text[0] == '#')
		return NULL;
	if (!line->whole)
		return "the line is too long";
	if (strlen(line->text) != line->length)
		return "the line has a byte of 0";
	if (line->length && line->text[line->length - 1] == '\r')
		line->text[--line->length] = '\0';
	if (!*text)
		return NULL;
	why = parse_line(text, &page, &write);
	return why ? why : trace_add(builder, page, write);
}

static int read_text(struct trace_builder *builder, FILE *file,
		     struct trace_error *error)
{
	struct line line;
	size_t number = 0;

	while (get_line(&line, file)) {
		const char *why;

		number++;
		if (!line.ended && line.whole) {
			/* Half a number would be another number. */
			builder->trace->truncated = line.text[0] != '#';
			break;
		}
		why = read_line(builder, &line);
		if (why) {
			char quote[24];

			return fail(error, number, "%s: '%s'", why,
				    quoted(quote, sizeof(quote), line.text));
		}
	}
	return 0;
}

static int read_recording(struct trace_builder *builder, FILE *file,
			  struct trace_error *error)
{
	enum recording_kind kind;
	struct recording r;
	const char *why;
	uint64_t page;

	why = recording_open(&r, file);
	if (why)
		return fail(error, 0, "%s", why);
	while (recording_get(&r, &kind, &page, &why)) {
		if (kind == RECORDING_LOST || kind == RECORDING_PREFETCH)
			continue;
		why = trace_add(builder, page, kind == RECORDING_WRITE ||
				kind == RECORDING_FIRST_WRITE);
		if (why)
			return fail(error, 0, "%s", why);
	}
	if (why)
		return fail(error, 0,
			    "the recording is damaged after %" PRIu64 " records: %s",
			    r.records, why);
	builder->trace->lost = r.lost;
	builder->trace->truncated = !r.ended;
	return 0;
}

int trace_read(struct trace *trace, FILE *file, struct trace_error *error)
{
	struct trace_builder builder;
	int first, status;

	memset(error, 0, sizeof(*error));
	if (trace_begin(&builder, trace))
		return fail(error, 0, "memory is short");
	/* No text begins so: it would be "R" or "W", a digit or a comment. */
	first = getc(file);
	if (first != EOF)
		ungetc(first, file);
	if (first == RECORDING_MAGIC[0])
		status = read_recording(&builder, file, error);
	else
		status = read_text(&builder, file, error);
	trace_end(&builder);
	if (!status && ferror(file))
		status = fail(error, 0, "%s", strerror(errno));
	if (!status && !trace->n_requests)
		status = fail(error, 0, trace->truncated ?
			      "the trace ends before its first request is complete" :
			      "the trace has no request");
	if (status)
		trace_free(trace);
	return status;
}

int trace_next_uses(const struct trace *trace, uint32_t *next)
{
	uint32_t *last = malloc(trace->n_pages * sizeof(*last));
	size_t i;

	if (!last)
		return -1;
	memset(last, 0xff, trace->n_pages * sizeof(*last));
	for (i = trace->n_requests; i--;) {
		uint32_t page = TRACE_PAGE(trace->requests[i]);

		next[i] = last[page];
		last[page] = (uint32_t)i;
	}
	free(last);
	return 0;
}
