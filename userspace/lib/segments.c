// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/segments: a table. */
#include <errno.h>
#include <string.h>

#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_segments {
	struct proc_list lines;
};

#define FIELD(member, unit) \
	{ #member, KPAGER_UNIT_##unit, offsetof(struct kpager_segment, member) }

static const struct kpager_field fields[] = {
	FIELD(name, TEXT),
	FIELD(size, BYTES),
	FIELD(resident, PAGES),
	FIELD(dirty, PAGES),
	FIELD(policy, TEXT),
	FIELD(mode, MODE),
	FIELD(opens, COUNT),
	FIELD(faults_minor, COUNT),
	FIELD(faults_major, COUNT),
	FIELD(evictions, COUNT),
	FIELD(pages_read, COUNT),
	FIELD(pages_written, COUNT),
	FIELD(io_errors, COUNT),
	FIELD(backing, TEXT),
};

#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

/* The only escaped column: a backslash in a name is just that. */
static int segment_text(const struct kpager_field *field, char *cell)
{
	if (field->offset == offsetof(struct kpager_segment, backing))
		return kpager_unescape(cell);
	return 0;
}

static const struct proc_table segments_table = {
	.name = "segments",
	.fields = fields,
	.n_fields = N_FIELDS,
	.size = sizeof(struct kpager_segment),
	.text = segment_text,
};

int kpager_segments_read(struct kpager_segments **segments,
			 struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_read(segments_table.name, &segments_table, &list,
				   error);

	if (!ret)
		*segments = (struct kpager_segments *)list;
	return ret;
}

int kpager_segments_parse(const char *text, size_t length,
			  struct kpager_segments **segments,
			  struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse(segments_table.name, &segments_table, text,
				    length, &list, error);

	if (!ret)
		*segments = (struct kpager_segments *)list;
	return ret;
}

size_t kpager_segments_count(const struct kpager_segments *segments)
{
	return segments->lines.count;
}

const struct kpager_segment *
kpager_segments_get(const struct kpager_segments *segments, size_t index)
{
	return (const struct kpager_segment *)segments->lines.elements + index;
}

const struct kpager_segment *
kpager_segments_find(const struct kpager_segments *segments, const char *name,
		     struct kpager_error *error)
{
	const struct kpager_segment *segment;
	char shown[KPAGER_SHOWN_SIZE];
	size_t i;

	for (i = 0; i < kpager_segments_count(segments); i++) {
		segment = kpager_segments_get(segments, i);
		if (!strcmp(segment->name, name))
			return segment;
	}
	kpager_fail_cause(error, KPAGER_CAUSE_SEGMENT, ENOENT,
			  "look-up on %s: no such segment",
			  kpager_shown(shown, name));
	return NULL;
}

void kpager_segments_free(struct kpager_segments *segments)
{
	kpager_list_free((struct proc_list *)segments);
}

const struct kpager_field *kpager_segment_fields(size_t *count)
{
	*count = N_FIELDS;
	return fields;
}

const char *kpager_segment_text(const struct kpager_segment *segment,
				const struct kpager_field *field)
{
	return *(const char *const *)((const char *)segment + field->offset);
}

uint64_t kpager_segment_number(const struct kpager_segment *segment,
			       const struct kpager_field *field)
{
	return *(const uint64_t *)((const char *)segment + field->offset);
}
