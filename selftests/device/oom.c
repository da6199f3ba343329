// SPDX-License-Identifier: GPL-2.0
/*
 * oom.c - when nothing gives a frame any more: what fails, who is told and
 * what is recorded
 */
#include <poll.h>
#include <time.h>

#include "area.h"
#include "kselftest_harness.h"
#include "pass.h"

#define OOM		"/proc/kpager/oom"
#define HOG		"hog"
/* A pipe of this size holds as many pages as frames. */
#define PIPE_SIZE	(1ul << 20)
#define PIPES		16
#define POOL_LIMIT	((unsigned long)stat_value("limit_frames"))

static int control_set(const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/control/%s", attr);
	return write_text(path, text);
}

static int attr_set(const char *segment, const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	return write_text(path, text);
}

static const char *attr_get(const char *segment, const char *attr)
{
	static char text[256];
	char path[128];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n - 1 : 0] = '\0';
	return text;
}

static long long decisions(void)
{
	return stat_value("oom_decisions");
}

/*
 * What the last decision says of a key: the rest of the last line that begins
 * with it, or NULL.
 */
static const char *decided(const char *key)
{
	static char line[512], found[512];
	size_t len = strlen(key);
	FILE *f = fopen(OOM, "r");
	bool any = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "decision ", 9))
			any = false;
		if (strncmp(line, key, len) || line[len] != ' ')
			continue;
		snprintf(found, sizeof(found), "%.*s",
			 (int)strcspn(line + len + 1, "\n"), line + len + 1);
		any = true;
	}
	if (f)
		fclose(f);
	return any ? found : NULL;
}

/* How often a rung was tried for the last decision, or what it gained. */
static long long decided_rung(const char *rung, bool gained)
{
	long long tried = -1, got = -1;
	char key[32];
	const char *is;

	snprintf(key, sizeof(key), "tried %s", rung);
	is = decided(key);
	if (is)
		sscanf(is, "%lld %lld", &tried, &got);
	return gained ? got : tried;
}

static int pressure(int fd, struct kpager_pressure *p)
{
	memset(p, 0, sizeof(*p));
	p->struct_size = sizeof(*p);
	return ioctl(fd, KPAGER_PRESSURE, p) ? errno : 0;
}

static int anon_fd(void)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = AREA_SIZE, .backing_fd = -1,
	};
	int control = open(CONTROL, O_RDWR), fd;

	fd = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	return fd;
}

/*
 * A process that holds every frame in pipes.  It says 's' when a fault failed,
 * and lets go when it is told to, says 'r' when the same page can be read
 * again, and ends with the number of wrong words.
 */
static void hog_run(int told, int tell)
{
	int fd = segment_open(HOG), pipes[PIPES][2], i = 0, sig = 0;
	uint64_t *map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	unsigned long page;
	struct iovec iov;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (page = 0; page < AREA_PAGES && !sig; page++) {
		if (page % (PIPE_SIZE / PAGE) == 0) {
			i = page / (PIPE_SIZE / PAGE);
			if (i == PIPES || pipe(pipes[i]) ||
			    fcntl(pipes[i][1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
				_exit(101);
		}
		iov.iov_base = map + page * WORDS;
		iov.iov_len = PAGE;
		sig = access_try(iov.iov_base, true);
		if (!sig && vmsplice(pipes[i][1], &iov, 1, SPLICE_F_NONBLOCK) !=
		    (ssize_t)PAGE)
			_exit(102);
	}
	if (sig != SIGBUS || write(tell, "s", 1) != 1 ||
	    read(told, &c, 1) != 1)
		_exit(103);
	for (; i >= 0; i--) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	if (access_try(iov.iov_base, true) || write(tell, "r", 1) != 1)
		_exit(104);
	_exit(pattern_errors(map, 0, AREA_WORDS, 1) ? 105 : 0);
}

FIXTURE(oom) {
	long long decisions;
	int control;
	int told[2], tell[2];
	pid_t hog;
};

FIXTURE_SETUP(oom)
{
	int fd;
	uint64_t *map;

	self->hog = -1;
	ASSERT_EQ(0, segment_create(HOG, AREA_SIZE, STORE_BLOCK));
	fd = segment_open(HOG);
	map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, map);
	pattern_fill(map, 0, AREA_WORDS, 1);
	munmap(map, AREA_SIZE);
	close(fd);
	self->control = open(CONTROL, O_RDWR);
	ASSERT_GE(self->control, 0);
	ASSERT_EQ(0, pipe(self->told));
	ASSERT_EQ(0, pipe(self->tell));
	self->decisions = decisions();
	ASSERT_LE(0, self->decisions);
}

FIXTURE_TEARDOWN(oom)
{
	if (self->hog > 0) {
		kill(self->hog, SIGKILL);
		waitpid(self->hog, NULL, 0);
	}
	control_set("dry_run", "0");
	control_set("minfree", "\n");
	control_set("adj", "\n");
	control_set("deadline_ms", "1000");
	close(self->control);
	EXPECT_EQ(0, segment_destroy(HOG, 0));
}

static bool hog_begin(FIXTURE_DATA(oom) *self)
{
	self->hog = fork();
	if (!self->hog)
		hog_run(self->told[0], self->tell[1]);
	return self->hog > 0;
}

static char hog_says(FIXTURE_DATA(oom) *self)
{
	struct pollfd p = { .fd = self->tell[0], .events = POLLIN };
	char c = 0;

	if (poll(&p, 1, 120000) != 1 || read(self->tell[0], &c, 1) != 1)
		return 0;
	return c;
}

/*
 * Every frame is held by a pipe: the fault fails, that is recorded, nobody
 * ends, and new segments are refused; when the pipe lets go all is well.
 */
TEST_F_TIMEOUT(oom, all_held_fault_fails_and_pool_recovers, 300)
{
	ASSERT_TRUE(hog_begin(self));
	ASSERT_EQ('s', hog_says(self));
	EXPECT_EQ(self->decisions + 1, decisions());
	EXPECT_STREQ("fault", decided("trigger"));
	EXPECT_STREQ("sigbus", decided("outcome"));
	EXPECT_STREQ("0", decided("victim"));
	EXPECT_STREQ("0", decided("signal"));
	EXPECT_STREQ("0 0", decided("candidates"));
	EXPECT_STREQ(HOG, decided("segment"));
	EXPECT_EQ(self->hog, atoi(decided("task")));
	EXPECT_LT((long)POOL_LIMIT / 2, atol(decided("page")));
	EXPECT_LE(10000, atoi(decided("waited_ms")));
	EXPECT_LT(10, decided_rung("slabs", false));
	EXPECT_LT(10, decided_rung("clean", false));
	EXPECT_EQ(0, decided_rung("clean", true));
	EXPECT_LT(10, decided_rung("write", false));
	EXPECT_EQ(0, decided_rung("write", true));
	EXPECT_LT(10, decided_rung("own", false));
	EXPECT_EQ(0, decided_rung("own", true));
	EXPECT_GE(1, decided_rung("tell", false));
	EXPECT_EQ(1, decided_rung("refuse", false));
	EXPECT_EQ(1, decided_rung("sigbus", false));
	EXPECT_EQ(0, decided_rung("kill", false));
	EXPECT_EQ(ENOMEM, segment_create("more", AREA_SIZE, STORE_BLOCK2));
	ASSERT_EQ(1, write(self->told[1], "g", 1));
	ASSERT_EQ('r', hog_says(self));
	EXPECT_EQ(0, child_status(self->hog));
	self->hog = -1;
	EXPECT_EQ(0, segment_create("more", AREA_SIZE, STORE_BLOCK2));
	EXPECT_EQ(0, segment_destroy("more", 0));
	EXPECT_EQ(self->decisions + 1, decisions());
}

/* Listeners are told long before that, and learn by when to act. */
TEST_F_TIMEOUT(oom, listeners_are_told, 300)
{
	struct pollfd p = { .fd = self->control, .events = POLLPRI };
	struct kpager_pressure is;
	struct timespec now;
	uint64_t ns;
	int late, i;

	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_TRUE(hog_begin(self));
	ASSERT_EQ(1, poll(&p, 1, 120000));
	EXPECT_EQ(POLLPRI, p.revents);
	EXPECT_EQ(self->decisions, decisions());
	usleep(200000);
	/* Between two waits it looks whether there is something to take. */
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, pressure(self->control, &is));
		if (is.waiting)
			break;
		usleep(1000);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	EXPECT_EQ(KPAGER_PRESSURE_HARD, is.level);
	EXPECT_EQ(1, is.waiting);
	EXPECT_EQ(0, is.free_frames);
	EXPECT_LT(ns, is.deadline);
	EXPECT_GT(ns + 10000000000ull, is.deadline);
	EXPECT_LT(0, is.events);
	EXPECT_LE(100000, is.some_us[0]);
	EXPECT_LE(is.some_us[0], is.some_us[1]);
	EXPECT_LE(is.some_us[1], is.some_us[2]);
	EXPECT_LE(is.full_us[2], is.some_us[2]);
	EXPECT_LT(0, is.full_us[2]);
	/* Asked about it, it is no news; for who opens the node now it is. */
	EXPECT_EQ(0, poll(&p, 1, 0));
	late = open(CONTROL, O_RDWR);
	p.fd = late;
	EXPECT_EQ(1, poll(&p, 1, 0));
	close(late);
	ASSERT_EQ('s', hog_says(self));
	ASSERT_EQ(1, write(self->told[1], "g", 1));
	ASSERT_EQ('r', hog_says(self));
	EXPECT_EQ(0, child_status(self->hog));
	self->hog = -1;
	ASSERT_EQ(0, pressure(self->control, &is));
	EXPECT_EQ(KPAGER_PRESSURE_NONE, is.level);
	EXPECT_EQ(0, is.deadline);
	EXPECT_EQ(0, is.waiting);
	EXPECT_LE(9000000, is.some_us[2]);
}

/* As long as pages can be taken, or written, nothing is decided. */
TEST_F_TIMEOUT(oom, nothing_is_decided_where_cleaning_helps, 300)
{
	int fd = segment_open(HOG);
	uint64_t *map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct area a = { .fd = -1 };

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, area_begin(&a, "other", STORE_BLOCK2));
	pattern_fill(map, 0, AREA_WORDS, 1);
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_EQ(0, pattern_errors(map, 0, AREA_WORDS, 1));
	EXPECT_EQ(0, area_end(&a));
	EXPECT_EQ(self->decisions, decisions());
	munmap(map, AREA_SIZE);
	close(fd);
}

/* Make everything dirty with a store that is out of order for a while. */
static int dirty_while(const char *inject, unsigned int seconds)
{
	int fd = segment_open(HOG), status;
	uint64_t *map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t child;

	if (attr_set(HOG, "inject", inject))
		return 201;
	child = fork();
	if (!child) {
		pattern_fill(map, 0, AREA_WORDS, 2);
		_exit(0);
	}
	sleep(seconds);
	if (attr_set(HOG, "inject", "off"))
		return 202;
	status = child_status(child);
	if (status)
		return status;
	/* What failed is told; then it is written. */
	fsync(fd);
	if (fsync(fd))
		return 203;
	status = pattern_errors(map, 0, AREA_WORDS, 2) ? 204 : 0;
	pattern_fill(map, 0, AREA_WORDS, 1);
	munmap(map, AREA_SIZE);
	close(fd);
	return status;
}

TEST_F_TIMEOUT(oom, store_that_fails_for_a_while, 300)
{
	EXPECT_EQ(0, dirty_while("write_error=1/1", 8));
	EXPECT_EQ(self->decisions, decisions());
}

TEST_F_TIMEOUT(oom, store_that_stalls_for_a_while, 300)
{
	EXPECT_EQ(0, dirty_while("delay_ms=10000", 5));
	EXPECT_EQ(self->decisions, decisions());
}

/* One that never works again: the fault fails, and the record says why. */
TEST_F_TIMEOUT(oom, store_that_fails_for_good, 300)
{
	int fd = segment_open(HOG), sig = 0;
	uint64_t *map = area_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	unsigned long page;

	ASSERT_EQ(0, attr_set(HOG, "inject", "write_error=1/1"));
	for (page = 0; page < AREA_PAGES && !sig; page++)
		sig = access_try(map + page * WORDS, true);
	EXPECT_EQ(SIGBUS, sig);
	EXPECT_EQ(self->decisions + 1, decisions());
	EXPECT_STREQ("sigbus", decided("outcome"));
	EXPECT_EQ(EIO, atoi(decided("store_error")));
	EXPECT_LT(10, decided_rung("write", false));
	EXPECT_EQ(0, decided_rung("write", true));
	EXPECT_LT(0, atol(decided("spare")));
	ASSERT_EQ(0, attr_set(HOG, "inject", "off"));
	EXPECT_EQ(0, access_try(map + page * WORDS, true));
	EXPECT_EQ(0, pattern_errors(map, 0, AREA_WORDS, 1));
	munmap(map, AREA_SIZE);
	close(fd);
}

/* The thread keeps as many frames free as the largest threshold says. */
TEST_F_TIMEOUT(oom, levels_keep_frames_free, 240)
{
	struct area a = { .fd = -1 };
	struct kpager_pressure is;

	ASSERT_EQ(0, control_set("minfree", "200,400"));
	ASSERT_EQ(0, control_set("adj", "500,900"));
	ASSERT_EQ(0, area_begin(&a, "other", STORE_BLOCK2));
	EXPECT_TRUE(area_evicted(&a));
	EXPECT_EQ(0, area_end(&a));
	sleep(1);
	ASSERT_EQ(0, pressure(self->control, &is));
	EXPECT_LE(400, is.free_frames);
	EXPECT_EQ(KPAGER_PRESSURE_NONE, is.level);
	EXPECT_EQ(self->decisions, decisions());
}

TEST_F(oom, attributes)
{
	static const struct {
		const char *segment, *attr, *value;
		int err;
		const char *then;
	} writes[] = {
		{ "control", "minfree", "100,200,300\n", 0, "100,200,300" },
		{ "control", "adj", "0,500", EINVAL, "" },
		{ "control", "adj", "500,0,900", EINVAL, "" },
		{ "control", "adj", "0,500,1001", EINVAL, "" },
		{ "control", "adj", "-1001,0,500", EINVAL, "" },
		{ "control", "adj", "-1000,0,1000", 0, "-1000,0,1000" },
		{ "control", "minfree", "100,200", EINVAL, "100,200,300" },
		{ "control", "minfree", "100,300,200", EINVAL, "100,200,300" },
		{ "control", "minfree", "100,200,999999", EINVAL, "100,200,300" },
		{ "control", "minfree", "100,200,x", EINVAL, "100,200,300" },
		{ "control", "minfree", "-1,200,300", EINVAL, "100,200,300" },
		{ "control", "minfree", "1,2,3,4,5,6,7", EINVAL, "100,200,300" },
		{ "control", "minfree", "\n", 0, "" },
		{ "control", "minfree", "10", EINVAL, "" },
		{ "control", "adj", "\n", 0, "" },
		{ "control", "dry_run", "1", 0, "1" },
		{ "control", "dry_run", "2", ERANGE, "1" },
		{ "control", "dry_run", "yes", EINVAL, "1" },
		{ "control", "dry_run", "0", 0, "0" },
		{ "control", "deadline_ms", "60000", 0, "60000" },
		{ "control", "deadline_ms", "60001", ERANGE, "60000" },
		{ "control", "deadline_ms", "-1", EINVAL, "60000" },
		{ HOG, "oom_signal", "kill\n", 0, "kill" },
		{ HOG, "oom_signal", "term", EINVAL, "kill" },
		{ HOG, "oom_signal", "9", EINVAL, "kill" },
		{ HOG, "oom_signal", "term-then-kill", 0, "term-then-kill" },
		{ HOG, "oom_grace_ms", "0", 0, "0" },
		{ HOG, "oom_grace_ms", "60001", ERANGE, "0" },
		{ HOG, "oom_grace_ms", "60000", 0, "60000" },
		{ HOG, "adj", "1001", EINVAL, "0" },
		{ HOG, "adj", "-1001", EINVAL, "0" },
		{ HOG, "adj", "-1000", 0, "-1000" },
	};
	unsigned int i;

	EXPECT_STREQ("term-then-kill", attr_get(HOG, "oom_signal"));
	EXPECT_STREQ("1000", attr_get(HOG, "oom_grace_ms"));
	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		EXPECT_EQ(writes[i].err, attr_set(writes[i].segment,
						  writes[i].attr,
						  writes[i].value)) {
			TH_LOG("%s of '%s'", writes[i].attr, writes[i].value);
		}
		EXPECT_STREQ(writes[i].then, attr_get(writes[i].segment,
						      writes[i].attr)) {
			TH_LOG("%s after '%s'", writes[i].attr,
			       writes[i].value);
		}
	}
}

TEST_F(oom, pressure_bad_input)
{
	struct kpager_pressure is;
	unsigned int i;

	ASSERT_EQ(0, pressure(self->control, &is));
	EXPECT_EQ(sizeof(is), is.struct_size);
	memset(&is, 0, sizeof(is));
	EXPECT_EQ(EINVAL, control_call(KPAGER_PRESSURE, &is));
	is.struct_size = sizeof(is) + 8;
	EXPECT_EQ(EINVAL, control_call(KPAGER_PRESSURE, &is));
	is.struct_size = sizeof(is);
	is.flags = 1;
	EXPECT_EQ(EINVAL, control_call(KPAGER_PRESSURE, &is));
	is.flags = 0;
	for (i = 0; i < 4; i++) {
		is.reserved[i] = 1ull << 63;
		EXPECT_EQ(EINVAL, control_call(KPAGER_PRESSURE, &is));
		is.reserved[i] = 0;
	}
	EXPECT_EQ(0, control_call(KPAGER_PRESSURE, &is));
	EXPECT_EQ(EFAULT, control_call(KPAGER_PRESSURE, (void *)8));
	EXPECT_EQ(EINVAL, control_call(_IOC(_IOC_READ | _IOC_WRITE,
					    KPAGER_IOC_MAGIC, 4, 8), &is));
}

/* Who keeps frames is for who may read the record; the rest is for all. */
TEST_F(oom, candidates_are_roots)
{
	int fd = anon_fd();
	struct kpager_pressure is;
	char byte = 1;
	pid_t child;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(fd, &byte, 1, 0));
	/* The last answer serves for a while. */
	usleep(300000);
	ASSERT_EQ(0, pressure(self->control, &is));
	EXPECT_EQ(1, is.nr_candidates);
	EXPECT_EQ(getpid(), is.candidates[0].pid);
	EXPECT_EQ(1, is.candidates[0].frames);
	child = fork();
	if (!child) {
		static const struct kpager_candidate none;
		unsigned int i;

		if (setresuid(65534, 65534, 65534) ||
		    pressure(self->control, &is) || !is.free_frames)
			_exit(101);
		if (is.nr_candidates)
			_exit(102);
		for (i = 0; i < KPAGER_CANDIDATES; i++)
			if (memcmp(&is.candidates[i], &none, sizeof(none)))
				_exit(103);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(child));
	close(fd);
}

/* What an anonymous segment has in compressed memory goes with it, too. */
TEST_F(oom, candidates_have_what_their_stores_hold)
{
	static uint64_t page[PAGE / sizeof(uint64_t)];
	const unsigned int pages = 200;
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = AREA_SIZE, .backing_fd = -1,
		.resident_max = 64,
	};
	uint64_t x = 88172645463325252ull;
	struct kpager_pressure is;
	unsigned int i, j;
	int fd = ioctl(self->control, KPAGER_CREATE_ANON, &arg);

	ASSERT_LE(0, fd);
	for (i = 0; i < pages; i++) {
		/* Nothing that could be compressed: xorshift. */
		for (j = 0; j < PAGE / sizeof(x); j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			page[j] = x;
		}
		ASSERT_EQ((ssize_t)PAGE, pwrite(fd, page, PAGE, i * PAGE));
	}
	usleep(300000);
	ASSERT_EQ(0, pressure(self->control, &is));
	ASSERT_EQ(1, is.nr_candidates);
	EXPECT_LE(pages, is.candidates[0].frames);
	EXPECT_GE(pages + 64, is.candidates[0].frames);
	close(fd);
}

TEST_F(oom, record_is_roots)
{
	struct stat st;

	ASSERT_EQ(0, stat(OOM, &st));
	EXPECT_EQ(0400, st.st_mode & 0777);
}

/*
 * Tasks that pin: A has 2000 pages of "pa" and sleeps; B pins pages of "pb",
 * one after the other, until it has 1400, which is more than there are.
 */
#define A_PINS		2000ul
#define B_PINS		1400ul
#define A_NAME		"pa"
#define B_NAME		"pb"

static int pin(int fd, unsigned long call, uint64_t first, uint64_t pages)
{
	struct kpager_pin arg = {
		.struct_size = sizeof(arg),
		.offset = first * PAGE,
		.bytes = pages * PAGE,
	};

	return ioctl(fd, call, &arg) ? errno : 0;
}

static volatile sig_atomic_t asked;

static void on_term(int sig)
{
	(void)sig;
	asked = 1;
}

/* What A does when it is asked to end. */
enum { A_ENDS, A_IGNORES, A_UNPINS };

/**
 * struct pin_case - two tasks that pin, and what becomes of them
 * @anon: A has an anonymous segment
 * @a_pins: pages that A pins, 0 for A_PINS
 * @b_pins: pages that B pins, 0 for B_PINS
 * @b_first: the first of them
 * @shared: a child of A has it, too
 * @sent: A sent its descriptor to the test, which has not received it yet
 * @a_score_adj: oom_score_adj of A
 * @b_score_adj: of B
 * @a_adj: of the segment of A
 * @signal: oom_signal of the segment of A
 * @does: what A does on SIGTERM
 * @dry: nobody is to be ended
 * @outcome: of the last decision
 * @decisions: how many there are
 * @a_chosen: A is the victim, else B
 * @a_dies: by this signal, or 0
 * @b_error: what pinning of B ends with
 * @gained: frames that come free at once, at least
 */
struct pin_case {
	bool anon, shared, sent;
	unsigned long a_pins, b_pins, b_first;
	int a_score_adj, b_score_adj;
	const char *a_adj, *signal;
	int does;
	bool dry;
	const char *outcome;
	int decisions;
	bool a_chosen;
	int a_dies, b_error;
	long gained;
};

static void score_adj(int adj)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", adj);
	if (write_text("/proc/self/oom_score_adj", text))
		_exit(110);
}

/* Where A sends its descriptor to. */
static int way[2];

static void pin_a(const struct pin_case *c, int tell)
{
	struct sigaction act = { .sa_handler = on_term };
	int fd = c->anon ? anon_fd() : segment_open(A_NAME);
	unsigned long done, pins = c->a_pins ?: A_PINS;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	score_adj(c->a_score_adj);
	if (c->does == A_IGNORES)
		act.sa_handler = SIG_IGN;
	if (c->does != A_ENDS)
		sigaction(SIGTERM, &act, NULL);
	for (done = 0; done < pins; done += 100)
		if (pin(fd, KPAGER_PIN, done, 100))
			_exit(111);
	if (c->sent && (pwrite(fd, "data", 4, 0) != 4 || fd_send(way[1], fd)))
		_exit(114);
	if (c->shared && !fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (write(tell, "a", 1) != 1)
		_exit(112);
	while (!asked)
		usleep(10000);
	for (done = 0; done < pins; done += 100)
		if (pin(fd, KPAGER_UNPIN, done, 100))
			_exit(113);
	for (;;)
		pause();
}

static void pin_b(const struct pin_case *c)
{
	int fd = segment_open(B_NAME), err = 0;
	unsigned long done, pins = c->b_pins ?: B_PINS;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	score_adj(c->b_score_adj);
	for (done = 0; done < pins && !err; done++)
		err = pin(fd, KPAGER_PIN, c->b_first + done, 1);
	_exit(err);
}

FIXTURE(victims) {
	int tell[2];
	long long decisions;
};

FIXTURE_SETUP(victims)
{
	char all[32];

	snprintf(all, sizeof(all), "%lu", POOL_LIMIT);
	segment_destroy(A_NAME, KPAGER_DESTROY_DISCARD);
	segment_destroy(B_NAME, KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_create(A_NAME, AREA_SIZE, STORE_BLOCK));
	ASSERT_EQ(0, segment_create(B_NAME, AREA_SIZE, STORE_BLOCK2));
	ASSERT_EQ(0, attr_set(A_NAME, "pin_max", all));
	ASSERT_EQ(0, attr_set(B_NAME, "pin_max", all));
	ASSERT_EQ(0, pipe(self->tell));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, way));
	self->decisions = decisions();
}

FIXTURE_TEARDOWN(victims)
{
	control_set("dry_run", "0");
	control_set("minfree", "\n");
	control_set("adj", "\n");
	control_set("deadline_ms", "1000");
	EXPECT_EQ(0, segment_destroy_soon(A_NAME));
	EXPECT_EQ(0, segment_destroy_soon(B_NAME));
}

static pid_t pin_begin(FIXTURE_DATA(victims) *self, const struct pin_case *c)
{
	struct pollfd p = { .fd = self->tell[0], .events = POLLIN };
	pid_t a = fork();
	char is;

	if (!a)
		pin_a(c, self->tell[1]);
	if (poll(&p, 1, 60000) != 1 || read(self->tell[0], &is, 1) != 1)
		return -1;
	return a;
}

/* How A ended, 0 if it did not and is ended now. */
static int pin_end(pid_t a)
{
	int status, i;
	pid_t ended = 0;

	for (i = 0; i < 20 && !ended; i++) {
		ended = waitpid(a, &status, WNOHANG);
		usleep(10000);
	}
	if (ended == a)
		return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
	kill(a, SIGKILL);
	waitpid(a, NULL, 0);
	return 0;
}

/* What was dropped is an error for whoever comes late, not other contents. */
static bool nothing_is_left(int fd)
{
	char data[4];
	bool is = fd >= 0 && pread(fd, data, 4, 0) == -1 && errno == EIO &&
		fsync(fd) == -1 && errno == EIO;

	close(fd);
	return is;
}

#define PIN_TEST(name, ...)						\
TEST_F_TIMEOUT(victims, name, 240)					\
{									\
	static const struct pin_case c = { __VA_ARGS__ };		\
	pid_t a, b;							\
									\
	if (c.a_adj)							\
		ASSERT_EQ(0, attr_set(A_NAME, "adj", c.a_adj));		\
	if (c.signal)							\
		ASSERT_EQ(0, attr_set(A_NAME, "oom_signal", c.signal));	\
	ASSERT_EQ(0, control_set("dry_run", c.dry ? "1" : "0"));	\
	a = pin_begin(self, &c);					\
	ASSERT_LT(0, a);						\
	b = fork();							\
	if (!b)								\
		pin_b(&c);						\
	EXPECT_EQ(c.b_error, child_status(b));				\
	EXPECT_EQ(self->decisions + c.decisions, decisions());		\
	EXPECT_STREQ(c.outcome, decided("outcome"));			\
	EXPECT_EQ(c.a_chosen ? a : b, atoi(decided("victim")));	\
	EXPECT_EQ(b, atoi(decided("task")));				\
	EXPECT_LE(c.gained, atol(decided("gained")));			\
	EXPECT_EQ(c.a_dies, pin_end(a));				\
	if (c.sent)							\
		EXPECT_TRUE(nothing_is_left(fd_receive(way[0])));	\
}

PIN_TEST(most_frames, .signal = "kill", .outcome = "kill", .decisions = 1,
	 .a_chosen = true, .a_dies = SIGKILL, .gained = A_PINS)
PIN_TEST(asked_first, .outcome = "term", .decisions = 1, .a_chosen = true,
	 .a_dies = SIGTERM)
PIN_TEST(killed_after_the_grace_time, .does = A_IGNORES, .outcome = "kill",
	 .decisions = 2, .a_chosen = true, .a_dies = SIGKILL)
PIN_TEST(lives_if_it_unpins, .does = A_UNPINS, .outcome = "term",
	 .decisions = 1, .a_chosen = true)
PIN_TEST(never_task, .a_score_adj = -1000, .outcome = "own", .decisions = 1,
	 .b_error = ENOMEM)
PIN_TEST(never_segment, .a_adj = "-1000", .outcome = "own", .decisions = 1,
	 .b_error = ENOMEM)
PIN_TEST(weighted_by_task, .a_pins = 1700, .b_score_adj = 1000,
	 .outcome = "own", .decisions = 1, .b_error = ENOMEM)
PIN_TEST(weighted_by_segment, .a_adj = "-900", .outcome = "own",
	 .decisions = 1, .b_error = ENOMEM)
PIN_TEST(shared_frees_nothing, .shared = true, .outcome = "own",
	 .decisions = 1, .b_error = ENOMEM)
PIN_TEST(dry_run, .dry = true, .outcome = "dry_run", .decisions = 1,
	 .a_chosen = true, .b_error = ENOMEM)

/* What only a task of an anonymous segment has goes with it, at once. */
PIN_TEST(anonymous, .anon = true, .a_pins = 700, .b_pins = 2500,
	 .a_score_adj = 1000, .b_score_adj = -600, .does = A_IGNORES,
	 .outcome = "kill", .decisions = 2, .a_chosen = true,
	 .a_dies = SIGKILL, .gained = 700)

PIN_TEST(anonymous_on_its_way, .anon = true, .sent = true, .a_pins = 700,
	 .b_pins = 2500, .a_score_adj = 1000, .b_score_adj = -600,
	 .does = A_IGNORES, .outcome = "kill", .decisions = 2,
	 .a_chosen = true, .a_dies = SIGKILL, .gained = 700)

/* Many that keep little, and are first, do not hide one that keeps much. */
TEST_F_TIMEOUT(victims, many_openers, 240)
{
	static const struct pin_case c = { .a_pins = 1000 };
	struct kpager_pressure is;
	int fds[140], control = open(CONTROL, O_RDWR);
	unsigned int i;
	pid_t a;

	for (i = 0; i < 140; i++) {
		fds[i] = segment_open(B_NAME);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, pin(fds[i], KPAGER_PIN, 0, 1));
	}
	a = pin_begin(self, &c);
	ASSERT_LT(0, a);
	usleep(300000);
	EXPECT_EQ(0, pressure(control, &is));
	EXPECT_EQ(a, is.candidates[0].pid);
	EXPECT_EQ(1000, is.candidates[0].frames);
	/* Two tasks, and thirteen of 141 openers. */
	EXPECT_EQ(15, is.nr_candidates);
	kill(a, SIGKILL);
	waitpid(a, NULL, 0);
	for (i = 0; i < 140; i++)
		close(fds[i]);
	close(control);
}

/* Two that pin at the same time, more than there is: one of them gets it. */
TEST_F_TIMEOUT(victims, both_wait, 240)
{
	static const struct pin_case cases[] = {
		{ .b_pins = 2200 }, { .b_pins = 2200, .b_first = 2500 },
	};
	int status[2], i;
	pid_t pids[2];

	ASSERT_EQ(0, attr_set(B_NAME, "oom_signal", "kill"));
	for (i = 0; i < 2; i++) {
		pids[i] = fork();
		if (!pids[i])
			pin_b(&cases[i]);
	}
	for (i = 0; i < 2; i++)
		status[i] = child_status(pids[i]);
	EXPECT_NE(!status[0], !status[1]) {
		TH_LOG("ended with %d and %d", status[0], status[1]);
	}
	for (i = 0; i < 2; i++)
		EXPECT_TRUE(!status[i] || status[i] == ENOMEM ||
			    status[i] == 128 + SIGKILL);
	EXPECT_LT(self->decisions, decisions());
}

/* Somebody needs a frame from time to time: the thread looks. */
static bool level_is_reached(struct pollfd *p)
{
	int fd = segment_open(B_NAME), i;
	bool reached = false;
	char byte;

	for (i = 0; i < 60 && !reached; i++) {
		if (pread(fd, &byte, 1, AREA_SIZE - 1 - i * PAGE) != 1)
			break;
		reached = poll(p, 1, 500) == 1;
	}
	close(fd);
	return reached;
}

/* A level: only tasks of its importance, and not before the deadline. */
TEST_F_TIMEOUT(victims, levels, 240)
{
	static const struct pin_case c = { .a_score_adj = 300 };
	struct pollfd p = { .events = POLLPRI };
	struct kpager_pressure is;
	struct timespec from, to;
	pid_t a, b;
	long ms;

	p.fd = open(CONTROL, O_RDWR);
	ASSERT_EQ(0, attr_set(A_NAME, "oom_signal", "kill"));
	ASSERT_EQ(0, control_set("minfree", "1000"));
	ASSERT_EQ(0, control_set("adj", "301"));
	a = pin_begin(self, &c);
	ASSERT_LT(0, a);
	/* Another one's pins leave less than is to be free. */
	b = fork();
	if (!b) {
		int fd = segment_open(B_NAME);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(fd, KPAGER_PIN, 0, 600);
		for (;;)
			pause();
	}
	sleep(3);
	EXPECT_EQ(0, kill(a, 0));
	EXPECT_STREQ("none", decided("outcome"));
	EXPECT_STREQ("level", decided("trigger"));
	EXPECT_STREQ("301", decided("threshold"));
	EXPECT_EQ(self->decisions + 1, decisions());
	ASSERT_EQ(0, pressure(p.fd, &is));
	/* With a listener, and after the pause that follows nobody. */
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_EQ(0, control_set("deadline_ms", "3000"));
	ASSERT_EQ(0, control_set("adj", "300"));
	ASSERT_TRUE(level_is_reached(&p));
	clock_gettime(CLOCK_MONOTONIC, &from);
	ASSERT_EQ(0, pressure(p.fd, &is));
	EXPECT_EQ(KPAGER_PRESSURE_SOFT, is.level);
	EXPECT_EQ(300, is.adj);
	EXPECT_LT(0, is.deadline);
	EXPECT_EQ(2, is.nr_candidates);
	EXPECT_EQ(a, is.candidates[0].pid);
	EXPECT_EQ(300, is.candidates[0].adj);
	EXPECT_EQ(A_PINS, is.candidates[0].frames);
	EXPECT_EQ(A_PINS * 1300, is.candidates[0].score);
	EXPECT_EQ(b, is.candidates[1].pid);
	ASSERT_EQ(a, waitpid(a, NULL, 0));
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 +
		(to.tv_nsec - from.tv_nsec) / 1000000;
	/* The event and the look at the clock are not the same moment. */
	EXPECT_LE(2500, ms);
	EXPECT_GE(10000, ms);
	EXPECT_STREQ("kill", decided("outcome"));
	EXPECT_EQ(a, atoi(decided("victim")));
	EXPECT_EQ(A_PINS, (unsigned long)atol(decided("gained")));
	kill(b, SIGKILL);
	waitpid(b, NULL, 0);
	close(p.fd);
}

/*
 * What was decided so far, in these tests and before: the command makes each
 * decision once more from its record, and comes to the same.
 */
/* Of those above: a test without a fixture would run before them. */
TEST_F_TIMEOUT(victims, decisions_are_reproduced, 240)
{
	long long n, last = decisions();
	char command[128];

	if (access("./kpager-static", X_OK))
		SKIP(return, "there is no ./kpager-static");
	ASSERT_LT(10, last);
	EXPECT_EQ(0, system("./kpager-static oom >/dev/null"));
	for (n = last > 64 ? last - 63 : 1; n <= last; n++) {
		snprintf(command, sizeof(command),
			 "./kpager-static oom explain %lld", n);
		EXPECT_EQ(0, system(command));
	}
	snprintf(command, sizeof(command),
		 "./kpager-static oom explain %lld 2>/dev/null", last + 1);
	EXPECT_EQ(3, WEXITSTATUS(system(command)));
}

TEST_HARNESS_MAIN
