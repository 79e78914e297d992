/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As many as the daemon keeps. */
#define EVENTS_MAX 500
#define LANES_MAX  64

const char *const top_list_names[TOP_LISTS] = {"summary", "links", "cages", "events"};
const char *const top_state_names[TOP_STATES] = {"down", "starting", "at risk", "up", "off"};

int top_model_init(struct top_model *m)
{
	*m = (struct top_model){0};
	for (unsigned i = 0; i < TOP_LISTS; i++) {
		m->list[i] = i == TOP_EVENTS ? json_array() : json_object();
		if (!m->list[i]) {
			top_model_finish(m);
			return LW_ENOMEM;
		}
	}
	return 0;
}

void top_model_finish(struct top_model *m)
{
	for (unsigned i = 0; i < TOP_LISTS; i++)
		json_decref(m->list[i]);
	*m = (struct top_model){0};
}

const char *top_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

double top_number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

const json_t *top_object(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static const char *id_of(enum top_list which, const json_t *doc)
{
	return top_text(which == TOP_LINKS ? top_object(doc, "link") : doc, "id");
}

static int garbled(struct lw_error *reterr)
{
	return lw_fail(reterr, LW_EINVAL, "what comes is not of a lanewised");
}

/* Takes over `doc`. */
static int put(json_t *by_id, enum top_list which, json_t *doc, struct lw_error *reterr)
{
	const char *id = id_of(which, doc);

	if (!*id) {
		json_decref(doc);
		return garbled(reterr);
	}
	return json_object_set_new(by_id, id, doc) ? lw_fail(reterr, LW_ENOMEM, "out of memory")
						   : 0;
}

static int put_all(json_t *by_id, enum top_list which, json_t *all, struct lw_error *reterr)
{
	size_t i;
	json_t *doc;
	int r = json_is_array(all) ? 0 : garbled(reterr);

	json_array_foreach(all, i, doc)
	{
		if (!r)
			r = put(by_id, which, json_incref(doc), reterr);
	}
	return r;
}

int top_model_load(struct top_model *m, enum top_list which, const char *text, size_t n,
		   struct lw_error *reterr)
{
	json_t *all = json_loadb(text, n, 0, NULL), *by_id;
	int r;

	if (!all)
		return garbled(reterr);
	if (which == TOP_LINKS || which == TOP_CAGES) {
		by_id = json_object();
		r = by_id ? put_all(by_id, which, all, reterr) : LW_ENOMEM;
		json_decref(all);
		all = by_id;
	} else {
		r = json_is_array(all) == (which == TOP_EVENTS) ? 0 : garbled(reterr);
	}
	if (r) {
		json_decref(all);
		return r;
	}
	json_decref(m->list[which]);
	m->list[which] = all;
	m->changes++;
	return 0;
}

int top_model_event(struct top_model *m, const char *event, const char *text, size_t n,
		    struct lw_error *reterr)
{
	json_t *doc, *events = m->list[TOP_EVENTS];

	if (strcmp(event, "reset") == 0)
		return 1;
	doc = json_loadb(text, n, 0, NULL);
	if (!json_is_object(doc)) {
		json_decref(doc);
		return garbled(reterr);
	}
	m->changes++;
	if (strcmp(event, "link") == 0)
		return put(m->list[TOP_LINKS], TOP_LINKS, doc, reterr);
	if (strcmp(event, "cage") == 0)
		return put(m->list[TOP_CAGES], TOP_CAGES, doc, reterr);
	if (strcmp(event, "summary") == 0) {
		json_decref(m->list[TOP_SUMMARY]);
		m->list[TOP_SUMMARY] = doc;
		return 0;
	}
	if (strcmp(event, "event") != 0) { /* of a daemon that is newer */
		json_decref(doc);
		return 0;
	}
	while (json_array_size(events) >= EVENTS_MAX)
		json_array_remove(events, 0);
	return json_array_append_new(events, doc) ? LW_ENOMEM : 0;
}

double top_dbm(double watts)
{
	return watts > 0 ? 10 * log10(watts * 1e3) : (double)NAN;
}

struct top_reading top_reading(const struct top_model *m, const char *cage, const char *quantity,
			       unsigned lane)
{
	const json_t *q =
		top_object(top_object(top_object(m->list[TOP_CAGES], cage), "monitors"), quantity);
	const json_t *limits = top_object(q, "limits"), *value = top_object(q, "value");
	struct top_reading r = {.value = (double)NAN,
				.low_alarm = top_number(limits, "low_alarm"),
				.low_warning = top_number(limits, "low_warning"),
				.high_warning = top_number(limits, "high_warning"),
				.high_alarm = top_number(limits, "high_alarm"),
				.unit = top_text(q, "unit")};

	if (lane)
		value = json_array_get(value, lane - 1);
	if (json_is_number(value))
		r.value = json_number_value(value);
	return r;
}

const char *top_mark(const struct top_reading *r)
{
	if (r->value > r->high_alarm || r->value < r->low_alarm)
		return "!!";
	return r->value > r->high_warning || r->value < r->low_warning ? "!" : "";
}

/* dB between a power and its nearest limit of warning; less than 0 beyond it. */
static double margin(const struct top_reading *r)
{
	/* a receiver in the dark reads 0: as far off as a register can say */
	double x = top_dbm(r->value > 1e-7 ? r->value : 1e-7);

	return isnan(r->value) ? (double)NAN
			       : fmin(x - top_dbm(r->low_warning), top_dbm(r->high_warning) - x);
}

struct top_reading top_ber(const struct top_model *m, const json_t *end)
{
	double first = top_number(end, "first_lane");

	return top_reading(m, top_text(end, "cage"), "media-ber",
			   first >= 1 && first <= LANES_MAX ? (unsigned)first : LANES_MAX + 1);
}

static void look_at_end(const struct top_model *m, const json_t *link, unsigned end,
			struct top_row *row)
{
	const json_t *lanes = top_object(link, "lanes");
	const char *cage = top_text(json_array_get(top_object(link, "ends"), end), "cage");
	double c = top_reading(m, cage, "temperature", 0).value;

	row->celsius = fmax(row->celsius, c);
	row->ber = fmax(row->ber, top_ber(m, json_array_get(top_object(link, "ends"), end)).value);
	for (size_t i = 0; i < json_array_size(lanes); i++) {
		double lane =
			top_number(json_array_get(lanes, i), end ? "b_media_lane" : "a_media_lane");
		struct top_reading r;
		double x;

		if (!(lane >= 1 && lane <= LANES_MAX))
			continue;
		r = top_reading(m, cage, "rx-power", (unsigned)lane);
		x = margin(&r);
		if (isnan(r.value) || (!isnan(row->rx_dbm) && !(x < row->margin_db)))
			continue;
		row->rx_dbm = top_dbm(r.value > 1e-7 ? r.value : 1e-7);
		row->margin_db = x;
	}
}

static void look(const struct top_model *m, const char *id, const json_t *doc, struct top_row *row)
{
	const json_t *link = top_object(doc, "link"), *cause;
	const char *state = top_text(link, "state");

	cause = json_array_get(top_object(top_object(doc, "why"), "causes"), 0);
	*row = (struct top_row){.id = id,
				.doc = doc,
				.since_s = top_number(doc, "since_s"),
				.rate_mbps = top_number(link, "rate_mbps"),
				.flaps = top_number(link, "flaps"),
				.rx_dbm = (double)NAN,
				.margin_db = (double)NAN,
				.celsius = (double)NAN,
				.ber = (double)NAN,
				.cause = top_text(cause, "cause"),
				.text = top_text(cause, "text")};
	if (json_is_false(top_object(doc, "enabled")))
		row->state = TOP_OFF;
	else if (strcmp(state, "up") == 0)
		/* advice is for a link that is well */
		row->state = *row->cause && strcmp(top_text(cause, "severity"), "info") != 0
				     ? TOP_RISK
				     : TOP_UP;
	else
		row->state = strcmp(state, "down") == 0 ? TOP_DOWN : TOP_STARTING;
	for (unsigned end = 0; end < 2; end++)
		look_at_end(m, link, end, row);
}

struct top_row *top_rows(const struct top_model *m, size_t *ret_n)
{
	size_t n = json_object_size(m->list[TOP_LINKS]), i = 0;
	struct top_row *v = n ? calloc(n, sizeof(*v)) : NULL;
	const char *id;
	json_t *doc;

	*ret_n = v ? n : 0;
	if (!v)
		return NULL;
	json_object_foreach(m->list[TOP_LINKS], id, doc)
	{
		look(m, id, doc, &v[i++]);
	}
	return v;
}
