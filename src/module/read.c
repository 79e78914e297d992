/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <lanewise/digest.h>
#include <string.h>

struct lw_bus *lw_module_bus(struct lw_module *m)
{
	if (m->pieces.inner != m->bus)
		lw_quirk_bus_init(&m->pieces, m->bus);
	return &m->pieces.bus;
}

void lw_turn_begin(struct lw_module *m, unsigned turn)
{
	if (m->turn != turn)
		lw_turn_end(m);
	m->turn = turn;
	m->read_n = 0;
}

void lw_turn_end(struct lw_module *m)
{
	m->read_n = m->read_done = m->again = 0;
	m->differs = false;
}

void lw_module_quirks(struct lw_module *m, const char *off)
{
	m->quirks_off = off;
	if (!m->identities)
		return; /* they are found when it is identified */
	lw_quirk_find(&m->facts, off, &m->quirks);
	lw_module_relearn(m);
}

void lw_module_relearn(struct lw_module *m)
{
	lw_quirk_bus_init(&m->pieces, m->bus);
	if (m->quirks.max_read)
		m->pieces.max_read = m->quirks.max_read;
}

static bool has_flags(const struct lw_slot *s, unsigned first, unsigned last)
{
	unsigned flags = 0;

	for (unsigned i = first; i <= last; i++)
		flags |= s->cor[i];
	return flags;
}

int lw_module_read_bank(struct lw_module *m, unsigned bank, unsigned slot, unsigned first,
			unsigned last, bool poll, struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(m->memory.map, NULL)[slot];
	struct lw_addr a = {
		.i2c = s->i2c, .bank = (uint8_t)bank, .page = s->page, .byte = (uint8_t)first};
	struct lw_bus *bus = lw_module_bus(m);
	int r;

	if (m->read_n++ < m->read_done)
		return 0;
	bus->polling = poll;
	r = lw_bus_read(bus, a, &m->memory.slot[bank][slot][first & 0x7f], last - first + 1,
			reterr);
	bus->polling = false;
	if (r)
		return r;
	m->memory.present[bank][slot] = 1;
	m->read_done = m->read_n;
	m->nacks = 0;
	if (m->flags_read && has_flags(s, first & 0x7f, last & 0x7f))
		m->flags_read(m->ctx, m, bank, slot, first & 0x7f, last & 0x7f);
	return 0;
}

int lw_module_read(struct lw_module *m, unsigned slot, unsigned first, unsigned last, bool poll,
		   struct lw_error *reterr)
{
	return lw_module_read_bank(m, 0, slot, first, last, poll, reterr);
}

int lw_module_read_flags(struct lw_module *m, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);

	return lw_module_read(m, LW_CMIS_SLOT_L, f[LW_CMIS_MODULE_STATE].byte,
			      f[LW_CMIS_CUSTOM_L_13].byte, true, reterr);
}

/* Read the fields `ids` of a bank with as few blocks as possible. */
static int read_fields(struct lw_module *m, unsigned bank, const uint16_t *ids, size_t n, bool poll,
		       struct lw_error *reterr)
{
	struct lw_span span[8];
	size_t spans = sizeof(span) / sizeof(span[0]);
	int r = lw_map_plan(m->memory.map, ids, n, 0, 128, 128, span, &spans, reterr);

	for (size_t i = 0; !r && i < spans; i++)
		r = lw_module_read_bank(m, bank, span[i].slot, span[i].first, span[i].last, poll,
					reterr);
	return r;
}

#define READ_FIELDS_OF(m, bank, ids, poll, reterr)                                                 \
	read_fields(m, bank, ids, sizeof(ids) / sizeof((ids)[0]), poll, reterr)
#define READ_FIELDS(m, ids, poll, reterr) READ_FIELDS_OF(m, 0, ids, poll, reterr)

/* Where a lane's field is: lanes of banked slots count through the banks. */
static const uint8_t *place(const struct lw_module *m, const struct lw_field *f, unsigned lane,
			    unsigned *ret_byte, unsigned *ret_shift)
{
	unsigned bank = 0;

	if (lw_map_slots(m->memory.map, NULL)[f->slot].banked && f->lanes == LW_BANK_LANES) {
		bank = lane / LW_BANK_LANES;
		lane %= LW_BANK_LANES;
	}
	lw_field_place(f, lane, ret_byte, ret_shift);
	return m->memory.present[bank][f->slot] ? m->memory.slot[bank][f->slot] : NULL;
}

unsigned lw_module_get(const struct lw_module *m, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	unsigned byte, shift;
	const uint8_t *slot = place(m, f, lane, &byte, &shift);

	return slot ? (unsigned)(slot[byte] >> shift) & ((1u << f->width) - 1u) : 0;
}

uint8_t lw_module_byte(const struct lw_module *m, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	unsigned byte, shift;
	const uint8_t *slot = place(m, f, lane, &byte, &shift);

	return slot ? slot[byte] : 0;
}

/* Read fields `from` to `to` again. When they are other than before, this turn knows it, and what
 * was known stays in memory: a comparison that is gone on with must find the same. */
static int compare(struct lw_module *m, unsigned from, unsigned to, struct lw_error *reterr)
{
	const struct lw_field *all = lw_map_fields(m->memory.map, NULL);
	unsigned first = all[from].byte, last, shift;
	uint8_t before[128], *now = m->memory.slot[0][all[from].slot] + (first & 0x7f);
	int r;

	lw_field_place(&all[to], all[to].lanes ? all[to].lanes - 1u : 0, &last, &shift);
	last += (first & 0x80u) + (all[to].width > 8 ? all[to].width / 8u - 1 : 0);
	memcpy(before, now, last - first + 1);
	r = lw_module_read(m, all[from].slot, first, last, true, reterr);
	for (unsigned id = from; id <= to; id++) /* a checksum says nothing of who it is */
		if (all[id].kind == LW_KIND_SUM)
			before[all[id].byte - first] = now[all[id].byte - first];
	if (!r && memcmp(before, now, last - first + 1) != 0) {
		memcpy(now, before, last - first + 1);
		m->differs = true;
	}
	return r;
}

static int differs_from_read_to_read(struct lw_error *reterr)
{
	return lw_fail_at(reterr, LW_EIO, 0, 0, "its bytes differ from one read to the next");
}

/* Lower memory of CMIS is under no checksum: its first bytes, which say how to read the rest, and
 * the applications are read again. */
static int compare_lower(struct lw_module *m, struct lw_error *reterr)
{
	int r = compare(m, LW_CMIS_SFF8024_IDENTIFIER, LW_CMIS_AUTO_COMMISSIONING, reterr);

	return r ? r
		 : compare(m, LW_CMIS_MEDIA_TYPE, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, reterr);
}

static int confirm_cmis(struct lw_module *m, struct lw_error *reterr)
{
	int r = compare_lower(m, reterr);

	return !r && m->differs ? differs_from_read_to_read(reterr) : r;
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
		r = confirm_cmis(m, reterr);
	if (!r)
		r = lw_module_read(m, LW_CMIS_SLOT_00H, 128, 255, false, reterr);
	if (!r && !lw_module_get(m, LW_CMIS_MEMORY_MODEL, 0))
		r = lw_module_read(m, LW_CMIS_SLOT_01H, 128, 255, false, reterr);
	return r;
}

/* The same of what its first bytes say beside its state. */
static int confirm_sff8636(struct lw_module *m, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_SFF8636, NULL);
	unsigned revision = lw_module_get(m, LW_SFF8636_REVISION_COMPLIANCE, 0),
		 flat = lw_module_get(m, LW_SFF8636_FLAT_MEM, 0);
	int r = lw_module_read(m, LW_SFF8636_SLOT_L, f[LW_SFF8636_REVISION_COMPLIANCE].byte,
			       f[LW_SFF8636_FLAT_MEM].byte, true, reterr);

	if (!r && (revision != lw_module_get(m, LW_SFF8636_REVISION_COMPLIANCE, 0) ||
		   flat != lw_module_get(m, LW_SFF8636_FLAT_MEM, 0)))
		r = differs_from_read_to_read(reterr);
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

	if (!r)
		r = confirm_sff8636(m, reterr);
	return r ? r : lw_module_read(m, LW_SFF8636_SLOT_00H, 128, 255, false, reterr);
}

/* Some modules answer a long read with its first byte and zeros. @return whether this one does */
static bool answers_first_byte_only(const struct lw_module *m)
{
	const uint8_t *p = m->memory.slot[0][LW_SFF8472_SLOT_A0];

	for (unsigned i = 1; i < 128; i++)
		if (p[i])
			return false;
	return m->pieces.max_read > 1;
}

static int identify_sff8472(struct lw_module *m, struct lw_error *reterr)
{
	int r = lw_module_read(m, LW_SFF8472_SLOT_A0, 0, 127, false, reterr);

	if (!r && answers_first_byte_only(m)) {
		m->pieces.max_read = 1;
		r = lw_module_read(m, LW_SFF8472_SLOT_A0, 0, 127, false, reterr);
	}
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
	int r;

	if (!m->read_done) {
		/* nothing is known yet of how it wants to be read */
		lw_quirk_bus_init(&m->pieces, m->bus);
		r = read_identifier(&m->pieces.bus, head, &map, reterr);
		if (r)
			return r;
		memset(m->memory.present, 0, sizeof(m->memory.present));
		m->memory.map = map;
		/* slot 0: lower half of 50h in each map */
		memcpy(m->memory.slot[0][0], head, sizeof(head));
		m->memory.present[0][0] = 1;
	}
	map = m->memory.map;
	r = map == LW_MAP_CMIS      ? identify_cmis(m, reterr)
	    : map == LW_MAP_SFF8636 ? identify_sff8636(m, reterr)
				    : identify_sff8472(m, reterr);
	if (r)
		return r;
	lw_image_view(&m->memory, &view);
	lw_facts_decode(&view, &m->facts);
	lw_quirk_find(&m->facts, m->quirks_off, &m->quirks);
	if (m->quirks.max_read && m->quirks.max_read < m->pieces.max_read)
		m->pieces.max_read = m->quirks.max_read;
	return 0;
}

static uint64_t digest_of(const struct lw_image *img)
{
	static const struct {
		uint8_t first, last;
	} identity[LW_MAP_N] = {
		[LW_MAP_CMIS] = {LW_CMIS_SLOT_00H, LW_CMIS_SLOT_01H},
		[LW_MAP_SFF8636] = {LW_SFF8636_SLOT_00H, LW_SFF8636_SLOT_00H},
		[LW_MAP_SFF8472] = {LW_SFF8472_SLOT_A0, LW_SFF8472_SLOT_A2},
	};
	uint64_t h = LW_DIGEST_START;

	/* where the identity and its checksums are; what else was read changes by itself */
	for (unsigned s = identity[img->map].first; s <= identity[img->map].last; s++)
		if (img->present[0][s])
			h = lw_digest(h, img->slot[0][s], 96);
	return h | 1;
}

bool lw_module_believes(struct lw_module *m)
{
	uint64_t before = m->doubted;

	m->doubted = 0;
	for (unsigned i = 0; i < m->facts.checksum_n; i++) {
		const struct lw_checksum *c = &m->facts.checksum[i];

		if (c->present && c->stored != c->computed)
			m->doubted = digest_of(&m->memory);
	}
	return !m->doubted || m->doubted == before;
}

static int compare_identity(struct lw_module *m, struct lw_error *reterr)
{
	static const struct {
		uint16_t from, to;
	} who[LW_MAP_N] = {
		[LW_MAP_CMIS] = {LW_CMIS_VENDOR_NAME, LW_CMIS_VENDOR_SN},
		[LW_MAP_SFF8636] = {LW_SFF8636_VENDOR_NAME, LW_SFF8636_VENDOR_SN},
		[LW_MAP_SFF8472] = {LW_SFF8472_VENDOR_NAME, LW_SFF8472_VENDOR_SN},
	};
	int r = m->memory.map == LW_MAP_CMIS ? compare_lower(m, reterr) : 0;

	return r ? r : compare(m, who[m->memory.map].from, who[m->memory.map].to, reterr);
}

/* One that seems to be another is read twice: a wrong bit on the bus looks like that too. */
int lw_module_still(struct lw_module *m, bool *ret, struct lw_error *reterr)
{
	int r = compare_identity(m, reterr);

	if (!r && m->differs && !(m->again & LW_AGAIN_WHO)) {
		m->again |= LW_AGAIN_WHO;
		m->differs = false;
	}
	if (!r && m->again & LW_AGAIN_WHO)
		r = compare_identity(m, reterr);
	if (!r)
		*ret = !m->differs;
	return r;
}

/* One block of a bank, from the first byte of a field to the last of another. */
static int read_from_to(struct lw_module *m, unsigned bank, unsigned from, unsigned to, bool poll,
			struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	unsigned last, shift;

	lw_field_place(&f[to], f[to].lanes - 1u, &last, &shift);
	return lw_module_read_bank(m, bank, f[from].slot, f[from].byte, last | (f[to].byte & 0x80u),
				   poll, reterr);
}

int lw_module_read_states(struct lw_module *m, unsigned bank, struct lw_error *reterr)
{
	return read_from_to(m, bank, LW_CMIS_DP_STATE_HOST_LANE, LW_CMIS_DP_STATE_HOST_LANE, true,
			    reterr);
}

/* What of its interrupts is masked, of those that the host would hear of. */
static void read_masks(const struct lw_module *m, struct lw_module_state *s)
{
	s->line = true;
	s->module_mask = lw_module_byte(m, LW_CMIS_MODULE_STATE_CHANGED_MASK, 0);
	s->los_flag = lw_module_get(m, LW_CMIS_LOS_FLAG_RX_SUPPORTED, 0);
	s->lol_flag = lw_module_get(m, LW_CMIS_CDR_LOL_FLAG_RX_SUPPORTED, 0);
	for (unsigned i = 0; i < lw_plan_lanes(&m->facts); i += LW_BANK_LANES) {
		s->dp_mask |= (uint32_t)lw_module_byte(m, LW_CMIS_DP_STATE_CHANGED_MASK, i) << i;
		s->los_mask |= (uint32_t)lw_module_byte(m, LW_CMIS_LOS_MASK_RX, i) << i;
		s->lol_mask |= (uint32_t)lw_module_byte(m, LW_CMIS_CDR_LOL_MASK_RX, i) << i;
	}
}

static int read_state_cmis(struct lw_module *m, struct lw_error *reterr)
{
	const bool poll = m->phase == LW_MODULE_REST || m->looked_at; /* it is only compared */
	const bool line = lw_line_is_of_use(m);
	struct lw_module_state next = {0}, *s = &next;
	unsigned lanes = lw_plan_lanes(&m->facts);
	int r = 0;

	if (m->facts.flat_memory) {
		m->state = next;
		return 0;
	}
	if (m->phase != LW_MODULE_IDENTIFY) /* then it has just been read */
		r = read_from_to(m, 0, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW,
				 line ? LW_CMIS_MODULE_STATE_CHANGED_MASK
				      : LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW,
				 poll, reterr);
	for (unsigned b = 0; !r && b < lanes / LW_BANK_LANES; b++) {
		/* on this page no read clears anything */
		r = read_from_to(m, b, LW_CMIS_DP_DEINIT_LANE,
				 line ? LW_CMIS_CDR_LOL_MASK_RX : LW_CMIS_SCS0_APP_SEL_CODE_LANE,
				 poll, reterr);
		if (!r)
			r = read_from_to(m, b, LW_CMIS_DP_STATE_HOST_LANE,
					 LW_CMIS_DP_STATE_HOST_LANE, poll, reterr);
		if (!r)
			r = read_from_to(m, b, LW_CMIS_CONFIG_STATUS_LANE,
					 LW_CMIS_ACS_APP_SEL_CODE_LANE, poll, reterr);
	}
	/* last: a module that began anew while it was read is not ready again by now */
	if (!r)
		r = line ? lw_module_read_flags(m, reterr)
			 : read_from_to(m, 0, LW_CMIS_MODULE_STATE, LW_CMIS_MODULE_STATE, true,
					reterr);
	if (r)
		return r;
	if (line)
		read_masks(m, s);
	s->module_state = (uint8_t)lw_module_get(m, LW_CMIS_MODULE_STATE, 0);
	s->global = lw_module_byte(m, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW, 0);
	for (unsigned i = 0; i < lanes; i += LW_BANK_LANES) {
		uint8_t deinit = lw_module_byte(m, LW_CMIS_DP_DEINIT_LANE, i);

		if (lw_deinit_inverted(&m->facts))
			deinit = (uint8_t)~deinit;
		s->deinit |= (uint32_t)deinit << i;
		s->tx_disable |= (uint32_t)lw_module_byte(m, LW_CMIS_OUTPUT_DISABLE_TX, i) << i;
	}
	for (unsigned i = 0; i < lanes; i++) {
		s->staged[i] = lw_module_byte(m, LW_CMIS_SCS0_APP_SEL_CODE_LANE, i);
		s->active[i] = lw_module_byte(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i);
		s->dp_state[i] = (uint8_t)lw_module_get(m, LW_CMIS_DP_STATE_HOST_LANE, i);
		s->config_status[i] = (uint8_t)lw_module_get(m, LW_CMIS_CONFIG_STATUS_LANE, i);
	}
	m->state = next;
	return 0;
}

void lw_module_controls(const struct lw_module *m, struct lw_module_state *ret)
{
	if (m->memory.map == LW_MAP_SFF8636) {
		ret->tx_disable = lw_module_byte(m, LW_SFF8636_TX_DISABLE, 0);
		ret->power = lw_module_byte(m, LW_SFF8636_POWER_OVERRIDE, 0);
	} else if (m->memory.map == LW_MAP_SFF8472) {
		ret->sfp_control = lw_module_byte(m, LW_SFF8472_SOFT_TX_DISABLE, 0);
	}
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
	lw_module_controls(m, &m->state);
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
	if (!r) {
		lw_module_controls(m, &m->state);
		m->state.not_ready = lw_module_get(m, LW_SFF8472_DATA_NOT_READY, 0);
	}
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
