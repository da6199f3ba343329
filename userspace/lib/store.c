// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Preparation of the file or block device that will back a segment.
 *
 * The module writes dirty pages back while memory is short.  A file system
 * that must then create or convert an extent needs memory itself, and may find
 * the disk full.  Therefore all of the file is written once, here.
 *
 * A new file is simply written with zeros.  In a file that existed, holes and
 * unwritten extents (lseek() reports both as holes) are never overwritten: a
 * write, however short the moment since lseek(), could destroy what somebody
 * else wrote meanwhile.  Instead they are mapped and MADV_POPULATE_WRITE makes
 * their pages dirty with the content that they have, as a store of each byte
 * to itself would.  That leaves writers that go around the page cache, above
 * all the module itself, whose data our stale pages would replace: a write
 * lease makes sure that nobody else has the file open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/*
 * So often holes are looked for and filled: once, and again for what is found
 * only afterwards because it was in the cache at first.
 */
#define FILL_ROUNDS	3

/* Bytes written or populated between two looks at the progress function. */
#define CHUNK_SIZE	(4u << 20)
/* Written bytes are sent to the disk this often: an honest progress. */
#define SYNC_INTERVAL	(64u << 20)

/**
 * struct fill - a file that is being filled
 * @store: the file
 * @spec: what it is for
 * @total: bytes that will be filled
 * @done: bytes that are
 * @synced: value of @done at the last sync
 * @leased: a write lease is held
 * @error: filled on failure
 */
struct fill {
	const struct kpager_store *store;
	const struct kpager_spec *spec;
	uint64_t total;
	uint64_t done;
	uint64_t synced;
	bool leased;
	struct kpager_error *error;
};

static int fill_failed(const struct fill *fill, int err, const char *what)
{
	return kpager_fail_errno(fill->error, err, what, fill->store->path);
}

static int fill_busy(const struct fill *fill, const char *why)
{
	char shown[KPAGER_SHOWN_SIZE];

	return kpager_fail(fill->error, EBUSY, "fill on %s: %s",
			   kpager_shown(shown, fill->store->path), why);
}

/* Some file systems that compress make holes of zeros. */
static int fill_in_vain(const struct fill *fill)
{
	char shown[KPAGER_SHOWN_SIZE];

	return kpager_fail(fill->error, EOPNOTSUPP,
			   "fill on %s: the file system does not keep blocks of zeros (a sparse store does without)",
			   kpager_shown(shown, fill->store->path));
}

static int fill_sync(struct fill *fill)
{
	if (fsync(fill->store->fd))
		return fill_failed(fill, errno, "fsync");
	/* What was written will be read by direct I/O: no use in the cache. */
	posix_fadvise(fill->store->fd, 0, 0, POSIX_FADV_DONTNEED);
	fill->synced = fill->done;
	return 0;
}

/* Report the progress; fail if the caller or somebody else wants us to stop. */
static int fill_report(const struct fill *fill)
{
	const struct kpager_spec *spec = fill->spec;

	if (fill->leased && fcntl(fill->store->fd, F_GETLEASE) != F_WRLCK)
		return fill_busy(fill, "somebody opened the file meanwhile");
	if (spec->progress &&
	    spec->progress(fill->done, fill->total, spec->progress_arg))
		return fill_failed(fill, ECANCELED, "fill");
	return 0;
}

static int fill_advance(struct fill *fill, uint64_t bytes)
{
	int ret = 0;

	fill->done += bytes;
	if (fill->done - fill->synced >= SYNC_INTERVAL)
		ret = fill_sync(fill);
	return ret ? ret : fill_report(fill);
}

/* Reserve blocks, so that a full disk is an error before anything is done. */
static int fill_allocate(struct fill *fill, off_t offset, off_t length)
{
	int ret = 0;

	while (!ret && fallocate(fill->store->fd, 0, offset, length)) {
		if (errno == EOPNOTSUPP || errno == ENOSYS)
			return 0;
		if (errno != EINTR)
			return fill_failed(fill, errno, "allocate");
		ret = fill_report(fill);
	}
	return ret;
}

static int fill_with_zeros(struct fill *fill)
{
	static char zeros[CHUNK_SIZE];	/* never written: costs no memory */
	int ret = fill_report(fill);

	while (!ret && fill->done < fill->total) {
		uint64_t left = fill->total - fill->done;
		ssize_t n = pwrite(fill->store->fd, zeros,
				   left < CHUNK_SIZE ? left : CHUNK_SIZE,
				   fill->done);

		if (n < 0 && errno != EINTR)
			return fill_failed(fill, errno, "write");
		ret = fill_advance(fill, n < 0 ? 0 : n);
	}
	return ret;
}

/* Make the pages of a range dirty without changing them. */
static int populate(struct fill *fill, off_t offset, size_t length)
{
	size_t lead = offset & (sysconf(_SC_PAGESIZE) - 1);
	int ret = 0;
	char *map;

	map = mmap(NULL, lead + length, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fill->store->fd, offset - lead);
	if (map == MAP_FAILED)
		return fill_failed(fill, errno, "mmap");
	/*
	 * No readahead: a page that is merely in the cache makes lseek() report
	 * the unwritten extent below it as data, which then stays unwritten.
	 */
	madvise(map, lead + length, MADV_RANDOM);
	while (!ret && madvise(map, lead + length, MADV_POPULATE_WRITE)) {
		if (errno == EINTR || errno == EAGAIN)
			ret = fill_report(fill);
		else /* EFAULT: where a store would end in SIGBUS */
			ret = fill_failed(fill, errno == EFAULT ? EIO : errno,
					  "populate");
	}
	munmap(map, lead + length);
	return ret;
}

static int populate_hole(struct fill *fill, off_t start, off_t end)
{
	int ret = fill_allocate(fill, start, end - start);

	while (!ret && start < end) {
		size_t length = end - start < CHUNK_SIZE ? end - start :
							   CHUNK_SIZE;

		ret = populate(fill, start, length);
		if (!ret)
			ret = fill_advance(fill, length);
		start += length;
	}
	return ret;
}

static int count_hole(struct fill *fill, off_t start, off_t end)
{
	fill->total += end - start;
	return 0;
}

static int for_each_hole(struct fill *fill,
			 int (*visit)(struct fill *fill, off_t start, off_t end))
{
	const off_t size = fill->spec->size;
	off_t start, end = 0;
	int ret = 0;

	while (!ret && end < size) {
		start = lseek(fill->store->fd, end, SEEK_HOLE);
		if (start < 0)
			return fill_failed(fill, errno, "look for holes");
		if (start >= size)
			break;
		end = lseek(fill->store->fd, start, SEEK_DATA);
		if (end < 0 && errno != ENXIO)
			return fill_failed(fill, errno, "look for data");
		if (end < 0 || end > size)
			end = size;
		ret = visit(fill, start, end);
	}
	return ret;
}

/* File systems without leases are trusted: the module refuses a second use. */
static int take_lease(struct fill *fill)
{
	int fd = fill->store->fd;

	/* SIGIO, sent when somebody opens the file, would end the process. */
	if (fcntl(fd, F_SETSIG, SIGURG) || fcntl(fd, F_SETLEASE, F_WRLCK)) {
		if (errno != EAGAIN)
			return 0;
		return fill_busy(fill, "the file has holes and is open elsewhere, filling it is not safe");
	}
	fill->leased = true;
	return 0;
}

/* Return: whether there are holes, whose size is added to the total; -errno. */
static int find_holes(struct fill *fill)
{
	uint64_t before = fill->total;
	int ret;

	/*
	 * Writes that are still in the cache get their extents, and the cache
	 * gives up its pages, which could hide unwritten extents.
	 */
	ret = fill_sync(fill);
	if (!ret)
		ret = for_each_hole(fill, count_hole);
	return ret ? ret : fill->total != before;
}

static int fill_holes_leased(struct fill *fill)
{
	int rounds = FILL_ROUNDS;
	int ret = 1;

	while (ret > 0 && rounds--) {
		ret = fill_report(fill);
		if (!ret)
			ret = for_each_hole(fill, populate_hole);
		if (!ret)
			ret = find_holes(fill);
	}
	return ret > 0 ? fill_in_vain(fill) : ret;
}

static int fill_holes(struct fill *fill)
{
	int ret = find_holes(fill);

	if (ret <= 0)
		return ret;
	ret = take_lease(fill);
	if (ret)
		return ret;
	ret = fill_holes_leased(fill);
	/* After a failure too: no page of ours may be written later. */
	if (ret)
		fsync(fill->store->fd);
	if (fill->leased)
		fcntl(fill->store->fd, F_SETLEASE, F_UNLCK);
	return ret;
}

/* The file's name must survive a crash as well as its content. */
static int sync_directory(const struct kpager_store *store,
			  struct kpager_error *error)
{
	const char *slash = strrchr(store->path, '/');
	char directory[PATH_MAX] = ".";
	int ret = 0;
	int fd;

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s",
			 (int)(slash - store->path + 1), store->path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kpager_fail_errno(error, errno, "open", directory);
	/* EINVAL: a file system on which directories cannot be synced. */
	if (fsync(fd) && errno != EINVAL)
		ret = kpager_fail_errno(error, errno, "fsync", directory);
	close(fd);
	return ret;
}

static int write_file(struct fill *fill)
{
	int ret;

	fill->total = fill->spec->size;
	ret = fill_allocate(fill, 0, fill->total);
	if (!ret)
		ret = fill_with_zeros(fill);
	if (!ret)
		ret = find_holes(fill);
	return ret > 0 ? fill_in_vain(fill) : ret;
}

/* Give a file that was just created its size and, if wanted, its blocks. */
static int make_file(struct fill *fill)
{
	int ret = 0;

	if (fill->spec->flags & KPAGER_CREATE_FILL)
		ret = write_file(fill);
	else if (ftruncate(fill->store->fd, fill->spec->size))
		ret = fill_failed(fill, errno, "set size");
	else
		ret = fill_sync(fill);
	return ret ? ret : sync_directory(fill->store, fill->error);
}

static int check_kind(const struct kpager_store *store, mode_t mode,
		      struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE];

	if (S_ISREG(mode) || S_ISBLK(mode))
		return 0;
	return kpager_fail(error, EINVAL,
			   "open on %s: not a regular file or block device, nothing else can back a segment",
			   kpager_shown(shown, store->path));
}

static int check_length(const struct kpager_store *store,
			const struct stat *status, uint64_t size,
			struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE];
	uint64_t length = status->st_size;

	if (S_ISBLK(status->st_mode) && ioctl(store->fd, BLKGETSIZE64, &length))
		return kpager_fail_errno(error, errno, "get size",
					 store->path);
	if (length >= size)
		return 0;
	return kpager_fail(error, ENOSPC,
			   "check on %s: it has %llu bytes, less than the segment's %llu",
			   kpager_shown(shown, store->path),
			   (unsigned long long)length,
			   (unsigned long long)size);
}

static int create_file(struct kpager_store *store, struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE];

	store->fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			 0600);
	if (store->fd >= 0) {
		store->created = true;
		return 0;
	}
	if (errno != EEXIST)
		return kpager_fail_errno(error, errno, "create", store->path);
	return kpager_fail(error, ENOENT,
			   "open on %s: a symbolic link that leads nowhere",
			   kpager_shown(shown, store->path));
}

static int open_path(const struct kpager_spec *spec, struct kpager_store *store,
		     struct kpager_error *error)
{
	struct stat status;
	int ret;

	/* Before open(), which on some character devices starts something. */
	if (!stat(store->path, &status)) {
		ret = check_kind(store, status.st_mode, error);
		if (ret)
			return ret;
	}
	store->fd = open(store->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (store->fd >= 0)
		return 0;
	if (errno == ENOENT &&
	    (spec->flags & (KPAGER_CREATE_FILL | KPAGER_CREATE_SPARSE)))
		return create_file(store, error);
	return kpager_fail_errno(error, errno, "open", store->path);
}

static int prepare(const struct kpager_spec *spec, struct kpager_store *store,
		   struct kpager_error *error)
{
	struct fill fill = { .store = store, .spec = spec, .error = error };
	struct stat status;
	int ret;

	if (store->created)
		return make_file(&fill);
	if (fstat(store->fd, &status))
		return kpager_fail_errno(error, errno, "stat", store->path);
	ret = check_kind(store, status.st_mode, error);
	if (!ret)
		ret = check_length(store, &status, spec->size, error);
	if (!ret && S_ISREG(status.st_mode) && spec->flags & KPAGER_CREATE_FILL)
		ret = fill_holes(&fill);
	return ret;
}

int kpager_store_open(const struct kpager_spec *spec,
		      struct kpager_store *store, struct kpager_error *error)
{
	int ret = 0;

	memset(store, 0, sizeof(*store));
	if (spec->backing) {
		store->path = spec->backing;
		store->own = true;
		ret = open_path(spec, store, error);
		if (ret)
			return ret;
	} else {
		store->fd = spec->backing_fd;
		snprintf(store->label, sizeof(store->label), "descriptor %d",
			 spec->backing_fd);
		store->path = store->label;
	}
	ret = prepare(spec, store, error);
	if (ret)
		kpager_store_close(store, true);
	return ret;
}

/* Only if the path still leads to the file that was created. */
static void remove_created(const struct kpager_store *store)
{
	struct stat ours, theirs;

	if (!fstat(store->fd, &ours) && !lstat(store->path, &theirs) &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		unlink(store->path);
}

void kpager_store_close(struct kpager_store *store, bool failed)
{
	if (failed && store->created)
		remove_created(store);
	if (store->own)
		close(store->fd);
}
