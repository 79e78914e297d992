/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_JSON_H
#define LW_JSON_H

#include <lanewise/buf.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * @file
 * Writes one JSON document into a lw_buf, indented by one blank a level or all on one line. Output
 * only: documents are read with jansson. Why our own: a decode is written in a few microseconds
 * without a heap tree; numbers come out exact to the register.
 *
 * Calls nest as the document does; a key goes before each value inside an object.
 */

struct lw_json {
	struct lw_buf *buf;
	unsigned depth;
	bool first;    /**< nothing written yet at this depth */
	bool keyed;    /**< a key was written, its value is due */
	bool one_line; /**< without line ends and indent */
};

LW_API void lw_json_init(struct lw_json *j, struct lw_buf *buf);
/** The same for a document on one line, as streams and logs want it: {"a": [1,2],"b": 3}. */
LW_API void lw_json_init_line(struct lw_json *j, struct lw_buf *buf);
LW_API void lw_json_begin_object(struct lw_json *j);
LW_API void lw_json_end_object(struct lw_json *j);
LW_API void lw_json_begin_array(struct lw_json *j);
LW_API void lw_json_end_array(struct lw_json *j);
LW_API void lw_json_key(struct lw_json *j, const char *key);
/** Text; NULL gives null. Bytes that are not UTF-8 become U+FFFD, control characters \u00XX. */
LW_API void lw_json_string(struct lw_json *j, const char *s);
LW_API void lw_json_int(struct lw_json *j, int64_t v);
LW_API void lw_json_bool(struct lw_json *j, bool v);
LW_API void lw_json_null(struct lw_json *j);
/** At most nine decimals, trailing zeros cut; NaN and infinities give null. */
LW_API void lw_json_number(struct lw_json *j, double v);

/** A number of any size with six significant digits, "2.4e-13"; NaN and infinities give null. */
LW_API void lw_json_real(struct lw_json *j, double v);

/** A key and its value in one call: the same as lw_json_key() and the writer of the value. */
LW_API void lw_json_put_string(struct lw_json *j, const char *key, const char *s);
LW_API void lw_json_put_int(struct lw_json *j, const char *key, int64_t v);
LW_API void lw_json_put_bool(struct lw_json *j, const char *key, bool v);
LW_API void lw_json_put_number(struct lw_json *j, const char *key, double v);
LW_API void lw_json_put_real(struct lw_json *j, const char *key, double v);

#endif
