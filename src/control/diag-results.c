/* SPDX-License-Identifier: Apache-2.0 */
#include "diag-internal.h"
#include <math.h>
#include <string.h>

/* Counts, ratios and SNR: page 14h shows what its selector asks for (8.17). */

static const struct lw_field *cmis(unsigned id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

/* The selectors to read, in turn: counts of both halves, else ratios; then SNR. */
unsigned lw_diag_next_selector(const struct lw_diag_task *t, unsigned selector)
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];
	const struct lw_diag_ability *a = &t->end[0].ability;

	if (!selector)
		return a->counts ? s->counts[0] : LW_SELECT_BER;
	if (a->counts && selector == s->counts[0])
		return s->counts[1];
	if (selector != LW_SELECT_SNR && a->snr[t->opt.side])
		return LW_SELECT_SNR;
	return 0;
}

static int64_t raw(unsigned id, unsigned lane, const uint8_t page[128])
{
	return lw_field_load(cmis(id), page, lane);
}

static double number(unsigned id, unsigned lane, const uint8_t page[128])
{
	struct lw_view v = {.map = LW_MAP_CMIS};
	double value;

	v.slot[0][cmis(id)->slot] = page;
	return lw_field_value(cmis(id), lane, &v, &value) ? NAN : value;
}

static void take_counts(struct lw_diag_task *t, unsigned bank, unsigned half,
			const uint8_t page[128])
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];

	for (unsigned i = 0; i < 4; i++) {
		struct lw_lane_test *l = &t->lane[8 * bank + 4 * half + i];
		uint64_t bits = (uint64_t)raw(s->bits[half], i, page);

		l->errors = (double)(uint64_t)raw(s->errors[half], i, page);
		l->bits = (double)bits;
		l->has_counts = true;
		/* an odd number of bits tells that the pattern was lost meanwhile (8.17) */
		l->lost |= bits & 1;
	}
}

int lw_diag_results(struct lw_diag_task *t, unsigned bank, unsigned selector, struct lw_error *e)
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];
	const struct lw_field *first = cmis(LW_CMIS_HOST_SIDE_BER_LANE);
	uint8_t page[128] = {0}, shown;
	int r = lw_diag_page_read(&t->end[0], bank, LW_CMIS_SLOT_14H,
				  cmis(LW_CMIS_DIAGNOSTICS_SELECTOR)->byte,
				  cmis(LW_CMIS_DIAGNOSTICS_SELECTOR)->byte, page, e);

	if (r)
		return r;
	shown = page[cmis(LW_CMIS_DIAGNOSTICS_SELECTOR)->byte & 0x7f];
	if (!shown)
		return 0; /* what is advertised but not there (Table 8-136) is not measured */
	r = lw_diag_page_read(&t->end[0], bank, LW_CMIS_SLOT_14H, first->byte, 255, page, e);
	if (r)
		return r;
	selector &= LW_SELECT_GATE - 1;
	if (selector == s->counts[0] || selector == s->counts[1])
		take_counts(t, bank, selector == s->counts[1], page);
	for (unsigned i = 0; i < 8; i++) {
		struct lw_lane_test *l = &t->lane[8 * bank + i];

		if (selector == LW_SELECT_BER)
			l->ber.ber = number(s->ber, i, page);
		if (selector == LW_SELECT_SNR)
			l->snr_db = number(s->snr, i, page);
	}
	return 0;
}

void lw_diag_conclude(struct lw_diag_task *t)
{
	for (unsigned i = 0; i < LW_DIAG_LANES; i++) {
		struct lw_lane_test *l = &t->lane[i];
		double bits = t->opt.lane_mbps * 1e6 * (double)t->measured.ns / 1e9;

		if (!(t->opt.lanes >> i & 1))
			continue;
		l->measured = true;
		l->locked = !(t->lol_flags[i / 8] >> i % 8 & 1);
		l->lost |= t->lost_flags[i / 8] >> i % 8 & 1;
		if ((!l->has_counts || l->estimated) && !isnan(l->ber.ber) && bits > 0) {
			l->bits = bits;
			l->errors = l->ber.ber * bits;
			l->has_counts = l->estimated = true;
		}
		if (l->has_counts)
			lw_ber_estimate(l->errors, l->bits, t->opt.confidence, &l->ber);
	}
}

void lw_lane_test_json(const struct lw_lane_test *l, unsigned lane, bool finished,
		       struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_int(j, "lane", lane + 1);
	lw_json_key(j, "locked");
	if (finished)
		lw_json_bool(j, l->locked);
	else
		lw_json_null(j);
	lw_json_put_bool(j, "lost", l->lost);
	lw_json_put_number(j, "bits", l->has_counts ? l->bits : NAN);
	lw_json_put_number(j, "errors", l->has_counts ? l->errors : NAN);
	lw_json_put_bool(j, "estimated", l->estimated);
	lw_json_put_real(j, "ber", l->ber.ber);
	lw_json_put_real(j, "ber_low", l->ber.low);
	lw_json_put_real(j, "ber_high", l->ber.high);
	lw_json_put_number(j, "snr_db", l->snr_db);
	lw_json_end_object(j);
}
