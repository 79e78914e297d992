/* SPDX-License-Identifier: Apache-2.0 */
#include "lane-tables.h"

#include <lanewise/frames.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 128 }; /* symbols */

/* Working state: the answer, and what calibration needs. */
struct making {
	const struct lw_lane_options *o;
	struct lw_lane *l;
	const struct lw_launch *launch;
	const struct lw_fec *fec;
	double rin_db_hz;
	bool pam4;
};

void lw_lane_note(struct lw_lane *l, struct lw_lane_basis b)
{
	if (l->basis_n < LW_LANE_BASES)
		l->basis[l->basis_n++] = b;
}

void lw_lane_pcs(struct lw_lane *l, const struct lw_pmd *pmd)
{
	const struct lw_pcs *p = lw_pcs_of(pmd);

	if (p)
		lw_lane_note(l, (struct lw_lane_basis){"codewords on the lanes", p->words, "",
						       p->confidence, p->ref});
	l->interleaved = l->chain.interleaved = p ? p->words : 1;
	l->chain.muxed = p ? lw_pcs_muxed(p, pmd) : 1;
}

/* A number of data/lane.csv, noted as a basis of the answer. */
static double number(struct lw_lane *l, const char *name)
{
	for (size_t i = 0; i < lw_lane_numbers_n; i++)
		if (!strcmp(lw_lane_numbers[i].name, name)) {
			lw_lane_note(l, lw_lane_numbers[i]);
			return lw_lane_numbers[i].value;
		}
	return NAN; /* test-lane asks for every name that is used here */
}

static int find_launch(struct making *m, struct lw_error *reterr)
{
	const struct lw_pmd *p = m->o->pmd;

	if (!p || (p->medium != LW_SMF && p->medium != LW_MMF) || !p->wave_n ||
	    (p->modulation != LW_NRZ && p->modulation != LW_PAM4))
		return lw_fail(reterr, LW_ENOTSUP,
			       "%s is not light of NRZ or PAM4 at a known wavelength",
			       p ? p->name : "it");
	for (size_t i = 0; i < lw_launches_n; i++)
		if (!strcmp(lw_launches[i].pmd, p->name))
			m->launch = &lw_launches[i];
	if (!m->launch)
		return lw_fail(reterr, LW_ENOTSUP,
			       "no launch power of %s is compiled "
			       "(data/light.csv)",
			       p->name);
	m->fec = lw_fec_find(p->fec);
	if (!m->fec || !(m->fec->ber_limit > 0))
		return lw_fail(reterr, LW_ENOTSUP,
			       "no error ratio is compiled at which %s is "
			       "specified",
			       p->name);
	m->pam4 = p->modulation == LW_PAM4;
	return 0;
}

static double given(double option, double data)
{
	return isnan(option) ? data : option;
}

static void set_light(struct making *m)
{
	const struct lw_lane_options *o = m->o;
	const struct lw_launch *x = m->launch;
	struct lw_lane *l = m->l;
	double rin = NAN;

	l->launch_dbm = given(o->launch_dbm, x->dbm);
	l->er_db = given(o->er_db, x->er_db);
	l->sensitivity_dbm = given(o->sensitivity_dbm, x->sensitivity_dbm);
	if (isnan(o->launch_dbm))
		lw_lane_note(
			l, (struct lw_lane_basis){"launch", x->dbm, "dBm", x->confidence, x->ref});
	if (isnan(o->er_db))
		lw_lane_note(l, (struct lw_lane_basis){"extinction", x->er_db, "dB", x->confidence,
						       x->ref});
	if (isnan(o->sensitivity_dbm))
		lw_lane_note(l, (struct lw_lane_basis){"sensitivity", x->sensitivity_dbm, "dBm OMA",
						       x->confidence, x->ref});
	for (size_t i = 0; i < lw_rins_n; i++)
		if (!strcmp(lw_rins[i].name, x->laser)) {
			rin = lw_rins[i].rin_oma_db_hz;
			lw_lane_note(l,
				     (struct lw_lane_basis){"intensity noise", rin, "dB/Hz of OMA",
							    lw_rins[i].confidence, lw_rins[i].ref});
		}
	m->rin_db_hz = lw_phy_rin_db_hz(rin, l->er_db);
	l->oma_dbm = lw_phy_dbm(lw_phy_oma_mw(lw_phy_mw(l->launch_dbm), l->er_db));
}

/* The grade asked for, or the one that the PMD reaches farthest on. */
static enum lw_grade grade_of(const struct lw_lane_options *o)
{
	enum lw_grade best = LW_GRADE_NONE;

	if (o->grade != LW_GRADE_NONE)
		return o->grade;
	if (o->pmd->medium == LW_SMF)
		return LW_OS2;
	for (int g = LW_OM1; g <= LW_OM5; g++)
		if (o->pmd->reach_m[g] &&
		    (best == LW_GRADE_NONE || o->pmd->reach_m[g] >= o->pmd->reach_m[best]))
			best = (enum lw_grade)g;
	return best;
}

/* Levels and noise for light of that outer OMA (mW) at the receiver. */
static void set_levels(const struct making *m, struct lw_chain *c, double oma, double rlm)
{
	double average = lw_phy_average_mw(oma, m->l->er_db);
	double rin = lw_phy_ratio(m->rin_db_hz) * m->l->noise.ghz * 1e9;

	lw_chain_levels(c, average - oma / 2, average + oma / 2, rlm);
	c->dark = 0;
	for (unsigned i = 0; i < (m->pam4 ? 4u : 2u); i++)
		c->level_noise[i] = isnan(rin) ? 0 : c->level[i] * sqrt(rin);
}

static int equalise(struct lw_chain *c, double taps, double before, double *ret_snr_db,
		    struct lw_error *reterr)
{
	return lw_chain_equalise(c, (unsigned)taps, (unsigned)before, 0, -1, ret_snr_db, reterr);
}

/* Error ratio of a chain whose receiver noise is `noise`, equalised anew. */
static int ber_at(const struct lw_chain *like, double noise, double *ret, struct lw_error *reterr)
{
	struct lw_chain c = *like;
	struct lw_stat stat;
	int r;

	c.noise_rms = noise;
	/* Error ratios of a search need no fine jitter: its variance is in the equaliser's. */
	r = lw_chain_equalise(&c, c.ffe_n, c.ffe_pre, c.dfe_n, -1, NULL, reterr);
	if (!r)
		r = lw_chain_stat(&c, &stat, reterr);
	if (!r)
		*ret = stat.ber;
	return r;
}

/* A scale of error ratios on which they fall about as noise in decibels does. */
static double steepness(double ber)
{
	return log(-log(fmin(fmax(ber, 1e-300), 0.45)));
}

/* Receiver noise at which the error ratio is `ber`, near `guess`; 0: it is worse without any. */
static int noise_for(const struct lw_chain *like, double guess, double ber, double *ret,
		     struct lw_error *reterr)
{
	const double goal = steepness(ber);
	double low = 0, high = 0, low_off = 0, high_off = 0, x = guess;

	/* double or halve until it lies between, then where a straight line meets it: to 0.002 dB
	 */
	for (unsigned i = 0; i < 40; i++) {
		double now, off, part;
		int r = ber_at(like, x, &now, reterr);

		if (r)
			return r;
		off = steepness(now) - goal; /* positive: fewer errors */
		if (off < 0) {
			high = x;
			high_off = off;
		} else {
			low = x;
			low_off = off;
		}
		if (fabs(off) < 1e-4) {
			*ret = x;
			return 0;
		}
		if ((high > 0 && high < guess * 1e-4) ||
		    (low > 0 && high > 0 && high / low < 1.0004))
			break;
		/* never nearer to an end than a twentieth, so that both of them move */
		part = low_off / (low_off - high_off);
		x = low > 0 && high > 0 ? low * pow(high / low, fmin(fmax(part, 0.05), 0.95))
		    : high > 0          ? x / 2
					: x * 2;
	}
	*ret = low > 0 && high > 0 ? x : low;
	return 0;
}

/* The pulse of transmitter, fibre (or none) and receiver; gain 1 but for the fibre's shape. */
static int pulse(const struct making *m, double length_m, struct lw_pulse *ret,
		 struct lw_noise *ret_noise, struct lw_error *reterr)
{
	const struct lw_pmd *p = m->o->pmd;
	struct lw_lane scratch = {0}; /* numbers were noted by the caller */
	double baud = p->baud_kbd / 1e6, rise, width, chirp;
	double receiver = number(&scratch, m->pam4 ? "receiver_pam4" : "receiver_nrz") * baud;
	struct lw_channel *way = NULL, *rx = NULL;
	int r = lw_channel_create(baud, WINDOW, &way, reterr);

	rise = number(&scratch, m->pam4 ? "rise_pam4" : "rise_nrz") / baud * 1e3;
	width = p->medium == LW_MMF ? number(&scratch, "width_mmf") : 0;
	chirp = number(&scratch, "chirp");
	if (!r)
		r = lw_channel_create(baud, WINDOW, &rx, reterr);
	if (!r)
		r = lw_channel_rise(way, rise, reterr);
	if (!r && length_m > 0)
		r = lw_channel_fibre(way, m->l->grade, m->l->wave_nm, length_m, width, chirp,
				     reterr);
	/* Loss is in the levels. */
	if (!r && length_m > 0)
		r = lw_channel_gain(way,
				    length_m / 1e3 * lw_phy_fibre_db_km(m->l->grade, m->l->wave_nm),
				    true, reterr);
	if (!r)
		r = lw_channel_bessel(rx, receiver, reterr);
	if (!r)
		r = lw_channel_cascade(way, rx, reterr);
	if (!r)
		r = lw_channel_noise(rx, ret_noise, reterr);
	if (!r)
		r = lw_channel_pulse(way, 1e-7, ret, reterr);
	lw_channel_destroy(way);
	lw_channel_destroy(rx);
	return r;
}

/* Receiver noise of a receiver that just meets its sensitivity, by the same transmitter on no fibre
 * without jitter: that is how sensitivity is stated. */
static int calibrate(const struct making *m, double rlm, double taps, double before,
		     struct lw_error *reterr)
{
	struct lw_lane *l = m->l;
	struct lw_pulse *near = malloc(sizeof(*near));
	double oma = lw_phy_mw(l->sensitivity_dbm), noise = 0;
	struct lw_chain c = l->chain;
	int r;

	if (!near)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = pulse(m, 0, near, &l->noise, reterr);
	c.pulse = near;
	c.noise = &l->noise;
	if (!r) {
		c.ffe_n = (unsigned)taps;
		c.ffe_pre = (unsigned)before;
		set_levels(m, &c, oma, rlm);
		r = noise_for(&c, oma / 24, l->ber_limit, &noise, reterr);
	}
	free(near);
	if (!r && !(noise > 0))
		r = lw_fail(reterr, LW_EINVAL,
			    "no receiver reaches %g dBm OMA with this light: intensity noise alone "
			    "is too much",
			    l->sensitivity_dbm);
	if (!r)
		l->chain.noise_rms = noise;
	return r;
}

/* Echoes: between every two of the mated pairs and the two ends. The ends' reflectance differs, so
 * the mean of the products stands for each. */
static void set_echoes(const struct making *m)
{
	struct lw_lane *l = m->l;
	double pair = lw_phy_ratio(given(
		m->o->reflectance_db,
		number(l, m->o->pmd->medium == LW_MMF ? "reflectance_mmf" : "reflectance_smf")));
	double end = lw_phy_ratio(number(l, "reflectance_end"));
	unsigned n = m->o->mated + 2, pairs = n * (n - 1) / 2;
	double power = 0;

	/* power of an echo by that of the signal is R1 R2, loss in between left out */
	power += end * end + 2.0 * m->o->mated * pair * end +
		 m->o->mated * (m->o->mated - 1.0) / 2 * pair * pair;
	if (m->o->pmd->medium == LW_MMF)
		return; /* many modes: echoes do not interfere as one */
	l->chain.reflections = pairs < LW_REFLECT_MAX ? pairs : LW_REFLECT_MAX;
	l->chain.reflection = sqrt(power / l->chain.reflections);
}

static int make(struct making *m, struct lw_error *reterr)
{
	const struct lw_lane_options *o = m->o;
	struct lw_lane *l = m->l;
	double rlm = m->pam4 ? number(l, "rlm") : 1, taps = number(l, "ffe_taps");
	double before = number(l, "ffe_before"), loss;
	int r;

	number(l, m->pam4 ? "receiver_pam4" : "receiver_nrz");
	number(l, m->pam4 ? "rise_pam4" : "rise_nrz");
	lw_chain_init(&l->chain, o->pmd->modulation, NULL);
	l->chain.fec = m->fec;
	lw_lane_pcs(l, o->pmd);
	loss = lw_phy_path_db(l->grade, l->wave_nm, o->length_m, o->mated, o->splices);
	if (isnan(loss))
		return lw_fail(reterr, LW_ENOTSUP, "nothing is known of %s fibre at %g nm",
			       lw_grade_name(l->grade), l->wave_nm);
	l->loss_db = loss + o->extra_db;
	l->received_dbm = l->launch_dbm - l->loss_db;
	l->received_oma_dbm = l->oma_dbm - l->loss_db;
	r = calibrate(m, rlm, taps, before, reterr);
	if (!r)
		r = pulse(m, o->length_m, &l->pulse, &l->noise, reterr);
	if (r)
		return r;
	l->chain.pulse = &l->pulse;
	l->chain.noise = &l->noise;
	set_levels(m, &l->chain, lw_phy_mw(l->received_oma_dbm), rlm);
	l->chain.rj_ui = number(l, "jitter_random");
	l->chain.dj_ui = number(l, "jitter_fixed");
	set_echoes(m);
	return equalise(&l->chain, taps, before, &l->snr_db, reterr);
}

int lw_lane_make(const struct lw_lane_options *o, struct lw_lane *ret, struct lw_error *reterr)
{
	struct making m = {.o = o, .l = ret};
	int r = find_launch(&m, reterr);

	if (r)
		return r;
	if (!(o->length_m >= 0 && o->length_m <= 1e6) || o->mated > 100 || o->splices > 1000 ||
	    !isfinite(o->extra_db))
		return lw_fail(reterr, LW_EINVAL, "a path of %g m, %u pairs, %u splices",
			       o->length_m, o->mated, o->splices);
	memset(ret, 0, sizeof(*ret));
	ret->grade = grade_of(o);
	if (lw_grade_medium(ret->grade) != o->pmd->medium)
		return lw_fail(reterr, LW_EINVAL, "%s does not run on %s fibre", o->pmd->name,
			       lw_grade_name(ret->grade));
	ret->wave_nm = (o->pmd->wave[0].low_pm + o->pmd->wave[0].high_pm) / 2e3;
	ret->ber_limit = m.fec->ber_limit;
	set_light(&m);
	if (!(ret->er_db > 0))
		return lw_fail(reterr, LW_EINVAL, "an extinction ratio of %g dB", ret->er_db);
	return make(&m, reterr);
}

int lw_lane_judge(const struct lw_lane *l, struct lw_lane_answer *ret, struct lw_error *reterr)
{
	const struct lw_chain *c = &l->chain;
	double noise;
	int r = lw_chain_stat(c, &ret->stat, reterr);

	/* All but the receiver's noise shrinks with the light: a loss is more of that noise. */
	if (!r)
		r = noise_for(c, c->noise_rms, l->ber_limit, &noise, reterr);
	if (r)
		return r;
	ret->margin_db = noise > 0 ? lw_phy_db(noise / c->noise_rms) : -INFINITY;
	/* a decibel of light is one of current, two of voltage squared */
	if (l->copper)
		ret->margin_db *= 2;
	ret->holds = ret->stat.ber <= l->ber_limit;
	ret->codeword_loss = lw_fec_codeword_loss(c->fec, ret->stat.ber);
	ret->post_ber = lw_fec_post_ber(c->fec, ret->stat.ber);
	ret->frame_loss =
		lw_fec_frame_loss(c->fec, ret->stat.ber, l->interleaved, lw_frame_bytes(64));
	return 0;
}
