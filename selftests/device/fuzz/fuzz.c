// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - nobody who calls nonsense harms anybody else
 *
 *	fuzz [-t SECONDS] [-s SEED] [-w WORKERS]
 *
 * Workers, every second without privilege, make random calls on the nodes, on
 * mappings and on the files of segments, a quarter of the ioctls as a 32-bit
 * program.  Another thread of each takes memory away and gives it back while it
 * is an argument.  A segment that is none of theirs has to keep its contents.
 * What the kernel complains of, the VM's runner sees.  Prints TAP.
 */
#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "fuzz.h"

#define WORKERS_MAX	16u
#define BYSTANDER	"bystander"
#define BYSTANDER_PAGES	512ul
#define BYSTANDER_SIZE	(BYSTANDER_PAGES * PAGE)
#define FILE_PATH	"/mnt/fuzz"
#define NOBODY		65534
/* A slow machine makes so many calls of each worker nevertheless, ... */
#define CALLS_MIN	200ul
/* ... if it can in so many times the time. */
#define TIMES_MAX	12
/* Who was told to die has so long, in seconds. */
#define DIE_PATIENCE	60

const char *const segment_names[SEGMENTS] = {
	"fuzz-block", "fuzz-file", "fuzz-memory",
};

static struct fuzzer *workers;
static pid_t pids[WORKERS_MAX];
static unsigned int tests, failed;

static void check(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
	failed += !good;
}

/* ---- random things ---- */

/* xorshift64*: Vigna, 2016 */
uint32_t fuzz_random(struct fuzzer *f, uint32_t below)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return (uint32_t)(f->random * 0x2545f4914f6cdd1dull >> 32) % below;
}

/* Numbers near those at which something changes. */
uint64_t fuzz_number(struct fuzzer *f)
{
	uint64_t near = 1ull << fuzz_random(f, 64);

	switch (fuzz_random(f, 4)) {
	case 0:
		return near - 1 + fuzz_random(f, 3);
	case 1:
		return -(near - 1 + fuzz_random(f, 3));
	case 2:
		return fuzz_random(f, 3 * PAGE);
	default:
		return near ^ (uint64_t)fuzz_random(f, UINT32_MAX) *
			fuzz_random(f, UINT32_MAX);
	}
}

int fuzz_fd(struct fuzzer *f)
{
	return f->fds[fuzz_random(f, FDS)];
}

void fuzz_complain(struct fuzzer *f, const char *what, long result)
{
	if (!*f->complaint)
		snprintf(f->complaint, sizeof(f->complaint),
			 "%s returned %ld", what, result);
}

/* ---- segments ---- */

static int create(unsigned int i)
{
	struct kpager_create arg;
	int fd = -1, err;

	if (i < 2) {
		fd = open(i ? FILE_PATH : STORE_BLOCK, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return errno;
		/* Somebody may have cut the file short. */
		if (i && ftruncate(fd, SEGMENT_SIZE))
			return errno;
	}
	create_init(&arg, segment_names[i], SEGMENT_SIZE, fd);
	arg.mode = 0666;
	arg.flags = i < 2 ? 0 : KPAGER_CREATE_MEMORY;
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err == EEXIST || err == EBUSY ? 0 : err;
}

static bool bystander_is_well(const uint64_t *map)
{
	return !pattern_errors(map, 0, BYSTANDER_PAGES * WORDS, 1);
}

static uint64_t *bystander_make(int *fd)
{
	uint64_t *map;

	if (segment_create(BYSTANDER, BYSTANDER_SIZE, STORE_BLOCK2))
		return NULL;
	*fd = segment_open(BYSTANDER);
	map = mmap(NULL, BYSTANDER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   *fd, 0);
	if (map == MAP_FAILED)
		return NULL;
	pattern_fill(map, 0, BYSTANDER_PAGES * WORDS, 1);
	return map;
}

/* Nothing is left of what the workers did but the segments themselves. */
static bool segment_goes(const char *name)
{
	unsigned int try;
	int err = EBUSY;

	/* What the last of them held is given up a moment after it died. */
	for (try = 0; try < 300 && err == EBUSY; try++) {
		err = segment_destroy(name, KPAGER_DESTROY_DISCARD);
		if (err == EBUSY)
			usleep(100000);
	}
	if (err && err != ENOENT)
		printf("# %s: %s\n", name, strerror(err));
	return !err || err == ENOENT;
}

/* ---- workers ---- */

static void fds_open(struct fuzzer *f)
{
	char path[64];
	unsigned int i, n = 0;

	for (i = 0; i < SEGMENTS; i++) {
		snprintf(path, sizeof(path), "/dev/kpager/%s",
			 segment_names[i]);
		f->fds[n++] = open(path, O_RDWR | O_CLOEXEC);
		f->fds[n++] = open(path, i ? O_RDWR | O_CLOEXEC :
				   O_RDONLY | O_CLOEXEC);
	}
	f->fds[n++] = open(CONTROL, O_RDONLY | O_CLOEXEC);
	f->fds[n++] = open(CONTROL, O_RDWR | O_CLOEXEC);
	f->control = f->fds[n - 1];
	f->fds[n++] = open(path, O_PATH | O_CLOEXEC);
	f->fds[n++] = open(FILE_PATH, O_RDWR | O_CLOEXEC);
	f->fds[n++] = open(STORE_BLOCK, O_RDWR | O_CLOEXEC);
	f->fds[n++] = open("/dev/null", O_RDWR | O_CLOEXEC);
	f->fds[n++] = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->fds[n++] = -1;
}

/* Takes the second page away and gives it back; changes the first. */
static void *flip(void *arg)
{
	struct fuzzer own = *(struct fuzzer *)arg;
	unsigned char *second = own.low + PAGE;

	for (;;) {
		switch (fuzz_random(&own, 4)) {
		case 0:
			munmap(second, PAGE);
			break;
		case 1:
			mprotect(second, PAGE, fuzz_random(&own, 2) ?
				 PROT_NONE : PROT_READ);
			break;
		case 2:
			mmap(second, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED |
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			break;
		default:
			own.low[fuzz_random(&own, PAGE)] = fuzz_random(&own, 256);
		}
		/* It shall not take the processor from the calls. */
		usleep(fuzz_random(&own, 200));
	}
	return NULL;
}

static void memory_map(struct fuzzer *f)
{
	f->low = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		      MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	/* A hole stays after it, so that nothing of ours lies there. */
	f->segment_map = mmap(NULL, 2 * SEGMENT_SIZE, PROT_NONE, MAP_PRIVATE |
			      MAP_ANONYMOUS | MAP_NORESERVE | MAP_32BIT, -1, 0);
	mmap(f->segment_map, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED |
	     MAP_FIXED, f->fds[0], 0);
}

static void worker(struct fuzzer *f, bool privileged)
{
	struct rlimit few = { 256, 256 };
	pthread_t thread;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &few);
	fds_open(f);
	memory_map(f);
	if (!privileged && (setgroups(0, NULL) || setgid(NOBODY) ||
			    setuid(NOBODY)))
		_exit(1);
	if (f->low == MAP_FAILED || pthread_create(&thread, NULL, flip, f))
		_exit(1);
	for (i = 1;; i++) {
		switch (fuzz_random(f, 8)) {
		case 0:
			fuzz_files(f);
			break;
		case 1 ... 4:
			fuzz_ioctl(f);
			break;
		default:
			fuzz_call(f);
		}
		/* Somebody may have destroyed them, and taken the mapping. */
		if (privileged && i % 256 == 0)
			create(fuzz_random(f, SEGMENTS));
		if (i % 512 == 0)
			mmap(f->segment_map, SEGMENT_SIZE,
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			     f->fds[2 * fuzz_random(f, SEGMENTS)], 0);
	}
}

static void worker_start(unsigned int i, uint64_t seed)
{
	workers[i].random = (seed + 1) * 0x9e3779b97f4a7c15ull;
	pids[i] = fork();
	if (!pids[i])
		worker(&workers[i], i % 2 == 0);
}

static unsigned long calls_made(unsigned int nr)
{
	unsigned long calls = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		calls += workers[i].calls;
	return calls;
}

/* Until the time is over; who dies on the way is replaced. */
static unsigned int workers_run(unsigned int nr, unsigned int seconds,
				uint64_t seed)
{
	time_t begin = time(NULL), end = begin + seconds;
	unsigned int i, died = 0;
	int status;

	for (i = 0; i < nr; i++)
		worker_start(i, seed + i);
	while (time(NULL) < end || (calls_made(nr) < CALLS_MIN * nr &&
				    time(NULL) < begin + TIMES_MAX * seconds)) {
		for (i = 0; i < nr; i++)
			if (waitpid(pids[i], &status, WNOHANG) == pids[i])
				worker_start(i, seed + nr * ++died + i);
		usleep(50000);
	}
	return died;
}

/* Where somebody is who does not die: in the kernel, and why. */
static void stack_show(pid_t pid)
{
	char path[300], line[200];
	struct dirent *e;
	DIR *d;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stack", pid,
			 e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		printf("# task %s of worker %d:\n", e->d_name, pid);
		while (fgets(line, sizeof(line), f))
			printf("#   %s", line);
		fclose(f);
	}
	if (d)
		closedir(d);
}

static bool workers_end(unsigned int nr)
{
	time_t end = time(NULL) + DIE_PATIENCE;
	unsigned int i, left = nr;

	for (i = 0; i < nr; i++)
		kill(pids[i], SIGKILL);
	while (left && time(NULL) < end) {
		for (i = 0; i < nr; i++) {
			if (!pids[i] || waitpid(pids[i], NULL, WNOHANG) <= 0)
				continue;
			pids[i] = 0;
			left--;
		}
		usleep(20000);
	}
	for (i = 0; i < nr && left; i++)
		if (pids[i])
			stack_show(pids[i]);
	return !left;
}

static void workers_judge(unsigned int nr, unsigned int died)
{
	unsigned long calls = calls_made(nr), good = 0;
	uint64_t succeeded = 0;
	bool sane = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		succeeded |= workers[i].succeeded;
		good += workers[i].good;
		if (!*workers[i].complaint)
			continue;
		printf("# worker %u: %s\n", i, workers[i].complaint);
		sane = false;
	}
	printf("# %u ioctls are known; %lu calls, %lu of them good; %u workers died\n",
	       ioctl_count(), calls, good, died);
	for (i = 0; i < ioctl_count(); i++)
		if (!(succeeded >> i & 1))
			printf("# %s never succeeded\n", ioctl_name(i));
	/* If none or all of them are good, this tests nothing. */
	check(calls >= CALLS_MIN * nr && good > calls / 20 && good < calls,
	      "calls are made, good ones among them");
	check(sane, "no call returns what is no error number");
}

static int test(unsigned int nr, unsigned int seconds, uint64_t seed)
{
	unsigned int died, i;
	uint64_t *map;
	bool good;
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# fuzz -t %u -s %llu -w %u\n", seconds,
	       (unsigned long long)seed, nr);
	workers = mmap(NULL, WORKERS_MAX * sizeof(*workers),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	fd = open(FILE_PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	map = bystander_make(&fd);
	for (i = 0; i < SEGMENTS && map; i++)
		if (create(i))
			map = NULL;
	if (workers == MAP_FAILED || !map) {
		puts("Bail out! the segments cannot be made");
		return 1;
	}
	died = workers_run(nr, seconds, seed);
	check(workers_end(nr), "who is killed dies");
	workers_judge(nr, died);
	check(bystander_is_well(map), "another segment has its contents");
	good = segment_goes(OTHER);
	for (i = 0; i < SEGMENTS; i++)
		good &= segment_goes(segment_names[i]);
	check(good, "the segments can be destroyed");
	check(!fsync(fd) && bystander_is_well(map),
	      "the other segment still works");
	munmap(map, BYSTANDER_SIZE);
	close(fd);
	check(!segment_destroy(BYSTANDER, 0), "and goes");
	unlink(FILE_PATH);
	printf("1..%u\n", tests);
	return failed != 0;
}

int main(int argc, char **argv)
{
	unsigned int nr = 4, seconds = 10;
	uint64_t seed = time(NULL);
	int c;

	while ((c = getopt(argc, argv, "t:s:w:")) != -1) {
		switch (c) {
		case 't':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'w':
			nr = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	if (!nr || nr > WORKERS_MAX)
		return 2;
	return test(nr, seconds, seed);
}
