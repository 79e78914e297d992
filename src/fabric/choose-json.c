/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/choose.h>

static double tenths(double v)
{
	return isfinite(v) ? round(v * 10) / 10 : v;
}

static void choice(const struct lw_choice *x, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", x->name);
	lw_json_put_string(j, "kind", lw_media_kind_name(x->kind));
	lw_json_put_string(j, "verdict", lw_verdict_name(x->verdict));
	lw_json_put_string(j, "part_a", x->a->name);
	lw_json_put_string(j, "part_b", x->b->name);
	lw_json_put_string(j, "cord", x->cord ? x->cord->name : NULL);
	lw_json_put_string(j, "fibre", x->cord ? lw_grade_name(x->grade) : NULL);
	lw_json_put_string(j, "mode_a", x->a_mode);
	lw_json_put_string(j, "mode_b", x->b_mode);
	lw_json_put_string(j, "adapter_a", *x->a_adapter ? x->a_adapter : NULL);
	lw_json_put_string(j, "adapter_b", *x->b_adapter ? x->b_adapter : NULL);
	lw_json_put_number(j, "reach_m", x->reach_m > 0 ? x->reach_m : NAN);
	lw_json_put_number(j, "margin_db", tenths(x->margin_db));
	lw_json_put_number(j, "power_a_w", x->a->power_w);
	lw_json_put_number(j, "power_b_w", x->b->power_w);
	lw_json_put_number(j, "heat_w", tenths(x->power_w));
	lw_json_put_number(j, "cost", x->cost);
	lw_json_put_number(j, "latency_ns", tenths(x->latency_ns));
	lw_json_put_number(j, "diameter_mm", x->media->diameter_mm);
	lw_json_put_number(j, "bend_mm", x->media->bend_mm);
	lw_json_put_string(j, "weight", x->media->weight);
	lw_json_put_string(j, "emi", x->media->emi);
	lw_json_put_string(j, "confident", x->media->confidence);
	lw_json_put_string(j, "source", x->media->ref);
	lw_json_key(j, "findings");
	lw_findings_json(&x->findings, j);
	lw_json_end_object(j);
}

void lw_choose_json(const struct lw_choose_want *want, const struct lw_choices *c,
		    struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_key(j, "want");
	lw_json_begin_object(j);
	lw_json_put_string(j, "a", want->a->name);
	lw_json_put_string(j, "b", want->b->name);
	lw_json_put_int(j, "rate_mbps", want->rate_mbps);
	lw_json_put_int(j, "links", want->links);
	lw_json_put_number(j, "length_m", want->length_m);
	lw_json_end_object(j);
	for (int out = 0; out < 2; out++) {
		lw_json_key(j, out ? "out" : "choices");
		lw_json_begin_array(j);
		for (size_t i = out ? c->usable : 0; i < (out ? c->n : c->usable); i++)
			choice(&c->v[i], j);
		lw_json_end_array(j);
	}
	lw_json_key(j, "misfits");
	lw_json_begin_array(j);
	for (size_t i = 0; i < c->misfit_n; i++) {
		lw_json_begin_object(j);
		lw_json_put_string(j, "name", c->misfits[i].name);
		lw_json_put_string(j, "rule", c->misfits[i].rule);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}
