// SPDX-License-Identifier: GPL-2.0
/* kpager resize */
#include "kpager.h"
#include "output.h"

int command_resize(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS };
	struct kpager_error error;
	bool json = false;
	uint64_t size;
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option != OPTION_JSON)
			return EXIT_USAGE;
		json = true;
	}
	if (optind == argc)
		return usage_error("NAME is missing");
	if (optind + 1 == argc)
		return usage_error("SIZE is missing");
	if (optind + 2 < argc)
		return usage_error("unexpected argument '%s'",
				   argv[optind + 2]);
	if (take_size("SIZE", argv[optind + 1], &size))
		return EXIT_USAGE;

	if (kpager_segment_resize(argv[optind], size, &error))
		return report(&error);
	return json ? print_segment(argv[optind]) : EXIT_DONE;
}
