// SPDX-License-Identifier: GPL-2.0
/*
 * device.c - file operations and ioctls of /dev/kpager/NAME
 */
#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"

#include <linux/anon_inodes.h>
#include <linux/fadvise.h>
#include <linux/huge_mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static struct segment *device_segment(struct file *file)
{
	struct opener *opener = file->private_data;

	return opener->seg;
}

static void opener_attach(struct file *file, struct opener *opener,
			  struct segment *seg)
{
	opener_begin(opener, seg);
	opener->writes = file->f_mode & FMODE_WRITE;
	file->private_data = opener;
	/* Mappings and errors belong to the segment, not to this node. */
	file->f_mapping = seg->inode->i_mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	/* Write faults need not update the times of a node in /dev. */
	file->f_mode |= FMODE_NOCMTIME;
	opener_add(opener, file);
}

static const struct file_operations contig_fops;

static int device_open(struct inode *inode, struct file *file)
{
	struct opener *opener = kzalloc(sizeof(*opener), GFP_KERNEL);
	struct segment *seg;

	if (!opener)
		return -ENOMEM;
	seg = segment_open(iminor(inode));
	if (!seg) {
		kfree(opener);
		return -ENXIO;
	}
	opener_attach(file, opener, seg);
	/* Of the same module, which the others hold for the file. */
	if (seg->contig)
		file->f_op = &contig_fops;
	return 0;
}

/**
 * device_file - open an anonymous segment, which has no node
 * @seg: a published segment that nobody has open
 *
 * The segment is destroyed with the file.
 *
 * Context: may sleep.
 * Return: a file as if a node had been opened for reading and writing, or
 * -ENFILE, -ENOMEM; then nothing happened.
 */
struct file *device_file(struct segment *seg)
{
	char name[KPAGER_NAME_SIZE + sizeof("kpager/")];
	struct opener *opener = kzalloc(sizeof(*opener), GFP_KERNEL);
	struct file *file;

	if (!opener)
		return ERR_PTR(-ENOMEM);
	snprintf(name, sizeof(name), "kpager/%s", seg->name);
	file = anon_inode_getfile(name, &segment_fops, opener, O_RDWR);
	if (IS_ERR(file)) {
		kfree(opener);
		return file;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	opener_attach(file, opener, seg);
	return file;
}

/* Nobody can reach an anonymous segment any more. */
static void device_destroy_anon(struct segment *seg)
{
	segment_retire_anon(seg);
	proc_segment_del(seg);
	segment_destroy(seg);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct segment *seg = device_segment(file);

	opener_del(file->private_data);
	opener_end(file->private_data);
	if (segment_is_anon(seg))
		device_destroy_anon(seg);
	else
		segment_close(seg);
	kfree(file->private_data);
	return 0;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return segment_mmap(device_segment(file), vma);
}

static loff_t device_llseek(struct file *file, loff_t off, int whence)
{
	struct segment *seg = device_segment(file);

	return fixed_size_llseek(file, off, whence,
				 segment_pages(seg) << PAGE_SHIFT);
}

static ssize_t device_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return segment_read_iter(iocb->ki_filp->private_data, iocb, to);
}

static ssize_t device_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t n = segment_write_iter(device_segment(iocb->ki_filp), iocb,
				       from);

	/* O_SYNC and O_DSYNC. */
	return n > 0 ? generic_write_sync(iocb, n) : n;
}

static int device_fsync(struct file *file, loff_t start, loff_t end,
			int datasync)
{
	struct segment *seg = device_segment(file);
	u64 pages = segment_pages(seg);
	u64 last = min_t(u64, end >> PAGE_SHIFT, pages - 1);
	int err = 0, earlier;

	segment_count(seg, fsyncs);
	if (start >> PAGE_SHIFT < pages && start <= end)
		err = segment_sync(seg, start >> PAGE_SHIFT, last);
	/* What failed in the background is reported once to each opener. */
	earlier = file_check_and_advance_wb_err(file);
	return err ?: earlier;
}

/* Pages that lie in a range, wholly or in part; false if there are none. */
static bool device_range(struct segment *seg, loff_t off, loff_t len,
			 bool wholly, u64 *first, u64 *last)
{
	u64 size = segment_pages(seg) << PAGE_SHIFT;
	u64 end = len && (u64)off + len < size ? (u64)off + len : size;

	*first = wholly ? DIV_ROUND_UP_ULL(off, PAGE_SIZE) : off >> PAGE_SHIFT;
	*last = wholly ? end >> PAGE_SHIFT : DIV_ROUND_UP_ULL(end, PAGE_SIZE);
	return *first < (*last)--;
}

/* madvise(MADV_WILLNEED) comes here, too, without the mmap_lock. */
static int device_fadvise(struct file *file, loff_t off, loff_t len,
			  int advice)
{
	struct opener *opener = file->private_data;
	struct segment *seg = opener->seg;
	u64 first, last;

	if (off < 0 || len < 0)
		return -EINVAL;
	switch (advice) {
	case POSIX_FADV_NORMAL:
		WRITE_ONCE(opener->prefetch.hint, PREFETCH_DETECT);
		return 0;
	case POSIX_FADV_SEQUENTIAL:
		WRITE_ONCE(opener->prefetch.hint, PREFETCH_SEQUENTIAL);
		return 0;
	case POSIX_FADV_RANDOM:
		WRITE_ONCE(opener->prefetch.hint, PREFETCH_RANDOM);
		return 0;
	case POSIX_FADV_WILLNEED:
		if (device_range(seg, off, len, false, &first, &last))
			segment_willneed(seg, first, last);
		return 0;
	case POSIX_FADV_DONTNEED:
		/* A part of a page may be somebody's who needs it. */
		if (device_range(seg, off, len, true, &first, &last))
			segment_dontneed(seg, first, last);
		return 0;
	case POSIX_FADV_NOREUSE:
		return 0;
	}
	return -EINVAL;
}

static long ioctl_why(struct opener *opener, void __user *user)
{
	struct segment_error error;
	struct kpager_why arg;
	u64 offset;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) || arg.flags & ~KPAGER_WHY_OFFSET ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	offset = arg.flags & KPAGER_WHY_OFFSET ? arg.offset : SEGMENT_ERROR_LAST;
	if (arg.flags & KPAGER_WHY_OFFSET &&
	    offset >> PAGE_SHIFT >= segment_pages(opener->seg))
		return -EINVAL;
	arg.count = segment_error_find(opener->seg, offset, &error);
	arg.number = error.number;
	arg.time = error.time;
	arg.offset = error.offset;
	arg.length = error.bytes;
	arg.operation = error.op;
	arg.error = error.err;
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioctl_touch(struct opener *opener, void __user *user)
{
	struct kpager_touch arg;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) || arg.flags & ~KPAGER_TOUCH_WRITE ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	if (arg.flags & KPAGER_TOUCH_WRITE && !opener->writes)
		return -EBADF;
	return segment_touch(opener->seg, arg.page,
			     arg.flags & KPAGER_TOUCH_WRITE);
}

/* A range of whole pages; where the segment ends is somebody else's matter. */
static int ioctl_range(u64 offset, u64 bytes, u64 *first, u64 *last)
{
	if (!bytes || offset % PAGE_SIZE || bytes % PAGE_SIZE ||
	    bytes - 1 > U64_MAX - offset)
		return -EINVAL;
	*first = offset >> PAGE_SHIFT;
	*last = *first + (bytes >> PAGE_SHIFT) - 1;
	return 0;
}

static int ioctl_pin_get(void __user *user, u64 *first, u64 *last)
{
	struct kpager_pin arg;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.struct_size != sizeof(arg) || arg.flags ||
	    memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	return ioctl_range(arg.offset, arg.bytes, first, last);
}

static long ioctl_pin(struct opener *opener, void __user *user)
{
	u64 first, last;

	return ioctl_pin_get(user, &first, &last) ?:
		segment_pin(opener, first, last);
}

static long ioctl_unpin(struct opener *opener, void __user *user)
{
	u64 first, last;

	return ioctl_pin_get(user, &first, &last) ?:
		segment_unpin(opener, first, last);
}

/* To have others' contents forgotten is as good as writing. */
static int ioctl_volatile_get(const struct opener *opener, void __user *user,
			      struct kpager_volatile *arg, u64 *first,
			      u64 *last)
{
	if (!opener->writes)
		return -EACCES;
	if (copy_from_user(arg, user, sizeof(*arg)))
		return -EFAULT;
	if (arg->struct_size != sizeof(*arg) || arg->flags || arg->purged ||
	    memchr_inv(arg->reserved, 0, sizeof(arg->reserved)))
		return -EINVAL;
	return ioctl_range(arg->offset, arg->bytes, first, last);
}

static long ioctl_volatile(struct opener *opener, void __user *user)
{
	struct kpager_volatile arg;
	u64 first, last;

	return ioctl_volatile_get(opener, user, &arg, &first, &last) ?:
		segment_volatile(opener->seg, first, last);
}

static long ioctl_nonvolatile(struct opener *opener, void __user *user)
{
	struct kpager_volatile arg;
	u64 first, last;
	int err;

	err = ioctl_volatile_get(opener, user, &arg, &first, &last) ?:
		segment_nonvolatile(opener->seg, first, last, &arg.purged);
	if (err)
		return err;
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}

/*
 * The ioctls of a segment's descriptor.  Those that say which pages are to
 * stay are of no use where all of them do.
 */
static const struct device_ioctl {
	unsigned int cmd;
	bool contiguous;
	long (*call)(struct opener *opener, void __user *user);
} device_ioctls[] = {
	{ KPAGER_TOUCH, false, ioctl_touch },
	{ KPAGER_PIN, false, ioctl_pin },
	{ KPAGER_UNPIN, false, ioctl_unpin },
	{ KPAGER_VOLATILE, false, ioctl_volatile },
	{ KPAGER_NONVOLATILE, false, ioctl_nonvolatile },
	{ KPAGER_WHY, true, ioctl_why },
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct device_ioctl *ioctl = device_ioctls;
	struct opener *opener = file->private_data;

	for (; ioctl < device_ioctls + ARRAY_SIZE(device_ioctls); ioctl++) {
		if (ioctl->cmd == cmd && opener->seg->contig &&
		    !ioctl->contiguous)
			return -EOPNOTSUPP;
		if (ioctl->cmd == cmd)
			return ioctl->call(opener, (void __user *)arg);
		/* Another size: the caller's structure is not ours. */
		if (_IOC_TYPE(ioctl->cmd) == _IOC_TYPE(cmd) &&
		    _IOC_NR(ioctl->cmd) == _IOC_NR(cmd))
			return -EINVAL;
	}
	return -ENOTTY;
}

const struct file_operations segment_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.open = device_open,
	.release = device_release,
	.mmap = device_mmap,
	.llseek = device_llseek,
	.read_iter = device_read_iter,
	.write_iter = device_write_iter,
	.fsync = device_fsync,
	.fadvise = device_fadvise,
	.splice_read = kp_splice_read,
	.splice_write = iter_file_splice_write,
};

static int contig_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return contig_mmap(device_segment(file), vma);
}

static ssize_t contig_device_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return contig_read_iter(device_segment(iocb->ki_filp), iocb, to);
}

static ssize_t contig_device_write_iter(struct kiocb *iocb,
					struct iov_iter *from)
{
	return contig_write_iter(device_segment(iocb->ki_filp), iocb, from);
}

/* There is nowhere to write to. */
static int contig_device_fsync(struct file *file, loff_t start, loff_t end,
			       int datasync)
{
	segment_count(device_segment(file), fsyncs);
	return 0;
}

/* Whatever will be used is there, and stays. */
static int contig_device_fadvise(struct file *file, loff_t off, loff_t len,
				 int advice)
{
	if (off < 0 || len < 0 || advice < POSIX_FADV_NORMAL ||
	    advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	return 0;
}

/* What a contiguous segment does otherwise. */
static const struct file_operations contig_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = device_release,
	.mmap = contig_device_mmap,
	/* Aligned as its pieces are, so that these can be mapped whole. */
	.get_unmapped_area = thp_get_unmapped_area,
	.llseek = device_llseek,
	.read_iter = contig_device_read_iter,
	.write_iter = contig_device_write_iter,
	.fsync = contig_device_fsync,
	.fadvise = contig_device_fadvise,
	.splice_read = kp_splice_read,
	.splice_write = iter_file_splice_write,
};
