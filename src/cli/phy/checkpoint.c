/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of a count: a heading, then numbers a line, the last one a sum over the others. */
#include "cli.h"
#include "monte-carlo.h"
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	COUNTS = sizeof(struct lw_chain_count) / sizeof(uint64_t),
	NUMBERS = 2 + COUNTS + 1,
	LIMIT = 8192
};

static const char heading[] = "lanewise phy ber checkpoint 1\n";

static uint64_t sum_of(const uint64_t v[NUMBERS])
{
	uint64_t h = 0xcbf29ce484222325u;

	for (unsigned i = 0; i < NUMBERS - 1; i++)
		h = (h ^ v[i]) * 0x100000001b3u;
	return h;
}

static bool parse(const char *text, uint64_t v[NUMBERS])
{
	if (strncmp(text, heading, strlen(heading)) != 0)
		return false;
	text += strlen(heading);
	for (unsigned i = 0; i < NUMBERS; i++) {
		char *end;

		v[i] = strtoull(text, &end, 10);
		if (end == text || *end != '\n')
			return false;
		text = end + 1;
	}
	return !*text && v[NUMBERS - 1] == sum_of(v);
}

int checkpoint_load(const char *path, uint64_t hash, uint64_t *ret_next, struct lw_chain_count *ret,
		    struct lw_error *reterr)
{
	uint64_t v[NUMBERS];
	char *text = NULL;
	size_t n = 0;
	bool good;
	int r;

	if (access(path, F_OK) != 0)
		return 0;
	r = lw_file_read(path, LIMIT, &text, &n, reterr);
	if (r)
		return r;
	good = parse(text, v);
	free(text);
	if (!good)
		return lw_fail_in(reterr, LW_EINVAL, path, 0,
				  "is no checkpoint, or a damaged one: name another file, or "
				  "remove it to begin anew");
	if (v[0] != hash)
		return lw_fail_in(reterr, LW_EINVAL, path, 0,
				  "was counted on another lane: give the options it was begun "
				  "with, or name another file");
	*ret_next = v[1];
	memcpy(ret, v + 2, sizeof(*ret));
	return 0;
}

int checkpoint_save(const char *path, uint64_t hash, uint64_t next, const struct lw_chain_count *c,
		    struct lw_error *reterr)
{
	uint64_t v[NUMBERS] = {hash, next};
	char beside[4096];
	bool failed = true;
	FILE *f;
	int n = snprintf(beside, sizeof(beside), "%s.new", path);

	memcpy(v + 2, c, sizeof(*c));
	v[NUMBERS - 1] = sum_of(v);
	f = n > 0 && (size_t)n < sizeof(beside) ? fopen(beside, "w") : NULL;
	if (f) {
		fputs(heading, f);
		for (unsigned i = 0; i < NUMBERS; i++)
			fprintf(f, "%llu\n", (unsigned long long)v[i]);
		failed = fflush(f) != 0 || fsync(fileno(f)) != 0 || ferror(f);
		failed |= fclose(f) != 0;
	}
	if (failed || rename(beside, path) != 0)
		return lw_fail_in(reterr, LW_EIO, path, 0,
				  "cannot be written: is the folder there, is there room?");
	return 0;
}
