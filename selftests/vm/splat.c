// SPDX-License-Identifier: GPL-2.0
/* For the runner's own test: a kernel module that makes the kernel complain. */
#include <linux/bug.h>
#include <linux/module.h>

static int __init splat_init(void)
{
	WARN(1, "kpager-vm selftest: a warning on purpose\n");
	return 0;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_DESCRIPTION("Warns when it is loaded");
MODULE_LICENSE("GPL");
