/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHANNEL_INTERNAL_H
#define LW_CHANNEL_INTERNAL_H

#include <complex.h>
#include <lanewise/channel.h>

/** Response at k baud / symbols for k = 0 to half: the last is half the rate of samples. */
struct lw_channel {
	double baud_gbd;
	unsigned symbols;
	size_t half; /**< symbols * LW_PHASES / 2 */
	double complex h[];
};

/** One row of data/fibres.csv. */
struct lw_fibre {
	const char *grade;
	unsigned low_nm, high_nm;
	double modal_mhz_km; /**< NaN: single mode */
	double zero_low_nm, zero_high_nm, slope;
	const char *confidence, *ref;
};
extern const struct lw_fibre lw_fibres[];
extern const size_t lw_fibres_n;

/** Speed of light, m/s (exact). */
#define LW_LIGHT 299792458.0

static inline double lw_channel_ghz(const struct lw_channel *c, size_t k)
{
	return (double)k * c->baud_gbd / c->symbols;
}

/** Angle of the all-pass of chromatic dispersion at `ghz`: pi D lambda^2 f^2 / c. */
double lw_dispersion_angle(double ps_nm, double wave_nm, double ghz);

#endif
