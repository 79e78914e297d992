/* SPDX-License-Identifier: Apache-2.0 */
/* A fabric around modules that are named without one: module/cage1, module/cage2 and so on. */
#include "one-module.h"

#include "cli.h"

#include <lanewise/files.h>
#include <lanewise/lab.h>
#include <lanewise/yaml.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FABRIC_LIMIT (4u << 20)

bool cli_is_fabric(const char *path)
{
	size_t n = strlen(path), size = 0;
	struct lw_node *root = NULL;
	struct lw_arena arena;
	char *text = NULL;
	bool is;

	if (lw_part_find(path) || strncmp(path, "twin:", 5) == 0)
		return false;
	if (n < 5 || (strcmp(path + n - 5, ".yaml") != 0 && strcmp(path + n - 4, ".yml") != 0))
		return false;
	if (lw_file_read(path, FABRIC_LIMIT, &text, &size, NULL))
		return true; /* let reading it as a fabric say what is wrong */
	lw_arena_init(&arena, 0);
	/* what cannot be read at all is most likely a fabric with a mistake */
	is = lw_yaml_parse(text, size, path, &arena, &root, NULL) || !root ||
	     root->kind != LW_NODE_MAP || lw_node_get(root, "fabric") ||
	     lw_node_get(root, "devices");
	lw_arena_finish(&arena);
	free(text);
	return is;
}

/** One module or cable of the command line. */
struct named {
	const char *name;
	const struct lw_part *part; /* of the catalogue, NULL: from the file */
	const struct lw_form *form;
	struct lw_ability first; /* what the module prefers */
	bool has_first;
};

static void learn(struct named *m, const struct lw_image *img)
{
	struct lw_ability list[LW_ABILITIES_MAX];
	struct lw_facts facts;
	struct lw_view v;
	size_t n;

	lw_image_view(img, &v);
	lw_facts_decode(&v, &facts);
	n = lw_facts_abilities(&facts, list);
	m->has_first = n > 0;
	if (n)
		m->first = list[0];
}

static int look(const char *name, struct lw_arena *arena, struct named *ret,
		struct lw_error *reterr)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	const struct lw_part *made;
	int r;

	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	*ret = (struct named){.name = name, .part = lw_part_find(name)};
	r = ret->part ? lw_image_make(ret->part, NULL, img, reterr)
		      : lw_file_module(LW_SOURCE_PART, name, img, reterr);
	if (r == LW_ENOENT && access(name, F_OK) != 0)
		lw_fail_in(reterr, r, name, 0,
			   "is neither a file nor a part; \"lanewise explain parts\" lists parts");
	if (!r && !ret->part)
		r = lw_lab_part(img, name, arena, &made, reterr);
	if (!r) {
		ret->form = ret->part ? ret->part->form : made->form;
		learn(ret, img);
	}
	free(img);
	return r;
}

/*
 * The cage split as the module's first application wants it, lane by lane where the plug has too
 * few of them; lanes of any rate when that is no mode.
 */
static void add_mode(const struct named *m, unsigned lanes, struct lw_buf *text)
{
	unsigned each = m->has_first ? m->first.host_lanes : 0;
	uint32_t rate = m->first.rate_mbps;
	struct lw_mode mode;
	char rate_text[16], try[64];

	if (each > lanes) {
		rate /= each;
		each = 1;
	}
	if (each && rate) {
		unsigned n = lanes / each;

		lw_rate_text(rate, rate_text, sizeof(rate_text));
		snprintf(try, sizeof(try), "%ux%s(%u)", n, rate_text, n * each);
		if (!lw_mode_parse(try, lanes, &mode, NULL)) {
			lw_buf_puts(text, try);
			return;
		}
	}
	lw_buf_printf(text, "%ux10G(%u)", lanes, lanes); /* any rate will do: nobody listens */
}

static void add_cage(const struct named *m, const struct lw_form *form, unsigned number,
		     struct lw_buf *text)
{
	lw_buf_printf(text, "      cage%u: {form: %s, mode: ", number, form->name);
	add_mode(m, form->lanes, text);
	lw_buf_puts(text, "}\n");
}

static bool is_cable(const struct named *m)
{
	return m->part && m->part->far;
}

/* What a far plug prefers for the same ports: behind a gearbox they have other numbers of lanes. */
static struct named far_of(const struct named *m)
{
	struct named far = *m;

	far.first.host_lanes =
		(uint8_t)(m->first.host_lanes * m->part->far_lanes / m->part->head_lanes);
	return far;
}

static void write_fabric(const struct named *m, unsigned n, struct lw_buf *text)
{
	unsigned number = 0;

	lw_buf_puts(text, "fabric: modules\ndevices:\n  module:\n    cages:\n");
	for (unsigned i = 0; i < n; i++) {
		add_cage(&m[i], m[i].form, ++number, text);
		for (unsigned k = 0; is_cable(&m[i]) && k < m[i].part->far_n; k++) {
			const struct named far = far_of(&m[i]);

			add_cage(&far, m[i].part->far->form, ++number, text);
		}
	}
	lw_buf_puts(text, "cables:\n");
	number = 0;
	for (unsigned i = 0; i < n; i++) {
		number++;
		if (!is_cable(&m[i]))
			continue;
		lw_buf_printf(text, "  - {id: c%u, part: %s, length_m: %g, a: module/cage%u, b: [",
			      i + 1, m[i].part->name, m[i].part->length_m, number);
		for (unsigned k = 0; k < m[i].part->far_n; k++)
			lw_buf_printf(text, "%smodule/cage%u", k ? ", " : "", ++number);
		lw_buf_puts(text, "]}\n");
	}
}

/* What a name cannot say in YAML without care: put it in place of the text's. */
static void plug(const struct named *m, unsigned n, struct lw_fabric *f)
{
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		struct lw_cage *c = &f->cages[at++];

		if (is_cable(&m[i])) {
			at += m[i].part->far_n;
			continue;
		}
		c->part = m[i].part;
		if (!m[i].part)
			c->dump = m[i].name;
	}
}

int cli_modules_read(char *const *names, unsigned n, struct lw_arena *arena, struct lw_fabric *ret,
		     struct lw_error *reterr)
{
	struct named *m = lw_arena_alloc(arena, n * sizeof(*m));
	struct lw_buf text = LW_BUF_INIT;
	int r = m ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");

	for (unsigned i = 0; !r && i < n; i++)
		r = look(names[i], arena, &m[i], reterr);
	if (r)
		return r;
	write_fabric(m, n, &text);
	r = text.failed
		    ? lw_fail(reterr, LW_ENOMEM, "out of memory")
		    : lw_fabric_load(lw_buf_str(&text), text.len, "modules", arena, ret, reterr);
	lw_buf_finish(&text);
	if (r)
		return r;
	plug(m, n, ret);
	return lw_fabric_resolve(ret, lw_file_module_of, NULL, reterr);
}
