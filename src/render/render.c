/* SPDX-License-Identifier: Apache-2.0 */
/* Which device goes to which system, what is found on the way, and the answer's document. */
#include "render-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lw_render_say(struct render *r, const struct lw_cage *c, const char *rule,
		  enum lw_severity severity, const char *remedy, const char *ref, const char *fmt,
		  ...)
{
	struct shared *v;
	uint32_t at;
	char *text, *key;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	text = lw_arena_vprintf(&r->said, fmt, ap);
	va_end(ap);
	key = text ? lw_arena_printf(&r->said, "%s %s", rule, text) : NULL;
	rc = key ? lw_index_put(&r->shared_by_text, key, (uint32_t)r->shared_n, &at) : LW_ENOMEM;
	if (rc < 0)
		return LW_ENOMEM;
	if (rc == 0) {
		r->shared[at].n++;
		return 0;
	}
	v = lw_arena_grow(&r->said, r->shared, &r->shared_cap, r->shared_n + 1, sizeof(*v));
	if (!v)
		return LW_ENOMEM;
	r->shared = v;
	v[r->shared_n++] =
		(struct shared){.rule = rule,
				.text = text,
				.remedy = lw_arena_strdup(&r->said, remedy ? remedy : ""),
				.ref = lw_arena_strdup(&r->said, ref ? ref : ""),
				.severity = severity,
				.first = c->id,
				.n = 1};
	return v[r->shared_n - 1].remedy && v[r->shared_n - 1].ref ? 0 : LW_ENOMEM;
}

static int flush_shared(struct render *r)
{
	for (size_t i = 0; i < r->shared_n; i++) {
		const struct shared *s = &r->shared[i];
		const char *subject = s->first;

		if (s->n > 1)
			subject = lw_arena_printf(&r->said, "%s and %zu more", s->first, s->n - 1);
		if (!subject || lw_findings_add(r->findings, s->rule, s->severity, subject,
						s->remedy, s->ref, "%s", s->text))
			return LW_ENOMEM;
	}
	return 0;
}

int lw_render_claim(struct render *r, const struct lw_cage *c, const char *name)
{
	int rc = lw_index_put(&r->names, name, 0, NULL);

	if (rc)
		return rc < 0 ? LW_ENOMEM : 0;
	return lw_render_say(r, c, "render-name", LW_FATAL,
			     "Give the cages port: NAME, each its own.", "",
			     "%s would be the name of two cages", name);
}

int lw_render_say_fec(struct render *r, const struct lw_cage *c)
{
	if (!c->fec || lw_nos_word(r->nos, "fec", c->fec))
		return 0;
	return lw_render_say(r, c, "render-fec", LW_RISK, "Set it by hand.", r->nos->ref,
			     "no word of %s for FEC %s is known", r->nos->title, c->fec);
}

/* SONiC's names are known only when its platform was asked: it claims them itself. */
static int check_names(struct render *r)
{
	bool from_zero = lw_render_from_zero(r->f, r->d);
	size_t by_rule = 0;
	char first[2 * NAME_SIZE] = "";

	for (size_t i = 0; r->nos->family != LW_NOS_SONIC && i < r->d->cage_n; i++) {
		const struct lw_cage *c = &r->f->cages[r->d->first + i];
		struct port p;

		lw_render_port(r->nos, c, i, from_zero, &p);
		if (!c->port && strcmp(c->name, p.name) != 0 && by_rule++ == 0)
			snprintf(first, sizeof(first), "%s is %s", c->name, p.name);
		if (lw_render_claim(r, c, p.name))
			return LW_ENOMEM;
	}
	if (!by_rule)
		return 0;
	return lw_render_say(r, &r->f->cages[r->d->first], "render-name", LW_INFO,
			     "Give a cage port: NAME where its system calls it something else.",
			     r->nos->ref, "names of %s by rule: %s", r->nos->title, first);
}

static void need_of_links(struct render *r)
{
	const struct lw_fabric *f = r->f;

	for (size_t i = 0; i < f->link_n; i++)
		for (int e = 0; e < 2; e++) {
			const struct lw_flink *l = &f->links[i];
			const struct lw_cage *c = &f->cages[l->cage[e]];
			const struct lw_lport *port = &c->mode.port[l->port[e]];

			if (l->chosen[e] < 0)
				continue;
			r->need[r->need_first[l->cage[e]] + l->port[e]] =
				lw_link_fec_need(port, &c->abilities[l->chosen[e]], NULL);
		}
}

/* Ports whose legs are not there yet need what the others of their kind behind the same plug do:
 * plugging a leg in then changes no configuration. */
static void need_of_siblings(const struct lw_cage *c, const char **need)
{
	for (unsigned i = 0; i < c->mode.n; i++)
		for (unsigned k = 0; k < c->mode.n && !need[i]; k++)
			if (c->mode.port[k].rate_mbps == c->mode.port[i].rate_mbps &&
			    c->mode.port[k].lanes == c->mode.port[i].lanes)
				need[i] = need[k];
}

static int need_fec(struct render *r)
{
	const struct lw_fabric *f = r->f;
	size_t total = 0;

	r->need_first = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*r->need_first));
	if (!r->need_first)
		return LW_ENOMEM;
	for (size_t i = 0; i < f->cage_n; i++) {
		r->need_first[i] = (uint32_t)total;
		total += f->cages[i].mode.n;
	}
	r->need = lw_arena_alloc(f->arena, (total + 1) * sizeof(*r->need));
	if (!r->need)
		return LW_ENOMEM;
	if (!r->o->need)
		need_of_links(r);
	for (size_t i = 0; i < f->cage_n; i++) {
		const char **need = &r->need[r->need_first[i]];

		if (r->o->need && f->cages[i].mode.n)
			need[0] = r->o->need[i];
		need_of_siblings(&f->cages[i], need);
	}
	return 0;
}

static int with_system(struct render *r)
{
	switch (r->nos->family) {
	case LW_NOS_SONIC:
		return lw_render_sonic(r);
	case LW_NOS_OPENCONFIG:
		return lw_render_openconfig(r);
	case LW_NOS_LINES:
		break;
	}
	return lw_render_with_lines(r);
}

static int find_platform(struct render *r)
{
	struct lw_platform *p = NULL;
	int rc;

	if (r->nos->family != LW_NOS_SONIC || !r->d->platform || !r->o->platform) {
		r->platform = NULL;
		return 0;
	}
	rc = r->o->platform(r->o->platform_ctx, r->d->platform, &p, r->reterr);
	if (!rc && p != r->platform) {
		/* devices of one kind lie together as a rule: the index serves them all */
		lw_index_init(&r->cache, r->f->arena);
		r->platform = p;
	}
	return rc;
}

static int no_memory(struct render *r)
{
	return lw_fail_in(r->reterr, LW_ENOMEM, r->f->file, 0, "out of memory");
}

static int render_device(struct render *r)
{
	struct lw_render_device answer = {.device = r->d, .nos = r->nos, .ports = r->d->cage_n};
	int rc = find_platform(r);

	if (rc)
		return rc;
	lw_arena_init(&r->scratch, 0);
	lw_index_init(&r->names, &r->scratch);
	r->refused = 0;
	for (int i = 0; i < LW_RENDER_PARTS; i++) {
		lw_buf_clear(&r->part[i]);
		r->begun[i] = false;
	}
	rc = check_names(r);
	if (!rc)
		rc = with_system(r);
	for (int i = 0; !rc && i < LW_RENDER_PARTS; i++)
		rc = r->part[i].failed ? LW_ENOMEM : 0;
	if (rc)
		rc = no_memory(r);
	answer.refused = r->refused;
	answer.config = lw_buf_str(&r->part[LW_RENDER_CONFIG]);
	answer.verify = lw_buf_str(&r->part[LW_RENDER_VERIFY]);
	answer.undo = lw_buf_str(&r->part[LW_RENDER_UNDO]);
	lw_arena_finish(&r->scratch);
	return rc ? rc : r->o->sink(r->o->sink_ctx, &answer, r->reterr);
}

/* The system of a device. @return 0 with *ret NULL: it is left out */
static int nos_of(const struct render *r, const struct lw_nos **ret)
{
	const char *name = r->d->nos;
	char known[160];
	size_t used = 0;

	*ret = NULL;
	if (!name) {
		*ret = r->o->nos;
		return 0;
	}
	if (strcmp(name, "none") == 0)
		return 0;
	*ret = lw_nos_find(name);
	if (*ret) {
		if (r->o->nos && *ret != r->o->nos)
			*ret = NULL;
		return 0;
	}
	for (size_t i = 0; i < lw_nos_rows_n && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
					 lw_nos_rows[i].name);
	return lw_fail_in(r->reterr, LW_EINVAL, r->f->file, r->d->line,
			  "unknown nos \"%.40s\" of device %.64s; known are %s, none", name,
			  r->d->name, known);
}

int lw_render(const struct lw_fabric *f, const struct lw_render_options *o, struct lw_findings *ret,
	      struct lw_error *reterr)
{
	struct render r = {.f = f, .o = o, .findings = ret, .reterr = reterr};
	bool met = false;
	int rc;

	lw_arena_init(&r.said, 0);
	lw_index_init(&r.shared_by_text, &r.said);
	rc = need_fec(&r) ? no_memory(&r) : 0;

	for (size_t i = 0; !rc && i < f->device_n; i++) {
		r.d = &f->devices[i];
		if (o->only && strcmp(o->only, r.d->name) != 0)
			continue;
		met = true;
		rc = nos_of(&r, &r.nos);
		if (!rc && r.nos)
			rc = render_device(&r);
	}
	if (!rc && flush_shared(&r))
		rc = no_memory(&r);
	for (int i = 0; i < LW_RENDER_PARTS; i++)
		lw_buf_finish(&r.part[i]);
	lw_arena_finish(&r.said);
	if (!rc && o->only && !met)
		rc = lw_fail_in(reterr, LW_ENOENT, f->file, 0, "there is no device \"%.64s\"",
				o->only);
	return rc;
}

static void lines_json(const char *text, struct lw_json *j)
{
	struct lw_buf line = LW_BUF_INIT;

	lw_json_begin_array(j);
	while (*text) {
		size_t n = strcspn(text, "\n");

		lw_buf_clear(&line);
		lw_buf_add(&line, text, n);
		lw_json_string(j, lw_buf_str(&line));
		text += n + (text[n] == '\n');
	}
	lw_json_end_array(j);
	lw_buf_finish(&line);
}

void lw_render_json(const struct lw_render_device *d, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "device", d->device->name);
	lw_json_put_string(j, "nos", d->nos->name);
	lw_json_put_int(j, "ports", (int64_t)d->ports);
	lw_json_put_int(j, "refused", (int64_t)d->refused);
	lw_json_put_string(j, "config", d->config);
	lw_json_key(j, "verify");
	lines_json(d->verify, j);
	lw_json_key(j, "undo");
	lines_json(d->undo, j);
	lw_json_end_object(j);
}
