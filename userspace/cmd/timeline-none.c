// SPDX-License-Identifier: GPL-2.0
/* In place of timeline-draw.c in the static build, which has no cairo. */
#include "timeline.h"

static const char problem[] =
	"this static build of kpager draws no pictures; use the one that is installed";

const char *timeline_problem(const char *path)
{
	(void)path;
	return problem;
}

const char *timeline_write(const char *path, const struct timeline *timeline)
{
	(void)path;
	(void)timeline;
	return problem;
}
