/* SPDX-License-Identifier: Apache-2.0 */
/* From the engine into the file: what is new since the last look. */
#include "history-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the ids of a cage: those of the module, then each lane's. */
#define IDS (LW_MON_LANES + (LW_MON_QUANTITIES - LW_MON_LANES) * LW_LANES_MAX)

struct look {
	struct lw_history *h;
	const struct lw_engine *e;
	int64_t unix_ns, now_ms;
	struct lw_error *reterr;
};

static int64_t unix_ms(const struct look *k, struct lw_mono t)
{
	return (t.ns + k->unix_ns) / 1000000;
}

static int begin(const struct look *k)
{
	return lw_history_begin(k->h, k->now_ms, k->reterr);
}

static int add(struct lw_history *h, int64_t series, int64_t at_ms, double v,
	       struct lw_error *reterr)
{
	/* averages that were made stay as they are */
	if (at_ms < h->minute_ms || !isfinite(v))
		return 0;
	if (at_ms > h->newest_ms)
		h->newest_ms = at_ms;
	return lw_history_do(h, ADD_RAW, reterr, "iid", at_ms, series, v);
}

int lw_history_put(struct lw_history *h, const struct lw_history_key *key, int64_t at_ms,
		   double value, struct lw_error *reterr)
{
	int64_t id = 0;
	int r = 0;

	/* before, not after: what is of one moment is committed together */
	if (lw_history_due(h, at_ms))
		r = lw_history_commit(h, reterr);
	if (!r)
		r = lw_history_begin(h, at_ms, reterr);
	if (!r)
		r = lw_history_id(h, key, &id, reterr);
	if (!r)
		r = add(h, id, at_ms, value, reterr);
	return r;
}

int lw_history_put_limits(struct lw_history *h, const char *cage, const char *quantity,
			  const struct lw_limits *l, int64_t at_ms, struct lw_error *reterr)
{
	int r = lw_history_begin(h, at_ms, reterr);

	return r ? r
		 : lw_history_do(h, ADD_LIMIT, reterr, "ssdddd", cage, quantity, l->high_alarm,
				 l->high_warning, l->low_warning, l->low_alarm);
}

/* The key of reading `i` of a cage. */
static struct lw_history_key key_of(const struct lw_engine *e, size_t cage, unsigned i)
{
	unsigned lane = i < LW_MON_LANES ? 0 : (i - LW_MON_LANES) % LW_LANES_MAX;
	unsigned q = i < LW_MON_LANES ? i : LW_MON_LANES + (i - LW_MON_LANES) / LW_LANES_MAX;

	return (struct lw_history_key){e->fabric->cages[cage].id,
				       lw_quantity_name((enum lw_quantity_id)q),
				       i < LW_MON_LANES ? -1 : (int)lane};
}

static const struct lw_reading *reading(const struct lw_readings *r, unsigned i)
{
	return i < LW_MON_LANES ? &r->module[i]
				: &r->lane[(i - LW_MON_LANES) / LW_LANES_MAX]
					  [(i - LW_MON_LANES) % LW_LANES_MAX];
}

static int series_of(const struct look *k, size_t cage, unsigned i, int64_t *ret)
{
	struct seen_cage *c = &k->h->cage[cage];
	struct lw_history_key key = key_of(k->e, cage, i);
	int r = c->series[i] ? 0 : lw_history_id(k->h, &key, &c->series[i], k->reterr);

	*ret = c->series[i];
	return r;
}

static int shoot(const struct look *k, size_t cage, const struct lw_readings *r, int64_t event,
		 bool after)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < IDS; i++) {
		const struct lw_reading *v = reading(r, i);
		int64_t id;

		if (v->status != LW_VALUE_OK || !isfinite(v->value))
			continue;
		rc = series_of(k, cage, i, &id);
		if (!rc)
			rc = lw_history_do(k->h, ADD_SHOT, k->reterr, "iiid", event, (int64_t)after,
					   id, v->value);
	}
	return rc;
}

static int limits(const struct look *k, size_t cage)
{
	static const enum lw_quantity_id all[] = {LW_MON_TEMPERATURE, LW_MON_SUPPLY,
						  LW_MON_TX_POWER, LW_MON_TX_BIAS, LW_MON_RX_POWER};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(all) / sizeof(all[0]); i++) {
		struct lw_limits l = lw_monitor_limits(&k->e->module[cage].memory, all[i]);

		if (l.stated)
			r = lw_history_do(k->h, ADD_LIMIT, k->reterr, "ssdddd",
					  k->e->fabric->cages[cage].id, lw_quantity_name(all[i]),
					  l.high_alarm, l.high_warning, l.low_warning, l.low_alarm);
	}
	return r;
}

static int readings(const struct look *k, size_t cage)
{
	struct seen_cage *c = &k->h->cage[cage];
	const struct lw_readings *now = lw_engine_readings(k->e, (int)cage);
	int64_t at_ms;
	int r = 0;

	if (!now || !c->in || now->at.ns == c->readings[0].at.ns)
		return 0;
	c->readings[1] = c->readings[0];
	c->readings[0] = *now;
	at_ms = unix_ms(k, now->at);
	r = begin(k);
	if (!r && !c->limited)
		r = limits(k, cage);
	c->limited = true;
	for (unsigned i = 0; !r && i < c->after_n;) {
		if (!lw_mono_before(c->since[i], now->at)) {
			i++;
			continue;
		}
		r = shoot(k, cage, now, c->after[i], true);
		c->after_n--;
		c->after[i] = c->after[c->after_n];
		c->since[i] = c->since[c->after_n];
	}
	if (r || (at_ms >= c->kept_ms && at_ms - c->kept_ms < k->h->opt.raw_each_ms))
		return r;
	c->kept_ms = at_ms;
	for (unsigned i = 0; !r && i < IDS; i++) {
		const struct lw_reading *v = reading(now, i);
		int64_t id;

		if (v->status != LW_VALUE_OK)
			continue;
		r = series_of(k, cage, i, &id);
		if (!r)
			r = add(k->h, id, at_ms, v->value, k->reterr);
	}
	return r;
}

static int event(const struct look *k, int64_t at_ms, const char *kind, const char *subject,
		 const char *detail, int64_t flaps, int64_t *ret_id)
{
	int r = begin(k);

	if (!r)
		r = lw_history_do(k->h, ADD_EVENT, k->reterr, "isssi", at_ms, kind, subject, detail,
				  flaps);
	if (!r && ret_id)
		*ret_id = sqlite3_last_insert_rowid(k->h->db);
	return r;
}

static int module(const struct look *k, size_t cage)
{
	const struct lw_module *m = &k->e->module[cage];
	const struct lw_facts *f = &m->facts;
	struct seen_cage *c = &k->h->cage[cage];
	const char *id = k->e->fabric->cages[cage].id;
	bool known = m->phase > LW_MODULE_IDENTIFY;
	char who[64];
	int r = 0;

	if (c->in && m->phase == LW_MODULE_ABSENT) {
		c->in = c->limited = false;
		c->readings[0] = c->readings[1] = (struct lw_readings){0};
		return event(k, k->now_ms, "module-out", id, c->who, 0, NULL);
	}
	if (!known)
		return 0;
	snprintf(who, sizeof(who), "%s|%s|%s", f->vendor_name, f->vendor_pn, f->vendor_sn);
	if (c->in && strcmp(who, c->who) == 0)
		return 0;
	memcpy(c->who, who, sizeof(who));
	c->in = true;
	c->limited = false;
	r = event(k, k->now_ms, "module-in", id, who, 0, NULL);
	if (!r)
		r = lw_history_do(k->h, ADD_MODULE, k->reterr, "ssssi", id, f->vendor_name,
				  f->vendor_pn, f->vendor_sn, k->now_ms);
	return r;
}

/* The readings of both ends just before, and a note to take those afterwards. */
static int snapshot(const struct look *k, size_t link, int64_t id)
{
	const struct lw_flink *l = &k->e->fabric->links[link];
	struct lw_mono since = k->e->link[link].since;
	int r = 0;

	for (unsigned end = 0; !r && end < 2; end++) {
		size_t cage = (size_t)l->cage[end];
		struct seen_cage *c = &k->h->cage[cage];

		for (unsigned i = 0; i < 2; i++)
			if (c->readings[i].at.ns && lw_mono_before(c->readings[i].at, since)) {
				r = shoot(k, cage, &c->readings[i], id, false);
				break;
			}
		if (c->after_n < sizeof(c->after) / sizeof(c->after[0])) {
			c->after[c->after_n] = id;
			c->since[c->after_n++] = since;
		}
	}
	return r;
}

/* The lanes of a mask, from 1: " 1 2 5". */
static void put_lanes(struct lw_buf *b, const char *flag, uint32_t lanes)
{
	if (!lanes)
		return;
	lw_buf_printf(b, " %s", flag);
	for (unsigned i = 0; i < 32; i++)
		if (lanes >> i & 1)
			lw_buf_printf(b, " %u", i + 1);
}

/* Flags of the link's lanes at one end, when they are others than at the last look. */
static int flags(const struct look *k, size_t i, unsigned end)
{
	static const char *const names[] = {"rx-los", "rx-lol", "tx-fault"};
	const struct lw_flink *l = &k->e->fabric->links[i];
	struct seen_link *s = &k->h->link[i];
	int want = k->e->link[i].want[end], r;
	const struct lw_dp_report *d = want < 0 ? NULL : &k->e->module[l->cage[end]].report[want];
	const uint32_t now[] = {d ? d->rx_los : 0, d ? d->rx_lol : 0, d ? d->tx_fault : 0};
	struct lw_buf text = LW_BUF_INIT;

	if (memcmp(now, s->flag[end], sizeof(now)) == 0)
		return 0;
	memcpy(s->flag[end], now, sizeof(now));
	lw_buf_puts(&text, k->e->fabric->cages[l->cage[end]].id);
	for (unsigned n = 0; n < 3; n++)
		put_lanes(&text, names[n], now[n]);
	if (!(now[0] | now[1] | now[2]))
		lw_buf_puts(&text, " clear");
	r = text.failed ? lw_fail(k->reterr, LW_ENOMEM, "out of memory")
			: event(k, k->now_ms, "flags", s->id, lw_buf_str(&text), 0, NULL);
	lw_buf_finish(&text);
	return r;
}

static int link(const struct look *k, size_t i)
{
	const struct lw_engine_link *x = &k->e->link[i];
	struct seen_link *s = &k->h->link[i];
	bool up = x->state == LW_LINK_UP;
	int64_t flaps = s->before + x->flaps, id = 0;
	int r = 0;

	/* gone and back between two looks: both are told, the first as of its last moment up */
	if (x->flaps > s->flaps && s->up && up)
		r = event(k, unix_ms(k, x->since), "link-down", s->id, "", flaps, &id);
	else if (up != s->up)
		r = event(k, unix_ms(k, x->since),
			  up            ? "link-up"
			  : x->disabled ? "link-off"
					: "link-down",
			  s->id, "", flaps, &id);
	if (!r && id && x->flaps > s->flaps)
		r = snapshot(k, i, id);
	if (!r && x->flaps > s->flaps && s->up && up)
		r = event(k, unix_ms(k, x->since), "link-up", s->id, "", flaps, NULL);
	for (unsigned end = 0; !r && end < 2; end++)
		r = flags(k, i, end);
	s->up = up;
	s->flaps = x->flaps;
	return r;
}

/* Flaps of the runs before this one. */
static int flaps_before(const struct look *k, struct seen_link *s)
{
	sqlite3_stmt *stmt;
	int r = 0;

	if (sqlite3_prepare_v2(k->h->db, "SELECT max(flaps) FROM event WHERE subject = ?", -1,
			       &stmt, NULL) != SQLITE_OK)
		return lw_history_failed(k->h, k->reterr);
	sqlite3_bind_text(stmt, 1, s->id, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		s->before = sqlite3_column_int64(stmt, 0);
	else
		r = lw_history_failed(k->h, k->reterr);
	sqlite3_finalize(stmt);
	return r;
}

static bool same_links(const struct lw_history *h, const struct lw_fabric *f)
{
	if (h->link_n != f->link_n)
		return false;
	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(h->link[i].id, f->links[i].id) != 0)
			return false;
	return true;
}

/* A change of mode makes other links; those that stay keep what was seen of them. */
static int take_links(const struct look *k)
{
	const struct lw_fabric *f = k->e->fabric;
	struct lw_history *h = k->h;
	struct seen_link *old = h->link, *fresh;
	size_t old_n = h->link_n;
	int r = 0;

	if (same_links(h, f))
		return 0;
	fresh = calloc(f->link_n + 1, sizeof(*fresh));
	if (!fresh)
		return lw_fail(k->reterr, LW_ENOMEM, "out of memory");
	h->link = fresh;
	h->link_n = 0;
	for (size_t i = 0; !r && i < f->link_n; i++) {
		size_t j = 0;

		while (j < old_n && (!old[j].id || strcmp(old[j].id, f->links[i].id) != 0))
			j++;
		if (j < old_n) {
			fresh[i] = old[j];
			old[j].id = NULL;
		} else {
			fresh[i].id = strdup(f->links[i].id);
			r = fresh[i].id ? flaps_before(k, &fresh[i])
					: lw_fail(k->reterr, LW_ENOMEM, "out of memory");
		}
		h->link_n += fresh[i].id != NULL;
	}
	for (size_t j = 0; j < old_n; j++)
		free(old[j].id);
	free(old);
	return r;
}

static int take_cages(const struct look *k)
{
	struct lw_history *h = k->h;
	size_t n = k->e->planned->cage_n;

	if (h->engine == k->e && h->cage_n == n)
		return 0;
	for (size_t i = 0; i < h->cage_n; i++)
		free(h->cage[i].series);
	free(h->cage);
	h->cage_n = 0;
	h->cage = calloc(n + 1, sizeof(*h->cage));
	if (!h->cage)
		return lw_fail(k->reterr, LW_ENOMEM, "out of memory");
	for (; h->cage_n < n; h->cage_n++) {
		h->cage[h->cage_n].series = calloc(IDS, sizeof(int64_t));
		if (!h->cage[h->cage_n].series)
			return lw_fail(k->reterr, LW_ENOMEM, "out of memory");
	}
	h->engine = k->e;
	return 0;
}

/* What was not committed is gone: nothing that was learned from it holds. */
static void start_anew(struct lw_history *h)
{
	sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	h->open = false;
	h->engine = NULL;
}

int lw_history_record(struct lw_history *h, const struct lw_engine *e, int64_t unix_ns,
		      struct lw_error *reterr)
{
	struct look k = {h, e, unix_ns, (e->now.ns + unix_ns) / 1000000, reterr};
	int r = 0;

	if (k.now_ms + HOUR_MS < h->minute_ms)
		r = lw_history_set_back(h, k.now_ms, reterr);
	if (!r)
		r = take_cages(&k);
	if (!r)
		r = take_links(&k);
	for (size_t i = 0; !r && i < h->cage_n; i++)
		if (e->module[i].bus) {
			r = module(&k, i);
			if (!r)
				r = readings(&k, i);
		}
	for (size_t i = 0; !r && i < h->link_n; i++)
		r = link(&k, i);
	if (!r && lw_history_due(h, k.now_ms))
		r = lw_history_commit(h, reterr);
	if (r)
		start_anew(h);
	return r;
}
