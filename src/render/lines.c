/* SPDX-License-Identifier: Apache-2.0 */
/* Systems that are configured line by line: templates of data/nos-commands.csv, filled. */
#include "render-internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/** What the variables of a template stand for; `g` and `k` only for a part of a port. */
struct fill {
	const struct lw_nos *nos;
	const struct port *p;
	const struct group *g;
	unsigned k;
	const char *sub, *fec;
};

static void add_lower(struct lw_buf *b, const char *s)
{
	for (; *s; s++)
		lw_buf_putc(b, (char)tolower((unsigned char)*s));
}

static void add_rate(struct lw_buf *b, uint32_t mbps, bool low)
{
	char text[16];

	lw_rate_text(mbps, text, sizeof(text));
	if (low)
		add_lower(b, text);
	else
		lw_buf_puts(b, text);
}

static void add_type(struct lw_buf *b, const struct lw_nos *nos, uint32_t mbps, bool low)
{
	const char *word = lw_nos_rate_word(nos, "type", mbps);

	if (low)
		add_lower(b, word ? word : "");
	else
		lw_buf_puts(b, word ? word : "");
}

/* All parts of a group by one name, such as swp1s0-3. */
static void add_subs(struct lw_buf *b, const struct fill *x)
{
	char name[NAME_SIZE];

	if (x->p->whole || x->g->count == 1) {
		lw_buf_puts(b, x->sub);
		return;
	}
	lw_render_sub_name(x->nos, x->p, x->g, 0, name);
	lw_buf_printf(b, "%s-%u", name, x->g->count - 1u + (unsigned)x->nos->sub_first);
}

/* Variables of a port; true if `c` was one. */
static bool add_of_port(struct lw_buf *b, const struct fill *x, char c)
{
	const struct port *p = x->p;

	if (c == LW_V_port[0])
		lw_buf_puts(b, p->name);
	else if (c == LW_V_id[0])
		lw_buf_puts(b, p->id);
	else if (c == LW_V_n[0] || c == LW_V_m[0] || c == LW_V_l[0])
		lw_buf_printf(b, "%u", p->at[c - LW_V_n[0]]);
	else if (c == LW_V_parent[0] || c == LW_V_parent_low[0])
		add_type(b, x->nos, p->native_mbps, c == LW_V_parent_low[0]);
	else if (c == LW_V_back[0])
		lw_buf_puts(b, p->back);
	else
		return false;
	return true;
}

static void add_variable(struct lw_buf *b, const struct fill *x, char c)
{
	const struct group *g = x->g;

	if (add_of_port(b, x, c))
		return;
	if (c == LW_V_k[0])
		lw_buf_printf(b, "%u", x->k + (unsigned)x->nos->sub_first);
	else if (c == LW_V_lane[0])
		lw_buf_printf(b, "%u", g->first_lane + (x->k - g->first_port) * g->lanes + 1u);
	else if (c == LW_V_count[0])
		lw_buf_printf(b, "%u", g->count);
	else if (c == LW_V_lanes[0])
		lw_buf_printf(b, "%u", g->lanes);
	else if (c == LW_V_channels[0])
		lw_buf_printf(b, "%u", (unsigned)g->lanes * g->count);
	else if (c == LW_V_word[0])
		lw_buf_puts(b, g->mode ? g->mode->word : "");
	else if (c == LW_V_type[0] || c == LW_V_type_low[0])
		add_type(b, x->nos, g->rate_mbps, c == LW_V_type_low[0]);
	else if (c == LW_V_rate[0] || c == LW_V_rate_low[0])
		add_rate(b, g->rate_mbps, c == LW_V_rate_low[0]);
	else if (c == LW_V_mbps[0])
		lw_buf_printf(b, "%u", g->rate_mbps);
	else if (c == LW_V_sub[0])
		lw_buf_puts(b, x->sub);
	else if (c == LW_V_subs[0])
		add_subs(b, x);
	else if (c == LW_V_fec[0])
		lw_buf_puts(b, x->fec ? x->fec : "");
}

static void fill(struct lw_buf *b, const char *line, const struct fill *x)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20)
			add_variable(b, x, *line);
		else
			lw_buf_putc(b, *line);
}

void lw_render_sub_name(const struct lw_nos *nos, const struct port *p, const struct group *g,
			unsigned k, char ret[NAME_SIZE])
{
	struct fill x = {.nos = nos, .p = p, .g = g, .k = k, .sub = p->name};
	struct lw_buf b = LW_BUF_INIT;

	/* a cage of one lane has no parts to count */
	if (p->cage->form->lanes == 1 || (p->whole && nos->whole[0] == '\0'))
		lw_buf_puts(&b, p->name);
	else
		fill(&b, p->whole ? nos->whole : nos->sub, &x);
	snprintf(ret, NAME_SIZE, "%s", lw_buf_str(&b));
	lw_buf_finish(&b);
}

static void add_line(struct render *r, enum render_part part, const char *line,
		     const struct fill *x)
{
	if (!r->begun[part]) {
		r->begun[part] = true;
		lw_render_once(r, part, LW_WHEN_BEGIN);
	}
	fill(&r->part[part], line, x);
	lw_buf_putc(&r->part[part], '\n');
}

void lw_render_once(struct render *r, enum render_part part, enum render_when when)
{
	for (size_t i = 0; i < lw_nos_commands_n; i++) {
		const struct nos_command *c = &lw_nos_commands[i];

		if (strcmp(c->nos, r->nos->name) != 0 || c->part != part || c->when != when)
			continue;
		lw_buf_puts(&r->part[part], c->line);
		lw_buf_putc(&r->part[part], '\n');
	}
}

/* A run of rows of one kind, once for each part of the port. */
static void add_subs_run(struct render *r, enum render_part part, const struct port *p,
			 const struct nos_command *c, size_t n)
{
	for (unsigned i = 0; i < p->group_n; i++) {
		const struct group *g = &p->group[i];

		for (unsigned k = g->first_port; k < (unsigned)g->first_port + g->count; k++) {
			char name[NAME_SIZE];
			struct fill x = {.nos = r->nos, .p = p, .g = g, .k = k, .sub = name};

			if (c->when == LW_WHEN_FEC)
				x.fec = lw_nos_word(r->nos, "fec", p->cage->fec);
			lw_render_sub_name(r->nos, p, g, k, name);
			for (size_t row = 0; row < n; row++)
				add_line(r, part, c[row].line, &x);
		}
	}
}

static void add_port_run(struct render *r, enum render_part part, const struct port *p,
			 const struct nos_command *c, size_t n)
{
	char name[NAME_SIZE];
	struct fill x = {.nos = r->nos, .p = p, .g = &p->group[0], .sub = name};

	/* no word leads back: then there is no line that would */
	for (size_t row = 0; row < n && !p->back[0]; row++)
		if (strchr(c[row].line, LW_V_back[0]))
			return;
	lw_render_sub_name(r->nos, p, x.g, 0, name);
	for (size_t row = 0; row < n; row++)
		add_line(r, part, c[row].line, &x);
}

static bool of(const struct nos_command *c, const struct render *r, enum render_part part)
{
	return c->part == part && strcmp(c->nos, r->nos->name) == 0;
}

static bool has_lanes_rows(const struct render *r, enum render_part part)
{
	for (size_t i = 0; i < lw_nos_commands_n; i++)
		if (of(&lw_nos_commands[i], r, part) && lw_nos_commands[i].when == LW_WHEN_LANES)
			return true;
	return false;
}

static void add_run(struct render *r, enum render_part part, const struct port *p,
		    const struct nos_command *c, size_t n)
{
	bool lanes = p->uneven && has_lanes_rows(r, part);
	bool fec = p->cage->fec && lw_nos_word(r->nos, "fec", p->cage->fec);

	switch (c->when) {
	case LW_WHEN_PORT:
		if (!p->whole && !lanes)
			add_port_run(r, part, p, c, n);
		break;
	case LW_WHEN_LANES:
		if (!p->whole && lanes)
			add_port_run(r, part, p, c, n);
		break;
	case LW_WHEN_SUB:
		if (!p->whole)
			add_subs_run(r, part, p, c, n);
		break;
	case LW_WHEN_WHOLE:
		if (p->whole)
			add_port_run(r, part, p, c, n);
		break;
	case LW_WHEN_FEC:
		if (fec)
			add_subs_run(r, part, p, c, n);
		break;
	case LW_WHEN_BEGIN:
	case LW_WHEN_END:
		break;
	}
}

void lw_render_lines(struct render *r, enum render_part part, const struct port *p)
{
	for (size_t i = 0; i < lw_nos_commands_n;) {
		const struct nos_command *c = &lw_nos_commands[i];
		size_t n = 1;

		if (!of(c, r, part)) {
			i++;
			continue;
		}
		while (i + n < lw_nos_commands_n && of(&c[n], r, part) && c[n].when == c->when)
			n++;
		add_run(r, part, p, c, n);
		i += n;
	}
}

/* How many ways there are to spread one part's rate over lanes of the cage. */
static unsigned widths(const struct port *p, const struct group *g)
{
	unsigned n = 0;

	for (unsigned w = 1; w * g->count <= p->cage->form->lanes; w++) {
		uint32_t baud;
		enum lw_modulation m;
		const char *fec;

		if (g->rate_mbps % w == 0 && !lw_lane_signal(g->rate_mbps / w, &baud, &m, &fec))
			n++;
	}
	return n;
}

static int refuse(struct render *r, const struct port *p, const char *rule, const char *remedy,
		  const char *why)
{
	r->refused++;
	return lw_render_say(r, p->cage, rule, LW_FATAL, remedy, r->nos->ref,
			     "%s cannot say mode %s: %s", r->nos->title, p->cage->mode_text, why);
}

/* Can the system say the mode at all? @return 1 yes, 0 no (said), negative an error */
static int can_say(struct render *r, const struct port *p)
{
	const struct group *g = &p->group[0];

	if (p->whole)
		return 1;
	if (p->group_n > 1 && !r->nos->mixed)
		return refuse(r, p, "render-mixed",
			      "Choose a mode of equal ports, or configure the port by hand.",
			      "it splits a port into equal parts only");
	for (unsigned i = 0; i < p->group_n; i++)
		if (!p->group[i].mode || (r->nos->type[0] == LW_V_parent[0] && !p->cage->port &&
					  !lw_nos_rate_word(r->nos, "type", p->native_mbps)))
			return refuse(r, p, "render-mode",
				      "Choose another mode, or look the word up in the guide of "
				      "your model and release.",
				      "no word for it is known (data/nos-modes.csv)");
	if (!r->nos->lanes && !g->mode->lanes && p->uneven && widths(p, g) > 1)
		return refuse(r, p, "render-lanes",
			      "Use every lane of the cage, or configure the port by hand.",
			      "it has no word for how many lanes each part takes");
	return 1;
}

/* What a person should know of words that are not certain. */
static int say_doubts(struct render *r, const struct port *p)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < p->group_n && !p->whole; i++) {
		const struct nos_mode *m = p->group[i].mode;

		if (m && strcmp(m->confidence, "low") == 0)
			rc = lw_render_say(r, p->cage, "render-unsure", LW_RISK,
					   "Try it on one port first.", m->ref,
					   "\"%s\" for mode %s of %s has one source or none",
					   m->word, p->cage->mode_text, r->nos->title);
		if (!rc && m && m->note[0])
			rc = lw_render_say(r, p->cage, "render-note", LW_INFO, "", m->ref,
					   "\"%s\": %s", m->word, m->note);
	}
	return rc ? rc : lw_render_say_fec(r, p->cage);
}

int lw_render_with_lines(struct render *r)
{
	bool from_zero = lw_render_from_zero(r->f, r->d), split = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->d->cage_n; i++) {
		const struct lw_cage *c = &r->f->cages[r->d->first + i];
		struct port p;
		const char *back;

		lw_render_port(r->nos, c, i, from_zero, &p);
		/* one port on some of the lanes, and no word for it: the module decides */
		if (c->mode.n == 1 && !p.whole && !p.group[0].mode) {
			p.whole = true;
			rc = lw_render_say(r, c, "render-width", LW_INFO, "", r->nos->ref,
					   "%s has no word for %s on %u of %u lanes: what is "
					   "plugged decides",
					   r->nos->title, c->mode_text, p.group[0].lanes,
					   c->form->lanes);
		}
		back = lw_nos_rate_word(r->nos, "back", p.native_mbps);
		p.back = back ? back : "";
		if (!rc)
			rc = can_say(r, &p);
		if (rc <= 0)
			continue;
		split = split || !p.whole;
		rc = say_doubts(r, &p);
		for (int part = 0; !rc && part < LW_RENDER_PARTS; part++)
			lw_render_lines(r, (enum render_part)part, &p);
	}
	for (int part = 0; !rc && part < LW_RENDER_PARTS; part++) {
		if (r->begun[LW_RENDER_CONFIG] && !r->begun[part])
			lw_render_once(r, (enum render_part)part, LW_WHEN_BEGIN);
		if (r->begun[part])
			lw_render_once(r, (enum render_part)part, LW_WHEN_END);
	}
	if (!rc && (split || r->refused) && r->nos->note[0])
		rc = lw_render_say(r, &r->f->cages[r->d->first], "render-note", LW_INFO, "",
				   r->nos->ref, "%s", r->nos->note);
	return rc;
}
