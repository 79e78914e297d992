/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens.h"

#include <string.h>

static int line(char *s, int number, const char *file, struct lwd_tokens *ret,
		struct lw_error *reterr)
{
	char *save = NULL, *name, *token, *more;

	s[strcspn(s, "#\r")] = '\0';
	name = strtok_r(s, " \t", &save);
	token = name ? strtok_r(NULL, " \t", &save) : NULL;
	more = token ? strtok_r(NULL, " \t", &save) : NULL;
	if (!name)
		return 0;
	if (!token || more)
		return lw_fail_in(reterr, LW_EINVAL, file, number, "a line is NAME TOKEN");
	if (strlen(token) < LWD_TOKEN_MIN)
		return lw_fail_in(reterr, LW_EINVAL, file, number,
				  "a token has at least %d letters; make one with: openssl rand "
				  "-hex 24",
				  LWD_TOKEN_MIN);
	if (ret->n == LWD_TOKENS_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, file, number, "more than %d tokens",
				  LWD_TOKENS_MAX);
	ret->v[ret->n++] = (struct lwd_token){name, token, LWD_BURST, {0}};
	return 0;
}

int lwd_tokens_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		    struct lwd_tokens *ret, struct lw_error *reterr)
{
	char *copy = lw_arena_strndup(arena, text, n), *end;
	struct lwd_tokens t = {0};
	int r = 0;

	if (!copy)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (int number = 1; !r && copy; number++, copy = end) {
		end = strchr(copy, '\n');
		if (end)
			*end++ = '\0';
		r = line(copy, number, file, &t, reterr);
	}
	if (!r && !t.n)
		r = lw_fail_in(reterr, LW_EINVAL, file, 0, "there is no token in it");
	if (!r)
		*ret = t;
	return r;
}

/* Every letter of `a` is looked at, whatever `b` is. */
static bool equal(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned differ = n != m;

	for (size_t i = 0; i < n; i++)
		differ |= (unsigned)(a[i] ^ b[m ? i % m : 0]);
	return !differ;
}

struct lwd_token *lwd_tokens_find(struct lwd_tokens *t, const char *token)
{
	struct lwd_token *found = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (equal(t->v[i].token, token))
			found = &t->v[i];
	return found;
}

bool lwd_token_take(struct lwd_token *t, struct lw_mono now)
{
	return lwd_ration_take(t, LWD_BURST, LWD_RATE, now);
}

bool lwd_ration_take(struct lwd_token *t, double burst, double rate, struct lw_mono now)
{
	t->left += (double)(now.ns - t->since.ns) / 1e9 * rate;
	if (t->left > burst)
		t->left = burst;
	t->since = now;
	if (t->left < 1)
		return false;
	t->left -= 1;
	return true;
}
