/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_SERVED_H
#define LW_SERVE_SERVED_H

#include "station.h"

/** @file The eeprom file of a cage, as the driver in front of a module gives it (serve 3 to 6). */

/**
 * Read bytes of a cage's file, all or none, with no other access to the file in between (serve 3,
 * 4, 5). What reaches behind the end of the file is cut off.
 * @return bytes, 0 at the end; or a negative LW_E code
 */
int lw_served_read(struct lw_station *s, int cage, uint8_t *ret, size_t n, uint64_t off);
/** Write bytes of a cage's file. @return bytes, or a negative LW_E code */
int lw_served_write(struct lw_station *s, int cage, const uint8_t *p, size_t n, uint64_t off);

#endif
