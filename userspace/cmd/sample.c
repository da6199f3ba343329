// SPDX-License-Identifier: GPL-2.0
/*
 * Samples and recordings.
 *
 * A recording is text:
 *
 *	kpager recording 1
 *	sample REALTIME CLOCK			both in ns
 *	file NAME LENGTH			and LENGTH bytes follow
 *	...
 *	end
 *	sample ...
 *
 * It holds the files of /proc/kpager as they were: what reads the live ones
 * reads it too.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kpager.h"
#include "output.h"
#include "sample.h"

static const char head[] = "kpager recording 1\n";

/* No file of a recording is larger, nor is a line of it longer. */
#define FILE_LIMIT	(256u << 20)
#define LINE_SIZE	256

static uint64_t now(clockid_t id)
{
	struct timespec time;

	clock_gettime(id, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static struct sample *sample_new(uint64_t realtime, uint64_t clock)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	if (!sample)
		out_of_memory();
	sample->realtime = realtime;
	sample->clock = clock;
	return sample;
}

void sample_free(struct sample *sample)
{
	size_t i;

	if (!sample)
		return;
	for (i = 0; i < sample->n_files; i++) {
		free(sample->files[i].name);
		free(sample->files[i].text);
	}
	free(sample->files);
	kpager_stat_free(sample->stat);
	kpager_segments_free(sample->segments);
	free(sample);
}

/* Add a file; @text becomes the sample's. */
static void add_file(struct sample *sample, const char *name, char *text,
		     size_t length)
{
	struct sample_file *files = reallocarray(sample->files,
						 sample->n_files + 1,
						 sizeof(*files));
	struct sample_file *file;

	if (!files)
		out_of_memory();
	sample->files = files;
	file = &files[sample->n_files++];
	file->name = strdup(name);
	file->text = text;
	file->length = length;
	if (!file->name)
		out_of_memory();
}

const struct sample_file *sample_file(const struct sample *sample,
				      const char *name)
{
	size_t i;

	for (i = 0; i < sample->n_files; i++)
		if (!strcmp(sample->files[i].name, name))
			return &sample->files[i];
	return NULL;
}

static int read_file(struct sample *sample, const char *name, bool optional,
		     struct kpager_error *error)
{
	size_t length;
	char *text;
	int ret = kpager_proc_read(name, &text, &length, error);

	if (!ret)
		add_file(sample, name, text, length);
	return ret == -ENOENT && optional ? 0 : ret;
}

/* Take the files apart that every sample must have. */
static int parse(struct sample *sample, struct kpager_error *error)
{
	const struct sample_file *stat = sample_file(sample, "stat");
	const struct sample_file *segments = sample_file(sample, "segments");
	int ret;

	if (!stat || !segments) {
		if (error)
			*error = (struct kpager_error){
				.err = EPROTO,
				.text = "read on recording: a sample without stat or segments",
			};
		return -EPROTO;
	}
	ret = kpager_stat_parse(stat->text, stat->length, &sample->stat, error);
	if (!ret)
		ret = kpager_segments_parse(segments->text, segments->length,
					    &sample->segments, error);
	return ret;
}

/* The files of a segment. One that is not there (any more) has none. */
static int read_own(struct sample *sample, unsigned int what, const char *name,
		    struct kpager_error *error)
{
	static const struct {
		unsigned int what;
		const char *name;
	} files[] = {
		{ ~0u, "stat" },
		{ SAMPLE_LATENCY, "latency" },
		{ SAMPLE_CURVES, "curves" },
	};
	char file[128];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(files) / sizeof(files[0]); i++) {
		if (!(what & files[i].what))
			continue;
		snprintf(file, sizeof(file), "segment/%s/%s", name,
			 files[i].name);
		ret = read_file(sample, file, true, error);
	}
	return ret;
}

int sample_take(unsigned int what, const char *const *names, size_t n_names,
		struct sample **sample, struct kpager_error *error)
{
	static const struct {
		unsigned int what;
		const char *name;
	} optional[] = {
		{ SAMPLE_BUDDY, "buddyinfo" },
		{ SAMPLE_BUDDY, "buddymap" },
		{ SAMPLE_SLAB, "slabinfo" },
		{ SAMPLE_OOM, "oom" },
	};
	struct sample *s = sample_new(now(CLOCK_REALTIME), now(CLOCK_BOOTTIME));
	size_t i;
	int ret;

	ret = read_file(s, "stat", false, error);
	if (!ret)
		ret = read_file(s, "segments", false, error);
	for (i = 0; !ret && i < sizeof(optional) / sizeof(optional[0]); i++)
		if (what & optional[i].what)
			ret = read_file(s, optional[i].name, true, error);
	for (i = 0; !ret && i < n_names; i++)
		ret = read_own(s, what, names[i], error);
	if (!ret)
		ret = parse(s, error);
	if (ret)
		sample_free(s);
	else
		*sample = s;
	return ret;
}

void sample_start(FILE *file)
{
	fputs(head, file);
}

void sample_write(FILE *file, const struct sample *sample)
{
	size_t i;

	fprintf(file, "sample %" PRIu64 " %" PRIu64 "\n", sample->realtime,
		sample->clock);
	for (i = 0; i < sample->n_files; i++) {
		fprintf(file, "file %s %zu\n", sample->files[i].name,
			sample->files[i].length);
		fwrite(sample->files[i].text, 1, sample->files[i].length, file);
	}
	fputs("end\n", file);
	fflush(file);
}

static int not_a_recording(const char *path, size_t number, const char *why,
			   struct kpager_error *error)
{
	error->err = EPROTO;
	error->cause = KPAGER_CAUSE_OTHER;
	snprintf(error->text, sizeof(error->text),
		 "read on %.200s: sample %zu: %s", path, number, why);
	return -EPROTO;
}

/*
 * Read the files of a sample.
 *
 * Return: 1 if it is complete, 0 if the recording ends before it does,
 * -EPROTO if this is no recording.
 */
static int read_sample(FILE *file, struct sample *sample)
{
	char line[LINE_SIZE], name[LINE_SIZE];
	size_t length;
	char *text;
	int end;

	while (fgets(line, sizeof(line), file)) {
		if (!strcmp(line, "end\n"))
			return 1;
		end = 0;
		if (sscanf(line, "file %200s %zu%n", name, &length, &end) != 2)
			return strchr(line, '\n') ? -EPROTO : 0;
		if (line[end] != '\n' || length > FILE_LIMIT ||
		    sample_file(sample, name))
			return line[end] ? -EPROTO : 0;
		text = malloc(length + 1);
		if (!text)
			out_of_memory();
		if (fread(text, 1, length, file) != length) {
			free(text);
			return 0;
		}
		text[length] = '\0';
		add_file(sample, name, text, length);
	}
	return 0;
}

static void add_sample(struct recording *recording, struct sample *sample)
{
	recording->samples = reallocarray(recording->samples,
					  recording->count + 1,
					  sizeof(*recording->samples));
	if (!recording->samples)
		out_of_memory();
	recording->samples[recording->count++] = sample;
}

static int read_samples(FILE *file, const char *path,
			struct recording *recording, struct kpager_error *error)
{
	uint64_t realtime, clock, last = 0;
	struct sample *sample;
	char line[LINE_SIZE];
	int end, ret;

	while (fgets(line, sizeof(line), file)) {
		size_t number = recording->count + 1;

		end = 0;
		if (!strchr(line, '\n') && feof(file)) {
			recording->cut = true;
			return 0;
		}
		if (sscanf(line, "sample %" SCNu64 " %" SCNu64 "%n", &realtime,
			   &clock, &end) != 2 || line[end] != '\n')
			return not_a_recording(path, number, "not a line 'sample TIME TIME'",
					       error);
		if (clock < last)
			return not_a_recording(path, number, "older than the one before",
					       error);
		last = clock;
		sample = sample_new(realtime, clock);
		ret = read_sample(file, sample);
		if (ret > 0)
			ret = parse(sample, error) ? -EIO : 1;
		if (ret <= 0)
			sample_free(sample);
		if (!ret)
			recording->cut = true;
		if (ret == -EPROTO)
			return not_a_recording(path, number, "not a line 'file NAME LENGTH' or 'end'",
					       error);
		if (ret <= 0)
			return ret;
		add_sample(recording, sample);
	}
	return 0;
}

int recording_read(const char *path, struct recording *recording,
		   struct kpager_error *error)
{
	bool input = !strcmp(path, "-");
	FILE *file = input ? stdin : fopen(path, "re");
	char line[LINE_SIZE] = "";
	int ret;

	*recording = (struct recording){ 0 };
	*error = (struct kpager_error){ 0 };
	if (!file) {
		error->err = errno;
		error->cause = errno == EACCES ? KPAGER_CAUSE_PERMISSION :
						 KPAGER_CAUSE_OTHER;
		snprintf(error->text, sizeof(error->text), "open on %.200s: %s",
			 path, strerror(errno));
		return -error->err;
	}
	if (!fgets(line, sizeof(line), file) || strcmp(line, head))
		ret = not_a_recording(path, 1, "does not begin with 'kpager recording 1', the only version known (record one with 'kpager watch')",
				      error);
	else
		ret = read_samples(file, path, recording, error);
	if (!input)
		fclose(file);
	if (ret)
		recording_free(recording);
	return ret;
}

void recording_free(struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->count; i++)
		sample_free(recording->samples[i]);
	free(recording->samples);
	*recording = (struct recording){ 0 };
}

/* Return: a counter of the module, or 0 if it does not have it. */
static uint64_t value(const struct sample *sample, const char *key)
{
	uint64_t number;

	return kpager_stat_value(sample->stat, key, &number) ? 0 : number;
}

struct counters counters_of_module(const struct sample *sample)
{
	struct counters c = {
		.minor = value(sample, "faults_minor"),
		.major = value(sample, "faults_major"),
		.evictions = value(sample, "evictions"),
		.evictions_dirty = value(sample, "evictions_dirty"),
		.prefetched = value(sample, "prefetched"),
		.prefetch_used = value(sample, "prefetch_used"),
		.read = value(sample, "pages_read"),
		.written = value(sample, "pages_written"),
		.errors = value(sample, "io_errors"),
		.sigbus = value(sample, "faults_sigbus"),
		.fsyncs = value(sample, "fsyncs"),
		.used = value(sample, "frames_used"),
		.free = value(sample, "frames_free"),
		.total = value(sample, "frames_total"),
		.limit = value(sample, "limit_frames"),
		.exists = true,
	};
	size_t i;

	for (i = 0; i < kpager_segments_count(sample->segments); i++)
		c.dirty += kpager_segments_get(sample->segments, i)->dirty;
	return c;
}

struct counters counters_of_segment(const struct kpager_segment *segment)
{
	if (!segment)
		return (struct counters){ 0 };
	return (struct counters){
		.minor = segment->faults_minor,
		.major = segment->faults_major,
		.evictions = segment->evictions,
		.read = segment->pages_read,
		.written = segment->pages_written,
		.errors = segment->io_errors,
		.used = segment->resident,
		.total = segment->size / 4096,
		.dirty = segment->dirty,
		.exists = true,
	};
}

const struct kpager_segment *sample_segment(const struct sample *sample,
					    const char *name)
{
	return kpager_segments_find(sample->segments, name, NULL);
}

struct counters counters_of(const struct sample *sample, const char *name)
{
	if (!name)
		return counters_of_module(sample);
	return counters_of_segment(sample_segment(sample, name));
}

static double rate(uint64_t before, uint64_t after, double seconds)
{
	uint64_t events = after >= before ? after - before : after;

	return seconds > 0 ? (double)events / seconds : 0;
}

struct rates rates_between(const struct counters *before,
			   const struct counters *after, uint64_t ns)
{
	double s = (double)ns / 1e9;
	struct rates r = {
		.seconds = s,
		.minor = rate(before->minor, after->minor, s),
		.major = rate(before->major, after->major, s),
		.evictions = rate(before->evictions, after->evictions, s),
		.evictions_dirty = rate(before->evictions_dirty,
					after->evictions_dirty, s),
		.prefetched = rate(before->prefetched, after->prefetched, s),
		.read = rate(before->read, after->read, s),
		.written = rate(before->written, after->written, s),
		.errors = rate(before->errors, after->errors, s),
		.sigbus = rate(before->sigbus, after->sigbus, s),
		.fsyncs = rate(before->fsyncs, after->fsyncs, s),
	};

	r.hit = r.minor + r.major > 0 ? r.minor / (r.minor + r.major) : NAN;
	return r;
}
