/* SPDX-License-Identifier: Apache-2.0 */
/* What a device of a fabric file accepts and bears besides its cages. */
#include "loader.h"

#include <stdlib.h>
#include <string.h>

#define VENDORS_MAX   32
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

static int load_accepts(struct loader *l, const struct lw_node *device, const char *what,
			struct lw_link_host *h)
{
	const struct lw_node *n = lw_node_get(device, "accepts");
	const char **v;

	if (!n || lw_node_empty(n))
		return 0;
	if (n->kind == LW_NODE_MAP || (n->kind == LW_NODE_LIST && (!n->n || n->n > VENDORS_MAX)))
		return lw_load_bad(l, n->line,
				   "accepts of %s must be the vendor names, at most %d, that the "
				   "device takes, such as [NVIDIA, Mellanox]",
				   what, VENDORS_MAX);
	v = lw_arena_alloc(l->f->arena, VENDORS_MAX * sizeof(*v));
	if (!v)
		return lw_load_no_memory(l);
	for (const struct lw_node *e = n->kind == LW_NODE_LIST ? n->first : n; e;
	     e = n->kind == LW_NODE_LIST ? e->next : NULL) {
		if (e->kind != LW_NODE_TEXT || !*e->text)
			return lw_load_bad(l, e->line, "accepts of %s holds no vendor name here",
					   what);
		v[h->accept_n++] = e->text;
	}
	h->accepts = v;
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

static int load_override(struct loader *l, const struct lw_node *device, const char *what,
			 bool *ret)
{
	const char *text;
	int rc = lw_load_text(l, device, what, "override", false, &text);

	if (rc || !text)
		return rc;
	*ret = strcmp(text, "on") == 0;
	if (!*ret && strcmp(text, "off") != 0)
		return lw_load_bad(l, lw_load_line(device, "override"),
				   "override of %s must be on or off", what);
	return 0;
}

int lw_load_host(struct loader *l, const struct lw_node *device, const char *what,
		 struct lw_link_host **ret)
{
	static const char *const keys[] = {"accepts",         "override",  "cmis",
					   "module_firmware", "cooling_w", NULL};
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
	rc = load_accepts(l, device, what, h);
	if (!rc)
		rc = load_override(l, device, what, &h->override);
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
