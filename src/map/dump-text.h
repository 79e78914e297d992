/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DUMP_TEXT_H
#define LW_DUMP_TEXT_H

#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Hex text as xxd, hexdump, od, ethtool, i2cdump, SONiC, Junos, IOS XR, RouterOS and Linux print
 * it, with whatever stands around the rows, or plain hex bytes. Pure, no heap.
 */

/** Takes the bytes of a dump in rising order, each once. @return 0 or a negative code */
typedef int (*lw_dump_put)(void *ctx, uint8_t byte, struct lw_error *reterr);

/** True if it starts as text does and holds no zero byte: then it is read as text. */
bool lw_dump_is_text(const uint8_t *bytes, size_t n);

/**
 * Read hex text; offsets in it are checked, and a "*" line stands for repeated rows. Lines that
 * name a page or an I2C address ("Upper page 11h") put the rows behind them in their place; pages
 * between, of which there are none, are FFh.
 * @param name    for messages
 * @param reterr  LW_EINVAL with the line, or what `put` failed with
 */
int lw_dump_scan(const char *text, size_t n, const char *name, lw_dump_put put, void *ctx,
		 struct lw_error *reterr);

#endif
