/* SPDX-License-Identifier: Apache-2.0 */
#include "image-make.h"

#define KBD_PER_MBD 1000.0

/* Power classes of SFF-8636 Table 6-16: 1-4 in two bits, 5-7 in two more, 8 in a bit of its own. */
enum { CLASS_4 = 4, CLASS_7 = 7 };

/* Power levels of SFF-8472 Table 8-3. */
enum { LEVEL_2 = 2, LEVEL_3 = 3, LEVEL_4 = 4 };

/* Rate registers: fine up to what eight bits hold, then all ones and a coarser one (ext). */
static void put_rate(struct lw_maker *m, unsigned id, unsigned ext)
{
	const struct lw_field *f = &m->fields[id];
	double mbd = lw_make_baud_kbd(m->part) / KBD_PER_MBD;

	lw_make_value(m, id, mbd, LW_MAKE_NEAREST);
	if (mbd * f->den / f->num > UINT8_MAX)
		lw_make_value(m, ext, mbd, LW_MAKE_NEAREST);
}

static uint32_t reach(const struct lw_maker *m, enum lw_grade g)
{
	return m->part->pmd && m->part->receptacles ? m->part->pmd->reach_m[g] : 0;
}

static void put_sff8636_power(struct lw_maker *m)
{
	unsigned class = lw_make_power_class(m->part);

	lw_make_put(m, LW_SFF8636_POWER_CLASS_1_4, 0, (class < CLASS_4 ? class : CLASS_4) - 1);
	if (class > CLASS_4)
		lw_make_put(m, LW_SFF8636_POWER_CLASS_5_7, 0,
			    (class < CLASS_7 ? class : CLASS_7) - CLASS_4);
	if (class > CLASS_7) {
		lw_make_put(m, LW_SFF8636_POWER_CLASS_8, 0, 1);
		lw_make_value(m, LW_SFF8636_MAX_POWER_W_CLASS8, m->part->power_w, LW_MAKE_UP);
	}
}

static void put_sff8636_identity(struct lw_maker *m)
{
	const struct lw_part *p = m->part;

	lw_make_put(m, LW_SFF8636_IDENTIFIER, 0, p->identifier);
	lw_make_put(m, LW_SFF8636_IDENTIFIER_00H, 0, p->identifier);
	lw_make_put(m, LW_SFF8636_CONNECTOR, 0, p->connector);
	lw_make_put(m, LW_SFF8636_COMPLIANCE_10_40G, 0, p->compliance_10g);
	lw_make_put(m, LW_SFF8636_EXT_COMPLIANCE, 0, p->ext_compliance);
	lw_make_put(m, LW_SFF8636_DEVICE_TECHNOLOGY, 0, p->technology);
	lw_make_text(m, LW_SFF8636_VENDOR_NAME, m->opt->vendor);
	lw_make_text(m, LW_SFF8636_VENDOR_PN, m->opt->pn);
	lw_make_text(m, LW_SFF8636_VENDOR_REV, "A");
	lw_make_text(m, LW_SFF8636_VENDOR_SN, m->opt->sn);
	lw_make_text(m, LW_SFF8636_DATE_CODE, "250101");
	put_rate(m, LW_SFF8636_NOMINAL_BITRATE, LW_SFF8636_NOMINAL_BITRATE_EXT);
	put_sff8636_power(m);
}

static void put_sff8636_cable(struct lw_maker *m)
{
	static const struct lw_make_loss losses[] = {{LW_SFF8636_ATTENUATION_2P5G, 2500},
						     {LW_SFF8636_ATTENUATION_5G, 5000},
						     {LW_SFF8636_ATTENUATION_7G, 7000},
						     {LW_SFF8636_ATTENUATION_12P9G, 12900},
						     {LW_SFF8636_ATTENUATION_25P78G, 25800}};
	const struct lw_part *p = m->part;
	unsigned lanes = m->fields[LW_SFF8636_NEAR_END_UNIMPLEMENTED].lanes;

	lw_make_value(m, LW_SFF8636_LENGTH_COPPER_OR_OM4, m->length_m, LW_MAKE_UP);
	lw_make_losses(m, losses, sizeof(losses) / sizeof(losses[0]));
	lw_make_put(m, LW_SFF8636_FAR_END_IMPLEMENTATION, 0, p->far_code);
	/* A plug of a breakout cable may use fewer channels than it has contacts for. */
	for (unsigned lane = 0; p->wire && p->pmd && lane < lanes; lane++)
		lw_make_put(m, LW_SFF8636_NEAR_END_UNIMPLEMENTED, lane, lane >= p->pmd->lanes);
}

static void put_sff8636_reach(struct lw_maker *m)
{
	lw_make_value(m, LW_SFF8636_LENGTH_SMF, reach(m, LW_OS2), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8636_LENGTH_OM3, reach(m, LW_OM3), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8636_LENGTH_OM2, reach(m, LW_OM2), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8636_LENGTH_OM1, reach(m, LW_OM1), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8636_LENGTH_OM4, reach(m, LW_OM4), LW_MAKE_UP);
}

static void put_sff8636_thresholds(struct lw_maker *m)
{
	static const uint16_t ids[5][4] = {
		{LW_SFF8636_TEMP_HIGH_ALARM, LW_SFF8636_TEMP_LOW_ALARM,
		 LW_SFF8636_TEMP_HIGH_WARNING, LW_SFF8636_TEMP_LOW_WARNING},
		{LW_SFF8636_VCC_HIGH_ALARM, LW_SFF8636_VCC_LOW_ALARM, LW_SFF8636_VCC_HIGH_WARNING,
		 LW_SFF8636_VCC_LOW_WARNING},
		{LW_SFF8636_TX_BIAS_HIGH_ALARM, LW_SFF8636_TX_BIAS_LOW_ALARM,
		 LW_SFF8636_TX_BIAS_HIGH_WARNING, LW_SFF8636_TX_BIAS_LOW_WARNING},
		{LW_SFF8636_TX_POWER_HIGH_ALARM, LW_SFF8636_TX_POWER_LOW_ALARM,
		 LW_SFF8636_TX_POWER_HIGH_WARNING, LW_SFF8636_TX_POWER_LOW_WARNING},
		{LW_SFF8636_RX_POWER_HIGH_ALARM, LW_SFF8636_RX_POWER_LOW_ALARM,
		 LW_SFF8636_RX_POWER_HIGH_WARNING, LW_SFF8636_RX_POWER_LOW_WARNING},
	};

	lw_make_thresholds(m, ids);
}

void lw_make_sff8636(struct lw_maker *m)
{
	double nm, tolerance;

	lw_make_slot(m, LW_SFF8636_SLOT_L);
	lw_make_slot(m, LW_SFF8636_SLOT_00H);
	if (!m->flat)
		lw_make_slot(m, LW_SFF8636_SLOT_03H);
	put_sff8636_identity(m);
	if (lw_make_wave(m, &nm, &tolerance)) {
		lw_make_value(m, LW_SFF8636_WAVELENGTH, nm, LW_MAKE_NEAREST);
		lw_make_value(m, LW_SFF8636_WAVELENGTH_TOLERANCE, tolerance, LW_MAKE_UP);
	}
	if (m->part->receptacles)
		put_sff8636_reach(m);
	else
		put_sff8636_cable(m);
	if (!m->flat)
		put_sff8636_thresholds(m);
}

static void put_sff8472_identity(struct lw_maker *m)
{
	const struct lw_part *p = m->part;
	unsigned level = lw_make_power_class(p);

	lw_make_put(m, LW_SFF8472_IDENTIFIER, 0, p->identifier);
	lw_make_put(m, LW_SFF8472_CONNECTOR, 0, p->connector);
	lw_make_put(m, LW_SFF8472_COMPLIANCE_10G, 0,
		    p->compliance_10g >> m->fields[LW_SFF8472_COMPLIANCE_10G].shift);
	lw_make_put(m, LW_SFF8472_EXT_COMPLIANCE, 0, p->ext_compliance);
	lw_make_text(m, LW_SFF8472_VENDOR_NAME, m->opt->vendor);
	lw_make_text(m, LW_SFF8472_VENDOR_PN, m->opt->pn);
	lw_make_text(m, LW_SFF8472_VENDOR_REV, "A");
	lw_make_text(m, LW_SFF8472_VENDOR_SN, m->opt->sn);
	lw_make_text(m, LW_SFF8472_DATE_CODE, "250101");
	put_rate(m, LW_SFF8472_NOMINAL_BITRATE, LW_SFF8472_NOMINAL_BITRATE_EXT);
	lw_make_put(m, LW_SFF8472_POWER_LEVEL_2, 0, level == LEVEL_2);
	lw_make_put(m, LW_SFF8472_POWER_LEVEL_3, 0, level >= LEVEL_3);
	lw_make_put(m, LW_SFF8472_POWER_LEVEL_4, 0, level >= LEVEL_4);
	if (level >= LEVEL_4)
		lw_make_value(m, LW_SFF8472_MAX_POWER, p->power_w, LW_MAKE_UP);
}

static void put_sff8472_reach(struct lw_maker *m)
{
	double nm, tolerance;

	if (lw_make_wave(m, &nm, &tolerance))
		lw_make_value(m, LW_SFF8472_WAVELENGTH, nm, LW_MAKE_NEAREST);
	lw_make_value(m, LW_SFF8472_LENGTH_SMF_KM, reach(m, LW_OS2), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8472_LENGTH_SMF_100M, reach(m, LW_OS2), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8472_LENGTH_OM1, reach(m, LW_OM1), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8472_LENGTH_OM2, reach(m, LW_OM2), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8472_LENGTH_OM3, reach(m, LW_OM3), LW_MAKE_UP);
	lw_make_value(m, LW_SFF8472_LENGTH_OM4_OR_COPPER, reach(m, LW_OM4), LW_MAKE_UP);
}

static void put_sff8472_thresholds(struct lw_maker *m)
{
	static const uint16_t ids[5][4] = {
		{LW_SFF8472_TEMP_HIGH_ALARM, LW_SFF8472_TEMP_LOW_ALARM,
		 LW_SFF8472_TEMP_HIGH_WARNING, LW_SFF8472_TEMP_LOW_WARNING},
		{LW_SFF8472_VCC_HIGH_ALARM, LW_SFF8472_VCC_LOW_ALARM, LW_SFF8472_VCC_HIGH_WARNING,
		 LW_SFF8472_VCC_LOW_WARNING},
		{LW_SFF8472_TX_BIAS_HIGH_ALARM, LW_SFF8472_TX_BIAS_LOW_ALARM,
		 LW_SFF8472_TX_BIAS_HIGH_WARNING, LW_SFF8472_TX_BIAS_LOW_WARNING},
		{LW_SFF8472_TX_POWER_HIGH_ALARM, LW_SFF8472_TX_POWER_LOW_ALARM,
		 LW_SFF8472_TX_POWER_HIGH_WARNING, LW_SFF8472_TX_POWER_LOW_WARNING},
		{LW_SFF8472_RX_POWER_HIGH_ALARM, LW_SFF8472_RX_POWER_LOW_ALARM,
		 LW_SFF8472_RX_POWER_HIGH_WARNING, LW_SFF8472_RX_POWER_LOW_WARNING},
	};

	lw_make_thresholds(m, ids);
}

void lw_make_sff8472(struct lw_maker *m)
{
	static const struct lw_make_loss losses[] = {{LW_SFF8472_ATTENUATION_12P9G, 12900},
						     {LW_SFF8472_ATTENUATION_25P78G, 25800}};

	lw_make_slot(m, LW_SFF8472_SLOT_A0);
	lw_make_slot(m, LW_SFF8472_SLOT_A0U);
	if (!m->flat) {
		lw_make_slot(m, LW_SFF8472_SLOT_A2);
		lw_make_slot(m, LW_SFF8472_SLOT_A2_00);
	}
	put_sff8472_identity(m);
	if (m->part->receptacles) {
		put_sff8472_reach(m);
	} else {
		lw_make_value(m, LW_SFF8472_LENGTH_COPPER, m->length_m, LW_MAKE_UP);
		lw_make_losses(m, losses, sizeof(losses) / sizeof(losses[0]));
	}
	if (!m->flat)
		put_sff8472_thresholds(m);
}
