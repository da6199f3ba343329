// SPDX-License-Identifier: GPL-2.0
/* A range of a segment, as people write it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"
#include "range.h"

/* FROM-TO or FROM+LENGTH. */
static int parse(struct range *range, const char *text)
{
	size_t length = strcspn(text, "-+");
	char *from = strndup(text, length);
	uint64_t second;
	int ret;

	if (!from)
		out_of_memory();
	if (!text[length]) {
		free(from);
		return usage_error("RANGE '%s' is not FROM-TO, FROM+LENGTH or all",
				   text);
	}
	ret = take_size("RANGE: FROM", from, &range->offset);
	free(from);
	if (!ret)
		ret = take_size(text[length] == '-' ? "RANGE: TO" :
						      "RANGE: LENGTH",
				text + length + 1, &second);
	if (ret)
		return ret;
	range->bytes = second;
	if (text[length] == '-')
		range->bytes = second > range->offset ?
			second - range->offset : 0;
	if (!range->bytes)
		return usage_error("RANGE '%s' has nothing in it", text);
	return 0;
}

static int whole(struct range *range)
{
	off_t end = lseek(range->fd, 0, SEEK_END);

	if (end < 0) {
		fprintf(stderr, "kpager: seek on %s: %s\n", range->name,
			strerror(errno));
		return EXIT_FAILED;
	}
	range->offset = 0;
	range->bytes = (uint64_t)end;
	return EXIT_DONE;
}

int range_take(struct range *range, int argc, char **argv)
{
	struct kpager_error error;
	const char *text;
	int ret;

	if (optind == argc)
		return usage_error("NAME is missing");
	if (optind + 1 == argc)
		return usage_error("RANGE is missing");
	if (optind + 2 < argc)
		return usage_error("unexpected argument '%s'",
				   argv[optind + 2]);
	range->name = argv[optind];
	text = argv[optind + 1];
	if (strcmp(text, "all")) {
		ret = parse(range, text);
		if (ret)
			return ret;
	}
	range->fd = kpager_segment_open(range->name, &error);
	if (range->fd < 0)
		return report(&error);
	return strcmp(text, "all") ? EXIT_DONE : whole(range);
}

struct json_object *range_json(const struct range *range)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "name", json_text(range->name));
	json_add(object, "offset_bytes", json_number(range->offset));
	json_add(object, "size", json_number(range->bytes));
	return object;
}
