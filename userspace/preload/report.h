/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - what "kpager run" and the library that it preloads tell each other
 */
#ifndef KPAGER_PRELOAD_REPORT_H
#define KPAGER_PRELOAD_REPORT_H

#include <stdint.h>

/*
 * Environment of the program, from "kpager run".
 *
 * KPAGER_RUN_SEGMENT is "DESCRIPTOR:DEVICE:INODE" of the segment that the first
 * process gets which allocates something large, and KPAGER_RUN_SIZE its bytes;
 * KPAGER_RUN_REPORT the path of the struct report.  Further processes make
 * segments of their own with this size, with KPAGER_RUN_PAGES in memory and
 * KPAGER_RUN_POLICY, unless KPAGER_RUN_ALONE is 1.
 */
#define RUN_SEGMENT	"KPAGER_RUN_SEGMENT"
#define RUN_REPORT	"KPAGER_RUN_REPORT"
#define RUN_THRESHOLD	"KPAGER_RUN_THRESHOLD"
#define RUN_SIZE	"KPAGER_RUN_SIZE"
#define RUN_PAGES	"KPAGER_RUN_PAGES"
#define RUN_POLICY	"KPAGER_RUN_POLICY"
#define RUN_ALONE	"KPAGER_RUN_ALONE"

/* Changes with struct report. */
#define REPORT_VERSION	1

/**
 * struct report - shared memory; all numbers change atomically
 * @version: REPORT_VERSION
 * @claimed: 1 as soon as a process has the segment of KPAGER_RUN_SEGMENT
 * @processes: processes that have a segment, or had one
 * @allocations: ranges that were put into segments
 * @peak: most bytes of them in one process at a time
 * @refused: large ranges for which there was no segment, or no room in it
 * @error: errno of the last segment that could not be made; 0 for none
 * @strays: children that touched the memory of their parent
 */
struct report {
	uint32_t version;
	uint32_t claimed;
	uint64_t processes;
	uint64_t allocations;
	uint64_t peak;
	uint64_t refused;
	uint64_t error;
	uint64_t strays;
};

#endif /* KPAGER_PRELOAD_REPORT_H */
