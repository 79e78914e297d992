/* SPDX-License-Identifier: Apache-2.0 */
#include "channel-internal.h"
#include "fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int lw_channel_create(double baud_gbd, unsigned symbols, struct lw_channel **ret,
		      struct lw_error *reterr)
{
	struct lw_channel *c;
	size_t half = (size_t)symbols * LW_PHASES / 2;

	if (!(baud_gbd > 0 && baud_gbd < 1e4))
		return lw_fail(reterr, LW_EINVAL, "a channel's rate of %g GBd is out of range",
			       baud_gbd);
	if (symbols < 16 || symbols > 4096 || (symbols & (symbols - 1)))
		return lw_fail(reterr, LW_EINVAL,
			       "a channel's window of %u symbols is no power of two 16-4096",
			       symbols);
	c = malloc(sizeof(*c) + (half + 1) * sizeof(c->h[0]));
	if (!c)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	c->baud_gbd = baud_gbd;
	c->symbols = symbols;
	c->half = half;
	for (size_t k = 0; k <= half; k++)
		c->h[k] = 1;
	*ret = c;
	return 0;
}

void lw_channel_destroy(struct lw_channel *c)
{
	free(c);
}

void lw_channel_at(const struct lw_channel *c, double ghz, double *ret_re, double *ret_im)
{
	double k = rint(fabs(ghz) * c->symbols / c->baud_gbd);
	double complex h = c->h[k < (double)c->half ? (size_t)k : c->half];

	*ret_re = creal(h);
	*ret_im = ghz < 0 ? -cimag(h) : cimag(h);
}

int lw_channel_gain(struct lw_channel *c, double db, bool light, struct lw_error *reterr)
{
	double gain = pow(10, db / (light ? 10 : 20));

	if (!isfinite(db) || !isfinite(gain))
		return lw_fail(reterr, LW_EINVAL, "a gain of %g dB is out of range", db);
	for (size_t k = 0; k <= c->half; k++)
		c->h[k] *= gain;
	return 0;
}

/* exp(-(f / scale)^2) */
static void gaussian(struct lw_channel *c, double scale)
{
	for (size_t k = 0; k <= c->half; k++) {
		double x = lw_channel_ghz(c, k) / scale;

		c->h[k] *= exp(-x * x);
	}
}

int lw_channel_rise(struct lw_channel *c, double ps, struct lw_error *reterr)
{
	/* A Gaussian step takes 2 x 0.8416212 deviations from 20 % to 80 %. */
	double deviation = ps / (2 * 0.8416212335729143);

	if (!(ps >= 0 && ps < 1e6))
		return lw_fail(reterr, LW_EINVAL, "a rise time of %g ps is out of range", ps);
	if (ps > 0)
		gaussian(c, 1e3 * M_SQRT2 / (2 * M_PI * deviation));
	return 0;
}

int lw_channel_gaussian(struct lw_channel *c, double ghz, bool light, struct lw_error *reterr)
{
	if (!(ghz > 0))
		return lw_fail(reterr, LW_EINVAL, "a bandwidth of %g GHz is out of range", ghz);
	if (!isinf(ghz))
		gaussian(c, ghz / sqrt(light ? M_LN2 : M_LN2 / 2));
	return 0;
}

int lw_channel_bessel(struct lw_channel *c, double ghz, struct lw_error *reterr)
{
	/* Where the polynomial's magnitude is 1/sqrt(2). */
	const double scale = 2.113917674904215;

	if (!(ghz > 0 && isfinite(ghz)))
		return lw_fail(reterr, LW_EINVAL, "a bandwidth of %g GHz is out of range", ghz);
	for (size_t k = 0; k <= c->half; k++) {
		double complex y = lw_complex(0, scale * lw_channel_ghz(c, k) / ghz);

		c->h[k] *= 105 / (105 + y * (105 + y * (45 + y * (10 + y))));
	}
	return 0;
}

int lw_channel_ctle(struct lw_channel *c, double dc_db, double zero_ghz, double pole1_ghz,
		    double pole2_ghz, struct lw_error *reterr)
{
	double dc = pow(10, dc_db / 20);

	if (!(zero_ghz > 0 && pole1_ghz > 0 && pole2_ghz > 0 && fabs(dc_db) < 100))
		return lw_fail(reterr, LW_EINVAL, "an equaliser of %g dB, %g, %g, %g GHz", dc_db,
			       zero_ghz, pole1_ghz, pole2_ghz);
	for (size_t k = 0; k <= c->half; k++) {
		double f = lw_channel_ghz(c, k);

		c->h[k] *= lw_complex(dc, f / zero_ghz) /
			   (lw_complex(1, f / pole1_ghz) * lw_complex(1, f / pole2_ghz));
	}
	return 0;
}

int lw_channel_twinax(struct lw_channel *c, double fixed_db, double skin_db, double dielectric_db,
		      struct lw_error *reterr)
{
	const double neper = M_LN10 / 20;

	if (!(fixed_db >= 0 && skin_db >= 0 && dielectric_db >= 0 &&
	      fixed_db + skin_db + dielectric_db < 1e3))
		return lw_fail(reterr, LW_EINVAL, "a cable of %g + %g sqrt(f) + %g f dB", fixed_db,
			       skin_db, dielectric_db);
	for (size_t k = 0; k <= c->half; k++) {
		double f = lw_channel_ghz(c, k), skin = skin_db * sqrt(f) * neper;
		double dielectric = dielectric_db * f * neper;
		/* Skin effect: as much phase as loss (a root of jf has both alike). Constant loss
		 * tangent: the phase is the loss's Hilbert transform, -2/pi f ln f, up to a delay,
		 * chosen so that the symbol rate has none. */
		double turn = f > 0 ? 2 / M_PI * dielectric * log(f / c->baud_gbd) : 0;
		double loss = exp(-fixed_db * neper - skin - dielectric);

		c->h[k] *= loss * lw_complex(cos(turn - skin), sin(turn - skin));
	}
	return 0;
}

int lw_channel_cascade(struct lw_channel *c, const struct lw_channel *other,
		       struct lw_error *reterr)
{
	if (c->baud_gbd != other->baud_gbd || c->symbols != other->symbols)
		return lw_fail(reterr, LW_EINVAL, "two channels of different rate or window");
	for (size_t k = 0; k <= c->half; k++)
		c->h[k] *= other->h[k];
	return 0;
}
