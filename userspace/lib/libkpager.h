/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkpager - create, destroy and observe segments of the kpager module.
 *
 * Every function that can fail returns 0 or a negative errno, and takes a
 * struct kpager_error that may be NULL; on failure it is filled with a
 * sentence for people and a cause for programs.  No function prints, exits,
 * or installs a signal handler, and none uses static data: different threads
 * may call the library at the same time as long as they do not share an
 * object.
 *
 * Environment, for tests; ignored in set-user-ID programs:
 *   KPAGER_DEV   directory of the device nodes, instead of /dev/kpager
 *   KPAGER_PROC  directory of the statistics, instead of /proc/kpager
 */
#ifndef LIBKPAGER_H
#define LIBKPAGER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the /proc/kpager files that this library understands. */
#define KPAGER_PROC_VERSION	1

/**
 * enum kpager_cause - what a program may want to tell apart in an error
 * @KPAGER_CAUSE_OTHER: see the errno
 * @KPAGER_CAUSE_MODULE: the kpager module is not loaded
 * @KPAGER_CAUSE_SEGMENT: there is no segment of that name
 * @KPAGER_CAUSE_PERMISSION: the caller may not use the control node, the
 *	ioctl or the statistics
 */
enum kpager_cause {
	KPAGER_CAUSE_OTHER,
	KPAGER_CAUSE_MODULE,
	KPAGER_CAUSE_SEGMENT,
	KPAGER_CAUSE_PERMISSION,
};

/**
 * struct kpager_error - why a call failed
 * @err: the errno, positive; the call returned its negative
 * @cause: the cause where errno alone does not tell
 * @text: "what on what: why", one line without newline or control
 *	characters; long paths are shortened in the middle
 */
struct kpager_error {
	int err;
	enum kpager_cause cause;
	char text[512];
};

/**
 * typedef kpager_progress_fn - is told how far the filling of a store is
 * @done: bytes that are filled
 * @total: bytes to fill
 * @arg: progress_arg of struct kpager_spec
 *
 * Called before the first byte and then every few MiB.
 *
 * Return: 0 to go on; anything else gives up, and the create call fails
 * with ECANCELED and removes the file if it had made it.
 */
typedef int (*kpager_progress_fn)(uint64_t done, uint64_t total, void *arg);

/*
 * Make the store such that no write-back needs a new extent: a missing
 * backing file is created (mode 0600), preallocated, written with zeros and
 * synced; holes and unwritten extents in an existing one are allocated and
 * written, which never changes what the file contains.
 */
#define KPAGER_CREATE_FILL	(1u << 0)
/*
 * A missing backing file is created (mode 0600) without any extent; writing
 * a dirty page back may then fail with ENOSPC.
 */
#define KPAGER_CREATE_SPARSE	(1u << 1)
/*
 * There is no file: the pages live in compressed memory of the module, and
 * end with the segment or the module.
 */
#define KPAGER_CREATE_VOLATILE	(1u << 2)
/*
 * There is no file: all pages are in physically contiguous memory, from the
 * beginning to the end. See KPAGER_CREATE_CONTIGUOUS of the module's header.
 */
#define KPAGER_CREATE_PHYSICAL	(1u << 3)

/**
 * struct kpager_spec - a segment to be created
 * @name: its name, at most 63 characters of printable ASCII: no '/' or white
 *	space, not ".", ".." or "control", not beginning with "anon:"
 * @size: in bytes, a multiple of 4096, not 0; with KPAGER_CREATE_PHYSICAL, if it
 *	is more than 2 MiB, of that
 * @backing: path of a regular file or block device; NULL to use @backing_fd
 * @backing_fd: descriptor, open for reading and writing, if @backing is
 *	NULL; remains the caller's and may be closed afterwards
 * @policy: replacement policy, at most 31 bytes; NULL for the default
 * @mode: permission bits of the node, at most 0777; 0 for 0600
 * @flags: KPAGER_CREATE_FILL or KPAGER_CREATE_SPARSE; with neither, the
 *	store is taken as it is and must exist.  Or KPAGER_CREATE_VOLATILE or
 *	KPAGER_CREATE_PHYSICAL: @backing must be NULL, and @backing_fd is
 *	ignored; with the latter @policy must be NULL and @deterministic 0, too
 * @progress: told about the filling; may be NULL
 * @progress_arg: handed to @progress
 * @deterministic: if not 0, the frames of a deterministic segment: nothing
 *	happens to it in the background, and its misses depend on the policy
 *	alone; at most three quarters of the pool
 *
 * Members that are not named in an initializer have a good default, except
 * @name, @size and the store.
 */
struct kpager_spec {
	const char *name;
	uint64_t size;
	const char *backing;
	int backing_fd;
	const char *policy;
	unsigned int mode;
	unsigned int flags;
	kpager_progress_fn progress;
	void *progress_arg;
	uint32_t deterministic;
};

/**
 * kpager_segment_create() - prepare a store and create a segment on it
 * @spec: the segment
 * @error: filled on failure; may be NULL
 *
 * Everything that can be known is checked before the store is touched. A
 * file that this call created is removed again when the call fails; a file
 * that existed is never removed, shortened or overwritten.
 *
 * Needs CAP_SYS_ADMIN.
 *
 * Return: 0, or the negative of: EINVAL (name, size, mode, flags, policy, or
 * a store that is neither regular file nor block device), ENAMETOOLONG,
 * EEXIST (the name is taken or reserved), ENOSPC (the store is shorter than
 * the size, or the file system is full, or it would be too much contiguous
 * memory), ENOMEM (also: no contiguous memory), EBUSY (the store is in use),
 * ECANCELED (@spec->progress said so), EPERM, EACCES, ENOENT, EPROTO,
 * EPROTONOSUPPORT, or another errno of opening or writing the store.
 */
int kpager_segment_create(const struct kpager_spec *spec,
			  struct kpager_error *error);

/**
 * struct kpager_anon_spec - an anonymous segment to be created
 * @size: in bytes, a multiple of 4096, not 0
 * @resident_max: pages it may have in memory, 0 for any number
 * @backing_fd: descriptor of a file or block device, open for reading and
 *	writing; 0 or less for compressed memory
 * @policy: replacement policy, at most 31 bytes; NULL for the default
 */
struct kpager_anon_spec {
	uint64_t size;
	uint32_t resident_max;
	int backing_fd;
	const char *policy;
};

/**
 * kpager_anon_create() - create a segment that has no name
 * @spec: the segment
 * @error: filled on failure; may be NULL
 *
 * It is reached through the descriptor alone, as if that came from opening a
 * node, and can be inherited or passed on. It ends, contents and all, with the
 * last descriptor and mapping. Close-on-exec is set.
 *
 * Needs write permission on the control node, and CAP_SYS_ADMIN for a store
 * other than memory; counts against the attribute anon_max_mb of control,
 * unless the caller has CAP_SYS_RESOURCE.
 *
 * Return: a descriptor, or the negative of: EINVAL (size, policy, or a store
 * that is neither regular file nor block device), ENAMETOOLONG (policy),
 * EDQUOT (more than the user's limit), EMFILE (too many segments or
 * descriptors), EBADF, EBUSY, ENOSPC (store), ENOMEM, EPERM, EACCES, ENOENT.
 */
int kpager_anon_create(const struct kpager_anon_spec *spec,
		       struct kpager_error *error);

/* Destroy even if dirty pages cannot be written: they are lost. */
#define KPAGER_DISCARD		(1u << 0)

/**
 * kpager_segment_destroy() - destroy a segment
 * @name: its name
 * @flags: 0 or KPAGER_DISCARD
 * @error: filled on failure; may be NULL
 *
 * The dirty pages are written to the store first. If that fails nothing is
 * destroyed and the write error is returned, unless KPAGER_DISCARD is given.
 *
 * Return: 0, or the negative of: EINVAL, ENAMETOOLONG (name), ENOENT (no such
 * segment, or no module: see @error->cause), EBUSY (open or mapped), EPERM,
 * EACCES, or the write error (EIO, ENOSPC, ...).
 */
int kpager_segment_destroy(const char *name, unsigned int flags,
			   struct kpager_error *error);

/**
 * kpager_segment_resize() - change the size of a segment
 * @name: its name
 * @size: in bytes, a multiple of 4096, not 0
 * @error: filled on failure; may be NULL
 *
 * The segment may be open and mapped. What lies behind a new end is gone at
 * once: mappings of it get SIGBUS, and changes there that were not on the
 * store are lost. The store is left as it is, and has to hold the new size.
 *
 * Needs CAP_SYS_ADMIN.
 *
 * Return: 0, or the negative of: EINVAL, ENAMETOOLONG (name, size), ENOENT (no
 * such segment, or no module: see @error->cause), ENOSPC (the store is shorter
 * than @size), EPERM, EACCES.
 */
int kpager_segment_resize(const char *name, uint64_t size,
			  struct kpager_error *error);

/**
 * kpager_segment_open() - open the node of a segment
 * @name: its name
 * @error: filled on failure; may be NULL
 *
 * For reading and writing, with close-on-exec set.
 *
 * Return: a descriptor, or the negative of: EINVAL, ENAMETOOLONG (name), ENOENT
 * (no such segment, or no module: see @error->cause), EACCES, or another errno
 * of opening.
 */
int kpager_segment_open(const char *name, struct kpager_error *error);

/**
 * kpager_pin() - keep a range in memory
 * @fd: descriptor of a segment
 * @offset: first byte, a multiple of 4096
 * @bytes: length, a multiple of 4096, not 0
 * @error: filled on failure; may be NULL
 *
 * Pages that are absent are brought in. Pinned pages are not evicted until they
 * are unpinned through @fd or a copy of it, or the last of these is closed.
 *
 * Return: 0, or the negative of: EINVAL (range), ENXIO (behind the end), EBUSY
 * (the segment is deterministic), ENOMEM (more than the attribute pin_max, or
 * no frame), EIO (a page could not be read), EINTR. Then nothing is pinned that
 * was not before.
 */
int kpager_pin(int fd, uint64_t offset, uint64_t bytes,
	       struct kpager_error *error);

/**
 * kpager_unpin() - end that
 * @fd: descriptor of a segment
 * @offset: first byte, a multiple of 4096
 * @bytes: length, a multiple of 4096, not 0
 * @error: filled on failure; may be NULL
 *
 * Return: 0, or the negative of: EINVAL (range), EPERM (a page of it was not
 * pinned through @fd: nothing happened).
 */
int kpager_unpin(int fd, uint64_t offset, uint64_t bytes,
		 struct kpager_error *error);

/**
 * kpager_volatile() - the contents of a range may be forgotten
 * @fd: descriptor of a segment, open for writing
 * @offset: first byte, a multiple of 4096
 * @bytes: length, a multiple of 4096, not 0
 * @error: filled on failure; may be NULL
 *
 * When memory is short its pages are purged, dirty or not, before anything is
 * evicted, and read as zeros then. Until that they can be used as ever. It
 * concerns all who use the segment.
 *
 * Return: 0, or the negative of: EINVAL (range), ENXIO (behind the end), EACCES
 * (not open for writing), EBUSY (the segment is deterministic), ENOMEM (also:
 * too many ranges), EINTR.
 */
int kpager_volatile(int fd, uint64_t offset, uint64_t bytes,
		    struct kpager_error *error);

/**
 * kpager_nonvolatile() - that ends
 * @fd: descriptor of a segment, open for writing
 * @offset: first byte, a multiple of 4096
 * @bytes: length, a multiple of 4096, not 0
 * @purged: set to how many of its pages were purged meanwhile; may be NULL
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno, as kpager_volatile().
 */
int kpager_nonvolatile(int fd, uint64_t offset, uint64_t bytes,
		       uint64_t *purged, struct kpager_error *error);

/**
 * kpager_name_check() - is this a possible name of a segment?
 * @name: the name
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EINVAL or -ENAMETOOLONG.
 */
int kpager_name_check(const char *name, struct kpager_error *error);

/**
 * struct kpager_segment - a line of /proc/kpager/segments
 * @name: the name
 * @size: in bytes
 * @resident: pages that are in a frame
 * @dirty: resident pages known to be newer than the store
 * @policy: replacement policy
 * @mode: permission bits of the node at creation
 * @opens: open file descriptions, mappings included
 * @faults_minor: faults answered by a resident page
 * @faults_major: faults that waited for a page to be read
 * @evictions: frames taken back from pages
 * @pages_read: pages read from the store
 * @pages_written: pages written to the store
 * @io_errors: store requests that failed
 * @backing: path of the store as seen from this process's root
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_segment {
	const char *name;
	uint64_t size;
	uint64_t resident;
	uint64_t dirty;
	const char *policy;
	uint64_t mode;
	uint64_t opens;
	uint64_t faults_minor;
	uint64_t faults_major;
	uint64_t evictions;
	uint64_t pages_read;
	uint64_t pages_written;
	uint64_t io_errors;
	const char *backing;
};

/**
 * enum kpager_unit - what the value of a field is
 * @KPAGER_UNIT_TEXT: a string
 * @KPAGER_UNIT_BYTES: a number of bytes
 * @KPAGER_UNIT_PAGES: a number of pages of 4096 bytes
 * @KPAGER_UNIT_COUNT: a number of events or things
 * @KPAGER_UNIT_MODE: permission bits, written in octal
 * @KPAGER_UNIT_SIGNED: a number that may be negative
 * @KPAGER_UNIT_PERMILLE: a part of the whole, in thousandths
 * @KPAGER_UNIT_BITS: bits, written in hexadecimal
 */
enum kpager_unit {
	KPAGER_UNIT_TEXT,
	KPAGER_UNIT_BYTES,
	KPAGER_UNIT_PAGES,
	KPAGER_UNIT_COUNT,
	KPAGER_UNIT_MODE,
	KPAGER_UNIT_SIGNED,
	KPAGER_UNIT_PERMILLE,
	KPAGER_UNIT_BITS,
};

/**
 * struct kpager_field - describes a member of struct kpager_segment, struct
 * kpager_arena or struct kpager_slab
 * @name: its name, in the file of /proc/kpager and, unless it is an element
 *	of an array, in C
 * @unit: its unit
 * @offset: where in the structure it is: a const char * if @unit is
 *	KPAGER_UNIT_TEXT, an int64_t if it is KPAGER_UNIT_SIGNED, a uint64_t
 *	otherwise
 */
struct kpager_field {
	const char *name;
	enum kpager_unit unit;
	size_t offset;
};

/**
 * kpager_segment_fields() - the members of struct kpager_segment, in order
 * @count: set to how many there are
 *
 * Return: an array that lives as long as the program.
 */
const struct kpager_field *kpager_segment_fields(size_t *count);

/**
 * kpager_segment_text() - value of a field whose unit is KPAGER_UNIT_TEXT
 * @segment: the segment
 * @field: one of kpager_segment_fields()
 *
 * Return: the text; belongs to the segment.
 */
const char *kpager_segment_text(const struct kpager_segment *segment,
				const struct kpager_field *field);

/**
 * kpager_segment_number() - value of a field with any other unit
 * @segment: the segment
 * @field: one of kpager_segment_fields()
 *
 * Return: the number.
 */
uint64_t kpager_segment_number(const struct kpager_segment *segment,
			       const struct kpager_field *field);

/**
 * kpager_proc_read() - read a file of /proc/kpager as it is
 * @name: its name, such as "stat" or "segment/NAME/stat"
 * @text: set to its content, NUL-terminated; to be freed with free()
 * @length: set to the number of bytes
 * @error: filled on failure; may be NULL
 *
 * For programs that keep what they read, to hand it to one of the functions
 * that end in _parse later. Its first line is not looked at.
 *
 * Return: 0, or the negative of: ENOENT (module not loaded or too old, or no
 * such segment: see @error->cause), EACCES, EFBIG, ENOMEM, or another errno of
 * reading.
 */
int kpager_proc_read(const char *name, char **text, size_t *length,
		     struct kpager_error *error);

/* All segments at one moment. */
struct kpager_segments;

/**
 * kpager_segments_read() - read /proc/kpager/segments
 * @segments: set to the list; to be freed with kpager_segments_free()
 * @error: filled on failure; may be NULL
 *
 * Columns are found by name; those that the library does not know are
 * skipped.
 *
 * Return: 0, or the negative of: ENOENT (module not loaded), EACCES,
 * EPROTONOSUPPORT (unknown version of the file), EPROTO (malformed file),
 * ENOMEM, or another errno of reading.
 */
int kpager_segments_read(struct kpager_segments **segments,
			 struct kpager_error *error);

/**
 * kpager_segments_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @segments: set to the list; to be freed with kpager_segments_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_segments_parse(const char *text, size_t length,
			  struct kpager_segments **segments,
			  struct kpager_error *error);

/**
 * kpager_segments_count() - how many segments a list has
 * @segments: the list
 *
 * Return: the number.
 */
size_t kpager_segments_count(const struct kpager_segments *segments);

/**
 * kpager_segments_get() - one segment of a list
 * @segments: the list
 * @index: less than kpager_segments_count()
 *
 * Return: the segment; belongs to the list.
 */
const struct kpager_segment *
kpager_segments_get(const struct kpager_segments *segments, size_t index);

/**
 * kpager_segments_find() - the segment of a name
 * @segments: the list
 * @name: the name
 * @error: filled if there is none; may be NULL
 *
 * Return: the segment, which belongs to the list, or NULL.
 */
const struct kpager_segment *
kpager_segments_find(const struct kpager_segments *segments, const char *name,
		     struct kpager_error *error);

/**
 * kpager_segments_free() - free a list
 * @segments: the list, or NULL
 */
void kpager_segments_free(struct kpager_segments *segments);

/**
 * struct kpager_counter - a line of /proc/kpager/stat
 * @key: its name
 * @value: its value
 */
struct kpager_counter {
	const char *key;
	uint64_t value;
};

/* The statistics of the module at one moment. */
struct kpager_stat;

/**
 * kpager_stat_read() - read /proc/kpager/stat
 * @stat: set to the statistics; to be freed with kpager_stat_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_segments_read().
 */
int kpager_stat_read(struct kpager_stat **stat, struct kpager_error *error);

/**
 * kpager_stat_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @stat: set to the statistics; to be freed with kpager_stat_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_stat_parse(const char *text, size_t length,
		      struct kpager_stat **stat, struct kpager_error *error);

/**
 * kpager_segment_stat_read() - read the counters of /proc/kpager/segment/NAME/stat
 * @name: name of the segment
 * @stat: set to the statistics; to be freed with kpager_stat_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_proc_read() and kpager_stat_parse(),
 * EINVAL or ENAMETOOLONG (name).
 */
int kpager_segment_stat_read(const char *name, struct kpager_stat **stat,
			     struct kpager_error *error);

/**
 * kpager_stat_count() - how many counters there are
 * @stat: the statistics
 *
 * Return: the number.
 */
size_t kpager_stat_count(const struct kpager_stat *stat);

/**
 * kpager_stat_get() - one counter, in the order of the file
 * @stat: the statistics
 * @index: less than kpager_stat_count()
 *
 * Return: the counter; belongs to @stat.
 */
const struct kpager_counter *kpager_stat_get(const struct kpager_stat *stat,
					     size_t index);

/**
 * kpager_stat_value() - one counter, by name
 * @stat: the statistics
 * @key: the name
 * @value: set to the value
 *
 * Return: 0, or -ENOENT if the module has no such counter.
 */
int kpager_stat_value(const struct kpager_stat *stat, const char *key,
		      uint64_t *value);

/**
 * kpager_stat_free() - free the statistics
 * @stat: the statistics, or NULL
 */
void kpager_stat_free(struct kpager_stat *stat);

/* The orders of blocks: a block of order n has 2^n frames. */
#define KPAGER_ORDERS		11

/**
 * struct kpager_arena - a run of frames that the pool has from the kernel
 * @arena: its number
 * @node: its NUMA node
 * @frames: its size, in frames of 4096 bytes
 * @free: free frames
 * @blocks: number of free blocks of each order
 * @largest: frames of the largest free block; 0 if nothing is free
 * @unusable: for each order, which part of the free frames lies in blocks
 *	too small for a request of that order, in thousandths; 0 for order 0
 * @map: a letter a block, in order of address: 'a' to 'k' a free block of
 *	order 0 to 10, 'A' to 'K' one in use, 'S' one of the slab allocator,
 *	'-' one in a magazine (kept aside for the next request), 'x' a lost
 *	frame; there may be others in future, all of them printable ASCII
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_arena {
	uint64_t arena;
	int64_t node;
	uint64_t frames;
	uint64_t free;
	uint64_t blocks[KPAGER_ORDERS];
	uint64_t largest;
	uint64_t unusable[KPAGER_ORDERS];
	const char *map;
};

/**
 * kpager_arena_fields() - the numbers in struct kpager_arena
 * @count: set to how many there are
 *
 * They are in the order of /proc/kpager/buddyinfo: the elements of blocks are
 * order0 to order10, those of unusable are unusable1 to unusable10.
 *
 * Return: an array that lives as long as the program.
 */
const struct kpager_field *kpager_arena_fields(size_t *count);

/* All arenas of the pool. */
struct kpager_buddy;

/**
 * kpager_buddy_read() - read /proc/kpager/buddyinfo and /proc/kpager/buddymap
 * @buddy: set to the arenas; to be freed with kpager_buddy_free()
 * @error: filled on failure; may be NULL
 *
 * The pool does not stand still between the two files: a map may be younger
 * than the numbers, and is "" for an arena that was given back meanwhile.
 *
 * Return: 0 or a negative errno as kpager_segments_read().
 */
int kpager_buddy_read(struct kpager_buddy **buddy, struct kpager_error *error);

/**
 * kpager_buddy_parse() - the same from texts that were read before
 * @info: content of buddyinfo; remains the caller's
 * @info_length: its bytes
 * @map: content of buddymap; remains the caller's
 * @map_length: its bytes
 * @buddy: set to the arenas; to be freed with kpager_buddy_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_buddy_parse(const char *info, size_t info_length, const char *map,
		       size_t map_length, struct kpager_buddy **buddy,
		       struct kpager_error *error);

/**
 * kpager_buddy_count() - how many arenas there are
 * @buddy: the arenas
 *
 * Return: the number.
 */
size_t kpager_buddy_count(const struct kpager_buddy *buddy);

/**
 * kpager_buddy_get() - one arena, in the order of the file
 * @buddy: the arenas
 * @index: less than kpager_buddy_count()
 *
 * Return: the arena; belongs to @buddy.
 */
const struct kpager_arena *kpager_buddy_get(const struct kpager_buddy *buddy,
					    size_t index);

/**
 * kpager_buddy_free() - free the arenas
 * @buddy: the arenas, or NULL
 */
void kpager_buddy_free(struct kpager_buddy *buddy);

/**
 * struct kpager_slab - a line of /proc/kpager/slabinfo: a cache of objects
 * @name: its name
 * @active_objs: objects handed out
 * @num_objs: objects in all slabs
 * @objsize: bytes of an object
 * @objperslab: objects in a slab
 * @pagesperslab: frames of a slab
 * @num_slabs: slabs
 * @active_slabs: slabs that are not wholly free
 * @cached: free objects in magazines and depot
 * @mag_size: capacity of a magazine; 0 in debug modes
 * @allocs: allocations so far
 * @mag_misses: of these, not answered by the loaded magazine of the CPU
 * @mag_hit: share that it answered, in thousandths
 * @debug: debug modes, as bits
 * @fails: allocations refused
 * @bad: wrong frees and damaged objects
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_slab {
	const char *name;
	uint64_t active_objs;
	uint64_t num_objs;
	uint64_t objsize;
	uint64_t objperslab;
	uint64_t pagesperslab;
	uint64_t num_slabs;
	uint64_t active_slabs;
	uint64_t cached;
	uint64_t mag_size;
	uint64_t allocs;
	uint64_t mag_misses;
	uint64_t mag_hit;
	uint64_t debug;
	uint64_t fails;
	uint64_t bad;
};

/**
 * kpager_slab_fields() - the members of struct kpager_slab, in order
 * @count: set to how many there are
 *
 * Return: an array that lives as long as the program.
 */
const struct kpager_field *kpager_slab_fields(size_t *count);

/* All caches of the slab allocator. */
struct kpager_slabs;

/**
 * kpager_slabs_read() - read /proc/kpager/slabinfo
 * @slabs: set to the list; to be freed with kpager_slabs_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_segments_read().
 */
int kpager_slabs_read(struct kpager_slabs **slabs, struct kpager_error *error);

/**
 * kpager_slabs_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @slabs: set to the list; to be freed with kpager_slabs_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_slabs_parse(const char *text, size_t length,
		       struct kpager_slabs **slabs, struct kpager_error *error);

/**
 * kpager_slabs_count() - how many caches there are
 * @slabs: the list
 *
 * Return: the number.
 */
size_t kpager_slabs_count(const struct kpager_slabs *slabs);

/**
 * kpager_slabs_get() - one cache, in the order of the file
 * @slabs: the list
 * @index: less than kpager_slabs_count()
 *
 * Return: the cache; belongs to the list.
 */
const struct kpager_slab *kpager_slabs_get(const struct kpager_slabs *slabs,
					   size_t index);

/**
 * kpager_slabs_free() - free a list
 * @slabs: the list, or NULL
 */
void kpager_slabs_free(struct kpager_slabs *slabs);

/* Most rungs and tasks of a decision that this library knows of. */
#define KPAGER_RUNGS_MAX	24
#define KPAGER_DECISION_TASKS	16

/**
 * struct kpager_rung - what was tried for a free frame
 * @name: of the rung
 * @tried: how often
 * @gained: frames that came of it
 */
struct kpager_rung {
	const char *name;
	uint64_t tried;
	uint64_t gained;
};

/**
 * struct kpager_task - a task that was looked at, see Documentation/abi.md
 * @name: its name
 * @pid: its number
 * @adj: its oom_score_adj
 * @frames: frames that its death would have freed
 * @weighted: the sum over these of 1000 + adj of their segment
 * @flags: what else it was
 * @score: what spoke for ending it
 * @verdict: "candidate", or why not
 * @segment: where it kept most, or "-"
 * @segment_adj: importance of that
 * @segment_frames: frames of it
 */
struct kpager_task {
	const char *name;
	int64_t pid;
	int64_t adj;
	uint64_t frames;
	uint64_t weighted;
	uint64_t flags;
	uint64_t score;
	const char *verdict;
	const char *segment;
	int64_t segment_adj;
	uint64_t segment_frames;
};

/**
 * struct kpager_decision - what was decided in a shortage of frames
 * @number: counts from 1
 * @time: seconds since 1970, as text with nine decimals
 * @trigger: "fault" or "level"
 * @pid: number of the task that needed a frame
 * @task: its name
 * @segment: for which segment, or "-"
 * @page: for which page, or "-"
 * @context: what the task could do
 * @waited_ms: how long it had waited
 * @threshold: importance from which on tasks could be chosen
 * @free: free frames
 * @resident: pages in frames
 * @spare: of these, above the minima of their segments
 * @store_error: the segment's last error, an errno, or 0
 * @rungs: what had been tried, @n_rungs of them
 * @tasks: who kept frames, worst first, @n_tasks of them
 * @left_out: and so many more
 * @outcome: how it ended
 * @victim: who was chosen, or 0
 * @signal: what it was sent, or 0
 * @gained: frames that came free with that
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_decision {
	uint64_t number;
	const char *time;
	const char *trigger;
	int64_t pid;
	const char *task;
	const char *segment;
	const char *page;
	const char *context;
	uint64_t waited_ms;
	int64_t threshold;
	uint64_t free;
	uint64_t resident;
	uint64_t spare;
	uint64_t store_error;
	struct kpager_rung rungs[KPAGER_RUNGS_MAX];
	size_t n_rungs;
	struct kpager_task tasks[KPAGER_DECISION_TASKS];
	size_t n_tasks;
	uint64_t left_out;
	const char *outcome;
	int64_t victim;
	uint64_t signal;
	uint64_t gained;
};

/* The decisions that the module remembers. */
struct kpager_oom;

/**
 * kpager_oom_read() - read /proc/kpager/oom
 * @oom: set to the decisions; to be freed with kpager_oom_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno: EACCES (only root may), ENOENT,
 * EPROTONOSUPPORT, EPROTO, ENOMEM.
 */
int kpager_oom_read(struct kpager_oom **oom, struct kpager_error *error);

/**
 * kpager_oom_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @oom: set to the decisions; to be freed with kpager_oom_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_oom_parse(const char *text, size_t length, struct kpager_oom **oom,
		     struct kpager_error *error);

/**
 * kpager_oom_total() - how many decisions there were since the module's load
 * @oom: the decisions
 *
 * Return: the number of the last one.
 */
uint64_t kpager_oom_total(const struct kpager_oom *oom);

/**
 * kpager_oom_rung() - what a rung did since the module's load
 * @oom: the decisions
 * @index: which, from 0
 *
 * Return: the rung, in the order in which they are tried; NULL behind the last.
 */
const struct kpager_rung *kpager_oom_rung(const struct kpager_oom *oom,
					  size_t index);

/**
 * kpager_oom_count() - how many decisions are remembered
 * @oom: the decisions
 *
 * Return: the number.
 */
size_t kpager_oom_count(const struct kpager_oom *oom);

/**
 * kpager_oom_get() - one decision, oldest first
 * @oom: the decisions
 * @index: less than kpager_oom_count()
 *
 * Return: the decision; belongs to @oom.
 */
const struct kpager_decision *kpager_oom_get(const struct kpager_oom *oom,
					     size_t index);

/**
 * kpager_oom_free() - free decisions
 * @oom: the decisions, or NULL
 */
void kpager_oom_free(struct kpager_oom *oom);

/**
 * struct kpager_bucket - a line of /proc/kpager/segment/NAME/latency
 * @what: what took that long
 * @from: at least so many ns
 * @below: less than so many ns
 * @count: how often
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_bucket {
	const char *what;
	uint64_t from;
	uint64_t below;
	uint64_t count;
};

/* The latencies of a segment. */
struct kpager_latency;

/**
 * kpager_latency_read() - read /proc/kpager/segment/NAME/latency
 * @name: name of the segment
 * @latency: set to the buckets that are not empty; to be freed with
 *	kpager_latency_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_segment_stat_read().
 */
int kpager_latency_read(const char *name, struct kpager_latency **latency,
			struct kpager_error *error);

/**
 * kpager_latency_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @latency: set to the buckets; to be freed with kpager_latency_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_latency_parse(const char *text, size_t length,
			 struct kpager_latency **latency,
			 struct kpager_error *error);

/**
 * kpager_latency_count() - how many buckets there are
 * @latency: the latencies
 *
 * Return: the number.
 */
size_t kpager_latency_count(const struct kpager_latency *latency);

/**
 * kpager_latency_get() - one bucket; those of a kind are together, ascending
 * @latency: the latencies
 * @index: less than kpager_latency_count()
 *
 * Return: the bucket; belongs to @latency.
 */
const struct kpager_bucket *
kpager_latency_get(const struct kpager_latency *latency, size_t index);

/**
 * kpager_latency_free() - free the latencies
 * @latency: the latencies, or NULL
 */
void kpager_latency_free(struct kpager_latency *latency);

/**
 * struct kpager_estimate - a line of /proc/kpager/segment/NAME/curves
 * @policy: a replacement policy
 * @frames: an amount of memory
 * @simulated: frames of the simulation that stands for it
 * @references: references that the segment made lately
 * @misses: how many of these would miss
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_estimate {
	const char *policy;
	uint64_t frames;
	uint64_t simulated;
	uint64_t references;
	uint64_t misses;
};

/* What a segment would miss under other policies, with more or less memory. */
struct kpager_curves;

/**
 * kpager_curves_read() - read /proc/kpager/segment/NAME/curves
 * @name: name of the segment
 * @curves: set to the estimates, none if nothing is sampled; to be freed with
 *	kpager_curves_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_segment_stat_read().
 */
int kpager_curves_read(const char *name, struct kpager_curves **curves,
		       struct kpager_error *error);

/**
 * kpager_curves_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @curves: set to the estimates; to be freed with kpager_curves_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_curves_parse(const char *text, size_t length,
			struct kpager_curves **curves,
			struct kpager_error *error);

/**
 * kpager_curves_count() - how many estimates there are
 * @curves: the estimates
 *
 * Return: the number.
 */
size_t kpager_curves_count(const struct kpager_curves *curves);

/**
 * kpager_curves_get() - one estimate; those of a policy are together, ascending
 * @curves: the estimates
 * @index: less than kpager_curves_count()
 *
 * Return: the estimate; belongs to @curves.
 */
const struct kpager_estimate *
kpager_curves_get(const struct kpager_curves *curves, size_t index);

/**
 * kpager_curves_free() - free the estimates
 * @curves: the estimates, or NULL
 */
void kpager_curves_free(struct kpager_curves *curves);

/**
 * struct kpager_cell - a line of /proc/kpager/segment/NAME/map
 * @page: the first page
 * @pages: how many there are
 * @resident: of these, in a frame
 * @dirty: of these, known to be newer than the store
 * @io: of the resident, on their way from or to the store
 * @age: how many pages came into the segment since the resident ones did;
 *	their mean, 0 if there are none
 * @volatile_pages: of all, those that may be forgotten
 *
 * Allocated by the library only: members may be added at the end.
 */
struct kpager_cell {
	uint64_t page;
	uint64_t pages;
	uint64_t resident;
	uint64_t dirty;
	uint64_t io;
	uint64_t age;
	uint64_t volatile_pages;
};

/* What is resident of a segment, and where. */
struct kpager_map;

/**
 * kpager_map_read() - read /proc/kpager/segment/NAME/map
 * @name: name of the segment
 * @map: set to the map; to be freed with kpager_map_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0 or a negative errno as kpager_segment_stat_read().
 */
int kpager_map_read(const char *name, struct kpager_map **map,
		    struct kpager_error *error);

/**
 * kpager_map_parse() - the same from a text that was read before
 * @text: content of the file; remains the caller's
 * @length: its bytes
 * @map: set to the map; to be freed with kpager_map_free()
 * @error: filled on failure; may be NULL
 *
 * Return: 0, -EPROTONOSUPPORT, -EPROTO or -ENOMEM.
 */
int kpager_map_parse(const char *text, size_t length, struct kpager_map **map,
		     struct kpager_error *error);

/**
 * kpager_map_count() - how many cells there are
 * @map: the map
 *
 * Return: the number.
 */
size_t kpager_map_count(const struct kpager_map *map);

/**
 * kpager_map_get() - one cell, in order of its pages
 * @map: the map
 * @index: less than kpager_map_count()
 *
 * Return: the cell; belongs to the map.
 */
const struct kpager_cell *kpager_map_get(const struct kpager_map *map,
					 size_t index);

/**
 * kpager_map_free() - free a map
 * @map: the map, or NULL
 */
void kpager_map_free(struct kpager_map *map);

/**
 * kpager_parse_size() - read a size as people write it
 * @text: decimal digits, then nothing or one of K, M, G, T (either case,
 *	powers of 1024), then nothing or "iB"
 * @size: set to the size in bytes
 *
 * Return: 0, -EINVAL (not of that form), -ERANGE (does not fit in 64 bits).
 */
int kpager_parse_size(const char *text, uint64_t *size);

/**
 * kpager_parse_mode() - read permission bits
 * @text: octal digits
 * @mode: set to the mode
 *
 * Return: 0, -EINVAL (not octal), -ERANGE (0, which stands for the default
 * elsewhere, or more than 0777).
 */
int kpager_parse_mode(const char *text, unsigned int *mode);

#ifdef __cplusplus
}
#endif

#endif /* LIBKPAGER_H */
