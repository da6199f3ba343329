// SPDX-License-Identifier: GPL-2.0
/*
 * failing.c - functions that a test may have fail, by fail_function
 *
 * The module's own calls around what can fail, each with an error that it can
 * return.  On a kernel without function error injection this is nothing.
 */
#include "abi/abi.h"
#include "pager/pager.h"
#include "pool/pool.h"
#include "pool/slab.h"
#include "store/store.h"

#include <linux/error-injection.h>

/* No frame, no object. */
ALLOW_ERROR_INJECTION(pool_frame_alloc, NULL);
ALLOW_ERROR_INJECTION(pool_frame_alloc_bulk, NULL);
ALLOW_ERROR_INJECTION(slab_alloc, NULL);

/* An errno, or one as an error pointer. */
ALLOW_ERROR_INJECTION(anon_charge, ERRNO);
ALLOW_ERROR_INJECTION(device_file, ERRNO);
ALLOW_ERROR_INJECTION(frame_get, ERRNO);
ALLOW_ERROR_INJECTION(proc_segment_add, ERRNO);
ALLOW_ERROR_INJECTION(segment_create, ERRNO);
ALLOW_ERROR_INJECTION(segment_forget_settle, ERRNO);
ALLOW_ERROR_INJECTION(segment_policy_init, ERRNO);
ALLOW_ERROR_INJECTION(store_open_file, ERRNO);
ALLOW_ERROR_INJECTION(store_open_memory, ERRNO);
