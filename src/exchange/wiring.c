/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of cables: point-to-point sheets, NetBox, Hedgehog. */
#include <ctype.h>
#include <lanewise/csv.h>
#include <lanewise/exchange.h>
#include <lanewise/yaml.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 2000000u

enum column { A_DEVICE, A_PORT, Z_DEVICE, Z_PORT, TYPE, LABEL, LENGTH, UNIT, COLUMNS };

/* Headings as tools write them, without case, blanks and signs. */
static const struct {
	enum lw_wiring_kind kind;
	enum column column;
	const char *name;
} headings[] = {
	{LW_WIRING_SHEET, A_DEVICE, "anode"},
	{LW_WIRING_SHEET, A_PORT, "aport"},
	{LW_WIRING_SHEET, Z_DEVICE, "znode"},
	{LW_WIRING_SHEET, Z_PORT, "zport"},
	{LW_WIRING_SHEET, TYPE, "cabletype"},
	{LW_WIRING_SHEET, TYPE, "type"},
	{LW_WIRING_SHEET, TYPE, "part"},
	{LW_WIRING_SHEET, LABEL, "label"},
	{LW_WIRING_SHEET, LABEL, "cableid"},
	{LW_WIRING_SHEET, LENGTH, "length"},
	{LW_WIRING_SHEET, LENGTH, "lengthm"},
	{LW_WIRING_SHEET, LENGTH, "cablelength"},
	{LW_WIRING_NETBOX, A_DEVICE, "sideadevice"},
	{LW_WIRING_NETBOX, A_PORT, "sideaname"},
	{LW_WIRING_NETBOX, Z_DEVICE, "sidebdevice"},
	{LW_WIRING_NETBOX, Z_PORT, "sidebname"},
	{LW_WIRING_NETBOX, A_DEVICE, "devicea"},
	{LW_WIRING_NETBOX, A_PORT, "terminationa"},
	{LW_WIRING_NETBOX, Z_DEVICE, "deviceb"},
	{LW_WIRING_NETBOX, Z_PORT, "terminationb"},
	{LW_WIRING_NETBOX, TYPE, "type"},
	{LW_WIRING_NETBOX, LABEL, "label"},
	{LW_WIRING_NETBOX, LENGTH, "length"},
	{LW_WIRING_NETBOX, UNIT, "lengthunit"},
};

/* Units of NetBox and of people; "" is metres. */
static const struct {
	const char *name;
	double metres;
} units[] = {
	{"", 1},      {"m", 1},       {"meters", 1},    {"metres", 1},  {"cm", 0.01},
	{"km", 1000}, {"ft", 0.3048}, {"feet", 0.3048}, {"in", 0.0254}, {"mi", 1609.344},
};

static int add_row(struct lw_wiring *w, const struct lw_wire_row *row, struct lw_error *reterr)
{
	struct lw_wire_row *v;

	if (w->n == ROWS_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, w->file, row->line, "more than %u cables",
				  ROWS_MAX);
	v = lw_arena_grow(w->arena, w->row, &w->cap, w->n + 1, sizeof(*v));
	if (!v)
		return lw_fail_in(reterr, LW_ENOMEM, w->file, row->line, "out of memory");
	w->row = v;
	v[w->n++] = *row;
	return 0;
}

/* "Side A device" and "side_a_device" are one heading. */
static bool same_heading(const char *cell, const char *name)
{
	for (;; cell++) {
		if (*cell && !isalnum((unsigned char)*cell))
			continue;
		if (tolower((unsigned char)*cell) != *name)
			return false;
		if (!*name)
			return true;
		name++;
	}
}

static int read_headings(struct lw_csv *c, enum lw_wiring_kind kind, int at[COLUMNS],
			 struct lw_error *reterr)
{
	for (int i = 0; i < COLUMNS; i++)
		at[i] = -1;
	for (size_t i = 0; i < c->n; i++)
		for (size_t h = 0; h < sizeof(headings) / sizeof(headings[0]); h++)
			if (headings[h].kind == kind && at[headings[h].column] < 0 &&
			    same_heading(c->cell[i], headings[h].name))
				at[headings[h].column] = (int)i;
	for (int i = 0; i <= Z_PORT; i++)
		if (at[i] < 0)
			return lw_fail_in(reterr, LW_EINVAL, c->file, c->line,
					  kind == LW_WIRING_SHEET
						  ? "the first row must name the columns A-Node, "
						    "A-Port, Z-Node and Z-Port"
						  : "the first row must name the columns of a "
						    "NetBox import (side_a_device, side_a_name, "
						    "side_b_device, side_b_name) or of its table "
						    "of cables (Device A, Termination A, Device "
						    "B, Termination B)");
	return 0;
}

/* "5", "5 m", "16.4 ft"; the unit may stand in a cell of its own. */
static int read_length(const struct lw_csv *c, const char *text, const char *unit, double *ret,
		       struct lw_error *reterr)
{
	size_t digits = strspn(text, "0123456789.");
	const char *rest = text + digits;
	char *end;

	*ret = NAN;
	if (!*text)
		return 0;
	while (*rest == ' ')
		rest++;
	unit = *rest ? rest : unit;
	for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
		const char *a = unit, *b = units[i].name;

		while (*a && tolower((unsigned char)*a) == *b)
			a++, b++;
		if (*a || *b)
			continue;
		*ret = strtod(text, &end) * units[i].metres;
		if (end == text + digits && *ret > 0 && *ret <= 1e6)
			return 0;
	}
	return lw_fail_in(reterr, LW_EINVAL, c->file, c->line,
			  "length \"%.40s\" is no length above 0 in m, cm, km, ft, in or mi", text);
}

static const char *cell_at(const struct lw_csv *c, int at)
{
	return at >= 0 && (size_t)at < c->n ? c->cell[at] : "";
}

static int load_csv(enum lw_wiring_kind kind, const char *text, size_t n, struct lw_wiring *w,
		    struct lw_error *reterr)
{
	static const char *const names[] = {"device A", "port A", "device Z", "port Z"};
	int at[COLUMNS], rc;
	struct lw_csv c;

	lw_csv_init(&c, text, n, w->file, w->arena);
	rc = lw_csv_next(&c, reterr);
	if (rc == 0)
		return lw_fail_in(reterr, LW_EINVAL, w->file, 1, "the file is empty");
	rc = rc < 0 ? rc : read_headings(&c, kind, at, reterr);
	while (!rc) {
		struct lw_wire_row row = {0};

		rc = lw_csv_next(&c, reterr);
		if (rc <= 0)
			return rc;
		row = (struct lw_wire_row){
			.device = {cell_at(&c, at[A_DEVICE]), cell_at(&c, at[Z_DEVICE])},
			.port = {cell_at(&c, at[A_PORT]), cell_at(&c, at[Z_PORT])},
			.type = cell_at(&c, at[TYPE]),
			.label = cell_at(&c, at[LABEL]),
			.line = c.line,
		};
		for (int i = 0; i <= Z_PORT; i++)
			if (!cell_at(&c, at[i])[0])
				return lw_fail_in(reterr, LW_EINVAL, w->file, c.line,
						  "the row names no %s", names[i]);
		rc = read_length(&c, cell_at(&c, at[LENGTH]), cell_at(&c, at[UNIT]), &row.length_m,
				 reterr);
		if (!rc)
			rc = add_row(w, &row, reterr);
	}
	return rc;
}

/* ---- Hedgehog ------------------------------------------------------------------------------- */

/** Connections of api/wiring/v1beta1: where their links are and what the ends are called. */
static const struct {
	const char *kind, *list, *end[2];
} connections[] = {
	{"unbundled", "link", {"server", "switch"}},
	{"bundled", "links", {"server", "switch"}},
	{"mclag", "links", {"server", "switch"}},
	{"eslag", "links", {"server", "switch"}},
	{"mclagDomain", "peerLinks", {"switch1", "switch2"}},
	{"mclagDomain", "sessionLinks", {"switch1", "switch2"}},
	{"fabric", "links", {"spine", "leaf"}},
	{"mesh", "links", {"leaf1", "leaf2"}},
	{"gateway", "links", {"switch", "gateway"}},
	{"vpcLoopback", "links", {"switch1", "switch2"}},
};

struct hedgehog {
	struct lw_wiring *w;
	int offset; /**< lines before the document */
	struct lw_error *reterr;
};

static int bad_node(struct hedgehog *h, const struct lw_node *n, const char *what)
{
	return lw_fail_in(h->reterr, LW_EINVAL, h->w->file, h->offset + n->line, "%s", what);
}

static const struct lw_node *get(const struct lw_node *n, const char *key)
{
	return n && n->kind == LW_NODE_MAP ? lw_node_get(n, key) : NULL;
}

static const char *text_of(const struct lw_node *n)
{
	return n && n->kind == LW_NODE_TEXT ? n->text : NULL;
}

static int add_link(struct hedgehog *h, const struct lw_node *link, const char *const end[2],
		    const char *name)
{
	struct lw_wire_row row = {.type = "", .label = name, .length_m = NAN};

	row.line = h->offset + link->line;
	for (int e = 0; e < 2; e++) {
		const char *port = text_of(get(get(link, end[e]), "port"));
		const char *slash = port ? strchr(port, '/') : NULL;

		if (!slash || slash == port || !slash[1])
			return bad_node(h, link,
					"a link needs two ends with port: DEVICE/PORT, as their "
					"kind of connection calls them");
		row.device[e] = lw_arena_strndup(h->w->arena, port, (size_t)(slash - port));
		row.port[e] = slash + 1;
		if (!row.device[e])
			return lw_fail_in(h->reterr, LW_ENOMEM, h->w->file, row.line,
					  "out of memory");
	}
	return add_row(h->w, &row, h->reterr);
}

static int add_connection(struct hedgehog *h, const struct lw_node *root)
{
	const struct lw_node *spec = get(root, "spec");
	const char *name = text_of(get(get(root, "metadata"), "name"));
	int rc = 0;

	if (!spec || spec->kind != LW_NODE_MAP)
		return bad_node(h, root, "a Connection needs spec: a map");
	for (size_t i = 0; !rc && i < sizeof(connections) / sizeof(connections[0]); i++) {
		const struct lw_node *c = get(spec, connections[i].kind);
		const struct lw_node *list = get(c, connections[i].list), *link;

		if (!list || lw_node_empty(list))
			continue;
		link = list->kind == LW_NODE_LIST ? list->first : list;
		for (; !rc && link; link = list->kind == LW_NODE_LIST ? link->next : NULL)
			rc = add_link(h, link, connections[i].end, name ? name : "");
	}
	return rc;
}

static int load_document(struct hedgehog *h, const char *text, size_t n)
{
	struct lw_node *root = NULL;
	struct lw_error e = {0};
	int rc = lw_yaml_parse(text, n, h->w->file, h->w->arena, &root, &e);

	if (rc)
		return lw_fail_in(h->reterr, rc, h->w->file, h->offset + e.line, "%s", e.message);
	if (!root || lw_node_empty(root))
		return 0;
	if (root->kind != LW_NODE_MAP)
		return bad_node(h, root, "a document must be a map with kind: and spec:");
	rc = 0;
	if (text_of(get(root, "kind")) && !strcmp(text_of(get(root, "kind")), "Connection"))
		rc = add_connection(h, root);
	return rc;
}

/* Documents stand between lines that begin with "---". */
static int load_hedgehog(const char *text, size_t n, struct lw_wiring *w, struct lw_error *reterr)
{
	struct hedgehog h = {.w = w, .reterr = reterr};
	const char *s = text, *end = text + n, *begin = text;
	int line = 0, rc = 0;

	while (!rc && s < end) {
		const char *next = memchr(s, '\n', (size_t)(end - s));

		next = next ? next + 1 : end;
		if (end - s >= 3 && memcmp(s, "---", 3) == 0 &&
		    (end - s == 3 || strchr(" \r\n", s[3]))) {
			rc = load_document(&h, begin, (size_t)(s - begin));
			begin = next;
			h.offset = line + 1;
		}
		line++;
		s = next;
	}
	return rc ? rc : load_document(&h, begin, (size_t)(end - begin));
}

int lw_wiring_load(enum lw_wiring_kind kind, const char *text, size_t n, const char *file,
		   struct lw_arena *arena, struct lw_wiring *ret, struct lw_error *reterr)
{
	struct lw_wiring w = {.arena = arena, .file = lw_arena_strdup(arena, file)};
	int rc;

	if (!w.file)
		return lw_fail_in(reterr, LW_ENOMEM, file, 0, "out of memory");
	rc = kind == LW_WIRING_HEDGEHOG ? load_hedgehog(text, n, &w, reterr)
					: load_csv(kind, text, n, &w, reterr);
	if (!rc && !w.n)
		rc = lw_fail_in(reterr, LW_EINVAL, w.file, 1, "the file lists no cables");
	if (!rc)
		*ret = w;
	return rc;
}
