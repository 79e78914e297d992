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

/*
 * A PMD's channel lies between the two modules: the mating at each receptacle is inside its
 * transmit and receive limits, so only the matings between are lost from the channel.
 *
 * `ret_likely` gets mean and three deviations of the sum, where an element's largest loss is taken
 * to lie three deviations above its typical one: deviations of independent elements add as squares.
 */
static void elements_db(const struct lw_link_path *p, double *ret_worst, double *ret_mean,
			double *ret_likely)
{
	double worst = 0, mean = 0, square = 0;
	size_t n;
	const struct lw_element *v = lw_elements(&n);

	for (size_t i = 0; i < n; i++) {
		unsigned k = p->through[i];
		double spread = v[i].max_db - v[i].typ_db;

		if (!strcmp(v[i].name, "mated") && p->cord->connectors > 2)
			k += p->cord->connectors - 2u;
		worst += k * v[i].max_db;
		mean += k * v[i].typ_db;
		square += k * spread * spread;
	}
	*ret_worst = worst;
	*ret_mean = mean;
	*ret_likely = mean + sqrt(square);
}

void lw_link_budget(const struct lw_link_end *a, const struct lw_link_end *b,
		    const struct lw_link_path *path, struct lw_budget *ret)
{
	const struct lw_pmd *pa = pmd_of(a), *pb = pmd_of(b);
	const struct lw_channel *ca = lw_channel_find(pa), *cb = lw_channel_find(pb);
	enum lw_grade g = path->grade;
	double db_a, db_b, db_km, fibre, worst, mean, likely;

	*ret = (struct lw_budget){NAN, NAN, NAN, NAN, NAN, NULL, NULL};
	if (path->fixed || !path->cord || g == LW_GRADE_NONE || !pa || !pb ||
	    pa->medium != pb->medium || pa->medium != lw_grade_medium(g) || !pa->wave_n)
		return;
	db_a = attenuation(pa, g);
	db_b = attenuation(pb, g);
	db_km = db_a + db_b - fmin(db_a, db_b); /* the larger; NaN if either is */
	fibre = path->length_m / 1e3 * db_km + path->dirt_db;
	elements_db(path, &worst, &mean, &likely);
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
	ret->margin_db = ret->limit_db - ret->loss_db;
}
