// SPDX-License-Identifier: GPL-2.0
/*
 * beside.c - one thrashes: the other must not suffer.
 *
 * run-all loads the module with a pool of 16 MiB for it.  It compares
 * throughputs, and needs the machine for itself.
 */
#include "thrash.h"
#include "kselftest_harness.h"

#define ROUNDS		3

FIXTURE(beside) {
	volatile unsigned long *done;
};

FIXTURE_SETUP(beside)
{
	ASSERT_EQ(0, pair_create(&self->done));
}

FIXTURE_TEARDOWN(beside)
{
	EXPECT_EQ(0, pair_destroy());
}

/* Keeps a CPU busy, and needs no memory. */
static pid_t spinner_start(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		__asm__ volatile("" : : : "memory");
}

/* Pages a second. */
static double rate(volatile unsigned long *done, double seconds)
{
	unsigned long from = *done;
	double begin = now();

	poll(NULL, 0, seconds * 1000);
	return (*done - from) / (now() - begin);
}

/* What a segment had to wait for while it was measured. */
struct waits {
	long long misses, stall_ns, load_waits;
};

static struct waits waits_of(const char *segment)
{
	return (struct waits){ own(segment, "misses"), own(segment, "stall_ns"),
			       own(segment, "load_waits") };
}

static void show(const char *segment, const struct waits *from)
{
	struct waits to = waits_of(segment);

	printf("# %s: resident %lld, working set %lld, thrashing index %lld, level %lld; %lld misses, waited %lld ms, held up %lld times\n",
	       segment, own(segment, "resident"), own(segment, "working_set"),
	       own(segment, "thrash"), own(segment, "load_level"),
	       to.misses - from->misses, (to.stall_ns - from->stall_ns) / 1000000,
	       to.load_waits - from->load_waits);
	fflush(stdout);
}

/*
 * What the good one gets beside the bad one, of what it gets alone.  When it
 * is alone, a process that needs no memory keeps the other CPU as busy, so
 * that only memory and store make the difference.
 */
static double share(volatile unsigned long *done, double *bad)
{
	struct waits good_waits, bad_waits;
	double alone, beside;
	pid_t good, other;
	int i;

	done[0] = 0;
	done[8] = 0;
	good = reader_start(GOOD, GOOD_PAGES, done);
	other = spinner_start();
	/* All of it is there, and nobody holds it for what was before. */
	for (i = 0; i < 600 && (own(GOOD, "resident") < (long long)GOOD_PAGES ||
				own(GOOD, "thrash") || own(GOOD, "load_level"));
	     i++)
		poll(NULL, 0, 100);
	alone = rate(done, 4);
	stop(other);
	other = reader_start(BAD, BAD_PAGES, done + 8);
	poll(NULL, 0, 3000);
	good_waits = waits_of(GOOD);
	bad_waits = waits_of(BAD);
	*bad = done[8];
	beside = rate(done, 12);
	*bad = (done[8] - *bad) / 12;
	show(GOOD, &good_waits);
	show(BAD, &bad_waits);
	stop(other);
	stop(good);
	return beside / alone;
}

static int compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return one < other ? -1 : one > other;
}

/* The median of @rounds, at most ROUNDS. */
static double share_median(volatile unsigned long *done, const char *what, int rounds)
{
	double shares[ROUNDS] = { 0 }, bad;
	int i;

	for (i = 0; i < rounds; i++) {
		shares[i] = share(done, &bad);
		printf("# %s: %.0f %% of what it has alone; the other one %.0f pages/s\n",
		       what, shares[i] * 100, bad);
		fflush(stdout);
	}
	qsort(shares, rounds, sizeof(*shares), compare);
	return shares[rounds / 2];
}

TEST_F_TIMEOUT(beside, a_good_one_keeps_its_throughput, 600)
{
	long long holds = stat_value("load_holds");
	double with, without;

	ASSERT_EQ(0, attr_of("control", "load_control", "0"));
	/* Only to be compared with, by who reads it. */
	without = share_median(self->done, "without load control", 1);
	EXPECT_EQ(holds, stat_value("load_holds"));
	ASSERT_EQ(0, attr_of("control", "load_control", "1"));
	with = share_median(self->done, "with load control", ROUNDS);
	EXPECT_LT(holds, stat_value("load_holds"));
	printf("# %.0f %% with, %.0f %% without; at least 70 %% with\n",
	       with * 100, without * 100);
	fflush(stdout);
	EXPECT_LE(0.7, with);
}

TEST_HARNESS_MAIN
