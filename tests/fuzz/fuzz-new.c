/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe of any kind: what can be made is a memory that comes back from its own recipe. */
#include "fuzz.h"

#include <lanewise/recipe.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int make(const char *text, size_t n, struct lw_arena *arena, struct lw_memory *ret)
{
	struct lw_recipe recipe;
	struct lw_error e = {0};
	int r = lw_recipe_load(text, n, "fuzz", arena, &recipe, &e);

	if (!r)
		r = lw_recipe_make(&recipe, arena, ret, &e);
	require(!r || (e.code == r && e.message[0] && !strchr(e.message, '\n')));
	return r;
}

/* Fields may be set to what no recipe says; then a recipe of the result has to be a fixed point. */
static void come_back(const struct lw_memory *m, struct lw_arena *arena, struct lw_memory *ret)
{
	struct lw_buf yaml = LW_BUF_INIT;
	struct lw_recipe recipe;

	require(lw_recipe_find(m, true, arena, &recipe, NULL) == 0);
	lw_recipe_write(&recipe, &yaml);
	require(make(yaml.s, yaml.len, arena, ret) == 0);
	require(ret->map == m->map);
	lw_buf_finish(&yaml);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct lw_memory m, again, third;
	struct lw_findings findings;
	struct lw_arena arena;

	lw_arena_init(&arena, 256u << 20);
	if (make((const char *)bytes, n, &arena, &m) == 0) {
		lw_findings_init(&findings, &arena);
		require(lw_memory_check(&m, "fuzz", &findings) == 0);
		/* an identifier that was set as a field may be of another map */
		if (lw_map_for_identifier(m.bytes[0]) == m.map) {
			come_back(&m, &arena, &again);
			come_back(&again, &arena, &third);
			require(third.n == again.n && !memcmp(third.bytes, again.bytes, again.n));
		}
	}
	lw_arena_finish(&arena);
	return 0;
}
