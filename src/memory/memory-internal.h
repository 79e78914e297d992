/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MEMORY_INTERNAL_H
#define LW_MEMORY_INTERNAL_H

#include <lanewise/memory.h>

/** @file What the files of this folder share. */

#define SLOT_BYTES 128

/** The same bits as another field, which `need` selects (docs/design/map.md). */
bool lw_field_is_overlay(const struct lw_field *f);

/** Does the view advertise the field, as far as one bool tells? An overlay: is it selected? */
bool lw_field_is_needed(const struct lw_field *f, const struct lw_view *v);

/** Does the module write it while it runs: state, flags, monitors? */
bool lw_field_is_volatile(const struct lw_field *f);

/** Lanes over all banks: the fields of banked slots repeat. */
unsigned lw_field_lanes_all(const struct lw_field *f);

/** The code table of a field; that of media interfaces depends on the media type. */
enum lw_code_table lw_field_codes(const struct lw_field *f, const struct lw_view *v);

/** Write the value for people, "LC (0x07)", "3.63 V"; its slot is there. */
void lw_memory_value_text(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			  struct lw_buf *ret);

/** Put `text` as the value of one lane into the view's own memory `slot`. */
int lw_memory_value_put(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			const char *text, uint8_t slot[SLOT_BYTES], struct lw_error *reterr);

/**
 * The code whose name is `text` in any case, else begins with it, else holds it.
 * @param ret_other  another one that answers as well, NULL if none
 */
const struct lw_code *lw_code_match(enum lw_code_table table, const char *text,
				    const struct lw_code **ret_other);

#endif
