/* SPDX-License-Identifier: Apache-2.0 */
/* Every name that a port of a device may go by, for those who must recognise it. */
#include "render-internal.h"

#include <stdio.h>
#include <string.h>

static int tell_parts(const struct lw_nos *nos, const struct port *p, int cage, lw_port_names_fn fn,
		      void *ctx)
{
	for (unsigned i = 0; i < p->group_n; i++) {
		const struct group *g = &p->group[i];

		for (unsigned k = g->first_port; k < (unsigned)g->first_port + g->count; k++) {
			char name[NAME_SIZE];

			lw_render_sub_name(nos, p, g, k, name);
			if (fn(ctx, cage, (int)k, name))
				return LW_ENOMEM;
		}
	}
	return 0;
}

/* SONiC's parts count on from the parent's number by their first lane. */
static int tell_sonic(const struct port *p, struct lw_platform *platform, struct lw_index *cache,
		      int cage, lw_port_names_fn fn, void *ctx)
{
	struct port by_rule = *p;
	unsigned base = (p->number - 1) * p->cage->form->lanes;
	struct sonic_port s;
	char name[NAME_SIZE];

	if (platform) {
		if (lw_render_sonic_port(platform, cache, p, &s))
			return LW_ENOMEM;
		for (size_t i = 0; s.made && i < s.made->sub_n; i++)
			if (fn(ctx, cage, (int)i, s.made->sub[i].name))
				return LW_ENOMEM;
		return 0;
	}
	lw_render_sonic_base(&by_rule, &base);
	for (unsigned k = 0; k < p->cage->mode.n; k++) {
		snprintf(name, sizeof(name), "Ethernet%u", base + p->cage->mode.port[k].first);
		if (fn(ctx, cage, (int)k, name))
			return LW_ENOMEM;
	}
	return 0;
}

int lw_port_names(const struct lw_fabric *f, const struct lw_fdevice *d,
		  struct lw_platform *platform, lw_port_names_fn fn, void *ctx)
{
	const struct lw_nos *nos = lw_nos_find(d->nos);
	bool from_zero = lw_render_from_zero(f, d);
	struct lw_arena arena;
	struct lw_index cache;
	int rc = 0;

	lw_arena_init(&arena, 0);
	lw_index_init(&cache, &arena);
	for (size_t i = 0; !rc && i < d->cage_n; i++) {
		int cage = (int)(d->first + i);
		const struct lw_cage *c = &f->cages[cage];
		struct port p;

		rc = fn(ctx, cage, -1, c->name);
		if (!rc && c->port)
			rc = fn(ctx, cage, -1, c->port);
		if (rc || !nos)
			continue;
		lw_render_port(nos, c, i, from_zero, &p);
		if (nos->family == LW_NOS_SONIC)
			rc = tell_sonic(&p, platform, &cache, cage, fn, ctx);
		else
			rc = fn(ctx, cage, -1, p.name);
		if (!rc && nos->family == LW_NOS_LINES)
			rc = tell_parts(nos, &p, cage, fn, ctx);
	}
	lw_arena_finish(&arena);
	return rc;
}
