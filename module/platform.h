/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only header pure code needs.
 *
 * Pure code (pool/buddy.c, pool/pool.c, pool/slab.c, pool/extent.c,
 * everything in policy/, the on-disk formats of store/) is compiled unchanged
 * into the module, into the unit tests with their sanitizers, and into
 * `kpager replay`.  It uses the kernel's names; outside the kernel
 * platform_host.h gives these names a meaning.
 */
#ifndef _KPAGER_PLATFORM_H
#define _KPAGER_PLATFORM_H

#ifdef __KERNEL__

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

#else /* !__KERNEL__ */

#include "platform_host.h"

#endif /* __KERNEL__ */

#endif /* _KPAGER_PLATFORM_H */
