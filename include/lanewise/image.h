/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_IMAGE_H
#define LW_IMAGE_H

#include <lanewise/map.h>
#include <lanewise/part.h>

/**
 * @file
 * A module's memory as bytes: read from a dump, or made for a catalogued part.
 */

/** Slots of one module held by value. About 25 KiB: keep it in a struct or an arena, not a stack.
 */
struct lw_image {
	enum lw_map_id map;
	uint8_t present[LW_BANKS_MAX][LW_SLOTS_MAX]; /**< 1: the slot holds data */
	uint8_t slot[LW_BANKS_MAX][LW_SLOTS_MAX][128];
};

/** A view of every present slot; borrows from `img`. */
LW_API void lw_image_view(const struct lw_image *img, struct lw_view *ret);

/**
 * Read a memory dump, whose form is told by its content: raw bytes (optoe layout: lower half, then
 * page p of bank b at 128 * (1 + p + 256 * b); SFF-8472: A0h 256 bytes, then A2h), or text as
 * `xxd`, `hexdump -C`, `od -Ax -tx1`, `ethtool -m DEV hex on` or `raw` print it. Pages the module
 * does not advertise, or that hold only FFh, count as absent.
 * @param name    for messages
 * @param reterr  LW_EINVAL: no module memory in it, with what was found instead; LW_ELIMIT: too big
 */
LW_API int lw_image_parse(const uint8_t *bytes, size_t n, const char *name, struct lw_image *ret,
			  struct lw_error *reterr);

/** Take out the slots that hold only FFh, and those that the module does not advertise. */
LW_API void lw_image_prune(struct lw_image *img);

/** Bytes of the largest dump: the lower half and 256 pages of each bank. */
#define LW_DUMP_MAX (128 * (1 + 256 * LW_BANKS_MAX))

/**
 * The bytes of a dump as they are, raw or hex text, whatever they mean; lw_image_parse() of the
 * same input tells that.
 * @param ret      left with parts of the dump on failure
 * @param inout_n  in: room in `ret`, LW_DUMP_MAX is enough; out: bytes
 * @param ret_text whether it was hex text
 * @param reterr   LW_EINVAL: text that is no dump; LW_ELIMIT: more than fits
 */
LW_API int lw_dump_bytes(const uint8_t *bytes, size_t n, const char *name, uint8_t *ret,
			 size_t *inout_n, bool *ret_text, struct lw_error *reterr);

/** Options of lw_image_make(); zero means default. */
struct lw_image_options {
	const char *vendor, *pn, *sn; /**< default "LANEWISE", the part's name, "LW000001" */
	double length_m;              /**< cables: assembly length */
};

/**
 * Make the power-on memory of a part: identity, advertisement, thresholds, checksums. What a module
 * computes at run time (state, monitors) is left at its reset value.
 * @param opt  NULL: all defaults
 * @param ret  overwritten whole; on failure its content is undefined
 * @return 0; LW_ENOTSUP when the part's map has no writer; LW_ELIMIT when `length_m` is longer than
 *         the map can say
 */
LW_API int lw_image_make(const struct lw_part *part, const struct lw_image_options *opt,
			 struct lw_image *ret, struct lw_error *reterr);

#endif
