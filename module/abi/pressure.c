// SPDX-License-Identifier: GPL-2.0
/*
 * pressure.c - who listens at the control node, and KPAGER_PRESSURE
 */
#include "abi/abi.h"

#include "reclaim/oom.h"
#include "reclaim/pressure.h"

#include <linux/capability.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/**
 * struct listener - an open control node
 * @seen: shortages that its owner knows of
 * @listens: it was polled
 */
struct listener {
	u64 seen;
	bool listens;
};

/**
 * listener_open - the control node is opened
 * @inode: its inode
 * @file: its file
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int listener_open(struct inode *inode, struct file *file)
{
	struct listener *listener = kzalloc(sizeof(*listener), GFP_KERNEL);
	bool now;

	if (!listener)
		return -ENOMEM;
	listener->seen = pressure_events(&now);
	/* Who comes in the middle of one is to know. */
	if (now)
		listener->seen--;
	file->private_data = listener;
	return 0;
}

/**
 * listener_release - the control node is closed
 * @inode: its inode
 * @file: its file
 *
 * Context: may sleep.
 * Return: 0.
 */
int listener_release(struct inode *inode, struct file *file)
{
	struct listener *listener = file->private_data;

	if (listener->listens)
		pressure_listen(false);
	kfree(listener);
	return 0;
}

/**
 * listener_poll - wait for a shortage
 * @file: the control node's file
 * @wait: as for poll
 *
 * Context: may sleep.
 * Return: EPOLLPRI if there was one that KPAGER_PRESSURE was not asked about.
 */
__poll_t listener_poll(struct file *file, struct poll_table_struct *wait)
{
	struct listener *listener = file->private_data;

	/* Threads may poll at the same time. */
	if (!xchg(&listener->listens, true))
		pressure_listen(true);
	poll_wait(file, &pressure_wait, wait);
	return pressure_events(NULL) != READ_ONCE(listener->seen) ?
		EPOLLPRI : 0;
}

static void pressure_candidates(struct kpager_pressure *arg)
{
	struct decision_candidate *c;
	unsigned int i;

	/* Who keeps how much is nobody's business: see /proc/kpager/oom. */
	if (!capable(CAP_SYS_ADMIN))
		return;
	c = kcalloc(KPAGER_CANDIDATES, sizeof(*c), GFP_KERNEL);
	if (!c)
		return;
	arg->nr_candidates = oom_candidates(c, KPAGER_CANDIDATES);
	for (i = 0; i < min_t(u32, arg->nr_candidates, KPAGER_CANDIDATES); i++) {
		arg->candidates[i].pid = c[i].pid;
		arg->candidates[i].adj = badness_importance(&c[i].task);
		arg->candidates[i].frames = c[i].task.frames;
		if (c[i].verdict == BADNESS_candidate)
			arg->candidates[i].score = c[i].score;
	}
	kfree(c);
}

/**
 * ioctl_pressure - the ioctl KPAGER_PRESSURE
 * @file: the control node's file
 * @user: a struct kpager_pressure
 *
 * Context: may sleep.
 * Return: 0, -EFAULT or -EINVAL.
 */
long ioctl_pressure(struct file *file, void __user *user)
{
	struct listener *listener = file->private_data;
	struct kpager_pressure arg;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) || arg.flags ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	memset(&arg, 0, sizeof(arg));
	arg.struct_size = sizeof(arg);
	pressure_candidates(&arg);
	pressure_get(&arg);
	WRITE_ONCE(listener->seen, arg.events);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}
