/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model.h - what a policy must do, computed by its own files on the host side
 */
#ifndef KPAGER_DEVICE_MODEL_H
#define KPAGER_DEVICE_MODEL_H

const char *model_policy(unsigned int i);
long model_misses(const char *policy, unsigned int frames,
		  const unsigned int *trace, unsigned int n);

#endif /* KPAGER_DEVICE_MODEL_H */
