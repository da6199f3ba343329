// SPDX-License-Identifier: GPL-2.0
/*
 * control.c - device nodes, and the ioctls of /dev/kpager/control
 *
 * One range of character device numbers: minor 0 is control, the others are
 * segments by their id.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"
#include "reclaim/reclaim.h"

#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/compat.h>
#include <linux/device.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define CONTROL_MINOR	0
#define CONTROL_MINORS	(SEGMENT_ID_MAX + 1)
#define MODE_DEFAULT	0600

#define CREATE_FLAGS	(KPAGER_CREATE_MEMORY | KPAGER_CREATE_DETERMINISTIC | \
			 KPAGER_CREATE_CONTIGUOUS)

static struct class *control_class;
static struct cdev *control_cdev;
static dev_t control_dev;

/* Names in /dev come with a folder; permissions are the segment's. */
static char *control_devnode(KP_DEVNODE_ARG dev, umode_t *mode)
{
	const struct segment *seg = dev_get_drvdata(dev);

	if (mode)
		*mode = seg ? seg->mode : MODE_DEFAULT;
	/* Without a name from here the node would be made outside the folder. */
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "kpager/%s",
			 dev_name(dev));
}

static int node_add(struct segment *seg)
{
	struct device *dev;

	dev = device_create_with_groups(control_class, NULL,
					MKDEV(MAJOR(control_dev), seg->id), seg,
					seg->contig ? attrs_contig :
						      attrs_segment,
					"%s", seg->name);
	return PTR_ERR_OR_ZERO(dev);
}

static void node_del(struct segment *seg)
{
	device_destroy(control_class, MKDEV(MAJOR(control_dev), seg->id));
}

static int create_segment(const struct segment_params *params)
{
	struct segment *seg;
	int err;

	/* It would only want frames that are not there. */
	if (reclaim_refuses())
		return -ENOMEM;
	seg = segment_create(params);
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	err = proc_segment_add(seg);
	if (err)
		goto err_destroy;
	err = node_add(seg);
	if (err)
		goto err_proc;
	segment_publish(seg);
	return 0;

err_proc:
	proc_segment_del(seg);
err_destroy:
	segment_destroy(seg);
	return err;
}

static int destroy_segment(const char *name, bool discard)
{
	struct segment *seg = segment_retire(name, discard);

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	node_del(seg);
	proc_segment_del(seg);
	segment_destroy(seg);
	return 0;
}

/**
 * control_create_default - make the segment "default" at load
 * @path: its store; NULL for compressed memory
 * @bytes: its size; 0 for the size of the store at @path
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, which was logged.
 */
int control_create_default(const char *path, u64 bytes)
{
	struct segment_params params = {
		.name = "default",
		.bytes = bytes,
		.mode = MODE_DEFAULT,
		.policy = policy_find(NULL),
	};
	int err;

	if (!path) {
		err = create_segment(&params);
		if (err)
			pr_err("no segment of %llu bytes can be made in memory: error %d\n",
			       bytes, err);
		return err;
	}
	params.backing = filp_open(path, O_RDWR | O_LARGEFILE, 0);
	if (IS_ERR(params.backing)) {
		err = PTR_ERR(params.backing);
		pr_err("backing=%s: cannot be opened: error %d\n", path, err);
		return err;
	}
	if (!bytes)
		params.bytes = i_size_read(params.backing->f_mapping->host) &
			PAGE_MASK;
	err = create_segment(&params);
	if (err)
		pr_err("backing=%s: no segment of %llu bytes can be made on it: error %d\n",
		       path, params.bytes, err);
	fput(params.backing);
	return err;
}

static int ioctl_name_check(const char *name, size_t size)
{
	return strnlen(name, size) < size ? 0 : -ENAMETOOLONG;
}

/* All of what says how and where pages go is for segments whose pages do. */
static int ioctl_create_contiguous(const struct kpager_create *arg,
				   struct segment_params *params)
{
	if (arg->flags != KPAGER_CREATE_CONTIGUOUS || arg->backing_fd != -1 ||
	    *arg->policy || arg->resident_max)
		return -EINVAL;
	params->contiguous = true;
	return create_segment(params);
}

static long ioctl_create(struct file *file, void __user *user)
{
	struct kpager_create arg;
	struct segment_params params = {};
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) ||
	    arg.flags & ~CREATE_FLAGS ||
	    arg.mode & ~0777u || arg.resident_max > U32_MAX ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	err = ioctl_name_check(arg.name, sizeof(arg.name));
	if (err)
		return err;
	if (ioctl_name_check(arg.policy, sizeof(arg.policy)))
		return -EINVAL;
	params.name = arg.name;
	params.bytes = arg.size;
	params.mode = arg.mode ?: MODE_DEFAULT;
	params.deterministic = arg.flags & KPAGER_CREATE_DETERMINISTIC;
	params.resident_max = arg.resident_max;
	params.policy = segment_policy_find(arg.policy, params.deterministic);
	if (!params.policy)
		return -EINVAL;
	params.backing = NULL;
	if (arg.flags & KPAGER_CREATE_CONTIGUOUS)
		return ioctl_create_contiguous(&arg, &params);
	if (arg.flags & KPAGER_CREATE_MEMORY)
		return arg.backing_fd == -1 ? create_segment(&params) : -EINVAL;
	params.backing = fget(arg.backing_fd);
	if (!params.backing)
		return -EBADF;
	err = create_segment(&params);
	fput(params.backing);
	return err;
}

static long ioctl_destroy(struct file *file, void __user *user)
{
	struct kpager_destroy arg;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) ||
	    arg.flags & ~KPAGER_DESTROY_DISCARD ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	err = ioctl_name_check(arg.name, sizeof(arg.name));
	if (err)
		return err;
	return destroy_segment(arg.name, arg.flags & KPAGER_DESTROY_DISCARD);
}

static long ioctl_resize(struct file *file, void __user *user)
{
	struct kpager_resize arg;
	struct segment *seg;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) || arg.flags ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	err = ioctl_name_check(arg.name, sizeof(arg.name));
	if (err)
		return err;
	seg = segment_get(arg.name);
	if (!seg)
		return -ENOENT;
	err = segment_resize(seg, arg.size);
	segment_put(seg);
	return err;
}

/* The ioctls of the control node. */
static const struct control_ioctl {
	unsigned int cmd;
	long (*call)(struct file *file, void __user *user);
} control_ioctls[] = {
	{ KPAGER_CREATE, ioctl_create },
	{ KPAGER_DESTROY, ioctl_destroy },
	{ KPAGER_RESIZE, ioctl_resize },
	{ KPAGER_CREATE_ANON, anon_create },
	{ KPAGER_PRESSURE, ioctl_pressure },
};

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	const struct control_ioctl *ioctl = control_ioctls;

	for (; ioctl < control_ioctls + ARRAY_SIZE(control_ioctls); ioctl++) {
		if (ioctl->cmd == cmd)
			return ioctl->call(file, (void __user *)arg);
		/* Another size: the caller's structure is not ours. */
		if (_IOC_TYPE(ioctl->cmd) == _IOC_TYPE(cmd) &&
		    _IOC_NR(ioctl->cmd) == _IOC_NR(cmd))
			return -EINVAL;
	}
	return -ENOTTY;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = listener_open,
	.release = listener_release,
	.poll = listener_poll,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static int control_open(struct inode *inode, struct file *file)
{
	const struct file_operations *fops = &segment_fops;

	if (iminor(inode) == CONTROL_MINOR)
		fops = &control_fops;
	replace_fops(file, fops_get(fops));
	return file->f_op->open ? file->f_op->open(inode, file) : 0;
}

static const struct file_operations control_any_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
};

static int control_cdev_add(void)
{
	int err;

	control_cdev = cdev_alloc();
	if (!control_cdev)
		return -ENOMEM;
	control_cdev->owner = THIS_MODULE;
	control_cdev->ops = &control_any_fops;
	err = cdev_add(control_cdev, control_dev, CONTROL_MINORS);
	if (err)
		kobject_put(&control_cdev->kobj);
	return err;
}

/**
 * control_init - make the class, the device numbers and the control node
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int control_init(void)
{
	struct device *dev;
	int err;

	err = alloc_chrdev_region(&control_dev, CONTROL_MINOR, CONTROL_MINORS,
				  "kpager");
	if (err)
		return err;
	control_class = kp_class_create("kpager");
	if (IS_ERR(control_class)) {
		err = PTR_ERR(control_class);
		goto err_region;
	}
	control_class->devnode = control_devnode;
	err = control_cdev_add();
	if (err)
		goto err_class;
	dev = device_create_with_groups(control_class, NULL, control_dev, NULL,
					attrs_control, "control");
	if (IS_ERR(dev)) {
		err = PTR_ERR(dev);
		goto err_cdev;
	}
	return 0;

err_cdev:
	cdev_del(control_cdev);
err_class:
	class_destroy(control_class);
err_region:
	unregister_chrdev_region(control_dev, CONTROL_MINORS);
	return err;
}

/**
 * control_exit - destroy what is left of the segments, and all nodes
 *
 * Nobody has a segment open, or the module could not be unloaded, and none
 * has unwritten pages, or it would hold the module.
 *
 * Context: may sleep.
 */
void control_exit(void)
{
	char name[KPAGER_NAME_SIZE];
	struct segment *seg;

	device_destroy(control_class, control_dev);
	cdev_del(control_cdev);
	while ((seg = segment_next_get(NULL))) {
		strscpy(name, seg->name, sizeof(name));
		segment_put(seg);
		if (WARN_ON_ONCE(destroy_segment(name, true)))
			break;
	}
	class_destroy(control_class);
	unregister_chrdev_region(control_dev, CONTROL_MINORS);
}
