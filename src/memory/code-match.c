/* SPDX-License-Identifier: Apache-2.0 */
#include "memory-internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool starts_with(const char *s, const char *what)
{
	return strncasecmp(s, what, strlen(what)) == 0;
}

static bool contains(const char *s, const char *what)
{
	for (; *s; s++)
		if (starts_with(s, what))
			return true;
	return false;
}

/* How well a name answers to `text`: 3 the same, 2 its first words, 1 somewhere in it. */
static int match(const char *name, const char *text)
{
	if (strcasecmp(name, text) == 0)
		return 3;
	if (starts_with(name, text) && !isalnum((unsigned char)name[strlen(text)]))
		return 2;
	return contains(name, text) ? 1 : 0;
}

const struct lw_code *lw_code_match(enum lw_code_table table, const char *text,
				    const struct lw_code **ret_other)
{
	size_t n = 0;
	const struct lw_code *rows = lw_code_rows(table, &n), *found = NULL;
	int best = 0;

	*ret_other = NULL;
	for (size_t i = 0; *text && i < n; i++) {
		int m = rows[i].reserved || rows[i].first != rows[i].last
				? 0
				: match(rows[i].name, text);

		if (m > best) {
			best = m;
			found = &rows[i];
			*ret_other = NULL;
		} else if (m && m == best && !*ret_other) {
			*ret_other = &rows[i];
		}
	}
	return found;
}
