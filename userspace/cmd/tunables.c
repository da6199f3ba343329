// SPDX-License-Identifier: GPL-2.0
/* All attributes of a segment, or of the module: what there is, and why not. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attribute.h"
#include "kpager.h"
#include "output.h"
#include "tunables.h"

/* After all others: it has macros like "current". */
#include "../../module/policy/policy.h"

/* The directory of the policy's parameters. */
#define PARAMS	"policy_params"

/* Room for what an attribute takes. */
#define TAKES_SIZE	320

/**
 * struct knowledge - what the command knows about an attribute
 * @key: its name
 * @takes: the values that it takes
 * @busy: what has to end before it can be changed; NULL: nothing
 * @pages: it is a number of pages, which may be given as a size
 */
struct knowledge {
	const char *key;
	const char *takes;
	const char *busy;
	bool pages;
};

/* Of segments. */
static const struct knowledge of_segments[] = {
	{ "adj", "-1000 (never ended for) to 1000 (first)", NULL, false },
	{ "announce_writes", "0 or 1; 1 as long as dirty_max is not 0",
	  "the segment is mapped", false },
	{ "clean_min", "0 to 100 percent, 0: never clean ahead", NULL, false },
	{ "dirty_max",
	  "pages, or a size; 0: no limit; needs announce_writes=1", NULL,
	  true },
	{ "fault_around", "1, 2, 4, 8, 16, 32 or 64 pages",
	  "the segment is deterministic", false },
	{ "inject", "off, or a list of KEY=N and KEY=1/N", NULL, false },
	{ "oom_grace_ms", "0 to 60000 ms", NULL, false },
	{ "oom_signal", "term-then-kill or kill", NULL, false },
	{ "pin_max", "auto, pages, or a size that may be pinned", NULL, true },
	{ "policy", "the name of a policy", NULL, false },
	{ "prefetch", "off, adaptive, or 1 to 63 pages",
	  "the segment is deterministic", false },
	{ "replacement", "local or global", NULL, false },
	{ "resident_max",
	  "pages, or a size; 0: no limit; not below resident_min",
	  "the segment is deterministic", true },
	{ "resident_min",
	  "pages, or a size; not above resident_max; of all segments together at most 7/8 of the pool",
	  NULL, true },
	{ "size", "see kpager-resize(1)", NULL, false },
	{ "whatif", "0 (off) to 10000: one page of so many is looked at", NULL,
	  false },
	{ NULL, NULL, NULL, false }
};

/* Of control, that is of the module. */
static const struct knowledge of_module[] = {
	{ "adj", "up to 6 numbers from -1000 to 1000, as many as minfree has",
	  NULL, false },
	{ "anon_max_mb", "MiB of all anonymous segments of a user together",
	  NULL, false },
	{ "deadline_ms", "0 to 60000 ms", NULL, false },
	{ "dry_run", "0 or 1", NULL, false },
	{ "latency", "0 (no timing), 1, 2, 4 ... 65536", NULL, false },
	{ "load_control", "0 or 1", NULL, false },
	{ "minfree",
	  "up to 6 ascending numbers of frames, as many as adj has", NULL,
	  false },
	{ NULL, NULL, NULL, false }
};

static const struct knowledge *know(const struct tunables *tunables,
				    const char *key)
{
	const struct knowledge *k;

	k = strcmp(tunables->segment, "control") ? of_segments : of_module;
	while (k->key && strcmp(k->key, key))
		k++;
	return k->key ? k : NULL;
}

static bool is_param(const struct tunable *tunable)
{
	return !strncmp(tunable->file, PARAMS "/", strlen(PARAMS "/"));
}

/* What a parameter takes depends on the policy that has it. */
static const char *param_takes(const struct tunables *tunables, const char *key,
			       char text[TAKES_SIZE])
{
	const struct policy_param *param = NULL;
	const struct policy_ops *ops = NULL;
	char policy[ATTRIBUTE_SIZE];

	if (!attribute_read(tunables->segment, "policy", policy))
		ops = policy_find(policy);
	for (param = ops ? ops->params : NULL; param && param->name; param++) {
		if (strcmp(param->name, key))
			continue;
		snprintf(text, TAKES_SIZE, "%" PRIu32 " to %" PRIu32 " (default %" PRIu32 "): %s",
			 param->min, param->max, param->def, param->help);
		return text;
	}
	return "";
}

/* The policies that a segment can have, deterministic or not. */
static const char *policy_names(char text[TAKES_SIZE])
{
	const u32 never = POLICY_NEEDS_HITS | POLICY_REPLAY_ONLY;
	const struct policy_ops *ops;
	unsigned int i;
	size_t used = 0;

	for (i = 0; (ops = policy_nth(i)) && used < TAKES_SIZE; i++)
		if (!(ops->flags & never))
			used += snprintf(text + used, TAKES_SIZE - used,
					 "%s%s", used ? ", " : "one of ",
					 ops->name);
	return text;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		out_of_memory();
	return new;
}

static void read_value(const struct tunables *tunables, struct tunable *tunable)
{
	char value[ATTRIBUTE_SIZE];

	tunable->error = -attribute_read(tunables->segment, tunable->file,
					 value);
	tunable->value = copy(tunable->error ? "" : value);
}

void tunable_reread(const struct tunables *tunables, struct tunable *tunable)
{
	free((char *)tunable->value);
	read_value(tunables, tunable);
}

static void add(struct tunables *tunables, const char *prefix, const char *key,
		mode_t mode)
{
	const struct knowledge *knowledge = know(tunables, key);
	struct tunable *tunable;
	char text[TAKES_SIZE];

	tunables->list = reallocarray(tunables->list, tunables->count + 1,
				      sizeof(*tunables->list));
	if (!tunables->list)
		out_of_memory();
	tunable = &tunables->list[tunables->count++];
	*tunable = (struct tunable){
		.key = copy(key),
		.access = mode & 0222 ? "rw" : "r",
	};
	if (asprintf(&tunable->file, "%s%s", prefix, key) < 0)
		out_of_memory();
	read_value(tunables, tunable);
	tunable->takes = copy(*prefix ? param_takes(tunables, key, text) :
			      knowledge ? knowledge->takes : "");
}

/* What the kernel gives every device. */
static bool is_foreign(const char *name)
{
	return *name == '.' || !strcmp(name, "dev") || !strcmp(name, "uevent");
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Return: 0 or a positive errno. */
static int add_directory(struct tunables *tunables, const char *path,
			 const char *prefix)
{
	char file[PATH_MAX + NAME_MAX];
	struct dirent **entries;
	struct stat status;
	int count, i;

	count = scandir(path, &entries, NULL, compare);
	if (count < 0)
		return errno;
	for (i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (!is_foreign(entries[i]->d_name) && !stat(file, &status) &&
		    S_ISREG(status.st_mode))
			add(tunables, prefix, entries[i]->d_name,
			    status.st_mode);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

/* Without the segment there is no directory, without the module no class. */
static int absent(const char *name)
{
	struct kpager_error error = { .err = ENOENT };
	char path[PATH_MAX];
	struct stat status;

	attribute_directory(path, ".");
	if (stat(path, &status)) {
		error.cause = KPAGER_CAUSE_MODULE;
		snprintf(error.text, sizeof(error.text),
			 "open on %.100s: kpager module is not loaded (load it: modprobe kpager, or insmod kpager.ko)",
			 path);
	} else {
		error.cause = KPAGER_CAUSE_SEGMENT;
		snprintf(error.text, sizeof(error.text),
			 "find on %s: no such segment", name);
	}
	return report(&error);
}

int tunables_read(struct tunables *tunables, const char *segment)
{
	char path[PATH_MAX], params[PATH_MAX + sizeof(PARAMS)];
	struct kpager_error error;
	int ret;

	*tunables = (struct tunables){ .segment = segment };
	if (kpager_name_check(segment, &error))
		return report(&error);
	attribute_directory(path, segment);
	ret = add_directory(tunables, path, "");
	if (ret == ENOENT)
		return absent(segment);
	if (ret) {
		fprintf(stderr, "kpager: list on %s: %s\n", path,
			strerror(ret));
		return EXIT_FAILED;
	}
	snprintf(params, sizeof(params), "%s/" PARAMS, path);
	/* Those of control are nobody's policy's. */
	add_directory(tunables, params, PARAMS "/");
	return EXIT_DONE;
}

struct tunable *tunables_find(const struct tunables *tunables, const char *key)
{
	char near[NEAR_SIZE] = "", all[1024] = "";
	size_t i;

	for (i = 0; i < tunables->count; i++) {
		const char *name = tunables->list[i].key;

		if (!strcmp(name, key))
			return &tunables->list[i];
		near_add(near, name, key);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s",
			 name);
	}
	usage_error("unknown key '%s'%s%s%s known are:%s", key,
		    *near ? ", did you mean" : ",", near, *near ? "?" : "",
		    all);
	return NULL;
}

int tunable_unreadable(const struct tunables *tunables,
		       const struct tunable *tunable)
{
	char policy[ATTRIBUTE_SIZE];
	struct kpager_error error = { .err = tunable->error };

	if (tunable->error == EINVAL && is_param(tunable) &&
	    !attribute_read(tunables->segment, "policy", policy)) {
		snprintf(error.text, sizeof(error.text),
			 "get %s on %s: its policy, %.32s, has no such parameter",
			 tunable->key, tunables->segment, policy);
		return report(&error);
	}
	if (tunable->error == EACCES || tunable->error == EPERM)
		error.cause = KPAGER_CAUSE_PERMISSION;
	else if (tunable->error == ENOENT || tunable->error == ENODEV)
		error.cause = KPAGER_CAUSE_SEGMENT;
	snprintf(error.text, sizeof(error.text), "get %s on %s: %s",
		 tunable->key, tunables->segment, strerror(tunable->error));
	return report(&error);
}

/* Why the kernel refuses a value, as a clause. */
static const char *refusal(const struct tunables *tunables,
			   const struct tunable *tunable, int err)
{
	const struct knowledge *knowledge = know(tunables, tunable->key);

	switch (err) {
	case EINVAL:
		return "not a value that is possible";
	case ERANGE:
		return "out of range";
	case ENOSPC:
		return "more than there is left";
	case EBUSY:
		return knowledge && knowledge->busy ? knowledge->busy :
						      "it is in use";
	default:
		return strerror(err);
	}
}

/* A value was refused: say why, and what the attribute takes. */
static int change_failed(const struct tunables *tunables,
			 const struct tunable *tunable, const char *value,
			 int err)
{
	struct kpager_error error = { .err = err };
	char text[TAKES_SIZE], policy[ATTRIBUTE_SIZE];
	const char *takes = tunable->takes;
	const char *why = refusal(tunables, tunable, err);

	if (err == EACCES || err == EPERM) {
		error.cause = KPAGER_CAUSE_PERMISSION;
		why = "not permitted (root's privileges are needed)";
		takes = "";
	} else if (err == ENOENT || err == ENODEV) {
		error.cause = KPAGER_CAUSE_SEGMENT;
		why = "the segment has gone";
		takes = "";
	} else if (is_param(tunable)) {
		/* The policy may have been changed a moment ago. */
		takes = param_takes(tunables, tunable->key, text);
		if (!*takes && err == EINVAL &&
		    !attribute_read(tunables->segment, "policy", policy)) {
			snprintf(text, sizeof(text),
				 "its policy, %.32s, has no such parameter",
				 policy);
			why = text;
		}
	} else if (!strcmp(tunable->key, "policy")) {
		takes = policy_names(text);
	}
	snprintf(error.text, sizeof(error.text), "set %s=%.64s on %s: %.100s%s%.280s",
		 tunable->key, value, tunables->segment, why,
		 *takes ? "; it takes " : "", takes);
	return report(&error);
}

int tunable_change(const struct tunables *tunables,
		   const struct tunable *tunable, const char *value)
{
	const struct knowledge *knowledge = know(tunables, tunable->key);
	char number[ATTRIBUTE_SIZE];
	int ret;

	if (!strchr(tunable->access, 'w')) {
		fprintf(stderr, "kpager: set %s on %s: it cannot be changed%s%s\n",
			tunable->key, tunables->segment,
			*tunable->takes ? "; " : "", tunable->takes);
		return EXIT_FAILED;
	}
	if (strlen(value) >= sizeof(number))
		return change_failed(tunables, tunable, value, EINVAL);
	strcpy(number, value);
	if (knowledge && knowledge->pages && !is_param(tunable))
		attribute_pages(number);
	ret = attribute_write(tunables->segment, tunable->file, number);
	return ret ? change_failed(tunables, tunable, value, -ret) : EXIT_DONE;
}

struct json_object *tunable_json(const struct tunable *tunable)
{
	const char *value = tunable->value;
	char *end;
	long long number;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (*value && !*end && !errno && *value != ' ' && *value != '+')
		return json_object_new_int64(number);
	return json_text(value);
}

void tunables_free(struct tunables *tunables)
{
	size_t i;

	for (i = 0; i < tunables->count; i++) {
		struct tunable *tunable = &tunables->list[i];

		free((char *)tunable->key);
		free((char *)tunable->value);
		free((char *)tunable->takes);
		free(tunable->file);
	}
	free(tunables->list);
	tunables->list = NULL;
	tunables->count = 0;
}
