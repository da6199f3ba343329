// SPDX-License-Identifier: LGPL-2.1-or-later
/* Ranges of a segment: the ioctls of its descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"
#include "kpager.h"

int kpager_segment_open(const char *name, struct kpager_error *error)
{
	char path[PATH_MAX], control[PATH_MAX];
	int ret, fd;

	ret = kpager_name_check(name, error);
	if (!ret)
		ret = kpager_path(path, "KPAGER_DEV", "/dev/kpager", name,
				  error);
	if (ret)
		return ret;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	ret = errno;
	/* What is missing if the control node is there is not the module. */
	if (ret == ENOENT &&
	    !kpager_path(control, "KPAGER_DEV", "/dev/kpager", "control",
			 NULL) &&
	    !access(control, F_OK))
		return kpager_fail_cause(error, KPAGER_CAUSE_SEGMENT, ret,
					 "open on %s: no such segment", name);
	return kpager_fail_access(error, ret, "open", path);
}

/* Why one of the ioctls failed that take a range. */
static int range_failed(const char *what, uint64_t offset, uint64_t bytes,
			int err, struct kpager_error *error)
{
	const char *why;
	char text[128], reason[128];

	switch (err) {
	case EINVAL:
		why = "offset and length are multiples of 4096, and there is something in it";
		break;
	case ENXIO:
		why = "the segment ends before it";
		break;
	case EBUSY:
		why = "the segment is deterministic, and has no other frames than its own";
		break;
	case ENOTTY:
		why = "this is no segment, or the module does not know this operation (load a newer one)";
		break;
	case EACCES:
		why = "the descriptor is not open for writing";
		break;
	case EIO:
		why = "a page could not be read from the store (see /proc/kpager/segment/NAME/errors)";
		break;
	default:
		why = strerror_r(err, reason, sizeof(reason));
		break;
	}
	snprintf(text, sizeof(text), "%llu+%llu", (unsigned long long)offset,
		 (unsigned long long)bytes);
	return kpager_fail(error, err, "%s on %s: %s", what, text, why);
}

int kpager_pin(int fd, uint64_t offset, uint64_t bytes,
	       struct kpager_error *error)
{
	struct kpager_pin arg = {
		.struct_size = sizeof(arg), .offset = offset, .bytes = bytes,
	};

	if (!ioctl(fd, KPAGER_PIN, &arg))
		return 0;
	if (errno == ENOMEM)
		return kpager_fail(error, ENOMEM,
				   "pin on %llu+%llu: more pages than the attribute pin_max of the segment allows, or no frames for them (see kpager-set(1))",
				   (unsigned long long)offset,
				   (unsigned long long)bytes);
	return range_failed("pin", offset, bytes, errno, error);
}

int kpager_unpin(int fd, uint64_t offset, uint64_t bytes,
		 struct kpager_error *error)
{
	struct kpager_pin arg = {
		.struct_size = sizeof(arg), .offset = offset, .bytes = bytes,
	};

	if (!ioctl(fd, KPAGER_UNPIN, &arg))
		return 0;
	if (errno == EPERM)
		return kpager_fail(error, EPERM,
				   "unpin on %llu+%llu: a page of it is not pinned by this descriptor",
				   (unsigned long long)offset,
				   (unsigned long long)bytes);
	return range_failed("unpin", offset, bytes, errno, error);
}

int kpager_volatile(int fd, uint64_t offset, uint64_t bytes,
		    struct kpager_error *error)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg), .offset = offset, .bytes = bytes,
	};

	if (!ioctl(fd, KPAGER_VOLATILE, &arg))
		return 0;
	return range_failed("volatile", offset, bytes, errno, error);
}

int kpager_nonvolatile(int fd, uint64_t offset, uint64_t bytes,
		       uint64_t *purged, struct kpager_error *error)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg), .offset = offset, .bytes = bytes,
	};

	if (ioctl(fd, KPAGER_NONVOLATILE, &arg))
		return range_failed("nonvolatile", offset, bytes, errno, error);
	if (purged)
		*purged = arg.purged;
	return 0;
}
