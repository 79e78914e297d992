/* SPDX-License-Identifier: Apache-2.0 */
/* Where readings go: from the averages of hours to lines. */
#include "history-internal.h"

#include <math.h>
#include <string.h>

#define DAY_MS (24.0 * (double)HOUR_MS)

/* What a line is drawn through: what is lost by a part of itself grows evenly as a logarithm. */
enum scale { PLAIN, DBM, DECADES };

static bool is_of_laser(const char *quantity)
{
	return strcmp(quantity, lw_quantity_name(LW_MON_TX_POWER)) == 0 ||
	       strcmp(quantity, lw_quantity_name(LW_MON_TX_BIAS)) == 0;
}

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
	int r = lw_history_prepare(h,
				   "SELECT high_alarm, low_alarm, high_warning, low_warning FROM"
				   " limits WHERE cage = ?1 AND quantity = ?2",
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
	return lw_history_end(h, stmt, r == SQLITE_ROW ? SQLITE_DONE : r, false, reterr);
}

/* Since when the present module has been in the cage, 0: it is not known. */
static int since(struct lw_history *h, const char *cage, int64_t *ret, struct lw_error *reterr)
{
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(
		h,
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
	return lw_history_end(h, stmt, r == SQLITE_ROW ? SQLITE_DONE : r, false, reterr);
}

/* Averages of hours, as a line wants them. */
struct course {
	double *day, *y, *heat; /* heat NULL: not known, or no matter */
	double limit[4];
	size_t n;
	int64_t first_ms, last_ms;
};

struct heat {
	const struct lw_history_point *v;
	size_t n;
};

/* The temperature of the module in each of the hours `v`; an hour has either. @return how many */
static size_t match(const struct lw_history_point *v, size_t n, const struct heat *heat,
		    double *ret)
{
	size_t found = 0;

	for (size_t i = 0, k = 0; i < n; i++) {
		while (k < heat->n && heat->v[k].t_ms < v[i].t_ms)
			k++;
		ret[i] =
			k < heat->n && heat->v[k].t_ms == v[i].t_ms ? heat->v[k].mean : (double)NAN;
		found += isnan(ret[i]) ? 0 : 1;
	}
	return found;
}

static int load(struct lw_history *h, const struct lw_history_key *key, int64_t from_ms,
		const struct heat *heat, struct lw_arena *arena, struct course *ret,
		struct lw_error *reterr)
{
	enum scale scale = scale_of(key->quantity);
	const struct lw_history_point *v = NULL;
	struct course c = {0};
	size_t n = 0;
	int r = lw_history_series(h, key, from_ms, INT64_MAX, LW_HISTORY_HOUR, arena, &v, &n,
				  reterr);

	if (!r)
		r = limits(h, key, scale, c.limit, reterr);
	if (r)
		return r;
	c.day = lw_arena_alloc(arena, (n + 1) * sizeof(*c.day));
	c.y = lw_arena_alloc(arena, (n + 1) * sizeof(*c.y));
	c.heat = lw_arena_alloc(arena, (n + 1) * sizeof(*c.heat));
	if (!c.day || !c.y || !c.heat)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	/* of hours that mostly have no temperature all are taken, and it is left aside */
	if (!is_of_laser(key->quantity) || 2 * match(v, n, heat, c.heat) < n)
		c.heat = NULL;
	for (size_t i = 0; i < n; i++) {
		double y = scaled(scale, v[i].mean);

		if (isnan(y) || (c.heat && isnan(c.heat[i])))
			continue; /* dark, or no error */
		if (!c.n)
			c.first_ms = v[i].t_ms;
		c.last_ms = v[i].t_ms;
		c.day[c.n] = (double)(v[i].t_ms - c.first_ms) / DAY_MS;
		if (c.heat)
			c.heat[c.n] = c.heat[i];
		c.y[c.n++] = y;
	}
	*ret = c;
	return 0;
}

/* The line through the hours from `first` on. */
static struct lw_history_trend judge(const struct course *c, size_t first)
{
	struct lw_history_trend t = {.value = (double)NAN,
				     .lately = (double)NAN,
				     .per_day = (double)NAN,
				     .per_day_low = (double)NAN,
				     .per_day_high = (double)NAN,
				     .limit = (double)NAN,
				     .days = (double)NAN,
				     .days_low = (double)NAN,
				     .days_high = (double)NAN};
	size_t n = c->n - first;
	struct trend_line line;

	t.hours = (unsigned)n;
	if (n) {
		t.days_seen = c->day[c->n - 1] - c->day[first];
		t.value = c->y[c->n - 1];
	}
	if (n >= LW_TREND_HOURS_MIN) {
		lw_trend_fit(c->day + first, c->y + first, c->heat ? c->heat + first : NULL, n,
			     &line);
		lw_trend_judge(&t, &line, c->limit);
	}
	return t;
}

/* The temperatures of a module. */
static int load_heat(struct lw_history *h, const char *cage, int64_t from_ms,
		     struct lw_arena *arena, struct heat *ret, struct lw_error *reterr)
{
	const struct lw_history_key key = {cage, lw_quantity_name(LW_MON_TEMPERATURE), -1};

	return lw_history_series(h, &key, from_ms, INT64_MAX, LW_HISTORY_HOUR, arena, &ret->v,
				 &ret->n, reterr);
}

int lw_history_trend(struct lw_history *h, const struct lw_history_key *key, int64_t from_ms,
		     struct lw_history_trend *ret, struct lw_error *reterr)
{
	struct lw_arena arena;
	struct heat heat = {0};
	struct course c;
	int64_t plugged = 0;
	int r = since(h, key->cage, &plugged, reterr);

	/* an hour that was begun with another module is not of this one */
	if (plugged > from_ms)
		from_ms = plugged;
	lw_arena_init(&arena, 0);
	if (!r && is_of_laser(key->quantity))
		r = load_heat(h, key->cage, from_ms, &arena, &heat, reterr);
	if (!r)
		r = load(h, key, from_ms, &heat, &arena, &c, reterr);
	if (!r)
		*ret = judge(&c, 0);
	lw_arena_finish(&arena);
	return r;
}

/* The lines through all hours, the last half, quarter and eighth. */
#define SPANS 4

struct gather {
	struct lw_history *h;
	struct lw_history_key key; /* lane by lane */
	int cage;                  /* its index */
	int64_t from_ms, now_ms;
	struct heat heat;
	struct lw_arena *arena; /* of `v` */
	struct lw_why_trend *v;
	size_t cap, n;
	struct lw_error *reterr;
};

static int add(struct gather *g, const struct course *c)
{
	for (unsigned span = 0; span < SPANS; span++) {
		size_t first = c->n - (c->n >> span);
		struct lw_history_trend t;

		if (c->n - first < LW_TREND_HOURS_MIN)
			break;
		if (g->n == g->cap)
			g->v = lw_arena_grow(g->arena, g->v, &g->cap, g->n + 1, sizeof(*g->v));
		if (!g->v)
			return lw_fail(g->reterr, LW_ENOMEM, "out of memory");
		t = judge(c, first);
		g->v[g->n++] = (struct lw_why_trend){
			.quantity = g->key.quantity,
			.cage = g->cage,
			.lane = g->key.lane,
			.moving = t.verdict == LW_TREND_MOVING,
			.days_seen = t.days_seen,
			.value = t.value,
			.lately = t.lately,
			.per_day = t.per_day,
			.per_day_low = t.per_day_low,
			.per_day_high = t.per_day_high,
			.limit_name = t.limit_name,
			.limit = t.limit,
			.days = t.days,
			.days_low = t.days_low,
			.days_high = t.days_high,
		};
	}
	return 0;
}

/* The lanes of a cage that have readings of a quantity, bit i: lane i. */
static int lanes_of(struct lw_history *h, const struct lw_history_key *key, uint32_t *ret,
		    struct lw_error *reterr)
{
	sqlite3_stmt *stmt;
	int r = lw_history_prepare(h,
				   "SELECT lane FROM series WHERE cage = ?1 AND quantity = ?2"
				   " AND lane BETWEEN 0 AND 31",
				   &stmt, reterr);

	*ret = 0;
	if (r)
		return r;
	sqlite3_bind_text(stmt, 1, key->cage, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 2, key->quantity, -1, SQLITE_TRANSIENT);
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW)
		*ret |= UINT32_C(1) << sqlite3_column_int(stmt, 0);
	return lw_history_end(h, stmt, r, false, reterr);
}

static int of_lane(struct gather *g)
{
	struct lw_arena room;
	struct course c;
	int r;

	lw_arena_init(&room, 0);
	r = load(g->h, &g->key, g->from_ms, &g->heat, &room, &c, g->reterr);
	if (!r && c.last_ms >= g->now_ms - LW_TREND_LATE_MS)
		r = add(g, &c);
	lw_arena_finish(&room);
	return r;
}

int lw_history_past(struct lw_history *h, const char *cage, int index, int64_t now_ms,
		    struct lw_arena *arena, struct lw_why_past *ret, struct lw_error *reterr)
{
	struct gather g = {.h = h,
			   .key.cage = cage,
			   .cage = index,
			   .now_ms = now_ms,
			   .arena = arena,
			   .reterr = reterr};
	struct lw_arena room;
	uint32_t lanes = 0;
	int r = since(h, cage, &g.from_ms, reterr);

	if (!r && !now_ms)
		r = lw_history_number(h, "SELECT coalesce(max(t), 0) FROM hour", &g.now_ms, reterr);
	lw_arena_init(&room, 0);
	if (!r)
		r = load_heat(h, cage, g.from_ms, &room, &g.heat, reterr);
	for (unsigned i = 0; !r && (g.key.quantity = lw_why_quantity(i)); i++) {
		r = lanes_of(h, &g.key, &lanes, reterr);
		for (g.key.lane = 0; !r && g.key.lane < LW_LANES_MAX; g.key.lane++)
			if (lanes >> g.key.lane & 1)
				r = of_lane(&g);
	}
	lw_arena_finish(&room);
	if (!r)
		*ret = (struct lw_why_past){g.v, g.n};
	return r;
}
