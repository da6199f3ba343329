// SPDX-License-Identifier: GPL-2.0
/* No drawings in the static build: it would need a dozen static libraries. */
#include "replay.h"

const char *plot_problem(const char *path)
{
	(void)path;
	return "this static build of kpager cannot draw; use the one that is linked dynamically";
}

const char *plot_write(const char *path, const struct replay_curves *curves)
{
	(void)curves;
	return plot_problem(path);
}
