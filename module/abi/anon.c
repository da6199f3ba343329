// SPDX-License-Identifier: GPL-2.0
/*
 * anon.c - KPAGER_CREATE_ANON: segments without a name, by descriptor
 */
#include "abi/abi.h"

#include "pager/pager.h"
#include "reclaim/reclaim.h"

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/uaccess.h>

static struct segment *anon_segment(const struct segment_params *params)
{
	struct segment *seg;
	int err;

	if (reclaim_refuses())
		return ERR_PTR(-ENOMEM);
	seg = segment_create(params);
	if (IS_ERR(seg))
		return seg;
	err = proc_segment_add(seg);
	if (err) {
		segment_destroy(seg);
		return ERR_PTR(err);
	}
	segment_publish(seg);
	return seg;
}

/* The segment is made before its file, which then takes it along. */
static struct file *anon_file(const struct segment_params *params)
{
	struct segment *seg = anon_segment(params);
	struct file *file;

	if (IS_ERR(seg))
		return ERR_CAST(seg);
	file = device_file(seg);
	if (IS_ERR(file)) {
		segment_retire_anon(seg);
		proc_segment_del(seg);
		segment_destroy(seg);
	}
	return file;
}

static int anon_descriptor(const struct segment_params *params)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_file(params);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static int anon_check(const struct kpager_create_anon *arg)
{
	if (arg->struct_size != sizeof(*arg) || arg->flags ||
	    arg->reserved32 || arg->resident_max > U32_MAX ||
	    arg->backing_fd < -1 ||
	    memchr_inv(arg->reserved, 0, sizeof(arg->reserved)) ||
	    strnlen(arg->policy, sizeof(arg->policy)) == sizeof(arg->policy))
		return -EINVAL;
	return 0;
}

/**
 * anon_create - the ioctl KPAGER_CREATE_ANON
 * @control: the control node's file
 * @user: a struct kpager_create_anon
 *
 * Context: may sleep.
 * Return: a descriptor, or a negative errno as documented there.
 */
long anon_create(struct file *control, void __user *user)
{
	struct segment_params params = {};
	struct kpager_create_anon arg;
	int ret;

	if (!(control->f_mode & FMODE_WRITE))
		return -EACCES;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	ret = anon_check(&arg);
	if (ret)
		return ret;
	params.bytes = arg.size;
	params.resident_max = arg.resident_max;
	params.limited = !capable(CAP_SYS_RESOURCE);
	params.policy = segment_policy_find(arg.policy, false);
	if (!params.policy)
		return -EINVAL;
	if (arg.backing_fd < 0)
		return anon_descriptor(&params);
	/* A store may stall as long as its owner likes, and reclaim with it. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	params.backing = fget(arg.backing_fd);
	if (!params.backing)
		return -EBADF;
	ret = anon_descriptor(&params);
	fput(params.backing);
	return ret;
}
