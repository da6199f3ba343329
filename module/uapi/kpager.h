/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kpager's interface to user space: the ioctls of /dev/kpager/control and
 * of the segments' nodes.
 *
 * Rules for every structure here: fixed-width fields, natural alignment
 * without padding (32-bit programs use the same layout), a struct_size that
 * must be sizeof() of the structure, flags and reserved fields that must be
 * zero where no meaning is given.  A structure that breaks a rule is refused
 * with EINVAL; an ioctl that does not exist with ENOTTY.
 */
#ifndef _UAPI_KPAGER_H
#define _UAPI_KPAGER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Longest segment name, the terminating NUL included. */
#define KPAGER_NAME_SIZE	64
/* Longest policy name, the terminating NUL included. */
#define KPAGER_POLICY_SIZE	32
/* Size of a page of a segment, in bytes. */
#define KPAGER_PAGE_SIZE	4096

/*
 * The store is compressed memory, part of the pool's.  Its contents end with
 * the segment: when it is destroyed or the module is unloaded.
 */
#define KPAGER_CREATE_MEMORY	(1u << 0)

/*
 * Nothing happens to the segment in the background, and only KPAGER_TOUCH
 * counts as use: how often pages are absent depends on the policy alone.
 */
#define KPAGER_CREATE_DETERMINISTIC	(1u << 1)

/*
 * The segment has no store: it has all of its memory from the beginning to the
 * end, zeroed at first, and nothing of it is ever evicted.  The memory is
 * physically contiguous: pieces of 2 MiB, or, if it is smaller, a single one.
 * Goes with no other flag.
 */
#define KPAGER_CREATE_CONTIGUOUS	(1u << 2)

/**
 * struct kpager_create - argument of KPAGER_CREATE
 * @struct_size: sizeof(struct kpager_create)
 * @flags: KPAGER_CREATE_... bits, or 0
 * @size: size of the segment in bytes, a multiple of KPAGER_PAGE_SIZE, not 0;
 *	with KPAGER_CREATE_CONTIGUOUS, if it is more than 2 MiB, of that
 * @backing_fd: descriptor of the store, a regular file or a block device,
 *	open for reading and writing; the module opens the file again for
 *	itself, so the descriptor may be closed afterwards.  -1 with
 *	KPAGER_CREATE_MEMORY and KPAGER_CREATE_CONTIGUOUS
 * @mode: permission bits of /dev/kpager/NAME, 1 to 0777; 0 means 0600
 * @name: NUL-terminated: printable, no '/', no white space, not "." or ".."
 * @policy: NUL-terminated replacement policy; empty means the default, or
 *	none if it is contiguous
 * @resident_max: pages it may have in frames, 0 for any number; needed, and
 *	fixed, if it is deterministic: at most three quarters of the pool; 0 if
 *	it is contiguous
 * @reserved: must be 0
 *
 * Errors: EPERM (CAP_SYS_ADMIN is needed), EINVAL (structure, name, size 0 or
 * unaligned, policy, or a store that is neither file nor block device),
 * ENAMETOOLONG (no NUL in @name), EEXIST (name taken, "control", or it begins
 * with "anon:"), EBADF
 * (@backing_fd is not open), EACCES (not open for both reading and writing),
 * EBUSY (the store belongs to another segment or is claimed by somebody
 * else), ENOSPC (the store is shorter than @size; a contiguous one, together
 * with the minima of others and what others have for themselves, would be too
 * much of the pool), ENOMEM (also: no contiguous memory could be found), EINTR,
 * EMFILE (no device number left).
 */
struct kpager_create {
	__u32 struct_size;
	__u32 flags;
	__u64 size;
	__s32 backing_fd;
	__u32 mode;
	char name[KPAGER_NAME_SIZE];
	char policy[KPAGER_POLICY_SIZE];
	__u64 resident_max;
	__u64 reserved[3];
};

/* Destroy the segment even if dirty pages cannot be written: they are lost. */
#define KPAGER_DESTROY_DISCARD	(1u << 0)

/**
 * struct kpager_destroy - argument of KPAGER_DESTROY
 * @struct_size: sizeof(struct kpager_destroy)
 * @flags: 0 or KPAGER_DESTROY_DISCARD
 * @name: NUL-terminated name of the segment
 * @reserved: must be 0
 *
 * Errors: EPERM, EINVAL, ENAMETOOLONG as above; ENOENT (no such segment),
 * EBUSY (it is open or mapped), EIO, ENOSPC, ... (its dirty pages could not
 * be written: nothing was destroyed).
 */
struct kpager_destroy {
	__u32 struct_size;
	__u32 flags;
	char name[KPAGER_NAME_SIZE];
	__u64 reserved[2];
};

/**
 * struct kpager_resize - argument of KPAGER_RESIZE
 * @struct_size: sizeof(struct kpager_resize)
 * @flags: must be 0
 * @size: new size in bytes, a multiple of KPAGER_PAGE_SIZE, not 0
 * @name: NUL-terminated name of the segment, which may be open and mapped
 * @reserved: must be 0
 *
 * What lies behind a new end is gone at once, as with ftruncate(): mappings
 * of it get SIGBUS, changes that were not on the store are lost, the store is
 * left as it is.  A segment that grows shows there what its store holds.  One
 * in memory gives up what lies behind the end, and grows by zeros.
 *
 * Errors: EPERM, EINVAL (structure, size), ENAMETOOLONG as above; ENOENT (no
 * such segment), ENOSPC (the store is shorter than @size), EOPNOTSUPP (it is
 * contiguous).
 */
struct kpager_resize {
	__u32 struct_size;
	__u32 flags;
	__u64 size;
	char name[KPAGER_NAME_SIZE];
	__u64 reserved[2];
};

/**
 * struct kpager_create_anon - argument of KPAGER_CREATE_ANON
 * @struct_size: sizeof(struct kpager_create_anon)
 * @flags: must be 0
 * @size: size of the segment in bytes, a multiple of KPAGER_PAGE_SIZE, not 0
 * @resident_max: pages it may have in frames, 0 for any number
 * @backing_fd: -1 for compressed memory, or a descriptor as in struct
 *	kpager_create, which needs CAP_SYS_ADMIN: a store that stalls on purpose
 *	would hold up others
 * @reserved32: must be 0
 * @policy: NUL-terminated replacement policy; empty means the default
 * @reserved: must be 0
 *
 * Returns a descriptor of a new segment without a name and without a node,
 * with close-on-exec set.  It works as one of a node that was opened for
 * reading and writing, also when it is inherited or passed to somebody else.
 * The segment ends with the last descriptor and mapping; pages that were not
 * written are dropped, so what is in its store then is undefined.
 *
 * Needs a descriptor of the control node that is open for writing.  The sizes
 * of a user's anonymous segments together are limited by the attribute
 * anon_max_mb of control, and their number to 64; who has CAP_SYS_RESOURCE is
 * not limited.  A small one counts with what its policy keeps of the pool's
 * frames.
 *
 * Errors: EACCES (control is not open for writing, or the store not for both),
 * EPERM (a store, without CAP_SYS_ADMIN), EINVAL (structure, size 0 or
 * unaligned, policy, or a store that is neither file nor block device), EBADF
 * (@backing_fd is not open), EDQUOT (more bytes than anon_max_mb for this
 * user), EMFILE (too many anonymous segments of this user, or segments, or
 * descriptors), EBUSY and ENOSPC (store) as above, ENOMEM.
 */
struct kpager_create_anon {
	__u32 struct_size;
	__u32 flags;
	__u64 size;
	__u64 resident_max;
	__s32 backing_fd;
	__u32 reserved32;
	char policy[KPAGER_POLICY_SIZE];
	__u64 reserved[3];
};

/* How short of frames the pool is. */
#define KPAGER_PRESSURE_NONE	0
/* Fewer are free than a level of minfree asks for, and no more can be freed. */
#define KPAGER_PRESSURE_SOFT	1
/* None is free, and a task waits for one. */
#define KPAGER_PRESSURE_HARD	2

/* Tasks that struct kpager_pressure has room for. */
#define KPAGER_CANDIDATES	8

/**
 * struct kpager_candidate - a task whose death would free frames
 * @pid: its number, as the first process sees it
 * @adj: its importance: its oom_score_adj and that of what it keeps, together
 * @frames: frames that would come free
 * @score: what speaks for ending it, in thousandths of a frame; 0 if it must
 *	not be ended
 */
struct kpager_candidate {
	__s32 pid;
	__s32 adj;
	__u64 frames;
	__u64 score;
};

/**
 * struct kpager_pressure - argument of KPAGER_PRESSURE, on the control node
 * @struct_size: in: sizeof(struct kpager_pressure)
 * @flags: in: must be 0
 * @level: out: KPAGER_PRESSURE_...
 * @adj: out: at a level, tasks of this importance or more may be ended
 * @waiting: out: tasks that wait for a frame now
 * @nr_candidates: out: tasks that keep frames, also those that are not told;
 *	0 without CAP_SYS_ADMIN
 * @deadline: out: when the kernel acts by itself if nothing changes, in ns of
 *	CLOCK_MONOTONIC; 0 at KPAGER_PRESSURE_NONE
 * @events: out: shortages since the module was loaded
 * @free_frames: out: frames that are free
 * @some_us: out: of the last 1, 10 and 60 seconds, the time in us in which a
 *	task waited for a frame
 * @full_us: out: of these, the time in which nobody got one
 * @candidates: out: the tasks, worst first, as they were a tenth of a second
 *	ago at most; unused ones are 0
 * @reserved: must be 0
 *
 * poll() reports POLLPRI when there was a shortage since this descriptor was
 * opened, or called this.
 *
 * Errors: EFAULT, EINVAL (structure).
 */
struct kpager_pressure {
	__u32 struct_size;
	__u32 flags;
	__u32 level;
	__s32 adj;
	__u32 waiting;
	__u32 nr_candidates;
	__u64 deadline;
	__u64 events;
	__u64 free_frames;
	__u64 some_us[3];
	__u64 full_us[3];
	struct kpager_candidate candidates[KPAGER_CANDIDATES];
	__u64 reserved[4];
};

/* What a request to a store was to do. */
#define KPAGER_OP_READ		1
#define KPAGER_OP_WRITE		2
#define KPAGER_OP_FLUSH		3

/* The last error that concerned the byte at @offset, not the last of all. */
#define KPAGER_WHY_OFFSET	(1u << 0)

/**
 * struct kpager_why - argument of KPAGER_WHY: what the store refused
 * @struct_size: in: sizeof(struct kpager_why)
 * @flags: in: 0 or KPAGER_WHY_OFFSET
 * @offset: in: a byte of the segment, with KPAGER_WHY_OFFSET; out: the first
 *	byte of the request that failed
 * @length: out: the bytes of that request; 0 for a flush
 * @time: out: when it failed, CLOCK_REALTIME in nanoseconds
 * @number: out: its number, counted from 1 since the segment was created; 0
 *	if there was none, or none of the last 16 concerned @offset: then all of
 *	the above and @error are 0
 * @count: out: errors since the segment was created, of any offset
 * @operation: out: KPAGER_OP_...
 * @error: out: the errno, positive
 * @reserved: must be 0
 *
 * For the descriptor of a segment.  A flush concerns no byte in particular.
 *
 * Errors: EFAULT, EINVAL (structure, or @offset beyond the end).
 */
struct kpager_why {
	__u32 struct_size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 time;
	__u64 number;
	__u64 count;
	__u32 operation;
	__s32 error;
	__u64 reserved[2];
};

/* The page is written: its contents stay, but it counts as changed. */
#define KPAGER_TOUCH_WRITE	(1u << 0)

/**
 * struct kpager_touch - argument of KPAGER_TOUCH, on a segment's descriptor
 * @struct_size: sizeof(struct kpager_touch)
 * @flags: 0 or KPAGER_TOUCH_WRITE
 * @page: number of the page that is used, once; an absent one is brought in
 * @reserved: must be 0
 *
 * Returns 0 if the page was resident, 1 if it was absent.
 *
 * Errors: EINVAL (structure), EBADF (KPAGER_TOUCH_WRITE, and the descriptor is
 * not open for writing), ENXIO (behind the end), EIO (it could not be read),
 * EINTR, ENOMEM.
 */
struct kpager_touch {
	__u32 struct_size;
	__u32 flags;
	__u64 page;
	__u64 reserved[2];
};

/**
 * struct kpager_pin - argument of KPAGER_PIN and KPAGER_UNPIN, on a segment's
 *	descriptor
 * @struct_size: sizeof(struct kpager_pin)
 * @flags: must be 0
 * @offset: first byte of the range, a multiple of KPAGER_PAGE_SIZE
 * @bytes: its length, a multiple of KPAGER_PAGE_SIZE, not 0
 * @reserved: must be 0
 *
 * Pages that are pinned are never evicted.  KPAGER_PIN brings absent ones in;
 * all of them are pinned when it returns 0, else none that was not before.
 * The pins belong to the open file description: they end with KPAGER_UNPIN
 * through it or through a copy of the descriptor, or with its last close.
 * Pinning a page twice through the same one is the same as once; a page that
 * several pinned is pinned until the last of them unpins it.  Where the
 * segment becomes smaller, its pins end.
 *
 * Errors: EINVAL (structure, range), ENXIO (KPAGER_PIN behind the end), EPERM
 * (KPAGER_UNPIN of a page that this file description did not pin: then
 * nothing happens), EBUSY (the segment is deterministic), ENOMEM (more pages
 * than the attribute pin_max of the segment, more than a quarter of the pool in
 * anonymous segments together, or no frame could be had), EIO (a page could not
 * be read), EINTR.
 */
struct kpager_pin {
	__u32 struct_size;
	__u32 flags;
	__u64 offset;
	__u64 bytes;
	__u64 reserved[2];
};

/**
 * struct kpager_volatile - argument of KPAGER_VOLATILE and KPAGER_NONVOLATILE,
 *	on a segment's descriptor that is open for writing
 * @struct_size: in: sizeof(struct kpager_volatile)
 * @flags: in: must be 0
 * @offset: in: first byte of the range, a multiple of KPAGER_PAGE_SIZE
 * @bytes: in: its length, a multiple of KPAGER_PAGE_SIZE, not 0
 * @purged: in: must be 0; out, of KPAGER_NONVOLATILE: how many pages of the
 *	range were purged since they became volatile
 * @reserved: must be 0
 *
 * KPAGER_VOLATILE says that the contents of the range can be made again.  When
 * frames are short its pages are purged before anything is evicted: what they
 * contained is lost, dirty or not, and they read as zeros.  The oldest range of
 * all segments is the first to go; a page that is volatile already keeps its
 * age.  Until it is purged a page can be used as ever.
 *
 * KPAGER_NONVOLATILE ends that, and tells what was lost.  Pages of the range
 * that are not volatile stay as they are.
 *
 * Both concern the segment, for all who use it, whoever calls.
 *
 * Errors: EACCES (not open for writing), EINVAL (structure, range), ENXIO
 * (behind the end), EBUSY (KPAGER_VOLATILE: the segment is deterministic),
 * ENOMEM (also: more than 4096 ranges, or 8192 parts of them), EINTR, EFAULT (of KPAGER_NONVOLATILE
 * maybe when all is done: then take the range for purged).
 */
struct kpager_volatile {
	__u32 struct_size;
	__u32 flags;
	__u64 offset;
	__u64 bytes;
	__u64 purged;
	__u64 reserved[2];
};

#define KPAGER_IOC_MAGIC	0xD7
#define KPAGER_CREATE	_IOW(KPAGER_IOC_MAGIC, 1, struct kpager_create)
#define KPAGER_DESTROY	_IOW(KPAGER_IOC_MAGIC, 2, struct kpager_destroy)
#define KPAGER_RESIZE	_IOW(KPAGER_IOC_MAGIC, 3, struct kpager_resize)
#define KPAGER_PRESSURE	_IOWR(KPAGER_IOC_MAGIC, 4, struct kpager_pressure)
#define KPAGER_CREATE_ANON _IOW(KPAGER_IOC_MAGIC, 5, struct kpager_create_anon)
/* On a segment's descriptor. */
#define KPAGER_TOUCH	_IOW(KPAGER_IOC_MAGIC, 16, struct kpager_touch)
#define KPAGER_PIN	_IOW(KPAGER_IOC_MAGIC, 17, struct kpager_pin)
#define KPAGER_UNPIN	_IOW(KPAGER_IOC_MAGIC, 18, struct kpager_pin)
#define KPAGER_VOLATILE	_IOW(KPAGER_IOC_MAGIC, 19, struct kpager_volatile)
#define KPAGER_NONVOLATILE _IOWR(KPAGER_IOC_MAGIC, 20, struct kpager_volatile)

/* Of a segment's descriptor; numbers from 32. */
#define KPAGER_WHY	_IOWR(KPAGER_IOC_MAGIC, 32, struct kpager_why)

#endif /* _UAPI_KPAGER_H */
