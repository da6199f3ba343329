// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/stat and its like: keys and numbers. */
#include <errno.h>
#include <string.h>

#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_stat {
	struct proc_list lines;
};

int kpager_stat_read(struct kpager_stat **stat, struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_read("stat", NULL, &list, error);

	if (!ret)
		*stat = (struct kpager_stat *)list;
	return ret;
}

int kpager_stat_parse(const char *text, size_t length,
		      struct kpager_stat **stat, struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse("stat", NULL, text, length, &list, error);

	if (!ret)
		*stat = (struct kpager_stat *)list;
	return ret;
}

int kpager_segment_stat_read(const char *name, struct kpager_stat **stat,
			     struct kpager_error *error)
{
	char file[SEGMENT_FILE_SIZE];
	struct proc_list *list;
	int ret = kpager_segment_file(file, name, "stat", error);

	if (!ret)
		ret = kpager_list_read(file, NULL, &list, error);
	if (!ret)
		*stat = (struct kpager_stat *)list;
	return ret;
}

size_t kpager_stat_count(const struct kpager_stat *stat)
{
	return stat->lines.count;
}

const struct kpager_counter *kpager_stat_get(const struct kpager_stat *stat,
					     size_t index)
{
	return (const struct kpager_counter *)stat->lines.elements + index;
}

int kpager_stat_value(const struct kpager_stat *stat, const char *key,
		      uint64_t *value)
{
	size_t i;

	for (i = 0; i < kpager_stat_count(stat); i++) {
		const struct kpager_counter *counter = kpager_stat_get(stat, i);

		if (strcmp(counter->key, key))
			continue;
		*value = counter->value;
		return 0;
	}
	return -ENOENT;
}

void kpager_stat_free(struct kpager_stat *stat)
{
	kpager_list_free((struct proc_list *)stat);
}
