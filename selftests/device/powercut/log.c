// SPDX-License-Identifier: GPL-2.0
/*
 * log.c - reads what the device-mapper target log-writes wrote
 *
 * A superblock, then entries, each one sector, followed by the data it tells
 * of.  All numbers are little endian; a sector is as large as the superblock
 * says.  The kernel's Documentation/admin-guide/device-mapper/log-writes.rst.
 */
#include <endian.h>
#include <linux/fs.h>

#include "powercut.h"

#define LOG_MAGIC	0x6a736677736872ull
#define LOG_LONGEST	(4ul << 20)

struct log_super {
	uint64_t magic, version, entries;
	uint32_t sector_size;
};

struct log_head {
	uint64_t sector, sectors, flags, mark_length;
};

struct log {
	int fd;
	uint32_t sector_size;
	uint64_t entries, at;
	uint64_t *data;
};

static const char *log_open(struct log *log, const char *device)
{
	struct log_super super;

	log->fd = open(device, O_RDONLY | O_CLOEXEC);
	if (log->fd < 0)
		return strerror(errno);
	/* The target wrote past the page cache. */
	ioctl(log->fd, BLKFLSBUF, 0);
	if (pread(log->fd, &super, sizeof(super), 0) != sizeof(super))
		return "the log has no superblock";
	if (le64toh(super.magic) != LOG_MAGIC || le64toh(super.version) != 1)
		return "this is no log of version 1";
	log->sector_size = le32toh(super.sector_size);
	if (log->sector_size < sizeof(struct log_head) || log->sector_size > PAGE)
		return "the log has sectors of a strange size";
	log->entries = le64toh(super.entries);
	log->at = log->sector_size;
	log->data = malloc(LOG_LONGEST);
	return log->data ? NULL : strerror(ENOMEM);
}

/* Read the next entry, with its data. */
static const char *log_next(struct log *log, struct log_entry *entry)
{
	struct log_head head;
	uint64_t from, bytes, n;

	if (pread(log->fd, &head, sizeof(head), log->at) != sizeof(head))
		return "the log ends in an entry";
	memset(entry, 0, sizeof(*entry));
	entry->flags = le64toh(head.flags);
	from = le64toh(head.sector) * log->sector_size;
	bytes = le64toh(head.sectors) * log->sector_size;
	n = le64toh(head.mark_length);
	if (n >= sizeof(entry->mark) || bytes > LOG_LONGEST)
		return "an entry of the log is too long";
	if (entry->flags & LOG_MARK &&
	    pread(log->fd, entry->mark, n, log->at + sizeof(head)) != (ssize_t)n)
		return "the log ends in a mark";
	log->at += log->sector_size;
	if (entry->flags & LOG_DISCARD)
		return "there is a discard, which nobody asked for";
	if (from % PAGE || bytes % PAGE)
		return "a request is not of whole pages: it may be torn";
	if (pread(log->fd, log->data, bytes, log->at) != (ssize_t)bytes)
		return "the log ends in data";
	log->at += bytes;
	entry->page = from / PAGE;
	entry->pages = bytes / PAGE;
	entry->data = log->data;
	return NULL;
}

/* Visit all entries in order.  Returns NULL or what is wrong with the log. */
const char *log_read(const char *device, log_visit visit, void *context)
{
	struct log_entry entry;
	struct log log = { .fd = -1 };
	const char *text = log_open(&log, device);
	bool end = false;

	while (!text && log.entries--) {
		text = log_next(&log, &entry);
		if (text)
			break;
		end = !strcmp(entry.mark, "dm-log-writes-end");
		visit(context, &entry);
	}
	if (!text && !end)
		text = "the log has no end";
	free(log.data);
	if (log.fd >= 0)
		close(log.fd);
	return text;
}
