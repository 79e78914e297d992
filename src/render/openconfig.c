/* SPDX-License-Identifier: Apache-2.0 */
/* openconfig-platform-port: one group for each rate and width, in the order of the lanes. */
#include "render-internal.h"

#include <stdio.h>

static void group(const struct render *r, const struct group *g, unsigned index, struct lw_json *j)
{
	char speed[64];

	snprintf(speed, sizeof(speed), "openconfig-if-ethernet:%s",
		 lw_nos_rate_word(r->nos, "type", g->rate_mbps));
	lw_json_begin_object(j);
	lw_json_put_int(j, "index", index);
	lw_json_key(j, "config");
	lw_json_begin_object(j);
	lw_json_put_int(j, "index", index);
	lw_json_put_int(j, "num-breakouts", g->count);
	lw_json_put_string(j, "breakout-speed", speed);
	lw_json_put_int(j, "num-physical-channels", g->lanes);
	lw_json_end_object(j);
	lw_json_end_object(j);
}

static void component(const struct render *r, const struct port *p, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", p->name);
	lw_json_key(j, "config");
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", p->name);
	lw_json_end_object(j);
	lw_json_key(j, "port");
	lw_json_begin_object(j);
	lw_json_key(j, "openconfig-platform-port:breakout-mode");
	lw_json_begin_object(j);
	lw_json_key(j, "groups");
	lw_json_begin_object(j);
	lw_json_key(j, "group");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < p->group_n; i++)
		group(r, &p->group[i], i, j);
	lw_json_end_array(j);
	lw_json_end_object(j);
	lw_json_end_object(j);
	lw_json_end_object(j);
	lw_json_end_object(j);
}

/* @return 1: every rate has an identity, 0: one has none (said), negative an error */
static int can_say(struct render *r, const struct port *p)
{
	for (unsigned i = 0; i < p->group_n; i++) {
		char rate[16];

		if (lw_nos_rate_word(r->nos, "type", p->group[i].rate_mbps))
			continue;
		r->refused++;
		return lw_render_say(r, p->cage, "render-mode", LW_FATAL, "Choose another mode.",
				     r->nos->ref, "OpenConfig has no ETHERNET_SPEED of %s",
				     lw_rate_text(p->group[i].rate_mbps, rate, sizeof(rate)));
	}
	return 1;
}

int lw_render_openconfig(struct render *r)
{
	bool from_zero = lw_render_from_zero(r->f, r->d);
	struct lw_buf *b = &r->part[LW_RENDER_CONFIG];
	struct lw_json j;
	int rc = 0;

	lw_json_init(&j, b);
	lw_json_begin_object(&j);
	lw_json_key(&j, "openconfig-platform:components");
	lw_json_begin_object(&j);
	lw_json_key(&j, "component");
	lw_json_begin_array(&j);
	for (size_t i = 0; rc >= 0 && i < r->d->cage_n; i++) {
		const struct lw_cage *c = &r->f->cages[r->d->first + i];
		struct port p;

		lw_render_port(r->nos, c, i, from_zero, &p);
		rc = can_say(r, &p);
		if (rc > 0) {
			rc = lw_render_say_fec(r, c);
			component(r, &p, &j);
			p.whole = false;
			lw_render_lines(r, LW_RENDER_VERIFY, &p);
			lw_render_lines(r, LW_RENDER_UNDO, &p);
		}
	}
	lw_json_end_array(&j);
	lw_json_end_object(&j);
	lw_json_end_object(&j);
	lw_buf_putc(b, '\n');
	return rc < 0 ? rc : 0;
}
