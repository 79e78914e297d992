/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_MODEL_H
#define LW_CLI_TOP_MODEL_H

#include <jansson.h>
#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a daemon has said (docs/daemon.md): its documents of links and cages by their ids, its
 * summary, the last events. Whatever else a document may be, reading it is safe: what has another
 * type than expected reads as if it were not there. Pure.
 */

/* Lists that a client loads, in the order of `top_list_names`. */
enum top_list { TOP_SUMMARY, TOP_LINKS, TOP_CAGES, TOP_EVENTS, TOP_LISTS };

extern const char *const top_list_names[TOP_LISTS]; /* "summary", "links" ...: behind /api/v1/ */

struct top_model {
	json_t *list[TOP_LISTS]; /* summary: object; links, cages: objects by id; events: array */
	uint64_t changes;        /* counts what was put */
};

int top_model_init(struct top_model *m);
void top_model_finish(struct top_model *m);

/* Everything of one kind, in the place of what was there. @return 0 or LW_EINVAL */
int top_model_load(struct top_model *m, enum top_list which, const char *text, size_t n,
		   struct lw_error *reterr);

/*
 * A message of the stream.
 * @return 0; 1: all has to be loaded anew; LW_EINVAL: it makes no sense
 */
int top_model_event(struct top_model *m, const char *event, const char *text, size_t n,
		    struct lw_error *reterr);

/* The text, number or list behind a key; "", NAN or an empty list where there is none. */
const char *top_text(const json_t *o, const char *key);
double top_number(const json_t *o, const char *key);
const json_t *top_object(const json_t *o, const char *key);

/* In the order in which they should be looked at. */
enum top_state { TOP_DOWN, TOP_STARTING, TOP_RISK, TOP_UP, TOP_OFF, TOP_STATES };

extern const char *const top_state_names[TOP_STATES]; /* "down", "starting", "at risk" ... */

/* One link in numbers; borrows from the model until it is changed. Powers of the lane that is
 * nearest to a limit, at whichever end. NAN: not known. */
struct top_row {
	const char *id;
	const json_t *doc;
	enum top_state state;
	double since_s, rate_mbps, flaps;
	double rx_dbm, margin_db, celsius;
	double ber;               /* before FEC, of the worse end */
	const char *cause, *text; /* name and sentence; "": none */
};

/* All links. @return array of *ret_n rows, to be freed; NULL without memory or links */
struct top_row *top_rows(const struct top_model *m, size_t *ret_n);

/* A reading of a media lane (from 1) of a cage; lane 0: of the module. */
struct top_reading {
	double value, low_alarm, low_warning, high_warning, high_alarm;
	const char *unit;
};

struct top_reading top_reading(const struct top_model *m, const char *cage, const char *quantity,
			       unsigned lane);

/* Errors before FEC at one of the `ends` of a link: of a path, which counts as its first host lane.
 */
struct top_reading top_ber(const struct top_model *m, const json_t *end);

/* "", "!" beyond a warning, "!!" beyond an alarm. */
const char *top_mark(const struct top_reading *r);

double top_dbm(double watts);

#endif
