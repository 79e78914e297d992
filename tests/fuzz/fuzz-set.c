/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of assignments up to a NUL, then a dump of any kind: check it, set the fields, compare,
 * undo. Whatever is set, what is undone is what was; what is refused leaves no trace.
 */
#include "fuzz.h"

#include <lanewise/memory.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define LINES_MAX 16

static size_t split(const uint8_t *bytes, size_t n, struct lw_arena *arena, const char **ret)
{
	char *text = lw_arena_strndup(arena, (const char *)bytes, n), *save = NULL;
	size_t lines = 0;

	for (char *s = strtok_r(text, "\n", &save); s && lines < LINES_MAX;
	     s = strtok_r(NULL, "\n", &save))
		ret[lines++] = s;
	return lines;
}

static void undo(const struct lw_memory *was, const struct lw_memory *now, struct lw_arena *arena)
{
	struct lw_buf text = LW_BUF_INIT;
	uint8_t *back = NULL;
	size_t n = 0, left = 1;

	require(lw_undo_add(NULL, 0, was->bytes, was->n, now->bytes, now->n, &text, NULL) == 0);
	require(lw_undo_take(text.s, text.len, "undo", now->bytes, now->n, arena, &back, &n, &left,
			     NULL) == 0);
	require(n == was->n && left == 0 && memcmp(back, was->bytes, n) == 0);
	lw_buf_finish(&text);
}

static void compare(const struct lw_memory *was, const struct lw_memory *now,
		    struct lw_arena *arena)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_changes changes;
	struct lw_json json;

	lw_changes_init(&changes, arena);
	require(lw_memory_diff(was, now, &changes, NULL) == 0);
	require((changes.n == 0) == (memcmp(was->bytes, now->bytes, was->n) == 0) ||
		was->n % 128 != 0);
	lw_json_init(&json, &text);
	lw_changes_json(&changes, &json);
	require(!text.failed && json.depth == 0);
	lw_buf_finish(&text);
}

static void edit(const struct lw_memory *m, const char *const *line, size_t lines, unsigned flags,
		 struct lw_arena *arena)
{
	struct lw_memory now = *m;
	struct lw_error e = {0};

	now.bytes = lw_arena_alloc(arena, m->n);
	memcpy(now.bytes, m->bytes, m->n);
	if (lw_memory_set(&now, line, lines, flags, arena, &e)) {
		require(e.message[0] && memcmp(now.bytes, m->bytes, m->n) == 0);
		return;
	}
	compare(m, &now, arena);
	undo(m, &now, arena);
}

static void take(const uint8_t *bytes, size_t n, size_t head, struct lw_arena *arena)
{
	const char *line[LINES_MAX];
	size_t lines = split(bytes, head, arena, line);
	struct lw_findings findings;
	struct lw_memory m;

	if (lw_memory_read(bytes + head + 1, n - head - 1, "fuzz", arena, &m, NULL))
		return;
	lw_findings_init(&findings, arena);
	require(lw_memory_check(&m, "fuzz", &findings) == 0);
	edit(&m, line, lines, LW_SET_FACTORY, arena);
	edit(&m, line, lines, LW_SET_FORCE, arena);
	for (size_t i = 0; i < lines; i++)
		edit(&m, &line[i], 1, LW_SET_FORCE, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint8_t *nul = n ? memchr(bytes, 0, n) : NULL;
	uint8_t *back = NULL, now[16] = {0};
	size_t back_n, left;
	struct lw_arena arena;

	lw_arena_init(&arena, 64u << 20);
	if (nul)
		take(bytes, n, (size_t)(nul - bytes), &arena);
	/* the same bytes as an undo file */
	lw_undo_take((const char *)bytes, n, "undo", now, sizeof(now), &arena, &back, &back_n,
		     &left, NULL);
	lw_arena_finish(&arena);
	return 0;
}
