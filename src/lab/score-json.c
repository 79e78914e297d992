/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/scenario.h>
#include <math.h>

static double seconds(int64_t ns)
{
	return round((double)ns / 1e6) / 1e3;
}

static double uptime(int64_t up_ns, int64_t ns)
{
	return ns ? round((double)up_ns / (double)ns * 1e9) / 1e9 : (double)NAN;
}

static void put_link(const struct lw_score_link *l, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "id", l->id);
	lw_json_put_bool(j, "up", l->exists && l->up);
	lw_json_put_number(j, "first_up_s",
			   lw_mono_before(l->up_at, LW_NEVER) ? seconds(l->up_at.ns) : (double)NAN);
	lw_json_put_number(j, "uptime", uptime(l->up_ns, l->ns));
	lw_json_put_number(j, "down_s", seconds(l->ns - l->up_ns));
	lw_json_put_int(j, "flaps", l->flaps);
	lw_json_end_object(j);
}

static void put_kind(const struct lw_score_kind *k, int kind, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "kind", lw_lab_fault_name(kind));
	lw_json_put_int(j, "times", k->times);
	lw_json_put_int(j, "links_down", k->links);
	lw_json_put_number(j, "down_after_least_s", round(k->least_s * 1e3) / 1e3);
	lw_json_put_number(j, "down_after_most_s", round(k->most_s * 1e3) / 1e3);
	lw_json_key(j, "named");
	lw_json_begin_object(j);
	for (unsigned i = 0; i < LW_SCORE_CAUSES && k->named[i].rule; i++)
		lw_json_put_int(j, k->named[i].rule, k->named[i].n);
	lw_json_end_object(j);
	lw_json_put_int(j, "unexplained", k->unexplained);
	lw_json_put_int(j, "brief", k->brief);
	lw_json_end_object(j);
}

static void put_expect(const struct lw_score_expect *x, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_int(j, "line", x->expect->line);
	lw_json_put_number(j, "at_s", seconds(x->at.ns));
	lw_json_put_string(j, "expect", x->expect->text);
	lw_json_put_bool(j, "met", x->outcome == LW_OUTCOME_MET);
	lw_json_put_string(j, "why", x->outcome == LW_OUTCOME_FAILED ? x->why : NULL);
	lw_json_end_object(j);
}

static void put_summary(const struct lw_score *s, struct lw_json *j)
{
	int64_t ns = 0, up_ns = 0;
	unsigned up = 0, exist = 0, flaps = 0, failed = 0;

	for (size_t i = 0; i < s->link_n; i++) {
		const struct lw_score_link *l = &s->links[i];

		ns += l->ns;
		up_ns += l->up_ns;
		flaps += l->flaps;
		exist += l->exists;
		up += l->exists && l->up;
	}
	for (size_t i = 0; i < s->expect_n; i++)
		failed += s->expects[i].outcome == LW_OUTCOME_FAILED;
	lw_json_begin_object(j);
	lw_json_put_int(j, "links", exist);
	lw_json_put_int(j, "up", up);
	lw_json_put_number(j, "uptime", uptime(up_ns, ns));
	lw_json_put_int(j, "flaps", flaps);
	lw_json_put_int(j, "injected", (int64_t)s->scenario->injection_n);
	lw_json_put_int(j, "blameless", s->blameless);
	lw_json_put_int(j, "expectations", (int64_t)s->expect_n);
	lw_json_put_int(j, "failed", failed);
	lw_json_end_object(j);
}

void lw_score_json(const struct lw_score *s, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "scenario", s->scenario->name);
	lw_json_put_string(j, "fabric", s->fabric->name);
	lw_json_put_int(j, "seed", (int64_t)s->scenario->seed);
	lw_json_put_number(j, "length_s", seconds(s->scenario->length.ns));
	lw_json_key(j, "links");
	lw_json_begin_array(j);
	for (size_t i = 0; i < s->link_n; i++)
		put_link(&s->links[i], j);
	lw_json_end_array(j);
	lw_json_key(j, "faults");
	lw_json_begin_array(j);
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		if (s->kind[k].times)
			put_kind(&s->kind[k], k, j);
	lw_json_end_array(j);
	lw_json_key(j, "expectations");
	lw_json_begin_array(j);
	for (size_t i = 0; i < s->expect_n; i++)
		put_expect(&s->expects[i], j);
	lw_json_end_array(j);
	lw_json_key(j, "summary");
	put_summary(s, j);
	lw_json_end_object(j);
}
