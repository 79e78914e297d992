/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <stdio.h>
#include <string.h>

/*
 * A cable schedule has a row for each link and may have a million: numbers and names are written
 * into a line by hand, and what a class has in common is made once.
 */
struct line {
	char text[768];
	size_t n;
};

static void put(struct line *l, const char *s)
{
	while (*s && l->n < sizeof(l->text) - 2)
		l->text[l->n++] = *s++;
}

static void put_u(struct line *l, uint64_t v)
{
	char digits[21];
	size_t k = sizeof(digits) - 1;

	digits[k] = '\0';
	do
		digits[--k] = (char)('0' + v % 10);
	while (v /= 10);
	put(l, digits + k);
}

/* A name from the user's file: quoted when a comma or quote would break the row. */
static void put_name(struct line *l, const char *s)
{
	if (!strpbrk(s, ",\"\n")) {
		put(l, s);
		return;
	}
	put(l, "\"");
	for (; *s && l->n < sizeof(l->text) - 4; s++) {
		if (*s == '"')
			l->text[l->n++] = '"';
		l->text[l->n++] = *s;
	}
	put(l, "\"");
}

static void put_end(struct line *l, const struct lw_planner *p, const struct lw_plan_medium *m,
		    const struct lw_plan_link *x, unsigned end)
{
	const struct lw_plan_joint *j = &p->joint[m->joint];
	enum lw_tier t = j->low + end;
	const struct lw_plan_side *s = side_of(p, j, end);
	const struct lw_plan_place *at = &p->tier[t].place[x->device[end]];
	char name[64];

	lw_planner_device(p, t, x->device[end], name);
	put(l, ",");
	put(l, name);
	put(l, ",");
	lw_planner_cage(p, t, x->cage[end], name);
	put_name(l, name);
	put(l, ",");
	put_u(l, x->port[end] + 1u);
	put(l, ",");
	put_u(l, x->port[end] / (s->mode.n / m->receptacles[end]) + 1u);
	put(l, ",");
	put_name(l, s->mode_text);
	put(l, ",");
	put(l, m->part[end]->name);
	put(l, ",");
	put_u(l, at->rack / p->intent->room.racks + 1);
	put(l, ",");
	put_u(l, at->rack % p->intent->room.racks + 1);
	put(l, ",");
	put_u(l, at->u);
}

/* What all links of a class share: "800000,DAC,DAC-OSFP-800G,,1.5,up". */
static void class_tail(const struct lw_planner *p, const struct lw_plan_class *c, unsigned leg,
		       char *ret, size_t size)
{
	const struct lw_plan_medium *m = &p->media[c->medium];

	snprintf(ret, size, ",%u,%s,%s,%s,%g,%u,%s\n", p->joint[m->joint].rate_mbps,
		 m->shape == LW_SHAPE_SHUFFLE ? "shuffle" : lw_media_kind_name(m->kind),
		 m->cable ? m->cable->name : m->cord->name, m->cable ? "" : lw_grade_name(m->grade),
		 c->length_m, c->lanes, lw_verdict_name((enum lw_verdict)c->verdict[leg]));
}

void lw_planner_csv(const struct lw_planner *p, uint64_t first, uint64_t n, struct lw_buf *ret)
{
	uint32_t class_ = UINT32_MAX;
	unsigned leg = 0;
	char tail[256] = "";

	if (first == 0)
		lw_buf_puts(
			ret,
			"cable,a_device,a_cage,a_port,a_receptacle,a_mode,a_plug,a_row,a_rack,a_u,"
			"b_device,b_cage,b_port,b_receptacle,b_mode,b_plug,b_row,b_rack,b_u,"
			"rate_mbps,medium,part,fibre,length_m,lanes,verdict\n");
	for (uint64_t i = first; i < first + n && i < p->link_n; i++) {
		const struct lw_plan_link *x = &p->links[i];
		const struct lw_plan_cable *c = &p->cables[x->cable];
		const struct lw_plan_medium *m = &p->media[p->classes[c->class_].medium];
		struct line l = {.n = 0};

		if (c->class_ != class_ || x->leg != leg) {
			class_ = c->class_;
			leg = x->leg;
			class_tail(p, &p->classes[class_], leg, tail, sizeof(tail));
		}
		put(&l, "c");
		put_u(&l, x->cable + 1u);
		/* the head of a cable is its end a, as in fabric files */
		put_end(&l, p, m, x, m->head);
		put_end(&l, p, m, x, !m->head);
		put(&l, tail);
		lw_buf_add(ret, l.text, l.n);
	}
}

/* The largest fabric file that is read again (src/yaml). */
#define CABLES_MAX 25000u

static void device_text(const struct lw_planner *p, enum lw_tier t, uint32_t device,
			struct lw_buf *b)
{
	const struct lw_plan_tier *x = &p->tier[t];
	bool any = false;
	char name[24];

	for (unsigned c = 0; c < x->cages; c++) {
		unsigned k = x->medium[(size_t)device * x->cages + c];
		const struct lw_plan_medium *m = k ? &p->media[k - 1] : NULL;
		unsigned end;

		if (!m)
			continue;
		end = p->joint[m->joint].low != t;
		if (!any) {
			lw_planner_device(p, t, device, name);
			lw_buf_printf(b, "  %s:\n    cages:\n", name);
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
	for (size_t i = 0; i < p->class_n; i++)
		if (p->classes[i].count && p->media[p->classes[i].medium].shape == LW_SHAPE_SHUFFLE)
			return lw_fail(
				reterr, LW_ENOTSUP,
				"the plan has shuffle panels, which a fabric file cannot say; "
				"write the cable schedule (--cables)");
	if (p->cable_n > CABLES_MAX)
		return lw_fail(
			reterr, LW_ELIMIT,
			"%zu cables; a fabric file is read up to %u: write the cable schedule "
			"(--cables)",
			p->cable_n, CABLES_MAX);
	lw_buf_printf(ret, "fabric: %s\ndevices:%s\n", p->intent->name, p->cable_n ? "" : " {}");
	for (unsigned t = 0; t < p->tier_n; t++)
		for (uint32_t d = 0; d < p->tier[t].planes * p->tier[t].per_plane; d++)
			device_text(p, t, d, ret);
	lw_buf_printf(ret, "cables:%s\n", p->cable_n ? "" : " []");
	for (size_t i = 0; i < p->cable_n; i++) {
		const struct lw_plan_class *c = &p->classes[p->cables[i].class_];
		struct wire w;

		wire_of(p, &p->cables[i], &w);
		lw_plan_cable_text(p, &p->media[c->medium], i + 1, c->length_m, &w, false, ret);
	}
	return ret->failed ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
}
