/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * A class is judged as `lanewise check` would judge it: as a fabric of its own, a head, its legs
 * and the cable between them. That costs some hundred microseconds, so each class is judged once.
 */

/* The fastest lane of a host that is slower than its cage, as fabric files say it. */
const char *lw_plan_max_lane(const struct lw_cage_group *g)
{
	static const uint32_t rates[] = {10000, 25000, 50000, 100000, 200000};
	static const char *const names[] = {"10G", "25G", "50G", "100G", "200G"};

	for (unsigned i = 0; g->max_baud_kbd && i < 5; i++) {
		enum lw_modulation m;
		const char *fec;
		uint32_t baud;

		if (!lw_lane_signal(rates[i], &baud, &m, &fec) && baud == g->max_baud_kbd)
			return names[i];
	}
	return "";
}

void lw_plan_cage_text(const struct lw_planner *p, enum lw_tier t, unsigned cage,
		       const struct lw_plan_side *s, const struct lw_plan_medium *m, unsigned end,
		       struct lw_buf *b)
{
	const char *lane = lw_plan_max_lane(s->group);
	char name[64];

	lw_planner_cage(p, t, cage, name);
	lw_buf_printf(b, "%s: {form: %s, mode: %s", name, s->group->form->name, s->mode_text);
	if (*lane)
		lw_buf_printf(b, ", max_lane: %s", lane);
	if (!m->cable)
		lw_buf_printf(b, ", module: %s", m->part[end]->name);
	lw_buf_putc(b, '}');
}

/* "leaf1/swp1", "leaf1/swp1#2"; behind a shuffle panel "leaf1/swp1:3" */
void lw_plan_end_line(const struct lw_planner *p, const struct lw_plan_medium *m,
		      const struct lw_plan_link *l, unsigned end, struct line *to)
{
	enum lw_tier t = p->joint[m->joint].low + end;
	const struct lw_plan_side *s = side_of(p, &p->joint[m->joint], end);
	char name[64];

	lw_planner_device(p, t, l->device[end], name);
	lw_line_put(to, name);
	lw_line_put(to, "/");
	lw_planner_cage(p, t, l->cage[end], name);
	lw_line_put(to, name);
	if (m->shape == LW_SHAPE_SHUFFLE) {
		lw_line_put(to, ":");
		lw_line_put_u(to, l->port[end] + 1u);
	} else if (m->receptacles[end] > 1) {
		lw_line_put(to, "#");
		lw_line_put_u(to, l->port[end] / (s->mode.n / m->receptacles[end]) + 1u);
	}
}

/* "leaf1-swp3", "leaf1-swp3-2": by the head, so that no cable is called otherwise when others come
 */
void lw_plan_cable_name(const struct lw_planner *p, const struct lw_plan_medium *m,
			const struct lw_plan_link *l, struct line *to)
{
	const struct lw_plan_side *s = side_of(p, &p->joint[m->joint], m->head);
	unsigned links = lw_plan_cable_links(p, m);
	char name[64];

	lw_planner_device(p, p->joint[m->joint].low + m->head, l->device[m->head], name);
	lw_line_put(to, name);
	lw_line_put(to, "-");
	lw_planner_cage(p, p->joint[m->joint].low + m->head, l->cage[m->head], name);
	lw_line_put(to, name);
	if (links >= s->mode.n)
		return;
	lw_line_put(to, "-");
	lw_line_put_u(to, l->port[m->head] / links + 1u);
}

static void end_text(const struct lw_planner *p, const struct lw_plan_medium *m,
		     const struct lw_plan_link *l, unsigned end, struct lw_buf *b)
{
	struct line line = {.n = 0};

	lw_plan_end_line(p, m, l, end, &line);
	lw_buf_add(b, line.text, line.n);
}

/* A patch or shuffle panel is two more mated pairs. */
bool lw_plan_panels(const struct lw_planner *p, const struct lw_plan_medium *m)
{
	return m->cord && m->cord->connectors <= 2 &&
	       (m->shape == LW_SHAPE_SHUFFLE || p->intent->patched);
}

/* Far ends of the cable: one link for each leg. */
unsigned lw_plan_leg_step(const struct lw_planner *p, const struct lw_plan_medium *m)
{
	unsigned n = lw_plan_cable_links(p, m) / (m->legs ? m->legs : 1);

	return n ? n : 1;
}

void lw_plan_cable_text(const struct lw_planner *p, const struct lw_plan_medium *m, double length_m,
			const struct wire *w, bool all, struct lw_buf *b)
{
	unsigned step = lw_plan_leg_step(p, m), legs = 0;
	struct line name = {.n = 0};

	lw_plan_cable_name(p, m, &w->link[0], &name);
	lw_buf_puts(b, "  - {id: ");
	lw_buf_add(b, name.text, name.n);
	lw_buf_puts(b, ", ");
	if (m->cable)
		lw_buf_printf(b, "part: %s", m->cable->name);
	else
		lw_buf_printf(b, "cord: %s, fibre: %s", m->cord->name, lw_grade_name(m->grade));
	lw_buf_printf(b, ", length_m: %g, a: ", length_m);
	end_text(p, m, &w->link[0], m->head, b);
	lw_buf_puts(b, ", b: ");
	if (m->legs > 1)
		lw_buf_putc(b, '[');
	for (unsigned i = 0; i < w->n && legs < m->legs; i += step, legs++) {
		if (legs)
			lw_buf_puts(b, ", ");
		if (all || w->there[i])
			end_text(p, m, &w->link[i], !m->head, b);
		else
			lw_buf_putc(b, '~');
	}
	if (m->legs > 1)
		lw_buf_putc(b, ']');
	if (lw_plan_panels(p, m))
		lw_buf_puts(b, ", through: {mated: 2}");
	lw_buf_puts(b, "}\n");
}

/* The devices at the far ends, each once with all its cages. */
static void legs_text(const struct lw_planner *p, const struct lw_plan_medium *m,
		      const struct wire *w, struct lw_buf *b)
{
	const struct lw_plan_joint *j = &p->joint[m->joint];
	unsigned end = !m->head;
	enum lw_tier t = j->low + end;
	char device[24];

	for (unsigned i = 0; i < w->n; i++) {
		unsigned known = 0, cages = 0;

		while (known < i && w->link[known].device[end] != w->link[i].device[end])
			known++;
		if (known < i)
			continue;
		lw_planner_device(p, t, w->link[i].device[end], device);
		lw_buf_printf(b, "  %s: {cages: {", device);
		for (unsigned k = i; k < w->n; k++) {
			unsigned same = i;

			if (w->link[k].device[end] != w->link[i].device[end])
				continue;
			while (same < k && (w->link[same].device[end] != w->link[k].device[end] ||
					    w->link[same].cage[end] != w->link[k].cage[end]))
				same++;
			if (same < k)
				continue;
			if (cages++)
				lw_buf_puts(b, ", ");
			lw_plan_cage_text(p, t, w->link[k].cage[end], side_of(p, j, end), m, end,
					  b);
		}
		lw_buf_puts(b, "}}\n");
	}
}

static void class_text(const struct lw_planner *p, const struct lw_plan_medium *m, double length_m,
		       const struct wire *w, struct lw_buf *b)
{
	const struct lw_plan_joint *j = &p->joint[m->joint];
	enum lw_tier t = j->low + m->head;
	char device[24];

	lw_planner_device(p, t, w->link[0].device[m->head], device);
	lw_buf_printf(b, "fabric: class\ndevices:\n  %s: {cages: {", device);
	lw_plan_cage_text(p, t, w->link[0].cage[m->head], side_of(p, j, m->head), m, m->head, b);
	lw_buf_puts(b, "}}\n");
	legs_text(p, m, w, b);
	lw_buf_puts(b, "cables:\n");
	lw_plan_cable_text(p, m, length_m, w, true, b);
}

/* Which link of the cable a logical link is; -1: none of ours. */
static int link_of(const struct lw_planner *p, const struct lw_fabric *f, const struct lw_flink *l,
		   const struct lw_plan_medium *m, const struct wire *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		bool same = l->port[0] == w->link[i].port[m->head] &&
			    l->port[1] == w->link[i].port[!m->head];
		enum lw_tier t = p->joint[m->joint].low + !m->head;
		char cage[64], device[24];

		lw_planner_cage(p, t, w->link[i].cage[!m->head], cage);
		lw_planner_device(p, t, w->link[i].device[!m->head], device);
		if (same && !strcmp(f->cages[l->cage[1]].name, cage) &&
		    !strcmp(f->cages[l->cage[1]].device, device))
			return (int)i;
	}
	return -1;
}

static int copy_findings(struct lw_findings *to, const struct lw_findings *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct lw_finding *x = &from->v[i];

		if (lw_findings_add(to, x->rule, x->severity, x->subject, x->remedy, x->ref, "%s",
				    x->text))
			return LW_ENOMEM;
	}
	return 0;
}

/* What the host at an end of the link must run; its module decides. */
static const char *need_of(const struct lw_fabric *f, const struct lw_flink *l, unsigned end)
{
	const struct lw_cage *c = &f->cages[l->cage[end]];

	if (l->chosen[end] < 0)
		return NULL;
	return lw_link_fec_need(&c->mode.port[l->port[end]], &c->abilities[l->chosen[end]], NULL);
}

static int take_verdicts(struct lw_planner *p, const struct lw_fabric *f,
			 const struct lw_plan_medium *m, const struct wire *w,
			 struct lw_plan_class *c)
{
	for (size_t i = 0; i < f->link_n; i++) {
		const struct lw_flink *l = &f->links[i];
		int k = link_of(p, f, l, m, w);

		if (k < 0)
			continue;
		c->verdict[k] = (uint8_t)l->verdict;
		/* legs are alike: the worst tells why, and the others would only say it again */
		if (c->lanes && l->findings.n <= c->findings.n)
			continue;
		c->lanes = l->media_lanes;
		for (unsigned e = 0; e < 2; e++)
			c->fec[e ? !m->head : m->head] = need_of(f, l, e);
		c->budget = l->budget;
		if (c->budget.ref)
			c->budget.ref = lw_arena_strdup(p->arena, c->budget.ref);
		c->findings.n = 0;
		if (copy_findings(&c->findings, &l->findings))
			return LW_ENOMEM;
	}
	return 0;
}

static int judge(struct lw_planner *p, const struct lw_plan_medium *m, const struct wire *w,
		 struct lw_plan_class *c, struct lw_error *reterr)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e = {.page = -1, .byte = -1};
	struct lw_arena scratch;
	struct lw_fabric f;
	int rc;

	memset(c->verdict, LW_DOWN, sizeof(c->verdict));
	lw_findings_init(&c->findings, p->arena);
	lw_arena_init(&scratch, 0);
	class_text(p, m, c->length_m, w, &text);
	rc = text.failed ? LW_ENOMEM
			 : lw_fabric_load(lw_buf_str(&text), text.len, "class", &scratch, &f, &e);
	if (!rc)
		rc = lw_fabric_resolve(&f, NULL, NULL, &e);
	if (!rc)
		rc = take_verdicts(p, &f, m, w, c);
	else if (rc != LW_ENOMEM) /* what cannot be built at all does not come up */
		rc = lw_findings_add(&c->findings, "medium", LW_FATAL, "", "", "", "%s", e.message);
	lw_arena_finish(&scratch);
	lw_buf_finish(&text);
	return rc ? lw_fail(reterr, LW_ENOMEM, "out of memory while judging") : 0;
}

int lw_plan_classify(struct lw_planner *p, uint32_t medium, unsigned at, const struct wire *w,
		     uint32_t *ret, struct lw_error *reterr)
{
	struct lw_plan_medium *m = &p->media[medium];
	struct lw_plan_class c = {.medium = medium,
				  .length_m = m->stock->m[at],
				  .port = {w->link[0].port[0], w->link[0].port[1]},
				  .link_n = (uint8_t)w->n};
	size_t i = at, n = m->stock->n;
	int64_t known = class_known(p, m, at, w);
	void *v;

	if (known >= 0) {
		*ret = (uint32_t)known;
		return 0;
	}
	if (m->shape == LW_SHAPE_SHUFFLE) {
		n *= LW_LPORTS_MAX * LW_LPORTS_MAX;
		i = (i * LW_LPORTS_MAX + c.port[0]) * LW_LPORTS_MAX + c.port[1];
	}
	if (!m->class_of)
		m->class_of = lw_arena_alloc(p->arena, n * sizeof(*m->class_of));
	v = lw_arena_grow(p->arena, p->classes, &p->class_cap, p->class_n + 1, sizeof(*p->classes));
	if (!m->class_of || !v)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (p->class_n == UINT16_MAX)
		return lw_fail(reterr, LW_ELIMIT, "more than %d kinds of cables", UINT16_MAX);
	p->classes = v;
	if (judge(p, m, w, &c, reterr))
		return LW_ENOMEM;
	p->classes[p->class_n] = c;
	*ret = (uint32_t)p->class_n++;
	m->class_of[i] = *ret + 1;
	return 0;
}

enum lw_verdict lw_plan_class_verdict(const struct lw_plan_class *c)
{
	enum lw_verdict worst = LW_UP;

	for (unsigned i = 0; i < c->link_n; i++)
		if (c->verdict[i] > worst)
			worst = (enum lw_verdict)c->verdict[i];
	return worst;
}
