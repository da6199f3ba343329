// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls.c - every ioctl of the header, with arguments of every kind
 *
 * The description, abi.h, is made from the header when this is built.
 */
#include <sys/uio.h>

#include "fuzz.h"

/**
 * struct field - of a structure
 * @name: as in the header; what is put into it follows from that
 * @at: offset
 * @size: bytes
 */
struct field {
	const char *name;
	unsigned int at, size;
};

/**
 * struct call - an ioctl
 * @name: as in the header
 * @cmd: its number
 * @size: of its argument, 0 if that is no structure
 * @fields: of the argument
 * @nr_fields: how many
 */
struct call {
	const char *name;
	unsigned int cmd, size;
	const struct field *fields;
	unsigned int nr_fields;
};

#define FIELD(type, field) { #field, offsetof(struct type, field), \
	sizeof(((struct type *)0)->field) }
#define CALL(cmd, type) { #cmd, cmd, sizeof(struct type), fields_##type, \
	sizeof(fields_##type) / sizeof(struct field) }
#define CALL_PLAIN(cmd) { #cmd, cmd, 0, NULL, 0 }

#include "abi.h"

#define CALLS (sizeof(calls) / sizeof(*calls))

unsigned int ioctl_count(void)
{
	return CALLS;
}

const char *ioctl_name(unsigned int i)
{
	return calls[i].name;
}

/* ---- arguments ---- */

static void put_bytes(struct fuzzer *f, unsigned char *to, unsigned int n)
{
	while (n--)
		*to++ = fuzz_random(f, 256);
}

static void put_number(unsigned char *to, unsigned int size, uint64_t number)
{
	if (size == sizeof(uint64_t) || size == sizeof(uint32_t))
		memcpy(to, &number, size);
	else
		memset(to, number, size);
}

static void put_name(struct fuzzer *f, unsigned char *to, unsigned int size)
{
	static const char *const names[] = {
		"", ".", "..", "control", "a/b", "a b", "../../x", "%s%n",
		"clock", "two-lists", "no-such-policy",
	};

	switch (fuzz_random(f, 8)) {
	case 0:
		put_bytes(f, to, size);
		break;
	case 1:
		memset(to, 'x', size);
		break;
	case 2:
	case 3:
		snprintf((char *)to, size, OTHER);
		break;
	case 4:
		snprintf((char *)to, size, "%s",
			 names[fuzz_random(f, sizeof(names) / sizeof(*names))]);
		break;
	default:
		snprintf((char *)to, size, "%s",
			 segment_names[fuzz_random(f, SEGMENTS)]);
	}
}

/*
 * A field of an argument with which nothing is wrong in itself.  Ranges are few,
 * so that one call undoes what another did.  Return false for other fields.
 */
static bool put_range(struct fuzzer *f, unsigned char *to,
		      const struct field *field)
{
	if (!strcmp(field->name, "offset"))
		put_number(to, field->size, fuzz_random(f, 4) * 16 * PAGE);
	else if (!strcmp(field->name, "bytes"))
		put_number(to, field->size, PAGE << fuzz_random(f, 5));
	else if (!strcmp(field->name, "flags"))
		put_number(to, field->size, 0);
	else
		return false;
	return true;
}

static void put_field(struct fuzzer *f, unsigned char *arg,
		      const struct field *field, unsigned int struct_size,
		      bool all_sane)
{
	unsigned char *to = arg + field->at;
	bool sane = all_sane || fuzz_random(f, 8) != 0;

	if (all_sane && put_range(f, to, field))
		return;
	if (!strcmp(field->name, "struct_size"))
		put_number(to, field->size, sane ? struct_size :
			   fuzz_number(f));
	else if (!strcmp(field->name, "name"))
		put_name(f, to, field->size);
	else if (!strcmp(field->name, "policy"))
		sane ? (void)memset(to, 0, field->size) :
			put_name(f, to, field->size);
	else if (!strncmp(field->name, "reserved", 8))
		sane ? (void)memset(to, 0, field->size) :
			put_bytes(f, to, field->size);
	else if (!strcmp(field->name, "flags"))
		put_number(to, field->size, !sane ? fuzz_number(f) :
			   fuzz_random(f, 2) ? 0 : fuzz_random(f, 4));
	else if (strstr(field->name, "fd"))
		put_number(to, field->size, !sane ? fuzz_number(f) :
			   fuzz_random(f, 2) ? ~0ull : (uint64_t)fuzz_fd(f));
	else if (!strcmp(field->name, "mode"))
		put_number(to, field->size, sane ? 0600 : fuzz_number(f));
	else
		put_number(to, field->size, sane ?
			   fuzz_random(f, SEGMENT_PAGES) * (fuzz_random(f, 2) ?
			   PAGE : 1) : fuzz_number(f));
}

static void put_argument(struct fuzzer *f, const struct call *call,
			 unsigned char *arg)
{
	bool all_sane = !fuzz_random(f, 3);
	unsigned int i;

	put_bytes(f, arg, call->size);
	if (!fuzz_random(f, 16))
		return;
	for (i = 0; i < call->nr_fields; i++)
		put_field(f, arg, &call->fields[i], call->size, all_sane);
}

/* Memory for an argument: good, half there, read-only, never there, ... */
static unsigned char *argument_at(struct fuzzer *f, unsigned int size)
{
	static unsigned char good[ARG_MAX_SIZE];

	switch (fuzz_random(f, 12)) {
	case 0:	/* the end of it comes and goes */
		return f->low + PAGE - fuzz_random(f, size + 1);
	case 1:	/* all of it changes */
		return f->low;
	case 2:
		return f->segment_map +
			fuzz_random(f, SEGMENT_SIZE - ARG_MAX_SIZE);
	case 3:	/* the kernel's */
		return (void *)(0xffff888000000000ul + fuzz_random(f, 1 << 30));
	case 4:
		return (void *)fuzz_number(f);
	case 5:	/* read-only */
		return (void *)segment_names;
	default:
		return good;
	}
}

/* As a 32-bit program would call it. */
static long ioctl_32(int fd, unsigned int cmd, unsigned char *arg)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (54l), "b" ((long)fd), "c" ((long)cmd),
		       "d" ((long)(uint32_t)(uintptr_t)arg)
		     : "memory", "r8", "r9", "r10", "r11");
	/* The upper half is not defined. */
	return (int)ret;
}

/* Mostly a node of the right kind: control's have the low numbers. */
static int ioctl_fd(struct fuzzer *f, const struct call *call)
{
	if (!fuzz_random(f, 4))
		return fuzz_fd(f);
	return _IOC_NR(call->cmd) < 16 ? f->control :
		f->fds[fuzz_random(f, 2 * SEGMENTS)];
}

static unsigned int fuzz_cmd(struct fuzzer *f, const struct call *call)
{
	static const unsigned int others[] = {
		0x5421 /* FIONBIO */, 0x5452 /* FIOASYNC */, 0x541b, 0x5451,
		0x80081272 /* BLKGETSIZE64 */, 0x125f, 0x127c, 0xc0045878,
		0x80086601, 0xc020660b /* FIEMAP */, 0x5401,
	};

	switch (fuzz_random(f, 12)) {
	case 0:	/* its number with another size or direction */
		return _IOC(fuzz_random(f, 4), KPAGER_IOC_MAGIC,
			    _IOC_NR(call->cmd), fuzz_random(f, 1 << 14));
	case 1:
		return _IOC(fuzz_random(f, 4), KPAGER_IOC_MAGIC,
			    fuzz_random(f, 256), call->size);
	case 2:
		return others[fuzz_random(f, sizeof(others) / 4)];
	case 3:
		return fuzz_number(f);
	default:
		return call->cmd;
	}
}

/* The kernel copies, which fails where a store would be a signal. */
static void argument_fill(const struct call *call, unsigned char *at,
			  unsigned char *arg)
{
	struct iovec from = { arg, call->size }, to = { at, call->size };

	if (at != (const unsigned char *)segment_names)
		(void)!process_vm_writev(getpid(), &from, 1, &to, 1, 0);
}

void fuzz_ioctl(struct fuzzer *f)
{
	const struct call *call = &calls[fuzz_random(f, CALLS)];
	unsigned char arg[ARG_MAX_SIZE], *at;
	unsigned int cmd = fuzz_cmd(f, call);
	long ret;

	put_argument(f, call, arg);
	at = argument_at(f, call->size);
	argument_fill(call, at, arg);
	if (fuzz_random(f, 4)) {
		ret = ioctl(ioctl_fd(f, call), cmd, at);
		ret = ret < 0 ? -errno : ret;
	} else {
		ret = ioctl_32(ioctl_fd(f, call), cmd, at);
	}
	f->calls++;
	f->good += ret >= 0;
	if (ret >= 0 && cmd == call->cmd)
		f->succeeded |= 1ull << (call - calls);
	/* A descriptor, of a segment that is this worker's alone. */
	if (ret > 2 && cmd == KPAGER_CREATE_ANON) {
		int *slot = &f->fds[fuzz_random(f, 2 * SEGMENTS)];

		close(*slot);
		*slot = ret;
	}
	if (ret < -ERRNO_LAST)
		fuzz_complain(f, call->name, ret);
}
