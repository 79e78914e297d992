/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RECIPE_INTERNAL_H
#define LW_RECIPE_INTERNAL_H

#include "memory-internal.h"

#include <lanewise/recipe.h>
#include <lanewise/yaml.h>

/** @file What the files about recipes share. */

/** A recipe of nothing but its part. */
void lw_recipe_init(struct lw_recipe *r, const struct lw_part *part);

/**
 * A recipe of a PMD that no part of the catalogue carries in that memory map, from a part built
 * like it. @return false if there is none
 */
bool lw_recipe_init_pmd(struct lw_recipe *r, const struct lw_form *form, const struct lw_pmd *pmd);

/** Does a part of the catalogue carry that PMD in the memory map of that form factor? */
bool lw_form_has_part(const struct lw_form *form, const struct lw_pmd *pmd);

/** @return the identifier that modules of a form factor carry, -1 if unknown */
int lw_form_identifier(const struct lw_form *form);

/** @return the i-th form factor that carries `identifier`, NULL behind the last */
const struct lw_form *lw_form_of_identifier(unsigned identifier, unsigned i);

/** @return the thresholds called `name` (case ignored), or NULL */
const struct lw_thresholds *lw_limits_find(const char *name);

/** @return the i-th thresholds of the catalogue, NULL behind the last; may repeat */
const struct lw_thresholds *lw_limits_at(size_t i);

/** The first lanes that groups of `lanes` may start at, among `all`. */
uint8_t lw_group_starts(unsigned lanes, unsigned all);

/** What is being read. */
struct recipe_loader {
	struct lw_recipe *r;
	const struct lw_node *root;
	const char *file;
	struct lw_arena *arena;
	struct lw_error *reterr;
};

/** Choose the part by `part`, or by `form` and `pmd` or `cable`. */
int lw_recipe_choose(struct recipe_loader *l);

/** Read the list of applications. */
int lw_recipe_load_apps(struct recipe_loader *l, const struct lw_node *list);

/** The text of a node; NULL, with an error, if it is none. */
const char *lw_recipe_text(const struct recipe_loader *l, const struct lw_node *n);

/** A whole number of a node in low..high; 0x too. @return 0 or an error */
int lw_recipe_number(const struct recipe_loader *l, const struct lw_node *n, long low, long high,
		     long *ret);

#endif
