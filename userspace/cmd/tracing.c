// SPDX-License-Identifier: GPL-2.0
/* Tracefs. KPAGER_TRACING, for tests, is where it is. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "tracing.h"

#define INSTANCE	"kpager-"

static const char *root(void)
{
	const char *directory = secure_getenv("KPAGER_TRACING");

	return directory ? directory : "/sys/kernel/tracing";
}

static int cannot(const char *what, const char *path)
{
	int err = errno;

	fprintf(stderr, "kpager: record: %s on %s: %s%s\n", what, path,
		strerror(err), err == EACCES || err == EPERM ?
		" (tracing needs root)" : "");
	return err == EACCES || err == EPERM ? EXIT_DENIED : EXIT_FAILED;
}

static void path_of(const struct tracing *tracing, char path[PATH_MAX],
		    const char *file)
{
	snprintf(path, PATH_MAX, "%s/%s", tracing->path, file);
}

/* Return: 0 or a negative errno. */
static int put(const struct tracing *tracing, const char *file,
	       const char *text)
{
	char path[PATH_MAX];
	int fd, err = 0;

	path_of(tracing, path, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int must_put(const struct tracing *tracing, const char *file,
		    const char *text)
{
	char path[PATH_MAX];
	int err = put(tracing, file, text);

	if (!err)
		return 0;
	path_of(tracing, path, file);
	errno = -err;
	return cannot("write", path);
}

/* An instance whose recorder was killed goes on tracing for nobody. */
static void remove_orphans(const char *instances)
{
	DIR *directory = opendir(instances);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char *end;
		long pid;

		if (strncmp(entry->d_name, INSTANCE, strlen(INSTANCE)))
			continue;
		pid = strtol(entry->d_name + strlen(INSTANCE), &end, 10);
		if (*end || pid < 1 || pid > INT_MAX || !kill((pid_t)pid, 0) ||
		    errno != ESRCH)
			continue;
		/* The kernel refuses if somebody has it open after all. */
		unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
	}
	if (directory)
		closedir(directory);
}

static int make_instance(struct tracing *tracing)
{
	char instances[PATH_MAX];
	struct stat status;
	int ret;

	snprintf(instances, sizeof(instances), "%s/instances", root());
	if (stat(instances, &status)) {
		if (errno != ENOENT && errno != ENOTDIR)
			return cannot("open", instances);
		fprintf(stderr,
			"kpager: record: tracefs is not mounted on %s (mount it: mount -t tracefs tracefs %s)\n",
			root(), root());
		return EXIT_FAILED;
	}
	remove_orphans(instances);
	snprintf(tracing->path, sizeof(tracing->path), "%s/instances/" INSTANCE "%ld",
		 root(), (long)getpid());
	if (!mkdir(tracing->path, 0700))
		return 0;
	ret = cannot("create", tracing->path);
	/* Whoever has it: it is not ours to remove. */
	tracing->path[0] = '\0';
	return ret;
}

/* Only this segment's events; the newer ones need not be there. */
static int enable_event(const struct tracing *tracing, const char *event,
			unsigned int segment, bool needed)
{
	char file[128], filter[32], path[PATH_MAX];
	int ret;

	snprintf(file, sizeof(file), "events/kpager/%s/filter", event);
	path_of(tracing, path, file);
	if (access(path, F_OK)) {
		if (needed)
			return cannot("open", path);
		fprintf(stderr,
			"kpager: record: this module has no event '%s', so there are none in the recording; it is too old\n",
			event);
		return 0;
	}
	snprintf(filter, sizeof(filter), "id == %u", segment);
	ret = must_put(tracing, file, filter);
	if (ret)
		return ret;
	snprintf(file, sizeof(file), "events/kpager/%s/enable", event);
	return must_put(tracing, file, "1");
}

static int open_cpu(struct tracing *tracing, unsigned int number)
{
	struct tracing_cpu *cpu;
	char file[64], path[PATH_MAX];

	snprintf(file, sizeof(file), "per_cpu/cpu%u/trace_pipe", number);
	path_of(tracing, path, file);
	tracing->cpus = reallocarray(tracing->cpus, tracing->n_cpus + 1,
				     sizeof(*tracing->cpus));
	if (!tracing->cpus)
		out_of_memory();
	cpu = &tracing->cpus[tracing->n_cpus];
	memset(cpu, 0, sizeof(*cpu));
	cpu->number = number;
	cpu->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (cpu->fd < 0)
		return cannot("open", path);
	tracing->n_cpus++;
	return 0;
}

static int open_cpus(struct tracing *tracing)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;
	int ret = 0;

	path_of(tracing, path, "per_cpu");
	directory = opendir(path);
	if (!directory)
		return cannot("open", path);
	while (!ret && (entry = readdir(directory))) {
		unsigned int number;

		if (sscanf(entry->d_name, "cpu%u", &number) == 1)
			ret = open_cpu(tracing, number);
	}
	closedir(directory);
	return ret;
}

static int set_up(struct tracing *tracing, unsigned int segment,
		  uint64_t buffer)
{
	static const struct { const char *name; bool needed; } events[] = {
		{ "kpager_fault", true },
		{ "kpager_prefetch", true },
		{ "kpager_reference", false },
		{ "kpager_announce", false },
	};
	char text[32];
	size_t i;
	int ret = must_put(tracing, "tracing_on", "0");

	/* One that counts orders the events of all CPUs. */
	if (!ret)
		ret = must_put(tracing, "trace_clock", "counter");
	snprintf(text, sizeof(text), "%" PRIu64, buffer / 1024);
	if (!ret)
		ret = must_put(tracing, "buffer_size_kb", text);
	for (i = 0; i < sizeof(events) / sizeof(*events) && !ret; i++)
		ret = enable_event(tracing, events[i].name, segment,
				   events[i].needed);
	return ret ? ret : open_cpus(tracing);
}

int tracing_begin(struct tracing *tracing, unsigned int segment,
		  uint64_t buffer)
{
	int ret;

	memset(tracing, 0, sizeof(*tracing));
	ret = make_instance(tracing);
	if (ret)
		return ret;
	ret = set_up(tracing, segment, buffer);
	if (ret)
		tracing_end(tracing);
	return ret;
}

int tracing_switch(const struct tracing *tracing, bool on)
{
	return must_put(tracing, "tracing_on", on ? "1" : "0");
}

int tracing_lost(const struct tracing *tracing, struct tracing_cpu *cpu,
		 uint64_t *count)
{
	char file[64], path[PATH_MAX], line[128];
	uint64_t lost = 0, value;
	FILE *stats;

	snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", cpu->number);
	path_of(tracing, path, file);
	stats = fopen(path, "re");
	if (!stats)
		return cannot("open", path);
	/* Overwritten before they were read, or never written. */
	while (fgets(line, sizeof(line), stats))
		if (sscanf(line, "overrun: %" SCNu64, &value) == 1 ||
		    sscanf(line, "commit overrun: %" SCNu64, &value) == 1 ||
		    sscanf(line, "dropped events: %" SCNu64, &value) == 1)
			lost += value;
	fclose(stats);
	*count = lost > cpu->lost ? lost - cpu->lost : 0;
	cpu->lost += *count;
	return 0;
}

int tracing_read(const struct tracing *tracing, struct tracing_cpu *cpu,
		 void (*take)(void *data, struct tracing_cpu *cpu,
			      const char *line), void *data)
{
	ssize_t got = read(cpu->fd, cpu->text + cpu->length, TRACING_TEXT);
	char *line = cpu->text, *end;

	if (got < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return errno == EINTR;
		return -cannot("read", tracing->path);
	}
	cpu->length += (size_t)got;
	while ((end = memchr(line, '\n', cpu->length))) {
		*end++ = '\0';
		take(data, cpu, line);
		cpu->length -= (size_t)(end - line);
		line = end;
	}
	/* No event has a line of this length. */
	if (cpu->length > TRACING_TEXT)
		cpu->length = 0;
	memmove(cpu->text, line, cpu->length);
	return got > 0;
}

int tracing_end(struct tracing *tracing)
{
	size_t i;

	for (i = 0; i < tracing->n_cpus; i++)
		close(tracing->cpus[i].fd);
	free(tracing->cpus);
	tracing->cpus = NULL;
	tracing->n_cpus = 0;
	if (!tracing->path[0])
		return 0;
	/* The memory goes with it, and so do its events. */
	if (rmdir(tracing->path))
		return cannot("remove", tracing->path);
	tracing->path[0] = '\0';
	return 0;
}
