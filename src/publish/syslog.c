/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of RFC 5424 with structured data: links that go up or down, modules that come and go, and
 * what is found to be the cause. One thing says at most LW_SYSLOG_BURST lines in a window; what was
 * held back is counted and said.
 */
#include "memory.h"
#include "publish-internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum severity { ERROR = 3, WARNING = 4, NOTICE = 5 }; /* RFC 5424 Table 2 */

#define FACILITY_DAEMON 3 /* RFC 5424 Table 1 */

/* The number for examples of RFC 5612: Lanewise has none of its own. */
#define SD_ID "lanewise@32473"

struct out {
	const struct lw_publish_source *s;
	const struct lw_engine *e;
	struct lw_publish_memory *m;
	struct lw_buf *b;
	struct lw_arena *arena;
};

/* Header and the beginning of the structured data. */
static void begin(struct out *o, enum severity severity, const char *id)
{
	int64_t ns = o->s->unix_ns + o->e->now.ns;
	time_t t = (time_t)(ns / 1000000000);
	char when[40];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	lw_buf_printf(o->b, "<%d>1 %s.%06dZ %s lanewise - %s [" SD_ID,
		      FACILITY_DAEMON * 8 + severity, when, (int)(ns / 1000 % 1000000),
		      o->s->hostname ? o->s->hostname : "-", id);
}

static void put(struct out *o, const char *name, const char *value)
{
	lw_buf_printf(o->b, " %s=\"", name);
	lw_publish_escape(o->b, value, "\\\"]");
	lw_buf_putc(o->b, '"');
}

static void put_number(struct out *o, const char *name, uint64_t v)
{
	lw_buf_printf(o->b, " %s=\"%llu\"", name, (unsigned long long)v);
}

static void text(struct out *o, const char *before, const char *what, const char *after)
{
	lw_buf_printf(o->b, "] %s", before);
	lw_publish_escape(o->b, what, "");
	lw_buf_puts(o->b, after);
}

static void finish(struct out *o)
{
	lw_buf_putc(o->b, '\n');
}

/* May one more line be said of it? Says first how many were not, when their window is over. */
static bool may_say(struct out *o, struct lw_said *said, const char *kind, const char *name)
{
	struct lw_mono end = lw_mono_add(said->window, lw_ms(LW_SYSLOG_WINDOW_MS));

	if (!said->count || !lw_mono_before(o->e->now, end)) {
		if (said->held) {
			begin(o, WARNING, "HELD");
			put(o, kind, name);
			put_number(o, "lines", (uint64_t)said->held);
			text(o, "lines were held back about ", name, "");
			finish(o);
		}
		said->window = o->e->now;
		said->count = said->held = 0;
	}
	if (said->count < LW_SYSLOG_BURST) {
		said->count++;
		return true;
	}
	said->held++;
	return false;
}

/* What was held back is told when the window is over, also if nothing more happens. */
static void tell_held(struct out *o, struct lw_said *said, const char *kind, const char *name)
{
	if (said->held &&
	    !lw_mono_before(o->e->now, lw_mono_add(said->window, lw_ms(LW_SYSLOG_WINDOW_MS)))) {
		may_say(o, said, kind, name);
		said->count = 0;
	}
}

static struct lw_said *about(struct out *o, const char *kind, const char *name)
{
	char key[512];

	snprintf(key, sizeof(key), "%s|%s", kind, name);
	return lw_said_get(o->m, key);
}

static int link_state(struct out *o, size_t i)
{
	const struct lw_engine_link *x = &o->e->link[i];
	const char *id = o->e->fabric->links[i].id;
	struct lw_said *said = about(o, "link", id);
	bool up = x->state == LW_LINK_UP, flapped;

	if (!said)
		return LW_ENOMEM;
	/* between two calls it may have gone and come */
	flapped = up && said->live && x->flaps != said->values;
	if ((up != said->live || flapped) && may_say(o, said, "link", id)) {
		begin(o, up && !flapped ? NOTICE : WARNING, up ? "LINKUP" : "LINKDOWN");
		put(o, "link", id);
		put(o, "state", lw_link_state_name(x->state));
		put_number(o, "flaps", x->flaps);
		text(o, "link ", id,
		     flapped       ? " went down and is up again"
		     : up          ? " is up"
		     : x->disabled ? " was switched off"
				   : " went down");
		finish(o);
	}
	said->live = up;
	said->values = x->flaps;
	tell_held(o, said, "link", id);
	return 0;
}

/* The causes of a link in one line, when they are others than before. */
static int link_cause(struct out *o, size_t i, struct lw_error *reterr)
{
	const struct lw_engine_link *x = &o->e->link[i];
	const char *id = o->e->fabric->links[i].id;
	struct lw_said *said = about(o, "cause", id);
	struct lw_mono settled = lw_mono_add(x->since, lw_ms(LW_ENGINE_SETTLE_MS));
	struct lw_diagnosis *d;
	uint64_t digest = 0;
	int r;

	if (!said)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	tell_held(o, said, "link", id);
	/* what is on its way, or was only just lost, has no settled cause; and looking costs */
	if (x->state == LW_LINK_STARTING || lw_mono_before(o->e->now, settled) ||
	    (said->seen && lw_mono_before(o->e->now, lw_mono_add(said->at, lw_ms(1000)))))
		return 0;
	said->seen = true;
	said->at = o->e->now;
	d = lw_arena_alloc(o->arena, sizeof(*d));
	r = d ? lw_why(o->e, i, o->s->host, o->arena, d, reterr)
	      : lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (r)
		return r;
	for (size_t k = 0; k < d->cause_n; k++)
		digest = lw_digest(digest ^ d->cause[k].place, d->cause[k].name,
				   strlen(d->cause[k].name) + 1);
	if (digest == said->values)
		return 0;
	if (!may_say(o, said, "link", id)) {
		said->held--; /* not lost: tried again at the next look */
		return 0;
	}
	said->values = digest;
	begin(o,
	      !d->cause_n || d->cause[0].severity == LW_INFO ? NOTICE
	      : d->cause[0].severity == LW_RISK              ? WARNING
							     : ERROR,
	      "CAUSE");
	put(o, "link", id);
	put(o, "state", lw_link_state_name(x->state));
	for (size_t k = 0; k < d->cause_n; k++) {
		put(o, "cause", d->cause[k].name);
		put(o, "at", lw_why_place(o->e, d, d->cause[k].place));
	}
	if (!d->cause_n) {
		text(o, "nothing is wrong any more with link ", id, "");
	} else {
		text(o, "link ", id, ": ");
		lw_publish_escape(o->b, d->cause[0].title, "");
		lw_buf_puts(o->b, "; do: ");
		lw_publish_escape(o->b, d->cause[0].first, "");
	}
	finish(o);
	return 0;
}

static int module(struct out *o, size_t i)
{
	const struct lw_module *m = &o->e->module[i];
	const struct lw_facts *f = &m->facts;
	const char *id = o->e->fabric->cages[i].id;
	struct lw_said *said = about(o, "module", id);
	bool known = lw_publish_known(o->s, i), gone = m->phase == LW_MODULE_ABSENT;
	uint64_t who = LW_DIGEST_START;

	if (!said)
		return LW_ENOMEM;
	tell_held(o, said, "cage", id);
	if (known) {
		who = lw_digest(who, f->vendor_name, strlen(f->vendor_name) + 1);
		who = lw_digest(who, f->vendor_pn, strlen(f->vendor_pn) + 1);
		who = lw_digest(who, f->vendor_sn, strlen(f->vendor_sn) + 1);
	}
	if (known && (!said->live || said->values != who)) {
		if (may_say(o, said, "cage", id)) {
			begin(o, NOTICE, "MODULEIN");
			put(o, "cage", id);
			put(o, "vendor", f->vendor_name);
			put(o, "pn", f->vendor_pn);
			put(o, "sn", f->vendor_sn);
			text(o, "a module was identified in ", id, "");
			finish(o);
		}
		said->live = true;
		said->values = who;
	} else if (gone && said->live) {
		if (may_say(o, said, "cage", id)) {
			begin(o, WARNING, "MODULEOUT");
			put(o, "cage", id);
			text(o, "no module answers any more in ", id, "");
			finish(o);
		}
		said->live = false;
	}
	return 0;
}

static int say(struct out *o, struct lw_error *reterr)
{
	int r = 0;

	for (size_t i = 0; !r && i < o->e->fabric->cage_n; i++)
		if (lw_publish_has_cage(o->s, i))
			r = module(o, i);
	for (size_t i = 0; !r && i < o->e->fabric->link_n; i++)
		if (lw_publish_has_link(o->s, i))
			r = link_state(o, i);
	if (r)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < o->e->fabric->link_n; i++)
		if (lw_publish_has_link(o->s, i))
			r = link_cause(o, i, reterr);
	return r;
}

int lw_publish_syslog(const struct lw_publish_source *s, struct lw_publish_memory *m,
		      struct lw_buf *ret, struct lw_error *reterr)
{
	struct lw_arena arena;
	struct out o = {.s = s, .e = s->engine, .m = m, .b = ret, .arena = &arena};
	int r = m ? 0 : lw_publish_memory_create(&o.m, reterr);

	if (r)
		return r;
	lw_arena_init(&arena, 0);
	r = say(&o, reterr);
	lw_arena_finish(&arena);
	if (!m)
		lw_publish_memory_destroy(o.m);
	return r;
}
