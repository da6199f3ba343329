// SPDX-License-Identifier: GPL-2.0
/* kpager bench: the process that measures, and its memory cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "kpager.h"
#include "signals.h"

#define SECOND	1000000000ull

/* Accesses in the list, which is walked again and again. */
#define ACCESSES	65536u
/* Between two looks at the clock: a slow disk must not make it much longer. */
#define CHUNK		256u

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* ---- the memory cgroup ---- */

/* One write: the kernel takes a value as a whole. Return: 0 or -errno. */
static int put(const char *directory, const char *name, const char *text)
{
	char path[PATH_MAX + NAME_MAX];
	int ret = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Is @word in the file, which is one line? */
static bool has_word(const char *directory, const char *name, const char *word)
{
	char path[PATH_MAX + NAME_MAX], line[512] = "";
	char *rest = line, *found;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	fclose(file);
	while ((found = strsep(&rest, " \n")))
		if (!strcmp(found, word))
			return true;
	return false;
}

static bool find_mount(char path[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	while (mounts && !found && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_type, "cgroup2"))
			found = snprintf(path, PATH_MAX, "%s",
					 entry->mnt_dir) < PATH_MAX - 64;
	if (mounts)
		endmntent(mounts);
	return found;
}

const char *bench_cgroup_make(char path[PATH_MAX], uint64_t bytes)
{
	char root[PATH_MAX], limit[32];

	*path = '\0';
	if (!find_mount(root))
		return "cgroup v2 is not mounted (mount -t cgroup2 none /sys/fs/cgroup)";
	if (!has_word(root, "cgroup.controllers", "memory"))
		return "cgroup v2 has no memory controller here";
	if (!has_word(root, "cgroup.subtree_control", "memory"))
		return "the memory controller of cgroup v2 is not enabled (echo +memory >/sys/fs/cgroup/cgroup.subtree_control)";
	snprintf(path, PATH_MAX, "%.*s/kpager-bench-%d", PATH_MAX - 64, root,
		 getpid());
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)bytes);
	if (!mkdir(path, 0755)) {
		/* There is none without swap. */
		put(path, "memory.swap.max", "0");
		if (!put(path, "memory.max", limit))
			return NULL;
		rmdir(path);
	}
	*path = '\0';
	return "a memory cgroup cannot be made (root's privileges are needed)";
}

void bench_cgroup_remove(const char *path)
{
	int tries;

	/* What ended a moment ago may still be in it. */
	for (tries = 0; *path && rmdir(path) && errno == EBUSY && tries < 50;
	     tries++)
		usleep(20000);
}

/* ---- the process that measures ---- */

/* Report and end; only in the process that measures. */
static void __attribute__((noreturn)) fail(const char *what, const char *on)
{
	fprintf(stderr, "kpager: %s on %s: %s\n", what, on, strerror(errno));
	_exit(EXIT_FAILED);
}

/* Accesses for @ns, from @at of the list on. Return: how many. */
static uint64_t run_for(const uint16_t *list, volatile uint64_t *map,
			size_t *at, uint64_t ns)
{
	uint64_t start = now(), done = 0;

	do {
		pattern_run(list + *at, CHUNK, map, ~0ull);
		*at = (*at + CHUNK) % ACCESSES;
		done += CHUNK;
	} while (now() - start < ns);
	return done;
}

static long major_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_majflt;
}

/* What is in memory is charged to whoever brought it in: forget it. */
static void forget(int fd, const char *path)
{
	if (fsync(fd))
		fail("fsync", path);
	errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (errno)
		fail("posix_fadvise", path);
}

static struct bench_figure measure(const struct bench_run *run)
{
	struct bench_figure figure = { .there = true };
	uint16_t *list = malloc(ACCESSES * sizeof(*list));
	volatile uint64_t *map;
	uint64_t start;
	size_t at = 0;
	int fd, ret;

	if (!list)
		fail("allocate", "a list of accesses");
	pattern_fill(&run->pattern, list, ACCESSES);
	fd = open(run->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("open", run->path);
	forget(fd, run->path);
	ret = *run->cgroup ? put(run->cgroup, "cgroup.procs", "0") : 0;
	if (ret) {
		errno = -ret;
		fail("enter", run->cgroup);
	}
	map = mmap(NULL, PATTERN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	if (map == MAP_FAILED)
		fail("mmap", run->path);
	if (run->who == BENCH_MMAP_RANDOM &&
	    madvise((void *)map, PATTERN_BYTES, MADV_RANDOM))
		fail("madvise", run->path);
	run_for(list, map, &at, run->ns / 4);
	if (fsync(fd))
		fail("fsync", run->path);
	figure.major = major_faults();
	start = now();
	figure.accesses = run_for(list, map, &at, run->ns);
	if (run->pattern.writes && fsync(fd))
		fail("fsync", run->path);
	figure.ns = now() - start;
	figure.major = major_faults() - figure.major;
	return figure;
}

static int wait_for(pid_t child, bool complete)
{
	int status;

	if (signals_caught())
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILED;
	if (signals_caught())
		return EXIT_FAILED;
	if (WIFEXITED(status) && !WEXITSTATUS(status) && complete)
		return EXIT_DONE;
	/* Otherwise it has said what failed. */
	if (WIFSIGNALED(status))
		fprintf(stderr, "kpager: bench: the process that measures was ended by signal %d (%s)%s\n",
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGKILL ?
			"; see the kernel's log" : "");
	return EXIT_FAILED;
}

int bench_measure(const struct bench_run *run, struct bench_figure *figure)
{
	int pipes[2];
	ssize_t got;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC)) {
		fprintf(stderr, "kpager: bench: no pipe: %s\n",
			strerror(errno));
		return EXIT_FAILED;
	}
	child = fork();
	if (child < 0) {
		fprintf(stderr, "kpager: bench: no process: %s\n",
			strerror(errno));
		close(pipes[0]);
		close(pipes[1]);
		return EXIT_FAILED;
	}
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		*figure = measure(run);
		_exit(write(pipes[1], figure, sizeof(*figure)) !=
		      sizeof(*figure));
	}
	close(pipes[1]);
	got = read(pipes[0], figure, sizeof(*figure));
	close(pipes[0]);
	return wait_for(child, got == sizeof(*figure));
}
