/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_QUIRK_H
#define LW_QUIRK_H

#include <lanewise/bus.h>
#include <lanewise/facts.h>

/**
 * @file
 * What some modules do other than their standard says, as data (data/quirks.csv): who they are, the
 * public evidence, and which knob of the host it turns. Found once a module is identified.
 */

/** One quirk, for people. */
struct lw_quirk {
	const char *id;         /**< "vsol-one-byte" */
	const char *doc;        /**< what the module does, one clause */
	const char *evidence;   /**< a public source */
	const char *confidence; /**< "high", "medium", "low" */
};

#define LW_QUIRKS_MAX 8

/** The knobs; all zero: a module without quirks. */
struct lw_quirks {
	uint8_t max_read;         /**< longest read that brings right bytes; 0: 128 */
	struct lw_mono start;     /**< longest start, beyond what the standard allows; {0}: none */
	unsigned dp_init_percent; /**< of a MaxDurationDPInit of at most 1 s; 0: as advertised */
	bool ignore_tx_fault, ignore_los; /**< these flags mean nothing */
	bool ignore_reply_check;          /**< RPLChkCode is not filled in: struct lw_cdb_client */
	bool no_interrupt;                /**< its interrupt tells nothing: states are polled */
	/** which they are; rows are constant */
	const struct lw_quirk *row[LW_QUIRKS_MAX];
	unsigned n;
};

/**
 * The quirks of a module.
 * @param off  ids to leave out, separated by commas; "all": none is applied; NULL: none is left out
 * @param ret  overwritten whole
 */
LW_API void lw_quirk_find(const struct lw_facts *facts, const char *off, struct lw_quirks *ret);

/** All rows there are. @param ret_n  (nullable) their number @return the i-th, NULL behind the last
 */
LW_API const struct lw_quirk *lw_quirk_at(size_t i);

/** The limit of a data path's initialisation, from the advertised one. */
LW_API struct lw_mono lw_quirk_dp_init(const struct lw_quirks *q, struct lw_mono advertised);

/**
 * A bus that reads in pieces, so that nothing above needs to know: give it to procedures in the
 * place of the module's own. It learns: a module that breaks long reads off (LW_ESHORT) is read in
 * pieces of 32, 16, 8 and at last single bytes from then on.
 *
 * A read in pieces is not atomic, and pieces are cut at multiples of their size from the first byte
 * on, so that numbers are kept whole where a read begins with one.
 */
struct lw_quirk_bus {
	struct lw_bus bus;    /**< what procedures get */
	struct lw_bus *inner; /**< borrowed */
	uint8_t max_read;     /**< 1-128; set from lw_quirks.max_read, lowered by what is learned */
};

LW_API void lw_quirk_bus_init(struct lw_quirk_bus *q, struct lw_bus *inner);

#endif
