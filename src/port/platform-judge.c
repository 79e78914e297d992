/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-judge.h"

#include <lanewise/port.h>
#include <stdio.h>
#include <string.h>

/* Where a platform's description, or what SONiC makes of it, is suspect. */

const struct lw_port_rule *lw_port_rule_find(const char *name)
{
	for (size_t i = 0; i < lw_port_rules_n; i++)
		if (strcmp(lw_port_rules[i].name, name) == 0)
			return &lw_port_rules[i];
	return NULL;
}

int lw_port_finding(struct lw_findings *f, const char *rule, const char *subject,
		    const char *remedy, const char *text)
{
	const struct lw_port_rule *r = lw_port_rule_find(rule);

	if (!r || !subject || !text)
		return LW_ENOMEM;
	return lw_findings_add(f, r->name, r->severity, subject, remedy ? remedy : r->remedy,
			       r->ref, "%s", text);
}

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static struct group *new_group(struct judge *j, const char *rule, char *text,
			       const struct lw_platform_port *port)
{
	struct group *g = lw_arena_alloc(j->arena, sizeof(*g));

	if (!g)
		return NULL;
	*g = (struct group){.rule = rule, .text = text, .first = port};
	g->seen = lw_arena_alloc(j->arena, j->p->port_n / 8 + 1);
	*j->tail = g;
	j->tail = &g->order;
	return g->seen ? g : NULL;
}

int lw_judge_add(struct judge *j, const char *rule, const struct lw_platform_port *port,
		 const char *detail, const char *fmt, ...)
{
	size_t i = (size_t)(port - j->p->port);
	struct group **slot, *g;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = lw_arena_vprintf(j->arena, fmt, ap);
	va_end(ap);
	if (!text)
		return LW_ENOMEM;
	slot = &j->bucket[(hash(text) ^ hash(rule)) % BUCKETS];
	for (g = *slot; g; g = g->next)
		if (strcmp(g->rule, rule) == 0 && strcmp(g->text, text) == 0)
			break;
	if (!g) {
		g = new_group(j, rule, text, port);
		if (!g)
			return LW_ENOMEM;
		g->detail = detail;
		g->remedy = port->now.remedy;
		g->next = *slot;
		*slot = g;
	}
	if (port < g->first) { /* the first of the file speaks for all */
		g->first = port;
		g->detail = detail;
	}
	if (!(g->seen[i / 8] & 1u << i % 8)) {
		g->seen[i / 8] |= (unsigned char)(1u << i % 8);
		g->ports++;
	}
	return 0;
}

/* What the module's driver needs: the subport by which lanes x (subport - 1) is the first lane. */
static int judge_subports(struct judge *j, const struct lw_platform_port *port,
			  const struct lw_platform_mode *m)
{
	char is[200] = "", right[200] = "";
	size_t a = 0, b = 0;
	bool wrong = false;

	for (size_t i = 0; i < m->sub_n && m->sub_n > 1; i++) {
		const struct lw_subport *s = &m->sub[i];
		const char *comma = i ? "," : "";

		if (a > sizeof(is) - 12 || b > sizeof(right) - 12)
			break;
		a += (size_t)snprintf(is + a, sizeof(is) - a, "%s%u", comma, s->subport);
		wrong |= s->first != s->lane_n * (s->subport - 1);
		if (s->first % s->lane_n)
			b += (size_t)snprintf(right + b, sizeof(right) - b, "%snone", comma);
		else
			b += (size_t)snprintf(right + b, sizeof(right) - b, "%s%u", comma,
					      s->first / s->lane_n + 1u);
	}
	if (!wrong)
		return 0;
	return lw_judge_add(j, "subport-mixed", port, NULL,
			    "mode \"%s\" makes ports of different widths: SONiC numbers their "
			    "subports %s, but %s lead to their lanes",
			    m->text, is, right);
}

static bool lane_runs(uint32_t rate_mbps)
{
	uint32_t baud;
	enum lw_modulation mod;
	const char *fec;

	if (lw_lane_signal(rate_mbps, &baud, &mod, &fec) == 0)
		return true;
	for (size_t i = 0; i < lw_slow_lanes_n; i++)
		if (lw_slow_lanes[i] == rate_mbps)
			return true;
	return false;
}

static int judge_part(struct judge *j, const struct lw_platform_port *port,
		      const struct lw_platform_mode *m, const struct lw_mode_part *x)
{
	uint32_t each = x->lanes / x->count;
	char speed[16], lane[16];

	if (x->lanes % x->count &&
	    lw_judge_add(j, "lanes-uneven", port, NULL,
			 "mode \"%s\": %u ports share %u lanes; each gets %u and %u stay unused",
			 m->text, x->count, x->lanes, each, x->lanes % x->count))
		return LW_ENOMEM;
	if (x->speed_mbps % each == 0 && lane_runs(x->speed_mbps / each))
		return 0;
	lw_rate_text(x->speed_mbps, speed, sizeof(speed));
	lw_rate_text(x->speed_mbps / each, lane, sizeof(lane));
	return lw_judge_add(j, "lane-speed", port, NULL,
			    "mode \"%s\": %s on %u lane%s is %s%s a lane, which no Ethernet lane "
			    "runs",
			    m->text, speed, each, each == 1 ? "" : "s",
			    x->speed_mbps % each ? "about " : "", lane);
}

static int judge_text(struct judge *j, const struct lw_platform_port *port,
		      const struct lw_platform_mode *m)
{
	for (size_t i = 0; i < m->part_n; i++) {
		const char *rest = m->part[i].rest;

		if (rest[0] &&
		    lw_judge_add(j, "mode-text", port, NULL,
				 "mode \"%s\": SONiC drops \"%s\" without a word", m->text, rest))
			return LW_ENOMEM;
	}
	if (m->alias_is_text)
		return lw_judge_add(j, "alias-text", port, NULL,
				    "mode \"%s\": the aliases are one text instead of a list, so "
				    "SONiC calls the port \"%s\"",
				    m->text, m->sub_n ? m->sub[0].alias : "");
	return 0;
}

static int judge_mode(struct judge *j, const struct lw_platform_port *port,
		      const struct lw_platform_mode *m)
{
	size_t lanes = 0;

	if (judge_text(j, port, m))
		return LW_ENOMEM;
	if (m->refusal)
		return lw_judge_add(j, "mode-broken", port, NULL,
				    "mode \"%s\" %s: SONiC makes nothing of it", m->text,
				    m->refusal);
	for (const struct lw_platform_mode *x = port->mode; x < m; x++)
		if (lw_mode_same(x, m) &&
		    lw_judge_add(j, "mode-twice", port, NULL,
				 "mode \"%s\" equals \"%s\", whose aliases SONiC takes for both",
				 m->text, x->text))
			return LW_ENOMEM;
	for (size_t i = 0; i < m->part_n; i++) {
		if (judge_part(j, port, m, &m->part[i]))
			return LW_ENOMEM;
		lanes += m->part[i].lanes;
	}
	if (lanes < port->lane_n &&
	    lw_judge_add(j, "lanes-left", port, NULL, "mode \"%s\" leaves %zu of %zu lanes unused",
			 m->text, port->lane_n - lanes, port->lane_n))
		return LW_ENOMEM;
	return judge_subports(j, port, m);
}

static int judge_port(struct judge *j, const struct lw_platform_port *port)
{
	if (port->trouble)
		return lw_judge_add(j, "port-form", port, NULL, "%s", port->trouble);
	for (size_t i = 0; i < port->lane_n; i++) {
		const char *lane = port->lane[i];

		if ((!lane[0] || strspn(lane, "0123456789") != strlen(lane)) &&
		    lw_judge_add(j, "lane-empty", port, NULL,
				 "lane %zu of %zu is \"%s\" and no number", i + 1, port->lane_n,
				 lane))
			return LW_ENOMEM;
	}
	for (size_t i = 0; i < port->mode_n; i++)
		if (judge_mode(j, port, &port->mode[i]))
			return LW_ENOMEM;
	return 0;
}

static int write_group(const struct lw_platform *p, const struct group *g, struct lw_findings *ret)
{
	char more[40] = "", line[16] = "";
	const char *subject, *text;

	if (g->ports > 1)
		snprintf(more, sizeof(more), " and %zu more", g->ports - 1);
	if (g->first->line)
		snprintf(line, sizeof(line), "%d:", g->first->line);
	subject = lw_arena_printf(ret->arena, "%s:%s %s%s", p->where, line, g->first->name, more);
	text = g->detail ? lw_arena_printf(ret->arena, "%s (%s)", g->text, g->detail) : g->text;
	return lw_port_finding(ret, g->rule, subject,
			       strcmp(g->rule, "mode-refused") ? NULL : g->remedy, text);
}

static int copy(const struct lw_findings *from, struct lw_findings *ret)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct lw_finding *x = &from->v[i];

		if (lw_findings_add(ret, x->rule, x->severity, x->subject, x->remedy, x->ref, "%s",
				    x->text))
			return LW_ENOMEM;
	}
	return 0;
}

int lw_platform_judge(const struct lw_platform *p, unsigned what, struct lw_findings *ret)
{
	struct judge j = {.arena = ret->arena, .p = p};

	j.bucket = lw_arena_alloc(ret->arena, BUCKETS * sizeof(struct group *));
	if (!j.bucket)
		return LW_ENOMEM;
	j.tail = &j.first;
	if ((what & LW_JUDGE_PLATFORM) && copy(&p->found, ret))
		return LW_ENOMEM;
	if ((what & LW_JUDGE_FORCE) && copy(&p->chosen, ret))
		return LW_ENOMEM;
	for (size_t i = 0; (what & LW_JUDGE_PLATFORM) && i < p->port_n; i++)
		if (judge_port(&j, &p->port[i]))
			return LW_ENOMEM;
	if ((what & LW_JUDGE_PLATFORM) && lw_judge_shared(&j))
		return LW_ENOMEM;
	if ((what & LW_JUDGE_FORCE) && lw_judge_force(&j, ret))
		return LW_ENOMEM;
	for (const struct group *g = j.first; g; g = g->order)
		if (write_group(p, g, ret))
			return LW_ENOMEM;
	return 0;
}
