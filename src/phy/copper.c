/* SPDX-License-Identifier: Apache-2.0 */
#include "lane-tables.h"

#include <lanewise/part.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 512 }; /* symbols */

/* Working state: the answer, and the receiver being tried. */
struct making {
	const struct lw_copper_options *o;
	const struct lw_copper *x;
	struct lw_lane *l;
	double baud;
	struct lw_channel *way; /* transmitter, hosts, cable */
};

/* The wire of that name, or the one that loses least at its highest frequency. */
static const struct lw_wire *find_wire(const char *name)
{
	const struct lw_wire *best = NULL;
	const struct lw_part *part;
	size_t n;

	part = lw_parts(&n);
	for (size_t i = 0; i < n; i++) {
		const struct lw_wire *w = part[i].wire;

		if (!w || !w->point_n || (name && strcmp(w->name, name) != 0))
			continue;
		if (!best || w->point[w->point_n - 1].per_metre_db <
				     best->point[best->point_n - 1].per_metre_db)
			best = w;
	}
	return best;
}

/* Skin and dielectric loss (dB at f in GHz: s sqrt f + d f) nearest to the wire's points by least
 * squares, neither negative. */
static void fit_wire(const struct lw_wire *w, double length_m, double *ret_skin, double *ret_flat)
{
	double ss = 0, sd = 0, dd = 0, sy = 0, dy = 0, det;

	for (unsigned i = 0; i < w->point_n; i++) {
		double f = w->point[i].freq_mhz / 1e3, root = sqrt(f);
		double y = w->point[i].fixed_db + length_m * w->point[i].per_metre_db;

		ss += root * root;
		sd += root * f;
		dd += f * f;
		sy += root * y;
		dy += f * y;
	}
	det = ss * dd - sd * sd;
	*ret_skin = (sy * dd - dy * sd) / det;
	*ret_flat = (dy * ss - sy * sd) / det;
	if (*ret_skin < 0) {
		*ret_skin = 0;
		*ret_flat = dy / dd;
	} else if (*ret_flat < 0) {
		*ret_skin = sy / ss;
		*ret_flat = 0;
	}
}

static double loss_db(const struct lw_channel *c, double ghz)
{
	double re, im;

	lw_channel_at(c, ghz, &re, &im);
	return -20 * log10(hypot(re, im));
}

static int add_cable(struct making *m, struct lw_error *reterr)
{
	const struct lw_copper_options *o = m->o;
	const struct lw_wire *w;
	double skin, dielectric;

	if (o->measured) {
		m->l->wire = "";
		return lw_channel_touchstone(m->way, o->measured, reterr);
	}
	w = find_wire(o->wire);
	if (!w)
		return lw_fail(reterr, LW_ENOTSUP, "no wire %s is known: see data/wires.csv",
			       o->wire ? o->wire : "at all");
	m->l->wire = w->name;
	fit_wire(w, o->length_m, &skin, &dielectric);
	return lw_channel_twinax(m->way, 0, skin, dielectric, reterr);
}

/* Hosts lose as traces do: half by skin effect, half in the dielectric, at half the rate. */
static int make_way(struct making *m, struct lw_error *reterr)
{
	const double nyquist = m->baud / 2;
	double host = 2 * (isnan(m->o->host_db) ? m->x->host_db : m->o->host_db);
	int r = lw_channel_create(m->baud, WINDOW, &m->way, reterr);

	if (!r)
		r = add_cable(m, reterr);
	if (r)
		return r;
	m->l->cable_db = loss_db(m->way, nyquist);
	m->l->host_db = host;
	m->l->loss_db = m->l->cable_db + host + m->o->extra_db;
	r = lw_channel_twinax(m->way, 0, host / 2 / sqrt(nyquist), host / 2 / nyquist, reterr);
	if (!r)
		r = lw_channel_gain(m->way, -m->o->extra_db, false, reterr);
	if (!r)
		r = lw_channel_rise(m->way, m->x->rise / m->baud * 1e3, reterr);
	return r;
}

static void set_chain(struct making *m)
{
	const struct lw_copper *x = m->x;
	struct lw_lane *l = m->l;
	struct lw_chain *c = &l->chain;
	double main = l->pulse.h[l->pulse.pre][LW_PHASES / 2];

	lw_chain_levels(c, -x->amplitude_v, x->amplitude_v, x->rlm);
	/* of the received amplitude (93A.1.6), with each level alike */
	for (unsigned i = 0; i < 4; i++)
		c->level_noise[i] = fabs(main) * x->amplitude_v * pow(10, -x->snr_tx_db / 20);
	c->rj_ui = x->rj_ui;
	c->dj_ui = x->dj_ui;
}

/* The receiver with that boost; its CTLE loses what it boosts at low frequencies. */
static int try_boost(struct making *m, double boost_db, double *ret_snr_db, struct lw_error *reterr)
{
	const struct lw_copper *x = m->x;
	struct lw_lane *l = m->l;
	struct lw_channel *rx = NULL;
	double gain;
	int r = lw_channel_create(m->baud, WINDOW, &rx, reterr);

	if (!r)
		r = lw_channel_bessel(rx, x->receiver * m->baud, reterr);
	if (!r)
		r = lw_channel_ctle(rx, -boost_db, x->zero * m->baud, x->pole1 * m->baud,
				    x->pole2 * m->baud, reterr);
	if (!r)
		r = lw_channel_noise(rx, &l->noise, reterr);
	if (!r) {
		gain = pow(10, -boost_db / 20);
		l->chain.noise_rms = gain * sqrt(x->noise_v2_ghz * l->noise.ghz);
		r = lw_channel_cascade(rx, m->way, reterr);
	}
	if (!r)
		r = lw_channel_pulse(rx, 1e-7, &l->pulse, reterr);
	lw_channel_destroy(rx);
	if (r)
		return r;
	set_chain(m);
	l->boost_db = boost_db;
	return lw_chain_equalise(&l->chain, x->ffe_taps, x->ffe_before, x->dfe_taps, -1, ret_snr_db,
				 reterr);
}

static int search_boost(struct making *m, struct lw_error *reterr)
{
	double best = 0, best_snr = -INFINITY, snr;
	int r;

	for (double db = 0; db <= m->x->ctle_db; db += 1) {
		r = try_boost(m, db, &snr, reterr);
		if (r)
			return r;
		if (snr > best_snr) {
			best_snr = snr;
			best = db;
		}
	}
	return try_boost(m, best, &m->l->snr_db, reterr);
}

static int find(struct making *m, struct lw_error *reterr)
{
	const struct lw_pmd *p = m->o->pmd;
	struct lw_lane *l = m->l;
	const struct lw_fec *fec;

	if (!p || p->medium != LW_COPPER)
		return lw_fail(reterr, LW_ENOTSUP, "%s is no copper", p ? p->name : "it");
	m->baud = p->baud_kbd / 1e6;
	for (size_t i = 0; i < lw_coppers_n; i++)
		if (lw_coppers[i].modulation == p->modulation && m->baud >= lw_coppers[i].low_gbd &&
		    m->baud <= lw_coppers[i].high_gbd)
			m->x = &lw_coppers[i];
	if (!m->x)
		return lw_fail(reterr, LW_ENOTSUP,
			       "no transmitter of %s at %g GBd is compiled (data/copper.csv)",
			       p->name, m->baud);
	fec = lw_fec_find(p->fec);
	if (!fec || !(fec->ber_limit > 0))
		return lw_fail(reterr, LW_ENOTSUP,
			       "no error ratio is compiled at which %s is specified", p->name);
	lw_chain_init(&l->chain, p->modulation, NULL);
	l->chain.fec = fec;
	l->ber_limit = fec->ber_limit;
	return 0;
}

static void set_bases(const struct making *m)
{
	const struct lw_copper *x = m->x;
	const struct lw_lane_basis all[] = {
		{"transmitter and receiver", m->baud, "GBd", x->confidence, x->ref},
		{"amplitude", x->amplitude_v, "V", x->confidence, x->ref},
		{"transmitter SNR", x->snr_tx_db, "dB", x->confidence, x->ref},
		{"receiver noise", x->noise_v2_ghz, "V^2/GHz", x->confidence, x->ref},
		{"host loss of each end", m->l->host_db / 2, "dB", x->confidence, x->ref},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (i < 4 || isnan(m->o->host_db))
			lw_lane_note(m->l, all[i]);
}

int lw_copper_make(const struct lw_copper_options *o, struct lw_lane *ret, struct lw_error *reterr)
{
	struct making m = {.o = o, .l = ret};
	int r;

	if (!(o->length_m >= 0 && o->length_m <= 100) || !isfinite(o->extra_db) ||
	    !(isnan(o->host_db) || (o->host_db >= 0 && o->host_db < 100)))
		return lw_fail(reterr, LW_EINVAL,
			       "a cable of %g m, hosts of %g dB: up to 100 m, less than 100 dB",
			       o->length_m, o->host_db);
	memset(ret, 0, sizeof(*ret));
	ret->copper = true;
	ret->grade = LW_GRADE_NONE;
	r = find(&m, reterr);
	if (r)
		return r;
	lw_lane_pcs(ret, o->pmd);
	ret->chain.pulse = &ret->pulse;
	ret->chain.noise = &ret->noise;
	r = make_way(&m, reterr);
	if (!r)
		r = search_boost(&m, reterr);
	if (!r)
		set_bases(&m);
	lw_channel_destroy(m.way);
	return r;
}
