// SPDX-License-Identifier: GPL-2.0
/*
 * store.c - what all kinds of stores have in common
 */
#include "store/store.h"

static struct workqueue_struct *store_queue;

/**
 * store_init - bring the layer up
 * @memory_frames: most frames that memory stores may hold together
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int store_init(u32 memory_frames)
{
	int err;

	store_queue = alloc_workqueue("kpager_store",
				      WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!store_queue)
		return -ENOMEM;
	err = memory_init(memory_frames);
	if (err)
		destroy_workqueue(store_queue);
	return err;
}

/**
 * store_exit - tear the layer down; every store is closed
 *
 * Context: may sleep.
 */
void store_exit(void)
{
	memory_exit();
	destroy_workqueue(store_queue);
}

static void store_work(struct work_struct *work)
{
	struct store_io *io = container_of(work, struct store_io, work);

	if (static_branch_unlikely(&store_inject_key))
		store_inject_delay(io->store);
	io->store->ops->submit(io);
}

/**
 * store_submit - start a request
 * @io: the request; @io and its pages must live until done()
 * @context: what the caller may do
 *
 * done() may have been called when this returns.
 *
 * Context: process context; may sleep.
 */
void store_submit(struct store_io *io, enum store_context context)
{
	bool worker = io->write && io->store->worker_writes;

	if (static_branch_unlikely(&store_inject_key)) {
		if (store_inject_io(io))
			return;
		/* The caller may hold what others wait for: a worker waits. */
		worker |= READ_ONCE(io->store->inject.rules[INJECT_delay_ms].n);
	}
	if (!worker && store_may_submit(io->store, context)) {
		io->store->ops->submit(io);
		return;
	}
	INIT_WORK(&io->work, store_work);
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
	int err = 0;

	if (static_branch_unlikely(&store_inject_key))
		err = store_inject_flush(store);
	return err ?: store->ops->flush(store);
}

/**
 * store_discard - the end of what is used of a store
 * @store: the store
 * @first: the first page that is not used any more; none from here on is in a
 *	frame, or has a request in flight
 *
 * A store in memory gives up what it holds of them, and they read as zeros
 * if they are used again; others leave them as they are.
 *
 * Context: may sleep.
 */
void store_discard(struct store *store, u64 first)
{
	if (store->ops->discard)
		store->ops->discard(store, first);
}

/**
 * store_forget - a page's contents are not needed any more
 * @store: the store
 * @page: the page; it has no request in flight, and gets none meanwhile
 *
 * Context: may sleep, but for no memory.
 * Return: true if it reads as zeros now; false if nothing happened.
 */
bool store_forget(struct store *store, u64 page)
{
	if (!store->ops->forget)
		return false;
	store->ops->forget(store, page);
	return true;
}

/**
 * store_next - which pages could store_forget() forget
 * @store: the store
 * @first: first page of a range
 * @last: its last page, inclusive
 *
 * Context: any process context.
 * Return: the first page in the range of which the store holds something, or
 * @last + 1.  Of a store that forgets nothing, @last + 1.
 */
u64 store_next(struct store *store, u64 first, u64 last)
{
	return store->ops->next ? store->ops->next(store, first, last) :
		last + 1;
}

/**
 * store_bytes - how much a store can hold now
 * @store: the store
 *
 * Context: any.
 * Return: bytes; a file may have grown since it was opened.
 */
u64 store_bytes(struct store *store)
{
	return store->ops->bytes ? store->ops->bytes(store) : store->bytes;
}

/**
 * store_held - frames of the pool that a store takes
 * @store: the store
 *
 * Context: any.
 * Return: about how many come free when it is closed.
 */
u64 store_held(struct store *store)
{
	return store->ops->held ? store->ops->held(store) : 0;
}

/**
 * store_show - print what a store is
 * @store: the store
 * @m: where to
 *
 * Context: may sleep.
 */
void store_show(struct store *store, struct seq_file *m)
{
	store->ops->show(store, m);
}

/**
 * store_close - give a store back; no request is in flight
 * @store: the store
 *
 * Context: may sleep.
 */
void store_close(struct store *store)
{
	store_inject_set(store, "off");
	store->ops->close(store);
}
