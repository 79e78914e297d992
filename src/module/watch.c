/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

struct seen {
	uint8_t dp_state[LW_LANES_MAX];
	uint32_t los, lol, fault; /* media lanes */
	bool lost;                /* what was set is gone: it started anew, or is another one */
};

bool lw_report_set(struct lw_module *m, size_t i, enum lw_dp_health health, const char *reason,
		   const char *next, struct lw_mono now)
{
	struct lw_dp_report *r = &m->report[i];
	bool changed = r->health != health;

	if (changed)
		r->since = now;
	r->health = health;
	r->reason = reason;
	r->next = next;
	return changed;
}

static uint32_t lanes_get(const struct lw_module *m, unsigned id)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	unsigned lanes = f->lanes;
	uint32_t mask = 0;

	if (m->memory.map == LW_MAP_CMIS)
		lanes = lw_plan_lanes(&m->facts);
	if (f->lanes == LW_BANK_LANES && f->width == 1 &&
	    f->stride == 1) { /* a byte of each bank */
		for (unsigned i = 0; i < lanes; i += LW_BANK_LANES)
			mask |= (uint32_t)lw_module_byte(m, id, i) << i;
		return mask;
	}
	for (unsigned i = 0; i < lanes; i++)
		if (lw_module_get(m, id, i))
			mask |= UINT32_C(1) << i;
	return mask;
}

static void take_states(struct lw_module *m, struct seen *ret)
{
	for (unsigned i = 0; i < lw_plan_lanes(&m->facts); i++)
		m->state.dp_state[i] = ret->dp_state[i] =
			(uint8_t)lw_module_get(m, LW_CMIS_DP_STATE_HOST_LANE, i);
}

/* One block of each bank: states and the flags beside them, asked for knowingly (reading clears
 * them). */
static int see_cmis(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	unsigned lanes = lw_plan_lanes(&m->facts);
	int r = 0;

	for (unsigned b = 0; !r && b < lanes / LW_BANK_LANES; b++)
		r = lw_module_read_bank(m, b, LW_CMIS_SLOT_11H, f[LW_CMIS_DP_STATE_HOST_LANE].byte,
					f[LW_CMIS_OUTPUT_STATUS_CHANGED_FLAG_RX].byte, true,
					reterr);
	if (r)
		return r;
	take_states(m, ret);
	ret->los = lanes_get(m, LW_CMIS_LOS_FLAG_RX);
	ret->lol = lanes_get(m, LW_CMIS_CDR_LOL_FLAG_RX);
	ret->fault = lanes_get(m, LW_CMIS_FAILURE_FLAG_TX);
	return 0;
}

/* Did a path leave the state that it was brought to, or fall back on its way there? */
static bool fell(unsigned before, unsigned now)
{
	return now != before && (before == LW_CMIS_DP_ACTIVATED || now == LW_CMIS_DP_DEACTIVATED);
}

/* The banks of links whose path seems to have left the state that it was in. */
static unsigned left_banks(const struct lw_module *m, const struct seen *s, uint32_t down)
{
	unsigned banks = 0;

	for (size_t i = 0; i < m->want_n; i++) {
		const struct lw_want *w = &m->want[i];
		const struct lw_dp_report *d = &m->report[i];

		if (d->health != LW_DP_UP || down >> w->first & 1)
			continue;
		for (unsigned k = w->first; k < (unsigned)w->first + w->lanes; k++)
			if (fell(d->dp_state, s->dp_state[k]))
				banks |= 1u << k / LW_BANK_LANES;
	}
	return banks;
}

/* A wrong bit on the bus is no end of a path: that must be read twice. Of the states alone, the
 * flags beside them were cleared by the first look. */
static int look_twice(struct lw_module *m, uint32_t down, struct seen *ret, struct lw_error *reterr)
{
	int r = 0;

	m->again |= (uint8_t)left_banks(m, ret, down);
	for (unsigned b = 0; !r && b < LW_BANKS_MAX; b++)
		if (m->again >> b & 1)
			r = lw_module_read_states(m, b, reterr);
	if (!r && m->again & LW_AGAIN_BANKS)
		take_states(m, ret);
	return r;
}

/* Is the control that a step writes other than at the look before? */
static bool differs(const struct lw_module_state *a, const struct lw_module_state *b,
		    enum lw_map_id map, const struct lw_step *s)
{
	if (map == LW_MAP_SFF8472)
		return a->sfp_control != b->sfp_control;
	if (s->field->id == LW_SFF8636_TX_DISABLE)
		return a->tx_disable != b->tx_disable;
	return a->power != b->power;
}

/*
 * The SFF maps have no states that tell when a module started anew, by itself or because it is
 * another one: but then it is not ready, or a control is other than at the last look and a plan
 * would write it. One that never took what was written shows the same at every look: it is left
 * alone.
 */
static int note_controls(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	const struct lw_module_state before = m->state;
	struct lw_plan plan;
	int r;

	m->state.not_ready =
		lw_module_get(m,
			      m->memory.map == LW_MAP_SFF8636 ? LW_SFF8636_DATA_NOT_READY
							      : LW_SFF8472_DATA_NOT_READY,
			      0);
	lw_module_controls(m, &m->state);
	ret->lost = m->state.not_ready && !before.not_ready;
	r = lw_module_missing(m, &plan, reterr);
	for (unsigned i = 0; !r && i < plan.n; i++)
		ret->lost |= plan.step[i].kind == LW_STEP_WRITE &&
			     differs(&before, &m->state, m->memory.map, &plan.step[i]);
	if (ret->lost)
		m->state = before; /* until a new plan is made, every look shall find it lost */
	return r;
}

/* The same, once more where something seems to be lost: a wrong bit on the bus looks like that too.
 * @param read  reads what it is judged by, without flags */
static int note_controls_twice(struct lw_module *m, struct seen *ret,
			       int (*read)(struct lw_module *, struct lw_error *),
			       struct lw_error *reterr)
{
	int r = note_controls(m, ret, reterr);

	if (r || !(ret->lost || m->again & LW_AGAIN_STATE))
		return r;
	m->again |= LW_AGAIN_STATE;
	ret->lost = false;
	r = read(m, reterr);
	return r ? r : note_controls(m, ret, reterr);
}

static int read_controls_8636(struct lw_module *m, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_SFF8636, NULL);
	unsigned ready = f[LW_SFF8636_DATA_NOT_READY].byte;
	int r = lw_module_read(m, LW_SFF8636_SLOT_L, ready, ready, true, reterr);

	return r ? r
		 : lw_module_read(m, LW_SFF8636_SLOT_L, f[LW_SFF8636_TX_DISABLE].byte,
				  f[LW_SFF8636_POWER_OVERRIDE].byte, true, reterr);
}

static int read_controls_8472(struct lw_module *m, struct lw_error *reterr)
{
	unsigned byte = lw_map_fields(LW_MAP_SFF8472, NULL)[LW_SFF8472_SOFT_TX_DISABLE].byte;

	return lw_module_read(m, LW_SFF8472_SLOT_A2, byte, byte, true, reterr);
}

static int see_sff8636(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_SFF8636, NULL);
	int r = lw_module_read(m, LW_SFF8636_SLOT_L, f[LW_SFF8636_DATA_NOT_READY].byte,
			       f[LW_SFF8636_RX_CDR_LOL].byte, true, reterr);

	if (r)
		return r;
	ret->los = lanes_get(m, LW_SFF8636_RX_LOS);
	ret->lol = lanes_get(m, LW_SFF8636_RX_CDR_LOL);
	ret->fault = lanes_get(m, LW_SFF8636_TX_FAULT);
	/* Between flags and controls are flags of monitors, which reading would clear. */
	r = lw_module_read(m, LW_SFF8636_SLOT_L, f[LW_SFF8636_TX_DISABLE].byte,
			   f[LW_SFF8636_POWER_OVERRIDE].byte, true, reterr);
	return r ? r : note_controls_twice(m, ret, read_controls_8636, reterr);
}

static int see_sff8472(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_SFF8472, NULL);
	unsigned byte = f[LW_SFF8472_RX_LOS_STATE].byte;
	int r;

	if (m->facts.ddm_implemented != 1) {
		/* nothing to see, but the module must still answer */
		r = lw_module_read(m, LW_SFF8472_SLOT_A0, 0, 0, true, reterr);
		return r;
	}
	r = lw_module_read(m, LW_SFF8472_SLOT_A2, byte, byte, true, reterr);
	if (r)
		return r;
	ret->los = lanes_get(m, LW_SFF8472_RX_LOS_STATE);
	ret->fault = lanes_get(m, LW_SFF8472_TX_FAULT_STATE);
	return note_controls_twice(m, ret, read_controls_8472, reterr);
}

static uint32_t part_of(uint32_t lanes, const struct lw_want *w)
{
	return (uint32_t)(lanes >> w->media_first & ((UINT64_C(1) << w->media_lanes) - 1u));
}

/* Is the data path as wanted, with the application that was last read? One that shall be dark need
 * not be activated. */
static bool path_is_up(const struct lw_module *m, const struct seen *s, const struct lw_want *w)
{
	if (s->lost)
		return false;
	if (m->memory.map != LW_MAP_CMIS || m->facts.flat_memory || w->off)
		return true;
	return lw_plan_runs(&m->state, w);
}

static int see(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	/* where there is nothing to see the module must still answer */
	if (m->facts.flat_memory && m->memory.map == LW_MAP_CMIS)
		return lw_module_read(m, LW_CMIS_SLOT_L, 0, 0, true, reterr);
	if (m->facts.flat_memory && m->memory.map == LW_MAP_SFF8636)
		return lw_module_read(m, LW_SFF8636_SLOT_L, 0, 0, true, reterr);
	switch (m->memory.map) {
	case LW_MAP_CMIS:
		return see_cmis(m, ret, reterr);
	case LW_MAP_SFF8636:
		return see_sff8636(m, ret, reterr);
	default:
		return see_sff8472(m, ret, reterr);
	}
}

int lw_module_watch(struct lw_module *m, struct lw_mono now, uint32_t down, bool *ret_changed,
		    bool *ret_broken, struct lw_error *reterr)
{
	struct seen s = {0};
	uint32_t los, lol, fault;
	int r = see(m, &s, reterr);

	if (!r && m->memory.map == LW_MAP_CMIS && !m->facts.flat_memory)
		r = look_twice(m, down, &s, reterr);
	/* last, for a look that is repeated may find the line quiet */
	if (!r && m->line == LW_LINE_ASSERTED && lw_module_tells(m))
		r = lw_line_read(m, reterr);
	if (r)
		return r;
	if (m->quirks.ignore_los)
		s.los = 0;
	if (m->quirks.ignore_tx_fault)
		s.fault = 0;
	/* A latched flag tells of the past: only one that is set again right away holds now. */
	los = s.los & m->los_before;
	lol = s.lol & m->lol_before;
	fault = s.fault & m->fault_before;
	*ret_changed |=
		s.los != m->los_before || s.lol != m->lol_before || s.fault != m->fault_before;
	m->los_before = s.los;
	m->lol_before = s.lol;
	m->fault_before = s.fault;
	for (size_t i = 0; i < m->want_n; i++) {
		const struct lw_want *w = &m->want[i];
		struct lw_dp_report *d = &m->report[i];

		/* a path that is off has no state to be in, but no reason to fall back either */
		if (w->off && d->health == LW_DP_UP && fell(d->dp_state, s.dp_state[w->first]))
			*ret_broken = true;
		d->dp_state = s.dp_state[w->first];
		d->rx_los = part_of(los, w);
		d->rx_lol = part_of(lol, w);
		d->tx_fault = part_of(fault, w);
		d->latched = part_of(s.los | s.lol | s.fault, w);
		if (d->health == LW_DP_REFUSED || down >> w->first & 1)
			continue;
		if (path_is_up(m, &s, w)) {
			*ret_changed |= lw_report_set(m, i, LW_DP_UP, NULL, NULL, now);
		} else if (d->health == LW_DP_UP) {
			d->retry = LW_NEVER;
			lw_report_set(m, i, LW_DP_STARTING,
				      s.lost ? "the module started anew and forgot its settings"
					     : "the data path left its activated state",
				      "the state is read again and what is missing is done", now);
			*ret_changed = *ret_broken = true;
		}
	}
	return 0;
}
