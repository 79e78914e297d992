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

/** The raw number of a lane, LW_NONE when its slot is absent. */
static inline int32_t lw_read_lane(const struct lw_reader *r, uint16_t id, unsigned lane)
{
	int64_t raw;

	return lw_field_get(&r->fields[id], lane, r->v, &raw) ? LW_NONE : (int32_t)raw;
}

static inline int32_t lw_read(const struct lw_reader *r, uint16_t id)
{
	return lw_read_lane(r, id, 0);
}

/** True only if the field is there and not 0. */
static inline bool lw_read_bool(const struct lw_reader *r, uint16_t id)
{
	int32_t raw = lw_read(r, id);

	return raw != LW_NONE && raw != 0;
}

/** The number in the field's unit, NaN when its slot is absent. */
static inline double lw_read_value(const struct lw_reader *r, uint16_t id, unsigned lane)
{
	double value;

	return lw_field_value(&r->fields[id], lane, r->v, &value) ? (double)NAN : value;
}

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

/** Read high alarm, low alarm, high warning, low warning, whose ids stand in this order. */
void lw_read_limits(const struct lw_reader *r, const uint16_t id[4], struct lw_limits *ret);

/** True if any of the four is stated and not zero. */
bool lw_limits_any(const struct lw_limits *l);

/** Note the flags first..last (ids) that are raised and, where the map says so, advertised. */
void lw_read_flags(const struct lw_reader *r, uint16_t first, uint16_t last, struct lw_facts *f);

/** Turn `has_dom` and `has_lanes` on by what was read. */
void lw_facts_note_dom(struct lw_facts *f);

#endif
