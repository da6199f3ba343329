/* SPDX-License-Identifier: GPL-2.0 */
/* Maps of what is resident of a segment. */
#ifndef KPAGER_MAP_H
#define KPAGER_MAP_H

#include "libkpager.h"

/* map_problem - why no picture can have that name, or NULL */
const char *map_problem(const char *path);

/* map_write - draw a map; returns NULL, or what went wrong */
const char *map_write(const char *path, const char *segment,
		      const struct kpager_map *map);

#endif /* KPAGER_MAP_H */
