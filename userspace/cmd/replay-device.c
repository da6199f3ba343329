// SPDX-License-Identifier: GPL-2.0
/*
 * kpager replay --device: the trace is run by a segment, not by a model
 *
 * Pages are requested under their dense numbers, so that the segment need only
 * be as large as there are distinct pages.  Before each run the segment is
 * emptied and its policy begins anew.
 *
 * A deterministic segment is told of each request by KPAGER_TOUCH: its misses
 * are those of the model.  Any other is mapped, and its pages are read and
 * written as programs do.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../module/uapi/kpager.h"
#include "attribute.h"
#include "kpager.h"
#include "replay.h"

/**
 * struct device - a segment that runs traces
 * @name: its name
 * @fd: its node, open
 * @deterministic: it is
 * @map: its pages, if it is not
 * @bytes: their size
 */
struct device {
	const char *name;
	int fd;
	bool deterministic;
	volatile unsigned char *map;
	size_t bytes;
};

/* What a run costs is the difference of two of them. */
struct counters {
	uint64_t misses;
	uint64_t looks;
	uint64_t writes;
};

static int complain(const struct device *device, const char *what, int err)
{
	fprintf(stderr, "kpager: replay on %s: %s: %s\n", device->name, what,
		strerror(err));
	return err == EACCES || err == EPERM ? EXIT_DENIED : EXIT_FAILED;
}

/* A page that cannot be read ends the program; say so. */
static void on_sigbus(int signal)
{
	static const char text[] =
		"kpager: replay: SIGBUS: a page cannot be brought in; see kpager stat\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)signal;
	(void)ignored;
	_exit(EXIT_FAILED);
}

static int get_resident(const struct device *device, uint64_t *resident)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, device->name, &error);
	*resident = segment ? segment->resident : 0;
	kpager_segments_free(segments);
	return segment ? 0 : report(&error);
}

static int get_counters(const struct device *device, struct counters *c)
{
	const struct { const char *key; uint64_t *value; } wanted[] = {
		{ "misses", &c->misses }, { "ref_looks", &c->looks },
		{ "pages_written", &c->writes },
	};
	struct kpager_error error;
	struct kpager_stat *stat;
	size_t i;

	/* A module that counts no segment by itself counts all together. */
	if (kpager_segment_stat_read(device->name, &stat, &error) &&
	    kpager_stat_read(&stat, &error))
		return report(&error);
	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (kpager_stat_value(stat, wanted[i].key, wanted[i].value)) {
			fprintf(stderr,
				"kpager: replay on %s: this module does not count '%s'; it is too old\n",
				device->name, wanted[i].key);
			kpager_stat_free(stat);
			return EXIT_FAILED;
		}
	}
	kpager_stat_free(stat);
	return 0;
}

/* Frames that it may have: its own limit, or that of the pool. */
static int get_frames(const struct device *device, uint32_t *frames)
{
	char text[ATTRIBUTE_SIZE];
	struct kpager_error error;
	struct kpager_stat *stat;
	uint64_t limit = 0;
	int err = attribute_read(device->name, "resident_max", text);

	if (err)
		return complain(device, "attribute resident_max", -err);
	*frames = (uint32_t)strtoul(text, NULL, 10);
	if (*frames)
		return 0;
	if (kpager_stat_read(&stat, &error))
		return report(&error);
	if (kpager_stat_value(stat, "limit_frames", &limit))
		limit = 0;
	kpager_stat_free(stat);
	*frames = (uint32_t)limit;
	return 0;
}

/* Empty the segment and give it the policy, without what that remembers. */
static int start_over(const struct device *device, const char *policy,
		      struct counters *before)
{
	uint64_t resident;
	int status, err;

	if (fsync(device->fd))
		return complain(device, "fsync", errno);
	if (device->map)
		madvise((void *)device->map, device->bytes, MADV_DONTNEED);
	err = posix_fadvise(device->fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err)
		return complain(device, "posix_fadvise", err);
	err = attribute_write(device->name, "policy", policy);
	if (err == -EINVAL) {
		fprintf(stderr,
			"kpager: replay on %s: the segment cannot have the policy '%s'\n",
			device->name, policy);
		return EXIT_FAILED;
	}
	if (err)
		return complain(device, "attribute policy", -err);
	status = get_resident(device, &resident);
	if (!status && resident) {
		fprintf(stderr,
			"kpager: replay on %s: %" PRIu64 " pages stay in memory: another program uses the segment\n",
			device->name, resident);
		status = EXIT_FAILED;
	}
	return status ? status : get_counters(device, before);
}

static int touch_all(const struct device *device, const struct trace *trace,
		     uint64_t *misses)
{
	struct kpager_touch touch = { .struct_size = sizeof(touch) };
	size_t i;

	for (i = 0; i < trace->n_requests; i++) {
		int absent;

		touch.page = TRACE_PAGE(trace->requests[i]);
		touch.flags = trace->requests[i] & TRACE_WRITE ?
			KPAGER_TOUCH_WRITE : 0;
		absent = ioctl(device->fd, KPAGER_TOUCH, &touch);
		if (absent < 0)
			return complain(device, "KPAGER_TOUCH", errno);
		*misses += (uint64_t)absent;
	}
	return 0;
}

static void use_all(const struct device *device, const struct trace *trace)
{
	size_t i;

	for (i = 0; i < trace->n_requests; i++) {
		uint32_t request = trace->requests[i];
		volatile unsigned char *page = device->map +
			(size_t)TRACE_PAGE(request) * KPAGER_PAGE_SIZE;
		unsigned char byte = *page;

		/* The contents are somebody's. */
		if (request & TRACE_WRITE)
			*page = byte;
	}
}

static int run_on_device(const struct device *device,
			 const struct trace *trace, struct replay_run *run)
{
	struct counters before, after;
	uint64_t missed = 0;
	int status = start_over(device, run->policy, &before);

	if (!status && device->deterministic)
		status = touch_all(device, trace, &missed);
	else if (!status)
		use_all(device, trace);
	if (!status)
		status = get_counters(device, &after);
	if (status)
		return status;
	run->result.requests = trace->n_requests;
	run->result.misses = device->deterministic ? missed :
		after.misses - before.misses;
	run->result.looks = after.looks - before.looks;
	run->result.writes = after.writes - before.writes;
	return 0;
}

static int open_device(struct device *device, const struct trace *trace)
{
	const char *directory = secure_getenv("KPAGER_DEV");
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;
	char path[PATH_MAX], text[ATTRIBUTE_SIZE];

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, device->name, &error);
	device->bytes = segment ? segment->size : 0;
	kpager_segments_free(segments);
	if (!segment)
		return report(&error);
	if (device->bytes / KPAGER_PAGE_SIZE < trace->n_pages) {
		fprintf(stderr,
			"kpager: replay on %s: the trace has %u pages, the segment %zu\n",
			device->name, trace->n_pages,
			device->bytes / KPAGER_PAGE_SIZE);
		return EXIT_FAILED;
	}
	device->deterministic =
		!attribute_read(device->name, "deterministic", text) &&
		!strcmp(text, "1");
	snprintf(path, sizeof(path), "%s/%s",
		 directory ? directory : "/dev/kpager", device->name);
	device->fd = open(path, O_RDWR | O_CLOEXEC);
	return device->fd < 0 ? complain(device, path, errno) : 0;
}

static int map_device(struct device *device)
{
	void *map = mmap(NULL, device->bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED, device->fd, 0);

	if (map == MAP_FAILED)
		return complain(device, "mmap", errno);
	device->map = map;
	/* Pages that nobody asked for would spoil the figures. */
	if (madvise(map, device->bytes, MADV_RANDOM))
		return complain(device, "madvise", errno);
	signal(SIGBUS, on_sigbus);
	return 0;
}

int replay_on_device(const char *name, const struct trace *trace,
		     struct replay_run *runs, size_t n_runs)
{
	struct device device = { .name = name, .fd = -1 };
	uint32_t frames = 0;
	int status = open_device(&device, trace);
	size_t i;

	if (!status && !device.deterministic)
		status = map_device(&device);
	if (!status)
		status = get_frames(&device, &frames);
	for (i = 0; i < n_runs && !status; i++) {
		runs[i].frames = frames;
		status = run_on_device(&device, trace, &runs[i]);
	}
	if (device.map)
		munmap((void *)device.map, device.bytes);
	if (device.fd >= 0)
		close(device.fd);
	return status;
}

int replay_device_policy(const char *name, char *policy, size_t size)
{
	struct device device = { .name = name };
	char text[ATTRIBUTE_SIZE];
	struct kpager_segments *segments;
	struct kpager_error error;
	int err;

	/* A segment that is not there is an error of its own. */
	if (kpager_segments_read(&segments, &error))
		return report(&error);
	if (!kpager_segments_find(segments, name, &error)) {
		kpager_segments_free(segments);
		return report(&error);
	}
	kpager_segments_free(segments);
	err = attribute_read(name, "policy", text);
	if (err)
		return complain(&device, "attribute policy", -err);
	snprintf(policy, size, "%s", text);
	return 0;
}
