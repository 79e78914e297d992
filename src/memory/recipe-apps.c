/* SPDX-License-Identifier: Apache-2.0 */
/* Applications of a recipe: interfaces by name or code, lanes where they are not as usual. */
#include "recipe-internal.h"

#include <lanewise/interface.h>
#include <string.h>

#define LANES 8

static int fail(const struct recipe_loader *l, int line, const char *what, const char *which)
{
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, line, "applications: %s%s%s", what,
			  which[0] ? ": " : "", which);
}

/* An interface by its name in SFF-8024, or by its code as 0x... */
static int load_interface(const struct recipe_loader *l, const struct lw_node *app, const char *key,
			  enum lw_code_table table, uint8_t *ret)
{
	const struct lw_node *n = lw_node_get(app, key);
	const struct lw_code *code, *other;
	long number = 0;

	if (!n || n->kind != LW_NODE_TEXT)
		return fail(l, app->line, "each needs host and media, by name or as 0x.. code", "");
	if (strncmp(n->text, "0x", 2) == 0) {
		if (lw_recipe_number(l, n, 0, 0xfe, &number))
			return LW_EINVAL;
		*ret = (uint8_t)number;
		return 0;
	}
	code = lw_code_match(table, n->text, &other);
	if (!code)
		return fail(l, n->line, "no such interface for this module", n->text);
	if (other)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "applications: \"%.30s\" may be \"%.40s\" (0x%02x) or \"%.40s\" "
				  "(0x%02x)",
				  n->text, code->name, code->first, other->name, other->first);
	*ret = (uint8_t)code->first;
	return 0;
}

static int load_lanes(const struct recipe_loader *l, const struct lw_node *app, const char *key,
		      const struct lw_interface *i, uint8_t *ret)
{
	const struct lw_node *n = lw_node_get(app, key);
	long number = i ? i->lanes : 0;

	if (n && lw_recipe_number(l, n, 0, LANES, &number))
		return LW_EINVAL;
	if (!n && (number < 1 || number > LANES))
		return fail(l, app->line, "the standard does not say how many lanes; say it as",
			    key);
	*ret = (uint8_t)number;
	return 0;
}

/* A list of lanes from 1, as a bit mask. */
static int load_starts(const struct recipe_loader *l, const struct lw_node *app, const char *key,
		       uint8_t usual, uint8_t *ret)
{
	const struct lw_node *list = lw_node_get(app, key);
	uint8_t mask = 0;

	if (!list) {
		*ret = usual;
		return 0;
	}
	if (list->kind != LW_NODE_LIST)
		return fail(l, list->line, "takes a list of lanes, [1, 5]", key);
	for (const struct lw_node *n = list->first; n; n = n->next) {
		long lane = 0;

		if (lw_recipe_number(l, n, 1, LANES, &lane))
			return LW_EINVAL;
		mask |= (uint8_t)(1u << (lane - 1));
	}
	*ret = mask;
	return 0;
}

static int check_keys(const struct recipe_loader *l, const struct lw_node *app)
{
	static const char *const keys[] = {"host",        "media",      "host_lanes",
					   "media_lanes", "host_start", "media_start"};

	for (const struct lw_node *n = app->first; n; n = n->next) {
		bool known = false;

		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			known |= strcmp(n->key, keys[i]) == 0;
		if (!known)
			return fail(l, n->key_line,
				    "an application has host, media, host_lanes, media_lanes, "
				    "host_start, media_start; not",
				    n->key);
	}
	return 0;
}

static unsigned count(uint8_t mask)
{
	return (unsigned)__builtin_popcount(mask);
}

static int load_app(struct recipe_loader *l, const struct lw_node *app, struct lw_part_app *ret)
{
	enum lw_code_table table = lw_media_table(l->r->part->media_type);
	const struct lw_interface *media;
	uint8_t usual;

	if (app->kind != LW_NODE_MAP)
		return fail(l, app->line, "each is a map, {host: ..., media: ...}", "");
	if (check_keys(l, app) ||
	    load_interface(l, app, "host", LW_CODES_SFF8024_HOST, &ret->host_id) ||
	    load_interface(l, app, "media", table, &ret->media_id))
		return LW_EINVAL;
	media = lw_interface_find(table, ret->media_id);
	if (load_lanes(l, app, "host_lanes", lw_interface_find(LW_CODES_SFF8024_HOST, ret->host_id),
		       &ret->host_lanes))
		return LW_EINVAL;
	/* a cable carries every host lane on a lane of its own */
	if (media && media->lanes) {
		if (load_lanes(l, app, "media_lanes", media, &ret->media_lanes))
			return LW_EINVAL;
	} else {
		struct lw_interface same = {.lanes = ret->host_lanes};

		if (load_lanes(l, app, "media_lanes", &same, &ret->media_lanes))
			return LW_EINVAL;
	}
	usual = lw_group_starts(ret->host_lanes, l->r->form->lanes);
	if (load_starts(l, app, "host_start", usual, &ret->host_assign))
		return LW_EINVAL;
	/* as many media groups as host groups, side by side */
	usual = lw_group_starts(ret->media_lanes, count(ret->host_assign) * ret->media_lanes);
	return load_starts(l, app, "media_start", usual, &ret->media_assign);
}

int lw_recipe_load_apps(struct recipe_loader *l, const struct lw_node *list)
{
	struct lw_recipe *r = l->r;
	/* flat memory has no room for more than those of the lower page (CMIS 5.4 8.2.14) */
	size_t most = r->part->flat || !r->part->limits ? 8 : LW_PART_APPS_MAX;

	if (r->part->map != LW_MAP_CMIS)
		return fail(l, list->line, "only CMIS modules list them", "");
	if (list->kind != LW_NODE_LIST || !list->n)
		return fail(l, list->line, "takes a list", "");
	if (list->n > most)
		return fail(l, list->line, "more than the memory of this part can list", "");
	r->has_apps = true;
	for (const struct lw_node *n = list->first; n; n = n->next)
		if (load_app(l, n, &r->app[r->app_n++]))
			return LW_EINVAL;
	return 0;
}
