// SPDX-License-Identifier: GPL-2.0
/* kpager bench */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"
#include "bench.h"
#include "kpager.h"
#include "output.h"
#include "progress.h"
#include "signals.h"

#define SECOND	1e9

/* How long all of it takes, in seconds. */
#define SECONDS_DEFAULT	120.0
#define SECONDS_MIN	1.0
#define SECONDS_MAX	86400.0

/* What page tables and the process itself take of the cgroup. */
#define CGROUP_EXTRA	(1u << 20)

static const struct bench_case {
	const char *name;
	struct pattern pattern;
} cases[] = {
	{ "random-read", { PATTERN_UNIFORM, 0, 88172645463325252ull } },
	{ "random-write", { PATTERN_UNIFORM, 100, 88172645463325253ull } },
	{ "zipf-read", { PATTERN_ZIPF, 0, 362436069362436069ull } },
	{ "zipf-write", { PATTERN_ZIPF, 20, 521288629521288629ull } },
	{ "sequential-read", { PATTERN_SEQUENTIAL, 0, 1 } },
	{ "sequential-write", { PATTERN_SEQUENTIAL, 100, 1 } },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

static const char *const peers[BENCH_PEERS] = {
	[BENCH_KPAGER] = "kpager",
	[BENCH_MMAP] = "mmap",
	[BENCH_MMAP_RANDOM] = "mmap+MADV_RANDOM",
};

/**
 * struct bench - a comparison
 * @store: the file, which is made for it
 * @own: room for its name if the user gave none
 * @name: of the segment
 * @seconds: how long all of it takes
 * @frames: pages that may be in memory
 * @cgroup: the memory cgroup, or ""
 * @missing: why there is none, or NULL
 * @json: print JSON
 * @headings: print the names of the columns
 * @raw: one space between columns
 * @figures: what was measured
 */
struct bench {
	const char *store;
	char own[64];
	char name[64];
	double seconds;
	uint64_t frames;
	char cgroup[PATH_MAX];
	const char *missing;
	bool json;
	bool headings;
	bool raw;
	struct bench_figure figures[CASES][BENCH_PEERS];
};

/* ---- the store and the segment ---- */

/* Not zeros: no page may be special. Return: 0, -ECANCELED or -errno. */
static int fill(int fd)
{
	static uint64_t block[1 << 17];
	uint64_t x = 88172645463325252ull;
	uint64_t left;
	size_t i;

	for (left = PATTERN_BYTES; left; left -= sizeof(block)) {
		for (i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
			/* Marsaglia's xorshift. */
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			block[i] = x;
		}
		if (write(fd, block, sizeof(block)) != sizeof(block))
			return errno ? -errno : -ENOSPC;
		if (signals_caught())
			return -ECANCELED;
		progress_show("bench: filling the store: %2d %%",
			      (int)(100 - 100 * left / PATTERN_BYTES));
	}
	return fsync(fd) ? -errno : 0;
}

static int make_store(struct bench *bench)
{
	int fd, ret;

	/* Of nobody else: what is in it is overwritten. */
	fd = open(bench->store, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		fprintf(stderr, "kpager: create on %s: %s\n", bench->store,
			strerror(errno));
		return EXIT_FAILED;
	}
	errno = 0;
	ret = fill(fd);
	close(fd);
	if (!ret)
		return EXIT_DONE;
	progress_erase();
	if (ret != -ECANCELED)
		fprintf(stderr, "kpager: write on %s: %s\n", bench->store,
			strerror(-ret));
	unlink(bench->store);
	return EXIT_FAILED;
}

/* A quarter of the data, unless the pool is so small. */
static int choose_frames(struct bench *bench)
{
	struct kpager_error error;
	struct kpager_stat *stat;
	uint64_t limit = 0;

	if (kpager_stat_read(&stat, &error))
		return report(&error);
	kpager_stat_value(stat, "limit_frames", &limit);
	kpager_stat_free(stat);
	bench->frames = PATTERN_PAGES / 4;
	if (bench->frames > limit / 4 * 3)
		bench->frames = limit / 4 * 3;
	return EXIT_DONE;
}

static int set_memory(const struct bench *bench)
{
	char value[ATTRIBUTE_SIZE];
	int ret;

	snprintf(value, sizeof(value), "%llu",
		 (unsigned long long)bench->frames);
	ret = attribute_write(bench->name, "resident_max", value);
	if (!ret)
		return EXIT_DONE;
	fprintf(stderr, "kpager: set resident_max on %s: %s\n", bench->name,
		strerror(-ret));
	return EXIT_FAILED;
}

/* ---- measuring ---- */

static int measure(struct bench *bench, size_t i, enum bench_who who,
		   unsigned int *done)
{
	const char *directory = secure_getenv("KPAGER_DEV");
	char node[PATH_MAX];
	struct bench_run run = {
		.pattern = cases[i].pattern,
		.who = who,
		.path = bench->store,
		.cgroup = bench->cgroup,
	};
	unsigned int runs = CASES * (bench->missing ? 1 : BENCH_PEERS);

	if (who == BENCH_KPAGER) {
		snprintf(node, sizeof(node), "%s/%s",
			 directory ? directory : "/dev/kpager", bench->name);
		run.path = node;
		run.cgroup = "";
	}
	run.ns = (uint64_t)(bench->seconds * SECOND * 4 / 5 / runs);
	progress_show("bench: %-16s %-17s %2u of %u, %3.0f s to go ",
		      cases[i].name, peers[who], *done + 1, runs,
		      bench->seconds * (runs - *done) / runs);
	++*done;
	return bench_measure(&run, &bench->figures[i][who]);
}

/* All cases on the segment, which exists for as long. */
static int measure_segment(struct bench *bench, unsigned int *done)
{
	const struct kpager_spec spec = {
		.name = bench->name,
		.size = PATTERN_BYTES,
		.backing = bench->store,
		.flags = KPAGER_CREATE_FILL,
	};
	struct kpager_error error;
	size_t i;
	int ret;

	if (kpager_segment_create(&spec, &error))
		return report(&error);
	ret = set_memory(bench);
	for (i = 0; !ret && i < CASES; i++)
		ret = measure(bench, i, BENCH_KPAGER, done);
	if (kpager_segment_destroy(bench->name, KPAGER_DISCARD, &error) && !ret)
		ret = report(&error);
	return ret;
}

static int measure_all(struct bench *bench)
{
	unsigned int done = 0;
	enum bench_who who;
	size_t i;
	int ret;

	ret = measure_segment(bench, &done);
	for (who = BENCH_MMAP; !ret && !bench->missing && who < BENCH_PEERS;
	     who++)
		for (i = 0; !ret && i < CASES; i++)
			ret = measure(bench, i, who, &done);
	return ret;
}

/* ---- printing ---- */

static double us(const struct bench_figure *figure)
{
	return (double)figure->ns / 1000 / (double)figure->accesses;
}

static void add_number(struct table *table, bool there, double value)
{
	char text[NUMBER_SIZE] = "-";

	if (there)
		snprintf(text, sizeof(text), "%.2f", value);
	table_cell(table, text);
}

static void print_table(const struct bench *bench)
{
	struct table *table = table_new(bench->headings, bench->raw);
	size_t i;

	table_column(table, "CASE", false);
	table_column(table, "KPAGER_US", true);
	table_column(table, "MMAP_US", true);
	table_column(table, "RANDOM_US", true);
	table_column(table, "RATIO", true);
	for (i = 0; i < CASES; i++) {
		const struct bench_figure *f = bench->figures[i];

		table_cell(table, cases[i].name);
		add_number(table, true, us(&f[BENCH_KPAGER]));
		add_number(table, f[BENCH_MMAP].there, us(&f[BENCH_MMAP]));
		add_number(table, f[BENCH_MMAP_RANDOM].there,
			   us(&f[BENCH_MMAP_RANDOM]));
		add_number(table, f[BENCH_MMAP].there,
			   us(&f[BENCH_KPAGER]) /
			   fmin(us(&f[BENCH_MMAP]),
				us(&f[BENCH_MMAP_RANDOM])));
	}
	table_print(table);
}

static struct json_object *json_figure(const char *name, const char *who,
				       const struct bench_figure *figure)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "case", json_text(name));
	json_add(object, "who", json_text(who));
	json_add(object, "accesses", json_number(figure->accesses));
	json_add(object, "ns", json_number(figure->ns));
	json_add(object, "major_faults", json_number(figure->major));
	return object;
}

static void print_json(const struct bench *bench)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	enum bench_who who;
	size_t i;

	for (i = 0; i < CASES; i++)
		for (who = 0; who < BENCH_PEERS; who++)
			if (bench->figures[i][who].there)
				json_append(array, json_figure(cases[i].name,
					peers[who], &bench->figures[i][who]));
	json_add(object, "size", json_number(PATTERN_BYTES));
	json_add(object, "memory_bytes",
		 json_number(bench->frames * SEGMENT_PAGE));
	json_add(object, "not_compared",
		 json_text(bench->missing ? bench->missing : ""));
	json_add(object, "cases", array);
	json_print("bench", object);
}

/* ---- the command ---- */

static int compare(struct bench *bench)
{
	int ret = choose_frames(bench);

	if (ret)
		return ret;
	signals_catch();
	ret = make_store(bench);
	if (!ret) {
		bench->missing = bench_cgroup_make(bench->cgroup,
			bench->frames * SEGMENT_PAGE + CGROUP_EXTRA);
		ret = measure_all(bench);
		bench_cgroup_remove(bench->cgroup);
		unlink(bench->store);
	}
	progress_erase();
	if (signals_caught())
		signals_die();
	return ret;
}

static int parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	/* Not a number fails both comparisons. */
	if (end == text || *end ||
	    !(*seconds >= SECONDS_MIN && *seconds <= SECONDS_MAX))
		return usage_error("--seconds '%s' is not a number from %g to %g",
				   text, SECONDS_MIN, SECONDS_MAX);
	return 0;
}

static int take_option(int option, void *arg)
{
	struct bench *bench = arg;

	switch (option) {
	case 's':
		return parse_seconds(optarg, &bench->seconds);
	case 'b':
		bench->store = optarg;
		return 0;
	case 'n':
		bench->headings = false;
		return 0;
	case 'r':
		bench->raw = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int command_bench(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "backing", required_argument, NULL, 'b' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "raw", no_argument, NULL, 'r' },
		COMMON_OPTIONS
	};
	struct bench bench = {
		.seconds = SECONDS_DEFAULT, .headings = true,
	};
	int ret;

	snprintf(bench.own, sizeof(bench.own),
		 "/var/tmp/kpager-bench-%d.store", getpid());
	snprintf(bench.name, sizeof(bench.name), "bench-%d", getpid());
	bench.store = bench.own;
	if (take_options(argc, argv, options, take_option, &bench, &bench.json))
		return EXIT_USAGE;
	if (take_nothing(argc, argv))
		return EXIT_USAGE;

	ret = compare(&bench);
	if (ret)
		return ret;
	if (bench.missing)
		fprintf(stderr, "kpager: bench: not compared with mmap: %s\n",
			bench.missing);
	if (bench.json)
		print_json(&bench);
	else
		print_table(&bench);
	return EXIT_DONE;
}
