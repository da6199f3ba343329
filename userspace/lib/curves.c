// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/segment/NAME/curves: a table. */
#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_curves {
	struct proc_list lines;
};

static const struct kpager_field fields[] = {
	{ "policy", KPAGER_UNIT_TEXT, offsetof(struct kpager_estimate, policy) },
	{ "frames", KPAGER_UNIT_COUNT, offsetof(struct kpager_estimate, frames) },
	{ "simulated", KPAGER_UNIT_COUNT,
	  offsetof(struct kpager_estimate, simulated) },
	{ "references", KPAGER_UNIT_COUNT,
	  offsetof(struct kpager_estimate, references) },
	{ "misses", KPAGER_UNIT_COUNT, offsetof(struct kpager_estimate, misses) },
};

static const struct proc_table curves_table = {
	.name = "curves",
	.fields = fields,
	.n_fields = sizeof(fields) / sizeof(fields[0]),
	.size = sizeof(struct kpager_estimate),
};

int kpager_curves_read(const char *name, struct kpager_curves **curves,
		       struct kpager_error *error)
{
	char file[SEGMENT_FILE_SIZE];
	struct proc_list *list;
	int ret = kpager_segment_file(file, name, curves_table.name, error);

	if (!ret)
		ret = kpager_list_read(file, &curves_table, &list, error);
	if (!ret)
		*curves = (struct kpager_curves *)list;
	return ret;
}

int kpager_curves_parse(const char *text, size_t length,
			struct kpager_curves **curves,
			struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse(curves_table.name, &curves_table, text,
				    length, &list, error);

	if (!ret)
		*curves = (struct kpager_curves *)list;
	return ret;
}

size_t kpager_curves_count(const struct kpager_curves *curves)
{
	return curves->lines.count;
}

const struct kpager_estimate *
kpager_curves_get(const struct kpager_curves *curves, size_t index)
{
	return (const struct kpager_estimate *)curves->lines.elements + index;
}

void kpager_curves_free(struct kpager_curves *curves)
{
	kpager_list_free((struct proc_list *)curves);
}
