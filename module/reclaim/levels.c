// SPDX-License-Identifier: GPL-2.0
/*
 * levels.c - see levels.h
 */
#include "levels.h"

#include "badness.h"

static bool levels_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number at *text, which is moved behind it.  False if there is none. */
static bool levels_number(const char **text, s64 *number)
{
	bool negative = **text == '-';
	const char *p = *text + negative;
	s64 value = 0;

	if (!levels_digit(*p))
		return false;
	for (; levels_digit(*p); p++) {
		value = 10 * value + (*p - '0');
		if (value > U32_MAX)
			return false;
	}
	*number = negative ? -value : value;
	*text = p;
	return true;
}

/*
 * Take a list of numbers from @min to @max in ascending order, separated by
 * commas, with a newline behind it or none.  Return how many, or -EINVAL.
 */
static int levels_parse(const char *text, s64 min, s64 max, s64 *list)
{
	int n = 0;

	while (*text && *text != '\n') {
		if (n == LEVELS_MAX || !levels_number(&text, &list[n]) ||
		    list[n] < min || list[n] > max ||
		    (n && list[n] <= list[n - 1]))
			return -EINVAL;
		n++;
		if (*text == ',' && levels_digit(text[1 + (text[1] == '-')]))
			text++;
		else if (*text && *text != '\n')
			return -EINVAL;
	}
	return !*text || !text[1] ? n : -EINVAL;
}

/* A list may be as long as the other, or the other, or it, has nothing. */
static bool levels_match(int now, unsigned int other)
{
	return !now || !other || now == (int)other;
}

/**
 * levels_set_minfree - set the thresholds of free frames
 * @levels: the levels; unchanged on an error
 * @text: numbers separated by commas, strictly ascending; empty for none
 * @limit: the largest there may be
 *
 * Context: any; the caller serialises.
 * Return: 0, or -EINVAL for anything else, for more than LEVELS_MAX, for a
 * number over @limit, or if there are importances, but not so many.
 */
int levels_set_minfree(struct levels *levels, const char *text, u32 limit)
{
	s64 list[LEVELS_MAX];
	int n = levels_parse(text, 0, limit, list);
	int i;

	if (n < 0 || !levels_match(n, levels->nr_adj))
		return -EINVAL;
	for (i = 0; i < n; i++)
		levels->minfree[i] = list[i];
	levels->nr_minfree = n;
	return 0;
}

/**
 * levels_set_adj - set the importance that goes with each threshold
 * @levels: the levels; unchanged on an error
 * @text: numbers separated by commas, strictly ascending; empty for none
 *
 * Context: any; the caller serialises.
 * Return: 0, or -EINVAL for anything else, for more than LEVELS_MAX, for a
 * number that is no importance, or if there are thresholds, but not so many.
 */
int levels_set_adj(struct levels *levels, const char *text)
{
	s64 list[LEVELS_MAX];
	int n = levels_parse(text, BADNESS_ADJ_MIN, BADNESS_ADJ_MAX, list);
	int i;

	if (n < 0 || !levels_match(n, levels->nr_minfree))
		return -EINVAL;
	for (i = 0; i < n; i++)
		levels->adj[i] = list[i];
	levels->nr_adj = n;
	return 0;
}

/**
 * levels_at - who is given up when so much is free
 * @levels: the levels
 * @free: free frames
 * @adj: receives the least importance, if somebody is
 *
 * Context: any; the caller serialises.
 * Return: true if @free is below a threshold.
 */
bool levels_at(const struct levels *levels, u32 free, int *adj)
{
	unsigned int i;

	if (levels->nr_minfree != levels->nr_adj)
		return false;
	for (i = 0; i < levels->nr_minfree; i++) {
		if (free < levels->minfree[i]) {
			*adj = levels->adj[i];
			return true;
		}
	}
	return false;
}

/**
 * levels_most - so many free frames are enough for every level
 * @levels: the levels
 *
 * Context: any; the caller serialises.
 * Return: the largest threshold that is in force, or 0.
 */
u32 levels_most(const struct levels *levels)
{
	if (!levels->nr_minfree || levels->nr_minfree != levels->nr_adj)
		return 0;
	return levels->minfree[levels->nr_minfree - 1];
}
