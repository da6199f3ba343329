// SPDX-License-Identifier: GPL-2.0
/*
 * scenario.c - the stores that are tortured: a block device and a file that
 * work, a file on a file system that is nearly full, and a device that fails
 * its requests now and then
 */
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "../dm.h"
#include "torture.h"

#define STORE_BYTES	(SIZE + TAIL * PAGE)

static const char *block_prepare(void)
{
	return STORE_BLOCK;
}

static const char *file_prepare(void)
{
	return STORE_FILE;
}

/* A small file system, in memory, and a file that leaves no room on it. */
#define NULLB		"/sys/kernel/config/nullb/nullb0"
#define FULL_MOUNT	"/tmp/full"
#define FULL_BALLAST	FULL_MOUNT "/ballast"
/* Pages of the store that there is no room for: fewer than frames. */
#define FULL_MISSING	768u

static bool ballast_add(void)
{
	static char block[64 * PAGE];
	struct statvfs vfs;
	uint64_t room, n;
	int fd;

	fd = open(FULL_BALLAST, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || statvfs(FULL_MOUNT, &vfs))
		return false;
	room = vfs.f_bfree * vfs.f_frsize;
	room -= STORE_BYTES - FULL_MISSING * PAGE;
	memset(block, 'b', sizeof(block));
	for (n = 0; n < room; n += sizeof(block))
		if (write(fd, block, sizeof(block)) != sizeof(block))
			return false;
	return !fsync(fd) && !close(fd);
}

static const char *full_prepare(void)
{
	int fd;

	mkdir(NULLB, 0700);
	if (write_text(NULLB "/memory_backed", "1") ||
	    write_text(NULLB "/size", "64") || write_text(NULLB "/power", "1"))
		return NULL;
	if (system("mke2fs -F /dev/nullb0 >/dev/null 2>&1"))
		return NULL;
	mkdir(FULL_MOUNT, 0700);
	if (mount("/dev/nullb0", FULL_MOUNT, "ext4", 0, NULL))
		return NULL;
	fd = open(FULL_MOUNT "/store", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, STORE_BYTES) || close(fd) || !ballast_add())
		return NULL;
	return FULL_MOUNT "/store";
}

static bool full_cure(void)
{
	return !unlink(FULL_BALLAST) || errno == ENOENT;
}

static void full_end(void)
{
	umount(FULL_MOUNT);
	rmdir(NULLB);
}

/* Every other second, each request fails. */
#define FLAKEY_NAME	"torture"
#define FLAKEY_SECTORS	(STORE_BYTES / SECTOR)

static bool flakey_cure(void)
{
	return dm_load(FLAKEY_NAME, FLAKEY_SECTORS, "linear",
		       STORE_BLOCK2 " 0") >= 0;
}

static bool flakey_begin(void)
{
	return dm_load(FLAKEY_NAME, FLAKEY_SECTORS, "flakey",
		       STORE_BLOCK2 " 0 1 1") >= 0;
}

static const char *flakey_prepare(void)
{
	static char path[32];
	int minor;

	if (system("modprobe dm_mod && modprobe dm_flakey"))
		return NULL;
	minor = dm_load(FLAKEY_NAME, FLAKEY_SECTORS, "linear",
			STORE_BLOCK2 " 0");
	snprintf(path, sizeof(path), "/dev/dm-%d", minor);
	return minor < 0 ? NULL : path;
}

static void flakey_end(void)
{
	int err = dm_remove(FLAKEY_NAME);

	if (err)
		say("# %s cannot be removed: %s\n", FLAKEY_NAME,
		    strerror(err));
}

const struct scenario scenarios[] = {
	{ .name = "block", .prepare = block_prepare },
	{ .name = "file", .prepare = file_prepare },
	{
		.name = "full", .trouble = true, .prepare = full_prepare,
		.cure = full_cure, .end = full_end,
	},
	{
		.name = "flakey", .trouble = true, .prepare = flakey_prepare,
		.begin = flakey_begin, .cure = flakey_cure, .end = flakey_end,
	},
};

const unsigned int nr_scenarios = sizeof(scenarios) / sizeof(*scenarios);
