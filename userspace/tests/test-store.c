// SPDX-License-Identifier: GPL-2.0
/* Creation and filling of backing files, on the file system it runs on. */
#include "common.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "internal.h"

#define FILE_SIZE	(12 << 20)

/* What the wrapped calls shall fail with; 0 for the real call. */
static int fallocate_errno;
static int populate_errno;
/* Where the next populate call finds a byte written in every LATE_STEP. */
static int late_writer_fd = -1;

#define LATE_STEP	12345
#define LATE_BYTE	0xa5

int __real_fallocate64(int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length);
int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
	if (!fallocate_errno)
		return __real_fallocate64(fd, mode, offset, length);
	errno = fallocate_errno;
	return -1;
}

static void write_late(void)
{
	const unsigned char byte = LATE_BYTE;
	off_t at;

	for (at = 0; at < FILE_SIZE; at += LATE_STEP)
		assert_int_equal(pwrite(late_writer_fd, &byte, 1, at), 1);
	late_writer_fd = -1;
}

int __wrap_madvise(void *address, size_t length, int advice)
{
	if (late_writer_fd >= 0 && advice == MADV_POPULATE_WRITE)
		write_late();
	if (!populate_errno || advice != MADV_POPULATE_WRITE)
		return __real_madvise(address, length, advice);
	errno = populate_errno;
	return -1;
}

static int setup(void **state)
{
	fallocate_errno = 0;
	populate_errno = 0;
	return enter_sandbox(state);
}

#define tested(test) \
	cmocka_unit_test_setup_teardown(test, setup, leave_sandbox)

static struct kpager_spec spec_for(const char *path, unsigned int flags)
{
	return (struct kpager_spec) {
		.name = "s", .size = FILE_SIZE, .backing = path, .flags = flags,
	};
}

static void open_store(const struct kpager_spec *spec)
{
	struct kpager_error error;
	struct kpager_store store;

	if (kpager_store_open(spec, &store, &error))
		fail_msg("%s", error.text);
	kpager_store_close(&store, false);
}

static void refuse_store(const struct kpager_spec *spec, int err)
{
	struct kpager_error error;
	struct kpager_store store;

	assert_int_equal(kpager_store_open(spec, &store, &error), -err);
	assert_int_equal(error.err, err);
	assert_true(*error.text);
}

/* Return: whether [0, FILE_SIZE) of @path is one piece of data. */
static bool has_no_hole(const char *path)
{
	int fd = open(path, O_RDONLY);
	off_t hole;

	assert_true(fd >= 0);
	hole = lseek(fd, 0, SEEK_HOLE);
	close(fd);
	return hole >= FILE_SIZE;
}

/* Return: the number of unwritten extents of @path, or -1 if unknown. */
static int unwritten_extents(const char *path)
{
	enum { EXTENTS = 512 };
	struct fiemap *map = calloc(1, sizeof(*map) + EXTENTS *
				       sizeof(struct fiemap_extent));
	int fd = open(path, O_RDONLY);
	int count = 0;
	size_t i;

	assert_non_null(map);
	assert_true(fd >= 0);
	map->fm_length = FILE_SIZE;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	map->fm_extent_count = EXTENTS;
	if (ioctl(fd, FS_IOC_FIEMAP, map))
		count = -1;
	for (i = 0; count >= 0 && i < map->fm_mapped_extents; i++)
		count += !!(map->fm_extents[i].fe_flags &
			    FIEMAP_EXTENT_UNWRITTEN);
	close(fd);
	free(map);
	return count;
}

static void check_filled(const char *path)
{
	assert_true(has_no_hole(path));
	assert_true(unwritten_extents(path) <= 0);
}

static unsigned char *read_file(const char *path, size_t size)
{
	unsigned char *content = malloc(size);
	int fd = open(path, O_RDONLY);

	assert_non_null(content);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, content, size, 0), size);
	close(fd);
	return content;
}

/*
 * A file with odd pieces of data between holes: in the middle of a page,
 * across pages, at the end; its second half is preallocated.
 */
static void make_holey(const char *path)
{
	static const off_t at[] = {
		100, 8191, 300000, (4 << 20) - 10, 7 << 20, 9000001,
		FILE_SIZE - 1,
	};
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	char piece[5000];
	size_t i;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, FILE_SIZE), 0);
	if (__real_fallocate64(fd, 0, FILE_SIZE / 2, FILE_SIZE / 2))
		assert_int_equal(errno, EOPNOTSUPP);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		off_t rest = FILE_SIZE - at[i];
		size_t length = rest < 5000 ? rest : 5000;

		memset(piece, 'a' + (int)i, sizeof(piece));
		assert_int_equal(pwrite(fd, piece, length, at[i]), length);
	}
	close(fd);
}

static void a_missing_file_is_made_and_written(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_FILL);
	struct stat status;
	unsigned char *content;
	size_t i;

	(void)state;
	open_store(&spec);
	assert_int_equal(stat("new", &status), 0);
	assert_int_equal(status.st_size, FILE_SIZE);
	assert_int_equal(status.st_mode & 07777, 0600);
	check_filled("new");
	content = read_file("new", FILE_SIZE);
	for (i = 0; i < FILE_SIZE; i++)
		assert_int_equal(content[i], 0);
	free(content);
}

static void without_fallocate_too(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_FILL);

	(void)state;
	fallocate_errno = EOPNOTSUPP;
	open_store(&spec);
	check_filled("new");
	make_holey("old");
	spec.backing = "old";
	open_store(&spec);
	check_filled("old");
}

static void sparse_files_stay_sparse(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_SPARSE);
	struct stat status;

	(void)state;
	open_store(&spec);
	assert_int_equal(stat("new", &status), 0);
	assert_int_equal(status.st_size, FILE_SIZE);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_blocks, 0);
	open_store(&spec);
	assert_false(has_no_hole("new"));
}

static void holes_are_filled_and_content_kept(void **state)
{
	struct kpager_spec spec = spec_for("old", KPAGER_CREATE_FILL);
	unsigned char *before, *after;
	struct stat status;

	(void)state;
	make_holey("old");
	before = read_file("old", FILE_SIZE);
	assert_false(has_no_hole("old"));
	open_store(&spec);
	check_filled("old");
	after = read_file("old", FILE_SIZE);
	assert_memory_equal(before, after, FILE_SIZE);
	assert_int_equal(stat("old", &status), 0);
	assert_int_equal(status.st_size, FILE_SIZE);
	free(before);
	free(after);
}

/* lseek() takes what is cached of an unwritten extent for data. */
static void the_cache_hides_no_unwritten_extent(void **state)
{
	struct kpager_spec spec = spec_for("old", KPAGER_CREATE_FILL);
	int fd = open("old", O_RDWR | O_CREAT | O_EXCL, 0600);

	(void)state;
	assert_true(fd >= 0);
	if (__real_fallocate64(fd, 0, 0, FILE_SIZE) ||
	    unwritten_extents("old") < 0) {
		close(fd);
		skip();
	}
	close(fd);
	assert_true(unwritten_extents("old") > 0);
	free(read_file("old", FILE_SIZE));
	open_store(&spec);
	assert_int_equal(unwritten_extents("old"), 0);
}

static void a_file_beyond_the_segment_is_left_alone(void **state)
{
	struct kpager_spec spec = spec_for("old", KPAGER_CREATE_FILL);
	struct stat status;

	(void)state;
	put_text("old", "");
	assert_int_equal(truncate("old", 3 * FILE_SIZE), 0);
	open_store(&spec);
	check_filled("old");
	assert_int_equal(stat("old", &status), 0);
	assert_int_equal(status.st_size, 3 * FILE_SIZE);
	assert_true(status.st_blocks * 512 < 2 * FILE_SIZE);
}

static void a_descriptor_does_as_well(void **state)
{
	struct kpager_spec spec = spec_for(NULL, KPAGER_CREATE_FILL);

	(void)state;
	make_holey("old");
	spec.backing_fd = open("old", O_RDWR);
	assert_true(spec.backing_fd >= 0);
	open_store(&spec);
	check_filled("old");
	/* Still open. */
	assert_int_equal(close(spec.backing_fd), 0);
	refuse_store(&spec, EBADF);
}

/**
 * struct meddler - a progress function that interferes
 * @calls: how often it was called
 * @done: what it was told last
 * @total: ditto
 * @stop_at: give up in this call; 0 for never
 * @open: open this file in the first call; NULL for none
 */
struct meddler {
	int calls;
	uint64_t done;
	uint64_t total;
	int stop_at;
	const char *open;
};

static int meddle(uint64_t done, uint64_t total, void *arg)
{
	struct meddler *m = arg;
	int fd;

	assert_true(done >= m->done && done <= total);
	m->done = done;
	m->total = total;
	m->calls++;
	if (m->open && m->calls == 1) {
		/* O_NONBLOCK: do not wait for the lease, break it. */
		fd = open(m->open, O_RDWR | O_NONBLOCK);
		if (fd >= 0)
			close(fd);
	}
	return m->stop_at && m->calls >= m->stop_at;
}

static void progress_is_reported(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_FILL);
	struct meddler m = { 0 };

	(void)state;
	spec.progress = meddle;
	spec.progress_arg = &m;
	open_store(&spec);
	assert_true(m.calls >= 3);
	assert_int_equal(m.total, FILE_SIZE);
	assert_int_equal(m.done, FILE_SIZE);

	m = (struct meddler) { 0 };
	make_holey("old");
	spec.backing = "old";
	open_store(&spec);
	assert_int_equal(m.done, m.total);
	assert_true(m.total > 0 && m.total < FILE_SIZE);

	/* Nothing to fill, nothing to report. */
	m = (struct meddler) { 0 };
	open_store(&spec);
	assert_int_equal(m.calls, 0);
}

static void giving_up_removes_only_what_was_made(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_FILL);
	struct meddler m = { .stop_at = 2 };
	unsigned char *before, *after;

	(void)state;
	spec.progress = meddle;
	spec.progress_arg = &m;
	refuse_store(&spec, ECANCELED);
	assert_false(exists("new"));

	m = (struct meddler) { .stop_at = 2 };
	make_holey("old");
	before = read_file("old", FILE_SIZE);
	spec.backing = "old";
	refuse_store(&spec, ECANCELED);
	after = read_file("old", FILE_SIZE);
	assert_memory_equal(before, after, FILE_SIZE);
	free(before);
	free(after);
}

static void errors_remove_only_what_was_made(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_FILL);

	(void)state;
	make_holey("old");
	fallocate_errno = ENOSPC;
	refuse_store(&spec, ENOSPC);
	assert_false(exists("new"));
	spec.backing = "old";
	refuse_store(&spec, ENOSPC);
	assert_true(exists("old"));

	fallocate_errno = 0;
	populate_errno = EFAULT;
	refuse_store(&spec, EIO);
	populate_errno = EINVAL;
	refuse_store(&spec, EINVAL);
	assert_true(exists("old"));
}

static void a_file_put_in_place_of_ours_is_not_removed(void **state)
{
	struct kpager_spec spec = spec_for("new", KPAGER_CREATE_SPARSE);
	struct kpager_store store;

	(void)state;
	assert_int_equal(kpager_store_open(&spec, &store, NULL), 0);
	put_text("other", "precious");
	assert_int_equal(rename("other", "new"), 0);
	kpager_store_close(&store, true);
	assert_true(exists("new"));
}

static void a_file_in_use_is_not_filled(void **state)
{
	struct kpager_spec spec = spec_for("old", KPAGER_CREATE_FILL);
	struct meddler m = { .open = "old" };
	int fd;

	(void)state;
	make_holey("old");
	fd = open("old", O_RDWR);
	assert_true(fd >= 0);
	refuse_store(&spec, EBUSY);
	assert_int_equal(close(fd), 0);

	/* Opened while it is being filled. */
	spec.progress = meddle;
	spec.progress_arg = &m;
	refuse_store(&spec, EBUSY);

	/* Without holes there is nothing to lose. */
	spec.progress = NULL;
	open_store(&spec);
	fd = open("old", O_RDWR);
	open_store(&spec);
	close(fd);
}

/* What is written after a hole was found and before it is filled survives. */
static void a_late_writer_loses_nothing(void **state)
{
	struct kpager_spec spec = spec_for(NULL, KPAGER_CREATE_FILL);
	unsigned char *content;
	size_t i;

	(void)state;
	put_text("old", "");
	assert_int_equal(truncate("old", FILE_SIZE), 0);
	spec.backing_fd = open("old", O_RDWR);
	assert_true(spec.backing_fd >= 0);
	late_writer_fd = spec.backing_fd;
	open_store(&spec);
	close(spec.backing_fd);
	assert_int_equal(late_writer_fd, -1);

	content = read_file("old", FILE_SIZE);
	for (i = 0; i < FILE_SIZE; i++)
		assert_int_equal(content[i], i % LATE_STEP ? 0 : LATE_BYTE);
	free(content);
	check_filled("old");
}

static void short_and_strange_stores_are_refused(void **state)
{
	struct kpager_spec spec = spec_for("short", KPAGER_CREATE_FILL);
	struct stat status;

	(void)state;
	put_text("short", "data");
	refuse_store(&spec, ENOSPC);
	assert_int_equal(stat("short", &status), 0);
	assert_int_equal(status.st_size, 4);

	spec.backing = "/dev/null";
	refuse_store(&spec, EINVAL);
	spec.backing = "proc";
	refuse_store(&spec, EINVAL);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	spec.backing = "fifo";
	refuse_store(&spec, EINVAL);
	spec.backing = "no/such/directory";
	refuse_store(&spec, ENOENT);
	spec.backing = "short/file";
	refuse_store(&spec, ENOTDIR);
	spec.backing = "";
	refuse_store(&spec, ENOENT);
	assert_int_equal(symlink("nowhere", "link"), 0);
	spec.backing = "link";
	refuse_store(&spec, ENOENT);
	assert_false(exists("nowhere"));
	spec = spec_for("missing", 0);
	refuse_store(&spec, ENOENT);
	assert_false(exists("missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tested(a_missing_file_is_made_and_written),
		tested(without_fallocate_too),
		tested(sparse_files_stay_sparse),
		tested(holes_are_filled_and_content_kept),
		tested(the_cache_hides_no_unwritten_extent),
		tested(a_file_beyond_the_segment_is_left_alone),
		tested(a_descriptor_does_as_well),
		tested(progress_is_reported),
		tested(giving_up_removes_only_what_was_made),
		tested(errors_remove_only_what_was_made),
		tested(a_file_put_in_place_of_ours_is_not_removed),
		tested(a_file_in_use_is_not_filled),
		tested(a_late_writer_loses_nothing),
		tested(short_and_strange_stores_are_refused),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
