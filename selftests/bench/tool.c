// SPDX-License-Identifier: GPL-2.0
/*
 * tool.c - what the kpager command costs when there are many segments
 *
 * usage: tool KPAGER top|list SEGMENTS
 *
 * Prints lines "WHO CASE FIGURE UNIT", tab-separated: what "kpager top" takes for
 * a refresh on a terminal, and "kpager list", in a VM that runs with -icount,
 * where a nanosecond of CPU time is an instruction.  What the kernel does for
 * the command is its time, too.
 *
 * top: the segments are made, in memory, with a few pages each.  list: they are
 * lines of a file, because no module has as many.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kpager.h"

/* Pages that each segment has in memory, and how large it is. */
#define PAGES		2u
#define SIZE		(1u << 20)

/* Refreshes that are measured. */
#define REFRESHES	5
/* A screen that has not changed for so long, in ms, is complete. */
#define QUIET		300

static void make_segment(int control, unsigned int i)
{
	struct kpager_create arg = {
		.struct_size = sizeof(arg), .flags = KPAGER_CREATE_MEMORY,
		.size = SIZE, .backing_fd = -1,
	};
	char path[128], page[KPAGER_PAGE_SIZE];
	unsigned int p;
	int fd;

	snprintf(arg.name, sizeof(arg.name), "segment-%05u", i);
	if (ioctl(control, KPAGER_CREATE, &arg))
		err(1, "create %s", arg.name);
	snprintf(path, sizeof(path), "/dev/kpager/%s", arg.name);
	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	memset(page, i, sizeof(page));
	for (p = 0; p < PAGES; p++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			err(1, "write %s", path);
	close(fd);
}

static void make_segments(unsigned int n)
{
	int control = open("/dev/kpager/control", O_RDWR);
	unsigned int i;

	if (control < 0)
		err(1, "/dev/kpager/control");
	for (i = 0; i < n; i++)
		make_segment(control, i);
	close(control);
}

/* What the module would say of so many. */
static void write_segments(unsigned int n)
{
	unsigned int i;
	FILE *file;

	if (mkdir("/tmp/proc", 0755) || setenv("KPAGER_PROC", "/tmp/proc", 1))
		err(1, "/tmp/proc");
	file = fopen("/tmp/proc/segments", "w");
	if (!file)
		err(1, "/tmp/proc/segments");
	fputs("version 1\nname size resident dirty policy mode opens faults_minor faults_major evictions pages_read pages_written io_errors backing\n",
	      file);
	for (i = 0; i < n; i++)
		fprintf(file, "segment-%05u %u %u %u clock 0600 1 %u %u %u %u %u 0 /var/lib/stores/segment-%05u.store\n",
			i, SIZE, i % 256, i % 7, i * 3, i, i, i, i, i);
	if (fclose(file))
		err(1, "/tmp/proc/segments");
}

static void print(const char *name, unsigned int segments, double figure,
		  const char *unit)
{
	printf("kpager\t%s:%u\t%.2f\t%s\n", name, segments, figure, unit);
	fflush(stdout);
}

static uint64_t cpu_time(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time))
		err(1, "CPU time of top");
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* Read what comes, until nothing does.  Return: how many bytes. */
static size_t drain(int terminal, char *screen, size_t size)
{
	struct pollfd wait = { .fd = terminal, .events = POLLIN };
	size_t length = 0;
	char text[4096];
	ssize_t got;

	while (poll(&wait, 1, QUIET) > 0) {
		got = read(terminal, text, sizeof(text));
		if (got <= 0)
			errx(1, "top has ended");
		if (length + got < size)
			memcpy(screen + length, text, got);
		length += got;
	}
	screen[length < size ? length : size - 1] = '\0';
	return length;
}

/* The key 'n' makes one refresh; otherwise top would wait for an hour. */
static void measure_top(const char *kpager, unsigned int segments,
			unsigned int rows, unsigned int columns)
{
	struct winsize window = { .ws_row = rows, .ws_col = columns };
	static char screen[1 << 20];
	uint64_t sum = 0, before;
	char name[64];
	clockid_t clock;
	int terminal, i;
	pid_t child;

	child = forkpty(&terminal, NULL, NULL, &window);
	if (child < 0)
		err(1, "terminal");
	if (!child) {
		setenv("TERM", "xterm", 1);
		execl(kpager, "kpager", "top", "--interval", "3600", NULL);
		_exit(127);
	}
	drain(terminal, screen, sizeof(screen));
	/* The first segment is on it: this is the screen that it is to be. */
	if (!strstr(screen, "segment-00000"))
		errx(1, "top shows no segment: %s", screen);
	if (clock_getcpuclockid(child, &clock))
		errx(1, "no clock of top");
	for (i = 0; i < REFRESHES; i++) {
		before = cpu_time(clock);
		if (write(terminal, "n", 1) != 1)
			err(1, "key");
		drain(terminal, screen, sizeof(screen));
		before = cpu_time(clock) - before;
		if (!before)
			errx(1, "top did nothing");
		sum += before;
	}
	if (write(terminal, "q", 1) != 1 || waitpid(child, &i, 0) != child || i)
		errx(1, "top does not end: %#x", i);
	close(terminal);
	snprintf(name, sizeof(name), "top-refresh-%ux%u", columns, rows);
	print(name, segments, sum / 1e6 / REFRESHES, "million-instructions");
}

static void measure_list(const char *kpager, unsigned int segments,
			 const char *option)
{
	struct rusage usage;
	char name[64];
	int status;
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			_exit(126);
		execl(kpager, "kpager", "list", option, NULL);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) != child || status)
		errx(1, "list: %#x", status);
	snprintf(name, sizeof(name), "list%s", option ? option + 1 : "");
	print(name, segments,
	      (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	      (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3,
	      "million-instructions");
}

int main(int argc, char **argv)
{
	unsigned int segments;

	if (argc != 4)
		errx(2, "usage: tool KPAGER top|list SEGMENTS");
	segments = strtoul(argv[3], NULL, 10);
	if (!strcmp(argv[2], "top")) {
		make_segments(segments);
		measure_top(argv[1], segments, 24, 80);
		measure_top(argv[1], segments, 43, 132);
	} else {
		write_segments(segments);
	}
	measure_list(argv[1], segments, NULL);
	measure_list(argv[1], segments, "--json");
	return 0;
}
