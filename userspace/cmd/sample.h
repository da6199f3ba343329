/* SPDX-License-Identifier: GPL-2.0 */
/* Samples: what /proc/kpager says at a moment, live or from a recording. */
#ifndef KPAGER_SAMPLE_H
#define KPAGER_SAMPLE_H

#include <stdbool.h>
#include <stdio.h>

#include "libkpager.h"

/* Which files make a sample; stat and segments always do. */
enum {
	SAMPLE_BUDDY = 1 << 0,
	SAMPLE_SLAB = 1 << 1,
	SAMPLE_LATENCY = 1 << 2,
	SAMPLE_OOM = 1 << 3,
	SAMPLE_CURVES = 1 << 4,
};

/**
 * struct sample_file - a file of /proc/kpager as it was
 * @name: below /proc/kpager
 * @text: its content, NUL-terminated
 * @length: its bytes
 */
struct sample_file {
	char *name;
	char *text;
	size_t length;
};

/**
 * struct sample - what the module said at a moment
 * @realtime: when, in ns since 1970
 * @clock: the same in ns since boot, for intervals
 * @files: the files as they were read
 * @n_files: how many
 * @stat: the counters of the module
 * @segments: the segments
 */
struct sample {
	uint64_t realtime;
	uint64_t clock;
	struct sample_file *files;
	size_t n_files;
	struct kpager_stat *stat;
	struct kpager_segments *segments;
};

/*
 * sample_take - read the files now
 * @what: SAMPLE_*, a sum; a file that the module does not have is left out
 * @names: segments whose own files are wanted
 * @n_names: how many
 * @sample: set to the sample, to be freed with sample_free()
 *
 * Return: 0 or a negative errno.
 */
int sample_take(unsigned int what, const char *const *names, size_t n_names,
		struct sample **sample, struct kpager_error *error);

/* sample_file - a file by name, or NULL if it is not part of the sample */
const struct sample_file *sample_file(const struct sample *sample,
				      const char *name);

/* sample_free - free a sample, which may be NULL */
void sample_free(struct sample *sample);

/* sample_start - write the head of a recording; sample_write - add a sample */
void sample_start(FILE *file);
void sample_write(FILE *file, const struct sample *sample);

/**
 * struct recording - all samples of a file
 * @samples: the samples
 * @count: how many
 * @cut: the last sample is not complete and was left out
 */
struct recording {
	struct sample **samples;
	size_t count;
	bool cut;
};

/*
 * recording_read - read a recording
 * @path: the file; "-" for standard input
 *
 * Return: 0 or a negative errno; EPROTO if it is not a recording.
 */
int recording_read(const char *path, struct recording *recording,
		   struct kpager_error *error);

/* recording_free - free the samples */
void recording_free(struct recording *recording);

/**
 * struct counters - what happened so far, of the module or of one segment
 * @minor: faults that a resident page answered
 * @major: faults that waited for a page to be read
 * @evictions: frames taken back
 * @evictions_dirty: of these, written before (module only)
 * @prefetched: pages read ahead (module only)
 * @prefetch_used: of these, used (module only)
 * @read: pages read
 * @written: pages written
 * @errors: store requests that failed
 * @sigbus: faults that ended in SIGBUS (module only)
 * @fsyncs: calls of fsync and its like (module only)
 * @used: frames in use, or resident pages; now
 * @free: free frames; now (module only)
 * @total: frames that the pool has, or pages of the segment; now
 * @limit: most frames that it may have; now (module only)
 * @dirty: resident pages known to be dirty; now
 * @exists: the segment is there
 */
struct counters {
	uint64_t minor;
	uint64_t major;
	uint64_t evictions;
	uint64_t evictions_dirty;
	uint64_t prefetched;
	uint64_t prefetch_used;
	uint64_t read;
	uint64_t written;
	uint64_t errors;
	uint64_t sigbus;
	uint64_t fsyncs;
	uint64_t used;
	uint64_t free;
	uint64_t total;
	uint64_t limit;
	uint64_t dirty;
	bool exists;
};

/* counters_of_module - the module's, in which dirty is that of all segments */
struct counters counters_of_module(const struct sample *sample);

/* counters_of_segment - those of a segment; @segment may be NULL */
struct counters counters_of_segment(const struct kpager_segment *segment);

/* counters_of - the module's if @name is NULL, or that segment's */
struct counters counters_of(const struct sample *sample, const char *name);

/* sample_segment - a segment by name, or NULL */
const struct kpager_segment *sample_segment(const struct sample *sample,
					    const char *name);

/**
 * struct rates - what happened between two samples, a second
 * @seconds: time between them
 * @hit: which part of the faults a resident page answered, 0 to 1; NAN if
 *	there was none
 *
 * The others as in struct counters.
 */
struct rates {
	double seconds;
	double minor;
	double major;
	double evictions;
	double evictions_dirty;
	double prefetched;
	double read;
	double written;
	double errors;
	double sigbus;
	double fsyncs;
	double hit;
};

/*
 * rates_between - the rates from @before to @after, @ns apart
 *
 * A counter that went back (the module was loaded anew, the segment made
 * again) counts from 0.
 */
struct rates rates_between(const struct counters *before,
			   const struct counters *after, uint64_t ns);

#endif /* KPAGER_SAMPLE_H */
