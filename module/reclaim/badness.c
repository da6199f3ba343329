// SPDX-License-Identifier: GPL-2.0
/*
 * badness.c - which task goes first when nothing else helps
 *
 * Linux asks how much memory a task has; that says little about what its
 * death would give to us.  Here a task counts for the frames that come free:
 * those that nobody but it keeps from being evicted or dropped.
 */
#include "badness.h"

const char *const badness_verdict_names[BADNESS_NR_VERDICTS] = {
#define X(name) #name,
	BADNESS_VERDICTS(X)
#undef X
};

/**
 * badness_hold - a task keeps frames of a segment that its death would free
 * @task: the task; all zero but adj and flags at first
 * @frames: how many
 * @segment_adj: importance of the segment, BADNESS_ADJ_MIN to BADNESS_ADJ_MAX
 *
 * Context: any.
 */
void badness_hold(struct badness *task, u64 frames, int segment_adj)
{
	if (!frames)
		return;
	task->frames += frames;
	if (segment_adj <= BADNESS_ADJ_MIN)
		task->flags |= BADNESS_NEVER;
	else
		task->weighted += frames * (u64)(segment_adj - BADNESS_ADJ_MIN);
}

/**
 * badness_importance - how readily a task is given up
 * @task: the task
 *
 * Context: any.
 * Return: the sum of its own adj and the mean of those of the frames it keeps,
 * at least BADNESS_ADJ_MIN and at most BADNESS_ADJ_MAX.
 */
int badness_importance(const struct badness *task)
{
	s64 mean = 0;

	if (task->frames)
		mean = (s64)div64_u64(task->weighted, task->frames) +
			BADNESS_ADJ_MIN;
	return clamp_t(s64, task->adj + mean, BADNESS_ADJ_MIN, BADNESS_ADJ_MAX);
}

/**
 * badness_score - what speaks for ending a task
 * @task: the task
 *
 * Context: any.
 * Return: thousandths of a frame, each frame weighted by 1 + adj / 1000 of its
 * segment and of the task; 0 only if one of these is -1000 or there are no
 * frames.
 */
u64 badness_score(const struct badness *task)
{
	u64 weight = clamp_t(s32, task->adj, BADNESS_ADJ_MIN, BADNESS_ADJ_MAX) -
		BADNESS_ADJ_MIN;

	if (!weight || !task->weighted)
		return 0;
	/* So many frames that this overflows no machine has. */
	return max_t(u64, div_u64(task->weighted * weight, 1000), 1);
}

/**
 * badness_judge - may a task be chosen
 * @task: the task
 * @threshold: only those of this importance or more; BADNESS_ADJ_MIN for all
 *
 * Context: any.
 * Return: BADNESS_candidate, or why not.
 */
enum badness_verdict badness_judge(const struct badness *task, int threshold)
{
	if (task->flags & BADNESS_KTHREAD)
		return BADNESS_kthread;
	if (task->flags & BADNESS_INIT)
		return BADNESS_init;
	if (!task->frames)
		return BADNESS_nothing;
	if (task->adj <= BADNESS_ADJ_MIN)
		return BADNESS_task_never;
	if (task->flags & BADNESS_NEVER)
		return BADNESS_segment_never;
	if (badness_importance(task) < threshold)
		return BADNESS_important;
	return BADNESS_candidate;
}

/**
 * badness_compare - which of two tasks goes first
 * @a: a task
 * @b: another
 * @threshold: as for badness_judge()
 *
 * Context: any.
 * Return: less than 0 if @a does, more than 0 if @b does, 0 if nothing tells
 * them apart: then the one that was found first goes.
 */
int badness_compare(const struct badness *a, const struct badness *b,
		    int threshold)
{
	bool a_may = badness_judge(a, threshold) == BADNESS_candidate;
	bool b_may = badness_judge(b, threshold) == BADNESS_candidate;
	u64 a_score = badness_score(a), b_score = badness_score(b);

	if (a_may != b_may)
		return a_may ? -1 : 1;
	if (a_score != b_score)
		return a_score > b_score ? -1 : 1;
	/* Of two that are equally bad, the one whose death gives more. */
	if (a->frames != b->frames)
		return a->frames > b->frames ? -1 : 1;
	return 0;
}
