/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_VIEW_H
#define LW_CLI_TOP_VIEW_H

#include "model.h"
#include "page.h"

/*
 * What is seen of a model: the list of links, one link end to end, or the keys. Keys change the
 * view, drawing makes lines of it. Pure: the clock is passed in.
 */

enum top_sort {
	TOP_BY_STATE,
	TOP_BY_NAME,
	TOP_BY_CHANGE,
	TOP_BY_MARGIN,
	TOP_BY_HEAT,
	TOP_BY_FLAPS,
	TOP_SORTS
};

extern const char *const top_sort_names[TOP_SORTS]; /* "state", "name" ... as --sort has them */

enum top_screen { TOP_LIST, TOP_LINK, TOP_HELP };

enum top_key {
	TOP_KEY_ESCAPE = 27,
	TOP_KEY_UP = 0x100,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_BACK,
	TOP_KEY_ENTER,
};

#define TOP_FILTER_MAX 60
#define TOP_ID_MAX     256

/* What to do when no daemon is there. */
#define TOP_WHERE                                                                                  \
	"is lanewised running? Start it, or say with --socket PATH or --url URL where it is"

struct top_view {
	unsigned width, height;
	enum top_screen screen;
	enum top_sort sort;
	bool reverse;
	char filter[TOP_FILTER_MAX + 1]; /* letters of an id, state or cause, in either case */
	bool typing;                     /* keys go into the filter */
	char chosen[TOP_ID_MAX];         /* id of the link under the cursor; "": the first */
	unsigned first;                  /* row or line that is shown first */
};

/* How the model came here. */
struct top_status {
	const char *source;  /* path or URL */
	bool live;           /* what is shown is so now */
	const char *trouble; /* why not; NULL: nothing was heard yet */
	double now_s;        /* the daemon's clock, as far as it is known */
};

/* Rows that pass the filter, sorted. @return as top_rows() */
struct top_row *top_view_rows(const struct top_view *v, const struct top_model *m, size_t *ret_n);

/* @return false: the user wants to leave */
bool top_view_key(struct top_view *v, const struct top_model *m, int key);

/* A screen of width x height. Moves what is shown so that the chosen link is seen. */
void top_view_draw(struct top_view *v, const struct top_model *m, const struct top_status *s,
		   struct top_page *p);

/* All rows, with a head, for a pipe. @return how many links are down */
size_t top_view_print(const struct top_view *v, const struct top_model *m,
		      const struct top_status *s, struct top_page *p);

#endif
