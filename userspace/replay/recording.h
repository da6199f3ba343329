/* SPDX-License-Identifier: GPL-2.0 */
/*
 * recording.h - the binary trace format of kpager record
 *
 * A header of 32 bytes, all numbers little-endian:
 *
 *	offset	size	what
 *	0	8	"KPAGERRC"
 *	8	4	version of the format, 1
 *	12	4	bytes of a page, 4096
 *	16	8	pages of the segment
 *	24	8	reserved, 0
 *
 * Then records, each one number v of 1 to 10 bytes: 7 bits a byte, the lowest
 * first, the highest bit of a byte set if another follows (LEB128).  The
 * lowest 3 bits of v are its kind, the rest (v >> 3) is its argument:
 *
 *	kind	what			argument
 *	0	read fault		page
 *	1	write fault		page
 *	2	first write to a page	page
 *	3	reference bit found set	page
 *	4	page read ahead		page
 *	5	records lost here	how many
 *	6	end			records of kinds 0 to 4 in the file
 *
 * A page is given as its distance from the page of the last record that had
 * one (0 before the first), zigzag coded: d >= 0 as 2 * d, d < 0 as
 * -2 * d - 1.  A complete recording ends with a record of kind 6; one without
 * was cut off.  Kinds 7 is reserved.  Replay takes kinds 0 and 3 as reads, 1
 * and 2 as writes, and passes over kind 4: nobody asked for that page.
 */
#ifndef KPAGER_RECORDING_H
#define KPAGER_RECORDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define RECORDING_MAGIC		"KPAGERRC"
#define RECORDING_VERSION	1
#define RECORDING_HEADER	32

enum recording_kind {
	RECORDING_READ,
	RECORDING_WRITE,
	RECORDING_FIRST_WRITE,
	RECORDING_REFERENCED,
	RECORDING_PREFETCH,
	RECORDING_LOST,
	RECORDING_END,
};

/**
 * struct recording - a recording that is written or read
 * @file: the file
 * @last: page of the last record that had one
 * @records: records of pages so far
 * @lost: records that were lost, so far
 * @ended: reading: the end record was seen
 */
struct recording {
	FILE *file;
	uint64_t last;
	uint64_t records;
	uint64_t lost;
	bool ended;
};

/* recording_create - write the header; errors show up at fclose() */
void recording_create(struct recording *r, FILE *file, uint64_t pages);

/* recording_put - write a record of kind 0 to 4 */
void recording_put(struct recording *r, enum recording_kind kind,
		   uint64_t page);

/* recording_put_lost - records were lost here; nothing if @count is 0 */
void recording_put_lost(struct recording *r, uint64_t count);

/* recording_finish - write the end record */
void recording_finish(struct recording *r);

/*
 * recording_open - check the header
 *
 * Return: NULL, or what is wrong with it.
 */
const char *recording_open(struct recording *r, FILE *file);

/*
 * recording_get - read the next record
 * @kind: receives its kind
 * @argument: receives its page, or its argument
 * @problem: receives NULL at the end, or what is wrong; a file that was cut
 *	off is not wrong: then @ended stays false
 *
 * Return: true if there was one.
 */
bool recording_get(struct recording *r, enum recording_kind *kind,
		   uint64_t *argument, const char **problem);

#endif /* KPAGER_RECORDING_H */
