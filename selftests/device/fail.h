/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail.h - what the kernel is asked to have fail: the nth allocation of a task,
 * or the next call of a function
 */
#ifndef KPAGER_DEVICE_FAIL_H
#define KPAGER_DEVICE_FAIL_H

#include "common.h"

static int injector;

static inline void fail_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(injector, text, len, 0) != len && n)
		abort();
}

/* Was the failure not used up?  Then it may hit this very question. */
static inline unsigned int fail_left(void)
{
	char text[16] = "";
	unsigned int left = 1;

	if (pread(injector, text, sizeof(text) - 1, 0) > 0)
		left = atoi(text);
	fail_nth(0);
	return left;
}

static inline int fail_setup(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[128];
	unsigned int i;

	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s",
			 settings[i][0]);
		if (write_text(path, settings[i][1]))
			return -1;
	}
	injector = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return injector;
}

/*
 * Functions of the module that fail once, by fail_function: those that
 * module/failing.c names.  The filter for tasks knows none in a breakpoint,
 * which this is on a kernel without function tracing: whoever calls it first.
 */
#define FUNCTIONS	"/sys/kernel/debug/fail_function/"

static inline int function_set(const char *function, bool is_pointer)
{
	static const char *const settings[][2] = {
		{ "times", "0" }, { "probability", "100" }, { "interval", "0" },
		{ "task-filter", "N" }, { "verbose", "0" },
	};
	char path[128];
	unsigned int i;

	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		snprintf(path, sizeof(path), FUNCTIONS "%s", settings[i][0]);
		if (write_text(path, settings[i][1]))
			return -1;
	}
	if (write_text(FUNCTIONS "inject", function))
		return -1;
	snprintf(path, sizeof(path), FUNCTIONS "%s/retval", function);
	/* ENOMEM, where it is no pointer or number of frames. */
	return is_pointer ? 0 : write_text(path, "0xfffffffffffffff4");
}

static inline void function_unset(void)
{
	write_text(FUNCTIONS "inject", "\n");
}

static inline void function_arm(void)
{
	if (write_text(FUNCTIONS "times", "1"))
		abort();
}

static inline unsigned int function_left(void)
{
	FILE *f = fopen(FUNCTIONS "times", "r");
	unsigned int left;

	if (!f || fscanf(f, "%u", &left) != 1)
		abort();
	fclose(f);
	if (write_text(FUNCTIONS "times", "0"))
		abort();
	return left;
}

#endif /* KPAGER_DEVICE_FAIL_H */
