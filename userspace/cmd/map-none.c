// SPDX-License-Identifier: GPL-2.0
/* In place of map-draw.c in the static build, which has no cairo. */
#include "map.h"

static const char problem[] =
	"this static build of kpager draws no pictures; use the one that is installed";

const char *map_problem(const char *path)
{
	(void)path;
	return problem;
}

const char *map_write(const char *path, const char *segment,
		      const struct kpager_map *map)
{
	(void)path;
	(void)segment;
	(void)map;
	return problem;
}
