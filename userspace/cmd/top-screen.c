// SPDX-License-Identifier: GPL-2.0
/* kpager top on a terminal, through ncurses. */
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attribute.h"
#include "kpager.h"
#include "output.h"
#include "top.h"

#define MS	1000000ull

/* Bounds of the interval that keys can choose. */
#define INTERVAL_SHORT	(100 * MS)
#define INTERVAL_LONG	(60000 * MS)

static const short style_colours[STYLES] = {
	[STYLE_GOOD] = COLOR_GREEN,
	[STYLE_NOTE] = COLOR_YELLOW,
	[STYLE_BAD] = COLOR_RED,
	[STYLE_FREE] = COLOR_GREEN,
	[STYLE_USED] = COLOR_CYAN,
	[STYLE_SLAB] = COLOR_MAGENTA,
};

static attr_t style_attributes(uint8_t style, bool colours)
{
	switch (style) {
	case STYLE_STRONG:
		return A_BOLD;
	case STYLE_HEADING:
		return A_REVERSE;
	case STYLE_SELECTED:
		return A_REVERSE | A_BOLD;
	case STYLE_BAD:
		return A_BOLD | (colours ? COLOR_PAIR(style) : 0);
	case STYLE_PLAIN:
		return A_NORMAL;
	default:
		return colours ? COLOR_PAIR(style) : A_NORMAL;
	}
}

static bool start_colours(void)
{
	short i;

	if (!output_colour() || !has_colors() || start_color() == ERR)
		return false;
	use_default_colors();
	for (i = 1; i < STYLES; i++)
		init_pair(i, style_colours[i] ? style_colours[i] : -1, -1);
	return true;
}

static void draw(struct top *top, bool colours)
{
	struct canvas *canvas;
	int row, column;

	erase();
	if (LINES < TOP_ROWS || COLS < TOP_COLUMNS) {
		mvprintw(0, 0, "%dx%d: too small", COLS, LINES);
		mvprintw(1, 0, "(%dx%d)", TOP_COLUMNS, TOP_ROWS);
		refresh();
		return;
	}
	canvas = canvas_new(LINES, COLS);
	top_render(top, canvas);
	for (row = 0; row < LINES; row++)
		for (column = 0; column < COLS; column++) {
			int cell = row * COLS + column;

			mvaddch(row, column,
				(chtype)(unsigned char)canvas->text[cell] |
				style_attributes(canvas->styles[cell], colours));
		}
	canvas_free(canvas);
	refresh();
}

/*
 * Ask for a value on the last line.
 *
 * Return: false if the user gave it up.
 */
static bool ask(const char *question, char value[ATTRIBUTE_SIZE])
{
	int status;

	timeout(-1);
	move(LINES - 1, 0);
	clrtoeol();
	attron(A_BOLD);
	printw("%s", question);
	attroff(A_BOLD);
	echo();
	curs_set(1);
	status = getnstr(value, ATTRIBUTE_SIZE - 1);
	curs_set(0);
	noecho();
	return status == OK && *value;
}

/**
 * struct tunable - an attribute that a key changes
 * @key: the key
 * @name: of the attribute
 * @size: it is a size, which the kernel wants in pages
 */
static const struct tunable {
	int key;
	const char *name;
	bool size;
} tunables[] = {
	{ 'p', "policy", false },
	{ 'l', "resident_max", true },
	{ 'm', "resident_min", true },
	{ 'a', "adj", false },
};

static void change(struct top *top, const struct tunable *tunable)
{
	char value[ATTRIBUTE_SIZE], old[ATTRIBUTE_SIZE], question[256];
	const char *selected = top_selected(top);
	char name[sizeof(top->selected)];
	int ret;

	if (!selected || top->recording.count) {
		snprintf(top->message, sizeof(top->message), "%s",
			 selected ? "a recording cannot be changed" :
				    "there is no segment to change");
		return;
	}
	snprintf(name, sizeof(name), "%s", selected);
	ret = attribute_read(name, tunable->name, old);
	if (ret) {
		snprintf(top->message, sizeof(top->message),
			 "read on %s of %s: %s", tunable->name, name,
			 ret == -ENOENT ? "this module has no such attribute" :
					  strerror(-ret));
		return;
	}
	snprintf(question, sizeof(question), "%s of %s is %s%s, make it: ",
		 tunable->name, name, old,
		 tunable->size ? " pages (a number, or a size like 64M)" : "");
	if (!ask(question, value))
		return;
	if (tunable->size)
		attribute_pages(value);
	ret = attribute_write(name, tunable->name, value);
	if (ret)
		snprintf(top->message, sizeof(top->message),
			 "write on %s of %s: %s", tunable->name, name,
			 ret == -EACCES ? "not permitted (root's privileges are needed)" :
					  strerror(-ret));
	else
		snprintf(top->message, sizeof(top->message), "%s of %s is %s now",
			 tunable->name, name, value);
}

static void set_view(struct top *top, enum view view)
{
	top->view = view;
	top->first = 0;
}

static void set_interval(struct top *top, bool longer)
{
	uint64_t interval = longer ? top->pace.interval * 2 :
				     top->pace.interval / 2;

	if (interval >= INTERVAL_SHORT && interval <= INTERVAL_LONG)
		top->pace.interval = interval;
	snprintf(top->message, sizeof(top->message), "every %.3g seconds",
		 (double)top->pace.interval / 1e9);
}

static void set_sort(struct top *top, int by)
{
	int sort = (int)top->sort + by;

	if (sort >= 0 && sort < SORTS)
		top->sort = (enum sort)sort;
}

/* Lines that a page has. */
static int page(void)
{
	return LINES > TOP_HEADER + 4 ? LINES - TOP_HEADER - 4 : 1;
}

static void step(struct top *top, long by)
{
	size_t last;

	if (!top->recording.count) {
		if (by > 0)
			top_take(top, false);
		return;
	}
	last = top->recording.count - 1;
	if (by < 0 && top->position < (size_t)-by)
		top_show(top, 0);
	else if (by > 0 && last - top->position < (size_t)by)
		top_show(top, last);
	else
		top_show(top, (size_t)((long)top->position + by));
}

/* Keys that only look elsewhere. Return: was it one? */
static bool handle_motion(struct top *top, int key)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		top_move(top, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		top_move(top, 1);
		return true;
	case KEY_PPAGE:
		top_move(top, -page());
		return true;
	case KEY_NPAGE:
		top_move(top, page());
		return true;
	case KEY_HOME:
		top_move(top, -1000000);
		return true;
	case KEY_END:
		top_move(top, 1000000);
		return true;
	case KEY_LEFT:
		step(top, -1);
		return true;
	case KEY_RIGHT:
	case 'n':
		step(top, 1);
		return true;
	case '[':
		step(top, -1000000000);
		return true;
	case ']':
		step(top, top->recording.count ? 1000000000 : 0);
		return true;
	default:
		return false;
	}
}

/* Return: false to end. */
static bool handle(struct top *top, int key)
{
	size_t i;

	if (key != KEY_RESIZE)
		*top->message = '\0';
	if (handle_motion(top, key))
		return true;
	for (i = 0; i < sizeof(tunables) / sizeof(tunables[0]); i++)
		if (tunables[i].key == key)
			change(top, &tunables[i]);
	if (key >= '1' && key < '1' + VIEWS)
		set_view(top, (enum view)(key - '1'));
	switch (key) {
	case 'q':
		return false;
	case ' ':
		top->frozen = !top->frozen;
		break;
	case '<':
		set_sort(top, -1);
		break;
	case '>':
		set_sort(top, 1);
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case '+':
		set_interval(top, false);
		break;
	case '-':
		set_interval(top, true);
		break;
	case '?':
	case 'h':
		top->help = !top->help;
		break;
	}
	/* A view that needs other files has them at once. */
	if (key >= '1' && key < '1' + VIEWS && !top->recording.count)
		top_take(top, false);
	return true;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

/* Time passed: the next sample. */
static void advance(struct top *top)
{
	if (top->frozen)
		return;
	if (!top->recording.count)
		top_take(top, false);
	else if (top->position + 1 < top->recording.count)
		top_show(top, top->position + 1);
	else
		top->frozen = true;
}

static void run(struct top *top)
{
	bool colours = start_colours();
	uint64_t next = now() + top->pace.interval;

	for (;;) {
		uint64_t t;
		int key;

		draw(top, colours);
		t = now();
		timeout(t < next ? (int)((next - t) / MS + 1) : 0);
		key = getch();
		if (key != ERR && !handle(top, key))
			return;
		if (now() < next)
			continue;
		advance(top);
		next = now() + top->pace.interval;
	}
}

int top_screen(struct top *top)
{
	const char *terminal = getenv("TERM");
	SCREEN *screen;
	int ret;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fprintf(stderr, "kpager: top: this is no terminal: the screen once, as text (--once)\n");
		return -1;
	}
	if (!top->recording.count) {
		ret = top_take(top, true);
		if (ret)
			return ret;
	}
	/* curses would try, with a terminal that cannot move its cursor. */
	screen = !terminal || !strcmp(terminal, "dumb") ? NULL :
		 newterm(NULL, stdout, stdin);
	if (!screen) {
		fprintf(stderr, "kpager: top: terminal '%s' can show no screen: once, as text (--once)\n",
			terminal ? terminal : "");
		return -1;
	}
	if (LINES < TOP_ROWS || COLS < TOP_COLUMNS) {
		int rows = LINES, columns = COLS;

		endwin();
		delscreen(screen);
		fprintf(stderr, "kpager: top: the terminal has %d columns and %d lines, a screen needs %d and %d: once, as text (--once)\n",
			columns, rows, TOP_COLUMNS, TOP_ROWS);
		return -1;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	if (!top->pace.interval)
		top->pace.interval = 1000 * MS;
	run(top);
	endwin();
	delscreen(screen);
	return EXIT_DONE;
}
