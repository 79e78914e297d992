/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include "near.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LONG_TEXT (1u << 20) /* bytes; a shorter text that meets a limit is strange, not long */

int lw_load_bad(struct loader *l, int line, const char *fmt, ...)
{
	char message[sizeof(l->reterr->message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, line, "%s", message);
}

int lw_load_no_memory(struct loader *l)
{
	return lw_fail_in(l->reterr, LW_ENOMEM, l->file, 0, "out of memory");
}

/* The keys being offered; a list on the stack cannot be reached from lw_near()'s callback. */
static const char *unknown_key(const char *key, const char *const *keys, char *buf, size_t size)
{
	const char *best = NULL;
	unsigned least = 3;
	size_t used = 0;

	for (const char *const *k = keys; *k; k++) {
		unsigned d = lw_edit_distance(key, *k);

		if (d < least) {
			least = d;
			best = *k;
		}
	}
	if (best) {
		snprintf(buf, size, "; did you mean %s?", best);
		return buf;
	}
	buf[0] = '\0';
	for (const char *const *k = keys; *k && used < size; k++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 k == keys ? "; known are " : ", ", *k);
	return buf;
}

int lw_load_keys(struct loader *l, const struct lw_node *n, const char *what,
		 const char *const *keys)
{
	if (n->kind != LW_NODE_MAP)
		return lw_load_bad(l, n->line, "%.80s is %s, not a map of \"key: value\"", what,
				   lw_node_kind_name(n));
	for (const struct lw_node *c = n->first; c; c = c->next) {
		const char *const *k = keys;
		char hint[120];

		while (*k && strcmp(*k, c->key))
			k++;
		if (!*k)
			return lw_load_bad(l, c->key_line, "unknown key \"%.40s\" in %.60s%s",
					   c->key, what,
					   unknown_key(c->key, keys, hint, sizeof(hint)));
	}
	return 0;
}

int lw_load_line(const struct lw_node *map, const char *key)
{
	const struct lw_node *n = lw_node_get(map, key);

	return n ? n->line : map->line;
}

int lw_load_text(struct loader *l, const struct lw_node *map, const char *what, const char *key,
		 bool required, const char **ret)
{
	const struct lw_node *n = lw_node_get(map, key);

	*ret = NULL;
	if (!n || lw_node_empty(n)) {
		if (required)
			return lw_load_bad(l, n ? n->line : map->line, "%.100s has no %s", what,
					   key);
		return 0;
	}
	if (n->kind != LW_NODE_TEXT)
		return lw_load_bad(l, n->line, "%s of %.100s is %s, not text", key, what,
				   lw_node_kind_name(n));
	*ret = n->text;
	return 0;
}

static int load_root(struct loader *l, const struct lw_node *root)
{
	static const char *const keys[] = {"fabric", "devices", "cables", NULL};
	int rc;

	if (!root || lw_node_empty(root))
		return lw_load_bad(l, 1, "the file is empty; a fabric has fabric, devices, cables");
	rc = lw_load_keys(l, root, "the fabric", keys);
	if (!rc)
		rc = lw_load_text(l, root, "the file", "fabric", true, &l->f->name);
	for (const char *const *k = keys + 1; !rc && *k; k++)
		if (!lw_node_get(root, *k))
			rc = lw_load_bad(l, root->line, "the fabric has no section %s%s", *k,
					 k == keys + 2 ? "; write \"cables: []\" if there are none"
						       : "");
	if (!rc)
		rc = lw_load_devices(l, lw_node_get(root, "devices"));
	if (!rc)
		rc = lw_load_cables(l, lw_node_get(root, "cables"));
	return rc;
}

/* A long text went beyond a limit: say what long fabrics are written as. */
static int too_long(struct loader *l)
{
	const struct lw_error e = *l->reterr;

	return lw_fail_in(l->reterr, LW_ELIMIT, l->file, e.line,
			  "%.140s; long lists go into CSV files: devices: {csv: FILE}, cables: "
			  "{csv: FILE}",
			  e.message);
}

void lw_fabric_show(const struct lw_fabric *f, const char *unit, size_t done, size_t all)
{
	enum { EVERY = 1024 };

	if (f->watch.show && done % EVERY == 0)
		f->watch.show(f->watch.ctx, unit, done, all);
}

int lw_fabric_load_watched(const char *text, size_t n, const char *file, lw_list_reader reader,
			   void *ctx, const struct lw_fabric_watch *watch, struct lw_arena *arena,
			   struct lw_fabric *ret, struct lw_error *reterr)
{
	struct lw_fabric f = {.arena = arena,
			      .watch = watch ? *watch : (struct lw_fabric_watch){0},
			      .file = lw_arena_strdup(arena, file ? file : "")};
	struct lw_error own;
	struct loader l = {.f = &f,
			   .file = file ? file : "",
			   .reterr = reterr ? reterr : &own,
			   .reader = reader,
			   .ctx = ctx};
	struct lw_node *root = NULL;
	struct lw_arena index;
	int rc;

	if (!f.file)
		return lw_load_no_memory(&l);
	lw_findings_init(&f.findings, arena);
	rc = lw_yaml_parse(text, n, l.file, arena, &root, l.reterr);
	if (rc == LW_ELIMIT && n > LONG_TEXT)
		return too_long(&l);
	if (rc)
		return rc;
	lw_arena_init(&index, arena->limit);
	lw_index_init(&l.device_at, &index);
	lw_index_init(&l.cage_at, &index);
	lw_index_init(&l.cable_at, &index);
	rc = load_root(&l, root);
	lw_arena_finish(&index);
	if (!rc)
		*ret = f;
	return rc;
}

int lw_fabric_load_lists(const char *text, size_t n, const char *file, lw_list_reader reader,
			 void *ctx, struct lw_arena *arena, struct lw_fabric *ret,
			 struct lw_error *reterr)
{
	return lw_fabric_load_watched(text, n, file, reader, ctx, NULL, arena, ret, reterr);
}

int lw_fabric_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		   struct lw_fabric *ret, struct lw_error *reterr)
{
	return lw_fabric_load_lists(text, n, file, NULL, NULL, arena, ret, reterr);
}

int lw_fabric_cage_find(const struct lw_fabric *f, const char *id)
{
	size_t low = 0, high = f->cage_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(f->cages[f->by_id[mid]].id, id);

		if (!c)
			return (int)f->by_id[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}
