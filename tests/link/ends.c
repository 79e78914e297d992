/* SPDX-License-Identifier: Apache-2.0 */
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct test_end *e, const struct lw_pmd *pmd, unsigned host, unsigned media,
		unsigned host_all, unsigned media_all, uint32_t rate)
{
	struct lw_ability *a = &e->ability[e->n++];

	*a = (struct lw_ability){
		.host_lanes = (uint8_t)host,
		.media_lanes = (uint8_t)media,
		.rate_mbps = rate,
		.pmd = pmd,
		.part_of_whole = host != host_all,
	};
	for (unsigned i = 0; i + host <= host_all; i += host)
		a->host_first |= 1u << i;
	for (unsigned i = 0; i + media <= media_all; i += media)
		a->media_first |= 1u << i;
	/* what the host lanes of such a module run: the rate dealt out evenly */
	if (rate % host == 0) {
		const char *fec;

		lw_lane_signal(rate / host, &a->host_baud_kbd, &a->host_modulation, &fec);
	}
}

static void add_splits(struct test_end *e, const struct lw_pmd *whole, unsigned host)
{
	const char *s = whole->splits;

	while (s && *s) {
		char name[64];
		char *x;
		unsigned long n = strtoul(s, &x, 10);
		size_t len = strcspn(s, ";");
		const struct lw_pmd *p;

		snprintf(name, sizeof(name), "%.*s", (int)(s + len - x - 1), x + 1);
		name[strcspn(name, "?")] = '\0';
		p = lw_pmd_find(name);
		if (p && n && host % n == 0) {
			add(e, p, p->lanes * host / whole->lanes, p->lanes, host, whole->lanes,
			    p->rate_mbps);
			e->ability[e->n - 1].whole = whole;
		}
		s += len + (s[len] == ';');
	}
}

/* A cage's mode: the fewest lanes that its form can run at, at most as many as it has. */
static int make_mode(struct test_end *e, const struct lw_form *form, const struct lw_pmd *pmd,
		     unsigned count, uint32_t rate)
{
	for (unsigned lanes = form->lanes; lanes >= count; lanes--) {
		char text[16];

		snprintf(e->mode_text, sizeof(e->mode_text), "%ux%s(%u)", count,
			 lw_rate_text(rate, text, sizeof(text)), lanes);
		if (lw_mode_parse(e->mode_text, form->lanes, &e->mode, NULL))
			continue;
		/* copper has no gearbox: its lanes are the host's */
		if (pmd->medium == LW_COPPER && pmd->rate_mbps == rate * count &&
		    e->mode.port[0].baud_kbd != pmd->baud_kbd)
			continue;
		return 0;
	}
	return -1;
}

int test_end_make(struct test_end *e, const char *name, const char *form, const char *pmd,
		  unsigned count, uint32_t rate)
{
	const struct lw_form *f = lw_form_find(form);
	const struct lw_pmd *p = lw_pmd_find(pmd);
	struct lw_mode whole;
	unsigned host;

	*e = (struct test_end){0};
	if (!f || !p || make_mode(e, f, p, count, rate))
		return -1;
	/* the module's own host lanes: the port's if it is whole, else what the whole PMD takes */
	host = e->mode.port[0].lanes * count;
	if (p->rate_mbps != rate * count) {
		char text[16], mode[32];

		for (host = f->lanes; host; host--) {
			snprintf(mode, sizeof(mode), "1x%s(%u)",
				 lw_rate_text(p->rate_mbps, text, sizeof(text)), host);
			if (!lw_mode_parse(mode, f->lanes, &whole, NULL))
				break;
		}
		if (!host)
			host = f->lanes;
	}
	add(e, p, host, p->lanes, host, p->lanes, p->rate_mbps);
	add_splits(e, p, host);
	e->end = (struct lw_link_end){
		.name = name,
		.cage = f,
		.plug = f,
		.adapter = "",
		.mode = e->mode_text,
		.ports = (uint8_t)count,
		.port = &e->mode.port[0],
		.part = pmd,
		.abilities = e->ability,
		.ability_n = e->n,
		.chosen = -1,
	};
	return 0;
}

void test_ends_choose(struct test_end *a, struct test_end *b)
{
	int chosen[2];

	lw_link_choose(a->ability, a->n, a->end.port, b->ability, b->n, b->end.port, chosen);
	a->end.chosen = chosen[0];
	b->end.chosen = chosen[1];
	a->end.face = chosen[0] >= 0 ? &a->ability[chosen[0]]
				     : lw_link_face(a->ability, a->n, a->end.port);
	b->end.face = chosen[1] >= 0 ? &b->ability[chosen[1]]
				     : lw_link_face(b->ability, b->n, b->end.port);
}

struct lw_link_path test_path(const char *pmd_a, const char *pmd_b)
{
	const struct lw_pmd *a = lw_pmd_find(pmd_a), *b = lw_pmd_find(pmd_b);
	const struct lw_connector *ca = lw_connector_find(a->connector),
				  *cb = lw_connector_find(b->connector);
	struct lw_link_path p = {.grade = LW_GRADE_NONE};
	size_t n;
	const struct lw_cord *cords = lw_cords(&n);

	if (a->medium == LW_COPPER) {
		p.fixed = p.passive = true;
		p.length_m = 1;
		return p;
	}
	for (size_t i = 0; i < n && !p.cord; i++)
		if (ca && cb && !strcmp(cords[i].a, ca->body) && !strcmp(cords[i].b, cb->body))
			p.cord = &cords[i];
	p.grade = a->medium == LW_SMF ? LW_OS2 : LW_OM4;
	p.length_m = 10;
	p.a_connector = ca ? ca->body : NULL;
	p.b_connector = cb ? cb->body : NULL;
	p.a_polish = ca ? ca->polish : NULL;
	p.b_polish = cb ? cb->polish : NULL;
	return p;
}

bool test_has(const struct lw_findings *f, const char *rule)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].rule, rule))
			return true;
	return false;
}

const char *test_rules(const struct lw_findings *f, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < f->n && used < size; i++)
		if (f->v[i].severity != LW_INFO)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? " " : "",
						 f->v[i].rule);
	return buf;
}
