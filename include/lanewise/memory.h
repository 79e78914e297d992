/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MEMORY_H
#define LW_MEMORY_H

#include <lanewise/finding.h>
#include <lanewise/image.h>

/**
 * @file
 * A module's memory as a file: check it, change fields of it, compare two of them. Unlike
 * lw_image, which keeps what a module advertises, nothing of the file is dropped, so that it can
 * be written back byte by byte. Pure: no file is opened here. Not thread-safe by object.
 */

struct lw_memory {
	enum lw_map_id map;
	uint8_t *bytes; /**< raw, in the layout of lw_image_parse(); in the arena */
	size_t n;
	bool text; /**< it was hex text */
	/** 1: the slot holds data and the module advertises it */
	uint8_t valid[LW_BANKS_MAX][LW_SLOTS_MAX];
};

/**
 * Take in a dump of any form that lw_image_parse() reads. Memory comes from `arena`.
 * @return 0; LW_ENOMEM; or as lw_image_parse()
 */
LW_API int lw_memory_read(const uint8_t *bytes, size_t n, const char *name, struct lw_arena *arena,
			  struct lw_memory *ret, struct lw_error *reterr);

/** Lay out an image as a raw dump that ends with its last page; absent pages hold FFh. */
LW_API int lw_memory_from_image(const struct lw_image *img, struct lw_arena *arena,
				struct lw_memory *ret, struct lw_error *reterr);

/** A view of every slot that lies wholly in the dump and holds more than FFh; borrows. */
LW_API void lw_memory_view(const struct lw_memory *m, struct lw_view *ret);

/** Where slot `slot` of bank `bank` begins in a raw dump of that map. */
LW_API size_t lw_memory_offset(enum lw_map_id map, unsigned bank, unsigned slot);

/**
 * Everything wrong with a memory: what lw_facts_problems() finds, checksums of every page, reserved
 * bits and codes, pages and revisions that contradict each other.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_memory_check(const struct lw_memory *m, const char *subject, struct lw_findings *ret);

/** One place where two memories differ. Texts live in the arena of the list. */
struct lw_change {
	const struct lw_field *field; /**< NULL: bits that belong to no field, or a whole page */
	uint16_t lane;                /**< 0-based over all banks */
	uint8_t bank;
	const char *slot;     /**< name of the slot, "40h" for a page the map does not know */
	uint8_t first, last;  /**< byte addresses 0-255 */
	const char *was, *is; /**< the values for people; "absent" for a page that is not there */
	const char *was_raw, *is_raw; /**< hex, NULL where absent */
};

struct lw_changes {
	struct lw_arena *arena;
	struct lw_change *v;
	size_t n, cap;
};

/** An empty list that allocates from `arena` (which must outlive it). */
LW_API void lw_changes_init(struct lw_changes *c, struct lw_arena *arena);

/**
 * List what differs, field by field in the order of the map, then what belongs to no field.
 * @return 0; LW_EINVAL when the maps differ, which leaves nothing to compare; LW_ENOMEM
 */
LW_API int lw_memory_diff(const struct lw_memory *a, const struct lw_memory *b,
			  struct lw_changes *ret, struct lw_error *reterr);

/** Write a list of changes as a JSON array (docs/eeprom.md). */
LW_API void lw_changes_json(const struct lw_changes *c, struct lw_json *j);

/** "name", "name[lane]" or "" for bits of no field. @return `buf` */
LW_API const char *lw_change_name(const struct lw_change *c, char *buf, size_t size);

/** What lw_memory_set() may write. */
enum lw_set_flags {
	LW_SET_FACTORY = 1, /**< fields that are read-only to a host: what a maker programs */
	/** also what a module computes while it runs, checksums, and pages it does not advertise */
	LW_SET_FORCE = 2,
};

/**
 * Set fields: "name=value", "name[3]=value" (lanes from 1, across banks), "name[*]=value". A value
 * is a number in the field's unit, a raw number with 0x, the name of a code, or text. Checksums
 * over changed bytes are made right, unless set themselves. All or nothing: on failure `m` is as it
 * was.
 * @param flags  of enum lw_set_flags
 * @param arena  for work; nothing in `m` points into it afterwards
 * @return 0; LW_EINVAL, LW_ENOENT (no such field), LW_ENOPAGE, LW_ENOTSUP (not allowed by `flags`)
 */
LW_API int lw_memory_set(struct lw_memory *m, const char *const *assignments, size_t n,
			 unsigned flags, struct lw_arena *arena, struct lw_error *reterr);

/**
 * Write what takes `now` back to `was` behind the undo text `old` (nullable), which holds the steps
 * before. Steps that do not end in `was` are dropped: they are of another content.
 */
LW_API int lw_undo_add(const char *old, size_t old_n, const uint8_t *was, size_t was_n,
		       const uint8_t *now, size_t now_n, struct lw_buf *ret,
		       struct lw_error *reterr);

/**
 * Take the last step of an undo text back.
 * @param now     the present content
 * @param ret     the content before that step, from `arena`
 * @param ret_left  bytes of `text` that remain as undo text; 0: nothing is left
 * @return 0; LW_EINVAL when the text is no undo text, or `now` is not what the step left
 */
LW_API int lw_undo_take(const char *text, size_t n, const char *name, const uint8_t *now,
			size_t now_n, struct lw_arena *arena, uint8_t **ret, size_t *ret_n,
			size_t *ret_left, struct lw_error *reterr);

#endif
