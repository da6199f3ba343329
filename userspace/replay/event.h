/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event.h - the module's trace events, and the recording that they become
 *
 * A recording has the accesses that the pager noticed:
 *
 * - a fault is recorded once, though one that waited shows as two events;
 * - the announcement of a write that the fault before it was for is no access
 *   of its own;
 * - the first reference bit after a fault is that of the access that faulted,
 *   so it is none either.
 */
#ifndef KPAGER_EVENT_H
#define KPAGER_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "recording.h"

#define EVENT_NAME	64

enum event_kind {
	EVENT_FAULT,		/* handled, or its page was brought in */
	EVENT_AGAIN,		/* the same fault, started over */
	EVENT_REFERENCE,
	EVENT_ANNOUNCE,
	EVENT_PREFETCH,
	EVENT_OTHER,		/* one of the module's that is no access */
};

/**
 * struct event - a line of trace_pipe
 * @stamp: when, by the trace clock
 * @kind: what
 * @write: the fault was for a write
 * @segment: number of the segment
 * @page: the page, or the first
 * @pages: how many
 * @stride: distance between them
 * @name: name of the segment
 */
struct event {
	uint64_t stamp;
	enum event_kind kind;
	bool write;
	uint32_t segment;
	uint64_t page;
	uint32_t pages;
	int64_t stride;
	char name[EVENT_NAME];
};

/*
 * event_parse - understand a line, without its newline
 *
 * The clock must be one of whole numbers.
 *
 * Return: 1, 0 if it is no event of the module, -1 if it is one that is not
 * as documented.
 */
int event_parse(struct event *event, const char *line);

/**
 * struct event_stream - events that become a recording
 * @recording: the recording
 * @pages: pages of the segment
 * @fresh: a bit for each page: faulted, and not found referenced since
 * @faulted: the page of each CPU's last fault for a write, plus one
 * @n_cpus: CPUs
 * @counts: records of each kind
 */
struct event_stream {
	struct recording recording;
	uint64_t pages;
	unsigned char *fresh;
	uint64_t *faulted;
	unsigned int n_cpus;
	uint64_t counts[RECORDING_LOST];
};

/* event_stream_begin - 0, or -1 if there is no memory */
int event_stream_begin(struct event_stream *stream, FILE *file, uint64_t pages,
		       unsigned int n_cpus);

/* event_stream_put - the next event, which happened on @cpu */
void event_stream_put(struct event_stream *stream, const struct event *event,
		      unsigned int cpu);

/* event_stream_lost - events were lost here */
void event_stream_lost(struct event_stream *stream, uint64_t count);

/* event_stream_end - write the end, and free the memory */
void event_stream_end(struct event_stream *stream);

#endif /* KPAGER_EVENT_H */
