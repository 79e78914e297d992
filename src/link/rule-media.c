/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#define A 0
#define B 1

static const char *standards(struct judge *j, const struct lw_pmd *a, const struct lw_pmd *b)
{
	const char *x = lw_judge_standard(j, a), *y = lw_judge_standard(j, b);

	return strcmp(x, y) ? lw_judge_text(j, "%s; %s", x, y) : x;
}

static const char *refs(struct judge *j, const struct lw_pmd *a, const struct lw_pmd *b)
{
	return strcmp(a->ref, b->ref) ? lw_judge_text(j, "%s; %s", a->ref, b->ref) : a->ref;
}

/* Both logical ports must run at one rate. */
void lw_rule_rate(struct judge *j)
{
	const struct lw_link_end *a = j->end[A], *b = j->end[B];
	char ra[16], rb[16];

	if (a->port->rate_mbps == b->port->rate_mbps)
		return;
	lw_judge_say(j, "rate", LW_FATAL, NULL, NULL, NULL,
		     "%s runs %s (mode %s), %s runs %s (mode %s)", a->name,
		     lw_rate_text(a->port->rate_mbps, ra, sizeof(ra)), a->mode, b->name,
		     lw_rate_text(b->port->rate_mbps, rb, sizeof(rb)), b->mode);
}

/*
 * A passive cable is a set of wires, an active one retimes each lane by itself: what one host sends
 * on a lane is what the other must run. What goes into a cable with gearboxes is what each plug
 * offers, which is judged there.
 */
void lw_rule_fixed_lanes(struct judge *j)
{
	const struct lw_link_end *a = j->end[A], *b = j->end[B];
	const char *cable = j->path->passive ? "a passive cable" : "a cable without a gearbox";

	if (j->path->gearbox)
		return;
	/* an active cable's end that offers no such port has been told so */
	if (!j->path->passive && (!lw_judge_chosen(j, A) || !lw_judge_chosen(j, B)))
		return;
	if (a->port->lanes != b->port->lanes)
		lw_judge_say(j, "lane-count", LW_FATAL, NULL, NULL, NULL,
			     "%s uses %u lane%s of the cable, %s uses %u; %s joins "
			     "them one to one",
			     a->name, a->port->lanes, a->port->lanes == 1 ? "" : "s", b->name,
			     b->port->lanes, cable);
	if (a->port->baud_kbd != b->port->baud_kbd)
		lw_judge_say(j, "lane-rate", LW_FATAL, NULL, NULL, NULL,
			     "%s drives %.8g GBd, %s drives %.8g GBd; %s changes no rate", a->name,
			     a->port->baud_kbd / 1e6, b->name, b->port->baud_kbd / 1e6, cable);
	if (a->port->modulation != b->port->modulation)
		lw_judge_say(j, "modulation", LW_FATAL, NULL, NULL, NULL,
			     "%s sends %s, %s sends %s", a->name,
			     lw_modulation_name(a->port->modulation), b->name,
			     lw_modulation_name(b->port->modulation));
}

/* Lanes on one side of the joint, and the rate of each. */
static bool joint(const struct judge *j, int e, unsigned *ret_lanes, uint32_t *ret_baud)
{
	const struct lw_ability *a = lw_judge_chosen(j, e);

	*ret_lanes = j->end[e]->port->lanes;
	*ret_baud = j->end[e]->port->baud_kbd;
	if (j->path->fixed)
		return j->path->passive || a;
	if (!a || !a->pmd)
		return false;
	*ret_lanes = a->media_lanes;
	*ret_baud = a->pmd->baud_kbd;
	return true;
}

/* One rate on both sides, dealt out over unlike lanes: a gearbox could join them, here is none. */
void lw_rule_gearbox(struct judge *j)
{
	unsigned lanes[2];
	uint32_t baud[2];

	if (j->path->gearbox)
		return;
	if (!joint(j, A, &lanes[A], &baud[A]) || !joint(j, B, &lanes[B], &baud[B]) ||
	    j->end[A]->port->rate_mbps != j->end[B]->port->rate_mbps || lanes[A] == lanes[B] ||
	    baud[A] == baud[B])
		return;
	lw_judge_say(j, "gearbox", LW_FATAL, NULL, NULL, NULL,
		     "%u lane%s of %.8g GBd from %s %s %u of %.8g GBd from %s; nothing on the "
		     "way changes lanes and rate",
		     lanes[A], lanes[A] == 1 ? "" : "s", baud[A] / 1e6, j->end[A]->name,
		     lanes[A] == 1 ? "meets" : "meet", lanes[B], baud[B] / 1e6, j->end[B]->name);
}

/* On the fibre: number of lanes, symbol rate and modulation. */
void lw_rule_media_lanes(struct judge *j)
{
	const struct lw_ability *a = lw_judge_face(j, A), *b = lw_judge_face(j, B);
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);

	for (int e = 0; e < 2; e++)
		if (j->end[e]->ability_n && !lw_judge_pmd(j, e))
			lw_judge_say(j, "management-map", LW_RISK, NULL, "data/pmds.csv", NULL,
				     "%s: what %s sends into the fibre is not catalogued, so "
				     "lanes, wavelength and reach are not checked",
				     j->end[e]->name, j->end[e]->part);
	if (!pa || !pb)
		return;
	/* where a port has no ability of its own, the number of its media lanes is a guess */
	if (lw_judge_chosen(j, A) && lw_judge_chosen(j, B) && a->media_lanes != b->media_lanes)
		lw_judge_say(j, "lane-count", LW_FATAL, NULL, standards(j, pa, pb), NULL,
			     "%s uses %u fibre lane%s (%s), %s uses %u (%s)", j->end[A]->name,
			     a->media_lanes, a->media_lanes == 1 ? "" : "s", pa->name,
			     j->end[B]->name, b->media_lanes, pb->name);
	if (pa->baud_kbd != pb->baud_kbd)
		lw_judge_say(j, "lane-rate", LW_FATAL,
			     lw_judge_text(j,
					   "Use modules with one lane rate on the fibre, such as "
					   "%s at both ends, or a module with a gearbox.",
					   pa->name),
			     standards(j, pa, pb), NULL,
			     "%s sends %.8g GBd on each fibre lane (%s), %s %.8g GBd (%s)",
			     j->end[A]->name, pa->baud_kbd / 1e6, pa->name, j->end[B]->name,
			     pb->baud_kbd / 1e6, pb->name);
	if (pa->modulation != pb->modulation)
		lw_judge_say(j, "modulation", LW_FATAL, NULL, standards(j, pa, pb), NULL,
			     "%s sends %s (%s), %s %s (%s)", j->end[A]->name,
			     lw_modulation_name(pa->modulation), pa->name, j->end[B]->name,
			     lw_modulation_name(pb->modulation), pb->name);
}

/* Does the cord go into both modules? If not that is told, and which fibres it lights is beside. */
static bool cord_fits(const struct lw_link_path *p)
{
	return p->fixed ||
	       (p->cord && p->a_connector && p->b_connector &&
		!strcmp(p->cord->a, p->a_connector) && !strcmp(p->cord->b, p->b_connector));
}

/* Every lane of the link needs its way: a leg may have fewer than both ends use. */
void lw_rule_joined_lanes(struct judge *j)
{
	const struct lw_ability *a = lw_judge_chosen(j, A), *b = lw_judge_chosen(j, B);
	unsigned have = j->path->lanes, need;

	if (!have || !cord_fits(j->path))
		return;
	if (a && b && a->media_lanes == b->media_lanes)
		need = a->media_lanes;
	else if (j->path->passive && j->end[A]->port->lanes == j->end[B]->port->lanes)
		need = j->end[A]->port->lanes;
	else
		return; /* unlike numbers of lanes have been told */
	if (have < need)
		lw_judge_say(j, "lane-count", LW_FATAL,
			     "Use a cable whose legs have as many lanes as the ports, or ports of "
			     "fewer lanes.",
			     NULL, NULL, "the cable joins %u of the %u lanes of %s and %s", have,
			     need, j->end[A]->name, j->end[B]->name);
}

/* First media lane of the port, in the PMD's own counting of its windows. */
static unsigned first_window(const struct judge *j, int e)
{
	const struct lw_lport *p = j->end[e]->port;
	const struct lw_ability *f = j->end[e]->face;

	if (lw_judge_chosen(j, e) || !f || p->lanes >= f->host_lanes || !f->host_lanes)
		return 0;
	return (unsigned)(p->first % f->host_lanes) * f->media_lanes / f->host_lanes;
}

/* Fibre lanes that the port uses: its ability's, or its share of what the module shows. */
static unsigned window_count(const struct judge *j, int e)
{
	const struct lw_lport *p = j->end[e]->port;
	const struct lw_ability *f = lw_judge_face(j, e);
	unsigned n = f->media_lanes;

	if (!lw_judge_chosen(j, e) && f->host_lanes && p->lanes < f->host_lanes)
		n = n * p->lanes / f->host_lanes;
	return n ? n : 1;
}

static const char *windows(struct judge *j, const struct lw_pmd *p, unsigned first, unsigned n)
{
	struct lw_buf b = LW_BUF_INIT;
	const char *s;

	if (n > p->wave_n)
		n = p->wave_n;
	for (unsigned i = 0; i < n; i++) {
		unsigned k = (first + i) % p->wave_n;

		lw_buf_printf(&b, "%s%.7g-%.7g", i ? ", " : "", p->wave[k].low_pm / 1e3,
			      p->wave[k].high_pm / 1e3);
	}
	s = lw_judge_text(j, "%s nm", lw_buf_str(&b));
	lw_buf_finish(&b);
	return s;
}

/* How far two windows lie apart, in pm; 0 when they overlap. */
static uint32_t apart(const struct lw_pmd *p, unsigned k, const struct lw_pmd *q, unsigned m)
{
	if (p->wave[k].high_pm < q->wave[m].low_pm)
		return q->wave[m].low_pm - p->wave[k].high_pm;
	if (q->wave[m].high_pm < p->wave[k].low_pm)
		return p->wave[k].low_pm - q->wave[m].high_pm;
	return 0;
}

/* The widest gap between the windows of lanes that face each other, in pm. */
static uint32_t gap_pm(const struct judge *j, const struct lw_pmd *pa, const struct lw_pmd *pb)
{
	unsigned na, nb, fa, fb;
	uint32_t gap = 0;

	if (pa == pb || !pa->wave_n || !pb->wave_n)
		return 0;
	fa = first_window(j, A);
	fb = first_window(j, B);
	na = window_count(j, A);
	nb = window_count(j, B);
	for (unsigned i = 0; i < (na > nb ? na : nb); i++) {
		uint32_t d = apart(pa, (fa + i) % pa->wave_n, pb, (fb + i) % pb->wave_n);

		gap = d > gap ? d : gap;
	}
	return gap;
}

/* The window of a PMD that the module at end `e` says it sends in; -1: it does not say. */
static int sent_window(const struct judge *j, int e, const struct lw_pmd *p)
{
	const struct lw_facts *f = j->end[e]->facts;

	for (unsigned k = 0; f && k < p->wave_n; k++)
		if (f->wavelength_nm * 1e3 >= p->wave[k].low_pm &&
		    f->wavelength_nm * 1e3 <= p->wave[k].high_pm)
			return (int)k;
	return -1;
}

/* Both ways on one fibre: what one end sends the other receives, so that they must differ. */
static void same_colour(struct judge *j, const struct lw_pmd *p)
{
	int k = sent_window(j, A, p);

	if (p->topology != LW_TOPO_BIDI || p->fibres != 1 || k < 0 || k != sent_window(j, B, p))
		return;
	lw_judge_say(j, "wavelength", LW_FATAL,
		     "Use a pair of types: what one end sends the other must receive (-U and -D).",
		     p->ref, NULL,
		     "%s and %s both send at %.4g nm (%s) on the one fibre: each listens for the "
		     "other window",
		     j->end[A]->name, j->end[B]->name, j->end[A]->facts->wavelength_nm, p->name);
}

/*
 * Lane by lane the windows must overlap; they need not be equal. A gap smaller than the rule's
 * limit is a risk only: the edges of some windows are not well sourced (catalog invariant 2).
 */
void lw_rule_wavelength(struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);
	double limit_pm = lw_rule_find("wavelength")->limit * 1e3;
	uint32_t gap = pa && pb ? gap_pm(j, pa, pb) : 0;

	if (gap)
		lw_judge_say(
			j, "wavelength", gap < limit_pm ? LW_RISK : LW_FATAL, NULL, refs(j, pa, pb),
			NULL, "%s sends at %s (%s), %s at %s (%s): the windows do not overlap",
			j->end[A]->name, windows(j, pa, first_window(j, A), window_count(j, A)),
			pa->name, j->end[B]->name,
			windows(j, pb, first_window(j, B), window_count(j, B)), pb->name);
	else if (pa && pa == pb)
		same_colour(j, pa);
}

/* Lanes that share a fibre pair: 1 of parallel and serial optics, 4 of FR4. */
static unsigned pair_lanes(const struct lw_pmd *p)
{
	return p->fibres > 1 ? 2u * p->lanes / p->fibres : p->lanes;
}

/*
 * Wavelengths on one pair never meet lanes on pairs of their own, whatever their number, nor does
 * one fibre for both ways meet a fibre for each.
 */
static bool unlike_pairs(const struct judge *j)
{
	const struct lw_ability *a = lw_judge_chosen(j, A), *b = lw_judge_chosen(j, B);

	return a && b && a->pmd && b->pmd &&
	       (pair_lanes(a->pmd) != pair_lanes(b->pmd) ||
		(a->pmd->fibres == 1) != (b->pmd->fibres == 1));
}

bool lw_judge_apart(const struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);

	return unlike_pairs(j) ||
	       (pa && pb && gap_pm(j, pa, pb) >= lw_rule_find("wavelength")->limit * 1e3);
}

static const char *fibres(struct judge *j, const struct lw_pmd *p)
{
	unsigned n = pair_lanes(p);

	if (p->fibres == 1)
		return lw_judge_text(j, "both ways on one fibre (%s)", p->name);
	return n > 1 ? lw_judge_text(j, "%u lanes on each fibre pair (%s)", n, p->name)
		     : lw_judge_text(j, "each lane on a fibre pair of its own (%s)", p->name);
}

/* One medium from end to end; said once, however many of the three disagree. */
void lw_rule_fibre_type(struct judge *j)
{
	const struct lw_pmd *pa = lw_judge_pmd(j, A), *pb = lw_judge_pmd(j, B);
	const struct lw_pmd *off = NULL;
	enum lw_grade g = j->path->grade;
	enum lw_medium cord = g == LW_GRADE_NONE ? LW_MEDIUM_NONE : lw_grade_medium(g);
	int e = A;

	if (pa && pb && pa->medium != pb->medium) {
		lw_judge_say(j, "fibre-type", LW_FATAL, NULL, standards(j, pa, pb), NULL,
			     "%s needs %s (%s), %s needs %s (%s)%s%s", j->end[A]->name,
			     lw_medium_name(pa->medium), pa->name, j->end[B]->name,
			     lw_medium_name(pb->medium), pb->name,
			     cord == LW_MEDIUM_NONE ? "" : "; the cord is ",
			     cord == LW_MEDIUM_NONE ? "" : lw_grade_name(g));
		return;
	}
	if (unlike_pairs(j))
		lw_judge_say(j, "fibre-type", LW_FATAL,
			     "Use modules that lay their lanes on fibres alike: both parallel, "
			     "both with wavelengths on one pair, or both on one fibre.",
			     standards(j, pa, pb), NULL, "%s puts %s, %s %s", j->end[A]->name,
			     fibres(j, pa), j->end[B]->name, fibres(j, pb));
	if (cord == LW_MEDIUM_NONE)
		return;
	if (pa && pa->medium != cord) {
		off = pa;
	} else if (pb && pb->medium != cord) {
		off = pb;
		e = B;
	}
	if (off)
		lw_judge_say(
			j, "fibre-type", LW_FATAL,
			lw_judge_text(j, "Use a cord of %s fibre.", lw_medium_name(off->medium)),
			lw_judge_standard(j, off), NULL, "%s needs %s (%s), the cord is %s (%s)",
			j->end[e]->name, lw_medium_name(off->medium), off->name, lw_grade_name(g),
			lw_medium_name(cord));
}

/* Guide pins: modules with an MPO receptacle have them, so what mates has holes. */
static void pins(struct judge *j, int e, const char *body)
{
	const struct lw_link_path *p = j->path;

	if (strncmp(body, "MPO", 3) || !(p->pins & (e == A ? LW_PINS_A : LW_PINS_B)))
		return;
	lw_judge_say(j, "connector", LW_FATAL,
		     lw_judge_text(j, "Use a cord without pins (female) at %s.", j->end[e]->name),
		     NULL, NULL,
		     "%s: the cord's %s has pins (male) and so has the receptacle of %s: they do "
		     "not mate",
		     j->end[e]->name, body, j->end[e]->part);
}

/* Each plug of the cord must go into the receptacle at its end. */
void lw_rule_connector(struct judge *j)
{
	const struct lw_cord *c = j->path->cord;
	const char *have[2] = {j->path->a_connector, j->path->b_connector};

	if (!c)
		return;
	for (int e = 0; e < 2; e++) {
		const char *plug = e == A ? c->a : c->b;

		if (!have[e] || !*have[e])
			continue;
		if (!strcmp(have[e], plug)) {
			pins(j, e, plug);
			continue;
		}
		lw_judge_say(
			j, "connector", LW_FATAL,
			lw_judge_text(j, "Use a cord with %s for %s.", have[e], j->end[e]->name),
			NULL, NULL, "%s: %s has a receptacle for %s, cord %s ends in %s",
			j->end[e]->name, j->end[e]->part, have[e], c->name, plug);
	}
}

/* The cord's own polish, where it is told, against that of the receptacle. @return told */
static bool cord_polish(struct judge *j, int e, const char *body, const char *polish)
{
	const char *plug = j->path->cord_polish[e];

	if (!plug)
		return false;
	if (!body || !polish || !*polish || !strcmp(plug, polish))
		return true;
	lw_judge_say(j, "polish", LW_FATAL,
		     lw_judge_text(j, "Use a cord with %s at %s.", polish, j->end[e]->name), NULL,
		     NULL, "%s: %s has an %s receptacle, the cord's %s is %s", j->end[e]->name,
		     j->end[e]->part, polish, body, plug);
	return true;
}

/* Receptacles of one body but different polish need a cord with unequal ends. */
void lw_rule_polish(struct judge *j)
{
	const struct lw_link_path *p = j->path;
	bool told = false;

	if (!p->cord)
		return;
	told |= cord_polish(j, A, p->a_connector, p->a_polish);
	told |= cord_polish(j, B, p->b_connector, p->b_polish);
	if (told || !p->a_polish || !p->b_polish || !*p->a_polish || !*p->b_polish ||
	    !strcmp(p->a_polish, p->b_polish))
		return;
	/* a harness between different bodies is made with the polish of each */
	if (!p->a_connector || !p->b_connector || strcmp(p->a_connector, p->b_connector))
		return;
	lw_judge_say(j, "polish", LW_RISK,
		     lw_judge_text(j, "Order the cord with %s at %s and %s at %s.", p->a_polish,
				   j->end[A]->name, p->b_polish, j->end[B]->name),
		     NULL, NULL, "%s takes %s, %s takes %s; a plain cord fits only one of them",
		     j->end[A]->name, p->a_polish, j->end[B]->name, p->b_polish);
}
