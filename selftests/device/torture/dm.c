// SPDX-License-Identifier: GPL-2.0
/*
 * dm.c - mapped block devices of one target, made with the ioctls themselves:
 * there is no dmsetup where this runs
 */
#include <linux/dm-ioctl.h>
#include <stddef.h>
#include <sys/sysmacros.h>

#include "torture.h"

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[256];
};

static void request_init(struct request *r, const char *name)
{
	memset(r, 0, sizeof(*r));
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof(*r);
	r->head.data_start = offsetof(struct request, target);
	snprintf(r->head.name, sizeof(r->head.name), "%s", name);
}

static int request(unsigned long cmd, struct request *r)
{
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, cmd, r);
	close(fd);
	return rc;
}

/* Give a device another table; it is made if need be.  Its minor, or -1. */
int dm_load(const char *name, uint64_t sectors, const char *target,
	    const char *parameters)
{
	struct request r;

	request_init(&r, name);
	if (request(DM_DEV_CREATE, &r) && errno != EBUSY)
		return -1;
	request_init(&r, name);
	r.head.target_count = 1;
	r.target.length = sectors;
	r.target.next = sizeof(r) - offsetof(struct request, target);
	snprintf(r.target.target_type, sizeof(r.target.target_type), "%s",
		 target);
	snprintf(r.parameters, sizeof(r.parameters), "%s", parameters);
	if (request(DM_TABLE_LOAD, &r))
		return -1;
	/* Without a flag this is "resume": it takes the table in. */
	request_init(&r, name);
	if (request(DM_DEV_SUSPEND, &r))
		return -1;
	return minor(r.head.dev);
}

void dm_remove(const char *name)
{
	struct request r;

	request_init(&r, name);
	if (request(DM_DEV_REMOVE, &r))
		say("# %s cannot be removed: %s\n", name, strerror(errno));
}
