/* SPDX-License-Identifier: Apache-2.0 */
#include "channel-internal.h"
#include "fft.h"

#include <lanewise/formula.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct lw_fibre *find(enum lw_grade grade, double wave_nm)
{
	for (size_t i = 0; grade < LW_GRADE_NONE && i < lw_fibres_n; i++)
		if (!strcmp(lw_fibres[i].grade, lw_grade_name(grade)) &&
		    wave_nm >= lw_fibres[i].low_nm && wave_nm <= lw_fibres[i].high_nm)
			return &lw_fibres[i];
	return NULL;
}

/* D = S0 / 4 (l - l0^4 / l^3), the slope at the zero being S0. */
static double dispersion(const struct lw_fibre *f, double wave_nm, double zero_nm)
{
	return f->slope / 4 * (wave_nm - pow(zero_nm, 4) / pow(wave_nm, 3));
}

void lw_fibre_dispersion(enum lw_grade grade, double wave_nm, double *ret_low, double *ret_high)
{
	const struct lw_fibre *f = find(grade, wave_nm);

	*ret_low = f ? dispersion(f, wave_nm, f->zero_high_nm) : NAN;
	*ret_high = f ? dispersion(f, wave_nm, f->zero_low_nm) : NAN;
}

double lw_fibre_modal_mhz_km(enum lw_grade grade, double wave_nm)
{
	const struct lw_fibre *f = find(grade, wave_nm);

	if (!f)
		return NAN;
	return isnan(f->modal_mhz_km) ? INFINITY : f->modal_mhz_km;
}

double lw_dispersion_angle(double ps_nm, double wave_nm, double ghz)
{
	/* ps/nm is 1e-3 s/m, nm^2 1e-18 m^2, GHz^2 1e18 Hz^2. */
	return M_PI * ps_nm * 1e-3 * wave_nm * wave_nm * ghz * ghz / LW_LIGHT;
}

int lw_channel_dispersion(struct lw_channel *c, double ps_nm, double wave_nm, double chirp,
			  struct lw_error *reterr)
{
	if (!(isfinite(ps_nm) && wave_nm > 100 && wave_nm < 1e4 && fabs(chirp) < 100))
		return lw_fail(reterr, LW_EINVAL, "dispersion of %g ps/nm at %g nm, chirp %g",
			       ps_nm, wave_nm, chirp);
	for (size_t k = 0; k <= c->half; k++) {
		double t = lw_dispersion_angle(ps_nm, wave_nm, lw_channel_ghz(c, k));

		c->h[k] *= cos(t) - chirp * sin(t);
	}
	return 0;
}

int lw_channel_fibre(struct lw_channel *c, enum lw_grade grade, double wave_nm, double length_m,
		     double width_nm, double chirp, struct lw_error *reterr)
{
	const struct lw_fibre *f = find(grade, wave_nm);
	double km = length_m / 1e3, db = lw_phy_path_db(grade, wave_nm, length_m, 0, 0);
	double low, high, worst, modal, spread;

	if (!(length_m >= 0 && length_m < 1e7 && width_nm >= 0))
		return lw_fail(reterr, LW_EINVAL, "a fibre of %g m, light %g nm wide", length_m,
			       width_nm);
	if (!f || isnan(db))
		return lw_fail(reterr, LW_ENOTSUP, "nothing is known of %s fibre at %g nm",
			       lw_grade_name(grade), wave_nm);
	if (length_m == 0)
		return 0;
	lw_fibre_dispersion(grade, wave_nm, &low, &high);
	worst = fabs(low) > fabs(high) ? low : high;
	modal = lw_fibre_modal_mhz_km(grade, wave_nm);
	if (isinf(modal) && lw_channel_dispersion(c, worst * km, wave_nm, chirp, reterr))
		return LW_EINVAL;
	/* Many modes and lines: their delays spread like a bell, so do their powers. */
	spread = isinf(modal) ? 0 : fabs(worst) * km * width_nm;
	if (spread > 0)
		lw_channel_gaussian(c, 1e3 * sqrt(2 * M_LN2) / (2 * M_PI * spread), true, NULL);
	lw_channel_gaussian(c, modal / 1e3 / km, true, NULL);
	return lw_channel_gain(c, -db, true, reterr);
}

int lw_field_disperse(double *power, size_t n, double sample_ghz, double ps_nm, double wave_nm,
		      double chirp, struct lw_error *reterr)
{
	double complex *field;

	if (n < 2 || (n & (n - 1)) || !(sample_ghz > 0 && wave_nm > 100 && wave_nm < 1e4) ||
	    !isfinite(ps_nm) || !(fabs(chirp) < 100))
		return lw_fail(reterr, LW_EINVAL, "a field of %zu samples, %g ps/nm at %g nm", n,
			       ps_nm, wave_nm);
	for (size_t i = 0; i < n; i++)
		if (!(power[i] >= 0))
			return lw_fail(reterr, LW_EINVAL, "the power of sample %zu is negative", i);
	field = malloc(n * sizeof(*field));
	if (!field)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	/* Chirp turns the phase with the logarithm of the power; darkness has no phase. */
	for (size_t i = 0; i < n; i++)
		field[i] = sqrt(power[i]) *
			   cexp(lw_complex(0, chirp / 2 * log(fmax(power[i], 1e-30))));
	lw_fft(field, n, 0);
	for (size_t k = 0; k < n; k++) {
		double f =
			(k <= n / 2 ? (double)k : (double)k - (double)n) * sample_ghz / (double)n;

		field[k] *= cexp(lw_complex(0, lw_dispersion_angle(ps_nm, wave_nm, f))) / (double)n;
	}
	lw_fft(field, n, 1);
	for (size_t i = 0; i < n; i++)
		power[i] = creal(field[i] * conj(field[i]));
	free(field);
	return 0;
}
