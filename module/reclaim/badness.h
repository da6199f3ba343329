/* SPDX-License-Identifier: GPL-2.0 */
/*
 * badness.h - which task goes first when nothing else helps
 *
 * Pure: compiled into the module, into its test and into `kpager oom explain`,
 * which computes a recorded decision once more.
 */
#ifndef KPAGER_BADNESS_H
#define KPAGER_BADNESS_H

#include "../platform.h"

/* Importance of a segment or of a task: never to first. */
#define BADNESS_ADJ_MIN		(-1000)
#define BADNESS_ADJ_MAX		1000

/* What a task is, besides what it holds. */
#define BADNESS_INIT		BIT(0)	/* the first process */
#define BADNESS_KTHREAD		BIT(1)	/* a thread of the kernel's */
#define BADNESS_NEVER		BIT(2)	/* holds frames of a segment of adj -1000 */

/*
 * Why a task may be chosen, or not.  One list makes the enum and the names in
 * /proc/kpager/oom; append only.
 */
#define BADNESS_VERDICTS(X)	\
	X(candidate)		\
	X(nothing)		\
	X(init)			\
	X(kthread)		\
	X(task_never)		\
	X(segment_never)	\
	X(important)

enum badness_verdict {
#define X(name) BADNESS_##name,
	BADNESS_VERDICTS(X)
#undef X
	BADNESS_NR_VERDICTS
};

extern const char *const badness_verdict_names[BADNESS_NR_VERDICTS];

/**
 * struct badness - what is known of a task
 * @frames: frames that its death would free
 * @weighted: of these, the sum over all of 1000 + adj of their segment
 * @adj: its oom_score_adj
 * @flags: BADNESS_...
 */
struct badness {
	u64 frames;
	u64 weighted;
	s32 adj;
	u32 flags;
};

void badness_hold(struct badness *task, u64 frames, int segment_adj);
int badness_importance(const struct badness *task);
u64 badness_score(const struct badness *task);
enum badness_verdict badness_judge(const struct badness *task, int threshold);
int badness_compare(const struct badness *a, const struct badness *b,
		    int threshold);

#endif /* KPAGER_BADNESS_H */
