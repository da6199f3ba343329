// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/segment/NAME/latency: a table. */
#include <errno.h>

#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_latency {
	struct proc_list lines;
};

static const struct kpager_field fields[] = {
	{ "what", KPAGER_UNIT_TEXT, offsetof(struct kpager_bucket, what) },
	{ "from", KPAGER_UNIT_COUNT, offsetof(struct kpager_bucket, from) },
	{ "below", KPAGER_UNIT_COUNT, offsetof(struct kpager_bucket, below) },
	{ "count", KPAGER_UNIT_COUNT, offsetof(struct kpager_bucket, count) },
};

static const struct proc_table latency_table = {
	.name = "latency",
	.fields = fields,
	.n_fields = sizeof(fields) / sizeof(fields[0]),
	.size = sizeof(struct kpager_bucket),
};

int kpager_latency_read(const char *name, struct kpager_latency **latency,
			struct kpager_error *error)
{
	char file[SEGMENT_FILE_SIZE];
	struct proc_list *list;
	int ret = kpager_segment_file(file, name, latency_table.name, error);

	if (!ret)
		ret = kpager_list_read(file, &latency_table, &list, error);
	if (!ret)
		*latency = (struct kpager_latency *)list;
	return ret;
}

int kpager_latency_parse(const char *text, size_t length,
			 struct kpager_latency **latency,
			 struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse(latency_table.name, &latency_table, text,
				    length, &list, error);

	if (!ret)
		*latency = (struct kpager_latency *)list;
	return ret;
}

size_t kpager_latency_count(const struct kpager_latency *latency)
{
	return latency->lines.count;
}

const struct kpager_bucket *
kpager_latency_get(const struct kpager_latency *latency, size_t index)
{
	return (const struct kpager_bucket *)latency->lines.elements + index;
}

void kpager_latency_free(struct kpager_latency *latency)
{
	kpager_list_free((struct proc_list *)latency);
}
