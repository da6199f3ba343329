// SPDX-License-Identifier: GPL-2.0
/*
 * attrs.c - tunables, one value a file, in /sys/class/kpager
 *
 * The files are made with their device, before anybody is told of it.
 * Destroying the device waits for whoever is in one of these functions, and
 * lets nobody else in: until then the segment is there.
 */
#include "abi/abi.h"

#include "pager/contig.h"
#include "pager/pager.h"
#include "reclaim/oom.h"
#include "reclaim/pressure.h"

#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

static struct segment *attr_segment(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  segment_pages(attr_segment(dev)) << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(size);

static ssize_t policy_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  segment_policy_name(attr_segment(dev)));
}

static ssize_t policy_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	char name[KPAGER_POLICY_SIZE];
	int err;

	if (attr_segment(dev)->contig)
		return -EOPNOTSUPP;
	if (strscpy(name, buf, sizeof(name)) < 0)
		return -EINVAL;
	err = segment_set_policy(attr_segment(dev), strim(name));
	return err ?: len;
}
static DEVICE_ATTR_RW(policy);

static ssize_t deterministic_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", attr_segment(dev)->deterministic);
}
static DEVICE_ATTR_RO(deterministic);

static ssize_t contiguous_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!attr_segment(dev)->contig);
}
static DEVICE_ATTR_RO(contiguous);

/* A parameter of the policy; EINVAL if the one in use has none of that name. */
static ssize_t param_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	u32 value;
	int err = segment_policy_param_get(attr_segment(dev), attr->attr.name,
					   &value);

	return err ?: sysfs_emit(buf, "%u\n", value);
}

static ssize_t param_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	u32 value;
	int err = kstrtou32(buf, 0, &value);

	err = err ?: segment_policy_param_set(attr_segment(dev),
					      attr->attr.name, value);
	return err ?: len;
}

#define PARAM_ATTR(_name)	\
	static struct device_attribute param_attr_##_name =	\
		__ATTR(_name, 0644, param_show, param_store)

PARAM_ATTR(bits);
PARAM_ATTR(ghosts);
PARAM_ATTR(halve);
PARAM_ATTR(kin);
PARAM_ATTR(kout);
PARAM_ATTR(small);
PARAM_ATTR(tau);
PARAM_ATTR(threshold);
PARAM_ATTR(tick);

static struct attribute *param_attrs[] = {
	&param_attr_bits.attr,
	&param_attr_ghosts.attr,
	&param_attr_halve.attr,
	&param_attr_kin.attr,
	&param_attr_kout.attr,
	&param_attr_small.attr,
	&param_attr_tau.attr,
	&param_attr_threshold.attr,
	&param_attr_tick.attr,
	NULL
};

static const struct attribute_group param_group = {
	.name = "policy_params",
	.attrs = param_attrs,
};

static ssize_t prefetch_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	unsigned int window = READ_ONCE(attr_segment(dev)->tune.prefetch);

	if (!window)
		return sysfs_emit(buf, "off\n");
	if (window == PREFETCH_ADAPTIVE)
		return sysfs_emit(buf, "adaptive\n");
	return sysfs_emit(buf, "%u\n", window);
}

static ssize_t prefetch_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	unsigned long window;
	int err = 0;

	if (sysfs_streq(buf, "off")) {
		window = 0;
	} else if (sysfs_streq(buf, "adaptive")) {
		window = PREFETCH_ADAPTIVE;
	} else {
		err = kstrtoul(buf, 0, &window);
		if (!err && (!window || window > PREFETCH_MAX))
			err = -ERANGE;
	}
	err = err ?: segment_set_prefetch(attr_segment(dev), window);
	return err ?: len;
}
static DEVICE_ATTR_RW(prefetch);

static ssize_t adj_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(attr_segment(dev)->tune.adj));
}

static ssize_t adj_store(struct device *dev, struct device_attribute *attr,
			 const char *buf, size_t len)
{
	long adj;
	int err = kstrtol(buf, 0, &adj);

	err = err ?: segment_set_adj(attr_segment(dev), adj);
	return err ?: len;
}
static DEVICE_ATTR_RW(adj);

static ssize_t pin_max_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%lu\n", segment_pin_max(attr_segment(dev)));
}

static ssize_t pin_max_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t len)
{
	unsigned long pages = PIN_MAX_AUTO;
	int err = 0;

	if (!sysfs_streq(buf, "auto")) {
		err = kstrtoul(buf, 0, &pages);
		if (!err && pages == PIN_MAX_AUTO)
			err = -ERANGE;
	}
	err = err ?: segment_set_pin_max(attr_segment(dev), pages);
	return err ?: len;
}
static DEVICE_ATTR_RW(pin_max);

static ssize_t replacement_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	bool local = READ_ONCE(attr_segment(dev)->tune.local);

	return sysfs_emit(buf, "%s\n", local ? "local" : "global");
}

static ssize_t replacement_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t len)
{
	bool local = sysfs_streq(buf, "local");

	if (!local && !sysfs_streq(buf, "global"))
		return -EINVAL;
	segment_set_replacement(attr_segment(dev), local);
	return len;
}
static DEVICE_ATTR_RW(replacement);

static ssize_t oom_signal_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  READ_ONCE(attr_segment(dev)->tune.oom_term) ?
			  "term-then-kill" : "kill");
}

static ssize_t oom_signal_store(struct device *dev,
				struct device_attribute *attr,
				const char *buf, size_t len)
{
	bool term = sysfs_streq(buf, "term-then-kill");

	if (!term && !sysfs_streq(buf, "kill"))
		return -EINVAL;
	segment_set_oom_term(attr_segment(dev), term);
	return len;
}
static DEVICE_ATTR_RW(oom_signal);

/* A tunable that is a plain number, with its setter. */
#define TUNE_ATTR_RW(_name)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	unsigned long value = READ_ONCE(attr_segment(dev)->tune._name);	\
									\
	return sysfs_emit(buf, "%lu\n", value);				\
}									\
									\
static ssize_t _name##_store(struct device *dev,			\
			     struct device_attribute *attr,		\
			     const char *buf, size_t len)		\
{									\
	unsigned long value;						\
	int err = kstrtoul(buf, 0, &value);				\
									\
	err = err ?: segment_set_##_name(attr_segment(dev), value);	\
	return err ?: len;						\
}									\
static DEVICE_ATTR_RW(_name)

TUNE_ATTR_RW(fault_around);
TUNE_ATTR_RW(resident_min);
TUNE_ATTR_RW(resident_max);
TUNE_ATTR_RW(dirty_max);
TUNE_ATTR_RW(clean_min);
TUNE_ATTR_RW(announce_writes);
TUNE_ATTR_RW(oom_grace_ms);

static ssize_t whatif_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(attr_segment(dev)->curves.every));
}

static ssize_t whatif_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	unsigned long every;
	int err = kstrtoul(buf, 0, &every);

	err = err ?: segment_set_whatif(attr_segment(dev), every);
	return err ?: len;
}
static DEVICE_ATTR_RW(whatif);

static const char *const sampling_names[SAMPLING_NR] = {
	[SAMPLING_AUTO] = "auto",
	[SAMPLING_BITS] = "bits",
	[SAMPLING_UNMAP] = "unmap",
};

static ssize_t sampling_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	enum sampling sampling = READ_ONCE(attr_segment(dev)->tune.sampling);

	return sysfs_emit(buf, "%s\n", sampling_names[sampling]);
}

static ssize_t sampling_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	int i = sysfs_match_string(sampling_names, buf);

	if (i < 0)
		return i;
	return segment_set_sampling(attr_segment(dev), i) ?: (ssize_t)len;
}
static DEVICE_ATTR_RW(sampling);

static ssize_t inject_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return store_inject_show(attr_segment(dev)->store, buf, PAGE_SIZE);
}

static ssize_t inject_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	return store_inject_set(attr_segment(dev)->store, buf) ?: (ssize_t)len;
}
static DEVICE_ATTR_ADMIN_RW(inject);

static struct attribute *segment_attrs[] = {
	&dev_attr_adj.attr,
	&dev_attr_announce_writes.attr,
	&dev_attr_clean_min.attr,
	&dev_attr_contiguous.attr,
	&dev_attr_deterministic.attr,
	&dev_attr_dirty_max.attr,
	&dev_attr_fault_around.attr,
	&dev_attr_inject.attr,
	&dev_attr_oom_grace_ms.attr,
	&dev_attr_oom_signal.attr,
	&dev_attr_pin_max.attr,
	&dev_attr_policy.attr,
	&dev_attr_prefetch.attr,
	&dev_attr_replacement.attr,
	&dev_attr_resident_max.attr,
	&dev_attr_resident_min.attr,
	&dev_attr_sampling.attr,
	&dev_attr_size.attr,
	&dev_attr_whatif.attr,
	NULL
};

static const struct attribute_group segment_group = {
	.attrs = segment_attrs,
};

static const struct attribute_group *segment_groups[] = {
	&segment_group,
	&param_group,
	NULL
};

/* Files of a segment's device. */
const struct attribute_group **const attrs_segment = segment_groups;

/* Of a contiguous segment: the rest is about pages that come and go. */
static struct attribute *contig_attrs[] = {
	&dev_attr_contiguous.attr,
	&dev_attr_policy.attr,
	&dev_attr_size.attr,
	NULL
};
ATTRIBUTE_GROUPS(contig);

const struct attribute_group **const attrs_contig = contig_groups;

static ssize_t limit_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct pool_stats pool;

	pool_stats_get(&pool);
	return sysfs_emit(buf, "%llu\n", (u64)pool.limit);
}
static DEVICE_ATTR_RO(limit);

static ssize_t min_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct pool_stats pool;

	pool_stats_get(&pool);
	return sysfs_emit(buf, "%llu\n", (u64)pool.min);
}
static DEVICE_ATTR_RO(min);

static ssize_t latency_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%lu\n", READ_ONCE(latency_mask) + 1);
}

static ssize_t latency_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t len)
{
	unsigned long every;
	int err = kstrtoul(buf, 0, &every);

	err = err ?: latency_set_every(every);
	return err ?: len;
}
static DEVICE_ATTR_RW(latency);

static ssize_t anon_max_mb_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", anon_max_mb());
}

static ssize_t anon_max_mb_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t len)
{
	unsigned long mb;
	int err = kstrtoul(buf, 0, &mb);

	err = err ?: anon_set_max_mb(mb);
	return err ?: len;
}
static DEVICE_ATTR_RW(anon_max_mb);

static ssize_t load_control_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", load_control());
}

static ssize_t load_control_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t len)
{
	unsigned long on;
	int err = kstrtoul(buf, 0, &on);

	if (!err && on > 1)
		err = -ERANGE;
	if (!err)
		load_control_set(on);
	return err ?: len;
}
static DEVICE_ATTR_RW(load_control);

static ssize_t dry_run_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", oom_dry_run());
}

static ssize_t dry_run_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t len)
{
	unsigned long on;
	int err = kstrtoul(buf, 0, &on);

	if (err)
		return err;
	if (on > 1)
		return -ERANGE;
	oom_set_dry_run(on);
	return len;
}
static DEVICE_ATTR_RW(dry_run);

static ssize_t deadline_ms_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pressure_deadline_ms());
}

static ssize_t deadline_ms_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t len)
{
	unsigned long ms;
	int err = kstrtoul(buf, 0, &ms);

	err = err ?: pressure_set_deadline_ms(ms);
	return err ?: len;
}
static DEVICE_ATTR_RW(deadline_ms);

static ssize_t minfree_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct levels levels;
	unsigned int i;
	int len = 0;

	pressure_levels(&levels);
	for (i = 0; i < levels.nr_minfree; i++)
		len += sysfs_emit_at(buf, len, "%s%u", i ? "," : "",
				     levels.minfree[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t minfree_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t len)
{
	return pressure_set_minfree(buf) ?: (ssize_t)len;
}
static DEVICE_ATTR_RW(minfree);

static ssize_t control_adj_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct levels levels;
	unsigned int i;
	int len = 0;

	pressure_levels(&levels);
	for (i = 0; i < levels.nr_adj; i++)
		len += sysfs_emit_at(buf, len, "%s%d", i ? "," : "",
				     levels.adj[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t control_adj_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t len)
{
	return pressure_set_adj(buf) ?: (ssize_t)len;
}

/* A segment has one of that name, too. */
static struct device_attribute dev_attr_control_adj =
	__ATTR(adj, 0644, control_adj_show, control_adj_store);

/* What concerns the whole module. */
static struct attribute *control_attrs[] = {
	&dev_attr_control_adj.attr,
	&dev_attr_anon_max_mb.attr,
	&dev_attr_deadline_ms.attr,
	&dev_attr_dry_run.attr,
	&dev_attr_latency.attr,
	&dev_attr_limit.attr,
	&dev_attr_load_control.attr,
	&dev_attr_min.attr,
	&dev_attr_minfree.attr,
	NULL
};
ATTRIBUTE_GROUPS(control);

/* Files of the control device. */
const struct attribute_group **const attrs_control = control_groups;
