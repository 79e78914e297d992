/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_REGISTERS_H
#define LW_DAEMON_REGISTERS_H

#include <lanewise/engine.h>

/**
 * @file
 * A module's registers for those who look, a page at a time. Looking disturbs nothing: a byte that
 * reading would clear is never read (the engine owns flags, and its log tells of them), only
 * modules at rest are asked, and a page is read at most four times a second, whoever asks for
 * which. What was read within the last second is shown again.
 */

#define LWD_PAGE_EACH_MS  250
#define LWD_PAGE_FRESH_MS 1000

/** What was read of the module that was looked at last. Zero it before the first use. */
struct lwd_registers {
	struct lw_image image;
	struct lw_mono read[LW_BANKS_MAX][LW_SLOTS_MAX]; /**< when each page of `image` was read */
	const struct lw_module *of;                      /**< NULL: of none */
	unsigned identities;                             /**< of `of`, as it was then */
	struct lw_mono last;                             /**< when a page was read last */
};

/** Read what reading does not change of a page: the runs of bytes between those that it would
 * clear, which stay as they are in `ret`. @return 0 or the bus's error */
int lwd_read_page(struct lw_bus *bus, const struct lw_slot *s, unsigned bank, uint8_t ret[128],
		  struct lw_error *reterr);

/** Write the document of pages that the module of `cage` has. @param reterr  as below */
int lwd_registers_pages(const struct lw_engine *e, size_t cage, struct lw_buf *ret,
			struct lw_error *reterr);

/**
 * Write the document of one page: every field of it, decoded.
 * @param page    "11h", "L", "A2"; "vdm": what the engine's memory has of versatile diagnostics
 * @param reterr  LW_ENOENT: no such page; LW_ENOPAGE: the module does not have it; LW_ENOTSUP: no
 *                module, or one that is not at rest; LW_ENACK: too soon; else the bus's error
 */
int lwd_registers_page(struct lwd_registers *g, struct lw_engine *e, size_t cage, const char *page,
		       unsigned bank, struct lw_mono now, struct lw_buf *ret,
		       struct lw_error *reterr);

/**
 * Write what a field is, as `lanewise explain --json` has it.
 * @param name    "cmis.dp_state_host_lane"
 * @param reterr  LW_ENOENT
 */
int lwd_registers_explain(const char *name, unsigned lane, struct lw_buf *ret,
			  struct lw_error *reterr);

#endif
