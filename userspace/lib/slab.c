// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reader of /proc/kpager/slabinfo: a table. */
#include <errno.h>

#include "proc.h"

/* A list under another name, so that the compiler keeps them apart for users. */
struct kpager_slabs {
	struct proc_list lines;
};

#define FIELD(member, unit) \
	{ #member, KPAGER_UNIT_##unit, offsetof(struct kpager_slab, member) }

static const struct kpager_field fields[] = {
	FIELD(name, TEXT),
	FIELD(active_objs, COUNT),
	FIELD(num_objs, COUNT),
	FIELD(objsize, BYTES),
	FIELD(objperslab, COUNT),
	FIELD(pagesperslab, COUNT),
	FIELD(num_slabs, COUNT),
	FIELD(active_slabs, COUNT),
	FIELD(cached, COUNT),
	FIELD(mag_size, COUNT),
	FIELD(allocs, COUNT),
	FIELD(mag_misses, COUNT),
	FIELD(mag_hit, PERMILLE),
	FIELD(debug, BITS),
	FIELD(fails, COUNT),
	FIELD(bad, COUNT),
};

#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

static int slab_text(const struct kpager_field *field, char *cell)
{
	(void)field;
	return kpager_unescape(cell);
}

static const struct proc_table slabs_table = {
	.name = "slabinfo",
	.fields = fields,
	.n_fields = N_FIELDS,
	.size = sizeof(struct kpager_slab),
	.text = slab_text,
};

int kpager_slabs_read(struct kpager_slabs **slabs, struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_read(slabs_table.name, &slabs_table, &list,
				   error);

	if (!ret)
		*slabs = (struct kpager_slabs *)list;
	return ret;
}

int kpager_slabs_parse(const char *text, size_t length,
		       struct kpager_slabs **slabs, struct kpager_error *error)
{
	struct proc_list *list;
	int ret = kpager_list_parse(slabs_table.name, &slabs_table, text,
				    length, &list, error);

	if (!ret)
		*slabs = (struct kpager_slabs *)list;
	return ret;
}

size_t kpager_slabs_count(const struct kpager_slabs *slabs)
{
	return slabs->lines.count;
}

const struct kpager_slab *kpager_slabs_get(const struct kpager_slabs *slabs,
					   size_t index)
{
	return (const struct kpager_slab *)slabs->lines.elements + index;
}

void kpager_slabs_free(struct kpager_slabs *slabs)
{
	kpager_list_free((struct proc_list *)slabs);
}

const struct kpager_field *kpager_slab_fields(size_t *count)
{
	*count = N_FIELDS;
	return fields;
}
