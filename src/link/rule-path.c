/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <math.h>
#include <string.h>

#define A 0
#define B 1

/* What of a code the host runs: an inner code ("+inner") is added inside the module. */
static bool same_code(const char *a, const char *b)
{
	size_t n = strcspn(a, "+"), m = strcspn(b, "+");

	return n == m && !memcmp(a, b, n);
}

/* How error correction lies at one end. */
struct fec_end {
	bool in_module;   /* the module ends the line's code; the host's code stays on its lanes */
	const char *need; /* what the host must run */
	const char *host; /* what it runs */
	const char *line; /* what the fibre or cable carries */
};

/*
 * A module ends FEC itself where the host lanes cannot carry the line's code: 100GBASE-DR on
 * CAUI-4. Its host then runs none on NRZ lanes, and on PAM4 lanes the code these lanes always run.
 */
static void fec_at(const struct judge *j, int e, struct fec_end *ret)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_ability *a = lw_judge_chosen(j, e);
	const struct lw_pmd *pmd = a ? a->pmd : NULL;
	const char *host = a && a->host ? a->host->fec : "";

	*ret = (struct fec_end){.need = end->port->fec};
	if (pmd && *pmd->fec) {
		ret->in_module = pmd->fec_in_module && !same_code(end->port->fec, pmd->fec);
		ret->need = pmd->fec;
		if (ret->in_module)
			ret->need = end->port->modulation == LW_PAM4 ? end->port->fec : "none";
	} else if (*host) {
		ret->need = host;
	}
	ret->host = end->fec ? end->fec : ret->need;
	ret->line = ret->in_module ? pmd->fec : ret->host;
}

/* Lanes of unlike signal do not meet at all; which code they would carry is beside the point. */
static bool unlike_lanes(const struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);
	const struct lw_lport *a = j->end[A]->port, *b = j->end[B]->port;

	if (j->path->fixed)
		return j->path->passive && a->baud_kbd != b->baud_kbd;
	return pa && pb && (pa->baud_kbd != pb->baud_kbd || pa->modulation != pb->modulation);
}

/* Error correction is right at each host and the same on both ends of the line. */
void lw_rule_fec(struct judge *j)
{
	struct fec_end f[2];

	/* an end that no ability serves has been told so; its FEC is beside the point */
	if (!lw_judge_chosen(j, A) || !lw_judge_chosen(j, B) || unlike_lanes(j))
		return;
	for (int e = 0; e < 2; e++) {
		fec_at(j, e, &f[e]);
		if (f[e].in_module && !same_code(f[e].host, f[e].need))
			lw_judge_say(
				j, "fec", LW_FATAL,
				lw_judge_text(j, "Set fec: %s at %s.", f[e].need, j->end[e]->name),
				NULL, NULL,
				"%s runs %s towards %s, which corrects errors itself (%s on "
				"the fibre) and expects %s from the host",
				j->end[e]->name, f[e].host, j->end[e]->part, f[e].line, f[e].need);
	}
	if (!same_code(f[A].line, f[B].line)) {
		lw_judge_say(j, "fec", LW_FATAL,
			     lw_judge_text(j, "Set the same FEC at both ends: %s.",
					   f[A].in_module ? f[A].line : f[A].need),
			     NULL, NULL, "%s sends %s, %s sends %s", j->end[A]->name, f[A].line,
			     j->end[B]->name, f[B].line);
		return;
	}
	for (int e = 0; e < 2; e++) {
		bool pam4 = j->end[e]->port->modulation == LW_PAM4;

		if (f[e].in_module || same_code(f[e].host, f[e].need) || !strcmp(f[e].need, "none"))
			continue;
		lw_judge_say(j, "fec", pam4 ? LW_FATAL : LW_RISK,
			     lw_judge_text(j, "Set fec: %s at both ends.", f[e].need), NULL, NULL,
			     "both ends run %s, the link needs %s%s", f[e].host, f[e].need,
			     pam4 ? ": PAM4 does not work without it"
				  : " to reach its length with few errors");
		return;
	}
}

/* Severity of a length above the limit: a little too long often works, a doubtful limit decides
 * only what is far beyond it. */
static enum lw_severity too_long(double length, double limit, const char *confidence)
{
	const struct lw_rule *r = lw_rule_find("reach");

	if (length > limit * r->far)
		return LW_FATAL;
	return length <= limit * r->limit ? LW_RISK : lw_judge_fatal(confidence);
}

/* The fibre is no longer than both PMDs are specified for on its grade. */
void lw_rule_reach(struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B), *p;
	enum lw_grade g = j->path->grade;
	double length = j->path->length_m;
	uint32_t limit;
	int e;

	if (!pa || !pb || g == LW_GRADE_NONE || pa->medium != pb->medium ||
	    pa->medium != lw_grade_medium(g))
		return;
	for (e = A; e <= B; e++) {
		p = e == A ? pa : pb;
		if (p->reach_m[g])
			continue;
		lw_judge_say(j, "reach", LW_RISK, "Use a grade the PMD is specified for.", p->ref,
			     p->confidence, "%s: %s is specified for no length of %s",
			     j->end[e]->name, p->name, lw_grade_name(g));
		return;
	}
	e = pa->reach_m[g] <= pb->reach_m[g] ? A : B;
	p = e == A ? pa : pb;
	limit = p->reach_m[g];
	if (length > limit)
		lw_judge_say(j, "reach", too_long(length, limit, p->confidence), NULL, p->ref,
			     p->confidence, "%.6g m of %s; %s at %s is specified for %u m", length,
			     lw_grade_name(g), p->name, j->end[e]->name, limit);
}

/* A cable with fixed ends is no longer than its PMD allows and than is made of its type. */
void lw_rule_cable_reach(struct judge *j)
{
	const struct lw_pmd *pmd = lw_judge_pmd(j, A);
	const struct lw_media *m = lw_media_find(j->path->product);
	/* amplifiers in the plugs carry further than the PMD's own channel */
	bool wires = j->path->passive && (!m || m->kind == LW_DAC);
	const struct lw_channel *c = wires ? lw_channel_find(pmd) : NULL;
	double length = j->path->length_m, limit = m ? m->longest_m : c ? c->copper_m : NAN;
	const char *conf = m ? m->confidence : c ? c->confidence : NULL;
	const char *kind = wires ? "passive copper" : m ? lw_media_kind_name(m->kind) : "cable";
	bool above_pmd = c && length > c->copper_m;

	if (!above_pmd && !(length > limit))
		return;
	lw_judge_say(j, "reach", length > limit ? too_long(length, limit, conf) : LW_RISK,
		     m && m->kind == LW_AOC
			     ? "Use modules and a fibre cord."
			     : "Use a shorter cable, an active one (AEC, AOC), or modules.",
		     length > limit && m ? m->ref : c->ref, length > limit ? conf : c->confidence,
		     "%.6g m of %s%s%s", length, kind,
		     c ? lw_judge_text(j, "; %s is specified for %.6g m", pmd->name, c->copper_m)
		       : "",
		     m ? lw_judge_text(j, "; %s is sold up to %.6g m", m->part, m->longest_m) : "");
}

/*
 * Copper lanes find each other by clause 73: both ends do it or none does. Nothing answers it over
 * fibre or through a retimer.
 */
void lw_rule_autoneg(struct judge *j)
{
	const struct lw_link_end *a = j->end[A], *b = j->end[B];

	if (!j->path->passive) {
		for (int e = A; e <= B; e++)
			if (j->end[e]->autoneg == LW_AN_ON)
				lw_judge_say(j, "autoneg", LW_RISK,
					     lw_judge_text(j, "Set autoneg: off at %s.",
							   j->end[e]->name),
					     NULL, NULL,
					     "%s has autonegotiation on; %s does not answer it",
					     j->end[e]->name,
					     j->path->fixed ? "an active cable" : "fibre optics");
		return;
	}
	if (a->autoneg && b->autoneg && a->autoneg != b->autoneg) {
		lw_judge_say(j, "autoneg", LW_FATAL, NULL, NULL, NULL,
			     "%s has autonegotiation %s, %s has it %s", a->name,
			     a->autoneg == LW_AN_ON ? "on" : "off", b->name,
			     b->autoneg == LW_AN_ON ? "on" : "off");
		return;
	}
	/* the limit is in GBd */
	if (a->autoneg == LW_AN_OFF && b->autoneg == LW_AN_OFF &&
	    a->port->baud_kbd / 1e6 >= lw_rule_find("autoneg")->limit)
		lw_judge_say(j, "autoneg", LW_RISK, "Set autoneg: on at both ends.", NULL, NULL,
			     "both ends have autonegotiation off: lanes of %.8g GBd over passive "
			     "copper are then not trained",
			     a->port->baud_kbd / 1e6);
}

/* Does one of the two name the other among what its lanes may face? */
static bool related(const struct lw_pmd *a, const struct lw_pmd *b)
{
	const char *s = a->splits;
	size_t n = strlen(b->name);

	while (s && *s) {
		const char *end = s + strcspn(s, ";"), *x = memchr(s, 'x', (size_t)(end - s));

		if (x && (size_t)(end - x - 1) == n && !memcmp(x + 1, b->name, n))
			return true;
		s = *end ? end + 1 : end;
	}
	return false;
}

/* Light enough: the worst-case loss against what both PMDs allow; levels of unlike PMDs. */
void lw_rule_loss_budget(struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);
	struct lw_budget b;

	lw_link_budget(j->end[A], j->end[B], j->path, &b);
	if (b.margin_db < 0) {
		/* even a doubtful limit decides when the typical way is far beyond it */
		bool far = b.mean_db > b.limit_db + lw_rule_find("loss-budget")->far;

		lw_judge_say(j, "loss-budget", far ? LW_FATAL : LW_RISK, NULL, b.ref, b.confidence,
			     "the way may lose %.2f dB at worst, the channel may lose %.2f dB: "
			     "margin %.2f dB (%.2f dB as a rule, with which the margin is %.2f dB)",
			     b.loss_db, b.limit_db, b.margin_db, b.likely_db,
			     b.limit_db - b.likely_db);
	}
	/* unlike lanes have been told so above; here remain pairs that differ only in level */
	if (!pa || !pb || !lw_judge_chosen(j, A) || !lw_judge_chosen(j, B) || pa == pb ||
	    related(pa, pb) || related(pb, pa) || pa->medium != pb->medium ||
	    pa->baud_kbd != pb->baud_kbd || pa->modulation != pb->modulation || lw_judge_apart(j))
		return;
	lw_judge_say(j, "loss-budget", LW_RISK,
		     "Compare the launch power and receiver range of both data sheets.", NULL, NULL,
		     "%s is %s, %s is %s: their power levels are specified apart", j->end[A]->name,
		     pa->name, j->end[B]->name, pb->name);
}
