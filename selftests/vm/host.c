// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of the test VM: starts QEMU, passes on what the guest's
 * command prints, keeps the time limit, and leaves nothing running.
 *
 *	host [--tty] --timeout SECONDS [--boot SECONDS] --log FILE --result FILE -- QEMU ARG...
 *
 * QEMU gets three connected sockets at fixed descriptors (the caller names
 * them in -chardev ...,fd=N): two that carry the frames described in init.c,
 * of which the guest uses one, and one for the monitor.
 *
 * RESULT receives one line:
 *	exit STATUS TAINT	the command ended
 *	fail TEXT		the guest could not be set up
 *	timeout			the limit passed; the guest was told to panic
 *	late			the guest was not ready within --boot
 *	gone WAITSTATUS STARTED	QEMU ended by itself; STARTED: after 's'
 *	epipe			nobody reads our output any more
 *	signal N		we were told to end
 * The exit status is 0 if RESULT was written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FD_VIRTIO = 20, FD_SERIAL, FD_MONITOR };	/* run names these numbers */
enum { MAX_FRAME = 65536 };

static pid_t qemu;
static int started, wake[2];
static volatile sig_atomic_t got_signal;
static const char *result_path, *log_path;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void on_signal(int s)
{
	int e = errno;

	if (s != SIGCHLD)
		got_signal = s;
	(void)!write(wake[1], "", 1);
	errno = e;
}

static void result(const char *text)
{
	FILE *f = fopen(result_path, "w");

	if (!f) {
		perror(result_path);
		exit(1);
	}
	fprintf(f, "%s\n", text);
	fclose(f);
}

/* Wait for QEMU up to SECONDS; 1 if it has ended. */
static int reap(double seconds, int *status)
{
	double end = now() + seconds;

	while (qemu > 0) {
		if (waitpid(qemu, status, WNOHANG) == qemu) {
			qemu = 0;
			break;
		}
		if (now() >= end)
			return 0;
		usleep(2000);
	}
	return 1;
}

/* A polite request first: QEMU then closes the disks in order. */
static void stop_qemu(void)
{
	int st;

	if (qemu <= 0)
		return;
	kill(qemu, SIGTERM);
	if (reap(3, &st))
		return;
	kill(qemu, SIGKILL);
	reap(10, &st);
}

static void finish(const char *text) __attribute__((noreturn));
static void finish(const char *text)
{
	stop_qemu();
	result(text);
	exit(0);
}

/* ---- frames ----------------------------------------------------------- */

struct stream {
	int fd;
	size_t n;
	unsigned char b[5 + MAX_FRAME];
};

static double deadline;

/*
 * Our own output may be blocked (a pager).  Small pieces after poll() never
 * block on a pipe, so the time limit and signals work meanwhile.
 */
static void forward(int fd, const unsigned char *p, size_t n)
{
	while (n) {
		struct pollfd pf = { .fd = fd, .events = POLLOUT };
		double left = deadline - now();
		ssize_t r;

		if (got_signal || left <= 0)
			return;
		if (poll(&pf, 1, left > 1 ? 1000 : left * 1000 + 1) <= 0)
			continue;
		r = write(fd, p, n < 4096 ? n : 4096);
		if (r < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			if (errno == EPIPE)
				finish("epipe");
			fprintf(stderr, "kpager-vm: cannot write output: %s\n", strerror(errno));
			finish("epipe");
		}
		p += r;
		n -= r;
	}
}

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void handle(unsigned char type, unsigned char *p, uint32_t n)
{
	char text[2100];

	switch (type) {
	case 's':
		started = 1;
		break;
	case 'o':
		forward(1, p, n);
		break;
	case 'e':
		forward(2, p, n);
		break;
	case 'f':
		snprintf(text, sizeof(text), "fail %.*s", (int)(n < 2000 ? n : 2000), (char *)p);
		finish(text);
	case 'x':
		if (n == 8) {
			snprintf(text, sizeof(text), "exit %u %u", le32(p), le32(p + 4));
			finish(text);
		}
		/* fall through */
	default:
		finish("fail unreadable data from the guest");
	}
}

static void take(struct stream *s)
{
	ssize_t r = read(s->fd, s->b + s->n, sizeof(s->b) - s->n);
	size_t at = 0;

	if (r <= 0) {
		if (r < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->n += r;
	while (s->n - at >= 5) {
		uint32_t len = le32(s->b + at + 1);

		if (len > MAX_FRAME)
			finish("fail unreadable data from the guest");
		if (s->n - at < 5 + len)
			break;
		handle(s->b[at], s->b + at + 5, len);
		at += 5 + len;
	}
	memmove(s->b, s->b + at, s->n - at);
	s->n -= at;
}

/* ---- the time limit --------------------------------------------------- */

static off_t log_size(void)
{
	struct stat st;

	return stat(log_path, &st) ? 0 : st.st_size;
}

/*
 * An NMI makes the guest panic and print the back-traces of all tasks and
 * CPUs (unknown_nmi_panic, panic_print).  Give it as long as it is printing,
 * within reason.
 */
static void time_out(int mon)
{
	double end = now() + 60, quiet = now() + 10;
	off_t seen = log_size();
	int st;

	(void)!write(mon, "nmi\n", 4);
	while (!reap(0.2, &st) && now() < end && now() < quiet && !got_signal) {
		char b[4096];
		off_t n = log_size();

		while (recv(mon, b, sizeof(b), MSG_DONTWAIT) > 0)
			;
		if (n != seen) {
			seen = n;
			quiet = now() + 10;
		}
	}
	finish("timeout");
}

static void usage(void) __attribute__((noreturn));
static void usage(void)
{
	fprintf(stderr, "usage: host [--tty] --timeout SECONDS [--boot SECONDS] --log FILE --result FILE -- QEMU ARG...\n");
	exit(2);
}

static void start(char **argv, int tty, int theirs[3])
{
	char err[4096];
	int i;

	qemu = fork();
	if (qemu < 0) {
		perror("fork");
		exit(1);
	}
	if (qemu)
		return;
	/* Never outlive the parent, however that ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < 3; i++)
		if (dup2(theirs[i], FD_VIRTIO + i) < 0)
			_exit(126);
	signal(SIGPIPE, SIG_DFL);
	if (!tty) {
		int nul = open("/dev/null", O_RDWR);

		dup2(nul, 0);
		dup2(nul, 1);
		/* Ctrl-C is for us: we end QEMU in order. */
		setpgid(0, 0);
	}
	/* what QEMU itself has to say goes beside the log */
	snprintf(err, sizeof(err), "%s.qemu", log_path);
	i = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(i, 2);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int main(int argc, char **argv)
{
	static struct stream s[2];
	int ours[3], theirs[3], i, tty = 0, st = 0;
	struct sigaction sa = { .sa_handler = on_signal };
	double limit = 0, boot = 1e9;
	char text[64];

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--tty"))
			tty = 1;
		else if (i + 1 >= argc)
			usage();
		else if (!strcmp(argv[i], "--timeout"))
			limit = atof(argv[++i]);
		else if (!strcmp(argv[i], "--boot"))
			boot = atof(argv[++i]);
		else if (!strcmp(argv[i], "--log"))
			log_path = argv[++i];
		else if (!strcmp(argv[i], "--result"))
			result_path = argv[++i];
		else
			usage();
	}
	if (i + 1 >= argc || !log_path || !result_path)
		usage();
	argv += i + 1;
	/* An interactive VM (limit 0) ends when its user says so. */
	deadline = now() + (limit > 0 ? limit : 1e9);
	boot += now();

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK)) {
		perror("pipe");
		return 1;
	}
	for (i = 0; i < 3; i++) {
		int p[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p)) {
			perror("socketpair");
			return 1;
		}
		ours[i] = p[0];
		/* out of the way of the numbers QEMU will get */
		theirs[i] = fcntl(p[1], F_DUPFD_CLOEXEC, 40);
		close(p[1]);
	}
	/* explicit, because a shell starts background jobs with SIGINT ignored */
	sigaction(SIGCHLD, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	start(argv, tty, theirs);
	for (i = 0; i < 3; i++)
		close(theirs[i]);
	s[0].fd = ours[0];
	s[1].fd = ours[1];

	for (;;) {
		struct pollfd p[4] = {
			{ .fd = s[0].fd, .events = POLLIN },
			{ .fd = s[1].fd, .events = POLLIN },
			{ .fd = ours[2], .events = POLLIN },
			{ .fd = wake[0], .events = POLLIN },
		};
		double left = deadline - now(), to_boot = boot - now();
		char b[4096];
		int n;

		if (got_signal) {
			snprintf(text, sizeof(text), "signal %d", (int)got_signal);
			finish(text);
		}
		if (left <= 0)
			time_out(ours[2]);
		if (!started && to_boot <= 0)
			finish("late");
		if (!started && left > to_boot)
			left = to_boot;
		n = poll(p, 4, left > 1000 ? 1000000 : left * 1000 + 1);
		if (n <= 0)
			continue;
		if (p[0].revents)
			take(&s[0]);
		if (p[1].revents)
			take(&s[1]);
		if (p[2].revents && read(ours[2], b, sizeof(b)) == 0) {
			close(ours[2]);
			ours[2] = -1;
		}
		if (p[3].revents) {
			while (read(wake[0], b, sizeof(b)) > 0)
				;
			if (reap(0, &st)) {
				/* what it had sent before is still to be read */
				while (s[0].fd >= 0)
					take(&s[0]);
				while (s[1].fd >= 0)
					take(&s[1]);
				snprintf(text, sizeof(text), "gone %d %d", st, started);
				finish(text);
			}
		}
	}
}
