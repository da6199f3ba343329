// SPDX-License-Identifier: GPL-2.0
/*
 * ops-call.c - what is done with system calls, and with the store behind it
 */
#include <sys/uio.h>

#include "torture.h"

/* Was it only late, and does another sync help? */
static void store_late(struct worker *w, uint64_t slot)
{
	struct slot *here = (struct slot *)at(w->map, slot);
	struct slot *there = (struct slot *)(w->buf + slot % PER_PAGE * SECTOR);
	uint64_t page = slot / PER_PAGE;
	uint32_t now_there = 0, later = 0, synced = 0;

	if (pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		now_there = there->generation;
	usleep(20000);
	if (pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		later = there->generation;
	if (!fsync(w->fd) &&
	    pread(w->store, w->buf, PAGE, page * PAGE) == (ssize_t)PAGE)
		synced = there->generation;
	say("#   page %lu slot %lu: the mapping has generation %u written by %s; the store has %u when read again, %u after 20 ms, %u after another fsync\n",
	    page, slot % PER_PAGE, here->generation,
	    here->how <= OP_final ? op_names[here->how] : "?",
	    now_there, later, synced);
}

/* Nobody but us writes our slot, so after a sync the store has just that. */
static void store_check(struct worker *w, uint64_t slot)
{
	uint64_t page = slot / PER_PAGE;
	ssize_t rc = pread(w->store, w->buf, PAGE, page * PAGE);
	struct slot *copy;

	if (rc < 0 && excused())
		return;
	if (rc != (ssize_t)PAGE)
		return failed(w, "read of the store", slot, rc);
	count(store_checks, 1);
	copy = (struct slot *)(w->buf + slot % PER_PAGE * SECTOR);
	slot_check(w, "store after sync", slot, completed(slot), copy);
	if (copy->generation != completed(slot))
		store_late(w, slot);
}

/* Did a sync fail because the store does?  That is what it has to tell. */
static bool told(void)
{
	if (!excused())
		return false;
	count(told, 1);
	return true;
}

static void do_msync(struct worker *w, int flags)
{
	unsigned int n;
	uint64_t page = pick_chunk(w, &n), slot = own_slot(w, page);
	bool inside = slot >= page * PER_PAGE && slot < (page + n) * PER_PAGE;

	if (rnd(w, 2))
		write_map(w, slot, 1, at(w->map, slot));
	else
		write_call(w, slot, 1, 0);
	if (msync(w->map + page * PAGE, n * PAGE, flags)) {
		if (!told())
			failed(w, "msync", slot, -1);
		return;
	}
	if (flags == MS_SYNC && inside)
		store_check(w, slot);
}

void do_msync_sync(struct worker *w)
{
	do_msync(w, MS_SYNC);
}

void do_msync_async(struct worker *w)
{
	do_msync(w, MS_ASYNC);
}

void do_fsync(struct worker *w)
{
	unsigned int i;

	if (rnd(w, 2) ? fsync(w->fd) : fdatasync(w->fd)) {
		if (!told())
			failed(w, "fsync", 0, -1);
		return;
	}
	for (i = 0; i < 4; i++)
		store_check(w, pick_own(w, 1));
}

/* Also from odd offsets; whole slots are checked. */
void do_pread(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n);
	size_t lead = slot && rnd(w, 2) ? rnd(w, SECTOR) : 0;

	floor_sample(w, slot, n);
	if (transfer(w, false, w->buf, lead + n * SECTOR,
		     slot * SECTOR - lead))
		buffer_check(w, "pread", slot, n, w->buf + lead);
}

/* Other slots arrive in ours, so ours are written to until that is undone. */
void do_pread_to_map(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t to = pick_own(w, n), from = pick_any(w, n);

	slots_announce(to, n);
	floor_sample(w, from, n);
	if (transfer(w, false, at(w->map, to), n * SECTOR, from * SECTOR))
		buffer_check(w, "pread to mapping", from, n, at(w->map, to));
	slots_make(w, to, n, w->buf);
	memcpy(at(w->map, to), w->buf, n * SECTOR);
	slots_complete(to, n);
}

void do_pwrite(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_own(w, n);

	write_call(w, slot, n, rnd(w, 2) ? rnd(w, n * SECTOR) : 0);
	map_check(w, "mapping after pwrite", slot, n, at(w->map, slot));
}

/* What is meant for one place is prepared in another one, or on the spot. */
void do_pwrite_from_map(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t to = pick_own(w, n), from = pick_own(w, n);

	if ((from < to + n && to < from + n) || !rnd(w, 8))
		from = to;
	slots_announce(to, n);
	if (from != to)
		slots_announce(from, n);
	slots_make(w, to, n, w->buf);
	memcpy(at(w->map, from), w->buf, n * SECTOR);
	transfer(w, true, at(w->map, from), n * SECTOR, to * SECTOR);
	slots_complete(to, n);
	map_check(w, "mapping after pwrite", to, n, at(w->map, to));
	if (from == to)
		return;
	slots_make(w, from, n, w->buf);
	memcpy(at(w->map, from), w->buf, n * SECTOR);
	slots_complete(from, n);
}
/* The other process may just have a hole or PROT_NONE there. */
void do_vm_readv(struct worker *w)
{
	struct actor *other = &sh->actors[rnd(w, WRITERS)];
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n);
	struct iovec local = { w->buf, n * SECTOR };
	struct iovec remote = { at(other->map, slot), n * SECTOR };
	ssize_t rc;

	floor_sample(w, slot, n);
	rc = process_vm_readv(other->pid, &local, 1, &remote, 1, 0);
	if (rc > 0)
		buffer_check(w, "process_vm_readv", slot, rc / SECTOR, w->buf);
	else if (errno != EFAULT && errno != ESRCH)
		failed(w, "process_vm_readv", slot, rc);
}

/*
 * The pipe refers to the pages, not to what they contained: what is written
 * in between must come out of it.
 */
void do_vmsplice(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n), own = own_slot(w, slot / PER_PAGE);
	struct iovec iov = { at(w->map, slot), n * SECTOR };
	ssize_t rc, done, got;

	rc = vmsplice(w->pipe[1], &iov, 1, 0);
	if (rc < 0 && excused())
		return;
	if (rc <= 0)
		return failed(w, "vmsplice", slot, rc);
	if (w->id != READER && rnd(w, 2))
		write_map(w, own, 1, at(w->map, own));
	floor_sample(w, slot, n);
	for (done = 0; done < rc; done += got) {
		got = read(w->pipe[0], w->buf + done, rc - done);
		if (got <= 0)
			return failed(w, "read of the pipe", slot, got);
	}
	buffer_check(w, "vmsplice", slot, rc / SECTOR, w->buf);
}

/* The other process may just have a hole there; then it is done by hand. */
void do_vm_writev(struct worker *w)
{
	struct actor *other = &sh->actors[rnd(w, WRITERS)];
	unsigned int n = pick_length(w);
	uint64_t slot = pick_own(w, n);
	struct iovec local = { w->buf, n * SECTOR };
	struct iovec remote = { at(other->map, slot), n * SECTOR };

	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	if (process_vm_writev(other->pid, &local, 1, &remote, 1, 0) !=
	    (ssize_t)(n * SECTOR))
		memcpy(at(w->map, slot), w->buf, n * SECTOR);
	slots_complete(slot, n);
	map_check(w, "mapping after process_vm_writev", slot, n,
		  at(w->map, slot));
}

void do_fadvise(struct worker *w)
{
	static const int advice[] = {
		POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
		POSIX_FADV_WILLNEED, POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,
	};
	unsigned int n;
	uint64_t page = pick_chunk(w, &n);
	int err = posix_fadvise(w->fd, page * PAGE, rnd(w, 16) ? n * PAGE : 0,
				advice[rnd(w, 6)]);

	errno = err;
	if (err)
		failed(w, "posix_fadvise", page * PER_PAGE, -1);
	map_check(w, "mapping after fadvise", page * PER_PAGE, PER_PAGE,
		  w->map + page * PAGE);
}

/* A device reads from our mapping, or writes to it: a file of our own. */
static bool scratch_io(struct worker *w, bool out, char *buf, size_t len)
{
	size_t done = 0;
	ssize_t rc;

	while (done < len) {
		if (out)
			rc = pwrite(w->scratch, buf + done, len - done, done);
		else
			rc = pread(w->scratch, buf + done, len - done, done);
		if (rc < 0 && excused())
			continue;
		if (rc <= 0) {
			failed(w, out ? "direct write" : "direct read", 0, rc);
			return false;
		}
		done += rc;
	}
	return true;
}

void do_direct_out(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_any(w, n);

	floor_sample(w, slot, n);
	if (scratch_io(w, true, at(w->map, slot), n * SECTOR) &&
	    scratch_io(w, false, w->buf, n * SECTOR))
		buffer_check(w, "direct write of a mapping", slot, n, w->buf);
}

void do_direct_in(struct worker *w)
{
	unsigned int n = pick_length(w);
	uint64_t slot = pick_own(w, n);

	slots_announce(slot, n);
	slots_make(w, slot, n, w->buf);
	if (scratch_io(w, true, w->buf, n * SECTOR))
		scratch_io(w, false, at(w->map, slot), n * SECTOR);
	slots_complete(slot, n);
	map_check(w, "mapping after direct read", slot, n, at(w->map, slot));
}
