// SPDX-License-Identifier: GPL-2.0
/*
 * victims.c - when nothing gives a frame any more: whom the reclaimer asks to
 * end, or ends; and its decisions, made once more
 */
#include "oom.h"
#include "kselftest_harness.h"
#include "pass.h"

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
