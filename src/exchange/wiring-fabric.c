/* SPDX-License-Identifier: Apache-2.0 */
/* A list of cables as a fabric file: ports become cages, parts of ports become legs. */
#include <lanewise/exchange.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEGS_MAX     8
#define NAME_MAX_LEN 64

struct end {
	uint32_t cage;
	int sub; /* 0-based part of the port, -1: the whole */
};

struct made_cage {
	const char *device, *name, *port; /* `port` NULL: as `name` */
	int line;
	unsigned legs;         /* parts that the list knows */
	int used_at[LEGS_MAX]; /* line of the cable at each part, 0: none */
	uint32_t cable;        /* of its head, LW_INDEX_NONE */
	uint32_t next;         /* of the same device, LW_INDEX_NONE */
	const struct lw_form *form;
	const struct lw_part *module;
	const char *mode;
};

struct made_cable {
	const struct lw_wire_row *row;
	uint32_t head, leg[LEGS_MAX];
	unsigned legs;
	const struct lw_part *part;
	const struct lw_cord *cord;
	const char *fibre;
	double length_m;
};

struct made_device {
	const char *name;
	uint32_t first, last;
};

struct maker {
	const struct lw_wiring *w;
	const struct lw_wiring_options *o;
	struct lw_arena *arena;
	struct lw_index device_at, cage_at, id_at;
	struct made_device *device;
	struct made_cage *cage;
	struct made_cable *cable;
	size_t device_n, cage_n, cable_n, device_cap, cage_cap, cable_cap;
	struct lw_findings *findings;
	struct lw_error *reterr;
};

/* Tools that call a port by its type. */
static const struct {
	const char *type, *kind, *fibre;
} types[] = {
	{"dac-passive", "DAC-", NULL}, {"dac", "DAC-", NULL},    {"copper", "DAC-", NULL},
	{"dac-active", "AEC-", NULL},  {"aec", "AEC-", NULL},    {"aoc", "AOC-", NULL},
	{"smf", NULL, "OS2"},          {"smf-os2", NULL, "OS2"}, {"os2", NULL, "OS2"},
	{"mmf-om1", NULL, "OM1"},      {"mmf-om2", NULL, "OM2"}, {"mmf-om3", NULL, "OM3"},
	{"mmf-om4", NULL, "OM4"},      {"mmf-om5", NULL, "OM5"}, {"om3", NULL, "OM3"},
	{"om4", NULL, "OM4"},          {"om5", NULL, "OM5"},
};

static int no_memory(struct maker *m)
{
	return lw_fail_in(m->reterr, LW_ENOMEM, m->w->file, 0, "out of memory");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* enp2s1 is slot 1 of bus 2 and no part of a port: systemd's names of Ethernet, InfiniBand ... */
static bool by_slot(const char *name)
{
	static const char *const kinds[] = {"enp", "enP", "ibp", "ibP", "slp", "wlp", "wwp"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(name, kinds[i], 3) == 0)
			return true;
	return false;
}

/* swp1s0, et-0/0/0:3, Ethernet1/1/2: the port and which part of it. */
static size_t split_port(const char *name, int *ret_sub)
{
	size_t n = strlen(name), at = n;
	unsigned slashes = 0;
	long v;

	*ret_sub = -1;
	while (at && is_digit(name[at - 1]))
		at--;
	if (at == n || n - at > 2 || at < 2)
		return n;
	v = strtol(name + at, NULL, 10);
	for (size_t i = 0; i < at; i++)
		slashes += name[i] == '/';
	if (name[at - 1] == 's' && is_digit(name[at - 2]) && !by_slot(name)) {
		*ret_sub = (int)v;
	} else if (name[at - 1] == ':') {
		/* Junos counts from 0, the others from 1 */
		*ret_sub = (int)v - (name[1] && name[2] == '-' ? 0 : 1);
	} else if (name[at - 1] == '/' && slashes == 2 && (name[0] == 'E' || name[0] == 'e') &&
		   name[2] != '-') {
		*ret_sub = (int)v - 1;
	} else {
		return n;
	}
	return at - 1;
}

static int bad_row(struct maker *m, const struct lw_wire_row *row, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int bad_row(struct maker *m, const struct lw_wire_row *row, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return lw_fail_in(m->reterr, LW_EINVAL, m->w->file, row->line, "%s", text);
}

static int check_name(struct maker *m, const struct lw_wire_row *row, const char *name)
{
	if (*name && strlen(name) <= NAME_MAX_LEN && !strpbrk(name, " '\"#:/\\"))
		return 0;
	return bad_row(m, row,
		       "\"%.60s\" cannot be a name in a fabric file: 1 to %d characters, no blank, "
		       "quote, #, :, / or \\",
		       name, NAME_MAX_LEN);
}

static int find_device(struct maker *m, const struct lw_wire_row *row, const char *name,
		       uint32_t *ret)
{
	struct made_device *v;
	int rc = check_name(m, row, name);

	if (!rc)
		rc = lw_index_put(&m->device_at, name, (uint32_t)m->device_n, ret);
	if (rc <= 0)
		return rc == LW_ENOMEM ? no_memory(m) : rc;
	v = lw_arena_grow(m->arena, m->device, &m->device_cap, m->device_n + 1, sizeof(*v));
	if (!v)
		return no_memory(m);
	m->device = v;
	v[m->device_n++] = (struct made_device){name, LW_INDEX_NONE, LW_INDEX_NONE};
	return 0;
}

static int new_cage(struct maker *m, const struct lw_wire_row *row, struct made_device *d,
		    const char *device, const char *port)
{
	char *name = lw_arena_strdup(m->arena, port);
	struct made_cage *v =
		lw_arena_grow(m->arena, m->cage, &m->cage_cap, m->cage_n + 1, sizeof(*v));
	bool plain = true;

	if (!name || !v)
		return no_memory(m);
	m->cage = v;
	for (char *s = name; *s; s++)
		if (strchr("/:#", *s)) {
			*s = '-';
			plain = false;
		}
	v[m->cage_n] = (struct made_cage){.device = device,
					  .name = name,
					  .port = plain ? NULL : port,
					  .line = row->line,
					  .legs = 1,
					  .cable = LW_INDEX_NONE,
					  .next = LW_INDEX_NONE};
	if (d->last == LW_INDEX_NONE)
		d->first = (uint32_t)m->cage_n;
	else
		v[d->last].next = (uint32_t)m->cage_n;
	d->last = (uint32_t)m->cage_n++;
	return check_name(m, row, name);
}

static int find_end(struct maker *m, const struct lw_wire_row *row, int e, struct end *ret)
{
	uint32_t d = 0;
	const char *port, *key;
	int rc = find_device(m, row, row->device[e], &d);

	if (rc)
		return rc;
	port = lw_arena_strndup(m->arena, row->port[e], split_port(row->port[e], &ret->sub));
	key = port ? lw_arena_printf(m->arena, "%s\x1f%s", row->device[e], port) : NULL;
	if (!key)
		return no_memory(m);
	if (ret->sub >= LEGS_MAX || ret->sub < -1)
		return bad_row(m, row, "port %.60s of %.60s: a port has parts 1 to %d",
			       row->port[e], row->device[e], LEGS_MAX);
	rc = lw_index_put(&m->cage_at, key, (uint32_t)m->cage_n, &ret->cage);
	if (rc < 0)
		return no_memory(m);
	if (rc > 0)
		rc = new_cage(m, row, &m->device[d], m->device[d].name, port);
	if (rc < 0)
		return rc;
	while (ret->sub >= 0 && m->cage[ret->cage].legs < (unsigned)ret->sub + 1)
		m->cage[ret->cage].legs *= 2;
	return 0;
}

/* ---- cables ---------------------------------------------------------------------------------- */

static int claim(struct maker *m, const struct lw_wire_row *row, const struct end *e)
{
	int *at = &m->cage[e->cage].used_at[e->sub < 0 ? 0 : e->sub];

	if (*at)
		return bad_row(m, row, "port %.60s of %.60s is used twice: already in line %d",
			       m->cage[e->cage].name, m->cage[e->cage].device, *at);
	*at = row->line;
	return 0;
}

static int add_cable(struct maker *m, const struct lw_wire_row *row, const struct end end[2])
{
	bool split[2] = {m->cage[end[0].cage].legs > 1, m->cage[end[1].cage].legs > 1};
	int head = !split[0] && split[1], rc;
	struct made_cage *c = &m->cage[end[head].cage];
	struct made_cable *v;

	if (split[0] && split[1])
		return lw_findings_add(
			       m->findings, "import-split", LW_FATAL, row->label,
			       "Write the cable by hand.", "",
			       "%s:%d: both ends are parts of ports: no cable is made of it",
			       m->w->file, row->line)
			       ? no_memory(m)
			       : 0;
	if (end[0].cage == end[1].cage)
		return bad_row(m, row, "both ends are %.60s/%.60s", c->device, c->name);
	rc = claim(m, row, &end[0]);
	if (!rc)
		rc = claim(m, row, &end[1]);
	if (rc)
		return rc;
	if (c->cable == LW_INDEX_NONE) {
		v = lw_arena_grow(m->arena, m->cable, &m->cable_cap, m->cable_n + 1, sizeof(*v));
		if (!v)
			return no_memory(m);
		m->cable = v;
		v[m->cable_n] =
			(struct made_cable){.row = row, .head = end[head].cage, .legs = c->legs};
		for (int i = 0; i < LEGS_MAX; i++)
			v[m->cable_n].leg[i] = LW_INDEX_NONE;
		c->cable = (uint32_t)m->cable_n++;
	}
	m->cable[c->cable].leg[end[head].sub < 0 ? 0 : end[head].sub] = end[!head].cage;
	return 0;
}

/* A cable with fixed ends of that kind, form and number of legs. */
static const struct lw_part *cable_part(const char *kind, const struct lw_form *form, unsigned legs)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t i = 0; i < n; i++)
		if (p[i].far && strncmp(p[i].name, kind, strlen(kind)) == 0 &&
		    (!form || p[i].form == form) && p[i].far_n == legs)
			return &p[i];
	return NULL;
}

static int choose_cord(struct maker *m, struct made_cable *c)
{
	const struct lw_cord *v;
	const struct lw_part *module = m->o->module;
	size_t n;

	if (!module || !c->fibre)
		return bad_row(m, c->row, "a fibre cable needs %s",
			       !module ? "the module at its ends: --module" : "--fibre");
	if (module->receptacles != 1)
		return bad_row(
			m, c->row,
			"%s has %u receptacles, of which a list of ports says nothing; choose "
			"a module with one",
			module->name, module->receptacles);
	c->cord = m->o->cord;
	v = lw_cords(&n);
	for (size_t i = 0; i < n && (!c->cord || c->cord->legs != c->legs); i++)
		if (v[i].legs == c->legs && strcmp(v[i].a, module->receptacle->body) == 0)
			c->cord = &v[i];
	if (!c->cord || c->cord->legs != c->legs)
		return bad_row(m, c->row, "no cord from %s to %u legs is known; give --cord",
			       module->receptacle->body, c->legs);
	return 0;
}

/* What lies between the ends: as the row says, else as the options do. */
static int choose_cable(struct maker *m, struct made_cable *c)
{
	const struct lw_wiring_options *o = m->o;
	const char *kind = NULL, *type = c->row->type;
	bool known = !*type;

	c->length_m = isnan(c->row->length_m) ? o->length_m : c->row->length_m;
	if (!(c->length_m > 0))
		return bad_row(m, c->row, "the row says no length; give --length");
	c->fibre = o->fibre;
	c->part = lw_part_find(type);
	if (c->part && c->part->far)
		return c->part->far_n == c->legs
			       ? 0
			       : bad_row(m, c->row, "%s has %u far ends, the list %u",
					 c->part->name, c->part->far_n, c->legs);
	c->part = NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(type, types[i].type) == 0) {
			kind = types[i].kind;
			c->fibre = types[i].fibre;
			known = true;
		}
	if (!known)
		return bad_row(m, c->row,
			       "cable type \"%.60s\" is neither a part of the catalogue nor one of "
			       "dac-passive, dac-active, aec, aoc, smf-os2, mmf-om3, mmf-om4 ...",
			       type);
	if (!*type && o->part) {
		c->part = o->part->far_n == c->legs ? o->part : NULL;
		kind = "DAC-";
		if (strncmp(o->part->name, "DAC-", 4) != 0)
			kind = strncmp(o->part->name, "AOC-", 4) == 0 ? "AOC-" : "AEC-";
	}
	if (!c->part && kind) {
		c->part = cable_part(kind,
				     o->form   ? o->form
				     : o->part ? o->part->form
					       : NULL,
				     c->legs);
		if (!c->part)
			return bad_row(m, c->row,
				       "no %.3s from %s to %u ends is known; give --part", kind,
				       o->form ? o->form->name : "any form", c->legs);
	}
	return c->part ? 0 : choose_cord(m, c);
}

static const char *mode_of(struct maker *m, unsigned count, uint32_t mbps, unsigned lanes,
			   const struct lw_form *form)
{
	char rate[24];

	lw_rate_text(mbps, rate, sizeof(rate));
	if (lanes < form->lanes)
		return lw_arena_printf(m->arena, "%ux%s(%u)", count, rate, lanes);
	return lw_arena_printf(m->arena, "%ux%s", count, rate);
}

static int fill_cages(struct maker *m, struct made_cable *c)
{
	const struct lw_wiring_options *o = m->o;
	struct made_cage *head = &m->cage[c->head];
	const struct lw_form *form = c->part ? c->part->form : o->form, *leg;
	uint32_t rate = o->rate_mbps;
	struct lw_mode mode;
	struct lw_error e;

	if (!form && o->module)
		form = o->module->form;
	leg = c->part ? c->part->far->form : o->leg_form ? o->leg_form : form;
	if (!c->part && c->legs > 1 && o->leg_module && !o->leg_form)
		leg = o->leg_module->form;
	if (!rate)
		rate = form->lanes * lw_lane_rate(form->max_baud_kbd, form->max_modulation);
	head->form = form;
	head->module = c->part ? NULL : o->module;
	head->mode = mode_of(m, c->legs, rate / c->legs, form->lanes, form);
	if (head->mode && lw_mode_parse(head->mode, form->lanes, &mode, &e))
		return bad_row(m, c->row, "%s in %s: %.120s", head->mode, form->name, e.message);
	for (unsigned i = 0; i < c->legs; i++) {
		struct made_cage *far = c->leg[i] == LW_INDEX_NONE ? NULL : &m->cage[c->leg[i]];
		unsigned lanes = form->lanes / c->legs;

		if (!far)
			continue;
		if (!c->part && c->legs > 1 && !o->leg_module)
			return bad_row(m, c->row, "the legs need a module: --leg-module");
		far->form = leg;
		far->module = c->part ? NULL : c->legs > 1 ? o->leg_module : o->module;
		far->mode =
			mode_of(m, 1, rate / c->legs, lanes < leg->lanes ? lanes : leg->lanes, leg);
		if (far->mode && lw_mode_parse(far->mode, leg->lanes, &mode, &e))
			return bad_row(m, c->row, "%s in %s: %.120s", far->mode, leg->name,
				       e.message);
	}
	return m->arena->failed ? no_memory(m) : 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Of some devices every row may have been refused. */
static bool has_cages(const struct maker *m, const struct made_device *d)
{
	for (uint32_t i = d->first; i != LW_INDEX_NONE; i = m->cage[i].next)
		if (m->cage[i].form)
			return true;
	return false;
}

static void write_devices(const struct maker *m, struct lw_buf *b)
{
	for (size_t d = 0; d < m->device_n; d++) {
		if (!has_cages(m, &m->device[d]))
			continue;
		lw_buf_printf(b, "  '%s':\n", m->device[d].name);
		if (m->o->nos)
			lw_buf_printf(b, "    nos: %s\n", m->o->nos);
		lw_buf_puts(b, "    cages:\n");
		for (uint32_t i = m->device[d].first; i != LW_INDEX_NONE; i = m->cage[i].next) {
			const struct made_cage *c = &m->cage[i];

			if (!c->form)
				continue;
			lw_buf_printf(b, "      '%s': {form: %s, mode: %s", c->name, c->form->name,
				      c->mode);
			if (c->module)
				lw_buf_printf(b, ", module: %s", c->module->name);
			if (c->port)
				lw_buf_printf(b, ", port: '%s'", c->port);
			lw_buf_puts(b, "}\n");
		}
	}
}

static void add_number(struct lw_buf *b, double v)
{
	char text[40];
	size_t n = (size_t)snprintf(text, sizeof(text), "%.3f", v);

	while (n && text[n - 1] == '0')
		text[--n] = '\0';
	if (n && text[n - 1] == '.')
		text[--n] = '\0';
	lw_buf_puts(b, text);
}

/* Labels name cables if each does so once; text that YAML would read is left to its quotes. */
static int write_id(struct maker *m, const struct made_cable *c, size_t i, struct lw_buf *b)
{
	const char *label = c->row->label;
	bool plain = *label && strlen(label) <= 100 && !strpbrk(label, "'\\");
	int rc = plain ? lw_index_put(&m->id_at, label, 0, NULL) : 0;

	if (rc < 0)
		return no_memory(m);
	if (rc > 0)
		lw_buf_printf(b, "'%s'", label);
	else
		lw_buf_printf(b, "'cable-%zu%s'", i + 1, *label ? "-imported" : "");
	return 0;
}

static int write_cables(struct maker *m, struct lw_buf *b)
{
	for (size_t i = 0; i < m->cable_n; i++) {
		const struct made_cable *c = &m->cable[i];
		const struct made_cage *head = &m->cage[c->head];

		lw_buf_puts(b, "  - {id: ");
		if (write_id(m, c, i, b))
			return LW_ENOMEM;
		if (c->part)
			lw_buf_printf(b, ", part: %s", c->part->name);
		else
			lw_buf_printf(b, ", cord: %s, fibre: %s", c->cord->name, c->fibre);
		lw_buf_puts(b, ", length_m: ");
		add_number(b, c->length_m);
		lw_buf_printf(b, ", a: '%s/%s', b: [", head->device, head->name);
		for (unsigned k = 0; k < c->legs; k++) {
			const struct made_cage *far =
				c->leg[k] == LW_INDEX_NONE ? NULL : &m->cage[c->leg[k]];

			lw_buf_puts(b, k ? ", " : "");
			if (far)
				lw_buf_printf(b, "'%s/%s'", far->device, far->name);
			else
				lw_buf_putc(b, '~');
		}
		lw_buf_puts(b, "]}\n");
	}
	return 0;
}

static int make(struct maker *m)
{
	struct end(*ends)[2] = lw_arena_alloc(m->arena, m->w->n * sizeof(*ends));
	int rc = ends ? 0 : no_memory(m);

	for (size_t i = 0; !rc && i < m->w->n; i++)
		for (int e = 0; !rc && e < 2; e++)
			rc = find_end(m, &m->w->row[i], e, &ends[i][e]);
	for (size_t i = 0; !rc && i < m->w->n; i++)
		rc = add_cable(m, &m->w->row[i], ends[i]);
	for (size_t i = 0; !rc && i < m->cable_n; i++) {
		rc = choose_cable(m, &m->cable[i]);
		if (!rc)
			rc = fill_cages(m, &m->cable[i]);
	}
	return rc;
}

int lw_wiring_fabric(const struct lw_wiring *w, const struct lw_wiring_options *o,
		     struct lw_buf *ret, struct lw_findings *findings, struct lw_error *reterr)
{
	struct maker m = {
		.w = w, .o = o, .arena = w->arena, .findings = findings, .reterr = reterr};
	int rc;

	lw_index_init(&m.device_at, m.arena);
	lw_index_init(&m.cage_at, m.arena);
	lw_index_init(&m.id_at, m.arena);
	rc = make(&m);
	if (rc)
		return rc;
	lw_buf_printf(ret, "# imported from %zu rows\nfabric: '%s'\ndevices:\n", w->n,
		      o->name ? o->name : "imported");
	write_devices(&m, ret);
	lw_buf_puts(ret, m.cable_n ? "cables:\n" : "cables: []\n");
	rc = write_cables(&m, ret);
	if (!rc && ret->failed)
		rc = no_memory(&m);
	if (!rc && lw_findings_add(findings, "import-assumed", LW_INFO, w->file,
				   "Correct the file where they differ.", "",
				   "forms, modes, rates and modules are the options' and the "
				   "catalogue's, not the list's"))
		rc = no_memory(&m);
	return rc;
}
