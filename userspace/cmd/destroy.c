// SPDX-License-Identifier: GPL-2.0
/* kpager destroy */
#include "kpager.h"
#include "output.h"

enum {
	OPTION_DISCARD = OPTION_FIRST,
};

int command_destroy(int argc, char **argv)
{
	static const struct option options[] = {
		{ "discard", no_argument, NULL, OPTION_DISCARD },
		COMMON_OPTIONS
	};
	struct kpager_error error;
	const char *name = NULL;
	unsigned int flags = 0;
	bool json = false;
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_DISCARD)
			flags |= KPAGER_DISCARD;
		else if (option == OPTION_JSON)
			json = true;
		else
			return EXIT_USAGE;
	}
	if (take_operand(argc, argv, true, &name))
		return EXIT_USAGE;

	if (kpager_segment_destroy(name, flags, &error))
		return report(&error);
	if (json)
		json_print("destroyed", json_text(name));
	return EXIT_DONE;
}
