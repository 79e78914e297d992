/* SPDX-License-Identifier: Apache-2.0 */
/* One link end to end: its state, causes and advice, its lanes at both ends, its modules. */
#include "link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a lane's two ends: host, media, tx, bias, rx, and the same mirrored. */
#define END_A 6
#define END_B 42

/* "  label: text", wrapped. */
static void told(struct top_page *p, unsigned indent, const char *label, const char *text)
{
	if (!*text)
		return;
	top_page_next(p);
	top_put_wrapped(p, top_put(p, indent, TOP_DIM, "%s ", label), indent + 9, TOP_PLAIN, text);
}

static void head(const struct top_row *r, double now_s, struct top_page *p)
{
	char rate[16], span[8];

	top_page_next(p);
	top_put(p, top_put(p, 0, TOP_BOLD, "%s", r->id) + 2,
		r->state == TOP_DOWN ? TOP_BAD
		: r->state == TOP_UP ? TOP_GOOD
				     : TOP_WARN,
		"%s for %s, %s, went down %.0f times", top_state_names[r->state],
		top_span(now_s - r->since_s, span), top_rate(r->rate_mbps, rate), r->flaps);
}

static void causes(const json_t *why, struct top_page *p)
{
	const json_t *list = top_object(why, "causes"), *seen = top_object(why, "symptoms");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i), *evidence = top_object(c, "evidence");
		char text[TOP_WIDTH_MAX];

		top_page_next(p);
		snprintf(text, sizeof(text), "%s: %s (%s%s)", top_text(c, "at"),
			 top_text(c, "text"), top_text(c, "cause"),
			 json_is_true(top_object(c, "weak")) ? ", low confidence" : "");
		top_put_wrapped(p, 2, 4, TOP_BOLD, text);
		for (size_t k = 0; k < json_array_size(evidence); k++) {
			const json_t *number = json_array_get(evidence, k), *s;

			s = json_array_get(seen, (size_t)json_integer_value(number));
			snprintf(text, sizeof(text), "%s: %s", top_text(s, "at"),
				 top_text(s, "text"));
			told(p, 4, k ? "        " : "seen    ", s ? text : "");
		}
		told(p, 4, "do      ", top_text(c, "first"));
		told(p, 4, "then    ", top_text(c, "next"));
		told(p, 4, "exchange", top_text(c, "isolate"));
	}
}

static void put_reading(struct top_page *p, unsigned at, const struct top_reading *r, double shown)
{
	const char *mark = top_mark(r);
	enum top_style style = mark[0] ? (mark[1] ? TOP_BAD : TOP_WARN) : TOP_PLAIN;

	if (isnan(r->value))
		top_put(p, at, style, "%6s", "-");
	else if (isnan(shown)) /* no light at all: no number of dBm */
		top_put(p, at, style, "%6s%s", "dark", mark);
	else
		top_put(p, at, style, "%6.*f%s", fabs(shown) < 100 ? 2 : 1, shown, mark);
}

/* Powers and bias of a lane, from the host's side outward. */
static void end_of_lane(const struct top_model *m, const json_t *lane, const char *cage,
			unsigned end, struct top_page *p)
{
	unsigned at = end ? END_B : END_A, media;
	double host = top_number(lane, end ? "b_host_lane" : "a_host_lane"),
	       n = top_number(lane, end ? "b_media_lane" : "a_media_lane");
	struct top_reading tx, bias, rx;

	if (!(host >= 1 && host <= 64 && n >= 1 && n <= 64))
		return;
	media = (unsigned)n;
	tx = top_reading(m, cage, "tx-power", media);
	bias = top_reading(m, cage, "tx-bias", media);
	rx = top_reading(m, cage, "rx-power", media);
	top_put(p, at, TOP_PLAIN, "%4.0f %5u", host, media);
	put_reading(p, at + 11, &tx, top_dbm(tx.value));
	put_reading(p, at + 19, &bias, bias.value * 1e3);
	put_reading(p, at + 27, &rx, top_dbm(rx.value));
}

static void lanes(const struct top_model *m, const json_t *link, struct top_page *p)
{
	const json_t *list = top_object(link, "lanes"), *ends = top_object(link, "ends");
	const char *cage[2];

	for (unsigned end = 0; end < 2; end++)
		cage[end] = top_text(json_array_get(ends, end), "cage");
	top_page_next(p);
	top_page_next(p);
	for (unsigned end = 0; end < 2; end++)
		top_put(p, end ? END_B : END_A, TOP_BOLD, "%.34s", cage[end]);
	top_page_next(p);
	top_put(p, 0, TOP_BOLD, "lane");
	for (unsigned end = 0; end < 2; end++)
		top_put(p, end ? END_B : END_A, TOP_BOLD, "host media %6s %7s %7s", "tx dBm",
			"bias mA", "rx dBm");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *lane = json_array_get(list, i);

		top_page_next(p);
		top_put(p, 0, TOP_PLAIN, "%4.0f", top_number(lane, "lane"));
		for (unsigned end = 0; end < 2; end++)
			end_of_lane(m, lane, cage[end], end, p);
	}
}

static void module(const struct top_model *m, const json_t *end, struct top_page *p)
{
	const char *id = top_text(end, "cage"), *state = top_text(end, "dp_state");
	const json_t *cage = top_object(m->list[TOP_CAGES], id), *who = top_object(cage, "module");
	struct top_reading heat = top_reading(m, id, "temperature", 0),
			   supply = top_reading(m, id, "supply", 0), ber = top_ber(m, end);
	unsigned at;

	top_page_next(p);
	at = top_put(p, 0, TOP_BOLD, "%s", id);
	if (json_is_object(who))
		at = top_put(p, at + 2, TOP_PLAIN, "%s %s %s", top_text(who, "vendor"),
			     top_text(who, "part"), top_text(who, "serial"));
	else
		at = top_put(p, at + 2, TOP_PLAIN, "%s",
			     json_is_false(top_object(cage, "managed"))
				     ? "is not driven by this daemon"
				     : "no module is known");
	if (*state)
		top_put(p, at + 2, TOP_PLAIN, "%s", state);
	if (!isnan(heat.value) || !isnan(supply.value)) {
		top_page_next(p);
		put_reading(p, 2, &heat, heat.value);
		top_put(p, 11, TOP_PLAIN, "degC");
		put_reading(p, 16, &supply, supply.value);
		top_put(p, 25, TOP_PLAIN, "V");
		if (!isnan(ber.value))
			top_put(p, 30, TOP_PLAIN, "BER %.1e%s before FEC", ber.value,
				top_mark(&ber));
	}
	told(p, 2, "waits   ", top_text(end, "reason"));
}

static void findings(const json_t *list, struct top_page *p)
{
	if (json_array_size(list)) {
		top_page_next(p);
		top_page_next(p);
		top_put(p, 0, TOP_BOLD, "findings");
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);

		top_page_next(p);
		top_put_wrapped(p,
				top_put(p, 2, TOP_PLAIN, "%s %s: ", top_text(f, "severity"),
					top_text(f, "rule")),
				8, TOP_PLAIN, top_text(f, "text"));
		told(p, 4, "remedy  ", top_text(f, "remedy"));
	}
}

static void events(const struct top_model *m, const char *id, double now_s, struct top_page *p)
{
	const json_t *list = m->list[TOP_EVENTS];
	double started = top_number(m->list[TOP_SUMMARY], "started_ms");
	bool first = true;

	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *e = json_array_get(list, i);
		char span[8];

		if (strcmp(top_text(e, "link"), id) != 0)
			continue;
		if (first) {
			top_page_next(p);
			top_page_next(p);
			top_put(p, 0, TOP_BOLD, "changes");
			first = false;
		}
		top_page_next(p);
		top_put(p, 2, TOP_PLAIN, "%4s ago  %s -> %s  %s",
			top_span(now_s - (top_number(e, "at_ms") - started) / 1000, span),
			top_text(e, "from"), top_text(e, "to"), top_text(e, "cause"));
	}
}

static bool find(const struct top_model *m, const char *id, struct top_row *ret)
{
	size_t n;
	struct top_row *rows = top_rows(m, &n);
	bool found = false;

	for (size_t i = 0; i < n && !found; i++)
		if (strcmp(rows[i].id, id) == 0) {
			*ret = rows[i];
			found = true;
		}
	free(rows);
	return found;
}

bool top_link_draw(const struct top_model *m, const char *id, double now_s, struct top_page *p)
{
	struct top_row r;
	const json_t *link, *ends;

	if (!find(m, id, &r))
		return false;
	link = top_object(r.doc, "link");
	ends = top_object(link, "ends");
	head(&r, now_s, p);
	causes(top_object(r.doc, "why"), p);
	lanes(m, link, p);
	top_page_next(p);
	for (size_t i = 0; i < json_array_size(ends); i++)
		module(m, json_array_get(ends, i), p);
	findings(top_object(link, "findings"), p);
	events(m, id, now_s, p);
	return true;
}
