/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"
#include "planner-tables.h"

#include <string.h>

#define SERVERS_MAX 1000000u

static const struct lw_switch *find_switch(const struct lw_intent *x, const char *name)
{
	for (size_t i = 0; i < x->known_n; i++)
		if (!strcmp(x->known[i].name, name))
			return &x->known[i];
	return NULL;
}

static int load_tier(struct intent_loader *l, const struct lw_node *root, const char *key,
		     bool needed, struct lw_switch *ret)
{
	const struct lw_switch *s;
	const char *name = NULL;
	int rc = lw_intent_text(l, root, key, needed, &name);

	if (rc || !name)
		return rc;
	s = find_switch(l->intent, name);
	if (!s)
		return lw_intent_bad(
			l, lw_node_get(root, key)->line,
			"%s: no platform is called \"%.40s\"; write it under platforms: or "
			"take one of data/platforms.csv such as %s",
			key, name, lw_platform_rows[0].name);
	*ret = *s;
	return 0;
}

static int load_servers(struct intent_loader *l, const struct lw_node *map)
{
	static const char *const keys[] = {"count", "per_rack", "gpus",     "nics",    "form",
					   "mode",  "max_lane", "height_u", "power_w", NULL};
	struct lw_intent *x = l->intent;
	struct lw_error e = {.page = -1, .byte = -1};
	uint32_t nics = 1, height = 1;
	const char *mode = NULL;
	int rc = lw_intent_keys(l, map, "servers", keys);

	x->line_servers = map->line;
	x->per_rack = 1;
	if (!rc)
		rc = lw_intent_whole(l, map, "count", true, 1, SERVERS_MAX, &x->servers);
	if (!rc)
		rc = lw_intent_whole(l, map, "per_rack", false, 1, 100, &x->per_rack);
	if (!rc)
		rc = lw_intent_whole(l, map, "gpus", false, 0, 1024, &x->gpus);
	if (!rc)
		rc = lw_intent_whole(l, map, "nics", false, 1, 256, &nics);
	if (!rc)
		rc = lw_intent_whole(l, map, "height_u", false, 1, 50, &height);
	if (!rc)
		rc = lw_intent_number(l, map, "power_w", 0, 1e6, &x->server_w);
	if (!rc)
		rc = lw_intent_form(l, map, &x->nic);
	if (!rc)
		rc = lw_intent_text(l, map, "mode", true, &mode);
	if (rc)
		return rc;
	if (lw_mode_parse(mode, x->nic.form->lanes, &x->nic_mode, &e))
		return lw_intent_bad(l, lw_node_get(map, "mode")->line, "%s", e.message);
	for (unsigned i = 1; i < x->nic_mode.n; i++)
		if (x->nic_mode.port[i].rate_mbps != x->nic_mode.port[0].rate_mbps)
			return lw_intent_bad(l, lw_node_get(map, "mode")->line,
					     "all ports of a NIC must have one rate, not \"%.40s\"",
					     mode);
	x->nics = (uint16_t)nics;
	x->nic.cages = (uint16_t)nics;
	x->nic.modes[0] = mode;
	x->nic.mode_n = 1;
	x->server_u = (uint8_t)height;
	return 0;
}

static int load_room(struct intent_loader *l, const struct lw_node *map)
{
	static const char *const keys[] = {
		"rows",          "racks",       "rack_units", "rack_power_w",
		"rack_width_m",  "row_pitch_m", "tray_m",     "service_m",
		"slack_percent", "cross_m",     NULL};
	struct lw_room *r = &l->intent->room;
	uint32_t rows = 0, racks = 0;
	const char *cross[8];
	size_t n = 0;
	int rc = lw_intent_keys(l, map, "room", keys);

	*r = (struct lw_room){.rack_units = lw_room_value("rack_units"),
			      .rack_width_m = lw_room_value("rack_width_m"),
			      .row_pitch_m = lw_room_value("row_pitch_m"),
			      .tray_m = lw_room_value("tray_m"),
			      .service_m = lw_room_value("service_m"),
			      .slack_percent = lw_room_value("slack_percent")};
	if (!rc)
		rc = lw_intent_whole(l, map, "rows", true, 1, 10000, &rows);
	if (!rc)
		rc = lw_intent_whole(l, map, "racks", true, 1, 10000, &racks);
	if (!rc)
		rc = lw_intent_number(l, map, "rack_units", 4, 100, &r->rack_units);
	if (!rc)
		rc = lw_intent_number(l, map, "rack_power_w", 0, 1e7, &r->rack_power_w);
	if (!rc)
		rc = lw_intent_number(l, map, "rack_width_m", 0.1, 10, &r->rack_width_m);
	if (!rc)
		rc = lw_intent_number(l, map, "row_pitch_m", 0.5, 100, &r->row_pitch_m);
	if (!rc)
		rc = lw_intent_number(l, map, "tray_m", 0, 20, &r->tray_m);
	if (!rc)
		rc = lw_intent_number(l, map, "service_m", 0, 20, &r->service_m);
	if (!rc)
		rc = lw_intent_number(l, map, "slack_percent", 0, 100, &r->slack_percent);
	if (!rc)
		rc = lw_intent_list(l, map, "cross_m", 8, cross, &n);
	for (size_t i = 0; i < n && !rc; i++)
		rc = lw_intent_value(l, lw_node_get(map, "cross_m")->line, "cross_m", cross[i], 0,
				     1e5, &r->cross_m[i]);
	r->cross_n = (uint8_t)n;
	r->rows = (uint16_t)rows;
	r->racks = (uint16_t)racks;
	return rc;
}

static int load_media(struct intent_loader *l, const struct lw_node *map)
{
	static const char *const keys[] = {"allow", "prefer", "fibre", "patched", NULL};
	static const char *const kinds[] = {"DAC", "AEC", "AOC", "optics", "LPO"};
	struct lw_intent *x = l->intent;
	const char *v[8], *prefer = "cost", *patched = "no";
	size_t n = 0;
	int rc = lw_intent_keys(l, map, "media", keys);

	if (!rc)
		rc = lw_intent_list(l, map, "allow", 5, v, &n);
	for (size_t i = 0; i < n && !rc; i++) {
		unsigned k = 0;

		if (i == 0)
			x->allow = 0;
		while (k < 5 && strcmp(kinds[k], v[i]))
			k++;
		if (k == 5)
			return lw_intent_bad(l, lw_node_get(map, "allow")->line,
					     "media are DAC, AEC, AOC, optics, LPO; not \"%.40s\"",
					     v[i]);
		x->allow |= 1u << k;
	}
	n = 0;
	if (!rc)
		rc = lw_intent_list(l, map, "fibre", 6, v, &n);
	for (size_t i = 0; i < n && !rc; i++) {
		enum lw_grade g = lw_grade_find(v[i]);

		if (i == 0)
			x->grades = 0;
		if (g == LW_GRADE_NONE)
			return lw_intent_bad(l, lw_node_get(map, "fibre")->line,
					     "fibre is OM1 to OM5 or OS2, not \"%.40s\"", v[i]);
		x->grades |= 1u << g;
	}
	if (!rc)
		rc = lw_intent_text(l, map, "prefer", false, &prefer);
	if (!rc)
		rc = lw_intent_text(l, map, "patched", false, &patched);
	if (rc)
		return rc;
	if (strcmp(prefer, "cost") && strcmp(prefer, "power"))
		return lw_intent_bad(l, lw_node_get(map, "prefer")->line,
				     "prefer is cost or power, not \"%.40s\"", prefer);
	if (strcmp(patched, "yes") && strcmp(patched, "no"))
		return lw_intent_bad(l, lw_node_get(map, "patched")->line,
				     "patched is yes or no, not \"%.40s\"", patched);
	x->by_power = !strcmp(prefer, "power");
	x->patched = !strcmp(patched, "yes");
	return 0;
}

static int load_over(struct intent_loader *l, const struct lw_node *root)
{
	struct lw_intent *x = l->intent;
	const struct lw_node *n = lw_node_get(root, "oversubscription");

	x->oversubscription[0] = x->oversubscription[1] = 1;
	if (n && n->kind == LW_NODE_MAP) {
		static const char *const keys[] = {"leaf", "spine", NULL};
		int rc = lw_intent_keys(l, n, "oversubscription", keys);

		if (!rc)
			rc = lw_intent_number(l, n, "leaf", 0.05, 100, &x->oversubscription[0]);
		if (!rc)
			rc = lw_intent_number(l, n, "spine", 0.05, 100, &x->oversubscription[1]);
		return rc;
	}
	return lw_intent_number(l, root, "oversubscription", 0.05, 100, &x->oversubscription[0]);
}

/* What follows from the kind of topology, and what contradicts it. */
static int load_shape(struct intent_loader *l, const struct lw_node *root)
{
	static const char *const names[] = {"leaf-spine", "three-tier", "rail-optimised",
					    "multi-plane"};
	struct lw_intent *x = l->intent;
	const char *topology = NULL, *uplink = NULL, *end = "";
	uint32_t rails = 1, planes = 1, tiers = 2;
	unsigned k = 0, ports = (unsigned)x->nics * x->nic_mode.n;
	int rc = lw_intent_text(l, root, "topology", true, &topology);

	if (rc)
		return rc;
	while (k < 4 && strcmp(names[k], topology))
		k++;
	if (k == 4)
		return lw_intent_bad(l, lw_node_get(root, "topology")->line,
				     "topology is leaf-spine, three-tier, rail-optimised or "
				     "multi-plane, not \"%.40s\"",
				     topology);
	tiers = k == 1 ? 3 : 2;
	planes = k == 3 ? x->nic_mode.n : 1;
	rc = lw_intent_whole(l, root, "planes", false, 1, 64, &planes);
	rails = k == 2 ? ports / (planes ? planes : 1) : 1;
	if (!rc)
		rc = lw_intent_whole(l, root, "rails", false, 1, 256, &rails);
	if (!rc)
		rc = lw_intent_whole(l, root, "tiers", false, 2, 3, &tiers);
	if (!rc)
		rc = lw_intent_text(l, root, "uplink", false, &uplink);
	if (rc)
		return rc;
	if (!rails || ports % (rails * planes))
		return lw_intent_bad(
			l, x->line_servers,
			"the %u NIC ports of a server do not divide into %u plane%s of %u "
			"rail%s",
			ports, planes, planes == 1 ? "" : "s", rails, rails == 1 ? "" : "s");
	if (uplink && strcmp(uplink, "auto") &&
	    (lw_rate_parse(uplink, &x->uplink_mbps, &end) || *end))
		return lw_intent_bad(l, lw_node_get(root, "uplink")->line,
				     "uplink is auto or a rate such as 400G, not \"%.40s\"",
				     uplink);
	x->tiers = (uint8_t)tiers;
	x->rails = (uint16_t)rails;
	x->planes = (uint16_t)planes;
	return 0;
}

static int load_growth(struct intent_loader *l, const struct lw_node *root)
{
	static const char *const keys[] = {"servers", NULL};
	const struct lw_node *n = lw_node_get(root, "growth");
	int rc;

	if (!n || lw_node_empty(n))
		return 0;
	rc = lw_intent_keys(l, n, "growth", keys);
	if (!rc)
		rc = lw_intent_whole(l, n, "servers", true, 1, SERVERS_MAX,
				     &l->intent->growth_servers);
	if (!rc && l->intent->growth_servers < l->intent->servers)
		rc = lw_intent_bad(l, n->line, "growth to %u servers is less than the %u there are",
				   l->intent->growth_servers, l->intent->servers);
	return rc;
}

static int load_root(struct intent_loader *l, const struct lw_node *root)
{
	static const char *const keys[] = {
		"intent",         "topology",     "servers",     "leaf",  "spine",
		"core",           "rails",        "planes",      "tiers", "oversubscription",
		"uplink",         "leaf_servers", "pod_servers", "room",  "media",
		"spares_percent", "growth",       "platforms",   NULL};
	static const char *const needed[] = {"servers", "room", NULL};
	struct lw_intent *x = l->intent;
	int rc;

	if (!root || lw_node_empty(root))
		return lw_intent_bad(l, 1,
				     "the file is empty; examples/intents has some to begin from");
	rc = lw_intent_keys(l, root, "the intent", keys);
	if (!rc)
		rc = lw_intent_text(l, root, "intent", true, &x->name);
	for (const char *const *k = needed; !rc && *k; k++)
		if (!lw_node_get(root, *k) || lw_node_empty(lw_node_get(root, *k)))
			rc = lw_intent_bad(l, root->line, "the intent has no section %s", *k);
	if (!rc)
		rc = lw_intent_switches(l, lw_node_get(root, "platforms"));
	if (!rc)
		rc = load_servers(l, lw_node_get(root, "servers"));
	if (!rc)
		rc = load_shape(l, root);
	if (!rc)
		rc = load_tier(l, root, "leaf", true, &x->tier[0]);
	if (!rc)
		rc = load_tier(l, root, "spine", true, &x->tier[1]);
	if (!rc)
		rc = load_tier(l, root, "core", x->tiers == 3, &x->tier[2]);
	if (!rc)
		rc = load_over(l, root);
	if (!rc)
		rc = lw_intent_whole(l, root, "leaf_servers", false, 1, 65536, &x->leaf_servers);
	if (!rc)
		rc = lw_intent_whole(l, root, "pod_servers", false, 1, SERVERS_MAX,
				     &x->pod_servers);
	if (!rc)
		rc = load_room(l, lw_node_get(root, "room"));
	if (!rc && lw_node_get(root, "media"))
		rc = load_media(l, lw_node_get(root, "media"));
	if (!rc)
		rc = lw_intent_number(l, root, "spares_percent", 0, 100, &x->spares_percent);
	return rc ? rc : load_growth(l, root);
}

int lw_intent_load(const char *text, size_t n, const char *file, lw_intent_reader reader, void *ctx,
		   struct lw_arena *arena, struct lw_intent *ret, struct lw_error *reterr)
{
	struct lw_intent x = {.arena = arena,
			      .file = lw_arena_strdup(arena, file ? file : ""),
			      .allow = LW_ALLOW_DAC | LW_ALLOW_AEC | LW_ALLOW_AOC | LW_ALLOW_OPTICS,
			      .grades = 1u << LW_OM4 | 1u << LW_OS2,
			      .spares_percent = lw_room_value("spares_percent")};
	struct lw_error scratch;
	struct intent_loader l = {.intent = &x,
				  .file = file ? file : "",
				  .reader = reader,
				  .ctx = ctx,
				  .reterr = reterr ? reterr : &scratch};
	struct lw_node *root = NULL;
	int rc;

	if (!x.file)
		return lw_intent_no_memory(&l);
	rc = lw_yaml_parse(text, n, l.file, arena, &root, l.reterr);
	if (!rc)
		rc = load_root(&l, root);
	if (!rc)
		*ret = x;
	return rc;
}
