// SPDX-License-Identifier: GPL-2.0
/* kpager resize */
#include "kpager.h"
#include "output.h"

int command_resize(int argc, char **argv)
{
	struct kpager_error error;
	bool json = false;
	uint64_t size;

	if (take_json(argc, argv, &json))
		return EXIT_USAGE;
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
