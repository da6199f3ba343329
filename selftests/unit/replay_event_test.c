// SPDX-License-Identifier: GPL-2.0
/*
 * replay_event_test.c - lines of trace_pipe, and the recordings they become
 */

#include "../../userspace/replay/event.h"
#include "../../userspace/replay/trace.h"
#include "tap.h"

#include <string.h>

#define HEAD	"             cat-812     [001] .....     1234: kpager_"
#define SEG	": segment=3 name=data page="

static void expect(const char *what, const char *line, int status,
		   enum event_kind kind, uint64_t page)
{
	struct event event = { 0 };
	int got = event_parse(&event, line);

	tap_ok(got == status &&
	       (got < 1 || (event.kind == kind && event.page == page &&
			    event.stamp == 1234 && event.segment == 3 &&
			    !strcmp(event.name, "data"))),
	       "%s", what);
}

static void test_lines(void)
{
	struct event event;

	expect("a minor fault", HEAD "fault" SEG "7 write=0 result=minor", 1,
	       EVENT_FAULT, 7);
	expect("a major fault", HEAD "fault" SEG "7 write=1 result=major", 1,
	       EVENT_FAULT, 7);
	expect("started over", HEAD "fault" SEG "7 write=1 result=again", 1,
	       EVENT_AGAIN, 7);
	expect("no such page", HEAD "fault" SEG "7 write=1 result=sigbus", 1,
	       EVENT_OTHER, 7);
	expect("referenced", HEAD "reference" SEG "18446744073709551615 pages=1 result=1",
	       1, EVENT_REFERENCE, UINT64_MAX);
	expect("announced", HEAD "announce" SEG "0 pages=1 result=0", 1,
	       EVENT_ANNOUNCE, 0);
	expect("read ahead", HEAD "prefetch" SEG "9 pages=8 result=-2", 1,
	       EVENT_PREFETCH, 9);
	expect("evicted", HEAD "evict" SEG "9 pages=1 result=0", 1, EVENT_OTHER,
	       9);
	expect("a name like an event",
	       " x: kpager_fault: segment=1-8 [000] d..2. 1234: kpager_fault"
	       SEG "7 write=0 result=minor", 1, EVENT_FAULT, 7);
	expect("no line of an event", "CPU:1 [LOST 12 EVENTS]", 0, 0, 0);
	expect("nothing", "", 0, 0, 0);
	expect("an unknown result", HEAD "fault" SEG "7 write=0 result=x", -1, 0,
	       0);
	expect("a write of 2", HEAD "fault" SEG "7 write=2 result=minor", -1, 0,
	       0);
	expect("cut off", HEAD "fault" SEG "7", -1, 0, 0);
	expect("cut off in the name", HEAD "prefetch: segment=3 name=da", -1, 0,
	       0);
	expect("a clock of nanoseconds",
	       " cat-8 [001] ..... 12.001234: kpager_evict" SEG
	       "9 pages=1 result=0", -1, 0, 0);
	tap_ok(event_parse(&event, HEAD "prefetch" SEG "9 pages=8 result=-2") ==
	       1 && event.pages == 8 && event.stride == -2,
	       "how many are read ahead, and how far apart");
	tap_ok(event_parse(&event, HEAD "fault" SEG "9 write=1 result=minor") ==
	       1 && event.write, "a fault for a write");
}

static void put(struct event_stream *stream, unsigned int cpu,
		enum event_kind kind, bool write, uint64_t page)
{
	struct event event = {
		.kind = kind, .write = write, .page = page, .pages = 1,
	};

	event_stream_put(stream, &event, cpu);
}

/* Records are written as letters and pages. */
static void expect_recording(const char *what, FILE *file,
			     const char *expected)
{
	static const char letters[] = "RWfrpl";
	enum recording_kind kind;
	struct recording r;
	const char *problem;
	char got[256] = "";
	uint64_t argument;

	rewind(file);
	problem = recording_open(&r, file);
	while (!problem && recording_get(&r, &kind, &argument, &problem))
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%c%llu ",
			 letters[kind], (unsigned long long)argument);
	tap_ok(!problem && r.ended && !strcmp(got, expected), "%s: %s", what,
	       problem ? problem : got);
}

static FILE *begin(struct event_stream *stream)
{
	FILE *file = tmpfile();

	if (!file || event_stream_begin(stream, file, 100, 2)) {
		printf("Bail out! no temporary file\n");
		exit(1);
	}
	return file;
}

static void test_streams(void)
{
	struct event ahead = {
		.kind = EVENT_PREFETCH, .page = 9, .pages = 3, .stride = -2,
	};
	struct event_stream s;
	FILE *file = begin(&s);

	put(&s, 0, EVENT_FAULT, false, 5);
	put(&s, 0, EVENT_AGAIN, false, 5);
	put(&s, 1, EVENT_FAULT, true, 6);
	put(&s, 0, EVENT_OTHER, false, 7);
	event_stream_put(&s, &ahead, 0);
	event_stream_lost(&s, 12);
	event_stream_end(&s);
	tap_ok(s.counts[RECORDING_READ] == 1 && s.counts[RECORDING_WRITE] == 1 &&
	       s.counts[RECORDING_PREFETCH] == 3, "records are counted by kind");
	expect_recording("a fault that waited is one", file,
			 "R5 W6 p9 p7 p5 l12 ");
	fclose(file);

	file = begin(&s);
	put(&s, 0, EVENT_FAULT, true, 5);
	put(&s, 1, EVENT_FAULT, false, 6);
	put(&s, 0, EVENT_ANNOUNCE, false, 5);
	put(&s, 0, EVENT_ANNOUNCE, false, 5);
	put(&s, 1, EVENT_ANNOUNCE, false, 6);
	event_stream_end(&s);
	expect_recording("a write fault announces itself", file,
			 "W5 R6 f5 f6 ");
	fclose(file);

	file = begin(&s);
	put(&s, 0, EVENT_FAULT, false, 5);
	put(&s, 0, EVENT_REFERENCE, false, 5);
	put(&s, 0, EVENT_REFERENCE, false, 5);
	put(&s, 0, EVENT_REFERENCE, false, 6);
	/* A segment that grew. */
	put(&s, 0, EVENT_FAULT, false, 1000);
	put(&s, 0, EVENT_REFERENCE, false, 1000);
	event_stream_end(&s);
	expect_recording("the first reference after a fault is the fault's",
			 file, "R5 r5 r6 R1000 r1000 ");
	fclose(file);
}

/* Lines damaged at random: understood or not, no harm. */
static void test_damage(unsigned long rounds)
{
	static const char good[] = HEAD "fault" SEG "7 write=0 result=minor";
	uint64_t seed = tap_seed;
	struct event event;
	char line[sizeof(good)];

	while (rounds--) {
		int flips = 1 + (int)tap_below(&seed, 4);

		memcpy(line, good, sizeof(good));
		while (flips--)
			line[tap_below(&seed, sizeof(good) - 1)] ^=
				(char)(1 << tap_below(&seed, 8));
		event_parse(&event, line);
	}
	tap_ok(true, "damaged lines do no harm");
}

int main(void)
{
	tap_begin();
	test_lines();
	test_streams();
	test_damage(tap_scaled(20000));
	return tap_end();
}
