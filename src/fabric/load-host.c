/* SPDX-License-Identifier: Apache-2.0 */
/* What a device of a fabric file accepts and bears besides its cages. */
#include "loader.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX     32
#define COOLING_MAX_W 100000.0

int lw_load_number(struct loader *l, const struct lw_node *map, const char *what, const char *key,
		   double max, const char *unit, double *ret)
{
	const char *text;
	char *end;
	double v = 0;
	int rc = lw_load_text(l, map, what, key, false, &text);

	if (rc || !text)
		return rc;
	/* strtod() also takes hexadecimal, infinities and leading blanks */
	if (*text && strspn(text, "0123456789.") == strlen(text)) {
		v = strtod(text, &end);
		if (*end)
			v = 0;
	}
	if (!(v > 0 && v <= max))
		return lw_load_bad(l, lw_load_line(map, key),
				   "%s of %s must be a number of %s above 0, at most %g", key, what,
				   unit, max);
	*ret = v;
	return 0;
}

/* A list of words, or one: each as it is, or as `meaning` gives it. */
static int load_words(struct loader *l, const struct lw_node *device, const char *what,
		      const char *key, const char *example, const char *(*meaning)(const char *),
		      const char *const **ret, size_t *ret_n)
{
	const struct lw_node *n = lw_node_get(device, key);
	const char **v;
	size_t count = 0;

	if (!n || lw_node_empty(n))
		return 0;
	if (n->kind == LW_NODE_MAP || (n->kind == LW_NODE_LIST && (!n->n || n->n > WORDS_MAX)))
		return lw_load_bad(l, n->line, "%s of %s must be a list of at most %d, such as %s",
				   key, what, WORDS_MAX, example);
	v = lw_arena_alloc(l->f->arena, WORDS_MAX * sizeof(*v));
	if (!v)
		return lw_load_no_memory(l);
	for (const struct lw_node *e = n->kind == LW_NODE_LIST ? n->first : n; e;
	     e = n->kind == LW_NODE_LIST ? e->next : NULL) {
		v[count] = e->kind == LW_NODE_TEXT && *e->text
				   ? (meaning ? meaning(e->text) : e->text)
				   : NULL;
		if (!v[count++])
			return lw_load_bad(l, e->line, "%s of %s: this is none; such as %s", key,
					   what, example);
	}
	*ret = v;
	*ret_n = count;
	return 0;
}

/* "5.2" */
static int load_revision(struct loader *l, const struct lw_node *device, const char *what,
			 const char *key, uint8_t ret[2])
{
	const char *text;
	char *end;
	unsigned long major, minor;
	int rc = lw_load_text(l, device, what, key, false, &text);

	if (rc || !text)
		return rc;
	major = strtoul(text, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, &end, 10) : 0;
	if (*text < '0' || *text > '9' || *end || major > 255 || minor > 255 || !(major | minor))
		return lw_load_bad(l, lw_load_line(device, key),
				   "%s of %s must be a revision such as 5.2", key, what);
	ret[0] = (uint8_t)major;
	ret[1] = (uint8_t)minor;
	return 0;
}

/* One of two words. @return through `ret` 0: left out, 1 or 2 */
static int load_either(struct loader *l, const struct lw_node *device, const char *what,
		       const char *key, const char *const words[2], int *ret)
{
	const char *text;
	int rc = lw_load_text(l, device, what, key, false, &text);

	*ret = 0;
	if (rc || !text)
		return rc;
	for (int i = 0; i < 2; i++)
		if (!strcmp(text, words[i]))
			*ret = i + 1;
	return *ret ? 0
		    : lw_load_bad(l, lw_load_line(device, key), "%s of %s must be %s or %s", key,
				  what, words[0], words[1]);
}

/* What a host does or not: override, linear; what runs on its ports. */
static int load_choices(struct loader *l, const struct lw_node *device, const char *what,
			struct lw_link_host *h)
{
	static const char *const switched[] = {"off", "on"};
	static const char *const protocols[] = {"ethernet", "infiniband"};
	int v, rc = load_either(l, device, what, "override", switched, &v);

	if (rc)
		return rc;
	h->override = v == 2;
	rc = load_either(l, device, what, "linear", switched, &v);
	if (rc)
		return rc;
	h->linear = v == 2 ? LW_LINEAR_ON : v == 1 ? LW_LINEAR_OFF : LW_LINEAR_UNSTATED;
	rc = load_either(l, device, what, "protocol", protocols, &v);
	h->protocol = v == 2 ? "InfiniBand" : NULL;
	return rc;
}

int lw_load_host(struct loader *l, const struct lw_node *device, const char *what,
		 struct lw_link_host **ret)
{
	static const char *const keys[] = {"accepts",   "override", "cmis", "module_firmware",
					   "cooling_w", "linear",   "fecs", "protocol",
					   NULL};
	struct lw_link_host *h;
	bool any = false;
	int rc;

	*ret = NULL;
	for (int i = 0; keys[i]; i++)
		any = any || lw_node_get(device, keys[i]);
	if (!any)
		return 0;
	h = lw_arena_alloc(l->f->arena, sizeof(*h));
	if (!h)
		return lw_load_no_memory(l);
	*h = (struct lw_link_host){.name = device->key};
	rc = load_words(l, device, what, "accepts", "[NVIDIA, Mellanox]", NULL, &h->accepts,
			&h->accept_n);
	if (!rc)
		rc = load_words(l, device, what, "fecs", "[none, base-r, rs528, rs544]",
				lw_load_fec_of, &h->fecs, &h->fec_n);
	if (!rc)
		rc = load_choices(l, device, what, h);
	if (!rc)
		rc = load_revision(l, device, what, "cmis", h->cmis);
	if (!rc)
		rc = load_revision(l, device, what, "module_firmware", h->firmware);
	if (!rc)
		rc = lw_load_number(l, device, what, "cooling_w", COOLING_MAX_W, "watts",
				    &h->cooling_w);
	if (!rc)
		*ret = h;
	return rc;
}
