/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHANNEL_H
#define LW_CHANNEL_H

#include <lanewise/error.h>
#include <lanewise/pmd.h>
#include <stddef.h>

/**
 * @file
 * What a lane does to one symbol: a channel is a complex response over frequency, built part by
 * part (rise time, fibre, twinax, measured S-parameters, receiver, CTLE), in double precision; its
 * pulse response is what the engines of <lanewise/chain.h> run on. docs/design/phy.md derives the
 * parts.
 *
 * A channel belongs to one thread at a time. Frequencies are in GHz, signalling rates in GBd.
 * Responses of light are those of its power.
 */

/** Samples of a waveform in one symbol. */
#define LW_PHASES 32
/** Longest pulse response in symbols; what is cut away is reported. */
#define LW_PULSE_MAX 128
/** Distances in symbols up to which receiver noise may be correlated, 0 included. */
#define LW_NOISE_LAGS 8
/** Length in symbols of a receiver's answer to one sample of noise. */
#define LW_NOISE_SYMBOLS 8

struct lw_channel;
struct lw_touchstone;

/** Received pulse of one symbol of height 1. Plain data, about 33 KiB. */
struct lw_pulse {
	double baud_gbd;
	unsigned n;     /**< symbols, at most LW_PULSE_MAX */
	unsigned pre;   /**< symbols before the main one */
	double trimmed; /**< energy cut away at both ends, by the whole */
	/** h[p][s]: value (p - pre) symbols and (s - LW_PHASES / 2) samples after the peak. A
	 * waveform is y[k][s] = sum over p of h[p][s] a[k + pre - p]. */
	double h[LW_PULSE_MAX][LW_PHASES];
};

/** What a receiver makes of white noise at its input; scaled to a variance of 1. Plain data. */
struct lw_noise {
	double ghz;              /**< noise bandwidth, one-sided, by the gain at 0 */
	double r[LW_NOISE_LAGS]; /**< correlation of samples that many symbols apart; r[0] is 1 */
	/** Answer at each phase to a unit normal every half symbol: h[2 p + half][s]; the mean over
	 * phases of its energy is 1. */
	double h[2 * LW_NOISE_SYMBOLS][LW_PHASES];
};

/**
 * A lossless channel.
 * @param symbols  length of the window in symbols, a power of two from 16 to 4096: responses
 *                 longer than it wrap around
 * @return 0, LW_EINVAL or LW_ENOMEM; lw_channel_destroy() frees `*ret`
 */
LW_API int lw_channel_create(double baud_gbd, unsigned symbols, struct lw_channel **ret,
			     struct lw_error *reterr);
LW_API void lw_channel_destroy(struct lw_channel *c);

/** The response at the grid frequency nearest to `ghz`. */
LW_API void lw_channel_at(const struct lw_channel *c, double ghz, double *ret_re, double *ret_im);

/* Parts; each multiplies the response. Arguments outside their range: LW_EINVAL, nothing changed.
 */

/** Flat gain; negative: loss. `db` is 20 log10 of the amplitude (electric) or 10 log10 of the power
 *  (light): `light` tells. */
LW_API int lw_channel_gain(struct lw_channel *c, double db, bool light, struct lw_error *reterr);
/** Rise time, 20 % to 80 %, of a Gaussian step. */
LW_API int lw_channel_rise(struct lw_channel *c, double ps, struct lw_error *reterr);
/** Gaussian low-pass with |H| = 1/sqrt(2) at `ghz` (electric), or 1/2 (`light`: modal bandwidth).
 */
LW_API int lw_channel_gaussian(struct lw_channel *c, double ghz, bool light,
			       struct lw_error *reterr);
/** Bessel-Thomson low-pass of fourth order, |H| = 1/sqrt(2) at `ghz` (IEEE 802.3 121.8.5.1). */
LW_API int lw_channel_bessel(struct lw_channel *c, double ghz, struct lw_error *reterr);
/** Continuous-time equaliser: (10^(dc/20) + jf/z) / ((1 + jf/p1)(1 + jf/p2)), IEEE 802.3 93A.1.4.3.
 */
LW_API int lw_channel_ctle(struct lw_channel *c, double dc_db, double zero_ghz, double pole1_ghz,
			   double pole2_ghz, struct lw_error *reterr);
/** Twinax or traces: loss in dB fixed + skin sqrt(f) + dielectric f, f in GHz; the phase is what
 *  causality demands of each part. */
LW_API int lw_channel_twinax(struct lw_channel *c, double fixed_db, double skin_db,
			     double dielectric_db, struct lw_error *reterr);
/** Chromatic dispersion of `ps_nm` in small signals of light: cos(t) - chirp sin(t), with t =
 *  pi D lambda^2 f^2 / c. Exact propagation: lw_field_disperse(). */
LW_API int lw_channel_dispersion(struct lw_channel *c, double ps_nm, double wave_nm, double chirp,
				 struct lw_error *reterr);
/**
 * A fibre by its grade (data/fibres.csv): largest attenuation allowed, modal bandwidth, and
 * chromatic dispersion over a source of `width_nm` rms (multimode) or of one line (single mode,
 * small signals).
 * @return 0; LW_ENOTSUP where the data say nothing of the grade at that wavelength
 */
LW_API int lw_channel_fibre(struct lw_channel *c, enum lw_grade grade, double wave_nm,
			    double length_m, double width_nm, double chirp,
			    struct lw_error *reterr);
/** All of another channel of the same rate and window. */
LW_API int lw_channel_cascade(struct lw_channel *c, const struct lw_channel *other,
			      struct lw_error *reterr);
/** Differential transmission of a measured network, interpolated; see struct lw_touchstone. */
LW_API int lw_channel_touchstone(struct lw_channel *c, const struct lw_touchstone *t,
				 struct lw_error *reterr);

/**
 * The pulse response to a rectangular symbol.
 * @param trim  energy that may be cut away at both ends, by the whole: 1e-6 is usual
 * @return 0; LW_EINVAL when nothing comes through
 */
LW_API int lw_channel_pulse(const struct lw_channel *c, double trim, struct lw_pulse *ret,
			    struct lw_error *reterr);
/** What it makes of white noise at its input; `c` is the receiver alone, from where noise enters.
 */
LW_API int lw_channel_noise(const struct lw_channel *c, struct lw_noise *ret,
			    struct lw_error *reterr);

/** Feed-forward taps, a symbol apart, before the channel (transmitter) or behind it.
 *  @param pre  taps before the main one */
LW_API int lw_pulse_fir(struct lw_pulse *p, const double *tap, unsigned n, unsigned pre,
			struct lw_error *reterr);

/** Chromatic dispersion in ps/(nm km) of a fibre grade; NaN where the data say nothing. `low` and
 *  `high` are the least and the largest that its standard allows. */
LW_API void lw_fibre_dispersion(enum lw_grade grade, double wave_nm, double *ret_low,
				double *ret_high);
/** Modal bandwidth in MHz km; +infinity for single mode, NaN where the data say nothing. */
LW_API double lw_fibre_modal_mhz_km(enum lw_grade grade, double wave_nm);

/**
 * Send a periodic waveform of light power through a dispersive fibre: the field (root of the power,
 * with chirp) through an all-pass, its square at the detector. Not linear in the power.
 * @param power  `n` samples, not negative, replaced; `n` is a power of two
 */
LW_API int lw_field_disperse(double *power, size_t n, double sample_ghz, double ps_nm,
			     double wave_nm, double chirp, struct lw_error *reterr);

/* Touchstone files. */

/** What reading a file found and did; told to people, never silent. */
struct lw_touchstone_report {
	unsigned ports, points;
	double low_ghz, high_ghz, ohm;
	unsigned order[4]; /**< in +, in -, out +, out -, from 1 */
	bool order_chosen; /**< by looking: one order has at least 20 dB less loss */
	bool dc_made;      /**< the file had no point at 0: magnitude fitted, phase 0 or pi */
	double worst_gain; /**< largest singular value of all points; over 1: not passive */
	unsigned active;   /**< points where it is over 1.001 */
	double early;      /**< energy before the delay of the main path, by the whole */
	double delay_ps;   /**< taken out before interpolation, put back after */
	double reach_ghz;  /**< extended by the loss law from here on */
};

/**
 * Read a Touchstone file of version 1: two ports (single-ended) or four.
 * @param order  of a four-port: in +, in -, out +, out -, from 1; NULL: taken from the file where
 *               its two usual orders differ by 20 dB, otherwise refused
 * @return 0; LW_EINVAL with the line for what is no Touchstone; LW_ENOTSUP for version 2, noise
 *         data, other port counts, and for an order that cannot be told
 */
LW_API int lw_touchstone_parse(const char *text, size_t n, const char *name, unsigned ports,
			       const unsigned *order, struct lw_touchstone **ret,
			       struct lw_error *reterr);
LW_API void lw_touchstone_destroy(struct lw_touchstone *t);
LW_API const struct lw_touchstone_report *lw_touchstone_report(const struct lw_touchstone *t);

#endif
