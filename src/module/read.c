/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <string.h>

int lw_module_read(struct lw_module *m, unsigned slot, unsigned first, unsigned last, bool poll,
		   struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(m->memory.map, NULL)[slot];
	struct lw_addr a = {.i2c = s->i2c, .page = s->page, .byte = (uint8_t)first};
	int r;

	m->bus->polling = poll;
	r = lw_bus_read(m->bus, a, &m->memory.slot[0][slot][first & 0x7f], last - first + 1,
			reterr);
	m->bus->polling = false;
	if (!r)
		m->memory.present[0][slot] = 1;
	return r;
}

/* Read the fields `ids` with as few blocks as possible. */
static int read_fields(struct lw_module *m, const uint16_t *ids, size_t n, bool poll,
		       struct lw_error *reterr)
{
	struct lw_span span[8];
	size_t spans = sizeof(span) / sizeof(span[0]);
	int r = lw_map_plan(m->memory.map, ids, n, 0, 128, 128, span, &spans, reterr);

	for (size_t i = 0; !r && i < spans; i++)
		r = lw_module_read(m, span[i].slot, span[i].first, span[i].last, poll, reterr);
	return r;
}

#define READ_FIELDS(m, ids, poll, reterr)                                                          \
	read_fields(m, ids, sizeof(ids) / sizeof((ids)[0]), poll, reterr)

unsigned lw_module_get(const struct lw_module *m, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	unsigned byte, shift;

	if (!m->memory.present[0][f->slot])
		return 0;
	lw_field_place(f, lane, &byte, &shift);
	return (unsigned)(m->memory.slot[0][f->slot][byte] >> shift) & ((1u << f->width) - 1u);
}

/* The whole byte at which a field starts. */
static uint8_t byte_at(const struct lw_module *m, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	return m->memory.slot[0][f->slot][byte];
}

static int identify_cmis(struct lw_module *m, struct lw_error *reterr)
{
	static const uint16_t lower[] = {
		LW_CMIS_TEMP_MON_VALUE,
		LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW,
		LW_CMIS_MEDIA_TYPE,
		LW_CMIS_HOST_INTERFACE_ID_APP,
		LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP,
	};
	int r = READ_FIELDS(m, lower, false, reterr);

	if (!r)
		r = lw_module_read(m, LW_CMIS_SLOT_00H, 128, 255, false, reterr);
	if (!r && !lw_module_get(m, LW_CMIS_MEMORY_MODEL, 0))
		r = lw_module_read(m, LW_CMIS_SLOT_01H, 128, 255, false, reterr);
	return r;
}

static int identify_sff8636(struct lw_module *m, struct lw_error *reterr)
{
	static const uint16_t lower[] = {
		LW_SFF8636_TEMPERATURE,
		LW_SFF8636_TX_DISABLE,
		LW_SFF8636_POWER_OVERRIDE,
		LW_SFF8636_MAX_POWER_W_CLASS8,
	};
	int r = READ_FIELDS(m, lower, false, reterr);

	return r ? r : lw_module_read(m, LW_SFF8636_SLOT_00H, 128, 255, false, reterr);
}

static int identify_sff8472(struct lw_module *m, struct lw_error *reterr)
{
	int r = lw_module_read(m, LW_SFF8472_SLOT_A0, 0, 127, false, reterr);

	if (!r && lw_module_get(m, LW_SFF8472_DDM_IMPLEMENTED, 0))
		r = lw_module_read(m, LW_SFF8472_SLOT_A2, 0, 119, false, reterr);
	return r;
}

/*
 * The first byte of every map at 50h is the identifier, which selects the map. A poll: it is asked
 * for again and again until a module that starts gives an answer.
 */
static int read_identifier(struct lw_bus *bus, uint8_t ret[3], enum lw_map_id *ret_map,
			   struct lw_error *reterr)
{
	struct lw_addr start = {.i2c = 0x50};
	int r;

	bus->polling = true;
	r = lw_bus_read(bus, start, ret, 3, reterr);
	bus->polling = false;
	if (r)
		return r;
	*ret_map = lw_map_for_identifier(ret[0]);
	if (*ret_map == LW_MAP_NONE)
		return lw_fail_at(reterr, LW_ENOTSUP, 0, 0,
				  "identifier %02Xh belongs to no management map known here",
				  ret[0]);
	return 0;
}

int lw_module_identify(struct lw_module *m, struct lw_error *reterr)
{
	struct lw_view view;
	enum lw_map_id map;
	uint8_t head[3];
	int r = read_identifier(m->bus, head, &map, reterr);

	if (r)
		return r;
	memset(m->memory.present, 0, sizeof(m->memory.present));
	m->memory.map = map;
	memcpy(m->memory.slot[0][0], head,
	       sizeof(head)); /* slot 0: lower half of 50h in each map */
	m->memory.present[0][0] = 1;
	r = map == LW_MAP_CMIS      ? identify_cmis(m, reterr)
	    : map == LW_MAP_SFF8636 ? identify_sff8636(m, reterr)
				    : identify_sff8472(m, reterr);
	if (r)
		return r;
	lw_image_view(&m->memory, &view);
	lw_facts_decode(&view, &m->facts);
	return 0;
}

static int read_state_cmis(struct lw_module *m, struct lw_error *reterr)
{
	static const uint16_t state[] = {LW_CMIS_MODULE_STATE};
	static const uint16_t global[] = {LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW};
	static const uint16_t control[] = {LW_CMIS_DP_DEINIT_LANE, LW_CMIS_OUTPUT_DISABLE_TX,
					   LW_CMIS_SCS0_APP_SEL_CODE_LANE};
	static const uint16_t status[] = {LW_CMIS_DP_STATE_HOST_LANE, LW_CMIS_CONFIG_STATUS_LANE,
					  LW_CMIS_ACS_APP_SEL_CODE_LANE};
	struct lw_module_state *s = &m->state;
	int r;

	*s = (struct lw_module_state){0};
	if (m->facts.flat_memory)
		return 0;
	r = READ_FIELDS(m, state, true, reterr);
	if (!r && m->phase != LW_MODULE_IDENTIFY) /* then it has just been read */
		r = READ_FIELDS(m, global, false, reterr);
	if (!r)
		r = READ_FIELDS(m, control, false, reterr);
	if (!r)
		r = READ_FIELDS(m, status, false, reterr);
	if (r)
		return r;
	s->module_state = (uint8_t)lw_module_get(m, LW_CMIS_MODULE_STATE, 0);
	s->global = byte_at(m, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW, 0);
	s->deinit = byte_at(m, LW_CMIS_DP_DEINIT_LANE, 0);
	if (lw_deinit_inverted(&m->facts))
		s->deinit = (uint8_t)~s->deinit;
	s->tx_disable = byte_at(m, LW_CMIS_OUTPUT_DISABLE_TX, 0);
	for (unsigned i = 0; i < 8; i++) {
		s->staged[i] = byte_at(m, LW_CMIS_SCS0_APP_SEL_CODE_LANE, i);
		s->active[i] = byte_at(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i);
		s->dp_state[i] = (uint8_t)lw_module_get(m, LW_CMIS_DP_STATE_HOST_LANE, i);
		s->config_status[i] = (uint8_t)lw_module_get(m, LW_CMIS_CONFIG_STATUS_LANE, i);
	}
	return 0;
}

static int read_state_sff8636(struct lw_module *m, struct lw_error *reterr)
{
	static const uint16_t status[] = {LW_SFF8636_DATA_NOT_READY};
	static const uint16_t control[] = {LW_SFF8636_TX_DISABLE, LW_SFF8636_POWER_OVERRIDE};
	int r = READ_FIELDS(m, status, true, reterr);

	if (!r && m->phase != LW_MODULE_IDENTIFY)
		r = READ_FIELDS(m, control, false, reterr);
	if (r)
		return r;
	m->state.not_ready = lw_module_get(m, LW_SFF8636_DATA_NOT_READY, 0);
	m->state.tx_disable = byte_at(m, LW_SFF8636_TX_DISABLE, 0);
	m->state.power = byte_at(m, LW_SFF8636_POWER_OVERRIDE, 0);
	return 0;
}

static int read_state_sff8472(struct lw_module *m, struct lw_error *reterr)
{
	static const uint16_t control[] = {LW_SFF8472_SOFT_TX_DISABLE};
	int r = 0;

	if (m->facts.ddm_implemented != 1)
		return 0;
	if (m->phase != LW_MODULE_IDENTIFY)
		r = READ_FIELDS(m, control, false, reterr);
	if (!r)
		m->state.sfp_control = byte_at(m, LW_SFF8472_SOFT_TX_DISABLE, 0);
	return r;
}

int lw_module_read_state(struct lw_module *m, struct lw_error *reterr)
{
	switch (m->memory.map) {
	case LW_MAP_CMIS:
		return read_state_cmis(m, reterr);
	case LW_MAP_SFF8636:
		return read_state_sff8636(m, reterr);
	default:
		return read_state_sff8472(m, reterr);
	}
}

int lw_module_dump(struct lw_bus *bus, struct lw_image *ret, struct lw_error *reterr)
{
	const struct lw_slot *slots;
	enum lw_map_id map;
	uint8_t head[3];
	size_t n;
	int r = read_identifier(bus, head, &map, reterr);

	if (r)
		return r;
	memset(ret->present, 0, sizeof(ret->present));
	ret->map = map;
	slots = lw_map_slots(map, &n);
	for (size_t i = 0; i < n; i++) {
		struct lw_addr a = {.i2c = slots[i].i2c, .page = slots[i].page};

		a.byte = slots[i].upper ? 128 : 0;
		for (a.bank = 0; a.bank < (slots[i].banked ? LW_BANKS_MAX : 1); a.bank++) {
			r = lw_bus_read(bus, a, ret->slot[a.bank][i], 128, i ? NULL : reterr);
			if (r)
				break;
			ret->present[a.bank][i] = 1;
		}
		if (r && i == 0)
			return r;
	}
	return 0;
}
