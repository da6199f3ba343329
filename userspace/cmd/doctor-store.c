// SPDX-License-Identifier: GPL-2.0
/* kpager doctor: the files and devices that back the segments. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "doctor.h"

#define PAGE	4096
#define SECTOR	512

/* File systems that write a block elsewhere than where it was. */
static bool writes_elsewhere(const struct statfs *fs)
{
	switch ((unsigned int)fs->f_type) {
	case BTRFS_SUPER_MAGIC:
	case 0x2fc12fc1:	/* ZFS */
	case 0xca451a4e:	/* bcachefs */
	case NILFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/* A number from a file of /sys about block device @dev, or -1. */
static long long block_number(dev_t dev, const char *name)
{
	char path[128], text[64];
	long long value;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev),
		 minor(dev), name);
	if (doctor_read(path, text, sizeof(text)))
		return -1;
	return sscanf(text, "%lld", &value) == 1 ? value : -1;
}

static long long queue_number(dev_t dev, const char *name)
{
	char path[64];
	long long value;

	snprintf(path, sizeof(path), "queue/%s", name);
	value = block_number(dev, path);
	if (value >= 0)
		return value;
	/* Of a partition, the disk knows. */
	snprintf(path, sizeof(path), "../queue/%s", name);
	return block_number(dev, path);
}

/*
 * Is the device cut so that a page is whole blocks of it?
 *
 * Return: 0 if so or if nobody knows.
 */
static int check_alignment(struct findings *findings, const char *name,
			   const char *what, dev_t dev)
{
	long long start = block_number(dev, "start");
	long long block = queue_number(dev, "physical_block_size");
	struct finding *finding;

	if (block > PAGE) {
		finding_add(findings, "store", VERDICT_NOTE,
			    "%s: %s has blocks of %lld bytes: writing a page of 4096 reads and writes more",
			    name, what, block);
		return 1;
	}
	if (start > 0 && start * SECTOR % PAGE) {
		finding = finding_add(findings, "store", VERDICT_WRONG,
				      "%s: %s begins at sector %lld, not at a multiple of 4096 bytes: each page touches two blocks",
				      name, what, start);
		finding_mend(finding, "make the partition anew: parted -a optimal (its content is lost)");
		return 1;
	}
	return 0;
}

static void check_device(struct findings *findings,
			 const struct kpager_segment *segment,
			 const struct stat *status)
{
	if (!check_alignment(findings, segment->name, segment->backing,
			     status->st_rdev))
		finding_add(findings, "store", VERDICT_OK,
			    "%s: %s is a block device", segment->name,
			    segment->backing);
}

static void check_file(struct findings *findings,
		       const struct kpager_segment *segment,
		       const struct stat *status, const struct statfs *fs)
{
	uint64_t allocated = (uint64_t)status->st_blocks * SECTOR;
	uint64_t unallocated = segment->size > allocated ?
			       segment->size - allocated : 0;
	uint64_t room = (uint64_t)fs->f_bavail * (uint64_t)fs->f_bsize;
	const char *name = segment->name;
	struct finding *finding;

	if ((uint64_t)status->st_size < segment->size) {
		finding_add(findings, "store", VERDICT_WRONG,
			    "%s: %s is shorter than the segment: somebody truncated it, the pages behind its end are gone",
			    name, segment->backing);
	} else if (fs->f_type == TMPFS_MAGIC || fs->f_type == RAMFS_MAGIC) {
		finding_add(findings, "store", VERDICT_NOTE,
			    "%s: %s is in memory itself: paging out saves none, and nothing survives a reboot",
			    name, segment->backing);
	} else if (unallocated > room) {
		finding = finding_add(findings, "store", VERDICT_WRONG,
				      "%s: %s has holes, and the file system has no room to fill them: writing pages back may fail with ENOSPC",
				      name, segment->backing);
		finding_mend(finding, "df %s; make room there",
			     segment->backing);
	} else if (unallocated) {
		finding = finding_add(findings, "store", VERDICT_NOTE,
				      "%s: %s has holes: space must be found while pages are written back",
				      name, segment->backing);
		finding_mend(finding, "fallocate -l %" PRIu64 " %s", segment->size,
			     segment->backing);
	} else if (writes_elsewhere(fs)) {
		finding = finding_add(findings, "store", VERDICT_NOTE,
				      "%s: %s is on a file system that copies on write: writing back needs new blocks, and may fail with ENOSPC",
				      name, segment->backing);
		finding_mend(finding, "put it on ext4, XFS or a block device (btrfs: chattr +C before the file is filled)");
	} else if (!check_alignment(findings, name, segment->backing,
				    status->st_dev)) {
		finding_add(findings, "store", VERDICT_OK,
			    "%s: %s is a file with all its blocks", name,
			    segment->backing);
	}
}

static void check_store(struct findings *findings,
			const struct kpager_segment *segment)
{
	char path[PATH_MAX];
	struct stat status;
	struct statfs fs;

	/* Not a path: compressed memory, or out of our root. */
	if (*segment->backing != '/')
		return;
	doctor_path(path, sizeof(path), segment->backing);
	if (stat(path, &status) || statfs(path, &fs)) {
		finding_add(findings, "store", VERDICT_UNKNOWN,
			    "%s: %s: %s", segment->name, segment->backing,
			    strerror(errno));
		return;
	}
	if (S_ISBLK(status.st_mode))
		check_device(findings, segment, &status);
	else
		check_file(findings, segment, &status, &fs);
}

void doctor_stores(struct findings *findings,
		   const struct kpager_segments *segments)
{
	size_t i;

	for (i = 0; i < kpager_segments_count(segments); i++)
		check_store(findings, kpager_segments_get(segments, i));
}
