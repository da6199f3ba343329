// SPDX-License-Identifier: GPL-2.0
/* JSON, and numbers for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kpager.h"
#include "output.h"

void out_of_memory(void)
{
	fprintf(stderr, "kpager: out of memory\n");
	exit(EXIT_FAILED);
}

bool output_colour(void)
{
	const char *terminal = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no || !*no) && terminal &&
	       *terminal && strcmp(terminal, "dumb");
}

/*
 * Return: the length of the well-formed UTF-8 sequence at @text (Unicode,
 * table 3-7: no overlong forms, no surrogates), or 0.
 */
static size_t utf8_length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < length; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

struct json_object *json_text(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	/* No byte becomes more than a replacement character. */
	char *clean = malloc(3 * strlen(text) + 1);
	struct json_object *string;
	char *to = clean;

	if (!clean)
		out_of_memory();
	while (*text) {
		size_t length = utf8_length(text);

		if (length)
			to = mempcpy(to, text, length);
		else
			to = stpcpy(to, replacement);
		text += length ? length : 1;
	}
	*to = '\0';
	string = json_object_new_string(clean);
	free(clean);
	return string;
}

struct json_object *json_number(uint64_t number)
{
	return json_object_new_uint64(number);
}

void json_add(struct json_object *object, const char *key,
	      struct json_object *value)
{
	/* No value of ours is null, which json-c writes as NULL. */
	if (!object || !value || json_object_object_add(object, key, value))
		out_of_memory();
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (!array || !value || json_object_array_add(array, value))
		out_of_memory();
}

static void format_mode(char text[NUMBER_SIZE], uint64_t mode)
{
	snprintf(text, NUMBER_SIZE, "%04" PRIo64, mode);
}

static struct json_object *json_field(const void *object,
				      const struct kpager_field *field)
{
	const void *member = (const char *)object + field->offset;
	char mode[NUMBER_SIZE];

	switch (field->unit) {
	case KPAGER_UNIT_TEXT:
		return json_text(*(const char *const *)member);
	case KPAGER_UNIT_MODE:
		format_mode(mode, *(const uint64_t *)member);
		return json_text(mode);
	case KPAGER_UNIT_SIGNED:
		return json_object_new_int64(*(const int64_t *)member);
	default:
		return json_number(*(const uint64_t *)member);
	}
}

struct json_object *json_fields(const void *object,
				const struct kpager_field *fields,
				size_t n_fields)
{
	struct json_object *json = json_object_new_object();
	size_t i;

	for (i = 0; i < n_fields; i++)
		json_add(json, fields[i].name, json_field(object, &fields[i]));
	return json;
}

struct json_object *json_segment(const struct kpager_segment *segment)
{
	const struct kpager_field *fields;
	size_t count;

	fields = kpager_segment_fields(&count);
	return json_fields(segment, fields, count);
}

static void print_document(const char *key, struct json_object *value,
			   int flags)
{
	struct json_object *document = json_object_new_object();
	const char *text;

	json_add(document, "version", json_number(KPAGER_JSON_VERSION));
	json_add(document, key, value);
	text = json_object_to_json_string_ext(document, flags |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		out_of_memory();
	puts(text);
	json_object_put(document);
}

void json_print(const char *key, struct json_object *value)
{
	print_document(key, value, JSON_C_TO_STRING_PRETTY);
}

void json_line(const char *key, struct json_object *value)
{
	print_document(key, value, JSON_C_TO_STRING_PLAIN);
}

void format_number(char text[NUMBER_SIZE], uint64_t number)
{
	snprintf(text, NUMBER_SIZE, "%" PRIu64, number);
}

void format_size(char text[NUMBER_SIZE], uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	uint64_t whole, tenths;

	while (unit < strlen(units) - 1 && bytes >> (10 * (unit + 1)))
		unit++;
	whole = bytes >> (10 * unit);
	/* Of the rest ten bits are enough; rounded down, as whole is. */
	tenths = unit ? ((bytes >> (10 * (unit - 1))) & 1023) * 10 / 1024 : 0;
	if (tenths)
		snprintf(text, NUMBER_SIZE, "%" PRIu64 ".%" PRIu64 "%c", whole,
			 tenths, units[unit]);
	else if (unit)
		snprintf(text, NUMBER_SIZE, "%" PRIu64 "%c", whole,
			 units[unit]);
	else
		snprintf(text, NUMBER_SIZE, "%" PRIu64, whole);
}

const char *format_field(char number[NUMBER_SIZE], const void *object,
			 const struct kpager_field *field, bool bytes)
{
	const void *member = (const char *)object + field->offset;
	uint64_t value;

	if (field->unit == KPAGER_UNIT_TEXT)
		return *(const char *const *)member;
	if (field->unit == KPAGER_UNIT_SIGNED) {
		snprintf(number, NUMBER_SIZE, "%" PRId64,
			 *(const int64_t *)member);
		return number;
	}

	value = *(const uint64_t *)member;
	if (field->unit == KPAGER_UNIT_PAGES)
		value *= SEGMENT_PAGE;
	if (field->unit == KPAGER_UNIT_MODE)
		format_mode(number, value);
	else if (field->unit == KPAGER_UNIT_PERMILLE)
		snprintf(number, NUMBER_SIZE, "%" PRIu64 ".%03" PRIu64,
			 value / 1000, value % 1000);
	else if (field->unit == KPAGER_UNIT_BITS)
		snprintf(number, NUMBER_SIZE, "0x%" PRIx64, value);
	else if (field->unit == KPAGER_UNIT_COUNT || bytes)
		format_number(number, value);
	else
		format_size(number, value);
	return number;
}
