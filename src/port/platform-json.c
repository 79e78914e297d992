/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <stdlib.h>
#include <string.h>

/* SONiC keeps numbers as text; here they are numbers where they are, and null where empty. */
static void put_number(struct lw_json *j, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (!n)
		lw_json_null(j);
	else if (n <= 9 && strspn(s, "0123456789") == n)
		lw_json_int(j, strtol(s, NULL, 10));
	else
		lw_json_string(j, s);
}

static void put_lanes(struct lw_json *j, const char *const *lane, size_t n)
{
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		put_number(j, lane[i]);
	lw_json_end_array(j);
}

static void put_subport(struct lw_json *j, const struct lw_subport *s)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", s->name);
	lw_json_put_string(j, "alias", s->alias);
	put_lanes(j, s->lane, s->lane_n);
	lw_json_key(j, "speed_mbps");
	if (s->speed_mbps)
		lw_json_int(j, s->speed_mbps);
	else
		lw_json_null(j);
	lw_json_key(j, "index");
	put_number(j, s->index);
	lw_json_key(j, "subport");
	if (s->subport != LW_SUBPORT_NONE)
		lw_json_int(j, s->subport);
	else
		lw_json_null(j);
	lw_json_put_string(j, "fec", s->fec);
	lw_json_put_string(j, "autoneg", s->autoneg);
	lw_json_put_string(j, "role", s->role);
	lw_json_end_object(j);
}

static void put_subports(struct lw_json *j, const struct lw_platform_mode *m)
{
	lw_json_begin_array(j);
	for (size_t i = 0; i < m->sub_n; i++)
		put_subport(j, &m->sub[i]);
	lw_json_end_array(j);
}

static void put_port(struct lw_json *j, const struct lw_platform_port *p)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", p->name);
	put_lanes(j, p->lane, p->lane_n);
	lw_json_key(j, "modes");
	lw_json_begin_object(j);
	for (size_t i = 0; i < p->mode_n; i++) {
		lw_json_key(j, p->mode[i].text);
		put_subports(j, &p->mode[i]);
	}
	lw_json_end_object(j);
	lw_json_put_string(j, "mode", p->now.text);
	lw_json_key(j, "subports");
	put_subports(j, &p->now);
	lw_json_end_object(j);
}

void lw_platform_json(const struct lw_platform *p, const struct lw_findings *findings,
		      struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "platform", p->where);
	lw_json_put_string(j, "hwsku", p->hwsku_where);
	lw_json_key(j, "ports");
	lw_json_begin_array(j);
	for (size_t i = 0; i < p->port_n; i++)
		put_port(j, &p->port[i]);
	lw_json_end_array(j);
	lw_json_key(j, "breakout_cfg");
	lw_json_begin_object(j);
	for (size_t i = 0; i < p->hwsku_n; i++) {
		lw_json_key(j, p->hwsku[i].name);
		lw_json_begin_object(j);
		lw_json_put_string(j, "brkout_mode", p->hwsku[i].mode);
		lw_json_end_object(j);
	}
	lw_json_end_object(j);
	lw_json_key(j, "findings");
	lw_findings_json(findings, j);
	lw_json_end_object(j);
}

static void put_rows(struct lw_json *j, const char *key, const struct lw_subport *const *v,
		     size_t n)
{
	lw_json_key(j, key);
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		put_subport(j, v[i]);
	lw_json_end_array(j);
}

void lw_transition_json(const struct lw_transition *t, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "port", t->port->name);
	lw_json_put_string(j, "from", t->from.text);
	lw_json_put_string(j, "to", t->to.text);
	put_rows(j, "removed", t->removed, t->removed_n);
	put_rows(j, "added", t->added, t->added_n);
	put_rows(j, "kept", t->kept, t->kept_n);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (size_t i = 0; i < t->move_n; i++) {
		lw_json_begin_object(j);
		lw_json_key(j, "lane");
		put_number(j, t->move[i].lane);
		lw_json_put_string(j, "from", t->move[i].from ? t->move[i].from->name : NULL);
		lw_json_put_string(j, "to", t->move[i].to ? t->move[i].to->name : NULL);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_key(j, "neighbours");
	lw_json_begin_array(j);
	for (size_t i = 0; i < t->neighbour_n; i++)
		lw_json_string(j, t->neighbour[i]->name);
	lw_json_end_array(j);
	lw_json_key(j, "findings");
	lw_findings_json(&t->findings, j);
	lw_json_end_object(j);
}
