/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <math.h>
#include <string.h>

#define A 0
#define B 1

/* Severity of a length above the limit: a little too long often works, a doubtful limit decides
 * only what is far beyond it. */
static enum lw_severity too_long(double length, double limit, const char *confidence)
{
	const struct lw_rule *r = lw_rule_find("reach");

	if (length >= limit * r->far)
		return LW_FATAL;
	return length <= limit * r->limit ? LW_RISK : lw_judge_fatal(confidence);
}

/* The longest that a PMD is specified for on any grade of its medium. */
static uint32_t longest(const struct lw_pmd *p)
{
	uint32_t m = 0;

	for (enum lw_grade g = LW_OM1; g < LW_GRADE_NONE; g++)
		if (lw_grade_medium(g) == p->medium && p->reach_m[g] > m)
			m = p->reach_m[g];
	return m;
}

/* A grade that the PMD is not specified for: a short way may do, beyond its best grade's none. */
static void no_grade(struct judge *j, int e, const struct lw_pmd *p)
{
	double length = j->path->length_m;
	uint32_t best = longest(p);
	bool far = best && length > best * lw_rule_find("reach")->limit;

	lw_judge_say(j, "reach", far ? lw_judge_fatal(p->confidence) : LW_RISK,
		     "Use a grade the PMD is specified for.", lw_judge_standard(j, p),
		     p->confidence, "%s: %s is specified for no length of %s%s", j->end[e]->name,
		     p->name, lw_grade_name(j->path->grade),
		     far ? lw_judge_text(j, "; %.6g m are more than the %u m of its best fibre",
					 length, best)
			 : "");
}

/* The fibre is no longer than both PMDs are specified for on its grade. */
void lw_rule_reach(struct judge *j)
{
	/* lanes of a whole used apart go as far as the whole does */
	const struct lw_pmd *pa = lw_end_light(j->end[A]), *pb = lw_end_light(j->end[B]), *p;
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
		no_grade(j, e, p);
		return;
	}
	e = pa->reach_m[g] <= pb->reach_m[g] ? A : B;
	p = e == A ? pa : pb;
	limit = p->reach_m[g];
	if (length > limit)
		lw_judge_say(j, "reach", too_long(length, limit, p->confidence), NULL,
			     lw_judge_standard(j, p), p->confidence,
			     "%.6g m of %s; %s at %s is specified for %u m", length,
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

/* Lanes that meet and understand each other: what is left to judge is how strong the light is. */
static bool alike(const struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);

	return pa && pb && lw_judge_chosen(j, A) && lw_judge_chosen(j, B) &&
	       pa->medium == pb->medium && pa->baud_kbd == pb->baud_kbd &&
	       pa->modulation == pb->modulation && !lw_judge_apart(j);
}

/* Lanes of one specification under two names: 10GBASE-R lanes of a 100GBASE-SR10 are 40GBASE-SR4's.
 */
static bool same_levels(const struct lw_pmd *a, const struct lw_pmd *b)
{
	const struct lw_light_levels *x = lw_levels_find(a), *y = lw_levels_find(b);

	return x && y && x->tx_min_dbm == y->tx_min_dbm && x->tx_max_dbm == y->tx_max_dbm &&
	       x->rx_min_dbm == y->rx_min_dbm && x->rx_max_dbm == y->rx_max_dbm;
}

/* " (sends -2.9 to 4 dBm, takes -5.9 to 4 dBm)", "" if not all of it is known. */
static const char *levels(struct judge *j, const struct lw_pmd *p)
{
	const struct lw_light_levels *v = lw_levels_find(p);

	if (!v || isnan(v->tx_min_dbm + v->tx_max_dbm + v->rx_min_dbm + v->rx_max_dbm))
		return "";
	return lw_judge_text(j, " (sends %.4g to %.4g dBm, takes %.4g to %.4g dBm)", v->tx_min_dbm,
			     v->tx_max_dbm, v->rx_min_dbm, v->rx_max_dbm);
}

/* No more light than the receivers bear: a long-reach module on a short fibre needs an attenuator.
 */
/* The weakest attenuator that takes away enough at its least; NULL: none alone does. */
static const struct lw_element *attenuator(double db)
{
	const struct lw_element *best = NULL;
	size_t n;
	const struct lw_element *v = lw_elements(&n);

	for (size_t i = 0; i < n; i++)
		if (!strncmp(v[i].name, "attenuator-", 11) && v[i].min_db >= db &&
		    (!best || v[i].min_db < best->min_db))
			best = &v[i];
	return best;
}

static void too_strong(struct judge *j, const struct lw_budget *b)
{
	const struct lw_link_end *to = j->end[b->strong_end], *from = j->end[!b->strong_end];
	const struct lw_light_levels *tx = lw_levels_find(lw_end_light(from));
	const struct lw_light_levels *rx = lw_levels_find(lw_end_light(to));
	const struct lw_element *x = attenuator(b->strong_db);

	/* levels are stated in tenths of a decibel */
	if (!(b->strong_db >= 0.05) || !tx || !rx)
		return;
	lw_judge_say(j, "overload",
		     b->usual_strong_db > lw_rule_find("overload")->far ? LW_FATAL : LW_RISK,
		     lw_judge_text(j,
				   "Put an attenuator of %.0f dB or more before %s (through: "
				   "{%s: 1}), or use modules of shorter reach.",
				   x ? x->typ_db : ceil(b->strong_db), to->name,
				   x ? x->name : "attenuator-20"),
		     rx->ref, rx->confidence,
		     "%s may send %.4g dBm, %.2f dB are lost on the way at least, %s takes at most "
		     "%.4g dBm: up to %.2f dB too much",
		     from->name, tx->tx_max_dbm, tx->tx_max_dbm - rx->rx_max_dbm - b->strong_db,
		     to->name, rx->rx_max_dbm, b->strong_db);
}

/* Light enough: the worst-case loss against what both PMDs allow; levels of unlike PMDs. */
void lw_rule_loss_budget(struct judge *j)
{
	const struct lw_pmd *pa, *pb;
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
	if (!alike(j))
		return;
	pa = lw_end_light(j->end[A]);
	pb = lw_end_light(j->end[B]);
	if (!lw_pmd_meant(pa, pb) && !same_levels(pa, pb))
		lw_judge_say(j, "loss-budget", LW_RISK,
			     "Compare the launch power and receiver range of both data sheets.",
			     NULL, NULL,
			     "%s is %s%s, %s is %s%s: their power levels are specified apart",
			     j->end[A]->name, pa->name, levels(j, pa), j->end[B]->name, pb->name,
			     levels(j, pb));
	too_strong(j, &b);
}
