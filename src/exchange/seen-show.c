/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of the show commands of switches. A row of data/shows.csv says where a command puts what:
 * the path to its rows is steps parted by "/".
 *
 *	name    the member of that name
 *	*       every element of a list; what is no list stands for itself, as NX-OS writes one row
 *	[]      every element of a list, and nothing but a list
 *	@       every member of an object; its key is caught
 *	@TEXT   every member whose key begins with TEXT; the rest of the key is caught
 *	#WORD   only if the member "name" is WORD and a number ("FPC 0"); the number is caught
 *
 * What was caught, parted by "/", is the port where the row has no field for it. Fields are paths
 * of names; "a|b" is b where a is empty. Junos wraps each value: [{"data": "et-0/0/0"}].
 */
#include "seen-read.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MAX 128
#define NESTING  6 /* of envelopes around an output */

struct walk {
	struct seen_reading *r;
	const struct seen_show *show;
	bool found; /* the output is of this command */
};

static json_t *bare(json_t *v)
{
	if (json_is_array(v))
		v = json_array_get(v, 0);
	return json_is_object(v) && json_object_get(v, "data") ? json_object_get(v, "data") : v;
}

/* The field of a row, "" if it has none. */
static const char *field(json_t *row, const char *spec)
{
	while (*spec) {
		size_t all = strcspn(spec, "|");
		json_t *v = row;

		for (size_t at = 0; v && at < all;) {
			size_t n = strcspn(spec + at, "/|");
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)n, spec + at);
			v = json_object_get(bare(v), name);
			at += n + 1;
		}
		v = bare(v);
		if (json_is_string(v) && *json_string_value(v))
			return json_string_value(v);
		spec += all + (spec[all] == '|');
	}
	return "";
}

static double number(json_t *row, const char *spec)
{
	const char *text = field(row, spec);
	char *end;
	double v = strtod(text, &end);

	return end == text ? NAN : v;
}

/* The port that is called so in one of the ways that the system has. */
static uint32_t find_port(const struct walk *w, const char *port)
{
	const char *strip = w->show->strip, *name = w->show->names;
	size_t cut = strlen(strip);
	uint32_t at = lw_seen_port(w->r->s, w->r->device, port);

	if (cut && !strncmp(port, strip, cut) && isdigit((unsigned char)port[cut]))
		port += cut;
	while (at == LW_INDEX_NONE && *name) {
		size_t n = strcspn(name, "|"), before = strcspn(name, "%|");
		char text[2 * PORT_MAX];

		snprintf(text, sizeof(text), "%.*s%s%.*s", (int)before, name, port,
			 (int)(n - before - 1), name + before + 1);
		at = lw_seen_port(w->r->s, w->r->device, text);
		name += n + (name[n] == '|');
	}
	return at;
}

static int add_row(const struct walk *w, json_t *row, const char *caught)
{
	const struct seen_show *s = w->show;
	const char *port = *s->port ? field(row, s->port) : caught;
	struct seen_words words;
	uint32_t at;

	if (!*port || !json_is_object(row))
		return 0;
	at = find_port(w, port);
	if (at == LW_INDEX_NONE)
		return lw_seen_note_unknown(w->r, port);
	if (!s->plugs)
		return lw_seen_note_far(w->r, at, field(row, s->device), field(row, s->far));
	words = (struct seen_words){.form = field(row, s->form),
				    .vendor = field(row, s->vendor),
				    .part = field(row, s->part),
				    .serial = field(row, s->serial),
				    .length_m = number(row, s->length)};
	if (*s->none && !strcmp(words.vendor, s->none))
		words = (struct seen_words){"", "", "", "", NAN};
	return lw_seen_note_plug(w->r, at, &words);
}

static int step(struct walk *w, const char *path, json_t *v, const char *caught);

/* Go on with what one more step caught. */
static int catch_one(struct walk *w, const char *path, json_t *v, const char *caught,
		     const char *more)
{
	char text[PORT_MAX];

	snprintf(text, sizeof(text), "%s%s%s", caught, *caught ? "/" : "", more);
	return step(w, path, v, text);
}

static int each_element(struct walk *w, const char *path, json_t *v, const char *caught)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < json_array_size(v); i++)
		rc = step(w, path, json_array_get(v, i), caught);
	return rc;
}

static int each_member(struct walk *w, const char *path, json_t *v, const char *caught,
		       const char *prefix, size_t n)
{
	const char *key;
	json_t *x;
	int rc = 0;

	json_object_foreach(v, key, x)
	{
		if (!rc && !strncmp(key, prefix, n)) {
			w->found = w->found || n;
			rc = catch_one(w, path, x, caught, key + n);
		}
	}
	return rc;
}

/* One step of the path, then the rest. */
static int step(struct walk *w, const char *path, json_t *v, const char *caught)
{
	size_t n = strcspn(path, "/");
	const char *rest = path + n + (path[n] == '/'), *name;
	char key[64];

	if (!v)
		return 0;
	if (!n)
		return add_row(w, v, caught);
	if (*path == '[')
		return each_element(w, rest, v, caught);
	if (*path == '*')
		return json_is_array(v) ? each_element(w, rest, v, caught)
					: step(w, rest, v, caught);
	if (*path == '@')
		return each_member(w, rest, v, caught, path + 1, n - 1);
	if (*path == '#') {
		name = field(v, "name");
		return !strncmp(name, path + 1, n - 1) && name[n - 1] == ' '
			       ? catch_one(w, rest, v, caught, name + n)
			       : 0;
	}
	snprintf(key, sizeof(key), "%.*s", (int)n, path);
	v = json_object_get(v, key);
	/* two commands share a name and differ in what lies behind it */
	if (!*caught && (*rest == '[' ? json_is_array(v) : json_is_object(v) || json_is_array(v)))
		w->found = true;
	return step(w, rest, v, caught);
}

/* Every command that it may be; eAPI and NX-API wrap the output in envelopes. */
static int read_any(struct seen_reading *r, json_t *root, unsigned depth)
{
	static const char *const envelopes[] = {"result", "ins_api", "outputs", "output", "body"};
	int found = 0;

	if (json_is_array(root) && depth) {
		for (size_t i = 0; found >= 0 && i < json_array_size(root); i++) {
			int rc = read_any(r, json_array_get(root, i), depth - 1);

			found = rc ? rc : found;
		}
		return found;
	}
	for (size_t i = 0; i < lw_seen_shows_n; i++) {
		struct walk w = {.r = r, .show = &lw_seen_shows[i]};

		if (step(&w, w.show->path, root, ""))
			return LW_ENOMEM;
		if (w.found && w.show->plugs)
			lw_seen_note_listed(r);
		found = found || w.found;
	}
	for (size_t i = 0; !found && depth && i < sizeof(envelopes) / sizeof(*envelopes); i++)
		if (json_object_get(root, envelopes[i]))
			found = read_any(r, json_object_get(root, envelopes[i]), depth - 1);
	return found;
}

int lw_seen_read_show(struct seen_reading *r, json_t *root)
{
	return read_any(r, root, NESTING);
}
