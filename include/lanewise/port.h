/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PORT_H
#define LW_PORT_H

#include <lanewise/error.h>
#include <lanewise/form.h>
#include <stddef.h>

/**
 * @file
 * A cage's host lanes and how a breakout mode divides them. A mode is parts joined by "+", each
 * COUNTxRATE[(LANES)]: "1x800G", "2x400G", "2x200G(4)+4x100G(4)"; LANES is the number of lanes the
 * part takes as a whole. Without it a single part takes every lane of the cage. Pure, no heap.
 */

#define LW_PORT_LANES_MAX 16
#define LW_LPORTS_MAX     16

/** One logical port of a cage: the host end of a logical link. */
struct lw_lport {
	uint8_t index; /**< 0-based among the cage's logical ports */
	uint8_t first, lanes;
	uint32_t rate_mbps;
	uint32_t baud_kbd;             /**< per lane, by rate and lanes */
	enum lw_modulation modulation; /**< of each lane */
	const char *fec;               /**< what the rate needs by default, "none" if nothing */
};

struct lw_mode {
	uint8_t lanes; /**< of the cage */
	uint8_t n;
	struct lw_lport port[LW_LPORTS_MAX];
};

/**
 * Divide `lanes` lanes of a cage by `text`.
 * @param reterr  LW_EINVAL: what in the mode is wrong, and a mode that would be right
 */
LW_API int lw_mode_parse(const char *text, unsigned lanes, struct lw_mode *ret,
			 struct lw_error *reterr);

/**
 * The Ethernet signalling of one lane that carries `rate_mbps`: 10G, 25G NRZ; 50G, 100G, 200G PAM4
 * (data/lanes.csv).
 * @return 0 or LW_EINVAL when no lane runs that rate
 */
LW_API int lw_lane_signal(uint32_t rate_mbps, uint32_t *ret_baud_kbd,
			  enum lw_modulation *ret_modulation, const char **ret_fec);

/** @return the fastest Ethernet lane rate that a host of that baud and modulation runs, 0: none */
LW_API uint32_t lw_lane_rate(uint32_t baud_kbd, enum lw_modulation modulation);

/**
 * Read a rate as people write it: "800G", "1.6T", "2.5G".
 * @param ret_end  first character behind the rate
 * @return 0 or LW_EINVAL when `s` does not begin with a rate of 1 Mb/s to 10 Tb/s
 */
LW_API int lw_rate_parse(const char *s, uint32_t *ret_mbps, const char **ret_end);

/** Write a rate as "800G", "1.6T" or "2.5G". @return `buf` */
LW_API const char *lw_rate_text(uint32_t mbps, char *buf, size_t size);

#endif
