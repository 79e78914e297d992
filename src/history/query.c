/* SPDX-License-Identifier: Apache-2.0 */
/* Out of the file. Texts and arrays go into the caller's arena. */
#include "history-internal.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 2000

static int prepare(struct lw_history *h, const char *sql, sqlite3_stmt **ret,
		   struct lw_error *reterr)
{
	return sqlite3_prepare_v2(h->db, sql, -1, ret, NULL) == SQLITE_OK
		       ? 0
		       : lw_history_failed(h, reterr);
}

static void bind_key(sqlite3_stmt *stmt, const struct lw_history_key *key)
{
	sqlite3_bind_text(stmt, 1, key->cage, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 2, key->quantity, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(stmt, 3, key->lane);
}

/* Ends a query: `r` of the loop, or what SQLite says. */
static int end(struct lw_history *h, sqlite3_stmt *stmt, int step, bool full,
	       struct lw_error *reterr)
{
	int r = full                  ? lw_fail(reterr, LW_ENOMEM, "out of memory")
		: step == SQLITE_DONE ? 0
				      : lw_history_failed(h, reterr);

	sqlite3_finalize(stmt);
	return r;
}

#define OF_KEY                                                                                     \
	" WHERE series = (SELECT id FROM series WHERE cage = ?1 AND quantity = ?2 AND lane = ?3)"  \
	" AND t >= ?4 AND t < ?5 ORDER BY t"

static int points(struct lw_history *h, const struct lw_history_key *key, int64_t from, int64_t to,
		  enum lw_history_step step, struct lw_arena *arena, struct lw_history_point **ret,
		  size_t *ret_n, struct lw_error *reterr)
{
	static const char *const sql[] = {
		[LW_HISTORY_RAW] = "SELECT t, 1, v, v, v FROM raw" OF_KEY,
		[LW_HISTORY_MINUTE] = "SELECT t, n, lo, sum / n, hi FROM minute" OF_KEY,
		[LW_HISTORY_HOUR] = "SELECT t, n, lo, sum / n, hi FROM hour" OF_KEY,
	};
	struct lw_history_point *v = NULL;
	size_t n = 0, cap = 0;
	sqlite3_stmt *stmt;
	bool full = false;
	int r = prepare(h, sql[step], &stmt, reterr);

	if (r)
		return r;
	bind_key(stmt, key);
	sqlite3_bind_int64(stmt, 4, from);
	sqlite3_bind_int64(stmt, 5, to);
	while (!full && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = n < cap ? v : lw_arena_grow(arena, v, &cap, n + 1, sizeof(*v));
		full = !v;
		if (!full)
			v[n++] = (struct lw_history_point){sqlite3_column_int64(stmt, 0),
							   (uint32_t)sqlite3_column_int64(stmt, 1),
							   sqlite3_column_double(stmt, 2),
							   sqlite3_column_double(stmt, 3),
							   sqlite3_column_double(stmt, 4)};
	}
	r = end(h, stmt, r, full, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

/*
 * The finest step that reaches back to `from_ms`, or to all there is. A coarser point begins up to
 * its own length before the finer ones that it is the average of.
 */
static int finest(struct lw_history *h, int64_t from_ms, enum lw_history_step *ret,
		  struct lw_error *reterr)
{
	static const struct {
		const char *oldest;
		int64_t next_ms; /* length of the next coarser point */
	} step[] = {
		[LW_HISTORY_RAW] = {"SELECT coalesce(min(t), 9e18) FROM raw", 60000},
		[LW_HISTORY_MINUTE] = {"SELECT coalesce(min(t), 9e18) FROM minute", 3600000},
		[LW_HISTORY_HOUR] = {"SELECT coalesce(min(t), 9e18) FROM hour", 0},
	};
	int64_t oldest[LW_HISTORY_HOUR + 1], first = INT64_MAX;
	int r = 0;

	for (int i = LW_HISTORY_RAW; !r && i <= LW_HISTORY_HOUR; i++) {
		r = lw_history_number(h, step[i].oldest, &oldest[i], reterr);
		if (!r && oldest[i] < first)
			first = oldest[i];
	}
	if (r)
		return r;
	if (first < from_ms)
		first = from_ms;
	*ret = LW_HISTORY_RAW;
	while (*ret < LW_HISTORY_HOUR && oldest[*ret] - step[*ret].next_ms > first)
		(*ret)++;
	return 0;
}

int lw_history_series(struct lw_history *h, const struct lw_history_key *key, int64_t from_ms,
		      int64_t to_ms, enum lw_history_step step, struct lw_arena *arena,
		      const struct lw_history_point **ret, size_t *ret_n, struct lw_error *reterr)
{
	struct lw_history_point *v = NULL;
	size_t n = 0;
	int r = 0;

	if (step != LW_HISTORY_AUTO) {
		r = points(h, key, from_ms, to_ms, step, arena, &v, &n, reterr);
	} else {
		r = finest(h, from_ms, &step, reterr);
		for (; !r && step <= LW_HISTORY_HOUR; step++) {
			r = points(h, key, from_ms, to_ms, step, arena, &v, &n, reterr);
			if (n <= POINTS_MAX)
				break;
		}
	}
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

/* What a line is drawn through: what is lost by a part of itself grows evenly as a logarithm. */
enum scale { PLAIN, DBM, DECADES };

static enum scale scale_of(const char *quantity)
{
	size_t n = strlen(quantity);

	if (strcmp(quantity, lw_quantity_name(LW_MON_TX_POWER)) == 0 ||
	    strcmp(quantity, lw_quantity_name(LW_MON_RX_POWER)) == 0)
		return DBM;
	return n > 4 && strcmp(quantity + n - 4, "-ber") == 0 ? DECADES : PLAIN;
}

/* @return NaN for what has no logarithm */
static double scaled(enum scale s, double v)
{
	if (s == PLAIN)
		return v;
	return v > 0 ? s == DBM ? 10 * log10(1000 * v) : log10(v) : (double)NAN;
}

/* The thresholds of the module, scaled. */
static int limits(struct lw_history *h, const struct lw_history_key *key, enum scale scale,
		  double ret[4], struct lw_error *reterr)
{
	sqlite3_stmt *stmt;
	int r = prepare(h,
			"SELECT high_alarm, low_alarm, high_warning, low_warning FROM limits"
			" WHERE cage = ?1 AND quantity = ?2",
			&stmt, reterr);

	if (r)
		return r;
	sqlite3_bind_text(stmt, 1, key->cage, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 2, key->quantity, -1, SQLITE_TRANSIENT);
	r = sqlite3_step(stmt);
	for (int i = 0; i < 4; i++)
		/* NaN is kept as NULL */
		ret[i] = r == SQLITE_ROW && sqlite3_column_type(stmt, i) != SQLITE_NULL
				 ? scaled(scale, sqlite3_column_double(stmt, i))
				 : (double)NAN;
	return end(h, stmt, r == SQLITE_ROW ? SQLITE_DONE : r, false, reterr);
}

/* Since when the present module has been in the cage, 0: it is not known. */
static int since(struct lw_history *h, const char *cage, int64_t *ret, struct lw_error *reterr)
{
	sqlite3_stmt *stmt;
	int r = prepare(h,
			"SELECT min(t) FROM event WHERE subject = ?1 AND kind = 'module-in' AND t >"
			" (SELECT coalesce(max(o.t), 0) FROM event o WHERE o.subject = ?1"
			"  AND o.kind = 'module-in' AND o.detail <>"
			"  (SELECT detail FROM event WHERE subject = ?1 AND kind = 'module-in'"
			"   ORDER BY t DESC, id DESC LIMIT 1))",
			&stmt, reterr);

	if (r)
		return r;
	sqlite3_bind_text(stmt, 1, cage, -1, SQLITE_TRANSIENT);
	r = sqlite3_step(stmt);
	*ret = r == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	return end(h, stmt, r == SQLITE_ROW ? SQLITE_DONE : r, false, reterr);
}

int lw_history_trend(struct lw_history *h, const struct lw_history_key *key, int64_t from_ms,
		     struct lw_history_trend *ret, struct lw_error *reterr)
{
	enum scale scale = scale_of(key->quantity);
	struct lw_history_trend t = {.value = (double)NAN,
				     .per_day = (double)NAN,
				     .limit = (double)NAN,
				     .days = (double)NAN,
				     .days_low = (double)NAN,
				     .days_high = (double)NAN};
	struct lw_history_point *v = NULL;
	struct lw_arena arena;
	struct trend_line line;
	double limit[4], *x, *y;
	size_t n = 0, used = 0;
	int64_t plugged = 0;
	int r = since(h, key->cage, &plugged, reterr);

	lw_arena_init(&arena, 0);
	t.per_day_low = t.per_day_high = (double)NAN;
	/* an hour that was begun with another module is not of this one */
	if (!r)
		r = points(h, key, from_ms > plugged ? from_ms : plugged, INT64_MAX,
			   LW_HISTORY_HOUR, &arena, &v, &n, reterr);
	if (!r)
		r = limits(h, key, scale, limit, reterr);
	x = r ? NULL : lw_arena_alloc(&arena, (n + 1) * sizeof(*x));
	y = r ? NULL : lw_arena_alloc(&arena, (n + 1) * sizeof(*y));
	if (!r && (!x || !y))
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < n; i++) {
		if (isnan(scaled(scale, v[i].mean)))
			continue; /* dark, or no error */
		x[used] = (double)(v[i].t_ms - v[0].t_ms) / (24.0 * (double)HOUR_MS);
		y[used++] = scaled(scale, v[i].mean);
	}
	t.hours = (unsigned)used;
	if (!r && used) {
		t.days_seen = x[used - 1] - x[0];
		t.value = y[used - 1];
	}
	if (!r && used >= LW_TREND_HOURS_MIN) {
		lw_trend_fit(x, y, used, &line);
		lw_trend_judge(&t, &line, limit);
	}
	lw_arena_finish(&arena);
	if (!r)
		*ret = t;
	return r;
}

static const char *text(sqlite3_stmt *stmt, int column, struct lw_arena *arena)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	return lw_arena_strdup(arena, s ? s : "");
}

int lw_history_events(struct lw_history *h, const char *subject, int64_t from_ms, int64_t to_ms,
		      size_t max, struct lw_arena *arena, const struct lw_history_event **ret,
		      size_t *ret_n, struct lw_error *reterr)
{
	struct lw_history_event *v = NULL;
	size_t n = 0, cap = 0;
	sqlite3_stmt *stmt;
	bool full = false;
	int r = prepare(
		h,
		"SELECT id, t, kind, subject, detail, flaps FROM event WHERE t >= ?2 AND t <"
		" ?3 AND (?1 IS NULL OR subject = ?1) ORDER BY t DESC, id DESC LIMIT ?4",
		&stmt, reterr);

	if (r)
		return r;
	if (subject)
		sqlite3_bind_text(stmt, 1, subject, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(stmt, 2, from_ms);
	sqlite3_bind_int64(stmt, 3, to_ms);
	sqlite3_bind_int64(stmt, 4, (int64_t)(max < INT64_MAX ? max : INT64_MAX));
	while (!full && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = n < cap ? v : lw_arena_grow(arena, v, &cap, n + 1, sizeof(*v));
		full = !v;
		if (!full)
			v[n++] = (struct lw_history_event){
				sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
				text(stmt, 2, arena),          text(stmt, 3, arena),
				text(stmt, 4, arena),          sqlite3_column_int64(stmt, 5)};
	}
	r = end(h, stmt, r, full || arena->failed, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

int lw_history_snapshot(struct lw_history *h, int64_t event, struct lw_arena *arena,
			const struct lw_history_shot **ret, size_t *ret_n, struct lw_error *reterr)
{
	struct lw_history_shot *v = NULL;
	size_t n = 0, cap = 0;
	sqlite3_stmt *stmt;
	bool full = false;
	int r = prepare(h,
			"SELECT after, cage, quantity, lane, v FROM shot JOIN series ON id = series"
			" WHERE event = ?1 ORDER BY after, cage, quantity, lane",
			&stmt, reterr);

	if (r)
		return r;
	sqlite3_bind_int64(stmt, 1, event);
	while (!full && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = n < cap ? v : lw_arena_grow(arena, v, &cap, n + 1, sizeof(*v));
		full = !v;
		if (!full)
			v[n++] = (struct lw_history_shot){sqlite3_column_int(stmt, 0) != 0,
							  {text(stmt, 1, arena),
							   text(stmt, 2, arena),
							   sqlite3_column_int(stmt, 3)},
							  sqlite3_column_double(stmt, 4)};
	}
	r = end(h, stmt, r, full || arena->failed, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

int lw_history_modules(struct lw_history *h, const char *cage, struct lw_arena *arena,
		       const struct lw_history_module **ret, size_t *ret_n, struct lw_error *reterr)
{
	struct lw_history_module *v = NULL;
	size_t n = 0, cap = 0;
	sqlite3_stmt *stmt;
	bool full = false;
	int r = prepare(h,
			"SELECT cage, vendor, pn, sn, n, first, last FROM module"
			" WHERE ?1 IS NULL OR cage = ?1 ORDER BY cage, last DESC",
			&stmt, reterr);

	if (r)
		return r;
	if (cage)
		sqlite3_bind_text(stmt, 1, cage, -1, SQLITE_TRANSIENT);
	while (!full && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = n < cap ? v : lw_arena_grow(arena, v, &cap, n + 1, sizeof(*v));
		full = !v;
		if (!full)
			v[n++] = (struct lw_history_module){
				text(stmt, 0, arena),          text(stmt, 1, arena),
				text(stmt, 2, arena),          text(stmt, 3, arena),
				sqlite3_column_int64(stmt, 4), sqlite3_column_int64(stmt, 5),
				sqlite3_column_int64(stmt, 6)};
	}
	r = end(h, stmt, r, full || arena->failed, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}
