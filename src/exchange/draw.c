/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of a fabric: Graphviz text and a drawing of its own. */
#include <lanewise/exchange.h>
#include <stdio.h>
#include <string.h>

static uint32_t *devices_of(const struct lw_fabric *f)
{
	uint32_t *of = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*of));

	for (size_t d = 0; of && d < f->device_n; d++)
		for (size_t i = 0; i < f->devices[d].cage_n; i++)
			of[f->devices[d].first + i] = (uint32_t)d;
	return of;
}

static void dot_text(struct lw_buf *b, const char *s)
{
	lw_buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			lw_buf_putc(b, '\\');
		lw_buf_putc(b, *s);
	}
	lw_buf_putc(b, '"');
}

static const char *port_of(const struct lw_cage *c)
{
	return c->port ? c->port : c->name;
}

void lw_export_dot(const struct lw_fabric *f, struct lw_buf *ret)
{
	lw_buf_puts(ret, "graph ");
	dot_text(ret, f->name);
	lw_buf_puts(ret, " {\n  node [shape=box];\n");
	for (size_t d = 0; d < f->device_n; d++) {
		lw_buf_puts(ret, "  ");
		dot_text(ret, f->devices[d].name);
		lw_buf_puts(ret, ";\n");
	}
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];

		for (unsigned k = 0; k < c->b_n; k++) {
			const struct lw_cage *a = &f->cages[c->a.cage], *b;

			if (c->b[k].cage < 0)
				continue;
			b = &f->cages[c->b[k].cage];
			lw_buf_puts(ret, "  ");
			dot_text(ret, a->device);
			lw_buf_puts(ret, " -- ");
			dot_text(ret, b->device);
			lw_buf_puts(ret, " [label=");
			dot_text(ret, c->id);
			lw_buf_puts(ret, ", taillabel=");
			dot_text(ret, port_of(a));
			lw_buf_puts(ret, ", headlabel=");
			dot_text(ret, port_of(b));
			lw_buf_puts(ret, "];\n");
		}
	}
	lw_buf_puts(ret, "}\n");
}

/* ---- SVG ------------------------------------------------------------------------------------- */

#define BOX_W  120u
#define BOX_H  28u
#define GAP_X  20u
#define GAP_Y  120u
#define MARGIN 20u

static void xml(struct lw_buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '<':
			lw_buf_puts(b, "&lt;");
			break;
		case '>':
			lw_buf_puts(b, "&gt;");
			break;
		case '&':
			lw_buf_puts(b, "&amp;");
			break;
		default:
			lw_buf_putc(b, *s);
		}
}

/** Where a device stands: its row and its place in it. */
struct place {
	uint32_t row, column;
};

#define ROWS 3u

/* Hosts of one cage stand at the bottom, small switches above them, large ones on top. */
static void place_devices(const struct lw_fabric *f, struct place *p, uint32_t *ret_columns)
{
	uint32_t in_row[ROWS] = {0};

	for (size_t d = 0; d < f->device_n; d++) {
		size_t n = f->devices[d].cage_n;
		uint32_t row = n == 1 ? 2 : n <= 8 ? 1 : 0;

		p[d] = (struct place){row, in_row[row]++};
		if (in_row[row] > *ret_columns)
			*ret_columns = in_row[row];
	}
}

static unsigned x_of(const struct place *p)
{
	return MARGIN + p->column * (BOX_W + GAP_X);
}

static unsigned y_of(const struct place *p)
{
	return MARGIN + p->row * (BOX_H + GAP_Y);
}

static void svg_cable(const struct lw_fabric *f, const struct lw_cable *c, unsigned k,
		      const struct place *a, const struct place *b, struct lw_buf *ret)
{
	lw_buf_printf(ret, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"%s\"><title>",
		      x_of(a) + BOX_W / 2, y_of(a) + (a->row <= b->row ? BOX_H : 0),
		      x_of(b) + BOX_W / 2, y_of(b) + (b->row < a->row ? BOX_H : 0),
		      c->cord ? "#36c" : "#555");
	xml(ret, c->id);
	lw_buf_puts(ret, ": ");
	xml(ret, f->cages[c->a.cage].id);
	lw_buf_puts(ret, " - ");
	xml(ret, f->cages[c->b[k].cage].id);
	lw_buf_puts(ret, "</title></line>\n");
}

int lw_export_svg(const struct lw_fabric *f, struct lw_buf *ret)
{
	struct place *p = lw_arena_alloc(f->arena, (f->device_n + 1) * sizeof(*p));
	uint32_t *of = devices_of(f), columns = 1;

	if (!p || !of)
		return LW_ENOMEM;
	place_devices(f, p, &columns);
	lw_buf_printf(ret,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		      "font-family=\"sans-serif\" font-size=\"12\">\n",
		      2 * MARGIN + columns * (BOX_W + GAP_X),
		      2 * MARGIN + ROWS * BOX_H + (ROWS - 1) * GAP_Y);
	for (size_t i = 0; i < f->cable_n; i++)
		for (unsigned k = 0; k < f->cables[i].b_n; k++)
			if (f->cables[i].b[k].cage >= 0)
				svg_cable(f, &f->cables[i], k, &p[of[f->cables[i].a.cage]],
					  &p[of[f->cables[i].b[k].cage]], ret);
	for (size_t d = 0; d < f->device_n; d++) {
		lw_buf_printf(ret,
			      "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#eee\" "
			      "stroke=\"#333\"/><text x=\"%u\" y=\"%u\" text-anchor=\"middle\">",
			      x_of(&p[d]), y_of(&p[d]), BOX_W, BOX_H, x_of(&p[d]) + BOX_W / 2,
			      y_of(&p[d]) + BOX_H - 10);
		xml(ret, f->devices[d].name);
		lw_buf_puts(ret, "</text>\n");
	}
	lw_buf_puts(ret, "</svg>\n");
	return 0;
}
