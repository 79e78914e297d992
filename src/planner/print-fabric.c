/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as a fabric file: one YAML text, or a short one beside lists of cages and cables. */
#include "line.h"

#include <string.h>

/* A longer text is no fabric file that people read; and YAML is read up to 4 MiB (src/yaml). */
#define CABLES_MAX 10000u
#define TEXT_MAX   (3u << 20)

static void device_text(const struct lw_planner *p, enum lw_tier t, uint32_t device,
			struct lw_buf *b)
{
	const struct lw_plan_tier *x = &p->tier[t];
	bool any = false;
	char name[24];

	for (unsigned c = 0; c < x->cages; c++) {
		const struct lw_plan_class *k = class_at(p, t, device, c);
		const struct lw_plan_medium *m;
		unsigned end;

		if (!k)
			continue;
		m = &p->media[k->medium];
		end = end_at(p, m, t);
		if (!any) {
			lw_planner_device(p, t, device, name);
			lw_buf_printf(b, "  %s:\n%s    cages:\n", name,
				      t == LW_TIER_SERVER ? "    nos: none\n" : "");
			any = true;
		}
		lw_buf_puts(b, "      ");
		lw_plan_cage_text(p, t, c, side_of(p, &p->joint[m->joint], end), m, end, b);
		lw_buf_putc(b, '\n');
	}
}

void lw_planner_devices(const struct lw_planner *p, enum lw_tier t, uint32_t first, uint32_t n,
			struct lw_buf *ret)
{
	uint32_t all = p->tier[t].planes * p->tier[t].per_plane;
	size_t none;

	lw_buf_printf(ret, "fabric: %s\ndevices:", p->intent->name);
	none = ret->len;
	lw_buf_putc(ret, '\n');
	for (uint32_t d = first; d < all && d - first < n; d++)
		device_text(p, t, d, ret);
	if (ret->len == none + 1)
		lw_buf_puts(ret, " {}\n");
	lw_buf_puts(ret, "cables: []\n");
}

size_t lw_planner_needs(const struct lw_planner *p, enum lw_tier t, uint32_t first, uint32_t n,
			const char **ret, size_t room)
{
	uint32_t all = p->tier[t].planes * p->tier[t].per_plane;
	size_t at = 0;

	for (uint32_t d = first; d < all && d - first < n; d++)
		for (unsigned c = 0; c < p->tier[t].cages; c++) {
			const struct lw_plan_class *k = class_at(p, t, d, c);

			if (!k)
				continue;
			if (at < room)
				ret[at] = k->fec[end_at(p, &p->media[k->medium], t)];
			at++;
		}
	return at;
}

/* The cable again as it was wired; the links that are there lie one behind the other. */
static void wire_of(const struct lw_planner *p, const struct lw_plan_cable *c, struct wire *w)
{
	const struct lw_plan_class *k = &p->classes[c->class_];

	*w = (struct wire){.n = k->link_n};
	for (unsigned i = 0; i < c->link_n; i++) {
		const struct lw_plan_link *l = &p->links[c->first_link + i];

		w->link[l->leg] = *l;
		w->there[l->leg] = true;
		if (!i)
			w->link[0] = *l; /* the head is the same for all */
	}
}

int lw_planner_fabric(const struct lw_planner *p, struct lw_buf *ret, struct lw_error *reterr)
{
	if (p->cable_n > CABLES_MAX)
		return lw_fail(reterr, LW_ELIMIT,
			       "%zu cables; a fabric file in one piece has up to %u", p->cable_n,
			       CABLES_MAX);
	lw_buf_printf(ret, "fabric: %s\ndevices:%s\n", p->intent->name, p->cable_n ? "" : " {}");
	for (unsigned t = 0; t < p->tier_n; t++)
		for (uint32_t d = 0; d < p->tier[t].planes * p->tier[t].per_plane; d++)
			device_text(p, t, d, ret);
	lw_buf_printf(ret, "cables:%s\n", p->cable_n ? "" : " []");
	for (size_t i = 0; i < p->cable_n && ret->len < TEXT_MAX; i++) {
		const struct lw_plan_class *c = &p->classes[p->cables[i].class_];
		struct wire w;

		wire_of(p, &p->cables[i], &w);
		lw_plan_cable_text(p, &p->media[c->medium], c->length_m, &w, false, ret);
	}
	if (ret->len >= TEXT_MAX)
		return lw_fail(reterr, LW_ELIMIT, "a fabric file in one piece has up to %u bytes",
			       TEXT_MAX);
	return ret->failed ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
}

void lw_planner_lists(const struct lw_planner *p, const char *cages, const char *cables,
		      struct lw_buf *ret)
{
	lw_buf_printf(ret, "fabric: %s\ndevices: {csv: '%s'}\ncables: {csv: '%s'}\n",
		      p->intent->name, cages, cables);
}

uint64_t lw_planner_devices_n(const struct lw_planner *p)
{
	uint64_t n = 0;

	for (unsigned t = 0; t < p->tier_n; t++)
		n += (uint64_t)p->tier[t].planes * p->tier[t].per_plane;
	return n;
}

/* All cages of a device that hold something. */
static void cage_rows(const struct lw_planner *p, enum lw_tier t, uint32_t device,
		      struct lw_buf *ret)
{
	const struct lw_plan_tier *x = &p->tier[t];
	char name[24], cage[64];

	lw_planner_device(p, t, device, name);
	for (unsigned c = 0; c < x->cages; c++) {
		const struct lw_plan_class *k = class_at(p, t, device, c);
		const struct lw_plan_medium *m;
		const struct lw_plan_side *s;
		struct line l = {.n = 0};
		unsigned end;

		if (!k)
			continue;
		m = &p->media[k->medium];
		end = end_at(p, m, t);
		s = side_of(p, &p->joint[m->joint], end);
		lw_planner_cage(p, t, c, cage);
		lw_line_put(&l, name);
		lw_line_put(&l, t == LW_TIER_SERVER ? ",none," : ",,");
		lw_line_put_name(&l, cage);
		lw_line_put(&l, ",");
		lw_line_put(&l, s->group->form->name);
		lw_line_put(&l, ",");
		lw_line_put_name(&l, s->mode_text);
		lw_line_put(&l, ",");
		lw_line_put(&l, m->cable ? "" : m->part[end]->name);
		lw_line_put(&l, ",");
		lw_line_put(&l, lw_plan_max_lane(s->group));
		lw_line_put(&l, "\n");
		lw_buf_add(ret, l.text, l.n);
	}
}

void lw_planner_cage_list(const struct lw_planner *p, uint64_t first, uint64_t n,
			  struct lw_buf *ret)
{
	uint64_t at = 0;

	if (first == 0)
		lw_buf_puts(ret, "device,nos,cage,form,mode,module,max_lane\n");
	for (unsigned t = 0; t < p->tier_n; t++) {
		uint32_t all = p->tier[t].planes * p->tier[t].per_plane;

		for (uint32_t d = 0; d < all; d++, at++)
			if (at >= first && at < first + n)
				cage_rows(p, t, d, ret);
	}
}

/* "leaf1-swp7,,mpo16,OS2,30,leaf1/swp7,spine3/swp1," */
static void cable_row(const struct lw_planner *p, uint64_t i, struct lw_buf *ret)
{
	const struct lw_plan_class *c = &p->classes[p->cables[i].class_];
	const struct lw_plan_medium *m = &p->media[c->medium];
	unsigned step = lw_plan_leg_step(p, m), legs = 0;
	struct line l = {.n = 0};
	struct wire w;

	wire_of(p, &p->cables[i], &w);
	lw_plan_cable_name(p, m, &w.link[0], &l);
	lw_line_put(&l, ",");
	lw_line_put(&l, m->cable ? m->cable->name : "");
	lw_line_put(&l, ",");
	lw_line_put(&l, m->cable ? "" : m->cord->name);
	lw_line_put(&l, ",");
	lw_line_put(&l, m->cable ? "" : lw_grade_name(m->grade));
	lw_line_put(&l, ",");
	lw_line_put_metres(&l, c->length_m);
	lw_line_put(&l, ",");
	lw_plan_end_line(p, m, &w.link[0], m->head, &l);
	lw_line_put(&l, ",");
	for (unsigned k = 0; k < w.n && legs < m->legs; k += step, legs++) {
		if (legs)
			lw_line_put(&l, " ");
		if (w.there[k])
			lw_plan_end_line(p, m, &w.link[k], !m->head, &l);
		else
			lw_line_put(&l, "~");
	}
	lw_line_put(&l, lw_plan_panels(p, m) ? ",mated:2\n" : ",\n");
	lw_buf_add(ret, l.text, l.n);
}

void lw_planner_cable_list(const struct lw_planner *p, uint64_t first, uint64_t n,
			   struct lw_buf *ret)
{
	if (first == 0)
		lw_buf_puts(ret, "id,part,cord,fibre,length_m,a,b,through\n");
	for (uint64_t i = first; i < first + n && i < p->cable_n; i++)
		cable_row(p, i, ret);
}
