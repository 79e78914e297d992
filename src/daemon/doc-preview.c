/* SPDX-License-Identifier: Apache-2.0 */
#include "doc.h"

static void link(const struct lw_fabric *f, const struct lw_flink *l, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "id", l->id);
	lw_json_put_int(j, "rate_mbps", l->rate_mbps);
	lw_json_put_string(j, "verdict", lw_verdict_name(l->verdict));
	lw_json_key(j, "ports");
	lw_json_begin_array(j);
	for (unsigned end = 0; end < 2; end++) {
		const struct lw_cage *c = &f->cages[l->cage[end]];
		const struct lw_lport *p = &c->mode.port[l->port[end]];

		lw_json_begin_object(j);
		lw_json_put_string(j, "cage", c->id);
		lw_json_put_int(j, "port", l->port[end] + 1);
		lw_json_put_int(j, "first_lane", p->first + 1);
		lw_json_put_int(j, "lanes", p->lanes);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_key(j, "findings");
	lw_findings_json(&l->findings, j);
	lw_json_end_object(j);
}

static bool touches(const struct lw_flink *l, size_t cage)
{
	return l->cage[0] == (int)cage || l->cage[1] == (int)cage;
}

static void steps(const struct lw_plan *p, struct lw_json *j)
{
	struct lw_buf text = LW_BUF_INIT;

	for (unsigned i = 0; i < p->n; i++) {
		lw_buf_clear(&text);
		lw_step_text(&p->step[i], &text);
		lw_json_begin_object(j);
		lw_json_put_string(j, "text", lw_buf_str(&text));
		lw_json_put_string(j, "why", p->step[i].why);
		lw_json_end_object(j);
	}
	lw_buf_finish(&text);
}

static void mask(const char *key, uint32_t lanes, struct lw_json *j)
{
	lw_json_key(j, key);
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 32; i++)
		if (lanes >> i & 1)
			lw_json_int(j, i + 1);
	lw_json_end_array(j);
}

int lwd_doc_preview(const struct lw_engine *e, size_t cage, const char *mode,
		    const struct lw_engine_preview *p, struct lw_buf *ret)
{
	const struct lw_cage *c = &e->fabric->cages[cage];
	struct lw_json j;

	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "cage", c->id);
	lw_json_put_string(&j, "from", c->mode_text);
	lw_json_put_string(&j, "to", mode);
	lw_json_key(&j, "kept");
	lw_json_begin_array(&j);
	for (size_t i = 0; i < p->fabric.link_n; i++)
		if (p->before[i] >= 0 && touches(&p->fabric.links[i], cage))
			link(&p->fabric, &p->fabric.links[i], &j);
	lw_json_end_array(&j);
	lw_json_key(&j, "added");
	lw_json_begin_array(&j);
	for (size_t i = 0; i < p->fabric.link_n; i++)
		if (p->before[i] < 0)
			link(&p->fabric, &p->fabric.links[i], &j);
	lw_json_end_array(&j);
	lw_json_key(&j, "removed");
	lw_json_begin_array(&j);
	for (size_t i = 0; i < p->end_n; i++)
		link(e->fabric, &e->fabric->links[p->ends[i]], &j);
	lw_json_end_array(&j);
	lw_json_key(&j, "plan");
	if (p->planned) {
		lw_json_begin_object(&j);
		mask("changed", p->plan.changed, &j);
		mask("kept", p->plan.kept, &j);
		mask("blocked", p->plan.blocked, &j);
		lw_json_key(&j, "steps");
		lw_json_begin_array(&j);
		steps(&p->plan, &j);
		lw_json_end_array(&j);
		lw_json_end_object(&j);
	} else {
		lw_json_null(&j);
	}
	lw_json_key(&j, "findings");
	lw_findings_json(&p->findings, &j);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}
