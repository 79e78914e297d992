/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/why.h>

static void lanes_json(uint32_t lanes, struct lw_json *j)
{
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 32; i++)
		if (lanes >> i & 1)
			lw_json_int(j, i + 1);
	lw_json_end_array(j);
}

static void cause_json(const struct lw_engine *e, const struct lw_diagnosis *d,
		       const struct lw_cause *c, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "cause", c->name);
	lw_json_put_string(j, "at", lw_why_place(e, d, c->place));
	lanes_json(c->lanes, j);
	lw_json_put_string(j, "text", c->title);
	lw_json_put_string(j, "first", c->first);
	lw_json_put_string(j, "next", c->next[0] ? c->next : NULL);
	lw_json_put_string(j, "isolate", c->isolate);
	lw_json_put_string(j, "severity", lw_severity_name(c->severity));
	lw_json_key(j, "weak");
	lw_json_bool(j, c->weak);
	lw_json_put_string(j, "ref", c->ref);
	lw_json_key(j, "evidence");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < c->evidence_n; i++)
		lw_json_int(j, c->evidence[i]);
	lw_json_end_array(j);
	lw_json_end_object(j);
}

void lw_why_json(const struct lw_engine *e, const struct lw_diagnosis *d, struct lw_json *j)
{
	const struct lw_engine_link *x = &e->link[d->link];

	lw_json_begin_object(j);
	lw_json_put_string(j, "link", e->fabric->links[d->link].id);
	lw_json_put_string(j, "state", lw_link_state_name(x->state));
	lw_json_key(j, "for_s");
	lw_json_number(j, (double)(e->now.ns - x->since.ns) / 1e9);
	lw_json_put_int(j, "flaps", x->flaps);
	lw_json_key(j, "causes");
	lw_json_begin_array(j);
	for (size_t i = 0; i < d->cause_n; i++)
		cause_json(e, d, &d->cause[i], j);
	lw_json_end_array(j);
	lw_json_key(j, "symptoms");
	lw_json_begin_array(j);
	for (size_t i = 0; i < d->symptom_n; i++) {
		const struct lw_symptom *s = &d->symptom[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "symptom", s->name);
		lw_json_put_string(j, "at", lw_why_place(e, d, s->place));
		lanes_json(s->lanes, j);
		lw_json_put_string(j, "text", s->text);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}
