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

#define COLUMNS    16u /* boxes beside one another; further ones stand in lines below */
#define WIDTH      1280u
#define BOX_W      110u /* widest box */
#define BOX_H      28u
#define LINE_H     34u /* from line to line of a row */
#define GAP_X      12u
#define GAP_Y      130u
#define MARGIN     20u
#define TOP        70u /* below the title */
#define ROWS       8u  /* tiers; what is farther from the hosts stands in the last */
#define HOST_CAGES 8u

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

/** Where the devices stand: the row of hosts is 0, the others by their distance from it. */
struct picture {
	uint32_t *row, *column, *of; /**< of each device; device of each cage */
	uint32_t in_row[ROWS], rows;
	unsigned top[ROWS], height;
};

/* Who is a host: what has no system to configure, else what has few cages beside what has many. */
static bool is_host(const struct lw_fdevice *d, bool told, size_t most)
{
	if (told)
		return d->nos && strcmp(d->nos, "none") == 0;
	return most <= HOST_CAGES ? d->cage_n < most : d->cage_n <= HOST_CAGES;
}

/* Rows by distance from the hosts along the cables; what no cable leads to stands with them. */
static void find_rows(const struct lw_fabric *f, struct picture *p)
{
	bool told = false, moved = true;
	size_t most = 0;

	for (size_t d = 0; d < f->device_n; d++) {
		told |= f->devices[d].nos && strcmp(f->devices[d].nos, "none") == 0;
		most = f->devices[d].cage_n > most ? f->devices[d].cage_n : most;
	}
	for (size_t d = 0; d < f->device_n; d++)
		p->row[d] = is_host(&f->devices[d], told, most) ? 0 : UINT32_MAX;
	for (uint32_t r = 0; moved && r + 1 < ROWS; r++) {
		moved = false;
		for (size_t i = 0; i < f->cable_n; i++)
			for (unsigned k = 0; k < f->cables[i].b_n; k++) {
				uint32_t a, b;

				if (f->cables[i].b[k].cage < 0)
					continue;
				a = p->of[f->cables[i].a.cage];
				b = p->of[f->cables[i].b[k].cage];
				if (p->row[a] == r && p->row[b] == UINT32_MAX) {
					p->row[b] = r + 1;
					moved = true;
				} else if (p->row[b] == r && p->row[a] == UINT32_MAX) {
					p->row[a] = r + 1;
					moved = true;
				}
			}
	}
}

static int place_devices(const struct lw_fabric *f, struct picture *p)
{
	p->row = lw_arena_alloc(f->arena, (f->device_n + 1) * sizeof(*p->row));
	p->column = lw_arena_alloc(f->arena, (f->device_n + 1) * sizeof(*p->column));
	p->of = devices_of(f);
	if (!p->row || !p->column || !p->of)
		return LW_ENOMEM;
	find_rows(f, p);
	for (size_t d = 0; d < f->device_n; d++) {
		if (p->row[d] == UINT32_MAX)
			p->row[d] = 0;
		p->column[d] = p->in_row[p->row[d]]++;
		p->rows = p->row[d] + 1 > p->rows ? p->row[d] + 1 : p->rows;
	}
	p->height = TOP;
	for (uint32_t r = p->rows; r-- > 0;) {
		uint32_t lines = (p->in_row[r] + COLUMNS - 1) / COLUMNS;

		p->top[r] = p->height;
		p->height += (lines ? lines - 1 : 0) * LINE_H + BOX_H + (r ? GAP_Y : MARGIN);
	}
	return 0;
}

/* Boxes in the line of a device. */
static unsigned beside(const struct picture *p, uint32_t d)
{
	uint32_t before = p->column[d] / COLUMNS * COLUMNS, left = p->in_row[p->row[d]] - before;

	return left < COLUMNS && !before ? left : COLUMNS;
}

/* Boxes of a line share its width evenly. */
static unsigned middle_of(const struct picture *p, uint32_t d)
{
	return MARGIN +
	       (2 * (p->column[d] % COLUMNS) + 1) * (WIDTH - 2 * MARGIN) / (2 * beside(p, d));
}

static unsigned box_of(const struct picture *p, uint32_t d)
{
	unsigned w = (WIDTH - 2 * MARGIN) / beside(p, d) - GAP_X;

	return w < BOX_W ? w : BOX_W;
}

static unsigned top_of(const struct picture *p, uint32_t d)
{
	return p->top[p->row[d]] + p->column[d] / COLUMNS * LINE_H;
}

static void svg_cable(const struct lw_fabric *f, const struct picture *p, const struct lw_cable *c,
		      unsigned k, struct lw_buf *ret)
{
	uint32_t a = p->of[c->a.cage], b = p->of[c->b[k].cage];

	lw_buf_printf(ret, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"%s\"><title>",
		      middle_of(p, a), top_of(p, a) + (p->row[a] >= p->row[b] ? BOX_H : 0),
		      middle_of(p, b), top_of(p, b) + (p->row[b] > p->row[a] ? BOX_H : 0),
		      c->cord ? "#36c" : "#b60");
	xml(ret, c->id);
	lw_buf_puts(ret, ": ");
	xml(ret, f->cages[c->a.cage].id);
	lw_buf_puts(ret, " - ");
	xml(ret, f->cages[c->b[k].cage].id);
	lw_buf_puts(ret, "</title></line>\n");
}

static void svg_title(const struct lw_fabric *f, const struct picture *p, struct lw_buf *ret)
{
	lw_buf_printf(ret,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		      "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"11\">\n"
		      "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n"
		      "<text x=\"%u\" y=\"28\" font-size=\"18\" font-weight=\"bold\">",
		      WIDTH, p->height, WIDTH, p->height, WIDTH, p->height, MARGIN);
	xml(ret, f->name);
	lw_buf_printf(ret,
		      "</text>\n<text x=\"%u\" y=\"48\" fill=\"#555\">%zu devices, %zu cables: "
		      "<tspan fill=\"#36c\">fibre</tspan>, <tspan fill=\"#b60\">fixed ends</tspan>"
		      "</text>\n<g stroke-opacity=\"0.7\">\n",
		      MARGIN, f->device_n, f->cable_n);
}

int lw_export_svg(const struct lw_fabric *f, struct lw_buf *ret)
{
	struct picture p = {0};

	if (place_devices(f, &p))
		return LW_ENOMEM;
	svg_title(f, &p, ret);
	for (size_t i = 0; i < f->cable_n; i++)
		for (unsigned k = 0; k < f->cables[i].b_n; k++)
			if (f->cables[i].b[k].cage >= 0)
				svg_cable(f, &p, &f->cables[i], k, ret);
	lw_buf_puts(ret, "</g>\n");
	for (uint32_t d = 0; d < f->device_n; d++) {
		unsigned w = box_of(&p, d);

		lw_buf_printf(ret,
			      "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"4\" "
			      "fill=\"#eef2f6\" stroke=\"#567\"/><text x=\"%u\" y=\"%u\" "
			      "text-anchor=\"middle\">",
			      middle_of(&p, d) - w / 2, top_of(&p, d), w, BOX_H, middle_of(&p, d),
			      top_of(&p, d) + BOX_H - 10);
		xml(ret, f->devices[d].name);
		lw_buf_puts(ret, "</text>\n");
	}
	lw_buf_puts(ret, "</svg>\n");
	return 0;
}
