// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creation, destruction and resizing of segments: the ioctls of the control node. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "kpager.h"

/* Contiguous memory of more than this comes in multiples of it. */
#define PIECE	(2ull << 20)

int kpager_name_check(const char *name, struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE];
	const char *why = NULL;
	const char *p;

	if (strlen(name) >= KPAGER_NAME_SIZE)
		return kpager_fail(error, ENAMETOOLONG,
				   "name check on %s: longer than %d bytes",
				   kpager_shown(shown, name),
				   KPAGER_NAME_SIZE - 1);
	if (!*name)
		why = "the name is empty";
	else if (!strcmp(name, ".") || !strcmp(name, ".."))
		why = "this is the name of a directory";
	for (p = name; *p && !why; p++)
		if (*p == '/' || *p <= ' ' || *p > '~')
			why = "only printable ASCII is allowed, no '/' and no white space";
	if (!why)
		return 0;
	return kpager_fail(error, EINVAL, "name check on '%s': %s",
			   kpager_shown(shown, name), why);
}

/* Does it need no store from the caller? */
static bool in_memory(const struct kpager_spec *spec)
{
	return spec->flags == KPAGER_CREATE_VOLATILE ||
		spec->flags == KPAGER_CREATE_PHYSICAL;
}

static int check_physical(const struct kpager_spec *spec,
			  struct kpager_error *error)
{
	if (spec->size > PIECE && spec->size % PIECE)
		return kpager_fail(error, EINVAL,
				   "create on %s: contiguous memory comes in pieces of 2 MiB: %llu bytes are not a multiple of that",
				   spec->name, (unsigned long long)spec->size);
	if (spec->policy || spec->deterministic)
		return kpager_fail(error, EINVAL,
				   "create on %s: contiguous memory is never evicted, so there is no policy",
				   spec->name);
	return 0;
}

/* What can be refused without asking the module. */
static int check_spec(const struct kpager_spec *spec,
		      struct kpager_error *error)
{
	int ret = kpager_name_check(spec->name, error);

	if (ret)
		return ret;
	if (!strcmp(spec->name, "control") ||
	    !strncmp(spec->name, "anon:", strlen("anon:")))
		return kpager_fail(error, EEXIST,
				   "create on %s: this name is reserved",
				   spec->name);
	if (!spec->size || spec->size % KPAGER_PAGE_SIZE)
		return kpager_fail(error, EINVAL,
				   "create on %s: size %llu is not a positive multiple of %d",
				   spec->name, (unsigned long long)spec->size,
				   KPAGER_PAGE_SIZE);
	if (spec->size > INT64_MAX)
		return kpager_fail(error, EFBIG,
				   "create on %s: no store can have %llu bytes",
				   spec->name, (unsigned long long)spec->size);
	if (spec->policy && strlen(spec->policy) >= KPAGER_POLICY_SIZE)
		return kpager_fail(error, ENAMETOOLONG,
				   "create on %s: policy name longer than %d bytes",
				   spec->name, KPAGER_POLICY_SIZE - 1);
	if (spec->mode & ~0777u)
		return kpager_fail(error, EINVAL,
				   "create on %s: mode %o is more than permission bits",
				   spec->name, spec->mode);
	if (spec->flags & (spec->flags - 1) ||
	    spec->flags > KPAGER_CREATE_PHYSICAL ||
	    (in_memory(spec) && spec->backing))
		return kpager_fail(error, EINVAL,
				   "create on %s: flags %#x are not possible",
				   spec->name, spec->flags);
	return spec->flags == KPAGER_CREATE_PHYSICAL ?
		check_physical(spec, error) : 0;
}

static bool same_store(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Does @segment already use the store of @spec? The module has the last word. */
static bool uses_store(const struct kpager_segment *segment,
		       const struct kpager_spec *spec)
{
	struct stat used, wanted;

	if (in_memory(spec))
		return false;
	if (spec->backing ? stat(spec->backing, &wanted) :
			    fstat(spec->backing_fd, &wanted))
		return false;
	/* Compressed memory is shown as a word, which is no path. */
	return *segment->backing == '/' && !stat(segment->backing, &used) &&
		same_store(&used, &wanted);
}

/* Find conflicts with a segment that exists before hours go into filling. */
static int check_conflicts(const struct kpager_spec *spec,
			   struct kpager_error *error)
{
	struct kpager_segments *segments;
	size_t i;
	int ret;

	ret = kpager_segments_read(&segments, error);
	if (ret)
		return ret;
	for (i = 0; !ret && i < kpager_segments_count(segments); i++) {
		const struct kpager_segment *segment =
			kpager_segments_get(segments, i);

		if (!strcmp(segment->name, spec->name))
			ret = kpager_fail(error, EEXIST,
					  "create on %s: there is a segment of this name",
					  spec->name);
		else if (uses_store(segment, spec))
			ret = kpager_fail(error, EBUSY,
					  "create on %s: the store already backs segment %s",
					  spec->name, segment->name);
	}
	kpager_segments_free(segments);
	return ret;
}

int kpager_control_open(struct kpager_error *error)
{
	char path[PATH_MAX];
	int ret;
	int fd;

	ret = kpager_path(path, "KPAGER_DEV", "/dev/kpager", "control", error);
	if (ret)
		return ret;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return kpager_fail_access(error, errno, "open", path);
	return fd;
}

/* Errors that mean the same whichever ioctl returns them. */
static int ioctl_failed(int err, const char *what, const char *name,
			struct kpager_error *error)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return kpager_fail_cause(error, KPAGER_CAUSE_PERMISSION, err,
					 "%s on %s: not permitted (CAP_SYS_ADMIN is needed)",
					 what, name);
	case ENOTTY:
		return kpager_fail(error, err,
				   "%s on %s: the control node does not know this operation (module and command do not match)",
				   what, name);
	default:
		return kpager_fail_errno(error, err, what, name);
	}
}

static int create_failed(const struct kpager_spec *spec, int err,
			 const char *path, struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE], policy[KPAGER_SHOWN_SIZE];
	const char *name = spec->name;

	kpager_shown(shown, path);
	switch (err) {
	case EINVAL:
		if (spec->deterministic)
			return kpager_fail(error, err,
				"create on %s: the module refuses it: there is no such policy, or %u frames are more than three quarters of the pool, or %s cannot back a segment",
				name, spec->deterministic, shown);
		if (spec->policy)
			return kpager_fail(error, err,
				"create on %s: the module refuses it: no policy '%s', or %s cannot back a segment",
				name, kpager_shown(policy, spec->policy),
				shown);
		return kpager_fail(error, err,
			"create on %s: the module refuses it: %s cannot back a segment",
			name, shown);
	case EEXIST:
		return kpager_fail(error, err,
			"create on %s: there is a segment of this name", name);
	case EBUSY:
		return kpager_fail(error, err,
			"create on %s: %s backs another segment, is mounted or is claimed by somebody else",
			name, shown);
	case ENOSPC:
		if (spec->flags == KPAGER_CREATE_PHYSICAL)
			return kpager_fail(error, err,
				"create on %s: with what others have for themselves, %llu bytes are too much of the pool (three quarters may be kept so, and resident_min counts)",
				name, (unsigned long long)spec->size);
		return kpager_fail(error, err,
			"create on %s: %s is shorter than %llu bytes", name,
			shown, (unsigned long long)spec->size);
	case ENOMEM:
		if (spec->flags == KPAGER_CREATE_PHYSICAL)
			return kpager_fail(error, err,
				"create on %s: no contiguous memory was found for %llu bytes (see /proc/kpager/contig; less, or later, may work)",
				name, (unsigned long long)spec->size);
		return ioctl_failed(err, "create", name, error);
	case EMFILE:
		return kpager_fail(error, err,
			"create on %s: there are too many segments", name);
	default:
		return ioctl_failed(err, "create", name, error);
	}
}

static int create_on(int control, int fd, const char *path,
		     const struct kpager_spec *spec, struct kpager_error *error)
{
	struct kpager_create arg = {
		.struct_size = sizeof(arg),
		.size = spec->size,
		.backing_fd = fd,
		.mode = spec->mode,
	};

	if (spec->flags == KPAGER_CREATE_VOLATILE)
		arg.flags = KPAGER_CREATE_MEMORY;
	if (spec->flags == KPAGER_CREATE_PHYSICAL)
		arg.flags = KPAGER_CREATE_CONTIGUOUS;
	if (spec->deterministic) {
		arg.flags |= KPAGER_CREATE_DETERMINISTIC;
		arg.resident_max = spec->deterministic;
	}

	/* check_spec() has made sure that both fit with their NUL. */
	strcpy(arg.name, spec->name);
	strcpy(arg.policy, spec->policy ? spec->policy : "");
	if (ioctl(control, KPAGER_CREATE, &arg))
		return create_failed(spec, errno, path, error);
	return 0;
}

int kpager_segment_create(const struct kpager_spec *spec,
			  struct kpager_error *error)
{
	struct kpager_store store;
	int control;
	int ret;

	ret = check_spec(spec, error);
	if (!ret)
		ret = check_conflicts(spec, error);
	if (ret)
		return ret;
	control = kpager_control_open(error);
	if (control < 0)
		return control;

	if (in_memory(spec)) {
		ret = create_on(control, -1, "memory", spec, error);
		close(control);
		return ret;
	}
	ret = kpager_store_open(spec, &store, error);
	if (!ret) {
		ret = create_on(control, store.fd, store.path, spec, error);
		kpager_store_close(&store, ret);
	}
	close(control);
	return ret;
}

static int destroy_failed(const char *name, int err, struct kpager_error *error)
{
	switch (err) {
	case ENOENT:
		return kpager_fail_cause(error, KPAGER_CAUSE_SEGMENT, err,
					 "destroy on %s: no such segment", name);
	case EBUSY:
		return kpager_fail(error, err,
				   "destroy on %s: it is open or mapped", name);
	case EIO:
	case ENOSPC:
		return kpager_fail(error, err,
				   "destroy on %s: dirty pages cannot be written (%s), nothing was destroyed (--discard gives them up)",
				   name, err == EIO ? "I/O error" : "no space left");
	case EINVAL:
		return kpager_fail(error, err,
				   "destroy on %s: the module refuses this name",
				   name);
	default:
		return ioctl_failed(err, "destroy", name, error);
	}
}

int kpager_segment_destroy(const char *name, unsigned int flags,
			   struct kpager_error *error)
{
	struct kpager_destroy arg = { .struct_size = sizeof(arg) };
	int control;
	int ret;

	ret = kpager_name_check(name, error);
	if (ret)
		return ret;
	if (flags & ~KPAGER_DISCARD)
		return kpager_fail(error, EINVAL,
				   "destroy on %s: flags %#x are not possible",
				   name, flags);
	control = kpager_control_open(error);
	if (control < 0)
		return control;

	strcpy(arg.name, name);
	if (flags & KPAGER_DISCARD)
		arg.flags |= KPAGER_DESTROY_DISCARD;
	if (ioctl(control, KPAGER_DESTROY, &arg))
		ret = destroy_failed(name, errno, error);
	close(control);
	return ret;
}

static int resize_failed(const char *name, uint64_t size, int err,
			 struct kpager_error *error)
{
	switch (err) {
	case ENOENT:
		return kpager_fail_cause(error, KPAGER_CAUSE_SEGMENT, err,
					 "resize on %s: no such segment", name);
	case ENOSPC:
		return kpager_fail(error, err,
				   "resize on %s: its store is shorter than %llu bytes (make the file longer first)",
				   name, (unsigned long long)size);
	case EOPNOTSUPP:
		return kpager_fail(error, err,
				   "resize on %s: its memory is contiguous, it keeps its size",
				   name);
	case EINVAL:
		return kpager_fail(error, err,
				   "resize on %s: the module refuses %llu bytes",
				   name, (unsigned long long)size);
	default:
		return ioctl_failed(err, "resize", name, error);
	}
}

int kpager_segment_resize(const char *name, uint64_t size,
			  struct kpager_error *error)
{
	struct kpager_resize arg = {
		.struct_size = sizeof(arg), .size = size,
	};
	int control;
	int ret;

	ret = kpager_name_check(name, error);
	if (ret)
		return ret;
	if (!size || size % KPAGER_PAGE_SIZE)
		return kpager_fail(error, EINVAL,
				   "resize on %s: size %llu is not a positive multiple of %d",
				   name, (unsigned long long)size,
				   KPAGER_PAGE_SIZE);
	control = kpager_control_open(error);
	if (control < 0)
		return control;

	strcpy(arg.name, name);
	if (ioctl(control, KPAGER_RESIZE, &arg))
		ret = resize_failed(name, size, errno, error);
	close(control);
	return ret;
}
