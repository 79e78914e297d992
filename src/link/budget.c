/* SPDX-License-Identifier: Apache-2.0 */
#include "link-tables.h"

#include <lanewise/formula.h>
#include <math.h>
#include <string.h>

static const struct lw_pmd *pmd_of(const struct lw_link_end *e)
{
	if (e->chosen >= 0 && (size_t)e->chosen < e->ability_n)
		return e->abilities[e->chosen].pmd;
	return e->face ? e->face->pmd : NULL;
}

const struct lw_pmd *lw_end_light(const struct lw_link_end *e)
{
	const struct lw_ability *a = e->chosen >= 0 && (size_t)e->chosen < e->ability_n
					     ? &e->abilities[e->chosen]
					     : e->face;

	return !a ? NULL : a->whole ? a->whole : a->pmd;
}

/* "4x25GBASE-SR;2x100GBASE-SR2": does one of them name `b`? A "?" behind it marks doubt. */
static bool names(const struct lw_pmd *a, const struct lw_pmd *b)
{
	const char *s = a->splits;
	size_t n = strlen(b->name);

	while (s && *s) {
		const char *end = s + strcspn(s, ";"), *x = memchr(s, 'x', (size_t)(end - s));

		if (x && (size_t)(end - x - 1) == n && !memcmp(x + 1, b->name, n))
			return true;
		s = *end ? end + 1 : end;
	}
	return false;
}

bool lw_pmd_meant(const struct lw_pmd *a, const struct lw_pmd *b)
{
	return a == b || names(a, b) || names(b, a);
}

static double middle_nm(const struct lw_pmd *p, unsigned k)
{
	return (p->wave[k].low_pm + p->wave[k].high_pm) / 2e3;
}

/* Attenuation of one kilometre at the PMD's worst wavelength; NaN if one is not in the data. */
static double attenuation(const struct lw_pmd *p, enum lw_grade g)
{
	double worst = NAN;

	for (unsigned k = 0; k < p->wave_n; k++) {
		double db = lw_phy_fibre_db_km(g, middle_nm(p, k));

		if (isnan(db))
			return NAN;
		if (!(db <= worst))
			worst = db;
	}
	return worst;
}

/* What a kilometre takes away at least, at the PMD's best wavelength; 0 if the data do not say. */
static double least_attenuation(const struct lw_pmd *p, enum lw_grade g)
{
	double least = NAN;

	for (unsigned k = 0; k < p->wave_n; k++)
		least = fmin(least, lw_phy_fibre_least_db_km(g, middle_nm(p, k)));
	return isnan(least) ? 0 : least;
}

/*
 * A PMD's channel lies between the two modules: the mating at each receptacle is inside its
 * transmit and receive limits, so only the matings between are lost from the channel.
 *
 * `ret_likely` gets mean and three deviations of the sum, where an element's largest loss is taken
 * to lie three deviations above its typical one: deviations of independent elements add as squares.
 */
static void elements_db(const struct lw_link_path *p, double *ret_worst, double *ret_mean,
			double *ret_likely, double *ret_least)
{
	double worst = 0, mean = 0, square = 0, least = 0;
	size_t n;
	const struct lw_element *v = lw_elements(&n);

	for (size_t i = 0; i < n; i++) {
		unsigned k = p->through[i];
		double spread = v[i].max_db - v[i].typ_db;

		if (!strcmp(v[i].name, "mated") && p->cord->connectors > 2)
			k += p->cord->connectors - 2u;
		if (!k)
			continue; /* 0 amplifiers are nothing, and their loss is no number */
		worst += k * v[i].max_db;
		mean += k * v[i].typ_db;
		least += k * v[i].min_db;
		square += k * spread * spread;
	}
	*ret_worst = worst;
	*ret_mean = mean;
	*ret_likely = mean + sqrt(square);
	*ret_least = least;
}

/*
 * How much too strong the light of `from` is for `to`, at most and as a rule. What dirt takes away
 * may be cleaned.
 */
static void strong_db(const struct lw_light_levels *from, const struct lw_light_levels *to,
		      double least, double mean, double *ret_most, double *ret_usual)
{
	*ret_most = from->tx_max_dbm - least - to->rx_max_dbm;
	*ret_usual = (from->tx_min_dbm + from->tx_max_dbm) / 2 - mean - to->rx_max_dbm;
}

/* Levels of both ends: what is too strong, and of a pair that nobody specified what it may lose. */
static void levels(const struct lw_pmd *const light[2], double least, double mean,
		   struct lw_budget *ret)
{
	const struct lw_light_levels *v[2] = {lw_levels_find(light[0]), lw_levels_find(light[1])};
	bool meant = lw_pmd_meant(light[0], light[1]);

	/* a pair that was meant to meet is specified for every loss from none on */
	if (!v[0] || !v[1] || (meant && light[0] != light[1]) ||
	    light[0]->baud_kbd != light[1]->baud_kbd ||
	    light[0]->modulation != light[1]->modulation)
		return;
	for (int e = 0; e < 2; e++) {
		const struct lw_light_levels *from = v[!e], *to = v[e];
		double most, usual, span = from->tx_min_dbm - to->rx_min_dbm;

		strong_db(from, to, least, mean, &most, &usual);
		if (most > ret->strong_db || isnan(ret->strong_db)) {
			ret->strong_db = most;
			ret->usual_strong_db = usual;
			ret->strong_end = e;
		}
		if (!meant && span < ret->limit_db) {
			ret->limit_db = span;
			ret->ref = from->ref;
			ret->confidence = from->confidence;
		}
	}
}

void lw_link_budget(const struct lw_link_end *a, const struct lw_link_end *b,
		    const struct lw_link_path *path, struct lw_budget *ret)
{
	const struct lw_pmd *pa = pmd_of(a), *pb = pmd_of(b);
	const struct lw_pmd *light[2] = {lw_end_light(a), lw_end_light(b)};
	const struct lw_channel *ca = lw_channel_find(light[0]), *cb = lw_channel_find(light[1]);
	enum lw_grade g = path->grade;
	double db_a, db_b, db_km, fibre, worst, mean, likely, least;

	*ret = (struct lw_budget){.loss_db = NAN,
				  .mean_db = NAN,
				  .likely_db = NAN,
				  .limit_db = NAN,
				  .margin_db = NAN,
				  .strong_db = NAN,
				  .usual_strong_db = NAN};
	if (path->fixed || !path->cord || g == LW_GRADE_NONE || !pa || !pb ||
	    pa->medium != pb->medium || pa->medium != lw_grade_medium(g) || !pa->wave_n)
		return;
	db_a = attenuation(pa, g);
	db_b = attenuation(pb, g);
	db_km = db_a + db_b - fmin(db_a, db_b); /* the larger; NaN if either is */
	fibre = path->length_m / 1e3 * db_km + path->dirt_db;
	elements_db(path, &worst, &mean, &likely, &least);
	ret->loss_db = fibre + worst;
	ret->mean_db = fibre + mean;
	ret->likely_db = fibre + likely;
	if (ca && cb) {
		const struct lw_channel *c = cb->il_db[g] < ca->il_db[g] ? cb : ca;

		/* both must state it: the stricter of one known and one unknown is unknown */
		ret->limit_db = ca->il_db[g] + cb->il_db[g] - fmax(ca->il_db[g], cb->il_db[g]);
		ret->ref = isnan(ret->limit_db) ? NULL : c->ref;
		ret->confidence = c->confidence;
	}
	least += path->length_m / 1e3 * least_attenuation(pa, g);
	levels(light, least, ret->mean_db, ret);
	ret->margin_db = ret->limit_db - ret->loss_db;
}
