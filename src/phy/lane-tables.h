/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LANE_TABLES_H
#define LW_LANE_TABLES_H

#include <lanewise/lane.h>
#include <lanewise/pcs.h>

/** Of one row of data/light.csv. */
struct lw_launch {
	const char *pmd;
	double dbm, er_db, sensitivity_dbm;
	const char *laser, *confidence, *ref;
};
extern const struct lw_launch lw_launches[];
extern const size_t lw_launches_n;

/** Of one row of data/lasers.csv. */
struct lw_rin {
	const char *name;
	double rin_oma_db_hz;
	const char *confidence, *ref;
};
extern const struct lw_rin lw_rins[];
extern const size_t lw_rins_n;

/** Of one row of data/copper.csv. */
struct lw_copper {
	const char *name;
	enum lw_modulation modulation;
	double low_gbd, high_gbd;
	double amplitude_v; /**< differential peak */
	double rlm, snr_tx_db;
	double noise_v2_ghz; /**< at the receiver's input, one-sided */
	double rj_ui, dj_ui;
	double rise;                         /**< symbols */
	double receiver, zero, pole1, pole2; /**< by the signalling rate */
	double ctle_db;                      /**< strongest boost */
	double host_db;                      /**< of each end, at half the rate */
	unsigned ffe_taps, ffe_before, dfe_taps;
	const char *confidence, *ref;
};
extern const struct lw_copper lw_coppers[];
extern const size_t lw_coppers_n;

/** Note what an answer rests on. */
void lw_lane_note(struct lw_lane *l, struct lw_lane_basis b);
/** Set how codewords lie on the lane. */
void lw_lane_pcs(struct lw_lane *l, const struct lw_pmd *pmd);

extern const struct lw_lane_basis lw_lane_numbers[];
extern const size_t lw_lane_numbers_n;

#endif
