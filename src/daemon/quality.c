/* SPDX-License-Identifier: Apache-2.0 */
#include "quality.h"

#include "registers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pause between two pages of one module. */
#define STEP_MS 100

static const struct {
	const char *name, *observable; /* of data/codes.csv, vdm_type */
	bool low;                      /* little of it is bad */
} kinds[LWD_QUALITIES] = {
	[LWD_SNR_MEDIA] = {"media-snr", "SNR media input", true},
	[LWD_SNR_HOST] = {"host-snr", "SNR host input", true},
	[LWD_BER_MEDIA] = {"media-ber", "Pre-FEC BER current media input", false},
	[LWD_BER_HOST] = {"host-ber", "Pre-FEC BER current host input", false},
};

const char *lwd_quality_name(enum lwd_quality_id id)
{
	return kinds[id].name;
}

int lwd_quality_init(struct lwd_quality *q, size_t cages, struct lw_arena *arena,
		     struct lw_mono now)
{
	q->n = cages;
	q->next = now;
	q->cage = lw_arena_alloc(arena, (cages + 1) * sizeof(*q->cage));
	if (!q->cage)
		return LW_ENOMEM;
	for (size_t i = 0; i < cages; i++) /* spread over the period */
		q->cage[i].due = lw_mono_add(now, (struct lw_mono){lw_ms(LWD_QUALITY_EACH_MS).ns /
								   (int64_t)cages * (int64_t)i});
	return 0;
}

void lwd_quality_finish(struct lwd_quality *q)
{
	for (size_t i = 0; q->cage && i < q->n; i++)
		free(q->cage[i].entry);
	q->cage = NULL;
}

/* Pages in the order in which they are read: what there is, then descriptors and thresholds. */
static int read_page(struct lw_module *m, unsigned slot, unsigned bank)
{
	int r = lwd_read_page(lw_module_bus(m), &lw_map_slots(LW_MAP_CMIS, NULL)[slot], bank,
			      m->memory.slot[bank][slot], NULL);

	if (!r)
		m->memory.present[bank][slot] = 1;
	return r;
}

static unsigned groups_of(const struct lw_module *m)
{
	struct lw_view view;
	int64_t raw = 0;

	lw_image_view(&m->memory, &view);
	(void)lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_VDM_SUPPORT], 0, &view, &raw);
	return (unsigned)raw + 1;
}

static unsigned banks_of(const struct lw_module *m)
{
	int n = m->facts.banks;

	return n < 1 ? 1 : n > LW_BANKS_MAX ? LW_BANKS_MAX : (unsigned)n;
}

static bool has_vdm(const struct lw_module *m)
{
	struct lw_view view;
	int64_t has = 0;

	if (m->memory.map != LW_MAP_CMIS || m->facts.flat_memory)
		return false;
	lw_image_view(&m->memory, &view);
	(void)lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_VDM_PAGES_SUPPORTED], 0, &view,
			   &has);
	return has;
}

static int kind_of(const struct lw_vdm *x)
{
	for (int i = 0; x->name && i < LWD_QUALITIES; i++)
		if (strcmp(x->name, kinds[i].observable) == 0)
			return i;
	return -1;
}

/* Keep which instances are of interest, from the descriptors that were read. */
static void choose(struct lwd_quality_cage *c, const struct lw_module *m)
{
	struct lw_view view;
	struct lw_vdm x;

	c->n = 0;
	memset(c->limits, 0, sizeof(c->limits));
	if (!c->entry)
		c->entry = calloc(LWD_QUALITY_MAX, sizeof(*c->entry));
	lw_image_view(&m->memory, &view);
	for (unsigned bank = 0; c->entry && bank < banks_of(m); bank++)
		for (unsigned i = 0; i < LW_VDM_INSTANCES && c->n < LWD_QUALITY_MAX; i++) {
			int kind = lw_vdm_decode(&view, bank, i, &x) ? kind_of(&x) : -1;
			struct lw_limits *l = kind < 0 ? NULL : &c->limits[kind];

			if (kind < 0 || x.location >= LW_LANES_MAX)
				continue;
			c->entry[c->n++] = (struct lwd_quality_entry){
				(uint8_t)kind,    (uint8_t)x.location, (uint8_t)bank,
				(uint8_t)x.group, (uint16_t)i,         (double)NAN};
			if (x.has_limits && !l->stated)
				*l = (struct lw_limits){
					true,
					kinds[kind].low ? (double)NAN : x.limit[LW_VDM_HIGH_ALARM],
					kinds[kind].low ? x.limit[LW_VDM_LOW_ALARM] : (double)NAN,
					kinds[kind].low ? (double)NAN
							: x.limit[LW_VDM_HIGH_WARNING],
					kinds[kind].low ? x.limit[LW_VDM_LOW_WARNING]
							: (double)NAN};
		}
}

/* Read the next page of what describes. @return 0 while more is to come, 1 at the end, or an error
 */
static int describe(struct lwd_quality_cage *c, struct lw_module *m)
{
	unsigned groups, at = c->step - 1;
	int r;

	if (!c->step) {
		r = has_vdm(m) ? read_page(m, LW_CMIS_SLOT_2FH, 0) : LW_ENOPAGE;
		c->step = 1;
		return r;
	}
	groups = groups_of(m);
	if (at == 2 * groups * banks_of(m)) {
		choose(c, m);
		return 1;
	}
	c->step++;
	return read_page(m, (at & 1 ? LW_CMIS_SLOT_28H : LW_CMIS_SLOT_20H) + at / 2 % groups,
			 at / 2 / groups);
}

/* Read the next page of samples that is of interest. @return as describe() */
static int sample(struct lwd_quality_cage *c, struct lw_module *m)
{
	unsigned most = LW_VDM_GROUPS * LW_BANKS_MAX;

	for (; c->step < most; c->step++)
		for (unsigned i = 0; i < c->n; i++) {
			const struct lwd_quality_entry *x = &c->entry[i];

			if (x->bank * (unsigned)LW_VDM_GROUPS + x->group != c->step)
				continue;
			c->step++;
			return read_page(m, LW_CMIS_SLOT_24H + x->group, x->bank);
		}
	return 1;
}

/* Ratios are those of paths: where none begins, what is said means nothing. */
static bool begins_path(const struct lw_module *m, unsigned lane)
{
	for (size_t i = 0; i < m->want_n; i++)
		if (m->want[i].first == lane)
			return true;
	return false;
}

static void take(struct lwd_quality_cage *c, const struct lw_module *m, const char *cage,
		 struct lw_history *h, int64_t at_ms)
{
	struct lw_view view;
	struct lw_vdm x;

	lw_image_view(&m->memory, &view);
	for (unsigned i = 0; i < c->n; i++) {
		struct lwd_quality_entry *y = &c->entry[i];
		struct lw_history_key key = {cage, kinds[y->id].name, y->lane};

		y->value = (double)NAN;
		if ((y->id < LWD_BER_MEDIA || begins_path(m, y->lane)) &&
		    lw_vdm_decode(&view, y->bank, y->instance, &x) && x.status == LW_VALUE_OK)
			y->value = x.value;
		/* what cannot be kept is said where readings are kept */
		if (h && isfinite(y->value))
			(void)lw_history_put(h, &key, at_ms, y->value, NULL);
	}
	for (unsigned k = 0; h && !c->count && k < LWD_QUALITIES; k++)
		if (c->limits[k].stated)
			(void)lw_history_put_limits(h, cage, kinds[k].name, &c->limits[k], at_ms,
						    NULL);
	c->count++;
}

static void run_cage(struct lwd_quality_cage *c, struct lw_engine *e, size_t cage,
		     struct lw_history *h, int64_t wall_ms, struct lw_mono now)
{
	struct lw_module *m = &e->module[cage];
	int r;

	c->due = lw_mono_add(now, lw_ms(LWD_QUALITY_EACH_MS));
	if (!m->bus || m->phase != LW_MODULE_REST || !e->cage[cage].known)
		return;
	if (c->identities != m->identities) {
		c->described = c->none = false;
		c->step = c->count = c->n = 0;
		c->identities = m->identities;
	}
	if (c->none)
		return;
	r = c->described ? sample(c, m) : describe(c, m);
	if (!r) {
		c->due = lw_mono_add(now, lw_ms(STEP_MS));
	} else if (r > 0 && !c->described) {
		c->described = true;
		c->none = !c->n;
		c->step = 0;
		c->due = lw_mono_add(now, lw_ms(STEP_MS));
	} else if (r > 0) {
		c->step = 0;
		take(c, m, e->fabric->cages[cage].id, h, wall_ms + now.ns / 1000000);
	} else {
		c->none = r == LW_ENOPAGE;
		c->step = 0;
	}
}

struct lw_mono lwd_quality_run(struct lwd_quality *q, struct lw_engine *e, struct lw_history *h,
			       int64_t wall_ms, struct lw_mono now)
{
	if (!q->cage)
		return LW_NEVER;
	if (lw_mono_before(now, q->next))
		return q->next;
	q->next = LW_NEVER;
	for (size_t i = 0; i < q->n; i++) {
		if (!lw_mono_before(now, q->cage[i].due))
			run_cage(&q->cage[i], e, i, h, wall_ms, now);
		q->next = lw_mono_min(q->next, q->cage[i].due);
	}
	return q->next;
}

const struct lwd_quality_cage *lwd_quality_of(const struct lwd_quality *q,
					      const struct lw_engine *e, size_t cage)
{
	const struct lwd_quality_cage *c = q && q->cage ? &q->cage[cage] : NULL;

	return c && c->count && c->identities == e->module[cage].identities && e->cage[cage].known
		       ? c
		       : NULL;
}
