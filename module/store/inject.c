// SPDX-License-Identifier: GPL-2.0
/*
 * inject.c - stores that fail on request
 *
 * For tests of programs, on any kernel: what to do when the store fails, is
 * slow or lies.  Without any rule in any store all of this is one jump that
 * is patched out.
 */
#include "store/store.h"

#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/mutex.h>

DEFINE_STATIC_KEY_FALSE(store_inject_key);

static atomic_long_t inject_count;
/* Serialises changes of rules. */
static DEFINE_MUTEX(inject_lock);

static bool rules_any(const struct inject_rule *rules)
{
	unsigned int i;

	for (i = 0; i < INJECT_NR_RULES; i++)
		if (rules[i].n)
			return true;
	return false;
}

/**
 * store_inject_set - say what shall go wrong from now on
 * @store: the store
 * @text: see inject.h; "off" is nothing
 *
 * Requests that were started before are not affected.
 *
 * Context: may sleep.
 * Return: 0 or -EINVAL.
 */
int store_inject_set(struct store *store, const char *text)
{
	struct inject_rule rules[INJECT_NR_RULES] = { { 0 } };
	bool active;
	unsigned int i;
	int err = 0;

	if (strcmp(text, "off") && strcmp(text, "off\n"))
		err = inject_parse(text, rules);
	if (err)
		return err;
	mutex_lock(&inject_lock);
	active = rules_any(rules);
	if (active && !store->inject.active)
		static_branch_inc(&store_inject_key);
	for (i = 0; i < INJECT_NR_RULES; i++) {
		WRITE_ONCE(store->inject.rules[i].every, rules[i].every);
		WRITE_ONCE(store->inject.rules[i].n, rules[i].n);
		atomic_set(&store->inject.count[i],
			   rules[i].every ? 0 : rules[i].n);
	}
	if (!active && store->inject.active)
		static_branch_dec(&store_inject_key);
	store->inject.active = active;
	mutex_unlock(&inject_lock);
	return 0;
}

/**
 * store_inject_show - what is still to go wrong
 * @store: the store
 * @buf: where to write it
 * @size: its size in bytes
 *
 * Context: any.
 * Return: length of the text.
 */
int store_inject_show(struct store *store, char *buf, size_t size)
{
	struct inject_rule rules[INJECT_NR_RULES];
	unsigned int i;

	for (i = 0; i < INJECT_NR_RULES; i++) {
		rules[i] = store->inject.rules[i];
		if (!rules[i].every && i != INJECT_delay_ms)
			rules[i].n = max(atomic_read(&store->inject.count[i]),
					 0);
	}
	return inject_format(rules, buf, size);
}

/**
 * store_injected - how often something went wrong on request
 *
 * Context: any.
 * Return: number of requests and flushes of all stores since load; those that
 * were only delayed do not count.
 */
u64 store_injected(void)
{
	return atomic_long_read(&inject_count);
}

static bool inject_now(struct store *store, enum inject_rule_nr rule)
{
	u32 n = READ_ONCE(store->inject.rules[rule].n);
	atomic_t *count = &store->inject.count[rule];
	bool now;

	if (!n)
		return false;
	if (READ_ONCE(store->inject.rules[rule].every))
		now = !((u32)atomic_inc_return(count) % n);
	else
		now = atomic_dec_if_positive(count) >= 0;
	if (now)
		atomic_long_inc(&inject_count);
	return now;
}

static void inject_done_short(struct store_io *io, int err)
{
	io->nr = io->inject_nr;
	io->done = io->inject_done;
	io->done(io, err ?: -EIO);
}

static void inject_done_corrupt(struct store_io *io, int err)
{
	u8 *bytes = page_address(io->bvec[0].bv_page);

	if (!err)
		bytes[0] ^= 0xff;
	io->done = io->inject_done;
	io->done(io, err);
}

/**
 * store_inject_io - let a request go wrong if it is its turn
 * @io: a request that was not started yet
 *
 * Context: process context.
 * Return: true if it was ended here; else it is to be started, perhaps with
 * another end.
 */
bool store_inject_io(struct store_io *io)
{
	struct store *store = io->store;
	int err = 0;

	if (inject_now(store, INJECT_nomem))
		err = -ENOMEM;
	else if (inject_now(store, io->write ? INJECT_write_error :
					       INJECT_read_error))
		err = -EIO;
	if (!err && inject_now(store, INJECT_short)) {
		io->inject_nr = io->nr;
		io->inject_done = io->done;
		io->nr /= 2;
		io->done = inject_done_short;
		if (!io->nr) {
			io->done(io, 0);
			return true;
		}
	} else if (!err && !io->write && inject_now(store, INJECT_corrupt)) {
		io->inject_done = io->done;
		io->done = inject_done_corrupt;
	}
	if (err)
		io->done(io, err);
	return err;
}

/**
 * store_inject_delay - wait before a request, if that is asked for
 * @store: the store
 *
 * Context: may sleep; holds nothing that others wait for.
 */
void store_inject_delay(struct store *store)
{
	u32 ms = READ_ONCE(store->inject.rules[INJECT_delay_ms].n);

	if (ms)
		msleep(ms);
}

/**
 * store_inject_flush - let a flush go wrong if it is its turn
 * @store: the store
 *
 * Context: any.
 * Return: 0 or -EIO.
 */
int store_inject_flush(struct store *store)
{
	return inject_now(store, INJECT_flush_error) ? -EIO : 0;
}
