// SPDX-License-Identifier: GPL-2.0
/* Create, resize and destroy against a control node whose ioctl is played here. */
#include "common.h"

#include <sys/ioctl.h>

#include "kpager.h"
#include "libkpager.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * struct module - the module that the tests play
 * @fail_with: errno of the next ioctl; 0 for success
 * @calls: how many ioctls came
 * @create: argument of the last KPAGER_CREATE
 * @destroy: argument of the last KPAGER_DESTROY
 * @resize: argument of the last KPAGER_RESIZE
 * @store_size: size of the backing file at the time of KPAGER_CREATE
 */
static struct module {
	int fail_with;
	int calls;
	struct kpager_create create;
	struct kpager_destroy destroy;
	struct kpager_resize resize;
	off_t store_size;
} module;

/* Errno of opening the control node; 0 for success. */
static int open_errno;

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, mode_t mode);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct stat status;

	(void)fd;
	module.calls++;
	if (request == KPAGER_CREATE) {
		module.create = *(struct kpager_create *)arg;
		if (module.create.backing_fd != -1) {
			assert_int_equal(fstat(module.create.backing_fd,
					       &status), 0);
			module.store_size = status.st_size;
		}
	} else if (request == KPAGER_RESIZE) {
		module.resize = *(struct kpager_resize *)arg;
	} else {
		assert_int_equal(request, KPAGER_DESTROY);
		module.destroy = *(struct kpager_destroy *)arg;
	}
	errno = module.fail_with;
	return module.fail_with ? -1 : 0;
}

int __wrap_open64(const char *path, int flags, mode_t mode)
{
	if (!open_errno || !strstr(path, "/dev/control"))
		return __real_open64(path, flags, mode);
	errno = open_errno;
	return -1;
}

static int setup(void **state)
{
	memset(&module, 0, sizeof(module));
	open_errno = 0;
	return enter_sandbox(state);
}

#define tested(test) \
	cmocka_unit_test_setup_teardown(test, setup, leave_sandbox)

static struct kpager_spec good_spec(void)
{
	return (struct kpager_spec) {
		.name = "beta", .size = 65536, .backing = "store",
		.flags = KPAGER_CREATE_FILL,
	};
}

static void refuse(const struct kpager_spec *spec, int err,
		   enum kpager_cause cause, int calls)
{
	struct kpager_error error;

	module.calls = 0;
	assert_int_equal(kpager_segment_create(spec, &error), -err);
	assert_int_equal(error.err, err);
	assert_int_equal(error.cause, cause);
	assert_true(*error.text);
	assert_int_equal(module.calls, calls);
	assert_int_equal(kpager_segment_create(spec, NULL), -err);
	assert_false(exists("store"));
}

static void the_module_is_told_everything(void **state)
{
	static const struct kpager_create empty;
	struct kpager_spec spec = good_spec();

	(void)state;
	spec.policy = "sieve";
	spec.mode = 0640;
	assert_int_equal(kpager_segment_create(&spec, NULL), 0);
	assert_int_equal(module.create.struct_size, sizeof(module.create));
	assert_int_equal(module.create.flags, 0);
	assert_int_equal(module.create.size, 65536);
	assert_int_equal(module.create.mode, 0640);
	assert_string_equal(module.create.name, "beta");
	assert_string_equal(module.create.policy, "sieve");
	assert_memory_equal(module.create.reserved, empty.reserved,
			    sizeof(empty.reserved));
	/* The store was complete before the module saw it. */
	assert_int_equal(module.store_size, 65536);
	assert_true(exists("store"));
}

static void defaults_are_left_to_the_module(void **state)
{
	struct kpager_spec spec = good_spec();

	(void)state;
	assert_int_equal(kpager_segment_create(&spec, NULL), 0);
	assert_int_equal(module.create.mode, 0);
	assert_string_equal(module.create.policy, "");
}

static void memory_needs_no_store(void **state)
{
	struct kpager_spec spec = good_spec();
	struct kpager_error error;

	(void)state;
	spec.flags = KPAGER_CREATE_VOLATILE;
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 0);
	spec.backing = NULL;
	assert_int_equal(kpager_segment_create(&spec, &error), 0);
	assert_int_equal(module.create.flags, KPAGER_CREATE_MEMORY);
	assert_int_equal(module.create.backing_fd, -1);
	assert_int_equal(module.create.size, 65536);
	assert_false(exists("store"));
	spec.flags |= KPAGER_CREATE_SPARSE;
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 0);
}

static void contiguous_memory_needs_no_store(void **state)
{
	struct kpager_spec spec = good_spec();
	struct kpager_error error;

	(void)state;
	spec.flags = KPAGER_CREATE_PHYSICAL;
	spec.size = 4 << 20;
	spec.policy = NULL;
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 0);
	spec.backing = NULL;
	assert_int_equal(kpager_segment_create(&spec, &error), 0);
	assert_int_equal(module.create.flags, KPAGER_CREATE_CONTIGUOUS);
	assert_int_equal(module.create.backing_fd, -1);
	assert_int_equal(module.create.size, 4 << 20);
	assert_string_equal(module.create.policy, "");
	assert_false(exists("store"));
	spec.size += 4096;
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 0);
	spec.size = 20480;
	assert_int_equal(kpager_segment_create(&spec, &error), 0);
	spec.policy = "sieve";
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 0);
}

static void bad_specs_do_not_reach_the_module(void **state)
{
	static const char long_name[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	static const char long_policy[] = "01234567890123456789012345678901";
	const struct {
		struct kpager_spec spec;
		int err;
	} cases[] = {
		{ { .name = "", .size = 4096 }, EINVAL },
		{ { .name = "a b", .size = 4096 }, EINVAL },
		{ { .name = long_name, .size = 4096 }, ENAMETOOLONG },
		{ { .name = "control", .size = 4096 }, EEXIST },
		{ { .name = "anon:1", .size = 4096 }, EEXIST },
		{ { .name = "alpha", .size = 4096 }, EEXIST },
		{ { .name = "x", .size = 0 }, EINVAL },
		{ { .name = "x", .size = 4097 }, EINVAL },
		{ { .name = "x", .size = 1ull << 63 }, EFBIG },
		{ { .name = "x", .size = 4096, .mode = 01000 }, EINVAL },
		{ { .name = "x", .size = 4096, .flags = 3 }, EINVAL },
		{ { .name = "x", .size = 4096, .flags = 4 }, EINVAL },
		{ { .name = "x", .size = 4096, .policy = long_policy },
		  ENAMETOOLONG },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct kpager_spec spec = cases[i].spec;

		spec.backing = "store";
		if (!spec.flags)
			spec.flags = KPAGER_CREATE_FILL;
		refuse(&spec, cases[i].err, KPAGER_CAUSE_OTHER, 0);
	}
}

static void a_refused_create_removes_the_new_file(void **state)
{
	static const int errors[] = {
		EINVAL, EEXIST, EBUSY, ENOSPC, ENOMEM, EMFILE, ENOTTY, EIO,
		ENAMETOOLONG, EBADF,
	};
	struct kpager_spec spec = good_spec();
	size_t i;

	(void)state;
	for (i = 0; i < N(errors); i++) {
		module.fail_with = errors[i];
		refuse(&spec, errors[i], KPAGER_CAUSE_OTHER, 1);
	}
	module.fail_with = EPERM;
	refuse(&spec, EPERM, KPAGER_CAUSE_PERMISSION, 1);
	module.fail_with = EINVAL;
	spec.policy = "unheard-of";
	refuse(&spec, EINVAL, KPAGER_CAUSE_OTHER, 1);
}

static void a_refused_create_keeps_an_old_file(void **state)
{
	struct kpager_spec spec = good_spec();

	(void)state;
	put_text("store", "");
	assert_int_equal(truncate("store", 65536), 0);
	module.fail_with = EBUSY;
	assert_int_equal(kpager_segment_create(&spec, NULL), -EBUSY);
	assert_true(exists("store"));
}

static void the_control_node_is_tried_before_the_store(void **state)
{
	struct kpager_spec spec = good_spec();

	(void)state;
	open_errno = EACCES;
	refuse(&spec, EACCES, KPAGER_CAUSE_PERMISSION, 0);
	open_errno = EPERM;
	refuse(&spec, EPERM, KPAGER_CAUSE_PERMISSION, 0);
	open_errno = ENOENT;
	refuse(&spec, ENOENT, KPAGER_CAUSE_MODULE, 0);
	open_errno = ENXIO;
	refuse(&spec, ENXIO, KPAGER_CAUSE_MODULE, 0);
	open_errno = 0;
	assert_int_equal(unlink("proc/segments"), 0);
	refuse(&spec, ENOENT, KPAGER_CAUSE_MODULE, 0);
}

/* Before it is filled, under whatever path. */
static void a_store_in_use_is_found(void **state)
{
	struct kpager_spec spec = good_spec();
	struct kpager_error error;
	char path[PATH_MAX - 256], text[PATH_MAX];

	(void)state;
	put_text("used", "");
	assert_int_equal(truncate("used", 65536), 0);
	assert_non_null(realpath("used", path));
	snprintf(text, sizeof(text), "version 1\n" COLUMNS_LINE
		 "alpha 65536 0 0 clock 600 0 0 0 0 0 0 0 %s\n", path);
	put_text("proc/segments", text);
	assert_int_equal(link("used", "other"), 0);
	spec.backing = "other";
	assert_int_equal(kpager_segment_create(&spec, &error), -EBUSY);
	assert_non_null(strstr(error.text, "alpha"));
	assert_int_equal(module.calls, 0);
}

static void destroy(void **state)
{
	static const struct {
		int err;
		enum kpager_cause cause;
	} cases[] = {
		{ ENOENT, KPAGER_CAUSE_SEGMENT },
		{ EPERM, KPAGER_CAUSE_PERMISSION },
		{ EBUSY, KPAGER_CAUSE_OTHER }, { EIO, KPAGER_CAUSE_OTHER },
		{ ENOSPC, KPAGER_CAUSE_OTHER }, { EINVAL, KPAGER_CAUSE_OTHER },
		{ EROFS, KPAGER_CAUSE_OTHER },
	};
	struct kpager_error error;
	size_t i;

	(void)state;
	assert_int_equal(kpager_segment_destroy("alpha", 0, &error), 0);
	assert_int_equal(module.destroy.struct_size, sizeof(module.destroy));
	assert_int_equal(module.destroy.flags, 0);
	assert_string_equal(module.destroy.name, "alpha");
	assert_int_equal(module.destroy.reserved[0], 0);
	assert_int_equal(module.destroy.reserved[1], 0);
	assert_int_equal(kpager_segment_destroy("alpha", KPAGER_DISCARD, NULL),
			 0);
	assert_int_equal(module.destroy.flags, KPAGER_DESTROY_DISCARD);

	for (i = 0; i < N(cases); i++) {
		module.fail_with = cases[i].err;
		assert_int_equal(kpager_segment_destroy("alpha", 0, &error),
				 -cases[i].err);
		assert_int_equal(error.cause, cases[i].cause);
		assert_non_null(strstr(error.text, "destroy on alpha: "));
	}
	module.calls = 0;
	assert_int_equal(kpager_segment_destroy("a/b", 0, &error), -EINVAL);
	assert_int_equal(kpager_segment_destroy("alpha", 2, &error), -EINVAL);
	open_errno = ENOENT;
	assert_int_equal(kpager_segment_destroy("alpha", 0, &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(module.calls, 0);
}

static void resize(void **state)
{
	static const struct {
		int err;
		enum kpager_cause cause;
		const char *says;
	} cases[] = {
		{ ENOENT, KPAGER_CAUSE_SEGMENT, "no such segment" },
		{ EPERM, KPAGER_CAUSE_PERMISSION, "not permitted" },
		{ ENOSPC, KPAGER_CAUSE_OTHER, "shorter than 8192 bytes" },
		{ EINVAL, KPAGER_CAUSE_OTHER, "refuses 8192 bytes" },
		{ ENOTTY, KPAGER_CAUSE_OTHER, "do not match" },
	};
	struct kpager_error error;
	size_t i;

	(void)state;
	assert_int_equal(kpager_segment_resize("alpha", 8192, &error), 0);
	assert_int_equal(module.resize.struct_size, sizeof(module.resize));
	assert_int_equal(module.resize.flags, 0);
	assert_int_equal(module.resize.size, 8192);
	assert_string_equal(module.resize.name, "alpha");
	assert_int_equal(module.resize.reserved[0], 0);
	assert_int_equal(module.resize.reserved[1], 0);

	for (i = 0; i < N(cases); i++) {
		module.fail_with = cases[i].err;
		assert_int_equal(kpager_segment_resize("alpha", 8192, &error),
				 -cases[i].err);
		assert_int_equal(error.cause, cases[i].cause);
		assert_non_null(strstr(error.text, "resize on alpha: "));
		assert_non_null(strstr(error.text, cases[i].says));
	}
	module.calls = 0;
	assert_int_equal(kpager_segment_resize("a/b", 8192, &error), -EINVAL);
	assert_int_equal(kpager_segment_resize("alpha", 0, &error), -EINVAL);
	assert_int_equal(kpager_segment_resize("alpha", 4097, NULL), -EINVAL);
	open_errno = ENOENT;
	assert_int_equal(kpager_segment_resize("alpha", 8192, &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
	assert_int_equal(module.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tested(the_module_is_told_everything),
		tested(defaults_are_left_to_the_module),
		tested(memory_needs_no_store),
		tested(contiguous_memory_needs_no_store),
		tested(bad_specs_do_not_reach_the_module),
		tested(a_refused_create_removes_the_new_file),
		tested(a_refused_create_keeps_an_old_file),
		tested(the_control_node_is_tried_before_the_store),
		tested(a_store_in_use_is_found),
		tested(destroy),
		tested(resize),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
