/* SPDX-License-Identifier: GPL-2.0 */
/*
 * oom.h - the last rungs: who fails, who ends, and what is told of it
 */
#ifndef KPAGER_OOM_H
#define KPAGER_OOM_H

#include "reclaim/decision.h"

int oom_init(void);
void oom_exit(void);
int oom_decide(struct rung_call *call);
bool oom_failed(const struct rung_call *call);
unsigned long oom_level(void);
bool oom_end_fault(struct rung_call *call);
unsigned int oom_kill(struct rung_call *call);
unsigned int oom_candidates(struct decision_candidate *candidates,
			    unsigned int nr);
bool oom_dry_run(void);
void oom_set_dry_run(bool on);

#endif /* KPAGER_OOM_H */
