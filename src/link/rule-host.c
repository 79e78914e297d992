/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <string.h>

/* How the plug goes into the cage; NULL when one is not known or both are the same form. */
static const struct lw_fit *fit_of(const struct lw_link_end *e)
{
	if (!e->cage || !e->plug || e->cage == e->plug)
		return NULL;
	return lw_fit_find(e->plug, e->cage);
}

/* The plug must go into the cage, through the adapter that the pair needs. */
void lw_rule_form_factor(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_fit *fit = fit_of(end);
	const char *have = end->adapter ? end->adapter : "";

	if (!end->cage || !end->plug)
		return;
	if (end->cage == end->plug || (fit && fit->kind == LW_FIT_YES)) {
		if (*have)
			lw_judge_say(j, "form-factor", LW_FATAL,
				     lw_judge_text(j, "Take adapter %s out.", have),
				     fit ? fit->ref : NULL, NULL,
				     "%s: %s plugs go straight into %s cages; adapter %s is not "
				     "for them",
				     end->name, end->plug->name, end->cage->name, have);
		return;
	}
	if (!fit || fit->kind == LW_FIT_NO) {
		lw_judge_say(j, "form-factor", LW_FATAL,
			     lw_judge_text(j, "Use a module or cable end of form factor %s at %s.",
					   end->cage->name, end->name),
			     fit ? fit->ref : NULL, fit ? fit->confidence : NULL,
			     "%s: %s has form factor %s and does not go into the %s cage%s%s",
			     end->name, end->part, end->plug->name, end->cage->name,
			     fit && *fit->note ? ": " : "", fit ? fit->note : "");
		return;
	}
	if (!strcmp(fit->adapter, have))
		return;
	lw_judge_say(j, "form-factor", LW_FATAL,
		     lw_judge_text(j, "Put adapter %s into %s.", fit->adapter, end->name), fit->ref,
		     fit->confidence, "%s: %s plugs need adapter %s in %s cages; there is %s%s",
		     end->name, end->plug->name, fit->adapter, end->cage->name,
		     *have ? "adapter " : "none", have);
}

/* What is plugged may draw no more than this cage, or its form factor, is specified to feed. */
void lw_rule_cage_power(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	bool own = end->cage_power_w > 0;
	double limit = own ? end->cage_power_w : end->cage ? end->cage->max_power_w : 0;

	if (!(end->power_w > 0) || !(limit > 0) || end->power_w <= limit)
		return;
	lw_judge_say(j, "cage-power", own ? LW_FATAL : lw_judge_fatal(end->cage->confidence), NULL,
		     own ? "max_power_w of the cage" : end->cage->ref,
		     own ? NULL : end->cage->confidence,
		     "%s: %s draws up to %.4g W, the %s cage gives at most %.4g W", end->name,
		     end->part, end->power_w, end->cage ? end->cage->name : "host's", limit);
}

/* The port's host lanes must exist in the cage and reach the plug. */
void lw_rule_host_lanes(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_lport *p = end->port;
	const struct lw_fit *fit = fit_of(end);

	if (!end->cage)
		return;
	if (end->ports > 1 && end->cage->lanes == 1) {
		lw_judge_say(j, "host-breakout", LW_FATAL, "Use the port whole.", end->cage->ref,
			     end->cage->confidence,
			     "%s: the %s cage has one lane and cannot be split into %u ports",
			     end->name, end->cage->name, end->ports);
		return;
	}
	if (p->first + p->lanes > end->cage->lanes) {
		lw_judge_say(j, "host-breakout", LW_FATAL, NULL, end->cage->ref,
			     end->cage->confidence, "%s: mode %s needs host %s, the %s cage has %u",
			     end->name, end->mode, lw_judge_lanes(j, p->first, p->lanes),
			     end->cage->name, end->cage->lanes);
		return;
	}
	if (fit && fit->kind != LW_FIT_NO && fit->lanes && p->first + p->lanes > fit->lanes)
		lw_judge_say(j, "host-breakout", LW_FATAL,
			     lw_judge_text(j, "Choose a mode on %s of %s.",
					   lw_judge_lanes(j, 0, fit->lanes), end->name),
			     fit->ref, fit->confidence,
			     "%s: port on host %s, but only %u of the cage's %u lanes reach the %s",
			     end->name, lw_judge_lanes(j, p->first, p->lanes), fit->lanes,
			     end->cage->lanes, end->plug->name);
}

/* The port's lane signal must be one that this host's cage runs. */
void lw_rule_host_signal(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_lport *p = end->port;
	uint32_t max = end->cage_baud_kbd;
	enum lw_modulation m = end->cage_modulation;

	if (!max && end->cage)
		max = end->cage->max_baud_kbd;
	if (m == LW_MOD_NONE && end->cage)
		m = end->cage->max_modulation;
	if (max && p->baud_kbd > max)
		lw_judge_say(
			j, "lane-rate", LW_FATAL,
			lw_judge_text(
				j, "Use more lanes at a lower rate, or a cage with %.8g GBd lanes.",
				p->baud_kbd / 1e6),
			end->cage ? end->cage->ref : NULL, end->cage ? end->cage->confidence : NULL,
			"%s: mode %s needs %.8g GBd on each lane, the %s cage runs at most %.8g "
			"GBd",
			end->name, end->mode, p->baud_kbd / 1e6,
			end->cage ? end->cage->name : "host's", max / 1e6);
	if (m == LW_NRZ && p->modulation == LW_PAM4)
		lw_judge_say(j, "modulation", LW_FATAL, NULL, end->cage ? end->cage->ref : NULL,
			     end->cage ? end->cage->confidence : NULL,
			     "%s: mode %s needs PAM4 lanes, the %s cage runs NRZ", end->name,
			     end->mode, end->cage ? end->cage->name : "host's");
}
