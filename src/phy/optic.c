/* SPDX-License-Identifier: Apache-2.0 */
#include "phy-tables.h"

#include <math.h>
#include <string.h>

double lw_phy_ratio(double db)
{
	return pow(10, db / 10);
}

double lw_phy_db(double ratio)
{
	return 10 * log10(ratio);
}

double lw_phy_mw(double dbm)
{
	return lw_phy_ratio(dbm);
}

double lw_phy_dbm(double mw)
{
	return lw_phy_db(mw);
}

/*
 * With levels at equal distances that come equally often the average lies midway between highest
 * and lowest: P1 + P0 = 2 Pavg, P1 - P0 = OMA, P1 / P0 = ER.
 */
double lw_phy_oma_mw(double average_mw, double er_db)
{
	double er = lw_phy_ratio(er_db);

	return isinf(er) ? 2 * average_mw : 2 * average_mw * (er - 1) / (er + 1);
}

double lw_phy_average_mw(double oma_mw, double er_db)
{
	double er = lw_phy_ratio(er_db);

	if (!(er > 1))
		return NAN;
	return isinf(er) ? oma_mw / 2 : oma_mw * (er + 1) / (er - 1) / 2;
}

double lw_phy_er_db(double average_mw, double oma_mw)
{
	double low = average_mw - oma_mw / 2;

	if (!(low >= 0 && average_mw > 0))
		return NAN;
	return low > 0 ? lw_phy_db((average_mw + oma_mw / 2) / low) : INFINITY;
}

/* The row for wavelength `nm`; NaN when the data say nothing. */
static double loss(const char *kind, const char *name, double nm)
{
	for (size_t i = 0; i < lw_losses_n; i++) {
		const struct lw_loss *l = &lw_losses[i];

		if (!strcmp(l->kind, kind) && !strcmp(l->name, name) && nm >= l->low_nm &&
		    nm <= l->high_nm)
			return l->db;
	}
	return NAN;
}

double lw_phy_fibre_db_km(enum lw_grade grade, double wave_nm)
{
	return grade < LW_GRADE_NONE ? loss("fibre", lw_grade_name(grade), wave_nm) : NAN;
}

double lw_phy_fibre_least_db_km(enum lw_grade grade, double wave_nm)
{
	return grade < LW_GRADE_NONE ? loss("least", lw_grade_name(grade), wave_nm) : NAN;
}

double lw_phy_mated_db(double wave_nm)
{
	return loss("mated", "any", wave_nm);
}

double lw_phy_splice_db(double wave_nm)
{
	return loss("splice", "any", wave_nm);
}

double lw_phy_path_db(enum lw_grade grade, double wave_nm, double length_m, unsigned mated,
		      unsigned splices)
{
	double db = 0;

	/* What is not there needs no data. */
	if (length_m != 0)
		db += length_m / 1e3 * lw_phy_fibre_db_km(grade, wave_nm);
	if (mated)
		db += mated * lw_phy_mated_db(wave_nm);
	if (splices)
		db += splices * lw_phy_splice_db(wave_nm);
	return length_m < 0 ? NAN : db;
}
