// SPDX-License-Identifier: GPL-2.0
/* kpager record: the references to a segment's pages, for kpager replay. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../module/uapi/kpager.h"
#include "../replay/event.h"
#include "internal.h"
#include "kpager.h"
#include "output.h"
#include "pace.h"
#include "tracing.h"

#define SECOND		UINT64_C(1000000000)
/* How often the buffers are emptied, in ns. */
#define ROUND		(SECOND / 50)
#define BUFFER_DEFAULT	(UINT64_C(4) << 20)
#define BUFFER_MIN	(UINT64_C(8) << 10)
#define BUFFER_MAX	(UINT64_C(1) << 30)
/* Pages of text read of a CPU in a round; the others have their turn then. */
#define READS_MAX	1024

extern char **environ;

/**
 * struct held - an event that waits for its turn
 * @event: the event
 * @cpu: where it happened
 */
struct held {
	struct event event;
	unsigned int cpu;
};

/**
 * struct record - a recording that is made
 * @name: the segment
 * @path: where to; NULL for standard output
 * @program: the program and its arguments, or NULL
 * @seconds: ns after which it ends; 0: not by itself
 * @buffer: bytes of each CPU's ring buffer
 * @json: say in JSON what was recorded
 * @segment: number of the segment
 * @pages: its pages
 * @tracing: where the events come from
 * @stream: where they go to
 * @held: events that were read and not written yet
 * @n_held: how many
 * @room: how many there is room for
 * @last: stamp of the last event of the CPU that is being read
 * @newest: the highest stamp that was read
 * @strange: events that could not be understood
 * @child: the program, or 0
 */
struct record {
	const char *name;
	const char *path;
	char **program;
	uint64_t seconds;
	uint64_t buffer;
	bool json;
	unsigned int segment;
	uint64_t pages;
	struct tracing tracing;
	struct event_stream stream;
	struct held *held;
	size_t n_held;
	size_t room;
	uint64_t last;
	uint64_t newest;
	uint64_t strange;
	pid_t child;
};

static int cannot(const char *what, const char *path, int err)
{
	fprintf(stderr, "kpager: record: %s on %s: %s\n", what, path,
		strerror(err));
	return err == EACCES || err == EPERM ? EXIT_DENIED : EXIT_FAILED;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* ---- from the buffers to the recording ---- */

static void take_line(void *data, struct tracing_cpu *cpu, const char *line)
{
	struct record *r = data;
	struct event event;
	int known = event_parse(&event, line);

	if (known < 0)
		r->strange++;
	/* Another segment may have the number when this one is gone. */
	if (known <= 0 || event.segment != r->segment ||
	    strcmp(event.name, r->name))
		return;
	if (r->n_held == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		r->held = reallocarray(r->held, r->room, sizeof(*r->held));
		if (!r->held)
			out_of_memory();
	}
	r->held[r->n_held].event = event;
	r->held[r->n_held++].cpu = (unsigned int)(cpu - r->tracing.cpus);
	r->last = event.stamp;
	if (event.stamp > r->newest)
		r->newest = event.stamp;
}

static int by_stamp(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return (x->event.stamp > y->event.stamp) -
	       (x->event.stamp < y->event.stamp);
}

/* Write what no event can come before any more. */
static void write_held(struct record *r, uint64_t bound)
{
	size_t i;

	qsort(r->held, r->n_held, sizeof(*r->held), by_stamp);
	for (i = 0; i < r->n_held && r->held[i].event.stamp <= bound; i++)
		event_stream_put(&r->stream, &r->held[i].event,
				 r->held[i].cpu);
	r->n_held -= i;
	memmove(r->held, r->held + i, r->n_held * sizeof(*r->held));
}

/*
 * Read what a CPU has.  @bound is lowered to the last event of one that has
 * more.  What was lost was there before what is still there.
 */
static int read_cpu(struct record *r, struct tracing_cpu *cpu, bool all,
		    uint64_t *bound)
{
	unsigned int reads = 0;
	uint64_t lost;
	int more, ret = tracing_lost(&r->tracing, cpu, &lost);

	if (ret)
		return ret;
	event_stream_lost(&r->stream, lost);
	r->last = 0;
	do {
		more = tracing_read(&r->tracing, cpu, take_line, r);
	} while (more > 0 && (all || ++reads < READS_MAX));
	if (more < 0)
		return -more;
	if (more && r->last < *bound)
		*bound = r->last;
	return 0;
}

/*
 * Empty the buffers.  An event that is being written while its CPU is read is
 * found in the next round: what came after it must wait for that.
 */
static int read_cpus(struct record *r, bool all)
{
	uint64_t bound = all ? UINT64_MAX : r->newest;
	FILE *file = r->stream.recording.file;
	size_t i;
	int ret = 0;

	for (i = 0; i < r->tracing.n_cpus && !ret; i++)
		ret = read_cpu(r, &r->tracing.cpus[i], all, &bound);
	write_held(r, bound);
	/* An earlier failure leaves no errno behind. */
	errno = EIO;
	if (!ret && (fflush(file) || ferror(file)))
		ret = cannot("write", r->path ? r->path : "standard output",
			     errno);
	return ret;
}

/* ---- the program ---- */

static int start_program(struct record *r)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int err;

	if (!r->program)
		return 0;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	err = posix_spawnp(&r->child, r->program[0], NULL, &attributes,
			   r->program, environ);
	posix_spawnattr_destroy(&attributes);
	if (!err)
		return 0;
	r->child = 0;
	return cannot("run", r->program[0], err);
}

/* Return: 0, or EXIT_FAILED after a message if it failed. */
static int judge_program(const struct record *r, int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		fprintf(stderr, "kpager: record: %s: exited with %d\n",
			r->program[0], WEXITSTATUS(status));
	else
		fprintf(stderr, "kpager: record: %s: ended by signal %d\n",
			r->program[0], WTERMSIG(status));
	return EXIT_FAILED;
}

/* Time is up, or we were told to end: so is the program. */
static void stop_program(struct record *r)
{
	if (!r->child)
		return;
	kill(r->child, SIGTERM);
	/* A second signal ends the wait. */
	waitpid(r->child, NULL, 0);
	r->child = 0;
}

/* ---- the recording ---- */

static void show_progress(const struct record *r)
{
	fprintf(stderr, "\rkpager: record: %" PRIu64 " records, %" PRIu64
		" lost ", r->stream.recording.records,
		r->stream.recording.lost);
}

static int record_until_end(struct record *r, struct pace *pace)
{
	bool progress = isatty(STDERR_FILENO), go = true;
	uint64_t begin, shown = 0;
	int ret, status, failed = 0;

	ret = tracing_switch(&r->tracing, true);
	if (!ret)
		ret = start_program(r);
	begin = now();
	while (!ret && go) {
		uint64_t time;

		go = pace_wait(pace);
		if (r->child && waitpid(r->child, &status, WNOHANG) > 0) {
			r->child = 0;
			failed = judge_program(r, status);
			go = false;
		}
		time = now();
		if (r->seconds && time - begin >= r->seconds)
			go = false;
		if (go)
			ret = read_cpus(r, false);
		if (progress && time - shown >= SECOND / 2) {
			show_progress(r);
			shown = time;
		}
	}
	if (tracing_switch(&r->tracing, false) && !ret)
		ret = EXIT_FAILED;
	/* What is being written is there by the second time. */
	if (!ret)
		ret = read_cpus(r, false);
	if (!ret)
		ret = read_cpus(r, true);
	if (progress) {
		show_progress(r);
		fputc('\n', stderr);
	}
	return ret ? ret : failed;
}

static void say_lost(const struct record *r)
{
	size_t i;

	for (i = 0; i < r->tracing.n_cpus; i++)
		if (r->tracing.cpus[i].lost)
			fprintf(stderr,
				"kpager: record: CPU %u: %" PRIu64 " events lost; a larger --buffer loses fewer\n",
				r->tracing.cpus[i].number,
				r->tracing.cpus[i].lost);
	if (r->strange)
		fprintf(stderr,
			"kpager: record: %" PRIu64 " events were not understood; do the module and the command match?\n",
			r->strange);
}

static struct json_object *summary(const struct record *r)
{
	static const char *const kinds[] = {
		"read_faults", "write_faults", "first_writes", "referenced",
		"prefetched",
	};
	struct json_object *object = json_object_new_object();
	struct json_object *cpus = json_object_new_array();
	size_t i;

	json_add(object, "file", json_text(r->path));
	json_add(object, "records",
		 json_number(r->stream.recording.records));
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		json_add(object, kinds[i], json_number(r->stream.counts[i]));
	json_add(object, "lost", json_number(r->stream.recording.lost));
	json_add(object, "strange", json_number(r->strange));
	for (i = 0; i < r->tracing.n_cpus; i++) {
		struct json_object *cpu = json_object_new_object();

		json_add(cpu, "cpu", json_number(r->tracing.cpus[i].number));
		json_add(cpu, "lost", json_number(r->tracing.cpus[i].lost));
		json_append(cpus, cpu);
	}
	json_add(object, "cpus", cpus);
	return object;
}

/* The segment's number is the minor of its node. */
static int find_segment(struct record *r)
{
	const struct kpager_segment *segment;
	struct kpager_segments *segments;
	struct kpager_error error;
	const char *directory = secure_getenv("KPAGER_DEV");
	char path[PATH_MAX];
	struct stat status;

	if (kpager_segments_read(&segments, &error))
		return report(&error);
	segment = kpager_segments_find(segments, r->name, &error);
	r->pages = segment ? segment->size / KPAGER_PAGE_SIZE : 0;
	kpager_segments_free(segments);
	if (!segment)
		return report(&error);
	snprintf(path, sizeof(path), "%s/%s",
		 directory ? directory : "/dev/kpager", r->name);
	if (stat(path, &status))
		return cannot("open", path, errno);
	r->segment = minor(status.st_rdev);
	return 0;
}

static int record_to(struct record *r, FILE *file)
{
	struct pace pace = { .interval = ROUND };
	struct json_object *object = NULL;
	int ret, ended;

	/* From here on a signal ends the recording, not the command. */
	pace_start(&pace);
	ret = tracing_begin(&r->tracing, r->segment, r->buffer);
	if (ret)
		return ret;
	if (event_stream_begin(&r->stream, file, r->pages,
			       (unsigned int)r->tracing.n_cpus))
		out_of_memory();
	ret = record_until_end(r, &pace);
	event_stream_end(&r->stream);
	say_lost(r);
	if (r->json)
		object = summary(r);
	ended = tracing_end(&r->tracing);
	free(r->held);
	stop_program(r);
	if (!ret)
		ret = ended;
	if (object && !ret)
		json_print("record", object);
	else
		json_object_put(object);
	return ret;
}

static int record(struct record *r)
{
	FILE *file = stdout;
	int ret = find_segment(r);

	if (ret)
		return ret;
	if (r->path)
		file = fopen(r->path, "we");
	if (!file)
		return cannot("open", r->path, errno);
	ret = record_to(r, file);
	if (r->path && fclose(file) && !ret)
		ret = cannot("write", r->path, errno);
	return ret;
}

static int take_buffer(struct record *r, const char *text)
{
	if (kpager_parse_size(text, &r->buffer) || r->buffer < BUFFER_MIN ||
	    r->buffer > BUFFER_MAX)
		return usage_error("--buffer '%s' is not a size from 8K to 1G",
				   text);
	return 0;
}

static int take_seconds(struct record *r, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds <= 1e6))
		return usage_error("--seconds '%s' is not a number above 0, and 1000000 at most",
				   text);
	r->seconds = (uint64_t)(seconds * (double)SECOND);
	return 0;
}

static int check_operands(struct record *r, int argc, char **argv)
{
	if (optind == argc)
		return usage_error("NAME is missing");
	r->name = argv[optind];
	if (optind + 1 < argc) {
		if (strcmp(argv[optind - 1], "--"))
			return usage_error("unexpected argument '%s'; a program comes after --",
					   argv[optind + 1]);
		r->program = argv + optind + 1;
	}
	if (r->json && !r->path)
		return usage_error("--json needs -o FILE: standard output has the recording");
	if (r->program && !r->path)
		return usage_error("a program needs -o FILE: standard output is its own");
	if (!r->path && isatty(STDOUT_FILENO))
		return usage_error("a recording is not for a terminal: give -o FILE, or redirect standard output");
	return 0;
}

int command_record(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 's' },
		{ "buffer", required_argument, NULL, 'b' },
		COMMON_OPTIONS
	};
	struct record r = { .buffer = BUFFER_DEFAULT };
	int option, ret = 0;

	while (!ret && (option = next_option(argc, argv, "o:s:b:",
					     options)) != -1) {
		if (option == 'o')
			r.path = optarg;
		else if (option == 's')
			ret = take_seconds(&r, optarg);
		else if (option == 'b')
			ret = take_buffer(&r, optarg);
		else if (option == OPTION_JSON)
			r.json = true;
		else
			ret = EXIT_USAGE;
	}
	if (ret || check_operands(&r, argc, argv))
		return EXIT_USAGE;
	return record(&r);
}
