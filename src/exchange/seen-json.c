/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of a device: `lldpctl -f json`, SONiC's TRANSCEIVER_INFO; the rest is in seen-show.c. */
#include "seen-read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* A name that the plan does not know is told once by its file, not for each neighbour. */
int lw_seen_note_unknown(struct seen_reading *r, const char *port)
{
	return lw_findings_add(&r->s->findings, "port-unknown", LW_INFO, r->device,
			       "Give the cage port: NAME, or the device nos: and platform:.",
			       r->file, "port %s is none of the plan's", port);
}

/* The first member of an object whose keys are names, as lldpctl writes the chassis. */
static const char *chassis_name(json_t *chassis)
{
	const char *key;
	json_t *v;

	if (text_at(chassis, "name")[0])
		return text_at(chassis, "name");
	json_object_foreach(chassis, key, v)
	{
		if (json_is_object(v) && strcmp(key, "id") != 0)
			return key;
	}
	return "";
}

int lw_seen_note_far(struct seen_reading *r, uint32_t at, const char *device, const char *port)
{
	struct lw_seen_far far = {.source = r->file,
				  .device = lw_arena_strdup(r->s->arena, device),
				  .port = lw_arena_strdup(r->s->arena, port)};

	if (!far.device || !far.port)
		return LW_ENOMEM;
	if (*device && *port)
		r->s->far[at] = far;
	return 0;
}

static int add_neighbour(struct seen_reading *r, const char *port, json_t *v)
{
	uint32_t at = lw_seen_port(r->s, r->device, port);
	json_t *p = json_object_get(v, "port"), *id = json_object_get(p, "id");
	const char *name = text_at(id, "value");

	/* a port known by a number or an address has its name in the description */
	if (strcmp(text_at(id, "type"), "ifname") != 0 && text_at(p, "descr")[0])
		name = text_at(p, "descr");
	if (at == LW_INDEX_NONE)
		return lw_seen_note_unknown(r, port);
	return lw_seen_note_far(r, at, chassis_name(json_object_get(v, "chassis")), name);
}

static int add_interfaces(struct seen_reading *r, json_t *list)
{
	const char *key;
	json_t *v;
	int rc = 0;

	if (json_is_array(list)) {
		for (size_t i = 0; !rc && i < json_array_size(list); i++)
			if (json_is_object(json_array_get(list, i)))
				rc = add_interfaces(r, json_array_get(list, i));
		return rc;
	}
	json_object_foreach(list, key, v)
	{
		if (!rc && json_is_object(v))
			rc = add_neighbour(r, key, v);
	}
	return rc;
}

/* The form factor whose name the text begins with, or that it holds as a word; the longest. */
static const char *form_in(const char *type)
{
	const struct lw_form *best = NULL;
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t i = 0; i < n; i++) {
		const char *name = p[i].form->name;
		size_t len = strlen(name);

		if (strncmp(type, name, len) == 0 && (!type[len] || strchr(" /-", type[len])) &&
		    (!best || len > strlen(best->name)))
			best = p[i].form;
	}
	return best ? best->name : NULL;
}

int lw_seen_note_plug(struct seen_reading *r, uint32_t at, const struct seen_words *w)
{
	uint32_t cage = r->s->far_cage[at];
	struct lw_seen_plug p = {.source = r->file,
				 .length_m = w->length_m,
				 .form = form_in(w->form),
				 .vendor = lw_arena_strdup(r->s->arena, w->vendor),
				 .part = lw_arena_strdup(r->s->arena, w->part),
				 .serial = lw_arena_strdup(r->s->arena, w->serial)};

	if (!p.vendor || !p.part || !p.serial)
		return LW_ENOMEM;
	p.empty = !p.vendor[0] && !p.part[0] && !p.serial[0];
	/* parts of one port tell of one plug; what a dump said is better */
	if (!r->s->plug[cage].source)
		r->s->plug[cage] = p;
	return 0;
}

static int add_plug(struct seen_reading *r, const char *port, json_t *v)
{
	uint32_t at = lw_seen_port(r->s, r->device, port);
	json_t *length = json_object_get(v, "cable_length");
	struct seen_words w = {.form = text_at(v, "type"),
			       .vendor = text_at(v, "manufacturer"),
			       .part = text_at(v, "model"),
			       .serial = text_at(v, "serial"),
			       .length_m = NAN};

	if (at == LW_INDEX_NONE)
		return lw_seen_note_unknown(r, port);
	if (json_is_number(length))
		w.length_m = json_number_value(length);
	else if (json_is_string(length))
		w.length_m = strtod(json_string_value(length), NULL);
	return lw_seen_note_plug(r, at, &w);
}

static const char table[] = "TRANSCEIVER_INFO|";

/* @return 1: it held plugs, 0: none, or LW_ENOMEM */
static int add_plugs(struct seen_reading *r, json_t *root)
{
	const char *key;
	json_t *v;
	int found = 0;

	json_object_foreach(root, key, v)
	{
		const char *port =
			strncmp(key, table, sizeof(table) - 1) == 0 ? key + sizeof(table) - 1 : key;
		json_t *row = json_is_object(json_object_get(v, "value"))
				      ? json_object_get(v, "value")
				      : v;

		if (!json_is_object(row) ||
		    !(json_object_get(row, "manufacturer") || json_object_get(row, "serial")))
			continue;
		found = 1;
		if (add_plug(r, port, row))
			return LW_ENOMEM;
	}
	return found;
}

void lw_seen_note_listed(struct seen_reading *r)
{
	for (size_t d = 0; d < r->s->f->device_n; d++)
		if (strcmp(r->s->f->devices[d].name, r->device) == 0)
			r->s->looked[d] = true;
}

int lw_seen_add_json(struct lw_seen *s, const char *device, const char *text, size_t n,
		     const char *file, struct lw_error *reterr)
{
	struct seen_reading r = {s, lw_arena_strdup(s->arena, device),
				 lw_arena_strdup(s->arena, file)};
	json_error_t e;
	json_t *root = json_loadb(text, n, 0, &e), *lldp = json_object_get(root, "lldp");
	int rc;

	if (!root)
		return lw_fail_in(reterr, LW_EINVAL, file, e.line, "not valid JSON: %.160s",
				  e.text);
	if (!r.device || !r.file)
		rc = LW_ENOMEM;
	else if (lldp)
		rc = add_interfaces(&r, json_object_get(lldp, "interface"));
	else
		rc = add_plugs(&r, root);
	if (!lldp && rc == 1)
		lw_seen_note_listed(&r);
	if (!lldp && rc == 0) {
		rc = lw_seen_read_show(&r, root);
		rc = rc ? rc : LW_EINVAL;
	}
	json_decref(root);
	if (rc == LW_EINVAL)
		return lw_fail_in(reterr, LW_EINVAL, file, 1,
				  "is neither lldpctl -f json, nor SONiC's TRANSCEIVER_INFO, nor "
				  "JSON of a show command that is known (docs/exchange.md)");
	return rc < 0 ? lw_fail_in(reterr, rc, file, 0, "out of memory") : 0;
}
