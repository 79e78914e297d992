/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags, which reading clears in CMIS and SFF-8636: one reader reads them all, knowingly, and keeps
 * what they said.
 */
#include "control-internal.h"
#include "monitor-internal.h"
#include <string.h>

/* Blocks of one look, all banks: few, since flags stand together. */
#define BLOCKS_MAX 64

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

/*
 * Is it a flag of this log? Those of pattern tests (page 14h) belong to whoever runs the test. Of
 * SFF-8472 alarms are not cleared by reading, and two states of pins are as good as flags.
 */
static bool is_flag(const struct lw_field *f)
{
	if (f->kind != LW_KIND_BOOL)
		return false;
	if (f->map == LW_MAP_CMIS)
		return f->access == LW_RO_COR &&
		       (f->slot == LW_CMIS_SLOT_L || f->slot == LW_CMIS_SLOT_11H ||
			f->slot == LW_CMIS_SLOT_12H || f->slot == LW_CMIS_SLOT_2CH);
	if (f->map == LW_MAP_SFF8636)
		return f->access == LW_RO_COR && f->slot == LW_SFF8636_SLOT_L;
	return (f->slot == LW_SFF8472_SLOT_A2 && ends_with(f->name, "_flag")) ||
	       f->id == LW_SFF8472_TX_FAULT_STATE || f->id == LW_SFF8472_RX_LOS_STATE ||
	       (f->slot == LW_SFF8472_SLOT_A2_02 && f->access == LW_RO_COR &&
		strncmp(f->name, "rpm_", 4) != 0);
}

static bool says(const struct lw_view *v, unsigned id)
{
	int64_t raw;

	return !lw_field_get(&lw_map_fields(v->map, NULL)[id], 0, v, &raw) && raw == 1;
}

/* Pages that not every module has. */
static bool page_is_there(const struct lw_view *v, const struct lw_field *f)
{
	if (f->map == LW_MAP_CMIS && f->slot == LW_CMIS_SLOT_12H)
		return says(v, LW_CMIS_TRANSMITTER_IS_TUNABLE);
	if (f->map == LW_MAP_CMIS && f->slot == LW_CMIS_SLOT_2CH)
		return says(v, LW_CMIS_VDM_PAGES_SUPPORTED);
	if (f->map == LW_MAP_SFF8472 && f->slot == LW_SFF8472_SLOT_A2_02)
		return says(v, LW_SFF8472_TUNABLE);
	return true;
}

/* What a reading or flag needs to be judged: the states that make it stale
 * (data/maps/overlays.csv). */
static const uint16_t cmis_states[] = {LW_CMIS_MODULE_STATE, LW_CMIS_DP_STATE_HOST_LANE,
				       LW_CMIS_ACS_APP_SEL_CODE_LANE};
static const uint16_t sff8636_states[] = {LW_SFF8636_DATA_NOT_READY};
static const uint16_t sff8472_states[] = {LW_SFF8472_DATA_NOT_READY};

size_t lw_monitor_states(enum lw_map_id map, const uint16_t **ret)
{
	*ret = map == LW_MAP_CMIS      ? cmis_states
	       : map == LW_MAP_SFF8636 ? sff8636_states
				       : sff8472_states;
	return map == LW_MAP_CMIS ? sizeof(cmis_states) / sizeof(cmis_states[0]) : 1;
}

bool lw_monitored(const struct lw_image *memory, const struct lw_facts *facts)
{
	if (memory->map == LW_MAP_CMIS)
		return !facts->flat_memory;
	return memory->map == LW_MAP_SFF8636 || facts->ddm_implemented == 1;
}

size_t lw_flag_ids(const struct lw_image *memory, const struct lw_facts *facts, uint16_t *ret)
{
	size_t fields, n = 0;
	const struct lw_field *f = lw_map_fields(memory->map, &fields);
	struct lw_value_memo memo = {0};
	struct lw_view v;

	if (!lw_monitored(memory, facts))
		return 0;
	lw_image_view(memory, &v);
	for (size_t i = 0; i < fields && n < LW_FLAG_IDS_MAX; i++) {
		if (!is_flag(&f[i]) || !page_is_there(&v, &f[i]))
			continue;
		if (lw_value_status(&f[i], 0, &v, &memo) != LW_VALUE_NOT_SUPPORTED)
			ret[n++] = (uint16_t)i;
	}
	return n;
}

static size_t only_banked(enum lw_map_id map, uint16_t *ids, size_t n)
{
	const struct lw_field *f = lw_map_fields(map, NULL);
	const struct lw_slot *s = lw_map_slots(map, NULL);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (s[f[ids[i]].slot].banked)
			ids[kept++] = ids[i];
	return kept;
}

void lw_flag_log_init(struct lw_flag_log *log)
{
	log->n = log->next = 0;
	log->set = 0;
	log->full = false;
	log->looks = 0;
	memset(log->is_set, 0, sizeof(log->is_set));
}

static uint32_t key_of(unsigned field, int lane)
{
	return (uint32_t)field << 16 | (uint16_t)lane;
}

/* Flags come in the order they came in before: the next one is mostly the one that is asked for.
 * @return where it is, log->n: nowhere */
static unsigned find(struct lw_flag_log *log, unsigned field, int lane)
{
	uint32_t key = key_of(field, lane);

	for (unsigned i = log->next; i < log->n; i++)
		if (log->key[i] == key)
			return i;
	for (unsigned i = 0; i < log->next; i++)
		if (log->key[i] == key)
			return i;
	return log->n;
}

const struct lw_flag_entry *lw_flag_log_find(const struct lw_flag_log *log, unsigned field,
					     int lane)
{
	uint32_t key = key_of(field, lane);

	for (unsigned i = 0; i < log->n; i++)
		if (log->key[i] == key)
			return &log->entry[i];
	return NULL;
}

void lw_flag_log_note(struct lw_flag_log *log, unsigned field, int lane, bool set,
		      struct lw_mono now)
{
	unsigned at = find(log, field, lane);
	struct lw_flag_entry *e = &log->entry[at];
	uint64_t bit = UINT64_C(1) << at % 64;

	if (at == log->n) {
		if (!set)
			return;
		if (log->n == LW_FLAG_LOG_MAX) {
			log->full = true;
			return;
		}
		log->key[log->n++] = key_of(field, lane);
		*e = (struct lw_flag_entry){
			.field = (uint16_t)field, .lane = (int16_t)lane, .first_set = now};
	}
	log->next = at + 1 < log->n ? at + 1 : 0;
	if (set)
		e->last_seen = now;
	if (e->set == set)
		return;
	e->set = set;
	log->is_set[at / 64] ^= bit;
	if (set) {
		e->count++;
		e->last_set = now;
		log->set++;
	} else {
		e->cleared = now;
		log->set--;
	}
}

/** Blocks that were read: an error on the way must not lose the flags read before it. */
struct blocks {
	size_t n;
	struct lw_span span[BLOCKS_MAX];
};

static bool was_read(const struct blocks *b, const struct lw_field *f, unsigned bank, unsigned lane)
{
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	for (size_t i = 0; i < b->n; i++)
		if (b->span[i].slot == f->slot && b->span[i].bank == bank &&
		    (b->span[i].first & 0x7fu) <= byte && (b->span[i].last & 0x7fu) >= byte)
			return true;
	return false;
}

static void note_all(struct lw_flag_log *log, const struct lw_image *memory,
		     const struct lw_facts *facts, const struct blocks *b, struct lw_mono now)
{
	const struct lw_field *fields = lw_map_fields(memory->map, NULL);
	const struct lw_slot *slots = lw_map_slots(memory->map, NULL);
	uint16_t ids[LW_FLAG_IDS_MAX];
	size_t n = lw_flag_ids(memory, facts, ids);
	struct lw_value_memo memo = {0};
	struct lw_view v;

	lw_image_view(memory, &v);
	log->looks++;
	for (size_t i = 0; i < n; i++) {
		const struct lw_field *f = &fields[ids[i]];
		unsigned banks = slots[f->slot].banked ? lw_banks_of(memory, facts) : 1;

		for (unsigned lane = 0; lane < f->lanes * banks; lane++) {
			int64_t raw;

			if (!was_read(b, f, lane / f->lanes, lane % f->lanes))
				continue;
			/* what the state denies says nothing, neither set nor clear */
			if (lw_value_status(f, lane, &v, &memo) == LW_VALUE_OK &&
			    !lw_field_get(f, lane, &v, &raw))
				lw_flag_log_note(log, f->id, f->lanes * banks > 1 ? (int)lane : -1,
						 raw != 0, now);
		}
	}
}

/* The first field from byte `byte` of a slot on: they are in the order of slots and bytes. */
static size_t first_field(const struct lw_field *f, size_t n, unsigned slot, unsigned byte)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f[middle].slot < slot ||
		    (f[middle].slot == slot && (f[middle].byte & 0x7fu) < byte))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A block that was read, and what its flags are decoded with. */
struct look {
	const struct lw_field *field;
	const uint8_t *bytes;
	unsigned bank, banks;
	struct lw_mono now;
	struct lw_value_memo memo;
	struct lw_view view;
};

/* What the state denies says nothing, neither set nor clear. Bit i of `lanes`: lane `base` + i. */
static void note_lanes(struct lw_flag_log *log, struct look *l, const struct lw_field *f,
		       unsigned base, uint32_t lanes, bool set)
{
	lanes = lw_value_lanes(f, base, lanes, &l->view, &l->memo);
	for (; lanes; lanes &= lanes - 1)
		lw_flag_log_note(log, f->id,
				 f->lanes * l->banks > 1 ? (int)base + __builtin_ctz(lanes) : -1,
				 set, l->now);
}

static void note_set(struct lw_flag_log *log, struct look *l, const struct lw_field *f)
{
	unsigned byte, shift;

	for (unsigned first = 0; first < f->lanes; first += 8) {
		uint32_t set = 0;

		lw_field_place(f, first, &byte, &shift);
		if (f->stride <= 1 && !l->bytes[byte])
			continue; /* all eight are there */
		for (unsigned i = first; i < f->lanes && i < first + 8; i++) {
			lw_field_place(f, i, &byte, &shift);
			set |= (uint32_t)(l->bytes[byte] >> shift & 1) << (i - first);
		}
		if (set)
			note_lanes(log, l, f, l->bank * f->lanes + first, set, true);
	}
}

/* Of those that were set as last read: is it gone now? Lanes of a field came together mostly. */
static void note_cleared(struct lw_flag_log *log, struct look *l, unsigned slot, unsigned first,
			 unsigned last)
{
	const struct lw_field *of = NULL;
	unsigned base = 0;
	uint32_t gone = 0;

	for (unsigned w = 0; w < LW_FLAG_LOG_MAX / 64; w++)
		for (uint64_t left = log->is_set[w]; left; left &= left - 1) {
			uint32_t key = log->key[w * 64 + (unsigned)__builtin_ctzll(left)];
			const struct lw_field *f = &l->field[key >> 16];
			unsigned lane = (int16_t)key < 0 ? 0 : key & 0xffff, byte, shift;

			if (f->slot != slot || lane / f->lanes != l->bank)
				continue;
			lw_field_place(f, lane % f->lanes, &byte, &shift);
			if (byte < first || byte > last || l->bytes[byte] >> shift & 1)
				continue;
			if (of != f || base != lane - lane % 8) {
				if (of)
					note_lanes(log, l, of, base, gone, false);
				of = f;
				base = lane - lane % 8;
				gone = 0;
			}
			gone |= UINT32_C(1) << lane % 8;
		}
	if (of)
		note_lanes(log, l, of, base, gone, false);
}

void lw_flag_log_block(struct lw_flag_log *log, const struct lw_image *memory,
		       const struct lw_facts *facts, unsigned bank, unsigned slot, unsigned first,
		       unsigned last, struct lw_mono now)
{
	const struct lw_slot *s = &lw_map_slots(memory->map, NULL)[slot];
	const uint8_t *bytes = memory->slot[bank][slot];
	unsigned flags = 0, set = 0;
	struct look l;
	size_t n;

	for (unsigned i = first; i <= last; i++) {
		flags |= s->cor[i];
		set |= bytes[i] & s->cor[i];
	}
	if (!flags)
		return;
	log->looks++;
	if (!set && !log->set) /* the usual case */
		return;
	l = (struct look){.field = lw_map_fields(memory->map, &n),
			  .bytes = bytes,
			  .bank = bank,
			  .banks = s->banked ? lw_banks_of(memory, facts) : 1,
			  .now = now};
	lw_image_view(memory, &l.view);
	if (log->set)
		note_cleared(log, &l, slot, first, last);
	for (size_t i = first_field(l.field, n, slot, first);
	     set && i < n && l.field[i].slot == slot && (l.field[i].byte & 0x7fu) <= last; i++)
		if (l.field[i].access == LW_RO_COR && is_flag(&l.field[i]))
			note_set(log, &l, &l.field[i]);
}

int lw_flags_read(struct lw_flag_log *log, struct lw_bus *bus, struct lw_image *memory,
		  const struct lw_facts *facts, uint16_t *ids, size_t n, struct lw_mono now,
		  struct lw_error *reterr)
{
	struct blocks b = {0};
	int r = 0;

	for (unsigned bank = 0; !r && bank < lw_banks_of(memory, facts); bank++) {
		size_t room = BLOCKS_MAX - b.n, first = b.n, i = 0;

		/* what is not banked was read with bank 0 */
		n = bank ? only_banked(memory->map, ids, n) : n;
		r = lw_map_plan(memory->map, ids, n, bank, 128, 128, &b.span[first], &room, reterr);
		for (; !r && i < room; i++) {
			r = lw_read_span(bus, memory, &b.span[first + i], false, reterr);
			b.n += r ? 0 : 1;
		}
	}
	if (log && b.n)
		note_all(log, memory, facts, &b, now);
	return r;
}

int lw_flag_log_read(struct lw_flag_log *log, struct lw_bus *bus, struct lw_image *memory,
		     const struct lw_facts *facts, struct lw_mono now, struct lw_error *reterr)
{
	uint16_t ids[LW_FLAG_IDS_MAX + 8];
	const uint16_t *states;
	size_t n = lw_monitor_states(memory->map, &states);

	if (!lw_monitored(memory, facts))
		return 0;
	memcpy(ids, states, n * sizeof(ids[0]));
	n += lw_flag_ids(memory, facts, ids + n);
	return lw_flags_read(log, bus, memory, facts, ids, n, now, reterr);
}
