/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdio.h>
#include <string.h>

/* The host sides a module offers, as "1x800G (8 lanes), 4x100G (1 lane)", each once. */
static const char *offers(struct judge *j, const struct lw_link_end *end)
{
	struct lw_buf b = LW_BUF_INIT;
	const char *s;

	for (size_t i = 0; i < end->ability_n; i++) {
		const struct lw_ability *a = &end->abilities[i];
		char rate[16];
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || (end->abilities[k].host_lanes == a->host_lanes &&
					end->abilities[k].rate_mbps == a->rate_mbps);
		if (seen)
			continue;
		lw_buf_printf(&b, "%s%dx%s (%u lane%s of %.8g GBd)", b.len ? ", " : "",
			      __builtin_popcount(a->host_first),
			      lw_rate_text(a->rate_mbps, rate, sizeof(rate)), a->host_lanes,
			      a->host_lanes == 1 ? "" : "s", a->host_baud_kbd / 1e6);
	}
	s = lw_judge_text(j, "%s", lw_buf_str(&b));
	lw_buf_finish(&b);
	return s;
}

/* Why no cable and no mode can part the lanes of this PMD; NULL when they can be parted. */
static const char *undivided(const struct lw_pmd *pmd)
{
	if (!pmd)
		return NULL;
	switch (pmd->topology) {
	case LW_TOPO_WDM:
		return "its wavelengths share one fibre pair";
	case LW_TOPO_TWIN_WDM:
		return "its wavelengths share two fibre pairs, so only the two halves can be "
		       "parted";
	case LW_TOPO_BIDI:
		return "its lanes share fibres in both directions";
	case LW_TOPO_COHERENT:
		return "it is one coherent carrier";
	case LW_TOPO_SERIAL:
		return "it has one lane";
	case LW_TOPO_PARALLEL:
		break;
	}
	return NULL;
}

static void not_divisible(struct judge *j, const struct lw_link_end *end,
			  const struct lw_ability *face)
{
	const struct lw_pmd *pmd = face ? face->pmd : NULL;
	const char *why = undivided(pmd);
	char rate[16];

	lw_rate_text(end->port->rate_mbps, rate, sizeof(rate));
	/* how lanes lie on fibres is what the PMD is; doubt about its reach is beside the point */
	lw_judge_say(j, "module-breakout", LW_FATAL, NULL, pmd ? lw_judge_standard(j, pmd) : NULL,
		     NULL, "%s: mode %s needs %s on %u host lane%s; %s offers %s%s%s", end->name,
		     end->mode, rate, end->port->lanes, end->port->lanes == 1 ? "" : "s", end->part,
		     offers(j, end), why ? ": " : "", why ? why : "");
}

/* Which of lanes, signal, rate, first lane is it that fits no ability? */
struct fit {
	bool lanes, signal, rate;
	uint8_t most;                  /* host lanes of the widest ability */
	const struct lw_ability *near; /* same lanes, nearest in baud */
};

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

static void look(const struct lw_link_end *end, struct fit *f)
{
	const struct lw_lport *p = end->port;

	*f = (struct fit){0};
	for (size_t i = 0; i < end->ability_n; i++) {
		const struct lw_ability *a = &end->abilities[i];
		bool signal;

		if (a->host_lanes > f->most)
			f->most = a->host_lanes;
		if (a->host_lanes != p->lanes)
			continue;
		f->lanes = true;
		if (!f->near || distance(a->host_baud_kbd, p->baud_kbd) <
					distance(f->near->host_baud_kbd, p->baud_kbd))
			f->near = a;
		signal = (!a->host_baud_kbd || a->host_baud_kbd == p->baud_kbd) &&
			 (a->host_modulation == LW_MOD_NONE || a->host_modulation == p->modulation);
		f->signal = f->signal || signal;
		f->rate = f->rate || (signal && a->rate_mbps == p->rate_mbps);
	}
}

static void wrong_signal(struct judge *j, const struct lw_link_end *end,
			 const struct lw_ability *near)
{
	const struct lw_lport *p = end->port;

	if (near->host_baud_kbd && near->host_baud_kbd != p->baud_kbd)
		lw_judge_say(j, "lane-rate", LW_FATAL,
			     lw_judge_text(j,
					   "Use a mode with %.8g GBd lanes or a module for "
					   "%.8g GBd host lanes.",
					   near->host_baud_kbd / 1e6, p->baud_kbd / 1e6),
			     NULL, NULL,
			     "%s: mode %s runs host lanes at %.8g GBd, %s takes %.8g GBd",
			     end->name, end->mode, p->baud_kbd / 1e6, end->part,
			     near->host_baud_kbd / 1e6);
	if (near->host_modulation != LW_MOD_NONE && near->host_modulation != p->modulation)
		lw_judge_say(j, "modulation", LW_FATAL, NULL, NULL, NULL,
			     "%s: mode %s sends %s to a module whose host lanes are %s", end->name,
			     end->mode, lw_modulation_name(p->modulation),
			     lw_modulation_name(near->host_modulation));
}

static void wrong_rate(struct judge *j, const struct lw_link_end *end,
		       const struct lw_ability *near)
{
	char want[16], have[16];

	lw_judge_say(j, "rate", LW_FATAL, NULL, NULL, NULL,
		     "%s: the port runs %s, on these lanes %s carries %s", end->name,
		     lw_rate_text(end->port->rate_mbps, want, sizeof(want)), end->part,
		     lw_rate_text(near->rate_mbps, have, sizeof(have)));
}

/*
 * A type of the catalogue stands for many makers' modules. Has its PMD a split for this port that
 * no standard knows ("4x200G-DR2?")? Some of them offer it, under a code of their own.
 */
static const struct lw_pmd *own_split(const struct lw_link_end *end)
{
	const struct lw_lport *p = end->port;

	for (size_t i = 0; end->generic && i < end->ability_n; i++) {
		const struct lw_pmd *whole = end->abilities[i].pmd;

		for (const char *s = whole ? whole->splits : ""; *s; s += *s == ';') {
			size_t n = strcspn(s, ";");
			const char *x = memchr(s, 'x', n);
			char name[64];
			const struct lw_pmd *part;

			if (x && s[n - 1] == '?') {
				snprintf(name, sizeof(name), "%.*s", (int)(s + n - 1 - (x + 1)),
					 x + 1);
				part = lw_pmd_find(name);
				if (part && part->rate_mbps == p->rate_mbps &&
				    part->lanes == p->lanes && part->baud_kbd == p->baud_kbd)
					return part;
			}
			s += n;
		}
	}
	return NULL;
}

/* The host's port must be one that the module (or cable end) offers. */
void lw_rule_module_fit(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_lport *p = end->port;
	const struct lw_pmd *own;
	struct fit f;

	if (lw_judge_chosen(j, e))
		return;
	if (!end->ability_n) {
		lw_judge_say(j, "management-map", LW_RISK, NULL, NULL, NULL,
			     "%s: %s does not say which host and media interfaces it has, so its "
			     "lanes cannot be checked",
			     end->name, end->part);
		return;
	}
	look(end, &f);
	own = f.lanes ? NULL : own_split(end);
	if (own)
		lw_judge_say(j, "module-breakout", LW_RISK,
			     "Make sure that the module at hand advertises it (lanewise decode).",
			     lw_judge_standard(j, own), own->confidence,
			     "%s: mode %s needs %s of %s, which is in no standard: some makers' "
			     "modules offer it",
			     end->name, end->mode, own->name, end->part);
	else if (!f.lanes && end->ports > 1 && p->lanes < f.most)
		not_divisible(j, end, end->face);
	else if (!f.lanes && end->ports > 1 && f.most == 1)
		not_divisible(j, end, end->face);
	else if (!f.lanes)
		lw_judge_say(j, "lane-count", LW_FATAL, NULL, NULL, NULL,
			     "%s: mode %s uses %u host lane%s, %s offers %s", end->name, end->mode,
			     p->lanes, p->lanes == 1 ? "" : "s", end->part, offers(j, end));
	else if (!f.signal)
		wrong_signal(j, end, f.near);
	else if (!f.rate)
		wrong_rate(j, end, f.near);
	else
		lw_judge_say(j, "module-breakout", LW_FATAL, NULL, NULL, NULL,
			     "%s: %s cannot start this application at host lane %u", end->name,
			     end->part, p->first + 1);
}
