/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

const struct lw_ability *lw_judge_chosen(const struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];

	return end->chosen >= 0 && (size_t)end->chosen < end->ability_n
		       ? &end->abilities[end->chosen]
		       : NULL;
}

const struct lw_ability *lw_judge_face(const struct judge *j, int e)
{
	const struct lw_ability *a = lw_judge_chosen(j, e);

	return a ? a : j->end[e]->face;
}

const struct lw_pmd *lw_judge_pmd(const struct judge *j, int e)
{
	const struct lw_ability *a = lw_judge_face(j, e);

	return a ? a->pmd : NULL;
}

const char *lw_judge_text(struct judge *j, const char *fmt, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	s = lw_arena_vprintf(j->findings->arena, fmt, ap);
	va_end(ap);
	return s ? s : "";
}

const char *lw_judge_standard(struct judge *j, const struct lw_pmd *p)
{
	return lw_judge_text(j, "%.*s", (int)strcspn(p->ref, ";"), p->ref);
}

const char *lw_judge_signal(struct judge *j, uint32_t baud_kbd, enum lw_modulation m)
{
	return lw_judge_text(j, "%.8g GBd %s", baud_kbd / 1e6, lw_modulation_name(m));
}

const char *lw_judge_lanes(struct judge *j, unsigned first, unsigned n)
{
	return n == 1 ? lw_judge_text(j, "lane %u", first + 1)
		      : lw_judge_text(j, "lanes %u-%u", first + 1, first + n);
}

enum lw_severity lw_judge_fatal(const char *confidence)
{
	return confidence && !strcmp(confidence, "low") ? LW_RISK : LW_FATAL;
}

void lw_judge_say(struct judge *j, const char *rule, enum lw_severity severity, const char *remedy,
		  const char *ref, const char *confidence, const char *fmt, ...)
{
	const struct lw_rule *r = lw_rule_find(rule);
	const char *text;
	va_list ap;

	assert(r);
	va_start(ap, fmt);
	text = lw_arena_vprintf(j->findings->arena, fmt, ap);
	va_end(ap);
	if (!ref)
		ref = r->ref;
	if (confidence && strcmp(confidence, "high"))
		ref = lw_judge_text(j, "%s (%s confidence)", ref, confidence);
	/* a full arena is sticky: lw_link_judge() looks once at the end */
	lw_findings_add(j->findings, rule, severity, j->subject, remedy ? remedy : r->remedy, ref,
			"%s", text ? text : "");
}

const char *lw_verdict_name(enum lw_verdict v)
{
	static const char *const names[] = {"up", "at-risk", "down"};

	return names[v];
}

static enum lw_verdict verdict_since(const struct lw_findings *f, size_t first)
{
	enum lw_verdict v = LW_UP;

	for (size_t i = first; i < f->n; i++) {
		if (f->v[i].severity == LW_FATAL)
			return LW_DOWN;
		if (f->v[i].severity == LW_RISK)
			v = LW_AT_RISK;
	}
	return v;
}

int lw_link_judge(const char *subject, const struct lw_link_end *a, const struct lw_link_end *b,
		  const struct lw_link_path *path, struct lw_findings *ret,
		  enum lw_verdict *ret_verdict, struct lw_error *reterr)
{
	struct judge j = {.subject = subject, .end = {a, b}, .path = path, .findings = ret};
	size_t first = ret->n;

	for (int e = 0; e < 2; e++) {
		lw_rule_form_factor(&j, e);
		lw_rule_cage_power(&j, e);
		lw_rule_host_lanes(&j, e);
		lw_rule_host_signal(&j, e);
		lw_rule_module_fit(&j, e);
		lw_rule_thermal(&j, e);
		lw_rule_vendor_lock(&j, e);
		lw_rule_firmware(&j, e);
		lw_rule_linear(&j, e);
	}
	lw_rule_protocol(&j);
	lw_rule_rate(&j);
	if (path->fixed) {
		lw_rule_fixed_lanes(&j);
		lw_rule_cable_reach(&j);
	} else {
		lw_rule_media_lanes(&j);
		lw_rule_wavelength(&j);
		lw_rule_fibre_type(&j);
		lw_rule_connector(&j);
		lw_rule_polish(&j);
		lw_rule_reach(&j);
		lw_rule_loss_budget(&j);
	}
	lw_rule_joined_lanes(&j);
	lw_rule_gearbox(&j);
	lw_rule_fec(&j);
	lw_rule_autoneg(&j);
	if (ret->arena->failed)
		return lw_fail(reterr, LW_ENOMEM, "out of memory while judging %.80s", subject);
	*ret_verdict = verdict_since(ret, first);
	return 0;
}
