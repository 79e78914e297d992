/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_LOADER_H
#define LW_FABRIC_LOADER_H

#include <lanewise/fabric.h>
#include <lanewise/index.h>
#include <lanewise/yaml.h>

/** One file being loaded; everything it makes goes into the fabric's arena. */
struct loader {
	struct lw_fabric *f;
	const char *file; /**< for messages: the fabric file, or the list being read */
	struct lw_error *reterr;
	lw_list_reader reader; /**< of lists, NULL: none can be read */
	void *ctx;
	size_t device_cap, cage_cap, cable_cap;
	struct lw_index device_at, cage_at, cable_at; /**< by name, by id, by id */
	struct use **uses; /**< of each cage: what is plugged, see load-cable.c */
};

/** Tell the watch, each so many. */
void lw_fabric_show(const struct lw_fabric *f, const char *unit, size_t done, size_t all);

/** Refuse the file: what is wrong at `line`. @return LW_EINVAL */
int lw_load_bad(struct loader *l, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** The arena ran out. @return LW_ENOMEM */
int lw_load_no_memory(struct loader *l);

/** Refuse a map that is none or that holds a key not in `keys` (ended by NULL). */
int lw_load_keys(struct loader *l, const struct lw_node *n, const char *what,
		 const char *const *keys);

/**
 * The text of a key.
 * @param ret  NULL when the key is absent and not `required`, or holds nothing
 */
int lw_load_text(struct loader *l, const struct lw_node *map, const char *what, const char *key,
		 bool required, const char **ret);

/** Line of a key's value, of the map itself when the key is absent. */
int lw_load_line(const struct lw_node *map, const char *key);

/** True for a separable module, false for a cable with fixed ends and for one of its far plugs. */
bool lw_load_is_module(const struct lw_part *p);

/** Fibres in a row of a cord's head, 0 if it is no MPO cord. */
unsigned lw_cord_positions(const struct lw_cord *c);

/** Load `polarity`, `lanes`, `broken` and `dirt_db` of a cable whose cord or part is known. */
int lw_load_cord_keys(struct loader *l, const struct lw_node *map, const char *what,
		      struct lw_cable *c);

/** Load `through`, `pins` and `polish` of a cable whose cord or part is known. */
int lw_load_way_keys(struct loader *l, const struct lw_node *map, const char *what,
		     struct lw_cable *c);

/**
 * A number above 0 of a key, such as watts.
 * @param ret  left alone when the key is absent
 */
int lw_load_number(struct loader *l, const struct lw_node *map, const char *what, const char *key,
		   double max, const char *unit, double *ret);

/**
 * Load what a device accepts and bears: `accepts`, `override`, `cmis`, `module_firmware`,
 * `cooling_w`.
 * @param ret  NULL when none is stated
 */
int lw_load_host(struct loader *l, const struct lw_node *device, const char *what,
		 struct lw_link_host **ret);

/** A device begins: its cages follow. `name` is kept. */
int lw_load_begin_device(struct loader *l, const char *name, int line, const char *nos,
			 const char *platform);

/** One more cage of the device that began last; `n` is its map, kept as far as texts go. */
int lw_load_cage(struct loader *l, const struct lw_node *n, struct lw_link_host *host);

/** One more cable of its map; texts are copied. */
int lw_load_cable(struct loader *l, const struct lw_node *n);

/** Load a list of cages (CSV, a row each) whose path is `n`. */
int lw_load_cage_list(struct loader *l, const struct lw_node *n);

/** Load a list of cables (CSV, a row each) whose path is `n`. */
int lw_load_cable_list(struct loader *l, const struct lw_node *n);

/** Make room for `more` cables; what they take is not known before a list is read. */
int lw_load_reserve_cables(struct loader *l, size_t more);

/** Load the top-level `devices:`. */
int lw_load_devices(struct loader *l, const struct lw_node *devices);

/** Load the top-level `cables:`; the cages are there already. */
int lw_load_cables(struct loader *l, const struct lw_node *cables);

/** The code of a word such as "rs528", NULL: there is none. */
const char *lw_load_fec_of(const char *word);

#endif
