/* SPDX-License-Identifier: Apache-2.0 */
#include "quality.h"

#include <lanewise/formula.h>
#include <math.h>
#include <string.h>

/* Streams of noise of their own. */
enum { OF_MEDIA = 16384, OF_HOST = 16384 + LW_TWIN_LANES };

static double noise(const struct lw_twin *t, unsigned what)
{
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	return lw_twin_noise(t, sample, what) * lw_twin_numbers[LW_TWIN_SNR_NOISE];
}

/* Either quadrature of coherent light with 16QAM is a PAM4 signal. */
static enum lw_modulation levels(enum lw_modulation m)
{
	return m == LW_COHERENT ? LW_PAM4 : m;
}

static double bits_a_symbol(enum lw_modulation m)
{
	return m == LW_COHERENT ? 8 : m == LW_PAM4 ? 2 : 1; /* two polarisations, two quadratures */
}

static void none(struct lw_quality *ret)
{
	/* What is guessed is right half the time. */
	*ret = (struct lw_quality){.ber = 0.5};
}

double lw_quality_now(const struct lw_twin *t, const struct lw_quality *q, double *ret_ber)
{
	double snr_db = q->snr_db + noise(t, q->of);

	if (ret_ber)
		*ret_ber = lw_phy_ber(snr_db, q->modulation);
	return snr_db;
}

static void fill(unsigned of, double snr_db, double ber, enum lw_modulation m, uint32_t baud_kbd,
		 struct lw_quality *ret)
{
	*ret = (struct lw_quality){
		.good = true,
		.modulation = levels(m),
		.snr_db = snr_db,
		.ber = ber,
		.bits = (double)baud_kbd * 1e3 * bits_a_symbol(m),
		.of = of,
	};
}

const struct lw_fec *lw_quality_fec(const struct lw_twin *t, unsigned lane)
{
	const struct lw_pmd *pmd = lw_light_pmd(t, lane);
	const struct lw_fec *f = pmd ? lw_fec_find(pmd->fec) : NULL;

	/* Cables and strangers: what lanes of their kind run. */
	if (!f)
		f = lw_fec_find(pmd && pmd->modulation == LW_NRZ ? "RS(528,514)" : "RS(544,514)");
	return f;
}

/* The receiver of `lane` in light of `sender`: at its sensitivity, with a transmitter like its own,
 * it has just what the code needs; amplifier noise is what is left for that. */
static void receiver(const struct lw_twin *t, unsigned lane, const struct lw_light_row *own,
		     const struct lw_light *light, double need_db, struct lw_phy_receiver *ret)
{
	const double *n = lw_twin_numbers;
	const struct lw_light_row *sender = light->row;
	const struct lw_pmd *pmd = lw_light_pmd(t, lane);
	enum lw_modulation m = light->modulation;

	*ret = (struct lw_phy_receiver){
		.responsivity_a_w = n[pmd && pmd->medium == LW_MMF ? LW_TWIN_RESPONSIVITY_MMF
								   : LW_TWIN_RESPONSIVITY_SMF],
		.bandwidth_ghz = light->baud_kbd / 1e6 *
				 n[m == LW_PAM4 ? LW_TWIN_BANDWIDTH_PAM4 : LW_TWIN_BANDWIDTH_NRZ],
		.rin_db_hz = lw_phy_rin_db_hz(lw_laser_rows[own->laser].rin_oma_db_hz, own->er_db),
		.transmitter_ratio = lw_phy_ratio(-n[LW_TWIN_SNR_SOURCE]),
	};
	ret->thermal_pa_rthz =
		lw_phy_thermal_pa_rthz(ret, m, need_db, lw_phy_mw(own->sens_oma_dbm), own->er_db);
	ret->rin_db_hz =
		lw_phy_rin_db_hz(lw_laser_rows[sender->laser].rin_oma_db_hz, sender->er_db);
	/* Nothing cleans the host's signal before a linear transmitter. */
	if (sender->linear)
		ret->transmitter_ratio += lw_phy_ratio(-n[LW_TWIN_SNR_HOST]);
}

static double snr_of(const struct lw_twin *t, unsigned lane, const struct lw_light_row *own,
		     const struct lw_light *light)
{
	double need_db =
		lw_phy_ber_snr_db(lw_quality_fec(t, lane)->ber_limit, levels(light->modulation));
	struct lw_phy_receiver r;

	/* Against the light of its own laser a coherent receiver has shot noise alone: a dB of
	 * light is one of SNR, not two. */
	if (light->modulation == LW_COHERENT)
		return lw_phy_snr_both_db(lw_twin_numbers[LW_TWIN_SNR_SOURCE],
					  need_db + light->dbm - own->sens_oma_dbm);
	receiver(t, lane, own, light, need_db, &r);
	return lw_phy_snr_db(&r, light->modulation,
			     lw_phy_oma_mw(lw_phy_mw(light->dbm), light->row->er_db),
			     light->row->er_db);
}

/* Many receivers of a world are alike and in like light: fill `k` from what another one found. */
static void recall(const struct lw_twin *t, unsigned lane, const struct lw_light *light,
		   struct lw_memo *k)
{
	uint64_t h = (uint64_t)(uintptr_t)k->own * 31 + (uint64_t)(uintptr_t)k->sender, bits;
	struct lw_memo *w;

	memcpy(&bits, &k->dbm, sizeof(bits));
	h = (h ^ bits) * 0x9e3779b97f4a7c15u;
	w = &t->world->memo[(h >> 32) % LW_MEMOS];
	if (!w->known || w->sender != k->sender || w->own != k->own || w->pmd != k->pmd ||
	    w->dbm != k->dbm || w->modulation != k->modulation || w->baud_kbd != k->baud_kbd) {
		k->snr_db = k->own && light->row ? snr_of(t, lane, k->own, light)
						 : lw_twin_numbers[LW_TWIN_SNR_SOURCE];
		k->ber = lw_phy_ber(k->snr_db, levels(light->modulation));
		k->known = true;
		*w = *k;
	}
	k->snr_db = w->snr_db;
	k->ber = w->ber;
}

void lw_quality_light(const struct lw_twin *t, unsigned lane, const struct lw_light *light,
		      double *ret_snr_db, double *ret_ber)
{
	struct lw_memo *k = &t->memo[lane];
	const struct lw_light_row *own = lw_light_row(t, lane);
	const struct lw_pmd *pmd = lw_light_pmd(t, lane);

	if (k->sender != light->row || k->own != own || k->pmd != pmd || k->dbm != light->dbm ||
	    k->modulation != light->modulation || k->baud_kbd != light->baud_kbd) {
		*k = (struct lw_memo){
			light->row, own, pmd,  light->modulation, light->baud_kbd, light->dbm,
			0,          0,   false};
		recall(t, lane, light, k);
	}
	*ret_snr_db = k->snr_db;
	*ret_ber = k->ber;
}

void lw_quality_media(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	struct lw_light light;
	double snr_db, ber;
	bool bright = lw_light_arriving(t, lane, &light);

	none(ret);
	if (!bright || !light.baud_kbd || ((t->los | t->lol) >> lane & 1))
		return;
	if (light.sealed) {
		snr_db = lw_twin_numbers[LW_TWIN_SNR_SOURCE];
		ber = lw_phy_ber(snr_db, light.modulation);
	} else {
		lw_quality_light(t, lane, &light, &snr_db, &ber);
	}
	fill(OF_MEDIA + lane, snr_db, ber, light.modulation, light.baud_kbd, ret);
}

void lw_quality_inside(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	double snr_db = lw_twin_numbers[LW_TWIN_SNR_SOURCE];
	struct lw_light light;

	none(ret);
	lw_light_leaving(t, lane, &light);
	if (light.power && light.baud_kbd)
		fill(OF_MEDIA + lane, snr_db, lw_phy_ber(snr_db, levels(light.modulation)),
		     light.modulation, light.baud_kbd, ret);
}

void lw_quality_host(const struct lw_twin *t, unsigned lane, struct lw_quality *ret)
{
	const struct lw_signal *in = &t->host[lane].in;

	none(ret);
	if (lw_light_host_ok(t, lane) && !(t->lost >> lane & 1))
		fill(OF_HOST + lane, lw_twin_numbers[LW_TWIN_SNR_HOST],
		     lw_quality_wire(t, in->modulation), in->modulation, in->baud_kbd, ret);
}

void lw_quality_begin(struct lw_world *w)
{
	for (enum lw_modulation m = LW_NRZ; m <= LW_COHERENT; m++)
		w->wire[m] = lw_phy_ber(lw_twin_numbers[LW_TWIN_SNR_HOST], levels(m));
}

double lw_quality_wire(const struct lw_twin *t, enum lw_modulation m)
{
	return t->world->wire[m];
}

/* Does the module end the FEC of its medium itself, since the host's lanes cannot carry it? */
static bool ends_fec(const struct lw_twin *t, unsigned lane)
{
	const struct lw_pmd *pmd = lw_light_pmd(t, lane);
	int8_t group = t->media[lane].group;
	const struct lw_group *g = group < 0 ? NULL : &t->group[group];

	if (!g || !g->host)
		return false;
	if (t->part->receptacles == 0)
		return lw_light_ends_fec(g->rx_media, g->rx_host);
	return pmd && pmd->fec_in_module && g->host->baud_kbd != pmd->baud_kbd;
}

double lw_quality_end(const struct lw_twin *t, unsigned media, enum lw_modulation m)
{
	const struct lw_light_row *own = lw_light_row(t, media);
	const struct lw_fec *fec = lw_quality_fec(t, media);
	double wire = lw_quality_wire(t, m), ber;
	struct lw_quality q;
	struct lw_light light;
	bool linear;

	lw_quality_media(t, media, &q);
	if (!q.good)
		return 0.5;
	lw_light_arriving(t, media, &light);
	linear = !light.sealed && light.row && light.row->linear;
	ber = linear ? 0 : wire; /* of the far host, if its module has decided on its bits */
	if (!light.sealed && own && own->linear)
		return fmin(ber + lw_phy_ber(lw_phy_snr_both_db(q.snr_db,
								lw_twin_numbers[LW_TWIN_SNR_HOST]),
					     m),
			    0.5);
	ber += ends_fec(t, media) && fec->n ? lw_fec_post_ber(fec, q.ber) : q.ber;
	return fmin(ber + wire, 0.5);
}
