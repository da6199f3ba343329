// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reader of /proc/kpager/oom: a line a key, decision after decision.
 *
 * A line whose key is not known was added by a newer module, and so were words
 * at the end of a line: both are passed over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc.h"

/**
 * struct kpager_oom - the decisions
 * @lines: the file; all strings point into it
 * @total: decisions since load
 * @rungs: what they did since load
 * @n_rungs: how many
 * @decisions: those that are remembered
 * @count: how many
 */
struct kpager_oom {
	struct proc_list *lines;
	uint64_t total;
	struct kpager_rung rungs[KPAGER_RUNGS_MAX];
	size_t n_rungs;
	struct kpager_decision *decisions;
	size_t count;
};

/* The next word of a line, or NULL. */
static char *word(char **line)
{
	return *line ? strsep(line, " ") : NULL;
}

static int take_text(char **line, const char **text)
{
	*text = word(line);
	return *text && **text ? 0 : -EPROTO;
}

/* A word in which octal escapes stand for what is none. */
static int take_name(char **line, const char **text)
{
	char *is = word(line);

	*text = is;
	return is && *is && !kpager_unescape(is) ? 0 : -EPROTO;
}

static int take_number(char **line, uint64_t *number)
{
	const char *is = word(line);

	return is && !kpager_parse_number(is, 10, number) ? 0 : -EPROTO;
}

static int take_signed(char **line, int64_t *number)
{
	const char *is = word(line);
	uint64_t value;

	if (!is || kpager_parse_number(is + (*is == '-'), 10, &value) ||
	    value > INT32_MAX)
		return -EPROTO;
	*number = *is == '-' ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int take_rung(char **line, struct kpager_rung *rungs, size_t *n)
{
	struct kpager_rung *rung = &rungs[*n];

	if (*n == KPAGER_RUNGS_MAX)
		return 0;
	++*n;
	return take_text(line, &rung->name) ?:
		take_number(line, &rung->tried) ?:
		take_number(line, &rung->gained);
}

static int take_task(char **line, struct kpager_decision *d)
{
	struct kpager_task *task = &d->tasks[d->n_tasks];

	if (d->n_tasks == KPAGER_DECISION_TASKS) {
		d->left_out++;
		return 0;
	}
	d->n_tasks++;
	return take_signed(line, &task->pid) ?:
		take_signed(line, &task->adj) ?:
		take_number(line, &task->frames) ?:
		take_number(line, &task->weighted) ?:
		take_number(line, &task->flags) ?:
		take_number(line, &task->score) ?:
		take_text(line, &task->verdict) ?:
		take_text(line, &task->segment) ?:
		take_signed(line, &task->segment_adj) ?:
		take_number(line, &task->segment_frames) ?:
		take_name(line, &task->name);
}

static int take_count(char **line, struct kpager_decision *d)
{
	uint64_t named;

	/* Those that are named are counted as they come. */
	return take_number(line, &named) ?: take_number(line, &d->left_out);
}

static int take_who(char **line, struct kpager_decision *d)
{
	return take_signed(line, &d->pid) ?: take_name(line, &d->task);
}

/* A line of a decision. */
static int decision_line(struct kpager_decision *d, const char *key,
			 char **line)
{
	const struct {
		const char *key;
		const char **text;
		uint64_t *number;
		int64_t *is_signed;
	} keys[] = {
		{ .key = "time", .text = &d->time },
		{ .key = "trigger", .text = &d->trigger },
		{ .key = "segment", .text = &d->segment },
		{ .key = "page", .text = &d->page },
		{ .key = "context", .text = &d->context },
		{ .key = "outcome", .text = &d->outcome },
		{ .key = "waited_ms", .number = &d->waited_ms },
		{ .key = "free", .number = &d->free },
		{ .key = "resident", .number = &d->resident },
		{ .key = "spare", .number = &d->spare },
		{ .key = "store_error", .number = &d->store_error },
		{ .key = "signal", .number = &d->signal },
		{ .key = "gained", .number = &d->gained },
		{ .key = "threshold", .is_signed = &d->threshold },
		{ .key = "victim", .is_signed = &d->victim },
	};
	size_t i;

	if (!strcmp(key, "task"))
		return take_who(line, d);
	if (!strcmp(key, "tried"))
		return take_rung(line, d->rungs, &d->n_rungs);
	if (!strcmp(key, "candidates"))
		return take_count(line, d);
	if (!strcmp(key, "candidate"))
		return take_task(line, d);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i].key))
			continue;
		if (keys[i].text)
			return take_text(line, keys[i].text);
		if (keys[i].number)
			return take_number(line, keys[i].number);
		return take_signed(line, keys[i].is_signed);
	}
	return 0;
}

/* A line of the file; a decision begins with its number. */
static int oom_line(struct kpager_oom *oom, char *line)
{
	const char *key = word(&line);
	struct kpager_decision *d;

	if (!strcmp(key, "decision")) {
		d = &oom->decisions[oom->count++];
		return take_number(&line, &d->number);
	}
	if (oom->count)
		return decision_line(&oom->decisions[oom->count - 1], key,
				     &line);
	if (!strcmp(key, "decisions"))
		return take_number(&line, &oom->total);
	if (!strcmp(key, "rung"))
		return take_rung(&line, oom->rungs, &oom->n_rungs);
	return 0;
}

/* Is all there that a reader relies on? */
static int decision_check(const struct kpager_decision *d)
{
	return d->number && d->time && d->trigger && d->task && d->segment &&
		d->page && d->context && d->outcome ? 0 : -EPROTO;
}

static int oom_lines(struct kpager_oom *oom)
{
	char **lines = oom->lines->elements;
	size_t i, n = 0;
	int ret = 0;

	for (i = 0; i < oom->lines->count; i++)
		n += !strncmp(lines[i], "decision ", 9);
	oom->decisions = calloc(n + 1, sizeof(*oom->decisions));
	if (!oom->decisions)
		return -ENOMEM;
	for (i = 0; i < oom->lines->count && !ret; i++)
		ret = oom_line(oom, lines[i]);
	for (i = 0; i < oom->count && !ret; i++)
		ret = decision_check(&oom->decisions[i]);
	return ret;
}

/* @text is freed with the decisions, or on failure. */
static int oom_parse(char *text, size_t length, struct kpager_oom **result,
		     struct kpager_error *error)
{
	struct kpager_oom *oom = calloc(1, sizeof(*oom));
	int ret;

	if (!oom) {
		free(text);
		return kpager_fail_errno(error, ENOMEM, "read", "oom");
	}
	ret = kpager_lines_parse("oom", text, length, &oom->lines, error);
	if (!ret) {
		ret = oom_lines(oom);
		if (ret == -EPROTO)
			kpager_fail(error, EPROTO,
				    "read on /proc/kpager/oom: a decision is not complete or not valid");
		else if (ret)
			kpager_fail_errno(error, -ret, "read",
					  "/proc/kpager/oom");
	}
	if (ret)
		kpager_oom_free(oom);
	else
		*result = oom;
	return ret;
}

int kpager_oom_read(struct kpager_oom **oom, struct kpager_error *error)
{
	size_t length;
	char *text;
	int ret = kpager_proc_read("oom", &text, &length, error);

	return ret ?: oom_parse(text, length, oom, error);
}

int kpager_oom_parse(const char *text, size_t length, struct kpager_oom **oom,
		     struct kpager_error *error)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return kpager_fail_errno(error, ENOMEM, "read", "oom");
	memcpy(copy, text, length);
	copy[length] = '\0';
	return oom_parse(copy, length, oom, error);
}

uint64_t kpager_oom_total(const struct kpager_oom *oom)
{
	return oom->total;
}

const struct kpager_rung *kpager_oom_rung(const struct kpager_oom *oom,
					  size_t index)
{
	return index < oom->n_rungs ? &oom->rungs[index] : NULL;
}

size_t kpager_oom_count(const struct kpager_oom *oom)
{
	return oom->count;
}

const struct kpager_decision *kpager_oom_get(const struct kpager_oom *oom,
					     size_t index)
{
	return &oom->decisions[index];
}

void kpager_oom_free(struct kpager_oom *oom)
{
	if (!oom)
		return;
	kpager_list_free(oom->lines);
	free(oom->decisions);
	free(oom);
}
