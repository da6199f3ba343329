// SPDX-License-Identifier: GPL-2.0
/*
 * oom.c - when nothing gives a frame any more: what fails, who is told and
 * what is recorded; victims.c has whom it costs
 */
#include "oom.h"
#include "kselftest_harness.h"

#define HOG		"hog"
/* A pipe of this size holds as many pages as frames. */
#define PIPE_SIZE	(1ul << 20)
#define PIPES		16

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

TEST_HARNESS_MAIN
