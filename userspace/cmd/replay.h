/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kpager replay share. */
#ifndef KPAGER_REPLAY_H
#define KPAGER_REPLAY_H

#include <stddef.h>

#include "../replay/sim.h"

/**
 * struct replay_run - a policy with a number of frames, and what came of it
 * @policy: name of the policy, as the user gave it
 * @ops: the policy
 * @frames: frames
 * @result: what came of it
 */
struct replay_run {
	const char *policy;
	const struct policy_ops *ops;
	uint32_t frames;
	struct sim_result result;
};

/**
 * struct replay_curves - what is drawn
 * @title: what was replayed
 * @pages: distinct pages of the trace
 * @frames: the sizes, ascending
 * @n_sizes: how many
 * @names: names of the policies
 * @n_policies: how many
 * @ratio: miss ratios, the sizes of a policy together
 * @floor: miss ratios of the optimum
 */
struct replay_curves {
	const char *title;
	uint32_t pages;
	const uint32_t *frames;
	size_t n_sizes;
	const char *const *names;
	size_t n_policies;
	const double *ratio;
	const double *floor;
};

/*
 * replay_device_policy - name of the policy of a segment
 *
 * Return: 0, or an exit code, the problem being reported.
 */
int replay_device_policy(const char *name, char *policy, size_t size);

/*
 * replay_on_device - have a segment run a trace
 * @name: the segment; it is emptied, and keeps the policy of the last run
 * @runs: policies; receive the frames and what came of it
 *
 * Return: 0, or an exit code, the problem being reported.
 */
int replay_on_device(const char *name, const struct trace *trace,
		     struct replay_run *runs, size_t n_runs);

/*
 * plot_problem - can a file of that name be drawn
 *
 * Return: NULL, or why not.
 */
const char *plot_problem(const char *path);

/*
 * plot_write - draw miss-ratio curves
 *
 * Return: NULL, or what went wrong.
 */
const char *plot_write(const char *path, const struct replay_curves *curves);

#endif /* KPAGER_REPLAY_H */
