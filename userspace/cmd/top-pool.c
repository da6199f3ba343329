// SPDX-License-Identifier: GPL-2.0
/* kpager top: the views of the pool, and of what the module tells in text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "output.h"
#include "top.h"

#define PAGE	4096

/* Most lines that the blocks of an arena take. */
#define MAP_LINES	4

/* Say why there is nothing to see. */
static void draw_absent(const struct top *top, struct canvas *canvas, int row,
			const char *file)
{
	canvas_put(canvas, row, 0, STYLE_NOTE, "%s /proc/kpager/%s.",
		   top->recording.count ? "This recording has no" :
					  "The module that is loaded has no",
		   file);
}

/* ---- buddy ---------------------------------------------------------------- */

enum state { STATE_FREE, STATE_USED, STATE_SLAB, STATE_KEPT, STATE_LOST, STATES };

static const struct {
	char letter;
	enum style style;
} states[STATES] = {
	[STATE_FREE] = { '.', STYLE_FREE },
	[STATE_USED] = { '#', STYLE_USED },
	[STATE_SLAB] = { 'S', STYLE_SLAB },
	[STATE_KEPT] = { '-', STYLE_FREE },
	[STATE_LOST] = { 'x', STYLE_BAD },
};

/* What a letter of the map says, and for how many frames. */
static enum state letter_state(char letter, size_t *frames)
{
	*frames = 1;
	if (letter >= 'a' && letter < 'a' + KPAGER_ORDERS) {
		*frames = (size_t)1 << (letter - 'a');
		return STATE_FREE;
	}
	if (letter >= 'A' && letter < 'A' + KPAGER_ORDERS) {
		*frames = (size_t)1 << (letter - 'A');
		return STATE_USED;
	}
	if (letter == 'S')
		return STATE_SLAB;
	if (letter == '-')
		return STATE_KEPT;
	return letter == 'x' ? STATE_LOST : STATE_USED;
}

/*
 * The map with as many cells as there are, each of which stands for as many
 * frames: what most of them are in.
 */
static void draw_map(struct canvas *canvas, int row, int width, int lines,
		     const char *map)
{
	size_t cells = (size_t)width * (size_t)lines;
	size_t (*count)[STATES];
	size_t total = 0, place = 0, frames, i, k;
	const char *p;

	for (p = map; *p; p++) {
		letter_state(*p, &frames);
		total += frames;
	}
	if (cells > total)
		cells = total;
	count = calloc(cells + 1, sizeof(*count));
	if (!count)
		out_of_memory();
	for (p = map; *p; p++) {
		enum state state = letter_state(*p, &frames);

		for (i = 0; i < frames; i++)
			count[place++ * cells / total][state]++;
	}
	for (i = 0; i < cells; i++) {
		size_t most = 0;

		for (k = 0; k < STATES; k++)
			if (count[i][k] > count[i][most])
				most = k;
		canvas_put(canvas, row + (int)(i / (size_t)width),
			   2 + (int)(i % (size_t)width), states[most].style,
			   "%c", states[most].letter);
	}
	free(count);
}

static void draw_arena(struct canvas *canvas, int row, int lines,
		       const struct kpager_arena *arena)
{
	char size[NUMBER_SIZE], free[NUMBER_SIZE], largest[NUMBER_SIZE];

	format_size(size, arena->frames * PAGE);
	format_size(free, arena->free * PAGE);
	format_size(largest, arena->largest * PAGE);
	canvas_put(canvas, row, 0, STYLE_STRONG,
		   "arena %" PRIu64 " node %" PRId64 ": %s, %s free, largest %s, unusable for 64K %.3f",
		   arena->arena, arena->node, size, free, largest,
		   (double)arena->unusable[4] / 1000);
	draw_map(canvas, row + 1, canvas->columns - 2, lines, arena->map);
}

void view_buddy(struct top *top, struct canvas *canvas, int row)
{
	const struct sample_file *info = sample_file(top->now, "buddyinfo");
	const struct sample_file *map = sample_file(top->now, "buddymap");
	struct kpager_buddy *buddy;
	struct kpager_error error;
	size_t count, i;
	int lines;

	if (!info || !map) {
		draw_absent(top, canvas, row, "buddyinfo");
		return;
	}
	if (kpager_buddy_parse(info->text, info->length, map->text,
			       map->length, &buddy, &error)) {
		canvas_put(canvas, row, 0, STYLE_BAD, "%s", error.text);
		return;
	}
	count = kpager_buddy_count(buddy);
	if (top->first >= count)
		top->first = count ? count - 1 : 0;
	canvas_style(canvas, row, STYLE_HEADING);
	canvas_put(canvas, row, 0, STYLE_HEADING,
		   "%zu arena%s: # used  S slab  . free  - in a magazine  x lost",
		   count, count == 1 ? "" : "s");
	row++;
	/* As many lines as there are, if that is how all can be seen. */
	lines = count ? (canvas->rows - 1 - row) / (int)count - 1 : 1;
	lines = lines < 1 ? 1 : lines > MAP_LINES ? MAP_LINES : lines;
	for (i = top->first; i < count && row + lines < canvas->rows - 1; i++) {
		draw_arena(canvas, row, lines, kpager_buddy_get(buddy, i));
		row += lines + 1;
	}
	kpager_buddy_free(buddy);
}

/* ---- slab ----------------------------------------------------------------- */

static void draw_slab(struct canvas *canvas, int row,
		      const struct kpager_slab *slab)
{
	uint64_t bytes = slab->num_slabs * slab->pagesperslab * PAGE;
	int width = canvas->columns > 80 ? canvas->columns - 60 : 20;
	char memory[NUMBER_SIZE];

	format_size(memory, bytes);
	canvas_put(canvas, row, 0, slab->bad ? STYLE_BAD : STYLE_PLAIN,
		   "%-*.*s %7" PRIu64 " %8" PRIu64 " %8" PRIu64 " %7s %7" PRIu64 " %5.1f %5" PRIu64 " %4" PRIu64,
		   width, width, slab->name, slab->objsize, slab->active_objs,
		   slab->num_objs, memory, slab->cached,
		   (double)slab->mag_hit / 10, slab->fails, slab->bad);
}

void view_slab(struct top *top, struct canvas *canvas, int row)
{
	const struct sample_file *info = sample_file(top->now, "slabinfo");
	int width = canvas->columns > 80 ? canvas->columns - 60 : 20;
	struct kpager_error error;
	struct kpager_slabs *slabs;
	size_t count, i;

	if (!info) {
		draw_absent(top, canvas, row, "slabinfo");
		return;
	}
	if (kpager_slabs_parse(info->text, info->length, &slabs, &error)) {
		canvas_put(canvas, row, 0, STYLE_BAD, "%s", error.text);
		return;
	}
	count = kpager_slabs_count(slabs);
	if (top->first >= count)
		top->first = count ? count - 1 : 0;
	canvas_style(canvas, row, STYLE_HEADING);
	canvas_put(canvas, row, 0, STYLE_HEADING,
		   "%-*.*s %7s %8s %8s %7s %7s %5s %5s %4s", width, width,
		   "CACHE", "OBJSIZE", "ACTIVE", "OBJECTS", "MEMORY", "CACHED",
		   "HIT%", "FAILS", "BAD");
	for (i = top->first; i < count && ++row < canvas->rows - 1; i++)
		draw_slab(canvas, row, kpager_slabs_get(slabs, i));
	kpager_slabs_free(slabs);
}

/* ---- text of the module --------------------------------------------------- */

/* The lines of a file below its version, from top->first on. */
static void draw_lines(struct top *top, struct canvas *canvas, int row,
		       const struct sample_file *file)
{
	const char *line = strchr(file->text, '\n');
	size_t number = 0;

	for (line = line ? line + 1 : ""; *line && row < canvas->rows - 1;) {
		size_t length = strcspn(line, "\n");

		if (number++ >= top->first)
			canvas_put(canvas, row++, 0, STYLE_PLAIN, "%.*s",
				   (int)(length < 1000 ? length : 1000), line);
		line += length + (line[length] == '\n');
	}
	/* Scrolled beyond the end: back to the last line. */
	if (number && top->first >= number)
		top->first = number - 1;
}

void view_latency(struct top *top, struct canvas *canvas, int row)
{
	const char *name = top_selected(top);
	const struct sample_file *file;
	struct kpager_latency *latency;
	struct kpager_error error;
	char path[128];

	if (!name) {
		canvas_put(canvas, row, 0, STYLE_PLAIN, "No segments.");
		return;
	}
	snprintf(top->visible[0], sizeof(top->visible[0]), "%s", name);
	top->n_visible = 1;
	snprintf(path, sizeof(path), "segment/%s/latency", name);
	file = sample_file(top->now, path);
	canvas_style(canvas, row, STYLE_HEADING);
	canvas_put(canvas, row, 0, STYLE_HEADING,
		   "latency of %s since it was created (up, down: another segment)",
		   name);
	if (!file) {
		draw_absent(top, canvas, row + 1, path);
	} else if (kpager_latency_parse(file->text, file->length, &latency,
					&error)) {
		canvas_put(canvas, row + 1, 0, STYLE_BAD, "%s", error.text);
	} else {
		if (!latency_draw(canvas, row + 1, 0, latency))
			canvas_put(canvas, row + 1, 0, STYLE_PLAIN,
				   "Nothing happened yet.");
		kpager_latency_free(latency);
	}
}

void view_oom(struct top *top, struct canvas *canvas, int row)
{
	const struct sample_file *file = sample_file(top->now, "oom");

	canvas_style(canvas, row, STYLE_HEADING);
	canvas_put(canvas, row, 0, STYLE_HEADING, "decisions when memory was out");
	if (file)
		draw_lines(top, canvas, row + 1, file);
	else
		draw_absent(top, canvas, row + 1, "oom");
}
