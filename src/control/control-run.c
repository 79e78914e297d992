/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying a plan out: write, read back, wait. Time is passed in; nothing sleeps. */
#include "control-internal.h"
#include <lanewise/module.h>
#include <stdio.h>
#include <string.h>

const char *lw_control_outcome_name(enum lw_control_outcome o)
{
	static const char *const names[] = {"busy", "done", "ignored", "refused", "late", "lost"};

	return (unsigned)o < sizeof(names) / sizeof(names[0]) ? names[o] : "lost";
}

int lw_read_span(struct lw_bus *bus, struct lw_image *memory, const struct lw_span *span, bool poll,
		 struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(memory->map, NULL)[span->slot];
	struct lw_addr a = {
		.i2c = s->i2c, .bank = span->bank, .page = s->page, .byte = span->first};
	uint8_t bytes[128];
	size_t n = span->last - span->first + 1u;
	int r;

	bus->polling = poll;
	r = lw_bus_read(bus, a, bytes, n, reterr);
	bus->polling = false;
	if (r)
		return r;
	memcpy(&memory->slot[span->bank][span->slot][span->first & 0x7f], bytes, n);
	memory->present[span->bank][span->slot] = 1;
	return 0;
}

int lw_read_fields(struct lw_bus *bus, struct lw_image *memory, const uint16_t *ids, size_t n,
		   unsigned bank, struct lw_error *reterr)
{
	struct lw_span span[LW_SLOTS_MAX];
	size_t spans = LW_SLOTS_MAX;
	int r = lw_map_plan(memory->map, ids, n, bank, 128, 128, span, &spans, reterr);

	for (size_t i = 0; !r && i < spans; i++)
		r = lw_read_span(bus, memory, &span[i], false, reterr);
	return r;
}

unsigned lw_banks_of(const struct lw_image *memory, const struct lw_facts *facts)
{
	if (memory->map != LW_MAP_CMIS || facts->banks == LW_NONE || facts->banks < 1)
		return 1;
	return facts->banks < LW_BANKS_MAX ? (unsigned)facts->banks : LW_BANKS_MAX;
}

/* What planning looks at besides the settings. */
static const uint16_t cmis_status[] = {
	LW_CMIS_MODULE_STATE,           LW_CMIS_LOW_PWR_REQUEST_SW,    LW_CMIS_DP_DEINIT_LANE,
	LW_CMIS_DP_STATE_HOST_LANE,     LW_CMIS_OUTPUT_STATUS_RX,      LW_CMIS_OUTPUT_STATUS_TX,
	LW_CMIS_CONFIG_STATUS_LANE,     LW_CMIS_ACS_APP_SEL_CODE_LANE, LW_CMIS_ACS_DPIDX_LANE,
	LW_CMIS_SCS0_APP_SEL_CODE_LANE,
};
static const uint16_t cmis_tune[] = {
	LW_CMIS_GRID_SUPPORTED_75GHZ,   LW_CMIS_PROG_OUTPUT_POWER_MAX,
	LW_CMIS_GRID_SPACING_TX,        LW_CMIS_CHANNEL_NUMBER_TX,
	LW_CMIS_FINE_TUNING_OFFSET_TX,  LW_CMIS_CURRENT_LASER_FREQUENCY_TX,
	LW_CMIS_TARGET_OUTPUT_POWER_TX, LW_CMIS_TUNING_IN_PROGRESS_TX,
};
static const uint16_t sff8636_status[] = {LW_SFF8636_DATA_NOT_READY, LW_SFF8636_POWER_OVERRIDE,
					  LW_SFF8636_MAX_TX_INPUT_EQ, LW_SFF8636_RX_AMPLITUDE,
					  LW_SFF8636_HOST_FEC_SUPPORTED};
static const uint16_t sff8472_status[] = {
	LW_SFF8472_POWER_LEVEL_SELECT, LW_SFF8472_TX_SQUELCH_METHOD,
	LW_SFF8472_MAX_RX_EQ_PRE_CURSOR, LW_SFF8472_SOFT_TX_DISABLE};
static const uint16_t sff8472_tune[] = {
	LW_SFF8472_TUNABLE_BY_CHANNEL, LW_SFF8472_LASER_FIRST_FREQ_THZ, LW_SFF8472_MIN_GRID_SPACING,
	LW_SFF8472_CHANNEL_NUMBER,     LW_SFF8472_WAVELENGTH_SET,       LW_SFF8472_TX_TUNING};

#define IDS_MAX 128

/* Append what the module can have: pages that it does not have are not asked for. */
static size_t add_ids(uint16_t ids[IDS_MAX], size_t n, const uint16_t *more, size_t more_n)
{
	for (size_t i = 0; i < more_n && n < IDS_MAX; i++)
		ids[n++] = more[i];
	return n;
}

#define ADD_IDS(ids, n, more) add_ids(ids, n, more, sizeof(more) / sizeof((more)[0]))

static size_t add_settings(uint16_t ids[IDS_MAX], size_t n, const struct lw_image *memory,
			   const struct lw_facts *facts)
{
	const struct lw_field *f = lw_map_fields(memory->map, NULL);
	const struct lw_control_setting *s;

	for (size_t i = 0; (s = lw_control_setting_at(memory->map, i)); i++) {
		if (f[s->field].access == LW_WO)
			continue;
		if (memory->map == LW_MAP_SFF8636 && facts->flat_memory &&
		    f[s->field].slot != LW_SFF8636_SLOT_L)
			continue;
		n = add_ids(ids, n, &s->field, 1);
		if (s->active >= 0)
			n = add_ids(ids, n, &(uint16_t){(uint16_t)s->active}, 1);
	}
	return n;
}

static bool says(const struct lw_image *memory, unsigned id)
{
	struct lw_view v;
	int64_t raw;

	lw_image_view(memory, &v);
	return !lw_field_get(&lw_map_fields(memory->map, NULL)[id], 0, &v, &raw) && raw == 1;
}

int lw_control_look(struct lw_bus *bus, struct lw_image *memory, const struct lw_facts *facts,
		    struct lw_error *reterr)
{
	uint16_t ids[IDS_MAX];
	size_t n = 0;
	int r = 0;

	if (memory->map == LW_MAP_CMIS && facts->flat_memory)
		return lw_read_fields(bus, memory, cmis_status, 1, 0, reterr); /* its state */
	if (memory->map == LW_MAP_SFF8472 && facts->ddm_implemented != 1)
		return 0;
	n = add_settings(ids, n, memory, facts);
	if (memory->map == LW_MAP_CMIS) {
		n = ADD_IDS(ids, n, cmis_status);
		if (says(memory, LW_CMIS_TRANSMITTER_IS_TUNABLE))
			n = ADD_IDS(ids, n, cmis_tune);
	} else if (memory->map == LW_MAP_SFF8636) {
		/* the first two lie in the lower half, the others on page 03h */
		n = add_ids(ids, n, sff8636_status, facts->flat_memory ? 2 : 5);
	} else {
		n = ADD_IDS(ids, n, sff8472_status);
		if (says(memory, LW_SFF8472_TUNABLE))
			n = ADD_IDS(ids, n, sff8472_tune);
	}
	for (unsigned bank = 0; !r && bank < lw_banks_of(memory, facts); bank++)
		r = lw_read_fields(bus, memory, ids, n, bank, reterr);
	return r;
}

void lw_control_start(struct lw_control *c, struct lw_bus *bus, struct lw_image *memory,
		      const struct lw_control_plan *plan, struct lw_mono now)
{
	*c = (struct lw_control){
		.bus = bus, .memory = memory, .plan = plan, .since = now, .due = now};
}

/* The bytes of a field that hold the lanes of a step. */
static struct lw_span span_of(const struct lw_control_step *s)
{
	const struct lw_field *f = s->field;
	uint32_t lanes = s->lanes >> s->addr.bank * LW_BANK_LANES & 0xff;
	unsigned base = s->addr.byte & 0x80u, first = 127, last = 0;

	for (unsigned i = 0; i < f->lanes; i++) {
		unsigned byte, shift, end;

		if (s->lanes && !(lanes >> i & 1))
			continue;
		lw_field_place(f, i, &byte, &shift);
		end = byte + (f->width + 7u) / 8u - 1u;
		first = byte < first ? byte : first;
		last = end > last ? end : last;
	}
	return (struct lw_span){f->slot, s->addr.bank, (uint8_t)(base + first),
				(uint8_t)(base + last)};
}

enum look { NOT_YET, HOLDS, BAD };

static enum look judge_lane(const struct lw_control_step *s, int64_t raw)
{
	if (!s->until)
		return raw >= s->value - s->slack && raw <= s->value + s->slack ? HOLDS : NOT_YET;
	if (raw < 0 || raw > 31 || !(s->until >> raw & 1))
		return NOT_YET;
	return s->good >> raw & 1 ? HOLDS : BAD;
}

/* All lanes must hold; a bad one counts once none is left to wait for. `ret_lane` is the culprit.
 */
static enum look judge(const struct lw_control *c, const struct lw_control_step *s,
		       unsigned *ret_lane, int64_t *ret_raw)
{
	static const enum look worst[] = {NOT_YET, BAD};
	uint32_t lanes = s->lanes ? s->lanes : 1;
	struct lw_view v;

	lw_image_view(c->memory, &v);
	for (size_t k = 0; k < 2; k++)
		for (unsigned i = 0; i < 32; i++) {
			int64_t raw;

			if (!(lanes >> i & 1) || lw_field_get(s->field, i, &v, &raw))
				continue;
			if (judge_lane(s, raw) != worst[k])
				continue;
			*ret_lane = i;
			*ret_raw = raw;
			return worst[k];
		}
	return HOLDS;
}

static struct lw_mono end(struct lw_control *c, enum lw_control_outcome outcome)
{
	c->outcome = outcome;
	return c->due = LW_NEVER;
}

/* "dp_state_host_lane of lane 3 is DPInit" */
static void describe(const struct lw_control_step *s, unsigned lane, int64_t raw, char *ret,
		     size_t size)
{
	char number[32], of[24] = "";

	if (s->lanes)
		snprintf(of, sizeof(of), " of lane %u", lane + 1);
	if (s->field->kind == LW_KIND_CODE)
		snprintf(ret, size, "%s%s is %s", s->field->name, of,
			 lw_code_text((enum lw_code_table)s->field->codes, (unsigned)raw, number,
				      sizeof(number)));
	else
		snprintf(ret, size, "%s%s is %lld", s->field->name, of, (long long)raw);
}

static struct lw_mono refused(struct lw_control *c, const struct lw_control_step *s, unsigned lane,
			      int64_t raw)
{
	const struct lw_refusal *why = NULL;
	char text[128];

	if (s->field->map == LW_MAP_CMIS && s->field->id == LW_CMIS_CONFIG_STATUS_LANE)
		why = lw_refusal_find((unsigned)raw);
	describe(s, lane, raw, text, sizeof(text));
	lw_fail(&c->error, LW_EIO, "the module refused: %s", why ? why->reason : text);
	return end(c, LW_CONTROL_REFUSED);
}

/* A wait without a limit is a question: it has one answer. */
static struct lw_mono late(struct lw_control *c, const struct lw_control_step *s, unsigned lane,
			   int64_t raw)
{
	char text[128];

	describe(s, lane, raw, text, sizeof(text));
	if (!s->limit.ns) {
		lw_fail(&c->error, LW_EIO, "the module did not take it: %s", text);
		return end(c, LW_CONTROL_IGNORED);
	}
	lw_fail(&c->error, LW_ETIMEDOUT, "waited %lld ms until %s, but %s",
		(long long)(s->limit.ns / 1000000), s->why, text);
	return end(c, LW_CONTROL_LATE);
}

static struct lw_mono poll_pause(struct lw_mono limit)
{
	int64_t ms = limit.ns / 1000000 / LW_POLL_MOST_MS;

	return lw_ms(ms < LW_POLL_LEAST_MS  ? LW_POLL_LEAST_MS
		     : ms > LW_POLL_MOST_MS ? LW_POLL_MOST_MS
					    : ms);
}

static bool is_over(const struct lw_control *c, struct lw_mono limit, struct lw_mono now)
{
	return lw_mono_before(lw_mono_add(c->since, lw_mono_add(limit, lw_ms(LW_POLL_SLACK_MS))),
			      now);
}

/*
 * The bus failed. A module that restarts may be silent until the step's limit; a busy one refuses
 * for a while; anything else is the end.
 */
static struct lw_mono failed(struct lw_control *c, const struct lw_control_step *s,
			     struct lw_mono now, const struct lw_error *e)
{
	if (s->kind == LW_CONTROL_WAIT && s->silent && !is_over(c, s->limit, now))
		return c->due = lw_mono_add(now, lw_ms(LW_POLL_MOST_MS));
	if (e->code == LW_ENACK && ++c->nacks <= LW_NACK_MOST_MS / LW_NACK_PAUSE_MS)
		return c->due = lw_mono_add(now, lw_ms(LW_NACK_PAUSE_MS));
	c->error = *e;
	return end(c, LW_CONTROL_LOST);
}

static void next(struct lw_control *c, struct lw_mono now)
{
	c->step++;
	c->written = false;
	c->nacks = 0;
	c->since = c->due = now;
	/* told to reset, a module may still answer for a moment */
	if (c->step < c->plan->n && c->plan->step[c->step].silent)
		c->due = lw_mono_add(now, lw_ms(LW_WAIT_RESET_MS));
}

static bool is_read_back(const struct lw_control_step *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->mask[i])
			return true;
	return false;
}

/* @return an error of the bus, for failed() */
static int do_write(struct lw_control *c, const struct lw_control_step *s, struct lw_mono now,
		    struct lw_error *e)
{
	struct lw_span span = {s->field->slot, s->addr.bank, s->addr.byte,
			       (uint8_t)(s->addr.byte + s->n - 1u)};
	const uint8_t *got = &c->memory->slot[s->addr.bank][s->field->slot][s->addr.byte & 0x7f];
	int r;

	if (!c->written) {
		r = lw_bus_write(c->bus, s->addr, s->data, s->n, e);
		if (r)
			return r;
		c->written = true;
		c->nacks = 0;
	}
	if (is_read_back(s)) {
		r = lw_read_span(c->bus, c->memory, &span, false, e);
		if (r)
			return r;
		for (unsigned i = 0; i < s->n; i++) {
			if (((got[i] ^ s->data[i]) & s->mask[i]) == 0)
				continue;
			lw_fail_at(&c->error, LW_EIO, s->addr.page, s->addr.byte + (int)i,
				   "the module did not take %s: wrote %02Xh, reads %02Xh",
				   s->field->name, s->data[i], got[i]);
			end(c, LW_CONTROL_IGNORED);
			return 0;
		}
	}
	next(c, now);
	return 0;
}

static int do_wait(struct lw_control *c, const struct lw_control_step *s, struct lw_mono now,
		   struct lw_error *e)
{
	struct lw_span span = span_of(s);
	unsigned lane = 0;
	int64_t raw = 0;
	int r = s->seen ? 0 : lw_read_span(c->bus, c->memory, &span, true, e);

	if (r)
		return r;
	c->nacks = 0;
	if (s->kind == LW_CONTROL_CLEAR) {
		next(c, now);
		return 0;
	}
	switch (judge(c, s, &lane, &raw)) {
	case HOLDS:
		next(c, now);
		break;
	case BAD:
		refused(c, s, lane, raw);
		break;
	case NOT_YET:
		if (!s->limit.ns || is_over(c, s->limit, now))
			late(c, s, lane, raw);
		else
			c->due = lw_mono_add(now, poll_pause(s->limit));
		break;
	}
	return 0;
}

static void pause_for(struct lw_control *c, struct lw_mono time, struct lw_mono now)
{
	c->due = lw_mono_add(c->since, time);
	if (!lw_mono_before(now, c->due))
		next(c, now);
}

struct lw_mono lw_control_run(struct lw_control *c, struct lw_mono now)
{
	while (c->outcome == LW_CONTROL_BUSY && !lw_mono_before(now, c->due)) {
		const struct lw_control_step *s = &c->plan->step[c->step];
		struct lw_error e;
		int r;

		if (c->step == c->plan->n)
			return end(c, LW_CONTROL_DONE);
		if (s->kind == LW_CONTROL_PAUSE) {
			pause_for(c, s->limit, now);
			continue;
		}
		r = s->kind == LW_CONTROL_WRITE ? do_write(c, s, now, &e) : do_wait(c, s, now, &e);
		if (r)
			failed(c, s, now, &e);
	}
	return c->due;
}
