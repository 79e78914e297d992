/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FACTS_INTERNAL_H
#define LW_FACTS_INTERNAL_H

#include <lanewise/facts.h>

/**
 * @file
 * Shared by the decoders of the three maps. Fields are named by id only; where one is, how wide and
 * how scaled, stands in data/maps.
 */

/** What a decoder reads from: a view and the fields of its map. */
struct lw_reader {
	const struct lw_view *v;
	const struct lw_field *fields;
};

void lw_facts_cmis(const struct lw_reader *r, struct lw_facts *f);
void lw_facts_sff8636(const struct lw_reader *r, struct lw_facts *f);
void lw_facts_sff8472(const struct lw_reader *r, struct lw_facts *f);

/*
 * Reading one row. These are inline for decoders that include the rows of their map: of a row known
 * when compiling nothing is left but the load, the shift and the mask it stands for. By id, below,
 * rows are looked up when running.
 */
#define LW_FOLDED __attribute__((always_inline)) static inline

/** The bytes of the slot that holds `f`, of bank 0; NULL when it is absent. */
LW_FOLDED const uint8_t *lw_row_slot(const struct lw_reader *r, const struct lw_field *f)
{
	return r->v->slot[0][f->slot];
}

/** The raw number of the field's only (or first) instance, LW_NONE when its slot is absent. */
LW_FOLDED int32_t lw_row_read(const struct lw_reader *r, const struct lw_field *f)
{
	const uint8_t *slot = lw_row_slot(r, f);

	return slot ? (int32_t)lw_field_load(f, slot, 0) : LW_NONE;
}

/**
 * Read the small codes of lanes 0..n-1, one after the other through the banks.
 * @return false, with `ret` untouched from there on, when the slot of a lane is absent
 */
LW_FOLDED bool lw_row_lanes(const struct lw_reader *r, const struct lw_field *f, unsigned n,
			    uint8_t ret[])
{
	for (unsigned bank = 0, lane = 0; lane < n; bank++) {
		const uint8_t *slot = r->v->slot[bank][f->slot];

		if (!slot)
			return false;
		for (unsigned i = 0; i < f->lanes && lane < n; i++)
			ret[lane++] = (uint8_t)lw_field_load(f, slot, i);
	}
	return true;
}

/**
 * The value of a lane of a slot's bytes, by the field's own ratio; NaN when the slot is absent.
 * What the field's `by` multiplies it with is for the caller to know: `factor`.
 */
LW_FOLDED double lw_row_value(const struct lw_field *f, const uint8_t *slot, unsigned lane,
			      int32_t factor)
{
	if (!slot)
		return (double)NAN;
	return (double)lw_field_load(f, slot, lane) * ((double)f->num * factor) / f->den;
}

/** Read the values of lanes 0..n-1, one after the other through the banks. */
LW_FOLDED void lw_row_values(const struct lw_reader *r, const struct lw_field *f, unsigned n,
			     int32_t factor, double ret[])
{
	for (unsigned bank = 0, lane = 0; lane < n; bank++)
		for (unsigned i = 0; i < f->lanes && lane < n; i++)
			ret[lane++] = lw_row_value(f, r->v->slot[bank][f->slot], i, factor);
}

/** As lw_row_read(), by id. */
int32_t lw_read(const struct lw_reader *r, uint16_t id);

/** True only if the field is there and not 0. */
static inline bool lw_read_bool(const struct lw_reader *r, uint16_t id)
{
	int32_t raw = lw_read(r, id);

	return raw != LW_NONE && raw != 0;
}

/** The number in the field's unit, NaN when its slot is absent or no code says the scale. */
double lw_read_value(const struct lw_reader *r, uint16_t id);

/** As lw_read_value(), but 0 says "not stated" too: lengths, wavelengths, rates. */
double lw_read_stated(const struct lw_reader *r, uint16_t id);

/**
 * Read text: trailing blanks, 00h and FFh cut, one '?' for each byte that is no printable ASCII.
 * @param ret  of the field's bytes and a NUL; empty when absent
 * @return true if a byte was replaced
 */
bool lw_read_text(const struct lw_reader *r, uint16_t id, char *ret);

/** Read vendor name, OUI, part number, revision and serial number. */
void lw_read_identity(const struct lw_reader *r, const uint16_t id[5], struct lw_facts *f);

/** Read a signalling rate; a full `id` says that `ext` holds it. LW_NONE if none is stated. */
int32_t lw_read_rate(const struct lw_reader *r, uint16_t id, uint16_t ext);

/** The most that a power class (SFP: level) of a form factor allows; NaN if it has no fixed limit.
 */
double lw_class_watts(const char *form_factor, int32_t power_class);

/** Read the date: one field of YYMMDD and lot, or its pieces in this order. */
void lw_read_date(const struct lw_reader *r, const uint16_t id[], unsigned n, struct lw_facts *f);

/** Add the checksum field `id` to the list if its slot is there. */
void lw_read_checksum(const struct lw_reader *r, const char *name, uint16_t id, struct lw_facts *f);

/**
 * Read high alarm, low alarm, high warning, low warning of one slot, whose ids stand in this order.
 * @param factor  as for lw_row_value(); 0 if it is not known, and so no limit is
 */
void lw_read_limits(const struct lw_reader *r, const uint16_t id[4], int32_t factor,
		    struct lw_limits *ret);

/** True if any of the four is stated and not zero. */
bool lw_limits_any(const struct lw_limits *l);

/** Note the flags first..last (ids of one slot) that are raised and, where the map says so,
 *  advertised. */
void lw_read_flags(const struct lw_reader *r, uint16_t first, uint16_t last, struct lw_facts *f);

/** Turn `has_dom` and `has_lanes` on by what was read. */
void lw_facts_note_dom(struct lw_facts *f);

#endif
