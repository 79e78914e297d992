/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RECIPE_H
#define LW_RECIPE_H

#include <lanewise/image.h>
#include <lanewise/memory.h>

/**
 * @file
 * A module in a few lines of YAML (docs/eeprom.md), to a complete memory and back. Pure.
 */

/** Fields to set last, as lw_memory_set() takes them. */
#define LW_RECIPE_FIELDS_MAX 512

/** What a recipe says. Texts live in the arena; NULL, NaN and false: not said. */
struct lw_recipe {
	const struct lw_part *part; /**< what to start from */
	const struct lw_pmd *pmd;   /**< carried instead of the part's; NULL: the part's */
	const struct lw_form *form; /**< of the part, or another one that shares its memory map */
	uint8_t identifier;         /**< SFF-8024 Table 4-1 */
	const char *vendor, *pn, *rev, *sn, *lot, *clei;
	const char *date; /**< "2025-01-31" */
	bool has_oui;
	uint8_t oui[3];
	int connector;                      /**< SFF-8024 Table 4-3, -1: the part's */
	double length_m, power_w;           /**< NaN: the part's */
	const struct lw_thresholds *limits; /**< NULL: the part's */
	bool has_apps;
	uint8_t app_n;
	struct lw_part_app app[LW_PART_APPS_MAX];
	size_t field_n;
	const char **field; /**< "name=value" */
};

/**
 * Read a recipe.
 * @param file    for messages
 * @param reterr  LW_EINVAL or LW_ENOENT with the line: what is wrong there, and what would be right
 */
LW_API int lw_recipe_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
			  struct lw_recipe *ret, struct lw_error *reterr);

/** Make the memory that a recipe describes; `ret` takes its bytes from `arena`. */
LW_API int lw_recipe_make(const struct lw_recipe *recipe, struct lw_arena *arena,
			  struct lw_memory *ret, struct lw_error *reterr);

/**
 * Find the recipe of a memory: the part of the catalogue that comes nearest to it, and what differs
 * from that part.
 * @param fields  also list every field that still differs, so that making gives the same again
 * @return 0; LW_ENOENT when no part has such an identifier; LW_ENOMEM
 */
LW_API int lw_recipe_find(const struct lw_memory *m, bool fields, struct lw_arena *arena,
			  struct lw_recipe *ret, struct lw_error *reterr);

/** Write a recipe as YAML; what equals the part is left out. */
LW_API void lw_recipe_write(const struct lw_recipe *recipe, struct lw_buf *ret);

#endif
