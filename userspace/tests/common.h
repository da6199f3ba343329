/* SPDX-License-Identifier: GPL-2.0 */
/* What all tests of user space need; included before anything else. */
#ifndef KPAGER_TEST_COMMON_H
#define KPAGER_TEST_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those above first. */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLUMNS_LINE \
	"name size resident dirty policy mode opens faults_minor faults_major " \
	"evictions pages_read pages_written io_errors backing\n"

#define ARENAS_LINE \
	"arena node frames free order0 order1 order2 order3 order4 order5 " \
	"order6 order7 order8 order9 order10 largest unusable1 unusable2 " \
	"unusable3 unusable4 unusable5 unusable6 unusable7 unusable8 " \
	"unusable9 unusable10\n"

/* An arena that is one free block, one of 16 frames, and their maps. */
#define ARENA_WHOLE \
	"1 0 1024 1024 0 0 0 0 0 0 0 0 0 0 1 1024 0 0 0 0 0 0 0 0 0 0\n"
#define ARENA_SMALL \
	"12 1 16 7 1 1 1 0 0 0 0 0 0 0 0 4 142 428 1000 1000 1000 1000 " \
	"1000 1000 1000 1000\n"
#define MAPS_LINE	"arena blocks\n"
#define MAP_WHOLE	"1 k\n"
#define MAP_SMALL	"12 a-bcCSx\n"

#define SLABS_LINE \
	"name active_objs num_objs objsize objperslab pagesperslab num_slabs " \
	"active_slabs cached mag_size allocs mag_misses mag_hit debug fails bad\n"

/* put_file - make @path a file with @length bytes of @content */
static inline void put_file(const char *path, const void *content,
			    size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, length), length);
	assert_int_equal(close(fd), 0);
}

static inline void put_text(const char *path, const char *text)
{
	put_file(path, text, strlen(text));
}

static inline bool exists(const char *path)
{
	struct stat status;

	return !lstat(path, &status);
}

/*
 * enter_sandbox - go to a new directory with what looks like the module:
 * proc/stat, proc/segments (one segment, "alpha"), proc/buddyinfo and
 * proc/buddymap (two arenas), proc/slabinfo (one cache) and dev/control
 */
static inline int enter_sandbox(void **state)
{
	char *directory = strdup("sandbox.XXXXXX");
	char path[PATH_MAX];

	if (!directory || !mkdtemp(directory) || chmod(directory, 0755) ||
	    chdir(directory))
		return -1;
	*state = directory;
	if (mkdir("proc", 0755) || mkdir("dev", 0755))
		return -1;
	put_text("proc/stat", "version 1\nlimit_frames 16384\n"
			      "evictions 18446744073709551615\n");
	put_text("proc/segments", "version 1\n" COLUMNS_LINE
		 "alpha 67108864 4096 12 clock 600 1 2 3 4 5 6 0 "
		 "/a\\040b\\134c\n");
	put_text("proc/buddyinfo",
		 "version 1\n" ARENAS_LINE ARENA_WHOLE ARENA_SMALL);
	put_text("proc/buddymap",
		 "version 1\n" MAPS_LINE MAP_WHOLE MAP_SMALL);
	put_text("proc/slabinfo",
		 "version 1\n" SLABS_LINE "a\\040b 1 2 3 4 5 6 7 8 9 10 11 12 0x13 14 15\n");
	put_text("dev/control", "");
	if (!realpath("proc", path) || setenv("KPAGER_PROC", path, 1))
		return -1;
	if (!realpath("dev", path) || setenv("KPAGER_DEV", path, 1))
		return -1;
	return 0;
}

static inline int leave_sandbox(void **state)
{
	char command[64];
	int ret;

	if (chdir(".."))
		return -1;
	snprintf(command, sizeof(command), "rm -rf ./%s", (char *)*state);
	ret = system(command);
	free(*state);
	return ret;
}

#define sandboxed(test) \
	cmocka_unit_test_setup_teardown(test, enter_sandbox, leave_sandbox)

#endif /* KPAGER_TEST_COMMON_H */
