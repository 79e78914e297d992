/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is seen of the past: readings that go for a limit, slowly, while all is well yet. */

const char *lw_why_quantity(unsigned i)
{
	for (size_t k = 0; k < lw_trend_row_n; k++) {
		size_t before = 0;

		while (strcmp(lw_trend_rows[before].quantity, lw_trend_rows[k].quantity) != 0)
			before++;
		if (before == k && !i--)
			return lw_trend_rows[k].quantity;
	}
	return NULL;
}

/* Does the line alone say that its limit will be reached, and soon? */
static bool goes_there(const struct lw_trend_row *r, const struct lw_why_trend *t)
{
	double slope = r->rises ? t->per_day : -t->per_day;
	double surely = r->rises ? t->per_day_low : -t->per_day_high;
	double least = r->part ? r->least * fabs(t->value) : r->least;
	double mended = r->rises ? t->value - t->lately : t->lately - t->value;

	return t->moving && slope > 0 && t->days_seen >= r->seen && slope * t->days_seen >= least &&
	       surely >= r->sure * slope && !(mended > least) &&
	       (!(r->horizon > 0) || (t->limit_name && t->days_high <= r->horizon &&
				      t->days_high <= r->reach * t->days_seen));
}

/* Does a later part of the same time say that it does not go on so? Slopes of few days are taken
 * with twice their interval, for there are many of them. */
static bool is_over(const struct lw_trend_row *r, const struct lw_why_past *past, size_t i)
{
	const struct lw_why_trend *t = &past->trend[i];

	for (size_t k = 0; k < past->n; k++) {
		const struct lw_why_trend *x = &past->trend[k];
		double far = x->per_day_high - x->per_day;

		if (x->lane == t->lane && x->days_seen < t->days_seen && x->days_seen >= r->seen &&
		    strcmp(x->quantity, t->quantity) == 0 &&
		    fabs(x->per_day - t->per_day) > 2 * far)
			return true;
	}
	return false;
}

static bool stands_out(const struct lw_trend_row *r, const struct lw_why_past *past, size_t i)
{
	return goes_there(r, &past->trend[i]) && !is_over(r, past, i);
}

const char *lw_why_trend_symptom(const struct lw_why_past *past, size_t i)
{
	for (size_t k = 0; k < lw_trend_row_n; k++) {
		const struct lw_trend_row *r = &lw_trend_rows[k];

		if (strcmp(r->quantity, past->trend[i].quantity) == 0 && stands_out(r, past, i))
			return lw_symptom_rows[r->symptom].name;
	}
	return NULL;
}

/* The line of a lane that reaches its limit first, NULL: none does. */
static const struct lw_why_trend *soonest(const struct lw_trend_row *r,
					  const struct lw_why_past *past, int lane)
{
	const struct lw_why_trend *best = NULL;

	for (size_t i = 0; i < past->n; i++) {
		const struct lw_why_trend *t = &past->trend[i];

		if (t->lane == lane && strcmp(t->quantity, r->quantity) == 0 &&
		    stands_out(r, past, i) && (!best || t->days < best->days))
			best = t;
	}
	return best;
}

/* A value of the line in the unit that is shown; ratios are no logarithms any more. */
static const char *show(const struct lw_trend_row *r, double v, char ret[32])
{
	if (*r->unit)
		snprintf(ret, 32, "%.1f %s", v * r->factor, r->unit);
	else
		snprintf(ret, 32, "%.1e", pow(10, v));
	return ret;
}

/* "high-warning" as words. */
static const char *words(const char *limit, char ret[32])
{
	char *dash;

	snprintf(ret, 32, "%s", limit);
	dash = strchr(ret, '-');
	if (dash)
		*dash = ' ';
	return ret;
}

const char *lw_why_trend_text(const struct lw_why_trend *t, char ret[LW_WHY_TREND_TEXT])
{
	const struct lw_trend_row *r = lw_trend_rows;
	const size_t room = LW_WHY_TREND_TEXT;
	char value[32], limit[32], name[32];
	double a = fabs(t->per_day_low), b = fabs(t->per_day_high);
	int n;

	while (strcmp(r->quantity, t->quantity) != 0)
		r++;
	show(r, t->value, value);
	if (!t->moving) {
		snprintf(ret, room, "goes nowhere for sure: %s now, seen for %.0f days", value,
			 t->days_seen);
		return ret;
	}
	n = snprintf(ret, room,
		     "%s by %.2g %s a day (%.2g to %.2g with 95 %% confidence, seen for %.0f "
		     "days): %s now",
		     t->per_day > 0 ? "rises" : "falls", fabs(t->per_day) * r->factor, r->step,
		     fmin(a, b) * r->factor, fmax(a, b) * r->factor, t->days_seen, value);
	if (t->limit_name)
		snprintf(ret + n, room - (size_t)n, ", the %s of %s in %.0f days (%.0f to %.0f)",
			 words(t->limit_name, name), show(r, t->limit, limit), t->days, t->days_low,
			 t->days_high);
	return ret;
}

static void tell(struct lw_seen *s, enum lw_why_place end, const struct lw_trend_row *r,
		 uint32_t lanes, const struct lw_why_trend *t)
{
	char which[LW_LANES_TEXT], text[LW_WHY_TREND_TEXT];

	lw_why_trend_text(t, text);
	if (lanes)
		lw_see(s, end, (enum lw_symptom_id)r->symptom, lanes, "%s %s",
		       lw_lanes_text(lanes, which), text);
	else
		lw_see(s, end, (enum lw_symptom_id)r->symptom, 0, "%s of the path %s", r->quantity,
		       text);
}

static void see(struct lw_seen *s, enum lw_why_place end, const struct lw_trend_row *r,
		const struct lw_why_past *past)
{
	const struct lw_engine *e = s->e;
	const struct lw_why_trend *first = NULL;
	int want = e->link[s->link].want[end];
	uint32_t lanes = 0;

	for (unsigned i = 0; i < (r->path ? 1u : s->l->media_lanes); i++) {
		int lane = !r->path   ? s->l->media_lane[end][i]
			   : want < 0 ? -1
				      : e->module[s->l->cage[end]].want[want].first;
		const struct lw_why_trend *t = soonest(r, past, lane);

		if (!t)
			continue;
		lanes |= UINT32_C(1) << i;
		if (!first || t->days < first->days)
			first = t;
	}
	if (first)
		tell(s, end, r, r->path ? 0 : lanes, first);
}

void lw_see_trends(struct lw_seen *s, enum lw_why_place end)
{
	for (size_t i = 0; s->host->past && i < lw_trend_row_n; i++)
		see(s, end, &lw_trend_rows[i], &s->host->past[s->l->cage[end]]);
}
