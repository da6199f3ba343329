// SPDX-License-Identifier: GPL-2.0
/* kpager set */
#include <stdlib.h>
#include <string.h>

#include "kpager.h"
#include "output.h"
#include "tunables.h"

/**
 * struct change - a value to be set
 * @tunable: of what
 * @value: the value
 */
struct change {
	struct tunable *tunable;
	const char *value;
};

/* Everything is looked at before anything is changed. */
static int parse(const struct tunables *tunables, char **words, int n,
		 struct change *changes)
{
	char *equals;
	int i;

	for (i = 0; i < n; i++) {
		equals = strchr(words[i], '=');
		if (!equals || equals == words[i])
			return usage_error("'%s' is not KEY=VALUE", words[i]);
		*equals = '\0';
		changes[i].value = equals + 1;
		changes[i].tunable = tunables_find(tunables, words[i]);
		if (!changes[i].tunable)
			return EXIT_USAGE;
	}
	return 0;
}

static int print(const struct tunables *tunables, const struct change *changes,
		 int n)
{
	struct json_object *object = json_object_new_object();
	int i;

	for (i = 0; i < n; i++) {
		tunable_reread(tunables, changes[i].tunable);
		if (changes[i].tunable->error) {
			json_object_put(object);
			return tunable_unreadable(tunables, changes[i].tunable);
		}
		json_add(object, changes[i].tunable->key,
			 tunable_json(changes[i].tunable));
	}
	json_print("attributes", object);
	return EXIT_DONE;
}

static int set(char **words, int n, bool json)
{
	struct tunables tunables;
	struct change *changes;
	int ret, i;

	ret = tunables_read(&tunables, words[0]);
	if (ret)
		return ret;
	words++;
	n--;
	changes = calloc((size_t)n, sizeof(*changes));
	if (!changes)
		out_of_memory();
	ret = parse(&tunables, words, n, changes);
	for (i = 0; !ret && i < n; i++)
		ret = tunable_change(&tunables, changes[i].tunable,
				     changes[i].value);
	if (!ret && json)
		ret = print(&tunables, changes, n);
	free(changes);
	tunables_free(&tunables);
	return ret;
}

int command_set(int argc, char **argv)
{
	bool json = false;

	if (take_json(argc, argv, &json))
		return EXIT_USAGE;
	if (optind == argc)
		return usage_error("NAME is missing");
	if (optind + 1 == argc)
		return usage_error("KEY=VALUE is missing");
	return set(argv + optind, argc - optind, json);
}
