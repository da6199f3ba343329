// SPDX-License-Identifier: GPL-2.0
/*
 * inject_text.c - rules of injected faults as text; pure code
 */
#include "inject.h"

static const char *const inject_names[INJECT_NR_RULES] = {
#define X(name) #name,
	INJECT_RULES(X)
#undef X
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* A number from 1 to @max, ended by a blank or the end.  0: it is none. */
static u32 parse_number(const char **text, u32 max)
{
	const char *p = *text;
	u32 n = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (*p - '0');
		if (n > max)
			return 0;
	}
	if (*p && !is_blank(*p))
		return 0;
	*text = p;
	return n;
}

/* The rule whose key @text begins with, and what stands behind the '='. */
static int parse_key(const char **text)
{
	size_t len;
	int i;

	for (i = 0; i < INJECT_NR_RULES; i++) {
		len = strlen(inject_names[i]);
		if (strncmp(*text, inject_names[i], len) || (*text)[len] != '=')
			continue;
		*text += len + 1;
		return i;
	}
	return -EINVAL;
}

/**
 * inject_parse - understand a text
 * @text: NUL-terminated
 * @rules: receives INJECT_NR_RULES rules; unchanged on error
 *
 * Context: any.
 * Return: 0, or -EINVAL for an unknown key, one given twice, or a value that
 * is no number from 1 to INJECT_MAX (delay_ms: INJECT_DELAY_MAX).
 */
int inject_parse(const char *text, struct inject_rule *rules)
{
	struct inject_rule new[INJECT_NR_RULES] = { { 0 } };
	u32 max;
	int i;

	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		i = parse_key(&text);
		if (i < 0 || new[i].n)
			return -EINVAL;
		max = i == INJECT_delay_ms ? INJECT_DELAY_MAX : INJECT_MAX;
		new[i].every = i != INJECT_delay_ms && !strncmp(text, "1/", 2);
		if (new[i].every)
			text += 2;
		new[i].n = parse_number(&text, max);
		if (!new[i].n)
			return -EINVAL;
	}
	memcpy(rules, new, sizeof(new));
	return 0;
}

/**
 * inject_format - write rules as text
 * @rules: INJECT_NR_RULES rules
 * @buf: where to
 * @size: its size in bytes; 256 are always enough
 *
 * Context: any.
 * Return: length of the text, which ends with a newline; "off" if there is no
 * rule.
 */
int inject_format(const struct inject_rule *rules, char *buf, size_t size)
{
	size_t len = 0;
	int i;

	for (i = 0; i < INJECT_NR_RULES && len < size; i++)
		if (rules[i].n)
			len += snprintf(buf + len, size - len, "%s%s=%s%u",
					len ? " " : "", inject_names[i],
					rules[i].every ? "1/" : "", rules[i].n);
	if (len < size)
		len += snprintf(buf + len, size - len, len ? "\n" : "off\n");
	return min(len, size - 1);
}
