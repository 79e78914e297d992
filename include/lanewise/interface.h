/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_INTERFACE_H
#define LW_INTERFACE_H

#include <lanewise/code-ids.h>
#include <lanewise/pmd.h>

/**
 * @file
 * Host electrical and media interfaces by their SFF-8024 code, with lanes, lane rate and modulation
 * (data/interfaces.csv; SFF-8024 Tables 4-4 to 4-10). Pure and thread-safe.
 */

struct lw_interface {
	enum lw_code_table table;
	uint8_t code;
	const char *name;
	uint8_t lanes;                 /**< 0: not stated */
	uint32_t baud_kbd;             /**< per lane; 0: not stated */
	enum lw_modulation modulation; /**< LW_MOD_NONE: not stated, or BASE-T */
	uint32_t rate_mbps;            /**< nominal, 400000 for 400GAUI-4 */
	const char *fec; /**< what the host must run on this interface; "" if not stated */
	/**
	 * The PMD it is, NULL if none is catalogued. Host table: of backplane and copper (CR)
	 * codes. LW_CODES_SFF8024_EXT: of a four-lane (QSFP) module; lanes, baud and rate are that
	 * PMD's.
	 */
	const struct lw_pmd *pmd;
	const struct lw_pmd *pmd_sfp; /**< LW_CODES_SFF8024_EXT: of a one-lane (SFP) module */
	/** LW_CODES_SFF8024_EXT: host side of a QSFP and of an SFP module, NULL if not known */
	const struct lw_interface *host, *host_sfp;
	const char *ref;
	const char *confidence;
};

/**
 * @param table  LW_CODES_SFF8024_HOST, _MMF, _SMF, _COPPER, _ACTIVE, _BASET, or
 *               LW_CODES_SFF8024_EXT (extended compliance of SFF-8636 and SFF-8472)
 * @return the interface, or NULL when the code is reserved or custom
 */
LW_API const struct lw_interface *lw_interface_find(enum lw_code_table table, unsigned code);

/** The media code table that CMIS MediaType (lower byte 85) selects, or LW_CODES_NONE. */
LW_API enum lw_code_table lw_media_table(unsigned media_type);

#endif
