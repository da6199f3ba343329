// SPDX-License-Identifier: GPL-2.0
/* Anonymous segments against a control node whose ioctl is played here. */
#include "common.h"

#include <sys/ioctl.h>

#include "kpager.h"
#include "libkpager.h"

/* What the module answers: a descriptor, or a negative errno. */
static int answer;
static int calls;
static struct kpager_create_anon last;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	calls++;
	assert_int_equal(request, KPAGER_CREATE_ANON);
	last = *(struct kpager_create_anon *)arg;
	if (answer >= 0)
		return answer;
	errno = -answer;
	return -1;
}

static int setup(void **state)
{
	answer = 77;
	calls = 0;
	return enter_sandbox(state);
}

#define tested(test) \
	cmocka_unit_test_setup_teardown(test, setup, leave_sandbox)

static void the_module_is_told_everything(void **state)
{
	struct kpager_anon_spec spec = {
		.size = 65536, .resident_max = 9, .backing_fd = 5,
		.policy = "sieve",
	};
	struct kpager_create_anon expected = {
		.struct_size = sizeof(expected), .size = 65536,
		.resident_max = 9, .backing_fd = 5, .policy = "sieve",
	};

	(void)state;
	assert_int_equal(kpager_anon_create(&spec, NULL), 77);
	assert_memory_equal(&last, &expected, sizeof(expected));
	spec = (struct kpager_anon_spec){ .size = 4096 };
	expected = (struct kpager_create_anon){
		.struct_size = sizeof(expected), .size = 4096,
		.backing_fd = -1,
	};
	assert_int_equal(kpager_anon_create(&spec, NULL), 77);
	assert_memory_equal(&last, &expected, sizeof(expected));
}

static void bad_specs_do_not_reach_the_module(void **state)
{
	static const struct kpager_anon_spec bad[] = {
		{ .size = 0 }, { .size = 4097 }, { .size = 1ull << 63 },
		{ .size = 4096, .policy = "01234567890123456789012345678901" },
	};
	struct kpager_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int ret = kpager_anon_create(&bad[i], &error);

		assert_int_equal(ret, bad[i].policy ? -ENAMETOOLONG : -EINVAL);
		assert_int_equal(error.err, -ret);
		assert_true(*error.text);
	}
	assert_int_equal(calls, 0);
}

static void errors_are_worded(void **state)
{
	static const struct {
		int err;
		enum kpager_cause cause;
		const char *word;
	} cases[] = {
		{ EDQUOT, KPAGER_CAUSE_OTHER, "anon_max_mb" },
		{ EMFILE, KPAGER_CAUSE_OTHER, "too many" },
		{ EPERM, KPAGER_CAUSE_PERMISSION, "CAP_SYS_ADMIN" },
		{ EACCES, KPAGER_CAUSE_PERMISSION, "not permitted" },
		{ EINVAL, KPAGER_CAUSE_OTHER, "no policy 'odd'" },
		{ ENOTTY, KPAGER_CAUSE_OTHER, "newer module" },
		{ EBUSY, KPAGER_CAUSE_OTHER, "busy" },
		{ ENOMEM, KPAGER_CAUSE_OTHER, "memory" },
	};
	struct kpager_anon_spec spec = {
		.size = 4096, .policy = "odd", .backing_fd = 3,
	};
	struct kpager_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		answer = -cases[i].err;
		assert_int_equal(kpager_anon_create(&spec, &error), answer);
		assert_int_equal(error.cause, cases[i].cause);
		assert_non_null(strstr(error.text, cases[i].word));
		assert_non_null(strstr(error.text, "anonymous segment"));
	}
	assert_int_equal(unlink("dev/control"), 0);
	assert_int_equal(kpager_anon_create(&spec, &error), -ENOENT);
	assert_int_equal(error.cause, KPAGER_CAUSE_MODULE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tested(the_module_is_told_everything),
		tested(bad_specs_do_not_reach_the_module),
		tested(errors_are_worded),
	};

	return cmocka_run_group_tests_name("anon", tests, NULL, NULL);
}
