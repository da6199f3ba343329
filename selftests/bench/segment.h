/* SPDX-License-Identifier: GPL-2.0 */
/*
 * segment.h - the segment "bench", for the programs of the pager benchmark
 */
#ifndef KPAGER_BENCH_SEGMENT_H
#define KPAGER_BENCH_SEGMENT_H

#include <stdint.h>

int bench_segment_open(const char *store, uint64_t bytes);
void bench_segment_close(int fd);
unsigned long long bench_value(const char *path, const char *key);
void bench_enter_cgroup(const char *dir);

#endif /* KPAGER_BENCH_SEGMENT_H */
