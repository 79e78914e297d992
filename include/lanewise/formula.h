/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FORMULA_H
#define LW_FORMULA_H

#include <lanewise/pmd.h>
#include <stddef.h>

/**
 * @file
 * Closed formulas of light, noise, error correction, heat and lasers, for budgets (link) and for
 * virtual modules (twin). docs/design/phy.md derives each one and says where it holds.
 *
 * All functions are pure and thread-safe, take no heap and never fail: an argument outside the
 * stated range gives NaN, and NaN in gives NaN out. All numbers are doubles with their unit in
 * the name; a `ratio` has none. Powers of light are of one lane.
 */

/* Decibels. */

/** 10^(db/10). */
LW_API double lw_phy_ratio(double db);
/** 10 log10(ratio); 0 gives -infinity, below 0 NaN. */
LW_API double lw_phy_db(double ratio);
/** The same for a power against 1 mW. */
LW_API double lw_phy_mw(double dbm);
LW_API double lw_phy_dbm(double mw);

/* Modulation: outer OMA is the power of the highest level less that of the lowest; the levels lie
 * at equal distances and come equally often. IEEE 802.3 clauses 52.9.5 (OMA), 121.8.4 (outer). */

/** Outer OMA of light of that average power and extinction ratio (highest by lowest level). */
LW_API double lw_phy_oma_mw(double average_mw, double er_db);
/** Average power of light of that outer OMA; an extinction ratio of 0 dB has none: NaN. */
LW_API double lw_phy_average_mw(double oma_mw, double er_db);
/** Extinction ratio; +infinity when the lowest level is dark, NaN when it would be negative. */
LW_API double lw_phy_er_db(double average_mw, double oma_mw);

/* What lies between (data/losses.csv: the largest loss that cabling standards allow). */

/** Attenuation of one kilometre of cabled fibre; NaN where the data say nothing. */
LW_API double lw_phy_fibre_db_km(enum lw_grade grade, double wave_nm);
/** What a kilometre of it takes away at least; NaN where the data say nothing. */
LW_API double lw_phy_fibre_least_db_km(enum lw_grade grade, double wave_nm);
/** Insertion loss of one mated connector pair; NaN where the data say nothing. */
LW_API double lw_phy_mated_db(double wave_nm);
/** Insertion loss of one splice. */
LW_API double lw_phy_splice_db(double wave_nm);
/** A whole path. Lossless where there is nothing: 0 m, 0 pairs, 0 splices are 0 dB. */
LW_API double lw_phy_path_db(enum lw_grade grade, double wave_nm, double length_m, unsigned mated,
			     unsigned splices);

/* Noise and errors. SNR is the mean square of the signal about its mean, by the mean square of
 * the noise, at the moment of decision; Q is the distance of a level from its threshold by the
 * noise's standard deviation. Noise is Gaussian, thresholds lie midway, labels are Gray coded. */

/** A photodiode and what follows it. */
struct lw_phy_receiver {
	double responsivity_a_w;
	double bandwidth_ghz;     /**< of the noise; a flat filter */
	double thermal_pa_rthz;   /**< amplifier noise, referred to its input, pA/sqrt(Hz) */
	double rin_db_hz;         /**< intensity noise of the laser; -infinity: none */
	double transmitter_ratio; /**< 1/SNR of what was sent; 0: perfect */
};

/**
 * SNR of light of that outer OMA and extinction ratio: thermal noise, shot noise of the average
 * power, intensity noise of the mean square power, the transmitter's own.
 * @return dB; -infinity without light
 */
LW_API double lw_phy_snr_db(const struct lw_phy_receiver *r, enum lw_modulation m, double oma_mw,
			    double er_db);
/** Outer OMA that this SNR takes; NaN if no light is enough (intensity noise, transmitter). */
LW_API double lw_phy_sensitivity_mw(const struct lw_phy_receiver *r, enum lw_modulation m,
				    double snr_db, double er_db);
/**
 * Amplifier noise of a receiver that reaches `snr_db` at outer OMA `oma_mw`, other members of `r`
 * given: how a data sheet's sensitivity becomes a model.
 * @return pA/sqrt(Hz); NaN if the other noises alone exceed it
 */
LW_API double lw_phy_thermal_pa_rthz(const struct lw_phy_receiver *r, enum lw_modulation m,
				     double snr_db, double oma_mw, double er_db);
/** Intensity noise from a data sheet's, which relates it to the modulation (RIN_OMA, IEEE 802.3
 *  52.9.6: the square of half the OMA); the members of a receiver relate it to all light. PAM4 or
 *  NRZ make no difference of more than 0.3 dB; this is NRZ's. */
LW_API double lw_phy_rin_db_hz(double rin_oma_db_hz, double er_db);
/** SNR of two impairments one after the other: 1/SNR add up. */
LW_API double lw_phy_snr_both_db(double a_db, double b_db);

/** Q of a threshold; NaN for modulations other than NRZ and PAM4, as in all that follow. */
LW_API double lw_phy_q(double snr_db, enum lw_modulation m);
/** The SNR of a Q. */
LW_API double lw_phy_q_snr_db(double q, enum lw_modulation m);
/** Symbol error ratio. */
LW_API double lw_phy_ser(double snr_db, enum lw_modulation m);
/** Bit error ratio; exact for PAM4 too, errors over more than one level included. */
LW_API double lw_phy_ber(double snr_db, enum lw_modulation m);
/** The SNR that has this bit error ratio, which lies in (0, 1/2). Takes about ten evaluations. */
LW_API double lw_phy_ber_snr_db(double ber, enum lw_modulation m);
/**
 * Level transition parameter of such a signal: peaks by valleys of the level histogram (CMIS 5.4
 * 7.1.4.2). @return dB; +infinity when the valleys are empty
 */
LW_API double lw_phy_ltp_db(double snr_db, enum lw_modulation m);

/* Forward error correction (data/fec.csv). Errors of bits are independent: precoding, DFE and
 * multiplexing make bursts, for which these are too good. */

struct lw_fec {
	const char *name; /**< as lw_pmd.fec, for example "RS(544,514)" */
	unsigned n, k;    /**< symbols of a codeword, those of them that are message; 0, 0:
			       no code of symbols */
	unsigned t;       /**< symbols that it corrects */
	unsigned symbol_bits;
	unsigned payload_bytes; /**< Ethernet data of a codeword (64 bits of each 66) */
	double ber_limit;       /**< before correction, where links are specified */
	const char *ref;
	const char *confidence;
};

/** @return the code of that name, "none" included, or NULL */
LW_API const struct lw_fec *lw_fec_find(const char *name);

/** Error ratio of symbols of `bits` bits. */
LW_API double lw_phy_symbol_error(double ber, unsigned bits);
/** Probability of just `errors` wrong symbols in a codeword; accurate to 1e-11 down to 1e-300. */
LW_API double lw_fec_errors(const struct lw_fec *f, double symbol_error, unsigned errors);
/** Codewords that cannot be corrected: more than `t` symbols wrong. Miscorrection counts as such
 *  too. A code without symbols gives NaN, as in all that follow. */
LW_API double lw_fec_codeword_loss(const struct lw_fec *f, double ber);
/** Bit error ratio after correction; a codeword that is not corrected is passed on as it is. */
LW_API double lw_fec_post_ber(const struct lw_fec *f, double ber);
/**
 * Frames lost: any uncorrectable codeword of a group that carries part of a frame takes it; frames
 * begin anywhere in a group equally often.
 * @param interleaved  codewords of a group, that symbols are dealt to in turn: 1, 2 or 4
 * @param frame_bytes  from preamble to gap (lw_frame_bytes()): 80 for the 64-octet frames of IEEE
 *                     802.3's limits
 */
LW_API double lw_fec_frame_loss(const struct lw_fec *f, double ber, unsigned interleaved,
				unsigned frame_bytes);
/** Histogram of wrong symbols in a codeword: bins 0..t, then all above; `n` is at least t + 2.
 *  @return bins filled, 0 if `n` is too small or the code has no symbols */
LW_API unsigned lw_fec_histogram(const struct lw_fec *f, double ber, double ret[], unsigned n);
/**
 * Most wrong symbols in one codeword that `codewords` of them are expected to show: the largest
 * weight that comes at least once on average. 0 to n.
 */
LW_API unsigned lw_fec_worst(const struct lw_fec *f, double ber, double codewords);
/** Is a link that brings this error ratio within what the code is specified for? */
LW_API bool lw_fec_holds(const struct lw_fec *f, double ber);

/* Confidence of a counted error ratio (Poisson statistics: errors far fewer than bits). */

/** Upper limit: at a true ratio above it, so few errors come with probability 1 - confidence. */
LW_API double lw_phy_ber_upper(double errors, double bits, double confidence);
/** Lower limit, 0 without errors. Both at confidence c enclose the true ratio with 2c - 1. */
LW_API double lw_phy_ber_lower(double errors, double bits, double confidence);
/** Bits without an error that show a ratio below `ber`. */
LW_API double lw_phy_ber_bits(double ber, double confidence);

/* Heat. */

/** Thermal resistance, case to air, at another speed of air: r (v_ref/v)^exponent; still air is
 *  taken as the `least` speed, since convection never stops. */
LW_API double lw_phy_resistance_k_w(double ref_k_w, double ref_m_s, double air_m_s,
				    double least_m_s, double exponent);
/** Case temperature: the air, its own power, and what neighbours give (K/W of each). */
LW_API double lw_phy_case_degc(double air_degc, double power_w, double resistance_k_w,
			       double neighbours_w, double coupling_k_w);
/** By how much `power_w` warms a stream of air (about 25 degC, sea level). */
LW_API double lw_phy_air_rise_k(double power_w, double flow_m3_s);
/** First-order settling: where a temperature that heads from `from` to `to` is after `seconds`. */
LW_API double lw_phy_settle(double from, double to, double seconds, double constant_s);

/** A laser at its reference temperature and new. Absolute temperatures are of its case. */
struct lw_phy_laser {
	double ref_degc;
	double threshold_ma;
	double slope_mw_ma;
	double t0_k;            /**< threshold: exp((T - ref)/t0); infinity: no dependence */
	double t1_k;            /**< slope: exp(-(T - ref)/t1) */
	double wave_nm_k;       /**< drift of the wavelength */
	double ageing;          /**< relative rise of the threshold after 1000 h at `ref_degc` */
	double ageing_exponent; /**< 1: linear, 0.5: root of time */
	double ageing_ev;       /**< activation energy (Arrhenius); 0: at any temperature alike */
};

/** Hours at `ref_degc` that age a laser as `hours` at `degc` do. */
LW_API double lw_phy_laser_hours(const struct lw_phy_laser *l, double hours, double degc);
/** Threshold current; `hours` are those of lw_phy_laser_hours(). */
LW_API double lw_phy_laser_threshold_ma(const struct lw_phy_laser *l, double degc, double hours);
LW_API double lw_phy_laser_slope_mw_ma(const struct lw_phy_laser *l, double degc);
/** Current that gives `power_mw`, as a control loop finds it. */
LW_API double lw_phy_laser_bias_ma(const struct lw_phy_laser *l, double power_mw, double degc,
				   double hours);
/** Power at a current; 0 below threshold. */
LW_API double lw_phy_laser_power_mw(const struct lw_phy_laser *l, double bias_ma, double degc,
				    double hours);
/** How far the wavelength has moved from that at `ref_degc`. */
LW_API double lw_phy_laser_drift_nm(const struct lw_phy_laser *l, double degc);

#endif
