/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LANE_H
#define LW_LANE_H

#include <lanewise/chain.h>

/**
 * @file
 * One lane as a chain: what a PMD is specified to send and to receive, and what lies between.
 *
 * Light: receiver noise is what makes the receiver just reach its sensitivity on a short fibre;
 * levels of the chain are mW at the receiver. Copper: transmitter, receiver noise and equaliser are
 * those of IEEE 802.3 Annex 93A (channel operating margin); levels are volts, differential peak, at
 * the transmitter. Crosstalk and what the receiver reflects are left out.
 */

/** Initialise with LW_LANE_OPTIONS; NaN stands for what the data say. */
struct lw_lane_options {
	const struct lw_pmd *pmd;
	enum lw_grade grade; /**< LW_GRADE_NONE: OS2, or the longest reaching grade */
	double length_m;
	unsigned mated, splices; /**< between the two modules' own connectors */
	double launch_dbm;       /**< average */
	double er_db;
	double sensitivity_dbm; /**< outer OMA at the FEC's limit */
	double reflectance_db;  /**< of each mated pair */
	double extra_db;        /**< loss on top */
};
#define LW_LANE_OPTIONS                                                                            \
	((struct lw_lane_options){.grade = LW_GRADE_NONE,                                          \
				  .launch_dbm = (double)__builtin_nanf(""),                        \
				  .er_db = (double)__builtin_nanf(""),                             \
				  .sensitivity_dbm = (double)__builtin_nanf(""),                   \
				  .reflectance_db = (double)__builtin_nanf("")})

/** A lane of passive copper. Initialise with LW_COPPER_OPTIONS. */
struct lw_copper_options {
	const struct lw_pmd *pmd;
	double length_m;
	const char *wire; /**< gauge of data/wires.csv, "26AWG"; NULL: the one that loses least */
	/** measured cable instead of a length of wire; NULL: none. Not kept. */
	const struct lw_touchstone *measured;
	double host_db;  /**< loss inside each end at half the rate; NaN: what the data say */
	double extra_db; /**< flat loss on top */
};
#define LW_COPPER_OPTIONS ((struct lw_copper_options){.host_db = (double)__builtin_nanf("")})

/** A fact or model number that an answer rests on. */
struct lw_lane_basis {
	const char *name;
	double value;
	const char *unit, *confidence, *ref;
};
#define LW_LANE_BASES 20

/** A lane made; `chain` points into it, so it does not move. About 70 KiB. */
struct lw_lane {
	struct lw_chain chain; /**< equalised */
	struct lw_pulse pulse;
	struct lw_noise noise;
	bool copper;                        /**< then nothing of light is set */
	const char *wire;                   /**< copper: its gauge; "" if it was measured */
	double cable_db, host_db, boost_db; /**< copper: losses at half the rate, CTLE */
	enum lw_grade grade;
	double wave_nm, launch_dbm, er_db, oma_dbm; /**< sent */
	double loss_db, received_dbm, received_oma_dbm;
	double sensitivity_dbm;
	double ber_limit; /**< of the FEC; where the sensitivity is said */
	double snr_db;
	unsigned interleaved; /**< codewords of the FEC that share lanes */
	unsigned basis_n;
	struct lw_lane_basis basis[LW_LANE_BASES];
};

/**
 * Make the chain of a lane.
 * @return 0; LW_EINVAL; LW_ENOTSUP: not light of NRZ or PAM4, or nothing is known of that PMD or
 *         fibre; LW_ENOMEM
 */
LW_API int lw_lane_make(const struct lw_lane_options *o, struct lw_lane *ret,
			struct lw_error *reterr);

/**
 * Make the chain of a copper lane: wire (or a measured network) between two hosts, the CTLE that
 * serves best, FFE and DFE by least mean square error.
 * @return 0; LW_EINVAL; LW_ENOTSUP: not copper, no numbers for that rate (data/copper.csv), no such
 *         wire, or no FEC with a stated limit; LW_ENOMEM
 */
LW_API int lw_copper_make(const struct lw_copper_options *o, struct lw_lane *ret,
			  struct lw_error *reterr);

/** What becomes of a lane. */
struct lw_lane_answer {
	struct lw_stat stat;
	double margin_db;  /**< loss that may come on top until the FEC's limit is met: 10 log10 of
			      light, 20 log10 of volts */
	double post_ber;   /**< after correction; NaN: no closed form for that code */
	double frame_loss; /**< of 64-octet frames */
	double codeword_loss;
	bool holds; /**< BER within the FEC's limit */
};
LW_API int lw_lane_judge(const struct lw_lane *l, struct lw_lane_answer *ret,
			 struct lw_error *reterr);

#endif
