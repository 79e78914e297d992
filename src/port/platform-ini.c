/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <string.h>

/* port_config.ini: one port a line, columns by the last comment line that says "name". */

#define COLUMNS_MAX 32
#define BLANKS      " \t\r\f\v"

/* Columns that are kept; the others are SONiC's own. */
enum column { NAME, LANES, ALIAS, INDEX, SPEED, SUBPORT, FEC, AUTONEG, ROLE, COLUMNS };

static const char *const titles[COLUMNS] = {"name",    "lanes", "alias",   "index", "speed",
					    "subport", "fec",   "autoneg", "role"};

struct reader {
	struct lw_platform *p;
	int line;
	int column[COLUMNS_MAX]; /* enum column of each, -1: passed over */
	size_t column_n;
	size_t cap;
};

struct word {
	const char *s;
	size_t n;
};

/* Cut a line at blanks. @return the number of words, at most COLUMNS_MAX + 1 */
static size_t words(const char *s, const char *end, struct word ret[COLUMNS_MAX + 1])
{
	size_t n = 0;

	while (n <= COLUMNS_MAX) {
		while (s < end && strchr(BLANKS, *s))
			s++;
		if (s == end)
			break;
		ret[n].s = s;
		while (s < end && !strchr(BLANKS, *s))
			s++;
		ret[n].n = (size_t)(s - ret[n].s);
		n++;
	}
	return n;
}

static bool contains(const char *s, const char *end, const char *what)
{
	size_t n = strlen(what);

	for (; (size_t)(end - s) >= n; s++)
		if (memcmp(s, what, n) == 0)
			return true;
	return false;
}

/* A comment that says "name" names the columns. */
static int read_titles(struct reader *r, const char *s, const char *end, struct lw_error *reterr)
{
	struct word w[COLUMNS_MAX + 1];
	bool named = false;

	while (s < end && *s == '#')
		s++;
	while (s < end && end[-1] == '#')
		end--;
	r->column_n = words(s, end, w);
	if (r->column_n > COLUMNS_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, r->p->where, r->line,
				  "names more than %d columns", COLUMNS_MAX);
	for (size_t i = 0; i < r->column_n; i++) {
		r->column[i] = -1;
		for (int c = 0; c < COLUMNS; c++)
			if (w[i].n == strlen(titles[c]) && memcmp(w[i].s, titles[c], w[i].n) == 0)
				r->column[i] = c;
		named |= r->column[i] == NAME;
	}
	if (!named)
		return lw_fail_in(reterr, LW_EINVAL, r->p->where, r->line,
				  "says \"name\" but names no column so; write columns such as "
				  "\"# name lanes alias index speed\"");
	return 0;
}

/* A number of at most nine digits. @return false when `s` is none */
static bool number(const char *s, uint32_t *ret)
{
	uint32_t v = 0;

	if (!*s || strlen(s) > 9)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (uint32_t)(*s - '0');
	}
	*ret = v;
	return true;
}

/* Where the port of that name stands: a later line replaces an earlier one, and is a finding. */
static struct lw_platform_port *place(struct reader *r, const char *name)
{
	struct lw_platform *p = r->p;
	struct lw_platform_port *port = lw_platform_find(p, name), *v;
	const char *subject;

	if (port) {
		subject = lw_arena_printf(p->arena, "%s:%d %s", p->where, r->line, name);
		return lw_port_finding(&p->found, "key-twice", subject, NULL,
				       "is described twice; SONiC keeps the last line")
			       ? NULL
			       : port;
	}
	v = lw_arena_grow(p->arena, p->port, &r->cap, p->port_n + 1, sizeof(*v));
	if (!v)
		return NULL;
	p->port = v;
	return &p->port[p->port_n++];
}

static int read_port(struct reader *r, const struct word *w, size_t n, struct lw_error *reterr)
{
	struct lw_arena *a = r->p->arena;
	const char *cell[COLUMNS] = {NULL}, **index;
	struct lw_platform_port *port;
	struct lw_subport *s;

	for (size_t i = 0; i < n; i++)
		if (r->column[i] >= 0)
			cell[r->column[i]] = lw_arena_strndup(a, w[i].s, w[i].n);
	if (!cell[NAME])
		return lw_fail_in(reterr, a->failed ? LW_ENOMEM : LW_EINVAL, r->p->where, r->line,
				  "has no name");
	port = place(r, cell[NAME]);
	s = lw_arena_alloc(a, sizeof(*s));
	index = lw_arena_alloc(a, sizeof(*index));
	if (!port || !s || !index)
		return lw_fail_in(reterr, LW_ENOMEM, r->p->where, r->line, "out of memory");
	*port = (struct lw_platform_port){.name = cell[NAME], .line = r->line};
	if (cell[LANES])
		port->lane = lw_text_split(a, cell[LANES], &port->lane_n);
	else
		port->trouble = "the port has no lanes";
	if (port->lane_n > LW_PLATFORM_LANES_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, r->p->where, r->line, "more than %d lanes",
				  LW_PLATFORM_LANES_MAX);
	*index = cell[INDEX];
	port->index = index;
	port->index_n = 1;
	*s = (struct lw_subport){
		.name = cell[NAME],
		.alias = cell[ALIAS] ? cell[ALIAS] : cell[NAME],
		.lane = port->lane,
		.lane_n = (uint16_t)port->lane_n,
		.subport = LW_SUBPORT_NONE,
		.index = cell[INDEX],
		.fec = cell[FEC],
		.autoneg = cell[AUTONEG],
		.role = cell[ROLE],
	};
	if (cell[SPEED] && !number(cell[SPEED], &s->speed_mbps))
		port->trouble = lw_arena_printf(a, "speed \"%.20s\" is no number", cell[SPEED]);
	if (cell[SUBPORT] && !number(cell[SUBPORT], &s->subport))
		port->trouble = lw_arena_printf(a, "subport \"%.20s\" is no number", cell[SUBPORT]);
	port->now.sub = s;
	port->now.sub_n = 1;
	return a->failed ? lw_fail_in(reterr, LW_ENOMEM, r->p->where, r->line, "out of memory") : 0;
}

static int read_line(struct reader *r, const char *s, const char *end, struct lw_error *reterr)
{
	struct word w[COLUMNS_MAX + 1];
	size_t n;

	if (s < end && *s == '#')
		return contains(s, end, "name") ? read_titles(r, s, end, reterr) : 0;
	n = words(s, end, w);
	if (n < 2)
		return 0;
	if (n > r->column_n)
		return lw_fail_in(reterr, LW_EINVAL, r->p->where, r->line,
				  "has more columns than the %zu that are named", r->column_n);
	if (r->p->port_n == LW_PLATFORM_PORTS_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, r->p->where, r->line,
				  "describes more than %d ports", LW_PLATFORM_PORTS_MAX);
	return read_port(r, w, n, reterr);
}

int lw_platform_load_ini(const char *text, size_t n, const char *where, struct lw_arena *arena,
			 struct lw_platform *ret, struct lw_error *reterr)
{
	struct lw_platform p = {.arena = arena, .where = lw_arena_strdup(arena, where)};
	struct reader r = {.p = &p, .column = {NAME, LANES, ALIAS, INDEX}, .column_n = 4};
	const char *end = text + n;
	int rc = 0;

	if (!p.where)
		return lw_fail_in(reterr, LW_ENOMEM, where, 0, "out of memory");
	if (n > LW_PLATFORM_BYTES_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, where, 0, "is larger than %u bytes",
				  LW_PLATFORM_BYTES_MAX);
	if (memchr(text, '\0', n))
		return lw_fail_in(reterr, LW_EINVAL, where, 0,
				  "holds bytes that are no text; is it a port_config.ini?");
	lw_findings_init(&p.found, arena);
	lw_findings_init(&p.chosen, arena);
	while (!rc && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		r.line++;
		rc = read_line(&r, text, stop ? stop : end, reterr);
		text = stop ? stop + 1 : end;
	}
	if (!rc && !p.port_n)
		rc = lw_fail_in(reterr, LW_ENOENT, where, 0,
				"describes no ports; lines are \"Ethernet0 1,2,3,4 alias 1\"");
	if (!rc)
		*ret = p;
	return rc;
}
