// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Readers of the files of /proc/kpager: of tables and of counters.
 *
 * A file is read into memory as a whole, or was so by somebody else, and taken
 * apart in place; the lists keep that memory and their strings point into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

/* Files larger than this are not ours: a guard against reading without end. */
#define PROC_FILE_MAX	(256u << 20)

/**
 * struct proc_file - a file of /proc/kpager that is being parsed
 * @path: where it is, for messages
 * @text: its content, NUL-terminated
 * @next: first character of the next line
 * @line: number of the line that was read last, from 1
 */
struct proc_file {
	char path[PATH_MAX];
	char *text;
	char *next;
	size_t line;
};

static int __attribute__((format(printf, 3, 4)))
malformed(const struct proc_file *file, struct kpager_error *error,
	  const char *format, ...)
{
	char shown[KPAGER_SHOWN_SIZE], why[200];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return kpager_fail(error, EPROTO, "read on %s: line %zu: %s",
			   kpager_shown(shown, file->path), file->line, why);
}

/* Return: a new element at the end of @list, zeroed, or NULL. */
static void *list_add(struct proc_list *list, size_t size)
{
	size_t count = list->count;
	char *element;

	/* Double at the powers of two: a list of n is moved log n times. */
	if (!(count & (count - 1))) {
		void *larger = reallocarray(list->elements,
					    count ? 2 * count : 1, size);

		if (!larger)
			return NULL;
		list->elements = larger;
	}
	element = (char *)list->elements + count * size;
	list->count++;
	return memset(element, 0, size);
}

void kpager_list_free(struct proc_list *list)
{
	if (!list)
		return;
	free(list->elements);
	free(list->text);
	free(list);
}

/* Return: the number of bytes of @fd, which are put in *@text, or -errno. */
static ssize_t read_all(int fd, char **text)
{
	size_t size = 16384, used = 0;
	char *buffer = malloc(size);
	char *larger = buffer;

	while (larger) {
		ssize_t n;

		buffer = larger;
		n = read(fd, buffer + used, size - used - 1);
		if (n < 0 && errno != EINTR)
			break;
		if (!n) {
			buffer[used] = '\0';
			*text = buffer;
			return used;
		}
		used += n > 0 ? n : 0;
		if (used < size - 1)
			continue;
		if (size >= PROC_FILE_MAX) {
			errno = EFBIG;
			break;
		}
		size *= 2;
		larger = realloc(buffer, size);
	}
	free(buffer);
	return -errno;
}

static char *next_line(struct proc_file *file)
{
	char *line = file->next;
	char *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	*end = '\0';
	file->next = end + 1;
	file->line++;
	return line;
}

/* The first line says whether the rest can be understood. */
static int check_version(struct proc_file *file, struct kpager_error *error)
{
	static const char word[] = "version ";
	char shown[KPAGER_SHOWN_SIZE];
	const char *line = next_line(file);
	uint64_t version;

	if (!line || strncmp(line, word, strlen(word)) ||
	    kpager_parse_number(line + strlen(word), 10, &version))
		return malformed(file, error, "not a version line");
	if (version == KPAGER_PROC_VERSION)
		return 0;
	return kpager_fail(error, EPROTONOSUPPORT,
			   "read on %s: version %s is not known, only version %d (module and command do not match)",
			   kpager_shown(shown, file->path), line + strlen(word),
			   KPAGER_PROC_VERSION);
}

/* The text must consist of whole lines before it can be taken apart. */
static int check_text(struct proc_file *file, size_t length,
		      struct kpager_error *error)
{
	const char *p;

	file->line = 1;
	if (!length)
		return malformed(file, error, "the file is empty");
	for (p = file->text; (p = strchr(p, '\n')); p++)
		file->line++;
	if (strlen(file->text) != length)
		return malformed(file, error, "a NUL character");
	if (file->text[length - 1] != '\n')
		return malformed(file, error, "the line is cut off");
	file->line = 0;
	return check_version(file, error);
}

int kpager_proc_read(const char *name, char **text, size_t *length,
		     struct kpager_error *error)
{
	char path[PATH_MAX];
	ssize_t n;
	int ret;
	int fd;

	ret = kpager_path(path, "KPAGER_PROC", "/proc/kpager", name, error);
	if (ret)
		return ret;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return kpager_fail_proc(error, errno, name, path);
	n = read_all(fd, text);
	close(fd);
	if (n < 0)
		return kpager_fail_errno(error, -n, "read", path);
	*length = n;
	return 0;
}

/*
 * Take @text, which is freed on failure, as the content of the file @name.
 */
static int proc_begin(struct proc_file *file, const char *name, char *text,
		      size_t length, struct kpager_error *error)
{
	int ret = kpager_path(file->path, "KPAGER_PROC", "/proc/kpager", name,
			      error);

	file->text = text;
	file->next = text;
	if (!ret)
		ret = check_text(file, length, error);
	if (ret)
		free(text);
	return ret;
}

/*
 * Cut @line at single spaces into @cells, of which there are @room. Return: how
 * many there would have to be.
 */
static size_t split(char *line, char **cells, size_t room)
{
	size_t count = 0;

	for (; line; count++) {
		if (count < room)
			cells[count] = line;
		line = strchr(line, ' ');
		if (line)
			*line++ = '\0';
	}
	return count;
}

/**
 * struct header - where the fields stand in a line
 * @columns: number of columns in the file, known or not
 * @column: for each field of the table the number of its column
 * @cells: room for those of a line
 */
struct header {
	size_t columns;
	char **cells;
	size_t column[KPAGER_TABLE_FIELDS];
};

static int parse_header(struct proc_file *file, const struct proc_table *table,
			struct header *header, struct kpager_error *error)
{
	char *line = next_line(file);
	const char *p;
	size_t f, c;

	if (!line)
		return malformed(file, error, "no line with column names follows");
	header->columns = 1;
	for (p = line; (p = strchr(p, ' ')); p++)
		header->columns++;
	header->cells = calloc(header->columns, sizeof(*header->cells));
	if (!header->cells)
		return kpager_fail_errno(error, ENOMEM, "read", file->path);
	split(line, header->cells, header->columns);

	for (f = 0; f < table->n_fields; f++) {
		for (c = 0; c < header->columns; c++)
			if (!strcmp(header->cells[c], table->fields[f].name))
				break;
		if (c == header->columns)
			return malformed(file, error, "column %s is missing",
					 table->fields[f].name);
		header->column[f] = c;
	}
	return 0;
}

static int parse_signed(const char *cell, int64_t *number)
{
	bool negative = *cell == '-';
	uint64_t value;
	int ret = kpager_parse_number(cell + negative, 10, &value);

	if (ret)
		return ret;
	if (value > INT64_MAX)
		return -ERANGE;
	*number = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int parse_bits(const char *cell, uint64_t *bits)
{
	uint64_t value = 0;
	const char *p;

	if (strncmp(cell, "0x", 2) || !cell[2])
		return kpager_parse_number(cell, 10, bits);
	for (p = cell + 2; *p; p++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, *p);

		if (!digit)
			return -EINVAL;
		if (value >> 60)
			return -ERANGE;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*bits = value;
	return 0;
}

/* Return: 0, -EINVAL or -ERANGE. */
static int parse_cell(const struct proc_table *table, void *element,
		      const struct kpager_field *field, char *cell)
{
	void *member = (char *)element + field->offset;

	switch (field->unit) {
	case KPAGER_UNIT_TEXT:
		*(const char **)member = cell;
		return table->text ? table->text(field, cell) : 0;
	case KPAGER_UNIT_MODE:
		return kpager_parse_number(cell, 8, member);
	case KPAGER_UNIT_SIGNED:
		return parse_signed(cell, member);
	case KPAGER_UNIT_BITS:
		return parse_bits(cell, member);
	default:
		return kpager_parse_number(cell, 10, member);
	}
}

static int parse_line(const struct proc_file *file,
		      const struct proc_table *table,
		      const struct header *header, char *line, void *element,
		      struct kpager_error *error)
{
	char shown[KPAGER_SHOWN_SIZE];
	size_t count, f;

	count = split(line, header->cells, header->columns);
	if (count != header->columns)
		return malformed(file, error, "%zu columns instead of %zu",
				 count, header->columns);
	for (f = 0; f < table->n_fields; f++) {
		const struct kpager_field *field = &table->fields[f];
		char *cell = header->cells[header->column[f]];

		if (parse_cell(table, element, field, cell))
			return malformed(file, error, "%s '%s' is not valid",
					 field->name, kpager_shown(shown, cell));
	}
	return 0;
}

static int parse_table(struct proc_file *file, const struct proc_table *table,
		       struct proc_list *list, struct kpager_error *error)
{
	struct header header = { 0 };
	void *element;
	char *line;
	int ret;

	ret = parse_header(file, table, &header, error);
	while (!ret && (line = next_line(file))) {
		element = list_add(list, table->size);
		ret = element ? parse_line(file, table, &header, line, element,
					   error) :
				kpager_fail_errno(error, ENOMEM, "read",
						  file->path);
	}
	free(header.cells);
	return ret;
}

/* Is it a key and a value that begins with a letter? */
static bool is_word(const char *line)
{
	const char *value = strchr(line, ' ');

	return value && value > line && value[1] >= 'a' && value[1] <= 'z';
}

static int parse_stat(struct proc_file *file, struct proc_list *list,
		      struct kpager_error *error)
{
	struct kpager_counter *counter;
	char *line;

	while ((line = next_line(file))) {
		/* What is said in words is no counter. */
		if (is_word(line))
			continue;
		counter = list_add(list, sizeof(*counter));
		if (!counter)
			return kpager_fail_errno(error, ENOMEM, "read",
						 file->path);
		counter->key = strsep(&line, " ");
		if (!*counter->key || !line ||
		    kpager_parse_number(line, 10, &counter->value))
			return malformed(file, error, "not a key and a number");
	}
	return 0;
}

static int parse_lines(struct proc_file *file, struct proc_list *list,
		       struct kpager_error *error)
{
	char **element, *line;

	while ((line = next_line(file))) {
		element = list_add(list, sizeof(*element));
		if (!element)
			return kpager_fail_errno(error, ENOMEM, "read",
						 file->path);
		*element = line;
	}
	return 0;
}

/* What a file consists of that is no table. */
typedef int (*parse_fn)(struct proc_file *file, struct proc_list *list,
			struct kpager_error *error);

/* @table: NULL for a file that @parse takes apart */
static int proc_parse(const char *name, const struct proc_table *table,
		      parse_fn parse, char *text, size_t length,
		      struct proc_list **list, struct kpager_error *error)
{
	struct proc_list *result;
	struct proc_file file = { 0 };
	int ret;

	ret = proc_begin(&file, name, text, length, error);
	if (ret)
		return ret;
	result = calloc(1, sizeof(*result));
	if (!result) {
		free(text);
		return kpager_fail_errno(error, ENOMEM, "read", file.path);
	}
	result->text = text;
	ret = table ? parse_table(&file, table, result, error) :
		      parse(&file, result, error);
	if (ret)
		kpager_list_free(result);
	else
		*list = result;
	return ret;
}

int kpager_list_read(const char *name, const struct proc_table *table,
		     struct proc_list **list, struct kpager_error *error)
{
	size_t length;
	char *text;
	int ret = kpager_proc_read(name, &text, &length, error);

	if (ret)
		return ret;
	return proc_parse(name, table, parse_stat, text, length, list, error);
}

int kpager_list_parse(const char *name, const struct proc_table *table,
		      const char *text, size_t length, struct proc_list **list,
		      struct kpager_error *error)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return kpager_fail_errno(error, ENOMEM, "read", name);
	memcpy(copy, text, length);
	copy[length] = '\0';
	return proc_parse(name, table, parse_stat, copy, length, list, error);
}

int kpager_lines_parse(const char *name, char *text, size_t length,
		       struct proc_list **list, struct kpager_error *error)
{
	return proc_parse(name, NULL, parse_lines, text, length, list, error);
}

int kpager_segment_file(char *file, const char *segment, const char *what,
			struct kpager_error *error)
{
	int ret = kpager_name_check(segment, error);

	if (!ret)
		snprintf(file, SEGMENT_FILE_SIZE, "segment/%s/%s", segment,
			 what);
	return ret;
}
