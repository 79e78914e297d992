/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLANNER_LINE_H
#define LW_PLANNER_LINE_H

#include "planner-internal.h"

/*
 * Lists of a plan have a row for each link and may have a million: numbers and names are written
 * into a line by hand, and what a class has in common is made once.
 */
struct line {
	char text[2048];
	size_t n;
};

void lw_line_put(struct line *l, const char *s);
void lw_line_put_u(struct line *l, uint64_t v);
/** A name from the user's file: quoted when a comma or quote would break the row. */
void lw_line_put_name(struct line *l, const char *s);

/** Metres, to the centimetre, without zeroes at the end. */
void lw_line_put_metres(struct line *l, double m);

#endif
