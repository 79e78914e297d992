/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal, by curses: it sends only what differs, so nothing flickers. */
#include "screen.h"

#include "interrupt.h"

#include <curses.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A busy daemon is drawn at most so often. */
#define DRAW_MS 100
/* Keys that begin with an escape come within. */
#define ESCAPE_MS 25

int64_t top_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct top_status top_status_of(const struct top_feed *f, int64_t now_ms)
{
	return (struct top_status){.source = f->source,
				   .live = f->heard_ms && !f->trouble[0],
				   .trouble = f->trouble[0] ? f->trouble : NULL,
				   .now_s = top_feed_now_s(f, now_ms)};
}

static void init_colours(void)
{
	if (getenv("NO_COLOR") || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(TOP_GOOD, COLOR_GREEN, -1);
	init_pair(TOP_WARN, COLOR_YELLOW, -1);
	init_pair(TOP_BAD, COLOR_RED, -1);
}

static attr_t attribute(enum top_style s)
{
	switch (s) {
	case TOP_BOLD:
		return A_BOLD;
	case TOP_DIM:
		return A_DIM;
	case TOP_BAR:
	case TOP_CHOSEN:
		return A_REVERSE;
	case TOP_GOOD:
	case TOP_WARN:
		return (attr_t)COLOR_PAIR(s);
	case TOP_BAD:
		return (attr_t)COLOR_PAIR(s) | A_BOLD;
	default:
		return A_NORMAL;
	}
}

static void paint(const struct top_page *p)
{
	erase();
	for (unsigned y = 0; y < p->n; y++) {
		const struct top_line *l = &p->line[y];

		for (unsigned x = 0; x < l->n;) {
			unsigned end = x + 1;

			while (end < l->n && l->style[end] == l->style[x])
				end++;
			attrset((int)attribute(l->style[x]));
			/* the last cell of all would scroll the screen on old terminals: curses
			 * knows, and reports an error for what it did */
			(void)mvaddnstr((int)y, (int)x, l->text + x, (int)(end - x));
			x = end;
		}
	}
	attrset(A_NORMAL);
	refresh();
}

static int key_of(int c)
{
	switch (c) {
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_PPAGE:
		return TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return TOP_KEY_HOME;
	case KEY_END:
		return TOP_KEY_END;
	case KEY_BACKSPACE:
	case '\b':
	case 127:
		return TOP_KEY_BACK;
	case KEY_ENTER:
	case '\n':
	case '\r':
		return TOP_KEY_ENTER;
	default:
		return c < 0x100 ? c : 0;
	}
}

/* @return false: the user leaves */
static bool keys(struct top_feed *f, struct top_view *v)
{
	int c;

	while ((c = getch()) != ERR) {
		if (c == 'L' - '@') /* Control-L */
			clearok(curscr, TRUE);
		if (!top_view_key(v, f->model, key_of(c)))
			return false;
	}
	return true;
}

static void loop(struct top_feed *f, struct top_view *v)
{
	struct pollfd fd[TOP_FEED_FDS + 1];
	struct top_page page;
	int64_t drawn = 0, now;
	uint64_t shown = 0;

	top_page_init(&page, 0);
	while (!cli_interrupted()) {
		int wait;

		now = top_now_ms();
		top_feed_run(f, now);
		if (now >= drawn + DRAW_MS) {
			struct top_status s = top_status_of(f, now);

			v->width = (unsigned)COLS;
			v->height = (unsigned)LINES;
			top_view_draw(v, f->model, &s, &page);
			paint(&page);
			drawn = now;
			shown = f->model->changes;
		}
		wait = top_feed_wait(f, now, fd);
		if (f->model->changes != shown && wait > drawn + DRAW_MS - now)
			wait = (int)(drawn + DRAW_MS - now);
		fd[TOP_FEED_FDS] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(fd, TOP_FEED_FDS + 1, wait) > 0 && fd[TOP_FEED_FDS].revents & POLLIN)
			drawn = 0; /* keys are answered at once */
		else if (fd[TOP_FEED_FDS].revents)
			break; /* the terminal is gone */
		if (!keys(f, v))
			break;
	}
	top_page_finish(&page);
}

int top_screen_run(struct top_feed *f, struct top_view *v, struct lw_error *reterr)
{
	SCREEN *s =
		isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? newterm(NULL, stdout, stdin) : NULL;

	if (!s)
		return lw_fail(
			reterr, LW_ENOTSUP,
			"this is no terminal that can be drawn on (TERM); --once prints once");
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	init_colours();
	cli_interrupt_catch();
	loop(f, v);
	cli_interrupt_release();
	endwin();
	delscreen(s);
	return 0;
}
