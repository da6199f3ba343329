/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kpager top share. */
#ifndef KPAGER_TOP_H
#define KPAGER_TOP_H

#include "canvas.h"
#include "pace.h"
#include "sample.h"

enum view {
	VIEW_SEGMENTS,
	VIEW_BUDDY,
	VIEW_SLAB,
	VIEW_LATENCY,
	VIEW_OOM,
	VIEWS,
};

enum sort {
	SORT_NAME,
	SORT_RESIDENT,
	SORT_DIRTY,
	SORT_HIT,
	SORT_MINOR,
	SORT_MAJOR,
	SORT_EVICT,
	SORT_WRITE,
	SORT_STALL,
	SORT_THRASH,
	SORT_POLICY,
	SORTS,
};

/* Lines above the view: title, pool bar, two of rates. */
#define TOP_HEADER	4
/* The smallest screen that is drawn on. */
#define TOP_ROWS	10
#define TOP_COLUMNS	40

/* Most segments on a screen. */
#define TOP_VISIBLE	1024

/**
 * struct top - what is on the screen, and what the user wants there
 * @view: what is shown
 * @sort: by what the segments are sorted
 * @reverse: the other way round
 * @selected: name of the selected segment; "" for the first
 * @first: first line of the list that is shown
 * @pace: how often the screen is refreshed
 * @frozen: it is not
 * @now: the sample that is shown
 * @before: the one before it, or @now
 * @recording: what is played; its count is 0 if nothing is
 * @position: which of its samples is shown
 * @visible: segments whose own statistics are wanted
 * @n_visible: how many
 * @message: below everything
 * @help: the keys are explained instead of anything shown
 */
struct top {
	enum view view;
	enum sort sort;
	bool reverse;
	char selected[64];
	size_t first;
	struct pace pace;
	bool frozen;
	struct sample *now;
	struct sample *before;
	struct recording recording;
	size_t position;
	char visible[TOP_VISIBLE][64];
	size_t n_visible;
	char message[256];
	bool help;
};

/* top_render - draw the screen; @top->first follows the selected segment */
void top_render(struct top *top, struct canvas *canvas);

/*
 * top_move - select another segment, @by lines below the selected, or scroll
 */
void top_move(struct top *top, long by);

/* top_selected - name of the selected segment, or NULL if there is none */
const char *top_selected(const struct top *top);

/* The views, on the lines from @row on; they may use all below it but one. */
void view_segments(struct top *top, struct canvas *canvas, int row);
void view_buddy(struct top *top, struct canvas *canvas, int row);
void view_slab(struct top *top, struct canvas *canvas, int row);
void view_latency(struct top *top, struct canvas *canvas, int row);
void view_oom(struct top *top, struct canvas *canvas, int row);

/*
 * top_screen - show it on the terminal until the user has seen enough
 *
 * Return: an exit code, or -1 if the terminal can show no screen.
 */
int top_screen(struct top *top);

/*
 * top_take - take a sample with what the view needs; it becomes top->now
 *
 * Return: 0, or an exit code after a message if @say, else with @top->message
 * set.
 */
int top_take(struct top *top, bool say);

/* top_show - show a sample of the recording */
void top_show(struct top *top, size_t position);

#endif /* KPAGER_TOP_H */
