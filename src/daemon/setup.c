/* SPDX-License-Identifier: Apache-2.0 */
#include "setup.h"

#include "file.h"
#include "log.h"

#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CONFIG_MAX (1u << 20)
#define PEM_MAX    (1u << 20)

static void drop(char *secret, size_t n)
{
	if (secret)
		explicit_bzero(secret, n);
	free(secret);
}

static void destroy_drawing(struct lwd_drawing *d)
{
	if (d)
		lw_arena_finish(&d->arena);
	free(d);
}

void lwd_setup_destroy(struct lwd_setup *s)
{
	if (!s)
		return;
	destroy_drawing(s->drawing);
	lw_arena_finish(&s->arena);
	lw_arena_finish(&s->token_arena);
	free(s->text);
	free(s->certificate.text);
	drop(s->key.text, s->key.n);
	free(s);
}

int lwd_setup_tokens(struct lwd_setup *s, struct lw_error *reterr)
{
	const char *file = s->config.tokens;
	struct lwd_tokens tokens;
	struct lw_arena arena;
	char *text = NULL;
	size_t n = 0;
	int r;

	if (!file)
		return 0;
	lw_arena_init(&arena, 0);
	r = lwd_file_secret(file, &text, &n, reterr);
	if (!r)
		r = lwd_tokens_load(text, n, file, &arena, &tokens, reterr);
	drop(text, n);
	if (r) {
		lw_arena_finish(&arena);
		return r;
	}
	lw_arena_finish(&s->token_arena);
	s->token_arena = arena;
	s->tokens = tokens;
	return 0;
}

/* Who connects would be told so; the links do not mind. */
static void warn(const struct lwd_pem *certificate, const struct lwd_validity *v)
{
	bool early = (int64_t)time(NULL) < v->from_s;
	time_t at = (time_t)(early ? v->from_s : v->until_s);
	char day[32] = "";
	struct tm tm;

	if (!early && (int64_t)time(NULL) < v->until_s)
		return;
	if (gmtime_r(&at, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M UTC", &tm);
	lwd_log(LWD_WARNING, "certificate", "where", certificate->file,
		early ? "valid_from" : "expired", day, "text", "browsers will refuse it", NULL);
}

/* Of a pipe nothing may ever come, and links would wait for it. */
static int read_plain(const char *path, size_t limit, char **ret, size_t *ret_n,
		      struct lw_error *reterr)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return lw_fail_in(reterr, LW_EINVAL, path, 0, "is no plain file");
	return lw_file_read(path, limit, ret, ret_n, reterr);
}

static int load_tls(struct lwd_setup *s, struct lw_error *reterr)
{
	const struct lwd_config *c = &s->config;
	struct lwd_validity v;
	int r;

	if (!c->certificate)
		return 0;
	s->certificate.file = c->certificate;
	s->key.file = c->key;
	r = read_plain(c->certificate, PEM_MAX, &s->certificate.text, &s->certificate.n, reterr);
	if (!r)
		r = lwd_file_secret(c->key, &s->key.text, &s->key.n, reterr);
	if (!r)
		r = lwd_tls_check(&s->certificate, &s->key, &v, reterr);
	if (!r)
		warn(&s->certificate, &v);
	return r;
}

static int load(struct lwd_setup *s, const char *path, struct lw_error *reterr)
{
	struct lwd_drawing *d = s->drawing;
	int r = read_plain(path, CONFIG_MAX, &s->text, &s->n, reterr);

	if (!r)
		r = lwd_config_load(s->text, s->n, path, &s->arena, &s->config, reterr);
	if (!r)
		r = lw_file_fabric_digest(s->config.fabric, &d->arena, &d->fabric, &d->digest,
					  reterr);
	if (!r)
		r = lwd_config_fits(&s->config, &d->fabric, path, reterr);
	if (!r)
		r = lwd_setup_tokens(s, reterr);
	return r ? r : load_tls(s, reterr);
}

int lwd_setup_load(const char *path, struct lwd_setup **ret, struct lw_error *reterr)
{
	struct lwd_setup *s = calloc(1, sizeof(*s));
	int r;

	if (s)
		s->drawing = calloc(1, sizeof(*s->drawing));
	if (!s || !s->drawing) {
		free(s);
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	lw_arena_init(&s->arena, 0);
	lw_arena_init(&s->token_arena, 0);
	lw_arena_init(&s->drawing->arena, 0);
	r = load(s, path, reterr);
	if (r)
		lwd_setup_destroy(s);
	else
		*ret = s;
	return r;
}

static bool same_pem(const struct lwd_pem *a, const struct lwd_pem *b)
{
	return a->n == b->n && (!a->n || memcmp(a->text, b->text, a->n) == 0);
}

unsigned lwd_setup_changes(const struct lwd_setup *a, const struct lwd_setup *b,
			   struct lw_buf *what)
{
	unsigned found = lwd_config_changes(&a->config, &b->config, what);

	if (a->drawing->digest != b->drawing->digest) {
		found |= LWD_PART_MODULES;
		lw_buf_printf(what, "%sfiles of the fabric", what->len ? ", " : "");
	}
	if (!same_pem(&a->certificate, &b->certificate) || !same_pem(&a->key, &b->key)) {
		found |= LWD_PART_API;
		lw_buf_printf(what, "%scertificate", what->len ? ", " : "");
	}
	return found;
}
