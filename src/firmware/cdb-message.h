/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CDB_MESSAGE_H
#define LW_CDB_MESSAGE_H

#include "cdb-tables.h"
#include <lanewise/cdb.h>

/** A number of a payload; 0 when it lies behind its `n` bytes, as the standard has it (9.2.3). */
uint32_t lw_cdb_part_get(const uint8_t *payload, size_t n, enum lw_cdb_part part);

/** Is all of a field within `n` bytes? Older modules send shorter replies. */
bool lw_cdb_part_there(size_t n, enum lw_cdb_part part);

/** Put a number into a payload that has room for it. */
void lw_cdb_part_put(uint8_t *payload, enum lw_cdb_part part, uint32_t value);

/** One's complement of the low byte of the sum: CdbChkCode, RPLChkCode (8.34). */
uint8_t lw_cdb_check_code(const uint8_t *p, size_t n);

/** Reply bytes that a command brings, by data/cdb-commands.csv; -1 if it is not there. */
int lw_cdb_reply_length(uint16_t command);

/** Of data/host-times.csv. */
static inline struct lw_mono lw_host_time(enum lw_host_number n)
{
	return (struct lw_mono){lw_host_numbers[n]};
}

#endif
