/* SPDX-License-Identifier: GPL-2.0 */
/*
 * oom.h - what tests need to see of a decision: the record, what the control node
 * says, and attributes
 */
#ifndef KPAGER_DEVICE_OOM_H
#define KPAGER_DEVICE_OOM_H

#include <poll.h>
#include <time.h>

#include "area.h"

#define OOM		"/proc/kpager/oom"
#define POOL_LIMIT	((unsigned long)stat_value("limit_frames"))

static inline int control_set(const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/control/%s", attr);
	return write_text(path, text);
}

static inline int attr_set(const char *segment, const char *attr, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	return write_text(path, text);
}

static inline const char *attr_get(const char *segment, const char *attr)
{
	static char text[256];
	char path[128];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/kpager/%s/%s", segment, attr);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n - 1 : 0] = '\0';
	return text;
}

static inline long long decisions(void)
{
	return stat_value("oom_decisions");
}

/*
 * What the last decision says of a key: the rest of the last line that begins
 * with it, or NULL.
 */
static inline const char *decided(const char *key)
{
	static char line[512], found[512];
	size_t len = strlen(key);
	FILE *f = fopen(OOM, "r");
	bool any = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "decision ", 9))
			any = false;
		if (strncmp(line, key, len) || line[len] != ' ')
			continue;
		snprintf(found, sizeof(found), "%.*s",
			 (int)strcspn(line + len + 1, "\n"), line + len + 1);
		any = true;
	}
	if (f)
		fclose(f);
	return any ? found : NULL;
}

/* How often a rung was tried for the last decision, or what it gained. */
static inline long long decided_rung(const char *rung, bool gained)
{
	long long tried = -1, got = -1;
	char key[32];
	const char *is;

	snprintf(key, sizeof(key), "tried %s", rung);
	is = decided(key);
	if (is)
		sscanf(is, "%lld %lld", &tried, &got);
	return gained ? got : tried;
}

static inline int pressure(int fd, struct kpager_pressure *p)
{
	memset(p, 0, sizeof(*p));
	p->struct_size = sizeof(*p);
	return ioctl(fd, KPAGER_PRESSURE, p) ? errno : 0;
}

static inline int anon_fd(void)
{
	struct kpager_create_anon arg = {
		.struct_size = sizeof(arg), .size = AREA_SIZE, .backing_fd = -1,
	};
	int control = open(CONTROL, O_RDWR), fd;

	fd = ioctl(control, KPAGER_CREATE_ANON, &arg);
	close(control);
	return fd;
}

#endif /* KPAGER_DEVICE_OOM_H */
