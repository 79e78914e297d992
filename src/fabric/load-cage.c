/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include "near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64
#define WHAT_SIZE    160
#define POWER_MAX_W  1000.0

/* FEC as people and switches write it. */
static const struct {
	const char *word, *fec;
} fec_words[] = {
	{"none", "none"},         {"off", "none"},
	{"base-r", "BASE-R"},     {"fc", "BASE-R"},
	{"rs528", "RS(528,514)"}, {"RS(528,514)", "RS(528,514)"},
	{"rs544", "RS(544,514)"}, {"RS(544,514)", "RS(544,514)"},
};

bool lw_load_is_module(const struct lw_part *p)
{
	return !p->receptacle || strcmp(p->receptacle->body, "fixed") != 0;
}

static const char *part_name(size_t i)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	return lw_load_is_module(&p[i]) ? p[i].name : NULL;
}

static const char *form_name(size_t i)
{
	size_t n;

	return lw_parts(&n)[i].form->name;
}

/* Names become ids such as "leaf1/swp2#1", so the separators may not be in them. */
static int check_name(struct loader *l, int line, const char *what, const char *name)
{
	if (!*name || strlen(name) > NAME_MAX_LEN || strpbrk(name, "/#: \"'"))
		return lw_load_bad(l, line,
				   "%s name \"%.40s\" must have 1 to %d characters, none of them a "
				   "blank, a quote, \"/\", \"#\" or \":\"",
				   what, name, NAME_MAX_LEN);
	return 0;
}

/* {dump: FILE}, {recipe: FILE} or {trace: FILE}. */
static int load_file(struct loader *l, const struct lw_node *n, struct lw_cage *c)
{
	static const char *const keys[] = {"dump", "recipe", "trace", NULL};
	static const enum lw_source sources[] = {LW_SOURCE_DUMP, LW_SOURCE_RECIPE, LW_SOURCE_TRACE};
	char what[WHAT_SIZE];
	int rc;

	snprintf(what, sizeof(what), "the module of %s", c->id);
	rc = lw_load_keys(l, n, what, keys);
	if (rc)
		return rc;
	if (n->n != 1)
		return lw_load_bad(l, n->line, "%s needs one of dump, recipe and trace", what);
	for (int i = 0; keys[i]; i++)
		if (!strcmp(n->first->key, keys[i]))
			c->source = sources[i];
	return lw_load_text(l, n, what, n->first->key, true, &c->dump);
}

/* `module:` is a catalogue name, or a file, or nothing. */
static int load_module(struct loader *l, const struct lw_node *map, struct lw_cage *c)
{
	const struct lw_node *n = lw_node_get(map, "module");
	char hint[160];
	size_t parts;

	if (!n || lw_node_empty(n))
		return 0;
	if (n->kind == LW_NODE_MAP)
		return load_file(l, n, c);
	if (n->kind != LW_NODE_TEXT)
		return lw_load_bad(l, n->line, "module of %s is a list, not a name or {dump: FILE}",
				   c->id);
	c->part = lw_part_find(n->text);
	if (!c->part) {
		lw_parts(&parts);
		return lw_load_bad(l, n->line, "unknown module \"%.60s\"%s", n->text,
				   lw_near(n->text, part_name, parts, hint, sizeof(hint)));
	}
	if (c->part->far)
		return lw_load_bad(
			l, n->line,
			"%s is a cable, not a module; list it under cables with part: %s",
			c->part->name, c->part->name);
	return 0;
}

static int load_form(struct loader *l, const struct lw_node *map, const char *what,
		     struct lw_cage *c)
{
	const char *text;
	char hint[160];
	size_t parts;
	int rc = lw_load_text(l, map, what, "form", true, &text);

	if (rc)
		return rc;
	c->form = lw_form_find(text);
	if (c->form)
		return 0;
	lw_parts(&parts);
	return lw_load_bad(l, lw_load_line(map, "form"), "unknown form factor \"%.40s\" of %s%s",
			   text, what, lw_near(text, form_name, parts, hint, sizeof(hint)));
}

const char *lw_load_fec_of(const char *word)
{
	for (size_t i = 0; i < sizeof(fec_words) / sizeof(fec_words[0]); i++)
		if (!strcmp(word, fec_words[i].word))
			return fec_words[i].fec;
	return NULL;
}

static int load_fec(struct loader *l, const struct lw_node *map, const char *what,
		    struct lw_cage *c)
{
	const char *text;
	int rc = lw_load_text(l, map, what, "fec", false, &text);

	if (rc || !text)
		return rc;
	c->fec = lw_load_fec_of(text);
	if (c->fec)
		return 0;
	return lw_load_bad(l, lw_load_line(map, "fec"),
			   "unknown fec \"%.40s\" of %s; known are none, base-r, rs528, rs544",
			   text, what);
}

static int load_max_lane(struct loader *l, const struct lw_node *map, const char *what,
			 struct lw_cage *c)
{
	const char *text, *end, *fec;
	enum lw_modulation m;
	uint32_t mbps;
	int rc = lw_load_text(l, map, what, "max_lane", false, &text);

	if (rc || !text)
		return rc;
	if (lw_rate_parse(text, &mbps, &end) || *end ||
	    lw_lane_signal(mbps, &c->max_baud_kbd, &m, &fec))
		return lw_load_bad(l, lw_load_line(map, "max_lane"),
				   "max_lane \"%.40s\" of %s is no lane rate; known are 10G, 25G, "
				   "50G, 100G, 200G",
				   text, what);
	return 0;
}

static int load_autoneg(struct loader *l, const struct lw_node *map, const char *what,
			struct lw_cage *c)
{
	const char *text;
	int rc = lw_load_text(l, map, what, "autoneg", false, &text);

	if (rc || !text)
		return rc;
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return lw_load_bad(l, lw_load_line(map, "autoneg"),
				   "autoneg of %s must be on or off", what);
	c->autoneg = strcmp(text, "on") == 0 ? LW_AN_ON : LW_AN_OFF;
	return 0;
}

/* What the device itself calls the cage; it goes into configuration, so it is one plain word. */
static int load_port_name(struct loader *l, const struct lw_node *map, const char *what,
			  struct lw_cage *c)
{
	int rc = lw_load_text(l, map, what, "port", false, &c->port);

	if (rc || !c->port)
		return rc;
	if (strlen(c->port) <= NAME_MAX_LEN &&
	    c->port[strspn(c->port, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/:.-_")] == '\0')
		return 0;
	return lw_load_bad(l, lw_load_line(map, "port"),
			   "port \"%.40s\" of %s must have 1 to %d letters, digits and /:.-_",
			   c->port, what, NAME_MAX_LEN);
}

static int load_mode(struct loader *l, const struct lw_node *map, const char *what,
		     struct lw_cage *c)
{
	struct lw_error e;
	int rc = lw_load_text(l, map, what, "mode", true, &c->mode_text);

	if (rc)
		return rc;
	if (lw_mode_parse(c->mode_text, c->form->lanes, &c->mode, &e))
		return lw_load_bad(l, lw_load_line(map, "mode"), "%s (%s): %s", what, c->form->name,
				   e.message);
	return 0;
}

static int load_cage(struct loader *l, const char *device, const struct lw_node *n,
		     struct lw_cage *c)
{
	static const char *const keys[] = {"form",     "mode",    "module",      "adapter", "fec",
					   "max_lane", "autoneg", "max_power_w", "port",    NULL};
	char what[WHAT_SIZE];
	int rc = check_name(l, n->key_line, "cage", n->key);

	if (rc)
		return rc;
	*c = (struct lw_cage){.device = device, .name = n->key, .line = n->key_line, .cable = -1};
	c->id = lw_arena_printf(l->f->arena, "%s/%s", device, n->key);
	if (!c->id)
		return lw_load_no_memory(l);
	snprintf(what, sizeof(what), "cage %s", c->id);
	rc = lw_load_keys(l, n, what, keys);
	if (!rc)
		rc = load_form(l, n, what, c);
	if (!rc)
		rc = load_mode(l, n, what, c);
	if (!rc)
		rc = load_module(l, n, c);
	if (!rc)
		rc = lw_load_text(l, n, what, "adapter", false, &c->adapter);
	if (!rc)
		rc = load_fec(l, n, what, c);
	if (!rc)
		rc = load_max_lane(l, n, what, c);
	if (!rc)
		rc = load_autoneg(l, n, what, c);
	if (!rc)
		rc = lw_load_number(l, n, what, "max_power_w", POWER_MAX_W, "watts",
				    &c->max_power_w);
	if (!rc)
		rc = load_port_name(l, n, what, c);
	if (!rc && !c->adapter)
		c->adapter = "";
	return rc;
}

struct id_index {
	const char *id;
	uint32_t cage;
};

static int compare_ids(const void *a, const void *b)
{
	const struct id_index *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int index_cages(struct loader *l)
{
	struct lw_fabric *f = l->f;
	struct id_index *v = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*v));
	uint32_t *by_id = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*by_id));

	if (!v || !by_id)
		return lw_load_no_memory(l);
	for (size_t i = 0; i < f->cage_n; i++)
		v[i] = (struct id_index){f->cages[i].id, (uint32_t)i};
	qsort(v, f->cage_n, sizeof(*v), compare_ids);
	for (size_t i = 0; i < f->cage_n; i++)
		by_id[i] = v[i].cage;
	f->by_id = by_id;
	return 0;
}

int lw_load_begin_device(struct loader *l, const char *name, int line, const char *nos,
			 const char *platform)
{
	struct lw_fabric *f = l->f;
	struct lw_fdevice *v;
	uint32_t at;
	int rc = check_name(l, line, "device", name);

	if (rc)
		return rc;
	rc = lw_index_put(&l->device_at, name, (uint32_t)f->device_n, &at);
	if (rc == 0)
		return lw_load_bad(l, line, "device %s is already in line %d", name,
				   f->devices[at].line);
	v = lw_arena_grow(f->arena, f->devices, &l->device_cap, f->device_n + 1, sizeof(*v));
	if (rc < 0 || !v)
		return lw_load_no_memory(l);
	f->devices = v;
	v[f->device_n++] = (struct lw_fdevice){
		.name = name, .line = line, .nos = nos, .platform = platform, .first = f->cage_n};
	return 0;
}

int lw_load_cage(struct loader *l, const struct lw_node *n, struct lw_link_host *host)
{
	struct lw_fabric *f = l->f;
	struct lw_fdevice *device = &f->devices[f->device_n - 1];
	struct lw_cage *v =
		lw_arena_grow(f->arena, f->cages, &l->cage_cap, f->cage_n + 1, sizeof(*v));
	uint32_t at;
	int rc;

	if (!v)
		return lw_load_no_memory(l);
	f->cages = v;
	rc = load_cage(l, device->name, n, &v[f->cage_n]);
	if (rc)
		return rc;
	rc = lw_index_put(&l->cage_at, v[f->cage_n].id, (uint32_t)f->cage_n, &at);
	if (rc == 0)
		return lw_load_bad(l, n->key_line, "cage %s is already in line %d", v[f->cage_n].id,
				   v[at].line);
	if (rc < 0)
		return lw_load_no_memory(l);
	v[f->cage_n++].host = host;
	device->cage_n++;
	return 0;
}

static int load_device(struct loader *l, const struct lw_node *d)
{
	static const char *const keys[] = {"cages",     "linear",   "fecs",     "protocol",
					   "accepts",   "override", "cmis",     "module_firmware",
					   "cooling_w", "nos",      "platform", NULL};
	const struct lw_node *cages;
	const char *nos, *platform;
	struct lw_link_host *host;
	char what[WHAT_SIZE];
	int rc;

	snprintf(what, sizeof(what), "device %.100s", d->key);
	rc = lw_load_keys(l, d, what, keys);
	if (!rc)
		rc = lw_load_text(l, d, what, "nos", false, &nos);
	if (!rc)
		rc = lw_load_text(l, d, what, "platform", false, &platform);
	if (!rc)
		rc = lw_load_begin_device(l, d->key, d->key_line, nos, platform);
	if (!rc)
		rc = lw_load_host(l, d, what, &host);
	if (rc)
		return rc;
	cages = lw_node_get(d, "cages");
	if (!cages || cages->kind != LW_NODE_MAP || !cages->n)
		return lw_load_bad(l, cages ? cages->line : d->key_line,
				   "%s has no cages; write cages: {NAME: {form: ..., mode: ...}}",
				   what);
	for (const struct lw_node *c = cages->first; c && !rc; c = c->next)
		rc = lw_load_cage(l, c, host);
	return rc;
}

int lw_load_devices(struct loader *l, const struct lw_node *devices)
{
	if (devices->kind != LW_NODE_MAP || !devices->n)
		return lw_load_bad(
			l, devices->line, "devices must be a map: NAME: {cages: {...}}, not %s",
			devices->n || devices->kind == LW_NODE_TEXT ? lw_node_kind_name(devices)
								    : "empty");
	for (const struct lw_node *d = devices->first; d; d = d->next) {
		bool list = !strcmp(d->key, "csv") && d->kind == LW_NODE_TEXT;
		int rc = list ? lw_load_cage_list(l, d) : load_device(l, d);

		if (rc)
			return rc;
	}
	return index_cages(l);
}
