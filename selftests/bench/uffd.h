/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uffd.h - paging by a program: userfaultfd, a thread and a ring of pages
 */
#ifndef KPAGER_BENCH_UFFD_H
#define KPAGER_BENCH_UFFD_H

#include <stddef.h>
#include <stdint.h>

volatile uint64_t *uffd_map(int store, size_t bytes, unsigned int frames);
void uffd_sync(void);
unsigned long long uffd_written(void);

#endif /* KPAGER_BENCH_UFFD_H */
