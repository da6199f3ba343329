// SPDX-License-Identifier: GPL-2.0
/* kpager watch: records samples. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "pace.h"
#include "sample.h"

/**
 * struct watch_options - what the options say
 * @name: the segment whose own files are recorded, too; or NULL
 * @path: where to; NULL for standard output
 * @pace: how often
 * @json: say in JSON what was recorded
 */
struct watch_options {
	const char *name;
	const char *path;
	struct pace pace;
	bool json;
};

static int cannot(const char *what, const char *path)
{
	int err = errno;

	fprintf(stderr, "kpager: %s on %s: %s\n", what, path, strerror(err));
	return err == EACCES || err == EPERM ? EXIT_DENIED : EXIT_FAILED;
}

/* One sample; a segment that is gone ends the recording. */
static int record(const struct watch_options *o, FILE *file)
{
	const unsigned int what = SAMPLE_BUDDY | SAMPLE_SLAB | SAMPLE_LATENCY |
				  SAMPLE_OOM | SAMPLE_CURVES;
	const char *path = o->path ? o->path : "standard output";
	struct kpager_error error;
	struct sample *sample;
	int ret = EXIT_DONE;

	if (sample_take(what, &o->name, o->name ? 1 : 0, &sample, &error))
		return report(&error);
	if (o->name && !kpager_segments_find(sample->segments, o->name, &error))
		ret = report(&error);
	else
		sample_write(file, sample);
	sample_free(sample);
	if (!ret && ferror(file))
		ret = cannot("write", path);
	return ret;
}

static int watch(struct watch_options *o, FILE *file, uint64_t *count)
{
	bool progress = isatty(STDERR_FILENO) && o->path;
	int ret;

	sample_start(file);
	pace_start(&o->pace);
	do {
		ret = record(o, file);
		if (ret)
			break;
		++*count;
		if (progress)
			fprintf(stderr, "\rkpager: watch: %" PRIu64 " samples ",
				*count);
	} while ((!o->pace.count || *count < o->pace.count) &&
		 pace_wait(&o->pace));
	if (progress)
		fputc('\n', stderr);
	return ret;
}

static int watch_to(struct watch_options *o)
{
	FILE *file = o->path ? fopen(o->path, "we") : stdout;
	struct json_object *object;
	uint64_t count = 0;
	int ret;

	if (!file)
		return cannot("open", o->path);
	if (!o->path && isatty(STDOUT_FILENO))
		return usage_error("a recording is not for a terminal: give -o FILE, or redirect standard output");
	ret = watch(o, file, &count);
	if (o->path && fclose(file) && !ret)
		ret = cannot("write", o->path);
	if (ret || !o->json)
		return ret;
	object = json_object_new_object();
	json_add(object, "file", json_text(o->path));
	json_add(object, "samples", json_number(count));
	json_print("watch", object);
	return EXIT_DONE;
}

int command_watch(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		COMMON_OPTIONS
	};
	struct watch_options o = { 0 };
	int option, ret = 0;

	while (!ret && (option = next_option(argc, argv, "i:c:o:",
					     options)) != -1) {
		if (option == 'i')
			ret = pace_interval(&o.pace, optarg);
		else if (option == 'c')
			ret = pace_count(&o.pace, optarg);
		else if (option == 'o')
			o.path = optarg;
		else if (option == OPTION_JSON)
			o.json = true;
		else
			ret = EXIT_USAGE;
	}
	if (ret || take_operand(argc, argv, false, &o.name))
		return EXIT_USAGE;
	if (o.json && !o.path)
		return usage_error("--json needs -o FILE: standard output has the recording");
	return watch_to(&o);
}
