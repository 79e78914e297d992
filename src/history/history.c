/* SPDX-License-Identifier: Apache-2.0 */
/* The file: its tables, statements and transactions. */
#include "history-internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of PRAGMA user_version; a change of the tables raises it. */
#define VERSION 1

static const char schema[] =
	"CREATE TABLE series(id INTEGER PRIMARY KEY, cage TEXT NOT NULL, quantity TEXT NOT NULL,"
	" lane INTEGER NOT NULL, UNIQUE(cage, quantity, lane));"
	"CREATE TABLE raw(t INTEGER, series INTEGER, v REAL, PRIMARY KEY(series, t)) WITHOUT ROWID;"
	"CREATE INDEX raw_t ON raw(t);"
	"CREATE TABLE minute(t INTEGER, series INTEGER, n INTEGER, lo REAL, sum REAL, hi REAL,"
	" PRIMARY KEY(series, t)) WITHOUT ROWID;"
	"CREATE INDEX minute_t ON minute(t);"
	"CREATE TABLE hour(t INTEGER, series INTEGER, n INTEGER, lo REAL, sum REAL, hi REAL,"
	" PRIMARY KEY(series, t)) WITHOUT ROWID;"
	"CREATE INDEX hour_t ON hour(t);"
	"CREATE TABLE event(id INTEGER PRIMARY KEY, t INTEGER, kind TEXT, subject TEXT, detail "
	"TEXT,"
	" flaps INTEGER);"
	"CREATE INDEX event_subject ON event(subject, t);"
	"CREATE INDEX event_t ON event(t);"
	"CREATE TABLE shot(event INTEGER, after INTEGER, series INTEGER, v REAL,"
	" PRIMARY KEY(event, after, series)) WITHOUT ROWID;"
	"CREATE TABLE module(cage TEXT, vendor TEXT, pn TEXT, sn TEXT, n INTEGER, first INTEGER,"
	" last INTEGER, PRIMARY KEY(cage, vendor, pn, sn)) WITHOUT ROWID;"
	"CREATE TABLE limits(cage TEXT, quantity TEXT, high_alarm REAL, high_warning REAL,"
	" low_warning REAL, low_alarm REAL, PRIMARY KEY(cage, quantity)) WITHOUT ROWID;"
	/* all before these times is averaged */
	"CREATE TABLE rolled(minute INTEGER, hour INTEGER);"
	"INSERT INTO rolled VALUES(0, 0);";

static const char *const texts[STATEMENTS] = {
	[ADD_RAW] = "INSERT OR IGNORE INTO raw(t, series, v) VALUES(?, ?, ?)",
	[ADD_SERIES] = "INSERT OR IGNORE INTO series(cage, quantity, lane) VALUES(?, ?, ?)",
	[FIND_SERIES] = "SELECT id FROM series WHERE cage = ? AND quantity = ? AND lane = ?",
	[ADD_EVENT] = "INSERT INTO event(t, kind, subject, detail, flaps) VALUES(?, ?, ?, ?, ?)",
	[ADD_SHOT] = "INSERT OR REPLACE INTO shot(event, after, series, v) VALUES(?, ?, ?, ?)",
	[ADD_MODULE] = "INSERT INTO module VALUES(?1, ?2, ?3, ?4, 1, ?5, ?5)"
		       " ON CONFLICT DO UPDATE SET n = n + 1, last = ?5",
	[ADD_LIMIT] = "INSERT OR REPLACE INTO limits VALUES(?, ?, ?, ?, ?, ?)",
	[ROLL_MINUTES] = "INSERT OR REPLACE INTO minute(t, series, n, lo, sum, hi)"
			 " SELECT t - t % 60000, series, count(*), min(v), sum(v), max(v) FROM raw"
			 " WHERE t >= ? AND t < ? GROUP BY series, t / 60000",
	[ROLL_HOURS] = "INSERT OR REPLACE INTO hour(t, series, n, lo, sum, hi)"
		       " SELECT t - t % 3600000, series, sum(n), min(lo), sum(sum), max(hi)"
		       " FROM minute WHERE t >= ? AND t < ? GROUP BY series, t / 3600000",
	[DROP_RAW] = "DELETE FROM raw WHERE t < ?",
	[DROP_MINUTES] = "DELETE FROM minute WHERE t < ?",
	[DROP_HOURS] = "DELETE FROM hour WHERE t < ?",
	[DROP_EVENTS] = "DELETE FROM event WHERE t < ?",
	[DROP_SHOTS] = "DELETE FROM shot WHERE event < (SELECT coalesce(min(id), 0) FROM event)",
	[UNDO_RAW] = "DELETE FROM raw WHERE t > ?",
	[UNDO_MINUTES] = "DELETE FROM minute WHERE t > ?",
	[UNDO_HOURS] = "DELETE FROM hour WHERE t > ?",
	[SET_ROLLED] = "UPDATE rolled SET minute = ?, hour = ?",
};

int lw_history_failed(struct lw_history *h, struct lw_error *reterr)
{
	int code = h->db ? sqlite3_errcode(h->db) : SQLITE_NOMEM;

	return lw_fail_in(reterr,
			  code == SQLITE_NOMEM    ? LW_ENOMEM
			  : code == SQLITE_NOTADB ? LW_EINVAL
						  : LW_EIO,
			  h->path, 0, "%s", h->db ? sqlite3_errmsg(h->db) : "out of memory");
}

int lw_history_do(struct lw_history *h, enum statement s, struct lw_error *reterr,
		  const char *types, ...)
{
	sqlite3_stmt *stmt = h->stmt[s];
	va_list ap;
	int r = SQLITE_OK;

	va_start(ap, types);
	for (int i = 0; r == SQLITE_OK && types[i]; i++)
		if (types[i] == 'i')
			r = sqlite3_bind_int64(stmt, i + 1, va_arg(ap, int64_t));
		else if (types[i] == 'd')
			r = sqlite3_bind_double(stmt, i + 1, va_arg(ap, double));
		else
			r = sqlite3_bind_text(stmt, i + 1, va_arg(ap, const char *), -1,
					      SQLITE_TRANSIENT);
	va_end(ap);
	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	if (r != SQLITE_DONE && r != SQLITE_ROW)
		lw_history_failed(h, reterr);
	if (r != SQLITE_ROW)
		sqlite3_reset(stmt);
	return r == SQLITE_DONE || r == SQLITE_ROW ? 0 : LW_EIO;
}

static int run(struct lw_history *h, const char *sql, struct lw_error *reterr)
{
	return sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : lw_history_failed(h, reterr);
}

int lw_history_number(struct lw_history *h, const char *sql, int64_t *ret, struct lw_error *reterr)
{
	sqlite3_stmt *stmt;
	int r;

	if (sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return lw_history_failed(h, reterr);
	r = sqlite3_step(stmt);
	if (r == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return r == SQLITE_ROW || r == SQLITE_DONE ? 0 : lw_history_failed(h, reterr);
}

/* Take what is oldest until the database is small enough again. */
static int shrink(struct lw_history *h, struct lw_error *reterr)
{
	static const char *const oldest[] = {"SELECT min(t) FROM raw", "SELECT min(t) FROM minute",
					     "SELECT min(t) FROM hour"};
	int64_t page = 0, pages = 0, spare = 0;
	int r = lw_history_number(h, "PRAGMA page_size", &page, reterr);

	for (int round = 0; !r && round < 64; round++) {
		r = lw_history_number(h, "PRAGMA page_count", &pages, reterr);
		if (!r)
			r = lw_history_number(h, "PRAGMA freelist_count", &spare, reterr);
		if (r || (uint64_t)(page * (pages - spare)) <= h->opt.max_bytes)
			break;
		/* the oldest eighth of each */
		for (int k = 0; !r && k < 3; k++) {
			int64_t t = h->newest_ms, cut;

			r = lw_history_number(h, oldest[k], &t, reterr);
			cut = t + (h->newest_ms - t) / 8;
			if (!r)
				r = lw_history_do(h, (enum statement)(DROP_RAW + k), reterr, "i",
						  cut);
		}
	}
	return r;
}

/* Averages of what is complete, and no more than is to be kept. */
static int roll(struct lw_history *h, struct lw_error *reterr)
{
	int64_t minute = h->newest_ms - h->newest_ms % MINUTE_MS;
	int64_t hour = h->newest_ms - h->newest_ms % HOUR_MS;
	int r;

	if (minute <= h->minute_ms)
		return 0;
	r = lw_history_do(h, ROLL_MINUTES, reterr, "ii", h->minute_ms, minute);
	if (!r && hour > h->hour_ms)
		r = lw_history_do(h, ROLL_HOURS, reterr, "ii", h->hour_ms, hour);
	if (!r)
		r = lw_history_do(h, DROP_RAW, reterr, "i", h->newest_ms - h->opt.raw_ms);
	if (!r && hour > h->hour_ms) {
		r = lw_history_do(h, DROP_MINUTES, reterr, "i", h->newest_ms - h->opt.minute_ms);
		if (!r)
			r = lw_history_do(h, DROP_HOURS, reterr, "i",
					  h->newest_ms - h->opt.hour_ms);
		if (!r)
			r = lw_history_do(h, DROP_EVENTS, reterr, "i",
					  h->newest_ms - h->opt.hour_ms);
		if (!r)
			r = lw_history_do(h, DROP_SHOTS, reterr, "");
	}
	if (!r)
		r = shrink(h, reterr);
	if (r)
		return r;
	r = lw_history_do(h, SET_ROLLED, reterr, "ii", minute, hour);
	if (!r) {
		h->minute_ms = minute;
		h->hour_ms = hour;
	}
	return r;
}

bool lw_history_due(const struct lw_history *h, int64_t now_ms)
{
	return h->open && (now_ms < h->began_ms || now_ms - h->began_ms >= h->opt.commit_ms);
}

int lw_history_set_back(struct lw_history *h, int64_t now_ms, struct lw_error *reterr)
{
	int r = lw_history_begin(h, now_ms, reterr);

	for (int s = UNDO_RAW; !r && s <= UNDO_HOURS; s++)
		r = lw_history_do(h, (enum statement)s, reterr, "i", now_ms);
	if (r)
		return r;
	h->newest_ms = now_ms;
	h->minute_ms = now_ms - now_ms % MINUTE_MS;
	h->hour_ms = now_ms - now_ms % HOUR_MS;
	return lw_history_do(h, SET_ROLLED, reterr, "ii", h->minute_ms, h->hour_ms);
}

int lw_history_begin(struct lw_history *h, int64_t now_ms, struct lw_error *reterr)
{
	int r;

	if (h->open)
		return 0;
	r = run(h, "BEGIN IMMEDIATE", reterr);
	if (!r) {
		h->open = true;
		h->began_ms = now_ms;
	}
	return r;
}

int lw_history_commit(struct lw_history *h, struct lw_error *reterr)
{
	int r;

	if (!h->open)
		return 0;
	h->open = false;
	r = roll(h, reterr);
	if (!r)
		r = run(h, "COMMIT", reterr);
	if (r)
		sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int lw_history_id(struct lw_history *h, const struct lw_history_key *key, int64_t *ret,
		  struct lw_error *reterr)
{
	int r = lw_history_do(h, ADD_SERIES, reterr, "ssi", key->cage, key->quantity,
			      (int64_t)key->lane);

	if (!r)
		r = lw_history_do(h, FIND_SERIES, reterr, "ssi", key->cage, key->quantity,
				  (int64_t)key->lane);
	if (!r)
		*ret = sqlite3_column_int64(h->stmt[FIND_SERIES], 0);
	sqlite3_reset(h->stmt[FIND_SERIES]);
	return r;
}

static void set_defaults(struct lw_history_options *o)
{
	o->commit_ms = o->commit_ms ? o->commit_ms : 1000;
	o->raw_each_ms = o->raw_each_ms ? o->raw_each_ms : 10000;
	o->raw_ms = o->raw_ms ? o->raw_ms : HOUR_MS;
	o->minute_ms = o->minute_ms ? o->minute_ms : 24 * HOUR_MS;
	o->hour_ms = o->hour_ms ? o->hour_ms : 180 * 24 * HOUR_MS;
	o->wait_ms = o->wait_ms ? o->wait_ms : 5000;
	o->max_bytes = o->max_bytes ? o->max_bytes : UINT64_C(512) << 20;
	/* averages are made of what is still there */
	if (o->raw_ms < 2 * MINUTE_MS)
		o->raw_ms = 2 * MINUTE_MS;
	if (o->minute_ms < 2 * HOUR_MS)
		o->minute_ms = 2 * HOUR_MS;
}

/* Make or check the tables. */
static int settle(struct lw_history *h, struct lw_error *reterr)
{
	int64_t version = 0, tables = 0;
	int r = lw_history_number(h, "PRAGMA user_version", &version, reterr);

	if (!r)
		r = lw_history_number(h, "SELECT count(*) FROM sqlite_master", &tables, reterr);
	if (!r && (version > VERSION || (version == 0 && tables > 0)))
		return lw_fail_in(reterr, LW_EINVAL, h->path, 0,
				  version ? "the history was written by a newer Lanewise"
					  : "this is a database of something else");
	if (!r && version == 0 && h->opt.read_only)
		return lw_fail_in(reterr, LW_EINVAL, h->path, 0, "there is no history in it yet");
	if (r || h->opt.read_only)
		return r;
	r = run(h, "PRAGMA journal_mode = WAL", reterr);
	if (!r)
		r = run(h, "PRAGMA synchronous = NORMAL", reterr);
	if (!r && version == 0) {
		r = run(h, "BEGIN IMMEDIATE", reterr);
		if (!r)
			r = run(h, schema, reterr);
		if (!r)
			r = run(h, "PRAGMA user_version = 1; COMMIT", reterr);
	}
	for (int s = 0; !r && s < STATEMENTS; s++)
		if (sqlite3_prepare_v3(h->db, texts[s], -1, SQLITE_PREPARE_PERSISTENT, &h->stmt[s],
				       NULL) != SQLITE_OK)
			r = lw_history_failed(h, reterr);
	if (!r)
		r = lw_history_number(h, "SELECT minute FROM rolled", &h->minute_ms, reterr);
	if (!r)
		r = lw_history_number(h, "SELECT hour FROM rolled", &h->hour_ms, reterr);
	if (!r)
		r = lw_history_number(h, "SELECT max(t) FROM raw", &h->newest_ms, reterr);
	return r;
}

int lw_history_open(const char *path, const struct lw_history_options *opt, struct lw_history **ret,
		    struct lw_error *reterr)
{
	struct lw_history *h = calloc(1, sizeof(*h));
	int flags, r;

	if (!h)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (opt)
		h->opt = *opt;
	set_defaults(&h->opt);
	snprintf(h->path, sizeof(h->path), "%s", path);
	flags = h->opt.read_only ? SQLITE_OPEN_READONLY
				 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(path, &h->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		r = lw_history_failed(h, reterr);
	} else {
		sqlite3_busy_timeout(h->db, (int)h->opt.wait_ms);
		r = settle(h, reterr);
	}
	if (r)
		lw_history_close(h);
	else
		*ret = h;
	return r;
}

void lw_history_close(struct lw_history *h)
{
	if (!h)
		return;
	lw_history_commit(h, NULL);
	for (int s = 0; s < STATEMENTS; s++)
		sqlite3_finalize(h->stmt[s]);
	sqlite3_close(h->db);
	for (size_t i = 0; i < h->cage_n; i++)
		free(h->cage[i].series);
	free(h->cage);
	for (size_t i = 0; i < h->link_n; i++)
		free(h->link[i].id);
	free(h->link);
	free(h);
}
