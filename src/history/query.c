/* SPDX-License-Identifier: Apache-2.0 */
/* Out of the file. Texts and arrays go into the caller's arena. */
#include "history-internal.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 2000

int lw_history_prepare(struct lw_history *h, const char *sql, sqlite3_stmt **ret,
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

int lw_history_end(struct lw_history *h, sqlite3_stmt *stmt, int step, bool full,
		   struct lw_error *reterr)
{
	int r = full                  ? lw_fail(reterr, LW_ENOMEM, "out of memory")
		: step == SQLITE_DONE ? 0
				      : lw_history_failed(h, reterr);

	sqlite3_finalize(stmt);
	return r;
}

/*
 * All rows of a query, which ends here: an array in `arena`, of elements of `size` bytes that
 * `take` makes. @param take  whether there was memory
 */
static int collect(struct lw_history *h, sqlite3_stmt *stmt, size_t size,
		   bool (*take)(sqlite3_stmt *stmt, struct lw_arena *arena, void *ret),
		   struct lw_arena *arena, void **ret, size_t *ret_n, struct lw_error *reterr)
{
	size_t n = 0, cap = 0;
	bool full = false;
	char *v = NULL;
	int r;

	while (!full && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = n < cap ? v : lw_arena_grow(arena, v, &cap, n + 1, size);
		full = !v || !take(stmt, arena, v + n++ * size);
	}
	r = lw_history_end(h, stmt, r, full, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

#define OF_KEY                                                                                     \
	" WHERE series = (SELECT id FROM series WHERE cage = ?1 AND quantity = ?2 AND lane = ?3)"  \
	" AND t >= ?4 AND t < ?5 ORDER BY t"

static bool take_point(sqlite3_stmt *stmt, struct lw_arena *arena, void *ret)
{
	(void)arena;
	*(struct lw_history_point *)ret = (struct lw_history_point){
		sqlite3_column_int64(stmt, 0), (uint32_t)sqlite3_column_int64(stmt, 1),
		sqlite3_column_double(stmt, 2), sqlite3_column_double(stmt, 3),
		sqlite3_column_double(stmt, 4)};
	return true;
}

static int points(struct lw_history *h, const struct lw_history_key *key, int64_t from, int64_t to,
		  enum lw_history_step step, struct lw_arena *arena, struct lw_history_point **ret,
		  size_t *ret_n, struct lw_error *reterr)
{
	static const char *const sql[] = {
		[LW_HISTORY_RAW] = "SELECT t, 1, v, v, v FROM raw" OF_KEY,
		[LW_HISTORY_MINUTE] = "SELECT t, n, lo, sum / n, hi FROM minute" OF_KEY,
		[LW_HISTORY_HOUR] = "SELECT t, n, lo, sum / n, hi FROM hour" OF_KEY,
	};
	void *v = NULL;
	size_t n = 0;
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(h, sql[step], &stmt, reterr);

	if (r)
		return r;
	bind_key(stmt, key);
	sqlite3_bind_int64(stmt, 4, from);
	sqlite3_bind_int64(stmt, 5, to);
	r = collect(h, stmt, sizeof(struct lw_history_point), take_point, arena, &v, &n, reterr);
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

static const char *text(sqlite3_stmt *stmt, int column, struct lw_arena *arena)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	return lw_arena_strdup(arena, s ? s : "");
}

static bool take_event(sqlite3_stmt *stmt, struct lw_arena *arena, void *ret)
{
	struct lw_history_event *x = ret;

	*x = (struct lw_history_event){
		sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
		text(stmt, 2, arena),          text(stmt, 3, arena),
		text(stmt, 4, arena),          sqlite3_column_int64(stmt, 5)};
	return x->kind && x->subject && x->detail;
}

int lw_history_events(struct lw_history *h, const char *subject, int64_t from_ms, int64_t to_ms,
		      size_t max, struct lw_arena *arena, const struct lw_history_event **ret,
		      size_t *ret_n, struct lw_error *reterr)
{
	void *v = NULL;
	size_t n = 0;
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(
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
	r = collect(h, stmt, sizeof(struct lw_history_event), take_event, arena, &v, &n, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

static bool take_shot(sqlite3_stmt *stmt, struct lw_arena *arena, void *ret)
{
	struct lw_history_shot *x = ret;

	*x = (struct lw_history_shot){
		sqlite3_column_int(stmt, 0) != 0,
		{text(stmt, 1, arena), text(stmt, 2, arena), sqlite3_column_int(stmt, 3)},
		sqlite3_column_double(stmt, 4)};
	return x->key.cage && x->key.quantity;
}

int lw_history_snapshot(struct lw_history *h, int64_t event, struct lw_arena *arena,
			const struct lw_history_shot **ret, size_t *ret_n, struct lw_error *reterr)
{
	void *v = NULL;
	size_t n = 0;
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(
		h,
		"SELECT after, cage, quantity, lane, v FROM shot JOIN series ON id = series"
		" WHERE event = ?1 ORDER BY after, cage, quantity, lane",
		&stmt, reterr);

	if (r)
		return r;
	sqlite3_bind_int64(stmt, 1, event);
	r = collect(h, stmt, sizeof(struct lw_history_shot), take_shot, arena, &v, &n, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}

static bool take_module(sqlite3_stmt *stmt, struct lw_arena *arena, void *ret)
{
	struct lw_history_module *x = ret;

	*x = (struct lw_history_module){
		text(stmt, 0, arena),          text(stmt, 1, arena),
		text(stmt, 2, arena),          text(stmt, 3, arena),
		sqlite3_column_int64(stmt, 4), sqlite3_column_int64(stmt, 5),
		sqlite3_column_int64(stmt, 6)};
	return x->cage && x->vendor && x->pn && x->sn;
}

int lw_history_modules(struct lw_history *h, const char *cage, struct lw_arena *arena,
		       const struct lw_history_module **ret, size_t *ret_n, struct lw_error *reterr)
{
	void *v = NULL;
	size_t n = 0;
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(h,
				   "SELECT cage, vendor, pn, sn, n, first, last FROM module"
				   " WHERE ?1 IS NULL OR cage = ?1 ORDER BY cage, last DESC",
				   &stmt, reterr);

	if (r)
		return r;
	if (cage)
		sqlite3_bind_text(stmt, 1, cage, -1, SQLITE_TRANSIENT);
	r = collect(h, stmt, sizeof(struct lw_history_module), take_module, arena, &v, &n, reterr);
	if (!r) {
		*ret = v;
		*ret_n = n;
	}
	return r;
}
