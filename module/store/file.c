// SPDX-License-Identifier: GPL-2.0
/*
 * file.c - a regular file or a block device as a store
 *
 * One path serves both, as the loop driver does it: read_iter and write_iter
 * with IOCB_DIRECT, a bvec iterator and ki_complete.  Any task that may wait
 * can give to a block device.  Not so to a file system: a task that faults in
 * the kernel can hold locks or a transaction of the same file system, so then
 * a worker does it, and it does every write, for the right to write to a file
 * system comes before all locks (store.worker_writes).  None may enter reclaim
 * that writes (memalloc_noio): it might wait for us.
 *
 * What cannot do direct I/O goes through the page cache, which is said once
 * when the store is opened.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "store/store.h"
#include "compat.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

/* Pages of the largest request: 1 MiB. */
#define FILE_MAX_PAGES	256

/**
 * struct file_store - a regular file or a block device
 * @store: what everybody knows of it
 * @file: opened by the module for itself
 * @block: a block device: no file system is entered
 * @direct: direct I/O; otherwise through the page cache
 */
struct file_store {
	struct store store;
	struct file *file;
	bool block;
	bool direct;
};

static struct file_store *file_store(struct store *store)
{
	return container_of(store, struct file_store, store);
}

/*
 * Open the same file again, for ourselves: the flags and the position of the
 * caller's description must not matter, and O_EXCL claims a block device.
 */
static struct file *file_reopen(struct file *like, bool *direct)
{
	int flags = O_RDWR | O_LARGEFILE;
	struct file *file;

	if (S_ISBLK(file_inode(like)->i_mode))
		flags |= O_EXCL;
	file = dentry_open(&like->f_path, flags | O_DIRECT, current_cred());
	*direct = !IS_ERR(file);
	if (PTR_ERR_OR_ZERO(file) == -EINVAL)
		file = dentry_open(&like->f_path, flags, current_cred());
	return file;
}

/*
 * A short transfer is an error: nothing says which pages are good.  A file
 * system ends a write early where it has no room for the rest; what goes wrong
 * otherwise it says as such.
 */
static int file_io_error(const struct store_io *io)
{
	long want = (long)io->nr << PAGE_SHIFT;

	if (io->result == want || io->result < 0)
		return min(io->result, 0L);
	return io->write && !file_store(io->store)->block ? -ENOSPC : -EIO;
}

static void file_io_put(struct store_io *io)
{
	if (!atomic_dec_and_test(&io->refs))
		return;
	if (io->write && !file_store(io->store)->block)
		kiocb_end_write(&io->iocb);
	io->done(io, file_io_error(io));
}

static void file_io_complete(struct kiocb *iocb, long ret)
{
	struct store_io *io = container_of(iocb, struct store_io, iocb);

	io->result = ret;
	file_io_put(io);
}

static void file_submit(struct store_io *io)
{
	struct file_store *fs = file_store(io->store);
	unsigned int noio = store_noio_save();
	struct iov_iter iter;
	ssize_t ret;

	io->iocb = (struct kiocb){
		.ki_filp = fs->file,
		.ki_pos = io->pos,
	};
	if (fs->direct) {
		io->iocb.ki_flags = IOCB_DIRECT;
		io->iocb.ki_complete = file_io_complete;
	}
	iov_iter_bvec(&iter, io->write ? ITER_SOURCE : ITER_DEST, io->bvec,
		      io->nr, (size_t)io->nr << PAGE_SHIFT);
	atomic_set(&io->refs, 2);
	if (io->write) {
		if (!fs->block)
			kiocb_start_write(&io->iocb);
		ret = fs->file->f_op->write_iter(&io->iocb, &iter);
	} else {
		ret = fs->file->f_op->read_iter(&io->iocb, &iter);
	}
	if (ret != -EIOCBQUEUED)
		file_io_complete(&io->iocb, ret);
	file_io_put(io);
	store_noio_restore(noio);
}

static int file_flush(struct store *store)
{
	return vfs_fsync(file_store(store)->file, 1);
}

static u64 file_bytes(struct store *store)
{
	return i_size_read(file_store(store)->file->f_mapping->host);
}

static void file_show(struct store *store, struct seq_file *m)
{
	seq_file_path(m, file_store(store)->file, " \t\n\\");
}

static void file_close(struct store *store)
{
	fput(file_store(store)->file);
	kfree(file_store(store));
}

static const struct store_ops file_ops = {
	.submit = file_submit,
	.flush = file_flush,
	.bytes = file_bytes,
	.show = file_show,
	.close = file_close,
};

/**
 * store_open_file - use a file or block device as a store
 * @like: it, open for reading and writing; not kept
 *
 * Context: may sleep.
 * Return: the store, or -EACCES (@like is not open for both), -EINVAL (it is
 * neither a regular file nor a block device), -EBUSY (the block device is
 * claimed by somebody else), -ENOMEM, or what opening it again said.
 */
struct store *store_open_file(struct file *like)
{
	struct inode *inode = like->f_mapping->host;
	struct file_store *fs;
	int err;

	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return ERR_PTR(-EINVAL);
	if ((like->f_mode & (FMODE_READ | FMODE_WRITE)) !=
	    (FMODE_READ | FMODE_WRITE))
		return ERR_PTR(-EACCES);
	fs = kzalloc(sizeof(*fs), GFP_KERNEL);
	if (!fs)
		return ERR_PTR(-ENOMEM);
	fs->file = file_reopen(like, &fs->direct);
	if (IS_ERR(fs->file)) {
		err = PTR_ERR(fs->file);
		goto err_free;
	}
	err = -EINVAL;
	if (!fs->file->f_op->read_iter || !fs->file->f_op->write_iter)
		goto err_fput;
	if (!fs->direct)
		pr_info("%pD: no direct I/O here, using the page cache\n",
			fs->file);
	fs->block = S_ISBLK(inode->i_mode);
	fs->store.ops = &file_ops;
	fs->store.id = store_file_id(fs->file);
	fs->store.bytes = i_size_read(fs->file->f_mapping->host);
	fs->store.submitter = fs->block ? STORE_UNLOCKED : STORE_FREE;
	fs->store.worker_writes = !fs->block;
	fs->store.max_pages = FILE_MAX_PAGES;
	return &fs->store;

err_fput:
	fput(fs->file);
err_free:
	kfree(fs);
	return ERR_PTR(err);
}

/**
 * store_file_id - what would identify a file as a store
 * @like: any open file
 *
 * Context: any.
 * Return: what store.id would be, see there.
 */
const void *store_file_id(const struct file *like)
{
	return like->f_mapping->host;
}
