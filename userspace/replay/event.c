// SPDX-License-Identifier: GPL-2.0
/* event.c - from trace events to a recording; see event.h */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

#define PREFIX	": kpager_"

/* What ends a fault that was no access of a page of the segment. */
static bool is_access(const char *result)
{
	return !strcmp(result, "minor") || !strcmp(result, "major");
}

static int parse_fault(struct event *event, const char *fields)
{
	unsigned int write;
	char result[16];

	if (sscanf(fields, "write=%u result=%15s", &write, result) != 2 ||
	    write > 1)
		return -1;
	event->write = write;
	event->pages = 1;
	if (is_access(result))
		event->kind = EVENT_FAULT;
	else if (!strcmp(result, "again"))
		event->kind = EVENT_AGAIN;
	else if (strcmp(result, "sigbus"))
		return -1;
	return 1;
}

static int parse_pages(struct event *event, const char *fields)
{
	return sscanf(fields, "pages=%" SCNu32 " result=%" SCNd64,
		      &event->pages, &event->stride) == 2 ? 1 : -1;
}

/* A command may have any name, also one that looks like an event. */
static const char *find_last(const char *line)
{
	const char *at, *last = NULL;

	for (at = line; (at = strstr(at, PREFIX)); at++)
		last = at;
	return last;
}

int event_parse(struct event *event, const char *line)
{
	static const struct { const char *name; enum event_kind kind; } known[] = {
		{ "reference", EVENT_REFERENCE },
		{ "announce", EVENT_ANNOUNCE },
		{ "prefetch", EVENT_PREFETCH },
	};
	const char *colon = find_last(line), *stamp = colon;
	char name[16];
	int at = 0;
	size_t i;

	if (!colon)
		return 0;
	memset(event, 0, sizeof(*event));
	event->kind = EVENT_OTHER;
	while (stamp > line && stamp[-1] >= '0' && stamp[-1] <= '9')
		stamp--;
	/* "12.345678" is of a clock that counts nanoseconds. */
	if (stamp == colon || (stamp > line && stamp[-1] != ' '))
		return -1;
	event->stamp = strtoull(stamp, NULL, 10);
	if (sscanf(colon + strlen(PREFIX),
		   "%15[a-z]: segment=%" SCNu32 " name=%63s page=%" SCNu64 " %n",
		   name, &event->segment, event->name, &event->page,
		   &at) != 4 || !at)
		return -1;
	colon += strlen(PREFIX) + (size_t)at;
	if (!strcmp(name, "fault"))
		return parse_fault(event, colon);
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(name, known[i].name))
			event->kind = known[i].kind;
	return parse_pages(event, colon);
}

int event_stream_begin(struct event_stream *stream, FILE *file, uint64_t pages,
		       unsigned int n_cpus)
{
	memset(stream, 0, sizeof(*stream));
	stream->pages = pages;
	stream->n_cpus = n_cpus;
	stream->fresh = calloc((size_t)(pages / 8 + 1), 1);
	stream->faulted = calloc(n_cpus, sizeof(*stream->faulted));
	if (!stream->fresh || !stream->faulted) {
		free(stream->fresh);
		free(stream->faulted);
		return -1;
	}
	recording_create(&stream->recording, file, pages);
	return 0;
}

static void put(struct event_stream *stream, enum recording_kind kind,
		uint64_t page)
{
	recording_put(&stream->recording, kind, page);
	stream->counts[kind]++;
}

/* The bit of the access that faulted is not recorded again. */
static void put_reference(struct event_stream *stream, uint64_t page)
{
	unsigned char bit = (unsigned char)(1 << page % 8);

	if (page < stream->pages && stream->fresh[page / 8] & bit)
		stream->fresh[page / 8] &= (unsigned char)~bit;
	else
		put(stream, RECORDING_REFERENCED, page);
}

void event_stream_put(struct event_stream *stream, const struct event *event,
		      unsigned int cpu)
{
	uint64_t page = event->page;
	uint32_t i;

	switch (event->kind) {
	case EVENT_FAULT:
		put(stream, event->write ? RECORDING_WRITE : RECORDING_READ,
		    page);
		if (page < stream->pages)
			stream->fresh[page / 8] |=
				(unsigned char)(1 << page % 8);
		stream->faulted[cpu] = event->write ? page + 1 : 0;
		break;
	case EVENT_AGAIN:
		/* It may have slept, and come back on another CPU. */
		stream->faulted[cpu] = event->write ? page + 1 : 0;
		break;
	case EVENT_REFERENCE:
		put_reference(stream, page);
		break;
	case EVENT_ANNOUNCE:
		if (stream->faulted[cpu] != page + 1)
			put(stream, RECORDING_FIRST_WRITE, page);
		stream->faulted[cpu] = 0;
		break;
	case EVENT_PREFETCH:
		for (i = 0; i < event->pages; i++)
			put(stream, RECORDING_PREFETCH,
			    page + i * (uint64_t)event->stride);
		break;
	case EVENT_OTHER:
		break;
	}
}

void event_stream_lost(struct event_stream *stream, uint64_t count)
{
	recording_put_lost(&stream->recording, count);
}

void event_stream_end(struct event_stream *stream)
{
	recording_finish(&stream->recording);
	free(stream->fresh);
	free(stream->faulted);
}
