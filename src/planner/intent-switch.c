/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"
#include "planner-tables.h"

#include <lanewise/platform.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

double lw_room_value(const char *name)
{
	for (size_t i = 0; i < lw_room_rows_n; i++)
		if (!strcmp(lw_room_rows[i].name, name))
			return lw_room_rows[i].value;
	return NAN;
}

/* Add the modes of a list "A;B" that the cages can have. */
static int add_modes(struct intent_loader *l, struct lw_cage_group *g, const char *modes)
{
	while (*modes && g->mode_n < LW_MODES_MAX) {
		size_t n = strcspn(modes, ";");
		char *text = lw_arena_strndup(l->intent->arena, modes, n);

		if (!text)
			return lw_intent_no_memory(l);
		g->modes[g->mode_n++] = text;
		modes += n + (modes[n] == ';');
	}
	return 0;
}

static int from_data(struct intent_loader *l)
{
	struct lw_switch *s = NULL;

	for (size_t i = 0; i < lw_platform_rows_n; i++) {
		const struct lw_platform_row *r = &lw_platform_rows[i];
		struct lw_cage_group *g;
		int rc;

		if (!s || strcmp(s->name, r->name)) {
			s = &l->intent->known[l->intent->known_n++];
			*s = (struct lw_switch){.name = r->name,
						.prefix = "swp",
						.height_u = r->height_u,
						.power_w = r->power_w,
						.price_usd = NAN,
						.confidence = r->confidence,
						.ref = r->ref};
		}
		if (s->group_n == LW_GROUPS_MAX)
			continue;
		g = &s->group[s->group_n++];
		g->use = r->use;
		g->cages = r->cages;
		g->form = lw_form_find(r->form);
		rc = add_modes(l, g, r->modes);
		if (rc)
			return rc;
	}
	return 0;
}

/* SONiC's "4x100G[50G](4)" as fabric files say it: without the other speeds. */
static char *plain_mode(struct lw_arena *arena, const char *text)
{
	char *s = lw_arena_strdup(arena, text), *to = s;

	for (const char *from = s; from && *from;) {
		if (*from == '[')
			from += strcspn(from, "]");
		else if (*from != ']' && *from != ' ')
			*to++ = *from;
		from += *from != '\0';
	}
	if (to)
		*to = '\0';
	return s;
}

static int from_sonic(struct intent_loader *l, const struct lw_node *map, const char *path,
		      struct lw_switch *s)
{
	struct lw_arena *arena = l->intent->arena;
	struct lw_cage_group *g = &s->group[0];
	struct lw_error e = {.page = -1, .byte = -1};
	struct lw_platform p;
	const char *text = NULL, **names;
	size_t n = 0;
	int rc, line = lw_node_get(map, "sonic")->line;

	if (!l->reader)
		return lw_intent_bad(l, line, "%.100s cannot be read here", path);
	rc = l->reader(l->ctx, path, arena, &text, &n, &e);
	if (!rc)
		rc = lw_platform_load(text, n, path, arena, &p, &e);
	if (rc)
		return lw_fail_in(l->reterr, rc, l->file, line, "%.60s: %.140s", path, e.message);
	names = lw_arena_alloc(arena, p.port_n * sizeof(*names));
	if (!names)
		return lw_intent_no_memory(l);
	for (size_t i = 0; i < p.port_n; i++) {
		const struct lw_platform_port *port = &p.port[i];

		/* cages that are no data ports (management, recirculation) have fewer lanes */
		if (port->lane_n != g->form->lanes || port->trouble)
			continue;
		names[g->cages++] = port->name;
		for (size_t m = 0; g->cages == 1 && m < port->mode_n && g->mode_n < LW_MODES_MAX;
		     m++) {
			char *mode = plain_mode(arena, port->mode[m].text);

			if (!mode)
				return lw_intent_no_memory(l);
			g->modes[g->mode_n++] = mode;
		}
	}
	g->names = names;
	if (!g->cages)
		return lw_intent_bad(l, line, "%.80s has no port of %u lanes, which %s has", path,
				     g->form->lanes, g->form->name);
	return 0;
}

static int load_group(struct intent_loader *l, const struct lw_node *map, struct lw_cage_group *g)
{
	static const char *const uses[] = {"any", "down", "up"};
	const char *use = "any", *modes[LW_MODES_MAX];
	size_t n = 0;
	uint32_t cages = 0;
	int rc = lw_intent_form(l, map, g);

	if (!rc)
		rc = lw_intent_text(l, map, "use", false, &use);
	if (!rc && !lw_node_get(map, "sonic"))
		rc = lw_intent_whole(l, map, "cages", true, 1, 4096, &cages);
	if (!rc)
		rc = lw_intent_list(l, map, "modes", LW_MODES_MAX, modes, &n);
	if (rc)
		return rc;
	g->cages = (uint16_t)cages;
	while (g->use < LW_USE_UP && strcmp(uses[g->use], use))
		g->use++;
	if (strcmp(uses[g->use], use))
		return lw_intent_bad(l, lw_node_get(map, "use")->line,
				     "use is down (towards servers), up or any, not \"%.40s\"",
				     use);
	for (size_t i = 0; i < n; i++) {
		struct lw_error e = {.page = -1, .byte = -1};
		struct lw_mode m;

		if (lw_mode_parse(modes[i], g->form->lanes, &m, &e))
			return lw_intent_bad(l, lw_node_get(map, "modes")->line, "%s", e.message);
		g->modes[g->mode_n++] = modes[i];
	}
	if (!n && !lw_node_get(map, "sonic"))
		return lw_intent_bad(l, map->line,
				     "modes is missing: how the cages can be split, "
				     "such as [1x800G, 2x400G]");
	return 0;
}

static int load_groups(struct intent_loader *l, const struct lw_node *map, struct lw_switch *s)
{
	static const char *const keys[] = {"use", "cages", "form", "max_lane", "modes", NULL};
	const struct lw_node *list = lw_node_get(map, "groups");
	int rc = 0;

	if (list->kind != LW_NODE_LIST || !list->n || list->n > LW_GROUPS_MAX)
		return lw_intent_bad(l, list->line, "groups is a list of 1 to %d kinds of cages",
				     LW_GROUPS_MAX);
	for (const struct lw_node *n = list->first; n && !rc; n = n->next) {
		rc = lw_intent_keys(l, n, "a group", keys);
		if (!rc)
			rc = load_group(l, n, &s->group[s->group_n++]);
	}
	return rc;
}

static int load_switch(struct intent_loader *l, const struct lw_node *map, struct lw_switch *s)
{
	static const char *const keys[] = {"cages",    "form",    "max_lane",  "modes",
					   "use",      "groups",  "sonic",     "prefix",
					   "height_u", "power_w", "price_usd", NULL};
	const char *sonic = NULL;
	uint32_t height = 1;
	int rc = lw_intent_keys(l, map, map->key, keys);

	*s = (struct lw_switch){.name = map->key,
				.line = map->key_line,
				.prefix = "swp",
				.price_usd = NAN,
				.confidence = "high",
				.ref = "the intent"};
	if (!rc)
		rc = lw_intent_text(l, map, "sonic", false, &sonic);
	if (!rc)
		rc = lw_intent_text(l, map, "prefix", false, &s->prefix);
	if (!rc)
		rc = lw_intent_whole(l, map, "height_u", false, 1, 50, &height);
	if (!rc)
		rc = lw_intent_number(l, map, "power_w", 0, 1e5, &s->power_w);
	if (!rc)
		rc = lw_intent_number(l, map, "price_usd", 0, 1e8, &s->price_usd);
	s->height_u = (uint8_t)height;
	if (!rc && lw_node_get(map, "groups"))
		return load_groups(l, map, s);
	s->group_n = 1;
	if (!rc)
		rc = load_group(l, map, &s->group[0]);
	/* modes of the intent, if any, instead of all that the platform offers */
	if (!rc && sonic) {
		struct lw_cage_group said = s->group[0];

		s->group[0].mode_n = 0;
		rc = from_sonic(l, map, sonic, s);
		if (!rc && said.mode_n) {
			memcpy(s->group[0].modes, said.modes, sizeof(said.modes));
			s->group[0].mode_n = said.mode_n;
		}
	}
	return rc;
}

int lw_intent_switches(struct intent_loader *l, const struct lw_node *platforms)
{
	struct lw_intent *x = l->intent;
	int rc = 0;

	if (platforms && platforms->kind != LW_NODE_MAP && !lw_node_empty(platforms))
		return lw_intent_bad(l, platforms->line, "platforms is %s, not a map of names",
				     lw_node_kind_name(platforms));
	if (platforms && platforms->n > LW_SWITCHES_MAX)
		return lw_intent_bad(l, platforms->line, "%zu platforms; at most %d are read",
				     platforms->n, LW_SWITCHES_MAX);
	x->known = lw_arena_alloc(x->arena,
				  (LW_SWITCHES_MAX + lw_platform_rows_n) * sizeof(*x->known));
	if (!x->known)
		return lw_intent_no_memory(l);
	for (const struct lw_node *n = platforms ? platforms->first : NULL; n && !rc; n = n->next)
		rc = load_switch(l, n, &x->known[x->known_n++]);
	return rc ? rc : from_data(l);
}
