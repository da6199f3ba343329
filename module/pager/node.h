/* SPDX-License-Identifier: GPL-2.0 */
/*
 * node.h - where the module keeps what a policy knows of a frame
 *
 * Policies are pure code that knows neither the pool nor the pager, and ask
 * their environment for the node of a frame.  A miss asks a dozen times, so
 * Kbuild has the compiler read this before each policy: no function is called
 * for it then.
 */
#ifndef KPAGER_NODE_H
#define KPAGER_NODE_H

#include "pool/pool.h"

/* Of struct frame_desc; replace.c compares. */
#define POLICY_NODE_OFFSET	16
#define POLICY_NODE(frame)	(pool_desc(frame) + POLICY_NODE_OFFSET)

#endif /* KPAGER_NODE_H */
