/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/yaml.h>
#include <libfyaml.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  (4u << 20) /* bytes of one file: some 50 000 cables */
#define NODES_MAX 400000u
#define DEPTH_MAX 8 /* a fabric needs five */

struct reader {
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct lw_arena *arena;
	const char *file;
	struct lw_error *reterr;
	size_t nodes;
	int last_line; /* of the newest event, for errors that carry none */
};

static int no_memory(struct reader *r)
{
	return lw_fail_in(r->reterr, LW_ENOMEM, r->file, 0, "out of memory");
}

/* The parser stopped: say what libfyaml found, in its words. */
static int bad_yaml(struct reader *r)
{
	void *iter = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(r->diag, &iter);

	if (!e)
		return lw_fail_in(r->reterr, LW_EINVAL, r->file, r->last_line, "not valid YAML");
	return lw_fail_in(r->reterr, LW_EINVAL, r->file, e->line > 0 ? e->line : r->last_line,
			  "not valid YAML: %.160s", e->msg);
}

static int event_line(struct reader *r, struct fy_event *ev)
{
	const struct fy_mark *m = fy_event_start_mark(ev);

	if (m)
		r->last_line = m->line + 1;
	return r->last_line;
}

/* The next event that bears content; NULL at an error (reterr filled). */
static struct fy_event *next_event(struct reader *r)
{
	struct fy_event *ev = fy_parser_parse(r->parser);

	if (!ev)
		bad_yaml(r);
	return ev;
}

/* Copy a scalar out of its token; text that a terminal would act on is refused. */
static const char *scalar(struct reader *r, struct fy_token *t, int line)
{
	size_t n = 0;
	const char *s = t ? fy_token_get_text(t, &n) : "";

	if (!s) {
		no_memory(r);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f) {
			lw_fail_in(r->reterr, LW_EINVAL, r->file, line,
				   "text holds the control character %02xh", c);
			return NULL;
		}
	}
	s = lw_arena_strndup(r->arena, s, n);
	if (!s)
		no_memory(r);
	return s;
}

static int read_node(struct reader *r, struct fy_event *ev, int depth, struct lw_node **ret);

static int compare_keys(const void *a, const void *b)
{
	const struct lw_node *x = *(const struct lw_node *const *)a;
	const struct lw_node *y = *(const struct lw_node *const *)b;
	int c = strcmp(x->key, y->key);

	return c ? c : (x->key_line > y->key_line) - (x->key_line < y->key_line);
}

/* Sorting keeps a hostile map of many keys from costing the square of their number. */
static int check_duplicates(struct reader *r, const struct lw_node *map)
{
	const struct lw_node **v;
	size_t n = 0;
	int rc = 0;

	if (map->n < 2)
		return 0;
	v = lw_arena_alloc(r->arena, map->n * sizeof(const struct lw_node *));
	if (!v)
		return no_memory(r);
	for (const struct lw_node *c = map->first; c; c = c->next)
		v[n++] = c;
	qsort(v, n, sizeof(const struct lw_node *), compare_keys);
	for (size_t i = 1; i < n && !rc; i++)
		if (!strcmp(v[i - 1]->key, v[i]->key))
			rc = lw_fail_in(r->reterr, LW_EINVAL, r->file, v[i]->key_line,
					"key \"%.60s\" is already in line %d", v[i]->key,
					v[i - 1]->key_line);
	return rc;
}

/* Read a map's key; takes `ev`. */
static int read_key(struct reader *r, struct fy_event *ev, const char **ret, int *ret_line)
{
	int line = event_line(r, ev), rc = 0;

	if (ev->type != FYET_SCALAR)
		rc = lw_fail_in(r->reterr, LW_EINVAL, r->file, line, "a key must be plain text");
	else if (!(*ret = scalar(r, ev->scalar.value, line)))
		rc = r->reterr ? r->reterr->code : LW_EINVAL;
	*ret_line = line;
	fy_parser_event_free(r->parser, ev);
	return rc;
}

static int read_children(struct reader *r, struct lw_node *node, int depth)
{
	enum fy_event_type end = node->kind == LW_NODE_MAP ? FYET_MAPPING_END : FYET_SEQUENCE_END;
	struct lw_node **tail = &node->first;

	for (;;) {
		struct fy_event *ev = next_event(r);
		const char *key = NULL;
		int rc, key_line = 0;

		if (!ev)
			return LW_EINVAL;
		if (ev->type == end) {
			fy_parser_event_free(r->parser, ev);
			return node->kind == LW_NODE_MAP ? check_duplicates(r, node) : 0;
		}
		if (node->kind == LW_NODE_MAP) {
			rc = read_key(r, ev, &key, &key_line);
			if (rc)
				return rc;
			ev = next_event(r);
			if (!ev)
				return LW_EINVAL;
		}
		rc = read_node(r, ev, depth + 1, tail);
		if (rc)
			return rc;
		(*tail)->key = key;
		(*tail)->key_line = key_line;
		tail = &(*tail)->next;
		node->n++;
	}
}

/* Read the node that `ev` begins; takes `ev`. */
static int read_node(struct reader *r, struct fy_event *ev, int depth, struct lw_node **ret)
{
	int line = event_line(r, ev), rc = 0;
	struct lw_node *node;

	if (depth > DEPTH_MAX || ++r->nodes > NODES_MAX) {
		fy_parser_event_free(r->parser, ev);
		return lw_fail_in(r->reterr, LW_ELIMIT, r->file, line,
				  depth > DEPTH_MAX ? "nested deeper than such a file ever is"
						    : "more entries than such a file may have");
	}
	node = lw_arena_alloc(r->arena, sizeof(*node));
	if (!node) {
		fy_parser_event_free(r->parser, ev);
		return no_memory(r);
	}
	node->line = line;
	switch (ev->type) {
	case FYET_SCALAR:
		node->kind = LW_NODE_TEXT;
		node->plain =
			!ev->scalar.value || fy_token_scalar_style(ev->scalar.value) == FYSS_PLAIN;
		node->text = scalar(r, ev->scalar.value, line);
		if (!node->text)
			rc = r->reterr ? r->reterr->code : LW_EINVAL;
		break;
	case FYET_MAPPING_START:
		node->kind = LW_NODE_MAP;
		break;
	case FYET_SEQUENCE_START:
		node->kind = LW_NODE_LIST;
		break;
	case FYET_ALIAS:
		rc = lw_fail_in(r->reterr, LW_EINVAL, r->file, line,
				"aliases (*name) are not allowed here; write the value out");
		break;
	default:
		rc = lw_fail_in(r->reterr, LW_EINVAL, r->file, line, "not valid YAML");
		break;
	}
	fy_parser_event_free(r->parser, ev);
	if (!rc && node->kind != LW_NODE_TEXT)
		rc = read_children(r, node, depth);
	if (!rc)
		*ret = node;
	return rc;
}

static int read_stream(struct reader *r, struct lw_node **ret)
{
	struct lw_node *root = NULL;

	for (;;) {
		struct fy_event *ev = next_event(r);
		enum fy_event_type type;
		int rc, line;

		if (!ev)
			return LW_EINVAL;
		type = ev->type;
		line = event_line(r, ev);
		if (type == FYET_SCALAR || type == FYET_MAPPING_START ||
		    type == FYET_SEQUENCE_START || type == FYET_ALIAS) {
			rc = read_node(r, ev, 0, &root);
			if (rc)
				return rc;
			continue;
		}
		fy_parser_event_free(r->parser, ev);
		if (type == FYET_DOCUMENT_START && root)
			return lw_fail_in(
				r->reterr, LW_EINVAL, r->file, line,
				"a second document begins here; the file is one document");
		if (type == FYET_STREAM_END) {
			*ret = root;
			return 0;
		}
	}
}

/* Length of the UTF-8 sequence at `s`, at most `left` bytes; 0 if there is none (RFC 3629). */
static size_t sequence(const unsigned char *s, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80   ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;
	uint32_t c;

	if (n <= 1 || n > left)
		return n == 1;
	c = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

/*
 * Refuse before the parser sees it what no file of ours holds: bytes that are no text, and
 * directives (libfyaml 0.7.12 never returns from some malformed ones).
 */
static int check_text(const char *text, size_t n, const char *file, struct lw_error *reterr)
{
	const unsigned char *s = (const unsigned char *)text;
	int line = 1;

	for (size_t i = 0, k; i < n; i += k) {
		k = sequence(s + i, n - i);
		if (!k)
			return lw_fail_in(reterr, LW_EINVAL, file, line,
					  "byte %02xh is not UTF-8 text", s[i]);
		if ((s[i] < 0x20 && !strchr("\t\n\r", s[i])) || !s[i] || s[i] == 0x7f)
			return lw_fail_in(reterr, LW_EINVAL, file, line,
					  "text holds the control character %02xh", s[i]);
		if (s[i] == '%' && (!i || s[i - 1] == '\n' || s[i - 1] == '\r'))
			return lw_fail_in(
				reterr, LW_EINVAL, file, line,
				"a line may not begin with \"%%\": YAML directives are not "
				"used here");
		line += s[i] == '\n';
	}
	return 0;
}

int lw_yaml_parse(const char *text, size_t n, const char *file, struct lw_arena *arena,
		  struct lw_node **ret, struct lw_error *reterr)
{
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 |
					    FYPCF_JSON_NONE};
	struct lw_error own;
	struct reader r = {.arena = arena, .file = file, .reterr = reterr ? reterr : &own};
	struct lw_node *root = NULL;
	int rc;

	if (n > TEXT_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, file, 0, "%zu bytes; at most %u are read", n,
				  TEXT_MAX);
	rc = check_text(text, n, file, reterr);
	if (rc)
		return rc;
	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL; /* libraries print nothing: errors are collected */
	r.diag = fy_diag_create(&diag_cfg);
	if (!r.diag)
		return no_memory(&r);
	fy_diag_set_collect_errors(r.diag, true);
	cfg.diag = r.diag;
	r.parser = fy_parser_create(&cfg);
	if (!r.parser || fy_parser_set_string(r.parser, text, n))
		rc = no_memory(&r);
	else
		rc = read_stream(&r, &root);
	fy_parser_destroy(r.parser);
	fy_diag_destroy(r.diag);
	if (!rc)
		*ret = root;
	return rc;
}

const struct lw_node *lw_node_get(const struct lw_node *map, const char *key)
{
	for (const struct lw_node *c = map->first; c; c = c->next)
		if (!strcmp(c->key, key))
			return c;
	return NULL;
}

bool lw_node_empty(const struct lw_node *n)
{
	return n->kind == LW_NODE_TEXT && n->plain &&
	       (!*n->text || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

const char *lw_node_kind_name(const struct lw_node *n)
{
	return n->kind == LW_NODE_TEXT ? "text" : n->kind == LW_NODE_MAP ? "a map" : "a list";
}
