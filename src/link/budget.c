/* SPDX-License-Identifier: Apache-2.0 */
#include "link-tables.h"

#include <lanewise/formula.h>
#include <math.h>

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
 */
static double mated_db(const struct lw_cord *c, const struct lw_pmd *p)
{
	double pair_db = lw_phy_mated_db(middle_nm(p, 0));

	return isnan(pair_db) ? NAN : c->connectors > 2 ? (c->connectors - 2) * pair_db : 0;
}

void lw_link_budget(const struct lw_link_end *a, const struct lw_link_end *b,
		    const struct lw_link_path *path, struct lw_budget *ret)
{
	const struct lw_pmd *pa = pmd_of(a), *pb = pmd_of(b);
	const struct lw_channel *ca = lw_channel_find(pa), *cb = lw_channel_find(pb);
	enum lw_grade g = path->grade;
	double db_a, db_b, db_km;

	*ret = (struct lw_budget){NAN, NAN, NAN, NULL};
	if (path->fixed || !path->cord || g == LW_GRADE_NONE || !pa || !pb ||
	    pa->medium != pb->medium || pa->medium != lw_grade_medium(g) || !pa->wave_n)
		return;
	db_a = attenuation(pa, g);
	db_b = attenuation(pb, g);
	db_km = db_a + db_b - fmin(db_a, db_b); /* the larger; NaN if either is */
	ret->loss_db = path->length_m / 1e3 * db_km + mated_db(path->cord, pa) + path->dirt_db;
	if (ca && cb) {
		const struct lw_channel *c = cb->il_db[g] < ca->il_db[g] ? cb : ca;

		/* both must state it: the stricter of one known and one unknown is unknown */
		ret->limit_db = ca->il_db[g] + cb->il_db[g] - fmax(ca->il_db[g], cb->il_db[g]);
		ret->ref = isnan(ret->limit_db) ? NULL : c->ref;
	}
	ret->margin_db = ret->limit_db - ret->loss_db;
}
