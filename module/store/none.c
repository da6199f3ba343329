// SPDX-License-Identifier: GPL-2.0
/*
 * none.c - no store: pages that never leave their frames
 */
#include "store/store.h"

#include <linux/seq_file.h>
#include <linux/slab.h>

/* Nobody evicts these pages, so nobody reads or writes them here. */
static void none_submit(struct store_io *io)
{
	WARN_ON_ONCE(1);
	io->done(io, -EIO);
}

static int none_flush(struct store *store)
{
	return 0;
}

static void none_show(struct store *store, struct seq_file *m)
{
	seq_puts(m, "none");
}

static void none_close(struct store *store)
{
	kfree(store);
}

static const struct store_ops none_ops = {
	.submit = none_submit,
	.flush = none_flush,
	.show = none_show,
	.close = none_close,
};

/**
 * store_open_none - stand in for the store of pages that need none
 *
 * It refuses every request.
 *
 * Context: may sleep.
 * Return: the store or -ENOMEM.
 */
struct store *store_open_none(void)
{
	struct store *store = kzalloc(sizeof(*store), GFP_KERNEL);

	if (!store)
		return ERR_PTR(-ENOMEM);
	store->ops = &none_ops;
	store->id = store;
	store->bytes = MAX_LFS_FILESIZE;
	store->submitter = STORE_FREE;
	store->max_pages = 1;
	store->passing = true;
	return store;
}
