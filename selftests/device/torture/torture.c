// SPDX-License-Identifier: GPL-2.0
/*
 * torture.c - fill, torture, verify; see torture.h
 */
#include <sys/random.h>
#include <sys/wait.h>

#include "torture.h"

static void tap(bool ok, const char *what)
{
	say("%sok %u %s: %s\n", ok ? "" : "not ", ++sh->tap,
	    sh->scenario->name, what);
	sh->tap_failures += !ok;
}

static void print_counts(void)
{
	char line[490];
	unsigned int i, at = 0;

	for (i = 0; i < NR_OPS; i++)
		at += snprintf(line + at, sizeof(line) - at, " %s %lu",
			       op_names[i], sh->ops[i]);
	say("# operations:%s\n", line);
	say("# slots checked %lu, of these unsure %lu; stores checked %lu, children killed %lu, transfers in pieces %lu, violations %u\n",
	    sh->checked, sh->unsure, sh->store_checks, sh->killed,
	    sh->incomplete, sh->violations);
	if (sh->scenario->trouble)
		say("# store in trouble: calls tried again %lu, told by fsync and msync %lu, SIGBUS waited out %lu\n",
		    sh->excused, sh->told, sh->signals);
	say("# evictions %lld, of these dirty %lld; pages read %lld, written %lld; frames_peak %lld of %lld\n",
	    stat_value("evictions"), stat_value("evictions_dirty"),
	    stat_value("pages_read"), stat_value("pages_written"),
	    stat_value("frames_peak"), stat_value("limit_frames"));
}

/*
 * Verification at the end: nobody writes, so every slot is what was announced
 * last.  From a descriptor, or the mapping if that is -1.
 */
static void verify(struct worker *w, int fd, const char *via, const char *what)
{
	unsigned int before = sh->violations;
	uint64_t slot;

	sh->actors[RUNNER].op = OP_final;
	for (slot = 0; slot < SLOTS; slot += SPAN) {
		char *from = fd < 0 ? at(w->map, slot) : w->buf;
		ssize_t rc;

		floor_sample(w, slot, SPAN);
		rc = fd < 0 ? 0 : pread(fd, w->buf, SPAN * SECTOR,
					slot * SECTOR);
		if (fd >= 0 && rc != (ssize_t)(SPAN * SECTOR))
			failed(w, via, slot, rc);
		else
			buffer_check(w, via, slot, SPAN, from);
		progress();
	}
	tap(sh->violations == before, what);
}

static void fill(struct worker *w)
{
	uint64_t slot;

	sh->actors[RUNNER].op = OP_init;
	for (slot = 0; slot < SLOTS; slot += SPAN) {
		write_map(w, slot, SPAN, at(w->map, slot));
		progress();
	}
}

static void worker_close(struct worker *w)
{
	munmap(w->map, SIZE);
	close(w->fd);
	close(w->store);
	close(w->scratch);
	close(w->pipe[0]);
	close(w->pipe[1]);
}

/* Requests fail if, and only if, that is what this is about. */
static bool limits_kept(long long errors)
{
	if (!sh->scenario->trouble && segment_value(NAME, COLUMN_IO_ERRORS))
		return false;
	if (sh->scenario->trouble && !sh->excused && !sh->signals)
		return false;
	return (stat_value("io_errors") != errors) == sh->scenario->trouble &&
		stat_value("frames_peak") <= stat_value("limit_frames");
}

/*
 * Everything that could not be written is written now.  What failed before is
 * told once more.
 */
static bool sync_all(struct worker *w)
{
	unsigned int tries;

	if (sh->scenario->cure && !sh->scenario->cure())
		die("cure");
	for (tries = 0; tries < 3; tries++)
		if (!fsync(w->fd))
			return true;
		else if (!sh->scenario->trouble)
			break;
	failed(w, "fsync", 0, -1);
	return false;
}

/*
 * A store without room says so, before anything else is tried: the first time
 * perhaps as a write that fell short, then by name.
 */
static void begin_trouble(struct worker *w)
{
	if (sh->scenario->begin) {
		if (!sh->scenario->begin())
			die("begin");
	} else if (sh->scenario->trouble) {
		if (!fsync(w->fd))
			failed(w, "fsync without room", 0, 0);
		if (!fsync(w->fd) || errno != ENOSPC)
			failed(w, "fsync without room again", 0, -1);
	}
	progress();
}

/* A writer that died half-way leaves a slot that nothing can be said about. */
static bool nothing_half_done(void)
{
	uint64_t slot, half = 0;

	for (slot = 0; slot < SLOTS; slot++)
		half += announced(slot) != completed(slot);
	if (half)
		say("# %lu slots were left half written\n", half);
	return !half;
}

#define LINES	6
/* Seconds of a scenario, so that what it is about happens in it. */
#define LEAST	5

static void run(unsigned int seconds, uint64_t seed)
{
	long long errors;
	struct worker *w;
	bool ok;

	sh->store = sh->scenario->prepare();
	if (!sh->store)
		die("the store cannot be prepared");
	errno = segment_create(NAME, SIZE, sh->store);
	if (errno)
		die("create");
	errors = stat_value("io_errors");
	w = worker_new(RUNNER, seed);
	fill(w);
	begin_trouble(w);
	ok = torture(seconds, seed);
	print_counts();
	tap(nothing_half_done() && ok, "everything at once");
	sync_all(w);
	worker_close(w);
	w = worker_new(RUNNER, seed);
	verify(w, -1, "fresh mapping", "fresh mapping at the end");
	verify(w, w->fd, "pread", "read at the end");
	sync_all(w);
	verify(w, w->store, "store", "store after fsync");
	tap(limits_kept(errors), sh->scenario->trouble ?
	    "requests failed, and the limit was kept" :
	    "no I/O errors, and the limit was kept");
	worker_close(w);
	errno = segment_destroy(NAME, 0);
	if (errno)
		die("destroy");
	errno = segment_create(NAME, SIZE, sh->store);
	if (errno)
		die("create again");
	w = worker_new(RUNNER, seed);
	verify(w, -1, "mapping of a new segment", "destroyed and created again");
	worker_close(w);
	errno = segment_destroy(NAME, 0);
	if (errno)
		die("destroy");
	if (sh->scenario->end)
		sh->scenario->end();
}

/* Watching. */

static void print_stack(pid_t tid)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stack", tid);
	f = tid ? fopen(path, "r") : NULL;
	while (f && fgets(line, sizeof(line), f))
		say("#   %d: %s", tid, line);
	if (f)
		fclose(f);
}

static void print_stalled(unsigned int i)
{
	struct actor *a = &sh->actors[i];

	say("# worker %u made no progress for %u s, in %s\n", i, STALL_SECONDS,
	    op_names[a->op]);
	print_stack(a->tid);
	print_stack(a->child);
}

/* False if one of them stands still. */
static bool watch(pid_t runner, int *status)
{
	uint64_t seen[ACTORS] = { 0 }, since[ACTORS];
	unsigned int i;

	for (i = 0; i < ACTORS; i++)
		since[i] = now();
	while (!waitpid(runner, status, WNOHANG)) {
		for (i = 0; i < ACTORS; i++) {
			struct actor *a = &sh->actors[i];

			if (a->progress != seen[i] || !a->active)
				since[i] = now();
			seen[i] = a->progress;
			if (now() - since[i] < STALL_SECONDS * 1000000000ull)
				continue;
			print_stalled(i);
			return false;
		}
		usleep(100000);
	}
	return true;
}

static void reset(const struct scenario *scenario)
{
	memset(sh->actors, 0, sizeof(sh->actors));
	memset(sh->announced, 0, sizeof(sh->announced));
	memset(sh->completed, 0, sizeof(sh->completed));
	memset(sh->ops, 0, sizeof(sh->ops));
	sh->checked = sh->unsure = sh->store_checks = sh->killed = 0;
	sh->incomplete = sh->excused = sh->told = sh->signals = 0;
	sh->violations = sh->ready = 0;
	sh->resizing = sh->go = false;
	sh->scenario = scenario;
	sh->store = "none yet";
	if (getrandom(&sh->run, sizeof(sh->run), 0) != sizeof(sh->run))
		die("getrandom");
}

static void run_scenario(const struct scenario *scenario, unsigned int seconds,
			 uint64_t seed)
{
	unsigned int tap_end = sh->tap + LINES;
	int status = 0;
	pid_t pid;

	reset(scenario);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		sh->actors[RUNNER].tid = getpid();
		sh->actors[RUNNER].active = true;
		run(seconds, seed);
		_exit(0);
	}
	if (pid < 0 || !watch(pid, &status)) {
		kill(-pid, SIGKILL);
		say("Bail out! %s: no progress\n", scenario->name);
		exit(1);
	}
	if (status)
		say("# the runner ended with status %#x\n", status);
	while (sh->tap < tap_end)
		tap(false, "not reached");
}

static bool chosen(const char *name, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return true;
	return !argc;
}

static int usage(void)
{
	fprintf(stderr, "usage: torture [-t SECONDS] [-s SEED] [-w NAME,...] [block|file|full|flakey...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int seconds = 60, i, nr = 0;
	uint64_t seed = 0;
	int opt;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED || getrandom(&seed, 4, 0) != 4)
		return 1;
	while ((opt = getopt(argc, argv, "t:s:w:")) >= 0) {
		if (opt == 't')
			seconds = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'w')
			sh->without = optarg;
		else
			return usage();
	}
	for (i = 0; i < nr_scenarios; i++)
		nr += chosen(scenarios[i].name, argc - optind, argv + optind);
	if (!nr)
		return usage();
	say("TAP version 13\n1..%u\n# torture -t %u -s %lu\n", nr * LINES,
	    seconds, seed);
	for (i = 0; i < nr_scenarios; i++)
		if (chosen(scenarios[i].name, argc - optind, argv + optind))
			run_scenario(&scenarios[i],
				     seconds < nr * LEAST ? LEAST :
				     seconds / nr, mix(seed + i));
	return sh->tap_failures != 0;
}
