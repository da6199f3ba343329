// SPDX-License-Identifier: GPL-2.0
/* kpager top: what is on the screen. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attribute.h"
#include "latency.h"
#include "output.h"
#include "top.h"

#define PAGE	4096

/**
 * struct row - a segment on the screen
 * @segment: the segment
 * @place: where it stands in the list of the module
 * @rates: what it does, see add_rates()
 * @stall: which part of the time somebody waited for its pages; NAN: unknown
 * @thrash: its thrashing index; NAN: unknown
 * @limit: most pages that it may have in memory; NAN: unknown
 */
struct row {
	const struct kpager_segment *segment;
	size_t place;
	struct rates rates;
	double stall;
	double thrash;
	double limit;
};

static uint64_t interval_ns(const struct top *top)
{
	return top->now->clock - top->before->clock;
}

/* A rate in five characters. */
static const char *rate_text(char text[NUMBER_SIZE], double rate)
{
	if (isnan(rate))
		strcpy(text, "-");
	else if (rate < 99999.5)
		snprintf(text, NUMBER_SIZE, "%.0f", rate);
	else if (rate < 999.5e3)
		snprintf(text, NUMBER_SIZE, "%.0fk", rate / 1e3);
	else
		snprintf(text, NUMBER_SIZE, "%.3gM", rate / 1e6);
	return text;
}

static const char *share_text(char text[NUMBER_SIZE], double share)
{
	if (isnan(share))
		strcpy(text, "-");
	else
		/* Not quite all is not shown as all. */
		snprintf(text, NUMBER_SIZE, "%.1f",
			 share < 1 && share > .999 ? 99.9 : 100 * share);
	return text;
}

static const char *pages_text(char text[NUMBER_SIZE], uint64_t pages)
{
	format_size(text, pages * PAGE);
	return text;
}

/* ---- the header ----------------------------------------------------------- */

static void draw_title(const struct top *top, struct canvas *canvas)
{
	time_t seconds = (time_t)(top->now->realtime / 1000000000);
	char when[32] = "?";
	struct tm local;
	int column;

	if (localtime_r(&seconds, &local))
		strftime(when, sizeof(when), "%H:%M:%S", &local);
	column = canvas_put(canvas, 0, 0, STYLE_STRONG, "kpager top %s", when);
	column = canvas_put(canvas, 0, column, STYLE_PLAIN, "  %zu segment%s",
			    kpager_segments_count(top->now->segments),
			    kpager_segments_count(top->now->segments) == 1 ? "" : "s");
	if (top->recording.count)
		column = canvas_put(canvas, 0, column, STYLE_NOTE,
				    "  sample %zu of %zu", top->position + 1,
				    top->recording.count);
	if (interval_ns(top))
		column = canvas_put(canvas, 0, column, STYLE_PLAIN, "  over %.3g s",
				    (double)interval_ns(top) / 1e9);
	if (top->frozen)
		canvas_put(canvas, 0, column, STYLE_NOTE, "  FROZEN");
}

/* Where in a bar of @width something of @total stands. */
static int bar_place(uint64_t value, uint64_t total, int width)
{
	double share = total ? (double)value / (double)total : 0;

	return (int)lround(fmin(share, 1) * width);
}

/*
 * The pool: used, free, and up to its limit what it does not have. Watermarks
 * are marked where they stand if that many frames were free.
 */
static void draw_pool(const struct top *top, struct canvas *canvas)
{
	static const struct {
		const char *key;
		char mark;
	} marks[] = {
		{ "watermark_min", '!' },
		{ "watermark_low", '<' },
		{ "watermark_high", '>' },
	};
	struct counters c = counters_of_module(top->now);
	char used[NUMBER_SIZE], free[NUMBER_SIZE], limit[NUMBER_SIZE];
	char numbers[128];
	int width, i;
	size_t k;

	snprintf(numbers, sizeof(numbers), " %s used, %s free, limit %s",
		 pages_text(used, c.used), pages_text(free, c.free),
		 pages_text(limit, c.limit));
	width = canvas->columns - (int)strlen(numbers) - 7;
	if (width < 4) {
		canvas_put(canvas, 1, 0, STYLE_PLAIN, "pool%s", numbers);
		return;
	}
	canvas_put(canvas, 1, 0, STYLE_PLAIN, "pool [%*s]%s", width, "",
		   numbers);
	for (i = 0; i < width; i++) {
		bool is_used = i < bar_place(c.used, c.limit, width);
		bool is_there = i < bar_place(c.used + c.free, c.limit, width);

		canvas_put(canvas, 1, 6 + i,
			   is_used ? STYLE_USED : STYLE_FREE, "%c",
			   is_used ? '#' : is_there ? '.' : ' ');
	}
	for (k = 0; k < sizeof(marks) / sizeof(marks[0]); k++) {
		uint64_t frames;

		if (kpager_stat_value(top->now->stat, marks[k].key, &frames) ||
		    !frames || frames > c.limit)
			continue;
		i = bar_place(c.limit - frames, c.limit, width - 1);
		canvas_put(canvas, 1, 6 + i, STYLE_NOTE, "%c", marks[k].mark);
	}
}

static void draw_rates(const struct top *top, struct canvas *canvas)
{
	struct counters before = counters_of_module(top->before);
	struct counters now = counters_of_module(top->now);
	struct rates r = rates_between(&before, &now, interval_ns(top));
	char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], d[NUMBER_SIZE];
	int column;

	column = canvas_put(canvas, 2, 0, STYLE_PLAIN,
			    "faults/s %s minor %s major, hit %s%s, dirty %s",
			    rate_text(a, r.minor), rate_text(b, r.major),
			    share_text(c, r.hit), isnan(r.hit) ? "" : "%",
			    pages_text(d, now.dirty));
	if (r.sigbus > 0)
		canvas_put(canvas, 2, column, STYLE_BAD, ", SIGBUS %s/s",
			   rate_text(a, r.sigbus));
	column = canvas_put(canvas, 3, 0, STYLE_PLAIN,
			    "pages/s  %s read (%s ahead) %s written %s evicted",
			    rate_text(a, r.read), rate_text(b, r.prefetched),
			    rate_text(c, r.written), rate_text(d, r.evictions));
	if (now.errors)
		canvas_put(canvas, 3, column, r.errors > 0 ? STYLE_BAD : STYLE_NOTE,
			   ", %" PRIu64 " store errors", now.errors);
}

/* ---- the segments --------------------------------------------------------- */

/**
 * struct own - what only a segment's own statistics tell; NAN is unknown
 * @stall_ns: how long tasks waited for its pages since it was created
 * @thrash: its thrashing index
 * @limit: most pages that it may have in memory
 */
struct own {
	double stall_ns;
	double thrash;
	double limit;
};

static double number_of(const struct kpager_stat *stat, const char *key)
{
	uint64_t value;

	return kpager_stat_value(stat, key, &value) ? NAN : (double)value;
}

static struct own own_of(const struct sample *sample, const char *name)
{
	struct own own = { .stall_ns = NAN, .thrash = NAN, .limit = NAN };
	const struct sample_file *file;
	struct kpager_stat *stat;
	char path[128];

	snprintf(path, sizeof(path), "segment/%s/stat", name);
	file = sample_file(sample, path);
	if (!file || kpager_stat_parse(file->text, file->length, &stat, NULL))
		return own;
	own.stall_ns = number_of(stat, "stall_ns");
	own.thrash = number_of(stat, "thrash");
	own.limit = number_of(stat, "resident_max");
	kpager_stat_free(stat);
	return own;
}

static void add_own(const struct top *top, struct row *row)
{
	struct own before = own_of(top->before, row->segment->name);
	struct own now = own_of(top->now, row->segment->name);

	row->thrash = now.thrash;
	row->limit = now.limit;
	/* Tasks that wait at the same time can wait longer than the time. */
	if (now.stall_ns >= before.stall_ns && interval_ns(top))
		row->stall = fmin(1, (now.stall_ns - before.stall_ns) /
				     (double)interval_ns(top));
}

/* Both samples list the segments in the same order, most of the time. */
static const struct kpager_segment *
find_before(const struct top *top, const char *name, size_t hint)
{
	size_t count = kpager_segments_count(top->before->segments);
	size_t i;

	for (i = 0; i < count; i++) {
		const struct kpager_segment *segment =
			kpager_segments_get(top->before->segments,
					    (hint + i) % count);

		if (!strcmp(segment->name, name))
			return segment;
	}
	return NULL;
}

/* What a segment does is only known by looking at two samples. */
static void add_rates(const struct top *top, struct row *row)
{
	const struct kpager_segment *old =
		find_before(top, row->segment->name, row->place);
	struct counters now = counters_of_segment(row->segment);
	/* One that was not there before did nothing before. */
	struct counters before = old ? counters_of_segment(old) : now;

	row->rates = rates_between(&before, &now, interval_ns(top));
}

static double sort_key(const struct row *row, enum sort sort)
{
	switch (sort) {
	case SORT_RESIDENT:
		return (double)row->segment->resident;
	case SORT_DIRTY:
		return (double)row->segment->dirty;
	case SORT_HIT:
		/* The lowest first: that is who suffers. */
		return isnan(row->rates.hit) ? -2 : -row->rates.hit;
	case SORT_MINOR:
		return row->rates.minor;
	case SORT_MAJOR:
		return row->rates.major;
	case SORT_EVICT:
		return row->rates.evictions;
	case SORT_WRITE:
		return row->rates.written;
	case SORT_STALL:
		return isnan(row->stall) ? -1 : row->stall;
	case SORT_THRASH:
		return isnan(row->thrash) ? -1 : row->thrash;
	default:
		return 0;
	}
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct row *first = a, *second = b;
	const struct top *top = arg;
	int order = 0;
	double x, y;

	if (top->sort == SORT_POLICY) {
		order = strcmp(first->segment->policy, second->segment->policy);
	} else if (top->sort != SORT_NAME) {
		x = sort_key(first, top->sort);
		y = sort_key(second, top->sort);
		order = x < y ? 1 : x > y ? -1 : 0;
	}
	if (!order)
		order = strcmp(first->segment->name, second->segment->name);
	return top->reverse ? -order : order;
}

/* Then those of all segments are needed, not only of those on the screen. */
static bool sorts_by_rates(const struct top *top)
{
	return top->sort == SORT_HIT || top->sort == SORT_MINOR ||
	       top->sort == SORT_MAJOR || top->sort == SORT_EVICT ||
	       top->sort == SORT_WRITE;
}

static bool sorts_by_own(const struct top *top)
{
	return top->sort == SORT_STALL || top->sort == SORT_THRASH;
}

/* Return: the segments in the order of the screen, to be freed. */
static struct row *make_rows(const struct top *top, size_t *count)
{
	struct row *rows;
	size_t i;

	*count = kpager_segments_count(top->now->segments);
	rows = calloc(*count + 1, sizeof(*rows));
	if (!rows)
		out_of_memory();
	for (i = 0; i < *count; i++) {
		rows[i] = (struct row){
			.segment = kpager_segments_get(top->now->segments, i),
			.place = i, .stall = NAN, .thrash = NAN, .limit = NAN,
		};
		if (sorts_by_rates(top))
			add_rates(top, &rows[i]);
		if (sorts_by_own(top))
			add_own(top, &rows[i]);
	}
	qsort_r(rows, *count, sizeof(*rows), compare_rows, (void *)top);
	return rows;
}

static size_t selected_row(const struct top *top, const struct row *rows,
			   size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].segment->name, top->selected))
			return i;
	return 0;
}

const char *top_selected(const struct top *top)
{
	const char *name = NULL;
	struct row *rows;
	size_t count;

	rows = make_rows(top, &count);
	if (count)
		name = rows[selected_row(top, rows, count)].segment->name;
	free(rows);
	return name;
}

void top_move(struct top *top, long by)
{
	struct row *rows;
	size_t count;
	long place;

	if (top->view != VIEW_SEGMENTS && top->view != VIEW_LATENCY) {
		place = (long)top->first + by;
		top->first = place > 0 ? (size_t)place : 0;
		return;
	}
	rows = make_rows(top, &count);
	if (count) {
		place = (long)selected_row(top, rows, count) + by;
		if (place >= (long)count)
			place = (long)count - 1;
		if (place < 0)
			place = 0;
		snprintf(top->selected, sizeof(top->selected), "%s",
			 rows[place].segment->name);
	}
	free(rows);
}

static const struct {
	const char *name;
	int width;
	bool wide;	/* only where there is room */
} columns[SORTS] = {
	[SORT_NAME] = { "NAME", 0, false },
	[SORT_RESIDENT] = { "RES/LIMIT", 14, false },
	[SORT_DIRTY] = { "DIRTY", 7, false },
	[SORT_HIT] = { "HIT%", 6, false },
	[SORT_MINOR] = { "MIN/s", 6, false },
	[SORT_MAJOR] = { "MAJ/s", 6, false },
	[SORT_EVICT] = { "EVI/s", 6, false },
	[SORT_WRITE] = { "WR/s", 6, false },
	[SORT_STALL] = { "STALL%", 7, true },
	[SORT_THRASH] = { "THRASH", 7, true },
	[SORT_POLICY] = { "POLICY", 9, false },
};

/* From here on there is room for all columns. */
#define WIDE	92

/* Which columns fit: from a width on all, below it the first ones. */
static bool shown(const struct canvas *canvas, enum sort column)
{
	int width = 8;
	int i;

	for (i = SORT_RESIDENT; i <= (int)column; i++)
		if (!columns[i].wide || canvas->columns >= WIDE)
			width += columns[i].width;
	return width <= canvas->columns &&
	       (!columns[column].wide || canvas->columns >= WIDE);
}

static int name_width(const struct canvas *canvas)
{
	int width = canvas->columns;
	int i;

	for (i = SORT_RESIDENT; i < SORTS; i++)
		if (shown(canvas, i))
			width -= columns[i].width;
	return width;
}

static const char *limit_text(char text[NUMBER_SIZE], const struct top *top,
			      const struct row *row)
{
	double pages = row->limit;
	char value[ATTRIBUTE_SIZE];

	/* A recording's limits are not today's. */
	if (isnan(pages) && !top->recording.count &&
	    !attribute_read(row->segment->name, "resident_max", value))
		pages = strtod(value, NULL);
	if (isnan(pages) || pages == 0)
		strcpy(text, "-");
	else
		pages_text(text, (uint64_t)pages);
	return text;
}

static const char *cell(char text[NUMBER_SIZE], const struct top *top,
			const struct row *row, enum sort column)
{
	char a[NUMBER_SIZE], b[NUMBER_SIZE];

	switch (column) {
	case SORT_RESIDENT:
		snprintf(text, NUMBER_SIZE, "%.12s/%.12s",
			 pages_text(a, row->segment->resident),
			 limit_text(b, top, row));
		return text;
	case SORT_DIRTY:
		return pages_text(text, row->segment->dirty);
	case SORT_HIT:
		return share_text(text, row->rates.hit);
	case SORT_MINOR:
		return rate_text(text, row->rates.minor);
	case SORT_MAJOR:
		return rate_text(text, row->rates.major);
	case SORT_EVICT:
		return rate_text(text, row->rates.evictions);
	case SORT_WRITE:
		return rate_text(text, row->rates.written);
	case SORT_STALL:
		return share_text(text, row->stall);
	case SORT_THRASH:
		return rate_text(text, row->thrash);
	default:
		return row->segment->policy;
	}
}

static void draw_headings(const struct top *top, struct canvas *canvas, int row)
{
	int column = name_width(canvas);
	int i;

	canvas_style(canvas, row, STYLE_HEADING);
	canvas_put(canvas, row, 0, STYLE_HEADING, "%s%s", columns[0].name,
		   top->sort == SORT_NAME ? (top->reverse ? "^" : "v") : "");
	for (i = SORT_RESIDENT; i < SORTS; i++) {
		bool sorted = (int)top->sort == i;

		if (!shown(canvas, i))
			continue;
		canvas_put(canvas, row, column, STYLE_HEADING, "%*s%s",
			   columns[i].width - sorted, columns[i].name,
			   sorted ? (top->reverse ? "^" : "v") : "");
		column += columns[i].width;
	}
}

static void draw_row(const struct top *top, struct canvas *canvas, int line,
		     struct row *row, bool selected)
{
	enum style style = selected ? STYLE_SELECTED : STYLE_PLAIN;
	int width = name_width(canvas);
	char text[NUMBER_SIZE];
	int column = width;
	int i;

	if (!sorts_by_rates(top))
		add_rates(top, row);
	if (canvas->columns >= WIDE && !sorts_by_own(top))
		add_own(top, row);
	canvas_style(canvas, line, style);
	canvas_put(canvas, line, 0, style, "%-*.*s", width, width,
		   row->segment->name);
	for (i = SORT_RESIDENT; i < SORTS; i++) {
		if (!shown(canvas, i))
			continue;
		canvas_put(canvas, line, column, style, " %*.*s",
			   columns[i].width - 1, columns[i].width - 1,
			   cell(text, top, row, i));
		column += columns[i].width;
	}
}

/* The next sample has its own statistics. */
static void want(struct top *top, const struct row *row)
{
	if (top->n_visible < TOP_VISIBLE)
		snprintf(top->visible[top->n_visible++],
			 sizeof(top->visible[0]), "%s", row->segment->name);
}

void view_segments(struct top *top, struct canvas *canvas, int row)
{
	size_t room = (size_t)(canvas->rows - row - 2);
	size_t count, chosen, i;
	struct row *rows;

	rows = make_rows(top, &count);
	chosen = selected_row(top, rows, count);
	if (chosen < top->first)
		top->first = chosen;
	if (chosen >= top->first + room)
		top->first = chosen - room + 1;
	if (count <= room)
		top->first = 0;
	draw_headings(top, canvas, row);
	top->n_visible = 0;
	for (i = 0; i < count; i++) {
		bool visible = i >= top->first && i - top->first < room;

		if (visible)
			draw_row(top, canvas, row + 1 + (int)(i - top->first),
				 &rows[i], i == chosen);
		if (sorts_by_own(top) || (visible && canvas->columns >= WIDE))
			want(top, &rows[i]);
	}
	if (!count)
		canvas_put(canvas, row + 1, 0, STYLE_PLAIN,
			   "No segments; 'kpager create' makes one.");
	free(rows);
}

/* ---- all of it ------------------------------------------------------------ */

static const char *const view_names[VIEWS] = {
	"segments", "buddy", "slab", "latency", "oom",
};

static void draw_keys(const struct top *top, struct canvas *canvas)
{
	int last = canvas->rows - 1;
	int column = 0;
	int i;

	if (*top->message) {
		canvas_put(canvas, last, 0, STYLE_STRONG, "%s", top->message);
		return;
	}
	for (i = 0; i < VIEWS; i++)
		column = canvas_put(canvas, last, column,
				    (int)top->view == i ? STYLE_HEADING :
							  STYLE_PLAIN,
				    "%d %s", i + 1, view_names[i]) + 1;
	canvas_put(canvas, last, column, STYLE_PLAIN, "%s",
		   top->recording.count ? " space play  <- -> step  ? help" :
					  " space freeze  n step  ? help  q quit");
}

static void draw_help(struct canvas *canvas, int row)
{
	static const char *const lines[] = {
		"1 2 3 4 5     segments, buddy, slab, latency, oom",
		"up down       select a segment, or scroll; also k j, PgUp PgDn, Home End",
		"< >           sort by the column to the left, to the right",
		"r             the other way round",
		"space         freeze the screen, or let it go on",
		"n             one step, while it is frozen",
		"+ -           refresh more often, less often",
		"p l m a       of the selected segment: policy, most and least memory, adj",
		"<- ->         playing: one sample back, one on; [ ] to the first, the last",
		"? h           this, or back",
		"q             quit",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (row + (int)i < canvas->rows - 1)
			canvas_put(canvas, row + (int)i, 0, STYLE_PLAIN, "%s",
				   lines[i]);
}

void top_render(struct top *top, struct canvas *canvas)
{
	static void (*const views[VIEWS])(struct top *top, struct canvas *canvas,
					  int row) = {
		view_segments, view_buddy, view_slab, view_latency, view_oom,
	};

	draw_title(top, canvas);
	draw_pool(top, canvas);
	draw_rates(top, canvas);
	if (top->help)
		draw_help(canvas, TOP_HEADER + 1);
	else
		views[top->view](top, canvas, TOP_HEADER + 1);
	draw_keys(top, canvas);
}
