/* SPDX-License-Identifier: GPL-2.0 */
/*
 * decision.h - what was decided when nothing gave a frame any more
 *
 * The last DECISIONS of them are kept, in memory that is taken at load.
 */
#ifndef KPAGER_DECISION_H
#define KPAGER_DECISION_H

#include "reclaim/badness.h"
#include "reclaim/reclaim.h"

#include <linux/sched.h>

#define DECISIONS		64u
/* Tasks that a decision names; how many there were besides is counted. */
#define DECISION_CANDIDATES	16u

/* Why there was a decision; names in /proc, append only. */
#define DECISION_TRIGGERS(X)	\
	X(fault)		\
	X(level)

/*
 * How it ended; names in /proc, append only.
 *
 * none: at a level, nobody was to be ended
 * sigbus: there was no candidate; the fault failed
 * own: the faulting task itself was chosen; its fault failed
 * dry_run: somebody was chosen, and nobody ended; the fault failed
 * term: the victim was asked to end, and has its grace time
 * kill: the victim was ended, and what it kept is free to be taken
 */
#define DECISION_OUTCOMES(X)	\
	X(none)			\
	X(sigbus)		\
	X(own)			\
	X(dry_run)		\
	X(term)			\
	X(kill)

enum decision_trigger {
#define X(name) DECISION_##name,
	DECISION_TRIGGERS(X)
#undef X
};

enum decision_outcome {
#define X(name) OUTCOME_##name,
	DECISION_OUTCOMES(X)
#undef X
};

extern const char *const decision_trigger_names[];
extern const char *const decision_outcome_names[];

/**
 * struct decision_candidate - a task that was looked at
 * @pid: its number, as the first process sees it
 * @comm: its name
 * @task: what decides on it
 * @verdict: what was thought of it
 * @score: its score
 * @segment: where it keeps most
 * @segment_adj: importance of that segment
 * @segment_frames: how many frames of it
 */
struct decision_candidate {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct badness task;
	enum badness_verdict verdict;
	u64 score;
	char segment[KPAGER_NAME_SIZE];
	int segment_adj;
	u64 segment_frames;
};

/**
 * struct decision - one of them
 * @number: counts from 1 since the module was loaded; 0: there is none
 * @time: CLOCK_REALTIME, in ns
 * @trigger: why
 * @pid: the task that needed a frame
 * @comm: its name
 * @segment: for which segment, or empty
 * @page: for which page of it, or NO_PAGE
 * @context: what that task may do
 * @waited: how long it had waited, in ms
 * @threshold: only tasks of this importance or more could be chosen
 * @free: free frames
 * @resident: pages of all segments that were in frames
 * @spare: of these, above their segments' minima
 * @store_error: errno of the segment's latest refused request, 0 if none
 * @rungs: what was tried for that task, and what it gained
 * @candidates: the tasks that keep frames, worst first
 * @nr: how many of them are named
 * @left_out: how many are not
 * @outcome: how it ended
 * @victim: number of the task that was chosen, or 0
 * @signal: what it was sent, or 0
 * @gained: frames that came free with that at once
 */
struct decision {
	u64 number;
	u64 time;
	enum decision_trigger trigger;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	char segment[KPAGER_NAME_SIZE];
	u64 page;
	enum store_context context;
	u64 waited;
	int threshold;
	u64 free;
	u64 resident;
	u64 spare;
	int store_error;
	struct rung_count rungs[RUNG_NR];
	struct decision_candidate candidates[DECISION_CANDIDATES];
	unsigned int nr;
	unsigned int left_out;
	enum decision_outcome outcome;
	pid_t victim;
	int signal;
	u64 gained;
};

int decisions_init(void);
void decisions_exit(void);
void decision_record(struct decision *decision);
u64 decisions_count(void);
bool decision_get(u64 number, struct decision *decision);

#endif /* KPAGER_DECISION_H */
