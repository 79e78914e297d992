/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PHY_LANE_H
#define LW_CLI_PHY_LANE_H

#include "cmd-phy.h"
#include <lanewise/json.h>
#include <lanewise/lane.h>

/*
 * "lanewise phy eye", "ber", "tdecq" and "link": the lane that they are asked about, from its
 * options; what they share in print.
 */

/** What --pmd and its options say; the first rows of a command's options. */
#define PHY_PATH_OPTIONS                                                                           \
	{"pmd", "NAME", "a lane of this PMD, for example 400GBASE-DR4"},                           \
		{"length", "METRES", "of the fibre or cable (default 0)"},                         \
		{"grade", "GRADE", "OM1 to OM5, OS2 (default: the PMD's farthest reaching)"},      \
		{"connectors", "N", "mated pairs between the two modules (default 0)"},            \
		{"splices", "N", "splices between them (default 0)"},                              \
		{"launch", "DBM", "average launch power (default: the PMD's typical one)"},        \
		{"reflectance", "DB", "of each mated pair, negative (default: data/lane.csv)"},    \
		{"extra-loss", "DB", "loss on top"},                                               \
		{"wire", "GAUGE", "of copper: 26AWG, 30AWG (default: the one that loses least)"},  \
		{"host-loss", "DB", "of copper: inside each end, at half the rate"},               \
		{"touchstone", "FILE", "measured copper; .s2p or .s4p tells its ports"},           \
	{                                                                                          \
		"order", "A,B,C,D", "ports of a .s4p: in +, in -, out +, out -"                    \
	}
enum {
	PHY_PMD,
	PHY_LENGTH,
	PHY_GRADE,
	PHY_CONNECTORS,
	PHY_SPLICES,
	PHY_LAUNCH,
	PHY_REFLECTANCE,
	PHY_EXTRA_LOSS,
	PHY_WIRE,
	PHY_HOST_LOSS,
	PHY_TOUCHSTONE,
	PHY_ORDER,
	PHY_PATH_N
};

/** Electrical or abstract lanes, and what changes either kind; the rows that follow. */
#define PHY_LANE_OPTIONS                                                                           \
	{"nrz", NULL, "without --pmd: NRZ (default PAM4)"},                                        \
		{"baud", "GBD", "without --pmd: signalling rate (default 53.125)"},                \
		{"rise", "PS", "without --pmd: 20 % to 80 % rise time (default 0)"},               \
		{"loss", "F,S,D", "twinax: F + S sqrt(f) + D f dB, f in GHz"},                     \
		{"bandwidth", "GHZ", "of the receiver (default 0.75 of the rate)"},                \
		{"ctle", "DB", "boost of a continuous-time equaliser"},                            \
		{"tx-ffe", "A,B,...", "transmitter taps; the largest is the main one"},            \
		{"noise", "RMS", "receiver noise; levels are -1 to 1 (default 0.03)"},             \
		{"snr", "DB", "an ideal lane: no filters, noise of that SNR at the slicer"},       \
		{"rlm", "RATIO", "level mismatch ratio (default 1)"},                              \
		{"rj", "UI", "random jitter, rms"}, {"dj", "UI", "deterministic jitter, peaks"},   \
		{"ffe", "N", "taps of the receiver (default 5)"},                                  \
		{"dfe", "N", "taps of its decision feedback (default 0)"},                         \
	{                                                                                          \
		"seed", "N", "of all random numbers (default 1)"                                   \
	}
enum {
	PHY_NRZ = PHY_PATH_N,
	PHY_BAUD,
	PHY_RISE,
	PHY_LOSS,
	PHY_BANDWIDTH,
	PHY_CTLE,
	PHY_TX_FFE,
	PHY_NOISE,
	PHY_SNR,
	PHY_RLM,
	PHY_RJ,
	PHY_DJ,
	PHY_FFE,
	PHY_DFE,
	PHY_SEED,
	PHY_LANE_N
};

#define PHY_TX_TAPS 8

/** The options as given; start with PHY_LANE. */
struct phy_lane {
	struct lw_lane_options path;
	struct lw_copper_options copper; /**< its PMD, length and extra loss are those of `path` */
	bool nrz;
	double baud_gbd, rise_ps, loss[3], bandwidth_ghz, ctle_db, tx_tap[PHY_TX_TAPS];
	unsigned tx_n;
	const char *touchstone;
	unsigned order[4];
	double noise_rms, snr_db, rlm, rj_ui, dj_ui;
	unsigned ffe_n, dfe_n;
	uint64_t seed;
	uint32_t given; /**< bit n: option n was there */
};
#define PHY_LANE                                                                                   \
	((struct phy_lane){.path = LW_LANE_OPTIONS,                                                \
			   .copper = LW_COPPER_OPTIONS,                                            \
			   .baud_gbd = 53.125,                                                     \
			   .noise_rms = 0.03,                                                      \
			   .rlm = 1,                                                               \
			   .ffe_n = 5,                                                             \
			   .seed = 1})

/** One of the rows above. @return 0, or -1: no such value */
int phy_lane_option(struct phy_lane *l, int index, const char *value);
/** Refuse options that exclude each other. @return 0 or CLI_USAGE (said) */
int phy_lane_check(const struct cli_command *c, const struct phy_lane *l);
/** Make the lane; what a Touchstone file needed is said on standard error. */
int phy_lane_make(const struct phy_lane *l, struct lw_lane *ret, struct lw_error *reterr);

/** A number that fills the whole text and lies within. @return 0, or -1 */
int phy_number(const char *s, double low, double high, double *ret);
int phy_whole(const char *s, uint64_t low, uint64_t high, uint64_t *ret);

/** What an answer rests on with low confidence, for people; a list in JSON. */
void phy_print_bases(const struct lw_lane *l);
void phy_json_bases(struct lw_json *j, const struct lw_lane *l);

#endif
