/* SPDX-License-Identifier: GPL-2.0 */
/*
 * store.h - where a segment's pages live when they are not resident
 *
 * A store is a range of bytes that is read and written in whole pages,
 * asynchronously: store_submit() starts a request, its done() is called
 * exactly once, from any context, hard interrupts included.
 */
#ifndef KPAGER_STORE_H
#define KPAGER_STORE_H

#include <linux/atomic.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/workqueue.h>

/**
 * enum store_context - what the task that starts a request may do
 * @STORE_LOCKED: it holds the fault lock: a worker starts the request, and
 *	waits for what the block layer or a file system makes it wait for
 * @STORE_UNLOCKED: it may wait, but came from inside the kernel and may hold
 *	locks or a transaction of a file system: block devices only
 * @STORE_FREE: it came from user mode, or is a thread of ours, and holds
 *	nothing: any store
 */
enum store_context {
	STORE_LOCKED,
	STORE_UNLOCKED,
	STORE_FREE,
};

/**
 * struct store - an open store
 * @file: opened by the module for itself
 * @bytes: its size
 * @block: a block device: the submitter may be any task
 * @direct: direct I/O; otherwise through the page cache
 */
struct store {
	struct file *file;
	u64 bytes;
	bool block;
	bool direct;
};

/**
 * struct store_io - a request, embedded in its owner's structure
 * @store: where
 * @pos: byte offset, a multiple of the page size
 * @bvec: the pages, one whole page an element; must live until done()
 * @nr: number of pages
 * @write: direction
 * @done: called once, with 0 or a negative errno; may be in hard-IRQ context
 * @iocb: private
 * @refs: private; submission and completion hold one each
 * @result: private
 * @work: private
 */
struct store_io {
	struct store *store;
	loff_t pos;
	struct bio_vec *bvec;
	unsigned int nr;
	bool write;
	void (*done)(struct store_io *io, int err);
	struct kiocb iocb;
	atomic_t refs;
	long result;
	struct work_struct work;
};

int store_init(void);
void store_exit(void);
struct store *store_open(struct file *like);
void store_close(struct store *store);
void store_submit(struct store_io *io, enum store_context context);
int store_flush(struct store *store);
struct inode *store_inode(const struct store *store);

#endif /* KPAGER_STORE_H */
