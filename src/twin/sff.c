/* SPDX-License-Identifier: Apache-2.0 */
#include "sff.h"

/* What the host drives into a module that puts `hosts` lanes on fewer: by its PMD, or by what the
 * plug of a cable complies with. */
static const struct lw_interface *host_of_all(const struct lw_part *p, unsigned hosts)
{
	const struct lw_interface *ext;

	if (p->receptacles)
		return lw_light_interface(p->pmd->rate_mbps, hosts);
	ext = lw_interface_find(LW_CODES_SFF8024_EXT, p->ext_compliance);
	return ext ? ext->host : NULL;
}

void lw_sff_lanes(struct lw_twin *t)
{
	const struct lw_part *p = t->part;
	unsigned hosts = p->form ? p->form->lanes : 1, media = hosts;
	struct lw_group g = {.pmd = p->pmd, .host_lanes = 1, .media_lanes = 1};

	if (p->pmd && p->receptacles)
		media = p->pmd->lanes;
	else if (p->pair_lanes)
		media = hosts / p->pair_lanes;
	lw_light_ungroup(t);
	if (media < hosts) {
		g.host_lanes = (uint8_t)hosts;
		g.media_lanes = (uint8_t)media;
		g.host = host_of_all(p, hosts);
		lw_light_group(t, &g);
		return;
	}
	for (unsigned i = 0; i < hosts && i < t->lanes; i++) {
		g.host_first = g.media_first = g.pmd_first = (uint8_t)i;
		lw_light_group(t, &g);
	}
}

uint32_t lw_sff_valid(const struct lw_twin *t)
{
	uint32_t valid = 0;

	for (unsigned i = 0; i < t->group_n; i++) {
		const struct lw_group *g = &t->group[i];

		if (!(lw_group_media(g) & (t->los | t->lol)))
			valid |= lw_group_hosts(g);
	}
	return valid;
}

uint32_t lw_sff_fed_without(const struct lw_twin *t, uint32_t off)
{
	uint32_t on = 0;

	for (unsigned i = 0; i < t->group_n; i++) {
		const struct lw_group *g = &t->group[i];

		for (unsigned m = g->media_first; m < (unsigned)(g->media_first + g->media_lanes);
		     m++)
			if (!(lw_light_feeders(t, m) & off))
				on |= 1u << m;
	}
	return on;
}

uint32_t lw_sff_rate_kbd(enum lw_code_table table, unsigned code)
{
	const struct lw_code *c = lw_code_find(table, code);

	return c && c->den ? (uint32_t)(c->num / c->den) * 1000 : 0; /* data are in MBd */
}

void lw_sff_rate(struct lw_sff *s, unsigned lane, uint32_t rx_max_kbd, uint32_t tx_max_kbd,
		 struct lw_mono span)
{
	if (s->rx_max_kbd[lane] == rx_max_kbd && s->tx_max_kbd[lane] == tx_max_kbd)
		return;
	s->rx_max_kbd[lane] = rx_max_kbd;
	s->tx_max_kbd[lane] = tx_max_kbd;
	s->rates_due = lw_twin_after(&s->twin, span);
}

bool lw_sff_tx_slow(const struct lw_twin *t, unsigned lane)
{
	uint32_t fed = lw_light_feeders(t, lane), most = t->media[lane].tx_max_kbd;

	for (unsigned i = 0; most && i < t->lanes; i++)
		if ((fed >> i & 1) && t->host[i].in.baud_kbd > most)
			return true;
	return false;
}

struct lw_mono lw_sff_rates_run(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;

	if (lw_mono_before(lw_twin_now(t), s->rates_due))
		return s->rates_due;
	s->rates_due = LW_NEVER;
	for (unsigned i = 0; i < t->lanes; i++) {
		struct lw_media_lane *m = &t->media[i];

		if (m->rx_max_kbd == s->rx_max_kbd[i] && m->tx_max_kbd == s->tx_max_kbd[i])
			continue;
		m->rx_max_kbd = s->rx_max_kbd[i];
		m->tx_max_kbd = s->tx_max_kbd[i];
		lw_twin_touch(t);
	}
	return LW_NEVER;
}
