/* SPDX-License-Identifier: Apache-2.0 */
#include "diag-internal.h"
#include <math.h>
#include <string.h>

/* What pages 13h and 14h advertise, and their registers; clauses are of OIF-CMIS 5.4. */

const struct lw_diag_side lw_diag_sides[2] = {
	[LW_SIDE_HOST] =
		{
			.generates = LW_CMIS_HOST_SIDE_GENERATOR_SUPPORTS_PATTERN,
			.checks = LW_CMIS_HOST_SIDE_CHECKER_SUPPORTS_PATTERN,
			.generate_each = LW_CMIS_HOST_GENERATOR_SUPPORTS_PER_LANE_ENABLE,
			.generate_pattern_each = LW_CMIS_HOST_GENERATOR_SUPPORTS_PER_LANE_PATTERN,
			.check_each = LW_CMIS_HOST_CHECKER_SUPPORTS_PER_LANE_ENABLE,
			.check_pattern_each = LW_CMIS_HOST_CHECKER_SUPPORTS_PER_LANE_PATTERN,
			.snr_there = LW_CMIS_HOST_SIDE_INPUT_SNR_MEASUREMENT,
			.generate = LW_CMIS_HOST_SIDE_GENERATOR_ENABLE_LANE,
			.generate_pattern = LW_CMIS_HOST_SIDE_GENERATOR_PATTERN_SELECT_LANE,
			.check = LW_CMIS_HOST_SIDE_CHECKER_ENABLE_LANE,
			.check_pattern = LW_CMIS_HOST_SIDE_CHECKER_PATTERN_SELECT_LANE,
			.done = LW_CMIS_PATTERN_CHECK_GATING_COMPLETE_FLAG_HOST_LANE,
			.lol = LW_CMIS_PATTERN_CHECKER_LOL_FLAG_HOST_LANE,
			.ber = LW_CMIS_HOST_SIDE_BER_LANE,
			.snr = LW_CMIS_HOST_SIDE_SNR_LANE,
			.errors = {LW_CMIS_HOST_ERROR_COUNT_LANE_1_4,
				   LW_CMIS_HOST_ERROR_COUNT_LANE_5_8},
			.bits = {LW_CMIS_HOST_BIT_COUNT_LANE_1_4, LW_CMIS_HOST_BIT_COUNT_LANE_5_8},
			.counts = {0x02, 0x03},
		},
	[LW_SIDE_MEDIA] =
		{
			.generates = LW_CMIS_MEDIA_SIDE_GENERATOR_SUPPORTS_PATTERN,
			.checks = LW_CMIS_MEDIA_SIDE_CHECKER_SUPPORTS_PATTERN,
			.generate_each = LW_CMIS_MEDIA_GENERATOR_SUPPORTS_PER_LANE_ENABLE,
			.generate_pattern_each = LW_CMIS_MEDIA_GENERATOR_SUPPORTS_PER_LANE_PATTERN,
			.check_each = LW_CMIS_MEDIA_CHECKER_SUPPORTS_PER_LANE_ENABLE,
			.check_pattern_each = LW_CMIS_MEDIA_CHECKER_SUPPORTS_PER_LANE_PATTERN,
			.snr_there = LW_CMIS_MEDIA_SIDE_INPUT_SNR_MEASUREMENT,
			.generate = LW_CMIS_MEDIA_SIDE_GENERATOR_ENABLE_LANE,
			.generate_pattern = LW_CMIS_MEDIA_SIDE_GENERATOR_PATTERN_SELECT_LANE,
			.check = LW_CMIS_MEDIA_SIDE_CHECKER_ENABLE_LANE,
			.check_pattern = LW_CMIS_MEDIA_SIDE_CHECKER_PATTERN_SELECT_LANE,
			.done = LW_CMIS_PATTERN_CHECK_GATING_COMPLETE_FLAG_MEDIA_LANE,
			.lol = LW_CMIS_PATTERN_CHECKER_LOL_FLAG_MEDIA_LANE,
			.ber = LW_CMIS_MEDIA_SIDE_BER_LANE,
			.snr = LW_CMIS_MEDIA_SIDE_SNR_LANE,
			.errors = {LW_CMIS_MEDIA_ERROR_COUNT_LANE_1_4,
				   LW_CMIS_MEDIA_ERROR_COUNT_LANE_5_8},
			.bits = {LW_CMIS_MEDIA_BIT_COUNT_LANE_1_4,
				 LW_CMIS_MEDIA_BIT_COUNT_LANE_5_8},
			.counts = {0x04, 0x05},
		},
};

const struct lw_diag_loop lw_diag_loop_rows[LW_LOOPS] = {
	[LW_LOOP_MEDIA_OUTPUT] = {LW_CMIS_MEDIA_SIDE_OUTPUT_LOOPBACK,
				  LW_CMIS_MEDIA_SIDE_OUTPUT_LOOPBACK_ENABLE, LW_SIDE_MEDIA,
				  "media-output"},
	[LW_LOOP_MEDIA_INPUT] = {LW_CMIS_MEDIA_SIDE_INPUT_LOOPBACK,
				 LW_CMIS_MEDIA_SIDE_INPUT_LOOPBACK_ENABLE, LW_SIDE_MEDIA,
				 "media-input"},
	[LW_LOOP_HOST_OUTPUT] = {LW_CMIS_HOST_SIDE_OUTPUT_LOOPBACK,
				 LW_CMIS_HOST_SIDE_OUTPUT_LOOPBACK_ENABLE, LW_SIDE_HOST,
				 "host-output"},
	[LW_LOOP_HOST_INPUT] = {LW_CMIS_HOST_SIDE_INPUT_LOOPBACK,
				LW_CMIS_HOST_SIDE_INPUT_LOOPBACK_ENABLE, LW_SIDE_HOST,
				"host-input"},
};

const char *lw_loopback_name(int loop)
{
	return loop >= 0 && loop < LW_LOOPS ? lw_diag_loop_rows[loop].name : NULL;
}

int lw_loopback_find(const char *name)
{
	for (int i = 0; i < LW_LOOPS; i++)
		if (strcmp(name, lw_diag_loop_rows[i].name) == 0)
			return i;
	return -1;
}

const char *lw_diag_phase_name(enum lw_diag_phase p)
{
	static const char *const names[] = {"read",    "set",     "lock", "measure",
					    "results", "restore", "end"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "unknown";
}

const char *lw_pattern_name(unsigned pattern)
{
	return lw_code_name(LW_CODES_PATTERN_ID, pattern);
}

/* "prbs31q" is as good as "PRBS-31Q". */
static bool same_pattern(const char *a, const char *b)
{
	while (*a || *b) {
		char x = *a, y = *b;

		if (x == '-') {
			a++;
		} else if (y == '-') {
			b++;
		} else {
			if (x >= 'a' && x <= 'z')
				x = (char)(x - 'a' + 'A');
			if (y >= 'a' && y <= 'z')
				y = (char)(y - 'a' + 'A');
			if (x != y)
				return false;
			a++;
			b++;
		}
	}
	return true;
}

int lw_diag_pattern_find(const char *name)
{
	for (int i = 0; i < 16; i++)
		if (lw_pattern_name((unsigned)i) &&
		    same_pattern(name, lw_pattern_name((unsigned)i)))
			return i;
	return -1;
}

int lw_pattern_choose(uint16_t common, enum lw_modulation modulation)
{
	/* longest first (Table 8-115); names that end in Q are made of PAM4 symbols */
	for (int i = 0; i < 16; i++) {
		const char *name = lw_pattern_name((unsigned)i);
		bool prbs = name && strncmp(name, "PRBS", 4) == 0;
		bool pam4 = prbs && name[strlen(name) - 1] == 'Q';

		if (!(common >> i & 1) || !prbs)
			continue;
		if (modulation == LW_MOD_NONE || pam4 == (modulation != LW_NRZ))
			return i;
	}
	return -1;
}

static int64_t get(const struct lw_view *v, unsigned id, unsigned lane)
{
	int64_t raw;

	return lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[id], lane, v, &raw) ? 0 : raw;
}

static uint16_t mask(const struct lw_view *v, unsigned id)
{
	uint16_t m = 0;

	for (unsigned i = 0; i < 16; i++)
		m |= (uint16_t)(get(v, id, i) << i);
	return m;
}

/* Banks of lanes that the module has. */
static uint8_t count_banks(const struct lw_view *v)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_BANKS_SUPPORTED];
	const struct lw_code *row = lw_code_find((enum lw_code_table)f->codes,
						 (unsigned)get(v, LW_CMIS_BANKS_SUPPORTED, 0));

	return (uint8_t)(row && row->den && !row->reserved ? row->num / row->den : 1);
}

void lw_diag_ability_read(const struct lw_view *v, struct lw_diag_ability *ret)
{
	*ret = (struct lw_diag_ability){0};
	if (v->map != LW_MAP_CMIS || !get(v, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, 0))
		return;
	ret->there = true;
	ret->banks = count_banks(v);
	for (int i = 0; i < LW_LOOPS; i++)
		ret->loop[i] = get(v, lw_diag_loop_rows[i].able, 0);
	ret->loop_each[LW_SIDE_HOST] = get(v, LW_CMIS_PER_LANE_HOST_SIDE_LOOPBACKS, 0);
	ret->loop_each[LW_SIDE_MEDIA] = get(v, LW_CMIS_PER_LANE_MEDIA_SIDE_LOOPBACKS, 0);
	ret->loop_both = get(v, LW_CMIS_SIMULTANEOUS_HOST_AND_MEDIA_SIDE_LOOPBACKS, 0);
	for (int s = 0; s < 2; s++) {
		const struct lw_diag_side *r = &lw_diag_sides[s];

		ret->generates[s] = mask(v, r->generates);
		ret->checks[s] = mask(v, r->checks);
		ret->generate_each[s] = get(v, r->generate_each, 0);
		ret->generate_pattern_each[s] = get(v, r->generate_pattern_each, 0);
		ret->check_each[s] = get(v, r->check_each, 0);
		ret->check_pattern_each[s] = get(v, r->check_pattern_each, 0);
		ret->snr[s] = get(v, r->snr_there, 0);
	}
	ret->gating = (uint8_t)get(v, LW_CMIS_GATING_SUPPORT, 0);
	ret->gate_results = get(v, LW_CMIS_GATING_RESULTS_SUPPORTED, 0);
	ret->counts = get(v, LW_CMIS_BITS_AND_ERRORS_COUNTING_SUPPORTED, 0);
	ret->ber = get(v, LW_CMIS_BIT_ERROR_RATIO_RESULTS_SUPPORTED, 0);
}

void lw_diag_loops(const struct lw_diag_end *e, uint32_t ret[LW_LOOPS])
{
	for (int i = 0; i < LW_LOOPS; i++) {
		unsigned byte =
			lw_map_fields(LW_MAP_CMIS, NULL)[lw_diag_loop_rows[i].enable].byte & 0x7fu;

		ret[i] = 0;
		for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
			if (e->banks >> bank & 1)
				ret[i] |= (uint32_t)e->page[bank][byte] << 8 * bank;
	}
}

int lw_diag_page_read(struct lw_diag_end *e, unsigned bank, unsigned slot, unsigned first,
		      unsigned last, uint8_t page[128], struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[slot];
	struct lw_addr a = {s->i2c, (uint8_t)bank, s->page, (uint8_t)first};

	return lw_bus_read(e->bus, a, page + (first & 0x7f), last - first + 1, reterr);
}

int lw_diag_page_write(struct lw_diag_end *e, unsigned bank, unsigned slot, unsigned byte,
		       const uint8_t *p, unsigned n, struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[slot];
	struct lw_addr a = {s->i2c, (uint8_t)bank, s->page, (uint8_t)byte};

	return lw_bus_write(e->bus, a, p, n, reterr);
}
