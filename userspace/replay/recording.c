// SPDX-License-Identifier: GPL-2.0
/* recording.c - write and read the format that recording.h describes */
#include <string.h>

#include "recording.h"

#define PAGE_BYTES	4096
#define KIND_BITS	3

static void put_little(unsigned char *to, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		*to++ = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t get_little(const unsigned char *from, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

static void put_record(struct recording *r, enum recording_kind kind,
		       uint64_t argument)
{
	uint64_t v = argument << KIND_BITS | kind;

	for (; v >= 0x80; v >>= 7)
		putc((int)(v & 0x7f) | 0x80, r->file);
	putc((int)v, r->file);
}

void recording_create(struct recording *r, FILE *file, uint64_t pages)
{
	unsigned char header[RECORDING_HEADER] = RECORDING_MAGIC;

	memset(r, 0, sizeof(*r));
	r->file = file;
	put_little(header + 8, RECORDING_VERSION, 4);
	put_little(header + 12, PAGE_BYTES, 4);
	put_little(header + 16, pages, 8);
	fwrite(header, 1, sizeof(header), file);
}

void recording_put(struct recording *r, enum recording_kind kind,
		   uint64_t page)
{
	int64_t d = (int64_t)(page - r->last);

	put_record(r, kind, d < 0 ? ~((uint64_t)d << 1) : (uint64_t)d << 1);
	r->last = page;
	r->records++;
}

void recording_put_lost(struct recording *r, uint64_t count)
{
	if (!count)
		return;
	put_record(r, RECORDING_LOST, count);
	r->lost += count;
}

void recording_finish(struct recording *r)
{
	put_record(r, RECORDING_END, r->records);
}

const char *recording_open(struct recording *r, FILE *file)
{
	unsigned char header[RECORDING_HEADER];

	memset(r, 0, sizeof(*r));
	r->file = file;
	if (fread(header, 1, sizeof(header), file) != sizeof(header))
		return "the recording ends within its header";
	if (memcmp(header, RECORDING_MAGIC, 8))
		return "this is no recording";
	if (get_little(header + 8, 4) != RECORDING_VERSION)
		return "the recording has a version that this kpager does not know";
	if (get_little(header + 12, 4) != PAGE_BYTES)
		return "the recording has pages that are not of 4096 bytes";
	return NULL;
}

/* Return: 1 for a number, 0 if the file ends before or within it, -1 if bad. */
static int get_number(FILE *file, uint64_t *v)
{
	unsigned int shift = 0;
	int c;

	*v = 0;
	do {
		c = getc(file);
		if (c == EOF)
			return 0;
		if (shift > 63 || (shift == 63 && (c & 0x7e)))
			return -1;
		*v |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	return 1;
}

bool recording_get(struct recording *r, enum recording_kind *kind,
		   uint64_t *argument, const char **problem)
{
	uint64_t v, number;
	int got;

	*problem = NULL;
	if (r->ended)
		return false;
	got = get_number(r->file, &v);
	if (got < 0)
		*problem = "a number of more than 64 bits";
	if (got <= 0)
		return false;
	*kind = v & ((1 << KIND_BITS) - 1);
	number = v >> KIND_BITS;
	*argument = number;
	switch (*kind) {
	case RECORDING_LOST:
		r->lost += number;
		return true;
	case RECORDING_END:
		r->ended = true;
		if (number != r->records)
			*problem = "its end speaks of another number of records";
		else if (getc(r->file) != EOF)
			*problem = "something follows its end";
		return false;
	case RECORDING_READ:
	case RECORDING_WRITE:
	case RECORDING_FIRST_WRITE:
	case RECORDING_REFERENCED:
	case RECORDING_PREFETCH:
		break;
	default:
		*problem = "a record of an unknown kind";
		return false;
	}
	r->last += number & 1 ? ~(number >> 1) : number >> 1;
	r->records++;
	*argument = r->last;
	return true;
}
