/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FIRMWARE_INTERNAL_H
#define LW_FIRMWARE_INTERNAL_H

#include "cdb-message.h"
#include <lanewise/firmware.h>

/**
 * Read identity, revision of what runs and the advertisement of CDB into `t`; names only the first
 * time. @param sn  the serial number now @return 0, LW_ENOTSUP (no paged CMIS module), a bus error
 */
int lw_firmware_who(struct lw_firmware_task *t, char sn[17], struct lw_error *e);

#endif
