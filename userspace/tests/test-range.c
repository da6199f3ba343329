// SPDX-License-Identifier: GPL-2.0
/* Opening a segment, and ranges of it, against ioctls that are played here. */
#include "common.h"

#include <sys/ioctl.h>

#include "kpager.h"
#include "libkpager.h"

/* Errno of the next ioctl; 0 for success. */
static int fail_with;
static unsigned long last_request;
static struct kpager_pin last;
static struct kpager_volatile last_volatile;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	assert_int_equal(fd, 55);
	last_request = request;
	if (request == KPAGER_VOLATILE || request == KPAGER_NONVOLATILE) {
		struct kpager_volatile *range = arg;

		last_volatile = *range;
		if (request == KPAGER_NONVOLATILE)
			range->purged = 3;
	} else {
		last = *(struct kpager_pin *)arg;
	}
	errno = fail_with;
	return fail_with ? -1 : 0;
}

static int setup(void **state)
{
	fail_with = 0;
	return enter_sandbox(state);
}

#define tested(test) \
	cmocka_unit_test_setup_teardown(test, setup, leave_sandbox)

static void open_says_what_is_missing(void **state)
{
	struct kpager_error error;
	int fd;

	(void)state;
	put_text("dev/alpha", "");
	fd = kpager_segment_open("alpha", &error);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	close(fd);
	assert_int_equal(kpager_segment_open("beta", &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_SEGMENT);
	assert_int_equal(kpager_segment_open("a/b", &error), -EINVAL);
	assert_int_equal(unlink("dev/control"), 0);
	assert_int_equal(kpager_segment_open("beta", &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(kpager_segment_open("beta", NULL), -ENOENT);
}

static void the_module_is_told_the_range(void **state)
{
	const struct kpager_pin expected = {
		.struct_size = sizeof(expected), .offset = 4096, .bytes = 8192,
	};

	(void)state;
	assert_int_equal(kpager_pin(55, 4096, 8192, NULL), 0);
	assert_int_equal(last_request, KPAGER_PIN);
	assert_memory_equal(&last, &expected, sizeof(expected));
	assert_int_equal(kpager_unpin(55, 4096, 8192, NULL), 0);
	assert_int_equal(last_request, KPAGER_UNPIN);
	assert_memory_equal(&last, &expected, sizeof(expected));
}

static void what_is_volatile_comes_back(void **state)
{
	const struct kpager_volatile expected = {
		.struct_size = sizeof(expected), .offset = 4096, .bytes = 8192,
	};
	struct kpager_error error;
	uint64_t purged = 0;

	(void)state;
	assert_int_equal(kpager_volatile(55, 4096, 8192, NULL), 0);
	assert_int_equal(last_request, KPAGER_VOLATILE);
	assert_memory_equal(&last_volatile, &expected, sizeof(expected));
	assert_int_equal(kpager_nonvolatile(55, 4096, 8192, &purged, NULL), 0);
	assert_int_equal(last_request, KPAGER_NONVOLATILE);
	assert_memory_equal(&last_volatile, &expected, sizeof(expected));
	assert_int_equal(purged, 3);
	assert_int_equal(kpager_nonvolatile(55, 4096, 8192, NULL, NULL), 0);
	fail_with = EACCES;
	assert_int_equal(kpager_volatile(55, 0, 4096, &error), -EACCES);
	assert_non_null(strstr(error.text, "volatile on 0+4096: the descriptor is not open for writing"));
	fail_with = ENXIO;
	assert_int_equal(kpager_nonvolatile(55, 0, 4096, &purged, &error),
			 -ENXIO);
	assert_non_null(strstr(error.text, "nonvolatile on 0+4096: "));
	assert_int_equal(purged, 3);
}

static void errors_are_worded(void **state)
{
	static const struct {
		int err;
		const char *says;
	} cases[] = {
		{ EINVAL, "multiples of 4096" }, { ENXIO, "ends before" },
		{ EBUSY, "deterministic" }, { ENOMEM, "pin_max" },
		{ ENOTTY, "newer" }, { EIO, "could not be read" },
		{ EINTR, "Interrupted" },
	};
	struct kpager_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fail_with = cases[i].err;
		assert_int_equal(kpager_pin(55, 0, 4096, &error),
				 -cases[i].err);
		assert_int_equal(error.err, cases[i].err);
		if (!strstr(error.text, "pin on 0+4096: ") ||
		    !strstr(error.text, cases[i].says))
			fail_msg("%s", error.text);
		assert_int_equal(kpager_pin(55, 0, 4096, NULL),
				 -cases[i].err);
	}
	fail_with = EPERM;
	assert_int_equal(kpager_unpin(55, 0, 4096, &error), -EPERM);
	assert_non_null(strstr(error.text, "not pinned by this descriptor"));
	fail_with = ENXIO;
	assert_int_equal(kpager_unpin(55, 0, 4096, &error), -ENXIO);
	assert_non_null(strstr(error.text, "unpin on 0+4096: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tested(open_says_what_is_missing),
		tested(the_module_is_told_the_range),
		tested(what_is_volatile_comes_back),
		tested(errors_are_worded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
