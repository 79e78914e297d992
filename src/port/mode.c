/* SPDX-License-Identifier: Apache-2.0 */
#include "port-tables.h"

#include <assert.h>
#include <lanewise/port.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 99u

/** One part of a mode as written. */
struct part {
	unsigned count, lanes; /* lanes 0: not given */
	uint32_t rate_mbps;
	const char *text;
	int len;
};

static bool lane_runs(uint32_t rate_mbps)
{
	uint32_t baud;
	enum lw_modulation m;
	const char *fec;

	return lw_lane_signal(rate_mbps, &baud, &m, &fec) == 0;
}

/* Could `count` ports of `rate_mbps` share exactly `lanes` lanes? */
static bool legal(unsigned count, uint32_t rate_mbps, unsigned lanes)
{
	unsigned each;

	if (!count || count > lanes || lanes % count)
		return false;
	each = lanes / count;
	return rate_mbps % each == 0 && lane_runs(rate_mbps / each);
}

/*
 * Most lanes up to `max` on which the part would be legal, 0 if there are none. Most, because slow
 * lanes are the ones that hosts have; and 1, 2, 4, 8 or 16 a port, because no host has others.
 */
static unsigned lanes_for(const struct part *p, unsigned max)
{
	for (unsigned l = max; p->count && l >= p->count; l--)
		if (legal(p->count, p->rate_mbps, l) && __builtin_popcount(l / p->count) == 1)
			return l;
	return 0;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * A mode that `lanes` lanes can run, as near as possible to what was asked: the same ports on other
 * lanes; else the same count at the nearest rate; else the nearest count.
 * @param whole  these are all lanes of the cage, so that their number need not be said
 */
static const char *alternative(const struct part *p, unsigned lanes, bool whole, char *buf,
			       size_t size)
{
	/* three ports of two lanes would run on eight, but nobody builds it */
	unsigned take = p->count && lanes % p->count == 0 ? lanes_for(p, lanes) : 0;
	unsigned count = p->count > lanes ? lanes : p->count;
	uint32_t best = 0;
	char rate[16], tail[16] = "";

	assert(p->count && lanes);
	if (!whole || (take && take != lanes))
		snprintf(tail, sizeof(tail), "(%u)", take ? take : lanes);
	if (take) {
		snprintf(buf, size, "%ux%s%s", p->count,
			 lw_rate_text(p->rate_mbps, rate, sizeof(rate)), tail);
		return buf;
	}
	while (count > 1 && lanes % count)
		count--;
	for (size_t i = 0; i < lw_lane_rates_n; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): see the assertion */
		uint32_t r = lw_lane_rates[i].rate_mbps * (lanes / count);

		if (!best || distance(r, p->rate_mbps) < distance(best, p->rate_mbps))
			best = r;
	}
	snprintf(buf, size, "%ux%s%s", count, lw_rate_text(best, rate, sizeof(rate)), tail);
	return buf;
}

/* Read a decimal number up to NUMBER_MAX; false if there is none or it is larger. */
static bool number(const char **inout, unsigned *ret)
{
	const char *s = *inout;
	unsigned v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (unsigned)(*s - '0');
		if (v > NUMBER_MAX)
			return false;
	}
	*inout = s;
	*ret = v;
	return true;
}

/* Read one part, up to "+" or the end. */
static bool read_part(const char *s, struct part *ret)
{
	const char *start = s, *end = strchr(s, '+');

	*ret = (struct part){.text = s, .len = (int)(end ? (size_t)(end - s) : strlen(s))};
	if (!number(&s, &ret->count) || *s++ != 'x' || lw_rate_parse(s, &ret->rate_mbps, &s))
		return false;
	if (*s == '(') {
		s++;
		if (!number(&s, &ret->lanes) || *s++ != ')' || !ret->lanes)
			return false;
	}
	return s - start == ret->len && ret->count;
}

static int bad_part(const char *mode, const struct part *p, unsigned lanes, unsigned left,
		    struct lw_error *reterr)
{
	unsigned l = p->lanes ? p->lanes : lanes;
	char alt[40], rate[16], each[16];

	alternative(p, left ? left : lanes, !left || left == lanes, alt, sizeof(alt));
	lw_rate_text(p->rate_mbps, rate, sizeof(rate));
	if (p->count > l || l % p->count)
		return lw_fail(reterr, LW_EINVAL,
			       "mode \"%s\": %u port%s cannot share %u lane%s evenly; %s would fit",
			       mode, p->count, p->count == 1 ? "" : "s", l, l == 1 ? "" : "s", alt);
	lw_rate_text(p->rate_mbps / (l / p->count), each, sizeof(each));
	return lw_fail(reterr, LW_EINVAL,
		       "mode \"%s\": %s on %u lane%s is %s a lane, which no Ethernet lane runs; "
		       "%s would fit",
		       mode, rate, l / p->count, l == p->count ? "" : "s", each, alt);
}

static void add_ports(const struct part *p, unsigned lanes, unsigned first, struct lw_mode *m)
{
	unsigned each = lanes / p->count;

	for (unsigned i = 0; i < p->count; i++) {
		struct lw_lport *port = &m->port[m->n];

		*port = (struct lw_lport){
			.index = m->n,
			.first = (uint8_t)(first + i * each),
			.lanes = (uint8_t)each,
			.rate_mbps = p->rate_mbps,
		};
		lw_lane_signal(p->rate_mbps / each, &port->baud_kbd, &port->modulation, &port->fec);
		m->n++;
	}
}

int lw_mode_parse(const char *text, unsigned lanes, struct lw_mode *ret, struct lw_error *reterr)
{
	struct lw_mode m = {.lanes = (uint8_t)lanes};
	bool lone = !strchr(text, '+');
	const char *s = text;
	unsigned used = 0;

	if (!lanes || lanes > LW_PORT_LANES_MAX)
		return lw_fail(reterr, LW_EINVAL, "a cage has 1 to %d lanes, not %u",
			       LW_PORT_LANES_MAX, lanes);
	for (;;) {
		struct part p;
		unsigned take;
		char alt[40];

		if (!read_part(s, &p))
			return lw_fail(reterr, LW_EINVAL,
				       "mode \"%.60s\": \"%.*s\" is not COUNTxRATE or "
				       "COUNTxRATE(LANES), such as 2x400G or 4x100G(4)",
				       text, p.len < 40 ? p.len : 40, p.text);
		if (!p.lanes && !lone) {
			take = lanes_for(&p, lanes / 2);
			return lw_fail(
				reterr, LW_EINVAL,
				"mode \"%.60s\": several parts each need their lanes, such as "
				"%.*s(%u)",
				text, p.len < 40 ? p.len : 40, p.text, take ? take : p.count);
		}
		take = p.lanes ? p.lanes : lanes;
		if (used + take > lanes) {
			alternative(&p, used < lanes ? lanes - used : lanes,
				    used == 0 || used >= lanes, alt, sizeof(alt));
			return lw_fail(
				reterr, LW_EINVAL,
				"mode \"%.60s\" takes %u lanes of a cage that has %u; %s would "
				"fit",
				text, used + take, lanes, alt);
		}
		if (!legal(p.count, p.rate_mbps, take))
			return bad_part(text, &p, lanes, lanes - used, reterr);
		if (m.n + p.count > LW_LPORTS_MAX)
			return lw_fail(reterr, LW_EINVAL, "mode \"%.60s\" has more than %d ports",
				       text, LW_LPORTS_MAX);
		add_ports(&p, take, used, &m);
		used += take;
		s += p.len;
		if (!*s)
			break;
		s++;
	}
	*ret = m;
	return 0;
}
