/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MONITOR_INTERNAL_H
#define LW_MONITOR_INTERNAL_H

#include <lanewise/monitor.h>

/** Room for the ids of all flags of a map. */
#define LW_FLAG_IDS_MAX 128

/** Has the module monitors and flags at all? */
bool lw_monitored(const struct lw_image *memory, const struct lw_facts *facts);

/** The fields whose values say which readings and flags are to be believed. @return how many */
size_t lw_monitor_states(enum lw_map_id map, const uint16_t **ret);

/** The flags that the module has. @return how many were put into `ret` (LW_FLAG_IDS_MAX) */
size_t lw_flag_ids(const struct lw_image *memory, const struct lw_facts *facts, uint16_t *ret);

/**
 * Read fields `ids` of all banks, and note the flags among them in `log` (nullable): also those
 * that were read before an error.
 * @param ids  changed
 */
int lw_flags_read(struct lw_flag_log *log, struct lw_bus *bus, struct lw_image *memory,
		  const struct lw_facts *facts, uint16_t *ids, size_t n, struct lw_mono now,
		  struct lw_error *reterr);

#endif
