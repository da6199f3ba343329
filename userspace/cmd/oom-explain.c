// SPDX-License-Identifier: GPL-2.0
/*
 * kpager oom explain - a decision once more, from what was recorded
 *
 * The scores and the choice come from the module's own badness.c.
 */
#include "oom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kpager.h"

#include "../../module/reclaim/badness.h"

/**
 * struct again - a decision, made once more
 * @tasks: the tasks, as badness.c sees them
 * @chosen: index of who goes, or -1
 * @wrong: tasks whose score or verdict is another one
 * @matches: all scores, verdicts and the choice are those of the record
 */
struct again {
	struct badness tasks[KPAGER_DECISION_TASKS];
	int chosen;
	unsigned int wrong;
	bool matches;
};

static bool goes_before(const struct kpager_decision *d,
			const struct again *again, size_t a, size_t b)
{
	int order = badness_compare(&again->tasks[a], &again->tasks[b],
				    (int)d->threshold);

	return order ? order < 0 : d->tasks[a].pid < d->tasks[b].pid;
}

static void decide_again(const struct kpager_decision *d, struct again *again)
{
	enum badness_verdict verdict;
	size_t i, best = 0;
	int64_t pid = 0;

	memset(again, 0, sizeof(*again));
	again->chosen = -1;
	for (i = 0; i < d->n_tasks; i++) {
		const struct kpager_task *task = &d->tasks[i];
		struct badness *is = &again->tasks[i];

		is->frames = task->frames;
		is->weighted = task->weighted;
		is->adj = task->adj;
		is->flags = task->flags;
		verdict = badness_judge(is, (int)d->threshold);
		again->wrong += badness_score(is) != task->score ||
			strcmp(badness_verdict_names[verdict], task->verdict);
		if (i && goes_before(d, again, i, best))
			best = i;
	}
	if (d->n_tasks && badness_judge(&again->tasks[best],
					(int)d->threshold) == BADNESS_candidate)
		again->chosen = best;
	if (again->chosen >= 0)
		pid = d->tasks[best].pid;
	again->matches = !again->wrong && pid == d->victim;
}

static void print_cause(const struct kpager_decision *d)
{
	char time[OOM_TIME_SIZE];

	oom_time(time, d);
	printf("Decision %" PRIu64 ", %s\n\n", d->number, time);
	if (!strcmp(d->trigger, "level"))
		printf("The background thread could not keep as many frames free as minfree asks\n"
		       "for: %" PRIu64 " were.  Tasks of importance %" PRId64 " or more could be ended.\n",
		       d->free, d->threshold);
	else
		printf("Task %s[%" PRId64 "] needed a frame for page %s of segment %s, and had waited\n"
		       "%" PRIu64 " ms.  %" PRIu64 " were free.\n",
		       d->task, d->pid, d->page, d->segment, d->waited_ms,
		       d->free);
	printf("%" PRIu64 " pages of all segments were in frames, %" PRIu64 " of them above what their segments\n"
	       "are left with.\n", d->resident, d->spare);
	if (d->store_error)
		printf("The last error of the segment's store was %" PRIu64 " (%s).\n",
		       d->store_error, strerror((int)d->store_error));
}

static void print_tried(const struct kpager_decision *d)
{
	uint64_t gained = 0;
	size_t i;

	printf("\nTried for it:\n");
	for (i = 0; i < d->n_rungs; i++) {
		if (!d->rungs[i].tried)
			continue;
		printf("  %-8s %8" PRIu64 " times, %" PRIu64 " frames\n",
		       d->rungs[i].name, d->rungs[i].tried,
		       d->rungs[i].gained);
		if (strcmp(d->rungs[i].name, "kill"))
			gained += d->rungs[i].gained;
	}
	if (!gained)
		printf("Nothing could be taken, discarded or written.\n");
}

static void print_tasks(const struct kpager_decision *d)
{
	char number[NUMBER_SIZE];
	struct table *table;
	size_t i;

	if (!d->n_tasks) {
		printf("\nNobody kept frames that a death would free.\n");
		return;
	}
	printf("\nWho kept frames that a death would free:\n");
	table = table_new(true, false);
	table_column(table, "PID", true);
	table_column(table, "TASK", false);
	table_column(table, "FRAMES", true);
	table_column(table, "ADJ", true);
	table_column(table, "SCORE", true);
	table_column(table, "MOST_OF", false);
	table_column(table, "VERDICT", false);
	for (i = 0; i < d->n_tasks; i++) {
		snprintf(number, sizeof(number), "%" PRId64, d->tasks[i].pid);
		table_cell(table, number);
		table_cell(table, d->tasks[i].name);
		format_number(number, d->tasks[i].frames);
		table_cell(table, number);
		snprintf(number, sizeof(number), "%" PRId64, d->tasks[i].adj);
		table_cell(table, number);
		format_number(number, d->tasks[i].score);
		table_cell(table, number);
		table_cell(table, d->tasks[i].segment);
		table_cell(table, d->tasks[i].verdict);
	}
	table_print(table);
	if (d->left_out)
		printf("and %" PRIu64 " more with lower scores.\n",
		       d->left_out);
}

/* Why the one that was chosen. */
static void print_choice(const struct kpager_decision *d,
			 const struct again *again)
{
	const struct kpager_task *task;
	const struct badness *is;

	if (again->chosen < 0) {
		printf("\nNo task may be ended: ");
		printf(d->n_tasks ? "none of these is a candidate.\n" :
		       "a death would free nothing.\n");
		return;
	}
	task = &d->tasks[again->chosen];
	is = &again->tasks[again->chosen];
	printf("\nTask %s[%" PRId64 "] goes first: its death frees %" PRIu64 " frames, which count as\n"
	       "%" PRIu64 ".%03" PRIu64 " with the importance of their segments (%" PRIu64 " of them are of %s,\n"
	       "adj %" PRId64 ") and its own oom_score_adj of %" PRId64 ".  ",
	       task->name, task->pid, task->frames, badness_score(is) / 1000,
	       badness_score(is) % 1000, task->segment_frames, task->segment,
	       task->segment_adj, task->adj);
	printf(d->n_tasks > 1 ? "No other candidate's count\nfor more.\n" :
	       "Nobody else keeps any.\n");
}

/* What each outcome means. */
static const struct {
	const char *outcome;
	const char *text;
} outcomes[] = {
	{ "none", "So nobody was ended." },
	{ "sigbus", "So the access failed: SIGBUS for a mapping, ENOMEM for a call." },
	{ "own", "That is the task that needed the frame, so its access failed and nobody was\nended: it may let go what it keeps." },
	{ "dry_run", "dry_run was set: nobody was ended, and the access failed." },
	{ "term", "It was asked to end with SIGTERM, and had the grace time of that segment." },
	{ "kill", "It was killed." },
};

static void print_outcome(const struct kpager_decision *d)
{
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (!strcmp(d->outcome, outcomes[i].outcome))
			printf("%s\n", outcomes[i].text);
	if (d->gained)
		printf("%" PRIu64 " frames came free, or could be taken, at once.\n",
		       d->gained);
}

static void print_check(const struct kpager_decision *d,
			const struct again *again)
{
	int64_t chosen = again->chosen < 0 ? 0 : d->tasks[again->chosen].pid;

	printf("\nComputed once more from the record, ");
	if (again->matches)
		printf("all scores and the choice are the same.\n");
	else
		printf("%u scores or verdicts are others\n"
		       "and the choice is %s: module and command do not match, or this is a bug.\n",
		       again->wrong,
		       chosen == d->victim ? "the same" : "another");
}

static void print_json(const struct kpager_decision *d,
		       const struct again *again)
{
	struct json_object *object = oom_json(d);
	int64_t chosen = again->chosen < 0 ? 0 : d->tasks[again->chosen].pid;

	json_add(object, "recomputed_victim", json_object_new_int64(chosen));
	json_add(object, "recomputed_differences", json_number(again->wrong));
	json_add(object, "matches", json_object_new_boolean(again->matches));
	json_print("explanation", object);
}

int oom_explain(const struct kpager_decision *d, bool json)
{
	struct again again;

	decide_again(d, &again);
	if (json) {
		print_json(d, &again);
	} else {
		print_cause(d);
		print_tried(d);
		print_tasks(d);
		print_choice(d, &again);
		print_outcome(d);
		print_check(d, &again);
	}
	return again.matches ? EXIT_DONE : EXIT_FAILED;
}
