/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over versatile diagnostics (CMIS 5.4 8.27): freeze the statistics, read the samples, let
 * them go. Time is passed in; nothing sleeps.
 */
#include "control-internal.h"
#include "monitor-internal.h"
#include <stdio.h>
#include <string.h>

static const struct lw_field *field(unsigned id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static int64_t get(const struct lw_vdm_pass *p, unsigned id)
{
	struct lw_view v;
	int64_t raw;

	lw_image_view(p->memory, &v);
	return lw_field_get(field(id), 0, &v, &raw) ? -1 : raw;
}

int lw_vdm_pass_start(struct lw_vdm_pass *p, struct lw_bus *bus, struct lw_image *memory,
		      const struct lw_facts *facts, struct lw_mono now, struct lw_error *reterr)
{
	bool again = p->memory == memory && p->bus == bus && p->groups;
	struct lw_view v;
	int64_t has = 0;

	lw_image_view(memory, &v);
	if (memory->map != LW_MAP_CMIS)
		return lw_fail(reterr, LW_ENOTSUP, "only CMIS modules have versatile diagnostics");
	if (!facts->flat_memory)
		(void)lw_field_get(field(LW_CMIS_VDM_PAGES_SUPPORTED), 0, &v, &has);
	if (!has)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module has no versatile diagnostics (vdm_pages_supported, CMIS "
			       "5.4 01h 142)");
	*p = (struct lw_vdm_pass){.bus = bus,
				  .memory = memory,
				  .phase = again ? LW_VDM_FREEZE : LW_VDM_DESCRIBE,
				  .groups = again ? p->groups : 0,
				  .banks = lw_banks_of(memory, facts),
				  .since = now,
				  .due = now};
	return 0;
}

static int read_page(struct lw_vdm_pass *p, unsigned slot, unsigned bank, struct lw_error *e)
{
	struct lw_span span = {(uint8_t)slot, (uint8_t)bank, 128, 255};

	return lw_read_span(p->bus, p->memory, &span, false, e);
}

/* The control page, then of each group its descriptors and thresholds. */
static int describe(struct lw_vdm_pass *p, struct lw_error *e)
{
	static const uint16_t control[] = {LW_CMIS_VDM_SUPPORT, LW_CMIS_FREEZE_REQUEST,
					   LW_CMIS_FREEZE_DONE};
	int r = lw_read_fields(p->bus, p->memory, control, 3, 0, e);
	unsigned groups = r ? 0 : (unsigned)get(p, LW_CMIS_VDM_SUPPORT) + 1u;

	for (unsigned bank = 0; !r && bank < p->banks; bank++)
		for (unsigned g = 0; !r && g < groups; g++) {
			r = read_page(p, LW_CMIS_SLOT_20H + g, bank, e);
			if (!r)
				r = read_page(p, LW_CMIS_SLOT_28H + g, bank, e);
		}
	if (!r)
		p->groups = (uint8_t)groups;
	return r;
}

/* The samples, and the states that say which of them are to be believed. */
static int read_samples(struct lw_vdm_pass *p, struct lw_error *e)
{
	const uint16_t *states;
	size_t n = lw_monitor_states(LW_MAP_CMIS, &states);
	int r = 0;

	for (unsigned bank = 0; !r && bank < p->banks; bank++) {
		r = lw_read_fields(p->bus, p->memory, states, n, bank, e);
		for (unsigned g = 0; !r && g < p->groups; g++)
			r = read_page(p, LW_CMIS_SLOT_24H + g, bank, e);
	}
	return r;
}

static int request(struct lw_vdm_pass *p, bool freeze, struct lw_error *e)
{
	const struct lw_field *f = field(LW_CMIS_FREEZE_REQUEST);
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[f->slot];
	uint8_t *page = p->memory->slot[0][f->slot];
	struct lw_addr a = {.i2c = s->i2c, .page = s->page, .byte = f->byte};

	(void)lw_field_put(f, 0, freeze, page, NULL);
	return lw_bus_write(p->bus, a, &page[f->byte & 0x7f], 1, e);
}

static int poll_done(struct lw_vdm_pass *p, unsigned id, bool *ret, struct lw_error *e)
{
	const struct lw_field *f = field(id);
	struct lw_span span = {f->slot, 0, f->byte, f->byte};
	int r = lw_read_span(p->bus, p->memory, &span, true, e);

	*ret = !r && get(p, id) == 1;
	return r;
}

static void enter(struct lw_vdm_pass *p, enum lw_vdm_phase phase, struct lw_mono now)
{
	p->phase = phase;
	p->asked = false;
	p->nacks = 0;
	p->since = p->due = now;
}

/* Ask for it, then look until it is done. A module that is late is not waited for for ever. */
static int freeze(struct lw_vdm_pass *p, bool on, struct lw_mono now, struct lw_error *e)
{
	struct lw_mono end = lw_mono_add(p->since, lw_ms(LW_WAIT_VDM_MS + LW_POLL_SLACK_MS));
	bool done;
	int r;

	if (!p->asked) {
		r = request(p, on, e);
		p->asked = !r;
		p->due = r ? p->due : lw_mono_add(now, lw_ms(LW_POLL_LEAST_MS));
		return r;
	}
	r = poll_done(p, on ? LW_CMIS_FREEZE_DONE : LW_CMIS_UNFREEZE_DONE, &done, e);
	if (r)
		return r;
	if (done)
		enter(p, on ? LW_VDM_SAMPLE : LW_VDM_DONE, now);
	else if (lw_mono_before(end, now))
		return lw_fail(e, LW_ETIMEDOUT,
			       "the module did not %s its diagnostics within %d ms",
			       on ? "freeze" : "let go of", LW_WAIT_VDM_MS);
	else
		p->due = lw_mono_add(now, lw_ms(LW_POLL_LEAST_MS));
	return 0;
}

/* A busy module is asked again; after anything else the samples are let go and the pass ends. */
static void failed(struct lw_vdm_pass *p, struct lw_mono now, const struct lw_error *e)
{
	if (e->code == LW_ENACK && ++p->nacks <= LW_NACK_MOST_MS / LW_NACK_PAUSE_MS) {
		p->due = lw_mono_add(now, lw_ms(LW_NACK_PAUSE_MS));
		return;
	}
	if (p->phase == LW_VDM_SAMPLE || (p->phase == LW_VDM_FREEZE && p->asked))
		(void)request(p, false, NULL);
	p->error = *e;
	p->phase = LW_VDM_FAILED;
}

struct lw_mono lw_vdm_pass_run(struct lw_vdm_pass *p, struct lw_mono now)
{
	while (p->phase < LW_VDM_DONE && !lw_mono_before(now, p->due)) {
		struct lw_error e;
		int r = 0;

		switch (p->phase) {
		case LW_VDM_DESCRIBE:
			r = describe(p, &e);
			if (!r)
				enter(p, LW_VDM_FREEZE, now);
			break;
		case LW_VDM_FREEZE:
			r = freeze(p, true, now, &e);
			break;
		case LW_VDM_SAMPLE:
			r = read_samples(p, &e);
			if (!r)
				enter(p, LW_VDM_UNFREEZE, now);
			break;
		default:
			r = freeze(p, false, now, &e);
			break;
		}
		if (r)
			failed(p, now, &e);
	}
	return p->phase < LW_VDM_DONE ? p->due : LW_NEVER;
}
