/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_YAML_H
#define LW_YAML_H

#include <lanewise/arena.h>
#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * @file
 * YAML text as a plain tree in an arena, every node with its line. What the files of Lanewise have
 * no use for is refused, so that hostile input stays cheap: aliases, directives, a second document,
 * text beyond the limits. Pure; not thread-safe by arena.
 */

enum lw_node_kind { LW_NODE_TEXT, LW_NODE_MAP, LW_NODE_LIST };

struct lw_node {
	enum lw_node_kind kind;
	int line;
	const char *key; /**< inside a map: its key, else NULL */
	int key_line;
	const char *text; /**< LW_NODE_TEXT: the scalar, "" when empty */
	bool plain;       /**< LW_NODE_TEXT: not quoted, so that "~" means nothing */
	size_t n;         /**< children */
	struct lw_node *first, *next;
};

/**
 * Parse one document.
 * @param ret     NULL when the text holds no document
 * @param reterr  LW_EINVAL with file and line, LW_ELIMIT, LW_ENOMEM
 */
LW_API int lw_yaml_parse(const char *text, size_t n, const char *file, struct lw_arena *arena,
			 struct lw_node **ret, struct lw_error *reterr);

/** @return the child of a map with that key, or NULL */
LW_API const struct lw_node *lw_node_get(const struct lw_node *map, const char *key);

/** True for `key:`, `~` and `null`: a value that says nothing. */
LW_API bool lw_node_empty(const struct lw_node *n);

/** "text", "a map" or "a list". */
LW_API const char *lw_node_kind_name(const struct lw_node *n);

#endif
