/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SCENARIO_INTERNAL_H
#define LW_SCENARIO_INTERNAL_H

#include <lanewise/scenario.h>
#include <lanewise/yaml.h>

/** @file What the files that load a scenario share. */

struct scene {
	struct lw_scenario *s;
	const struct lw_fabric *f;
	const char *file;
	struct lw_arena *arena;
	struct lw_error *reterr;
	size_t moment_cap, injection_cap;
	uint32_t order;
	uint64_t draws;      /* numbers drawn so far: the counter of the generator */
	struct lw_mono last; /* end of the last moment */
};

/** Refuse the file. @return LW_EINVAL */
int lw_scene_bad(const struct scene *c, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int lw_scene_no_memory(const struct scene *c);

/** Refuse a map that is none or has a key that is not in `keys` (ended by NULL). */
int lw_scene_keys(const struct scene *c, const struct lw_node *n, const char *what,
		  const char *const *keys);

/** The text of a key; `*ret` NULL when it is absent. */
int lw_scene_text(const struct scene *c, const struct lw_node *map, const char *key,
		  const char **ret);

/** A span as people write it: "250ms", "10s", "2m30s", "6h", "3d", "1y"; a number is
 * seconds. */
int lw_span_parse(const char *text, struct lw_mono *ret);
/** The span of a key; left as it is when absent. */
int lw_scene_span(const struct scene *c, const struct lw_node *map, const char *key,
		  struct lw_mono *inout);

/** "10s" or "3d..14d". */
struct range {
	struct lw_mono low, high;
};
int lw_scene_range(const struct scene *c, const struct lw_node *map, const char *key,
		   struct range *inout);

/** The next number of the seed's sequence, at least 0 and below 1. */
double lw_scene_draw(struct scene *c);
struct lw_mono lw_scene_draw_in(struct scene *c, const struct range *r);

/** Add a moment; its order is that of the calls. */
int lw_scene_add(struct scene *c, const struct lw_moment *m);

/** Add a fault that begins at `at` and lasts for `lasts` (LW_NEVER: for good). */
int lw_scene_inject(struct scene *c, const struct lw_lab_fault *x, int line, struct lw_mono at,
		    struct lw_mono lasts);

/**
 * The faults that a text means: its place may be a pattern ("leaf*" "/swp?").
 * @param ret  from the arena, `*ret_n` of them, at least one
 */
int lw_scene_faults(struct scene *c, const char *text, int line, struct lw_lab_fault **ret,
		    size_t *ret_n);

/** Load `events:` and `random:`. */
int lw_scene_events(struct scene *c, const struct lw_node *list);
int lw_scene_random(struct scene *c, const struct lw_node *list);

/** Read the sentence of an `expect`. */
int lw_scene_expect(struct scene *c, const char *text, int line, struct lw_expect *ret);

#endif
