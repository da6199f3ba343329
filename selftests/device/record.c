// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - what kpager record writes is what happened to the segment
 *
 * A sequence of accesses is made while it records.  Replay of the recording
 * misses as often as the segment did, and as replay of the sequence itself.
 *
 * Needs ./kpager-static, which the runner of the tests puts beside this.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "common.h"
#include "kselftest_harness.h"

#define TRACING		"/sys/kernel/tracing"
#define NAME		"recorded"
#define COMMAND		"./kpager-static"
#define RECORDING	"/tmp/record.recording"
#define SUMMARY		"/tmp/record.json"
#define ERRORS		"/tmp/record.err"
#define TRACE		"/tmp/record.trace"

#define PAGES		600u
/* Larger than the pool of 12 MiB, so that pages are evicted. */
#define MANY		6000u
#define FRAMES		100u
#define REQUESTS	4000u

FIXTURE(record) {
	bool ready;
	unsigned int pages;
	int fd;
	volatile unsigned char *map;
	pid_t recorder;
};

static int create(const char *policy, bool deterministic, unsigned int pages)
{
	struct kpager_create arg;
	int fd = open(STORE_BLOCK, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, NAME, pages * PAGE, fd);
	arg.flags = deterministic ? KPAGER_CREATE_DETERMINISTIC : 0;
	arg.resident_max = deterministic ? FRAMES : 0;
	snprintf(arg.policy, sizeof(arg.policy), "%s", policy);
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

static long long segment_stat(const char *key)
{
	return file_value("/proc/kpager/segment/" NAME "/stat", key);
}

/* Instances of recorders that are there. */
static int instances(void)
{
	DIR *directory = opendir(TRACING "/instances");
	struct dirent *entry;
	int n = 0;

	if (!directory)
		return -1;
	while ((entry = readdir(directory)))
		n += !strncmp(entry->d_name, "kpager-", 7);
	closedir(directory);
	return n;
}

/* The recorder is ready when its instance is switched on. */
static bool instance_on(pid_t pid)
{
	char path[128], state = '0';
	int fd;

	snprintf(path, sizeof(path), TRACING "/instances/kpager-%d/tracing_on",
		 (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	if (read(fd, &state, 1) != 1)
		state = '0';
	close(fd);
	return state == '1';
}

static pid_t recorder_start(const char *buffer)
{
	pid_t pid = fork();
	int i, again = 0;

	if (!pid) {
		if (!freopen(SUMMARY, "w", stdout) ||
		    !freopen(ERRORS, "w", stderr))
			_exit(126);
		execl(COMMAND, "kpager", "record", NAME, "-o", RECORDING,
		      "--json", "--buffer", buffer, NULL);
		_exit(127);
	}
	/* A new instance is on before the recorder turns it off. */
	for (i = 0; i < 3000 && again < 50; i++) {
		again = instance_on(pid) ? again + 1 : 0;
		usleep(10000);
	}
	return pid;
}

/* Its exit code. */
static int recorder_end(pid_t pid, int sig)
{
	int status;

	kill(pid, sig);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

/* A number of the summary, or -1. */
static long long told(const char *key)
{
	char line[256], quoted[64];
	long long value = -1;
	FILE *f = fopen(SUMMARY, "r");

	if (!f)
		return -1;
	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	while (value < 0 && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, quoted);

		if (at)
			value = strtoll(at + strlen(quoted), NULL, 10);
	}
	fclose(f);
	return value;
}

/* Misses of FIFO with FRAMES frames on a trace or recording, or -1. */
static long replay(const char *trace, const char *policy, long *requests)
{
	char line[256];
	long frames, misses = -1;
	FILE *f;

	snprintf(line, sizeof(line),
		 COMMAND " replay --raw --noheadings --ideal-bit --policy %s --frames %u %s",
		 policy, FRAMES, trace);
	f = popen(line, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%63s %ld %ld %ld", line, &frames, requests,
		   &misses) != 4)
		misses = -1;
	return pclose(f) ? -1 : misses;
}

static bool contains(const char *path, const char *text)
{
	char line[256];
	bool found = false;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return found;
}

FIXTURE_SETUP(record)
{
	mount("none", TRACING, "tracefs", 0, NULL);
	self->fd = -1;
	self->map = MAP_FAILED;
	self->ready = !access(COMMAND, X_OK);
}

FIXTURE_TEARDOWN(record)
{
	if (!self->ready)
		return;
	munmap((void *)self->map, self->pages * PAGE);
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
	unlink(RECORDING);
	unlink(SUMMARY);
	unlink(ERRORS);
	unlink(TRACE);
}

/* A segment of @pages pages, mapped; 0 or an errno. */
static int begin(FIXTURE_DATA(record) *self, const char *policy,
		 bool deterministic, unsigned int pages)
{
	int err;

	/* What a test left behind that failed. */
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	err = create(policy, deterministic, pages);
	if (!err && !deterministic)
		err = write_text("/sys/class/kpager/" NAME "/announce_writes",
				 "1");
	if (err)
		return err;
	self->pages = pages;
	self->fd = segment_open(NAME);
	if (self->fd < 0)
		return errno;
	self->map = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED, self->fd, 0);
	if (self->map == MAP_FAILED)
		return errno;
	return madvise((void *)self->map, pages * PAGE, MADV_RANDOM) ? errno : 0;
}

/* A deterministic segment evicts one page at a time, as the model does. */
TEST_F_TIMEOUT(record, replays_as_it_ran, 120)
{
	long requests = 0, all = 0, expected, got;
	long long misses, faults;
	unsigned int i, at = 1;
	FILE *f;

	if (!self->ready)
		SKIP(return, "there is no " COMMAND);
	ASSERT_EQ(0, begin(self, "fifo", true, PAGES));
	self->recorder = recorder_start("4M");
	misses = segment_stat("misses");
	faults = segment_stat("faults_major") + segment_stat("faults_minor");
	f = fopen(TRACE, "w");
	ASSERT_NE(NULL, f);
	for (i = 0; i < REQUESTS; i++) {
		/* Loops that fit, and pages all over the segment. */
		unsigned int page = i % 250 < 200 ? i % 80 :
			(at = at * 1103515245 + 12345) / 65536 % PAGES;

		if (i % 3)
			(void)self->map[page * PAGE];
		else
			self->map[page * PAGE] = i;
		fprintf(f, "%c %u\n", i % 3 ? 'R' : 'W', page);
	}
	fclose(f);
	misses = segment_stat("misses") - misses;
	faults = segment_stat("faults_major") + segment_stat("faults_minor") -
		 faults;
	ASSERT_EQ(0, recorder_end(self->recorder, SIGINT));
	expected = replay(TRACE, "fifo", &all);
	got = replay(RECORDING, "fifo", &requests);
	TH_LOG("%ld requests, %ld recorded; the segment misses %lld, replay of the recording %ld, of the sequence %ld",
	       all, requests, misses, got, expected);
	EXPECT_EQ(REQUESTS, all);
	EXPECT_GT(misses, FRAMES);
	EXPECT_EQ(misses, got);
	EXPECT_EQ(expected, got);
	/* With fifo nothing else is seen, and nothing was lost. */
	EXPECT_EQ(faults, requests);
	EXPECT_EQ(faults, told("read_faults") + told("write_faults"));
	EXPECT_LT(0, told("write_faults"));
	EXPECT_EQ(0, told("lost"));
	EXPECT_EQ(0, told("strange"));
	EXPECT_EQ(0, instances());
}

TEST_F_TIMEOUT(record, references_and_first_writes, 120)
{
	unsigned int i, round;
	long long announced;
	long requests = 0;

	if (!self->ready)
		SKIP(return, "there is no " COMMAND);
	ASSERT_EQ(0, begin(self, "sieve", false, MANY));
	self->recorder = recorder_start("16M");
	announced = segment_stat("faults_announced");
	/* Few pages that are read again and again, and written once at last. */
	for (round = 0; round < 3; round++)
		for (i = 0; i < self->pages; i++) {
			(void)self->map[i * PAGE];
			(void)self->map[i % 64 * PAGE];
		}
	for (i = 0; i < 50; i++) {
		(void)self->map[i * PAGE];
		self->map[i * PAGE] = 1;
	}
	announced = segment_stat("faults_announced") - announced;
	ASSERT_EQ(0, recorder_end(self->recorder, SIGTERM));
	TH_LOG("%lld referenced, %lld first writes", told("referenced"),
	       told("first_writes"));
	EXPECT_EQ(50, announced);
	EXPECT_EQ(announced, told("first_writes"));
	EXPECT_LT(0, told("referenced"));
	EXPECT_EQ(0, told("lost"));
	EXPECT_EQ(0, told("strange"));
	EXPECT_LT(0, replay(RECORDING, "sieve", &requests));
	EXPECT_EQ(told("records") - told("prefetched"), requests);
	EXPECT_EQ(0, instances());
}

TEST_F_TIMEOUT(record, losses_are_counted, 120)
{
	unsigned int i;
	long long faults;
	long requests;

	if (!self->ready)
		SKIP(return, "there is no " COMMAND);
	ASSERT_EQ(0, begin(self, "sieve", false, MANY));
	self->recorder = recorder_start("8K");
	faults = segment_stat("faults_major") + segment_stat("faults_minor");
	/* It sleeps while more happens than the buffer holds. */
	ASSERT_EQ(0, kill(self->recorder, SIGSTOP));
	for (i = 0; i < self->pages; i++)
		self->map[i * PAGE] = i;
	faults = segment_stat("faults_major") + segment_stat("faults_minor") -
		 faults;
	ASSERT_EQ(0, kill(self->recorder, SIGCONT));
	ASSERT_EQ(0, recorder_end(self->recorder, SIGINT));
	TH_LOG("%lld faults, %lld recorded, %lld lost", faults,
	       told("read_faults") + told("write_faults"), told("lost"));
	EXPECT_LT(0, told("lost"));
	EXPECT_LT(told("read_faults") + told("write_faults"), faults);
	EXPECT_GE(told("lost") + told("read_faults") + told("write_faults"),
		  faults);
	EXPECT_TRUE(contains(ERRORS, "events lost"));
	EXPECT_LT(0, replay(RECORDING " 2>" ERRORS, "fifo", &requests));
	EXPECT_TRUE(contains(ERRORS, "were lost when it was recorded"));
	EXPECT_EQ(0, instances());
}

static int run(const char *arguments)
{
	char line[256];
	int status;

	snprintf(line, sizeof(line), COMMAND " record %s 2>" ERRORS, arguments);
	status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F_TIMEOUT(record, programs_and_errors, 120)
{
	if (!self->ready)
		SKIP(return, "there is no " COMMAND);
	ASSERT_EQ(0, begin(self, "sieve", false, PAGES));
	EXPECT_EQ(0, run(NAME " --json -o " RECORDING
			 " -- dd if=/dev/zero of=/dev/null count=1 >" SUMMARY));
	EXPECT_EQ(0, told("lost"));
	EXPECT_EQ(1, run(NAME " -o " RECORDING " -- false"));
	EXPECT_TRUE(contains(ERRORS, "exited with 1"));
	EXPECT_EQ(1, run(NAME " -o " RECORDING " -- /no/such"));
	EXPECT_TRUE(contains(ERRORS, "run on /no/such"));
	EXPECT_EQ(0, run(NAME " --seconds 0.2 -o " RECORDING));
	EXPECT_EQ(3, run("nobody -o " RECORDING));
	EXPECT_EQ(0, instances());
	/* A recorder that was killed leaves its own to the next. */
	self->recorder = recorder_start("4M");
	EXPECT_EQ(128 + SIGKILL, recorder_end(self->recorder, SIGKILL));
	EXPECT_EQ(1, instances());
	EXPECT_EQ(0, run(NAME " --seconds 0.2 -o " RECORDING));
	EXPECT_EQ(0, instances());
	ASSERT_EQ(0, umount(TRACING));
	EXPECT_EQ(1, run(NAME " -o " RECORDING));
	EXPECT_TRUE(contains(ERRORS, "mount -t tracefs tracefs " TRACING));
	EXPECT_EQ(0, mount("none", TRACING, "tracefs", 0, NULL));
}

TEST_HARNESS_MAIN
