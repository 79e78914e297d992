/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_HISTORY_INTERNAL_H
#define LW_HISTORY_INTERNAL_H

#include <lanewise/history.h>
#include <sqlite3.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   INT64_C(3600000)

/* Statements that are prepared once; their texts are in history.c. */
enum statement {
	ADD_RAW,
	ADD_SERIES,
	FIND_SERIES,
	ADD_EVENT,
	ADD_SHOT,
	ADD_MODULE,
	ADD_LIMIT,
	ROLL_MINUTES,
	ROLL_HOURS,
	DROP_RAW,
	DROP_MINUTES,
	DROP_HOURS,
	DROP_EVENTS,
	DROP_SHOTS,
	UNDO_RAW,
	UNDO_MINUTES,
	UNDO_HOURS,
	SET_ROLLED,
	STATEMENTS,
};

/* A cage as it was last looked at. */
struct seen_cage {
	struct lw_readings readings[2]; /* the newest and the one before; at {0}: none */
	int64_t *series;                /* by quantity and lane, 0: not known yet */
	int64_t kept_ms;                /* last reading that was kept */
	bool in, limited;
	char who[64];     /* vendor, part number and serial number, with "|" between */
	int64_t after[4]; /* events that wait for the first reading afterwards */
	struct lw_mono since[4];
	unsigned after_n;
};

struct seen_link {
	char *id;
	bool up;
	unsigned flaps;
	int64_t before;      /* flaps of earlier runs */
	uint32_t flag[2][3]; /* of lanes at each end: no signal, no lock, transmitter failed */
};

struct lw_history {
	sqlite3 *db;
	char path[256];
	sqlite3_stmt *stmt[STATEMENTS];
	struct lw_history_options opt;
	bool open;                  /* a transaction is */
	int64_t began_ms;           /* when it was opened */
	int64_t newest_ms;          /* of all readings */
	int64_t minute_ms, hour_ms; /* averages are made of all before */
	struct seen_cage *cage;
	size_t cage_n;
	struct seen_link *link;
	size_t link_n;
	const struct lw_engine *engine;
};

int lw_history_failed(struct lw_history *h, struct lw_error *reterr);
/* Bind by the letters of `types` (i: int64_t, d: double, s: text) and step to the end. */
int lw_history_do(struct lw_history *h, enum statement s, struct lw_error *reterr,
		  const char *types, ...);
/* The id of a series, made if there is none. */
int lw_history_id(struct lw_history *h, const struct lw_history_key *key, int64_t *ret,
		  struct lw_error *reterr);
int lw_history_begin(struct lw_history *h, int64_t now_ms, struct lw_error *reterr);
/* Whether what was begun at `began` must be committed; also when the clock went back since. */
bool lw_history_due(const struct lw_history *h, int64_t now_ms);
/* The clock was set back for good: what is later than now never was. */
int lw_history_set_back(struct lw_history *h, int64_t now_ms, struct lw_error *reterr);
/* One number of one row; `ret` is left alone when there is none. */
int lw_history_number(struct lw_history *h, const char *sql, int64_t *ret, struct lw_error *reterr);
/* A query that is not kept: begun, and ended with what its last step said; `full`: no memory. */
int lw_history_prepare(struct lw_history *h, const char *sql, sqlite3_stmt **ret,
		       struct lw_error *reterr);
int lw_history_end(struct lw_history *h, sqlite3_stmt *stmt, int step, bool full,
		   struct lw_error *reterr);

/* trend.c: pure */
struct trend_line {
	double at_end, slope, error; /* 1.96 standard errors, corrected for what resembles itself */
	bool stepped;                /* two levels fit better than the line */
	double lately;               /* average of the last LW_TREND_LATELY points, of one z */
};
/*
 * Least squares through n >= 3 points that rise in x. With `z` of each point the slope is what is
 * left when y follows z too, and the line is that of the average z. NULL: it follows nothing.
 */
void lw_trend_fit(const double *x, const double *y, const double *z, size_t n,
		  struct trend_line *ret);
void lw_trend_judge(struct lw_history_trend *t, const struct trend_line *line,
		    const double limit[4]);

#endif
