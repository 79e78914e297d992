/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PMD_H
#define LW_PMD_H

#include <lanewise/export.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * @file
 * Physical media dependents: what one media-side interface is, lane by lane (data/pmds.csv). All
 * pointers are to constant data. Pure and thread-safe.
 */

enum lw_modulation { LW_MOD_NONE, LW_NRZ, LW_PAM4, LW_COHERENT };
enum lw_medium { LW_MEDIUM_NONE, LW_COPPER, LW_MMF, LW_SMF };
enum lw_topology {
	LW_TOPO_SERIAL,   /**< one lane on its own fibre or pair each way */
	LW_TOPO_PARALLEL, /**< each lane on its own fibre or pair: splits lane by lane */
	LW_TOPO_WDM,      /**< all lanes share one fibre pair: does not split */
	LW_TOPO_TWIN_WDM, /**< two fibre pairs of WDM lanes: splits by pair only */
	LW_TOPO_BIDI,     /**< both directions on one fibre: lanes send on the windows in turn */
	LW_TOPO_COHERENT,
};

#define LW_WAVES_MAX 8

struct lw_pmd {
	const char *name; /**< for example "400GBASE-DR4" */
	uint32_t rate_mbps;
	enum lw_medium medium;
	enum lw_topology topology;
	uint8_t lanes;     /**< media lanes each way */
	uint8_t fibres;    /**< fibres in use, both directions; 0 for copper */
	uint32_t baud_kbd; /**< per lane, kBd: 53125000 is 53.125 GBd */
	enum lw_modulation modulation;
	uint8_t wave_n;
	/** transmit windows in pm, lane k uses window k % wave_n; wave_n 0: copper or unknown */
	struct {
		uint32_t low_pm, high_pm;
	} wave[LW_WAVES_MAX];
	/** what it needs: "none", "BASE-R", "RS(528,514)", "RS(544,514)", ...; "" if that depends
	 */
	const char *fec;
	bool fec_in_module;    /**< the module may terminate its own FEC */
	const char *connector; /**< name in data/connectors.csv, "fixed" for cables */
	uint32_t reach_m[6];   /**< indexed by enum lw_grade; 0: not specified */
	const char *splits;    /**< "4x25GBASE-SR;..." what lanes may face when split; "" if none */
	const char *ref;
	const char *confidence; /**< "high", "medium", "low": how well the row is sourced */
};

/** Fibre grades, index of lw_pmd.reach_m. */
enum lw_grade { LW_OM1, LW_OM2, LW_OM3, LW_OM4, LW_OM5, LW_OS2, LW_GRADE_NONE };

/** @return the PMD of that name, or NULL */
LW_API const struct lw_pmd *lw_pmd_find(const char *name);

/** "NRZ", "PAM4", "coherent", "none". */
LW_API const char *lw_modulation_name(enum lw_modulation m);
/** "copper", "MMF", "SMF", "none". */
LW_API const char *lw_medium_name(enum lw_medium m);
/** @return the grade called "OM4" or "OS2" (case ignored), or LW_GRADE_NONE */
LW_API enum lw_grade lw_grade_find(const char *name);
LW_API const char *lw_grade_name(enum lw_grade g);
/** The medium of a grade: LW_SMF for OS2, LW_MMF for the OM grades. */
LW_API enum lw_medium lw_grade_medium(enum lw_grade g);

#endif
