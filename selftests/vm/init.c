// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the test VM: prepares the guest, runs one command, reports.
 *
 * A C program and not a shell script because everything here has to be exact:
 * the command is an argument vector that may hold any byte, its output may be
 * binary, and its exit status must arrive whole.
 *
 * Towards the host there is one byte stream (a virtio-serial port, or the
 * second serial port where the kernel has no virtio console).  It carries
 * frames: a type byte, a length (u32, little endian), the payload.
 *
 *	's'  the guest is ready, the command is about to start
 *	'o'  what the command wrote to its standard output
 *	'e'  what the command wrote to its standard error
 *	'f'  the guest could not be set up: why, as text
 *	'x'  the end: exit status (u32), kernel taint flags (u32)
 *
 * One stream for all of it keeps the order: when 'x' is seen, all output is.
 * The command writes into pipes, never to the port itself, because a port can
 * be opened only once and programs do open /dev/stdout.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define CTL_NAME "kpager.ctl"

static int ctl = -1;

/* ---- the stream to the host ------------------------------------------- */

static void write_all(int fd, const void *p, size_t n)
{
	while (n) {
		ssize_t r = write(fd, p, n);

		if (r < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN) {
				struct pollfd pf = { .fd = fd, .events = POLLOUT };

				poll(&pf, 1, 1000);
				continue;
			}
			return;	/* nobody left to tell */
		}
		p = (const char *)p + r;
		n -= r;
	}
}

static void frame(char type, const void *p, uint32_t n)
{
	/* Header and payload in one write: each write is one trip to the host. */
	static unsigned char buf[5 + 65536];

	buf[0] = type;
	buf[1] = n;
	buf[2] = n >> 8;
	buf[3] = n >> 16;
	buf[4] = n >> 24;
	memcpy(buf + 5, p, n);
	write_all(ctl, buf, n + 5);
}

static void hang(void) __attribute__((noreturn));
static void hang(void)
{
	/* The host ends the VM when it has read the last frame. */
	for (;;)
		pause();
}

/*
 * Messages reach the host's log through the console; a reader of
 * /proc/consoles holds the console lock, so after reading it every record
 * that was logged before has been printed.
 */
static void flush_console(void)
{
	char b[512];
	int fd = open("/proc/consoles", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (read(fd, b, sizeof(b)) > 0)
		;
	close(fd);
}

static void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *fmt, ...)
{
	char b[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b, sizeof(b), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(b))
		n = sizeof(b) - 1;
	flush_console();
	if (ctl >= 0)
		frame('f', b, n);
	/* Without a stream the console is all there is; the host looks there too. */
	fprintf(stderr, "kpager-vm: guest setup failed: %s\n", b);
	if (ctl < 0)
		reboot(RB_AUTOBOOT);
	hang();
}

/* ---- small helpers ---------------------------------------------------- */

static char *slurp(const char *path, size_t *len)
{
	size_t cap = 4096, n = 0;
	char *b;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	b = malloc(cap);
	for (;;) {
		ssize_t r;

		if (n + 1 == cap) {
			char *more = realloc(b, cap *= 2);

			if (!more)
				fail("no memory to read %s", path);
			b = more;
		}
		r = read(fd, b + n, cap - n - 1);
		if (r <= 0)
			break;
		n += r;
	}
	close(fd);
	b[n] = 0;
	if (len)
		*len = n;
	return b;
}


static void try_mount(const char *src, const char *dir, const char *type, unsigned long flags, const char *opt)
{
	mkdir(dir, 0755);
	mount(src, dir, type, flags, opt);	/* what the kernel lacks is not there */
}

/* Value of KEY in /vm/conf ("key=value" lines), NULL if absent or empty. */
static char *conf;
static char *conf_get(const char *key)
{
	size_t k = strlen(key);
	char *p = conf;

	while (p && *p) {
		char *e = strchrnul(p, '\n');

		if (!strncmp(p, key, k) && p[k] == '=')
			return e == p + k + 1 ? NULL : strndup(p + k + 1, e - p - k - 1);
		p = *e ? e + 1 : e;
	}
	return NULL;
}

static int insmod(const char *path, const char *args)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r, e;

	if (fd < 0)
		return -1;
	r = syscall(SYS_finit_module, fd, args, 0);
	e = errno;
	close(fd);
	errno = e;
	return r;
}

static void load_drivers(const char *list)
{
	char *all = slurp(list, NULL), *p, *save = NULL;

	if (!all)
		return;
	for (p = strtok_r(all, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (insmod(p, "") && errno != EEXIST)
			fprintf(stderr, "kpager-vm: insmod %s: %s\n", p, strerror(errno));
	free(all);
}

/* ---- finding what the host attached ----------------------------------- */

static int open_port(void)
{
	DIR *d = opendir("/sys/class/virtio-ports");
	struct dirent *e;
	char path[600], *name;
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		name = slurp(path, NULL);
		if (name && !strncmp(name, CTL_NAME, strlen(CTL_NAME))) {
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
		}
		free(name);
	}
	if (d)
		closedir(d);
	return fd;
}

static void raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

static void open_stream(int tty)
{
	int i, virtio;

	/* The port appears a moment after its driver has loaded. */
	virtio = !access("/sys/bus/virtio/drivers/virtio_console", F_OK);
	for (i = 0; i < 500 && virtio; i++) {
		ctl = open_port();
		if (ctl >= 0)
			return;
		usleep(10000);
	}
	if (tty)
		fail("an interactive VM needs a kernel with virtio-console");
	ctl = open("/dev/ttyS1", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (ctl < 0)
		fail("no channel to the host: neither a virtio console nor /dev/ttyS1");
	raw(ctl);
}

/* Path of the block device that the host gave this serial number. */
static char *disk_by_serial(const char *serial)
{
	char path[600], *s, *found = NULL;
	struct dirent *e;
	DIR *d;
	int i;

	for (i = 0; i < 500 && !found; i++) {
		d = opendir("/sys/block");
		while (d && !found && (e = readdir(d))) {
			snprintf(path, sizeof(path), "/sys/block/%s/serial", e->d_name);
			s = slurp(path, NULL);
			if (s && !strncmp(s, serial, strlen(serial)) &&
			    asprintf(&found, "/dev/%s", e->d_name) < 0)
				found = NULL;
			free(s);
		}
		if (d)
			closedir(d);
		if (!found)
			usleep(10000);
	}
	return found;
}

/* ---- setting the guest up --------------------------------------------- */

static void mount_all(const char *root)
{
	char p[256];

#define AT(x) (snprintf(p, sizeof(p), "%s%s", root, x), p)
	try_mount("dev", AT("/dev"), "devtmpfs", 0, NULL);
	try_mount("proc", AT("/proc"), "proc", 0, NULL);
	try_mount("sys", AT("/sys"), "sysfs", 0, NULL);
	try_mount("tmp", AT("/tmp"), "tmpfs", 0, "mode=1777");
	try_mount("run", AT("/run"), "tmpfs", 0, "mode=755");
	try_mount("shm", AT("/dev/shm"), "tmpfs", 0, "mode=1777");
	try_mount("pts", AT("/dev/pts"), "devpts", 0, "gid=5,mode=620,ptmxmode=666");
	try_mount("debug", AT("/sys/kernel/debug"), "debugfs", 0, NULL);
	try_mount("trace", AT("/sys/kernel/tracing"), "tracefs", 0, NULL);
	try_mount("config", AT("/sys/kernel/config"), "configfs", 0, NULL);
	try_mount("cgroup", AT("/sys/fs/cgroup"), "cgroup2", 0, NULL);
#undef AT
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
	size_t n;
	char *b = slurp(from, &n);
	int fd;

	if (!b)
		return -1;
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0) {
		free(b);
		return -1;
	}
	write_all(fd, b, n);
	close(fd);
	free(b);
	return 0;
}

/* Make the file system on the disk with serial "root" our own root. */
static void enter_root(void)
{
	char *dev = disk_by_serial("kproot");

	if (!dev)
		fail("the root disk did not appear (virtio-blk missing?)");
	mkdir("/newroot", 0755);
	if (mount(dev, "/newroot", "ext4", MS_NOATIME, "noinit_itable"))
		fail("mount of the root file system: %s", strerror(errno));
	mount_all("/newroot");
	/* kmod in there must find the modules of the running kernel */
	mkdir("/newroot/lib/modules", 0755);
	if (mount("/lib/modules", "/newroot/lib/modules", NULL, MS_BIND, NULL))
		fail("bind of /lib/modules: %s", strerror(errno));
	if (!access("/kpager.ko", F_OK) && copy_file("/kpager.ko", "/newroot/kpager.ko", 0644))
		fail("copy of kpager.ko: %s", strerror(errno));
	if (chdir("/newroot") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail("switch to the root file system: %s", strerror(errno));
}

static void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return;
	if (!ioctl(s, SIOCGIFFLAGS, &r)) {
		r.ifr_flags |= IFF_UP;
		ioctl(s, SIOCSIFFLAGS, &r);
	}
	close(s);
}

/* ---- the command ------------------------------------------------------ */

static void pump(int fd, char type, int *open_)
{
	static char b[65536];
	ssize_t n = read(fd, b, sizeof(b));

	if (n > 0)
		frame(type, b, n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		*open_ = 0;
}

static void child(char **argv, int out, int err, const char *tty)
{
	sigset_t none;
	int fd;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (tty) {
		struct winsize w = { 0 };
		char *s = conf_get("winsize");

		fd = open("/dev/ttyS1", O_RDWR);
		if (fd < 0)
			_exit(125);
		ioctl(fd, TIOCSCTTY, 0);
		if (s && sscanf(s, "%hu %hu", &w.ws_row, &w.ws_col) == 2)
			ioctl(fd, TIOCSWINSZ, &w);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		setenv("TERM", tty, 1);
	} else {
		fd = open("/dev/null", O_RDONLY);
		dup2(fd, 0);
		dup2(out, 1);
		dup2(err, 2);
	}
	if (fd > 2)
		close(fd);
	execvp(argv[0], argv);
	/* as env(1) and every shell do it */
	fprintf(stderr, "kpager-vm: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int run(char **argv, const char *tty)
{
	int out[2], err[2], o = 1, e = 1, status = 0, done = 0, sfd;
	sigset_t chld;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		fail("pipe: %s", strerror(errno));
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	pid = fork();
	if (pid < 0)
		fail("fork: %s", strerror(errno));
	if (!pid)
		child(argv, out[1], err[1], tty);
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	/*
	 * The end is the end of the command, not of the pipes: a child it left
	 * behind may hold those open.  What was written before the end is in
	 * the pipes by then, so one more round without waiting gets all of it.
	 */
	for (;;) {
		struct pollfd p[3] = {
			{ .fd = o ? out[0] : -1, .events = POLLIN },
			{ .fd = e ? err[0] : -1, .events = POLLIN },
			{ .fd = done ? -1 : sfd, .events = POLLIN },
		};
		struct signalfd_siginfo si;
		int n, s;
		pid_t w;

		n = poll(p, 3, done ? 0 : -1);
		if (n < 0 && errno != EINTR)
			fail("poll: %s", strerror(errno));
		if (n > 0 && p[0].revents)
			pump(out[0], 'o', &o);
		if (n > 0 && p[1].revents)
			pump(err[0], 'e', &e);
		if (done && n <= 0)
			return status;
		while (read(sfd, &si, sizeof(si)) > 0)
			;
		/* PID 1 inherits every orphan; only the command ends the run. */
		while ((w = waitpid(-1, &s, WNOHANG)) > 0)
			if (w == pid) {
				status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
				done = 1;
			}
	}
}

/*
 * Shared files must reach the host.  In a child with a time limit, because a
 * suspended or failing block device must not turn a finished run into a hang.
 */
static void sync_all(void)
{
	pid_t p = fork();
	int i;

	if (!p) {
		sync();
		_exit(0);
	}
	for (i = 0; i < 3000 && p > 0; i++) {
		if (waitpid(p, NULL, WNOHANG) == p)
			return;
		usleep(i < 100 ? 1000 : 10000);
	}
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, text, strlen(text));
	close(fd);
}

/*
 * What nobody points to any more is reported to the kernel log, where the
 * host finds it; the allocating call chains follow.  kmemleak takes nothing
 * for lost that is younger than five seconds, or that it sees for the first
 * time.
 */
static void leak_scan(void)
{
	static const char path[] = "/sys/kernel/debug/kmemleak";
	char *text;

	if (access(path, F_OK))
		fail("--leaks: this kernel has no kmemleak");
	/*
	 * kmemleak does not look into pages that kpager manages itself, where
	 * its segments are: what they point to would be taken for lost.  What
	 * is there when the module is gone is lost.
	 */
	if (syscall(SYS_delete_module, "kpager", O_NONBLOCK) && errno != ENOENT)
		fail("--leaks: kpager cannot be unloaded: %s", strerror(errno));
	sleep(6);
	put_text(path, "scan");
	put_text(path, "scan");
	text = slurp(path, NULL);
	if (text && *text)
		fprintf(stderr, "%s", text);
	free(text);
}

int main(void)
{
	char *argv_text, **argv, *p, *tty, *mod, *t;
	size_t len, n, i;
	uint32_t end[2];

	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	umask(022);
	mount_all("");
	/* ttyS0 belongs to the kernel log; what we say there lands in it */
	conf = slurp("/vm/conf", NULL);
	argv_text = slurp("/vm/argv", &len);
	tty = conf_get("tty");
	load_drivers("/vm/order");
	open_stream(!!tty);
	if (!argv_text || !len)
		fail("no command");

	mkdir("/root", 0700);
	if (conf_get("root"))
		enter_root();
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	loopback_up();
	sethostname("kpager", 6);

	if (conf_get("share")) {
		mkdir("/share", 0755);
		if (mount("share", "/share", "9p", 0,
			  "trans=virtio,version=9p2000.L,msize=262144,cache=mmap"))
			fail("mount of /share (9p over virtio): %s", strerror(errno));
	}
	/* from here on everything the kernel says belongs in the log */
	klogctl(8, NULL, 8);
	/* watching the boot for data races would take longer than the test */
	put_text("/sys/kernel/debug/kcsan", "on");
	mod = conf_get("modparams");
	if (conf_get("module") && insmod("/kpager.ko", mod ? mod : ""))
		fail("insmod kpager.ko %s: %s", mod ? mod : "", strerror(errno));

	for (n = 0, i = 0; i < len; i++)
		n += !argv_text[i];
	argv = calloc(n + 1, sizeof(*argv));
	for (p = argv_text, i = 0; i < n; i++, p += strlen(p) + 1)
		argv[i] = p;

	frame('s', "", 0);
	end[0] = run(argv, tty);
	sync_all();
	if (conf_get("leaks"))
		leak_scan();
	t = slurp("/proc/sys/kernel/tainted", NULL);
	end[1] = t ? strtoul(t, NULL, 10) : 0;
	flush_console();
	frame('x', end, sizeof(end));
	hang();
}
