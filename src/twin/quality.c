/* SPDX-License-Identifier: Apache-2.0 */
#include "quality.h"

#include <math.h>

/* Streams of noise of their own. */
enum { OF_MEDIA = 16384, OF_HOST = 16384 + LW_TWIN_LANES };

static double from_db(double db)
{
	return pow(10, db / 10);
}

static double to_db(double ratio)
{
	return 10 * log10(ratio);
}

static double noise(const struct lw_twin *t, unsigned what)
{
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	return lw_twin_noise(t, sample, what) * lw_twin_numbers[LW_TWIN_SNR_NOISE];
}

double lw_quality_ber(double snr_db, enum lw_modulation modulation)
{
	double snr = from_db(snr_db);

	return modulation == LW_PAM4 ? 0.375 * erfc(sqrt(snr / 10)) : 0.5 * erfc(sqrt(snr / 2));
}

static void fill(const struct lw_twin *t, unsigned what, double snr_db, enum lw_modulation m,
		 uint32_t baud_kbd, struct lw_quality *ret)
{
	*ret = (struct lw_quality){
		.good = true,
		.snr_db = snr_db + noise(t, what),
		.bits = (double)baud_kbd * 1e3 * (m == LW_PAM4 ? 2 : 1),
		.mean_ber = lw_quality_ber(snr_db, m),
	};
	ret->ber = lw_quality_ber(ret->snr_db, m);
}

static void none(struct lw_quality *ret)
{
	/* What is guessed is right half the time. */
	*ret = (struct lw_quality){.ber = 0.5, .mean_ber = 0.5};
}

void lw_quality_media(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	const struct lw_light_row *row = lw_light_row(t, lane);
	double snr = from_db(lw_twin_numbers[LW_TWIN_SNR_SOURCE]), need, received;
	struct lw_light light;
	bool bright = lw_light_arriving(t, lane, &light);

	none(ret);
	if (!bright || !light.baud_kbd || t->media[lane].los.shown || t->media[lane].lol.shown)
		return;
	/* A receiver's noise is its own: a dB of light is two of SNR. At its sensitivity it has
	 * just what the code needs. */
	if (!light.sealed && row) {
		need = lw_twin_numbers[light.modulation == LW_PAM4 ? LW_TWIN_SNR_NEED_PAM4
								   : LW_TWIN_SNR_NEED_NRZ];
		received = light.dbm - row->floor_dbm -
			   lw_twin_numbers[LW_TWIN_SENSITIVITY_OVER_FLOOR];
		snr = 1 / (1 / snr + 1 / from_db(need + 2 * received));
	}
	fill(t, OF_MEDIA + lane, to_db(snr), light.modulation, light.baud_kbd, ret);
}

void lw_quality_inside(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	struct lw_light light;

	none(ret);
	lw_light_leaving(t, lane, &light);
	if (light.power && light.baud_kbd)
		fill(t, OF_MEDIA + lane, lw_twin_numbers[LW_TWIN_SNR_SOURCE], light.modulation,
		     light.baud_kbd, ret);
}

void lw_quality_host(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	const struct lw_signal *in = &t->host[lane].in;

	none(ret);
	if (lw_light_host_ok(t, lane) && !t->host[lane].lost.shown)
		fill(t, OF_HOST + lane, lw_twin_numbers[LW_TWIN_SNR_SOURCE], in->modulation,
		     in->baud_kbd, ret);
}
