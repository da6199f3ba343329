/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of rates, as vmstat prints them. */
#ifndef KPAGER_RATES_H
#define KPAGER_RATES_H

#include "output.h"
#include "pace.h"
#include "sample.h"

/**
 * struct rates_options - what to print, and how
 * @name: of a segment; NULL for the module
 * @columns: separated by commas, or "all"; NULL for the default
 * @pace: how often
 * @headings: print the names of the columns
 * @bytes: sizes in bytes
 * @json: a JSON document a line
 */
struct rates_options {
	const char *name;
	const char *columns;
	struct pace pace;
	bool headings;
	bool bytes;
	bool json;
};

/* rates_print - print lines until the count is reached; returns an exit code */
int rates_print(struct rates_options *options);

/*
 * json_rates - all columns as a JSON object
 * @name: of the segment; NULL for the module
 */
struct json_object *json_rates(const char *name, const struct counters *before,
			       const struct counters *now, uint64_t ns);

#endif /* KPAGER_RATES_H */
