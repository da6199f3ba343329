/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of the pool: what arena.c is in the kernel. */
#ifndef _KPAGER_POOL_HOST_H
#define _KPAGER_POOL_HOST_H

#include "../../module/pool/internal.h"

/* Frames the host will give at most, as the kernel's free memory. */
extern u32 host_frames_max;
/* Largest order it gives, as a fragmented kernel would. */
extern unsigned int host_order_max;
/* Frames that are out now, and how often a trim was asked for. */
extern u32 host_frames_out;
extern unsigned long host_trims;

#endif /* _KPAGER_POOL_HOST_H */
