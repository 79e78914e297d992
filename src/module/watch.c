/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

struct seen {
	uint8_t dp_state[8];
	uint8_t los, lol, fault; /* media lanes */
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

static uint8_t lanes_get(const struct lw_module *m, unsigned id)
{
	unsigned lanes = lw_map_fields(m->memory.map, NULL)[id].lanes;
	uint8_t mask = 0;

	for (unsigned i = 0; i < lanes; i++)
		if (lw_module_get(m, id, i))
			mask |= (uint8_t)(1u << i);
	return mask;
}

/* One block: states and the flags beside them, asked for knowingly (reading clears them). */
static int see_cmis(struct lw_module *m, struct seen *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	int r = lw_module_read(m, LW_CMIS_SLOT_11H, f[LW_CMIS_DP_STATE_HOST_LANE].byte,
			       f[LW_CMIS_OUTPUT_STATUS_CHANGED_FLAG_RX].byte, true, reterr);

	if (r)
		return r;
	for (unsigned i = 0; i < 8; i++)
		ret->dp_state[i] = (uint8_t)lw_module_get(m, LW_CMIS_DP_STATE_HOST_LANE, i);
	ret->los = lanes_get(m, LW_CMIS_LOS_FLAG_RX);
	ret->lol = lanes_get(m, LW_CMIS_CDR_LOL_FLAG_RX);
	ret->fault = lanes_get(m, LW_CMIS_FAILURE_FLAG_TX);
	return 0;
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
	return 0;
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
	return 0;
}

static uint8_t part_of(uint8_t lanes, const struct lw_want *w)
{
	return (uint8_t)((unsigned)lanes >> w->media_first & ((1u << w->media_lanes) - 1u));
}

static bool path_is_up(const struct lw_module *m, const struct seen *s, const struct lw_want *w)
{
	if (m->memory.map != LW_MAP_CMIS || m->facts.flat_memory)
		return true;
	for (unsigned i = w->first; i < w->first + w->lanes; i++)
		if (s->dp_state[i] != LW_CMIS_DP_ACTIVATED)
			return false;
	return true;
}

int lw_module_watch(struct lw_module *m, struct lw_mono now, bool *ret_changed,
		    struct lw_error *reterr)
{
	struct seen s = {0};
	uint8_t los, lol;
	bool changed = false;
	int r = 0;

	if (m->facts.flat_memory && m->memory.map == LW_MAP_CMIS)
		r = lw_module_read(m, LW_CMIS_SLOT_L, 0, 0, true, reterr);
	else if (m->memory.map == LW_MAP_CMIS)
		r = see_cmis(m, &s, reterr);
	else if (m->memory.map == LW_MAP_SFF8636)
		r = m->facts.flat_memory ? lw_module_read(m, LW_SFF8636_SLOT_L, 0, 0, true, reterr)
					 : see_sff8636(m, &s, reterr);
	else
		r = see_sff8472(m, &s, reterr);
	if (r)
		return r;
	/* A latched flag tells of the past: only one that is set again right away holds now. */
	los = s.los & m->los_before;
	lol = s.lol & m->lol_before;
	changed = s.los != m->los_before || s.lol != m->lol_before;
	m->los_before = s.los;
	m->lol_before = s.lol;
	for (size_t i = 0; i < m->want_n; i++) {
		const struct lw_want *w = &m->want[i];
		struct lw_dp_report *d = &m->report[i];

		d->dp_state = s.dp_state[w->first];
		d->rx_los = part_of(los, w);
		d->rx_lol = part_of(lol, w);
		d->tx_fault = part_of(s.fault, w);
		if (d->health == LW_DP_REFUSED)
			continue;
		if (path_is_up(m, &s, w))
			changed |= lw_report_set(m, i, LW_DP_UP, NULL, NULL, now);
		else
			changed |= lw_report_set(
				m, i, LW_DP_STARTING, "the data path left its activated state",
				"the state is read again and what is missing is done", now);
	}
	*ret_changed = changed;
	return 0;
}
