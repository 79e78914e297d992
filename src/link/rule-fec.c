/* SPDX-License-Identifier: Apache-2.0 */
/* Error correction: what each host must run, and whether both ends agree. */
#include "judge.h"

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
const char *lw_link_fec_need(const struct lw_lport *port, const struct lw_ability *a,
			     bool *ret_in_module)
{
	const struct lw_pmd *pmd = a && a->pmd && *a->pmd->fec ? a->pmd : NULL;
	bool same = pmd && same_code(port->fec, pmd->fec);
	bool inside = pmd && pmd->fec_in_module && !same;

	if (ret_in_module)
		*ret_in_module = inside;
	if (inside)
		return port->modulation == LW_PAM4 ? port->fec : "none";
	if (pmd)
		return same ? port->fec : pmd->fec;
	return a && a->host && *a->host->fec ? a->host->fec : port->fec;
}

static void fec_at(const struct judge *j, int e, struct fec_end *ret)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_ability *a = lw_judge_chosen(j, e);

	*ret = (struct fec_end){0};
	ret->need = lw_link_fec_need(end->port, a, &ret->in_module);
	ret->host = end->fec ? end->fec : ret->need;
	ret->line = ret->in_module ? a->pmd->fec : ret->host;
}

/* Do hosts run this code, or any if it is NULL, on the lanes of such a port? */
static bool runs(const struct lw_fec_lane *x, const struct lw_lport *p, const char *code)
{
	return x->lane_mbps * p->lanes == p->rate_mbps && p->lanes <= x->max_lanes &&
	       (!code || !strcmp(x->fec, code));
}

/* "none, BASE-R"; "" where the data do not know such lanes. */
static const char *known_codes(struct judge *j, const struct lw_lport *p)
{
	const char *s = "";

	for (size_t i = 0; i < lw_fec_lanes_n; i++)
		if (runs(&lw_fec_lanes[i], p, NULL))
			s = lw_judge_text(j, "%s%s%s", s, *s ? ", " : "", lw_fec_lanes[i].fec);
	return s;
}

/* A code that no host runs on such lanes cannot be switched on, whatever the other end does. */
static bool undefined_code(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_lport *p = end->port;
	const char *known;
	char rate[16];

	for (size_t i = 0; end->fec && i < lw_fec_lanes_n; i++)
		if (runs(&lw_fec_lanes[i], p, end->fec))
			return false;
	known = end->fec ? known_codes(j, p) : "";
	if (!*known)
		return false;
	lw_judge_say(j, "fec", LW_FATAL,
		     lw_judge_text(j, "Set fec: %s at %s.",
				   lw_link_fec_need(p, lw_judge_chosen(j, e), NULL), end->name),
		     "data/fec-lanes.csv", NULL,
		     "%s is set to %s, which is not defined for %s on %u lane%s of %.8g GBd (known "
		     "are %s)",
		     end->name, end->fec, lw_rate_text(p->rate_mbps, rate, sizeof(rate)), p->lanes,
		     p->lanes == 1 ? "" : "s", p->baud_kbd / 1e6, known);
	return true;
}

/* A host whose lanes do not have the code that it is to run (an older chip on split lanes). */
static bool cannot_run(struct judge *j, int e, const struct fec_end *f)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_link_host *h = end->host;
	const char *s = "";

	for (size_t i = 0; h && i < h->fec_n; i++) {
		if (same_code(h->fecs[i], f->host))
			return false;
		s = lw_judge_text(j, "%s%s%s", s, *s ? ", " : "", h->fecs[i]);
	}
	if (!*s)
		return false;
	lw_judge_say(j, "fec", LW_FATAL,
		     "Use a cable or module that needs one of them, or a host that has the code.",
		     "fecs of the device", NULL, "%s is to run %s, the lanes of %s run %s only",
		     end->name, f->host, h->name, s);
	return true;
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

/*
 * A cable whose plugs offer unlike codes ends the code of each side; each host runs what its plug
 * offers. @return false: one code goes through
 */
static bool translated(struct judge *j, const struct fec_end f[2])
{
	if (!j->path->gearbox || same_code(f[A].need, f[B].need))
		return false;
	for (int e = 0; e < 2; e++)
		if (!same_code(f[e].host, f[e].need) && !cannot_run(j, e, &f[e]))
			lw_judge_say(
				j, "fec", LW_FATAL,
				lw_judge_text(j, "Set fec: %s at %s.", f[e].need, j->end[e]->name),
				NULL, NULL,
				"%s runs %s towards %s, which ends the code of each side and "
				"expects %s here",
				j->end[e]->name, f[e].host, j->end[e]->part, f[e].need);
	return true;
}

/* Error correction is right at each host and the same on both ends of the line. */
void lw_rule_fec(struct judge *j)
{
	struct fec_end f[2];
	bool undefined = undefined_code(j, A);

	if (undefined_code(j, B) || undefined)
		return;
	/* an end that no ability serves has been told so; its FEC is beside the point */
	if (!lw_judge_chosen(j, A) || !lw_judge_chosen(j, B) || unlike_lanes(j))
		return;
	for (int e = 0; e < 2; e++)
		fec_at(j, e, &f[e]);
	if (translated(j, f))
		return;
	for (int e = 0; e < 2; e++) {
		if (cannot_run(j, e, &f[e]))
			continue;
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
