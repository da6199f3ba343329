// SPDX-License-Identifier: GPL-2.0
/*
 * file.c - a regular file or a block device as a store
 *
 * One path serves both, as the loop driver does it: read_iter and write_iter
 * with IOCB_DIRECT, a bvec iterator and ki_complete.  Any task that may wait
 * can give to a block device.  Not so to a file system: a task that faults in
 * the kernel can hold locks or a transaction of the same file system, so then
 * a worker does it.  None may enter reclaim that writes (memalloc_noio): it
 * might wait for us.
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
#include <linux/sched/mm.h>
#include <linux/slab.h>

static struct workqueue_struct *store_queue;

/**
 * store_init - bring the layer up
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int store_init(void)
{
	store_queue = alloc_workqueue("kpager_store",
				      WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return store_queue ? 0 : -ENOMEM;
}

/**
 * store_exit - tear the layer down; every store is closed
 *
 * Context: may sleep.
 */
void store_exit(void)
{
	destroy_workqueue(store_queue);
}

/*
 * Open the same file again, for ourselves: the flags and the position of the
 * caller's description must not matter, and O_EXCL claims a block device.
 */
static struct file *store_reopen(struct file *like, bool *direct)
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

/**
 * store_open - use a file or block device as a store
 * @like: it, open for reading and writing; not kept
 *
 * Context: may sleep.
 * Return: the store, or -EACCES (@like is not open for both), -EINVAL (it is
 * neither a regular file nor a block device), -EBUSY (the block device is
 * claimed by somebody else), -ENOMEM, or what opening it again said.
 */
struct store *store_open(struct file *like)
{
	struct inode *inode = like->f_mapping->host;
	struct store *store;
	int err;

	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return ERR_PTR(-EINVAL);
	if ((like->f_mode & (FMODE_READ | FMODE_WRITE)) !=
	    (FMODE_READ | FMODE_WRITE))
		return ERR_PTR(-EACCES);
	store = kzalloc(sizeof(*store), GFP_KERNEL);
	if (!store)
		return ERR_PTR(-ENOMEM);
	store->block = S_ISBLK(inode->i_mode);
	store->file = store_reopen(like, &store->direct);
	if (IS_ERR(store->file)) {
		err = PTR_ERR(store->file);
		goto err_free;
	}
	err = -EINVAL;
	if (!store->file->f_op->read_iter || !store->file->f_op->write_iter)
		goto err_fput;
	store->bytes = i_size_read(store->file->f_mapping->host);
	if (!store->direct)
		pr_info("%pD: no direct I/O here, using the page cache\n",
			store->file);
	return store;

err_fput:
	fput(store->file);
err_free:
	kfree(store);
	return ERR_PTR(err);
}

/**
 * store_close - give a store back; no request is in flight
 * @store: the store
 *
 * Context: may sleep.
 */
void store_close(struct store *store)
{
	fput(store->file);
	kfree(store);
}

/**
 * store_inode - what identifies a store, whatever path led to it
 * @store: the store
 *
 * Context: any.
 * Return: the inode of the file, or of the block device itself.
 */
struct inode *store_inode(const struct store *store)
{
	return store->file->f_mapping->host;
}

static void store_io_put(struct store_io *io)
{
	long want = (long)io->nr << PAGE_SHIFT;

	if (!atomic_dec_and_test(&io->refs))
		return;
	if (io->write && !io->store->block)
		kiocb_end_write(&io->iocb);
	/* A short transfer is an error: nothing says which pages are good. */
	if (io->result == want)
		io->done(io, 0);
	else
		io->done(io, io->result < 0 ? io->result : -EIO);
}

static void store_io_complete(struct kiocb *iocb, long ret)
{
	struct store_io *io = container_of(iocb, struct store_io, iocb);

	io->result = ret;
	store_io_put(io);
}

static void store_io_issue(struct store_io *io)
{
	struct file *file = io->store->file;
	unsigned int noio = memalloc_noio_save();
	struct iov_iter iter;
	ssize_t ret;

	memset(&io->iocb, 0, sizeof(io->iocb));
	io->iocb.ki_filp = file;
	io->iocb.ki_pos = io->pos;
	if (io->store->direct) {
		io->iocb.ki_flags = IOCB_DIRECT;
		io->iocb.ki_complete = store_io_complete;
	}
	iov_iter_bvec(&iter, io->write ? ITER_SOURCE : ITER_DEST, io->bvec,
		      io->nr, (size_t)io->nr << PAGE_SHIFT);
	atomic_set(&io->refs, 2);
	if (io->write) {
		if (!io->store->block)
			kiocb_start_write(&io->iocb);
		ret = file->f_op->write_iter(&io->iocb, &iter);
	} else {
		ret = file->f_op->read_iter(&io->iocb, &iter);
	}
	if (ret != -EIOCBQUEUED)
		store_io_complete(&io->iocb, ret);
	store_io_put(io);
	memalloc_noio_restore(noio);
}

static void store_io_work(struct work_struct *work)
{
	store_io_issue(container_of(work, struct store_io, work));
}

/**
 * store_submit - start a request
 * @io: the request; @io and its pages must live until done()
 * @context: what the caller may do
 *
 * done() may have been called when this returns.
 *
 * Context: process context.
 */
void store_submit(struct store_io *io, enum store_context context)
{
	if (context == STORE_FREE ||
	    (context == STORE_UNLOCKED && io->store->block)) {
		store_io_issue(io);
		return;
	}
	INIT_WORK(&io->work, store_io_work);
	queue_work(store_queue, &io->work);
}

/**
 * store_flush - make what was written durable
 * @store: the store
 *
 * Context: may sleep; waits for the device.
 * Return: 0 or what the store said.
 */
int store_flush(struct store *store)
{
	return vfs_fsync(store->file, 1);
}
