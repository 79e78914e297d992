/* SPDX-License-Identifier: Apache-2.0 */
#include "registers.h"

#include "doc.h"

#include <lanewise/explain.h>
#include <string.h>
#include <strings.h>

/* A module that is known and left alone for now. */
static int look_up(const struct lw_engine *e, size_t cage, const struct lw_module **ret,
		   struct lw_error *reterr)
{
	const struct lw_module *m = &e->module[cage];
	const char *id = e->fabric->cages[cage].id;

	if (!m->bus)
		return lw_fail(reterr, LW_ENOTSUP, "%.100s is not driven by this daemon", id);
	if (m->phase == LW_MODULE_ABSENT || !e->cage[cage].known)
		return lw_fail(reterr, LW_ENOTSUP, "no module is known in %.100s", id);
	if (e->cage[cage].lent)
		return lw_fail(reterr, LW_ENOTSUP, "the module of %.100s is left alone: %s", id,
			       e->cage[cage].lent);
	if (m->phase != LW_MODULE_REST && m->phase != LW_MODULE_BACKOFF)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module of %.100s is being brought up; ask again when it rests",
			       id);
	*ret = m;
	return 0;
}

static unsigned banks_of(const struct lw_module *m, const struct lw_slot *s)
{
	int n = s->banked ? m->facts.banks : 1;

	return n < 1 ? 1 : n > LW_BANKS_MAX ? LW_BANKS_MAX : (unsigned)n;
}

/* Versatile diagnostics are one table, not fields: descriptors to masks. */
static bool is_vdm_page(enum lw_map_id map, unsigned slot)
{
	return map == LW_MAP_CMIS && slot >= LW_CMIS_SLOT_20H && slot <= LW_CMIS_SLOT_2DH;
}

static bool has_vdm(const struct lw_view *v)
{
	return v->map == LW_MAP_CMIS && v->slot[0][LW_CMIS_SLOT_20H] &&
	       v->slot[0][LW_CMIS_SLOT_24H];
}

static unsigned fields_of(enum lw_map_id map, unsigned slot)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(map, &n);
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += f[i].slot == slot && f[i].kind != LW_KIND_RESERVED;
	return count;
}

int lwd_registers_pages(const struct lw_engine *e, size_t cage, struct lw_buf *ret,
			struct lw_error *reterr)
{
	const struct lw_module *m;
	const struct lw_slot *s;
	struct lw_view view;
	struct lw_json j;
	size_t n;
	int r = look_up(e, cage, &m, reterr);

	if (r)
		return r;
	lw_image_view(&m->memory, &view);
	s = lw_map_slots(view.map, &n);
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "cage", e->fabric->cages[cage].id);
	lw_json_put_string(&j, "map", lw_map_name(view.map));
	lw_json_put_bool(&j, "vdm", has_vdm(&view));
	lw_json_key(&j, "pages");
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < n; i++) {
		enum lw_advert has = lw_view_advertises(&view, i);

		if (has == LW_ADVERT_NO || is_vdm_page(view.map, i))
			continue;
		for (unsigned bank = 0; bank < banks_of(m, &s[i]); bank++) {
			lw_json_begin_object(&j);
			lw_json_put_string(&j, "page", s[i].name);
			lw_json_put_int(&j, "bank", bank);
			lw_json_put_int(&j, "fields", fields_of(view.map, i));
			lw_json_put_bool(&j, "certain", has == LW_ADVERT_YES);
			lw_json_end_object(&j);
		}
	}
	lw_json_end_array(&j);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

int lwd_read_page(struct lw_bus *bus, const struct lw_slot *s, unsigned bank, uint8_t ret[128],
		  struct lw_error *reterr)
{
	for (unsigned from = 0, to; from < 128; from = to + 1) {
		struct lw_addr a = {s->i2c, (uint8_t)bank, s->page,
				    (uint8_t)(from + (s->upper ? 128 : 0))};
		int r;

		for (to = from; to < 128 && !s->cor[to]; to++)
			;
		r = to > from ? lw_bus_read(bus, a, ret + from, to - from, reterr) : 0;
		if (r)
			return r;
	}
	return 0;
}

static bool is_blank(const struct lw_slot *s, const uint8_t p[128])
{
	for (unsigned i = 0; i < 128; i++)
		if (s->cor[i] || p[i] != 0xff)
			return false;
	return true;
}

/* Have a page in the image, as it is now. */
static int fetch(struct lwd_registers *g, struct lw_module *m, unsigned bank, unsigned slot,
		 struct lw_mono now, struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(g->image.map, NULL)[slot];
	uint8_t page[128] = {0};
	int r = lwd_read_page(lw_module_bus(m), s, bank, page, reterr);

	g->last = now;
	if (r)
		return r;
	memcpy(g->image.slot[bank][slot], page, sizeof(page));
	g->image.present[bank][slot] = !is_blank(s, page);
	g->read[bank][slot] = now;
	return 0;
}

/* What the engine reads by itself says which fields are there; other pages that do are read once.
 */
static int fetch_deciders(struct lwd_registers *g, struct lw_module *m, unsigned slot,
			  struct lw_mono now, struct lw_error *reterr)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(g->image.map, &n);
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		const struct lw_field *need =
			f[i].slot == slot && f[i].need >= 0 ? &f[f[i].need] : NULL;
		struct lw_view view;

		if (!need || need->slot == slot || m->memory.present[0][need->slot] ||
		    g->read[0][need->slot].ns)
			continue;
		lw_image_view(&g->image, &view);
		if (lw_view_advertises(&view, need->slot) == LW_ADVERT_NO)
			continue;
		r = fetch(g, m, 0, need->slot, now, reterr);
		if (!r)
			r = fetch_deciders(g, m, need->slot, now, reterr);
	}
	return r;
}

static bool is_fresh(const struct lwd_registers *g, unsigned bank, unsigned slot,
		     struct lw_mono now)
{
	struct lw_mono at = g->read[bank][slot];

	return at.ns && lw_mono_before(now, lw_mono_add(at, lw_ms(LWD_PAGE_FRESH_MS)));
}

/* Begin anew with another module; what the engine reads by itself decides as it was read last. */
static void adopt(struct lwd_registers *g, const struct lw_module *m, struct lw_mono now)
{
	if (g->of != m || g->identities != m->identities) {
		memset(g->read, 0, sizeof(g->read));
		memset(g->image.present, 0, sizeof(g->image.present));
		g->of = m;
		g->identities = m->identities;
		g->image.map = m->memory.map;
	}
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++) {
			if (!m->memory.present[b][s] || is_fresh(g, b, s, now))
				continue;
			g->image.present[b][s] = 1;
			memcpy(g->image.slot[b][s], m->memory.slot[b][s], 128);
			g->read[b][s] = (struct lw_mono){0};
		}
}

static int refresh(struct lwd_registers *g, struct lw_module *m, unsigned bank, unsigned slot,
		   struct lw_mono now, struct lw_error *reterr)
{
	struct lw_view view;
	int r;

	adopt(g, m, now);
	lw_image_view(&g->image, &view);
	if (lw_view_advertises(&view, slot) == LW_ADVERT_NO)
		return lw_fail(reterr, LW_ENOPAGE, "the module does not have page %s",
			       lw_map_slots(view.map, NULL)[slot].name);
	if (is_fresh(g, bank, slot, now))
		return 0;
	if (g->last.ns && lw_mono_before(now, lw_mono_add(g->last, lw_ms(LWD_PAGE_EACH_MS))))
		return lw_fail(reterr, LW_ENACK, "too many pages; wait %d ms", LWD_PAGE_EACH_MS);
	r = fetch(g, m, bank, slot, now, reterr);
	return r ? r : fetch_deciders(g, m, slot, now, reterr);
}

static bool is_cleared_by_reading(const struct lw_field *f, unsigned lane)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	for (unsigned i = 0; i < (f->width + 7u) / 8u; i++)
		if (s->cor[byte + i])
			return true;
	return false;
}

/* A flag as the engine's log has it: it reads flags, and that clears them. */
static void seen(const struct lw_engine *e, size_t cage, const struct lw_field *f, unsigned lane,
		 struct lw_json *j)
{
	const struct lw_flag_entry *x = lw_flag_log_find(lw_engine_flags(e, (int)cage), f->id,
							 f->lanes > 1 ? (int)lane : -1);

	lw_json_key(j, "seen");
	lw_json_begin_object(j);
	lw_json_put_bool(j, "set", x && x->set);
	lw_json_put_int(j, "count", x ? (int64_t)x->count : 0);
	lw_json_key(j, "last_s");
	if (x)
		lw_json_number(j, (double)(x->last_seen.ns - e->started.ns) / 1e9);
	else
		lw_json_null(j);
	lw_json_end_object(j);
}

static void unread(const struct lw_engine *e, size_t cage, const struct lw_field *f, unsigned lane,
		   const struct lw_view *v, struct lw_value_memo *memo, struct lw_json *j)
{
	enum lw_value_status status = lw_value_status(f, lane, v, memo);
	bool there = status == LW_VALUE_OK || status == LW_VALUE_STALE;

	lw_field_json_keys(f, lane, j);
	lw_json_put_string(j, "raw", NULL);
	lw_json_put_string(j, "value", NULL);
	lw_json_put_string(j, "unit", NULL);
	lw_json_put_string(j, "text", NULL);
	lw_json_put_string(j, "status", there ? "not-read" : lw_value_status_name(status));
	lw_json_put_string(j, "why", NULL);
	lw_json_put_string(j, "ref", f->ref);
	seen(e, cage, f, lane, j);
}

static void fields_json(const struct lwd_registers *g, const struct lw_engine *e, size_t cage,
			unsigned bank, unsigned slot, struct lw_json *j)
{
	struct lw_value_memo memo = {0};
	struct lw_view view;
	size_t n;
	const struct lw_field *f = lw_map_fields(g->image.map, &n);
	char place[LW_PLACE_MAX];

	lw_image_view(&g->image, &view);
	lw_json_key(j, "fields");
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		for (unsigned lane = 0; f[i].slot == slot && lane < f[i].lanes; lane++) {
			unsigned all = bank * f[i].lanes + lane;

			if (f[i].kind == LW_KIND_RESERVED)
				continue;
			lw_json_begin_object(j);
			if (is_cleared_by_reading(&f[i], lane))
				unread(e, cage, &f[i], all, &view, &memo, j);
			else
				lw_value_json_keys(&f[i], all, &view, j);
			lw_json_put_string(j, "place", lw_field_place_text(&f[i], lane, place));
			lw_json_put_string(j, "doc", f[i].doc);
			lw_json_put_string(j, "access", lw_access_text(f[i].access));
			lw_json_end_object(j);
		}
	lw_json_end_array(j);
}

static int vdm_json(const struct lw_engine *e, size_t cage, struct lw_buf *ret,
		    struct lw_error *reterr)
{
	struct lw_view view;
	struct lw_json j;

	lw_image_view(&e->module[cage].memory, &view);
	if (!has_vdm(&view))
		return lw_fail(reterr, LW_ENOPAGE,
			       "the module has no versatile diagnostics, or none was read yet");
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "cage", e->fabric->cages[cage].id);
	lw_json_put_string(&j, "map", lw_map_name(view.map));
	lw_json_put_string(&j, "page", "vdm");
	lw_json_key(&j, "vdm");
	lw_vdm_json(&view, &j);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

static int find_slot(enum lw_map_id map, const char *page)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(map, &n);

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(s[i].name, page) == 0)
			return (int)i;
	return -1;
}

int lwd_registers_page(struct lwd_registers *g, struct lw_engine *e, size_t cage, const char *page,
		       unsigned bank, struct lw_mono now, struct lw_buf *ret,
		       struct lw_error *reterr)
{
	const struct lw_module *m;
	struct lw_json j;
	int slot, r = look_up(e, cage, &m, reterr);

	if (r)
		return r;
	if (strcmp(page, "vdm") == 0)
		return vdm_json(e, cage, ret, reterr);
	slot = find_slot(m->memory.map, page);
	if (slot < 0 || bank >= banks_of(m, &lw_map_slots(m->memory.map, NULL)[slot]))
		return lw_fail(reterr, LW_ENOENT, "%s has no page \"%.20s\" of bank %u",
			       lw_map_name(m->memory.map), page, bank);
	r = refresh(g, &e->module[cage], bank, (unsigned)slot, now, reterr);
	if (r)
		return r;
	if (!g->image.present[bank][slot])
		return lw_fail(reterr, LW_ENOPAGE, "page %.20s holds nothing", page);
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "cage", e->fabric->cages[cage].id);
	lw_json_put_string(&j, "map", lw_map_name(g->image.map));
	lw_json_put_string(&j, "page", lw_map_slots(g->image.map, NULL)[slot].name);
	lw_json_put_int(&j, "bank", bank);
	lw_json_put_number(&j, "read_s", (double)(g->read[bank][slot].ns - e->started.ns) / 1e9);
	fields_json(g, e, cage, bank, (unsigned)slot, &j);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

static void on_pair(void *ctx, const char *label, const char *text)
{
	lw_json_put_string(ctx, strcmp(label, "power-on") == 0 ? "power_on" : label, text);
}

static void on_list(void *ctx, const char *label)
{
	lw_json_key(ctx, label);
	lw_json_begin_object(ctx);
}

static void on_end(void *ctx)
{
	lw_json_end_object(ctx);
}

int lwd_registers_explain(const char *name, unsigned lane, struct lw_buf *ret,
			  struct lw_error *reterr)
{
	const char *dot = strchr(name, '.');
	const struct lw_field *f = NULL;
	struct lw_json j;
	struct lw_explain_to to = {&j, on_pair, on_list, on_pair, on_end};

	for (int map = LW_MAP_SFF8472; dot && map < LW_MAP_N; map++) {
		const char *id = lw_map_name((enum lw_map_id)map);

		if (strncmp(id, name, (size_t)(dot - name)) == 0 && !id[dot - name])
			f = lw_map_find((enum lw_map_id)map, dot + 1);
	}
	if (!f || lane >= f->lanes)
		return lw_fail(reterr, LW_ENOENT, "there is no field \"%.80s\" of lane %u", name,
			       lane + 1);
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "kind", "field");
	lw_json_put_string(&j, "map", lw_map_name((enum lw_map_id)f->map));
	lw_json_put_string(&j, "field", f->name);
	lw_field_explain(f, lane, &to);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}
