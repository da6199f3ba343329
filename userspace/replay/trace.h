/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - sequences of requests for pages, for replay
 *
 * A trace is read from a file, in one of the formats below, or made by one of
 * the seeded generators.  Pages are numbered densely in the order of their
 * first request, so that arrays can be indexed by page.
 *
 * Text: a request a line.  "NUMBER" or "R NUMBER" reads the page, "W NUMBER"
 * writes it; NUMBER is decimal or, with 0x, hexadecimal.  Empty lines and
 * lines that begin with '#' are passed over.
 *
 * Recording (kpager record): see recording.h.
 */
#ifndef KPAGER_TRACE_H
#define KPAGER_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A request: the dense number of its page, and whether it writes. */
#define TRACE_WRITE		1u
#define TRACE_PAGE(request)	((request) >> 1)
/* The most pages, and the most requests, of a trace. */
#define TRACE_PAGES_MAX		(1u << 30)
#define TRACE_REQUESTS_MAX	(UINT32_MAX - 1)

/**
 * struct trace - requests for pages
 * @requests: the requests, in order
 * @n_requests: how many
 * @n_pages: distinct pages; dense numbers are below it
 * @page: the number in the file of each dense number
 * @lost: requests that the recorder could not record
 * @truncated: the file ended in the middle; what there was is used
 */
struct trace {
	uint32_t *requests;
	size_t n_requests;
	uint32_t n_pages;
	uint64_t *page;
	uint64_t lost;
	bool truncated;
};

/**
 * struct trace_error - why a trace cannot be read
 * @line: the line, from 1, of a text; 0 if it is not about a line
 * @text: the reason
 */
struct trace_error {
	size_t line;
	char text[160];
};

/*
 * trace_read - read a trace of any format
 * @file: from its beginning; need not be seekable
 *
 * A file that ends in the middle of a line or record is used up to there, and
 * @truncated is set.
 *
 * Return: 0, or -1 with @error set; then @trace is empty.
 */
int trace_read(struct trace *trace, FILE *file, struct trace_error *error);

/* trace_free - free what a trace holds */
void trace_free(struct trace *trace);

/*
 * trace_next_uses - when each request's page is requested again
 * @next: receives, for each request, the number of the next one for the same
 *	page, or UINT32_MAX
 *
 * Return: 0, or -1 if memory is short.
 */
int trace_next_uses(const struct trace *trace, uint32_t *next);

/* What trace_generate() can make. */
enum trace_kind {
	TRACE_ZIPF,		/* independent requests, Zipf-distributed */
	TRACE_ZIPF_SCAN,	/* the same, a fifth of them in sequential scans */
	TRACE_LOOP,		/* round and round, in order */
	TRACE_SEQUENTIAL,	/* every page once */
	TRACE_PHASES,		/* Zipf, with other pages in each tenth */
};

/**
 * struct trace_shape - a generated trace
 * @kind: which
 * @pages: pages, at least 1
 * @requests: requests; for TRACE_SEQUENTIAL as many as pages are used
 * @skew: exponent of the Zipf distribution, at least 0
 * @writes: requests in a thousand that write
 * @seed: the same seed makes the same trace, on every machine
 */
struct trace_shape {
	enum trace_kind kind;
	uint32_t pages;
	size_t requests;
	double skew;
	unsigned int writes;
	uint64_t seed;
};

/* trace_generate - make a trace; 0, or -1 if memory is short */
int trace_generate(struct trace *trace, const struct trace_shape *shape);

/**
 * struct trace_builder - a trace in the making
 * @trace: what there is of it
 * @allocated: requests there is room for
 * @table: dense number + 1 of a page by its hash, 0 for none
 * @mask: size of @table - 1
 * @pages_allocated: pages there is room for
 */
struct trace_builder {
	struct trace *trace;
	size_t allocated;
	uint32_t *table;
	uint32_t mask;
	uint32_t pages_allocated;
};

/* trace_begin - start a trace; 0, or -1 if memory is short */
int trace_begin(struct trace_builder *builder, struct trace *trace);

/* trace_add - append a request; NULL, or what is wrong */
const char *trace_add(struct trace_builder *builder, uint64_t page, bool write);

/* trace_end - no more requests */
void trace_end(struct trace_builder *builder);

#endif /* KPAGER_TRACE_H */
