/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pressure.h - how short frames are, for those who want to do something
 */
#ifndef KPAGER_PRESSURE_H
#define KPAGER_PRESSURE_H

#include "reclaim/badness.h"
#include "reclaim/levels.h"
#include "uapi/kpager.h"

#include <linux/wait.h>

#define PRESSURE_DEADLINE_DEFAULT	1000u
#define PRESSURE_DEADLINE_MAX		60000u

extern wait_queue_head_t pressure_wait;

void pressure_init(u32 limit_frames);
bool pressure_tell(u64 left_ms);
unsigned long pressure_over(void);
unsigned long pressure_level(int *adj);
void pressure_decided(void);
u32 pressure_most(void);
void pressure_stall_begin(void);
void pressure_stall_end(void);
void pressure_get(struct kpager_pressure *pressure);
u64 pressure_events(bool *now);
void pressure_listen(bool begin);
int pressure_set_minfree(const char *text);
int pressure_set_adj(const char *text);
void pressure_levels(struct levels *levels);
unsigned int pressure_deadline_ms(void);
int pressure_set_deadline_ms(unsigned long ms);

#endif /* KPAGER_PRESSURE_H */
