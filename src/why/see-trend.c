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

	return t->moving && slope > 0 && t->days_seen >= r->seen && slope * t->days_seen >= least &&
	       surely >= r->sure * slope &&
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
	size_t n = strlen(limit);

	n = n < 31 ? n : 31;
	for (size_t i = 0; i < n; i++)
		ret[i] = limit[i];
	ret[n] = '\0';
	if (strchr(ret, '-'))
		*strchr(ret, '-') = ' ';
	return ret;
}

static void tell(struct lw_seen *s, enum lw_why_place end, const struct lw_trend_row *r,
		 uint32_t lanes, const struct lw_why_trend *t)
{
	char which[LW_LANES_TEXT], value[32], limit[32], name[32], goal[120] = "";
	double slope = fabs(t->per_day) * r->factor;
	double low = fmin(fabs(t->per_day_low), fabs(t->per_day_high)) * r->factor;
	double high = fmax(fabs(t->per_day_low), fabs(t->per_day_high)) * r->factor;

	if (r->horizon > 0)
		snprintf(goal, sizeof(goal), ", the %s of %s in %.0f days (%.0f to %.0f)",
			 words(t->limit_name, name), show(r, t->limit, limit), t->days, t->days_low,
			 t->days_high);
	lw_see(s, end, (enum lw_symptom_id)r->symptom, lanes,
	       "%s%s %s by %.2g %s a day (%.2g to %.2g with 95 %% confidence, seen for %.0f days): "
	       "%s now%s",
	       lanes ? lw_lanes_text(lanes, which) : r->quantity, lanes ? "" : " of the path",
	       r->rises ? "rises" : "falls", slope, r->step, low, high, t->days_seen,
	       show(r, t->value, value), goal);
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
