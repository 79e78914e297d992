/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <string.h>
#include <strings.h>

/* Indexed by enum lw_grade. */
static const char *const grade_names[] = {"OM1", "OM2", "OM3", "OM4", "OM5", "OS2"};

const struct lw_pmd *lw_pmd_find(const char *name)
{
	if (!name)
		return NULL;
	for (size_t i = 0; i < lw_pmds_n; i++)
		if (!strcmp(lw_pmds[i].name, name))
			return &lw_pmds[i];
	return NULL;
}

const char *lw_modulation_name(enum lw_modulation m)
{
	switch (m) {
	case LW_NRZ:
		return "NRZ";
	case LW_PAM4:
		return "PAM4";
	case LW_COHERENT:
		return "coherent";
	case LW_MOD_NONE:
		break;
	}
	return "none";
}

const char *lw_medium_name(enum lw_medium m)
{
	switch (m) {
	case LW_COPPER:
		return "copper";
	case LW_MMF:
		return "MMF";
	case LW_SMF:
		return "SMF";
	case LW_MEDIUM_NONE:
		break;
	}
	return "none";
}

enum lw_grade lw_grade_find(const char *name)
{
	for (unsigned g = 0; name && g < LW_GRADE_NONE; g++)
		if (!strcasecmp(grade_names[g], name))
			return (enum lw_grade)g;
	return LW_GRADE_NONE;
}

const char *lw_grade_name(enum lw_grade g)
{
	return (unsigned)g < LW_GRADE_NONE ? grade_names[g] : "none";
}

enum lw_medium lw_grade_medium(enum lw_grade g)
{
	if ((unsigned)g >= LW_GRADE_NONE)
		return LW_MEDIUM_NONE;
	return g == LW_OS2 ? LW_SMF : LW_MMF;
}
