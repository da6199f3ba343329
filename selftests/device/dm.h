/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dm.h - mapped block devices of one target, made with the ioctls themselves:
 * there is no dmsetup where this runs
 */
#ifndef KPAGER_DEVICE_DM_H
#define KPAGER_DEVICE_DM_H

#include <linux/dm-ioctl.h>
#include <stddef.h>
#include <sys/sysmacros.h>

#include "common.h"

struct dm_request {
	struct dm_ioctl head;
	union {
		struct {
			struct dm_target_spec target;
			char parameters[256];
		};
		struct {
			uint64_t sector;
			char message[128];
		};
	};
};

static inline void dm_init(struct dm_request *r, const char *name)
{
	memset(r, 0, sizeof(*r));
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof(*r);
	r->head.data_start = offsetof(struct dm_request, target);
	snprintf(r->head.name, sizeof(r->head.name), "%s", name);
}

static inline int dm_call(unsigned long cmd, struct dm_request *r)
{
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, cmd, r);
	close(fd);
	return rc;
}

/* Give a device another table; it is made if need be.  Its minor, or -1. */
static inline int dm_load(const char *name, uint64_t sectors,
			  const char *target, const char *parameters)
{
	struct dm_request r;

	dm_init(&r, name);
	if (dm_call(DM_DEV_CREATE, &r) && errno != EBUSY)
		return -1;
	dm_init(&r, name);
	r.head.target_count = 1;
	r.target.length = sectors;
	r.target.next = sizeof(r) - offsetof(struct dm_request, target);
	snprintf(r.target.target_type, sizeof(r.target.target_type), "%s",
		 target);
	snprintf(r.parameters, sizeof(r.parameters), "%s", parameters);
	if (dm_call(DM_TABLE_LOAD, &r))
		return -1;
	/* Without a flag this is "resume": it takes the table in. */
	dm_init(&r, name);
	if (dm_call(DM_DEV_SUSPEND, &r))
		return -1;
	return minor(r.head.dev);
}

/* Return 0 or an errno. */
static inline int dm_remove(const char *name)
{
	struct dm_request r;

	dm_init(&r, name);
	return dm_call(DM_DEV_REMOVE, &r) ? errno : 0;
}

/* Tell a device's target something.  Return 0 or an errno. */
static inline int dm_message(const char *name, const char *text)
{
	struct dm_request r;

	dm_init(&r, name);
	snprintf(r.message, sizeof(r.message), "%s", text);
	return dm_call(DM_TARGET_MSG, &r) ? errno : 0;
}

#endif /* KPAGER_DEVICE_DM_H */
