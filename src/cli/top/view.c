/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include "link.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines around the list: two of head, the columns' names, and the keys. */
#define HEAD 3
#define FOOT 1
/* Below the list, if there is room: the chosen link's cause and what to do, the last changes. */
#define PANE        8
#define PANE_EVENTS 3
#define PANE_FROM   20 /* lines of the terminal */

/* Errors before FEC are shown on screens of so many columns. */
#define WIDE      96
#define BER_WIDTH 7

const char *const top_sort_names[TOP_SORTS] = {"state",  "name", "change",
					       "margin", "heat", "flaps"};

static bool holds(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; *text; text++) {
		size_t i = 0;

		while (i < n && text[i] &&
		       tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
			i++;
		if (i == n)
			return true;
	}
	return !n;
}

/* Less than 0: a comes first. What is not known comes last. */
static int by_number(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

static int by_state(const struct top_row *a, const struct top_row *b)
{
	int r = (a->state > b->state) - (a->state < b->state);

	if (!r && a->state < TOP_UP) /* what went wrong last comes first */
		r = by_number(-a->since_s, -b->since_s);
	return r;
}

static int compare(const struct top_row *a, const struct top_row *b, enum top_sort sort)
{
	int r = 0;

	switch (sort) {
	case TOP_BY_CHANGE:
		r = by_number(-a->since_s, -b->since_s);
		break;
	case TOP_BY_MARGIN:
		r = by_number(a->margin_db, b->margin_db);
		break;
	case TOP_BY_HEAT:
		r = by_number(-a->celsius, -b->celsius);
		break;
	case TOP_BY_FLAPS:
		r = by_number(-a->flaps, -b->flaps);
		break;
	case TOP_BY_STATE:
		r = by_state(a, b);
		break;
	default:
		break;
	}
	return r;
}

struct order {
	const struct top_view *view;
	const struct top_row *row;
	size_t number; /* in the daemon's order, which is the fabric's */
};

static int on_compare(const void *x, const void *y)
{
	const struct order *a = x, *b = y;
	int r = compare(a->row, b->row, a->view->sort);

	if (!r)
		r = (a->number > b->number) - (a->number < b->number);
	return a->view->reverse ? -r : r;
}

static bool passes(const struct top_view *v, const struct top_row *r)
{
	return holds(r->id, v->filter) || holds(top_state_names[r->state], v->filter) ||
	       holds(r->cause, v->filter) || holds(r->text, v->filter);
}

struct top_row *top_view_rows(const struct top_view *v, const struct top_model *m, size_t *ret_n)
{
	size_t all, n = 0;
	struct top_row *rows = top_rows(m, &all), *sorted = all ? calloc(all, sizeof(*rows)) : NULL;
	struct order *order = sorted ? calloc(all, sizeof(*order)) : NULL;

	for (size_t i = 0; order && i < all; i++)
		if (passes(v, &rows[i])) {
			order[n] = (struct order){v, &rows[i], n};
			n++;
		}
	if (n)
		qsort(order, n, sizeof(*order), on_compare);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *order[i].row;
	free(order);
	free(rows);
	*ret_n = n;
	return sorted;
}

/* Where the cursor is; 0 when its link is not among the rows. */
static size_t cursor_of(const struct top_view *v, const struct top_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].id, v->chosen) == 0)
			return i;
	return 0;
}

static void choose(struct top_view *v, const struct top_row *rows, size_t n, size_t at)
{
	if (n)
		snprintf(v->chosen, sizeof(v->chosen), "%s", rows[at < n ? at : n - 1].id);
}

static unsigned pane_of(const struct top_view *v)
{
	return v->height >= PANE_FROM ? PANE : 0;
}

static unsigned room_of(const struct top_view *v)
{
	unsigned around = HEAD + FOOT + (v->screen == TOP_LIST ? pane_of(v) : 0);

	return v->height > around ? v->height - around : 1;
}

static void move_cursor(struct top_view *v, const struct top_model *m, int key)
{
	size_t n, at, page = room_of(v);
	struct top_row *rows = top_view_rows(v, m, &n);

	at = cursor_of(v, rows, n);
	if (key == TOP_KEY_UP)
		at -= at > 0;
	else if (key == TOP_KEY_DOWN)
		at++;
	else if (key == TOP_KEY_PAGE_UP)
		at -= at < page ? at : page;
	else if (key == TOP_KEY_PAGE_DOWN)
		at += page;
	else if (key == TOP_KEY_HOME)
		at = 0;
	else if (key == TOP_KEY_END)
		at = n;
	choose(v, rows, n, at);
	if (key == TOP_KEY_ENTER && n) {
		v->screen = TOP_LINK;
		v->first = 0;
	}
	free(rows);
}

static void scroll(struct top_view *v, int key)
{
	unsigned page = room_of(v);

	if (key == TOP_KEY_UP)
		v->first -= v->first > 0;
	else if (key == TOP_KEY_DOWN)
		v->first++;
	else if (key == TOP_KEY_PAGE_UP)
		v->first -= v->first < page ? v->first : page;
	else if (key == TOP_KEY_PAGE_DOWN)
		v->first += page;
	else if (key == TOP_KEY_HOME)
		v->first = 0;
	else if (key == TOP_KEY_END)
		v->first = UINT16_MAX;
}

static void type(struct top_view *v, int key)
{
	size_t n = strlen(v->filter);

	if (key == TOP_KEY_ESCAPE)
		v->filter[0] = '\0';
	if (key == TOP_KEY_ESCAPE || key == TOP_KEY_ENTER)
		v->typing = false;
	else if (key == TOP_KEY_BACK && n)
		v->filter[n - 1] = '\0';
	else if (key >= ' ' && key <= '~' && n < TOP_FILTER_MAX) {
		v->filter[n] = (char)key;
		v->filter[n + 1] = '\0';
	}
}

static int as_movement(int key)
{
	switch (key) {
	case 'k':
		return TOP_KEY_UP;
	case 'j':
		return TOP_KEY_DOWN;
	case 'g':
		return TOP_KEY_HOME;
	case 'G':
		return TOP_KEY_END;
	case ' ':
		return TOP_KEY_PAGE_DOWN;
	default:
		return key;
	}
}

static void list_key(struct top_view *v, const struct top_model *m, int key)
{
	switch (key) {
	case '/':
		v->typing = true;
		break;
	case 's':
		v->sort = (v->sort + 1) % TOP_SORTS;
		v->first = 0;
		v->chosen[0] = '\0';
		break;
	case 'r':
		v->reverse = !v->reverse;
		v->first = 0;
		v->chosen[0] = '\0';
		break;
	case TOP_KEY_ESCAPE:
		v->filter[0] = '\0';
		break;
	default:
		if (key >= 0x100)
			move_cursor(v, m, key);
	}
}

bool top_view_key(struct top_view *v, const struct top_model *m, int key)
{
	if (v->typing) {
		type(v, key);
		return true;
	}
	key = as_movement(key);
	if (v->screen == TOP_LIST && key == 'q')
		return false;
	if (v->screen != TOP_LIST && (key == 'q' || key == TOP_KEY_ESCAPE || key == TOP_KEY_BACK)) {
		v->screen = TOP_LIST;
		v->first = 0;
	} else if (key == '?' || key == 'h') {
		v->screen = TOP_HELP;
		v->first = 0;
	} else if (v->screen == TOP_LIST) {
		list_key(v, m, key);
	} else {
		scroll(v, key);
	}
	return true;
}

static enum top_style style_of(enum top_state s)
{
	return s == TOP_DOWN ? TOP_BAD : s == TOP_UP ? TOP_GOOD : s == TOP_OFF ? TOP_DIM : TOP_WARN;
}

/* Where the columns begin; the link and the cause share what the numbers leave. */
struct columns {
	unsigned link, rate, cause;
	bool ber; /* there is room for it, and somebody tells it */
};

static struct columns columns_of(const struct top_page *p, const struct top_row *rows, size_t n)
{
	const unsigned before = 14, cause = 13;
	unsigned longest = 8, most, between = 29;
	bool ber = false;

	for (size_t i = 0; i < n; i++) {
		if (strlen(rows[i].id) > longest)
			longest = (unsigned)strlen(rows[i].id);
		ber = ber || !isnan(rows[i].ber);
	}
	ber = ber && p->width >= WIDE;
	between += ber ? BER_WIDTH : 0;
	most = p->width > before + between + cause ? p->width - before - between - cause : 8;
	if (longest > most)
		longest = most > 8 ? most : 8;
	return (struct columns){before, before + longest + 1, before + longest + between, ber};
}

static void draw_columns(struct top_page *p, const struct columns *c)
{
	top_page_next(p);
	top_put(p, 0, TOP_BOLD, "STATE");
	top_put(p, 9, TOP_BOLD, "%4s", "FOR");
	top_put(p, c->link, TOP_BOLD, "LINK");
	top_put(p, c->rate, TOP_BOLD, "%5s%6s%6s%6s%3s", "RATE", "dBm", "MARG", "degC", "FL");
	if (c->ber)
		top_put(p, c->rate + 26, TOP_BOLD, "%*s", BER_WIDTH, "BER");
	top_put(p, c->cause, TOP_BOLD, "CAUSE");
}

static void put_number(struct top_page *p, unsigned at, unsigned width, unsigned places, double x)
{
	if (isnan(x))
		top_put(p, at, TOP_PLAIN, "%*s", (int)width, "-");
	else
		top_put(p, at, TOP_PLAIN, "%*.*f", (int)width, (int)places, x);
}

static void draw_row(struct top_page *p, const struct columns *c, const struct top_row *r,
		     double now_s)
{
	char span[8], rate[16];
	/* the sentence where there is room for it or for most of it, else its short name */
	bool wide = p->width >= c->cause + strlen(r->text) || p->width > c->cause + 40;

	top_page_next(p);
	top_put(p, 0, style_of(r->state), "%s", top_state_names[r->state]);
	top_put(p, 9, TOP_PLAIN, "%4s", top_span(now_s - r->since_s, span));
	top_put(p, c->link, TOP_PLAIN, "%.*s", (int)(c->rate - c->link - 1), r->id);
	top_put(p, c->rate, TOP_PLAIN, "%5s", top_rate(r->rate_mbps, rate));
	put_number(p, c->rate + 5, 6, 1, r->rx_dbm);
	put_number(p, c->rate + 11, 6, 1, r->margin_db);
	if (r->margin_db < 0)
		top_put(p, c->rate + 17, TOP_WARN, "!");
	put_number(p, c->rate + 18, 5, 0, r->celsius);
	put_number(p, c->rate + 23, 3, 0, r->flaps);
	if (c->ber && !isnan(r->ber))
		top_put(p, c->rate + 26, TOP_PLAIN, "%*.0e", BER_WIDTH, r->ber);
	top_put(p, c->cause, style_of(r->state), "%s", wide ? r->text : r->cause);
}

static void draw_head(const struct top_view *v, const struct top_model *m,
		      const struct top_status *s, struct top_page *p)
{
	const json_t *sum = m->list[TOP_SUMMARY];
	char span[8];
	unsigned at;

	top_page_next(p);
	top_page_paint(p, TOP_BAR);
	if (json_object_size(sum))
		top_put(p, 0, TOP_BAR,
			"lanewise top  %s  %.0f links: %.0f down, %.0f starting, %.0f up  since %s",
			top_text(sum, "fabric"), top_number(sum, "links"), top_number(sum, "down"),
			top_number(sum, "starting"), top_number(sum, "up"),
			top_span(s->now_s, span));
	else
		top_put(p, 0, TOP_BAR, "lanewise top");
	top_page_next(p);
	if (s->live)
		at = top_put(p, 0, TOP_GOOD, "live from ");
	else if (!s->trouble)
		at = top_put(p, 0, TOP_WARN, "connecting to ");
	else
		at = top_put(p, 0, TOP_BAD,
			     json_object_size(sum) ? "LOST, this is old: " : "no daemon at ");
	at = top_put(p, at, TOP_PLAIN, "%s%s%s", s->source, s->trouble ? ": " : "",
		     s->trouble ? s->trouble : "");
	if (s->trouble && !json_object_size(sum))
		at = top_put(p, at, TOP_PLAIN, "; %s", TOP_WHERE);
	else
		at = top_put(p, at + 2, TOP_DIM, "sorted by %s%s", top_sort_names[v->sort],
			     v->reverse ? ", reversed" : "");
	if (v->typing || v->filter[0])
		top_put(p, at + 2, TOP_BOLD, "filter: %s%s", v->filter, v->typing ? "_" : "");
}

static void draw_events(const struct top_model *m, const struct top_status *s, unsigned lines,
			struct top_page *p)
{
	const json_t *events = m->list[TOP_EVENTS], *sum = m->list[TOP_SUMMARY];
	size_t n = json_array_size(events);

	for (unsigned i = 0; i < lines; i++) {
		const json_t *e = i < n ? json_array_get(events, n - 1 - i) : NULL;
		double at_s = (top_number(e, "at_ms") - top_number(sum, "started_ms")) / 1000;
		char span[8];

		top_page_next(p);
		if (e)
			top_put(p, 0, TOP_PLAIN, "%4s ago  %s  %s -> %s  %s",
				top_span(s->now_s - at_s, span), top_text(e, "link"),
				top_text(e, "from"), top_text(e, "to"), top_text(e, "cause"));
	}
}

/* The chosen link's cause and what to do first; then what changed last. */
static void draw_pane(const struct top_model *m, const struct top_status *s,
		      const struct top_row *r, struct top_page *p)
{
	const json_t *causes = r ? top_object(top_object(r->doc, "why"), "causes") : NULL,
		     *c = json_array_get(causes, 0);
	unsigned begin = p->n, more = (unsigned)json_array_size(causes);
	char text[TOP_WIDTH_MAX];
	bool at_end = c && strcmp(top_text(c, "at"), r->id) != 0;

	top_page_next(p);
	if (r)
		top_put(p, 0, TOP_BOLD, "%s", r->id);
	top_page_next(p);
	if (c) {
		snprintf(text, sizeof(text), "%s%s%s%s", top_text(c, "text"), at_end ? ", at " : "",
			 at_end ? top_text(c, "at") : "",
			 more > 1 ? "; one of several causes" : "");
		top_put_wrapped(p, 2, 2, style_of(r->state), text);
	} else if (r) {
		top_put(p, 2, TOP_PLAIN, "%s",
			r->state == TOP_UP    ? "nothing is wrong with it"
			: r->state == TOP_OFF ? "it is not wanted"
					      : "no cause is known yet");
	}
	top_page_next(p);
	if (c)
		top_put_wrapped(p, top_put(p, 2, TOP_PLAIN, "do: "), 6, TOP_PLAIN,
				top_text(c, "first"));
	if (p->n > begin + PANE - PANE_EVENTS - 1) /* a long advice is cut; "enter" shows all */
		p->n = begin + PANE - PANE_EVENTS - 1;
	while (!p->failed && p->n < begin + PANE - PANE_EVENTS - 1)
		top_page_next(p);
	top_page_next(p);
	top_put(p, 0, TOP_BOLD, "changed last");
	draw_events(m, s, PANE_EVENTS, p);
}

static void draw_list(struct top_view *v, const struct top_model *m, const struct top_status *s,
		      struct top_page *p)
{
	size_t n, at;
	unsigned room = room_of(v);
	struct top_row *rows = top_view_rows(v, m, &n);
	struct columns c = columns_of(p, rows, n);

	at = cursor_of(v, rows, n);
	if (at < v->first)
		v->first = (unsigned)at;
	if (at >= v->first + room)
		v->first = (unsigned)at - room + 1;
	if (n <= room)
		v->first = 0;
	draw_columns(p, &c);
	for (size_t i = v->first; i < v->first + room; i++) {
		if (i >= n) {
			top_page_next(p);
			continue;
		}
		draw_row(p, &c, &rows[i], s->now_s);
		if (i == at)
			top_page_paint(p, TOP_CHOSEN);
	}
	if (!n && v->filter[0] && p->n > HEAD && !p->failed)
		top_put(p, 0, TOP_PLAIN, "no link has \"%s\" in its name, state or cause",
			v->filter);
	if (pane_of(v))
		draw_pane(m, s, n ? &rows[at] : NULL, p);
	free(rows);
}

static void draw_help(struct top_page *p)
{
	static const char *const text[] = {
		"Keys",
		"",
		"up, down, k, j        choose a link",
		"page up, page down    a screen on; g, G: first, last",
		"enter                 the chosen link: lanes end to end, cause, what to do",
		"escape, backspace     back to the list",
		"s                     sort by state, name, change, margin, heat, flaps",
		"r                     the other way round",
		"/                     show only links with these letters in name, state or cause",
		"q                     back, or leave",
		"",
		"Columns",
		"",
		"STATE   down, starting, at risk (up, with a cause for worry), up, off (not "
		"wanted)",
		"FOR     so long",
		"dBm     received power of the lane that is nearest to a limit, at either end",
		"MARG    dB to that limit (a warning of the module); less than 0, with !: beyond "
		"it",
		"degC    the hotter module",
		"BER     errors before FEC, of the worse end (where modules tell, and there is "
		"room)",
		"FL      how often the link went down",
	};

	for (unsigned i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		top_page_next(p);
		top_put(p, 0, text[i][0] && !strchr(text[i], ' ') ? TOP_BOLD : TOP_PLAIN, "%s",
			text[i]);
	}
}

/* Of a page of any length, the lines that fit; `first` is kept on it. */
static void draw_part(struct top_view *v, const struct top_page *whole, struct top_page *p)
{
	unsigned room = room_of(v) + 1; /* no names of columns here */
	unsigned most = whole->n > room ? whole->n - room : 0;

	if (v->first > most)
		v->first = most;
	for (unsigned i = v->first; i < v->first + room; i++) {
		top_page_next(p);
		if (i < whole->n && !p->failed)
			p->line[p->n - 1] = whole->line[i];
	}
}

static void draw_other(struct top_view *v, const struct top_model *m, const struct top_status *s,
		       struct top_page *p)
{
	struct top_page whole;

	top_page_init(&whole, p->width);
	if (v->screen == TOP_HELP) {
		draw_help(&whole);
	} else if (!top_link_draw(m, v->chosen, s->now_s, &whole)) {
		top_page_next(&whole);
		top_put(&whole, 0, TOP_PLAIN, "The link %s is no more.", v->chosen);
	}
	draw_part(v, &whole, p);
	top_page_finish(&whole);
}

void top_view_draw(struct top_view *v, const struct top_model *m, const struct top_status *s,
		   struct top_page *p)
{
	top_page_clear(p, v->width);
	draw_head(v, m, s, p);
	if (v->screen == TOP_LIST)
		draw_list(v, m, s, p);
	else
		draw_other(v, m, s, p);
	top_page_next(p);
	top_page_paint(p, TOP_BAR);
	if (v->typing)
		top_put(p, 0, TOP_BAR,
			"type letters of a name, state or cause; enter: keep, escape: show all");
	else if (v->screen == TOP_LIST)
		top_put(p, 0, TOP_BAR,
			"enter lanes and advice  s sort  r reverse  / filter  ? help  q quit");
	else
		top_put(p, 0, TOP_BAR, "up, down scroll  q back");
	if (p->n > v->height)
		p->n = v->height;
}

size_t top_view_print(const struct top_view *v, const struct top_model *m,
		      const struct top_status *s, struct top_page *p)
{
	const json_t *sum = m->list[TOP_SUMMARY];
	size_t n, down = 0;
	struct top_row *rows = top_view_rows(v, m, &n);
	struct columns c = columns_of(p, rows, n);

	top_page_next(p);
	top_put(p, 0, TOP_PLAIN, "%s: %.0f links: %.0f down, %.0f starting, %.0f up",
		top_text(sum, "fabric"), top_number(sum, "links"), top_number(sum, "down"),
		top_number(sum, "starting"), top_number(sum, "up"));
	draw_columns(p, &c);
	for (size_t i = 0; i < n; i++) {
		draw_row(p, &c, &rows[i], s->now_s);
		down += rows[i].state == TOP_DOWN;
	}
	free(rows);
	return down;
}
