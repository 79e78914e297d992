/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long lists as CSV. A row becomes the map that YAML would have been, so that one code reads both:
 * its columns are the keys, an empty cell is a key left out, a list's entries stand behind each
 * other with blanks between ("nic1/p0 ~ nic2/p0"), a map's too ("mated:2 splice:4").
 */
#include "loader.h"

#include <lanewise/csv.h>
#include <string.h>

#define COLUMNS_MAX  16
#define ENTRIES_MAX  64
#define SCRATCH_ROWS 256 /* rows whose cells are held at once */

/** How the text of a cell becomes a node. */
enum cell_kind { CELL_TEXT, CELL_LIST, CELL_MAP };

struct column {
	const char *key;
	enum cell_kind kind;
};

/* clang-format off */
static const struct column cage_columns[] = {
	{"device", CELL_TEXT}, {"nos", CELL_TEXT}, {"platform", CELL_TEXT}, {"cage", CELL_TEXT},
	{"form", CELL_TEXT}, {"mode", CELL_TEXT}, {"module", CELL_TEXT}, {"adapter", CELL_TEXT},
	{"fec", CELL_TEXT}, {"max_lane", CELL_TEXT}, {"autoneg", CELL_TEXT},
	{"max_power_w", CELL_TEXT}, {"port", CELL_TEXT}, {NULL, CELL_TEXT},
};

static const struct column cable_columns[] = {
	{"id", CELL_TEXT}, {"cord", CELL_TEXT}, {"part", CELL_TEXT}, {"fibre", CELL_TEXT},
	{"length_m", CELL_TEXT}, {"a", CELL_TEXT}, {"b", CELL_LIST}, {"polarity", CELL_LIST},
	{"lanes", CELL_LIST}, {"broken", CELL_LIST}, {"dirt_db", CELL_LIST}, {"through", CELL_MAP},
	{"pins", CELL_TEXT}, {"polish", CELL_LIST}, {NULL, CELL_TEXT},
};
/* clang-format on */

/** A list being read; the nodes of a row are used again for the next. */
struct list {
	struct loader *l;
	struct lw_csv csv;
	const struct column *column[COLUMNS_MAX]; /* of each cell of a row */
	size_t column_n;
	struct lw_node row, cell[COLUMNS_MAX], entry[ENTRIES_MAX];
	size_t entry_n;
};

static const struct column *find_column(const struct column *columns, const char *key)
{
	while (columns->key && strcmp(columns->key, key) != 0)
		columns++;
	return columns->key ? columns : NULL;
}

/* The headings; `needed` ends by NULL. */
static int read_headings(struct list *x, const struct column *columns, const char *const *needed)
{
	struct loader *l = x->l;
	const char *keys[COLUMNS_MAX + 1] = {NULL};
	struct lw_node heading[LW_CSV_CELLS_MAX] = {0}, row = {.kind = LW_NODE_MAP};
	int rc = lw_csv_next(&x->csv, l->reterr);

	if (rc == 0)
		return lw_load_bad(l, 1, "the list is empty; its first row names the columns");
	if (rc < 0)
		return rc;
	for (size_t i = 0; columns[i].key; i++)
		keys[i] = columns[i].key;
	for (size_t i = 0; i < x->csv.n; i++) {
		heading[i] = (struct lw_node){.key = x->csv.cell[i], .key_line = x->csv.line};
		heading[i].next = i + 1 < x->csv.n ? &heading[i + 1] : NULL;
	}
	row.first = heading;
	rc = lw_load_keys(l, &row, "the first row", keys);
	for (size_t i = 0; !rc && i < x->csv.n; i++) {
		x->column[i] = find_column(columns, x->csv.cell[i]);
		for (size_t k = 0; k < i; k++)
			if (x->column[k] == x->column[i])
				return lw_load_bad(l, x->csv.line, "two columns are called %s",
						   x->csv.cell[i]);
	}
	for (size_t i = 0; !rc && needed[i]; i++)
		if (!lw_node_get(&row, needed[i]))
			rc = lw_load_bad(l, x->csv.line, "there is no column %s", needed[i]);
	x->column_n = x->csv.n;
	return rc;
}

static struct lw_node *add_entry(struct list *x, struct lw_node *parent, struct lw_node *last,
				 char *text)
{
	struct lw_node *e = &x->entry[x->entry_n++];
	char *colon = parent->kind == LW_NODE_MAP ? strchr(text, ':') : NULL;

	*e = (struct lw_node){
		.kind = LW_NODE_TEXT, .line = parent->line, .text = text, .plain = true};
	if (parent->kind == LW_NODE_MAP) {
		e->key = text;
		e->key_line = parent->line;
		e->text = colon ? colon + 1 : "";
		if (colon)
			*colon = '\0';
	}
	if (last)
		last->next = e;
	else
		parent->first = e;
	parent->n++;
	return e;
}

/* A cell of several words as a list or a map. */
static int split_cell(struct list *x, struct lw_node *n, const char *text)
{
	char *copy = lw_arena_strdup(x->csv.arena, text), *save = NULL;
	struct lw_node *last = NULL;

	if (!copy)
		return lw_load_no_memory(x->l);
	for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		if (x->entry_n == ENTRIES_MAX)
			return lw_load_bad(x->l, n->line, "column %s: more than %d entries", n->key,
					   ENTRIES_MAX);
		last = add_entry(x, n, last, s);
	}
	return 0;
}

/* The row read last as a map, in x->row. */
static int make_row(struct list *x)
{
	struct lw_node *last = NULL;
	int line = x->csv.line;

	x->row = (struct lw_node){.kind = LW_NODE_MAP, .line = line, .key_line = line};
	x->entry_n = 0;
	for (size_t i = 0; i < x->csv.n; i++) {
		const struct column *c = i < x->column_n ? x->column[i] : NULL;
		const char *text = x->csv.cell[i];
		struct lw_node *n;
		int rc = 0;

		if (!*text)
			continue;
		if (!c)
			return lw_load_bad(x->l, line, "the row has %zu cells, the first row %zu",
					   x->csv.n, x->column_n);
		n = &x->cell[i];
		*n = (struct lw_node){
			.kind = LW_NODE_TEXT,
			.line = line,
			.key = c->key,
			.key_line = line,
			.text = text,
			.plain = true,
		};
		if (c->kind == CELL_MAP)
			n->kind = LW_NODE_MAP;
		else if (c->kind == CELL_LIST && strchr(text, ' '))
			n->kind = LW_NODE_LIST;
		if (n->kind != LW_NODE_TEXT)
			rc = split_cell(x, n, text);
		if (rc)
			return rc;
		if (last)
			last->next = n;
		else
			x->row.first = n;
		last = n;
		x->row.n++;
	}
	return 0;
}

/* Take a key out of the row: what it says belongs to the device. */
static const char *take(struct lw_node *row, const char *key)
{
	for (struct lw_node **at = &row->first; *at; at = &(*at)->next)
		if (!strcmp((*at)->key, key)) {
			const char *text = (*at)->text;

			*at = (*at)->next;
			row->n--;
			return text;
		}
	return NULL;
}

/* Rows of a device lie together; its first row says its system. */
static int load_cage_row(struct list *x)
{
	struct loader *l = x->l;
	const char *device = take(&x->row, "device"), *cage = take(&x->row, "cage");
	const char *nos = take(&x->row, "nos"), *platform = take(&x->row, "platform");
	const struct lw_fdevice *last = l->f->device_n ? &l->f->devices[l->f->device_n - 1] : NULL;
	int rc = 0;

	if (!device || !cage)
		return lw_load_bad(l, x->row.line, "the row names no %s",
				   device ? "cage" : "device");
	if (!last || strcmp(last->name, device) != 0)
		rc = lw_load_begin_device(l, device, x->row.line, nos, platform);
	x->row.key = cage;
	return rc ? rc : lw_load_cage(l, &x->row, NULL);
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 1;

	for (const char *s = text; (s = memchr(s, '\n', n - (size_t)(s - text))); s++)
		lines++;
	return lines;
}

static int read_list(struct loader *l, const struct lw_node *n, struct lw_arena *arena,
		     const char **ret, size_t *ret_n)
{
	struct lw_error e = {.page = -1, .byte = -1};
	int rc;

	if (!l->reader)
		return lw_load_bad(l, n->line, "the list %.100s cannot be read here", n->text);
	rc = l->reader(l->ctx, n->text, arena, ret, ret_n, &e);
	return rc ? lw_fail_in(l->reterr, rc, l->file, n->line, "list %.100s: %.120s", n->text,
			       e.message)
		  : 0;
}

int lw_load_cage_list(struct loader *l, const struct lw_node *n)
{
	static const char *const needed[] = {"device", "cage", "form", "mode", NULL};
	struct list x = {.l = l};
	const char *text, *file = l->file;
	struct lw_arena arena;
	size_t size, lines = 0;
	int rc;

	lw_arena_init(&arena, l->f->arena->limit);
	rc = read_list(l, n, &arena, &text, &size);
	if (!rc) {
		void *v;

		lines = count_lines(text, size);
		v = lw_arena_grow(l->f->arena, l->f->cages, &l->cage_cap, l->f->cage_n + lines,
				  sizeof(*l->f->cages));
		if (v)
			l->f->cages = v;
		l->file = n->text;
		/* names are kept: cells go into the fabric's arena */
		lw_csv_init(&x.csv, text, size, n->text, l->f->arena);
		rc = v ? read_headings(&x, cage_columns, needed) : lw_load_no_memory(l);
	}
	for (size_t i = 1; !rc; i++) {
		rc = lw_csv_next(&x.csv, l->reterr);
		if (rc <= 0)
			break;
		rc = make_row(&x);
		if (!rc)
			rc = load_cage_row(&x);
		lw_fabric_show(l->f, "cages", i, lines);
	}
	l->file = file;
	lw_arena_finish(&arena);
	return rc;
}

int lw_load_cable_list(struct loader *l, const struct lw_node *n)
{
	static const char *const needed[] = {"id", "length_m", "a", "b", NULL};
	struct list x = {.l = l};
	const char *text, *file = l->file;
	struct lw_arena arena, rows;
	size_t size, lines = 0;
	int rc;

	lw_arena_init(&arena, l->f->arena->limit);
	lw_arena_init(&rows, l->f->arena->limit);
	rc = read_list(l, n, &arena, &text, &size);
	if (!rc) {
		l->file = n->text;
		lines = count_lines(text, size);
		rc = lw_load_reserve_cables(l, lines);
	}
	if (!rc) {
		lw_csv_init(&x.csv, text, size, n->text, &rows);
		rc = read_headings(&x, cable_columns, needed);
	}
	for (size_t i = 1; !rc; i++) {
		rc = lw_csv_next(&x.csv, l->reterr);
		if (rc <= 0)
			break;
		rc = make_row(&x);
		if (!rc)
			rc = lw_load_cable(l, &x.row);
		lw_fabric_show(l->f, "cables", i, lines);
		if (i % SCRATCH_ROWS == 0)
			lw_arena_finish(&rows);
	}
	l->file = file;
	lw_arena_finish(&rows);
	lw_arena_finish(&arena);
	return rc;
}
