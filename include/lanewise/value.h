/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_VALUE_H
#define LW_VALUE_H

#include <lanewise/map.h>
#include <stddef.h>

struct lw_json;

/**
 * @file
 * Any register field of a memory as a typed value: what it says, or why it says nothing. A field
 * that the module does not advertise, that its revision does not have, or that another meaning of
 * the same bits replaces (data/maps/overlays.csv) is no value, and neither is a reading that the
 * module's state says not to be valid. Pure, allocates nothing, thread-safe.
 */

enum lw_value_status {
	LW_VALUE_OK,
	LW_VALUE_NOT_SUPPORTED, /**< not advertised, not in this revision, or another meaning holds
				 */
	LW_VALUE_ABSENT,        /**< its page is not there */
	LW_VALUE_STALE,         /**< held by the registers, but the module's state denies it */
	LW_VALUE_ERROR,         /**< the registers hold something that is no value */
};

enum lw_value_kind {
	LW_VALUE_NUMBER,
	LW_VALUE_BOOL,
	LW_VALUE_CODE,
	LW_VALUE_TEXT,
	LW_VALUE_BYTES,
};

struct lw_value {
	enum lw_value_status status;
	enum lw_value_kind kind;
	bool has_raw;         /**< `raw` was read: never for text, bytes and absent pages */
	int64_t raw;          /**< as lw_field_get() gives it */
	double number;        /**< in the field's unit; NaN if there is none */
	const char *meaning;  /**< of a code; NULL: reserved or not defined */
	const uint8_t *bytes; /**< of text and bytes, borrowed from the view; NULL if absent */
	size_t size;          /**< of `bytes` */
	/** The field that decided the status (advertisement, revision, selector, state), or NULL */
	const struct lw_field *decider;
	const char *ref; /**< the clause behind the status, "" if none is needed */
};

/** "value", "not-supported", "absent", "stale", "error". */
LW_API const char *lw_value_status_name(enum lw_value_status s);

/** "number", "bool", "code", "text", "bytes". */
LW_API const char *lw_value_kind_name(enum lw_value_kind k);

/**
 * Decode one lane of a field. Cannot fail: what is wrong is a status.
 * @param lane  as for lw_field_get(); one out of range is absent
 * @param ret   overwritten whole; `raw`, `number` and `bytes` say what the registers hold for
 *              every status but LW_VALUE_ABSENT, so mind the status before you use them
 */
LW_API void lw_value_decode(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			    struct lw_value *ret);

/**
 * What the statuses of many fields have in common, found once. Zero it before the first use, and
 * whenever the memory that the view shows may have changed.
 */
struct lw_value_memo {
	uint8_t banks;                 /**< bit: `path` was found for this bank */
	int8_t path[8 * LW_BANKS_MAX]; /**< as lw_media_path_state() gives it */
	bool revised;                  /**< `revision` was found */
	unsigned revision;             /**< as major * 256 + minor; 0: not told */
	const struct lw_field *who;    /**< the field that tells it */
	/** conditions that were asked, of fields with so many lanes: which of the 32 lanes from
	 * `base` on were, and what came of it: other fields with the same ones mostly follow */
	struct lw_value_asked {
		uint16_t first, lanes, base;
		uint32_t known, holds, fails; /**< known, but neither: that cannot be told */
	} asked[4];
};

/**
 * Only the status of a lane of a field, for whoever looks at many of one memory. It is that of
 * lw_value_decode(), but never LW_VALUE_ERROR, which takes the number.
 * @param memo  of this view
 */
LW_API enum lw_value_status lw_value_status(const struct lw_field *f, unsigned lane,
					    const struct lw_view *v, struct lw_value_memo *memo);

/**
 * Of some lanes of a field, those whose lw_value_status() is LW_VALUE_OK: many at once.
 * @param base   a lane, over all banks
 * @param lanes  bit i: lane `base` + i is asked about
 * @param memo   of this view
 * @return those of `lanes` that are
 */
LW_API uint32_t lw_value_lanes(const struct lw_field *f, unsigned base, uint32_t lanes,
			       const struct lw_view *v, struct lw_value_memo *memo);

/** Room for every text of lw_value_text(). */
#define LW_VALUE_TEXT_MAX 512

/**
 * The content for people, whatever the status: "3.2981 V", "yes", "ModuleReady", "0x2a (reserved)",
 * "00:1c:73", or text without its padding and with '?' for what is not printable.
 * @return 0, or LW_ELIMIT when `size` cut it
 */
LW_API int lw_value_text(const struct lw_field *f, const struct lw_value *value, char *ret,
			 size_t size);

/**
 * Write the keys of one lane of a field as decode --all has them (docs/json.md): who and where it
 * is, `raw`, `value`, `unit`, `text`, `status`, `why` and `ref`.
 */
LW_API void lw_value_json_keys(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			       struct lw_json *j);

/** Only those that say who and where it is: `name`, `standard`, `page`, `bank`, `byte`, `bits`,
 * `lane`. */
LW_API void lw_field_json_keys(const struct lw_field *f, unsigned lane, struct lw_json *j);

/**
 * The CMIS state (Table 8-94) of the data path that has media lane `lane`, by the active
 * applications; a lane of no data path counts as deactivated (CMIS 5.4 Table 6-21).
 * @return the state, or LW_ENOPAGE when the pages that tell are not there
 */
LW_API int lw_media_path_state(const struct lw_view *v, unsigned lane);

#endif
