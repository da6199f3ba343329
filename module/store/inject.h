/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inject.h - what shall go wrong with a store, as text and as rules; pure code
 *
 * The text is a list of KEY=N or KEY=1/N, separated by spaces: the next N
 * occasions, or every Nth.  Keys that are missing are off, and so is all of
 * it for a text without any.  delay_ms=N is a time, for every request.
 */
#ifndef KPAGER_INJECT_H
#define KPAGER_INJECT_H

#include "../platform.h"

/* Keys of the text; one list makes the enum and the name table. */
#define INJECT_RULES(X)	\
	X(read_error)	\
	X(write_error)	\
	X(short)	\
	X(corrupt)	\
	X(nomem)	\
	X(flush_error)	\
	X(delay_ms)

enum inject_rule_nr {
#define X(name) INJECT_##name,
	INJECT_RULES(X)
#undef X
	INJECT_NR_RULES
};

/* Largest N, and longest delay in milliseconds. */
#define INJECT_MAX		1000000u
#define INJECT_DELAY_MAX	10000u

/**
 * struct inject_rule - when something shall go wrong
 * @n: 0: never; else see @every
 * @every: each @n-th time, else the next @n times
 */
struct inject_rule {
	u32 n;
	bool every;
};

int inject_parse(const char *text, struct inject_rule *rules);
int inject_format(const struct inject_rule *rules, char *buf, size_t size);

#endif /* KPAGER_INJECT_H */
