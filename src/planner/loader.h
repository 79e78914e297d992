/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLANNER_LOADER_H
#define LW_PLANNER_LOADER_H

#include <lanewise/intent.h>
#include <lanewise/yaml.h>

/** One intent being loaded. */
struct intent_loader {
	struct lw_intent *intent;
	const char *file;
	lw_intent_reader reader;
	void *ctx;
	struct lw_error *reterr;
};

/** Refuse the file: what is wrong at `line`. @return LW_EINVAL */
int lw_intent_bad(struct intent_loader *l, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** @return LW_ENOMEM */
int lw_intent_no_memory(struct intent_loader *l);

/** Refuse what is no map, or holds a key not in `keys` (ended by NULL). */
int lw_intent_keys(struct intent_loader *l, const struct lw_node *n, const char *what,
		   const char *const *keys);

/** The text of a key; `*ret` stays as it is when the key is absent and not `needed`. */
int lw_intent_text(struct intent_loader *l, const struct lw_node *map, const char *key, bool needed,
		   const char **ret);

/** The number that `s` says. */
int lw_intent_value(struct intent_loader *l, int line, const char *key, const char *s, double low,
		    double high, double *ret);

/** A number between `low` and `high`; `*ret` stays as it is when the key is absent. */
int lw_intent_number(struct intent_loader *l, const struct lw_node *map, const char *key,
		     double low, double high, double *ret);

/** A whole number, likewise. */
int lw_intent_whole(struct intent_loader *l, const struct lw_node *map, const char *key,
		    bool needed, uint32_t low, uint32_t high, uint32_t *ret);

/** The value as a list of texts: one text is a list of one. `*ret_n` stays when absent. */
int lw_intent_list(struct intent_loader *l, const struct lw_node *map, const char *key, size_t max,
		   const char **ret, size_t *ret_n);

/** The form factor and the fastest lane of a map with `form` and `max_lane`. */
int lw_intent_form(struct intent_loader *l, const struct lw_node *map, struct lw_cage_group *g);

/** All switches: `platforms:` of the intent, then those of data/platforms.csv. */
int lw_intent_switches(struct intent_loader *l, const struct lw_node *platforms);

#endif
