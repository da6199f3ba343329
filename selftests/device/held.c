// SPDX-License-Identifier: GPL-2.0
/*
 * held.c - segments that load control holds back, and lets go.
 *
 * run-all loads the module with a pool of 16 MiB for it.
 */
#include "thrash.h"
#include "kselftest_harness.h"

/* Segments that come and go. */
#define PASSING		4

static int passing_create(int n)
{
	struct kpager_create arg;
	char name[32];

	sprintf(name, "passing%d", n);
	create_init(&arg, name, MB, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	return control_call(KPAGER_CREATE, &arg);
}

static int passing_destroy(int n)
{
	char name[32];

	sprintf(name, "passing%d", n);
	return segment_destroy(name, KPAGER_DESTROY_DISCARD);
}

/* Make and destroy segments that stand before the others; for ever. */
static pid_t churner_start(void)
{
	pid_t pid = fork();
	int i = 0;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!passing_destroy(i) && !passing_create(i))
		i = (i + 1) % PASSING;
	_exit(1);
}

/* Wait until load control holds a segment, or does not, for 20 s at most. */
static bool level_becomes(const char *segment, bool held)
{
	int i;

	for (i = 0; i < 400; i++) {
		if ((own(segment, "load_level") > 0) == held)
			return true;
		poll(NULL, 0, 50);
	}
	return false;
}

FIXTURE(held) {
	volatile unsigned long *done;
};

/* Those that come and go have the lowest numbers. */
FIXTURE_SETUP(held)
{
	int i;

	for (i = 0; i < PASSING; i++)
		ASSERT_EQ(0, passing_create(i));
	ASSERT_EQ(0, pair_create(&self->done));
}

FIXTURE_TEARDOWN(held)
{
	int i;

	EXPECT_EQ(0, pair_destroy());
	for (i = 0; i < PASSING; i++)
		passing_destroy(i);
}

/* Off lets go who is held, whatever segments come and go meanwhile. */
TEST_F_TIMEOUT(held, off_lets_everybody_go, 300)
{
	pid_t good, bad, churner;
	long long holds;
	int i;

	churner = churner_start();
	good = reader_start(GOOD, GOOD_PAGES, self->done);
	bad = reader_start(BAD, BAD_PAGES, self->done + 8);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, attr_of("control", "load_control", "1"));
		EXPECT_TRUE(level_becomes(BAD, true));
		EXPECT_EQ(0, own(GOOD, "load_level"));
		EXPECT_EQ(0, attr_of("control", "load_control", "0"));
		EXPECT_TRUE(level_becomes(BAD, false));
		holds = stat_value("load_holds");
		poll(NULL, 0, 1500);
		EXPECT_EQ(0, own(BAD, "load_level"));
		EXPECT_EQ(holds, stat_value("load_holds"));
	}
	EXPECT_EQ(0, attr_of("control", "load_control", "1"));
	EXPECT_EQ(0, waitpid(churner, NULL, WNOHANG));
	stop(churner);
	stop(bad);
	stop(good);
}

TEST_HARNESS_MAIN
