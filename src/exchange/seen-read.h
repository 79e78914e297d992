/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SEEN_READ_H
#define LW_SEEN_READ_H

#include <jansson.h>
#include <lanewise/exchange.h>

/** @file What all readers of a device's JSON do with what they find. */

struct seen_reading {
	struct lw_seen *s;
	const char *device, *file; /* in the arena of `s` */
};

/** What a listing says of a plug; "" where it says nothing. */
struct seen_words {
	const char *form, *vendor, *part, *serial;
	double length_m; /* NaN: not said */
};

/** A command of data/shows.csv whose JSON is known. */
struct seen_show {
	const char *system, *command;
	bool plugs;        /* it lists plugs, else neighbours */
	const char *path;  /* to its rows, see seen-show.c */
	const char *port;  /* field of a row; "": what the path caught */
	const char *strip; /* "Eth" of Eth1/1 */
	const char *names; /* "et-%|xe-%": what the port may be called */
	const char *device, *far, *form, *vendor, *part, *serial, *length;
	const char *none; /* the vendor of an empty cage */
	const char *confidence, *ref;
};

extern const struct seen_show lw_seen_shows[];
extern const size_t lw_seen_shows_n;

/** Tell of a port that the plan does not know. */
int lw_seen_note_unknown(struct seen_reading *r, const char *port);
/** @param at  as lw_seen_port() gives it */
int lw_seen_note_far(struct seen_reading *r, uint32_t at, const char *device, const char *port);
int lw_seen_note_plug(struct seen_reading *r, uint32_t at, const struct seen_words *w);
/** The device's plugs were listed: what is not among them is missing. */
void lw_seen_note_listed(struct seen_reading *r);

/** Read the output of a command of data/shows.csv. @return 1, 0: it is none, or LW_ENOMEM */
int lw_seen_read_show(struct seen_reading *r, json_t *root);

#endif
