/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <stdio.h>
#include <string.h>

/* Putting a mode in force, and which other one to offer when it is refused. */

#define NEAREST 3

/* Find what hwsku.json says of a name; the list is as long as the file, so callers go through it
 * once for each mode in force, not for each mode. */
static const struct lw_hwsku_port *hwsku_of(const struct lw_platform *p, const char *name)
{
	for (size_t i = 0; i < p->hwsku_n; i++)
		if (strcmp(p->hwsku[i].name, name) == 0)
			return &p->hwsku[i];
	return NULL;
}

void lw_hwsku_apply(const struct lw_platform *p, struct lw_platform_mode *m)
{
	/* an attribute under any child is given to every child, the last one's counts */
	for (size_t i = 0; i < m->sub_n; i++) {
		const struct lw_hwsku_port *h = hwsku_of(p, m->sub[i].name);

		for (size_t k = 0; h && k < m->sub_n; k++) {
			struct lw_subport *s = &m->sub[k];

			s->fec = h->fec ? h->fec : s->fec;
			s->autoneg = h->autoneg ? h->autoneg : s->autoneg;
			s->role = h->role ? h->role : s->role;
		}
	}
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/* How far two speeds lie apart: a factor of two is 100. */
static uint32_t speed_distance(uint32_t a, uint32_t b)
{
	uint32_t d = 0;

	if (a > b)
		return speed_distance(b, a);
	for (; a && b / 2 >= a; b /= 2)
		d += 100;
	return a ? d + (b - a) / (a / 100 + 1) : UINT32_MAX / 4;
}

/* How many letters must change: for texts that are no mode at all. */
static uint32_t letters_apart(const char *a, const char *b)
{
	enum { N = 64 };
	uint32_t row[N + 1];
	size_t bn = strnlen(b, N);

	for (size_t k = 0; k <= bn; k++)
		row[k] = (uint32_t)k;
	for (size_t i = 0; a[i] && i < N; i++) {
		uint32_t corner = row[0];

		row[0] = (uint32_t)i + 1;
		for (size_t k = 1; k <= bn; k++) {
			uint32_t up = row[k], best = corner + (a[i] != b[k - 1]);

			best = up + 1 < best ? up + 1 : best;
			best = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
			row[k] = best;
			corner = up;
		}
	}
	return row[bn];
}

static uint32_t port_count(const struct lw_platform_mode *m)
{
	uint32_t n = 0;

	for (size_t i = 0; i < m->part_n; i++)
		n += m->part[i].count;
	return n;
}

static uint32_t apart(const struct lw_platform_mode *want, const struct lw_platform_mode *have)
{
	uint32_t d = letters_apart(want->text, have->text);

	/* what does not parse to its end is a slip of the finger */
	if (!want->part_n || want->part[0].rest[0])
		return d;
	d += 10000 * distance(port_count(want), port_count(have));
	d += 1000 * distance((uint32_t)want->part_n, (uint32_t)have->part_n);
	d += 10 * speed_distance(want->part[0].speed_mbps, have->part[0].speed_mbps);
	return d + 100 * distance(want->part[0].lanes, have->part[0].lanes);
}

const char *lw_platform_nearest(struct lw_platform *p, const struct lw_platform_port *port,
				const char *mode, char *buf, size_t size)
{
	const struct lw_platform_mode *best[NEAREST];
	uint32_t d[NEAREST];
	size_t n = 0, used = 0;
	struct lw_platform_mode want;

	buf[0] = '\0';
	if (lw_mode_read(p->arena, mode, port->lane_n, &want))
		return buf;
	for (size_t i = 0; i < port->mode_n; i++) {
		const struct lw_platform_mode *m = &port->mode[i];
		uint32_t x;
		size_t at;

		if (m->refusal)
			continue;
		x = apart(&want, m);
		for (at = n; at > 0 && d[at - 1] > x; at--)
			if (at < NEAREST) {
				d[at] = d[at - 1];
				best[at] = best[at - 1];
			}
		if (at == NEAREST)
			continue;
		d[at] = x;
		best[at] = m;
		n += n < NEAREST;
	}
	for (size_t i = 0; i < n; i++) {
		int more = snprintf(buf + used, size - used, "%s%.64s",
				    i == 0       ? ""
				    : i + 1 == n ? " or "
						 : ", ",
				    best[i]->text);

		if (more < 0 || (size_t)more >= size - used)
			break;
		used += (size_t)more;
	}
	return buf;
}

/* Why a mode that parses was not found: the list of other speeds is what people leave out. */
static const char *finer_reason(const struct lw_platform_port *port,
				const struct lw_platform_mode *m)
{
	for (size_t i = 0; i < port->mode_n; i++) {
		const struct lw_platform_mode *x = &port->mode[i];
		bool same = m->part_n && x->part_n == m->part_n;

		for (size_t k = 0; same && k < m->part_n; k++)
			same = x->part[k].count == m->part[k].count &&
			       x->part[k].lanes == m->part[k].lanes &&
			       x->part[k].speed_mbps == m->part[k].speed_mbps;
		if (same)
			return " with this list of other speeds (SONiC compares the list too)";
	}
	return "";
}

int lw_mode_refuse(struct lw_platform *p, const struct lw_platform_port *port,
		   struct lw_platform_mode *m)
{
	char near[224];

	lw_platform_nearest(p, port, m->text, near, sizeof(near));
	m->remedy = near[0] ? lw_arena_printf(p->arena, "Use %s.", near)
			    : "Correct the port in platform.json: no mode of it works.";
	m->refusal = lw_arena_printf(p->arena, "%s%s", m->refusal, finer_reason(port, m));
	return p->arena->failed ? LW_ENOMEM : 0;
}

int lw_platform_set_mode(struct lw_platform *p, const char *name, const char *mode,
			 struct lw_error *reterr)
{
	struct lw_platform_port *port = lw_platform_find(p, name);
	struct lw_platform_mode m;
	int r;

	if (!port)
		return lw_fail_in(reterr, LW_ENOENT, p->where, 0, "has no port \"%.60s\"%s%.60s",
				  name, p->port_n ? "; the first one is " : "",
				  p->port_n ? p->port[0].name : "");
	r = lw_platform_expand(p, port, mode, &m, reterr);
	if (r)
		return r;
	lw_hwsku_apply(p, &m);
	if (m.refusal && lw_mode_refuse(p, port, &m))
		return lw_fail_in(reterr, LW_ENOMEM, p->where, port->line, "out of memory");
	port->now = m;
	return 0;
}
