/* SPDX-License-Identifier: Apache-2.0 */
#include "near.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 64
#define OFFERS       3

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned lw_edit_distance(const char *a, const char *b)
{
	unsigned row[3][NAME_MAX_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return UINT_MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned d = up[j - 1] + !same(a[i - 1], b[j - 1]);

			d = least(d, least(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				d = least(d, upup[j - 2] + 1);
			now[j] = d;
		}
	}
	return row[n % 3][m];
}

/* A third of the letters may differ; whole words missing at the end may too. */
static unsigned score(const char *wrong, const char *name)
{
	unsigned d = lw_edit_distance(wrong, name);
	size_t n = strlen(wrong);

	if (d <= 1 + n / 3)
		return d;
	if (n >= 4 && strlen(name) > n)
		for (size_t i = 0; i + n <= strlen(name); i++)
			if (!strncmp(name + i, wrong, n))
				return (unsigned)(1 + n / 3);
	return UINT_MAX;
}

const char *lw_near(const char *wrong, const char *(*name)(size_t i), size_t n, char *buf,
		    size_t size)
{
	const char *best[OFFERS] = {NULL};
	unsigned cost[OFFERS];
	unsigned found = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		const char *s = name(i);
		unsigned d = s ? score(wrong, s) : UINT_MAX, k;
		bool known = false;

		if (d == UINT_MAX)
			continue;
		for (k = 0; k < found; k++)
			known = known || !strcmp(best[k], s);
		if (known)
			continue;
		for (k = found < OFFERS ? found++ : OFFERS; k > 0 && cost[k - 1] > d; k--)
			if (k < OFFERS) {
				best[k] = best[k - 1];
				cost[k] = cost[k - 1];
			}
		if (k < OFFERS) {
			best[k] = s;
			cost[k] = d;
		}
	}
	buf[0] = '\0';
	for (unsigned k = 0; k < found && used < size; k++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 !k               ? "; did you mean "
					 : k + 1 == found ? " or "
							  : ", ",
					 best[k]);
	if (found && used < size)
		snprintf(buf + used, size - used, "?");
	return buf;
}
