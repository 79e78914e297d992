/* SPDX-License-Identifier: Apache-2.0 */
/* A cage in the form between fabric and systems, and what each system calls it. */
#include "render-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lw_nos *lw_noses(size_t *ret_n)
{
	if (ret_n)
		*ret_n = lw_nos_rows_n;
	return lw_nos_rows;
}

const struct lw_nos *lw_nos_find(const char *name)
{
	for (size_t i = 0; name && i < lw_nos_rows_n; i++)
		if (strcmp(lw_nos_rows[i].name, name) == 0)
			return &lw_nos_rows[i];
	return NULL;
}

const char *lw_nos_word(const struct lw_nos *nos, const char *kind, const char *key)
{
	for (size_t i = 0; i < lw_nos_words_n; i++) {
		const struct nos_word *w = &lw_nos_words[i];

		if (strcmp(w->nos, nos->name) == 0 && strcmp(w->kind, kind) == 0 &&
		    strcmp(w->key, key) == 0)
			return w->word;
	}
	return NULL;
}

const char *lw_nos_rate_word(const struct lw_nos *nos, const char *kind, uint32_t mbps)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", mbps);
	return lw_nos_word(nos, kind, key);
}

/* The digits at the end of a cage's name; -1: none. */
static long trailing_number(const char *name)
{
	const char *s = name + strlen(name);

	while (s > name && s[-1] >= '0' && s[-1] <= '9')
		s--;
	return *s && strlen(s) <= 6 ? strtol(s, NULL, 10) : -1;
}

bool lw_render_from_zero(const struct lw_fabric *f, const struct lw_fdevice *d)
{
	for (size_t i = 0; i < d->cage_n; i++)
		if (trailing_number(f->cages[d->first + i].name) == 0)
			return true;
	return false;
}

static const struct nos_mode *mode_of(const struct lw_nos *nos, const struct port *p,
				      const struct group *g)
{
	for (size_t i = 0; i < lw_nos_modes_n; i++) {
		const struct nos_mode *m = &lw_nos_modes[i];

		if (strcmp(m->nos, nos->name) == 0 &&
		    (!m->parent_mbps || m->parent_mbps == p->native_mbps) &&
		    (!m->count || m->count == g->count) &&
		    (!m->rate_mbps || m->rate_mbps == g->rate_mbps) &&
		    (!m->lanes || m->lanes == g->lanes))
			return m;
	}
	return NULL;
}

/* Neighbours of one rate and width become one group. */
static void group_ports(struct port *p, const struct lw_mode *mode)
{
	unsigned used = 0;

	for (unsigned i = 0; i < mode->n; i++) {
		const struct lw_lport *l = &mode->port[i];
		struct group *g = p->group_n ? &p->group[p->group_n - 1] : NULL;

		used += l->lanes;
		if (g && g->rate_mbps == l->rate_mbps && g->lanes == l->lanes) {
			g->count++;
			continue;
		}
		p->group[p->group_n++] = (struct group){.first_port = (uint8_t)i,
							.count = 1,
							.first_lane = l->first,
							.lanes = l->lanes,
							.rate_mbps = l->rate_mbps};
	}
	p->whole = mode->n == 1 && used == mode->lanes;
	p->uneven = used != mode->lanes;
}

/* The numbers of a name: what stands behind its last letter. */
static const char *numbers(const char *name)
{
	const char *s = name + strlen(name);

	while (s > name && strchr("0123456789/:.", s[-1]))
		s--;
	return s;
}

static unsigned numbers_at(const char *id, unsigned ret[3])
{
	unsigned n = 0;

	ret[0] = ret[1] = ret[2] = 0;
	for (const char *s = id; *s;) {
		ret[2] = ret[1];
		ret[1] = ret[0];
		ret[0] = (unsigned)strtoul(s, NULL, 10);
		n++;
		s += strcspn(s, "/:.");
		if (*s)
			s++;
	}
	return n;
}

/* Fill the two templates of a port's own name. */
static void name_by_rule(const struct lw_nos *nos, struct port *p)
{
	const char *type = nos->type, *parent = lw_nos_rate_word(nos, "type", p->native_mbps);
	unsigned n = p->number - 1 + (unsigned)nos->first;
	size_t used = 0;

	if (type[0] == LW_V_parent[0])
		type = parent ? parent : "";
	used = (size_t)snprintf(p->name, sizeof(p->name), "%s", type);
	for (const char *s = nos->id; *s && used < sizeof(p->name) - 12; s++)
		if (*s == LW_V_n[0])
			used += (size_t)snprintf(p->name + used, sizeof(p->name) - used, "%u", n);
		else
			p->name[used++] = *s, p->name[used] = '\0';
}

void lw_render_port(const struct lw_nos *nos, const struct lw_cage *c, size_t index, bool from_zero,
		    struct port *ret)
{
	long number = trailing_number(c->name);
	uint32_t baud = c->max_baud_kbd ? c->max_baud_kbd : c->form->max_baud_kbd;

	*ret = (struct port){.cage = c, .back = ""};
	ret->number = number < 0 ? (unsigned)index + 1 : (unsigned)number + (from_zero ? 1 : 0);
	ret->native_mbps = c->form->lanes * lw_lane_rate(baud, c->form->max_modulation);
	group_ports(ret, &c->mode);
	for (unsigned i = 0; i < ret->group_n; i++)
		ret->group[i].mode = mode_of(nos, ret, &ret->group[i]);
	if (c->port)
		snprintf(ret->name, sizeof(ret->name), "%s", c->port);
	else
		name_by_rule(nos, ret);
	ret->id = numbers(ret->name);
	numbers_at(ret->id, ret->at);
}
