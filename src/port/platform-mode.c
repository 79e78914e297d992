/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <stdlib.h>
#include <string.h>

/* SONiC's language of breakout modes, with every quirk of its pattern: only the beginning of a part
 * must match, and what follows is ignored. */

#define SPEEDS_MAX   64
#define SUBPORTS_MAX (1u << 18) /* of one platform; the largest public one has under 5,000 */

uint32_t lw_sonic_limit(const char *name)
{
	for (size_t i = 0; i < lw_sonic_limits_n; i++)
		if (strcmp(lw_sonic_limits[i].name, name) == 0)
			return lw_sonic_limits[i].value;
	return 0;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to six digits. @return behind them, or NULL when there is none */
static const char *number(const char *s, const char *end, uint32_t *ret)
{
	uint32_t v = 0, left = lw_sonic_limit("number-digits");
	const char *start = s;

	for (; s < end && digit(*s) && left; s++, left--)
		v = v * 10 + (uint32_t)(*s - '0');
	if (s == start)
		return NULL;
	*ret = v;
	return s;
}

/* The end of "[...]" when the bracket holds only what the pattern allows, else NULL. */
static const char *list_end(const char *s, const char *end)
{
	char before = '[';

	for (s++; s < end && *s != ']'; s++) {
		if (!digit(*s) && !(*s == 'G' && digit(before)) &&
		    !(*s == ',' && (digit(before) || before == 'G')))
			return NULL;
		before = *s;
	}
	return s < end ? s + 1 : NULL;
}

/* One speed of a list: "25G" or "25000"; as in Python, "10G1G" is 101G and "10G1" is none. */
static bool list_speed(const char *s, const char *end, uint32_t *ret)
{
	bool giga = end > s && end[-1] == 'G';
	uint64_t v = 0;

	if (s == end)
		return false;
	for (; s < end; s++) {
		if (*s == 'G' && giga)
			continue;
		if (!digit(*s))
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX / 1000)
			return false;
	}
	*ret = (uint32_t)v * (giga ? lw_sonic_limit("thousand-mbps") : 1);
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The set of speeds: default and listed. @return their number, 0 when one of the list is none */
static size_t read_speeds(const char *list, const char *end, uint32_t speed,
			  uint32_t set[SPEEDS_MAX])
{
	size_t n = 1, kept = 1;

	set[0] = speed;
	for (const char *s = list; list && s < end; s++) {
		const char *stop = memchr(s, ',', (size_t)(end - s));

		stop = stop ? stop : end;
		if (n == SPEEDS_MAX || !list_speed(s, stop, &set[n]))
			return 0;
		n++;
		s = stop;
		if (s == end - 1) /* a comma at the end: one more, empty */
			return 0;
	}
	if (list && list == end)
		return 0;
	qsort(set, n, sizeof(*set), by_value);
	for (size_t i = 1; i < n; i++)
		if (set[i] != set[kept - 1])
			set[kept++] = set[i];
	return kept;
}

/*
 * One part of a mode, from `s` to `end`.
 * @return NULL, or what is wrong with it; "" when memory is out
 */
static const char *read_part(struct lw_arena *a, const char *s, const char *end, size_t port_lanes,
			     struct lw_mode_part *ret)
{
	uint32_t speeds[SPEEDS_MAX], *copy;
	const char *list = NULL, *close = NULL, *lanes;

	s = number(s, end, &ret->count);
	if (!s || s == end || *s++ != 'x')
		return "is not COUNTxSPEED[OTHER SPEEDS](LANES)";
	s = number(s, end, &ret->speed_mbps);
	if (!s)
		return "is not COUNTxSPEED[OTHER SPEEDS](LANES)";
	if (s < end && *s == 'G') {
		ret->speed_mbps *= lw_sonic_limit("thousand-mbps");
		s++;
	}
	if (s < end && *s == '[' && list_end(s, end)) {
		list = s + 1;
		s = list_end(s, end);
		close = s - 1;
	}
	ret->lanes = (uint32_t)port_lanes;
	if (s < end && *s == '(') {
		uint32_t v;

		lanes = number(s + 1, end, &v);
		if (lanes && lanes < end && *lanes == ')') {
			ret->lanes = v;
			s = lanes + 1;
		}
	}
	ret->speed_n = read_speeds(list, close, ret->speed_mbps, speeds);
	if (!ret->speed_n)
		return "has a list of other speeds that SONiC cannot read";
	copy = lw_arena_alloc(a, ret->speed_n * sizeof(*copy));
	ret->rest = lw_arena_strndup(a, s, (size_t)(end - s));
	if (!copy || !ret->rest)
		return "";
	memcpy(copy, speeds, ret->speed_n * sizeof(*copy));
	ret->speeds = copy;
	return NULL;
}

int lw_mode_read(struct lw_arena *a, const char *text, size_t port_lanes,
		 struct lw_platform_mode *ret)
{
	size_t n = 1;
	struct lw_mode_part *part;

	*ret = (struct lw_platform_mode){.text = text};
	for (const char *s = text; *s; s++)
		n += *s == '+';
	/* each part takes a lane or more: what has more parts cannot be made anyway */
	if (n > LW_PLATFORM_LANES_MAX) {
		ret->refusal = "has more parts than any port has lanes";
		return 0;
	}
	part = lw_arena_alloc(a, n * sizeof(*part));
	if (!part)
		return LW_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *end = text + strcspn(text, "+");
		const char *bad = read_part(a, text, end, port_lanes, &part[i]);

		if (bad && !*bad)
			return LW_ENOMEM;
		if (bad) {
			ret->refusal = lw_arena_printf(a, "\"%.40s\" %s",
						       end > text ? text : "an empty part", bad);
			return ret->refusal ? 0 : LW_ENOMEM;
		}
		text = end + 1;
	}
	ret->part = part;
	ret->part_n = n;
	return 0;
}

bool lw_mode_same(const struct lw_platform_mode *a, const struct lw_platform_mode *b)
{
	if (!a->part_n || a->part_n != b->part_n)
		return false;
	for (size_t i = 0; i < a->part_n; i++) {
		const struct lw_mode_part *x = &a->part[i], *y = &b->part[i];

		if (x->count != y->count || x->lanes != y->lanes || x->speed_n != y->speed_n ||
		    memcmp(x->speeds, y->speeds, x->speed_n * sizeof(*x->speeds)))
			return false;
	}
	return true;
}

/* The k-th letter of UTF-8 text, as Python indexes a string; NULL when there is none. */
static const char *letter(struct lw_arena *a, const char *s, size_t k)
{
	size_t n = 1;

	for (; *s && k; k--)
		for (s++; ((unsigned char)*s & 0xc0) == 0x80; s++)
			;
	if (!*s)
		return NULL;
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return lw_arena_strndup(a, s, n);
}

static const char *alias_of(struct lw_arena *a, const struct lw_platform_mode *m, size_t k)
{
	if (m->alias_is_text)
		return m->alias_n ? letter(a, m->alias[0], k) : NULL;
	return k < m->alias_n ? m->alias[k] : NULL;
}

/* How many ports the parts make. @return NULL, or why SONiC makes none of them */
static const char *count(struct lw_arena *a, const struct lw_platform_port *port,
			 const struct lw_platform_mode *m, size_t *ret)
{
	uint64_t lanes = 0, ports = 0;

	for (size_t i = 0; i < m->part_n; i++) {
		lanes += m->part[i].lanes;
		ports += m->part[i].count;
	}
	if (lanes > port->lane_n)
		return lw_arena_printf(a, "takes %u lanes of a port that has %zu", (unsigned)lanes,
				       port->lane_n);
	for (size_t i = 0; i < m->part_n; i++)
		if (!m->part[i].count || m->part[i].count > m->part[i].lanes)
			return lw_arena_printf(a, "divides %u lanes among %u ports",
					       m->part[i].lanes, m->part[i].count);
	*ret = (size_t)ports;
	return NULL;
}

/* The listed mode that SONiC takes for `m`: the first equal one. Sets `m->refusal` if none. */
static const struct lw_platform_mode *
listed(struct lw_arena *a, const struct lw_platform_port *port, struct lw_platform_mode *m)
{
	for (size_t i = 0; i < port->mode_n; i++) {
		const struct lw_platform_mode *x = &port->mode[i];

		if (!x->part_n) {
			m->refusal = lw_arena_printf(
				a, "comes behind \"%.60s\", which SONiC cannot read", x->text);
			return NULL;
		}
		if (!lw_mode_same(x, m))
			continue;
		if (x->alias_n && (!x->alias_is_text || x->alias[0][0]))
			return x;
		m->refusal = "has no aliases in platform.json";
		return NULL;
	}
	m->refusal = "is not among the modes that platform.json offers";
	return NULL;
}

static const char *make(struct lw_arena *a, const struct lw_platform_port *port,
			const struct lw_mode_part *part, struct lw_platform_mode *m, size_t total,
			size_t lane)
{
	size_t k = m->sub_n, each = part->lanes / part->count;
	struct lw_subport *s = &m->sub[k];
	/* SONiC numbers by the parent's number; lw_platform_load() saw that it is one */
	unsigned long base = strtoul(port->name + strcspn(port->name, "0123456789"), NULL, 10);

	*s = (struct lw_subport){
		.name = lw_arena_printf(a, "Ethernet%lu", base + lane),
		.alias = alias_of(a, m, k),
		.lane = &port->lane[lane],
		.first = (uint16_t)lane,
		.lane_n = (uint16_t)each,
		.speed_mbps = part->speed_mbps,
		.subport = total == 1 ? 0 : (uint32_t)k + 1,
		.index = lane < port->index_n ? port->index[lane] : NULL,
	};
	if (part->speed_mbps / each >= lw_sonic_limit("rs-fec-lane-mbps"))
		s->fec = "rs";
	m->sub_n++;
	if (!s->alias)
		return lw_arena_printf(a, "makes %zu ports but names fewer aliases", total);
	if (!s->index)
		return lw_arena_printf(a, "needs lane %zu but \"index\" names only %zu", lane + 1,
				       port->index_n);
	return NULL;
}

int lw_mode_expand(struct lw_platform *p, const struct lw_platform_port *port,
		   struct lw_platform_mode *m, struct lw_error *reterr)
{
	const struct lw_platform_mode *x;
	size_t lane = 0, total = 0;

	if (m->refusal)
		return 0;
	if (port->trouble) {
		m->refusal = port->trouble;
		return 0;
	}
	x = listed(p->arena, port, m);
	if (!x)
		goto out;
	m->alias = x->alias;
	m->alias_n = x->alias_n;
	m->alias_is_text = x->alias_is_text;
	m->refusal = count(p->arena, port, m, &total);
	if (m->refusal)
		goto out;
	if (total > SUBPORTS_MAX - p->made)
		return lw_fail_in(reterr, LW_ELIMIT, p->where, port->line,
				  "makes more than %u sub-ports; split the file", SUBPORTS_MAX);
	p->made += total;
	m->sub = lw_arena_alloc(p->arena, total * sizeof(*m->sub));
	if (!m->sub)
		return lw_fail_in(reterr, LW_ENOMEM, p->where, port->line, "out of memory");
	for (size_t i = 0; i < m->part_n && !m->refusal; i++)
		for (uint32_t k = 0; k < m->part[i].count && !m->refusal; k++) {
			m->refusal = make(p->arena, port, &m->part[i], m, total, lane);
			lane += m->part[i].lanes / m->part[i].count;
		}
	if (m->refusal)
		m->sub_n = 0;
out:
	if (p->arena->failed)
		return lw_fail_in(reterr, LW_ENOMEM, p->where, port->line, "out of memory");
	return 0;
}

int lw_platform_expand(struct lw_platform *p, const struct lw_platform_port *port, const char *mode,
		       struct lw_platform_mode *ret, struct lw_error *reterr)
{
	struct lw_platform_mode m;
	const char *copy = lw_arena_strdup(p->arena, mode);
	int r;

	if (!copy || lw_mode_read(p->arena, copy, port->lane_n, &m))
		return lw_fail_in(reterr, LW_ENOMEM, p->where, port->line, "out of memory");
	r = lw_mode_expand(p, port, &m, reterr);
	if (!r)
		*ret = m;
	return r;
}
