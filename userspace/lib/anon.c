// SPDX-License-Identifier: LGPL-2.1-or-later
/* Anonymous segments: by descriptor, without a name. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"
#include "kpager.h"

static const char what[] = "create";
static const char object[] = "anonymous segment";

static int check_spec(const struct kpager_anon_spec *spec,
		      struct kpager_error *error)
{
	if (!spec->size || spec->size % KPAGER_PAGE_SIZE ||
	    spec->size > INT64_MAX)
		return kpager_fail(error, EINVAL,
				   "%s on %s: size %llu is not a positive multiple of %d",
				   what, object, (unsigned long long)spec->size,
				   KPAGER_PAGE_SIZE);
	if (spec->policy && strlen(spec->policy) >= KPAGER_POLICY_SIZE)
		return kpager_fail(error, ENAMETOOLONG,
				   "%s on %s: policy name longer than %d bytes",
				   what, object, KPAGER_POLICY_SIZE - 1);
	return 0;
}

static int create_failed(const struct kpager_anon_spec *spec, int err,
			 struct kpager_error *error)
{
	unsigned long long size = spec->size;
	char shown[KPAGER_SHOWN_SIZE];

	switch (err) {
	case EDQUOT:
		return kpager_fail(error, err,
			"%s on %s: with %llu bytes more, this user would have more than anon_max_mb of /sys/class/kpager/control allows",
			what, object, size);
	case EMFILE:
		return kpager_fail(error, err,
			"%s on %s: there are too many segments, or descriptors in this process",
			what, object);
	case EPERM:
	case EACCES:
		return kpager_fail_cause(error, KPAGER_CAUSE_PERMISSION, err,
			"%s on %s: not permitted%s", what, object,
			spec->backing_fd > 0 ?
			" (a store other than memory needs CAP_SYS_ADMIN and a descriptor open for reading and writing)" :
			"");
	case EINVAL:
		return kpager_fail(error, err,
			"%s on %s: the module refuses it: no policy '%s', or what shall be the store cannot be one",
			what, object,
			kpager_shown(shown, spec->policy ? spec->policy : ""));
	case ENOTTY:
		return kpager_fail(error, err,
			"%s on %s: the control node does not know this operation (load a newer module)",
			what, object);
	default:
		return kpager_fail_errno(error, err, what, object);
	}
}

int kpager_anon_create(const struct kpager_anon_spec *spec,
		       struct kpager_error *error)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg),
		.size = spec->size,
		.resident_max = spec->resident_max,
		.backing_fd = spec->backing_fd > 0 ? spec->backing_fd : -1,
	};
	int control;
	int ret;

	ret = check_spec(spec, error);
	if (ret)
		return ret;
	/* check_spec() has made sure that it fits with its NUL. */
	if (spec->policy)
		strcpy(arg.policy, spec->policy);
	control = kpager_control_open(error);
	if (control < 0)
		return control;
	ret = ioctl(control, KPAGER_CREATE_ANON, &arg);
	if (ret < 0)
		ret = create_failed(spec, errno, error);
	close(control);
	return ret;
}
