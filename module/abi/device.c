// SPDX-License-Identifier: GPL-2.0
/*
 * device.c - the file operations of /dev/kpager/NAME
 */
#include "abi/abi.h"

#include "pager/pager.h"

#include <linux/module.h>
#include <linux/slab.h>

static struct segment *device_segment(struct file *file)
{
	struct opener *opener = file->private_data;

	return opener->seg;
}

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
	opener->seg = seg;
	file->private_data = opener;
	/* Mappings and errors belong to the segment, not to this node. */
	file->f_mapping = seg->inode->i_mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	/* Write faults need not update the times of a node in /dev. */
	file->f_mode |= FMODE_NOCMTIME;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	segment_close(device_segment(file));
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

const struct file_operations segment_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.mmap = device_mmap,
	.llseek = device_llseek,
	.read_iter = device_read_iter,
	.write_iter = device_write_iter,
	.fsync = device_fsync,
};
