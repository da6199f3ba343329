// SPDX-License-Identifier: GPL-2.0
/*
 * reload.c - "fill" and "check" a segment on either side of a reload of the
 * module; "press" writes to all pages, of which a part fits, what is in them
 * already.  Until it is terminated "hold" keeps the segment open, "listen" the
 * control node, and then asks it; "pin" closes it but holds pages of it in a
 * pipe, and then checks them; "gone" has what keeps neither a segment nor the
 * module, and then sees that both are gone.  run-all does the rest.
 */
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "common.h"

#define SIZE	(32ul << 20)
#define TOTAL	(SIZE / sizeof(uint64_t))

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* Ready, until the signal comes that was blocked before. */
static void hold(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	puts("holding");
	fflush(stdout);
	sigwait(&set, &sig);
}

/* An open control node stays, and answers, whoever tries to unload. */
static int control_listen(void)
{
	struct kpager_pressure arg = { .struct_size = sizeof(arg) };
	struct pollfd poll_fd = { .fd = open(CONTROL, O_RDWR), .events = POLLPRI };

	if (poll_fd.fd < 0 || poll(&poll_fd, 1, 0) < 0)
		return fail(CONTROL);
	hold();
	if (poll(&poll_fd, 1, 0) < 0 ||
	    poll_fd.revents & (POLLERR | POLLHUP | POLLNVAL))
		return fail("poll");
	return ioctl(poll_fd.fd, KPAGER_PRESSURE, &arg) ? fail("ioctl") : 0;
}

/* What does not keep a node: a path to it, and another one of its number. */
struct gone {
	const char *path;
	const char *made;
	int path_fd;
};

static int node_look(struct gone *node)
{
	struct stat st;

	unlink(node->made);
	node->path_fd = open(node->path, O_PATH);
	if (node->path_fd < 0 || stat(node->path, &st) ||
	    mknod(node->made, S_IFCHR | 0600, st.st_rdev))
		return fail(node->path);
	/* It has been open, so that the kernel has seen whose it is. */
	close(open(node->made, O_RDWR));
	return 0;
}

static int error_is(const char *what, long got, int expected)
{
	if (got == -1 && errno == expected)
		return 0;
	fprintf(stderr, "%s: %ld, error %d and not %d\n", what, got, errno,
		expected);
	return 1;
}

static int node_gone(struct gone *node)
{
	struct kpager_pressure arg = { .struct_size = sizeof(arg) };
	char again[64];
	int bad;

	snprintf(again, sizeof(again), "/proc/self/fd/%d", node->path_fd);
	bad = error_is(again, open(again, O_RDWR), ENXIO);
	bad += error_is(node->made, open(node->made, O_RDWR), ENXIO);
	bad += error_is(node->path, open(node->path, O_RDWR), ENOENT);
	bad += error_is("ioctl", ioctl(node->path_fd, KPAGER_PRESSURE, &arg),
			EBADF);
	unlink(node->made);
	return bad;
}

static int attr_gone(const char *path, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLPRI };
	int bad;
	char c;

	bad = error_is(path, pread(fd, &c, 1, 0), ENODEV);
	bad += error_is(path, pwrite(fd, "0", 1, 0), ENODEV);
	if (poll(&poll_fd, 1, 0) != 1 || !(poll_fd.revents & POLLERR)) {
		fprintf(stderr, "%s: poll says nothing\n", path);
		bad++;
	}
	return bad;
}

/* Of a node that is gone, and of attributes of it, an error is what is left. */
static int gone(uint64_t *map, int fd)
{
	struct gone nodes[] = {
		{ CONTROL, "/tmp/control", -1 },
		{ "/dev/kpager/reload", "/tmp/reload", -1 },
	};
	const char *attrs[] = {
		"/sys/class/kpager/control/minfree",
		"/sys/class/kpager/reload/adj",
	};
	int fds[2], bad = 0, i;

	munmap(map, SIZE);
	close(fd);
	for (i = 0; i < 2; i++) {
		fds[i] = open(attrs[i], O_RDWR);
		if (fds[i] < 0)
			return fail(attrs[i]);
		if (node_look(&nodes[i]))
			return 1;
	}
	hold();
	for (i = 0; i < 2; i++) {
		bad += attr_gone(attrs[i], fds[i]);
		bad += node_gone(&nodes[i]);
	}
	return bad != 0;
}

#define PINNED	8u

static int pin(uint64_t *map, int fd)
{
	static uint64_t held[PINNED * WORDS];
	struct iovec iov = { map, PINNED * PAGE };
	int pipe_fd[2];
	uint64_t bad;

	pattern_fill(map, 0, PINNED * WORDS, 10);
	if (pipe(pipe_fd) || vmsplice(pipe_fd[1], &iov, 1, 0) != sizeof(held))
		return fail("vmsplice");
	munmap(map, SIZE);
	close(fd);
	hold();
	if (read(pipe_fd[0], held, sizeof(held)) != sizeof(held))
		return fail("read");
	bad = pattern_errors(held, 0, PINNED * WORDS, 10);
	if (bad)
		fprintf(stderr, "%llu words of held pages changed\n",
			(unsigned long long)bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	uint64_t *map, at, bad = 0;
	sigset_t set;
	int err, fd;

	if (argc != 2) {
		fprintf(stderr,
			"usage: reload fill|check|press|hold|listen|pin|gone\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!strcmp(argv[1], "listen"))
		return control_listen();
	err = segment_create("reload", SIZE, STORE_FILE);
	if (err) {
		errno = err;
		return fail("create");
	}
	fd = segment_open("reload");
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || map == MAP_FAILED)
		return fail("map");
	if (!strcmp(argv[1], "pin"))
		return pin(map, fd);
	if (!strcmp(argv[1], "gone"))
		return gone(map, fd);
	if (!strcmp(argv[1], "fill")) {
		/* No fsync: the last close has to write it. */
		pattern_fill(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "check")) {
		bad = pattern_errors(map, 0, TOTAL, 9);
	} else if (!strcmp(argv[1], "press")) {
		for (at = 0; at < TOTAL; at += WORDS) {
			bad += map[at] != pattern(at, 9);
			map[at] = pattern(at, 9);
		}
	} else {
		hold();
	}
	munmap(map, SIZE);
	close(fd);
	if (bad)
		fprintf(stderr, "%llu words are wrong\n",
			(unsigned long long)bad);
	return bad != 0;
}
