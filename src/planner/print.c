/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <stdio.h>
#include <string.h>

static void put_end(struct line *l, const struct lw_planner *p, const struct lw_plan_medium *m,
		    const struct lw_plan_link *x, unsigned end)
{
	const struct lw_plan_joint *j = &p->joint[m->joint];
	enum lw_tier t = j->low + end;
	const struct lw_plan_side *s = side_of(p, j, end);
	const struct lw_plan_place *at = &p->tier[t].place[x->device[end]];
	char name[64];

	lw_planner_device(p, t, x->device[end], name);
	lw_line_put(l, ",");
	lw_line_put(l, name);
	lw_line_put(l, ",");
	lw_planner_cage(p, t, x->cage[end], name);
	lw_line_put_name(l, name);
	lw_line_put(l, ",");
	lw_line_put_u(l, x->port[end] + 1u);
	lw_line_put(l, ",");
	lw_line_put_u(l, x->port[end] / (s->mode.n / m->receptacles[end]) + 1u);
	lw_line_put(l, ",");
	lw_line_put_name(l, s->mode_text);
	lw_line_put(l, ",");
	lw_line_put(l, m->part[end]->name);
	lw_line_put(l, ",");
	lw_line_put_u(l, at->rack / p->intent->room.racks + 1);
	lw_line_put(l, ",");
	lw_line_put_u(l, at->rack % p->intent->room.racks + 1);
	lw_line_put(l, ",");
	lw_line_put_u(l, at->u);
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
		lw_plan_cable_name(p, m, &p->links[c->first_link], &l);
		/* the head of a cable is its end a, as in fabric files */
		put_end(&l, p, m, x, m->head);
		put_end(&l, p, m, x, !m->head);
		lw_line_put(&l, tail);
		lw_buf_add(ret, l.text, l.n);
	}
}
