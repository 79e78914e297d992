/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the daemon's configuration and as its file of tokens: refused with a place and a
 * reason, or taken within bounds. */
#include "config.h"
#include "fuzz-yaml.h"
#include "tokens.h"

#include <string.h>

static void check_refusal(const struct lw_error *e, int r)
{
	require(r == LW_EINVAL || r == LW_ENOMEM || r == LW_ELIMIT);
	require(e->code == r && *e->message && !strchr(e->message, '\n'));
}

static void check_config(const struct lwd_config *c, struct lw_arena *arena)
{
	const struct lw_cage cage = {.device = "leaf1", .name = "swp1"};
	const char *const pattern[] = {c->reach, c->present, c->carrier};

	require(c->fabric && *c->fabric && c->reach && *c->reach);
	require(c->measure.ns >= 100000000 && c->measure.ns <= 86400 * INT64_C(1000000000));
	require(!c->certificate == !c->key && (c->address || (!c->tokens && !c->certificate)));
	require(c->policy.max_power_w >= 0 && c->policy.budget_w >= 0);
	for (size_t i = 0; i < c->name_n; i++)
		require(c->names[i] != NULL);
	for (size_t i = 0; i < c->policy.vendor_n; i++)
		require(c->policy.vendors[i] != NULL);
	for (size_t i = 0; i < 3; i++)
		if (pattern[i])
			require(lwd_config_path(pattern[i], &cage, 8, arena) != NULL);
}

static void check_tokens(const struct lwd_tokens *t)
{
	require(t->n > 0 && t->n <= LWD_TOKENS_MAX);
	for (size_t i = 0; i < t->n; i++) {
		struct lwd_token *found = lwd_tokens_find((struct lwd_tokens *)t, t->v[i].token);

		require(*t->v[i].name && strlen(t->v[i].token) >= LWD_TOKEN_MIN);
		require(found && strcmp(found->token, t->v[i].token) == 0);
	}
	require(!lwd_tokens_find((struct lwd_tokens *)t, ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_error e = {0};
	struct lwd_tokens tokens;
	struct lwd_config c;
	struct lw_arena arena;
	int r;

	lw_arena_init(&arena, 64u << 20);
	r = lwd_config_load((const char *)data, size, "fuzz", &arena, &c, &e);
	if (r)
		check_refusal(&e, r);
	else
		check_config(&c, &arena);
	r = lwd_tokens_load((const char *)data, size, "fuzz", &arena, &tokens, &e);
	if (r)
		check_refusal(&e, r);
	else
		check_tokens(&tokens);
	lw_arena_finish(&arena);
	return 0;
}
