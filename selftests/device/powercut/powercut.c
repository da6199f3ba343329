// SPDX-License-Identifier: GPL-2.0
/*
 * powercut.c - the power goes, at every point
 *
 *	powercut [-s SEED] [-n STEPS] [-o N]
 *
 * A segment on a block device whose requests are logged (dm-log-writes) is
 * written and synced by threads that mark in the log what was acknowledged.
 * The log is then replayed page by page, and judged after each.  At every Nth
 * point a segment is made of what is on the store.  Prints TAP.
 *
 * For a VM that is killed (selftests/vm/powercut):
 *
 *	powercut fill STORE		before the first step
 *	powercut write STORE SEED	prints what is acknowledged
 *	powercut judge STORE SEED	reads that, looks at the store
 */
#include <stdarg.h>

#include "../dm.h"
#include "powercut.h"

#define DEVICE		"powercut"
#define LOG		STORE_BLOCK2
#define POINTS_MIN	1000u
#define STEPS_FOREVER	(1u << 20)
/* Of a hundred pages written, those that a writer was in at that moment. */
#define MIXES_MAX	2u

/* What is left out of a log, to see that the judge minds. */
enum replay_without { REPLAY_ALL, WITHOUT_FLUSHES, WITHOUT_WRITES };

/**
 * struct replay - a walk through the log
 * @judge: what it comes to
 * @without: what is left out
 * @open_every: at every such point a segment is made of the store; 0: never
 * @opened: how often that was
 * @wrong: pages that it showed otherwise
 * @writes: pages written
 * @flushes: flushes
 * @marks: acknowledgements
 * @strange: marks that say what cannot be
 * @replica: file that gets what the device got
 * @image: the same, in memory
 */
struct replay {
	struct cut_judge judge;
	enum replay_without without;
	unsigned int open_every, opened, wrong;
	unsigned int writes, flushes, marks, strange;
	int replica;
	uint64_t image[CUT_PAGES * WORDS];
};

static struct replay replay;
static unsigned int tests, failed;

static void __attribute__((format(printf, 2, 3)))
check(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	failed += !good;
}

/* ---- the store before the first step ---- */

static const char *fill(const char *store)
{
	static uint64_t words[WORDS];
	int fd = open(store, O_RDWR | O_CLOEXEC);
	unsigned int page;

	if (fd < 0)
		return strerror(errno);
	for (page = 0; page < CUT_PAGES; page++) {
		page_fill(words, page, 0);
		if (pwrite(fd, words, PAGE, page * PAGE) != (ssize_t)PAGE)
			return strerror(errno);
	}
	if (fsync(fd) || close(fd))
		return strerror(errno);
	return NULL;
}

/* ---- writing with a log ---- */

static bool mark(unsigned int thread, uint32_t step)
{
	char text[64];

	snprintf(text, sizeof(text), "mark %u:%u", thread, step);
	return !dm_message(DEVICE, text);
}

static const char *write_logged(uint64_t seed, uint32_t steps)
{
	const char *text;
	char path[32];
	int minor, err;

	if (system("modprobe dm_mod && modprobe dm_log_writes"))
		return "this kernel has no dm-log-writes";
	text = fill(STORE_BLOCK);
	if (text)
		return text;
	minor = dm_load(DEVICE, CUT_SIZE / 512, "log-writes",
			STORE_BLOCK " " LOG);
	if (minor < 0)
		return "the device that logs cannot be made";
	snprintf(path, sizeof(path), "/dev/dm-%d", minor);
	text = write_all(path, seed, steps, mark);
	/* The end of the log is written now. */
	err = dm_remove(DEVICE);
	if (err && !text)
		text = strerror(err);
	return text;
}

/* ---- replaying ---- */

/* A segment on the replica shows what the device got. */
static bool segment_shows(const uint64_t *image)
{
	bool good = false;
	uint64_t *map;
	int fd;

	if (segment_make(STORE_FILE, 0))
		return false;
	fd = segment_open(CUT_SEGMENT);
	map = mmap(NULL, CUT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED) {
		good = !memcmp(map, image, CUT_SIZE);
		munmap(map, CUT_SIZE);
	}
	close(fd);
	return !segment_destroy(CUT_SEGMENT, 0) && good;
}

static void point(struct replay *r)
{
	judge_point(&r->judge);
	if (!r->open_every || r->judge.points % r->open_every)
		return;
	r->opened++;
	r->wrong += !segment_shows(r->image);
}

static void replay_page(struct replay *r, uint64_t page, const uint64_t *words)
{
	r->writes++;
	if (r->without == WITHOUT_WRITES && r->writes % 100 == 0)
		return;
	if (page >= CUT_PAGES) {
		r->strange++;
		return;
	}
	judge_write(&r->judge, page, words);
	memcpy(r->image + page * WORDS, words, PAGE);
	if (r->replica >= 0 &&
	    pwrite(r->replica, words, PAGE, page * PAGE) != (ssize_t)PAGE)
		r->wrong++;
	point(r);
}

static void replay_mark(struct replay *r, const char *text)
{
	unsigned int thread, step;

	if (sscanf(text, "%u:%u", &thread, &step) != 2)
		return;
	r->marks++;
	if (!judge_acknowledged(&r->judge, thread, step))
		r->strange++;
	point(r);
}

static void replay_entry(void *context, const struct log_entry *entry)
{
	struct replay *r = context;
	uint64_t i;

	/* One loss is all that a log with something missing has to show. */
	if (r->without && r->judge.lost)
		return;
	if (entry->flags & LOG_FLUSH) {
		r->flushes++;
		if (r->without != WITHOUT_FLUSHES)
			judge_flush(&r->judge);
	}
	for (i = 0; i < entry->pages; i++)
		replay_page(r, entry->page + i, entry->data + i * WORDS);
	if (entry->flags & LOG_FUA)
		judge_through(&r->judge, entry->page, entry->pages);
	if (entry->flags & LOG_MARK)
		replay_mark(r, entry->mark);
}

static const char *replay_run(uint64_t seed, uint32_t steps,
			      enum replay_without without,
			      unsigned int open_every)
{
	const char *text = NULL;
	unsigned int page;

	memset(&replay, 0, sizeof(replay));
	replay.without = without;
	replay.open_every = open_every;
	replay.replica = -1;
	judge_init(&replay.judge, seed, steps);
	for (page = 0; page < CUT_PAGES; page++)
		page_fill(replay.image + page * WORDS, page, 0);
	if (open_every) {
		text = fill(STORE_FILE);
		replay.replica = open(STORE_FILE, O_RDWR | O_CLOEXEC);
	}
	if (!text)
		text = log_read(LOG, replay_entry, &replay);
	close(replay.replica);
	return text;
}

static void replay_judged(void)
{
	const struct cut_judge *judge = &replay.judge;

	printf("# %u pages written, %u flushes, %u acknowledgements\n",
	       replay.writes, replay.flushes, replay.marks);
	if (*judge->complaint)
		printf("# %s\n", judge->complaint);
	check(judge->points >= POINTS_MIN && !replay.strange,
	      "the power goes at %u points", judge->points);
	check(!judge->lost, "what was acknowledged is there, at each");
	check(!judge->garbage && judge->mixes * 100 <=
	      replay.writes * MIXES_MAX,
	      "no page is torn (%u were being written by the program)",
	      judge->mixes);
	check(replay.opened && !replay.wrong,
	      "a segment shows what the store holds, at %u points",
	      replay.opened);
}

static int test(uint64_t seed, uint32_t steps, unsigned int open_every)
{
	const char *text;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# powercut -s %llu -n %u\n",
	       (unsigned long long)seed, steps);
	text = write_logged(seed, steps);
	check(!text, "%u steps of %u threads: %s", steps, CUT_THREADS,
	      text ?: "done");
	text = replay_run(seed, steps, REPLAY_ALL, open_every);
	check(!text, "the log: %s", text ?: "requests of whole pages");
	replay_judged();
	replay_run(seed, steps, WITHOUT_FLUSHES, 0);
	check(replay.judge.lost, "flushes that are missing are noticed");
	replay_run(seed, steps, WITHOUT_WRITES, 0);
	check(replay.judge.lost, "writes that are missing are noticed");
	printf("1..%u\n", tests);
	return failed != 0;
}

/* ---- for a VM that is killed ---- */

static bool acknowledge_line(unsigned int thread, uint32_t step)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%u:%u\n", thread, step);

	return write(STDOUT_FILENO, text, n) == n;
}

static const char *judge_killed(const char *store, uint64_t seed)
{
	struct cut_judge *judge = &replay.judge;
	static uint64_t words[WORDS];
	unsigned int thread, step, page, acknowledged = 0;
	int fd = open(store, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return strerror(errno);
	judge_init(judge, seed, STEPS_FOREVER);
	while (scanf("%u:%u", &thread, &step) == 2) {
		acknowledged++;
		if (!judge_acknowledged(judge, thread, step))
			return "it says what cannot be";
	}
	for (page = 0; page < CUT_PAGES; page++) {
		if (pread(fd, words, PAGE, page * PAGE) != (ssize_t)PAGE)
			return "the store is too short";
		judge_write(judge, page, words);
	}
	close(fd);
	judge_flush(judge);
	judge_point(judge);
	printf("%u acknowledged, %u lost, %u of no version, %u mixed\n",
	       acknowledged, judge->lost, judge->garbage, judge->mixes);
	if (judge->lost || judge->garbage)
		return judge->complaint;
	return NULL;
}

static int said(const char *text)
{
	if (text)
		fprintf(stderr, "powercut: %s\n", text);
	return text != NULL;
}

int main(int argc, char **argv)
{
	unsigned int steps = 1000, open_every = 50;
	uint64_t seed = 1;
	int c;

	if (argc == 3 && !strcmp(argv[1], "fill"))
		return said(fill(argv[2]));
	if (argc == 4 && !strcmp(argv[1], "write"))
		return said(write_all(argv[2], strtoull(argv[3], NULL, 0),
				      STEPS_FOREVER, acknowledge_line));
	if (argc == 4 && !strcmp(argv[1], "judge"))
		return said(judge_killed(argv[2], strtoull(argv[3], NULL, 0)));
	while ((c = getopt(argc, argv, "s:n:o:")) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			steps = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			open_every = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	return test(seed, steps, open_every);
}
