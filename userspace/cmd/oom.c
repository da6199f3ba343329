// SPDX-License-Identifier: GPL-2.0
/* kpager oom */
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kpager.h"

/* Room for a number and a name. */
#define WHO_SIZE	64

void oom_time(char text[OOM_TIME_SIZE], const struct kpager_decision *d)
{
	time_t seconds = strtoll(d->time, NULL, 10);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    !strftime(text, OOM_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(text, OOM_TIME_SIZE, "%s", d->time);
}

static struct json_object *json_rung(const struct kpager_rung *rung)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "name", json_text(rung->name));
	json_add(object, "tried", json_number(rung->tried));
	json_add(object, "gained", json_number(rung->gained));
	return object;
}

static struct json_object *json_task(const struct kpager_task *task)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "pid", json_object_new_int64(task->pid));
	json_add(object, "name", json_text(task->name));
	json_add(object, "adj", json_object_new_int64(task->adj));
	json_add(object, "frames", json_number(task->frames));
	json_add(object, "weighted", json_number(task->weighted));
	json_add(object, "flags", json_number(task->flags));
	json_add(object, "score", json_number(task->score));
	json_add(object, "verdict", json_text(task->verdict));
	json_add(object, "segment", json_text(task->segment));
	json_add(object, "segment_adj",
		 json_object_new_int64(task->segment_adj));
	json_add(object, "segment_frames", json_number(task->segment_frames));
	return object;
}

struct json_object *oom_json(const struct kpager_decision *d)
{
	struct json_object *object = json_object_new_object();
	struct json_object *rungs = json_object_new_array();
	struct json_object *tasks = json_object_new_array();
	size_t i;

	for (i = 0; i < d->n_rungs; i++)
		json_append(rungs, json_rung(&d->rungs[i]));
	for (i = 0; i < d->n_tasks; i++)
		json_append(tasks, json_task(&d->tasks[i]));
	json_add(object, "number", json_number(d->number));
	json_add(object, "time", json_text(d->time));
	json_add(object, "trigger", json_text(d->trigger));
	json_add(object, "pid", json_object_new_int64(d->pid));
	json_add(object, "task", json_text(d->task));
	json_add(object, "segment", json_text(d->segment));
	json_add(object, "page", json_text(d->page));
	json_add(object, "context", json_text(d->context));
	json_add(object, "waited_ms", json_number(d->waited_ms));
	json_add(object, "threshold", json_object_new_int64(d->threshold));
	json_add(object, "free", json_number(d->free));
	json_add(object, "resident", json_number(d->resident));
	json_add(object, "spare", json_number(d->spare));
	json_add(object, "store_error", json_number(d->store_error));
	json_add(object, "rungs", rungs);
	json_add(object, "candidates", tasks);
	json_add(object, "left_out", json_number(d->left_out));
	json_add(object, "outcome", json_text(d->outcome));
	json_add(object, "victim", json_object_new_int64(d->victim));
	json_add(object, "signal", json_number(d->signal));
	json_add(object, "gained", json_number(d->gained));
	return object;
}

static void print_json(const struct kpager_oom *oom)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < kpager_oom_count(oom); i++)
		json_append(array, oom_json(kpager_oom_get(oom, i)));
	json_print("decisions", array);
}

static void print_victim(char *text, const struct kpager_decision *d)
{
	size_t i;

	snprintf(text, WHO_SIZE, "%s", d->victim ? "" : "-");
	for (i = 0; i < d->n_tasks; i++)
		if (d->victim && d->tasks[i].pid == d->victim)
			snprintf(text, WHO_SIZE, "%s[%lld]", d->tasks[i].name,
				 (long long)d->victim);
}

static void print_row(struct table *table, const struct kpager_decision *d)
{
	char text[OOM_TIME_SIZE > WHO_SIZE ? OOM_TIME_SIZE : WHO_SIZE];

	format_number(text, d->number);
	table_cell(table, text);
	oom_time(text, d);
	table_cell(table, text);
	table_cell(table, d->trigger);
	snprintf(text, WHO_SIZE, "%s[%lld]", d->task, (long long)d->pid);
	table_cell(table, text);
	table_cell(table, d->segment);
	format_number(text, d->waited_ms);
	table_cell(table, text);
	table_cell(table, d->outcome);
	print_victim(text, d);
	table_cell(table, text);
}

static void print_table(const struct kpager_oom *oom)
{
	static const struct {
		const char *name;
		bool right;
	} columns[] = {
		{ "NUMBER", true }, { "TIME", false }, { "TRIGGER", false },
		{ "TASK", false }, { "SEGMENT", false },
		{ "WAITED_MS", true }, { "OUTCOME", false },
		{ "VICTIM", false },
	};
	struct table *table = table_new(true, false);
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_column(table, columns[i].name, columns[i].right);
	for (i = 0; i < kpager_oom_count(oom); i++)
		print_row(table, kpager_oom_get(oom, i));
	table_print(table);
	if (!kpager_oom_count(oom))
		fprintf(stderr, "kpager: nothing had to be decided since the module was loaded\n");
}

/* The decision with a number, or the last one if @number is NULL. */
static int explain(const struct kpager_oom *oom, const char *number, bool json)
{
	size_t i, n = kpager_oom_count(oom);
	char *end;
	unsigned long long wanted = kpager_oom_total(oom);

	if (number) {
		wanted = strtoull(number, &end, 10);
		if (*number < '0' || *number > '9' || *end)
			return usage_error("'%s' is not the number of a decision",
					   number);
	}
	for (i = 0; i < n; i++)
		if (kpager_oom_get(oom, i)->number == wanted)
			return oom_explain(kpager_oom_get(oom, i), json);
	if (!n)
		fprintf(stderr, "kpager: nothing had to be decided since the module was loaded\n");
	else
		fprintf(stderr, "kpager: explain on decision %llu: it is not remembered; the module has %llu to %llu\n",
			wanted,
			(unsigned long long)kpager_oom_get(oom, 0)->number,
			(unsigned long long)kpager_oom_get(oom, n - 1)->number);
	return EXIT_ABSENT;
}

static int show(int argc, char **argv, bool json)
{
	struct kpager_error error;
	struct kpager_oom *oom;
	int ret = EXIT_DONE;

	if (argc > optind && strcmp(argv[optind], "explain"))
		return usage_error("'%s' is not 'explain'", argv[optind]);
	if (argc > optind + 2)
		return usage_error("too many arguments: '%s'",
				   argv[optind + 2]);
	if (kpager_oom_read(&oom, &error))
		return report(&error);
	if (argc > optind)
		ret = explain(oom, argc > optind + 1 ? argv[optind + 1] : NULL,
			      json);
	else if (json)
		print_json(oom);
	else
		print_table(oom);
	kpager_oom_free(oom);
	return ret;
}

int command_oom(int argc, char **argv)
{
	bool json = false;

	if (take_json(argc, argv, &json))
		return EXIT_USAGE;
	return show(argc, argv, json);
}
